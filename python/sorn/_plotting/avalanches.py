"""The picture of neuronal avalanches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._arguments import FloatArray, number_array
from .._result_file import StoredArray
from .._spike_train import SpikeTrain, packed
from ..statistics import Statistics
from ._bins import logarithmic_density
from ._canvas import BLUE, GREY, INK, PALE, VERMILION, SaveArgument, logarithmic_axis, note, rows_of_panels
from ._checks import numbers_over_time
from ._legends import legend_below
from ._traces import blocks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..criticality import Assessment
    from ..statistics import SpikeTrainLike

_SIZE = (7.0, 5.6)
_LEAST_FITTED = 10
_POINTS_OF_A_CURVE = 200
_FEW_POWERS = 50.0  # an axis up to so many times its lowest value has more labels than those of powers of ten
_DASHES = {
    "truncated_power_law": (0, (7, 2)),
    "lognormal": (0, (3, 1.5)),
    "exponential": (0, (1, 1.5)),
    "stretched_exponential": (0, (6, 1.5, 1, 1.5)),
}


def avalanche_distribution(
    activity: SpikeTrainLike,
    threshold: float | None = None,
    savefig: SaveArgument = False,
    *,
    ax: Sequence[Axes] | None = None,
) -> Figure:
    """Distributions of the sizes and durations of neuronal avalanches on doubly logarithmic axes, with power laws.

    Above are densities in logarithmic bins; bins of whole values lie around whole numbers. Below are the shares of
    avalanches that are at least as large or long, which need no bins. A power law and its alternatives are fitted by
    :meth:`sorn.Statistics.power_law_comparison`, with 100 samples of the law, and drawn over the range of the fit,
    which is shaded. The power law is a solid line if it holds and a dashed one otherwise; alternatives are thin. Fewer
    than ten avalanches are shown without a fit.

    Parameters
    ----------
    activity : array_like, shape (time,) or (time, neurons)
        Spikes per step, or a spike train.
    threshold : float, optional
        An avalanche lasts as long as the activity is above it. None: half the mean activity, rounded down to a whole
        number of spikes. This gives the avalanches of :meth:`sorn.Statistics.avalanches`, with whole numbers from 1 on
        as sizes instead of fractions of a spike.
    savefig : bool or path, default False
        True saves avalanche_distribution.png into the current folder; a path saves there.
    ax : two or four matplotlib.axes.Axes, optional
        Where to draw the densities of sizes and durations, and, if there are four, the shares of both. A new figure
        unless given.

    Returns
    -------
    matplotlib.figure.Figure
        The legends give the verdict in words and the range of the fit; if the law holds, also its exponent with the
        standard error.

    Raises
    ------
    ParameterError, ShapeError, StateError
        As for :meth:`sorn.Statistics.avalanches`.
    """
    counts: Any = activity
    if not isinstance(activity, (SpikeTrain, StoredArray)):
        counts = number_array("activity", activity)
        if counts.ndim != 2:
            counts = numbers_over_time("activity", counts)
    if threshold is None:
        threshold = _half_mean(counts)
    sizes, durations = map(_small, Statistics.avalanches(counts, threshold))
    with rows_of_panels(ax, "avalanche_distribution.png", savefig, _SIZE, most=2) as panels:
        _draw_distribution(panels[::2], sizes, "S", "avalanche size S (spikes above the threshold)")
        _draw_distribution(panels[1::2], durations, "D", "avalanche duration D (steps)")
        if ax is None:
            for panel in panels[:2]:
                panel.set_xlabel("")
        if len(sizes):
            panels[0].set_title(f"{len(sizes):,} avalanches above {threshold:g} spikes")
            panels[1].set_title(f"mean duration {durations.mean():.3g} steps, longest {durations.max():,}")
        figure: Figure = panels[0].figure.canvas.figure
    return figure


def _small(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Whole numbers in half the bytes: a long run has millions of avalanches."""
    small = values.astype(np.int32) if np.abs(values).max(initial=0) < 2**31 else values
    return small if np.array_equal(small, values) else values


def _half_mean(activity: Any) -> float:
    """Half the mean of an activity, rounded down if it is a number of spikes."""
    if isinstance(activity, np.ndarray) and activity.ndim == 1:
        mean = float(activity.mean())
        whole = bool(np.all(activity == np.round(activity)))
    else:
        series = activity._series() if isinstance(activity, StoredArray) else None
        shape = blocks(packed("activity", activity) if series is None else series, 1)
        mean = float(shape.mean[0])
        whole = True
    return float(np.floor(0.5 * mean)) if whole else 0.5 * mean


def _draw_distribution(panels: Sequence[Axes], values: npt.NDArray[Any], symbol: str, label: str) -> None:
    """Draw the densities, the shares if there is a second panel, the fits, and a legend in the last panel."""
    for panel, of in zip(panels, (f"probability density p({symbol})", f"probability P(≥ {symbol})"), strict=False):
        panel.set_xlabel(label)
        panel.set_ylabel(of)
        if len(values) == 0:
            note(panel, "no avalanches")
    if len(values) == 0:
        return
    different, counts = np.unique(values, return_counts=True)
    whole = bool(np.all(different == np.round(different)))
    centres, densities = logarithmic_density(different, whole, counts)
    panels[0].loglog(centres, densities, "o", color=BLUE, markersize=3, label="avalanches")
    lowest = [densities.min()]
    if len(panels) > 1:
        shown, shares = _shares(different, counts)
        panels[1].loglog(shown, shares, "o", color=BLUE, markersize=2.5, label="avalanches")
        lowest.append(shares[-1])
    verdict = "too few avalanches for a fit"
    minor: tuple[str, ...] = ()
    if len(values) >= _LEAST_FITTED and len(different) > 2:
        found = Statistics.power_law_comparison(values, whole)
        verdict = found.verdict
        minor = tuple(_in_words(name) for name in found.alternatives if name != found.preferred)
        for panel, function, low in zip(panels, ("density", "survival"), lowest, strict=False):
            _draw_fits(panel, found, function, values, low, symbol)
    legend_below(panels[-1], verdict, minor)
    for panel in panels:
        logarithmic_axis(panel.xaxis, whole=whole)
        low, high = panel.get_ylim()
        if high < _FEW_POWERS * low:
            logarithmic_axis(panel.yaxis)


def _draw_fits(
    ax: Axes, found: Assessment, function: str, values: npt.NDArray[Any], lowest: float, symbol: str
) -> None:
    """Draw the densities or the survival functions of the law and its alternatives over the range of the fit.

    A curve ends where it is far below the lowest of the data, so that the data keep their room.
    """
    law = found.law
    largest = float(values.max())
    x = np.geomspace(law.xmin, largest, _POINTS_OF_A_CURVE)
    if law.discrete:
        x = np.unique(np.round(x))
    share = law.samples / len(values)
    ax.axvspan(
        law.xmin,
        largest,
        color=PALE,
        alpha=0.4,
        linewidth=0,
        zorder=0,
        label=f"fitted: {law.xmin:.4g} ≤ {symbol} ≤ {largest:.4g}",
    )
    for fit in (law, *found.alternatives.values()):
        y = share * getattr(fit, function)(x)
        shown = y > 0.5 * lowest
        label = _in_words(fit.distribution)
        look: dict[str, Any]
        if fit is law:
            look = {"color": VERMILION, "linestyle": "-" if found.holds else "--", "zorder": 3}
            if found.holds:
                label += f", α = {law.alpha:.3f} ± {law.errors['alpha']:.3f}"
        else:
            look = {"color": GREY, "linestyle": _DASHES[fit.distribution], "linewidth": 0.8}
            if fit.distribution == found.preferred:
                look |= {"color": INK, "linewidth": 1.0}
        ax.plot(x[shown], y[shown], label=label, **look)


def _in_words(distribution: str) -> str:
    return distribution.replace("_", " ")


def _shares(different: npt.NDArray[Any], counts: npt.NDArray[Any]) -> tuple[FloatArray, FloatArray]:
    """Some different values, evenly on a logarithmic axis, and the shares of values that are at least as large."""
    some = np.unique(np.searchsorted(different, np.geomspace(different[0], different[-1], _POINTS_OF_A_CURVE)[:-1]))
    some = np.union1d(some, len(different) - 1)
    return different[some], (np.cumsum(counts[::-1])[::-1] / counts.sum())[some]
