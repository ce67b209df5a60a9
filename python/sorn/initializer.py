"""Functions that make inputs and weight matrices without a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ._arguments import FloatArray, did_you_mean, quoted, real_array, real_number, seed_value, whole_number
from ._errors import ParameterError, ShapeError, UnknownNameError

_STRONG = 1.0e4
_HIGHEST_INITIAL_WEIGHT = 0.1
_MOST_VALUES = 2**36  # of an array; it would take half a terabyte
_POOLS = ("EE", "EI", "IE")


class Initializer:
    """Inputs, connections and noise as arrays.

    Every random function takes ``seed``. None: a seed is drawn from numpy's global generator, so that
    ``np.random.seed`` makes a script repeatable. Matrices of weights are [pre][post]: a row for each presynaptic unit,
    a column for each postsynaptic unit. No function changes its arguments.
    """

    @staticmethod
    def generate_strong_inp(
        length: int, reservoir_size: int, seed: int | None = None
    ) -> tuple[FloatArray, npt.NDArray[np.int64]]:
        """A strong input: units that receive it fire for certain.

        Parameters
        ----------
        length : int
            Number of input units, 1 to `reservoir_size`.
        reservoir_size : int
            Number of units in the reservoir.
        seed : int, optional
            Seed of the choice.

        Returns
        -------
        inp : ndarray, shape (reservoir_size,)
            10000 at the chosen units, 0 elsewhere.
        idx : ndarray of int, shape (length,)
            The chosen units, ascending.
        """
        size = _count("reservoir_size", reservoir_size)
        idx = _chosen_units(length, size, _generator(seed))
        inp = np.zeros(size)
        inp[idx] = _STRONG
        return inp, idx

    @staticmethod
    def multi_one_hot_inp(
        ne: int, inputs: Sequence[Any], n_nodes_per_inp: int, seed: int | None = None
    ) -> tuple[FloatArray, list[tuple[int, ...]]]:
        """One-hot vectors in which several units stand for each input.

        Parameters
        ----------
        ne : int
            Number of excitatory units.
        inputs : sequence
            The labels. Only their number matters.
        n_nodes_per_inp : int
            Number of units that receive each input, 1 to `ne`.
        seed : int, optional
            Seed of the choice.

        Returns
        -------
        one_hot : ndarray, shape (ne, len(inputs))
            Column k is 1 at the units of input k, and 0 elsewhere.
        idxs : list of tuple of int
            The units of each input. Two inputs share units only if ``n_nodes_per_inp * len(inputs) > ne``.
        """
        units = _count("ne", ne)
        nodes = _count("n_nodes_per_inp", n_nodes_per_inp, units)
        generator = _generator(seed)
        try:
            labels = len(inputs)
        except Exception:  # a number, or another object without a length
            raise ParameterError(f"inputs is of type {type(inputs).__name__}", "must be a sequence of labels") from None
        pools: npt.NDArray[np.int64]
        if nodes * labels <= units:
            pools = generator.permutation(units)[: nodes * labels].reshape(labels, nodes)
        else:
            pools = np.array([generator.choice(units, nodes, replace=False) for _ in range(labels)])
        one_hot = _zeros(units, labels)
        for k, pool in enumerate(pools):
            one_hot[pool, k] = 1.0
        return one_hot, [tuple(pool.tolist()) for pool in pools]

    @staticmethod
    def generate_gaussian_inputs(
        length: int, reservoir_size: int, seed: int | None = None
    ) -> tuple[FloatArray, npt.NDArray[np.int64]]:
        """An input of standard normal values at randomly chosen units.

        Parameters and results as for :meth:`generate_strong_inp`, but with a value from N(0, 1) at each chosen unit.
        """
        generator = _generator(seed)
        size = _count("reservoir_size", reservoir_size)
        idx = _chosen_units(length, size, generator)
        out = np.zeros(size)
        out[idx] = generator.standard_normal(len(idx))
        return out, idx

    @staticmethod
    def normalize_weight_matrix(weight_matrix: npt.ArrayLike) -> FloatArray:
        """Divide every column by its sum, so that the incoming weights of each unit sum to 1.

        A column whose sum is 0 stays as it is.
        """
        weights = _matrix("weight_matrix", weight_matrix)
        sums = weights.sum(axis=0)
        normalized: FloatArray = weights / np.where(sums == 0.0, 1.0, sums)
        return normalized

    @staticmethod
    def generate_lambd_connections(
        synaptic_connection: str, ne: int, ni: int, lambd_w: float, lambd_std: float, seed: int | None = None
    ) -> FloatArray:
        """Random connections with weights from U(0, 0.1). Their number per unit is drawn from a normal distribution.

        Parameters
        ----------
        synaptic_connection : {'EE', 'EI', 'IE'}
            'EE' and 'IE' choose the incoming synapses of each postsynaptic unit from the excitatory units. 'EI' chooses
            the outgoing synapses of each inhibitory unit.
        ne, ni : int
            Excitatory and inhibitory units.
        lambd_w, lambd_std : float
            Mean and standard deviation of the number of synapses per unit. The number is truncated to a whole number
            and kept from 1 to the number of possible partners.
        seed : int, optional
            Seed of the choice.

        Returns
        -------
        ndarray
            Weights [pre][post]: (ne, ne) with zero diagonal for 'EE', (ni, ne) for 'EI', (ne, ni) for 'IE'.
        """
        if not isinstance(synaptic_connection, str) or synaptic_connection not in _POOLS:
            raise UnknownNameError(
                f"synaptic_connection = {quoted(synaptic_connection)}",
                f"must be one of {', '.join(_POOLS)}",
                did_you_mean(synaptic_connection, _POOLS),
            )
        ne, ni = _count("ne", ne), _count("ni", ni)
        mean = real_number("lambd_w", lambd_w, 0.0)
        spread = real_number("lambd_std", lambd_std, 0.0)
        generator = _generator(seed)

        owners, partners = {"EE": (ne, ne), "EI": (ni, ne), "IE": (ni, ne)}[synaptic_connection]
        within_pool = synaptic_connection == "EE"
        candidates = partners - 1 if within_pool else partners
        if candidates == 0:
            raise ParameterError(f"ne = {ne}", "a unit needs another one to connect to")
        degrees = np.clip(np.trunc(generator.normal(mean, spread, owners)), 1, candidates).astype(int)
        weights = _zeros(owners, partners)  # [owner of the synapses][its partner]
        for owner, degree in enumerate(degrees):
            chosen = generator.choice(candidates, degree, replace=False)
            if within_pool:
                chosen += chosen >= owner  # skip the unit itself
            weights[owner, chosen] = _positive_weights(generator, degree)
        return weights if synaptic_connection == "EI" else np.ascontiguousarray(weights.T)

    @staticmethod
    def get_incoming_connection_dict(weights: npt.ArrayLike) -> dict[int, list[int]]:
        """The presynaptic partners of each unit: for each column, the rows in which it is not 0."""
        matrix = _matrix("weights", weights)
        return {post: np.flatnonzero(matrix[:, post]).tolist() for post in range(matrix.shape[1])}

    @staticmethod
    def get_outgoing_connection_dict(weights: npt.ArrayLike) -> dict[int, list[int]]:
        """The postsynaptic partners of each unit: for each row, the columns in which it is not 0."""
        matrix = _matrix("weights", weights)
        return {pre: np.flatnonzero(matrix[pre]).tolist() for pre in range(matrix.shape[0])}

    @staticmethod
    def prune_small_weights(weights: npt.ArrayLike, cutoff_weight: float) -> FloatArray:
        """A copy in which weights below `cutoff_weight` are 0."""
        values = real_array("weights", weights)
        return np.where(values < real_number("cutoff_weight", cutoff_weight), 0.0, values)

    @staticmethod
    def set_max_cutoff_weight(weights: npt.ArrayLike, cutoff_weight: float) -> FloatArray:
        """A copy in which weights above `cutoff_weight` are lowered to it."""
        return np.minimum(real_array("weights", weights), real_number("cutoff_weight", cutoff_weight))

    @staticmethod
    def reset_min(z: npt.ArrayLike, cutoff_val: float) -> FloatArray:
        """A copy of weights or thresholds in which values below `cutoff_val` are raised to it."""
        return np.maximum(real_array("z", z), real_number("cutoff_val", cutoff_val))

    @staticmethod
    def reset_max(z: npt.ArrayLike, cutoff_val: float) -> FloatArray:
        """A copy of weights or thresholds in which values above `cutoff_val` are lowered to it."""
        return np.minimum(real_array("z", z), real_number("cutoff_val", cutoff_val))

    @staticmethod
    def get_unconnected_indexes(wee: npt.ArrayLike) -> list[tuple[int, int]]:
        """The ordered pairs (pre, post) of different units that have no synapse."""
        absent = _matrix("wee", wee) <= 0.0
        np.fill_diagonal(absent, False)
        return [(int(pre), int(post)) for pre, post in np.argwhere(absent)]

    @staticmethod
    def inactive_synapses(wee: npt.ArrayLike) -> list[tuple[int, int]]:
        """Another name for :meth:`get_unconnected_indexes`."""
        return Initializer.get_unconnected_indexes(wee)

    @staticmethod
    def white_gaussian_noise(mu: float, sigma: float, t: int, seed: int | None = None) -> FloatArray:
        """`t` independent values from N(mu, sigma), as a column of shape (t, 1)."""
        mean, spread = real_number("mu", mu), real_number("sigma", sigma, 0.0)
        return _generator(seed).normal(mean, spread, (_count("t", t), 1))

    @staticmethod
    def zero_sum_incoming_check(weights: npt.ArrayLike, seed: int | None = None) -> FloatArray:
        """A copy in which every unit without an incoming synapse gets two, from random units, with weights from U(0,
        0.1).

        A square matrix connects a population with itself. Then the new synapses come from other units.
        """
        matrix = _matrix("weights", weights).copy()
        n_pre, n_post = matrix.shape
        generator = _generator(seed)
        for post in np.flatnonzero(matrix.sum(axis=0) == 0.0):
            candidates = np.arange(n_pre)
            if n_pre == n_post:
                candidates = np.delete(candidates, post)
            chosen = generator.choice(candidates, min(2, len(candidates)), replace=False)
            matrix[chosen, post] = _positive_weights(generator, len(chosen))
        return matrix


def _generator(seed: int | None) -> np.random.Generator:
    return np.random.default_rng(seed_value(seed))


def _positive_weights(generator: np.random.Generator, count: int) -> FloatArray:
    return _HIGHEST_INITIAL_WEIGHT * (1.0 - generator.random(count))  # in (0, 0.1], because 0 means no synapse


def _chosen_units(length: int, size: int, generator: np.random.Generator) -> npt.NDArray[np.int64]:
    return np.sort(generator.choice(size, _count("length", length, size), replace=False))


def _zeros(rows: int, columns: int) -> FloatArray:
    if rows * columns > _MOST_VALUES:
        raise ParameterError(f"an array of shape ({rows}, {columns})", f"must hold at most {_MOST_VALUES:,} values")
    return np.zeros((rows, columns))


def _count(name: str, value: int, most: int = 2**31 - 1) -> int:
    return whole_number(name, value, 1, most, f"a whole number from 1 to {most}")


def _matrix(name: str, values: npt.ArrayLike) -> FloatArray:
    matrix = real_array(name, values)
    if matrix.ndim != 2:
        raise ShapeError(f"{name} has shape {matrix.shape}", "must be a matrix: (presynaptic, postsynaptic) units")
    return matrix
