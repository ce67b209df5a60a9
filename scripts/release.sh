#!/usr/bin/env bash
# Makes a release: sets the version, tests, builds the wheels and the site, commits and tags. It publishes nothing.
#   scripts/release.sh VERSION              such as 1.2.0
#   scripts/release.sh VERSION --no-tests   after CI has passed for this commit
#   scripts/release.sh VERSION --dry-run    checks, and says what it would do
# CHANGELOG.md must have a section of the version: '## 1.2.0 (not yet released)', which gets the date.
set -Eeuo pipefail
cd "$(dirname "$0")/.."

version=
tests=true
dry=false
for argument; do
  case $argument in
    --no-tests) tests=false ;;
    --dry-run) dry=true ;;
    *)
      if [[ -n $version || ! $argument =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]; then
        echo "usage: scripts/release.sh VERSION [--no-tests] [--dry-run], with a version such as 1.2.0" >&2
        exit 2
      fi
      version=$argument
      ;;
  esac
done
[[ -n $version ]] || { echo "usage: scripts/release.sh VERSION [--no-tests] [--dry-run]" >&2 && exit 2; }
tag=v$version

refuse() {
  echo "$1" >&2
  exit 1
}
[[ -z $(git status --porcelain) ]] || refuse "the working tree has changes: commit or remove them first"
! git rev-parse --quiet --verify "refs/tags/$tag" >/dev/null || refuse "$tag exists already"
heading="## ${version//./\\.}( \(not yet released\)| \([0-9]{4}-[0-9]{2}-[0-9]{2}\))?$"
grep --quiet --extended-regexp "^$heading" CHANGELOG.md ||
  refuse "CHANGELOG.md has no section '## $version (not yet released)': say first what has changed"
current=$(scripts/version.py) || exit 1
newest=$(printf '%s\n' "$current" "$version" | sort --version-sort | tail --lines=1)
[[ $newest == "$version" ]] || refuse "$version is older than $current, the version of this commit"

# Carries out a step, or says what it would be.
step() {
  if $dry; then
    echo "would run: $*"
  else
    echo "=== $*"
    "$@"
  fi
}
set_date() { sed --in-place --regexp-extended "s/^$heading/## $version ($(date +%F))/" CHANGELOG.md; }
undo() {
  git checkout --quiet -- .
  echo "The release was not made. The version and CHANGELOG.md are as they were." >&2
}

$dry || trap undo ERR
step scripts/version.py set "$version"
step set_date
if $tests; then step scripts/test.sh; fi
if [[ -x scripts/wheels.sh ]]; then step scripts/wheels.sh; fi
step scripts/docs.sh
# A first release may have had its version before, and its date.
if $dry || ! git diff --quiet; then step git commit --quiet --all --message "Version $version"; fi
step git tag --annotate "$tag" --message "sorn $version"
trap - ERR
$dry || echo "$tag is made. docs/development/releasing.md says what is left: to push it, and to publish."
