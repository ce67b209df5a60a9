// docs/parameters.md is made from the table of hyperparameters; this test checks that the two are equal.
#include <sorn/parameters.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace sorn {
namespace {

std::string default_text(const ParameterInfo& info) {
  if (!info.unset.empty()) return fmt::format("`{}`", info.unset);
  struct Printer {
    std::string operator()(std::monostate) const { return "not set"; }
    std::string operator()(std::int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const { return fmt::format("{}", v); }
    std::string operator()(const std::string& v) const { return fmt::format("`{}`", v); }
  };
  return std::visit(Printer{}, get_parameter(Parameters{}, info.name));
}

std::string parameters_page() {
  std::string page =
      "# Hyperparameters\n\n"
      "Made from the table in `include/sorn/parameters.hpp`. All faces take these names: keywords in Python, `--set\n"
      "name=value` and `[parameters]` in the command's TOML, fields of `sorn::Parameters` in C++.\n\n"
      "| name | default | range | unit | meaning | source |\n|---|---|---|---|---|---|\n";
  for (const ParameterInfo& info : parameter_table()) {
    page += fmt::format("| `{}`{} | {} | {} | {} | {} | {} |\n", info.name,
                        info.symbol.empty() ? "" : fmt::format(" ({})", info.symbol), default_text(info), info.range,
                        info.unit, info.meaning, info.source);
  }
  return page;
}

TEST(Docs, ParametersPageMatchesTheTable) {
  const std::string path = SORN_TEST_DOCS_DIR "/parameters.md";
  if (std::getenv("SORN_REGENERATE") != nullptr) std::ofstream(path) << parameters_page();
  std::ifstream file(path);
  std::stringstream committed;
  committed << file.rdbuf();
  EXPECT_EQ(committed.str(), parameters_page()) << "run this test with SORN_REGENERATE=1 to write the page anew";
}

}  // namespace
}  // namespace sorn
