"""Data to draw, and what the artists of a picture hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from sorn import criticality


def spikes(steps: int = 400, neurons: int = 20, rate: float = 0.2, seed: int = 3) -> np.ndarray:
    return (np.random.default_rng(seed).random((steps, neurons)) < rate).astype(np.uint8)


def weights(ne: int = 60, seed: int = 4) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return np.where(generator.random((ne, ne)) < 0.2, np.exp(generator.normal(-2.5, 0.4, (ne, ne))), 0.0)


def correlations(neurons: int = 20) -> np.ndarray:
    return np.corrcoef(np.random.default_rng(5).random((neurons, 50)))


def is_png(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG\r\n")


def activity_of(durations: np.ndarray) -> np.ndarray:
    """An activity with avalanches of these durations, and of sizes that are equal to them above a threshold of 0."""
    return np.concatenate([np.append(np.ones(duration), 0) for duration in np.append(1, durations)])


def critical_avalanches(number: int = 1000, seed: int = 1) -> criticality.Avalanches:
    """Families in which each member has one child on average, as avalanches with profiles."""
    generator = np.random.default_rng(seed)
    activity = [0]
    for _ in range(number):
        members = 1
        while members:
            activity.append(members)
            members = int(generator.poisson(members))
        activity.append(0)
    return criticality.avalanches(activity, 0, profiles=True)


def bars(ax: Axes) -> tuple[np.ndarray, np.ndarray]:
    """Heights and edges of a histogram made of bars."""
    heights = np.array([patch.get_height() for patch in ax.patches])
    edges = [patch.get_x() for patch in ax.patches]
    return heights, np.array([*edges, edges[-1] + ax.patches[-1].get_width()])


def stairs(ax: Axes) -> tuple[np.ndarray, np.ndarray]:
    data = ax.patches[0].get_data()
    return data.values, data.edges


def legend_texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def verdict(ax: Axes) -> str:
    """The heading of the legend in one line."""
    return " ".join(ax.get_legend().get_title().get_text().split())


def title(ax: Axes) -> str:
    return ax.get_title(loc="left") or ax.get_title()


def activity_axes(ax: Axes) -> Axes:
    """The axes above the spikes."""
    return next(other for other in ax.figure.axes if other is not ax)


def area(heights: np.ndarray, positions: np.ndarray) -> float:
    """The integral of a curve."""
    return float(np.sum(0.5 * (heights[1:] + heights[:-1]) * np.diff(positions)))
