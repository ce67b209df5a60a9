"""Checks of arguments that tasks and measures share, and the parts of a task."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from .._arguments import FloatArray, number_array, real_array, real_number, whole_number
from .._errors import ParameterError, ShapeError, StateError
from .._network import Network

MOST_STEPS = 10**9


@dataclass(frozen=True)
class Parts:
    steps: int
    train: slice
    test: slice


def parts_of(washout: Any, train_steps: Any, test_steps: Any) -> Parts:
    begin = count("washout", washout, low=0)
    middle = begin + count("train_steps", train_steps)
    end = middle + count("test_steps", test_steps)
    return Parts(end, slice(begin, middle), slice(middle, end))


def count(name: str, value: Any, *, low: int = 1) -> int:
    return whole_number(name, value, low, MOST_STEPS, f"a whole number from {low} to {MOST_STEPS:,}")


def range_of(low: Any, high: Any) -> tuple[float, float]:
    lowest, highest = real_number("low", low), real_number("high", high)
    if not lowest < highest or not math.isfinite(highest - lowest):
        raise ParameterError(f"high = {highest:g}", f"must be above {lowest:g}, and the difference finite")
    return lowest, highest


def finite(name: str, values: Any, dimensions: int) -> FloatArray:
    array = number_array(name, values)
    if array.ndim != dimensions:
        raise ShapeError(f"{name} has shape {array.shape}", f"must have {dimensions} dimensions")
    array = real_array(name, array)
    if not np.isfinite(array).all():
        raise StateError(f"{name} holds {array[~np.isfinite(array)][0]}", "must be finite numbers")
    return array


def function_of(reservoir: Any) -> Callable[[FloatArray], Any] | None:
    """The function of inputs (time, features) that a reservoir of any kind is; None if it is none."""
    if isinstance(reservoir, type):
        raise ParameterError(f"reservoir is the class {reservoir.__name__}", "must be a reservoir that was made")
    if isinstance(reservoir, Network):
        return _frozen(reservoir)
    for method in ("run", "transform"):  # of a node of ReservoirPy, and of a transformer of scikit-learn
        if callable(getattr(reservoir, method, None)):
            return cast("Callable[[FloatArray], Any]", getattr(reservoir, method))
    return reservoir if callable(reservoir) else None


def _frozen(network: Network) -> Callable[[FloatArray], Any]:
    def states(inputs: FloatArray) -> Any:
        copy = network.copy()
        copy.reset_activity()
        return copy.run(inputs.T, phase="training", noise=False, record=["E"])["E"]

    return states
