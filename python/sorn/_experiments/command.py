"""``sorn reproduce``."""

from __future__ import annotations

import argparse
import json
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import experiments
from .._arguments import did_you_mean
from .._errors import ParameterError, UnknownNameError
from .._parameters import Parameters
from .._progress import Report
from . import output, words
from .description import Experiment
from .results import Results

Say = Callable[[str], object]
"""Receives lines for the user."""

_ALL = "all"


def reproduce(options: argparse.Namespace, say: Say) -> None:
    """Run the command, and `say` what came out."""
    known = experiments.names(options.folder)
    if options.list:
        for name in known:
            one = experiments.load(name)
            say(f"{name:28} {one.title}. {one.publication}")
        return
    names = known if options.names == [_ALL] else options.names
    loaded = [experiments.load(name) for name in names]  # a mistake in one is told before another one runs
    if options.describe:
        for one in loaded:
            _describe(one, say)
        return
    changes = dict(_change(text) for text in options.set)
    pages = []
    for one in loaded:
        page = _run(one, options, changes, say)
        if page is not None:
            pages.append(page)
    if len(pages) > 1:
        gallery = Path(options.out) / "index.html"
        output.write_gallery(pages, gallery)
        say(f"\nall on one page: {gallery}")


def _describe(one: Experiment, say: Say) -> None:
    say(f"{one.name}: {one.title}")
    say(f"  {one.publication}")
    say(f"  {' '.join(one.question.split())}")
    for paragraph in words.protocol(one):
        say(f"  {paragraph}")
    for note in one.notes:
        say(f"  Note: {note}")


def _run(one: Experiment, options: argparse.Namespace, changes: dict[str, Any], say: Say) -> output.Page | None:
    folder = Path(options.out) / (
        one.name + ("-quick" if options.quick else "") + ("-as-code" if options.as_code else "")
    )
    results = experiments.reproduce(
        one,
        quick=options.quick,
        as_code=options.as_code,
        changes=changes,
        networks=options.networks,
        seed=options.seed,
        threads=options.threads,
        out=folder,
        progress=_rewritten_line() if options.terminal and not options.quiet else False,
    )
    if options.help_others:
        return None
    page = output.write(results, folder, _command(one, options))
    for line in told(results):
        say(line)
    say(f"page: {folder / 'index.html'}")
    return page


def told(results: Results) -> list[str]:
    """What a terminal shows of an experiment."""
    one = results.experiment
    lines = [f"{one.name}: {one.title}. {one.publication}"]
    if results.quick:
        lines.append("A quick run: it shows that the experiment runs, and nothing about the paper.")
    cells = words.table_cells(results)
    if cells:
        columns = ("what", "condition", "published", "ours", "verdict")
        lines += _aligned([["", "", "published", "ours", ""], *([cell[name] for name in columns] for cell in cells)])
    grid = words.grid(results)
    if grid is not None:
        heads = ["", "", *(f"{grid.axis}: {label}" for label in grid.columns)]
        lines += _aligned([heads, *([what, where, *row] for what, where, row in grid.rows)])
    for claim in words.claim_cells(results):
        where = f" ({claim['condition']})" if claim["condition"] else ""
        lines.append(f"  {claim['what']}{where}: {claim['difference']}, {claim['networks']}: {claim['verdict']}")
    lines.append(f"{words.summary(results)}; {one.networks} networks from seed {one.seed}")
    return lines


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return ["  " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def _command(one: Experiment, options: argparse.Namespace) -> str:
    parts = ["sorn", "reproduce", one.name]
    parts += [f"--{name}" for name in ("quick", "as_code") if getattr(options, name)]
    for name in ("networks", "seed"):
        if getattr(options, name) is not None:
            parts += [f"--{name}", str(getattr(options, name))]
    for text in options.set:
        parts += ["--set", text]
    return shlex.join(part.replace("as_code", "as-code") for part in parts)


def _change(text: str) -> tuple[str, Any]:
    """A change of the description: KEY=VALUE. A hyperparameter may be named alone."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ParameterError(f"--set {text}", "must be KEY=VALUE")
    if "." not in name:
        hyperparameters = list(Parameters().to_dict())
        top = ("networks", "seed")
        if name not in hyperparameters and name not in top:
            raise UnknownNameError(
                f"--set {text}: unknown hyperparameter '{name}'",
                did_you_mean(name, hyperparameters) or "a dotted name changes another entry of the description",
            )
        name = name if name in top else f"network.{name}"
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def _rewritten_line() -> Report:
    """A line of progress on a terminal that this process writes to through a pipe."""
    import sys

    begin = time.monotonic()
    last = 0.0

    def report(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < 0.2 and done < total:
            return
        last = now
        rate = done / max(now - begin, 1e-9)
        left = (total - done) / max(rate, 1e-9)
        line = f"\r{100 * done / total:3.0f}%  {done:,} of {total:,} steps, {left:,.0f} s left\033[K"
        print(line if done < total else "\r\033[K", end="", file=sys.stderr, flush=True)

    return report
