"""One figure for a run: what it shows of what was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot as plt
from pictures import is_png, legend_texts, spikes, stairs, title

import sorn
from sorn import ParameterError, Plotter, ShapeError, StateError, Statistics

pytestmark = pytest.mark.usefixtures("picture_folder")


@pytest.fixture(scope="module")
def run() -> tuple[sorn.Network, sorn.Recordings]:
    network = sorn.Network(ne=50, nu=3, mu_ip=0.1, seed=1)
    return network, network.run(time_steps=3000, record=["E", "C", "TE/100", "WEE/1000"])


def panels(figure: Any) -> list[str]:
    """What the panels of a summary show, by the labels of their axes."""
    known = {
        "neuron": "raster",
        "spikes per step": "activity",
        "active connections": "counts",
        "firing threshold": "thresholds",
        "probability density of ln w": "weights",
        "intervals per step of length": "intervals",
        "intervals": "intervals",  # where there are none
    }
    found = []
    for ax in figure.axes:
        if ax.get_ylabel() == "neuron" and ax.get_xlabel() == "neuron":
            found.append("correlation")
        elif ax.get_ylabel() in known:
            found.append(known[ax.get_ylabel()])
    return found


ALL_PANELS = ["raster", "activity", "counts", "thresholds", "weights", "intervals", "correlation"]


def test_summary_of_a_run(run: tuple[sorn.Network, sorn.Recordings]) -> None:
    network, recordings = run
    figure = Plotter.summary(recordings, network, savefig=True)
    assert panels(figure) == ALL_PANELS
    assert is_png(Path("summary.png"))
    assert [text.get_text() for text in figure.texts] == ["50 excitatory neurons, seed 1, steps 0 to 2,999"]
    raster, activity = figure.axes[0], next(ax for ax in figure.axes if ax.get_ylabel() == "spikes per step")
    marks = raster.collections[0].get_offsets()
    np.testing.assert_array_equal(marks, np.argwhere(recordings["E"][2000:]) + np.array([2000, 0]))
    mean = recordings["E"].sum(axis=1).mean()
    assert f"{mean:.4g} spikes per step" in title(activity)
    thresholds = next(ax for ax in figure.axes if ax.get_ylabel() == "firing threshold")
    np.testing.assert_array_equal(thresholds.lines[0].get_xdata(), recordings.steps("TE"))
    weights_panel = next(ax for ax in figure.axes if "ln w" in ax.get_ylabel())
    fit = Statistics.lognormal_fit(network.Wee)
    assert legend_texts(weights_panel) == ["weights", f"lognormal fit\n(KS distance {fit.ks_distance:.2f})", "at first"]
    assert title(weights_panel).startswith(f"{np.count_nonzero(network.Wee.data >= 0.01):,} weights")


def test_summary_counts_the_intervals_of_all_neurons(run: tuple[sorn.Network, sorn.Recordings]) -> None:
    _, recordings = run
    figure = Plotter.summary(spike_train=recordings["E"])
    panel = next(ax for ax in figure.axes if ax.get_ylabel() == "intervals per step of length")
    heights, edges = stairs(panel)
    intervals = np.concatenate([np.diff(np.flatnonzero(column)) for column in recordings["E"].T])
    counts = np.histogram(intervals, bins=edges)[0]
    np.testing.assert_allclose(heights, counts / np.diff(edges))
    assert 0.995 <= counts.sum() / len(intervals) < 1.0
    assert np.all((edges + 0.5) % 1 == 0), "bins are of whole steps"
    assert np.diff(edges).min() == 1
    assert panel.get_yscale() == panel.get_xscale() == "log"
    cv = Statistics.isi_cv(recordings["E"], undefined=np.nan)
    assert title(panel).startswith(f"Intervals of all neurons: CV {np.nanmean(cv):.2f}")


def test_summary_of_plain_arrays(run: tuple[sorn.Network, sorn.Recordings]) -> None:
    network, recordings = run
    figure = Plotter.summary(
        spike_train=recordings["E"],
        connection_counts=recordings["C"],
        thresholds=recordings["TE"],
        weights=network.Wee,
        steps={"TE": recordings.steps("TE")},
        window=500,
        title="",
    )
    assert panels(figure) == ALL_PANELS
    assert not figure.texts
    assert figure.axes[0].get_xlim() == (2499.5, 2999.5)


def test_summary_leaves_out_what_is_missing(run: tuple[sorn.Network, sorn.Recordings]) -> None:
    network, recordings = run
    assert panels(Plotter.summary({"C": recordings["C"], "TE": recordings["TE"]})) == ["counts", "thresholds"]
    assert panels(Plotter.summary(network=network)) == ["weights"]
    assert panels(Plotter.summary(network=network.state)) == ["weights"]
    assert panels(Plotter.summary(spike_train=recordings["E"][:400])) == ["raster", "intervals", "correlation"]
    assert panels(Plotter.summary(spike_train=recordings["E"][:400, 0])) == ["raster", "intervals"]
    assert panels(Plotter.summary({"ExcitatoryActivation": recordings["E"]}))[:2] == ["raster", "activity"]
    assert panels(Plotter.summary({"C": [4, 5], "E": recordings["E"][:0]})) == ["counts"]


def test_summary_of_every_tenth_step_has_no_intervals() -> None:
    network = sorn.Network(ne=50, nu=3, seed=1)
    recordings = network.run(time_steps=2000, record=["E/10"])
    figure = Plotter.summary(recordings)
    assert panels(figure) == ["raster", "correlation"]
    assert figure.axes[0].get_xlim() == (-5, 1995)


def test_summary_of_a_silent_network() -> None:
    figure = Plotter.summary(spike_train=np.zeros((2000, 5)), weights=np.zeros((5, 5)))
    figure.canvas.draw()
    texts = [text.get_text() for ax in figure.axes for text in ax.texts]
    assert texts == ["no spikes", "no two weights from 0.01 on", "no neuron fires twice"]


def test_summary_draws_on_a_given_figure() -> None:
    figure = plt.figure()
    assert Plotter.summary(spike_train=spikes(), figure=figure) is figure
    assert panels(figure) == ["raster", "intervals", "correlation"]
    outer = plt.figure(figsize=(15, 7), layout="constrained")
    left, right = outer.subfigures(1, 2)
    Plotter.summary(spike_train=spikes(), figure=right, savefig="both.png")
    assert (panels(left), panels(right)) == ([], ["raster", "intervals", "correlation"])
    assert is_png(Path("both.png"))


def test_invalid_arguments_of_the_summary(run: tuple[sorn.Network, sorn.Recordings]) -> None:
    network, recordings = run
    for nothing in ((), ({},), ({"I": np.zeros((3, 3))},)):
        with pytest.raises(StateError, match="there is nothing to draw"):
            Plotter.summary(*nothing)
    with pytest.raises(ParameterError, match=r"recordings is of type ndarray.*spike_train= takes an array"):
        Plotter.summary(recordings["E"])
    with pytest.raises(ParameterError, match="recordings is of type Network"):
        Plotter.summary(network)
    with pytest.raises(ParameterError, match="'c'"):
        Plotter.summary({"E": recordings["E"], "c": recordings["C"]})
    with pytest.raises(ShapeError, match=r"different networks: spike_train of 7, network of \d+ neurons"):
        Plotter.summary({"E": recordings["E"][:, :7]}, network)
    with pytest.raises(ParameterError, match="window = 0"):
        Plotter.summary(recordings, window=0)
    with pytest.raises(ParameterError, match="steps has an entry 'X'"):
        Plotter.summary(recordings, steps={"X": [1]})
    with pytest.raises(ShapeError, match=r"steps has shape \(1,\)"):
        Plotter.summary(recordings, steps={"E": [1]})
    with pytest.raises(ParameterError, match="figure is of type int"):
        Plotter.summary(recordings, figure=3)
    with pytest.raises(ShapeError, match="weights has shape"):
        Plotter.summary(weights=np.ones(3))
