#include "kernels/scaling.hpp"

#include "kernels/clip.hpp"

#include <bit>

namespace sorn::kernels {

namespace {

/// Σ weight over whole blocks, one after the other.
double sum_of(const double* weight, std::uint32_t length) noexcept {
  double sum = 0.0;
  for (std::uint32_t first = 0; first < length; first += block) {
    for (std::uint32_t k = first; k < first + block; ++k) sum += weight[k];
  }
  return sum;
}

/// What a division did to a column.
struct Division {
  bool changed;   ///< some weight is another than before
  bool vanished;  ///< some weight underflowed to 0
};

/// Divides whole blocks by `sum`. Integer tests of the bits tell what happened, so that the loop vectorises: a bit that
/// differs from before, and (as no weight is negative) a borrow from the top bit where only the result is zero.
Division divide(double* weight, std::uint32_t length, double sum) noexcept {
  std::uint64_t changed = 0;
  std::uint64_t vanished = 0;
  const std::size_t end = in_blocks(length);
  for (std::size_t k = 0; k < end; ++k) {
    const auto before = std::bit_cast<std::uint64_t>(weight[k]);
    weight[k] /= sum;
    const auto after = std::bit_cast<std::uint64_t>(weight[k]);
    changed |= after ^ before;
    vanished |= (after - 1) & ~(before - 1);
  }
  return {changed != 0, (vanished >> 63U) != 0};
}

}  // namespace

// Which columns need work is unpredictable, and so is which of those sum to 1 already. The passes below therefore list
// columns without branching on either, and each then runs through its list: a mispredicted branch would wait for a sum.
void scale_columns(const Columns& synapses, ScalingScratch& scratch) noexcept {
  std::uint32_t* const column = scratch.column.data();
  double* const sum = scratch.sum.data();

  std::size_t unsettled = 0;
  for (std::size_t post = 0; post < synapses.n_post; ++post) {
    column[unsettled] = static_cast<std::uint32_t>(post);
    unsettled += synapses.settled[post] == 0 ? 1U : 0U;
  }

  std::size_t divisible = 0;
  for (std::size_t n = 0; n < unsettled; ++n) {
    const std::uint32_t post = column[n];
    const double total = sum_of(synapses.weight + synapses.start[post], synapses.length[post]);
    // Both leave every weight as it is: dividing by 1, and an empty column.
    const bool stays = (total == 1.0) | (total == 0.0);
    synapses.settled[post] = stays ? 1 : 0;
    column[divisible] = post;
    sum[divisible] = total;
    divisible += stays ? 0U : 1U;
  }

  for (std::size_t n = 0; n < divisible; ++n) {
    const std::uint32_t post = column[n];
    const Division division = divide(synapses.weight + synapses.start[post], synapses.length[post], sum[n]);
    if (division.vanished) remove_gone(synapses, post);  // 0 means "no synapse"
    synapses.settled[post] = division.changed ? 0 : 1;
  }
}

}  // namespace sorn::kernels
