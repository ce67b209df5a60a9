#include "cli/config.hpp"

#include "core/names.hpp"
#include "io/atomic_file.hpp"

#include <sorn/error.hpp>

#include <fmt/format.h>
#include <sys/stat.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <sstream>

namespace sorn::cli {

namespace {

std::string read_text(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) io::throw_system_error("read", path, EISDIR);
  std::ifstream file(path, std::ios::binary);
  if (!file) io::throw_system_error("read", path, errno);
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad()) io::throw_system_error("read", path, EIO);
  return text.str();
}

/// Reads one file; its name goes into every error.
class ConfigReader {
public:
  explicit ConfigReader(std::string file) : file_(std::move(file)) {}

  Settings read(const toml::table& root) const {
    Settings settings;
    for (const auto& [key, node] : root) {
      const bool parameters = key.str() == "parameters";
      if (!parameters && key.str() != "run") {
        unknown("table", key, std::array<std::string_view, 2>{"parameters", "run"});
      }
      const toml::table* table = node.as_table();
      if (table == nullptr) {
        throw ParameterError(fmt::format("{}: {}", place(key), key.str()), "must be a table",
                             fmt::format("write [{}] on a line of its own", key.str()));
      }
      parameters ? read_parameters(*table, settings) : read_run(*table, settings);
    }
    return settings;
  }

private:
  void read_parameters(const toml::table& table, Settings& settings) const {
    std::vector<std::string_view> names;
    for (const ParameterInfo& info : parameter_table()) names.push_back(info.name);
    for (const auto& [key, node] : table) {
      if (std::find(names.begin(), names.end(), key.str()) == names.end()) unknown("hyperparameter", key, names);
      ParameterValue value;
      if (const auto* whole = node.as_integer()) {
        value = whole->get();
      } else if (const auto* real = node.as_floating_point()) {
        value = real->get();
      } else if (const auto* text = node.as_string()) {
        value = text->get();
      } else {
        throw ParameterError(fmt::format("{}: {}", place(key), key.str()), "must be a number or a string");
      }
      settings.parameters.push_back({place(key), std::string(key.str()), std::move(value)});
    }
  }

  void read_run(const toml::table& table, Settings& settings) const {
    std::array<std::string_view, run_keys.size()> names;
    std::transform(run_keys.begin(), run_keys.end(), names.begin(), [](const RunKey& run_key) { return run_key.name; });
    for (const auto& [key, node] : table) {
      const auto found = std::find(names.begin(), names.end(), key.str());
      if (found == names.end()) unknown("key of [run]", key, names);
      const RunKey& run_key = run_keys[static_cast<std::size_t>(found - names.begin())];
      settings.*run_key.member = Written{fmt::format("{}: {} = ", place(key), key.str()), text_of(key, node)};
    }
  }

  /// A value as it would stand on the command line: the same reader takes it from here.
  std::string text_of(const toml::key& key, const toml::node& node) const {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* whole = node.as_integer()) return fmt::format("{}", whole->get());
    if (const auto* real = node.as_floating_point()) return fmt::format("{}", real->get());
    if (const auto* list = node.as_array()) {
      std::string text;
      for (const toml::node& element : *list) {
        const auto* part = element.as_string();
        if (part == nullptr) {
          throw ParameterError(fmt::format("{}: {}", place(key), key.str()), "must be a list of strings");
        }
        if (!text.empty()) text += ',';
        text += part->get();
      }
      return text;
    }
    throw ParameterError(fmt::format("{}: {}", place(key), key.str()),
                         "must be a number, a string or a list of strings");
  }

  std::string place(const toml::key& key) const { return fmt::format("{}:{}", file_, key.source().begin.line); }

  [[noreturn]] void unknown(std::string_view kind, const toml::key& key,
                            std::span<const std::string_view> names) const {
    try {
      throw_unknown_name(kind, key.str(), names);
    } catch (const UnknownNameError& error) {
      throw UnknownNameError(fmt::format("{}: {}", place(key), error.subject()), error.rule(), error.suggestion());
    }
  }

  std::string file_;
};

}  // namespace

Settings read_config(const std::filesystem::path& path) {
  const std::string text = read_text(path);
  try {
    return ConfigReader(path.string()).read(toml::parse(text, path.string()));
  } catch (const toml::parse_error& error) {
    throw FormatError(fmt::format("{}:{}", path.string(), error.source().begin.line),
                      fmt::format("not valid TOML: {}", error.description()));
  }
}

}  // namespace sorn::cli
