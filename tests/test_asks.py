"""What a question is told beside the keys that all cases have: the case's table [asks]."""

from datetime import date
from pathlib import Path

import pytest

from kpikit.cases import case_from, read_case
from kpikit.cases.asks import ASKS, SHAPES, WITHOUT_KPI, Ask
from kpikit.errors import CaseError

LEAST = {"title": "Where?", "question": "funnel", "table": "t.csv", "kind": "events", "as_of": date(2026, 1, 1)}
OWN = {
    "word": Ask("text", "ask", "n"), "steps": Ask("texts", "measure", "n"), "share": Ask("number", "ask", "n"),
    "many": Ask("whole", "measure", "n"), "since": Ask("date", "measure", "n"), "gender": Ask("column", "measure", "n"),
    "drivers": Ask("columns", "measure", "n"), "prices": Ask("table", "ask", "n"),
}  # fmt: skip
GOOD = {
    "word": 'a "text"', "steps": ["first", "second"], "share": 0.125, "many": 3, "since": date(2025, 7, 1), "gender": "sex",
    "drivers": ["age", "sex", "visits"], "prices": {"a b": 1.5, "c": "text", "d": ["x", "y"], "e": 2},
}  # fmt: skip


@pytest.fixture(autouse=True)
def own(monkeypatch):
    monkeypatch.setitem(ASKS, "funnel", OWN)


def case(**asks):
    return case_from(LEAST | {"asks": asks}, "c", Path.cwd())


def refusal(**asks):
    with pytest.raises(CaseError) as error:
        case(**asks)
    return str(error.value)


def test_each_question_says_what_it_asks_in_shapes_that_there_are():
    for asks in ASKS.values():
        for key, ask in asks.items():
            assert key.isidentifier()
            assert ask.shape in SHAPES
            assert ask.to in ("measure", "ask")
            assert len(ask.note) > 10 or asks is OWN
    assert set(WITHOUT_KPI) <= set(ASKS)


def test_what_is_asked_goes_to_the_measuring_or_to_the_question_and_columns_are_read():
    told = case(**GOOD)
    assert told.measured == {key: GOOD[key] for key in ("steps", "many", "since", "gender", "drivers")}
    assert told.asked == {key: GOOD[key] for key in ("word", "share", "prices")}
    assert told.features == ("sex", "age", "visits")


@pytest.mark.parametrize("asks", [{key: value} for key, value in GOOD.items()] + [GOOD, {}, {"steps": []}, {"prices": {}}])
def test_what_is_asked_survives_the_way_to_toml_and_back(asks, tmp_path):
    told = case(**asks)
    (tmp_path / "c.toml").write_text(told.to_toml(), encoding="utf-8")
    again = read_case(tmp_path / "c.toml")
    assert again.asks == told.asks == asks
    assert [type(value) for value in again.asks.values()] == [type(value) for value in asks.values()]


def test_a_number_of_a_file_arrives_as_a_float_and_a_whole_one_as_it_is(tmp_path):
    text = 'title = "Where?"\nquestion = "funnel"\ntable = "t.csv"\nkind = "events"\nas_of = 2026-01-01\n'
    (tmp_path / "c.toml").write_text(text + "[asks]\nshare = 0.10\nmany = 2\n[asks.prices]\na = 19.90\n", encoding="utf-8")
    asks = read_case(tmp_path / "c.toml").asks
    assert asks == {"share": 0.1, "many": 2, "prices": {"a": 19.9}}
    assert [type(asks["share"]), type(asks["many"]), type(asks["prices"]["a"])] == [float, int, float]


def test_an_unknown_key_is_refused_with_the_near_one():
    assert refusal(step=["a"]) == "c: [asks] of 'funnel' has no key 'step'; did you mean 'steps'?"
    assert refusal(zzz=1) == f"c: [asks] of 'funnel' has no key 'zzz'; there is {', '.join(OWN)}"


def test_a_question_that_is_told_nothing_beside_refuses_every_key():
    with pytest.raises(CaseError) as error:
        case_from(LEAST | {"question": "exploratory", "asks": {"steps": ["a"]}, "kpi": "upgrade_rate"}, "c", Path.cwd())
    assert str(error.value) == "c: [asks] of 'exploratory' has no key 'steps'; there is none"


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("word", 1), ("word", ["a"]), ("steps", "a"), ("steps", ["a", 1]), ("share", "0.1"), ("share", True), ("many", 1.5), ("many", False),
        ("since", "July"), ("since", 2025), ("gender", ["sex"]), ("drivers", "age"), ("prices", [1]), ("prices", {"a": True}), ("prices", {"a": {"b": 1}}),
    ],
)  # fmt: skip
def test_a_value_of_another_shape_is_refused_with_what_it_must_be(key, wrong):
    assert refusal(**{key: wrong}) == f"c: [asks] {key} is {wrong!r}; it must be {SHAPES[OWN[key].shape]}"


def test_a_date_may_come_as_its_text_as_papermill_hands_it_over(tmp_path):
    text = 'title = "Where?"\nquestion = "funnel"\ntable = "t.csv"\nkind = "events"\nas_of = 2026-01-01\n[asks]\nmany = 2\nshare = 0.5\n'
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    again = read_case(tmp_path / "c.toml", asks={"since": "2025-07-01", "many": 3})
    assert again.asks == {"many": 3, "share": 0.5, "since": date(2025, 7, 1)}  # the others stay


def test_what_is_no_table_is_refused():
    with pytest.raises(CaseError) as error:
        case_from(LEAST | {"asks": ["a"]}, "c", Path.cwd())
    assert str(error.value) == "c: asks is ['a']; it must be a table"


@pytest.mark.parametrize("question", ASKS)
def test_a_kpi_is_needed_but_where_the_question_counts_something_else(question):
    keys = LEAST | {"question": question}
    if question in WITHOUT_KPI:
        assert case_from(keys, "c", Path.cwd()).kpi == ""
        return
    with pytest.raises(CaseError) as error:
        case_from(keys, "c", Path.cwd())
    assert str(error.value) == "c: the key 'kpi' is missing"
