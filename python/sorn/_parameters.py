"""Hyperparameters as a typed value."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

from . import _core, _notebook
from ._arguments import check_keywords, quoted
from ._docstrings import filled
from ._errors import ParameterError
from ._names import Hyperparameters as Hyperparameters
from ._names import ParameterFields
from ._variant import core_values

if TYPE_CHECKING:
    from typing import Never, Unpack


@filled
class Parameters(ParameterFields):
    """The hyperparameters of a network. Immutable: :meth:`replace` makes a changed copy.

    `ni` and `h_ip` follow from other hyperparameters unless they are given. Both read as numbers in either case;
    :meth:`to_dict` tells whether they were given.

    Parameters
    ----------
    %(hyperparameters)s

    Raises
    ------
    UnknownKeywordError
        For a name that is not a hyperparameter.
    ParameterError
        For a value outside its range, or values that contradict each other (``te_min > te_max``, ``nu > ne``).

    Notes
    -----
    The default of `h_ip` falls as networks grow. ``h_ip=0.1`` gives a network of any size the target rate of the
    default network. If ``2 * nu / ne`` is 1 or more, no unit can reach it, and a run with intrinsic plasticity is
    refused.

    `sp_probability` holds for the whole network. A network of 25 times as many units needs 25 times as many new
    synapses to give each unit the same number of them.

    Examples
    --------
    >>> Parameters(ne=100, lambda_ee=10)
    Parameters(ne=100, lambda_ee=10.0)
    """

    __slots__ = ("_values",)
    _values: _core.Parameters

    def __init__(self, *unnamed: Never, **hyperparameters: Unpack[Hyperparameters]) -> None:
        if unnamed:
            raise ParameterError(
                f"Parameters({quoted(unnamed[0])})", "hyperparameters are given by name", "such as ne=200"
            )
        check_keywords(Parameters, hyperparameters)
        core = _core.Parameters().replaced(core_values(hyperparameters))
        core.validate()
        self._values = core

    @classmethod
    def _of(cls, core: _core.Parameters) -> Parameters:
        self = cls.__new__(cls)
        self._values = core
        return self

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Parameters:
        """The inverse of :meth:`to_dict`. Missing names have their defaults."""
        if not isinstance(values, Mapping):
            raise ParameterError(f"values is of type {type(values).__name__}", "must be a mapping from names to values")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """All hyperparameters by name. ``ni`` and ``h_ip`` are None if they follow from others."""
        return self._values.as_dict()

    def replace(self, **hyperparameters: Unpack[Hyperparameters]) -> Parameters:
        """A copy with new values for the named hyperparameters. Errors as for the constructor."""
        check_keywords(Parameters.replace, hyperparameters)
        core = self._values.replaced(core_values(hyperparameters))
        core.validate()
        return Parameters._of(core)

    def __repr__(self) -> str:
        values = self.to_dict()
        usual = _core.variant_parameters(values["variant"]).as_dict()
        usual["variant"] = _core.Parameters().as_dict()["variant"]  # a variant other than the default is shown
        changed = (f"{name}={value!r}" for name, value in values.items() if value != usual[name])
        return f"Parameters({', '.join(changed)})"

    def _repr_html_(self) -> str:
        """The HTML that a notebook shows: all hyperparameters, in bold if they differ from the defaults."""
        values = self.to_dict()
        rows = []
        for row in _core.parameter_table():
            value = values[row["name"]]
            text = html.escape(f"{self.ni} (from ne)" if row["name"] == "ni" and value is None else f"{value}")
            changed = value != row["default"]
            shown = f"<b>{text}</b>" if changed else text
            rows.append((row["name"], f"{shown} <small>{html.escape(row['meaning'])}</small>"))
        return _notebook.page("Parameters", rows)

    def __eq__(self, other: object) -> bool:
        return self._values == other._values if isinstance(other, Parameters) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self.to_dict().values()))

    def __reduce__(self) -> tuple[Callable[[dict[str, Any]], Parameters], tuple[dict[str, Any]]]:
        return _unpickled, (self.to_dict(),)


def _unpickled(values: dict[str, Any]) -> Parameters:
    return Parameters.from_dict(with_known_rules(values))


def with_known_rules(values: dict[str, Any]) -> dict[str, Any]:
    """Hyperparameters from a pickle, whose `order` may name rules of a user's own that are not defined yet."""
    order = values.get("order")
    if isinstance(order, tuple):
        _core.know_rules([name for name in order if isinstance(name, str)])
    return values


def _reader(name: str) -> property:
    return property(lambda self: self._values.value(name))


for _row in _core.parameter_table():
    setattr(Parameters, _row["name"], _reader(_row["name"]))


def core_parameters(parameters: object) -> _core.Parameters:
    """The engine's form of a caller's ``parameters`` argument."""
    if isinstance(parameters, Parameters):
        return parameters._values
    hint = ""
    if isinstance(parameters, Mapping):
        is_state = "Wee" in parameters
        hint = "state= takes it" if is_state else "sorn.Parameters.from_dict() makes one of a dictionary"
    elif isinstance(parameters, Real):
        hint = "a number of units is given by name: ne=200"
    raise ParameterError(f"parameters is of type {type(parameters).__name__}", "must be a sorn.Parameters object", hint)
