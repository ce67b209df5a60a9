"""Pictures of the scaling of avalanches and of the branching parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .. import criticality
from .._arguments import FloatArray, quoted
from .._criticality.avalanches import fitted_durations
from .._errors import ParameterError
from ..criticality import Avalanches, Branching, Fit, ShapeCollapse, SizeScaling
from ._canvas import (
    BLUE,
    GREY,
    INK,
    SINGLE,
    VERMILION,
    SaveArgument,
    library,
    logarithmic_axis,
    number,
    picture,
    two_panels,
    whole_ticks,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .._criticality.branching import DecayKind
    from .._result_file import ResultFile
    from ..statistics import SpikeTrainLike

_POINTS_OF_A_CURVE = 200
_MANY_TIMES = 20.0  # lags up to so many autocorrelation times have a linear axis
_DECAYS = {
    "exponential": "exponential decay",
    "exponential_offset": "exponential decay with offset",
    "complex": "complex decay",
}
_SHOWN_PROFILES = 10
_LIGHTEST = 0.85  # of the colours of a map that ends with a yellow, which is hard to see on white
_TALL = (SINGLE[0], 2.9)
_SMALLEST_AREA, _LARGEST_AREA = 3.0, 36.0  # of the points of mean sizes, in points²


def branching_regression(
    activity: SpikeTrainLike | ResultFile | Branching,
    last_lag: int | None = None,
    *,
    decay: DecayKind = "exponential",
    ax: Axes | None = None,
    savefig: SaveArgument = False,
) -> Axes:
    """The slopes of the multistep regression over the lag, the decay that fits them, and the branching parameter.

    The band holds 95% of the slopes in samples of the trials or blocks. The dotted line is the decay that the slope of
    one lag would mean. The lags have a logarithmic axis if they reach beyond 20 autocorrelation times.

    Parameters
    ----------
    activity : array_like, shape (time,) or (time, neurons), SpikeTrain, ResultFile or Branching
        The activity of the network, or what :func:`sorn.criticality.branching_parameter` has found in it. Find it
        first for choices that this function does not have, such as trials.
    last_lag : int, optional
        The largest lag. None: a tenth of the activity. It should be a few times the autocorrelation time.
    decay : {'exponential', 'exponential_offset', 'complex'}
        The curve that is fitted to the slopes.
    ax : matplotlib.axes.Axes, optional
        Where to draw. None: a new figure.
    savefig : bool or path, default False
        True saves branching_regression.png into the current folder; a path saves there.

    Returns
    -------
    matplotlib.axes.Axes
        The legend gives m and tau with the limits that hold 95% of them, or says that m is not defined.

    Raises
    ------
    ParameterError, ShapeError, StateError
        As for :func:`sorn.criticality.branching_parameter`; and for choices beside a Branching, which was made with
        its own.
    """
    if isinstance(activity, Branching):
        found = activity
        _require_no_choice("a Branching", last_lag=(last_lag, None), decay=(decay, "exponential"))
    else:
        found = criticality.branching_parameter(activity, last_lag, decay=decay)
    with picture(ax, "branching_regression.png", savefig, _TALL) as ax:
        _draw_branching(ax, found)
    return ax


def _draw_branching(ax: Axes, found: Branching) -> None:
    lags, slopes = found.lags, found.slopes
    samples = found.resampled[np.isfinite(found.resampled).all(axis=1)]
    if len(samples) > 1:
        low, high = np.quantile(samples, [0.025, 0.975], axis=0)
        ax.fill_between(lags, low, high, color=BLUE, alpha=0.25, linewidth=0, label="95% of resampled slopes")
    ax.axhline(0.0, color=GREY, linewidth=0.6, zorder=0)
    ax.plot(lags, slopes, "o", color=BLUE, markersize=2.5 if len(lags) <= 100 else 1.5, label="slope $r_k$")
    simple = found.decay is not None and found.decay.kind != "complex"  # an oscillation has a scale of its own
    logarithmic = simple and lags[-1] > _MANY_TIMES * abs(found.tau)
    heading = None
    if found.decay is None:
        heading = "m is not defined:\nno decay fits the slopes"
    else:
        spaced = np.geomspace if logarithmic else np.linspace
        k = spaced(lags[0], lags[-1], max(_POINTS_OF_A_CURVE, 4 * len(lags)))
        label = (
            f"{_DECAYS[found.decay.kind]}\nm = {found.m:.4f}{_limits(found.m_interval, '.4f')}\n"
            f"τ = {found.tau:.3g}{_limits(found.tau_interval, '.3g')} bins"
        )
        ax.plot(k, found.decay(k), color=VERMILION, label=label.replace("-", "−"))
    if np.isfinite(found.one_step):
        _draw_one_lag(ax, found, logarithmic)
    ax.legend(title=heading, title_fontsize=7, alignment="left", loc="upper right")
    ax.set(xlabel="lag k (bins)", ylabel="slope $r_k$", title=f"Multistep regression over {len(lags):,} lags")
    if logarithmic:
        ax.set_xscale("log")
        logarithmic_axis(ax.xaxis, whole=True)
    else:
        whole_ticks(ax.xaxis)


def _draw_one_lag(ax: Axes, found: Branching, logarithmic: bool) -> None:
    """Mark the slope of one lag, and draw the decay that it would mean beside one that was fitted."""
    k = np.array([1.0])
    if found.decay is not None and 0.0 < found.one_step < 1.0:
        k = (np.geomspace if logarithmic else np.linspace)(1.0, float(found.lags[-1]), _POINTS_OF_A_CURVE)
    ax.plot(
        k,
        found.one_step**k,
        linestyle=":" if len(k) > 1 else "none",
        color=INK,
        linewidth=0.9,
        marker="o",
        markevery=[0],
        markersize=5,
        markerfacecolor="none",
        label=f"one lag: {number(found.one_step)}, too small\nif units are not seen",
    )


def _limits(interval: tuple[float, float], digits: str) -> str:
    return "" if np.isnan(interval).any() else f" ({interval[0]:{digits}} to {interval[1]:{digits}})"


def shape_collapse(
    avalanches: Avalanches | ShapeCollapse,
    *,
    ax: Sequence[Axes] | None = None,
    savefig: SaveArgument = False,
    shortest: int = 4,
    longest: int | None = None,
    least: int = 10,
) -> Figure:
    """The mean profiles of avalanches of equal duration, as they are (left) and scaled to each other (right).

    Of many durations ten are drawn, evenly on a logarithmic scale; the mean of all of them, scaled, is dashed.

    Parameters
    ----------
    avalanches : Avalanches or ShapeCollapse
        Avalanches found with ``profiles=True``, or what :func:`sorn.criticality.shape_collapse` has found in them.
    ax : two matplotlib.axes.Axes, optional
        Where to draw. A new figure unless given.
    savefig : bool or path, default False
        True saves shape_collapse.png into the current folder; a path saves there.
    shortest, longest, least
        As for :func:`sorn.criticality.shape_collapse`.

    Returns
    -------
    matplotlib.figure.Figure
        The title on the right gives the exponent, and the error: how much the scaled profiles still differ.

    Raises
    ------
    ParameterError, StateError
        As for :func:`sorn.criticality.shape_collapse`; and for choices beside a ShapeCollapse, which was made with its
        own.
    """
    if isinstance(avalanches, ShapeCollapse):
        found = avalanches
        choices = {"shortest": (shortest, 4), "longest": (longest, None), "least": (least, 10)}
        _require_no_choice("a ShapeCollapse", **choices)
    else:
        found = criticality.shape_collapse(avalanches, shortest=shortest, longest=longest, least=least)
    with two_panels(ax, "shape_collapse.png", savefig) as (left, right):
        _draw_profiles(left, right, found)
        figure: Figure = left.figure.canvas.figure
    return figure


def _draw_profiles(left: Axes, right: Axes, found: ShapeCollapse) -> None:
    durations = found.durations.astype(np.float64)
    shown = _evenly(durations, _SHOWN_PROFILES)
    colors = library("matplotlib.colors")
    every = library("matplotlib").colormaps["viridis"]
    cmap = colors.ListedColormap(every(np.linspace(0.0, _LIGHTEST, 256)))
    norm = colors.LogNorm(durations[0], durations[-1])
    for i in shown:
        color = cmap(norm(durations[i]))
        left.plot(
            found.places * durations[i],
            found.shapes[i] * durations[i] ** (found.gamma - 1.0),
            color=color,
            linewidth=1.0,
            label=f"T = {found.durations[i]}",
        )
        right.plot(found.places, found.shapes[i], color=color, linewidth=1.0, label=f"T = {found.durations[i]}")
    name = f"mean of {len(durations):,} durations"
    mean = right.plot(found.places, found.shapes.mean(axis=0), "--", color=INK, label=name)
    some = "" if len(shown) == len(durations) else f", {len(shown)} of them shown"
    left.set(xlabel="t (bins)", ylabel="mean activity", title=f"Profiles of {len(durations):,} durations{some}")
    right.set(xlabel="t / T", ylabel=r"mean activity · $T^{1-\gamma}$")
    right.set_title(f"Scaled: γ = {found.gamma:.3g}, error {number(found.error)}")
    whole_ticks(left.xaxis)
    for panel in (left, right):
        panel.set_xlim(0.0, None if panel is left else 1.0)
        panel.set_ylim(0.0, None)
    right.legend(mean, [name], loc="lower center")
    scale = right.inset_axes((1.04, 0.0, 0.04, 1.0))
    shades = library("matplotlib.cm").ScalarMappable(norm, cmap)
    right.figure.colorbar(shades, cax=scale, label="duration T (bins)")
    logarithmic_axis(scale.yaxis, whole=True)


def _evenly(values: FloatArray, most: int) -> npt.NDArray[np.intp]:
    """The places of at most so many of some ascending values, evenly on a logarithmic scale, with both ends."""
    if len(values) <= most:
        return np.arange(len(values))
    wanted = np.linspace(np.log(values[0]), np.log(values[-1]), most)
    return np.unique(np.abs(np.log(values)[:, None] - wanted).argmin(axis=0))


def size_scaling(
    avalanches: Avalanches,
    shortest: int = 1,
    longest: int | None = None,
    *,
    sizes: Fit | None = None,
    durations: Fit | None = None,
    ax: Axes | None = None,
    savefig: SaveArgument = False,
) -> Axes:
    """The mean size of avalanches over their duration, and its exponent.

    The area of a point grows with the logarithm of the number of avalanches. The line is drawn over the durations for
    which it was fitted.

    Parameters
    ----------
    avalanches, shortest, longest
        As for :func:`sorn.criticality.size_scaling`.
    sizes, durations : Fit, optional
        Power laws of the sizes and of the durations. With both, a grey line has the slope that they predict.
    ax : matplotlib.axes.Axes, optional
        Where to draw. None: a new figure.
    savefig : bool or path, default False
        True saves size_scaling.png into the current folder; a path saves there.

    Returns
    -------
    matplotlib.axes.Axes
        The legend gives the exponent γ; with power laws also the one that they predict, and the deviation from
        criticality coefficient (DCC).

    Raises
    ------
    ParameterError, StateError
        As for :func:`sorn.criticality.size_scaling` and :func:`sorn.criticality.crackling_relation`.
    """
    scaling = criticality.size_scaling(avalanches, shortest, longest)
    for name, law in (("sizes", sizes), ("durations", durations)):
        if not isinstance(law, Fit) and (sizes is not None or durations is not None):
            raise ParameterError(
                f"{name} is of type {type(law).__name__}", "must be a sorn.criticality.Fit, as sizes and durations both"
            )
    relation = None
    if sizes is not None and durations is not None:
        relation = criticality.crackling_relation(sizes, durations, scaling)
    low, high = fitted_durations(shortest, longest)
    fitted = scaling.durations[(scaling.durations >= low) & (scaling.durations <= high)]
    with picture(ax, "size_scaling.png", savefig, _TALL) as ax:
        _draw_sizes(ax, scaling)
        if np.isnan(scaling.gamma):
            heading = "γ is not defined:\nfewer than two durations"
        else:
            heading = None
            ends = fitted[[0, -1]].astype(np.float64)
            error = "" if np.isnan(scaling.gamma_error) else f" ± {scaling.gamma_error:.3f}"
            label = f"γ = {scaling.gamma:.3f}{error}\n{fitted[0]:,} ≤ T ≤ {fitted[-1]:,}"
            line = np.exp(scaling.intercept) * ends**scaling.gamma
            ax.plot(ends, line, color=VERMILION, label=label)
            if relation is not None:
                middle = np.sqrt(ends.prod())
                height = np.sqrt(line.prod())  # both lines meet in the middle
                label = (
                    f"predicted: {relation.predicted:.3f} ± {relation.predicted_error:.3f}\n"
                    f"DCC = {relation.dcc:.3f} ± {relation.dcc_error:.3f}"
                )
                all_ends = scaling.durations[[0, -1]].astype(np.float64)
                limits = ax.get_ylim()
                ax.plot(all_ends, height * (all_ends / middle) ** relation.predicted, "--", color=GREY, label=label)
                ax.set_ylim(limits)  # a prediction that is far off must not press the sizes together
        ax.legend(title=heading, title_fontsize=7, alignment="left", loc="upper left")
    return ax


def _draw_sizes(ax: Axes, scaling: SizeScaling) -> None:
    counts = np.log1p(scaling.counts.astype(np.float64))
    ax.scatter(
        scaling.durations,
        scaling.mean_sizes,
        s=_SMALLEST_AREA + (_LARGEST_AREA - _SMALLEST_AREA) * counts / counts.max(),
        color=BLUE,
        alpha=0.4,
        linewidths=0,
        label="mean size (area by number)",
    )
    ax.set(xscale="log", yscale="log", xlabel="duration T (bins)", ylabel="mean size ⟨S⟩(T)")
    ax.set_title(f"{scaling.counts.sum():,} avalanches of {len(counts):,} durations")
    logarithmic_axis(ax.xaxis, whole=True)
    logarithmic_axis(ax.yaxis)


def _require_no_choice(found: str, **choices: tuple[object, object]) -> None:
    """Refuse choices, each given with its default, that can have no effect on what has been found already."""
    for name, (value, default) in choices.items():
        if type(value) is not type(default) or value != default:
            raise ParameterError(f"{name} = {quoted(value)} with {found}", "must be left out: it was found already")
