"""One part of a sweep, or the table of all parts; sweep-array.sh calls it for each task of a job array.

python3 sweep_array.py SWEEP.toml FOLDER --part 0 --parts 10 --processes 8
python3 sweep_array.py SWEEP.toml FOLDER --join
"""

from __future__ import annotations

import argparse
import csv
import os
import pickle
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import sorn


def carry_out(design: str, folder: Path, k: int) -> None:
    """Carries out run k, unless its result is there. The result appears under its name when it is complete."""
    result = folder / f"run-{k:06d}.pickle"
    if not result.exists():
        part = result.with_suffix(f".part-{os.getpid()}")
        part.write_bytes(pickle.dumps(sorn.Sweep(design).run(k)))
        part.rename(result)


def join(design: str, folder: Path) -> None:
    """Writes table.csv, whose rows are those of `sorn sweep`. Without all runs it says which are missing."""
    sweep = sorn.Sweep(design)
    files = [folder / f"run-{k:06d}.pickle" for k in range(len(sweep))]
    missing = [k for k, file in enumerate(files) if not file.exists()]
    if missing:
        raise SystemExit(
            f"{len(missing)} of {len(files)} runs are missing, the first is {missing[0]}: submit the array again"
        )
    table = sweep.table([pickle.loads(file.read_bytes()) for file in files])  # files that this program wrote
    with open(folder / "table.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("design")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--part", type=int, default=0)
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--join", action="store_true", help="make the table of all parts")
    arguments = parser.parse_args()

    if arguments.join:
        join(arguments.design, arguments.folder)
        return
    arguments.folder.mkdir(parents=True, exist_ok=True)
    runs = range(arguments.part, len(sorn.Sweep(arguments.design)), arguments.parts)
    work = partial(carry_out, arguments.design, arguments.folder)
    if arguments.processes == 1:
        for k in runs:
            work(k)
        return
    # The processes are new ones, since a fork of one with threads may hang.
    with ProcessPoolExecutor(arguments.processes, mp_context=get_context("spawn")) as pool:
        list(pool.map(work, runs))


if __name__ == "__main__":
    main()
