"""Checks of arguments that the measures share, and their conversion for the engine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray, number_array, real_array, real_number, whole_number
from .._arguments import IntArray as IntArray
from .._errors import ParameterError, ShapeError, StateError
from .._result_file import StoredArray
from .._spike_train import SpikeTrain, packed, spike_array

SpikeTrainLike = npt.ArrayLike | SpikeTrain | StoredArray

_LARGEST = 1e100  # of a rate or an activity; squares of differences stay finite


def step_number(name: str, value: object) -> int:
    """Validate a number of steps."""
    return whole_number(name, value, 1, 2**63 - 1, "a whole number of steps from 1 on")


def in_blocks(spikes: object) -> bool:
    """Whether a spike train is in a form of which the engine reads only what it needs."""
    return isinstance(spikes, SpikeTrain) or (isinstance(spikes, StoredArray) and spikes._spikes() is not None)


def one_neuron(spike_train: SpikeTrainLike, neuron: object) -> tuple[_core.SpikeSource, int]:
    """A train that holds this neuron, and the neuron's number in it. The other neurons of an array are not read."""
    spikes: Any = spike_train if in_blocks(spike_train) else spike_array("spike_train", spike_train)
    neurons = spikes.shape[1] if len(spikes.shape) == 2 else 1
    rule = f"a number from 0 to {neurons - 1}: the spike train, of shape (time, neurons), has {neurons} neurons"
    chosen = whole_number("neuron", neuron, 0, neurons - 1, rule)
    if in_blocks(spikes):
        return packed("spike_train", spikes), chosen
    return packed("spike_train", spikes[:, chosen] if spikes.ndim == 2 else spikes), 0


def is_one_neuron(spike_train: SpikeTrainLike) -> bool:
    """Whether a train has the shape (time,). It must have been accepted before."""
    return not in_blocks(spike_train) and np.ndim(cast("npt.ArrayLike", spike_train)) == 1


def needs(measure: str) -> str:
    """The least data that a measure needs, in words."""
    number, of, where = _core.least_data()[measure]
    return f"needs {number} {of} {where}".rstrip()


def defined(value: float | None, undefined: float | None, subject: str, rule: str) -> float:
    """The value of a measure, or the caller's value if the measure is not defined."""
    if value is not None:
        return value
    if undefined is None:
        raise StateError(subject, rule, "undefined= gives a value for such a case")
    return real_number("undefined", undefined, finite=False)


class ArraySeries:
    """A series in memory, with the measures of :class:`_core.RecordedSeries`, which is one in a file."""

    def __init__(self, values: FloatArray) -> None:
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    def scale_dependent_smoothness(self) -> float | None:
        return _core.scale_dependent_smoothness(self._values)

    def scale_independent_smoothness(self) -> float | None:
        return _core.scale_independent_smoothness(self._values)

    def autocorrelation(self, lag: int) -> float | None:
        return _core.autocorrelation(self._values, lag)

    def branching_ratio(self, method: str) -> float | None:
        return _core.branching_ratio(self._values, method)

    def avalanches(self, threshold: float | None) -> tuple[FloatArray, IntArray, float]:
        return _core.avalanches(self._values, threshold)


def measurable(name: str, values: Any) -> ArraySeries | _core.RecordedSeries:
    """A finite one-dimensional series. Counts that were recorded in a file stay there."""
    if isinstance(values, StoredArray) and (stored := values._series()) is not None:
        return stored
    return ArraySeries(series(name, values))


def series(name: str, values: npt.ArrayLike | Iterable[float]) -> FloatArray:
    """A finite one-dimensional series as the engine needs it."""
    array = np.array(real_array(name, values), order="C")  # a copy: another thread may change the original
    if array.ndim != 1:
        raise ShapeError(f"{name} has shape {array.shape}", "must be one-dimensional: a value for each step")
    if not np.isfinite(array).all():
        step = int(np.argmin(np.isfinite(array)))
        raise StateError(f"{name}[{step}] = {array[step]}", "must be a finite number")
    if array.size and np.abs(array).max() > _LARGEST:
        raise StateError(f"{name} holds {array[np.abs(array).argmax()]:g}", f"must be {_LARGEST:g} in size at most")
    return array


def whole_numbers(name: str, values: npt.ArrayLike) -> IntArray:
    """Whole numbers of at most 2^53 in size, in one dimension."""
    array = number_array(name, values)
    if array.ndim != 1:
        raise ShapeError(f"{name} has shape {array.shape}", "must be one-dimensional")
    whole = np.isfinite(array) & (np.abs(array.astype(np.float64)) <= 2.0**53) & (array == np.floor(array))
    if not whole.all():
        place = int(np.argmin(whole))
        raise ParameterError(f"{name}[{place}] = {array[place]}", "must be a whole number")
    return np.array(array, dtype=np.int64, order="C")


def unit_numbers(units: npt.ArrayLike, count: int) -> IntArray:
    """The numbers of some units of a train that has so many."""
    chosen = whole_numbers("units", units)
    if len(chosen) == 0:
        raise ParameterError("units = []", "must name a unit at least")
    wrong = (chosen < 0) | (chosen >= count)
    if wrong.any():
        place = int(np.argmax(wrong))
        raise ParameterError(f"units[{place}] = {chosen[place]}", f"must be from 0 to {count - 1}")
    return chosen
