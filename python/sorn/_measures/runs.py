"""Measures of two runs: how much they differ."""

from __future__ import annotations

from typing import NamedTuple

from .._arguments import FloatArray
from .._spike_train import packed
from ._checks import IntArray, SpikeTrainLike


def hamming_distance(actual_spike_train: SpikeTrainLike, perturbed_spike_train: SpikeTrainLike) -> IntArray:
    """The number of neurons that differ between two runs, step by step.

    Parameters
    ----------
    actual_spike_train, perturbed_spike_train : array_like, shape (time, neurons)
        Spikes, 0 or 1.

    Returns
    -------
    ndarray of int64, shape (time,)
        0 (equal) to the number of neurons. It takes 8 bytes a step, also for recordings in files.

    Raises
    ------
    ShapeError
        If the two have different shapes.
    """
    actual = packed("actual_spike_train", actual_spike_train)
    return actual.hamming_distance(packed("perturbed_spike_train", perturbed_spike_train))


class DerridaMap(NamedTuple):
    """How a difference between two runs develops from one step to the next."""

    distance: FloatArray
    """The shares of neurons that differ, each value that occurs, ascending."""
    next_distance: FloatArray
    """For each of them the mean share one step later."""
    samples: IntArray
    """For each of them the number of steps in which it occurs."""
    slope: float | None
    """Slope of the least-squares line through the origin, above 1 if differences grow. None for runs that are equal."""


def derrida_map(actual_spike_train: SpikeTrainLike, perturbed_spike_train: SpikeTrainLike) -> DerridaMap:
    """How a difference between two runs develops from one step to the next.

    Parameters
    ----------
    actual_spike_train, perturbed_spike_train : array_like, shape (time, neurons)
        Spikes, 0 or 1; at least two steps.

    Returns
    -------
    DerridaMap
        ``distance``, ``next_distance``, ``samples`` and the ``slope``. If the slope is above 1, differences grow, as in
        chaos.

    References
    ----------
    Derrida & Pomeau 1986, doi 10.1209/0295-5075/1/2/001.
    """
    actual = packed("actual_spike_train", actual_spike_train)
    return DerridaMap(*actual.derrida_map(packed("perturbed_spike_train", perturbed_spike_train)))
