"""This package as a side of compare_peers.py: python side_sorn.py STATE.npz STEPS REPEATS CALLS."""

import sys

import numpy as np
from side import seconds, serve, versions

from sorn import Network, Simulator, Trainer

STATE = dict(np.load(sys.argv[1]))
STEPS, REPEATS, CALLS = map(int, sys.argv[2:])
RNG = np.random.default_rng(1)
SIZE = {"nu": len(STATE["Te"]) // 20, "mu_ip": 0.1}
INPUTS = RNG.random((SIZE["nu"], STEPS))
COLUMNS = RNG.random((CALLS, 4, 1))


def train(phase: str) -> float:
    """Seconds of a call that does one step with the state dictionary of the previous call."""
    sizes = {"ne": 50, "nu": 4, "mu_ip": 0.1}
    state, *_ = Simulator.simulate_sorn(inputs=COLUMNS[0], phase="plasticity", matrices=None, noise=True, **sizes)

    def calls() -> None:
        nonlocal state
        for column in COLUMNS:
            state, *_ = Trainer.train_sorn(
                inputs=column, phase=phase, matrices=state, noise=True, time_steps=1, **sizes
            )

    return seconds(calls) / CALLS


def measure() -> dict[str, object]:
    networks = [Network(state=STATE, seed=seed, **SIZE) for seed in range(REPEATS)]

    def run() -> None:
        for network in networks:
            network.run(INPUTS)

    figures: dict[str, object] = {
        "step": seconds(run) / (STEPS * REPEATS),
        "synapses": networks[0].connection_counts[0],
        "versions": versions("numpy", "sorn"),
    }
    if CALLS:
        figures |= {phase: train(phase) for phase in ("training", "plasticity")}
    activity = Network(state=STATE, seed=0, **SIZE).run(INPUTS, record=["E"])["E"]
    return figures | {"activity": float(activity.mean())}


serve(measure)
