"""Histograms of whole numbers, and long series reduced to the points that a picture can show."""

from __future__ import annotations

from collections.abc import Sized
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray
from ._canvas import whole_ticks
from ._checks import Clock, IntArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .._result_file import StoredArray

COLUMNS = 1000  # about as many columns as a picture of page width can show


def whole_edges(low: int, high: int, bins: int) -> FloatArray:
    """Edges of at most `bins` bins of equal, whole width around the whole numbers from `low` to `high`.

    Bins of another width would hold different numbers of whole numbers and show a comb that is not in the data.
    """
    span = high - low + 1
    width = -(-span // bins)
    return low - 0.5 + width * np.arange(-(-span // width) + 1, dtype=np.float64)


def growing_edges(low: int, high: int, bins: int) -> FloatArray:
    """Edges of at most `bins` bins around the whole numbers from `low` ≥ 1 to `high`, for an axis of powers of ten.

    Each small number has its own bin; for larger numbers bins grow by about the same factor.
    """
    starts = np.unique(np.geomspace(low, high + 1, bins + 1).round())
    return starts - 0.5


def block_starts(rows: int, columns: int = COLUMNS) -> tuple[IntArray, int]:
    """The first row of each block that shares a column of the picture, and the number of rows in a block."""
    size = -(-rows // columns)
    return np.arange(0, rows, size), size


class Blocks(NamedTuple):
    """A long series in few points: lowest, mean and highest of neighbouring values."""

    starts: IntArray
    """Row in which each block begins."""
    counts: IntArray
    """Rows of each block."""
    low: FloatArray
    total: FloatArray
    high: FloatArray

    @property
    def mean(self) -> FloatArray:
        """The mean of each block."""
        return self.total / self.counts


OverTime = npt.NDArray[Any] | _core.SpikeSource | _core.RecordedSeries
"""A series: numbers, the activity of a spike train, or counts in a file."""


def blocks(values: OverTime, columns: int = COLUMNS) -> Blocks:
    """Lowest, mean and highest of neighbouring values, in at most `columns` blocks; every extreme is among them."""
    rows = values.steps if isinstance(values, _core.SpikeSource) else len(values)
    starts, size = block_starts(rows, columns)
    counts = np.diff(np.append(starts, rows))
    if not isinstance(values, np.ndarray):
        low, total, high = values.in_bins(size)
        return Blocks(starts, counts, low, total, high)
    return Blocks(
        starts,
        counts,
        low=np.minimum.reduceat(values, starts).astype(np.float64),
        total=np.add.reduceat(values, starts, dtype=np.float64),
        high=np.maximum.reduceat(values, starts).astype(np.float64),
    )


class Bands(NamedTuple):
    """The distribution of values over the neurons, in some of the recorded rows."""

    times: IntArray
    lowest: FloatArray
    low: FloatArray
    high: FloatArray
    highest: FloatArray
    """`low` to `high` holds half of the neurons, `lowest` to `highest` nine tenths."""
    mean: FloatArray


def bands(rows: npt.NDArray[Any] | StoredArray, times: Clock, columns: int = COLUMNS) -> Bands:
    """Quantiles and mean over the neurons of at most `columns` rows at equal distances, the first and last included."""
    shown = np.unique(np.linspace(0, len(rows) - 1, columns).round().astype(np.int64))
    some = rows[shown]
    lowest, low, high, highest = np.quantile(some, [0.05, 0.25, 0.75, 0.95], axis=1)
    return Bands(times[shown], lowest, low, high, highest, some.mean(axis=1))


def stride_of(times: Clock) -> int:
    """Steps from one recorded row to the next; 1 for a single row."""
    return times.stride if len(times) > 1 else 1


def time_axis(ax: Axes, times: Clock) -> None:
    """The horizontal axis: each recorded row takes its stride, half of it on either side."""
    half = 0.5 * stride_of(times)
    ax.set_xlabel("time (steps)")
    ax.set_xlim(times[0] - half, times[-1] + half)
    whole_ticks(ax.xaxis)


def lone_marker(steps: Sized) -> str:
    """The marker for a series of one value, which makes no line."""
    return "o" if len(steps) == 1 else ""


def trace(
    ax: Axes, steps: Clock, values: OverTime | Blocks, color: str, label: str | None = None, band: str | None = None
) -> int:
    """Draw a series. If it has more values than the picture has columns, draw means and the range around them.

    Returns
    -------
    int
        The number of values that share a point of the line; 1 if all are drawn.
    """
    shape = values if isinstance(values, Blocks) else blocks(values)
    size = int(shape.counts[0])
    if size == 1:
        ax.plot(np.asarray(steps), shape.mean, color=color, label=label, marker=lone_marker(steps))
        return 1
    middle = steps[shape.starts + shape.counts // 2]
    ax.fill_between(middle, shape.low, shape.high, color=color, alpha=0.25, linewidth=0, label=band)
    ax.plot(middle, shape.mean, color=color, label=label)
    return size
