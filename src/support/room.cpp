#include "support/room.hpp"

#include <sorn/error.hpp>

#include "support/format.hpp"

namespace sorn {

std::size_t checked_entries(std::size_t entries) {
  if (static_cast<double>(entries) <= most_entries) return entries;
  throw ParameterError(formatted("a matrix of {} synapses, free room included", entries),
                       formatted("must have at most {:.0f}", most_entries), "give fewer units or a smaller lambda");
}

}  // namespace sorn
