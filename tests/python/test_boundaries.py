"""Where values are just too large or too small, and where plain objects meet ours."""

from pathlib import Path

import numpy as np
import pytest

import sorn
from sorn import Network, Parameters, Simulator, StateDict

TINY = {
    "Wee": [[0, 1], [1, 0]],
    "Wei": [[1, 1]],
    "Wie": [[1], [1]],
    "Te": [0.5, 0.5],
    "Ti": [0.5],
    "X": [[0, 1], [0, 0]],
    "Y": [[0, 0]],
}


def test_a_tiny_hand_made_network_runs() -> None:
    state, E, *_ = Simulator.simulate_sorn(matrices=TINY, noise=False, time_steps=1, freeze=["sp"], h_ip=0.1)
    # Unit 0 fired, so unit 1 receives weight 1 > 0.5; nobody drives unit 0.
    np.testing.assert_array_equal(E, [[0, 1]])
    assert state.parameters.nu == 2


@pytest.mark.parametrize("mu_ip", [0, 1e-310, 9e-7])
def test_too_small_mu_ip_is_refused(mu_ip: float) -> None:
    with pytest.raises(sorn.ParameterError, match=r"mu_ip = .*must be a number in \[1e-06, 1\]"):
        Simulator.simulate_sorn(time_steps=1, mu_ip=mu_ip)


@pytest.mark.parametrize(("key", "value"), [("Wee", 1e7), ("Wei", 1e308), ("Wie", 1e200), ("Te", 1e200), ("Ti", -1e7)])
def test_oversized_entries_are_refused(key: str, value: float) -> None:
    matrices = {name: np.array(entry, dtype=float) for name, entry in TINY.items()}
    matrices[key].flat[1 if key == "Wee" else 0] = value
    with pytest.raises(sorn.StateError, match=rf"{key}\[.*must (be at most|lie in)"):
        Simulator.simulate_sorn(matrices=matrices, time_steps=1, h_ip=0.1)


def test_too_large_lambda_is_refused_even_if_no_network_is_built() -> None:
    state = Network(ne=50, seed=1).state
    with pytest.raises(sorn.ParameterError, match="lambda_ee = 55: must be at most ne - 1 = 49"):
        Simulator.simulate_sorn(matrices=state, time_steps=1, lambda_ee=55)
    with pytest.raises(sorn.ParameterError, match="lambda_ei"):
        Parameters(ne=50, lambda_ei=60)


def test_network_methods_suggest_the_nearest_keyword() -> None:
    network = Network(ne=50, seed=1)
    with pytest.raises(sorn.UnknownKeywordError, match=r"run\(\) has no argument 'timesteps'.*'time_steps'"):
        network.run(timesteps=3)
    with pytest.raises(sorn.UnknownKeywordError, match=r"step\(\) has no argument 'nois'.*'noise'"):
        network.step(nois=False)
    assert network.step_count == 0


def test_arrays_without_dimensions_are_numbers() -> None:
    assert len(Simulator.simulate_sorn(ne=np.array(50), eta_stdp=np.array(0.01), time_steps=np.array(5))[1]) == 5
    with pytest.raises(sorn.ParameterError, match="ne"):
        Parameters(ne=np.array([50]))


def test_numbers_beyond_float64_are_refused() -> None:
    with pytest.raises(sorn.StateError, match="inputs"):
        Simulator.simulate_sorn([[10**400]])


def test_changed_recordings_are_not_saved(tmp_path: Path) -> None:
    network = Network(ne=50, seed=1)
    recordings = network.run(time_steps=20, record=["E"])
    recordings["E"] = recordings["E"][:3]
    with pytest.raises(sorn.StateError, match="changed since the run"):
        network.save(tmp_path / "run.h5", recordings)
    assert not list(tmp_path.iterdir())


def test_odd_paths(tmp_path: Path) -> None:
    network = Network(ne=50, seed=1)
    network.save(str(tmp_path / "a.h5").encode())
    assert Network.load(tmp_path / "a.h5") == network
    for path in (3, None, "a\0b"):
        with pytest.raises(sorn.ParameterError, match="path"):
            network.save(path)
    with pytest.raises(sorn.ParameterError, match="mapping"):
        Parameters.from_dict([1])


def test_a_copy_shares_its_arrays_independently_of_the_order_of_reading() -> None:
    state = Network(ne=50, seed=1).state
    copied = state.copy()
    copied["Te"][0] = 0.25
    assert state["Te"][0] == 0.25


def test_a_file_edited_with_h5py_loads(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    network = Network(ne=50, seed=1)
    network.save(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file["run"].attrs.modify("phase", "training")
    assert Network.load(tmp_path / "a.h5") == network


def test_a_state_from_arrays_seed_step_and_parameters_continues_like_the_original() -> None:
    state = Network(ne=50, seed=7, mu_ip=0.1).state
    state = Simulator.simulate_sorn(matrices=state, time_steps=20)[0]
    again = StateDict(dict(state), seed=state.seed, step=state.step, parameters=state.parameters)
    expected = Simulator.simulate_sorn(matrices=state, time_steps=30)
    actual = Simulator.simulate_sorn(matrices=again, time_steps=30)
    assert actual[0] == expected[0]
    np.testing.assert_array_equal(actual[1], expected[1])
