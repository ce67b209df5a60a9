#include "kernels/scaling.hpp"

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
    bool changed = false;
    bool vanished = false;
    if (sum != 0.0) {
      for (std::uint32_t k = 0; k < length; ++k) {
        const double scaled = weight[k] / sum;
        changed |= scaled != weight[k];
        vanished |= scaled == 0.0;
        weight[k] = scaled;
      }
    }
    if (vanished) drop_zeros(synapses, post);
    synapses.settled[post] = changed ? 0 : 1;
  }
}

}  // namespace sorn::kernels
