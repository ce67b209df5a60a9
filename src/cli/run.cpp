#include "cli/run.hpp"

#include "cli/dump_default.hpp"
#include "cli/progress.hpp"
#include "cli/text.hpp"
#include "io/atomic_file.hpp"

#include <sorn/error.hpp>
#include <sorn/file_run.hpp>
#include <sorn/io.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <ostream>
#include <random>

namespace sorn::cli {

namespace {

/// A seed, and whether we drew it because the user gave none.
struct Seed {
  std::uint64_t value;
  bool drawn;
};

Seed seed_of(const Settings& settings) {
  if (settings.seed) return {read_seed(*settings.seed), false};
  std::random_device device;
  return {static_cast<std::uint64_t>(device()) << 32U | device(), true};
}

std::string seed_text(const Seed& seed) {
  return seed.drawn ? fmt::format("{} (drawn; --seed {} repeats this)", seed.value, seed.value)
                    : fmt::format("{}", seed.value);
}

/// Where the result goes. Tried before anything is computed, so that a mistake costs no hours.
std::filesystem::path destination(const Settings& settings) {
  std::filesystem::path path = settings.out ? settings.out->text : default_out;
  if (!settings.out && std::filesystem::exists(path)) {
    throw IoError(fmt::format("'{}' is already there", default_out), "a result replaces a file only if it is named",
                  fmt::format("--out {} replaces it, or give another name", default_out));
  }
  io::require_writable(path);
  return path;
}

std::uint64_t steps_of(const Settings& settings, const std::optional<InputArray>& inputs) {
  if (!settings.steps) {
    if (!inputs) throw UsageError("--steps N is needed: without --inputs nothing says how long to run");
    return inputs->steps;
  }
  const std::uint64_t steps = read_steps(*settings.steps);
  if (inputs && inputs->steps < steps) {
    throw ShapeError(fmt::format("{}{}", settings.steps->label, settings.steps->text),
                     fmt::format("'{}' has only {} steps", settings.inputs->text, inputs->steps),
                     "ask for fewer, or leave --steps out");
  }
  return steps;
}

/// As many input units as the inputs have features, unless the user says otherwise.
void match_inputs(Parameters& parameters, const Settings& settings, const std::optional<InputArray>& inputs) {
  if (!inputs) return;
  if (!settings.sets("nu")) {
    set_parameter(parameters, "nu", static_cast<std::int64_t>(inputs->features));
  } else if (parameters.nu != inputs->features) {
    throw ShapeError(fmt::format("nu = {}", parameters.nu),
                     fmt::format("'{}' has {} features", settings.inputs->text, inputs->features),
                     "leave nu out: it follows the inputs");
  }
}

/// A network to run, and where its random numbers come from.
struct Start {
  Network network;
  std::optional<Seed> seed;  // unset: the state's own
};

Start start_network(const Settings& settings, const std::optional<InputArray>& inputs) {
  if (!settings.state) {
    Parameters parameters;
    apply(settings.parameters, parameters);
    match_inputs(parameters, settings, inputs);
    const Seed seed = seed_of(settings);
    return {Network(parameters, seed.value), seed};
  }
  Result stored = load_result(settings.state->text, false);
  Parameters parameters = stored.parameters;
  apply(settings.parameters, parameters);
  match_inputs(parameters, settings, inputs);
  Network network(parameters, std::move(stored.state));
  if (!settings.seed) return {std::move(network), std::nullopt};
  const Seed seed = seed_of(settings);
  network.reseed(seed.value);
  return {std::move(network), seed};
}

/// Sees to it that nothing is asked for that the run has settled already.
void require_only_continuing(const Settings& given) {
  constexpr std::array<std::string_view, 3> may_change{"steps", "inputs", "checkpoint_every"};
  for (const RunKey& key : run_keys) {
    const auto& written = given.*key.member;
    if (!written || std::find(may_change.begin(), may_change.end(), key.name) != may_change.end()) continue;
    throw UsageError(fmt::format("{}{} and --resume contradict each other: a run goes on as it began", written->label,
                                 written->text));
  }
  if (!given.parameters.empty()) {
    throw UsageError(fmt::format("{}: '{}' cannot change in a run that goes on", given.parameters.front().label,
                                 given.parameters.front().name));
  }
}

/// A run that was broken off, ready to go on.
FileRun continued(const Settings& given, Phase phase, std::optional<InputArray>& inputs) {
  require_only_continuing(given);
  Continuation continuation;
  if (given.inputs) inputs = read_inputs(given.inputs->text);
  if (given.steps) continuation.steps = read_steps(*given.steps);
  if (given.checkpoint_every) continuation.checkpoint_every = read_steps(*given.checkpoint_every);
  if (inputs) {
    continuation.inputs = inputs->view();
    continuation.inputs_name = given.inputs->text;
  }
  continuation.phase = phase;
  return FileRun::resumed(given.resume->text, continuation);
}

/// A new run, ready to begin. All that can be wrong comes to light here, the cheapest checks first.
FileRun begun(const Settings& given, Phase phase, std::optional<InputArray>& inputs, std::optional<Seed>& seed,
              bool quiet, const Environment& environment) {
  if (!given.inputs && !given.steps) steps_of(given, {});
  RunPlan plan;
  plan.options.phase = phase;
  if (given.freeze) plan.options.freeze = read_freeze(*given.freeze);
  if (given.record) plan.record = read_record(*given.record);
  if (given.checkpoint_every) plan.checkpoint_every = read_steps(*given.checkpoint_every);
  const auto path = destination(given);
  if (given.inputs) {
    inputs = read_inputs(given.inputs->text);
    plan.inputs = given.inputs->text;
    plan.options.inputs = inputs->view();
  }
  plan.steps = steps_of(given, inputs);
  Start start = start_network(given, inputs);
  seed = start.seed;
  const double sigma = read_noise(given.noise.value_or(Written{"--noise ", "on"}), start.network.parameters());
  plan.options.noise = Noise::gaussian(sigma);
  FileRun run(path, std::move(start.network), plan);
  if (inputs && inputs->steps > plan.steps && !quiet) {
    environment.err << fmt::format("sorn: note: '{}' has {} steps; only the first {} are used\n", given.inputs->text,
                                   grouped(inputs->steps), grouped(plan.steps));
  }
  return run;
}

std::string recording_text(const std::vector<Recording>& recordings) {
  std::vector<std::string> parts;
  for (const Recording& recording : recordings) {
    std::vector<std::size_t> shape{recording.rows};
    shape.insert(shape.end(), recording.row_shape.begin(), recording.row_shape.end());
    parts.push_back(fmt::format("{} ({})", name(recording.request.quantity), fmt::join(shape, " x ")));
  }
  return parts.empty() ? std::string("nothing (--record E,C chooses)") : fmt::format("{}", fmt::join(parts, ", "));
}

void line(std::ostream& out, std::string_view what, std::string_view text) {
  out << fmt::format("  {:<10} {}\n", what, text);
}

std::string synapse_change(std::size_t before, std::size_t after) {
  return before == after ? grouped(after) : fmt::format("{} -> {}", grouped(before), grouped(after));
}

}  // namespace

int build_network(const Options& options, const Environment& environment) {
  if (options.dump_default) {
    environment.out << default_config();
    return done;
  }
  const Settings given = settings(options);
  if (!given.out) throw UsageError("--out FILE.h5 is needed: where the network goes");
  const auto path = destination(given);
  Parameters parameters;
  apply(given.parameters, parameters);
  const Seed seed = seed_of(given);
  const State state = build_state(parameters, seed.value);
  save_result(path, {.parameters = parameters, .state = state, .recordings = {}, .run = {}, .program_version = {}});
  if (options.quiet) return done;
  environment.out << fmt::format("built a network of {} excitatory and {} inhibitory units\n", grouped(state.ne()),
                                 grouped(state.ni()));
  line(environment.out, "seed", seed_text(seed));
  line(environment.out, "synapses",
       fmt::format("E->E {}, I->E {}, E->I {}", grouped(state.wee->synapse_count()),
                   grouped(state.wei->synapse_count()), grouped(state.wie->synapse_count())));
  line(environment.out, "network in", path.string());
  return done;
}

int run_network(const Options& options, Phase phase, const Environment& environment) {
  if (options.dump_default) {
    environment.out << default_config();
    return done;
  }
  const Settings given = settings(options);
  std::optional<InputArray> inputs;  // must outlive the run
  std::optional<Seed> seed;          // unset: the state's own
  FileRun run =
      given.resume ? continued(given, phase, inputs) : begun(given, phase, inputs, seed, options.quiet, environment);

  const std::uint64_t steps = run.plan().steps;
  const std::uint64_t steps_before = run.steps_done();
  const std::size_t ee_before = run.network().state().wee->synapse_count();
  const std::size_t ei_before = run.network().state().wei->synapse_count();
  SignalStop stop(environment.signal);
  SpikeCount spikes;
  const auto begin = std::chrono::steady_clock::now();
  {
    std::optional<ProgressLine> progress;
    std::vector<Observer*> observers{&spikes, &stop};
    if (environment.err_is_terminal && !options.quiet) {
      observers.push_back(&progress.emplace(environment.err, steps - steps_before));
    }
    run.run(observers, stop.signal() == 0 ? FileRun::all_steps : 0);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  const std::uint64_t steps_done = run.steps_done();
  const bool interrupted = stop.signal() != 0 && steps_done < steps;
  if (interrupted) {
    const bool resumable = run.plan().checkpoint_every > 0;
    environment.err << fmt::format("sorn: {}: stopped after {} of {} steps; the result up to there is in {}{}\n",
                                   stop.signal() == SIGTERM ? "terminated" : "interrupted", grouped(steps_done),
                                   grouped(steps), run.file().string(),
                                   resumable ? fmt::format(", and --resume {} goes on", run.file().string()) : "");
  }
  if (!options.quiet) {
    const State& state = run.network().state();
    const std::uint64_t now = steps_done - steps_before;
    environment.out << fmt::format("{} steps of {} in {}", grouped(now), name(phase), duration(seconds));
    if (now > 0 && seconds > 0) {
      environment.out << fmt::format(", {} steps/s",
                                     grouped(static_cast<std::uint64_t>(static_cast<double>(now) / seconds)));
    }
    environment.out << '\n';
    if (given.resume) {
      line(environment.out, "resumed", fmt::format("after {} of {} steps", grouped(steps_before), grouped(steps)));
    }
    line(environment.out, "seed", seed ? seed_text(*seed) : fmt::format("{} (of the state)", state.seed));
    line(environment.out, "E rate", fmt::format("{:.4f} spikes per unit and step", spikes.mean_rate()));
    line(environment.out, "synapses",
         fmt::format("E->E {}, I->E {}", synapse_change(ee_before, state.wee->synapse_count()),
                     synapse_change(ei_before, state.wei->synapse_count())));
    line(environment.out, "recorded", recording_text(run.recordings()));
    line(environment.out, "result in", run.file().string());
  }
  return interrupted ? 128 + stop.signal() : int{done};
}

std::string exit_code_help() {
  return "Exit codes:\n"
         "  0 done, 2 the command line cannot be understood, 3 a value or a shape is wrong,\n"
         "  4 a file cannot be read or written or is not what it should be, 70 a bug of ours";
}

}  // namespace sorn::cli
