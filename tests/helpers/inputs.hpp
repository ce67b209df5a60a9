// Helpers to write, read and compare inputs.
#pragma once

#include "io/files/source.hpp"

#include <sorn/io.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::test {

/// The inputs as rows of features, for any memory layout.
inline std::vector<std::vector<double>> rows(const InputArray& inputs) {
  std::vector<std::vector<double>> result(inputs.features);
  for (std::size_t f = 0; f < inputs.features; ++f) {
    for (std::size_t t = 0; t < inputs.steps; ++t) result[f].push_back(inputs.view()(f, t));
  }
  return result;
}

/// A source without an end, from which at most `most` bytes may be read.
inline io::Source endless(std::string_view beginning, std::byte then, std::size_t most,
                          std::optional<std::uint64_t> size = {}) {
  const auto given = std::make_shared<std::size_t>(0);
  return {[=](std::span<std::byte> bytes) {
            EXPECT_LE(*given, most) << "reads on";
            for (std::byte& byte : bytes) {
              byte = *given < beginning.size() ? static_cast<std::byte>(beginning[*given]) : then;
              ++*given;
            }
            return bytes.size();
          },
          size};
}

/// A .npy file with this header dictionary and data.
inline std::string npy(const std::string& header, std::string_view data, char version = 1) {
  std::string text = header;
  text += std::string(63 - (10 + header.size()) % 64, ' ') + '\n';
  std::string file = std::string("\x93NUMPY") + version + '\0';
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  for (std::size_t i = 0; i < length_bytes; ++i) file += static_cast<char>(text.size() >> (8 * i));
  return file + text + std::string(data);
}

inline std::string header(std::string_view descr, std::string_view shape, std::string_view fortran = "False") {
  return "{'descr': '" + std::string(descr) + "', 'fortran_order': " + std::string(fortran) +
         ", 'shape': " + std::string(shape) + ", }";
}

template <class T>
std::string bytes(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

}  // namespace sorn::test
