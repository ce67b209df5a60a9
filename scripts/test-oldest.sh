#!/usr/bin/env bash
# Runs a part of the Python tests with the oldest versions of other packages that pyproject.toml allows.
#   scripts/test-oldest.sh WHEEL     a wheel for python3, such as test.sh makes
set -euo pipefail
cd "$(dirname "$0")/.."

wheel=$1
venv=build/oldest-venv
[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
scripts/oldest-constraints.py plot exchange >build/oldest.txt
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "$wheel"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: \
  --constraint build/oldest.txt "${wheel}[plot,exchange]" hypothesis 'pytest>=7' 'pytest-timeout>=2.1'

export OPENBLAS_NUM_THREADS=1 PATH="$PWD/$venv/bin:$PATH"
# Warnings of old packages about a newer Python are not ours.
cd tests/python
exec ../../"$venv"/bin/python -m pytest --quiet -W default -m 'not slow' test_golden.py test_statistics.py \
  test_state_dict.py test_recordings.py test_sparse_structure.py test_provenance.py test_plotter.py \
  test_plotter_spikes.py test_plotter_networks.py
