"""Drawing on figures, saving them, and their style."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from .._arguments import file_path, import_extra, io_error, quoted
from .._errors import ParameterError, ShapeError
from ._labels import tick_labels, wrap_titles
from ._labels import whole_ticks as whole_ticks
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
# Matplotlib makes ticks when a figure is drawn, after the style has been undone. So they get their look separately.
_TICKS: dict[str, Any] = {"labelsize": _TICK_SIZE, "length": 2.5, "width": 0.6, "color": INK, "labelcolor": INK}

_WITHOUT_WINDOWS = {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}


def library(name: str) -> Any:
    """A module that only pictures need, imported when the first one is drawn."""
    return import_extra(name, "plot")


@contextmanager
def style() -> Iterator[None]:
    """Give figures that are made inside the style of the project, and restore the caller's settings afterwards.

    Only the settings of the style are restored, unlike with Matplotlib's ``rc_context``. The first figure of a session
    may load a backend, and the settings of the backend (in notebooks: the interactive mode) must last.
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
    """The axes of a picture, the caller's or new ones. The picture is saved at the end if that is wanted."""
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
    """As :func:`picture`, with two axes side by side."""
    with rows_of_panels(ax, name, savefig, size) as axes:
        yield axes[0], axes[1]


@contextmanager
def rows_of_panels(
    ax: Axes | Sequence[Axes] | None, name: str, savefig: SaveArgument, size: tuple[float, float], most: int = 1
) -> Iterator[list[Axes]]:
    """As :func:`picture`, with one to `most` rows of two axes. A new figure has `most` rows; each column has one x."""
    if ax is None:
        with _new_figure(name, savefig, size) as figure:
            yield list(figure.subplots(most, 2, sharex="col", squeeze=False).ravel())
        return
    axes = list(np.ravel(np.asarray(ax, dtype=object)))
    if len(axes) not in range(2, 2 * most + 1, 2):
        raise ShapeError(
            f"ax holds {len(axes)} axes",
            "must hold " + " or ".join(("two", "four")[:most]),
            f"figure.subplots({most}, 2) makes them",
        )
    for panel in axes:
        _check_axes(panel)
    yield axes
    clear_legends(axes[0].figure)
    save(axes[0].figure.canvas.figure, name, savefig)


@contextmanager
def whole_figure(figure: Any, name: str, savefig: SaveArgument, size: tuple[float, float]) -> Iterator[Figure]:
    """A figure to fill: the caller's (or a part of it), or a new figure."""
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
    # pyplot need not keep a figure that is saved and that no window can show. Its axes stay usable.
    if saved and pyplot.get_backend().lower() in _WITHOUT_WINDOWS:
        pyplot.close(figure)


def finish(figure: Any) -> None:
    """Give the ticks of a new figure their look, and break its titles to the width of their panels."""
    wrap_titles(figure)
    for panel in [*figure.axes, *(inset for parent in figure.axes for inset in parent.child_axes)]:
        for axis in (panel.xaxis, panel.yaxis):
            chosen = {key: value for key, value in axis.get_tick_params().items() if "color" in key}
            axis.set_tick_params(which="major", **(_TICKS | chosen))
            axis.set_tick_params(which="minor", length=1.5, width=0.5, color=INK)


def save(figure: Figure, name: str, savefig: SaveArgument) -> bool:
    """Save a figure as `name` in the current folder (True) or at a path; return whether it was saved."""
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
        raise io_error("write", path, error) from error
    except ValueError as error:  # a suffix that Matplotlib does not support
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
    """A number with three significant digits and a typographic minus sign."""
    return f"{value:.3g}".replace("-", "−")


def _alone(value: float, _position: object = None) -> str:
    """A label that does not depend on its neighbours, for an axis of powers of ten."""
    return tick_labels([value])[0]


def logarithmic_axis(axis: Any, *, whole: bool = False) -> None:
    """Write numbers as labels, and more of them on an axis of few powers of ten; with `whole` only whole numbers."""
    ticker = library("matplotlib.ticker")
    low, high = sorted(axis.get_view_interval())
    few = high < 50.0 * low
    axis.set_major_locator(ticker.LogLocator(subs=(1.0, 2.0, 5.0) if few else (1.0,)))
    axis.set_major_formatter(_alone)
    if whole and high < 10.0 * low:  # less than a power of ten; there the locator above would not use whole numbers
        whole_ticks(axis)
        axis.set_minor_locator(ticker.NullLocator())
    axis.set_minor_formatter(ticker.NullFormatter())
