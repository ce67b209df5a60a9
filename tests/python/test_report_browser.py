"""The page of ``sorn report`` in a real browser: what it shows, what it does, and that it asks nobody for anything."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from browsers import headless_browser
from conftest import sorn_command
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from sorn import Network, Recordings, Statistics

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STEPS = 4000
PATIENCE = 60  # seconds; machines that test many things at once are slow
HACK = '<script>window.hacked = true</script><img src="x" onerror="window.hacked = true">'


class Report(NamedTuple):
    """A page and the file that it tells of."""

    page: Path
    network: Network
    recordings: Recordings


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Of a real run, with a text that tries to be a program."""
    folder = tmp_path_factory.mktemp("report")
    network = Network(ne=100, nu=5, lambda_ee=10, mu_ip=0.1, seed=8)
    recordings = network.run(time_steps=STEPS, record=["E", "I", "C", "C_ei", "TE/10"])
    recordings._run["inputs"] = HACK
    network.save(folder / "run.h5", recordings)
    command = [sorn_command(), "report", "run.h5", "-o", "report.html"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return Report(folder / "report.html", network, recordings)


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    with headless_browser() as driver:
        yield driver


class Viewed:
    """The page as a browser shows it in a window of some width."""

    def __init__(self, browser: webdriver.Chrome, report: Report, width: int) -> None:
        self.browser = browser
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        for kind in ("browser", "performance"):
            browser.get_log(kind)  # what came before
        browser.get(report.page.as_uri())
        self.wait(lambda: self.run("return document.documentElement.dataset.charts") == "drawn")

    def run(self, script: str, *arguments: Any) -> Any:
        return self.browser.execute_script(script, *arguments)

    def wait(self, condition: Any) -> Any:
        return WebDriverWait(self.browser, PATIENCE, poll_frequency=0.05).until(lambda _: condition())

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def bring(self, element: WebElement) -> WebElement:
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        return element

    @property
    def actions(self) -> ActionChains:
        return ActionChains(self.browser)

    def axis(self, chart: str) -> list[float]:
        return [float(end) for end in self.run(f"return document.getElementById('{chart}').layout.xaxis.range")]


@pytest.fixture
def desktop(browser, report) -> Viewed:
    return Viewed(browser, report, 1400)


def test_the_page_logs_nothing_and_makes_no_requests(desktop) -> None:
    for picture in desktop.all(".enlarge"):
        desktop.bring(picture)
    assert desktop.browser.get_log("browser") == []
    asked = []
    for entry in desktop.browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.append(message["params"]["request"]["url"])
    assert len(asked) > 5
    assert [url[:100] for url in asked if not url.startswith(("file:///", "data:", "blob:"))] == []
    assert sum(url.startswith("file:") for url in asked) == 1, "the page itself"


def test_the_policy_forbids_requests(desktop) -> None:
    refused = desktop.browser.execute_async_script(
        "const done = arguments[0]; fetch('https://example.com/').then(() => done(false), () => done(true))"
    )
    assert refused
    assert any("Content Security Policy" in entry["message"] for entry in desktop.browser.get_log("browser"))
    buttons = [button.get_attribute("data-title") for button in desktop.all("#chart-time .modebar-btn")]
    assert buttons == ["Zoom in", "Zoom out", "Reset axes", "Download plot as a PNG"], "and none that shares"


def test_text_of_the_file_stays_text(desktop) -> None:
    assert HACK in desktop.find("#run").text
    assert desktop.run("return window.hacked") is None
    desktop.run("document.body.append(Object.assign(document.createElement('script'), {textContent: 'hacked = 1'}))")
    assert desktop.run("return window.hacked") is None, "even what slipped through would not run"


def test_numbers(desktop, report) -> None:
    shown = {element.get_attribute("id"): element for element in desktop.all("#numbers data")}
    measures = Statistics.summary(report.recordings["E"])
    for key in ("isi_cv", "isi_lv", "synchrony", "branching_ratio", "fano_factor"):
        element = shown[f"fact-{key}"]
        assert float(element.get_attribute("value")) == pytest.approx(measures[key], rel=1e-12)
        assert float(element.text) == pytest.approx(measures[key], rel=5e-3)
    assert shown["fact-mean_rate"].text == f"{100 * report.recordings['E'].mean():#.3g}%"
    assert shown["fact-ee_synapses"].text == f"{report.network.connection_counts[0]:,}"
    assert shown["fact-ee_fewest"].text == f"{report.recordings['C'].min():,}"
    earlier = [element.text for element in desktop.all("data[hidden]") if element.is_displayed()]
    assert earlier == [], "a number is shown once, whatever names it has had"
    assert "0.1" in desktop.find("#parameter-mu_ip.changed").text
    assert desktop.find("h1").text == "run.h5"


@pytest.mark.parametrize("width", [1400, 400])
def test_all_elements_fit_the_window(browser, report, width) -> None:
    viewed = Viewed(browser, report, width)
    assert viewed.run("return document.documentElement.scrollWidth") <= width
    room = width - 2 * 16
    figures = viewed.all("figure")
    assert len(figures) == 3 + 7 + 3  # charts, spikes, connections
    for figure in figures:
        title = figure.find_element(By.TAG_NAME, "strong").text
        shown = figure.find_element(By.CSS_SELECTOR, "img, .chart svg.main-svg")
        assert 200 < shown.size["width"] <= room, title
        assert 100 < shown.size["height"] < 900, title
    for image in viewed.all("figure img"):
        assert viewed.run("return arguments[0].complete && arguments[0].naturalWidth", image) > 200
        assert len(image.get_attribute("alt")) > 20
    for table in viewed.all("table, dl"):
        assert table.size["width"] <= width
    assert browser.get_log("browser") == []


def test_charts_hold_the_lines_and_bars(desktop, report) -> None:
    assert len(desktop.all("#chart-time .scatterlayer .js-line")) >= 2 * 3 + 2 * 3 + 5  # bands have edges
    bars = desktop.run("return document.getElementById('chart-rates').calcdata[0].map((bar) => bar.s)")
    expected, _ = np.histogram(report.recordings["E"].mean(axis=0), bins=30)
    assert bars == expected.tolist()
    assert sum(bars) == 100


def test_hovering_shows_values(desktop, report) -> None:
    chart = desktop.bring(desktop.find("#chart-time .nsewdrag"))
    desktop.actions.move_to_element_with_offset(chart, -57, 0).perform()
    text = desktop.wait(lambda: desktop.find("#chart-time .hoverlayer").text)
    step = int(re.search(r"step ([\d,]+)", text)[1].replace(",", ""))
    shown = re.search(r"E → E: ([\d,]+) \(([\d,]+) to ([\d,]+)\)", text)
    size = -(-STEPS // 1500)
    part = report.recordings["C"][step // size * size :][:size]
    expected = [f"{part.mean():,.0f}", f"{part.min():,}", f"{part.max():,}"]
    assert list(shown.groups()) == expected
    for row in ("I → E: ", "E: ", "I: ", "mean threshold "):
        assert f"\n{row}" in f"\n{text}"

    bars = desktop.bring(desktop.find("#chart-rates .nsewdrag"))
    desktop.actions.move_to_element(bars).perform()
    text = desktop.wait(lambda: desktop.find("#chart-rates .hoverlayer").text)
    low, high, count = re.search(r"([\d.]+) to ([\d.]+)%: (\d+) neurons", text).groups()
    rates = 100 * report.recordings["E"].mean(axis=0)
    within = np.count_nonzero((rates > float(low)) & (rates < float(high)))
    assert abs(within - int(count)) <= 2, "the edges are rounded"


def test_zooming(desktop) -> None:
    chart = desktop.bring(desktop.find("#chart-time .nsewdrag"))
    before = desktop.axis("chart-time")
    assert before == pytest.approx([0, STEPS], abs=3)
    start = desktop.actions.move_to_element_with_offset(chart, -100, 0)
    start.click_and_hold().move_by_offset(150, 0).release().perform()
    after = desktop.wait(lambda: (now := desktop.axis("chart-time")) != before and now)
    assert before[0] < after[0] < after[1] < before[1]
    assert (after[1] - after[0]) / (before[1] - before[0]) == pytest.approx(150 / chart.size["width"], rel=0.05)
    lines = desktop.run("return [...new Set(document.getElementById('chart-time').data.map((t) => t.xaxis || 'x'))]")
    assert lines == ["x"], "all rows zoom together"
    desktop.find("#chart-time [data-title='Reset axes']").click()
    desktop.wait(lambda: desktop.axis("chart-time") == before)


def test_a_figure_opens_larger(desktop) -> None:
    button = desktop.bring(desktop.find("#figure-raster_plot .enlarge"))
    small = button.find_element(By.TAG_NAME, "img").size["width"]
    button.click()
    image = desktop.find("#viewer img")
    desktop.wait(lambda: image.is_displayed() and image.size["width"] > 1.2 * small)
    assert desktop.find("#viewer h2").text == "Spikes of the last 1,000 recorded steps"
    assert "spikes of 100 neurons" in image.get_attribute("alt")
    fitted = image.size["width"]
    assert fitted <= 1400

    key = desktop.actions.send_keys("+")
    for grow in (key.perform, desktop.find("#viewer [data-zoom=in]").click, image.click):
        before = image.size["width"]
        grow()
        assert image.size["width"] > 1.4 * before
    view = desktop.find("#viewer .view")
    assert desktop.run("return arguments[0].scrollWidth > arguments[0].clientWidth", view), "it scrolls"
    desktop.find("#viewer [data-zoom=out]").click()
    desktop.actions.send_keys("0").perform()
    assert image.size["width"] == fitted

    desktop.actions.send_keys(Keys.ESCAPE).perform()
    desktop.wait(lambda: not image.is_displayed())
    assert desktop.browser.switch_to.active_element == button, "the keyboard is where it was"
    desktop.actions.send_keys(Keys.ENTER).perform()
    desktop.wait(image.is_displayed)
    desktop.find("#viewer [data-close]").click()
    assert not image.is_displayed()
    assert desktop.browser.get_log("browser") == []


def test_links_and_keyboard_reach_all_parts(desktop) -> None:
    links = desktop.all("nav a")
    assert [link.text for link in links] == [
        "Numbers",
        "Charts",
        "Spikes",
        "Connections and weights",
        "Run",
        "Hyperparameters",
    ]
    for link in links:
        assert desktop.find("#" + link.get_attribute("href").partition("#")[2]).is_displayed()
    links[-1].click()
    desktop.wait(lambda: desktop.run("return document.getElementById('parameters').getBoundingClientRect().top") < 900)


def test_printing(desktop) -> None:
    desktop.run("dispatchEvent(new Event('beforeprint'))")
    wide = "return document.querySelector('#chart-time svg').clientWidth"
    desktop.wait(lambda: desktop.run(wide) == 670)
    assert desktop.run(wide.replace("time", "rates")) == 310
    desktop.run("dispatchEvent(new Event('afterprint'))")
    desktop.wait(lambda: desktop.run(wide) > 900)
