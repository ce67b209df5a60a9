"""Ensembles from Python: each replica is the single run with its seed, in memory and in files; what fails; Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import sorn_command
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from test_properties import FREEZE, SEEDS, parameter_sets

import sorn
from sorn import (
    IoError,
    Network,
    ParameterError,
    Recordings,
    ResultFile,
    ShapeError,
    Statistics,
    UnknownKeywordError,
    _core,
)

SMALL = {"ne": 50, "nu": 3, "lambda_ee": 8, "lambda_ei": 10}
RECORD = {"E": 1, "C": 10, "TE": slice(50, 200, 7)}


def expect_single_runs(ensemble: sorn.Ensemble, time_steps: int, inputs=None, state=None, **options) -> None:
    for k, replica in enumerate(ensemble):
        network = Network(state=state, seed=replica.seed, **SMALL)
        recordings = network.run(inputs, time_steps, record=RECORD, **options)
        assert replica.index == k
        assert replica.network == network
        assert replica.state == network.state
        assert replica.state.seed == replica.seed == ensemble.statistics["seed"][k]
        with_file = replica.recordings
        assert list(with_file) == list(recordings)
        for name, array in recordings.items():
            assert_array_equal(np.asarray(with_file[name]), array)
            assert_array_equal(with_file.steps(name), recordings.steps(name))


@pytest.mark.parametrize("threads", [1, 2, 5, None])
def test_replicas_are_the_single_runs_with_their_seeds(threads) -> None:
    ensemble = sorn.ensemble(4, time_steps=300, seed=7, threads=threads, record=RECORD, **SMALL)
    assert len(ensemble) == 4
    assert ensemble.seed == 7
    assert isinstance(ensemble[0].recordings, Recordings)
    expect_single_runs(ensemble, 300)
    again = sorn.ensemble(6, time_steps=300, seed=7, **SMALL)
    assert [replica.seed for replica in again[:4]] == [replica.seed for replica in ensemble]
    for name, column in ensemble.statistics.items():
        assert_array_equal(column, again.statistics[name][:4])


@given(
    parameters=parameter_sets(),
    seed=SEEDS,
    freeze=FREEZE,
    n=st.integers(1, 4),
    threads=st.integers(1, 3),
    phase=st.sampled_from(["plasticity", "training"]),
)
@settings(max_examples=30, deadline=None)
def test_any_replica_is_a_single_run(parameters, seed, freeze, n, threads, phase) -> None:
    ensemble = sorn.ensemble(
        n,
        time_steps=20,
        seed=seed,
        threads=threads,
        freeze=freeze,
        phase=phase,
        record=["E", "WEI"],
        parameters=parameters,
    )
    for replica in ensemble:
        network = Network(parameters, seed=replica.seed)
        recordings = network.run(time_steps=20, freeze=freeze, phase=phase, record=["E", "WEI"])
        assert replica.network == network
        for name, array in recordings.items():
            assert_array_equal(replica.recordings[name], array)


def test_all_replicas_go_on_from_one_state_under_one_input_and_noise(tmp_path: Path) -> None:
    start = Network(seed=3, **SMALL)
    start.run(time_steps=40)
    state = start.state
    before = start.copy()
    inputs = np.random.default_rng(1).random((3, 60))
    noise = np.random.default_rng(2).normal(0, 0.05, (60, 60))
    for options in ({}, {"noise": noise, "freeze": "sp"}, {"noise": 0.2, "phase": "training"}):
        ensemble = sorn.ensemble(3, inputs, state=state, seed=1, record=RECORD, **options)
        expect_single_runs(ensemble, 60, inputs, state, **options)
        assert ensemble[0].recordings.first_step("E") == 40
    assert Network(state=state) == before
    plain = {key: np.array(state[key]) for key in state}
    for ensemble in (
        sorn.ensemble(2, inputs, state=plain, seed=1, nu=3),
        sorn.ensemble(2, inputs, state=plain, seed=1, nu=3, out=tmp_path / "a.h5"),
    ):
        for replica in ensemble:
            single = Network(state=plain, seed=replica.seed, nu=3)
            single.run(inputs)
            assert replica.network == single


@pytest.mark.parametrize("checkpoint_every", [None, 70])
def test_files_are_those_of_the_single_runs(tmp_path: Path, checkpoint_every) -> None:
    ensemble = sorn.ensemble(
        11, time_steps=300, seed=7, record=RECORD, out=tmp_path / "run.h5", checkpoint_every=checkpoint_every, **SMALL
    )
    assert sorted(os.listdir(tmp_path)) == [f"run-{k:02}.h5" for k in range(11)]
    assert ensemble[3].path == str(tmp_path / "run-03.h5")
    expect_single_runs(ensemble, 300)
    with ensemble[10].recordings as file:
        assert isinstance(file, ResultFile)
        assert file.run["steps"] == 300
    in_memory = sorn.ensemble(11, time_steps=300, seed=7, **SMALL)
    for name, column in ensemble.statistics.items():
        assert_array_equal(column, in_memory.statistics[name])
    assert ensemble.pooled == in_memory.pooled


def test_the_command_gives_the_same_replicas(tmp_path: Path) -> None:
    options = [f"--set={name}={value}" for name, value in SMALL.items()]
    subprocess.run(
        [sorn_command(), "simulate", "--replicas=3", "--seed=7", "--steps=100", "--out=a.h5", *options],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    for k, replica in enumerate(sorn.ensemble(3, time_steps=100, seed=7, **SMALL)):
        assert Network.load(tmp_path / f"a-{k}.h5") == replica.network


def test_statistics_are_those_of_what_was_recorded() -> None:
    ensemble = sorn.ensemble(5, time_steps=800, seed=2, record=["E", "I"], **SMALL)
    table = ensemble.statistics
    assert list(table) == [
        *("replica", "seed", "steps"),
        *(row["name"] for row in _core.measures() if row["needs"] != "spike train"),
    ]
    assert_array_equal(table["replica"], np.arange(5))
    assert_array_equal(table["steps"], np.full(5, 800))
    for k, replica in enumerate(ensemble):
        E, I = replica.recordings["E"], replica.recordings["I"]
        assert table["mean_rate"][k] == E.mean()
        assert table["inhibitory_rate"][k] == I.mean()
        assert table["activity_sd"][k] == pytest.approx(E.sum(axis=1, dtype=int).std())
        assert table["synchrony"][k] == Statistics.synchrony(E)
        assert table["branching_ratio"][k] == Statistics.branching_ratio(E, "regression")
        counts = replica.network.connection_counts
        assert (table["ee_synapses"][k], table["ei_synapses"][k]) == counts[:2]
        assert table["connection_fraction"][k] == Statistics.connection_fraction(replica.network.Wee)
    for name, pooled in ensemble.pooled.items():
        column = table[name]
        assert pooled.replicas == 5
        assert ensemble.mean()[name] == pooled.mean == pytest.approx(column.mean())
        assert ensemble.std()[name] == pooled.std == pytest.approx(column.std())
        assert (pooled.min, pooled.max) == (column.min(), column.max())


def test_a_silent_ensemble_leaves_undefined_what_is_undefined() -> None:
    ensemble = sorn.ensemble(2, time_steps=10, noise=False, phase="training", te_min=1.0, ti_min=0.5, **SMALL)
    assert ensemble.pooled["mean_rate"].mean == 0
    assert np.isnan(ensemble.statistics["synchrony"]).all()
    assert np.isnan(ensemble.mean()["branching_ratio"])
    assert ensemble.pooled["synchrony"].replicas == 0


def test_a_single_replica_or_step_has_no_standard_deviation() -> None:
    ensemble = sorn.ensemble(1, time_steps=10, seed=1, **SMALL)
    assert np.isnan(ensemble.std()["mean_rate"])
    assert ensemble.mean()["mean_rate"] == ensemble.statistics["mean_rate"][0]
    assert not np.isnan(ensemble.statistics["activity_sd"]).any()
    assert "±" not in repr(ensemble)
    assert "nan" not in repr(ensemble)
    assert np.isnan(sorn.ensemble(2, time_steps=1, seed=1, **SMALL).statistics["activity_sd"]).all()


def test_an_ensemble_is_a_sequence() -> None:
    ensemble = sorn.ensemble(5, time_steps=5, seed=1, **SMALL)
    assert ensemble[-1] is ensemble[4]
    assert ensemble[1:3] == [ensemble[1], ensemble[2]]
    assert next(reversed(ensemble)) is ensemble[4]
    assert ensemble[2] in ensemble
    with pytest.raises(IndexError):
        ensemble[5]
    assert repr(ensemble).startswith("<Ensemble of 5 replicas, seed 1, 5 steps each: mean_rate ")
    assert repr(ensemble[1]) == f"<Replica 1, seed {ensemble[1].seed}>"
    ensemble[0].network.run(time_steps=5)
    assert ensemble[0].network.step_count == 10


def test_a_seed_is_drawn_and_repeats_the_ensemble() -> None:
    first = sorn.ensemble(2, time_steps=5, **SMALL)
    other = sorn.ensemble(2, time_steps=5, **SMALL)
    again = sorn.ensemble(2, time_steps=5, seed=first.seed, **SMALL)
    assert first.seed != other.seed
    assert first[1].network == again[1].network != other[1].network


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    def message(error: type[Exception], n: object = 2, **arguments: object) -> str:
        with pytest.raises(error) as caught:
            sorn.ensemble(n, **{"time_steps": 10, "seed": 1, **arguments})  # type: ignore[arg-type]
        return str(caught.value)

    for n in (0, -1, 1.5, 1_000_001, True, "many", None):
        assert message(ParameterError, n).startswith(f"n = {n!r}: must be a whole number from 1 to 1000000")
    assert "threads = 0: must be a whole number from 1 to 4096" in message(ParameterError, threads=0)
    assert "did you mean 'threads'" in message(UnknownKeywordError, thread=2)
    assert "did you mean 'lambda_ee'" in message(UnknownKeywordError, lambdaee=2)
    assert "time_steps is missing" in message(ParameterError, time_steps=None)
    assert "needs out" in message(ParameterError, checkpoint_every=5)
    assert "eta_ip" in message(ParameterError, eta_ip=7.0)
    assert "replica" not in message(ParameterError, eta_ip=7.0)
    assert "nu = 3 needs 3 rows" in message(ShapeError, inputs=np.ones((4, 10)), nu=3)
    assert "would need" in message(ParameterError, 1_000_000, time_steps=10**7, record=["E"])
    assert "no such" in message(IoError, out=tmp_path / "no" / "run.h5").lower()
    assert "2 replicas" in message(ParameterError, out=tmp_path)
    for name in ("none", "table.csv", "table.CSV", tmp_path / "table.csv"):
        text = message(ParameterError, out=name)
        assert text.startswith("out = ")
        assert ".statistics" in text
    (tmp_path / "run-1.h5").mkdir()
    assert "run-1.h5" in message(IoError, out=tmp_path / "run.h5")
    assert os.listdir(tmp_path) == ["run-1.h5"]


def test_an_error_names_its_replica_and_leaves_whole_files(tmp_path: Path) -> None:
    def spoil(done: int, total: int) -> None:
        (tmp_path / "run-2.h5").mkdir(exist_ok=True)

    with pytest.raises(IoError, match=r"^replica 2: cannot .*run-2\.h5"):
        sorn.ensemble(
            4, time_steps=300, seed=7, threads=2, record=["E"], out=tmp_path / "run.h5", progress=spoil, **SMALL
        )
    for path in tmp_path.iterdir():
        if path.is_file():
            with sorn.open(path) as file:
                assert file.run["steps"] == 300
    assert (tmp_path / "run-0.h5").is_file()


@pytest.mark.parametrize("into_files", [False, True])
def test_ctrl_c_stops_all(tmp_path: Path, into_files: bool) -> None:
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    start = time.monotonic()
    out = {"out": tmp_path / "run.h5", "record": ["E"]} if into_files else {}
    with pytest.raises(KeyboardInterrupt):
        sorn.ensemble(5, time_steps=10**10, threads=2, **out, **SMALL)
    assert time.monotonic() - start < 10
    files = sorted(tmp_path.iterdir())
    assert [path.name for path in files] == (["run-0.h5", "run-1.h5"] if into_files else [])
    for path in files:
        with sorn.open(path) as file:
            assert file["E"].shape == (file.run["steps"], 50)


def test_what_was_stopped_goes_on(tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(done: int, total: int) -> None:
        assert total == 5 * 200_000
        if done > 0:
            raise Stop

    with pytest.raises(Stop):
        sorn.ensemble(
            5,
            time_steps=200_000,
            seed=1,
            threads=2,
            record=["C/1000"],
            out=tmp_path / "run.h5",
            checkpoint_every=50_000,
            progress=stop,
            **SMALL,
        )
    expected = sorn.ensemble(5, time_steps=200_000, seed=1, record=["C/1000"], **SMALL)
    network, file = sorn.resume(tmp_path / "run-0.h5")
    assert network == expected[0].network
    assert_array_equal(file["C"][:], expected[0].recordings["C"])
    subprocess.run(
        [sorn_command(), "simulate", "--replicas=5", "--resume=run.h5"], cwd=tmp_path, check=True, capture_output=True
    )
    assert sorted(os.listdir(tmp_path)) == [f"run-{k}.h5" for k in range(5)]
    for k in range(5):
        assert Network.load(tmp_path / f"run-{k}.h5") == expected[k].network


def test_progress_is_of_all_replicas_together(capsys, monkeypatch) -> None:
    calls: list[tuple[int, int]] = []
    sorn.ensemble(4, time_steps=200, progress=lambda done, total: calls.append((done, total)), **SMALL)
    assert calls == sorted(calls)
    assert calls[-1] == (800, 800)
    monkeypatch.setattr("sorn._progress._is_terminal", lambda _: True)
    sorn.ensemble(2, time_steps=10, progress=True, **SMALL)
    assert "20" in capsys.readouterr().err


def test_other_threads_of_python_go_on() -> None:
    ticks = 0
    over = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not over.is_set():
            ticks += 1
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    before = ticks
    sorn.ensemble(4, time_steps=100_000, **SMALL)
    during = ticks - before
    over.set()
    thread.join()
    assert during > 20
