#include "support/npz.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace sorn::test {

namespace {

using Bytes = std::vector<std::byte>;

template <class T>
T read_as(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

Bytes inflate_member(const std::byte* data, std::size_t compressed, std::size_t size, std::uint16_t method) {
  if (method == 0) return {data, data + size};
  Bytes out(size);
  z_stream stream{};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(data));
  stream.avail_in = static_cast<uInt>(compressed);
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(size);
  const bool ok = inflateInit2(&stream, -MAX_WBITS) == Z_OK && inflate(&stream, Z_FINISH) == Z_STREAM_END;
  inflateEnd(&stream);
  if (!ok) throw std::runtime_error("npz member does not inflate");
  return out;
}

/// The text between a key of the header's dictionary and `end`.
std::string field(const std::string& header, const std::string& key, char begin, char end) {
  const std::size_t from = header.find(begin, header.find("'" + key + "'") + key.size() + 2) + 1;
  return header.substr(from, header.find(end, from) - from);
}

NpzArray parse_array(const Bytes& npy) {
  const bool version1 = read_as<std::uint8_t>(npy.data() + 6) == 1;
  const std::size_t start = version1 ? 10 : 12;
  const std::size_t length = version1 ? read_as<std::uint16_t>(npy.data() + 8) : read_as<std::uint32_t>(npy.data() + 8);
  const std::string header(reinterpret_cast<const char*>(npy.data()) + start, length);
  NpzArray array;
  array.descr = field(header, "descr", '\'', '\'');
  const std::string extents = field(header, "shape", '(', ')');
  for (std::size_t at = 0; at < extents.size();) {
    std::size_t used = 0;
    array.shape.push_back(std::stoul(extents.substr(at), &used));
    at = extents.find_first_of("0123456789", at + used);
  }
  array.bytes.assign(npy.begin() + static_cast<std::ptrdiff_t>(start + length), npy.end());
  if (header.find("'fortran_order': True") != std::string::npos && array.shape.size() > 1) {
    if (array.shape.size() != 2) throw std::runtime_error("Fortran order beyond two dimensions");
    const std::size_t width = array.bytes.size() / (array.shape[0] * array.shape[1]);
    Bytes turned(array.bytes.size());
    for (std::size_t r = 0; r < array.shape[0]; ++r) {
      for (std::size_t c = 0; c < array.shape[1]; ++c) {
        std::memcpy(turned.data() + (r * array.shape[1] + c) * width,
                    array.bytes.data() + (c * array.shape[0] + r) * width, width);
      }
    }
    array.bytes = std::move(turned);
  }
  return array;
}

template <class T>
std::vector<double> widened(const Bytes& bytes) {
  std::vector<double> values(bytes.size() / sizeof(T));
  for (std::size_t k = 0; k < values.size(); ++k)
    values[k] = static_cast<double>(read_as<T>(bytes.data() + k * sizeof(T)));
  return values;
}

}  // namespace

std::vector<double> NpzArray::numbers() const {
  if (descr == "<f8") return widened<double>(bytes);
  if (descr == "<i8") return widened<std::int64_t>(bytes);
  if (descr == "|u1") return widened<std::uint8_t>(bytes);
  throw std::runtime_error("npz array of type " + descr);
}

std::string NpzArray::text() const {
  std::string out;
  for (std::size_t k = 0; k + 4 <= bytes.size(); k += 4) {
    if (const auto c = read_as<std::uint32_t>(bytes.data() + k); c != 0) out.push_back(static_cast<char>(c));
  }
  return out;
}

std::map<std::string, NpzArray> read_npz(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string raw{std::istreambuf_iterator<char>(file), {}};
  const auto* data = reinterpret_cast<const std::byte*>(raw.data());
  const std::size_t end = raw.rfind("PK\x05\x06");
  if (!file.good() && raw.empty()) throw std::runtime_error(fmt::format("cannot read {}", path.string()));
  if (end == std::string::npos) throw std::runtime_error("not a zip archive");
  const auto entries = read_as<std::uint16_t>(data + end + 10);
  std::size_t at = read_as<std::uint32_t>(data + end + 16);
  std::map<std::string, NpzArray> arrays;
  for (unsigned e = 0; e < entries; ++e) {
    const auto method = read_as<std::uint16_t>(data + at + 10);
    const auto compressed = read_as<std::uint32_t>(data + at + 20);
    const auto size = read_as<std::uint32_t>(data + at + 24);
    const auto name_length = read_as<std::uint16_t>(data + at + 28);
    const auto skip = name_length + read_as<std::uint16_t>(data + at + 30) + read_as<std::uint16_t>(data + at + 32);
    const std::size_t local = read_as<std::uint32_t>(data + at + 42);
    const std::string name = raw.substr(at + 46, name_length);
    const std::size_t body =
        local + 30U + read_as<std::uint16_t>(data + local + 26) + read_as<std::uint16_t>(data + local + 28);
    arrays[name.substr(0, name.rfind(".npy"))] = parse_array(inflate_member(data + body, compressed, size, method));
    at += 46U + static_cast<std::size_t>(skip);
  }
  return arrays;
}

}  // namespace sorn::test
