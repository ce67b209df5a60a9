"""Pictures of connections: their numbers per neuron and over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._arguments import FloatArray
from ._canvas import BLUE, DOUBLE, VERMILION, SaveArgument, headroom, picture, whole_ticks
from ._checks import HistogramType, IntArray, bin_count, counts_over_time, degrees_of, histogram_type, recorded_steps
from ._traces import time_axis, trace, whole_edges

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def hist_incoming_conn(
    weights: Any, bin_size: int = 10, histtype: str = "bar", savefig: SaveArgument = False, *, ax: Axes | None = None
) -> Axes:
    """Distribution of the number of presynaptic partners of each neuron, with a normal fit.

    Parameters
    ----------
    weights : array_like or scipy.sparse matrix, shape (pre, post)
        Connection weights; those above 0 are synapses. The incoming ones of a neuron stand in its column.
    bin_size : int, default 10
        Number of bins at most; each covers the same whole number of connections.
    histtype : {'bar', 'barstacked', 'step', 'stepfilled'}, default 'bar'
        As in :meth:`matplotlib.axes.Axes.hist`.
    savefig : bool or path, default False
        True saves hist_incoming_conn.png into the current folder, a path saves there.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure unless given.

    Returns
    -------
    matplotlib.axes.Axes
        The probability density: the bars' areas sum to 1.

    Raises
    ------
    ParameterError, ShapeError, StateError
        If `bin_size` or `histtype` is none, `weights` is no matrix, or holds NaN or infinities.
    """
    bins, kind, degrees = bin_count(bin_size), histogram_type(histtype), degrees_of(weights, axis=0)
    with picture(ax, "hist_incoming_conn.png", savefig) as ax:
        _draw_degrees(ax, degrees, bins, kind, "incoming")
    return ax


def hist_outgoing_conn(
    weights: Any, bin_size: int = 10, histtype: str = "bar", savefig: SaveArgument = False, *, ax: Axes | None = None
) -> Axes:
    """Distribution of the number of postsynaptic partners of each neuron, with a normal fit.

    Parameters, returns and errors as for :meth:`sorn.Plotter.hist_incoming_conn`, for the rows of `weights` instead of
    its columns; True saves hist_outgoing_conn.png.
    """
    bins, kind, degrees = bin_count(bin_size), histogram_type(histtype), degrees_of(weights, axis=1)
    with picture(ax, "hist_outgoing_conn.png", savefig) as ax:
        _draw_degrees(ax, degrees, bins, kind, "outgoing")
    return ax


def _draw_degrees(ax: Axes, degrees: IntArray, bins: int, histtype: HistogramType, direction: str) -> None:
    edges = whole_edges(int(degrees.min()), int(degrees.max()), bins)
    look = {"linewidth": 1.2} if histtype == "step" else {"alpha": 0.75, "edgecolor": "white"}
    ax.hist(degrees, bins=edges.tolist(), density=True, histtype=histtype, color=BLUE, **look)
    mean, deviation = degrees.mean(), degrees.std()
    if deviation > 0.0:
        reach = max(3.5 * deviation, edges[-1] - mean, mean - edges[0])
        x = np.linspace(max(mean - reach, -0.5), mean + reach, 200)
        density = np.exp(-0.5 * ((x - mean) / deviation) ** 2) / (deviation * np.sqrt(2.0 * np.pi))
        ax.plot(x, density, color=VERMILION, label=f"normal fit: μ = {mean:.4g}, σ = {deviation:.3g}")
        headroom(ax)
        ax.legend()
    whole_ticks(ax.xaxis)
    ax.set(
        xlabel=f"{direction} connections per neuron",
        ylabel="probability density",
        title=f"{degrees.sum():,} connections, {mean:.4g} per neuron",
    )


def network_connection_dynamics(
    connection_counts: npt.ArrayLike,
    savefig: SaveArgument = False,
    *,
    steps: npt.ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The number of active connections over time.

    Parameters
    ----------
    connection_counts : array_like, shape (time,)
        Number of connections in each recorded step, such as ``C``. Of more than 1,000 values the mean of neighbouring
        ones is drawn, with their range around it.
    savefig : bool or path, default False
        True saves connection_dynamics.png into the current folder, a path saves there.
    steps : array_like, shape (time,), optional
        The step number of each count; 0, 1, 2 … unless given.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure unless given.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ShapeError, StateError
        If `connection_counts` is not one-dimensional, is empty, or holds NaN, infinities or negative values.
    """
    counts = counts_over_time("connection_counts", connection_counts)
    times = recorded_steps(steps, len(counts))
    with picture(ax, "connection_dynamics.png", savefig, DOUBLE) as ax:
        draw_counts(ax, counts, times)
    return ax


def draw_counts(ax: Axes, counts: FloatArray, times: IntArray) -> None:
    """Connection counts over time, with the first, the last, and the fewest where they are a low point between."""
    trace(ax, times, counts, BLUE)
    title = f"Connections: {counts[0]:,.0f} → {counts[-1]:,.0f}"
    fewest = int(counts.argmin())
    if counts[fewest] < 0.95 * min(counts[0], counts[-1]):
        ax.plot(times[fewest], counts[fewest], "o", color=VERMILION, markersize=3)
        title = f"Connections: {counts[0]:,.0f} → {counts[fewest]:,.0f} → {counts[-1]:,.0f}"
    time_axis(ax, times)
    whole_ticks(ax.yaxis)
    ax.set(ylabel="active connections", title=title)
