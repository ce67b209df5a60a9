"""Makes one picture of what each of the six rules does: python picture.py [FILE] [--steps N]."""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from additive_stdp import additive_stdp
from distance import distance, distances
from multiplicative_stdp import multiplicative_stdp
from oja import oja
from three_factor import three_factor
from vogels import vogels

import sorn

SMALL = {"ne": 100, "nu": 10, "mu_ip": 0.1, "seed": 5}
NOISE = 0.3  # units fire nearly at random


def weights_after(steps, rule, start=None):
    """The weights of a network whose STDP is the rule, after some steps from the weights `start`."""
    network = sorn.Network(**SMALL, order=[rule.name, "ip"], rules=[rule])
    if start is not None:
        state = network.state
        state["Wee"][state["Wee"] > 0] = start
        network = sorn.Network(state=state)
    network.run(time_steps=steps, noise=NOISE)
    return network.Wee.data


def additive(axes, steps):
    axes.hist(weights_after(steps, additive_stdp), bins=np.linspace(0, 0.2, 41), color="C0")
    axes.set(title="A  Additive STDP", xlabel="weight", ylabel="synapses")


def multiplicative(axes, steps):
    for start, color in ((0.01, "C1"), (0.19, "C3")):
        weights = weights_after(steps, multiplicative_stdp, start)
        axes.hist(weights, np.linspace(0, 0.2, 41), color=color, histtype="step", label=f"all from {start}")
    axes.set(title="B  Multiplicative STDP", xlabel="weight", ylabel="synapses")
    axes.legend(frameon=False)


def norms(axes, _):
    network = sorn.Network(**SMALL, order=["oja", "ip"], rules=[oja])
    weights = network.run(time_steps=300, record=["WEE"])["WEE"]
    axes.plot((weights**2).sum(axis=1), color="C2", alpha=0.2, linewidth=0.8)
    axes.axhline(1, color="black", linestyle=":")
    axes.set(title="C  Oja's rule", xlabel="step", ylabel="sum of squares of a unit's weights", ylim=(0, None))


def delayed_reward(axes, _):
    period, periods = 50, 10
    network = sorn.Network(ne=20, nu=4, lambda_ee=4, lambda_ei=4, order=["three_factor"], rules=[three_factor], seed=5)
    state = network.state
    state["Wee"][:] = 0.0
    state["Wee"][0, 1] = state["Wee"][2, 3] = 0.1
    state["Te"][:] = 1.0
    state["X"][:] = 0.0
    network = sorn.Network(state=state)
    drive, reward = np.zeros((4, period * periods)), np.zeros(period * periods)
    for step, unit in ((5, 0), (6, 1), (30, 2), (31, 3)):
        drive[unit, step::period] = 10.0
    reward[10::period] = 1.0
    rows = network.run(drive, noise=False, signals={"reward": reward}, record=["WEE"])["WEE"]
    axes.plot(rows[:, 0, 1], color="C0", label="reward 4 steps later")
    axes.plot(rows[:, 2, 3], color="C7", label="no reward")
    axes.set(title="D  Three factors", xlabel="step", ylabel="weight")
    axes.legend(frameon=False)


def inhibition(axes, steps):
    low = {"te_max": 0.2, "ti_max": 0.4}  # without inhibition all units would fire often
    network = sorn.Network(**SMALL, **low, order=["vogels"], rules=[vogels])
    spikes = network.run(time_steps=2 * steps, noise=0.2, record=["E"])["E"]
    window = max(1, steps // 10)
    rates = spikes[: len(spikes) // window * window].reshape(-1, window, spikes.shape[1]).mean(axis=1)
    axes.plot(window * np.arange(1, len(rates) + 1), rates, color="C4", alpha=0.2, linewidth=0.8)
    axes.axhline(vogels.parameters["rate"], color="black", linestyle=":")
    axes.set(title="E  Inhibitory plasticity", xlabel="step", ylabel="rate of each unit", ylim=(0, None))


def lengths(axes, steps):
    units = np.arange(SMALL["ne"])
    between = distances(np.stack([0.1 * (units % 10), 0.1 * (units // 10)], axis=1))
    network = sorn.Network(**SMALL, order=["distance"], rules=[distance.replace(memory=between)])
    before = network.Wee.toarray() > 0
    network.run(time_steps=max(20, steps // 6))
    new = (network.Wee.toarray() > 0) & ~before
    bins = np.linspace(0, 1.3, 27)
    axes.hist(between[new], bins, density=True, color="C5", label="new synapses")
    axes.hist(between[between > 0], bins, density=True, color="black", histtype="step", label="all pairs")
    axes.set(title="F  Distance", xlabel="length", ylabel="density")
    axes.legend(frameon=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", default=Path(__file__).parents[3] / "docs" / "images" / "rules.png")
    parser.add_argument("--steps", type=int, default=3000)
    given = parser.parse_args()
    figure, axes = plt.subplots(2, 3, figsize=(12, 7), layout="constrained")
    panels = (additive, multiplicative, norms, delayed_reward, inhibition, lengths)
    for panel, one in zip(panels, axes.flat, strict=True):
        panel(one, given.steps)
        one.spines[["top", "right"]].set_visible(False)
    figure.savefig(given.file, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    main()
