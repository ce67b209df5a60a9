"""Convert the arguments of callers into arrays that can be drawn, or say what is wrong with them."""

from __future__ import annotations

from typing import Any, Literal, get_args, overload

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray, did_you_mean, number_array, quoted, real_array, whole_number
from .._arguments import IntArray as IntArray
from .._errors import ShapeError, StateError, UnknownNameError
from .._recording import RecordedSteps
from .._result_file import StoredArray
from .._sparse import is_sparse, sparse_columns
from .._spike_train import SpikeTrain

HistogramType = Literal["bar", "barstacked", "step", "stepfilled"]

_HISTOGRAM_TYPES: tuple[HistogramType, ...] = get_args(HistogramType)
_MOST_BINS = 10_000


def bin_count(bin_size: object) -> int:
    """Validate the number of bins."""
    return whole_number("bin_size", bin_size, 1, _MOST_BINS, f"a number of bins: a whole number from 1 to {_MOST_BINS}")


def histogram_type(histtype: object) -> HistogramType:
    """Validate the kind of histogram."""
    rule = f"must be one of {', '.join(_HISTOGRAM_TYPES)}"
    if not isinstance(histtype, str):
        raise UnknownNameError(f"histtype = {quoted(histtype)}", rule)
    for known in _HISTOGRAM_TYPES:
        if histtype == known:
            return known
    raise UnknownNameError(f"histtype = {quoted(histtype)}", rule, did_you_mean(histtype, _HISTOGRAM_TYPES))


def finite(name: str, array: FloatArray) -> FloatArray:
    """Refuse NaN and infinities."""
    wrong = ~np.isfinite(array)
    if wrong.any():
        place = ", ".join(str(i) for i in np.argwhere(wrong)[0])
        raise StateError(f"{name}[{place}] = {array[wrong][0]}", "must be a finite number")
    return array


class Clock:
    """The step numbers of recorded rows, at equal distances. An index gives what an array of them would give."""

    __slots__ = ("_first", "_rows", "stride")

    def __init__(self, first: int, stride: int, rows: int) -> None:
        self._first = first
        self.stride = stride
        """Steps from one row to the next."""
        self._rows = rows

    @classmethod
    def of(cls, recordings: RecordedSteps, name: str, rows: int) -> Clock:
        """The steps of a recording."""
        return cls(recordings.first_step(name), recordings.stride(name), rows)

    def __len__(self) -> int:
        return self._rows

    @overload
    def __getitem__(self, index: int) -> int: ...

    @overload
    def __getitem__(self, index: slice) -> Clock: ...

    @overload
    def __getitem__(self, index: npt.NDArray[Any] | list[int]) -> IntArray: ...

    def __getitem__(self, index: Any) -> Any:
        rows = range(self._rows)
        if isinstance(index, slice):
            chosen = rows[index]
            return Clock(self._first + self.stride * chosen.start, self.stride * chosen.step, len(chosen))
        if isinstance(index, (np.ndarray, list)):
            places = np.asarray(index, dtype=np.int64)
            return self._first + self.stride * np.where(places < 0, places + self._rows, places)
        return self._first + self.stride * rows[index]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return np.asarray(self._first + self.stride * np.arange(self._rows), dtype)


CountsOverTime = FloatArray | _core.RecordedSeries


def ends_of(values: CountsOverTime) -> tuple[float, float, float, int]:
    """The first, the last and the smallest value, and the first place of the smallest."""
    if isinstance(values, _core.RecordedSeries):
        return values.ends()
    place = int(values.argmin())
    return float(values[0]), float(values[-1]), float(values[place]), place


def counts_over_time(name: str, values: Any) -> CountsOverTime:
    """Finite numbers ≥ 0, one for each recorded step. Counts that were recorded in a file stay there."""
    if isinstance(values, StoredArray) and (stored := values._series()) is not None:
        return stored
    return numbers_over_time(name, values)


def numbers_over_time(name: str, values: Any) -> FloatArray:
    """An array of finite numbers ≥ 0, one for each recorded step."""
    array = real_array(name, values)
    if array.ndim != 1 or len(array) == 0:
        raise ShapeError(f"{name} has shape {array.shape}", "must be (time,): a number for each recorded step")
    if finite(name, array).min() < 0.0:
        step = int(array.argmin())
        raise StateError(f"{name}[{step}] = {array[step]:g}", "must not be negative")
    return array


def recorded_steps(steps: Any, rows: int) -> Clock:
    """The step numbers of recorded rows; 0, 1, 2 … if none are given."""
    if steps is None:
        return Clock(0, 1, rows)
    if isinstance(steps, Clock) and len(steps) == rows:
        return steps
    numbers = finite("steps", real_array("steps", steps))
    if numbers.shape != (rows,):
        raise ShapeError(f"steps has shape {numbers.shape}", f"must be ({rows},): a step number for each row")
    strides = np.diff(numbers)
    if np.any(numbers != np.round(numbers)) or (rows > 1 and (strides[0] <= 0.0 or np.any(strides != strides[0]))):
        raise StateError("steps are no recorded ones", "must be whole numbers that ascend by the same stride")
    return Clock(int(numbers[0]) if rows else 0, int(strides[0]) if rows > 1 else 1, rows)


def neuron_index(neuron: object, count: int) -> int:
    """Validate the index of a neuron."""
    return whole_number("neuron", neuron, 0, count - 1, f"the index of a neuron: a whole number from 0 to {count - 1}")


def shape_of(name: str, value: Any) -> tuple[int, ...]:
    """The shape of an array or of a value that can be converted to one."""
    if isinstance(value, (SpikeTrain, StoredArray, np.ndarray)):
        return value.shape
    return number_array(name, value).shape


def synaptic_weights(weights: Any) -> FloatArray:
    """The weights above 0 of a matrix, dense or ``scipy.sparse``, in one dimension."""
    if is_sparse(weights):
        values = finite("weights", sparse_columns("weights", weights).weight)
    else:
        values = finite("weights", real_array("weights", weights)).ravel()
        if values.size == 0:
            raise ShapeError("weights is empty", "must hold weights")
    return values[values > 0.0]


def degrees_of(weights: Any, axis: int) -> IntArray:
    """The number of weights above 0 in each column (axis 0) or row (axis 1) of a matrix, dense or ``scipy.sparse``."""
    if is_sparse(weights):
        columns = sparse_columns("weights", weights)
        present = finite("weights", columns.weight) > 0.0
        if 0 not in columns.shape:
            post = np.repeat(np.arange(columns.shape[1]), np.diff(columns.start))
            units = (post, columns.pre)[axis]
            return np.bincount(units[present], minlength=columns.shape[1 - axis]).astype(np.int64)
        matrix = np.zeros(columns.shape, bool)
    else:
        matrix = finite("weights", real_array("weights", weights)) > 0.0
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ShapeError(f"weights has shape {matrix.shape}", "must be a matrix: (presynaptic, postsynaptic) units")
    return np.asarray(matrix.sum(axis=axis), dtype=np.int64).ravel()


def correlation_matrix(corr: Any) -> FloatArray:
    """A symmetric matrix of correlation coefficients. NaN: not defined."""
    if isinstance(corr, tuple) and len(corr) == 2 and np.ndim(corr[0]) == 2:
        raise ShapeError(
            "corr is a pair", "must be a matrix", "avg_corr_coeff() returns the matrix first: pass that alone"
        )
    matrix = real_array("corr", corr)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(matrix) < 2:
        raise ShapeError(
            f"corr has shape {matrix.shape}",
            "must be square with two neurons or more",
            "Statistics.avg_corr_coeff(spike_train) returns such a matrix first",
        )
    with np.errstate(invalid="ignore"):
        outside = np.abs(matrix) > 1.0 + 1e-9
    if outside.any():
        raise StateError(f"corr holds {matrix[outside][0]:g}", "must be correlation coefficients, from -1 to 1")
    if not np.allclose(matrix, matrix.T, rtol=0.0, atol=1e-9, equal_nan=True):
        raise StateError("corr differs from its transpose", "must be symmetric: neuron by neuron")
    return matrix
