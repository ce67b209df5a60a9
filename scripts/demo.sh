#!/usr/bin/env bash
# Installs missing packages, builds sorn, and runs a network that organises itself while it reads a real text, letter by
# letter. Prints a summary and the paths of the results, and draws pictures.
set -euo pipefail
cd "$(dirname "$0")/.."

text=${1:-/usr/share/common-licenses/GPL-3}

scripts/install-dependencies.sh
python=build/demo-venv/bin/python
[[ -x $python ]] || python3 -m venv build/demo-venv
echo "Building sorn (a minute or two the first time)"
$python -m pip install --quiet --disable-pip-version-check '.[report]'
export PATH="$PWD/build/demo-venv/bin:$PATH"
$python examples/text.py "$text" --out results/demo
sorn report results/demo/plasticity.h5 -o results/demo/report.html --force
echo
echo "To go on: source build/demo-venv/bin/activate, then 'sorn --help', or 'import sorn' in Python."
