#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/network.hpp>

namespace sorn {

namespace {

/// The number of steps in `values` numbers of `nu` features.
std::size_t steps_of(std::size_t values, std::size_t nu) {
  if (nu == 0 || values % nu != 0) {
    throw ShapeError(formatted("inputs of {} values", values), formatted("must be whole steps of {} features", nu));
  }
  return values / nu;
}

}  // namespace

InputView InputView::step_major(std::span<const double> values, std::size_t nu) {
  return {values.data(), nu, steps_of(values.size(), nu), 1, static_cast<std::ptrdiff_t>(nu)};
}

InputView InputView::feature_major(std::span<const double> values, std::size_t nu) {
  const std::size_t steps = steps_of(values.size(), nu);
  return {values.data(), nu, steps, static_cast<std::ptrdiff_t>(steps), 1};
}

}  // namespace sorn
