"""The past of a run: the network of any step, and recordings that were not made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import sorn
from sorn import Network, ParameterError, ResultFile, ShapeError, Simulator, StateError

SIZE = {"ne": 50, "nu": 3, "lambda_ee": 8, "lambda_ei": 10, "seed": 7}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> ResultFile:
    """A run that has recorded nothing."""
    out = tmp_path_factory.mktemp("past") / "run.h5"
    return Network(**SIZE).run(time_steps=1000, out=out, keep_checkpoints=10)


@pytest.fixture(scope="module")
def whole() -> sorn.Recordings:
    return Network(**SIZE).run(time_steps=1000, record=["E", "C", "TE/7", "WEE/100"])


def test_the_network_of_any_step(file: ResultFile) -> None:
    assert_array_equal(file.kept_steps, np.arange(0, 1000, 100))
    for step in (0, 1, 99, 100, 555, 1000):
        network = Network(**SIZE)
        if step:
            network.run(time_steps=step)
        there = file.at(step)
        assert there.step_count == step
        assert there.state == network.state
    assert file.at(np.int64(30)) is not file.at(30)


def test_statistics_and_births_that_were_not_recorded(file: ResultFile) -> None:
    record = ["stats/150", "isi_histogram/150", "synapses"]
    whole = Network(**SIZE).run(time_steps=1000, record=record)
    again = file.recompute(record, slice(320, 800))
    assert_array_equal(again.steps("stats"), [300, 450, 600])
    assert_array_equal(again["stats"], whole["stats"][2:5])
    assert again.stats.keys() == whole.stats.keys()
    assert_array_equal(again["isi_histogram"], whole["isi_histogram"][2:5])
    events = whole["synapses"]
    assert_array_equal(again["synapses"], events[(events["step"] >= 320) & (events["step"] < 800)])
    assert (again.lineage.topology(799) != whole.lineage.topology(799)).nnz == 0
    assert_array_equal(file.recompute("synapses"), events)


def test_it_runs_on(file: ResultFile) -> None:
    network = file.at(700)
    network.run(time_steps=300)
    assert network.state == file.state


def test_what_was_not_recorded(file: ResultFile, whole: sorn.Recordings) -> None:
    E = file.recompute("E", slice(130, 480))
    assert E.dtype == np.int8
    assert_array_equal(E, whole["E"][130:480])
    assert_array_equal(file.recompute("E"), whole["E"])
    assert_array_equal(file.recompute("WEE", slice(250, 750), 100), whole["WEE"][3:8])
    assert_array_equal(file.recompute("WEE", slice(250, 750, 100), threads=1), whole["WEE"][3:8])
    several = file.recompute(["E", "C", "TE/7"], slice(200, None))
    assert isinstance(several, sorn.Recordings)
    assert_array_equal(several["C"], whole["C"][200:])
    assert_array_equal(several["TE"], whole["TE"][29:])
    assert_array_equal(several.steps("TE"), whole.steps("TE")[29:])
    assert several.stride("TE") == 7
    by_mapping = file.recompute({"TE": 7, "C": slice(300, 310)}, slice(200, 400), stride=5)
    assert_array_equal(by_mapping["TE"], whole["TE"][29:58])
    assert_array_equal(by_mapping["C"], whole["C"][300:310])
    assert_array_equal(file.recompute("ExcitatoryActivation", slice(0, 5)), whole["E"][:5])


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (slice(900, 1001), "the steps from 900 to before 1001: the run has those from 0 to before 1000"),
        (slice(5, 5), "the steps from 5 to before 5"),
        (slice(-5, 5), "a slice of step numbers from 0 on"),
        ((0, 5), "a slice of step numbers from 0 on"),
    ],
)
def test_steps_that_cannot_be_recorded(file: ResultFile, steps: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        file.recompute("E", steps)  # type: ignore[call-overload]


def test_other_wrong_arguments(file: ResultFile) -> None:
    with pytest.raises(ParameterError, match="step 1001: the run goes from step 0 to step 1000"):
        file.at(1001)
    with pytest.raises(ParameterError, match="step = -1"):
        file.at(-1)
    with pytest.raises(ParameterError, match="is given by the slice, too"):
        file.recompute("E", slice(0, 10, 2), 2)
    with pytest.raises(ParameterError, match="no quantity"):
        file.recompute([])
    with pytest.raises(ParameterError, match="inputs for a run that had none"):
        file.at(3, np.ones((3, 1000)))
    with pytest.raises(sorn.UnknownKeywordError, match="strides"):
        file.recompute("E", strides=3)
    for wrong in (0, 1.5, "all", True):
        with pytest.raises(ParameterError, match="keep_checkpoints"):
            Network(**SIZE).run(time_steps=3, out="never.h5", keep_checkpoints=wrong)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="keep_checkpoints = 3: needs out"):
        Network(**SIZE).run(time_steps=3, keep_checkpoints=3)  # type: ignore[call-overload]
    with pytest.raises(ParameterError, match="needs checkpoint_every"):
        Network(**SIZE).run(time_steps=3, out="never.h5", keep_checkpoints="every")


def test_a_closed_file(tmp_path: Path) -> None:
    file = Network(**SIZE).run(time_steps=10, out=tmp_path / "run.h5")
    file.close()
    with pytest.raises(StateError, match="was closed"):
        file.at(3)
    with pytest.raises(StateError, match="was closed"):
        file.recompute("E")


def test_what_drove_the_run(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    start = Network(**SIZE)
    units = start.parameters.ne + start.parameters.ni
    inputs, noise, rewards = rng.random((3, 200)), rng.normal(0, 0.1, (units, 200)), rng.random(200)
    given = {"inputs": inputs, "noise": noise, "rewards": rewards, "signals": {"mark": lambda step: step / 2}}
    file = start.run(out=tmp_path / "run.h5", keep_checkpoints=4, record=["signals/3"], **given)
    network = Network(**SIZE)
    whole = network.run(record=["E", "signals"], **given)
    assert file.state == network.state
    half = Network(**SIZE)
    half.run(**{**given, "inputs": inputs[:, :130], "noise": noise[:, :130], "rewards": rewards[:130]})
    assert file.at(130, **given).state == half.state
    again = file.recompute(["E", "signals"], **given)
    assert_array_equal(again["E"], whole["E"])
    assert_array_equal(again["signals"], whole["signals"])
    for name in given:
        with pytest.raises(ParameterError):
            file.at(130, **{key: value for key, value in given.items() if key != name})
    for name in ("inputs", "noise", "rewards"):
        other = np.array(given[name])
        other[..., 120] += 1e-9
        with pytest.raises(StateError, match="of the steps 100 to 150: differ"):
            file.at(130, **{**given, name: other})
        assert file.at(90, **{**given, name: other}).step_count == 90
    with pytest.raises(ShapeError, match="inputs of 199 steps"):
        file.at(130, **{**given, "inputs": inputs[:, :199]})


def test_a_source_is_in_the_file(tmp_path: Path) -> None:
    source = sorn.sources.RandomSymbols(5, pool_size=3, seed=2)
    file = Network(**SIZE).run(source, 300, out=tmp_path / "run.h5", keep_checkpoints=3)
    network = Network(**SIZE)
    network.run(source, 250)
    assert file.at(250).state == network.state
    with pytest.raises(ParameterError, match="the file holds the source"):
        file.at(250, source)


def test_a_source_of_ones_own(tmp_path: Path) -> None:
    def shown(step: int) -> np.ndarray:
        return np.array([step % 2, 0.5, step % 3], float)

    file = Network(**SIZE).run(shown, 100, out=tmp_path / "run.h5", keep_checkpoints=5)
    network = Network(**SIZE)
    whole = network.run(shown, 100, record=["E"])
    assert_array_equal(file.recompute("E", inputs=shown), whole["E"])
    with pytest.raises(ParameterError, match="the run has inputs"):
        file.at(50)


def test_the_same_through_simulate(tmp_path: Path) -> None:
    state, file = Simulator.run(
        timesteps=100, out=tmp_path / "a.h5", checkpoint_every=30, keep_checkpoints="every", **SIZE
    )
    assert_array_equal(file.kept_steps, [0, 30, 60, 90])
    _, other = Simulator.run(timesteps=50, state=state, out=tmp_path / "b.h5", **SIZE)
    with pytest.raises(StateError, match="of step 100: is not in the file"):
        other.at(120)
    assert other.at(150).state == other.state
    replicas = sorn.ensemble(2, time_steps=50, out=tmp_path / "e.h5", keep_checkpoints=5, **SIZE)
    assert_array_equal(replicas[1].recordings.kept_steps, np.arange(0, 50, 10))


def test_a_damaged_state(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    file = Network(**SIZE).run(time_steps=200, out=path, keep_checkpoints=20)
    expected = file.at(155).state
    thresholds = file.at(150).state["Te"].tobytes()
    file.close()
    content = bytearray(path.read_bytes())
    content[content.index(thresholds) + 9] ^= 1
    path.write_bytes(content)
    with ResultFile(path) as file, pytest.warns(UserWarning, match="the landmark of step 150 is damaged"):
        assert file.at(155).state == expected
