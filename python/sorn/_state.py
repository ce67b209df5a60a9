"""The state of a network as a dictionary of arrays, which callers read, change and pass to the next call."""

from __future__ import annotations

import copy
import html
import importlib.machinery
import importlib.util
import operator
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from . import _core, _notebook
from ._arguments import FloatArray, import_extra, real_array, seed_value, whole_number
from ._errors import ShapeError, StateError
from ._parameters import Parameters, core_parameters, with_known_rules
from ._sparse import Columns, is_sparse, sparse_columns

if TYPE_CHECKING:
    from collections.abc import ItemsView, ValuesView

KEYS = ("Wee", "Wei", "Wie", "Te", "Ti", "X", "Y")
WEIGHT_KEYS = KEYS[:3]
OUTPUT_KEYS = ("Woe", "To", "O", "h_o", "rewards", "pending")
FURTHER_KEYS = ("mask_ee", "h_ip", "sp_queue", *OUTPUT_KEYS)
"""The entries that only some networks have, besides the memory of rules."""
MEMORY_KEYS = "rules/"
"""The keys of the memory of rules of a user's own begin with this, and go on with the name of the rule."""
_DEFAULT_NU: int = _core.Parameters().as_dict()["nu"]


class _Lazy(Enum):
    """Stands in a StateDict for an array that has not been read yet."""

    LAZY = "lazy"

    def __reduce_ex__(self, protocol: Any) -> tuple[type[_Lazy], tuple[str]]:
        """The same pickle from each Python: some look the member up by its name, others by its value."""
        return _Lazy, (self.value,)


LAZY = _Lazy.LAZY
"""Stands in a StateDict for an array that has not been read yet."""
MOST_DENSE_BYTES = 1 << 26
"""The largest size of dense weights in a pickle that any Python can read: about 2,400 units with the usual ni."""
UNREAD = dict.fromkeys(KEYS, LAZY)
"""The entries of a StateDict that nobody has read."""
_keeping = threading.RLock()  # held while an array that was made is put into its StateDict


def _after_fork_in_child() -> None:
    global _keeping
    _keeping = threading.RLock()  # a thread that this process does not have may hold the other one


os.register_at_fork(after_in_child=_after_fork_in_child)


class StateDict(dict[str, FloatArray]):
    """A snapshot of a network: a dictionary of float64 arrays that also has a seed and a step number.

    ========  ============  ==============================================================
    key       shape         content
    ========  ============  ==============================================================
    ``Wee``   (ne, ne)      excitatory → excitatory weights, [pre][post], zero diagonal
    ``Wei``   (ni, ne)      inhibitory → excitatory weights, [pre][post], stored positive
    ``Wie``   (ne, ni)      excitatory → inhibitory weights, [pre][post], never plastic
    ``Te``    (ne, 1)       excitatory thresholds
    ``Ti``    (ni, 1)       inhibitory thresholds
    ``X``     (ne, 2)       excitatory activity, 0 or 1: previous step, current step
    ``Y``     (ni, 2)       inhibitory activity, 0 or 1: previous step, current step
    ========  ============  ==============================================================

    Some networks have further entries: ``mask_ee`` (ne, ne), 1 where a synapse of Wee exists, in variants whose
    synapses may rest at 0 (`keep_zero`); ``h_ip`` (ne, 1), target rates of units that were given; ``sp_queue`` (k, 2),
    the pairs (pre, post) that wait for structural plasticity (`sp_batch`). They may be given, too: a network with given
    ``h_ip`` keeps them. ``rules/NAME`` (ne, k) has the numbers that the rule NAME of your own keeps for each unit
    (``memory`` of :func:`sorn.rule`). Those with an output layer have its weights ``Woe`` (ne, no), thresholds ``To``
    (no, 1), activity ``O`` (no, 1), given target rates ``h_o`` (no, 1), the last ``rewards`` (k, 1), and between
    :meth:`Network.act` and :meth:`Network.learn` the drive that is ``pending`` (ne, 1). Without ``mask_ee`` the
    synapses of Wee are the weights that are not 0.

    Arrays are made when they are first read. They may be changed in place or replaced; a run starts from the values
    that the dictionary then holds. A run never changes the dictionary from which it starts.

    Parameters
    ----------
    values : mapping
        All seven entries. The weights may be ``scipy.sparse`` matrices.
    seed : int, optional
        Seed of the random numbers to come. If none is given, one is drawn from numpy's global generator.
    step : int, default 0
        Steps done so far. Seed and step number determine the random numbers.
    parameters : Parameters, optional
        Hyperparameters of the network; the defaults if none are given.
    """

    __slots__ = ("_network",)
    _network: _core.Network
    __hash__ = None

    def __init__(
        self,
        values: Mapping[str, Any],
        *,
        seed: int | None = None,
        step: int = 0,
        parameters: Parameters | None = None,
    ) -> None:
        super().__init__()
        arrays, sizes = parsed_mapping(values)
        wanted = _core.Parameters().replaced(sizes) if parameters is None else core_parameters(parameters)
        done = whole_number("step", step, 0, 2**63 - 1, "a whole number from 0 on")
        self._network = _core.Network.assembled(wanted, arrays, seed_value(seed), done)
        dict.update(self, _unread(self._network))

    @classmethod
    def _of(cls, network: _core.Network) -> StateDict:
        """A snapshot of a network that is not changed any more."""
        self = cls.__new__(cls)
        dict.update(self, _unread(network))
        self._network = network
        return self

    @property
    def seed(self) -> int:
        """The seed of all random numbers of this network."""
        return self._network.seed

    @property
    def step(self) -> int:
        """Steps done since the network was built."""
        return self._network.step_count

    @property
    def parameters(self) -> Parameters:
        """The hyperparameters of the run that made this state."""
        return Parameters._of(self._network.parameters)

    def sparse(self) -> dict[str, Any]:
        """The state with its weights as ``scipy.sparse.csc_array``, without making a dense matrix. Needs SciPy."""
        network = self._current_network()
        return {key: sparse_weights(network, key) for key in WEIGHT_KEYS} | {
            key: network.value(key) for key in keys_of(network) if key not in WEIGHT_KEYS
        }

    # --- reading ---------------------------------------------------------------------------------------------------

    def __getitem__(self, key: str) -> FloatArray:
        value: Any = dict.__getitem__(self, key)  # faster than super()
        if value is LAZY:
            made = self._network.value(key)
            with _keeping:  # of two threads that read the entry first, both get the array that is kept
                value = dict.__getitem__(self, key)
                if value is LAZY:
                    value = made
                    dict.__setitem__(self, key, made)
        return cast("FloatArray", value)

    def _read_all(self) -> None:
        for key in self:
            self[key]

    # Because __iter__ is defined here, dict(state), {**state} and f(**state) read values through __getitem__ instead of
    # copying dict's table.
    def __iter__(self) -> Iterator[str]:
        return super().__iter__()

    def get(self, key: str, default: Any = None, /) -> Any:
        return self[key] if key in self else default  # noqa: SIM401 - this is the method it wants to call

    def values(self) -> ValuesView[FloatArray]:  # type: ignore[override]
        self._read_all()
        return super().values()

    def items(self) -> ItemsView[str, FloatArray]:  # type: ignore[override]
        self._read_all()
        return super().items()

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same keys and equal arrays."""
        if not isinstance(other, Mapping):
            return NotImplemented
        if isinstance(other, StateDict) and not self._entries_read() and not other._entries_read():
            return self._network.same_values(other._network)
        return self.keys() == other.keys() and all(np.array_equal(self[key], other[key]) for key in self)

    def __ne__(self, other: object) -> bool:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal

    def __repr__(self) -> str:
        shapes = expected_shapes(self._network.ne, self._network.ni, self._network.no)
        parts = []
        for key, value in self._entries():
            parts.append(f"{key} {shapes[key] if value is LAZY else np.shape(value)}")
        return f"<StateDict {', '.join(parts)}; step {self.step}, seed {self.seed}>"

    def _repr_html_(self) -> str:
        """The HTML that a notebook shows."""
        if any(value is not LAZY for _, value in self._entries()):
            return f"<pre>{html.escape(repr(self))}</pre>"  # the caller may have changed what was read
        return _notebook.network("StateDict", self._network)

    # --- changing --------------------------------------------------------------------------------------------------

    def pop(self, key: str, *default: Any) -> Any:
        if key in self:
            self[key]
        return super().pop(key, *default)

    def popitem(self) -> tuple[str, FloatArray]:
        if self:
            self[next(reversed(self))]
        return super().popitem()

    def setdefault(self, key: str, default: Any = None, /) -> Any:
        return self[key] if key in self else super().setdefault(key, default)

    # --- copies ----------------------------------------------------------------------------------------------------

    def copy(self) -> StateDict:
        """A new dictionary that holds the same arrays, as ``dict.copy`` does."""
        self._read_all()  # else it would depend on the order of reading whether later arrays are shared
        return self._with(self._entries())

    def _with(self, items: Iterable[tuple[str, Any]]) -> StateDict:
        other = type(self).__new__(type(self))
        other._network = self._network
        dict.update(other, items)
        return other

    def __copy__(self) -> StateDict:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> StateDict:
        return self._with([(key, copy.deepcopy(value, memo)) for key, value in self._entries()])

    def __or__(self, other: Any) -> StateDict:  # type: ignore[override]
        if not isinstance(other, Mapping):
            return NotImplemented
        result = self.copy()
        result.update(other)
        return result

    def __ror__(self, other: Any) -> dict[str, Any]:  # type: ignore[override]
        return {**other, **self} if isinstance(other, Mapping) else NotImplemented

    def __reduce__(self) -> tuple[Any, ...]:
        """A pickle that becomes a StateDict if this package is installed, and otherwise a plain dictionary of arrays.

        Reading it makes the dense matrices. If they would be large, only this package can read the pickle.
        """
        network = self._network
        dense = 8 * (network.ne + 2 * network.ni) * network.ne
        if type(self) is not StateDict or dense > MOST_DENSE_BYTES:
            return _compact_pickle(self)
        changed = [key for key, value in self._entries() if not _unchanged(network, key, value)]
        details: dict[str, Any] = {
            "parameters": network.parameters.as_dict(),
            "seed": network.seed,
            "step": network.step_count,
        }
        if changed or tuple(self) != keys_of(
            network
        ):  # the arrays alone do not tell the network, if they make one at all
            details |= {"network": _network_values(network), "changed": changed}
        entries = {key: value if key in changed else _array_call(network, key) for key, value in self._entries()}
        return _reader(), ((entries, details), 0)

    # --- handing back ----------------------------------------------------------------------------------------------

    def _entries_read(self) -> bool:
        """Whether any array was made or replaced, so that it may differ from the engine's state."""
        if len(self) != len(KEYS) + len(self._network.further_keys):
            return True
        for value in dict.values(self):  # noqa: SIM110 - any() takes three times as long
            if value is not LAZY:  # type: ignore[comparison-overlap]
                return True
        return False

    def _entries(self) -> Iterable[tuple[str, Any]]:
        """The entries as they are, unread ones included."""
        return dict.items(self)

    def _current_network(self) -> _core.Network:
        """The network that this dictionary describes now. Costs nothing while no array was read.

        Raises
        ------
        ShapeError, StateError
            If the caller changed it into something that no network can have.
        """
        if not self._entries_read():
            return self._network
        network = self._network
        check_keys(self)
        read = {key: value for key, value in self._entries() if value is not LAZY}
        if all(_unchanged(network, key, value) for key, value in read.items()):
            return network
        arrays = {key: engine_value(key, value) for key, value in read.items()}
        unread_shapes = expected_shapes(network.ne, network.ni, network.no)
        shapes = {
            key: shape_of(arrays[key]) if key in arrays else unread_shapes.get(key, (network.ne, 1)) for key in self
        }
        ne, ni, no = check_shapes(shapes)
        same = (ne, ni, no) == (network.ne, network.ni, network.no)
        sizes = {} if same else {"ne": ne, "ni": ni, "no": no}
        return network.with_values(network.parameters.replaced(sizes), arrays)


class _Call:
    """Stands in a pickle for the result of a function that is called when the pickle is read."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self._reduced = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self._reduced

    def __call__(self, *arguments: Any) -> Any:
        """Makes the object callable, which pickle demands of a function."""
        function, own = self._reduced
        return function(*own)(*arguments)


def _reader() -> _Call:
    """Stands for unpickled() if this package is installed, and otherwise for a function that returns the arrays alone.

    A package of the same name without this module is not imported here, because its own imports might fail.
    """
    package = _Call(importlib.util.find_spec, __name__.partition(".")[0])
    folders = _Call(getattr, package, "submodule_search_locations", ())
    found = _Call(_Call(getattr, importlib.machinery.PathFinder, "find_spec"), __name__, folders)
    module = _Call(importlib.import_module, _Call(getattr, found, "name", "operator"))
    return _Call(getattr, module, "unpickled", operator.getitem)


def _array_call(network: _core.Network, key: str) -> Any:
    """Stands in a pickle for an entry of a network. A sparse matrix becomes a call of NumPy that makes it dense."""
    if key not in WEIGHT_KEYS:
        return network.value(key)
    start, pre, weight, n_pre = network.columns(key)
    n_post = len(start) - 1
    if 3 * len(pre) > 2 * n_pre * n_post:  # 12 bytes for a synapse, or 8 for a pair of units
        return network.value(key)
    place = pre * np.uint32(n_post) + np.repeat(np.arange(n_post, dtype=np.uint32), np.diff(start))
    if not len(place):  # bincount of nothing would return whole numbers
        place, weight = np.zeros(1, np.uint32), np.zeros(1)
    return _Call(np.reshape, _Call(np.bincount, place, weight, n_pre * n_post), (n_pre, n_post))


def unpickled(content: tuple[dict[str, Any], dict[str, Any]], _: int) -> StateDict:
    """Restore a state from the arrays of a pickle and the details that a dictionary of arrays cannot hold."""
    entries, details = content
    if "network" not in details:
        values = {key: engine_value(key, value) for key, value in entries.items()}
        items: Iterable[tuple[str, Any]] = [(key, LAZY) for key in entries]
    else:
        values = details["network"]
        items = [(key, value if key in details["changed"] else LAZY) for key, value in entries.items()]
    return _restored(StateDict, details["parameters"], values, details["seed"], details["step"], items)


def compact(state: StateDict) -> _Call:
    """Stands for a state in a pickle that only this package reads. No dense matrix is made."""
    return _Call(*_flat(_compact_pickle(state)))


def _flat(reduced: tuple[Any, tuple[Any, ...]]) -> tuple[Any, ...]:
    return reduced[0], *reduced[1]


def _compact_pickle(state: StateDict) -> tuple[Any, tuple[Any, ...]]:
    network = state._network
    items = [(key, LAZY if _unchanged(network, key, value) else value) for key, value in state._entries()]
    values = _network_values(network)
    return _restored, (type(state), network.parameters.as_dict(), values, network.seed, network.step_count, items)


def keys_of(network: _core.Network) -> tuple[str, ...]:
    """The keys of the state dictionary of a network."""
    return KEYS + tuple(network.further_keys)


def _unread(network: _core.Network) -> dict[str, Any]:
    return UNREAD if not network.further_keys else dict.fromkeys(keys_of(network), LAZY)


def _network_values(network: _core.Network) -> dict[str, Any]:
    """All that an equal network is made of. The columns of Wee tell which synapses exist, so its mask is left out."""
    keys = [key for key in keys_of(network) if key != "mask_ee"]
    return {key: network.columns(key) if key in WEIGHT_KEYS else network.value(key) for key in keys}


def _restored(
    cls: type[StateDict],
    parameters: dict[str, Any],
    values: dict[str, Any],
    seed: int,
    step: int,
    items: Iterable[tuple[str, Any]],
) -> StateDict:
    """Restore a state from a pickle, which holds only numbers and arrays so that later versions can read it."""
    self = cls.__new__(cls)
    self._network = _core.Network.assembled(
        _core.Parameters().replaced(with_known_rules(parameters)), values, seed, step
    )
    dict.update(self, items)
    return self


def _unchanged(network: _core.Network, key: str, value: object) -> bool:
    """Whether an entry still has the value in the network. False, too, if only a conversion could tell."""
    if value is LAZY:
        return True
    if type(value) is not np.ndarray or value.dtype != np.float64 or not value.flags.c_contiguous:
        return False
    if key.startswith(MEMORY_KEYS):
        rightly_shaped = _is_memory(value.shape, network.ne)
    elif key in _LISTS:
        rightly_shaped = _is_list(key, value.shape)
    else:
        rightly_shaped = value.shape == expected_shapes(network.ne, network.ni, network.no).get(key)
    return rightly_shaped and network.holds(key, value)


def expected_shapes(ne: int, ni: int, no: int = 0) -> dict[str, tuple[int, int]]:
    """The shape of each entry of a state dictionary."""
    return {
        "Wee": (ne, ne),
        "Wei": (ni, ne),
        "Wie": (ne, ni),
        "Te": (ne, 1),
        "Ti": (ni, 1),
        "X": (ne, 2),
        "Y": (ni, 2),
        "mask_ee": (ne, ne),
        "h_ip": (ne, 1),
        "sp_queue": (0, 2),
        "Woe": (ne, no),
        "To": (no, 1),
        "O": (no, 1),
        "h_o": (no, 1),
        "rewards": (0, 1),
        "pending": (ne, 1),
    }


_LISTS = ("sp_queue", "rewards")
"""The entries with any number of rows."""
_VECTORS = ("Te", "Ti", "h_ip", "To", "O", "h_o", "pending")
"""The entries that may have one dimension."""


def _is_list(key: str, shape: tuple[int, ...]) -> bool:
    return (len(shape) == 2 and shape[1] == expected_shapes(1, 1)[key][1]) or (key == "rewards" and len(shape) == 1)


def _is_memory(shape: tuple[int, ...], ne: int) -> bool:
    """The memory of a rule has any number of columns."""
    return len(shape) == 2 and shape[0] == ne and shape[1] > 0


def _is_further(key: str) -> bool:
    return key in FURTHER_KEYS or (isinstance(key, str) and key.startswith(MEMORY_KEYS))


def check_keys(values: Mapping[str, Any]) -> None:
    """Refuse a state dictionary with missing or additional keys."""
    rule = f"must have the keys {', '.join(KEYS)}"
    missing = [key for key in KEYS if key not in values]
    further = [key for key in values if key not in KEYS and not _is_further(key)]
    if missing:
        hint = f"it has '{further[0]}' instead" if further else "start from the state_dict of an earlier call"
        raise StateError(f"matrices has no '{missing[0]}'", rule, hint)
    if further:
        raise StateError(f"matrices has an entry {further[0]!r}", rule, f"del matrices[{further[0]!r}] removes it")


def engine_value(key: str, value: Any) -> Any:
    """An entry as the engine needs it: a C-contiguous float64 array, or the columns of a sparse weight matrix."""
    if key in WEIGHT_KEYS and (isinstance(value, Columns) or is_sparse(value)):
        return value if isinstance(value, Columns) else sparse_columns(key, value)
    return np.asarray(real_array(key, value), order="C")


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of an entry in the engine's form."""
    if isinstance(value, tuple):
        return value[3], len(value[0]) - 1
    return cast("FloatArray", value).shape


def check_shapes(shapes: Mapping[str, tuple[int, ...]]) -> tuple[int, int, int]:
    """Compare the shapes of all entries with each other, and return (ne, ni, no)."""
    wee, wei = shapes["Wee"], shapes["Wei"]
    if len(wee) != 2 or wee[0] != wee[1]:
        raise ShapeError(f"Wee has shape {wee}", "must be square, (ne, ne): a row for each presynaptic unit")
    if len(wei) != 2 or wei[1] != wee[0]:
        raise ShapeError(f"Wei has shape {wei}", f"must have shape (ni, {wee[0]}): a row for each inhibitory unit")
    ne, ni = wee[0], wei[0]
    no = _output_count(shapes)
    for key, expected in expected_shapes(ne, ni, no).items():
        if key not in shapes or (key in _LISTS and _is_list(key, shapes[key])):
            continue
        flat = key in _VECTORS and shapes[key] == expected[:1]
        if shapes[key] != expected and not flat:
            sizes = f"Woe says no = {no}" if key in ("To", "O", "h_o") else f"Wee and Wei say ne = {ne}, ni = {ni}"
            raise ShapeError(f"{key} has shape {shapes[key]}", f"must have shape {expected}: {sizes}")
    for key, shape in shapes.items():
        if key.startswith(MEMORY_KEYS) and not _is_memory(shape, ne):
            raise ShapeError(f"{key} has shape {shape}", f"must have shape ({ne}, k): k numbers for each unit")
    return ne, ni, no


def _output_count(shapes: Mapping[str, tuple[int, ...]]) -> int:
    """The number of output units that Woe has; 0 without an output layer."""
    given = [key for key in OUTPUT_KEYS if key in shapes and key != "rewards"]
    if not given:
        return 0
    for needed in ("Woe", "To", "O"):
        if needed not in shapes:
            raise StateError(f"matrices has no '{needed}'", f"an output layer needs it: there is '{given[0]}'")
    woe = shapes["Woe"]
    return woe[1] if len(woe) == 2 else 0


def parsed_mapping(values: Any) -> tuple[dict[str, Any], dict[str, int]]:
    """The entries and the sizes (ne, ni) of a dictionary of any origin."""
    if not isinstance(values, Mapping):
        call_result = isinstance(values, tuple) and len(values) > 0 and isinstance(values[0], StateDict)
        raise StateError(
            f"matrices is of type {type(values).__name__}",
            f"must be a mapping with the keys {', '.join(KEYS)}",
            "a call returns state_dict first: pass that item alone" if call_result else "",
        )
    check_keys(values)
    keys = (*KEYS, *(key for key in values if _is_further(key)))
    arrays = {key: engine_value(key, values[key]) for key in keys}
    ne, ni, no = check_shapes({key: shape_of(array) for key, array in arrays.items()})
    # If ni has the value that follows from ne, it stays unset, as in a network that was built here. The default nu is
    # for the default size; a smaller network cannot have more input units than excitatory units.
    sizes = {"ne": ne, "nu": min(_DEFAULT_NU, ne), "no": no}
    return arrays, sizes if ni == int(0.2 * ne) else {**sizes, "ni": ni}


def weight_columns(network: _core.Network, key: str) -> Columns:
    """A weight matrix of a network, [pre][post], without SciPy."""
    start, pre, weight, n_pre = network.columns(key)
    return Columns(np.asarray(start, dtype=np.int64), pre, weight, n_pre)


def sparse_weights(network: _core.Network, key: str) -> Any:
    """A weight matrix of a network as ``scipy.sparse.csc_array``, [pre][post]."""
    sparse = import_extra("scipy.sparse", "sparse")
    start, pre, weight, n_pre = network.columns(key)
    return sparse.csc_array((weight, pre.astype(np.int64), start), shape=(n_pre, len(start) - 1))
