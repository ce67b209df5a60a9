#include <sorn/state.hpp>

#include "core/state_fields.hpp"
#include "core/validate.hpp"
#include "support/format.hpp"
#include "support/identifier.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>
#include <sorn/share.hpp>

#include <cmath>
#include <cstddef>
#include <functional>
#include <iterator>
#include <numeric>
#include <span>
#include <string>
#include <string_view>

namespace sorn {

namespace {

void check_size(std::string_view name, std::size_t size, std::size_t expected) {
  if (size != expected) {
    throw ShapeError(formatted("{} has {} values", name, size), formatted("must have {}", expected));
  }
}

// Far above any value in a network, and far below the overflow of sums of doubles.
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

[[noreturn]] void refuse_self_connection(std::string_view name, std::size_t unit, double weight) {
  throw StateError(formatted("{}[{}][{}] = {}", name, unit, unit, weight),
                   "a unit has no synapse onto itself: the diagonal must be 0",
                   formatted("numpy.fill_diagonal({}, 0) clears it", name));
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
  refuse_self_connection(name, pre, weight);
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
      if (zero_diagonal && column.pre[k] == i) refuse_self_connection(name, i, 0.0);
    }
  }
}

void check_targets(std::span<const double> rates) {
  for (std::size_t i = 0; i < rates.size(); ++i) {
    if (rates[i] > 0.0 && rates[i] < 1.0) continue;
    throw StateError(formatted("h_ip[{}] = {}", i, rates[i]), "target rates must be above 0 and below 1");
  }
}

void check_queue(std::span<const ChosenPair> queue, std::size_t ne) {
  for (std::size_t k = 0; k < queue.size(); ++k) {
    if (queue[k].pre < ne && queue[k].post < ne && queue[k].pre != queue[k].post) continue;
    throw StateError(formatted("sp_queue[{}] = ({}, {})", k, queue[k].pre, queue[k].post),
                     formatted("must be two different units below ne = {}", ne));
  }
}

void check_memory(const std::vector<RuleMemory>& all, std::size_t units) {
  for (auto memory = all.begin(); memory != all.end(); ++memory) {
    const std::string subject = formatted("the memory of the rule '{}'", printable_beginning(memory->name, 80));
    if (!is_identifier(memory->name)) throw StateError(subject, formatted("a name is {}", identifier_in_words));
    if (memory != all.begin() && memory->name <= std::prev(memory)->name) {
      throw StateError(subject, "names must ascend, and each rule has one memory");
    }
    if (memory->width == 0 || memory->values->size() / memory->width != units ||
        memory->values->size() % memory->width != 0) {
      throw ShapeError(formatted("{} has {} values, {} for each unit", subject, memory->values->size(), memory->width),
                       formatted("must have 1 or more for each of {} excitatory units", units));
    }
  }
}

void check_output(const State& state) {
  const OutputLayer& layer = state.output;
  for (const OutputField& field : output_fields) {
    const auto& values = layer.*field.values;
    if (field.optional && values.empty()) continue;
    const auto shape = field.shape(state);
    check_size(field.name, values.size(),
               std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>{}));
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (std::isfinite(values[k])) continue;
      throw StateError(formatted("{}[{}] = {}", field.name, k, values[k]), "must be a finite number");
    }
  }
  check_thresholds("To", layer.to);
  check_size(output_activity, layer.o.size(), layer.no());
  check_binary(output_activity, layer.o);
  for (std::size_t k = 0; k < layer.woe.size(); ++k) {
    if (std::abs(layer.woe[k]) <= largest) continue;
    throw StateError(formatted("Woe[{}][{}] = {}", k / layer.no(), k % layer.no(), layer.woe[k]),
                     formatted("weights must lie in [-{0}, {0}]", largest));
  }
  for (std::size_t k = 0; k < layer.h_o.size(); ++k) {
    if (layer.h_o[k] >= 0.0 && layer.h_o[k] <= 1.0) continue;
    throw StateError(formatted("h_o[{}] = {}", k, layer.h_o[k]), "target rates must lie in [0, 1]");
  }
}

}  // namespace

State build_state(const Parameters& p, std::uint64_t seed) { return build_share(p, seed, 1, 0); }

void validate_weights(std::string_view name, std::span<const double> dense, std::size_t n_pre, std::size_t n_post,
                      bool zero_diagonal) {
  check_size(name, dense.size(), n_pre * n_post);
  for (std::size_t j = 0; j < n_pre; ++j) {
    for (std::size_t i = 0; i < n_post; ++i) check_weight(name, j, i, dense[j * n_post + i], zero_diagonal);
  }
}

void validate(const State& state) {
  if (state.step > last_step) {
    throw StateError(formatted("step = {}", state.step), step_number_rule());
  }
  const Ownership all = ownership(state.ne(), state.ni(), 1, 0);
  for (const ThresholdField& field : threshold_fields) check_thresholds(field.name, state.*field.values);
  for (const ActivityField& field : activity_fields) {
    for (std::size_t c = 0; c < field.columns.size(); ++c) {
      const std::string name = formatted("{}[:, {}]", field.name, c);
      const auto& column = state.*field.columns[c];
      check_size(name, column.size(), units_of(all, field.units).size());
      check_binary(name, column);
    }
  }
  if (!state.h_ip.empty()) check_size("h_ip", state.h_ip.size(), state.ne());
  check_targets(state.h_ip);
  check_queue(state.sp_queue, state.ne());
  check_output(state);
  for (const WeightField& field : weight_fields) {
    check_matrix(field.name, *(state.*field.values), units_of(all, field.pre).size(), units_of(all, field.post).size(),
                 field.zero_diagonal());
  }
  check_memory(state.rule_memory, state.wee->posts().size());
}

}  // namespace sorn
