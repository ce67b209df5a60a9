"""Environments whose observations are spikes."""

from __future__ import annotations

import subprocess
import sys

import gymnasium
import matplotlib.pyplot as plt
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from test_readme import blocks

import sorn
from sorn import Network, NetworkBatch
from sorn.gymnasium import PopulationCode, ReservoirObservation, VectorReservoirObservation, encode, train

CART = PopulationCode([-1.5, -1.5, -0.12, -1.5], [1.5, 1.5, 0.12, 1.5], units_per_value=4)
SIZE = {"ne": 60, "lambda_ee": 8}


class Count(gymnasium.Env):
    """Episodes of `length` steps, in which the observation is the number of the step."""

    action_space = gymnasium.spaces.Discrete(2)
    observation_space = gymnasium.spaces.Discrete(10)

    def __init__(self, length: int) -> None:
        self.length = length

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.done = 0
        return 0, {}

    def step(self, action):
        self.done += 1
        return self.done, 0.5 * self.done, self.done == self.length, False, {}


def counting(lengths: tuple[int, ...], mode: AutoresetMode, **options) -> VectorReservoirObservation:
    envs = SyncVectorEnv([lambda length=length: Count(length) for length in lengths], autoreset_mode=mode)
    return VectorReservoirObservation(envs, pool_size=3, seed=5, **SIZE, **options)


def alone(seed: int, numbers: list[int], rewards: list[float] | None = None, **options) -> np.ndarray:
    """The spikes of one network that sees an episode."""
    network = Network(variant="sorn_v2_tasks", nu=30, seed=seed, **SIZE)
    return np.array(seen(network, numbers, rewards, **options))


def seen(network: Network, numbers: list[int], rewards: list[float] | None = None, **options) -> list[np.ndarray]:
    network.reset_activity()
    spikes = []
    for k, number in enumerate(numbers):
        drive = np.zeros(30)
        drive[3 * number : 3 * number + 3] = 1.0
        signals = {} if rewards is None or k == 0 else {"reward": rewards[k]}
        spikes.append(network.step(drive, noise=False, **{"phase": "training", **options}, **signals))
    return spikes


def test_a_population_code_rises_and_falls() -> None:
    code = PopulationCode([0.0, 10.0], [2.0, 20.0], units_per_value=3, gain=2.0, offset=0.5)
    np.testing.assert_allclose(code([1.0, 20.0]), [2.5, 0.5, -1.5, 4.5, -1.5, 0.5])
    np.testing.assert_array_equal(code([[1.0, 20.0]] * 2), [code([1.0, 20.0])] * 2)
    for wrong in ({"low": [0.0], "high": [np.inf]}, {"low": [1.0], "high": [0.0]}, {"low": [0.0], "high": [0.0, 1.0]}):
        with pytest.raises(ValueError, match="low"):
            PopulationCode(**wrong)


def test_a_population_code_refuses_other_values() -> None:
    for numbers in (np.zeros(3), np.zeros((2, 5)), 1.0):
        with pytest.raises(sorn.ShapeError, match=r"numbers has the shape .*: must be \(\.\.\., 4\)"):
            CART(numbers)
    with pytest.raises(sorn.StateError, match="must be finite numbers"):
        CART([0, 0, np.nan, 0])
    with pytest.raises(sorn.StateError, match="must be an array of real numbers"):
        CART(["a"] * 4)
    one = PopulationCode(-1, 1)
    np.testing.assert_array_equal(one(0.5), one([0.5]))
    with pytest.raises(sorn.ShapeError, match=r"numbers has the shape \(2,\)"):
        one([0.5, 0.5])


def test_observations_are_the_spikes_of_a_network() -> None:
    env = ReservoirObservation(gymnasium.make("CartPole-v1"), encoding=CART, seed=3, **SIZE)
    plain = gymnasium.make("CartPole-v1")
    network = Network(variant="sorn_v2_tasks", nu=16, seed=3, **SIZE)
    assert env.network == network
    spikes, _ = env.reset(seed=1)
    observation, _ = plain.reset(seed=1)
    network.reset_activity()
    np.testing.assert_array_equal(spikes, network.step(CART(observation), phase="training", noise=False))
    for phase in ("plasticity", "training"):
        env.phase = phase
        for action in (0, 1, 1):
            spikes, reward, *_ = env.step(action)
            observation, other, *_ = plain.step(action)
            assert reward == other
            np.testing.assert_array_equal(spikes, network.step(CART(observation), phase=phase, noise=False))
    assert env.network == network
    assert env.observation_space.contains(spikes)


@pytest.mark.filterwarnings("ignore:.*different from the unwrapped version")
def test_gymnasium_accepts_the_wrapped_environment() -> None:
    env = ReservoirObservation(Count(5), pool_size=3, seed=1, **SIZE)
    check_env(env, skip_render_check=True)


def test_gymnasium_makes_the_environment_again() -> None:
    network = Network(ne=60, nu=16, lambda_ee=8, seed=1)
    env = ReservoirObservation(gymnasium.make("CartPole-v1"), network, encoding=CART)
    again = gymnasium.make(env.spec)
    assert again.get_wrapper_attr("network") == network
    np.testing.assert_array_equal(again.reset(seed=3)[0], env.reset(seed=3)[0])
    assert again.get_wrapper_attr("network") is not network


@pytest.mark.parametrize("shape", [(), (2, 3, 1)])
def test_the_shape_of_a_box_does_not_matter(shape: tuple[int, ...]) -> None:
    class Picture(Count):
        observation_space = gymnasium.spaces.Box(0, 255, shape, np.uint8)

        def reset(self, *, seed=None, options=None):
            return np.full(shape, 100, np.uint8), {}

    numbers = int(np.prod(shape))
    alone, _ = ReservoirObservation(Picture(1), seed=1, **SIZE).reset()
    many = VectorReservoirObservation(
        SyncVectorEnv([lambda: Picture(1)]),
        Network(variant="sorn_v2_tasks", nu=10 * numbers, seed=1, **SIZE),
    )
    np.testing.assert_array_equal(many.reset()[0], [alone])


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_networks_are_silent_where_an_episode_begins(mode: AutoresetMode) -> None:
    envs = counting((2, 3), mode)
    seeds = envs.networks.seeds
    first = [alone(seeds[0], [0, 1, 2]), alone(seeds[1], [0, 1, 2, 3])]
    spikes, _ = envs.reset(seed=0)
    steps = [[spikes[0]], [spikes[1]]]  # of all steps
    final: list[list[np.ndarray]] = [[], []]
    for _ in range(8):
        spikes, _, terminations, truncations, infos = envs.step(np.array([0, 1]))
        over = terminations | truncations
        for k in range(2):
            if mode == AutoresetMode.SAME_STEP and over[k]:
                final[k].append(infos["final_obs"][k])
            steps[k].append(spikes[k])
        if mode == AutoresetMode.DISABLED and over.any():
            spikes, _ = envs.reset(options={"reset_mask": over})
            for k in range(2):
                if over[k]:
                    steps[k].append(spikes[k])
                else:
                    np.testing.assert_array_equal(spikes[k], steps[k][-1])
    for k in range(2):
        episode = list(first[k])
        if mode == AutoresetMode.SAME_STEP:
            assert len(final[k]) > 1
            for one in final[k]:
                np.testing.assert_array_equal(one, episode[-1])
            episode = episode[:-1]  # the last observation is in the infos
        expected = (episode * 9)[: len(steps[k])]
        np.testing.assert_array_equal(steps[k], expected)


def test_each_of_many_is_the_one_alone_while_it_learns() -> None:
    envs = counting((3, 9), AutoresetMode.NEXT_STEP, phase="plasticity", reward=True, recurrent="reward")
    envs.reset(seed=0)
    for _ in range(7):
        envs.step(np.array([0, 0]))
    network = Network(variant="sorn_v2_tasks", nu=30, seed=envs.networks.seeds[0], recurrent="reward", **SIZE)
    episode = ([0, 1, 2, 3], [np.nan, 0.5, 1.0, 1.5])
    for _ in range(2):
        seen(network, *episode, phase="plasticity")
    assert envs.networks[0] == network


def test_numbers_of_a_vector_environment_are_coded_at_once() -> None:
    envs = VectorReservoirObservation(
        gymnasium.make_vec("CartPole-v1", num_envs=3, vectorization_mode="sync"), encoding=CART, seed=1, **SIZE
    )
    plain = gymnasium.make_vec("CartPole-v1", num_envs=3, vectorization_mode="sync")
    spikes, _ = envs.reset(seed=4)
    batch = NetworkBatch(3, seed=1, variant="sorn_v2_tasks", nu=16, **SIZE)
    batch.reset()
    np.testing.assert_array_equal(spikes, batch.step(CART(plain.reset(seed=4)[0]), phase="training", noise=False))
    assert envs.observation_space.contains(spikes)
    assert envs.single_observation_space.n == 60


def test_given_networks_and_encodings() -> None:
    network = Network(ne=60, nu=20, lambda_ee=8, seed=1)
    env = ReservoirObservation(Count(3), network, pool_size=2)
    assert env.network is network
    env = ReservoirObservation(Count(3), encoding=lambda number: [number / 10.0, 1.0], **SIZE)
    assert env.network.parameters.nu == 2
    env.reset()
    env = ReservoirObservation(Count(3), encoding=encode(10), pool_size=1, **SIZE)
    assert env.network.parameters.nu == 10
    batch = NetworkBatch(2, ne=60, nu=20, lambda_ee=8)
    envs = SyncVectorEnv([lambda: Count(3)] * 2)
    assert VectorReservoirObservation(envs, batch, pool_size=2).networks is batch
    assert list(VectorReservoirObservation(envs, network, pool_size=2).networks) == [network, network]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pool_size": 0}, "pool_size = 0"),
        ({"phase": "trainig"}, "training"),
        ({"encoding": 3}, "encoding is of type int"),
        ({"encoding": PopulationCode}, "encoding is the class PopulationCode"),
        ({"network": 3}, "must be a Network"),
        ({"network": Network(ne=60, nu=3, lambda_ee=8)}, "nu = 3 input units: the encoding has 100 values"),
        ({"network": Network(ne=60, nu=3, lambda_ee=8), "ne": 60}, "ne beside a network"),
        ({"reward": 2}, "reward"),
        ({"ne": 60}, "nu"),
    ],
)
def test_errors_name_the_value_and_the_rule(arguments: dict, message: str) -> None:
    with pytest.raises(sorn.ParameterError, match=message):
        ReservoirObservation(Count(3), **arguments)


def test_other_errors_of_encodings() -> None:
    with pytest.raises(sorn.ShapeError, match=r"shape \(4,\): must be \(\.\.\., 3\)"):
        ReservoirObservation(gymnasium.make("CartPole-v1"), encoding=PopulationCode([-1] * 3, [1] * 3), **SIZE)
    for wrong in ("a", None):
        with pytest.raises(sorn.StateError, match="the drive of the encoding"):
            ReservoirObservation(Count(3), encoding=lambda _, wrong=wrong: wrong, **SIZE)
    box = gymnasium.spaces.Box(-np.inf, np.inf, (4,))
    with pytest.raises(sorn.ShapeError, match=r"low has the shape \(3,\): must be a number, or \(4,\)"):
        encode(box, low=[-1] * 3, high=1)
    with pytest.raises(sorn.StateError, match="high holds values of type"):
        encode(box, low=-1, high="a")
    with pytest.raises(sorn.StateError, match="must be 3 bits, 0 or 1"):
        encode(gymnasium.spaces.MultiBinary(3))([0, 2, 1])
    with pytest.raises(sorn.ParameterError, match="environment is of type str: must be an environment"):
        train(Network(variant="rmsorn", observations=2, actions=2), "CartPole-v1", 2)


def test_an_infinite_range_needs_one() -> None:
    with pytest.raises(sorn.ParameterError, match="PopulationCode"):
        ReservoirObservation(gymnasium.make("CartPole-v1"))
    with pytest.raises(sorn.ParameterError, match="3 networks"):
        VectorReservoirObservation(SyncVectorEnv([lambda: Count(3)] * 2), NetworkBatch(3, ne=200, nu=100))


@pytest.mark.slow
def test_the_page_runs() -> None:
    namespace: dict[str, object] = {}
    for block in blocks("{code-cell} python", "docs/gymnasium.md"):
        exec(compile(block, "gymnasium.md", "exec"), namespace)
    plt.close("all")
    lengths = np.array(namespace["lengths"])
    assert lengths[-50:].mean() > 3 * lengths[:50].mean()


def test_the_module_needs_gymnasium_only_for_the_wrappers() -> None:
    code = (
        "import sys; sys.modules['gymnasium'] = None\nimport sorn.gymnasium as g; g.encode(3)\ng.ReservoirObservation"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert "pip install 'sorn[rl]'" in found.stderr
