"""Where files say they come from."""

from __future__ import annotations

import datetime
import hashlib
import platform
import shlex
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from conftest import REPOSITORY, sorn_command

import sorn
from sorn import Network, ParameterError, Provenance

SMALL = {"ne": 40, "nu": 4, "lambda_ee": 8, "lambda_ei": 20}


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


def provenance_of(path: str) -> Provenance:
    with sorn.open(path) as file:
        return file.provenance


def hash_of(inputs: np.ndarray) -> str:
    """As the documentation says."""
    return hashlib.sha256(np.ascontiguousarray(inputs.T, "<f8")).hexdigest()


def check_made_here(found: Provenance) -> None:
    date = datetime.datetime.strptime(found.date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.UTC)
    assert abs((datetime.datetime.now(datetime.UTC) - date).total_seconds()) < 600
    assert found.version == sorn.__version__
    assert found.host == platform.node()


@pytest.mark.parametrize("layout", ["C", "F"])
def test_saved_recordings_and_streamed_runs_identify_their_inputs(layout) -> None:
    inputs = np.asarray(np.random.default_rng(1).random((4, 70)), order=layout)
    network = Network(**SMALL, seed=1)
    recordings = network.run(inputs, record=["E"])
    network.save("saved.h5", recordings)
    Network(**SMALL, seed=1).run(inputs, record=["E"], out="run.h5", checkpoint_every=30).close()
    sorn.ensemble(2, inputs, seed=1, record=["E"], out="ensemble.h5", **SMALL)
    for path in ("saved.h5", "run.h5", "ensemble-0.h5", "ensemble-1.h5"):
        found = provenance_of(path)
        check_made_here(found)
        assert "pytest" in found.command or "-c" in found.command
        assert (found.inputs, found.inputs_shape, found.inputs_sha256) == ("array", (4, 70), hash_of(inputs)), path
        assert Network.load(path).provenance == found
    replica = sorn.ensemble(2, inputs, seed=1, record=["E"], **SMALL)[1]
    replica.network.save("replica.h5", replica.recordings)
    assert provenance_of("replica.h5").inputs_sha256 == hash_of(inputs)


def test_networks_without_inputs() -> None:
    network = Network(**SMALL, seed=1)
    assert network.provenance is None
    network.save("network.h5")
    found = provenance_of("network.h5")
    check_made_here(found)
    assert (found.inputs, found.inputs_shape, found.inputs_sha256) == ("none", None, None)


def test_scripts_and_the_command() -> None:
    inputs = np.random.default_rng(2).random((4, 50)).astype(np.float32)
    np.save("in puts.npy", inputs)
    Path("script.py").write_text("import sorn; sorn.Network(ne=40, seed=1).save('script.h5')")
    subprocess.run([sys.executable, "script.py", "two words", "it's"], check=True)
    assert shlex.split(provenance_of("script.h5").command)[1:] == ["script.py", "two words", "it's"]

    words = ["simulate", "--inputs", "in puts.npy", "--set", "ne=40", "--out", "a.h5", "--quiet"]
    subprocess.run([sorn_command(), *words], check=True)
    found = provenance_of("a.h5")
    check_made_here(found)
    assert shlex.split(found.command)[1:] == words
    assert (found.inputs, found.inputs_shape, found.inputs_sha256) == ("in puts.npy", (4, 50), hash_of(inputs))
    said = subprocess.run([sorn_command(), "info", "a.h5"], check=True, capture_output=True, text=True).stdout
    for text in (found.date, found.host, found.command, found.inputs_sha256, "4 features x 50 steps"):
        assert text in said


def test_names_that_are_not_utf8() -> None:
    name = b"\xff\x1b.npy"
    with open(name, "wb") as file:
        np.save(file, np.zeros((4, 10)))
    command = [
        sorn_command().encode(),
        b"simulate",
        b"--inputs",
        name,
        b"--set",
        b"ne=40",
        b"--out",
        b"a.h5",
        b"--quiet",
    ]
    subprocess.run(command, check=True)
    found = provenance_of("a.h5")
    assert found.inputs == "\\xff\\x1b.npy"
    assert "--inputs $'\\xff\\x1b.npy'" in found.command
    with h5py.File("a.h5") as file:
        assert file["run"].attrs["inputs"] == found.inputs


def test_reproducible_files(monkeypatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    inputs = np.random.default_rng(3).random((4, 60))
    for name in ("a.h5", "b.h5"):
        network = Network(**SMALL, seed=1)
        network.save(name, network.run(inputs, record=["E"]))
    assert Path("a.h5").read_bytes() == Path("b.h5").read_bytes()
    found = provenance_of("a.h5")
    assert (found.date, found.host, found.command) == ("2001-09-09T01:46:40Z", None, None)
    assert found.inputs_sha256 == hash_of(inputs)

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "today")
    with pytest.raises(ParameterError, match="SOURCE_DATE_EPOCH=today: must be a whole number of seconds"):
        Network(**SMALL, seed=1).save("c.h5")
    assert not Path("c.h5").exists()


def test_tables_of_sweeps() -> None:
    sorn.sweep(
        {"parameters": {"ne": 40}, "run": {"steps": 5}, "sweep": {"statistics": ["mean_rate"], "grid": {"nu": [1, 2]}}},
        out="sweep",
    )
    with h5py.File("sweep/table.h5") as file:
        assert file.attrs["host"] == platform.node()
        assert file.attrs["date"].endswith("Z")
        assert file.attrs["command"]


def test_files_of_earlier_versions() -> None:
    found = Network.load(REPOSITORY / "tests" / "golden" / "result_v1.h5").provenance
    assert (found.date, found.host, found.command, found.inputs_shape, found.inputs_sha256) == (None,) * 5
    assert found.version == "0.1.0"
