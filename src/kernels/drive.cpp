#include "kernels/drive.hpp"

#include <algorithm>

namespace sorn::kernels {

void gather_drive(const ConstColumns& synapses, std::span<const double> activity, std::span<double> drive) noexcept {
  for (std::size_t post = 0; post < synapses.n_post; ++post) {
    const std::uint32_t* pre = synapses.pre + synapses.start[post];
    const double* weight = synapses.weight + synapses.start[post];
    const std::uint32_t length = synapses.length[post];
    double sum = 0.0;
    for (std::uint32_t first = 0; first < length; first += block) {
      for (std::uint32_t k = first; k < first + block; ++k) sum += weight[k] * activity[pre[k]];
    }
    drive[post] = sum;
  }
}

Rows transposed(const ConstColumns& synapses) {
  Rows rows;
  rows.start.assign(synapses.n_pre + 1, 0);
  std::size_t count = 0;
  for (std::size_t post = 0; post < synapses.n_post; ++post) {
    const std::uint32_t* pre = synapses.pre + synapses.start[post];
    for (std::uint32_t k = 0; k < synapses.length[post]; ++k) ++rows.start[pre[k] + 1];
    count += synapses.length[post];
  }
  for (std::size_t j = 0; j < synapses.n_pre; ++j) rows.start[j + 1] += rows.start[j];
  rows.post.resize(count);
  rows.weight.resize(count);
  std::vector<std::size_t> next(rows.start.begin(), rows.start.end() - 1);
  for (std::size_t post = 0; post < synapses.n_post; ++post) {
    const std::size_t begin = synapses.start[post];
    for (std::uint32_t k = 0; k < synapses.length[post]; ++k) {
      const std::size_t slot = next[synapses.pre[begin + k]]++;
      rows.post[slot] = static_cast<std::uint32_t>(post);
      rows.weight[slot] = synapses.weight[begin + k];
    }
  }
  return rows;
}

void push_drive(const Rows& synapses, std::span<const std::uint32_t> active, std::span<double> drive) noexcept {
  std::fill(drive.begin(), drive.end(), 0.0);
  for (const std::uint32_t pre : active) {
    const std::size_t end = synapses.start[pre + 1];
    for (std::size_t k = synapses.start[pre]; k < end; ++k) drive[synapses.post[k]] += synapses.weight[k];
  }
}

}  // namespace sorn::kernels
