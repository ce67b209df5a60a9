#!/usr/bin/env bash
# Writes python/sorn/_core.pyi anew from the installed extension module. A test compares the two.
set -euo pipefail
cd "$(dirname "$0")/.."
"${PYTHON:-python3}" -m nanobind.stubgen -q -m sorn._core -o python/sorn/_core.pyi
