"""Connections and their weights."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import _core
from .._arguments import FloatArray, real_array, real_number
from .._errors import ShapeError, StateError
from ._checks import needs


def connection_fraction(weights: Any) -> float:
    """Share of the possible synapses that exist.

    Parameters
    ----------
    weights : array_like or scipy.sparse, shape (presynaptic, postsynaptic)
        Weights > 0 are synapses. The diagonal of a square matrix does not count.

    Returns
    -------
    float
        0 to 1.
    """
    if not hasattr(weights, "shape"):
        weights = real_array("weights", weights)
    shape = weights.shape
    if len(shape) != 2:
        raise ShapeError(f"weights has shape {tuple(shape)}", "must be (presynaptic, postsynaptic) units")
    synapses = np.count_nonzero(_weights(weights) > 0)
    if shape[0] == shape[1]:
        diagonal = weights.diagonal() if hasattr(weights, "diagonal") else np.diagonal(np.asarray(weights))
        synapses -= np.count_nonzero(diagonal > 0)
    return _core.connection_fraction(int(synapses), *shape)


class LognormalFit(NamedTuple):
    """A lognormal distribution fitted to weights."""

    mu: float
    """Mean of ln w."""
    sigma: float
    """Standard deviation of ln w, > 0."""
    samples: int
    """How many weights were fitted."""
    ks_distance: float
    """Largest distance between the cumulative distributions of the weights and of the fit, 0 (perfect) to 1."""


def lognormal_fit(weights: Any, cutoff: float = 0.01) -> LognormalFit:
    """Fit a lognormal distribution to weights by maximum likelihood.

    Parameters
    ----------
    weights : array_like or scipy.sparse
        Weights of any shape.
    cutoff : float, default 0.01
        The smallest weight that counts, > 0.

    Returns
    -------
    LognormalFit
        ``mu``, ``sigma``, ``samples`` and ``ks_distance``, how far the fit is from the weights.

    Raises
    ------
    StateError
        If there are not two different weights from the cutoff on.

    References
    ----------
    Zheng, Dimitrakakis & Triesch 2013, doi 10.1371/journal.pcbi.1002848.
    """
    fit = _core.lognormal_fit(_weights(weights), real_number("cutoff", cutoff))
    if fit is None:
        raise StateError("weights", f"a fit {needs('lognormal_fit')}, from {cutoff:g} on")
    return LognormalFit(*fit)


def _weights(weights: Any) -> FloatArray:
    """All weights in a row; of a sparse matrix those that it stores."""
    data = weights.tocsc().data if hasattr(weights, "tocsc") else weights  # csc: entries given twice are summed
    array = real_array("weights", data).ravel()
    if not np.isfinite(array).all():
        raise StateError(f"weights hold {array[~np.isfinite(array)][0]}", "must be finite numbers")
    return np.ascontiguousarray(array)
