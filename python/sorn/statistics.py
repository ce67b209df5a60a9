"""Statistics of spike trains, of the activity of the network, and of weights."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import FloatArray, import_extra, number_array, real_array, real_number, whole_number
from ._errors import ShapeError, StateError
from ._spike_train import SpikeTrain, packed, spike_array

if TYPE_CHECKING:
    import powerlaw

IntArray = npt.NDArray[np.int64]
SpikeTrainLike = npt.ArrayLike | SpikeTrain


class LognormalFit(NamedTuple):
    """A lognormal distribution fitted to weights."""

    mu: float
    """Mean of ln w."""
    sigma: float
    """Standard deviation of ln w, > 0."""
    samples: int
    """How many weights were fitted."""
    ks_distance: float
    """Largest distance between the cumulative distributions of the weights and of the fit, 0 (perfect) to 1."""


class DerridaMap(NamedTuple):
    """How a difference between two runs goes on to the next step."""

    distance: FloatArray
    """Share of neurons that differ, each value that occurs, ascending."""
    next_distance: FloatArray
    """The mean share one step later."""
    samples: IntArray
    """From how many steps."""
    slope: float | None
    """Of the least-squares line through the origin, above 1 if differences grow; None for runs that are equal."""


class Statistics:
    """Measures of spike trains, rates and weights, computed by the engine.

    A spike train is an array (time, neurons) of 0 and 1, of any numeric type, or a :class:`sorn.SpikeTrain`. Means and
    variances divide by the number of values. Where a measure is not defined (the Fano factor of a neuron that never
    fires) a :class:`sorn.StateError` says so, unless ``undefined=`` gives the value to return instead; NaN is never
    returned unless it is asked for there.
    """

    # --- rates -----------------------------------------------------------------------------------------------------

    @staticmethod
    def firing_rate_neuron(spike_train: SpikeTrainLike, neuron: int, bin_size: int) -> tuple[int, int, float]:
        """Firing rate of a neuron: how many spikes it fires in `bin_size` steps, on average.

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
            As given.
        spike_rate : float
            Spikes in `bin_size` steps, 0 to `bin_size`.

        Raises
        ------
        ParameterError
            If the neuron does not exist or the bin is longer than the train.
        ShapeError, StateError
            If the train is empty, has another shape, or entries besides 0 and 1.
        """
        train, index = _one_neuron(spike_train, neuron)
        bin_size = _steps("bin_size", bin_size)
        return train.steps, bin_size, train.firing_rate(index, bin_size)

    @staticmethod
    def firing_rate_network(spike_train: SpikeTrainLike) -> IntArray:
        """Population activity: the number of neurons that fire in each step.

        Parameters
        ----------
        spike_train : array_like, shape (time, neurons)
            Spikes, 0 or 1.

        Returns
        -------
        ndarray of int64, shape (time,)
            Spikes in each step, 0 to neurons.
        """
        return packed("spike_train", spike_train).network_activity()

    @staticmethod
    def scale_dependent_smoothness_measure(firing_rates: npt.ArrayLike) -> float:
        """Roughness of a series: the standard deviation of the differences of consecutive values.

        Parameters
        ----------
        firing_rates : array_like, shape (time,)
            Rates; at least two.

        Returns
        -------
        float
            0 for constant slope; the smaller, the smoother.
        """
        return _core.scale_dependent_smoothness(_series("firing_rates", firing_rates))

    @staticmethod
    def scale_independent_smoothness_measure(firing_rates: npt.ArrayLike) -> float:
        """Roughness of a series relative to its trend: the coefficient of variation of consecutive differences.

        Parameters
        ----------
        firing_rates : array_like, shape (time,)
            Rates; at least two.

        Returns
        -------
        float
            Standard deviation of the differences over the absolute value of their mean; 0 for a constant slope, a
            constant series included; infinity for a series that ends where it began without being constant.
        """
        return _core.scale_independent_smoothness(_series("firing_rates", firing_rates))

    @staticmethod
    def autocorr(firing_rates: npt.ArrayLike, t: int = 2) -> FloatArray:
        """Correlation of a series with itself `t` steps later.

        Parameters
        ----------
        firing_rates : array_like, shape (time,)
            Rates.
        t : int, default 2
            Lag in steps, 0 to time - 2.

        Returns
        -------
        ndarray of float64, shape (2, 2)
            Matrix of Pearson's correlation of the two series, -1 to 1. The autocorrelation is its entry [0, 1]; it is 0
            where one of the two is constant.
        """
        rates = _series("firing_rates", firing_rates)
        rule = f"a lag in steps from 0 to {len(rates) - 2}, which leaves two pairs of {len(rates)} rates"
        lag = whole_number("t", t, 0, max(len(rates) - 2, 0), rule)
        r = _core.autocorrelation(rates, lag)
        return np.array([[1.0, r], [r, 1.0]])

    # --- single neurons --------------------------------------------------------------------------------------------

    @staticmethod
    def spike_times(spike_train: SpikeTrainLike) -> tuple[IntArray, ...]:
        """When which neuron fires.

        Parameters
        ----------
        spike_train : array_like, shape (time, neurons) or (time,)
            Spikes, 0 or 1.

        Returns
        -------
        tuple of ndarray of int64
            Steps and neurons of all spikes, ordered by step; of a train of shape (time,) the steps alone.
        """
        if not isinstance(spike_train, SpikeTrain):
            spike_train = spike_array("spike_train", spike_train)
        ndim = 2 if isinstance(spike_train, SpikeTrain) else spike_train.ndim
        train = packed("spike_train", spike_train)
        if ndim == 1:
            return (train.spike_times(0),)
        return tuple(np.nonzero(train.to_array()))

    @staticmethod
    def spike_time_intervals(spike_train: SpikeTrainLike) -> IntArray | list[IntArray]:
        """Interspike intervals.

        Parameters
        ----------
        spike_train : array_like, shape (time, neurons) or (time,)
            Spikes, 0 or 1.

        Returns
        -------
        list of ndarray of int64, or ndarray of int64
            The steps between consecutive spikes, ≥ 1, for each neuron; of a train of shape (time,) one array.
            A neuron with fewer than two spikes has none.
        """
        single = not isinstance(spike_train, SpikeTrain) and np.ndim(spike_train) == 1
        train = packed("spike_train", spike_train)
        intervals = [train.interspike_intervals(neuron) for neuron in range(train.neurons)]
        return intervals[0] if single else intervals

    @staticmethod
    def isi_cv(
        spike_train: SpikeTrainLike, neuron: int | None = None, *, undefined: float | None = None
    ) -> float | FloatArray:
        r"""Coefficient of variation of the interspike intervals, :math:`\sigma_I / \bar I`.

        Parameters
        ----------
        spike_train : array_like, shape (time, neurons) or (time,)
            Spikes, 0 or 1.
        neuron : int, optional
            One neuron; all unless given.
        undefined : float, optional
            Value for a neuron with fewer than two spikes; without it such a neuron is an error.

        Returns
        -------
        ndarray of float64, shape (neurons,), or float
            0 for a clock, 1 for a Poisson process; one number for one neuron or a train of shape (time,).

        Raises
        ------
        StateError
            If a neuron has fewer than two spikes and `undefined` is not given.
        """
        return _per_neuron(spike_train, neuron, 0, undefined, "the variation of intervals needs two spikes")

    @staticmethod
    def isi_lv(
        spike_train: SpikeTrainLike, neuron: int | None = None, *, undefined: float | None = None
    ) -> float | FloatArray:
        r"""Local variation of the interspike intervals, which slow changes of the rate do not raise.

        .. math:: L_V = \frac{3}{n-1} \sum_{k=1}^{n-1} \left(\frac{I_k - I_{k+1}}{I_k + I_{k+1}}\right)^2

        Parameters
        ----------
        spike_train : array_like, shape (time, neurons) or (time,)
            Spikes, 0 or 1.
        neuron : int, optional
            One neuron; all unless given.
        undefined : float, optional
            Value for a neuron with fewer than three spikes; without it such a neuron is an error.

        Returns
        -------
        ndarray of float64, shape (neurons,), or float
            0 for a clock, 1 for a Poisson process, at most 3.

        Raises
        ------
        StateError
            If a neuron has fewer than three spikes and `undefined` is not given.

        References
        ----------
        Shinomoto, Shima & Tanji 2003, doi 10.1162/089976603322518759.
        """
        return _per_neuron(spike_train, neuron, 1, undefined, "the local variation of intervals needs three spikes")

    @staticmethod
    def fanofactor(
        spike_train: SpikeTrainLike, neuron: int, window_size: int, *, undefined: float | None = None
    ) -> tuple[float, float, float]:
        """Fano factor of a neuron: variance over mean of the number of its spikes in a window.

        Parameters
        ----------
        spike_train : array_like, shape (time, neurons)
            Spikes, 0 or 1.
        neuron : int
            Number of the neuron, 0 to neurons - 1.
        window_size : int
            Steps in a window, 1 to time. Windows follow on each other; a rest at the end is left out.
        undefined : float, optional
            Value for a neuron that does not fire; without it such a neuron is an error.

        Returns
        -------
        mean_firing_rate : float
            Mean number of spikes in a window.
        variance_firing_rate : float
            Variance of that number.
        fano_factor : float
            1 for a Poisson process, less for a regular neuron, more for a bursting one.

        Raises
        ------
        ParameterError
            If the neuron does not exist or the window is longer than the train.
        StateError
            If the neuron does not fire in any window and `undefined` is not given.
        """
        train, index = _one_neuron(spike_train, neuron)
        mean, variance, ratio = train.fano_factor(index, _steps("window_size", window_size))
        rule = "has no Fano factor, since it does not fire in any window"
        return mean, variance, _defined(ratio, undefined, f"neuron {neuron}", rule)

    # --- neurons together ------------------------------------------------------------------------------------------

    @staticmethod
    def avg_corr_coeff(spike_train: SpikeTrainLike) -> tuple[FloatArray, float]:
        """Pearson's correlation between all pairs of neurons, and its mean.

        Parameters
        ----------
        spike_train : array_like, shape (time, neurons)
            Spikes, 0 or 1.

        Returns
        -------
        corr_mat : ndarray of float64, shape (neurons, neurons)
            Correlations, -1 to 1. A neuron that never or always fires has 0 with all others; the diagonal is 1.
        corr_coeff : float
            The mean of all entries, the diagonal among them. :meth:`summary` has the mean over pairs of neurons.
        """
        return packed("spike_train", spike_train).correlation()

    @staticmethod
    def synchrony(spike_train: SpikeTrainLike, *, undefined: float | None = None) -> float:
        r"""Synchrony χ: how much of the neurons' variance is left in their mean activity.

        .. math:: \chi^2 = \frac{\mathrm{Var}_t \langle x_i \rangle_i}{\langle \mathrm{Var}_t\, x_i \rangle_i}

        Parameters
        ----------
        spike_train : array_like, shape (time, neurons)
            Spikes, 0 or 1.
        undefined : float, optional
            Value if no neuron's activity changes; without it that is an error.

        Returns
        -------
        float
            1 if all neurons fire together, about 1/√neurons if they are independent.

        References
        ----------
        Golomb & Rinzel 1993, doi 10.1103/PhysRevE.48.4810.
        """
        value = packed("spike_train", spike_train).synchrony()
        return _defined(value, undefined, "spike_train", "has no synchrony: no neuron's activity changes")

    @staticmethod
    def spike_source_entropy(spike_train: SpikeTrainLike, num_neurons: int, *, undefined: float | None = None) -> float:
        r"""Uncertainty about which neuron a spike comes from.

        .. math:: H = -\frac{1}{\ln N} \sum_i p_i \ln p_i, \qquad 0 \ln 0 = 0

        Parameters
        ----------
        spike_train : array_like, shape (time, neurons)
            Spikes, 0 or 1; :math:`p_i` is neuron i's share of all of them.
        num_neurons : int
            Neurons N in the network, from 1 on; usually those of the train.
        undefined : float, optional
            Value if there is no spike; without it that is an error.

        Returns
        -------
        float
            0 if all spikes come from one neuron (always so if there is only one), 1 if all N neurons fire alike.
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
        return _defined(value, undefined, "spike_train", "has no source of spikes: no neuron fires")

    @staticmethod
    def branching_ratio(
        activity: SpikeTrainLike, method: str = "mean_ratio", *, undefined: float | None = None
    ) -> float:
        r"""How many spikes follow on one spike in the next step.

        Parameters
        ----------
        activity : array_like, shape (time,) or (time, neurons)
            Activity A of the network, ≥ 0, or a spike train.
        method : {'mean_ratio', 'regression'}, default 'mean_ratio'
            'mean_ratio': the mean of :math:`A_{t+1}/A_t` over the steps with activity. 'regression': the slope of
            :math:`A_{t+1}` over :math:`A_t`, which noise and input from outside do not bias.
        undefined : float, optional
            Value where no step with activity has a successor ('mean_ratio') or the activity is constant ('regression');
            without it that is an error.

        Returns
        -------
        float
            Below 1 activity dies out, above 1 it grows.

        References
        ----------
        Beggs & Plenz 2003, doi 10.1523/JNEUROSCI.23-35-11167.2003 (mean ratio);
        Wilting & Priesemann 2018, doi 10.1038/s41467-018-04725-4 (regression).
        """
        values = _activity(activity)
        rule = "has no branching ratio: it never changes, or dies at once"
        return _defined(_core.branching_ratio(values, method), undefined, "activity", rule)

    @staticmethod
    def avalanches(activity: SpikeTrainLike, threshold: float | None = None) -> tuple[FloatArray, IntArray]:
        r"""Neuronal avalanches: the periods in which activity stays above a threshold θ.

        Avalanches that are under way at the first or the last step are left out, since their size is not known.

        Parameters
        ----------
        activity : array_like, shape (time,) or (time, neurons)
            Activity A of the network, ≥ 0, or a spike train.
        threshold : float, optional
            θ, ≥ 0; half the mean activity unless given.

        Returns
        -------
        sizes : ndarray of float64, shape (avalanches,)
            :math:`\sum_t (A_t - \theta)` over the steps of each avalanche, > 0. All of the activity, its part below θ
            included, would distort the distribution of the sizes.
        durations : ndarray of int64, shape (avalanches,)
            Steps of each avalanche, ≥ 1.

        References
        ----------
        Del Papa, Priesemann & Triesch 2017, doi 10.1371/journal.pone.0178683 (θ);
        Villegas, di Santo, Burioni & Muñoz 2019, doi 10.1103/PhysRevE.100.012133 (size).
        """
        limit = None if threshold is None else real_number("threshold", threshold)
        sizes, durations, _ = _core.avalanches(_activity(activity), limit)
        return sizes, durations

    @staticmethod
    def power_law_fit(values: npt.ArrayLike, discrete: bool | None = None, **options: Any) -> powerlaw.Fit:
        """Fit a power law by maximum likelihood, with the package `powerlaw` (``pip install 'sorn[plot]'``).

        Parameters
        ----------
        values : array_like
            Positive numbers, such as the sizes or the durations of avalanches; two different ones at least.
        discrete : bool, optional
            Whether they are whole numbers by nature; whether they are all whole unless given.
        **options
            Handed on to ``powerlaw.Fit``, ``xmin=`` among them.

        Returns
        -------
        powerlaw.Fit
            ``fit.power_law.alpha`` is the exponent, ``fit.distribution_compare`` weighs it against other distributions.
        """
        numbers = number_array("values", values).ravel()
        if not np.all(np.isfinite(numbers) & (numbers > 0)):
            raise StateError("values", "must be finite and positive to be fitted by a power law")
        if len(np.unique(numbers)) < 2:
            raise StateError(f"values: {len(numbers)} of them, all alike", "a power law needs two different ones")
        powerlaw = import_extra("powerlaw", "plot")
        whole = bool(np.all(numbers == np.floor(numbers))) if discrete is None else discrete
        return powerlaw.Fit(numbers, discrete=whole, **{"verbose": False, **options})

    @staticmethod
    def summary(
        spike_train: SpikeTrainLike, window: int = 100, t: int = 2, threshold: float | None = None
    ) -> dict[str, Any]:
        """All that one wants to know first about a spike train; ``sorn stats`` prints the same.

        Parameters
        ----------
        spike_train : array_like, shape (time, neurons)
            Spikes, 0 or 1.
        window : int, default 100
            Steps in a window of the Fano factor; the whole train if it is shorter.
        t : int, default 2
            Lag of the activity's autocorrelation in steps.
        threshold : float, optional
            Of the avalanches; half the mean activity unless given.

        Returns
        -------
        dict
            Numbers by name; None for what the train does not define. Means over neurons are over those for which the
            measure is defined. The branching ratio is the one by regression.
        """
        limit = None if threshold is None else real_number("threshold", threshold)
        lag = whole_number("t", t, 0, 2**63 - 1, "a lag in steps from 0 on")
        return packed("spike_train", spike_train).summary(_steps("window", window), lag, limit)

    # --- two runs --------------------------------------------------------------------------------------------------

    @staticmethod
    def hamming_distance(actual_spike_train: SpikeTrainLike, perturbed_spike_train: SpikeTrainLike) -> IntArray:
        """How many neurons differ between two runs, step by step.

        Parameters
        ----------
        actual_spike_train, perturbed_spike_train : array_like, shape (time, neurons)
            Spikes, 0 or 1.

        Returns
        -------
        ndarray of int64, shape (time,)
            0 (equal) to neurons.

        Raises
        ------
        ShapeError
            If the two have different shapes.
        """
        actual = packed("actual_spike_train", actual_spike_train)
        return actual.hamming_distance(packed("perturbed_spike_train", perturbed_spike_train))

    @staticmethod
    def derrida_map(actual_spike_train: SpikeTrainLike, perturbed_spike_train: SpikeTrainLike) -> DerridaMap:
        """How a difference between two runs goes on to the next step.

        Parameters
        ----------
        actual_spike_train, perturbed_spike_train : array_like, shape (time, neurons)
            Spikes, 0 or 1; at least two steps.

        Returns
        -------
        DerridaMap
            ``distance``, ``next_distance``, ``samples`` and the ``slope``: above 1 differences grow, as in chaos.

        References
        ----------
        Derrida & Pomeau 1986, doi 10.1209/0295-5075/1/2/001.
        """
        actual = packed("actual_spike_train", actual_spike_train)
        return DerridaMap(*actual.derrida_map(packed("perturbed_spike_train", perturbed_spike_train)))

    # --- weights ---------------------------------------------------------------------------------------------------

    @staticmethod
    def connection_fraction(weights: Any) -> float:
        """Share of the possible synapses that exist.

        Parameters
        ----------
        weights : array_like or scipy.sparse, shape (presynaptic, postsynaptic)
            Weights > 0 are synapses. In a square matrix the diagonal is not possible.

        Returns
        -------
        float
            0 to 1.
        """
        shape = getattr(weights, "shape", None) or np.shape(weights)
        if len(shape) != 2:
            raise ShapeError(f"weights has shape {tuple(shape)}", "must be (presynaptic, postsynaptic) units")
        return _core.connection_fraction(int(np.count_nonzero(_weights(weights) > 0)), *shape)

    @staticmethod
    def lognormal_fit(weights: Any, cutoff: float = 0.01) -> LognormalFit:
        """Fit a lognormal distribution to weights by maximum likelihood.

        Parameters
        ----------
        weights : array_like or scipy.sparse
            Weights of any shape.
        cutoff : float, default 0.01
            The smallest weight that counts, > 0.

        Returns
        -------
        LognormalFit
            ``mu``, ``sigma``, ``samples`` and ``ks_distance``, how far the fit is from the weights.

        Raises
        ------
        StateError
            If there are not two different weights from the cutoff on.

        References
        ----------
        Zheng, Dimitrakakis & Triesch 2013, doi 10.1371/journal.pcbi.1002848.
        """
        fit = _core.lognormal_fit(_weights(weights), real_number("cutoff", cutoff))
        if fit is None:
            raise StateError("weights", f"must hold two different values from {cutoff:g} on to be fitted")
        return LognormalFit(*fit)


def _steps(name: str, value: object) -> int:
    return whole_number(name, value, 1, 2**63 - 1, "a whole number of steps from 1 on")


def _one_neuron(spike_train: SpikeTrainLike, neuron: object) -> tuple[_core.SpikeTrain, int]:
    """A train that holds this neuron, and its number in it. The other neurons of an array are not read."""
    spikes = spike_train if isinstance(spike_train, SpikeTrain) else spike_array("spike_train", spike_train)
    neurons = spikes.shape[1] if len(spikes.shape) == 2 else 1
    rule = f"a number from 0 to {neurons - 1}: the spike train, of shape (time, neurons), has {neurons} neurons"
    chosen = whole_number("neuron", neuron, 0, neurons - 1, rule)
    if isinstance(spikes, SpikeTrain):
        return packed("spike_train", spikes), chosen
    return packed("spike_train", spikes[:, chosen] if spikes.ndim == 2 else spikes), 0


def _per_neuron(
    spike_train: SpikeTrainLike, neuron: int | None, which: int, undefined: float | None, rule: str
) -> float | FloatArray:
    """A variation of intervals: of one neuron a number, of a train an array."""
    if neuron is None:
        single = not isinstance(spike_train, SpikeTrain) and np.ndim(spike_train) == 1
        values = packed("spike_train", spike_train).interval_variation()[which]
    else:
        single = True
        train, index = _one_neuron(spike_train, neuron)
        values = train.interval_variation()[which][index : index + 1]
    missing = np.isnan(values)
    if missing.any():
        number = int(missing.argmax()) if neuron is None else neuron
        values[missing] = _defined(None, undefined, f"neuron {number} fires too seldom", rule)
    return float(values[0]) if single else values


def _defined(value: float | None, undefined: float | None, subject: str, rule: str) -> float:
    if value is not None:
        return value
    if undefined is None:
        raise StateError(subject, rule, "undefined= gives a value for such a case")
    return float(undefined)


def _series(name: str, values: npt.ArrayLike | Iterable[float]) -> FloatArray:
    """A finite one-dimensional series as the engine takes it."""
    array = real_array(name, values)
    if array.ndim != 1:
        raise ShapeError(f"{name} has shape {array.shape}", "must be one-dimensional: a value for each step")
    if not np.isfinite(array).all():
        step = int(np.argmin(np.isfinite(array)))
        raise StateError(f"{name}[{step}] = {array[step]}", "must be a finite number")
    return np.ascontiguousarray(array)


def _activity(activity: SpikeTrainLike) -> FloatArray:
    """The activity of the network, from itself or from a spike train."""
    if isinstance(activity, SpikeTrain) or np.ndim(activity) == 2:
        return packed("activity", activity).network_activity().astype(np.float64)
    series = _series("activity", activity)
    if series.size and series.min() < 0:
        step = int(np.argmin(series))
        raise StateError(f"activity[{step}] = {series[step]}", "must not be negative")
    return series


def _weights(weights: Any) -> FloatArray:
    """All weights in a row; of a sparse matrix those that it stores."""
    data = weights.tocoo().data if hasattr(weights, "tocoo") else weights
    array = real_array("weights", data).ravel()
    if not np.isfinite(array).all():
        raise StateError(f"weights hold {array[~np.isfinite(array)][0]}", "must be finite numbers")
    return np.ascontiguousarray(array)
