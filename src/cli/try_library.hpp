// Loads a library in another process first, which it may end.
#pragma once

#include "cli/cli.hpp"

#include <filesystem>

namespace sorn::cli {

/// The action of `sorn rule` that loads a library in the process that may end.
inline constexpr const char* tried_action = "load";

/// Lets `sorn rule load` load the library of a rule, if the environment says which program that is.
/// @throws FormatError if a signal ends that process; other errors are left to load_rule()
void try_library(const std::filesystem::path& library, const Environment& environment);

}  // namespace sorn::cli
