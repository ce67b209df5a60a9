"""The figure of an experiment: panels that its description names. Ours in colour, what was published in grey."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._arguments import FloatArray, did_you_mean, quoted
from .._errors import ParameterError, UnknownKeywordError
from .._plotting._bins import logarithmic_density
from .._plotting._canvas import BLUE, GREEN, GREY, ORANGE, PURPLE, SINGLE, SKY, VERMILION, library, style
from .._plotting._legends import clear_legends, legend_below
from .description import Labels
from .measures.avalanches import power_law

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .description import Experiment
    from .results import Results

_COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
_MOST_INSIDE = 3  # entries of a legend
_MOST_TICKS = 6  # for which the labels of an axis become ticks
_MARKERS = ("o", "s", "^", "D", "v", "P")

Panel = Mapping[str, Any]


def draw(results: Results) -> Figure:
    """The figure with all panels, two in a row, each as wide as a column of a journal."""
    panels = panels_of(results.experiment)
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    pyplot = library("matplotlib.pyplot")
    with style():
        width, height = SINGLE
        figure: Figure = pyplot.figure(figsize=(width * columns, height * rows), layout="constrained")
        for place, panel in enumerate(panels):
            axes = figure.add_subplot(rows, columns, place + 1)
            scales = {f"{direction}scale": "log" for direction in ("x", "y") if direction in panel.get("log", "")}
            axes.set(**scales)
            _PANELS[panel["kind"]].draw(axes, panel, results)
            _finish(axes, panel, place if len(panels) > 1 else None)
        clear_legends(figure)
    pyplot.close(figure)
    return figure


def panels_of(experiment: Experiment) -> list[Panel]:
    """The panels of the figure of an experiment; empty if it has none."""
    return list(experiment.figure.get("panels", []))


def check_panel(name: str, panel: Panel) -> Iterator[tuple[str, object]]:
    """Check that a panel can be drawn. Gives the keys that name quantities, and what they name."""
    kind = panel.get("kind")
    if kind not in _PANELS:
        raise ParameterError(
            f"{name}.kind = {quoted(kind)}", f"must be one of {', '.join(_PANELS)}", did_you_mean(str(kind), _PANELS)
        )
    _, required, optional = _PANELS[str(kind)]
    if any(key not in panel for key in required):
        raise ParameterError(name, f"must have {', '.join(required)}")
    known = (*_EVERY, *required, *optional)
    for key in panel:
        if key not in known:
            raise UnknownKeywordError(f"unknown entry '{key}' of {name}", did_you_mean(key, known))
    for key in ("x_of", "y", "floor"):
        named = panel.get(key, [])
        quantities = (
            [named] if isinstance(named, str) else list(named.values() if isinstance(named, Mapping) else named)
        )
        yield from ((key, quantity) for quantity in quantities)


def _finish(axes: Axes, panel: Panel, place: int | None) -> None:
    for direction in ("x", "y"):
        if f"{direction}label" in panel:
            axes.set(**{f"{direction}label": panel[f"{direction}label"]})
        if f"{direction}lim" in panel:
            axes.set(**{f"{direction}lim": panel[f"{direction}lim"]})
    letter = "" if place is None else f"{'ABCDEFGH'[place]}  "
    axes.set_title(letter + panel.get("title", ""))
    handles, _ = axes.get_legend_handles_labels()
    if len(handles) > _MOST_INSIDE:
        legend_below(axes, "")
    elif len(handles) > 1 or panel.get("legend"):
        axes.legend()


def _curves(panel: Panel, results: Results) -> list[tuple[str, Labels]]:
    """The conditions of a panel, each with its name."""
    at = panel.get("at", {})
    found = results.experiment.matching(at)
    free = [axis for axis in results.experiment.axes if axis not in at and axis != panel.get("x")]
    return [(", ".join(_worded(axis, labels[axis]) for axis in free), labels) for labels in found]


def _worded(axis: str, label: str) -> str:
    """A label alone says enough unless it is a number."""
    return f"{axis} = {label}" if label.replace(".", "", 1).isdigit() else label


def _lines(axes: Axes, panel: Panel, results: Results) -> None:
    """A quantity over the labels of an axis, which are numbers; a line for each of the other labels."""
    axis = panel["x"]
    curves: dict[str, list[Labels]] = {}
    for name, labels in _curves(panel, results):
        curves.setdefault(name, []).append(labels)
    wanted = panel["y"]
    quantities = _named(
        {quantity.split(".")[-1]: quantity for quantity in wanted} if isinstance(wanted, list) else wanted
    )
    place = 0
    for name, conditions in curves.items():
        for own, quantity in quantities.items():
            x = np.array([float(labels[axis]) for labels in conditions])
            found = [results.estimate(quantity, labels) for labels in conditions]
            y, spread = np.array([one[0] for one in found]), np.array([one[1] for one in found])
            label = name if len(quantities) == 1 else f"{name} {own}".strip()
            colour, marker = _COLOURS[place % len(_COLOURS)], _MARKERS[place % len(_MARKERS)]
            axes.errorbar(x, y, spread, color=colour, marker=marker, markersize=3.5, capsize=2, label=label)
            place += 1
    ticks = list(results.experiment.axes[axis])
    if len(ticks) <= _MOST_TICKS:
        axes.set_xticks([float(label) for label in ticks], ticks)
        axes.minorticks_off()
    if "floor" in panel:
        conditions = next(iter(curves.values()))
        x = np.array([float(labels[axis]) for labels in conditions])
        floor = [results.estimate(panel["floor"], labels)[0] for labels in conditions]
        axes.plot(x, floor, color=GREY, linestyle=":", label=panel.get("floor_label", "last letter alone"))
    _published(axes, panel)


def _curve(axes: Axes, panel: Panel, results: Results) -> None:
    """Arrays over another one: each network thin unless `each` is false, and the mean."""
    place = 0
    for condition, labels in _curves(panel, results):
        x = np.asarray(results.arrays(panel["x_of"], labels)[0])
        for name, quantity in _named(panel["y"]).items():
            colour = _COLOURS[place % len(_COLOURS)]
            ys = [np.asarray(y, dtype=np.float64) for y in results.arrays(quantity, labels)]
            for y in ys if panel.get("each", True) else []:
                axes.plot(x, y, color=colour, linewidth=0.4, alpha=0.4)
            label = ", ".join(word for word in (condition, name) if word)
            axes.plot(x, _mean(ys), color=colour, label=label or None)
            place += 1
    _published(axes, panel)


def _mean(arrays: list[FloatArray]) -> FloatArray:
    """The mean of the arrays where they are defined."""
    stacked = np.array(arrays)
    defined = np.isfinite(stacked)
    with np.errstate(invalid="ignore"):
        mean: FloatArray = np.where(defined, stacked, 0.0).sum(axis=0) / defined.sum(axis=0)
    return mean


def _density(axes: Axes, panel: Panel, results: Results) -> None:
    """The density of pooled whole numbers in logarithmic bins, the fitted power law, and the published one in grey."""
    place = 0
    for condition, labels in _curves(panel, results):
        for name, quantity in _named(panel["y"]).items():
            colour = _COLOURS[place % len(_COLOURS)]
            values = np.concatenate([np.asarray(v) for v in results.arrays(quantity, labels)])
            x, density = logarithmic_density(values, whole=True)
            label = ", ".join(word for word in (condition, name) if word)
            axes.plot(x, density, ".-", color=colour, markersize=3, linewidth=0.5, label=label or None)
            if "fit" in panel:
                _law(axes, panel, values, colour, first=place == 0)
            place += 1
    axes.set(xscale="log", yscale="log")


def _named(quantities: str | Mapping[str, str]) -> Mapping[str, str]:
    return {"": quantities} if isinstance(quantities, str) else quantities


def _law(axes: Axes, panel: Panel, values: FloatArray, colour: str, *, first: bool) -> None:
    """The power law that was fitted to the values, and, above it, the published one."""
    low, high = panel["fit"]
    inside = (values >= low) & (values <= high)
    law = power_law(values, low, high)
    if law is None:
        return
    span = np.unique(np.geomspace(low, high, 60).astype(int))
    line = float(np.mean(inside)) * law.density(span)
    axes.plot(span, line, color=colour, linewidth=1.4, label=f"ours, {law.alpha:.2f}")
    if first and "published" in panel:
        exponent = float(panel["published"])
        other = 3 * line[0] * (span / span[0]) ** -exponent
        axes.plot(span, other, color=GREY, linestyle="--", label=f"published, {exponent}")


def _histogram(axes: Axes, panel: Panel, results: Results) -> None:
    """The distribution of pooled positive numbers in logarithmic bins."""
    for place, (name, labels) in enumerate(_curves(panel, results)):
        values = np.concatenate([np.asarray(v, dtype=np.float64) for v in results.arrays(panel["y"], labels)])
        values = values[values >= panel.get("least", 0.0)]
        if not len(values):
            continue
        edges = np.geomspace(values.min(), values.max() * 1.000001, panel.get("bins", 40) + 1)
        weights = np.full(len(values), 1 / len(values))
        colour = _COLOURS[place % len(_COLOURS)]
        axes.hist(
            values, list(edges), weights=weights, histtype="step", linewidth=1.0, color=colour, label=name or None
        )
    axes.set(xscale="log")


def _bars(axes: Axes, panel: Panel, results: Results) -> None:
    """Quantities as bars, in each condition: the mean, and a point for each network."""
    names, place = [], 0
    for condition, labels in _curves(panel, results):
        for name, quantity in _named(panel["y"]).items():
            mean, spread, _, pooled = results.estimate(quantity, labels)
            colour = _COLOURS[place % len(_COLOURS)]
            axes.bar(place, mean, 0.6, yerr=None if np.isnan(spread) else spread, color=colour, alpha=0.6, capsize=2)
            if not pooled:
                values = results.values(quantity, labels)
                offsets = np.linspace(-0.18, 0.18, len(values))
                axes.plot(place + offsets, values, ".", color="black", markersize=2)
            shown = condition if panel.get("condition", True) else ""
            names.append("\n".join(word for word in (shown, name) if word))
            place += 1
    axes.set_xticks(range(len(names)), names)
    for text, value in panel.get("lines", {}).items():
        axes.axhline(value, color=GREY, linestyle="--", label=text or None)


def _published(axes: Axes, panel: Panel) -> None:
    if "published" in panel:
        x, y = zip(*panel["published"], strict=True)
        axes.plot(x, y, color=GREY, linestyle="--", label=panel.get("published_label", "published"))


def _points(axes: Axes, panel: Panel, results: Results) -> None:
    """Sets of points (n, 2) of one network, the first one."""
    for place, (name, quantity) in enumerate(_named(panel["y"]).items()):
        (_, labels), *_ = _curves(panel, results)
        x, y = np.asarray(results.arrays(quantity, labels)[0]).T
        colour = _COLOURS[place % len(_COLOURS)]
        axes.plot(x, y, ".", color=colour, markersize=2, alpha=0.3)
        axes.plot([], [], ".", color=colour, label=name or None)  # the legend's dot, which is not faint


class _Kind(NamedTuple):
    """A kind of panel, and the entries that it has beside those of every panel."""

    draw: Callable[[Axes, Panel, Results], None]
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


_EVERY = ("kind", "title", "at", "xlabel", "ylabel", "xlim", "ylim", "log", "legend")
_PANELS = {
    "bars": _Kind(_bars, ("y",), ("condition", "lines")),
    "curve": _Kind(_curve, ("x_of", "y"), ("each", "published", "published_label")),
    "density": _Kind(_density, ("y",), ("fit", "published")),
    "histogram": _Kind(_histogram, ("y",), ("least", "bins")),
    "lines": _Kind(_lines, ("x", "y"), ("floor", "floor_label", "published", "published_label")),
    "points": _Kind(_points, ("y",)),
}
