"""Pictures over time: thresholds, the distance between two runs, and that of many pairs of twins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._arguments import FloatArray, real_array, truth
from .._errors import ParameterError, ShapeError
from .._result_file import StoredArray
from ..twins import Divergence
from ._canvas import (
    BLUE,
    DOUBLE,
    GREY,
    INK,
    PAIR,
    VERMILION,
    SaveArgument,
    logarithmic_axis,
    number,
    picture,
    two_panels,
    whole_ticks,
)
from ._checks import Clock, finite, numbers_over_time, recorded_steps
from ._traces import COLUMNS, bands, lone_marker, time_axis, trace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def threshold_dynamics(
    thresholds: npt.ArrayLike,
    savefig: SaveArgument = False,
    *,
    steps: npt.ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Firing thresholds over time: their mean, and bands that contain 50% and 90% of the neurons.

    Parameters
    ----------
    thresholds : array_like, shape (time, neurons) or (time, neurons, 1)
        Recorded thresholds, such as ``TE``. If there are more than 1,000 rows, 1,000 at equal distances are drawn.
    savefig : bool or path, default False
        True saves threshold_dynamics.png into the current folder; a path saves there.
    steps : array_like, shape (time,), optional
        The step number of each row; 0, 1, 2 … if none are given.
    ax : matplotlib.axes.Axes, optional
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ShapeError, StateError
        If `thresholds` is empty, has the wrong shape, or holds NaN or infinities.
    """
    rows = threshold_rows(thresholds)
    times = recorded_steps(steps, len(rows))
    with picture(ax, "threshold_dynamics.png", savefig, DOUBLE) as ax:
        draw_thresholds(ax, rows, times)
    return ax


def threshold_rows(thresholds: Any) -> FloatArray | StoredArray:
    """Recorded thresholds as (time, neurons). A recording in a file stays there; its numbers are finite."""
    if isinstance(thresholds, StoredArray) and thresholds.ndim == 2 and 0 not in thresholds.shape:
        return thresholds
    rows = real_array("thresholds", thresholds)
    if rows.ndim == 3 and rows.shape[2] == 1:
        rows = rows[:, :, 0]
    if rows.ndim != 2 or 0 in rows.shape:
        raise ShapeError(f"thresholds has shape {rows.shape}", "must be (time, neurons): a row for each recorded step")
    return finite("thresholds", rows)


def draw_thresholds(ax: Axes, rows: FloatArray | StoredArray, times: Clock) -> None:
    """Draw the mean and the bands of thresholds."""
    when, lowest, low, high, highest, mean = bands(rows, times)
    ax.fill_between(when, lowest, highest, color=BLUE, alpha=0.15, linewidth=0, label="90% of neurons")
    ax.fill_between(when, low, high, color=BLUE, alpha=0.35, linewidth=0, label="50%")
    ax.plot(when, mean, color=BLUE, label="mean", marker=lone_marker(when))
    ax.legend(ncols=3, loc="upper right", columnspacing=1.2)
    # The widely scattered thresholds of a new network may lie outside the picture, so that they do not flatten the
    # rest.
    bottom, top = np.quantile(lowest, 0.01), np.quantile(highest, 0.99)
    margin = 0.1 * (top - bottom) or 0.1
    ax.set_ylim(bottom - margin, top + 3.0 * margin)
    time_axis(ax, times)
    first, last = float(mean[0]), float(mean[-1])
    ax.set(ylabel="firing threshold", title=f"Thresholds: mean {number(first)} → {number(last)}")


def hamming_distance(
    hamming_dist: npt.ArrayLike,
    savefig: SaveArgument = False,
    *,
    steps: npt.ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The number of neurons that differ between two runs, step by step.

    Parameters, returns and errors as for :meth:`sorn.Plotter.network_connection_dynamics`, for distances such as
    :meth:`sorn.Statistics.hamming_distance` returns. True saves HammingDistance.png.
    """
    distances = numbers_over_time("hamming_dist", hamming_dist)
    times = recorded_steps(steps, len(distances))
    with picture(ax, "HammingDistance.png", savefig, DOUBLE) as ax:
        trace(ax, times, distances, BLUE)
        differing = np.flatnonzero(distances)
        if len(differing):
            title = (
                f"Distance of two runs: mean {distances.mean():.3g}, most {distances.max():,.0f}, "
                f"first at step {times[differing[0]]:,}"
            )
        else:
            title = "Distance of two runs: they are equal"
        time_axis(ax, times)
        ax.set_ylim(0.0, 1.05 * max(float(distances.max()), 1.0))
        whole_ticks(ax.yaxis)
        ax.set(ylabel="neurons that differ", title=title)
    return ax


def twin_divergence(
    divergence: Divergence,
    savefig: SaveArgument = False,
    *,
    log: bool = False,
    ax: Sequence[Axes] | None = None,
) -> Figure:
    """How pairs of twins part: the distance of their activity over time (left), and the Derrida map (right).

    The bands hold 50% and 90% of the pairs. In the Derrida map the area of a point grows with the number of steps.
    Above the grey diagonal differences grow, below it they shrink.

    Parameters
    ----------
    divergence : Divergence
        What :func:`sorn.twins.divergence` returned.
    savefig : bool or path, default False
        True saves twin_divergence.png into the current folder; a path saves there.
    log : bool, default False
        Whether the distance has a logarithmic axis. It then also shows the line of
        :meth:`~sorn.twins.Divergence.growth`, and bands end at half of the smallest mean.
    ax : two matplotlib.axes.Axes, optional
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if not isinstance(divergence, Divergence):
        raise ParameterError(
            f"divergence is of type {type(divergence).__name__}", "must be what sorn.twins.divergence() returned"
        )
    logarithmic = truth("log", log)
    with two_panels(ax, "twin_divergence.png", savefig, PAIR) as (left, right):
        _draw_distances(left, divergence, logarithmic)
        _draw_derrida(right, divergence)
        figure: Figure = left.figure.canvas.figure
    return figure


def _draw_distances(ax: Axes, found: Divergence, logarithmic: bool) -> None:
    rows = np.unique(np.linspace(0, len(found.times) - 1, COLUMNS).round().astype(np.int64))
    times = found.times[rows]
    lowest, low, high, highest = (found.quantile(share)[rows] for share in (0.05, 0.25, 0.75, 0.95))
    mean = found.mean[times]
    ax.fill_between(times, lowest, highest, color=BLUE, alpha=0.15, linewidth=0, label="90% of pairs")
    ax.fill_between(times, low, high, color=BLUE, alpha=0.35, linewidth=0, label="50%")
    ax.plot(times, mean, color=BLUE, label="mean", marker=lone_marker(times))
    above = found.mean[found.mean > 0.0]
    if logarithmic and len(above):
        growth = found.growth()
        if growth is not None:
            ends = np.array([growth.first, growth.last], dtype=np.float64)
            line = np.exp(growth.intercept + growth.exponent * ends)
            label = f"slope {number(growth.exponent)} per step"
            ax.plot(ends, line, color=VERMILION, label=label, zorder=3)
        ax.set_yscale("log")
        ax.set_ylim(0.5 * above.min(), 1.5 * max(float(highest.max()), float(above.max())))
        logarithmic_axis(ax.yaxis)
    else:
        ax.set_ylim(0.0, 1.35 * max(float(highest.max()), float(found.mean.max()), 1.0))
    ax.legend(loc="lower right" if logarithmic else "upper right", ncols=2, columnspacing=1.2)
    ax.set_xlim(times[0] - 0.5, times[-1] + 0.5)
    whole_ticks(ax.xaxis)
    met = "" if np.isnan(found.share_met) else f", {found.share_met:.0%} met again"
    ax.set(xlabel="steps after the change", ylabel="units that differ", title=f"{len(found):,} pairs{met}")


def _draw_derrida(ax: Axes, found: Divergence) -> None:
    distance, after, samples, slope = found.derrida
    end = 1.1 * max(float(distance.max()), float(after.max()), 1.0 / found.neurons)
    ax.plot([0.0, end], [0.0, end], color=GREY, linewidth=0.8, linestyle="--")
    counts = np.log1p(samples.astype(np.float64))
    ax.scatter(distance, after, s=2.0 + 20.0 * counts / counts.max(), color=BLUE, alpha=0.4, linewidths=0)
    if slope is not None:
        ax.plot([0.0, end], [0.0, slope * end], color=INK, linewidth=0.9, label=f"slope {number(slope)}")
        ax.legend(loc="upper left")
    ax.set(xlim=(0.0, end), ylim=(0.0, end), xlabel="share that differs", ylabel="share one step later")
    ax.set_title("Derrida map")
