"""The page of ``sorn watch`` in a real browser, beside a real run."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from browsers import headless_browser
from conftest import sorn_command
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from sorn._watch.server import WatchServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 60  # seconds; machines that test many things at once are slow
HACK = "<img src=x onerror=hacked=1>.h5"


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    with headless_browser() as driver:
        yield driver


class Live:
    """The page of two runs, of which the second goes on."""

    def __init__(self, browser: webdriver.Chrome, server: WatchServer) -> None:
        self.browser = browser
        for kind in ("browser", "performance"):
            browser.get_log(kind)  # what came before
        browser.get(server.address)
        self.wait(lambda: self.section.get_attribute("data-state") == "running")

    @property
    def section(self) -> WebElement:
        return self.browser.find_element(By.ID, "run-1")

    @property
    def step(self) -> int:
        return int(self.section.get_attribute("data-step"))

    def find(self, selector: str) -> WebElement:
        return self.section.find_element(By.CSS_SELECTOR, selector)

    def bring(self, selector: str) -> WebElement:
        element = self.find(selector)
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        return element

    def press(self, act: str) -> None:
        self.bring(f"[data-do={act}]").click()

    def wait(self, condition: Any) -> Any:
        return WebDriverWait(self.browser, PATIENCE, poll_frequency=0.02).until(lambda _: condition())

    def state(self, word: str) -> None:
        self.wait(lambda: self.section.get_attribute("data-state") == word)

    def drawn(self, chart: str) -> dict[str, str]:
        return dict(self.browser.execute_script("return {...arguments[0].dataset}", self.find(f"[data-chart={chart}]")))

    def log(self) -> list[str]:
        script = "return [...document.querySelectorAll('#run-1 [data-log] li')].map((item) => item.textContent)"
        return list(self.browser.execute_script(script))


@pytest.fixture
def live(browser, tmp_path) -> Iterator[Live]:
    command = [sorn_command(), "simulate", "--steps", "1e9", "--seed", "1", "--set", "ne=80", "--out", "run.h5"]
    run = subprocess.Popen([*command, "--quiet"], cwd=tmp_path)
    server = WatchServer([str(tmp_path / HACK), str(tmp_path / "run.h5")])
    served = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    served.start()
    try:
        page = Live(browser, server)
        yield page
        run.terminate()
        assert run.wait(PATIENCE) == 143
        page.state("stopped")
        assert not page.find("[data-do=pause]").is_displayed()
    finally:
        run.kill()
        run.wait()
        server.shutdown()
        served.join()
        server.server_close()


def test_the_page_draws_and_steers_a_run(live, tmp_path) -> None:
    before = live.step
    live.wait(lambda: live.step > before)
    live.wait(lambda: int(live.drawn("raster").get("spikes", 0)) > 100)
    live.wait(lambda: int(live.drawn("rates").get("points", 0)) > 3)
    assert live.drawn("thresholds")["counted"] == "80"
    assert int(live.drawn("weights")["counted"]) > 80
    assert float(live.find("[data-fact=rate_e]").text) > 0.0
    assert live.browser.find_element(By.CSS_SELECTOR, "#run-0 h1").text == HACK
    assert "waits for the run" in live.browser.find_element(By.CSS_SELECTOR, "#run-0 [data-story]").text

    live.press("pause")
    live.state("paused")
    stands = live.step
    pixels = "return arguments[0].toDataURL()"
    picture = live.browser.execute_script(pixels, live.find("[data-chart=raster]"))
    assert len(picture) > 2000
    live.browser.execute_async_script("setTimeout(arguments[0], 500)")
    assert live.step == stands
    steps = live.bring("[data-steps]")
    steps.clear()
    steps.send_keys("25")
    live.press("step")
    live.wait(lambda: live.step == stands + 25)
    assert live.section.get_attribute("data-state") == "paused"
    live.wait(lambda: live.browser.execute_script(pixels, live.find("[data-chart=raster]")) != picture)

    live.bring("[data-rules] input[value=stdp]").click()
    live.wait(lambda: any("freeze stdp" in act for act in live.log()))
    assert not live.find("[data-rules] input[value=stdp]").is_selected()
    sigma = live.bring("[data-sigma]")
    sigma.clear()
    sigma.send_keys("0.15")
    live.press("noise")
    live.wait(lambda: len(live.log()) == 4)
    sigma.clear()
    sigma.send_keys("-1")
    live.press("noise")
    live.wait(lambda: "-1" in live.find("[data-problem]").text)
    live.press("continue")
    live.state("running")
    live.wait(lambda: live.step > stands + 25)
    words = [act.partition(": ")[2] for act in live.log()]
    assert words == ["pause", "step 25", "freeze stdp", "noise 0.15", "continue"]

    assert live.browser.execute_script("return window.hacked") is None
    assert live.browser.get_log("browser") == []
    asked = set()
    for entry in live.browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.add(message["params"]["request"]["url"].partition("?")[0])
    home = live.browser.current_url
    assert {url for url in asked if not url.startswith("data:")} == {home, f"{home}frames", f"{home}acts"}
