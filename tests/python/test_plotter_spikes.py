"""Pictures of spikes show the numbers that they should, or say what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from pictures import activity_axes, activity_of, bars, legend_texts, spikes, stairs, title, verdict, weights

from sorn import ParameterError, Plotter, ShapeError, SpikeTrain, StateError, Statistics, UnknownNameError
from sorn._plotting._canvas import INK
from sorn._plotting._canvas import VERMILION as RED
from sorn._plotting._legends import covers_data

pytestmark = pytest.mark.usefixtures("picture_folder")


# --- spikes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [Plotter.raster_plot, Plotter.scatter_plot])
@pytest.mark.parametrize("kind", [np.uint8, bool, float, SpikeTrain])
def test_spikes_are_drawn_at_their_steps_and_neurons(call: Callable[..., Axes], kind: Any) -> None:
    train = spikes()
    ax = call(kind(train) if kind is SpikeTrain else train.astype(kind))
    (marks,) = ax.collections
    np.testing.assert_array_equal(marks.get_offsets(), np.argwhere(train))
    x, y = activity_axes(ax).lines[0].get_data()
    np.testing.assert_array_equal(y, train.sum(axis=1))
    np.testing.assert_array_equal(x, np.arange(400))
    assert ax.get_xlim() == (-0.5, 399.5)
    assert title(ax) == f"{train.sum():,} spikes of 20 neurons, {train.sum(axis=1).mean():.3g} per step"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (steps)", "neuron")


def test_spikes_lie_below_the_activity() -> None:
    train = spikes(neurons=7)
    ax = Plotter.raster_plot(train)
    above = activity_axes(ax)
    ax.figure.canvas.draw()
    highest_spike = ax.transData.transform((0, 6.5))[1]
    lowest_activity = above.transData.transform((0, 0))[1]
    assert highest_spike < lowest_activity
    assert above.transData.transform((0, train.sum(axis=1).max()))[1] < ax.bbox.ymax


def test_steps_of_a_recording_with_a_stride() -> None:
    train = spikes(50)
    ax = Plotter.raster_plot(train, steps=np.arange(50) * 10 + 100)
    times = ax.collections[0].get_offsets()[:, 0]
    np.testing.assert_array_equal(times, np.argwhere(train)[:, 0] * 10 + 100)
    assert ax.get_xlim() == (95, 595)


def test_many_spikes_become_an_image_of_their_density() -> None:
    train = spikes(25_000, 12, 0.3)
    train[:, 5] = 0
    ax = Plotter.raster_plot(train)
    assert not ax.collections
    (image,) = ax.images
    np.testing.assert_allclose(image.get_array(), train.reshape(1000, 25, 12).mean(axis=1).T)
    assert image.get_extent() == [-0.5, 24_999.5, -0.5, 11.5]
    (scale,) = ax.child_axes
    assert scale.get_ylabel() == "spikes per step,\nmean of 25 steps"


def test_last_column_of_the_image_may_stand_for_fewer_steps() -> None:
    train = spikes(12_345, 20, 0.3)
    (image,) = Plotter.raster_plot(train).images
    size = 13
    assert image.get_array().shape == (20, 950)
    np.testing.assert_allclose(image.get_array()[:, -1], train[949 * size :].mean(axis=0))
    assert image.get_extent()[1] == pytest.approx(950 * size - 0.5)


def test_short_dense_train_is_shown_exactly() -> None:
    train = spikes(200, 600, 0.5)
    (image,) = Plotter.scatter_plot(train).images
    np.testing.assert_array_equal(image.get_array(), train.T)


def test_no_spikes() -> None:
    ax = Plotter.raster_plot(np.zeros((30, 4)))
    assert [text.get_text() for text in ax.texts] == ["no spikes"]
    assert title(ax) == "0 spikes of 4 neurons, 0 per step"
    ax = Plotter.hist_firing_rate_network(np.zeros((30, 4)))
    assert [text.get_text() for text in ax.texts] == ["no spikes"]


def test_one_neuron_and_one_step() -> None:
    train = spikes(60, 1)
    for one in (train, train[:, 0], train[:, 0].tolist()):
        np.testing.assert_array_equal(Plotter.raster_plot(one).collections[0].get_offsets(), np.argwhere(train))
    assert Plotter.raster_plot([[1, 0, 1]]).collections[0].get_offsets().tolist() == [[0, 0], [0, 2]]


def test_activity_histogram_leaves_silent_steps_out() -> None:
    train = spikes(500, 10, 0.15)
    activity = train.sum(axis=1)
    ax = Plotter.hist_firing_rate_network(train, 6)
    heights, edges = bars(ax)
    np.testing.assert_array_equal(heights, np.histogram(activity[activity > 0], bins=edges)[0])
    assert heights.sum() == np.count_nonzero(activity)
    silent = np.count_nonzero(activity == 0)
    assert title(ax) == f"Activity in {500 - silent} steps; {silent} silent ones left out"
    assert ax.get_xlabel() == "spikes per step"


@pytest.mark.parametrize(
    ("train", "error", "message"),
    [
        (np.zeros((0, 5)), ShapeError, r"spike_train has shape \(0, 5\): must hold a step and a neuron"),
        (np.zeros((5, 0)), ShapeError, r"spike_train has shape \(5, 0\): must hold a step and a neuron"),
        (np.zeros((2, 2, 2)), ShapeError, r"spike_train has shape \(2, 2, 2\)"),
        (np.full((2, 2), np.nan), StateError, r"spike_train\[0, 0\] = nan: must be 0 or 1"),
        ([[0, 2]], StateError, r"spike_train\[0, 1\] = 2: must be 0 or 1"),
        (None, StateError, "spike_train is None"),
        ([[0, 1], [0]], ShapeError, "spike_train has rows of different lengths"),
    ],
)
@pytest.mark.parametrize(
    "call",
    [
        Plotter.raster_plot,
        Plotter.scatter_plot,
        Plotter.hist_firing_rate_network,
        Plotter.isi_exponential_fit,
    ],
)
def test_invalid_spike_trains(call: Callable[..., Axes], train: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(train)
    assert plt.get_fignums() == []


def test_steps_must_be_those_of_a_recording() -> None:
    for steps in ([0, 1], [0, 2, 1], [0, 1, 3], [0.0, 0.5, 1.0], [0, 1, np.nan]):
        with pytest.raises((ShapeError, StateError), match="steps"):
            Plotter.raster_plot(spikes(3), steps=steps)


# --- intervals ------------------------------------------------------------------------------------------------------


def test_intervals_and_their_exponential() -> None:
    train = spikes(200_000, 2, 0.05)
    intervals = np.diff(np.flatnonzero(train[:, 1]))
    ax = Plotter.isi_exponential_fit(train, neuron=1, bin_size=40)
    heights, edges = stairs(ax)
    assert len(heights) <= 40
    np.testing.assert_array_equal(heights, np.histogram(intervals, bins=edges)[0])
    assert heights.sum() == len(intervals)
    (text,) = legend_texts(ax)
    assert float(text.split("τ = ")[1].split()[0]) == pytest.approx(-1 / np.log(0.95), rel=0.03)
    x, y = ax.lines[0].get_data()
    assert (np.log(y[0]) - np.log(y[-1])) / (x[-1] - x[0]) == pytest.approx(-np.log(0.95), rel=0.03)
    assert y[0] == pytest.approx(heights.max(), rel=0.05)
    assert title(ax) == f"Neuron 1: {len(intervals):,} intervals, CV {intervals.std() / intervals.mean():.2f}"
    assert ax.get_xlabel() == "interspike interval (steps)"


def test_refractory_neuron_is_fitted_from_the_fullest_bin_on() -> None:
    generator = np.random.default_rng(2)
    intervals = 5 + generator.geometric(0.1, 20_000)
    intervals[:400] = 2
    train = np.zeros(intervals.sum() + 1, dtype=np.uint8)
    train[np.cumsum(intervals)] = 1
    ax = Plotter.isi_exponential_fit(train, bin_size=80)
    x, _ = ax.lines[0].get_data()
    assert x[0] > 5
    assert float(legend_texts(ax)[0].split("τ = ")[1].split()[0]) == pytest.approx(-1 / np.log(0.9), rel=0.05)


@pytest.mark.parametrize("train", [np.zeros((50, 2)), np.eye(50, 2)])
def test_a_neuron_without_intervals(train: np.ndarray) -> None:
    with pytest.raises(StateError, match=r"neuron 0 fires fewer than two spikes.*record longer"):
        Plotter.isi_exponential_fit(train)


@pytest.mark.parametrize(
    "intervals", [[4], [3, 9], [9, 3], [5, 5], [7] * 8, [1] * 49, [1, 1, 2, 2], [50, 1, 1]], ids=str
)
def test_too_few_different_intervals_are_drawn_without_a_fit(intervals: list[int]) -> None:
    train = np.zeros(sum(intervals) + 1)
    train[np.cumsum([0, *intervals])] = 1
    ax = Plotter.isi_exponential_fit(train, bin_size=5)
    heights, *_ = ax.patches[0].get_data()
    assert heights.sum() == len(intervals)
    assert not ax.lines
    assert ax.get_legend() is None
    (note,) = [text.get_text() for text in ax.texts]
    assert note.startswith("no exponential fit")
    assert f"{len(intervals)} intervals" in title(ax) or f"{len(intervals)} interval" in title(ax)


@pytest.mark.parametrize(
    ("train", "counts", "first_line"),
    [
        (np.arange(60) % 7 == 0, [8], "Neuron 0: 8 intervals, CV 0.00"),
        ([0, 1, 0, 0, 1, 0], [1], "Neuron 0: 1 interval"),  # which has no variation
        ([1, 0, 1, 0, 0, 1], [1, 1], "Neuron 0: 2 intervals, CV 0.20"),
    ],
)
def test_the_title_gives_the_variation_of_two_intervals_or_more(train: Any, counts: list[int], first_line: str) -> None:
    ax = Plotter.isi_exponential_fit(train)
    np.testing.assert_array_equal(stairs(ax)[0], counts)
    assert not ax.lines
    assert title(ax) == first_line


def test_an_exponential_that_does_not_fit_is_not_drawn() -> None:
    intervals = np.tile([10, 10, 10, 11, 12, 30, 31, 32, 32, 31], 200)
    train = np.zeros(intervals.sum() + 1, dtype=np.int8)
    train[np.cumsum(intervals)] = 1
    ax = Plotter.isi_exponential_fit(train, bin_size=40)
    assert not ax.lines
    assert "no exponential: R² = " in title(ax)
    assert float(title(ax).split("R² = ")[1]) < 0.8


@pytest.mark.parametrize("neuron", [-1, 20, 1.5, "a"])
def test_neuron_out_of_range(neuron: Any) -> None:
    with pytest.raises(ParameterError, match="must be the index of a neuron: a whole number from 0 to 19"):
        Plotter.isi_exponential_fit(spikes(), neuron)


@pytest.mark.parametrize("bins", [0, -1, 2.5, "many", None, True])
def test_number_of_bins(bins: Any) -> None:
    for call in (
        lambda: Plotter.isi_exponential_fit(spikes(), bin_size=bins),
        lambda: Plotter.hist_incoming_conn(weights(), bin_size=bins),
        lambda: Plotter.weight_distribution(weights(), bin_size=bins),
        lambda: Plotter.hist_firing_rate_network(spikes(), bin_size=bins),
    ):
        with pytest.raises(ParameterError, match=r"bin_size = .*must be a number of bins"):
            call()


def test_unknown_histogram_type_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'step'"):
        Plotter.hist_outgoing_conn(weights(), histtype="steps")


def curve(ax: Axes, name: str) -> tuple[np.ndarray, np.ndarray]:
    """The line of a distribution."""
    (line,) = (line for line in ax.lines if str(line.get_label()).startswith(name))
    return line.get_data()


def test_avalanche_exponents_of_a_critical_process() -> None:
    durations = np.random.default_rng(3).zipf(2.5, 4000)
    figure = Plotter.avalanche_distribution(activity_of(durations), 0)
    largest = durations.max()
    law = Statistics.power_law_fit(durations, xmin=1)
    assert abs(law.alpha - 2.5) < 3 * law.errors["alpha"]
    starts = ("4,000 avalanches", "mean duration")
    for densities, shares, symbol, start in zip(figure.axes[:2], figure.axes[2:], "SD", starts, strict=True):
        for ax in (densities, shares):
            assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
        assert verdict(shares).startswith("a power law is not rejected (p = 0.")
        assert legend_texts(shares)[:3] == [
            "avalanches",
            f"fitted: 1 ≤ {symbol} ≤ {largest:.4g}",
            f"power law, α = {law.alpha:.3f} ± {law.errors['alpha']:.3f}",
        ]
        assert len(legend_texts(shares)) == len(shares.lines) + 1 == 7
        assert densities.get_legend() is None
        x, y = curve(densities, "power law")
        exponent = -np.diff(np.log(y)) / np.diff(np.log(x))
        assert exponent == pytest.approx(law.alpha, abs=1e-6)
        numbers = np.arange(x[0], 10**6)
        assert np.sum(y[0] * (numbers / x[0]) ** -exponent[0]) == pytest.approx(1.0, abs=1e-3)
        x, y = curve(shares, "power law")
        np.testing.assert_allclose(y, law.survival(x))
        for ax in (densities, shares):
            assert [line.get_linestyle() for line in ax.lines if line.get_color() == RED] == ["-"]
        # A whole number's bin of width 1 holds the share of that number.
        x, y = curve(densities, "avalanches")
        assert x[0] == 1
        assert y[0] == pytest.approx(np.mean(durations == 1), abs=1e-3)
        assert title(densities).startswith(start)
        assert title(shares) == ""


def test_shares_of_avalanches_are_at_values_that_occur() -> None:
    durations = np.random.default_rng(3).zipf(2.5, 4000)
    ax = Plotter.avalanche_distribution(activity_of(durations), 0).axes[3]
    x, y = curve(ax, "avalanches")
    assert set(x) <= set(durations)
    assert set(x[:15]) == set(range(1, 16))
    assert x[-1] == durations.max()
    np.testing.assert_allclose(y, [np.mean(durations >= value) for value in x])


@pytest.mark.parametrize("kind", ["exponential", "lognormal", "truncated"])
def test_a_power_law_is_dashed_and_has_no_exponent_where_another_distribution_fits_better(kind: str) -> None:
    generator = np.random.default_rng(4)
    if kind == "exponential":
        durations = generator.geometric(0.1, 4000)
    elif kind == "lognormal":
        durations = np.ceil(generator.lognormal(2.0, 1.0, 4000)).astype(int)
    else:  # one that ends at a size, as every finite network's do
        drawn = generator.zipf(1.6, 8000)
        durations = drawn[(drawn < 500) & (generator.random(8000) < np.exp(-drawn / 40.0))]
    figure = Plotter.avalanche_distribution(activity_of(durations), 0)
    found = Statistics.power_law_comparison(durations)
    for ax in figure.axes[2:]:
        assert re.fullmatch(r"a power law is rejected \(p = 0\.0\d\); [a-z ]+ preferred", verdict(ax))
        assert "power law" in legend_texts(ax)
        assert not any("α" in text for text in legend_texts(ax))
    for ax in figure.axes:
        assert [line.get_linestyle() for line in ax.lines if line.get_color() == RED] == ["--"]
        x = curve(ax, "avalanches")[0]
        np.testing.assert_array_equal(x, np.round(x), "durations and sizes in spikes are whole numbers")
        lowest = curve(ax, "avalanches")[1].min()
        for line in ax.lines[1:]:
            assert line.get_xdata()[0] >= found.law.xmin, "the range of the fit alone"
            assert line.get_ydata().min() > 0.5 * lowest, "the data keep their room"
        (band,) = ax.patches
        assert band.get_extents().transformed(ax.transData.inverted()).x0 == pytest.approx(found.law.xmin)
        preferred = [line.get_label() for line in ax.lines if line.get_color() == INK]
        assert preferred == [re.findall(r"; (.*) preferred", found.verdict)[0]]


def test_avalanches_of_an_activity_that_is_not_whole() -> None:
    """Sizes from p(S) ~ S^-1.8 above 1; a continuous density, normalised by its integral."""
    sizes = np.random.default_rng(3).pareto(0.8, 3000) + 1.0
    activity = np.column_stack([np.zeros(3000), sizes]).ravel()
    ax = Plotter.avalanche_distribution(np.append(activity, 0.0), 0.0).axes[0]
    x, y = curve(ax, "power law")
    exponent = -np.log(y[-1] / y[0]) / np.log(x[-1] / x[0])
    assert exponent == pytest.approx(1.8, abs=3 * 0.8 / np.sqrt(3000))
    assert y[0] * x[0] / (exponent - 1.0) == pytest.approx(np.mean(sizes >= x[0]), abs=1e-3)
    x, y = curve(ax, "avalanches")
    assert np.polyfit(np.log(x[:15]), np.log(y[:15]), 1)[0] == pytest.approx(-1.8, abs=0.15)


def test_avalanches_in_two_and_four_axes_of_the_caller() -> None:
    activity = activity_of(np.random.default_rng(4).geometric(0.1, 4000))
    for rows in (1, 2):
        for layout in (None, "constrained"):
            figure, axes = plt.subplots(rows, 2, figsize=(7, 3 * rows), layout=layout)
            assert Plotter.avalanche_distribution(activity, 0, ax=axes) is figure
            figure.draw_without_rendering()
            assert [ax.get_legend() is not None for ax in figure.axes] == [False, False] * (rows - 1) + [True, True]
            for ax in figure.axes[-2:]:
                assert "rejected" in verdict(ax)
                assert not covers_data(ax)
                assert ("lognormal" in legend_texts(ax)) == (layout is not None), "there is no room for all of them"
                box = ax.get_legend().get_window_extent()
                assert (box.y1 < ax.bbox.y0) == (layout is not None)
            assert [ax.get_ylabel()[-3:] for ax in figure.axes[:2]] == ["(S)", "(D)"]
    with pytest.raises(ShapeError, match="ax holds 3 axes: must hold two or four"):
        Plotter.avalanche_distribution(activity, 0, ax=axes.ravel()[:3])


def test_avalanche_threshold_is_half_the_mean_in_whole_spikes() -> None:
    train = spikes(2000, 40, 0.33)
    figure = Plotter.avalanche_distribution(train)
    sizes, durations = Statistics.avalanches(train)
    above = f"{len(sizes):,} avalanches above {train.sum(axis=1).mean() // 2:g} spikes"
    assert title(figure.axes[0]) == above
    assert title(figure.axes[1]).startswith(f"mean duration {durations.mean():.3g} steps")


@pytest.mark.parametrize(
    "draw",
    [
        lambda: Plotter.avalanche_distribution([0, 3, 0, 2, 5, 0, 0]),
        lambda: Plotter.isi_exponential_fit([0, 1, 0, 0, 1, 0]),
        lambda: Plotter.isi_exponential_fit([1, 0, 1, 0, 0, 1]),
        lambda: Plotter.hist_firing_rate_network([[1, 1], [1, 0]]),
        lambda: Plotter.hist_incoming_conn(np.ones((3, 3))),
    ],
)
def test_axes_of_whole_numbers_have_whole_ticks(draw: Any) -> None:
    drawn = draw()
    figure = drawn.figure if hasattr(drawn, "get_xlim") else drawn
    for ax in figure.axes:
        counts = ax.get_ylabel() in ("intervals", "steps")
        for axis in (ax.xaxis, ax.yaxis) if counts else (ax.xaxis,):
            ticks = axis.get_majorticklocs()
            np.testing.assert_array_equal(ticks, np.round(ticks))
            assert not [label for label in axis.get_minorticklabels() if label.get_text()]


def test_few_avalanches_have_no_fit() -> None:
    figure = Plotter.avalanche_distribution([0, 3, 0, 2, 5, 0, 0])
    assert [len(ax.lines) for ax in figure.axes] == [1] * 4
    assert [verdict(ax) for ax in figure.axes[2:]] == ["too few avalanches for a fit"] * 2
    figure = Plotter.avalanche_distribution([2, 2, 2])
    assert [ax.texts[0].get_text() for ax in figure.axes] == ["no avalanches"] * 4
    for wrong in ([], [1, -1], [np.nan, 1], [[[1]]]):
        with pytest.raises((ShapeError, StateError), match="activity"):
            Plotter.avalanche_distribution(wrong)


def test_distance_of_two_runs() -> None:
    ax = Plotter.hamming_distance([0, 0, 4, 2])
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [0, 0, 4, 2])
    assert title(ax) == "Distance of two runs: mean 1.5, most 4, first at step 2"
    assert title(Plotter.hamming_distance([0, 0])) == "Distance of two runs: they are equal"
    for wrong in ([], [[1]], [-1], [np.inf]):
        with pytest.raises((ShapeError, StateError), match="hamming_dist"):
            Plotter.hamming_distance(wrong)
