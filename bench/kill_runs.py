"""Kills runs with checkpoints at random moments, resumes them, and compares their results with that of an undisturbed
run.

    python bench/kill_runs.py --kills 1000 --command build/release/src/cli/sorn

With --resume-with another command resumes the runs, such as one from another compiler.

A run is killed repeatedly, by SIGKILL or by a signal that the program handles, until one of its processes completes the
run. The moments are random, from the start to the end of a process, or just after a file appears. After each kill the
newest checkpoint must be readable and no older than the newest one before; the file at the path of the result must be
the earlier file or a whole result. At the end the result must equal the reference in every value and attribute, and no
other file may be left.

The number of steps that a kill loses is estimated from the unfinished result, which contains the full chunks of the
recordings; the reference tells their sizes. The process had done a number of steps between its last chunk and the next.

Needs h5py and NumPy. Ends with exit code 1 after a failed check; then the folder of the run is kept, and named.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

RESULT = "k.h5"
INPUTS = "x.npy"
ANOTHER = "another.h5"  # written by another command into the same folder
RECORDED = "E,I,C,TE/100,WEE/20"  # a chunk of WEE every 1,040 steps
SIGNALS = [signal.SIGKILL] * 8 + [signal.SIGTERM, signal.SIGINT]
BETWEEN_LOOKS = 0.0003  # seconds
LONGEST_LIFE = 120.0  # seconds; a process that takes longer hangs
STEMS_OF_HDF5 = ("DIMENSION_LIST", "REFERENCE_LIST")  # they contain references: addresses in the file
PROVENANCE = ("/@date", "/@host", "/@command")  # the origin of a file, not its content


class NotAsItShouldBe(Exception):
    """A run or its files fail a check."""


def demand(condition: bool, what: str) -> None:
    if not condition:
        raise NotAsItShouldBe(what)


def content(path: Path) -> dict[str, Any]:
    """The content of a file without its provenance, by path in the file, in a form that can be compared."""
    found: dict[str, Any] = {}

    def attributes(name: str, item: h5py.HLObject) -> None:
        for key, value in item.attrs.items():
            if key not in STEMS_OF_HDF5:
                array = np.asarray(value)
                found[f"{name}@{key}"] = (str(array.dtype), array.shape, array.tolist())

    def visit(name: str, item: h5py.HLObject) -> None:
        attributes(name, item)
        found[name] = (str(item.dtype), item.shape, item[()].tobytes()) if isinstance(item, h5py.Dataset) else None

    with h5py.File(path) as file:
        attributes("/", file)
        file.visititems(visit)
    return {name: value for name, value in found.items() if name not in PROVENANCE}


def differences(path: Path, reference: dict[str, Any]) -> list[str]:
    """The names of the datasets and attributes that differ."""
    found = content(path)
    return sorted(name for name in found.keys() | reference.keys() if found.get(name) != reference.get(name))


def checkpoint_steps(folder: Path) -> list[int]:
    """The steps of the checkpoints in a folder, the newest first."""
    prefix = f"{RESULT}.checkpoint-"
    ends = (name.removeprefix(prefix) for name in os.listdir(folder) if name.startswith(prefix))
    return sorted((int(end) for end in ends if end.isdigit()), reverse=True)


def chunks(path: Path, steps: int) -> list[tuple[int, int]]:
    """The number of steps after which each whole chunk of a result is written, and its size in bytes."""
    found = []
    with h5py.File(path) as file:
        for recording in file["recordings"].values():
            if isinstance(recording, h5py.Group):  # rows of any length
                datasets = [(one, recording["indptr"][:, -1]) for name, one in recording.items() if name != "indptr"]
                datasets.append((recording["indptr"], None))
            else:
                datasets = [(recording, None)]
            for dataset, ends in datasets:
                if not isinstance(dataset, h5py.Dataset) or dataset.chunks is None or dataset.is_scale:
                    continue
                rows = dataset.shape[0] if ends is None else len(ends)
                stride = -(-steps // rows)
                entries = dataset.chunks[0]
                for k in range(dataset.shape[0] // entries):
                    row = (k + 1) * entries - 1 if ends is None else int(np.searchsorted(ends, (k + 1) * entries))
                    found.append((row * stride + 1, dataset.id.get_chunk_info(k).size))
    return sorted(found)


@dataclass
class Plan:
    """The plan of a run."""

    command: str
    steps: int
    every: int
    driven: bool
    resume_command: str = ""
    """The command that resumes the run; empty: the same command."""

    def begin(self) -> list[str]:
        arguments = [self.command, "simulate", "--quiet", "--force", "--seed", "3", "--set", "ne=50"]
        arguments += ["--record", RECORDED, "--steps", str(self.steps), "--out", RESULT]
        arguments += ["--checkpoint-every", str(self.every)]
        return arguments + self.inputs()

    def resume(self, path: str = RESULT) -> list[str]:
        return [self.resume_command or self.command, "simulate", "--quiet", "--resume", path, *self.inputs()]

    def inputs(self) -> list[str]:
        return ["--inputs", INPUTS] if self.driven else []

    def prepare(self, folder: Path) -> None:
        if self.driven:
            np.save(folder / INPUTS, np.random.default_rng(5).random((4, self.steps)))


@dataclass
class Life:
    """Observations of a process."""

    code: int
    errors: str
    seconds: float
    newest: int  # step of the newest checkpoint seen; -1: none
    wrote: bool  # whether this process wrote that checkpoint


@dataclass
class Reference:
    """The result of an undisturbed run."""

    content: dict[str, Any]
    chunks: list[tuple[int, int]]
    seconds: float  # duration of a run with checkpoints


@dataclass
class Tally:
    kills: int = 0
    loads: int = 0
    runs: int = 0
    equal: int = 0
    from_the_start: int = 0  # kills before the first checkpoint
    in_order: int = 0  # signals that the program handled
    after_the_end: int = 0
    losses: list[tuple[int, int]] = field(default_factory=list)  # in steps: lower and upper bound
    seconds: float = 0.0
    signals: dict[str, int] = field(default_factory=dict)

    def table(self) -> str:
        losses = sorted(self.losses) or [(0, 0)]
        middle, worst = losses[len(losses) // 2], losses[-1]
        by_signal = ", ".join(f"{count:,} {name}" for name, count in sorted(self.signals.items()))
        rows = [
            ("kills", f"{self.kills:,} ({by_signal})"),
            ("… before the first checkpoint", f"{self.from_the_start:,}"),
            ("… answered in order", f"{self.in_order:,}"),
            ("… with nothing left to do", f"{self.after_the_end:,}"),
            ("newest checkpoint loads", f"{self.loads:,}"),
            ("steps lost, where it can be told", f"{len(self.losses):,} kills"),
            ("… median", f"{middle[0]:,} to {middle[1]:,}"),
            ("… largest", f"{worst[0]:,} to {worst[1]:,}"),
            ("runs that came to their end", f"{self.runs:,}"),
            ("… and equal the reference", f"{self.equal:,}"),
            ("seconds", f"{self.seconds:,.0f}"),
        ]
        return "\n".join(f"{what:<36} {value}" for what, value in rows)


class Moment:
    """When to kill a process: after some time, or just after it has made a file of some kind."""

    def __init__(self, rng: random.Random, seconds: float) -> None:
        kind = rng.choice(["uniform", "uniform", "early", "early", "checkpoint", "end"])
        self.suffix = {"checkpoint": rng.choice([".tmp", ".checkpoint-"]), "end": RESULT}.get(kind, "")
        self.passes_over = rng.randrange(10) if kind == "checkpoint" else 0  # number of files of that kind to ignore
        self.after = 1.1 * rng.uniform(0, seconds) if kind == "uniform" else 0.001 * (1000 * seconds) ** rng.random()
        self.last: set[str] = set()

    def has_come(self, seconds: float, made: set[str]) -> bool:
        if not self.suffix:
            return seconds >= self.after
        new = {name for name in made - self.last if self.suffix in name}
        self.last = made
        if self.suffix == RESULT:
            new &= {RESULT}
        self.passes_over -= len(new)
        return bool(new) and self.passes_over < 0


def live(arguments: list[str], folder: Path, moment: Moment | None, kill: signal.Signals = signal.SIGKILL) -> Life:
    """Starts a process and observes it until it ends by itself or, at the moment, by a signal."""
    with tempfile.TemporaryFile("w+") as errors:
        begin = time.monotonic()
        process = subprocess.Popen(arguments, cwd=folder, stdout=subprocess.DEVNULL, stderr=errors)
        before = set(os.listdir(folder))
        first = newest = max(checkpoint_steps(folder), default=-1)
        while True:
            pid, status = os.waitpid(process.pid, os.WNOHANG)
            seconds = time.monotonic() - begin
            if pid != 0:
                break
            names = set(os.listdir(folder))
            newest = max([newest, *checkpoint_steps(folder)])
            if moment is not None and moment.has_come(seconds, names - before):
                process.send_signal(kill)
                moment = None
            if seconds > LONGEST_LIFE:
                process.kill()
                raise NotAsItShouldBe(f"{' '.join(arguments)} hangs")
            time.sleep(BETWEEN_LOOKS)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        return Life(process.returncode, errors.read(), seconds, newest, newest > first)


def loads(command: str, path: Path) -> bool:
    done = subprocess.run([command, "info", str(path)], capture_output=True, check=False, timeout=LONGEST_LIFE)
    return done.returncode == 0


def undisturbed(plan: Plan, folder: Path) -> Reference:
    """Makes the reference without checkpoints, and measures the duration of a run with checkpoints."""
    folder.mkdir()
    plan.prepare(folder)
    alone = plan.begin()[:-2] if not plan.driven else [*plan.begin()[:-4], *plan.inputs()]
    demand(live(alone, folder, None).code == 0, "the reference run fails")
    reference = content(folder / RESULT)
    life = live(plan.begin(), folder, None)
    demand(life.code == 0, f"a run with checkpoints fails: {life.errors}")
    demand(not differences(folder / RESULT, reference), "checkpoints change the result")
    return Reference(reference, chunks(folder / RESULT, plan.steps), life.seconds)


class Trial:
    """One run, killed until one of its processes completes it."""

    def __init__(self, plan: Plan, folder: Path, reference: Reference, rng: random.Random, tally: Tally) -> None:
        self.plan, self.folder, self.reference, self.rng, self.tally = plan, folder, reference, rng, tally
        self.result = folder / RESULT
        self.history: list[str] = []
        # An earlier file at the path of the result must stay until the result is whole.
        self.before = b"the result of an earlier run" if rng.random() < 0.5 else None
        self.is_stopped = False  # stopped in order at least once, which leaves a result

    def run(self) -> None:
        self.folder.mkdir()
        self.plan.prepare(self.folder)
        if self.before:
            self.result.write_bytes(self.before)
        while not self.one_process():
            pass
        self.tally.runs += 1
        different = differences(self.result, self.reference.content)
        demand(not different, f"the result differs from the reference in {', '.join(different)}")
        # The next process that writes into the folder removes files that killed processes have left.
        another = [self.plan.command, "init", "--quiet", "--set", "ne=50", "--out", ANOTHER]
        subprocess.run(another, cwd=self.folder, check=True, timeout=LONGEST_LIFE)
        left = set(os.listdir(self.folder)) - {RESULT, INPUTS, ANOTHER}
        demand(not left, f"{', '.join(sorted(left))} left over")
        self.tally.equal += 1

    def one_process(self) -> bool:
        """Starts a process that begins or resumes the run, and kills it. True if the run is complete."""
        steps = checkpoint_steps(self.folder)
        arguments, least = self.plan.begin(), -1
        is_older = False
        if steps:
            is_older = len(steps) > 1 and self.rng.random() < 0.1
            least = steps[1] if is_older else steps[0]
            arguments = self.plan.resume(f"{RESULT}.checkpoint-{least}" if is_older else RESULT)
            if self.rng.random() < 0.2:
                arguments += ["--checkpoint-every", str(self.rng.randint(self.plan.every // 3, self.plan.every))]
        kill = self.rng.choice(SIGNALS)
        moment = Moment(self.rng, self.reference.seconds)
        life = live(arguments, self.folder, moment, kill)
        self.history.append(f"{' '.join(arguments[1:])} -> {life.code} after {life.seconds:.3f} s {life.errors}")
        if life.code == 0:
            return True
        self.count(kill)
        steps = checkpoint_steps(self.folder)
        if life.code == 128 + kill and life.errors:  # the message says how many steps the run has done
            self.stopped_in_order(steps)
        else:  # a signal before the run is resumed ends the process at once, like a kill
            demand(life.code in (-kill, 128 + kill), f"the exit code is {life.code}")
        if self.is_complete(steps):
            self.tally.after_the_end += 1
            return True
        self.look_at_result()
        # If an older checkpoint was resumed, the later ones are removed, and may be seen before that.
        least = least if is_older else max(least, life.newest)
        if not steps:
            demand(least < 0, f"checkpoint {least} is gone")
            self.tally.from_the_start += 1
            return False
        demand(steps[0] >= least, f"the newest checkpoint is {steps[0]}, and {least} was there before")
        demand(loads(self.plan.command, self.folder / f"{RESULT}.checkpoint-{steps[0]}"), f"{steps[0]} does not load")
        self.tally.loads += 1
        if life.code == -kill and life.wrote:  # else the unfinished result is that of the previous process
            self.measure_loss(steps[0])
        return False

    def measure_loss(self, newest: int) -> None:
        partial = Path(f"{self.result}.partial")
        if not partial.exists():
            return
        with h5py.File(self.folder / f"{RESULT}.checkpoint-{newest}") as file:
            every = int(file["resume"].attrs["checkpoint_every"])
            grown = partial.stat().st_size - int(file["resume"].attrs["file_size"])
        least, most = newest, self.plan.steps
        for step, size in self.reference.chunks:
            if step > newest:
                grown -= size
                if grown < 0:
                    most = step
                    break
                least = step
        demand(least <= newest + every, f"killed after step {least} or later, and the newest checkpoint is {newest}")
        self.tally.losses.append((least - newest, most - newest))

    def count(self, kill: signal.Signals) -> None:
        self.tally.kills += 1
        self.tally.signals[kill.name] = self.tally.signals.get(kill.name, 0) + 1

    def stopped_in_order(self, steps: list[int]) -> None:
        self.tally.in_order += 1
        self.is_stopped = True
        demand(bool(steps), "stopped in order, without a checkpoint")
        demand(loads(self.plan.command, self.result), "stopped in order, and the result does not load")
        with h5py.File(self.result) as file:
            demand(int(file["state"].attrs["step"]) == steps[0], "stopped in order, and the checkpoint is another's")
        demand(not Path(f"{self.result}.partial").exists(), "stopped in order, and a partial file is left")

    def is_complete(self, steps: list[int]) -> bool:
        """Whether the process was killed after it had completed the run."""
        partial = Path(f"{self.result}.partial").exists()
        return not steps and not partial and self.result.exists() and self.result.read_bytes() != self.before

    def look_at_result(self) -> None:
        """Checks that the file at the path of the result is the earlier file or a whole result."""
        if not self.result.exists():
            demand(self.before is None or self.is_stopped, "the file that was there before is gone")
            return
        if self.result.read_bytes() != self.before:
            demand(loads(self.plan.command, self.result), "the result is in place, and does not load")


def kill_runs(
    commands: tuple[str, str], kills: int, steps: int, every: int, seed: int, folder: Path, report: bool = False
) -> Tally:
    """Makes `kills` kills. The first command begins the runs, the second resumes them.

    @raises NotAsItShouldBe: then the folder of the failed run stays in `folder`.
    """
    begin = time.monotonic()
    rng = random.Random(seed)
    tally = Tally()
    plans = [Plan(commands[0], steps, every, driven, commands[1]) for driven in (False, True)]
    references = [undisturbed(plan, folder / f"reference-{k}") for k, plan in enumerate(plans)]
    number = 0
    while tally.kills < kills:
        k = int(rng.random() < 0.3)
        trial = Trial(plans[k], folder / f"run-{number}", references[k], rng, tally)
        try:
            trial.run()
        except NotAsItShouldBe as error:
            told = "\n  ".join(trial.history)
            raise NotAsItShouldBe(f"{trial.folder}, seed {seed}: {error}\n  {told}") from None
        shutil.rmtree(trial.folder)
        number += 1
        tally.seconds = time.monotonic() - begin
        if report and number % 20 == 0:
            print(f"{tally.kills:,} kills, {tally.equal:,} runs equal, {tally.seconds:.0f} s", flush=True)
    return tally


def found(command: str) -> str:
    """The absolute path of the command."""
    place = shutil.which(command)
    if place is None:
        sys.exit(f"there is no command {command}")
    return str(Path(place).resolve())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--command", default="sorn", help="the command to test; default: sorn in PATH")
    parser.add_argument("--resume-with", metavar="COMMAND", help="the command that resumes the runs; default: the same")
    parser.add_argument("--steps", type=int, default=100000, help="steps of each run")
    parser.add_argument("--every", type=int, default=10000, help="steps from one checkpoint to the next")
    parser.add_argument("--seed", type=int, default=1, help="seed of the moments and signals")
    given = parser.parse_args()
    commands = (found(given.command), found(given.resume_with or given.command))
    folder = Path(tempfile.mkdtemp(prefix="kill-runs-"))
    try:
        tally = kill_runs(commands, given.kills, given.steps, given.every, given.seed, folder, report=True)
    except NotAsItShouldBe as error:
        sys.exit(str(error))
    shutil.rmtree(folder)
    print(f"\n{given.steps:,} steps a run, a checkpoint every {given.every:,}\n\n{tally.table()}")


if __name__ == "__main__":
    main()
