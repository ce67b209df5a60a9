"""The cart-pole example: its parts against calculations by hand, the cart of its C++ twin, and that it learns."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import gymnasium
import numpy as np
import pytest
from conftest import REPOSITORY

from sorn import Simulator, StateDict, Trainer


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("cartpole", REPOSITORY / "examples" / "cartpole.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["cartpole"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_returns_are_discounted_by_time(example: ModuleType) -> None:
    rewards, gamma = [1.0, 2.0, 4.0], 0.5
    assert example.discounted_returns(rewards, gamma).tolist() == [1 + 0.5 * 2 + 0.25 * 4, 2 + 0.5 * 4, 4]
    assert example.discounted_returns(rewards, gamma, afterwards=8.0).tolist() == [4.0, 6.0, 8.0]
    hundred = example.discounted_returns([1.0] * 100, 0.99)
    np.testing.assert_allclose(hundred[0], sum(0.99**t for t in range(100)), rtol=1e-14)


def test_gradient_is_that_of_finite_differences(example: ModuleType) -> None:
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(7, 2))
    features = rng.integers(0, 2, size=(20, 7)).astype(float)
    actions, advantages = rng.integers(0, 2, size=20), rng.normal(size=20)

    def objective(weights: np.ndarray) -> float:
        probabilities = np.exp(features @ weights)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        return float(advantages @ np.log(probabilities[np.arange(20), actions]))

    numeric = np.empty_like(weights)
    for place in np.ndindex(weights.shape):
        nudge = np.zeros_like(weights)
        nudge[place] = 1e-6
        numeric[place] = (objective(weights + nudge) - objective(weights - nudge)) / 2e-6
    gradient = example.policy_gradient(weights, features, actions, advantages)
    np.testing.assert_allclose(gradient, numeric, atol=1e-8)


def test_softmax_of_large_values(example: ModuleType) -> None:
    np.testing.assert_array_equal(example.softmax(np.array([[1000.0, -1000.0], [3.0, 3.0]])), [[1, 0], [0.5, 0.5]])


def test_actions_are_drawn_from_the_softmax(example: ModuleType) -> None:
    readout = example.Readout(3, step_size=0.1)
    readout.weights = np.array([[0.3, 1.0], [0.2, -0.4], [5.0, -5.0]])
    features, rng = np.array([1, 1, 0], dtype=np.uint8), np.random.default_rng(2)
    drawn = [readout.action(features, rng) for _ in range(20_000)]
    expected = example.softmax(features @ readout.weights)[1]
    assert abs(np.mean(drawn) - expected) < 4 * np.sqrt(expected * (1 - expected) / 20_000)


def test_the_first_step_of_adam_has_its_step_size(example: ModuleType) -> None:
    readout = example.Readout(2, step_size=0.1)
    readout.ascend(np.array([[3.0, -3.0], [0.0, 1e-3]]))
    np.testing.assert_allclose(readout.weights, [[0.1, -0.1], [0.0, 0.1]], rtol=1e-4)


def test_falling_lowers_the_value_and_running_out_of_time_does_not(example: ModuleType) -> None:
    features, actions = np.ones((50, 1)), np.zeros(50, dtype=int)
    forever = 1 / (1 - example.GAMMA)
    values = {}
    for fell in (True, False):
        readout = example.Readout(1, step_size=0.1)
        readout.value_weights[:] = forever  # what a pole that never falls is worth
        readout.learn(features, actions, [1.0] * 50, fell)
        values[fell] = readout.value_weights[0]
    assert values[True] < forever - 1
    np.testing.assert_allclose(values[False], forever, rtol=1e-12)


@pytest.mark.parametrize("per_variable", [2, 8, 12])
def test_encoder(example: ModuleType, per_variable: int) -> None:
    encoder = example.Encoder(per_variable)
    assert encoder.size == 4 * per_variable
    upright = encoder(np.zeros(4)).reshape(4, per_variable)
    np.testing.assert_allclose(upright, np.tile(upright[0], (4, 1)))
    assert np.abs(upright - 0.5).max() <= encoder.GAIN
    for variable, span in enumerate(encoder.SPAN):
        for level in (-1.0, -0.3, 0.2, 1.0):
            observation = np.zeros(4)
            observation[variable] = level * span
            drive = encoder(observation).reshape(4, per_variable)
            others = np.arange(4) != variable
            np.testing.assert_array_equal(drive[others], upright[others])
            preferred = np.linspace(-1, 1, per_variable)
            distance = np.where(np.arange(per_variable) % 2 == 0, level - preferred, preferred - level)
            np.testing.assert_allclose(drive[variable], 0.5 + encoder.GAIN * distance, atol=1e-12)


def test_the_reservoir_equals_the_calls_of_the_usage_document(example: ModuleType) -> None:
    """A step of the network in place is a call of simulate_sorn, then of train_sorn, with matrices=state_dict."""
    reservoir = example.Reservoir(ne=48, plasticity_episodes=1, seed=5)
    state: StateDict = reservoir.network.state
    sizes = {"ne": 48, "nu": 12, "noise": False}
    for step, observation in enumerate(np.random.default_rng(1).normal(size=(20, 4)) * example.Encoder.SPAN):
        u = reservoir.encoder(observation)[:, None]
        before = state["Wee"].copy(), state["Te"].copy()
        if step < 10:
            state, E, *_ = Simulator.simulate_sorn(inputs=u, phase="plasticity", matrices=state, **sizes)
        else:
            state, E, *_ = Trainer.train_sorn(inputs=u, phase="training", matrices=state, **sizes)
        frozen = all(np.array_equal(a, b) for a, b in zip(before, (state["Wee"], state["Te"]), strict=True))
        assert frozen is (step >= 10)
        np.testing.assert_array_equal(reservoir(observation, episode=step // 10), E[0])


def test_the_cart_in_cpp_equals_that_of_gymnasium() -> None:
    """The C++ test compares its cart with the file; here the file is compared with the cart of gymnasium."""
    lines = (REPOSITORY / "tests" / "golden" / "cartpole.txt").read_text().splitlines()
    start, pushes = (line.split(": ")[1] for line in lines[1:3])
    env = gymnasium.make("CartPole-v1").unwrapped
    env.reset()
    env.state = np.array(start.split(), dtype=float)
    for push, line in zip(pushes, lines[3:], strict=True):
        _, _, fell, _, _ = env.step(int(push == "R"))
        np.testing.assert_allclose(env.state, np.array(line.split(), dtype=float), rtol=0, atol=1e-9)
    assert fell, "the file ends with the fall"


def test_learning_is_determined_by_the_seed(example: ModuleType) -> None:
    learned = example.train(example.SORN, seed=1, episodes=120, ne=128, verbose=False)
    random = example.train(example.RANDOM, seed=1, episodes=120, ne=128, verbose=False)
    assert 15 < random.mean() < 30
    assert learned[-40:].mean() > 3 * random[-40:].mean()
    again = example.train(example.SORN, seed=1, episodes=60, ne=128, verbose=False)
    np.testing.assert_array_equal(again, learned[:60])


def test_program(example: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example.main(["--seed", "3", "--seeds", "2", "--episodes", "50", "--ne", "48", "--out", str(tmp_path / "new")])
    printed = capsys.readouterr().out
    names = ["SORN", "static reservoir", "linear, raw observation", "random"]
    with (tmp_path / "new" / "rewards.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4 * 2 * 50
    for name in names:
        rewards = [int(row["reward"]) for row in rows if row["policy"] == name]
        means = np.mean(np.reshape(rewards, (2, 50)), axis=1)
        (row,) = [line for line in printed.splitlines() if line.startswith(f"{name}  ")]
        assert row.removeprefix(name).split()[:3] == [f"{f(means):.1f}" for f in (np.median, np.min, np.max)]
        for seed in (3, 4):
            assert f"{name}, seed {seed}, episode   50: mean reward of the last 50 " in printed
    assert {row["seed"] for row in rows} == {"3", "4"}
    assert (tmp_path / "new" / "learning_curve.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("arguments", [["--seeds", "0"], ["--episodes", "-1"], ["--ne", "47"], ["--seed", "-1"]])
def test_invalid_arguments(example: ModuleType, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        example.main(arguments)
    assert "must be at least" in capsys.readouterr().err
