// Tables: columns of equal length, written as CSV or HDF5.
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

/// The table in the format of RFC 4180, with a first line of names. A real number has enough digits to give the same
/// number when it is read; NaN is an empty cell.
std::string csv(const Table& table);

/// Writes the table as CSV, whole or not at all. @throws IoError as AtomicFile
void save_csv(const std::filesystem::path& path, const Table& table, Existing existing,
              std::shared_ptr<Claim> claim = nullptr);

/// Texts that describe a table, by name.
using Texts = std::vector<std::pair<std::string, std::string>>;

/// Writes an HDF5 file, whole or not at all. The group `table` has a dataset for each column, in order; each text is an
/// attribute of the file. Texts are UTF-8 of fixed length, padded with zeros.
/// @param format  the value of the file's attribute `format`
/// @throws IoError
void save_table(const std::filesystem::path& path, const std::string& format, const Table& table, const Texts& texts,
                Existing existing);

}  // namespace sorn::io
