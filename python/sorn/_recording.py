"""What a run shall record, and what it recorded."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import file_path, names, whole_number
from ._errors import ParameterError, StateError

RecordArgument = Mapping[str, Any] | Iterable[str] | str | None

_RULE = "names of quantities such as 'E' or 'WEE/1000', or a mapping from names to strides"


class Plan(NamedTuple):
    """The keys under which the caller wants the recordings, and the engine's form of the request."""

    keys: tuple[str, ...]
    core: _core.RecordPlan


def _texts(argument: str, wanted: RecordArgument) -> list[str]:
    if wanted is None:
        return []
    if not isinstance(wanted, Mapping):
        return list(names(argument, wanted, _RULE))
    texts = []
    for name in names(argument, wanted, _RULE):
        label = f"{argument}[{name!r}]"
        stride = whole_number(label, wanted[name], 1, 2**63 - 1, "a whole number of steps from 1 on")
        texts.append(f"{name}/{stride}")
    return texts


def plan(record: RecordArgument, *, callbacks: RecordArgument = None, real: bool) -> Plan:
    """Parse what to record.

    Parameters
    ----------
    record, callbacks
        Names, short or as callbacks, with a stride after a slash; or a mapping from names to strides.
    real
        Whether activities become float64 instead of uint8.
    """
    texts = _texts("callbacks", callbacks) + _texts("record", record)
    keys = tuple(text.partition("/")[0] for text in texts)
    core = _core.RecordPlan(texts, real)
    for position, key in enumerate(keys):
        if key in keys[:position]:
            raise ParameterError(f"'{key}' is to be recorded twice", "each quantity has one place in the result")
    return Plan(keys, core)


class Recordings(dict[str, npt.NDArray[Any]]):
    """What :meth:`sorn.Network.run` recorded: arrays whose first axis is time, by the name that was asked for.

    Spikes (E, I, R) are uint8, one byte each; counts (C, C_ei, C_ie) are int64; thresholds and weights are float64.
    """

    def __init__(self, plan: Plan, arrays: list[npt.NDArray[Any]], run: dict[str, Any]) -> None:
        super().__init__(zip(plan.keys, arrays, strict=True))
        self._requests = dict(zip(plan.keys, plan.core.requests, strict=True))
        self._run = run
        self._first: dict[str, int] = {
            name: -(-run["first_step"] // stride) * stride for name, (_, stride) in self._requests.items()
        }
        self._rows = {name: len(array) for name, array in self.items()}

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Recordings:
        """The recordings that a result file holds, whether Python, the command or C++ wrote it.

        They come under the short names (E, I, R, C, C_ei, C_ie, TE, TI, WEE, WEI, WIE). All of them are read into
        memory; a file without recordings gives an empty mapping.

        Parameters
        ----------
        path : str or path
            A result file. :meth:`sorn.Network.load` reads its network.

        Raises
        ------
        IoError
            If the file cannot be read.
        FormatError
            If it is truncated, damaged or not a result file.

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
        rows, run, version = _core.load_recordings(file_path(path))
        requests = _core.RecordPlan([text for text, _, _ in rows], False)
        keys = tuple(quantity for quantity, _ in requests.requests)
        self = cls(Plan(keys, requests), [array for _, _, array in rows], run)
        self._first = {key: first for key, (_, first, _) in zip(keys, rows, strict=True)}
        return self, version

    def steps(self, name: str) -> npt.NDArray[np.int64]:
        """The number of the step that each row of ``self[name]`` shows, counted from 0 when the network was built."""
        _, stride = self._requests[name]
        return np.arange(len(self[name]), dtype=np.int64) * stride + self._first[name]

    def _for_file(self) -> list[tuple[str, int, npt.NDArray[Any]]]:
        if {name: len(array) for name, array in self.items()} != self._rows:
            raise StateError("recordings were changed since the run", "a file holds all rows of a run and nothing else")
        return [
            (f"{quantity}/{stride}", self._first[name], np.ascontiguousarray(self[name]))
            for name, (quantity, stride) in self._requests.items()
        ]
