#include "kernels/drive.hpp"

#include <algorithm>

namespace sorn::kernels {

void push_drive(const ConstColumns& synapses, std::span<const std::uint32_t> active,
                std::span<double> drive) noexcept {
  std::fill(drive.begin(), drive.end(), 0.0);
  const double* const weight = synapses.weight;
  double* const sum = drive.data();
  for (const std::uint32_t pre : active) {
    for (const Outgoing synapse : synapses.outgoing->of(pre)) sum[synapse.post()] += weight[synapse.entry()];
  }
}

Rows transposed(const ConstColumns& synapses) {
  Rows rows;
  rows.start.assign(synapses.n_pre + 1, 0);
  const auto for_each_synapse = [&](auto visit) {
    for (std::size_t post = 0; post < synapses.n_post; ++post) {
      for (std::size_t entry = synapses.start[post]; entry < synapses.start[post] + synapses.length[post]; ++entry) {
        visit(post, synapses.pre[entry], synapses.weight[entry]);
      }
    }
  };
  for_each_synapse([&](std::size_t, std::uint32_t pre, double) { ++rows.start[pre + 1]; });
  for (std::size_t j = 0; j < synapses.n_pre; ++j) rows.start[j + 1] += rows.start[j];
  rows.post.resize(rows.start.back());
  rows.weight.resize(rows.start.back());
  std::vector<std::size_t> next(rows.start.begin(), rows.start.end() - 1);
  for_each_synapse([&](std::size_t post, std::uint32_t pre, double weight) {
    rows.post[next[pre]] = static_cast<std::uint32_t>(post);
    rows.weight[next[pre]++] = weight;
  });
  rows.all_to_all = rows.post.size() == synapses.n_pre * synapses.n_post;
  if (rows.all_to_all) rows.post = {};
  return rows;
}

void push_drive(const Rows& synapses, std::span<const std::uint32_t> active, std::span<double> drive) noexcept {
  std::fill(drive.begin(), drive.end(), 0.0);
  if (synapses.all_to_all) {
    for (const std::uint32_t pre : active) {
      const double* const weight = synapses.weight.data() + synapses.start[pre];
      for (std::size_t i = 0; i < drive.size(); ++i) drive[i] += weight[i];
    }
    return;
  }
  for (const std::uint32_t pre : active) {
    const std::size_t end = synapses.start[pre + 1];
    for (std::size_t k = synapses.start[pre]; k < end; ++k) drive[synapses.post[k]] += synapses.weight[k];
  }
}

}  // namespace sorn::kernels
