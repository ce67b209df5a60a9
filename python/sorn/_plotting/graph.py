"""Pictures of the correlations between neurons: their matrix, and the network of correlated neurons."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from .._arguments import FloatArray, real_number
from .._errors import ParameterError
from ._canvas import INK, ORANGE, SQUARE, SaveArgument, library, note, number, picture, whole_ticks
from ._checks import correlation_matrix

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_EDGES = 800  # more edges could not be told apart
_MOST_NAMES = 60
_NETWORK_SIZE = (5.0, 5.0)
_LAYOUT_SEED = 1


def correlation(corr: Any, savefig: SaveArgument = False, *, ax: Axes | None = None) -> Axes:
    """Correlations between neurons as a heat map: the lower triangle of their matrix.

    The colours are centred on 0. Their range covers the correlations of different neurons, except the strongest 0.2%.

    Parameters
    ----------
    corr : array_like, shape (neurons, neurons)
        Symmetric matrix of correlation coefficients, -1 to 1. NaN: not defined, drawn in grey.
    savefig : bool or path, default False
        True saves correlation_between_neurons.png into the current folder; a path saves there.
    ax : matplotlib.axes.Axes, optional
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The title gives the mean over the pairs of different neurons whose correlation is defined: the
        ``pairwise_correlation`` of :meth:`sorn.Statistics.summary`. The second value of
        :meth:`sorn.Statistics.avg_corr_coeff` also includes the diagonal.

    Raises
    ------
    ShapeError, StateError
        If `corr` is not square and symmetric, or holds a value that cannot be a correlation coefficient.
    """
    matrix = correlation_matrix(corr)
    with picture(ax, "correlation_between_neurons.png", savefig, SQUARE) as ax:
        draw_correlation(ax, matrix)
    return ax


def draw_correlation(ax: Axes, matrix: FloatArray) -> None:
    """Draw the lower triangle with a colour bar."""
    pairs = matrix[np.tril_indices(len(matrix), -1)]
    defined = pairs[~np.isnan(pairs)]
    sizes = np.abs(defined)
    limit = float(np.quantile(sizes, 0.998)) if len(sizes) else 0.0
    if limit < 1e-6:
        limit = float(sizes.max(initial=0.0)) or 1.0
    below = np.tri(len(matrix), k=-1, dtype=bool)
    undefined = below & np.isnan(matrix)
    hidden = ~below | undefined
    shown = np.ma.masked_array(matrix, mask=hidden)
    image = ax.imshow(shown, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
    title = f"Mean over pairs: {number(defined.mean())}" if len(defined) else "No correlation is defined"
    if undefined.any():
        grey = np.ma.masked_array(undefined, mask=~undefined)
        ax.imshow(grey, cmap="Greys", vmin=0, vmax=3, interpolation="nearest")
        title += f"\nof {len(pairs):,} pairs {undefined.sum():,} undefined (grey)"
    # There is room for the colour bar above the diagonal.
    scale = ax.inset_axes((0.66, 0.5, 0.045, 0.46))
    extend = "both" if len(sizes) and limit < sizes.max() else "neither"
    ax.figure.colorbar(image, cax=scale, label="correlation", extend=extend)
    whole_ticks(ax.xaxis)
    whole_ticks(ax.yaxis)
    ax.set(xlabel="neuron", ylabel="neuron", title=title)


def plot_network(
    corr: Any,
    corr_thres: float = 0.1,
    fig_name: str | os.PathLike[str] | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Neurons as a network in which correlated neurons are connected.

    The layout puts correlated neurons near each other; it is the same each time. Neurons without a connection are left
    out. A larger neuron has more connections; a wider and darker line is a stronger correlation.

    Parameters
    ----------
    corr : array_like, shape (neurons, neurons)
        Symmetric matrix of correlation coefficients, -1 to 1: the first value of
        :meth:`sorn.Statistics.avg_corr_coeff`.
    corr_thres : float, default 0.1
        Two neurons are connected if their correlation is above this, 0 to 1. At most the 800 strongest are drawn.
    fig_name : str or path, optional
        File to save the picture in, such as network.png.
    ax : matplotlib.axes.Axes, optional
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ParameterError, ShapeError, StateError
        If `corr_thres` is out of its range, or if `corr` is not square and symmetric or holds other values than
        correlations.
    """
    matrix = correlation_matrix(corr)
    threshold = real_number("corr_thres", corr_thres, 0.0)
    if threshold > 1.0:
        raise ParameterError(f"corr_thres = {corr_thres!r}", "must be a correlation from 0 to 1")
    with picture(ax, "network.png", False if fig_name is None else fig_name, _NETWORK_SIZE) as ax:
        _draw_network(ax, matrix, threshold)
    return ax


def _draw_network(ax: Axes, matrix: FloatArray, threshold: float) -> None:
    ax.set_axis_off()
    ax.set_aspect("equal", adjustable="datalim")
    pre, post = np.tril_indices(len(matrix), -1)
    strengths = np.nan_to_num(matrix[pre, post])
    above = np.flatnonzero(strengths > threshold)
    title = f"{len(above):,} of {len(strengths):,} pairs of neurons correlate above {threshold:g}"
    if len(above) == 0:
        note(ax, "no correlation above the threshold")
        ax.set_title(title)
        return
    # The weakest are drawn first, so that the strongest are on top.
    chosen = above[np.argsort(strengths[above], kind="stable")][-_MOST_EDGES:]
    weights = strengths[chosen]
    networkx = library("networkx")
    graph = networkx.Graph()
    graph.add_weighted_edges_from(zip(pre[chosen].tolist(), post[chosen].tolist(), weights.tolist(), strict=True))
    kept = "" if len(chosen) == len(above) else f"the strongest {len(chosen):,} (from {weights[0]:.3g} on) between "
    title += f"\ndrawn: {kept}{len(graph):,} neurons"
    place = networkx.forceatlas2_layout(
        graph,
        seed=_LAYOUT_SEED,
        strong_gravity=True,
        gravity=0.05,
        weight="weight",
        max_iter=100 if len(graph) <= 300 else 50,
    )

    span = float(np.ptp(weights)) or 1.0
    room = float(np.clip(60.0 / len(graph), 0.2, 1.0))
    matplotlib = library("matplotlib")
    shades = matplotlib.cm.ScalarMappable(
        matplotlib.colors.Normalize(weights[0] - 0.6 * span, weights[-1]), matplotlib.colormaps["Blues"]
    )
    networkx.draw_networkx_edges(
        graph,
        place,
        ax=ax,
        edgelist=list(zip(pre[chosen].tolist(), post[chosen].tolist(), strict=True)),
        width=(0.4 + 1.6 * (weights - weights[0]) / span) * np.sqrt(room),
        edge_color=shades.to_rgba(weights),
    )
    if np.ptp(weights) > 0.0:
        scale = ax.inset_axes((0.0, 0.0, 0.25, 0.02))
        ax.figure.colorbar(shades, cax=scale, orientation="horizontal", label="correlation")
        scale.set_xlim(weights[0], weights[-1])
    degrees = np.array([degree for _, degree in graph.degree])
    networkx.draw_networkx_nodes(
        graph,
        place,
        ax=ax,
        node_size=room * (30.0 + 120.0 * degrees / degrees.max()),
        node_color=ORANGE,
        edgecolors="white",
        linewidths=0.4,
    )
    named = len(graph) <= _MOST_NAMES
    if named:
        networkx.draw_networkx_labels(graph, place, ax=ax, font_size=7, font_color=INK)
    ax.set_title(title)
