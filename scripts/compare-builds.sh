#!/usr/bin/env bash
# Compares the files of two builds of the command, such as those of two compilers: byte for byte, for each variant.
#   scripts/compare-builds.sh COMMAND COMMAND
set -euo pipefail

if (($# != 2)); then
  echo "usage: scripts/compare-builds.sh COMMAND COMMAND" >&2 && exit 2
fi
commands=("$(realpath "$1")" "$(realpath "$2")")
folder=$(mktemp --directory)
trap 'rm -rf "$folder"' EXIT
export SOURCE_DATE_EPOCH=0

steps=3000
# Output units learn from it.
seq "$steps" | awk '{print $1 % 7 < 3}' >"$folder/rewards.csv"
readarray -t variants < <("${commands[0]}" variants | awk '/^[a-z]/ {print $1}')
for variant in "${variants[@]}"; do
  for k in 0 1; do
    mkdir -p "$folder/$k"
    # The commands have the same words, since the files keep them.
    ln -sf "${commands[k]}" "$folder/$k/sorn"
    (cd "$folder/$k" && ./sorn simulate --variant "$variant" --set ne=300 --seed 7 --steps "$steps" \
      --signal reward=../rewards.csv --record E,I,C,TE/100,WEE/1000 --out "$variant.h5" --quiet)
  done
  cmp "$folder/0/$variant.h5" "$folder/1/$variant.h5"
done
echo "${#variants[@]} variants: the same files from both"
