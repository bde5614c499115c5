"""The dashboard as people watch it: opened by its link, chosen from, reloaded after new data came, on a phone."""

import shutil

import pytest
from browser.looking import PHONE, Watched, inaccessible, misplaced
from browser.made import ROOT
from browser.serving import dashboard

CASES = ("techsolutions_scorecard", "techsolutions_upgrade_rate")
NEW_MONTH = "2026-01,1990,13150,2600,19000,2700,9900,210,900,18500,480,900,1100000,3900,900\n"
WAIT_MS = 90_000


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with a copy of the data: a month can be added to it."""
    home = tmp_path_factory.mktemp("dashboard")
    shutil.copytree(ROOT / "data", home / "data", ignore=shutil.ignore_patterns("making", "*.sql"))
    return home


@pytest.fixture(scope="module")
def board(browser, home):
    """The page of the dashboard, open, as soon as it shows its cards."""
    with dashboard(home, *CASES, "--as-of", "2026-02-15") as address:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        watched = Watched(context.new_page())
        watched.opens(address)
        watched.page.set_default_timeout(WAIT_MS)
        watched.page.locator(".board-card:visible").first.wait_for()
        yield watched
        context.close()


def choose(page, label, option):
    page.get_by_label(label, exact=True).select_option(label=option)
    page.wait_for_function("() => !document.querySelector('.board-busy')", timeout=WAIT_MS)


def test_it_opens_and_what_is_chosen_is_shown(board):
    page = board.page
    cards = page.locator(".board-card:visible")
    assert cards.count() > 3
    choose(page, "Measure", "Upsell Ratio")
    page.wait_for_function("() => document.querySelectorAll('.board-card').length === 1")
    assert "Upsell Ratio" in cards.first.inner_text()
    assert page.locator(".board-periods tbody tr").count() > 6
    before = page.locator(".board-when").inner_text()
    choose(page, "Up to", "2025-06")
    page.wait_for_function("(before) => document.querySelector('.board-when').innerText !== before", arg=before)
    assert "the last complete month is 2025-06" in page.locator(".board-when").inner_text()
    assert page.get_by_text("Traceback").count() == page.get_by_text("import kpikit").count() == 0
    assert [
        address for address in board.requests if not address.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))
    ] == []
    assert (board.errors, board.dialogs) == ([], [])


def test_it_is_readable_by_all_and_fits_a_phone(board):
    page = board.page
    assert inaccessible(page) == []
    page.set_viewport_size({"width": PHONE, "height": 844})
    assert misplaced(page) == []


def test_a_reload_picks_up_new_data_and_a_fault_in_them_is_a_sentence(board, home):
    page, table = board.page, home / "data" / "techsolutions_scorecard.csv"
    good = table.read_text(encoding="utf-8")
    table.write_text(good + NEW_MONTH, encoding="utf-8")
    page.reload()
    page.get_by_text("the last complete month is 2026-01").wait_for()
    assert "15.1%" in page.locator(".board-card:visible").first.inner_text()
    table.write_text(good + "2026-02,x\n", encoding="utf-8")
    page.reload()
    fault = page.locator(".board-fault")
    fault.wait_for()
    assert "techsolutions_scorecard.csv" in fault.inner_text()
    assert str(home) not in page.content()
    assert "Traceback" not in page.content()
