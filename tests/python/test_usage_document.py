"""What the usage document shows, as a user types it: shapes, log lines, connection counts, phases and freezing."""

from __future__ import annotations

import logging
import re

import gymnasium
import numpy as np
import pytest
from conftest import STATE_KEYS

from sorn import Network, Simulator, Trainer

COUNTS = re.compile(r"Number of connections in Wee (\d+) , Wei (\d+), Wie (\d+)")


def test_default_network(caplog: pytest.LogCaptureFixture) -> None:
    features, steps = 10, 200
    inputs = np.random.rand(features, steps)
    with caplog.at_level(logging.INFO, logger="sorn"):
        state_dict, E, I, R, C = Simulator.simulate_sorn(
            inputs=inputs, phase="plasticity", matrices=None, noise=True, time_steps=steps
        )
    assert [array.shape for array in (E, I, R, C)] == [(200, 200), (200, 40), (200, 200), (200,)]
    assert [array.dtype for array in (E, I, R, C)] == [np.float64, np.float64, np.float64, np.int64]
    assert list(state_dict) == STATE_KEYS
    first, counts, shapes = caplog.messages
    assert first == "Network Initialized"
    assert C[0] == int(COUNTS.fullmatch(counts)[1])
    assert shapes == "Shapes Wee (200, 200) Wei (40, 200) Wie (200, 40)"
    assert {record.levelname for record in caplog.records} == {"INFO"}
    assert {record.name for record in caplog.records} == {"sorn"}


def test_own_hyperparameters_then_training(caplog: pytest.LogCaptureFixture) -> None:
    features, steps = 5, 1000
    own = {"ne": 100, "nu": features, "lambda_ee": 10, "eta_stdp": 0.001}
    with caplog.at_level(logging.INFO, logger="sorn"):
        state_dict, E, _I, _R, _C = Simulator.simulate_sorn(
            inputs=np.random.rand(features, steps),
            phase="plasticity",
            matrices=None,
            noise=True,
            time_steps=steps,
            **own,
        )
        assert caplog.messages[2] == "Shapes Wee (100, 100) Wei (20, 100) Wie (100, 20)"
        caplog.clear()
        after, E, I, R, C = Trainer.train_sorn(
            inputs=np.random.rand(features, 1),
            phase="training",
            matrices=state_dict,
            noise=False,
            time_steps=1,
            **own,
        )
        assert not caplog.messages, "only a new network is announced"
    assert [np.asarray(a).shape for a in (E, I, R, C)] == [(1, 100), (1, 20), (1, 100), (1,)]
    for key in ("Wee", "Wei", "Wie", "Te", "Ti"):
        np.testing.assert_array_equal(after[key], state_dict[key])


def test_freezing() -> None:
    features, steps = 10, 20
    inputs = np.random.rand(features, steps)
    state_dict, *_ = Simulator.simulate_sorn(
        inputs=inputs,
        phase="plasticity",
        matrices=None,
        noise=True,
        time_steps=steps,
        ne=50,
        nu=features,
        freeze=["ip"],
    )
    # The document goes on with the inputs of the simulation and one step: their other columns stay unused.
    common = {"inputs": inputs, "matrices": state_dict, "noise": False, "time_steps": 1, "ne": 50, "nu": features}
    with pytest.warns(UserWarning, match="time_steps = 1 leaves the last 19 of 20 columns of inputs unused"):
        after, *_ = Trainer.train_sorn(phase="plasticity", freeze=["ip", "istdp"], **common)
    common["inputs"] = inputs[:, :1]
    np.testing.assert_array_equal(after["Te"], state_dict["Te"])
    after, *_ = Trainer.train_sorn(phase="training", **common)
    np.testing.assert_array_equal(after["Wee"], state_dict["Wee"])
    after, *_ = Trainer.train_sorn(phase="plasticity", freeze=["stdp", "ip", "sp", "istdp", "ss"], **common)
    for key in ("Wee", "Wei", "Te"):
        np.testing.assert_array_equal(after[key], state_dict[key])


def test_reinforcement_learning_loop() -> None:
    """The document's policy gradient on the excitatory states, first plastic, then frozen; its discount as γ^t."""
    plasticity_episodes, episodes, rate, gamma = 2, 4, 0.0001, 0.99
    env = gymnasium.make("CartPole-v1")
    actions = env.action_space.n
    ne, nu = 50, 4
    state_dict, *_ = Simulator.simulate_sorn(
        inputs=np.random.randn(4, 1), phase="plasticity", time_steps=1, noise=False, ne=ne, nu=nu
    )
    w = np.random.rand(ne, actions)
    scores = []
    for episode in range(episodes):
        plastic = episode < plasticity_episodes
        call, phase = (Simulator.simulate_sorn, "plasticity") if plastic else (Trainer.train_sorn, "training")
        before = state_dict
        observation, _ = env.reset(seed=episode)
        gradients, rewards, done = [], [], False
        while not done:
            state_dict, E, _I, _R, _C = call(
                inputs=observation[:, None],
                phase=phase,
                matrices=state_dict,
                time_steps=1,
                ne=ne,
                nu=nu,
                noise=False,
            )
            activity = np.asarray(E)
            assert activity.shape == (1, ne)
            exponentials = np.exp(activity.dot(w))
            probabilities = exponentials / np.sum(exponentials)
            action = np.random.choice(actions, p=probabilities[0])
            observation, reward, terminated, truncated, _ = env.step(action)
            done = terminated or truncated
            log_gradient = (np.eye(actions)[action] - probabilities[0])[None, :]
            gradients.append(activity.T.dot(log_gradient))
            rewards.append(reward)
        for i, gradient in enumerate(gradients):
            w += rate * gradient * sum(r * gamma**t for t, r in enumerate(rewards[i:]))
        scores.append(sum(rewards))
        assert np.array_equal(before["Wee"], state_dict["Wee"]) is not plastic
    assert min(scores) >= 8, "no pole falls sooner"
    assert np.isfinite(w).all()


@pytest.mark.parametrize(
    ("hyperparameters", "expected", "spread"),
    [({}, (3900, 1580, 8000), (60, 30, 0)), ({"ne": 100, "lambda_ee": 10}, (950, 790, 2000), (60, 25, 0))],
)
def test_connection_counts_in_distribution(hyperparameters, expected, spread) -> None:
    counts = np.array([Network(seed=seed, **hyperparameters).connection_counts for seed in range(40)])
    assert np.all(np.abs(counts.mean(axis=0) - expected) <= np.maximum(spread, 1e-9)), counts.mean(axis=0)
    assert np.all(np.abs(counts - expected) <= 3 * np.array(spread) + 1e-9)


def test_instances_work_like_the_classes() -> None:
    *_, C = Simulator().simulate_sorn(time_steps=3, ne=50, seed=1)
    *_, D = Simulator.simulate_sorn(time_steps=3, ne=50, seed=1)
    np.testing.assert_array_equal(C, D)
    state, recorded = Trainer().run(timesteps=2, state=None, ne=50, seed=1, callbacks=["TI"])
    assert state.step == 2
    assert recorded["TI"].shape == (2, 10)
