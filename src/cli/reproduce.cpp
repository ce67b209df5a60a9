#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/python.hpp"
#include "cli/run.hpp"

#include <sorn/error.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/format.hpp"
#include "team/processes.hpp"

namespace sorn::cli {

namespace {

struct ReproduceOptions {
  std::vector<std::string> names;
  std::string folder;
  std::string out;
  std::optional<std::uint64_t> networks;
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> threads;
  std::vector<std::string> changes;
  bool list = false;
  bool describe = false;
  bool quick = false;
  bool as_code = false;
  bool quiet = false;
};

int reproduce(const ReproduceOptions& options, const Environment& environment) {
  if (options.names.empty() && !options.list) {
    throw UsageError("a name is needed: 'sorn reproduce --list' prints all, and 'all' stands for them");
  }
  std::vector<std::string> arguments{"reproduce"};
  const auto add = [&](const char* option, const auto& value) {
    if (value) arguments.push_back(formatted("{}={}", option, *value));
  };
  const auto add_flag = [&](const char* option, bool set) {
    if (set) arguments.emplace_back(option);
  };
  add("--networks", options.networks);
  add("--seed", options.seed);
  add("--threads", options.threads);
  if (!options.folder.empty()) arguments.push_back("--from=" + options.folder);
  if (!options.out.empty()) arguments.push_back("--out=" + options.out);
  for (const std::string& change : options.changes) arguments.push_back("--set=" + change);
  add_flag("--list", options.list);
  add_flag("--describe", options.describe);
  add_flag("--quick", options.quick);
  add_flag("--as-code", options.as_code);
  // Process 0 writes the pages; the others help to run the networks.
  const bool helps = environment.processes != nullptr && environment.processes->rank() > 0;
  add_flag("--help-others", helps);
  add_flag("--quiet", options.quiet || helps);
  add_flag("--terminal", environment.err_is_terminal);
  arguments.emplace_back("--");
  arguments.insert(arguments.end(), options.names.begin(), options.names.end());
  return run_python(arguments, environment);
}

}  // namespace

void add_reproduce(CLI::App& app, Action& action) {
  auto options = std::make_shared<ReproduceOptions>();
  CLI::App* command = app.add_subcommand("reproduce", "repeat a published experiment over many networks");
  command->add_option("NAME", options->names, "an experiment, or 'all'; or a file of your own, .toml or .py")
      ->type_name("");
  command->add_flag("--list", options->list, "print the experiments and exit");
  command->add_flag("--describe", options->describe, "print the protocol and exit; nothing runs");
  command->add_option("--out", options->out, "folder of the results (default: reproduced)")->type_name("DIR");
  command->add_option("--networks", options->networks, "networks in each condition")->type_name("N");
  command->add_option("--seed", options->seed, "seed from which those of the networks follow")->type_name("N");
  command->add_option("--threads", options->threads, "networks at the same time (default: one for each processor)")
      ->type_name("N");
  command->add_flag("--quick", options->quick, "a minute or less: shows that it runs, and nothing about the paper");
  command->add_flag("--as-code", options->as_code, "as the authors' program does it, where it deviates from the text");
  command
      ->add_option("--set", options->changes,
                   "another value: a hyperparameter, or the dotted name of an entry of the description")
      ->type_name("KEY=VALUE");
  command->add_option("--from", options->folder, "with --list and 'all': the descriptions in a folder of yours")
      ->type_name("DIR");
  command->add_flag("--quiet", options->quiet, "print errors only");
  command->footer(
      "Each experiment gets a folder in DIR: index.html is its page, with the figure, what was published beside what\n"
      "came out, and the protocol; table.csv, networks.csv, data.h5, figure.svg and figure.png hold the same. The\n"
      "outcome of each network is kept in DIR/NAME/networks, so that the same command goes on where it was\n"
      "interrupted. Several processes that see the folder share the work: 'mpirun -n 8 sorn reproduce ...', or the\n"
      "jobs of an array.\n" +
      python_help("runs and draws", "experiments") +
      "\nExamples:\n"
      "  sorn reproduce --list\n"
      "  sorn reproduce lazar2009-counting --quick\n"
      "  sorn reproduce delpapa2017-avalanches --networks 10\n"
      "  sorn reproduce lazar2009-counting --set eta_stdp=0.002 --set phases.organise.steps=20000\n"
      "  sorn reproduce mine.toml --out results\n"
      "  sorn reproduce all\n\n" +
      exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) { return reproduce(*options, environment); };
  });
}

}  // namespace sorn::cli
