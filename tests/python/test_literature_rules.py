"""The rules of examples/python/rules have the bits of those of examples/cpp/rules, which made the golden files."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import numpy as np
import pytest
from conftest import REPOSITORY

import sorn

FOLDER = REPOSITORY / "examples" / "python" / "rules"
NAMES = ("additive_stdp", "multiplicative_stdp", "oja", "three_factor", "vogels", "distance")


def rule_named(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(FOLDER))
    module = importlib.import_module(name)
    rule = getattr(module, name)
    if name != "distance":
        return rule
    units = np.arange(36)
    positions = np.stack([(1 / 6) * (units % 6), (1 / 6) * (units // 6)], axis=1)
    return rule.replace(memory=module.distances(positions))


@pytest.mark.parametrize("name", NAMES)
def test_it_has_the_bits_of_the_rule_in_cpp(name, monkeypatch):
    rule = rule_named(name, monkeypatch)
    order = [name, "ip", "istdp"]
    network = sorn.Network(ne=36, nu=4, lambda_ee=8, lambda_ei=9, mu_ip=0.1, order=order, rules=[rule], seed=5)
    reward = np.zeros(60)
    reward[4::5] = 1.0
    network.run(time_steps=60, signals={"reward": reward}, threads=2)
    assert network == sorn.Network.load(REPOSITORY / "tests" / "golden" / "rules" / f"{name}.h5")


@pytest.mark.parametrize("name", NAMES)
def test_it_has_the_parameters_of_the_rule_in_cpp(name, monkeypatch):
    header = (REPOSITORY / "examples" / "cpp" / "rules" / f"{name}.hpp").read_text()
    for parameter, value in rule_named(name, monkeypatch).values.items():
        assert f"{parameter} = {value!r}".replace("e-06", "e-6").replace("0.0001", "1e-4") in header


def test_the_pictures_are_made(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setattr(sys, "argv", ["picture.py", str(tmp_path / "rules.png"), "--steps", "20"])
    importlib.import_module("picture").main()
    assert (tmp_path / "rules.png").stat().st_size > 10000
