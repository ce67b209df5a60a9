#include "io/hdf5/row_writer.hpp"

#include "io/files/checksum.hpp"
#include "support/format.hpp"
#include "support/memory.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace sorn::io {

namespace {

// Small enough to read one row in a few milliseconds, large enough that a file of 10⁷ steps has only thousands.
constexpr std::size_t chunk_target = 1U << 20U;

std::size_t width(ValueType type) noexcept {
  switch (type) {
    case ValueType::spike:
    case ValueType::flag: return 1;
    case ValueType::unit: return 4;
    default: return 8;
  }
}

Packing packing(ValueType type) noexcept { return type == ValueType::spike ? Packing::bits : Packing::shuffled; }

hid_t hdf5_type(ValueType type) noexcept {
  switch (type) {
    case ValueType::spike:
    case ValueType::flag: return H5T_STD_U8LE;
    case ValueType::unit: return H5T_STD_I32LE;
    case ValueType::count: return H5T_STD_I64LE;
    case ValueType::event:
    case ValueType::real: break;
  }
  return H5T_IEEE_F64LE;
}

/// Writes the bytes of a row.
struct CopyRow {
  std::byte* to;

  template <class T>
  void operator()(std::span<const T> row) const noexcept {
    std::memcpy(to, row.data(), row.size_bytes());
  }
  void operator()(std::int64_t count) const noexcept { std::memcpy(to, &count, sizeof count); }
  void operator()(const SynapseMatrix& matrix) const noexcept {
    matrix.to_dense({reinterpret_cast<double*>(to), matrix.n_pre() * matrix.n_post()});
  }
};

}  // namespace

RowFormat RowFormat::of(Quantity quantity, const Sizes& sizes) {
  return {std::string(sorn::name(quantity)), info(quantity).type(), sorn::row_shape(quantity, sizes)};
}

std::size_t RowFormat::row_bytes() const noexcept { return row_size(row_shape) * width(type); }

std::vector<hsize_t> RowWriter::chunk_for(const RowFormat& format, std::uint64_t expected_rows) {
  const std::size_t bytes = std::max<std::size_t>(format.row_bytes(), 1);
  const std::uint64_t rows =
      std::clamp<std::uint64_t>(chunk_target / bytes, 1, std::max<std::uint64_t>(expected_rows, 1));
  std::vector<hsize_t> chunk{rows};
  chunk.insert(chunk.end(), format.row_shape.begin(), format.row_shape.end());
  if (bytes > chunk_target && chunk.size() > 2) {  // a chunk holds some rows of a matrix
    chunk[1] = std::max<hsize_t>(1, chunk_target / (bytes / chunk[1]));
  }
  return chunk;
}

RowWriter::RowWriter(RowFormat format, std::vector<hsize_t> chunk)
    : format_(std::move(format)),
      chunk_(std::move(chunk)),
      row_bytes_(format_.row_bytes()),
      codec_(packing(format_.type), chunk_bytes() / width(format_.type), width(format_.type)) {
  const double bytes = static_cast<double>(chunk_bytes()) * static_cast<double>(chunks_a_buffer());
  if (bytes > physical_memory_bytes()) {
    throw ParameterError(formatted("record {}: one row needs {:.3g} GB", format_.name, bytes / 1e9),
                         formatted("this machine has {:.3g} GB", physical_memory_bytes() / 1e9));
  }
  buffer_.resize(chunk_bytes() * chunks_a_buffer());
}

RowWriter::RowWriter(hid_t group, const RowFormat& format, std::uint64_t expected_rows)
    : RowWriter(format, chunk_for(format, expected_rows)) {
  const std::string action = formatted("make dataset '{}'", format_.name);
  std::vector<hsize_t> extents{0};
  extents.insert(extents.end(), format_.row_shape.begin(), format_.row_shape.end());
  std::vector<hsize_t> most = extents;
  most[0] = H5S_UNLIMITED;
  const int rank = static_cast<int>(extents.size());
  const Handle space(H5Screate_simple(rank, extents.data(), most.data()), H5Sclose, action);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, action);
  leave_out_times(creation);
  require(H5Pset_chunk(creation, rank, chunk_.data()), action);
  require(H5Pset_attr_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED), action);
  set_filters(creation, packing(format_.type));
  dataset_ = Handle(
      H5Dcreate2(group, format_.name.c_str(), hdf5_type(format_.type), space, H5P_DEFAULT, creation, H5P_DEFAULT),
      H5Dclose, action);
}

RowWriter::RowWriter(hid_t group, const RowFormat& format, std::uint64_t rows, std::uint64_t last_chunk_checksum,
                     std::span<const std::byte> tail)
    : RowWriter(format, chunk_in_file(group, format)) {
  open(group, rows);
  stored_ = rows;
  checksum_ = last_chunk_checksum;
  if (rows > 0) check_last_chunk(last_chunk_checksum);
  if (tail.size() / format_.row_bytes() >= chunk_[0]) {
    throw FormatError(formatted("recording '{}'", format_.name), "its last rows must not fill a chunk");
  }
  append(tail);
}

/// The shape of the chunks of an existing dataset.
std::vector<hsize_t> RowWriter::chunk_in_file(hid_t group, const RowFormat& format) {
  require_member(group, format.name.c_str(), "recording");
  const Handle dataset(H5Dopen2(group, format.name.c_str(), H5P_DEFAULT), H5Dclose, "open a recording");
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose, "read a recording's properties");
  std::array<hsize_t, H5S_MAX_RANK> shape{};
  const int rank = H5Pget_chunk(creation, H5S_MAX_RANK, shape.data());
  require(rank, "read a recording's chunks");
  std::vector<hsize_t> chunk(shape.begin(), shape.begin() + rank);
  if (chunk != chunk_for(format, chunk.empty() ? 0 : chunk[0])) {
    throw FormatError(formatted("recording '{}'", format.name), "has other chunks than ours");
  }
  return chunk;
}

/// Opens the dataset, which must have the form that the other constructor makes, and `rows` rows.
void RowWriter::open(hid_t group, std::uint64_t rows) {
  const std::string action = formatted("open recording '{}'", format_.name);
  dataset_ = Handle(H5Dopen2(group, format_.name.c_str(), H5P_DEFAULT), H5Dclose, action);
  const Handle type(H5Dget_type(dataset_), H5Tclose, action);
  const Handle creation(H5Dget_create_plist(dataset_), H5Pclose, action);
  const Handle space(H5Dget_space(dataset_), H5Sclose, action);
  std::vector<hsize_t> extents{rows};
  extents.insert(extents.end(), format_.row_shape.begin(), format_.row_shape.end());
  std::array<hsize_t, H5S_MAX_RANK> found{};
  std::array<hsize_t, H5S_MAX_RANK> most{};
  const int rank = H5Sget_simple_extent_dims(space, found.data(), most.data());
  require(rank, action);
  const bool fits = std::equal(extents.begin(), extents.end(), found.begin(), found.begin() + rank) &&
                    most[0] == H5S_UNLIMITED && H5Tequal(type, hdf5_type(format_.type)) > 0 &&
                    has_filters(creation, packing(format_.type));
  if (!fits) {
    throw FormatError(formatted("recording '{}'", format_.name),
                      formatted("is not one of {} rows as sorn writes them", rows));
  }
  if (rows % chunk_[0] != 0) throw FormatError(formatted("recording '{}'", format_.name), "must have whole chunks");
}

std::size_t RowWriter::chunk_bytes() const noexcept {
  std::size_t bytes = width(format_.type);
  for (const hsize_t extent : chunk_) bytes *= extent;
  return bytes;
}

/// One, or the number of chunks of one row if a row takes several.
std::size_t RowWriter::chunks_a_buffer() const noexcept {
  return chunk_.size() < 3 ? 1 : (format_.row_shape[0] + chunk_[1] - 1) / chunk_[1];
}

std::vector<hsize_t> RowWriter::place_of_chunk(std::uint64_t row, std::size_t chunk) const {
  std::vector<hsize_t> place(chunk_.size(), 0);
  place[0] = row;
  if (place.size() > 2) place[1] = chunk * chunk_[1];
  return place;
}

bool RowWriter::append(Quantity quantity, const StepView& view) {
  with_row(quantity, view, CopyRow{buffer_.data() + buffered_ * row_bytes_});
  return ++buffered_ == chunk_[0];
}

void RowWriter::append_one(const void* row) {
  std::memcpy(buffer_.data() + buffered_ * row_bytes_, row, row_bytes_);
  if (++buffered_ == chunk_[0]) store();
}

void RowWriter::append(std::span<const std::byte> rows) {
  const std::size_t row_bytes = row_bytes_;
  while (!rows.empty()) {
    const std::size_t now = std::min<std::size_t>(chunk_[0] - buffered_, rows.size() / row_bytes);
    std::memcpy(buffer_.data() + buffered_ * row_bytes, rows.data(), now * row_bytes);
    rows = rows.subspan(now * row_bytes);
    buffered_ += now;
    if (buffered_ == chunk_[0]) store();
  }
}

void RowWriter::store() {
  if (buffered_ == 0) return;
  const std::string action = formatted("write dataset '{}'", format_.name);
  std::fill(buffer_.begin() + static_cast<std::ptrdiff_t>(tail().size()), buffer_.end(), std::byte{0});
  std::vector<hsize_t> extents{rows()};
  extents.insert(extents.end(), format_.row_shape.begin(), format_.row_shape.end());
  require(H5Dset_extent(dataset_, extents.data()), action);
  checksum_ = 0;
  for (std::size_t k = 0; k < chunks_a_buffer(); ++k) {
    const auto packed = codec_.pack(std::span(buffer_).subspan(k * chunk_bytes(), chunk_bytes()));
    const auto place = place_of_chunk(stored_, k);
    require(H5Dwrite_chunk(dataset_, H5P_DEFAULT, 0, place.data(), packed.size(), packed.data()), action);
    checksum_ = crc64(packed, checksum_);
  }
  stored_ += buffered_;
  buffered_ = 0;
}

void RowWriter::check_last_chunk(std::uint64_t checksum) const {
  const std::string action = formatted("read the last chunk of recording '{}'", format_.name);
  std::uint64_t found = 0;
  for (std::size_t k = 0; k < chunks_a_buffer(); ++k) {
    const auto place = place_of_chunk(stored_ - chunk_[0], k);
    hsize_t size = 0;
    require(H5Dget_chunk_storage_size(dataset_, place.data(), &size), action);
    if (size > 2 * chunk_bytes() + chunk_target) throw FormatError(action, "its size is absurd");
    std::vector<std::byte> bytes(size);
    std::uint32_t skipped_filters = 0;
    require(H5Dread_chunk(dataset_, H5P_DEFAULT, place.data(), &skipped_filters, bytes.data()), action);
    found = crc64(bytes, found);
  }
  if (found != checksum) {
    throw FormatError(formatted("recording '{}'", format_.name), "its last rows are not those of the checkpoint",
                      "the file and the checkpoint are of different runs, or the file is damaged");
  }
}

}  // namespace sorn::io
