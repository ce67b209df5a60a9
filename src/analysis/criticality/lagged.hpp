// Sums over products of an activity with itself some steps later.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace sorn::criticality {

/// Σ a(t)·a(t + k) over all t for which both exist, for each lag k from `first` to `last` < a.size().
std::vector<double> lagged_products(std::span<const double> a, std::size_t first, std::size_t last);

}  // namespace sorn::criticality
