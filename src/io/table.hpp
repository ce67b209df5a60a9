// Tables: columns of equal length, as CSV for everybody and as HDF5 for programs.
#pragma once

#include "io/files/claim.hpp"

#include <sorn/io.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sorn::io {

struct Column {
  std::string name;
  std::variant<std::vector<std::int64_t>, std::vector<std::uint64_t>, std::vector<double>, std::vector<std::string>>
      values;
};

using Table = std::vector<Column>;

/// The table as RFC 4180 has it, with a first line of names. A real number has as many digits as it takes to read the
/// same one back; NaN is an empty cell.
std::string csv(const Table& table);

/// Writes that text, whole or not at all. @throws IoError as AtomicFile
void save_csv(const std::filesystem::path& path, const Table& table, Existing existing,
              std::shared_ptr<Claim> claim = nullptr);

/// Texts that describe a table, by name.
using Texts = std::vector<std::pair<std::string, std::string>>;

/// Writes an HDF5 file, whole or not at all: a dataset for each column in the group `table`, in their order, and each
/// text as an attribute of the file. Texts are UTF-8 of fixed length, padded with zeros.
/// @param format  what the file's attribute `format` says
/// @throws IoError
void save_table(const std::filesystem::path& path, const std::string& format, const Table& table, const Texts& texts,
                Existing existing);

}  // namespace sorn::io
