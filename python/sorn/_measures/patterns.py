"""States of a network as patterns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray, number_array, real_number, seed_value
from .._errors import ShapeError
from .._spike_train import packed
from ._checks import IntArray, SpikeTrainLike, unit_numbers


class NearestStates(NamedTuple):
    """For each state the reference that is closest to it."""

    reference: IntArray
    """The number of the reference."""
    distance: IntArray
    """The number of units in which they differ."""


def nearest_states(states: SpikeTrainLike, references: SpikeTrainLike, seed: int = 0) -> NearestStates:
    """Find for each state the reference with the smallest Hamming distance.

    Parameters
    ----------
    states, references : array_like, shape (time, units), or SpikeTrain
        States, 0 or 1, of the same units: for example spontaneous and evoked ones. All references are in memory, one
        bit for each unit, also those in a file.
    seed : int, default 0
        If several references are equally close, the first of them is taken, in an order of all references that is
        shuffled once. The seed is that of the order, from 0 to 2^64 - 1.

    Returns
    -------
    NearestStates
        ``reference`` and ``distance``, both ndarray of int64, shape (time,).

    Raises
    ------
    ShapeError
        If the units differ in number, or if there is no reference.

    References
    ----------
    Hartmann, Lazar, Nessler & Triesch 2015, doi 10.1371/journal.pcbi.1004640.
    """
    train, others = packed("states", states), packed("references", references)
    return NearestStates(*train.nearest_states(others, seed_value(seed)))


def pattern_histogram(spike_train: SpikeTrainLike, units: npt.ArrayLike) -> IntArray:
    """How many steps show each pattern of some units.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons), or SpikeTrain
        Spikes, 0 or 1.
    units : array_like of int
        1 to 24 different units.

    Returns
    -------
    ndarray of int64, shape (2^k,)
        For k units. The entry of a pattern is the sum of 2^i over its active ``units[i]``.

    Raises
    ------
    ParameterError
        If a unit does not exist or comes twice, or for no units or more than 24.
    """
    train = packed("spike_train", spike_train)
    return train.pattern_histogram(unit_numbers(units, train.neurons))


def pattern_divergence(p_counts: npt.ArrayLike, q_counts: npt.ArrayLike, pseudo_count: float = 1.0) -> float:
    r"""Kullback-Leibler divergence of two distributions of patterns, in bits.

    .. math:: \sum_i P_i \log_2 \frac{P_i}{Q_i}, \qquad P_i = \frac{p_i + a}{\sum_j (p_j + a)}

    and Q likewise, with the pseudo-count a.

    Parameters
    ----------
    p_counts, q_counts : array_like, shape (patterns,)
        How often each pattern occurs, from 0 on, as :meth:`sorn.Statistics.pattern_histogram` counts them.
    pseudo_count : float, default 1
        A number from 0 on that is added to each count, so that a pattern that was not seen has a probability. The
        shorter the runs, the more does it draw both distributions together. With 0 a pattern that p lacks adds nothing,
        and the divergence is infinite if q lacks a pattern that p has.

    Returns
    -------
    float
        From 0 on.

    Raises
    ------
    ShapeError
        If the histograms have different lengths.
    StateError
        If a count is negative or not finite, or if all are 0 without a pseudo-count.
    """
    counts = _histogram("p_counts", p_counts), _histogram("q_counts", q_counts)
    return _core.pattern_divergence(*counts, real_number("pseudo_count", pseudo_count))


def _histogram(name: str, counts: npt.ArrayLike) -> FloatArray:
    array = np.array(number_array(name, counts), dtype=np.float64, order="C")
    if array.ndim != 1:
        raise ShapeError(f"{name} has shape {array.shape}", "must be one-dimensional: a number for each pattern")
    return array
