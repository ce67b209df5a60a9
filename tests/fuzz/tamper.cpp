#include "tamper.hpp"

#include "io/hdf5/attributes.hpp"
#include "io/hdf5/file_driver.hpp"
#include "io/hdf5/hdf5.hpp"

#include <hdf5.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>

namespace sorn::fuzz {

namespace {

using io::Handle;
using io::Hdf5Failure;
using io::require;

herr_t append_path(hid_t /*group*/, const char* name, const H5L_info_t* /*info*/, void* paths) {
  static_cast<std::vector<std::string>*>(paths)->emplace_back(name);
  return 0;
}

/// The paths of all objects in the file except its root, for example "state/Wee/data".
std::vector<std::string> paths_in(hid_t file) {
  std::vector<std::string> paths;
  require(H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, append_path, &paths), "list the file");
  return paths;
}

/// A name that the reader looks for, or any other name.
std::string any_name(Bytes& bytes) {
  static const std::vector<std::string> names{"format",
                                              "format_version",
                                              "sorn_version",
                                              "parameters",
                                              "run",
                                              "state",
                                              "recordings",
                                              "phase",
                                              "freeze",
                                              "noise",
                                              "inputs",
                                              "first_step",
                                              "steps",
                                              "seed",
                                              "step",
                                              "Te",
                                              "Ti",
                                              "X",
                                              "Y",
                                              "Wee",
                                              "Wei",
                                              "Wie",
                                              "indices",
                                              "data",
                                              "indptr",
                                              "shape",
                                              "layout",
                                              "stride",
                                              "E",
                                              "I",
                                              "R",
                                              "C",
                                              "TE",
                                              "WEE",
                                              "synapses",
                                              "pre",
                                              "post",
                                              "birth",
                                              "start",
                                              "ne",
                                              "ni",
                                              "nu",
                                              "lambda_ee",
                                              "eta_stdp",
                                              "variant",
                                              "mu_ip",
                                              "te_min",
                                              "h_ip",
                                              "sp_weight",
                                              "CLASS",
                                              "DIMENSION_LIST",
                                              "excitatory",
                                              "resume",
                                              "tails",
                                              "record",
                                              "rows",
                                              "last_chunk_checksum",
                                              "file_size",
                                              "page_numbers",
                                              "page_bytes",
                                              "checkpoint_every",
                                              "noise_sigma",
                                              "driven",
                                              "drive_checksum"};
  std::string name = bytes.below(4) == 0 ? bytes.text(20) : bytes.element(names);
  name.resize(name.find('\0') == std::string::npos ? name.size() : name.find('\0'));
  return name.empty() || name == "." ? "x" : name;
}

std::string any_path(Bytes& bytes, const std::vector<std::string>& paths) {
  const std::string& path = bytes.element(paths);
  if (bytes.below(4) != 0) return path;
  const std::size_t slash = path.rfind('/');
  return (slash == std::string::npos ? std::string() : path.substr(0, slash + 1)) + any_name(bytes);
}

hid_t number_type(Bytes& bytes) {
  const std::array types{H5T_STD_U8LE,  H5T_STD_I8LE,  H5T_STD_U16LE, H5T_STD_I16BE,  H5T_STD_U32LE,  H5T_STD_I32LE,
                         H5T_STD_U64LE, H5T_STD_I64LE, H5T_STD_U64BE, H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_IEEE_F64BE};
  return types[bytes.below(types.size())];
}

/// A type of any class. If HDF5 refuses a detail, the type is made without it.
Handle any_type(Bytes& bytes) {
  const auto copy = [](hid_t type) { return Handle(H5Tcopy(type), H5Tclose, "copy a type"); };
  const auto derived = [](hid_t type) { return Handle(type, H5Tclose, "make a type"); };
  switch (bytes.below(16)) {
    case 0: {
      Handle text = copy(H5T_C_S1);
      H5Tset_size(text, 1 + bytes.below(24));
      H5Tset_strpad(text, static_cast<H5T_str_t>(bytes.below(3)));
      return text;
    }
    case 1: {
      Handle text = copy(H5T_C_S1);
      H5Tset_size(text, H5T_VARIABLE);
      H5Tset_cset(text, bytes.flag() ? H5T_CSET_UTF8 : H5T_CSET_ASCII);
      return text;
    }
    case 2: {
      Handle whole = copy(bytes.flag() ? H5T_STD_I64LE : H5T_STD_U32BE);
      H5Tset_precision(whole, 1 + bytes.below(64));
      H5Tset_offset(whole, bytes.below(64));
      H5Tset_size(whole, 1 + bytes.below(24));
      return whole;
    }
    case 3: {
      Handle real = copy(H5T_IEEE_F64LE);
      H5Tset_fields(real, bytes.below(64), bytes.below(64), bytes.below(12), bytes.below(64), bytes.below(53));
      H5Tset_ebias(real, bytes.below(2048));
      H5Tset_size(real, 1 + bytes.below(16));
      return real;
    }
    case 4: return derived(H5Tcreate(H5T_OPAQUE, 1 + bytes.below(16)));
    case 5: return copy(bytes.flag() ? H5T_STD_B8LE : H5T_STD_B64LE);
    case 6: return derived(H5Tenum_create(H5T_STD_I32LE));
    case 7: {
      Handle compound = derived(H5Tcreate(H5T_COMPOUND, 16));
      H5Tinsert(compound, "a", 0, number_type(bytes));
      H5Tinsert(compound, "b", 8, number_type(bytes));
      return compound;
    }
    case 8: {
      const std::array<hsize_t, 2> extents{1 + bytes.below(3), 1 + bytes.below(3)};
      return derived(H5Tarray_create2(number_type(bytes), 1 + static_cast<unsigned>(bytes.below(2)), extents.data()));
    }
    case 9: return derived(H5Tvlen_create(number_type(bytes)));
    case 10: return copy(bytes.flag() ? H5T_STD_REF_OBJ : H5T_STD_REF_DSETREG);
    default: return copy(number_type(bytes));
  }
}

/// A given number of values of a type. All texts, and all lists of variable length, are equal.
class Values {
public:
  Values(hid_t type, std::size_t count, Bytes& bytes) : text_(bytes.text()), memory_(count * H5Tget_size(type) + 16) {
    const H5T_class_t kind = H5Tget_class(type);
    if (kind == H5T_REFERENCE) return;
    if (H5Tis_variable_str(type) > 0) {
      fill(count, text_.c_str());
    } else if (kind == H5T_VLEN) {
      list_.resize(64 * 8);
      fill(count, hvl_t{bytes.below(64), list_.data()});
    } else if (H5Tequal(type, H5T_IEEE_F64LE) > 0) {
      for (std::size_t i = 0; i < count; ++i) put(i, bytes.number());
    } else {
      for (char& byte : memory_) byte = static_cast<char>(bytes.take<std::uint8_t>());
    }
  }
  const void* data() const { return memory_.data(); }

private:
  template <class T>
  void put(std::size_t i, const T& value) {
    std::memcpy(memory_.data() + i * sizeof value, &value, sizeof value);
  }
  template <class T>
  void fill(std::size_t count, const T& value) {
    for (std::size_t i = 0; i < count; ++i) put(i, value);
  }

  std::string text_;
  std::vector<char> memory_, list_;
};

/// A scalar, a null space, or a few small extents; sometimes a huge one.
struct Shape {
  std::vector<hsize_t> extents;
  bool null = false;
  bool huge = false;

  explicit Shape(Bytes& bytes) : extents(bytes.below(4)) {
    for (hsize_t& extent : extents) extent = bytes.below(12);
    null = bytes.below(16) == 0;
    huge = !extents.empty() && bytes.below(8) == 0;
    if (huge) extents[0] = bytes.take<std::uint64_t>() >> bytes.below(64);
  }
  explicit Shape(std::vector<hsize_t> given) : extents(std::move(given)) {}

  std::size_t count() const {
    if (null) return 0;
    std::size_t product = 1;
    for (const hsize_t extent : extents) product *= extent;
    return product;
  }
  Handle space(bool growing) const {
    if (null || extents.empty()) return {H5Screate(null ? H5S_NULL : H5S_SCALAR), H5Sclose, "make a space"};
    const std::vector<hsize_t> most(extents.size(), H5S_UNLIMITED);
    return {H5Screate_simple(static_cast<int>(extents.size()), extents.data(), growing ? most.data() : nullptr),
            H5Sclose, "make a space"};
  }
};

std::vector<hsize_t> extents_of(hid_t dataset) {
  const Handle space(H5Dget_space(dataset), H5Sclose, "space");
  std::array<hsize_t, H5S_MAX_RANK> extents{};
  const int rank = H5Sget_simple_extent_dims(space, extents.data(), nullptr);
  return {extents.begin(), extents.begin() + std::max(rank, 0)};
}

/// The properties of a dataset with any layout and any filters.
Handle any_layout(Bytes& bytes, const Shape& shape, hid_t type) {
  Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "properties");
  const std::size_t kind = shape.huge ? 2 : bytes.below(4);
  if (kind == 0) H5Pset_layout(creation, H5D_COMPACT);
  if (kind < 2 || shape.extents.empty()) return creation;
  std::vector<hsize_t> chunk;
  for (const hsize_t extent : shape.extents) chunk.push_back(1 + bytes.below(std::min<hsize_t>(extent, 99) + 1));
  H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
  const std::size_t filters = bytes.below(16);
  if ((filters & 1U) != 0) H5Pset_shuffle(creation);
  if ((filters & 2U) != 0) H5Pset_deflate(creation, static_cast<unsigned>(bytes.below(10)));
  if ((filters & 4U) != 0) H5Pset_fletcher32(creation);
  // HDF5 itself writes beyond its memory with these two filters, unless the type is an integer and there is no other
  // filter.
  if (filters == 8U && H5Tget_class(type) == H5T_INTEGER) {
    bytes.flag() ? H5Pset_nbit(creation) : H5Pset_scaleoffset(creation, H5Z_SO_INT, static_cast<int>(bytes.below(8)));
  }
  return creation;
}

void replace_dataset(hid_t file, const std::string& path, Bytes& bytes) {
  Shape shape(bytes);
  if (bytes.flag()) {  // changes only the type
    if (const hid_t old = H5Dopen2(file, path.c_str(), H5P_DEFAULT); old >= 0) {
      shape = Shape(extents_of(old));
      H5Dclose(old);
    }
  }
  H5Ldelete(file, path.c_str(), H5P_DEFAULT);
  const Handle type = any_type(bytes);
  const Handle creation = any_layout(bytes, shape, type);
  const Handle dataset(
      H5Dcreate2(file, path.c_str(), type, shape.space(bytes.flag()), H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose,
      "create a dataset");
  if (shape.huge || shape.count() > 10000 || bytes.below(8) == 0) return;  // writes no values
  const Values values(type, shape.count(), bytes);
  H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
}

/// Changes single values, but not type and shape.
void change_values(hid_t file, const std::string& path, Bytes& bytes) {
  const Handle dataset(H5Dopen2(file, path.c_str(), H5P_DEFAULT), H5Dclose, "open");
  const Handle type(H5Dget_type(dataset), H5Tclose, "type");
  std::size_t count = Shape(extents_of(dataset)).count();
  const std::size_t width = H5Tget_size(type);
  const H5T_class_t kind = H5Tget_class(type);
  if (count == 0 || count > 10000 || (kind != H5T_INTEGER && kind != H5T_FLOAT)) return;
  std::vector<char> values(count * width);
  require(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "read");
  for (std::size_t changes = 1 + bytes.below(4); changes > 0; --changes) {
    char* const value = values.data() + bytes.below(count) * width;
    if (kind == H5T_FLOAT && width == sizeof(double)) {
      const double number = bytes.number();
      std::memcpy(value, &number, width);
    } else if (bytes.flag()) {
      std::memset(value, 0, width);
      *value = static_cast<char>(bytes.below(16));
    } else {
      for (std::size_t k = 0; k < width; ++k) value[k] = static_cast<char>(bytes.take<std::uint8_t>());
    }
  }
  H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
}

/// Replaces an attribute by one of any type and shape, or by another value of a type that the reader expects.
void replace_attribute(hid_t object, const std::string& name, Bytes& bytes) {
  H5Adelete(object, name.c_str());
  switch (bytes.below(6)) {
    case 0: return io::write_attribute(object, name.c_str(), static_cast<std::int64_t>(bytes.below(16)));
    case 1: return io::write_attribute(object, name.c_str(), bytes.take<std::uint64_t>());
    case 2: return io::write_attribute(object, name.c_str(), bytes.number());
    case 3: {
      std::string text = bytes.text();
      text.resize(std::min(text.find('\0'), text.size()));
      return io::write_attribute(object, name.c_str(), text);
    }
    default: break;
  }
  const Shape shape(bytes);
  if (shape.huge) return;
  const Handle type = any_type(bytes);
  const Handle attribute(H5Acreate2(object, name.c_str(), type, shape.space(false), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
                         "create an attribute");
  const Values values(type, shape.count(), bytes);
  if (bytes.below(8) != 0) H5Awrite(attribute, type, values.data());
}

void change_attribute(hid_t file, const std::vector<std::string>& paths, Bytes& bytes) {
  const std::string path = bytes.below(8) == 0 ? "." : bytes.element(paths);
  const Handle object(H5Oopen(file, path.c_str(), H5P_DEFAULT), H5Oclose, "open");
  const auto names = io::attribute_names(object);
  const std::string name = names.empty() || bytes.below(8) == 0 ? any_name(bytes) : bytes.element(names);
  if (bytes.below(8) == 0) {
    H5Adelete(object, name.c_str());
  } else if (bytes.below(8) == 0) {
    H5Arename(object, name.c_str(), any_name(bytes).c_str());
  } else {
    replace_attribute(object, name, bytes);
  }
}

void put_something_else(hid_t file, const std::string& path, Bytes& bytes) {
  H5Ldelete(file, path.c_str(), H5P_DEFAULT);
  if (bytes.flag()) {
    const Handle group(H5Gcreate2(file, path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose, "a group");
  } else {
    H5Tcommit2(file, path.c_str(), any_type(bytes), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  }
}

void change_something(hid_t file, Bytes& bytes) {
  const auto paths = paths_in(file);
  if (paths.empty()) return;
  const std::string path = bytes.element(paths);
  switch (bytes.below(16)) {
    case 0: H5Ldelete(file, path.c_str(), H5P_DEFAULT); break;
    case 1: H5Lmove(file, path.c_str(), file, any_path(bytes, paths).c_str(), H5P_DEFAULT, H5P_DEFAULT); break;
    case 2: H5Lcreate_hard(file, path.c_str(), file, any_path(bytes, paths).c_str(), H5P_DEFAULT, H5P_DEFAULT); break;
    case 3: {  // one object in two places; it may be a group within itself
      const std::string other = bytes.element(paths);
      if (other == path) break;
      H5Ldelete(file, other.c_str(), H5P_DEFAULT);
      H5Lcreate_hard(file, path.c_str(), file, other.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      break;
    }
    case 4:
      H5Ldelete(file, path.c_str(), H5P_DEFAULT);
      if (bytes.flag()) {
        H5Lcreate_soft(any_path(bytes, paths).c_str(), file, path.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      } else {
        H5Lcreate_external("/dev/null", "/x", file, path.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      }
      break;
    case 5: put_something_else(file, path, bytes); break;
    case 6:
    case 7:
    case 8: replace_dataset(file, any_path(bytes, paths), bytes); break;
    case 9:
    case 10:
    case 11: change_values(file, path, bytes); break;
    default: change_attribute(file, paths, bytes);
  }
}

/// Bytes in memory. Bytes far beyond everything that a test writes are discarded.
class Memory final : public io::Storage {
public:
  explicit Memory(std::string_view content) : content_(content) {}
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes, io::Content /*content*/) noexcept override {
    if (offset > most || bytes.size() > most) return;
    content_.resize(std::max<std::size_t>(content_.size(), offset + bytes.size()));
    std::memcpy(content_.data() + offset, bytes.data(), bytes.size());
  }
  bool read_at(std::uint64_t offset, std::span<std::byte> bytes) noexcept override {
    std::fill(bytes.begin(), bytes.end(), std::byte{0});
    if (offset >= content_.size()) return true;
    std::memcpy(bytes.data(), content_.data() + offset, std::min(bytes.size(), content_.size() - offset));
    return true;
  }
  void resize(std::uint64_t size) noexcept override { content_.resize(std::min(size, most)); }
  std::uint64_t size() const noexcept override { return content_.size(); }
  int failure() const noexcept override { return 0; }
  const std::string& content() const { return content_; }

private:
  static constexpr std::uint64_t most = 1U << 26U;
  std::string content_;
};

/// An HDF5 file in memory: a new one if `content` is empty.
class MemoryFile {
public:
  MemoryFile(std::string_view content, H5F_libver_t structures) : memory_(content) {
    const Handle access = io::access_through(memory_);
    const hbool_t clear = 1;  // accepts a file that was not closed, such as the result of a running run
    require(H5Pset(access, "clear_status_flags", &clear), "set access properties");
    const H5F_libver_t highest = structures == H5F_LIBVER_EARLIEST ? H5F_LIBVER_LATEST : structures;
    require(H5Pset_libver_bounds(access, structures, highest), "set the version");
    file_ = content.empty() ? Handle(H5Fcreate("new", H5F_ACC_TRUNC, H5P_DEFAULT, access), H5Fclose, "create")
                            : Handle(H5Fopen("memory", H5F_ACC_RDWR, access), H5Fclose, "open");
  }
  hid_t file() const { return file_; }
  std::string closed() {
    file_.close_now("close the file");
    return memory_.content();
  }

private:
  Memory memory_;
  Handle file_;
};

void copy_attributes(hid_t from, hid_t to) {
  for (const std::string& name : io::attribute_names(from)) {
    if (name == "DIMENSION_LIST" || name == "REFERENCE_LIST") continue;  // references: invalid in the copy
    if (name == "shape") {
      io::write_attribute(to, name.c_str(), io::read_counts(from, name.c_str(), 2));
    } else {
      io::write_attribute(to, name.c_str(), io::read_attribute(from, name.c_str()));
    }
  }
}

void copy_dataset(hid_t from, hid_t parent, const std::string& name) {
  const Handle type(H5Dget_type(from), H5Tclose, "type");
  const Handle space(H5Dget_space(from), H5Sclose, "space");
  const Handle creation(H5Dget_create_plist(from), H5Pclose, "properties");
  const Handle to(H5Dcreate2(parent, name.c_str(), type, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose,
                  "create a dataset");
  std::vector<char> values(Shape(extents_of(from)).count() * H5Tget_size(type) + 1);
  require(H5Dread(from, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "read");
  require(H5Dwrite(to, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "write");
  copy_attributes(from, to);
}

/// Copies each part by itself, because H5Ocopy() does not change the structures.
void copy_members(hid_t from, hid_t to) {
  copy_attributes(from, to);
  for (const std::string& name : io::member_names(from)) {
    const Handle member(H5Oopen(from, name.c_str(), H5P_DEFAULT), H5Oclose, "open");
    if (H5Iget_type(member) == H5I_GROUP) {
      const Handle group(H5Gcreate2(to, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose, "a group");
      copy_members(member, group);
    } else {
      copy_dataset(member, to, name);
    }
  }
}

}  // namespace

std::string with_changed_bytes(std::string_view file, Bytes& bytes) {
  std::string result(file);
  if (bytes.below(8) == 0) result.resize(std::min(result.size(), bytes.below(65536)));
  while (!bytes.empty() && !result.empty()) {
    char& place = result[bytes.below(65536) % result.size()];
    const unsigned flipped = static_cast<unsigned char>(place) ^ (1U << bytes.below(8));
    place = static_cast<char>(bytes.flag() ? bytes.take<std::uint8_t>() : flipped);
  }
  return result;
}

std::string with_changed_content(std::string_view file, Bytes& bytes) {
  const io::Session session;
  // New objects have the structures of HDF5 1.10, as in our files, or the oldest structures, as in files of other
  // programs.
  MemoryFile memory(file, bytes.flag() ? H5F_LIBVER_V110 : H5F_LIBVER_EARLIEST);
  for (std::size_t changes = 1 + bytes.below(8); changes > 0 && !bytes.empty(); --changes) {
    try {
      change_something(memory.file(), bytes);
    } catch (const Hdf5Failure&) {  // this change is impossible
    }
  }
  return memory.closed();
}

std::string changed(std::string_view file, const std::function<void(hid_t)>& change) {
  const io::Session session;
  MemoryFile memory(file, H5F_LIBVER_V110);
  change(memory.file());
  return memory.closed();
}

std::string in_old_structures(std::string_view file) {
  const io::Session session;
  const MemoryFile from(file, H5F_LIBVER_EARLIEST);
  MemoryFile to({}, H5F_LIBVER_EARLIEST);
  copy_members(from.file(), to.file());
  return to.closed();
}

ScratchFolder::ScratchFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "sorn-fuzz-XXXXXX").string();
  expect(mkdtemp(pattern.data()) != nullptr, "a folder for the files");
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace sorn::fuzz
