#include "runs/sweep_run.hpp"

#include "core/state_fields.hpp"
#include "io/files/checksum.hpp"
#include "support/error_kinds.hpp"
#include "support/format.hpp"
#include "support/names.hpp"

#include <sorn/error.hpp>
#include <sorn/file_run.hpp>
#include <sorn/network.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <new>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace sorn::runs {

namespace fs = std::filesystem;

namespace {

constexpr int since_first_sweeps = 2;  // the version of result files when the first sweeps were written

std::string extent(const SweepDimension& dimension) {
  if (dimension.range) {
    return formatted("from {} to {}, {}", dimension.range->low, dimension.range->high, name(dimension.range->scale));
  }
  std::vector<std::string> values;
  values.reserve(dimension.values.size());
  for (const ParameterValue& value : dimension.values) {
    values.push_back(dimension.name == "order" ? formatted("[{}]", text(value)) : text(value));
  }
  return joined(values, ", ");
}

io::Column column_of(const SweepDesign& design, std::size_t dimension, std::span<const SweepRun> runs) {
  io::Column column{design.dimensions[dimension].name, {}};
  // A hyperparameter that is not set has the value of its formula.
  const auto value_of = [&](const SweepRun& run) {
    const ParameterValue& value = run.values[dimension];
    return std::holds_alternative<std::monostate>(value) ? effective_parameter(run.parameters, column.name) : value;
  };
  const auto fill = [&](auto kind) {  // NOLINT(performance-unnecessary-value-param): only its type counts
    std::vector<decltype(kind)> values;
    for (const SweepRun& run : runs) values.push_back(std::get<decltype(kind)>(value_of(run)));
    column.values = std::move(values);
  };
  // The type of a column is the type of the network's hyperparameter.
  const ParameterValue first = value_of(run_of(design, 0));
  if (std::holds_alternative<std::int64_t>(first)) fill(std::int64_t{});
  if (std::holds_alternative<double>(first)) fill(double{});
  if (std::holds_alternative<std::string>(first)) fill(std::string{});
  return column;
}

std::uint64_t checksum(std::span<const std::byte> bytes, std::uint64_t before = 0) { return io::crc64(bytes, before); }

template <class T>
std::uint64_t checksum(const std::vector<T>& values, std::uint64_t before = 0) {
  return checksum(std::as_bytes(std::span(values)), before);
}

std::uint64_t checksum(const InputArray& inputs) {
  const std::array<std::size_t, 3> shape{inputs.features, inputs.steps, inputs.step_major ? 1U : 0U};
  return checksum(inputs.values, checksum(std::as_bytes(std::span(shape))));
}

std::uint64_t checksum(const State& state) {
  std::uint64_t sum = checksum(std::as_bytes(std::span(&state.step, 1)));
  for (const WeightField& field : weight_fields) {
    const SynapseMatrix& matrix = *(state.*field.values);
    for (std::size_t post = 0; post < matrix.n_post(); ++post) {
      const SynapseMatrix::Column column = matrix.column(post);
      sum = checksum(std::as_bytes(column.pre), sum);
      sum = checksum(std::as_bytes(column.weight), sum);
    }
  }
  for (const ThresholdField& field : threshold_fields) sum = checksum(state.*field.values, sum);
  for (const ActivityField& field : activity_fields) {
    for (const auto column : field.columns) sum = checksum(state.*column, sum);
  }
  if (!state.h_ip.empty()) sum = checksum(state.h_ip, sum);
  if (!state.sp_queue.empty()) sum = checksum(state.sp_queue, sum);
  for (const RuleMemory& memory : state.rule_memory) {
    sum = checksum(*memory.values, checksum(std::as_bytes(std::span(memory.name)), sum));
  }
  for (const OutputField& field : output_fields) {
    if (!(state.output.*field.values).empty()) sum = checksum(state.output.*field.values, sum);
  }
  if (!state.output.o.empty()) sum = checksum(state.output.o, sum);
  return sum;
}

}  // namespace

void throw_problems(std::string_view subject, const std::vector<std::string>& problems) {
  if (problems.size() == 1) throw ParameterError(std::string(subject), problems.front());
  throw ParameterError(std::string(subject),
                       formatted("{} things are wrong:\n  {}", problems.size(), joined(problems, "\n  ")));
}

SweepJournal::Description description(const SweepDesign& design) {
  SweepJournal::Description lines;
  const auto add = [&](std::string key, std::string value) { lines.emplace_back(std::move(key), std::move(value)); };
  add("design", std::string(name(design.kind)));
  for (const ParameterInfo& info : parameter_table()) {
    // Journals from before this hyperparameter existed have no line for it; their runs used its default.
    const ParameterValue value = get_parameter(design.base, info.name);
    if (info.since > since_first_sweeps && value == get_parameter({}, info.name)) continue;
    add(std::string(info.name), text(value));
  }
  const bool variants = std::any_of(design.dimensions.begin(), design.dimensions.end(),
                                    [](const SweepDimension& dimension) { return dimension.name == "variant"; });
  if (variants) {  // only then they change a run
    const std::set<std::string> given(design.given.begin(), design.given.end());
    add("given", joined(given, ", "));
  }
  for (const SweepDimension& dimension : design.dimensions) {
    add(formatted("{} of {}", name(design.kind), dimension.name), extent(dimension));
  }
  add("seed", formatted("{}", design.seed));
  add("seeds", design.seeds.empty() ? formatted("{}", design.runs_per_point) : joined(design.seeds, ", "));
  add("steps", formatted("{}", design.steps));
  add("phase", std::string(name(design.phase)));
  add("noise", design.noise);
  add("freeze", joined(names(design.freeze), ", "));
  std::vector<std::string> recorded;
  recorded.reserve(design.record.size());
  for (const RecordRequest& request : design.record) recorded.push_back(sorn::text(request));
  add("record", joined(recorded, ", "));
  add("files", design.files ? "true" : "false");
  add("statistics", joined(design.statistics, ", "));
  add("skip", formatted("{}", design.options.skip));
  add("window", formatted("{}", design.options.window));
  add("lag", formatted("{}", design.options.lag));
  if (design.source) add("source", text(*design.source));  // journals of earlier versions have no such line
  add("threshold", design.options.threshold ? formatted("{}", *design.options.threshold) : "half the mean activity");
  return lines;
}

SweepJournal::Description description(const Sweep& sweep) {
  SweepJournal::Description lines = description(sweep.design);
  const auto content = [](std::uint64_t sum) { return formatted("content {:016x}", sum); };
  lines.emplace_back("inputs", sweep.inputs ? content(checksum(*sweep.inputs)) : "none");
  lines.emplace_back("state", sweep.state ? content(checksum(*sweep.state)) : "none");
  if (sweep.rules.empty()) return lines;  // journals of earlier versions have no such line
  std::vector<std::string> rules;
  for (const auto& rule : sweep.rules) {
    std::vector<std::string> values;
    for (const RuleValue& value : rule->values()) values.push_back(formatted("{} = {}", value.name, value.value));
    std::sort(values.begin(), values.end());
    rules.push_back(formatted("{}({})", rule->name(), joined(values, ", ")));
  }
  std::sort(rules.begin(), rules.end());
  lines.emplace_back("rules", joined(rules, ", "));
  return lines;
}

std::uint64_t fingerprint(const Sweep& sweep) {
  std::uint64_t sum = 0;
  for (const auto& [key, value] : description(sweep)) {
    const std::string line = formatted("{} = {}\n", key, value);
    sum = checksum(std::as_bytes(std::span(line.data(), line.size())), sum);
  }
  return sum;
}

std::optional<SweepOutcome> run_one(const Sweep& sweep, std::uint64_t index, Observer* watch, const fs::path& file) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const SweepDesign& design = sweep.design;
  SweepOutcome outcome{.index = index};
  try {
    const SweepRun run = run_of(design, index);
    RunPlan plan;
    plan.steps = design.steps;
    plan.options.phase = design.phase;
    plan.options.freeze = design.freeze;
    plan.options.noise = Noise::gaussian(run.noise);
    plan.options.threads = 1;  // many runs at the same time
    if (!file.empty()) plan.record = design.record;
    plan.inputs = sweep.inputs_name;
    plan.inputs_sha256 = sweep.inputs_sha256;
    plan.overwrite = true;
    if (sweep.inputs) plan.options.inputs = sweep.inputs->view();
    plan.options.source = design.source;
    Network network = network_of(run.parameters, sweep.state, run.seed);
    network.set_rules(sweep.rules);
    const Measuring measuring{.statistics = design.statistics, .options = design.options};
    RunEnd end = file.empty() ? make_run(std::move(network), plan, measuring, watch)
                              : make_run(FileRun(file, std::move(network), std::move(plan)), measuring, watch);
    if (!end.complete) {
      std::error_code ignored;
      if (!file.empty()) fs::remove(file, ignored);  // the file is incomplete
      return {};
    }
    outcome.values = std::move(end.values);
  } catch (const RuleError& error) {  // a rule of a user's own breaks a promise with these values
    outcome.error = error.what();
  } catch (const Error& error) {
    if (!kind_of(error).about_a_value) throw;
    outcome.error = error.what();
  } catch (const std::bad_alloc&) {
    outcome.error = "this machine has too little memory for that; try fewer units, steps or threads";
  }
  outcome.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return outcome;
}

io::Table table_of(const SweepDesign& design, const std::map<std::uint64_t, SweepOutcome>& outcomes) {
  std::vector<SweepRun> runs;
  std::vector<std::int64_t> indices;
  std::vector<std::int64_t> points;
  std::vector<std::uint64_t> seeds;
  std::vector<std::string> errors;
  std::vector<std::vector<double>> values(design.statistics.size());
  const std::uint64_t count = run_count(design);
  for (const auto& [index, outcome] : outcomes) {
    if (index >= count) break;  // the journal may hold more samples
    const SweepRun& run = runs.emplace_back(run_of(design, index));
    indices.push_back(static_cast<std::int64_t>(index));
    points.push_back(static_cast<std::int64_t>(run.point));
    seeds.push_back(run.seed);
    errors.push_back(outcome.error);
    for (std::size_t s = 0; s < values.size(); ++s) {
      values[s].push_back(s < outcome.values.size() ? outcome.values[s] : std::numeric_limits<double>::quiet_NaN());
    }
  }
  io::Table table{{"run", std::move(indices)}, {"point", std::move(points)}, {"seed", std::move(seeds)}};
  for (std::size_t d = 0; d < design.dimensions.size(); ++d) table.push_back(column_of(design, d, runs));
  for (std::size_t s = 0; s < values.size(); ++s) table.push_back({design.statistics[s], std::move(values[s])});
  table.push_back({"error", std::move(errors)});
  return table;
}

}  // namespace sorn::runs
