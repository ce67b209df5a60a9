#include "kernels/fire.hpp"

#include <cstddef>

namespace sorn::kernels {

void fire_excitatory(std::span<const double> excitation, std::span<const double> inhibition,
                     std::span<const double> noise, std::span<const double> input, std::span<const double> threshold,
                     std::span<std::uint8_t> recurrent, std::span<std::uint8_t> spikes) noexcept {
  for (std::size_t i = 0; i < spikes.size(); ++i) {
    const double drive = (excitation[i] - inhibition[i]) + noise[i];
    recurrent[i] = static_cast<std::uint8_t>(drive - threshold[i] > 0.0);
    spikes[i] = static_cast<std::uint8_t>((drive + input[i]) - threshold[i] > 0.0);
  }
}

void fire_inhibitory(std::span<const double> drive, std::span<const double> noise, std::span<const double> threshold,
                     std::span<std::uint8_t> spikes) noexcept {
  for (std::size_t k = 0; k < spikes.size(); ++k) {
    spikes[k] = static_cast<std::uint8_t>((drive[k] + noise[k]) - threshold[k] > 0.0);
  }
}

}  // namespace sorn::kernels
