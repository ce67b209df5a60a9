#include "cli/commands.hpp"
#include "cli/run.hpp"
#include "config/text.hpp"
#include "config/variant_text.hpp"
#include "support/format.hpp"
#include "support/printable.hpp"

#include <sorn/result_reader.hpp>

#include <ostream>

namespace sorn::cli {

namespace {

struct ValuePrinter {
  std::string operator()(std::monostate) const { return "not set"; }
  std::string operator()(const std::string& value) const { return printable(value); }
  std::string operator()(std::int64_t value) const { return formatted("{}", value); }
  std::string operator()(double value) const { return formatted("{}", value); }
};

constexpr std::size_t longest_source_line = 2000;

void print_run(std::ostream& out, const RunDescription& run) {
  if (run.steps == 0) {
    out << "\nlast run: none\n";
    return;
  }
  const auto frozen = names(run.freeze);
  out << formatted("\nlast run: {} steps of {}, from step {} on\n", grouped(run.steps), name(run.phase),
                   grouped(run.first_step));
  out << formatted("  frozen  {}\n", frozen.empty() ? "nothing" : joined(frozen, ", "));
  out << formatted("  noise   {}\n", printable(run.noise));
  out << formatted("  inputs  {}\n", printable(run.inputs));
  if (run.inputs_shape[0] != 0) {
    out << formatted("          {} features x {} steps\n", grouped(run.inputs_shape[0]), grouped(run.inputs_shape[1]));
  }
  if (run.source) out << formatted("  source  {}\n", printable_beginning(text(*run.source), longest_source_line));
  if (!run.signals.empty()) out << formatted("  signals {}\n", joined(run.signals, ", "));
  for (const GivenRule& rule : run.rules) {
    std::vector<std::string> values;
    values.reserve(rule.values.size());
    for (const RuleValue& value : rule.values) values.push_back(formatted("{} = {}", value.name, value.value));
    out << formatted("  rule    {}{}\n", rule.name, values.empty() ? "" : formatted(": {}", joined(values, ", ")));
  }
  if (!run.inputs_sha256.empty()) out << formatted("          SHA-256 {}\n", printable(run.inputs_sha256));
}

void print_provenance(std::ostream& out, const Provenance& provenance) {
  if (provenance == Provenance{}) return;  // files of earlier versions have none
  out << "\nmade:\n";
  const auto print = [&](std::string_view what, const std::string& text) {
    if (!text.empty()) out << formatted("  {:<7} {}\n", what, printable(text));
  };
  print("date", provenance.date);
  print("host", provenance.host);
  print("command", provenance.command);
}

void print_matrix(std::ostream& out, std::string_view name, const SynapseMatrix& matrix) {
  const double pairs = static_cast<double>(matrix.n_pre()) * static_cast<double>(matrix.n_post());
  out << formatted("  {}  {} x {}: {} synapses, {:.1f}% of all pairs\n", name, matrix.n_pre(), matrix.n_post(),
                   grouped(matrix.synapse_count()), 100.0 * static_cast<double>(matrix.synapse_count()) / pairs);
}

void print_state(std::ostream& out, const State& state) {
  out << formatted("\nnetwork: {} excitatory and {} inhibitory units, after step {}, seed {}\n", grouped(state.ne()),
                   grouped(state.ni()), grouped(state.step), state.seed);
  print_matrix(out, "Wee", *state.wee);
  print_matrix(out, "Wei", *state.wei);
  print_matrix(out, "Wie", *state.wie);
  for (const RuleMemory& memory : state.rule_memory) {
    out << formatted("  memory of the rule {}: {} for each unit\n", memory.name,
                     memory.width == 1 ? "a number" : formatted("{} numbers", grouped(memory.width)));
  }
}

void print_parameters(std::ostream& out, const Parameters& parameters) {
  out << formatted("\nvariant: {}\n", printable(variant_in_words(parameters)));
  out << "\nparameters:\n";
  for (const ParameterInfo& info : parameter_table()) {
    const ParameterValue value = get_parameter(parameters, info.name);
    const bool unset = std::holds_alternative<std::monostate>(value);
    out << formatted("  {:<15} = {}{}\n", info.name,
                     std::visit(ValuePrinter{}, effective_parameter(parameters, info.name)),
                     unset ? formatted(" ({})", info.unset) : "");
  }
}

void print_recordings(std::ostream& out, const std::vector<Recording>& recordings) {
  out << (recordings.empty() ? "\nrecordings: none\n" : "\nrecordings:\n");
  for (const Recording& recording : recordings) {
    std::vector<std::size_t> shape{recording.rows};
    shape.insert(shape.end(), recording.row_shape.begin(), recording.row_shape.end());
    const std::uint64_t stride = recording.request.stride;
    out << formatted("  {:<4}  {:<18}  {}, from step {} on\n", name(recording.request.quantity), joined(shape, " x "),
                     stride == 1 ? "every step" : formatted("every {} steps", grouped(stride)),
                     grouped(recording.first_step));
  }
}

int info(const std::string& path, const Environment& environment) {
  const ResultReader file(path);
  const State state = file.state();  // reports errors in the file before the first line is printed
  environment.out << formatted("{}: a {} of sorn {}\n", printable(path), file.is_checkpoint() ? "checkpoint" : "result",
                               printable(file.program_version()));
  print_state(environment.out, state);
  print_run(environment.out, file.run());
  print_provenance(environment.out, file.provenance());
  print_recordings(environment.out, file.recordings());
  print_parameters(environment.out, file.parameters());
  return done;
}

}  // namespace

void add_info(CLI::App& app, Action& action) {
  auto path = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("info", "print the content of a result file");
  command->add_option("FILE", *path, "a result file")->required()->type_name("");
  command->footer(
      "Examples:\n"
      "  sorn info run.h5\n\n" +
      exit_code_help());
  command->callback(
      [path, &action] { action = [path](const Environment& environment) { return info(*path, environment); }; });
}

}  // namespace sorn::cli
