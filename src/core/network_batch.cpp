#include <sorn/network_batch.hpp>

#include "core/own_rule.hpp"
#include "core/validate.hpp"
#include "support/format.hpp"
#include "team/pace.hpp"
#include "team/team.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <cmath>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace sorn {

namespace {

/// A thread is worth while only if its networks have this many synapses: together they then take some 50 µs for a step.
constexpr std::size_t batch_synapses_worth_a_thread = 30'000;

void require_size(std::string_view name, std::size_t is, std::size_t needed, std::string_view meaning) {
  if (is == needed) return;
  throw ShapeError(formatted("{} has {} values", name, is), formatted("must have {}: {}", needed, meaning));
}

/// The entry of network k, of a list with one for all networks or one for each.
template <class T>
T entry(std::span<const T> list, std::size_t k, T otherwise) {
  if (list.empty()) return otherwise;
  return list.size() == 1 ? list[0] : list[k];
}

void require_list(std::string_view name, std::size_t is, std::size_t networks) {
  if (is <= 1 || is == networks) return;
  throw ShapeError(formatted("{} has {} entries", name, is),
                   formatted("must have one for all networks, or {}, one for each", networks));
}

void require_alike(const Network& network, const Network& first) {
  const Parameters& p = network.parameters();
  const Parameters& q = first.parameters();
  if (network.ranks()) throw ParameterError("a network over ranks", "cannot be one of a batch");
  if (p.ne == q.ne && network.state().ni() == first.state().ni() && p.no == q.no && p.nu == q.nu) return;
  throw ShapeError(
      formatted("a network with ne = {}, ni = {}, nu = {}, no = {}", p.ne, network.state().ni(), p.nu, p.no),
      formatted("must have the size of the first: {}, {}, {}, {}", q.ne, first.state().ni(), q.nu, q.no));
}

std::vector<Network> built(const Parameters& parameters, std::span<const std::uint64_t> seeds) {
  std::vector<Network> networks;
  networks.reserve(seeds.size());
  for (const std::uint64_t seed : seeds) networks.emplace_back(parameters, seed);
  return networks;
}

}  // namespace

NetworkBatch::Paces::Paces()
    : step(std::make_unique<Pace>()), act(std::make_unique<Pace>()), learn(std::make_unique<Pace>()) {}
NetworkBatch::Paces::Paces(Paces&&) noexcept = default;
NetworkBatch::Paces& NetworkBatch::Paces::operator=(const Paces& other) {
  if (this == &other) return *this;
  return *this = Paces();
}
NetworkBatch::Paces& NetworkBatch::Paces::operator=(Paces&&) noexcept = default;
NetworkBatch::Paces::~Paces() = default;

NetworkBatch::NetworkBatch(const Parameters& parameters, std::span<const std::uint64_t> seeds)
    : NetworkBatch(built(parameters, seeds)) {}

NetworkBatch::NetworkBatch(std::vector<Network> networks) : networks_(std::move(networks)) {
  if (networks_.empty()) throw ShapeError("a batch of 0 networks", "must have one or more");
  for (const Network& network : networks_) require_alike(network, networks_.front());
  options_.resize(networks_.size());
}

void NetworkBatch::replace(std::size_t k, Network network) {
  require_alike(network, networks_.front());
  networks_[k] = std::move(network);
}

bool NetworkBatch::has_own_rules() const noexcept {
  return std::any_of(networks_.begin(), networks_.end(), [](const Network& one) { return !one.rules().empty(); });
}

std::size_t NetworkBatch::worthwhile_threads(std::size_t asked) const noexcept {
  std::size_t threads = asked;
  if (asked == 0) {
    std::size_t synapses = 0;
    for (const Network& one : networks_)
      synapses += one.state().wee->synapse_count() + one.state().wei->synapse_count();
    threads = std::clamp<std::size_t>(synapses / batch_synapses_worth_a_thread, 1, usual_threads());
  }
  return std::min(threads, networks_.size());
}

/// Calls work(k) for each network, on several threads. The error of the lowest k is thrown when all have ended.
template <class Work>
void NetworkBatch::each(std::size_t threads, Pace& pace, Work&& work) {
  std::vector<std::exception_ptr> errors;
  const std::size_t n = networks_.size();
  pace.begin(worthwhile_threads(threads));
  errors.resize(pace.threads());
  Team::run(pace.threads(), [&](const Team& team) noexcept {
    const std::size_t last = (team.number() + 1) * n / team.size();
    for (std::size_t k = team.number() * n / team.size(); k < last; ++k) {
      try {
        work(k);
      } catch (...) {
        errors[team.number()] = std::current_exception();
        return;
      }
    }
  });
  pace.step();
  const auto failed = std::find_if(errors.begin(), errors.end(), [](const auto& error) { return error != nullptr; });
  if (failed != errors.end()) std::rethrow_exception(*failed);
}

/// Calls work(network, k) for each network. If a rule of a user's own can fail, it is a copy that replaces the network
/// when all have succeeded.
template <class Work>
void NetworkBatch::change(std::size_t threads, Pace& pace, Work&& work) {
  if (!has_own_rules()) {
    each(threads, pace, [&](std::size_t k) { work(networks_[k], k); });
    return;
  }
  std::vector<Network> copies(networks_);
  each(threads, pace, [&](std::size_t k) { work(copies[k], k); });
  networks_ = std::move(copies);
}

void NetworkBatch::step(const BatchStep& step, std::span<std::uint8_t> spikes) {
  const std::size_t n = size();
  const std::size_t features = networks_.front().parameters().nu;
  if (!step.inputs.empty()) require_size("inputs", step.inputs.size(), n * features, "nu of each network");
  require_size("spikes", spikes.size(), n * ne(), "ne of each network");
  require_list("phase", step.phase.size(), n);
  require_list("freeze", step.freeze.size(), n);
  require_list("rewards", step.rewards.size(), n);
  if (step.threads > most_threads) {
    throw ParameterError(formatted("threads = {}", step.threads), formatted("must be in [0, {}]", most_threads));
  }
  if (!step.which.empty()) require_size("the mask", step.which.size(), n, "one for each network");
  const auto steps = [&](std::size_t k) { return step.which.empty() || step.which[k] != 0; };
  rewards_.assign(step.rewards.empty() ? 0 : n, 0.0);
  for (std::size_t k = 0; k < n; ++k) {
    if (!steps(k)) continue;
    RunOptions& options = options_[k];
    options.phase = entry(step.phase, k, Phase::plasticity);
    options.freeze = entry(step.freeze, k, RuleSet{});
    options.noise = {step.noise_sigma, {}};
    options.inputs = {};
    if (!step.inputs.empty()) options.inputs = {step.inputs.data() + k * features, features, 1, 1, 0};
    options.threads = 1;
    if (step.rewards.empty()) {
      options.signals.clear();
    } else {
      rewards_[k] = entry(step.rewards, k, no_reward);
      if (options.signals.empty())
        options.signals.push_back({.name = std::string(reward_signal), .values = {}, .gaps = true});
      options.signals.front().values = Signal::Values(&rewards_[k], 1);
    }
    const Network& network = networks_[k];
    if (network.acts()) throw StateError(formatted("step() of network {}", k), "an act() waits for its learn()");
    validate(network.parameters(), network.state().step, 1, options);
    validate_rules_of_run(network.parameters(), network.state(), network.rules(), options);
  }
  change(step.threads, *paces_.step, [&](Network& network, std::size_t k) {
    if (steps(k)) network.run(1, options_[k]);
  });
  activity(spikes);
}

void NetworkBatch::act(std::span<const double> inputs, std::span<std::uint8_t> outputs, std::size_t threads) {
  const std::size_t n = size();
  const std::size_t features = inputs.size() / n;
  if (inputs.size() % n != 0 || features > ne()) {
    throw ShapeError(formatted("inputs has {} values", inputs.size()),
                     formatted("must have as many for each of {} networks, at most ne = {}", n, ne()));
  }
  if (no() == 0) {
    throw StateError("act()", "the networks have no output units", "give them some: no = 4, or the variant 'rmsorn'");
  }
  require_size("outputs", outputs.size(), n * no(), "no of each network");
  if (!inputs.empty()) validate_view("inputs", {inputs.data(), inputs.size(), 1, 1, 0}, inputs.size(), 1);
  for (std::size_t k = 0; k < n; ++k) {
    if (networks_[k].acts()) throw StateError(formatted("act() of network {}", k), "an act() waits for its learn()");
    validate(networks_[k].parameters(), networks_[k].state().step, 1, {});
  }
  each(threads, *paces_.act, [&](std::size_t k) {
    const auto answer = networks_[k].act(inputs.subspan(k * features, features));
    std::copy(answer.begin(), answer.end(), outputs.begin() + static_cast<std::ptrdiff_t>(k * answer.size()));
  });
}

void NetworkBatch::learn(std::span<const double> rewards, std::span<const Phase> phase, std::size_t threads) {
  const std::size_t n = size();
  require_list("rewards", rewards.size(), n);
  require_list("phase", phase.size(), n);
  for (std::size_t k = 0; k < n; ++k) {
    const Network& network = networks_[k];
    if (!network.acts()) throw StateError(formatted("learn() of network {}", k), "there was no act()");
    const double reward = entry(rewards, k, no_reward);
    if (!std::isnan(reward)) check_signal(reward_signal, reward, network.state().step);
    validate_rules_of_run(network.parameters(), network.state(), network.rules(),
                          {.phase = entry(phase, k, Phase::plasticity)});
  }
  change(threads, *paces_.learn, [&](Network& network, std::size_t k) {
    const double reward = entry(rewards, k, no_reward);
    const std::optional<double> given = std::isnan(reward) ? std::optional<double>{} : reward;
    network.learn(given, entry(phase, k, Phase::plasticity));
  });
}

void NetworkBatch::reset_activity(std::span<const std::uint8_t> which) {
  if (!which.empty()) require_size("the mask", which.size(), size(), "one for each network");
  const auto chosen = [&](std::size_t k) { return which.empty() || which[k] != 0; };
  for (std::size_t k = 0; k < size(); ++k) {
    if (chosen(k) && networks_[k].acts()) {
      throw StateError(formatted("reset of network {}", k), "an act() waits for its learn()");
    }
  }
  for (std::size_t k = 0; k < size(); ++k) {
    if (chosen(k)) networks_[k].reset_activity();
  }
}

void NetworkBatch::activity(std::span<std::uint8_t> spikes) const {
  require_size("spikes", spikes.size(), size() * ne(), "ne of each network");
  auto to = spikes.begin();
  for (const Network& one : networks_) to = std::copy(one.state().x.begin(), one.state().x.end(), to);
}

}  // namespace sorn
