#include "core/validate.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <cmath>
#include <string>

#include "support/format.hpp"

namespace sorn {

namespace {

constexpr double highest_noise_sigma = 1000.0;
constexpr std::size_t least_transposed_features = 20;
constexpr std::size_t transposed_ratio = 4;

}  // namespace

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

void validate_new_synapses(std::span<const NewSynapse> synapses, std::size_t ne, std::size_t steps) {
  for (std::size_t k = 0; k < synapses.size(); ++k) {
    const NewSynapse& one = synapses[k];
    const std::string subject = formatted("new_synapses[{}] = ({}, {}, {})", k, one.step, one.pre, one.post);
    if (one.step >= steps)
      throw StateError(subject, formatted("the step must be below {}, the steps of the run", steps));
    if (k > 0 && one.step < synapses[k - 1].step) throw StateError(subject, "steps must ascend");
    if (one.pre >= ne || one.post >= ne || one.pre == one.post) {
      throw StateError(subject, formatted("must join two different excitatory units below ne = {}", ne));
    }
  }
}

void check_noise_sigma(double sigma) {
  if (sigma >= 0.0 && sigma <= highest_noise_sigma) return;
  throw ParameterError(formatted("noise = {}", sigma),
                       formatted("a standard deviation must be a number in [0, {}]", highest_noise_sigma));
}

bool looks_transposed(std::size_t features, std::size_t steps) noexcept {
  // A single step is never transposed: callers in a closed loop pass one step at a time. Nor are inputs of few
  // features.
  return steps > 1 && features >= least_transposed_features && features / transposed_ratio >= steps;
}

bool seeks_target_rate(const Parameters& p, const RunOptions& options) noexcept {
  const bool acts = options.phase == Phase::plasticity || p.always_ip == Toggle::on;
  return acts && p.order.contains(Rule::ip) && !freezes(options.freeze, Rule::ip) && p.eta_ip > 0.0;
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
  if (options.noise.sigma) check_noise_sigma(*options.noise.sigma);
  if (options.new_synapses) validate_new_synapses(*options.new_synapses, p.ne, steps);
  if (options.threads > most_threads) {
    throw ParameterError(formatted("threads = {}", options.threads),
                         formatted("must be in [1, {}], or 0 for as many as are worth it", most_threads));
  }
}

}  // namespace sorn
