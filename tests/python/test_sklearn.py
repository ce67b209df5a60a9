"""Reservoirs as estimators of scikit-learn."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator
from test_readme import blocks

import sorn
from sorn._sklearn.reservoir import _drive
from sorn.sklearn import (
    EXPECTED_FAILED_CHECKS,
    GainEncoder,
    SORNClassifier,
    SORNRegressor,
    SORNReservoir,
    SpikeEncoder,
    SymbolEncoder,
    ThermometerEncoder,
)


def letters(words: str) -> np.ndarray:
    return np.array(list(words))[:, np.newaxis]


def wave(steps: int, start: float = 0.0) -> np.ndarray:
    return np.sin(start + np.arange(steps) / 5)[:, np.newaxis]


# --- scikit-learn's own checks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "estimator",
    [
        SORNReservoir(units=50),
        SORNReservoir(units=50, encoder="thermometer", plasticity="on", state="both"),
        SORNClassifier(),
        SORNRegressor(),
        ThermometerEncoder(),
        GainEncoder(),
    ],
    ids=lambda one: type(one).__name__,
)
def test_estimators_pass_the_checks_of_scikit_learn(estimator):
    expected = EXPECTED_FAILED_CHECKS if "SORN" in type(estimator).__name__ else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # checks that give odd data
        results = check_estimator(estimator, expected_failed_checks=expected, on_fail=None)
    failed = {one["check_name"]: one["exception"] for one in results if one["status"] == "failed"}
    assert not failed
    assert len(results) > 30


def test_what_is_expected_to_fail_does():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(SORNReservoir(units=50), expected_failed_checks=EXPECTED_FAILED_CHECKS, on_fail=None)
    assert {one["check_name"] for one in results if one["status"] == "xfail"} == set(EXPECTED_FAILED_CHECKS)


# --- the reservoir is the network ------------------------------------------------------------------------------------


def test_states_are_those_of_the_network():
    x = wave(80)
    reservoir = SORNReservoir(
        60, encoder=SpikeEncoder(), pool_size=1, variant="delpapa2017", eta_ip=0.02, random_state=3
    )
    spikes = (x > [[-0.5, 0.0, 0.5]]).astype(float)
    found = reservoir.fit(spikes).transform(spikes)
    seed = reservoir.network_.seed
    network = sorn.Network(ne=60, nu=3, variant="delpapa2017", eta_ip=0.02, seed=seed)
    network.reset_activity()
    network.run(spikes.T, phase="plasticity")
    assert network == reservoir.network_
    network.reset_activity()
    np.testing.assert_array_equal(found, network.run(spikes.T, phase="training", noise=False, record=["E"])["E"])


def test_only_plasticity_on_learns_while_it_transforms():
    x = wave(400)
    kinds = {kind: SORNReservoir(60, plasticity=kind, random_state=1).fit(x) for kind in ("organise", "on", "off")}
    states = {kind: one.transform(x) for kind, one in kinds.items()}
    assert kinds["organise"].network_ == kinds["on"].network_
    assert kinds["off"].network_.step_count == 0
    assert (states["organise"] != states["on"]).any()
    assert (states["organise"] != states["off"]).any()
    for kind, one in kinds.items():  # a call leaves nothing behind
        np.testing.assert_array_equal(one.transform(x), states[kind])


def test_organise_steps_repeat_or_cut_the_series():
    x = [wave(30), wave(50)]
    assert SORNReservoir(40).fit(x).network_.step_count == 80
    assert SORNReservoir(40, organise_steps=1000).fit(x).network_.step_count == 1000
    assert SORNReservoir(40, organise_steps=35).fit(x).network_.step_count == 35


def test_partial_fit_goes_on():
    x = wave(100)
    reservoir = SORNReservoir(40, random_state=1).partial_fit(x)
    first = reservoir.network_
    assert first == SORNReservoir(40, random_state=1).fit(x).network_
    assert reservoir.partial_fit(x).network_.step_count == 200
    assert first.step_count == 100


def test_state_is_that_with_or_without_input_or_both():
    x = letters("ABC" * 40)
    usual = {"encoder": "symbols", "pool_size": 5, "random_state": 1}
    states = {name: SORNReservoir(60, state=name, **usual).fit(x).transform(x) for name in ("E", "R", "both")}
    np.testing.assert_array_equal(states["both"], np.hstack([states["E"], states["R"]]))
    assert states["E"][0].sum() >= 5  # the pool of A
    assert states["R"][0].sum() == 0  # all units are silent before the first step
    names = SORNReservoir(20, state="both").fit(wave(20)).get_feature_names_out()
    assert list(names) == [f"{kind}{unit}" for kind in "ER" for unit in range(20)]


# --- encoders --------------------------------------------------------------------------------------------------------


def test_symbols_are_one_channel_each():
    encoder = SymbolEncoder(unknown="silent").fit(letters("CAB"))
    np.testing.assert_array_equal(encoder.transform(letters("ABCX")), [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]])
    with pytest.raises(ValueError, match="X"):
        SymbolEncoder().fit(letters("CAB")).transform(letters("X"))
    two = SymbolEncoder().fit(np.array([[3, 7], [5, 7]]))
    np.testing.assert_array_equal(two.transform(np.array([[5, 7]])), [[0, 1, 1]])


def test_thermometers_have_rising_thresholds():
    encoder = ThermometerEncoder(levels=4).fit([[0.0, 10.0], [8.0, 10.0]])
    np.testing.assert_array_equal(encoder.thresholds_, [[1, 3, 5, 7], [10, 10, 10, 10]])
    np.testing.assert_array_equal(encoder.transform([[5.0, 9.0]]), [[1, 1, 1, 0, 0, 0, 0, 0]])
    values = np.array([[0.0], [1.0], [2.0], [100.0]])
    np.testing.assert_array_equal(
        ThermometerEncoder(levels=2, strategy="quantile").fit(values).thresholds_, [[0.75, 26.5]]
    )


def test_gains_rise_and_fall_around_preferred_values():
    encoder = GainEncoder(units_per_value=3, gain=2.0, offset=0.5).fit([[10.0], [20.0]])
    np.testing.assert_allclose(encoder.transform([[15.0]]), [[0.5 + 2, 0.5, 0.5 - 2]])
    np.testing.assert_allclose(encoder.transform([[20.0]]), [[0.5 + 4, 0.5 - 2, 0.5]])


def test_spikes_are_zeros_and_ones():
    with pytest.raises(sorn.StateError, match=r"0\.5"):
        SpikeEncoder().fit([[0.0], [0.5]])


def test_any_transformer_is_an_encoder():
    class Sign(StandardScaler):
        def transform(self, X):
            return np.hstack([super().transform(X) > 0, super().transform(X) < 0]).astype(float)

    reservoir = SORNReservoir(30, encoder=Sign(), pool_size=1).fit(wave(50))
    assert reservoir.pools_.shape == (2, 1)


def test_pools_share_units_only_if_they_must():
    x = letters("ABCDEF" * 5)
    reservoir = SORNReservoir(60, encoder="symbols", pool_size=10).fit(x)
    assert len(np.unique(reservoir.pools_)) == 60
    crowded = SORNReservoir(40, encoder="symbols", pool_size=10, h_ip=0.1, random_state=0).fit(x)
    assert all(len(set(pool)) == 10 for pool in crowded.pools_.tolist())
    both = np.array([[1.0, 1.0, 0, 0, 0, 0]])
    shared = np.intersect1d(*crowded.pools_[:2])
    assert len(shared)
    np.testing.assert_array_equal(_drive(both, crowded.pools_, crowded.network_)[shared, 0], 2.0)


# --- several series --------------------------------------------------------------------------------------------------


def test_several_series_are_those_one_by_one():
    series = [wave(40), wave(40, 1.0), wave(40, 2.0)]
    reservoir = SORNReservoir(40, random_state=1).fit(series)
    alone = [reservoir.transform(one) for one in series]
    for jobs in (None, 2):
        reservoir.set_params(n_jobs=jobs)
        for found, wanted in zip(reservoir.transform(series), alone, strict=True):
            np.testing.assert_array_equal(found, wanted)
        np.testing.assert_array_equal(reservoir.transform(np.stack(series)), np.stack(alone))


def test_groups_of_pandas_keep_the_order_of_rows():
    rows = pd.DataFrame({"session": list("xyxyxxyy"), "a": np.arange(8.0), "b": np.arange(8.0) % 3})
    groups = rows.groupby("session")
    reservoir = SORNReservoir(30, random_state=1).fit(groups)
    assert list(reservoir.feature_names_in_) == ["a", "b"]
    found = reservoir.transform(groups)
    for session in "xy":
        chosen = (rows.session == session).to_numpy()
        np.testing.assert_array_equal(found[chosen], reservoir.transform(rows.loc[chosen, ["a", "b"]]))
    frame = reservoir.set_output(transform="pandas").transform(groups)
    assert frame.index.equals(rows.index)


def test_groups_of_chosen_columns():
    rows = pd.DataFrame({"key": [1, 2] * 20, "a": np.sin(np.arange(40.0)), "b": np.arange(40.0) % 7})
    alone = SORNReservoir(30, random_state=1).fit(rows[["key", "a"]].groupby("key"))
    for groups in (rows.groupby("key")[["a"]], rows.groupby("key")["a"], rows.groupby("key", as_index=False)[["a"]]):
        reservoir = SORNReservoir(30, random_state=1).fit(groups)
        assert list(reservoir.feature_names_in_) == ["a"]
        assert reservoir.network_ == alone.network_
    with_keys = SORNReservoir(30, random_state=1).fit(rows.groupby("key", as_index=False))
    assert list(with_keys.feature_names_in_) == ["a", "b"]  # not the key
    by_other = rows[["a", "b"]].groupby(pd.Series([1, 2] * 20, name="a"))  # a key that has the name of a column
    assert list(SORNReservoir(30).fit(by_other).feature_names_in_) == ["a", "b"]
    targets = rows.groupby("key")["b"]
    model = SORNRegressor(SORNReservoir(30, random_state=1))
    found = model.fit(rows.groupby("key")[["a"]], targets).predict(rows.groupby("key")["a"])
    expected = model.fit(rows.groupby("key")[["a"]], rows.b).predict(rows.groupby("key")["a"])
    np.testing.assert_array_equal(found, expected)


def test_rows_without_a_group_are_refused():
    rows = pd.DataFrame({"key": [1.0, np.nan, 2.0, np.nan, 2.0], "a": np.arange(5.0)})
    with pytest.raises(sorn.StateError, match="2 rows of X have no group"):
        SORNReservoir(30).fit(rows.groupby("key"))
    with pytest.raises(sorn.ShapeError, match="no columns besides the keys"):
        SORNReservoir(30).fit(rows[["a"]].groupby("a"))
    with pytest.raises(sorn.ShapeError, match="X has no rows"):
        SORNReservoir(30).fit(rows[:0].groupby("key"))
    kinds = pd.DataFrame({"key": pd.Categorical(["u", "v", "u"], categories=["u", "v", "w"]), "a": np.arange(3.0)})
    found = SORNReservoir(30, random_state=1).fit_transform(kinds.groupby("key", observed=False))  # no row has w
    assert found.shape == (3, 30)


def test_an_array_of_objects_is_a_list_of_series():
    several = np.empty(2, dtype=object)
    several[:] = [wave(30), wave(20)]
    reservoir = SORNReservoir(30, random_state=1).fit(several)
    assert reservoir.network_ == SORNReservoir(30, random_state=1).fit(list(several)).network_
    assert [len(one) for one in reservoir.transform(several)] == [30, 20]


def test_output_can_be_pandas():
    frame = pd.DataFrame({"a": np.sin(np.arange(30.0))}, index=np.arange(30) * 10)
    reservoir = SORNReservoir(20, random_state=1).set_output(transform="pandas").fit(frame)
    found = reservoir.transform(frame)
    assert found.index.equals(frame.index)
    assert list(found.columns[:2]) == ["E0", "E1"]
    assert [type(one) for one in reservoir.transform([frame, frame])] == [pd.DataFrame] * 2
    columns = make_column_transformer((clone(reservoir), ["a"])).set_output(transform="pandas")
    assert columns.fit_transform(frame).shape == (30, 20)


# --- learning --------------------------------------------------------------------------------------------------------

COUNTING = letters("".join(np.random.default_rng(0).choice(["ABBBBC", "DEEEEF"], 400)))


def test_a_classifier_counts_letters():
    after = np.roll(COUNTING[:, 0], -1)
    reservoir = SORNReservoir(100, encoder="symbols", pool_size=10, organise_steps=10_000)
    model = SORNClassifier(reservoir, washout=20, random_state=1).fit(COUNTING[:1800], after[:1800])
    x, y = COUNTING[1800:-1], after[1800:-1]
    last = np.isin(y, ["C", "F"])
    answers = model.predict(x)
    assert (answers[last] == y[last]).mean() > 0.9  # a readout that counts nothing says the middle letter
    assert model.score(x, y) == (answers[20:] == y[20:]).mean()
    assert model.predict_proba(x).shape == (len(x), 6)
    assert list(model.classes_) == list("ABCDEF")


def test_a_label_for_each_series():
    draw = np.random.default_rng(1)
    series = [letters("".join(draw.permutation(list("AAAB" if k % 2 else "ABBB")))) for k in range(60)]
    labels = np.array(["more A" if k % 2 else "more B" for k in range(60)])
    model = SORNClassifier(SORNReservoir(60, encoder="symbols", pool_size=5, random_state=0))
    assert model.fit(series[:40], labels[:40]).score(series[40:], labels[40:]) > 0.9
    assert model.predict(np.stack(series[40:])).shape == (20,)
    assert model.predict_proba(series[40:]).shape == (20, 2)
    with pytest.raises(sorn.StateError, match="several"):
        model.predict(series[0])
    model.set_params(pooling="last", readout=LogisticRegression(C=10))
    assert model.fit(series, labels).readout_.C == 10


def test_a_regressor_follows_a_wave():
    x = wave(600)
    y = np.hstack([np.roll(x, -3), np.roll(x, 3)])
    model = SORNRegressor(SORNReservoir(100, organise_steps=5000, random_state=1), washout=50)
    assert model.fit(x[:400], y[:400]).score(x[400:590], y[400:590]) > 0.75  # from the input alone .68
    assert model.predict(x[:20]).shape == (20, 2)
    parts = [x[:200], x[200:350]]
    answers = SORNRegressor(random_state=1).fit(parts, [y[:200], y[200:350]]).predict(parts)
    assert [one.shape for one in answers] == [(200, 2), (150, 2)]


def test_grid_search_over_hyperparameters_and_variants():
    after = np.roll(COUNTING[:, 0], -1)
    model = SORNClassifier(SORNReservoir(60, encoder="symbols", pool_size=8, random_state=0))
    search = GridSearchCV(
        model,
        {
            "reservoir__eta_stdp": [0.001, 0.004],
            "reservoir__variant": ["sorn_v2_tasks", "lazar2009"],
            "reservoir__h_ip": [0.1],
        },
        cv=TimeSeriesSplit(2, max_train_size=400, test_size=200),
    ).fit(COUNTING[:1000], after[:1000])
    assert search.best_estimator_.reservoir_.network_.parameters.variant == search.best_params_["reservoir__variant"]
    found = search.best_estimator_.reservoir_.network_.parameters.eta_stdp
    assert found == search.best_params_["reservoir__eta_stdp"]
    series = [COUNTING[k : k + 60] for k in range(0, 600, 60)]
    targets = [after[k : k + 60] for k in range(0, 600, 60)]
    assert cross_val_score(model, series, targets, cv=2).shape == (2,)


def test_in_a_pipeline():
    x = wave(200)
    model = make_pipeline(StandardScaler(), SORNReservoir(60, organise_steps=3000, random_state=1), Ridge())
    assert model.fit(x[:-5], x[5:, 0]).score(x[:-5], x[5:, 0]) > 0.5  # from the input alone .29


def test_same_random_state_same_bits_and_copies_know_what_they_learned():
    x = wave(100)
    first, second = (SORNReservoir(40, random_state=7).fit(x) for _ in range(2))
    assert first.network_ == second.network_
    assert first.network_ != SORNReservoir(40, random_state=8).fit(x).network_
    again = pickle.loads(pickle.dumps(first))
    np.testing.assert_array_equal(again.transform(x), first.transform(x))
    assert not hasattr(clone(first), "network_")
    assert clone(SORNReservoir(eta_ip=0.5)).eta_ip == 0.5


# --- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": 0}, "units = 0"),
        ({"pool_size": 41}, "pool_size = 41"),
        ({"plasticity": "maybe"}, "plasticity = 'maybe'.*organise, on, off"),
        ({"noise": "loud"}, "noise = 'loud'"),
        ({"state": "x"}, "state = 'x'"),
        ({"organise_steps": 0}, "organise_steps = 0"),
        ({"encoder": "thermometr"}, "encoder = 'thermometr'.*thermometer"),
        ({"encoder": 3}, "encoder is of type int"),
        ({"encoder": ThermometerEncoder(levels=0)}, "levels = 0"),
        ({"encoder": ThermometerEncoder(strategy="x")}, "strategy = 'x'"),
        ({"encoder": SymbolEncoder(unknown="x")}, "unknown = 'x'"),
        ({"encoder": GainEncoder(gain=np.nan)}, "gain = nan"),
        ({"variant": "zheng2012"}, "zheng2013"),
        ({"eta_stdp": -1}, "eta_stdp"),
        ({"freeze": "stpd"}, "stdp"),
    ],
)
def test_errors_name_the_value_and_the_rule(change, message):
    reservoir = SORNReservoir(40).set_params(**change)
    with pytest.raises(ValueError, match=message):
        reservoir.fit(wave(20))
    assert not hasattr(reservoir, "network_")


def test_other_errors():
    with pytest.raises(TypeError, match="eta_stdp"):
        SORNReservoir(eta_stpd=1)
    with pytest.raises(ValueError, match="ne = 3: follows from units"):
        SORNReservoir(ne=3)
    with pytest.raises(ValueError, match="must be less than the steps"):
        SORNRegressor(washout=20).fit(wave(20), wave(20))
    with pytest.raises(ValueError, match="one for each of 2 series"):
        SORNRegressor().fit([wave(20)] * 2, [wave(20)] * 3)
    with pytest.raises(ValueError, match="series of 19 steps"):
        SORNRegressor().fit([wave(20)] * 2, [wave(20), wave(19)])
    with pytest.raises(ValueError, match="must be a classifier"):
        SORNClassifier(readout=Ridge()).fit(wave(20), np.arange(20) % 2)
    with pytest.raises(ValueError, match="must be a regressor"):
        SORNRegressor(readout=SGDClassifier()).fit(wave(20), np.arange(20) % 2)
    for readout in ("ridge", Ridge):
        with pytest.raises(sorn.ParameterError, match=r"readout is of type (str|Ridge): must be a classifier"):
            SORNClassifier(readout=readout).fit(wave(20), np.arange(20) % 2)
    with pytest.raises(sorn.ShapeError, match="different lengths: each series must have the shape"):
        SORNReservoir().fit([wave(20)[:, 0], wave(10)[:, 0]])
    with pytest.raises(sorn.StateError, match=r"y has values such as 'up'.*SORNClassifier takes labels"):
        SORNRegressor().fit(wave(20), ["up", "down"] * 10)
    with pytest.raises(sorn.ParameterError, match=r"washout = 10: .*; the longest has 5"):
        SORNRegressor(washout=10).fit(wave(20), wave(20)).score(wave(5), wave(5))


@pytest.mark.parametrize("encoder", ["gains", "thermometer", "spikes"])
def test_letters_need_their_encoder(encoder):
    with pytest.raises(sorn.StateError, match=r"X has the value 'B': .*Encoder takes numbers; encoder='symbols'"):
        SORNReservoir(30, encoder=encoder).fit(np.array([["1"], ["B"]], dtype=object))
    with pytest.raises(sorn.StateError, match=r"'Z'.*unknown='silent'"):
        SORNReservoir(30, encoder="symbols").fit(letters("AB")).transform(letters("AZ"))


def test_names_have_no_parameters():
    with pytest.raises(sorn.ParameterError, match="reservoir__units is given, but reservoir = None"):
        SORNRegressor().set_params(reservoir__units=20)
    with pytest.raises(sorn.ParameterError, match="encoder__levels is given, but encoder = 'gains'"):
        SORNReservoir().set_params(encoder__levels=4)
    both = SORNRegressor().set_params(reservoir=SORNReservoir(), reservoir__encoder=ThermometerEncoder())
    assert both.set_params(reservoir__units=20, reservoir__encoder__levels=3).reservoir.units == 20


def test_weights_of_samples_are_cut_as_the_targets_are():
    model = SORNRegressor(SORNReservoir(30, random_state=1), washout=10).fit([wave(40)] * 2, [wave(40)[:, 0]] * 2)
    weights = [np.arange(40.0), 40.0 - np.arange(40)]
    y = [wave(40, 1.0)[:, 0], wave(40, 2.0)[:, 0]]
    found = np.concatenate([one[10:] for one in model.predict([wave(40)] * 2)])
    expected = r2_score(
        np.concatenate([one[10:] for one in y]), found, sample_weight=np.concatenate([one[10:] for one in weights])
    )
    assert model.score([wave(40)] * 2, y, sample_weight=weights) == pytest.approx(expected)
    assert expected != pytest.approx(model.score([wave(40)] * 2, y))
    with pytest.raises(sorn.ShapeError, match="sample_weight has a series of 39 steps"):
        model.score([wave(40)] * 2, y, sample_weight=[np.ones(40), np.ones(39)])


@pytest.mark.parametrize(("given", "rate"), [({}, 0.1), ({"h_ip": 0.3}, 0.3)])
@pytest.mark.parametrize("variant", ["lazar2009", "hartmann2015", "sorn_v2_tasks"])
def test_the_target_rate_follows_no_number_of_units(variant, given, rate):
    fitted = SORNReservoir(40, variant=variant, random_state=1, **given).fit(wave(20)).network_.parameters
    assert (fitted.nu, fitted.h_ip) == (20, rate)  # 2 * nu / ne would be 1


def test_a_failed_partial_fit_leaves_the_network():
    reservoir = SORNReservoir(40, random_state=1).fit(wave(50))
    with pytest.raises(ValueError, match="NaN"):
        reservoir.partial_fit([[np.nan]])
    assert reservoir.network_.step_count == 50


@pytest.mark.slow
def test_the_page_runs(capsys):
    namespace: dict[str, object] = {}
    for block in blocks("{code-cell} python", "docs/sklearn.md"):
        exec(compile(block, "sklearn.md", "exec"), namespace)
    plt.close("all")
    scores = namespace["scores"]
    assert np.mean(scores["organised itself"]) > np.mean(scores["as it was drawn"]) + 0.2
    assert "check_methods_subset_invariance" in capsys.readouterr().out


def test_the_package_alone_imports_no_scikit_learn():
    code = "import sorn, sys; assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    code = "import sys; sys.modules['sklearn'] = None\nimport sorn.sklearn"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert "pip install 'sorn[sklearn]'" in found.stderr
