// The tables in docs/variants.md are made from the values of the variants; this test checks that they are equal.
#include <sorn/variant.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>

namespace sorn {
namespace {

const ParameterInfo& info_of(std::string_view name) {
  const auto table = parameter_table();
  return *std::find_if(table.begin(), table.end(), [&](const ParameterInfo& info) { return info.name == name; });
}

/// A value as in a table: numbers with four digits, an order without its usual beginning.
std::string value_of(const Parameters& parameters, std::string_view name) {
  struct Printer {
    std::string operator()(std::monostate) const { return ""; }
    std::string operator()(std::int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const { return fmt::format("{:.4g}", v); }
    std::string operator()(const std::string& v) const { return v; }
  };
  const ParameterValue value = get_parameter(parameters, name);
  if (std::holds_alternative<std::monostate>(value)) return fmt::format("`{}`", info_of(name).unset);
  std::string text = std::visit(Printer{}, value);
  if (name != "order") return text;
  constexpr std::string_view usual = "excitatory,inhibitory,";
  if (text.starts_with(usual)) text.erase(0, usual.size());
  for (std::size_t at = 0; (at = text.find(',', at)) != std::string::npos; at += 2) text.replace(at, 1, ", ");
  return text;
}

std::string switches_table() {
  std::string text = "| switch |";
  std::string line = "|---|";
  for (const Variant& row : variant_table()) {
    text += fmt::format(" `{}` |", row.name());
    line += "---|";
  }
  text += '\n' + line + '\n';
  for (const std::string_view name : switch_list()) {
    text += fmt::format("| `{}` |", name);
    const std::string usual = value_of(Parameters{}, name);
    for (const Variant& row : variant_table()) {
      const std::string value = value_of(parameters_of(row.id), name);
      text += value == usual ? fmt::format(" {} |", value) : fmt::format(" **{}** |", value);
    }
    text += '\n';
  }
  return text;
}

std::string words_of(const Variant& row) {
  std::string text = fmt::format("| | |\n|---|---|\n| network | {} |\n| publication | {} |\n| good for | {} |\n",
                                 row.meaning, row.publication, row.good_for);
  text += fmt::format("| publication and program | {} |\n",
                      row.differences.empty() ? "no differences known" : row.differences);
  return text + fmt::format("| values from | {}{} |\n", row.program,
                            row.settings.empty() ? "" : ", unless the table below says otherwise");
}

std::string values_of(const Variant& row) {
  std::string text = "| switch | value | meaning | source |\n|---|---|---|---|\n";
  for (const std::string_view name : switch_list()) {
    const std::string_view source = source_of(row.id, name);
    const std::string value = value_of(parameters_of(row.id), name);
    if (value == value_of(Parameters{}, name) && source == row.program) continue;
    text += fmt::format("| `{}` | {} | {} | {} |\n", name, value, info_of(name).meaning, source);
  }
  return text;
}

/// Replaces the lines between "<!-- NAME: made by a test -->" and "<!-- end -->".
void replace_part(std::string& page, const std::string& name, const std::string& part) {
  const std::string begin = fmt::format("<!-- {}: made by a test -->\n", name);
  const std::size_t from = page.find(begin);
  ASSERT_NE(from, std::string::npos) << "the page lacks the line " << begin;
  const std::size_t first = from + begin.size();
  const std::size_t last = page.find("<!-- end -->", first);
  ASSERT_NE(last, std::string::npos) << "the page lacks the end of " << name;
  page.replace(first, last - first, '\n' + part + '\n');
}

TEST(Docs, VariantsPageMatchesTheValues) {
  const std::string path = SORN_TEST_DOCS_DIR "/variants.md";
  std::stringstream committed;
  committed << std::ifstream(path).rdbuf();
  std::string page = committed.str();
  replace_part(page, "switches", switches_table());
  for (const Variant& row : variant_table()) {
    replace_part(page, std::string(row.name()), words_of(row));
    if (row.id != VariantName{}) replace_part(page, fmt::format("{} values", row.name()), values_of(row));
  }
  if (std::getenv("SORN_REGENERATE") != nullptr) {
    std::ofstream(path) << page;
    return;
  }
  EXPECT_EQ(committed.str(), page) << "run this test with SORN_REGENERATE=1 to write the tables anew";
}

}  // namespace
}  // namespace sorn
