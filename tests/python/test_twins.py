"""Exact twins: each pair equals two single runs, and what sorn.twins counts is what NumPy counts."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from matplotlib import pyplot as plt
from numpy.testing import assert_allclose, assert_array_equal

import sorn
from sorn import (
    Network,
    ParameterError,
    Plotter,
    ShapeError,
    StateError,
    Statistics,
    UnknownKeywordError,
    UnknownNameError,
    twins,
)

SIZE = {"ne": 60, "nu": 4, "lambda_ee": 8, "lambda_ei": 10}
UNITS = 60


@pytest.fixture(scope="module")
def network() -> Network:
    made = Network(**SIZE, seed=3)
    made.run(time_steps=100)
    return made


def existing(network: Network) -> tuple[int, int]:
    pre, post = network.Wee.nonzero()
    return int(pre[0]), int(post[0])


def missing(network: Network) -> tuple[int, int]:
    gaps = np.argwhere((network.Wee.toarray() == 0.0) & ~np.eye(UNITS, dtype=bool))
    return int(gaps[5][0]), int(gaps[5][1])


# --- one twin -------------------------------------------------------------------------------------------------------


def test_a_twin_without_a_change_never_parts(network) -> None:
    one, other = network.copy(), network.twin([])
    for _ in range(3):
        assert one == other
        a, b = (n.run(time_steps=400, record=["E", "I", "TE"]) for n in (one, other))
        assert all((a[name] == b[name]).all() for name in a)
    assert one == other


def test_each_change_is_the_only_difference(network) -> None:
    before = network.state
    x, te, wee = before["X"][:, 1].copy(), before["Te"].copy(), network.Wee.toarray()

    spiked = network.twin(twins.spike(7))
    assert_array_equal(np.flatnonzero(spiked.state["X"][:, 1] != x), [7])
    raised = network.twin(twins.threshold(9, -0.25))
    assert_array_equal(np.flatnonzero((raised.state["Te"] != te).ravel()), [9])
    assert raised.state["Te"].ravel()[9] == te.ravel()[9] - 0.25

    pre, post = existing(network)
    weaker = network.twin(twins.synapse(pre, post, weight=0.125)).Wee.toarray()
    assert weaker[pre, post] == 0.125
    assert_array_equal(np.argwhere(weaker != wee), [[pre, post]])
    assert network.twin(twins.synapse(pre, post)).connection_counts[0] == network.connection_counts[0] - 1
    gap = missing(network)
    more = network.twin(twins.synapse(*gap, weight=0.5, new=True)).Wee.toarray()
    assert_array_equal(np.argwhere(more != wee), [gap])

    assert network.twin(twins.set(eta_stdp=0.5, noise_sigma=0.0)).parameters == network.parameters.replace(
        eta_stdp=0.5, noise_sigma=0.0
    )
    cut = network.twin(twins.lesion([3, 8]))
    assert not cut.Wee.toarray()[[3, 8]].any()
    assert not cut.Wee.toarray()[:, [3, 8]].any()
    assert not cut.Wei.toarray()[:, [3, 8]].any()
    assert not cut.Wie.toarray()[[3, 8]].any()
    assert network.state == before  # nothing else has happened to the network


@pytest.mark.parametrize("rule", ["stdp", "ip", "ss", "sp", "istdp"])
def test_a_frozen_rule_is_frozen_as_in_a_run(network, rule) -> None:
    one, other = network.copy(), network.twin(twins.freeze(rule))
    frozen = one.run(time_steps=60, freeze=rule, record=["E", "TE"])
    twin = other.run(time_steps=60, record=["E", "TE"])
    assert all((frozen[name] == twin[name]).all() for name in frozen)
    assert (one.Wee != other.Wee).nnz == 0


def test_changes_are_values() -> None:
    change = twins.synapse(1, 2, weight=0.5)
    assert change == pickle.loads(pickle.dumps(change)) == twins.synapse(1.0, np.int8(2), weight=0.5)
    assert repr(change) == "twins.synapse(pre=1, post=2, weight=0.5, new=False)"
    assert change != twins.synapse(1, 2)
    assert len({change, twins.synapse(1, 2, weight=0.5), twins.spike()}) == 2
    assert repr(twins.set(eta_ip=0.1)) == "twins.set(eta_ip=0.1)"
    assert twins.lesion(4) == twins.lesion([4])


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        (lambda n: twins.spike(UNITS), ParameterError, "unit = 60: must be an excitatory unit, below ne = 60"),
        (lambda n: twins.spike(-1), ParameterError, "unit = -1"),
        (lambda n: twins.spike("a"), ParameterError, "unit = 'a'"),
        (lambda n: twins.threshold(99, 0.1), ParameterError, "unit = 99"),
        (lambda n: twins.threshold(1, float("nan")), ParameterError, "delta = nan"),
        (lambda n: twins.threshold(1, 1e7), StateError, "Te"),
        (lambda n: twins.synapse(*missing(n)), ParameterError, "does not exist in W_EE"),
        (lambda n: twins.synapse(*existing(n), weight=0.5, new=True), ParameterError, "exists already in W_EE"),
        (lambda n: twins.synapse(*missing(n), new=True), ParameterError, "must be above 0"),
        (lambda n: twins.synapse(5, 5, weight=0.5, new=True), ParameterError, "no synapse onto itself"),
        (lambda n: twins.synapse(5), ParameterError, "both be given"),
        (lambda n: twins.synapse(60, 1), ParameterError, "pre = 60"),
        (lambda n: twins.synapse(weight=-1.0), ParameterError, "weight = -1.0"),
        (lambda n: twins.freeze("sdtp"), UnknownNameError, "stdp"),
        (lambda n: twins.freeze("ostdp"), ParameterError, "must be a rule that acts"),
        (lambda n: twins.freeze([]), ParameterError, "must be given the name"),
        (lambda n: twins.set(), ParameterError, "must be given a hyperparameter"),
        (lambda n: twins.set(eta_sdtp=0.1), UnknownKeywordError, "eta_stdp"),
        (lambda n: twins.set(eta_stdp=2.0), ParameterError, "eta_stdp = 2"),
        (lambda n: twins.set(eta_stdp="x"), ParameterError, "eta_stdp"),
        (lambda n: twins.set(ne=50), ShapeError, "ne = 50"),
        (lambda n: twins.lesion([1, 1]), ParameterError, "once"),
        (lambda n: twins.lesion([1, 60]), ParameterError, "unit = 60"),
        (lambda n: twins.lesion(), ParameterError, "a unit or more"),
        (lambda n: twins.lesion(drawn=61), ParameterError, "a lesion of 61 units"),
        (lambda n: 5, ParameterError, "must be a change"),
        (lambda n: [twins.spike(), "spike"], ParameterError, "must be a change"),
    ],
)
def test_a_change_that_cannot_be_is_refused(network, change, error, text) -> None:
    before = network.state
    with pytest.raises(error, match=text):
        network.twin(change(network))
    with pytest.raises(error, match=text):
        twins.divergence(network, change(network), pairs=2, steps=3)
    assert network.state == before


# --- many pairs -----------------------------------------------------------------------------------------------------


def pair_by_hand(start: Network, change, seed: int, pair: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances of activity and of weights, by NumPy, from two recorded runs."""
    one, other = start.copy(), start.twin(change, seed=seed, pair=pair)
    first = np.array([one.state["X"][:, 1] != other.state["X"][:, 1]]).sum(axis=1)
    records = ["E", "WEE", "TE"]
    a, b = (n.run(time_steps=steps, record=records) for n in (one, other))
    activity = np.concatenate([first, (a["E"] != b["E"]).sum(axis=1)])
    return activity, np.abs(a["WEE"] - b["WEE"]).sum(axis=(1, 2))


CHANGES = {
    "spike": twins.spike(),
    "synapse": twins.synapse(),
    "new": twins.synapse(weight=0.5, new=True),
    "threshold": twins.threshold(delta=0.2),
    "freeze": twins.freeze("ip"),
    "set": twins.set(eta_ip=0.02),
    "several": [twins.spike(3), twins.freeze(["stdp", "sp"])],
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_pair_equals_two_single_runs(network, kind) -> None:
    found = twins.divergence(network, CHANGES[kind], pairs=4, steps=30, skip=12, seed=8, state_stride=10)
    start = network.copy()
    for pair in range(4):
        activity, weights = pair_by_hand(start, CHANGES[kind], 8, pair, 30)
        assert_array_equal(found.activity[pair], activity)
        assert_allclose(found.states["weights"][pair][1:], weights[9::10], rtol=1e-12)
        assert found.starts[pair] == start.step_count
        apart = np.flatnonzero(activity)
        assert found.parted[pair] == (apart[0] if len(apart) else -1)
        again = -1 if len(apart) == 0 or apart[-1] == 30 else apart[-1] + 1
        assert found.met[pair] == again
        assert found.largest[pair] == activity.max()
        start.run(time_steps=12)
    assert_array_equal(found.mean, found.activity.mean(axis=0))
    assert_allclose(found.quantile(0.3), np.quantile(found.activity, 0.3, axis=0))
    assert_allclose(found.quantile(0.9, "weights"), np.quantile(found.states["weights"], 0.9, axis=0))


def test_the_derrida_map_is_that_of_all_pairs(network) -> None:
    found = twins.divergence(network, twins.spike(), pairs=30, steps=40, skip=5)
    before, after = found.activity[:, :-1].ravel(), found.activity[:, 1:].ravel()
    distances = np.unique(before)
    assert_allclose(found.derrida.distance, distances / UNITS)
    assert_allclose(found.derrida.next_distance, [after[before == d].mean() / UNITS for d in distances])
    assert_array_equal(found.derrida.samples, [(before == d).sum() for d in distances])
    assert found.derrida.slope == pytest.approx((before * after).sum() / (before**2).sum())
    # One pair has the map of Statistics, with the state at its start before the recorded steps.
    one = twins.divergence(network, twins.spike(2), pairs=1, steps=50)
    a, b = network.copy(), network.twin(twins.spike(2))
    trains = [np.vstack([n.state["X"][:, 1].astype(np.int8), n.run(time_steps=50, record=["E"])["E"]]) for n in (a, b)]
    alone = Statistics.derrida_map(*trains)
    for mine, theirs in zip(one.derrida, alone, strict=True):
        assert_array_equal(mine, theirs)
    assert_array_equal(one.activity[0], Statistics.hamming_distance(*trains))


def test_the_result_does_not_depend_on_threads(network) -> None:
    results = [
        twins.divergence(network, twins.spike(), pairs=21, steps=25, skip=4, threads=threads) for threads in (1, 2, 7)
    ]
    for other in results[1:]:
        for name in ("activity", "mean", "networks", "starts", "places", "parted", "met", "merged", "largest"):
            assert_array_equal(getattr(results[0], name), getattr(other, name))
        for name, values in results[0].states.items():
            assert_array_equal(values, other.states[name])
        assert_array_equal(results[0].derrida.samples, other.derrida.samples)


def test_several_networks_share_the_pairs(network) -> None:
    other = Network(**SIZE, seed=9)
    found = twins.divergence([network, other], twins.spike(), pairs=5, steps=10, skip=3, seed=1)
    assert_array_equal(found.networks, [0, 0, 1, 1, 1])
    activity, _ = pair_by_hand(other, twins.spike(), 1, 2, 10)
    assert_array_equal(found.activity[2], activity)
    assert found.starts[2] == 0


def test_inputs_and_the_settings_of_runs(network) -> None:
    inputs = np.random.default_rng(1).random((4, 3 * 6 + 20))
    found = twins.divergence(
        network, twins.spike(5), 4, 20, skip=6, inputs=inputs, phase="training", noise=False, stride=4
    )
    start = network.copy()
    settings = {"phase": "training", "noise": False}
    for pair in range(4):
        one, other = start.copy(), start.twin(twins.spike(5))
        drive = inputs[:, 6 * pair : 6 * pair + 20]
        a, b = (n.run(drive, record=["E"], **settings)["E"] for n in (one, other))
        assert_array_equal(found.activity[pair, 1:], (a != b).sum(axis=1)[3::4])
        start.run(inputs[:, 6 * pair : 6 * pair + 6], **settings)
    assert_array_equal(found.times, [0, 4, 8, 12, 16, 20])
    source = sorn.sources.Counting(n=2, pool_size=4)
    shown = twins.divergence(network, twins.spike(5), 2, 20, skip=6, inputs=source)
    one, other = network.copy(), network.twin(twins.spike(5))
    a, b = (n.run(source, time_steps=20, record=["E"])["E"] for n in (one, other))
    assert_array_equal(shown.activity[0, 1:], (a != b).sum(axis=1))


def test_lesioned_units_do_not_count(network) -> None:
    found = twins.divergence(network, twins.lesion([0, 30, 59]), pairs=1, steps=40)
    one, other = network.copy(), network.twin(twins.lesion([0, 30, 59]))
    a, b = (n.run(time_steps=40, record=["E", "TE"]) for n in (one, other))
    differs = a["E"] != b["E"]
    assert differs[:, [0, 30, 59]].any()
    left = np.delete(differs, [0, 30, 59], axis=1)
    assert_array_equal(found.activity[0, 1:], left.sum(axis=1))
    thresholds = np.delete(np.abs(a["TE"] - b["TE"]).reshape(40, UNITS), [0, 30, 59], axis=1).sum(axis=1)
    assert_allclose(found.states["thresholds"][0, 1:], thresholds[3::4], rtol=1e-12)


def test_a_rule_of_ones_own_acts_in_both(network) -> None:
    @sorn.rule(changes=["TE"])
    def drift(s, eta=0.01):
        s.set_te(np.array(s.units), s.te + eta * s.next_x[s.units.start : s.units.stop])

    start = Network(**SIZE, seed=3, rules=[drift], order=["stdp", "drift"])
    found = twins.divergence(start, twins.spike(4), pairs=2, steps=8, skip=2, threads=2)
    activity, _ = pair_by_hand(start, twins.spike(4), 0, 0, 8)
    assert_array_equal(found.activity[0], activity)


def test_growth_is_the_slope_of_the_logarithm(network) -> None:
    found = twins.divergence(network, twins.spike(), pairs=40, steps=20, skip=3)
    growth = found.growth(5)
    slope, intercept = np.polyfit(np.arange(6), np.log(found.mean[:6]), 1)
    assert (growth.first, growth.last) == (0, 5)
    assert growth.exponent == pytest.approx(slope)
    assert growth.intercept == pytest.approx(intercept)
    assert found.exponent == found.growth(10).exponent
    assert "40 pairs over 20 steps: 100% parted" in repr(found)
    assert "Derrida slope" in found._repr_html_()
    assert pickle.loads(pickle.dumps(found)).activity.sum() == found.activity.sum()


def test_equal_pairs_have_no_growth(network) -> None:
    found = twins.divergence(network, [], pairs=3, steps=20)
    assert not found.activity.any()
    assert found.growth() is None
    assert np.isnan(found.exponent)
    assert np.isnan(found.share_met)
    assert found.share_parted == 0.0
    assert found.derrida.slope is None
    assert (found.merged == 0).all()
    assert "0% parted; exponent nan" in repr(found)
    assert "undefined" in found._repr_html_()


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"pairs": 0}, ParameterError, "pairs = 0"),
        ({"steps": 0}, ParameterError, "steps = 0"),
        ({"skip": -1}, ParameterError, "skip = -1"),
        ({"stride": 0}, ParameterError, "stride = 0"),
        ({"state_stride": 0.5}, ParameterError, "state_stride = 0.5"),
        ({"threads": 0}, ParameterError, "threads = 0"),
        ({"freeze": "sdtp"}, UnknownNameError, "stdp"),
        ({"inputs": np.ones((4, 10))}, ShapeError, r"\(4, 10\)"),
        ({"inputs": np.ones((3, 2000))}, ShapeError, "inputs"),
        ({"network": 5}, ParameterError, "must be a sorn.Network"),
        ({"network": []}, ParameterError, "must be a sorn.Network"),
        ({"pairs": 10**7, "steps": 10**9}, ParameterError, "GB"),
    ],
)
@pytest.mark.filterwarnings("ignore:time_steps")
def test_wrong_settings_are_refused(network, arguments, error, text) -> None:
    with pytest.raises(error, match=text):
        twins.divergence(**({"network": network, "change": twins.spike(1), "pairs": 2, "steps": 20} | arguments))


def test_quantiles_refuse_what_they_cannot_find(network) -> None:
    found = twins.divergence(network, twins.spike(), pairs=3, steps=5)
    with pytest.raises(ParameterError, match="share = 2"):
        found.quantile(2)
    with pytest.raises(UnknownNameError, match="activity, weights, synapses, thresholds"):
        found.quantile(0.5, "weight")
    with pytest.raises(ParameterError, match="window = 1"):
        found.growth(1)


# --- the picture ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("picture_folder")
@pytest.mark.parametrize("log", [False, True])
def test_the_picture_shows_distances_and_the_map(network, log) -> None:
    found = twins.divergence(network, twins.spike(), pairs=30, steps=40, skip=5, stride=2)
    figure = Plotter.twin_divergence(found, log=log, savefig=True)
    left, right = figure.axes
    (mean,) = (line for line in left.lines if line.get_label() == "mean")
    assert_array_equal(mean.get_data(), [found.times, found.mean[::2]])
    assert left.get_yscale() == ("log" if log else "linear")
    assert_allclose(right.collections[0].get_offsets(), np.column_stack(found.derrida[:2]))
    assert f"slope {found.derrida.slope:.3g}" in [text.get_text() for text in right.get_legend().get_texts()]
    labels = [text.get_text() for text in left.get_legend().get_texts()]
    assert any("per step" in label for label in labels) == log
    plt.close("all")


@pytest.mark.usefixtures("picture_folder")
def test_a_picture_of_equal_twins(network) -> None:
    found = twins.divergence(network, [], pairs=3, steps=1)
    for log in (False, True):
        Plotter.twin_divergence(found, log=log)
    with pytest.raises(ParameterError, match="must be what"):
        Plotter.twin_divergence(found.activity)
    plt.close("all")
