#!/usr/bin/env bash
# Builds the documentation site. Installs missing packages, runs every page with code, and fails on any warning.
#   scripts/docs.sh          in its own virtual environment, build/docs-venv
#   scripts/docs.sh VENV     in a virtual environment that has the package with its extra [docs]
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-dependencies.sh docs
venv=${1:-build/docs-venv}
if (($# == 0)); then
  [[ -x $venv/bin/python ]] || python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check '.[docs]'
fi

scripts/web.sh # the network that lives in a page
rm -rf build/docs
mkdir -p build/docs
doxygen docs/Doxyfile
export PATH="$PWD/$venv/bin:$PATH" # the tutorial runs the sorn command
export OPENBLAS_NUM_THREADS=1      # the readouts are small: on busy cores, threads that wait for each other take far longer
# The kernels of the pages write to the log too, so it is shown only after an error.
if ! python -m sphinx --jobs auto --fail-on-warning --keep-going --quiet docs build/docs/html >build/docs/log 2>&1; then
  grep --invert-match --regexp IPKernelApp --regexp traitlets build/docs/log >&2
  exit 1
fi
echo "The site: build/docs/html/index.html"
