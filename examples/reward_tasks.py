"""What a network learns from reward: cues, recall, patterns and a sequence of its own, with controls.

    python examples/reward_tasks.py --seeds 10

Each task trains a network of 200 excitatory units and 40 inhibitory ones, and then tests it for 2,000 steps without
plasticity. The score is the fraction of right answers. Controls receive rewards that were drawn at random from those of
a network that learned. The page docs/reward.md explains the tasks and lists the scores of ten networks.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator

import gymnasium
import numpy as np

import sorn
from sorn.gymnasium import train

TEST_STEPS = 2000


def network(seed: int, symbols: int, actions: int, *, pool_size: int = 10, rate: float = 0.1, **values) -> sorn.Network:
    """A network whose symbols drive pools of `pool_size` units, and whose units aim at the rate `rate`."""
    return sorn.Network(
        variant="rmsorn", seed=seed, observations=symbols, actions=actions, pool_size=pool_size, h_ip=rate, **values
    )


Trial = tuple[int, int | None]
"""A symbol, and the action that is right when it is shown; None: no action is rewarded."""


def answers(net: sorn.Network, trials: Iterator[Trial], steps: int, rewards: np.ndarray | None = None) -> np.ndarray:
    """Whether each answer that can be right is; the network learns from this unless it is frozen.

    With `rewards`, it learns from these in their place.
    """
    right = []
    for _ in range(steps):
        symbol, wanted = next(trials)
        action = net.act(symbol)
        if wanted is None:
            net.learn(None)
            continue
        right.append(float(action == wanted))
        net.learn(right[-1] if rewards is None else rewards[len(right) - 1])
    return np.array(right)


def score(net: sorn.Network, trials: Iterator[Trial], steps: int, rng: np.random.Generator, control: bool) -> float:
    """Train for `steps` steps, then test. A control learns from rewards drawn from those of a copy that learned."""
    rewards = None
    if control:
        rewards = rng.permutation(answers(net.copy(), trials, steps))
    answers(net, trials, steps, rewards)
    with net.frozen():
        return float(answers(net, trials, TEST_STEPS).mean())


def cue(seed: int, *, control: bool = False, **values) -> float:
    """Each of four symbols asks for an action of its own. Chance: 0.25."""
    rng = np.random.default_rng(seed)
    wanted = rng.permutation(4)

    def trials() -> Iterator[Trial]:
        while True:
            symbol = int(rng.integers(4))
            yield symbol, int(wanted[symbol])

    return score(network(seed, 4, 4, **values), trials(), 3000, rng, control)


def recall(seed: int, back: int, *, control: bool = False, **values) -> float:
    """Say which of two symbols was shown `back` steps ago. Chance: 0.5."""
    rng = np.random.default_rng(seed)

    def trials() -> Iterator[Trial]:
        past = [int(symbol) for symbol in rng.integers(2, size=back)]
        while True:
            past.append(int(rng.integers(2)))
            yield past[-1], past.pop(0)

    net = network(seed, 2, 2, pool_size=20, rate=0.2, **values)
    return score(net, trials(), 10_000, rng, control)


def pattern(seed: int) -> float:
    """Tell the word 1234 from 3214, 2134 and 3124, which end as it does, at its last symbol. Chance: 0.5."""
    rng = np.random.default_rng(seed)
    others = ("3214", "2134", "3124")

    def trials() -> Iterator[Trial]:
        while True:
            is_wanted = int(rng.integers(2))
            word = "1234" if is_wanted else others[int(rng.integers(3))]
            for place, letter in enumerate(word):
                yield int(letter) - 1, is_wanted if place == 3 else None

    return score(network(seed, 4, 2, pool_size=20, rate=0.2), trials(), 20_000, rng, False)


def generation(seed: int, letters: int = 10) -> float:
    """Say 0, 1, … 9, 0, 1, …: the input is the network's own last answer. Chance: 0.1."""
    net = network(seed, letters, letters, eta_ip_o=0.005)

    def generated(steps: int) -> float:
        last, right = 0, 0
        for _ in range(steps):
            action = net.act(last)
            net.learn(float(action == (last + 1) % letters))
            right += action == (last + 1) % letters
            last = action
        return right / steps

    generated(4000)
    with net.frozen():
        return generated(TEST_STEPS)


class Cue(gymnasium.Env):
    """Episodes of 50 steps, in which each of four symbols asks for an action of its own."""

    observation_space = action_space = gymnasium.spaces.Discrete(4)

    def __init__(self, seed: int) -> None:
        self.wanted = np.random.default_rng(seed).permutation(4)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.symbol, self.steps = int(self.np_random.integers(4)), 0
        return self.symbol, {}

    def step(self, action):
        reward = float(action == self.wanted[self.symbol])
        self.symbol, self.steps = int(self.np_random.integers(4)), self.steps + 1
        return self.symbol, reward, False, self.steps == 50, {}


def environment(seed: int) -> float:
    """The cues as an environment: mean return of the last 20 of 60 episodes, of 50. Chance: 12.5."""
    return float(train(network(seed, 4, 4), Cue(seed), 60, seed=seed)[-20:].mean())


TASKS: dict[str, Callable[[int], float]] = {
    "cue": cue,
    "environment": environment,
    "recall, 1 step back": lambda seed: recall(seed, 1),
    "recall, 2 steps back": lambda seed: recall(seed, 2),
    "recall, 3 steps back": lambda seed: recall(seed, 3),
    "pattern": pattern,
    "generation": generation,
    "control: cue": lambda seed: cue(seed, control=True),
    "control: recall, 2 steps back": lambda seed: recall(seed, 2, control=True),
    "cue, readout_lag=1": lambda seed: cue(seed, readout_lag=1),
    "recall 2, recurrent='reward'": lambda seed: recall(seed, 2, recurrent="reward"),
    "recall 2, recurrent='off'": lambda seed: recall(seed, 2, recurrent="off"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="networks of each task (default: 3)")
    seeds = range(parser.parse_args().seeds)
    print(f"{'task':30}  {'mean':>6} ± {'sd':5}  {'least':>6}  {'largest':>7}  seconds a network")
    for name, task in TASKS.items():
        begin = time.perf_counter()
        scores = np.array([task(seed) for seed in seeds])
        seconds = (time.perf_counter() - begin) / len(seeds)
        ends = f"{scores.min():6.3f}  {scores.max():7.3f}"
        print(f"{name:30}  {scores.mean():6.3f} ± {scores.std():5.3f}  {ends}  {seconds:.2f}")


if __name__ == "__main__":
    main()
