#!/usr/bin/env bash
# The steps of both containers, on a new Debian 12 as root:
#   steps.sh build SOURCE FOLDER   builds the wheel, and lists the packages that it needs, into FOLDER
#   steps.sh install FOLDER        installs both into /opt/sorn, without a compiler
# EXTRAS=report or another list of extras installs their packages as well, from the package index: figures and reports
# need newer ones than Debian 12 has.
set -euo pipefail

case ${1:-} in
  build)
    source=$2 folder=$3
    "$source"/scripts/install-dependencies.sh
    mkdir -p "$folder"
    python3 -m venv /tmp/build
    /tmp/build/bin/pip wheel --quiet --no-deps --wheel-dir "$folder" "$source"
    # The Debian packages of the shared libraries.
    /tmp/build/bin/pip install --quiet --no-deps "$folder"/sorn-*.whl
    ldd /tmp/build/bin/sorn /tmp/build/lib/python3*/site-packages/sorn/_core*.so | awk '$2 == "=>" {print $3}' |
      sort --unique | xargs --max-args=1 basename | sed 's/^/*\//' | xargs --max-args=1 dpkg --search |
      cut --delimiter=: --fields=1 | grep --invert-match --regexp='-dev$' | sort --unique >"$folder"/packages
    ;;
  install)
    folder=$2
    apt-get update -qq
    # shellcheck disable=SC2046  # one argument for each package
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      python3 python3-venv python3-numpy $(cat "$folder"/packages) >/dev/null
    rm -rf /var/lib/apt/lists/*
    python3 -m venv --system-site-packages /opt/sorn
    /opt/sorn/bin/pip install --quiet --no-deps --no-index "$folder"/sorn-*.whl
    if [[ -n ${EXTRAS:-} ]]; then
      /opt/sorn/bin/pip install --quiet --no-cache-dir "sorn[$EXTRAS] @ file://$(realpath "$folder"/sorn-*.whl)"
    fi
    /opt/sorn/bin/sorn --version
    ;;
  *)
    echo "usage: steps.sh build SOURCE FOLDER | install FOLDER" >&2
    exit 2
    ;;
esac
