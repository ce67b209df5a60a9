#!/usr/bin/env bash
# Generates python/sorn/_core.pyi and _names.py from the installed extension module. Tests compare them.
set -euo pipefail
cd "$(dirname "$0")/.."
"${PYTHON:-python3}" -m nanobind.stubgen -q -m sorn._core -o python/sorn/_core.pyi
"${PYTHON:-python3}" scripts/make_names.py
