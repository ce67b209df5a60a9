"""Statistics over trials and patterns, beside plain NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sorn
from sorn import SpikeTrain, Statistics


def spikes_of(steps: int, units: int, seed: int) -> np.ndarray:
    """Units of different rates, of which the first never fires."""
    generator = np.random.default_rng(seed)
    return (generator.random((steps, units)) < np.linspace(0, 0.7, units)).astype(np.int8)


def weighted_slope(counts: np.ndarray) -> float:
    """The slope through the origin by NumPy's least squares, with the published weights."""
    mean, variance = counts.mean(axis=0), counts.var(axis=0)
    root = np.sqrt(len(counts)) / (mean + 0.001)
    return float(np.linalg.lstsq((root * mean)[:, None], root * variance, rcond=None)[0][0])


# --- Fano factor


def test_the_fano_factor_over_trials_is_a_weighted_slope() -> None:
    generator = np.random.default_rng(1)
    counts = generator.binomial(9, np.linspace(0, 1, 30), (40, 30))
    assert Statistics.fano_regression(counts) == pytest.approx(weighted_slope(counts), rel=1e-12)
    assert Statistics.fano_regression(counts) != pytest.approx(counts.var(axis=0).sum() / counts.mean(axis=0).sum())
    poisson = generator.poisson(np.linspace(1, 20, 200), (2000, 200))
    assert Statistics.fano_regression(poisson) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("window", [1, 4, 5])
@pytest.mark.parametrize("units", [None, [3, 17, 69]])
def test_the_fano_factor_of_each_offset_counts_spikes_around_it(window: int, units: list[int] | None) -> None:
    train = spikes_of(700, 70, 2)
    onsets, offsets = np.arange(50, 650, 25), [-8, 0, 3, 40]
    found = Statistics.fano_across_trials(train, onsets, offsets, window, units)
    for value, offset in zip(found, offsets, strict=True):
        begins = onsets + offset - window // 2
        counts = np.array([train[begin : begin + window].sum(axis=0) for begin in begins])
        assert value == pytest.approx(weighted_slope(counts[:, units or slice(None)]), rel=1e-12)
    packed = Statistics.fano_across_trials(SpikeTrain(train), list(onsets), np.array(offsets), window, units)
    assert np.array_equal(packed, found)


def test_windows_may_touch_the_ends_of_a_train_and_not_pass_them() -> None:
    train = spikes_of(40, 6, 3)
    assert len(Statistics.fano_across_trials(train, [2, 37], [0])) == 1
    for onset in (1, 38, -(2**53), 2**53):
        with pytest.raises(sorn.ParameterError, match=f"onset {onset} "):
            Statistics.fano_across_trials(train, [20, onset], [0])


# --- patterns


@pytest.mark.parametrize("units", [1, 63, 64, 65, 200])
def test_the_nearest_states_have_the_smallest_distance(units: int) -> None:
    generator = np.random.default_rng(units)
    states = generator.integers(0, 2, (90, units))
    references = generator.integers(0, 2, (70, units))
    references[5] = references[50]
    distances = (states[:, None] != references[None]).sum(axis=2)
    nearest, distance = Statistics.nearest_states(states, references, seed=4)
    assert np.array_equal(distance, distances.min(axis=1))
    assert np.array_equal(distances[np.arange(90), nearest], distances.min(axis=1))
    packed = Statistics.nearest_states(SpikeTrain(states), SpikeTrain(references), seed=4)
    assert np.array_equal(packed.reference, nearest)


def test_ties_go_to_the_first_reference_of_a_shuffled_order() -> None:
    states = np.eye(4, dtype=int)
    references = np.tile(np.eye(4, dtype=int)[:2], (50, 1))
    chosen = [Statistics.nearest_states(states, references, seed=seed).reference for seed in range(400)]
    for places in chosen:
        assert places[0] % 2 == 0  # the equal ones
        assert places[1] % 2 == 1
        assert places[2] == places[3]  # as far from all, so that the first of the order is taken
        assert places[2] in (places[0], places[1])
    first = np.array([places[2] for places in chosen])
    assert len(set(first.tolist())) > 90  # of 100, by chance 98.2
    assert abs(first.mean() - 49.5) < 6  # four times its deviation
    again = Statistics.nearest_states(states, references, seed=7).reference
    assert np.array_equal(again, chosen[7])


def test_a_histogram_counts_patterns() -> None:
    train = spikes_of(500, 12, 5)
    units = [7, 2, 11, 5]
    expected = np.bincount(train[:, units].astype(int) @ [1, 2, 4, 8], minlength=16)
    assert np.array_equal(Statistics.pattern_histogram(train, units), expected)
    assert np.array_equal(Statistics.pattern_histogram(SpikeTrain(train), np.array(units)), expected)
    wide = Statistics.pattern_histogram(spikes_of(9, 30, 1), range(24))
    assert wide.shape == (2**24,)
    assert wide.sum() == 9


def test_the_divergence_of_patterns_is_that_of_their_shares() -> None:
    generator = np.random.default_rng(6)
    p, q = generator.integers(0, 5, 64), generator.integers(0, 5, 64)
    for pseudo in (1, 0.25):
        of_p, of_q = (p + pseudo) / (p + pseudo).sum(), (q + pseudo) / (q + pseudo).sum()
        expected = np.sum(of_p * np.log2(of_p / of_q))
        assert Statistics.pattern_divergence(p, q, pseudo) == pytest.approx(expected, rel=1e-12)
    assert Statistics.pattern_divergence(p, q) == Statistics.pattern_divergence(p, q, 1)
    assert Statistics.pattern_divergence([3, 1], [1, 3]) == pytest.approx(1 / 3 * np.log2(2), rel=1e-12)
    assert Statistics.pattern_divergence([1, 0, 1], [1, 2, 1], 0) == pytest.approx(1, rel=1e-12)
    assert Statistics.pattern_divergence([1, 1], [1, 0], 0) == np.inf
    assert Statistics.pattern_divergence(p, p) == 0


# --- intervals


def test_the_line_through_logarithms_of_intervals() -> None:
    train = spikes_of(3000, 9, 7)
    for shortest, longest in ((5, 60), (1, 12)):
        found = Statistics.isi_exponential(train, shortest, longest)
        pooled = np.concatenate(Statistics.spike_time_intervals(train))
        lengths, counts = np.unique(pooled[(pooled >= shortest) & (pooled <= longest)], return_counts=True)
        slope, intercept = np.polyfit(lengths, np.log(counts), 1)
        residuals = np.log(counts) - slope * lengths - intercept
        assert found.decay == pytest.approx(-1 / slope, rel=1e-9)
        assert found.r_squared == pytest.approx(1 - residuals.var() / np.log(counts).var(), rel=1e-9)
        assert found.intervals == counts.sum()
    geometric = (np.random.default_rng(1).random((200_000, 3)) < 0.1).astype(np.int8)
    assert Statistics.isi_exponential(geometric).decay == pytest.approx(-1 / np.log(0.9), rel=0.03)
    assert Statistics.isi_exponential(geometric) == Statistics.isi_exponential(SpikeTrain(geometric), 5, 60)


# --- errors

TRAIN = spikes_of(60, 5, 8)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: Statistics.fano_regression([1, 2]), sorn.ShapeError, "trials, units"),
        (lambda: Statistics.fano_regression([[1, 2]]), sorn.StateError, "needs 2 trials"),
        (lambda: Statistics.fano_regression([[0, 0], [0, 0]]), sorn.StateError, "with a spike"),
        (lambda: Statistics.fano_regression([[1, 2], [1, -2]]), sorn.StateError, r"counts\[1, 1\] = -2"),
        (lambda: Statistics.fano_regression([[1, 2], [np.inf, 2]]), sorn.StateError, r"counts\[1, 0\]"),
        (lambda: Statistics.fano_across_trials(TRAIN, [30], [0]), sorn.StateError, "1 trials at offset 0"),
        (lambda: Statistics.fano_across_trials(TRAIN, [30, 40], [0], 0), sorn.ParameterError, "window"),
        (lambda: Statistics.fano_across_trials(TRAIN, [30, 40], [0], 61), sorn.ParameterError, "window"),
        (lambda: Statistics.fano_across_trials(TRAIN, [30.5, 40], [0]), sorn.ParameterError, r"onsets\[0\] = 30.5"),
        (lambda: Statistics.fano_across_trials(TRAIN, [[30]], [0]), sorn.ShapeError, "onsets"),
        (lambda: Statistics.fano_across_trials(TRAIN, [30], [0], units=[5]), sorn.ParameterError, "from 0 to 4"),
        (lambda: Statistics.fano_across_trials(TRAIN, [30], [0], units=[]), sorn.ParameterError, "a unit at least"),
        (lambda: Statistics.nearest_states(TRAIN, TRAIN[:, :4]), sorn.ShapeError, "5 units and references of 4"),
        (lambda: Statistics.nearest_states(TRAIN, TRAIN[:0]), sorn.ShapeError, "references"),
        (lambda: Statistics.nearest_states(TRAIN, TRAIN, seed=-1), sorn.ParameterError, "seed"),
        (lambda: Statistics.pattern_histogram(TRAIN, [1, 1]), sorn.ParameterError, "unit 1 comes twice"),
        (lambda: Statistics.pattern_histogram(TRAIN, [-1]), sorn.ParameterError, r"units\[0\] = -1"),
        (lambda: Statistics.pattern_histogram(spikes_of(9, 30, 1), range(25)), sorn.ParameterError, "1 to 24"),
        (lambda: Statistics.pattern_divergence([1, 2], [1]), sorn.ShapeError, "2 and 1"),
        (lambda: Statistics.pattern_divergence([1, 2], [1, -1]), sorn.StateError, r"q_counts\[1\] = -1"),
        (lambda: Statistics.pattern_divergence([0, 0], [1, 1], 0), sorn.StateError, "p_counts holds no pattern"),
        (lambda: Statistics.pattern_divergence([1, 0], [1, 1], -1), sorn.ParameterError, "pseudo_count = -1"),
        (lambda: Statistics.pattern_divergence([[1, 0]], [1, 1]), sorn.ShapeError, "one-dimensional"),
        (lambda: Statistics.isi_exponential(TRAIN, 9, 5), sorn.ParameterError, "from 9 to 5"),
        (lambda: Statistics.isi_exponential(TRAIN, 0, 5), sorn.ParameterError, "shortest"),
        (lambda: Statistics.isi_exponential(TRAIN, 50, 60), sorn.StateError, "3 different intervals"),
        (lambda: Statistics.isi_exponential(TRAIN, 50, 2**62), sorn.StateError, "3 different intervals"),
    ],
)
def test_bad_input_is_named(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()


def test_undefined_values_can_be_chosen() -> None:
    assert Statistics.fano_regression([[1, 2]], undefined=-1) == -1
    silent = np.zeros((60, 3))
    silent[40] = 1
    found = Statistics.fano_across_trials(silent, [10, 38], [0, 10], undefined=np.nan)
    assert np.isnan(found).tolist() == [False, True]
