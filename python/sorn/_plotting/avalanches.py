"""The picture of neuronal avalanches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._arguments import FloatArray, number_array
from .._spike_train import SpikeTrain
from ..statistics import Comparison, PowerLaw, Statistics
from ._canvas import BLUE, VERMILION, SaveArgument, library, logarithmic_axis, note, two_panels
from ._checks import counts_over_time

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..statistics import SpikeTrainLike

_LEAST_FITTED = 10
_BINS_PER_DECADE = 8
_QUICK = ("exponential", "lognormal")
_SLOW = ("truncated_power_law",)  # compared only if the other distributions do not reject the power law


def avalanche_distribution(
    activity: SpikeTrainLike,
    threshold: float | None = None,
    savefig: SaveArgument = False,
    *,
    ax: Sequence[Axes] | None = None,
) -> Figure:
    """Distributions of the sizes and durations of neuronal avalanches on doubly logarithmic axes, with power laws.

    The points are densities in logarithmic bins; bins of whole values lie around whole numbers. A power law is fitted
    and compared with exponential, lognormal and truncated power-law distributions by
    :meth:`sorn.Statistics.power_law_comparison`. If it holds, it is drawn over the range of the fit. If another
    distribution fits better, or if the law is too far from the data, the title says so instead. Fewer than ten
    avalanches are shown without a fit.

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
    ax : pair of matplotlib.axes.Axes, optional
        Where to draw sizes and durations; a new figure unless given.

    Returns
    -------
    matplotlib.figure.Figure
        The titles give the result of the comparison with its normalised likelihood ratio R and p. If the law holds, the
        legends give the exponent, its standard error and the range of the fit.

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
        about_sizes = _draw_distribution(left, sizes, "S", "avalanche size S (spikes above the threshold)")
        about_durations = _draw_distribution(right, durations, "D", "avalanche duration D (steps)")
        if len(sizes):
            left.set_title(f"{len(sizes):,} avalanches above {threshold:g} spikes\n{about_sizes}")
            mean = f"mean duration {durations.mean():.3g} steps, longest {durations.max():,}"
            right.set_title(f"{mean}\n{about_durations}")
    return left.figure.canvas.figure


def _draw_distribution(ax: Axes, values: npt.NDArray[Any], symbol: str, label: str) -> str:
    """Draw the densities, and the power law if it holds. Returns the text for the title."""
    ax.set_xlabel(label)
    ax.set_ylabel(f"probability density p({symbol})")
    if len(values) == 0:
        note(ax, "no avalanches")
        return ""
    whole = bool(np.all(values == np.round(values)))
    edges = _logarithmic_edges(values, whole)
    counts, _ = np.histogram(values, bins=edges)
    filled = counts > 0
    inside = 0.5 if whole else 0.0  # from an edge to the whole number beside it
    centres = np.sqrt((edges[:-1] + inside) * (edges[1:] - inside))[filled]
    if whole:
        centres = np.round(centres)
    densities = (counts / (len(values) * np.diff(edges)))[filled]
    ax.loglog(centres, densities, "o", color=BLUE, markersize=3, label="avalanches")
    said = "too few for a fit"
    if len(values) >= _LEAST_FITTED and len(np.unique(values)) > 2:
        law = _power_law(values, whole)
        said = _verdict(law)
        if law.holds:
            fitted = values[values >= law.xmin]
            x = np.unique(fitted) if whole else np.geomspace(law.xmin, law.xmax, 50)
            y = law.samples / len(values) * _power_law_density(x, law.alpha, law.xmin, discrete=whole)
            exponent = f"α = {law.alpha:.3f} ± {law.alpha_error:.3f}"
            where = f"{law.xmin:.3g} ≤ {symbol} ≤ {law.xmax:.4g}"
            ax.loglog(x, y, color=VERMILION, label=f"power law, {exponent}\nfor {where}, KS {law.ks_distance:.2f}")
            ax.legend()
    logarithmic_axis(ax.xaxis, whole=whole)
    return said


def _power_law(values: npt.NDArray[Any], whole: bool) -> PowerLaw:
    law = Statistics.power_law_comparison(values, whole, alternatives=_QUICK)
    if not law.holds:
        return law
    slow = Statistics.power_law_comparison(values, whole, xmin=law.xmin, alternatives=_SLOW)
    return law._replace(comparisons=law.comparisons + slow.comparisons)


def _verdict(law: PowerLaw) -> str:
    """The result of the comparison in two lines."""
    if (better := law.better) is not None:
        return f"no power law: a better fit is\n{_in_words(better)}"
    if not law.holds:
        return f"no power law: too far from the data\nKS distance {law.ks_distance:.2f} (p {_chance(law.ks_p)})"
    closest = min(law.comparisons, key=lambda comparison: comparison.ratio, default=None)
    return "a power law" if closest is None else f"a power law; not better is\n{_in_words(closest)}"


def _in_words(comparison: Comparison) -> str:
    name = comparison.distribution.replace("_", " ")
    return f"{name} (R = {comparison.ratio:.1f}, p {_chance(comparison.p)})".replace("-", "−")


def _chance(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.2g}"


def _logarithmic_edges(values: npt.NDArray[Any], whole: bool) -> FloatArray:
    """Edges of logarithmic bins. For whole values they lie between whole numbers, so that every bin can have values."""
    low, high = float(values.min()), float(values.max())
    bins = max(int(np.ceil(np.log10(high / low) * _BINS_PER_DECADE)), 1)
    if not whole:
        return np.geomspace(low, high * (1 + 1e-9) if high > low else 2.0 * low, bins + 1)
    starts = np.unique(np.round(np.geomspace(low, high + 1.0, bins + 1)))
    return starts - 0.5


def _power_law_density(x: FloatArray, alpha: float, xmin: float, *, discrete: bool) -> npt.NDArray[Any]:
    """The density from `xmin` on, normalised by the integral, or for whole numbers by Hurwitz' zeta function."""
    if discrete:
        normal: float = library("scipy.special").zeta(alpha, xmin)
        return x**-alpha / normal
    density: FloatArray = (alpha - 1.0) / xmin * (x / xmin) ** -alpha
    return density
