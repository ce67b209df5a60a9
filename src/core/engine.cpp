#include "core/engine.hpp"

#include "core/build.hpp"
#include "core/rule.hpp"
#include "core/state_fields.hpp"
#include "kernels/gaussian.hpp"
#include "team/agreement.hpp"
#include "team/team.hpp"

#include <algorithm>
#include <utility>

namespace sorn {

namespace {

constexpr double smallest_target = 1e-9;

/// A thread pays off only if it has this many synapses (docs/scaling.md, "Threads").
constexpr std::size_t synapses_worth_a_thread = 50'000;

/// The target rate of each unit: H_IP, or a value that is drawn around H_IP once (docs/model.md, "Building a network").
std::vector<double> target_rates(const Parameters& p, const Variant& variant, std::uint64_t seed) {
  std::vector<double> target(p.ne, target_rate(p, variant.recipe));
  if (p.sigma_ip > 0.0) {
    std::vector<double> deviation(p.ne);
    kernels::fill_gaussian(seed, kernels::Stream::target_rate, 0, deviation);
    for (std::size_t i = 0; i < p.ne; ++i) {
      target[i] = std::clamp(target[i] + p.sigma_ip * deviation[i], smallest_target, 1.0 - smallest_target);
    }
  }
  return target;
}

/// The parts of thread `team.number()`.
std::span<Part> parts_of(const Team& team, std::vector<Part>& parts) noexcept {
  const std::size_t first = team.number() * parts.size() / team.size();
  const std::size_t last = (team.number() + 1) * parts.size() / team.size();
  return std::span(parts).subspan(first, last - first);
}

/// For each Act::share of a step, the populations that have fired since the previous one. It makes them known.
std::vector<Shared> shares_of(const Variant& variant) {
  std::vector<Shared> shares;
  Shared fired;
  for (const Stage& stage : variant.stages) {
    const auto* act = std::get_if<Act>(&stage);
    if (act == nullptr) continue;
    if (*act == Act::fire_excitatory) fired.excitatory = true;
    if (*act == Act::fire_inhibitory) fired.inhibitory = true;
    if (*act == Act::share) shares.push_back(std::exchange(fired, {}));
  }
  return shares;
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
      active_y(state.ni()) {
  active.assign(state.x);
  active_y.assign(state.y);
}

Schedule::Schedule(const Variant& variant, const RunOptions& options) {
  for (const Stage& stage : variant.stages) {
    const auto* rule = std::get_if<Rule>(&stage);
    if (rule != nullptr && (options.phase == Phase::training || options.freeze.contains(*rule))) continue;
    stages_[count_++] = stage;
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

Engine::Engine(const Parameters& parameters, const Variant& variant, State state, std::shared_ptr<Ranks> ranks)
    : data_(parameters, std::move(state)), variant_(&variant), shares_(shares_of(variant)), ranks_(std::move(ranks)) {
  data_.target = target_rates(parameters, variant, data_.state.seed);
  cut(1);
}

void Engine::set_parameters(const Parameters& parameters, const Variant& variant) {
  data_.target = target_rates(parameters, variant, data_.state.seed);
  shares_ = shares_of(variant);
  data_.parameters = parameters;
  variant_ = &variant;
}

void Engine::reseed(std::uint64_t seed) {
  data_.target = target_rates(data_.parameters, *variant_, seed);
  data_.state.seed = seed;
}

std::size_t Engine::run(std::size_t steps, const RunOptions& options, std::span<Observer* const> observers) {
  Run run{.options = options, .schedule = Schedule(*variant_, options), .steps = steps, .observers = observers};
  const std::size_t threads = options.threads != 0 ? options.threads : worthwhile_threads();
  agreed(ranks_.get(), [&] { prepare_run(options, threads); });
  Team::run(threads, [&](const Team& team) noexcept {
    const std::span<Part> mine = parts_of(team, data_.parts);
    while (true) {
      team.together([&] { begin_step(run); });
      if (run.over) break;
      step(mine, run, team);
    }
  });
  agree(ranks_.get(), run.error);
  return run.done;
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
  for (std::size_t k = 0; k < count; ++k) parts.emplace_back(state, k);
  data_.state = std::move(state);
  data_.parts = std::move(parts);
}

void Engine::prepare_run(const RunOptions& options, std::size_t threads) {
  if (data_.parts.size() % threads != 0) cut(threads);
  for (Part& part : data_.parts) {
    for (auto* buffer : {&part.noise_e, &part.noise_i, &part.input}) std::fill(buffer->begin(), buffer->end(), 0.0);
  }
  data_.inputs = options.inputs;
  data_.replay = options.noise.replay;
  data_.sigma = options.noise.replay.data == nullptr ? options.noise.sigma : 0.0;
  data_.knows_next_x = false;
  if (ranks_) {
    const std::size_t driven = options.inputs.data == nullptr ? 0 : options.inputs.features;
    data_.exchange.emplace(*ranks_, data_.state.ne(), data_.state.ni(), driven, shares_);
  }
}

/// Decides whether another step follows, and allocates its memory, so that no step can fail halfway: own copies of the
/// weights that rules change, and the memory that rules reserve. A rank that fails goes on until the others know of it.
void Engine::begin_step(Run& run) noexcept {
  run.over = run.over || run.done == run.steps || (!ranks_ && run.intent != Intent::go_on);
  if (run.over) return;
  data_.moment = run.done;
  run.attempt([&] {
    for (const Stage& stage : run.schedule) {
      const auto* rule = std::get_if<Rule>(&stage);
      if (rule == nullptr) continue;
      const RuleInfo& row = info(*rule);
      if (row.changes.wee) data_.state.wee.mutate();
      if (row.changes.wei) data_.state.wei.mutate();
      if (row.reserve != nullptr) row.reserve(data_);
    }
  });
  run.over = !ranks_ && run.intent != Intent::go_on;
}

/// Makes known which units have fired since the last share.
void Engine::share(Run& run, std::size_t number) noexcept {
  StepData& s = data_;
  s.counts = {s.state.wee->synapse_count(), s.state.wei->synapse_count(), s.state.wie->synapse_count()};
  if (s.exchange) {
    run.over = s.exchange->activity(number, run.intent, s.counts, s.recurrent, s.next_x, s.next_y) != Intent::go_on;
    if (run.over) return;
  }
  if (!shares_[number].excitatory) return;
  s.next_active.assign(s.next_x);
  s.knows_next_x = true;
}

void Engine::end_step(Run& run) noexcept {
  const StepData& s = data_;
  ++run.done;
  run.attempt([&] {
    const StepView view{s.state.step - 1, s.recurrent, s.counts.ee, s.counts.ei, s.counts.ie, s.state};
    for (Observer* observer : run.observers) {
      if (observer->on_step(view) == Observer::Outcome::stop) run.intent = Intent::stop;
    }
  });
}

}  // namespace sorn
