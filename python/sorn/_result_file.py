"""Result files, read in parts."""

from __future__ import annotations

import html
import json
import operator
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, overload

import numpy as np
import numpy.typing as npt

from . import _core, _notebook
from ._again import core_drive, given_again
from ._arguments import file_path, import_extra, no_further_keywords, quoted, thread_count, whole_number
from ._caller import warn_caller
from ._docstrings import filled
from ._errors import ParameterError, StateError, UnknownNameError
from ._lineage import EVENT, Lineage
from ._parameters import Parameters
from ._progress import Report, reporting
from ._provenance import Provenance
from ._recording import (
    RECORD_SYNAPSES,
    RecordArgument,
    RecordedStatistics,
    Recordings,
    plan,
    recording_name,
    texts_of,
)
from ._rule import OwnRule
from ._state import StateDict

if TYPE_CHECKING:
    from typing import Unpack

    from scipy.sparse import csc_array

    from ._call import Inputs, RecomputeOptions, RewardArgument, Signals
    from ._network import Network


_MOST = 2**63 - 1

_BLOCK_BYTES = 1 << 24
"""How much is read at once where only a part of it is kept."""

_CHUNK_BYTES = 1 << 20
"""About how much a file stores in one piece. Rows that are farther apart are read each by itself."""

_COUNTS = ("A", "C", "C_ei", "C_ie")
"""Recordings of numbers from 0 on, one in each row."""


class _Source:
    """An open file, which its arrays share. They do not keep the ResultFile itself alive."""

    __slots__ = ("known_lineage", "path", "reader")

    def __init__(self, path: str) -> None:
        self.path = path
        self.known_lineage: Lineage | None = None
        self.reader: _core.ResultReader | None = _core.ResultReader(path)

    def open_reader(self) -> _core.ResultReader:
        if self.reader is None:
            raise StateError(f"'{self.path}' was closed", "an array in a file is read while the file is open")
        return self.reader

    def lineage(self) -> Lineage:
        """The lineage, which is read once."""
        reader = self.open_reader()
        if self.known_lineage is None:
            self.known_lineage = Lineage(reader.lineage())
        return self.known_lineage


class StoredArray:
    """A recording in a file: an array whose rows are read when an index asks for them.

    It is indexed as a NumPy array is: ``array[5]``, ``array[1000:2000]``, ``array[::100, :10]``, ``array[..., 0]``,
    ``array[[3, 1]]``, ``array[mask]``. Rows between them that must be read, too, are in memory only a part at a time.
    ``np.asarray(array)`` reads the whole array. Before arithmetic and comparisons read what they need, as in ``array[:]
    == 1``.
    """

    __slots__ = ("_name", "_source", "dtype", "shape")
    dtype: np.dtype[Any]
    """int8 for spikes, int64 for counts, float64 for thresholds, weights and signals."""
    shape: tuple[int, ...]
    """The number of rows, one for each recorded step, and the shape of a row."""

    def __init__(self, source: _Source, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._source = source
        self._name = name
        self.shape = shape
        self.dtype = dtype

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of values."""
        return int(np.prod(self.shape, dtype=object))

    @property
    def nbytes(self) -> int:
        """The size of all values in memory, in bytes."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Any:
        first, rest = _first_axis(index)
        if isinstance(first, slice):
            return self._range(range(len(self))[first], rest)
        if isinstance(first, (np.ndarray, list, range)):
            if any(isinstance(item, (np.ndarray, list, range)) for item in rest):
                raise IndexError(f"two lists for '{self._name}': give one, or index array[:], which reads all of it")
            return self._chosen(np.asarray(first))[_behind(first, rest)]
        row = self._row_number(first)
        return _owned(self._rows(row, 1)[(0, *rest)])

    def sparse(self, row: int) -> csc_array:
        """One row of weights as a sparse matrix, read without making it dense.

        Parameters
        ----------
        row : int
            The number of the row; below 0 from the end.

        Returns
        -------
        scipy.sparse.csc_array of float64
            [pre][post]. If weights may rest at 0 (``keep_zero``), it has entries of 0 for resting synapses, unless the
            file holds dense rows.

        Raises
        ------
        ParameterError
            If the recording does not hold weights, or has no such row.
        """
        sparse = import_extra("scipy.sparse", "sparse")
        reader = self._source.open_reader()
        rule = f"a row of '{self._name}', which has {len(self)}"
        number = whole_number("row", row, -len(self), len(self) - 1, rule)
        indptr, indices, data = reader.columns(self._name, number % max(1, len(self)))
        matrix: csc_array = sparse.csc_array((data, indices, indptr), shape=self.shape[1:])
        return matrix

    def _range(self, rows: range, rest: tuple[Any, ...]) -> npt.NDArray[Any]:
        """Read rows at equal distances, block by block if only a part of what is read is kept."""
        if not rows:
            return self._rows(0, 0)[(slice(None), *rest)]
        ascending = rows if rows.step > 0 else rows[::-1]
        if ascending.step == 1 and not rest:
            block = self._rows(ascending[0], len(ascending))
        else:
            count = max(1, self._rows_a_block() // ascending.step)
            parts = []
            for begin in range(0, len(ascending), count):
                part = ascending[begin : begin + count]
                read = self._rows(part[0], part[-1] - part[0] + 1)
                parts.append(_owned(read[(slice(None, None, ascending.step), *rest)]))
            block = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return block if rows.step > 0 else np.ascontiguousarray(block[::-1])

    def _rows_a_block(self, size: int | None = None) -> int:
        return max(1, (size or _BLOCK_BYTES) // max(1, self.dtype.itemsize * int(np.prod(self.shape[1:]))))

    def _row_number(self, index: Any) -> int:
        if isinstance(index, (bool, np.bool_)):
            raise IndexError(f"{index} is no row of '{self._name}': a mask must have one entry for each row")
        try:
            row = operator.index(index)
        except TypeError:
            raise IndexError(f"{quoted(index)} is no row of '{self._name}': give a number, a slice or a list") from None
        if not -len(self) <= row < len(self):
            raise IndexError(f"row {row} of '{self._name}': it has {len(self)} rows")
        return row % len(self)

    def _chosen(self, rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Read rows in any order, each at most once. Rows between the lowest and the highest are not kept."""
        if rows.dtype == bool:
            if rows.shape != self.shape[:1]:
                raise IndexError(f"a mask of shape {rows.shape} for '{self._name}', which has {len(self)} rows")
            rows = np.flatnonzero(rows)
        numbers = [self._row_number(row) for row in rows.ravel()]
        result = np.empty((len(numbers), *self.shape[1:]), self.dtype)
        order = np.argsort(numbers, kind="stable")
        done = 0
        while done < len(order):
            low = numbers[order[done]]
            end = done + 1
            while (
                end < len(order)
                and numbers[order[end]] < low + self._rows_a_block()
                and numbers[order[end]] <= numbers[order[end - 1]] + self._rows_a_block(_CHUNK_BYTES)
            ):
                end += 1
            block = self._rows(low, numbers[order[end - 1]] + 1 - low)
            for place in order[done:end]:
                result[place] = block[numbers[place] - low]
            done = end
        return result.reshape(*rows.shape, *self.shape[1:])

    def _spikes(self) -> _core.RecordedSpikes | None:
        """The spikes as the engine reads them, block by block; None if this is no recording of spikes with a row."""
        if self.ndim != 2 or self.dtype != np.int8 or 0 in self.shape:
            return None
        return _core.RecordedSpikes(self._source.open_reader(), self._name)

    def _series(self) -> _core.RecordedSeries | None:
        """Counts, one in each row, as the engine reads them; None if this is another kind of recording or is empty."""
        if self._name not in _COUNTS or not len(self):
            return None
        return _core.RecordedSeries(self._source.open_reader(), self._name)

    def _rows(self, first: int, count: int) -> npt.NDArray[Any]:
        return self._source.open_reader().rows(self._name, first, count)

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the rows, with one block of them in memory."""
        count = self._rows_a_block()
        for begin in range(0, len(self), count):
            yield from self[begin : begin + count]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("an array in a file cannot be shared: leave out copy=False")
        return np.asarray(self._rows(0, len(self)), dtype)

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError(f"'{self._name}' is in a file: read what is to be compared, as in array[:] == value")

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        _refuse_to_pickle(self._source.path, "read the rows that it needs, or pass the path")

    def __repr__(self) -> str:
        path = _core.printable(self._source.path)
        return f"<StoredArray {self._name} of shape {self.shape}, {self.dtype}, in '{path}'>"


class StoredEvents(StoredArray):
    """Births and deaths of synapses in a file, as :attr:`Lineage.events` has them. A field is read by its name, as in
    ``array["step"]``."""

    __slots__ = ()

    def __getitem__(self, index: Any) -> Any:
        return self._source.lineage().events[index]

    def _rows(self, first: int, count: int) -> npt.NDArray[Any]:
        return self._source.lineage().events[first : first + count]


def _refuse_to_pickle(path: str, advice: str) -> NoReturn:
    """Raise the error for an open file, which belongs to one process."""
    raise StateError(
        f"'{path}' is an open file",
        "cannot be copied, pickled or sent to another process",
        f"{advice}: sorn.open({path!r}) opens it there",
    )


def _owned(part: Any) -> Any:
    """A copy of a view, so that the rest of what was read can leave the memory."""
    return part.copy() if isinstance(part, np.ndarray) and part.base is not None else part


def _behind(first: Any, rest: tuple[Any, ...]) -> tuple[Any, ...]:
    """The index of the other axes, for rows that were chosen by a list or a mask."""
    chosen = np.asarray(first)
    return (*(slice(None),) * (1 if chosen.dtype == bool else chosen.ndim), *rest)


def _first_axis(index: Any) -> tuple[Any, tuple[Any, ...]]:
    """Split an index into the index of the rows and the rest."""
    if not isinstance(index, tuple):
        return (slice(None), (Ellipsis,)) if index is Ellipsis else (index, ())
    if not index or index[0] is Ellipsis:
        return slice(None), index
    return index[0], index[1:]


@filled
class ResultFile(RecordedStatistics, Mapping[str, StoredArray]):
    """An open result file: the recordings by name, as arrays that are read one slice at a time.

    Opening takes milliseconds and almost no memory, whatever the size of the file. The keys are the short names
    (%(quantities)s); the names of the callbacks give the same arrays. The file is closed with :meth:`close`, or at the
    end of a ``with`` block.

    Parameters
    ----------
    path : str or path
        A result file or a checkpoint, whether Python, the command or C++ wrote it.

    Raises
    ------
    %(reading_errors)s

    Examples
    --------
    >>> import tempfile
    >>> import sorn
    >>> network = sorn.Network(ne=50, seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with network.run(time_steps=1000, record=["E", "C/10"], out=f"{folder}/run.h5") as file:
    ...         print(file["E"][500:].shape, file["C"][0], file.steps("C")[-1])
    (500, 50) 977 990
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: str = file_path(path)
        """Where the file is."""
        self._source = source = _Source(self.path)
        stored = source.open_reader().recordings
        self._measures = source.open_reader().measures
        self._stored = {name: (stride, first) for name, stride, first, *_ in stored}
        self._arrays = {
            name: StoredEvents(source, name, shape, EVENT)
            if dtype == "event"
            else StoredArray(source, name, shape, np.dtype(dtype))
            for name, _, _, shape, dtype in stored
        }

    def _reader(self) -> _core.ResultReader:
        return self._source.open_reader()

    # --- recordings ------------------------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> StoredArray:
        found = self._arrays.get(name)
        if found is None:
            found = self._arrays.get(_short_name(name))
        if found is None:
            raise KeyError(f"'{name}' was not recorded; the file has {', '.join(self._arrays) or 'no recordings'}")
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def _clock(self, name: str) -> tuple[int, int]:
        return self._stored[self[name]._name]

    def sparse(self, name: str, row: int) -> csc_array:
        """One row of the recorded weights `name` as a sparse matrix, see :meth:`StoredArray.sparse`."""
        return self[recording_name(name)].sparse(row)

    @property
    def lineage(self) -> Lineage:
        """Births and deaths of synapses, and which there are in any step. Needs ``synapses`` among the recordings.

        Raises
        ------
        ParameterError
            If the run did not record them.
        """
        if "synapses" not in self._arrays:
            raise ParameterError("a file without 'synapses'", "must be of a run that recorded them", RECORD_SYNAPSES)
        return self._source.lineage()

    def topology(self, step: int) -> csc_array:
        """The synapses after a step, see :meth:`Lineage.topology`. Needs ``synapses`` among the recordings."""
        return self.lineage.topology(step)

    # --- the rest --------------------------------------------------------------------------------------------------

    @property
    def run(self) -> dict[str, Any]:
        """The description of the run, with the keys phase, freeze, noise, inputs, first_step and steps.

        If the run had an array of inputs, it also has inputs_shape and inputs_sha256, see :class:`Provenance`. If it
        had a source, it has source, from which :meth:`sources.Source.from_text` makes the source again. If it had
        signals, it has signals, their names. If it had rules of your own, it has rules, the values of their parameters
        by name.
        """
        return self._reader().run

    @property
    def signal_names(self) -> tuple[str, ...]:
        """The names of the signals of the run, which are those of the columns of ``self["signals"]``."""
        return tuple(self._reader().run.get("signals", ()))

    @property
    def parameters(self) -> Parameters:
        """The hyperparameters of the run."""
        return Parameters._of(self._reader().parameters)

    @property
    def version(self) -> str:
        """The version of sorn that wrote the file."""
        return self._reader().version

    @property
    def provenance(self) -> Provenance:
        """The origin of the file, with its date, version, host, command line and inputs."""
        return Provenance(**self._reader().provenance)

    @property
    def state(self) -> StateDict:
        """The state of the network after the run. It is checked. ``Network(state=file.state)`` continues from it.

        Raises
        ------
        FormatError
            If the state in the file is damaged.
        """
        return StateDict._of(self._reader().network())

    @property
    def log(self) -> list[dict[str, Any]]:
        """What watchers did to the run (``sorn watch``), as in ``{"step": 1000, "act": "freeze", "rule": "stdp"}``.

        `step` is the number of steps that the network had done. The act holds for the steps after it.
        """
        log: list[dict[str, Any]] = json.loads(self._reader().log)
        return log

    # --- the past --------------------------------------------------------------------------------------------------

    @property
    def kept_steps(self) -> npt.NDArray[np.int64]:
        """The steps of the states that the run has kept (``keep_checkpoints``), counted from when it was built."""
        return self._reader().kept_steps

    def at(
        self,
        step: int,
        inputs: Inputs = None,
        *,
        noise: npt.ArrayLike | None = None,
        signals: Signals = None,
        rewards: RewardArgument = None,
        rules: Iterable[OwnRule] = (),
        threads: int | None = None,
    ) -> Network:
        """The network after any step of the run, equal to the bit.

        It is computed from the nearest earlier state that the run has kept. Without kept states it is computed from the
        network that the seed builds, if the run began with step 0. If anything in the file contradicts this beginning,
        StateError says so.

        Parameters
        ----------
        step : int
            Steps since the network was built, from ``run["first_step"]`` to ``run["first_step"] + run["steps"]``: the
            network has ``step_count == step``.
        inputs : array_like, shape (nu, T), sources.Custom or sources.ClosedLoop, optional
            The inputs of the whole run, if it had an array of inputs or a source of your own. The file holds any other
            source. Arrays are compared with the checksums of those that the run had.
        noise : array_like, shape (ne + ni, T), optional
            The noise of the whole run, if it replayed noise.
        signals : mapping from str to array_like or function, optional
            The signals of the whole run, if it had any.
        rewards : array_like or function, optional
            The signal ``"reward"`` of the whole run, if it had one.
        rules : iterable of OwnRule, optional
            The rules of your own of the run, if it had any, with the same numbers as parameters.
        threads : int, optional
            Threads that work on each step, as in :meth:`Network.run`.

        Returns
        -------
        Network
            A network of its own: running it does not change the file.

        Raises
        ------
        ParameterError
            If the run has no such step, or if the drive of the run is missing.
        StateError
            If the beginning of the run is not known, or if inputs, noise or signals are not those of the run.

        Warns
        -----
        UserWarning
            If a kept state is damaged. An earlier one takes longer and gives the same network.

        Examples
        --------
        >>> import tempfile
        >>> import sorn
        >>> network = sorn.Network(ne=50, seed=1)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with network.run(time_steps=1000, out=f"{folder}/run.h5", keep_checkpoints=10) as file:
        ...         there = file.at(777)
        ...         E = file.recompute("E", slice(700, 800))
        >>> there.step_count, E.shape
        (777, (100, 50))
        """
        self._reader()
        number = whole_number("step", step, 0, _MOST, "a whole number of steps from 0 on")
        again = given_again(inputs, noise, signals, rewards, rules, holder="the file")
        drive = core_drive(again, thread_count(threads))
        found, warnings = _core.network_at(self.path, number, drive)
        for warning in warnings:
            warn_caller(warning)
        from ._network import Network  # it uses this module

        return Network._of(found)

    @overload
    def recompute(  # type: ignore[overload-overlap]  # a str is an iterable of str, too
        self, record: str, steps: slice | None = None, stride: int | None = None, **drive: Unpack[RecomputeOptions]
    ) -> npt.NDArray[Any]: ...

    @overload
    def recompute(
        self,
        record: Mapping[str, Any] | Iterable[str],
        steps: slice | None = None,
        stride: int | None = None,
        **drive: Unpack[RecomputeOptions],
    ) -> Recordings: ...

    @filled
    def recompute(
        self,
        record: RecordArgument,
        steps: slice | None = None,
        stride: int | None = None,
        *,
        inputs: Inputs = None,
        noise: npt.ArrayLike | None = None,
        signals: Signals = None,
        rewards: RewardArgument = None,
        rules: Iterable[OwnRule] = (),
        threads: int | None = None,
        progress: bool | Report = False,
        **unknown: object,
    ) -> npt.NDArray[Any] | Recordings:
        """Record what the run has not recorded: the recording that it would have made, to the bit.

        Steps are repeated from the states that the run has kept, as in :meth:`at`. The parts of the run between them
        are computed at the same time, on all cores.

        Parameters
        ----------
        record : str, or iterable of str, or mapping from str to int
            What to record, as for :meth:`Network.run`: %(quantities)s.
        steps : slice, optional
            The numbers of the first step and of the step after the last one; all steps of the run if it is left out.
        stride : int, optional
            Keep the steps whose number is a multiple of it. A stride of a name, as in ``"WEE/100"``, comes first; the
            step of the slice is another way to say it.
        inputs, noise, signals, rewards, rules
            What drove the run and the file does not hold, as for :meth:`at`.
        threads : int, optional
            Parts of the run at the same time. None: one for each processor. A source of your own, or a signal that is a
            function, is asked for one part after the other.
        %(progress)s

        Returns
        -------
        ndarray
            For a single name: a row for each recorded step, as in ``file[name]``.
        Recordings
            For several: the arrays by name, with the steps of their rows.

        Raises
        ------
        ParameterError
            If the run does not have these steps, if its drive is missing, or if the arrays would not fit into memory.
        StateError
            If the beginning of the run is not known, or if inputs, noise or signals are not those of the run.

        Warns
        -----
        UserWarning
            If a kept state is damaged.
        """
        no_further_keywords(ResultFile.recompute, unknown)
        reader = self._reader()
        first, end = _core.past_steps(self.path)
        begin, end, texts = _wanted(record, steps, stride, first, end)
        wanted = plan(texts, real=False)
        again = given_again(inputs, noise, signals, rewards, rules, holder="the file")
        drive = core_drive(again, thread_count(threads, "leave it out to use all processors"))
        with reporting(progress, end - begin) as report:
            arrays, warnings = _core.recompute(self.path, wanted.core, begin, end, drive, report)
        for warning in warnings:
            warn_caller(warning)
        description = {**reader.run, "first_step": begin, "steps": end - begin}
        recordings = Recordings(wanted, arrays, description, reader.seed)
        return recordings[wanted.keys[0]] if isinstance(record, str) else recordings

    # --- the end ---------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close the file. Arrays that were read stay in memory."""
        self._source.reader = None

    def __enter__(self) -> ResultFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    def __reduce__(self) -> NoReturn:
        _refuse_to_pickle(self.path, "pass the path")

    def _repr_html_(self) -> str:
        """The HTML that a notebook shows. A few rows of each recording are read for it."""
        if self._source.reader is None:
            return _notebook.page("ResultFile", [("file", html.escape(self.path)), ("state", "closed")])
        run, values = self.run, self.parameters
        return _notebook.recordings(
            "ResultFile",
            self,
            [
                ("file", html.escape(self.path)),
                ("network", f"{values.ne} excitatory, {values.ni} inhibitory units"),
                ("steps", f"{run['steps']:,} from step {run['first_step']:,} on"),
            ],
        )

    def __repr__(self) -> str:
        state = (
            "closed" if self._source.reader is None else ", ".join(f"{k} {a.shape}" for k, a in self._arrays.items())
        )
        return f"<ResultFile '{_core.printable(self.path)}': {state or 'no recordings'}>"


def _wanted(
    record: RecordArgument, steps: slice | None, stride: int | None, first: int, end: int
) -> tuple[int, int, list[str]]:
    """The first step, the step after the last one, and each quantity with its stride."""
    rule = "a slice of step numbers from 0 on, such as slice(5000, 15_000)"
    if steps is not None and not isinstance(steps, slice):
        raise ParameterError(f"steps = {quoted(steps)}", f"must be {rule}")
    bounds = [first, end]
    if steps is not None:
        for side, bound in enumerate((steps.start, steps.stop)):
            if bound is not None:
                bounds[side] = whole_number("steps", bound, 0, _MOST, rule)
        if steps.step is not None:
            if stride is not None:
                raise ParameterError(f"stride = {quoted(stride)}", "is given by the slice, too", "give one of them")
            stride = steps.step
    if stride is not None:
        stride = whole_number("stride", stride, 1, _MOST, "a whole number of steps from 1 on")
    texts = texts_of("record", record)
    if not texts:
        raise ParameterError("no quantity", "must name what to record, such as 'E'")
    if stride is not None:
        texts = [re.sub(r"^([^/@]*)(?=@|$)", rf"\1/{stride}", text) for text in texts]
    return bounds[0], bounds[1], texts


def _short_name(name: str) -> str:
    """The short name of a quantity, given its short name or the name of its callback."""
    try:
        return _core.RecordPlan([name], False).requests[0][0]
    except (UnknownNameError, TypeError):
        return ""


def open(path: str | os.PathLike[str]) -> ResultFile:  # noqa: A001 - as h5py.File and numpy.load are called: sorn.open
    """Open a result file, whatever its size, to read parts of it. The same as :class:`ResultFile`, which says more."""
    return ResultFile(path)
