#!/usr/bin/env bash
# Installs the missing Debian packages that sorn needs.
#   install-dependencies.sh                  to build and run
#   install-dependencies.sh tests            also for the tests
#   install-dependencies.sh docs             also for the documentation site
#   install-dependencies.sh web              also for the network in a page of it
#   install-dependencies.sh wheels           also to build wheels and to test them
#   install-dependencies.sh wheels-aarch64   also to build them for ARM
set -euo pipefail

packages=(
  g++ cmake ninja-build git ca-certificates            # build tools
  libfmt-dev librandom123-dev libhwy-dev libeigen3-dev # the engine
  libhdf5-dev libdeflate-dev liblzma-dev libssl-dev    # its files
  libcli11-dev libtomlplusplus-dev nlohmann-json3-dev  # the command
  python3 python3-dev python3-venv                     # the Python package
)
if [[ ${1:-} == tests ]]; then
  packages+=(
    clang clang-format                                 # second compiler, formatting
    ccache                                             # compiles a file once for several builds
    libclang-rt-14-dev libomp-14-dev                   # sanitizers, libFuzzer and OpenMP of clang, which is version 14
    libgtest-dev libgmock-dev librapidcheck-dev zlib1g-dev
    libopenmpi-dev openmpi-bin                         # processes that share the work
    libbenchmark-dev valgrind                          # benchmarks, and the count of their instructions
    chromium chromium-driver fonts-dejavu-core         # the browser that opens reports
    pkg-config                                         # a door to the installed library
  )
elif [[ ${1:-} == docs ]]; then
  packages+=(doxygen)
elif [[ ${1:-} == web ]]; then
  packages+=(emscripten node-acorn)
elif [[ ${1:-} == wheels* ]]; then
  packages+=(dpkg-dev make ccache debootstrap qemu-user-static)
  if [[ $1 == wheels-aarch64 ]]; then packages+=(g++-aarch64-linux-gnu); fi
fi

installed() { dpkg-query --show --showformat='${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'; }

missing=()
for package in "${packages[@]}"; do
  installed "$package" || missing+=("$package")
done
((${#missing[@]})) || exit 0

as_root=()
if [[ $(id -u) != 0 ]]; then
  command -v sudo >/dev/null || {
    echo "missing packages, which only root can install: ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
echo "Installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
  >/dev/null
