"""Firing rates of neurons and of the network."""

from __future__ import annotations

from collections.abc import Sized

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray, whole_number
from .._result_file import StoredArray
from .._spike_train import packed
from ._checks import IntArray, SpikeTrainLike, defined, measurable, needs, one_neuron, step_number


def firing_rate_neuron(spike_train: SpikeTrainLike, neuron: int, bin_size: int) -> tuple[int, int, float]:
    """Firing rate of a neuron: the mean number of its spikes in `bin_size` steps.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons)
        Spikes, 0 or 1.
    neuron : int
        Number of the neuron, 0 to neurons - 1.
    bin_size : int
        Steps in a bin, 1 to time.

    Returns
    -------
    time_period : int
        Steps of the train.
    bin_size : int
        The bin size that was given.
    spike_rate : float
        Spikes in `bin_size` steps, 0 to `bin_size`.

    Raises
    ------
    ParameterError
        If the neuron does not exist, or if the bin is longer than the train.
    ShapeError, StateError
        If the train is empty, has the wrong shape, or has entries other than 0 and 1.
    """
    train, index = one_neuron(spike_train, neuron)
    bin_size = step_number("bin_size", bin_size)
    return train.steps, bin_size, train.firing_rate(index, bin_size)


def firing_rate_network(spike_train: SpikeTrainLike) -> IntArray:
    """Population activity: the number of neurons that fire in each step.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons)
        Spikes, 0 or 1.

    Returns
    -------
    ndarray of int64, shape (time,)
        Spikes in each step, 0 to neurons. It takes 8 bytes a step, also for a recording in a file.
    """
    return packed("spike_train", spike_train).network_activity()


def scale_dependent_smoothness_measure(
    firing_rates: npt.ArrayLike | StoredArray, *, undefined: float | None = None
) -> float:
    """Roughness of a series: the standard deviation of the differences between consecutive values.

    Parameters
    ----------
    firing_rates : array_like, shape (time,), or StoredArray
        Rates, or recorded counts such as ``file["A"]``.
    undefined : float, optional
        Value for fewer than three rates. Without it they are an error.

    Returns
    -------
    float
        0 for a constant slope. The smaller the value, the smoother the series.

    Raises
    ------
    StateError
        If there are fewer than three rates and `undefined` is not given.
    """
    rates = measurable("firing_rates", firing_rates)
    value = rates.scale_dependent_smoothness()
    return defined(value, undefined, _of(rates), f"smoothness {needs('scale_dependent_smoothness')}")


def scale_independent_smoothness_measure(
    firing_rates: npt.ArrayLike | StoredArray, *, undefined: float | None = None
) -> float:
    """Roughness of a series relative to its trend: the coefficient of variation of the differences between neighbours.

    Parameters and errors as for :meth:`sorn.Statistics.scale_dependent_smoothness_measure`; the measure is not defined
    for a constant series either.

    Returns
    -------
    float
        The standard deviation of the differences, divided by the absolute value of their mean. 0 for a constant slope;
        infinite for a series that is not constant but ends with the value with which it began.
    """
    rates = measurable("firing_rates", firing_rates)
    value = rates.scale_independent_smoothness()
    return defined(value, undefined, _of(rates), f"relative smoothness {needs('scale_independent_smoothness')}")


def autocorr(firing_rates: npt.ArrayLike | StoredArray, t: int = 2, *, undefined: float | None = None) -> FloatArray:
    """Correlation of a series with itself `t` steps later.

    Parameters
    ----------
    firing_rates : array_like, shape (time,), or StoredArray
        Rates, or recorded counts such as ``file["A"]``.
    t : int, default 2
        Lag in steps, 0 to time - 3.
    undefined : float, optional
        Value of the autocorrelation if one of the two series is constant. Without it that is an error.

    Returns
    -------
    ndarray of float64, shape (2, 2)
        Matrix of Pearson's correlations of the two series, -1 to 1. The autocorrelation is its entry [0, 1].

    Raises
    ------
    ParameterError
        If the lag leaves fewer than three pairs of rates.
    StateError
        If one of the two series is constant and `undefined` is not given.
    """
    rates = measurable("firing_rates", firing_rates)
    pairs = _core.least_data()["autocorrelation"][0]
    rule = f"a lag in steps from 0 to {len(rates) - pairs}, which leaves {pairs} pairs of {len(rates)} rates"
    lag = whole_number("t", t, 0, max(len(rates) - pairs, 0), rule)
    value = rates.autocorrelation(lag)
    r = defined(value, undefined, _of(rates), f"autocorrelation {needs('autocorrelation')}")
    return np.array([[1.0, r], [r, 1.0]])


def _of(rates: Sized) -> str:
    """The rates in words, for an error."""
    return f"firing_rates of {len(rates)} {'value' if len(rates) == 1 else 'values'}"
