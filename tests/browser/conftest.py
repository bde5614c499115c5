"""A real browser: Debian's Chromium, driven by Playwright, and what it opens."""

import shutil

import pytest
from browser.looking import Watched
from browser.made import CASES, kpikit

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")


def pytest_collection_modifyitems(items):
    """Where no Chromium is installed, each test that needs it is skipped and says so."""
    if not CHROMIUM:
        for item in items:
            if "browser" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.skip(reason="no Chromium is installed: apt-get install chromium"))


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def watched(browser):
    """One page for all tests of a module."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield Watched(context.new_page())
    context.close()


@pytest.fixture(scope="session")
def reports(tmp_path_factory):
    """A folder of reports, their index and the catalog, all made by the command line."""
    out = tmp_path_factory.mktemp("reports")
    kpikit("catalogue", "--out", str(out))
    kpikit("report", *CASES, "--out", str(out))
    return out
