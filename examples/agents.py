"""Agents that read a self-organizing network in four environments, beside other reservoirs and other ways to learn.

    pip install '.[rl]'
    python examples/agents.py [--seeds 10] [--tasks cartpole tmaze] [--out agents.csv]

What an agent sees (spikes of a network that has organised itself, of one that never did, an echo state network, or the
observation itself) and how it learns (policy gradient, action values by recursive least squares) are independent. A
third way to learn needs no readout: the network of the variant rmsorn acts by itself, and its rules learn from the
reward. Sixteen environments run at once. Prints a table of the mean return of the last episodes; docs/gymnasium.md
discusses it. All of it takes about half an hour on two cores.

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
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each process has one thread; set before NumPy is imported

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv, VectorWrapper

import sorn
from sorn.gymnasium import PopulationCode, ReservoirObservation, VectorReservoirObservation, encode, train
from sorn.readout import RecursiveLeastSquares

AT_ONCE = 16  # environments
UNITS = 200
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
    steps: tuple[float, float, float] = (0.005, 0.001, 0.05)
    """How large the steps of the policy gradient are with spikes, states of an echo state network, and observations."""
    forgetting: float = 1.0
    """Of the action values."""

    def code(self) -> PopulationCode | None:
        return PopulationCode(self.low, self.high, units_per_value=UNITS // 4 // len(self.low)) if self.low else None


# The sizes of steps were chosen from three or four, on seeds above 100.
TASKS = {
    "cartpole": Task(
        lambda: gymnasium.make("CartPole-v1"),
        episodes=1000,
        last=100,
        low=(-1.5, -1.5, -0.12, -1.5),
        high=(1.5, 1.5, 0.12, 1.5),
        discount=0.99,
        steps=(0.002, 0.001, 0.05),
        forgetting=0.9999,
    ),
    "acrobot": Task(
        lambda: gymnasium.make("Acrobot-v1"),
        episodes=500,
        last=100,
        low=(-1, -1, -1, -1, -4, -9),
        high=(1, 1, 1, 1, 4, 9),
        discount=0.99,
        steps=(0.001, 0.0005, 0.01),
        forgetting=0.9999,
    ),
    "tmaze": Task(TMaze, episodes=4000, last=1000),
    "gonogo": Task(go_nogo, episodes=4000, last=1000, low=(0, 0, 0), high=(1, 1, 1), steps=(0.002, 0.001, 0.05)),
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
        self.states = np.zeros((self.num_envs, UNITS))

    def reset(self, **options: Any) -> tuple[np.ndarray, dict[str, Any]]:
        seen, infos = super().reset(**options)
        self.states = np.tanh(seen @ self.inputs)
        return self.states, infos

    def step(self, actions: np.ndarray) -> tuple[Any, ...]:
        seen, rewards, terminated, truncated, infos = super().step(actions)
        goes_on = ~(terminated | truncated)  # for the others, what is seen is the beginning of an episode
        self.states = np.tanh(goes_on[:, None] * self.states @ self.recurrent + seen @ self.inputs)
        return self.states, rewards, terminated, truncated, infos


def network_for(task: Task, seed: int, organised: bool) -> sorn.Network:
    """A network, which may organise itself for 4,000 steps while actions are drawn at random."""
    env = ReservoirObservation(task.make(), encoding=task.code(), pool_size=POOL, ne=UNITS, h_ip=0.2, seed=seed)
    if organised:
        env.phase = "plasticity"
        env.action_space.seed(seed)
        env.reset(seed=seed)
        for _ in range(4000):
            *_, terminated, truncated, _ = env.step(env.action_space.sample())
            if terminated or truncated:
                env.reset()
    env.close()
    return env.network


def environments(task: Task) -> VectorEnv:
    return SyncVectorEnv([task.make] * AT_ONCE, autoreset_mode=AutoresetMode.SAME_STEP)


def seen_by(sight: str, task: Task, seed: int) -> tuple[VectorEnv, int]:
    """Environments whose observations are what the agent sees, and how many numbers these are."""
    envs = environments(task)
    if sight in ("observation", "nothing"):
        plain = Plain(envs, task)
        return plain, plain.size
    if sight == "echo state network":
        return EchoStates(envs, task, seed), UNITS
    network = network_for(task, seed, sight == "organised SORN")
    spikes = VectorReservoirObservation(envs, network, encoding=task.code(), pool_size=POOL, threads=1)
    return spikes, UNITS


# --- how it learns ---------------------------------------------------------------------------------------------------


class Learner(Protocol):
    def act(self, states: np.ndarray, progress: float) -> np.ndarray: ...
    def outlook(self, state: np.ndarray) -> float: ...
    def learn(self, states: np.ndarray, actions: np.ndarray, returns: np.ndarray) -> None: ...


def probabilities(z: np.ndarray) -> np.ndarray:
    """Softmax along the last axis."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class PolicyGradient:
    """REINFORCE (Williams 1992) for a softmax policy, with Adam and a linear value as its baseline.

    A little of the gradient of the entropy keeps it trying.
    """

    ENTROPY = 0.02

    def __init__(self, size: int, actions: int, rng: np.random.Generator, step_size: float) -> None:
        self.weights, self.value = np.zeros((size, actions)), np.zeros(size)
        self.mean, self.square, self.count = np.zeros((size, actions)), np.zeros((size, actions)), 0
        self.rng, self.step_size = rng, step_size
        self.spread = 1.0  # of the errors of the baseline, squared

    def act(self, states: np.ndarray, progress: float) -> np.ndarray:
        reached = probabilities(states @ self.weights).cumsum(axis=1)
        return (self.rng.random((len(states), 1)) > reached[:, :-1]).sum(axis=1)

    def outlook(self, state: np.ndarray) -> float:
        return float(state @ self.value)

    def learn(self, states: np.ndarray, actions: np.ndarray, returns: np.ndarray) -> None:
        errors = returns - states @ self.value
        self.value += 0.25 * (errors @ states) / np.square(states).sum()
        self.spread += 0.05 * (np.square(errors).mean() - self.spread)
        advantages = errors / (np.sqrt(self.spread) + 1e-8)
        p = probabilities(states @ self.weights)
        surprise = np.eye(self.weights.shape[1])[actions] - p
        log_p = np.log(p + 1e-12)
        entropy = -p * (log_p - (p * log_p).sum(axis=1, keepdims=True))  # its gradient
        gradient = states.T @ (surprise * advantages[:, None] + self.ENTROPY * entropy)
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

    def outlook(self, state: np.ndarray) -> float:
        return float((state @ self.weights + self.bias).max())

    def learn(self, states: np.ndarray, actions: np.ndarray, returns: np.ndarray) -> None:
        for action, value in enumerate(self.values):
            took = actions == action
            if took.any():
                value.add(states[took], returns[took, None])
                found = value.readout
                self.weights[:, action], self.bias[action] = found.weights[0], found.bias[0]


# --- the loop --------------------------------------------------------------------------------------------------------


def returns_of(rewards: np.ndarray, discount: float, afterwards: float) -> np.ndarray:
    """The discounted sum of the rewards from each step on; `afterwards` is what would have followed the last one."""
    found, following = np.empty(len(rewards)), afterwards
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
        history.append((states, actions, rewards))
        now += 1
        for k in np.flatnonzero(terminated | truncated):
            episode = history[begins[k] - now :]
            seen = np.array([step[0][k] for step in episode], float)
            acted = np.array([step[1][k] for step in episode])
            gained = np.array([step[2][k] for step in episode], float)
            # If only the clock ended it, the value of the last step stands for all that would have come.
            afterwards = 0.0 if terminated[k] else learner.outlook(seen[-1])
            learner.learn(seen, acted, returns_of(gained, task.discount, afterwards))
            totals.append(float(gained.sum()))
            begins[k] = now
        states = following
        if now % 512 == 0:
            history = history[begins.min() - now :] if begins.min() < now else []
    envs.close()
    return np.array(totals[: task.episodes])


SIGHTS = ("organised SORN", "random SORN", "echo state network", "observation")
AGENTS = (
    *itertools.product(SIGHTS, ("policy gradient", "RLS")),
    ("rmsorn", "its own rules"),
    ("nothing", "random actions"),
)


def acting_network(task: Task, env: gymnasium.Env, seed: int) -> sorn.Network:
    """A network with an output unit for each action, which learns from the reward by its own rules."""
    within = {"low": np.array(task.low), "high": np.array(task.high)} if task.low else {}
    encoding = encode(env.observation_space, **within)
    given = {"ne": UNITS, "pool_size": POOL, "h_ip": 0.2, "seed": seed}
    return sorn.Network(variant="rmsorn", observations=encoding, actions=int(env.action_space.n), **given)


def score(name: str, sight: str, way: str, seed: int) -> float:
    """The mean return of the last episodes of an agent that learned from the first."""
    task, rng = TASKS[name], np.random.default_rng(seed)
    if sight == "rmsorn":
        env = task.make()
        totals = train(acting_network(task, env, seed), env, task.episodes, seed=seed, reset_activity=True)
        return float(totals[-task.last :].mean())
    envs, size = seen_by(sight, task, seed)
    actions = int(envs.single_action_space.n)
    if way == "RLS":
        learner: Learner = ActionValues(size, actions, rng, task.forgetting)
    else:
        spikes, states, numbers = task.steps
        step_size = {"echo state network": states, "observation": numbers, "nothing": 0.0}.get(sight, spikes)
        learner = PolicyGradient(size, actions, rng, step_size)
    return float(play(envs, learner, task, seed)[-task.last :].mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--out", help="a CSV file for all scores")
    options = parser.parse_args()
    names = [name for name in options.tasks if name != "gonogo" or importlib.util.find_spec("neurogym")]

    begin, rows = time.perf_counter(), []
    print(f"| what is seen | how it learns | {' | '.join(names)} |\n|---|---|{'---|' * len(names)}")
    with ProcessPoolExecutor(options.processes) as pool:
        for sight, way in AGENTS:
            cells = []
            for name in names:
                calls = [pool.submit(score, name, sight, way, seed) for seed in range(options.seeds)]
                scores = [call.result() for call in calls]
                rows += [(name, sight, way, seed, found) for seed, found in enumerate(scores)]
                cells.append(f"{np.mean(scores):.3g} ± {np.std(scores):.2g}")
            print(f"| {sight} | {way} | {' | '.join(cells)} |", flush=True)
    print(f"{options.seeds} seeds, {time.perf_counter() - begin:.0f} s")
    if options.out:
        with open(options.out, "w", newline="") as file:
            csv.writer(file).writerows([("task", "sees", "learns", "seed", "return"), *rows])


if __name__ == "__main__":
    main()
