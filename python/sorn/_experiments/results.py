"""What came out of an experiment, over all networks, beside what was published."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .._arguments import FloatArray, did_you_mean
from .._errors import StateError, UnknownNameError
from .description import Claim, Experiment, Labels, Row
from .measures import Estimate, Values, kind_and_options
from .run import Task, quantities_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Verdict = Literal["inside", "outside", "holds", "not clear", "does not hold", "–"]

_DEVIATIONS = 2.0  # within which a published value counts as inside, and beyond which a difference counts as clear


@dataclass(frozen=True)
class Line:
    """A line of the table: a quantity in a condition."""

    text: str
    quantity: str
    labels: Labels
    published: float | str
    source: str
    mean: float
    """Over the networks; or what was computed from all of them together."""
    spread: float
    """The standard deviation over the networks; for a pooled quantity, over samples of the networks."""
    networks: int
    pooled: bool
    verdict: Verdict
    note: str
    wanted: tuple[float, float] | None
    """The range in which our value must lie, if the published one has a tolerance of its own."""


@dataclass(frozen=True)
class ClaimLine:
    """A published statement, tested over pairs: the same network in two conditions."""

    text: str
    labels: Labels
    """Of the axes that both conditions share."""
    difference: float
    """The mean difference."""
    spread: float
    """Its standard deviation over the networks."""
    above: int
    """The number of networks in which the difference is above 0."""
    networks: int
    verdict: Verdict
    source: str
    note: str


class Results:
    """The outcomes of all networks in all conditions of an experiment."""

    def __init__(self, experiment: Experiment, tasks: list[Task], outcomes: list[Values], quick: bool = False) -> None:
        self.experiment = experiment
        self.tasks = tasks
        self.quick = quick
        self._outcomes = [quantities_of(outcome) for outcome in outcomes]
        self.seconds = [float(outcome["seconds"]) for outcome in outcomes]

    def each(self) -> Iterator[tuple[Task, Values]]:
        """Each network in each condition, and what was measured in it."""
        yield from zip(self.tasks, self._outcomes, strict=True)

    def outcomes(self, labels: Labels) -> list[Values]:
        """What was measured in the networks of a condition, in their order."""
        return [outcome for task, outcome in self.each() if task.labels == labels]

    @property
    def quantities(self) -> list[str]:
        """The names of everything that was measured."""
        return list(self._outcomes[0]) if self._outcomes else []

    def values(self, quantity: str, labels: Labels) -> FloatArray:
        """A number of each network in a condition, NaN where it is undefined."""
        return np.array([float(value) for value in self.arrays(quantity, labels)])

    def arrays(self, quantity: str, labels: Labels) -> list[Any]:
        """A quantity of each network in a condition."""
        if quantity not in self.quantities:
            raise UnknownNameError(
                f"unknown quantity '{quantity}'", did_you_mean(quantity, [*self.quantities, *self.pooled(labels)])
            )
        return [outcome[quantity] for outcome in self.outcomes(labels)]

    def pooled(self, labels: Labels) -> dict[str, Estimate]:
        """What measures compute from all networks of a condition together."""
        key = tuple(labels.items())
        if key not in self._pools:
            self._pools[key] = self._pool(labels)
        return self._pools[key]

    @cached_property
    def _pools(self) -> dict[tuple[tuple[str, str], ...], dict[str, Estimate]]:
        return {}

    def _pool(self, labels: Labels) -> dict[str, Estimate]:
        found: dict[str, Estimate] = {}
        outcomes = self.outcomes(labels)
        for name, table in self.experiment.condition(labels).measures.items():
            kind, options = kind_and_options(table)
            if kind.pool is None:
                continue
            parts = [
                {key.removeprefix(f"{name}."): value for key, value in one.items() if key.startswith(f"{name}.")}
                for one in outcomes
            ]
            pooled = kind.pool(parts, seed=self.experiment.seed, **options)
            found |= {f"{name}.{key}": estimate for key, estimate in pooled.items()}
        return found

    def estimate(self, quantity: str, labels: Labels) -> tuple[float, float, int, bool]:
        """A quantity over the networks: mean, spread, the number of networks in which it is defined, and whether it
        was computed from all together."""
        networks = len(self.outcomes(labels))
        pooled = self.pooled(labels)
        if quantity in pooled:
            return *pooled[quantity], networks, True
        values = self.values(quantity, labels)
        defined = values[np.isfinite(values)]
        if not len(defined):
            return np.nan, np.nan, 0, False
        return float(np.mean(defined)), _deviation(defined), len(defined), False

    def table(self) -> list[Line]:
        """The rows of the experiment, one line for each condition that a row is about."""
        return [self._line(row, labels) for row in self.experiment.table for labels in self.experiment.matching(row.at)]

    def claims(self) -> list[ClaimLine]:
        """The published statements of the experiment."""
        return [
            self._claim(claim, labels)
            for claim in self.experiment.claims
            for labels in self.experiment.matching(claim.larger)
        ]

    def plot(
        self, panels: Sequence[Mapping[str, Any]] | None = None, savefig: bool | str | os.PathLike[str] = False
    ) -> Figure:
        """The figure of the experiment, as ``sorn reproduce`` writes it (``pip install 'sorn[plot]'``).

        Parameters
        ----------
        panels : sequence of mappings, optional
            Panels to draw instead of those of the description, such as ``[{"kind": "bars", "y": "letter.last"}]``. No
            network runs again.
        savefig : bool or path, default False
            True saves experiment.png into the current folder; a path saves there.

        Returns
        -------
        matplotlib.figure.Figure
            Two panels in a row. Ours is in colour, what was published in grey.

        Raises
        ------
        StateError
            If the experiment has no panels.
        ParameterError, UnknownKeywordError, UnknownNameError
            If a panel is not valid, or if the figure cannot be saved under that name.
        IoError
            If it cannot be written.
        """
        from .._plotting._canvas import save
        from .figures import draw, panels_of

        shown = self
        if panels is not None:
            shown = copy(self)
            shown.experiment = self.experiment.patched({"figure": {"panels": panels}})
        if not panels_of(shown.experiment):
            raise StateError(
                f"'{self.experiment.name}' has no panels to draw",
                "a figure needs one or more",
                "give panels, such as [{'kind': 'bars', 'y': 'letter.last'}]",
            )
        figure = draw(shown)
        save(figure, "experiment.png", savefig)
        return figure

    def _line(self, row: Row, labels: Labels) -> Line:
        mean, spread, networks, pooled = self.estimate(row.quantity, labels)
        wanted = None
        verdict: Verdict = "–"
        if row.low is not None or row.high is not None:
            wanted = (-np.inf if row.low is None else row.low, np.inf if row.high is None else row.high)
            verdict = "inside" if wanted[0] <= mean <= wanted[1] else "outside"
        elif not isinstance(row.published, str):
            near = abs(mean - row.published) <= _DEVIATIONS * (0.0 if np.isnan(spread) else spread)
            verdict = "inside" if near else "outside"
        text = row.text or row.quantity
        return Line(
            text, row.quantity, labels, row.published, row.source, mean, spread, networks, pooled, verdict, row.note,
            wanted,
        )  # fmt: skip

    def _claim(self, claim: Claim, labels: Labels) -> ClaimLine:
        other = {**labels, **claim.smaller}
        quantity = claim.smaller_quantity or claim.quantity
        first, second = self.values(claim.quantity, labels), self.values(quantity, other)
        pairs = min(len(first), len(second))  # the same seeds, so the same networks as far as the conditions allow
        differences = first[:pairs] - second[:pairs]
        differences = differences[np.isfinite(differences)]
        count = len(differences)
        mean = float(np.mean(differences)) if count else np.nan
        spread = _deviation(differences)
        error = spread / np.sqrt(count) if count else np.nan
        verdict: Verdict = "not clear"
        if count > 1 and mean > _DEVIATIONS * error:
            verdict = "holds"
        elif count > 1 and mean < -_DEVIATIONS * error:
            verdict = "does not hold"
        shared = {axis: label for axis, label in labels.items() if other[axis] == label}
        above = int(np.sum(differences > 0))
        return ClaimLine(claim.text, shared, mean, spread, above, count, verdict, claim.source, claim.note)


def _deviation(values: FloatArray) -> float:
    """The standard deviation of the population that the networks are drawn from; NaN for one network."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else np.nan
