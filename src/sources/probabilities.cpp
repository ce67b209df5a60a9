#include "sources/probabilities.hpp"

#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <cmath>

namespace sorn::sources {

void check_probabilities(std::string_view name, std::span<const double> probabilities, std::size_t count) {
  constexpr double tolerance = 1e-9;
  if (probabilities.size() != count) {
    throw ParameterError(formatted("{} has {} values", name, probabilities.size()),
                         formatted("must have {}, one for each", count));
  }
  double sum = 0.0;
  for (std::size_t k = 0; k < count; ++k) {
    if (!(probabilities[k] >= 0.0 && probabilities[k] <= 1.0)) {
      throw ParameterError(formatted("{}: number {} is {}", name, k, probabilities[k]),
                           "a probability must be in [0, 1]");
    }
    sum += probabilities[k];
  }
  if (std::abs(sum - 1.0) > tolerance) {
    throw ParameterError(formatted("{}: the sum is {}", name, sum), "probabilities must sum to 1");
  }
}

std::vector<double> cumulative(std::span<const double> probabilities) {
  std::vector<double> sums;
  sums.reserve(probabilities.size());
  double sum = 0.0;
  for (const double p : probabilities) sums.push_back(sum += p);
  return sums;
}

std::size_t chosen(std::span<const double> sums, double u) noexcept {
  const auto* const begin = sums.data();
  const auto* const end = begin + sums.size();
  return static_cast<std::size_t>(std::lower_bound(begin, end, std::min(u, sums.back())) - begin);
}

}  // namespace sorn::sources
