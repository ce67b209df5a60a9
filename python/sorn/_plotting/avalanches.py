"""The picture of neuronal avalanches."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._arguments import FloatArray, number_array
from .._spike_train import SpikeTrain
from ..statistics import Statistics
from ._canvas import BLUE, VERMILION, SaveArgument, library, logarithmic_axis, note, two_panels
from ._checks import counts_over_time

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..statistics import SpikeTrainLike

_LEAST_FITTED = 10
_MOST_STARTS = 30
_BINS_PER_DECADE = 8
_RANGE = {"parameter_ranges": {"alpha": [1.001, 20.0]}}


def avalanche_distribution(
    activity: SpikeTrainLike,
    threshold: float | None = None,
    savefig: SaveArgument = False,
    *,
    ax: Sequence[Axes] | None = None,
) -> Figure:
    """Distributions of the sizes and durations of neuronal avalanches on doubly logarithmic axes, with power laws.

    The densities are those of logarithmic bins. The power laws are fitted by maximum likelihood with the package
    `powerlaw`, from the value on that fits best, which is kept to at most the median: the search would else end in the
    steep tail that every finite network has. Fewer than ten avalanches are shown without a fit.

    Parameters
    ----------
    activity : array_like, shape (time,) or (time, neurons)
        Spikes per step, or a spike train.
    threshold : float, optional
        An avalanche lasts as long as the activity is above it. Half the mean activity unless given, rounded down to a
        whole number of spikes: the avalanches are those of :meth:`sorn.Statistics.avalanches`, and their sizes whole
        numbers from 1 on, not fractions of a spike.
    savefig : bool or path, default False
        True saves avalanche_distribution.png into the current folder, a path saves there.
    ax : pair of matplotlib.axes.Axes, optional
        Where to draw sizes and durations; a new figure unless given.

    Returns
    -------
    matplotlib.figure.Figure
        The legends give the exponents and their standard errors.

    Raises
    ------
    ParameterError, ShapeError, StateError
        As for :meth:`sorn.Statistics.avalanches`.
    """
    is_train = isinstance(activity, SpikeTrain) or number_array("activity", activity).ndim == 2
    counts = counts_over_time("activity", Statistics.firing_rate_network(activity) if is_train else activity)
    if threshold is None:
        threshold = 0.5 * float(counts.mean())
        if np.all(counts == np.round(counts)):
            threshold = float(np.floor(threshold))
    sizes, durations = Statistics.avalanches(counts, threshold)
    with two_panels(ax, "avalanche_distribution.png", savefig) as (left, right):
        _draw_distribution(left, sizes, "S", "avalanche size S (spikes above the threshold)")
        _draw_distribution(right, durations, "D", "avalanche duration D (steps)")
        if len(sizes):
            left.set_title(f"{len(sizes):,} avalanches above {threshold:g} spikes")
            right.set_title(f"mean duration {durations.mean():.3g} steps, longest {durations.max():,}")
    return left.figure.canvas.figure


def _draw_distribution(ax: Axes, values: npt.NDArray[Any], symbol: str, label: str) -> None:
    ax.set_xlabel(label)
    ax.set_ylabel(f"probability density p({symbol})")
    if len(values) == 0:
        note(ax, "no avalanches")
        return
    whole = bool(np.all(values == np.round(values)))
    edges = _logarithmic_edges(values, whole)
    counts, _ = np.histogram(values, bins=edges)
    filled = counts > 0
    inside = 0.5 if whole else 0.0  # from an edge to the whole number beside it
    centres = np.sqrt((edges[:-1] + inside) * (edges[1:] - inside))[filled]
    densities = (counts / (len(values) * np.diff(edges)))[filled]
    ax.loglog(centres, densities, "o", color=BLUE, markersize=3, label="avalanches")
    if len(values) >= _LEAST_FITTED and len(np.unique(values)) > 2:
        alpha, xmin, distance = _power_law(values, whole)
        fitted = np.count_nonzero(values >= xmin)
        x = np.geomspace(xmin, float(values.max()), 50)
        y = fitted / len(values) * _power_law_density(x, alpha, xmin, discrete=whole)
        exponent = f"{alpha:.3f} ± {(alpha - 1.0) / np.sqrt(fitted):.3f}"
        label = f"p({symbol}) ∝ {symbol}$^{{-α}}$, α = {exponent}, {symbol} ≥ {xmin:.3g}, KS {distance:.2f}"
        ax.loglog(x, y, color=VERMILION, label=label)
    logarithmic_axis(ax.xaxis)
    ax.legend()


def _power_law(values: npt.NDArray[Any], whole: bool) -> tuple[float, float, float]:
    """Exponent, the value from which on the power law holds, and its distance from the data (Kolmogorov-Smirnov)."""
    candidates = np.unique(values[values <= np.median(values)])
    some = np.unique(np.geomspace(1, len(candidates), _MOST_STARTS).round().astype(int)) - 1
    best = (np.nan, np.nan, np.inf)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package speaks of its own deprecations, and of points that it discards
        for xmin in candidates[some]:
            law = Statistics.power_law_fit(values, whole, xmin=float(xmin), **_RANGE).power_law
            if best[2] > law.D:
                best = float(law.alpha), float(law.xmin), float(law.D)
    return best


def _logarithmic_edges(values: npt.NDArray[Any], whole: bool) -> FloatArray:
    """Edges of logarithmic bins; around whole numbers where the values are whole, so that no bin is empty by nature."""
    low, high = float(values.min()), float(values.max())
    bins = max(int(np.ceil(np.log10(high / low) * _BINS_PER_DECADE)), 1)
    if not whole:
        return np.geomspace(low, high * (1 + 1e-9) if high > low else 2.0 * low, bins + 1)
    starts = np.unique(np.round(np.geomspace(low, high + 1.0, bins + 1)))
    return starts - 0.5


def _power_law_density(x: FloatArray, alpha: float, xmin: float, *, discrete: bool) -> npt.NDArray[Any]:
    """Normalised from `xmin` on: by the integral, or for whole numbers by Hurwitz' zeta function."""
    if discrete:
        normal: float = library("scipy.special").zeta(alpha, xmin)
        return x**-alpha / normal
    density: FloatArray = (alpha - 1.0) / xmin * (x / xmin) ** -alpha
    return density
