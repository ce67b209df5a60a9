"""What a run shall record, and what it recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import names, whole_number
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
        self._rows = {name: len(array) for name, array in self.items()}

    def steps(self, name: str) -> npt.NDArray[np.int64]:
        """The number of the step that each row of ``self[name]`` shows, counted from 0 when the network was built."""
        _, stride = self._requests[name]
        first: int = -(-self._run["first_step"] // stride) * stride
        return np.arange(len(self[name]), dtype=np.int64) * stride + first

    def _for_file(self) -> list[tuple[str, int, npt.NDArray[Any]]]:
        if {name: len(array) for name, array in self.items()} != self._rows:
            raise StateError("recordings were changed since the run", "a file holds all rows of a run and nothing else")
        rows = []
        for name, (quantity, stride) in self._requests.items():
            steps = self.steps(name)
            first = int(steps[0]) if len(steps) else 0
            rows.append((f"{quantity}/{stride}", first, np.ascontiguousarray(self[name])))
        return rows
