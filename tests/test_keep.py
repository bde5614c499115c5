"""Keep rules: the only thing that filters rows; each says how many rows it removed."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpikit.errors import CaseError, KpikitError, TableError
from kpikit.tables import read_table
from kpikit.tables.keep import Keep

ROLES = {"period": "month", "numerator": "n", "denominator": "d"}


def counts(**columns):
    """A counts table with one row a value, their numerators 1, 2, 3 ..."""
    length = len(next(iter(columns.values())))
    return pd.DataFrame({"month": "2026-01", "n": range(1, length + 1), "d": 100, **columns})


def kept(table, *rules):
    """The numerators of the rows that the rules keep: the numbers of those rows."""
    checked = read_table(table, kind="counts", columns=ROLES, keep=rules)
    return [row[1] for row in checked.relation.fetchall()]


def removed(table, *rules):
    return [count for _, count in read_table(table, kind="counts", columns=ROLES, keep=rules).removed]


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ({"column": "x", "present": True}, [1, 2, 5, 6]),
        ({"column": "x", "not_starting_with": "C"}, [2, 3, 4, 5]),
        ({"column": "x", "one_of": ["C1", "NA"]}, [1, 5]),
        ({"column": "x", "one_of": ["none of these", "NA"]}, [5]),
        ({"column": "x", "not_starting_with": "c"}, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_each_rule_on_text_keeps_what_it_says(rule, rows):
    assert kept(counts(x=["C1", "1C", None, "  ", "NA", "C"]), rule) == rows


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ({"column": "x", "above": 0}, [2, 3, 5]),
        ({"column": "x", "at_least": 0}, [1, 2, 3, 5]),
        ({"column": "x", "above": Decimal("0.1")}, [2, 5]),
        ({"column": "x", "at_least": Decimal("0.1")}, [2, 3, 5]),
        ({"column": "x", "above": -2}, [1, 2, 3, 4, 5, 6]),
        ({"column": "x", "at_least": 10**15}, [5]),
        ({"column": "x", "above": 10**15}, []),
    ],
)
@pytest.mark.parametrize("as_written", [str, Decimal])
def test_each_rule_on_numbers_compares_exactly(rule, rows, as_written):
    table = counts(x=[as_written(text) for text in ("0", "0.100000000001", "0.1", "-1", "1000000000000000", "-1.5")])
    if rows:
        assert kept(table, rule) == rows
    else:
        with pytest.raises(TableError, match=r"removed all 6 rows$"):
            kept(table, rule)


def test_rules_are_applied_in_order_and_each_counts_what_those_before_it_let_through():
    table = counts(x=["C1", "C2", "a", "b"], y=["1", "0", "0", "5"])
    not_c, above = {"column": "x", "not_starting_with": "C"}, {"column": "y", "above": 0}
    assert (removed(table, not_c, above), kept(table, not_c, above)) == ([2, 1], [4])
    assert (removed(table, above, not_c), kept(table, above, not_c)) == ([2, 1], [4])
    assert removed(table, not_c) == [2]
    assert removed(table) == []


def test_the_contract_names_each_rule_and_what_it_removed():
    table = counts(x=["C1", "a", "b", None], y=["1", "0.5", "0", "5"])
    rules = (
        {"column": "x", "present": True},
        {"column": "x", "not_starting_with": "C"},
        {"column": "x", "one_of": ["a", "b"]},
        {"column": "y", "at_least": Decimal("0.0")},
        {"column": "y", "above": 0},
    )
    contract = read_table(table, kind="counts", columns=ROLES, keep=rules).contract
    assert (contract["rows_read"], contract["rows_kept"]) == (4, 1)
    assert contract["keep"] == [
        {"rule": "x is present", "removed": 1},
        {"rule": "x does not start with C", "removed": 1},
        {"rule": "x is one of a, b", "removed": 0},
        {"rule": "y is at least 0.0", "removed": 0},
        {"rule": "y is above 0", "removed": 1},
    ]


def test_a_fault_in_a_row_that_a_rule_removes_is_no_fault():
    table = counts(x=["cancelled", "kept"]).assign(n=[1.5, 7])
    assert kept(table, {"column": "x", "one_of": ["kept"]}) == [7]


def test_an_unreadable_number_under_a_rule_is_a_fault_and_no_removal():
    with pytest.raises(TableError) as error:
        kept(counts(price=["5", "1,234", "C7", None, "1e3", "0"]), {"column": "price", "above": 0})
    number = "is not a number written with digits and a decimal point, at most 12 decimals"
    assert str(error.value) == (
        "the frame: 4 values cannot be read\n"
        f"  row 2, column 'price': '1,234' {number}\n"
        f"  row 3, column 'price': 'C7' {number}\n"
        "  row 4, column 'price': the value is missing\n"
        f"  row 5, column 'price': '1e3' {number}"
    )


def test_an_unreadable_number_in_a_row_that_another_rule_removes_is_no_fault():
    table = counts(price=["5", "C7"], x=["a", None])
    present, above = {"column": "x", "present": True}, {"column": "price", "above": 0}
    assert kept(table, present, above) == [1]
    assert kept(table, above, present) == [1]
    assert removed(table, present, above) == [1, 0]


def test_rules_that_leave_nothing_are_refused():
    with pytest.raises(TableError) as error:
        kept(counts(x=["C1", "C2"]), {"column": "x", "not_starting_with": "C"})
    assert str(error.value) == "the frame: the keep rules removed all 2 rows"


@pytest.mark.parametrize("tricky", ["it's", 'a"b', "%", "_", "\\", "x' OR '1' = '1", "*", "ü", "C--"])
def test_a_text_in_a_rule_is_only_a_text(tricky):
    table = counts(x=[tricky, tricky + "!", "other"])
    assert kept(table, {"column": "x", "one_of": [tricky]}) == [1]
    assert kept(table, {"column": "x", "not_starting_with": tricky}) == [3]


def test_a_column_in_a_rule_may_have_any_name():
    table = counts(**{'a "b"; DROP': ["1", None]})
    assert kept(table, {"column": 'a "b"; DROP', "present": True}) == [1]


def test_a_column_that_is_not_there_is_refused():
    with pytest.raises(TableError) as error:
        kept(counts(x=["1"]), {"column": "y", "present": True})
    assert str(error.value) == "the frame: no column 'y'; there is month, n, d, x; map one with [[keep]] column"


HOLDS = "a [[keep]] rule is a column and one of present, not_starting_with, above, at_least, one_of; this one holds "


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"column": "x"}, HOLDS + "column"),
        ({"above": 1}, HOLDS + "above"),
        ({"column": "x", "above": 1, "at_least": 2}, HOLDS + "column, above, at_least"),
        ({"column": "x", "abov": 1}, "[[keep]] x: no condition 'abov'; did you mean 'above'?"),
        (
            {"column": "x", "zzz": 1},
            "[[keep]] x: no condition 'zzz'; there is present, not_starting_with, above, at_least, one_of",
        ),
        ({"column": "x", "present": False}, "[[keep]] x: present = False is not a condition that can be met"),
        ({"column": "x", "present": "yes"}, "[[keep]] x: present = 'yes' is not a condition that can be met"),
        ({"column": "x", "above": "5"}, "[[keep]] x: above = '5' is not a condition that can be met"),
        ({"column": "x", "above": True}, "[[keep]] x: above = True is not a condition that can be met"),
        ({"column": "x", "one_of": "abc"}, "[[keep]] x: one_of = 'abc' is not a condition that can be met"),
        ({"column": "x", "not_starting_with": 5}, "[[keep]] x: not_starting_with = 5 is not a condition that can be met"),
    ],
)
def test_a_rule_that_is_none_is_refused(raw, message):
    with pytest.raises(CaseError) as error:
        Keep.from_table(raw)
    assert str(error.value) == message


@pytest.mark.parametrize("number", [Decimal("inf"), Decimal("-inf"), Decimal("nan")])
def test_a_number_that_no_value_can_be_compared_with_is_refused(number):
    with pytest.raises(KpikitError):
        kept(counts(x=["1", "2"]), {"column": "x", "above": number})


@settings(max_examples=12, deadline=None)
@given(
    numbers=st.lists(st.decimals(-100, 100, places=3), min_size=1, max_size=20),
    limit=st.decimals(-100, 100, places=3),
    strictly=st.booleans(),
)
def test_a_comparison_agrees_with_plain_python_and_nothing_is_lost(numbers, limit, strictly):
    expected = [i for i, x in enumerate(numbers, start=1) if (x > limit if strictly else x >= limit)]
    rule = {"column": "x", "above" if strictly else "at_least": limit}
    table = counts(x=[f"{number:f}" for number in numbers])
    if expected:
        assert kept(table, rule) == expected
        assert removed(table, rule) == [len(numbers) - len(expected)]
    else:
        with pytest.raises(TableError, match=r"the keep rules removed all \d+ rows$"):
            kept(table, rule)
