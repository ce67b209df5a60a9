// Runs the Python package of the same name in its own process, to draw figures and to convert results.
#pragma once

#include "cli/cli.hpp"

#include <span>
#include <string>
#include <string_view>

namespace sorn::cli {

/// The Python that run_python() starts.
std::string python_program();

/// Runs `python -m sorn._command ARGUMENT…`, passes on its output and the signals that this process receives, and
/// returns its exit code. The Python is the one that the environment variable SORN_PYTHON names, or else `python3`
/// beside this program (where pip installs both), or else `python3` in PATH.
/// @throws IoError if there is no such Python, or no package sorn in it
int run_python(std::span<const std::string> arguments, const Environment& environment);

/// The help about the Python that does the work of a command. `does` says what it does ("draws", "converts"); `extra`
/// is the extra that the package needs for it.
std::string python_help(std::string_view does, std::string_view extra);

}  // namespace sorn::cli
