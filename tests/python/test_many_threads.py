"""Threads of Python, with the GIL or without it: each has networks of its own, or all use the same objects."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import same_arrays
from numpy.testing import assert_array_equal

import sorn
from sorn import Network, NetworkBatch, ParallelError, Simulator, StateError, Trainer, readout, sources

SMALL = {"ne": 50, "nu": 5, "lambda_ee": 8, "lambda_ei": 10}
# A step takes so long that others come in between.
DENSE = {"ne": 400, "nu": 5, "lambda_ee": 60, "lambda_ei": 40}
LARGE = {"ne": 1000, "nu": 5, "lambda_ee": 100, "lambda_ei": 100}
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


@pytest.fixture(autouse=True)
def quick_turns() -> Iterator[None]:
    """The interpreter changes threads as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """What functions return that begin together, each in a thread."""
    together = threading.Barrier(len(actions))

    def begin(action: Callable[[], Any]) -> Any:
        together.wait(timeout=60)
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return [one.result(timeout=120) for one in [pool.submit(begin, action) for action in actions]]


# --- networks of their own ----------------------------------------------------------------------------------------


def life(seed: int) -> tuple[Any, ...]:
    """All that a network does, and the calls that take and return states."""
    random = np.random.default_rng(seed)
    network = Network(seed=seed, **SMALL)
    spikes = [network.step(u) for u in random.random((40, 5))]
    recordings = network.run(random.random((5, 60)), record=["E", "TE/20"])
    state, *arrays = Simulator.simulate_sorn(random.random((5, 1)), seed=seed, **SMALL)
    for _ in range(20):
        state, *arrays = Trainer.train_sorn(random.random((5, 1)), phase="plasticity", matrices=state, ne=50, nu=5)
    batch = NetworkBatch(3, seed=seed, **SMALL)
    return network.state, spikes, recordings["E"], recordings["TE"], state, arrays, batch.step(random.random((3, 5)))


def test_threads_with_networks_of_their_own() -> None:
    results = at_once(*[lambda seed=seed: [life(seed) for _ in range(3)] for seed in range(6)])
    for seed, thrice in enumerate(results):
        state, spikes, e, te, agent, arrays, together = life(seed)
        for result in thrice:
            assert same_arrays(result[0], state)
            assert_array_equal(result[1], spikes)
            assert_array_equal(result[2], e)
            assert_array_equal(result[3], te)
            assert same_arrays(result[4], agent)
            for one, other in zip(result[5], arrays, strict=True):
                assert_array_equal(one, other)
            assert_array_equal(result[6], together)


# --- one network, one batch ---------------------------------------------------------------------------------------


def test_a_network_is_read_between_its_steps_only() -> None:
    steps = 30
    alone = Network(seed=1, **LARGE)
    after = [alone.copy()]
    for _ in range(steps):
        alone.step()
        after.append(alone.copy())
    network = Network(seed=1, **LARGE)
    over = threading.Event()

    def change() -> int:
        for _ in range(steps):
            network.step()
        over.set()
        return 0

    def copies() -> list[Network]:
        found = []
        while not over.is_set():
            found.append(network.copy())
        return found[:: 1 + len(found) // 60]

    def states() -> list[Any]:
        found = []
        while not over.is_set():
            state = network.state
            found.append((state.step, state["Te"], state["X"], network.connection_counts, repr(network)))
        return found[:: 1 + len(found) // 60]

    _, copied, read = at_once(change, copies, states)
    assert network == alone
    for copy in copied:
        assert copy == after[copy.step_count]
    for step, te, x, *_ in read:
        assert_array_equal(te, after[step].state["Te"])
        assert_array_equal(x, after[step].state["X"])
    assert {counts for *_, counts, _ in read} <= {one.connection_counts for one in after}


def test_a_batch_is_read_between_its_steps_only() -> None:
    steps, size = 20, 4
    alone = NetworkBatch(size, seed=1, **DENSE)
    after = [alone.copy()]
    for _ in range(steps):
        alone.step()
        after.append(alone.copy())
    batch = NetworkBatch(size, seed=1, **DENSE)
    over = threading.Event()

    def change() -> int:
        for _ in range(steps):
            batch.step(threads=2)
        over.set()
        return 0

    def read() -> list[tuple[NetworkBatch, Network]]:
        found = []
        while not over.is_set():
            found.append((batch.copy(), batch[2]))
            assert batch.E.shape == (size, 400)
        return found[:: 1 + len(found) // 40]

    _, first, second = at_once(change, read, read)
    assert batch == alone
    for copy, network in first + second:
        step = copy.step_counts[0]
        assert copy.step_counts == [step] * size
        assert copy == after[step]
        assert network == after[network.step_count][2]


def test_threads_that_change_one_network_get_the_typed_error() -> None:
    network = Network(no=3, output="winner", seed=1, **SMALL)
    refused = []

    def change(action: Callable[[], object]) -> int:
        done = 0
        for _ in range(200):
            try:
                action()
                done += 1
            except ParallelError as error:
                refused.append(error)
        return done

    def two_steps() -> None:
        network.run(time_steps=2)

    stepped, ran, *_ = at_once(
        *[lambda action=action: change(action) for action in (network.step, two_steps, network.reset_activity)]
    )
    assert network.step_count == stepped + 2 * ran
    assert all("one call at a time" in error.rule for error in refused)


def test_a_rule_may_read_its_network_and_its_batch() -> None:
    """Code of Python that the engine calls waits for nothing that the engine holds."""
    seen = []

    @sorn.rule(changes="TE")
    def looks(_: Any) -> None:
        seen.append((network.step_count, batch.step_counts, batch.E.tolist()))

    options = {"order": ["looks", "ip"], "rules": [looks], "seed": 1, **SMALL}
    network, batch = Network(**options), NetworkBatch(2, **options)
    before = batch.E.tolist()
    network.step()
    network.step(freeze="ip")
    assert seen == [(0, [0, 0], before), (1, [0, 0], before)]
    seen.clear()
    batch.step(threads=1)
    assert seen == [(2, [0, 0], before)] * 2
    assert batch.step_counts == [1, 1]


def test_the_end_of_a_rule_may_read_its_network() -> None:
    """Rules that are replaced end when the network is free again."""
    seen = []

    def network_with(networks: Callable[[], Any]) -> Any:
        @sorn.rule(changes="TE")
        def mortal(_: Any) -> None: ...

        weakref.finalize(mortal.function, lambda: seen.append(networks()))
        return {"order": ["mortal"], "rules": [mortal], "seed": 1, **SMALL}

    network = Network(**network_with(lambda: network.step_count))
    network.rules = []
    batch = NetworkBatch(1, **network_with(lambda: batch.step_counts))
    batch[0] = Network(seed=2, **SMALL)
    assert seen == [0, [0]]


def test_a_view_is_for_the_thread_that_calls_the_rule() -> None:
    found: list[BaseException] = []

    @sorn.rule(changes="TE")
    def hands_on(view: Any) -> None:
        def use(action: Callable[[], object]) -> None:
            try:
                action()
            except StateError as error:
                found.append(error)

        wee = view.wee
        for action in (lambda: view.te, lambda: view.set_te(0, 1.0), lambda: wee.pre_of(0)):
            thread = threading.Thread(target=use, args=(action,))
            thread.start()
            thread.join()

    Network(order=["hands_on"], rules=[hands_on], seed=1, **SMALL).step()
    assert len(found) == 3
    assert all("'hands_on' is used in another thread" in str(error) for error in found)


# --- one state, one file, one source, one readout ---------------------------------------------------------------


def test_threads_that_start_from_one_state() -> None:
    state, *_ = Simulator.simulate_sorn(time_steps=30, seed=1, **SMALL)
    u = np.random.default_rng(1).random((5, 1))

    def go() -> list[Any]:
        return [Trainer.train_sorn(u, phase="plasticity", matrices=state, ne=50, nu=5) for _ in range(50)]

    expected, *arrays = go()[0]
    for results in at_once(*[go] * 4):
        for after, *others in results:
            assert same_arrays(after, expected)
            for one, other in zip(others, arrays, strict=True):
                assert_array_equal(one, other)


def test_an_entry_that_threads_read_first_at_the_same_time_is_one_array() -> None:
    network = Network(seed=1, **DENSE)
    for _ in range(20):
        state = network.state
        first, *others = at_once(*[lambda state=state: state["Wee"]] * 4)
        assert all(one is first for one in others)
        assert state["Wee"] is first


def test_threads_that_read_one_file(tmp_path: Path) -> None:
    network = Network(seed=1, **SMALL)
    copy = network.copy()
    with network.run(time_steps=3000, record=["E", "TE/10"], out=tmp_path / "run.h5") as file:
        expected = copy.run(time_steps=3000, record=["E", "TE/10"])

        def read(seed: int) -> None:
            random = np.random.default_rng(seed)
            for _ in range(40):
                begin, end = sorted(random.integers(0, 3000, 2))
                assert_array_equal(file["E"][begin:end], expected["E"][begin:end])
                assert_array_equal(file["TE"][begin // 10 :: 7], expected["TE"][begin // 10 :: 7])
            assert Network(state=file.state) == network

        at_once(*[lambda seed=seed: read(seed) for seed in range(4)])

    again = sorn.open(tmp_path / "run.h5")

    def read_on() -> None:
        while True:
            assert_array_equal(again["E"][:100], expected["E"][:100])

    def read_until_closed() -> None:
        with pytest.raises(StateError, match="was closed"):
            read_on()

    at_once(read_until_closed, read_until_closed, again.close)


def test_runs_at_once_with_one_source_of_ones_own() -> None:
    source = sources.Custom(lambda step: step % 3, alphabet="ABC", pool_size=4)

    def run(ne: int) -> Network:
        network = Network(ne=ne, nu=4, lambda_ee=8, seed=1)
        network.run(source, time_steps=400)
        return network

    sizes = [60, 90, 120, 150]
    expected = [run(ne) for ne in sizes]
    assert at_once(*[lambda ne=ne: run(ne) for ne in sizes]) == expected


def test_threads_that_train_one_readout() -> None:
    states = (np.random.default_rng(1).random((60, 8)) < 0.4).astype(np.int8)
    labels = states[:, 0] + 2 * states[:, 1]
    together, alone = readout.Training(), readout.Training()
    online, online_alone = (readout.RecursiveLeastSquares(units=8, outputs=4) for _ in range(2))

    def train(part: int) -> None:
        for k in range(100):
            together.add(states[part::4], labels[part::4])
            online.add(states[0], labels[0])  # the same for all, so that their order does not matter
            assert k or online.readout.weights.shape == (4, 8)

    at_once(*[lambda part=part: train(part) for part in range(4)])
    for _ in range(100):
        alone.add(states, labels)
    for _ in range(400):
        online_alone.add(states[0], labels[0])
    assert together.ridge(1.0) == alone.ridge(1.0)
    assert online.steps == 400
    assert online.readout == online_alone.readout


# --- Python without the GIL -----------------------------------------------------------------------------------------


@pytest.mark.skipif(not FREE_THREADED, reason="this Python always has the GIL")
def test_importing_the_package_leaves_the_gil_off() -> None:
    script = "import sys, warnings; warnings.simplefilter('error'); import sorn; print(sys._is_gil_enabled())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "False", done.stderr
