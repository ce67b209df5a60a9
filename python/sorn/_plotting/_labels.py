"""Labels that fit: tick labels with as few digits as possible, and titles broken to the width of their panels."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .._arguments import import_extra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_MOST_DECIMALS = 2  # digits of millions and thousands; a number that needs more is written in full
_POINTS_OF_A_CHARACTER = 4.5  # of a tick's label
_BEFORE_A_NUMBER = re.compile(r"(?<=[^\s,;:]) (?=[−+]?\d)")
_LEFT_OF_A_PANEL = 0.7  # inches for the ticks and a label


def tick_labels(values: Sequence[float]) -> list[str]:
    """Labels of the ticks of an axis: 20k, 25k; 0, 0.5M, 1.0M; but 1,999,200 if millions have too few digits."""
    largest = max(map(abs, values), default=0.0)
    for size, letter in ((1e6, "M"), (1e4, "k")):
        if largest < size:
            continue
        unit = 1e3 if letter == "k" else size
        for decimals in range(_MOST_DECIMALS + 1):
            if all(abs(round(value / unit, decimals) * unit - value) <= 1e-9 * largest for value in values):
                return ["0" if value == 0.0 else f"{value / unit:.{decimals}f}{letter}" for value in values]
        return [f"{value:,.10g}" for value in values]
    return [f"{value:.6g}" for value in values]


@lru_cache(maxsize=1)
def _formatter() -> type[Any]:
    ticker = import_extra("matplotlib.ticker", "plot")

    class NarrowLabels(ticker.Formatter):  # type: ignore[misc, name-defined, unused-ignore]
        """A formatter that formats all ticks of an axis together."""

        def __call__(self, x: float, pos: int | None = None) -> str:
            return tick_labels([x])[0]

        def format_ticks(self, values: Sequence[float]) -> list[str]:
            return tick_labels(values)

    return NarrowLabels


def narrow_labels(axis: Any) -> None:
    """Label the ticks of an axis with few digits."""
    axis.set_major_formatter(_formatter()())


@lru_cache(maxsize=1)
def _locator() -> type[Any]:
    ticker = import_extra("matplotlib.ticker", "plot")

    class WholeTicks(ticker.MaxNLocator):  # type: ignore[misc, name-defined, unused-ignore]
        """A locator for ticks at whole numbers, with as many ticks as there is room for labels."""

        def __init__(self, most: int) -> None:
            super().__init__(nbins=most, integer=True, min_n_ticks=1)
            self._most = most

        def tick_values(self, vmin: float, vmax: float) -> Any:
            self.set_params(nbins=self._most)
            places = super().tick_values(vmin, vmax)
            if self.axis is None or self.axis.axis_name != "x":
                return places
            longest = max(map(len, tick_labels(list(places))), default=1)
            axes = self.axis.axes
            room = axes.bbox.width / axes.figure.dpi * 72.0 / (_POINTS_OF_A_CHARACTER * (longest + 2))
            if room >= len(places):
                return places
            self.set_params(nbins=max(int(room), 1))
            return super().tick_values(vmin, vmax)

    return WholeTicks


def whole_ticks(axis: Any, most: int = 6) -> None:
    """Ticks at whole numbers, with narrow labels."""
    axis.set_major_locator(_locator()(most))
    narrow_labels(axis)


def wrap_titles(figure: Figure | SubFigure) -> None:
    """Break titles that are wider than their panel, so that none is cut off or overlaps its neighbour."""
    for ax in figure.axes:
        place = ax.get_subplotspec()
        title = ax.get_title(loc="left")
        if place is None or not title:
            continue
        grid = place.get_gridspec()
        ratios = np.ones(grid.ncols) if (given := grid.get_width_ratios()) is None else np.asarray(given, dtype=float)
        share = float(ratios[place.colspan.start : place.colspan.stop].sum() / ratios.sum())
        room = share * figure.bbox.width / figure.dpi - _LEFT_OF_A_PANEL
        ax.set_title("\n".join(_lines(ax, title, 72.0 * room)), loc="left")


def _lines(ax: Axes, text: str, room: float) -> list[str]:
    """The text in lines of at most `room` points, broken between words, but not between a word and its number."""
    lines: list[str] = []
    for line in text.splitlines():
        width = _points(ax, line)
        if width <= room:
            lines.append(line)
            continue
        characters = max(int(len(line) * room / width), 10)
        joined = _BEFORE_A_NUMBER.sub("\N{NO-BREAK SPACE}", line)  # where textwrap does not break
        broken = textwrap.wrap(joined, characters, break_long_words=False, break_on_hyphens=False)
        lines += [part.replace("\N{NO-BREAK SPACE}", " ") for part in broken]
    return lines


def _points(ax: Axes, text: str) -> float:
    """The width of a text in the font of the title."""
    to_path = import_extra("matplotlib.textpath", "plot").text_to_path
    font = import_extra("matplotlib.font_manager", "plot").FontProperties(size=ax.title.get_fontsize())
    width, _, _ = to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width)
