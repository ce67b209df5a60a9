#include <sorn/recursive_least_squares.hpp>

#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sorn::readout {

namespace {

void check_rls_options(const RecursiveLeastSquares::Options& options) {
  if (!(options.forgetting > 0.0 && options.forgetting <= 1.0)) {
    throw ParameterError(formatted("forgetting = {}", options.forgetting), "must be in (0, 1]", "1 forgets nothing");
  }
  if (!(options.delta > 0.0) || !std::isfinite(options.delta) || !std::isfinite(1.0 / options.delta)) {
    throw ParameterError(formatted("delta = {}", options.delta), "must be a finite number above 0");
  }
}

}  // namespace

RecursiveLeastSquares::RecursiveLeastSquares(std::size_t units, std::size_t outputs, Options options)
    : options_(options), size_(units + (options.bias ? 1 : 0)) {
  if (units == 0) throw ShapeError("states have no units", "must have at least one");
  if (outputs == 0) throw ShapeError("targets have no outputs", "must have at least one");
  check_rls_options(options);
  readout_.classes.resize(outputs);
  std::iota(readout_.classes.begin(), readout_.classes.end(), std::int64_t{0});
  readout_.units = units;
  readout_.weights.assign(outputs * units, 0.0);
  readout_.bias.assign(options.bias ? outputs : 0, 0.0);
  inverse_.assign(size_ * size_, 0.0);
  for (std::size_t i = 0; i < size_; ++i) inverse_[i * size_ + i] = 1.0 / options.delta;
  fires_.reserve(size_);
  state_.assign(size_, 1.0);  // that of the bias stays
  target_.resize(outputs);
  gain_.resize(size_);
}

template <class Value>
void RecursiveLeastSquares::load(std::span<const Value> state) {
  if (state.size() != readout_.units) {
    throw ShapeError(formatted("a state of {} units", state.size()), formatted("must have {}", readout_.units));
  }
  fires_.clear();
  for (std::size_t i = 0; i < state.size(); ++i) {
    state_[i] = static_cast<double>(state[i]);
    if (!std::isfinite(state_[i])) {
      throw StateError(formatted("state[{}] = {}", i, state_[i]), "must be a finite number");
    }
    if (state_[i] != 0.0) fires_.push_back(i);
  }
  if (options_.bias) fires_.push_back(size_ - 1);
}

void RecursiveLeastSquares::load_target(std::int64_t label) {
  const std::size_t outputs = target_.size();
  if (label < 0 || static_cast<std::uint64_t>(label) >= outputs) {
    throw StateError(formatted("label {}", label),
                     formatted("must be a class in [0, {}], or -1 for a step that is left out", outputs - 1));
  }
  std::fill(target_.begin(), target_.end(), 0.0);
  target_[static_cast<std::size_t>(label)] = 1.0;
}

void RecursiveLeastSquares::load_target(std::span<const double> target) {
  if (target.size() != target_.size()) {
    throw ShapeError(formatted("a target of {} outputs", target.size()), formatted("must have {}", target_.size()));
  }
  const auto wrong = std::find_if_not(target.begin(), target.end(), [](double y) { return std::isfinite(y); });
  if (wrong != target.end()) {
    throw StateError(formatted("target[{}] = {}", wrong - target.begin(), *wrong), "must be a finite number");
  }
  std::copy(target.begin(), target.end(), target_.begin());
}

/// P is symmetric, so that its columns are its rows; the products below keep it exactly so.
void RecursiveLeastSquares::update() {
  const std::size_t n = size_;
  std::fill(gain_.begin(), gain_.end(), 0.0);
  for (const std::size_t i : fires_) {
    const double* const row = inverse_.data() + i * n;
    const double x = state_[i];
    for (std::size_t j = 0; j < n; ++j) gain_[j] += x * row[j];
  }
  double spread = options_.forgetting;  // λ + xᵀ·P·x
  for (const std::size_t i : fires_) spread += state_[i] * gain_[i];
  double largest = 0.0;  // entry of P, which is on its diagonal
  for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, inverse_[i * n + i]);
  if (!std::isfinite(largest / options_.forgetting) || !std::isfinite(spread) || spread < options_.forgetting) {
    throw StateError(formatted("P, with entries up to {:.3g}", largest), "has grown beyond what numbers can hold",
                     "forget more slowly, or begin with a larger delta");
  }
  const std::size_t units = readout_.units;
  for (std::size_t c = 0; c < target_.size(); ++c) {
    double* const weights = readout_.weights.data() + c * units;
    double error = target_[c];
    for (const std::size_t i : fires_) error -= state_[i] * (i < units ? weights[i] : readout_.bias[c]);
    const double factor = error / spread;
    for (std::size_t i = 0; i < units; ++i) weights[i] += factor * gain_[i];
    if (options_.bias) readout_.bias[c] += factor * gain_[units];
  }
  const double inverse_spread = 1.0 / spread;
  const double memory = 1.0 / options_.forgetting;
  for (std::size_t i = 0; i < n; ++i) {
    double* const row = inverse_.data() + i * n;
    const double g = gain_[i];
    for (std::size_t j = 0; j < n; ++j) row[j] = (row[j] - g * gain_[j] * inverse_spread) * memory;
  }
  ++steps_;
}

void RecursiveLeastSquares::add(std::span<const double> state, std::int64_t label) {
  load(state);
  if (label == left_out) return;
  load_target(label);
  update();
}

void RecursiveLeastSquares::add(std::span<const double> state, std::span<const double> target) {
  load(state);
  load_target(target);
  update();
}

void RecursiveLeastSquares::add(std::span<const std::uint8_t> state, std::int64_t label) {
  load(state);
  if (label == left_out) return;
  load_target(label);
  update();
}

void RecursiveLeastSquares::add(std::span<const std::uint8_t> state, std::span<const double> target) {
  load(state);
  load_target(target);
  update();
}

void RecursiveLeastSquares::add(const Rows& states, std::span<const std::int64_t> labels) {
  if (states.rows() != labels.size()) {
    throw ShapeError(formatted("{} targets for {} states", labels.size(), states.rows()), "must be one for each step");
  }
  for (std::size_t t = 0; t < labels.size(); ++t) add(states.row(t), labels[t]);
}

void RecursiveLeastSquares::add(const Rows& states, const Rows& targets) {
  if (states.rows() != targets.rows()) {
    throw ShapeError(formatted("{} targets for {} states", targets.rows(), states.rows()), "must be one for each step");
  }
  for (std::size_t t = 0; t < states.rows(); ++t) add(states.row(t), targets.row(t));
}

}  // namespace sorn::readout
