#include "cli/begin.hpp"

#include "cli/try_library.hpp"
#include "config/source.hpp"
#include "config/text.hpp"
#include "core/validate.hpp"
#include "support/format.hpp"
#include "support/labelled.hpp"
#include "support/names.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>
#include <sorn/rule_library.hpp>

#include <algorithm>
#include <array>
#include <ostream>
#include <random>
#include <string_view>
#include <variant>

namespace sorn::cli {

namespace {

/// The layout in which the inputs would be read the other way up.
std::string_view other_layout(const Settings& settings) {
  const InputsLayout layout = read_layout(settings).value_or(usual_layout(settings.inputs->text));
  return layout_names[layout == InputsLayout::time_by_feature ? 1 : 0];
}

/// The advice about inputs whose shape fits only the other way up.
std::string try_transposed(const Settings& settings) {
  return formatted("these look transposed: --inputs-layout {} reads them the other way up", other_layout(settings));
}

std::uint64_t steps_of(const Settings& settings, const std::optional<InputArray>& inputs) {
  if (!settings.steps) {
    if (!inputs) throw UsageError("--steps N is needed: without a file of inputs the length of the run is unknown");
    return inputs->steps;
  }
  const std::uint64_t steps = read_steps(*settings.steps);
  if (inputs && inputs->steps < steps) {
    throw ShapeError(formatted("{}{}", settings.steps->label, settings.steps->text),
                     formatted("'{}' has only {} steps", settings.inputs->text, inputs->steps),
                     inputs->features >= steps
                         ? formatted("ask for fewer, or, if rows and columns are exchanged, give --inputs-layout {}",
                                     other_layout(settings))
                         : "ask for fewer, or leave --steps out");
  }
  return steps;
}

/// Sets the number of input units to the number of features of the inputs, unless the user has set it.
void match_inputs(Origin& origin, const Settings& settings, const std::optional<InputArray>& inputs) {
  if (!inputs) return;
  Parameters& parameters = origin.parameters;
  if (!settings.sets("nu")) {
    if (inputs->features > parameters.ne) {
      throw ShapeError(formatted("'{}' has {} features", settings.inputs->text, inputs->features),
                       formatted("must have at most ne = {}, one for each input unit", parameters.ne),
                       inputs->steps <= parameters.ne ? try_transposed(settings) : "");
    }
    origin.nu_follows = parameters.nu != inputs->features;
    set_parameter(parameters, "nu", static_cast<std::int64_t>(inputs->features));
  } else if (parameters.nu != inputs->features) {
    throw ShapeError(formatted("nu = {}", parameters.nu),
                     formatted("'{}' has {} features", settings.inputs->text, inputs->features),
                     inputs->steps == parameters.nu ? try_transposed(settings) : "leave nu out: it follows the inputs");
  }
}

/// Sets the number of input units to the size of the source's pools, unless the user has set it.
void match_source(Parameters& parameters, const Settings& settings, const OptionalSource& source) {
  if (source && source->pool_size && !settings.sets("nu")) {
    set_parameter(parameters, "nu", static_cast<std::int64_t>(*source->pool_size));
  }
}

/// Checks that no setting is given that the run has fixed already.
void require_only_continuing(const Settings& given) {
  constexpr std::array<std::string_view, 6> may_change{"steps",    "inputs", "inputs_layout", "checkpoint_every",
                                                       "replicas", "threads"};
  for (const RunKey& key : run_keys) {
    const auto& written = given.*key.member;
    if (!written || std::find(may_change.begin(), may_change.end(), key.name) != may_change.end()) continue;
    throw UsageError(formatted("{}{} and --resume contradict each other: a resumed run keeps its settings",
                               written->label, written->text));
  }
  if (given.replay_log) {
    throw UsageError(formatted("{}{} and --resume contradict each other: the checkpoint holds the rest of a log",
                               given.replay_log->label, given.replay_log->text));
  }
  if (given.source) {
    throw UsageError(
        formatted("{} and --resume contradict each other: the checkpoint holds the source", given.source->label));
  }
  if (!given.parameters.empty()) {
    throw UsageError(formatted("{}: '{}' cannot change in a resumed run", given.parameters.front().label,
                               given.parameters.front().name));
  }
}

/// The signals whose values are read into `arrays`.
std::vector<Signal> signals_of(const Settings& given, Arrays& arrays) {
  std::vector<Signal> signals;
  arrays.signals.reserve(given.signals.size());
  for (const WrittenSignal& written : given.signals) {
    const std::vector<double>& values = arrays.signals.emplace_back(read_signal(written.file));
    signals.push_back({written.name, Signal::Values(values)});
  }
  return signals;
}

}  // namespace

Seed seed_of(const Settings& settings) {
  if (settings.seed) return {read_seed(*settings.seed), false};
  std::random_device device;
  return {static_cast<std::uint64_t>(device()) << 32U | device(), true};
}

std::string seed_text(const Seed& seed) {
  return seed.drawn ? formatted("{} (drawn; --seed {} repeats this)", seed.value, seed.value)
                    : formatted("{}", seed.value);
}

std::vector<std::shared_ptr<const OwnRule>> rules_of(std::span<const WrittenRule> given,
                                                     const Environment& environment) {
  std::vector<std::shared_ptr<const OwnRule>> rules;
  for (const WrittenRule& written : given) {
    labelled(written.label, [&] {
      try_library(written.file, environment);
      rules.push_back(load_rule(written.file, written.values));
    });
  }
  return rules;
}

RunPlan plan_of(const Settings& given, Phase phase) {
  if (!given.inputs && !given.steps) steps_of(given, {});
  RunPlan plan;
  plan.options.phase = phase;
  if (given.freeze) plan.options.freeze = read_freeze(*given.freeze);
  if (given.record) plan.record = read_record(*given.record);
  if (given.checkpoint_every) plan.checkpoint_every = read_steps(*given.checkpoint_every);
  if (given.keep_checkpoints) plan.keep_checkpoints = read_kept(*given.keep_checkpoints);
  if (given.replay_log) plan.replay = read_run_log(given.replay_log->text);
  plan.overwrite = given.force;
  return plan;
}

void add_arrays(const Settings& given, Arrays& arrays, RunPlan& plan) {
  plan.options.source = read_source(given);
  const auto layout = read_layout(given);
  if (given.inputs && !plan.options.source) {
    arrays.inputs = read_inputs(given.inputs->text, layout);
    plan.inputs = given.inputs->text;
    plan.options.inputs = arrays.inputs->view();
  }
  plan.options.signals = signals_of(given, arrays);
  plan.steps = steps_of(given, arrays.inputs);
}

Origin origin_of(const Settings& settings, const std::optional<InputArray>& inputs, const OptionalSource& source) {
  Origin origin;
  if (settings.state) {
    Result stored = load_result(settings.state->text, false);
    origin.parameters = stored.parameters;
    origin.state = std::move(stored.state);
  }
  apply(settings.parameters, origin.parameters);
  match_inputs(origin, settings, inputs);
  match_source(origin.parameters, settings, source);
  return origin;
}

void note_inputs(const Settings& given, const std::optional<InputArray>& inputs, const RunPlan& plan,
                 const Origin& origin, const Environment& environment) {
  for (const Signal& signal : plan.options.signals) {
    const std::size_t values = std::get<Signal::Values>(signal.values).size();
    if (values <= plan.steps) continue;
    environment.err << formatted("sorn: note: signal '{}' has {} values; only the first {} are used\n", signal.name,
                                 grouped(values), grouped(plan.steps));
  }
  if (!inputs) return;
  if (origin.nu_follows && !given.inputs_layout && looks_transposed(inputs->features, inputs->steps)) {
    environment.err << formatted(
        "sorn: note: '{}' has {} features and {} steps. Is it transposed? --inputs-layout {} reads it the other way "
        "up, {} says that it is right\n",
        printable(given.inputs->text), grouped(inputs->features), grouped(inputs->steps), other_layout(given),
        layout_names[other_layout(given) == layout_names[0] ? 1 : 0]);
  }
  if (inputs->steps <= plan.steps) return;
  environment.err << formatted("sorn: note: '{}' has {} steps; only the first {} are used\n",
                               printable(given.inputs->text), grouped(inputs->steps), grouped(plan.steps));
}

Noise noise_of(const Settings& given, const Parameters& parameters) {
  return Noise::gaussian(read_noise(given.noise.value_or(Written{"--noise ", "on"}), parameters));
}

Continuation drive_of(const Settings& given, Arrays& arrays, const Environment& environment) {
  Continuation continuation;
  if (given.inputs && names_source(given.inputs->text)) {
    throw UsageError(formatted("{}{} and {} contradict each other: the {} holds the source", given.inputs->label,
                               given.inputs->text, given.resume ? "--resume" : "FILE",
                               given.resume ? "checkpoint" : "file"));
  }
  const auto layout = read_layout(given);
  if (given.inputs) arrays.inputs = read_inputs(given.inputs->text, layout);
  continuation.signals = signals_of(given, arrays);
  continuation.rules = rules_of(given.rules, environment);
  if (arrays.inputs) {
    continuation.inputs = arrays.inputs->view();
    continuation.inputs_name = given.inputs->text;
  }
  return continuation;
}

Continuation continuation_of(const Settings& given, Phase phase, Arrays& arrays, const Environment& environment) {
  require_only_continuing(given);
  Continuation continuation = drive_of(given, arrays, environment);
  if (given.steps) continuation.steps = read_steps(*given.steps);
  if (given.checkpoint_every) continuation.checkpoint_every = read_steps(*given.checkpoint_every);
  continuation.phase = phase;
  continuation.overwrite = given.force;
  return continuation;
}

std::string recording_text(const std::vector<Recording>& recordings) {
  std::vector<std::string> parts;
  for (const Recording& recording : recordings) {
    std::vector<std::size_t> shape{recording.rows};
    shape.insert(shape.end(), recording.row_shape.begin(), recording.row_shape.end());
    parts.push_back(formatted("{} ({})", name(recording.request.quantity), joined(shape, " x ")));
  }
  return parts.empty() ? std::string("nothing (--record E,C chooses)") : joined(parts, ", ");
}

bool is_table(const std::filesystem::path& out) { return equal_ignoring_case(out.extension().string(), ".csv"); }

void line(std::ostream& out, std::string_view what, std::string_view text) {
  out << formatted("  {:<10} {}\n", what, printable(text));
}

}  // namespace sorn::cli
