"""Pictures of connections, weights, thresholds and correlations show the numbers that they should."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from pictures import area, bars, correlations, is_png, legend_texts, spikes, stairs, title, weights
from scipy import sparse

from sorn import ParameterError, Plotter, ShapeError, StateError, Statistics

pytestmark = pytest.mark.usefixtures("picture_folder")


# --- connections ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("call", "axis"), [(Plotter.hist_incoming_conn, 0), (Plotter.hist_outgoing_conn, 1)])
def test_degree_histogram(call: Callable[..., Axes], axis: int) -> None:
    matrix = np.random.default_rng(1).normal(size=(80, 50))  # those below 0 are no synapses
    degrees = (matrix > 0).sum(axis=axis)
    ax = call(matrix, 8)
    heights, edges = bars(ax)
    assert len(heights) <= 8
    np.testing.assert_array_equal(np.diff(edges), edges[1] - edges[0])
    assert float(edges[1] - edges[0]).is_integer()
    np.testing.assert_allclose(heights, np.histogram(degrees, bins=edges, density=True)[0])
    x, y = ax.lines[0].get_data()
    assert y.max() == pytest.approx(1 / (degrees.std() * np.sqrt(2 * np.pi)), rel=1e-3)
    assert x[y.argmax()] == pytest.approx(degrees.mean(), abs=np.diff(x).max())
    assert title(ax) == f"{degrees.sum():,} connections, {degrees.mean():.4g} per neuron"
    np.testing.assert_allclose(bars(call(sparse.csc_array(np.maximum(matrix, 0)), 8))[0], heights)


def test_degree_histogram_has_no_comb() -> None:
    """Bins narrower than a connection, or of unequal whole widths, would show gaps that the data do not have."""
    matrix = np.tril(np.ones((12, 12)), -1)  # 0 to 11 connections, each once
    for bins in (7, 10, 11, 50):
        heights, _ = bars(Plotter.hist_incoming_conn(matrix, bins))
        assert heights[:-1] == pytest.approx(heights[0])
        assert len(heights) == (6 if bins < 12 else 12)


@pytest.mark.parametrize("histtype", ["bar", "barstacked", "step", "stepfilled"])
def test_histogram_types(histtype: str) -> None:
    assert Plotter.hist_incoming_conn(weights(), histtype=histtype).patches


def test_no_connections_and_equal_degrees_have_no_normal_fit() -> None:
    for matrix in (np.zeros((5, 5)), np.ones((5, 5))):
        ax = Plotter.hist_incoming_conn(matrix)
        assert not ax.lines
        assert bars(ax)[0] == pytest.approx([1.0])


def test_connection_counts() -> None:
    ax = Plotter.network_connection_dynamics([9, 5, 4, 8], steps=[0, 100, 200, 300])
    x, y = ax.lines[0].get_data()
    np.testing.assert_array_equal(x, [0, 100, 200, 300])
    np.testing.assert_array_equal(y, [9, 5, 4, 8])
    assert title(ax) == "Connections: 9 → 4 → 8"
    assert ax.get_xlabel() == "time (steps)"


def test_long_series_is_drawn_as_mean_and_range() -> None:
    counts = np.random.default_rng(1).integers(0, 100, 50_000)
    ax = Plotter.network_connection_dynamics(counts)
    x, y = ax.lines[0].get_data()
    assert len(x) == 1000
    np.testing.assert_allclose(y, counts.reshape(1000, 50).mean(axis=1))
    (band,) = ax.collections
    corners = band.get_paths()[0].vertices[:, 1]
    assert (corners.min(), corners.max()) == (counts.min(), counts.max())
    np.testing.assert_array_equal(x[[0, -1]], [25, 49_975])


def test_skewed_degrees_have_no_normal_fit_unless_it_is_asked_for() -> None:
    generator = np.random.default_rng(7)
    degrees = generator.geometric(0.1, 200).clip(max=199)  # of scale-free networks and the like
    matrix = (np.arange(200)[:, None] < degrees).astype(float)
    ax = Plotter.hist_incoming_conn(matrix)
    assert not ax.lines
    skewness = ((degrees - degrees.mean()) ** 3).mean() / degrees.std() ** 3
    assert skewness > 1
    assert title(ax).endswith(f"\nσ = {degrees.std():.3g}, skewness {skewness:.3g}")
    asked = Plotter.hist_incoming_conn(matrix, normal_fit=True)
    assert len(asked.lines) == 1
    distance = float(legend_texts(asked)[0].split("KS distance ")[1].rstrip(")"))
    assert distance > 0.08, "the legend says how far it is from them"
    normal = Plotter.hist_outgoing_conn(weights())
    assert len(normal.lines) == 1
    assert not Plotter.hist_outgoing_conn(weights(), normal_fit=False).lines


# --- thresholds and weights -----------------------------------------------------------------------------------------


def test_threshold_bands() -> None:
    rows = np.random.default_rng(6).random((40, 101))
    ax = Plotter.threshold_dynamics(rows, steps=np.arange(40) * 5)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), rows.mean(axis=1))
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), np.arange(40) * 5)
    for band, (low, high) in zip(ax.collections, [(0.05, 0.95), (0.25, 0.75)], strict=True):
        corners = band.get_paths()[0].vertices
        at_first = corners[corners[:, 0] == 0, 1]
        assert {at_first.min(), at_first.max()} == {*np.quantile(rows[0], [low, high])}
    assert legend_texts(ax) == ["90% of neurons", "50%", "mean"]


def test_threshold_recordings_of_any_length() -> None:
    rows = np.random.default_rng(6).random((5000, 3, 1))
    ax = Plotter.threshold_dynamics(rows)
    x, y = ax.lines[0].get_data()
    assert len(x) == 1000
    assert (x[0], x[-1]) == (0, 4999)
    np.testing.assert_allclose(y, rows[x, :, 0].mean(axis=1))
    for wrong in (np.zeros((0, 3)), np.zeros(3), np.zeros((2, 3, 4)), np.full((2, 2), np.nan)):
        with pytest.raises((ShapeError, StateError), match="thresholds"):
            Plotter.threshold_dynamics(wrong)


def test_weight_histogram_counts_weights_from_0_01_on() -> None:
    matrix = np.random.default_rng(2).normal(0.0, 0.3, (50, 50))
    ax = Plotter.weight_distribution(matrix, 12)
    strong = matrix[matrix >= 0.01]
    heights, edges = bars(ax)
    expected, expected_edges = np.histogram(strong, bins=12)
    np.testing.assert_array_equal(heights, expected)
    np.testing.assert_allclose(edges, expected_edges)
    assert title(ax) == f"{len(strong):,} synapses with w ≥ 0.01 of {np.count_nonzero(matrix > 0):,}"
    of_sparse, _ = bars(Plotter.weight_distribution(sparse.csr_array(matrix), 12))
    np.testing.assert_array_equal(of_sparse, expected)
    empty = Plotter.weight_distribution(np.zeros((3, 3)))
    assert empty.texts[0].get_text() == "no weight from 0.01 on"


def test_lognormal_fit_on_both_axes() -> None:
    drawn = np.exp(np.random.default_rng(7).normal(-2.0, 0.5, (60, 60)))
    figure = Plotter.linear_lognormal_fit(drawn, num_points=301)
    left, right = figure.axes
    assert (left.get_xscale(), right.get_xscale()) == ("linear", "log")
    logarithms = np.log(drawn)
    mu, sigma = logarithms.mean(), logarithms.std()
    for ax, variable in ((left, drawn), (right, logarithms)):
        heights, edges = stairs(ax)
        widths = np.diff(edges if ax is left else np.log(edges))
        assert np.sum(heights * widths) == pytest.approx(1.0)
        x, y = ax.lines[0].get_data()
        assert len(x) == 301
        position = x if ax is left else np.log(x)
        assert area(y, position) == pytest.approx(1.0, abs=0.02)
        inside = (variable > position[100]) & (variable <= position[200])
        share = area(y[100:201], position[100:201])
        assert share == pytest.approx(inside.mean(), abs=0.02)
        places = {text.split()[0]: float(text.split()[1]) for text in legend_texts(ax)[2:]}
        assert places["median"] == pytest.approx(np.exp(mu), rel=0.01)
        assert places["mode"] == pytest.approx(np.exp(mu - sigma**2), rel=0.01)
        assert places["mean"] == pytest.approx(np.exp(mu + sigma**2 / 2), rel=0.01)
        drawn_at = [line.get_segments()[0][0, 0] for line in ax.collections]
        assert drawn_at == pytest.approx([places["mode"], places["median"], places["mean"]], rel=0.01)
    x, y = right.lines[0].get_data()
    assert x[y.argmax()] == pytest.approx(np.exp(mu), rel=0.03), "over ln w the density is a bell around the median"
    assert f"μ = {mu:.3g}".replace("-", "−") in title(right)


def test_weights_that_cannot_be_fitted() -> None:
    for matrix in (np.zeros((3, 3)), np.full((3, 3), 0.5), -np.ones((3, 3))):
        with pytest.raises(StateError, match="needs 2 weights that differ"):
            Plotter.linear_lognormal_fit(matrix)
    with pytest.raises(ParameterError, match="num_points = 1"):
        Plotter.linear_lognormal_fit(weights(), 1)


@pytest.mark.parametrize(
    "call",
    [Plotter.weight_distribution, Plotter.linear_lognormal_fit, Plotter.hist_incoming_conn, Plotter.hist_outgoing_conn],
)
def test_invalid_weights(call: Callable[..., Any]) -> None:
    for wrong in (np.full((2, 2), np.nan), [[1.0, np.inf]], np.zeros((0, 0)), None, "weights"):
        with pytest.raises((ShapeError, StateError), match="weights"):
            call(wrong)
    broken = sparse.csc_array(np.array([[0.0, np.nan], [0.5, 0.1]]))
    with pytest.raises(StateError, match="must be a finite number"):
        call(broken)
    assert plt.get_fignums() == []


# --- correlations ---------------------------------------------------------------------------------------------------


def test_correlations_below_the_diagonal() -> None:
    corr = correlations()
    ax = Plotter.correlation(corr)
    (image,) = ax.images
    shown = image.get_array()
    below = np.tri(20, k=-1, dtype=bool)
    np.testing.assert_array_equal(np.ma.getmaskarray(shown), ~below)
    np.testing.assert_array_equal(shown.compressed(), corr[below])
    low, high = image.get_clim()
    assert low == -high
    strongest = np.abs(corr[below]).max()
    assert 0.9 * strongest < high <= strongest, "the ones of the diagonal do not pale the colours"
    assert title(ax) == f"Mean over pairs: {corr[below].mean():.3g}".replace("-", "−")
    (scale,) = ax.child_axes
    assert scale.get_ylabel() == "correlation"


def test_undefined_correlations_are_grey() -> None:
    corr = correlations(6)
    corr[2, :] = corr[:, 2] = np.nan
    ax = Plotter.correlation(corr)
    values, grey = (image.get_array() for image in ax.images)
    assert np.ma.count(values) == 10
    assert np.ma.count(grey) == 5
    assert title(ax).endswith("5 undefined (grey)")
    assert title(Plotter.correlation(np.full((3, 3), np.nan))).startswith("No correlation is defined")
    Plotter.correlation(np.eye(3)).figure.canvas.draw()


def test_the_title_gives_the_mean_over_pairs() -> None:
    train = spikes(500, 12)
    train[:, 4] = 0  # which has no correlation with any
    matrix, with_diagonal = Statistics.avg_corr_coeff(train)
    found = Statistics.summary(train)
    mean = f"{found['pairwise_correlation']:.3g}".replace("-", "−")
    first, second = title(Plotter.correlation(matrix)).splitlines()
    assert first == f"Mean over pairs: {mean}"
    assert second == "of 66 pairs 11 undefined (grey)"
    assert with_diagonal == pytest.approx((1 + 10 * found["pairwise_correlation"]) / 11)


@pytest.mark.parametrize("call", [Plotter.correlation, Plotter.plot_network])
def test_invalid_correlations(call: Callable[..., Axes]) -> None:
    for wrong in (np.zeros((0, 0)), np.eye(1), np.zeros((2, 3)), np.zeros(4), None):
        with pytest.raises((ShapeError, StateError), match="corr "):
            call(wrong)
    with pytest.raises(StateError, match=r"corr holds 1\.5"):
        call([[1.0, 1.5], [1.5, 1.0]])
    with pytest.raises(StateError, match="must be symmetric"):
        call([[1.0, 0.5], [0.4, 1.0]])
    with pytest.raises(ShapeError, match="returns the matrix first"):
        call(Statistics.avg_corr_coeff(spikes()))


def edges_and_nodes(ax: Axes) -> tuple[np.ndarray, np.ndarray]:
    lines = next(c for c in ax.collections if hasattr(c, "get_segments"))
    nodes = next(c for c in ax.collections if not hasattr(c, "get_segments"))
    return np.array(lines.get_segments()), np.asarray(nodes.get_offsets())


def place(position: Any) -> tuple[float, ...]:
    """Coordinates to compare."""
    return tuple(round(float(x), 4) for x in position)


def test_network_of_correlations() -> None:
    corr = np.eye(5)
    corr[0, 1] = corr[1, 0] = 0.9
    corr[1, 2] = corr[2, 1] = 0.4
    corr[3, 4] = corr[4, 3] = -0.8
    ax = Plotter.plot_network(corr, 0.3)
    edges, nodes = edges_and_nodes(ax)
    assert (len(edges), len(nodes)) == (2, 3)
    assert {text.get_text() for text in ax.texts} == {"0", "1", "2"}
    lines = ax.collections[0]
    order = np.argsort(lines.get_linewidths())
    strong = set(map(place, edges[order[-1]]))
    labels = {text.get_text(): place(text.get_position()) for text in ax.texts}
    assert strong == {labels["0"], labels["1"]}, "the strongest correlation is the widest"
    sizes = dict(zip(map(place, nodes), ax.collections[1].get_sizes(), strict=True))
    assert sizes[labels["1"]] > sizes[labels["0"]] == sizes[labels["2"]]
    assert title(ax) == "2 of 10 pairs of neurons correlate above 0.3\ndrawn: 3 neurons"
    again, _ = edges_and_nodes(Plotter.plot_network(corr, 0.3))
    np.testing.assert_array_equal(again, edges)


def test_network_keeps_the_strongest_correlations() -> None:
    corr = correlations(90)
    ax = Plotter.plot_network(corr, 0.0, "strong.png")
    assert is_png(Path("strong.png"))
    edges, _ = edges_and_nodes(ax)
    assert len(edges) == 800
    pairs = np.sort(corr[np.tril_indices(90, -1)])
    expected = f"{np.count_nonzero(pairs > 0):,} of 4,005 pairs of neurons correlate above 0\n"
    assert title(ax).startswith(f"{expected}drawn: the strongest 800 (from {pairs[-800]:.3g} on) between 90 neurons")


def test_network_without_correlations_says_so() -> None:
    ax = Plotter.plot_network(np.eye(4))
    assert ax.texts[0].get_text() == "no correlation above the threshold"
    assert not list(Path().iterdir()), "without fig_name nothing is saved"
    for wrong in (-0.1, 1.1, np.nan, "x"):
        with pytest.raises(ParameterError, match="corr_thres"):
            Plotter.plot_network(np.eye(4), wrong)
