"""Compares the speed of this engine with that of other packages, all measured in turns in one run.

    python bench/compare_peers.py --ours PYTHON [--build BUILD] [--peer PYTHON] [--brian2 PYTHON] [--pymonnto PYTHON]
                                  [--large] [--write]

Each PYTHON is the interpreter of a virtual environment with that package installed; bench/README.md says how to make
them. BUILD is a build folder with the programs of bench/. Each round measures every package once, on one core. The
ratios in a row compare measurements of the same round. Prints tables in Markdown, that of PymoNNto apart from the
others; --write also writes them into docs/performance.md, which keeps the tables that this run does not make: those of
PymoNNto need --pymonnto, the others --build.
"""

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from peer_tables import Figures, pymonnto_table, tables, write_page

BENCH = Path(__file__).resolve().parent
SCRIPTS = {"ours": "side_sorn.py", "peer": "side_pypi_sorn.py", "brian2": "brian2_sorn.py"}
STYLES = ("dense", "dense32", "edges")  # of side_pymonnto.py
# The states that a run begins with: their age and their number of excitatory units.
STATES = {"new": 200, "old": 200, "new 2000": 2000, "old 2000": 2000}
# The arguments of a script after its state: the number of steps, and for some scripts those of repetitions and calls.
NUMBERS = {
    ("ours", "new"): (500, 40, 20_000),
    ("ours", "old"): (20_000, 1, 0),
    ("peer", "new"): (500, 200),
    ("peer", "old"): (200, 0),
    ("brian2", "new"): (500,),
    ("brian2", "old"): (20_000,),
    ("ours", "new 2000"): (500, 5, 0),
    ("ours", "old 2000"): (3000, 1, 0),
}
PYMONNTO_STEPS = {200: 500, 2000: 200}  # by the number of excitatory units
PLAIN_STEPS = {200: 5000, 1000: 1000, 10_000: 100}  # by the number of excitatory units
RECORDED = (200, 50_000)  # units and steps
LARGE = (1_000_000, 1000, 100)  # units, steps before and in the measurement
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg"}


class Side:
    """A running script, which measures once for every line that it reads."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._read()  # waits until the script is ready: its compilation would slow down the other sides

    def measure(self) -> dict[str, object]:
        self._process.stdin.write("again\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, object]:
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{' '.join(self._process.args)} has ended")
        return json.loads(line)


@contextmanager
def side(python: str, script: str, *arguments: object) -> Iterator[Side]:
    command = [os.path.abspath(python), str(BENCH / script), *map(str, arguments)]
    pipe = subprocess.PIPE
    environment = {**os.environ, **ONE_CORE}
    with (
        tempfile.TemporaryDirectory() as folder,  # the pure-Python package writes a log into the current folder
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment, cwd=folder) as process,
    ):
        yield Side(process)
        process.stdin.close()


def program(build: str, name: str, *numbers: int) -> dict[str, object]:
    command = [str(Path(build) / "bench" / name), *map(str, numbers)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def commands(options: argparse.Namespace, states: dict[str, str]) -> Iterator[tuple[str, list[object]]]:
    """The name of each side, its interpreter, its script and the arguments of that."""
    for state, file in states.items():
        for name in SCRIPTS:
            if getattr(options, name) and (name, state) in NUMBERS:
                yield f"{name} {state}", [getattr(options, name), SCRIPTS[name], file, *NUMBERS[name, state]]
        if options.pymonnto:
            for style in STYLES:
                steps = PYMONNTO_STEPS[STATES[state]]
                yield f"{style} {state}", [options.pymonnto, "side_pymonnto.py", file, style, steps]


def measure(options: argparse.Namespace) -> Figures:
    """The figures of every side, one for each round."""
    figures: Figures = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        used = [state for state, ne in STATES.items() if options.pymonnto or ne == 200]
        states = {state: str(folder / f"{state}.npz") for state in used}
        for ne in sorted({STATES[state] for state in used}):
            files = [states[state] for state in used if STATES[state] == ne]
            subprocess.run([options.ours, str(BENCH / "grow_state.py"), str(ne), *files], check=True)
        sides = {name: stack.enter_context(side(*command)) for name, command in commands(options, states)}
        for number in range(1, options.rounds + 1):
            now = {name: each.measure() for name, each in sides.items()}
            if options.build:
                for ne, steps in PLAIN_STEPS.items():
                    now[f"plain {ne}"] = program(options.build, "compare_plain", ne, steps)
                now["recording"] = program(options.build, "compare_recording", *RECORDED)
            for name, values in now.items():
                figures.setdefault(name, []).append(values)
            print(f"round {number} of {options.rounds} is done", flush=True)
    if options.large:
        figures["large"] = [program(options.build, "measure_large", *LARGE)]
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", required=True, metavar="PYTHON", help="interpreter with this package")
    parser.add_argument("--build", help="build folder with the programs of bench/")
    parser.add_argument("--peer", metavar="PYTHON", help="interpreter with the pure-Python package sorn")
    parser.add_argument("--brian2", metavar="PYTHON", help="interpreter with Brian2")
    parser.add_argument("--pymonnto", metavar="PYTHON", help="interpreter with PymoNNto")
    parser.add_argument("--large", action="store_true", help="also a million excitatory units; takes some minutes")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true", help="write the tables into docs/performance.md")
    options = parser.parse_args()

    if not options.build and (options.peer or options.brian2 or options.large or not options.pymonnto):
        parser.error("--build is needed for every table but that of PymoNNto")

    figures = measure(options)
    texts = {}
    if options.build:
        texts["measured"] = tables(figures)
    if options.pymonnto:
        texts["pymonnto"] = pymonnto_table(figures)
    print(*texts.values(), sep="\n\n")
    if options.write:
        for section, text in texts.items():
            write_page(BENCH.parent / "docs" / "performance.md", section, text)


if __name__ == "__main__":
    main()
