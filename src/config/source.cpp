#include "config/source.hpp"

#include "io/files/source.hpp"
#include "sources/spec_tree.hpp"
#include "support/format.hpp"
#include "support/labelled.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace sorn::config {

namespace {

using sources::Entry;
using sources::Table;
using sources::Values;

constexpr std::size_t longest_text = 64U << 20U;

/// Replaces the key "file" of a text, and of the texts within it, by the content of the file.
void read_files(Table& table) {
  for (Entry& entry : table) {
    if (auto* parts = std::get_if<Values>(&entry.value.value)) {
      for (sources::Value& part : *parts) {
        if (auto* inner = std::get_if<Table>(&part.value)) read_files(*inner);
      }
    }
    const auto* name = std::get_if<std::string>(&entry.value.value);
    if (entry.key != "file" || name == nullptr) continue;
    const auto is_text = [](const Entry& e) {
      const auto* kind = std::get_if<std::string>(&e.value.value);
      return e.key == "source" && kind != nullptr && *kind == "text";
    };
    if (!std::any_of(table.begin(), table.end(), is_text)) continue;
    entry = {"text", {io::read_short_text(*name, longest_text, "a text for a source")}};
  }
}

SourceSpec checked(Table table) {
  read_files(table);
  SourceSpec spec = sources::from_table(table);
  validate(spec);
  return spec;
}

}  // namespace

bool names_source(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view word = text.substr(0, colon);
  const auto rows = source_table();
  if (std::any_of(rows.begin(), rows.end(), [&](const SourceInfo& row) { return row.name == word; })) return true;
  return text.front() == '{' ||
         (colon != std::string_view::npos && word.find_first_of("./\\") == std::string_view::npos);
}

OptionalSource read_source(const Settings& given) {
  if (given.inputs && !given.inputs->text.empty() && names_source(given.inputs->text)) {
    return labelled(formatted("{}{}", given.inputs->label, given.inputs->text),
                    [&] { return checked(sources::table_of(given.inputs->text)); });
  }
  if (given.inputs || !given.source) return {};
  return labelled(given.source->label, [&] { return checked(given.source->table); });
}

}  // namespace sorn::config
