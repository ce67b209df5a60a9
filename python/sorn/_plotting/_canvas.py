"""Where pictures are drawn and saved, and how they look."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from .._arguments import file_path, import_extra, quoted
from .._errors import IoError, ParameterError, ShapeError
from ._legends import clear_legends

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SaveArgument = bool | str | os.PathLike[str]

# Colours of Okabe & Ito, which people with any colour vision can tell apart.
INK = "#262626"
GREY = "#8C8C8C"
PALE = "#D9D9D9"
BLUE = "#0072B2"
SKY = "#56B4E9"
GREEN = "#009E73"
ORANGE = "#E69F00"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"

# Widths of one and of two columns of a journal page, in inches.
SINGLE = (3.5, 2.6)
DOUBLE = (7.0, 3.6)
PAIR = (7.0, 2.8)
SQUARE = (4.2, 3.6)

_DPI_SAVED = 300
_LABEL_SIZE = 8
_TICK_SIZE = 7
_STYLE: dict[str, Any] = {
    "axes.edgecolor": INK,
    "axes.facecolor": "white",
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.labelsize": _LABEL_SIZE,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": _LABEL_SIZE,
    "figure.dpi": 150,
    "figure.facecolor": "white",
    "figure.titlesize": _LABEL_SIZE + 1,
    "font.size": _LABEL_SIZE,
    "legend.fontsize": _TICK_SIZE,
    "legend.frameon": False,
    "legend.handlelength": 1.5,
    "lines.linewidth": 1.2,
    "patch.linewidth": 0.5,
    "text.color": INK,
}
# Ticks are made when a figure is drawn, after the style has been left: they are told apart.
_TICKS: dict[str, Any] = {"labelsize": _TICK_SIZE, "length": 2.5, "width": 0.6, "color": INK, "labelcolor": INK}

_WITHOUT_WINDOWS = {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}


def library(name: str) -> Any:
    """A module that only pictures need, imported when the first one is drawn."""
    return import_extra(name, "plot")


@contextmanager
def style() -> Iterator[None]:
    """The look of the project for figures made inside; the caller's settings are as before afterwards.

    Only the settings of the look are put back, unlike by Matplotlib's ``rc_context``: the first figure of a session may
    load a backend, and what that sets (notebooks: interactive mode) has to last.
    """
    settings = library("matplotlib").rcParams
    before = {name: settings[name] for name in _STYLE}
    settings.update(_STYLE)
    try:
        yield
    finally:
        settings.update(before)


@contextmanager
def picture(ax: Axes | None, name: str, savefig: SaveArgument, size: tuple[float, float] = SINGLE) -> Iterator[Axes]:
    """The axes of a picture: the caller's, or a new figure's. Saved at the end if that is wanted."""
    if ax is None:
        with _new_figure(name, savefig, size) as figure:
            yield figure.add_subplot()
    else:
        _check_axes(ax)
        yield ax
        clear_legends(ax.figure)
        save(ax.figure.canvas.figure, name, savefig)


@contextmanager
def two_panels(
    ax: Axes | Sequence[Axes] | None, name: str, savefig: SaveArgument, size: tuple[float, float] = PAIR
) -> Iterator[tuple[Axes, Axes]]:
    """As :func:`picture`, with two axes beside each other."""
    if ax is None:
        with _new_figure(name, savefig, size) as figure:
            left, right = figure.subplots(1, 2)
            yield left, right
        return
    axes = list(np.ravel(np.asarray(ax, dtype=object)))
    if len(axes) != 2:
        raise ShapeError(f"ax holds {len(axes)} axes", "must hold two", "figure.subplots(1, 2) makes them")
    for panel in axes:
        _check_axes(panel)
    yield axes[0], axes[1]
    clear_legends(axes[0].figure)
    save(axes[0].figure.canvas.figure, name, savefig)


@contextmanager
def whole_figure(figure: Any, name: str, savefig: SaveArgument, size: tuple[float, float]) -> Iterator[Figure]:
    """A figure to fill: the caller's (or a part of it), or a new one."""
    if figure is None:
        with _new_figure(name, savefig, size) as made:
            yield made
        return
    if not isinstance(figure, library("matplotlib.figure").FigureBase):
        raise ParameterError(f"figure is of type {type(figure).__name__}", "must be a matplotlib Figure or SubFigure")
    bare = figure is figure.canvas.figure and not figure.axes and figure.get_layout_engine() is None
    if bare:
        figure.set_layout_engine("constrained")
    with style():
        yield figure
        finish(figure)
        clear_legends(figure)
    save(figure.canvas.figure, name, savefig)


@contextmanager
def _new_figure(name: str, savefig: SaveArgument, size: tuple[float, float]) -> Iterator[Figure]:
    pyplot = library("matplotlib.pyplot")
    with style():
        figure = pyplot.figure(figsize=size, layout="constrained")
        try:
            yield figure
            finish(figure)
            clear_legends(figure)
            saved = save(figure, name, savefig)
        except BaseException:
            pyplot.close(figure)
            raise
    # What is in a file already and can be shown by no window need not pile up in pyplot; its axes stay usable.
    if saved and pyplot.get_backend().lower() in _WITHOUT_WINDOWS:
        pyplot.close(figure)


def finish(figure: Any) -> None:
    """Give all ticks of a figure of ours their look."""
    for panel in [*figure.axes, *(inset for parent in figure.axes for inset in parent.child_axes)]:
        for axis in (panel.xaxis, panel.yaxis):
            chosen = {key: value for key, value in axis.get_tick_params().items() if "color" in key}
            axis.set_tick_params(which="major", **(_TICKS | chosen))
            axis.set_tick_params(which="minor", length=1.5, width=0.5, color=INK)


def save(figure: Figure, name: str, savefig: SaveArgument) -> bool:
    """Write a figure: True under `name` into the current folder, a path there, False nowhere; whether it was."""
    if isinstance(savefig, (bool, np.bool_)):
        if not savefig:
            return False
        path = name
    elif isinstance(savefig, (str, os.PathLike)):
        path = file_path(savefig)
        if not path:
            raise ParameterError("savefig = ''", "must be True, False or a path")
    else:
        raise ParameterError(f"savefig = {quoted(savefig)}", "must be True, False or a path")
    try:
        figure.savefig(path, dpi=_DPI_SAVED)
    except OSError as error:
        raise IoError(f"cannot write {path}", error.strerror or str(error)) from error
    except ValueError as error:  # a suffix that matplotlib does not know
        raise ParameterError(f"savefig = {path!r}", str(error)) from error
    return True


def _check_axes(ax: object) -> None:
    if not isinstance(ax, library("matplotlib.axes").Axes):
        raise ParameterError(f"ax is of type {type(ax).__name__}", "must be a matplotlib Axes")


def note(ax: Axes, text: str) -> None:
    """Say in the middle of an empty picture why it is empty."""
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=GREY)


def headroom(ax: Axes) -> None:
    """Leave space above a histogram for its legend."""
    ax.set_ylim(0.0, 1.2 * ax.get_ylim()[1])


def number(value: float) -> str:
    """A number as text is set, of two significant digits or a few more."""
    return f"{value:.3g}".replace("-", "−")


def short(value: float, _position: object = None) -> str:
    """A tick label that stays narrow: 850, 20k, 1.5M."""
    for size, letter in ((1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):.7g}{letter}"
    return f"{value:.6g}"


def whole_ticks(axis: Any, most: int = 6) -> None:
    """Ticks at whole numbers, with narrow labels."""
    axis.set_major_locator(library("matplotlib.ticker").MaxNLocator(nbins=most, integer=True, min_n_ticks=1))
    axis.set_major_formatter(short)


def logarithmic_axis(axis: Any, *, whole: bool = False) -> None:
    """Labels as numbers, and more of them on an axis of few powers of ten; at whole numbers alone if `whole`."""
    ticker = library("matplotlib.ticker")
    low, high = sorted(axis.get_view_interval())
    few = high < 50.0 * low
    axis.set_major_locator(ticker.LogLocator(subs=(1.0, 2.0, 5.0) if few else (1.0,)))
    axis.set_major_formatter(short)
    if whole and high < 10.0 * low:  # less than a power of ten: the locator above would divide it evenly
        whole_ticks(axis)
        axis.set_minor_locator(ticker.NullLocator())
    axis.set_minor_formatter(ticker.NullFormatter())
