// The common part of init, simulate and train.
#pragma once

#include "cli/cli.hpp"
#include "cli/options.hpp"

namespace sorn::cli {

/// Builds a network and writes it. Returns the exit code.
int build_network(const Options& options, const Environment& environment);

/// Runs a network, new or from a file, in this phase and writes the result. Returns the exit code.
int run_network(const Options& options, Phase phase, const Environment& environment);

/// The help about exit codes.
std::string exit_code_help();

}  // namespace sorn::cli
