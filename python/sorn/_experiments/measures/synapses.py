"""Measures of the synapses: their number, weights and lifetimes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ... import criticality
from ..._errors import StateError
from ...statistics import Statistics
from .table import NetworkRun, Values, measure


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
    """The W_EE weights at the end of a phase, and the lognormal distribution of those from `least` on."""
    stored = run.networks[phase].Wee.data
    found = np.sort(stored[stored > 0])
    values: Values = {"largest": float(np.max(found, initial=0.0)), "synapses": len(found), "weight": found}
    try:
        law = Statistics.lognormal_fit(found, least)
    except StateError:  # hardly any weight is that large
        return values | {"mean_ln": np.nan, "sd_ln": np.nan, "ks": np.nan}
    return values | {"mean_ln": law.mu, "sd_ln": law.sigma, "ks": law.ks_distance}


@measure("phase")
def lifetimes(run: NetworkRun, *, phase: str, ranges: Mapping[str, Sequence[float]] | None = None) -> Values:
    """How long synapses live that structural plasticity makes in a phase: the median, and exponents of the density.

    Lifetimes whose end was not seen are left out. `ranges` are pairs of limits by name: the exponent of each is that of
    a line through the logarithm of the density in logarithmic bins.
    """
    lives = run.phases[phase].lifetimes
    if lives is None:
        raise StateError(f"phase '{phase}'", "does not record lifetimes", f"set phases.{phase}.lifetimes")
    steps = lives.steps[lives.ended]
    values: Values = {"births": len(lives), "median": float(np.median(steps)) if len(steps) else np.nan, "steps": steps}
    for name, (shortest, longest) in (ranges or {}).items():
        try:
            values[name] = criticality.density_exponent(steps, shortest, longest, discrete=True).exponent
        except StateError:  # hardly any lifetime lies between the limits
            values[name] = np.nan
    return values
