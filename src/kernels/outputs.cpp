#include "kernels/outputs.hpp"

#include <algorithm>

namespace sorn::kernels {

void drive_outputs(std::span<const double> weights, std::span<const std::uint32_t> active,
                   std::span<double> drive) noexcept {
  std::fill(drive.begin(), drive.end(), 0.0);
  for (const std::uint32_t j : active) {
    const double* const row = weights.data() + j * drive.size();
    for (std::size_t k = 0; k < drive.size(); ++k) drive[k] += row[k];
  }
}

void fire_margins(std::span<const double> margin, Comparison comparison, std::span<std::uint8_t> spikes) noexcept {
  std::transform(margin.begin(), margin.end(), spikes.begin(), [=](double value) {
    return static_cast<std::uint8_t>(comparison == Comparison::greater ? value > 0.0 : value >= 0.0);
  });
}

void fire_winners(std::span<const double> margin, bool all, std::span<std::uint8_t> spikes) noexcept {
  std::fill(spikes.begin(), spikes.end(), std::uint8_t{0});
  const auto largest = std::max_element(margin.begin(), margin.end());
  if (largest == margin.end()) return;
  for (auto k = largest; k != margin.end(); ++k) {
    if (*k == *largest) spikes[static_cast<std::size_t>(k - margin.begin())] = 1;
    if (!all) return;
  }
}

void potentiate_outputs(std::span<double> weights, std::span<const std::uint32_t> active,
                        std::span<const std::uint8_t> spikes, double change, const OutputBounds& bounds,
                        std::span<std::uint8_t> settled) noexcept {
  const std::size_t no = spikes.size();
  for (std::size_t k = 0; k < no; ++k) {
    if (spikes[k] == 0) continue;
    settled[k] = 0;
    for (const std::uint32_t j : active) {
      double& weight = weights[j * no + k];
      weight = std::clamp(weight + change, bounds.low, bounds.high);
    }
  }
}

void pair_with_unit_0(std::span<double> weights, std::span<const std::uint8_t> before,
                      std::span<const std::uint8_t> now, double change, const OutputBounds& bounds,
                      std::span<std::uint8_t> settled) noexcept {
  if (now[0] + before[0] == 0) return;
  const std::size_t no = settled.size();
  std::fill(settled.begin(), settled.end(), std::uint8_t{0});
  for (std::size_t j = 0; j < before.size(); ++j) {
    const double pairing = now[0] * before[j] - before[0] * now[j];
    if (pairing == 0.0) continue;
    for (double& weight : weights.subspan(j * no, no)) {
      if (weight != 0.0) weight = std::clamp(weight + change * pairing, bounds.low, bounds.high);
    }
  }
}

void scale_outputs(std::span<double> weights, double smallest, std::span<std::uint8_t> settled) noexcept {
  const std::size_t no = settled.size();
  for (std::size_t k = 0; k < no; ++k) {
    if (settled[k] != 0) continue;
    double sum = 0.0;
    for (std::size_t at = k; at < weights.size(); at += no) sum += weights[at];
    settled[k] = sum == 1.0 ? 1 : 0;
    const double divisor = smallest > 0.0 ? std::max(sum, smallest) : sum;
    if (divisor == 1.0 || divisor == 0.0) continue;
    for (std::size_t at = k; at < weights.size(); at += no) weights[at] /= divisor;
  }
}

void bound_outputs(std::span<double> weights, const OutputBounds& bounds, std::span<std::uint8_t> settled) noexcept {
  const std::size_t no = settled.size();
  for (std::size_t at = 0; at < weights.size(); ++at) {
    const double bounded = std::clamp(weights[at], bounds.low, bounds.high);
    if (bounded != weights[at]) settled[at % no] = 0;
    weights[at] = bounded;
  }
}

}  // namespace sorn::kernels
