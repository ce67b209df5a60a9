"""Runs into files from Python: what they hold, how it is read, and how a run goes on."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from test_properties import FREEZE, SEEDS, parameter_sets

import sorn
from sorn import (
    FormatError,
    IoError,
    Network,
    ParameterError,
    ResultFile,
    ShapeError,
    Simulator,
    StateError,
    StoredArray,
)

RECORD = {"E": 1, "I": 3, "R": slice(100, 250), "C": 10, "TE": slice(5, 300, 7), "WEE": 200, "WEI": 500}


@pytest.fixture
def network() -> Network:
    return Network(ne=50, nu=3, lambda_ee=8, lambda_ei=10, seed=7)


@pytest.fixture
def file(network: Network, tmp_path: Path) -> ResultFile:
    return network.run(time_steps=1000, record=RECORD, out=tmp_path / "run.h5")


@pytest.fixture
def recordings() -> sorn.Recordings:
    return Network(ne=50, nu=3, lambda_ee=8, lambda_ei=10, seed=7).run(time_steps=1000, record=RECORD)


class Interrupt:
    """A progress function that interrupts the run once."""

    def __call__(self, done: int, total: int) -> None:
        raise KeyboardInterrupt


def test_a_file_holds_the_same_values_as_memory(file, recordings, network) -> None:
    assert list(file) == list(RECORD)
    assert len(file) == len(RECORD)
    for name, array in recordings.items():
        stored = file[name]
        assert (stored.shape, stored.dtype, stored.ndim, stored.size) == (
            array.shape,
            array.dtype,
            array.ndim,
            array.size,
        )
        assert stored.nbytes == array.nbytes
        assert_array_equal(np.asarray(stored), array)
        assert_array_equal(file.steps(name), recordings.steps(name))
        assert (file.stride(name), file.first_step(name)) == (recordings.stride(name), recordings.first_step(name))
    assert file.run == {
        "phase": "plasticity",
        "freeze": (),
        "noise": "0.04",
        "inputs": "none",
        "first_step": 0,
        "steps": 1000,
    }
    assert file.parameters == network.parameters
    assert file.version == sorn.__version__
    assert Network(state=file.state) == network
    assert "E (1000, 50)" in repr(file)
    assert "1000, 50" in repr(file["E"])


INDICES = [
    0, 999, -1, -1000, np.int64(5), slice(None), slice(10, 20), slice(None, None, 7), slice(-10, None), slice(20, 10),
    slice(None, None, -1), slice(900, 10, -33), slice(2000, 3000), Ellipsis, (), (..., 0), (5, ...), (5, 3),
    (slice(10, 30), 3), (slice(0, 100, 9), slice(5, 10)), (slice(None), [1, 4]), [3, 1, 999, 3], [[1, 2], [3, 4]], [],
    np.array([5, -5]), np.arange(1000) % 3 == 0, (np.array([7, 8]), slice(0, 3)), (slice(3, 5), None),
]  # fmt: skip


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_arrays_are_indexed_as_numpy_does(file, recordings, index) -> None:
    expected = recordings["E"][np.array(index, int) if isinstance(index, list) else index]
    assert_array_equal(file["E"][index], expected)
    assert file["E"][index].dtype == expected.dtype


@given(st.integers(-1100, 1100) | st.none(), st.integers(-1100, 1100) | st.none(), st.integers(-50, 50))
def test_any_slice(tmp_path_factory, begin, end, step) -> None:
    path = tmp_path_factory.getbasetemp() / "slices.h5"
    if not path.exists():
        Network(ne=50, seed=1).run(time_steps=1000, record=["C"], out=path)
    with sorn.open(path) as opened:
        whole = np.asarray(opened["C"])
        assert_array_equal(opened["C"][slice(begin, end, step or None)], whole[slice(begin, end, step or None)])


@pytest.mark.parametrize("index", [1000, -1001, [0, 1000], "E", 1.5, np.ones(7, bool)], ids=str)
def test_wrong_indices_are_index_errors(file, index) -> None:
    with pytest.raises(IndexError, match=r"E"):
        file["E"][index]


def test_names_of_callbacks_lead_to_the_same_arrays(file) -> None:
    assert_array_equal(file["ExcitatoryActivation"][:], file["E"][:])
    with pytest.raises(KeyError, match=r"'TI' was not recorded; the file has E, I, R"):
        file["TI"]
    with pytest.raises(KeyError):
        file["nonsense"]
    assert "TI" not in file


def test_a_closed_file_raises_an_error(file) -> None:
    rows = file["E"]
    with file:
        kept = rows[:5]
    with pytest.raises(StateError, match="was closed"):
        rows[:5]
    assert kept.shape == (5, 50)
    assert "closed" in repr(file)


def test_only_the_requested_rows_stay_in_memory(file, recordings, monkeypatch) -> None:
    monkeypatch.setattr("sorn._result_file._BLOCK_BYTES", 5000)
    read = []

    def rows(self, first: int, count: int):
        read.append(count)
        return self._source.open_reader().rows(self._name, first, count)

    monkeypatch.setattr(StoredArray, "_rows", rows)
    for index in (slice(None, None, 7), (slice(None), 3), (slice(900, 10, -33), slice(2, 5)), [999, 0, 5], 5):
        found = file["E"][index]
        assert_array_equal(found, recordings["E"][index])
        kept = found if found.base is None else found.base
        assert kept.nbytes == found.nbytes
    assert_array_equal(list(file["WEE"]), recordings["WEE"])
    assert max(read) <= 100


@pytest.mark.parametrize("index", [True, np.bool_(False), ([0, 1], [2, 3]), (np.array([0, 1]), [2, 3])], ids=str)
def test_ambiguous_indices_are_refused(file, index) -> None:
    with pytest.raises(IndexError, match="E"):
        file["E"][index]


def test_comparing_needs_values(file, recordings) -> None:
    with pytest.raises(TypeError, match=r"array\[:\] == value"):
        file["E"] == 1  # noqa: B015
    with pytest.raises(TypeError):
        file["E"] != 1  # noqa: B015
    assert_array_equal(file["E"][:] == 1, recordings["E"] == 1)


def test_an_unreferenced_file_is_closed(file) -> None:
    path = os.path.realpath(file.path)

    def is_open() -> bool:
        links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
        return any(os.path.realpath(link) == path for link in links)

    array = sorn.open(path)["E"]
    file.close()
    assert is_open()
    del array
    assert not is_open()


def test_rows_are_iterated(file, recordings) -> None:
    assert_array_equal(list(file["C"]), recordings["C"])


def test_simulator_runs_into_a_file(tmp_path) -> None:
    state, file = Simulator.run(
        time_steps=100, ne=50, seed=1, callbacks=["WEE", "EEConnectionCounts"], out=tmp_path / "s.h5"
    )
    again, arrays = Simulator.run(time_steps=100, ne=50, seed=1, callbacks=["WEE", "EEConnectionCounts"])
    assert state == again
    for name, array in arrays.items():
        assert_array_equal(np.asarray(file[name]), array)


# --- in tools that never heard of us --------------------------------------------------------------------------------


@pytest.fixture
def dense_file(network: Network, tmp_path: Path) -> ResultFile:
    record = {f"{name}:dense" if name.startswith("W") else name: steps for name, steps in RECORD.items()}
    return network.run(time_steps=1000, record=record, out=tmp_path / "dense.h5")


def test_h5py_reads_arrays_and_axes(dense_file, recordings) -> None:
    with h5py.File(dense_file.path) as plain:
        group = plain["recordings"]
        for name, array in recordings.items():
            assert_array_equal(group[name][()], array)
            assert group[name].dtype == (np.uint8 if array.dtype == np.int8 else array.dtype)
            steps = group[name].dims[0][0]
            assert_array_equal(steps[()], recordings.steps(name))
            assert steps.name.split("/")[-1].startswith("step")
        assert group["E"].compression == "gzip"
        assert group["E"].id.get_storage_size() < recordings["E"].size / 8 * 0.8 + 200
        assert [axis[0].name for axis in list(group["WEI"].dims)[1:]] == [
            "/recordings/inhibitory_pre",
            "/recordings/excitatory",
        ]


def test_xarray_opens_it(dense_file, recordings) -> None:
    with xarray.open_dataset(dense_file.path, engine="h5netcdf", group="recordings") as dataset:
        for name, array in recordings.items():
            assert_array_equal(dataset[name].to_numpy(), array)
        assert dataset["E"].dims == ("step", "excitatory")
        assert dataset["WEI"].dims == ("step_500", "inhibitory_pre", "excitatory")
        assert_array_equal(dataset["E"].sel(step=slice(500, 509)), recordings["E"][500:510])
        assert_array_equal(dataset["C"].sel(step_10=990), recordings["C"][99])


def test_sparse_rows_have_their_steps(file, recordings) -> None:
    with h5py.File(file.path) as plain:
        for name in ("WEE", "WEI"):
            steps = plain["recordings"][name]["indptr"].dims[0][0]
            assert_array_equal(steps[()], recordings.steps(name))
    with xarray.open_dataset(file.path, engine="h5netcdf", group="recordings") as dataset:
        assert_array_equal(dataset["E"].to_numpy(), recordings["E"])


# --- going on ---------------------------------------------------------------------------------------------------------


def test_ctrl_c_leaves_a_file_and_a_checkpoint(network, tmp_path, recordings) -> None:
    path = tmp_path / "run.h5"
    before = network.copy()
    # The function is called after a fifth of a second, of some thousand steps.
    with pytest.raises(KeyboardInterrupt):
        network.run(time_steps=10**8, record=["E"], out=path, checkpoint_every=10**7, progress=Interrupt())
    assert network == before
    with sorn.open(path) as stopped:
        done = stopped.run["steps"]
        assert 0 < done < 10**8
        assert stopped["E"].shape == (done, 50)
    assert sorted(os.listdir(tmp_path)) == ["run.h5", "run.h5.checkpoint-0", f"run.h5.checkpoint-{done}"]
    with pytest.raises(IoError, match="belongs to a run that was broken off"):
        network.run(time_steps=5, out=path)
    resumed, file = sorn.resume(path, time_steps=done + 1000)
    network.run(time_steps=done + 1000)
    assert resumed == network
    assert file["E"].shape == (done + 1000, 50)
    assert os.listdir(tmp_path) == ["run.h5"]


class Stop(Exception):
    pass


def broken_off(network: Network, path: Path, after: int, **options) -> None:
    """A run that ends at its first look at the clock, cut back to the checkpoint of step `after`."""

    def stop(done: int, total: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        network.run(record=RECORD, out=path, progress=stop, **options)
    kept = path.with_name(f"{path.name}.checkpoint-{after}")
    for other in path.parent.glob("*.checkpoint-*"):
        if other != kept:
            other.unlink()


def test_inputs_must_be_those_of_the_run(network, tmp_path) -> None:
    path = tmp_path / "run.h5"
    steps = 2_000_000
    inputs = np.random.default_rng(1).random((3, 1000)).repeat(steps // 1000, axis=1)
    broken_off(network, path, 0, inputs=inputs, checkpoint_every=steps)
    with pytest.raises(ParameterError, match="the run has inputs from 'array': they are not in the checkpoint"):
        sorn.resume(path)
    with pytest.raises(ShapeError, match="inputs"):
        sorn.resume(path, inputs[:2])
    with pytest.raises(ShapeError, match="inputs"):
        sorn.resume(path, inputs[:, :1000])
    resumed, file = sorn.resume(path, inputs, time_steps=1000)
    recordings = network.run(inputs[:, :1000], record=RECORD)
    assert resumed == network
    for name, array in recordings.items():
        assert_array_equal(np.asarray(file[name]), array)


def test_recordings_in_a_file_are_saved_already(file, network, tmp_path) -> None:
    with pytest.raises(ParameterError, match=r"recordings lie in '.*run\.h5' already"):
        network.save(tmp_path / "copy.h5", file)  # type: ignore[arg-type]


def test_nothing_to_resume(file, tmp_path) -> None:
    with pytest.raises(IoError, match="came to its end"):
        sorn.resume(file.path)
    with pytest.raises(IoError, match="no checkpoint"):
        sorn.resume(tmp_path / "none.h5")
    (tmp_path / "bad.h5.checkpoint-5").write_bytes(b"no checkpoint")
    with pytest.raises(FormatError, match=r"bad\.h5\.checkpoint-5.*not a checkpoint"):
        sorn.resume(tmp_path / "bad.h5")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"checkpoint_every": 5}, "checkpoint_every = 5: needs out"),
        ({"out": "a.h5", "checkpoint_every": 0}, "checkpoint_every = 0: must be a whole number of steps from 1 on"),
        ({"out": "a.h5", "checkpoint_every": 1.5}, "checkpoint_every = 1.5"),
        ({"out": 5}, "out is of type int: must be a str or a path"),
        ({"out": "a.h5", "record": ["E", "E/2"]}, "'E' is to be recorded twice"),
        ({"record": {"E": slice(5, 5)}}, "a window must hold a step"),
        ({"record": {"E": slice(10, 20)}}, "the run has none of these steps, but 0 to 9"),
        ({"out": "a.h5", "record": ["E@10:20"]}, "the run has none of these steps, but 0 to 9"),
        ({"out": "/dev/null"}, "out = '/dev/null': must be a file"),
        ({"record": {"E": slice(-5, 5)}}, r"record\['E'\] = -5"),
        ({"record": ["E@5"]}, "a window is FIRST:END"),
        ({"record": ["E@x:y"]}, "a window is FIRST:END"),
    ],
)
def test_wrong_arguments(network, options, message, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = network.copy()
    with pytest.raises(ParameterError, match=message):
        network.run(time_steps=10, **options)
    assert network == before
    assert os.listdir(tmp_path) == []


@given(parameter_sets(), SEEDS, st.integers(2, 60), st.integers(1, 20), st.integers(1, 9), FREEZE)
def test_a_file_holds_any_run(tmp_path_factory, parameters, seed, steps, every, stride, freeze) -> None:
    folder = tmp_path_factory.mktemp("runs")
    record = {"E": 1, "TE": stride, "WEE": 7, "C_ei": slice(2, steps - 1) if steps > 3 else 1}
    start = Network(parameters, seed=seed)
    whole = start.copy()
    recordings = whole.run(time_steps=steps, record=record, freeze=freeze)

    streamed = start.copy()
    streamed.run(time_steps=steps, record=record, freeze=freeze, out=folder / "run.h5", checkpoint_every=every)
    assert streamed == whole
    assert os.listdir(folder) == ["run.h5"]
    with sorn.open(folder / "run.h5") as file:
        assert Network(state=file.state) == whole
        for name, array in recordings.items():
            assert_array_equal(np.asarray(file[name]), array)
