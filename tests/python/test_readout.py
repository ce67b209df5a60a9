"""sorn.readout beside the pseudo-inverse of NumPy and scikit-learn."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import sorn
from sorn import ParameterError, ShapeError, StateError, readout


def states_and_labels(steps: int = 700, units: int = 40, seed: int = 1) -> tuple[Any, Any]:
    """Random spikes with a silent unit, two that fire together and one that always fires, and labels of some steps."""
    generator = np.random.default_rng(seed)
    states = (generator.random((steps, units)) < 0.2).astype(np.int8)
    states[:, 3] = 0
    states[:, 5] = states[:, 4]
    states[:, 7] = 1
    return states, generator.choice([-1, 2, 3, 11], steps)


def one_hot(labels: Any) -> Any:
    return (labels[:, None] == np.unique(labels)).astype(float)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("steps", [700, 25])
def test_least_squares_is_the_pseudo_inverse(bias: bool, steps: int) -> None:
    states, labels = states_and_labels(steps)
    kept = labels != -1
    seen = np.hstack([states, np.ones((steps, 1))]) if bias else states.astype(float)
    solved = np.linalg.pinv(seen[kept]) @ one_hot(labels[kept])
    trained = readout.least_squares(states, labels, bias=bias)
    assert trained.classes.tolist() == [2, 3, 11]
    np.testing.assert_allclose(trained.weights, solved[:40].T, atol=1e-8)
    np.testing.assert_allclose(trained.scores(states), seen @ solved, atol=1e-8)
    decided = np.abs(np.diff(np.sort(seen @ solved), axis=1)[:, -1]) > 1e-7
    assert decided.sum() > steps / 2
    expected = trained.classes[np.argmax(seen @ solved, axis=1)]
    np.testing.assert_array_equal(trained.predict(states)[decided], expected[decided])
    assert trained == readout.least_squares(sorn.SpikeTrain(states), labels, bias=bias)
    assert trained == readout.least_squares(states[kept].astype(float), labels[kept].astype(float), bias=bias)


@pytest.mark.parametrize("bias", [False, True])
def test_ridge_is_that_of_scikit_learn(bias: bool) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    states, labels = states_and_labels()
    kept = labels != -1
    theirs = linear_model.Ridge(alpha=2.5, fit_intercept=bias).fit(states[kept], one_hot(labels[kept]))
    ours = readout.ridge(states, labels, 2.5, bias=bias)
    np.testing.assert_allclose(ours.weights, theirs.coef_, atol=1e-10)
    assert (ours.bias is None) == (not bias)
    if bias:
        np.testing.assert_allclose(ours.bias, theirs.intercept_, atol=1e-10)


def test_real_states_and_outputs() -> None:
    generator = np.random.default_rng(1)
    states, outputs = generator.normal(size=(300, 20)), generator.normal(size=(300, 2))
    trained = readout.least_squares(states, outputs)
    assert trained.classes.tolist() == [0, 1]
    np.testing.assert_allclose(trained.weights, (np.linalg.pinv(states) @ outputs).T, atol=1e-10)
    spikes = (states > 1).astype(int)
    np.testing.assert_allclose(
        readout.least_squares(spikes, outputs).weights, (np.linalg.pinv(spikes) @ outputs).T, atol=1e-10
    )
    summed = np.hstack([states, states[:, :1] + states[:, 1:2]])  # of rank 20
    np.testing.assert_allclose(
        readout.least_squares(summed, outputs).weights, (np.linalg.pinv(summed) @ outputs).T, atol=1e-8
    )


def test_pieces_give_the_bits_of_the_whole() -> None:
    states, labels = states_and_labels(5000)
    whole, pieces = readout.Training(bias=True), readout.Training(bias=True)
    whole.add(states, labels)
    for part in np.array_split(np.random.default_rng(3).permutation(5000), [1, 65, 700, 701]):
        pieces.add(states[part], labels[part])
    assert whole.least_squares() == pieces.least_squares()
    assert whole.ridge(0.1) == pieces.ridge(0.1)
    assert whole.ridge(0.1) == readout.ridge(states, labels, 0.1, bias=True)


@pytest.mark.parametrize("classes", [2, 3])
def test_logistic_is_that_of_scikit_learn(classes: int) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    states, labels = states_and_labels()
    labels[labels == 11] = 11 if classes == 3 else -1
    kept = labels != -1
    theirs = linear_model.LogisticRegression(C=0.5, max_iter=1000).fit(states[kept], labels[kept])
    ours = readout.logistic(states, labels, C=0.5)
    np.testing.assert_array_equal(ours.predict(states), theirs.predict(states))
    odds = np.exp(ours.scores(states))
    np.testing.assert_allclose(odds / odds.sum(axis=1, keepdims=True), theirs.predict_proba(states), atol=1e-9)


def test_logistic_counts_equal_states() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    states, labels = states_and_labels()
    few = np.random.default_rng(2).integers(20, size=400)
    states, labels = states[few], labels[few]
    kept = labels != -1
    theirs = linear_model.LogisticRegression(C=0.5, max_iter=1000).fit(states[kept], labels[kept])
    ours = readout.logistic(states, labels, C=0.5)
    odds = np.exp(ours.scores(states))
    np.testing.assert_allclose(odds / odds.sum(axis=1, keepdims=True), theirs.predict_proba(states), atol=1e-6)


def test_accuracy_leaves_steps_out() -> None:
    true, predicted = [0, 1, -1, 2], [0, 2, 5, 2]
    assert readout.accuracy(true, predicted) == pytest.approx(2 / 3)
    assert readout.accuracy(true, predicted, only=[True, False, True, True]) == 1.0
    with pytest.raises(StateError, match="no step"):
        readout.accuracy(true, predicted, only=[False, False, True, False])
    with pytest.raises(ShapeError, match="3 predictions for 4"):
        readout.accuracy(true, predicted[:3])


def test_a_readout_is_a_value() -> None:
    states, labels = states_and_labels()
    trained = readout.ridge(states, labels, bias=True)
    assert pickle.loads(pickle.dumps(trained)) == trained
    assert trained != readout.ridge(states, labels)
    assert repr(trained) == "<Readout of 3 classes from 40 units, with bias>"
    with pytest.raises(ValueError, match="read-only"):
        trained.weights[0, 0] = 1
    with pytest.raises(AttributeError):
        trained.bias = None  # type: ignore[misc]
    tied = readout.Readout([[1.0, 0.0], [1.0, 0.0]], None, [4, 9])  # type: ignore[arg-type]
    assert tied.predict([[1, 0]]).tolist() == [4]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda s, y: readout.ridge(s, y, 0), ParameterError, "mu = 0"),
        (lambda s, y: readout.ridge(s, y, float("nan")), ParameterError, "mu = nan"),
        (lambda s, y: readout.least_squares(s, y[1:]), ShapeError, "699 targets for 700"),
        (lambda s, y: readout.least_squares(s, y - 1), StateError, "= -2"),
        (lambda s, y: readout.least_squares(s, y + 0.5), StateError, "whole"),
        (lambda s, y: readout.least_squares(s, y * 0 - 1), StateError, "no step"),
        (lambda s, y: readout.least_squares(s[0], y), ShapeError, "time, units"),
        (lambda s, y: readout.least_squares(np.where(s == 1, np.nan, s), y), StateError, "nan"),
        (lambda s, y: readout.least_squares(s, y).scores(s[:, 1:]), ShapeError, "39 units"),
        (lambda s, y: readout.logistic(s, np.ones_like(y)), StateError, "two classes"),
        (lambda s, y: readout.logistic(s, y, C=0), ParameterError, "C = 0"),
        (lambda s, y: readout.Readout(np.eye(2), None, [1]), ShapeError, "classes"),
    ],
)
def test_what_does_not_fit_is_refused(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(*states_and_labels())
