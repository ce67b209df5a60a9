"""``sorn report``: the page without a browser: what stands in it, and what it does with files of all kinds."""

from __future__ import annotations

import base64
import gzip
import json
import re
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from conftest import sorn_command
from hypothesis import given
from hypothesis import strategies as st

from sorn import Network, Parameters, Recordings, _core
from sorn._command import main
from sorn._report.charts import envelope
from sorn._report.page import page
from sorn._report.result import ResultFile

SMALL = {"ne": 40, "nu": 4, "lambda_ee": 8, "lambda_ei": 20, "mu_ip": 0.1}


class Page(HTMLParser):
    """Attributes and texts of a page by the id of the element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.attributes: dict[str, dict[str, str | None]] = {}
        self.texts: dict[str, str] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.tags.append((tag, found))
        if found.get("id"):
            self._open = str(found["id"])
            self.attributes[self._open] = found
            self.texts[self._open] = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open] += data

    def number(self, key: str) -> float:
        """A number in full."""
        return float(str(self.attributes[f"fact-{key}"]["value"]))

    def shown(self, key: str) -> str:
        """A number as people read it."""
        return self.texts[f"fact-{key}"].split()[0]

    @property
    def facts(self) -> set[str]:
        return {key.removeprefix("fact-") for key in self.attributes if key.startswith("fact-")}

    @property
    def pictures(self) -> set[str]:
        return {key.removeprefix("figure-") for key in self.attributes if key.startswith("figure-")}

    @property
    def charts(self) -> set[str]:
        return {key.removeprefix("chart-") for key in self.attributes if key.startswith("chart-")}


@pytest.fixture(autouse=True)
def _folder(picture_folder) -> None:
    """Each test works in a folder of its own."""


def page_of(network: Network, recordings: Recordings | None = None) -> Page:
    network.save("run.h5", recordings, overwrite=True)
    return Page(page(ResultFile("run.h5")))


# --- what it says --------------------------------------------------------------------------------------------------


def test_numbers_equal_those_of_the_file() -> None:
    network = Network(**SMALL, seed=5)
    network.run(time_steps=50)
    found = network.run(time_steps=1500, record=["E", "C"])
    shown = page_of(network, found)
    E, C = found["E"].astype(float), found["C"]

    assert shown.number("mean_rate") == pytest.approx(E.mean(), rel=1e-12)
    assert shown.shown("mean_rate") == f"{100 * E.mean():#.3g}%"
    assert f"{E.mean(axis=0).max() * 100:#.3g}%" in shown.texts["fact-highest_rate"]
    assert f"{E.mean(axis=0).min() * 100:#.3g}%" in shown.texts["fact-lowest_rate"]
    variations = []
    for spikes in E.T:
        intervals = np.diff(np.flatnonzero(spikes))
        if len(intervals):
            variations.append(intervals.std() / intervals.mean())
    assert shown.number("isi_cv") == pytest.approx(np.mean(variations), rel=1e-12)
    assert shown.shown("isi_cv") == f"{np.mean(variations):#.3g}"
    assert shown.number("synchrony") == pytest.approx(np.sqrt(E.mean(axis=1).var() / E.var(axis=0).mean()), rel=1e-9)

    assert (shown.number("ee_first"), shown.number("ee_synapses")) == (C[0], network.connection_counts[0])
    assert shown.number("ee_fewest") == C.min()
    assert f"step {50 + C.argmin():,}" in shown.texts["fact-fewest"]
    for row in _core.measures():
        assert not row["headline"] or row["name"] in shown.facts or row["name"] == "inhibitory_rate"
        for earlier in row["aliases"]:  # keys of earlier versions are kept for one release
            assert (earlier in shown.facts) == (row["name"] in shown.facts)
            assert row["name"] not in shown.facts or shown.number(earlier) == shown.number(row["name"])
    assert shown.number("connection_fraction") == pytest.approx(network.connection_counts[0] / (40 * 39), rel=1e-12)
    logarithms = np.log(network.Wee.data[network.Wee.data >= 0.01])
    assert shown.number("lognormal_mu") == pytest.approx(logarithms.mean(), rel=1e-9)
    assert shown.number("lognormal_sigma") == pytest.approx(logarithms.std(), rel=1e-9)
    assert shown.shown("lognormal_mu") == f"{logarithms.mean():#.3g}".replace("-", "−")


def test_story_and_run() -> None:
    network = Network(**SMALL, seed=5)
    network.run(time_steps=50)
    recordings = network.run(np.zeros((4, 1500)), record=["E", "TE/10"], freeze=["ip", "sp"], noise=0.1**0.5)
    html = page_of(network, recordings).html
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html))
    assert "40 excitatory and 8 inhibitory neurons ran for 1,500 steps" in text
    assert "without intrinsic plasticity and structural plasticity, with inputs and with noise of σ = 0.3162." in text
    assert "target of intrinsic plasticity" not in text, "intrinsic plasticity is frozen"
    for row in (
        "Seed 5",
        "Phase plasticity",
        "Steps 1,500, from 50 to 1,549",
        "Noise Gaussian, σ = 0.31622776601683794",
        "Inputs array",
    ):
        assert row in text
    assert f"Written by sorn {_core.version}" in text
    assert "TE excitatory thresholds 150 × 40 every 10 steps" in text


def test_the_picture_of_avalanches_has_their_verdicts_as_text() -> None:
    network = Network(**SMALL, seed=5)
    shown = page_of(network, network.run(time_steps=3000, record=["E"]))
    texts = [str(found.get("alt")) for tag, found in shown.tags if tag == "img"]
    (text,) = (text for text in texts if text.startswith("Sizes and durations of neuronal avalanches: "))
    verdicts = re.findall(r"a power law is (?:not )?rejected \(p = \d\.\d\d\)", text)
    assert len(verdicts) == 2, text
    assert " avalanches above " in text


def test_parameters_with_meanings_and_changes() -> None:
    shown = page_of(Network(**SMALL, seed=5))
    usual = Parameters().to_dict()
    for row in _core.parameter_table():
        name = row["name"]
        text = " ".join(shown.texts[f"parameter-{name}"].split())
        assert row["meaning"] in text
        assert row["range"] in text
        changed = name in SMALL and SMALL[name] != usual[name]
        assert (shown.attributes[f"parameter-{name}"].get("class") == "changed") == changed
        assert ("changed" in text) == changed
        if changed:
            assert f"{float(SMALL[name]):g}" in text
    assert "8 (int(0.2*ne))" in shown.texts["parameter-ni"]
    assert f"{len(SMALL)} of {len(usual)} differ" in shown.html


@pytest.mark.slow
@pytest.mark.parametrize(
    ("record", "charts", "pictures", "wishes"),
    [
        (["E", "C", "TE"], {"time", "rates"}, {"raster_plot", "isi_exponential_fit", "avalanche_distribution"}, []),
        (["E/2", "C", "TE"], {"time", "rates"}, {"raster_plot"}, ["E has a row for every 2 steps only"]),
        (["C"], {"time"}, set(), ["E was not recorded", "TE was not recorded"]),
        (["TE"], {"time"}, set(), ["C was not recorded", "E was not recorded"]),
        (["WEE/100"], {"time"}, set(), ["C was not recorded", "E was not recorded", "TE was not recorded"]),
        (["E/1000"], {"time", "rates"}, {"raster_plot"}, ["C was not recorded", "every 1,000 steps", "TE was not"]),
        (
            ["I"],
            {"time", "rates"},
            {"raster_plot", "isi_exponential_fit", "avalanche_distribution"},
            ["C was not recorded", "E was not recorded: I is shown in its place", "TE was not recorded"],
        ),
        (
            ["R/2"],
            {"time", "rates"},
            {"raster_plot"},
            ["C was", "R is shown", "R has a row for every 2 steps", "TE was"],
        ),
        (["C_ei"], {"time"}, set(), ["C was not recorded: C_ei is shown", "E was not recorded", "TE was not recorded"]),
        (["TI"], {"time"}, set(), ["C was not recorded", "E was not recorded", "TE was not recorded: TI is shown"]),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, list) else "",
)
def test_figures_for_the_recordings_of_a_file(record, charts, pictures, wishes) -> None:
    network = Network(**SMALL, seed=5)
    shown = page_of(network, network.run(time_steps=400, record=record))
    assert shown.charts == {"thresholds"} | charts
    of_spikes = {"hist_firing_rate_network", "correlation", "plot_network"} if "raster_plot" in pictures else set()
    of_weights = {"linear_lognormal_fit", "hist_incoming_conn", "hist_outgoing_conn"}
    assert shown.pictures == of_weights | of_spikes | pictures
    assert ("isi_cv" in shown.facts) == ("isi_exponential_fit" in pictures)
    assert ("mean_rate" in shown.facts) == ("raster_plot" in pictures)
    aside = " ".join(shown.texts.get("missing-title", "").split())
    assert aside.count(". --record") == len(wishes)
    for wish in wishes:
        assert wish in aside


@pytest.mark.slow
def test_chosen_recordings() -> None:
    network = Network(**SMALL, seed=5)
    found = network.run(time_steps=400, record=["E", "I", "C", "TE", "TI"])
    network.save("run.h5", found)
    shown = Page(page(ResultFile("run.h5", ["I", "TI"])))
    assert shown.number("mean_rate") == pytest.approx(found["I"].mean(), rel=1e-12)
    assert "of 8 neurons" in shown.texts["fact-silent_neurons"]
    text = re.sub(r"\s+", " ", re.sub("(?s)<script.*?</script>|<[^>]+>", " ", shown.html))
    assert "On average an inhibitory neuron fired in" in text
    assert "Spike timing of inhibitory neurons" in text
    assert "Spikes of the whole run (inhibitory neurons)" in text
    assert "missing-title" not in shown.texts
    assert "target of intrinsic plasticity" not in text, "the target is one of excitatory neurons"
    label = shown.attributes["chart-time"]["aria-label"]
    assert "Active neurons in % of I; Inhibitory thresholds" in label
    everything = Page(page(ResultFile("run.h5"))).attributes["chart-time"]["aria-label"]
    for row in ("Connections E → E", "% of E", "% of I", "Excitatory thresholds", "Inhibitory thresholds"):
        assert row in everything


def test_provenance(monkeypatch) -> None:
    network = Network(**SMALL, seed=5)
    inputs = np.random.default_rng(1).random((4, 1200))
    shown = page_of(network, network.run(inputs, record=["E"]))
    text = unescape(re.sub(r"\s+", " ", re.sub("(?s)<script.*?</script>|<[^>]+>", " ", shown.html)))
    made = network.load("run.h5").provenance
    assert (
        f"Date {made.date.replace('T', ' ').replace('Z', ' UTC')} Host {made.host} Command {made.command} Seed" in text
    )
    assert f"Inputs array Shape of the inputs 4 × 1,200 (nu × steps) SHA-256 of the inputs {made.inputs_sha256}" in text

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    text = page_of(network).html
    assert "2001-09-09 01:46:40 UTC" in text
    assert "<dt>Host" not in text
    assert "<dt>Command" not in text


def test_networks_that_have_not_run() -> None:
    shown = page_of(Network(**SMALL, seed=5))
    assert "the file holds no run of it" in shown.html
    assert shown.charts == {"thresholds"}
    assert shown.number("ee_synapses") == Network(**SMALL, seed=5).connection_counts[0]


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_short_and_silent_runs(steps) -> None:
    network = Network(**SMALL, te_min=1000, te_max=1000, seed=5)
    recordings = network.run(time_steps=steps, record=["E", "C", "TE"])
    shown = page_of(network, recordings)
    assert "No excitatory neuron fired." in shown.html
    assert shown.texts["fact-silent_neurons"].split()[:4] == ["40", "of", "40", "neurons"]
    assert not {"isi_cv", "synchrony", "branching_ratio"} & shown.facts
    assert "Not drawn: " in shown.texts["figure-isi_exponential_fit"]
    words = re.sub(r'(?s)<script.*?</script>|"data:.*?"', "", shown.html)
    assert not re.search(r"\bnan\b", words, re.IGNORECASE)


def test_runs_of_the_training_phase() -> None:
    network = Network(**SMALL, seed=5)
    shown = page_of(network, network.run(time_steps=20, phase="training", noise=False, record=["E"]))
    assert "with fixed weights and thresholds, without input and without noise." in shown.html


# --- what it is ----------------------------------------------------------------------------------------------------


def test_the_same_file_gives_the_same_page() -> None:
    network = Network(**SMALL, seed=5)
    network.save("run.h5", network.run(time_steps=1200, record=["E", "C", "TE/10"]))
    assert page(ResultFile("run.h5")) == page(ResultFile("run.h5"))


def test_the_page_needs_no_other_files() -> None:
    network = Network(**SMALL, seed=5)
    shown = page_of(network, network.run(time_steps=100, record=["E"]))
    for tag, attributes in shown.tags:
        for name in ("src", "href", "srcset", "action", "data"):
            address = attributes.get(name)
            assert address is None or address.startswith(("data:", "#")), (tag, name, address[:80])
        assert tag not in ("iframe", "object", "embed", "form")
    policy = next(attributes["content"] for tag, attributes in shown.tags if attributes.get("http-equiv"))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    packed = base64.b64decode(shown.texts["plotly"])
    assert gzip.decompress(packed).startswith(b"/**\n* plotly.js")


def test_the_charts_need_no_classes_of_plotly() -> None:
    """They take 25 MB, a sixth of all that a report of any length may use."""
    Network(**SMALL, seed=5).run(time_steps=100, record=["E", "C", "TE"], out="run.h5")
    report = "main(['report', 'run.h5', '-o', 'report.html'])"
    script = f"import sys; from sorn._command import main; {report}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "plotly.offline" in loaded
    assert not {"plotly.graph_objects", "plotly.graph_objs"} & set(loaded)


def test_long_runs_make_no_larger_pages() -> None:
    network = Network(**SMALL, seed=5)
    sizes = {}
    for steps in (20_000, 200_000):
        charts = re.findall(
            '(?s)<script type="application/json">(.*?)</script>',
            page_of(network, network.run(time_steps=steps, record=["E", "C", "TE/10"])).html,
        )
        sizes[steps] = sum(map(len, charts))
        for chart in charts:
            json.loads(chart)
    assert sizes[200_000] < 1.1 * sizes[20_000] < 500_000


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=300), st.integers(1, 40), st.integers(1, 50))
def test_envelopes_keep_every_extreme(values, points, stride) -> None:
    array = np.array(values)
    steps = 7 + stride * np.arange(len(values))
    shape = envelope(steps, array, points)
    assert len(shape.mean) <= points
    assert shape.first[0] == steps[0]
    assert shape.last[-1] == steps[-1]
    assert list(shape.first[1:]) == list(shape.last[:-1] + stride), "every value is in one point"
    for first, last, low, mean, high in zip(*shape[:5], strict=True):
        part = array[(steps >= first) & (steps <= last)]
        assert len(part) <= shape.size
        assert (low, high) == (part.min(), part.max())
        assert mean == pytest.approx(part.mean())
    if len(values) <= points:
        assert shape.size == 1
        assert list(shape.mean) == values


# --- text of the file is text --------------------------------------------------------------------------------------


def test_strings_of_the_file_are_escaped() -> None:
    network = Network(**SMALL, seed=5)
    recordings = network.run(time_steps=20, record=["E"])
    recordings._run["inputs"] = '<script>window.hacked = 1</script><img src=x onerror="hacked = 2">'
    recordings._run["noise"] = "</style></script><b>0.04</b>"
    name = "<i>run<i> & 'more'.h5"
    network.save(name, recordings)
    html = page(ResultFile(name))
    assert "<script>window" not in html
    assert "<img src=x" not in html
    assert "<b>0.04" not in html
    assert "<i>run" not in html
    assert "&lt;script&gt;window.hacked = 1&lt;/script&gt;" in html
    assert "&lt;i&gt;run&lt;i&gt; &amp; &#39;more&#39;.h5" in html


# --- the command ---------------------------------------------------------------------------------------------------


def test_the_command() -> None:
    arguments = ["simulate", "--steps", "50", "--seed", "3", "--record", "E,C", "--out", "run.h5", "--quiet"]
    subprocess.run([sorn_command(), *arguments], check=True)
    report = [sorn_command(), "report", "run.h5", "-o", "report.html"]
    done = subprocess.run(report, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"report of run\.h5 in report\.html \(\d+\.\d MB\)\n", done.stdout)
    assert Path("report.html").read_text() == page(ResultFile("run.h5"))
    assert subprocess.run([*report, "--force", "--quiet"], capture_output=True, check=True).stdout == b""


def test_a_page_is_replaced_as_a_whole_or_not_at_all(capsys) -> None:
    Network(**SMALL, seed=5).save("run.h5")
    Path("report.html").write_text("before")
    report = ["report", "run.h5", "-o", "report.html"]
    assert main(report) == 4
    message = capsys.readouterr().err
    assert message.startswith("sorn: error: 'report.html' exists already: ")
    assert message.endswith("; give another name, or --force to replace it\n")
    assert Path("report.html").read_text() == "before"

    program = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, 10**6))\n"
    program += "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    program += f"from sorn._command import main; sys.exit(main({[*report, '--force']}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert done.stderr.startswith("sorn: error: cannot write 'report.html': File too large")
    assert Path("report.html").read_text() == "before"
    assert sorted(path.name for path in Path().iterdir()) == ["report.html", "run.h5"]

    assert main([*report, "--force"]) == 0
    assert Path("report.html").stat().st_size > 1_000_000


def test_paths_for_a_page(capsys) -> None:
    Network(**SMALL, seed=5).save("run.h5")
    for bad in ("no/report.html", "."):
        assert main(["report", "run.h5", "-o", bad]) == 4
        assert f"'{bad}'" in capsys.readouterr().err
    assert main(["report", "none.h5", "-o", "report.html"]) == 4
    assert not Path("report.html").exists()
    Path("target").mkdir()
    Path("report.html").symlink_to("target/page.html")
    assert main(["report", "run.h5", "-o", "report.html"]) == 0
    assert Path("report.html").is_symlink()
    assert Path("target/page.html").stat().st_size > 1_000_000
    assert main(["report", "run.h5", "-o", "/dev/null"]) == 0


@pytest.mark.parametrize("package", ["jinja2", "plotly.offline", "matplotlib"])
def test_missing_packages(capsys, monkeypatch, package) -> None:
    Network(**SMALL, seed=5).save("run.h5")
    monkeypatch.setitem(sys.modules, package, None)
    assert main(["report", "run.h5", "-o", "report.html"]) == 4
    assert re.search(r"pip install 'sorn\[(report|plot)\]'", capsys.readouterr().err)
