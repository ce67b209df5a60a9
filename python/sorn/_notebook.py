"""The HTML that notebooks show of an object: a small table, and a line of the activity.

It is made from values in memory. From a file only a few rows are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

_POINTS = 120  # of a line
_ROWS_OF_A_FILE = 60  # for a line
_ROWS_OF_A_TABLE = 10
_WIDTH, _HEIGHT = 240, 36  # size of a line in pixels
_SHORT_NAMES = {"ExcitatoryActivation": "E", "InhibitoryActivation": "I"}


def page(title: str, rows: Iterable[tuple[str, str]], below: str = "") -> str:
    """A title above a table of two columns. The second column is HTML, everything else is text."""
    cells = "".join(
        f'<tr><th style="text-align: left">{escape(name)}</th><td style="text-align: left">{value}</td></tr>'
        for name, value in rows
    )
    return f"<div><strong>{escape(title)}</strong><table>{cells}</table>{below}</div>"


def columns(header: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """A table with a header."""
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell(value))}</td>" for value in line) + "</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def cell(value: object) -> str:
    """A value as a table shows it."""
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}"
    return f"{value}"


def sparkline(values: npt.ArrayLike) -> str:
    """A series as a line without axes, an inline SVG; empty for fewer than two values or if not all are finite."""
    series = np.asarray(values, dtype=np.float64)
    if len(series) > _POINTS:
        series = np.array([part.mean() for part in np.array_split(series, _POINTS)])
    if len(series) < 2 or not np.isfinite(series).all():
        return ""
    low, high = float(series.min()), float(series.max())
    x = np.linspace(1, _WIDTH - 1, len(series))
    y = _HEIGHT - 2 - (_HEIGHT - 4) * (series - low) / ((high - low) or 1.0)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="from {low:.4g} to {high:.4g}">'
        f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1"/></svg>'
    )


def network(title: str, core: Any) -> str:
    """A network of the engine: its size, its synapses and its current step."""
    ee, ei, ie = core.connection_counts
    return page(
        title,
        [
            ("units", f"{core.ne} excitatory, {core.ni} inhibitory, {core.nu} with input"),
            ("synapses", f"E→E {ee:,}, I→E {ei:,}, E→I {ie:,}"),
            ("active now", f"{np.mean(core.value('X')[:, 1]):.1%} of the excitatory units"),
            ("step", f"{core.step_count:,}"),
            ("seed", f"{core.seed}"),
        ],
    )


def recordings(title: str, arrays: Mapping[str, Any], more: Iterable[tuple[str, str]] = ()) -> str:
    """Recordings by name, in memory or in a file: their shapes, and a line of the rate or the mean."""
    lines = [(name, f"{_form(array)}<br>{_course(name, array)}") for name, array in arrays.items()]
    return page(title, [*more, *lines] or [("recordings", "none")])


def _form(array: Any) -> str:
    return escape(f"{tuple(array.shape)} {array.dtype}")


def _course(name: str, array: Any) -> str:
    rows = len(array)
    if rows < 1 or array.ndim > 2:
        return ""
    if isinstance(array, np.ndarray):
        sample = array if array.size <= 10_000_000 else array[:: -(-rows // _POINTS)]
    else:  # in a file: a few rows from all of it
        sample = np.stack([array[int(row)] for row in np.linspace(0, rows - 1, min(rows, _ROWS_OF_A_FILE))])
    if not isinstance(sample, np.ndarray) or sample.dtype.kind not in "biuf":
        return ""
    series = sample if sample.ndim == 1 else sample.mean(axis=1)
    spikes = _SHORT_NAMES.get(name, name) in ("E", "I")
    text = f"rate {series.mean():.4f}" if spikes else f"mean {series.mean():.4g}"
    sampled = "" if len(sample) == rows else f", from {len(sample)} rows"
    return f"{sparkline(series)} {text}{sampled}"


def table(title: str, data: Mapping[str, Any]) -> str:
    """The first rows of a table whose columns are arrays."""
    count = max((len(column) for column in data.values()), default=0)
    lines = [[column[row] for column in data.values()] for row in range(min(count, _ROWS_OF_A_TABLE))]
    rest = f"<p>{count - len(lines)} more rows</p>" if count > len(lines) else ""
    return f"<div><strong>{escape(title)}</strong>{columns(list(data), lines)}{rest}</div>"
