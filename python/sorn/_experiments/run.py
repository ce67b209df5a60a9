"""Running experiments: networks in conditions, on threads or by a backend, with outcomes in a folder."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from .. import _core
from .._arguments import import_extra
from .._backends import mapped
from .._errors import IoError, StateError
from .._network import Network
from .._progress import Report
from .._report.files import make_folder, write_file
from ..sources import ClosedLoop
from .description import START, Experiment, Labels, Phase, shows_own_answers, source_from
from .measures import Measure, NetworkRun, Values, kind_and_options, know, own_measures, readout_for_loop
from .rewards import Rewarded, rewarded

if TYPE_CHECKING:
    from .._names import Phase as PhaseName
    from .._names import Rule

_WAIT = 0.5  # seconds from one try to claim a task that another process runs to the next
_SECONDS = "seconds"  # among the values of a task: the time of a processor that it took


class Stopped(Exception):
    """Ends the run of a network from within."""


@dataclass(frozen=True)
class Task:
    """One network in one condition. It is a pure function of its fields, on any machine."""

    experiment: Experiment
    """In its condition."""
    labels: Labels
    network: int
    own_measures: tuple[Measure, ...] = ()
    """Measures that are not of this package, which the process that runs the task may not know."""

    @property
    def seed(self) -> int:
        """The seed of the network, the same in all conditions."""
        return _core.replica_seed(self.experiment.seed, self.network)

    @property
    def name(self) -> str:
        """The name of its file."""
        return "-".join([*(_word(f"{axis}={label}") for axis, label in self.labels.items()), f"{self.network:04}"])

    @property
    def fingerprint(self) -> str:
        """What the outcome depends on. Rows of the table, texts and figures are left out."""
        table = self.experiment.to_dict()
        parts = {key: table.get(key) for key in ("network", "source", "phases", "measures", "seed")}
        if self.experiment.reward is not None:
            parts["reward"] = self.experiment.reward
        return hashlib.sha256(json.dumps([parts, self.network], sort_keys=True).encode()).hexdigest()

    def outcome(self, report: Report | None = None) -> Values:
        """Run the network, and measure."""
        begin = time.thread_time()  # of the processor: networks that run at the same time do not count
        know(self.own_measures)
        run = run_network(self.experiment, self.seed, report)
        values: Values = {}
        for name, table in self.experiment.measures.items():
            kind, options = kind_and_options(table)
            for key, value in kind.function(run, **options).items():
                values[f"{name}.{key}"] = value
        return values | {_SECONDS: time.thread_time() - begin}


def _word(text: str) -> str:
    """A text as a part of a file's name. Different texts give different words."""
    word = re.sub(r"[^A-Za-z0-9.+=]+", "_", text)
    return word if word == text.replace(" ", "_") else f"{word}~{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def run_network(experiment: Experiment, seed: int, report: Report | None = None) -> NetworkRun:
    """Run one network through all phases of an experiment that has no conditions."""
    run = NetworkRun(seed)
    built = Network(seed=seed, **experiment.network)
    done = 0
    for place, phase in enumerate(experiment.phases):
        before = phase.after or (experiment.phases[place - 1].name if place else START)
        network = built.copy() if before == START else run.networks[before].copy()
        run.networks[phase.name] = network
        _run_phase(experiment, phase, network, run, _shifted(report, done, experiment.steps))
        done += phase.steps
    return run


def _run_phase(experiment: Experiment, phase: Phase, network: Network, run: NetworkRun, report: Report | None) -> None:
    if phase.network:
        network.parameters = network.parameters.replace(**phase.network)
    if phase.activity == "silent":
        network.reset_activity()
    elif phase.activity == "shuffled":
        network.shuffle_activity()
    table = (experiment.source if phase.source is None else phase.source) or {}
    source = source_from(table)
    run.sources[phase.name] = source
    asked = _rewarded(experiment, phase, network, run, table)
    if asked is not None:
        run.answers[phase.name] = asked.answers
    shown: Any = source if asked is None else asked.source
    if phase.closed_loop and source is not None:
        run.readouts[phase.name] = readout_for_loop(run, **phase.closed_loop)
        shown = ClosedLoop(run.readouts[phase.name], source)
    run.phases[phase.name] = network.run(
        shown,
        phase.steps,
        rewards=None if asked is None else asked.reward,
        phase=cast("PhaseName", phase.phase),  # run() checks it, and the rules
        freeze=cast("tuple[Rule, ...]", phase.freeze),
        noise=phase.noise,
        record=phase.record,
        lifetimes=phase.lifetimes,
        threads=1,  # the networks share the processors
        progress=report if report is not None else False,
    )


def _rewarded(
    experiment: Experiment, phase: Phase, network: Network, run: NetworkRun, table: Mapping[str, Any]
) -> Rewarded | None:
    reward = experiment.reward if phase.reward is None else phase.reward
    source = run.sources[phase.name]
    if not reward:
        return None
    if source is None:
        raise StateError(f"phase '{phase.name}'", "shows nothing that an answer could be right for")
    control = reward.get("shuffled")
    task = reward if control is None else experiment.reward or {}
    asked = rewarded(task, source, network, phase.steps, own_answers=shows_own_answers(table))
    return asked if control is None else asked.shuffled(run.recorded(control, "rewards"), run.seed)


def _shifted(report: Report | None, done: int, total: int) -> Report | None:
    return None if report is None else lambda steps, _: report(done + steps, total)


# --- Outcomes in a folder


class Store:
    """The outcomes of tasks, in files of a folder. Several processes can share one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "networks"
        make_folder(str(self._folder))
        _core.require_writable(str(self._folder / "0.npz"), True)

    def load(self, task: Task) -> Values | None:
        """The outcome of a task; None if there is none, or only one of another description."""
        path = self._path(task)
        try:
            with np.load(path, allow_pickle=False) as file:
                values = {name: file[name] for name in file.files}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError, KeyError) as error:
            raise IoError(f"cannot read '{path}'", str(error), "remove it to run this network again") from None
        if str(values.pop("fingerprint", "")) != task.fingerprint:
            return None
        return {name: value.item() if value.ndim == 0 else value for name, value in values.items()}

    def save(self, task: Task, values: Values) -> None:
        """Keep an outcome. The file appears complete or not at all."""
        content = io.BytesIO()
        np.savez_compressed(content, fingerprint=task.fingerprint, **values)
        write_file(str(self._path(task)), content.getvalue(), overwrite=True)

    def claim(self, task: Task) -> object | None:
        """A claim to run a task, which holds as long as the object; None if another process has it."""
        try:
            return _core.Claim(str(self._path(task).with_suffix(".running")))
        except IoError:
            return None

    def _path(self, task: Task) -> Path:
        return self._folder / f"{task.name}.npz"


# --- Batches of tasks


class _Progress:
    """Adds up the steps of all tasks. A stop ends every task from within."""

    def __init__(self, report: Report | None, total: int) -> None:
        self._report = report
        self._total = total
        self._lock = Lock()
        self._done: dict[str, int] = {}
        self.stop = Event()

    def of(self, task: Task) -> Report:
        def report(done: int, _: int) -> None:
            if self.stop.is_set():
                raise Stopped
            self.set(task, done)

        return report

    def set(self, task: Task, done: int) -> None:
        with self._lock:
            self._done[task.name] = done
            if self._report is not None:
                self._report(sum(self._done.values()), self._total)


def tasks_of(experiment: Experiment) -> list[Task]:
    """All networks in all conditions. The first networks of all conditions come first."""
    conditions = [(labels, experiment.condition(labels)) for labels in experiment.conditions]
    most = max(one.networks for _, one in conditions)
    return [
        Task(one, labels, network, own_measures(one.measures))
        for network in range(most)
        for labels, one in conditions
        if network < one.networks
    ]


def run_tasks(
    tasks: list[Task],
    store: Store | None,
    *,
    threads: int = 0,
    backend: Any | None = None,
    report: Report | None = None,
) -> list[Values]:
    """The outcomes of all tasks, in their order. Those in the store are read, the others are run and stored.

    With a backend, whose workers may be other machines, tasks are sent to it as they are. Otherwise threads of this
    process share them, and with a store also with other processes that use the same folder.
    """
    progress = _Progress(report, sum(task.experiment.steps for task in tasks))
    found: dict[int, Values] = {}
    for place, task in enumerate(tasks):
        kept = None if store is None else store.load(task)
        if kept is not None:
            found[place] = kept
            progress.set(task, task.experiment.steps)
    missing = [place for place in range(len(tasks)) if place not in found]
    if backend is not None:
        _run_remotely(tasks, missing, store, backend, progress, found)
    else:
        _run_here(tasks, missing, store, threads or len(os.sched_getaffinity(0)), progress, found)
    return [found[place] for place in range(len(tasks))]


def _run_remotely(
    tasks: list[Task],
    missing: list[int],
    store: Store | None,
    backend: Any,
    progress: _Progress,
    found: dict[int, Values],
) -> None:
    for place, found[place] in zip(
        missing, mapped(backend, outcome_of, [tasks[place] for place in missing]), strict=True
    ):
        if store is not None:
            store.save(tasks[place], found[place])
        progress.set(tasks[place], tasks[place].experiment.steps)


def outcome_of(task: Task) -> Values:
    """For backends: the outcome of a task."""
    with one_blas_thread([task]):
        return task.outcome()


@contextlib.contextmanager
def one_blas_thread(tasks: Iterable[Task]) -> Iterator[None]:
    """Let NumPy and scikit-learn compute in one thread each: networks share the processors, and sums over weights do
    not depend on how many there are."""
    measures = [table for task in tasks for table in task.experiment.measures.values()]
    try:
        if any(table.get("method") == "logistic" for table in measures):
            import_extra("sklearn.linear_model", "experiments")  # only libraries that are loaded can be limited
        limits = import_extra("threadpoolctl", "experiments").threadpool_limits(1)
    except ImportError:  # without scikit-learn; a measure that needs it says so
        yield
        return
    with limits:
        yield


def _run_here(
    tasks: list[Task],
    missing: list[int],
    store: Store | None,
    threads: int,
    progress: _Progress,
    found: dict[int, Values],
) -> None:
    def work(place: int, waiting: bool) -> None:
        if progress.stop.is_set():
            return
        task = tasks[place]
        if store is None:
            found[place] = task.outcome(progress.of(task))
            return
        claim = store.claim(task)
        while waiting and claim is None and not progress.stop.wait(_WAIT):
            claim = store.claim(task)
        if claim is None:
            return
        try:
            kept = store.load(task)
            if kept is None:
                kept = task.outcome(progress.of(task))
                store.save(task, kept)
        finally:
            del claim  # the traceback of an exception would hold it
        found[place] = kept
        progress.set(task, task.experiment.steps)

    # The second time, tasks that other processes have claimed are waited for: these processes may have died.
    for waiting in (False, True):
        left = [place for place in missing if place not in found]
        with one_blas_thread(tasks), _stopping(progress.stop), ThreadPoolExecutor(threads) as pool:
            _all_of([pool.submit(work, place, waiting) for place in left], progress.stop)


@contextlib.contextmanager
def _stopping(stop: Event) -> Iterator[None]:
    """Stop the tasks, so that the threads end, if an exception such as Ctrl-C leaves the block."""
    try:
        yield
    except BaseException:
        stop.set()
        raise


def _all_of(futures: list[Future[None]], stop: Event) -> None:
    try:
        wait(futures, return_when=FIRST_EXCEPTION)
    except BaseException:
        stop.set()
        for future in futures:
            future.cancel()
        raise
    errors = [future.exception() for future in futures if future.done() and not future.cancelled()]
    first = next((error for error in errors if error is not None), None)
    if first is None:
        return
    stop.set()
    for future in futures:
        future.cancel()
    raise first


def quantities_of(outcome: Values) -> dict[str, Any]:
    """What was measured."""
    return {name: value for name, value in outcome.items() if name != _SECONDS}
