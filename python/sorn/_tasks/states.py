"""Measures of the states of a reservoir."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .._arguments import FloatArray, number_array, real_number, seed_value
from .._errors import ParameterError, ShapeError, StateError
from ._checks import MOST_STEPS, count, finite, function_of, range_of

Reservoir: TypeAlias = "Callable[[FloatArray], npt.ArrayLike]"


def squared_correlations(targets: npt.ArrayLike, predictions: npt.ArrayLike) -> FloatArray:
    """The squared correlation of each output with its target: the capacities that :func:`memory_capacity` adds up.

    Parameters
    ----------
    targets, predictions : array_like, shape (time, outputs)
        Finite numbers.

    Returns
    -------
    ndarray, shape (outputs,)
        In [0, 1]. 0 where the target or the answer does not change.

    Raises
    ------
    ShapeError
        If the shapes differ.
    StateError
        For a number that is not finite.
    """
    true, given = finite("targets", targets, 2), finite("predictions", predictions, 2)
    if true.shape != given.shape:
        raise ShapeError(f"predictions has shape {given.shape}", f"must be {true.shape}, as targets")
    if len(true) == 0:
        raise ShapeError(f"targets has shape {true.shape}", "must have at least one step")
    x, y = _scaled(true), _scaled(given)
    spread = (x * x).sum(axis=0) * (y * y).sum(axis=0)
    found: FloatArray = (x * y).sum(axis=0) ** 2 / np.where(spread > 0, spread, 1.0)
    return np.minimum(found, 1.0)


def information_processing_capacity(
    inputs: npt.ArrayLike,
    states: npt.ArrayLike,
    *,
    max_degree: int = 3,
    max_delay: int = 10,
    low: float = -1.0,
    high: float = 1.0,
) -> FloatArray:
    """How many independent functions of the last inputs a linear readout of the states can compute, by their degree.

    The functions are all products of normalised Legendre polynomials of the inputs of the steps t, t - 1, ... t -
    `max_delay`. The capacity of a function is the share of its variance that the readout explains in the steps given.
    It is counted as 0 unless it is above what states that know nothing reach: r + 4√(2r) + 8 over the number of steps,
    for r independent units.

    J. Dambre, D. Verstraeten, B. Schrauwen and S. Massar, Information processing capacity of dynamical systems,
    Scientific Reports 2:514 (2012).

    Parameters
    ----------
    inputs : array_like, shape (time,) or (time, 1)
        Independent values, uniform between `low` and `high`.
    states : array_like, shape (time, units)
        The states. Leave out the first ones, which depend on the beginning, and as many inputs. There should be far
        more of them than units.
    max_degree : int, default 3
        The highest degree, from 1 on.
    max_delay : int, default 10
        The longest delay, from 0 on.
    low, high : float, default -1, 1
        The range of the inputs.

    Returns
    -------
    ndarray, shape (max_degree,)
        The sum of the capacities of degree 1, which is the linear memory, of degree 2 and so on. All together are at
        most the number of units, apart from chance.

    Raises
    ------
    ShapeError
        If the numbers of steps differ, or there are not more than `max_delay` + 1.
    StateError
        For a number that is not finite, or an input outside the range.
    ParameterError
        For a value outside its range, or if there are more than a million functions.

    Examples
    --------
    >>> u = np.random.default_rng(1).uniform(-1, 1, 5000)
    >>> states = np.column_stack([u, np.roll(u, 1), u * np.roll(u, 2)])
    >>> information_processing_capacity(u, states).round(1)
    array([2., 1., 0.])
    """
    u = np.ravel(finite("inputs", inputs, 2 if np.ndim(number_array("inputs", inputs)) == 2 else 1))
    x = finite("states", states, 2)
    degree, longest = count("max_degree", max_degree), count("max_delay", max_delay, low=0)
    if len(u) != len(x):
        raise ShapeError(f"inputs has {len(u)} values", f"must have {len(x)}, one for each state")
    steps = len(u) - longest
    if steps < 2:
        raise ShapeError(f"states has shape {x.shape}", f"must have more than {longest + 1} steps, for max_delay")
    if degree > 100 or math.comb(longest + 1 + degree, degree) > 10**6:
        raise ParameterError(f"max_degree = {degree}", f"there are too many functions with max_delay = {longest}")
    lowest, highest = range_of(low, high)
    if u.min() < lowest or u.max() > highest:
        raise StateError(f"inputs holds {u[(u < lowest) | (u > highest)][0]}", f"must be in [{lowest:g}, {highest:g}]")

    scaled = 2 * (u - lowest) / (highest - lowest) - 1
    polynomials = np.polynomial.legendre.legvander(scaled, degree) * np.sqrt(2 * np.arange(degree + 1) + 1)
    delayed = [polynomials[longest - delay : len(u) - delay] for delay in range(longest + 1)]
    left, singular, _ = np.linalg.svd(_scaled(x[longest:]), full_matrices=False)
    basis = left[:, singular > singular.max(initial=0) * max(x.shape) * np.finfo(float).eps]
    units = basis.shape[1]
    least = (units + 4 * math.sqrt(2 * units) + 8) / steps
    totals = np.zeros(degree)
    for d in range(1, degree + 1):
        for delays in itertools.combinations_with_replacement(range(longest + 1), d):
            z = np.ones(steps)
            for delay, power in Counter(delays).items():
                z = z * delayed[delay][:, power]
            z -= z.mean()
            norm = z @ z
            capacity = float(np.sum((z @ basis) ** 2) / norm) if norm > 0 else 0.0
            totals[d - 1] += capacity if capacity > least else 0.0
    return totals


def _scaled(values: FloatArray) -> FloatArray:
    """The values with mean 0 and a largest one of 1, in each column; 0 where nothing changes."""
    largest = np.maximum(np.abs(values).max(axis=0, initial=0), np.finfo(float).tiny)
    centred = values / largest
    centred -= centred.mean(axis=0)
    spread = np.abs(centred).max(axis=0, initial=0)
    spread[spread < 8 * np.finfo(float).eps] = np.inf
    scaled: FloatArray = centred / spread
    return scaled


def rank(states: npt.ArrayLike, tolerance: float | None = None) -> int:
    """The number of linearly independent rows of a matrix of states.

    Parameters
    ----------
    states : array_like, shape (streams, units)
        A state for each stream of inputs. Finite numbers.
    tolerance : float, optional
        Singular values up to it count as 0. If it is not given: the rounding error of the largest one, as in
        :func:`numpy.linalg.matrix_rank`.

    Returns
    -------
    int

    Raises
    ------
    ShapeError
        If it is no matrix.
    StateError
        For a state that is not a finite number.
    ParameterError
        For a negative tolerance.
    """
    matrix = finite("states", states, 2)
    least = None if tolerance is None else real_number("tolerance", tolerance, 0)
    if matrix.size == 0:
        return 0
    largest = np.abs(matrix).max()
    if largest == 0:
        return 0
    return int(np.linalg.matrix_rank(matrix / largest, tol=None if least is None else least / largest))


def kernel_rank(
    reservoir: Reservoir,
    *,
    streams: int = 100,
    steps: int = 50,
    features: int = 1,
    low: float = -1.0,
    high: float = 1.0,
    tolerance: float | None = None,
    seed: int | None = None,
) -> int:
    """The rank of the states after different streams of inputs: how many of them a linear readout can tell apart.

    R. Legenstein and W. Maass, Edge of chaos and prediction of computational performance for neural circuit models,
    Neural Networks 20:323 (2007).

    Parameters
    ----------
    reservoir : callable
        A function of inputs (time, features) that returns the states (time, units), or a reservoir as for
        :func:`evaluate`. It must begin in the same state each time.
    streams : int, default 100
        The number of streams, at least that of the units to see the whole rank.
    steps : int, default 50
        Their length.
    features : int, default 1
        Their features. All values are independent.
    low, high : float, default -1, 1
        They are uniform between these.
    tolerance : float, optional
        As for :func:`rank`.
    seed : int, optional
        Seed of the streams. If it is not given, it is drawn from numpy's global generator.

    Returns
    -------
    int
        At most the number of streams, and of units.

    Raises
    ------
    ParameterError
        For a value outside its range, or if the reservoir is no function.
    ShapeError, StateError
        For wrong states.

    Examples
    --------
    >>> def last_three(inputs):
    ...     return np.array([np.convolve(inputs[:, 0], [0] * k + [1])[: len(inputs)] for k in range(3)]).T
    >>> kernel_rank(last_three, seed=1), generalization_rank(last_three, common=2, seed=1)
    (3, 2)
    >>> generalization_rank(last_three, common=3, seed=1)  # what came before is forgotten
    1
    """
    return _stream_rank(reservoir, 0, streams, steps, features, low, high, tolerance, seed)


def generalization_rank(
    reservoir: Reservoir,
    *,
    common: int = 10,
    streams: int = 100,
    steps: int = 50,
    features: int = 1,
    low: float = -1.0,
    high: float = 1.0,
    tolerance: float | None = None,
    seed: int | None = None,
) -> int:
    """The rank of the states after streams that end alike: how much a reservoir heeds what should not matter.

    The lower it is beside :func:`kernel_rank`, the better the reservoir generalises. The idea is that of Legenstein &
    Maass (2007), the streams that agree in the last steps are those of

    L. Büsing, B. Schrauwen and R. Legenstein, Connectivity, dynamics, and memory in reservoir computing with binary and
    analog neurons, Neural Computation 22:1272 (2010).

    Parameters
    ----------
    reservoir : callable
        As for :func:`kernel_rank`.
    common : int, default 10
        The last steps, in which all streams are equal; at most `steps`.
    streams, steps, features, low, high, tolerance, seed
        As for :func:`kernel_rank`.

    Returns
    -------
    int
        1 if nothing remains of the steps before.

    Raises
    ------
    ParameterError, ShapeError, StateError
        As :func:`kernel_rank`.
    """
    alike = count("common", common, low=0)
    return _stream_rank(reservoir, alike, streams, steps, features, low, high, tolerance, seed)


def _stream_rank(
    reservoir: Any,
    common: int,
    streams: Any,
    steps: Any,
    features: Any,
    low: Any,
    high: Any,
    tolerance: Any,
    seed: Any,
) -> int:
    function = function_of(reservoir)
    if function is None:
        raise ParameterError(f"reservoir is of type {type(reservoir).__name__}", "must be a function of the inputs")
    shape = count("streams", streams), count("steps", steps), count("features", features)
    if np.prod([float(size) for size in shape]) > MOST_STEPS:
        raise ParameterError(
            f"streams = {shape[0]}", f"so many of {shape[1]} steps and {shape[2]} features are too many"
        )
    if common > shape[1]:
        raise ParameterError(f"common = {common}", f"must be at most {shape[1]}, the number of steps")
    lowest, highest = range_of(low, high)
    inputs = np.random.default_rng(seed_value(seed)).uniform(lowest, highest, shape)
    inputs[:, shape[1] - common :] = inputs[0, shape[1] - common :]
    last = []
    for one in inputs:
        states = finite("what the reservoir returns", function(one), 2)
        if len(states) != len(one):
            raise ShapeError(f"what the reservoir returns has shape {states.shape}", f"must be ({len(one)}, units)")
        last.append(states[-1])
    return rank(last, tolerance)


def separation(first: npt.ArrayLike, second: npt.ArrayLike) -> FloatArray:
    """The distance of the states of a reservoir with two inputs: the separation of Maass, Natschläger & Markram (2002).

    W. Maass, T. Natschläger and H. Markram, Real-time computing without stable states: a new framework for neural
    computation based on perturbations, Neural Computation 14:2531 (2002).

    Parameters
    ----------
    first, second : array_like, shape (time, units)
        The states with the one input and with the other, from the same beginning. Finite numbers.

    Returns
    -------
    ndarray, shape (time,)
        The Euclidean distance in each step. Average it over pairs of inputs that are equally far apart.

    Raises
    ------
    ShapeError
        If the shapes differ.
    StateError
        For a state that is not a finite number.

    Examples
    --------
    >>> separation([[0, 0], [1, 1]], [[0, 0], [4, 5]])
    array([0., 5.])
    """
    one, other = finite("first", first, 2), finite("second", second, 2)
    if one.shape != other.shape:
        raise ShapeError(f"second has shape {other.shape}", f"must be {one.shape}, as first")
    with np.errstate(over="ignore"):
        return np.asarray(np.linalg.norm(one - other, axis=1))
