"""The gallery: its index, its pictures and the links to it. scripts/docs.sh makes the site first."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

SITE = Path(__file__).parents[2] / "build/docs/html"


@pytest.fixture(autouse=True, scope="module")
def _page(browser: webdriver.Chrome) -> None:
    browser.get((SITE / "gallery.html").as_uri())


def test_each_picture_is_a_card_of_the_index(browser: webdriver.Chrome) -> None:
    cards = browser.find_elements(By.CSS_SELECTOR, ".gallery-card a")
    targets = [card.get_attribute("href").partition("#")[2] for card in cards]
    shown = browser.find_elements(By.CSS_SELECTOR, "section:has(> h3)")
    assert len(targets) == len(set(targets)) == len(shown) >= 30
    for card, target in zip(cards, targets, strict=True):
        section = browser.find_element(By.CSS_SELECTOR, f"section#{target}")
        picture = section.find_element(By.CSS_SELECTOR, "img")
        assert picture.get_attribute("src") == card.find_element(By.TAG_NAME, "img").get_attribute("src")
        assert len(picture.get_attribute("alt")) > 20
        assert card.text == section.find_element(By.TAG_NAME, "h3").text.rstrip("#¶")


def test_all_pictures_load(browser: webdriver.Chrome) -> None:
    broken = browser.execute_script("return [...document.images].filter(i => !i.naturalWidth).map(i => i.src)")
    assert broken == []


@pytest.mark.parametrize("width", [400, 1400])
def test_letters_of_figures_can_be_read(browser: webdriver.Chrome, width: int) -> None:
    """A figure of one inch is at least 80 pixels wide, so that its smallest letters, of 7 points, have 8 pixels."""
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    pictures = browser.execute_script(
        "return [...document.querySelectorAll('.cell_output img')]"
        ".map(i => [i.src, i.getBoundingClientRect().width / (i.naturalWidth / 300)])"
    )
    assert len(pictures) >= 28
    assert [picture for picture in pictures if picture[1] < 80] == []


def test_functions_link_to_their_pictures() -> None:
    page = (SITE / "api/python/plotter.html").read_text()
    assert "gallery.html#picture-raster-plot" in page
    assert page.count("gallery.html#picture-") >= 18
