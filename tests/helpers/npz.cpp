#include "helpers/npz.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

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

}  // namespace

std::vector<double> NpzArray::numbers() const {
  const io::NpyArray array = io::parse_npy(file);
  if (!array.fortran_order || array.shape.size() < 2) return array.values;
  if (array.shape.size() != 2) throw std::runtime_error("Fortran order beyond two dimensions");
  std::vector<double> turned;
  for (std::size_t r = 0; r < array.shape[0]; ++r) {
    for (std::size_t c = 0; c < array.shape[1]; ++c) turned.push_back(array.values[c * array.shape[0] + r]);
  }
  return turned;
}

std::string NpzArray::text() const {
  std::string out;
  for (std::size_t k = header.data_offset; k + 4 <= file.size(); k += 4) {
    if (const auto c = read_as<std::uint32_t>(file.data() + k); c != 0) out.push_back(static_cast<char>(c));
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
    Bytes npy = inflate_member(data + body, compressed, size, method);
    arrays[name.substr(0, name.rfind(".npy"))] = {io::parse_npy_header(npy), std::move(npy)};
    at += 46U + static_cast<std::size_t>(skip);
  }
  return arrays;
}

}  // namespace sorn::test
