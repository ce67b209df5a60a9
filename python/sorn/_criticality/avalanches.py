"""Neuronal avalanches, and how their sizes scale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray, items_of, number_array, quoted, real_number, truth, whole_number
from .._errors import ParameterError, ShapeError, UnknownNameError
from .._measures._checks import IntArray, SpikeTrainLike, in_blocks, series
from .._result_file import ResultFile
from .._spike_train import packed
from .fits import Fit, checked_fit

SizeRule = Literal["above", "all"]
_LONGEST = 2**62
_MOST_BINS = 10**9


@dataclass(frozen=True)
class Source:
    """The activity of one network, in which avalanches were found."""

    threshold: float
    """The activity that a bin must exceed to belong to an avalanche."""
    bins: int
    """The number of whole bins."""
    cut_begin: int
    """The bins of an avalanche that was under way in the first bin and is left out, or 0."""
    cut_end: int
    """The bins of an avalanche that was under way in the last bin and is left out, or 0."""


class Avalanches:
    """Neuronal avalanches of one network, or of several ones after each other. :func:`avalanches` finds them."""

    __slots__ = ("_found", "begins", "bin_size", "durations", "networks", "size", "sizes", "sources")

    sizes: FloatArray
    """The size of each, above 0."""
    durations: IntArray
    """Its bins, from 1 on."""
    begins: IntArray
    """Its first bin, from 0 on."""
    networks: npt.NDArray[np.uint32]
    """Its network, a place in `sources`."""
    sources: tuple[Source, ...]
    """The networks, with the threshold of each and with what was cut off at both ends."""
    bin_size: int
    """The steps of a bin."""
    size: SizeRule
    """``'above'`` if sizes count the activity above the threshold, ``'all'`` if they count all."""

    def __init__(self, found: _core.Avalanches, bin_size: int, size: SizeRule) -> None:
        self._found = found
        self.sizes = found.sizes
        self.durations = found.durations
        self.begins = found.begins
        self.networks = found.networks
        self.sources = tuple(Source(*source) for source in found.sources)
        self.bin_size = bin_size
        self.size = size

    @property
    def intervals(self) -> IntArray:
        """The bins between the end of an avalanche and the beginning of the next one of the same network."""
        return self._found.intervals

    @property
    def profiles(self) -> list[FloatArray]:
        """The activity within each avalanche, bin by bin. It adds up to the size. Needs ``profiles=True``."""
        values = self._found.profiles
        if len(values) == 0 and len(self.sizes):
            raise ParameterError("avalanches without profiles", "must have been found with profiles=True")
        return np.split(values, np.cumsum(self.durations)[:-1]) if len(self.sizes) else []

    def __len__(self) -> int:
        return len(self.sizes)

    def __repr__(self) -> str:
        networks = len(self.sources)
        limits = sorted({source.threshold for source in self.sources})
        above = f"{limits[0]:g}" if len(limits) == 1 else f"{limits[0]:g} to {limits[-1]:g}"
        bins = "" if self.bin_size == 1 else f", bins of {self.bin_size} steps"
        several = "" if networks == 1 else f" of {networks} networks"
        cut = sum((source.cut_begin > 0) + (source.cut_end > 0) for source in self.sources)
        ends = f", {cut} cut off at the ends left out" if cut else ""
        return f"<{len(self):,} avalanches{several} with more than {above} spikes in a bin{bins}{ends}>"


def avalanches(
    activity: SpikeTrainLike | ResultFile,
    threshold: float | str = "half_mean",
    *,
    bin_size: int = 1,
    size: SizeRule = "above",
    keep_first: bool = False,
    profiles: bool = False,
    skip: int = 0,
    recording: str | None = None,
) -> Avalanches:
    r"""Find the avalanches of one network: every sequence of bins whose activity is above a threshold.

    Parameters
    ----------
    activity : array_like, shape (time,) or (time, neurons), SpikeTrain or ResultFile
        The activity A of the network, from 0 on, or its spikes. A file is read in parts, in memory that does not grow
        with its length.
    threshold : float or str, default 'half_mean'
        θ: a bin belongs to an avalanche if its activity is above it, strictly. A number from 0 on; ``'half_mean'``,
        half the mean activity of a bin; ``'median'``; or a percentile of the activity of bins, such as ``'25%'``.
    bin_size : int, default 1
        Steps of a bin; its activity is the sum of theirs. Steps beyond the last whole bin are left out.
    size : {'above', 'all'}, default 'above'
        What a size counts: :math:`\sum_t (A_t - \theta)`, or all activity, :math:`\sum_t A_t`, which distorts the
        distribution of sizes (Villegas, di Santo, Burioni & Muñoz 2019, doi 10.1103/PhysRevE.100.012133).
    keep_first : bool, default False
        Whether an avalanche that is under way in the first bin counts. One that is under way in the last bin never
        does.
    profiles : bool, default False
        Whether to keep the activity within avalanches, for :func:`shape_collapse`.
    skip : int, default 0
        Recorded steps of a file that are left out at its beginning.
    recording : {'E', 'A', 'R', 'I'}, optional
        The spikes of a file, or A, the number of active excitatory units. None: the first of them that it holds.

    Returns
    -------
    Avalanches

    Raises
    ------
    ParameterError
        For an unknown threshold, or one below 0, a bin of no steps, or a file without such a recording.
    StateError, ShapeError
        For an activity that is below 0 or not finite, or without a whole bin.
    """
    limit = _threshold(threshold)
    steps = whole_number("bin_size", bin_size, 1, 2**31 - 1, "a whole number of steps from 1 on")
    rule = _size_rule(size)
    choices = (limit, steps, rule == "all", truth("keep_first", keep_first), truth("profiles", profiles))
    if isinstance(activity, ResultFile):
        found = _core.read_avalanches(activity._reader(), _recording(recording), _skip(skip), *choices)
    else:
        found = _core.find_avalanches(activity_of(activity, skip, recording), *choices)
    return Avalanches(found, steps, rule)


def activity_of(activity: SpikeTrainLike | ResultFile, skip: int = 0, recording: str | None = None) -> FloatArray:
    """The activity of the network in each step, given as such, as a spike train, or as a file."""
    if isinstance(activity, ResultFile):
        return _core.read_activity(activity._reader(), _recording(recording), _skip(skip))
    refuse_without_file(skip, recording)
    if in_blocks(activity) or number_array("activity", activity).ndim == 2:
        return packed("activity", activity).network_activity().astype(np.float64)
    return series("activity", activity)


def refuse_without_file(skip: object, recording: object) -> None:
    """Refuse the choice of a part of a file where there is no file."""
    if _skip(skip) != 0 or recording is not None:
        raise ParameterError("skip= or recording= without a file", "must be given for a ResultFile only")


def binned_activity(
    spike_times: Iterable[Any], bin_width: float, *, start: float | None = None, stop: float | None = None
) -> FloatArray:
    """The number of spikes of all units in each time bin, from spike times of any origin.

    Parameters
    ----------
    spike_times : iterable
        For each unit an array of spike times, or a ``SpikeTrain`` of Neo, as Elephant takes them.
    bin_width : float
        Width of a bin above 0, in the unit of the times; for Neo in milliseconds.
    start, stop : float, optional
        The time that is divided into bins, in the same unit; what remains at the end is left out. None: from the first
        start to the last stop of the trains of Neo, otherwise from 0 to the last spike.

    Returns
    -------
    ndarray of float64, shape (bins,)

    Raises
    ------
    StateError
        For a spike time that is not finite.
    ParameterError
        If the bin has no width, or if there is no whole bin between start and stop.
    """
    width = real_number("bin_width", bin_width)
    items = items_of(spike_times)
    if items is None:
        raise ShapeError(f"spike_times = {quoted(spike_times)}", "must be arrays of spike times, one for each unit")
    trains: list[Any] = list(items)
    units = [_times(f"spike_times[{unit}]", train) for unit, train in enumerate(trains)]
    begins = [_milliseconds(train.t_start) for train in trains if _is_neo(train)]
    ends = [_milliseconds(train.t_stop) for train in trains if _is_neo(train)]
    first = min(begins, default=0.0) if start is None else real_number("start", start)
    if stop is not None:
        last = real_number("stop", stop)
    else:
        last = max([*ends, *(float(times.max()) + width for times in units if len(times))], default=first)
        last = max(ends) if ends else last
    if width <= 0 or not last - first >= width:
        raise ParameterError(f"bins of {width:g} from {first:g} to {last:g}", "must be at least one of a width above 0")
    bins = int(min((last - first) / width * (1 + 1e-12), 1e18))
    if bins > _MOST_BINS:
        raise ParameterError(f"{bins:g} bins", f"must be at most {_MOST_BINS:g}")
    counts = np.zeros(bins)
    for times in units:
        places = np.floor((times - first) / width).astype(np.int64)
        counts += np.bincount(places[(places >= 0) & (places < bins)], minlength=bins)
    return counts


def _is_neo(train: Any) -> bool:
    return hasattr(train, "rescale") and hasattr(train, "t_stop")


def _milliseconds(quantity: Any) -> float:
    return float(quantity.rescale("ms").magnitude)


def _times(name: str, train: Any) -> FloatArray:
    return series(name, train.rescale("ms").magnitude if _is_neo(train) else train)


def pool(parts: Iterable[Avalanches]) -> Avalanches:
    """Put the avalanches of several networks together. Each keeps the number of its network.

    Avalanches of one network are not independent of each other, since networks differ: see :func:`resampled`.

    Raises
    ------
    ParameterError
        If they differ in bin, in what sizes count, or in whether profiles were kept; if there is none.
    """
    items = items_of(parts) or ()
    given = [part for part in items if isinstance(part, Avalanches)]
    if not given or len(given) != len(items):
        raise ParameterError("parts", "must be avalanches of at least one network")
    return Avalanches(_core.pooled_avalanches([part._found for part in given]), given[0].bin_size, given[0].size)


# --- Scaling


@dataclass(frozen=True)
class SizeScaling:
    """The mean size of the avalanches of each duration."""

    durations: IntArray
    """Each duration that occurs, ascending."""
    mean_sizes: FloatArray
    """The mean size of its avalanches."""
    counts: npt.NDArray[np.uint64]
    """Their number."""
    gamma: float
    """The exponent γ of ⟨S⟩ ∝ T^γ, the slope of ln⟨S⟩ over ln T, where each duration counts as often as it occurs. NaN
    if fewer than two durations lie within the limits."""
    gamma_error: float
    """Its standard error; NaN for two durations."""
    intercept: float
    """ln⟨S⟩ of the line at T = 1."""


def size_scaling(avalanches: Avalanches, shortest: int = 1, longest: int | None = None) -> SizeScaling:
    """The mean size of avalanches over their duration, and its exponent.

    Parameters
    ----------
    avalanches : Avalanches
        At least one.
    shortest, longest : int, optional
        The durations, in bins, over which the line is fitted.
    """
    found = _core.size_scaling(_found(avalanches).sizes, avalanches.durations, *fitted_durations(shortest, longest))
    durations, means, counts, line = found
    slope, intercept, error = line if line is not None else (np.nan, np.nan, np.nan)
    return SizeScaling(durations, means, counts, slope, error, intercept)


def fitted_durations(shortest: int, longest: int | None) -> tuple[int, int]:
    """The shortest and the longest duration over which the line of mean sizes is fitted."""
    return whole_number("shortest", shortest, 1, _LONGEST, "a number of bins from 1 on"), _longest(longest)


@dataclass(frozen=True)
class Crackling:
    """The relation between the exponents of avalanches of a critical system, and how far it is from holding."""

    predicted: float
    """(α_T - 1)/(α_S - 1), from the exponents of durations and of sizes."""
    predicted_error: float
    """Its standard error, if those of both exponents are independent."""
    fitted: float
    """γ of ⟨S⟩(T)."""
    fitted_error: float
    """Its standard error."""
    dcc: float
    """The deviation from criticality coefficient, the difference of both (Ma et al. 2019)."""
    dcc_error: float
    """Its standard error, if all are independent."""


def crackling_relation(sizes: Fit, durations: Fit, scaling: SizeScaling) -> Crackling:
    """Compare the exponent of ⟨S⟩(T) with the one that the exponents of sizes and durations predict.

    A critical system obeys γ = (α_T - 1)/(α_S - 1) (Sethna, Dahmen & Myers 2001, doi 10.1038/35065675). Their
    difference is the deviation from criticality coefficient (Ma et al. 2019, doi 10.1016/j.neuron.2019.08.031). Other
    systems may obey it, too; and if a power law is rejected, its exponent means nothing.

    Parameters
    ----------
    sizes, durations : Fit
        Power laws of the sizes and of the durations, with exponents above 1.
    scaling : SizeScaling
        Of the same avalanches.
    """
    size_law = checked_fit("sizes", sizes)
    duration_law = checked_fit("durations", durations)
    if not isinstance(scaling, SizeScaling):
        raise ParameterError(f"scaling is of type {type(scaling).__name__}", "must be made by size_scaling()")
    return Crackling(
        *_core.crackling_relation(
            size_law.alpha,
            size_law.errors["alpha"],
            duration_law.alpha,
            duration_law.errors["alpha"],
            scaling.gamma,
            scaling.gamma_error,
        )
    )


@dataclass(frozen=True)
class ShapeCollapse:
    """The mean profiles of avalanches of equal duration, scaled to the same length and by T^(1 - γ)."""

    gamma: float
    """The exponent for which they differ least."""
    error: float
    """Their mean variance, divided by the square of the span of their mean. It is 0 if they are equal."""
    durations: IntArray
    """The durations that were compared, in bins."""
    counts: npt.NDArray[np.uint64]
    """The number of avalanches of each."""
    places: FloatArray
    """t/T, in (0, 1)."""
    shapes: FloatArray
    """The scaled mean profiles, shape (durations, places)."""


def shape_collapse(
    avalanches: Avalanches,
    *,
    shortest: int = 4,
    longest: int | None = None,
    least: int = 10,
    gammas: tuple[float, float] = (0.0, 5.0),
) -> ShapeCollapse:
    """Find the exponent for which the mean profiles of avalanches of different durations agree best.

    Parameters
    ----------
    avalanches : Avalanches
        Found with ``profiles=True``.
    shortest, longest : int, optional
        The durations to compare, in bins.
    least : int, default 10
        Durations with fewer avalanches are left out.
    gammas : pair of float
        The exponent is sought between these.

    Raises
    ------
    ParameterError
        If profiles were not kept.
    StateError
        If fewer than two durations have enough avalanches.

    References
    ----------
    Marshall et al. 2016, doi 10.3389/fphys.2016.00250.
    """
    limits = series("gammas", gammas)
    if len(limits) != 2:
        raise ShapeError(f"gammas = {quoted(gammas)}", "must be two numbers")
    low, high = limits
    return ShapeCollapse(
        *_core.shape_collapse(
            _found(avalanches),
            whole_number("shortest", shortest, 2, _LONGEST, "a number of bins from 2 on"),
            _longest(longest),
            whole_number("least", least, 1, _LONGEST, "a whole number from 1 on"),
            float(low),
            float(high),
        )
    )


@dataclass(frozen=True)
class FiniteSizeScaling:
    """How the moments of the sizes grow with the number of units N: ⟨S^q⟩ ∝ N^σ(q), σ(q) = D(q + 1 - α)."""

    dimension: float
    """The exponent D with which the largest avalanches grow, as N^D."""
    dimension_error: float
    """Its standard error, from the line through σ(q); NaN for two orders."""
    exponent: float
    """α, the exponent of the sizes."""
    orders: FloatArray
    """q."""
    growth: FloatArray
    """σ(q)."""
    growth_errors: FloatArray
    """Its standard errors; NaN for two networks."""


def finite_size_scaling(
    units: npt.ArrayLike, sizes: Sequence[npt.ArrayLike], orders: npt.ArrayLike = (1, 1.5, 2, 2.5, 3)
) -> FiniteSizeScaling:
    """Estimate from networks of different sizes how the largest avalanches grow with the number of units.

    Parameters
    ----------
    units : array_like, shape (networks,)
        The number of units of each network; at least two differ.
    sizes : sequence of array_like
        The sizes of the avalanches of each.
    orders : array_like
        The moments q, at least two, ascending. They must be above α - 1.

    References
    ----------
    Tebaldi, De Menech & Stella 1999, doi 10.1103/PhysRevLett.83.3952.
    """
    items = items_of(sizes)
    if items is None:
        raise ShapeError(f"sizes = {quoted(sizes)}", "must be a sequence of arrays, one for each network")
    numbers = [np.ascontiguousarray(series(f"sizes[{k}]", cast(npt.ArrayLike, one))) for k, one in enumerate(items)]
    return FiniteSizeScaling(*_core.finite_size_scaling(series("units", units), numbers, series("orders", orders)))


# --- Arguments


def _found(avalanches: Any) -> _core.Avalanches:
    if not isinstance(avalanches, Avalanches):
        raise ParameterError(f"avalanches of type {type(avalanches).__name__}", "must be made by avalanches()")
    return avalanches._found


def _threshold(threshold: object) -> str:
    return threshold if isinstance(threshold, str) else repr(real_number("threshold", threshold))


def _size_rule(size: object) -> SizeRule:
    if isinstance(size, str) and size == "above":
        return "above"
    if isinstance(size, str) and size == "all":
        return "all"
    raise UnknownNameError(f"size = {quoted(size)}", "must be 'above' or 'all'")


def _recording(recording: object) -> str:
    if recording is None:
        return ""
    if not isinstance(recording, str):
        raise ShapeError(f"recording = {quoted(recording)}", "must be the name of a recording")
    return recording


def _skip(skip: object) -> int:
    return whole_number("skip", skip, 0, 2**63 - 1, "a number of recorded steps from 0 on")


def _longest(longest: int | None) -> int:
    return _LONGEST if longest is None else whole_number("longest", longest, 1, _LONGEST, "a number of bins")
