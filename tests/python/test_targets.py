"""The target rate of intrinsic plasticity, what no unit can reach, and inputs that look transposed."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import sorn
from sorn import Initializer, Network, ParameterError, Parameters, ShapeError, Simulator, StateDict, Trainer

RNG = np.random.default_rng(1)
FEW = RNG.random((60, 3))  # 2 * 60 / 200 can be reached
MANY = RNG.random((150, 3))  # 2 * 150 / 200 cannot

PLASTIC_CALLS = {
    "simulate_sorn": lambda inputs, **more: Simulator.simulate_sorn(inputs, **more),
    "run": lambda inputs, **more: Simulator.run(inputs, **more),
    "train_sorn": lambda inputs, **more: Trainer.train_sorn(inputs, phase="plasticity", **more),
    "Trainer.run": lambda inputs, **more: Trainer.run(inputs, phase="plasticity", **more),
    "ensemble": lambda inputs, **more: sorn.ensemble(2, inputs, **more),
}


@pytest.fixture(params=PLASTIC_CALLS)
def call(request):
    return PLASTIC_CALLS[request.param]


def test_default_target_rate_follows_nu_and_ne() -> None:
    assert Parameters(ne=1000).h_ip == 0.02
    assert Parameters(ne=1000).to_dict()["h_ip"] is None
    assert Parameters(ne=1000, h_ip=0.1).h_ip == 0.1
    assert Parameters(ne=1000, h_ip=0.1).replace(h_ip=None) == Parameters(ne=1000)
    assert Parameters.from_dict(Parameters(h_ip=0.3).to_dict()) == Parameters(h_ip=0.3)
    assert repr(Parameters(h_ip=0.3, sp_weight=0.01)) == "Parameters(h_ip=0.3, sp_weight=0.01)"
    # What an earlier version pickled or wrote as a dictionary has none of the three.
    assert Parameters.from_dict({"ne": 200, "ni": None}) == Parameters()
    for bad in (0, 1, 1.5, -0.1, np.nan, True, "much"):
        with pytest.raises(ParameterError, match=r"h_ip = .*: must be a number above 0 and below 1"):
            Parameters(h_ip=bad)


def test_a_given_target_rate_holds_for_any_size() -> None:
    small = Network(ne=300, h_ip=0.1, nu=1, mu_ip=0.1, seed=1)
    small.run(time_steps=1000)
    assert small.run(time_steps=1000, record=["E"])["E"].mean() == pytest.approx(0.1, abs=0.02)


def test_the_target_rate_is_part_of_the_state(tmp_path) -> None:
    given = {"h_ip": 0.2, "sp_probability": 1.0, "sp_weight": 0.05, "te_min": -0.5, "ti_min": -0.2}
    state, *_ = Simulator.simulate_sorn(time_steps=3, seed=1, **given)
    assert state.parameters == Parameters(**given)
    network = Network(state=state)
    network.save(tmp_path / "a.h5")
    assert Network.load(tmp_path / "a.h5").parameters == Parameters(**given)
    assert StateDict(dict(state), parameters=state.parameters).parameters == Parameters(**given)


def test_probability_and_weight_of_structural_plasticity() -> None:
    network = Network(sp_probability=1.0, sp_weight=0.5, seed=1)
    before = network.Wee.sum()
    network.run(time_steps=100, freeze=["stdp", "ip", "istdp", "ss"])
    assert network.Wee.sum() - before == pytest.approx(50)
    before = network.connection_counts
    network.parameters = network.parameters.replace(sp_probability=0)
    network.run(time_steps=100, freeze=["stdp", "ip", "istdp", "ss"])
    assert network.connection_counts == before


def test_unreachable_target_rates_are_refused(call) -> None:
    with pytest.raises(
        ParameterError, match=r"H_IP = 2\*nu/ne = 1.5, from nu = 150 and ne = 200: must be below 1"
    ) as e:
        call(MANY)
    assert "inputs of 150 features and 3 steps look transposed" in str(e.value)
    assert "give h_ip, such as 0.1, or ne above 300, or freeze 'ip'" in str(e.value)
    for more in (
        {"h_ip": 0.1, "nu": 150},
        {"ne": 301, "nu": 150},
        {"freeze": ["ip"], "nu": 150},
        {"eta_ip": 0, "nu": 150},
    ):
        call(MANY, **more)


def test_unreachable_target_rates_of_one_hot_inputs() -> None:
    inputs, _ = Initializer.multi_one_hot_inp(200, list(range(20)), 10, seed=1)
    with pytest.raises(ParameterError, match=r"= 2, from nu = 200 and ne = 200.*give h_ip") as e:
        Simulator.simulate_sorn(inputs, ne=200)
    assert "transposed" in str(e.value)
    Simulator.simulate_sorn(inputs, nu=200, h_ip=0.1)
    wide = np.tile(inputs, 11)  # 220 steps: nothing looks transposed
    with pytest.raises(ParameterError, match="give h_ip") as e:
        Simulator.simulate_sorn(wide)
    assert "transposed" not in str(e.value)


def test_unreachable_target_rates_are_accepted_in_the_training_phase() -> None:
    network = Network(nu=150, seed=1)
    network.run(MANY, phase="training")
    before = network.state
    for run in (network.run, lambda inputs: network.step(inputs[:, 0])):
        with pytest.raises(ParameterError, match="give h_ip"):
            run(MANY)
    assert network.state == before
    network.parameters = network.parameters.replace(h_ip=0.1)
    network.run(MANY)


def test_files_with_unreachable_target_rates_can_be_loaded(tmp_path) -> None:
    network = Network(nu=150, seed=1)
    network.run(time_steps=20, phase="training")
    network.save(tmp_path / "old.h5")
    loaded = Network.load(tmp_path / "old.h5")
    assert loaded.parameters.h_ip == 1.5
    with sorn.open(tmp_path / "old.h5") as result:
        assert Network(state=result.state) == loaded
    with pytest.raises(ParameterError, match="give h_ip"):
        loaded.run(time_steps=1)


def test_inputs_that_look_transposed_give_a_warning(call) -> None:
    with pytest.warns(
        UserWarning, match=r"inputs has shape \(60, 3\), 60 features and 3 steps: is it transposed\?"
    ) as w:
        call(FEW)
    assert [warning.filename for warning in w] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        call(FEW.T)
        call(FEW, nu=60)
        call(FEW, parameters=Parameters(nu=60))
        call(FEW[:, :1])  # one step of a loop
        call(RNG.random((10, 2)))
        call(RNG.random((60, 60)))


def test_a_continued_network_warns_once() -> None:
    with pytest.warns(UserWarning, match="transposed"):
        state, *_ = Simulator.simulate_sorn(FEW, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Simulator.simulate_sorn(FEW, matrices=state)


def test_the_error_of_a_wrong_number_of_rows_suggests_to_transpose() -> None:
    for run in (
        lambda: Simulator.simulate_sorn(FEW, nu=3),
        lambda: Network(nu=3, seed=1).run(FEW),
        lambda: sorn.ensemble(2, FEW, nu=3),
        lambda: Simulator.simulate_sorn(RNG.random((500, 3))),
    ):
        with pytest.raises(ShapeError, match="yours look transposed"):
            run()


@pytest.mark.parametrize(
    "bounds", [{"te_min": -0.5}, {"te_min": -1.0, "te_max": -0.2}, {"ti_min": -0.5, "ti_max": -0.1}]
)
def test_thresholds_may_be_negative(bounds: dict[str, float]) -> None:
    parameters = Parameters(h_ip=0.05, eta_ip=0.1, **bounds)
    network = Network(parameters, seed=3)
    for key, low, high in (("Te", "te_min", "te_max"), ("Ti", "ti_min", "ti_max")):
        drawn = network.state[key]
        assert np.all((drawn >= getattr(parameters, low)) & (drawn <= getattr(parameters, high)))
    te = network.run(time_steps=200, record=["TE"])["TE"]
    assert np.all((te >= parameters.te_min) & (te <= parameters.te_max))
    if "te_min" in bounds:
        assert te.min() < 0


def test_negative_thresholds_against_the_equations() -> None:
    """Steps 1 to 6 and 9 of the model in a few lines of numpy, bit for bit."""
    p = Parameters(ne=30, nu=3, lambda_ee=6, lambda_ei=10, te_min=-0.4, te_max=0.3, ti_min=-0.3, ti_max=0.4, h_ip=0.15)
    network = Network(p, seed=5)
    s = {key: np.array(value) for key, value in network.state.items()}
    inputs = RNG.choice([0.0, 0.5], (3, 150))
    noise = RNG.normal(0, 0.05, (36, 150))
    for t in range(150):
        x, y, te = s["X"][:, 1].copy(), s["Y"][:, 1].copy(), s["Te"][:, 0]
        u = np.concatenate([inputs[:, t], np.zeros(27)])

        def drive(weights, activity):
            total = np.zeros(weights.shape[1])
            for row, a in zip(weights, activity, strict=True):
                total = total + row * a
            return total

        e = (drive(s["Wee"], x) - drive(s["Wei"], y)) + noise[:30, t]
        new_x = ((e + u) - te > 0).astype(float)
        new_y = ((drive(s["Wie"], x) + noise[30:, t]) - s["Ti"][:, 0] > 0).astype(float)
        change = 0.004 * (np.outer(x, new_x) - np.outer(new_x, x))
        s["Wee"] = np.where(s["Wee"] > 0, np.clip(s["Wee"] + change, 0, 1), 0)
        s["Te"] = np.clip(te + 0.01 * (new_x - 0.15), -0.4, 0.3)[:, None]
        for key in ("Wee", "Wei"):
            total = drive(s[key], np.ones(len(s[key])))
            s[key] = s[key] / np.where(total == 0, 1, total)
        s["X"] = np.stack([x, new_x], axis=1)
        s["Y"] = np.stack([y, new_y], axis=1)
    network.run(inputs, noise=noise, freeze=["sp", "istdp"])
    after = network.state
    for key, value in s.items():
        np.testing.assert_array_equal(after[key], value, err_msg=key)
