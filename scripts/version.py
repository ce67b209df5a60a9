#!/usr/bin/env python3
"""The version, which stands in CMakeLists.txt, and the few files that must repeat it.

scripts/version.py              prints it, and fails if a file repeats another
scripts/version.py set 1.2.3    sets it everywhere
"""

import re
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
NUMBER = r"[0-9]+\.[0-9]+\.[0-9]+"

# In each file, what stands before the version. The first is the place that counts: all parts of sorn read it.
PLACES = {
    "CMakeLists.txt": [r"project\(sorn VERSION "],
    "CITATION.cff": [r"^version: "],
    "packaging/conda/recipe.yaml": [r'^  version: "'],
    "packaging/spack/package.py": [r"sorn@", r'version\("'],
}


def versions() -> dict[str, str]:
    """The version in each place; a place that has none, or several, is an error."""
    found = {}
    for name, places in PLACES.items():
        text = (REPOSITORY / name).read_text()
        for before in places:
            matches = re.findall(f"{before}({NUMBER})", text, re.MULTILINE)
            if len(matches) != 1:
                raise SystemExit(
                    f"{name}: {before!r} should stand once before a version, and does {len(matches)} times"
                )
            found[f"{name}: {before}"] = matches[0]
    return found


def set_version(version: str) -> None:
    """Writes the version into every place."""
    versions()
    for name, places in PLACES.items():
        path = REPOSITORY / name
        text = path.read_text()
        for before in places:
            text = re.sub(f"({before}){NUMBER}", rf"\g<1>{version}", text, flags=re.MULTILINE)
        path.write_text(text)


def main(arguments: list[str]) -> None:
    if len(arguments) == 2 and arguments[0] == "set" and re.fullmatch(NUMBER, arguments[1]):
        set_version(arguments[1])
    elif arguments:
        raise SystemExit(__doc__)
    version, *repeated = versions().values()
    if set(repeated) - {version}:
        raise SystemExit("\n".join(f"{place}{found}" for place, found in versions().items()))
    print(version)


if __name__ == "__main__":
    main(sys.argv[1:])
