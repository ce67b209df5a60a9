"""Measures of several neurons: correlation, synchrony, branching, avalanches."""

from __future__ import annotations

import warnings
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray, number_array, quoted, real_number, whole_number
from .._errors import StateError, UnknownNameError
from .._result_file import StoredArray
from .._spike_train import packed
from ._checks import ArraySeries, IntArray, SpikeTrainLike, defined, in_blocks, needs, series, step_number


def avg_corr_coeff(spike_train: SpikeTrainLike, *, undefined: float | None = None) -> tuple[FloatArray, float]:
    """Pearson's correlation between all pairs of neurons, and the mean of that matrix.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons)
        Spikes, 0 or 1.
    undefined : float, optional
        Value for what is not defined: the entries of a neuron that never or always fires, and the mean if fewer than
        two neurons change their activity. If it is not given, such entries are NaN, as in :func:`numpy.corrcoef`, and
        such a mean is an error.

    Returns
    -------
    corr_mat : ndarray of float64, shape (neurons, neurons)
        Correlations, -1 to 1. The correlation of a neuron with itself is 1.
    corr_coeff : float
        The mean of all defined entries, including the diagonal. :meth:`summary` also has the mean over the pairs of
        different neurons, which the title of :meth:`sorn.Plotter.correlation` shows, and the number of neurons that
        change their activity.

    Raises
    ------
    StateError
        If no correlation of two neurons is defined and `undefined` is not given: fewer than two change, or there are
        fewer than three steps.
    """
    train = packed("spike_train", spike_train)
    matrix, mean = train.correlation()
    subject = f"spike_train of {train.steps} steps and {train.neurons} neurons"
    mean = defined(mean, undefined, subject, f"the mean correlation {needs('avg_corr_coeff')}")
    if undefined is not None:
        matrix[np.isnan(matrix)] = real_number("undefined", undefined, finite=False)
    return matrix, mean


def synchrony(spike_train: SpikeTrainLike, *, undefined: float | None = None) -> float:
    r"""Synchrony χ: the share of the neurons' variance that remains in their mean activity.

    .. math:: \chi^2 = \frac{\mathrm{Var}_t \langle x_i \rangle_i}{\langle \mathrm{Var}_t\, x_i \rangle_i}

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons)
        Spikes, 0 or 1.
    undefined : float, optional
        Value if no neuron changes its activity, or if there is only one neuron. Without it these are errors.

    Returns
    -------
    float
        1 if all neurons fire together, about 1/√neurons if they are independent.

    References
    ----------
    Golomb & Rinzel 1993, doi 10.1103/PhysRevE.48.4810.
    """
    train = packed("spike_train", spike_train)
    subject = f"spike_train of {train.steps} steps and {train.neurons} neurons"
    return defined(train.synchrony(), undefined, subject, f"synchrony {needs('synchrony')}")


def spike_source_entropy(spike_train: SpikeTrainLike, num_neurons: int, *, undefined: float | None = None) -> float:
    r"""Uncertainty about the neuron from which a spike comes.

    .. math:: H = -\frac{1}{\ln N} \sum_i p_i \ln p_i, \qquad 0 \ln 0 = 0

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons)
        Spikes, 0 or 1; :math:`p_i` is neuron i's share of all of them.
    num_neurons : int
        Neurons N in the network, from 1 on; usually those of the train.
    undefined : float, optional
        Value if there are fewer than two spikes, or if N is 1. Without it these are errors.

    Returns
    -------
    float
        0 if all spikes come from one neuron, 1 if all N neurons fire equally often.
    """
    train = packed("spike_train", spike_train)
    sources = whole_number("num_neurons", num_neurons, 1, 2**63 - 1, "a number of neurons from 1 on")
    if sources < train.neurons:
        warnings.warn(
            f"num_neurons = {sources}, but spike_train has {train.neurons} neurons (its shape is (time, neurons)): "
            "the entropy may exceed 1",
            stacklevel=2,
        )
    value = train.spike_source_entropy(sources)
    subject = f"spike_train of {train.neurons} neurons, num_neurons = {sources}"
    return defined(value, undefined, subject, f"the entropy {needs('spike_source_entropy')}")


def branching_ratio(activity: SpikeTrainLike, method: str = "mean_ratio", *, undefined: float | None = None) -> float:
    r"""The mean number of spikes that follow one spike in the next step.

    Parameters
    ----------
    activity : array_like, shape (time,) or (time, neurons)
        Activity A of the network, ≥ 0, or a spike train.
    method : {'mean_ratio', 'regression'}, default 'mean_ratio'
        'mean_ratio': the mean of :math:`A_{t+1}/A_t` over the steps with activity. 'regression': the slope of
        :math:`A_{t+1}` over :math:`A_t`, which is not biased by noise and external input.
    undefined : float, optional
        Value if no step with activity has a successor ('mean_ratio') or if the activity is constant ('regression').
        Without it these are errors.

    Returns
    -------
    float
        Below 1 the activity dies out, above 1 it grows.

    References
    ----------
    Beggs & Plenz 2003, doi 10.1523/JNEUROSCI.23-35-11167.2003 (mean ratio);
    Wilting & Priesemann 2018, doi 10.1038/s41467-018-04725-4 (regression).
    """
    if not isinstance(method, str):
        raise UnknownNameError(f"method = {quoted(method)}", "must be 'mean_ratio' or 'regression'")
    values = _activity(activity)
    value = values.branching_ratio(method)  # refuses a method that does not exist
    rule = f"the branching ratio {needs('branching_ratio, ' + method.replace('_', ' '))}"
    return defined(value, undefined, f"activity of {_length(values)} steps", rule)


def avalanches(activity: SpikeTrainLike, threshold: float | None = None) -> tuple[FloatArray, IntArray]:
    r"""Neuronal avalanches: the periods in which activity stays above a threshold θ.

    Avalanches that are not over at the last step, or began before the first, are left out, because their size is not
    known.

    Parameters
    ----------
    activity : array_like, shape (time,) or (time, neurons)
        Activity A of the network, ≥ 0, or a spike train.
    threshold : float, optional
        θ, ≥ 0; half the mean activity unless given.

    Returns
    -------
    sizes : ndarray of float64, shape (avalanches,)
        :math:`\sum_t (A_t - \theta)` over the steps of each avalanche, > 0. A sum that included the activity below θ
        would distort the distribution of the sizes.
    durations : ndarray of int64, shape (avalanches,)
        Steps of each avalanche, ≥ 1.

    References
    ----------
    Del Papa, Priesemann & Triesch 2017, doi 10.1371/journal.pone.0178683 (θ);
    Villegas, di Santo, Burioni & Muñoz 2019, doi 10.1103/PhysRevE.100.012133 (size).
    """
    limit = None if threshold is None else real_number("threshold", threshold)
    sizes, durations, _ = _activity(activity).avalanches(limit)
    return sizes, durations


def summary(
    spike_train: SpikeTrainLike, window: int = 100, t: int = 2, threshold: float | None = None
) -> dict[str, Any]:
    """The most important measures of a spike train; ``sorn stats`` prints the same.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons)
        Spikes, 0 or 1.
    window : int, default 100
        Steps in a window of the Fano factor. A shorter train is one window.
    t : int, default 2
        Lag of the activity's autocorrelation in steps.
    threshold : float, optional
        Threshold of the avalanches; half the mean activity unless given.

    Returns
    -------
    dict
        Numbers by name; None if a measure is not defined for the train. A mean over neurons is over the neurons for
        which the measure is defined; isi_neurons, fano_neurons and correlated_neurons say how many these are. The
        branching ratio is estimated by regression.
    """
    limit = None if threshold is None else real_number("threshold", threshold)
    lag = whole_number("t", t, 0, 2**63 - 1, "a lag in steps from 0 on")
    return _core.measured(packed("spike_train", spike_train), None, None, step_number("window", window), lag, limit)


def _activity(activity: SpikeTrainLike) -> _core.SpikeSource | _core.RecordedSeries | ArraySeries:
    """The activity of the network, given as such or as a spike train."""
    if not in_blocks(activity) and not isinstance(activity, StoredArray):
        activity = number_array("activity", activity)
    if in_blocks(activity) or np.ndim(cast("npt.ArrayLike", activity)) == 2:
        return packed("activity", activity)
    if isinstance(activity, StoredArray) and (stored := activity._series()) is not None:
        return stored
    values = series("activity", cast("npt.ArrayLike", activity))
    if values.size and values.min() < 0:
        step = int(np.argmin(values))
        raise StateError(f"activity[{step}] = {values[step]}", "must not be negative")
    return ArraySeries(values)


def _length(activity: _core.SpikeSource | _core.RecordedSeries | ArraySeries) -> int:
    return activity.steps if isinstance(activity, _core.SpikeSource) else len(activity)
