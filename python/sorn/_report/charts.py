"""Interactive charts of the page, as data that plotly.js draws in the browser."""

from __future__ import annotations

import base64
import json
import re
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray
from .._plotting._checks import Clock, counts_over_time
from .._plotting._traces import OverTime, bands, blocks
from .._spike_train import packed
from ..statistics import IntArray
from .result import ResultFile, population

_MOST_POINTS = 1500  # of a line; more than a screen has columns
# Sizes of the chart over time, in pixels:
_ROW_HEIGHT = 150
_ROW_GAP = 36
_AROUND_ROWS = 84
_BINS = 30

# Colours of Okabe & Ito as in the figures, but dark enough for text.
_BLUE, _GREEN, _VERMILION, _PURPLE = "#0072B2", "#007A57", "#BF4800", "#9A4F80"
# The rows of the chart over time, by recording. Connections share a row.
_CONNECTIONS = {"C": ("E → E", _BLUE), "C_ei": ("I → E", _PURPLE), "C_ie": ("E → I", _GREEN)}
_ACTIVITY = {"E": _BLUE, "I": _VERMILION, "R": _PURPLE}
_THRESHOLDS = {"TE": _GREEN, "TI": _VERMILION}
_WEIGHTS = {"WEE": ("E → E", _BLUE), "WEI": ("I → E", _PURPLE), "WIE": ("E → I", _GREEN)}
# Measures of windows, if statistics were recorded.
_STATISTICS = {
    "mean_rate": _BLUE,
    "synchrony": _PURPLE,
    "pairwise_correlation": _PURPLE,
    "isi_cv": _VERMILION,
    "branching_ratio": _VERMILION,
    "ee_synapses": _BLUE,
    "mean_weight": _GREEN,
    "mean_te": _GREEN,
}
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif"


class Chart(NamedTuple):
    """A chart and the texts around it."""

    key: str
    title: str
    caption: str
    alternative: str
    """A description for readers who cannot see the chart."""
    height: int
    figure: str
    """JSON for plotly.js."""


class Envelope(NamedTuple):
    """A long series in few points: lowest, mean and highest of neighbouring values."""

    first: IntArray
    last: IntArray
    """First and last step for which a point stands."""
    low: FloatArray
    mean: FloatArray
    high: FloatArray
    size: int
    """Values in a point. 1: all values are kept."""


def envelope(steps: Clock | IntArray, values: OverTime, points: int = _MOST_POINTS) -> Envelope:
    """Lowest, mean and highest of neighbouring values in at most `points` points, which contain every extreme."""
    shape = blocks(values, points)
    last = steps[shape.starts + shape.counts - 1]
    return Envelope(steps[shape.starts], last, shape.low, shape.mean, shape.high, size=int(shape.counts[0]))


def charts(result: ResultFile) -> list[Chart]:
    """All charts for which the file has data."""
    made = [_thresholds(result)]
    if result.has("E"):
        made.insert(0, _rates(result))
    if (over_time := _over_time(result)) is not None:
        made.insert(0, over_time)
    return made


# --- over time -----------------------------------------------------------------------------------------------------


class _Row(NamedTuple):
    """One panel of the chart over time."""

    title: str
    traces: list[Any]


def _over_time(result: ResultFile) -> Chart | None:
    rows = [_connection_row(result)] if any(map(result.holds, _CONNECTIONS)) else []
    rows += [_activity_row(result, name) for name in _ACTIVITY if result.holds(name)]
    rows += [_threshold_row(result, name) for name in _THRESHOLDS if result.holds(name)]
    rows += [_weight_row(result, name) for name in _WEIGHTS if result.holds(name)]
    if result.holds("stats"):
        rows += _statistics_rows(result)
    if not rows:
        return None
    # All rows share the horizontal axis, so that zooming and hovering apply to all of them.
    traces: list[Any] = []
    layout: dict[str, Any] = {"annotations": []}
    height = len(rows) * (_ROW_HEIGHT + _ROW_GAP) - _ROW_GAP
    for number, row in enumerate(rows):
        axis = f"y{number + 1}" if number else "y"
        traces += [{**trace, "yaxis": axis} for trace in row.traces]
        top = 1.0 - number * (_ROW_HEIGHT + _ROW_GAP) / height
        domain = [max(top - _ROW_HEIGHT / height, 0.0), top]
        layout[axis.replace("y", "yaxis")] = {"domain": domain, "rangemode": "tozero", "tickformat": ","}
        place = {"x": 0, "xref": "paper", "xanchor": "left", "y": top, "yref": "paper", "yanchor": "bottom"}
        layout["annotations"].append({"text": row.title, **place, "yshift": 4, "showarrow": False})
    hover_title = {"text": "step %{x:,}"}
    layout["xaxis"] = {"anchor": axis, "title": {"text": "step"}, "unifiedhovertitle": hover_title}
    layout |= {"hovermode": "x unified", "hoversubplots": "axis", "showlegend": False}
    titles = "; ".join(re.sub("<.*?>", "", row.title) for row in rows)
    return Chart(
        "time",
        "Over time",
        _time_caption(result),
        f"Lines over the steps of the run: {titles}.",
        height + _AROUND_ROWS,
        _json(traces, layout),
    )


def _time_caption(result: ResultFile) -> str:
    text = "The steps of the run."
    lines = [name for name in (*_CONNECTIONS, *_ACTIVITY, *_WEIGHTS) if result.holds(name)]
    if any(len(result.recordings[name]) > _MOST_POINTS for name in lines):
        text = "A line shows the mean of neighbouring steps, the band around it their lowest and highest value."
    return (
        f"{text} The bands of thresholds hold half and nine tenths of the neurons."
        if any(map(result.holds, _THRESHOLDS))
        else text
    )


def _connection_row(result: ResultFile) -> _Row:
    traces = []
    names = []
    for quantity, (name, color) in _CONNECTIONS.items():
        if result.holds(quantity):
            shape = envelope(result.steps(quantity), counts_over_time(quantity, result.recordings[quantity]))
            traces += _band_and_line(shape, name, color, ",.0f")
            names.append(_colored(name, color))
    return _Row(f"Connections {', '.join(names)}", traces)


def _activity_row(result: ResultFile, quantity: str) -> _Row:
    """Each population has its own row, because overlapping bands cannot be told apart."""
    color = _ACTIVITY[quantity]
    spikes = packed(quantity, result.recordings[quantity])
    active = envelope(result.steps(quantity), spikes)
    low, mean, high = (100.0 * values / spikes.neurons for values in (active.low, active.mean, active.high))
    traces = _band_and_line(active._replace(low=low, mean=mean, high=high), quantity, color, ".1f", "%")
    return _Row(f"Active neurons in % of {_colored(quantity, color)}", traces)


def _weight_row(result: ResultFile, quantity: str) -> _Row:
    name, color = _WEIGHTS[quantity]
    rows = result.recordings[quantity]
    counts = np.array([max(np.count_nonzero(row), 1) for row in rows])
    means = np.array([row.sum() for row in rows]) / counts
    traces = _band_and_line(envelope(result.steps(quantity), means), quantity, color, ".4g")
    return _Row(f"Mean weight of the connections {_colored(name, color)}", traces)


def _statistics_rows(result: ResultFile) -> list[_Row]:
    labels = {row["name"]: row["label"] for row in _core.measures()}
    columns, steps = result.statistics, result.steps("stats")
    rows = []
    for name, color in _STATISTICS.items():
        values = columns.get(name, np.zeros(0))
        known = np.flatnonzero(np.isfinite(values))
        if len(known) == 0:
            continue
        traces = _band_and_line(envelope(steps[known], values[known]), labels[name], color, ".4g")
        rows.append(_Row(f"{labels[name]} of {result.stride('stats'):,} steps each", traces))
    return rows


def _threshold_row(result: ResultFile, quantity: str) -> _Row:
    color = _THRESHOLDS[quantity]
    shape = bands(result.recordings[quantity], result.steps(quantity), _MOST_POINTS)
    steps = _small(shape.times)
    lowest, low, high, highest, mean = (values.astype(np.float32) for values in shape[1:])
    traces = []
    for bottom, top, opacity, share in ((lowest, highest, 0.15, "90"), (low, high, 0.3, "50")):
        edge = {"x": steps, "mode": "lines", "line": {"width": 0}}
        traces.append(_lines(**edge, y=bottom, hoverinfo="skip"))
        hover = f"{share}% of thresholds: %{{customdata:.3f}} to %{{y:.3f}}<extra></extra>"
        fill = {"fill": "tonexty", "fillcolor": _faint(color, opacity)}
        traces.append(_lines(**edge, **fill, y=top, customdata=bottom, hovertemplate=hover))
    hover = "mean threshold %{y:.3f}<extra></extra>"
    traces.append(_lines(x=steps, y=mean, mode=_mode(steps), line=_line(color), hovertemplate=hover))
    return _Row(f"{'Excitatory' if quantity == 'TE' else 'Inhibitory'} thresholds", traces)


def _mode(steps: npt.NDArray[Any]) -> str:
    """The mode for a series. A single value makes no line, so it is drawn as a dot."""
    return "markers" if len(steps) == 1 else "lines"


def _band_and_line(shape: Envelope, name: str, color: str, number: str, unit: str = "") -> list[Any]:
    middle = _small((shape.first + shape.last) // 2)
    if shape.size == 1:
        hover = f"{name}: %{{y:{number}}}{unit}<extra></extra>"
        mode = _mode(middle)
        return [_lines(x=middle, y=_small(shape.mean), mode=mode, line=_line(color), hovertemplate=hover)]
    low, high = _small(shape.low), _small(shape.high)
    edge = {"x": middle, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    hover = f"{name}: %{{y:{number}}}{unit} (%{{customdata[0]:{number}}} to %{{customdata[1]:{number}}})<extra></extra>"
    line = {"x": middle, "mode": "lines", "line": _line(color), "hovertemplate": hover}
    return [
        _lines(**edge, y=low),
        _lines(**edge, y=high, fill="tonexty", fillcolor=_faint(color, 0.25)),
        _lines(**line, y=_small(shape.mean), customdata=np.column_stack([low, high])),
    ]


# --- histograms ----------------------------------------------------------------------------------------------------


def _rates(result: ResultFile) -> Chart:
    rates = 100.0 * result.rates
    chart = _histogram(rates, "steps in which a neuron fires (%)", _BLUE, ".2f", "%")
    low, high = rates.min(), rates.max()
    neurons = population(result.name_of("E"))
    return Chart(
        "rates",
        "Firing rates",
        f"{neurons[0].upper()}{neurons[1:]}.",
        f"Histogram of the rates of {len(rates):,} {neurons}, from {low:.2f}% to {high:.2f}% of the steps.",
        300,
        chart,
    )


def _thresholds(result: ResultFile) -> Chart:
    thresholds = result.thresholds
    chart = _histogram(thresholds, "excitatory threshold at the end", _GREEN, ".3f")
    low, high = thresholds.min(), thresholds.max()
    return Chart(
        "thresholds",
        "Thresholds at the end",
        "Excitatory neurons.",
        f"Histogram of the firing thresholds of {len(thresholds):,} excitatory neurons, from {low:.3f} to {high:.3f}.",
        300,
        chart,
    )


def _histogram(values: FloatArray, label: str, color: str, number: str, unit: str = "") -> str:
    low, high = float(values.min()), float(values.max())
    if high - low <= 1e-9 * max(abs(low), abs(high)):  # all the same: one bar
        reach = 0.05 * abs(low) or 0.5
        low, high = low - reach, high + reach
    counts, edges = np.histogram(values, bins=_BINS, range=(low, high))
    hover = f"%{{customdata[0]:{number}}} to %{{customdata[1]:{number}}}{unit}: %{{y:,}} neurons<extra></extra>"
    bars = {
        "type": "bar",
        "x": (edges[:-1] + edges[1:]) / 2,
        "y": _small(counts),
        "width": np.diff(edges),
        "customdata": np.column_stack([edges[:-1], edges[1:]]),
        "hovertemplate": hover,
        "marker": {"color": color, "line": {"color": "white", "width": 1}},
    }
    layout = {
        "bargap": 0,
        "showlegend": False,
        "hovermode": "x",
        "xaxis": {"title": {"text": label}, "hoverformat": number},
        "yaxis": {"title": {"text": "neurons"}},
    }
    return _json([bars], layout)


# --- how all of them look ------------------------------------------------------------------------------------------


def _lines(**of: Any) -> dict[str, Any]:
    """A trace of plotly.js, whose reference names what it takes."""
    return {"type": "scatter", **of}


def _json(traces: list[Any], layout: dict[str, Any]) -> str:
    """The chart for plotly.js in the style of the page.

    It is written without plotly's package, whose classes take 25 MB.
    """
    axes = {"zeroline": False, "gridcolor": "#E6E6E6", "linecolor": "#B0B0B0", "ticks": "outside", "automargin": True}
    own = {
        "x": {"showgrid": False, "showline": True, "tickformat": ","},
        "y": {"ticklen": 3, "tickcolor": "#B0B0B0"},
    }
    for name, axis in layout.items():
        if re.fullmatch(r"[xy]axis\d*", name):
            axis |= axes | own[name[0]] | {"title": {**axis.get("title", {}), "font": {"size": 13}}}
    layout |= {
        "template": {"data": {"scatter": [{"type": "scatter"}]}},  # none: that of plotly's package looks different
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "margin": {"l": 8, "r": 12, "t": 30, "b": 8},
        "dragmode": "zoom",
        "font": {"family": _FONT, "size": 13, "color": "#262626"},
        "hoverlabel": {"font": {"size": 13}},
    }
    text = json.dumps({"data": traces, "layout": layout}, default=_typed_array, separators=(",", ":"))
    return text.replace("<", "\\u003c")  # so that no text in it can end the script element


def _typed_array(values: npt.NDArray[Any]) -> Any:
    """An array in the form that plotly.js decodes: its bytes, of a type that JavaScript has."""
    if values.dtype.itemsize == 8 and values.dtype.kind in "iu":
        return values.tolist()
    code = values.dtype.str.lstrip("<|")
    array: dict[str, Any] = {"dtype": code, "bdata": base64.b64encode(values.tobytes()).decode()}
    return array if values.ndim == 1 else array | {"shape": ", ".join(map(str, values.shape))}


def _small(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Numbers in half the bytes, if that loses nothing that a chart could show."""
    if values.dtype.kind in "iu":
        return values.astype(np.int32) if np.abs(values).max(initial=0) < 2**31 else values
    return values.astype(np.float32)


def _colored(text: str, color: str) -> str:
    return f'<span style="color:{color}">{text}</span>'


def _line(color: str) -> dict[str, Any]:
    return {"color": color, "width": 1.5}


def _faint(color: str, opacity: float) -> str:
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
