"""measure_answers: who was asked, who answered and why, counted as different customers, as a walk over the rows counts them."""

import random
from collections import defaultdict
from datetime import date, datetime

import pandas as pd
import pytest

from kpikit.errors import CaseError, TableError
from kpikit.measuring.answers import measure_answers
from kpikit.tables import read_table

CHANGE = date(2025, 6, 10)


def table(rows, segments=(), **how):
    names = ["customer", "date", "reason", "plan", "region"][: len(rows[0])]
    return read_table(pd.DataFrame(rows, columns=names).astype({"reason": object}), kind="answers", segments=segments, **how)


def measured(rows, segments=(), as_of=date(2025, 12, 31), **asks):
    return measure_answers(table(rows, segments), as_of=as_of, **asks)


def refusal(error, rows, segments=(), **asks):
    with pytest.raises(error) as raised:
        measured(rows, segments, **asks)
    return str(raised.value)


def drawn(seed, size=300):
    """Rows of customers with one to three reasons or none, some asked twice, some rows twice, some without a date."""
    rng, rows = random.Random(seed), []
    for number in range(size):
        cuts = (rng.choice(["basic", "pro"]), rng.choice(["EU", "US", "APAC"]))
        for when in rng.choice([["2025-03-01"], ["2025-08-01"], ["2025-03-01", "2025-08-01"], [None]]):
            reasons = rng.sample(["price", "need", "time", "other"], rng.randint(0, 3)) or [None]
            rows += [(f"c{number:03}", when, reason, *cuts) for reason in reasons for _ in range(rng.choice([1, 1, 2]))]
            if rng.random() < 0.1:
                rows.append((f"c{number:03}", when, None, *cuts))
    return rows


def walked(rows, change):
    """The counts by plain Python."""
    asked, gave, named, together = (defaultdict(set) for _ in range(4))
    for customer, when, reason, *cuts in rows:
        if change is not None and when is None:
            continue
        side = "all" if change is None else "after" if when >= change.isoformat() else "before"
        asked[(side, *cuts)].add(customer)
        if reason is not None:
            gave[(side, *cuts)].add(customer)
            named[(side, *cuts, reason)].add(customer)
    for key, who in named.items():
        for other, others in named.items():
            if key[:-1] == other[:-1] and key[-1] < other[-1] and who & others:
                together[(*key, other[-1])] = who & others
    sizes = {key: (len(who), len(gave[key])) for key, who in asked.items()}
    return sizes, *({key: len(who) for key, who in found.items()} for found in (named, together))


def told(survey):
    keys = ["side", *survey.segments]
    asked = survey.asked.set_index(keys)[["asked", "answered"]]
    return (
        {key: tuple(row) for key, row in zip(asked.index, asked.to_numpy().tolist(), strict=True)},
        survey.named.set_index([*keys, "reason"])["customers"].to_dict(),
        survey.together.set_index([*keys, "reason", "other"])["customers"].to_dict(),
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("change", [None, CHANGE])
def test_the_counts_are_those_of_a_walk_over_the_rows(seed, change):
    rows = drawn(seed)
    assert told(measured(rows, ["plan", "region"], changed_on=change)) == walked(rows, change)


def test_several_and_twice_are_counted_as_customers():
    rows = drawn(7)
    survey = measured(rows, changed_on=CHANGE)
    reasons, sides = defaultdict(set), defaultdict(set)
    for customer, when, reason, *_ in rows:
        if when is not None:
            side = when >= CHANGE.isoformat()
            sides[customer].add(side)
            reasons[customer, side] |= {reason} - {None}
    assert survey.several == sum(len(given) > 1 for given in reasons.values())
    assert survey.twice == sum(len(found) == 2 for found in sides.values())
    assert (survey.single_choice, survey.paired) == (False, None)


def test_the_same_customers_asked_twice_are_paired():
    said = {"a": ("price", "price"), "b": ("price", "need"), "c": ("price", None), "d": ("need", "need"), "e": (None, "need")}
    rows = [
        (who, day, reason) for who, pair in said.items() for day, reason in zip(("2025-03-01", "2025-08-01"), pair, strict=True)
    ]
    survey = measured(rows, changed_on=CHANGE)
    assert survey.twice == 5
    assert survey.paired.to_dict("records") == [
        {"reason": "need", "both": 1, "before_only": 0, "after_only": 1, "answered": 3},
        {"reason": "price", "both": 1, "before_only": 1, "after_only": 0, "answered": 3},
    ]
    assert measured([*rows, ("f", "2025-08-01", "need")], changed_on=CHANGE).paired is None


def test_an_instant_on_the_day_of_the_change_is_after_it_and_the_one_before_is_not():
    rows = [("a", datetime(2025, 6, 9, 23, 59, 59), "x"), ("b", datetime(2025, 6, 10), "x")]
    assert measured(rows, changed_on=CHANGE).asked["side"].tolist() == ["after", "before"]


def test_codes_of_one_label_are_one_reason():
    rows = [("a", None, "p1"), ("a", None, "p2"), ("b", None, "p2"), ("c", None, "n")]
    survey = measured(rows, labels={"p1": "the price", "p2": "the price", "n": "p1"})  # a label may be another code
    assert survey.named.to_dict("records") == [
        {"side": "all", "reason": "p1", "customers": 1}, {"side": "all", "reason": "the price", "customers": 2},
    ]  # fmt: skip
    assert survey.single_choice


def check(survey, name):
    (found,) = [check.sentence for check in survey.table_checks if check.name == name]
    return found


def test_what_cannot_be_placed_is_told():
    rows = [
        ("a", "2025-03-01", "x", "pro"), ("a", "2025-03-02", "y", "basic"), ("b", None, "x", "pro"), ("c", "2025-08-01", "x", "pro"),
        ("d", "2026-03-01", "x", "pro"),
    ]  # fmt: skip
    survey = measured(rows, ["plan"], changed_on=CHANGE, labels={"x": "long"})
    assert check(survey, "mixed segments") == "1 customer has rows of several segments: the first by name counts."
    assert check(survey, "no date") == (
        "1 customer has rows without a date: these are neither before nor after the change, and left out."
    )
    assert check(survey, "codes") == "No label is given for 'y': shown as in the table."
    assert check(survey, "future rows") == "1 row is dated in the future of 2025-12-31, the last 2026-03-01: left out."
    assert survey.asked[["side", "plan", "asked"]].to_numpy().tolist() == [["after", "pro", 1], ["before", "basic", 1]]


def test_names_that_look_alike_are_told():
    survey = measured([("a", None, "Price"), ("b", None, "price")])
    assert [check.name for check in survey.table_checks] == ["names that look alike"]


@pytest.mark.parametrize(
    ("error", "rows", "asks", "said"),
    [
        (TableError, [("a", None, None)], {}, "the frame: nobody gave a reason, so there is nothing to count"),
        (
            TableError,
            [(f"c{n}", None, f"because {n:02}") for n in range(41)],
            {},
            "the frame: more than 40 different reasons, as 'because 00': code the answers first",
        ),
        (
            CaseError,
            [("a", None, "price")],
            {"labels": {"prize": "x"}},
            "the frame: labels name the code 'prize', which no row holds; did you mean 'price'?",
        ),
        (CaseError, [("a", None, "x")], {"single_choice": "maybe"}, "the frame: single_choice is 'maybe'; it is yes or no"),
        (
            TableError,
            [("a", None, "x"), ("a", None, "y"), ("b", None, "y")],
            {"single_choice": "yes"},
            "the frame: 1 customer gave several reasons, and single_choice is 'yes'; mend the table, or say single_choice = \"no\"",
        ),
        (
            TableError,
            [("a", "2025-08-01", "x"), ("b", "2025-03-01", None)],
            {"changed_on": CHANGE},
            "the frame: nobody answered before the change of 2025-06-10; leave changed_on out, or give a table that holds both sides",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused(error, rows, asks, said):
    assert refusal(error, rows, **asks) == said


def test_a_change_needs_dates_and_reasons_a_table_of_answers():
    bare = read_table(pd.DataFrame({"customer": ["a"], "reason": ["x"]}), kind="answers")
    with pytest.raises(CaseError) as error:
        measure_answers(bare, as_of="2025-12-31", changed_on="2025-06-10")
    assert str(error.value) == 'the frame: with changed_on each row needs its date; map one with columns = { date = "..." }'
    others = read_table(pd.DataFrame({"customer": ["a"]}), kind="customers")
    with pytest.raises(CaseError) as error:
        measure_answers(others, as_of="2025-12-31")
    assert str(error.value) == "the frame: reasons are told by a table of kind 'answers', not 'customers'"


@pytest.mark.parametrize("engine", ["polars", "ibis-like DuckDB"])
def test_it_is_counted_where_the_table_is(engine):
    """The same frame on another engine of narwhals gives the same counts."""
    from dataclasses import replace

    import narwhals as nw

    rows = drawn(3, 120)
    own = table(rows, ["plan", "region"])
    arrow = own.frame.collect("pyarrow").to_native()
    if engine == "polars":
        other = nw.from_native(pytest.importorskip("polars").from_arrow(arrow).lazy())
    else:
        duckdb = pytest.importorskip("duckdb")
        connection = duckdb.connect()
        connection.register("given", arrow)
        other = nw.from_native(connection.sql("SELECT * FROM given")).lazy()
    found = measure_answers(replace(own, frame=other), as_of="2025-12-31", changed_on=CHANGE)
    assert told(found) == walked(rows, CHANGE)
