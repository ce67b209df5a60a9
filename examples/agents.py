"""Agents that read a self-organizing network in four environments, beside other reservoirs and other ways to learn.

    pip install '.[rl]'
    python examples/agents.py [--seeds 10] [--tasks cartpole tmaze] [--out agents.csv]

What an agent sees (spikes of a network that has organised itself, of one that never did, an echo state network, or the
observation itself) and how it learns (policy gradient, action values by recursive least squares) are independent. A
third way to learn needs no readout: the network of the variant rmsorn acts by itself, and its rules learn from the
reward. Sixteen environments run at once. Prints a table of the mean return of the last episodes; docs/gymnasium.md
discusses it.

The Go/NoGo task is one of NeuroGym. NeuroGym 2.2 asks for an older gymnasium, but this task runs with the present one:

    pip install --no-deps neurogym==2.2.0
    pip install loguru matplotlib natsort pydantic-settings scipy tomlkit tqdm

Without NeuroGym the task is left out.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv, VectorWrapper

import sorn
from sorn.gymnasium import PopulationCode, ReservoirObservation, VectorReservoirObservation, encode, train
from sorn.readout import RecursiveLeastSquares

AT_ONCE = 16  # environments
UNITS = 200
import os
ENTROPY = float(os.environ.get('ENT', 0.0))
STEP=float(os.environ.get('STEP',0))
POOL = 20  # units that a symbol drives


# --- environments ----------------------------------------------------------------------------------------------------


class TMaze(gymnasium.Env):
    """A corridor with a sign at its beginning, which says where to turn at its end.

    One walks by oneself; only the action at the junction counts. Observations: 0 and 1 the two signs, 2 the corridor,
    3 the junction. The return is 1 for the right turn, else 0: an agent without memory reaches 0.5.
    """

    observation_space = spaces.Discrete(4)
    action_space = spaces.Discrete(2)

    def __init__(self, length: int = 5) -> None:
        self.length = length

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        super().reset(seed=seed)
        self.sign, self.place = int(self.np_random.integers(2)), 0
        return self.sign, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        if self.place > self.length:
            return 3, float(action == self.sign), True, False, {}
        self.place += 1
        return (3 if self.place > self.length else 2), 0.0, False, False, {}


class Trials(gymnasium.Wrapper):
    """An episode is one trial of a task of NeuroGym, which itself goes on for ever."""

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        observation, reward, _, truncated, info = self.env.step(action)
        return observation, float(reward), bool(info["new_trial"]), truncated, info


def go_nogo() -> gymnasium.Env:
    import neurogym  # noqa: F401 - it registers its environments

    return Trials(gymnasium.make("GoNogo-v0", disable_env_checker=True))


@dataclass(frozen=True)
class Task:
    """An environment, and the settings with which agents meet it."""

    make: Callable[[], gymnasium.Env]
    episodes: int
    last: int  # episodes at the end that are scored
    low: tuple[float, ...] = ()  # the range of each number of the observation; () if it is a symbol
    high: tuple[float, ...] = ()
    discount: float = 1.0
    steps: dict[str, float] = field(default_factory=dict)  # of the policy gradient, by what is seen

    def code(self) -> PopulationCode | None:
        return PopulationCode(self.low, self.high, units_per_value=UNITS // 4 // len(self.low)) if self.low else None


TASKS = {
    "cartpole": Task(
        lambda: gymnasium.make("CartPole-v1"), 1000, 100, (-1.5, -1.5, -0.12, -1.5), (1.5, 1.5, 0.12, 1.5), 0.99
    ),
    "acrobot": Task(
        lambda: gymnasium.make("Acrobot-v1"), 500, 100, (-1, -1, -1, -1, -4, -9), (1, 1, 1, 1, 4, 9), 0.99
    ),
    "tmaze": Task(TMaze, 4000, 1000),
    "gonogo": Task(go_nogo, 4000, 1000, (0, 0, 0), (1, 1, 1)),
}


# --- what an agent sees ----------------------------------------------------------------------------------------------


class Plain(VectorWrapper):
    """Numbers scaled to their range, or a one-hot symbol; and a constant."""

    def __init__(self, envs: VectorEnv, task: Task) -> None:
        super().__init__(envs)
        self.low, self.high = np.array(task.low), np.array(task.high)
        symbols = envs.single_observation_space
        self.one_hot = None if task.low else np.eye(int(symbols.n))
        self.size = 1 + (len(task.low) if task.low else len(self.one_hot))

    def features(self, observations: np.ndarray) -> np.ndarray:
        if self.one_hot is not None:
            seen = self.one_hot[observations]
        else:
            seen = 2 * (np.asarray(observations, float) - self.low) / (self.high - self.low) - 1
        return np.column_stack([seen, np.ones(len(seen))])

    def reset(self, **options: Any) -> tuple[np.ndarray, dict[str, Any]]:
        observations, infos = self.env.reset(**options)
        return self.features(observations), infos

    def step(self, actions: np.ndarray) -> tuple[Any, ...]:
        observations, *rest = self.env.step(actions)
        return self.features(observations), *rest


class EchoStates(Plain):
    """The states of an echo state network, one for each environment, that sees the same."""

    def __init__(self, envs: VectorEnv, task: Task, seed: int, radius: float = 0.9, scale: float = 0.5) -> None:
        super().__init__(envs, task)
        rng = np.random.default_rng(seed)
        self.recurrent = rng.normal(size=(UNITS, UNITS))
        self.recurrent *= radius / np.abs(np.linalg.eigvals(self.recurrent)).max()
        self.inputs = scale * rng.uniform(-1, 1, (self.size, UNITS))
        self.size = UNITS
        self.states = np.zeros((self.num_envs, UNITS))

    def reset(self, **options: Any) -> tuple[np.ndarray, dict[str, Any]]:
        seen, infos = super().reset(**options)
        self.states = np.tanh(seen @ self.inputs)
        return self.states, infos

    def step(self, actions: np.ndarray) -> tuple[Any, ...]:
        seen, rewards, terminated, truncated, infos = super().step(actions)
        self.states[terminated | truncated] = 0.0  # what is seen is the beginning of an episode
        self.states = np.tanh(self.states @ self.recurrent + seen @ self.inputs)
        return self.states, rewards, terminated, truncated, infos


def network_for(task: Task, seed: int, organised: bool) -> tuple[sorn.Network, Any, gymnasium.Env]:
    """A network, which may organise itself while actions are drawn at random; its encoding; and an environment."""
    env = task.make()
    encoding = task.code() or encode(env.observation_space)
    given = {"noise": False, "encoding": encoding, "pool_size": POOL}
    seeing = ReservoirObservation(env, ne=UNITS, seed=seed, h_ip=0.2, **given)
    if organised:
        seeing.phase = "plasticity"
        seeing.action_space.seed(seed)
        over = True
        for _ in range(4000):
            if over:
                seeing.reset(seed=None)
            *_, terminated, truncated, _ = seeing.step(seeing.action_space.sample())
            over = terminated or truncated
    return seeing.network, encoding, env


def seen_by(sight: str, task: Task, seed: int) -> tuple[VectorEnv, int]:
    """Environments whose observations are what the agent sees, and how many numbers these are."""
    envs = SyncVectorEnv([task.make] * AT_ONCE, autoreset_mode=AutoresetMode.SAME_STEP)
    if sight == "observation":
        plain = Plain(envs, task)
        return plain, plain.size
    if sight == "echo state network":
        echo = EchoStates(envs, task, seed)
        return echo, echo.size
    network, encoding, _ = network_for(task, seed, sight == "organised SORN")
    return VectorReservoirObservation(envs, network, encoding=encoding, pool_size=POOL), UNITS


# --- how it learns ---------------------------------------------------------------------------------------------------


class Learner(Protocol):
    def act(self, states: np.ndarray, progress: float) -> np.ndarray: ...
    def learn(self, states: np.ndarray, actions: np.ndarray, returns: np.ndarray) -> None: ...


def probabilities(z: np.ndarray) -> np.ndarray:
    """Softmax along the last axis."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class PolicyGradient:
    """REINFORCE (Williams 1992) for a softmax policy, with Adam and a linear value as its baseline."""

    def __init__(self, size: int, actions: int, rng: np.random.Generator, step_size: float) -> None:
        self.weights, self.value = np.zeros((size, actions)), np.zeros(size)
        self.mean, self.square, self.count = np.zeros((size, actions)), np.zeros((size, actions)), 0
        self.rng, self.step_size, self.size = rng, step_size, 1.0  # the last: of the errors of the baseline, squared

    def act(self, states: np.ndarray, progress: float) -> np.ndarray:
        reached = probabilities(states @ self.weights).cumsum(axis=1)
        return (self.rng.random((len(states), 1)) > reached[:, :-1]).sum(axis=1)

    def learn(self, states: np.ndarray, actions: np.ndarray, returns: np.ndarray) -> None:
        errors = returns - states @ self.value
        self.value += 0.25 * (errors @ states) / np.square(states).sum()
        self.size += 0.05 * (np.square(errors).mean() - self.size)
        advantages = errors / (np.sqrt(self.size) + 1e-8)
        p = probabilities(states @ self.weights)
        surprise = np.eye(self.weights.shape[1])[actions] - p
        log_p = np.log(p + 1e-12)
        entropy = -p * (log_p - (p * log_p).sum(axis=1, keepdims=True))  # its gradient
        gradient = states.T @ (surprise * advantages[:, None] + ENTROPY * entropy)
        self.count += 1
        self.mean += 0.1 * (gradient - self.mean)
        self.square += 0.001 * (gradient**2 - self.square)
        mean, square = self.mean / (1 - 0.9**self.count), self.square / (1 - 0.999**self.count)
        self.weights += self.step_size * mean / (np.sqrt(square) + 1e-8)


class ActionValues:
    """The return of each action by recursive least squares; the best action is taken, at first others as well."""

    def __init__(self, size: int, actions: int, rng: np.random.Generator, forgetting: float) -> None:
        self.values = [
            RecursiveLeastSquares(size, 1, delta=1.0, forgetting=forgetting, bias=True) for _ in range(actions)
        ]
        self.weights, self.bias = np.zeros((size, actions)), np.zeros(actions)
        self.rng = rng

    def act(self, states: np.ndarray, progress: float) -> np.ndarray:
        best = (states @ self.weights + self.bias).argmax(axis=1)
        explores = self.rng.random(len(states)) < max(0.01, 0.5 * (1 - 2 * progress))
        return np.where(explores, self.rng.integers(len(self.bias), size=len(states)), best)

    def learn(self, states: np.ndarray, actions: np.ndarray, returns: np.ndarray) -> None:
        for action, value in enumerate(self.values):
            took = actions == action
            if took.any():
                value.add(states[took], returns[took, None])
                found = value.readout
                self.weights[:, action], self.bias[action] = found.weights[0], found.bias[0]


# --- the loop --------------------------------------------------------------------------------------------------------


def returns_of(rewards: np.ndarray, discount: float) -> np.ndarray:
    """The discounted sum of the rewards from each step on."""
    found, following = np.empty(len(rewards)), 0.0
    for t in reversed(range(len(rewards))):
        found[t] = following = rewards[t] + discount * following
    return found


def play(envs: VectorEnv, learner: Learner, task: Task, seed: int) -> np.ndarray:
    """Play and learn; returns the sum of the rewards of each episode."""
    n = envs.num_envs
    totals: list[float] = []
    begins, now = np.zeros(n, int), 0
    states, _ = envs.reset(seed=seed)
    history: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []  # of the last steps: states, actions, rewards
    while len(totals) < task.episodes:
        actions = learner.act(states, len(totals) / task.episodes)
        following, rewards, terminated, truncated, _ = envs.step(actions)
        history.append((states.copy(), actions, rewards))
        now += 1
        for k in np.flatnonzero(terminated | truncated):
            episode = history[begins[k] - now :]
            seen = np.array([step[0][k] for step in episode], float)
            acted = np.array([step[1][k] for step in episode])
            gained = np.array([step[2][k] for step in episode], float)
            learner.learn(seen, acted, returns_of(gained, task.discount))
            totals.append(float(gained.sum()))
            begins[k] = now
        states = following
        if now % 512 == 0:
            history = history[begins.min() - now :] if begins.min() < now else []
    envs.close()
    return np.array(totals[: task.episodes])


SIGHTS = ("organised SORN", "random SORN", "echo state network", "observation")
WAYS = ("policy gradient", "RLS")
AGENTS = (*itertools.product(SIGHTS, WAYS), ("rmsorn", "reward"), ("nothing", "random actions"))


def score(name: str, sight: str, way: str, seed: int, step_size: float | None = None) -> tuple[float, float]:
    """The mean return of the last episodes, and the seconds that all took."""
    task, begin = TASKS[name], time.perf_counter()
    rng = np.random.default_rng(seed)
    if sight == "rmsorn":
        env = task.make()
        low, high = (np.array(task.low), np.array(task.high)) if task.low else (None, None)
        encoding = encode(env.observation_space) if low is None else encode(env.observation_space, low=low, high=high)
        network = sorn.Network(
            variant="rmsorn", ne=UNITS, actions=int(env.action_space.n), observations=encoding, pool_size=POOL, seed=seed
        )
        totals = train(network, env, task.episodes, seed=seed, reset_activity=True)
    elif sight == "nothing":
        envs = Plain(SyncVectorEnv([task.make] * AT_ONCE, autoreset_mode=AutoresetMode.SAME_STEP), task)
        totals = play(envs, PolicyGradient(envs.size, int(envs.single_action_space.n), rng, 0.0), task, seed)
    else:
        envs, size = seen_by(sight, task, seed)
        actions = int(envs.single_action_space.n)
        if way == "RLS":
            learner: Learner = ActionValues(size, actions, rng, 0.9999 if name in ("cartpole", "acrobot") else 1.0)
        else:
            learner = PolicyGradient(size, actions, rng, step_size or STEP or (0.05 if sight == "observation" else 0.005))
        totals = play(envs, learner, task, seed)
    return float(totals[-task.last :].mean()), time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--step-size", type=float)
    options = parser.parse_args()
    names = options.tasks
    seeds = range(options.first, options.first + options.seeds)
    with ProcessPoolExecutor(options.processes) as pool:
        for sight, way in AGENTS:
            cells = []
            for name in names:
                found = np.array(list(pool.map(score, *zip(*[(name, sight, way, seed, options.step_size) for seed in seeds], strict=True))))
                cells.append(f"{found[:, 0].mean():.3g} ± {found[:, 0].std():.2g} ({found[:, 1].mean():.1f} s)")
            print(f"| {sight} | {way} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
