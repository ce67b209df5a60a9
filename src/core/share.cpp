#include <sorn/share.hpp>

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

namespace sorn {

namespace {

/// The same values for the units of `own`, and 0 for all others.
std::vector<double> values_of(UnitRange own, const std::vector<double>& values) {
  std::vector<double> result(values.size(), 0.0);
  const auto first = static_cast<std::ptrdiff_t>(own.begin);
  std::copy(values.begin() + first, values.begin() + static_cast<std::ptrdiff_t>(own.end), result.begin() + first);
  return result;
}

/// Brings the units' values of each rank together.
void gather_values(std::vector<double>& values, bool excitatory, std::size_t ne, std::size_t ni, Ranks& ranks) {
  const auto part = [&](std::size_t rank) {
    const Ownership own = ownership(ne, ni, ranks.size(), rank);
    const UnitRange units = excitatory ? own.excitatory : own.inhibitory;
    return std::span(values).subspan(units.begin, units.size());
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
  std::vector<std::uint64_t> length;
  std::vector<std::uint32_t> pre;
  std::vector<double> weight;
  for (std::size_t i = share.posts().begin; i < share.posts().end; ++i) {
    const SynapseMatrix::Column column = share.column(i);
    length.push_back(column.pre.size());
    pre.insert(pre.end(), column.pre.begin(), column.pre.end());
    weight.insert(weight.end(), column.weight.begin(), column.weight.end());
  }
  length = gathered<std::uint64_t>(length, ranks);
  pre = gathered<std::uint32_t>(pre, ranks);
  weight = gathered<double>(weight, ranks);
  if (ranks.rank() != 0) return {};
  std::vector<std::size_t> start{0};
  for (const std::uint64_t synapses : length) start.push_back(start.back() + synapses);
  return SynapseMatrix::from_columns(start, pre, weight, share.n_pre(), share.plasticity());
}

}  // namespace

Ownership ownership(std::size_t ne, std::size_t ni, std::size_t ranks, std::size_t rank) noexcept {
  return {part_of({0, ne}, ranks, rank), part_of({0, ni}, ranks, rank)};
}

bool is_whole(const State& state) noexcept {
  return state.wee->is_whole() && state.wei->is_whole() && state.wie->is_whole();
}

State share_of(const State& whole, const Ownership& own) {
  State share = whole;
  share.wee = whole.wee->share(own.excitatory);
  share.wei = whole.wei->share(own.excitatory);
  share.wie = whole.wie->share(own.inhibitory);
  share.te = values_of(own.excitatory, whole.te);
  share.ti = values_of(own.inhibitory, whole.ti);
  return share;
}

State gathered(const State& share, Ranks& ranks, Gathered what) {
  State whole = share;
  gather_values(whole.te, true, share.ne(), share.ni(), ranks);
  gather_values(whole.ti, false, share.ne(), share.ni(), ranks);
  if (what == Gathered::thresholds) {
    whole.wee = whole.wei = whole.wie = SynapseMatrix();
  } else {
    whole.wee = gathered_matrix(*share.wee, ranks);
    whole.wei = gathered_matrix(*share.wei, ranks);
    whole.wie = gathered_matrix(*share.wie, ranks);
  }
  return whole;
}

}  // namespace sorn
