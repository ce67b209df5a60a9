// The sums from which readouts follow.
#include "analysis/joint_counts.hpp"
#include "analysis/spikes.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/readout.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

namespace sorn::readout {

namespace {

using Word = SpikeTrain::Word;

/// The words of each row that stay in the cache while pairs of rows are compared.
constexpr std::size_t block_words = 128;

/// The number of bits of a row.
double count_of(const Word* row, std::size_t words) noexcept {
  std::size_t count = 0;
  for (std::size_t w = 0; w < words; ++w) count += static_cast<std::size_t>(std::popcount(row[w]));
  return static_cast<double>(count);
}

void require_finite(const Rows& rows, const char* what) {
  const auto* const wrong = std::find_if_not(rows.values.data(), rows.values.data() + rows.values.size(),
                                             [](double x) { return std::isfinite(x); });
  const auto at = static_cast<std::size_t>(wrong - rows.values.data());
  if (at == rows.values.size()) return;
  throw StateError(formatted("{}[{}, {}] = {}", what, at / rows.columns, at % rows.columns, *wrong),
                   "must be a finite number");
}

}  // namespace

void Training::check(std::size_t units, std::size_t steps, std::size_t targets, Targets kind,
                     std::size_t outputs) const {
  if (units == 0) throw ShapeError("states have no units", "must have at least one");
  if (steps != targets) {
    throw ShapeError(formatted("{} targets for {} states", targets, steps), "must be one for each step");
  }
  if (kind_ == Targets::none) return;
  if (units != units_) {
    throw ShapeError(formatted("states of {} units", units), formatted("must have {} as those before", units_));
  }
  if (kind != kind_) {
    throw ParameterError("targets are labels in one piece and outputs in another", "must be the same in all pieces");
  }
  if (kind == Targets::outputs && outputs != classes_.size()) {
    throw ShapeError(formatted("targets of {} outputs", outputs),
                     formatted("must have {} as those before", classes_.size()));
  }
}

void Training::check_labels(std::span<const std::int64_t> labels) const {
  const auto wrong = std::find_if(labels.begin(), labels.end(), [](std::int64_t label) { return label < left_out; });
  if (wrong == labels.end()) return;
  throw StateError(formatted("targets[{}] = {}", wrong - labels.begin(), *wrong),
                   "must be a label from 0 on, or -1 for a step that is left out");
}

void Training::check_outputs(const Rows& targets) const {
  if (targets.columns == 0) throw ShapeError("targets have no outputs", "must have at least one");
  require_finite(targets, "targets");
}

void Training::begin(std::size_t units, Targets kind, std::size_t outputs) {
  if (kind_ != Targets::none) return;
  kind_ = kind;
  units_ = units;
  products_.assign(units * units, 0.0);
  totals_.assign(units, 0.0);
  for (std::size_t c = 0; c < outputs; ++c) sums_of(static_cast<std::int64_t>(c));
}

Training::Sums& Training::sums_of(std::int64_t label) {
  Sums& sums = classes_[label];
  sums.states.resize(units_);
  return sums;
}

/// Adds how often units fire together, and alone. The first rows are those of the units.
void Training::add_joint(std::span<const std::uint64_t> joint, std::span<const double> counts) {
  const std::size_t rows = counts.size();
  for (std::size_t i = 0; i < units_; ++i) {
    double* const products = products_.data() + i * units_;
    products[i] += counts[i];
    for (std::size_t j = i + 1; j < units_; ++j) products[j] += static_cast<double>(joint[i * rows + j]);
    totals_[i] += counts[i];
  }
}

void Training::add(const SpikeTrain& states, std::span<const std::int64_t> labels) {
  check(states.neurons(), states.steps(), labels.size(), Targets::labels, 0);
  check_labels(labels);
  begin(states.neurons(), Targets::labels, 0);
  std::map<std::int64_t, std::size_t> row_of;
  for (const std::int64_t label : labels) {
    if (label != left_out) row_of.emplace(label, 0);
  }
  std::size_t rows = units_;
  for (auto& [label, row] : row_of) row = rows++;

  std::vector<Word> bits(rows * block_words);  // of the units, without the steps that are left out, and of the classes
  const auto row = [&](std::size_t r) { return bits.data() + r * block_words; };
  std::vector<Word> kept(block_words);
  std::vector<std::uint64_t> joint(rows * rows);
  std::vector<double> counts(rows);
  for (std::size_t begin = 0; begin < states.words_per_neuron(); begin += block_words) {
    const std::size_t words = std::min(block_words, states.words_per_neuron() - begin);
    std::fill(row(units_), bits.data() + bits.size(), Word{0});
    std::fill(kept.begin(), kept.end(), Word{0});
    const std::size_t first = begin * SpikeTrain::steps_per_word;
    const std::size_t count = std::min(words * SpikeTrain::steps_per_word, labels.size() - first);
    for (std::size_t t = 0; t < count; ++t) {
      const std::int64_t label = labels[first + t];
      if (label == left_out) continue;
      const Word bit = Word{1} << (t % SpikeTrain::steps_per_word);
      row(row_of.find(label)->second)[t / SpikeTrain::steps_per_word] |= bit;
      kept[t / SpikeTrain::steps_per_word] |= bit;
    }
    for (std::size_t i = 0; i < units_; ++i) {
      const Word* const spikes = states.words(i).data() + begin;
      std::transform(spikes, spikes + words, kept.begin(), row(i), [](Word a, Word b) { return a & b; });
    }
    analysis::add_joint_counts({bits.data(), rows, words, block_words}, joint);
    for (std::size_t r = 0; r < rows; ++r) counts[r] += count_of(row(r), words);
  }
  add_joint(joint, counts);
  for (const auto& [label, r] : row_of) {
    Sums& sums = sums_of(label);
    for (std::size_t i = 0; i < units_; ++i) sums.states[i] += static_cast<double>(joint[i * rows + r]);
    sums.count += counts[r];
    steps_ += static_cast<std::size_t>(counts[r]);
  }
}

void Training::add(const SpikeTrain& states, const Rows& targets) {
  check(states.neurons(), states.steps(), targets.rows(), Targets::outputs, targets.columns);
  check_outputs(targets);
  begin(states.neurons(), Targets::outputs, targets.columns);
  std::vector<std::uint64_t> joint(units_ * units_);
  std::vector<double> counts(units_);
  for (std::size_t begin = 0; begin < states.words_per_neuron(); begin += block_words) {
    const std::size_t words = std::min(block_words, states.words_per_neuron() - begin);
    analysis::add_joint_counts({states.words(0).data() + begin, units_, words, states.words_per_neuron()}, joint);
  }
  for (std::size_t i = 0; i < units_; ++i) counts[i] = static_cast<double>(states.spike_count(i));
  add_joint(joint, counts);
  for (auto& [label, sums_of_label] : classes_) {
    const auto c = static_cast<std::size_t>(label);
    Sums& sums = sums_of_label;  // clang 14 captures no structured binding
    for (std::size_t i = 0; i < units_; ++i) {
      analysis::for_each_spike(states.words(i), [&](std::size_t t) { sums.states[i] += targets.row(t)[c]; });
    }
    for (std::size_t t = 0; t < states.steps(); ++t) sums.count += targets.row(t)[c];
  }
  steps_ += states.steps();
}

void Training::add(const Rows& states, std::span<const std::int64_t> labels) {
  check(states.columns, states.rows(), labels.size(), Targets::labels, 0);
  check_labels(labels);
  require_finite(states, "states");
  begin(states.columns, Targets::labels, 0);
  exact_ = false;
  std::vector<double> kept;
  for (std::size_t t = 0; t < labels.size(); ++t) {
    if (labels[t] == left_out) continue;
    const std::span<const double> state = states.row(t);
    Sums& sums = sums_of(labels[t]);
    std::transform(state.begin(), state.end(), sums.states.begin(), sums.states.begin(), std::plus<>());
    sums.count += 1.0;
    kept.insert(kept.end(), state.begin(), state.end());
    ++steps_;
  }
  add_products(kept, units_ == 0 ? 0 : kept.size() / units_);
}

void Training::add(const Rows& states, const Rows& targets) {
  check(states.columns, states.rows(), targets.rows(), Targets::outputs, targets.columns);
  check_outputs(targets);
  require_finite(states, "states");
  begin(states.columns, Targets::outputs, targets.columns);
  exact_ = false;
  for (auto& [label, sums] : classes_) {
    for (std::size_t t = 0; t < states.rows(); ++t) {
      const double y = targets.row(t)[static_cast<std::size_t>(label)];
      const std::span<const double> state = states.row(t);
      std::transform(state.begin(), state.end(), sums.states.begin(), sums.states.begin(),
                     [y](double x, double sum) { return sum + y * x; });
      sums.count += y;
    }
  }
  steps_ += states.rows();
  add_products({states.values.begin(), states.values.end()}, states.rows());
}

double accuracy(std::span<const std::int64_t> labels, std::span<const std::int64_t> predicted,
                std::span<const std::uint8_t> only) {
  if (labels.size() != predicted.size()) {
    throw ShapeError(formatted("{} predictions for {} labels", predicted.size(), labels.size()),
                     "must be one for each step");
  }
  if (!only.empty() && only.size() != labels.size()) {
    throw ShapeError(formatted("only has {} entries for {} labels", only.size(), labels.size()),
                     "must have one for each step");
  }
  std::size_t steps = 0;
  std::size_t right = 0;
  for (std::size_t t = 0; t < labels.size(); ++t) {
    if (labels[t] == left_out || (!only.empty() && only[t] == 0)) continue;
    ++steps;
    right += static_cast<std::size_t>(labels[t] == predicted[t]);
  }
  if (steps == 0) throw StateError("no step has a label", "must be at least one");
  return static_cast<double>(right) / static_cast<double>(steps);
}

}  // namespace sorn::readout
