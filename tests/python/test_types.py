"""What type checkers say to callers: they accept the tutorial, and refuse unknown names and swapped values."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from conftest import REPOSITORY

import sorn
from sorn import Network, Parameters, Simulator, UnknownNameError, _names

GOOD = """
from typing import assert_type
import numpy as np
import numpy.typing as npt
from sorn import Network, Parameters, ResultFile, Simulator, StateDict, Statistics, Trainer
from sorn.sorn import Simulator as Same
from sorn.utils import Plotter

Floats = npt.NDArray[np.float64]
u = np.random.rand(10, 5)
state, E, I, R, C = Simulator.simulate_sorn(u, "plasticity", None, 5, True, ["ip"])
assert_type(state, StateDict)
assert_type(E, Floats)
assert_type(C, npt.NDArray[np.int64])
assert_type(Simulator.simulate_sorn(u, "plasticity", state, 5, 0.04, None, ["E"])[1], dict[str, npt.NDArray[npt.Any]])
state, recorded = Trainer.run(u, "training", state, 5, False, "stdp", ["WEE", "ExcitatoryActivation"], seed=1, nu=10)
state, file = Simulator.run(u, out="run.h5", checkpoint_every=2, network_type_ee="Sparse", max_workers=2)
assert_type(file, ResultFile)
assert_type(Statistics.isi_cv(E), Floats)
assert_type(Statistics.isi_cv(E, 3), float)
assert_type(Statistics.isi_lv(E, neuron=3, undefined=0.0), float)
Parameters(network_type_ee="Dense").replace(network_type_ei="Sparse")
Plotter.raster_plot(E)
""".replace("npt.Any", "Any").replace("from typing import assert_type", "from typing import Any, assert_type")

BAD = """
import numpy as np
import sorn
from sorn import Network, Parameters, Simulator, Trainer
u = np.random.rand(10, 5)
Simulator.simulate_sorn(u, phase="tranining")  # error
Simulator.run(u, "tranining")  # error
Trainer.train_sorn(u, phase="tranining")  # error
Trainer.run(u, freeze=["idp"])  # error
Network(ne=50).run(u, phase="tranining")  # error
Network(ne=50).step(phase="tranining")  # error
sorn.ensemble(3, u, freeze="idp")  # error
Parameters(network_type_ee="Spars")  # error
Simulator.run(u, network_type_ei="Spars")  # error
Simulator.run(u, callbacks=["WEEE"])  # error
Simulator.run(u, sed=3)  # error
Parameters(200)  # error
Simulator.simulate_sorn(u, None, "plasticity", 5)  # error
Simulator.simulate_sorn(u, "plasticity", 5, None)  # error
Trainer.train_sorn(u, phase=["ip"], freeze="training")  # error
Trainer.run(u, "training", None, ["ip"], True, 5)  # error
Simulator.run(u, seed="run.h5", out=3)  # error
Simulator.run(u, threads=2.0, timesteps=3)  # error
Network(ne=50).run(u, threads=5.0, time_steps=3)  # error
Network(ne=50).run(u, phase="ip", freeze="training")  # error
sorn.ensemble(3, u, state=Parameters(), parameters={})  # error
"""

SWAPPED = """
import numpy as np
from sorn import _core
from sorn._arguments import steps_to_run, thread_count
from sorn._call import settings_of
from sorn._recording import NOTHING
from sorn._running import engine_run, starting_point

u = np.random.rand(10, 5)
steps, threads = steps_to_run(u, 5), thread_count(2)
one = _core.RunSettings(
    steps=steps, threads=threads, phase="training", freeze=("ip",), noise=False, inputs=u, record=NOTHING
)
_core.RunSettings(
    steps=threads, threads=steps, phase="training", freeze=("ip",), noise=False, inputs=u, record=NOTHING  # error
)
_core.RunSettings(
    steps=steps, threads=threads, phase=("ip",), freeze="training", noise=False, inputs=u, record=NOTHING  # error
)
_core.RunSettings(
    steps=steps, threads=threads, phase="training", freeze=("ip",), noise=None, inputs=False, record=NOTHING  # error
)
_core.RunSettings(steps, threads, "training", ("ip",), False, u, NOTHING)  # error
settings_of(
    inputs=u, time_steps=5.0, threads=2, phase="training", freeze="ip", noise=False, record=NOTHING
)
settings_of(
    inputs=u, time_steps=2, threads=5.0, phase="training", freeze="ip", noise=False, record=NOTHING  # error
)
settings_of(
    inputs=u, time_steps=5, threads=2, phase="ip", freeze="training", noise=False, record=NOTHING  # error
)
start = starting_point(None, 1, None, {})
starting_point(1, None, None, {})  # error
starting_point({}, None, None, None)  # error
engine_run(*start, one, False)
engine_run(*start, False, one)  # error
"""


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cells of each page of the tutorial, and lines that are right or wrong."""
    folder = tmp_path_factory.mktemp("programs")
    pages = sorted((REPOSITORY / "docs" / "tutorial").glob("*.md"))
    for page in pages:
        cells = re.findall(r"^```\{code-cell\} python\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)
        code = [re.sub(r"\A(:.*\n)+", "", cell) for cell in cells]
        code = [re.sub(r"^(\s*)[%!].*$", r"\1pass", cell, flags=re.MULTILINE) for cell in code if "%%" not in cell]
        if code:
            (folder / f"{page.stem.replace('-', '_')}.py").write_text("\n".join(code))
    assert len(list(folder.iterdir())) >= 7
    (folder / "good.py").write_text(GOOD)
    (folder / "bad.py").write_text(BAD)
    (folder / "swapped.py").write_text(SWAPPED)
    return folder


def lines_that_are_wrong(programs: Path, command: list[str], pattern: str) -> None:
    """Run a type checker and compare where it finds errors."""
    files = sorted(path.name for path in programs.glob("*.py"))
    done = subprocess.run([*command, *files], cwd=programs, capture_output=True, text=True)
    found = {(match[1], int(match[2])) for match in re.finditer(pattern, done.stdout, re.MULTILINE)}
    expected = {
        (name, number)
        for name, text in (("bad.py", BAD), ("swapped.py", SWAPPED))
        for number, line in enumerate(text.splitlines(), 1)
        if line.endswith("# error")
    }
    assert found == expected, done.stdout[-5000:] + done.stderr


@pytest.mark.slow
def test_mypy_accepts_the_tutorial_and_refuses_wrong_names(programs, request) -> None:
    pytest.importorskip("mypy")
    kept = getattr(request.config, "cache", None)  # reading the types of numpy takes most of the time
    cache = programs / "cache" if kept is None else kept.mkdir("mypy")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--ignore-missing-imports",
        "--check-untyped-defs",
        "--cache-dir",
        str(cache),
    ]
    lines_that_are_wrong(programs, command, r"^(\w+\.py):(\d+): error")


@pytest.mark.skipif(shutil.which("pyright") is None, reason="pyright is not installed")
def test_pyright_accepts_the_tutorial_and_refuses_wrong_names(programs) -> None:
    (programs / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}')
    command = ["pyright", "--pythonpath", sys.executable]
    lines_that_are_wrong(programs, command, r"(\w+\.py):(\d+):\d+ - error")


def test_names_equal_those_of_the_engine() -> None:
    for argument, names in (("phase", _names.Phase), ("freeze", _names.Rule), ("network_type_ee", _names.NetworkType)):
        with pytest.raises(UnknownNameError) as caught:
            Simulator.run(time_steps=3, ne=50, **{argument: "none of them"})
        # Tests in the same process may have defined rules of their own, which come after those of the engine.
        assert caught.value.rule.startswith(f"must be one of {', '.join(get_args(names))}")


def test_counts_are_int64() -> None:
    state, *_, C = Simulator.simulate_sorn(time_steps=3, ne=50, seed=1)
    network = Network(state=state)
    recorded = network.run(time_steps=3, record=["C", "C_ei", "C_ie"])
    ensemble = sorn.ensemble(2, time_steps=3, ne=50, record=["C"])
    sweep = sorn.sweep({"parameters": {"ne": 50}, "run": {"steps": 9}, "sweep": {"statistics": ["ee_synapses"]}})
    train = np.zeros((9, 2), dtype=np.uint8)
    train[[1, 5]] = 1
    arrays = {
        "C": C,
        **recorded,
        "steps": recorded.steps("C"),
        "replica": ensemble[0].recordings["C"],
        "statistics": ensemble.statistics["steps"],
        "run": sweep["run"],
        "intervals": sorn.Statistics.spike_time_intervals(train)[0],
        "times": sorn.Statistics.spike_times(train)[0],
    }
    assert {name: array.dtype.type for name, array in arrays.items()} == dict.fromkeys(arrays, np.int64)
    assert ensemble.statistics["seed"].dtype.type is np.uint64
    assert isinstance(C[0], np.int64)
    assert C.flags.writeable


def test_parameters_by_position_are_refused() -> None:
    with pytest.raises(sorn.ParameterError, match=r"Parameters\(50\): hyperparameters are given by name"):
        Parameters(50)
