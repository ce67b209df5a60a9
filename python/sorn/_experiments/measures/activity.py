"""Measures of the activity: its course, and the intervals between spikes."""

from __future__ import annotations

import numpy as np

from ...statistics import Statistics
from .table import NetworkRun, Values, measure

_LONGEST_INTERVAL = 99  # steps, of the distribution that is kept for the figure


@measure("phase")
def activity(run: NetworkRun, *, phase: str) -> Values:
    """Mean and standard deviation over time of the number of active excitatory units."""
    active = run.recorded(phase, "A")
    return {"mean": float(np.mean(active)), "sd": float(np.std(active)), "largest": int(np.max(active))}


@measure("phase")
def intervals(run: NetworkRun, *, phase: str, shortest: int = 5, longest: int = 60) -> Values:
    """Intervals between the spikes of a unit: the mean CV over units, and an exponential, a line through ln(count)."""
    spikes = run.recorded(phase, "E")
    decay = Statistics.isi_exponential(spikes, shortest=shortest, longest=longest)
    found = np.concatenate(Statistics.spike_time_intervals(spikes))
    counted = np.arange(1, _LONGEST_INTERVAL + 1)
    return {
        "cv": float(np.nanmean(Statistics.isi_cv(spikes, undefined=np.nan))),
        "decay": decay.decay,
        "r_squared": decay.r_squared,
        "interval": counted,
        "count": np.bincount(found[found <= counted[-1]], minlength=counted[-1] + 1)[1:],
    }
