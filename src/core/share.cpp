#include <sorn/share.hpp>

#include "core/build.hpp"
#include "core/state_fields.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <numeric>
#include <span>
#include <vector>

namespace sorn {

namespace {

/// Copies the values of the units of `own`; all others are 0.
std::vector<double> values_of(UnitRange own, const std::vector<double>& values) {
  std::vector<double> result(values.size(), 0.0);
  const auto first = static_cast<std::ptrdiff_t>(own.begin);
  std::copy(values.begin() + first, values.begin() + static_cast<std::ptrdiff_t>(own.end), result.begin() + first);
  return result;
}

/// Collects the thresholds of all ranks.
void gather_thresholds(State& state, const ThresholdField& field, Ranks& ranks) {
  const auto part = [&](std::size_t rank) {
    const UnitRange units = units_of(ownership(state.ne(), state.ni(), ranks.size(), rank), field.units);
    return std::span(state.*field.values).subspan(units.begin, units.size());
  };
  ranks.collect(std::as_bytes(part(ranks.rank())), [&](std::size_t rank, std::span<const std::byte> bytes) {
    if (!bytes.empty()) std::memcpy(part(rank).data(), bytes.data(), bytes.size());
  });
}

/// The values of all ranks, one after the other.
template <class T>
std::vector<T> gathered(std::span<const T> own, Ranks& ranks) {
  std::vector<T> all;
  ranks.collect(std::as_bytes(own), [&](std::size_t, std::span<const std::byte> bytes) {
    const std::size_t old = all.size();
    all.resize(old + bytes.size() / sizeof(T));
    if (!bytes.empty()) std::memcpy(all.data() + old, bytes.data(), bytes.size());
  });
  return all;
}

SynapseMatrix gathered_matrix(const SynapseMatrix& share, Ranks& ranks) {
  CompressedColumns columns = share.compressed(share.posts());
  std::vector<std::size_t> length(share.posts().size());
  std::adjacent_difference(columns.start.begin() + 1, columns.start.end(), length.begin());
  length = gathered<std::size_t>(length, ranks);
  columns.pre = gathered<std::uint32_t>(columns.pre, ranks);
  columns.weight = gathered<double>(columns.weight, ranks);
  if (ranks.rank() != 0) return {};
  columns.start.resize(1);
  std::partial_sum(length.begin(), length.end(), std::back_inserter(columns.start));
  return SynapseMatrix::from_columns(columns.start, columns.pre, columns.weight, share.n_pre(), share.plasticity(),
                                     "weights", Zeros::kept);
}

}  // namespace

Ownership ownership(std::size_t ne, std::size_t ni, std::size_t ranks, std::size_t rank) noexcept {
  return {part_of({0, ne}, ranks, rank), part_of({0, ni}, ranks, rank)};
}

bool is_whole(const State& state) noexcept {
  return std::all_of(weight_fields.begin(), weight_fields.end(),
                     [&](const WeightField& field) { return (state.*field.values)->is_whole(); });
}

State share_of(const State& whole, const Ownership& own) {
  State share = whole;
  for (const ThresholdField& field : threshold_fields) {
    share.*field.values = values_of(units_of(own, field.units), whole.*field.values);
  }
  for (const WeightField& field : weight_fields) {
    share.*field.values = (whole.*field.values)->share(units_of(own, field.post));
  }
  for (RuleMemory& memory : share.rule_memory) {
    const auto first = memory.values->begin();
    const auto place = [&](std::size_t unit) { return first + static_cast<std::ptrdiff_t>(unit * memory.width); };
    memory.values = std::vector<double>(place(own.excitatory.begin), place(own.excitatory.end));
  }
  return share;
}

State build_share(const Parameters& p, std::uint64_t seed, std::size_t ranks, std::size_t rank) {
  return built_share(p, seed, ranks, rank);
}

State gathered(const State& share, Ranks& ranks, Gathered what) {
  State whole = share;
  for (const ThresholdField& field : threshold_fields) gather_thresholds(whole, field, ranks);
  for (const WeightField& field : weight_fields) {
    whole.*field.values =
        what == Gathered::thresholds ? SynapseMatrix() : gathered_matrix(*(share.*field.values), ranks);
  }
  for (RuleMemory& memory : whole.rule_memory) {
    memory.values =
        what == Gathered::thresholds ? std::vector<double>() : gathered<double>(std::span(*memory.values), ranks);
  }
  return whole;
}

/// Ranks have consecutive units, in the order of their numbers.
std::vector<SynapseEvent> gathered(std::span<const SynapseEvent> events, std::uint64_t step, Ranks& ranks) {
  std::vector<std::uint32_t> numbers;
  for (const SynapseEvent& event : events)
    numbers.insert(numbers.end(), {event.pre, event.post, event.birth ? 1U : 0U});
  numbers = gathered<std::uint32_t>(numbers, ranks);
  std::vector<SynapseEvent> all;
  for (std::size_t k = 0; k + 2 < numbers.size(); k += 3) {
    all.push_back({step, numbers[k], numbers[k + 1], numbers[k + 2] == 1});
  }
  return all;
}

}  // namespace sorn
