"""Variants as values: published ones, own ones, and what every network of a variant promises."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import sorn
from sorn import (
    Network,
    ParameterError,
    Parameters,
    Simulator,
    StateDict,
    UnknownKeywordError,
    UnknownNameError,
    Variant,
)

NAMES = Variant.names()


def sized(name: str) -> Parameters:
    """A small network of a variant, with the same target rate as a large one."""
    return Parameters(variant=name, ne=60, nu=3)


def run(network: Network, steps: int) -> np.ndarray:
    return network.run(time_steps=steps, record=["E"])["E"]


@pytest.mark.parametrize("name", NAMES)
def test_a_network_of_a_variant_continues_from_everything_that_keeps_its_state(name: str, tmp_path) -> None:
    network = Network(sized(name), seed=3)
    run(network, 700)
    state = network.state
    expected = run(network.copy(), 300)
    network.save(tmp_path / "network.h5")
    read = dict(state)  # a plain dictionary has no seed, no step and no hyperparameters
    copies = [
        Network(state=state),
        Network(state=pickle.loads(pickle.dumps(state))),
        Network(state=StateDict(read, seed=state.seed, step=state.step, parameters=state.parameters)),
        Network.load(tmp_path / "network.h5"),
    ]
    for copy in copies:
        assert copy.parameters == network.parameters
        np.testing.assert_array_equal(run(copy, 300), expected)
        assert copy.state == copies[0].state


def test_further_entries_stand_in_the_states_that_need_them() -> None:
    assert "mask_ee" not in Network(sized("zheng2013"), seed=1).state
    resting = Network(sized("lazar2009"), seed=1)
    run(resting, 400)
    state = resting.state
    assert set(state["mask_ee"].ravel()) == {0.0, 1.0}
    assert np.all(state["mask_ee"] >= (state["Wee"] > 0))
    queue = Network(Parameters(variant="zheng2013", sp_probability=1.0), seed=1)
    run(queue, 15)
    assert queue.state["sp_queue"].shape == (4, 2)
    given = dict(resting.state) | {"h_ip": np.full((60, 1), 0.2)}
    assert Network(state=given, variant="lazar2009", nu=3).state["h_ip"][0, 0] == 0.2


def test_a_mask_without_weight_makes_a_synapse_that_rests() -> None:
    state = Network(sized("lazar2009"), seed=1).state
    values = dict(state)
    values["Wee"] = np.zeros((60, 60))
    values["mask_ee"] = np.ones((60, 60)) - np.eye(60)
    assert Network(state=values, parameters=state.parameters).connection_counts[0] == 60 * 59
    values["mask_ee"] = np.ones((60, 60))
    with pytest.raises(sorn.StateError, match="no synapse onto itself"):
        Network(state=values, parameters=state.parameters)


def test_a_call_may_override_values_of_a_variant() -> None:
    mine = Variant("zheng2013").replace(noise_sigma=0.1)
    network = Network(variant=mine, ne=100, eta_ip=0.02)
    p = network.parameters
    assert (p.noise_sigma, p.eta_ip, p.inhibition, p.variant) == (0.1, 0.02, "slow", "zheng2013")
    state, *_ = Simulator.simulate_sorn(time_steps=3, variant=mine, ne=50, seed=1)
    assert Variant._of(state._network.parameters) == mine
    assert Parameters(eta_stdp=0.004, variant="lazar2009").eta_stdp == 0.004
    assert Parameters(variant="lazar2009").eta_stdp == 0.001


def test_own_variants_are_values() -> None:
    mine = Variant("zheng2013").replace(noise_sigma=0.1, order=["ip", "stdp", "ss"], keep_zero=True)
    assert mine.order == ("excitatory", "inhibitory", "ip", "stdp", "ssee", "ssei")
    assert mine.keep_zero is True
    assert set(mine.differences()) == {"noise_sigma", "order", "keep_zero"}
    assert mine.differences()["keep_zero"] == (True, False)
    assert eval(repr(mine)) == mine
    assert Variant.from_dict(mine.to_dict()) == mine == pickle.loads(pickle.dumps(mine))
    assert hash(mine) == hash(Variant.from_dict(mine.to_dict()))
    assert mine != Variant("zheng2013") == Variant("zheng2013").replace()
    assert Variant("zheng2013").differences("delpapa2017")["inhibition"] == ("slow", "fast")
    for name in NAMES:
        variant = Variant(name)
        assert variant.meaning
        assert variant.publication
        assert all(variant.source(switch) for switch in variant.to_dict() if switch != "variant")


def test_a_result_file_carries_an_own_variant_whole(tmp_path) -> None:
    mine = Variant("hartmann2015").replace(eta_ds=0.2, always_ip=False)
    network = Network(variant=mine, ne=60, nu=3, seed=1)
    path = tmp_path / "run.h5"
    network.run(time_steps=50, record=["E"], out=path).close()
    assert Network.load(path).parameters == network.parameters
    assert Variant._of(Network.load(path)._network.parameters) == mine


@pytest.mark.parametrize(
    ("make", "error", "parts"),
    [
        (lambda: Variant("zheng2031"), UnknownNameError, ["zheng2031", "zheng2013"]),
        (lambda: Variant(3), UnknownNameError, ["variant = 3"]),
        (lambda: Variant().replace(ne=100), UnknownKeywordError, ["'ne'", "give it to the network"]),
        (lambda: Variant().replace(inhibitions="slow"), UnknownKeywordError, ["did you mean 'inhibition'"]),
        (lambda: Variant().replace(order=["ip", 3]), ParameterError, ["order = ['ip', 3]"]),
        (lambda: Variant().replace(order=["ip", "ipp"]), UnknownNameError, ["'ipp'"]),
        (lambda: Variant().replace(keep_zero=2), ParameterError, ["keep_zero = 2"]),
        (lambda: Variant().replace(sp_batch=0), ParameterError, ["sp_batch = 0", "[1, 1000]"]),
        (lambda: Variant().replace(wei_plasticity="static"), ParameterError, ["wei_plasticity", "order", "istdp"]),
        (
            lambda: Variant("delpapa2017").replace(order=["inhibitory", "excitatory", "stdp"]),
            ParameterError,
            ["inhibition = 'fast'", "order = 'inhibitory,excitatory,stdp'"],
        ),
        (lambda: Parameters(noise_kind="white"), UnknownNameError, ["'white'", "gaussian, uniform"]),
    ],
)
def test_bad_variants_are_named(make, error, parts) -> None:
    with pytest.raises(error) as caught:
        make()
    for part in parts:
        assert part in str(caught.value)


def test_given_synapses_are_made() -> None:
    network = Network(sized("delpapa2017"), seed=2)
    absent = np.argwhere((network.state["Wee"] + np.eye(60)) == 0)[:2]
    rows = [(0, *absent[0]), (4, *absent[1])]
    counts = network.run(time_steps=6, record=["C"], freeze=["stdp"], new_synapses=rows)["C"]
    np.testing.assert_array_equal(np.diff(counts), [1, 0, 0, 0, 1])


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        ([(5, 1, 2)], "the step must be below 5"),
        ([(3, 1, 2), (2, 1, 2)], "steps must ascend"),
        ([(0, 1, 1)], "two different excitatory units"),
        ([(0, 1, 60)], "below ne = 60"),
        ([(0, -1, 2)], "below ne = 60"),
        ([(0.5, 1, 2)], "whole numbers"),
        ([(0, 1)], "(step, pre, post)"),
    ],
)
def test_bad_given_synapses_are_named(rows, part) -> None:
    network = Network(sized("zheng2013"), seed=2)
    before = network.state
    with pytest.raises((sorn.StateError, sorn.ShapeError)) as caught:
        network.run(time_steps=5, new_synapses=rows)
    assert part in str(caught.value)
    assert network.state == before


def test_given_synapses_belong_to_runs_in_memory(tmp_path) -> None:
    network = Network(sized("zheng2013"), seed=2)
    with pytest.raises(ParameterError, match="cannot be given to a run into a file"):
        network.run(time_steps=5, new_synapses=[(0, 1, 2)], out=tmp_path / "run.h5")
