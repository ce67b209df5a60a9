"""State dictionaries that were pickled, read without unpickling them.

A pickle is a program, and unpickling runs it. It may call any function, and even without a call it may take all memory
or run for ever. So this module has its own interpreter for the few instructions that NumPy arrays in dictionaries need.
The interpreter builds plain values; :class:`_Array`, which becomes a NumPy array once its numbers are known to be in
the file; and :class:`_Snapshot`, which becomes a StateDict. It never calls a function that the file names.
"""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._arguments import file_path, io_error, quoted, seed_value
from .._errors import FormatError, SornError
from .._parameters import Parameters, with_known_rules
from .._sparse import Columns, columns_of
from .._state import KEYS, MOST_DENSE_BYTES, StateDict
from .pickle_file import Content, PickleFile

_DTYPE = re.compile("[iu][1248]|f[248]|b1")
_MOST_DIMENSIONS = 32

_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_VALUES = (
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    *("SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "BYTEARRAY8"),
)
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_GLOBALS = {
    "numpy ndarray": "ndarray",
    "numpy dtype": "dtype",
    "numpy.core.multiarray _reconstruct": "reconstruct",
    "numpy._core.multiarray _reconstruct": "reconstruct",  # _core since NumPy 2
    "numpy.core.multiarray scalar": "scalar",
    "numpy._core.multiarray scalar": "scalar",
    "numpy.core.numeric _frombuffer": "frombuffer",  # protocol 5
    "numpy._core.numeric _frombuffer": "frombuffer",
    "_codecs encode": "encode",  # protocols 0 to 2 write bytes in this way
    # Names in pickles of a StateDict or a Network of this package.
    "builtins getattr": "getattr",
    "__builtin__ getattr": "getattr",  # in the protocols 0 to 2
    "importlib import_module": "import_module",
    "importlib.util find_spec": "find_spec",
    "_frozen_importlib_external PathFinder": "PathFinder",
    "_operator getitem": "getitem",
    "numpy bincount": "bincount",
    "numpy reshape": "reshape",
    "sorn._state StateDict": "StateDict",
    "sorn._state _restored": "restored",
    "sorn._state _Lazy": "lazy",
    "sorn._network _from_state": "network",
}


def load_pickle(path: str | os.PathLike[str], *, seed: int | None = None) -> StateDict:
    """Read a state dictionary that was pickled, by this package or by the pure-Python package ``sorn``.

    The file is not unpickled, because that would run the program in it. The function reads only NumPy arrays in
    dictionaries, lists and tuples, and pickles of this package, of any protocol and any version of NumPy. It checks
    everything in the file.

    Parameters
    ----------
    path : str or path
        A pickle of a StateDict, of a Network, of a dictionary with Wee, Wei, Wie, Te, Ti, X and Y, or of a tuple or
        list that begins with one of them, as the calls of both packages return it. A Network with rules of your own
        is refused, because reading it runs their module; pickle its state instead.
    seed : int, optional
        Seed of the random numbers to come, 0 to 2^64 - 1. None: the seed of the StateDict or the Network. A plain
        dictionary has none; then a seed is drawn from numpy's global generator.

    Returns
    -------
    StateDict
        The state, with the step number and the hyperparameters of the StateDict or the Network. The state of a plain
        dictionary has step 0 and the default hyperparameters.

    Raises
    ------
    IoError
        If the file cannot be read.
    FormatError
        If the file is truncated, needs anything but NumPy arrays, or is not the state of a network.
    ParameterError
        If `seed` is out of range.

    Examples
    --------
    >>> import pickle, tempfile
    >>> import sorn
    >>> state = sorn.Network(ne=50, seed=1).state
    >>> with tempfile.NamedTemporaryFile(suffix=".pkl") as file:
    ...     pickle.dump(dict(state), file)
    ...     file.flush()
    ...     again = load_pickle(file.name, seed=1)
    >>> again == state
    True
    """
    text = file_path(path)
    number = None if seed is None else seed_value(seed)
    with PickleFile(text) as file:
        try:
            return _state(_Program(file).result(), number)
        except SornError as error:  # a wrong shape or weight is an error of the file
            raise FormatError(f"'{text}': {error.subject}", error.rule, error.suggestion) from error
        except OSError as error:
            raise io_error("read", text, error) from error


def _state(value: Any, seed: int | None) -> StateDict:
    """The state in the value of a pickle."""
    if isinstance(value, (tuple, list)) and value:
        value = value[0]
    if isinstance(value, _Snapshot):
        entries = {key: _weights(key, entry) if key in KEYS else entry for key, entry in value.entries.items()}
        parameters = Parameters.from_dict(with_known_rules(value.parameters))
        return StateDict(entries, seed=value.seed if seed is None else seed, step=value.step, parameters=parameters)
    if not isinstance(value, dict):
        raise FormatError(
            f"the pickle holds a value of type {type(value).__name__.lstrip('_').lower()}",
            f"must be a dictionary with the keys {', '.join(KEYS)}, or a tuple that begins with one",
        )
    return StateDict({key: _weights(key, entry) if key in KEYS else entry for key, entry in value.items()}, seed=seed)


def _weights(key: str, entry: Any) -> Any:
    """An entry of a StateDict: an array, or the columns of a weight matrix."""
    if isinstance(entry, _Scattered):
        return entry.columns(key)
    if not isinstance(entry, tuple):
        return _numbers(key, entry)
    if len(entry) != 4 or type(entry[3]) is not int or not 0 <= entry[3] < 2**31:
        raise FormatError(
            f"{key} is of type tuple", "must be the columns of a weight matrix: (start, pre, weight, n_pre)"
        )
    start, pre, weight = (_numbers(key, part) for part in entry[:3])
    if start.dtype != np.int64 or pre.dtype != np.uint32 or {start.ndim, pre.ndim, weight.ndim} != {1}:
        raise FormatError(f"{key} has columns of {start.dtype}, {pre.dtype}", "must be lists of int64 and uint32")
    return Columns(start, pre, weight.astype(np.float64), entry[3])


def _numbers(key: str, entry: Any) -> npt.NDArray[Any]:
    if not isinstance(entry, _Array):
        raise FormatError(f"{key} is of type {type(entry).__name__}", "must be a NumPy array")
    return entry.numbers(key)


class _Damage(Exception):
    """An instruction that does not fit the instructions before it."""


@dataclass
class _Type:
    """Stands for a NumPy data type."""

    code: str
    order: str = "="


@dataclass
class _Array:
    """Stands for a NumPy array, with what the file says about it."""

    shape: Any = None
    dtype: Any = None
    fortran: Any = False
    content: Any = None

    def numbers(self, key: str) -> npt.NDArray[Any]:
        """The array, if it holds numbers and the file has all of them."""
        if not isinstance(self.dtype, _Type) or not _DTYPE.fullmatch(self.dtype.code):
            code = self.dtype.code if isinstance(self.dtype, _Type) else "none"
            raise FormatError(f"{key} is an array of type {quoted(code)}", "must be an array of real numbers")
        dtype = np.dtype(self.dtype.order + self.dtype.code)
        if not _is_shape(self.shape) or not isinstance(self.content, (bytes, bytearray, Content)):
            raise FormatError(f"{key} is an array without a shape or without content", "the pickle is damaged")
        if math.prod(self.shape) * dtype.itemsize != len(self.content):
            raise FormatError(
                f"{key} has the shape {quoted(self.shape)} of {dtype}",
                f"the file has {len(self.content):,} bytes for it",
            )
        content = self.content.read() if isinstance(self.content, Content) else self.content
        flat: npt.NDArray[Any] = np.frombuffer(content, dtype)
        return flat.reshape(self.shape, order="F" if self.fortran else "C")


def _is_shape(value: Any) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) <= _MOST_DIMENSIONS
        and all(type(extent) is int and 0 <= extent <= sys.maxsize for extent in value)
    )


@dataclass
class _Scattered:
    """Stands for a matrix that is made from the places of its entries, counted row by row, and their values."""

    place: Any
    weight: Any
    size: Any
    shape: Any = None

    def columns(self, key: str) -> Columns:
        """The columns of the matrix, if the file holds all of its entries. It is not made dense."""
        if not isinstance(self.place, _Array) or not isinstance(self.weight, _Array):
            raise FormatError(f"{key} is made from other things than arrays", "the pickle is damaged")
        place, weight = self.place.numbers(key), self.weight.numbers(key)
        fits = (
            _is_shape(self.shape)
            and len(self.shape) == 2
            and self.size == math.prod(self.shape) <= MOST_DENSE_BYTES // 8
            and place.dtype == np.uint32
            and place.shape == weight.shape == (place.size,)
            and (place < self.size).all()
        )
        if not fits:
            raise FormatError(f"{key} has entries outside of its shape {quoted(self.shape)}", "the pickle is damaged")
        rows, columns = np.divmod(place.astype(np.int64), max(self.shape[1], 1))
        return columns_of(self.shape, rows, columns, weight.astype(np.float64))


@dataclass
class _Snapshot:
    """Stands for a StateDict, with what the file says about it."""

    entries: dict[str, Any]
    parameters: dict[str, Any]
    seed: int
    step: int

    def __post_init__(self) -> None:
        for value, kind in ((self.entries, dict), (self.parameters, dict), (self.seed, int), (self.step, int)):
            _plain(kind, value)


@dataclass(frozen=True)
class _Function:
    """Stands for a function or a class that the file names."""

    name: str


_LAZY = _Function("lazy")


class _Program:
    """The interpreter of a pickle, with its stack and its memo."""

    def __init__(self, file: PickleFile) -> None:
        self._file = file
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}
        self._may_encode = file.size  # a text may be encoded once; many times would fill the memory

    def result(self) -> Any:
        """Run the program and return its value."""
        for name, argument, position in self._file.instructions():
            if name == "STOP":
                break
            try:
                self._do(name, argument)
            except FormatError:  # is a subclass of ValueError
                raise
            except (_Damage, IndexError, KeyError, TypeError, ValueError):
                raise FormatError(
                    "the pickle is damaged", f"{name} at byte {position} does not fit what stands before it"
                ) from None
        if len(self._stack) != 1:
            raise FormatError("the pickle is damaged", "it must leave one value")
        return self._stack[0]

    def _do(self, name: str, argument: Any) -> None:
        stack = self._stack
        if name in ("PROTO", "FRAME"):
            return
        if name in _VALUES:
            stack.append(argument)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            self._memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            self._memo[len(self._memo)] = stack[-1]
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(self._memo[argument])
        elif name == "MARK":
            self._marks.append(len(stack))
        elif name in ("EMPTY_DICT", "EMPTY_LIST"):
            stack.append({} if name == "EMPTY_DICT" else [])
        elif name in _TUPLES:
            stack.append(tuple(self._pop(_TUPLES[name])))
        elif name == "TUPLE":
            stack.append(tuple(self._pop_to_mark()))
        elif name == "LIST":
            stack.append(self._pop_to_mark())
        elif name == "DICT":
            items = self._pop_to_mark()
            stack.append(_put({}, items))
        elif name in ("APPEND", "APPENDS"):
            items = self._pop(1) if name == "APPEND" else self._pop_to_mark()
            _plain(list, stack[-1]).extend(items)
        elif name in ("SETITEM", "SETITEMS"):
            items = self._pop(2) if name == "SETITEM" else self._pop_to_mark()
            _put(_plain(dict, stack[-1]), items)
        elif name == "GLOBAL":
            stack.append(_named(argument))
        elif name == "STACK_GLOBAL":
            stack.append(_named(" ".join(self._pop(2))))
        elif name == "REDUCE":
            function, arguments = self._pop(2)
            stack.append(self._called(_plain(_Function, function).name, *arguments))
        elif name == "BUILD":
            (state,) = self._pop(1)
            _set_state(stack[-1], *state)
        else:
            raise FormatError(f"the pickle uses the instruction {name}", "no array in a dictionary needs it")

    def _pop(self, count: int) -> list[Any]:
        least = self._marks[-1] if self._marks else 0
        if len(self._stack) - count < least:
            raise _Damage
        items = self._stack[len(self._stack) - count :]
        del self._stack[len(self._stack) - count :]
        return items

    def _pop_to_mark(self) -> list[Any]:
        mark = self._marks.pop()
        items = self._stack[mark:]
        del self._stack[mark:]
        return items

    def _called(self, function: str, *arguments: Any) -> Any:
        """The result of a call of NumPy in this interpreter."""
        if function == "reconstruct" and arguments[0] == _Function("ndarray"):
            return _Array()  # the instruction BUILD fills it
        if function == "dtype":
            return _Type(_plain(str, arguments[0]))
        if function == "scalar":
            dtype, content = arguments
            return _Array((), dtype, False, content)
        if function == "frombuffer":
            content, dtype, shape, order = arguments
            return _Array(shape, dtype, order == "F", content)
        if function == "encode" and arguments[1] == "latin1":
            text = _plain(str, arguments[0])
            self._may_encode -= len(text)
            if self._may_encode >= 0:
                return text.encode("latin1")
        if function in _OWN:
            return _OWN[function](*arguments)
        raise _Damage


_ATTRIBUTES = {
    ("find_spec('sorn')", "submodule_search_locations"): _Function("the folders of sorn"),
    ("PathFinder", "find_spec"): _Function("PathFinder.find_spec"),
    ("PathFinder.find_spec('sorn._state')", "name"): _Function("'sorn._state'"),
    ("import_module('sorn._state')", "unpickled"): _Function("unpickled"),
    ("lazy", "LAZY"): _LAZY,  # as Python 3.11.0 to 3.11.3 pickled members of an Enum
}
"""The attributes that a pickle of this package looks up."""


def _getattr(owner: Any, name: Any, _: Any = None) -> _Function:
    return _ATTRIBUTES[_plain(_Function, owner).name, _plain(str, name)]


def _find_spec(name: Any) -> _Function:
    return _exactly(name == "sorn", "find_spec('sorn')")


def _find_in_folders(name: Any, folders: Any) -> _Function:
    found = name == "sorn._state" and folders == _Function("the folders of sorn")
    return _exactly(found, "PathFinder.find_spec('sorn._state')")


def _import_module(name: Any) -> _Function:
    return _exactly(name == _Function("'sorn._state'"), "import_module('sorn._state')")


def _exactly(known: bool, name: str) -> _Function:
    if not known:
        raise _Damage
    return _Function(name)


def _unpickled(content: tuple[Any, Any], which: int) -> _Snapshot:
    entries, details = content
    return _Snapshot(_plain(dict, entries), details["parameters"], details["seed"], details["step"])


def _restored(kind: Any, parameters: Any, values: Any, seed: Any, step: Any, items: Any) -> _Snapshot:
    entries = {}
    for key, value in items:
        entries[_plain(str, key)] = values[key] if value == _LAZY else value
    return _Snapshot(entries, parameters, seed, step)


def _of_state(state: Any) -> _Snapshot:
    """A network is pickled as its state."""
    snapshot: _Snapshot = _plain(_Snapshot, state)
    return snapshot


def _reshape(values: Any, shape: Any) -> _Scattered:
    scattered: _Scattered = _plain(_Scattered, values)
    return _Scattered(scattered.place, scattered.weight, scattered.size, shape)


_OWN: dict[str, Callable[..., Any]] = {
    "bincount": _Scattered,
    "reshape": _reshape,
    "find_spec": _find_spec,
    "PathFinder.find_spec": _find_in_folders,
    "import_module": _import_module,
    "getattr": _getattr,
    "unpickled": _unpickled,
    "restored": _restored,
    "network": _of_state,
    "lazy": lambda _: _LAZY,
}
"""The result of a call of this package in this interpreter."""


def _named(name: str) -> _Function:
    """The object for a name in the file, or an error that names it."""
    if name not in _GLOBALS:
        raise FormatError(
            f"the pickle asks for {quoted(name.replace(' ', '.'))}",
            "only NumPy arrays are let in, since a pickle can run any program",
            "if you trust the file, pickle.load() it and hand the dictionary to sorn.StateDict",
        )
    return _Function(_GLOBALS[name])


def _plain(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise _Damage
    return value


def _put(target: dict[str, Any], items: list[Any]) -> dict[str, Any]:
    """Fill a dictionary. Only texts are accepted as keys, because hashing nested tuples can take for ever."""
    if len(items) % 2:
        raise _Damage
    for key, value in zip(items[::2], items[1::2], strict=True):
        target[_plain(str, key)] = value
    return target


def _set_state(target: Any, *state: Any) -> None:
    """Apply the arguments of ``__setstate__`` of an array or a data type."""
    if isinstance(target, _Array):
        _, target.shape, target.dtype, target.fortran, target.content = state
    elif isinstance(target, _Type):
        if state[1] not in ("<", ">", "|", "="):
            raise _Damage
        target.order = state[1]
    else:
        raise _Damage
