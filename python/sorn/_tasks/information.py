"""Information that a series stores, and that one series transfers to another."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from .._arguments import IntArray, number_array, quoted, seed_value, whole_numbers
from .._errors import ShapeError, UnknownNameError
from ._checks import count

Correction: TypeAlias = Literal["miller_madow", "shuffle", "none"]


def transfer_entropy(
    source: npt.ArrayLike,
    target: npt.ArrayLike,
    *,
    history: int = 1,
    source_history: int = 1,
    delay: int = 1,
    correction: Correction = "miller_madow",
    surrogates: int = 100,
    seed: int | None = None,
) -> float:
    """How much a series tells about the next value of another one beyond what that one's own past tells.

    With k = `history`, l = `source_history` and u = `delay`, it is the conditional mutual information

        T = I( y(t); x(t - u), ... x(t - u - l + 1) | y(t - 1), ... y(t - k) )

    of the target y and the source x, from the frequencies of all values in the series (Schreiber 2000, with the delay
    of Wibral et al. 2013). It is 0 if the source adds nothing, and not the same in the other direction. Other series
    that drive both can make it positive.

    T. Schreiber, Measuring information transfer, Physical Review Letters 85:461 (2000). M. Wibral et al., Measuring
    information-transfer delays, PLoS ONE 8:e55809 (2013).

    Parameters
    ----------
    source, target : array_like, shape (time,)
        The series: spikes of a unit, symbols, or other whole numbers. Only which ones are equal matters.
    history : int, default 1
        How many past values of the target count, k, from 1 on. If they are too few to hold all that the target knows of
        its own next value, this appears as transfer.
    source_history : int, default 1
        How many values of the source count, l, from 1 on.
    delay : int, default 1
        Steps from the last of these to the value of the target, u, from 0 on.
    correction : {'miller_madow', 'shuffle', 'none'}, default 'miller_madow'
        Frequencies of a finite series overestimate T, about by the number of its parameters over 2 ln 2 times the
        number of steps. 'miller_madow': the bias of each entropy is taken away to first order, (m - 1)/(2 N ln 2) bits
        for m values that occur in N steps (Miller 1955; Panzeri & Treves 1996). 'shuffle': the mean of surrogates is
        taken away, in which the histories of the source are in random order (Marschinski & Kantz 2002). 'none':
        nothing.
    surrogates : int, default 100
        The number of surrogates for 'shuffle'.
    seed : int, optional
        Seed of the surrogates. If it is not given, it is drawn from numpy's global generator.

    Returns
    -------
    float
        In bits for each step. After a correction it may be slightly below 0.

    Raises
    ------
    ParameterError, UnknownNameError
        For a value outside its range.
    ShapeError
        If the lengths differ, or the histories leave no step.
    StateError
        For a value that is no whole number.

    Notes
    -----
    Both corrections are exact to first order for a source without any effect. They need far more steps than there are
    combinations of values, 2^(k + l + 1) for spikes; with fewer, 'miller_madow' leaves most of the bias, and 'shuffle'
    is the safer one. G. A. Miller, Note on the bias of information estimates, in:
    Information Theory in Psychology (1955). S. Panzeri and A. Treves, Analytical estimates of limited sampling biases
    in different information measures, Network 7:87 (1996). R. Marschinski and H. Kantz, Analysing the information flow
    between financial time series, European Physical Journal B 30:275 (2002).

    Examples
    --------
    >>> x = np.random.default_rng(1).integers(2, size=10_000)
    >>> y = np.roll(x, 1)  # y repeats x one step later
    >>> round(transfer_entropy(x, y), 2), abs(round(transfer_entropy(y, x), 2))
    (1.0, 0.0)
    """
    x, y = _series("source", source), _series("target", target)
    if len(x) != len(y):
        raise ShapeError(f"target has {len(y)} values", f"must have {len(x)}, as source")
    k, width, lag = count("history", history), count("source_history", source_history), count("delay", delay, low=0)
    begin = max(k, lag + width - 1)
    if len(y) <= begin:
        raise ShapeError(f"target has {len(y)} values", f"must have more than {begin}, for the histories")
    past = _history(y, begin, 1, k)
    return _information(_history(x, begin, lag, width), y[begin:], past, correction, surrogates, seed)


def information_storage(
    series: npt.ArrayLike,
    *,
    history: int = 1,
    correction: Correction = "miller_madow",
    surrogates: int = 100,
    seed: int | None = None,
) -> float:
    """How much the past of a series tells about its next value: its active information storage.

    With k = `history` it is the mutual information

        A = I( x(t - 1), ... x(t - k); x(t) )

    from the frequencies of all values in the series. It grows with k up to the true storage; for a Markov chain of
    order k it reaches it.

    J. T. Lizier, M. Prokopenko and A. Y. Zomaya, Local measures of information storage in complex distributed
    computation, Information Sciences 208:39 (2012).

    Parameters
    ----------
    series : array_like, shape (time,)
        Spikes of a unit, symbols, or other whole numbers. Only which ones are equal matters.
    history : int, default 1
        How many past values count, k, from 1 on.
    correction, surrogates, seed
        As for :func:`transfer_entropy`. The surrogates have the histories in random order.

    Returns
    -------
    float
        In bits for each step. After a correction it may be slightly below 0.

    Raises
    ------
    ParameterError, UnknownNameError
        For a value outside its range.
    ShapeError
        If the history leaves no step.
    StateError
        For a value that is no whole number.

    Examples
    --------
    >>> round(information_storage([0, 1] * 500), 2)  # each value follows from the one before
    1.0
    >>> counting = [0, 0, 0, 1] * 500
    >>> [round(information_storage(counting, history=k), 2) for k in (1, 2, 3)]
    [0.12, 0.31, 0.81]
    """
    x = _series("series", series)
    k = count("history", history)
    if len(x) <= k:
        raise ShapeError(f"series has {len(x)} values", f"must have more than {k}, for the history")
    nothing = np.zeros(len(x) - k, np.int64)
    return _information(_history(x, k, 1, k), x[k:], nothing, correction, surrogates, seed)


def _series(name: str, values: Any) -> IntArray:
    """The numbers of the values of a series, from 0 on."""
    array = number_array(name, values)
    whole = whole_numbers(name, array.astype(np.int64) if array.dtype.kind == "b" else array)
    return _numbered(whole)


def _numbered(values: IntArray) -> IntArray:
    """For each value its number among the different ones, from 0 on."""
    return np.unique(values, return_inverse=True)[1].reshape(-1)


def _joined(first: IntArray, second: IntArray) -> IntArray:
    """A number for each pair of values, from 0 on; the numbers stay below that of the steps."""
    return _numbered(first * (second.max() + 1) + second)


def _history(values: IntArray, begin: int, delay: int, length: int) -> IntArray:
    """For each step from `begin` on a number for the `length` values up to the one `delay` steps before."""
    steps = len(values)
    code = values[begin - delay : steps - delay]
    for back in range(delay + 1, delay + length):
        code = _joined(code, values[begin - back : steps - back])
    return code


def _information(x: IntArray, y: IntArray, past: IntArray, correction: Any, surrogates: Any, seed: Any) -> float:
    """The mutual information of x and y, given the past, in bits."""
    if not isinstance(correction, str) or correction not in ("miller_madow", "shuffle", "none"):
        raise UnknownNameError(f"correction = {quoted(correction)}", "must be 'miller_madow', 'shuffle' or 'none'")
    times = count("surrogates", surrogates)
    both = _joined(y, past)
    of_target = _entropy(both, None) - _entropy(past, None)
    found = of_target - _entropy(both, x) + _entropy(past, x)
    if correction == "shuffle":
        generator = np.random.default_rng(seed_value(seed))
        drawn = (generator.permutation(x) for _ in range(times))
        return float(found[0] - np.mean([(of_target - _entropy(both, one) + _entropy(past, one))[0] for one in drawn]))
    bias = -found[1] / (2 * len(y) * np.log(2)) if correction == "miller_madow" else 0.0
    return float(found[0] - bias)


def _entropy(first: IntArray, second: IntArray | None) -> npt.NDArray[np.float64]:
    """The entropy of the values, or of pairs of values, in bits; and the number of different ones."""
    code = first if second is None else first * (second.max() + 1) + second
    if code.max() < 4 * len(code):
        counts = np.bincount(code)
        counts = counts[counts > 0]
    else:
        counts = np.unique(code, return_counts=True)[1]
    entropy = np.log2(len(code)) - np.sum(counts * np.log2(counts)) / len(code)
    return np.array([entropy, len(counts)])
