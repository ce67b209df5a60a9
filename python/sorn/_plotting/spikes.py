"""Pictures of spikes: rasters with the activity of the network above them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .. import _core
from .._spike_train import packed
from ._canvas import (
    BLUE,
    DOUBLE,
    GREY,
    INK,
    SaveArgument,
    headroom,
    library,
    note,
    picture,
    whole_ticks,
)
from ._checks import Clock, bin_count, recorded_steps
from ._traces import block_starts, blocks, stride_of, time_axis, trace, whole_edges

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..statistics import SpikeTrainLike

_MOST_MARKS = 50_000  # more marks would cover each other
_ACTIVITY_SHARE = 0.22  # share of the height for the activity above the spikes


def raster_plot(
    spike_train: SpikeTrainLike,
    savefig: SaveArgument = False,
    *,
    steps: npt.ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Spikes as ticks, with a row for each neuron, and above them the number of spikes in each step.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons) or (time,)
        Spikes, 0 or 1. More than 50,000 spikes are drawn as an image. Its shade shows how often a neuron fires in the
        steps of a column, so that 10⁶ steps take no longer than 10⁴.
    savefig : bool or path, default False
        True saves RasterSpikeTrain.png into the current folder; a path saves there.
    steps : array_like, shape (time,), optional
        The step number of each row; 0, 1, 2 … if none are given.
    ax : matplotlib.axes.Axes, optional
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes of the spikes. The axes of the activity share their time axis.

    Raises
    ------
    ShapeError, StateError
        If the train is empty, has the wrong shape, or has entries other than 0 and 1.
    """
    return _spike_picture(spike_train, "RasterSpikeTrain.png", savefig, steps, ax, marker="|")


def scatter_plot(
    spike_train: SpikeTrainLike,
    savefig: SaveArgument = False,
    *,
    steps: npt.ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Spikes as dots, and above them the number of spikes in each step.

    Parameters, returns and errors as for :meth:`sorn.Plotter.raster_plot`. True saves ScatterSpikeTrain.png.
    """
    return _spike_picture(spike_train, "ScatterSpikeTrain.png", savefig, steps, ax, marker="o")


def _spike_picture(
    spike_train: Any, name: str, savefig: SaveArgument, steps: Any, ax: Axes | None, marker: str
) -> Axes:
    spikes = packed("spike_train", spike_train)
    times = recorded_steps(steps, spikes.steps)
    with picture(ax, name, savefig, DOUBLE) as ax:
        draw_spikes(ax, spikes, times, marker)
    return ax


def draw_spikes(ax: Axes, spikes: _core.SpikeSource, times: Clock, marker: str = "|") -> None:
    """Draw spikes in the lower part of `ax` and the activity in the upper part."""
    neurons = spikes.neurons
    activity = blocks(spikes)
    total = int(activity.total.sum())
    mean = total / spikes.steps
    half = 0.5 * stride_of(times)
    first, last = times[0] - half, times[-1] + half
    title = f"{total:,} spikes of {neurons:,} neurons, {mean:.3g} per step"
    if total > _MOST_MARKS:
        _draw_density(ax, spikes, (first, last))
    else:
        _draw_marks(ax, spikes, times, marker)
    if total == 0:
        note(ax, "no spikes")
    height = neurons / (1.0 - _ACTIVITY_SHARE)
    ax.set_ylim(-0.5, height - 0.5)
    ax.set_yticks(_ticks_within(neurons - 1))
    ax.set_ylabel("neuron", y=0.5 * (1.0 - _ACTIVITY_SHARE))
    ax.set_title(title)
    time_axis(ax, times)

    # The left axis of the upper part belongs to the activity.
    above = ax.twinx()
    above.yaxis.tick_left()
    above.yaxis.set_label_position("left")
    above.spines[["left", "right"]].set_visible(False)
    most = max(int(activity.high.max()), 1)
    trace(above, times, activity, BLUE)
    above.axhline(mean, color=GREY, linewidth=0.6, linestyle="--")
    above.set_ylim(-1.15 * most * (1.0 / _ACTIVITY_SHARE - 1.0), 1.1 * most)
    above.set_yticks([0, most])
    above.tick_params(axis="y", colors=BLUE)
    above.set_ylabel("spikes\nper step", color=BLUE, y=1.0 - 0.5 * _ACTIVITY_SHARE)


def _draw_marks(ax: Axes, spikes: _core.SpikeSource, times: Clock, marker: str) -> None:
    rows, neurons = spikes.spike_list()
    place, points = ax.get_position(), 72.0 / ax.figure.dpi
    pitch = place.height * ax.figure.bbox.height * points * (1.0 - _ACTIVITY_SHARE) / spikes.neurons
    step = place.width * ax.figure.bbox.width * points / spikes.steps
    if marker == "|":
        look = {"s": np.clip(0.85 * pitch, 1.0, 14.0) ** 2, "linewidths": np.clip(0.7 * step, 0.6, 1.2)}
    else:
        look = {"s": np.clip(0.6 * pitch, 0.7, 4.0) ** 2, "linewidths": 0.0}
    ax.scatter(times[rows], neurons, marker=marker, color=INK, rasterized=len(rows) > 5000, **look)


def _draw_density(ax: Axes, spikes: _core.SpikeSource, extent: tuple[float, float]) -> None:
    """Draw an image whose shade shows how often each neuron fires in the steps of each column."""
    starts, size = block_starts(spikes.steps)
    shares = (spikes.spikes_in_bins(size) / np.diff(np.append(starts, spikes.steps))[:, None]).T
    lightest, darkest = (0.0, 1.0) if size == 1 else np.quantile(shares, [0.005, 0.995])
    # The last column may stand for fewer steps than the others, but all columns are equally wide.
    right = extent[0] + (extent[1] - extent[0]) * size * len(starts) / spikes.steps
    image = ax.imshow(
        shares,
        cmap="Greys",
        vmin=lightest,
        vmax=darkest if darkest > lightest else lightest + 1.0,
        extent=(extent[0], right, -0.5, spikes.neurons - 0.5),
        origin="lower",
        aspect="auto",
        interpolation="antialiased",
    )
    if size > 1:
        scale = ax.inset_axes((1.012, 0.0, 0.012, 0.5))
        ax.figure.colorbar(image, cax=scale, label=f"spikes per step,\nmean of {size:,} steps", extend="both")


def _ticks_within(last: int) -> list[float]:
    """Round tick positions from 0 to at most `last`."""
    ticks = library("matplotlib.ticker").MaxNLocator(nbins=5, integer=True).tick_values(0, max(last, 1))
    return [float(tick) for tick in ticks if 0 <= tick <= last]


def hist_firing_rate_network(
    spike_train: SpikeTrainLike, bin_size: int = 10, savefig: SaveArgument = False, *, ax: Axes | None = None
) -> Axes:
    """Distribution of the number of spikes in a step, over the steps with at least one.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons)
        Spikes, 0 or 1.
    bin_size : int, default 10
        Largest number of bins. Each bin covers the same whole number of spikes.
    savefig : bool or path, default False
        True saves hist_firing_rate_network.png into the current folder; a path saves there.
    ax : matplotlib.axes.Axes, optional
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The number of steps in each bin. The title says how many steps without a spike are left out.

    Raises
    ------
    ParameterError, ShapeError, StateError
        If `bin_size` is not a valid number of bins, or if the train is empty, has the wrong shape, or has entries other
        than 0 and 1.
    """
    bins = bin_count(bin_size)
    steps = packed("spike_train", spike_train).activity_histogram()
    levels = np.flatnonzero(steps[1:]) + 1  # the numbers of spikes that occur
    active = int(steps[levels].sum())
    with picture(ax, "hist_firing_rate_network.png", savefig) as ax:
        if active:
            edges = whole_edges(int(levels[0]), int(levels[-1]), bins)
            ax.hist(levels, bins=edges.tolist(), weights=steps[levels], color=BLUE, alpha=0.75, edgecolor="white")
            mean = float(levels @ steps[levels]) / active
            deviation = np.sqrt(float((levels - mean) ** 2 @ steps[levels]) / active)
            spread = f", SD {deviation:.3g}" if active > 1 else ""
            ax.vlines(mean, 0.0, ax.get_ylim()[1], color=INK, linestyle="--", label=f"mean {mean:.4g}{spread}")
            headroom(ax)
            ax.legend()
        else:
            note(ax, "no spikes")
        whole_ticks(ax.xaxis)
        whole_ticks(ax.yaxis)
        ax.set(
            xlabel="spikes per step",
            ylabel="steps",
            title=f"Activity in {active:,} steps; {steps[0]:,} silent {'one' if steps[0] == 1 else 'ones'} left out",
        )
    return ax
