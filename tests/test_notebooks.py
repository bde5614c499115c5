"""The notebooks as their readers find them: executed, in order, in house style; and nbval sees a changed number."""

import ast
import json
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
        assert len(cell.source.splitlines()) <= 10
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


def test_figures_have_alt_text_a_sentence_after_them_and_their_numbers(notebook):
    cells = code(notebook)
    for place, cell in enumerate(cells):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                assert len(output.metadata["image/png"]["alt"]) > 60
                assert cells[place + 1].source.endswith(".says")
                following = [later.source for later in cells[place + 2 : place + 4]]
                assert any(".table" in source for source in following)


def test_no_output_knows_a_version_a_path_or_a_clock(notebook):
    payloads = [output["data"][MIME] for cell in code(notebook) for output in cell.outputs if MIME in output.get("data", {})]
    kinds = [payload["type"] for payload in payloads]
    assert {"case", "answer", "chart"} <= set(kinds)
    assert "series" in kinds or any(payload.get("source") for payload in payloads)
    text = json.dumps(payloads)
    assert str(ROOT) not in text
    assert "NaN" not in text


def nbval(folder):
    command = [
        "-m",
        "pytest",
        "-q",
        "-x",
        "--nbval",
        "--nbval-cell-timeout=300",
        "-p",
        "no:cacheprovider",
        "notebooks/scorecard.ipynb",
    ]
    return subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, env=_environment(folder))


def _environment(folder):
    import os

    return {**os.environ, "PYTHONPATH": str(folder)}


CHANGES = {
    "a band edge": ("kpikit/catalog/kpis/upgrade_rate.toml", "up_to = 0.20", "up_to = 0.26"),
    "a number in the table": ("data/techsolutions_scorecard.csv", "2025-12,2", "2025-12,1"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_nbval_sees_it_when_somebody_changes(change, tmp_path):
    for name in ("kpikit", "notebooks", "data"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    name, old, new = CHANGES[change]
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    ended = nbval(tmp_path)
    assert ended.returncode == 1, ended.stdout[-2000:]
    assert "Notebook cell execution failed" in ended.stdout or "mismatch" in ended.stdout.lower()
