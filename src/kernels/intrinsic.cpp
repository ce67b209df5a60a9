#include "kernels/intrinsic.hpp"

#include <cstddef>

namespace sorn::kernels {

void intrinsic_plasticity(std::span<double> threshold, std::span<const std::uint8_t> spikes,
                          std::span<const double> target, double eta, double te_min, double te_max) noexcept {
  for (std::size_t i = 0; i < threshold.size(); ++i) {
    double next = threshold[i] + eta * (static_cast<double>(spikes[i]) - target[i]);
    next = next < te_min ? te_min : next;
    threshold[i] = next > te_max ? te_max : next;
  }
}

}  // namespace sorn::kernels
