"""Matrices of scipy.sparse at every entrance: read right in every format, refused where their structure is damaged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from sorn import Initializer, Network, Plotter, ShapeError, Simulator, StateDict, StateError, Statistics
from sorn._sparse import sparse_columns

KINDS = ("csc", "csr", "coo", "lil", "dok", "bsr", "dia")
FORMS = ("array", "matrix")


def made(kind: str, form: str, dense: np.ndarray) -> Any:
    return getattr(scipy.sparse, f"{kind}_{form}")(dense)


def weights(seed: int, shape: tuple[int, int] = (20, 20)) -> np.ndarray:
    generator = np.random.default_rng(seed)
    dense = np.where(generator.random(shape) < 0.3, generator.random(shape), 0.0)
    if shape[0] == shape[1]:
        np.fill_diagonal(dense, 0.0)
    return dense


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMS)
class TestEveryFormat:
    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize("shape", [(20, 20), (4, 20), (20, 4), (1, 3), (6, 1)])
    def test_the_same_columns_as_scipy(self, kind, form, seed, shape) -> None:
        dense = weights(seed, shape)
        columns = sparse_columns("w", made(kind, form, dense))
        expected = scipy.sparse.csc_array(dense)
        assert columns.shape == shape
        assert np.array_equal(columns.dense(), dense)
        present = columns.weight != 0.0
        assert np.array_equal(columns.pre[present], expected.indices)
        assert np.array_equal(columns.weight[present], expected.data)

    def test_a_state(self, kind, form) -> None:
        network = Network(ne=20, lambda_ee=4, lambda_ei=4, nu=2, seed=1)
        state = dict(network.state)
        sparse = {**state, **{key: made(kind, form, state[key]) for key in ("Wee", "Wei", "Wie")}}
        assert StateDict(sparse) == network.state

    def test_measures(self, kind, form) -> None:
        dense = weights(3)
        matrix = made(kind, form, dense)
        assert Statistics.connection_fraction(matrix) == Statistics.connection_fraction(dense)
        assert Statistics.lognormal_fit(matrix, 0.001) == Statistics.lognormal_fit(dense, 0.001)
        assert np.array_equal(Initializer.prune_small_weights(matrix, 0.5), np.where(dense < 0.5, 0.0, dense))


def test_duplicate_entries_are_summed_and_free_room_is_ignored() -> None:
    twice = scipy.sparse.coo_array(([1.0, 2.0, 4.0], ([0, 0, 1], [1, 1, 0])), shape=(2, 3))
    assert sparse_columns("w", twice).dense().tolist() == [[0, 3, 0], [4, 0, 0]]
    unsorted = scipy.sparse.csr_array(([1.0, 2.0, 4.0], [2, 0, 2], [0, 3, 3]), shape=(2, 3))
    assert sparse_columns("w", unsorted).dense().tolist() == [[2, 0, 5], [0, 0, 0]]
    room = scipy.sparse.csr_array((np.ones(3), np.array([0, 1, 2]), np.array([0, 1, 2, 3])), shape=(3, 3))
    room.indptr[3] = 2
    assert sparse_columns("w", room).dense().sum() == 2


def test_the_matrix_is_not_changed() -> None:
    unsorted = scipy.sparse.csc_matrix(([1.0, 2.0], [2, 0], [0, 2, 2, 2]), shape=(3, 3))
    sparse_columns("w", unsorted)
    assert unsorted.indices.tolist() == [2, 0]
    assert not unsorted.has_sorted_indices


def test_empty_matrices() -> None:
    for kind in KINDS:
        assert sparse_columns("w", getattr(scipy.sparse, f"{kind}_array")((3, 4))).dense().tolist() == [[0] * 4] * 3


# --- damage -----------------------------------------------------------------------------------------------------------


def put(attribute: str, position: Any, value: Any) -> Callable[[Any], None]:
    return lambda matrix: getattr(matrix, attribute).__setitem__(position, value)


def replace(attribute: str, change: Callable[[Any], Any]) -> Callable[[Any], None]:
    return lambda matrix: setattr(matrix, attribute, change(getattr(matrix, attribute)))


COMPRESSED = [
    (put("indices", 1, 2**31 - 1), r"indices\[1\] = 2147483647"),
    (put("indices", 1, -1), r"indices\[1\] = -1"),
    (put("indptr", 2, 10**6), r"indptr\[2\] = 1000000"),
    (put("indptr", 2, -5), r"indptr\[2\] = -5"),
    (put("indptr", 0, 1), r"indptr\[0\] = 1"),
    (put("indptr", 1, 7), r"indptr\[2\] = \d"),
    (replace("indptr", lambda a: a[:-1]), "indptr has"),
    (replace("indptr", lambda a: np.append(a, a[-1])), "indptr has"),
    (replace("indptr", lambda a: a.astype(float)), "whole numbers"),
    (replace("indptr", lambda _: None), "indptr is of type NoneType"),
    (replace("indptr", lambda a: a.reshape(1, -1)), "indptr has shape"),
    (replace("indices", lambda a: a[:-1]), "indptr|indices"),
    (replace("indices", lambda a: a.astype(float)), "whole numbers"),
    (replace("indices", lambda a: a.astype(object)), "whole numbers"),
    (replace("data", lambda a: a[:-1]), "data has"),
    (replace("data", lambda a: a.astype(object)), "real numbers"),
    (replace("data", lambda a: a.astype(complex)), "real numbers"),
    (replace("data", lambda a: "text"), "data is of type str|blocks"),
]
DAMAGE = dict.fromkeys(("csc", "csr"), COMPRESSED) | {
    "bsr": [
        *COMPRESSED[:6],
        (replace("data", lambda a: a[:, :, :0]), "blocks"),
        (replace("data", lambda a: np.zeros((len(a), 3, 1))), "blocks"),
        (replace("data", lambda a: a[:-1]), "data has"),
    ],
    "coo": [
        (put("row", 0, 2**31 - 1), r"row\[0\] = 2147483647"),
        (put("col", 0, -7), r"col\[0\] = -7"),
        (replace("data", lambda a: a[:-1]), "row has"),
    ],
    "dia": [
        (replace("offsets", lambda a: a[:-1]), "offsets has"),
        (replace("offsets", lambda a: np.zeros_like(a)), "twice"),
        (replace("data", lambda a: a[0]), "data has shape"),
    ],
    "lil": [
        (put("rows", 0, [2**31 - 1]), r"rows|data\[0\]"),
        (put("rows", 1, [0, 1, 2, 3, 4, 5, 6]), r"data\[1\]"),
        (put("data", 0, ["x"] * 3), "data"),
        (replace("rows", lambda a: a[:-1]), "rows has"),
        (put("rows", 0, None), "damaged"),
    ],
}
CASES = [(kind, number) for kind, damages in DAMAGE.items() for number in range(len(damages))]


def damaged(kind: str, number: int) -> tuple[Any, str]:
    damage, message = DAMAGE[kind][number]
    dense = np.array([[0, 0.5, 0.1, 0], [0.2, 0, 0, 0.3], [0, 0.7, 0, 0.4], [0.1, 0, 0.6, 0]])
    matrix = made(kind, "array", dense)
    if kind == "bsr":
        matrix = matrix.tobsr((1, 1))
    damage(matrix)
    return matrix, message


@pytest.mark.parametrize(("kind", "number"), CASES)
def test_damage_is_named(kind, number) -> None:
    matrix, message = damaged(kind, number)
    with pytest.raises(StateError, match=rf"^w\b.*({message})"):
        sparse_columns("w", matrix)


ENTRANCES: dict[str, Callable[[Any], object]] = {
    "StateDict": lambda matrix: StateDict(_state(matrix)),
    "Network": lambda matrix: Network(state=_state(matrix)),
    "simulate_sorn": lambda matrix: Simulator.simulate_sorn(time_steps=1, matrices=_state(matrix)),
    "connection_fraction": Statistics.connection_fraction,
    "lognormal_fit": Statistics.lognormal_fit,
    "normalize": Initializer.normalize_weight_matrix,
    "incoming": Initializer.get_incoming_connection_dict,
    "histogram": Plotter.hist_incoming_conn,
    "distribution": Plotter.weight_distribution,
}


def _state(matrix: Any) -> dict[str, Any]:
    weights = np.ones((1, 4)) / 4
    return {
        "Wee": matrix,
        "Wei": weights,
        "Wie": weights.T,
        "Te": np.zeros(4),
        "Ti": np.zeros(1),
        "X": np.zeros((4, 2)),
        "Y": np.zeros((1, 2)),
    }


@pytest.mark.parametrize("entrance", ENTRANCES)
@pytest.mark.usefixtures("picture_folder")
def test_every_call_that_takes_a_matrix(entrance) -> None:
    for kind, number in CASES:
        with pytest.raises(StateError, match=r"^(Wee|weight)"):
            ENTRANCES[entrance](damaged(kind, number)[0])


def test_a_changed_state_is_checked_too() -> None:
    state = Network(ne=4, ni=1, lambda_ee=2, lambda_ei=2, nu=1, seed=1).state
    state["Wee"] = damaged("csr", 0)[0]
    with pytest.raises(StateError, match=r"^Wee\.indices\[1\]"):
        Network(state=state)


def test_values_that_are_not_matrices() -> None:
    one_axis = scipy.sparse.coo_array(np.ones(3))
    if one_axis.ndim == 1:  # an old SciPy makes a row of it
        with pytest.raises(ShapeError, match="two dimensions"):
            sparse_columns("w", one_axis)

    class Other:
        def toarray(self) -> np.ndarray:
            return np.ones((2, 2))

    with pytest.raises(StateError, match="format Other"):
        sparse_columns("w", Other())
