#include "core/validate.hpp"

#include <sorn/error.hpp>
#include <sorn/state.hpp>

#include <algorithm>
#include <cmath>

#include "support/format.hpp"

namespace sorn {

namespace {

void check_size(std::string_view name, std::size_t size, std::size_t expected) {
  if (size != expected) {
    throw ShapeError(formatted("{} has {} values", name, size), formatted("must have {}", expected));
  }
}

constexpr double highest_noise_sigma = 1000.0;
constexpr std::size_t least_transposed_features = 20;
constexpr std::size_t transposed_ratio = 4;

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

void check_noise_sigma(double sigma) {
  if (sigma >= 0.0 && sigma <= highest_noise_sigma) return;
  throw ParameterError(formatted("noise = {}", sigma),
                       formatted("a standard deviation must be a number in [0, {}]", highest_noise_sigma));
}

bool looks_transposed(std::size_t features, std::size_t steps) noexcept {
  // A single step is how a caller drives a network that it closes a loop with, and a few features are few.
  return steps > 1 && features >= least_transposed_features && features / transposed_ratio >= steps;
}

bool seeks_target_rate(const Parameters& p, const RunOptions& options) noexcept {
  return options.phase == Phase::plasticity && !options.freeze.contains(Rule::ip) && p.eta_ip > 0.0;
}

void check_target_rate(const Parameters& p, const RunOptions& options) {
  if (!seeks_target_rate(p, options) || p.target_rate() < 1.0 || p.nu > p.ne) return;
  const InputView& inputs = options.inputs;
  const bool driven = inputs.steps > 0;
  const bool transposed = driven && inputs.features > inputs.steps;
  throw ParameterError(
      formatted("H_IP = 2*nu/ne = {:.3g}, from nu = {} and ne = {}", p.target_rate(), p.nu, p.ne),
      "must be below 1: it is a target rate, and no unit fires more than once a step",
      formatted("{}give h_ip, such as 0.1, or {}, or freeze 'ip'",
                transposed ? formatted("inputs of {} features and {} step{} look transposed: if they are not, ",
                                       inputs.features, inputs.steps, inputs.steps == 1 ? "" : "s")
                           : "",
                driven ? formatted("ne above {}", 2 * p.nu)
                       : formatted("nu below ne/2 = {:g}", static_cast<double>(p.ne) / 2)));
}

void validate(const Parameters& p, std::uint64_t step, std::size_t steps, const RunOptions& options) {
  if (steps > last_step - std::min(step, last_step)) {
    throw ParameterError(formatted("{} steps after step {}", steps, step),
                         formatted("steps are numbered up to {} (2^63 - 1)", last_step));
  }
  check_target_rate(p, options);
  if (options.inputs.data != nullptr) validate_view("inputs", options.inputs, p.nu, steps);
  if (options.noise.replay.data != nullptr) {
    validate_view("noise", options.noise.replay, p.ne + p.inhibitory_count(), steps);
  }
  check_noise_sigma(options.noise.sigma);
  if (options.threads > most_threads) {
    throw ParameterError(formatted("threads = {}", options.threads),
                         formatted("must be in [1, {}], or 0 for as many as are worth it", most_threads));
  }
}

}  // namespace sorn
