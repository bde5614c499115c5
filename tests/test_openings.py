"""What goes with what: what is planted is named, nothing else is, and the words and figures say so."""

import pandas as pd
import pytest
from truths import openings as planted

from kpikit.answer import readable
from kpikit.figures.lift_plot import lift_plot
from kpikit.figures.line_matrix import line_matrix
from kpikit.measuring import on_engine
from kpikit.measuring.baskets import measure_baskets
from kpikit.questions.opening_pairs import pairs_looked_at
from kpikit.questions.openings import openings
from kpikit.tables import read_table
from kpikit.words import openings as told

AS_OF = "2026-01-15"


@pytest.fixture(scope="module")
def frame():
    return planted.made()()


@pytest.fixture(scope="module")
def table(frame):
    return read_table(frame, kind="orders")


@pytest.fixture(scope="module")
def baskets(table):
    return measure_baskets(on_engine(table, "polars"), as_of=AS_OF, within="60 days")


@pytest.fixture(scope="module")
def answer(baskets):
    return openings(baskets, currency="EUR")


# --- the answer --------------------------------------------------------------------------------------------------------


def test_the_planted_pair_and_upsell_are_named_clear(answer):
    assert [(row["kind"], row["relation"], {row["a"], row["b"]}) for row in answer.verdict["top"]] == [
        ("together", "cross-sell", {"Pour-over dripper", "Paper filters"}),
        ("next", "upsell", {"Hand grinder", "Electric grinder"}),
    ]


def test_big_orders_make_friends_that_do_not_remain(answer):
    assert answer.verdict["crude"]["friends"] > 100
    assert answer.verdict["crude"]["remain"] == 1


def test_an_upsell_is_worth_the_difference_and_a_cross_sell_the_price(answer):
    cross, up = answer.verdict["top"]
    assert (cross["extra"], up["extra"]) == (4.5, 84)
    for row in (cross, up):
        assert row["worth"]["value"] == pytest.approx(100 * row["extra"] * (row["share"] - row["base"]))
        assert row["worth"]["low"] < row["worth"]["value"] < row["worth"]["high"]


def test_the_headline_names_the_clearest_of_each_kind_and_the_second_sentence_that_nobody_tested_it(answer):
    assert answer.headline.startswith(
        "Of 673 pairs looked at, 2 go together or follow clearly more often than chance: in one order, "
    )
    assert "next, Electric grinder after Hand grinder (upsell; 43.0% against " in answer.headline
    assert answer.sentences[1].startswith("These are hypotheses: nobody tested whether an offer makes anyone buy.")


@pytest.mark.parametrize("seed", range(4))
def test_what_is_planted_is_found_and_without_it_nothing_is(seed):
    assert planted.answered(seed, planted=True)
    assert not planted.answered(seed, planted=False)


def test_nothing_clear_is_said_and_drawn(frame):
    answer = planted.asked(planted.made()(1, planted=False))
    assert (
        answer.headline
        == f"Of {sum(answer.verdict['pairs'].values())} pairs looked at, none is bought together or next clearly more often than chance would bring."
    )
    assert len(answer.table) == 0
    assert lift_plot(answer).figure() is not None
    assert lift_plot(answer).says.startswith("No pair is bought together or next")


def small(lines=True):
    """Sixty customers, each with one order of product A and B and a later one of product C."""
    rows = []
    for customer in range(60):
        for order, day, product in (("1", "2025-01-01", "A $x$ <b>"), ("1", "2025-01-01", "B" * 90), ("2", "2025-01-09", "C")):
            rows.append((f"c{customer}", f"{customer}-{order}", day, product, "all", 5.0))
    return pd.DataFrame(rows, columns=["customer", "order", "date", "product", "line", "price"]).drop(
        columns=[] if lines else ["line", "price"]
    )


def test_a_table_without_lines_and_prices_says_what_it_cannot_tell():
    answer = openings(measure_baskets(on_engine(read_table(small(lines=False), kind="orders"), "polars"), as_of=AS_OF))
    assert "The table names no product lines, so upsell and cross-sell cannot be told apart." in answer.sentences
    assert line_matrix(answer).says.startswith("The table names no product lines")
    assert line_matrix(answer).figure() is not None
    assert "worth per 100" not in readable(answer.table, "percent")


def test_strange_names_are_escaped_and_long_ones_shortened(answer):
    verdict = dict(answer.verdict)
    verdict["top"] = [row | {"a": "A $x$ <b>", "b": "B" * 90} for row in verdict["top"]]
    chart = lift_plot(type(answer)("openings", verdict, answer.table))
    assert chart.spec["rows"][0]["name"] == "A $x$ <b> + " + "B" * 33 + "…"
    assert chart.png()
    assert "&lt;b&gt;" in type(answer)("openings", verdict, answer.table)._repr_mimebundle_()["text/html"]


def test_one_customer_s_four_hundred_orders_are_one_customer_s(frame):
    rows = [("z1", f"z{n}", "2025-03-01", name, "Cups", 1.0) for n in range(400) for name in ("Travel mug", "Moka pot")]
    more = pd.DataFrame(rows, columns=list(frame.columns))
    pairs = pairs_looked_at(
        measure_baskets(on_engine(read_table(pd.concat([frame, more]), kind="orders"), "polars"), as_of=AS_OF)
    )
    row = pairs[
        (pairs["kind"] == "together")
        & pairs["product_a"].isin(["Travel mug", "Moka pot"])
        & pairs["product_b"].isin(["Travel mug", "Moka pot"])
    ].iloc[0]
    assert row["observed"] > 400
    assert not row["clear"]


def test_cells_of_fewer_than_five_people_are_hidden(frame):
    few = frame[frame["customer"].isin(sorted(frame["customer"].unique())[:260])]
    answer = openings(measure_baskets(on_engine(read_table(few, kind="orders"), "polars"), as_of=AS_OF, within="60 days"))
    lines = answer.more["lines"]
    shown = lines.dropna(subset=["share"])
    assert 0 < len(shown) < len(lines)
    assert shown["bought"].min() >= 5
    assert (shown["customers"] - shown["bought"]).min() >= 5
    assert f"{len(lines) - len(shown)} cells of fewer than 5 people are empty." in line_matrix(answer).says


def test_tiles_tell_the_strongest_of_each_kind(answer):
    names = [name for name, _, _ in told.tiles(answer.verdict)]
    assert names == ["clear openings", "strongest in one order", "strongest next", "customers who bought up"]


def test_windows_that_are_open_are_left_out(table):
    early = measure_baskets(on_engine(table, "polars"), as_of="2025-03-31", within="60 days", most=2)
    assert early.counts["over"] < early.counts["customers"]
    check = next(check for check in openings(early).checks if check.name == "open windows")
    left = early.counts["customers"] - early.counts["over"]
    assert check.sentence == f"{left} customers began less than 60 days before the end: left out of next."


def test_lines_can_be_paired_in_place_of_products(table):
    answer = openings(measure_baskets(on_engine(table, "polars"), as_of=AS_OF, level="line", within="60 days"))
    assert answer.verdict["products"] == 5
    assert {row["relation"] for row in answer.verdict["top"]} <= {"cross-sell"}
