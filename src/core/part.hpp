// A part: units of a network whose work one thread does.
#pragma once

#include "core/synapse_slice.hpp"
#include "kernels/activity.hpp"
#include "kernels/coarse.hpp"
#include "kernels/drive.hpp"
#include "kernels/gaussian.hpp"
#include "kernels/scaling.hpp"
#include "kernels/stdp.hpp"
#include "kernels/vanished.hpp"

#include <sorn/state.hpp>
#include <sorn/unit_range.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace sorn {

/// The drive through a matrix that never changes and is read as bytes, if this pays: bounds of the drive, and the units
/// for which they do not suffice.
struct CoarseDrive {
  explicit CoarseDrive(const kernels::ConstColumns& synapses)
      : rows(kernels::coarse_rows_pay(synapses) ? std::make_shared<kernels::CoarseRows>(kernels::coarse_rows(synapses))
                                                : nullptr),
        high(rows ? 2 * rows->half : 0),
        high_spikes(rows ? synapses.n_post : 0),
        undecided(high_spikes.size()) {}

  std::shared_ptr<const kernels::CoarseRows> rows;  // null if they do not pay; copies of a network share them
  std::vector<double> high;                         // the higher bounds
  std::vector<std::uint8_t> high_spikes;            // which units fire with the higher bound
  kernels::ActiveUnits undecided;                   // those of them that do not fire with the lower one
};

/// A synapse that a rule of a user's own makes after it has seen the part.
struct MadeSynapse {
  std::uint32_t pre;
  std::uint32_t post;
  double weight;
  bool in_wee;
};

/// Some excitatory and some inhibitory units, and the buffers that a step uses for them. Their incoming synapses are
/// slice `slice` of each matrix of the state. Entry 0 of a buffer belongs to the first of these units.
struct Part {
  /// @param wei_changes  whether rules may change W_EI
  Part(const State& state, std::size_t number, bool wei_changes)
      : slice(number),
        excitatory(state.wee->slice(number).posts()),
        inhibitory(state.wie->slice(number).posts()),
        wie_coarse(state.wie->slice(number).columns()),
        wie_rows(wie_coarse.rows
                     ? nullptr
                     : std::make_shared<kernels::Rows>(kernels::transposed(state.wie->slice(number).columns()))),
        wei_rows(wei_changes
                     ? nullptr
                     : std::make_shared<kernels::Rows>(kernels::transposed(state.wei->slice(number).columns()))),
        excitation(excitatory.size(), 0.0),
        inhibition(excitatory.size(), 0.0),
        input(excitatory.size(), 0.0),
        noise_e(kernels::in_batches(excitatory.size()), 0.0),
        margin_e(noise_e.size(), std::numeric_limits<double>::infinity()),
        inhibitory_drive(wie_coarse.rows ? wie_coarse.high.size() : inhibitory.size(), 0.0),
        noise_i(kernels::in_batches(inhibitory.size()), 0.0),
        margin_i(noise_i.size(), std::numeric_limits<double>::infinity()),
        vanished(excitatory.size()),
        vanished_wei(excitatory.size()),
        needed(excitatory.size() + inhibitory.size()),
        stdp(excitatory.size()),
        scaling(excitatory.size()) {}

  std::size_t slice;
  UnitRange excitatory, inhibitory;
  // Matrices that never change: copies of a network share their transposes. W_IE in one of two forms, and W_EI if it is
  // static; the others are null.
  CoarseDrive wie_coarse;
  std::shared_ptr<const kernels::Rows> wie_rows, wei_rows;

  std::vector<double> excitation, inhibition, input;
  std::vector<double> noise_e, margin_e;  // rounded up to whole batches
  std::vector<double> inhibitory_drive;   // or its lower bounds
  std::vector<double> noise_i, margin_i;  // rounded up to whole batches
  kernels::Vanished vanished;
  kernels::Vanished vanished_wei;  // for rules of users' own, which may change both matrices
  kernels::NeededPairs needed;
  kernels::StdpScratch stdp;
  kernels::ScalingScratch scaling;

  bool is_driven = false;  // a source has set a value of `input`

  // Weights of a given state may be outside their bounds until they are first checked, and scaling may make a weight
  // smaller than its lower bound. After a check, STDP only looks at the weights that it changes.
  bool wee_unchecked = true;
  bool wei_unchecked = true;
  std::size_t room = 0;                     // W_EE has room for so many more synapses, wherever they are
  std::optional<std::uint64_t> new_pair{};  // number of the absent pair that becomes a synapse in this step

  SynapseLog wee_log{};  // of W_EE in this step, if an observer sees synapses

  std::vector<MadeSynapse> made{};  // by the rule of a user's own that acts
  std::exception_ptr broken{};      // what a rule of a user's own has thrown, or the promise that it has broken

  /// The section of an array over all excitatory (or all inhibitory) units that belongs to this part.
  template <class Values>
  auto of_excitatory(Values& values) const noexcept {
    return std::span(values).subspan(excitatory.begin, excitatory.size());
  }
  template <class Values>
  auto of_inhibitory(Values& values) const noexcept {
    return std::span(values).subspan(inhibitory.begin, inhibitory.size());
  }
};

}  // namespace sorn
