"""A SORN as a node of ReservoirPy: the same bits as the engine, and what models do with a node."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import reservoirpy
from conftest import REPOSITORY
from reservoirpy.nodes import RLS, Input, Reservoir, Ridge
from test_odd_values import ODD, complaint
from test_readme import blocks

import sorn
from sorn.reservoirpy import SORN

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (300, 3))
Y = np.cumsum(X[:, :1], axis=0) % 1.0


SMALL = {"units": 60, "lambda_ee": 8, "seed": 3, "input_connectivity": 0.4}


def small(**options: Any) -> SORN:
    return SORN(**{**SMALL, **options})


def by_hand(weights: np.ndarray, x: np.ndarray, bias: float) -> np.ndarray:
    """The drive (units, time), added up one feature after the other."""
    drive = np.zeros((len(weights), len(x)))
    for unit, row in enumerate(weights):
        for t, values in enumerate(x):
            for weight, value in zip(row, values, strict=True):
                drive[unit, t] += weight * value
    return drive + bias


@pytest.mark.parametrize("plasticity", ["off", "on"])
@pytest.mark.parametrize("noise", [False, 0.1])
def test_a_run_has_the_bits_of_its_steps_and_of_a_network(plasticity, noise) -> None:
    node = small(plasticity=plasticity, noise=noise, bias=0.1)
    whole = node.run(X)
    last = node.network
    assert whole.dtype == np.float64
    assert 0 < whole.mean() < 1
    assert set(np.unique(whole)) == {0, 1}

    node.reset()
    steps = np.array([node.step(x) for x in X])
    np.testing.assert_array_equal(steps, whole)
    assert node.network == last

    network = sorn.Network(ne=60, nu=60, lambda_ee=8, h_ip=0.1, seed=3)
    drive = by_hand(node.Win.toarray(), X, 0.1)
    phase = "plasticity" if plasticity == "on" else "training"
    activity = network.copy()
    activity.reset_activity()
    run = activity.run(drive, phase=phase, noise=noise, record=["E"])
    np.testing.assert_array_equal(run["E"], whole)
    assert activity == last
    assert (last.Wee != network.Wee).nnz == 0 or plasticity == "on"


@pytest.mark.parametrize("plasticity", ["off", "on"])
def test_a_long_run_is_one_after_the_other(plasticity, monkeypatch) -> None:
    whole = small(plasticity=plasticity, noise=0.1)
    expected = whole.run(X)
    monkeypatch.setattr("sorn.reservoirpy._BLOCK", 70)  # 300 steps are four times 70, and 20
    in_blocks = small(plasticity=plasticity, noise=0.1)
    np.testing.assert_array_equal(in_blocks.run(X), expected)
    assert in_blocks.network == whole.network
    np.testing.assert_array_equal(in_blocks.state["out"], expected[-1])


def test_only_rows_with_weights_become_input_units() -> None:
    node = small()
    node.initialize(X)
    driven = np.flatnonzero(np.abs(node.Win.toarray()).sum(axis=1))
    np.testing.assert_array_equal(driven, np.arange(len(driven)))  # the driven units are the first ones
    assert node.Win.nnz == round(0.4 * 60 * 3)
    assert node.network.parameters.nu == len(driven) < 60
    assert node.network.parameters.h_ip == 0.1
    own = np.zeros((60, 3))
    own[41] = [1, 0, -2]  # an array is taken as it is
    given = small(Win=own)
    given.initialize(X)
    np.testing.assert_array_equal(given.Win.toarray(), own)
    assert given.network.parameters.nu == 42
    assert 0 < given.run(X)[:, 41].mean() < 1


def test_pools_and_scaling() -> None:
    symbols = RNG.integers(5, size=200)
    node = small(pools=6, input_scaling=[1, 2, 3, 4, 5])
    states = node.run(np.eye(5)[symbols])
    expected = np.zeros((60, 5))
    for k in range(5):
        expected[6 * k : 6 * k + 6, k] = k + 1
    np.testing.assert_array_equal(node.Win.toarray(), expected)
    assert states[symbols == 4, 24:30].mean() > 0.9  # a drive of 5 passes every threshold
    spikes = (RNG.random((100, 20)) < 0.5).astype(np.int8)
    direct = small(pools=1, input_scaling=10.0).run(spikes)
    np.testing.assert_array_equal(direct[:, :20][spikes == 1], 1)


def test_variants_and_their_target_rates() -> None:
    assert small(variant="lazar2009").run(X).shape == (300, 60)
    node = small(variant="zheng2013", h_ip=0.2)
    node.initialize(X)
    assert node.network.parameters.h_ip == 0.2
    assert node.network.parameters.inhibition == "slow"


def test_fit_organises_and_reset_keeps_it() -> None:
    node = small()
    assert node.fit(X[:200], warmup=50) is node
    expected = sorn.Network(ne=60, nu=node.network.parameters.nu, lambda_ee=8, h_ip=0.1, seed=3)
    expected.reset_activity()
    drive = by_hand(node.Win.toarray()[: expected.parameters.nu], X, 0.0)
    expected.run(drive[:, :50], phase="training", noise=False)
    before = expected.copy()
    expected.run(drive[:, 50:200], noise=False)
    assert node.network == expected
    assert (before.Wee != expected.Wee).nnz > 0

    after_fit = node.run(X[200:])  # goes on
    np.testing.assert_array_equal(
        after_fit, expected.run(drive[:, 200:], phase="training", noise=False, record=["E"])["E"]
    )
    node.reset()
    assert (node.network.Wee != expected.Wee).nnz == 0
    assert not node.network.state["X"].any()
    first = node.run(X)
    full = np.zeros(60)
    full[: len(drive)] = drive[:, 0]
    np.testing.assert_array_equal(first[0], full > expected.state["Te"][:, 0])  # nothing but the input acts at first
    node.reset()
    np.testing.assert_array_equal(node.run(X), first)


def test_fit_shows_several_series_in_turn() -> None:
    listed, array, joined = small().fit([X[:120], X[120:]]), small().fit(X.reshape(2, 150, 3)), small().fit(X)
    assert listed.network == array.network == joined.network


def test_reset_undoes_what_plastic_runs_change() -> None:
    node = small(plasticity="on", noise=True)
    node.fit(X)
    start = node.network
    first = node.run(X)
    assert (node.network.Wee != start.Wee).nnz > 0
    previous = node.reset()
    np.testing.assert_array_equal(previous["out"], first[-1])
    np.testing.assert_array_equal(node.state["out"], 0)
    assert (node.network.Wee != start.Wee).nnz == 0
    np.testing.assert_array_equal(node.run(X)[1:], node._run({"out": None, "network": node._beginning}, X)[1][1:])


def test_a_state_is_not_changed_by_what_begins_with_it() -> None:
    node = small(plasticity="on")
    node.run(X[:100])
    state = node.state
    kept = state["network"].copy()
    after, out = node._run(state, X)
    assert state["network"] == kept
    assert after["network"].step_count == 400
    one = node._step(state, X[0])
    np.testing.assert_array_equal(one["out"], out[0])
    assert node.state is state


def test_lists_and_arrays_of_series_with_workers() -> None:
    node = small()
    node.fit(X)
    begin = node.state
    series = X.reshape(3, 100, 3)
    alone = [node._run(begin, one)[1] for one in series]
    for workers in (1, 2):
        node.state = begin
        stacked = node.run(series, workers=workers)
        assert isinstance(stacked, np.ndarray)
        np.testing.assert_array_equal(stacked, alone)
        node.state = begin
        listed = node.run(list(series), workers=workers)
        assert isinstance(listed, list)
        np.testing.assert_array_equal(listed, alone)
    assert node.run(X[:0]).shape == (0, 60)


def test_a_model_trains_its_readout_on_the_states() -> None:
    node = small()
    node.fit(X)
    states = copy.deepcopy(node).run(X)
    readout = Ridge(ridge=0.1).fit(states[20:], Y[20:])
    model = node >> Ridge(ridge=0.1)
    begin = node.state
    model.fit(X, Y, warmup=20)
    node.state = begin
    np.testing.assert_array_equal(model.run(X), readout.run(states))
    model.reset()
    first = model.run(X)
    model.reset()
    np.testing.assert_array_equal(model.run(X), first)
    model.reset()
    np.testing.assert_allclose([model.step(x) for x in X[:50]], first[:50], rtol=1e-12)  # Ridge multiplies matrices
    model.reset()
    two = model.run([X, X[:50]], workers=2)
    np.testing.assert_allclose(two[0], first, rtol=1e-12)
    model.reset()
    np.testing.assert_allclose(two[1], model.run(X[:50]), rtol=1e-12)


def test_feedback() -> None:
    reservoir, readout = small(input_connectivity=1.0), Ridge(ridge=0.1)
    model = (reservoir >> readout) & (reservoir << readout)
    model.fit(X[:200], Y[:200])
    assert reservoir.input_dim == 4
    model.reset()
    found = model.run(X[200:])
    state = {"out": None, "network": reservoir._beginning}
    said = np.zeros(1)
    for x, expected in zip(X[200:], found, strict=True):
        state = reservoir._step(state, np.concatenate([x, said]))
        said = readout._step({}, state["out"])["out"]
        np.testing.assert_allclose(said, expected, rtol=1e-12)
    assert np.ptp(found) > 0


def test_parallel_and_deep_models_and_online_readouts() -> None:
    source, one, two = Input(), small(seed=1, name="one"), small(seed=2, name="two")
    model = source >> [one, two] >> Ridge(ridge=0.1, name="readout")
    assert model.fit(X, Y).run(X[:9]).shape == (9, 1)
    assert one.network.seed != two.network.seed
    deep = small() >> SORN(40, lambda_ee=6, seed=1) >> Ridge(ridge=0.1)
    assert deep.fit(X, Y).run(X[:9]).shape == (9, 1)
    echo = reservoirpy.ESN(reservoir=small(), readout=Ridge(ridge=0.1), feedback=True)
    assert echo.fit(X, Y).run(X[:9]).shape == (9, 1)
    online = small() >> RLS()
    assert online.partial_fit(X[:50], Y[:50]).shape == (50, 1)


def test_without_input_it_is_spontaneously_active() -> None:
    node = small(noise=True)
    states = node.run(iters=50)
    network = sorn.Network(ne=60, nu=1, lambda_ee=8, h_ip=0.1, seed=3)
    network.reset_activity()
    np.testing.assert_array_equal(states, network.run(time_steps=50, phase="training", record=["E"])["E"])


@pytest.mark.parametrize("fitted", [False, True])
def test_copies_pickles_and_files(tmp_path, fitted) -> None:
    node = small(noise=True, plasticity="on")
    if fitted:
        node.fit(X)
    path = reservoirpy.save(node, tmp_path / "node")
    others = [copy.deepcopy(node), pickle.loads(pickle.dumps(node)), reservoirpy.load(path)]
    others += [copy.copy(node)] if fitted else []  # before that, both would draw from one generator
    wanted = node.run(X)
    for other in others:
        np.testing.assert_array_equal(other.run(X), wanted)
        other.reset()
        node.reset()
        np.testing.assert_array_equal(other.run(X), node.run(X))


def test_seeds() -> None:
    def states(seed: Any) -> np.ndarray:
        return small(seed=seed, noise=True).run(X)

    np.testing.assert_array_equal(states(5), states(np.int64(5)))
    assert not np.array_equal(states(5), states(6))
    np.testing.assert_array_equal(states(np.random.default_rng(1)), states(np.random.default_rng(1)))
    reservoirpy.set_seed(7)
    first = states(None)
    second = states(None)
    reservoirpy.set_seed(7)
    np.testing.assert_array_equal(states(None), first)
    assert not np.array_equal(first, second)
    node = small(seed=5)
    assert node.run(X).any()
    theirs = Reservoir(60, input_connectivity=0.4, seed=5)
    theirs.initialize(X)
    assert sorted(map(tuple, node.Win.toarray())) == sorted(map(tuple, theirs.Win.toarray()))


def test_what_is_shown() -> None:
    node = small(plasticity="on", input_scaling=[1, 2, 3.0])
    assert str(node).startswith("SORN(units=60, input_scaling=array([1., 2., 3.]), input_connectivity=0.4, plas")
    assert str(node).endswith("plasticity='on', lambda_ee=8)")
    assert str(SORN(200) >> Ridge(ridge=1e-6)) == "Model(SORN(units=200), Ridge(ridge=1e-06))"


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"ne": 9}, sorn.ParameterError, "ne = 9: follows from units"),
        ({"nu": 9}, sorn.ParameterError, "nu = 9: follows from units"),
        ({"eta_sdtp": 9}, sorn.UnknownKeywordError, "did you mean 'eta_stdp'"),
        ({"plasticity": True}, sorn.UnknownNameError, "plasticity = True: must be 'off' or 'on'"),
        ({"input_connectivity": 0}, sorn.ParameterError, "input_connectivity = 0: must be above 0"),
        ({"input_connectivity": 1.5}, sorn.ParameterError, "input_connectivity = 1.5: must be above 0, and at most 1"),
        ({"pools": 61}, sorn.ParameterError, "pools = 61"),
        ({"pools": 2, "Win": np.ones((60, 3))}, sorn.ParameterError, "Win and pools are both given"),
        ({"Win": np.ones((3, 60))}, sorn.ShapeError, r"Win has shape \(3, 60\): must be \(60, features\)"),
        ({"Win": np.full((60, 3), np.nan)}, sorn.StateError, "Win holds"),
        ({"Win": np.ones((60, 3)), "input_dim": 2}, sorn.ShapeError, "needs 2 columns, as input_dim says"),
        ({"bias": [1, 2]}, sorn.ShapeError, r"bias has shape \(2,\)"),
        ({"bias": np.inf}, sorn.StateError, "bias holds"),
        ({"noise": -1.0}, sorn.ParameterError, "noise = -1"),
        ({"threads": 0}, sorn.ParameterError, "threads = 0"),
        ({"seed": -1}, sorn.ParameterError, "seed = -1"),
        ({"te_max": -1}, sorn.ParameterError, "te_max"),
        ({"lr": 0.3}, sorn.UnknownKeywordError, "no argument 'lr', as Reservoir has.*lambda_ee"),
    ],
)
def test_wrong_arguments(options, error, words) -> None:
    with pytest.raises(error, match=words):
        small(**options)


def test_wrong_data() -> None:
    with pytest.raises(sorn.ParameterError, match="3 features then drive 75 of 60 units"):
        small(pools=25).run(X)
    with pytest.raises(sorn.ShapeError, match="input_scaling has 2 values: must have 3, one for each feature"):
        small(input_scaling=[1, 2]).run(X)
    with pytest.raises(sorn.ParameterError, match="organises itself without targets; node >> Ridge"):
        small().fit(X, Y)
    with pytest.raises(sorn.ParameterError, match="warmup = -1"):
        small().fit(X, warmup=-1)
    with pytest.raises(sorn.StateError, match="no network yet"):
        _ = small().network
    node = small()
    node.run(X)
    state = node.state
    unconnected = X.copy()
    unconnected[7, 1] = np.nan
    with pytest.raises(sorn.StateError, match=r"x\[7, 1\] = nan: must be finite"):
        node.run(unconnected)
    with pytest.raises(sorn.StateError, match=r"x\[7, 1\] = nan: must be finite"):
        small(Win=np.eye(60, 3) * [1, 0, 1]).run(unconnected)  # also where no weight takes it to the engine
    assert node.state is state
    assert np.isin(node.run(np.full((5, 3), 1e200)), [0, 1]).all()  # finite, though its square is not
    with pytest.raises(sorn.ParameterError, match=r"warmup = 300: must be less than .* the shortest has 300"):
        node.fit([X, X[:300]], warmup=300)
    for call in (small().run, small().fit):
        with pytest.raises(sorn.ShapeError, match="x has no series"):
            call([])
    with pytest.raises(ValueError, match="feature dimension"):
        node.fit(X[:, :2])


def ran(**given: Any) -> None:
    SORN(**given).run(X[:2])


@pytest.mark.slow
def test_odd_values_at_every_argument() -> None:
    wrong = [
        complaint("SORN", SORN if name == "input_dim" else ran, {**SMALL, name: value}, f"{name} = {odd}")
        for name in (*inspect.signature(SORN).parameters, "eta_stdp", "variant")
        if name not in ("hyperparameters", "name")
        for odd, value in ODD.items()
        if not (name == "Win" and callable(value))
    ]
    assert not any(wrong), "\n".join(filter(None, wrong))


def test_the_package_alone_does_not_need_it() -> None:
    code = (
        "import sys, sorn; assert 'reservoirpy' not in sys.modules; sys.modules['reservoirpy'] = None\n"
        "try:\n    import sorn.reservoirpy\nexcept ImportError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "this needs the package reservoirpy: pip install 'sorn[reservoirpy]'"


@pytest.mark.slow
def test_the_comparison_of_reservoirs_runs() -> None:
    script = REPOSITORY / "examples" / "reservoir_tasks.py"
    done = subprocess.run([sys.executable, script, "--seeds", "1"], capture_output=True, text=True, check=True)
    rows = {cells[1].strip(): cells[2:-1] for cells in (line.split("|") for line in done.stdout.splitlines()[2:])}
    assert len(rows) == 11
    _, organised, _, echo = (float(cell.split()[0]) for cell in rows["counting to 8, last letter"])
    assert min(organised, echo) > 0.98
    floor, organised, frozen, echo = (float(cell.split()[0]) for cell in rows["memory capacity"])
    assert floor < frozen < organised < echo <= 40
    floor, *scores = (float(cell.split()[0]) for cell in rows["NARMA-10, error"])
    assert max(scores) < floor == 1
    assert min(float(cell.split()[0]) for cell in rows["place in a random sequence of 500"][1:]) > 0.98
    for name in ("grammar FDT, next letter", "text of 1,366 characters, next one"):
        floor, organised, frozen, echo = (float(cell.split()[0]) for cell in rows[name])
        assert floor + 0.1 < frozen < organised < echo, name


def test_the_page_runs(capsys) -> None:
    namespace: dict[str, Any] = {}
    for block in blocks("{code-cell} python", "docs/reservoirpy.md"):
        exec(compile(block, "reservoirpy.md", "exec"), namespace)
    assert isinstance(namespace["model"], reservoirpy.Model)
