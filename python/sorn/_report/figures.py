"""The figures of a result file: their names, the recordings that each needs, and the functions that draw them."""

from __future__ import annotations

import gc
import io
from collections.abc import Callable
from typing import Any, NamedTuple

from .._arguments import import_extra
from ..plotter import Plotter
from .result import Need, ResultFile, population

RASTER_STEPS = 1000  # with more rows a spike would have less than a pixel
_INTERVAL_BINS = 60
_MOST_CORRELATED = 5000  # neurons; in a matrix of more a pair would have less than a pixel


class Figure(NamedTuple):
    """A figure. Its name is that of the function of :class:`sorn.Plotter` that draws it."""

    name: str
    title: str
    draw: Callable[[ResultFile], Any]
    need: Need | None = None
    pairs: bool = False
    """Whether it shows all pairs of neurons."""

    def obstacle(self, result: ResultFile) -> str:
        """The reason why it cannot be drawn from this file; empty if it can."""
        if self.need and (lack := result.lacks(self.need)):
            return lack
        if self.pairs and result.spikes.neurons > _MOST_CORRELATED:
            return f"a network of more than {_MOST_CORRELATED:,} neurons has too many pairs to be shown"
        return ""

    def title_of(self, result: ResultFile) -> str:
        """The title. It names the neurons that are shown if they are not the excitatory ones."""
        shown = result.name_of(self.need.quantity) if self.need else ""
        if shown in ("I", "R", "TI"):
            return f"{self.title} ({population(shown)})"
        return f"{self.title} ({shown})" if shown in ("C_ei", "C_ie") else self.title


def _last_spikes(result: ResultFile) -> Any:
    rows = slice(-RASTER_STEPS, None)
    return Plotter.raster_plot(result.rows_of("E")[rows], steps=result.steps_of("E")[rows])


def first_spikes(result: ResultFile) -> Any:
    """The raster of the first recorded steps."""
    rows = slice(RASTER_STEPS)
    return Plotter.raster_plot(result.rows_of("E")[rows], steps=result.steps_of("E")[rows])


def _all_spikes(result: ResultFile) -> Any:
    return Plotter.scatter_plot(result.rows_of("E"), steps=result.steps_of("E"))


def _connection_counts(result: ResultFile) -> Any:
    return Plotter.network_connection_dynamics(result.rows_of("C"), steps=result.steps_of("C"))


def _thresholds(result: ResultFile) -> Any:
    return Plotter.threshold_dynamics(result.rows_of("TE"), steps=result.steps_of("TE"))


def _intervals(result: ResultFile) -> Any:
    most_active = int(result.rates.argmax())
    return Plotter.isi_exponential_fit(result.rows_of("E"), most_active, _INTERVAL_BINS, logarithmic=True)


def _summary(result: ResultFile) -> Any:
    shown = {"spike_train": "E", "connection_counts": "C", "thresholds": "TE", "weights": "WEE"}
    names = {argument: result.name_of(quantity) for argument, quantity in shown.items() if result.has(quantity)}
    arrays: dict[str, Any] = {argument: result.recordings[name] for argument, name in names.items()}
    steps: dict[str, Any] = {argument: result.steps(name) for argument, name in names.items() if argument != "weights"}
    return Plotter.summary(network=result.network, steps=steps, **arrays)


_SPIKES = Need("E")
_EVERY_SPIKE = Need("E", every_step=True)

FIGURES: dict[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure("summary", "the run in one figure", _summary),
        Figure("raster_plot", f"spikes of the last {RASTER_STEPS:,} recorded steps", _last_spikes, _SPIKES),
        Figure("scatter_plot", "spikes of the whole run", _all_spikes, _SPIKES),
        Figure(
            "hist_firing_rate_network",
            "spikes of the network per step",
            lambda r: Plotter.hist_firing_rate_network(r.rows_of("E"), bin_size=30),
            _SPIKES,
        ),
        Figure(
            "correlation",
            "correlation of each pair of neurons",
            lambda r: Plotter.correlation(r.correlations),
            _SPIKES,
            pairs=True,
        ),
        Figure(
            "plot_network",
            "network of the neurons that fire together",
            lambda r: Plotter.plot_network(r.correlations),
            _SPIKES,
            pairs=True,
        ),
        Figure("isi_exponential_fit", "interspike intervals of the most active neuron", _intervals, _EVERY_SPIKE),
        Figure(
            "avalanche_distribution",
            "sizes and durations of neuronal avalanches",
            lambda r: Plotter.avalanche_distribution(r.rows_of("E")),
            _EVERY_SPIKE,
        ),
        Figure("network_connection_dynamics", "number of connections over time", _connection_counts, Need("C")),
        Figure("threshold_dynamics", "firing thresholds over time", _thresholds, Need("TE")),
        Figure(
            "hist_incoming_conn", "incoming connections per neuron", lambda r: Plotter.hist_incoming_conn(r.weights)
        ),
        Figure(
            "hist_outgoing_conn", "outgoing connections per neuron", lambda r: Plotter.hist_outgoing_conn(r.weights)
        ),
        Figure("weight_distribution", "connection weights", lambda r: Plotter.weight_distribution(r.weights)),
        Figure(
            "linear_lognormal_fit",
            "connection weights and a lognormal fit",
            lambda r: Plotter.linear_lognormal_fit(r.weights),
        ),
    )
}


class Drawing(NamedTuple):
    """A figure as a file."""

    content: bytes
    headings: list[str]
    """The titles of its panels and the headings of their legends, which hold the main numbers."""


def drawn(draw: Callable[[ResultFile], Any], result: ResultFile, file_format: str, dpi: int) -> Drawing:
    """A figure as the bytes of a file. The bytes are the same each time. The figure leaves the memory.

    Raises
    ------
    SornError
        If the file holds nothing to draw, such as intervals of neurons that never fire.
    """
    drawing = _drawing(draw, result, file_format, dpi)
    gc.collect()  # a figure refers to itself
    return drawing


def _drawing(draw: Callable[[ResultFile], Any], result: ResultFile, file_format: str, dpi: int) -> Drawing:
    matplotlib = import_extra("matplotlib", "plot")
    pyplot = import_extra("matplotlib.pyplot", "plot")
    undated = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(file_format)
    with matplotlib.rc_context({"svg.hashsalt": "sorn"}):
        picture = draw(result)
        if not hasattr(picture, "savefig"):  # axes
            picture = picture.figure
        try:
            buffer = io.BytesIO()
            picture.savefig(buffer, format=file_format, dpi=dpi, metadata=undated)
            headings = [ax.get_title(loc="left") for ax in picture.axes]
            legends = [legend for ax in picture.axes if (legend := ax.get_legend())]
            headings += [legend.get_title().get_text() for legend in legends]
        finally:
            pyplot.close(picture)
    return Drawing(buffer.getvalue(), [" ".join(heading.split()) for heading in headings if heading])
