#include "cli/run.hpp"

#include "analysis/counts.hpp"
#include "cli/begin.hpp"
#include "cli/dump_default.hpp"
#include "cli/ensemble.hpp"
#include "cli/progress.hpp"
#include "config/text.hpp"
#include "config/variant_text.hpp"
#include "core/validate.hpp"
#include "io/files/atomic_file.hpp"
#include "io/files/checkpoint_files.hpp"
#include "io/inputs.hpp"
#include "support/format.hpp"
#include "support/printable.hpp"
#include "team/agreement.hpp"
#include "team/processes.hpp"

#include <sorn/error.hpp>
#include <sorn/file_run.hpp>
#include <sorn/io.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <numeric>
#include <optional>
#include <ostream>
#include <utility>
#include <vector>

namespace sorn::cli {

namespace {

/// The path of the result.
std::filesystem::path destination(const Settings& settings) {
  if (settings.out && settings.out->text == no_out) {
    throw UsageError(formatted("{}{} needs --replicas: a single run leaves a file", settings.out->label, no_out));
  }
  if (settings.out && is_table(settings.out->text)) {
    throw UsageError(formatted("{}{}: a table of statistics needs --replicas; a single run leaves an HDF5 file",
                               settings.out->label, settings.out->text));
  }
  return settings.out ? settings.out->text : default_out;
}

/// The processes that share the network; null: this process is alone.
std::shared_ptr<Ranks> ranks_of(const Environment& environment) {
  if (environment.processes == nullptr || environment.processes->size() == 1) return nullptr;
  return environment.processes->ranks();
}

bool is_first(const std::shared_ptr<Ranks>& ranks) { return ranks == nullptr || ranks->rank() == 0; }

/// Checked before anything is computed, so that a mistake does not cost hours.
void require_new(const std::filesystem::path& path, Existing existing) {
  io::require_writable(path, Existing::replace);
  io::require_idle(path);
  io::require_no_checkpoints(path);
  io::require_writable(path, existing);
}

/// Refuses inputs that only one of several processes can read.
void require_shared(const Settings& given, const Environment& environment) {
  if (environment.processes == nullptr || environment.processes->size() == 1) return;
  if (!given.inputs || given.inputs->text != io::standard_input) return;
  throw UsageError(formatted("{}{}: {} processes cannot share the standard input; give a file that all of them see",
                             given.inputs->label, given.inputs->text, environment.processes->size()));
}

/// Prepares a new run. All errors in the settings are found here, on all ranks. The cheapest checks come first.
/// @param seed  seed of its random numbers; unset: the seed of the state
/// @param listening  begins when everything that may wait for another process has been read
FileRun begun(const Settings& given, Phase phase, Arrays& arrays, std::optional<Seed>& seed, bool quiet,
              const Environment& environment, const std::shared_ptr<Ranks>& ranks,
              std::optional<Listening>& listening) {
  RunPlan plan;
  std::vector<std::shared_ptr<const OwnRule>> rules;
  std::filesystem::path path;
  Origin origin;
  agreed(ranks.get(), [&] {
    rules = rules_of(given.rules, environment);
    plan = plan_of(given, phase);
    if (given.threads) plan.options.threads = read_threads(*given.threads);
    path = destination(given);
    if (is_first(ranks)) require_new(path, existing(given.force));
    require_shared(given, environment);
    add_arrays(given, arrays, plan);
    listening.emplace(environment);
    origin = origin_of(given, arrays.inputs, plan.options.source);
    check_target_rate(origin.parameters, plan.options);
    plan.options.noise = noise_of(given, origin.parameters);
    if (given.seed || !origin.state) seed = seed_of(given);
  });
  if (seed) seed->value = numbers_of_all(ranks.get(), seed->value).front();  // each rank may have drawn another one
  if (!quiet) note_inputs(given, arrays.inputs, plan, origin, environment);
  if (!origin.state) {
    Network network = ranks ? Network(origin.parameters, seed->value, ranks) : Network(origin.parameters, seed->value);
    network.set_rules(std::move(rules));
    return {path, std::move(network), plan};
  }
  Network network(origin.parameters, *std::move(origin.state), ranks);
  if (seed) network.reseed(seed->value);
  network.set_rules(std::move(rules));
  return {path, std::move(network), plan};
}

/// Prepares to resume an interrupted run.
FileRun continued(const Settings& given, Phase phase, Arrays& arrays, const Environment& environment,
                  const std::shared_ptr<Ranks>& ranks, std::optional<Listening>& listening) {
  Continuation continuation;
  agreed(ranks.get(), [&] {
    require_shared(given, environment);
    continuation = continuation_of(given, phase, arrays, environment);
    if (given.threads) continuation.threads = read_threads(*given.threads);
    listening.emplace(environment);
  });
  return FileRun::resumed(given.resume->text, continuation, ranks);
}

/// The number of synapses of all ranks.
std::size_t count_all(const SynapseMatrix& matrix, const std::shared_ptr<Ranks>& ranks) {
  const auto counts = numbers_of_all(ranks.get(), matrix.synapse_count());
  return std::accumulate(counts.begin(), counts.end(), std::size_t{0});
}

std::string synapse_change(std::size_t before, std::size_t after) {
  return before == after ? grouped(after) : formatted("{} -> {}", grouped(before), grouped(after));
}

/// How far a run came, and where what it has so far lies.
std::string result_so_far(const FileRun& run) {
  const std::string file = printable(run.file().string());
  return formatted("stopped after {} of {} steps; the result so far is in {}{}", grouped(run.steps_done()),
                   grouped(run.plan().steps), file,
                   run.plan().checkpoint_every > 0 ? formatted(", and --resume {} continues the run", file) : "");
}

/// Says that a run that failed has left a result.
void note_result_so_far(const FileRun& run, const Environment& environment) {
  std::error_code unknown;
  if (std::filesystem::exists(run.file(), unknown)) environment.err << "sorn: " << result_so_far(run) << '\n';
}

/// Says how the run can be watched.
void note_watching(const FileRun& run, const std::shared_ptr<Ranks>& ranks, const Environment& environment) {
  if (ranks) throw UsageError("--watch: a network over several processes cannot be watched");
  environment.err << formatted("sorn: to watch this run in a browser: sorn watch {}\n",
                               printable(std::filesystem::absolute(run.file()).string()));
}

/// The steps that are done and the synapses that exist, over all ranks.
struct Standing {
  std::uint64_t steps = 0;
  std::size_t ee = 0;
  std::size_t ei = 0;
};

Standing standing(const FileRun& run, const std::shared_ptr<Ranks>& ranks) {
  const State& state = run.network().state();
  return {run.steps_done(), count_all(*state.wee, ranks), count_all(*state.wei, ranks)};
}

/// What a run did, for its user.
struct Account {
  Standing before;
  Standing after;
  double seconds = 0.0;
  bool resumed = false;
  std::optional<Seed> seed;               ///< unset: the state's own
  std::optional<double> excitatory_rate;  ///< spikes per unit and step
  std::size_t ranks = 0;                  ///< 0: the run worked alone
};

void print(const Account& account, const FileRun& run, Phase phase, std::ostream& out) {
  const auto& [before, after, seconds, resumed, seed, excitatory_rate, ranks] = account;
  const Parameters& parameters = run.network().parameters();
  const std::uint64_t steps = after.steps - before.steps;
  out << formatted("{} steps of {} in {}", grouped(steps), name(phase), duration(seconds));
  if (steps > 0 && seconds > 0) {
    out << formatted(", {} steps/s", grouped(static_cast<std::uint64_t>(static_cast<double>(steps) / seconds)));
  }
  out << '\n';
  if (resumed) {
    line(out, "resumed", formatted("after {} of {} steps", grouped(before.steps), grouped(run.plan().steps)));
  }
  line(out, "variant", variant_in_words(parameters));
  line(out, "seed", seed ? seed_text(*seed) : formatted("{} (of the state)", run.network().state().seed));
  line(out, "E rate", formatted("{:.4f} spikes per unit and step", excitatory_rate.value_or(0.0)));
  if (seeks_target_rate(parameters, run.plan().options)) {
    line(out, "target",
         formatted("{:.4g}{}", parameters.target_rate(),
                   parameters.h_ip ? "" : ", which is 2*nu/ne; --set h_ip=0.1 sets another"));
  }
  line(out, "synapses",
       formatted("E->E {}, I->E {}", synapse_change(before.ee, after.ee), synapse_change(before.ei, after.ei)));
  if (ranks > 0) line(out, "ranks", formatted("{}", ranks));
  line(out, "recorded", recording_text(run.recordings()));
  line(out, "result in", run.file().string());
}

}  // namespace

int build_network(const Options& options, const Environment& environment) {
  if (options.dump_default) {
    environment.out << default_config(variant_of(options));
    return done;
  }
  const Settings given = settings(options);
  if (!given.out) throw UsageError("--out FILE.h5 is needed: the file for the network");
  const auto path = destination(given);
  io::require_writable(path, existing(given.force));
  static_cast<void>(rules_of(given.rules, environment));  // for the names of the rules in `order`
  Parameters parameters;
  apply(given.parameters, parameters);
  const Seed seed = seed_of(given);
  const State state = build_state(parameters, seed.value);
  const Listening listening(environment);
  save_result(path, {.parameters = parameters, .state = state, .recordings = {}, .run = {}, .program_version = {}},
              existing(given.force));
  if (options.quiet) return done;
  environment.out << formatted("built a network of {} excitatory and {} inhibitory units\n", grouped(state.ne()),
                               grouped(state.ni()));
  line(environment.out, "variant", variant_in_words(parameters));
  line(environment.out, "seed", seed_text(seed));
  line(environment.out, "synapses",
       formatted("E->E {}, I->E {}, E->I {}", grouped(state.wee->synapse_count()), grouped(state.wei->synapse_count()),
                 grouped(state.wie->synapse_count())));
  line(environment.out, "network in", path.string());
  return done;
}

int run_network(const Options& options, Phase phase, const Environment& environment) {
  if (options.dump_default) {
    environment.out << default_config(variant_of(options));
    return done;
  }
  const Settings given = settings(options);
  if (given.replicas && given.replay_log) {
    throw UsageError(formatted("{}{}: the log is that of a single run, without --replicas", given.replay_log->label,
                               given.replay_log->text));
  }
  if (given.replicas && options.watch) {
    throw UsageError("--watch is for a single run; 'sorn watch FILE...' shows the runs of --replicas");
  }
  if (given.replicas) {
    if (environment.processes != nullptr && environment.processes->size() > 1) {
      throw UsageError(
          "an ensemble works in one process, on all its threads; 'sorn sweep' shares runs among processes");
    }
    return run_replicas(given, phase, options.quiet, environment);
  }
  Arrays arrays;             // must outlive the run
  std::optional<Seed> seed;  // unset: the state's own
  const std::shared_ptr<Ranks> ranks = ranks_of(environment);
  std::optional<Listening> listening;
  FileRun run = given.resume ? continued(given, phase, arrays, environment, ranks, listening)
                             : begun(given, phase, arrays, seed, options.quiet, environment, ranks, listening);

  if (options.watch) note_watching(run, ranks, environment);
  const Standing before = standing(run, ranks);
  SignalStop stop(environment.signal);
  analysis::RunCounter counter(run.network().state().x.size(), run.network().state().y.size());
  const auto begin = std::chrono::steady_clock::now();
  {
    std::optional<ProgressLine> progress;
    std::vector<Observer*> observers{&counter, &stop};
    const bool speaks = environment.processes == nullptr || environment.processes->rank() == 0;
    if (speaks && !options.quiet) {
      observers.push_back(
          &progress.emplace(environment.err, run.plan().steps - before.steps, environment.err_is_terminal));
    }
    try {
      run.run(observers, stop.signal() == 0 ? FileRun::all_steps : 0);
    } catch (const IoError&) {
      throw;  // no result was written
    } catch (const Error&) {
      progress.reset();
      if (speaks) note_result_so_far(run, environment);
      throw;
    }
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  const Standing after = standing(run, ranks);
  const auto signals = numbers_of_all(ranks.get(), static_cast<std::uint64_t>(stop.signal()));
  const auto signal = static_cast<int>(*std::max_element(signals.begin(), signals.end()));
  const bool interrupted = signal != 0 && after.steps < run.plan().steps;
  if (interrupted) {
    environment.err << formatted("sorn: {}: {}\n", signal == SIGTERM ? "terminated" : "interrupted",
                                 result_so_far(run));
  }
  if (!options.quiet) {
    print({before, after, seconds, given.resume.has_value(), seed, counter.excitatory().mean_rate(),
           ranks ? ranks->size() : 0},
          run, phase, environment.out);
  }
  return interrupted ? 128 + signal : int{done};
}

std::string exit_code_help() {
  return "Exit codes:\n"
         "  0 done, 2 the command line cannot be understood, 3 a value or a shape is wrong,\n"
         "  4 a file cannot be read or written or has the wrong content, 70 a bug in sorn";
}

}  // namespace sorn::cli
