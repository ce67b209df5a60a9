"""The pictures: where they are drawn and saved, how they look, and the calls of the usage document."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from pictures import activity_of, correlations, critical_avalanches, is_png, spikes, title, weights

from sorn import IoError, ParameterError, Plotter, ShapeError, Statistics

pytestmark = pytest.mark.usefixtures("picture_folder")

# Each picture of one pair of axes: its name, the file of savefig=True, what to draw.
SINGLE: list[tuple[str, str, Callable[[], tuple[Any, ...]]]] = [
    ("hist_incoming_conn", "hist_incoming_conn.png", lambda: (weights(),)),
    ("hist_outgoing_conn", "hist_outgoing_conn.png", lambda: (weights(),)),
    ("network_connection_dynamics", "connection_dynamics.png", lambda: (np.arange(90, 50, -1),)),
    ("hist_firing_rate_network", "hist_firing_rate_network.png", lambda: (spikes(),)),
    ("scatter_plot", "ScatterSpikeTrain.png", lambda: (spikes(),)),
    ("raster_plot", "RasterSpikeTrain.png", lambda: (spikes(),)),
    ("correlation", "correlation_between_neurons.png", lambda: (correlations(),)),
    ("isi_exponential_fit", "isi_exponential_fit.png", lambda: (spikes(),)),
    ("weight_distribution", "weight_distribution.png", lambda: (weights(),)),
    ("hamming_distance", "HammingDistance.png", lambda: ([0, 1, 3, 2],)),
    ("threshold_dynamics", "threshold_dynamics.png", lambda: (np.random.default_rng(1).random((30, 7)),)),
    ("branching_regression", "branching_regression.png", lambda: (spikes(3000), 20)),
    ("size_scaling", "size_scaling.png", lambda: (critical_avalanches(),)),
]
PAIRED = [
    ("linear_lognormal_fit", "LinearLognormalFit.png", lambda: (weights(),)),
    ("avalanche_distribution", "avalanche_distribution.png", lambda: (spikes(3000),)),
    ("shape_collapse", "shape_collapse.png", lambda: (critical_avalanches(),)),
]
single = pytest.mark.parametrize(("name", "file", "data"), SINGLE, ids=[case[0] for case in SINGLE])
paired = pytest.mark.parametrize(("name", "file", "data"), PAIRED, ids=[case[0] for case in PAIRED])
saved = pytest.mark.parametrize(("name", "file", "data"), SINGLE + PAIRED, ids=[case[0] for case in SINGLE + PAIRED])


@single
def test_returns_axes_with_labels_and_shows_nothing(name: str, file: str, data: Callable[[], tuple[Any, ...]]) -> None:
    settings = mpl.rcParams.copy()
    ax = getattr(Plotter, name)(*data())
    assert isinstance(ax, Axes)
    assert plt.get_fignums() == [ax.figure.number], "notebooks and pyplot.show() find the figure"
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    assert title(ax)
    assert mpl.rcParams == settings
    assert not list(Path().iterdir())
    ax.figure.canvas.draw()
    sizes = [text.get_fontsize() for text in [*ax.get_xticklabels(), ax.xaxis.label, *ax.texts]]
    assert min(sizes) >= 7


@saved
def test_saved_figures_have_their_names_and_are_closed(name: str, file: str, data) -> None:
    picture = getattr(Plotter, name)(*data(), savefig=True)
    assert [path.name for path in Path().iterdir()] == [file]
    assert is_png(Path(file))
    assert plt.get_fignums() == []
    figure = picture if isinstance(picture, Figure) else picture.figure
    figure.savefig("again.png")  # what was returned is still of use


@single
def test_draws_on_given_axes(name: str, file: str, data) -> None:
    figure, (left, right) = plt.subplots(1, 2)
    assert getattr(Plotter, name)(*data(), ax=right) is right
    assert right.has_data()
    assert not left.has_data()
    assert plt.get_fignums() == [figure.number]
    getattr(Plotter, name)(*data(), ax=left, savefig=True)
    assert is_png(Path(file))
    assert plt.get_fignums() == [figure.number], "a figure of the caller's stays open"


@paired
def test_draws_on_a_given_pair_of_axes(name: str, file: str, data) -> None:
    figure, axes = plt.subplots(2, 2)
    assert getattr(Plotter, name)(*data(), ax=axes[1]) is figure
    assert [ax.has_data() for ax in axes.ravel()] == [False, False, True, True]
    with pytest.raises(ShapeError, match="ax holds 3 axes: must hold two"):
        getattr(Plotter, name)(*data(), ax=axes.ravel()[:3])


def test_a_path_determines_place_and_format(tmp_path: Path) -> None:
    Plotter.raster_plot(spikes(), savefig=tmp_path / "raster.pdf")
    assert (tmp_path / "raster.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(IoError, match=r"cannot write 'no/folder\.png"):
        Plotter.raster_plot(spikes(), savefig="no/folder.png")
    with pytest.raises(ParameterError, match="Format 'abc' is not supported"):
        Plotter.raster_plot(spikes(), savefig="x.abc")
    with pytest.raises(ParameterError, match="savefig = 1: must be True, False or a path"):
        Plotter.raster_plot(spikes(), savefig=1)
    assert plt.get_fignums() == [], "a failed call leaves no figure"


@pytest.mark.slow
def test_saved_figures_do_not_accumulate() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Matplotlib warns of more than 20 open figures
        for _ in range(25):
            Plotter.hamming_distance([0, 1, 2], savefig=True)


def test_axes_must_be_axes() -> None:
    with pytest.raises(ParameterError, match="ax is of type int: must be a matplotlib Axes"):
        Plotter.raster_plot(spikes(), ax=3)


def test_settings_of_the_caller_have_no_effect_and_do_not_change() -> None:
    with plt.style.context("dark_background"):
        ax = Plotter.raster_plot(spikes())
        ax.figure.canvas.draw()
        assert mpl.rcParams["figure.facecolor"] == "black"
    assert ax.figure.get_facecolor()[:3] == (1, 1, 1)
    assert max(to_rgb(ax.get_xticklabels()[0].get_color())) < 0.3


def test_settings_of_a_backend_that_the_first_figure_loads_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of notebooks turns interactive mode on, without which no later figure would be shown."""
    monkeypatch.setitem(mpl.rcParams, "interactive", False)
    make = plt.figure

    def load_backend_and_make(*args: Any, **options: Any) -> Figure:
        mpl.interactive(True)
        return make(*args, **options)

    monkeypatch.setattr(plt, "figure", load_backend_and_make)
    Plotter.raster_plot(spikes())
    assert mpl.is_interactive()


def test_import_of_sorn_imports_no_plotting_package() -> None:
    code = "import sys, sorn; print({'matplotlib', 'scipy', 'networkx', 'powerlaw', 'seaborn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_without_matplotlib_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install 'sorn\[plot\]'"):
        Plotter.raster_plot(spikes())


@pytest.mark.slow
def test_the_plotting_calls_of_the_usage_document() -> None:
    """As they are written there: positional and keyword arguments, random weights below 0, 1000 columns."""
    # For example, the network has 200 neurons in the excitatory pool.
    Wee = np.random.randn(200, 200)
    Wee = Wee / Wee.max()
    Plotter.weight_distribution(weights=Wee, bin_size=5, savefig=True)
    E = np.random.randint(2, size=(200, 1000))
    Plotter.scatter_plot(spike_train=E, savefig=True)
    Plotter.raster_plot(spike_train=E[:, 0:10], savefig=True)
    Plotter.hist_incoming_conn(weights=Wee, bin_size=10, histtype="bar", savefig=True)
    Plotter.hist_firing_rate_network(E, bin_size=10, savefig=True)
    avg_corr_coeff, _ = Statistics.avg_corr_coeff(E)
    Plotter.correlation(avg_corr_coeff, savefig=True)
    Plotter.isi_exponential_fit(E, neuron=1, bin_size=10, savefig=True)
    Plotter.linear_lognormal_fit(weights=Wee, num_points=100, savefig=True)
    Plotter.plot_network(avg_corr_coeff, corr_thres=0.01, fig_name="network.png")
    names = {path.name for path in Path().iterdir() if is_png(path)}
    assert names == {
        "weight_distribution.png",
        "ScatterSpikeTrain.png",
        "RasterSpikeTrain.png",
        "hist_incoming_conn.png",
        "hist_firing_rate_network.png",
        "correlation_between_neurons.png",
        "isi_exponential_fit.png",
        "LinearLognormalFit.png",
        "network.png",
    }


# --- legends --------------------------------------------------------------------------------------------------------


def of_a_critical_process() -> Any:
    return Plotter.avalanche_distribution(activity_of(np.random.default_rng(3).zipf(2.5, 4000)), 0)


def of_a_process_that_is_not_critical() -> Any:
    return Plotter.avalanche_distribution(activity_of(np.random.default_rng(3).geometric(0.1, 4000)), 0)


def thresholds_that_rise() -> Any:
    noise = np.random.default_rng(1).random((500, 100))
    return Plotter.threshold_dynamics(0.5 + 0.4 * np.linspace(0, 1, 500)[:, None] ** 0.2 + 0.1 * noise)


def activity_of_which_half_is_high() -> Any:
    train = np.zeros((400, 30))
    train[:, :25] = 1
    train[::9, :10] = 0
    return Plotter.hist_firing_rate_network(train)


def weights_that_rise() -> Any:
    return Plotter.linear_lognormal_fit(0.02 + np.random.default_rng(2).beta(5, 1, 3000))


def flat_weights() -> Any:
    return Plotter.weight_distribution(np.linspace(0.01, 0.99, 5000))


def on_small_axes_of_the_caller() -> Any:
    figure, axes = plt.subplots(2, 2, figsize=(5, 4))
    Plotter.linear_lognormal_fit(weights(), ax=axes[0])
    Plotter.isi_exponential_fit(spikes(50_000, 2), ax=axes[1, 0])
    Plotter.hist_incoming_conn(weights(), normal_fit=True, ax=axes[1, 1])
    return figure


@pytest.mark.parametrize(
    "draw",
    [
        of_a_critical_process,
        of_a_process_that_is_not_critical,
        thresholds_that_rise,
        activity_of_which_half_is_high,
        weights_that_rise,
        flat_weights,
        on_small_axes_of_the_caller,
        lambda: Plotter.linear_lognormal_fit(weights()),
        lambda: Plotter.weight_distribution(weights()),
        lambda: Plotter.isi_exponential_fit(spikes(50_000, 2)),
        lambda: Plotter.hist_outgoing_conn(weights(), normal_fit=True),
        lambda: Plotter.summary(weights=weights(20), spike_train=spikes(3000), thresholds=spikes(50).astype(float)),
    ],
)
def test_no_legend_covers_data(draw: Any) -> None:
    drawn = draw()
    figure = drawn.figure if hasattr(drawn, "get_legend") else drawn
    figure.draw_without_rendering()
    with_legend = [ax for ax in figure.axes if ax.get_legend() is not None]
    assert with_legend
    for ax in with_legend:
        box = ax.get_legend().get_window_extent()
        for x, y in points_of(ax):
            inside = (box.x0 <= x) & (x <= box.x1) & (box.y0 <= y) & (y <= box.y1)
            assert not inside.any(), f"the legend of '{title(ax)}' covers data"


def points_of(ax: Any) -> Iterator[Any]:
    """Points of the lines, and of the outlines of bars and bands, in pixels and close to each other."""
    for artist in [*ax.lines, *ax.patches, *ax.collections]:
        paths = artist.get_paths() if hasattr(artist, "get_paths") else [artist.get_path()]
        for path in paths:
            corners = artist.get_transform().transform(path.vertices)
            corners = corners[np.isfinite(corners).all(axis=1)]
            if len(corners) > 1 and str(getattr(artist, "get_linestyle", str)()) != "None":
                where = np.arange(len(corners))
                between = np.linspace(0, len(corners) - 1, 50 * len(corners))
                corners = np.column_stack([np.interp(between, where, corners[:, k]) for k in (0, 1)])
            yield corners.T
