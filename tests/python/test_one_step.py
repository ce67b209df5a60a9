"""One step of simulate_sorn() or train_sorn() with the state handed on is quick, and the same as the usual way."""

from __future__ import annotations

import copy
import inspect
import pickle
import pydoc
import sys
import tracemalloc
from collections.abc import Iterator
from types import FrameType
from typing import Any

import numpy as np
import pytest

import sorn
from sorn import Simulator, StateDict, Trainer

SIZE = {"ne": 30, "nu": 3, "lambda_ee": 6, "lambda_ei": 6}
U = np.array([[1.0], [0.25], [0.5]])


@pytest.fixture
def state() -> StateDict:
    return Simulator.simulate_sorn(time_steps=20, seed=1, **SIZE)[0]


@pytest.fixture
def entered() -> Iterator[list[str]]:
    """The calls that entered the function of Python, because something about them was unusual."""
    names: list[str] = []

    def watch(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code.co_name in ("simulate_sorn", "train_sorn"):
            names.append(frame.f_code.co_name)

    before = sys.getprofile()
    sys.setprofile(watch)
    yield names
    sys.setprofile(before)


def assert_same(found: Any, wanted: Any) -> None:
    assert type(found[0]) is StateDict
    assert found[0] == wanted[0]
    assert (found[0].step, found[0].seed, found[0].parameters) == (
        wanted[0].step,
        wanted[0].seed,
        wanted[0].parameters,
    )
    for a, b in zip(found[1:], wanted[1:], strict=True):
        assert (a.shape, a.dtype, a.flags.writeable, a.flags.owndata or a.base is not None) == (
            b.shape,
            b.dtype,
            b.flags.writeable,
            True,
        )
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("call", [Simulator.simulate_sorn, Trainer.train_sorn], ids=["simulate", "train"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"noise": False},
        {"phase": "training"},
        {"phase": "plasticity", "noise": False},
        {"inputs": U},
        {"inputs": np.hstack([U, U])[:, 1:]},
        {"inputs": U, **SIZE},
        {"ne": 30, "eta_stdp": 0.004},
    ],
)
def test_it_is_the_usual_step(state: StateDict, entered: list[str], call: Any, options: dict[str, Any]) -> None:
    for _ in range(3):
        found = call(matrices=state, time_steps=1, **options)
        assert not entered
        assert_same(found, call(matrices=state, time_steps=1, freeze=[], **options))  # freeze: the usual way
        assert entered == [call.__name__]
        entered.clear()
        state = found[0]


def test_all_names_of_the_arguments(state: StateDict, entered: list[str]) -> None:
    wanted = Simulator.simulate_sorn(U, "plasticity", state, 1, True)
    for options in (
        {"state": state, "timesteps": 1},
        {"matrices": state, "timesteps": 1},
        {"matrices": state},
        {"state": state, "matrices": None, "time_steps": None, "timesteps": 1},
    ):
        assert_same(Simulator.simulate_sorn(inputs=U, **options), wanted)
    assert not entered
    for options in ({"state": state, "matrices": state}, {"matrices": state, "time_steps": 1, "timesteps": 1}):
        with pytest.raises(sorn.ParameterError):
            Simulator.simulate_sorn(inputs=U, **options)
    assert len(entered) == 2


@pytest.mark.parametrize(
    "options",
    [
        {"inputs": U.astype(np.float32)},
        {"inputs": U.tolist()},
        {"inputs": np.ma.masked_array(U)},
        {"inputs": U.astype(">f8")},
        {"eta_stdp": 0.25},
        {"eta_stdp": np.float64(0.004)},
        {"ni": 6},
        {"h_ip": 0.2},
        {"noise": 0.1},
        {"time_steps": 1.0},
    ],
)
def test_the_unusual_goes_the_usual_way(state: StateDict, entered: list[str], options: dict[str, Any]) -> None:
    arguments = {"matrices": state, "time_steps": 1, **options}
    found = Simulator.simulate_sorn(**arguments)
    assert entered == ["simulate_sorn"]
    assert_same(found, Simulator.simulate_sorn(freeze=[], **arguments))


def test_a_state_that_was_read_or_changed_goes_the_usual_way(state: StateDict, entered: list[str]) -> None:
    state["Te"][:] = 0.5
    found = Simulator.simulate_sorn(matrices=state, time_steps=1, phase="training")
    assert entered
    np.testing.assert_array_equal(found[0]["Te"], 0.5)


def test_networks_with_more_go_the_usual_way() -> None:
    for options in ({"variant": "hartmann2015"}, {"variant": "rmsorn", "no": 2}):
        state = Simulator.simulate_sorn(time_steps=2, ne=30, seed=1, **options)[0]
        found = Simulator.simulate_sorn(matrices=state, time_steps=1)
        assert_same(found, Simulator.simulate_sorn(matrices=state, time_steps=1, freeze=[]))

    @sorn.rule(changes=["TE"])
    def nothing(step: sorn.RuleView) -> None:
        calls.append(1)

    calls: list[int] = []
    state = Simulator.simulate_sorn(time_steps=1, seed=1, rules=[nothing], order=["nothing"], **SIZE)[0]
    Simulator.simulate_sorn(matrices=state, time_steps=1)
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"phase": "trainig"}, "training"),
        ({"inputs": U[:2], "nu": 3}, r"\(2, 1\)"),
        ({"inputs": U * np.nan}, "nan"),
        ({"eta_stpd": 1.0}, "eta_stdp"),
        ({"noise": 1}, "noise = 1"),
        ({"noise": None}, "noise = None"),
        ({"phase": None}, "phase"),
        ({"ne": 31}, "ne = 31"),
        ({"eta_stdp": 10**400}, "eta_stdp"),
    ],
)
def test_errors_are_those_of_the_usual_way(state: StateDict, options: dict[str, Any], message: str) -> None:
    texts = []
    for further in ({}, {"freeze": []}):
        with pytest.raises(sorn.SornError, match=message) as caught:
            Simulator.simulate_sorn(matrices=state, time_steps=1, **options, **further)
        texts.append((type(caught.value), str(caught.value)))
    assert texts[0] == texts[1]
    assert state.step == 20


@pytest.mark.parametrize("options", [{}, {"noise": False}, {"phase": "training"}])
@pytest.mark.parametrize("u", [None, U[:, 0].copy(), np.hstack([U, U])[:, 1], U[:, 0].tolist(), U])
def test_steps_of_a_network(u: Any, options: dict[str, Any]) -> None:
    quick = sorn.Network(seed=1, **SIZE)
    usual = quick.copy()
    for _ in range(5):
        spikes, wanted = quick.step(u, **options), usual.step(u, freeze=[], **options)
        assert spikes.dtype == wanted.dtype == np.int8
        np.testing.assert_array_equal(spikes, wanted)
    assert quick == usual
    for wrong in ({"u": U[:2, 0]}, {"u": U[:, 0] * np.nan}, {"phase": None}, {"noise": None}):
        with pytest.raises(sorn.SornError):
            quick.step(**wrong)
    assert quick == usual


@pytest.mark.parametrize("call", [Simulator.simulate_sorn, Trainer.train_sorn], ids=["simulate", "train"])
def test_the_calls_look_like_functions(call: Any) -> None:
    owner = Trainer if call is Trainer.train_sorn else Simulator
    assert call.__qualname__ == f"{owner.__name__}.{call.__name__}"
    assert call.__module__ == "sorn._simulate"
    assert getattr(owner(), call.__name__) is call  # a static method
    assert pickle.loads(pickle.dumps(call)) is copy.copy(call) is copy.deepcopy(call) is call
    parameters = inspect.signature(call).parameters
    assert list(parameters)[:5] == ["inputs", "phase", "matrices", "time_steps", "noise"]
    assert parameters["phase"].default == ("training" if owner is Trainer else "plasticity")
    assert inspect.isroutine(call)
    assert repr(call).startswith(f"<function {call.__qualname__} at ")
    assert callable(call)
    text = pydoc.plain(pydoc.render_doc(call))
    assert f"{call.__name__}(inputs" in text
    assert inspect.getdoc(call).splitlines()[0] in text
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        call.nothing_of_this_name  # noqa: B018


def test_wrong_calls_are_those_of_a_function(state: StateDict) -> None:
    with pytest.raises(TypeError, match="multiple values for argument 'inputs'"):
        Simulator.simulate_sorn(U, inputs=U, matrices=state, time_steps=1)
    with pytest.raises(TypeError, match="positional"):
        Simulator.simulate_sorn(U, "plasticity", state, 1, True, None, None, 1)


def test_a_step_that_is_handed_on_leaks_nothing(state: StateDict) -> None:
    tracemalloc.start()
    try:
        used = []
        for _ in range(2):
            for _ in range(500):
                state, *_ = Simulator.simulate_sorn(inputs=U, matrices=state, time_steps=1)
            used.append(tracemalloc.get_traced_memory()[0])
        assert used[1] < used[0] + 2000
    finally:
        tracemalloc.stop()
    assert state.step == 1020


def test_copies_of_networks_that_have_gone_are_independent() -> None:
    network = sorn.Network(seed=1, **SIZE)
    network.run(U.repeat(20, axis=1))
    wanted = network.copy()
    for _ in range(5):
        one = network.copy()
        other = one.copy()
        one.run(U.repeat(5, axis=1))
        del one
        again = other.copy()
        again.run(U.repeat(7, axis=1))
        assert other == network == wanted
        assert again != network
        other.run(U.repeat(7, axis=1))
        assert other == again
