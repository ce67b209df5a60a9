// Ensembles from the command line: --replicas.
#pragma once

#include "cli/cli.hpp"
#include "cli/options.hpp"

namespace sorn::cli {

/// Runs or resumes the replicas that the settings ask for. Returns the exit code.
int run_replicas(const Settings& given, Phase phase, bool quiet, const Environment& environment);

}  // namespace sorn::cli
