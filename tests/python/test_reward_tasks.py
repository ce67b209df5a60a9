"""What ten networks learn from reward, in the tasks of examples/reward_tasks.py, and what controls do not."""

from __future__ import annotations

import runpy
from collections.abc import Callable

import numpy as np
import pytest
from conftest import REPOSITORY

TASKS = runpy.run_path(str(REPOSITORY / "examples" / "reward_tasks.py"))["TASKS"]
SEEDS = range(10)


def scores(task: Callable[[int], float]) -> np.ndarray:
    return np.array([task(seed) for seed in SEEDS])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "least"),
    [("cue", 0.97), ("environment", 47), ("pattern", 0.97)],
)
def test_every_network_learns(name: str, least: float) -> None:
    assert scores(TASKS[name]).min() >= least


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "least"), [("recall, 1 step back", 0.95), ("recall, 2 steps back", 0.83), ("generation", 0.97)]
)
def test_networks_learn_on_average(name: str, least: float) -> None:
    assert scores(TASKS[name]).mean() >= least


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "least", "most"),
    [("control: cue", 0.05, 0.45), ("control: recall, 2 steps back", 0.4, 0.6), ("cue, readout_lag=1", 0.0, 0.35)],
)
def test_controls_do_not_learn(name: str, least: float, most: float) -> None:
    assert least <= scores(TASKS[name]).mean() <= most
