"""Signals: numbers in each step of a run, from arrays, functions and keyword arguments of step()."""

import threading

import numpy as np
import pytest

import sorn
from sorn import Network, ParameterError, ShapeError, Simulator, StateError, Trainer, UnknownNameError, _core

SMALL = {"ne": 40, "nu": 4, "lambda_ee": 6, "lambda_ei": 8}
REWARD = np.sin(np.arange(60))


def network() -> Network:
    return Network(**SMALL, seed=5)


def test_arrays_and_functions_are_recorded_with_their_names():
    run = network().run(
        time_steps=60,
        signals={"reward": REWARD, "mark_2": lambda step: step % 4},
        record=["signals", "E"],
        threads=2,
    )
    assert run.signal_names == ("reward", "mark_2")
    np.testing.assert_array_equal(run["signals"], np.stack([REWARD, np.arange(60) % 4], axis=1))
    assert run["signals"].dtype == np.float64
    np.testing.assert_array_equal(run["E"], network().run(time_steps=60, record=["E"])["E"])


@pytest.mark.parametrize(
    "values",
    [
        list(range(-5, 5)),
        np.arange(20, dtype=np.int32)[::2],
        np.arange(10, dtype=np.float32),
        np.arange(20.0)[::-2],
        np.ones(10, bool),
    ],
)
def test_any_array_of_numbers_is_taken(values):
    run = network().run(time_steps=10, signals={"reward": values}, record="signals")
    np.testing.assert_array_equal(run["signals"], np.asarray(values, float)[:, None])


def test_the_function_gets_the_steps_of_the_network_in_the_caller_s_thread():
    called = []

    def reward(step: int) -> np.float32:
        called.append((step, threading.get_ident()))
        return np.float32(0.5)

    small = network()
    small.run(time_steps=3)
    small.run(time_steps=4, signals={"reward": reward}, threads=3)
    assert called == [(step, threading.get_ident()) for step in range(3, 7)]


def test_the_array_of_a_run_is_that_of_its_beginning():
    values = REWARD.copy()

    def changes(step: int) -> float:
        values[:] = 7
        return 0.0

    signals = {"mark": changes, "reward": values}
    run = network().run(time_steps=60, signals=signals, record=["signals"])
    np.testing.assert_array_equal(run["signals"][:, 1], REWARD)


@pytest.mark.parametrize("call", [Simulator.run, Trainer.run])
def test_simulator_and_trainer_take_them(call):
    _, recorded = call(time_steps=60, seed=1, **SMALL, signals={"reward": REWARD}, callbacks=["Signals"], record=["C"])
    np.testing.assert_array_equal(recorded["Signals"], REWARD[:, None])


@pytest.mark.parametrize("call", [Simulator.simulate_sorn, Trainer.train_sorn])
def test_the_calls_of_the_older_package_take_them(call):
    steps = []
    state, *_ = call(time_steps=20, seed=1, **SMALL, signals={"reward": lambda step: steps.append(step) or 0.0})
    other, *_ = call(time_steps=20, seed=1, **SMALL)
    assert steps == list(range(20))
    assert state == other


def test_a_step_takes_them_by_name():
    stepped, other = network(), network()
    u = np.ones(4)
    np.testing.assert_array_equal(stepped.step(u, reward=0.5, mark=np.int64(2)), other.step(u))
    assert stepped == other
    with pytest.raises(StateError, match="'reward' = nan in step 0 of the run: must be a finite number"):
        stepped.step(reward=float("nan"))
    with pytest.raises(ParameterError, match="reward = 'high': must be a number"):
        stepped.step(reward="high")
    with pytest.raises(ParameterError, match="signal 'Reward': a name is a lower-case letter"):
        stepped.step(Reward=1.0)
    assert stepped == other


@pytest.mark.parametrize("slip", ["nois", "frezee", "phases", "threads", "record", "eta_stdp", "signals", "state"])
def test_a_slip_in_a_step_is_no_signal(slip):
    with pytest.raises(sorn.UnknownKeywordError, match=f"no argument '{slip}'"):
        network().step(**{slip: 1.0})


def test_an_error_of_a_function_reaches_the_caller():
    error = KeyError("mine")

    def fails(step: int) -> float:
        if step == 7:
            raise error
        return 0.0

    small = network()
    before = small.copy()
    for threads in (1, 2):
        with pytest.raises(KeyError) as caught:
            small.run(time_steps=20, signals={"reward": fails}, threads=threads)
        assert caught.value is error
        assert small == before


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("inf"), "signal 'reward' = inf in step 3: must be a finite number"),
        (None, "signal 'reward' is of type NoneType in step 3: must be a number"),
        ("1", "signal 'reward' is of type str in step 3: must be a number"),
        (10**400, "OverflowError"),
    ],
)
def test_what_a_function_may_not_return(value, message):
    kind = OverflowError if message == "OverflowError" else StateError
    with pytest.raises(kind) as caught:
        network().run(time_steps=20, signals={"reward": lambda step: value if step == 3 else 0.0})
    assert kind is OverflowError or str(caught.value) == message


@pytest.mark.parametrize(
    ("signals", "kind", "message"),
    [
        ({"reward": [1.0, 2.0]}, ShapeError, "'reward' has 2 values: must have 3"),
        ({"reward": [[1.0, 2.0, 3.0]]}, ShapeError, "shape (1, 3): must have one dimension"),
        ({"reward": 1.0}, ShapeError, "shape (): must have one dimension"),
        ({"reward": [1.0, np.nan, 3.0]}, StateError, "'reward' = nan in step 1 of the run"),
        ({"reward": ["a", "b", "c"]}, StateError, "must be an array of real numbers"),
        ({"": [1.0, 2.0, 3.0]}, ParameterError, "signal '': a name is"),
        ({"noise": [1.0, 2.0, 3.0]}, ParameterError, "'noise': has the name of a setting of a run"),
        ({1: [1.0, 2.0, 3.0]}, UnknownNameError, "signals holds 1"),
        ([1.0, 2.0, 3.0], ParameterError, "signals is of type list: must be a mapping"),
        ({f"s{k}": np.zeros(3) for k in range(257)}, ParameterError, "257 signals: must be at most 256"),
    ],
)
def test_what_is_refused_before_the_first_step(signals, kind, message):
    small = network()
    with pytest.raises(kind) as caught:
        small.run(time_steps=3, signals=signals)
    assert message in str(caught.value)
    assert small == network()


def test_settings_and_keyword_arguments_are_reserved():
    reserved = set(_core.reserved_signal_names())
    names = {name for call in (Network.step, Network.run) for name in call.__code__.co_varnames[: _arguments(call)]}
    assert names <= reserved


def _arguments(call) -> int:
    return call.__code__.co_argcount + call.__code__.co_kwonlyargcount


def test_values_behind_the_run_cause_a_warning():
    with pytest.warns(UserWarning, match="3 steps leave the last 57 of 60 values of 'reward' unused"):
        network().run(time_steps=3, signals={"reward": REWARD})


def test_recording_needs_signals(tmp_path):
    for out in (None, tmp_path / "run.h5"):
        with pytest.raises(ParameterError, match="record signals/2: the run has no signals"):
            network().run(time_steps=3, record={"signals": 2}, out=out)
    assert list(tmp_path.iterdir()) == []


def test_files_keep_values_and_names(tmp_path):
    signals = {"reward": REWARD, "mark": lambda step: step % 4}
    small = network()
    in_memory = small.run(time_steps=60, signals=signals, record={"signals": 3, "E": 1})
    with network().run(time_steps=60, signals=signals, record={"signals": 3, "E": 1}, out=tmp_path / "a.h5") as file:
        assert file.signal_names == ("reward", "mark")
        assert file.run["signals"] == ("reward", "mark")
        np.testing.assert_array_equal(file["signals"][:], in_memory["signals"])
        np.testing.assert_array_equal(file["Signals"][5], [REWARD[15], 3])
    small.save(tmp_path / "b.h5", in_memory)
    again = sorn.Recordings.load(tmp_path / "b.h5")
    assert again.signal_names == ("reward", "mark")
    np.testing.assert_array_equal(again["signals"], in_memory["signals"])
    with network().run(time_steps=3, record=["E"], out=tmp_path / "c.h5") as file:
        assert file.signal_names == ()
        assert "signals" not in file.run


def test_a_run_with_signals_can_be_resumed(tmp_path):
    path = tmp_path / "run.h5"
    signals = {"mark": lambda step: step % 4, "reward": REWARD}
    expected = network()
    recorded = expected.run(time_steps=60, signals=signals, record=["signals", "E"])

    def fails(step: int) -> float:
        if step == 33:
            raise RuntimeError("enough")
        return step % 4

    broken = {**signals, "mark": fails}
    with pytest.raises(RuntimeError, match="enough"):
        network().run(time_steps=60, signals=broken, record=["signals", "E"], out=path, checkpoint_every=10)
    with sorn.open(path) as file:
        assert file.state.step == 33
        assert len(file["signals"]) == 33
    for wrong, message in (
        (None, "no signals for a run with signals mark, reward"),
        ({"mark": signals["mark"]}, "signals mark for a run"),
        ({**signals, "reward": REWARD[:50]}, "has 50 values"),
        ({**signals, "reward": REWARD + 1}, "signals of the first 33 steps"),
    ):
        with pytest.raises(ValueError, match=message):
            sorn.resume(path, signals=wrong)
    resumed, file = sorn.resume(path, signals=dict(reversed(signals.items())))
    assert resumed == expected
    for name in ("signals", "E"):
        np.testing.assert_array_equal(file[name][:], recorded[name])


def test_replicas_have_the_same_arrays():
    ensemble = sorn.ensemble(3, time_steps=60, signals={"reward": REWARD}, record=["signals"], seed=1, **SMALL)
    for replica in ensemble:
        np.testing.assert_array_equal(replica.recordings["signals"], REWARD[:, None])
        assert replica.recordings.signal_names == ("reward",)
    with pytest.raises(ParameterError, match="signal 'reward' of an ensemble: is a function"):
        sorn.ensemble(3, time_steps=60, signals={"reward": lambda step: 1.0}, seed=1, **SMALL)
