#!/usr/bin/env bash
# Generates src/cli/formats.hpp, for the help of 'sorn convert', from the rows of python/sorn/_exchange. A test compares
# the two.
set -euo pipefail
cd "$(dirname "$0")/.."
text="$("${PYTHON:-python3}" -c 'from sorn._exchange.formats import command_help; print(command_help(), end="")')"
printf '%s\n' "$text" >src/cli/formats.hpp
