#!/usr/bin/env bash
# Installs missing packages, builds, and runs every test. It needs no manual set-up.
#   scripts/test.sh          everything, as CI does
#   scripts/test.sh --quick  g++ and Python only: no second compiler, sanitizers or linters
#   scripts/test.sh --tests  everything except scripts/lint.sh and scripts/docs.sh
set -euo pipefail
cd "$(dirname "$0")/.."

quick=false
rest=true
case ${1:-} in
  "") ;;
  --quick) quick=true rest=false ;;
  --tests) rest=false ;;
  *) echo "usage: scripts/test.sh [--quick | --tests]" >&2 && exit 2 ;;
esac

# Begins a stage. At the end, or after a failure, a table lists the time of each stage.
stages=()
begins=()
section() {
  stages+=("$1")
  begins+=("$SECONDS")
  printf '\n=== %s (%d s)\n' "$1" "$SECONDS"
}
table() {
  local k
  begins+=("$SECONDS")
  printf '\n%6s  stage\n' seconds
  for k in "${!stages[@]}"; do printf '%6d  %s\n' $((begins[k + 1] - begins[k])) "${stages[k]}"; done
  printf '%6d  all\n' "$SECONDS"
}
trap table EXIT

# Runs a command with a limit in seconds; after that the command is ended and has failed. ctest and pytest have their
# own limits for each test.
limited() { timeout --kill-after=10 "$@"; }

# Configures a preset. Several sources are compiled at once, which takes a third of the time: everything is compiled,
# nothing is edited.
configure() { cmake --preset "$1" -D CMAKE_UNITY_BUILD=ON >/dev/null; }
# Configures, builds and runs the C++ tests of one preset; further arguments are those of ctest.
check_preset() {
  configure "$1"
  cmake --build --preset "$1" -- --quiet
  ctest --preset "$@"
}

section "Dependencies"
scripts/install-dependencies.sh tests
# One cache for all builds, for the next time.
export CXX=g++
export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_DIR=$PWD/build/ccache CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
export CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_MAXSIZE=5G

section "Python package"
python=build/test-venv/bin/python
[[ -x $python ]] || python3 -m venv build/test-venv
rm -rf build/wheel
$python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir build/wheel \
  --config-settings=cmake.define.SORN_WARNINGS_AS_ERRORS=ON .
wheel=$(echo build/wheel/*.whl)
$python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "$wheel"
$python -m pip install --quiet --disable-pip-version-check "${wheel}[docs,test]"

if $rest; then
  section "Formatting and linting"
  PYTHON=$python scripts/lint.sh
fi

if ! $quick; then
  section "C++ tests with clang++, under the address and undefined-behaviour sanitizers"
  # The slow tests repeat with large networks and files what smaller ones and the fuzzers do. They run below.
  check_preset asan-ubsan --label-exclude '[.]slow$'
  section "C++ tests with threads under the thread sanitizer"
  configure tsan
  threaded=(test_core test_runs test_team)
  cmake --build --preset tsan --target "${threaded[@]}" -- --quiet
  llvm=$(dirname "$(readlink --canonicalize "$(command -v clang++)")")/..
  for program in "${threaded[@]}"; do
    # LLVM's OpenMP reports its synchronisation to the sanitizer through a tool in the same folder.
    OMP_TOOL_LIBRARIES=$llvm/lib/libarcher.so TSAN_OPTIONS=ignore_noninstrumented_modules=1 limited 900 \
      build/tsan/tests/"$program" --gtest_filter='*Thread*:*Rank*' --gtest_brief=1
  done
  section "Short fuzzing"
  limited 1200 scripts/fuzz.sh 10
fi

section "C++ tests, some under mpirun"
check_preset mpi

if ! $quick; then
  section "The same files from clang++, also after kills"
  configure release-clang
  cmake --build --preset release-clang --target sorn_command -- --quiet
  limited 300 scripts/compare-builds.sh build/mpi/src/cli/sorn build/release-clang/src/cli/sorn
  limited 900 $python bench/kill_runs.py --kills 10 --steps 60000 --every 4000 \
    --command build/mpi/src/cli/sorn --resume-with build/release-clang/src/cli/sorn

  section "Instructions of a step"
  limited 600 python3 bench/count_instructions.py build/mpi
fi

section "Python tests"
# Each core has a worker of its own: threads of BLAS would wait for each other.
export OPENBLAS_NUM_THREADS=1
PATH="$PWD/build/test-venv/bin:$PATH" $python -m pytest --numprocesses="$(nproc)" --dist=worksteal tests/python

if ! $quick; then
  section "The oldest versions of NumPy, SciPy and Matplotlib"
  limited 600 scripts/test-oldest.sh "$wheel"
fi

if $rest; then
  section "Documentation and its tutorial"
  limited 1200 scripts/docs.sh build/test-venv
  limited 600 $python -m pytest tests/site
fi
