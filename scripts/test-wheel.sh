#!/usr/bin/env bash
# Tests a wheel where nothing of this project has ever been: in an empty Debian with python3 and no compiler, which
# debootstrap makes from the mirror that apt is configured for. Needs root.
#   scripts/test-wheel.sh WHEEL           in Debian 12, or in Debian 13 if the wheel has the stable ABI
#   scripts/test-wheel.sh WHEEL SUITE     in another suite
# CPUS lists the processors that QEMU emulates, to compare bits; empty for none. A wheel for another processor is tested
# in an emulated Debian, which takes about ten times as long.
set -euo pipefail
cd "$(dirname "$0")/.."

if (($# < 1)); then
  echo "usage: scripts/test-wheel.sh WHEEL [SUITE]" >&2 && exit 2
fi
wheel=$(realpath "$1")
suite=bookworm
[[ $wheel == *-abi3-* ]] && suite=trixie
suite=${2:-$suite}
arch=${wheel##*_}
arch=${arch%.whl}
steps=300000
place=$suite
debian=()
if [[ $arch == aarch64 ]]; then
  cpus=${CPUS-}
  if [[ $(uname -m) != aarch64 ]]; then
    steps=30000
    place=$suite-$arch
    debian=(--arch arm64)
  fi
else
  arch=x86_64
  # AVX2, SSE4 and SSE2. QEMU has no AVX-512: a processor of this machine shows it, if it has it.
  cpus=${CPUS-Haswell Nehalem Conroe}
fi
root=$PWD/build/wheels/roots/$place
packages=$PWD/build/wheels/packages-$place
here=$root/test

scripts/install-dependencies.sh wheels
if ((${#debian[@]})); then
  # The system may have told the kernel already which programs QEMU runs.
  formats=/proc/sys/fs/binfmt_misc
  [[ -e $formats/register ]] || mount -t binfmt_misc binfmt_misc "$formats"
  [[ -e $formats/qemu-$arch ]] || cat "/usr/lib/binfmt.d/qemu-$arch.conf" >"$formats/register"
fi
if [[ ! -e $root/made ]]; then
  echo "Making an empty root of $place"
  mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' |
    head -n 1)}
  rm -rf "$root"
  mkdir -p "${root%/*}"
  debootstrap "${debian[@]}" --variant=minbase --include=python3,python3-venv \
    "$suite" "$root" "$mirror" >"$root.log" 2>&1 || {
    tail "$root.log" >&2
    exit 1
  }
  touch "$root/made"
fi

# Runs a command in the root, in /test.
inside() {
  unshare --mount --fork sh -c 'mount -t proc proc "$0/proc" && exec chroot "$@"' "$root" "$root" \
    env -i HOME=/root LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH=0 PATH=/test/venv/bin:/usr/bin:/bin sh -euc "cd /test; $1"
}

rm -rf "$here"
mkdir -p "$here"
cp -r scripts/check-wheel.py README.md tests/golden "$wheel" "$here"
name=$(basename "$wheel")
version=$(inside 'python3 -c "import sys; print(*sys.version_info[:2], sep=str(chr(46)))"')
if inside 'command -v gcc || command -v cc'; then
  echo "$root is not empty: it has a compiler" >&2 && exit 1
fi

# Packages are fetched outside, where pip is configured.
begin=$SECONDS
platforms=()
for tag in manylinux2014 manylinux_2_17 manylinux_2_24 manylinux_2_26 manylinux_2_27 manylinux_2_28 manylinux_2_31 \
  manylinux_2_34; do
  platforms+=(--platform "${tag}_$arch")
done
python3 -m venv "$root.pip"
"$root.pip/bin/python" -m pip download --quiet --disable-pip-version-check --only-binary=:all: \
  --python-version "$version" --implementation cp --abi "cp${version/./}" --abi abi3 --abi none "${platforms[@]}" \
  --dest "$packages" "${wheel}[report]" h5py
rm -f "$packages/$name"
cp -r "$packages" "$here/packages"
echo "$((SECONDS - begin)) s to fetch packages for Python $version"

begin=$(date +%s.%N)
inside "python3 -m venv venv
        venv/bin/pip install --quiet --disable-pip-version-check --no-index --find-links packages './${name}[plot]'
        venv/bin/python check-wheel.py picture first.png"
echo "$(date +%s.%N) $begin" | awk '{printf "%.1f s from python3 alone to a first picture\n", $1 - $2}'
inside "venv/bin/pip install --quiet --disable-pip-version-check --no-index --find-links packages './${name}[report]' h5py
        python check-wheel.py golden golden
        python check-wheel.py digests > digests
        sorn doctor
        python check-wheel.py readme README.md
        python check-wheel.py h5py sorn
        python check-wheel.py h5py h5py"

echo "The command"
run="sorn simulate --quiet --steps $steps --seed 5 --record E --checkpoint-every $((steps / 15)) --out"
inside "$run whole.h5
        $run long.h5 & program=\$!
        until ls long.h5*checkpoint-* 2>/dev/null | grep -q .; do kill -0 \$program; sleep 0.05; done
        kill -9 \$program
        sorn simulate --quiet --resume long.h5
        python check-wheel.py same whole.h5 long.h5
        sorn report long.h5 -o report.html
        grep -q plotly report.html"

# The same bits on each processor: files of the command, and reference trajectories where NumPy runs.
qemu=$(command -v "qemu-$arch-static")
cp "$qemu" "$here/qemu"
variants='for variant in $(sorn variants | grep -o "^[a-z][a-z0-9_]*"); do
            $emulator venv/bin/sorn simulate --quiet --variant $variant --steps 300 --seed 7 --record E,C \
              --out $folder/$variant.h5
          done'
inside "mkdir native; folder=native emulator=; $variants; test \$(ls native | wc -l) -ge 6"
for cpu in $cpus; do
  echo "Emulating $cpu"
  inside "exec 2>errors-$cpu; mkdir $cpu; folder=$cpu emulator='./qemu -cpu $cpu'; $variants
          for file in native/*.h5; do cmp \$file $cpu/\$(basename \$file); done" || {
    grep -v 'warning: TCG' "$here/errors-$cpu" >&2
    exit 1
  }
  echo "$cpu: files of $(ls "$here/$cpu" | wc -l) variants equal those of this processor"
  if [[ $cpu != Conroe ]]; then # NumPy needs more
    inside "exec 2>errors-$cpu; ./qemu -cpu $cpu venv/bin/python check-wheel.py golden golden >/dev/null
            ./qemu -cpu $cpu venv/bin/python check-wheel.py digests | cmp - digests" || {
      grep -v 'warning: TCG' "$here/errors-$cpu" >&2
      exit 1
    }
    echo "$cpu: reference trajectories equal in all bits"
  fi
done
echo "$name works in $place"
