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

FILES = sorted((Path(__file__).parents[1] / "golden" / "variants").glob("*.npz"))


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
