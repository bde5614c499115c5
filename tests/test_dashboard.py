"""dashboard: the board of a case, its filters, and a real Voila that shows it to nobody without the token."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import nbformat
import psutil
import pytest

from kpikit.cli import main
from kpikit.errors import CaseError
from kpikit.report.dashboard.board import why
from kpikit.report.dashboard.sparks import spark
from kpikit.report.dashboard.view import dashboard

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "notebooks" / "dashboard.ipynb"
CASE = """question = "{question}"
title = "How do we <b>stand</b>?"
kpi = "upgrade_rate"
window = "month"
table = "t.csv"
kind = "counts"
columns = {{ period = "month", numerator = "upgrades", denominator = "{denominator}" }}
segments = ["region"]
as_of = 2024-03-15
target = 0.22
owner = "Ada"
"""
MONTHS = [f"{year}-{month:02}" for year in (2022, 2023) for month in range(1, 13)] + ["2024-01", "2024-02"]
#: by hand: east 100 to 125 of 1,000, west 300 of 1,000; together (400 + i) of 2,000
ROWS = [
    f"{month},{region},{count},1000" for i, month in enumerate(MONTHS) for region, count in (("east", 100 + i), ("west", 300))
]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder with a case that can be shown, one that cannot, and one that asks something else."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "t.csv").write_text("\n".join(["month,region,upgrades,subscribers", *ROWS]) + "\n", encoding="utf-8")
    for name, denominator in (("good", "subscribers"), ("broken", "people")):
        (folder / f"{name}.toml").write_text(CASE.format(question="scorecard", denominator=denominator), encoding="utf-8")
    (folder / "other.toml").write_text(CASE.format(question="seasons", denominator="subscribers"), encoding="utf-8")
    return folder


# --- what is shown ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shown(project):
    return dashboard([str(project / "good.toml"), str(project / "broken.toml")])


def text_of(page):
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_a_board_tells_value_counts_interval_band_target_and_review(shown):
    page = shown.page(shown.cases[0])
    text = text_of(page)
    assert "As of 2024-03-15 · the last complete month is 2024-02" in text
    assert "Upgrade Rate 21.2% 2024-02" in text  # (400 + 25) of 2,000, which ends on a 5: binary 0.2125 * 100 is shown as 21.2
    assert "425 of 2,000" in text
    assert "Band on target Signal" in text
    assert "Target 22.0%: too close to call" in text
    assert "Next review 2024-04-01 · Ada" in text


def test_what_a_case_says_is_escaped(shown):
    page = shown.page(shown.cases[0])
    assert "How do we &lt;b&gt;stand&lt;/b&gt;?" in page
    assert "<b>" not in page


def test_a_part_and_a_period_measure_anew(shown):
    part = text_of(shown.page(shown.cases[0], ("region", "east")))
    assert "region: east" in part
    assert "12.5% 2024-02" in part  # 125 of 1,000
    assert "125 of 1,000" in part
    before = text_of(shown.page(shown.cases[0], None, "2023-06"))
    assert "the last complete month is 2023-06" in before
    assert "417 of 2,000" in before
    both = shown.board(shown.cases[0])
    assert both.parts == (("region", "east"), ("region", "west"))
    assert both.periods[:2] == ("2024-02", "2024-01")


def test_one_measure_alone_has_the_table_of_its_periods(shown):
    page = shown.page(shown.cases[0], measure="Upgrade Rate")
    rows = re.findall(r'<tr><th scope="row">(\S+)</th><td>([^<]*)</td><td>([^<]*)</td><td>([^<]*)</td>', page)
    assert rows[0] == ("2024-02", "21.2%", "425", "2,000")
    assert rows[-1] == ("2022-01", "20.0%", "400", "2,000")
    assert len(rows) == 26


def test_a_case_that_cannot_be_measured_is_a_sentence_without_a_path(shown, project):
    page = shown.page(shown.cases[1])
    assert "broken cannot be shown" in page
    assert "t.csv: no column &#39;people&#39;" in page
    assert str(project) not in page
    assert "Traceback" not in page
    assert why(PermissionError(13, "Permission denied", "/a/b"), "/a/c.toml") == "Permission denied"


def test_the_folder_of_the_machine_is_not_shown_even_where_a_message_ends_with_it(project, monkeypatch):
    lost = CASE.format(question="scorecard", denominator="subscribers").replace("t.csv", "lost.csv")
    (project / "data" / "cases").mkdir(parents=True)
    (project / "data" / "cases" / "lost.toml").write_text(lost, encoding="utf-8")
    monkeypatch.chdir(project)
    for case in (str(project / "data" / "cases" / "lost.toml"), "lost"):
        page = dashboard(case).page(case)
        assert "no file lost.csv; paths are relative to the case, and its folder is cases</p>" in page
        assert str(project) not in repr(dashboard(case))
    assert why(CaseError("/a/b/t.csv, /a/t.csv and x/a/b/t.csv of /a/b"), "/a/b/c.toml") == "t.csv, t.csv and x/a/b/t.csv of b"


def test_marks_that_turn_letters_around_are_shown(project):
    marked = CASE.format(question="scorecard", denominator="subscribers").replace("stand", "st\u202ea\u200end")
    (project / "marked.toml").write_text(marked, encoding="utf-8")
    shown = dashboard([str(project / "marked.toml"), str(project / "good.toml")])
    assert "How do we &lt;b&gt;st\ufffda\ufffdnd&lt;/b&gt;?" in shown.page(shown.cases[0])
    assert "<td>" in shown.page(shown.cases[0])
    assert shown.filtered.children[0].children[0].options[0][0] == "How do we <b>st\ufffda\ufffdnd</b>?"


def test_a_defect_leaves_no_filter_waiting(project, monkeypatch):
    shown = dashboard([str(project / "good.toml"), str(project / "broken.toml")])
    row, status, _ = shown.filtered.children

    def broken(*_):
        raise RuntimeError("a defect")

    with monkeypatch.context() as defect:
        defect.setattr(shown, "board", broken)
        with pytest.raises(RuntimeError, match="a defect"):
            row.children[2].value = ("region", "west")
    assert status.value == ""


def test_a_port_whose_last_page_is_still_connected_is_free_again():
    from kpikit.report.dashboard.serving import _free

    with socket.socket() as server, socket.socket() as page:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        page.connect(("127.0.0.1", port))
        server.accept()[0].close()
        server.close()
        assert _free(port) == port


def test_elsewhere_than_under_voila_a_dashboard_shows_itself_the_same_each_time(shown):
    first, again = shown._repr_mimebundle_(), dashboard(list(shown.cases))._repr_mimebundle_()
    assert first == again
    assert set(first) == {"text/plain", "text/html"}
    assert "written" not in first["text/html"]


def test_the_filters_show_the_board_anew_and_another_case_offers_its_own(shown):
    row, status, page = shown.filtered.children
    case, measure, part, until = row.children
    assert [name for name, _ in part.options] == ["The whole", "region: east", "region: west"]
    part.value = ("region", "west")
    assert "300 of 1,000" in page.value
    until.value = "2023-06"
    assert "the last complete month is 2023-06" in page.value
    assert status.value == ""
    case.value = shown.cases[1]
    assert "broken cannot be shown" in page.value
    assert part.layout.display == "none"
    case.value = shown.cases[0]
    assert (part.value, until.value, measure.value) == (None, "", "")
    assert "425 of 2,000" in page.value
    assert "table written" in page.value


def test_a_small_chart_breaks_at_a_gap_and_says_its_ends_in_words():
    row = {"unit": "percent", "target": {"value": 0.3}, "bands": [{"name": "low", "from": None, "to": 0.2}]}
    course = [{"period": f"2024-0{i}", "value": value} for i, value in enumerate([0.1, 0.2, float("nan"), 0.4], start=1)]
    drawn = spark(course, row)
    assert [len(line.split()) for line in drawn["lines"]] == [2, 1]
    assert drawn["alt"] == "From 10.0% (2024-01) to 40.0% (2024-04); lowest 10.0% (2024-01), highest 40.0% (2024-04)."
    assert spark([{"period": "2024-01", "value": None}], row) == {}


def test_no_case_and_other_questions_are_refused(project, capsys):
    with pytest.raises(CaseError, match="^a dashboard shows one case or several; name one$"):
        dashboard([])
    assert main(["dashboard", str(project / "other.toml")]) == 2
    said = "kpikit: other: it asks 'seasons'; a dashboard shows a scorecard or before_after\n"
    assert capsys.readouterr().err == said
    assert main(["dashboard", str(project / "good.toml"), "--host", "0.0.0.0"]) == 2


# --- how it is served ------------------------------------------------------------------------------------------------------


class Server:
    """A dashboard that runs, and requests to it as raw as they are written."""

    def __init__(self, process, address):
        self.process, self.address = process, address
        self.port, self.token = int(re.search(r":(\d+)/", address)[1]), address.partition("token=")[2]
        self.cookies, self.kernels = "", []

    @property
    def kernel(self):
        """The kernel of the last visit."""
        return self.kernels[-1]

    def ask(self, path, method="GET", body=None, **headers):
        """Status, headers and body; the path is sent as it is."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        said = answer.read().decode("utf-8", "replace")
        line.close()
        return answer.status, answer.headers, said

    def visit(self):
        """The page as it is served to who has the token, whose cookies are kept."""
        status, headers, body = self.ask(f"/?token={self.token}")
        given = [cookie.partition(";")[0] for cookie in headers.get_all("Set-Cookie", [])]
        self.cookies = "; ".join(given) or self.cookies
        self.kernels.append(re.search(r'"kernelId": "([^"]+)"', body)[1])
        return status, headers, body


@pytest.fixture(scope="module")
def server(project):
    """A dashboard of both cases on a port of its own, with a notebook that tests may change; stopped at the end, with all its own."""
    (project / "notebooks").mkdir()
    (project / "notebooks" / "dashboard.ipynb").write_text(NOTEBOOK.read_text(encoding="utf-8"), encoding="utf-8")
    command = [sys.executable, "-m", "kpikit", "dashboard", "good.toml", "broken.toml", "--as-of", "2024-03-15"]
    started = subprocess.Popen(
        [*command, "--port", str(_free_port())], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER_", "KPIKIT_"))} | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    yield Server(started, started.stdout.readline().split()[-1])
    if started.poll() is None:
        started.kill()


def _free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


PATHS = [
    "/", "/?token=", "/?token=wrong", "/login", "/api/kernels", "/api/kernels/1-1-1-1-1", "/api/kernels/1-1-1-1-1/channels",
    "/voila/static/voila.js", "/voila/templates/lab/static/voila-style.js", "/voila/labextensions/", "/voila/api/themes/x",
    "/voila/files/dashboard.ipynb", "/static/favicon.ico", "/voila/api/shutdown/1-1-1-1-1",
]  # fmt: skip


def test_without_the_token_nothing_is_served(server):
    said = (403, "This dashboard opens with its token: use the address that kpikit dashboard printed.")
    for path in PATHS:
        status, _, body = server.ask(path)
        assert (status, body) == said, path
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "x" * 22 + "==",
    }
    assert server.ask("/api/kernels/1-1-1-1-1/channels", **upgrade)[0] == 403
    assert server.ask("/", Cookie="username-127-0-0-1=made-up")[0] == 403
    assert len(server.token) >= 32


def test_the_page_shows_the_board_and_loads_nothing_from_elsewhere(server):
    status, headers, body = server.visit()
    assert status == 200
    assert "application/vnd.jupyter.widget-view+json" in body
    assert "kk.dashboard" not in body
    assert "good.toml" not in body
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", body)
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "https:" not in headers["Content-Security-Policy"]
    assert "samesite=strict" in str(headers).lower()
    assert server.ask("/voila/static/voila.js", Cookie=server.cookies)[0] == 200


FILES = [
    "/voila/files/dashboard.ipynb", "/voila/files/../t.csv", "/voila/files/..%2ft.csv", "/voila/files/%2e%2e/t.csv", "/voila/files/a.png",
    "/files/t.csv", "/t.csv", "/dashboard.ipynb", "/notebooks/dashboard.ipynb", "/voila/render/dashboard.ipynb", "/voila/tree",
    "/voila/static/../../../../../../../../etc/passwd", "/voila/static/..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/voila/templates/lab/static/..%2f..%2f..%2f..%2fetc%2fpasswd", "/voila/labextensions/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/api/contents/t.csv", "/api/kernels", "/api/sessions", "/api/terminals",
]  # fmt: skip


def test_with_the_token_too_no_file_leaves_the_machine(server):
    for path in FILES:
        status, headers, body = server.ask(path, Authorization=f"token {server.token}")
        assert status in (302, 400, 403, 404, 500), path
        assert status != 302 or headers["Location"].startswith("/voila/files/"), path
        assert not any(text in body for text in ("subscribers", "nbformat", "root:")), path


def test_other_hosts_and_origins_are_turned_away(server):
    assert server.ask("/", Host="evil.example", Authorization=f"token {server.token}")[0] == 403
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "x" * 22 + "==",
    }
    path = f"/api/kernels/{server.kernel}/channels"
    assert server.ask(path, Origin="http://evil.example", Cookie=server.cookies, **upgrade)[0] == 403
    assert server.ask(path, Origin=f"http://127.0.0.1:{server.port}", **upgrade)[0] == 403


def test_a_page_that_is_left_ends_its_kernel(server):
    assert _kernels(server) == 1
    said = {"Cookie": server.cookies, "Content-Type": "application/x-www-form-urlencoded"}
    assert server.ask(f"/voila/api/shutdown/{server.kernel}", "POST", "_xsrf=", **said)[0] == 403
    xsrf = re.search(r"_xsrf=([^;]+)", server.cookies)[1]  # as the page's own script reads it
    assert server.ask(f"/voila/api/shutdown/{server.kernel}", "POST", f"_xsrf={quote(xsrf)}", **said)[0] == 204
    assert _kernels(server) == 0


def _kernels(server):
    """How many kernels answer to who asks for them by name: those that were started and not ended."""
    status = [server.ask(f"/api/kernels/{kernel}", Authorization=f"token {server.token}")[0] for kernel in server.kernels]
    return status.count(200)


def test_it_listens_on_loopback_alone(server):
    everyone = [server.process.pid, *(child.pid for child in psutil.Process(server.process.pid).children(recursive=True))]
    listening = [
        found.laddr.ip
        for pid in everyone
        for found in psutil.Process(pid).net_connections()
        if found.status == psutil.CONN_LISTEN
    ]
    assert set(listening) == {"127.0.0.1"}


def test_a_defect_shows_no_traceback_and_no_source(server, project):
    place = project / "notebooks" / "dashboard.ipynb"
    notebook = nbformat.read(place, 4)
    notebook.cells.append(nbformat.v4.new_code_cell("hidden = 'a secret'\nraise RuntimeError(hidden + ' of /the/machine')"))
    place.write_text(json.dumps(notebook), encoding="utf-8")
    status, _, body = server.visit()
    assert status == 200
    assert "What it was stands in the terminal in which kpikit dashboard runs." in body
    assert not any(text in body for text in ("Traceback", "RuntimeError", "a secret", "/the/machine"))


def test_it_ends_with_0_and_leaves_no_process(server):
    children = psutil.Process(server.process.pid).children(recursive=True)
    assert children
    server.process.send_signal(signal.SIGINT)
    out, _ = server.process.communicate(timeout=60)
    assert (server.process.returncode, out.splitlines()[-1]) == (0, "the dashboard is shut")
    end = time.monotonic() + 20
    while any(_lives(child) for child in children) and time.monotonic() < end:
        time.sleep(0.05)
    assert [child.pid for child in children if _lives(child)] == []


def _lives(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_short_token_and_a_port_that_is_taken_are_refused(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["dashboard", "good.toml", "--port", str(port)]) == 1
    monkeypatch.setenv("KPIKIT_DASHBOARD_TOKEN", "abc")
    assert main(["dashboard", "good.toml"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"kpikit: port {port} is taken, or not to be had; give another one with --port, or none",
        "kpikit: KPIKIT_DASHBOARD_TOKEN holds 3 letters; a token has 16 or more",
    ]
