"""Small changes of a network, as values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from . import _core
from ._arguments import (
    check_keywords,
    frozen_rules,
    items_of,
    quoted,
    real_number,
    truth,
    whole_number,
)
from ._errors import ParameterError

if TYPE_CHECKING:
    from typing import Unpack

    from ._names import Rule
    from ._parameters import Hyperparameters

_MOST_UNITS = 2**31 - 1
_UNIT_RULE = "an excitatory unit: a whole number from 0 on, below ne"


@dataclass(frozen=True, repr=False)
class Change:
    """A change of a network, which a function of :mod:`sorn.twins` has made. It can be compared and pickled."""

    kind: str
    """The name of the function."""
    arguments: dict[str, Any] = field(hash=False)
    """Its arguments by name."""

    @property
    def _core(self) -> _core.Change:
        make: Callable[..., _core.Change] = getattr(_core.Change, self.kind)
        return make(self.arguments) if self.kind == "set" else make(**self.arguments)

    def __repr__(self) -> str:
        return f"twins.{self.kind}({', '.join(f'{name}={value!r}' for name, value in self.arguments.items())})"


ChangeArgument: TypeAlias = Change | Iterable[Change]


def changes_of(change: ChangeArgument) -> tuple[Change, ...]:
    """One change, or several, as a tuple."""
    if isinstance(change, Change):
        return (change,)
    found = items_of(change)
    if found is None or not all(isinstance(one, Change) for one in found):
        raise ParameterError(
            f"change = {quoted(change)}",
            "must be a change, or several: sorn.twins.spike(), synapse(), threshold(), freeze(), set(), lesion()",
        )
    return found  # type: ignore[return-value]


def spike(unit: int | None = None) -> Change:
    """The current activity of an excitatory unit is the opposite: one spike more, or one fewer.

    Parameters
    ----------
    unit : int, optional
        None: it is drawn, anew for each pair of twins.

    Returns
    -------
    Change

    Examples
    --------
    >>> from sorn import twins
    >>> twins.spike(5)
    twins.spike(unit=5)
    """
    return Change("spike", {"unit": _unit("unit", unit)})


def synapse(pre: int | None = None, post: int | None = None, *, weight: float = 0.0, new: bool = False) -> Change:
    """A synapse between excitatory units has another weight, is removed, or is added.

    Parameters
    ----------
    pre, post : int, optional
        The synapse from unit `pre` to unit `post`. None for both: it is drawn, anew for each pair of twins.
    weight : float, default 0.0
        Its weight in the twin; 0: it is removed.
    new : bool, default False
        Whether it is added: then it must not exist, and `weight` must be above 0. Otherwise it must exist.

    Returns
    -------
    Change
    """
    start, end = _unit("pre", pre), _unit("post", post)
    if (start is None) != (end is None):
        raise ParameterError(f"pre = {start}, post = {end}", "must both be given, or both left out")
    return Change(
        "synapse",
        {"pre": start, "post": end, "weight": real_number("weight", weight, 0.0), "new": truth("new", new)},
    )


def threshold(unit: int | None = None, delta: float = 0.1) -> Change:
    """The threshold of an excitatory unit is higher by `delta`, which may be negative.

    Parameters
    ----------
    unit : int, optional
        None: it is drawn, anew for each pair of twins.
    delta : float, default 0.1

    Returns
    -------
    Change
    """
    return Change("threshold", {"unit": _unit("unit", unit), "delta": real_number("delta", delta)})


def freeze(rules: Iterable[Rule] | Rule) -> Change:
    """Plasticity rules never act in the twin: they are missing in its hyperparameter ``order``.

    Parameters
    ----------
    rules : str or iterable of str
        Names of rules that act in the network, as `freeze` of :meth:`sorn.Network.run` takes them.

    Returns
    -------
    Change
    """
    names = frozen_rules(rules)
    if not names:
        raise ParameterError("freeze()", "must be given the name of a rule")
    change = Change("freeze", {"rules": names})
    _ = change._core  # an unknown name is an error here
    return change


def set(**hyperparameters: Unpack[Hyperparameters]) -> Change:  # noqa: A001 - sorn.twins.set is its name
    """Hyperparameters have other values in the twin. ``ne``, ``ni`` and ``no`` must stay the same.

    Parameters
    ----------
    **hyperparameters
        By name.

    Returns
    -------
    Change

    Examples
    --------
    >>> from sorn import twins
    >>> twins.set(eta_stdp=0.002)
    twins.set(eta_stdp=0.002)
    """
    check_keywords(set, hyperparameters)
    if not hyperparameters:
        raise ParameterError("set()", "must be given a hyperparameter, such as eta_stdp=0.002")
    change = Change("set", dict(hyperparameters))
    _ = change._core  # a value of a wrong type is an error here
    return change


def lesion(units: Iterable[int] | int = (), *, drawn: int = 0) -> Change:
    """Excitatory units lose all their synapses, incoming and outgoing.

    They do not count in distances of activity and of thresholds. Structural plasticity may give them new synapses;
    ``[lesion(units), freeze("sp")]`` prevents this.

    Parameters
    ----------
    units : int or iterable of int
        The units, each once.
    drawn : int, default 0
        So many further units are drawn, anew for each pair of twins.

    Returns
    -------
    Change
    """
    items = items_of(units)
    numbers = [
        whole_number("units", unit, 0, _MOST_UNITS, _UNIT_RULE) for unit in ((units,) if items is None else items)
    ]
    count = whole_number("drawn", drawn, 0, _MOST_UNITS, "a whole number of units from 0 on")
    if not numbers and not count:
        raise ParameterError("lesion()", "must be of a unit or more", "lesion([3, 4]) or lesion(drawn=10)")
    return Change("lesion", {"units": tuple(numbers), "drawn": count})


def _unit(name: str, unit: int | None) -> int | None:
    return None if unit is None else whole_number(name, unit, 0, _MOST_UNITS, _UNIT_RULE)
