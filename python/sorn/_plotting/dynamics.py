"""Pictures over time: thresholds, and the distance between two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._arguments import FloatArray, real_array
from .._errors import ShapeError
from .._result_file import StoredArray
from ._canvas import BLUE, DOUBLE, SaveArgument, number, picture, whole_ticks
from ._checks import Clock, finite, numbers_over_time, recorded_steps
from ._traces import bands, lone_marker, time_axis, trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
