"""Progress of a long run, for people."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ._arguments import quoted
from ._errors import ParameterError

Report = Callable[[int, int], object]


@contextmanager
def reporting(progress: bool | Report, steps: int, unit: str = "step") -> Iterator[Report]:
    """What the engine calls with (steps done, steps in all) a few times a second.

    ``True`` shows tqdm's bar if tqdm is installed, else a line on standard error; a function is called as it is.
    """
    if callable(progress):
        yield progress
        return
    if progress is not True:
        raise ParameterError(f"progress = {quoted(progress)}", "must be True, False, or a function of (done, total)")
    try:
        from tqdm import tqdm
    except ImportError:
        yield from _line(unit)
        return
    with tqdm(total=steps, unit=unit, unit_scale=True) as bar:
        yield lambda done, total: bar.update(done - bar.n)


def _line(unit: str) -> Iterator[Report]:
    start = time.monotonic()

    def report(done: int, total: int) -> None:
        rate = done / max(time.monotonic() - start, 1e-9)
        left = (total - done) / max(rate, 1e-9)
        text = f"\r{100 * done / total:3.0f}%  {done:,} of {total:,} {unit}s, {rate:,.0f} a second, {left:.0f} s left"
        sys.stderr.write(text.ljust(78))
        sys.stderr.flush()

    try:
        yield report
    finally:
        sys.stderr.write("\n")
