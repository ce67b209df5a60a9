#include "io/npy.hpp"

#include "support/format.hpp"
#include "support/memory.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
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
    if (!accept(c)) refuse("the .npy header", formatted("has no '{}' where one must be", c));
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

/// The value of a 16-bit number in the format of IEEE 754.
double half(std::uint16_t bits) {
  const int exponent = static_cast<int>((bits >> 10U) & 0x1FU);
  const double fraction = bits & 0x3FFU;
  double value = 0.0;
  if (exponent == 0) {
    value = std::ldexp(fraction, -24);
  } else if (exponent == 31) {
    value = fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  } else {
    value = std::ldexp(1024 + fraction, exponent - 25);
  }
  return (bits & 0x8000U) != 0 ? -value : value;
}

template <class T>
double plain(std::array<std::byte, sizeof(T)> bytes) {
  return static_cast<double>(std::bit_cast<T>(bytes));
}

double from_half(std::array<std::byte, 2> bytes) { return half(std::bit_cast<std::uint16_t>(bytes)); }

enum class ByteOrder : std::uint8_t { little, big };

/// Appends the numbers in `bytes` to `values`.
template <std::size_t width, double (*number)(std::array<std::byte, width>)>
void append(std::span<const std::byte> bytes, ByteOrder order, std::vector<double>& values) {
  for (std::size_t place = 0; place < bytes.size(); place += width) {
    std::array<std::byte, width> one;
    std::memcpy(one.data(), bytes.data() + place, width);
    if (order == ByteOrder::big) std::reverse(one.begin(), one.end());
    values.push_back(number(one));
  }
}

struct Type {
  std::string_view code;  ///< the part of `descr` after the byte order
  std::size_t width;
  void (*append)(std::span<const std::byte>, ByteOrder, std::vector<double>&);
};

template <class T>
constexpr Type type(std::string_view code) {
  return {code, sizeof(T), append<sizeof(T), plain<T>>};
}

constexpr std::array types{
    type<double>("f8"),        type<float>("f4"),         Type{"f2", 2, append<2, from_half>},
    type<std::int8_t>("i1"),   type<std::int16_t>("i2"),  type<std::int32_t>("i4"),
    type<std::int64_t>("i8"),  type<std::uint8_t>("u1"),  type<std::uint16_t>("u2"),
    type<std::uint32_t>("u4"), type<std::uint64_t>("u8"), type<std::uint8_t>("b1"),
};

const Type& type_described(std::string_view descr) {
  for (const Type& type : types) {
    if (descr.empty() || descr.substr(1) != type.code) continue;
    // For single bytes, any byte order is accepted. For wider numbers it must be given.
    constexpr std::string_view orders = "<>=|";
    const std::size_t order = orders.find(descr[0]);
    if (order < (type.width == 1 ? 4 : 3)) return type;
  }
  refuse(formatted("the .npy file holds values of type '{}'", descr.substr(0, 40)),
         "must be float64, float32, float16, integers or booleans", "save array.astype('<f8')");
}

/// The product of the extents. `available` bytes follow the header, if that is known.
std::size_t checked_count(const std::vector<std::size_t>& shape, std::size_t width,
                          std::optional<std::uint64_t> available) {
  bool empty = false;
  for (const std::size_t extent : shape) empty |= extent == 0;
  const std::size_t most = available ? static_cast<std::size_t>(*available) / width : std::size_t{1} << 60U;
  std::size_t count = empty ? 0 : 1;
  for (const std::size_t extent : shape) {
    if (count == 0) break;
    if (extent > most / count) {
      if (!available) break;  // more than any memory: refused below
      refuse("the .npy file", "is truncated: it holds fewer values than its header says");
    }
    count *= extent;
  }
  if (available && count * width != *available) {
    refuse("the .npy file", formatted("has {} bytes more than its header says", *available - count * width),
           "write it with one numpy.save");
  }
  double needed = empty ? 0.0 : sizeof(double);
  for (const std::size_t extent : shape) needed *= static_cast<double>(extent);
  require_memory(needed, "the .npy file");
  return count;
}

constexpr std::size_t fixed_header = magic.size() + 2;
constexpr std::size_t longest_header = 1U << 20U;

/// The number of bytes of the field with the length of the header.
std::size_t length_width(std::string_view fixed) {
  if (!fixed.starts_with(magic)) {
    const std::string advice = advice_on_content(fixed);
    refuse("the file", "is not a .npy file", advice.empty() ? "write it with numpy.save" : advice);
  }
  if (fixed.size() < fixed_header) refuse("the .npy file", "is truncated in its header");
  const unsigned major = static_cast<unsigned char>(fixed[magic.size()]);
  if (major < 1 || major > 3) refuse(formatted(".npy version {}", major), "must be 1, 2 or 3");
  return major == 1 ? 2 : 4;
}

/// Reads the header, and nothing after it.
std::string read_header(const Source& source) {
  std::string text;
  const auto append = [&](std::size_t count) {
    const std::size_t old = text.size();
    text.resize(old + count);
    text.resize(old + source.read(std::as_writable_bytes(std::span(text).subspan(old))));
  };
  append(fixed_header);
  const std::size_t width = length_width(text);
  append(width);
  if (text.size() < fixed_header + width) refuse("the .npy file", "is truncated in its header");
  std::size_t length = 0;
  for (std::size_t i = 0; i < width; ++i) {
    length |= static_cast<std::size_t>(static_cast<unsigned char>(text[fixed_header + i])) << (8 * i);
  }
  if (source.size && *source.size < text.size() + length) refuse("the .npy file", "is truncated in its header");
  if (length > longest_header) refuse(formatted("the .npy header of {} bytes", length), "is too long");
  append(length);
  if (text.size() < fixed_header + width + length) refuse("the .npy file", "is truncated in its header");
  return text;
}

/// Parses a whole header.
NpyHeader header_in(std::string_view text) {
  NpyHeader header;
  header.data_offset = text.size();
  HeaderReader reader(text.substr(fixed_header + length_width(text)));
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
      refuse(formatted("the .npy header has '{}'", key.substr(0, 40)), "must have descr, fortran_order and shape");
    }
    if (!reader.accept(',')) {
      reader.expect('}');
      break;
    }
  }
  if (found != 7U) refuse("the .npy header", "must have descr, fortran_order and shape");
  return header;
}

}  // namespace

NpyHeader parse_npy_header(std::span<const std::byte> bytes) {
  const std::string text = read_header(source_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  return header_in(text);
}

NpyArray read_npy(const Source& source, const std::function<void(const NpyHeader&)>& accept) {
  NpyHeader header = header_in(read_header(source));
  const Type& type = type_described(header.descr);
  if (accept) accept(header);
  std::optional<std::uint64_t> available;
  if (source.size) available = *source.size - header.data_offset;
  const std::size_t count = checked_count(header.shape, type.width, available);
  NpyArray array{std::move(header.shape), header.fortran_order, {}};
  if (available) array.values.reserve(count);  // only if the values are known to exist
  std::array<std::byte, 1U << 16U> buffer{};
  const ByteOrder order = header.descr[0] == '>' ? ByteOrder::big : ByteOrder::little;
  while (array.values.size() < count) {
    const std::size_t wanted = std::min(buffer.size(), (count - array.values.size()) * type.width);
    const auto piece = std::span(buffer).first(wanted);
    if (source.read(piece) < wanted) {
      refuse("the .npy file", "is truncated: it holds fewer values than its header says");
    }
    type.append(piece, order, array.values);
  }
  if (!available && source.read(std::span(buffer).first(1)) > 0) {
    refuse("the .npy file", "has more bytes than its header says", "write it with one numpy.save");
  }
  return array;
}

NpyArray parse_npy(std::span<const std::byte> bytes) {
  return read_npy(source_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
}

}  // namespace sorn::io
