#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test. Nothing needs to be set up by hand before.
#   scripts/test.sh          everything, as CI does
#   scripts/test.sh --quick  g++ and Python only: no second compiler, sanitizers or linters
set -euo pipefail
cd "$(dirname "$0")/.."

quick=false
[[ ${1:-} == --quick ]] && quick=true

section() { printf '\n=== %s (%d s)\n' "$1" "$SECONDS"; }

# Runs a command that is ended, and fails, if it takes longer than this many seconds. ctest and pytest have their own
# limits for each test.
limited() { timeout --kill-after=10 "$@"; }

# Configures, builds and runs the C++ tests of one preset.
check_preset() {
  cmake --preset "$1" >/dev/null
  cmake --build --preset "$1" -- --quiet
  ctest --preset "$1"
}

section "Dependencies"
scripts/install-dependencies.sh tests
python=build/test-venv/bin/python
[[ -x $python ]] || python3 -m venv build/test-venv
$python -m pip install --quiet --disable-pip-version-check '.[docs,test]'

if ! $quick; then
  section "Formatting and linting"
  git ls-files '*.cpp' '*.hpp' | xargs clang-format --dry-run -Werror
  $python -m ruff check .
  $python -m ruff format --check .
  cmake --preset mpi >/dev/null
  git ls-files 'src/*.cpp' | xargs --max-procs=2 --max-args=3 clang-tidy -p build/mpi --quiet 2>/dev/null

  section "C++ tests with clang++"
  check_preset release-clang
  section "C++ tests under the address and undefined-behaviour sanitizers"
  check_preset asan-ubsan
  section "C++ tests with threads under the thread sanitizer"
  cmake --preset tsan >/dev/null
  threaded=(test_core test_runs test_team)
  cmake --build --preset tsan --target "${threaded[@]}" -- --quiet
  llvm=$(dirname "$(readlink --canonicalize "$(command -v clang++)")")/..
  for program in "${threaded[@]}"; do
    # LLVM's OpenMP tells the sanitizer of its own synchronisation through a tool that lies beside it.
    OMP_TOOL_LIBRARIES=$llvm/lib/libarcher.so TSAN_OPTIONS=ignore_noninstrumented_modules=1 limited 900 \
      build/tsan/tests/"$program" --gtest_filter='*Thread*:*Rank*' --gtest_brief=1
  done
  section "Fuzzing, briefly"
  limited 1200 scripts/fuzz.sh 10
fi

section "C++ tests, some of them under mpirun"
check_preset mpi

if ! $quick; then
  section "Runs that are killed, and go on in another compiler's build"
  limited 900 $python bench/kill_runs.py --kills 10 --steps 60000 --every 4000 \
    --command build/mpi/src/cli/sorn --resume-with build/release-clang/src/cli/sorn

  section "Instructions of a step"
  limited 600 python3 bench/count_instructions.py build/mpi
fi

section "Python tests"
PATH="$PWD/build/test-venv/bin:$PATH" $python -m pytest tests/python

if ! $quick; then
  section "Documentation, whose tutorial is run"
  limited 900 scripts/docs.sh build/test-venv
fi
