// Sums and moments that stay precise over millions of values.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

namespace sorn::analysis {

/// A sum that also adds the rounding errors of its additions (Neumaier 1974, doi 10.1002/zamm.19740540106).
class Sum {
public:
  void add(double value) noexcept {
    const double next = sum_ + value;
    lost_ += std::abs(sum_) >= std::abs(value) ? (sum_ - next) + value : (value - next) + sum_;
    sum_ = next;
  }
  double value() const noexcept { return sum_ + lost_; }

private:
  double sum_ = 0.0;
  double lost_ = 0.0;
};

struct Moments {
  double mean = 0.0;
  double variance = 0.0;  ///< of the population
};

/// Mean and variance of n ≥ 1 values value(0) … value(n−1), in two passes. Equal values have variance 0 exactly.
template <class Value>
Moments moments(std::size_t n, Value&& value) noexcept {
  bool constant = true;
  Sum sum;
  for (std::size_t i = 0; i < n; ++i) {
    sum.add(value(i));
    constant = constant && value(i) == value(0);
  }
  const auto count = static_cast<double>(n);
  if (constant) return {value(0), 0.0};
  const double mean = sum.value() / count;
  Sum squares;
  for (std::size_t i = 0; i < n; ++i) squares.add((value(i) - mean) * (value(i) - mean));
  return {mean, squares.value() / count};
}

template <class T>
Moments moments(std::span<const T> values) noexcept {
  return moments(values.size(), [&](std::size_t i) { return static_cast<double>(values[i]); });
}

/// moments() of values that are given one after the other, twice: count() takes all of them, and spread() takes them
/// again after close(). The result has the same bits.
class MomentSums {
public:
  void count(double value) noexcept {
    if (values_ == 0) first_ = value;
    constant_ = constant_ && value == first_;
    sum_.add(value);
    ++values_;
  }
  /// After one value or more.
  void close() noexcept { mean_ = constant_ ? first_ : sum_.value() / static_cast<double>(values_); }
  void spread(double value) noexcept { squares_.add((value - mean_) * (value - mean_)); }

  /// After close().
  double mean() const noexcept { return mean_; }
  Moments result() const noexcept { return {mean_, constant_ ? 0.0 : squares_.value() / static_cast<double>(values_)}; }

private:
  std::size_t values_ = 0;
  double first_ = 0.0;
  bool constant_ = true;
  Sum sum_;
  double mean_ = 0.0;
  Sum squares_;
};

}  // namespace sorn::analysis
