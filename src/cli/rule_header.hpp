// The text of <sorn/rule.h>, which `sorn rule new` writes beside a rule. The build makes its source.
#pragma once

#include <string_view>

namespace sorn::cli {

extern const std::string_view rule_header;

}  // namespace sorn::cli
