#include "core/validate.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <variant>

#include "support/format.hpp"
#include "support/identifier.hpp"
#include "support/printable.hpp"

namespace sorn {

namespace {

constexpr double highest_noise_sigma = 1000.0;
constexpr std::size_t least_transposed_features = 20;
constexpr std::size_t transposed_ratio = 4;

void check_signal_name(std::string_view name) {
  const auto refuse = [&](std::string rule, std::string suggestion = {}) {
    throw ParameterError(formatted("signal '{}'", printable_beginning(name, 80)), std::move(rule),
                         std::move(suggestion));
  };
  if (!is_identifier(name)) refuse(formatted("a name is {}", identifier_in_words));
  const auto reserved = reserved_signal_names();
  if (std::find(reserved.begin(), reserved.end(), name) == reserved.end()) return;
  refuse("has the name of a setting of a run", formatted("call it '{}_signal'", name));
}

}  // namespace

std::string step_number_rule() { return formatted("steps are numbered up to {} (2^63 - 1)", last_step); }

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

void check_source(const Source& source, std::size_t ne, std::uint64_t step, std::uint64_t steps) {
  if (source.reach() > ne) {
    throw ParameterError(formatted("the source drives unit {}", source.reach() - 1),
                         formatted("must be below ne = {}", ne));
  }
  if (source.end() - std::min(step, source.end()) >= steps) return;
  throw ParameterError(
      formatted("the source ends before step {}", source.end()),
      formatted("the run has {} steps from step {} on, up to step {}", steps, step, step + steps - 1),
      formatted("run {} steps or fewer, or repeat the source", source.end() - std::min(step, source.end())));
}

void check_source(const Parameters& p, std::uint64_t seed, std::uint64_t step, std::uint64_t steps,
                  const RunOptions& options) {
  if (options.source) check_source(*make_source(*options.source, p.ne, p.nu, seed), p.ne, step, steps);
  if (options.own_source == nullptr) return;
  options.own_source->prepare(p.ne, p.nu, seed);
  check_source(*options.own_source, p.ne, step, steps);
}

void check_shown(const Shown& shown, std::size_t reach, std::uint64_t step) {
  if (shown.units.size() != shown.drive.size()) {
    throw StateError(
        formatted("the source shows {} units and {} values in step {}", shown.units.size(), shown.drive.size(), step),
        "must show a value for each unit");
  }
  for (std::size_t k = 0; k < shown.units.size(); ++k) {
    if (shown.units[k] >= reach || (k > 0 && shown.units[k] <= shown.units[k - 1])) {
      throw StateError(formatted("the source drives unit {} in step {}", shown.units[k], step),
                       formatted("units must ascend and be below its reach, {}", reach));
    }
    if (!std::isfinite(shown.drive[k])) {
      throw StateError(formatted("the source drives unit {} with {} in step {}", shown.units[k], shown.drive[k], step),
                       "must be finite");
    }
  }
}

void check_signal(std::string_view name, double value, std::uint64_t step) {
  if (std::isfinite(value)) return;
  throw StateError(formatted("signal '{}' = {} in step {}", name, value, step), "must be a finite number");
}

void validate_signal_names(std::span<const std::string> names) {
  if (names.size() > most_signals) {
    throw ParameterError(formatted("{} signals", names.size()), formatted("must be at most {}", most_signals));
  }
  for (auto name = names.begin(); name != names.end(); ++name) {
    check_signal_name(*name);
    if (std::find(names.begin(), name, *name) == name) continue;
    throw ParameterError(formatted("signal '{}' is given twice", *name), "each signal has a name of its own");
  }
}

void validate_signals(std::span<const Signal> signals, std::size_t steps) {
  validate_signal_names(signal_names(signals));
  for (const Signal& signal : signals) {
    const auto* const function = std::get_if<Signal::Function>(&signal.values);
    const auto* const response = std::get_if<Signal::Response>(&signal.values);
    if ((function != nullptr && !*function) || (response != nullptr && !*response)) {
      throw ParameterError(formatted("signal '{}' is an empty function", signal.name), "must be set");
    }
    const auto* const values = std::get_if<Signal::Values>(&signal.values);
    if (values == nullptr) continue;
    if (values->size() < steps) {
      throw ShapeError(formatted("signal '{}' has {} values", signal.name, values->size()),
                       formatted("must have {}, one for each step of the run", steps));
    }
    for (std::size_t t = 0; t < steps; ++t) {
      const double value = (*values)[t];
      if (std::isfinite(value) || (signal.gaps && std::isnan(value))) continue;
      throw StateError(formatted("signal '{}' = {} in step {} of the run", signal.name, value, t),
                       "must be a finite number");
    }
  }
}

void validate(const Parameters& p, std::uint64_t step, std::size_t steps, const RunOptions& options) {
  if (steps > last_step - std::min(step, last_step)) {
    throw ParameterError(formatted("{} steps after step {}", steps, step), step_number_rule());
  }
  check_target_rate(p, options);
  const int drives =
      (options.inputs.data != nullptr ? 1 : 0) + (options.source ? 1 : 0) + (options.own_source != nullptr ? 1 : 0);
  if (drives > 1) throw ParameterError("inputs and a source are both given", "a run has one of them");
  if (options.inputs.data != nullptr) validate_view("inputs", options.inputs, p.nu, steps);
  if (options.noise.replay.data != nullptr) {
    validate_view("noise", options.noise.replay, p.ne + p.inhibitory_count(), steps);
  }
  if (options.noise.sigma) check_noise_sigma(*options.noise.sigma);
  validate_signals(options.signals, steps);
  if (options.new_synapses) validate_new_synapses(*options.new_synapses, p.ne, steps);
  if (options.threads > most_threads) {
    throw ParameterError(formatted("threads = {}", options.threads),
                         formatted("must be in [1, {}], or 0 for as many as are worth it", most_threads));
  }
}

}  // namespace sorn
