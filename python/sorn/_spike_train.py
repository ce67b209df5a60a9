"""Spike trains in the form that the statistics use."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import number_array
from ._errors import ShapeError
from ._result_file import StoredArray


class SpikeTrain:
    """Spikes of neurons over time, one bit each. They take 1/8 of the memory of bytes and 1/64 of that of floats.

    Every function of :class:`sorn.Statistics` that takes an array of spikes also takes a SpikeTrain, and then does not
    need to pack the array again. This saves time for long trains that several measures read.

    Parameters
    ----------
    spikes : array_like, shape (time, neurons) or (time,), or StoredArray
        0 or 1 for each neuron in each step, of any numeric type. All spikes of a recording in a file are read.

    Raises
    ------
    ShapeError
        If the array has another number of dimensions.
    StateError
        If an entry is neither 0 nor 1.

    Examples
    --------
    >>> train = SpikeTrain([[0, 1], [1, 1], [0, 0]])
    >>> train.shape, np.asarray(train).sum(axis=0).tolist()
    ((3, 2), [1, 2])
    """

    __slots__ = ("_train",)
    _train: _core.SpikeTrain

    def __init__(self, spikes: npt.ArrayLike | SpikeTrain | StoredArray) -> None:
        source = packed("spikes", spikes)
        self._train = source if isinstance(source, _core.SpikeTrain) else source.part(0, source.steps)

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of steps and of neurons."""
        return self._train.steps, self._train.neurons

    def __len__(self) -> int:
        return self._train.steps

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("a packed spike train has no array that could be shared: leave out copy=False")
        return np.asarray(self._train.to_array(), dtype)

    def __eq__(self, other: object) -> bool:
        return self._train.same_spikes(other._train) if isinstance(other, SpikeTrain) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return SpikeTrain, (np.asarray(self),)

    def __repr__(self) -> str:
        steps, neurons = self.shape
        return f"<SpikeTrain of {neurons} neurons over {steps} steps>"


def spike_array(name: str, spikes: Any) -> npt.NDArray[Any]:
    """An array (time, neurons) or (time,) whose entries are not yet checked."""
    array = number_array(name, spikes)
    if array.ndim not in (1, 2):
        raise ShapeError(f"{name} has shape {array.shape}", "must be (time, neurons), or (time,) for one neuron")
    if array.size == 0:
        raise ShapeError(f"{name} has shape {array.shape}", "must hold a step and a neuron")
    return array


def packed(name: str, spikes: Any) -> _core.SpikeSource:
    """A spike train in the form of the engine. An array of shape (time,) becomes a train of one neuron.

    A recording in a file stays there: the engine reads it in blocks.
    """
    if isinstance(spikes, SpikeTrain):
        return spikes._train
    if isinstance(spikes, StoredArray) and (stored := spikes._spikes()) is not None:
        return stored
    return packed_array(name, spikes)


def packed_array(name: str, spikes: Any) -> _core.SpikeTrain:
    """The same for an array, in memory."""
    array = spike_array(name, spikes)
    if array.ndim == 1:
        array = array[:, None]
    if array.dtype.itemsize == 1 and array.dtype.kind in "biu":
        array = array.view(np.uint8)  # −1 becomes 255, which is refused as it should be
    elif array.dtype.kind in "iu":
        array = np.require(array, np.int64, "A")
    else:
        array = np.require(array, np.float64, "A")
    return _core.SpikeTrain(array, name)
