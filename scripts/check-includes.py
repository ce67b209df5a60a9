#!/usr/bin/env python3
"""Checks src, include and python/bindings: no room includes a room above it, no installed header includes one that is
not installed, and each header's functions are in the source of its name.

scripts/check-includes.py            fails, and names the lines, if a room includes a room above
scripts/check-includes.py --dot      prints the graph of the rooms for Graphviz
scripts/check-includes.py --root DIR checks another tree
"""

import argparse
import re
import sys
from pathlib import Path

# Each room (a folder or a file of src, or the bindings) and the rooms directly below it. A room may include the files
# of all rooms below it.
BELOW = {
    "support": [],
    "kernels": ["support"],
    "team": ["kernels"],
    "sources": ["kernels"],
    "core": ["team", "sources"],
    "plain": ["core"],
    "analysis": ["core"],
    "io/schema.hpp": ["core"],  # only names and numbers
    "io/files": ["core", "io/schema.hpp"],
    "io/hdf5": ["io/files"],
    "io": ["io/hdf5", "analysis"],  # it reads spikes for statistics
    "runs": ["io"],
    "config": ["runs"],
    "team/mpi": ["team"],
    "cli": ["config", "team/mpi"],
    "bindings": ["config", "plain"],
}

# The rooms of those installed headers that have no source file of their name. sorn.hpp offers all of the library.
PUBLIC = {
    "criticality": "analysis",
    "existing": "io/files",
    "outgoing_synapse": "support",
    "ranks": "team",
    "readout": "analysis",
    "recorded_spikes": "io",
    "sorn": "runs",
    "spike_source": "analysis",
    "statistics": "analysis",
    "switches": "support",
    "unit_range": "support",
    "version": "support",
}

# The rooms without installed headers: the engine, the description of runs, the programs.
INTERNAL = {"kernels", "plain", "io/hdf5", "config", "team/mpi", "cli", "bindings"}

# Headers whose functions are in several sources, each with the reason.
SEVERAL = {
    "include/sorn/criticality.hpp": "a source for samples, families, fits and their goodness",
    "include/sorn/readout.hpp": "sums, which need no library, and what follows from them",
    "include/sorn/statistics.hpp": "a source for each kind of statistic",
    "src/cli/commands.hpp": "a source for each subcommand",
    "src/runs/sweep_sharing.hpp": "the loop of a sweep, shared or not, is in sweep.cpp",
}

# Libraries whose headers only one room, and the rooms within it, may include.
FOREIGN = {
    "CLI": "cli",
    "Eigen": "analysis",
    "Random123": "kernels",
    "fmt": "support",
    "hdf5": "io",
    "hdf5_hl": "io",
    "hwy": "kernels",
    "libdeflate": "io/hdf5",
    "mpi": "team/mpi",
    "nanobind": "bindings",
    "nlohmann": "cli",
    "openssl": "io",
    "toml++": "config",
}

# The remaining includes of a room above, each with the reason. This list may only get shorter: an entry without its
# include is also an error.
ALLOWED: dict[tuple[str, str], str] = {}

# A function of a namespace: from the left margin to the character after its parameters.
FUNCTION = re.compile(
    r"^(?!template|inline|constexpr|static|using|namespace|struct|class|enum|return)"
    r"(?:\[\[\w+\]\] )?[\w:][\w:<>,&* ]*[ &*](\w+)\([^;{]*([;{])",
    re.MULTILINE,
)
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
SUFFIXES = {".hpp", ".cpp", ".h", ".in"}


def reachable(room: str) -> set[str]:
    """The room and all rooms below it."""
    return {room}.union(*(reachable(below) for below in BELOW[room]))


def innermost_room(path: str) -> str | None:
    """The room that holds this file of src, or None."""
    while path and path not in BELOW:
        path = path.rpartition("/")[0]
    return path or None


class Tree:
    """The files of one source tree and the rooms they are in."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = sorted(
            path
            for part in ("src", "include", "python/bindings")
            for path in (root / part).rglob("*")
            if path.suffix in SUFFIXES
        )
        # An installed header is in the room of the source file of its name.
        sources = [path for path in self.files if path.suffix == ".cpp" and path.is_relative_to(root / "src")]
        self.public = {path.stem: self.room(path) for path in sources} | PUBLIC

    def is_installed(self, path: Path) -> bool:
        """Whether a file is a header of the library."""
        return path.is_relative_to(self.root / "include")

    def room(self, path: Path) -> str | None:
        """The room of a file; None if the file is in no room."""
        if self.is_installed(path):
            return self.public.get(path.name.partition(".")[0])
        if path.is_relative_to(self.root / "python"):
            return "bindings"
        return innermost_room(path.relative_to(self.root / "src").as_posix())

    def room_of_include(self, path: Path, name: str) -> str | None:
        """The room of an included file; None if it is not one of ours."""
        if name.startswith("sorn/"):
            return self.public.get(name.removeprefix("sorn/").partition(".")[0])
        for folder in (path.parent, self.root / "src"):
            for file in (folder / name, folder / f"{name}.in"):  # the build makes some headers
                if file.is_file():
                    return self.room(file)
        return None

    def includes(self) -> list[tuple[Path, int, str]]:
        """Every include: the file, the line, and the included name."""
        return [
            (path, text.count("\n", 0, match.start(1) if match[1] else match.start(2)) + 1, match[1] or match[2])
            for path in self.files
            for text in [path.read_text(encoding="utf-8")]
            for match in INCLUDE.finditer(text)
        ]


def check(root: Path) -> tuple[list[str], set[tuple[str, str]]]:
    """The problems of a tree, and the includes between its rooms."""
    tree = Tree(root)
    problems, arrows, unused = [], set(), dict(ALLOWED)
    for path in tree.files:
        room = tree.room(path)
        if room is None:
            problems.append(f"{path.relative_to(root)}: is in no room that scripts/check-includes.py knows")
        if room in INTERNAL and tree.is_installed(path):
            problems.append(f"{path.relative_to(root)}: is installed, but {room} is internal")
    for path, line, name in tree.includes():
        here, there = tree.room(path), tree.room_of_include(path, name)
        if here is None:
            continue
        place = path.relative_to(root).as_posix()
        if there is not None and tree.is_installed(path) and not name.startswith("sorn/"):
            problems.append(f"{place}:{line}: an installed header must not include {name}, which is not installed")
        if there is not None:
            arrows.add((here, there))
            if there not in reachable(here) and unused.pop((place, name), None) is None:
                problems.append(f"{place}:{line}: {here} must not include {name}, which is in {there}")
        elif name.startswith("sorn/"):
            problems.append(
                f"{place}:{line}: {name} is in no room; give it a source file of its name or list it in PUBLIC"
            )
        owner = FOREIGN.get(name.partition("/")[0].partition(".")[0]) if there is None else None
        if owner is not None and not f"{here}/".startswith(f"{owner}/"):
            problems.append(f"{place}:{line}: {here} must not include {name}; only {owner} may")
    problems += misplaced(tree)
    problems += [f"{place}: no longer includes {name}; remove it from ALLOWED" for place, name in unused]
    return problems, arrows


def functions(path: Path, end: str) -> set[str]:
    """The functions that a file declares, if `end` is ";", or defines, if it is "{"."""
    text = re.sub(r"//.*", "", path.read_text(encoding="utf-8"))
    return {match[1] for match in FUNCTION.finditer(text) if match[2] == end}


def misplaced(tree: Tree) -> list[str]:
    """Functions that are declared in a header and defined in a source of another name."""
    ours = [path for path in tree.files if tree.room(path) != "bindings"]
    sources = {path: functions(path, "{") for path in ours if path.suffix == ".cpp"}
    problems = []
    for header in (path for path in ours if path.suffix == ".hpp"):
        place = header.relative_to(tree.root).as_posix()
        here = set().union(*(defined for source, defined in sources.items() if source.stem == header.stem))
        problems += [
            f"{place}: {name}() is defined in a source of another name"
            for name in sorted(set() if place in SEVERAL else functions(header, ";") - here)
            if any(name in defined for defined in sources.values())
        ]
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--dot", action="store_true", help="print the graph of the rooms")
    options = parser.parse_args()
    problems, arrows = check(options.root)
    if options.dot:
        lines = [f'  "{here}" -> "{there}";' for here, there in sorted(arrows) if here != there]
        print("\n".join(["digraph rooms {", *lines, "}"]))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
