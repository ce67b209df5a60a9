"""The progress of long runs."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TextIO

from ._arguments import quoted
from ._errors import ParameterError

Report = Callable[[int, int], object]
_NO_REPORT = nullcontext(None)

LOG_INTERVAL = 60.0
"""Seconds from one line of a log to the next."""


def reporting(progress: bool | Report | None, steps: int, unit: str = "step") -> AbstractContextManager[Report | None]:
    """The function that the engine calls with (steps done, all steps) a few times a second; None for no progress.

    ``True`` shows a bar in a notebook. On a terminal it shows tqdm's bar if tqdm is installed, and otherwise a line
    that is rewritten. Elsewhere, as in the log of a batch job, it prints a line each minute. A function is called as it
    is.
    """
    return _NO_REPORT if progress is False or progress is None else _reporting(progress, steps, unit)


@contextmanager
def _reporting(progress: bool | Report, steps: int, unit: str) -> Iterator[Report]:
    if callable(progress):
        yield progress
        return
    if progress is not True:
        raise ParameterError(f"progress = {quoted(progress)}", "must be True, False, or a function of (done, total)")
    if _in_notebook():
        yield _notebook_bar(steps, unit)
    elif not _is_terminal(sys.stderr):
        yield _log(unit)
    else:
        yield from _terminal_bar(steps, unit)


def _in_notebook() -> bool:
    """Whether this code runs in a Jupyter kernel, which can show HTML."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # the stream was closed
        return False


def _words(unit: str) -> Callable[[int, int], str]:
    """A function that returns the progress in words. Its clock starts now."""
    start = time.monotonic()

    def text(done: int, total: int) -> str:
        seconds = time.monotonic() - start
        rate = done / max(seconds, 1e-9)
        rest = f"{seconds:.0f} s" if done == total else f"{(total - done) / max(rate, 1e-9):.0f} s left"
        return f"{100 * done / max(total, 1):3.0f}%  {done:,} of {total:,} {unit}s, {rate:,.0f} a second, {rest}"

    return text


def _notebook_bar(steps: int, unit: str) -> Report:
    """A bar in the output of a notebook's cell. It is redrawn in place."""
    shown: Any = importlib.import_module("IPython.display")
    words = _words(unit)

    def content(done: int, total: int) -> dict[str, str]:
        text = words(done, total)
        bar = f'<progress value="{done}" max="{max(total, 1)}" style="width: 20em; vertical-align: middle"></progress>'
        return {"text/plain": text, "text/html": f"{bar} <code>{text}</code>"}

    handle = shown.display(content(0, steps), raw=True, display_id=True)
    return lambda done, total: handle.update(content(done, total), raw=True)


def _log(unit: str) -> Report:
    """A line each minute, for a log file. A run that is shorter than a minute prints nothing."""
    words = _words(unit)
    last = time.monotonic()
    shown = False

    def report(done: int, total: int) -> None:
        nonlocal last, shown
        now = time.monotonic()
        if sys.stderr is None or (now - last < LOG_INTERVAL and not (shown and done == total)):
            return
        last, shown = now, True
        print(f"sorn: {words(done, total)}", file=sys.stderr, flush=True)

    return report


def _terminal_bar(steps: int, unit: str) -> Iterator[Report]:
    try:
        from tqdm import tqdm
    except ImportError:
        yield from _line(unit)
        return
    with tqdm(total=steps, unit=unit, unit_scale=True) as bar:
        yield lambda done, total: bar.update(done - bar.n)


def _line(unit: str) -> Iterator[Report]:
    words = _words(unit)

    def report(done: int, total: int) -> None:
        sys.stderr.write("\r" + words(done, total).ljust(78))
        sys.stderr.flush()

    try:
        yield report
    finally:
        sys.stderr.write("\n")
