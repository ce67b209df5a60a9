#include "io/npy.hpp"

#include <sorn/error.hpp>

#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace sorn::io {

static_assert(std::endian::native == std::endian::little, "values are taken as they lie in the file");

namespace {

constexpr std::string_view magic = "\x93NUMPY";

[[noreturn]] void refuse(std::string subject, std::string rule, std::string suggestion = {}) {
  throw FormatError(std::move(subject), std::move(rule), std::move(suggestion));
}

/// Reads the Python dictionary of a header: quoted strings, True, False, and tuples of whole numbers.
class HeaderReader {
public:
  explicit HeaderReader(std::string_view text) : rest_(text) {}

  void expect(char c) {
    if (!accept(c)) refuse("the .npy header", fmt::format("has no '{}' where one must be", c));
  }

  bool accept(char c) {
    skip_spaces();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string quoted() {
    skip_spaces();
    const char quote = rest_.empty() ? '\0' : rest_.front();
    if (quote == '[') refuse("the .npy file", "holds a structured type", "save a plain array of numbers");
    const std::size_t end = rest_.find(quote, 1);
    if ((quote != '\'' && quote != '"') || end == std::string_view::npos) {
      refuse("the .npy header", "has no quoted string where one must be");
    }
    std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }

  bool boolean() {
    skip_spaces();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}}) {
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return value;
    }
    refuse("the .npy header", "has neither True nor False for fortran_order");
  }

  std::vector<std::size_t> tuple() {
    std::vector<std::size_t> numbers;
    expect('(');
    while (!accept(')')) {
      skip_spaces();
      std::size_t number = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
      if (error != std::errc{}) refuse("the .npy header", "has no whole number where one must be");
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      numbers.push_back(number);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return numbers;
  }

private:
  void skip_spaces() {
    const std::size_t first = rest_.find_first_not_of(" \t\n");
    rest_.remove_prefix(first == std::string_view::npos ? rest_.size() : first);
  }

  std::string_view rest_;
};

template <class T>
std::vector<double> converted(std::span<const std::byte> bytes, std::size_t count) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = static_cast<double>(value);
  }
  return values;
}

struct Type {
  std::string_view descr;
  std::size_t width;
  std::vector<double> (*convert)(std::span<const std::byte>, std::size_t);
};

constexpr std::array types{
    Type{"<f8", 8, converted<double>},        Type{"<f4", 4, converted<float>},
    Type{"|i1", 1, converted<std::int8_t>},   Type{"<i2", 2, converted<std::int16_t>},
    Type{"<i4", 4, converted<std::int32_t>},  Type{"<i8", 8, converted<std::int64_t>},
    Type{"|u1", 1, converted<std::uint8_t>},  Type{"<u2", 2, converted<std::uint16_t>},
    Type{"<u4", 4, converted<std::uint32_t>}, Type{"<u8", 8, converted<std::uint64_t>},
    Type{"|b1", 1, converted<std::uint8_t>},
};

const Type& type_described(std::string_view descr) {
  for (const Type& type : types) {
    // The byte order of a single byte means nothing: '<i1', '=i1' and '|i1' are the same.
    if (type.descr == descr || (type.width == 1 && !descr.empty() && type.descr.substr(1) == descr.substr(1)))
      return type;
  }
  refuse(fmt::format("the .npy file holds values of type '{}'", descr.substr(0, 40)),
         "must be little-endian float64, float32, integers or booleans", "save array.astype('<f8')");
}

/// The product of the extents, if that many values of this width lie in `available` bytes.
std::size_t checked_count(const std::vector<std::size_t>& shape, std::size_t width, std::size_t available) {
  const std::size_t most = available / width;
  bool empty = false;
  for (const std::size_t extent : shape) empty |= extent == 0;
  std::size_t count = empty ? 0 : 1;
  for (const std::size_t extent : shape) {
    if (count == 0) break;
    if (extent > most / count) {
      refuse("the .npy file", "is truncated: it holds fewer values than its header says");
    }
    count *= extent;
  }
  if (count * width != available) {
    refuse("the .npy file", fmt::format("has {} bytes more than its header says", available - count * width),
           "write it with one numpy.save");
  }
  return count;
}

}  // namespace

NpyHeader parse_npy_header(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(magic)) refuse("the file", "is not a .npy file", "write it with numpy.save");
  if (text.size() < magic.size() + 2) refuse("the .npy file", "is truncated in its header");
  const unsigned major = static_cast<unsigned char>(text[magic.size()]);
  if (major < 1 || major > 3) refuse(fmt::format(".npy version {}", major), "must be 1, 2 or 3");

  const std::size_t length_width = major == 1 ? 2 : 4;
  const std::size_t length_at = magic.size() + 2;
  if (text.size() < length_at + length_width) refuse("the .npy file", "is truncated in its header");
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_width; ++i) {
    length |= static_cast<std::size_t>(static_cast<unsigned char>(text[length_at + i])) << (8 * i);
  }
  const std::size_t begin = length_at + length_width;
  if (text.size() - begin < length) refuse("the .npy file", "is truncated in its header");

  NpyHeader header;
  header.data_offset = begin + length;
  HeaderReader reader(text.substr(begin, length));
  unsigned found = 0;
  reader.expect('{');
  while (!reader.accept('}')) {
    const std::string key = reader.quoted();
    reader.expect(':');
    if (key == "descr") {
      header.descr = reader.quoted();
      found |= 1U;
    } else if (key == "fortran_order") {
      header.fortran_order = reader.boolean();
      found |= 2U;
    } else if (key == "shape") {
      header.shape = reader.tuple();
      found |= 4U;
    } else {
      refuse(fmt::format("the .npy header has '{}'", key.substr(0, 40)), "must have descr, fortran_order and shape");
    }
    if (!reader.accept(',')) {
      reader.expect('}');
      break;
    }
  }
  if (found != 7U) refuse("the .npy header", "must have descr, fortran_order and shape");
  return header;
}

NpyArray parse_npy(std::span<const std::byte> bytes) {
  NpyHeader header = parse_npy_header(bytes);
  const Type& type = type_described(header.descr);
  const auto data = bytes.subspan(header.data_offset);
  const std::size_t count = checked_count(header.shape, type.width, data.size());
  return {std::move(header.shape), header.fortran_order, type.convert(data, count)};
}

}  // namespace sorn::io
