// What the kernels find in a network that has run for a while.
#pragma once

#include "kernels/activity.hpp"
#include "kernels/drive.hpp"
#include "kernels/stdp.hpp"

#include <sorn/state.hpp>

#include <cstdint>
#include <vector>

namespace sorn::bench {

/// What changes from step to step and decides which synapses a kernel visits.
struct Moment {
  std::vector<std::uint8_t> x, next_x;                 // ne: on entry to the step, and new
  kernels::ActiveUnits active, next_active;            // of x and next_x
  kernels::ActiveUnits active_y;                       // of y on entry
  std::vector<std::uint8_t> wee_settled, wei_settled;  // ne: as scaling finds them, after STDP and iSTDP

  kernels::SpikePair spikes() const noexcept { return {x, next_x, active.list(), next_active.list()}; }
  kernels::SpikePair spikes_reversed() const noexcept { return {next_x, x, next_active.list(), active.list()}; }
};

struct Snapshot {
  Parameters parameters;
  State state;                  // before the first of the moments
  std::vector<Moment> moments;  // consecutive steps
  kernels::Rows wie_rows;
  std::vector<double> excitation, inhibition, input;  // ne, in the first of the moments
  std::vector<double> inhibitory_drive;               // ni
  std::vector<double> margin_e, margin_i;             // in whole batches
};

/// The one of this size; built once.
const Snapshot& snapshot(std::size_t ne);

}  // namespace sorn::bench
