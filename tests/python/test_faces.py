"""The three faces give the same bits: Python, the command, and C++ through the hashes that its own tests promise."""

import re
import struct
import subprocess
import sysconfig
from pathlib import Path

import h5py
import numpy as np
import pytest

from sorn import Network, Simulator, StateDict

REPOSITORY = Path(__file__).parents[2]


def fnv1a(state: StateDict) -> int:
    """The hash of tests/core/test_seeds.cpp: FNV-1a over every number of a state, as 64-bit words."""
    words = bytearray()
    for key in ("Wee", "Wei", "Wie"):
        for column in state[key].T:
            (pre,) = np.nonzero(column)
            words += struct.pack(f"<{1 + len(pre)}Q", len(pre), *pre) + column[pre].tobytes()
    for key in ("Te", "Ti"):
        words += state[key].tobytes()
    for key in ("X", "Y"):
        words += state[key][:, 1].astype("<u8").tobytes()
    value = 0xCBF29CE484222325
    for byte in words:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def promised() -> list[int]:
    """The hashes in the C++ test: of building a network, and of running it for 2,000 steps, with seed 2026."""
    source = (REPOSITORY / "tests" / "core" / "test_seeds.cpp").read_text()
    return [int(number) for number in re.findall(r"(\d{15,})U\)", source)]


def test_python_gives_the_numbers_of_the_cpp_tests() -> None:
    network = Network(seed=2026)
    built, ran, *_ = promised()
    assert fnv1a(network.state) == built
    network.run(time_steps=2000)
    assert fnv1a(network.state) == ran


@pytest.mark.parametrize("recorded", [[], ["--record", "E,I,R,C"]])
def test_the_command_gives_the_numbers_of_python(tmp_path: Path, recorded: list[str]) -> None:
    inputs = np.random.default_rng(5).random((7, 400))
    np.save(tmp_path / "inputs.npy", inputs)
    command = Path(sysconfig.get_path("scripts")) / "sorn"
    options = ["--seed", "99", "--set", "ne=80", "--set", "mu_ip=0.1", "--freeze", "ip", "--noise", "0.1"]
    subprocess.run(
        [command, "simulate", "--inputs", "inputs.npy", *options, *recorded, "--out", "run.h5", "--quiet"],
        cwd=tmp_path,
        check=True,
    )
    state, E, I, R, C = Simulator.simulate_sorn(inputs, seed=99, ne=80, mu_ip=0.1, freeze=["ip"], noise=0.1)
    loaded = Network.load(tmp_path / "run.h5")
    assert loaded.state == state
    assert (loaded.seed, loaded.step_count) == (99, 400)
    if recorded:
        with h5py.File(tmp_path / "run.h5") as file:
            for name, array in (("E", E), ("I", I), ("R", R), ("C", C)):
                np.testing.assert_array_equal(file["recordings"][name], array)
