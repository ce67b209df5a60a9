// The memory of this machine, to refuse what cannot fit before it is allocated.
#pragma once

#include <string_view>

namespace sorn {

double physical_memory_bytes() noexcept;

/// Throws if more memory is needed than this machine has. @throws IoError "<what> needs … GB of memory"
void require_memory(double bytes, std::string_view what);

/// The approximate bytes of a network with these numbers of synapses and units. A plastic synapse takes 20 bytes and
/// some free room; a synapse of W_IE takes 12 bytes, and at most 12 more in a copy by row.
constexpr double network_bytes(double synapses, double units) noexcept { return 24 * synapses + 200 * units; }

}  // namespace sorn
