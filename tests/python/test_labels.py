"""Labels of ticks and titles of panels, which must fit and be read."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure

from sorn import Plotter
from sorn._plotting._labels import tick_labels, wrap_titles


@pytest.mark.parametrize(
    ("ticks", "labels"),
    [
        ([0, 5, 10], ["0", "5", "10"]),
        ([0.0, 0.25, 0.5], ["0", "0.25", "0.5"]),
        ([0, 5000, 10000], ["0", "5k", "10k"]),
        ([0, 2500, 12500], ["0", "2.5k", "12.5k"]),
        ([0, 500_000, 1_000_000, 2_000_000], ["0", "0.5M", "1.0M", "2.0M"]),
        ([1_250_000, 1_500_000], ["1.25M", "1.50M"]),
        ([1_999_000, 1_999_200, 2_000_000], ["1,999,000", "1,999,200", "2,000,000"]),
        ([49_995, 50_000], ["49,995", "50,000"]),
        ([123_456_789, 123_456_790], ["123,456,789", "123,456,790"]),
        ([-20_000, 0, 20_000], ["-20k", "0", "20k"]),
        ([], []),
    ],
)
def test_tick_labels_differ(ticks, labels) -> None:
    assert tick_labels(ticks) == labels


@pytest.mark.parametrize("end", [10, 30_000, 2_000_000, 123_456_789])
def test_every_tick_of_a_raster_has_its_step_as_label(picture_folder, end) -> None:
    steps = np.arange(end - 1000, end) if end > 1000 else np.arange(end)
    ax = Plotter.raster_plot(np.ones((len(steps), 3), np.uint8), steps=steps)
    ax.figure.canvas.draw()
    for place, label in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True):
        size = {"k": 1e3, "M": 1e6}.get(label.get_text()[-1], 1.0)
        assert float(label.get_text().rstrip("kM").replace(",", "")) * size == pytest.approx(place, abs=1e-6 * end)
    boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
    shown = [b for b, x in zip(boxes, ax.get_xticks(), strict=True) if steps[0] - 1 <= x <= steps[-1] + 1]
    assert all(left.x1 < right.x0 for left, right in pairwise(shown)), "they do not touch"


@pytest.mark.parametrize(
    "title", ["804 weights: μ −1.57, σ 0.639", "Intervals of all neurons: CV 0.88", "of 1 2 3 4 5 6"]
)
@pytest.mark.parametrize("width", [2.0, 2.2, 2.4, 3.0])
def test_a_number_stays_on_the_line_of_its_word(title, width) -> None:
    figure = Figure(figsize=(width, 2.0))
    ax = figure.add_subplot()
    ax.set_title(title, loc="left", fontsize=9)
    wrap_titles(figure)
    lines = ax.get_title(loc="left").split("\n")
    assert " ".join(lines) == title, "nothing is lost"
    assert not any(line[0] in "−0123456789" for line in lines[1:])
    assert len(lines) > 1 or width > 2.4 or title.startswith("of")


def outside(figure: Figure) -> list[str]:
    """The titles that leave the figure or reach into the panel beside."""
    figure.canvas.draw()
    found = []
    panels = [(ax, ax.get_window_extent()) for ax in figure.axes if ax.get_subplotspec() is not None]
    for ax, own in panels:
        box = ax._left_title.get_window_extent()  # type: ignore[attr-defined]
        beside = [o.x0 for _, o in panels if o.x0 > own.x1 and o.y0 < own.y1 and o.y1 > own.y0]
        if box.x1 > min([figure.bbox.x1, *beside]) or box.y1 > figure.bbox.y1:
            found.append(ax.get_title(loc="left"))
    return found


def test_titles_of_long_runs_fit(picture_folder) -> None:
    generator = np.random.default_rng(1)
    spikes = (generator.random((200_000, 20)) < 0.1).astype(np.uint8)
    counts = 1_000_000 + generator.integers(0, 1000, 200_000)
    steps = np.arange(123_000_000, 123_200_000)
    thresholds = generator.random((200, 20))
    every = {"spike_train": steps, "connection_counts": steps, "thresholds": steps[::1000]}
    figures = [
        Plotter.raster_plot(spikes, steps=steps).figure,
        Plotter.hist_firing_rate_network(spikes).figure,
        Plotter.isi_exponential_fit(spikes).figure,
        Plotter.network_connection_dynamics(counts, steps=steps).figure,
        Plotter.threshold_dynamics(thresholds, steps=steps[::1000]).figure,
        Plotter.summary(spike_train=spikes, connection_counts=counts, thresholds=thresholds, steps=every),
    ]
    for figure in figures:
        assert outside(figure) == []
