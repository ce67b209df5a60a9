"""Every statistic against NumPy and SciPy, which know nothing of bits, and at the edges of what it is defined for."""

from __future__ import annotations

import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy import stats as scipy_stats

from sorn import (
    Network,
    ParameterError,
    ShapeError,
    SpikeTrain,
    StateError,
    Statistics,
    UnknownNameError,
    criticality,
)
from sorn._core import least_data

LEAST_DATA = least_data()
ALMOST = {"rtol": 1e-12, "atol": 1e-12}


def random_train(steps: int, neurons: int, seed: int) -> np.ndarray:
    """Neurons of different rates, of which the first never fires and the last always does."""
    generator = np.random.default_rng(seed)
    rates = np.linspace(0, 1, neurons)
    return (generator.random((steps, neurons)) < rates).astype(np.uint8)


TRAINS = [random_train(1000, 23, 1), random_train(64, 8, 2), random_train(65, 5, 3)]
trains = pytest.mark.parametrize("train", TRAINS, ids=lambda train: "x".join(map(str, train.shape)))
small_trains = arrays(np.uint8, st.tuples(st.integers(1, 150), st.integers(1, 12)), elements=st.integers(0, 1))


@given(small_trains)
@settings(max_examples=60, deadline=None)
def test_any_type_layout_and_container_gives_the_same_result(train: np.ndarray) -> None:
    expected = train.sum(axis=1)
    variants: list[Any] = [train.astype(kind) for kind in (bool, np.int8, np.int64, np.uint16, np.float32, float)]
    variants += [np.asfortranarray(train), np.repeat(train, 2, axis=1)[:, ::2], train.tolist(), SpikeTrain(train)]
    variants.append(sparse.csr_array(train))
    for variant in variants:
        assert_array_equal(Statistics.firing_rate_network(variant), expected)
    packed = SpikeTrain(train)
    assert_array_equal(np.asarray(packed), train)
    assert packed == SpikeTrain(train.astype(float))
    assert pickle.loads(pickle.dumps(packed)) == packed
    assert len(packed) == packed.shape[0] == len(train)


@trains
def test_rates(train: np.ndarray) -> None:
    for neuron in range(train.shape[1]):
        period, size, rate = Statistics.firing_rate_neuron(train, neuron, 10)
        assert (period, size) == (len(train), 10)
        assert_allclose(rate, train[:, neuron].mean() * 10, **ALMOST)
    activity = train.sum(axis=1, dtype=np.int64)
    assert_array_equal(Statistics.firing_rate_network(train), activity)
    differences = np.diff(activity)
    assert_allclose(Statistics.scale_dependent_smoothness_measure(activity), differences.std(), **ALMOST)
    if differences.mean():
        coefficient = Statistics.scale_independent_smoothness_measure(list(activity))
        assert_allclose(coefficient, differences.std() / abs(differences.mean()), rtol=1e-12)
    for lag in (0, 1, 2, 7):
        expected = np.corrcoef(activity[: len(activity) - lag], activity[lag:])
        assert_allclose(Statistics.autocorr(activity, lag), expected, **ALMOST)


@trains
def test_intervals(train: np.ndarray) -> None:
    times, neurons = Statistics.spike_times(train)
    for ours, expected in zip((times, neurons), np.nonzero(train), strict=True):
        assert_array_equal(ours, expected)
    intervals = Statistics.spike_time_intervals(train)
    cv, lv = Statistics.isi_cv(train, undefined=-1), Statistics.isi_lv(train, undefined=-1)
    for neuron, found in enumerate(intervals):
        spikes = train[:, neuron]
        expected = np.diff(np.nonzero(spikes)[0])
        assert_array_equal(found, expected)
        assert_array_equal(Statistics.spike_time_intervals(spikes), expected)
        assert_array_equal(Statistics.spike_times(spikes)[0], np.nonzero(spikes)[0])
        if len(expected) < 2:
            assert cv[neuron] == lv[neuron] == -1
            continue
        assert_allclose(cv[neuron], scipy_stats.variation(expected), **ALMOST)
        assert cv[neuron] == Statistics.isi_cv(train, neuron) == Statistics.isi_cv(spikes)
        assert cv[neuron] == Statistics.isi_cv(SpikeTrain(train), neuron)
        contrasts = np.diff(expected) / (expected[1:] + expected[:-1])
        assert_allclose(lv[neuron], 3 * np.mean(contrasts**2), **ALMOST)
        assert lv[neuron] == Statistics.isi_lv(train, neuron)


@trains
@pytest.mark.parametrize("window", [1, 7, 64])
def test_fano_factor(train: np.ndarray, window: int) -> None:
    whole = len(train) // window * window
    if whole < 2 * window:
        assert Statistics.fanofactor(train, 1, window, undefined=-1)[1:] == (-1, -1)
        return
    for neuron in range(1, train.shape[1]):
        counts = train[:whole, neuron].reshape(-1, window).sum(axis=1)
        expected = counts.mean(), counts.var(), counts.var() / counts.mean()
        assert_allclose(Statistics.fanofactor(train, neuron, window), expected, **ALMOST)
        assert Statistics.fanofactor(SpikeTrain(train), neuron, window) == Statistics.fanofactor(train, neuron, window)


@trains
def test_correlation(train: np.ndarray) -> None:
    matrix, mean = Statistics.avg_corr_coeff(train)
    with np.errstate(invalid="ignore"):
        expected = np.corrcoef(train.T)
    constant = train.std(axis=0) == 0
    assert_allclose(matrix, expected, **ALMOST)  # NaN where NumPy has NaN
    filled, same_mean = Statistics.avg_corr_coeff(train, undefined=0)
    assert same_mean == mean
    assert_array_equal(filled, np.nan_to_num(matrix))
    varying = expected[~constant][:, ~constant]
    assert_allclose(mean, varying.mean(), **ALMOST)
    pairs = (varying.sum() - len(varying)) / (len(varying) * (len(varying) - 1))
    summary = Statistics.summary(train)
    assert_allclose(summary["pairwise_correlation"], pairs, **ALMOST)
    assert_allclose(summary["avg_corr_coeff"], mean, **ALMOST)
    assert summary["correlated_neurons"] == len(varying)


@trains
def test_measures_of_the_whole_network(train: np.ndarray) -> None:
    activity = train.sum(axis=1, dtype=np.int64)
    chi = np.sqrt(train.mean(axis=1).var() / train.var(axis=0).mean())
    assert_allclose(Statistics.synchrony(train), chi, **ALMOST)
    neurons = train.shape[1]
    entropy = scipy_stats.entropy(train.sum(axis=0), base=neurons)
    assert_allclose(Statistics.spike_source_entropy(train, neurons), entropy, **ALMOST)
    assert_allclose(Statistics.spike_source_entropy(train, 1000), entropy * np.log(neurons) / np.log(1000), **ALMOST)
    before, after = activity[:-1], activity[1:]
    ratios = after[before > 0] / before[before > 0]
    assert_allclose(Statistics.branching_ratio(train), ratios.mean(), **ALMOST)
    slope = scipy_stats.linregress(before, after).slope
    assert_allclose(Statistics.branching_ratio(activity, method="regression"), slope, **ALMOST)
    summary = Statistics.summary(train, window=7, t=3)
    assert_allclose(summary["branching_ratio"], slope, **ALMOST)
    assert_allclose(summary["autocorrelation"], np.corrcoef(activity[:-3], activity[3:])[0, 1], **ALMOST)
    assert (summary["spikes"], summary["silent_neurons"]) == (train.sum(), np.sum(train.sum(axis=0) == 0))
    assert_allclose(summary["mean_rate"], train.mean(), **ALMOST)


@pytest.mark.parametrize("threshold", [None, 0, 3.5])
def test_avalanches(threshold: float | None) -> None:
    activity = np.random.default_rng(5).poisson(3, 2000)
    limit = activity.mean() / 2 if threshold is None else threshold
    above = np.concatenate([[False], activity > limit, [False]])
    starts, ends = np.nonzero(~above[:-1] & above[1:])[0], np.nonzero(above[:-1] & ~above[1:])[0]
    whole = (starts > 0) & (ends < len(activity))
    starts, ends = starts[whole], ends[whole]
    sizes, durations = Statistics.avalanches(activity, threshold)
    assert_array_equal(durations, ends - starts)
    expected = [np.sum(activity[a:b] - limit) for a, b in zip(starts, ends, strict=True)]
    assert_allclose(sizes, expected, **ALMOST)
    assert len(sizes) > 50


def test_power_law() -> None:
    values = np.random.default_rng(6).pareto(1.5, 3000) + 1
    fit = Statistics.power_law_fit(values, xmin=1.0)
    assert_allclose(fit.alpha, 1 + len(values) / np.log(values).sum(), rtol=1e-6)  # the known maximum
    assert_allclose(fit.errors["alpha"], (fit.alpha - 1) / math.sqrt(len(values)), rtol=1e-6)
    assert abs(fit.alpha - 2.5) < 3 * fit.errors["alpha"]
    assert (fit.discrete, fit.samples) == (False, 3000)
    assert Statistics.power_law_fit(np.random.default_rng(7).zipf(2.5, 500), xmin=1).discrete
    assert Statistics.power_law_fit(values) == criticality.fit_tail(values)
    limited = Statistics.power_law_fit(values, False, xmin=2, xmax=9)
    assert limited == criticality.fit(values, xmin=2, xmax=9)
    assert limited.samples == np.sum((values >= 2) & (values <= 9))


def test_power_law_that_holds() -> None:
    values = np.random.default_rng(6).zipf(2.5, 1000)
    found = Statistics.power_law_comparison(values, xmin=1)
    assert found.holds
    assert found.preferred is None
    assert found.verdict.startswith("a power law is not rejected (p = ")
    assert set(found.comparisons) == set(criticality.DISTRIBUTIONS[1:])
    assert (found.law.xmin, found.law.samples) == (1, 1000)
    assert abs(found.law.alpha - 2.5) < 3 * found.law.errors["alpha"]
    assert found.goodness is not None
    assert found.goodness.repetitions == 100
    assert found.goodness.p == criticality.goodness_of_fit(values, found.law, repetitions=100, search=False).p


def test_no_power_law() -> None:
    values = np.random.default_rng(6).geometric(0.2, 1000)
    found = Statistics.power_law_comparison(values, alternatives="exponential", seed=2, threads=2)
    assert not found.holds
    assert found.preferred == "exponential"
    comparison = found.comparisons["exponential"]
    assert comparison.ratio < 0
    assert comparison.p < 0.001
    assert found.verdict == "a power law is rejected (p = 0.00); exponential preferred"
    # xmin is sought up to the median, in the samples too.
    median = float(np.median(values))
    assert found.law == criticality.fit_tail(values, largest_xmin=median)
    assert found.law.xmin <= median < criticality.fit_tail(values).xmin
    expected = criticality.goodness_of_fit(values, found.law, repetitions=100, seed=2, largest_xmin=median)
    assert found.goodness is not None
    assert_array_equal(found.goodness.distances, expected.distances)
    alone = Statistics.power_law_comparison(values, alternatives=())
    assert not alone.holds, "the distance alone speaks against it"
    assert alone.verdict == "a power law is rejected (p = 0.00)"
    untested = Statistics.power_law_comparison(values, alternatives="exponential", repetitions=0)
    assert (untested.goodness, untested.holds) == (None, False), "the comparison alone speaks against it"


def test_two_distributions_are_compared() -> None:
    values = np.random.default_rng(6).pareto(1.5, 3000) + 1
    found = Statistics.distribution_compare(values, "power_law", "exponential", xmin=2, xmax=100)
    fits = [criticality.fit(values, name, xmin=2, xmax=100) for name in ("power_law", "exponential")]
    assert_allclose(found.ratio, fits[0].log_likelihood - fits[1].log_likelihood, rtol=1e-9)
    assert found.p < 0.001
    back = Statistics.distribution_compare(values, "exponential", "power_law", xmin=2, xmax=100)
    assert (back.ratio, back.p) == (-found.ratio, found.p)
    assert not found.nested
    assert Statistics.distribution_compare(values, "power_law", "truncated_power_law").nested
    assert Statistics.distribution_compare(values, "lognormal", "lognormal").ratio == 0.0


@trains
def test_two_runs(train: np.ndarray) -> None:
    other = np.roll(train, 3, axis=0)
    distance = Statistics.hamming_distance(train, other)
    assert_array_equal(distance, np.sum(train != other, axis=1))
    found = Statistics.derrida_map(train, other)
    share = distance / train.shape[1]
    for d, following, count in zip(found.distance, found.next_distance, found.samples, strict=True):
        where = np.isclose(share[:-1], d)
        assert where.sum() == count
        assert_allclose(following, share[1:][where].mean(), **ALMOST)
    assert_allclose(found.slope, (share[:-1] @ share[1:]) / (share[:-1] @ share[:-1]), **ALMOST)
    assert Statistics.derrida_map(train, train).slope is None


def test_weights() -> None:
    weights = np.random.default_rng(3).lognormal(-2.5, 0.5, (40, 40))
    weights[np.random.default_rng(4).random((40, 40)) < 0.9] = 0
    np.fill_diagonal(weights, 0)
    for form in (weights, sparse.csc_array(weights), weights.tolist()):
        assert Statistics.connection_fraction(form) == np.count_nonzero(weights) / (40 * 39)
        fit = Statistics.lognormal_fit(form)
        logs = np.log(weights[weights >= 0.01])
        assert_allclose((fit.mu, fit.sigma), (logs.mean(), logs.std()), **ALMOST)
        assert_allclose(fit.ks_distance, scipy_stats.kstest(logs, "norm", (fit.mu, fit.sigma)).statistic, **ALMOST)
        assert fit.samples == len(logs)
    assert Statistics.connection_fraction(weights[:, :10]) == np.count_nonzero(weights[:, :10]) / 400
    assert Statistics.connection_fraction(np.ones((3, 3))) == 1  # the diagonal does not count
    twice = sparse.coo_array(([0.2, 0.3], ([0, 0], [1, 1])), shape=(3, 3))
    assert Statistics.connection_fraction(twice) == 1 / 6
    network = Network(ne=50, seed=1)
    assert Statistics.connection_fraction(network.Wee) == network.connection_counts[0] / (50 * 49)


def test_usage_document() -> None:
    E = np.random.randint(2, size=(200, 1000))
    avg_corr_coeff, _ = Statistics.avg_corr_coeff(E)
    assert avg_corr_coeff.shape == (1000, 1000)
    assert Statistics.autocorr(firing_rates=[1, 1, 5, 6, 3, 7], t=2).shape == (2, 2)
    mean, variance, fano = Statistics.fanofactor(spike_train=E, neuron=10, window_size=10)
    assert 0 < mean < 10
    assert variance == pytest.approx(fano * mean)
    # The document says 200 neurons of a train that has 200 steps of 1,000: the formula holds, the user is told.
    with pytest.warns(UserWarning, match="num_neurons = 200, but spike_train has 1000 neurons"):
        assert Statistics.spike_source_entropy(spike_train=E, num_neurons=200) > 1


# --- edges ---------------------------------------------------------------------------------------------------------

SILENT = np.zeros((20, 3))
EMPTY = np.zeros((0, 3))


def test_silent_and_constant_trains_have_the_right_values() -> None:
    assert Statistics.firing_rate_neuron(SILENT, 0, 5) == (20, 5, 0.0)
    assert Statistics.scale_dependent_smoothness_measure([2, 2, 2]) == 0
    assert Statistics.scale_independent_smoothness_measure([2, 3, 4]) == 0
    assert Statistics.scale_independent_smoothness_measure([0.1, 0.5, 0.1]) == math.inf
    assert [len(intervals) for intervals in Statistics.spike_time_intervals(SILENT)] == [0, 0, 0]
    assert [len(found) for found in Statistics.avalanches(SILENT)] == [0, 0]
    assert_array_equal(Statistics.hamming_distance(SILENT, SILENT + 1), np.full(20, 3))
    assert Statistics.fanofactor(SILENT + 1, 1, 7) == (7.0, 0.0, 0.0)
    assert Statistics.summary(SILENT)["isi_cv"] is None


UNDEFINED = [
    (lambda **how: Statistics.fanofactor(SILENT, 1, 5, **how), lambda value: value[2]),
    (lambda **how: Statistics.fanofactor(TRAINS[1], 5, 64, **how), lambda value: value[1]),  # one window
    (lambda **how: Statistics.fanofactor(TRAINS[1], 5, 33, **how), lambda value: value[2]),  # and a rest
    (lambda **how: Statistics.isi_cv(SILENT, **how), lambda value: value[0]),
    (lambda **how: Statistics.isi_cv([0, 1, 0, 1], **how), lambda value: value),
    (lambda **how: Statistics.isi_cv([[0, 1], [1, 1], [0, 1], [1, 0]], **how), lambda value: value[0]),
    (lambda **how: Statistics.isi_lv([0, 1, 0, 1], **how), lambda value: value),
    (lambda **how: Statistics.scale_dependent_smoothness_measure([1, 2], **how), lambda value: value),
    (lambda **how: Statistics.scale_dependent_smoothness_measure([], **how), lambda value: value),
    (lambda **how: Statistics.scale_independent_smoothness_measure([1, 2], **how), lambda value: value),
    (lambda **how: Statistics.scale_independent_smoothness_measure([2, 2, 2], **how), lambda value: value),
    (lambda **how: Statistics.autocorr([2, 2, 2, 2, 3], 1, **how), lambda value: value[0, 1]),
    (lambda **how: Statistics.avg_corr_coeff(SILENT, **how), lambda value: value[1]),
    (lambda **how: Statistics.avg_corr_coeff(SILENT, **how), lambda value: value[0][1, 2]),
    (lambda **how: Statistics.avg_corr_coeff([[0, 1], [1, 0]], **how), lambda value: value[1]),  # r = -1 in any case
    (lambda **how: Statistics.avg_corr_coeff([[0], [1], [1]], **how), lambda value: value[1]),
    (lambda **how: Statistics.synchrony([0, 1, 1], **how), lambda value: value),
    (lambda **how: Statistics.spike_source_entropy([[1], [1]], 1, **how), lambda value: value),
    (lambda **how: Statistics.spike_source_entropy([[1, 0], [0, 0]], 2, **how), lambda value: value),
    (lambda **how: Statistics.isi_lv(SILENT, 2, **how), lambda value: value),
    (lambda **how: Statistics.synchrony(SILENT + 1, **how), lambda value: value),
    (lambda **how: Statistics.spike_source_entropy(SILENT, 3, **how), lambda value: value),
    (lambda **how: Statistics.branching_ratio(SILENT, **how), lambda value: value),
    (lambda **how: Statistics.branching_ratio([1, 1, 1], "regression", **how), lambda value: value),
    (lambda **how: Statistics.branching_ratio([], **how), lambda value: value),
]


@pytest.mark.parametrize(("measure", "part"), UNDEFINED)
def test_undefined_measures_are_errors_unless_a_value_is_given(measure: Any, part: Any) -> None:
    with pytest.raises(StateError, match="undefined= gives a value"):
        measure()
    assert part(measure(undefined=0.25)) == 0.25
    assert math.isnan(part(measure(undefined=math.nan)))


ONE_STEP = [[1, 0, 1]]
BAD = [
    (lambda: Statistics.firing_rate_network([[0, 2]]), StateError, r"spike_train\[0, 1\] = 2: must be 0 or 1"),
    (lambda: Statistics.firing_rate_network([[0, math.nan]]), StateError, "= nan: must be 0 or 1"),
    (lambda: Statistics.firing_rate_network([[0, -1]]), StateError, "= -1: must be 0 or 1"),
    (lambda: Statistics.firing_rate_network(np.int8([[0, -1]])), StateError, "must be 0 or 1"),
    (lambda: Statistics.firing_rate_network("spikes"), StateError, "must be an array of real numbers"),
    (lambda: Statistics.firing_rate_network(np.zeros((2, 2, 2))), ShapeError, r"\(2, 2, 2\)"),
    (lambda: Statistics.firing_rate_network(None), StateError, "spike_train is None"),
    (lambda: Statistics.firing_rate_neuron(SILENT, 3, 5), ParameterError, "neuron = 3: must be a number from 0 to 2"),
    (lambda: Statistics.firing_rate_neuron(SILENT, -1, 5), ParameterError, "neuron = -1"),
    (lambda: Statistics.firing_rate_neuron(SILENT, 0, 21), ParameterError, "bin_size = 21: must be from 1 to 20"),
    (lambda: Statistics.firing_rate_neuron(EMPTY, 0, 1), ShapeError, r"\(0, 3\): must hold a step and a neuron"),
    (lambda: Statistics.fanofactor(SILENT, 0, 21), ParameterError, "window_size = 21: must be from 1 to 20"),
    (lambda: Statistics.fanofactor(SILENT, 0, 0), ParameterError, "window_size = 0"),
    (lambda: Statistics.fanofactor(SILENT, 1.5, 2), ParameterError, "neuron = 1.5"),
    (lambda: Statistics.avg_corr_coeff(EMPTY), ShapeError, "must hold a step"),
    (
        lambda: Statistics.autocorr([1, 2, 3], 2),
        ParameterError,
        "a lag in steps from 0 to 0, which leaves 3",
    ),
    (lambda: Statistics.autocorr([1.0], 0), ParameterError, "t = 0"),
    (lambda: Statistics.autocorr([1, math.inf, 3], 1), StateError, r"firing_rates\[1\] = inf"),
    (lambda: Statistics.scale_dependent_smoothness_measure([1]), StateError, "1 value: smoothness needs 3 rates"),
    (
        lambda: Statistics.fanofactor(SILENT + 1, 0, 20),
        StateError,
        "neuron 0, 1 window of 20 .* needs 2 windows",
    ),
    (lambda: Statistics.isi_cv([0, 1, 1]), StateError, "needs 2 intervals of a neuron"),
    (lambda: Statistics.scale_independent_smoothness_measure([[1, 2]]), ShapeError, "must be one-dimensional"),
    (lambda: Statistics.hamming_distance(SILENT, SILENT[1:]), ShapeError, r"\(20, 3\) and \(19, 3\)"),
    (lambda: Statistics.derrida_map(ONE_STEP, ONE_STEP), ShapeError, "two steps"),
    (lambda: Statistics.spike_source_entropy(SILENT, 0), ParameterError, "num_neurons = 0"),
    (lambda: Statistics.avalanches(SILENT, -1), ParameterError, "threshold = -1"),
    (lambda: Statistics.avalanches(SILENT, math.nan), ParameterError, "threshold = nan"),
    (lambda: Statistics.avalanches([1, -2]), StateError, r"activity\[1\] = -2"),
    (lambda: Statistics.avalanches([]), ShapeError, "0 steps"),
    (lambda: Statistics.firing_rate_network([]), ShapeError, "must hold a step"),
    (lambda: Statistics.spike_times(np.zeros((5, 0))), ShapeError, "must hold a step"),
    (lambda: Statistics.isi_cv([]), ShapeError, "must hold a step"),
    (lambda: Statistics.fanofactor(np.zeros((5, 0)), 0, 2), ShapeError, "must hold a step"),
    (lambda: Statistics.isi_lv([[0, 1], [1]]), ShapeError, "rows of different lengths"),
    (lambda: Statistics.avalanches([[0, 1], [1]]), ShapeError, "rows of different lengths"),
    (lambda: Statistics.connection_fraction([[0, 1], [1]]), ShapeError, "rows of different lengths"),
    (lambda: Statistics.isi_cv(SILENT, undefined="x"), ParameterError, "undefined = 'x': must be a number"),
    (lambda: Statistics.avalanches(SILENT, "1"), ParameterError, "threshold = '1': must be a number"),
    (lambda: Statistics.branching_ratio([1, 2], None), UnknownNameError, "method = None"),
    (lambda: Statistics.avalanches(SILENT + 0.5), StateError, r"activity\[0, 0\] = 0.5"),
    (lambda: Statistics.hamming_distance(SILENT, SILENT + 2), StateError, r"perturbed_spike_train\[0, 0\] = 2"),
    (lambda: Statistics.autocorr([1e308, -1e308, 1], 1), StateError, "must be 1e.100 in size at most"),
    (lambda: Statistics.branching_ratio(SILENT, "regresion"), UnknownNameError, "regression"),
    (lambda: Statistics.lognormal_fit([0.2, 0.2]), StateError, r"needs 2 weights that differ, from 0.01 on"),
    (lambda: Statistics.lognormal_fit([0.2, math.nan]), StateError, "nan"),
    (lambda: Statistics.lognormal_fit([0.2, 0.3], cutoff=0), ParameterError, "cutoff = 0"),
    (lambda: Statistics.connection_fraction([0.1, 0.2]), ShapeError, r"\(2,\)"),
    (lambda: Statistics.connection_fraction([[0.1]]), ShapeError, "a pair of units"),
    (
        lambda: Statistics.power_law_fit([1, 1]),
        StateError,
        "needs two different values, and at least 2 values, from xmin on",
    ),
    (lambda: Statistics.power_law_fit([1, -1]), StateError, "value 1 of the sample = -1: must be finite and above 0"),
    (lambda: Statistics.power_law_fit([1, 2], xmin="1"), ParameterError, "xmin = '1': must be a number"),
    (lambda: Statistics.power_law_comparison([]), StateError, "a sample of no values"),
    (lambda: Statistics.power_law_comparison([1, math.nan]), StateError, "value 1 of the sample = nan"),
    (lambda: Statistics.power_law_comparison([1, 2, 3, 3], xmin=3), StateError, "needs at least two different values"),
    (lambda: Statistics.power_law_comparison([1, 2], alternatives="lognorm"), UnknownNameError, "mean 'lognormal'"),
    (lambda: Statistics.power_law_comparison([1, 2], repetitions=-1), ParameterError, "repetitions = -1"),
    (lambda: Statistics.distribution_compare([1, 2], "power_law", "exp"), UnknownNameError, "mean 'exponential'"),
    (lambda: Statistics.summary(EMPTY), ShapeError, "must hold a step"),
    (lambda: Statistics.summary(SILENT, window=0), ParameterError, "window = 0"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_errors_name_the_invalid_argument(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("train", [ONE_STEP, [[0, 0, 0]], SILENT, SILENT + 1])
def test_no_measure_returns_nan_by_default(train: Any) -> None:
    for value in Statistics.summary(train).values():
        assert value is None or not math.isnan(value)
    with pytest.raises(StateError, match="the mean correlation needs 2 neurons that change, in 3 steps"):
        Statistics.avg_corr_coeff(train)


def test_numbers_of_neurons_in_means() -> None:
    train = np.array([[1, 1, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [1, 0, 0]])
    found = Statistics.summary(train, window=4)
    assert (found["isi_neurons"], found["fano_neurons"], found["correlated_neurons"]) == (1, 2, 2)
    assert found["isi_cv"] == Statistics.isi_cv(train, 0)
    factors = [Statistics.fanofactor(train, neuron, 4)[2] for neuron in (0, 1)]
    assert found["fano_factor"] == pytest.approx(np.mean(factors))
    assert Statistics.summary(train)["fano_factor"] is None  # eight steps make one window


def test_the_documents_show_the_table_of_the_least_data() -> None:
    text = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text(encoding="utf-8")
    rows = [f"| {name} | {number} {of} {where}".rstrip() + " |" for name, (number, of, where) in LEAST_DATA.items()]
    assert "\n".join(rows) in text, "docs/statistics.md lacks these rows:\n" + "\n".join(rows)


@pytest.mark.parametrize("train", TRAINS[:1])
def test_differences_of_spikes_are_signed(train: np.ndarray) -> None:
    unpacked = np.asarray(SpikeTrain(train))
    assert unpacked.dtype == np.int8
    assert_array_equal(np.diff(unpacked, axis=0), np.diff(train.astype(int), axis=0))
