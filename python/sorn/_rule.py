"""Rules of a user's own, as Python functions."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import FloatArray, did_you_mean, float_of, items_of, names, quoted, real_array, whole_number
from ._errors import ParameterError, ShapeError, UnknownKeywordError, UnknownNameError

_CHANGES = ("WEE", "WEI", "TE")
_PAIRS = "pairs"
_MOST_MEMORY = 2**31 - 1


class OwnRule(_core.OwnRule):
    """A rule of your own, which :func:`rule` makes of a function.

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
        The keyword arguments that the function is called with.
    function : object
        The function, of a :class:`RuleView` and the parameters.
    """

    name: str
    changes: tuple[str, ...]
    most_new: int
    memory: int | str | FloatArray
    signals: tuple[str, ...]
    parameters: dict[str, Any]
    function: Callable[..., object]

    def __init__(
        self,
        function: Callable[..., object],
        name: str,
        changes: tuple[str, ...],
        most_new: int,
        parameters: dict[str, Any],
        memory: int | str | FloatArray,
        signals: tuple[str, ...],
    ) -> None:
        super().__init__(
            name,
            wee="WEE" in changes,
            wei="WEI" in changes,
            te="TE" in changes,
            most_new=most_new,
            function=functools.partial(function, **parameters),
            values={name: number for name, value in parameters.items() if (number := float_of(value)) is not None},
            needs=signals,
            memory_width=memory if isinstance(memory, int) else 0,
            memory_of_pairs=isinstance(memory, str),
            initial_memory=memory if isinstance(memory, np.ndarray) else None,
        )
        self.name, self.changes, self.most_new = name, changes, most_new
        self.memory, self.signals = memory, signals
        self.function, self.parameters = function, parameters
        self.__doc__ = function.__doc__

    def replace(self, *, memory: int | str | npt.ArrayLike | None = None, **parameters: Any) -> OwnRule:
        """The same rule with other values for the named parameters, and with another memory if it is given.

        UnknownKeywordError for a name that is no parameter of the function.
        """
        for unknown in parameters:
            if unknown not in self.parameters:
                raise UnknownKeywordError(
                    f"the rule '{self.name}' has no parameter '{unknown}'",
                    f"it has {', '.join(self.parameters)}" if self.parameters else "it has none",
                    did_you_mean(unknown, self.parameters),
                )
        kept = self.memory if memory is None else _memory(memory)
        values = {**self.parameters, **parameters}
        return OwnRule(self.function, self.name, self.changes, self.most_new, values, kept, self.signals)

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"<rule {self.name}({values}), changes {', '.join(self.changes)}>"

    def __reduce__(self) -> tuple[Any, ...]:
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
            return _unpickled, (module, path, self.parameters)
        return _unpickled, (module, path, self.parameters, self.memory)


def rule(
    *,
    changes: Iterable[str] | str,
    memory: int | str | npt.ArrayLike = 0,
    signals: Iterable[str] | str = (),
    most_new: int = 0,
    name: str | None = None,
    **parameters: Any,
) -> Callable[[Callable[..., object]], OwnRule]:
    """Make a rule of a function.

    In each step in which `order` names the rule, the function is called with a :class:`RuleView` of each part of the
    network. It must depend on nothing but this view and its parameters. With several threads a network has several
    parts; they are called one after another, in no particular order.

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
    **parameters
        Values for the keyword parameters of the function. The others keep their defaults.

    Raises
    ------
    ParameterError, ShapeError, UnknownNameError
        For a name that a rule cannot have, for one in `changes` that is none of the three, for a parameter without a
        value, and for a `memory` that is none of these.
    UnknownKeywordError
        For a parameter that the function does not have.

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
    wanted = names("changes", changes, f"any of {', '.join(_CHANGES)}")
    for one in wanted:
        if one not in _CHANGES:
            raise UnknownNameError(f"changes holds {quoted(one)}", f"must be any of {', '.join(_CHANGES)}")
    if not wanted:
        raise ParameterError("changes is empty", f"must be any of {', '.join(_CHANGES)}")
    most = whole_number("most_new", most_new, 0, 2**32 - 1, "a whole number from 0 on")
    kept = _memory(memory)
    needed = names("signals", signals, "names of signals")

    def decorated(function: Callable[..., object]) -> OwnRule:
        defaults = _defaults(function)
        own_name = function.__name__ if name is None else name
        if not isinstance(own_name, str):
            raise ParameterError(f"name = {quoted(own_name)}", "must be a str")
        changed = tuple(one for one in _CHANGES if one in wanted)
        own = OwnRule(function, own_name, changed, most, defaults, kept, needed)
        own = own.replace(**parameters)
        for parameter, value in own.parameters.items():
            if value is inspect.Parameter.empty:
                raise ParameterError(
                    f"the rule '{own_name}' has no value for '{parameter}'", "a parameter needs a default or a value"
                )
        return own

    return decorated


def given_rules(rules: object) -> tuple[OwnRule, ...]:
    """Validate ``rules``."""
    expected = "must be rules that sorn.rule has made"
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
