"""Experiments as values: what is run, measured, drawn and compared. A description is a dictionary, in TOML or Python.

Every change of a description is a patch, a mapping from dotted names to values, such as ``{"source.n": 8}``: those of
the conditions, of ``--quick``, of ``--as-code`` and of the user.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import product
from typing import Any, TypeVar

from .._arguments import did_you_mean, names, quoted, whole_number
from .._errors import ParameterError, UnknownKeywordError
from .._parameters import Parameters
from ..sources import Source

Patch = Mapping[str, Any]
Labels = dict[str, str]
"""A condition: the label that it has on each axis."""

_Made = TypeVar("_Made")
_MOST = 2**63 - 1
NOT_READABLE = "not readable"
START = "start"


@dataclass(frozen=True)
class Phase:
    """A part of the run of each network. It continues where the phase `after` ended; by default the one before it."""

    name: str
    steps: int
    after: str | None = None
    """Several phases may continue one, as copies of the network, which see the same noise. ``start`` is the network as
    it was built."""
    phase: str = "plasticity"
    """``training``: no rule acts, except intrinsic plasticity if the network's ``always_ip`` is on."""
    freeze: tuple[str, ...] = ()
    noise: bool | float = True
    source: dict[str, Any] | None = None
    """What the network is shown in this phase, if not what the experiment says."""
    closed_loop: dict[str, Any] = field(default_factory=dict)
    """If it is set, the network is shown what a readout of its activity names, which drives the pools of the source.
    ``train`` is the phase whose recordings the readout is trained on; the others are options of the measure `readout`:
    state, lag, method, mu, C, bias."""
    network: dict[str, Any] = field(default_factory=dict)
    """Hyperparameters that change as the phase begins, and stay."""
    activity: str = "kept"
    """What happens to the activity as the phase begins. It is ``kept``; or ``silent``, all units at 0; or ``shuffled``,
    permuted among the excitatory and among the inhibitory units."""
    record: tuple[str, ...] = ()
    lifetimes: bool = False
    """Whether the births and lifetimes of synapses are kept."""
    reward: dict[str, Any] | None = None
    """The task of this phase and its options, if it is not that of the experiment; empty for no reward; or
    ``{shuffled = PHASE}``, the rewards of an earlier phase in random order."""


@dataclass(frozen=True)
class Row:
    """A row of the table, or several: one for each label of the axes that `at` does not fix."""

    quantity: str
    text: str = ""
    at: Labels = field(default_factory=dict)
    published: float | str = NOT_READABLE
    source: str = ""
    """Where the published value was read."""
    low: float | None = None
    high: float | None = None
    """The range in which our value must lie to be inside, if the published value has a tolerance of its own."""
    note: str = ""


@dataclass(frozen=True)
class Claim:
    """A published statement that one quantity is larger in some conditions than in others, in the same networks."""

    text: str
    quantity: str
    larger: Labels
    smaller: Labels
    smaller_quantity: str = ""
    """The quantity of the other side, if it is another one."""
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Experiment:
    """A published experiment, or one of your own, as a value.

    It reads like the methods of a paper: the network, what it is shown, the phases of the run, the conditions, what is
    measured, and what was published.
    """

    name: str
    title: str
    question: str
    publication: str
    network: dict[str, Any]
    phases: tuple[Phase, ...]
    measures: dict[str, dict[str, Any]]
    doi: str = ""
    source: dict[str, Any] | None = None
    reward: dict[str, Any] | None = None
    """The task that the network is rewarded for, and its options."""
    networks: int = 10
    seed: int = 1
    axes: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """The labels of each axis, and their patches. Every combination is a condition."""
    table: tuple[Row, ...] = ()
    claims: tuple[Claim, ...] = ()
    figure: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What differs from the paper, and what the paper and its program say differently."""
    quick: dict[str, Any] = field(default_factory=dict)
    as_code: dict[str, Any] = field(default_factory=dict)
    """The deviations of the authors' program from their text, as a patch."""

    @staticmethod
    def from_dict(table: Mapping[str, Any]) -> Experiment:
        """The experiment that a dictionary describes, as a TOML file does.

        Raises
        ------
        UnknownKeywordError
            For a key that no experiment has; the message names the nearest one.
        ParameterError
            For a value that is missing or wrong.
        """
        values = copy.deepcopy(dict(table))
        phases = _table("phases", values.pop("phases", {}))
        made = tuple(_phase(name, _table(f"phases.{name}", phase)) for name, phase in phases.items())
        rows = tuple(_made(Row, f"table[{k}]", row) for k, row in enumerate(_list("table", values.pop("table", []))))
        claims = tuple(
            _made(Claim, f"claims[{k}]", claim) for k, claim in enumerate(_list("claims", values.pop("claims", [])))
        )
        notes = tuple(str(note) for note in _list("notes", values.pop("notes", [])))
        values |= {"phases": made, "table": rows, "claims": claims, "notes": notes}
        experiment = _made(Experiment, "the experiment", values)
        experiment._check()
        return experiment

    def to_dict(self) -> dict[str, Any]:
        """The inverse of :meth:`from_dict`. Entries with their defaults are left out."""
        table = _without_defaults(self)
        table["phases"] = {phase.name: _without_defaults(phase, "name") for phase in self.phases}
        for key in ("table", "claims"):
            if key in table:
                table[key] = [_without_defaults(row) for row in getattr(self, key)]
        plain: dict[str, Any] = json.loads(json.dumps(table))
        return plain

    def patched(self, patch: Patch) -> Experiment:
        """The experiment with some values replaced.

        Parameters
        ----------
        patch : mapping
            New values by their dotted names: ``{"networks": 50, "source.n": 8, "phases.organise.steps": 10_000}``. A
            name with ``*`` stands for all: ``phases.*.steps``.
        """
        table = self.to_dict()
        for name, value in patch.items():
            _set(table, name.split("."), value, name)
        return Experiment.from_dict(table)

    @property
    def conditions(self) -> list[Labels]:
        """All combinations of the labels of the axes; one without labels if there are no axes."""
        return [dict(zip(self.axes, labels, strict=True)) for labels in product(*self.axes.values())]

    def condition(self, labels: Labels) -> Experiment:
        """The experiment in one condition: the patches of its labels, in the order of the axes."""
        one = self.patched({"axes": {}, "table": [], "claims": [], "figure": {}})
        for axis, label in labels.items():
            one = one.patched(self.axes[axis][label])
        return one

    def matching(self, at: Labels) -> list[Labels]:
        """The conditions that have all labels of `at`."""
        return [labels for labels in self.conditions if all(labels[axis] == label for axis, label in at.items())]

    @property
    def steps(self) -> int:
        """The steps of one network in one condition."""
        return sum(phase.steps for phase in self.phases)

    def _check(self) -> None:
        from .measures import check_measure  # the rows of the table of measures describe phases, too
        from .rewards import check_reward

        for key in ("name", "title", "question", "publication"):
            if not isinstance(getattr(self, key), str) or not getattr(self, key).strip():
                raise ParameterError(f"{key} = {quoted(getattr(self, key))}", "must be a text")
        whole_number("networks", self.networks, 1, 1_000_000, "a whole number from 1 to 1000000")
        whole_number("seed", self.seed, 0, 2**64 - 1, "a whole number from 0 to 2^64 - 1")
        if not self.phases:
            raise ParameterError("phases", "must have one or more")
        known: list[str] = []
        for phase in self.phases:
            if phase.name == START:
                raise ParameterError(f"phases.{START}", "is the network as it was built: give the phase another name")
            if phase.after is not None and phase.after not in [START, *known]:
                raise ParameterError(
                    f"phases.{phase.name}.after = {quoted(phase.after)}",
                    "must be an earlier phase",
                    did_you_mean(phase.after, known),
                )
            if phase.reward:
                check_reward(f"phases.{phase.name}.reward", phase.reward, known if self.reward else ())
            self._check_loop(phase, known)
            known.append(phase.name)
            if phase.source is not None:
                source_from(phase.source)
        Parameters(**self.network)
        if self.source is not None:
            source_from(self.source)
        if self.reward:
            check_reward("reward", self.reward, ())
        for axis, labels in self.axes.items():
            if not isinstance(labels, Mapping) or not labels:
                raise ParameterError(f"axes.{axis}", "must have a patch for each of one or more labels")
        for name, measure in self.measures.items():
            check_measure(name, measure, known)
        if self.axes:
            for condition in self.conditions:
                self.condition(condition)
        for name, at in self._labels_of_rows():
            self._check_labels(name, at)
        for name, quantity in self._quantities():
            self._check_quantity(name, quantity)
        self._check_figure()

    def _check_loop(self, phase: Phase, before: Sequence[str]) -> None:
        from .measures import LOOP_OPTIONS

        where = f"phases.{phase.name}.closed_loop"
        for key in phase.closed_loop:
            if key not in LOOP_OPTIONS:
                raise UnknownKeywordError(f"unknown entry '{key}' of {where}", did_you_mean(key, LOOP_OPTIONS))
        if not phase.closed_loop:
            return
        train = phase.closed_loop.get("train")
        if train not in before:
            raise ParameterError(
                f"{where}.train = {quoted(train)}", "must be an earlier phase", did_you_mean(str(train), before)
            )
        if not (self.source if phase.source is None else phase.source):
            raise ParameterError(where, "needs a source, whose pools it drives")

    def _labels_of_rows(self) -> Iterator[tuple[str, Labels]]:
        for k, row in enumerate(self.table):
            yield f"table[{k}].at", row.at
        for k, claim in enumerate(self.claims):
            yield f"claims[{k}].larger", claim.larger
            yield f"claims[{k}].smaller", claim.smaller

    def _quantities(self) -> Iterator[tuple[str, object]]:
        """Everything that names a quantity, and what it names."""
        for k, row in enumerate(self.table):
            yield f"table[{k}].quantity", row.quantity
        for k, claim in enumerate(self.claims):
            yield f"claims[{k}].quantity", claim.quantity
            if claim.smaller_quantity:
                yield f"claims[{k}].smaller_quantity", claim.smaller_quantity

    def _check_quantity(self, name: str, quantity: object) -> None:
        measure, dot, rest = str(quantity).partition(".")
        if not isinstance(quantity, str) or measure not in self.measures or not (dot and rest):
            raise ParameterError(
                f"{name} = {quoted(quantity)}",
                f"must be MEASURE.NUMBER with one of the measures {', '.join(self.measures)}",
                did_you_mean(measure, self.measures),
            )

    def _check_figure(self) -> None:
        from .figures import check_panel  # which draws what is described here

        for k, panel in enumerate(_list("figure.panels", self.figure.get("panels", []))):
            name = f"figure.panels[{k}]"
            for key, quantity in check_panel(name, _table(name, panel)):
                self._check_quantity(f"{name}.{key}", quantity)
            self._check_labels(f"{name}.at", _table(f"{name}.at", panel.get("at", {})))
            if panel["kind"] == "lines" and panel["x"] not in self.axes:
                raise ParameterError(
                    f"{name}.x = {quoted(panel['x'])}", "must be an axis", did_you_mean(panel["x"], self.axes)
                )

    def _check_labels(self, name: str, at: Labels) -> None:
        for axis, label in at.items():
            if axis not in self.axes:
                raise ParameterError(f"{name}.{axis}", "must be an axis", did_you_mean(axis, self.axes))
            if label not in self.axes[axis]:
                raise ParameterError(
                    f"{name}.{axis} = {quoted(label)}",
                    f"must be one of {', '.join(self.axes[axis])}",
                    did_you_mean(label, self.axes[axis]),
                )


def source_from(table: Mapping[str, Any]) -> Source | None:
    """The source that a table describes; None for an empty one, which shows nothing.

    A network that is shown its own answers has the symbols and pools of a source of random symbols.
    """
    if shows_own_answers(table):
        table = {**table, "source": "random_symbols"}
    return Source.from_dict(table) if table else None


def shows_own_answers(table: Mapping[str, Any]) -> bool:
    """Whether the network is shown its own last answer, and the first symbol at first."""
    return table.get("source") == "own_answers"


def _phase(name: str, table: Mapping[str, Any]) -> Phase:
    values: dict[str, Any] = {"name": name, **table}
    rule = "names, as a list or a text"
    for key in ("freeze", "record"):
        if key in values:
            values[key] = names(f"phases.{name}.{key}", values[key], rule)
    phase = _made(Phase, f"phases.{name}", values)
    whole_number(f"phases.{name}.steps", phase.steps, 1, _MOST, "a whole number from 1 on")
    if phase.activity not in ("kept", "silent", "shuffled"):
        raise ParameterError(f"phases.{name}.activity = {quoted(phase.activity)}", "must be kept, silent or shuffled")
    return phase


def _made(kind: type[_Made], where: str, values: object) -> _Made:
    table = _table(where, values)
    known = [one.name for one in fields(kind)]  # type: ignore[arg-type]
    for key in table:
        if key not in known:
            raise UnknownKeywordError(f"unknown entry '{key}' of {where}", did_you_mean(key, known))
    try:
        return kind(**table)
    except TypeError:
        required = [one for one in _required(kind) if one not in table]
        raise ParameterError(where, f"must have {', '.join(required)}") from None


def _required(kind: type) -> list[str]:
    from dataclasses import MISSING

    return [one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING]


def _without_defaults(value: Any, *left_out: str) -> dict[str, Any]:
    from dataclasses import MISSING

    table = {}
    for one in fields(value):
        own = getattr(value, one.name)
        default = one.default_factory() if one.default_factory is not MISSING else one.default
        if one.name not in left_out and (default is MISSING or own != default):
            table[one.name] = own
    return table


def _table(name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ParameterError(f"{name} = {quoted(value)}", "must be a table")
    return dict(value)


def _list(name: str, value: object) -> Sequence[Any]:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise ParameterError(f"{name} = {quoted(value)}", "must be a list")
    return list(value)


def _set(table: dict[str, Any], path: list[str], value: Any, name: str) -> None:
    """Set the entry at a path. A table on the way that is missing is made; one that is replaced by a patch is whole."""
    first, rest = path[0], path[1:]
    if first == "*":
        if not rest:
            raise ParameterError(f"patch '{name}'", "must end with a name")
        for part in table.values():
            if isinstance(part, dict):
                _set(part, rest, value, name)
        return
    if not rest:
        table[first] = value
        return
    part = table.setdefault(first, {})
    if not isinstance(part, dict):
        raise ParameterError(f"patch '{name}'", f"'{first}' is no table, and has no entries")
    _set(part, rest, value, name)
