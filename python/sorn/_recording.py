"""What a run should record, and what it recorded."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from . import _core, _notebook
from ._arguments import FloatArray, file_path, names, quoted, whole_number
from ._criticality.lifetimes import Lifetimes
from ._docstrings import filled
from ._errors import ParameterError, StateError, UnknownNameError
from ._lineage import Lineage

if TYPE_CHECKING:
    from scipy.sparse import csc_array

RecordArgument = Mapping[str, Any] | Iterable[str] | str | None

_RULE = "names of quantities such as 'E', 'WEE/1000' or 'E@0:5000', or a mapping from names to strides or slices"
_MOST = 2**63 - 1


RECORD_SYNAPSES = "for example network.run(time_steps=10_000, record=['synapses'])"

NOTHING = _core.RecordPlan([], False)

_MEASURES = tuple(row["name"] for row in _core.measures())


class Plan(NamedTuple):
    """The keys that the caller uses for the recordings, and the request as the engine needs it."""

    keys: tuple[str, ...]
    core: _core.RecordPlan


def texts_of(argument: str, wanted: RecordArgument) -> list[str]:
    """What to record in the form 'WEE/1000@0:5000'."""
    if wanted is None:
        return []
    if not isinstance(wanted, Mapping):
        return list(names(argument, wanted, _RULE))
    texts = []
    for name in names(argument, wanted, _RULE):
        label = f"{argument}[{name!r}]"
        value = wanted[name]
        steps = value if isinstance(value, slice) else slice(None, None, value)
        stride = 1 if steps.step is None else steps.step
        text = f"{name}/{whole_number(label, stride, 1, _MOST, 'a whole number of steps from 1 on')}"
        if steps.start is not None or steps.stop is not None:
            bounds = [0 if steps.start is None else steps.start, _MOST if steps.stop is None else steps.stop]
            rule = "a slice of step numbers from 0 on"
            text += "@" + ":".join(str(whole_number(label, bound, 0, _MOST, rule)) for bound in bounds)
        texts.append(text)
    return texts


def plan(record: RecordArgument, *, callbacks: RecordArgument = None, real: bool) -> Plan:
    """Parse what to record.

    Parameters
    ----------
    record, callbacks
        Names (short ones or those of callbacks) with a stride after a slash and a window after an at sign, or a mapping
        from names to strides or to slices of step numbers.
    real
        Whether activities are float64 instead of int8.
    """
    texts = texts_of("callbacks", callbacks) + texts_of("record", record)
    keys = tuple(re.split("[/@:]", text, maxsplit=1)[0] for text in texts)
    core = _core.RecordPlan(texts, real)
    for position, key in enumerate(keys):
        if key in keys[:position]:
            raise ParameterError(f"'{key}' is to be recorded twice", "each quantity has one place in the result")
    return Plan(keys, core)


def recording_name(name: object) -> str:
    """Refuse a name that is not a text. For an unknown name the mapping raises a KeyError."""
    if isinstance(name, str):
        return name
    raise UnknownNameError(f"name = {quoted(name)}", "must be the name of a recording, such as 'E'")


class RecordedSteps:
    """The step numbers of the rows of recordings."""

    if TYPE_CHECKING:

        def _clock(self, name: str) -> tuple[int, int]:
            """The stride of a recording, and the step of its first row."""

    def stride(self, name: str) -> int:
        """Steps from one row of ``self[name]`` to the next."""
        return self._clock(recording_name(name))[0]

    def first_step(self, name: str) -> int:
        """The number of the step that the first row of ``self[name]`` shows."""
        return self._clock(recording_name(name))[1]

    def steps(self, name: str) -> npt.NDArray[np.int64]:
        """The number of the step that each row of ``self[name]`` shows, counted from 0 when the network was built. Rows
        of ``synapses`` are events."""
        array = cast("Mapping[str, Any]", self)[recording_name(name)]
        if array.dtype.names is not None:  # events, which know their steps
            return cast("npt.NDArray[np.int64]", array["step"])
        rows = len(array)
        if rows == 0:
            return np.zeros(0, np.int64)  # the first step that would be recorded may be too large for an int64
        stride, first = self._clock(name)
        return np.arange(rows, dtype=np.int64) * stride + first


class RecordedStatistics(RecordedSteps):
    """The statistics of windows among recordings."""

    _measures: tuple[str, ...]
    """The names of the columns of ``self["stats"]``."""

    @property
    def stats(self) -> dict[str, FloatArray]:
        """The measures of windows by name, each with a value for each window, NaN where it is not defined.

        They are the columns of ``self["stats"]``, which a run with ``record="stats/10000"`` has. Row r describes the
        steps from ``self.steps("stats")[r]`` on, as many as ``self.stride("stats")``. The measures of weights,
        thresholds and synapses are of the state after the last of them. ``pandas.DataFrame(recordings.stats,
        index=recordings.steps("stats"))`` makes a table.

        Raises
        ------
        ParameterError
            If no statistics were recorded.

        Examples
        --------
        >>> import sorn
        >>> run = sorn.Network(ne=50, seed=1).run(time_steps=1000, record=["stats/250"])
        >>> run.steps("stats"), run.stats["ee_synapses"]
        (array([  0, 250, 500, 750]), array([847., 764., 699., 633.]))
        """
        held = cast("Mapping[str, Any]", self)
        name = next((name for name in ("stats", "Stats") if name in held), None)
        if name is None:
            raise ParameterError("statistics of windows", "were not recorded", 'record="stats/10000" keeps them')
        columns = np.ascontiguousarray(np.asarray(held[name]).T)
        return dict(zip(self._measures, columns, strict=True))

    def bins(self, name: str) -> FloatArray:
        """The lower edges of the bins of a histogram, such as ``self["isi_histogram"]``.

        A bin ends where the next one begins, and the last one has no end. The bins are the same in all runs.

        Raises
        ------
        ParameterError
            If it is no histogram.
        UnknownNameError
            If there is no such quantity.

        Examples
        --------
        >>> import sorn
        >>> run = sorn.Network(ne=50, seed=1).run(time_steps=1000, record=["isi_histogram/500"])
        >>> run.bins("isi_histogram")[:12]
        array([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8., 10., 12., 14.])
        >>> run["isi_histogram"].shape
        (2, 77)
        """
        edges = _core.bin_edges(recording_name(name))
        if not edges:
            raise ParameterError(f"bins of '{name}'", "must be of a histogram", "such as 'isi_histogram'")
        return np.array(edges)


class Recordings(RecordedStatistics, dict[str, npt.NDArray[Any]]):
    """The recordings of :meth:`sorn.Network.run`: arrays whose first axis is time, by the names that were asked for.

    Spikes (E, I, R) are int8, one byte each; counts (A, C, C_ei, C_ie) are int64; thresholds, weights, signals and
    statistics of windows are float64. The rows of ``synapses`` are the events of :attr:`Lineage.events`.
    """

    def __init__(
        self,
        plan: Plan,
        arrays: list[Any],
        run: dict[str, Any],
        seed: int,
        lifetimes: Lifetimes | None = None,
        measures: tuple[str, ...] | None = None,
    ) -> None:
        self._lineage = next((Lineage(array) for array in arrays if isinstance(array, _core.Lineage)), None)
        kept = [
            array if self._lineage is None or isinstance(array, np.ndarray) else self._lineage.events
            for array in arrays
        ]
        super().__init__(zip(plan.keys, kept, strict=True))
        self._measures = _MEASURES if measures is None else measures
        self._seed = seed
        self._lifetimes = lifetimes
        self._requests = dict(zip(plan.keys, plan.core.requests, strict=True))
        self._run = run
        self._first = dict(zip(plan.keys, plan.core.first_steps(run["first_step"]), strict=True))
        self._forms = {name: (array.shape, array.dtype) for name, array in self.items()}

    @property
    def signal_names(self) -> tuple[str, ...]:
        """The names of the signals of the run, which are those of the columns of ``self["signals"]``."""
        return tuple(self._run.get("signals", ()))

    @property
    def lifetimes(self) -> Lifetimes:
        """The synapses that the run made, and how long they lived. Needs ``lifetimes=True``, or ``synapses`` among the
        recordings."""
        if self._lifetimes is None and self._lineage is not None:
            return self._lineage.lifetimes()
        if self._lifetimes is None:
            raise ParameterError(
                "recordings without lifetimes", "must be of a run with lifetimes=True", "or record 'synapses'"
            )
        return self._lifetimes

    @property
    def lineage(self) -> Lineage:
        """Births and deaths of synapses, and which there are in any step. Needs ``synapses`` among the recordings."""
        if self._lineage is None:
            raise ParameterError(
                "recordings without 'synapses'", "must be of a run that recorded them", RECORD_SYNAPSES
            )
        return self._lineage

    def topology(self, step: int) -> csc_array:
        """The synapses after a step, see :meth:`Lineage.topology`. Needs ``synapses`` among the recordings."""
        return self.lineage.topology(step)

    @classmethod
    @filled
    def load(cls, path: str | os.PathLike[str]) -> Recordings:
        """Read the recordings of a result file, whether Python, the command or C++ wrote it.

        Their keys are the short names (%(quantities)s). All recordings are read into memory. A file without recordings
        gives an empty mapping.

        Parameters
        ----------
        path : str or path
            A result file. :meth:`sorn.Network.load` reads the network in it.

        Raises
        ------
        %(reading_errors)s

        Examples
        --------
        >>> import tempfile
        >>> import sorn
        >>> network = sorn.Network(ne=50, seed=1)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     network.save(f"{folder}/run.h5", network.run(time_steps=100, record=["E", "C/10"]))
        ...     recordings = Recordings.load(f"{folder}/run.h5")
        >>> recordings["E"].shape, recordings.steps("C")[:3]
        ((100, 50), array([ 0, 10, 20]))
        """
        return cls._loaded(path)[0]

    @classmethod
    def _loaded(cls, path: str | os.PathLike[str]) -> tuple[Recordings, str]:
        """The recordings, and the version of the program that wrote the file."""
        reader = _core.ResultReader(file_path(path))
        stored = reader.recordings
        keys = tuple(name for name, *_ in stored)
        requests = _core.RecordPlan([f"{name}/{stride}" for name, stride, *_ in stored], False)
        arrays = [
            reader.lineage() if kind == "event" else reader.rows(name, 0, shape[0])
            for name, _, _, shape, kind in stored
        ]
        self = cls(Plan(keys, requests), arrays, reader.run, reader.seed, measures=reader.measures)
        self._first = {name: first for name, _, first, *_ in stored}
        return self, reader.version

    def _clock(self, name: str) -> tuple[int, int]:
        return self._requests[name][1], self._first[name]

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        first, steps = self._run["first_step"], self._run["steps"]
        return _notebook.recordings("Recordings", self, [("steps", f"{steps:,} from step {first:,} on")])

    def _for_file(self, seed: int, step: int) -> list[tuple[str, int, Any, tuple[str, ...]]]:
        """The recordings in the form for a file of the network with this seed and step number."""
        if self._seed != seed:
            raise StateError(
                f"recordings of a network with seed {self._seed}", f"the network that is saved has seed {seed}"
            )
        end = self._run["first_step"] + self._run["steps"]
        if step < end:
            raise StateError(
                f"recordings of the steps up to {end}", f"the network that is saved has done {step} steps only"
            )
        forms = {
            name: (array.shape, array.dtype) if isinstance(array, np.ndarray) else type(array)
            for name, array in self.items()
        }
        if forms != self._forms:
            raise StateError("recordings were changed since the run", "a file holds all rows of a run and nothing else")
        return [
            (
                f"{quantity}/{stride}",
                self._first[name],
                self._values_for_file(name),
                self._measures if quantity == "stats" else (),
            )
            for name, (quantity, stride, _) in self._requests.items()
        ]

    def _values_for_file(self, name: str) -> Any:
        if self[name].dtype.names is not None:
            return self.lineage._core
        return np.ascontiguousarray(self[name])
