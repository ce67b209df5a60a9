"""The figure that summarises a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray, quoted, whole_number
from .._errors import ParameterError, ShapeError, StateError
from .._network import Network
from .._recording import RecordedSteps
from .._sparse import is_sparse
from .._spike_train import packed
from .._state import weight_columns
from ..statistics import Statistics
from ._canvas import BLUE, GREY, PALE, SaveArgument, note, number, whole_figure
from ._checks import Clock, counts_over_time, recorded_steps, shape_of, synaptic_weights
from ._traces import stride_of, time_axis, trace
from .connections import draw_counts
from .dynamics import draw_thresholds, threshold_rows
from .graph import draw_correlation
from .intervals import Intervals, draw_intervals, exponential_fit, interval_histogram, without_fit
from .spikes import draw_spikes
from .weights import CUTOFF, density_histogram, draw_lognormal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from .._network import Network
    from ..statistics import SpikeTrainLike

    Panel = Callable[[Axes], None]

# The arguments of summary(), and the names of these recordings.
_NAMES = {
    "spike_train": ("E", "ExcitatoryActivation"),
    "connection_counts": ("C", "EEConnectionCounts"),
    "thresholds": ("TE",),
    "weights": ("WEE",),
}
_OVER_TIME = ("spike_train", "connection_counts", "thresholds")
_MOST_CORRELATED = 2000  # neurons; a matrix of more neurons would have less than a pixel for a pair
_SHOWN_INTERVALS = 0.995
_INTERVAL_BINS = 40
_CURVE_POINTS = 200
_WIDTH = 7.0
_COLUMNS_OF = {1: [6], 2: [3, 3], 3: [2, 2, 2], 4: [3, 3, 3, 3], 5: [3, 3, 2, 2, 2]}  # sixths of the width


def summary(
    recordings: Mapping[str, Any] | None = None,
    network: Network | Mapping[str, Any] | None = None,
    savefig: SaveArgument = False,
    *,
    spike_train: SpikeTrainLike | None = None,
    connection_counts: npt.ArrayLike | None = None,
    thresholds: npt.ArrayLike | None = None,
    weights: Any = None,
    steps: Mapping[str, npt.ArrayLike] | None = None,
    window: int = 1000,
    title: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure | SubFigure:
    """A figure of a whole run, with a panel for each kind of recording.

    Spikes are shown as a raster of the last steps, the activity over the whole run, the intervals between the spikes of
    all neurons (except the longest 0.5%), and the correlations between neurons. Connection counts, thresholds and
    weights have one panel each. Panels without data are left out; so are intervals if not every step was recorded.

    Parameters
    ----------
    recordings : Recordings, ResultFile or mapping, optional
        The recordings of :meth:`sorn.Network.run`, :meth:`sorn.Simulator.run` or :meth:`sorn.Recordings.load`, or a
        file that :func:`sorn.open` opened, of which only what is drawn is in memory. E, C, TE and WEE are drawn.
    network : Network or mapping, optional
        The network after the run, or its state dictionary. Its weights are drawn.
    savefig : bool or path, default False
        True saves summary.png into the current folder; a path saves there.
    spike_train : array_like, shape (time, neurons), optional
        Spikes, 0 or 1, instead of those in `recordings`. The following arguments also replace recordings.
    connection_counts : array_like, shape (time,), optional
        Number of connections.
    thresholds : array_like, shape (time, neurons), optional
        Firing thresholds.
    weights : array_like or scipy.sparse matrix, shape (ne, ne) or (time, ne, ne), optional
        Connection weights: final weights, or a recording of which the first and the last row are drawn.
    steps : mapping, optional
        The step number of each row, by the name of the argument or of the recording: ``{"E": range(0, 10000, 10)}``.
        :class:`sorn.Recordings` know their steps. Other arrays have the steps 0, 1, 2 … unless given here.
    window : int, default 1000
        Rows of the spike train in the raster, from 1 on.
    title : str, optional
        Heading. None: the size of the network and the steps. Empty: no heading.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    StateError
        If there is nothing to draw, or if an array holds invalid values.
    ParameterError, ShapeError
        If an argument has the wrong type or shape.

    Examples
    --------
    >>> import sorn
    >>> network = sorn.Network(seed=1, mu_ip=0.1)
    >>> recordings = network.run(time_steps=20_000, record=["E", "C", "TE/100", "WEE/10000"])
    >>> figure = sorn.Plotter.summary(recordings, network)
    """
    rows = whole_number("window", window, 1, 2**63 - 1, "a number of steps from 1 on")
    given = {
        "spike_train": spike_train,
        "connection_counts": connection_counts,
        "thresholds": thresholds,
        "weights": weights,
    }
    found, known_steps = _found(recordings, given, steps)
    _check_sizes(found, network)
    wide, small = _panels(found, known_steps, network, rows)
    if not wide and not small:
        raise StateError(
            "there is nothing to draw",
            "a summary needs recordings of E, C, TE or WEE, or a network",
            "try Network.run(…, record=['E', 'C', 'TE/100'])",
        )
    small_rows = {0: 0, 4: 2, 5: 2}.get(len(small), 1)
    heights = [height for height, _ in wide] + [1.9] * small_rows
    with whole_figure(figure, "summary.png", savefig, (_WIDTH, sum(heights) + 0.4)) as figure:
        grid = figure.add_gridspec(len(heights), 6, height_ratios=heights)
        for row, (_, draw) in enumerate(wide):
            draw(figure.add_subplot(grid[row, :]))
        row, column = len(wide), 0
        for draw, width in zip(small, _COLUMNS_OF.get(len(small), []), strict=True):
            draw(figure.add_subplot(grid[row, column : column + width]))
            column += width
            if column == 6:
                row, column = row + 1, 0
        heading = _heading(found, known_steps, network) if title is None else title
        if heading:
            figure.suptitle(heading, x=0.01, ha="left")
    return figure


def _check_sizes(found: dict[str, Any], network: Any) -> None:
    """Refuse arrays of networks of different sizes. Arrays of the inhibitory neurons are accepted, too."""
    shapes = {name: shape_of(name, found[name]) for name in ("spike_train", "thresholds") if found[name] is not None}
    sizes = {name: shape[-1] for name, shape in shapes.items() if len(shape) == 2}
    if len(getattr(found["weights"], "shape", ())) in (2, 3):
        sizes["weights"] = found["weights"].shape[-1]
    inhibitory: int | None = 0
    if isinstance(network, Mapping) and "Wee" in network:
        sizes["network"] = shape_of("Wee", network["Wee"])[-1]
        inhibitory = shape_of("Wei", network["Wei"])[0] if "Wei" in network else 0
    elif isinstance(network, Network):
        inhibitory, sizes["network"] = network.parameters.ni, network.parameters.ne
    elif network is not None:
        raise ParameterError(f"network is of type {type(network).__name__}", "must be a Network or a state_dict")
    for name in ("spike_train", "thresholds"):
        if inhibitory and sizes.get(name) == inhibitory:
            del sizes[name]
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{name} of {size}" for name, size in sizes.items())
        raise ShapeError(f"arrays of different networks: {told} neurons", "all panels must show one network")


def _found(recordings: Any, given: dict[str, Any], steps: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The data to draw and their step numbers, both by the names of the arguments."""
    recordings = {} if recordings is None else recordings
    if not isinstance(recordings, Mapping):
        raise ParameterError(
            f"recordings is of type {type(recordings).__name__}",
            "must be what Network.run() returned, or another mapping with E, C, TE or WEE",
            "spike_train= takes an array",
        )
    _core.RecordPlan(list(recordings), False)  # raises an error for a name that no recording can have
    found, found_steps = dict(given), {}
    for argument, names in _NAMES.items():
        for name in names:
            if found[argument] is None and name in recordings and len(recordings[name]):
                found[argument] = recordings[name]
                if isinstance(recordings, RecordedSteps):
                    found_steps[argument] = Clock.of(recordings, name, len(recordings[name]))
    if steps is not None and not isinstance(steps, Mapping):
        raise ParameterError(f"steps is of type {type(steps).__name__}", "must be a mapping from names to step numbers")
    arguments = {name: argument for argument, names in _NAMES.items() for name in (argument, *names)}
    for name, numbers in (steps or {}).items():
        if name not in arguments:
            raise ParameterError(f"steps has an entry {quoted(name)}", f"must be one of {', '.join(arguments)}")
        found_steps[arguments[name]] = numbers
    return found, found_steps


class _Spikes:
    """A spike train and the values that several panels need."""

    def __init__(self, spike_train: Any, steps: Any, window: int) -> None:
        self.train = packed("spike_train", spike_train)  # once for several measures
        self.steps = recorded_steps(steps, self.train.steps)
        self.every_step = stride_of(self.steps) == 1
        self.window = slice(max(self.train.steps - window, 0), None)

    def draw_raster(self, ax: Axes) -> None:
        first = self.window.start
        draw_spikes(ax, self.train.part(first, self.train.steps - first), self.steps[self.window])

    def draw_activity(self, ax: Axes) -> None:
        """Draw the whole run and mark the part that the raster shows."""
        shown = self.steps[self.window]
        ax.axvspan(shown[0], shown[-1], color=PALE, linewidth=0)
        size = trace(ax, self.steps, self.train, BLUE)
        mean = int(self.train.spike_counts().sum()) / self.train.steps
        title = f"Activity of the whole run: {mean:.4g} spikes per step, {mean / self.train.neurons:.3f} per neuron"
        if size > 1:
            title += f" (line: mean of {size:,} steps, band: their range)"
        time_axis(ax, self.steps)
        ax.set_ylim(bottom=0.0)
        ax.set(ylabel="spikes per step", title=title)

    def draw_intervals(self, ax: Axes) -> None:
        """Draw the intervals of all neurons except the longest."""
        intervals = Intervals(*self.train.interval_counts(None))
        ax.set(xlabel="interspike interval (steps)", ylabel="intervals")
        if intervals.number == 0:
            note(ax, "no neuron fires twice")
            return
        counts, edges = interval_histogram(intervals, _INTERVAL_BINS, _SHOWN_INTERVALS, growing=True)
        fit = exponential_fit(counts, edges, intervals.mean)
        draw_intervals(ax, counts, edges, fit, logarithmic=True)
        cv = self.train.interval_variation()[0]
        cv = cv[~np.isnan(cv)]
        mean = f": CV {cv.mean():.2f}" if len(cv) else ""
        some = f" (of {len(cv):,})" if 0 < len(cv) < self.train.neurons else ""
        ax.set_title(f"Intervals of all neurons{mean}{some}{without_fit(fit)}")

    def draw_correlation(self, ax: Axes) -> None:
        draw_correlation(ax, self.train.correlation()[0])


def _panels(
    found: dict[str, Any], steps: dict[str, Any], network: Any, window: int
) -> tuple[list[tuple[float, Panel]], list[Panel]]:
    """Panels of full width with their heights in inches, and smaller panels."""
    wide: list[tuple[float, Panel]] = []
    small: list[Panel] = []
    spikes = None
    if found["spike_train"] is not None:
        spikes = _Spikes(found["spike_train"], steps.get("spike_train"), window)
        wide.append((2.3, spikes.draw_raster))
        if spikes.train.steps > window:
            wide.append((1.2, spikes.draw_activity))
    if found["connection_counts"] is not None:
        counts = counts_over_time("connection_counts", found["connection_counts"])
        times = recorded_steps(steps.get("connection_counts"), len(counts))
        small.append(partial(draw_counts, counts=counts, times=times))
    if found["thresholds"] is not None:
        rows = threshold_rows(found["thresholds"])
        times = recorded_steps(steps.get("thresholds"), len(rows))
        small.append(partial(draw_thresholds, rows=rows, times=times))
    first, last = _first_and_last_weights(found["weights"], network)
    if last is not None:
        small.append(partial(_draw_weights, first=first, last=last))
    if spikes is not None:
        if spikes.every_step:  # with a stride, intervals between recorded spikes are not intervals between spikes
            small.append(spikes.draw_intervals)
        if 2 <= spikes.train.neurons <= _MOST_CORRELATED:
            small.append(spikes.draw_correlation)
    return wide, small


def _first_and_last_weights(recorded: Any, network: Any) -> tuple[FloatArray | None, FloatArray | None]:
    """The weights above 0 at the first recorded step, if there are several, and at the end."""
    of_network: Any = None
    if isinstance(network, Mapping):
        of_network = network["Wee"]
    elif network is not None:
        of_network = weight_columns(network._network, "Wee")
    if recorded is None:
        return None, None if of_network is None else synaptic_weights(of_network)
    if is_sparse(recorded) or len(shape_of("weights", recorded)) == 2:
        return None, synaptic_weights(recorded)
    if len(shape_of("weights", recorded)) != 3:
        raise ShapeError(f"weights has shape {shape_of('weights', recorded)}", "must be (ne, ne), or (time, ne, ne)")
    last = recorded[-1] if of_network is None else of_network
    return synaptic_weights(recorded[0]), synaptic_weights(last)


def _draw_weights(ax: Axes, first: FloatArray | None, last: FloatArray) -> None:
    strong = last[last >= CUTOFF]
    if len(np.unique(strong)) < 2:
        note(ax, f"no two weights from {CUTOFF} on")
        ax.set_xlabel("connection weight w")
        return
    fit = Statistics.lognormal_fit(strong, CUTOFF)
    draw_lognormal(ax, strong, fit, _CURVE_POINTS, logarithmic=True, marks=False)
    top = ax.get_ylim()[1]
    if first is not None and len(np.unique(first[first >= CUTOFF])) > 1:
        heights, edges = density_histogram(first[first >= CUTOFF], logarithmic=True)
        ax.stairs(heights, edges, color=GREY, linewidth=0.8, label="at first")
        top = max(top, float(heights.max()))
    ax.set_ylim(0.0, 1.45 * top)
    ax.legend(loc="upper left")
    ax.set_title(f"{len(strong):,} weights: μ {number(fit.mu)}, σ {number(fit.sigma)}")


def _heading(found: dict[str, Any], steps: dict[str, Any], network: Any) -> str:
    """The size and the seed of the network, and the recorded steps."""
    parts = []
    if hasattr(network, "parameters"):
        parts.append(f"{network.parameters.ne:,} excitatory neurons, seed {network.seed}")
    ends = [
        recorded_steps(steps.get(name), len(found[name]))[[0, -1]] for name in _OVER_TIME if found[name] is not None
    ]
    if ends:
        first, last = np.min(ends), np.max(ends)
        parts.append(f"steps {first:,} to {last:,}")
    return ", ".join(parts)
