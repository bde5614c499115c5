"""new-case: looks at a table's columns and writes a case to edit; and what flags say, as a case."""

import re
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from kpikit.authoring import case_from_flags, guess_roles, guessed_flags, new_case
from kpikit.authoring.drafts import EXAMPLES, OWN_QUESTION, TITLES
from kpikit.cases import read_case
from kpikit.cases.asks import ASKS, SHAPES, WITHOUT_KPI
from kpikit.catalog import kpi_ids
from kpikit.catalog.folders import KPIS
from kpikit.cli import main
from kpikit.errors import CaseError, KpikitError, TableError
from kpikit.measuring import measure_case, table_of
from kpikit.measuring.door import MEASURES
from kpikit.tables import KINDS, Column, look

TEMPLATES = sorted((Path(__file__).parents[1] / "data" / "templates").glob("*.csv"))
OF_KPIS = [path for path in TEMPLATES if path.stem in MEASURES and path.stem not in OWN_QUESTION]
COUNTS = "month,plan,upgrades,subscribers\n2026-01,a,1,10\n2026-02,b,2,20\n"


@pytest.fixture
def drafted(tmp_path):
    """Writes a text as a table, drafts its case and reads the draft as a user would after giving the date of the change."""

    def drafted(text, name="t.csv", changed_on=date(2026, 1, 15), **how):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return read_case(new_case(tmp_path / name, **how), changed_on=changed_on)

    return drafted


# --- the templates that come with the project --------------------------------------------------------------------------


def test_there_is_a_template_for_each_kind():
    assert {path.stem for path in TEMPLATES} == set(KINDS)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_the_kind_and_all_roles_of_a_template_are_guessed(path):
    kind, roles = guess_roles(look(path))
    assert kind == path.stem
    assert set(roles) == set(KINDS[kind].roles) - {"reversed", "less", "subscription", "move", "unit"}


@pytest.mark.parametrize(
    ("template", "roles"),
    [
        ("counts", {"period": "period", "numerator": "upgrades", "denominator": "subscribers"}),
        ("volumes", {"period": "period", "numerator": "upgraded_volume", "denominator": "raw_volume"}),
        ("events", {"customer": "customer", "date": "date", "event": "event", "amount": "amount"}),
        ("plans", {"customer": "customer", "date": "date", "plan": "plan", "amount": "amount"}),
        (
            "orders",
            {
                "customer": "customer",
                "order": "order",
                "date": "date",
                "product": "product",
                "line": "line",
                "price": "price",
                "amount": "amount",
            },
        ),
        ("customers", {role: role for role in KINDS["customers"].roles}),
        ("answers", {"customer": "customer", "date": "date", "reason": "reason"}),
        ("ratings", {"customer": "customer", "date": "date", "score": "score"}),
    ],
)
def test_each_role_of_a_template_is_the_column_that_a_reader_would_choose(template, roles):
    path = next(path for path in TEMPLATES if path.stem == template)
    assert guess_roles(look(path)) == (template, roles)


@pytest.mark.parametrize("path", OF_KPIS, ids=lambda path: path.stem)
def test_the_draft_for_a_template_is_read_measured_and_says_all_that_it_can(path, tmp_path):
    shutil.copy(path, tmp_path)
    draft = new_case(tmp_path / path.name)
    assert draft == tmp_path / f"{path.stem}.toml"
    text = draft.read_text(encoding="utf-8").replace("# changed_on = 2025-07-01", "changed_on = 2025-11-01")
    draft.write_text(text, encoding="utf-8")
    case = read_case(draft)
    assert (case.kind, case.table, case.changed_on) == (path.stem, path.name, date(2025, 11, 1))
    assert case.kpi in kpi_ids()
    series = measure_case(case)
    assert series.source["rows_read"] == len(pd.read_csv(path))
    assert series.table["denominator"].sum() > 0


@pytest.mark.parametrize("path", OF_KPIS, ids=lambda path: path.stem)
def test_a_draft_without_the_date_of_the_change_asks_for_it(path, tmp_path):
    shutil.copy(path, tmp_path)
    draft = new_case(tmp_path / path.name)
    with pytest.raises(CaseError) as error:
        read_case(draft)
    assert str(error.value) == f"{path.stem}: a before/after needs the date of the change, as changed_on = 2025-07-01"
    assert "# changed_on = 2025-07-01  # MEND: the day of the change\n" in draft.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_each_column_of_a_template_stands_in_the_draft_with_how_it_reads(path, tmp_path):
    shutil.copy(path, tmp_path)
    text = new_case(tmp_path / path.name).read_text(encoding="utf-8")
    table = pd.read_csv(path, dtype=str)
    for column in look(path):
        many = table[column.name].nunique()
        values = "1 different value" if many == 1 else f"{many} different values"
        assert f"#   {column.name}: {column.reads_as}, {values}, as {column.example}\n" in text


# --- drafts ------------------------------------------------------------------------------------------------------------


def test_a_draft_holds_what_could_be_guessed(drafted):
    case = drafted(COUNTS)
    assert (case.kind, case.kpi, case.window, case.segments) == ("counts", "upgrade_rate", "month", ("plan",))
    assert case.columns == {"period": "month", "numerator": "upgrades", "denominator": "subscribers"}
    assert case.as_of == date(2026, 3, 1)


def test_the_kpi_of_a_draft_may_be_given(drafted):
    assert drafted(COUNTS, kpi="upsell_ratio").kpi == "upsell_ratio"


@pytest.mark.parametrize(
    "header",
    [
        '"the ""month""",upgrades\'s,all subscribers',
        "month = x,# upgrades,[subscribers]",
        "münat_month,upgrades\\n,subscribers \U0001f600",
    ],
)
def test_columns_with_quotes_and_other_marks_stay_valid_toml(drafted, header):
    case = drafted(f"{header}\n2026-01,1,10\n")
    names = pd.read_csv(pd.io.common.StringIO(header)).columns
    assert case.columns == dict(zip(("period", "numerator", "denominator"), names, strict=True))
    assert measure_case(case).table["numerator"].tolist() == [1]


def test_segments_with_quotes_stay_valid_toml(drafted):
    assert drafted('month,upgrades,subscribers,"the ""plan""",pl\'an\n2026-01,1,10,a,b\n').segments == ('the "plan"', "pl'an")


@pytest.mark.parametrize("value", ['"two\nlines"', '"two\r\nlines"', "bell\x07", '"=1+1"', '"""quoted"""', "ünï", "# hash"])
def test_an_example_in_a_comment_cannot_break_the_draft(drafted, value):
    assert drafted(f"month,upgrades,subscribers,note\n2026-01,1,10,{value}\n").segments == ("note",)


@pytest.mark.parametrize("name", ["my table's.csv", 'q"q.csv', "ünï.csv", "a#b.csv"])
def test_a_table_of_any_name_is_found_again_from_its_draft(drafted, name):
    case = drafted(COUNTS, name)
    assert case.table == name
    assert measure_case(case).table["numerator"].sum() == 3


def test_the_table_of_a_draft_is_relative_to_where_the_draft_stands(drafted, tmp_path):
    (tmp_path / "cases").mkdir()
    case = drafted(COUNTS, to=tmp_path / "cases" / "mine.toml")
    assert (case.id, case.table) == ("mine", "../t.csv")
    assert measure_case(case).table["numerator"].sum() == 3


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "t.csv").write_text(COUNTS)
    (tmp_path / "t.toml").write_text("mine")
    with pytest.raises(CaseError) as error:
        new_case(tmp_path / "t.csv")
    assert str(error.value) == f"{tmp_path / 't.toml'} is there already; give another place with --to"
    assert (tmp_path / "t.toml").read_text() == "mine"


def test_a_table_that_is_not_there_leaves_no_draft(tmp_path):
    with pytest.raises(TableError) as error:
        new_case(tmp_path / "none.csv")
    assert str(error.value) == f"no file {tmp_path / 'none.csv'}"
    assert list(tmp_path.iterdir()) == []


def test_a_role_that_no_column_fits_is_asked_for(tmp_path):
    (tmp_path / "t.csv").write_text("month,upgrades\n2026-01,1\n")
    draft = new_case(tmp_path / "t.csv").read_text(encoding="utf-8")
    assert '\ncolumns = { period = "month", numerator = "upgrades" }  # MEND, still to map: denominator\n' in draft


def test_numbers_that_no_role_took_are_named_where_a_role_may_sum_them(tmp_path):
    (tmp_path / "t.csv").write_text("month,upgrades,more,subscribers\n2026-01,1,2,10\n")
    said = "# MEND: more is not mapped; a list of columns is summed\n"
    assert said in new_case(tmp_path / "t.csv").read_text(encoding="utf-8")
    (tmp_path / "o.csv").write_text("customer,order,date,product,pieces\na,1,2026-01-01,x,2\n")
    assert "is summed" not in new_case(tmp_path / "o.csv").read_text(encoding="utf-8")


def test_the_draft_of_a_plan_history_asks_for_the_order_of_its_plans(tmp_path):
    (tmp_path / "t.csv").write_text("customer,date,plan\na,2026-01-01,gold\n")
    draft = new_case(tmp_path / "t.csv")
    text = draft.read_text(encoding="utf-8")
    assert '\nplan_order = ["basic", "pro", "enterprise"]  # MEND: the plans from the lowest to the highest\n' in text
    names = 'event_names = { trial = ["trial"], left = ["cancelled"] }  # MEND: what stands for a trial and for having left'
    assert f"\n{names}\n" in text
    with pytest.raises(CaseError) as error:  # and whoever does not mend it learns which plans there are
        measure_case(read_case(draft, changed_on=date(2026, 1, 15)))
    assert str(error.value) == (
        "upgrade_rate: t.csv holds plans that have no place in the order: 'gold', there is basic, pro, enterprise, trial, cancelled; "
        'put it into plan_order, or into event_names = { trial = ["trial"], left = ["cancelled"] }'
    )


def test_a_draft_for_no_plans_and_no_events_asks_for_neither(tmp_path):
    (tmp_path / "t.csv").write_text(COUNTS)
    text = new_case(tmp_path / "t.csv").read_text(encoding="utf-8")
    assert "plan_order" not in text
    assert "event_names" not in text


def test_a_column_of_many_names_is_no_segment(drafted):
    rows = "".join(f"2026-01,1,10,name {number},{number % 12}x\n" for number in range(13))
    assert drafted("month,upgrades,subscribers,many,twelve\n" + rows).segments == ("twelve",)


@pytest.mark.parametrize(
    ("text", "as_of"),
    [
        (COUNTS, date(2026, 3, 1)),
        ("month,upgrades,subscribers\n2025-12,1,10\n", date(2026, 1, 1)),
        ("month,upgrades,subscribers\n2025-12-01,1,10\n", date(2026, 1, 1)),
        ("quarter,upgrades,subscribers\n2025-Q4,1,10\n2026-Q1,1,10\n", date(2026, 4, 1)),
        ("customer,date,event\na,2026-02-28 10:00,active\n", date(2026, 3, 1)),
        ("customer,date,event\na,2025-12-31,active\n", date(2026, 1, 1)),
        ("customer,date,plan\na,2025-12-31,basic\n", date(2026, 1, 1)),
        ("day,upgrades,subscribers\n2026-02-27,1,10\n2026-02-28,1,10\n", date(2026, 3, 1)),
        ("week,upgrades,subscribers\n2025-12-22,1,10\n2025-12-29,1,10\n", date(2026, 1, 5)),
    ],
)
def test_a_draft_is_as_of_the_first_day_after_the_table(drafted, text, as_of):
    assert drafted(text).as_of == as_of


@pytest.mark.parametrize(
    "text",
    [
        COUNTS,
        "quarter,upgrades,subscribers\n2025-Q4,1,10\n2026-Q1,1,10\n",
        "month,upgrades,subscribers\n2025-12-01,1,10\n2026-01-01,2,20\n",
        "day,upgrades,subscribers\n2025-12-30,1,10\n2025-12-31,2,20\n",
        "week,upgrades,subscribers\n2025-12-22,1,10\n2025-12-29,1,10\n",
    ],
    ids=["month", "quarter", "first day", "day", "week"],
)
def test_the_draft_of_a_table_can_be_measured_over_all_its_periods(drafted, text):
    assert set(measure_case(drafted(text)).table["status"]) <= {"ok", "no data"}


@pytest.mark.parametrize("kind", OWN_QUESTION)
def test_the_draft_of_customers_and_answers_is_about_the_question_that_they_are_for(kind, tmp_path):
    path = next(path for path in TEMPLATES if path.stem == kind)
    shutil.copy(path, tmp_path)
    case = read_case(new_case(tmp_path / path.name))
    assert (case.question, case.kpi, case.kind) == (OWN_QUESTION[kind], "", kind)
    assert table_of(case).rows_kept == len(pd.read_csv(path))


def test_every_question_can_be_drafted_and_has_a_title_that_asks():
    assert set(TITLES) == {"before_after", *ASKS}
    assert all(title.endswith("?") for title in TITLES.values())
    assert set(EXAMPLES) == set(SHAPES)


@pytest.mark.parametrize("question", TITLES)
def test_the_draft_of_a_question_is_a_case_before_and_after_its_own_keys_are_filled_in(question, tmp_path):
    (tmp_path / "t.csv").write_text(COUNTS)
    draft = new_case(tmp_path / "t.csv", question=question)
    case = read_case(draft, changed_on=date(2026, 1, 15))
    needed = {"steps": ["first", "second"]} if question == "funnel" else {}
    followed = "30 days" if question in ("segments", "funnel", "campaign") else case.window
    assert (case.question, case.title, case.asks) == (question, TITLES[question], needed)
    assert case.window == followed
    assert bool(case.kpi) == (question not in WITHOUT_KPI)
    text = draft.read_text(encoding="utf-8")
    head, _, own = text.partition("[asks]\n")
    assert bool(own) == bool(ASKS.get(question))
    assert [ask.note in own for ask in ASKS.get(question, {}).values()] == [True] * len(ASKS.get(question, {}))
    draft.write_text(f"{head}[asks]\n{re.sub('^# ', '', own, flags=re.M)}", encoding="utf-8")
    assert set(read_case(draft, changed_on=date(2026, 1, 15)).asks) == set(ASKS.get(question, {}))


def test_a_kpi_that_is_given_stands_in_the_draft_of_a_question_that_needs_none(drafted):
    assert drafted(COUNTS, question="funnel", kpi="upsell_ratio").kpi == "upsell_ratio"


@pytest.mark.parametrize(
    ("text", "kpi", "said"),
    [
        (
            "customer_id,answered_on,score\na,2026-01-02,9\n", "net_promoter_score",
            {"kind": "ratings", "columns": {"customer": "customer_id", "date": "answered_on", "score": "score"}},
        ),
        (
            "month,promoters,detractors,answers\n2026-01,5,3,10\n", "net_promoter_score",
            {
                "kind": "counts",
                "columns": {"period": "month", "numerator": "promoters", "denominator": "answers", "less": "detractors"},
            },
        ),
        (
            "month,revenue,cost_of_revenue\n2026-01,5,3\n", "gross_margin",
            {
                "kind": "volumes", "variant": "from_costs",
                "columns": {"period": "month", "numerator": "revenue", "denominator": "revenue", "less": "cost_of_revenue"},
            },
        ),
        (
            "customer,date,plan,mrr\na,2026-01-01,basic,20.5\n", "average_customer_lifetime",
            {
                "kind": "plans", "variant": "by_opening", "window": "month",
                "columns": {"customer": "customer", "date": "date", "plan": "plan", "amount": "mrr"},
            },
        ),
        ("customer,order,date,amount\na,1,2026-01-01,20.5\n", "average_order_value", {"kind": "orders", "window": "month"}),
        ("customer,order,date,product\na,1,2026-01-01,x\n", "product_upsell_rate", {"kind": "orders", "window": "30 days"}),
        (
            "customer,date,accepted\na,2026-01-01,1\n", "offer_acceptance_rate",
            {"kind": "customers", "columns": {"customer": "customer", "date": "date", "outcome": "accepted"}},
        ),
        ("date,score\n2026-01-01,1\n2026-01-02,5\n", None, {"kind": "ratings", "kpi": "customer_satisfaction_score"}),
    ],
)  # fmt: skip
def test_a_kpi_says_what_its_table_is_and_which_column_is_what(drafted, text, kpi, said):
    case = drafted(text, kpi=kpi)
    assert {key: getattr(case, key) for key in said} == said


def test_a_draft_names_no_list_of_kpis_but_how_to_find_one_and_a_target_in_its_unit(tmp_path):
    (tmp_path / "t.csv").write_text("date,score\n2026-01-01,9\n")
    text = new_case(tmp_path / "t.csv", kpi="net_promoter_score").read_text(encoding="utf-8")
    assert '\nkpi = "net_promoter_score"  # others that such a table can give: kpikit search --table ratings\n' in text
    assert "\n# target = 0.25  # your own target, a fraction: 0.25 is 25 points\n" in text
    assert max(map(len, text.splitlines())) < 150


def test_the_draft_of_a_composed_kpi_asks_for_the_columns_of_its_parts(tmp_path):
    (tmp_path / "t.csv").write_text("month,spent,won\n2026-01,9.5,3\n")
    draft = new_case(tmp_path / "t.csv", kpi="cac_payback_period")
    case = read_case(draft)
    assert (case.question, case.columns) == ("scorecard", {"period": "month"})
    assert list(case.also) == ["customer_acquisition_cost", "average_revenue_per_user.recurring", "gross_margin"]
    assert "  # MEND: the KPI is made of these; name the two columns of each\n" in draft.read_text(encoding="utf-8")


def test_a_question_that_there_is_not_is_refused_and_nothing_is_written(tmp_path):
    (tmp_path / "t.csv").write_text(COUNTS)
    with pytest.raises(CaseError) as error:
        new_case(tmp_path / "t.csv", question="funel")
    assert str(error.value) == "no question 'funel'; did you mean 'funnel'?"
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_the_question_is_a_flag_of_the_command(tmp_path, capsys):
    (tmp_path / "t.csv").write_text(COUNTS)
    assert main(["new-case", str(tmp_path / "t.csv"), "--question", "scorecard"]) == 0
    assert read_case(tmp_path / "t.toml").question == "scorecard"
    assert f"wrote {tmp_path / 't.toml'}" in capsys.readouterr().out


# --- guessing ----------------------------------------------------------------------------------------------------------


def column(name, reads_as="text"):
    return Column(name, reads_as, 2, "x", None)


def test_roles_are_guessed_by_name_and_checked_by_value():
    columns = [
        column("CustomerID", "count"), column("InvoiceNo"), column("InvoiceDate", "moment"), column("StockCode"),
        column("UnitPrice", "quantity"), column("Country"),
    ]  # fmt: skip
    assert guess_roles(columns) == (
        "orders",
        {"customer": "CustomerID", "order": "InvoiceNo", "date": "InvoiceDate", "product": "StockCode", "price": "UnitPrice"},
    )


def test_a_column_that_reads_as_the_role_needs_comes_before_one_that_only_sounds_like_it():
    columns = [column("upgrade reason"), column("upgrades", "count"), column("month", "period"), column("subscribers", "count")]
    assert guess_roles(columns) == ("counts", {"period": "month", "numerator": "upgrades", "denominator": "subscribers"})


def test_one_column_never_plays_two_roles():
    columns = [column("month", "period"), column("upgraded_customers", "count"), column("customers", "count")]
    _, roles = guess_roles(columns)
    assert len(set(roles.values())) == len(roles)


def test_quantities_make_a_table_of_volumes():
    columns = [column("month", "period"), column("upgraded_m3", "quantity"), column("raw_m3", "count")]
    assert guess_roles(columns) == ("volumes", {"period": "month", "numerator": "upgraded_m3", "denominator": "raw_m3"})


@pytest.mark.parametrize(
    ("names", "price", "amount"),
    [
        (["unit_price", "amount"], "unit_price", "amount"),
        (["total_price", "price"], "price", "total_price"),
        (["revenue"], None, "revenue"),
        (["price"], "price", None),
    ],
)
def test_of_orders_a_price_is_of_one_piece_and_an_amount_of_the_line(names, price, amount):
    columns = [column("customer"), column("order"), column("date", "moment"), *(column(name, "quantity") for name in names)]
    kind, roles = guess_roles(columns)
    assert (kind, roles.get("price"), roles.get("amount")) == ("orders", price, amount)


def test_of_events_a_price_is_the_amount():
    columns = [column("user"), column("date", "moment"), column("event"), column("price", "quantity")]
    assert guess_roles(columns) == ("events", {"customer": "user", "date": "date", "event": "event", "amount": "price"})


@pytest.mark.parametrize(
    ("names", "product", "line"),
    [
        (["sku", "product_line"], "sku", "product_line"),
        (["product_category", "product_id"], "product_id", "product_category"),
        (["department", "item"], "item", "department"),
        (["product_line"], "product_line", None),  # better than none
        (["product", "line_number"], "product", None),
        (["product", "online"], "product", None),
    ],
)
def test_of_orders_a_line_is_a_group_of_products(names, product, line):
    columns = [column("customer"), column("order"), column("date", "moment"), *map(column, names)]
    kind, roles = guess_roles(columns)
    assert (kind, roles.get("product"), roles.get("line")) == ("orders", product, line)


def test_a_plan_history_is_told_by_customer_date_and_plan_and_may_tell_subscriptions_and_moves_apart():
    columns = [
        column("account"),
        column("changed_at", "moment"),
        column("tier"),
        column("subscription_id"),
        column("change_type"),
    ]
    roles = {
        "customer": "account",
        "date": "changed_at",
        "plan": "tier",
        "subscription": "subscription_id",
        "move": "change_type",
    }
    assert guess_roles(columns) == ("plans", roles)


def test_an_event_tells_more_than_the_plan_beside_it():
    columns = [column("customer"), column("date", "moment"), column("event"), column("plan")]
    assert guess_roles(columns)[0] == "events"


@pytest.mark.parametrize("name", ["unit", "offer_id", "campaign id"])
def test_of_events_the_unit_is_what_goes_through_beside_the_customer(name):
    columns = [column("customer"), column("date", "moment"), column("event"), column(name)]
    roles = {"customer": "customer", "date": "date", "event": "event", "unit": name}
    assert guess_roles(columns) == ("events", roles)


@pytest.mark.parametrize("name", ["campaign", "offer", "units", "community"])
def test_a_column_that_only_sounds_like_a_unit_stays_a_segment(name):
    columns = [column("customer"), column("date", "moment"), column("event"), column(name)]
    assert "unit" not in guess_roles(columns)[1]


def test_an_event_and_an_order_tell_more_than_an_outcome_or_a_reason():
    columns = [column("customer"), column("date", "moment"), column("event"), column("outcome", "count"), column("reason")]
    assert guess_roles(columns)[0] == "events"
    columns = [column("customer"), column("order"), column("date", "moment"), column("reason")]
    assert guess_roles(columns)[0] == "orders"


def test_rows_of_customers_without_a_column_of_events_are_drafted_as_events():
    assert guess_roles([column("customer"), column("date", "moment"), column("x")]) == (
        "events",
        {"customer": "customer", "date": "date"},
    )


@pytest.mark.parametrize("name", ["day", "date", "week", "week_of"])
def test_sums_of_days_and_weeks_are_counts(name):
    columns = [column(name, "moment"), column("upgrades", "count"), column("customers", "count")]
    assert guess_roles(columns) == ("counts", {"period": name, "numerator": "upgrades", "denominator": "customers"})


def test_columns_that_tell_nothing_are_counts_without_roles():
    assert guess_roles([column("x"), column("y")]) == ("counts", {})


# --- flags -------------------------------------------------------------------------------------------------------------

FLAGS = {
    "kpi": "upgrade_rate", "kind": "counts", "table": "t.csv", "window": "month", "as_of": "2026-03-01", "changed_on": None,
    "columns": {}, "segments": [], "target": None,
}  # fmt: skip


def test_flags_make_a_before_after_where_a_change_is_given_and_a_scorecard_where_none_is(tmp_path):
    table = str(tmp_path / "data" / "t.csv")
    written = case_from_flags({**FLAGS, "table": table, "changed_on": "2026-02-01"}, tmp_path / "out")
    assert written == tmp_path / "out" / "t-upgrade_rate.toml"
    changed = read_case(written)
    assert (changed.question, changed.title) == ("before_after", "Did the change of 2026-02-01 move the Upgrade Rate?")
    assert (changed.table, changed.changed_on, changed.as_of) == ("../data/t.csv", date(2026, 2, 1), date(2026, 3, 1))
    standing = read_case(case_from_flags({**FLAGS, "table": table}, tmp_path / "another"))
    assert (standing.question, standing.title) == ("scorecard", "Where does the Upgrade Rate stand?")


def test_what_flags_say_is_measured_from_the_case_that_they_write(tmp_path):
    (tmp_path / "t.csv").write_text(COUNTS)
    columns = {"period": "month", "numerator": "upgrades", "denominator": "subscribers"}
    flags = {**FLAGS, "table": str(tmp_path / "t.csv"), "columns": columns, "segments": ["plan"], "target": Decimal("0.2")}
    case = read_case(case_from_flags(flags, tmp_path / "out"))
    assert (case.target, case.segments) == (Decimal("0.2"), ("plan",))
    assert measure_case(case).table["numerator"].sum() == 3


def test_flags_keep_a_package_path(tmp_path):
    case = read_case(case_from_flags({**FLAGS, "table": "package:shop/data/t.csv"}, tmp_path))
    assert case.table == "package:shop/data/t.csv"


@pytest.mark.parametrize("flag", ["kpi", "table", "kind"])
def test_flags_without_what_a_report_needs_are_refused(tmp_path, flag):
    with pytest.raises(CaseError) as error:
        case_from_flags({**FLAGS, flag: None}, tmp_path / "out")
    assert str(error.value) == f"a report without a case file needs --{flag}"


@pytest.mark.parametrize("wrong", [{"kpi": "upgrade_rat"}, {"as_of": "soon"}, {"target": "high"}])
def test_wrong_flags_are_refused_and_nothing_is_written(tmp_path, wrong):
    with pytest.raises(KpikitError, match=next(iter(wrong.values()))):
        case_from_flags(FLAGS | wrong, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_every_flag_stands_in_the_case_that_is_written(tmp_path):
    given = {
        "variant": "customers_once", "benchmark": None, "period": "month", "encoding": "latin-1", "date_format": "%d.%m.%Y",
        "separator": ";", "decimal": ",", "thousands": ".", "time_zone": "Europe/Berlin", "sheet": "May", "header_row": 3,
        "connection": "SALES_DB", "duplicates": "drop", "cuts": {"seats": [10, Decimal("50.5")]}, "segments": ["seats"],
        "kind": "plans", "columns": {"customer": "who"}, "plan_order": ["basic", "pro"], "event_names": {"left": ["gone"]},
        "counting": {"per": "subscription"}, "first_weekday": "sunday", "year_starts": "april",
    }  # fmt: skip
    case = read_case(case_from_flags(FLAGS | given, tmp_path))
    for key, value in given.items():
        assert getattr(case, key) == (tuple(value) if isinstance(value, list) else value), key


def test_a_database_s_table_keeps_its_name(tmp_path):
    case = read_case(case_from_flags(FLAGS | {"table": "postgresql:sales.subs", "connection": "SALES_DB"}, tmp_path))
    assert (case.table, case.connection) == ("postgresql:sales.subs", "SALES_DB")
    assert case.id == "subs-upgrade_rate"


@pytest.mark.parametrize("table", ["postgresql:../../x", "postgresql:/x", "package:a/../../x.csv", "../../x.csv"])
def test_no_name_of_a_table_leads_out_of_the_folder(tmp_path, table):
    written = case_from_flags(FLAGS | {"table": table}, tmp_path / "out")
    assert written == tmp_path / "out" / "x-upgrade_rate.toml"


def test_flags_are_filled_in_only_where_they_say_nothing(tmp_path):
    (tmp_path / "t.csv").write_text(COUNTS)
    said = {
        "kind": "counts",
        "columns": {"numerator": "subscribers"},
        "window": "month",
        "kpi": "upsell_ratio",
        "segments": ["plan"],
    }
    full = guessed_flags({**FLAGS, "table": str(tmp_path / "t.csv")} | said)
    assert {key: full[key] for key in said} == said | {
        "columns": {"period": "month", "numerator": "subscribers", "denominator": "subscribers"}
    }


def test_a_draft_names_the_folder_of_ones_own_kpi(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "kpis").mkdir()
    text = (KPIS / "upsell_ratio.toml").read_text(encoding="utf-8").replace('"upsell_ratio"', '"mine"', 1)
    (tmp_path / "kpis" / "mine.toml").write_text(text.replace('"Upsell Ratio"', '"Mine"'), encoding="utf-8")
    (tmp_path / "data" / "t.csv").write_text("month,bought,customers\n2025-01,10,100\n2025-02,12,100\n")
    place = new_case(tmp_path / "data" / "t.csv", "mine", question="scorecard", catalog=[tmp_path / "kpis"])
    case = read_case(place)
    assert (case.kpi, case.catalog) == ("mine", ("../kpis",))
    assert measure_case(case).counts["numerator"].tolist() == [10, 12]
