"""The variability of spike counts over trials."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray, number_array
from .._errors import ShapeError
from .._spike_train import packed
from ._checks import IntArray, SpikeTrainLike, defined, needs, step_number, unit_numbers, whole_numbers


def fano_regression(counts: npt.ArrayLike, *, undefined: float | None = None) -> float:
    r"""Fano factor of several units over trials, as the slope of variance over mean.

    .. math:: F = \frac{\sum_i w_i m_i v_i}{\sum_i w_i m_i^2}, \qquad w_i = \frac{1}{(m_i + 0.001)^2}

    with the mean m and the variance v of the number of spikes of unit i over the trials. This is the line through the
    origin by weighted least squares. Published weights have the number of trials as a factor, which does not change the
    slope. The variance divides by the number of trials n; for one that divides by n - 1, multiply by n/(n - 1).

    Parameters
    ----------
    counts : array_like, shape (trials, units)
        Number of spikes in a window, from 0 on.
    undefined : float, optional
        Value for fewer than two trials, or counts without a spike. Without it that is an error.

    Returns
    -------
    float
        1 for Poisson processes, less for counts that vary less.

    Raises
    ------
    StateError
        If a count is negative or not finite; if the slope is not defined and `undefined` is not given.

    References
    ----------
    Churchland et al. 2010, doi 10.1038/nn.2501. Hartmann, Lazar, Nessler & Triesch 2015, doi
    10.1371/journal.pcbi.1004640.
    """
    array = np.array(number_array("counts", counts), dtype=np.float64, order="C")
    if array.ndim != 2 or array.shape[1] == 0:
        raise ShapeError(f"counts has shape {array.shape}", "must be (trials, units)")
    slope = _core.fano_regression(array.ravel(), array.shape[1])
    return defined(slope, undefined, f"counts of {len(array)} trials", f"the slope {needs('fano_regression')}")


def fano_across_trials(
    spike_train: SpikeTrainLike,
    onsets: npt.ArrayLike,
    offsets: npt.ArrayLike,
    window: int = 5,
    units: npt.ArrayLike | None = None,
    *,
    undefined: float | None = None,
) -> FloatArray:
    """Fano factor over trials at each offset from their onsets: :meth:`sorn.Statistics.fano_regression` of the counts.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons), or SpikeTrain
        Spikes, 0 or 1.
    onsets : array_like of int
        The step in which each trial begins.
    offsets : array_like of int
        Steps after the onset, below 0 before it.
    window : int, default 5
        Spikes are counted in so many steps around onset + offset: from window // 2 steps before it on.
    units : array_like of int, optional
        The units that count, such as those without input. None: all.
    undefined : float, optional
        Value for offsets without a spike in any window, and for a single trial. Without it these are errors.

    Returns
    -------
    ndarray of float64, shape (offsets,)

    Raises
    ------
    ParameterError
        If a window reaches beyond the spike train, or a unit does not exist.
    StateError
        If a value is not defined and `undefined` is not given.
    """
    train = packed("spike_train", spike_train)
    begins = whole_numbers("onsets", onsets)
    places = whole_numbers("offsets", offsets)
    chosen: IntArray = np.zeros(0, np.int64) if units is None else unit_numbers(units, train.neurons)
    values = train.fano_across_trials(begins, places, step_number("window", window), chosen)
    for k in np.flatnonzero(np.isnan(values)):
        subject = f"{len(begins)} trials at offset {places[k]}"
        values[k] = defined(None, undefined, subject, f"the Fano factor {needs('fano_regression')}")
    return values
