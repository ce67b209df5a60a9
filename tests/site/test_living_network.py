"""The network that lives in a page of the site has the bits of the package. scripts/docs.sh makes the site first."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

import sorn

PAGE = Path(__file__).parents[2] / "build/docs/html/living.html"


@pytest.fixture(autouse=True, scope="module")
def _page(browser: webdriver.Chrome) -> None:
    browser.get(PAGE.as_uri())  # from the disk, without any server
    until(lambda: browser.find_element(By.CSS_SELECTOR, ".living").get_attribute("data-ready"))


def until(holds: Callable[[], Any], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.05)


def part(browser: webdriver.Chrome, name: str) -> Any:
    return browser.find_element(By.CSS_SELECTOR, f'.living [data-part="{name}"]')


def bits(network: sorn.Network) -> str:
    """The hash of web/living_network.cpp: FNV-1a of activity, thresholds, synapses and weights."""
    state = network.state
    values = [state["X"][:, 1].astype(np.uint8), state["Y"][:, 1].astype(np.uint8), state["Te"]]
    for name in ("Wee", "Wei"):
        matrix = state.sparse()[name]
        for post in range(matrix.shape[1]):
            entries = slice(matrix.indptr[post], matrix.indptr[post + 1])
            values += [matrix.indices[entries].astype(np.uint32), matrix.data[entries]]
    found = 14695981039346656037
    for byte in b"".join(np.ascontiguousarray(each).tobytes() for each in values):
        found = (found ^ byte) * 1099511628211 % 2**64
    return f"{found:016x}"


def in_page(browser: webdriver.Chrome, script: str) -> Any:
    return browser.execute_script(f"const n = document.querySelector('.living').network; {script}")


def test_the_page_has_the_bits_of_the_package(browser: webdriver.Chrome) -> None:
    network = sorn.Network(ne=200, seed=7)
    in_page(browser, "n.make(200, 7); n.noise(n.get('noise_sigma')); n.run(500)")
    network.run(time_steps=500)
    assert in_page(browser, "return n.hash()") == bits(network)
    in_page(browser, "n.freeze('stdp', 1); n.set('eta_ip', 0.02); n.noise(0.1); n.run(300)")
    changed = sorn.Network(state=network.state, eta_ip=0.02)
    changed.run(time_steps=300, freeze="stdp", noise=0.1)
    assert in_page(browser, "return n.hash()") == bits(changed)
    assert bits(changed) != bits(network)
    in_page(browser, "n.freeze('stdp', 0)")


def test_errors_are_those_of_the_engine(browser: webdriver.Chrome) -> None:
    assert in_page(browser, "return [n.set('eta_ip', -1), n.error()]")[0] == 0
    assert "eta_ip = -1: must be" in in_page(browser, "return n.error()")
    assert "did you mean 'stdp'" in in_page(browser, "n.freeze('stp', 1); return n.error()")


def test_the_network_runs_rests_and_starts_again(browser: webdriver.Chrome) -> None:
    part(browser, "restart").click()
    assert part(browser, "step").text == "0"
    part(browser, "one").click()
    assert part(browser, "step").text == "1"
    part(browser, "run").click()
    until(lambda: int(part(browser, "step").text.replace(",", "")) > 50)
    until(lambda: "frames a second" in part(browser, "pace").text)
    part(browser, "run").click()
    stopped = part(browser, "step").text
    time.sleep(0.2)
    assert part(browser, "step").text == stopped
    part(browser, "hash").click()
    assert stopped in part(browser, "message").text
    drawn = browser.execute_script(
        "const c = arguments[0]; const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "return new Set([...d]).size",
        part(browser, "raster"),
    )
    assert drawn > 2  # spikes and paper
    seed = part(browser, "seed")
    seed.clear()
    seed.send_keys("-3")
    part(browser, "restart").click()
    assert "A seed is a whole number" in part(browser, "message").text
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


@pytest.mark.parametrize("width", [400, 1400])
def test_the_page_fits(browser: webdriver.Chrome, width: int) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    for name in ("raster", "weights", "histogram"):
        assert part(browser, name).size["width"] > 100
