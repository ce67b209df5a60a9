#!/usr/bin/env bash
# Builds the fuzzers and runs them one after the other on the committed corpus; fails if a fuzzer finds an error.
#   scripts/fuzz.sh [SECONDS] [TARGET…]    default: 10 seconds for each of all targets
# Findings are in build/fuzz/findings/TARGET, new inputs in build/fuzz/corpus/TARGET. tests/fuzz/README.md says what to
# do with them.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-10}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "usage: scripts/fuzz.sh [SECONDS] [TARGET…]" >&2 && exit 2; }
targets=("${@:2}")
if ((${#targets[@]} == 0)); then
  for file in tests/fuzz/fuzz_*.cpp; do targets+=("$(basename "$file" .cpp)"); done
fi

cmake --preset asan-ubsan >/dev/null
cmake --build --preset asan-ubsan --target "${targets[@]}" -- --quiet

# The fuzzers' files are in memory if the system supports this.
TMPDIR=$(mktemp -d -p /dev/shm sorn-fuzz-XXXXXX 2>/dev/null || mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

# Runs one fuzzer and prints its row of the table.
fuzz() {
  local target=$1 learned=build/fuzz/corpus/$1 findings=build/fuzz/findings/$1 log=build/fuzz/$1.log options=()
  mkdir -p "$learned" "$findings"
  [[ -n ${CI:-} ]] && options+=("-seed=1") # in CI the same inputs each time, so that only a change can cause a failure
  [[ -f tests/fuzz/$target.dict ]] && options+=("-dict=tests/fuzz/$target.dict")
  local status=0 begin=$SECONDS
  build/asan-ubsan/tests/fuzz/"$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2500 -print_final_stats=1 \
    -artifact_prefix="$findings/" "${options[@]}" "$learned" "tests/fuzz/corpus/$target" >"$log" 2>&1 || status=$?
  local executions found
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  found=$(find "$findings" -type f | wc -l)
  printf '%-14s %12s %8d %9d\n' "$target" "${executions:-?}" $((SECONDS - begin)) "$found"
  if ((status != 0 || found != 0)); then
    tail -n 30 "$log" >&2
    return 1
  fi
}

printf '%-14s %12s %8s %9s\n' target executions seconds findings
failed=0
for target in "${targets[@]}"; do
  fuzz "$target" || failed=1
done
exit $failed
