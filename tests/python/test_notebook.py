"""What notebooks and logs show: small tables, a line of the activity, a bar that is one output, a line a minute."""

from __future__ import annotations

import sys
import types
import xml.etree.ElementTree as ElementTree
from typing import Any

import numpy as np
import pytest

import sorn
from sorn import Network, Parameters, Simulator
from sorn import _notebook as notebook
from sorn import _progress as progress

SIZE = {"ne": 50, "nu": 5, "lambda_ee": 8, "lambda_ei": 10}


def text_of(html: str) -> str:
    """The text of what must be well-formed and closed."""
    tree = ElementTree.fromstring(html.replace("<br>", "<br/>"))
    return " ".join(tree.itertext())


def line_of(html: str) -> list[float]:
    """The heights of the points of the line, from the top."""
    tree = ElementTree.fromstring(html.replace("<br>", "<br/>"))
    points = next(tree.iter("polyline")).attrib["points"]
    return [float(point.split(",")[1]) for point in points.split()]


class TestObjects:
    @pytest.fixture
    def network(self) -> Network:
        network = Network(seed=7, **SIZE)
        network.run(time_steps=100)
        return network

    def test_a_network_and_its_state(self, network) -> None:
        for thing, title in ((network, "Network"), (network.state, "StateDict")):
            shown = text_of(thing._repr_html_())
            for part in (title, "50 excitatory, 10 inhibitory, 5 with input", "step 100", "seed 7"):
                assert part in shown
            assert f"E→E {network.connection_counts[0]:,}" in shown
            assert f"{network.state['X'][:, 1].mean():.1%}" in shown

    def test_a_state_that_was_read_is_shown_as_text(self, network) -> None:
        state = network.state
        state["<b>"] = np.ones(3)  # type: ignore[assignment]
        assert "<b> (3,)" in text_of(state._repr_html_())

    def test_parameters(self) -> None:
        html = Parameters(ne=77, lambda_ee=8)._repr_html_()
        shown = text_of(html)
        assert set(Parameters().to_dict()) <= set(shown.split())
        assert "<b>77</b>" in html
        assert "15 (from ne)" in shown
        assert html.count("<b>") == 2

    def test_recordings(self, network) -> None:
        recordings = network.run(time_steps=300, record=["E", "TE", "WEE/100", "C"])
        shown = text_of(recordings._repr_html_())
        assert "300 from step 100 on" in shown
        assert f"rate {recordings['E'].mean():.4f}" in shown
        assert f"mean {recordings['C'].mean():.4g}" in shown
        assert "(3, 50, 50) float64" in shown
        assert "none" not in shown
        assert "steps" in text_of(network.run(time_steps=1)._repr_html_())

    def test_recordings_that_were_replaced(self, network) -> None:
        recordings = network.run(time_steps=3, record=["E"])
        recordings["E"] = recordings["E"].astype(object)
        assert "object" in text_of(recordings._repr_html_())

    def test_a_file(self, network, tmp_path, monkeypatch) -> None:
        with network.run(time_steps=3000, record=["E", "WEE/1000"], out=tmp_path / "a&b.h5") as file:
            read = []
            rows = sorn.StoredArray._rows
            monkeypatch.setattr(
                sorn.StoredArray, "_rows", lambda self, first, count: read.append(count) or rows(self, first, count)
            )
            shown = text_of(file._repr_html_())
            assert sum(read) <= 100, "a file may be larger than the memory"
            assert "a&b.h5" in shown
            assert "from 60 rows" in shown
            assert "(3, 50, 50)" in shown
        assert "closed" in text_of(file._repr_html_())

    def test_an_ensemble_and_a_table(self) -> None:
        ensemble = sorn.ensemble(3, time_steps=50, seed=1, **SIZE)
        shown = text_of(ensemble._repr_html_())
        assert f"{ensemble.pooled['mean_rate'].mean:.4g}" in shown
        assert "replicas" in shown
        design = {
            "parameters": SIZE,
            "run": {"steps": 5, "seed": 1},
            "sweep": {"statistics": ["mean_rate"], "grid": {"eta_ip": [0.01 * k for k in range(12)]}},
        }
        table = sorn.sweep(design)
        shown = text_of(table._repr_html_())
        assert "12 runs" in shown
        assert "mean_rate" in shown
        assert "2 more rows" in shown
        assert f"{table['mean_rate'][9]:.4g}" in shown

    def test_names_are_text(self) -> None:
        assert text_of(notebook.table("<i>", {"<script>": np.array([1]), "b": np.array(["<x>"])})).split() == [
            *("<i>", "<script>", "b", "1", "<x>"),
        ]


class TestSparklines:
    def test_a_line_rises_with_the_values(self) -> None:
        heights = line_of(f"<p>{notebook.sparkline([0, 1, 2, 1])}</p>")
        assert len(heights) == 4
        assert heights[0] > heights[1] > heights[2] < heights[3]
        assert heights[1] == heights[3]

    def test_a_long_series_is_averaged(self) -> None:
        heights = line_of(f"<p>{notebook.sparkline(np.repeat([0.0, 5.0], 60_000))}</p>")
        assert len(heights) == 120
        assert len(set(heights[:60])) == len(set(heights[60:])) == 1

    @pytest.mark.parametrize("values", [[], [1.0], [1.0, np.nan], [np.inf, 1.0]])
    def test_nothing_to_draw(self, values) -> None:
        assert notebook.sparkline(values) == ""

    def test_a_constant(self) -> None:
        assert len(set(line_of(f"<p>{notebook.sparkline([3.0, 3.0, 3.0])}</p>"))) == 1


class FakeKernel:
    """IPython in a notebook, as far as the progress bar knows it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.outputs: list[list[dict[str, str]]] = []
        shell = types.SimpleNamespace(kernel=object())
        module = types.ModuleType("IPython")
        module.get_ipython = lambda: shell  # type: ignore[attr-defined]
        shown = types.ModuleType("IPython.display")
        shown.display = self.display  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "IPython", module)
        monkeypatch.setitem(sys.modules, "IPython.display", shown)

    def display(self, content: dict[str, str], *, raw: bool, display_id: bool) -> Any:
        assert raw
        assert display_id
        self.outputs.append([content])
        update = self.outputs[-1].append
        return types.SimpleNamespace(update=lambda content, raw: update(content))


class TestProgress:
    def test_a_notebook_has_one_bar(self, monkeypatch, capfd) -> None:
        kernel = FakeKernel(monkeypatch)
        Simulator.simulate_sorn(time_steps=150_000, seed=1, record=[], progress=True, **SIZE)
        assert capfd.readouterr() == ("", "")
        (bar,) = kernel.outputs
        assert len(bar) > 1
        assert 'value="0" max="150000"' in bar[0]["text/html"]
        assert 'value="150000" max="150000"' in bar[-1]["text/html"]
        assert "100%  150,000 of 150,000 steps" in text_of(f"<p>{bar[-1]['text/html']}</p>")
        assert bar[-1]["text/plain"].startswith("100%")

    def test_a_shell_is_not_a_notebook(self, monkeypatch) -> None:
        FakeKernel(monkeypatch)
        sys.modules["IPython"].get_ipython = lambda: types.SimpleNamespace()  # type: ignore[attr-defined]
        assert not progress._in_notebook()

    def test_a_log_has_a_line_each_minute(self, monkeypatch, capfd) -> None:
        now = 0.0
        monkeypatch.setattr(progress.time, "monotonic", lambda: now)
        with progress.reporting(True, 1000) as report:
            for done in range(0, 1001, 10):
                now = done * 0.2
                report(done, 1000)
        out, err = capfd.readouterr()
        assert out == ""
        assert [line.split(",")[0] for line in err.splitlines()] == [
            *("sorn:  30%  300 of 1", "sorn:  60%  600 of 1", "sorn:  90%  900 of 1", "sorn: 100%  1"),
        ]
        assert "\r" not in err

    def test_a_short_run_writes_nothing_into_a_log(self, capfd) -> None:
        Simulator.simulate_sorn(time_steps=10, progress=True, **SIZE)
        assert capfd.readouterr() == ("", "")

    def test_no_standard_error(self, monkeypatch) -> None:
        monkeypatch.setattr(progress, "LOG_INTERVAL", 0.0)
        monkeypatch.setattr(sys, "stderr", None)
        Simulator.simulate_sorn(time_steps=10, progress=True, **SIZE)
