// The subcommands: each adds itself to the parser and, if it is chosen, says what to do.
#pragma once

#include "cli/cli.hpp"

#include <CLI/CLI.hpp>

#include <functional>

namespace sorn::cli {

/// What the parser found that is to be done.
using Action = std::function<int(const Environment&)>;

void add_init(CLI::App& app, Action& action);
void add_simulate(CLI::App& app, Action& action);
void add_train(CLI::App& app, Action& action);
void add_info(CLI::App& app, Action& action);
void add_stats(CLI::App& app, Action& action);
void add_plot(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_convert(CLI::App& app, Action& action);
void add_sweep(CLI::App& app, Action& action);

}  // namespace sorn::cli
