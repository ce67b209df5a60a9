"""Pictures of connection weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._arguments import FloatArray, whole_number
from ..statistics import LognormalFit, Statistics
from ._canvas import (
    BLUE,
    GREEN,
    INK,
    VERMILION,
    SaveArgument,
    headroom,
    logarithmic_axis,
    note,
    number,
    picture,
    two_panels,
    whole_ticks,
)
from ._checks import bin_count, synaptic_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Zheng et al. 2013 count synapses from this weight on. Structural plasticity makes new synapses of a tenth of it.
CUTOFF = _core.smallest_fitted_weight


def weight_distribution(
    weights: Any, bin_size: int = 30, savefig: SaveArgument = False, *, ax: Axes | None = None
) -> Axes:
    """Distribution of the connection weights from 0.01 on, as Zheng et al. 2013 count them.

    Parameters
    ----------
    weights : array_like or scipy.sparse matrix
        Connection weights; those above 0 are synapses.
    bin_size : int, default 30
        Number of bins.
    savefig : bool or path, default False
        True saves weight_distribution.png into the current folder; a path saves there.
    ax : matplotlib.axes.Axes, optional
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The number of synapses in each bin. The title says how many weaker synapses are left out.

    Raises
    ------
    ParameterError, ShapeError, StateError
        If `bin_size` is not a valid number of bins, or if `weights` is empty or holds NaN or infinities.

    References
    ----------
    Zheng, Dimitrakakis & Triesch 2013, doi 10.1371/journal.pcbi.1002848.
    """
    bins, synapses = bin_count(bin_size), synaptic_weights(weights)
    strong = synapses[synapses >= CUTOFF]
    with picture(ax, "weight_distribution.png", savefig) as ax:
        if len(strong):
            ax.hist(strong, bins=bins, color=BLUE, alpha=0.75, edgecolor="white")
            median = float(np.median(strong))
            label = f"median {median:.3g}, mean {strong.mean():.3g}"
            ax.vlines(median, 0.0, ax.get_ylim()[1], color=INK, linestyle="--", label=label)
            headroom(ax)
            ax.legend()
        else:
            note(ax, f"no weight from {CUTOFF} on")
        whole_ticks(ax.yaxis)
        ax.set(xlabel="connection weight", ylabel="synapses", title=_synapses_in_words(len(strong), len(synapses)))
    return ax


def linear_lognormal_fit(
    weights: Any, num_points: int = 100, savefig: SaveArgument = False, *, ax: Sequence[Axes] | None = None
) -> Figure:
    r"""Lognormal distribution fitted to the weights from 0.01 on, on a linear and on a logarithmic axis.

    The logarithmic axis shows the density of :math:`\ln w`, so that a lognormal distribution looks like a bell curve.

    Parameters
    ----------
    weights : array_like or scipy.sparse matrix
        Connection weights.
    num_points : int, default 100
        Points of the curves.
    savefig : bool or path, default False
        True saves LinearLognormalFit.png into the current folder; a path saves there.
    ax : pair of matplotlib.axes.Axes, optional
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The legend gives the distance between the fit and the weights (Kolmogorov-Smirnov, 0 to 1), and mode, median and
        mean of the fitted distribution. The title gives its parameters.

    Raises
    ------
    ParameterError, ShapeError, StateError
        If `num_points` is below 2, or if `weights` holds NaN or infinities, or fewer than two different values to fit.

    References
    ----------
    Zheng, Dimitrakakis & Triesch 2013, doi 10.1371/journal.pcbi.1002848.
    """
    points = whole_number("num_points", num_points, 2, 1_000_000, "a number of points from 2 to 1000000")
    synapses = synaptic_weights(weights)
    fit = Statistics.lognormal_fit(synapses, CUTOFF)
    strong = synapses[synapses >= CUTOFF]
    with two_panels(ax, "LinearLognormalFit.png", savefig) as (left, right):
        draw_lognormal(left, strong, fit, points, logarithmic=False)
        left.set_title(_synapses_in_words(len(strong), len(synapses)))
        draw_lognormal(right, strong, fit, points, logarithmic=True)
        right.set_title(f"ln w: μ = {number(fit.mu)}, σ = {number(fit.sigma)}")
    return left.figure.canvas.figure


def draw_lognormal(
    ax: Axes, strong: FloatArray, fit: LognormalFit, points: int, *, logarithmic: bool, marks: bool = True
) -> None:
    """Draw the weights and the density fitted to them over w or over ln w, with its mode, median and mean."""
    mu, sigma = fit.mu, fit.sigma

    def density(w: Any) -> Any:
        z = (np.log(w) - mu) / sigma
        of_logarithm = np.exp(-0.5 * z**2) / (sigma * np.sqrt(2.0 * np.pi))
        return of_logarithm if logarithmic else of_logarithm / w

    heights, edges = density_histogram(strong, logarithmic=logarithmic)
    ax.stairs(heights, edges, fill=True, color=BLUE, alpha=0.35, label="weights")
    x = (np.geomspace if logarithmic else np.linspace)(edges[0], edges[-1], points)
    ax.plot(x, density(x), color=BLUE, label=f"lognormal fit\n(KS distance {fit.ks_distance:.2f})")
    places = (
        ("mode", np.exp(mu - sigma**2), VERMILION, ":"),
        ("median", np.exp(mu), INK, "-"),
        ("mean", np.exp(mu + 0.5 * sigma**2), GREEN, "--"),
    )
    for name, place, color, dashes in places if marks else ():
        ax.vlines(place, 0.0, density(place), color=color, linestyle=dashes, linewidth=1.0, label=f"{name} {place:.3g}")
    ax.set_ylim(bottom=0.0)
    if logarithmic:
        ax.set_xscale("log")
        logarithmic_axis(ax.xaxis)
        ax.set(xlabel="connection weight w (logarithmic)", ylabel="probability density of ln w")
    else:
        ax.set(xlabel="connection weight w", ylabel="probability density")
    ax.legend()


def density_histogram(values: FloatArray, *, logarithmic: bool) -> tuple[FloatArray, FloatArray]:
    """The densities over w, or over ln w, and the edges of the bins."""
    bins = int(np.clip(np.sqrt(len(values)), 5, 40))
    edges = (np.geomspace if logarithmic else np.linspace)(values.min(), values.max(), bins + 1)
    edges[[0, -1]] = values.min(), values.max()  # exactly, so that no weight lies outside
    counts, _ = np.histogram(values, bins=edges)
    widths = np.diff(np.log(edges) if logarithmic else edges)
    return counts / (len(values) * widths), edges


def _synapses_in_words(strong: int, all_of_them: int) -> str:
    text = f"{strong:,} synapses with w ≥ {CUTOFF}"
    return text if strong == all_of_them else f"{text} of {all_of_them:,}"
