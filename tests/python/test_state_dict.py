"""A StateDict behaves as the dictionary that it is, and hands back exactly what it holds."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse
from conftest import STATE_KEYS, same_arrays

from sorn import Network, Parameters, Simulator, StateDict, StateError, Trainer

SHAPES = {"Wee": (50, 50), "Wei": (10, 50), "Wie": (50, 10), "Te": (50, 1), "Ti": (10, 1), "X": (50, 2), "Y": (10, 2)}


def continued(state, inputs, **options):
    """Where a plastic run with noise leads from a state."""
    return Simulator.simulate_sorn(inputs, matrices=state, **options)


class TestAsDictionary:
    def test_keys_shapes_and_types(self, state: StateDict) -> None:
        assert isinstance(state, dict)
        assert list(state) == list(state.keys()) == STATE_KEYS
        assert len(state) == 7
        assert {key: array.shape for key, array in state.items()} == SHAPES
        assert all(type(array) is np.ndarray and array.dtype == np.float64 for array in state.values())
        assert all(array.flags.writeable and array.flags.c_contiguous for array in state.values())

    def test_reading_twice_gives_the_same_array(self, state: StateDict) -> None:
        assert state["Wee"] is state["Wee"]
        assert state.get("Wee") is state["Wee"]
        assert state.setdefault("Wee", None) is state["Wee"]
        assert next(iter(state.values())) is state["Wee"]
        assert dict(state.items())["Wee"] is state["Wee"]

    @pytest.mark.parametrize(
        "convert",
        [
            dict,
            lambda s: {**s},
            lambda s: dict(**s),
            lambda s: dict(s.items()),
            lambda s: {} | s,
            lambda s: dict(zip(s.keys(), s.values(), strict=True)),
            lambda s: (lambda **kw: kw)(**s),
            lambda s: {k: s[k] for k in s},
        ],
    )
    def test_every_way_to_a_plain_dictionary_reads_the_arrays(self, state: StateDict, convert) -> None:
        plain = convert(state)
        assert type(plain) is dict
        assert all(isinstance(array, np.ndarray) for array in plain.values())
        assert same_arrays(plain, state)

    def test_update_of_another_dictionary_reads_the_arrays(self, state: StateDict) -> None:
        plain: dict = {}
        plain.update(state)
        assert same_arrays(plain, state)
        plain = {"a": 1}
        plain |= state
        assert isinstance(plain["Wee"], np.ndarray)

    def test_changing(self, state: StateDict) -> None:
        state["Te"] = np.zeros((50, 1))
        assert state["Te"].sum() == 0
        del state["Te"]
        assert "Te" not in state
        assert len(state) == 6
        with pytest.raises(KeyError):
            state["Te"]
        assert state.get("Te") is None
        assert state.get("Te", 3) == 3
        assert state.pop("X").shape == (50, 2)
        assert state.pop("X", "gone") == "gone"
        with pytest.raises(KeyError):
            state.pop("X")
        key, array = state.popitem()
        assert key == "Y"
        assert array.shape == (10, 2)
        assert state.setdefault("Y", array) is array
        state.update({"X": np.zeros((50, 2))}, Te=np.ones((50, 1)))
        state |= {"note": 1}
        assert state["note"] == 1
        state.clear()
        assert len(state) == 0
        with pytest.raises(KeyError):
            state.popitem()

    def test_union(self, state: StateDict) -> None:
        changed = state | {"Te": np.zeros((50, 1))}
        assert isinstance(changed, StateDict)
        assert changed.seed == state.seed
        assert changed["Te"].sum() == 0
        assert state["Te"].sum() > 0
        assert type({"Te": 0} | state) is dict
        assert isinstance(({"Te": 0} | state)["Te"], np.ndarray)
        with pytest.raises(TypeError):
            state | 3

    def test_equality(self, state: StateDict) -> None:
        same = state.copy()
        assert state == same
        assert state == dict(state)
        assert dict(state) == state
        assert state == same
        assert state != 3
        same["Te"] = same["Te"] + 1e-16
        assert state == same or not np.array_equal(state["Te"], same["Te"])
        same["Te"] = same["Te"] + 0.25
        assert state != same
        del same["Te"]
        assert state != same
        with pytest.raises(TypeError, match="unhashable"):
            hash(state)

    def test_copies(self, state: StateDict) -> None:
        before = state["Te"].copy()
        for shallow in (copy.copy(state), state.copy()):
            assert isinstance(shallow, StateDict)
            assert shallow["Te"] is state["Te"]
            shallow["X"] = None
            assert state["X"] is not None
        deep = copy.deepcopy(state)
        deep["Te"][:] = 7
        np.testing.assert_array_equal(state["Te"], before)
        assert (deep.seed, deep.step) == (state.seed, state.step)

    def test_repr_is_short(self, state: StateDict) -> None:
        assert repr(state) == (
            "<StateDict Wee (50, 50), Wei (10, 50), Wie (50, 10), Te (50, 1), Ti (10, 1), X (50, 2), Y (10, 2); "
            "step 30, seed 11>"
        )

    def test_npz(self, state: StateDict, inputs, tmp_path) -> None:
        np.savez(tmp_path / "state.npz", **state)
        with np.load(tmp_path / "state.npz") as file:
            assert same_arrays(dict(file), state)
            result = continued(file, inputs, noise=False, freeze=["sp"])
        assert same_arrays(result, continued(state, inputs, noise=False, freeze=["sp"]))

    def test_constructor(self, state: StateDict, inputs) -> None:
        rebuilt = StateDict(dict(state), seed=state.seed, step=state.step, parameters=state.parameters)
        assert rebuilt == state
        assert same_arrays(continued(rebuilt, inputs), continued(state, inputs))
        assert StateDict(dict(state)).step == 0


class TestAttributes:
    def test_seed_step_parameters(self, state: StateDict) -> None:
        assert state.seed == 11
        assert state.step == 30
        assert state.parameters == Parameters(ne=50, nu=4)
        with pytest.raises(AttributeError):
            state.seed = 3

    def test_hyperparameters_are_kept(self, inputs) -> None:
        state, *_ = Simulator.simulate_sorn(inputs, ne=50, mu_ip=0.1, eta_stdp=0.002)
        state, *_ = Trainer.train_sorn(inputs[:, :1], matrices=state, eta_stdp=0.003)
        assert state.parameters == Parameters(ne=50, nu=4, mu_ip=0.1, eta_stdp=0.003)

    def test_sparse(self, state: StateDict, inputs) -> None:
        sparse = state.sparse()
        assert list(sparse) == STATE_KEYS
        for key in ("Wee", "Wei", "Wie"):
            assert isinstance(sparse[key], scipy.sparse.csc_array)
            np.testing.assert_array_equal(sparse[key].toarray(), state[key])
        assert same_arrays(continued(sparse, inputs, seed=1), continued(dict(state), inputs, seed=1))

    @pytest.mark.parametrize("make", [scipy.sparse.csr_array, scipy.sparse.coo_matrix, scipy.sparse.lil_array])
    def test_any_sparse_format_is_accepted(self, state: StateDict, inputs, make) -> None:
        sparse = dict(state) | {key: make(state[key]) for key in ("Wee", "Wei", "Wie")}
        assert same_arrays(continued(sparse, inputs, seed=1), continued(dict(state), inputs, seed=1))

    def test_sparse_matrix_is_not_modified(self, state: StateDict, inputs) -> None:
        wee = scipy.sparse.coo_array(state["Wee"]).tocsc()
        wee.indices = wee.indices[::-1].copy()  # any order: rebuild a valid but unsorted matrix
        wee = scipy.sparse.csc_array(state["Wee"])
        kept = wee.copy()
        continued(dict(state) | {"Wee": wee}, inputs)
        assert (wee != kept).nnz == 0

    def test_sparse_errors(self, state: StateDict, inputs) -> None:
        wee = scipy.sparse.lil_array(state["Wee"])
        wee[3, 3] = 0.5
        with pytest.raises(StateError, match=r"Wee\[3\]\[3\] = 0.5: a unit has no synapse onto itself"):
            continued(dict(state) | {"Wee": wee}, inputs)


class TestPickle:
    @pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
    def test_round_trip(self, state: StateDict, inputs, protocol: int) -> None:
        again = pickle.loads(pickle.dumps(state, protocol))
        assert type(again) is StateDict
        assert again == state
        assert (again.seed, again.step, again.parameters) == (state.seed, state.step, state.parameters)
        assert same_arrays(continued(again, inputs), continued(state, inputs))

    def test_changes_and_odd_entries_survive(self, state: StateDict) -> None:
        state["Te"][0] = 0.125
        state["note"] = "mine"
        del state["Y"]
        again = pickle.loads(pickle.dumps(state))
        assert list(again) == list(state)
        assert again["note"] == "mine"
        assert again["Te"][0] == 0.125
        np.testing.assert_array_equal(again["Wee"], state["Wee"])

    def test_in_another_process(self, state: StateDict, tmp_path) -> None:
        (tmp_path / "state.pickle").write_bytes(pickle.dumps(state))
        program = "import pickle, sys; s = pickle.load(open(sys.argv[1], 'rb')); print(s.seed, s.step, s['Wee'].sum())"
        output = subprocess.check_output([sys.executable, "-c", program, tmp_path / "state.pickle"], text=True)
        assert output == f"11 30 {state['Wee'].sum()}\n"

    def test_weights_are_stored_sparsely(self) -> None:
        state = Network(ne=1000, lambda_ee=5, network_type_ie="Sparse", lambda_ie=1, seed=1).state
        assert len(pickle.dumps(state)) < 0.1 * 8 * 1000 * 1000


class TestHandingBack:
    def test_a_run_does_not_change_its_start(self, state: StateDict, inputs) -> None:
        kept = copy.deepcopy(dict(state))
        Simulator.simulate_sorn(inputs, matrices=state)
        assert same_arrays(dict(state), kept)
        assert state.step == 30

    def test_old_snapshots_stay_valid(self, inputs) -> None:
        snapshots, kept, state = [], [], None
        for _ in range(5):
            state, *_ = Simulator.simulate_sorn(inputs, matrices=state, ne=50)
            snapshots.append(state)
            kept.append({key: array.copy() for key, array in state.copy().items()})
        for snapshot, copied in zip(snapshots, kept, strict=True):
            assert same_arrays(dict(snapshot), copied)

    def test_continues_as_one_run(self, inputs) -> None:
        whole, *all_activity = Simulator.simulate_sorn(inputs, ne=50, seed=3)
        part, *first = Simulator.simulate_sorn(inputs[:, :12], ne=50, seed=3)
        part, *second = Simulator.simulate_sorn(inputs[:, 12:], matrices=part)
        assert part == whole
        assert (part.seed, part.step) == (whole.seed, whole.step) == (3, 30)
        for a, b, joined in zip(first, second, all_activity, strict=True):
            np.testing.assert_array_equal(np.concatenate([a, b]), joined)

    def test_in_place_changes_are_used(self, state: StateDict, inputs) -> None:
        plain = {key: array.copy() for key, array in state.copy().items()}
        state["Wee"][:, 7] *= 0.5
        plain["Wee"][:, 7] *= 0.5
        state["Te"][3] = 0.9
        plain["Te"][3] = 0.9
        a = Trainer.train_sorn(inputs, matrices=state, noise=False)
        b = Trainer.train_sorn(inputs, matrices=plain, noise=False)
        assert same_arrays(a[1:], b[1:])
        np.testing.assert_array_equal(a[0]["Wee"], plain["Wee"])
        assert a[0].step == 60, "a changed state keeps its clock"
        assert a[0].seed == 11

    def test_assignments_are_used(self, state: StateDict, inputs) -> None:
        state["X"] = np.ones((50, 2), dtype=int)
        after, E, *_ = Trainer.train_sorn(inputs[:, :1], matrices=state)
        np.testing.assert_array_equal(after["X"][:, 0], 1)
        np.testing.assert_array_equal(after["X"][:, 1], E[0])

    def test_changes_are_validated(self, state: StateDict, inputs) -> None:
        state["Wee"][2, 2] = 0.1
        with pytest.raises(StateError, match=r"Wee\[2\]\[2\]"):
            continued(state, inputs)
        state["Wee"][2, 2] = 0.0
        continued(state, inputs)
        state["Wie"][4, 5] = np.nan
        with pytest.raises(StateError, match=r"Wie\[4\]\[5\] = nan"):
            continued(state, inputs)
        assert np.isnan(state["Wie"][4, 5])

    def test_entries_of_another_size_are_accepted(self, state: StateDict, inputs) -> None:
        other, *_ = Simulator.simulate_sorn(inputs, ne=60, ni=7)
        state.update(other)
        after, E, I, *_ = Simulator.simulate_sorn(inputs, matrices=state)
        assert E.shape == (30, 60)
        assert I.shape == (30, 7)
        assert after.seed == 11

    def test_seed_replaces_the_seed_and_keeps_the_step(self, state: StateDict, inputs) -> None:
        after, *_ = continued(state, inputs, seed=99)
        assert (after.seed, after.step) == (99, 60)
        assert after != continued(state, inputs)[0]
        assert after == continued(state | {}, inputs, seed=99)[0]

    @pytest.mark.parametrize(
        "convert",
        [
            lambda a: a.tolist(),
            lambda a: np.asfortranarray(a),
            lambda a: np.repeat(a, 2, axis=0)[::2],
            lambda a: a.astype(">f8"),
            lambda a: np.matrix(a),
            lambda a: a.astype(object),
        ],
        ids=["lists", "fortran", "strided", "big-endian", "matrix", "objects"],
    )
    @pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
    def test_any_array_like_is_accepted(self, state: StateDict, inputs, convert) -> None:
        expected = continued(dict(state), inputs, seed=1)
        assert same_arrays(continued({k: convert(a) for k, a in state.items()}, inputs, seed=1), expected)

    def test_flat_thresholds_integers_and_single_precision(self, state: StateDict, inputs) -> None:
        plain = dict(state)
        plain["Te"], plain["Ti"] = plain["Te"].ravel(), plain["Ti"].ravel()
        plain["X"], plain["Y"] = plain["X"].astype(int), plain["Y"].astype(bool)
        assert same_arrays(continued(plain, inputs, seed=1), continued(dict(state), inputs, seed=1))
        plain["Wee"] = plain["Wee"].astype(np.float32)
        assert continued(plain, inputs)[0].step == 30

    def test_order_of_keys_does_not_matter(self, state: StateDict, inputs) -> None:
        reordered = {key: state[key] for key in reversed(STATE_KEYS)}
        assert same_arrays(continued(reordered, inputs, seed=1), continued(dict(state), inputs, seed=1))

    def test_plain_dictionaries_start_at_step_0(self, state: StateDict, inputs) -> None:
        after, *_ = continued(dict(state), inputs, seed=8)
        assert (after.seed, after.step) == (8, 30)
        assert continued(dict(state), inputs)[0].seed != continued(dict(state), inputs)[0].seed

    def test_sizes_follow_the_matrices(self, inputs) -> None:
        state, *_ = Simulator.simulate_sorn(inputs, ne=30, ni=9, lambda_ei=5)
        for matrices in (state, dict(state)):
            _, E, I, *_ = Simulator.simulate_sorn(inputs, matrices=matrices)
            assert (E.shape[1], I.shape[1]) == (30, 9)
            Simulator.simulate_sorn(inputs, matrices=matrices, ne=30, ni=9, nu=4)
