"""Measures of avalanches, of one network and of all together."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ... import criticality
from ..._arguments import FloatArray
from ..._errors import StateError
from .table import Estimate, NetworkRun, Values, measure

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
    law = power_law(values, low, high)
    if law is None:
        return Estimate(np.nan, np.nan), Estimate(np.nan, np.nan)
    drawn = None
    if len(samples) > 1:
        drawn = criticality.resampled(values, law, networks, repetitions=_SAMPLES, seed=seed, threads=1)
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
    `shortest` to `longest` and sizes from `smallest` to `largest`. The threshold ``half_mean`` is half of the mean
    activity, rounded down as the authors' program does it, so that sizes are whole numbers.
    """
    active = run.recorded(phase, "A")
    if threshold == "half_mean":
        threshold = int(np.mean(active) / 2)
    found = criticality.avalanches(active, threshold, keep_first=True)
    durations, sizes = _kept(found)
    values: Values = {"count": len(found), "threshold": found.sources[0].threshold, "duration": durations}
    values["size"] = sizes
    for name, data, low, high in (("alpha", durations, shortest, longest), ("tau", sizes, smallest, largest)):
        law = power_law(data, low, high)
        values |= {
            name: np.nan if law is None else law.alpha,
            f"{name}_ks": np.nan if law is None else law.ks_distance,
        }
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
    all_durations, all_sizes = _kept(found)
    for name, chosen in kinds.items():
        durations, sizes = all_durations[chosen], all_sizes[chosen]
        values |= {
            f"{name}_duration": durations,
            f"{name}_size": sizes,
            f"{name}_count": len(durations),
            f"{name}_mean_duration": float(np.mean(durations)) if len(durations) else np.nan,
        }
    return values


def power_law(values: npt.NDArray[Any], low: float, high: float) -> criticality.Fit | None:
    """The power law of the whole numbers from low to high; None where hardly any value lies there."""
    try:
        return criticality.fit(values, xmin=low, xmax=high, discrete=True)
    except StateError:
        return None


def _kept(found: criticality.Avalanches) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Durations and sizes. Whole numbers take 32 bits: fifty networks have tens of millions of them."""
    whole = found.sizes.astype(np.int32)
    return found.durations.astype(np.int32), whole if np.array_equal(whole, found.sizes) else found.sizes
