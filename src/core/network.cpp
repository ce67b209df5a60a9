#include <sorn/network.hpp>

#include "core/validate.hpp"
#include "kernels/activity.hpp"
#include "kernels/drive.hpp"
#include "kernels/fire.hpp"
#include "kernels/intrinsic.hpp"
#include "kernels/istdp.hpp"
#include "kernels/random.hpp"
#include "kernels/scaling.hpp"
#include "kernels/stdp.hpp"
#include "kernels/structural.hpp"

#include <sorn/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sorn {

namespace {

constexpr double highest_noise_sigma = 1000.0;
constexpr double smallest_target = 1e-9;

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

/// H_IP of each unit: 2·nu/ne, or drawn around it once for all (docs/model.md, "Building a network").
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

/// The state with each matrix in the layout that the kernels work on; one that came from outside may have another.
State laid_out(State state) {
  const auto lay_out = [](CopyOnWrite<SynapseMatrix>& matrix, Plasticity plasticity) {
    if (matrix->plasticity() != plasticity) matrix = matrix->laid_out_for(plasticity);
  };
  lay_out(state.wee, Plasticity::plastic);
  lay_out(state.wei, Plasticity::plastic);
  lay_out(state.wie, Plasticity::fixed);
  return state;
}

bool exceeds_one(const SynapseMatrix& matrix) {
  for (std::size_t i = 0; i < matrix.n_post(); ++i) {
    const auto weights = matrix.column(i).weight;
    if (std::any_of(weights.begin(), weights.end(), [](double w) { return w > 1.0; })) return true;
  }
  return false;
}

}  // namespace

/// The state, what is derived from it, and the memory that a step works in.
class Network::Engine {
public:
  Engine(const Parameters& parameters, State state)
      : parameters_(parameters),
        state_(laid_out(std::move(state))),
        target_(target_rates(parameters, state_.seed)),
        wie_rows_(std::make_shared<kernels::Rows>(kernels::transposed(state_.wie->columns()))),
        wee_exceeds_one_(exceeds_one(*state_.wee)),
        wei_exceeds_one_(exceeds_one(*state_.wei)),
        active_(state_.ne()),
        next_active_(state_.ne()),
        active_y_(state_.ni()),
        vanished_(state_.ne()),
        needed_(state_.ne() + state_.ni()),
        stdp_(state_.ne()),
        scaling_(state_.ne()) {
    const std::size_t ne = state_.ne();
    const std::size_t ni = state_.ni();
    for (auto* e : {&excitation_, &inhibition_, &input_}) e->assign(ne, 0.0);
    inhibitory_drive_.assign(ni, 0.0);
    noise_e_.assign(kernels::in_batches(ne), 0.0);
    noise_i_.assign(kernels::in_batches(ni), 0.0);
    margin_e_.assign(noise_e_.size(), std::numeric_limits<double>::infinity());
    margin_i_.assign(noise_i_.size(), std::numeric_limits<double>::infinity());
    recurrent_.assign(ne, 0);
    next_x_.assign(ne, 0);
    next_y_.assign(ni, 0);
    active_.assign(state_.x);
    active_y_.assign(state_.y);
  }

  const Parameters& parameters() const noexcept { return parameters_; }
  const State& state() const noexcept { return state_; }

  void set_parameters(const Parameters& parameters) {
    parameters_ = parameters;
    target_ = target_rates(parameters_, state_.seed);
  }

  void reseed(std::uint64_t seed) {
    state_.seed = seed;
    target_ = target_rates(parameters_, seed);
  }

  std::size_t run(std::size_t steps, const RunOptions& options, std::span<Observer* const> observers) {
    const Schedule schedule(variant(parameters_.variant), options);
    for (auto* buffer : {&noise_e_, &noise_i_, &input_}) std::fill(buffer->begin(), buffer->end(), 0.0);
    bool stop = false;
    std::size_t t = 0;
    while (t < steps && !stop) {
      prepare_step(schedule);
      const std::size_t ee_count = state_.wee->synapse_count();
      const std::size_t ei_count = state_.wei->synapse_count();
      load_input(options.inputs, t);
      load_noise(options.noise, t);
      step(schedule, options.noise.replay.data == nullptr ? options.noise.sigma : 0.0);
      ++t;
      const StepView view{state_.step - 1, recurrent_, ee_count, ei_count, state_.wie->synapse_count(), state_};
      for (Observer* observer : observers) stop |= observer->on_step(view) == Observer::Outcome::stop;
    }
    return t;
  }

private:
  /// Allocates what a step may need, so that none can fail halfway: weights of our own where rules change them, and
  /// room for one more synapse of W_EE, in any column and row.
  void prepare_step(const Schedule& schedule) {
    for (const Rule rule : schedule) {
      if (rule == Rule::stdp || rule == Rule::sp || rule == Rule::ss) state_.wee.mutate();
      if (rule == Rule::istdp || rule == Rule::ss) state_.wei.mutate();
      if (rule == Rule::sp && may_lack_room_) {
        if (!state_.wee->has_spare_room()) state_.wee.mutate().make_room();
        may_lack_room_ = false;
      }
    }
  }

  /// One step, in the order of the model: drive, firing, the plasticity rules that the schedule lists, shift.
  /// Everything before the rules reads the activity on entry, x and y; the rules also read the new x'.
  /// @param sigma  of the noise that is drawn; 0 if there is none, or if it is loaded already
  void step(const Schedule& schedule, double sigma) {
    const State& s = state_;

    // 1: recurrent drive of the excitatory units
    kernels::push_drive(s.wee->columns(), active_.list(), excitation_);
    kernels::push_drive(s.wei->columns(), active_y_.list(), inhibition_);

    // 2, 3: recurrent activation R and new excitatory activity x'
    if (sigma > 0.0) {
      kernels::excitatory_margins(excitation_, inhibition_, input_, s.te, margin_e_);
      kernels::fill_needed_gaussian(s.seed, kernels::Stream::noise_excitatory, s.step, sigma, margin_e_, needed_,
                                    noise_e_);
    }
    kernels::fire_excitatory(excitation_, inhibition_, noise_e_, input_, s.te, recurrent_, next_x_);
    next_active_.assign(next_x_);

    // 4: new inhibitory activity y'
    kernels::push_drive(*wie_rows_, inhibition_source(), inhibitory_drive_);
    if (sigma > 0.0) {
      kernels::inhibitory_margins(inhibitory_drive_, s.ti, margin_i_);
      kernels::fill_needed_gaussian(s.seed, kernels::Stream::noise_inhibitory, s.step, sigma, margin_i_, needed_,
                                    noise_i_);
    }
    kernels::fire_inhibitory(inhibitory_drive_, noise_i_, s.ti, next_y_);

    // 5–9: plasticity
    for (const Rule rule : schedule) apply(rule);

    // 10: X ← (x, x'), Y ← (y, y')
    state_.x_previous.swap(state_.x);
    state_.x.swap(next_x_);
    std::swap(active_, next_active_);
    state_.y_previous.swap(state_.y);
    state_.y.swap(next_y_);
    active_y_.assign(state_.y);
    ++state_.step;
  }

  void apply(Rule rule) {
    const Parameters& p = parameters_;
    switch (rule) {
      case Rule::stdp: {
        SynapseMatrix& wee = state_.wee.mutate();
        kernels::stdp(wee.columns(), {state_.x, next_x_, active_.list(), next_active_.list()}, p.eta_stdp, stdp_,
                      vanished_);
        remove_vanished(wee);
        if (wee_exceeds_one_) kernels::cut_to_one(wee.columns());
        wee_exceeds_one_ = false;
        break;
      }
      case Rule::ip: kernels::intrinsic_plasticity(state_.te, next_x_, target_, p.eta_ip, p.te_min, p.te_max); break;
      case Rule::sp: grow_synapse(); break;
      case Rule::istdp: {
        SynapseMatrix& wei = state_.wei.mutate();
        kernels::istdp(wei.columns(), active_y_.list(), next_x_, p.eta_inhib, p.mu_ip, vanished_);
        remove_vanished(wei);
        if (wei_exceeds_one_) kernels::cut_to_one(wei.columns());
        wei_exceeds_one_ = false;
        break;
      }
      case Rule::ss: {
        for (auto* matrix : {&state_.wee, &state_.wei}) {
          SynapseMatrix& w = matrix->mutate();
          kernels::scale_columns(w.columns(), scaling_, vanished_);
          remove_vanished(w);
        }
        break;
      }
    }
  }

  void remove_vanished(SynapseMatrix& matrix) noexcept {
    if (vanished_.list().empty()) return;
    matrix.remove_gone(vanished_.list());
    vanished_.clear();
  }

  /// Structural plasticity: one address of the step holds both the decision and the choice of the pair.
  void grow_synapse() {
    const Variant& v = variant(parameters_.variant);
    const auto words = kernels::random_block(state_.seed, kernels::Stream::structural, state_.step, 0);
    const auto word64 = [&](std::size_t k) { return words[k] | static_cast<std::uint64_t>(words[k + 1]) << 32U; };
    if (kernels::uniform(word64(0)) >= v.structural_probability) return;
    SynapseMatrix& wee = state_.wee.mutate();
    if (const auto pair = kernels::absent_pair(wee.columns(), word64(2))) {
      wee.insert(pair->pre, pair->post, v.structural_weight);
      may_lack_room_ = true;
    }
  }

  /// The excitatory activity that drives the inhibitory units.
  std::span<const std::uint32_t> inhibition_source() const noexcept {
    switch (variant(parameters_.variant).inhibition) {
      case InhibitionTiming::previous_step: break;
    }
    return active_.list();
  }

  void load_input(const InputView& inputs, std::size_t t) noexcept {
    if (inputs.data == nullptr) return;
    for (std::size_t f = 0; f < inputs.features; ++f) input_[f] = inputs(f, t);
  }

  void load_noise(const Noise& noise, std::size_t t) noexcept {
    if (noise.replay.data == nullptr) return;
    const std::size_t ne = state_.ne();
    for (std::size_t i = 0; i < ne; ++i) noise_e_[i] = noise.replay(i, t);
    for (std::size_t k = 0; k < state_.ni(); ++k) noise_i_[k] = noise.replay(ne + k, t);
  }

  Parameters parameters_;
  State state_;
  std::vector<double> target_;                     // ne: H_IP
  std::shared_ptr<const kernels::Rows> wie_rows_;  // W_IE never changes: copies of a network share its transpose
  // Weights from outside may exceed 1 until the first clipping; afterwards synapses without spikes need no visit.
  bool wee_exceeds_one_;
  bool wei_exceeds_one_;
  bool may_lack_room_ = true;  // for another synapse of W_EE

  std::vector<double> excitation_, inhibition_, input_;          // ne
  std::vector<double> inhibitory_drive_;                         // ni
  std::vector<double> noise_e_, margin_e_, noise_i_, margin_i_;  // ne, ni in whole batches
  std::vector<std::uint8_t> recurrent_, next_x_;                 // ne
  std::vector<std::uint8_t> next_y_;                             // ni
  kernels::ActiveUnits active_, next_active_, active_y_;         // of x, x' and y
  kernels::Vanished vanished_;
  kernels::NeededPairs needed_;
  kernels::StdpScratch stdp_;
  kernels::ScalingScratch scaling_;
};

namespace {

void check_sizes(const Parameters& p, const State& state) {
  const auto check = [](std::string_view name, std::size_t asked, std::size_t is) {
    if (asked != is) {
      throw ShapeError(fmt::format("{} = {}", name, asked), fmt::format("the state has {} = {}", name, is),
                       fmt::format("leave {} out, or start from a state of that size", name));
    }
  };
  check("ne", p.ne, state.ne());
  check("ni", p.inhibitory_count(), state.ni());
}

}  // namespace

void check_noise_sigma(double sigma) {
  if (sigma >= 0.0 && sigma <= highest_noise_sigma) return;
  throw ParameterError(fmt::format("noise = {}", sigma),
                       fmt::format("a standard deviation must be a number in [0, {}]", highest_noise_sigma));
}

void validate(const Network& network, std::size_t steps, const RunOptions& options) {
  const Parameters& p = network.parameters();
  if (options.inputs.data != nullptr) validate_view("inputs", options.inputs, p.nu, steps);
  if (options.noise.replay.data != nullptr) {
    validate_view("noise", options.noise.replay, p.ne + p.inhibitory_count(), steps);
  }
  check_noise_sigma(options.noise.sigma);
}

Network::Network(const Parameters& parameters, std::uint64_t seed)
    : engine_(std::make_unique<Engine>(parameters, build_state(parameters, seed))) {}

Network::Network(const Parameters& parameters, State state) {
  validate(parameters);
  check_sizes(parameters, state);
  validate(state);
  engine_ = std::make_unique<Engine>(parameters, std::move(state));
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

void Network::set_parameters(const Parameters& parameters) {
  validate(parameters);
  check_sizes(parameters, state());
  engine_->set_parameters(parameters);
}

void Network::reseed(std::uint64_t seed) { engine_->reseed(seed); }

std::size_t Network::run(std::size_t steps, const RunOptions& options, std::span<Observer* const> observers) {
  validate(*this, steps, options);
  return engine_->run(steps, options, observers);
}

std::span<const std::uint8_t> Network::step(std::span<const double> u, RunOptions options) {
  if (!u.empty()) options.inputs = {u.data(), u.size(), 1, 1, 0};
  run(1, options);
  return state().x;
}

}  // namespace sorn
