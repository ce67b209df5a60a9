"""Trajectories of the authors' own programs, replayed by the engine and by the plain network.

Every `.npz` in tests/golden/variants is a test of both: each spike, each synapse, and the final weights and thresholds
must be equal, bit for bit. The keys of a file are described in tests/golden/variants/README.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sorn
from sorn import _core
from sorn._call import settings_of
from sorn._recording import plan
from sorn._state import StateDict


def _with_outputs(path: Path) -> bool:
    with np.load(path) as file:
        return "init_Woe" in file


ALL_FILES = sorted((Path(__file__).parents[1] / "golden" / "variants").glob("*.npz"))
FILES = [path for path in ALL_FILES if not _with_outputs(path)]
REWARD_FILES = [path for path in ALL_FILES if _with_outputs(path)]


class Trajectory:
    """A network of an author's program, what it was given, and what it did."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as file:
            self.arrays = dict(file)
        self.meta: dict[str, Any] = json.loads(self.arrays["meta"].item())
        self.ne, self.ni, self.steps = self.meta["ne"], self.meta["ni"], self.meta["T"]

    def variant(self) -> sorn.Variant:
        """The published variant with the values that this file states."""
        meta = self.meta
        prunes, scales_ei, istdp_runs = meta["prune"], meta["scale_ei"], meta["istdp_runs"]
        absent = ({"ssei"} if not scales_ei else set()) | ({"istdp"} if not istdp_runs else set())
        switches = {
            "order": [rule for rule in meta["order"] if rule not in absent],
            "inhibition": "fast" if meta["inhibition_reads"] == "x'" else "slow",
            "comparison": "at_least" if meta["threshold"] == ">=" else "greater",
            "eta_stdp": meta["eta_stdp"],
            "eta_ip": meta["eta_ip"],
            "eta_inhib": meta["eta_inhib"],
            "mu_ip": meta["mu_ip_istdp"],
            "input_gain": meta["gain"],
            "eta_ds": meta["eta_double_scaling"],
            "keep_zero": not prunes,
            "wee_min": meta["prune_below"] if prunes or meta["variant"] == "hartmann2015" else 0.0,
            "wee_max": 1e6 if meta["ee_upper"] is None else meta["ee_upper"],
            "wei_plasticity": "plastic" if scales_ei or istdp_runs else "static",
            "always_ip": False,
            "h_ip": 0.1,  # the state has the rate of each unit
        }
        if meta["sp_weight"] > 0:
            switches["sp_weight"] = meta["sp_weight"]
        return sorn.Variant(meta["variant"]).replace(**switches)

    def state(self) -> StateDict:
        a = self.arrays
        values = {key: a[f"init_{key}"].astype(float) for key in ("Wee", "Wei", "Wie", "Te", "Ti", "X", "Y")}
        values |= {"mask_ee": a["init_mask_ee"].astype(float), "h_ip": a["h_ip"]}
        ni = None if self.ni == int(0.2 * self.ne) else self.ni
        parameters = sorn.Parameters(variant=self.variant(), ne=self.ne, ni=ni, nu=self.ne)
        return StateDict(values, seed=0, parameters=parameters)

    def phases(self) -> list[tuple[slice, list[str]]]:
        """The steps before and after rules are frozen, and the frozen rules."""
        at = self.meta["freeze_at"]
        if not 0 <= at < self.steps:
            return [(slice(0, self.steps), [])]
        rules = {row["name"] for row in _core.rules()}
        frozen = [name for name in self.meta["frozen"] if name in rules]  # noise is given in any case
        return [(slice(0, at), []), (slice(at, self.steps), frozen)]

    def settings(self, steps: slice, freeze: list[str], record: list[str]) -> _core.RunSettings:
        a, meta = self.arrays, self.meta
        symbols = a["symbols"][steps]
        inputs = np.where(symbols >= 0, a["pools"][:, symbols], 0).astype(float)
        noise: Any = False
        if "noise_e" in a:
            noise = np.concatenate(
                [meta["sigma"] * (a[key][steps].T * meta["noise_scale"]) for key in ("noise_e", "noise_i")]
            )
        events = a["sp_events"].astype(np.int64)
        events = events[(events[:, 0] >= steps.start) & (events[:, 0] < steps.stop)] - [steps.start, 0, 0]
        return settings_of(
            inputs=inputs,
            time_steps=None,
            phase="plasticity",
            freeze=freeze,
            noise=noise,
            threads=None,
            record=plan(record, real=False).core,
            new_synapses=events,
        )


def by_engine(start: _core.Network, settings: _core.RunSettings) -> tuple[_core.Network, list[Any]]:
    network, arrays = _core.run(start, start.parameters, None, settings, None)
    counts = [*arrays[3][1:], network.connection_counts[0]]  # C is counted on entry to a step
    return network, [*arrays[:3], np.array(counts)]


def by_plain_network(start: _core.Network, settings: _core.RunSettings) -> tuple[_core.Network, list[Any]]:
    network, *arrays = _core.run_plain(start, settings)
    return network, arrays


@pytest.mark.parametrize("run", [by_engine, by_plain_network])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_golden_variant(path: Path, run: Callable[..., tuple[_core.Network, list[Any]]]) -> None:
    trajectory = Trajectory(path)
    a, ne, ni = trajectory.arrays, trajectory.ne, trajectory.ni
    network = trajectory.state()._network
    found: list[list[Any]] = []
    for steps, freeze in trajectory.phases():
        network, arrays = run(network, trajectory.settings(steps, freeze, ["E", "I", "R", "C"]))
        found.append(arrays)
    E, I, R, synapses = (np.concatenate(parts) for parts in zip(*found, strict=True))
    for spikes, key, units in ((E, "E", ne), (I, "I", ni), (R, "R", ne)):
        np.testing.assert_array_equal(spikes, np.unpackbits(a[key], axis=1)[:, :units], err_msg=key)
    np.testing.assert_array_equal(synapses, a["n_synapses_after"])
    final = StateDict._of(network)
    np.testing.assert_array_equal(final["Wee"], a["final_Wee"])
    np.testing.assert_array_equal(final["Te"], a["final_Te"])
    np.testing.assert_array_equal(final["Wei"], a.get("final_Wei", a["init_Wei"]))
    mask = final["mask_ee"] if "mask_ee" in final else final["Wee"] > 0
    np.testing.assert_array_equal(mask, a["final_mask_ee"])


def test_golden_variant_files_are_found() -> None:
    assert {Trajectory(path).meta["variant"] for path in FILES} >= {
        "delpapa2017",
        "hartmann2015",
        "lazar2009",
        "sorn_v2",
        "zheng2013",
    }


ROUNDING = 1e-12
"""Of weights: the programs that learn from reward add up sums in another order."""


def _largest_mean(rewards: np.ndarray, windows: list[int]) -> float:
    """The baseline of the package rmsorn: the largest mean over windows of all rewards so far."""
    sums = np.concatenate([[0.0], np.cumsum(rewards)])
    return max(((sums[n:] - sums[:-n]) / n).mean() for n in windows if n <= len(rewards))


@pytest.mark.parametrize("path", REWARD_FILES, ids=lambda path: path.stem)
def test_golden_variant_that_learns_from_reward(path: Path) -> None:
    with np.load(path) as file:
        a = dict(file)
    meta = json.loads(a["meta"].item())
    values = {"ne": meta["ne"], "ni": meta["ni"], "nu": len(a["inputs"])}
    state = {key: a[f"init_{key}"].astype(float) for key in ("Wee", "Wei", "Wie", "Te", "Ti", "Woe")}
    rewards = a["rewards"]
    if "package" in meta:
        values |= {"variant": "rmsorn_pypi", "eta_stdp": meta["eta_stdp"], "eta_oe": meta["eta_stdp"]}
        values |= {"eta_ip": meta["eta_ip"]}
        state |= {key: a[f"init_{key}"] for key in ("X", "Y")}
        state |= {"O": a["init_O"][:, 1:], "To": a["init_To"].reshape(1, 1)}
        rewards = np.array([r - _largest_mean(rewards[: t + 1], meta["windows"]) for t, r in enumerate(rewards)])
    else:
        values |= {"variant": "xing2019", "no": meta["no"], "sp_probability": 0, "h_ip": meta["h_ip_e"]}
        values |= {"eta_stdp": meta["eta_stdp_ee"], "eta_oe": meta["eta_stdp_oe"], "eta_ip": meta["eta_ip_e"]}
        values |= {"eta_ip_o": meta["eta_ip_o"], "reward_window": meta["window"]}
        values |= {"recurrent": "reward" if meta["recurrent_reward"] else "on"}
        values |= {"inhibition": "fast" if meta["fast_inhibit"] else "slow"}
        zeros = [np.zeros_like(a[f"init_{key}"]) for key in "xy"]
        state |= {"X": np.stack([zeros[0], a["init_x"]], 1), "Y": np.stack([zeros[1], a["init_y"]], 1)}
        state |= {"O": a["init_o"].reshape(-1, 1), "To": a["init_To"]}
        state |= {"h_o": np.broadcast_to(np.reshape(meta["h_ip_o"], (-1, 1)), (meta["no"], 1)).astype(float)}
    network = sorn.Network(state=state, seed=0, **values)
    run = network.run(a["inputs"], rewards=rewards, record=["E", "I", "O", "modulation"])
    for key in ("E", "I", "O"):
        np.testing.assert_array_equal(run[key], a[key], err_msg=key)
    np.testing.assert_allclose(run["modulation"], a["m"], rtol=0, atol=ROUNDING)
    np.testing.assert_array_equal(network.state["Te"], a["final_Te"])
    for key in ("Wee", "Wei", "Wie", "Woe"):
        np.testing.assert_allclose(network.state[key], a[f"final_{key}"], rtol=0, atol=ROUNDING, err_msg=key)
    np.testing.assert_array_equal(network.state["Wee"] > 0, a["final_Wee"] > 0)
    np.testing.assert_array_equal(network.state["To"].ravel(), a.get("final_To", a["init_To"]).ravel())
