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

using namespace config;  // the command speaks of settings everywhere

/// What an option does that lets a file be replaced.
inline constexpr const char* force_help = "replaces what is there already under the name that is written to";

/// The options of a command that builds or runs networks, as CLI11 fills them.
struct Options {
  std::string config;
  std::vector<std::string> set;
  std::array<std::optional<std::string>, run_key_count> run;  ///< in the order of run_keys
  std::optional<std::string> resume;
  bool force = false;
  bool quiet = false;
  bool dump_default = false;
};

enum class Needs : std::uint8_t { network, run };

/// Adds to a subcommand the options that it takes.
void add_options(CLI::App& command, Options& options, Needs needs);

/// Adds --recording, which `sorn plot` and `sorn report` hand on to the Python that draws.
void add_recording(CLI::App& command, std::optional<std::string>& recording);

/// The settings of the configuration file, if one is given, with those of the command line over them.
/// @throws IoError, FormatError, ParameterError
Settings settings(const Options& options);

}  // namespace sorn::cli
