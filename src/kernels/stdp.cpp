#include "kernels/stdp.hpp"

#include <algorithm>

namespace sorn::kernels {

namespace {

/// Collects the synapses of `units` onto the postsynaptic units that `targets(unit)` marks with 1, and hands them over
/// in batches. Which of them are marked is unpredictable, so that nothing branches on it.
template <class Targets, class Change>
void for_each_hit(const Columns& synapses, std::span<const std::uint32_t> units, Targets targets,
                  std::span<Outgoing> hits, Change change) noexcept {
  std::size_t count = 0;
  for (const std::uint32_t unit : units) {
    const std::uint8_t* const target = targets(unit);
    for (const Outgoing synapse : synapses.outgoing->of(unit)) {
      hits[count] = synapse;
      count += target[synapse.post];
    }
    if (count >= StdpScratch::batch) {
      for (const Outgoing hit : hits.first(count)) change(hit);
      count = 0;
    }
  }
  for (const Outgoing hit : hits.first(count)) change(hit);
}

}  // namespace

std::span<const std::uint32_t> stdp(const Columns& synapses, const SpikePair& spikes, double eta,
                                    StdpScratch& scratch) noexcept {
  // x'_i·x_j − x_i·x'_j is 0 where both units fired at both times: such a synapse must not be raised and then lowered.
  for (std::size_t i = 0; i < synapses.n_post; ++i) {
    scratch.only_before[i] = spikes.before[i] & ~spikes.now[i] & 1U;
    scratch.only_now[i] = spikes.now[i] & ~spikes.before[i] & 1U;
  }
  for_each_hit(
      synapses, spikes.active_before,
      [&](std::uint32_t pre) { return spikes.now[pre] != 0 ? scratch.only_now.data() : spikes.now.data(); },
      scratch.hits,
      [&](Outgoing synapse) {
        const double raised = synapses.weight[synapse.entry] + eta;
        synapses.weight[synapse.entry] = raised > 1.0 ? 1.0 : raised;
        synapses.settled[synapse.post] = 0;
      });
  scratch.gone.clear();
  for_each_hit(
      synapses, spikes.active_now,
      [&](std::uint32_t pre) { return spikes.before[pre] != 0 ? scratch.only_before.data() : spikes.before.data(); },
      scratch.hits,
      [&](Outgoing synapse) {
        const double lowered = synapses.weight[synapse.entry] - eta;
        synapses.weight[synapse.entry] = lowered > 1.0 ? 1.0 : lowered;
        synapses.settled[synapse.post] = 0;
        if (lowered <= 0.0 && scratch.is_gone[synapse.post] == 0) {
          scratch.is_gone[synapse.post] = 1;
          scratch.gone.push_back(synapse.post);  // within its capacity, n_post
        }
      });
  for (const std::uint32_t post : scratch.gone) scratch.is_gone[post] = 0;
  return scratch.gone;
}

void cut_to_one(const Columns& synapses) noexcept {
  for (std::size_t post = 0; post < synapses.n_post; ++post) {
    double* const weight = synapses.weight + synapses.start[post];
    for (std::uint32_t k = 0; k < synapses.length[post]; ++k) {
      if (weight[k] > 1.0) {
        weight[k] = 1.0;
        synapses.settled[post] = 0;
      }
    }
  }
}

}  // namespace sorn::kernels
