"""What the tests share."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sorn import Simulator, StateDict

REPOSITORY = Path(__file__).parents[2]
GOLDEN = sorted((REPOSITORY / "tests" / "golden").glob("*.npz"))

# A shell that starts something in the background, as `nohup … &` does, makes it ignore SIGINT. Python then raises no
# KeyboardInterrupt, and tests that interrupt a run would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

STATE_KEYS = ["Wee", "Wei", "Wie", "Te", "Ti", "X", "Y"]


class Trajectory:
    """A reference trajectory: parameters, initial state, inputs, and the recordings."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as file:
            self.arrays = {name: file[name] for name in file.files}
        meta = json.loads(str(self.arrays["meta"]))
        self.phase = meta.pop("phase")
        self.freeze = meta.pop("freeze")
        self.noise = meta.pop("noise")
        self.steps = meta.pop("timesteps")
        meta.pop("api")
        self.hyperparameters: dict[str, Any] = meta

    @property
    def inputs(self) -> np.ndarray:
        return self.arrays["inputs"]

    def state(self, which: str) -> dict[str, np.ndarray]:
        return {key: self.arrays[f"{which}_{key}"] for key in STATE_KEYS}

    @property
    def arguments(self) -> dict[str, Any]:
        return {"phase": self.phase, "noise": self.noise, "freeze": self.freeze, **self.hyperparameters}


@pytest.fixture(params=GOLDEN, ids=lambda path: path.stem)
def trajectory(request: pytest.FixtureRequest) -> Trajectory:
    return Trajectory(request.param)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A client of Dask with two workers, which are processes."""
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
    with distributed.LocalCluster(**options) as workers, distributed.Client(workers) as client:
        yield client


@pytest.fixture
def inputs() -> np.ndarray:
    return np.random.default_rng(5).random((4, 30))


@pytest.fixture
def state(inputs: np.ndarray) -> StateDict:
    """A state dictionary of a small network that nobody has read yet."""
    return Simulator.simulate_sorn(inputs, ne=50, seed=11, record=[])[0]


@pytest.fixture
def picture_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty current folder, a Matplotlib without windows, and no figures left afterwards."""
    from matplotlib import pyplot

    monkeypatch.chdir(tmp_path)
    pyplot.switch_backend("agg")
    yield
    pyplot.close("all")


def same_arrays(a: Any, b: Any) -> bool:
    """Whether two state dictionaries, or two tuples of arrays, are equal to the bit."""
    if isinstance(a, dict):
        return list(a) == list(b) and all(np.array_equal(a[key], b[key]) for key in a)
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def sorn_command() -> str:
    """The command that SORN_COMMAND names, or that was installed with the package, or else the one in PATH."""
    installed = shutil.which("sorn", path=sysconfig.get_path("scripts")) or shutil.which("sorn")
    found = os.environ.get("SORN_COMMAND", installed)
    assert found, "pip install . installs the command"
    return found
