"""The agents of examples/agents.py: their parts against calculations by hand, and that a network remembers for them."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import sys
from types import ModuleType

import numpy as np
import pytest
from conftest import REPOSITORY
from gymnasium.utils.env_checker import check_env


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("agents", REPOSITORY / "examples" / "agents.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["agents"] = module  # dataclasses look their module up
    before = dict(os.environ)
    spec.loader.exec_module(module)
    os.environ.clear()
    os.environ.update(before)
    return module


def test_the_maze_asks_for_memory(example: ModuleType) -> None:
    check_env(example.TMaze(), skip_render_check=True)
    env = example.TMaze(length=3)
    for seed in range(4):
        sign, _ = env.reset(seed=seed)
        seen = [sign] + [env.step(1 - sign)[0] for _ in range(4)]
        assert seen == [sign, 2, 2, 2, 3]
        assert env.step(sign)[1:4] == (1.0, True, False)
    assert {example.TMaze().reset(seed=seed)[0] for seed in range(20)} == {0, 1}


def test_returns_are_discounted_by_time(example: ModuleType) -> None:
    found = example.returns_of(np.array([1.0, 2.0, 4.0]), 0.5, 8.0)
    assert found.tolist() == [1 + 0.5 * 2 + 0.25 * 4 + 0.125 * 8, 2 + 0.5 * 4 + 0.25 * 8, 4 + 0.5 * 8]


def test_the_policy_follows_its_gradient(example: ModuleType) -> None:
    rng = np.random.default_rng(1)
    learner = example.PolicyGradient(3, 2, rng, 1e-4)
    states, actions, returns = rng.normal(size=(5, 3)), np.array([0, 1, 1, 0, 1]), rng.normal(size=5)
    learner.ENTROPY = 0.0

    def gain(weights: np.ndarray) -> float:
        return float(returns @ np.log(example.probabilities(states @ weights)[np.arange(5), actions]))

    slopes = np.array([[gain(np.eye(6)[3 * c + r].reshape(2, 3).T * 1e-6) for c in range(2)] for r in range(3)])
    learner.learn(states, actions, returns)
    # The first step of Adam has the size of a step, and the sign of the gradient.
    np.testing.assert_array_equal(np.sign(learner.weights), np.sign(slopes - gain(np.zeros((3, 2)))))
    np.testing.assert_allclose(np.abs(learner.weights), 1e-4, rtol=1e-3)


def test_states_of_one_episode_do_not_reach_the_next(example: ModuleType) -> None:
    envs, size = example.seen_by("echo state network", example.TASKS["tmaze"], 1)
    first, _ = envs.reset(seed=1)
    kept = first.copy()
    signs = {tuple(state.round(9)) for state in first}
    for _ in range(7):
        states, *_ = envs.step(np.zeros(example.AT_ONCE, int))
    assert {tuple(state.round(9)) for state in states} == signs  # all begin again
    np.testing.assert_array_equal(first, kept)  # what was handed out stays
    assert size == states.shape[1] == example.UNITS


@pytest.mark.parametrize(
    ("sight", "way", "least", "most"),
    [("organised SORN", "RLS", 0.9, 1.0), ("observation", "RLS", 0.4, 0.6), ("rmsorn", "its own rules", 0.8, 1.0)],
)
def test_a_network_remembers_the_sign(example: ModuleType, sight: str, way: str, least: float, most: float) -> None:
    example.TASKS["tmaze"] = dataclasses.replace(example.TASKS["tmaze"], episodes=1500, last=300)
    assert least <= example.score("tmaze", sight, way, 1) <= most
