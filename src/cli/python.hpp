// Pictures are drawn, and results converted, by the Python package of the same name, in a process of its own.
#pragma once

#include "cli/cli.hpp"

#include <span>
#include <string>
#include <string_view>

namespace sorn::cli {

/// Runs `python -m sorn ARGUMENT…`, hands on what it prints and the signals that ask us to stop, and returns its exit
/// code. The Python is the one that the environment variable SORN_PYTHON names, else `python3` beside this program
/// (where pip puts both), else `python3` in PATH.
/// @throws IoError if there is no such Python, or no package sorn in it
int run_python(std::span<const std::string> arguments, const Environment& environment);

/// What the help of a command says about the Python that does its work ("draws", "converts"); `extra` is what the
/// package needs for it.
std::string python_help(std::string_view does, std::string_view extra);

}  // namespace sorn::cli
