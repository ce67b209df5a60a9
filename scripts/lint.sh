#!/usr/bin/env bash
# Checks format, style, spelling and includes. Changes no file. Installs missing tools.
#   scripts/lint.sh                     every file
#   scripts/lint.sh --changed [COMMIT]  files that differ from a commit, by default the last one
# It uses the tools of the Python interpreter $PYTHON if that is set, else those of build/lint-venv.
set -euo pipefail
cd "$(dirname "$0")/.."

commit=
if [[ ${1:-} == --changed ]]; then
  commit=${2:-HEAD}
elif (($#)); then
  echo "usage: scripts/lint.sh [--changed [COMMIT]]" >&2 && exit 2
fi

scripts/install-dependencies.sh tests
python=${PYTHON:-build/lint-venv/bin/python}
if [[ -z ${PYTHON:-} ]]; then
  [[ -x $python ]] || python3 -m venv build/lint-venv
  readarray -t tools < <($python -c \
    'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["lint"], sep="\n")')
  $python -m pip install --quiet --disable-pip-version-check "${tools[@]}"
fi

# The files to check that match the patterns.
files() {
  if [[ -z $commit ]]; then
    git ls-files "$@"
  else
    git diff --name-only --diff-filter=d "$commit" -- "$@"
    git ls-files --others --exclude-standard "$@"
  fi
}

# The files that contain Python code, also in Markdown.
python_files() { files '*.py' '*.pyi' '*.md'; }

# The sources for clang-tidy, which checks a header with the source of the same name.
sources() {
  if [[ -z $commit ]]; then
    files 'src/*.cpp'
  else
    files 'src/*.cpp' 'src/*.hpp' | sed 's/\.hpp$/.cpp/' | sort --unique | xargs --no-run-if-empty ls 2>/dev/null || true
  fi
}

failed=()
check() {
  local name=$1 begin=$SECONDS
  shift
  "$@" || failed+=("$name")
  printf '%-12s %4d s\n' "$name" $((SECONDS - begin))
}

texts=(. ':!tests/golden' ':!tests/fuzz/corpus')
format() { files '*.cpp' '*.hpp' | xargs --no-run-if-empty clang-format --dry-run -Werror; }
style() { python_files | xargs --no-run-if-empty "$python" -m ruff check --force-exclude; }
layout() { python_files | xargs --no-run-if-empty "$python" -m ruff format --check --force-exclude; }
spelling() { files "${texts[@]}" | xargs --no-run-if-empty "$python" -m codespell_lib; }
lines() {
  files "${texts[@]}" | "$python" -c '
import sys
bad = False
for name in sys.stdin.read().splitlines():
    text = open(name, "rb").read()
    if b"\0" in text or not text:
        continue
    for number, line in enumerate(text.split(b"\n"), start=1):
        if line != line.rstrip():
            print(f"{name}:{number}: has blanks at its end")
            bad = True
    if not text.endswith(b"\n"):
        print(f"{name}: does not end with a newline")
        bad = True
sys.exit(bad)'
}
tidy() {
  local list program
  list=$(sources)
  program=$(dirname "$python")/clang-tidy
  [[ -n $list ]] || return 0
  cmake --preset mpi -B build/tidy >/dev/null
  "$program" --version >/dev/null  # says so if it is missing
  # Highway compiles the kernels for each instruction set from the same lines. clang-tidy checks one instruction set. It
  # takes omp.h of g++, and leaves what the standard library itself uses alone.
  local arguments=(
    --extra-arg=-DHWY_COMPILE_ONLY_STATIC
    --extra-arg=-Wno-deprecated-declarations
    --extra-arg=-idirafter"$(g++ -print-file-name=include)"
  )
  tidy_files() {
    xargs --no-run-if-empty --max-procs="$(nproc)" --max-args=3 "$program" -p build/tidy --quiet "${arguments[@]}" "$@" \
      2>/dev/null
  }
  # The analyzer follows the paths through a function. It takes half of the time, and is for the rooms that handle raw
  # memory.
  local raw='^src/(core|io|kernels|team)/' bad=0
  { grep --extended-regexp "$raw" <<<"$list" || true; } | tidy_files || bad=1
  { grep --invert-match --extended-regexp "$raw" <<<"$list" || true; } | tidy_files '--checks=-clang-analyzer-*' || bad=1
  return "$bad"
}

check clang-format format
check ruff style
check ruff-format layout
check includes scripts/check-includes.py
check spelling spelling
check lines lines
check clang-tidy tidy

if ((${#failed[@]})); then
  echo "failed: ${failed[*]}" >&2
  exit 1
fi
