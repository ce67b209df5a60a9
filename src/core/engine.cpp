#include "core/engine.hpp"

#include "core/activity.hpp"
#include "core/build.hpp"
#include "core/rule.hpp"
#include "core/rules/sp.hpp"
#include "core/state_fields.hpp"
#include "core/validate.hpp"
#include "kernels/gaussian.hpp"
#include "kernels/random.hpp"
#include "team/agreement.hpp"
#include "team/team.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace sorn {

namespace {

/// A thread pays off only if it has this many synapses (docs/scaling.md, "Threads").
constexpr std::size_t synapses_worth_a_thread = 50'000;

/// The parts of thread `team.number()`.
std::span<Part> parts_of(const Team& team, std::vector<Part>& parts) noexcept {
  const std::size_t first = team.number() * parts.size() / team.size();
  const std::size_t last = (team.number() + 1) * parts.size() / team.size();
  return std::span(parts).subspan(first, last - first);
}

/// For each share of a step, the populations that have fired since the previous one.
std::vector<Shared> shares_of(Inhibition inhibition) {
  if (inhibition == Inhibition::slow) return {{.excitatory = true, .inhibitory = true}};
  return {{.excitatory = true}, {.inhibitory = true}};
}

/// Resting synapses exist only while keep_zero is on.
void drop_zeros(State& state, const Parameters& parameters) {
  if (parameters.keep_zero == Toggle::off && state.wee->has_zeros()) state.wee = state.wee->without_zeros();
}

}  // namespace

StepData::StepData(const Parameters& p, State from)
    : parameters(p),
      state(std::move(from)),
      recurrent(state.ne(), 0),
      next_x(state.ne(), 0),
      next_y(state.ni(), 0),
      active(state.ne()),
      next_active(state.ne()),
      active_y(state.ni()),
      next_active_y(state.ni()) {
  active.assign(state.x);
  active_y.assign(state.y);
  set_parameters(p);
}

void StepData::set_parameters(const Parameters& p) {
  target = state.h_ip.empty() ? target_rates(p, state.seed) : state.h_ip;
  const kernels::WeightBounds bounds{p.wee_min, p.wee_max, p.keep_zero == Toggle::on};
  for (Part& part : parts) {
    part.wee_unchecked = part.wee_unchecked || bounds != wee_bounds;
    part.wei_unchecked = part.wei_unchecked || p.wei_min != parameters.wei_min;
  }
  wee_bounds = bounds;
  parameters = p;
  const std::size_t no = state.output.no();
  output_target = state.output.h_o.empty() ? std::vector<double>(no, p.output_target()) : state.output.h_o;
  output_drive.assign(no, 0.0);
  next_o.assign(no, 0);
  woe_settled.assign(no, 0);
  woe_unchecked = true;
  outgoing.assign(p.eta_ds > 0.0 ? state.ne() : 0, 0.0);
}

Schedule::Schedule(const Parameters& parameters) {
  add({Task::Kind::fire_excitatory});
  if (parameters.inhibition == Inhibition::fast) add({Task::Kind::share});
  add({Task::Kind::fire_inhibitory});
  add({Task::Kind::share});
}

Schedule Schedule::until_outputs(const Parameters& parameters) {
  Schedule schedule(parameters);
  schedule.add({Task::Kind::respond});
  schedule.only_acts_ = true;
  return schedule;
}

Schedule::Schedule(const Parameters& parameters, const RunOptions& options, const OwnRules& rules)
    : Schedule(parameters) {
  const auto concerns_outputs = [](const Signal& signal) {
    return signal.name == reward_signal || std::holds_alternative<Signal::Response>(signal.values);
  };
  if (parameters.no > 0 || std::any_of(options.signals.begin(), options.signals.end(), concerns_outputs)) {
    add({Task::Kind::respond});
  }
  for (const Stage& stage : parameters.order.stages()) {
    const auto* const rule = std::get_if<Rule>(&stage);
    if (rule == nullptr || freezes(options.freeze, *rule)) continue;
    const bool in_training = *rule == Rule::ip && parameters.always_ip == Toggle::on;
    if (options.phase == Phase::training && !in_training) continue;
    if (!rule->is_own()) {
      add({Task::Kind::rule, &info(*rule)});
      continue;
    }
    add({.kind = Task::Kind::own_rule, .own = find_rule(rules, name(*rule))});
    has_own_rule_ = true;
  }
}

/// Calls f() and stores the exception that it throws.
template <class F>
void Engine::Run::attempt(F&& f) noexcept {
  try {
    f();
  } catch (...) {
    error = std::current_exception();
    intent = Intent::fail;
  }
}

Engine::Engine(const Parameters& parameters, State state, std::shared_ptr<Ranks> ranks)
    : data_(parameters, std::move(state)), shares_(shares_of(parameters.inhibition)), ranks_(std::move(ranks)) {
  drop_zeros(data_.state, parameters);
  cut(1);
}

void Engine::set_parameters(const Parameters& parameters) {
  const bool recut = parameters.wei_plasticity != data_.parameters.wei_plasticity;
  if (parameters.keep_zero != data_.parameters.keep_zero) drop_zeros(data_.state, parameters);
  shares_ = shares_of(parameters.inhibition);
  data_.set_parameters(parameters);
  if (recut || data_.state.wee->slices() != data_.parts.size()) cut(data_.parts.size());
}

void Engine::begin_memory() { sorn::begin_memory(data_.parameters, rules_, data_.state); }

void Engine::reseed(std::uint64_t seed) {
  data_.state.seed = seed;
  data_.set_parameters(data_.parameters);
}

std::size_t Engine::run(std::size_t steps, const RunOptions& options, std::span<Observer* const> observers) {
  Run run{.options = options,
          .schedule = Schedule(data_.parameters, options, rules_),
          .steps = steps,
          .observers = observers};
  data_.events.clear();
  run.sees_synapses =
      std::any_of(observers.begin(), observers.end(), [](const Observer* one) { return one->sees_synapses(); });
  const std::size_t threads = options.threads != 0 ? options.threads : worthwhile_threads();
  agreed(ranks_.get(), [&] { prepare_run(options, steps, threads); });
  run_steps(run, threads);
  complete_activity(data_);
  if (run.broken) go_back(run, threads);
  agree(ranks_.get(), run.error);
  return run.done;
}

/// A team of threads does the steps until the run ends, or until another number of threads seems faster.
void Engine::run_steps(Run& run, std::size_t threads) {
  pace_.begin(threads);
  do {
    run.other_team = false;
    Team::run(pace_.threads(), [&](const Team& team) noexcept {
      const std::span<Part> mine = parts_of(team, data_.parts);
      while (!run.over && !run.other_team) {
        team.together([&] { begin_step(run); });
        if (!run.over) step(mine, run, team);
      }
    });
  } while (!run.over);
}

std::span<const std::uint8_t> Engine::act(std::vector<double> drive, std::size_t threads) {
  RunOptions options;
  options.inputs = {drive.data(), drive.size(), 1, 1, 0};
  Run run{.options = options, .schedule = Schedule::until_outputs(data_.parameters), .steps = 1, .observers = {}};
  if (threads == 0) threads = worthwhile_threads();
  agreed(ranks_.get(), [&] { prepare_run(options, 1, threads); });
  run_steps(run, threads);
  agree(ranks_.get(), run.error);
  data_.state.output.pending = std::move(drive);
  return data_.next_o;
}

/// Fires again, from the same state with the same random numbers: so nothing but the drive must be kept in between.
void Engine::learn(RunOptions options) {
  const std::vector<double> drive = std::exchange(data_.state.output.pending, {});
  options.inputs = {drive.data(), drive.size(), 1, 1, 0};
  try {
    run(1, options, {});
  } catch (...) {
    data_.state.output.pending = drive;
    throw;
  }
}

void Engine::reset_activity() noexcept {
  for (const ActivityField& field : activity_fields) {
    for (const auto column : field.columns) {
      std::fill((data_.state.*column).begin(), (data_.state.*column).end(), std::uint8_t{0});
    }
  }
  std::fill(data_.state.output.o.begin(), data_.state.output.o.end(), std::uint8_t{0});
  data_.active.assign(data_.state.x);
  data_.active_y.assign(data_.state.y);
}

/// All ranks have the activity of all units, and draw the same orders.
void Engine::shuffle_activity() {
  State& s = data_.state;
  std::uint32_t first = 0;
  for (const ActivityField& field : activity_fields) {
    const std::size_t count = (s.*field.columns[0]).size();
    const auto order = kernels::permutation(count, s.seed, kernels::Stream::shuffled_activity, s.step, first);
    for (const auto column : field.columns) {
      std::vector<std::uint8_t> moved(count);
      std::transform(order.begin(), order.end(), moved.begin(), [&](std::size_t from) { return (s.*column)[from]; });
      s.*column = std::move(moved);
    }
    first += static_cast<std::uint32_t>(count);
  }
  data_.active.assign(s.x);
  data_.active_y.assign(s.y);
}

/// Ranks often share a machine, so a rank uses one thread unless the caller asks for more.
std::size_t Engine::worthwhile_threads() const noexcept {
  if (ranks_) return 1;
  const std::size_t synapses = data_.state.wee->synapse_count() + data_.state.wei->synapse_count();
  return std::clamp<std::size_t>(synapses / synapses_worth_a_thread, 1, usual_threads());
}

/// Divides the network into `count` parts, and its synapses into `count` slices in the layout that the kernels need. A
/// state that a caller gave may have another layout. If there is too little memory, nothing changes.
void Engine::cut(std::size_t count) {
  State state = data_.state;
  for (const WeightField& field : weight_fields) {
    CopyOnWrite<SynapseMatrix>& matrix = state.*field.values;
    if (matrix->plasticity() == field.plasticity && matrix->slices() == count) continue;
    matrix = matrix->laid_out_for(field.plasticity, count);
  }
  std::vector<Part> parts;
  parts.reserve(count);
  const bool wei_changes = data_.parameters.wei_plasticity == WeiPlasticity::plastic;
  for (std::size_t k = 0; k < count; ++k) parts.emplace_back(state, k, wei_changes);
  data_.state = std::move(state);
  data_.parts = std::move(parts);
}

Source& KnownSource::of(const SourceSpec& spec, const Parameters& p, std::uint64_t seed) {
  if (source_ == nullptr || spec_ != spec || ne_ != p.ne || nu_ != p.nu || seed_ != seed) {
    source_ = make_source(spec, p.ne, p.nu, seed);
    spec_ = spec;
    ne_ = p.ne;
    nu_ = p.nu;
    seed_ = seed;
  }
  return *source_;
}

void Engine::prepare_run(const RunOptions& options, std::size_t steps, std::size_t threads) {
  Source* source = options.own_source;
  if (options.source) source = &known_source_.of(*options.source, data_.parameters, data_.state.seed);
  if (source != nullptr) {
    source->prepare(data_.parameters.ne, data_.parameters.nu, data_.state.seed);
    check_source(*source, data_.parameters.ne, data_.state.step, steps);
    source->seek(data_.state.step);
  }
  if (data_.parts.size() % threads != 0) cut(threads);
  begin_memory();
  for (Part& part : data_.parts) {
    part.is_driven = false;
    for (auto* buffer : {&part.noise_e, &part.noise_i, &part.input}) std::fill(buffer->begin(), buffer->end(), 0.0);
  }
  data_.inputs = options.inputs;
  data_.source = source;
  data_.shown = {};
  data_.given_signals = options.signals;
  data_.signals.assign(options.signals.size(), 0.0);
  data_.reward_at = position_of(options.signals, reward_signal);
  data_.modulation = 0.0;
  data_.replay = options.noise.replay;
  data_.sigma = options.noise.replay.data == nullptr ? options.noise.sigma.value_or(data_.parameters.noise_sigma) : 0.0;
  data_.new_synapses = options.new_synapses;
  data_.to_make.clear();
  data_.knows_next_x = false;
  data_.sparse = {};
  if (ranks_) {
    // For the units that neither inputs, a source nor random spikes drive, R equals x'.
    const std::size_t inputs = options.inputs.data == nullptr ? 0 : options.inputs.features;
    const std::size_t shown = source == nullptr ? 0 : source->reach();
    const bool all = data_.parameters.spike_probability > 0.0;
    const std::size_t driven = all ? data_.state.ne() : std::max(inputs, shown);
    data_.exchange.emplace(*ranks_, data_.state.ne(), data_.state.ni(), driven, shares_);
    data_.sparse.allowed = data_.state.output.no() == 0 && options.own_source == nullptr && rules_.empty();
  }
}

/// Decides whether another step follows, and allocates its memory, so that no step can fail halfway: own copies of the
/// weights that rules change, and the memory that rules reserve. A rank that fails goes on until the others know of it.
void Engine::begin_step(Run& run) noexcept {
  run.over = run.over || run.done == run.steps || (!ranks_ && run.intent != Intent::go_on);
  if (run.over) return;
  data_.moment = run.done;
  run.attempt([&] {
    if (run.schedule.has_own_rule()) set_landmark(run);
    if (data_.new_synapses) take_new_synapses();
    for (const Task& task : run.schedule) {
      if (task.rule != nullptr) {
        if (task.rule->changes.wee) data_.state.wee.mutate();
        if (task.rule->changes.wei) data_.state.wei.mutate();
        if (task.rule->reserve != nullptr) task.rule->reserve(data_);
      } else if (task.own != nullptr) {
        reserve_for(*task.own, data_);
      }
    }
    begin_logs(run);
    if (data_.sparse.allowed) {
      begin_activity(data_, std::any_of(run.observers.begin(), run.observers.end(), [&](const Observer* observer) {
                       return observer->reads_activity(data_.state.step);
                     }));
    }
    if (!data_.signals.empty()) load_signals(run);
    if (data_.reward_at) data_.state.output.rewards.reserve(data_.parameters.reward_window + 1);
    if (data_.source == nullptr) return;
    data_.shown = {};
    data_.source->observe(data_.active.list());
    const Shown shown = data_.source->next();
    if (run.options.own_source != nullptr) check_shown(shown, data_.source->reach(), data_.state.step);
    data_.shown = shown;
  });
  run.over = !ranks_ && run.intent != Intent::go_on;
}

/// Reads the values of this step: the rules find them where they found those of the step before.
void Engine::load_signals(Run& run) {
  if (run.again) {
    const auto first = run.landmark->signals.begin() +
                       static_cast<std::ptrdiff_t>((run.done - run.landmark->done) * data_.signals.size());
    std::copy_n(first, data_.signals.size(), data_.signals.begin());
    return;
  }
  for (std::size_t k = 0; k < data_.signals.size(); ++k) {
    const Signal& signal = data_.given_signals[k];
    if (const auto* const values = std::get_if<Signal::Values>(&signal.values)) {
      data_.signals[k] = (*values)[data_.moment];
      continue;
    }
    const auto* const function = std::get_if<Signal::Function>(&signal.values);
    if (function == nullptr) continue;  // respond() asks for a response
    const double value = (*function)(data_.state.step);
    check_signal(signal.name, value, data_.state.step);
    data_.signals[k] = value;
  }
  if (run.landmark && !run.options.undo) {
    run.landmark->signals.insert(run.landmark->signals.end(), data_.signals.begin(), data_.signals.end());
  }
}

/// Sets a landmark now and then: copies of a state share its synapses until one of them changes.
void Engine::set_landmark(Run& run) const {
  constexpr std::size_t steps_between = 1000;
  if (run.again || (run.landmark && (run.options.undo || run.done - run.landmark->done < steps_between))) return;
  auto landmark = std::make_unique<Landmark>();
  landmark->state = data_.state;
  landmark->done = run.done;
  landmark->new_synapses = data_.new_synapses;
  if (!run.options.undo) landmark->signals.reserve(steps_between * data_.signals.size());
  run.landmark = std::move(landmark);
}

/// Whether something holds on any rank. All ranks make this call.
bool Engine::on_any_rank(bool here) noexcept {
  if (!data_.exchange) return here;
  const auto all = data_.exchange->numbers(here ? 1 : 0);
  return std::any_of(all.begin(), all.end(), [](std::uint64_t each) { return each > 0; });
}

/// Whether a rule of a user's own has failed on any rank in this step.
bool Engine::has_broken_rule() noexcept {
  return on_any_rank(
      std::any_of(data_.parts.begin(), data_.parts.end(), [](const Part& part) { return part.broken != nullptr; }));
}

/// Repeats the steps from the landmark up to the step before the one in which a rule failed. If a rule also fails in
/// one of these, although it did not before, the network stays at the landmark.
void Engine::go_back(Run& run, std::size_t threads) {
  for (const Part& part : data_.parts) {
    if (part.broken && !run.error) run.error = part.broken;
  }
  const State start = run.landmark->state;
  const auto restart = [&] {
    data_.state = start;
    data_.active.assign(start.x);
    data_.active_y.assign(start.y);
    data_.knows_next_x = false;
    data_.new_synapses = run.landmark->new_synapses;
    std::fill(data_.woe_settled.begin(), data_.woe_settled.end(), std::uint8_t{0});
    data_.woe_unchecked = true;
    if (data_.source != nullptr) data_.source->seek(start.step);
    for (Part& part : data_.parts) {
      part.broken = nullptr;
      part.vanished.clear();
      part.vanished_wei.clear();
      part.wee_unchecked = true;
      part.wei_unchecked = true;
      part.room = 0;
      part.is_driven = false;
      std::fill(part.input.begin(), part.input.end(), 0.0);
    }
  };
  Run again{.options = run.options, .schedule = run.schedule, .steps = run.done, .observers = {}};
  again.done = run.landmark->done;
  again.again = true;
  restart();
  if (run.options.undo) return;
  again.landmark = std::move(run.landmark);
  run_steps(again, threads);
  run.landmark = std::move(again.landmark);
  if (again.broken) restart();
}

/// Takes the given synapses of this step from those of later steps.
void Engine::take_new_synapses() noexcept {
  auto& later = *data_.new_synapses;
  const auto end =
      std::find_if(later.begin(), later.end(), [&](const NewSynapse& synapse) { return synapse.step > data_.moment; });
  const auto count = static_cast<std::size_t>(end - later.begin());
  data_.new_now = later.first(count);
  later = later.subspan(count);
}

/// Begins to log the synapses that this step makes and removes, if an observer sees them. Each is removed at most once
/// for each time that it is there.
void Engine::begin_logs(const Run& run) {
  std::size_t made = 0;
  if (run.sees_synapses) {
    made = rules::most_new(data_);
    for (const Task& task : run.schedule) {
      if (task.own != nullptr && task.own->changes().wee) made += task.own->most_new();
    }
  }
  const SynapseMatrix& wee = *data_.state.wee;
  for (Part& part : data_.parts) {
    part.wee_log.begin(run.sees_synapses, wee.slice(part.slice).synapse_count() + 2 * made);
  }
}

/// The changes of all parts, in the order of their units. What comes and goes in this step is left out.
void Engine::collect_events() {
  data_.events.clear();
  for (Part& part : data_.parts) {
    const std::span<SynapseChange> changes = part.wee_log.changes();
    const auto place = [](const SynapseChange& change) { return std::pair(change.post, change.pre); };
    if (changes.size() > 1) {
      std::sort(changes.begin(), changes.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
    }
    for (auto change = changes.begin(); change != changes.end();) {
      const SynapseChange& first = *change;
      int births = 0;
      for (; change != changes.end() && place(*change) == place(first); ++change) births += change->birth ? 1 : -1;
      if (births != 0) data_.events.push_back({data_.state.step - 1, first.pre, first.post, births > 0});
    }
  }
}

/// Makes known which units have fired since the last share.
void Engine::share(Run& run, std::size_t number) noexcept {
  StepData& s = data_;
  s.counts = {s.state.wee->synapse_count(), s.state.wei->synapse_count(), s.state.wie->synapse_count()};
  if (s.exchange) {
    run.over = share_activity(s, number, run.intent, shares_[number]) != Intent::go_on;
    if (run.over) return;
  }
  if (!shares_[number].excitatory) return;
  if (!s.sparse.step) s.next_active.assign(s.next_x);
  s.knows_next_x = true;
}

/// The output units fire, and the signals that answer them get their values. An error ends the run on all ranks before
/// this step changes the state.
void Engine::respond(Run& run) noexcept {
  if (!data_.next_o.empty()) fire_outputs(data_);
  if (run.schedule.only_acts()) {
    run.over = true;
    return;
  }
  bool answers = false;
  if (!run.again) {
    for (std::size_t k = 0; k < data_.signals.size(); ++k) {
      const Signal& signal = data_.given_signals[k];
      const auto* const response = std::get_if<Signal::Response>(&signal.values);
      if (response == nullptr) continue;
      answers = true;
      run.attempt([&] {
        const std::optional<double> value = (*response)({data_.state.step, data_.next_o, data_.parameters.output});
        if (value) check_signal(signal.name, *value, data_.state.step);
        data_.signals[k] = value.value_or(no_reward);
      });
      if (run.landmark && !run.options.undo) {
        *(run.landmark->signals.end() - std::ssize(data_.signals) + static_cast<std::ptrdiff_t>(k)) = data_.signals[k];
      }
    }
  }
  if (answers && on_any_rank(run.error != nullptr)) {
    run.over = true;
    return;
  }
  take_reward(data_, run.options.phase);
}

void Engine::end_step(Run& run) noexcept {
  const StepData& s = data_;
  if (run.schedule.has_own_rule() && has_broken_rule()) {
    run.over = true;
    run.broken = true;
    return;
  }
  ++run.done;
  if (run.observers.empty()) return;
  run.attempt([&] {
    if (run.sees_synapses) collect_events();
    const StepView view{.step = s.state.step - 1,
                        .recurrent = s.recurrent,
                        .ee_count = s.counts.ee,
                        .ei_count = s.counts.ei,
                        .ie_count = s.counts.ie,
                        .state = s.state,
                        .symbol = s.shown.symbol,
                        .signals = s.signals,
                        .reward = s.reward_at ? s.signals[*s.reward_at] : no_reward,
                        .modulation = s.modulation,
                        .synapses = s.events};
    for (Observer* observer : run.observers) {
      if (observer->on_step(view) == Observer::Outcome::stop) run.intent = Intent::stop;
    }
  });
}

}  // namespace sorn
