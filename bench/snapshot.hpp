// The state of a network that has run for a while, as the kernels see it.
#pragma once

#include "kernels/activity.hpp"
#include "kernels/drive.hpp"
#include "kernels/stdp.hpp"

#include <sorn/state.hpp>

#include <cstdint>
#include <vector>

namespace sorn::bench {

/// The data that change in each step and determine which synapses a kernel visits.
struct Moment {
  std::vector<std::uint8_t> x, next_x;                 // ne: before the step, and after it
  kernels::ActiveUnits active, next_active;            // of x and next_x
  kernels::ActiveUnits active_y;                       // of y before the step
  std::vector<std::uint8_t> wee_settled, wei_settled;  // ne: before scaling, after STDP and iSTDP

  kernels::SpikePair spikes() const noexcept { return {x, next_x, active.list(), next_active.list()}; }
  kernels::SpikePair spikes_reversed() const noexcept { return {next_x, x, next_active.list(), active.list()}; }
};

struct Snapshot {
  Parameters parameters;
  State state;                  // before the first of the moments
  std::vector<Moment> moments;  // consecutive steps
  kernels::Rows wie_rows;
  std::vector<double> excitation, inhibition, input;  // ne, in the first moment
  std::vector<double> inhibitory_drive;               // ni
  std::vector<double> margin_e, margin_i;             // padded to whole batches
};

/// The snapshot of a network of this size; built once.
const Snapshot& snapshot(std::size_t ne);

}  // namespace sorn::bench
