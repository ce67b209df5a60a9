"""The pure-Python package `sorn` as a side of compare_peers.py: python side_pypi_sorn.py STATE.npz STEPS CALLS."""

import logging
import sys

import numpy as np
from side import seconds, serve, versions

from sorn import Simulator, Trainer

logging.disable(logging.CRITICAL)
STATE = dict(np.load(sys.argv[1]))
STEPS, CALLS = map(int, sys.argv[2:])
RNG = np.random.default_rng(1)
INPUTS = RNG.random((10, STEPS))
COLUMNS = RNG.random((CALLS, 4, 1))


def train(phase: str) -> float:
    """Seconds of a call that does one step with the state dictionary of the previous call."""
    sizes = {"ne": 50, "nu": 4}
    state, _ = Simulator.simulate_sorn(inputs=COLUMNS[0], phase="plasticity", timesteps=1, noise=True, **sizes)

    def calls() -> None:
        nonlocal state
        for column in COLUMNS:
            state, _ = Trainer.train_sorn(inputs=column, phase=phase, matrices=state, noise=True, timesteps=1, **sizes)

    return seconds(calls) / CALLS


def simulate() -> float:
    """Seconds of a step of a network with the default parameters, which include mu_ip = 0.1."""
    state = {name: values.copy() for name, values in STATE.items()}
    run = {"inputs": INPUTS, "phase": "plasticity", "matrices": state, "timesteps": STEPS, "noise": True}
    return seconds(lambda: Simulator.simulate_sorn(**run, ne=200, nu=10)) / STEPS


def measure() -> dict[str, object]:
    figures: dict[str, object] = {"step": simulate(), "versions": versions("numpy", "sorn")}
    if CALLS:
        figures |= {phase: train(phase) for phase in ("training", "plasticity")}
    return figures


serve(measure)
