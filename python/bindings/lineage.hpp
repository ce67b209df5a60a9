// Values of the lineage of synapses, as Python has them.
#pragma once

#include "bindings.hpp"

#include <sorn/lineage.hpp>

#include <vector>

namespace sorn::python {

/// The lives of the synapses that a run made.
struct SynapseLivesValue {
  std::vector<SynapseLife> all;
};

}  // namespace sorn::python
