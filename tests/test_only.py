"""only, for_each: a part of a table is kept by rules like any other; what cannot be looked at in parts is refused."""

import csv
from datetime import date
from pathlib import Path

import duckdb
import nbformat
import pandas as pd
import pytest

from kpikit.cases import case_from, read_case
from kpikit.errors import CaseError, TableError
from kpikit.measuring import measure_case, table_of
from kpikit.measuring.related import measure_related
from kpikit.tables.combinations import combinations

ROOT = Path(__file__).parents[1]
ASKED = (
    'question = "scorecard"\ntitle = "Did it rise?"\nkpi = "upgrade_rate"\nwindow = "month"\ntable = "t.csv"\nkind = "counts"\n'
)
ASKED += (
    'columns = { period = "month", numerator = "up", denominator = "subs" }\nas_of = 2025-03-05\nsegments = ["region", "plan"]\n'
)
ROWS = [
    ("2025-01", "EU", "pro", 1, 10), ("2025-01", "US", "pro", 2, 20), ("2025-01", "EU", "basic", 4, 40), ("2025-02", "EU", "pro", 8, 80),
    ("2025-02", "US", "basic", 16, 160), ("2025-02", "UK", "pro", 32, 320),
]  # fmt: skip


@pytest.fixture
def case(tmp_path):
    """Reads the case of the rows above, with further lines of TOML and with keys instead of its own."""
    with (tmp_path / "t.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("month", "region", "plan", "up", "subs"), *ROWS])

    def case(lines="", **instead):
        (tmp_path / "c.toml").write_text(ASKED + lines, encoding="utf-8")
        return read_case(tmp_path / "c.toml", **instead)

    return case


def told(**keys):
    """The least case with these keys, as TOML says them."""
    least = {
        "title": "?",
        "kpi": "upgrade_rate",
        "table": "t.csv",
        "kind": "counts",
        "as_of": date(2026, 1, 1),
        "question": "scorecard",
    }
    return case_from(least | keys, "c", Path.cwd())


def test_only_its_rows_are_counted_and_the_rule_stands_with_what_it_removed(case):
    series = measure_case(case(only={"region": "EU"}))
    kept = [(up, subs) for _, region, _, up, subs in ROWS if region == "EU"]
    assert (series.counts["numerator"].sum(), series.counts["denominator"].sum()) == tuple(map(sum, zip(*kept, strict=True)))
    assert series.source["keep"] == [{"rule": "region is one of EU", "removed": 3}]


def test_several_columns_and_values_narrow_it_together_and_stand_behind_the_rules_of_the_case(case):
    read = case('[[keep]]\ncolumn = "month"\none_of = ["2025-01"]\n', only={"plan": ["pro", "basic"], "region": ["EU", "UK"]})
    assert table_of(read).contract["keep"] == [
        {"rule": "month is one of 2025-01", "removed": 3},
        {"rule": "plan is one of pro, basic", "removed": 0},
        {"rule": "region is one of EU, UK", "removed": 1},
    ]


def test_a_case_s_own_only_is_narrowed_by_one_that_is_given_column_by_column(case):
    own = 'only = { region = "EU", plan = "pro" }\n'
    assert case(own).only == {"region": "EU", "plan": "pro"}
    assert case(own, only={"plan": "basic"}).only == {"region": "EU", "plan": "basic"}
    assert case(own, only=None).only == {"region": "EU", "plan": "pro"}


@pytest.mark.parametrize(
    ("only", "left"),
    [
        ({"region": "EU"}, ("plan",)), ({"region": ["EU"]}, ("plan",)), ({"region": ["EU", "EU"]}, ("plan",)),
        ({"region": ["EU", "US"]}, ("region", "plan")), ({"region": "EU", "plan": "pro"}, ()), ({}, ("region", "plan")),
    ],
)  # fmt: skip
def test_a_segment_of_which_one_value_is_left_is_none(case, only, left):
    assert case(only=only).segments == left
    assert case().segments == ("region", "plan")


def test_what_is_looked_at_is_told_first_and_as_text(case):
    assert case(only={"region": "<b>", "plan": ["pro", "basic"]}).story()[0] == (
        "What is looked at", "Only region: <b>; plan: pro or basic.",
    )  # fmt: skip
    assert "&lt;b&gt;" in case(only={"region": "<b>"})._repr_mimebundle_()["text/html"]


def test_a_part_that_nobody_is_in_is_refused(case):
    with pytest.raises(TableError) as error:
        table_of(case(only={"region": "Mars"}))
    assert str(error.value) == "t.csv: the keep rules removed all 6 rows"


ONLY = 'it must be a table of columns with their values, as { region = "Europe", plan = ["pro", "basic"] }'
EACH = 'it must be a column, a list of columns, or a table of columns with their values, as { region = ["Europe", "Americas"] }'


@pytest.mark.parametrize("value", [{"region": 3}, {"region": []}, {"region": ["EU", 3]}, {"region": {"EU": "US"}}])
def test_an_only_that_names_no_texts_is_refused(value):
    with pytest.raises(CaseError) as error:
        told(only=value)
    assert str(error.value) == f"c: only is {value!r}; {ONLY}"


@pytest.mark.parametrize("value", ["", [], {}, 3, [3], {"region": []}, {"region": 3}, True])
def test_a_for_each_that_names_no_column_is_refused(value):
    with pytest.raises(CaseError) as error:
        told(for_each=value)
    assert str(error.value) == f"c: for_each is {value!r}; {EACH}"


@pytest.mark.parametrize(
    ("for_each", "grid"),
    [
        ("region", {"region": ()}), (["region", "plan"], {"region": (), "plan": ()}), ({"region": ["EU", "US"]}, {"region": ("EU", "US")}),
        ({"region": "EU", "plan": ["pro"]}, {"region": ("EU",), "plan": ("pro",)}),
    ],
)  # fmt: skip
def test_a_grid_is_columns_with_the_values_that_are_listed(for_each, grid):
    assert told(for_each=for_each).grid == grid
    assert told().grid == {}


CUT = "name a column that says whose the rows are, as a region"


@pytest.mark.parametrize(
    ("keys", "column", "said"),
    [
        ({}, "numerator", "the numerator that is measured"),
        ({"columns": {"numerator": ["a", "b"]}}, "b", "the numerator that is measured"),
        ({"kind": "plans"}, "plan", "the plan that is measured"),
        ({"kind": "plans", "columns": {"plan": "tier"}}, "tier", "the plan that is measured"),
        ({"kind": "events"}, "event", "the event that is measured"),
        ({"kind": "orders"}, "product", "the product that is measured"),
        ({"kind": "answers", "question": "feedback"}, "reason", "the reason that is measured"),
        ({"cuts": {"seats": [10]}, "segments": ["seats"]}, "seats", "whose numbers are cut into segments"),
    ],
)
def test_what_is_itself_measured_cannot_be_looked_at_in_parts(keys, column, said):
    with pytest.raises(CaseError) as error:
        table_of(told(**keys, only={column: "x"}))
    assert str(error.value) == f"c: only names '{column}', {said}; {CUT}"


def test_a_history_that_is_read_in_part_says_that_who_leaves_the_part_is_lost(tmp_path):
    rows = [("ann", "2025-01-05", "basic", "EU"), ("ann", "2025-02-03", "pro", "US"), ("bob", "2025-01-07", "basic", "EU")]
    pd.DataFrame(rows, columns=["customer", "date", "plan", "region"]).to_csv(tmp_path / "p.csv", index=False)
    read = told(kind="plans", table=str(tmp_path / "p.csv"), only={"region": "EU"})
    table = table_of(read)
    assert table.rows_kept == 2
    said = [(check.passed, check.sentence) for check in table.checks if check.name == "part of the table"]
    assert said == [
        (None, "Only rows with region: EU were read: whoever moves between such parts is followed in this one alone.")
    ]


def test_ratios_of_the_user_s_own_are_counted_in_parts_too(tmp_path):
    (tmp_path / "t.csv").write_text(
        "month,region,revenue,users,lost\n2025-01,EU,100,10,1\n2025-01,US,900,20,2\n2025-02,EU,300,10,3\n2025-02,US,800,20,4\n"
    )
    asks = {"related": {"Revenue per user": ["revenue", "users"]}}
    roles = {"period": "month", "numerator": "lost", "denominator": "users"}
    read = told(table=str(tmp_path / "t.csv"), columns=roles, window="month", asks=asks, only={"region": "EU"})
    (ratio,) = measure_related(read).values()
    assert ratio.table["value"].tolist() == [10.0, 30.0]
    assert ratio.source["keep"] == [{"rule": "region is one of EU", "removed": 2}]
    with pytest.raises(CaseError):
        measure_related(told(table="t.csv", columns=roles, window="month", asks=asks, only={"users": "10"}))


def test_a_composed_kpi_is_counted_in_parts_too(tmp_path):
    whole = read_case("language_app_tree")
    table = pd.read_csv(ROOT / "data" / "language_app_revenue.csv")
    more = table.assign(**{name: table[name] * 3 for name in table.columns.drop("month")}, region="US")
    pd.concat([table.assign(region="EU"), more]).to_csv(tmp_path / "t.csv", index=False)
    part = read_case("language_app_tree", table=str(tmp_path / "t.csv"), only={"region": "EU"})
    pd.testing.assert_frame_equal(measure_case(part).counts, measure_case(whole).counts)


OF_ONE_CASE = sorted(path for path in (ROOT / "notebooks").glob("*.ipynb") if path.stem != "dashboard")


@pytest.mark.parametrize("path", OF_ONE_CASE, ids=lambda path: path.stem)
def test_every_notebook_of_a_case_can_be_asked_of_a_part_and_hands_it_to_its_case(path):
    cells = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    assert sum(line.startswith("only = None  # ") for line in cells[0].splitlines()) == 1
    assert sum("only=only" in source for source in cells) == 1
    assert not any("for_each" in source for source in cells)


# --- which values stand together ---------------------------------------------------------------------------------------

TABLE = pd.DataFrame(ROWS, columns=["month", "region", "plan", "up", "subs"])


def test_each_combination_that_is_there_is_told_once_sorted():
    assert combinations(TABLE, ["region"], most=9) == [("EU",), ("UK",), ("US",)]
    expected = sorted({(plan, region) for _, region, plan, _, _ in ROWS})
    assert combinations(TABLE, ["plan", "region"], most=9) == expected
    assert len(expected) == 5


def test_rules_count_before_combinations_do():
    rule = {"column": "up", "above": 4}
    assert combinations(TABLE, ["region"], most=9, keep=[rule]) == [("EU",), ("UK",), ("US",)]
    assert combinations(TABLE, ["region"], most=9, keep=[rule, {"column": "plan", "one_of": ["basic"]}]) == [("US",)]
    assert combinations(TABLE, ["region"], most=9, keep=[{"column": "plan", "one_of": ["none"]}]) == []


@pytest.mark.parametrize("lacking", ["", "  ", None])
def test_a_row_without_a_value_is_refused_as_it_is_of_a_segment(lacking):
    table = pd.concat([TABLE.assign(plan=["pro", lacking, "pro", "pro", "pro", "pro"]), TABLE.assign(region=list("abcdef"))])
    with pytest.raises(TableError) as error:
        combinations(table, ["region", "plan"], most=1)  # what lacks a value is told before what is too many
    assert str(error.value) == (
        "the frame, column 'plan': the value is missing in some rows; say whose they are, or leave them out with [[keep]] column = "
        '"plan" and present = true'
    )


def test_more_than_are_wanted_are_refused():
    assert len(combinations(TABLE, ["region"], most=3)) == 3
    with pytest.raises(TableError) as error:
        combinations(TABLE, ["region"], most=2)
    assert str(error.value) == "the frame: more than 2 values stand in 'region'; look at a part of them"


def test_a_column_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(TableError) as error:
        combinations(TABLE, ["country"], most=9)
    assert str(error.value) == (
        "the frame: no column 'country'; there is month, region, plan, up, subs; map one with for_each, only or [[keep]]"
    )


@pytest.mark.parametrize(
    "tricky", ["it's", 'a"b', "NA", "null", "007", "../../x", "x' OR '1' = '1", "ü", "e\u0301", "\u202eabc", "🚀", " EU", "C--"]
)
def test_any_text_is_found_as_the_rule_finds_it(tricky):
    table = TABLE.assign(region=[tricky, "US", tricky + "!", "EU", "EU", "UK"])
    found = {value for (value,) in combinations(table, ["region"], most=9)}
    assert found == {tricky, tricky + "!", "US", "EU", "UK"}
    assert combinations(table, ["plan"], most=9, keep=[{"column": "region", "one_of": [tricky]}]) == [("pro",)]


@pytest.mark.parametrize("engine", ["polars", "DuckDB"])
def test_an_engine_of_its_own_tells_the_same(engine, monkeypatch):
    """Lazy frames of polars and DuckDB stand in for Spark and a database behind Ibis, as in test_remote."""
    polars = pytest.importorskip("polars")
    there = polars.from_pandas(TABLE).lazy() if engine == "polars" else duckdb.from_df(TABLE)
    monkeypatch.setattr("kpikit.tables.combinations.open_table", lambda *_: there)
    rule = {"column": "up", "above": 4}
    expected = sorted({(plan, region) for _, region, plan, up, _ in ROWS if up > 4})
    assert combinations("db", ["plan", "region"], most=9, keep=[rule]) == expected
    with pytest.raises(TableError):
        combinations("db", ["plan", "region"], most=len(expected) - 1, keep=[rule])


def test_a_database_file_and_a_query_tell_theirs(tmp_path):
    with duckdb.connect(str(tmp_path / "t.duckdb")) as connection:
        connection.register("rows", TABLE)
        connection.execute("CREATE TABLE t AS SELECT *, up > 4 AS large FROM rows")
    rule = {"column": "up", "at_least": 4}
    assert combinations("t.duckdb", ["region", "large"], most=9, keep=[rule], folder=tmp_path) == [
        ("EU", "false"), ("EU", "true"), ("UK", "true"), ("US", "true"),
    ]  # fmt: skip
    (tmp_path / "q.sql").write_text("-- table rows = t.csv\nSELECT region, plan FROM rows WHERE plan = 'basic'\n")
    TABLE.to_csv(tmp_path / "t.csv", index=False)
    assert combinations("q.sql", ["region"], most=9, folder=tmp_path) == [("EU",), ("US",)]
