"""The four calls: arguments, seeds, recordings, noise, progress, interruption."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from conftest import same_arrays

import sorn
from sorn import Parameters, Simulator, Trainer

CALLBACK_SHAPES = {
    "ExcitatoryActivation": (30, 50),
    "InhibitoryActivation": (30, 10),
    "RecurrentActivation": (30, 50),
    "WEE": (30, 50, 50),
    "WEI": (30, 10, 50),
    "WIE": (30, 50, 10),
    "TE": (30, 50),
    "TI": (30, 10),
    "EEConnectionCounts": (30,),
    "EIConnectionCounts": (30,),
    "IEConnectionCounts": (30,),
}


class TestSeeds:
    def test_the_same_seed_gives_the_same_bits(self, inputs) -> None:
        a = Simulator.simulate_sorn(inputs, ne=50, seed=7)
        b = Simulator.simulate_sorn(inputs, ne=50, seed=7)
        assert a[0] == b[0]
        assert same_arrays(a[1:], b[1:])
        assert a[0] != Simulator.simulate_sorn(inputs, ne=50, seed=8)[0]

    @pytest.mark.parametrize("seed", [0, 1, 2**63, 2**64 - 1, np.uint64(2**64 - 1), np.int32(5)])
    def test_range(self, seed) -> None:
        state, *_ = Simulator.simulate_sorn(time_steps=1, ne=50, seed=seed)
        assert state.seed == int(seed)

    def test_none_draws_a_seed_that_the_state_holds(self, inputs) -> None:
        first = Simulator.simulate_sorn(inputs, ne=50)
        second = Simulator.simulate_sorn(inputs, ne=50)
        assert first[0].seed != second[0].seed
        again = Simulator.simulate_sorn(inputs, ne=50, seed=first[0].seed)
        assert again[0] == first[0]

    def test_a_given_seed_does_not_use_numpys_global_generator(self, inputs) -> None:
        np.random.seed(1)
        expected = np.random.rand()
        np.random.seed(1)
        Simulator.simulate_sorn(inputs, ne=50, seed=3)
        assert np.random.rand() == expected

    def test_recording_changes_nothing(self, inputs) -> None:
        bare, *nothing = Simulator.simulate_sorn(inputs, ne=50, seed=7, record=[])
        full, recorded = Simulator.run(inputs, ne=50, seed=7, callbacks=list(CALLBACK_SHAPES))
        assert nothing == [None] * 4
        assert bare == full
        assert len(recorded) == len(CALLBACK_SHAPES)


class TestArguments:
    def test_positional_order(self, inputs) -> None:
        state, *_ = Simulator.simulate_sorn(inputs, "plasticity", None, 30, False, ["sp"], ne=50, seed=1)
        keywords, *_ = Simulator.simulate_sorn(
            inputs=inputs, phase="plasticity", matrices=None, noise=False, time_steps=30, freeze=["sp"], ne=50, seed=1
        )
        assert state == keywords
        by_run, recorded = Simulator.run(inputs, "plasticity", None, 30, False, ["sp"], ["TE"], ne=50, seed=1)
        assert by_run == state
        assert list(recorded) == ["TE"]

    def test_aliases(self, inputs, state) -> None:
        a = Simulator.simulate_sorn(inputs, matrices=state, time_steps=30)
        b = Simulator.simulate_sorn(inputs, state=state, timesteps=30)
        assert same_arrays(a[1:], b[1:])
        c, _ = Simulator.run(inputs, matrices=state, time_steps=30)
        assert c == a[0]

    def test_default_phases(self, inputs, state) -> None:
        assert not np.array_equal(Simulator.simulate_sorn(inputs, matrices=state)[0]["Wee"], state["Wee"])
        assert not np.array_equal(Simulator.run(inputs, state=state)[0]["Wee"], state["Wee"])
        assert np.array_equal(Trainer.train_sorn(inputs, matrices=state)[0]["Wee"], state["Wee"])
        assert np.array_equal(Trainer.run(inputs, state=state)[0]["Wee"], state["Wee"])

    def test_simulator_can_train_and_trainer_can_be_plastic(self, inputs, state) -> None:
        a = Simulator.simulate_sorn(inputs, phase="training", matrices=state)
        assert same_arrays(a[1:], Trainer.train_sorn(inputs, matrices=state)[1:])
        b = Trainer.train_sorn(inputs, phase="plasticity", matrices=state)
        assert same_arrays(b[1:], Simulator.simulate_sorn(inputs, matrices=state)[1:])

    @pytest.mark.parametrize("freeze", ["ip", ["ip"], ("ip",), {"ip"}, iter(["ip"]), np.array(["ip"])])
    def test_freeze_takes_one_name_or_several(self, inputs, state, freeze) -> None:
        after, *_ = Simulator.simulate_sorn(inputs, matrices=state, freeze=freeze)
        np.testing.assert_array_equal(after["Te"], state["Te"])

    @pytest.mark.parametrize("steps", [5, np.int64(5), np.uint8(5), 5.0, np.float32(5.0)])
    def test_counts_may_be_any_whole_number(self, steps) -> None:
        state, *_ = Simulator.simulate_sorn(time_steps=steps, ne=np.int16(50), nu=np.float64(4))
        assert state.step == 5
        assert state.parameters == Parameters(ne=50, nu=4)

    def test_no_input_is_spontaneous_activity(self) -> None:
        state, E, *_ = Simulator.simulate_sorn(time_steps=40, ne=50, seed=2)
        zeros, F, *_ = Simulator.simulate_sorn(np.zeros((10, 40)), ne=50, seed=2)
        assert E.shape == (40, 50)
        np.testing.assert_array_equal(E, F)
        assert state == zeros

    @pytest.mark.parametrize(
        "convert",
        [
            np.asfortranarray,
            lambda a: np.repeat(a, 3, axis=1)[:, ::3],
            lambda a: a[::-1][::-1],
            lambda a: a.tolist(),
            lambda a: a.astype(">f8"),
            lambda a: np.ma.masked_array(a, mask=False),
            lambda a: np.frombuffer(b"\0" + a.tobytes(), dtype=np.uint8)[1:].view(np.float64).reshape(a.shape),
        ],
        ids=["fortran", "strided", "reversed", "lists", "big-endian", "masked", "unaligned"],
    )
    def test_inputs_of_any_layout(self, inputs, convert) -> None:
        expected = Simulator.simulate_sorn(inputs, ne=50, seed=1)
        assert same_arrays(Simulator.simulate_sorn(convert(inputs), ne=50, seed=1)[1:], expected[1:])

    def test_read_only_inputs(self, inputs) -> None:
        inputs.flags.writeable = False
        Simulator.simulate_sorn(inputs, ne=50)

    def test_unused_columns_give_a_warning(self, inputs) -> None:
        with pytest.warns(
            UserWarning, match="time_steps = 12 leaves the last 18 of 30 columns of inputs unused"
        ) as seen:
            state, E, *_ = Simulator.simulate_sorn(inputs, time_steps=12, ne=50, seed=1)
        assert seen[0].filename == __file__, "the warning points at the call"
        assert E.shape == (12, 50)
        assert state == Simulator.simulate_sorn(inputs[:, :12], ne=50, seed=1)[0]

    def test_parameters_object(self, inputs) -> None:
        parameters = Parameters(ne=50, nu=4, eta_stdp=0.002)
        a = Simulator.simulate_sorn(inputs, parameters=parameters, seed=1)
        assert a[0].parameters == parameters
        assert a[0] == Simulator.simulate_sorn(inputs, ne=50, nu=4, eta_stdp=0.002, seed=1)[0]
        b = Simulator.simulate_sorn(inputs, parameters=parameters, eta_stdp=0.003)
        assert b[0].parameters.eta_stdp == 0.003

    def test_variant_by_name(self, inputs) -> None:
        state, *_ = Simulator.simulate_sorn(inputs, ne=50, variant="nambusubramaniyan2021")
        assert state.parameters.variant == "nambusubramaniyan2021"


class TestRecording:
    def test_all_callbacks(self, inputs) -> None:
        state, recorded = Simulator.run(inputs, ne=50, seed=1, callbacks=list(CALLBACK_SHAPES))
        assert {name: array.shape for name, array in recorded.items()} == CALLBACK_SHAPES
        for name, array in recorded.items():
            assert array.dtype == (np.int64 if name.endswith("Counts") else np.float64)
        for key in ("WEE", "WEI", "WIE"):
            np.testing.assert_array_equal(recorded[key][-1], state[key.capitalize()])
        np.testing.assert_array_equal(recorded["TE"][-1], state["Te"][:, 0])
        np.testing.assert_array_equal(recorded["ExcitatoryActivation"][-1], state["X"][:, 1])
        np.testing.assert_array_equal(recorded["ExcitatoryActivation"][-2], state["X"][:, 0])
        np.testing.assert_array_equal(recorded["InhibitoryActivation"][-1], state["Y"][:, 1])
        # Counts are those on entry to a step, weights those after it.
        np.testing.assert_array_equal(
            np.count_nonzero(recorded["WEE"], axis=(1, 2))[:-1], recorded["EEConnectionCounts"][1:]
        )
        np.testing.assert_array_equal(
            np.count_nonzero(recorded["WEI"], axis=(1, 2))[:-1], recorded["EIConnectionCounts"][1:]
        )
        assert set(recorded["IEConnectionCounts"]) == {500}

    def test_both_calls_agree(self, inputs) -> None:
        _, E, I, R, C = Simulator.simulate_sorn(inputs, ne=50, seed=1)
        _, recorded = Simulator.run(inputs, ne=50, seed=1, callbacks=["E", "I", "RecurrentActivation", "C"])
        assert list(recorded) == ["E", "I", "RecurrentActivation", "C"], "keyed as the caller wrote it"
        assert same_arrays(tuple(recorded.values()), (E, I, R, C))

    def test_callbacks_change_what_simulate_sorn_returns(self, inputs) -> None:
        result = Simulator.simulate_sorn(inputs, ne=50, seed=1, callbacks=["TE"])
        assert len(result) == 2
        assert list(result[1]) == ["TE"]
        assert Trainer.train_sorn(inputs, ne=50, callbacks=[])[1] == {}

    def test_strides(self, inputs) -> None:
        _, full = Simulator.run(inputs, ne=50, seed=1, callbacks=["WEE", "TE", "C"])
        _, thinned = Simulator.run(inputs, ne=50, seed=1, record={"WEE": 10, "TE": np.int64(7)}, callbacks="C")
        np.testing.assert_array_equal(thinned["WEE"], full["WEE"][::10])
        np.testing.assert_array_equal(thinned["TE"], full["TE"][::7])
        np.testing.assert_array_equal(thinned["C"], full["C"])
        _, written = Simulator.run(inputs, ne=50, seed=1, record=["WEE/10"])
        np.testing.assert_array_equal(written["WEE"], full["WEE"][::10])

    def test_strided_recordings_of_two_runs_join(self, inputs) -> None:
        _, whole = Simulator.run(inputs, ne=50, seed=1, record={"TE": 7})
        state, first = Simulator.run(inputs[:, :11], ne=50, seed=1, record={"TE": 7})
        _, second = Simulator.run(inputs[:, 11:], state=state, record={"TE": 7})
        np.testing.assert_array_equal(np.concatenate([first["TE"], second["TE"]]), whole["TE"])

    def test_selecting_activities(self, inputs) -> None:
        _, E, I, R, C = Simulator.simulate_sorn(inputs, ne=50, seed=1)
        _, *some = Simulator.simulate_sorn(inputs, ne=50, seed=1, record=["EEConnectionCounts", "I/3"])
        assert some[0] is None
        assert some[2] is None
        np.testing.assert_array_equal(some[1], I[::3])
        np.testing.assert_array_equal(some[3], C)
        _, *some = Simulator.simulate_sorn(inputs, ne=50, seed=1, record={"E": 5, "R": 1})
        np.testing.assert_array_equal(some[0], E[::5])
        np.testing.assert_array_equal(some[2], R)

    def test_memory_does_not_grow(self) -> None:
        program = (
            "import resource, sorn\n"
            "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "s, *_ = sorn.Simulator.simulate_sorn(time_steps=1000, ne=50, record=[])\n"
            "before = peak()\n"
            "s, *_ = sorn.Simulator.simulate_sorn(time_steps=200_000, matrices=s, record=[])\n"
            "for _ in range(2000):\n"
            "    s, *_ = sorn.Simulator.simulate_sorn(time_steps=1, matrices=s)\n"
            "print(peak() - before)\n"
        )
        grown = int(subprocess.check_output([sys.executable, "-c", program], text=True))
        assert grown < 4000, f"{grown} kB"


class TestNoise:
    def test_switches(self, inputs) -> None:
        def run(noise, **options):
            return Simulator.simulate_sorn(inputs, ne=50, seed=1, noise=noise, **options)[0]

        assert run(True) == run(np.True_) == run(0.04)
        assert run(False) == run(np.False_) == run(0.0) == run(0)
        assert run(True) != run(False)
        assert run(True) != run(0.2)

    def test_replay(self, inputs) -> None:
        noise = np.random.default_rng(1).normal(0, 0.1, (60, 30))
        first = Simulator.simulate_sorn(inputs, ne=50, seed=1, noise=noise)
        for same in (np.asfortranarray(noise), noise.tolist(), np.repeat(noise, 2, axis=1)[:, ::2]):
            assert Simulator.simulate_sorn(inputs, ne=50, seed=1, noise=same)[0] == first[0]
        silent = Simulator.simulate_sorn(inputs, ne=50, seed=1, noise=np.zeros((60, 30)))
        assert silent[0] == Simulator.simulate_sorn(inputs, ne=50, seed=1, noise=False)[0]

    def test_replayed_values_reach_the_units(self, state) -> None:
        noise = np.zeros((60, 1))
        noise[7], noise[53] = 100.0, 100.0
        _, E, I, R, _ = Trainer.train_sorn(time_steps=1, matrices=state, noise=noise)
        assert E[0, 7] == R[0, 7] == 1
        assert I[0, 3] == 1

    def test_unused_columns_give_a_warning(self, inputs) -> None:
        with pytest.warns(UserWarning, match="columns of noise unused"):
            Simulator.simulate_sorn(inputs, ne=50, noise=np.zeros((60, 31)))


class TestProgress:
    def test_function(self, inputs) -> None:
        seen = []
        state, *_ = Simulator.simulate_sorn(
            time_steps=150_000, ne=50, seed=1, record=[], progress=lambda done, total: seen.append((done, total))
        )
        assert seen[-1] == (150_000, 150_000)
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)
        assert state == Simulator.simulate_sorn(time_steps=150_000, ne=50, seed=1, record=[])[0]

    def test_an_error_in_the_function_ends_the_run(self, state) -> None:
        def report(done: int, total: int) -> None:
            raise RuntimeError(f"stop at {done}")

        with pytest.raises(RuntimeError, match="stop at"):
            Simulator.simulate_sorn(time_steps=10**9, matrices=state, record=[], progress=report)
        assert state.step == 30

    def test_bar(self, capfd, monkeypatch) -> None:
        monkeypatch.setattr("sorn._progress._is_terminal", lambda _: True)
        Simulator.simulate_sorn(time_steps=10, ne=50, progress=True)
        out, err = capfd.readouterr()
        assert out == ""
        assert "10.0/10.0" in err

    def test_line_without_tqdm(self, capfd, monkeypatch) -> None:
        monkeypatch.setattr("sorn._progress._is_terminal", lambda _: True)
        monkeypatch.setitem(sys.modules, "tqdm", None)
        Simulator.simulate_sorn(time_steps=10, ne=50, progress=True)
        out, err = capfd.readouterr()
        assert out == ""
        assert "100%  10 of 10 steps" in err
        assert err.endswith("\n")

    def test_silent_by_default(self, capfd) -> None:
        Simulator.simulate_sorn(time_steps=10, ne=50)
        assert capfd.readouterr() == ("", "")


class TestConcurrency:
    def test_ctrl_c(self, state) -> None:
        before = dict(state.copy())
        timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            Simulator.simulate_sorn(time_steps=10**12, matrices=state, record=[])
        assert time.monotonic() - start < 5
        assert same_arrays(dict(state), before)
        assert Simulator.simulate_sorn(time_steps=10, matrices=state)[0].step == 40

    def test_networks_in_threads_are_independent(self) -> None:
        def run(seed: int):
            return Simulator.simulate_sorn(time_steps=3000, ne=50, seed=seed)

        expected = [run(seed) for seed in range(4)]
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(run, range(4)))
        for a, b in zip(results, expected, strict=True):
            assert a[0] == b[0]
            assert same_arrays(a[1:], b[1:])

    def test_one_state_may_start_many_threads(self, state) -> None:
        def work(_: int):
            return Simulator.simulate_sorn(time_steps=2000, matrices=state, record=[])[0]

        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(work, range(4)))
        assert all(result == results[0] for result in results)

    def test_the_interpreter_is_free_during_a_run(self) -> None:
        done = threading.Event()

        def work() -> None:
            Simulator.simulate_sorn(time_steps=200_000, ne=50, record=[])
            done.set()

        thread = threading.Thread(target=work)
        thread.start()
        ticks = 0
        while not done.is_set():
            ticks += 1
            time.sleep(0.001)
        thread.join()
        assert ticks > 20


def test_no_warning_without_reason(inputs) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Simulator.simulate_sorn(inputs, time_steps=30, ne=50)
        sorn.Network(ne=50).run(time_steps=3)
