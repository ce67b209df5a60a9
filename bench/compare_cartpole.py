"""Compares sixteen cart-poles at once with the loop of examples/cartpole.py, in turns in one run.

    python bench/compare_cartpole.py [--rounds N] [--episodes N] [--environments N]

It needs an environment with this package and gymnasium: pip install '.[rl]'. Both sides learn with the readout of the
example after each episode, from networks of the same size, all on one core. Episodes get longer as a policy learns, so
the ratio is also that of the time of a step. Prints a table in Markdown.
"""

import argparse
import os
import sys
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # before NumPy is imported

import gymnasium  # noqa: E402
import numpy as np  # noqa: E402
from peer_tables import divided, processor, spread  # noqa: E402
from side import seconds, versions  # noqa: E402

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
import cartpole  # noqa: E402

import sorn  # noqa: E402
from sorn.gymnasium import PopulationCode, VectorReservoirObservation  # noqa: E402

NE = 128


def at_once(seed: int, episodes: int, count: int) -> np.ndarray:
    """As cartpole.train(), with `count` cart-poles; returns the reward of each episode."""
    envs = gymnasium.make_vec("CartPole-v1", count, vectorization_mode="vector_entry_point")
    code = PopulationCode(-cartpole.Encoder.SPAN, cartpole.Encoder.SPAN, units_per_value=NE // 16)
    envs = VectorReservoirObservation(envs, sorn.Network(ne=NE, nu=code.size, seed=seed), encoding=code)
    envs.phase = "plasticity"
    readout, rng = cartpole.Readout(NE, cartpole.SORN.step_size), np.random.default_rng(seed)
    scores: list[int] = []
    begins, now = np.zeros(count, int), 0
    last: list[np.ndarray] = []  # features of each step since the oldest episode began, and actions
    chosen: list[np.ndarray] = []
    spikes, _ = envs.reset(seed=seed)
    starts = np.zeros(count, bool)  # whose step only begins an episode: the mode of these environments is NEXT_STEP
    while len(scores) < episodes:
        logits = spikes @ readout.weights
        actions = (rng.logistic(size=count) < logits[:, 1] - logits[:, 0]).astype(np.int64)
        last.append(spikes)
        chosen.append(actions)
        now += 1
        spikes, _, fell, out_of_time, _ = envs.step(actions)
        begins[starts] = now
        starts = fell | out_of_time
        for k in np.flatnonzero(starts):
            length = now - begins[k]
            features = np.array([step[k] for step in last[-length:]], float)
            readout.learn(features, np.array([step[k] for step in chosen[-length:]]), [1.0] * length, bool(fell[k]))
            scores.append(length)
            if len(scores) == cartpole.PLASTICITY_EPISODES:
                envs.phase = "training"
        if now % 1024 == 0:
            kept = now - begins.min()
            last, chosen = last[len(last) - kept :], chosen[len(chosen) - kept :]
    envs.close()
    return np.array(scores[:episodes])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--episodes", type=int, default=1000)
    parser.add_argument("--environments", type=int, default=16)
    options = parser.parse_args()

    episodes, count = options.episodes, options.environments
    figures: dict[str, list[float]] = {name: [] for name in ("loop", "at once", "loop step", "at once step")}
    rewards: dict[str, list[float]] = {"loop": [], "at once": []}
    for seed in range(options.rounds):
        for name, play in (
            ("loop", lambda seed=seed: cartpole.train(cartpole.SORN, seed, episodes, NE, verbose=False)),
            ("at once", lambda seed=seed: at_once(seed, episodes, count)),
        ):
            found: list[np.ndarray] = []
            figures[name].append(seconds(lambda play=play, found=found: found.append(play())))
            figures[f"{name} step"].append(1e6 * figures[name][-1] / found[0].sum())
            rewards[name].append(float(found[0][-100:].mean()))

    print(f"One core of {processor()}; {', '.join(' '.join(each) for each in versions('sorn', 'gymnasium').items())}.")
    print(f"Median of {options.rounds} interleaved rounds and, in brackets, their range; processor time.")
    print(f"\n| {episodes:,} episodes | the loop | {count} at once | ratio |\n|---|---|---|---|")
    for what, suffix in (("seconds", ""), ("µs a step of one cart-pole", " step")):
        one, many = figures[f"loop{suffix}"], figures[f"at once{suffix}"]
        print(f"| {what} | {spread(one)} | {spread(many)} | {spread(divided(one, many))} |")
    print(f"| mean reward of the last 100 | {spread(rewards['loop'])} | {spread(rewards['at once'])} | |")


if __name__ == "__main__":
    main()
