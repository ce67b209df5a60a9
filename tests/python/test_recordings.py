"""Recordings that come back from result files."""

from __future__ import annotations

import subprocess

import h5py
import numpy as np
import pytest
from conftest import sorn_command

from sorn import FormatError, IoError, Network, ParameterError, Recordings

EVERYTHING = ["E", "I/2", "R", "C", "C_ei/3", "C_ie/5", "TE/7", "TI", "WEE/50", "WEI/50", "WIE/50"]


@pytest.fixture
def network() -> Network:
    network = Network(ne=50, nu=4, seed=11)
    network.run(time_steps=13)  # so that recordings do not begin with step 0
    return network


def test_saved_recordings_are_read_back(network, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")  # equal results are equal files then
    recorded = network.run(np.ones((network.parameters.nu, 100)), record=EVERYTHING, freeze=["sp", "ip"], noise=0.1)
    network.save(tmp_path / "run.h5", recorded)
    again = Recordings.load(tmp_path / "run.h5")
    assert isinstance(again, Recordings)
    assert list(again) == list(recorded)
    for name, array in recorded.items():
        assert again[name].dtype == array.dtype
        np.testing.assert_array_equal(again[name], array)
        np.testing.assert_array_equal(again.steps(name), recorded.steps(name))
    assert again.steps("I")[0] == 14
    network.save(tmp_path / "again.h5", again)
    assert (tmp_path / "again.h5").read_bytes() == (tmp_path / "run.h5").read_bytes()


def test_callback_names_become_short_names(network, tmp_path) -> None:
    recorded = network.run(time_steps=5, record=["ExcitatoryActivation", "EEConnectionCounts"])
    network.save(str(tmp_path / "run.h5"), recorded)
    again = Recordings.load(str(tmp_path / "run.h5"))
    assert list(again) == ["E", "C"]
    np.testing.assert_array_equal(again["E"], recorded["ExcitatoryActivation"])


def test_recordings_without_rows(network, tmp_path) -> None:
    recorded = network.run(time_steps=5, record=["E/1000", "C"])
    network.save(tmp_path / "run.h5", recorded)
    again = Recordings.load(tmp_path / "run.h5")
    assert again["E"].shape == (0, 50)
    assert len(again.steps("E")) == 0
    assert len(again["C"]) == 5
    network.save(tmp_path / "again.h5", again)


def test_files_without_recordings(network, tmp_path) -> None:
    network.save(tmp_path / "network.h5")
    assert Recordings.load(tmp_path / "network.h5") == {}


def test_files_of_the_command(tmp_path) -> None:
    arguments = ["simulate", "--steps", "40", "--seed", "3", "--record", "E,TE/4", "--out", "run.h5"]
    subprocess.run([sorn_command(), *arguments], cwd=tmp_path, check=True, capture_output=True)
    recorded = Recordings.load(tmp_path / "run.h5")
    expected = Network(seed=3).run(time_steps=40, record=["E", "TE/4"])
    for name in ("E", "TE"):
        np.testing.assert_array_equal(recorded[name], expected[name])
        np.testing.assert_array_equal(recorded.steps(name), expected.steps(name))


def test_step_numbers_are_kept(network, tmp_path) -> None:
    network.save(tmp_path / "run.h5", network.run(time_steps=5, record=["C"]))
    with h5py.File(tmp_path / "run.h5", "r+") as file:
        file["recordings/C"].attrs.modify("first_step", np.uint64(15))
    np.testing.assert_array_equal(Recordings.load(tmp_path / "run.h5").steps("C"), [15, 16, 17, 18, 19])


def test_files_that_cannot_be_read(network, tmp_path) -> None:
    with pytest.raises(IoError, match=r"none\.h5"):
        Recordings.load(tmp_path / "none.h5")
    (tmp_path / "text.h5").write_text("no result")
    with pytest.raises(FormatError, match=r"text\.h5"):
        Recordings.load(tmp_path / "text.h5")
    with pytest.raises(ParameterError, match="path"):
        Recordings.load(3)  # type: ignore[arg-type]
    network.save(tmp_path / "run.h5", network.run(time_steps=5, record=["C"]))
    with h5py.File(tmp_path / "run.h5", "r+") as file:
        del file["recordings/C"]
        file["recordings/C"] = np.zeros((5, 2))
    with pytest.raises(FormatError, match="C"):
        Recordings.load(tmp_path / "run.h5")


def test_text_that_is_not_utf_8(network, tmp_path) -> None:
    network.save(tmp_path / "run.h5", network.run(time_steps=5, record=["C"]))
    with h5py.File(tmp_path / "run.h5", "r+") as file:
        file["run"].attrs["inputs"] = np.bytes_(b"caf\xe9.csv")
    assert Recordings.load(tmp_path / "run.h5")._run["inputs"] == r"caf\xe9.csv"
