"""The notebooks as their readers find them: executed, in order, in house style; and nbval sees a changed number."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from kpikit.answer import MIME
from kpikit.cases import KEYS, case_ids

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, 4)


#: shows a page, or widgets where it is served, and draws no figure
UNDRAWN = {"dashboard"}


@pytest.fixture(params=[path for path in NOTEBOOKS if path.stem not in UNDRAWN], ids=lambda path: path.stem)
def drawing(request):
    return nbformat.read(request.param, 4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def parameters(notebook):
    (cell,) = (cell for cell in code(notebook) if "parameters" in cell.metadata.get("tags", []))
    return cell


def test_it_was_executed_whole_and_in_order(notebook):
    assert [cell.execution_count for cell in code(notebook)] == list(range(1, len(code(notebook)) + 1))
    assert not any(output.output_type in ("error", "stream") for cell in code(notebook) for output in cell.outputs)


def test_every_cell_that_ends_in_a_value_shows_it(notebook):
    for cell in code(notebook):
        ends_in_a_value = isinstance(ast.parse(cell.source).body[-1], ast.Expr)
        assert bool(cell.outputs) == ends_in_a_value, cell.source


def test_its_title_is_a_question_and_prose_stands_before_each_figure(notebook):
    assert notebook.cells[0].source.splitlines()[0].startswith("# ")
    assert notebook.cells[0].source.splitlines()[0].endswith("?")
    for before, cell in zip(notebook.cells, notebook.cells[1:], strict=False):
        if cell.cell_type == "code" and any("image/png" in output.get("data", {}) for output in cell.outputs):
            assert before.cell_type == "markdown"
            assert len(before.source) > 80


def test_cells_are_short_and_plain(notebook):
    for cell in code(notebook):
        assert len(cell.source.splitlines()) <= (12 if cell is parameters(notebook) else 10)  # one line a parameter
        assert not re.search(r"^\s*(def|for|while|class|lambda)\b", cell.source, re.M)
        assert not cell.source.rstrip().endswith(";")
    imports = [line for cell in code(notebook) for line in cell.source.splitlines() if "import" in line.split("#")[0]]
    assert imports == ["import kpikit as kk"]


def test_each_parameter_is_a_key_of_a_case_and_says_what_it_means(notebook):
    lines = parameters(notebook).source.splitlines()
    names = [line.split(" = ")[0] for line in lines]
    assert names[0] == "case"
    assert set(names[1:]) <= set(KEYS)
    assert all(len(line.split("  # ")[1]) > 10 for line in lines)
    assert ast.literal_eval(lines[0].split("  # ")[0].removeprefix("case = ")) in case_ids()


def test_a_figure_is_a_picture_with_alt_text_then_a_sentence_then_its_own_table(drawing):
    cells = code(drawing)
    drawn = [(place, data, output) for place, output, data in _outputs(cells) if data.get(MIME, {}).get("type") == "chart"]
    assert len(drawn) > 1
    for place, data, output in drawn:
        assert {"image/png", "text/plain"} <= set(data), f"cell {place + 1}"
        assert len(output.metadata["image/png"]["alt"]) > 60
        name = cells[place].source.splitlines()[-1]
        assert cells[place + 1].source == f"{name}.says"
        following = [cell for cell in cells[place + 2 : place + 4] if cell.source.startswith(f"{name}.table")]
        assert [cell.outputs[0].data["text/html"].count("<tr") > 1 for cell in following] == [True], f"cell {place + 1}: no table"


def test_no_widget_is_kept_that_nobody_can_move(notebook):
    assert "widgets" not in notebook.metadata
    assert not any("vnd.jupyter.widget" in kind for _, _, data in _outputs(code(notebook)) for kind in data)


def test_no_picture_is_without_the_values_that_it_shows(notebook):
    for place, _, data in _outputs(code(notebook)):
        assert "image/png" not in data or MIME in data, f"cell {place + 1}"


def _outputs(cells):
    return [(place, output, output.get("data", {})) for place, cell in enumerate(cells) for output in cell.outputs]


def test_no_output_knows_a_version_a_path_or_a_clock(drawing):
    payloads = [output["data"][MIME] for cell in code(drawing) for output in cell.outputs if MIME in output.get("data", {})]
    kinds = [payload["type"] for payload in payloads]
    assert {"case", "answer", "chart"} <= set(kinds)
    assert "series" in kinds or any(payload.get("source") for payload in payloads)
    text = json.dumps(payloads)
    assert str(ROOT) not in text
    assert "NaN" not in text


CHANGES = {
    "a band edge": ("kpikit/catalog/kpis/upgrade_rate.toml", "up_to = 0.20", "up_to = 0.26"),
    "a number in the table": ("data/techsolutions_scorecard.csv", "2025-12,2", "2025-12,1"),
}
ANSWERED = 5  # cells of the scorecard up to its answer: the rest would only take longer


def changed(folder, name, old, new):
    """A copy of the project in which somebody changed one text, with the beginning of one notebook."""
    for part in ("kpikit", "data"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "making"))
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    notebook = nbformat.read(ROOT / "notebooks" / "scorecard.ipynb", 4)
    notebook.cells = notebook.cells[:ANSWERED]
    (folder / "notebooks").mkdir()
    nbformat.write(notebook, folder / "notebooks" / "scorecard.ipynb")


def test_nbval_sees_it_when_somebody_changes_a_band_edge_or_a_number_in_the_table(tmp_path):
    for place, change in enumerate(CHANGES.values()):
        changed(tmp_path / str(place), *change)
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-cell-timeout=300", "-p", "no:cacheprovider", "."]
    kept = {name: value for name, value in os.environ.items() if name != "JUPYTER_DEFAULT_PROVISIONER_NAME"}  # no warm kernel
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=kept | {"PYTHONPATH": ".."})
    failed = re.findall(r"^FAILED (\d)/notebooks/scorecard.ipynb::Cell (\d+)", ended.stdout, re.M)
    assert failed == [("0", "2"), ("1", "2")], ended.stdout[-3000:]
    told, _, _ = ended.stdout.partition("short test summary info")  # which repeats it whole, where CI is set
    assert told.count(f"mismatch '{MIME}'") == 2
