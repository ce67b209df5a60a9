"""Tasks for reservoirs, against loops that say the same in few words, and measures of known states."""

from __future__ import annotations

import doctest
import pickle
import sys
from typing import Any

import numpy as np
import pytest
from test_readme import blocks

import sorn
from sorn import readout, sources, tasks
from sorn._tasks import labels
from sorn.tasks import Task

SHORT = {"washout": 30, "train_steps": 400, "test_steps": 200}


def delay_line(length: int, first: int = 1) -> Any:
    """A reservoir that holds the last inputs, those of `first` to `first` + length - 1 steps ago."""

    def states(inputs: np.ndarray) -> np.ndarray:
        rows = np.zeros((len(inputs), length * inputs.shape[1]))
        for t in range(len(inputs)):
            for k in range(length):
                if t >= k + first:
                    rows[t, k * inputs.shape[1] : (k + 1) * inputs.shape[1]] = inputs[t - k - first]
        return rows

    return states


# --- tasks -----------------------------------------------------------------------------------------------------------


def test_a_perfect_delay_line_has_the_capacity_of_its_length() -> None:
    task = tasks.memory_capacity(7, seed=1, **SHORT)
    assert tasks.evaluate(task, delay_line(7), mu=1e-9).score == pytest.approx(7, abs=1e-9)
    longer = tasks.memory_capacity(30, seed=1, washout=50, train_steps=4000, test_steps=2000)
    assert longer.floor == 30 / 1999
    found = tasks.evaluate(longer, delay_line(7), mu=1e-9)
    assert found.score == pytest.approx(7, abs=0.1)
    each = tasks.squared_correlations(longer.targets[longer.test], found.predictions)
    assert (each[:7] > 1 - 1e-9).all()
    assert (each[7:] < 0.02).all()
    assert tasks.evaluate(longer, delay_line(1, first=0)).score < 0.1  # the present input is no memory
    for t in (40, 199):
        np.testing.assert_array_equal(longer.targets[t], longer.inputs[t - 30 : t, 0][::-1])
    assert np.abs(longer.inputs).max() <= 0.5


@pytest.mark.parametrize("n", [1, 3, 10])
def test_narma_against_its_formula(n) -> None:
    task = tasks.narma(n, seed=2, **SHORT)
    u = task.inputs[:, 0]
    assert 0 <= u.min() < u.max() <= 0.5
    y = np.zeros(len(u) + 1)
    for t in range(len(u)):
        memory = sum(y[t - i] for i in range(n) if t - i >= 0)
        product = u[t - n + 1] * u[t] if t - n + 1 >= 0 else 0
        y[t + 1] = 0.3 * y[t] + 0.05 * y[t] * memory + 1.5 * product + 0.1
    np.testing.assert_allclose(task.targets[:, 0], y[1:], rtol=1e-12)
    test = y[1:][task.test]
    assert task.score(np.full((200, 1), test.mean())) == pytest.approx(task.floor) == pytest.approx(1)
    assert task.score(test[:, None] + 0.1) == pytest.approx(0.1 / test.std())
    assert not task.higher_is_better


def test_narma_that_diverges() -> None:
    with pytest.raises(sorn.ParameterError, match="order = 40: the series diverges with each of 100 inputs; 10"):
        tasks.narma(40, seed=1, **SHORT)
    # Some inputs of this order diverge, and are drawn anew.
    tried = [tasks.narma(12, seed=seed, **SHORT) for seed in range(10)]
    assert all(task.targets.max() < 100 for task in tried)
    first = [np.random.default_rng(task.seed).uniform(0, 0.5, 630) for task in tried]
    anew = [not np.array_equal(u, task.inputs[:, 0]) for u, task in zip(first, tried, strict=True)]
    assert 0 < sum(anew) < 10


@pytest.mark.parametrize(("n", "delay"), [(1, 0), (2, 0), (2, 3), (3, 1), (5, 0)])
def test_parity_against_a_loop(n, delay) -> None:
    task = tasks.delayed_parity(n, delay, seed=4, **SHORT)
    bits = (task.inputs[:, 0] > 0).astype(int)
    np.testing.assert_array_equal(np.where(bits, 1.0, -1.0), task.inputs[:, 0])
    np.testing.assert_array_equal(task.symbols, bits)
    np.testing.assert_array_equal(task.one_hot, np.eye(2)[bits])
    assert 0.4 < bits.mean() < 0.6
    for t, label in enumerate(task.targets):
        if t < delay + n - 1:
            assert label == -1
        else:
            odd = False
            for k in range(delay, delay + n):
                odd ^= bool(bits[t - k])
            assert label == odd
    majority = np.bincount(task.targets[task.train]).argmax()
    assert task.floor == np.mean(task.targets[task.test] == majority)
    xor = tasks.delayed_xor(delay, seed=4, **SHORT)
    assert np.array_equal(xor.targets, task.targets) == (n == 2)


def test_products_of_bits_solve_xor_and_bits_do_not() -> None:
    task = tasks.delayed_xor(2, seed=1, **SHORT)
    line = delay_line(2, first=2)(task.inputs)
    assert tasks.evaluate(task, line[:, :1] * line[:, 1:]).score == 1
    assert tasks.evaluate(task, line).score < 0.65


def test_counting_against_a_loop() -> None:
    letter, last, position = (
        tasks.counting(5, target, seed=3, **SHORT) for target in ("letter", "last_letter", "position")
    )
    text = sources.Counting(5).show(631, seed=3)
    assert letter.alphabet == tuple("ABCDEF")
    place = 0
    for t in range(630):
        following = text[t + 1]
        place = 0 if following in "AD" else place + 1
        assert letter.alphabet[letter.symbols[t]] == text[t]
        assert letter.alphabet[letter.targets[t]] == letter.alphabet[last.targets[t]] == following
        assert letter.scored[t] == (following in "BCEF")
        assert last.scored[t] == (following in "CF")
        assert position.targets[t] == place or t < 6  # the first word may have begun before
        np.testing.assert_array_equal(letter.inputs[t], np.eye(6)[letter.symbols[t]])
    assert position.targets.max() == 6
    assert letter.floor == pytest.approx(5 / 6, abs=0.02)
    assert last.floor == 0
    counted = delay_line(6, first=0)
    assert tasks.evaluate(last, counted).score == tasks.evaluate(position, counted).score == 1
    assert tasks.evaluate(last, delay_line(3, first=0)).score == 0
    assert tasks.evaluate(letter, delay_line(3, first=0)).score == letter.floor


def test_the_floor_of_symbols_against_a_loop() -> None:
    task = tasks.grammar(seed=1, washout=100, train_steps=2000, test_steps=500)
    followed: dict[int, list[int]] = {}
    for t in range(100, 2100):
        followed.setdefault(int(task.symbols[t]), []).append(int(task.targets[t]))
    right = [
        np.bincount(followed[int(task.symbols[t])]).argmax() == task.targets[t]
        for t in range(2100, 2600)
        if int(task.symbols[t]) in followed
    ]
    assert task.floor == pytest.approx(np.mean(right), abs=0.01)
    np.testing.assert_array_equal(task.targets[:-1], task.symbols[1:])
    assert task.inputs.shape == (2600, len(task.alphabet))
    shown = sources.Grammar("FDT").show(2600, seed=1)
    assert "".join(task.alphabet[k] for k in task.symbols) == shown


def test_the_table_of_labels_against_a_loop() -> None:
    rng = np.random.default_rng(7)
    for steps in (1, 6, 40):
        symbols, found_labels = rng.integers(-1, 3, steps), rng.integers(-1, 4, steps)
        table = labels.most_frequent_label(symbols, found_labels, 4)
        assert table.shape == (5,)
        known = [label for label in found_labels if label >= 0]
        for symbol in (-1, 0, 1, 2, 3):
            here = [label for s, label in zip(symbols, found_labels, strict=True) if s == symbol and label >= 0]
            best = max(range(4), key=lambda label: (here.count(label), known.count(label), -label))
            assert table[symbol] == (best if known else -1)
    np.testing.assert_array_equal(labels.place_in_word(np.array([0, 1, 0, 0, 1, 1], bool)), [-1, 0, 1, 2, 0, 0])
    assert labels.place_in_word(np.zeros(0, bool)).shape == (0,)


def test_random_sequence_repeats_and_labels_places() -> None:
    task = tasks.random_sequence(37, 5, seed=2, **SHORT)
    np.testing.assert_array_equal(task.symbols[37:], task.symbols[:-37])
    np.testing.assert_array_equal(task.targets[:40], [*range(1, 37), 0, 1, 2, 3])
    assert set(task.symbols) == set(range(5))
    assert tasks.evaluate(task, delay_line(12, first=0)).score == 1
    assert tasks.evaluate(task, task.one_hot).score <= task.floor < 0.5


def test_text_is_read_once() -> None:
    text = "to be or not to be. " * 30
    task = tasks.text_prediction(text, train_share=0.6, washout=40)
    steps = len(text) - 1
    assert (task.train, task.test) == (slice(40, round(0.6 * steps)), slice(round(0.6 * steps), steps))
    assert "".join(task.alphabet[k] for k in task.symbols) == text[:-1]
    assert "".join(task.alphabet[k] for k in task.targets) == text[1:]
    assert tasks.evaluate(task, delay_line(12, first=0)).score == 1
    assert tasks.evaluate(task, task.inputs).score == task.floor < 0.8
    with pytest.raises(sorn.ParameterError, match="text has 5 characters: too few to train and to test after 200"):
        tasks.text_prediction("to be")


def test_pauses_are_no_symbols() -> None:
    task = tasks.next_symbol(sources.Trials(sources.Words("AB"), 2), seed=1, **SHORT)
    assert set(task.symbols) == set(task.targets) == {-1, 0, 1}
    np.testing.assert_array_equal(task.inputs[task.symbols == -1], 0)
    np.testing.assert_array_equal(task.one_hot, task.inputs)
    assert task.floor == 1  # after A comes B, and after a pause, if anything, A
    silent = tasks.next_symbol(sources.Silence(), seed=1, **SHORT) if len(sources.Silence().alphabet) else None
    assert silent is None or silent.floor == 0


MAKERS = {
    "memory_capacity": tasks.memory_capacity,
    "narma": tasks.narma,
    "parity": tasks.delayed_parity,
    "xor": tasks.delayed_xor,
    "counting": tasks.counting,
    "sequence": tasks.random_sequence,
    "grammar": tasks.grammar,
    "next": lambda **options: tasks.next_symbol(sources.RandomSymbols(4), **options),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_seed_decides_and_the_parts_follow_each_other(make) -> None:
    one, same, other = (make(seed=seed, **SHORT) for seed in (5, 5, 6))
    assert (one.train, one.test, len(one.inputs)) == (slice(30, 430), slice(430, 630), 630)
    np.testing.assert_array_equal(one.inputs, same.inputs)
    np.testing.assert_array_equal(one.targets, same.targets)
    assert not np.array_equal(one.inputs, other.inputs)
    assert one.floor == same.floor
    np.random.seed(3)
    drawn = make(**SHORT)
    np.testing.assert_array_equal(make(seed=drawn.seed, **SHORT).inputs, drawn.inputs)
    np.random.seed(3)
    assert make(**SHORT).seed == drawn.seed
    copied = pickle.loads(pickle.dumps(one))
    assert repr(copied) == repr(one)
    np.testing.assert_array_equal(copied.targets, one.targets)


# --- evaluating ------------------------------------------------------------------------------------------------------


def test_evaluating_is_ridge_with_the_penalty_that_is_best_in_training() -> None:
    task = tasks.narma(5, seed=1, **SHORT)
    rng = np.random.default_rng(0)
    states = np.tanh(delay_line(9, first=0)(task.inputs) @ rng.normal(size=(9, 60))) + 0.02 * rng.normal(size=(630, 60))

    def by_hand(fitted: slice, tested: slice, mu: float) -> np.ndarray:
        x, y = states[fitted], task.targets[fitted]
        mean = x.mean(axis=0)
        weights = np.linalg.solve((x - mean).T @ (x - mean) + mu * np.eye(60), (x - mean).T @ (y - y.mean()))
        return (states[tested] - mean) @ weights + y.mean()

    penalties = [1e-4, 1e-1, 10.0, 1e4]
    errors = []
    for mu in penalties:
        found = tasks.evaluate(task, states, mu=mu)
        np.testing.assert_allclose(found.predictions, by_hand(task.train, task.test, mu), rtol=1e-6, atol=1e-9)
        assert (found.mu, found.score) == (mu, task.score(found.predictions))
        tried = by_hand(slice(30, 350), slice(350, 430), mu)
        errors.append(np.mean((tried - task.targets[350:430]) ** 2))
    best = penalties[int(np.argmin(errors))]
    assert best not in (penalties[0], penalties[-1])  # or the choice would be none
    chosen = tasks.evaluate(task, states, mu=penalties)
    assert chosen.mu == best
    np.testing.assert_array_equal(chosen.predictions, tasks.evaluate(task, states, mu=best).predictions)
    assert chosen.readout.weights.shape == (1, 60)


def test_labels_are_predicted_by_the_readout_of_this_package() -> None:
    task = tasks.counting(3, seed=1, **SHORT)
    states = delay_line(2, first=0)(task.inputs)
    trained = readout.ridge(states[task.train], task.targets[task.train], 1.0, bias=True)
    found = tasks.evaluate(task, states, mu=1.0)
    assert found.readout == trained
    answers = trained.predict(states[task.test])
    np.testing.assert_array_equal(found.predictions, answers)
    counted = task.scored[task.test]
    assert found.score == np.mean((answers == task.targets[task.test])[counted])


def test_states_functions_and_spike_trains_are_reservoirs() -> None:
    task = tasks.counting(3, seed=1, **SHORT)
    network = sorn.Network(ne=60, nu=60, lambda_ee=8, h_ip=0.1, seed=1)

    def reservoir(inputs: np.ndarray) -> np.ndarray:
        drive = np.repeat(inputs, 10, axis=1).T
        return network.copy().run(drive, phase="training", noise=False, record=["E"])["E"]

    spikes = reservoir(task.inputs)
    scores = {tasks.evaluate(task, given).score for given in (reservoir, spikes, sorn.SpikeTrain(spikes))}
    assert len(scores) == 1
    assert scores.pop() > 0.6


def test_scores() -> None:
    parts = {"train": slice(0, 4), "test": slice(4, 8), "floor": 0.0, "floor_is": "nothing"}
    x = np.zeros((8, 1))
    labels = Task("labels", x, np.array([0, 1, 2, 0, 1, -1, 2, 0]), measure="accuracy", **parts)
    assert labels.score([1, 0, 2, 2]) == pytest.approx(2 / 3)  # one is left out
    some = Task("some", x, labels.targets, measure="accuracy", scored=np.arange(8) != 4, **parts)
    assert some.score([1, 0, 2, 2]) == 0.5
    two = np.arange(16.0).reshape(8, 2)
    real = Task("real", x, two, measure="capacity", **parts)
    assert real.score(two[4:] * [-3, 0] + 1) == pytest.approx(1)  # the sign is no matter; a constant knows nothing
    error = Task("error", x, two, measure="nrmse", **parts)
    assert error.score(two[4:] + 1) == pytest.approx(1 / np.sqrt(5))
    with pytest.raises(sorn.ParameterError, match="real has no symbols"):
        _ = real.one_hot
    with pytest.raises(sorn.ShapeError, match=r"predictions has shape \(3,\): must be \(4,\)"):
        labels.score([1, 2, 3])
    with pytest.raises(sorn.ShapeError, match=r"predictions has shape \(4, 1\): must be \(4, 2\)"):
        real.score(np.zeros((4, 1)))
    with pytest.raises(sorn.StateError, match="predictions holds nan"):
        error.score(np.full((4, 2), np.nan))


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"inputs": np.zeros(8)}, sorn.ShapeError, "inputs has shape"),
        ({"targets": np.zeros(7, int)}, sorn.ShapeError, "targets has 7 entries: must have 8"),
        ({"targets": np.full(8, -2)}, sorn.StateError, "targets holds -2"),
        ({"targets": np.zeros((8, 1))}, sorn.ShapeError, r"must be \(time,\) for accuracy"),
        ({"measure": "loss"}, sorn.UnknownNameError, "measure = 'loss'"),
        ({"test": slice(9, 12)}, sorn.ShapeError, r"test = slice\(9, 12, None\): must be a slice of the 8 steps"),
        ({"train": slice(0, 4, 2)}, sorn.ShapeError, "train = slice"),
        ({"scored": np.ones(3, bool)}, sorn.ShapeError, "scored has 3 entries"),
    ],
)
def test_wrong_tasks(changes, error, words) -> None:
    usual = {
        "name": "none",
        "inputs": np.zeros((8, 1)),
        "targets": np.zeros(8, int),
        "train": slice(0, 4),
        "test": slice(4, 8),
        "measure": "accuracy",
        "floor": 0.0,
        "floor_is": "nothing",
    }
    assert Task(**usual).score([0, 0, 0, 1]) == 0.75
    with pytest.raises(error, match=words):
        Task(**{**usual, **changes})


def test_wrong_arguments() -> None:
    task = tasks.delayed_xor(seed=1, **SHORT)
    with pytest.raises(sorn.ParameterError, match="task is of type int: must be a Task"):
        tasks.evaluate(3, np.zeros((3, 3)))  # type: ignore[arg-type]
    with pytest.raises(sorn.ShapeError, match=r"reservoir has shape \(9, 2\): must be \(630, units\)"):
        tasks.evaluate(task, np.zeros((9, 2)))
    with pytest.raises(sorn.ShapeError, match=r"what the reservoir returns has shape \(630, 0\)"):
        tasks.evaluate(task, lambda inputs: inputs[:, :0])
    for mu in (0, -1.0, [], [1.0, 0.0]):
        with pytest.raises(sorn.ParameterError, match="mu = "):
            tasks.evaluate(task, task.inputs, mu=mu)
    with pytest.raises(sorn.UnknownNameError, match="target = 'word'"):
        tasks.counting(4, "word")  # type: ignore[arg-type]
    with pytest.raises(sorn.ParameterError, match="train_share = 1"):
        tasks.text_prediction("abc" * 200, train_share=1.0)
    with pytest.raises(sorn.ParameterError, match="source is of type str"):
        tasks.next_symbol("counting")  # type: ignore[arg-type]
    with pytest.raises(sorn.ParameterError, match="common = 60: must be at most 50"):
        tasks.generalization_rank(np.array, common=60)
    with pytest.raises(sorn.ParameterError, match="reservoir is of type float: must be a function"):
        tasks.kernel_rank(1.0)  # type: ignore[arg-type]
    with pytest.raises(sorn.ParameterError, match="high = -2: must be above -1"):
        tasks.kernel_rank(np.array, high=-2)


# --- measures --------------------------------------------------------------------------------------------------------


def test_rank_of_known_matrices() -> None:
    rng = np.random.default_rng(1)
    assert tasks.rank(np.eye(5)) == 5
    assert tasks.rank(rng.normal(size=(30, 4)) @ rng.normal(size=(4, 20))) == 4
    assert tasks.rank(np.zeros((3, 3))) == tasks.rank(np.zeros((0, 3))) == 0
    assert tasks.rank(np.diag([1, 0.5, 1e-3])) == 3
    assert tasks.rank(np.diag([1, 0.5, 1e-3]), tolerance=0.01) == 2
    assert tasks.rank(1e-200 * np.eye(4)) == 4


@pytest.mark.parametrize(("length", "common", "expected"), [(6, 4, 3), (6, 6, 1), (6, 0, 6), (3, 10, 1)])
def test_ranks_of_a_delay_line(length, common, expected) -> None:
    """After streams that agree in the last steps it holds one equal part, and what lies before."""
    line = delay_line(length, first=0)
    assert tasks.kernel_rank(line, streams=20, steps=12, seed=1) == length
    assert tasks.kernel_rank(line, streams=4, steps=12, seed=1) == min(4, length)
    assert tasks.kernel_rank(line, streams=20, steps=12, features=2, seed=1) == 2 * length
    assert tasks.generalization_rank(line, common=common, streams=20, steps=12, seed=1) == expected
    assert tasks.kernel_rank(lambda inputs: np.ones((len(inputs), 7)), streams=20, steps=3, seed=1) == 1


def test_streams_are_uniform_and_seeded() -> None:
    seen: list[np.ndarray] = []

    def note(inputs: np.ndarray) -> np.ndarray:
        seen.append(inputs)
        return inputs

    tasks.generalization_rank(note, common=4, streams=30, steps=9, features=2, low=2, high=3, seed=5)
    first = np.array(seen)
    assert first.shape == (30, 9, 2)
    assert 2 <= first.min() < 2.1 < 2.9 < first.max() <= 3
    assert (first[:, 5:] == first[0, 5:]).all()
    assert (first[1:, :5] != first[0, :5]).all()
    seen.clear()
    tasks.generalization_rank(note, common=4, streams=30, steps=9, features=2, low=2, high=3, seed=5)
    np.testing.assert_array_equal(seen, first)


def test_separation() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 9, 4))
    np.testing.assert_allclose(
        tasks.separation(a, b),
        [sum((x - y) ** 2 for x, y in zip(*rows, strict=True)) ** 0.5 for rows in zip(a, b, strict=True)],
    )
    with pytest.raises(sorn.ShapeError, match=r"second has shape \(8, 4\): must be \(9, 4\)"):
        tasks.separation(a, b[1:])


def test_squared_correlations_of_known_values() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 50, 3))
    expected = [np.corrcoef(x[:, k], y[:, k])[0, 1] ** 2 for k in range(3)]
    np.testing.assert_allclose(tasks.squared_correlations(x, y), expected)
    np.testing.assert_allclose(tasks.squared_correlations(x * 1e200, y * 1e-200), expected)
    np.testing.assert_array_equal(tasks.squared_correlations(x, np.ones((50, 3))), 0)


def test_information_processing_capacity_of_known_functions() -> None:
    """Each function of the inputs alone has the capacity 1, in the degree of its polynomial."""
    rng = np.random.default_rng(1)
    u = rng.uniform(2, 6, 4000)
    v = (u - 4) / 2
    back = [np.roll(v, k) for k in range(12)]
    functions = [back[0], back[5], back[1] * back[3], 3 * back[2] ** 2 - 1, back[0] * back[1] * back[2], back[11]]
    states = np.array(functions).T @ rng.normal(size=(6, 6)) * 1e-3 + 7  # the readout may mix them
    for given in (u, u[:, None]):
        found = tasks.information_processing_capacity(given, states, max_delay=10, low=2, high=6)
        np.testing.assert_allclose(found, [2, 2, 1], atol=0.02)  # the last function lies further back
    seen = tasks.information_processing_capacity(u, states, max_degree=1, max_delay=11, low=2, high=6)
    np.testing.assert_allclose(seen, [3], atol=0.02)
    nothing = tasks.information_processing_capacity(u, rng.normal(size=(4000, 20)), max_delay=5, low=2, high=6)
    np.testing.assert_array_equal(nothing, 0)
    twice = tasks.information_processing_capacity(u, np.column_stack([states, states]), low=2, high=6)
    np.testing.assert_allclose(twice, [2, 2, 1], atol=0.02)
    np.testing.assert_array_equal(tasks.information_processing_capacity(u, np.ones((4000, 3)), low=2, high=6), 0)
    with pytest.raises(sorn.StateError, match=r"must be in \[-1, 1\]"):
        tasks.information_processing_capacity(u, states)
    with pytest.raises(sorn.ShapeError, match="inputs has 3 values: must have 4000"):
        tasks.information_processing_capacity(u[:3], states)
    with pytest.raises(sorn.ParameterError, match="too many functions with max_delay = 100"):
        tasks.information_processing_capacity(u, states, max_degree=5, max_delay=100)
    with pytest.raises(sorn.ShapeError, match="more than 11 steps"):
        tasks.information_processing_capacity(v[:11], states[:11])


# --- information -----------------------------------------------------------------------------------------------------


def entropy(*shares: float) -> float:
    return -sum(share * np.log2(share) for share in shares if share)


@pytest.mark.parametrize("correction", ["miller_madow", "shuffle", "none"])
def test_transfer_through_a_noisy_copy(correction) -> None:
    """A fair coin that is copied with errors transfers the capacity of the binary symmetric channel, and only forth."""
    rng = np.random.default_rng(1)
    for p in (0.0, 0.1, 0.3):
        x = rng.integers(2, size=20_000)
        y = np.roll(x, 1) ^ (rng.random(20_000) < p)
        options = {"correction": correction, "surrogates": 20, "seed": 1}
        assert tasks.transfer_entropy(x, y, **options) == pytest.approx(1 - entropy(p, 1 - p), abs=0.015)
        assert tasks.transfer_entropy(y, x, **options) == pytest.approx(0, abs=6e-4)
        assert tasks.transfer_entropy(x, x, **options) == pytest.approx(0, abs=6e-4)


def test_transfer_sees_what_no_pair_of_values_shows() -> None:
    """If y flips whenever x is 1, no value of x tells the next one of y without the past of y."""
    x = np.random.default_rng(2).integers(2, size=4000)
    y = np.concatenate([[0], np.cumsum(x)[:-1] % 2])
    assert tasks.transfer_entropy(x, y) == pytest.approx(1, abs=0.01)
    assert np.corrcoef(x[:-1], y[1:])[0, 1] == pytest.approx(0, abs=0.05)
    swapped = np.array(["a", "b"])[y] == "b"  # truth values, as the activity of a unit may be
    assert tasks.transfer_entropy(5 - 3 * x, swapped) == tasks.transfer_entropy(x, y)


def test_transfer_has_a_delay() -> None:
    x = np.random.default_rng(3).integers(3, size=20_000)
    y = np.roll(x, 3)
    by_delay = [tasks.transfer_entropy(x, y, delay=delay) for delay in range(5)]
    np.testing.assert_allclose(by_delay, [0, 0, 0, np.log2(3), 0], atol=1e-3)
    by_width = [tasks.transfer_entropy(x, y, source_history=width) for width in (1, 2, 3, 4)]
    np.testing.assert_allclose(by_width, [0, 0, np.log2(3), np.log2(3)], atol=0.01)
    assert tasks.transfer_entropy(x, x, delay=0) == pytest.approx(np.log2(3), abs=1e-3)


def test_transfer_against_the_sum_of_its_definition() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.integers(3, size=(2, 300))
    k, width, delay = 2, 3, 2
    seen: list[tuple[Any, Any, Any]] = [
        (y[t], tuple(y[t - k : t]), tuple(x[t - delay - width + 1 : t - delay + 1])) for t in range(4, 300)
    ]

    def share(matches: Any, given: Any) -> float:
        return sum(map(matches, seen)) / sum(map(given, seen))

    total = 0.0
    for now, past, other in seen:
        with_source = share(lambda s: s == (now, past, other), lambda s: s[1:] == (past, other))  # noqa: B023
        without = share(lambda s: s[:2] == (now, past), lambda s: s[1] == past)  # noqa: B023
        total += np.log2(with_source / without) / len(seen)
    options = {"history": k, "source_history": width, "delay": delay}
    assert tasks.transfer_entropy(x, y, correction="none", **options) == pytest.approx(total, abs=1e-12)
    assert total > 0.8  # of two series that are independent: this short, they need a correction
    shuffled = tasks.transfer_entropy(x, y, correction="shuffle", surrogates=50, seed=1, **options)
    assert abs(shuffled) < 0.05 < tasks.transfer_entropy(x, y, **options) < total


def test_corrections_take_the_bias_away() -> None:
    """Independent series: what is found without a correction is 1/(2 ln 2) bits for each parameter and step."""
    rng = np.random.default_rng(5)
    pairs = rng.integers(3, size=(100, 2, 300))
    plain = np.mean([tasks.transfer_entropy(x, y, correction="none") for x, y in pairs])
    assert plain == pytest.approx(2 * 2 * 3 / (2 * 299 * np.log(2)), rel=0.1)
    corrected = np.mean([tasks.transfer_entropy(x, y) for x, y in pairs])
    assert abs(corrected) < plain / 8
    shuffled = [
        tasks.transfer_entropy(x, y, correction="shuffle", surrogates=20, seed=k) for k, (x, y) in enumerate(pairs)
    ]
    assert abs(np.mean(shuffled)) < plain / 8
    x, y = pairs[0]
    assert tasks.transfer_entropy(x, y, correction="shuffle", surrogates=20, seed=0) == shuffled[0]


def test_storage_of_known_series() -> None:
    rng = np.random.default_rng(6)
    for q in (0.05, 0.3):  # a Markov chain that switches with this probability
        chain = np.cumsum(rng.random(30_000) < q) % 2
        for history in (1, 3):
            found = tasks.information_storage(chain, history=history)
            assert found == pytest.approx(1 - entropy(q, 1 - q), abs=0.02)
    coin = rng.integers(2, size=30_000)
    for correction in ("miller_madow", "shuffle"):
        assert tasks.information_storage(coin, history=4, correction=correction, seed=1) == pytest.approx(0, abs=1e-3)
    assert tasks.information_storage(coin, history=4, correction="none") > 3e-4
    cycle = np.tile([7, -1, 3, 300], 500)
    assert tasks.information_storage(cycle) == pytest.approx(2, abs=0.01)
    second = np.tile([0, 0, 1, 1], 500)  # one value says nothing about the next one, two say all
    assert tasks.information_storage(second) == pytest.approx(0, abs=0.01)
    assert tasks.information_storage(second, history=2) == pytest.approx(1, abs=0.01)
    assert tasks.information_storage(np.zeros(9)) == tasks.transfer_entropy(np.zeros(9), np.zeros(9)) == 0


def test_wrong_series() -> None:
    x = np.zeros(5, int)
    with pytest.raises(sorn.ShapeError, match="target has 4 values: must have 5, as source"):
        tasks.transfer_entropy(x, x[:4])
    with pytest.raises(sorn.ShapeError, match="target has 5 values: must have more than 5"):
        tasks.transfer_entropy(x, x, source_history=3, delay=3)
    with pytest.raises(sorn.ShapeError, match="series has 5 values: must have more than 5"):
        tasks.information_storage(x, history=5)
    with pytest.raises(sorn.StateError, match=r"source holds 0\.5: must be whole numbers"):
        tasks.transfer_entropy(x + 0.5, x)
    with pytest.raises(sorn.UnknownNameError, match="correction = 'best'"):
        tasks.information_storage(x, correction="best")  # type: ignore[arg-type]
    with pytest.raises(sorn.ParameterError, match="delay = -1"):
        tasks.transfer_entropy(x, x, delay=-1)


def test_the_examples_of_the_docstrings() -> None:
    done = [doctest.testmod(sys.modules[one]) for one in ("sorn.tasks", *{f.__module__ for f in FUNCTIONS})]
    assert sum(one.failed for one in done) == 0
    assert sum(one.attempted for one in done) > 20


FUNCTIONS = [getattr(tasks, name) for name in tasks.__all__]


@pytest.mark.slow
def test_the_page_runs() -> None:
    namespace: dict[str, Any] = {}
    for block in blocks("{code-cell} python", "docs/tasks.md"):
        exec(compile(block, "tasks.md", "exec"), namespace)
    assert namespace["found"].score > 0.9
    assert namespace["task"].measure == "nrmse"


class Echo:
    """A reservoir of another library, whose method returns its states."""

    def __init__(self, method: str) -> None:
        setattr(self, method, delay_line(2))

    def __call__(self, state: Any) -> Any:  # as a node of ReservoirPy does one step
        raise AssertionError("one step is not a series")


def test_reservoirs_of_other_kinds() -> None:
    task = tasks.memory_capacity(5, seed=1, **SHORT)
    wanted = tasks.evaluate(task, delay_line(2)).score
    assert tasks.evaluate(task, Echo("run")).score == tasks.evaluate(task, Echo("transform")).score == wanted
    assert tasks.kernel_rank(Echo("run"), steps=5, seed=1) == 2

    network = sorn.Network(seed=1, ne=40, nu=1, lambda_ee=8)
    before = network.copy()
    silent = network.copy()
    silent.reset_activity()
    states = silent.run(task.inputs.T, phase="training", noise=False, record=["E"])["E"]
    assert tasks.evaluate(task, network).score == tasks.evaluate(task, states).score
    assert network == before
    with pytest.raises(sorn.ParameterError, match="the class Network"):
        tasks.evaluate(task, sorn.Network)
    with pytest.raises(sorn.ParameterError, match="must be a function"):
        tasks.kernel_rank(3)
    with pytest.raises(sorn.ShapeError, match="nu"):
        tasks.evaluate(task, sorn.Network(ne=40, nu=3))
