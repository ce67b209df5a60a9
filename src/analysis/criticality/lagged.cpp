#include "analysis/criticality/lagged.hpp"

#include <algorithm>

namespace sorn::criticality {

namespace {

// Lags side by side are independent sums, which the compiler computes in vectors without changing their order. Several
// steps at once reuse what is loaded.
constexpr std::size_t block = 8192;  // steps whose sums are added at once, so that rounding errors stay small

/// Adds a(t)·a(t + first + j) to sums[j] for t in [begin, end), where all exist.
void add_products(const double* a, std::size_t begin, std::size_t end, std::size_t first, std::span<double> sums) {
  std::size_t t = begin;
  double* const to = sums.data();
  const std::size_t lags = sums.size();
  for (; t + 4 <= end; t += 4) {
    const double a0 = a[t];
    const double a1 = a[t + 1];
    const double a2 = a[t + 2];
    const double a3 = a[t + 3];
    const double* const later = a + t + first;
    for (std::size_t j = 0; j < lags; ++j) {
      to[j] += (a0 * later[j] + a1 * later[j + 1]) + (a2 * later[j + 2] + a3 * later[j + 3]);
    }
  }
  for (; t < end; ++t) {
    const double* const later = a + t + first;
    for (std::size_t j = 0; j < lags; ++j) to[j] += a[t] * later[j];
  }
}

}  // namespace

std::vector<double> lagged_products(std::span<const double> a, std::size_t first, std::size_t last) {
  std::vector<double> totals(last - first + 1);
  std::vector<double> sums(totals.size());
  const std::size_t whole = a.size() - last;  // steps for which all lags exist
  for (std::size_t begin = 0; begin < whole; begin += block) {
    std::fill(sums.begin(), sums.end(), 0.0);
    add_products(a.data(), begin, std::min(begin + block, whole), first, sums);
    for (std::size_t j = 0; j < sums.size(); ++j) totals[j] += sums[j];
  }
  for (std::size_t j = 0; j < totals.size(); ++j) {
    double rest = 0.0;
    for (std::size_t t = whole; t + first + j < a.size(); ++t) rest += a[t] * a[t + first + j];
    totals[j] += rest;
  }
  return totals;
}

}  // namespace sorn::criticality
