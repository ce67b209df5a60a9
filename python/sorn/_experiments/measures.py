"""What experiments measure in the run of one network, and over all networks. Each measure is a row of a table.

A measure is a function of a :class:`NetworkRun` and of options, and returns numbers and arrays by name. Those that pool
the networks have a second function. Everything that takes time is computed by the engine.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .. import criticality
from .. import readout as readouts
from .._arguments import FloatArray, IntArray, did_you_mean, quoted
from .._errors import ParameterError, StateError, UnknownKeywordError, UnknownNameError
from .._network import Network
from .._recording import Recordings
from ..sources import Source

Values = dict[str, Any]
"""Numbers and arrays by name."""


@dataclass
class NetworkRun:
    """The run of one network in one condition."""

    seed: int
    phases: dict[str, Recordings] = field(default_factory=dict)
    """What each phase recorded."""
    networks: dict[str, Network] = field(default_factory=dict)
    """The network at the end of each phase."""
    sources: dict[str, Source | None] = field(default_factory=dict)
    """What the network was shown in each phase."""

    def recorded(self, phase: str, quantity: str) -> npt.NDArray[Any]:
        """A recording of a phase. @throws StateError if the phase did not record it"""
        found = self.phases[phase]
        if quantity not in found:
            raise StateError(f"phase '{phase}'", f"does not record {quantity}", f"set phases.{phase}.record")
        return found[quantity]


class Estimate(NamedTuple):
    """A number that was computed from all networks together."""

    value: float
    spread: float
    """Its standard deviation over samples of the networks."""


MeasureFunction = Callable[..., Values]
Pool = Callable[..., dict[str, Estimate]]


@dataclass(frozen=True)
class Measure:
    """A row of the table of measures."""

    name: str
    function: MeasureFunction
    pool: Pool | None
    phases: tuple[str, ...]
    """The options that name phases."""

    @property
    def meaning(self) -> str:
        """The first line of the function's documentation."""
        return (self.function.__doc__ or "").strip().split("\n")[0]


_MEASURES: dict[str, Measure] = {}


def measure(*phases: str, pool: Pool | None = None) -> Callable[[MeasureFunction], MeasureFunction]:
    """Make a function a measure, under its own name.

    The function is given a :class:`NetworkRun` and the options of the description as keywords, and returns a dictionary
    of numbers and arrays. `phases` are the options that name phases of the run.
    """

    def register(function: MeasureFunction) -> MeasureFunction:
        name = function.__name__
        _MEASURES[name] = Measure(name, function, pool, phases)
        return function

    return register


def measure_table() -> list[Measure]:
    """All measures, in the order of their definition."""
    return list(_MEASURES.values())


def check_measure(name: str, table: Mapping[str, Any], phases: Iterable[str]) -> None:
    """Check an entry of a description before anything runs."""
    where = f"measures.{name}"
    if not isinstance(table, Mapping) or not isinstance(table.get("measure"), str):
        raise ParameterError(where, "must be a table with 'measure', the name of a measure")
    kind, options = kind_and_options(table)
    taken = list(inspect.signature(kind.function).parameters)[1:]
    for option in options:
        if option not in taken:
            raise UnknownKeywordError(f"unknown option '{option}' of {where}", did_you_mean(option, taken))
    known = list(phases)
    for option in kind.phases:
        if options.get(option) not in known:
            raise ParameterError(
                f"{where}.{option} = {quoted(options.get(option))}",
                f"must be one of the phases {', '.join(known)}",
                did_you_mean(str(options.get(option)), known),
            )


def kind_and_options(table: Mapping[str, Any]) -> tuple[Measure, dict[str, Any]]:
    """The measure that an entry of a description names, and its options."""
    options = dict(table)
    name = options.pop("measure")
    if name not in _MEASURES:
        raise UnknownNameError(f"unknown measure '{name}'", did_you_mean(name, _MEASURES))
    return _MEASURES[name], options


# --- Readouts


@measure("train", "test")
def readout(
    run: NetworkRun,
    *,
    train: str,
    test: str,
    state: str = "R",
    lag: int = 0,
    target: str = "symbol",
    starts: str = "",
    method: str = "least_squares",
    scores: Mapping[str, str] | None = None,
    mu: float = 1.0,
    C: float = 1.0,
    bias: bool = False,
) -> Values:
    """How often a linear readout of the state names the letter, or the position in its word, that is shown.

    `method` is ``least_squares`` (by the pseudo-inverse), ``ridge`` with the penalty `mu`, or ``logistic`` with the
    inverse penalty `C`. The readout is trained on one phase and tested on another. `state` is a recording, R or E; the
    state of step t - lag names the target of step t. `target` is ``symbol``, or ``position``: the number of steps since
    a letter of `starts`. `scores` are letters by name: the score counts the steps of these letters. `all` counts every
    step. Each score comes with its floor: what the best guess from the letter of the step before alone would score.

    `target` may also be ``place``, the place in the sequence that the source repeats.
    """
    targets = {phase: _targets(run, phase, target, starts) for phase in (train, test)}
    states = {phase: run.recorded(phase, state) for phase in (train, test)}
    shown = {phase: run.recorded(phase, "symbol")[lag:] for phase in (train, test)}
    before = {phase: states[phase][: len(states[phase]) - lag] for phase in states}
    after = {phase: targets[phase][lag:] for phase in targets}
    named = _trained(before[train], after[train], method, mu, C, bias).predict(before[test])
    source = run.sources[test]
    alphabet = () if source is None else source.alphabet
    guessed = _guessed_from_last_letter(run.recorded(test, "symbol"), targets[test])[lag:]
    values: Values = {}
    for name, letters in {"all": "", **(scores or {})}.items():
        counted = after[test] >= 0
        if letters:
            counted &= np.isin(shown[test], [alphabet.index(letter) for letter in letters])
        values[name] = _share(named[counted] == after[test][counted])
        values[f"{name}_floor"] = _share(guessed[counted] == after[test][counted])
    return values


@measure("train", "test")
def memory(
    run: NetworkRun,
    *,
    train: str,
    test: str,
    state: str = "E",
    lags: int = 20,
    method: str = "logistic",
    mu: float = 1.0,
    C: float = 1.0,
    bias: bool = False,
) -> Values:
    """How often a readout of the state names the letter that was shown some steps before, from 0 up to `lags` - 1."""
    states = {phase: run.recorded(phase, state) for phase in (train, test)}
    letters = {phase: run.recorded(phase, "symbol") for phase in (train, test)}
    right = []
    for lag in range(lags):
        past = {phase: letters[phase][: len(letters[phase]) - lag] for phase in letters}
        model = _trained(states[train][lag:], past[train], method, mu, C, bias)
        right.append(_share(model.predict(states[test][lag:]) == past[test]))
    accuracy = np.array(right)
    chance = _most_frequent(letters[test])
    return {
        "lag": np.arange(lags),
        "accuracy": accuracy,
        "error": 1 - accuracy,
        "floor": chance,
        # how many letters are remembered: the sum over lags of what is better than chance, as a share of the possible
        "capacity": float(np.sum(np.maximum(accuracy - chance, 0)) / (1 - chance)) if chance < 1 else np.nan,
        **{f"accuracy_{lag}": value for lag, value in enumerate(right)},
    }


def _trained(
    states: npt.NDArray[Any], targets: IntArray, method: str, mu: float, C: float, bias: bool
) -> readouts.Readout:
    if method == "least_squares":
        return readouts.least_squares(states, targets, bias=bias)
    if method == "ridge":
        return readouts.ridge(states, targets, mu, bias=bias)
    if method == "logistic":
        return readouts.logistic(states, targets, C=C)
    raise UnknownNameError(f"method = {quoted(method)}", "must be least_squares, ridge or logistic")


def _targets(run: NetworkRun, phase: str, target: str, starts: str) -> IntArray:
    """The target of each step; -1: none."""
    symbols = run.recorded(phase, "symbol")
    if target == "symbol":
        return np.asarray(symbols, np.int64)
    source = run.sources[phase]
    if target == "place":
        length = 0 if source is None else source.to_dict().get("length", 0)
        if not length:
            raise StateError(f"the source of phase '{phase}'", "repeats no sequence, in which there were a place")
        return run.phases[phase].steps("symbol") % int(length)
    if target != "position":
        raise UnknownNameError(f"target = {quoted(target)}", "must be symbol, position or place")
    alphabet = () if source is None else source.alphabet
    begins = np.isin(symbols, [alphabet.index(letter) for letter in starts])
    steps = np.arange(len(symbols))
    last = np.maximum.accumulate(np.where(begins, steps, -1))
    return np.where((last >= 0) & (symbols >= 0), steps - last, -1)


def _guessed_from_last_letter(symbols: IntArray, targets: IntArray) -> IntArray:
    """For each step the target that is most frequent after the letter of the step before: what needs no memory."""
    before, after = symbols[:-1] + 1, targets[1:]
    known = after >= 0
    counts = np.zeros((int(before.max(initial=0)) + 1, int(after.max(initial=0)) + 1), np.int64)
    np.add.at(counts, (before[known], after[known]), 1)
    return np.concatenate([[-1], np.argmax(counts, axis=1)[before]])


def _share(right: npt.NDArray[np.bool_]) -> float:
    return float(np.mean(right)) if len(right) else np.nan


def _most_frequent(targets: IntArray) -> float:
    """The share of the most frequent target: what naming it always would score."""
    if not len(targets):
        return np.nan
    return float(np.bincount(targets).max() / len(targets))


# --- Activity


@measure("phase")
def activity(run: NetworkRun, *, phase: str) -> Values:
    """Mean and standard deviation over time of the number of active excitatory units."""
    active = run.recorded(phase, "A")
    return {"mean": float(np.mean(active)), "sd": float(np.std(active)), "largest": int(np.max(active))}


@measure("phase")
def intervals(run: NetworkRun, *, phase: str, shortest: int = 5, longest: int = 60) -> Values:
    """Intervals between the spikes of a unit: the mean CV over units, and an exponential, a line through ln(count)."""
    from ..statistics import Statistics

    spikes = run.recorded(phase, "E")
    decay = Statistics.isi_exponential(spikes, shortest=shortest, longest=longest)
    counts = _interval_counts(spikes, 99)
    return {
        "cv": float(np.nanmean([_cv(spikes[:, unit]) for unit in range(spikes.shape[1])])),
        "decay": decay.decay,
        "r2": decay.r2,
        "interval": np.arange(1, 100),
        "count": counts,
    }


def _unit_intervals(spikes: npt.NDArray[Any]) -> IntArray:
    return np.diff(np.flatnonzero(spikes))


def _interval_counts(spikes: npt.NDArray[Any], longest: int) -> IntArray:
    counts = np.zeros(longest + 1, np.int64)
    for unit in range(spikes.shape[1]):
        found = _unit_intervals(spikes[:, unit])
        counts += np.bincount(found[found <= longest], minlength=longest + 1)
    return counts[1:]


def _cv(spikes: npt.NDArray[Any]) -> float:
    found = _unit_intervals(spikes)
    return float(np.std(found) / np.mean(found)) if len(found) > 1 else np.nan


# --- Synapses


@measure("phase")
def connections(run: NetworkRun, *, phase: str, at: Iterable[int] = ()) -> Values:
    """The connection fraction, W_EE synapses over ne²: its course, its minimum, and its value after some steps."""
    recordings = run.phases[phase]
    counts, steps = run.recorded(phase, "C"), recordings.steps("C")
    fraction = counts / float(run.networks[phase].parameters.ne) ** 2
    lowest = int(np.argmin(fraction))
    kept = np.unique(np.geomspace(1, len(fraction), 400).astype(int)) - 1
    values: Values = {
        "step": steps[kept],
        "fraction": fraction[kept],
        "minimum": float(fraction[lowest]),
        "minimum_step": int(steps[lowest]),
        "last": float(fraction[-1]),
    }
    for step in at:
        place = int(np.searchsorted(steps, step))
        values[f"after_{step}"] = float(fraction[place]) if place < len(fraction) else np.nan
    return values


@measure("phase")
def weights(run: NetworkRun, *, phase: str, least: float = 0.01) -> Values:
    """The W_EE weights at the end of a phase: mean and standard deviation of ln w of those from `least` on."""
    dense = run.networks[phase].state["Wee"]
    found = dense[dense > 0]
    logarithms = np.log(found[found >= least])
    return {
        "mean_ln": float(np.mean(logarithms)) if len(logarithms) else np.nan,
        "sd_ln": float(np.std(logarithms)) if len(logarithms) else np.nan,
        "largest": float(np.max(found, initial=0.0)),
        "synapses": len(found),
        "weight": np.sort(found),
    }


# --- Avalanches


_SHORTEST, _LONGEST = 6, 60  # the durations and
_SMALLEST, _LARGEST = 10, 1500  # the sizes over which Del Papa et al. 2017 fit
_SAMPLES = 200  # of the networks, for the spread of a pooled exponent


def _pooled_avalanches(
    parts: list[Values],
    *,
    seed: int,
    shortest: int = _SHORTEST,
    longest: int = _LONGEST,
    smallest: int = _SMALLEST,
    largest: int = _LARGEST,
    **_: Any,
) -> dict[str, Estimate]:
    found: dict[str, Estimate] = {}
    for data, name, low, high in (("duration", "alpha", shortest, longest), ("size", "tau", smallest, largest)):
        exponent, distance = _pooled_exponent([part[data] for part in parts], low, high, seed)
        found[f"{name}_pooled"], found[f"{name}_pooled_ks"] = exponent, distance
    return found


def _pooled_onset(parts: list[Values], *, seed: int, **_: Any) -> dict[str, Estimate]:
    found: dict[str, Estimate] = {}
    for kind in ("before", "onset", "later"):
        for data, name, low, high in (
            ("duration", "alpha", _SHORTEST, _LONGEST),
            ("size", "tau", _SMALLEST, _LARGEST),
        ):
            samples = [part[f"{kind}_{data}"] for part in parts]
            found[f"{kind}_{name}"] = _pooled_exponent(samples, low, high, seed)[0]
    return found


def _pooled_exponent(samples: list[FloatArray], low: float, high: float, seed: int) -> tuple[Estimate, Estimate]:
    """The exponent of a power law over all networks, and the KS distance of its fit."""
    values = np.concatenate(samples)
    networks = np.repeat(np.arange(len(samples)), [len(sample) for sample in samples])
    try:
        law = criticality.fit(values, xmin=low, xmax=high, discrete=True)
        drawn = None
        if len(samples) > 1:
            drawn = criticality.resampled(values, law, networks, repetitions=_SAMPLES, seed=seed, threads=1)
    except StateError:  # hardly any value lies between the limits
        return Estimate(np.nan, np.nan), Estimate(np.nan, np.nan)
    spread = np.nan if drawn is None else drawn.errors["alpha"]
    return Estimate(law.alpha, spread), Estimate(law.ks_distance, np.nan)


@measure("phase", pool=_pooled_avalanches)
def avalanches(
    run: NetworkRun,
    *,
    phase: str,
    threshold: float | str = "half_mean",
    shortest: int = _SHORTEST,
    longest: int = _LONGEST,
    smallest: int = _SMALLEST,
    largest: int = _LARGEST,
) -> Values:
    """Avalanches of the activity above a threshold: exponents of durations (alpha) and sizes (tau), and gamma.

    A sequence of steps whose number of active units is above the threshold, strictly, is an avalanche; one that is
    under way at the end of the record is left out. Power laws are fitted by maximum likelihood to durations from
    `shortest` to `longest` and sizes from `smallest` to `largest`.
    """
    active = run.recorded(phase, "A")
    found = criticality.avalanches(active, threshold, keep_first=True)
    sizes = np.asarray(found.sizes)
    values: Values = {"count": len(found), "threshold": found.sources[0].threshold, "duration": found.durations}
    values["size"] = sizes
    for name, data, low, high in (("alpha", found.durations, shortest, longest), ("tau", sizes, smallest, largest)):
        try:
            law = criticality.fit(data, xmin=low, xmax=high, discrete=True)
            values |= {name: law.alpha, f"{name}_ks": law.ks_distance}
        except StateError:  # hardly any avalanche lies between the limits
            values |= {name: np.nan, f"{name}_ks": np.nan}
    scaling = criticality.size_scaling(found, shortest, longest) if len(found) else None
    values["gamma"] = np.nan if scaling is None else scaling.gamma
    values["longest"] = int(np.max(found.durations, initial=0))
    return values


@measure("phase", pool=_pooled_onset)
def onset(run: NetworkRun, *, phase: str, threshold: float = 10, first: int = 20) -> Values:
    """Avalanches that begin while nothing is shown, in the first steps after an onset of input, and later in the input.

    An onset is a step with a letter after one without. `first` steps belong to it.
    """
    shown = run.recorded(phase, "symbol") >= 0
    found = criticality.avalanches(run.recorded(phase, "A"), threshold, keep_first=True)
    steps = np.arange(len(shown))
    onsets = shown & ~np.concatenate([[False], shown[:-1]])
    since = steps - np.maximum.accumulate(np.where(onsets, steps, -len(steps)))
    begins = np.asarray(found.begins)
    kinds = {
        "before": ~shown[begins],
        "onset": shown[begins] & (since[begins] < first),
        "later": shown[begins] & (since[begins] >= first),
    }
    values: Values = {"onsets": int(np.sum(onsets))}
    for name, chosen in kinds.items():
        durations, sizes = found.durations[chosen], found.sizes[chosen]
        values |= {
            f"{name}_duration": durations,
            f"{name}_size": sizes,
            f"{name}_count": len(durations),
            f"{name}_mean_duration": float(np.mean(durations)) if len(durations) else np.nan,
        }
    return values


def logarithmic_density(values: npt.ArrayLike, per_decade: int = 8) -> tuple[FloatArray, FloatArray]:
    """The density of whole numbers from 1 on in bins of equal ratio: the centres of the bins, and the density."""
    numbers = np.asarray(values)
    if not len(numbers):
        return np.empty(0), np.empty(0)
    decades = np.log10(float(numbers.max()) + 1)
    edges = np.unique(np.ceil(np.geomspace(1, numbers.max() + 1, max(2, int(decades * per_decade) + 1))))
    counts, _ = np.histogram(numbers, edges)
    widths = np.diff(edges)
    centres = np.sqrt(edges[:-1] * (edges[1:] - 1))
    there = counts > 0
    return centres[there], (counts / widths / len(numbers))[there]
