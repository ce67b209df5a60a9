#include "io/hdf5/attributes.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "support/format.hpp"

namespace sorn::io {

namespace {

herr_t append_name(hid_t /*object*/, const char* name, const H5A_info_t* /*info*/, void* names) noexcept {
  try {
    static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  } catch (...) {
    return -1;
  }
  return 0;
}

Handle text_type() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "make a string type");
  require(H5Tset_size(type, H5T_VARIABLE), "make a string type");
  require(H5Tset_cset(type, H5T_CSET_UTF8), "make a string type");
  return type;
}

/// The rank-1 or scalar dataspace of an attribute, the attribute, and its type.
struct Attribute {
  Handle handle;
  Handle type;
  hssize_t count;
};

Attribute open_attribute(hid_t object, const char* name) {
  const htri_t exists = H5Aexists(object, name);
  require(exists, formatted("find attribute '{}'", name));
  if (exists == 0) throw FormatError(formatted("attribute '{}'", name), "is missing");
  Handle handle(H5Aopen(object, name, H5P_DEFAULT), H5Aclose, formatted("open attribute '{}'", name));
  Handle type(H5Aget_type(handle), H5Tclose, "read an attribute's type");
  const Handle space(H5Aget_space(handle), H5Sclose, "read an attribute's shape");
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  return {std::move(handle), std::move(type), count};
}

void write_attribute(hid_t object, const char* name, hid_t type, const Handle& space, const void* value) {
  const std::string action = formatted("write attribute '{}'", name);
  const Handle attribute(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose, action);
  require(H5Awrite(attribute, type, value), action);
}

std::string read_string(const Attribute& attribute, const char* name) {
  constexpr std::size_t longest = 1U << 20U;
  const std::string action = formatted("read attribute '{}'", name);
  const htri_t variable = H5Tis_variable_str(attribute.type);
  require(variable, action);
  if (variable != 0) {
    char* text = nullptr;
    require(H5Aread(attribute.handle, text_type(), static_cast<void*>(&text)), action);
    std::string result = text == nullptr ? std::string() : std::string(text);
    H5free_memory(text);
    return result;
  }
  const std::size_t size = H5Tget_size(attribute.type);
  if (size > longest) throw FormatError(formatted("attribute '{}' of {} bytes", name, size), "is too long");
  std::string text(size, '\0');
  require(H5Aread(attribute.handle, attribute.type, text.data()), action);
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

std::uint64_t as_count(const Scalar& value, const char* name) {
  if (const auto* natural = std::get_if<std::uint64_t>(&value)) return *natural;
  if (const auto* whole = std::get_if<std::int64_t>(&value); whole != nullptr && *whole >= 0) {
    return static_cast<std::uint64_t>(*whole);
  }
  throw FormatError(formatted("attribute '{}'", name), "must be a whole number from 0 on");
}

}  // namespace

std::vector<std::string> attribute_names(hid_t object) {
  std::vector<std::string> names;
  require(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, nullptr, append_name, &names), "list attributes");
  return names;
}

void write_attribute(hid_t object, const char* name, const Scalar& value) {
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose, "make a scalar space");
  if (const auto* text = std::get_if<std::string>(&value)) {
    const char* const pointer = text->c_str();
    write_attribute(object, name, text_type(), space, static_cast<const void*>(&pointer));
  } else {
    std::visit(
        [&](const auto& number) {
          using T = std::decay_t<decltype(number)>;
          if constexpr (std::is_arithmetic_v<T>) write_attribute(object, name, native_type<T>(), space, &number);
        },
        value);
  }
}

void write_attribute(hid_t object, const char* name, std::span<const std::uint64_t> values) {
  const hsize_t size = values.size();
  const Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose, "make a space");
  write_attribute(object, name, H5T_NATIVE_UINT64, space, values.data());
}

Scalar read_attribute(hid_t object, const char* name) {
  const Attribute attribute = open_attribute(object, name);
  const std::string action = formatted("read attribute '{}'", name);
  const auto read = [&](auto value) -> Scalar {
    require(H5Aread(attribute.handle, native_type<decltype(value)>(), &value), action);
    return value;
  };
  const std::size_t width = H5Tget_size(attribute.type);
  if (attribute.count == 1) {
    switch (H5Tget_class(attribute.type)) {
      case H5T_STRING: return read_string(attribute, name);
      case H5T_FLOAT:
        if (width <= sizeof(double)) return read(double{});
        break;
      case H5T_INTEGER:
        if (width > sizeof(std::uint64_t)) break;
        return H5Tget_sign(attribute.type) == H5T_SGN_NONE ? read(std::uint64_t{}) : read(std::int64_t{});
      default: break;
    }
  }
  throw FormatError(formatted("attribute '{}'", name), "must be a single number or string");
}

std::uint64_t read_count(hid_t object, const char* name) { return as_count(read_attribute(object, name), name); }

std::string read_text(hid_t object, const char* name) {
  Scalar value = read_attribute(object, name);
  auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) throw FormatError(formatted("attribute '{}'", name), "must be a string");
  return std::move(*text);
}

std::vector<std::uint64_t> read_counts(hid_t object, const char* name, std::size_t size) {
  const Attribute attribute = open_attribute(object, name);
  const bool whole = H5Tget_class(attribute.type) == H5T_INTEGER && H5Tget_size(attribute.type) <= sizeof(std::int64_t);
  if (!whole || attribute.count != static_cast<hssize_t>(size)) {
    throw FormatError(formatted("attribute '{}'", name), formatted("must be {} whole numbers", size));
  }
  // A negative number of a signed type is read as 0, which the caller refuses.
  std::vector<std::uint64_t> values(size);
  require(H5Aread(attribute.handle, H5T_NATIVE_UINT64, values.data()), formatted("read attribute '{}'", name));
  return values;
}

}  // namespace sorn::io
