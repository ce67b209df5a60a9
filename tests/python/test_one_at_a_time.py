"""A network that is in use: what would change it is refused, and what it was given cannot be changed meanwhile."""

from __future__ import annotations

import copy
import mmap
import pickle
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sorn
from sorn import Network, ParallelError, Parameters, Simulator, StateDict, StateError

SIZE = {"ne": 50, "nu": 5, "lambda_ee": 8, "lambda_ei": 10}
STEPS = 400_000  # long enough that the progress function is called in the middle
# The same of a network whose steps take long, for what each step needs an array of.
SLOW = {"ne": 200, "nu": 5, "lambda_ee": 100, "lambda_ei": 40, "eta_stdp": 1e-5}
SLOW_STEPS = 50_000


def changes(network: Network) -> dict[str, Callable[[], object]]:
    return {
        "step": network.step,
        "run": lambda: network.run(time_steps=3),
        "run into a file": lambda: network.run(time_steps=3, out="never.h5"),
        "parameters": lambda: setattr(network, "parameters", network.parameters.replace(eta_ip=0.5)),
    }


CHANGES = list(changes(Network(**SIZE)))


class Once:
    """A progress function that does something the first time."""

    def __init__(self, action: Callable[[], object]) -> None:
        self.action = action
        self.calls = 0

    def __call__(self, done: int, total: int) -> None:
        self.calls += 1
        if self.calls == 1:
            assert done < total
            self.action()


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("out", [None, "run.h5"])
def test_a_progress_function_cannot_change_its_network(change, out, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    network = Network(seed=1, **SIZE)
    expected = copy.copy(network)

    def action() -> None:
        with pytest.raises(ParallelError, match="being run"):
            changes(network)[change]()

    report = Once(action)
    more: dict[str, Any] = {} if out is None else {"out": out}
    network.run(time_steps=STEPS, record=[], progress=report, **more)
    assert report.calls > 1
    assert not Path("never.h5").exists()
    expected.run(time_steps=STEPS, record=[])
    assert network == expected
    network.step()  # it is free again


def test_a_network_can_run_again_after_an_error() -> None:
    network = Network(seed=1, **SIZE)
    with pytest.raises(ParallelError):
        network.run(time_steps=STEPS, record=[], progress=lambda *_: network.step())
    assert network.step_count == 0
    network.run(time_steps=3)
    with pytest.raises(sorn.ShapeError):
        network.step(np.zeros(3))
    network.step()
    assert network.step_count == 4


@contextmanager
def running(network: Network) -> Iterator[None]:
    """A run in another thread, which goes on until the block ends."""
    begun, leave = threading.Event(), threading.Event()

    def report(done: int, total: int) -> None:
        begun.set()
        if leave.is_set():
            raise InterruptedError

    def run() -> None:
        with pytest.raises(InterruptedError):
            network.run(time_steps=10**12, record=[], progress=report)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert begun.wait(60)
        yield
    finally:
        leave.set()
        thread.join()


def test_another_thread_may_read_but_not_change(tmp_path) -> None:
    network = Network(seed=1, **SIZE)
    network.run(time_steps=10)
    before = network.copy()
    state = network.state
    with running(network):
        for name, change in changes(network).items():
            with pytest.raises(ParallelError, match="thread"):
                change()
            assert not Path("never.h5").exists(), name
        assert network == before
        assert network.state == state
        assert network.copy() == copy.deepcopy(network) == pickle.loads(pickle.dumps(network)) == before
        assert (network.step_count, network.seed) == (10, 1)
        assert network.connection_counts == before.connection_counts
        assert "step 10" in repr(network)
        network.save(tmp_path / "saved.h5")
        network.copy().run(time_steps=5)
    assert Network.load(tmp_path / "saved.h5") == before
    assert network == before  # the run was broken off
    network.run(time_steps=5)


def test_no_step_of_many_threads_is_lost() -> None:
    network = Network(seed=1, **SIZE)
    done = [0] * 4

    def work(k: int) -> None:
        for _ in range(300):
            try:
                network.step()
                done[k] += 1
            except ParallelError:
                pass
            try:
                network.run(time_steps=7)
                done[k] += 7
            except ParallelError:
                pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert network.step_count == sum(done) > 0
    alone = Network(seed=1, **SIZE)
    alone.run(time_steps=sum(done))
    assert network == alone


# --- what a run was given ---------------------------------------------------------------------------------------------


@pytest.fixture
def drive() -> np.ndarray:
    return np.random.default_rng(3).random((5, STEPS))


def spoil(*arrays: np.ndarray) -> Callable[[], None]:
    def action() -> None:
        for array in arrays:
            array.flags.writeable = True
            array[...] = np.nan

    return action


@pytest.mark.parametrize("layout", ["C", "F"])
def test_inputs_that_change_during_a_run(layout, drive) -> None:
    inputs = np.array(drive, order=layout)
    view = inputs[:, :]
    view.flags.writeable = False  # its owner can still be written to
    for given in (inputs, view):
        inputs[...] = drive
        report = Once(lambda: inputs.fill(np.nan))
        state, *_ = Simulator.simulate_sorn(given, seed=1, record=[], progress=report, **SIZE)
        assert report.calls > 1
        assert state == Simulator.simulate_sorn(drive, seed=1, record=[], **SIZE)[0]


def test_an_array_whose_owner_makes_it_writeable_again(drive) -> None:
    inputs = drive.copy()
    inputs.flags.writeable = False
    state, *_ = Simulator.simulate_sorn(inputs, seed=1, record=[], progress=Once(spoil(inputs)), **SIZE)
    assert np.isnan(inputs).all()
    assert state == Simulator.simulate_sorn(drive, seed=1, record=[], **SIZE)[0]


def test_noise_and_a_state_that_change_during_a_run() -> None:
    noise = np.random.default_rng(4).normal(0, 0.05, (240, SLOW_STEPS))
    start = dict(Network(seed=2, **SLOW).state)
    kept = {key: array.copy() for key, array in start.items()}
    given = noise.copy()
    report = Once(spoil(given, *start.values()))
    more = {"time_steps": SLOW_STEPS, "seed": 1, "record": [], "nu": 5, "eta_stdp": SLOW["eta_stdp"]}
    state, *_ = Simulator.simulate_sorn(noise=given, matrices=start, progress=report, **more)
    assert np.isnan(given).all()
    assert state == Simulator.simulate_sorn(noise=noise, matrices=kept, **more)[0]


def test_runs_into_files_ensembles_and_resumed_runs(drive, tmp_path) -> None:
    inputs = drive[:, :SLOW_STEPS].copy()
    expected = Network(seed=1, **SLOW)
    expected.run(inputs, record=[])
    network = Network(seed=1, **SLOW)
    given = inputs.copy()
    network.run(given, record=[], out=tmp_path / "run.h5", progress=Once(spoil(given))).close()
    assert network == expected

    given = inputs.copy()
    ensemble = sorn.ensemble(2, given, seed=1, threads=1, progress=Once(spoil(given)), **SLOW)
    assert ensemble[1].network == sorn.ensemble(2, inputs, seed=1, threads=1, **SLOW)[1].network

    class Stop(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise Stop

    again = Network(seed=1, **SLOW)
    with pytest.raises(Stop):
        again.run(inputs, record=[], out=tmp_path / "again.h5", checkpoint_every=100, progress=stop)
    given = inputs.copy()
    network, file = sorn.resume(tmp_path / "again.h5", given, progress=Once(spoil(given)))
    file.close()
    assert network == expected


@pytest.mark.parametrize("step", [(1, 1), (2, 3), (-1, 1), (1, -1), (-2, -3)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_layout_of_inputs_gives_the_same_result(step, order) -> None:
    whole = np.array(np.random.default_rng(6).random((10, 900)), order=order)
    inputs = whole[:: step[0], :: step[1]]
    plain = np.array(inputs, order="C")
    size = {**SIZE, "nu": len(plain)}
    assert (
        Simulator.simulate_sorn(inputs, seed=1, record=[], **size)[0]
        == Simulator.simulate_sorn(plain, seed=1, record=[], **size)[0]
    )


@pytest.mark.parametrize("values", [np.array([[0.3], [0.9]]), np.array([[0.1, 0.5, 0.2]]), np.array([[0.5]])])
def test_repeated_values_take_no_memory(values) -> None:
    repeated = np.broadcast_to(values, (2, 3))
    size = {**SIZE, "nu": 2}
    assert (
        Simulator.simulate_sorn(repeated, seed=1, record=[], **size)[0]
        == Simulator.simulate_sorn(repeated.copy(), seed=1, record=[], **size)[0]
    )
    long = np.broadcast_to(np.array([[0.3], [0.9]]), (2, 2**45))  # 500 TB if it were copied
    with pytest.warns(UserWarning, match="unused"):
        Simulator.simulate_sorn(long, time_steps=2, seed=1, record=[], **size)


def test_a_read_only_map_is_not_copied(drive, tmp_path) -> None:
    np.save(tmp_path / "drive.npy", drive[:, :5000])
    mapped = np.load(tmp_path / "drive.npy", mmap_mode="r")
    assert isinstance(mapped.base, mmap.mmap)
    assert (
        Simulator.simulate_sorn(mapped, seed=1, record=[], **SIZE)[0]
        == Simulator.simulate_sorn(drive[:, :5000], seed=1, record=[], **SIZE)[0]
    )


# --- step numbers -----------------------------------------------------------------------------------------------------


def test_the_largest_step_number() -> None:
    values = dict(Network(seed=1, **SIZE).state)
    parameters = Parameters(**SIZE)
    state = StateDict(values, seed=1, step=2**63 - 4, parameters=parameters)
    network = Network(state=state)
    recordings = network.run(time_steps=3, record=["E", "C/9223372036854775807"])
    assert network.step_count == 2**63 - 1
    assert recordings.steps("E").tolist() == [2**63 - 4, 2**63 - 3, 2**63 - 2]
    assert recordings.steps("C").tolist() == []
    for call in (network.step, lambda: network.run(time_steps=1), lambda: network.run(time_steps=1, out="never.h5")):
        with pytest.raises(sorn.ParameterError, match="9223372036854775807"):
            call()
    assert network.step_count == 2**63 - 1
    assert not Path("never.h5").exists()
    with pytest.raises(sorn.ParameterError, match="9223372036854775807"):
        Simulator.simulate_sorn(time_steps=2**62, matrices=network.state, record=[])


# --- what is saved ----------------------------------------------------------------------------------------------------


class TestSave:
    @pytest.fixture
    def network(self) -> Network:
        return Network(seed=1, **SIZE)

    @pytest.mark.parametrize("name", ["TE", "WEE"])
    def test_values_that_are_not_numbers(self, network, name, tmp_path) -> None:
        recordings = network.run(time_steps=3, record=[name])
        recordings[name].flat[0] = np.nan
        with pytest.raises(StateError, match=f"'{name}' holds nan"):
            network.save(tmp_path / "x.h5", recordings)
        assert not list(tmp_path.iterdir())

    def test_a_negative_count(self, network, tmp_path) -> None:
        recordings = network.run(time_steps=3, record=["C"])
        recordings["C"][1] = -1
        with pytest.raises(StateError, match="'C' holds -1"):
            network.save(tmp_path / "x.h5", recordings)

    @pytest.mark.parametrize("change", [object, np.float32, np.complex128, "U8"])
    def test_another_type(self, network, change, tmp_path) -> None:
        recordings = network.run(time_steps=3, record=["TE"])
        recordings["TE"] = recordings["TE"].astype(change)
        with pytest.raises(StateError, match="changed since the run"):
            network.save(tmp_path / "x.h5", recordings)
        recordings["TE"] = [1, 2, 3]  # type: ignore[assignment]
        with pytest.raises(StateError, match="changed since the run"):
            network.save(tmp_path / "x.h5", recordings)

    def test_another_shape(self, network, tmp_path) -> None:
        recordings = network.run(time_steps=3, record=["E"])
        recordings["E"] = recordings["E"][:, :-1]
        with pytest.raises(StateError, match="changed since the run"):
            network.save(tmp_path / "x.h5", recordings)

    def test_another_seed(self, network, tmp_path) -> None:
        recordings = network.run(time_steps=3, record=["E"])
        other = Network(seed=2, **SIZE)
        other.run(time_steps=3)
        with pytest.raises(StateError, match="seed 1: the network that is saved has seed 2"):
            other.save(tmp_path / "x.h5", recordings)
        network.save(tmp_path / "run.h5", recordings)
        loaded = sorn.Recordings.load(tmp_path / "run.h5")
        with pytest.raises(StateError, match="seed 1"):
            other.save(tmp_path / "x.h5", loaded)
        network.save(tmp_path / "again.h5", loaded)
        with pytest.raises(StateError, match="has done 0 steps only"):
            Network(seed=1, **SIZE).save(tmp_path / "x.h5", recordings)


def test_an_open_file_cannot_be_pickled(tmp_path) -> None:
    network = Network(seed=1, **SIZE)
    with network.run(time_steps=5, record=["E"], out=tmp_path / "run.h5") as file:
        for thing in (file, file["E"]):
            for send in (pickle.dumps, copy.copy, copy.deepcopy):
                with pytest.raises(StateError, match=r"pass the path.*sorn\.open\('.*run\.h5'\)"):
                    send(thing)


def test_the_error_in_a_joblib_worker_suggests_the_path(tmp_path) -> None:
    joblib = pytest.importorskip("joblib")
    with Network(seed=1, **SIZE).run(time_steps=5, record=["E"], out=tmp_path / "run.h5") as file:
        with pytest.raises(Exception, match="pickle") as caught:
            joblib.Parallel(n_jobs=2)(joblib.delayed(len)(file) for _ in range(2))
        told: BaseException | None = caught.value
        while told is not None and "pass the path" not in str(told):
            told = told.__cause__
        assert told is not None
