"""The spikes of a recording as times, block by block, for all formats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .._arguments import real_number
from .._errors import ParameterError, ShapeError, StateError

POPULATIONS = ("excitatory", "inhibitory")
_NAMES = {"excitatory": ("E", "ExcitatoryActivation"), "inhibitory": ("I", "InhibitoryActivation")}
_ENTRIES_AT_ONCE = 2**22


class Population(NamedTuple):
    """The recorded activity of one population."""

    name: str
    rows: Any
    """An object of shape (steps, units) for which ``rows[a:b]`` gives an array."""
    first_step: int

    @property
    def steps(self) -> int:
        return int(self.rows.shape[0])

    @property
    def units(self) -> int:
        return int(self.rows.shape[1])

    def spikes(self) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        """Yield step numbers and units of the spikes, ordered by time and then by unit, a few rows at a time."""
        rows_at_once = max(_ENTRIES_AT_ONCE // max(self.units, 1), 1)
        for start in range(0, self.steps, rows_at_once):
            block = np.asarray(self.rows[start : start + rows_at_once])
            rows, units = np.nonzero(block)
            if not np.all(block[rows, units] == 1):
                raise StateError(f"the activity of the {self.name} units has other values", "must be 0 or 1")
            yield rows + (self.first_step + start), units


def populations(recordings: Mapping[str, Any]) -> dict[str, Population]:
    """The recorded activity of the two populations.

    Parameters
    ----------
    recordings : mapping
        Has E, I or both: arrays of shape (steps, units), or objects that can be sliced like arrays. Other entries are
        ignored.

    Raises
    ------
    ParameterError
        If there is neither, or if there is not a row for every step.
    ShapeError
        If one does not have two dimensions.
    """
    if not isinstance(recordings, Mapping):
        raise ParameterError(
            f"recordings is of type {type(recordings).__name__}", "must be a mapping such as Network.run() returns"
        )
    found = {}
    for population, names in _NAMES.items():
        name = next((name for name in names if name in recordings), None)
        if name is None:
            continue
        rows = recordings[name]
        shape = np.shape(rows)
        if len(shape) != 2:
            raise ShapeError(f"{name} has shape {shape}", "must have two dimensions: (steps, units)")
        first_step, stride = _clock(recordings, name)
        if stride != 1:
            raise ParameterError(
                f"{name} has a row for every {stride} steps only",
                "the spikes of the steps between are unknown, and spike times without them would mislead",
                f"record '{name}' without a stride",
            )
        found[population] = Population(population, rows, first_step)
    if not found:
        raise ParameterError("recordings hold no spikes", "E, I or both must be recorded", "try record=['E', 'I']")
    return found


def _clock(recordings: Mapping[str, Any], name: str) -> tuple[int, int]:
    """The step of the first row, and the steps from one row to the next. A plain dictionary begins with step 0."""
    told: Any = recordings
    if hasattr(told, "first_step"):  # Recordings, ResultFile
        return told.first_step(name), told.stride(name)
    return 0, 1


def step_length(step_ms: Any, name: str = "step_ms") -> float:
    """Validate the duration of one step in milliseconds."""
    number = real_number(name, step_ms)
    if number <= 0.0:
        raise ParameterError(f"{name} = {number}", "must be above 0: the milliseconds that one step stands for")
    return number
