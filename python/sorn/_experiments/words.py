"""An experiment in words and cells: for its page, its tables and the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from .description import NOT_READABLE, START, Experiment, Labels, Phase
from .measures import kind_and_options
from .results import ClaimLine, Line, Results

TABLE_COLUMNS = (
    "quantity", "what", "condition", "published", "source", "ours", "spread", "networks", "pooled", "verdict", "note",
)  # fmt: skip
_ROUNDING = 1e-12  # relative; a smaller spread is one of the last digits

CLAIM_COLUMNS = ("claim", "condition", "difference", "spread", "above", "networks", "verdict", "source", "note")


def table_rows(results: Results) -> Iterator[list[Any]]:
    """The table for a CSV file, with all digits."""
    for line in results.table():
        yield [
            line.quantity, line.text, condition(line.labels), line.published, line.source, repr(line.mean),
            repr(line.spread), line.networks, line.pooled, line.verdict, line.note,
        ]  # fmt: skip


def claim_rows(results: Results) -> Iterator[list[Any]]:
    """The claims for a CSV file, with all digits."""
    for line in results.claims():
        yield [
            line.text, condition(line.labels), repr(line.difference), repr(line.spread), line.above, line.networks,
            line.verdict, line.source, line.note,
        ]  # fmt: skip


def table_cells(results: Results) -> list[dict[str, str]]:
    """The table for a page or a terminal. If there are conditions, it has the lines with a published value alone."""
    lines = results.table()
    if results.experiment.axes:
        lines = [line for line in lines if line.published != NOT_READABLE or line.wanted is not None]
    return [
        {
            "what": line.text,
            "condition": condition(line.labels),
            "published": _published(line),
            "ours": plus_minus(line.mean, line.spread),
            "networks": f"{line.networks}{' together' if line.pooled else ''}",
            "verdict": line.verdict,
            "source": line.source,
            "note": line.note,
        }
        for line in lines
    ]


class Grid(NamedTuple):
    """What came out in all conditions: the last axis gives the columns, the others and the quantities the rows."""

    axis: str
    columns: list[str]
    rows: list[tuple[str, str, list[str]]]
    """What it is, empty if it is what the row above is; the condition on the other axes; and a cell for each column."""


def grid(results: Results) -> Grid | None:
    """All lines of the table in one grid; None if there are no conditions."""
    axes = results.experiment.axes
    if not axes:
        return None
    last = list(axes)[-1]
    texts: dict[str, str] = {}
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for line in results.table():
        texts.setdefault(line.quantity, line.text)
        others = condition({axis: label for axis, label in line.labels.items() if axis != last})
        cells.setdefault((line.quantity, others), {})[line.labels[last]] = plus_minus(line.mean, line.spread)
    columns = list(axes[last])
    rows = []
    for name, text in texts.items():
        parts = [(others, row) for (quantity, others), row in cells.items() if quantity == name]
        for place, (others, row) in enumerate(parts):
            rows.append(("" if place else text, others, [row.get(label, "") for label in columns]))
    return Grid(last, columns, rows)


def claim_cells(results: Results) -> list[dict[str, str]]:
    """The claims for a page or a terminal."""
    return [
        {
            "what": line.text,
            "condition": condition(line.labels),
            "difference": plus_minus(line.difference, line.spread),
            "networks": f"{line.above} of {line.networks} above 0",
            "verdict": line.verdict,
            "source": line.source,
            "note": line.note,
        }
        for line in results.claims()
    ]


def condition(labels: Labels) -> str:
    """A condition in words."""
    return ", ".join(f"{axis}: {label}" for axis, label in labels.items())


def number(value: float) -> str:
    """A number with four digits at most."""
    if not math.isfinite(value):
        return "undefined"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def plus_minus(mean: float, spread: float) -> str:
    """A mean and its spread, both with the digits that the spread leaves."""
    if not math.isfinite(mean):
        return "undefined"
    if not math.isfinite(spread) or spread <= 1e-12 * abs(mean):  # that of rounding is none
        return number(mean)
    places = max(0, 1 - math.floor(math.log10(spread)))
    return f"{mean:,.{places}f} ± {spread:,.{places}f}"


def _published(line: Line) -> str:
    shown = line.published if isinstance(line.published, str) else f"{line.published:g}"
    if line.wanted is None:
        return shown
    low, high = line.wanted
    return f"{shown} ({low:g} to {high:g})"


def summary(results: Results) -> str:
    """How many published values lie inside, and how many claims hold."""
    lines = [line for line in results.table() if line.verdict in ("inside", "outside")]
    claims: list[ClaimLine] = results.claims()
    parts = []
    if lines:
        parts.append(f"{sum(line.verdict == 'inside' for line in lines)} of {len(lines)} published values inside")
    if claims:
        parts.append(f"{sum(line.verdict == 'holds' for line in claims)} of {len(claims)} statements hold")
    return ", ".join(parts) or "nothing published could be read"


def caption(results: Results) -> str:
    """The caption of the figure, with the number of networks."""
    text = results.experiment.figure.get("caption", "")
    every = ", each in every condition" if results.experiment.axes else ""
    return f"{text} {results.experiment.networks} networks{every}."


def seeds(results: Results) -> str:
    """The seeds of the networks."""
    own = dict.fromkeys(task.seed for task in results.tasks)
    return f"seed {results.experiment.seed}; of the networks {', '.join(map(str, own))}"


def cost(results: Results, memory_mb: float) -> str:
    """What it took."""
    return (
        f"{sum(results.seconds):,.0f} s of one processor for all networks, {max(results.seconds):,.1f} s for the "
        f"longest; at most {memory_mb:,.0f} MB of memory"
    )


def protocol(experiment: Experiment) -> list[str]:
    """The experiment as the methods of a paper tell it, a paragraph for each part."""
    return [
        _network(experiment),
        *(_phase(experiment, place) for place in range(len(experiment.phases))),
        *_conditions(experiment),
        *_measures(experiment),
    ]


def _network(experiment: Experiment) -> str:
    values = dict(experiment.network)
    variant = values.pop("variant", None)
    text = "The default network" if variant is None else f"The network is the variant '{variant}'"
    if values:
        text += f" with {_values(values)}"
    shown = experiment.source
    text += "; it is shown nothing" if not shown else f"; it is shown {_source(shown)}"
    return f"{text}. There are {experiment.networks} networks, with seeds from {experiment.seed}."


def _values(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in values.items())


def _source(table: dict[str, Any]) -> str:
    values = dict(table)
    kind = str(values.pop("source", "a source")).replace("_", " ")
    return f"'{kind}'" + (f" ({_values(values)})" if values else "")


def _reward(table: dict[str, Any]) -> str:
    values = dict(table)
    if "shuffled" in values:
        return f"with the rewards of '{values['shuffled']}' in random order"
    task = values.pop("task")
    return f"rewarded in the task '{task}'" + (f" ({_values(values)})" if values else "")


def _phase(experiment: Experiment, place: int) -> str:
    phase: Phase = experiment.phases[place]
    text = f"{phase.name}: {phase.steps:,} steps"
    if phase.after == START:
        text += " of the network as it was built"
    elif phase.after is not None:
        text += f", a copy that continues after '{phase.after}'"
    text += ", with plasticity" if phase.phase == "plasticity" else ", without plasticity"
    if phase.freeze:
        text += f" but without {', '.join(phase.freeze)}"
    if phase.noise is False:
        text += ", without noise"
    elif phase.noise is not True:
        text += f", with noise of standard deviation {phase.noise}"
    if phase.network:
        text += f", with {_values(phase.network)} from here on"
    if phase.activity == "silent":
        text += ", from silence"
    elif phase.activity == "shuffled":
        text += ", from permuted activity"
    if phase.source is not None:
        text += f", shown {_source(phase.source) if phase.source else 'nothing'}"
    reward = experiment.reward if phase.reward is None else phase.reward
    if reward:
        text += f", {_reward(reward)}"
    if phase.closed_loop:
        values = dict(phase.closed_loop)
        text += f", shown in each step what a readout names, which was trained in '{values.pop('train')}'"
        text += f" ({_values(values)})" if values else ""
    if phase.record:
        text += f"; recorded: {', '.join(phase.record)}"
    return text + "."


def _conditions(experiment: Experiment) -> Iterator[str]:
    for axis, labels in experiment.axes.items():
        parts = [f"{label} ({_values(patch)})" if patch else label for label, patch in labels.items()]
        yield f"Conditions, {axis}: {'; '.join(parts)}."


def _measures(experiment: Experiment) -> Iterator[str]:
    for name, table in experiment.measures.items():
        kind, options = kind_and_options(table)
        yield f"Measured as '{name}': {kind.meaning} ({_values(options)})"
