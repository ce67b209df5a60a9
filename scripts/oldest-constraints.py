#!/usr/bin/env python3
"""Prints pip's constraints for the oldest versions that pyproject.toml allows.

    oldest-constraints.py EXTRA...     of the dependencies and of these extras; "all" stands for all

The floors stand in pyproject.toml only. scripts/test.sh runs tests with them.
"""

import re
import sys
import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]


def requirements(extra: str) -> list[str]:
    """Those of an extra, and of the extras of sorn that it names."""
    found = []
    for requirement in EXTRAS[extra]:
        if own := re.fullmatch(r"sorn\[(.*)\]", requirement):
            for name in own[1].split(","):
                found += requirements(name)
        else:
            found.append(requirement)
    return found


def oldest(extras: list[str]) -> dict[str, str]:
    """The highest floor of each package."""
    floors: dict[str, str] = {}
    for requirement in PROJECT["dependencies"] + [row for extra in extras for row in requirements(extra)]:
        if floor := re.match(r"([\w-]+)>=([\d.]+)", requirement):
            name, version = floor.groups()
            floors[name] = max(version, floors.get(name, "0"), key=lambda text: [int(n) for n in text.split(".")])
    return floors


if __name__ == "__main__":
    chosen = list(EXTRAS) if sys.argv[1:] == ["all"] else sys.argv[1:]
    for name, version in sorted(oldest(chosen).items()):
        print(f"{name}=={version}")
