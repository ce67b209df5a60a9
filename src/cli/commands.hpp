// The subcommands. Each function adds a subcommand to the parser, which sets the action if it is chosen.
#pragma once

#include "cli/cli.hpp"

#include <CLI/CLI.hpp>

#include <functional>

namespace sorn::cli {

/// The action that the command line asks for.
using Action = std::function<int(const Environment&)>;

void add_init(CLI::App& app, Action& action);
void add_simulate(CLI::App& app, Action& action);
void add_train(CLI::App& app, Action& action);
void add_at(CLI::App& app, Action& action);
void add_recompute(CLI::App& app, Action& action);
void add_watch(CLI::App& app, Action& action);
void add_info(CLI::App& app, Action& action);
void add_stats(CLI::App& app, Action& action);
void add_criticality(CLI::App& app, Action& action);
void add_twin(CLI::App& app, Action& action);
void add_plot(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_reproduce(CLI::App& app, Action& action);
void add_convert(CLI::App& app, Action& action);
void add_rule_command(CLI::App& app, Action& action);
void add_sweep(CLI::App& app, Action& action);
void add_variants(CLI::App& app, Action& action);
void add_help(CLI::App& app, Action& action);
void add_doctor(CLI::App& app, Action& action);
void add_completion(CLI::App& app, Action& action);
void add_man(CLI::App& app, Action& action);

}  // namespace sorn::cli
