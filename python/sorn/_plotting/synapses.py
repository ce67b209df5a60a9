"""Pictures of how synapses come, go and change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray, IntArray, number_array, real_array, real_number, whole_number, whole_numbers
from .._criticality.fits import Fit
from .._criticality.lifetimes import Lifetimes, survival_curve
from .._errors import ParameterError, ShapeError, StateError
from .._measures.synapses import lineage_of
from .._result_file import StoredArray
from ..criticality import fit_lifetimes
from ._canvas import (
    BLUE,
    DOUBLE,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    SQUARE,
    VERMILION,
    SaveArgument,
    headroom,
    logarithmic_axis,
    note,
    number,
    picture,
)
from ._checks import finite, numbers_over_time, recorded_steps
from ._traces import lone_marker, time_axis, trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEAST_FITTED = 10  # seen ends
_CURVES = {"power_law": ("-", VERMILION), "exponential": (":", INK), "stretched_exponential": ("--", GREEN)}
_COLORS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, INK)
_PHASES = {"decay": VERMILION, "growth": GREEN, "stable": BLUE}
_NEAR = 0.05  # a count differs from another if it is farther than that from it
_BLOCKS = 200


def synapse_lifetimes(
    synapses: Any, xmin: float | None = None, savefig: SaveArgument = False, *, ax: Axes | None = None
) -> Axes:
    """The share of synapses that live longer than a time, on doubly logarithmic axes, with a power law that is tested.

    The points are the survival curve of :func:`sorn.criticality.survival_curve`, which counts lifetimes of which the
    end was not seen. A power law, an exponential and a stretched exponential distribution are fitted to them by
    :func:`sorn.criticality.fit_lifetimes`. They are compared by AIC = 2k − 2 ln L with k parameters (Akaike 1974, doi
    10.1109/TAC.1974.1100705). The power law is a solid line if no other has a lower AIC, and a thin one otherwise.

    Parameters
    ----------
    synapses : Lineage, ResultFile, Recordings, path, array of events, or criticality.Lifetimes
        What recorded ``synapses``.
    xmin : float, optional
        Distributions are fitted to lifetimes from here on. None: 10 steps.
    savefig : bool or path, default False
        True saves synapse_lifetimes.png into the current folder; a path saves there.
    ax : matplotlib.axes.Axes, optional
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The title says which distribution has the lowest AIC, by how much, and its largest distance from the curve
        (Kolmogorov-Smirnov, 0 to 1). A large distance says that none of them describes the lifetimes.

    Raises
    ------
    ParameterError
        If `synapses` is something else or was not recorded, or if `xmin` is not above 0.
    """
    lives = synapses if isinstance(synapses, Lifetimes) else lineage_of(synapses).lifetimes()
    start = 10.0 if xmin is None else real_number("xmin", xmin)
    if not (np.isfinite(start) and start > 0):
        raise ParameterError(f"xmin = {start}", "must be a finite number above 0")
    with picture(ax, "synapse_lifetimes.png", savefig, SQUARE) as ax:
        ended = int(np.count_nonzero(lives.ended))
        title = f"{len(lives):,} synapses, the ends of {ended:,} seen"
        if ended:
            curve = survival_curve(lives.steps, lives.ended)
            shown = curve.survival > 0
            ax.loglog(curve.times[shown], curve.survival[shown], ".", color=BLUE, markersize=3, label="synapses")
            title += "\n" + _draw_laws(ax, lives, start, curve.times[shown], curve.survival[shown])
            logarithmic_axis(ax.xaxis, whole=True)
            ax.legend()
        else:
            note(ax, "no synapse that was born has ended")
        ax.set(xlabel="lifetime (steps)", ylabel="share that lives longer", title=title)
    return ax


def _draw_laws(ax: Axes, lives: Lifetimes, start: float, times: FloatArray, shares: FloatArray) -> str:
    """Draw the distributions, and say in words which is the likeliest."""
    from_start = lives.steps >= start
    if np.count_nonzero(lives.ended & from_start) < _LEAST_FITTED or times[-1] <= start:
        return f"too few ends from {start:g} steps on for a fit"
    laws: dict[str, Fit] = {}
    for name in ("power_law", "exponential", "stretched_exponential"):
        try:
            laws[name] = fit_lifetimes(lives.steps, lives.ended, name, xmin=start)
        except StateError:  # all lifetimes are equal
            continue
    if "power_law" not in laws:
        return "no power law can be fitted"
    aic = {name: 2.0 * len(law.parameters) - 2.0 * law.log_likelihood for name, law in laws.items()}
    best = min(aic, key=lambda name: aic[name])
    x = np.geomspace(start, times[-1], 200)
    before = np.searchsorted(times, start)
    at_start = float(shares[before - 1]) if before else 1.0
    for name, law in laws.items():
        words = name.replace("_", " ")
        if name == "power_law":
            words += f", α = {number(law.alpha)} ± {law.errors['alpha']:.2g}"
        dashes, color = _CURVES[name]
        y = at_start * law.survival(x)
        seen = y >= 0.3 * shares[-1]
        width = 1.4 if name == best else 0.7
        ax.plot(x[seen], y[seen], linestyle=dashes, color=color, linewidth=width, label=words)
    if best == "power_law":
        verdict = "a power law is the likeliest of three"
    else:
        verdict = f"{best.replace('_', ' ')} is likelier than a power law (ΔAIC {aic['power_law'] - aic[best]:.3g})"
    return f"{verdict}\nits distance from the curve: {laws[best].ks_distance:.2f}"


def weight_paths(
    weights: StoredArray | npt.ArrayLike,
    pairs: npt.ArrayLike,
    savefig: SaveArgument = False,
    *,
    steps: npt.ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The weights of some synapses over time. A line has a gap where there is no synapse.

    Parameters
    ----------
    weights : StoredArray or array_like, shape (rows, pre, post)
        Recorded weights, such as ``file["WEE"]``, of which one sparse row at a time is read.
    pairs : array_like of int, shape (lines, 2)
        Presynaptic and postsynaptic unit of each synapse.
    savefig : bool or path, default False
        True saves weight_paths.png into the current folder; a path saves there.
    steps : array_like, shape (rows,), optional
        The step number of each row, such as ``file.steps("WEE")``; 0, 1, 2 … if none are given.
    ax : matplotlib.axes.Axes, optional
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ParameterError, ShapeError, StateError
        If `weights` are none, or if `pairs` or `steps` do not fit them.
    """
    stored = isinstance(weights, StoredArray)
    rows: Any = weights if stored else finite("weights", real_array("weights", weights))
    if rows.ndim != 3 or 0 in rows.shape:
        raise ShapeError(f"weights has shape {rows.shape}", "must be (rows, pre, post), with a row or more")
    chosen = _pairs(pairs, rows.shape[1], rows.shape[2])
    times = recorded_steps(steps, len(rows))
    paths = np.empty((len(rows), len(chosen)))
    for row in range(len(rows)):
        matrix = rows.sparse(row) if stored else rows[row]
        paths[row] = [matrix[pre, post] for pre, post in chosen]
    paths[paths == 0.0] = np.nan
    with picture(ax, "weight_paths.png", savefig, DOUBLE) as ax:
        for line, (pre, post) in enumerate(chosen):
            color = _COLORS[line % len(_COLORS)]
            ax.plot(times, paths[:, line], color=color, label=f"{pre} → {post}", marker=lone_marker(times))
        if len(chosen) <= 2 * len(_COLORS):
            ax.legend(ncols=min(len(chosen), 5))
        time_axis(ax, times)
        ax.set_ylim(bottom=0.0)
        ax.set(ylabel="connection weight", title=f"Weights of {len(chosen):,} pairs of units")
    return ax


def _pairs(pairs: npt.ArrayLike, n_pre: int, n_post: int) -> IntArray:
    array = number_array("pairs", pairs)
    if array.ndim != 2 or array.shape[1] != 2 or not len(array):
        raise ShapeError(f"pairs has shape {array.shape}", "must be (lines, 2): presynaptic and postsynaptic units")
    units = whole_numbers("pairs", array.ravel()).reshape(array.shape)
    for column, count, of in ((0, n_pre, "presynaptic"), (1, n_post, "postsynaptic")):
        wrong = units[(units[:, column] < 0) | (units[:, column] >= count), column]
        if len(wrong):
            raise ParameterError(f"{of} unit {wrong[0]}", f"must be a number from 0 to {count - 1}")
    return units


def connection_phases(
    connection_counts: npt.ArrayLike,
    ne: int,
    savefig: SaveArgument = False,
    *,
    steps: npt.ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The connection fraction over time, with its phases: decay, growth and the stable phase.

    These phases are known from Lazar, Pipa & Triesch 2009 (doi 10.3389/neuro.10.023.2009) and Zheng, Dimitrakakis &
    Triesch 2013 (doi 10.1371/journal.pcbi.1002848). Here the decay ends with the lowest of 200 means of neighbouring
    values, if this is more than 5% below the first value. The stable phase begins with the first mean after it that is
    within 5% of the mean of the last fifth of the run, if this is before the last fifth begins.

    Parameters
    ----------
    connection_counts : array_like, shape (time,)
        Number of excitatory synapses, such as ``C`` or ``lineage.synapse_counts()``.
    ne : int
        The number of excitatory units.
    savefig : bool or path, default False
        True saves connection_phases.png into the current folder; a path saves there.
    steps : array_like, shape (time,), optional
        The step number of each count; 0, 1, 2 … if none are given.
    ax : matplotlib.axes.Axes, optional
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ParameterError, ShapeError, StateError
        If `ne` is below 2, or `connection_counts` is not one-dimensional, is empty, holds NaN, infinities or negative
        values, or more than the pairs of `ne` units.
    """
    units = whole_number("ne", ne, 2, 2**31 - 1, "a number of units from 2 on")
    counts = numbers_over_time("connection_counts", connection_counts)  # the phases need the whole series
    if counts.max() > units * (units - 1):
        raise ParameterError(
            f"{counts.max():g} connections", f"must be at most {units * (units - 1)}, the pairs of ne = {units} units"
        )
    times = recorded_steps(steps, len(counts))
    fraction = counts * _core.connection_fraction(1, units, units)
    with picture(ax, "connection_phases.png", savefig, DOUBLE) as ax:
        trace(ax, times, fraction, BLUE)
        found = _phases(fraction)
        for name, (begin, end) in found.items():
            label = f"{name}, from step {times[begin]:,}"
            ax.axvspan(
                times[begin], times[end - 1], color=_PHASES[name], alpha=0.15, linewidth=0, label=label, zorder=0
            )
        time_axis(ax, times)
        headroom(ax)
        if found:
            ax.legend(ncols=3)
        ends = [f"{fraction[0]:.3g}", f"{fraction[-1]:.3g}"]
        if "decay" in found:
            ends.insert(1, f"{fraction.min():.3g}")
        ax.set(ylabel="connection fraction", title="Connection fraction: " + " → ".join(ends))
    return ax


def _phases(values: FloatArray) -> dict[str, tuple[int, int]]:
    """The phases by name, each with its first row and the row after its last."""
    edges = np.unique(np.linspace(0, len(values), min(_BLOCKS, len(values)) + 1).astype(int))
    means = np.add.reduceat(values, edges[:-1]) / np.diff(edges)
    lowest = int(means.argmin())
    decays = means[lowest] < (1.0 - _NEAR) * values[0]
    begin = int(edges[lowest]) if decays else 0
    last_fifth = max(len(means) - max(1, len(means) // 5), 0)
    level = float(means[last_fifth:].mean())
    near = np.flatnonzero(np.abs(means - level) <= _NEAR * level)
    near = near[near >= (lowest if decays else 0)]
    stable = int(edges[near[0]]) if len(near) and near[0] <= last_fifth else len(values)
    found = {"decay": (0, begin), "growth": (begin, stable), "stable": (stable, len(values))}
    return {name: (first, end) for name, (first, end) in found.items() if end > first + 1}
