// Readouts that are trained step by step, while the network runs.
#pragma once

#include <sorn/readout.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn::readout {

/// Recursive least squares: after each step the weights are those of a ridge regression to all steps so far.
///
/// With P = I/delta at the beginning, a step with the state x and the target y does
///
///     k = P·x / (λ + xᵀ·P·x),   W ← W + (y − W·x)·kᵀ,   P ← (P − k·xᵀ·P)/λ.
///
/// After n steps W minimises Σ_t λ^(n−t)·‖y_t − W·x_t‖² + λⁿ·delta·‖W‖² (Haykin, Adaptive Filter Theory, ch. 10). A
/// bias is the weight of one more unit, which always fires; unlike that of Training::ridge(), it is penalised as all
/// weights are. A step takes O(units² + units·outputs) operations and allocates nothing.
class RecursiveLeastSquares {
public:
  struct Options {
    double forgetting = 1.0;  ///< λ, in (0, 1]; 1: all steps count alike
    double delta = 1.0;       ///< above 0 and finite
    bool bias = false;
  };

  /// @param units    N_E, from 1 on
  /// @param outputs  classes, or columns of the targets, from 1 on
  /// @throws ShapeError if there are no units or outputs, ParameterError for an option out of its range
  RecursiveLeastSquares(std::size_t units, std::size_t outputs, Options options);
  RecursiveLeastSquares(std::size_t units, std::size_t outputs) : RecursiveLeastSquares(units, outputs, Options()) {}

  /// Learns from a step. Steps that are left out change nothing.
  /// @param state   (units), finite
  /// @param label   a class from 0 on, whose target is 1 and that of the others 0; or left_out
  /// @throws ShapeError if the sizes are wrong; StateError for a wrong label or a number that is not finite, or if P
  /// has
  ///   grown beyond all bounds, as with λ < 1 where units hardly ever fire. Then nothing has changed.
  void add(std::span<const double> state, std::int64_t label);
  void add(std::span<const double> state, std::span<const double> target);  ///< the same with real targets (outputs)
  void add(std::span<const std::uint8_t> state, std::int64_t label);        ///< the same with states of 0 and 1
  void add(std::span<const std::uint8_t> state, std::span<const double> target);  ///< the same

  /// Learns from several steps, one after the other. @throws as add(); the steps before the wrong one were learned then
  void add(const Rows& states, std::span<const std::int64_t> labels);
  void add(const Rows& states, const Rows& targets);  ///< the same with real targets, a row for each step

  /// The readout so far. Its classes are 0, 1, … outputs − 1.
  const Readout& readout() const noexcept { return readout_; }
  /// The steps that were learned from.
  std::size_t steps() const noexcept { return steps_; }
  const Options& options() const noexcept { return options_; }

private:
  template <class Value>
  void load(std::span<const Value> state);
  void load_target(std::int64_t label);
  void load_target(std::span<const double> target);
  void update();

  Options options_;
  Readout readout_;
  std::size_t steps_ = 0;
  std::size_t size_;                // of x: units, and one more with a bias
  std::vector<double> inverse_;     // P, (size, size), symmetric
  std::vector<std::size_t> fires_;  // the entries of x that are not 0
  std::vector<double> state_;       // x
  std::vector<double> target_;      // y
  std::vector<double> gain_;        // P·x
};

}  // namespace sorn::readout
