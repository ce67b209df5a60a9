#!/usr/bin/env bash
# Compiles the engine to WebAssembly, for the network that lives in a page of the documentation, and compares its bits.
# Installs missing packages. The result: build/web/web/living_network.js
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-dependencies.sh web
unset CMAKE_CXX_COMPILER_LAUNCHER         # of another compiler
export NODE_PATH=/usr/share/nodejs        # where Debian keeps the modules that emscripten reads
emcmake cmake -S . -B build/web -G Ninja -D CMAKE_UNITY_BUILD=ON >build/web.log 2>&1 || { cat build/web.log >&2 && exit 1; }
cmake --build build/web >build/web.log 2>&1 || { cat build/web.log >&2 && exit 1; }
