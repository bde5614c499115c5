"""The cases that no notebook shows are answered: the cells of their question's notebook up to the answer, in this process."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from defaults import asked_by_default

from kpikit.answer import Answer, plain
from kpikit.cases import case_ids, read_case

ROOT = Path(__file__).parents[1]


def answered(case_id):
    """The answer that the notebook of a case's question comes to."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{read_case(case_id).question}.ipynb", 4)
    names = {}
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        exec(cell.source, names)  # noqa: S102 - the project's own notebooks
        if "parameters" in cell.metadata.get("tags", []):
            names["case"] = case_id
        if isinstance(names.get("answer"), Answer):
            return names["answer"]
    raise AssertionError(f"the notebook of {case_id} comes to no answer")


@pytest.mark.parametrize("case_id", [name for name in case_ids() if name not in asked_by_default()])
def test_a_case_has_an_answer_in_words_and_plain_values(case_id):
    answer = answered(case_id)
    said = [*answer.sentences, *(check.sentence for check in answer.checks)]
    assert all(said)
    assert not re.search(r"\b(nan|inf|None)\b", "\n".join(said))
    assert "NaN" not in json.dumps(plain(answer._payload()))
    assert answer.verdict["as_of"]
