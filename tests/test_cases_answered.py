"""What every case shows, each notebook's cells run once in this process: words, numbers as pinned, pictures as kept."""

import base64
import json
import re

import pytest
from defaults import asked_by_default
from pictures import picture_differs
from pins import differences, pinned, read_pin, told
from shown import notebook_of, shown, stored

from kpikit.answer import MIME, plain
from kpikit.cases import case_ids
from kpikit.words.counting import counting_sentences

#: of a figure's plain values: where its marks stand and how much is left out; all others are numbers that a table must hold
PLACES = {"at", "bands", "events", "marked", "depth", "above", "step", "day", "p_value"}


@pytest.fixture(scope="module", params=case_ids())
def case_id(request):
    return request.param


@pytest.fixture
def case(case_id):
    return shown(case_id)


def test_a_case_has_an_answer_in_words_and_plain_values(case):
    said = [*case.answer.sentences, *(check.sentence for check in case.answer.checks)]
    assert all(said)
    assert not re.search(r"\b(nan|inf|None)\b", "\n".join(said))
    assert "NaN" not in json.dumps(case.payloads)
    assert case.answer.verdict["as_of"]


def test_a_case_says_how_it_was_counted(case):
    first = {payload["type"]: payload for payload in reversed(case.payloads)}
    answer = first["answer"]
    series = first.get("series") or {"source": answer["source"], "as_of": answer["verdict"]["as_of"]}
    said = counting_sentences(first["case"], series, answer)
    assert len(said) >= 4
    assert all(re.fullmatch(r"(?s)[^a-z].*[.)]", text) for text in said)
    assert not re.search(r"\b(nan|inf|None)\b|[{}]", "\n".join(said))
    for number in (series["source"]["rows_read"], series["source"]["rows_kept"]):
        assert any(f"{number:,} " in text for text in said)


def test_a_case_shows_the_numbers_that_are_pinned(case_id, case):
    pin = read_pin(case_id)
    assert pin is not None, f"tests/expected/{case_id}.json is not there; look at what the case shows, then: make accept"
    found = [told(*difference) for difference in differences(pin, pinned(case.payloads))]
    assert not found, "\n".join(
        [f"{case_id}: differences: {len(found)}; where the new numbers are right: make accept", *found[:20]]
    )


def test_the_numbers_of_each_figure_stand_in_a_table(case):
    beside = {abs(number) for one in case.payloads if one["type"] != "chart" for number in _numbers(_tables(one))}
    for chart in case.charts:
        rows = plain(chart.table)["rows"]
        told, texts = beside | {abs(number) for number in _numbers(rows)}, _written(rows)
        marks = [
            number
            for key, value in chart.spec.items()
            if key not in PLACES and isinstance(value, list)
            for number in _numbers(value)
        ]
        missing = [number for number in marks if abs(number) not in told and not _is_written(abs(number), texts)]
        assert not missing, f"{chart.kind}: these are drawn and stand in no table: {missing[:8]}"


@pytest.mark.parametrize("default", asked_by_default())
def test_the_figures_of_a_notebook_look_as_they_are_kept(default, tmp_path):
    kept = [(cell, data) for cell, data in stored(notebook_of(default)) if "image/png" in data]
    drawn = shown(default).charts
    assert [data[MIME]["kind"] for _, data in kept] == [chart.kind for chart in drawn]
    found = []
    for (cell, data), chart in zip(kept, drawn, strict=True):
        why = picture_differs(base64.b64decode(data["image/png"]), chart.png(), tmp_path, f"{cell}-{chart.kind}")
        found += [f"cell {cell}, {chart.kind}: {why}"] * bool(why)
    name = f"notebooks/{notebook_of(default).name}"
    assert not found, "\n".join([f"{name}: see {tmp_path}; where the new ones are right: make notebooks", *found])


def _tables(payload):
    return [payload.get(name) for name in ("table", "total", "more")]


def _numbers(value):
    """All numbers within plain values, but for those that only say where a mark stands."""
    if isinstance(value, dict):
        return [number for key, item in value.items() if key not in PLACES for number in _numbers(item)]
    if isinstance(value, list):
        return [number for item in value for number in _numbers(item)]
    return [value] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


def _written(rows):
    """The numbers in cells that are text already, with the half of their last digit; percents as fractions too."""
    cells = " ".join(cell for row in rows for cell in row if isinstance(cell, str)).replace(",", "")
    found = [(float(text), 0.5 * 10.0 ** -len(text.partition(".")[2])) for text in re.findall(r"\d+\.?\d*", cells)]
    return [*found, *((number / 100, half / 100) for number, half in found)]


def _is_written(number, texts):
    return any(abs(number - text) <= 1.001 * half for text, half in texts)
