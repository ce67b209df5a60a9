#include "kernels/scaling.hpp"

#include <bit>

namespace sorn::kernels {

namespace {

/// Removes the zeros that a division can leave behind when a tiny weight underflows: 0 means "no synapse".
void drop_zeros(const Columns& synapses, std::size_t post) noexcept {
  std::uint32_t* pre = synapses.pre + synapses.start[post];
  double* weight = synapses.weight + synapses.start[post];
  std::uint32_t kept = 0;
  for (std::uint32_t k = 0; k < synapses.length[post]; ++k) {
    pre[kept] = pre[k];
    weight[kept] = weight[k];
    kept += weight[k] > 0.0 ? 1U : 0U;
  }
  synapses.length[post] = kept;
}

}  // namespace

void scale_columns(const Columns& synapses) noexcept {
  for (std::size_t post = 0; post < synapses.n_post; ++post) {
    if (synapses.settled[post] != 0) continue;
    double* weight = synapses.weight + synapses.start[post];
    const std::uint32_t length = synapses.length[post];
    double sum = 0.0;
    for (std::uint32_t k = 0; k < length; ++k) sum += weight[k];
    // Both leave every weight as it is: dividing by 1, and an empty column.
    if (sum == 1.0 || sum == 0.0) {
      synapses.settled[post] = 1;
      continue;
    }
    // Integer tests of the results' bits, so that the loop vectorises: a bit that differs from before, and (as no weight
    // is negative) a borrow from the top bit where the result is zero.
    std::uint64_t changed = 0;
    std::uint64_t borrowed = 0;
    for (std::uint32_t k = 0; k < length; ++k) {
      const auto before = std::bit_cast<std::uint64_t>(weight[k]);
      weight[k] /= sum;
      const auto after = std::bit_cast<std::uint64_t>(weight[k]);
      changed |= after ^ before;
      borrowed |= after - 1;
    }
    if ((borrowed >> 63U) != 0) drop_zeros(synapses, post);
    synapses.settled[post] = changed == 0 ? 1 : 0;
  }
}

}  // namespace sorn::kernels
