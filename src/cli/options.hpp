// The options of the commands that build or run networks, as CLI11 reads them.
#pragma once

#include "config/settings.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sorn::cli {

using namespace config;  // the command uses settings everywhere

/// The help of options that allow to replace a file.
inline constexpr const char* force_help = "replace an existing file of the same name";

/// The options of a command that builds or runs networks, as CLI11 fills them.
struct Options {
  std::string config;
  std::optional<std::string> variant;
  std::vector<std::string> set;
  std::vector<std::string> signals;
  std::vector<std::string> rules;
  std::array<std::optional<std::string>, run_key_count> run;  ///< in the order of run_keys
  std::optional<std::string> resume;
  std::optional<std::string> replay_log;
  bool watch = false;
  bool force = false;
  bool quiet = false;
  bool dump_default = false;
};

enum class Needs : std::uint8_t { network, run };

/// Adds its options to a subcommand.
void add_options(CLI::App& command, Options& options, Needs needs);

/// Adds --rule.
void add_rule_option(CLI::App& command, std::vector<std::string>& rules);

/// Adds --recording, which `sorn plot` and `sorn report` pass on to Python.
void add_recording(CLI::App& command, std::optional<std::string>& recording);

/// The settings of the configuration file, if one is given, overridden by those of the command line.
/// @throws IoError, FormatError, ParameterError
Settings settings(const Options& options);

/// The hyperparameters of the variant in --variant, or of the default one. @throws UnknownNameError
Parameters variant_of(const Options& options);

}  // namespace sorn::cli
