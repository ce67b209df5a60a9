"""Pictures of connections: their number per neuron and over time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ._canvas import BLUE, DOUBLE, VERMILION, SaveArgument, headroom, number, picture, whole_ticks
from ._checks import (
    Clock,
    CountsOverTime,
    HistogramType,
    IntArray,
    bin_count,
    counts_over_time,
    degrees_of,
    ends_of,
    histogram_type,
    recorded_steps,
)
from ._traces import time_axis, trace, whole_edges

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def hist_incoming_conn(
    weights: Any,
    bin_size: int = 10,
    histtype: str = "bar",
    savefig: SaveArgument = False,
    *,
    normal_fit: bool | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Distribution of the number of presynaptic partners of a neuron, with a normal distribution if it fits.

    Parameters
    ----------
    weights : array_like or scipy.sparse matrix, shape (pre, post)
        Connection weights. Those above 0 are synapses; the column of a neuron holds its incoming weights.
    bin_size : int, default 10
        Largest number of bins. Each bin covers the same whole number of connections.
    histtype : {'bar', 'barstacked', 'step', 'stepfilled'}, default 'bar'
        As in :meth:`matplotlib.axes.Axes.hist`.
    savefig : bool or path, default False
        True saves hist_incoming_conn.png into the current folder; a path saves there.
    normal_fit : bool, optional
        Whether to draw the normal distribution of the same mean and standard deviation. None: draw it if the numbers
        are not skewed and not farther from it than chance explains; otherwise the title gives their skewness.
    ax : matplotlib.axes.Axes, optional
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The probability density: the areas of the bars sum to 1.

    Raises
    ------
    ParameterError, ShapeError, StateError
        If `bin_size` or `histtype` is not valid, or if `weights` is not a matrix or holds NaN or infinities.
    """
    bins, kind, degrees = bin_count(bin_size), histogram_type(histtype), degrees_of(weights, axis=0)
    with picture(ax, "hist_incoming_conn.png", savefig) as ax:
        _draw_degrees(ax, degrees, bins, kind, "incoming", normal_fit)
    return ax


def hist_outgoing_conn(
    weights: Any,
    bin_size: int = 10,
    histtype: str = "bar",
    savefig: SaveArgument = False,
    *,
    normal_fit: bool | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Distribution of the number of postsynaptic partners of a neuron, with a normal distribution if it fits.

    Parameters, returns and errors as for :meth:`sorn.Plotter.hist_incoming_conn`, but for the rows of `weights` instead
    of its columns. True saves hist_outgoing_conn.png.
    """
    bins, kind, degrees = bin_count(bin_size), histogram_type(histtype), degrees_of(weights, axis=1)
    with picture(ax, "hist_outgoing_conn.png", savefig) as ax:
        _draw_degrees(ax, degrees, bins, kind, "outgoing", normal_fit)
    return ax


def _draw_degrees(
    ax: Axes, degrees: IntArray, bins: int, histtype: HistogramType, direction: str, normal_fit: bool | None
) -> None:
    edges = whole_edges(int(degrees.min()), int(degrees.max()), bins)
    look = {"linewidth": 1.2} if histtype == "step" else {"alpha": 0.75, "edgecolor": "white"}
    ax.hist(degrees, bins=edges.tolist(), density=True, histtype=histtype, color=BLUE, **look)
    mean, deviation = degrees.mean(), degrees.std()
    title = f"{degrees.sum():,} connections, {mean:.4g} per neuron"
    if deviation > 0.0:
        skewness = float(np.mean(((degrees - mean) / deviation) ** 3))
        distance = _distance_from_normal(degrees)
        if _draws_normal(normal_fit, len(degrees), skewness, distance):
            reach = max(3.5 * deviation, edges[-1] - mean, mean - edges[0])
            x = np.linspace(max(mean - reach, -0.5), mean + reach, 200)
            density = np.exp(-0.5 * ((x - mean) / deviation) ** 2) / (deviation * np.sqrt(2.0 * np.pi))
            label = f"normal fit: μ = {mean:.4g}, σ = {deviation:.3g}\n(KS distance {distance:.2f})"
            ax.plot(x, density, color=VERMILION, label=label)
            headroom(ax)
            ax.legend()
        else:
            title += f"\nσ = {deviation:.3g}, skewness {number(skewness)}"
    whole_ticks(ax.xaxis)
    ax.set(xlabel=f"{direction} connections per neuron", ylabel="probability density", title=title)


def _distance_from_normal(degrees: IntArray) -> float:
    """The largest distance of the degrees' cumulative distribution from a normal one, at whole numbers plus a half."""
    values, counts = np.unique(degrees, return_counts=True)
    z = (values + 0.5 - degrees.mean()) / degrees.std()
    normal = 0.5 * np.array([math.erfc(-one / math.sqrt(2.0)) for one in z])
    return float(np.abs(np.cumsum(counts) / len(degrees) - normal).max())


def _draws_normal(wanted: bool | None, neurons: int, skewness: float, distance: float) -> bool:
    """Whether the normal fit is drawn: as asked, or if the degrees do not reject it."""
    if wanted is not None:
        return wanted
    # Twice the standard error of the skewness, and Lilliefors' limit for a fitted mean and deviation, both at about 5%.
    return bool(abs(skewness) <= 2.0 * np.sqrt(6.0 / neurons) and distance <= 0.886 / np.sqrt(neurons))


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
        Number of connections in each recorded step, such as ``C``. If there are more than 1,000 values, the means of
        neighbouring values are drawn, with their range.
    savefig : bool or path, default False
        True saves connection_dynamics.png into the current folder; a path saves there.
    steps : array_like, shape (time,), optional
        The step number of each count; 0, 1, 2 … if none are given.
    ax : matplotlib.axes.Axes, optional
        Where to draw. None: a new figure.

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


def draw_counts(ax: Axes, counts: CountsOverTime, times: Clock) -> None:
    """Draw connection counts over time, and mark the lowest if it is clearly below the first and the last."""
    trace(ax, times, counts, BLUE)
    first, last, fewest, row = ends_of(counts)
    title = f"Connections: {first:,.0f} → {last:,.0f}"
    if fewest < 0.95 * min(first, last):
        ax.plot(times[row], fewest, "o", color=VERMILION, markersize=3)
        title = f"Connections: {first:,.0f} → {fewest:,.0f} → {last:,.0f}"
    time_axis(ax, times)
    whole_ticks(ax.yaxis)
    ax.set(ylabel="active connections", title=title)
