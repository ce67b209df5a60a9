"""Measures of connections and their weights."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import _core
from .._arguments import FloatArray, real_array, real_number
from .._errors import ShapeError, StateError
from .._sparse import is_sparse, sparse_columns
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
    if is_sparse(weights):
        columns = sparse_columns("weights", weights)
        shape = columns.shape
        synapse = _finite(columns.weight) > 0
        loops = np.count_nonzero(synapse & (columns.pre == np.repeat(np.arange(shape[1]), np.diff(columns.start))))
    else:
        matrix = _finite(real_array("weights", weights))
        if matrix.ndim != 2:
            raise ShapeError(f"weights has shape {matrix.shape}", "must be (presynaptic, postsynaptic) units")
        shape = matrix.shape
        synapse = matrix > 0
        loops = np.count_nonzero(np.diagonal(synapse))
    synapses = np.count_nonzero(synapse) - (loops if shape[0] == shape[1] else 0)
    return _core.connection_fraction(int(synapses), *shape)


class LognormalFit(NamedTuple):
    """A lognormal distribution fitted to weights."""

    mu: float
    """Mean of ln w."""
    sigma: float
    """Standard deviation of ln w, > 0."""
    samples: int
    """The number of weights that were fitted."""
    ks_distance: float
    """Largest distance between the cumulative distributions of the weights and of the fit, 0 (perfect) to 1."""


def lognormal_fit(weights: Any, cutoff: float = _core.smallest_fitted_weight) -> LognormalFit:
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
        ``mu``, ``sigma``, ``samples`` and ``ks_distance``, the distance of the fit from the weights.

    Raises
    ------
    StateError
        If fewer than two different weights are at or above the cutoff.

    References
    ----------
    Zheng, Dimitrakakis & Triesch 2013, doi 10.1371/journal.pcbi.1002848.
    """
    cutoff = real_number("cutoff", cutoff)
    fit = _core.lognormal_fit(_weights(weights), cutoff)
    if fit is None:
        raise StateError("weights", f"a fit {needs('lognormal_fit')}, from {cutoff:g} on")
    return LognormalFit(*fit)


def _weights(weights: Any) -> FloatArray:
    """All weights in one dimension; for a sparse matrix those that it stores."""
    data = sparse_columns("weights", weights).weight if is_sparse(weights) else real_array("weights", weights).ravel()
    return _finite(np.array(data))  # a copy, because other threads may change the original while the engine reads it


def _finite(array: FloatArray) -> FloatArray:
    if not np.isfinite(array).all():
        raise StateError(f"weights hold {array[~np.isfinite(array)][0]}", "must be finite numbers")
    return array
