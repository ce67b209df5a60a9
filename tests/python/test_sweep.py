"""Sweeps from Python: the same runs and the same bits by threads, joblib, Dask and the command."""

from __future__ import annotations

import csv
import math
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import sorn_command
from hypothesis import given
from hypothesis import strategies as st

import sorn
from sorn import FormatError, IoError, Network, ParameterError, Parameters, ShapeError, Sweep

DESIGN: dict[str, Any] = {
    "parameters": {"ne": 40, "nu": 5, "lambda_ee": 8, "lambda_ei": 15},
    "run": {"steps": 300, "seed": 4},
    "sweep": {
        "samples": 12,
        "statistics": ["mean_rate", "ee_synapses", "isi_cv", "fano_factor"],
        "skip": 50,
        "random": {"eta_stdp": {"low": 1e-4, "high": 0.1, "scale": "log"}, "te_min": [0.0, 0.1, 2.0], "nu": [4, 8]},
    },
}


def same(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> bool:
    """Whether two tables are equal to the bit."""
    return list(a) == list(b) and all(a[n].dtype == b[n].dtype and a[n].tobytes() == b[n].tobytes() for n in a)


@pytest.fixture(scope="module")
def table() -> dict[str, np.ndarray]:
    return Sweep(DESIGN).execute(threads=1)


def test_runs_say_what_they_are() -> None:
    sweep = Sweep(DESIGN)
    assert len(sweep) == len(sweep.runs) == 12
    assert sweep.varied == ("eta_stdp", "te_min", "nu")
    run = sweep.runs[3]
    assert (run.index, run.point) == (3, 3)
    assert isinstance(run.parameters, Parameters)
    assert run.parameters.ne == 40
    assert run.parameters.nu in (4, 8)
    assert [r.seed for r in sweep.runs] == [r.seed for r in sweep.runs[:]]
    assert sweep.runs[-1] == list(sweep.runs)[11]
    assert repr(sweep.runs) == "<12 runs of a sweep>"


def test_a_run_is_that_of_its_network() -> None:
    sweep = Sweep(DESIGN)
    run = next(r for r in sweep.runs if r.parameters.te_min < 1)
    network = Network(run.parameters, seed=run.seed)
    recorded = network.run(time_steps=300, noise=run.noise, record=["E"])
    result = sweep.run(run.index)
    assert result["mean_rate"] == pytest.approx(recorded["E"][50:].mean(), rel=1e-12)
    assert result["ee_synapses"] == network.Wee.nnz


def test_the_table_does_not_depend_on_who_makes_the_runs(table: dict[str, np.ndarray]) -> None:
    sweep = Sweep(DESIGN)
    assert same(sweep.execute(threads=3), table)
    assert same(sweep.table(sweep.run(k) for k in reversed(range(12))), table)
    with ThreadPoolExecutor(2) as threads:
        assert same(sorn.sweep(DESIGN, backend=threads), table)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        assert same(sorn.sweep(sweep, backend=processes), table)


def test_failed_runs_have_their_error_in_the_table(table: dict[str, np.ndarray]) -> None:
    failed = table["te_min"] > 1
    assert 0 < failed.sum() < 12
    assert np.isnan(table["mean_rate"][failed]).all()
    assert not np.isnan(table["mean_rate"][~failed]).any()
    assert all("te_min = 2: must be at most" in error for error in table["error"][failed])
    assert not any(table["error"][~failed])


def test_joblib(table: dict[str, np.ndarray]) -> None:
    joblib = pytest.importorskip("joblib")
    sweep = Sweep(DESIGN)
    results = joblib.Parallel(n_jobs=2)(joblib.delayed(sweep.run)(k) for k in range(len(sweep)))
    assert same(sweep.table(results), table)
    assert same(sorn.sweep(DESIGN, backend=joblib.Parallel(n_jobs=2)), table)


def test_dask(cluster: Any, table: dict[str, np.ndarray]) -> None:
    sweep = Sweep(DESIGN)
    assert same(sweep.table(cluster.gather(cluster.map(sweep.run, range(len(sweep))))), table)
    assert same(sorn.sweep(DESIGN, backend=cluster), table)


def test_networks_and_parameters_travel_through_dask(cluster: Any) -> None:
    networks = [Network(ne=40, nu=5, lambda_ee=8, lambda_ei=15, seed=k) for k in range(4)]
    travelled = cluster.gather(cluster.map(_rate, networks))
    assert travelled == [_rate(network.copy()) for network in networks]
    parameters = [Parameters(ne=40 + k, lambda_ei=20) for k in range(3)]
    assert cluster.gather(cluster.map(Parameters.to_dict, parameters)) == [p.to_dict() for p in parameters]


def _rate(network: Network) -> float:
    return float(network.run(time_steps=200, record=["E"])["E"].mean())


def test_the_command_makes_the_same_table(tmp_path: Path, table: dict[str, np.ndarray]) -> None:
    h5py = pytest.importorskip("h5py")
    file = tmp_path / "sweep.toml"
    file.write_text(Sweep(DESIGN).text)
    command = [sorn_command(), "sweep", str(file), "--out", str(tmp_path / "out"), "--threads", "2"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr  # some runs fail
    with h5py.File(tmp_path / "out" / "table.h5") as stored:
        assert stored.attrs["sweep"] == file.read_text()
        assert list(stored["table"]) == list(table)
        for name, column in table.items():
            values = stored["table"][name][()]
            if name == "error":
                assert [text.decode() for text in values] == list(column)
            else:
                assert values.dtype == column.dtype
                assert values.tobytes() == column.tobytes()
    with (tmp_path / "out" / "table.csv").open(newline="") as text:
        rows = list(csv.DictReader(text))
    assert [float(row["isi_cv"] or "nan") for row in rows] == pytest.approx(list(table["isi_cv"]), rel=0, nan_ok=True)
    assert [row["error"] for row in rows] == list(table["error"])


def test_a_folder_is_shared_with_the_command(tmp_path: Path, table: dict[str, np.ndarray]) -> None:
    calls: list[tuple[int, int]] = []
    first = Sweep(DESIGN).execute(out=tmp_path / "out", progress=lambda done, total: calls.append((done, total)))
    assert same(first, table)
    assert calls[-1] == (12, 12)
    (tmp_path / "sweep.toml").write_text(Sweep(DESIGN).text)
    command = [sorn_command(), "sweep", str(tmp_path / "sweep.toml"), "--out", str(tmp_path / "out")]
    assert "nothing to do" in subprocess.run(command, capture_output=True, text=True).stdout
    with pytest.raises(ParameterError, match="steps is '300' there and '200' here"):
        Sweep(DESIGN | {"run": {"steps": 200, "seed": 4}}).execute(out=tmp_path / "out")


def test_a_sweep_pickles_with_what_it_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("inputs.npy", np.random.default_rng(1).random((5, 200)))
    design = DESIGN | {"run": {"inputs": "inputs.npy"}, "sweep": {"statistics": ["mean_rate"], "seeds": 2}}
    sweep = Sweep(design)
    assert len(sweep) == 2
    data = pickle.dumps(sweep)
    again = pickle.loads(data)
    assert again == sweep
    assert hash(again) == hash(sweep)
    assert again.run(1) == sweep.run(1)
    np.save("inputs.npy", np.random.default_rng(2).random((5, 200)))
    code = f"import pickle; pickle.loads({data!r})"
    elsewhere = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "all workers must see the same files" in elsewhere.stderr


def test_a_file_is_a_sweep(tmp_path: Path) -> None:
    file = tmp_path / "sweep.toml"
    file.write_text(sorn._core.example_sweep())
    sweep = Sweep.from_file(file)
    assert repr(sweep) == "<Sweep of 18 runs over eta_stdp, mu_ip>"
    assert [run.point for run in sweep.runs] == [k // 3 for k in range(18)]
    with pytest.raises(IoError, match="cannot read"):
        Sweep.from_file(tmp_path / "missing.toml")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(FormatError, match=r"(?i)not valid TOML.*utf-8"):
        Sweep.from_file(file)


def test_a_name_is_a_file_and_lines_are_a_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = '[run]\nsteps = 5\n[sweep]\nseeds = 2\nstatistics = ["mean_rate"]\n'
    Path("s.toml").write_text(text)
    assert Sweep("s.toml") == Sweep(Path("s.toml")) == Sweep.from_file("s.toml") == Sweep(text)
    assert same(sorn.sweep("s.toml"), sorn.sweep(Path("s.toml")))
    with pytest.raises(IoError, match=r"cannot read 'missing\.toml'"):
        sorn.sweep("missing.toml")


def test_noise_is_on_or_off_as_elsewhere() -> None:
    def noises(**tables: Any) -> list[float]:
        statistics = {"statistics": ["mean_rate"]}
        run = {"steps": 5, **tables.get("run", {})}
        return [r.noise for r in Sweep({"run": run, "sweep": statistics | tables.get("sweep", {})}).runs]

    on = noises(run={"noise": "on"})
    assert noises(run={"noise": True}) == on
    assert noises(run={"noise": False}) == [0.0]
    assert noises(sweep={"grid": {"noise": [False, np.bool_(True), 0.5]}}) == [0.0, *on, 0.5]


def test_runs_that_failed_can_be_repeated(tmp_path: Path, table: dict[str, np.ndarray]) -> None:
    for _ in range(2):
        assert same(sorn.sweep(DESIGN, out=tmp_path / "out", repeat_failed=True), table)
    rows = (tmp_path / "out" / "runs.journal").read_text().splitlines()
    assert sum("te_min = 2" in row for row in rows) == 2 * (table["error"] != "").sum()
    with pytest.raises(ParameterError, match="repeat_failed = True: needs a folder"):
        sorn.sweep(DESIGN, repeat_failed=True)
    with pytest.raises(ParameterError, match="repeat_failed = True: needs a folder"):
        Sweep(DESIGN).execute(repeat_failed=True)
    with (
        ThreadPoolExecutor(1) as threads,
        pytest.raises(ParameterError, match="repeat_failed = True: must not be given with a backend"),
    ):
        sorn.sweep(DESIGN, backend=threads, repeat_failed=True)


def test_seeds_have_64_bits() -> None:
    seeds = [0, 2**63 - 1, 2**63, np.uint64(2**64 - 1)]
    sweep = Sweep({"run": {"steps": 5, "seed": 2**64 - 1}, "sweep": {"statistics": ["mean_rate"], "seeds": seeds}})
    assert [run.seed for run in sweep.runs] == seeds
    assert f'seed = "{2**64 - 1}"' in sweep.text
    with pytest.raises(ParameterError, match=f'"{2**64}": must be whole numbers in'):
        Sweep({"run": {"steps": 5}, "sweep": {"statistics": ["mean_rate"], "seeds": [2**64]}})


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ParameterError) as caught:
        Sweep({"run": {"steps": 0}, "sweep": {"statistics": ["mean_rat"], "grid": {"eta": 3}}})
    for part in ("3 things are wrong", "steps = 0", "did you mean 'mean_rate'?", "eta = 3: must be a list"):
        assert part in str(caught.value)


def test_misuse_is_refused() -> None:
    sweep = Sweep(DESIGN)
    result = sweep.run(0)
    with pytest.raises(ParameterError, match="run = 12: must be a run of the sweep, from 0 to 11"):
        sweep.run(12)
    with pytest.raises(ShapeError, match="two results of run 0"):
        sweep.table([result, result])
    with pytest.raises(ParameterError, match="a result without 'ee_synapses'"):
        sweep.table([{"run": 0, "mean_rate": 0.1, "error": ""}])
    with pytest.raises(ParameterError, match="of type int"):
        sweep.table([3])  # type: ignore[list-item]
    with pytest.raises(ParameterError, match="design is of type int"):
        Sweep(3)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="backend is of type object"):
        sorn.sweep(sweep, backend=object())
    with ThreadPoolExecutor(1) as threads, pytest.raises(ParameterError, match="threads = 2: must not be given"):
        sorn.sweep(sweep, backend=threads, threads=2)
    with pytest.raises(ParameterError, match="threads = 0"):
        sweep.execute(threads=0)
    with pytest.raises(ParameterError, match="must be a number, a str"):
        Sweep({"run": {"steps": None}})


@given(
    st.dictionaries(
        st.sampled_from(["eta_stdp", "eta_ip", "mu_ip", "te_max"]),
        st.lists(st.floats(0.01, 1.0), min_size=1, max_size=4, unique=True),
        max_size=3,
    ),
    st.integers(1, 4),
)
def test_a_grid_is_every_combination_once(grid: dict[str, list[float]], seeds: int) -> None:
    sweep = Sweep(DESIGN | {"sweep": {"statistics": ["mean_rate"], "seeds": seeds, "grid": grid}})
    assert len(sweep) == seeds * math.prod(len(values) for values in grid.values())
    assert sweep.varied == tuple(grid)
    points = [tuple(getattr(run.parameters, name) for name in grid) for run in sweep.runs[::seeds]]
    expected: list[tuple[float, ...]] = [()]
    for values in grid.values():
        expected = [(*before, value) for before in expected for value in values]
    assert points == expected
    assert len({run.seed for run in sweep.runs}) == len(sweep)


@given(st.text(), st.floats(allow_nan=False, allow_infinity=False, width=64), st.integers(-(2**63), 2**63 - 1))
def test_any_value_survives_the_text_of_a_sweep(text: str, real: float, whole: int) -> None:
    tomllib = pytest.importorskip("tomllib")
    from sorn._sweep import _toml

    values = {"text": text, "real": real, "whole": whole, "list": [real, text], "table": {text: whole}, "truth": True}
    try:
        encoded = _toml({"values": values})
    except ParameterError:
        assert any("\ud800" <= character <= "\udfff" for character in text)
        return
    assert tomllib.loads(encoded) == {"values": values}
