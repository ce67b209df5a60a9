"""The helpers of Initializer do what their documentation says."""

from __future__ import annotations

import numpy as np
import pytest

from sorn import Initializer, ParameterError, ShapeError, UnknownNameError

RANDOM = [
    lambda seed: Initializer.generate_strong_inp(5, 20, seed=seed),
    lambda seed: Initializer.multi_one_hot_inp(20, ["a", "b"], 3, seed=seed),
    lambda seed: Initializer.generate_gaussian_inputs(5, 20, seed=seed),
    lambda seed: Initializer.generate_lambd_connections("EE", 20, 4, 5, 1, seed=seed),
    lambda seed: Initializer.white_gaussian_noise(0, 1, 20, seed=seed),
    lambda seed: Initializer.zero_sum_incoming_check(np.zeros((20, 20)), seed=seed),
]


@pytest.mark.parametrize("draw", RANDOM)
def test_seeds(draw) -> None:
    def flat(result):
        parts = result if isinstance(result, tuple) else (result,)
        return np.concatenate([np.ravel(part) for part in parts])

    np.testing.assert_array_equal(flat(draw(3)), flat(draw(3)))
    assert not np.array_equal(flat(draw(3)), flat(draw(4)))
    assert not np.array_equal(flat(draw(None)), flat(draw(None)))


def test_strong_inputs() -> None:
    inp, idx = Initializer.generate_strong_inp(5, 20)
    assert inp.shape == (20,)
    assert len(set(idx.tolist())) == 5
    np.testing.assert_array_equal(np.flatnonzero(inp), idx)
    assert set(inp[idx]) == {1e4}
    assert Initializer.generate_strong_inp(20, 20)[0].sum() == 20e4


def test_gaussian_inputs() -> None:
    out, idx = Initializer.generate_gaussian_inputs(500, 1000, seed=1)
    assert out.shape == (1000,)
    np.testing.assert_array_equal(np.flatnonzero(out), idx)
    assert abs(out[idx].mean()) < 0.2
    assert abs(out[idx].std() - 1) < 0.15


def test_one_hot() -> None:
    one_hot, idxs = Initializer.multi_one_hot_inp(20, ["a", "b", "c"], 4)
    assert one_hot.shape == (20, 3)
    np.testing.assert_array_equal(one_hot.sum(axis=0), 4)
    assert one_hot.sum(axis=1).max() == 1, "pools are disjoint while there are units enough"
    for k, units in enumerate(idxs):
        np.testing.assert_array_equal(np.flatnonzero(one_hot[:, k]), sorted(units))
    crowded, _ = Initializer.multi_one_hot_inp(10, list("abcdef"), 4)
    np.testing.assert_array_equal(crowded.sum(axis=0), 4)


def test_normalize() -> None:
    weights = np.array([[1.0, 0.0], [3.0, 0.0]])
    np.testing.assert_array_equal(Initializer.normalize_weight_matrix(weights), [[0.25, 0.0], [0.75, 0.0]])
    assert weights[0, 0] == 1.0


@pytest.mark.parametrize(
    ("connection", "shape", "axis"), [("EE", (200, 200), 0), ("EI", (40, 200), 1), ("IE", (200, 40), 0)]
)
def test_lambda_connections(connection, shape, axis) -> None:
    weights = Initializer.generate_lambd_connections(connection, 200, 40, 20, 1, seed=1)
    assert weights.shape == shape
    assert weights.min() >= 0
    assert weights.max() <= 0.1
    degrees = np.count_nonzero(weights, axis=axis)
    assert degrees.min() >= 15
    assert degrees.max() <= 25
    assert abs(degrees.mean() - 19.5) < 0.6
    if connection == "EE":
        assert not np.diag(weights).any()


def test_lambda_connections_stay_within_the_pool() -> None:
    assert np.count_nonzero(Initializer.generate_lambd_connections("EE", 5, 2, 100, 1)) == 20
    assert np.count_nonzero(Initializer.generate_lambd_connections("EI", 5, 2, 0, 0)) == 2


def test_connection_dictionaries() -> None:
    weights = np.array([[0, 0.1, 0], [0.2, 0, 0.3]])
    assert Initializer.get_incoming_connection_dict(weights) == {0: [1], 1: [0], 2: [1]}
    assert Initializer.get_outgoing_connection_dict(weights) == {0: [1], 1: [0, 2]}


def test_cutoffs() -> None:
    weights = np.array([[-0.2, 0.05], [0.3, 1.5]])
    np.testing.assert_array_equal(Initializer.prune_small_weights(weights, 0.1), [[0, 0], [0.3, 1.5]])
    np.testing.assert_array_equal(Initializer.set_max_cutoff_weight(weights, 1.0), [[-0.2, 0.05], [0.3, 1.0]])
    assert weights[0, 0] == -0.2


def test_unconnected_indexes() -> None:
    wee = np.array([[0, 0.1, 0], [0.2, 0, 0.3], [0, 0, 0]])
    assert Initializer.get_unconnected_indexes(wee) == [(0, 2), (2, 0), (2, 1)]


def test_noise() -> None:
    noise = Initializer.white_gaussian_noise(2.0, 0.5, 10_000, seed=1)
    assert noise.shape == (10_000, 1)
    assert abs(noise.mean() - 2) < 0.05
    assert abs(noise.std() - 0.5) < 0.02


def test_zero_sum_incoming() -> None:
    weights = np.zeros((20, 20))
    weights[1, 0] = 0.5
    repaired = Initializer.zero_sum_incoming_check(weights)
    np.testing.assert_array_equal(repaired[:, 0], weights[:, 0])
    np.testing.assert_array_equal(np.count_nonzero(repaired[:, 1:], axis=0), 2)
    assert not np.diag(repaired).any()
    assert repaired.max() <= 0.5
    assert weights.sum() == 0.5


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: Initializer.generate_strong_inp(21, 20),
            ParameterError,
            "length = 21: must be a whole number from 1 to 20",
        ),
        (lambda: Initializer.generate_strong_inp(0, 20), ParameterError, "length = 0"),
        (lambda: Initializer.generate_gaussian_inputs(3, -1), ParameterError, "reservoir_size = -1"),
        (lambda: Initializer.multi_one_hot_inp(5, [1], 6), ParameterError, "n_nodes_per_inp = 6"),
        (lambda: Initializer.generate_lambd_connections("II", 5, 2, 1, 1), UnknownNameError, "did you mean 'EI'|'IE'"),
        (lambda: Initializer.generate_lambd_connections("EE", 1, 1, 1, 1), ParameterError, "ne = 1"),
        (lambda: Initializer.generate_lambd_connections("EE", 5, 2, -1, 1), ParameterError, "lambd_w = -1"),
        (lambda: Initializer.generate_lambd_connections("EE", 5, 2, 1, np.nan), ParameterError, "lambd_std = nan"),
        (lambda: Initializer.normalize_weight_matrix([1, 2]), ShapeError, r"weight_matrix has shape \(2,\)"),
        (lambda: Initializer.white_gaussian_noise(0, -1, 3), ParameterError, "sigma = -1"),
        (lambda: Initializer.white_gaussian_noise(0, 1, 0), ParameterError, "t = 0"),
        (lambda: Initializer.white_gaussian_noise(0, 1, 3, seed=-1), ParameterError, "seed = -1"),
        (lambda: Initializer.prune_small_weights([1, 2], "x"), ParameterError, "cutoff_weight = 'x'"),
    ],
)
def test_errors(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()
