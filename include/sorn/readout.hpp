// Linear readouts: weights that say, from the activity of a network, what it was shown, or what comes next.
//
// A readout is trained from sums of products of states and targets, so that a long run can be given in pieces.
#pragma once

#include <sorn/spike_train.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace sorn::readout {

/// The target of a step that is left out.
inline constexpr std::int64_t left_out = -1;

/// Finite numbers, row by row: data[row · columns + column].
struct Rows {
  std::span<const double> values{};
  std::size_t columns = 0;

  std::size_t rows() const noexcept { return columns == 0 ? 0 : values.size() / columns; }
  std::span<const double> row(std::size_t index) const noexcept { return values.subspan(index * columns, columns); }
};

/// A linear readout: the score of class c in a state x is Σ weights[c][i]·x[i] + bias[c].
struct Readout {
  std::vector<std::int64_t> classes;  ///< their labels, ascending
  std::size_t units = 0;
  std::vector<double> weights;  ///< (classes, units), row by row
  std::vector<double> bias;     ///< one number for each class; empty: none

  /// The scores of each step: (steps, classes), row by row.
  /// @throws ShapeError if the states have another number of units, StateError if one is not finite
  std::vector<double> scores(const SpikeTrain& states) const;
  std::vector<double> scores(const Rows& states) const;
  /// The label of the largest score in each row of scores(); of equal ones the first.
  std::vector<std::int64_t> labels(std::span<const double> scores) const;

  bool operator==(const Readout&) const = default;
};

/// Sums over states and targets, from which readouts follow. The sums over states of 0 and 1 with labels are whole
/// numbers, so that they depend neither on the order of the steps nor on the pieces; they are exact for up to 2^53
/// steps.
class Training {
public:
  /// @param bias  whether the readouts have one
  explicit Training(bool bias = false) noexcept : bias_(bias) {}

  /// Adds steps. A label is a whole number from 0 on, or left_out. The classes are the labels that occur.
  /// @throws ShapeError if there is not one target for each step, or if the number of units, or that of the outputs,
  ///   differs from that of an earlier piece, StateError for a label below -1 or a number that is not finite,
  ///   ParameterError if labels are mixed with outputs. Then the sums are as before.
  void add(const SpikeTrain& states, std::span<const std::int64_t> labels);
  void add(const Rows& states, std::span<const std::int64_t> labels);
  /// Adds steps with real targets, a row for each step. The classes are the numbers of the columns.
  void add(const SpikeTrain& states, const Rows& targets);
  void add(const Rows& states, const Rows& targets);

  std::size_t units() const noexcept { return units_; }
  /// The number of steps that were not left out.
  std::size_t steps() const noexcept { return steps_; }
  bool has_bias() const noexcept { return bias_; }

  /// The readout with the least squared error: targets times the pseudo-inverse of the states; of several the one of
  /// the smallest norm, as if units are silent, or fire together. A bias is the weight of one more unit, which always
  /// fires.
  ///
  /// It is computed from the products of states, whose condition is the square of that of the states: real states of
  /// condition 10^k lose 2k of 16 digits. Eigenvalues below n·ε times the largest count as 0 (n: the number of units,
  /// or, if the states are not 0 and 1, that of steps if it is larger).
  /// @throws StateError if no step was added
  Readout least_squares() const;
  /// The readout with the least sum of squared errors and mu times squared weights. The bias is not penalised.
  /// @throws ParameterError unless mu is finite and above 0, StateError if no step was added
  Readout ridge(double mu) const;

private:
  enum class Targets : std::uint8_t { none, labels, outputs };
  struct Sums {
    std::vector<double> states;  // Σ y·x, one entry for each unit
    double count = 0.0;          // Σ y
  };

  void check(std::size_t units, std::size_t steps, std::size_t targets, Targets kind, std::size_t outputs) const;
  void check_labels(std::span<const std::int64_t> labels) const;
  void check_outputs(const Rows& targets) const;
  void begin(std::size_t units, Targets kind, std::size_t outputs);
  void add_joint(std::span<const std::uint64_t> joint, std::span<const double> counts);
  void add_products(const std::vector<double>& rows, std::size_t count);
  Sums& sums_of(std::int64_t label);

  bool bias_;
  Targets kind_ = Targets::none;
  bool exact_ = true;  // all states were 0 or 1
  std::size_t units_ = 0;
  std::size_t steps_ = 0;
  std::vector<double> products_;  // Σ x·xᵀ, (units, units): the entries of which the row is not above the column
  std::vector<double> totals_;    // Σ x
  std::map<std::int64_t, Sums> classes_;
};

/// The share of steps in which both agree. Steps without a label are left out, and, if `only` is not empty, those of
/// which it holds 0.
/// @throws ShapeError if the numbers of steps differ, StateError if no step remains
double accuracy(std::span<const std::int64_t> labels, std::span<const std::int64_t> predicted,
                std::span<const std::uint8_t> only = {});

}  // namespace sorn::readout
