"""Network and Parameters objects."""

from __future__ import annotations

import copy
import pickle

import h5py
import numpy as np
import pytest
import scipy.sparse
from conftest import same_arrays

import sorn
from sorn import Network, Parameters, Recordings, Simulator, StateDict


@pytest.fixture
def network() -> Network:
    return Network(ne=50, nu=4, seed=11)


class TestNetwork:
    def test_construction(self) -> None:
        assert Network(Parameters(ne=50), seed=1) == Network(ne=50, seed=1)
        assert Network(Parameters(ne=50), ni=5).parameters == Parameters(ne=50, ni=5)
        assert Network(ne=50).seed != Network(ne=50).seed

    def test_agrees_with_the_functions(self, network, inputs, state) -> None:
        recorded = network.run(inputs, record=["E", "C"])
        _, E, *_, C = Simulator.simulate_sorn(inputs, ne=50, seed=11)
        assert network.state == state
        np.testing.assert_array_equal(recorded["E"], E)
        np.testing.assert_array_equal(recorded["C"], C)
        assert (network.step_count, network.seed) == (30, 11)

    def test_steps_agree_with_a_run(self, network, inputs) -> None:
        other = network.copy()
        spikes = network.run(inputs, record=["E"])["E"]
        for t, u in enumerate(inputs.T):
            x = other.step(u)
            assert x.dtype == np.int8
            np.testing.assert_array_equal(x, spikes[t])
        assert other == network

    def test_step_options(self, network) -> None:
        assert network.step().shape == (50,)
        before = network.state
        network.step(np.ones(4), phase="training", noise=False)
        np.testing.assert_array_equal(network.state["Wee"], before["Wee"])
        network.step([1, 0, 0, 1], freeze="ip", noise=0.1)
        np.testing.assert_array_equal(network.state["Te"], before["Te"])
        noise = np.zeros(60)
        noise[3] = 100
        assert network.copy().step(noise=noise)[3] == 1
        assert network.copy().step(noise=noise[:, None])[3] == 1

    def test_recordings(self, network) -> None:
        recorded = network.run(time_steps=25, record=["E", "I", "R", "C", "WEE/10", "TE"])
        assert isinstance(recorded, Recordings)
        assert isinstance(recorded, dict)
        assert {key: (a.shape, a.dtype.name) for key, a in recorded.items()} == {
            "E": ((25, 50), "int8"),
            "I": ((25, 10), "int8"),
            "R": ((25, 50), "int8"),
            "C": ((25,), "int64"),
            "WEE": ((3, 50, 50), "float64"),
            "TE": ((25, 50), "float64"),
        }
        np.testing.assert_array_equal(recorded.steps("WEE"), [0, 10, 20])
        recorded = network.run(time_steps=10, record={"WEE": 10, "E": 1})
        np.testing.assert_array_equal(recorded.steps("WEE"), [30])
        np.testing.assert_array_equal(recorded.steps("E"), np.arange(25, 35))
        assert network.run(time_steps=3) == {}

    def test_spikes_change_by_one_in_either_direction(self, network, tmp_path) -> None:
        before = network.state["X"][:, 1]
        with network.run(time_steps=40, record=["E", "I"], out=tmp_path / "run.h5") as file:
            E = file["E"][:]
            assert file["E"].dtype == file["I"][3:5].dtype == np.int8
        for spikes in (E, Recordings.load(tmp_path / "run.h5")["E"], np.asarray(sorn.SpikeTrain(E))):
            assert spikes.dtype == np.int8
            assert set(np.unique(np.diff(spikes, axis=0))) == {-1, 0, 1}
        assert set(np.unique(network.step() - E[-1])) <= {-1, 0, 1}
        np.testing.assert_array_equal(np.diff(E, axis=0)[0] + E[0], E[1])
        assert before.dtype == np.float64
        with h5py.File(tmp_path / "run.h5") as plain:  # files stay as they were
            assert plain["recordings/E"].dtype == np.uint8
            np.testing.assert_array_equal(plain["recordings/E"][:], E)
        recordings = network.run(time_steps=5, record=["E"])
        network.save(tmp_path / "saved.h5", recordings)
        np.testing.assert_array_equal(Recordings.load(tmp_path / "saved.h5")["E"], recordings["E"])
        ensemble = sorn.ensemble(2, time_steps=10, seed=1, ne=50, record=["E"])
        assert ensemble[1].recordings["E"].dtype == np.int8

    def test_state_is_a_snapshot(self, network) -> None:
        before = network.state
        kept = copy.deepcopy(dict(before))
        network.run(time_steps=20)
        network.step()
        assert isinstance(before, StateDict)
        assert same_arrays(dict(before), kept)
        before["Te"][:] = 0.5
        assert network.state["Te"].mean() != 0.5

    def test_from_state(self, network, inputs, state) -> None:
        again = Network(state=state)
        assert (again.seed, again.step_count, again.parameters) == (11, 30, state.parameters)
        again.step()
        assert state.step == 30, "the snapshot stays"
        assert Network(state=dict(state), seed=4).seed == 4
        assert Network(state=state, seed=4).step_count == 30
        assert Network(state=state, eta_ip=0).parameters.eta_ip == 0

    def test_copies(self, network) -> None:
        for clone in (network.copy(), copy.copy(network), copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
            assert clone == network
            clone.step()
            assert clone != network
            assert network.step_count == 0
        assert network != 3
        assert network != Network(ne=50, nu=4, seed=12)

    def test_activity_can_be_shuffled(self) -> None:
        network = Network(variant="delpapa2017", ne=50, lambda_ee=10, seed=1)
        network.run(time_steps=30)
        copy, untouched = network.copy(), network.copy()
        before = network.state["X"].copy()
        network.shuffle_activity()
        after = network.state["X"]
        assert (after != before).any()
        assert sorted(map(tuple, after)) == sorted(map(tuple, before)), "units keep both columns"
        assert (untouched.state["X"] == before).all()
        copy.shuffle_activity()
        assert (copy.state["X"] == after).all()
        run = network.run(time_steps=20, record=["E"])["E"]
        assert (run == copy.run(time_steps=20, record=["E"], threads=2)["E"]).all()
        assert (run != untouched.run(time_steps=20, record=["E"])["E"]).any()

    def test_parameters_may_change_between_runs(self, network) -> None:
        network.parameters = network.parameters.replace(eta_ip=0.0)
        before = network.state["Te"]
        network.run(time_steps=10)
        np.testing.assert_array_equal(network.state["Te"], before)

    def test_sparse_weights(self, network) -> None:
        for key in ("Wee", "Wei", "Wie"):
            matrix = getattr(network, key)
            assert isinstance(matrix, scipy.sparse.csc_array)
            assert matrix.has_sorted_indices
            np.testing.assert_array_equal(matrix.toarray(), network.state[key])
        assert network.connection_counts == (network.Wee.nnz, network.Wei.nnz, network.Wie.nnz)

    def test_large_networks_need_no_dense_matrix(self) -> None:
        network = Network(ne=100_000, lambda_ee=10, lambda_ei=50, network_type_ie="Sparse", lambda_ie=0.01, seed=1)
        network.run(time_steps=3, record=["E"])
        assert network.Wee.shape == (100_000, 100_000)
        state = network.state
        sparse = state.sparse()
        assert sparse["Wee"].nnz == network.connection_counts[0]
        assert Network(state=sparse, seed=1, parameters=state.parameters).run(time_steps=1) == {}
        assert Simulator.simulate_sorn(time_steps=1, matrices=state, record=[])[0].step == 4
        assert pickle.loads(pickle.dumps(state)) == state

    def test_repr(self, network) -> None:
        ee, ei, ie = network.connection_counts
        expected = f"<Network ne=50, ni=10, synapses Wee {ee}, Wei {ei}, Wie {ie}; step 0, seed 11>"
        assert repr(network) == expected

    def test_no_hash(self, network) -> None:
        with pytest.raises(TypeError):
            hash(network)


class TestFiles:
    def test_round_trip(self, network, inputs, tmp_path) -> None:
        network.run(inputs)
        network.save(tmp_path / "network.h5")
        again = Network.load(tmp_path / "network.h5")
        assert again == network
        first, second = network.run(inputs, record=["E"]), again.run(inputs, record=["E"])
        assert same_arrays(dict(first), dict(second))
        assert again == network

    def test_recordings_are_kept(self, network, inputs, tmp_path) -> None:
        network.run(time_steps=7)
        recorded = network.run(inputs, record=["ExcitatoryActivation", "C", "WEE/10", "TE"], freeze=["sp"], noise=0.1)
        path = tmp_path / "result.h5"
        network.save(str(path), recorded)
        found = {}
        with h5py.File(path) as file:
            file.visititems(
                lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
            )
        for key in ("C", "TE"):
            name = next(name for name in found if name.split("/")[-1] == key or name.split("/")[-2:-1] == [key])
            np.testing.assert_array_equal(found[name], recorded[key])
        with sorn.open(path) as file:
            np.testing.assert_array_equal(file["WEE"], recorded["WEE"])
        assert Network.load(path) == network


class TestParameters:
    def test_attributes_and_defaults(self) -> None:
        p = Parameters()
        assert (p.ne, p.ni, p.nu, p.lambda_ee, p.network_type_ie) == (200, 40, 10, 20.0, "Dense")
        assert p.variant == "nambusubramaniyan2021"
        with pytest.raises(AttributeError):
            p.ne = 3
        with pytest.raises(AttributeError):
            p.nee  # noqa: B018

    def test_repr_can_be_evaluated(self) -> None:
        assert repr(Parameters()) == "Parameters()"
        p = Parameters(ne=np.int64(100), lambda_ee=10, network_type_ei="dense", ni=7)
        assert repr(p) == "Parameters(ne=100, ni=7, network_type_ei='Dense', lambda_ee=10.0)"
        assert eval(repr(p)) == p

    def test_value_semantics(self) -> None:
        assert Parameters(ne=100) == Parameters(ne=100.0)
        assert Parameters(ne=100) != Parameters(ne=101)
        assert Parameters() != 3
        assert len({Parameters(ne=100), Parameters(ne=100), Parameters()}) == 2
        p = Parameters(ne=100, mu_ip=0.1)
        assert pickle.loads(pickle.dumps(p)) == copy.deepcopy(p) == copy.copy(p) == p

    def test_dictionaries(self) -> None:
        p = Parameters(ne=100, mu_ip=0.1)
        values = p.to_dict()
        assert values["ne"] == 100
        assert values["ni"] is None
        assert type(values["ne"]) is int
        assert Parameters.from_dict(values) == p
        assert Parameters(**values) == p
        assert Parameters.from_dict({"ne": 100}) == Parameters(ne=100)

    def test_replace(self) -> None:
        p = Parameters(ne=100)
        q = p.replace(ne=50, nu=4)
        assert (q.ne, q.ni, q.nu) == (50, 10, 4)
        assert p.ne == 100
