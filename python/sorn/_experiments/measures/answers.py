"""Measures of what a network answers for reward."""

from __future__ import annotations

import numpy as np

from .table import NetworkRun, Values, measure


@measure("phase")
def answers(run: NetworkRun, *, phase: str, window: int = 100) -> Values:
    """How often the network gives the right answer: in all steps that ask for one, and in each window of steps.

    `floor` is what the best constant answer would score. `last` is the score in the last ten windows.
    """
    wanted = run.wanted(phase)
    asked = wanted >= 0
    right = run.recorded(phase, "actions") == wanted
    windows = max(1, len(right) // window)
    parts = zip(np.array_split(right, windows), np.array_split(asked, windows), strict=True)
    curve = np.array([float(np.mean(part[there])) if there.any() else np.nan for part, there in parts])
    return {
        "score": float(np.mean(right[asked])) if asked.any() else np.nan,
        "floor": float(np.bincount(wanted[asked]).max() / asked.sum()) if asked.any() else np.nan,
        "last": float(np.mean(curve[-10:])),
        "step": (np.arange(windows) + 1) * window,
        "curve": curve,
    }
