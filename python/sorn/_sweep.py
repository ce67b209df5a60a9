"""Sweeps: many runs over ranges of hyperparameters, and one table of their results."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast, overload

import numpy as np
import numpy.typing as npt

from . import _core, _notebook
from ._arguments import file_path, quoted, real_number, thread_count, truth, whole_number
from ._backends import mapped
from ._caller import warn_caller
from ._errors import FormatError, ParameterError, ShapeError, SornError
from ._parameters import Parameters
from ._progress import Report, reporting
from ._rule import OwnRule, given_rules
from .sources import Source


class Table(dict[str, npt.NDArray[Any]]):
    """Columns by name, in the order of the table. ``pandas.DataFrame(table)`` makes a data frame."""

    def _repr_html_(self) -> str:
        """The HTML that a notebook shows: the first rows."""
        return _notebook.table(f"{max(map(len, self.values()), default=0)} runs", self)


@dataclass(frozen=True)
class SweepRun:
    """One run of a sweep."""

    index: int
    """Its row in the table, from 0."""
    point: int
    """The point of the design to which it belongs. The runs of a point differ in their seeds."""
    seed: int
    parameters: Parameters
    noise: float
    """Standard deviation of the noise."""


class Sweep:
    """A sweep: a design of runs, checked when it is made.

    Every run is a pure function of the design and of its number. So any tool that can map a function over
    ``range(len(sweep))`` can carry out a sweep: :meth:`run` can be pickled, and gives the same bits everywhere.

    Parameters
    ----------
    design : str, path or mapping
        The name of a sweep file (``sorn sweep --dump-example`` prints one with comments); or its text, which has more
        than one line; or a dictionary with the same tables.
    rules : iterable of OwnRule, optional
        Rules of your own for all runs, which the order of the design names. A run in which one breaks a promise fails;
        another exception ends the sweep.

    Raises
    ------
    ParameterError
        If the design is wrong. The message lists everything that is wrong with it.
    FormatError
        If the text is not TOML, or if a file that the design names is damaged.
    IoError
        If a file that the design names cannot be read.

    Examples
    --------
    >>> sweep = Sweep({
    ...     "parameters": {"ne": 50, "lambda_ee": 8, "lambda_ei": 20},
    ...     "run": {"steps": 200, "seed": 1},
    ...     "sweep": {"statistics": ["mean_rate", "ee_synapses"], "grid": {"eta_stdp": [0.002, 0.004]}},
    ... })
    >>> len(sweep)
    2
    >>> sweep.execute()["eta_stdp"]
    array([0.002, 0.004])
    """

    __slots__ = ("_core", "_name")
    _core: _core.Sweep
    _name: str

    def __init__(self, design: str | os.PathLike[str] | Mapping[str, Any], *, rules: Iterable[OwnRule] = ()) -> None:
        own_rules = given_rules(rules)
        if isinstance(design, str) and "\n" in design:
            self._read(design, "sweep")
        elif isinstance(design, (str, os.PathLike)):
            self._read_file(design)
        elif isinstance(design, Mapping):
            self._read(_toml(design), "sweep")
        else:
            raise ParameterError(
                f"design is of type {type(design).__name__}",
                "must be a dictionary, the name of a sweep file or its text",
            )
        self._core.rules = own_rules
        self._warn()

    def _read(self, text: str, name: str) -> None:
        self._core = _core.Sweep(text, name)
        self._name = name

    def _read_file(self, path: str | os.PathLike[str]) -> None:
        name = file_path(path)
        self._core = _core.Sweep.read(name)
        self._name = name

    def _warn(self) -> None:
        """Warn about words of earlier versions in the design."""
        for note in self._core.notes:
            warn_caller(note, FutureWarning)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], *, rules: Iterable[OwnRule] = ()) -> Sweep:
        """Read a sweep file as ``sorn sweep`` does."""
        self = cls.__new__(cls)
        own_rules = given_rules(rules)
        self._read_file(path)
        self._core.rules = own_rules
        self._warn()
        return self

    @classmethod
    def from_dict(cls, design: Mapping[str, Any], *, rules: Iterable[OwnRule] = ()) -> Sweep:
        """The same as ``Sweep(design)``."""
        return cls(design, rules=rules)

    def __len__(self) -> int:
        """The number of runs."""
        return self._core.count

    def __repr__(self) -> str:
        return f"<Sweep of {len(self)} runs over {', '.join(self.varied) or 'seeds'}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sweep):
            return NotImplemented
        return self._core.text == other._core.text and self.rules == other.rules

    def __hash__(self) -> int:
        return hash(self._core.text)

    def __reduce__(self) -> tuple[Callable[..., Sweep], tuple[str, str, int, tuple[OwnRule, ...]]]:
        return _restored, (self._core.text, self._name, self._core.fingerprint, self.rules)

    @property
    def rules(self) -> tuple[OwnRule, ...]:
        """The rules of your own of all runs."""
        return cast("tuple[OwnRule, ...]", self._core.rules)

    @property
    def text(self) -> str:
        """The text of a file for ``sorn sweep`` that describes this sweep."""
        return self._core.text

    @property
    def varied(self) -> tuple[str, ...]:
        """The names that are varied, in the order of the design."""
        return tuple(self._core.varied)

    @property
    def statistics(self) -> tuple[str, ...]:
        """The statistics of each run that the table holds."""
        return tuple(self._core.statistics)

    @property
    def runs(self) -> Sequence[SweepRun]:
        """All runs. Each is described when it is asked for."""
        return _Runs(self)

    def run(self, index: int) -> dict[str, Any]:
        """Carry out one run.

        Returns
        -------
        dict
            ``run``: the number of the run; the statistics by name, NaN if one is not defined; ``error``: empty, unless
            the run failed because its values contradict each other or need too much memory.
        """
        values, error, _ = self._core.run(self._index(index))
        if error:
            values = [math.nan] * len(self.statistics)
        return {"run": int(index), **dict(zip(self.statistics, values, strict=True)), "error": error}

    def table(self, results: Iterable[Mapping[str, Any]]) -> Table:
        """Make the table of some or all runs from the results of :meth:`run`, given in any order.

        Returns
        -------
        dict of arrays
            ``run``, ``point``, ``seed``, the varied names, the statistics, ``error``: the columns of the command's
            table, bit for bit, in the order of the runs.
        """
        outcomes: dict[int, tuple[list[float], str, float]] = {}
        for result in _iterated(results):
            if not isinstance(result, Mapping):
                raise ParameterError(f"a result of type {type(result).__name__}", "must be what Sweep.run() returned")
            missing = [key for key in ("run", *self.statistics, "error") if key not in result]
            if missing:
                raise ParameterError(
                    f"a result without '{missing[0]}'", "must be what run() of the same sweep returned"
                )
            index = self._index(result["run"])
            if index in outcomes:
                raise ShapeError(f"two results of run {index}", "must be one of each run")
            error = str(result["error"])
            numbers = [] if error else [real_number(name, result[name], finite=False) for name in self.statistics]
            outcomes[index] = (numbers, error, 0.0)
        return self._table(outcomes)

    def execute(
        self,
        threads: int | None = None,
        *,
        out: str | os.PathLike[str] | None = None,
        repeat_failed: bool = False,
        overwrite: bool = False,
        progress: bool | Report = False,
    ) -> Table:
        """Carry out all runs on the processors of this machine.

        Parameters
        ----------
        threads : int, optional
            Runs at the same time. None: as many as this process has processors.
        out : str or path, optional
            A folder, as for the command. Each run is recorded there when it ends, the same call continues a sweep that
            was interrupted, and at the end ``table.csv`` and ``table.h5`` are written there.
        repeat_failed : bool, default False
            Repeat the runs that failed. Needs `out`.
        overwrite : bool, default False
            Begin in a folder that has tables or results but no journal, and replace them.
        progress : bool or function, default False
            True shows a progress bar; a function is called as ``progress(done, total)`` a few times a second.

        Returns
        -------
        dict of arrays
            As :meth:`table`.
        """
        used = thread_count(threads, "") or len(os.sched_getaffinity(0))
        repeat_failed = truth("repeat_failed", repeat_failed)
        if repeat_failed and out is None:
            raise ParameterError(
                f"repeat_failed = {quoted(repeat_failed)}",
                "needs a folder, where the runs that failed are recorded",
                "give it with out",
            )
        replaces = truth("overwrite", overwrite)
        folder = None if out is None else file_path(out, "out")
        with reporting(progress, len(self), unit="run") as report:
            return self._table(
                self._core.execute(
                    folder, threads=used, repeat_failed=repeat_failed, overwrite=replaces, progress=report
                )
            )

    def _table(self, outcomes: dict[int, tuple[list[float], str, float]]) -> Table:
        return Table(
            (name, np.array(values, dtype=np.str_) if isinstance(values, list) else values)
            for name, values in self._core.table(outcomes)
        )

    def _index(self, index: object) -> int:
        return whole_number("run", index, 0, len(self) - 1, f"a run of the sweep, from 0 to {len(self) - 1}")


class _Runs(Sequence[SweepRun]):
    """The runs of a sweep. There may be millions."""

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep

    def __repr__(self) -> str:
        return f"<{len(self)} run{'' if len(self) == 1 else 's'} of a sweep>"

    def __len__(self) -> int:
        return len(self._sweep)

    @overload
    def __getitem__(self, index: int) -> SweepRun: ...
    @overload
    def __getitem__(self, index: slice) -> list[SweepRun]: ...
    def __getitem__(self, index: int | slice) -> SweepRun | list[SweepRun]:
        numbers = range(len(self))[index]
        return [self._run(k) for k in numbers] if isinstance(numbers, range) else self._run(numbers)

    def __iter__(self) -> Iterator[SweepRun]:
        return (self._run(k) for k in range(len(self)))

    def _run(self, index: int) -> SweepRun:
        point, seed, parameters, noise = self._sweep._core.describe(index)
        return SweepRun(index, point, seed, Parameters._of(parameters), noise)


def sweep(
    design: Sweep | str | os.PathLike[str] | Mapping[str, Any],
    *,
    rules: Iterable[OwnRule] | None = None,
    backend: Any = None,
    threads: int | None = None,
    out: str | os.PathLike[str] | None = None,
    repeat_failed: bool = False,
    overwrite: bool = False,
    progress: bool | Report = False,
) -> Table:
    """Carry out a sweep, on this machine or on a cluster.

    Parameters
    ----------
    design : Sweep, str, path or mapping
        The sweep, or a value from which :class:`Sweep` can make one.
    rules : iterable of OwnRule, optional
        As for :class:`Sweep`, which has them already if `design` is one.
    backend : optional
        Where the runs are carried out. None: in threads of this process. A ``dask.distributed.Client``, a
        ``joblib.Parallel`` or an executor of ``concurrent.futures``: by its workers. The results do not depend on it.
    threads, out, repeat_failed, overwrite, progress
        As for :meth:`Sweep.execute`; only without a backend.

    Returns
    -------
    dict of arrays
        As :meth:`Sweep.table`.

    Examples
    --------
    >>> from joblib import Parallel  # doctest: +SKIP
    >>> table = sweep(design, backend=Parallel(n_jobs=8))  # doctest: +SKIP
    """
    if isinstance(design, Sweep):
        if rules is not None:
            raise ParameterError("rules", "must not be given with a Sweep", "Sweep(design, rules=...) has them")
        chosen = design
    else:
        chosen = Sweep(design, rules=() if rules is None else rules)
    if backend is None:
        return chosen.execute(threads, out=out, repeat_failed=repeat_failed, overwrite=overwrite, progress=progress)
    given = {
        "threads": threads,
        "out": out,
        "repeat_failed": repeat_failed,
        "overwrite": overwrite,
        "progress": progress,
    }
    for name, value in given.items():
        if value is not (None if name in ("threads", "out") else False):
            raise ParameterError(f"{name} = {quoted(value)}", "must not be given with a backend", "the backend decides")
    return chosen.table(mapped(backend, chosen.run, range(len(chosen))))


def _iterated(results: Iterable[Any]) -> Iterator[Any]:
    try:
        return iter(results)
    except Exception:  # it is not iterable, or its iterator raises an error
        told = f"results is of type {type(results).__name__}"
        raise ParameterError(told, "must be an iterable of what Sweep.run() returned") from None


@lru_cache(maxsize=8)  # a worker receives its sweep with each run
def _restored(text: str, name: str, fingerprint: int, rules: tuple[OwnRule, ...] = ()) -> Sweep:
    sweep = Sweep.__new__(Sweep)
    sweep._read(text, name)
    sweep._core.rules = rules
    if sweep._core.fingerprint != fingerprint:
        raise FormatError(
            "the inputs or the state of the sweep",
            "are not what they were where it comes from",
            "all workers must see the same files",
        )
    return sweep


_RULE = "must be a number, a str, a bool, or a list or dictionary of them"


def _toml(design: Mapping[str, Any]) -> str:
    """A dictionary of tables as TOML. So the engine reads one kind of description and checks it in one place."""
    lines: list[str] = []
    for name, table in design.items():
        if isinstance(table, Source):
            table = table.to_dict()
        if not isinstance(table, Mapping):
            lines.insert(0, f"{_key(name)} = {_value(name, table)}")
            continue
        lines.append(f"[{_key(name)}]")
        lines += [f"{_key(key)} = {_value(key, value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def _key(name: object) -> str:
    if not isinstance(name, str):
        raise ParameterError(f"key {quoted(name)}", "must be a str")
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _value(name: str, value: Any) -> str:
    try:
        return _written(name, value)
    except (SornError, MemoryError):
        raise
    except Exception:  # a list that contains itself, or an object that raises an error when it is read
        raise ParameterError(f"{name} is of type {type(value).__name__}", _RULE) from None


def _written(name: str, value: Any) -> str:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]  # a number as numpy.load() gives it
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(key, part)}" for key, part in value.items()) + " }"
    if isinstance(value, (bool, np.bool_)):
        if name == "noise":  # as in all other calls
            return '"on"' if value else '"off"'
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)) and not isinstance(value, np.timedelta64):
        # Whole numbers of TOML have 64 bits with a sign. Seeds have no sign; larger ones are written in quotes.
        whole = int(value)
        if abs(whole) >= 10**40:  # the engine refuses shorter ones and says their range
            raise ParameterError(f"{name} = {quoted(value)}", "must be a whole number of 64 bits at most")
        return str(whole) if -(2**63) <= whole < 2**63 else f'"{whole}"'
    if isinstance(value, (float, np.floating)):
        return repr(float(value))
    if isinstance(value, (str, os.PathLike)):
        return _text(os.fsdecode(value))
    if isinstance(value, (list, tuple, range, np.ndarray)):
        return "[" + ", ".join(_value(name, part) for part in value) + "]"
    raise ParameterError(f"{name} = {quoted(value)}", _RULE)


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ParameterError(quoted(text), "must be text that UTF-8 can hold") from None
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
