#include "core/activity.hpp"

#include "kernels/row_numbers.hpp"

#include <algorithm>

namespace sorn {

namespace {

/// Tells the exchange of which units this rank has synapses.
void need_presynaptic(StepData& s) {
  const auto visit = [&](const SynapseMatrix& matrix, Population population) {
    for (std::size_t post = matrix.posts().begin; post < matrix.posts().end; ++post) {
      for (const std::uint32_t pre : matrix.column(post).pre) s.exchange->need(population, pre);
    }
  };
  visit(*s.state.wee, Population::excitatory);
  visit(*s.state.wie, Population::excitatory);
  visit(*s.state.wei, Population::inhibitory);
}

/// Clears the bytes of all units but this rank's.
void clear_others(std::vector<std::uint8_t>& bytes, UnitRange own) noexcept {
  std::fill(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(own.begin), std::uint8_t{0});
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(own.end), bytes.end(), std::uint8_t{0});
}

}  // namespace

/// The first step of a run is not sparse, so that the bits of later messages suffice to know all activity. Nor is one
/// of a rank that needs half of the units: then it is faster to unpack all bits.
void begin_activity(StepData& s, bool all) {
  SparseActivity& sparse = s.sparse;
  sparse.step = false;
  if (all || s.moment == 0) return;
  if (!sparse.begun) {
    const std::size_t units = s.state.ne() + s.state.ni();
    sparse.allowed = are_of_few(s.synapse_count(), units);
    if (!sparse.allowed) return;
    need_presynaptic(s);
    sparse.begun = true;
    sparse.allowed = 2 * s.exchange->needed() < units;
    if (!sparse.allowed) return;
  }
  sparse.step = true;
}

Intent share_activity(StepData& s, std::size_t number, Intent own, Shared what) noexcept {
  Exchange& exchange = *s.exchange;
  const Intent all = exchange.gather(number, own, s.counts, s.recurrent, s.next_x, s.next_y);
  if (all != Intent::go_on) return all;
  if (!s.sparse.step) {
    exchange.spread(number, s.recurrent, s.next_x, s.next_y);
    return all;
  }
  if (what.inhibitory) exchange.list_needed(Population::inhibitory, s.next_active_y);
  if (!what.excitatory) return all;
  exchange.list_needed(Population::excitatory, s.next_active);
  if (!s.sparse.next_is_clear) clear_others(s.next_x, s.own_excitatory());
  s.sparse.next_is_clear = true;
  for (const std::uint32_t unit : s.next_active.list()) s.next_x[unit] = 1;
  return all;
}

void complete_activity(StepData& s) noexcept {
  if (!s.sparse.before) return;
  // In the middle of a step, its own messages are the latest ones; after it, those of the last step.
  s.exchange->unpack(Population::excitatory, Moment::before, s.state.x);
  s.exchange->unpack(Population::excitatory, Moment::earlier, s.state.x_previous);
  s.exchange->unpack(Population::inhibitory, Moment::before, s.state.y);
  s.exchange->unpack(Population::inhibitory, Moment::earlier, s.state.y_previous);
  s.active.assign(s.state.x);
  s.active_y.assign(s.state.y);
  s.sparse.before = false;
  s.sparse.previous_is_clear = false;
}

void StepData::know(std::uint32_t pre) noexcept {
  if (!sparse.begun || !exchange->need(Population::excitatory, pre)) return;
  if (sparse.before && exchange->fires(Population::excitatory, pre, Moment::before)) {
    active.insert(pre);
    state.x[pre] = 1;
  }
  if (sparse.step && exchange->fires(Population::excitatory, pre, Moment::now)) {
    next_active.insert(pre);
    next_x[pre] = 1;
  }
}

}  // namespace sorn
