"""What experiments measure in the run of one network, and over all networks. Each measure is a row of a table.

A measure is a function of a :class:`NetworkRun` and of options, and returns numbers and arrays by name. Those that pool
the networks have a second function. Everything that takes time is computed by the engine.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..._arguments import did_you_mean, quoted
from ..._errors import ParameterError, StateError, UnknownKeywordError, UnknownNameError
from ..._network import Network
from ..._recording import Recordings
from ...readout import Readout
from ...sources import Source

Values = dict[str, Any]
"""Numbers and arrays by name."""


@dataclass
class NetworkRun:
    """The run of one network in one condition."""

    seed: int
    phases: dict[str, Recordings] = field(default_factory=dict)
    """What each phase recorded."""
    networks: dict[str, Network] = field(default_factory=dict)
    """The network at the end of each phase."""
    sources: dict[str, Source | None] = field(default_factory=dict)
    """What the network was shown in each phase."""
    answers: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    """The right answer of each step of the phases with rewards, -1 where there is none."""
    readouts: dict[str, Readout] = field(default_factory=dict)
    """The readout of each phase in which the network was shown its own predictions."""

    def recorded(self, phase: str, quantity: str) -> npt.NDArray[Any]:
        """A recording of a phase. @throws StateError if the phase did not record it"""
        found = self.phases[phase]
        if quantity not in found:
            raise StateError(f"phase '{phase}'", f"does not record {quantity}", f"set phases.{phase}.record")
        return found[quantity]

    def wanted(self, phase: str) -> npt.NDArray[np.int64]:
        """The right answers of a phase. @throws StateError if nothing is rewarded in it"""
        if phase not in self.answers:
            raise StateError(f"phase '{phase}'", "has no answers, since nothing is rewarded in it")
        return self.answers[phase]


class Estimate(NamedTuple):
    """A number that was computed from all networks together."""

    value: float
    spread: float
    """Its standard deviation over samples of the networks."""


MeasureFunction = Callable[..., Values]
Pool = Callable[..., dict[str, Estimate]]


@dataclass(frozen=True)
class Measure:
    """A row of the table of measures."""

    name: str
    function: MeasureFunction
    pool: Pool | None
    phases: tuple[str, ...]
    """The options that name phases."""

    @property
    def meaning(self) -> str:
        """The first line of the function's documentation."""
        return (self.function.__doc__ or "").strip().split("\n")[0]


_MEASURES: dict[str, Measure] = {}


def measure(*phases: str, pool: Pool | None = None) -> Callable[[MeasureFunction], MeasureFunction]:
    """Make a function a measure, under its own name.

    The function is given a :class:`NetworkRun` and the options of the description as keywords, and returns a dictionary
    of numbers and arrays. `phases` are the options that name phases of the run.
    """

    def register(function: MeasureFunction) -> MeasureFunction:
        name = function.__name__
        _MEASURES[name] = Measure(name, function, pool, phases)
        return function

    return register


def measure_table() -> list[Measure]:
    """All measures, in the order of their definition."""
    return list(_MEASURES.values())


def own_measures(tables: Mapping[str, Mapping[str, Any]]) -> tuple[Measure, ...]:
    """The measures of a description that are not of this package."""
    kinds = {kind.name: kind for kind, _ in map(kind_and_options, tables.values())}
    return tuple(kind for kind in kinds.values() if not str(kind.function.__module__).startswith(f"{__package__}."))


def know(measures: Iterable[Measure]) -> None:
    """Add measures that are missing in the table of this process."""
    for one in measures:
        _MEASURES.setdefault(one.name, one)


def check_measure(name: str, table: Mapping[str, Any], phases: Iterable[str]) -> None:
    """Check an entry of a description before anything runs."""
    where = f"measures.{name}"
    if not isinstance(table, Mapping) or not isinstance(table.get("measure"), str):
        raise ParameterError(where, "must be a table with 'measure', the name of a measure")
    kind, options = kind_and_options(table)
    taken = list(inspect.signature(kind.function).parameters)[1:]
    for option in options:
        if option not in taken:
            raise UnknownKeywordError(f"unknown option '{option}' of {where}", did_you_mean(option, taken))
    known = list(phases)
    for option in kind.phases:
        if options.get(option) not in known:
            raise ParameterError(
                f"{where}.{option} = {quoted(options.get(option))}",
                f"must be one of the phases {', '.join(known)}",
                did_you_mean(str(options.get(option)), known),
            )


def kind_and_options(table: Mapping[str, Any]) -> tuple[Measure, dict[str, Any]]:
    """The measure that an entry of a description names, and its options."""
    options = dict(table)
    name = options.pop("measure")
    if name not in _MEASURES:
        raise UnknownNameError(f"unknown measure '{name}'", did_you_mean(name, _MEASURES))
    return _MEASURES[name], options
