#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "cli/run.hpp"
#include "config/text.hpp"
#include "config/variant_text.hpp"
#include "core/quantity.hpp"
#include "io/acts.hpp"
#include "support/format.hpp"
#include "support/printable.hpp"

#include <sorn/result_reader.hpp>
#include <sorn/variant.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

namespace sorn::cli {

using nlohmann::ordered_json;

namespace {

struct ValuePrinter {
  std::string operator()(std::monostate) const { return "not set"; }
  std::string operator()(const std::string& value) const { return printable(value); }
  std::string operator()(std::int64_t value) const { return formatted("{}", value); }
  std::string operator()(double value) const { return formatted("{}", value); }
};

constexpr std::size_t longest_source_line = 2000;

/// What watchers did to the run.
void print_log(std::ostream& out, const RunLog& log) {
  constexpr std::size_t most_lines = 20;
  for (std::size_t k = 0; k < std::min(log.size(), most_lines); ++k) {
    out << formatted("  {} {} after step {}\n", k == 0 ? "acts   " : "       ", printable(io::in_words(log[k])),
                     grouped(log[k].step));
  }
  if (log.size() > most_lines) {
    out << formatted("          and {} more, which --json shows\n", grouped(log.size() - most_lines));
  }
}

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
  print_log(out, run.log);
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

void print_recordings(std::ostream& out, const ResultReader& file) {
  const std::vector<Recording>& recordings = file.recordings();
  out << (recordings.empty() ? "\nrecordings: none\n" : "\nrecordings:\n");
  std::size_t width = 4;
  for (const Recording& recording : recordings) width = std::max(width, name(recording.request.quantity).size());
  for (const Recording& recording : recordings) {
    std::vector<std::size_t> shape{recording.rows};
    shape.insert(shape.end(), recording.row_shape.begin(), recording.row_shape.end());
    const std::uint64_t stride = recording.request.stride;
    const bool events = info(recording.request.quantity).is_events();
    out << formatted("  {:<{}}  {:<18}  {}, from step {} on\n", name(recording.request.quantity), width,
                     events ? formatted("{} events", grouped(file.event_count())) : joined(shape, " x "),
                     stride == 1 ? "every step" : formatted("every {} steps", grouped(stride)),
                     grouped(recording.first_step));
    if (!recording.columns.empty()) {
      out << formatted("  {:<{}}  from {} to {}\n", "", width, recording.columns.front(), recording.columns.back());
    }
  }
}

void print_kept(std::ostream& out, const KeptStates& kept) {
  if (kept.steps.empty()) return;
  const std::uint64_t first = kept.steps.front();
  out << formatted("\nkept states: {}, of step {}", grouped(kept.steps.size()), grouped(first));
  if (kept.steps.size() > 1) {
    bool even = true;
    const std::uint64_t distance = kept.steps[1] - first;
    for (std::size_t k = 0; k < kept.steps.size(); ++k) even = even && kept.steps[k] == first + k * distance;
    out << (even ? formatted(" and then every {} steps", grouped(distance))
                 : formatted(" to step {}", grouped(kept.steps.back())));
  }
  constexpr double megabyte = 1e6;
  out << formatted(" ({:.3g} MB); 'sorn at' finds the states between them\n",
                   static_cast<double>(kept.bytes) / megabyte);
}

void print(std::ostream& out, const std::string& path, const ResultReader& file) {
  const State state = file.state();
  out << formatted("{}: a {} of sorn {}\n", printable(path), file.is_checkpoint() ? "checkpoint" : "result",
                   printable(file.program_version()));
  print_state(out, state);
  print_run(out, file.run());
  print_provenance(out, file.provenance());
  print_recordings(out, file);
  print_kept(out, file.kept_states());
  print_parameters(out, file.parameters());
}

// --- JSON

/// The text, or null if it is not known.
ordered_json known(const std::string& text) { return text.empty() ? ordered_json(nullptr) : ordered_json(text); }

struct JsonValue {
  ordered_json operator()(std::monostate) const { return nullptr; }
  ordered_json operator()(const std::string& value) const { return value; }
  ordered_json operator()(std::int64_t value) const { return value; }
  ordered_json operator()(double value) const { return value; }
};

ordered_json json_of(const SynapseMatrix& matrix) {
  return {{"pre", matrix.n_pre()}, {"post", matrix.n_post()}, {"synapses", matrix.synapse_count()}};
}

ordered_json json_of(const State& state) {
  ordered_json network{{"excitatory", state.ne()},  {"inhibitory", state.ni()},   {"step", state.step},
                       {"seed", state.seed},        {"Wee", json_of(*state.wee)}, {"Wei", json_of(*state.wei)},
                       {"Wie", json_of(*state.wie)}};
  ordered_json& memory = network["rule_memory"] = ordered_json::object();
  for (const RuleMemory& row : state.rule_memory) memory[row.name] = row.width;
  return network;
}

ordered_json json_of(const RunDescription& run) {
  if (run.steps == 0) return nullptr;
  ordered_json document{{"steps", run.steps},
                        {"first_step", run.first_step},
                        {"phase", name(run.phase)},
                        {"freeze", names(run.freeze)},
                        {"noise", run.noise},
                        {"inputs", run.inputs},
                        {"inputs_shape", nullptr},
                        {"inputs_sha256", known(run.inputs_sha256)},
                        {"source", nullptr},
                        {"signals", run.signals},
                        {"rules", ordered_json::object()},
                        {"log", ordered_json::parse(text(run.log))}};
  if (run.inputs_shape[0] != 0) document["inputs_shape"] = run.inputs_shape;
  if (run.source) document["source"] = ordered_json::parse(text(*run.source));
  for (const GivenRule& rule : run.rules) {
    ordered_json& values = document["rules"][rule.name] = ordered_json::object();
    for (const RuleValue& value : rule.values) values[value.name] = value.value;
  }
  return document;
}

ordered_json json_of_recordings(const ResultReader& file) {
  ordered_json document = ordered_json::object();
  for (const Recording& recording : file.recordings()) {
    std::vector<std::size_t> shape{recording.rows};
    shape.insert(shape.end(), recording.row_shape.begin(), recording.row_shape.end());
    ordered_json& row = document[std::string(name(recording.request.quantity))] = {
        {"shape", shape}, {"stride", recording.request.stride}, {"first_step", recording.first_step}};
    if (!recording.columns.empty()) row["columns"] = recording.columns;
    if (info(recording.request.quantity).is_events()) row["events"] = file.event_count();
  }
  return document;
}

/// With names that are those of the text, of Python or of a result file.
ordered_json json_of(const std::string& path, const ResultReader& file) {
  const Provenance& provenance = file.provenance();
  ordered_json document{
      {"file", path},
      {"kind", file.is_checkpoint() ? "checkpoint" : "result"},
      {"version", file.program_version()},
      {"network", json_of(file.state())},
      {"run", json_of(file.run())},
      {"made",
       {{"date", known(provenance.date)}, {"host", known(provenance.host)}, {"command", known(provenance.command)}}},
      {"recordings", json_of_recordings(file)},
      {"kept_states", file.kept_states().steps},
      {"variant", name(file.parameters().variant)},
      {"changed", changed_switches(file.parameters())},
      {"parameters", ordered_json::object()}};
  for (const ParameterInfo& row : parameter_table()) {
    document["parameters"][std::string(row.name)] =
        std::visit(JsonValue{}, effective_parameter(file.parameters(), row.name));
  }
  return document;
}

struct InfoOptions {
  std::vector<std::string> files;
  bool json = false;
};

/// Prints nothing before every file has been read.
int info(const InfoOptions& options, const Environment& environment) {
  std::ostringstream text;
  std::vector<ordered_json> documents;
  for (const std::string& path : options.files) {
    const ResultReader file(path);
    if (options.json) {
      documents.push_back(json_of(path, file));
    } else {
      if (&path != options.files.data()) text << '\n';
      print(text, path, file);
    }
  }
  if (options.json) {
    write_json(environment.out, documents);
  } else {
    environment.out << text.str();
  }
  return done;
}

}  // namespace

void add_info(CLI::App& app, Action& action) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App* command = app.add_subcommand("info", "print the content of a result file");
  command->add_option("FILE", options->files, "result files")->required()->type_name("");
  command->add_flag("--json", options->json, "print JSON instead of text");
  command->footer(
      "JSON has null for what is not known or not set. With several files it is a list, with an object for each file.\n"
      "\nExamples:\n"
      "  sorn info run.h5\n"
      "  sorn info run-*.h5 --json\n\n" +
      exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) { return info(*options, environment); };
  });
}

}  // namespace sorn::cli
