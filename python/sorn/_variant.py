"""Variants: published SORNs, and a user's own, as values."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from . import _core, _notebook
from ._arguments import did_you_mean, quoted
from ._errors import ParameterError, UnknownKeywordError, UnknownNameError

if TYPE_CHECKING:
    from typing import Unpack

    from ._names import Hyperparameters

_ROWS = {row["name"]: row for row in _core.variant_table()}
_SWITCHES = tuple(_core.switch_list())
_DEFAULT = next(iter(_ROWS))


class Variant:
    """A SORN as a value: all switches and hyperparameters that distinguish one network from another.

    Every call that takes hyperparameters takes a variant: ``Network(variant=variant, ne=400)``. Hyperparameters of the
    call override those of the variant. Immutable: :meth:`replace` makes a changed copy. Each value can be read as an
    attribute: ``Variant("zheng2013").inhibition``.

    Parameters
    ----------
    name : str, default 'nambusubramaniyan2021'
        A published variant; ``Variant.names()`` lists them, and the documentation compares them.

    Raises
    ------
    UnknownNameError
        For an unknown name.

    Examples
    --------
    >>> mine = Variant("zheng2013").replace(noise_sigma=0.1, order=["ip", "stdp", "ss"])
    >>> mine
    Variant('zheng2013').replace(order=('excitatory', 'inhibitory', 'ip', 'stdp', 'ssee', 'ssei'), noise_sigma=0.1)
    >>> mine.differences()["noise_sigma"]
    (0.1, 0.22360679774997896)
    """

    __slots__ = ("_values",)
    _values: _core.Parameters

    def __init__(self, name: str = _DEFAULT) -> None:
        if not isinstance(name, str):
            raise UnknownNameError(f"variant = {quoted(name)}", f"must be one of {', '.join(_ROWS)}")
        self._values = _core.variant_parameters(name)

    @classmethod
    def _of(cls, core: _core.Parameters) -> Variant:
        """The variant of a network. Its numbers of units are left out."""
        self = cls.__new__(cls)
        values = core.as_dict()
        own = {name: values[name] for name in _SWITCHES}
        self._values = _core.variant_parameters(values["variant"]).replaced(own)
        return self

    @staticmethod
    def names() -> list[str]:
        """The names of the published variants."""
        return list(_ROWS)

    @property
    def name(self) -> str:
        """The published variant from which the values come that were not replaced."""
        name: str = self._values.as_dict()["variant"]
        return name

    @property
    def meaning(self) -> str:
        """A few words about the published variant."""
        return _ROWS[self.name]["meaning"]

    @property
    def publication(self) -> str:
        """The publication of the variant, with its DOI."""
        return _ROWS[self.name]["publication"]

    @property
    def good_for(self) -> str:
        """The experiments that the published variant suits."""
        return _ROWS[self.name]["good_for"]

    @property
    def paper_and_program(self) -> str:
        """Where the publication and its program differ; empty if nothing is known."""
        return _ROWS[self.name]["differences"]

    def source(self, switch: str) -> str:
        """Where the value of a switch of the published variant comes from. UnknownNameError for another name."""
        if switch not in _SWITCHES:
            raise UnknownNameError(f"unknown switch {quoted(switch)}", "", did_you_mean(switch, _SWITCHES))
        return _core.switch_source(self.name, switch)

    def replace(self, **switches: Unpack[Hyperparameters]) -> Variant:
        """A variant of your own: a copy with new values for the named switches.

        Raises
        ------
        UnknownKeywordError
            For a name that is no switch. Numbers of units are given to the network.
        ParameterError
            For a value outside its range, or switches that contradict each other. The message names them.
        """
        for unknown in switches:
            if unknown not in _SWITCHES:
                sizes = {"ne", "ni", "nu", "variant"}
                hint = "give it to the network" if unknown in sizes else did_you_mean(unknown, _SWITCHES)
                raise UnknownKeywordError(
                    f"a variant has no switch '{unknown}'", f"it has {', '.join(_SWITCHES)}", hint
                )
        core = self._values.replaced(dict(switches))
        core.validate()
        self = type(self).__new__(type(self))
        self._values = core
        return self

    def differences(self, other: Variant | str | None = None) -> dict[str, tuple[Any, Any]]:
        """The switches in which two variants differ, with the values of this one and of the other.

        Parameters
        ----------
        other : Variant or str, optional
            The published variant of this name unless given.
        """
        if other is None:
            other = self.name
        theirs = (other if isinstance(other, Variant) else Variant(other)).to_dict()
        ours = self.to_dict()
        return {name: (ours[name], theirs[name]) for name in _SWITCHES if ours[name] != theirs[name]}

    def to_dict(self) -> dict[str, Any]:
        """The name of the published variant, as ``variant``, and the values of all switches."""
        values = self._values.as_dict()
        return {name: values[name] for name in ("variant", *_SWITCHES)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Variant:
        """The inverse of :meth:`to_dict`. Missing switches have the values of the published variant."""
        if not isinstance(values, Mapping):
            raise ParameterError(f"values is of type {type(values).__name__}", "must be a mapping from names to values")
        own = dict(values)
        return cls(own.pop("variant", _DEFAULT)).replace(**own)

    def __getattr__(self, name: str) -> Any:
        if name in _SWITCHES:
            return self._values.value(name)
        raise AttributeError(f"a variant has no switch {name!r}", name=name, obj=self)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *_SWITCHES]

    def __repr__(self) -> str:
        changed = ", ".join(f"{name}={own!r}" for name, (own, _) in self.differences().items())
        return f"Variant({self.name!r})" + (f".replace({changed})" if changed else "")

    def _repr_html_(self) -> str:
        """The HTML that a notebook shows: all switches, in bold where they differ from the published variant."""
        changed = self.differences()
        rows = []
        for row in _core.parameter_table():
            if row["name"] not in _SWITCHES:
                continue
            text = html.escape(str(self._values.value(row["name"])))
            shown = f"<b>{text}</b>" if row["name"] in changed else text
            rows.append((row["name"], f"{shown} <small>{html.escape(row['meaning'])}</small>"))
        return _notebook.page(f"Variant {self.name}", rows)

    def __eq__(self, other: object) -> bool:
        return self.to_dict() == other.to_dict() if isinstance(other, Variant) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self.to_dict().values()))

    def __reduce__(self) -> tuple[Callable[[dict[str, Any]], Variant], tuple[dict[str, Any]]]:
        return _unpickled, (self.to_dict(),)


def _unpickled(values: dict[str, Any]) -> Variant:
    _core.know_rules(list(values["order"]))  # those of a user's own may not be defined yet
    return Variant.from_dict(values)


def core_values(hyperparameters: Mapping[str, Any]) -> dict[str, Any]:
    """Hyperparameters in the form that the engine takes: a Variant becomes its values."""
    values = dict(hyperparameters)
    if isinstance(values.get("variant"), Variant):
        values["variant"] = values["variant"]._values
    return values
