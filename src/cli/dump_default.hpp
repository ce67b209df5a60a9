// The configuration file that states every default.
#pragma once

#include <sorn/parameters.hpp>

#include <string>

namespace sorn::cli {

/// All settings with their meaning, unit, range and default, as TOML that --config accepts.
/// Settings without a default, or whose default depends on others, are commented out, with an example.
/// @param defaults  the hyperparameters of a variant
std::string default_config(const Parameters& defaults = {});

}  // namespace sorn::cli
