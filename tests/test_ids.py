"""No report is cut by ids: neither by the column that is mapped, nor by a copy of it under another name, on any engine."""

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from kpikit.cases import read_case
from kpikit.errors import CaseError
from kpikit.measuring import table_of
from kpikit.report.grid import values_of
from kpikit.tables import read_table
from kpikit.tables.combinations import combinations

INSTEAD = "name a column with a few values instead, as a region"
ROLES = {"customer": "buyer", "date": "day", "event": "what"}


def events(people=30, values=None, copies=2):
    """Rows of events, several of each customer, of whom `values` tell something; by default each customer's address."""
    told = values or [f"p{number}@example.org" for number in range(people)]
    rows = [
        (f"c{number}", f"2026-01-{day + 1:02}", "active", told[number % len(told)])
        for number in range(people)
        for day in range(copies)
    ]
    return pd.DataFrame(rows, columns=["buyer", "day", "what", "email"]).assign(day=lambda rows: pd.to_datetime(rows["day"]))


def refusal(table, segments=("email",), kind="events", columns=ROLES, **how):
    with pytest.raises(CaseError) as error:
        read_table(table, kind=kind, columns=columns, segments=list(segments), **how)
    return str(error.value)


def copied(values, customers, column="email", name="the frame"):
    return (
        f"{name}: '{column}' holds {values} values for {customers} customers, so it tells single customers, whom no report shows; "
        f"{INSTEAD}, or make a number a segment with cuts = {{ {column} = [10, 100] }}"
    )


def mapped(column, role):
    return f"the frame: '{column}' holds the ids of the role '{role}', which no report shows; {INSTEAD}"


# --- the mapped columns ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "columns", "column", "role"),
    [
        ("events", {"customer": "a", "date": "b", "event": "c"}, "a", "customer"),
        ("orders", {"customer": "a", "order": "b", "date": "c"}, "b", "order"),
        ("plans", {"customer": "a", "date": "b", "plan": "c", "subscription": "d"}, "d", "subscription"),
        ("customers", {"account": "a", "arm": "b", "outcome": "c"}, "a", "account"),
        ("answers", {"customer": "a", "reason": "c"}, "a", "customer"),
        ("ratings", {"customer": "a", "date": "b", "score": "c"}, "a", "customer"),
    ],
)
@pytest.mark.parametrize("key", ["segments", "features"])
def test_a_column_of_ids_is_no_segment_and_no_feature(kind, columns, column, role, key):
    frame = pd.DataFrame([("x", "2026-01-01", "1", "y")], columns=list("abcd"))
    with pytest.raises(CaseError) as error:
        read_table(frame, kind=kind, columns=columns, **{key: [column]})
    assert str(error.value) == mapped(column, role)


def test_a_customer_column_that_nobody_mapped_is_one_all_the_same():
    frame = pd.DataFrame({"Customer": ["x"], "arm": ["sent"], "outcome": [1]})
    assert refusal(frame, ["Customer"], "customers", {}) == mapped("Customer", "customer")


def test_a_product_or_a_plan_names_nobody_however_few_the_customers_are():
    rows = [(f"c{number % 3}", f"o{number}", "2026-01-01", f"product {number}") for number in range(30)]
    frame = pd.DataFrame(rows, columns=["customer", "order", "date", "item"])
    assert read_table(frame, kind="orders", columns={"product": "item"}, segments=["item"]).segments == ("item",)


# --- ids under another name --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["pandas", "polars", "Arrow", "DuckDB", "Ibis"])
def test_a_copy_of_the_ids_is_refused_on_every_engine(engine):
    frame = events()
    if engine == "polars":
        frame = pytest.importorskip("polars").from_pandas(frame)
    elif engine == "Arrow":
        frame = pa.Table.from_pandas(frame)
    elif engine == "DuckDB":
        frame = duckdb.sql("SELECT * FROM frame")
    elif engine == "Ibis":
        frame = pytest.importorskip("ibis").memtable(pa.Table.from_pandas(frame))
    assert refusal(frame) == copied(30, 30, name="the ibis table" if engine == "Ibis" else "the frame")


@pytest.mark.parametrize(
    ("values", "people", "refused"),
    [(20, 20, False), (20, 40, False), (21, 21, True), (21, 42, True), (21, 43, False), (40, 400, False)],
)
def test_more_than_twenty_values_and_one_for_two_customers_are_ids(values, people, refused):
    frame = events(people, [f"v{number:03}" for number in range(values)], copies=1)
    if refused:
        assert refusal(frame) == copied(values, people)
    else:
        assert read_table(frame, kind="events", columns=ROLES, segments=["email"]).segments == ("email",)


def test_every_segment_is_looked_at_and_only_rows_that_are_kept_are_counted():
    frame = events(60).assign(region="EU", host=[f"h{number // 2 % 30}" for number in range(120)])
    keep = [{"column": "buyer", "not_starting_with": "c5"}]
    # of c0 to c59 eleven begin with c5: c5 and c50 to c59
    assert refusal(frame, ["region", "email"], keep=keep) == copied(49, 49)
    assert refusal(frame, ["region", "host"]) == copied(30, 60, "host")


def test_where_each_row_is_a_customer_rows_are_counted():
    frame = pd.DataFrame({"arm": ["a", "b"] * 15, "outcome": 1, "email": [f"p{number}" for number in range(30)]})
    assert refusal(frame, kind="customers", columns={}) == copied(30, 30)


def test_cut_numbers_and_tables_of_sums_may_have_as_many_values_as_rows():
    frame = events().assign(email=range(60))
    assert read_table(frame, kind="events", columns=ROLES, segments=["email"], cuts={"email": [10, 20]}).segments == ("email",)
    counts = pd.DataFrame(
        {"period": "2026-01", "numerator": 1, "denominator": 10, "shop": [f"s{number}" for number in range(30)]}
    )
    assert read_table(counts, kind="counts", segments=["shop"]).segments == ("shop",)


# --- for_each, only ----------------------------------------------------------------------------------------------------


@pytest.fixture
def case(tmp_path):
    def case(line, **rows):
        events(**rows).to_csv(tmp_path / "t.csv", index=False)
        asked = 'question = "scorecard"\ntitle = "?"\nkpi = "upgrade_rate"\nwindow = "month"\ntable = "t.csv"\nkind = "events"\n'
        asked += 'columns = { customer = "buyer", date = "day", event = "what" }\nas_of = 2026-03-05\n'
        (tmp_path / "c.toml").write_text(asked + line, encoding="utf-8")
        return read_case(tmp_path / "c.toml")

    return case


@pytest.mark.parametrize(
    ("line", "key", "read"),
    [
        ('for_each = "buyer"', "for_each", values_of),
        ('for_each = "Buyer"', "for_each", values_of),
        ('for_each = { buyer = ["c1"] }', "for_each", values_of),
        ('only = { buyer = "c1" }', "only", table_of),
    ],
)
def test_no_report_is_about_one_customer(case, line, key, read):
    column = "Buyer" if "Buyer" in line else "buyer"
    with pytest.raises(CaseError) as error:
        read(case(line))
    said = f"c: {key} names '{column}', the ids of the role 'customer', which no report shows; "
    assert str(error.value) == said + "name a column that says whose the rows are, as a region"


def test_there_is_no_report_for_each_of_a_copy_of_the_ids(case):
    with pytest.raises(CaseError) as error:
        values_of(case('for_each = "email"'))
    assert str(error.value) == copied(30, 30, name="t.csv")
    assert len(values_of(case('for_each = "email"', values=["EU", "US"]))) == 2


def test_combinations_of_a_table_without_customers_are_as_many_as_they_are():
    frame = pd.DataFrame({"shop": [f"s{number}" for number in range(30)]})
    assert len(combinations(frame, ["shop"], most=40)) == len(combinations(frame, ["shop"], most=40, kind="ratings")) == 30
