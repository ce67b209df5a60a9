"""Pictures of interspike intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray
from .._errors import StateError
from .._spike_train import packed
from ._canvas import BLUE, VERMILION, SaveArgument, logarithmic_axis, picture, whole_ticks
from ._checks import IntArray, bin_count, neuron_index
from ._traces import growing_edges, whole_edges

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..statistics import SpikeTrainLike

_LEAST_EXPLAINED = 0.8
_LEAST_BINS = 3  # a curve of two parameters passes through any two points


class ExponentialFit(NamedTuple):
    """A decaying exponential fitted to the bins of a histogram, from the fullest bin on."""

    height: float
    """Height of the curve at `start`."""
    start: float
    """Centre of the fullest bin, steps."""
    constant: float
    """Time constant, steps."""
    explained: float
    """R², the share of the variance of the counts that the curve explains; 1 for a perfect fit."""

    @property
    def holds(self) -> bool:
        """Whether the curve is close enough to the counts to be drawn."""
        return self.explained >= _LEAST_EXPLAINED

    def __call__(self, x: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return self.height * np.exp(-(x - self.start) / self.constant)


class Intervals(NamedTuple):
    """How often intervals of each length occur."""

    lengths: IntArray
    """Those that occur, ascending."""
    counts: IntArray

    @property
    def number(self) -> int:
        """The number of all intervals."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float:
        """Their mean length."""
        return float(self.lengths @ self.counts) / self.number

    @property
    def cv(self) -> float:
        """Their coefficient of variation."""
        variance = float((self.lengths - self.mean) ** 2 @ self.counts) / self.number
        return float(np.sqrt(variance)) / self.mean


def isi_exponential_fit(
    spike_train: SpikeTrainLike,
    neuron: int = 0,
    bin_size: int = 20,
    savefig: SaveArgument = False,
    *,
    logarithmic: bool = False,
    ax: Axes | None = None,
) -> Axes:
    r"""Distribution of a neuron's interspike intervals, with a fitted exponential :math:`a\,e^{-x/\tau}`.

    The curve is fitted to the counts at the centres of the bins by weighted least squares, with the weights of counts.
    The fit begins with the fullest bin: shorter intervals are rare because a neuron may be refractory, and do not
    follow an exponential. The curve is drawn if it explains 80% of the variance of the counts. Otherwise, or if the
    intervals fill fewer than three bins, the picture says so instead.

    Parameters
    ----------
    spike_train : array_like, shape (time, neurons) or (time,)
        Spikes, 0 or 1.
    neuron : int, default 0
        Index of the neuron, 0 to neurons - 1.
    bin_size : int, default 20
        Largest number of bins. Each bin covers the same whole number of steps.
    savefig : bool or path, default False
        True saves isi_exponential_fit.png into the current folder; a path saves there.
    logarithmic : bool, default False
        Whether both axes are logarithmic, for intervals of very different lengths. Then bins of short intervals are one
        step wide, bins of long intervals are wider, and the heights are intervals per step.
    ax : matplotlib.axes.Axes, optional
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The number of intervals in each bin. The legend gives τ in steps and R², the share of the variance that the
        curve explains.

    Raises
    ------
    ParameterError
        If the neuron does not exist, or if `bin_size` is not a valid number of bins.
    ShapeError, StateError
        If the train is empty, has the wrong shape, or has entries other than 0 and 1, or if the neuron has fewer than
        two spikes.
    """
    bins = bin_count(bin_size)
    spikes = packed("spike_train", spike_train)
    chosen = neuron_index(neuron, spikes.neurons)
    intervals = Intervals(*spikes.interval_counts(chosen))
    if intervals.number == 0:
        raise StateError(
            f"neuron {chosen} fires fewer than two spikes",
            "an interval needs two",
            "record longer, or choose another neuron",
        )
    counts, edges = interval_histogram(intervals, bins, growing=logarithmic)
    fit = exponential_fit(counts, edges, intervals.mean)
    with picture(ax, "isi_exponential_fit.png", savefig) as ax:
        draw_intervals(ax, counts, edges, fit, logarithmic=logarithmic)
        if fit is None:
            note = f"no exponential fit: it needs {_LEAST_BINS} filled bins\nfrom the fullest one on"
            ax.text(0.5, 0.95, note, transform=ax.transAxes, ha="center", va="top")
            ax.set_ylim(top=(20.0 if logarithmic else 1.3) * counts.max())  # room for the note above the bars
        title = f"Neuron {chosen}: {intervals.number:,} {'interval' if intervals.number == 1 else 'intervals'}"
        if intervals.number > 1:
            title += f", CV {intervals.cv:.2f}"
        ax.set_title(f"{title}{without_fit(fit) if fit else ''}")
    return ax


def without_fit(fit: ExponentialFit | None) -> str:
    """A line that says why no curve is drawn; empty if one is drawn."""
    if fit is None:
        return f"\nno fit: fewer than {_LEAST_BINS} filled bins from the fullest one on"
    return "" if fit.holds else f"\nno exponential: R² = {fit.explained:.2f}".replace("-", "−")


def interval_histogram(
    intervals: Intervals, bins: int, share: float = 1.0, *, growing: bool = False
) -> tuple[IntArray, FloatArray]:
    """Counts and edges of bins of whole steps. The bins end at the interval that a share of `share` does not exceed.

    With `growing` bins of short intervals are one step wide and bins of long intervals are wider.
    """
    up_to = np.cumsum(intervals.counts)
    longest = int(intervals.lengths[np.searchsorted(up_to, share * intervals.number)])
    edges = (growing_edges if growing else whole_edges)(int(intervals.lengths[0]), longest, bins)
    below = np.append(0, up_to)[np.searchsorted(intervals.lengths, edges)]
    return np.diff(below), edges


def _heights(counts: IntArray, edges: FloatArray) -> FloatArray:
    """The counts, scaled to the width of the narrowest bin."""
    widths = np.diff(edges)
    heights: FloatArray = counts * (widths.min() / widths)
    return heights


def exponential_fit(counts: IntArray, edges: FloatArray, scale: float) -> ExponentialFit | None:
    """Fit the bins from the fullest bin on; None if too few are filled."""
    centres = 0.5 * (edges[:-1] + edges[1:])
    share = _heights(np.ones_like(counts), edges)
    first = int(_heights(counts, edges).argmax())
    x, y = centres[first:], _heights(counts, edges)[first:]
    if np.count_nonzero(y) < _LEAST_BINS:
        return None
    start = max(scale, 0.5 * (edges[1] - edges[0]))
    deviations = np.sqrt(np.maximum(counts[first:], 1.0)) * share[first:]  # of a count
    height, constant = _core.exponential_curve(x, np.ascontiguousarray(y), deviations, 1e-3 * start, 1e6 * start)
    residuals = y - height * np.exp(-(x - centres[first]) / constant)
    spread = float(np.sum((y - y.mean()) ** 2))
    explained = 1.0 - float(np.sum(residuals**2)) / spread if spread > 0.0 else 0.0
    return ExponentialFit(float(height), float(centres[first]), float(constant), explained)


def draw_intervals(
    ax: Axes, counts: IntArray, edges: FloatArray, fit: ExponentialFit | None, *, logarithmic: bool = False
) -> None:
    """Draw the histogram, and the curve if it holds; with `logarithmic` on logarithmic axes."""
    heights = _heights(counts, edges)
    ax.stairs(heights, edges, fill=True, color=BLUE, alpha=0.75)
    if fit is not None and fit.holds:
        x = (np.geomspace if logarithmic else np.linspace)(fit.start, edges[-1], 200)
        label = f"exponential fit\nτ = {fit.constant:.3g} steps\nR² = {fit.explained:.2f}"
        ax.plot(x, fit(x), color=VERMILION, label=label)
        ax.legend(loc="upper right")
    ax.set(xlabel="interspike interval (steps)", ylabel="intervals")
    ax.set_xlim(max(edges[0], 0.0), edges[-1])
    if not logarithmic:
        whole_ticks(ax.xaxis)
        whole_ticks(ax.yaxis)
        return
    narrowest = int(np.diff(edges).min())
    unit = "step" if narrowest == 1 else f"{narrowest:,} steps"
    ax.set(xscale="log", yscale="log", ylabel=f"intervals per {unit} of length")
    ax.set_ylim(0.5 * heights[heights > 0].min(), 4.0 * heights.max())
    logarithmic_axis(ax.xaxis)
    logarithmic_axis(ax.yaxis)
