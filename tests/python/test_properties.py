"""What holds for every network, seed and split of a run."""

from __future__ import annotations

import pickle

import numpy as np
from conftest import same_arrays
from hypothesis import given, settings
from hypothesis import strategies as st

from sorn import Network, Parameters, Simulator

RULES = ["stdp", "ip", "sp", "istdp", "ss"]

settings.register_profile("sorn", deadline=None, max_examples=40)
settings.load_profile("sorn")


@st.composite
def parameter_sets(draw) -> Parameters:
    ne = draw(st.integers(5, 40))
    connectivity = st.sampled_from(["Sparse", "Dense"])
    te_min = draw(st.floats(0, 0.5))
    return Parameters(
        ne=ne,
        ni=draw(st.none() | st.integers(1, 12)),
        nu=draw(st.integers(1, ne)),
        network_type_ee=draw(connectivity),
        network_type_ei=draw(connectivity),
        network_type_ie=draw(connectivity),
        lambda_ee=draw(st.floats(0, ne - 1)),
        lambda_ei=draw(st.floats(0, ne)),
        lambda_ie=draw(st.floats(0, 100)),
        eta_stdp=draw(st.floats(0, 0.1)),
        eta_inhib=draw(st.floats(0, 0.1)),
        eta_ip=draw(st.floats(0, 0.1)),
        te_min=te_min,
        te_max=draw(st.floats(te_min, 2.0)),
        mu_ip=draw(st.floats(0.01, 1)),
        sigma_ip=draw(st.sampled_from([0.0, 0.05])),
    )


SEEDS = st.integers(0, 2**64 - 1)
FREEZE = st.lists(st.sampled_from(RULES), unique=True)


@given(parameter_sets(), SEEDS, st.integers(1, 60), FREEZE)
def test_invariants(parameters: Parameters, seed: int, steps: int, freeze: list[str]) -> None:
    network = Network(parameters, seed=seed)
    before = network.state
    network.run(time_steps=steps, freeze=freeze)
    after = network.state
    for key in ("Wee", "Wei", "Wie"):
        assert np.all(after[key] >= 0)
        assert np.all(after[key] <= 1 + 1e-12)
    assert not np.diag(after["Wee"]).any()
    assert set(np.unique(after["X"])) <= {0, 1}
    assert np.all(after["Te"] >= parameters.te_min)
    assert np.all(after["Te"] <= parameters.te_max)
    for key in ("Wie", "Ti"):
        np.testing.assert_array_equal(after[key], before[key])
    if "ss" not in freeze:
        for key in ("Wee", "Wei"):
            sums = after[key].sum(axis=0)
            np.testing.assert_allclose(sums[sums > 0], 1, rtol=1e-12)
    # A frozen rule leaves what it alone would change untouched to the bit.
    if "ip" in freeze:
        np.testing.assert_array_equal(after["Te"], before["Te"])
    if {"stdp", "sp", "ss"} <= set(freeze):
        np.testing.assert_array_equal(after["Wee"], before["Wee"])
    if {"istdp", "ss"} <= set(freeze):
        np.testing.assert_array_equal(after["Wei"], before["Wei"])
    if "sp" in freeze:
        assert np.count_nonzero(after["Wee"]) <= np.count_nonzero(before["Wee"])
        assert not (after["Wee"] > 0)[before["Wee"] == 0].any()


@given(parameter_sets(), SEEDS, st.integers(1, 40), st.integers(1, 40), FREEZE, st.booleans())
def test_two_runs_are_one(parameters, seed, first, second, freeze, touched) -> None:
    inputs = np.random.default_rng(seed % 2**32).random((parameters.nu, first + second))
    record = {"E": 1, "TE": 3, "WEE": 7, "C_ei": 2}
    options = {"freeze": freeze, "record": record}
    whole, joined = Simulator.run(inputs, parameters=parameters, seed=seed, **options)
    part, a = Simulator.run(inputs[:, :first], parameters=parameters, seed=seed, **options)
    if touched:
        for key in part:
            part[key] = part[key] * 1.0
    part, b = Simulator.run(inputs[:, first:], state=part, **options)
    assert part == whole
    assert (part.seed, part.step) == (whole.seed, whole.step)
    for key in record:
        np.testing.assert_array_equal(np.concatenate([a[key], b[key]]), joined[key])


@given(parameter_sets(), SEEDS, st.integers(1, 30))
def test_pickle_is_identity(parameters, seed, steps) -> None:
    network = Network(parameters, seed=seed)
    network.run(time_steps=steps)
    state = network.state
    again = pickle.loads(pickle.dumps(state))
    assert again == state
    assert same_arrays(dict(again), dict(state))
    assert (again.seed, again.step, again.parameters) == (state.seed, state.step, state.parameters)
    twin = pickle.loads(pickle.dumps(network))
    network.run(time_steps=10)
    twin.run(time_steps=10)
    assert twin == network


@given(parameter_sets())
def test_parameters_round_trip(parameters) -> None:
    assert Parameters.from_dict(parameters.to_dict()) == parameters
    assert eval(repr(parameters)) == parameters
    assert pickle.loads(pickle.dumps(parameters)) == parameters
    assert hash(Parameters(**parameters.to_dict())) == hash(parameters)


@given(parameter_sets(), SEEDS, st.integers(1, 30))
def test_all_faces_agree(parameters, seed, steps) -> None:
    network = Network(parameters, seed=seed)
    stepped = network.copy()
    spikes = network.run(time_steps=steps, record=["E"])["E"]
    state, E, *_ = Simulator.simulate_sorn(time_steps=steps, parameters=parameters, seed=seed)
    np.testing.assert_array_equal(E, spikes)
    assert state == network.state
    for row in spikes:
        np.testing.assert_array_equal(stepped.step(), row)
    assert stepped == network
