"""The kinds of table, and the roles that their columns play."""

import pytest

from kpikit.errors import CaseError, TableError
from kpikit.tables import KINDS
from kpikit.tables.roles import read_as, require, roles_of

COUNTS = {"period": "month", "numerator": "upgrades", "denominator": "subscribers"}
THERE = ["month", "upgrades", "more", "subscribers"]


def refusal(error, *arguments):
    with pytest.raises(error) as raised:
        roles_of(*arguments)
    return str(raised.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_with_the_names_of_the_roles_needs_no_mapping(kind):
    assert roles_of(kind, {}, list(KINDS[kind].roles), "t.csv") == {role: [role] for role in KINDS[kind].roles}


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_without_the_optional_roles_does_without_them(kind):
    needed = [role for role in KINDS[kind].roles if role not in KINDS[kind].optional]
    assert roles_of(kind, {}, needed, "t.csv") == {role: [role] for role in needed}


@pytest.mark.parametrize(
    ("kind", "role"), [(kind, role) for kind in KINDS for role in KINDS[kind].roles if role not in KINDS[kind].optional]
)
def test_every_other_role_is_needed(kind, role):
    there = [name for name in KINDS[kind].roles if name != role]
    message = refusal(TableError, kind, {}, there, "t.csv")
    assert message == (
        f"t.csv: no column '{role}'; there is {', '.join(there)}; map one with columns = {{ {role} = \"{there[0]}\" }}"
    )


def test_the_eight_kinds_hold_what_the_design_says():
    assert {kind: set(KINDS[kind].roles) - set(KINDS[kind].optional) for kind in KINDS} == {
        "counts": {"period", "numerator", "denominator"},
        "volumes": {"period", "numerator", "denominator"},
        "events": {"customer", "date", "event"},
        "plans": {"customer", "date", "plan"},
        "orders": {"customer", "order", "date"},
        "customers": set(),
        "answers": {"customer", "reason"},
        "ratings": {"date", "score"},
    }


def test_what_is_read_of_customers_and_answers_may_be_missing_and_the_customer_may_not():
    for kind in ("customers", "answers"):
        assert {role for role, by in KINDS[kind].roles.items() if not by.endswith("?")} == {"customer"}
    others = {(kind, role) for kind in KINDS for role, by in KINDS[kind].roles.items() if by.endswith("?")}
    assert {pair for pair in others if pair[0] not in ("customers", "answers")} == {("plans", "amount"), ("ratings", "score")}
    assert (read_as("customers", "outcome"), read_as("answers", "date"), read_as("events", "unit")) == ("flag", "moment", "text")


def test_a_role_is_mapped_to_a_column_or_to_a_sum_of_columns():
    columns = COUNTS | {"numerator": ["upgrades", "more"]}
    assert roles_of("counts", columns, THERE, "t.csv") == {
        "period": ["month"],
        "numerator": ["upgrades", "more"],
        "denominator": ["subscribers"],
    }


def test_only_what_is_counted_can_be_a_sum():
    message = refusal(CaseError, "counts", COUNTS | {"period": ["month", "more"]}, THERE, "t.csv")
    assert message == "t.csv: the role 'period' takes one column, not 2"


def test_a_column_is_not_summed_with_itself():
    message = refusal(CaseError, "counts", COUNTS | {"numerator": ["upgrades", "upgrades"]}, THERE, "t.csv")
    assert message == "t.csv: the role 'numerator' names the column 'upgrades' twice, which would be counted twice"


def test_an_optional_role_that_is_mapped_has_to_exist():
    there = ["customer", "date", "event"]
    message = refusal(TableError, "events", {"amount": "price"}, there, "t.csv")
    assert message == (
        "t.csv: no column 'price'; there is customer, date, event; map one with columns = { amount = \"customer\" }"
    )


def test_an_unknown_kind_and_an_unknown_role_are_refused_with_the_nearest():
    assert refusal(CaseError, "count", {}, THERE, "t.csv") == "t.csv: no kind of table 'count'; did you mean 'counts'?"
    assert refusal(CaseError, "cubes", {}, THERE, "t.csv") == (
        "t.csv: no kind of table 'cubes'; there is counts, volumes, events, plans, orders, customers, answers, ratings"
    )
    assert refusal(CaseError, "counts", COUNTS | {"numerater": "x"}, THERE, "t.csv") == (
        "t.csv: a table of kind 'counts' has no role 'numerater'; did you mean 'numerator'?"
    )
    assert refusal(CaseError, "counts", COUNTS | {"who": "x"}, THERE, "t.csv") == (
        "t.csv: a table of kind 'counts' has no role 'who'; there is period, numerator, denominator, less, reversed"
    )


@pytest.mark.parametrize("columns", [[], ()])
def test_a_role_that_is_mapped_to_no_column_is_refused(columns):
    with pytest.raises((CaseError, TableError), match="numerator"):
        roles_of("counts", COUNTS | {"numerator": columns}, THERE, "t.csv")


def test_a_column_that_exists_passes_and_another_is_refused_with_what_is_there():
    require("plan", ["plan"], "t.csv", "columns")
    with pytest.raises(TableError) as error:
        require("plam", ["plan", "region"], "t.csv", 'segments = ["plan"]')
    assert str(error.value) == "t.csv: no column 'plam'; there is plan, region; map one with segments = [\"plan\"]"
