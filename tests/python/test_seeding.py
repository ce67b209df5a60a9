"""Seeds for those who give none: numpy's global generator decides, and forked workers are no twins."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import sorn
from sorn import Initializer, Network, Simulator, StateDict, Trainer

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork()")


@pytest.fixture(autouse=True)
def _generator_as_it_was():
    state = np.random.get_state()
    yield
    np.random.set_state(state)


def forked(call: Callable[[], Any]) -> Any:
    """What `call` returns in a process that fork() makes."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, json.dumps(call()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text)


def new_seed() -> int:
    return Network(ne=10, nu=1, lambda_ee=2, lambda_ei=2).seed


DRAWN: dict[str, Callable[[], Any]] = {
    "simulate_sorn": lambda: Simulator.simulate_sorn(time_steps=3, ne=50)[0].seed,
    "train_sorn": lambda: Trainer.train_sorn(time_steps=3, ne=50)[0].seed,
    "Simulator.run": lambda: Simulator.run(timesteps=3, ne=50)[0].seed,
    "Trainer.run": lambda: Trainer.run(timesteps=3, ne=50)[0].seed,
    "Network": new_seed,
    "a plain dictionary": lambda: Simulator.run(timesteps=3, state=dict(Network(ne=50, seed=1).state))[0].seed,
    "StateDict": lambda: StateDict(dict(Network(ne=50, seed=1).state)).seed,
    "ensemble": lambda: sorn.ensemble(2, time_steps=3, ne=50).seed,
    "white_gaussian_noise": lambda: Initializer.white_gaussian_noise(0, 1, 5).tolist(),
    "generate_strong_inp": lambda: Initializer.generate_strong_inp(5, 50)[1].tolist(),
    "generate_gaussian_inputs": lambda: Initializer.generate_gaussian_inputs(5, 50)[0].tolist(),
    "multi_one_hot_inp": lambda: Initializer.multi_one_hot_inp(50, ["a", "b"], 3)[1],
    "generate_lambd_connections": lambda: Initializer.generate_lambd_connections("EE", 20, 4, 5, 1).tolist(),
    "zero_sum_incoming_check": lambda: Initializer.zero_sum_incoming_check(np.zeros((9, 9))).tolist(),
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_numpys_seed_repeats_a_script(draw) -> None:
    np.random.seed(42)
    first = [draw(), draw()]
    assert first[0] != first[1]
    np.random.seed(42)
    assert [draw(), draw()] == first
    np.random.seed(43)
    assert [draw(), draw()] != first


def test_a_given_seed_and_a_state_with_a_seed_draw_nothing() -> None:
    np.random.seed(5)
    expected = np.random.rand()
    np.random.seed(5)
    state, *_ = Simulator.simulate_sorn(time_steps=3, ne=50, seed=7)
    Trainer.train_sorn(np.ones((10, 1)), matrices=state)
    network = Network(state=state)
    network.run(time_steps=3)
    Initializer.white_gaussian_noise(0, 1, 5, seed=3)
    assert np.random.rand() == expected


def test_a_script_gives_the_same_result_twice() -> None:
    program = (
        "import numpy as np, sorn\n"
        "np.random.seed(42)\n"
        "inputs = np.random.rand(10, 20)\n"
        "state, E, I, R, C = sorn.Simulator.simulate_sorn(inputs=inputs)\n"
        "state, *_ = sorn.Trainer.train_sorn(inputs=np.random.rand(10, 1), matrices=state)\n"
        "print(state.seed, sorn.Network(ne=50).seed, E.sum(), state['Wee'].sum())\n"
    )
    runs = [subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout for _ in range(2)]
    assert runs[0] == runs[1]


# --- forks ----------------------------------------------------------------------------------------------------------


def after(draw: Callable[[], Any]) -> Callable[[], list[int]]:
    def call() -> list[int]:
        draw()
        return [new_seed(), new_seed()]

    return call


@needs_fork
@pytest.mark.parametrize(
    "draw",
    [
        lambda: None,
        lambda: np.random.rand(),
        lambda: np.random.rand(3, 1000),
        lambda: np.random.randn(),
        lambda: np.random.randn(2),
        lambda: np.random.randn(1001),
        lambda: np.random.rand(1_000_000),
        lambda: np.random.randn(1_000_000),
        lambda: np.random.permutation(1000),
    ],
    ids=["nothing", "rand", "3 blocks", "randn", "a pair", "1001", "many", "many normal", "permutation"],
)
@pytest.mark.parametrize("before", [lambda: None, lambda: np.random.rand(10, 30), lambda: np.random.randn(3)])
def test_forked_workers_that_inherit_the_generator_have_different_seeds(draw, before) -> None:
    np.random.seed(11)
    before()
    seeds = [seed for _ in range(3) for seed in forked(after(draw))]
    seeds += after(draw)()
    assert len(set(seeds)) == len(seeds)


@needs_fork
@pytest.mark.parametrize("draw", [lambda: None, lambda: np.random.rand(10, 200), lambda: np.random.randn(2001)])
def test_a_forked_worker_that_seeds_gets_the_usual_numbers(draw) -> None:
    def seeded() -> list[int]:
        np.random.seed(7)
        return after(draw)()

    serial = seeded()
    assert forked(seeded) == serial
    np.random.seed(99)
    assert forked(seeded) == serial
    assert forked(lambda: [forked(seeded), new_seed()])[0] == serial

    def restored() -> list[int]:
        np.random.seed(1234567)
        state = np.random.get_state()
        np.random.rand(5)
        np.random.set_state(state)
        return after(draw)()

    assert forked(restored) == restored()


@needs_fork
def test_a_forked_worker_with_the_seed_of_its_parent() -> None:
    # Its generator is where it was inherited; that it was seeded there is seen all the same.
    np.random.seed(7)
    serial = after(lambda: None)()
    np.random.seed(7)

    def seeded() -> list[int]:
        np.random.seed(7)
        return after(lambda: None)()

    assert forked(seeded) == serial
    inherited = forked(after(lambda: None))
    assert not set(inherited) & set(serial)


def test_forks_repeat_with_the_script() -> None:
    program = (
        "import multiprocessing, numpy as np, sorn\n"
        "def seed(queue):\n"
        "    queue.put(sorn.Network(ne=50).seed)\n"
        "np.random.seed(42)\n"
        "context = multiprocessing.get_context('fork')\n"
        "seeds = []\n"
        "for _ in range(3):\n"
        "    queue = context.Queue()\n"
        "    process = context.Process(target=seed, args=(queue,))\n"
        "    process.start(); seeds.append(queue.get()); process.join()\n"
        "assert len(set(seeds)) == 3, seeds\n"
        "print(seeds, sorn.Network(ne=50).seed)\n"
    )
    runs = [subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout for _ in range(2)]
    assert runs[0] == runs[1]


@needs_fork
def test_forked_grandchildren_have_different_seeds() -> None:
    np.random.seed(3)
    seeds = forked(lambda: [forked(new_seed), forked(new_seed), new_seed()])
    seeds += forked(lambda: [forked(new_seed), forked(new_seed), new_seed()])
    seeds.append(new_seed())
    assert len(set(seeds)) == len(seeds)


@needs_fork
def test_a_generator_that_another_thread_holds() -> None:
    # A child that is forked meanwhile inherits a lock which nobody will open.
    lock = np.random.mtrand._rand._bit_generator.lock
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            held.set()
            done.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert held.wait(20)
        seeds = [forked(new_seed), forked(new_seed)]
    finally:
        done.set()
        thread.join()
    assert seeds[0] != seeds[1]


@needs_fork
def test_the_stream_of_numpy_is_not_changed() -> None:
    np.random.seed(8)
    np.random.randn(3)
    expected = forked(lambda: [np.random.randn(), np.random.rand(), *np.random.randn(3)])
    assert expected == [np.random.randn(), np.random.rand(), *np.random.randn(3)]
    np.random.seed(8)
    expected = forked(lambda: [np.random.randn(), np.random.rand(), *np.random.randn(3)])
    assert expected == [np.random.randn(), np.random.rand(), *np.random.randn(3)]


def _seed_of_task(number: int) -> int:
    return new_seed()


def _seeded_task(number: int) -> int:
    np.random.seed(number)
    return new_seed()


@needs_fork
@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_pools() -> None:
    np.random.seed(0)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        seeds = pool.map(_seed_of_task, range(6), chunksize=1)
        seeded = pool.map(_seeded_task, range(6), chunksize=1)
    assert len(set(seeds)) == 6
    assert seeded == [_seeded_task(number) for number in range(6)]
