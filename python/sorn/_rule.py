"""Rules of a user's own: Python functions, and shared libraries."""

from __future__ import annotations

import ctypes
import functools
import inspect
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import (
    FloatArray,
    did_you_mean,
    file_path,
    float_of,
    import_extra,
    items_of,
    names,
    quoted,
    real_array,
    truth,
    whole_number,
)
from ._errors import FormatError, ParameterError, ShapeError, UnknownKeywordError, UnknownNameError

_CFunction: Any = ctypes.CFUNCTYPE(None).__mro__[1]  # the base of the types of functions
_CHANGES = ("WEE", "WEI", "TE")
_PAIRS = "pairs"
_MOST_MEMORY = 2**31 - 1


# What the values of its parameters make a rule of. Each has code() and pickled().


@dataclass(frozen=True)
class _Function:
    """A function of Python."""

    function: Callable[..., object]
    name: str
    changes: tuple[str, ...]
    most_new: int
    signals: tuple[str, ...]
    memory: int | str | FloatArray = field(compare=False)  # OwnRule compares it

    def code(self, parameters: dict[str, Any]) -> _core.RuleCode:
        return _core.RuleCode.of_function(_described(self, parameters), functools.partial(self.function, **parameters))

    def pickled(self, rule: OwnRule) -> tuple[Any, ...]:
        """By reference, as functions are pickled: the rule must be found under the name of its function."""
        module, path = self.function.__module__, self.function.__qualname__
        found = _found(module, path)
        if not isinstance(found, OwnRule) or found.function is not self.function:
            raise ParameterError(
                f"the rule '{self.name}' cannot be pickled",
                f"it is not found as {module}.{path}",
                "define it with @sorn.rule at the top of a module",
            )
        if self.memory is found.memory:
            return _unpickled, (module, path, rule.parameters)
        return _unpickled, (module, path, rule.parameters, self.memory)


@dataclass(frozen=True)
class _Compiled(_Function):
    """A function that Numba compiles."""

    known: dict[Any, Any] = field(default_factory=dict, compare=False)  # the code, by the types of the parameters

    def code(self, parameters: dict[str, Any]) -> _core.RuleCode:
        numba = _numba()
        address = numba.compiled(self.function, self.name, parameters, self.known)
        return _core.RuleCode.at_address(_described(self, parameters), address, numba.explained)


@dataclass(frozen=True)
class _Address:
    """A function of <sorn/rule.h> in this process."""

    holder: Any  # keeps the function
    address: int
    name: str
    changes: tuple[str, ...]
    most_new: int
    signals: tuple[str, ...]
    memory: int | str | FloatArray = field(compare=False)

    def code(self, parameters: dict[str, Any]) -> _core.RuleCode:
        numbers = _numbers(f"the rule '{self.name}'", parameters)
        return _core.RuleCode.at_address(_described(self, numbers), self.address, None)

    def pickled(self, rule: OwnRule) -> tuple[Any, ...]:
        raise ParameterError(
            f"the rule '{self.name}' cannot be pickled",
            "it is a function at an address of this process",
            "make it of a function by sorn.rule(compiled=True), or of a library by sorn.load_rule()",
        )

    def __hash__(self) -> int:
        return hash((self.address, self.name))


def _described(recipe: _Function | _Address, parameters: dict[str, Any]) -> _core.RuleDescription:
    memory = recipe.memory
    return _core.RuleDescription(
        recipe.name,
        wee="WEE" in recipe.changes,
        wei="WEI" in recipe.changes,
        te="TE" in recipe.changes,
        most_new=recipe.most_new,
        values={name: number for name, value in parameters.items() if (number := float_of(value)) is not None},
        needs=recipe.signals,
        memory_width=memory if isinstance(memory, int) else 0,
        memory_of_pairs=isinstance(memory, str),
        initial_memory=memory if isinstance(memory, np.ndarray) else None,
    )


def _numba() -> ModuleType:
    """The module that compiles rules."""
    import_extra("numba", "numba")
    from . import _numba

    return _numba


@dataclass(frozen=True)
class _Library:
    """A shared library."""

    path: str

    def code(self, parameters: dict[str, Any]) -> _core.RuleCode:
        return _core.RuleCode.of_library(self.path, _numbers(f"the rule of '{self.path}'", parameters))

    def pickled(self, rule: OwnRule) -> tuple[Any, ...]:
        return _loaded, (self.path, rule.parameters)


class OwnRule(_core.OwnRule):
    """A rule of your own, which :func:`rule` makes of a function and :func:`load_rule` of a library.

    Networks are given it as ``Network(rules=[...], order=[...])``.

    Attributes
    ----------
    name : str
        The name in `order` and `freeze`.
    changes : tuple of str
        What the rule changes: ``"WEE"``, ``"WEI"``, ``"TE"``.
    most_new : int
        The largest number of synapses that it makes in a step onto the units of one part.
    memory : object
        The numbers that it keeps from step to step: how many for each unit, or the array with which they begin, or
        ``"pairs"``.
    signals : tuple of str
        The signals that it needs.
    parameters : dict
        The parameters of the rule and their values.
    function : object or None
        The function, of a :class:`RuleView` and the parameters; None for a rule of a library.
    path : str or None
        The library; None for a rule of a function.
    """

    name: str
    changes: tuple[str, ...]
    most_new: int
    memory: int | str | FloatArray
    signals: tuple[str, ...]
    parameters: dict[str, Any]
    function: Callable[..., object] | None
    path: str | None

    def __init__(self, recipe: _Function | _Address | _Library, parameters: dict[str, Any]) -> None:
        code = recipe.code(parameters)
        super().__init__(code)
        self._recipe = recipe
        self.name, self.changes, self.most_new = code.name, code.changes, code.most_new
        self.memory, self.signals = code.memory if isinstance(recipe, _Library) else recipe.memory, code.needs
        self.parameters = {**self.values, **parameters}
        self.function = getattr(recipe, "function", None)
        self.path = getattr(recipe, "path", None)
        if self.function is not None:
            self.__doc__ = self.function.__doc__

    def replace(self, *, memory: int | str | npt.ArrayLike | None = None, **parameters: Any) -> OwnRule:
        """The same rule with other values for the named parameters, and with another memory if it is given.

        UnknownKeywordError for a name that is no parameter of the rule. ParameterError for the memory of a library.
        """
        _require_parameters(self.name, parameters, self.parameters)
        recipe = self._recipe
        if memory is not None:
            if isinstance(recipe, _Library):
                raise ParameterError("memory", f"must not be given: the library '{self.path}' says what it keeps")
            recipe = replace(recipe, memory=_memory(memory))
        return OwnRule(recipe, {**self.parameters, **parameters})

    def __eq__(self, other: object) -> bool:
        """Whether both are of the same function or library, with equal parameters and memory at the beginning."""
        if not isinstance(other, OwnRule):
            return NotImplemented
        mine, its = {"": self.memory, **self.parameters}, {"": other.memory, **other.parameters}
        return (
            self._recipe == other._recipe
            and mine.keys() == its.keys()
            and all(mine[name] is its[name] or np.array_equal(mine[name], its[name]) for name in mine)
        )

    def __hash__(self) -> int:
        return hash(self._recipe)

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"<rule {self.name}({values}), changes {', '.join(self.changes)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return self._recipe.pickled(self)


def rule(
    *misplaced: Any,
    changes: Iterable[str] | str = (),
    memory: int | str | npt.ArrayLike = 0,
    signals: Iterable[str] | str = (),
    most_new: int = 0,
    name: str | None = None,
    compiled: bool = False,
    **parameters: Any,
) -> Callable[[Callable[..., object]], OwnRule]:
    """Make a rule of a function.

    In each step in which `order` names the rule, the function is called with a :class:`RuleView` of each part of the
    network. It must depend on nothing but this view and its parameters. With several threads a network has several
    parts; it is called for each, in no particular order, and for several at the same time if Python has no GIL. A view
    belongs to the thread of its call.

    Parameters
    ----------
    changes : iterable of str
        What the rule changes: any of ``"WEE"``, ``"WEI"`` and ``"TE"``.
    memory : int, array_like or "pairs", default 0
        The numbers that the rule keeps from step to step, which it finds in :attr:`RuleView.memory`: how many for each
        excitatory unit, all 0 at the beginning; or an array (ne, k) of the numbers at the beginning, such as positions
        of the units; or ``"pairs"``, a number for each pair of units, 0 at the beginning.
    signals : iterable of str, optional
        The signals that the rule needs. A run without one of them is refused before its first step.
    most_new : int, default 0
        The largest number of synapses that the rule makes in a step onto the units of one part.
    name : str, optional
        The name in `order` and `freeze`: a lower-case letter, then lower-case letters, digits and underscores, at most
        63. The name of the function unless given.
    compiled : bool, default False
        Whether Numba (``pip install 'sorn[numba]'``) compiles the function. It then runs at the speed of the engine, in
        several threads at the same time. Its parameters must be numbers. :doc:`/own-rules` says what it may use.
    **parameters
        Values for the keyword parameters of the function. The others keep their defaults.

    Raises
    ------
    ParameterError, ShapeError, UnknownNameError
        For a name that a rule cannot have, for one in `changes` that is none of the three, for a parameter without a
        value, for a `memory` that is none of these, and for a function that Numba cannot compile.
    UnknownKeywordError
        For a parameter that the function does not have.
    ImportError
        With `compiled`: if there is no Numba.

    Examples
    --------
    >>> @rule(changes=["TE"])
    ... def drift(s, rate=1e-4):
    ...     s.set_te(s.units, s.te + rate)
    >>> drift
    <rule drift(rate=0.0001), changes TE>
    >>> network = Network(ne=50, order=["stdp", "drift", "ss"], rules=[drift.replace(rate=1e-3)], seed=1)
    >>> network.run(time_steps=10, record=["TE"])["TE"].shape
    (10, 50)
    """
    if misplaced:
        raise ParameterError(
            f"rule() of {quoted(misplaced[0])}", "must be given changes by name", '@sorn.rule(changes=["WEE"])'
        )
    wanted, most = _description(changes, most_new)
    kept, needed = _memory(memory), names("signals", signals, "names of signals")
    compiles = truth("compiled", compiled)

    def decorated(function: Callable[..., object]) -> OwnRule:
        defaults = _defaults(function)
        own_name = function.__name__ if name is None else name
        if not isinstance(own_name, str):
            raise ParameterError(f"name = {quoted(own_name)}", "must be a str")
        recipe = (_Compiled if compiles else _Function)(function, own_name, wanted, most, needed, kept)
        _require_parameters(own_name, parameters, defaults)
        values = {**defaults, **parameters}
        for parameter, value in values.items():
            if value is inspect.Parameter.empty:
                raise ParameterError(
                    f"the rule '{own_name}' has no value for '{parameter}'", "a parameter needs a default or a value"
                )
        return OwnRule(recipe, values)

    return decorated


def _description(changes: Iterable[str] | str, most_new: int) -> tuple[tuple[str, ...], int]:
    """Validate ``changes`` and ``most_new``."""
    wanted = names("changes", changes, f"any of {', '.join(_CHANGES)}")
    for one in wanted:
        if one not in _CHANGES:
            raise UnknownNameError(f"changes holds {quoted(one)}", f"must be any of {', '.join(_CHANGES)}")
    if not wanted:
        raise ParameterError("changes is empty", f"must be any of {', '.join(_CHANGES)}")
    most = whole_number("most_new", most_new, 0, 2**32 - 1, "a whole number from 0 on")
    return tuple(one for one in _CHANGES if one in wanted), most


def rule_at(
    function: Any,
    *,
    name: str,
    changes: Iterable[str] | str,
    memory: int | str | npt.ArrayLike = 0,
    signals: Iterable[str] | str = (),
    most_new: int = 0,
    **parameters: float,
) -> OwnRule:
    """Make a rule of a compiled function in this process.

    The function has the form of ``apply`` in ``sorn/rule.h``: it takes the address of a ``sorn_part`` and returns the
    address of a text, or 0. It is called in several threads at the same time, without the interpreter. Nothing can
    check that an address is that of such a function: another one ends the process.

    Parameters
    ----------
    function : object or int
        A function of ``ctypes``; one of ``numba.cfunc(types.intp(types.intp))`` or another object with an
        ``address``; or an address. The rule keeps the object. A function that is given as a number must exist as long
        as the rule and the networks that have it.
    name : str
        The name in `order` and `freeze`.
    changes : iterable of str
        What the rule changes: any of ``"WEE"``, ``"WEI"`` and ``"TE"``.
    memory, signals
        As for :func:`rule`: the numbers that the rule keeps are in ``sorn_part.memory``.
    most_new : int, default 0
        The largest number of synapses that the rule makes in a step onto the units of one part.
    **parameters : float
        The parameters of the rule, in the order of ``sorn_part.parameters``.

    Raises
    ------
    ParameterError, UnknownNameError
        For a function, a name or a value that a rule cannot have.
    """
    wanted, most = _description(changes, most_new)
    if not isinstance(name, str):
        raise ParameterError(f"name = {quoted(name)}", "must be a str")
    address = getattr(function, "address", function)
    if isinstance(function, _CFunction):
        address = ctypes.cast(function, ctypes.c_void_p).value
    if isinstance(address, bool) or not isinstance(address, int) or not 0 < address < 2**64:
        raise ParameterError(
            f"function = {quoted(function)}",
            "must be a function of ctypes, an object with an address such as one of numba.cfunc, or an address",
            "sorn.rule makes a rule of a Python function",
        )
    kept, needed = _memory(memory), names("signals", signals, "names of signals")
    return OwnRule(_Address(function, address, name, wanted, most, needed, kept), dict(parameters))


def load_rule(path: str | os.PathLike[str], **values: float) -> OwnRule:
    """Load the rule of a shared library, which implements the C interface ``sorn/rule.h``.

    ``sorn rule new mine.cpp`` writes such a rule and the header that it needs. The code of the library runs in this
    process from here on. Another process loads it first, since a library that crashes ends the process that loads it.

    A rule of a library is pickled as the path of its file and the values of its parameters: the same library must be
    there where it is unpickled.

    Parameters
    ----------
    path : str or path
        The library, such as ``"./mine.so"``.
    **values : float
        Values of parameters of the rule; the others have their defaults. :meth:`OwnRule.replace` sets one that is named
        ``path``.

    Returns
    -------
    OwnRule
        The rule, for ``Network(rules=[...])`` and :func:`resume`.

    Raises
    ------
    IoError
        If there is no such file.
    FormatError
        If it is no shared library for this machine, does not define ``sorn_rule_v1()``, crashes when it is loaded, was
        built for another version of the interface, or does not describe a rule.
    ParameterError, UnknownNameError
        If its name cannot be that of a rule, if a value is no finite number, or if the rule has no such parameter.
    """
    library = os.path.abspath(file_path(path))
    _try_library(library)
    return OwnRule(_Library(library), dict(values))


def _require_parameters(name: str, given: Iterable[str], known: Mapping[str, Any]) -> None:
    for unknown in given:
        if unknown not in known:
            raise UnknownKeywordError(
                f"the rule '{name}' has no parameter '{unknown}'",
                f"it has {', '.join(known)}" if known else "it has none",
                did_you_mean(unknown, known),
            )


def given_rules(rules: object) -> tuple[OwnRule, ...]:
    """Validate ``rules``."""
    expected = "must be rules that sorn.rule, sorn.rule_at or sorn.load_rule has made"
    wanted = items_of(rules)
    if wanted is None:
        raise ParameterError(f"rules = {quoted(rules)}", f"{expected}, in a list")
    for one in wanted:
        if not isinstance(one, OwnRule):
            raise ParameterError(f"rules holds {quoted(one)}", expected, "@sorn.rule(changes=...) makes one")
    return cast("tuple[OwnRule, ...]", wanted)


def _memory(memory: object) -> int | str | FloatArray:
    """Validate ``memory``. An array is copied, and cannot be written."""
    expected = 'must be a whole number, an array (ne, k), or "pairs"'
    if isinstance(memory, str):
        if memory != _PAIRS:
            raise ParameterError(f"memory = {quoted(memory)}", expected)
        return memory
    if np.ndim(memory) == 0 if isinstance(memory, np.ndarray) else items_of(memory) is None:
        return whole_number("memory", memory, 0, _MOST_MEMORY, f"from 0 to {_MOST_MEMORY}; or an array (ne, k)")
    array = np.array(real_array("memory", memory), dtype=np.float64, order="C")
    if array.ndim != 2 or 0 in array.shape:
        hint = "memory[:, None] has one number for each unit" if array.ndim == 1 else ""
        raise ShapeError(f"memory has shape {array.shape}", "must have shape (ne, k): k numbers for each unit", hint)
    array.setflags(write=False)
    return array


def _defaults(function: Callable[..., object]) -> dict[str, Any]:
    """The parameters of a function besides the first, with their defaults."""
    if not callable(function):
        raise ParameterError(f"a rule of {quoted(function)}", "must be a function")
    _, *further = inspect.signature(function).parameters.values()
    return {one.name: one.default for one in further if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)}


def _found(module: str, path: str) -> object:
    found: object = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    return found


def _unpickled(
    module: str, path: str, parameters: dict[str, Any], memory: int | str | FloatArray | None = None
) -> OwnRule:
    __import__(module)
    found = _found(module, path)
    if not isinstance(found, OwnRule):
        raise ParameterError(f"{module}.{path} is no rule", "the pickle holds one of this name")
    return found.replace(memory=memory, **parameters)


def _numbers(subject: str, parameters: dict[str, Any]) -> dict[str, float]:
    """The values of parameters that must be numbers."""
    numbers = {}
    for name, value in parameters.items():
        number = float_of(value)
        if number is None:
            raise ParameterError(f"{name} = {quoted(value)} of {subject}", "must be a number")
        numbers[name] = number
    return numbers


_TRIAL = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("_core", sys.argv[1])
core = importlib.util.module_from_spec(spec)
spec.loader.exec_module(core)
core.RuleCode.of_library(sys.argv[2], {})
"""


def _try_library(path: str) -> None:
    """Load a library in another process, which it may end. Other errors are left to this process."""
    if not sys.executable or not os.path.isfile(path):
        return
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _TRIAL, _core.__file__, path],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return
    if done.returncode < 0:
        raise FormatError(
            f"cannot load a rule from '{path}'",
            f"it ends the process that loads it, by signal {-done.returncode} ({signal.strsignal(-done.returncode)})",
            "look at its constructors and at sorn_rule_v1()",
        )


def _loaded(path: str, parameters: dict[str, float]) -> OwnRule:
    return OwnRule(_Library(path), parameters)
