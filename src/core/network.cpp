#include <sorn/network.hpp>

#include "core/engine.hpp"
#include "core/own_rule.hpp"
#include "core/validate.hpp"
#include "support/format.hpp"
#include "team/agreement.hpp"

#include <sorn/error.hpp>
#include <sorn/share.hpp>

#include <utility>

namespace sorn {

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
  check("no", p.no, state.output.no());
}

/// A thread keeps the engine of one small network that has gone, for the next copy: an agent that copies its network
/// in each step would otherwise allocate and free some seventy pieces of memory each time.
struct Kept {
  std::unique_ptr<Engine> engine;
  ~Kept() { is_over = true; }
  static thread_local bool is_over;  // networks that live longer than the thread keep nothing
};
thread_local bool Kept::is_over = false;
thread_local Kept kept;

constexpr std::size_t most_kept_synapses = 50'000;

std::unique_ptr<Engine> copied(const Engine& engine) {
  const bool fits = !Kept::is_over && kept.engine && kept.engine->has_sizes_of(engine);
  if (!fits) return std::make_unique<Engine>(engine);
  std::unique_ptr<Engine> copy = std::move(kept.engine);
  *copy = engine;
  return copy;
}

void keep_for_a_copy(std::unique_ptr<Engine> engine) noexcept {
  if (Kept::is_over || !engine || !engine->is_alone() || engine->synapse_count() > most_kept_synapses) return;
  engine->set_rules({});  // these may be functions of an interpreter that ends before the thread
  kept.engine = std::move(engine);
}

void refuse_while_acting(std::string_view call, const Network& network) {
  if (!network.acts()) return;
  throw StateError(std::string(call), "an act() waits for its learn()",
                   "call learn(reward), or learn() without reward");
}

}  // namespace

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

Network::Network(const Network& other) : engine_(copied(*other.engine_)) {}

Network& Network::operator=(const Network& other) {
  if (this != &other) keep_for_a_copy(std::exchange(engine_, copied(*other.engine_)));
  return *this;
}

Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;
Network::~Network() { keep_for_a_copy(std::move(engine_)); }

const Parameters& Network::parameters() const noexcept { return engine_->parameters(); }
const State& Network::state() const noexcept { return engine_->state(); }
const std::shared_ptr<Ranks>& Network::ranks() const noexcept { return engine_->ranks(); }

void Network::set_parameters(const Parameters& parameters) {
  validate(parameters);
  check_sizes(parameters, state());
  engine_->set_parameters(parameters);
}

void Network::set_rules(std::vector<std::shared_ptr<const OwnRule>> rules) {
  validate_rules(rules);
  for (const auto& rule : rules) check_memory(*rule, parameters(), state());
  engine_->set_rules(std::move(rules));
}

void Network::begin_memory() {
  agreed(ranks().get(), [&] {
    for (const auto& rule : rules()) check_memory(*rule, parameters(), state());
    engine_->begin_memory();
  });
}

const std::vector<std::shared_ptr<const OwnRule>>& Network::rules() const noexcept { return engine_->rules(); }

void Network::reseed(std::uint64_t seed) { engine_->reseed(seed); }

std::size_t Network::run(std::size_t steps, const RunOptions& options, std::span<Observer* const> observers) {
  agreed(ranks().get(), [&] {
    refuse_while_acting("run()", *this);
    validate(parameters(), state().step, steps, options);
    validate_rules_of_run(parameters(), state(), rules(), options);
  });
  return engine_->run(steps, options, observers);
}

std::span<const std::uint8_t> Network::act(std::span<const double> u) {
  std::vector<double> drive(u.begin(), u.end());
  agreed(ranks().get(), [&] {
    if (parameters().no == 0) {
      throw StateError("act()", "the network has no output units", "give it some: no = 4, or the variant 'rmsorn'");
    }
    refuse_while_acting("act()", *this);
    validate(parameters(), state().step, 1, {});
    const std::size_t ne = parameters().ne;
    if (drive.size() > ne) {
      throw ShapeError(formatted("u has {} values", drive.size()), formatted("must have at most ne = {}", ne));
    }
    if (!drive.empty()) validate_view("u", {drive.data(), drive.size(), 1, 1, 0}, drive.size(), 1);
    drive.resize(ne, 0.0);
  });
  return engine_->act(std::move(drive), 0);
}

void Network::learn(std::optional<double> reward, Phase phase) {
  const double value = reward.value_or(no_reward);
  const RunOptions options{
      .phase = phase,
      .signals = {{.name = std::string(reward_signal), .values = Signal::Values(&value, 1), .gaps = true}}};
  agreed(ranks().get(), [&] {
    if (!acts()) throw StateError("learn()", "there was no act()", "each learn() follows an act()");
    if (reward) check_signal(reward_signal, *reward, state().step);
    validate_rules_of_run(parameters(), state(), rules(), options);
  });
  engine_->learn(options);
}

bool Network::acts() const noexcept { return !state().output.pending.empty(); }

void Network::reset_activity() {
  refuse_while_acting("reset_activity()", *this);
  engine_->reset_activity();
}

void Network::shuffle_activity() {
  refuse_while_acting("shuffle_activity()", *this);
  engine_->shuffle_activity();
}

std::span<const std::uint8_t> Network::step(std::span<const double> u, RunOptions options) {
  if (!u.empty()) options.inputs = {u.data(), u.size(), 1, 1, 0};
  run(1, options);
  return state().x;
}

}  // namespace sorn
