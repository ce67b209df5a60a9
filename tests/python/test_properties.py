"""What holds for every network, seed and split of a run."""

from __future__ import annotations

import copy
import pickle
import tempfile
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
from conftest import same_arrays
from hypothesis import given, settings
from hypothesis import strategies as st

from sorn import (
    Network,
    ParameterError,
    Parameters,
    ShapeError,
    Simulator,
    SornError,
    StateDict,
    StateError,
    UnknownKeywordError,
    UnknownNameError,
    _core,
)

RULES = [row["name"] for row in _core.rules()]

settings.register_profile("sorn", deadline=None, max_examples=40)
settings.load_profile("sorn")


@st.composite
def parameter_sets(draw) -> Parameters:
    ne = draw(st.integers(5, 40))
    connectivity = st.sampled_from(["Sparse", "Dense"])
    te_min = draw(st.floats(-0.5, 0.5))
    nu = draw(st.integers(1, ne))
    rates = st.floats(0.01, 0.99)
    return Parameters(
        ne=ne,
        ni=draw(st.none() | st.integers(1, 12)),
        nu=nu,
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
        h_ip=draw(rates if 2 * nu >= ne else st.none() | rates),
        sigma_ip=draw(st.sampled_from([0.0, 0.05])),
        sp_probability=draw(st.floats(0, 1)),
        sp_weight=draw(st.floats(1e-6, 1)),
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
    for key, rule in (("Wee", "ssee"), ("Wei", "ssei")):
        if "ss" not in freeze and rule not in freeze:
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
def test_two_runs_equal_one_run(parameters, seed, first, second, freeze, touched) -> None:
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
def test_pickles_round_trip(parameters, seed, steps) -> None:
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
def test_all_calls_agree(parameters, seed, steps) -> None:
    network = Network(parameters, seed=seed)
    stepped = network.copy()
    spikes = network.run(time_steps=steps, record=["E"])["E"]
    state, E, *_ = Simulator.simulate_sorn(time_steps=steps, parameters=parameters, seed=seed)
    np.testing.assert_array_equal(E, spikes)
    assert state == network.state
    for row in spikes:
        np.testing.assert_array_equal(stepped.step(), row)
    assert stepped == network


OF_OUTPUTS = ("O", "TO", "WOE", "rewards")
"""What only networks with output units and rewards have."""
RECORDABLE = [row["name"] for row in _core.quantities() if row["name"] not in OF_OUTPUTS]
OF_WINDOWS = [row["name"] for row in _core.quantities() if row["kind"] == "statistics of windows"]


def SIGNAL(step: int) -> float:
    return step / 8


RECORD = st.dictionaries(st.sampled_from(RECORDABLE), st.integers(1, 9)).map(
    lambda strides: {
        name: max(stride, 2) if name in OF_WINDOWS else 1 if name == "synapses" else stride
        for name, stride in strides.items()
    }
)


@given(parameter_sets(), SEEDS, st.integers(1, 40), FREEZE)
def test_recordings_are_in_their_ranges(parameters, seed, steps, freeze) -> None:
    network = Network(parameters, seed=seed)
    ne, ni = len(network.state["Te"]), len(network.state["Ti"])
    each_step = [name for name in RECORDABLE if name not in OF_WINDOWS and name != "synapses"]  # events have no rows
    recorded = network.run(time_steps=steps, freeze=freeze, record=each_step, signals={"mark": SIGNAL})
    for row in _core.quantities():
        if row["name"] not in each_step:
            continue
        values = recorded[row["name"]]
        assert len(values) == steps
        assert values.dtype == {"spike": np.int8, "count": np.int64, "real": np.float64}[row["type"]]
        assert np.isfinite(values).all()
    for key, units in (("E", ne), ("I", ni), ("R", ne)):
        assert recorded[key].shape == (steps, units)
        rates = recorded[key].mean(axis=0)
        assert np.all((rates >= 0) & (rates <= 1))
        assert set(np.unique(recorded[key])) <= {0, 1}
    for key in ("WEE", "WEI", "WIE"):
        assert np.all((recorded[key] >= 0) & (recorded[key] <= 1 + 1e-12))
    assert not recorded["WEE"][:, np.arange(ne), np.arange(ne)].any()
    assert np.all((recorded["TE"] >= parameters.te_min) & (recorded["TE"] <= parameters.te_max))
    assert np.all((recorded["TI"] >= parameters.ti_min) & (recorded["TI"] <= parameters.ti_max))
    for key, pairs in (("C", ne * (ne - 1)), ("C_ei", ni * ne), ("C_ie", ne * ni)):
        assert np.all((recorded[key] >= 0) & (recorded[key] <= pairs))
    # Counts are those on entry to a step: each is what the step before left.
    for key, weights in (("C", "WEE"), ("C_ei", "WEI"), ("C_ie", "WIE")):
        np.testing.assert_array_equal(recorded[key][1:], np.count_nonzero(recorded[weights], axis=(1, 2))[:-1])


@given(parameter_sets(), SEEDS, st.integers(0, 30), st.integers(1, 30), FREEZE, RECORD)
def test_files_round_trip(parameters, seed, before, steps, freeze, record) -> None:
    network = Network(parameters, seed=seed)
    if before:
        network.run(time_steps=before)
    recorded = network.run(time_steps=steps, freeze=freeze, record=record, signals={"mark": SIGNAL})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.h5"
        network.save(path, recorded)
        again = Network.load(path)
        kept = type(recorded).load(path)
    assert again == network
    assert same_arrays(dict(again.state), dict(network.state))
    assert again.parameters == network.parameters
    assert list(kept) == list(recorded)
    for key in recorded:
        np.testing.assert_array_equal(kept[key], recorded[key])
        assert kept[key].dtype == recorded[key].dtype
    network.run(time_steps=10)
    again.run(time_steps=10)
    assert again == network


# --- What is wrong is refused by an error of the right type that says the value, and changes nothing -----------------

NOT_FINITE = [float("nan"), float("inf"), float("-inf")]
WRONG_NUMBER = st.sampled_from([*NOT_FINITE, -1e9, -1000.5, 2147483648.5, 1e300])
REALS = [
    "lambda_ee", "lambda_ei", "lambda_ie", "eta_stdp", "eta_inhib", "eta_ip",
    "te_max", "te_min", "ti_max", "ti_min", "mu_ip", "sigma_ip", "sp_probability", "sp_weight",
]  # fmt: skip
WRONG_PARAMETER = st.one_of(
    st.tuples(st.sampled_from(REALS), WRONG_NUMBER),
    st.tuples(st.sampled_from(REALS), st.sampled_from(["fast", None, 1j, [0.5]])),
    st.tuples(st.sampled_from(["ne", "ni", "nu"]), st.sampled_from([0, -3, 1.5, 2**40, True, "5", *NOT_FINITE])),
    st.tuples(
        st.sampled_from(["network_type_ee", "network_type_ei", "network_type_ie"]), st.sampled_from([3, "Sprse"])
    ),
)


def goes_on_as(network: Network, twin: Network) -> None:
    """A network that nothing happened to equals its copy, and does the same from here on."""
    assert network == twin
    assert network.parameters == twin.parameters
    network.run(time_steps=5)
    twin.run(time_steps=5)
    assert network == twin


@given(parameter_sets(), WRONG_PARAMETER)
def test_wrong_parameters(parameters, wrong) -> None:
    name, value = wrong
    network = Network(parameters, seed=3)
    twin = network.copy()
    whole = parameters.to_dict()
    for call in (
        lambda: parameters.replace(**{name: value}),
        lambda: Parameters(**{**whole, name: value}),
        lambda: Parameters.from_dict({**whole, name: value}),
        lambda: Network(parameters, **{name: value}),
        lambda: Simulator.run(time_steps=1, parameters=parameters, **{name: value}),
        lambda: Simulator.run(time_steps=1, state=network.state, **{name: value}),
    ):
        with pytest.raises(ParameterError) as caught:
            call()
        expected = f"'{value}'" if name.startswith("network") and isinstance(value, str) else f"{name} = "
        assert expected in caught.value.subject + caught.value.rule
        assert isinstance(caught.value, UnknownNameError) == (value == "Sprse")
    assert parameters.to_dict() == whole
    goes_on_as(network, twin)


@given(parameter_sets(), st.sampled_from(["nu", "te_min", "ti_min"]))
def test_contradicting_parameters(parameters, name) -> None:
    value = {"nu": parameters.ne + 1, "te_min": parameters.te_max + 1, "ti_min": parameters.ti_max + 1}[name]
    with pytest.raises(ParameterError) as caught:
        parameters.replace(**{name: value})
    written = str(value).removesuffix(".0")  # as the engine writes it
    assert f"{name} = {written}: must be at most" in caught.value.rule


@given(parameter_sets(), st.text(min_size=1, max_size=12).filter(lambda name: name not in Parameters().to_dict()))
def test_unknown_keywords(parameters, name) -> None:
    for call in (parameters.replace, Parameters):
        with pytest.raises(UnknownKeywordError):
            call(**{name: 1})


@given(parameter_sets(), st.integers(1, 3), st.booleans())
def test_sizes_of_another_network(parameters, more, excitatory) -> None:
    network = Network(parameters, seed=3)
    twin = network.copy()
    ni = len(network.state["Ti"])
    sizes = {"ne": parameters.ne + more, "ni": ni} if excitatory else {"ne": parameters.ne, "ni": ni + more}
    other = parameters.replace(**sizes)
    size = "ne" if excitatory else "ni"
    with pytest.raises(ShapeError, match=f"{size} = {sizes[size]}"):
        network.parameters = other
    with pytest.raises(ShapeError, match=f"{size} = {sizes[size]}"):
        Network(state=network.state, parameters=other)
    goes_on_as(network, twin)


@st.composite
def flaws(draw, arrays):
    """One thing that is wrong with a state: its key, what the entry becomes, the error and what it says."""
    key = draw(st.sampled_from(list(arrays)))
    array = arrays[key]
    if draw(st.integers(0, 3)) == 0:
        row = array[0] if len(array) > 1 else array[:0]  # the threshold of a single unit may come as a vector
        cut = draw(st.sampled_from([array[:-1], array[..., None], np.concatenate([array, array], axis=1), row]))
        # A missing unit of Wee or Wei shows in the entries that still have it.
        return key, cut, ShapeError, "has shape"
    i, j = draw(st.integers(0, array.shape[0] - 1)), draw(st.integers(0, array.shape[1] - 1))
    if key in ("X", "Y"):
        value = draw(st.sampled_from([*NOT_FINITE, 2.0, -1.0, 0.5]))
    elif key == "Wee" and i == j:
        value = draw(st.sampled_from([*NOT_FINITE, -1.0, 0.25, 1e7]))
    else:
        value = draw(st.sampled_from([*NOT_FINITE, 1e7, 1e300, *([-0.5] if key.startswith("W") else [-1e7])]))
    changed = array.copy()
    changed[i, j] = value
    where = f"{key}[{i}]" if key in ("Te", "Ti") else f"{key}[{i}][{j}]"
    return key, changed, StateError, f"{where} = {value:.16g}"


@given(parameter_sets(), SEEDS, st.data())
def test_wrong_states(parameters, seed, data) -> None:
    network = Network(parameters, seed=seed)
    network.run(time_steps=3)
    good = dict(network.state)
    key, value, error, message = data.draw(flaws(good))
    bad = {**good, key: value}
    kept = copy.deepcopy(bad)
    for state in (bad, network.state | {key: value}):
        for call in (
            lambda state=state: Network(state=state),
            lambda state=state: StateDict(state),
            lambda state=state: Simulator.run(time_steps=1, state=state, h_ip=0.1),
        ):
            with pytest.raises(error) as caught:
                call()
            assert message in str(caught.value)
    assert all(np.array_equal(bad[name], kept[name], equal_nan=True) for name in kept)
    assert same_arrays(dict(network.state), good)


@given(parameter_sets(), SEEDS, st.sampled_from(["Wee", "Wei", "Wie"]), st.sampled_from([*NOT_FINITE, -0.5, 1e7]))
def test_wrong_sparse_weights(parameters, seed, key, value) -> None:
    state = dict(Network(parameters, seed=seed).state)
    weights = scipy.sparse.lil_array(state[key])
    post = weights.shape[1] - 1
    weights[0, post] = value
    state[key] = weights.tocsc()
    with pytest.raises(StateError) as caught:
        StateDict(state)
    assert f"{key}[0][{post}] = {value:.16g}" in str(caught.value)


@given(parameter_sets(), st.integers(2, 20), st.data())
def test_wrong_runs(parameters, steps, data) -> None:
    network = Network(parameters, seed=3)
    network.run(time_steps=3)
    twin = network.copy()
    nu, units = parameters.nu, len(network.state["Te"]) + len(network.state["Ti"])
    inputs, noise = np.zeros((nu, steps)), np.zeros((units, steps))
    value = data.draw(st.sampled_from(NOT_FINITE))
    name, rows = data.draw(st.sampled_from([("inputs", nu), ("noise", units)]))
    row, step = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, steps - 1))
    spoiled = np.zeros((rows, steps))
    spoiled[row, step] = value
    wrong = data.draw(
        st.sampled_from(
            [
                ({name: spoiled}, StateError, f"{name}[{row}][{step}] = {value}"),
                ({"inputs": np.zeros((nu + 1, steps))}, ShapeError, f"inputs has shape ({nu + 1}, {steps})"),
                ({"inputs": np.zeros(nu)}, ShapeError, f"inputs has shape ({nu},)"),
                ({"noise": np.zeros((units - 1, steps))}, ShapeError, f"noise has shape ({units - 1}, {steps})"),
                ({"noise": np.zeros((units, steps - 1))}, ShapeError, f"noise has shape ({units}, {steps - 1})"),
                ({"noise": value}, ParameterError, f"noise = {value}"),
                ({"noise": -0.5}, ParameterError, "noise = -0.5"),
                ({"time_steps": steps + 1}, ShapeError, f"time_steps = {steps + 1}"),
                ({"time_steps": 0}, ParameterError, "time_steps = 0"),
                ({"phase": "plastic"}, UnknownNameError, "'plastic'"),
                ({"freeze": ["ip", "stpd"]}, UnknownNameError, "'stpd'"),
                ({"record": ["Q"]}, UnknownNameError, "'Q'"),
                ({"record": {"E": 0}}, ParameterError, "record['E'] = 0"),
                ({"record": ["E", "E"]}, ParameterError, "'E'"),
                ({"frezee": ["ip"]}, UnknownKeywordError, "'frezee'"),
            ]
        )
    )
    options, error, message = wrong
    with pytest.raises(SornError) as caught:
        network.run(**{"inputs": inputs, "noise": noise, "record": ["E"], **options})
    assert type(caught.value) is error
    assert message in str(caught.value)
    goes_on_as(network, twin)
