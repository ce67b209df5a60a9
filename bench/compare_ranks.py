"""The same network on one rank and several ranks, on one thread and several threads, measured in turns.

    python3 bench/compare_ranks.py build/mpi/bench/measure_ranks --ne 100000 --jobs 1:1:1 2:1:1 1:2:2 --out ranks.json

A job is RANKS:SLICES:THREADS. All jobs build their network and warm up one after the other; then they run windows of
steps in turns, so that other load on the machine affects all of them equally. Prints the time of each job compared with
the first, and writes all windows.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path


class Job:
    """A program that waits for its turns."""

    def __init__(self, program, name, options, folder):
        self.name = name
        ranks, slices, threads = name.split(":")
        self.turns = Path(folder) / f"turns-{name.replace(':', '-')}"
        self.turns.touch()
        numbers = [options.ne, options.warm_up, options.steps, options.rounds, slices, threads]
        command = [str(program), *map(str, numbers), str(self.turns)]
        if int(ranks) > 1:
            command = ["mpirun", "--oversubscribe", "-n", ranks, *options.mpirun, *command]
        environment = os.environ | {
            "OMPI_ALLOW_RUN_AS_ROOT": "1",
            "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            "OMP_NUM_THREADS": threads,
        }
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        self.network = self.read()
        self.windows = []

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"job {self.name} ended with code {self.process.wait()}")
        return json.loads(line)

    def take_turn(self):
        with self.turns.open("a") as turns:
            turns.write(".")
        self.windows.append(self.read() | {"load": os.getloadavg()[0]})

    def median(self, key):
        return statistics.median(window[key] for window in self.windows)

    def report(self, first):
        ratios = [a["clock"] / b["clock"] for a, b in zip(first.windows, self.windows, strict=True)]
        works = [max(window["work"]) for window in self.windows]
        resident = sum(self.network["resident_bytes"]) / 1e9
        print(
            f"{self.name:8} {1e3 * self.median('clock'):9.3f} ms a step, at best"
            f" {1e3 * min(w['clock'] for w in self.windows):9.3f};"
            f" {statistics.median(ratios):.2f} times as fast ({min(ratios):.2f}–{max(ratios):.2f});"
            f" work {1e3 * statistics.median(works):.3f} ms; call {1e6 * self.median('collective'):.1f} µs,"
            f" of few words {1e6 * self.median('latency'):.1f} µs; {resident:.3f} GB",
            flush=True,
        )


def take_turns(jobs, rounds):
    for _ in range(rounds):
        for job in jobs:
            job.take_turn()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path, help="measure_ranks")
    parser.add_argument("--ne", type=int, default=100_000)
    parser.add_argument("--jobs", nargs="+", default=["1:1:1", "2:1:1"], metavar="RANKS:SLICES:THREADS")
    parser.add_argument("--warm-up", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--mpirun", nargs="*", default=[], help="more arguments for mpirun")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        jobs = [Job(options.program.resolve(), name, options, folder) for name in options.jobs]
        take_turns(jobs, options.rounds)
        for job in jobs:
            job.process.wait()
    print(f"{options.ne} units, {100 * jobs[0].network['activity']:.1f}% fire")
    for job in jobs:
        job.report(jobs[0])
    if options.out:
        result = [{"job": job.name, "network": job.network, "windows": job.windows} for job in jobs]
        options.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
