"""What bad arguments get: a typed error with the value, the rule and a suggestion, and an unharmed caller."""

from __future__ import annotations

import copy
import inspect
import pickle

import numpy as np
import pytest
from conftest import same_arrays

import sorn
from sorn import (
    FormatError,
    IoError,
    Network,
    ParallelError,
    ParameterError,
    Parameters,
    RuleError,
    ShapeError,
    Simulator,
    SornError,
    StateError,
    Trainer,
    UnknownKeywordError,
    UnknownNameError,
)

X = np.random.default_rng(2).random((4, 30))
HUGE = 10**30
UNPRINTABLE = pytest.param(10**5000, id="5001 digits")


def test_hierarchy() -> None:
    assert issubclass(ParameterError, ValueError)
    assert issubclass(UnknownNameError, ParameterError)
    assert issubclass(UnknownKeywordError, (UnknownNameError, TypeError))
    assert issubclass(UnknownKeywordError, TypeError)
    assert issubclass(ShapeError, ValueError)
    assert issubclass(StateError, ValueError)
    assert issubclass(ParallelError, RuntimeError)
    assert issubclass(RuleError, RuntimeError)
    assert issubclass(IoError, OSError)
    assert issubclass(FormatError, OSError)
    assert issubclass(FormatError, ValueError)
    errors = [value for value in vars(sorn).values() if inspect.isclass(value) and issubclass(value, Exception)]
    assert len(errors) == 10
    for error in errors:
        assert issubclass(error, SornError)
        one = error("te_max = nan", "must be finite", "try 1")
        assert (one.subject, one.rule, one.suggestion) == ("te_max = nan", "must be finite", "try 1")
        assert str(one) == "te_max = nan: must be finite; try 1"
        again = pickle.loads(pickle.dumps(one))
        assert type(again) is error
        assert str(again) == str(one)
        assert (again.subject, again.rule, again.suggestion) == (one.subject, one.rule, one.suggestion)


def test_engine_errors_have_subject_rule_and_suggestion() -> None:
    with pytest.raises(ParameterError) as caught:
        Parameters(te_max=float("nan"))
    assert caught.value.subject == "te_max = nan"
    assert caught.value.rule == "must be a number in [-1000, 1000]"
    assert caught.value.suggestion == "the default is 1"


KEYWORDS = [
    ({"lambdaee": 3}, "lambda_ee"),
    ({"time_step": 3}, "time_steps"),
    ({"matrix": None}, "matrices"),
    ({"eta_sdtp": 0.1}, "eta_stdp"),
    ({"NE": 3}, "ne"),
    ({"frezee": ["ip"]}, "freeze"),
    ({"seeds": 3}, "seed"),
    ({"thread": 2}, "threads"),
]


@pytest.mark.parametrize(("keyword", "nearest"), KEYWORDS)
@pytest.mark.parametrize(
    "call", [Simulator.simulate_sorn, Trainer.train_sorn, Simulator.run, Trainer.run], ids=lambda c: c.__qualname__
)
def test_unknown_keywords(call, keyword, nearest) -> None:
    with pytest.raises(UnknownKeywordError, match=f"did you mean '{nearest}'") as caught:
        call(X, **keyword)
    assert f"{call.__name__}() has no argument '{next(iter(keyword))}'" in str(caught.value)


def test_unknown_keywords_elsewhere() -> None:
    for call in (Parameters, Network, Parameters().replace):
        with pytest.raises(UnknownKeywordError, match="did you mean 'lambda_ei'"):
            call(lamda_ei=3)
    with pytest.raises(UnknownKeywordError, match="did you mean 'seed'"):
        Network(sed=1)


@pytest.mark.parametrize(
    ("arguments", "subject", "nearest"),
    [
        ({"phase": "plastic"}, "unknown phase 'plastic'", "plasticity"),
        ({"phase": ""}, "unknown phase ''", ""),
        ({"phase": None}, "phase = None", ""),
        ({"phase": 3}, "phase = 3", ""),
        ({"freeze": ["isdp"]}, "'isdp'", "istdp"),
        ({"freeze": ["ip", "stp"]}, "'stp'", "stdp"),
        ({"freeze": "all"}, "'all'", ""),
        ({"freeze": 3}, "freeze = 3", ""),
        ({"freeze": [3]}, "freeze holds 3", ""),
        ({"freeze": [["ip"]]}, "freeze holds ['ip']", ""),
        ({"callbacks": ["WEEE"]}, "'WEEE'", "WEE"),
        ({"callbacks": ["ExcitatoryActivations"]}, "'ExcitatoryActivations'", "ExcitatoryActivation"),
        ({"callbacks": [1]}, "callbacks holds 1", ""),
        ({"record": ["Q"]}, "'Q'", ""),
        ({"record": 5}, "record = 5", ""),
        ({"network_type_ee": "sprse"}, "'sprse'", "Sparse"),
        ({"network_type_ei": "dens"}, "'dens'", "Dense"),
        ({"network_type_ie": "full"}, "'full'", ""),
        ({"variant": "nambu2021"}, "'nambu2021'", "nambusubramaniyan2021"),
    ],
)
def test_unknown_names(arguments, subject, nearest) -> None:
    with pytest.raises(UnknownNameError) as caught:
        Simulator.run(X, **arguments)
    assert subject in str(caught.value)
    assert caught.value.rule.startswith(("must be one of", "must be "))
    if nearest:
        assert f"did you mean '{nearest}'?" in str(caught.value)


NO_COUNTS = [0, -1, 1.5, float("nan"), float("inf"), HUGE, -HUGE, UNPRINTABLE, True, np.True_, "5", [5]]


@pytest.mark.parametrize("name", ["ne", "ni", "nu"])
@pytest.mark.parametrize("value", NO_COUNTS)
def test_sizes(name: str, value) -> None:
    with pytest.raises(ParameterError, match=f"^{name} = .*: must be a whole number in ") as caught:
        Simulator.simulate_sorn(time_steps=1, **{name: value})
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("value", NO_COUNTS)
@pytest.mark.parametrize("inputs", [None, X], ids=["spontaneous", "driven"])
def test_time_steps(value, inputs) -> None:
    with pytest.raises(ParameterError, match=r"^time_steps = .*: must be a whole number from 1 on") as caught:
        Simulator.simulate_sorn(inputs, time_steps=value)
    assert len(str(caught.value)) < 300


def test_time_steps_are_needed_without_inputs() -> None:
    with pytest.raises(ParameterError, match="time_steps is missing"):
        Simulator.simulate_sorn()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lambda_ee": -1}, r"lambda_ee = -1: must be a number in \[0, ne - 1\]"),
        ({"lambda_ee": 200}, "lambda_ee = 200: must be at most ne - 1 = 199"),
        ({"lambda_ei": 201}, "lambda_ei = 201: must be at most ne = 200"),
        ({"lambda_ie": 101}, "lambda_ie = 101"),
        ({"eta_stdp": np.nan}, "eta_stdp = nan"),
        ({"eta_ip": np.inf}, "eta_ip = inf"),
        ({"eta_inhib": "fast"}, "eta_inhib = 'fast'"),
        ({"eta_ip": 1j}, "eta_ip = 1j"),
        ({"ne": None}, "ne = None: must be a whole number"),
        ({"eta_ip": np.array([0.1])}, r"eta_ip = array\(\[0.1\]\)"),
        ({"te_min": 2}, "te_min = 2: must be at most te_max = 1"),
        ({"ti_min": 1}, "ti_min = 1: must be at most ti_max = 0.5"),
        ({"mu_ip": 0}, "mu_ip = 0: must be"),
        ({"sigma_ip": -0.1}, "sigma_ip = -0.1"),
        ({"nu": 201}, "nu = 201: must be at most ne = 200"),
        ({"ne": 4, "nu": 1}, "leaves no inhibitory unit"),
        ({"ne": 2_000_000_000}, "this machine has"),
        ({"time_steps": 10**12}, "time_steps = 1000000000000: recording E, I, R, C needs"),
        ({"noise": -1}, "noise = -1"),
        ({"noise": float("nan")}, "noise = nan"),
        ({"noise": 1e9}, "noise = 1"),
        ({"noise": "on"}, "noise = 'on': must be True, False, a standard deviation"),
        ({"noise": None}, "noise = None"),
        ({"seed": -1}, "seed = -1: must be a whole number from 0 to 18446744073709551615"),
        ({"seed": 2**64}, "seed = 18446744073709551616"),
        ({"seed": 1.5}, "seed = 1.5"),
        ({"seed": True}, "seed = True"),
        ({"seed": "a"}, "seed = 'a'"),
        ({"record": ["WEE"]}, r"record names 'WEE': simulate_sorn\(\) returns E, I, R and C only.*run\(\)"),
        ({"record": ["E", "E"]}, "'E' is to be recorded twice"),
        ({"record": ["E/0"]}, "record 'E/0'"),
        ({"record": ["E/-3"]}, "record 'E/-3'"),
        ({"record": {"E": 0}}, r"record\['E'\] = 0: must be a whole number of steps from 1 on"),
        ({"record": {"E": 1.5}}, r"record\['E'\] = 1.5"),
        ({"progress": "yes"}, "progress = 'yes'"),
        ({"parameters": {"ne": 50}}, r"parameters is of type dict: must be a sorn.Parameters object.*from_dict"),
        ({"timesteps": 3}, "time_steps and timesteps are both given"),
        ({"matrices": {}, "state": {}}, "matrices and state are both given"),
    ],
)
def test_values_out_of_range(arguments, message) -> None:
    with pytest.raises(ParameterError, match=message):
        Simulator.simulate_sorn(**{"time_steps": 3, **arguments})


def test_all_problems_are_listed_at_once() -> None:
    with pytest.raises(ParameterError) as caught:
        Parameters(te_min=0.9, te_max=0.1, ti_min=0.9, ti_max=0.2, nu=300)
    for part in ("te_min = 0.9", "ti_min = 0.9", "nu = 300"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("inputs", "arguments", "message"),
    [
        (X[0], {}, r"inputs has shape \(30,\): must have two dimensions: \(features, time steps\).*reshape"),
        (X[None], {}, r"inputs has shape \(1, 4, 30\)"),
        (3.0, {}, r"inputs has shape \(\): .*time_steps=1000"),
        (X[:, :0], {}, r"inputs has shape \(4, 0\)"),
        (X[:0], {}, r"inputs has shape \(0, 30\)"),
        ([[1, 2], [3]], {}, "rows of different lengths"),
        (X, {"nu": 5}, r"inputs has shape \(4, 30\): nu = 5 needs 5 rows"),
        (X, {"parameters": Parameters()}, "nu = 10 needs 10 rows"),
        (X, {"time_steps": 31}, r"inputs has shape \(4, 30\): time_steps = 31 needs 31 columns"),
        (X.T, {"time_steps": 30}, r"try inputs\.T"),
        (np.zeros((300, 4)), {}, r"must have at most ne = 200 rows.*try inputs\.T"),
        (np.zeros((300, 400)), {}, "must have at most ne = 200 rows"),
        (X, {"ne": 50, "noise": np.zeros((61, 30))}, r"noise has shape \(61, 30\): must have shape \(60, 30\)"),
        (X, {"ne": 50, "noise": np.zeros((60, 29))}, r"noise has shape \(60, 29\)"),
        (X, {"ne": 50, "noise": np.zeros(60)}, r"noise has shape \(60,\)"),
    ],
)
def test_shapes_of_inputs(inputs, arguments, message) -> None:
    with pytest.raises(ShapeError, match=message):
        Simulator.simulate_sorn(inputs, **arguments)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (np.where(X[2, 3] == X, np.nan, X), r"inputs\[2\]\[3\] = nan: must be finite"),
        (np.where(X[0, 0] == X, -np.inf, X), r"inputs\[0\]\[0\] = -inf"),
        (X + 1j, "inputs holds values of type complex128"),
        ("abc", "inputs holds values of type"),
        ([["a", "b"]], "inputs holds values of type"),
        ([[object(), 1]], "inputs is of type list"),
        (np.ma.masked_array(X, mask=X > 0.5), "inputs has masked values"),
        ([[None, 1.0]], r"inputs\[0\]\[0\] = nan"),
    ],
)
def test_content_of_inputs(inputs, message) -> None:
    with pytest.raises(StateError, match=message):
        Simulator.simulate_sorn(inputs, ne=50)


def test_content_of_noise() -> None:
    noise = np.zeros((60, 30))
    noise[59, 29] = np.inf
    with pytest.raises(StateError, match=r"noise\[59\]\[29\] = inf"):
        Simulator.simulate_sorn(X, ne=50, noise=noise)


def _with(key: str, index, value: float):
    def change(state) -> None:
        state[key][index] = value

    return change


def _replaced(key: str, make):
    def change(state) -> None:
        state[key] = make(state[key])

    return change


BAD_STATES = [
    (lambda s: s.pop("Wie"), StateError, "matrices has no 'Wie': must have the keys Wee, Wei, Wie, Te, Ti, X, Y"),
    (lambda s: s.update(foo=1), StateError, "matrices has an entry 'foo'"),
    (lambda s: s.update(wee=s.pop("Wee")), StateError, "matrices has no 'Wee'.*it has 'wee' instead"),
    (_with("Wee", (3, 4), np.nan), StateError, r"Wee\[3\]\[4\] = nan: weights must be finite"),
    (_with("Wei", (3, 4), np.inf), StateError, r"Wei\[3\]\[4\] = inf"),
    (_with("Wie", (3, 4), -np.inf), StateError, r"Wie\[3\]\[4\] = -inf"),
    (_with("Wee", (3, 4), -0.1), StateError, r"Wee\[3\]\[4\] = -0.1: weights must not be negative"),
    (_with("Wei", (3, 4), -0.1), StateError, "stored positive"),
    (_with("Wee", (3, 3), 0.1), StateError, r"Wee\[3\]\[3\] = 0.1: a unit has no synapse onto itself"),
    (_with("Te", 3, np.nan), StateError, r"Te\[3\] = nan"),
    (_with("Ti", 3, np.inf), StateError, r"Ti\[3\] = inf"),
    (_with("X", (3, 1), 0.5), StateError, r"X\[3\]\[1\] = 0.5: activity must be 0 or 1"),
    (_with("Y", (3, 0), 2), StateError, r"Y\[3\]\[0\] = 2"),
    (_with("Y", (3, 0), np.nan), StateError, r"Y\[3\]\[0\] = nan"),
    (_replaced("Te", lambda a: None), StateError, "Te is None"),
    (_replaced("Te", lambda a: "high"), StateError, "Te holds values of type"),
    (_replaced("Wee", lambda a: a + 0j), StateError, "Wee holds values of type complex128"),
    (_replaced("Wee", lambda a: a[:, :-1]), ShapeError, r"Wee has shape \(50, 49\): must be square"),
    (_replaced("Wee", lambda a: a[0]), ShapeError, r"Wee has shape \(50,\)"),
    (_replaced("Wee", lambda a: a[:-1, :-1]), ShapeError, r"Wei has shape \(10, 50\): must have shape \(ni, 49\)"),
    (_replaced("Wei", lambda a: a.T), ShapeError, r"Wei has shape \(50, 10\)"),
    (_replaced("Wie", lambda a: a.T), ShapeError, r"Wie has shape \(10, 50\): must have shape \(50, 10\)"),
    (_replaced("Te", lambda a: a.T), ShapeError, r"Te has shape \(1, 50\): must have shape \(50, 1\)"),
    (_replaced("Te", lambda a: 0.5), ShapeError, r"Te has shape \(\)"),
    (_replaced("Ti", lambda a: a[:-1]), ShapeError, r"Ti has shape \(9, 1\)"),
    (_replaced("X", lambda a: a[:, 0]), ShapeError, r"X has shape \(50,\)"),
    (_replaced("Y", lambda a: a.T), ShapeError, r"Y has shape \(2, 10\)"),
    (_replaced("Te", lambda a: [[0.1], [0.1, 0.2]]), ShapeError, "Te has rows of different lengths"),
]


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "StateDict"])
@pytest.mark.parametrize(("change", "error", "message"), BAD_STATES)
def test_bad_states(state, plain, change, error, message) -> None:
    bad = copy.deepcopy(dict(state)) if plain else copy.deepcopy(state)
    change(bad)
    before = dict(bad)
    contents = copy.deepcopy(before)
    for call in (Simulator.simulate_sorn, Trainer.run):
        with pytest.raises(error, match=message):
            call(X, matrices=bad)
    assert list(bad) == list(before)
    assert all(bad[key] is before[key] for key in before)
    for key, value in contents.items():
        np.testing.assert_equal(bad[key], value)


@pytest.mark.parametrize(
    ("matrices", "message"),
    [
        (5, "matrices is of type int: must be a mapping with the keys Wee, Wei"),
        ("state", "matrices is of type str"),
        ([1, 2], "matrices is of type list"),
        (np.zeros((3, 3)), "matrices is of type ndarray"),
        ({}, "matrices has no 'Wee'"),
    ],
)
def test_values_that_are_not_a_state(matrices, message) -> None:
    with pytest.raises(StateError, match=message):
        Simulator.simulate_sorn(X, matrices=matrices)


def test_a_whole_result_is_refused_as_a_state() -> None:
    result = Simulator.simulate_sorn(X, ne=50)
    with pytest.raises(StateError, match="a call returns state_dict first: pass that item alone"):
        Simulator.simulate_sorn(X, matrices=result)


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "StateDict"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ne": 60}, "ne = 60: the state has ne = 50; leave ne out"),
        ({"ni": 9}, "ni = 9: the state has ni = 10"),
        ({"parameters": Parameters(nu=4)}, "ne = 200: the state has ne = 50"),
    ],
)
def test_sizes_that_contradict_the_state(state, plain, arguments, message) -> None:
    with pytest.raises(ShapeError, match=message):
        Simulator.simulate_sorn(X, matrices=dict(state) if plain else state, **arguments)


def test_a_failed_call_changes_nothing(state) -> None:
    kept = copy.deepcopy(dict(state))
    inputs = X.copy()
    inputs[3, 29] = np.nan
    options = {"freeze": ["ip"], "callbacks": ["TE"]}
    for _ in range(3):
        with pytest.raises(StateError):
            Simulator.run(inputs, state=state, **options)
    assert same_arrays(dict(state), kept)
    assert (state.step, options) == (30, {"freeze": ["ip"], "callbacks": ["TE"]})

    network = Network(state=state)
    with pytest.raises(StateError):
        network.run(inputs)
    with pytest.raises(StateError):
        network.step(inputs[:, 29])
    assert network.state == state
    assert network.step_count == 30


def test_no_network_is_built_for_an_invalid_call(caplog) -> None:
    caplog.set_level("INFO", logger="sorn")
    for bad in ({"phase": "x"}, {"freeze": ["x"]}, {"noise": "x"}, {"nu": 7}, {"seed": -1}, {"record": ["x"]}):
        with pytest.raises(SornError):
            Simulator.simulate_sorn(X, **bad)
    assert not caplog.messages


class TestNetwork:
    def test_shapes(self) -> None:
        network = Network(ne=50, nu=4)
        with pytest.raises(ShapeError, match=r"inputs has shape \(5, 2\): this network has nu = 4.*Network\(nu=5\)"):
            network.run(np.zeros((5, 2)))
        with pytest.raises(ShapeError, match="u has 5 values: this network has nu = 4"):
            network.step(np.zeros(5))
        with pytest.raises(ShapeError, match=r"u has shape \(4, 2\)"):
            network.step(np.zeros((4, 2)))
        with pytest.raises(ShapeError, match="ne = 60"):
            network.parameters = Parameters(ne=60)
        with pytest.raises(ParameterError, match=r"must be a sorn\.Parameters object"):
            network.parameters = {"ne": 50}

    def test_files(self, tmp_path) -> None:
        with pytest.raises(IoError) as caught:
            Network.load(tmp_path / "missing.h5")
        assert isinstance(caught.value, OSError)
        (tmp_path / "text.h5").write_text("not a result")
        with pytest.raises(FormatError):
            Network.load(tmp_path / "text.h5")
        network = Network(ne=50)
        with pytest.raises(IoError):
            network.save(tmp_path / "no" / "folder.h5")
        with pytest.raises(ParameterError, match="recordings is of type dict"):
            network.save(tmp_path / "a.h5", {"E": np.zeros(3)})
        network.save(tmp_path / "a.h5")
        whole = (tmp_path / "a.h5").read_bytes()
        (tmp_path / "b.h5").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(FormatError):
            Network.load(tmp_path / "b.h5")
