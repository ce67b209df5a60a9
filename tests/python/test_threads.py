"""Threads that share a step: the same bits on any number of them, how many there are, and processes that fork."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import same_arrays
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from test_properties import FREEZE, SEEDS, parameter_sets

import sorn
from sorn import Network, ParameterError, Simulator, Trainer, UnknownKeywordError

THREADS = st.sampled_from([2, 3, 7])
RECORD = ["E", "I", "R", "C", "C_ei", "TE/2", "TI/3", "WEE/5", "WEI/7", "WIE/11"]
SMALL = {"ne": 60, "nu": 3, "lambda_ee": 8, "lambda_ei": 10, "seed": 4}


def same_recordings(a: Any, b: Any) -> None:
    assert list(a) == list(b)
    for name in a:
        assert_array_equal(np.asarray(a[name]), np.asarray(b[name]))


def drive(parameters: sorn.Parameters, steps: int, seed: int, inputs: bool, noise: str) -> dict[str, Any]:
    """Inputs and noise for a run."""
    random = np.random.default_rng(seed)
    ni = parameters.ni if parameters.ni is not None else Network(parameters, seed=0).state["Ti"].shape[0]
    return {
        "inputs": random.random((parameters.nu, steps)) if inputs else None,
        "time_steps": steps,
        "noise": {
            "drawn": True,
            "strong": 0.3,
            "off": False,
            "replayed": random.normal(0, 0.2, (parameters.ne + ni, steps)),
        }[noise],
    }


# --- the same bits -------------------------------------------------------------------------------------------------


@pytest.mark.slow
@given(
    parameters=parameter_sets(),
    seed=SEEDS,
    steps=st.integers(1, 60),
    freeze=FREEZE,
    inputs=st.booleans(),
    noise=st.sampled_from(["drawn", "strong", "off", "replayed"]),
    phase=st.sampled_from(["plasticity", "training"]),
    threads=THREADS,
)
@settings(max_examples=60, deadline=None)
def test_results_do_not_depend_on_threads(parameters, seed, steps, freeze, inputs, noise, phase, threads) -> None:
    alone = Network(parameters, seed=seed)
    together = alone.copy()
    automatic = alone.copy()
    options = {"freeze": freeze, "phase": phase, "record": RECORD, **drive(parameters, steps, seed, inputs, noise)}
    expected = alone.run(threads=1, **options)
    same_recordings(together.run(threads=threads, **options), expected)
    same_recordings(automatic.run(**options), expected)
    assert together == automatic == alone

    # … and going on with other threads: steps by hand, a state handed back, a file.
    options = {"freeze": freeze, "phase": phase, "noise": 0.1}
    expected = alone.run(time_steps=3, record=RECORD, threads=1, **options)
    state, arrays = Simulator.run(state=together.state, timesteps=3, record=RECORD, threads=9 - threads, **options)
    for name, array in arrays.items():
        assert_array_equal(array, expected[name])
    for _ in range(3):
        together.step(**options)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run.h5"
        with automatic.run(
            time_steps=3, record=RECORD, threads=threads, out=out, checkpoint_every=1, **options
        ) as file:
            same_recordings(file, expected)
        assert Network.load(out) == together == automatic == alone == Network(state=state)


@given(parameters=parameter_sets(), seed=SEEDS, inputs=st.booleans(), first=THREADS, then=st.sampled_from([1, 2, 3, 7]))
@settings(max_examples=8, deadline=None)
def test_a_run_is_resumed_with_other_threads(parameters, seed, inputs, first, then) -> None:
    class Stop(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise Stop

    values = np.random.default_rng(seed).random((parameters.nu, 1))

    def whole(steps: int) -> Any:
        return np.broadcast_to(values, (parameters.nu, steps)) if inputs else None

    record = ["E", "C/10", "TE/100", "WEE/5000"]
    network = Network(parameters, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run.h5"
        with pytest.raises(Stop):
            network.run(whole(10**6), 10**6, record=record, out=out, checkpoint_every=500, progress=stop, threads=first)
        with sorn.open(out) as file:
            steps = file.run["steps"] + 50
        resumed, file = sorn.resume(out, whole(steps), time_steps=steps, threads=then)
        with file:
            same_recordings(file, network.run(whole(steps), steps, record=record, threads=1))
        assert resumed == network


@pytest.mark.parametrize("threads", [2, 3, 7, None, 2.0, np.int64(3), np.array(2)])
def test_the_drop_in_calls(threads) -> None:
    inputs = np.random.default_rng(1).random((3, 200))
    expected, *arrays = Simulator.simulate_sorn(inputs, threads=1, **SMALL)
    state, *others = Simulator.simulate_sorn(inputs, threads=threads, **SMALL)
    assert same_arrays(state, expected)
    for one, other in zip(arrays, others, strict=True):
        assert_array_equal(one, other)
    expected, *arrays = Trainer.train_sorn(inputs[:, :1], matrices=expected, threads=1)
    state, *others = Trainer.train_sorn(inputs[:, :1], matrices=state, threads=threads)
    assert same_arrays(state, expected)
    for one, other in zip(arrays, others, strict=True):
        assert_array_equal(one, other)
    state, by_name = Trainer.run(inputs, state=state, threads=threads, record=["E"])
    assert_array_equal(by_name["E"], Trainer.run(inputs, state=expected, threads=1, record=["E"])[1]["E"])


def test_networks_that_run_at_the_same_time() -> None:
    """Each Python thread has a team of its own."""
    together = threading.Barrier(3)

    def run(seed: int) -> tuple[Network, Any]:
        network = Network(ne=300, lambda_ee=10, seed=seed)
        together.wait(timeout=60)
        return network, network.run(time_steps=2000, record=["E"], threads=2)

    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(run, [1, 1, 2]))
    for seed, (network, recordings) in zip([1, 1, 2], results, strict=True):
        expected = Network(ne=300, lambda_ee=10, seed=seed)
        same_recordings(recordings, expected.run(time_steps=2000, record=["E"], threads=1))
        assert network == expected


# --- what is no number of threads ----------------------------------------------------------------------------------

CALLS: list[Callable[..., Any]] = [
    Simulator.simulate_sorn,
    Simulator.run,
    Trainer.train_sorn,
    Trainer.run,
    Network(**SMALL).run,
]


@pytest.mark.parametrize("value", [0, -1, 4097, 10**30, True, np.True_, 1.5, float("nan"), float("inf"), "2", [2]])
def test_invalid_numbers_of_threads(value, tmp_path: Path) -> None:
    calls: list[Callable[[], Any]] = [lambda call=call: call(time_steps=5, threads=value) for call in CALLS]
    calls.append(lambda: CALLS[-1](time_steps=5, out=tmp_path / "run.h5", threads=value))
    calls.append(lambda: sorn.resume(tmp_path / "none.h5", threads=value))
    for call in calls:
        with pytest.raises(ParameterError) as caught:
            call()
        assert caught.value.subject == f"threads = {value!r}"
        assert caught.value.rule == "must be a whole number from 1 to 4096"
        assert caught.value.suggestion == "leave it out to let the size of the network decide"
    assert not list(tmp_path.iterdir())


def test_the_nearest_name_is_suggested() -> None:
    for call in CALLS:
        with pytest.raises(UnknownKeywordError, match="did you mean 'threads'"):
            call(time_steps=5, thread=2)


# --- how many there are --------------------------------------------------------------------------------------------


def output_of(script: str, *arguments: str, **environment: str) -> str:
    """What a Python process of its own prints."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OMP_")}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
        env={**inherited, "OPENBLAS_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# Threads that OpenMP began stay, so those after the last step are those of the run.
COUNT = """
    import os
    import sys
    import sorn

    def count(*_):
        global threads
        threads = len(os.listdir("/proc/self/task"))

    ne = int(sys.argv[1])
    network = sorn.Network(ne=ne, lambda_ee=20, lambda_ei=40, lambda_ie=5, network_type_ie="Sparse", seed=1)
    count()
    before = threads
    network.run(time_steps=3, progress=count, threads=eval(sys.argv[2]))
    ee, ei, _ = network.connection_counts
    print(ee + ei >= 100_000, 1 + threads - before)
"""
LARGE, LITTLE = "5000", "200"


def test_default_threads_of_large_networks() -> None:
    worthwhile = 2  # one for each 50,000 synapses
    processors = len(os.sched_getaffinity(0))
    assert output_of(COUNT, LARGE, "None") == f"True {min(processors, worthwhile)}"
    assert output_of(COUNT, LARGE, "None", OMP_NUM_THREADS="1") == "True 1"
    assert output_of(COUNT, LARGE, "None", OMP_NUM_THREADS="3") == f"True {worthwhile}"
    assert output_of(COUNT, LARGE, "1") == "True 1"
    assert output_of(COUNT, LARGE, "3", OMP_NUM_THREADS="1") == "True 3"


def test_small_networks_use_one_thread() -> None:
    assert output_of(COUNT, LITTLE, "None", OMP_NUM_THREADS="3") == "False 1"
    assert output_of(COUNT, LITTLE, "3") == "False 3"


# --- processes that fork -------------------------------------------------------------------------------------------

FORK = """
    import multiprocessing
    import signal
    import sys
    import sorn

    def small(threads):
        network = sorn.Network(ne=100, lambda_ee=10, seed=3)
        network.run(time_steps=300, threads=threads)
        return network

    def large(threads=None):
        parameters = sorn.Parameters(ne=5000, lambda_ee=20, lambda_ei=40, lambda_ie=5, network_type_ie="Sparse")
        network = sorn.Network(parameters, seed=3)
        network.run(time_steps=5, threads=threads)
        return network

    def compare(generations):
        signal.alarm(60)  # ends a process that hangs
        assert (small(2), large()) == alone
        if generations > 1:
            compare_in_child(generations - 1)

    def compare_in_child(generations):
        child = multiprocessing.get_context("fork").Process(target=compare, args=(generations,))
        child.start()
        child.join()
        assert child.exitcode == 0

    signal.alarm(60)
    alone = small(1), large(1)
    if sys.argv[1] == "after":
        assert (small(2), large()) == alone
    compare_in_child(generations=2)
    assert (small(3), large()) == alone
    print("done")
"""


@pytest.mark.parametrize("when", ["after", "before"])
def test_a_forked_process_gives_the_same_bits(when: str) -> None:
    """OpenMP's threads are not there after a fork, and waiting for them would never end."""
    assert output_of(FORK, when, OMP_NUM_THREADS="2") == "done"
