#include "io/hdf5/dataset.hpp"

#include "io/hdf5/chunk_codec.hpp"
#include "support/format.hpp"
#include "support/memory.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <array>

namespace sorn::io {

namespace {

constexpr std::size_t chunk_bytes = 1U << 20U;
constexpr std::size_t compressed_from_bytes = 1U << 10U;
constexpr unsigned deflate_level = 1;  // E, I and R shrink to an eighth or less at this level, and it is fast

/// A chunk of as many rows as make about chunk_bytes, or of a part of a row if one row is larger.
std::vector<hsize_t> chunk_shape(std::span<const std::size_t> shape, std::size_t width) {
  std::vector<hsize_t> chunk(shape.begin(), shape.end());
  std::size_t bytes = width;
  for (const hsize_t extent : chunk) bytes *= extent;
  for (hsize_t& extent : chunk) {
    if (bytes <= chunk_bytes) break;
    const std::size_t slice = bytes / extent;
    extent = std::max<hsize_t>(1, std::min<hsize_t>(extent, chunk_bytes / slice));
    bytes = slice * extent;
  }
  return chunk;
}

/// The best possible compression ratio for data with these filters.
double best_compression(hid_t creation, bool bits) {
  constexpr double deflated = 1100.0;
  if (bits) return 8 * deflated;
  return H5Pget_nfilters(creation) > 0 ? deflated : 1.0;
}

/// The name of a filter of the dataset that this program does not use itself; empty if there is none. HDF5 crashes if a
/// file gives wrong parameters to some of those filters (nbit, scaleoffset).
std::string foreign_filter(hid_t creation) {
  constexpr std::array trusted{H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32};
  const int count = H5Pget_nfilters(creation);
  for (int i = 0; i < count; ++i) {
    std::array<char, 80> name{};
    unsigned flags = 0;
    std::size_t no_parameters = 0;
    const H5Z_filter_t filter = H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &no_parameters, nullptr,
                                               name.size() - 1, name.data(), nullptr);
    if (std::find(trusted.begin(), trusted.end(), filter) == trusted.end()) {
      return name[0] == '\0' ? formatted("number {}", filter) : std::string(name.data());
    }
  }
  return {};
}

/// True for the type that h5py uses for truth values: an enumeration with FALSE = 0 and TRUE = 1.
bool is_boolean(const Handle& type) {
  if (H5Tget_class(type) != H5T_ENUM || H5Tget_nmembers(type) != 2 || H5Tget_size(type) != 1) return false;
  std::array<std::int8_t, 2> values{-1, -1};
  return H5Tenum_valueof(type, "FALSE", &values[0]) >= 0 && H5Tenum_valueof(type, "TRUE", &values[1]) >= 0 &&
         values[0] == 0 && values[1] == 1;
}

}  // namespace

Handle create_dataset(hid_t parent, const char* name, std::span<const std::size_t> shape, hid_t type,
                      const void* values) {
  const std::string action = formatted("write dataset '{}'", name);
  const std::vector<hsize_t> extents(shape.begin(), shape.end());
  const Handle space(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), H5Sclose, action);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, action);
  leave_out_times(creation);
  std::size_t bytes = H5Tget_size(type);
  for (const std::size_t extent : shape) bytes *= extent;
  if (bytes > 0) {
    const auto chunk = chunk_shape(shape, H5Tget_size(type));
    require(H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data()), action);
    if (bytes >= compressed_from_bytes && H5Zfilter_avail(H5Z_FILTER_DEFLATE) > 0) {
      require(H5Pset_shuffle(creation), action);
      require(H5Pset_deflate(creation, deflate_level), action);
    }
    require(H5Pset_fletcher32(creation), action);
  }
  Handle dataset(H5Dcreate2(parent, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose, action);
  if (bytes > 0) require(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), action);
  return dataset;
}

Dataset Dataset::open(hid_t parent, const std::string& name) {
  Dataset dataset;
  dataset.name_ = name;
  require_member(parent, name.c_str(), "dataset");
  // Room for a few chunks, so that reading neighbouring rows does not unpack a chunk again and again.
  constexpr std::size_t cache_bytes = 8U << 20U;
  const Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose, "make access properties");
  require(H5Pset_chunk_cache(access, H5D_CHUNK_CACHE_NSLOTS_DEFAULT, cache_bytes, H5D_CHUNK_CACHE_W0_DEFAULT),
          "make access properties");
  dataset.handle_ = Handle(H5Dopen2(parent, name.c_str(), access), H5Dclose, formatted("open '{}'", name));
  const Handle space(H5Dget_space(dataset.handle_), H5Sclose, "read a dataset's shape");
  const Handle type(H5Dget_type(dataset.handle_), H5Tclose, "read a dataset's type");
  std::array<hsize_t, H5S_MAX_RANK> extents{};
  const int rank = H5Sget_simple_extent_dims(space, extents.data(), nullptr);
  require(rank, "read a dataset's shape");
  dataset.shape_.assign(extents.begin(), extents.begin() + rank);
  dataset.check_plausible(space, type);
  dataset.size_ = 1;
  for (const std::size_t extent : dataset.shape_) dataset.size_ *= extent;
  return dataset;
}

void Dataset::check_plausible(const Handle& space, const Handle& type) {
  const auto implausible = [&](std::string rule) {
    return FormatError(formatted("dataset '{}' of shape ({})", name_, joined(shape_, ", ")), std::move(rule));
  };
  if (H5Sget_simple_extent_type(space) == H5S_NULL) throw implausible("has no values");
  // In floating point, so that the product cannot overflow.
  double bytes = static_cast<double>(H5Tget_size(type));
  for (const std::size_t extent : shape_) bytes *= static_cast<double>(extent);

  const Handle creation(H5Dget_create_plist(handle_), H5Pclose, "read a dataset's properties");
  const H5D_layout_t layout = H5Pget_layout(creation);
  if (layout == H5D_VIRTUAL || (layout == H5D_CONTIGUOUS && H5Pget_external_count(creation) > 0)) {
    throw implausible("must hold its values in the file itself");
  }
  bits_ = has_filters(creation, Packing::bits) && shape_.size() == 2 && H5Tget_class(type) == H5T_INTEGER &&
          H5Tget_size(type) == 1;
  if (const std::string filter = foreign_filter(creation); !bits_ && !filter.empty()) {
    throw implausible(formatted("is packed by the filter {}, but only gzip, shuffle and fletcher32 are read", filter));
  }
  hsize_t file_size = 0;
  const Handle file(H5Iget_file_id(handle_), H5Fclose, "find a dataset's file");
  require(H5Fget_filesize(file, &file_size), "read the file's size");
  const double stored = static_cast<double>(std::min<hsize_t>(H5Dget_storage_size(handle_), file_size));
  if (bytes > stored * best_compression(creation, bits_)) {
    throw implausible(formatted("claims {:.3g} bytes, but the file holds {:.3g} of it", bytes, stored));
  }
  if (layout == H5D_CHUNKED) {
    constexpr double slack = 1U << 24U;
    std::array<hsize_t, H5S_MAX_RANK> chunk{};
    require(H5Pget_chunk(creation, H5S_MAX_RANK, chunk.data()), "read a dataset's properties");
    double largest = static_cast<double>(H5Tget_size(type));
    for (std::size_t d = 0; d < shape_.size(); ++d) largest *= static_cast<double>(chunk[d]);
    if (largest > 2 * bytes + slack) throw implausible(formatted("is cut into pieces of {:.3g} bytes", largest));
    bit_chunk_.assign(chunk.begin(), chunk.begin() + 2);
    if (bits_ && (bit_chunk_[0] == 0 || bit_chunk_[1] != shape_[1])) throw implausible("must be cut between its rows");
  }
}

void Dataset::require_shape(std::span<const std::size_t> expected) const {
  if (!std::equal(shape_.begin(), shape_.end(), expected.begin(), expected.end())) {
    throw FormatError(formatted("dataset '{}' has shape ({})", name_, joined(shape_, ", ")),
                      formatted("must have shape ({})", joined(expected, ", ")));
  }
}

void Dataset::require_stored(H5T_class_t kind, std::size_t width, bool is_signed) const {
  const Handle type(H5Dget_type(handle_), H5Tclose, "read a dataset's type");
  bool fits = H5Tget_class(type) == kind;
  if (fits && kind == H5T_FLOAT) {
    fits = H5Tequal(type, H5T_IEEE_F64LE) > 0 || H5Tequal(type, H5T_IEEE_F64BE) > 0;
  } else if (fits) {
    const bool stored_signed = H5Tget_sign(type) == H5T_SGN_2;
    const std::size_t stored_width = H5Tget_size(type);
    fits = stored_signed == is_signed ? stored_width <= width : is_signed && stored_width < width;
  }
  if (!fits) {
    throw FormatError(
        formatted("dataset '{}'", name_),
        formatted("must be of type {}{}", kind == H5T_FLOAT ? "float" : (is_signed ? "int" : "uint"), 8 * width));
  }
}

std::size_t Dataset::checked_size(std::size_t width, std::size_t rows) const {
  const std::size_t size = row_count() == 0 ? 0 : size_ / row_count() * rows;
  require_memory(static_cast<double>(size) * static_cast<double>(width), formatted("dataset '{}'", name_));
  return size;
}

std::vector<std::byte> Dataset::stored_chunk(std::size_t first_row, const std::string& action) const {
  const std::array<hsize_t, 2> place{first_row, 0};
  hsize_t size = 0;
  require(H5Dget_chunk_storage_size(handle_, place.data(), &size), action);
  if (size > bit_chunk_[0] * shape_[1] + 1000) {  // more than the bits can take, however badly they are compressed
    throw FormatError(formatted("dataset '{}'", name_), formatted("has a chunk of {} bytes", size));
  }
  std::vector<std::byte> stored(size);
  std::uint32_t skipped_filters = 0;
  require(H5Dread_chunk(handle_, H5P_DEFAULT, place.data(), &skipped_filters, stored.data()), action);
  if (skipped_filters != 0) throw FormatError(formatted("dataset '{}'", name_), "has a chunk that is not packed");
  return stored;
}

StoredBits Dataset::stored_bits(std::size_t first, std::size_t count) const {
  const std::string action = formatted("read dataset '{}'", name_);
  const std::size_t rows_a_chunk = bit_chunk_[0];
  StoredBits bits{shape_[1], rows_a_chunk, first / rows_a_chunk * rows_a_chunk};
  for (std::size_t row = bits.first_row; row < first + count; row += rows_a_chunk) {
    bits.chunks.push_back(stored_chunk(row, action));
  }
  return bits;
}

std::vector<std::uint8_t> Dataset::read_bits(std::size_t first, std::size_t count) const {
  const std::string action = formatted("read dataset '{}'", name_);
  const std::size_t units = shape_[1];
  const std::size_t rows_a_chunk = bit_chunk_[0];
  std::vector<std::uint8_t> spikes(count * units);
  for (std::size_t row = first; row < first + count;) {
    const std::size_t within = row % rows_a_chunk;
    const std::size_t rows = std::min(rows_a_chunk - within, first + count - row);
    unpack_bits(stored_chunk(row - within, action), rows_a_chunk * units, within * units,
                std::span(spikes).subspan((row - first) * units, rows * units));
    row += rows;
  }
  return spikes;
}

void Dataset::read_rows(hid_t type, std::size_t first, std::size_t count, void* values) const {
  const std::string action = formatted("read dataset '{}'", name_);
  if (shape_.empty() || count == shape_[0]) {
    return require(H5Dread(handle_, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), action);
  }
  std::vector<hsize_t> begin(shape_.size(), 0);
  std::vector<hsize_t> extents(shape_.begin(), shape_.end());
  begin[0] = first;
  extents[0] = count;
  const Handle in_file(H5Dget_space(handle_), H5Sclose, action);
  require(H5Sselect_hyperslab(in_file, H5S_SELECT_SET, begin.data(), nullptr, extents.data(), nullptr), action);
  const Handle in_memory(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), H5Sclose, action);
  require(H5Dread(handle_, type, in_memory, in_file, H5P_DEFAULT, values), action);
}

std::vector<double> Dataset::numbers() const {
  const Handle type(H5Dget_type(handle_), H5Tclose, "read a dataset's type");
  const H5T_class_t kind = H5Tget_class(type);
  if (kind != H5T_FLOAT && kind != H5T_INTEGER && !is_boolean(type)) {
    throw FormatError(formatted("dataset '{}'", name_), "must be of numbers or truth values");
  }
  return converted_rows<double>(0, row_count());
}

}  // namespace sorn::io
