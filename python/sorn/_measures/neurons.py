"""Measures of single neurons: spike times and their regularity."""

from __future__ import annotations

from typing import NamedTuple, Protocol, overload

import numpy as np

from .. import _core
from .._arguments import FloatArray, quoted
from .._errors import StateError
from .._spike_train import packed
from ._checks import IntArray, SpikeTrainLike, defined, is_one_neuron, needs, one_neuron, step_number


class MeasureOfNeurons(Protocol):
    """A number for one neuron, or an array for all of them."""

    @overload
    def __call__(
        self, spike_train: SpikeTrainLike, neuron: None = None, *, undefined: float | None = None
    ) -> FloatArray: ...

    @overload
    def __call__(self, spike_train: SpikeTrainLike, neuron: int, *, undefined: float | None = None) -> float: ...


def spike_times(spike_train: SpikeTrainLike) -> tuple[IntArray, ...]:
    """The times of all spikes.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons) or (time,)
        Spikes, 0 or 1.

    Returns
    -------
    tuple of ndarray of int64
        Steps and neurons of all spikes, ordered by step: 16 bytes a spike, also for a recording in a file. For a train
        of shape (time,) only the steps.
    """
    train = packed("spike_train", spike_train)
    if is_one_neuron(spike_train):
        return (train.spike_times(0),)
    return train.spike_list()


def spike_time_intervals(spike_train: SpikeTrainLike) -> IntArray | list[IntArray]:
    """Interspike intervals.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons) or (time,)
        Spikes, 0 or 1.

    Returns
    -------
    list of ndarray of int64, or ndarray of int64
        For each neuron the steps between consecutive spikes, ≥ 1. For a train of shape (time,) one array. A neuron with
        fewer than two spikes has no intervals. All spikes of a recording in a file are read, 16 bytes each.
    """
    train = packed("spike_train", spike_train)
    if isinstance(train, _core.SpikeTrain):
        intervals = [train.interspike_intervals(neuron) for neuron in range(train.neurons)]
    else:  # one reading for all neurons
        steps, units = train.spike_list()
        order = np.argsort(units, kind="stable")
        ends = np.cumsum(np.bincount(units, minlength=train.neurons))[:-1]
        intervals = [np.diff(times) for times in np.split(steps[order], ends)]
    return intervals[0] if is_one_neuron(spike_train) else intervals


def isi_cv(
    spike_train: SpikeTrainLike, neuron: int | None = None, *, undefined: float | None = None
) -> float | FloatArray:
    r"""Coefficient of variation of the interspike intervals, :math:`\sigma_I / \bar I`.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons) or (time,)
        Spikes, 0 or 1.
    neuron : int, optional
        Number of one neuron. None: all neurons.
    undefined : float, optional
        Value for a neuron with fewer than three spikes. Without it such a neuron is an error.

    Returns
    -------
    ndarray of float64, shape (neurons,), or float
        0 for regular spikes, 1 for a Poisson process. One number for one neuron or a train of shape (time,).

    Raises
    ------
    StateError
        If a neuron has fewer than three spikes and `undefined` is not given.
    """
    return _per_neuron(spike_train, neuron, 0, undefined, f"the variation of intervals {needs('isi_cv')}")


def isi_lv(
    spike_train: SpikeTrainLike, neuron: int | None = None, *, undefined: float | None = None
) -> float | FloatArray:
    r"""Local variation of the interspike intervals, which is not raised by slow changes of the rate.

    .. math:: L_V = \frac{3}{n-1} \sum_{k=1}^{n-1} \left(\frac{I_k - I_{k+1}}{I_k + I_{k+1}}\right)^2

    Parameters, returns and errors as for :meth:`sorn.Statistics.isi_cv`. The value is 0 for regular spikes, 1 for a
    Poisson process, and at most 3.

    References
    ----------
    Shinomoto, Shima & Tanji 2003, doi 10.1162/089976603322518759.
    """
    return _per_neuron(spike_train, neuron, 1, undefined, f"the local variation of intervals {needs('isi_lv')}")


class IsiExponential(NamedTuple):
    """An exponential distribution of interspike intervals, as a line in a plot of the logarithm of their numbers."""

    decay: float
    """τ in steps, of a number that falls as exp(-I/τ); infinite for a level line, below 0 if it rises."""
    r_squared: float
    """The share of the variance of ln(number) that the line explains, 0 to 1."""
    intervals: int
    """The number of intervals within the limits."""


def isi_exponential(spike_train: SpikeTrainLike, shortest: int = 5, longest: int = 60) -> IsiExponential:
    """Fit a line to the logarithm of the number of interspike intervals of each length.

    The intervals of all neurons count together. Lengths that do not occur are left out.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons) or (time,)
        Spikes, 0 or 1.
    shortest, longest : int, default 5, 60
        Lengths in steps that are fitted, from 1 on.

    Returns
    -------
    IsiExponential
        ``decay``, ``r_squared`` and ``intervals``.

    Raises
    ------
    StateError
        If fewer than three lengths within the limits occur, or if all occur equally often.

    References
    ----------
    Zheng, Dimitrakakis & Triesch 2013, doi 10.1371/journal.pcbi.1002848.
    """
    train = packed("spike_train", spike_train)
    limits = step_number("shortest", shortest), step_number("longest", longest)
    found = train.isi_exponential(*limits)
    if found is None:
        raise StateError(
            f"interspike intervals from {limits[0]} to {limits[1]} steps", f"the line {needs('isi_exponential')}"
        )
    return IsiExponential(*found)


def fanofactor(
    spike_train: SpikeTrainLike, neuron: int, window_size: int, *, undefined: float | None = None
) -> tuple[float, float, float]:
    """Fano factor of a neuron: the variance of the number of its spikes in a window, divided by the mean.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons)
        Spikes, 0 or 1.
    neuron : int
        Number of the neuron, 0 to neurons - 1.
    window_size : int
        Steps in a window, 1 to time. Windows follow each other without gaps; a rest at the end is left out.
    undefined : float, optional
        Value for what is not defined. Without it that is an error. Not defined are the Fano factor of a neuron that
        does not fire, and the variance and the Fano factor of a single window.

    Returns
    -------
    mean_firing_rate : float
        Mean number of spikes in a window.
    variance_firing_rate : float
        Variance of that number.
    fano_factor : float
        1 for a Poisson process, less for a regular neuron, more for a neuron that fires in bursts.

    Raises
    ------
    ParameterError
        If the neuron does not exist or the window is longer than the train.
    StateError
        If there is only one window, or if the neuron does not fire in any window, and `undefined` is not given.
    """
    train, index = one_neuron(spike_train, neuron)
    window = step_number("window_size", window_size)
    mean, variance, ratio = train.fano_factor(index, window)
    windows = train.steps // window
    subject = f"neuron {quoted(neuron)}, {windows} {'window' if windows == 1 else 'windows'} of {window} steps"
    rule = f"the Fano factor {needs('fano_factor')}"
    return mean, defined(variance, undefined, subject, rule), defined(ratio, undefined, subject, rule)


def _per_neuron(
    spike_train: SpikeTrainLike, neuron: int | None, which: int, undefined: float | None, rule: str
) -> float | FloatArray:
    """A variation of intervals: a number for one neuron, an array for a train."""
    if neuron is None:
        values = packed("spike_train", spike_train).interval_variation()[which]
        single = is_one_neuron(spike_train)
    else:
        single = True
        train, index = one_neuron(spike_train, neuron)
        values = train.interval_variation()[which][index : index + 1]
    missing = np.isnan(values)
    if missing.any():
        number = quoted(int(missing.argmax()) if neuron is None else neuron)
        values[missing] = defined(None, undefined, f"neuron {number} fires too seldom", rule)
    return float(values[0]) if single else values
