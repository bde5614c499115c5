"""Notebooks in a real JupyterLab, as whoever opens one sees them: opened, run from the menu, looked at."""

import json
import re
import tomllib

import nbformat
import pytest
from browser.looking import UNFOLD, Watched, inaccessible
from browser.made import ROOT
from browser.serving import served

#: JupyterLab's own settings: it asks for no news, and holds every cell in the page, also those that are not in view
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
RUN_S = 90


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    """A JupyterLab on a copy of the notebooks, without their outputs; returns a function that opens one of them."""
    home = tmp_path_factory.mktemp("lab")
    (home / "notebooks").mkdir()
    for name in ("before_after", "explore"):
        notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", 4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, home / "notebooks" / f"{name}.ipynb")
    for name, values in SETTINGS.items():
        place = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(values))

    def command(port, token):
        return (
            "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={home / 'notebooks'}",
            f"--LabApp.user_settings_dir={home / 'settings'}", f"--LabApp.workspaces_dir={home / 'workspaces'}",
            "--LabApp.extension_manager=readonly", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        )  # fmt: skip

    with served(command, home / "notebooks", home) as server:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        watched = Watched(context.new_page())

        def opens(name):
            page = watched.opens(f"{server.address}/lab/workspaces/{name}/tree/{name}.ipynb?token={server.token}")
            page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=RUN_S * 1000)  # before, what is run is lost
            return page

        yield opens, watched
        context.close()


def run_all(page):
    """Run > Run All Cells, as a person does it, and waits until every cell has run."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(
        """() => { const told = [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")].map((e) => e.textContent);
                   return told.length && told.every((text) => /\\[\\d+\\]/.test(text)); }""",
        timeout=RUN_S * 1000,
    )  # fmt: skip


def test_a_notebook_opens_runs_and_shows_its_figures(lab):
    opens, watched = lab
    page = opens("before_after")
    run_all(page)
    assert page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    figures = page.locator(".jp-OutputArea-output img")
    assert figures.count() == 8
    assert all(
        page.evaluate("() => [...document.querySelectorAll('.jp-OutputArea-output img')].map((i) => i.naturalWidth > 500)")
    )
    headline = page.locator(".jp-OutputArea-output .headline").first.inner_text()
    assert re.search(r"rose|fell|no clear change", headline)
    assert _strange(watched) == []


LOOKED = "() => [...document.querySelectorAll('.kpikit-explore figure img')].map((i) => i.src)"


def test_in_explore_a_widget_moves_the_figure_the_sentence_and_the_checks(lab):
    opens, watched = lab
    page = opens("explore")
    run_all(page)
    view = page.locator(".kpikit-explore")
    headline = view.locator(".headline")
    headline.wait_for()
    drawn, said = page.evaluate(LOOKED), headline.inner_text()
    for move in (
        lambda: view.get_by_role("button", name="Earlier").click(),
        lambda: view.get_by_label("Segment", exact=True).select_option(index=1),
    ):
        move()
        page.wait_for_function(f"(before) => JSON.stringify(({LOOKED})()) !== JSON.stringify(before)", arg=drawn)
        assert headline.inner_text() != said
        drawn, said = page.evaluate(LOOKED), headline.inner_text()
    assert len(view.locator("figure img").get_attribute("alt")) > 20
    assert re.search(r"tried|looked", view.locator(".notice").inner_text())
    page.evaluate(UNFOLD)
    assert inaccessible(page, ".kpikit-explore") == []
    assert _strange(watched) == []


def test_copy_as_case_writes_the_case_that_was_looked_at(lab):
    _, watched = lab
    view = watched.page.locator(".kpikit-explore")
    view.get_by_role("button", name="Copy as case").click()
    text = view.get_by_label("Case file")
    text.wait_for(state="visible")
    case = tomllib.loads(text.input_value())
    assert (case["kpi"], case["date_chosen"]) == ("upgrade_rate", "after looking")


def _strange(watched):
    """What was asked of anybody but the server itself."""
    return [
        address
        for address in watched.requests
        if not address.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))
    ]
