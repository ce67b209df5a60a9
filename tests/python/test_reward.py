"""Networks that act and learn from reward: halves of steps, observations, rewards of runs, and what is refused."""

from __future__ import annotations

import math
import pickle
import re
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from conftest import REPOSITORY

import sorn
from sorn.gymnasium import Encoding, encode, train

spaces = gymnasium.spaces


def agent(**values: Any) -> sorn.Network:
    values = {"variant": "rmsorn", "ne": 60, "actions": 3, "observations": 3, "pool_size": 5, "seed": 2} | values
    return sorn.Network(**values)


def learned(network: sorn.Network, steps: int, seed: int = 0) -> list[int]:
    """Steps in which the symbol is the right answer."""
    rng = np.random.default_rng(seed)
    actions = []
    for symbol in rng.integers(3, size=steps):
        actions.append(network.act(symbol))
        network.learn(float(actions[-1] == symbol))
    return actions


def test_acting_and_learning_equals_a_run() -> None:
    halves, whole = agent(), agent(nu=5)
    source = sorn.sources.RandomSymbols(3, pools="random_disjoint", pool_size=5)
    rewards: list[float | None] = []

    def reward(action: int) -> float | None:
        rewards.append(None if len(rewards) % 4 == 3 else float(action == 1))
        return rewards[-1]

    run = whole.run(source, time_steps=200, rewards=reward, record=["symbol", "actions", "rewards", "O", "modulation"])
    assert run["O"].shape == (200, 3)
    assert (run["O"].argmax(axis=1) == run["actions"]).all()
    for symbol, action, given in zip(run["symbol"], run["actions"], rewards, strict=True):
        answer = halves.act(symbol)
        assert type(answer) is int
        assert answer == action
        halves.learn(given)
    assert halves.state == whole.state
    np.testing.assert_array_equal(run["rewards"], [np.nan if r is None else r for r in rewards])
    assert (run["modulation"][3::4] == 0).all()
    given_again = agent(nu=5)
    given_again.run(source, time_steps=200, rewards=rewards)
    assert given_again.state == whole.state
    masked = agent(nu=5)
    masked.run(
        source,
        time_steps=200,
        rewards=np.ma.masked_invalid([math.nan if reward is None else reward for reward in rewards]),
    )
    assert masked.state == whole.state


def test_the_state_between_the_halves_goes_on(tmp_path: Path) -> None:
    network = agent()
    learned(network, 30)
    network.act(1)
    network.save(tmp_path / "between.h5")
    others = [network.copy(), pickle.loads(pickle.dumps(network)), sorn.Network.load(tmp_path / "between.h5")]
    others.append(sorn.Network(state=network.state))
    others.append(sorn.Network(state=dict(network.state), variant="rmsorn", seed=network.seed))
    network.learn(1.0)
    for other in others:
        other.learn(1.0)
        assert other.state == network.state
    assert set(network.state) >= {"Woe", "To", "O", "rewards"}
    assert network.state["Woe"].shape == (60, 3)
    np.testing.assert_allclose(network.state["Woe"].sum(axis=0), 1)
    assert "pending" not in network.state


def test_a_pickle_keeps_observations() -> None:
    network = agent()
    again = pickle.loads(pickle.dumps(network))
    assert learned(network, 50) == learned(again, 50)


def test_errors_of_acting() -> None:
    network = agent()
    with pytest.raises(sorn.StateError, match=r"learn\(\): there was no act\(\)"):
        network.learn(1.0)
    network.act(0)
    before = network.state
    with pytest.raises(sorn.StateError, match=r"act\(\): an act\(\) waits for its learn\(\)"):
        network.act(1)
    for step in (network.run, network.step):
        with pytest.raises(sorn.StateError, match="waits for its learn"):
            step(time_steps=3) if step == network.run else step()
    for wrong in (math.nan, math.inf):
        with pytest.raises(sorn.StateError, match=r"'reward' = .* in step 0: must be a finite number"):
            network.learn(wrong)
    with pytest.raises(sorn.StateError, match="reward = 'much': must be a number"):
        network.learn("much")  # type: ignore[arg-type]
    with pytest.raises(sorn.StateError, match="waits for its learn"):
        network.learning = False
    assert network.state == before
    network.learn()
    assert network.step_count == 1


def test_without_outputs() -> None:
    network = sorn.Network(ne=50, seed=1)
    with pytest.raises(sorn.StateError, match="no output units"):
        network.act([1.0])
    with pytest.raises(sorn.ParameterError, match="no output units"):
        network.run(time_steps=3, record=["WOE"])
    with pytest.raises(sorn.ParameterError, match="two names of one number"):
        agent(no=3)


def test_frozen_networks_do_whole_steps() -> None:
    network = agent()
    learned(network, 40)
    before = network.state
    with network.frozen() as same:
        assert same is network
        actions = [network.act(k % 3) for k in range(20)]
        network.learn(1.0)  # does nothing
    assert network.learning
    assert network.step_count == 60
    for key in ("Wee", "Woe", "To", "Te", "rewards"):
        np.testing.assert_array_equal(network.state[key], before[key])
    run = sorn.Network(state=before, nu=60).run(
        np.array([network._observations.drive(k % 3) for k in range(20)]).T, phase="training", record=["actions"]
    )
    assert run["actions"].tolist() == actions


def test_a_threshold_network_answers_with_its_activity() -> None:
    network = agent(output="threshold", observations=None, to_max=0.01)
    answer = network.act(np.ones(20))
    assert answer.shape == (3,)
    assert answer.dtype == np.int8
    network.learn(1.0)
    seen = []
    network.run(time_steps=3, rewards=lambda output: seen.append(output) or float(output.sum()))
    assert all(output.shape == (3,) for output in seen)


def test_a_function_of_rewards_that_fails_changes_nothing() -> None:
    network = agent()
    before = network.state

    def fails(action: int) -> float:
        raise RuntimeError("the arm is stuck")

    with pytest.raises(RuntimeError, match="the arm is stuck"):
        network.run(time_steps=10, rewards=fails)
    with pytest.raises(sorn.StateError, match="signal 'reward' is of type str in step 0: must be a number"):
        network.run(time_steps=10, rewards=lambda action: "x")
    with pytest.raises(sorn.StateError, match="signal 'reward' = nan in step 0"):
        network.run(time_steps=10, rewards=lambda action: math.nan)
    with pytest.raises(sorn.StateError, match="signal 'reward' = nan in step 2 of the run"):
        network.run(time_steps=3, rewards=[1.0, None, math.nan])
    with pytest.raises(sorn.StateError, match="signal 'reward' = nan in step 1 of the run"):
        network.run(time_steps=2, rewards=[1.0, math.nan])
    with pytest.raises(sorn.ParameterError, match="both given"):
        network.run(time_steps=2, rewards=[1.0, 1.0], signals={"reward": [1.0, 1.0]})
    assert network.state == before


def test_a_file_holds_rewards_and_actions(tmp_path: Path) -> None:
    rewards = np.random.default_rng(1).choice([0.0, 1.0], 300).tolist()
    rewards[::5] = [None] * 60
    whole = agent()
    record = ["actions", "rewards", "modulation", "O", "TO/10", "WOE/100"]
    expected = whole.run(time_steps=300, rewards=rewards, record=record)

    path = tmp_path / "run.h5"
    file = agent().run(time_steps=300, rewards=rewards, record=record, out=path)
    for name, values in expected.items():
        np.testing.assert_array_equal(file[name][:], values, err_msg=name)
    assert sorn.Network.load(path).state == whole.state


@pytest.mark.parametrize(
    ("space", "symbols", "shown"),
    [
        (5, 5, {0: [0], 4: [4]}),
        (spaces.Discrete(3, start=2), 3, {2: [0], 4: [2]}),
        (spaces.MultiDiscrete([2, 3]), 5, {(1, 2): [1, 4]}),
        (spaces.MultiBinary(4), 4, {(0, 1, 0, 1): [1, 3], (0, 0, 0, 0): []}),
        (spaces.Box(-1.0, 1.0, (2,)), 16, {(-1.0, 1.0): [0, 15], (0.0, -0.9): [4, 8]}),
        (spaces.Tuple([spaces.Discrete(2), spaces.MultiBinary(2)]), 4, {(1, (1, 0)): [1, 2]}),
    ],
)
def test_encodings(space: Any, symbols: int, shown: dict[Any, list[int]]) -> None:
    encoding = encode(space)
    assert isinstance(encoding, Encoding)
    assert encoding.symbols == symbols
    for observation, expected in shown.items():
        assert encoding(observation) == expected
        assert pickle.loads(pickle.dumps(encoding))(observation) == expected


def test_an_encoding_of_named_parts() -> None:
    space = spaces.Dict({"place": spaces.Discrete(4), "light": spaces.MultiBinary(1)})
    encoding = encode(space)
    assert encoding.symbols == 5
    for observation in (space.sample() for _ in range(10)):
        assert len(encoding(observation)) == 1 + int(observation["light"][0])


@pytest.mark.parametrize("observation", [3, -1, 0.5, math.nan, "A", None, [0, 1]])
def test_observations_that_are_not_of_the_space(observation: Any) -> None:
    network = agent()
    if observation is None:
        network.act(None)  # no input
        return
    with pytest.raises(sorn.StateError, match="observation = "):
        network.act(observation)
    assert network.step_count == 0


def test_spaces_that_cannot_be_encoded() -> None:
    cart = spaces.Box(-np.inf, np.inf, (4,))
    with pytest.raises(sorn.ParameterError, match="range of each number must be finite"):
        agent(observations=cart)
    assert agent(observations=encode(cart, low=-2, high=2)).act([0.1, 9, -9, 0]) in range(3)
    for wrong in ("ABC", 0, 2.5, spaces.Text(3)):
        with pytest.raises(sorn.SornError):
            agent(observations=wrong)
    with pytest.raises(sorn.ParameterError, match="pool_size"):
        agent(pool_size=61)


def test_training_needs_an_output_for_each_action() -> None:
    environment = gymnasium.make("CartPole-v1")
    with pytest.raises(sorn.ParameterError, match="has 3 output units"):
        train(agent(), environment, 2)


def test_the_page_on_rewards_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (REPOSITORY / "docs" / "reward.md").read_text(), flags=re.DOTALL)
    assert len(blocks) == 2
    namespace: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, "reward.md", "exec"), namespace)
    returns = namespace["returns"]
    assert np.mean(returns[:3]) < 40
    assert np.mean(returns[-20:]) > 47
    run = namespace["run"]
    assert (run["actions"] == run["symbol"])[-1000:].mean() > 0.9


def test_training_is_repeatable() -> None:
    environment = gymnasium.make("FrozenLake-v1", is_slippery=False)
    returns = []
    for _ in range(2):
        network = agent(observations=environment.observation_space, actions=int(environment.action_space.n))
        returns.append(train(network, environment, 5, seed=3, reset_activity=True))
    np.testing.assert_array_equal(returns[0], returns[1])
    assert returns[0].shape == (5,)


def test_a_single_object_is_no_array_of_rewards() -> None:
    with pytest.raises(sorn.ShapeError):
        sorn.Network(variant="rmsorn", ne=50, seed=1).run(time_steps=3, rewards=np.array(None, dtype=object))
