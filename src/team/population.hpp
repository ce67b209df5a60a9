// The two populations of a network.
#pragma once

#include <cstdint>

namespace sorn {

enum class Population : std::uint8_t { excitatory, inhibitory };

}  // namespace sorn
