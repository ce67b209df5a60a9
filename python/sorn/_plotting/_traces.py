"""Histograms of whole numbers, and long lines drawn cheaply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._arguments import FloatArray
from ._canvas import whole_ticks
from ._checks import IntArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 1000  # about as many as a picture of two columns can show beside each other


def whole_edges(low: int, high: int, bins: int) -> FloatArray:
    """Edges of at most `bins` bins of one whole width around the whole numbers from `low` to `high`.

    Bins of another width would hold now more, now fewer whole numbers, and show a comb that is not in the data.
    """
    span = high - low + 1
    width = -(-span // bins)
    return low - 0.5 + width * np.arange(-(-span // width) + 1, dtype=np.float64)


def block_starts(rows: int, columns: int = COLUMNS) -> tuple[IntArray, int]:
    """Where each block of rows starts that shares a column of the picture, and the rows of a block."""
    size = -(-rows // columns)
    return np.arange(0, rows, size), size


def stride_of(times: IntArray) -> int:
    """Steps from one recorded row to the next."""
    return int(times[1] - times[0]) if len(times) > 1 else 1


def time_axis(ax: Axes, times: IntArray) -> None:
    """The horizontal axis: each recorded row takes its stride, half of it on either side."""
    half = 0.5 * stride_of(times)
    ax.set_xlabel("time (steps)")
    ax.set_xlim(times[0] - half, times[-1] + half)
    whole_ticks(ax.xaxis)


def lone_marker(steps: IntArray) -> str:
    """A single value makes no line, so it is drawn as a dot."""
    return "o" if len(steps) == 1 else ""


def trace(
    ax: Axes, steps: IntArray, values: npt.NDArray[Any], color: str, label: str | None = None, band: str | None = None
) -> int:
    """Draw a line; one longer than the picture is wide as its mean, and the range around it.

    Returns
    -------
    int
        How many values share a point of the line; 1 if all are drawn.
    """
    starts, size = block_starts(len(values))
    if size == 1:
        ax.plot(steps, values, color=color, label=label, marker=lone_marker(steps))
        return 1
    counts = np.diff(np.append(starts, len(values)))
    middle = steps[starts + counts // 2]
    low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    ax.fill_between(middle, low, high, color=color, alpha=0.25, linewidth=0, label=band)
    ax.plot(middle, np.add.reduceat(values, starts) / counts, color=color, label=label)
    return size
