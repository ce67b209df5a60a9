"""sorn.readout beside the pseudo-inverse of NumPy and scikit-learn."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from test_readme import blocks

import sorn
from sorn import ParameterError, ShapeError, StateError, readout, sources


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


# --- Closed loops


WORDS = sources.Words(["ABC", "DE"], pools="overlapping", pool_size=5, seed=9)


def network_and_readout(seed: int = 1) -> tuple[sorn.Network, readout.Readout]:
    """A network, and a readout whose weights mean nothing, so that its symbols change all the time."""
    network = sorn.Network(ne=60, nu=60, h_ip=0.1, lambda_ee=8, seed=seed)  # step() takes the drive of all units
    generator = np.random.default_rng(seed)
    weights, bias = generator.normal(size=(5, 60)), 0.1 * generator.normal(size=5)
    return network, readout.Readout(weights, bias, np.arange(5))


def by_hand(
    network: sorn.Network, trained: readout.Readout, steps: int, start: int | None, shows: Any = lambda label: label
) -> list[int]:
    pools = WORDS.pools_of(60)
    shown = []
    for step in range(steps):
        state = np.asarray(network.state["X"], float).reshape(60, -1)[:, -1]
        symbol = start if step == 0 and start is not None else shows(int(trained.predict(state[None])[0]))
        drive = np.zeros(60)
        if symbol >= 0:
            drive[pools[symbol]] = 1.0
        network.step(drive)
        shown.append(symbol)
    return shown


@pytest.mark.parametrize("start", [None, "D"])
def test_a_closed_loop_is_a_loop_by_hand(start: str | None) -> None:
    network, trained = network_and_readout()
    other, third = network.copy(), network.copy()
    first = None if start is None else WORDS.alphabet.index(start)
    expected = by_hand(other, trained, 300, first)
    assert trained.generate(network, 300, WORDS, start=start, phase="plasticity").tolist() == expected
    assert len(set(expected)) > 2
    assert network == other
    loop = sources.ClosedLoop(trained, WORDS, start=start)
    run = third.run(loop, 300, record=["symbol", "E"], threads=2)
    assert run["symbol"].tolist() == expected
    assert third == other
    np.testing.assert_array_equal(trained.predict(run["E"])[:-1], expected[1:])


def test_a_closed_loop_goes_on() -> None:
    network, trained = network_and_readout(2)
    other = network.copy()
    whole = trained.generate(network, 300, WORDS, start="A")
    first = trained.generate(other, 100, WORDS, start="A")
    np.testing.assert_array_equal(np.concatenate([first, trained.generate(other, 200, WORDS)]), whole)
    assert network == other
    assert network.Wee.nnz == network_and_readout(2)[0].Wee.nnz  # the rules rest


@pytest.mark.parametrize(
    "symbols", [{10: "E", 20: None, 30: "A", 40: 2, 50: "_"}, ["E", "_", "A", 2, -1], np.array([4, -1, 0, 2, -1])]
)
def test_labels_need_not_be_symbols(symbols: Any) -> None:
    network, numbered = network_and_readout(3)
    trained = readout.Readout(numbered.weights, numbered.bias, np.array([10, 20, 30, 40, 50]))
    with pytest.raises(ParameterError, match="label 10 of the readout"):
        trained.generate(network, 10, WORDS)
    other = network.copy()
    shown = trained.generate(network, 300, WORDS, symbols=symbols, phase="plasticity")
    expected = by_hand(other, trained, 300, None, {10: 4, 20: -1, 30: 0, 40: 2, 50: -1}.__getitem__)
    assert shown.tolist() == expected
    assert set(expected) >= {-1, 4}
    assert set(WORDS.spelled(shown)) <= set("EA_C")


def test_a_network_that_counts_goes_on_counting() -> None:
    counting = sources.Words(["ABBC"], pool_size=10)
    network = sorn.Network(variant="lazar2009", ne=100, nu=10, seed=1)
    network.run(counting, 10_000)
    run = network.run(counting, 2_000, phase="training", record=["E", "symbol"])
    trained = readout.ridge(run["E"][:-1], run["symbol"][1:])
    text = counting.spelled(trained.generate(network, 400, counting))
    assert text.count("ABBC") >= 99


def test_a_closed_loop_in_a_file_is_resumed(tmp_path: Any) -> None:
    network, trained = network_and_readout(4)
    loop = pickle.loads(pickle.dumps(sources.ClosedLoop(trained, WORDS, start="A")))

    def stop(done: int, _: int) -> None:
        if done > 250:
            raise KeyboardInterrupt

    path = tmp_path / "run.h5"
    with pytest.raises(KeyboardInterrupt):
        network.copy().run(loop, 10**9, record=["symbol"], out=path, checkpoint_every=100, progress=stop)
    _, file = sorn.resume(path, loop, time_steps=file_steps(path))
    with file:
        symbols = file["symbol"][:]
        assert len(symbols) > 250
        again = network.copy().run(loop, len(symbols), record=["symbol"])["symbol"]
        np.testing.assert_array_equal(symbols, again)
        assert file.run["inputs"] == "own source"


def file_steps(path: Any) -> int:
    """A little more than the steps of an interrupted run."""
    newest = max(int(one.name.split("-")[-1]) for one in path.parent.glob("*.checkpoint-*"))
    return newest + 150


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda n, r: r.generate(n, 10, WORDS, start="Z"), ParameterError, "start = 'Z'"),
        (lambda n, r: r.generate(n, 10, WORDS, start=5), ParameterError, r"start = 5.*\[0, 4\]"),
        (lambda n, r: r.generate(n, 10, WORDS, symbols=["A"]), ShapeError, "1 entries"),
        (lambda n, r: r.generate(n, 10, WORDS, symbols={0: "A"}), ParameterError, "nothing for label 1"),
        (lambda n, r: r.generate(n, 10, WORDS, symbols=7), ParameterError, "type int"),
        (lambda n, r: r.generate(n, 10, "counting"), ParameterError, "source is of type str"),
        (lambda n, r: r.generate(None, 10, WORDS), ParameterError, "network is of type NoneType"),
        (lambda n, r: r.generate(n, None, WORDS), ParameterError, "time_steps"),
        (lambda n, r: r.generate(sorn.Network(ne=61, seed=1), 10, WORDS), ShapeError, "must have ne = 61"),
        (lambda n, r: sources.ClosedLoop(None, WORDS), ParameterError, "readout is of type NoneType"),
        (lambda n, r: n.run(sources.ClosedLoop, 10), ParameterError, "must be a source"),
        (lambda n, r: sorn.ensemble(2, sources.ClosedLoop(r, WORDS), 10, ne=60), ParameterError, "own"),
        (lambda n, r: WORDS.spelled([5]), StateError, "symbols holds 5"),
    ],
)
def test_a_closed_loop_that_does_not_fit_is_refused(call: Any, error: type[Exception], message: str) -> None:
    network, trained = network_and_readout()
    before = network.copy()
    with pytest.raises(error, match=message):
        call(network, trained)
    assert network == before


# --- Step by step


def test_recursive_least_squares_is_ridge() -> None:
    states, labels = states_and_labels()
    labels = np.where(labels == 11, 0, labels - 1)  # -2 … 2
    labels[labels < 0] = -1
    online = readout.RecursiveLeastSquares(40, 3, delta=0.5)
    for state, label in zip(states[:50], labels[:50], strict=True):
        online.add(state, label)
    online.add(states[50:], labels[50:])
    expected = readout.ridge(states, labels, 0.5)
    assert online.steps == np.count_nonzero(labels != -1)
    np.testing.assert_allclose(online.readout.weights, expected.weights, atol=1e-9)
    np.testing.assert_array_equal(online.readout.classes, [0, 1, 2])
    np.testing.assert_allclose(online.scores(states), expected.scores(states), atol=1e-8)
    assert online.predict(states[3]) == online.readout.predict(states)[3]
    np.testing.assert_array_equal(online.predict(states), online.readout.predict(states))


def test_recursive_least_squares_forgets() -> None:
    generator = np.random.default_rng(5)
    states = generator.normal(size=(120, 7))
    outputs = generator.normal(size=(120, 2))
    online = readout.RecursiveLeastSquares(7, 2, forgetting=0.95, delta=2.0, bias=True)
    for state, output in zip(states, outputs, strict=True):
        online.add(state, output)
    seen = np.hstack([states, np.ones((120, 1))])
    weights = 0.95 ** np.arange(119, -1, -1.0)
    products = seen.T @ (weights[:, None] * seen) + 0.95**120 * 2.0 * np.eye(8)
    solved = np.linalg.solve(products, seen.T @ (weights[:, None] * outputs)).T
    np.testing.assert_allclose(online.readout.weights, solved[:, :7], atol=1e-9)
    np.testing.assert_allclose(online.readout.bias, solved[:, 7], atol=1e-9)  # type: ignore[arg-type]


def test_recursive_least_squares_learns_in_a_closed_loop() -> None:
    counting = sources.Words(["ABBC"], pool_size=10)
    network = sorn.Network(variant="lazar2009", ne=100, nu=10, seed=1)
    network.run(counting, 10_000)
    online = readout.RecursiveLeastSquares(100, 3)
    state, right = np.zeros(100), []
    for _ in range(600):
        run = network.run(counting, 1, phase="training", record=["E", "symbol"])
        right.append(online.predict(state) == run["symbol"][0])
        online.add(state, run["symbol"][0])
        state = run["E"][0]
    assert np.mean(right[:100]) < np.mean(right[-100:])
    assert np.mean(right[-100:]) > 0.98


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda r: r.add([1.0, 0.0], 0), ShapeError, "must have 3 units"),
        (lambda r: r.add([1.0, 0.0, np.nan], 0), StateError, "nan"),
        (lambda r: r.add([1.0, 0.0, 0.0], 2), StateError, r"label 2: must be a class in \[0, 1\]"),
        (lambda r: r.add([1.0, 0.0, 0.0], -2), StateError, "label -2"),
        (lambda r: r.add([1.0, 0.0, 0.0], 0.5), StateError, "whole"),
        (lambda r: r.add([1.0, 0.0, 0.0], [1.0, 2.0, 3.0]), ShapeError, "must have 2"),
        (lambda r: r.add([[1.0, 0.0, 0.0]], [0, 1]), ShapeError, "2 targets for 1"),
        (lambda r: r.add([[1.0, 0.0, 0.0]], 0), ShapeError, "target has shape"),
        (lambda r: r.predict([1.0]), ShapeError, "must have 3 units"),
        (lambda r: readout.RecursiveLeastSquares(0, 2), ParameterError, "units = 0"),
        (lambda r: readout.RecursiveLeastSquares(3, 2, forgetting=0), ParameterError, "forgetting = 0"),
        (lambda r: readout.RecursiveLeastSquares(3, 2, delta=-1), ParameterError, "delta = -1"),
    ],
)
def test_recursive_least_squares_refuses(call: Any, error: type[Exception], message: str) -> None:
    online = readout.RecursiveLeastSquares(3, 2)
    with pytest.raises(error, match=message):
        call(online)
    assert online.steps == 0
    assert not online.readout.weights.any()


# --- From files


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A file, and the same recordings in memory."""
    path = tmp_path_factory.mktemp("readout") / "run.h5"
    network = sorn.Network(ne=600, nu=5, lambda_ee=8, seed=1)
    network.run(WORDS, 100)
    record = ["E", "symbol", "I@500:", "TE/10", "C/10", "R/10", "A"]
    with network.copy().run(WORDS, 8000, record=record, out=path):
        pass
    return path, network.run(WORDS, 8000, record=record)


def test_training_on_a_file_is_training_in_memory(recorded: Any) -> None:
    path, run = recorded  # in two parts
    for lag in (0, 1, 7):
        streamed, whole = readout.Training(bias=True), readout.Training(bias=True)
        streamed.add_file(path, lag=lag)
        whole.add(run["E"][: 8000 - lag], run["symbol"][lag:])
        assert streamed.ridge(1.0) == whole.ridge(1.0)
    streamed, whole = readout.Training(), readout.Training()
    with sorn.open(path) as file:
        streamed.add_file(file, state="I", lag=3, begin=700, end=7000)
        streamed.add_file(file, state="I", lag=3, begin=7000)
    whole.add(run["I"][700 - 3 - 500 : -3], run["symbol"][600:])  # step 100 is the first, and the first of I is 500
    assert streamed.least_squares() == whole.least_squares()


def test_real_states_and_targets_of_a_file(recorded: Any) -> None:
    path, run = recorded
    streamed, whole = readout.Training(), readout.Training()
    streamed.add_file(path, state="R", target="TE", lag=20)
    whole.add(run["R"][:-2], run["TE"][2:])
    np.testing.assert_allclose(streamed.ridge(1.0).weights, whole.ridge(1.0).weights, atol=1e-9)
    streamed, whole = readout.Training(), readout.Training()
    streamed.add_file(path, state="TE", target="C")
    whole.add(run["TE"], run["C"][:, None].astype(float))
    np.testing.assert_allclose(streamed.ridge(1.0).weights, whole.ridge(1.0).weights, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"state": "O"}, "the recording O"),
        ({"state": "WEE"}, "a number for each unit"),
        ({"state": "A"}, "a number for each unit"),
        ({"target": "WEE"}, "must not be weights"),
        ({"state": "TE"}, "the same stride"),
        ({"state": "TE", "target": "C", "lag": 5}, "multiple of the stride, 10"),
        ({"lag": 8000}, "must leave a step"),
        ({"lag": 2**62}, "must leave a step"),
        ({"begin": 8100}, "must leave a step"),
        ({"end": 100}, "must leave a step"),
        ({"lag": -1}, "lag = -1"),
        ({"state": 7}, "state = 7"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(recorded: Any, arguments: dict[str, Any], message: str) -> None:
    training = readout.Training()
    training.add([[1] * 600], [0])
    before = training.least_squares()
    with pytest.raises(ParameterError, match=message):
        training.add_file(recorded[0], **arguments)
    assert training.least_squares() == before
    with pytest.raises(ShapeError, match="must have 600"):
        training.add_file(recorded[0], state="I")
    assert training.least_squares() == before


def test_the_page_runs() -> None:
    namespace: dict[str, object] = {}
    for block in blocks("{code-cell} python", "docs/readout.md"):
        exec(compile(block, "readout.md", "exec"), namespace)
    assert isinstance(namespace["trained"], readout.Readout)
