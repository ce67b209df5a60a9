#define FMT_HEADER_ONLY  // fmt is compiled into this file, so that the installed library does not need it.
#include <fmt/format.h>

#include "support/format.hpp"

namespace sorn {

std::string formatted_values(fmt::string_view format, fmt::format_args values) { return fmt::vformat(format, values); }

}  // namespace sorn
