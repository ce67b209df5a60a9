"""Every page of the site fits a phone and a wide screen. scripts/docs.sh makes the site first."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium import webdriver

SITE = Path(__file__).parents[2] / "build/docs/html"


@pytest.mark.parametrize("width", [400, 1400])
def test_pages_do_not_scroll_sideways(browser: webdriver.Chrome, width: int) -> None:
    pages = sorted(page for page in SITE.rglob("*.html") if "_static" not in page.parts)
    assert len(pages) > 90
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    wide = []
    for page in pages:
        browser.get(page.as_uri())
        needed = browser.execute_script("return document.documentElement.scrollWidth")
        if needed > width:
            wide.append(f"{page.relative_to(SITE)} needs {needed} pixels")
    assert wide == []
