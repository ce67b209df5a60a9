"""The order of positional arguments, and what is said where one stands in the place of another."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import sorn
from sorn import Network, ParameterError, Parameters, ShapeError, Simulator, StateDict, Trainer, UnknownNameError

X = np.random.default_rng(4).random((4, 6))
CALLS = [Simulator.simulate_sorn, Trainer.train_sorn, Simulator.run, Trainer.run]
each_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__qualname__)


def whole(first: object) -> StateDict:
    """The state in what a call returned."""
    assert isinstance(first, tuple)
    return first[0]


@each_call
def test_arguments_have_the_order_of_the_pure_python_package(call) -> None:
    state = "matrices" if call.__name__.endswith("_sorn") else "state"
    steps = "time_steps" if call.__name__.endswith("_sorn") else "timesteps"
    positional = [name for name, p in inspect.signature(call).parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional == ["inputs", "phase", state, steps, "noise", "freeze", "callbacks"]


@each_call
@pytest.mark.parametrize("phase", ["plasticity", "training"])
def test_positional_arguments_mean_what_the_named_ones_mean(call, phase) -> None:
    start = Network(ne=50, nu=4, seed=3).state
    after, recorded = call(X, phase, start, 6, False, ["ip"], ["ExcitatoryActivation", "TE"])
    by_name = {"phase": phase, "time_steps": 6, "noise": False, "freeze": ["ip"]}
    expected, wanted = Simulator.run(X, matrices=start, callbacks=["ExcitatoryActivation", "TE"], **by_name)
    assert after == expected
    assert list(recorded) == list(wanted)
    np.testing.assert_array_equal(recorded["ExcitatoryActivation"], wanted["ExcitatoryActivation"])
    assert after.step == 6


def test_calls_of_scripts_for_the_package() -> None:
    # The fourth argument was taken for a standard deviation, with a rate near 1/2.
    inputs = np.random.default_rng(1).random((10, 200))
    _, recorded = Simulator.run(inputs, "plasticity", None, 200, callbacks=["E"], seed=1)
    _, quiet = Simulator.run(inputs, "plasticity", None, 200, True, callbacks=["E"], seed=1)
    assert np.array_equal(recorded["E"], quiet["E"])
    assert recorded["E"].mean() < 0.3
    state = whole(Simulator.simulate_sorn(X, ne=50, seed=1))
    one = X[:, :1]
    assert whole(Trainer.train_sorn(one, "training", state, 1)) == whole(Trainer.train_sorn(one, matrices=state))


@each_call
@pytest.mark.parametrize("switch", [True, False, np.True_, np.bool_(False), np.array(True), 0.04, np.zeros((60, 6))])
def test_noise_given_as_steps_is_refused(call, switch) -> None:
    with pytest.raises(ParameterError) as caught:
        call(X, "plasticity", None, switch, ne=50)
    assert "time_steps" in str(caught.value)
    assert "noise" in str(caught.value)


@each_call
@pytest.mark.parametrize("count", [1, 2, 200, -3, 10**400, np.int64(6), np.uint8(1), np.array(6)])
def test_steps_given_as_noise_are_refused(call, count) -> None:
    with pytest.raises(ParameterError) as caught:
        call(X, "plasticity", None, 6, count, ne=50)
    assert "time_steps" in str(caught.value)
    assert "noise" in str(caught.value)


def test_every_call_refuses_a_count_as_noise_and_a_switch_as_steps() -> None:
    network = Network(ne=50, nu=4, seed=1)
    before = network.state
    faces = (
        (lambda **given: network.run(X, **given), "time_steps"),
        (lambda **given: sorn.ensemble(2, X, ne=50, **given), "time_steps"),
    )
    for call, steps in faces:
        with pytest.raises(ParameterError, match=r"noise = 6.*time_steps"):
            call(noise=6)
        with pytest.raises(ParameterError, match=r"time_steps = True.*noise"):
            call(**{steps: True})
    with pytest.raises(ParameterError, match=r"noise = 6.*time_steps"):
        network.step(X[:, 0], noise=6)
    with pytest.raises(ParameterError, match=r"time_steps = True.*noise"):
        network.run(X, True)
    with pytest.raises(ParameterError, match=r"time_steps = True.*noise"):
        sorn.ensemble(2, X, True, ne=50)
    assert network.state == before


@pytest.mark.parametrize(("noise", "same_as"), [(0, False), (np.int64(0), False), (0.0, False), (np.float32(0.5), 0.5)])
def test_unambiguous_noise_is_accepted(noise, same_as) -> None:
    a = whole(Simulator.simulate_sorn(X, noise=noise, ne=50, seed=1))
    assert a == whole(Simulator.simulate_sorn(X, noise=same_as, ne=50, seed=1))


def test_other_swapped_arguments_are_refused() -> None:
    state = Network(ne=50, nu=4, seed=1).state
    for arguments, error in (
        ((X, state), UnknownNameError),
        ((X, 6), UnknownNameError),
        ((X, "training", 6), sorn.StateError),
        ((X, "training", None, "6"), ParameterError),
        ((X, "training", None, 6, True, True), UnknownNameError),
        ((X, "training", None, 6, True, ["E"]), UnknownNameError),
        ((X, "training", None, 6, True, None, ["ip"]), UnknownNameError),
        ((X, "training", None, 6, True, None, 5), UnknownNameError),
        (("training", X), sorn.StateError),
    ):
        for call in CALLS:
            with pytest.raises(error):
                call(*arguments, ne=50)


def test_a_positional_number_is_refused_with_the_name_to_use() -> None:
    network = Network(ne=50, nu=4, seed=1)
    for call in (
        lambda: network.run(1000),
        lambda: network.run(np.int64(1000)),
        lambda: sorn.ensemble(2, 1000, ne=50),
        *(lambda call=call: call(1000, ne=50) for call in CALLS),
    ):
        with pytest.raises(ShapeError, match=r"inputs has shape \(\): .*time_steps="):
            call()
    assert network.step_count == 0
    for call in (lambda: Network(200), lambda: Parameters(200), lambda: Simulator.run(X, parameters=200)):
        with pytest.raises(ParameterError, match="ne=200"):
            call()
    with pytest.raises(ParameterError, match="state="):
        Network(network.state)
    with pytest.raises(ParameterError, match="from_dict"):
        Network({"ne": 50})


def test_max_workers_is_another_name_for_threads() -> None:
    for call in CALLS:
        assert whole(call(X, max_workers=2, ne=50, seed=1)) == whole(call(X, threads=1, ne=50, seed=1))
        with pytest.raises(ParameterError, match="threads and max_workers are both given"):
            call(X, max_workers=2, threads=2, ne=50)
        with pytest.raises(ParameterError):
            call(X, max_workers=0, ne=50)


def test_no_suggestion_without_a_near_name() -> None:
    for call in (
        lambda: Simulator.run(X, phase="frozen", ne=50),
        lambda: Simulator.run(X, freeze="everything", ne=50),
        lambda: Simulator.run(X, homeostasis=True),
        lambda: Simulator.run(X, callbacks=["Q"], ne=50),
        lambda: Parameters(network_type_ee="full"),
        lambda: sorn.Initializer.generate_lambd_connections("recurrent", 5, 2, 1, 1),
        lambda: Network(ne=50).step(verbose=True),
        lambda: sorn.ensemble(2, verbose=True),
    ):
        with pytest.raises(UnknownNameError) as caught:
            call()
        assert "did you mean" not in str(caught.value)
        assert str(caught.value).endswith(caught.value.rule)


@pytest.mark.parametrize("nothing", ["", [""], ["E", ""]])
def test_a_quantity_without_a_name_is_refused(nothing) -> None:
    for call in (
        lambda: Network(ne=50).run(time_steps=3, record=nothing),
        lambda: sorn.ensemble(2, time_steps=3, record=nothing, ne=50),
        lambda: Simulator.run(X, record=nothing, ne=50),
        lambda: Simulator.run(X, callbacks=nothing, ne=50),
        lambda: Simulator.simulate_sorn(X, record=nothing, ne=50),
    ):
        with pytest.raises(UnknownNameError, match="unknown quantity to record ''"):
            call()
