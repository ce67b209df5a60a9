"""Pictures of the branching parameter and of the scaling of avalanches show what sorn.criticality finds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from pictures import critical_avalanches, legend_texts, spikes, title, verdict
from test_avalanches import branching_process

from sorn import ParameterError, Plotter, ShapeError, StateError, UnknownNameError, criticality
from sorn._plotting._bins import _logarithmic_edges, logarithmic_density
from sorn._plotting._canvas import GREY, INK
from sorn._plotting._canvas import VERMILION as RED
from sorn._plotting._legends import covers_data

pytestmark = pytest.mark.usefixtures("picture_folder")


def seen(m: float = 0.95, share: float = 0.1, steps: int = 20_000) -> np.ndarray:
    return branching_process(m, 100, steps, share, np.random.default_rng(4))


def waves(steps: int = 3000) -> np.ndarray:
    return np.tile([0.0, 1.0], steps // 2)


def lines(ax: Axes, color: str) -> list[Any]:
    return [line for line in ax.lines if line.get_color() == color and line.get_transform() == ax.transData]


# --- branching ------------------------------------------------------------------------------------------------------


def test_slopes_their_band_and_the_decay_are_those_of_the_regression() -> None:
    activity = seen()
    found = criticality.branching_parameter(activity, 100)
    ax = Plotter.branching_regression(activity, 100)
    (points,) = (line for line in ax.lines if line.get_label() == "slope $r_k$")
    np.testing.assert_array_equal(points.get_data(), [found.lags, found.slopes])
    (decay,) = lines(ax, RED)
    k, curve = decay.get_data()
    assert (k[0], k[-1]) == (1, 100)
    np.testing.assert_allclose(curve, found.decay.parameters["A"] * np.exp(-k / found.tau))
    (one,) = lines(ax, INK)
    k, curve = one.get_data()
    np.testing.assert_allclose(curve, found.one_step**k)
    (band,) = ax.collections
    corners = band.get_paths()[0].vertices
    low, high = np.quantile(found.resampled, [0.025, 0.975], axis=0)
    assert corners[:, 1].min() == pytest.approx(low.min())
    assert corners[:, 1].max() == pytest.approx(high.max())
    m, tau = found.m_interval, found.tau_interval
    assert legend_texts(ax) == [
        "95% of resampled slopes",
        "slope $r_k$",
        f"exponential decay\nm = {found.m:.4f} ({m[0]:.4f} to {m[1]:.4f})\n"
        f"τ = {found.tau:.3g} ({tau[0]:.3g} to {tau[1]:.3g}) bins",
        f"one lag: {found.one_step:.3g}, too small\nif units are not seen",
    ]
    assert found.one_step < 0.6 < found.m
    assert title(ax) == "Multistep regression over 100 lags"
    assert verdict(ax) == ""


@pytest.mark.parametrize("decay", ["exponential_offset", "complex"])
def test_other_decays_are_drawn(decay: Any) -> None:
    activity = seen(0.8, steps=3000)
    found = criticality.branching_parameter(activity, 15, decay=decay)
    assert found.decay is not None
    ax = Plotter.branching_regression(activity, 15, decay=decay)
    (line,) = lines(ax, RED)
    np.testing.assert_allclose(line.get_ydata(), found.decay(line.get_xdata()))
    name = {"exponential_offset": "exponential decay with offset", "complex": "complex decay"}[decay]
    assert legend_texts(ax)[2].startswith(f"{name}\nm = {found.m:.4f}")


def test_a_regression_without_decay_says_so_and_has_no_line() -> None:
    ax = Plotter.branching_regression(waves(), 30)
    assert verdict(ax) == "m is not defined: no decay fits the slopes"
    assert lines(ax, RED) == []
    assert not any("m =" in text or "τ" in text for text in legend_texts(ax))
    (one,) = lines(ax, INK)
    assert one.get_xdata().tolist() == [1.0], "it means no decay either"


def test_a_regression_that_was_made_already_is_drawn_with_its_own_choices() -> None:
    rows = seen().reshape(40, 500)
    found = criticality.branching_parameter(rows, 80, trials=True, first_lag=2)
    ax = Plotter.branching_regression(found)
    assert f"m = {found.m:.4f} (" in legend_texts(ax)[2]
    assert len(legend_texts(ax)) == 3, "lag 1 is not among the lags"
    assert lines(ax, INK) == []
    for choice in ({"last_lag": 20}, {"decay": "complex"}):
        with pytest.raises(ParameterError, match="with a Branching: must be left out"):
            Plotter.branching_regression(found, **choice)


def test_without_samples_there_is_no_band_and_no_interval() -> None:
    found = criticality.branching_parameter(seen(), 100, blocks=0)
    ax = Plotter.branching_regression(found)
    assert len(ax.collections) == 0
    assert legend_texts(ax)[1] == f"exponential decay\nm = {found.m:.4f}\nτ = {found.tau:.3g} bins"


def test_lags_have_a_logarithmic_axis_if_they_reach_far_beyond_the_decay() -> None:
    activity = seen()
    assert Plotter.branching_regression(activity, 100).get_xscale() == "linear"
    ax = Plotter.branching_regression(activity)
    assert ax.get_xscale() == "log"
    assert ax.lines[1].get_xdata()[-1] == 2000


def test_wrong_activities_are_refused() -> None:
    with pytest.raises(StateError, match="activity"):
        Plotter.branching_regression(np.ones(100))
    with pytest.raises(UnknownNameError, match="decay"):
        Plotter.branching_regression(seen(), 20, decay="linear")
    with pytest.raises(ShapeError, match="activity"):
        Plotter.branching_regression(np.ones((2, 2, 2)))
    assert plt.get_fignums() == []


# --- shapes ---------------------------------------------------------------------------------------------------------


def test_profiles_are_drawn_as_they_are_and_scaled() -> None:
    avalanches = critical_avalanches()
    found = criticality.shape_collapse(avalanches, shortest=5, longest=9)
    figure = Plotter.shape_collapse(avalanches, shortest=5, longest=9)
    left, right = figure.axes
    assert len(left.lines) == len(found.durations) == 5
    for line, scaled, duration, shape in zip(left.lines, right.lines, found.durations, found.shapes, strict=False):
        profiles = [profile for profile in avalanches.profiles if len(profile) == duration]
        t, values = line.get_data()
        assert line.get_label() == scaled.get_label() == f"T = {duration}"
        assert line.get_color() == scaled.get_color()
        middles = np.arange(duration) + 0.5
        ends = np.concatenate([[0.0], np.mean(profiles, axis=0), [0.0]])
        np.testing.assert_allclose(values, np.interp(t, np.concatenate([[0.0], middles, [duration]]), ends))
        np.testing.assert_array_equal(scaled.get_data(), [found.places, shape])
    mean = right.lines[-1]
    np.testing.assert_allclose(mean.get_ydata(), found.shapes.mean(axis=0))
    assert legend_texts(right) == ["mean of 5 durations"]
    assert title(left) == "Profiles of 5 durations"
    assert title(right) == f"Scaled: γ = {found.gamma:.3g}, error {found.error:.3g}"
    assert right.child_axes[0].get_ylabel() == "duration T (bins)"


def test_ten_of_many_durations_are_shown_with_the_shortest_and_the_longest() -> None:
    found = criticality.shape_collapse(critical_avalanches(5000), longest=60)
    assert len(found.durations) > 20
    left, right = Plotter.shape_collapse(found).axes
    shown = [int(str(line.get_label()).removeprefix("T = ")) for line in left.lines]
    assert 8 <= len(shown) <= 10
    assert (shown[0], shown[-1]) == (found.durations[0], found.durations[-1])
    steps = np.diff(np.log(shown))
    assert steps.max() < 2.5 * np.mean(steps)
    assert title(left) == f"Profiles of {len(found.durations)} durations, {len(shown)} of them shown"
    assert legend_texts(right) == [f"mean of {len(found.durations)} durations"]


def test_wrong_avalanches_are_refused() -> None:
    avalanches = critical_avalanches()
    found = criticality.shape_collapse(avalanches)
    for choice in ({"shortest": 5}, {"longest": 20}, {"least": 3}):
        with pytest.raises(ParameterError, match="with a ShapeCollapse: must be left out"):
            Plotter.shape_collapse(found, **choice)
    with pytest.raises(ParameterError, match="without profiles"):
        Plotter.shape_collapse(criticality.avalanches(seen(steps=1000)))
    with pytest.raises(StateError, match="durations"):
        Plotter.shape_collapse(avalanches, least=10_000)
    for draw in (Plotter.shape_collapse, Plotter.size_scaling):
        with pytest.raises(ParameterError, match=r"must be made by avalanches\(\)"):
            draw([1, 2, 3])
    assert plt.get_fignums() == []


# --- sizes ----------------------------------------------------------------------------------------------------------


def test_mean_sizes_and_the_line_over_the_range_of_its_fit() -> None:
    avalanches = critical_avalanches()
    found = criticality.size_scaling(avalanches, 4, 50)
    ax = Plotter.size_scaling(avalanches, 4, 50)
    (points,) = ax.collections
    np.testing.assert_allclose(points.get_offsets(), np.column_stack([found.durations, found.mean_sizes]))
    areas = points.get_sizes()
    assert np.all(np.diff(areas[np.argsort(found.counts)]) >= 0)
    (line,) = lines(ax, RED)
    t, sizes = line.get_data()
    inside = found.durations[(found.durations >= 4) & (found.durations <= 50)]
    assert t.tolist() == [inside[0], inside[-1]]
    np.testing.assert_allclose(np.log(sizes), found.intercept + found.gamma * np.log(t))
    assert legend_texts(ax) == [
        "mean size (area by number)",
        f"γ = {found.gamma:.3f} ± {found.gamma_error:.3f}\n{inside[0]} ≤ T ≤ {inside[-1]}",
    ]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert title(ax) == f"1,000 avalanches of {len(found.durations)} durations"


def test_power_laws_predict_a_slope() -> None:
    avalanches = critical_avalanches(3000)
    laws = {
        "sizes": criticality.fit(avalanches.sizes, xmin=10, xmax=1000),
        "durations": criticality.fit(avalanches.durations, xmin=8, xmax=100),
    }
    relation = criticality.crackling_relation(**laws, scaling=criticality.size_scaling(avalanches, 10))
    ax = Plotter.size_scaling(avalanches, 10, **laws)
    (line,) = lines(ax, GREY)
    t, sizes = np.log(line.get_data())
    assert np.diff(sizes) / np.diff(t) == pytest.approx(relation.predicted)
    fitted_t, fitted = np.log(lines(ax, RED)[0].get_data())
    assert np.interp(fitted_t.mean(), t, sizes) == pytest.approx(fitted.mean()), "they meet in the middle"
    assert legend_texts(ax)[2] == (
        f"predicted: {relation.predicted:.3f} ± {relation.predicted_error:.3f}\n"
        f"DCC = {relation.dcc:.3f} ± {relation.dcc_error:.3f}"
    )
    with pytest.raises(ParameterError, match=r"durations is of type NoneType: must be a sorn\.criticality\.Fit"):
        Plotter.size_scaling(avalanches, sizes=laws["sizes"])
    with pytest.raises(ParameterError, match="sizes is of type float"):
        Plotter.size_scaling(avalanches, **(laws | {"sizes": 1.5}))


def test_too_few_durations_have_no_line() -> None:
    ax = Plotter.size_scaling(criticality.avalanches([0, 1, 1, 0, 2, 2, 0], 0))
    assert verdict(ax) == "γ is not defined: fewer than two durations"
    assert lines(ax, RED) == []
    ax = Plotter.size_scaling(criticality.avalanches([0, 1, 0, 2, 2, 0], 0))
    assert legend_texts(ax)[1] == "γ = 2.000\n1 ≤ T ≤ 2", "two points have no error"
    with pytest.raises(StateError, match="no avalanches"):
        Plotter.size_scaling(criticality.avalanches([0, 0, 0], 0))


# --- legends --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: Plotter.branching_regression(seen(), 100, ax=ax),
        lambda ax: Plotter.branching_regression(seen(steps=8000), ax=ax),
        lambda ax: Plotter.branching_regression(waves(), 30, ax=ax),
        lambda ax: Plotter.branching_regression(spikes(3000), 20, ax=ax),
        lambda ax: Plotter.size_scaling(critical_avalanches(), ax=ax),
        lambda ax: Plotter.shape_collapse(critical_avalanches(), ax=ax and [ax.figure.add_subplot(122), ax]),
        lambda ax: Plotter.shape_collapse(rising(), ax=ax and [ax.figure.add_subplot(122), ax]),
    ],
)
def test_no_legend_covers_data(draw: Any) -> None:
    for own in (None, plt.figure(figsize=(6, 3), layout="constrained").add_subplot(121)):
        drawn = draw(own)
        figure = drawn.figure if isinstance(drawn, Axes) else drawn
        figure.draw_without_rendering()
        with_legend = [ax for ax in figure.axes if ax.get_legend() is not None]
        assert len(with_legend) == 1
        assert not covers_data(with_legend[0])


def rising() -> criticality.ShapeCollapse:
    """Profiles that are low in the middle, where the legend is otherwise."""
    found = criticality.shape_collapse(critical_avalanches())
    return replace(found, shapes=np.tile(found.places**4, (len(found.durations), 1)))


@pytest.mark.parametrize("whole", [False, True])
def test_densities_in_logarithmic_bins_sum_to_one(whole: bool) -> None:
    draw = np.random.default_rng(1)
    values = draw.geometric(0.1, 1000) if whole else draw.exponential(1.0, 1000)
    centres, densities = logarithmic_density(values, whole)
    edges = _logarithmic_edges(values, whole)
    counts, _ = np.histogram(values, edges)
    assert counts.sum() == 1000
    assert np.sum(densities * np.diff(edges)[counts > 0]) == pytest.approx(1)
    assert ((edges[:-1][counts > 0] < centres) & (centres < edges[1:][counts > 0])).all()
    assert [len(one) for one in logarithmic_density(values[:0], whole)] == [0, 0]
