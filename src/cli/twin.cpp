#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "cli/run.hpp"
#include "config/change_text.hpp"
#include "config/text.hpp"
#include "io/files/atomic_file.hpp"
#include "io/table.hpp"
#include "support/format.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>
#include <sorn/io.hpp>
#include <sorn/twins.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sorn::cli {

namespace {

using nlohmann::ordered_json;

struct TwinOptions {
  std::vector<std::string> files;
  std::vector<std::string> changes;
  std::uint64_t pairs = 1000;
  std::uint64_t steps = 1000;
  std::uint64_t skip = 100;
  std::uint64_t seed = 0;
  std::uint64_t window = 10;
  std::string phase = "plasticity";
  std::string noise = "on";
  std::string freeze{empty_list};
  std::size_t threads = 0;
  std::string out;
  bool json = false;
  bool force = false;
  bool quiet = false;
};

twins::Plan plan_of(const TwinOptions& options) {
  twins::Plan plan{.pairs = options.pairs,
                   .steps = options.steps,
                   .skip = options.skip,
                   .seed = options.seed,
                   .state_stride = std::max<std::uint64_t>(options.steps / 10, 1),
                   .threads = options.threads};
  for (const std::string& text : options.changes) plan.changes.push_back(change_named("--change", text));
  plan.options.phase = phase_named(options.phase);
  plan.options.freeze = read_freeze({"--freeze ", options.freeze});
  for (const std::string& file : options.files) {
    Result result = load_result(file, false);
    if (options.noise != "on") plan.options.noise.sigma = read_noise({"--noise ", options.noise}, result.parameters);
    plan.networks.emplace_back(result.parameters, std::move(result.state));
  }
  return plan;
}

struct Summary {
  std::size_t parted = 0;
  std::size_t met = 0;
  std::size_t merged = 0;
  std::optional<twins::Growth> growth;
  std::vector<double> mean;
  std::vector<double> states;  // means in the last row, in the order of the distances
};

Summary summary_of(const twins::Divergence& found, std::uint64_t window) {
  Summary summary;
  for (const twins::Pair& pair : found.pairs) {
    summary.parted += pair.parted >= 0 ? 1U : 0U;
    summary.met += pair.met >= 0 ? 1U : 0U;
    summary.merged += pair.merged >= 0 ? 1U : 0U;
  }
  summary.mean = twins::mean_distance(found);
  summary.growth = twins::growth(summary.mean, window);
  for (const std::vector<double>& values : found.states) {
    double sum = 0.0;
    for (std::size_t row = found.state_rows() - 1; row < values.size(); row += found.state_rows()) sum += values[row];
    summary.states.push_back(sum / static_cast<double>(found.pairs.size()));
  }
  return summary;
}

void print_line(std::ostream& out, std::string_view name, const std::string& value, std::string_view meaning) {
  out << formatted("  {:<16} {:>12}  {}\n", name, value, meaning);
}

std::string shown(const std::optional<double>& value) { return value ? formatted("{:.4g}", *value) : "undefined"; }

void print(std::ostream& out, const twins::Divergence& found, const Summary& summary, const TwinOptions& options) {
  for (const std::string& file : options.files) out << printable(file) << '\n';
  out << formatted("\n{} pairs of twins over {} steps\n", grouped(found.pairs.size()), grouped(found.steps));
  print_line(out, "parted", grouped(summary.parted), "pairs whose activity differed in some step");
  print_line(out, "met", grouped(summary.met), "of them, whose activity is equal at the end");
  print_line(out, "merged", grouped(summary.merged), "pairs of networks that are equal at the end");
  print_line(out, "exponent", summary.growth ? formatted("{:.4g}", summary.growth->exponent) : "undefined",
             summary.growth ? formatted("per step: slope of ln(mean distance), steps {} to {}", summary.growth->first,
                                        summary.growth->last)
                            : "the mean distance is above 0 for fewer than three steps");
  print_line(out, "derrida slope", shown(found.map.slope), "above 1 differences grow from step to step");
  out << formatted("\nmean distance ({} excitatory units)\n", grouped(found.neurons));
  for (const std::uint64_t step : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{10}, std::uint64_t{100}}) {
    if (step >= found.steps) break;
    print_line(out, formatted("step {}", step), formatted("{:.4g}", summary.mean[step]), "units that differ");
  }
  print_line(out, formatted("step {}", found.steps), formatted("{:.4g}", summary.mean.back()), "units that differ");
  for (std::size_t k = 0; k < summary.states.size(); ++k) {
    const twins::StateDistance& row = twins::state_distances()[k];
    print_line(out, row.name, formatted("{:.4g}", summary.states[k]),
               formatted("after {} steps: {}", (found.state_rows() - 1) * found.state_stride, row.meaning));
  }
}

void print_json(std::ostream& out, const twins::Divergence& found, const Summary& summary, const TwinOptions& options) {
  ordered_json document{{"files", options.files},       {"changes", options.changes}, {"pairs", found.pairs.size()},
                        {"steps", found.steps},         {"skip", options.skip},       {"seed", options.seed},
                        {"neurons", found.neurons},     {"parted", summary.parted},   {"met", summary.met},
                        {"merged", summary.merged},     {"exponent", nullptr},        {"derrida_slope", nullptr},
                        {"mean_distance", summary.mean}};
  if (summary.growth) document["exponent"] = summary.growth->exponent;
  if (found.map.slope) document["derrida_slope"] = *found.map.slope;
  for (std::size_t k = 0; k < summary.states.size(); ++k) {
    document["states"][std::string(twins::state_distances()[k].name)] = summary.states[k];
  }
  write_json(out, document);
}

/// A row for each step: the mean distance, and quantiles over the pairs.
io::Table table_of(const twins::Divergence& found, const Summary& summary) {
  std::vector<std::uint64_t> steps;
  for (std::uint64_t step = 0; step <= found.steps; ++step) steps.push_back(step);
  io::Table table{{"step", std::move(steps)}, {"mean", summary.mean}};
  for (const auto& [name, share] :
       {std::pair("q05", 0.05), {"q25", 0.25}, {"median", 0.5}, {"q75", 0.75}, {"q95", 0.95}}) {
    table.push_back({name, twins::quantile(found.activity, found.rows(), share)});
  }
  return table;
}

int run_twins(const TwinOptions& options, const Environment& environment) {
  if (!options.out.empty()) io::require_writable(options.out, existing(options.force));
  const twins::Plan plan = plan_of(options);
  twins::Divergence found;
  {
    std::optional<ProgressLine> progress;
    found = twins::divergence(plan, [&](std::uint64_t done, std::uint64_t total) {
      if (options.quiet) return;
      if (!progress) progress.emplace(environment.err, total, environment.err_is_terminal);
      progress->update(done);
    });
  }
  const Summary summary = summary_of(found, options.window);
  if (!options.out.empty()) io::save_csv(options.out, table_of(found, summary), existing(options.force));
  if (options.json) {
    print_json(environment.out, found, summary, options);
  } else {
    print(environment.out, found, summary, options);
  }
  return done;
}

std::string change_help() {
  std::string help = "what differs in the second network of each pair; may be repeated:";
  for (const ChangeKind& row : change_kinds) help += formatted("\n  {}{}: {}", row.name, row.form, row.meaning);
  return help;
}

}  // namespace

void add_twin(CLI::App& app, Action& action) {
  auto options = std::make_shared<TwinOptions>();
  CLI::App* command =
      app.add_subcommand("twin", "networks that differ by one spike, synapse or rule, and how they part");
  command->add_option("FILE", options->files, "result files, each of one network")->required()->type_name("");
  command->add_option("--change", options->changes, change_help())
      ->required()
      ->type_name("CHANGE")
      ->allow_extra_args(false);
  command->add_option("--pairs", options->pairs, "pairs of all networks together (default: 1000)")->type_name("N");
  command->add_option("--steps", options->steps, "steps of each pair (default: 1000)")->type_name("N");
  command->add_option("--skip", options->skip, "steps of a network from the start of a pair to the next (default: 100)")
      ->type_name("N");
  command->add_option("--seed", options->seed, "of what the change leaves open (default: 0)")->type_name("N");
  command->add_option("--window", options->window, "steps of the fit of the exponent (default: 10)")->type_name("N");
  command->add_option("--phase", options->phase, "whether rules act (default: plasticity)")
      ->type_name("plasticity|training");
  command->add_option("--noise", options->noise, "on, off or its size, of both networks (default: on)")->type_name("X");
  command->add_option("--freeze", options->freeze, "rules that act in neither network (default: none)")
      ->type_name("RULES");
  command->add_option("--threads", options->threads, "threads (default: one for each processor)")->type_name("N");
  command->add_option("--out", options->out, "write the mean distance in each step, and quantiles, as CSV")
      ->type_name("FILE.csv");
  command->add_flag("--json", options->json, "print JSON instead of a table");
  command->add_flag("--force", options->force, force_help);
  command->add_flag("--quiet", options->quiet, "show no progress");
  command->footer(
      "Both networks of a pair draw the same random numbers, so that all that differs comes from the change. A unit "
      "or\n"
      "synapse that is not given is drawn anew for each pair.\n"
      "\nExamples:\n"
      "  sorn twin run.h5 --change spike\n"
      "  sorn twin run-*.h5 --change synapse --pairs 10000 --out distance.csv\n"
      "  sorn twin run.h5 --change lesion=random:10 --change freeze=sp --steps 5000\n\n" +
      exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) { return run_twins(*options, environment); };
  });
}

}  // namespace sorn::cli
