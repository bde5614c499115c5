"""Broken, hostile and merely odd notebooks in a fleet: each ends as it must, says why, and harms neither the others nor the reader."""

import html
import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from kpikit.cli import main
from kpikit.report.record import read_records

FOLDER = Path(__file__).parents[1].parent / "shared" / "bad_inputs"
MANIFEST = FOLDER / "manifest.json"
ENTRIES = (
    [entry for entry in json.loads(MANIFEST.read_text(encoding="utf-8")) if entry["kind"] == "notebook"]
    if MANIFEST.exists()
    else []
)
CANARY, PASSWORD, SECRET, VARIABLE = "KPIKIT_CANARY", "hunter2", "swordfish-11", "KPIKIT_TEST_SECRET"
PATIENT_S, CELL_S, MEMORY_MB = 120, 5, 1200
LEFT_RUNNING = "421.7"  # seconds for which a process of a notebook's would sleep; its mark
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
PASSES, FAILS, EITHER = True, False, None

#: name: how it ends, words of which one stands in the reason, and the cells behind the tagged one
HOSTILE = {
    "leaves_at_the_end": (FAILS, "died|exit|not run", ["import os; os._exit(0)"]),
    "kills_itself": (FAILS, "died|not run", ["import os; os.kill(os.getpid(), 9)"]),
    "exits_at_the_end": (FAILS, "exit", ["import sys; sys.exit(0)"]),
    "raises_as_it_says": (FAILS, "ValueError", [("raise ValueError('expected')", "raises-exception")]),
    "is_no_python": (FAILS, "SyntaxError", ["x = = 1"]),
    "says_a_secret_in_pieces": (FAILS, "RuntimeError", ["raise RuntimeError('no postgresql://u:hun' + 'ter2@h/db')"]),
    "cannot_say_its_error": (
        FAILS,
        "Odd|no words",
        ["class Odd(Exception):\n    def __str__(self): raise ValueError('no words')\n    __repr__ = __str__\nraise Odd()"],
    ),
    "prints_100_mb": (FAILS, "MB|time", ["for _ in range(100): print('x' * 1_000_000)"]),
    "prints_without_end": (FAILS, "MB|time", ["while True: print('x' * 1000)"]),
    "takes_all_memory": (FAILS, "memory", ["held = []\nwhile True: held.append(b'x' * 20_000_000)"]),
    "will_not_be_interrupted": (
        FAILS,
        "time",
        ["while True:\n    try:\n        while True: pass\n    except BaseException: pass"],
    ),
    "asks_and_goes_on": (PASSES, "", ["try: answer = input()\nexcept Exception: answer = 'none'"]),
    "prints_later": (
        PASSES,
        "",
        ["import threading\nthreading.Timer(0.2, print, ['late']).start()", "import time; time.sleep(0.4)"],
    ),
    "leaves_a_process": (PASSES, "", [f"import subprocess; subprocess.Popen(['sleep', '{LEFT_RUNNING}']).pid > 0"]),
    "leaves_a_process_of_its_own_session": (
        PASSES,
        "",
        [f"import subprocess; subprocess.Popen(['sleep', '{LEFT_RUNNING}'], start_new_session=True).pid > 0"],
    ),
    "leaves_a_task": (PASSES, "", ["import asyncio; task = asyncio.ensure_future(asyncio.sleep(1000))"]),
    "takes_print_away": (EITHER, "", ["import builtins; builtins.print = builtins.open = None"]),
    "changes_the_environment": (
        PASSES,
        "",
        ["import os; os.environ.clear(); os.environ['JUPYTER_DEFAULT_PROVISIONER_NAME'] = 'none'; os.environ['HOME'] = '/none'"],
    ),
    "deletes_itself": (PASSES, "", ["import os\nif os.path.exists('deletes_itself.ipynb'): os.remove('deletes_itself.ipynb')"]),
    "leaves_no_folder": (PASSES, "", ["import os, tempfile\nplace = tempfile.mkdtemp(); os.chdir(place); os.rmdir(place)", "1"]),
    "calls_the_shell": (PASSES, "", ["%%bash\necho from the shell", "!true", "%matplotlib inline"]),
    "shows_half_a_character": (EITHER, "", [r"'\ud800'", r"print('\ud800')"]),
    "shows_what_it_is_not": (
        EITHER,
        "",
        [
            "from IPython.display import display\ndisplay({'image/png': 'no picture', 'text/html': 7, 'text/plain': 'x'}, raw=True)"
        ],
    ),
    "changes_the_title": (
        PASSES,
        "",
        [
            "from IPython.display import HTML, Javascript, Markdown, display\n"
            f"act = \"document.title='{CANARY}'\"\n"
            "for kind in HTML, Markdown: display(kind(f'</title></pre><script>{act}</script><img src=x onerror=\"{act}\">'))\n"
            "display(Javascript(act))"
        ],
    ),
    "prints_an_address": (
        PASSES,
        "",
        ["print('postgresql://u:hun', end='', flush=True)\nprint('ter2@h/db')", "'postgresql://u:hun' + 'ter2@h/db'"],
    ),
    "prints_a_secret": (
        PASSES,
        "",
        [
            f"import os; known = os.environ['{VARIABLE}']\nfor letter in known: print(letter, end='', flush=True)",
            "known, [known]",
        ],
    ),
    "fails_with_a_secret": (FAILS, "KeyError", [f"import os; {{}}[os.environ['{VARIABLE}'] + '<&']"]),
}
ODD_NAMES = ("{x} and $HOME", "~", "[a-z]*")


def write(folder, name, cells, tagged=True):
    given = [(cell, ()) if isinstance(cell, str) else (cell[0], cell[1:]) for cell in cells]
    built = [new_code_cell(source, metadata={"tags": list(tags)}) for source, tags in given]
    first = [new_code_cell("segment = 'EU'", metadata={"tags": ["parameters"]})] if tagged else [new_markdown_cell("# only text")]
    nbformat.write(new_notebook(cells=first + built, metadata=KERNEL), folder / f"{name}.ipynb")
    return folder / f"{name}.ipynb"


def fleet(home, notebooks, cell_s):
    """What a fleet of these notebooks came to; it runs in a folder of its own, in which nothing else may appear."""
    out, err = home / "reports", (home.parent / f"{home.name}.err")
    before = set(home.rglob("*"))
    with pytest.MonkeyPatch.context() as patch, err.open("w+") as told:
        patch.chdir(home)
        patch.setattr("sys.stderr", told)
        patch.setenv(VARIABLE, SECRET)
        limits = ["--cell-timeout", str(cell_s), "--max-memory", str(MEMORY_MB), "--secret", VARIABLE]
        code = main(["report", *map(str, notebooks), "--out", str(out), *limits])
    appeared = {path for path in home.rglob("*") if out not in (path, *path.parents)} - before
    records = {record.name: record for record in read_records(out)}
    return SimpleNamespace(code=code, out=out, err=err.read_text(), records=records, appeared=appeared)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """All that must give a report, in one fleet: the manifest's and those written here."""
    home = tmp_path_factory.mktemp("good")
    chosen = [entry for entry in ENTRIES if entry["must_happen"] != "error"]
    copies = [Path(shutil.copy(FOLDER / entry["file"], home)) for entry in chosen]
    own = [write(home, name, cells) for name, (ends, _, cells) in HOSTILE.items() if ends is PASSES]
    return fleet(home, [*copies, *own, *(write(home, name, ["segment"]) for name in ODD_NAMES)], PATIENT_S)


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    """All that fail or may fail, in one fleet: the manifest's and those written here."""
    home = tmp_path_factory.mktemp("bad")
    copies = [Path(shutil.copy(FOLDER / entry["file"], home)) for entry in ENTRIES if entry["must_happen"] == "error"]
    (home / "no_notebook.ipynb").write_text("print('a script')")
    own = [write(home, name, cells) for name, (ends, _, cells) in HOSTILE.items() if ends is not PASSES]
    no_code = write(home, "no_code", [], tagged=False)
    return fleet(home, [*copies, home / "no_notebook.ipynb", home / "not_there.ipynb", no_code, *own], CELL_S)


def everywhere(run, said):
    """Whether the first line of what was said stands on stderr, in the log and in the index."""
    line = said.splitlines()[0]
    index = html.unescape((run.out / "index.html").read_text(encoding="utf-8"))
    return [line in text for text in (run.err, (run.out / "log.txt").read_text(encoding="utf-8"), index)]


def mentions(said, words):
    return any(word.casefold() in said.casefold() for word in words.split("|"))


def whole(run, name):
    """Whether the report is whole: a page, and a notebook of which every code cell ran."""
    node = nbformat.read(run.out / name / "notebook.ipynb", 4)
    ran = all(cell.execution_count for cell in node.cells if cell.cell_type == "code")
    return ran and (run.out / name / "index.html").read_text(encoding="utf-8").endswith("</html>")


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry["file"] for entry in ENTRIES])
def test_each_of_the_manifest_ends_as_it_says(entry, request):
    run = request.getfixturevalue("bad" if entry["must_happen"] == "error" else "good")
    name = Path(entry["file"]).stem
    record = run.records[name]
    said = "\n".join(filter(None, (record.reason, *record.warnings)))
    ended = "error" if not record.passed else "warning" if record.warnings else "ok"
    assert ended == entry["must_happen"]
    assert [words for words in entry["message_should_mention"] if not mentions(said, words)] == []
    assert not said or all(everywhere(run, said))
    assert (run.out / name).exists() == record.passed == (record.passed and whole(run, name))
    if record.warnings:
        assert said in html.unescape((run.out / name / "index.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", HOSTILE)
def test_each_hostile_one_ends_as_it_must(name, request):
    passes, words, _ = HOSTILE[name]
    run = request.getfixturevalue("good" if passes is PASSES else "bad")
    record = run.records[name]
    assert passes in (EITHER, record.passed), record.reason
    assert (run.out / name).exists() == record.passed == (record.passed and whole(run, name))
    if not record.passed:
        assert mentions(record.reason, words) and all(everywhere(run, record.reason))


def test_what_is_no_notebook_fails_alone(bad):
    reasons = [bad.records[name].reason for name in ("no_notebook", "not_there", "no_code")]
    said = ["it is not JSON", "there is no such file", "no cell is tagged 'parameters'"]
    assert [part in reason for part, reason in zip(said, reasons, strict=True)] == [True, True, True]


def test_names_are_only_names(good):
    assert [name for name in ODD_NAMES if not good.records[name].passed] == []
    assert all(whole(good, name) for name in ODD_NAMES)


def test_the_exit_code_says_whether_one_failed(good, bad):
    assert (good.code, bad.code) == (0, 1)


@pytest.fixture(params=["good", "bad"])
def run(request):
    return request.getfixturevalue(request.param)


def test_nothing_appears_outside_the_output_folder(run):
    assert run.appeared == set()


@pytest.mark.parametrize("secret", [PASSWORD, SECRET, "ter2@h"])
def test_no_secret_is_written_or_told(run, secret):
    files = [path for path in run.out.rglob("*") if path.is_file()]
    told = {path: re.sub("(?:'|&#39;)ter2@h/db", "", path.read_bytes().decode(errors="replace")) for path in files}  # the source
    assert files and [name for name, text in told.items() if secret in text] == [] and secret not in run.err


def test_no_file_bears_the_canary_s_name(run):
    assert [path for path in run.out.rglob("*") if CANARY in path.name] == []


def test_no_page_has_a_title_or_a_script_of_a_notebook(run):
    for page in run.out.rglob("index.html"):
        text = page.read_text(encoding="utf-8")
        assert re.findall("<title>(.*?)</title>", text)[0].find(CANARY) == -1
        assert not re.search(r"<script|<[^>]+\son\w+=|<[^>]+href=\"javascript", text)


def test_a_user_sees_no_traceback(run):
    texts = [run.err, *((run.out / name).read_text(encoding="utf-8") for name in ("index.html", "log.txt"))]
    assert [text for text in texts if "Traceback" in text or "\x1b" in text] == []


def test_no_process_of_a_notebook_is_left(good):
    left = [process for process in psutil.process_iter(["cmdline"]) if LEFT_RUNNING in (process.info["cmdline"] or [])]
    for process in left:
        process.kill()
    assert left == []


def test_nothing_half_made_is_left(run):
    assert [path.name for path in run.out.iterdir() if path.name.startswith((".making", ".old"))] == []
