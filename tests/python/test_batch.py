"""Networks that step together."""

from __future__ import annotations

import copy
import pickle
import threading
from pathlib import Path

import numpy as np
import pytest

import sorn
from sorn import Network, NetworkBatch

SIZE = {"ne": 30, "nu": 3, "lambda_ee": 6, "lambda_ei": 6}


@pytest.fixture
def batch() -> NetworkBatch:
    return NetworkBatch(5, seed=4, **SIZE)


def drives(batch: NetworkBatch, steps: int) -> np.ndarray:
    return np.random.default_rng(0).random((steps, len(batch), 3))


@pytest.mark.parametrize("threads", [None, 1, 2])
def test_each_network_does_what_it_does_alone(batch: NetworkBatch, threads: int | None) -> None:
    ensemble = sorn.ensemble(5, time_steps=1, seed=4, **SIZE)
    assert batch.seeds == [one.seed for one in ensemble]
    alone = [Network(seed=seed, **SIZE) for seed in batch.seeds]
    phases = ["plasticity", "training", "plasticity", "training", "plasticity"]
    freezes = [None, "ip", ("stdp", "ip"), [], "ss"]
    for U in drives(batch, 40):
        spikes = batch.step(U, phase=phases, freeze=freezes, threads=threads)
        for k, one in enumerate(alone):
            np.testing.assert_array_equal(one.step(U[k], phase=phases[k], freeze=freezes[k]), spikes[k])
    assert spikes.dtype == np.int8
    np.testing.assert_array_equal(batch.E, spikes)
    assert list(batch) == alone
    assert batch.step_counts == [40] * 5


def test_noise_and_reward(batch: NetworkBatch) -> None:
    quiet, loud = batch.copy(), batch.copy()
    for _ in range(20):
        quiet.step(noise=False)
        loud.step(noise=0.5)
    one = Network(seed=batch.seeds[2], **SIZE)
    one.run(time_steps=20, noise=0.5)
    assert loud[2] == one
    assert quiet != loud
    learning = NetworkBatch(2, seed=1, recurrent="reward", **SIZE)
    for _ in range(20):
        learning.step(reward=[1.0, np.nan])
    single = Network(seed=learning.seeds[0], recurrent="reward", **SIZE)
    single.run(time_steps=20, rewards=[1.0] * 20)
    assert learning[0] == single


def test_act_and_learn() -> None:
    batch = NetworkBatch(3, seed=1, variant="rmsorn", no=2, ne=30)
    alone = [Network(seed=seed, variant="rmsorn", no=2, ne=30) for seed in batch.seeds]
    for U in drives(batch, 30):
        actions = batch.act(U)
        assert actions.tolist() == [one.act(U[k]) for k, one in enumerate(alone)]
        rewards = [1.0, np.nan, float(actions[2])]
        batch.learn(rewards)
        for k, one in enumerate(alone):
            one.learn(None if np.isnan(rewards[k]) else rewards[k])
    assert list(batch) == alone
    with pytest.raises(sorn.StateError, match=r"learn\(\) of network 0"):
        batch.learn(1.0)
    batch.act()
    with pytest.raises(sorn.StateError, match="act"):
        batch.step()
    with pytest.raises(sorn.StateError, match="network 1"):
        batch.reset([False, True, False])
    batch.learn()
    batch.act()
    batch.learn(phase="training")


def test_reset_makes_the_chosen_ones_silent(batch: NetworkBatch) -> None:
    before = batch.step(np.ones((5, 3)))
    batch.reset(np.array([True, False, False, True, False]))
    assert not batch.E[[0, 3]].any()
    np.testing.assert_array_equal(batch.E[[1, 2, 4]], before[[1, 2, 4]])
    batch.reset()
    assert not batch.E.any()


def test_a_mask_chooses_who_steps(batch: NetworkBatch) -> None:
    other = batch.copy()
    before = batch.step(np.ones((5, 3)))
    chosen = np.array([True, False, False, True, False])
    spikes = batch.step(np.zeros((5, 3)), mask=chosen)
    np.testing.assert_array_equal(spikes[~chosen], before[~chosen])
    assert batch.step_counts == [2, 1, 1, 2, 1]
    other.step(np.ones((5, 3)))
    other.step(np.zeros((5, 3)))
    assert [a == b for a, b in zip(batch, other, strict=True)] == chosen.tolist()


def test_copies_of_one_stay_equal_while_their_inputs_are() -> None:
    network = Network(seed=1, **SIZE)
    network.run(time_steps=50)
    batch = NetworkBatch.of([network] * 4)
    spikes = batch.step(np.ones((4, 3)))
    assert (spikes == spikes[0]).all()
    assert batch.seeds == [1] * 4
    assert network.step_count == 50


def test_networks_can_be_taken_out_and_put_in(batch: NetworkBatch) -> None:
    taken = batch[-1]
    taken.step()
    assert batch[4] != taken
    batch[4] = taken
    assert batch[4] == taken
    for wrong in (5, -6, "x"):
        with pytest.raises((IndexError, sorn.ParameterError)):
            batch[wrong]
    with pytest.raises(sorn.ShapeError, match="ne = 20"):
        batch[0] = Network(ne=20, lambda_ee=4, lambda_ei=4)


def test_copies_pickles_and_files(batch: NetworkBatch, tmp_path: Path) -> None:
    batch.step()
    for other in (batch.copy(), copy.deepcopy(batch), pickle.loads(pickle.dumps(batch))):
        assert other == batch
        other.step()
        assert other != batch
    path = tmp_path / "agents.h5"
    batch.save(path)
    assert sorted(one.name for one in tmp_path.iterdir()) == [f"agents-{k}.h5" for k in range(5)]
    assert NetworkBatch.load(path) == batch
    with pytest.raises(sorn.IoError, match="exists"):
        batch.save(path)
    batch.step()
    batch.save(path, overwrite=True)
    assert NetworkBatch.load(path) == batch
    (tmp_path / "agents-2.h5").unlink()
    with pytest.raises(sorn.IoError, match="all of one batch"):
        NetworkBatch.load(path)


def test_own_rules_that_fail_leave_all_networks() -> None:
    calls = []

    @sorn.rule(changes=["TE"])
    def picky(step: sorn.RuleView) -> None:
        calls.append(step)
        if len(calls) > 5:
            raise ValueError("the sixth call")

    batch = NetworkBatch(3, seed=1, rules=[picky], order=["picky"], **SIZE)
    batch.step()
    before = list(batch)
    with pytest.raises(ValueError, match="the sixth call"):
        batch.step()
    assert list(batch) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"U": np.ones((5, 2))}, r"U has shape \(5, 2\): must be \(5, 3\)"),
        ({"U": np.ones(3)}, "a row for each network"),
        ({"U": np.full((5, 3), np.nan)}, "nan"),
        ({"phase": "trainig"}, "training"),
        ({"phase": ["training"] * 4}, "5, one for each"),
        ({"freeze": ["ip", None]}, "5, one for each"),
        ({"freeze": "pi"}, "ip"),
        ({"noise": np.zeros((36, 1))}, "the same for all"),
        ({"noise": -1.0}, "noise = -1"),
        ({"reward": [1.0, 2.0]}, r"reward has shape \(2,\)"),
        ({"reward": np.inf}, "inf"),
        ({"threads": -1}, "threads = -1"),
    ],
)
def test_errors_come_before_any_step(batch: NetworkBatch, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        batch.step(**arguments)
    assert batch.step_counts == [0] * 5


def test_other_errors(batch: NetworkBatch) -> None:
    with pytest.raises(sorn.ParameterError, match="n = 0"):
        NetworkBatch(0)
    with pytest.raises(sorn.UnknownKeywordError, match="eta_stdp"):
        NetworkBatch(2, eta_stpd=0.1)  # type: ignore[call-arg]
    with pytest.raises(sorn.ParameterError, match="iterable of Network"):
        NetworkBatch.of([1, 2])  # type: ignore[list-item]
    with pytest.raises(sorn.ShapeError, match="0 networks"):
        NetworkBatch.of([])
    with pytest.raises(sorn.ParameterError, match="True or False"):
        batch.reset([0, 1, 2, 3, 4])
    with pytest.raises(sorn.ShapeError, match=r"\(5,\)"):
        batch.reset([True])


def test_two_threads_cannot_step_it_at_once() -> None:
    batch = NetworkBatch(200, seed=1, ne=200)
    errors = []

    def go() -> None:
        for _ in range(30):
            try:
                batch.step()
            except sorn.ParallelError as error:
                errors.append(error)

    threads = [threading.Thread(target=go) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(batch.step_counts) == 200 * (60 - len(errors))
