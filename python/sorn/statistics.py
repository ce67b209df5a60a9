"""Statistics of spike trains, of the activity of the network, and of weights, as functions of one class."""

from __future__ import annotations

from typing import cast

from ._measures import networks, neurons, patterns, power_laws, rates, runs, synapses, trials, weights
from ._measures._checks import IntArray, SpikeTrainLike
from ._measures.neurons import IsiExponential
from ._measures.patterns import NearestStates
from ._measures.runs import DerridaMap
from ._measures.weights import LognormalFit

__all__ = [
    "DerridaMap",
    "IntArray",
    "IsiExponential",
    "LognormalFit",
    "NearestStates",
    "SpikeTrainLike",
    "Statistics",
]


class Statistics:
    """Measures of spike trains, rates and weights, computed by the engine.

    A spike train is an array (time, neurons) of 0 and 1, of any numeric type, a :class:`sorn.SpikeTrain`, or a
    recording in a file of any size, as in ``sorn.open("run.h5")["E"]``. Of a recording a few megabytes are in memory at
    once, and the values have the same bits; only what a function returns may grow with the recording. Means and
    variances divide by the number of values. If a measure is not defined, such as the Fano factor of a neuron that
    never fires, a :class:`sorn.StateError` says so, unless ``undefined=`` gives a value to return instead. NaN is
    returned only if ``undefined=`` asks for it.
    """

    firing_rate_neuron = staticmethod(rates.firing_rate_neuron)
    firing_rate_network = staticmethod(rates.firing_rate_network)
    scale_dependent_smoothness_measure = staticmethod(rates.scale_dependent_smoothness_measure)
    scale_independent_smoothness_measure = staticmethod(rates.scale_independent_smoothness_measure)
    autocorr = staticmethod(rates.autocorr)
    spike_times = staticmethod(neurons.spike_times)
    spike_time_intervals = staticmethod(neurons.spike_time_intervals)
    isi_cv = cast("neurons.MeasureOfNeurons", staticmethod(neurons.isi_cv))
    isi_lv = cast("neurons.MeasureOfNeurons", staticmethod(neurons.isi_lv))
    isi_exponential = staticmethod(neurons.isi_exponential)
    fanofactor = staticmethod(neurons.fanofactor)
    fano_regression = staticmethod(trials.fano_regression)
    fano_across_trials = staticmethod(trials.fano_across_trials)
    nearest_states = staticmethod(patterns.nearest_states)
    pattern_histogram = staticmethod(patterns.pattern_histogram)
    pattern_divergence = staticmethod(patterns.pattern_divergence)
    avg_corr_coeff = staticmethod(networks.avg_corr_coeff)
    synchrony = staticmethod(networks.synchrony)
    spike_source_entropy = staticmethod(networks.spike_source_entropy)
    branching_ratio = staticmethod(networks.branching_ratio)
    avalanches = staticmethod(networks.avalanches)
    power_law_fit = staticmethod(power_laws.power_law_fit)
    power_law_comparison = staticmethod(power_laws.power_law_comparison)
    distribution_compare = staticmethod(power_laws.distribution_compare)
    summary = staticmethod(networks.summary)
    hamming_distance = staticmethod(runs.hamming_distance)
    derrida_map = staticmethod(runs.derrida_map)
    connection_fraction = staticmethod(weights.connection_fraction)
    lognormal_fit = staticmethod(weights.lognormal_fit)
    synapse_lifetimes = staticmethod(synapses.synapse_lifetimes)
    synapse_turnover = staticmethod(synapses.synapse_turnover)
