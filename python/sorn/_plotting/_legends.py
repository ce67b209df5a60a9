"""Legends that do not cover data."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from .._arguments import import_extra

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TEXT = 7  # points
_BELOW, _LEFT = 32.0, 30.0  # points from the lower left corner of axes to where their labels end
_LINE_BELOW, _LINE_INSIDE = 54, 38  # characters of a line of a legend's heading
_GAP = 0.04  # between the data and a legend above them, as a share of the height of the axes
_HIGHEST = 0.55  # a legend that would take a larger share of the height stands beside the axes


def legend_below(ax: Axes, heading: str, minor: Collection[str] = ()) -> None:
    """A legend with a heading, below axes whose figure has a layout that makes room for it.

    Without a layout it is inside, where little room is: `minor` labels are left out there.
    """
    look: dict[str, Any] = {"alignment": "left", "fontsize": _TEXT, "title_fontsize": _TEXT, "frameon": False}
    if ax.figure.get_layout_engine() is None:
        shown = [
            (handle, label) for handle, label in zip(*ax.get_legend_handles_labels(), strict=True) if label not in minor
        ]
        ax.legend(*zip(*shown, strict=True), title=_broken(heading, _LINE_INSIDE), **look)
        return
    move = import_extra("matplotlib.transforms", "plot").ScaledTranslation
    corner = ax.transAxes + move(-_LEFT / 72.0, -_BELOW / 72.0, ax.figure.dpi_scale_trans)
    look |= {"loc": "upper left", "bbox_to_anchor": (0.0, 0.0), "bbox_transform": corner, "borderaxespad": 0.0}
    ax.legend(ncols=2, columnspacing=1.0, title=_broken(heading, _LINE_BELOW), **look)


def _broken(text: str, length: int) -> str:
    """The parts of a text between semicolons, each in lines of at most `length` characters."""
    return "\n".join(textwrap.fill(part, length) for part in text.replace("; ", ";\n").splitlines())


def clear_legends(figure: Any) -> None:
    """Move each legend of a figure that covers data: above the data, or beside the axes if it is too high.

    Matplotlib's "best" place is the one with the least overlap, which may still cover data.
    """
    with_legend = [ax for ax in figure.axes if ax.get_legend() is not None]
    if not with_legend:
        return
    figure.canvas.figure.draw_without_rendering()  # axes and legends get their sizes when they are drawn
    for ax in with_legend:
        if not covers_data(ax):
            continue
        legend = ax.get_legend()
        height = legend.get_window_extent().height / ax.get_window_extent().height
        if height < _HIGHEST:
            _raise_ceiling(ax, 1.0 - height - _GAP)
            legend.set_loc("upper right")
            figure.canvas.figure.draw_without_rendering()
        if height >= _HIGHEST or covers_data(ax):
            legend.set_loc("upper left")
            legend.set_bbox_to_anchor((1.02, 1.0), transform=ax.transAxes)


def covers_data(ax: Axes) -> bool:
    """Whether the legend of drawn axes covers a point, a line or a bar."""
    legend = ax.get_legend()
    if legend is None:
        return False
    box = legend.get_window_extent()
    for path, filled in _shapes(ax):
        if filled is None:
            x, y = path.vertices.T
            if np.any((box.x0 <= x) & (x <= box.x1) & (box.y0 <= y) & (y <= box.y1)):
                return True
        elif len(path.vertices) and path.intersects_bbox(box, filled=filled):
            return True
    return False


def _shapes(ax: Axes) -> Iterator[tuple[Any, bool | None]]:
    """The shapes that show data, in pixels: paths, and whether they are filled; None for points alone."""
    for line in ax.lines:
        if line.get_transform().contains_branch(ax.transData):
            path = line.get_path().transformed(line.get_transform())
            yield path.cleaned(remove_nans=True), None if line.get_linestyle() == "None" else False
    for patch in ax.patches:
        if patch.get_transform().contains_branch(ax.transData):
            yield patch.get_path().transformed(patch.get_transform()), bool(patch.get_fill())
    for collection in ax.collections:
        offsets = np.asarray(collection.get_offsets())
        if collection.get_offset_transform().contains_branch(ax.transData) and len(offsets):
            yield (
                import_extra("matplotlib.path", "plot").Path(collection.get_offset_transform().transform(offsets)),
                None,
            )
        elif collection.get_transform().contains_branch(ax.transData):
            for path in collection.get_paths():
                yield path.transformed(collection.get_transform()), len(collection.get_facecolor()) > 0


def _raise_ceiling(ax: Axes, share: float) -> None:
    """Extend the vertical axis so that the data reach up to this share of it."""
    box = ax.get_window_extent()
    tops = [path.vertices[:, 1] for path, _ in _shapes(ax)]
    heights = np.concatenate(tops) if tops else np.array([box.y0])
    heights = heights[np.isfinite(heights)]
    reached = (min(float(heights.max(initial=box.y0)), box.y1) - box.y0) / box.height
    scale = ax.yaxis.get_transform()
    bottom, top = scale.transform(np.array(ax.get_ylim()))
    new_top = bottom + (top - bottom) * reached / share
    if new_top > top:
        ax.set_ylim(top=float(scale.inverted().transform(np.array([new_top]))[0]))
