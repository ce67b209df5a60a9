"""A pole is balanced on a cart by a policy that sees nothing but the spikes of a self-organizing network.

    pip install '.[rl,plot]'
    python examples/cartpole.py [--seeds 10] [--episodes 1000] [--ne 128] [--out results/cartpole] [--no-compare]

Every variable of the cart (position, velocity, angle, angular velocity) drives a population of input units. In the
first episodes the network changes itself; then it is frozen, while a softmax policy that reads the excitatory units
goes on learning by policy gradient. Three others play beside it: a network of the same size that was never plastic,
a policy that is linear in the observation itself, and one that never learns. Leaves a learning curve (PNG) and the
reward of every episode (CSV). examples/cartpole.cpp is the same without Python.
"""

import argparse
import csv
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gymnasium
import numpy as np

import sorn

PLASTICITY_EPISODES = 20
GAMMA = 0.99  # discount factor of the rewards
VALUE_STEP = 0.25  # of the baseline; 1 would correct the mean error of an episode at once
WINDOW = 100  # episodes that a mean reward is taken over
SOLVED = 195  # mean reward over 100 episodes at which CartPole-v0 counted as solved
CAP = 500  # steps of the longest episode


@dataclass(frozen=True)
class Player:
    """One of the policies to compare: what it sees, and the size of its learning steps."""

    name: str
    sees_spikes: bool
    plasticity_episodes: int
    step_size: float
    colour: str
    line: str


# Each step size was chosen for its own policy, on seeds above 100: half or twice as much does about as well, four times
# as much is worse.
SORN = Player("SORN", True, PLASTICITY_EPISODES, 0.005, "#0072B2", "-")
STATIC = Player("static reservoir", True, 0, 0.005, "#D55E00", "--")
LINEAR = Player("linear, raw observation", False, 0, 0.1, "#009E73", "-.")
RANDOM = Player("random", False, 0, 0.0, "0.45", ":")


# --- what a policy sees ----------------------------------------------------------------------------------------------


class Encoder:
    """Population code: `per_variable` input units for each of the four variables of the cart.

    The preferred values of a variable's units are spread evenly over ±SPAN. "On" units are driven the more the
    further the variable is above their preferred value, "off" units (every second one) the further it is below.
    At the preferred value the drive is 0.5, the middle of the range of the thresholds.
    """

    SPAN = np.array([1.5, 1.5, 0.12, 1.5])  # m, m/s, rad, rad/s
    GAIN = 4.0  # drive per SPAN

    def __init__(self, per_variable: int) -> None:
        preferred = np.tile(np.linspace(-1.0, 1.0, per_variable), len(self.SPAN))
        sign = np.where(np.arange(len(preferred)) % 2 == 0, 1.0, -1.0)
        variable_of_unit = np.repeat(np.diag(1.0 / self.SPAN), per_variable, axis=0)
        self.weights = self.GAIN * sign[:, None] * variable_of_unit
        self.offset = 0.5 - self.GAIN * sign * preferred
        self.size = len(preferred)

    def __call__(self, observation: np.ndarray) -> np.ndarray:
        return self.weights @ observation + self.offset


class Reservoir:
    """The excitatory activity of a network that the observation drives; plastic in the first episodes only.

    A quarter of the excitatory units gets input, so that intrinsic plasticity steers towards the rate
    H_IP = 2·nu/ne = 1/2, at which a binary unit can tell most.
    """

    def __init__(self, ne: int, plasticity_episodes: int, seed: int) -> None:
        self.encoder = Encoder(per_variable=ne // 16)
        self.network = sorn.Network(ne=ne, nu=self.encoder.size, seed=seed)
        self.plasticity_episodes = plasticity_episodes
        self.size = ne

    def __call__(self, observation: np.ndarray, episode: int) -> np.ndarray:
        # What Simulator.simulate_sorn and Trainer.train_sorn do for one step with matrices=state_dict, in place.
        phase = "plasticity" if episode < self.plasticity_episodes else "training"
        return self.network.step(self.encoder(observation), phase=phase, noise=False)


class RawObservation:
    """The four variables themselves, and a constant."""

    size = 5

    def __call__(self, observation: np.ndarray, episode: int) -> np.ndarray:
        return np.append(observation, 1.0)


# --- how it learns ---------------------------------------------------------------------------------------------------


def softmax(z: np.ndarray) -> np.ndarray:
    """Probabilities of the actions, along the last axis."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def discounted_returns(rewards: Sequence[float], gamma: float, afterwards: float = 0.0) -> np.ndarray:
    """G[t] = Σ_k gamma^k · rewards[t + k]; `afterwards` is what would have followed the last reward."""
    returns = np.empty(len(rewards))
    following = afterwards
    for t in reversed(range(len(rewards))):
        following = rewards[t] + gamma * following
        returns[t] = following
    return returns


def policy_gradient(
    weights: np.ndarray, features: np.ndarray, actions: np.ndarray, advantages: np.ndarray
) -> np.ndarray:
    """Gradient of Σ_t advantages[t] · log π(actions[t] | features[t]) with respect to the policy's weights."""
    dlog = np.eye(weights.shape[1])[actions] - softmax(features @ weights)  # ∂ log π / ∂z at each step
    return features.T @ (dlog * advantages[:, None])


class Readout:
    """A softmax policy and, as its baseline, a value; both are linear in the features."""

    def __init__(self, size: int, step_size: float) -> None:
        self.weights = np.zeros((size, 2))  # one column for each action: all equal, so that it begins at random
        self.value_weights = np.zeros(size)
        self.step_size = step_size
        self.episodes = 0
        self.mean, self.square = np.zeros_like(self.weights), np.zeros_like(self.weights)  # of the gradient

    def action(self, features: np.ndarray, rng: np.random.Generator) -> int:
        """0 (push to the left) or 1 (to the right), with the probabilities of softmax."""
        left, right = features @ self.weights
        return int(rng.logistic() < right - left)  # for two actions softmax is the logistic function of the difference

    def learn(self, features: np.ndarray, actions: np.ndarray, rewards: Sequence[float], fell: bool) -> None:
        """REINFORCE with a learned baseline, after an episode that ended with a fall or by the clock."""
        # If only the clock ended it, the pole stood: the value of the last step stands for all that would have come.
        afterwards = 0.0 if fell else float(features[-1] @ self.value_weights)
        advantages = discounted_returns(rewards, GAMMA, afterwards) - features @ self.value_weights
        self.ascend(policy_gradient(self.weights, features, actions, advantages))
        self.value_weights += VALUE_STEP * (advantages @ features) / np.square(features).sum()

    def ascend(self, gradient: np.ndarray, beta1: float = 0.9, beta2: float = 0.999, tiny: float = 1e-8) -> None:
        """A step of Adam (Kingma & Ba 2015) uphill."""
        self.episodes += 1
        self.mean = beta1 * self.mean + (1 - beta1) * gradient
        self.square = beta2 * self.square + (1 - beta2) * gradient**2
        mean, square = self.mean / (1 - beta1**self.episodes), self.square / (1 - beta2**self.episodes)
        self.weights += self.step_size * mean / (np.sqrt(square) + tiny)


# --- the loop --------------------------------------------------------------------------------------------------------


def train(player: Player, seed: int, episodes: int, ne: int, verbose: bool = True) -> np.ndarray:
    """Plays and learns; returns the reward of each episode."""
    env = gymnasium.make("CartPole-v1", max_episode_steps=CAP)
    rng = np.random.default_rng(seed)
    see = Reservoir(ne, player.plasticity_episodes, seed) if player.sees_spikes else RawObservation()
    readout = Readout(see.size, player.step_size)
    scores = np.zeros(episodes)
    begin = time.perf_counter()
    for episode in range(episodes):
        observation, _ = env.reset(seed=seed if episode == 0 else None)
        features, actions, rewards = [], [], []
        fell = out_of_time = False
        while not (fell or out_of_time):
            features.append(see(observation, episode))
            actions.append(readout.action(features[-1], rng))
            observation, reward, fell, out_of_time, _ = env.step(actions[-1])
            rewards.append(float(reward))
        readout.learn(np.array(features, dtype=float), np.array(actions), rewards, fell)
        scores[episode] = sum(rewards)
        if verbose and (episode + 1) % 50 == 0:
            seconds = time.perf_counter() - begin
            recent = scores[max(0, episode + 1 - WINDOW) : episode + 1]
            print(
                f"{player.name}, seed {seed}, episode {episode + 1:4}: mean reward of the last {len(recent)} "
                f"{recent.mean():5.1f}; {(episode + 1) / seconds:,.0f} episodes/s, "
                f"{scores[: episode + 1].sum() / seconds:,.0f} steps/s",
                flush=True,
            )
    env.close()
    return scores


# --- what is shown ---------------------------------------------------------------------------------------------------


def print_table(scores: dict[Player, np.ndarray], seconds: dict[Player, float]) -> None:
    """One line for each player: its mean reward at the end over the seeds, and its pace."""
    seeds, episodes = next(iter(scores.values())).shape
    window = min(WINDOW, episodes)
    print(f"\nMean reward of the last {window} of {episodes} episodes (cap {CAP}), {seeds} seed(s)")
    print(f"{'policy':<26}{'median':>8}{'min':>8}{'max':>8}{'s/seed':>9}{'episodes/s':>12}{'steps/s':>10}")
    for player, rewards in scores.items():
        last = rewards[:, -window:].mean(axis=1)
        print(
            f"{player.name:<26}{np.median(last):8.1f}{last.min():8.1f}{last.max():8.1f}"
            f"{seconds[player] / seeds:9.1f}{rewards.size / seconds[player]:12,.0f}"
            f"{rewards.sum() / seconds[player]:10,.0f}"
        )


def running_mean(rewards: np.ndarray, window: int) -> np.ndarray:
    """Mean over the last `window` episodes (fewer at the beginning) along the last axis."""
    sums = np.cumsum(rewards, axis=-1)
    sums[..., window:] -= sums[..., :-window].copy()
    return sums / np.minimum(np.arange(1, rewards.shape[-1] + 1), window)


def draw_curves(scores: dict[Player, np.ndarray], path: Path) -> None:
    """The median over the seeds of the running mean reward, and its quartiles."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    window = 50
    seeds, episodes = next(iter(scores.values())).shape
    figure, axes = plt.subplots(figsize=(8, 4.8), layout="constrained")
    number = np.arange(1, episodes + 1)
    for player, rewards in scores.items():
        curves = running_mean(rewards, window)
        median = np.median(curves, axis=0)
        axes.plot(number, median, color=player.colour, linestyle=player.line, linewidth=1.8, label=player.name)
        low, high = np.quantile(curves, [0.25, 0.75], axis=0)
        axes.fill_between(number, low, high, color=player.colour, alpha=0.18, linewidth=0)
    axes.axhline(SOLVED, color="0.3", linewidth=0.8)
    solved = f"{SOLVED}: CartPole-v0 solved"
    axes.annotate(solved, (episodes, SOLVED), xytext=(-4, 3), textcoords="offset points", ha="right", fontsize=9)
    if SORN in scores:
        axes.axvspan(0, min(PLASTICITY_EPISODES, episodes), color="0.85", label="plasticity of the SORN", zorder=0)
    over_seeds = f": median of {seeds} seeds, and the middle half of them" if seeds > 1 else ""
    axes.set(
        xlabel="episode",
        ylabel=f"reward, mean of the last {window} episodes (steps)",
        xlim=(0, episodes),
        ylim=(0, CAP * 1.04),
        title=f"CartPole-v1{over_seeds}",
    )
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=3, frameon=False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def write_rewards(scores: dict[Player, np.ndarray], first_seed: int, path: Path) -> None:
    """One row for each episode."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["policy", "seed", "episode", "reward"])
        for player, rewards in scores.items():
            for (index, episode), reward in np.ndenumerate(rewards):
                writer.writerow([player.name, first_seed + index, episode + 1, int(reward)])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default 1)")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="how many seeds to play (default 1)")
    parser.add_argument("--episodes", type=int, default=1000, help="episodes of each (default 1000)")
    parser.add_argument("--ne", type=int, default=128, help="excitatory units, at least 48 (default 128)")
    parser.add_argument("--out", type=Path, default=Path("results/cartpole"), help="folder for the curve and rewards")
    parser.add_argument("--no-compare", action="store_true", help="only the SORN")
    options = parser.parse_args(arguments)
    if options.seed < 0 or options.seeds < 1 or options.episodes < 1 or options.ne < 48:
        parser.error("--seed must be at least 0, --seeds and --episodes at least 1, --ne at least 48")

    scores: dict[Player, np.ndarray] = {}
    seconds: dict[Player, float] = {}
    for player in [SORN] if options.no_compare else [SORN, STATIC, LINEAR, RANDOM]:
        begin = time.perf_counter()
        seeds = range(options.seed, options.seed + options.seeds)
        scores[player] = np.array([train(player, seed, options.episodes, options.ne) for seed in seeds])
        seconds[player] = time.perf_counter() - begin
    print_table(scores, seconds)

    options.out.mkdir(parents=True, exist_ok=True)
    write_rewards(scores, options.seed, options.out / "rewards.csv")
    draw_curves(scores, options.out / "learning_curve.png")
    print(f"results: {options.out / 'learning_curve.png'}, {options.out / 'rewards.csv'}")


if __name__ == "__main__":
    main()
