// How much memory this machine has, for refusing what cannot fit before it is tried.
#pragma once

#include <string_view>

namespace sorn {

double physical_memory_bytes() noexcept;

/// Refuses what takes more memory than this machine has. @throws IoError "<what> needs … GB of memory"
void require_memory(double bytes, std::string_view what);

/// The bytes that a network with these numbers of synapses and units takes, about. A plastic synapse takes 20 bytes and
/// free room, one of W_IE 12 and as many in the transposed copy.
constexpr double network_bytes(double synapses, double units) noexcept { return 24 * synapses + 200 * units; }

}  // namespace sorn
