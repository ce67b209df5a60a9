"""Densities in logarithmic bins."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .._arguments import FloatArray

_BINS_PER_DECADE = 8


def logarithmic_density(
    values: npt.NDArray[Any], whole: bool, repeats: npt.NDArray[Any] | None = None
) -> tuple[FloatArray, FloatArray]:
    """The centres of logarithmic bins that hold a value, and the densities there; `whole` numbers lie between edges.

    `repeats`: how often each value occurs; None: once.
    """
    if not len(values):
        return np.empty(0), np.empty(0)
    edges = _logarithmic_edges(values, whole)
    counts, _ = np.histogram(values, bins=edges, weights=repeats)
    filled = counts > 0
    inside = 0.5 if whole else 0.0  # from an edge to the whole number beside it
    centres = np.sqrt((edges[:-1] + inside) * (edges[1:] - inside))[filled]
    if whole:
        centres = np.round(centres)
    return centres, (counts / ((len(values) if repeats is None else repeats.sum()) * np.diff(edges)))[filled]


def _logarithmic_edges(values: npt.NDArray[Any], whole: bool) -> FloatArray:
    """Edges of logarithmic bins. For whole values they lie between whole numbers, so that every bin can have values."""
    low, high = float(values.min()), float(values.max())
    bins = max(int(np.ceil(np.log10(high / low) * _BINS_PER_DECADE)), 1)
    if not whole:
        return np.geomspace(low, high * (1 + 1e-9) if high > low else 2.0 * low, bins + 1)
    starts = np.unique(np.round(np.geomspace(low, high + 1.0, bins + 1)))
    return starts - 0.5
