#include "io/table.hpp"

#include "io/files/atomic_file.hpp"
#include "io/hdf5/attributes.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/hdf5/file_driver.hpp"
#include "io/provenance.hpp"
#include "io/schema.hpp"
#include "support/format.hpp"

#include <sorn/version.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <span>

namespace sorn::io {

namespace {

std::size_t row_count(const Table& table) {
  if (table.empty()) return 0;
  return std::visit([](const auto& values) { return values.size(); }, table.front().values);
}

/// A text as a cell, in quotes if it would end the cell otherwise.
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + '"';
}

struct Cell {
  std::string operator()(std::int64_t value) const { return formatted("{}", value); }
  std::string operator()(std::uint64_t value) const { return formatted("{}", value); }
  std::string operator()(double value) const { return std::isnan(value) ? std::string() : formatted("{}", value); }
  std::string operator()(const std::string& value) const { return quoted(value); }
};

template <class T>
void write_column(hid_t group, const char* name, const std::vector<T>& values) {
  write_list(group, name, values);
}

void write_column(hid_t group, const char* name, const std::vector<std::string>& values) {
  std::size_t longest = 1;
  for (const std::string& value : values) longest = std::max(longest, value.size());
  std::string padded;
  for (const std::string& value : values) {
    padded += value;
    padded.append(longest - value.size(), '\0');
  }
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "make a string type");
  require(H5Tset_size(type, longest), "make a string type");
  require(H5Tset_strpad(type, H5T_STR_NULLPAD), "make a string type");
  require(H5Tset_cset(type, H5T_CSET_UTF8), "make a string type");
  const std::size_t size = values.size();
  create_dataset(group, name, std::span(&size, 1), type, padded.data());
}

}  // namespace

std::string csv(const Table& table) {
  std::string text;
  for (std::size_t c = 0; c < table.size(); ++c) {
    if (c != 0) text += ',';
    text += quoted(table[c].name);
  }
  text.push_back('\n');
  const std::size_t rows = row_count(table);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t c = 0; c < table.size(); ++c) {
      if (c != 0) text += ',';
      text += std::visit([&](const auto& values) { return Cell{}(values[row]); }, table[c].values);
    }
    text.push_back('\n');
  }
  return text;
}

void save_csv(const std::filesystem::path& path, const Table& table, Existing existing, std::shared_ptr<Claim> claim) {
  const std::string text = csv(table);
  AtomicFile file(path, existing, std::move(claim));
  file.write_at(0, std::as_bytes(std::span(text.data(), text.size())));
  file.commit();
}

void save_table(const std::filesystem::path& path, const std::string& format, const Table& table, const Texts& texts,
                Existing existing) {
  const Provenance provenance = current_provenance();
  AtomicFile destination(path, existing);
  write_hdf5(destination, path, [&] {
    Handle file = create_file(destination);
    write_attribute(file, schema::format_attribute, format);
    write_attribute(file, schema::format_version_attribute, std::int64_t{1});
    write_attribute(file, schema::program_version_attribute, std::string(version));
    write_provenance(file, provenance);
    for (const auto& [name, text] : texts) write_attribute(file, name.c_str(), text);
    const Handle group = create_group(file, "table");
    for (const Column& column : table) {
      std::visit([&](const auto& values) { write_column(group, column.name.c_str(), values); }, column.values);
    }
    file.close_now("complete the file");
  });
  destination.commit();
}

}  // namespace sorn::io
