"""Histograms of whole numbers, and long series in as few numbers as a picture shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

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


def growing_edges(low: int, high: int, bins: int) -> FloatArray:
    """Edges of at most `bins` bins around the whole numbers from `low` ≥ 1 to `high`, for an axis of powers of ten.

    Small numbers have a bin of their own each; above, bins grow by about the same factor.
    """
    starts = np.unique(np.geomspace(low, high + 1, bins + 1).round())
    return starts - 0.5


def block_starts(rows: int, columns: int = COLUMNS) -> tuple[IntArray, int]:
    """Where each block of rows starts that shares a column of the picture, and the rows of a block."""
    size = -(-rows // columns)
    return np.arange(0, rows, size), size


class Blocks(NamedTuple):
    """A long series in few points: what neighbouring values have in common, and how far they reach."""

    starts: IntArray
    """Row in which each block begins."""
    counts: IntArray
    """Rows of each block."""
    low: FloatArray
    mean: FloatArray
    high: FloatArray


def blocks(values: npt.NDArray[Any], columns: int = COLUMNS) -> Blocks:
    """Lowest, mean and highest of neighbouring values, in at most `columns` blocks; every extreme is among them."""
    starts, _ = block_starts(len(values), columns)
    counts = np.diff(np.append(starts, len(values)))
    return Blocks(
        starts,
        counts,
        low=np.minimum.reduceat(values, starts).astype(np.float64),
        mean=np.add.reduceat(values, starts, dtype=np.float64) / counts,
        high=np.maximum.reduceat(values, starts).astype(np.float64),
    )


class Bands(NamedTuple):
    """How values are spread over the neurons, in some of the recorded rows."""

    times: IntArray
    lowest: FloatArray
    low: FloatArray
    high: FloatArray
    highest: FloatArray
    """`low` to `high` holds half of the neurons, `lowest` to `highest` nine tenths."""
    mean: FloatArray


def bands(rows: npt.NDArray[Any], times: IntArray, columns: int = COLUMNS) -> Bands:
    """Quantiles and mean over the neurons of at most `columns` rows at equal distances, the first and last included."""
    shown = np.unique(np.linspace(0, len(rows) - 1, columns).round().astype(np.int64))
    some = rows[shown]
    lowest, low, high, highest = np.quantile(some, [0.05, 0.25, 0.75, 0.95], axis=1)
    return Bands(times[shown], lowest, low, high, highest, some.mean(axis=1))


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
    shape = blocks(values)
    size = int(shape.counts[0])
    if size == 1:
        ax.plot(steps, values, color=color, label=label, marker=lone_marker(steps))
        return 1
    middle = steps[shape.starts + shape.counts // 2]
    ax.fill_between(middle, shape.low, shape.high, color=color, alpha=0.25, linewidth=0, label=band)
    ax.plot(middle, shape.mean, color=color, label=label)
    return size
