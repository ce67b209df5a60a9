#define FMT_HEADER_ONLY  // fmt becomes part of this file, so that what we install needs no library of it.
#include <fmt/format.h>

#include "support/format.hpp"

namespace sorn {

std::string formatted_values(fmt::string_view format, fmt::format_args values) { return fmt::vformat(format, values); }

}  // namespace sorn
