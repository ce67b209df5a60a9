#include <sorn/network.hpp>

#include "core/part.hpp"
#include "core/validate.hpp"
#include "kernels/drive.hpp"
#include "kernels/fire.hpp"
#include "kernels/intrinsic.hpp"
#include "kernels/istdp.hpp"
#include "kernels/random.hpp"
#include "kernels/scaling.hpp"
#include "kernels/stdp.hpp"
#include "kernels/structural.hpp"
#include "support/format.hpp"
#include "team/agreement.hpp"
#include "team/exchange.hpp"
#include "team/team.hpp"

#include <sorn/error.hpp>
#include <sorn/share.hpp>

#include <algorithm>
#include <exception>
#include <numeric>
#include <optional>
#include <utility>

namespace sorn {

namespace {

constexpr double highest_noise_sigma = 1000.0;
constexpr double smallest_target = 1e-9;
constexpr std::size_t least_transposed_features = 20;
constexpr std::size_t transposed_ratio = 4;

/// The rules that a run applies, in the variant's order.
struct Schedule {
  std::array<Rule, all_rules.size()> rules{};
  std::size_t count = 0;

  Schedule(const Variant& variant, const RunOptions& options) {
    if (options.phase == Phase::training) return;
    for (const Rule rule : variant.order) {
      if (!options.freeze.contains(rule)) rules[count++] = rule;
    }
  }
  const Rule* begin() const noexcept { return rules.data(); }
  const Rule* end() const noexcept { return rules.data() + count; }
};

/// The target rate of each unit: H_IP, or drawn around it once for all (docs/model.md, "Building a network").
std::vector<double> target_rates(const Parameters& p, std::uint64_t seed) {
  std::vector<double> target(p.ne, p.target_rate());
  if (p.sigma_ip > 0.0) {
    std::vector<double> deviation(p.ne);
    kernels::fill_gaussian(seed, kernels::Stream::target_rate, 0, deviation);
    for (std::size_t i = 0; i < p.ne; ++i) {
      target[i] = std::clamp(target[i] + p.sigma_ip * deviation[i], smallest_target, 1.0 - smallest_target);
    }
  }
  return target;
}

/// Synapses that a thread must have to be worth waiting for (docs/scaling.md, "Threads").
constexpr std::size_t synapses_worth_a_thread = 50'000;

/// What changes while a run goes on. The thread that called run() changes it, while the others
/// wait.
struct Progress {
  const RunOptions& options;
  Schedule schedule;
  double sigma;  // of the noise that is drawn; 0 if there is none, or if it is replayed
  std::size_t steps;
  std::span<Observer* const> observers;
  std::size_t done = 0;
  Intent intent = Intent::go_on;
  std::exception_ptr error{};
  bool over = false;
  SynapseCounts counts{};  // on entry to the step

  /// Calls f(), and notes what it throws.
  template <class F>
  void attempt(F&& f) noexcept {
    try {
      f();
    } catch (...) {
      error = std::current_exception();
      intent = Intent::fail;
    }
  }
};

}  // namespace

/// The state, what is derived from it, and the memory that a step works in.
class Network::Engine {
public:
  /// @param ranks  null: the network is in this process alone; otherwise the state is this rank's share
  Engine(const Parameters& parameters, State state, std::shared_ptr<Ranks> ranks)
      : parameters_(parameters),
        state_(std::move(state)),
        ranks_(std::move(ranks)),
        target_(target_rates(parameters, state_.seed)),
        recurrent_(state_.ne(), 0),
        next_x_(state_.ne(), 0),
        next_y_(state_.ni(), 0),
        active_(state_.ne()),
        next_active_(state_.ne()),
        active_y_(state_.ni()) {
    cut(1);
    active_.assign(state_.x);
    active_y_.assign(state_.y);
  }

  const Parameters& parameters() const noexcept { return parameters_; }
  const State& state() const noexcept { return state_; }
  const std::shared_ptr<Ranks>& ranks() const noexcept { return ranks_; }

  void set_parameters(const Parameters& parameters) {
    parameters_ = parameters;
    target_ = target_rates(parameters_, state_.seed);
  }

  void reseed(std::uint64_t seed) {
    state_.seed = seed;
    target_ = target_rates(parameters_, seed);
  }

  std::size_t run(std::size_t steps, const RunOptions& options, std::span<Observer* const> observers) {
    const bool drawn = options.noise.replay.data == nullptr;
    Progress run{.options = options,
                 .schedule = Schedule(variant(parameters_.variant), options),
                 .sigma = drawn ? options.noise.sigma : 0.0,
                 .steps = steps,
                 .observers = observers};
    const std::size_t threads = options.threads != 0 ? options.threads : worthwhile_threads();
    agreed(ranks_.get(), [&] { prepare_run(options, threads); });
    Team::run(threads, [&](const Team& team) noexcept {
      const std::span<Part> mine = parts_of(team, parts_);
      while (true) {
        team.together([&] { begin_step(run); });
        if (run.over) break;
        step(mine, run, team);
      }
    });
    agree(ranks_.get(), run.error);
    return run.done;
  }

private:
  /// Ranks often share a machine, so that theirs have to be asked for.
  std::size_t worthwhile_threads() const noexcept {
    if (ranks_) return 1;
    const std::size_t synapses = state_.wee->synapse_count() + state_.wei->synapse_count();
    return std::clamp<std::size_t>(synapses / synapses_worth_a_thread, 1, usual_threads());
  }

  /// Lays the synapses out as the kernels work on them, in as many slices as there are to be parts. Layouts that came
  /// from outside may be others. If memory does not suffice, nothing has changed.
  void cut(std::size_t count) {
    State state = state_;
    const auto lay_out = [&](CopyOnWrite<SynapseMatrix>& matrix, Plasticity plasticity) {
      if (matrix->plasticity() == plasticity && matrix->slices() == count) return;
      matrix = matrix->laid_out_for(plasticity, count);
    };
    lay_out(state.wee, Plasticity::plastic);
    lay_out(state.wei, Plasticity::plastic);
    lay_out(state.wie, Plasticity::fixed);
    std::vector<Part> parts;
    parts.reserve(count);
    for (std::size_t k = 0; k < count; ++k) parts.emplace_back(state, k);
    state_ = std::move(state);
    parts_ = std::move(parts);
  }

  void prepare_run(const RunOptions& options, std::size_t threads) {
    if (parts_.size() % threads != 0) cut(threads);
    const InputView& inputs = options.inputs;
    for (Part& part : parts_) {
      for (auto* buffer : {&part.noise_e, &part.noise_i, &part.input}) std::fill(buffer->begin(), buffer->end(), 0.0);
    }
    if (ranks_) exchange_.emplace(*ranks_, state_.ne(), state_.ni(), inputs.data == nullptr ? 0 : inputs.features);
  }

  /// Decides whether there is a step to do, and allocates what it may need, so that none can fail halfway: weights of
  /// our own where rules change them, and room for one more synapse of W_EE, in any column and row. A rank that fails
  /// goes on until the others know.
  void begin_step(Progress& run) noexcept {
    run.over = run.over || run.done == run.steps || (!ranks_ && run.intent != Intent::go_on);
    if (run.over) return;
    run.attempt([&] {
      for (const Rule rule : run.schedule) {
        if (rule == Rule::stdp || rule == Rule::sp || rule == Rule::ss) state_.wee.mutate();
        if (rule == Rule::istdp || rule == Rule::ss) state_.wei.mutate();
        if (rule == Rule::sp) make_room();
      }
    });
    run.over = !ranks_ && run.intent != Intent::go_on;
  }

  void make_room() {
    for (Part& part : parts_) {
      if (!part.may_lack_room) continue;
      SynapseSlice& wee = state_.wee.mutate().slice(part.slice);
      if (!wee.has_spare_room()) wee.make_room();
      part.may_lack_room = false;
    }
  }

  /// One step, in the order of the model: drive, firing, the plasticity rules that the schedule lists, shift.
  /// Everything before the rules reads the activity on entry, x and y; the rules also read the new x'. Each thread
  /// works for the units of its parts; it waits for the others where it needs to know what theirs do.
  void step(std::span<Part> mine, Progress& run, const Team& team) noexcept {
    // 1–4: drive and firing
    for (Part& part : mine) fire(part, run);
    team.together([&] { share_activity(run); });
    if (run.over) return;

    // 5–9: plasticity
    for (const Rule rule : run.schedule) {
      if (rule == Rule::sp) team.together([&] { choose_pair(); });
      for (Part& part : mine) apply(rule, part);
    }

    // 10: X ← (x, x'), Y ← (y, y')
    team.together([&] {
      shift();
      ++run.done;
      run.attempt([&] { notify(run); });
    });
  }

  void fire(Part& part, const Progress& run) noexcept {
    const State& s = state_;
    load_input(part, run.options.inputs, run.done);
    load_noise(part, run.options.noise.replay, run.done);

    // 1: recurrent drive of the excitatory units
    kernels::push_drive(s.wee->slice(part.slice).columns(), active_.list(), part.excitation);
    kernels::push_drive(s.wei->slice(part.slice).columns(), active_y_.list(), part.inhibition);

    // 2, 3: recurrent activation R and new excitatory activity x'
    const auto te = part.of_excitatory(s.te);
    if (run.sigma > 0.0) {
      kernels::excitatory_margins(part.excitation, part.inhibition, part.input, te, part.margin_e);
      kernels::fill_needed_gaussian(s.seed, kernels::Stream::noise_excitatory, s.step, part.excitatory.begin, run.sigma,
                                    part.margin_e, part.needed, part.noise_e);
    }
    kernels::fire_excitatory(part.excitation, part.inhibition, part.noise_e, part.input, te,
                             part.of_excitatory(recurrent_), part.of_excitatory(next_x_));

    // 4: new inhibitory activity y'
    const auto ti = part.of_inhibitory(s.ti);
    kernels::push_drive(*part.wie_rows, inhibition_source(), part.inhibitory_drive);
    if (run.sigma > 0.0) {
      kernels::inhibitory_margins(part.inhibitory_drive, ti, part.margin_i);
      kernels::fill_needed_gaussian(s.seed, kernels::Stream::noise_inhibitory, s.step, part.inhibitory.begin, run.sigma,
                                    part.margin_i, part.needed, part.noise_i);
    }
    kernels::fire_inhibitory(part.inhibitory_drive, part.noise_i, ti, part.of_inhibitory(next_y_));
  }

  /// All units have fired, or not: from here on everybody knows which.
  void share_activity(Progress& run) noexcept {
    run.counts = {state_.wee->synapse_count(), state_.wei->synapse_count(), state_.wie->synapse_count()};
    if (ranks_) {
      run.over = exchange_->activity(run.intent, run.counts, recurrent_, next_x_, next_y_) != Intent::go_on;
      if (run.over) return;
    }
    next_active_.assign(next_x_);
  }

  void apply(Rule rule, Part& part) noexcept {
    const Parameters& p = parameters_;
    switch (rule) {
      case Rule::stdp: {
        SynapseSlice& wee = state_.wee.mutate().slice(part.slice);
        kernels::stdp(wee.columns(), {state_.x, next_x_, active_.list(), next_active_.list()}, p.eta_stdp, part.stdp,
                      part.vanished);
        remove_vanished(wee, part.vanished);
        if (part.wee_may_exceed_one) kernels::cut_to_one(wee.columns());
        part.wee_may_exceed_one = false;
        break;
      }
      case Rule::ip:
        kernels::intrinsic_plasticity(part.of_excitatory(state_.te), part.of_excitatory(next_x_),
                                      part.of_excitatory(target_), p.eta_ip, p.te_min, p.te_max);
        break;
      case Rule::sp: grow_synapse(part); break;
      case Rule::istdp: {
        SynapseSlice& wei = state_.wei.mutate().slice(part.slice);
        kernels::istdp(wei.columns(), active_y_.list(), part.of_excitatory(next_x_), p.eta_inhib, p.mu_ip,
                       part.vanished);
        remove_vanished(wei, part.vanished);
        if (part.wei_may_exceed_one) kernels::cut_to_one(wei.columns());
        part.wei_may_exceed_one = false;
        break;
      }
      case Rule::ss: {
        for (auto* matrix : {&state_.wee, &state_.wei}) {
          SynapseSlice& w = matrix->mutate().slice(part.slice);
          kernels::scale_columns(w.columns(), part.scaling, part.vanished);
          remove_vanished(w, part.vanished);
        }
        break;
      }
    }
  }

  static void remove_vanished(SynapseSlice& synapses, kernels::Vanished& vanished) noexcept {
    if (vanished.list().empty()) return;
    synapses.remove_gone(vanished.list());
    vanished.clear();
  }

  /// Structural plasticity, first half: one address of the step holds both the decision and the choice among the absent
  /// pairs of all ranks, which are numbered in the order of their columns.
  void choose_pair() noexcept {
    growing_ = nullptr;
    const auto words = kernels::random_block(state_.seed, kernels::Stream::structural, state_.step, 0);
    const auto word64 = [&](std::size_t k) { return words[k] | static_cast<std::uint64_t>(words[k + 1]) << 32U; };
    if (kernels::uniform(word64(0)) >= parameters_.sp_probability) return;

    const SynapseMatrix& wee = *state_.wee;
    const auto absent_in = [&](const Part& part) {
      const SynapseSlice& slice = wee.slice(part.slice);
      return kernels::absent_pairs(slice.columns(), slice.synapse_count());
    };
    std::uint64_t here = 0;
    for (const Part& part : parts_) here += absent_in(part);
    std::uint64_t before = 0;
    std::uint64_t all = here;
    if (ranks_) {
      const auto numbers = exchange_->numbers(here);
      all = std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0});
      before = std::accumulate(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(ranks_->rank()),
                               std::uint64_t{0});
    }
    if (all == 0) return;
    std::uint64_t rank = kernels::below(all, word64(2));
    if (rank < before || rank >= before + here) return;
    rank -= before;
    for (Part& part : parts_) {
      const std::uint64_t absent = absent_in(part);
      if (rank < absent) {
        growing_ = &part;
        growing_rank_ = rank;
        return;
      }
      rank -= absent;
    }
  }

  /// The second half, by the part that has the column.
  void grow_synapse(Part& part) noexcept {
    if (growing_ != &part) return;
    SynapseSlice& wee = state_.wee.mutate().slice(part.slice);
    const kernels::Pair pair = kernels::absent_pair(wee.columns(), growing_rank_);
    wee.insert(pair.pre, pair.post, parameters_.sp_weight);
    part.may_lack_room = true;
  }

  void shift() noexcept {
    state_.x_previous.swap(state_.x);
    state_.x.swap(next_x_);
    std::swap(active_, next_active_);
    state_.y_previous.swap(state_.y);
    state_.y.swap(next_y_);
    active_y_.assign(state_.y);
    ++state_.step;
  }

  void notify(Progress& run) {
    const StepView view{state_.step - 1, recurrent_, run.counts.ee, run.counts.ei, run.counts.ie, state_};
    for (Observer* observer : run.observers) {
      if (observer->on_step(view) == Observer::Outcome::stop) run.intent = Intent::stop;
    }
  }

  /// The excitatory activity that drives the inhibitory units.
  std::span<const std::uint32_t> inhibition_source() const noexcept {
    switch (variant(parameters_.variant).inhibition) {
      case InhibitionTiming::previous_step: break;
    }
    return active_.list();
  }

  static void load_input(Part& part, const InputView& inputs, std::size_t t) noexcept {
    if (inputs.data == nullptr) return;
    const std::size_t end = std::min(part.excitatory.end, inputs.features);
    for (std::size_t f = part.excitatory.begin; f < end; ++f) part.input[f - part.excitatory.begin] = inputs(f, t);
  }

  void load_noise(Part& part, const InputView& replay, std::size_t t) const noexcept {
    if (replay.data == nullptr) return;
    const auto load = [&](UnitRange units, std::size_t first, std::span<double> noise) {
      for (std::size_t i = units.begin; i < units.end; ++i) noise[i - units.begin] = replay(first + i, t);
    };
    load(part.excitatory, 0, part.noise_e);
    load(part.inhibitory, state_.ne(), part.noise_i);
  }

  Parameters parameters_;
  State state_;
  std::shared_ptr<Ranks> ranks_;
  std::optional<Exchange> exchange_;  // of the run that is going on, if there are ranks
  std::vector<Part> parts_;
  std::vector<double> target_;  // ne: the target rates

  std::vector<std::uint8_t> recurrent_, next_x_;          // ne
  std::vector<std::uint8_t> next_y_;                      // ni
  kernels::ActiveUnits active_, next_active_, active_y_;  // of x, x' and y
  const Part* growing_ = nullptr;                         // a synapse in this step, the absent pair of this number
  std::uint64_t growing_rank_ = 0;
};

namespace {

void check_sizes(const Parameters& p, const State& state) {
  const auto check = [](std::string_view name, std::size_t asked, std::size_t is) {
    if (asked != is) {
      throw ShapeError(formatted("{} = {}", name, asked), formatted("the state has {} = {}", name, is),
                       formatted("leave {} out, or start from a state of that size", name));
    }
  };
  check("ne", p.ne, state.ne());
  check("ni", p.inhibitory_count(), state.ni());
}

}  // namespace

void check_noise_sigma(double sigma) {
  if (sigma >= 0.0 && sigma <= highest_noise_sigma) return;
  throw ParameterError(formatted("noise = {}", sigma),
                       formatted("a standard deviation must be a number in [0, {}]", highest_noise_sigma));
}

bool looks_transposed(std::size_t features, std::size_t steps) noexcept {
  // A single step is how a caller drives a network that it closes a loop with, and a few features are few.
  return steps > 1 && features >= least_transposed_features && features / transposed_ratio >= steps;
}

bool seeks_target_rate(const Parameters& p, const RunOptions& options) noexcept {
  return options.phase == Phase::plasticity && !options.freeze.contains(Rule::ip) && p.eta_ip > 0.0;
}

void check_target_rate(const Parameters& p, const RunOptions& options) {
  if (!seeks_target_rate(p, options) || p.target_rate() < 1.0 || p.nu > p.ne) return;
  const InputView& inputs = options.inputs;
  const bool driven = inputs.steps > 0;
  const bool transposed = driven && inputs.features > inputs.steps;
  throw ParameterError(
      formatted("H_IP = 2*nu/ne = {:.3g}, from nu = {} and ne = {}", p.target_rate(), p.nu, p.ne),
      "must be below 1: it is a target rate, and no unit fires more than once a step",
      formatted("{}give h_ip, such as 0.1, or {}, or freeze 'ip'",
                transposed ? formatted("inputs of {} features and {} step{} look transposed: if they are not, ",
                                       inputs.features, inputs.steps, inputs.steps == 1 ? "" : "s")
                           : "",
                driven ? formatted("ne above {}", 2 * p.nu)
                       : formatted("nu below ne/2 = {:g}", static_cast<double>(p.ne) / 2)));
}

void validate(const Parameters& p, std::uint64_t step, std::size_t steps, const RunOptions& options) {
  if (steps > last_step - std::min(step, last_step)) {
    throw ParameterError(formatted("{} steps after step {}", steps, step),
                         formatted("steps are numbered up to {} (2^63 - 1)", last_step));
  }
  check_target_rate(p, options);
  if (options.inputs.data != nullptr) validate_view("inputs", options.inputs, p.nu, steps);
  if (options.noise.replay.data != nullptr) {
    validate_view("noise", options.noise.replay, p.ne + p.inhibitory_count(), steps);
  }
  check_noise_sigma(options.noise.sigma);
  if (options.threads > most_threads) {
    throw ParameterError(formatted("threads = {}", options.threads),
                         formatted("must be in [1, {}], or 0 for as many as are worth it", most_threads));
  }
}

Network::Network(const Parameters& parameters, std::uint64_t seed)
    : engine_(std::make_unique<Engine>(parameters, build_state(parameters, seed), nullptr)) {}

Network::Network(const Parameters& parameters, State state) : Network(parameters, std::move(state), nullptr) {}

Network::Network(const Parameters& parameters, std::uint64_t seed, std::shared_ptr<Ranks> ranks) {
  agreed(ranks.get(), [&] {
    State share = build_share(parameters, seed, ranks->size(), ranks->rank());
    engine_ = std::make_unique<Engine>(parameters, std::move(share), ranks);
  });
}

Network::Network(const Parameters& parameters, State state, std::shared_ptr<Ranks> ranks) {
  agreed(ranks.get(), [&] {
    validate(parameters);
    check_sizes(parameters, state);
    validate(state);
    if (is_whole(state)) {
      if (ranks) state = share_of(state, ownership(state.ne(), state.ni(), ranks->size(), ranks->rank()));
    } else if (!ranks) {
      throw StateError("the state of one rank", "is a share of a network", "gathered() makes it whole");
    }
    engine_ = std::make_unique<Engine>(parameters, std::move(state), ranks);
  });
}

Network::Network(const Network& other) : engine_(std::make_unique<Engine>(*other.engine_)) {}

Network& Network::operator=(const Network& other) {
  if (this != &other) engine_ = std::make_unique<Engine>(*other.engine_);
  return *this;
}

Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;
Network::~Network() = default;

const Parameters& Network::parameters() const noexcept { return engine_->parameters(); }
const State& Network::state() const noexcept { return engine_->state(); }
const std::shared_ptr<Ranks>& Network::ranks() const noexcept { return engine_->ranks(); }

void Network::set_parameters(const Parameters& parameters) {
  validate(parameters);
  check_sizes(parameters, state());
  engine_->set_parameters(parameters);
}

void Network::reseed(std::uint64_t seed) { engine_->reseed(seed); }

std::size_t Network::run(std::size_t steps, const RunOptions& options, std::span<Observer* const> observers) {
  agreed(ranks().get(), [&] { validate(parameters(), state().step, steps, options); });
  return engine_->run(steps, options, observers);
}

std::span<const std::uint8_t> Network::step(std::span<const double> u, RunOptions options) {
  if (!u.empty()) options.inputs = {u.data(), u.size(), 1, 1, 0};
  run(1, options);
  return state().x;
}

}  // namespace sorn
