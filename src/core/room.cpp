#include "core/room.hpp"

#include <sorn/error.hpp>

#include <fmt/format.h>

namespace sorn {

std::size_t checked_entries(std::size_t entries) {
  if (static_cast<double>(entries) <= most_entries) return entries;
  throw ParameterError(fmt::format("a matrix of {} synapses, free room included", entries),
                       fmt::format("must have at most {:.0f}", most_entries), "give fewer units or a smaller lambda");
}

}  // namespace sorn
