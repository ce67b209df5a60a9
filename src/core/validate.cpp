#include "core/validate.hpp"

#include <sorn/error.hpp>
#include <sorn/state.hpp>

#include <cmath>

#include "support/format.hpp"

namespace sorn {

namespace {

void check_size(std::string_view name, std::size_t size, std::size_t expected) {
  if (size != expected) {
    throw ShapeError(formatted("{} has {} values", name, size), formatted("must have {}", expected));
  }
}

// Far beyond anything that a network makes, and far from where sums of doubles overflow.
constexpr double largest = 1e6;

void check_thresholds(std::string_view name, std::span<const double> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::abs(values[i]) <= largest) continue;
    const std::string subject = formatted("{}[{}] = {}", name, i, values[i]);
    if (!std::isfinite(values[i])) throw StateError(subject, "thresholds must be finite numbers");
    throw StateError(subject, formatted("thresholds must lie in [-{0}, {0}]", largest));
  }
}

void check_binary(std::string_view name, std::span<const std::uint8_t> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] > 1) throw StateError(formatted("{}[{}] = {}", name, i, values[i]), "activity must be 0 or 1");
  }
}

void check_weight(std::string_view name, std::size_t pre, std::size_t post, double weight, bool zero_diagonal) {
  if (weight >= 0.0 && weight <= largest && !(zero_diagonal && pre == post && weight != 0.0)) return;
  const std::string subject = formatted("{}[{}][{}] = {}", name, pre, post, weight);
  if (!std::isfinite(weight)) throw StateError(subject, "weights must be finite numbers");
  if (weight < 0.0) {
    throw StateError(subject, "weights must not be negative",
                     "inhibitory weights are stored positive and act negatively");
  }
  if (weight > largest) {
    throw StateError(subject, formatted("weights must be at most {}", largest), "incoming weights usually sum to 1");
  }
  throw StateError(subject, "a unit has no synapse onto itself: the diagonal must be 0",
                   formatted("numpy.fill_diagonal({}, 0) clears it", name));
}

void check_matrix(std::string_view name, const SynapseMatrix& matrix, std::size_t n_pre, std::size_t n_post,
                  bool zero_diagonal) {
  if (matrix.n_pre() != n_pre || matrix.n_post() != n_post) {
    throw ShapeError(formatted("{} has shape ({}, {})", name, matrix.n_pre(), matrix.n_post()),
                     formatted("must have shape ({}, {})", n_pre, n_post));
  }
  for (std::size_t i = 0; i < n_post; ++i) {
    const auto column = matrix.column(i);
    for (std::size_t k = 0; k < column.pre.size(); ++k) {
      check_weight(name, column.pre[k], i, column.weight[k], zero_diagonal);
    }
  }
}

}  // namespace

void validate_weights(std::string_view name, std::span<const double> dense, std::size_t n_pre, std::size_t n_post,
                      bool zero_diagonal) {
  check_size(name, dense.size(), n_pre * n_post);
  for (std::size_t j = 0; j < n_pre; ++j) {
    for (std::size_t i = 0; i < n_post; ++i) check_weight(name, j, i, dense[j * n_post + i], zero_diagonal);
  }
}

void validate(const State& state) {
  const std::size_t ne = state.ne();
  const std::size_t ni = state.ni();
  check_thresholds("Te", state.te);
  check_thresholds("Ti", state.ti);
  check_size("X[:, 0]", state.x_previous.size(), ne);
  check_size("X[:, 1]", state.x.size(), ne);
  check_size("Y[:, 0]", state.y_previous.size(), ni);
  check_size("Y[:, 1]", state.y.size(), ni);
  check_binary("X[:, 0]", state.x_previous);
  check_binary("X[:, 1]", state.x);
  check_binary("Y[:, 0]", state.y_previous);
  check_binary("Y[:, 1]", state.y);
  check_matrix("Wee", *state.wee, ne, ne, true);
  check_matrix("Wei", *state.wei, ni, ne, false);
  check_matrix("Wie", *state.wie, ne, ni, false);
}

void validate_view(std::string_view name, const InputView& view, std::size_t features, std::size_t steps) {
  if (view.features != features || view.steps < steps) {
    throw ShapeError(formatted("{} has shape ({}, {})", name, view.features, view.steps),
                     formatted("must have shape ({}, {}): one column for each step", features, steps));
  }
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t f = 0; f < features; ++f) {
      const double value = view(f, t);
      if (!std::isfinite(value)) {
        throw StateError(formatted("{}[{}][{}] = {}", name, f, t, value), "must be finite numbers");
      }
    }
  }
}

}  // namespace sorn
