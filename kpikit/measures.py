"""The measures that rows of each kind of table hold: what a definition may name as its numerator or denominator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from kpikit import words
from kpikit.errors import DefinitionError

#: kind of table -> measure -> what it is, in each period
MEASURES: dict[str, dict[str, str]] = {
    "plans": {
        "opening_customers": "customers on a plan when the period begins",
        "closing_customers": "customers on a plan when it ends",
        "new_customers": "customers on a plan at the end who never had one before the period",
        "left_customers": "customers on a plan at the start and on none at the end",
        "returned_customers": "customers on none at the start, on one at the end, who had one before",
        "stayed_customers": "customers on a plan at the start and at the end",
        "up_customers": "customers who end the period on a higher plan than they began it on",
        "down_customers": "customers who end the period on a lower plan than they began it on",
        "top_customers": "customers on the highest plan when the period ends",
        "opening_revenue": "the sum of `amount` when the period begins",
        "closing_revenue": "the sum of `amount` when it ends",
        "new_revenue": "closing amounts of new customers",
        "returned_revenue": "closing amounts of returned customers",
        "expansion_revenue": "what customers who stayed pay more at the end",
        "contraction_revenue": "what customers who stayed pay less at the end",
        "churned_revenue": "opening amounts of customers who left",
        "lost_revenue": "contraction and churned revenue",
        "gained_revenue": "new, returned and expansion revenue",
        "kept_revenue": "closing amounts of opening customers, each no more than its opening amount",
        "retained_revenue": "closing amounts of opening customers",
        "up_revenue": "closing less opening amounts of customers who moved to a higher plan",
        "down_revenue": "opening less closing amounts of customers who moved to a lower plan",
    },
    "orders": {
        "orders": "different orders",
        "customers": "different customers who ordered",
        "new_customers": "customers whose first order of all lies in the period",
        "returning_customers": "customers who ordered in the period and before it",
        "repeat_customers": "customers with two or more orders in the period",
        "order_lines": "lines of orders",
        "revenue": "the sum of `amount`",
        "returning_revenue": "the sum of `amount` of returning customers",
        "customer_products": "different pairs of a customer and a product",
        "orders_of_several_products": "orders that hold two or more different products",
        "orders_of_several_lines": "orders that hold two or more different product lines",
        "customers_of_several_lines": "customers who bought from two or more product lines",
    },
    "events": {
        **{
            f"{role}_{name}": what.format(role=role)
            for role in ("numerator", "denominator")
            for name, what in {
                "customers": "different customers with an event of the {role}",
                "events": "events of the {role}",
                "days": "different pairs of a customer and a day with an event of the {role}",
                "kinds": "different pairs of a customer and an event's name, of the {role}",
                "amount": "the sum of `amount` of the {role}'s events",
            }.items()
        },
        "denominator_customer_days": "different customers with an event of the denominator, times the days of the period",
    },
    "ratings": {
        "answers": "scores given",
        "scores": "the sum of the scores",
        "at_least": "scores of the number that follows or more, as 'at_least 9'",
        "at_most": "scores of the number that follows or less, as 'at_most 6'",
    },
    "customers": {},
}
#: kind of table -> the kinds of formula that are counted from its rows without naming measures, as `plans = {}`
COUNTED: dict[str, tuple[str, ...]] = {
    "plans": ("share", "rate"), "orders": ("follow_on",), "events": ("share", "rate", "follow_on"), "customers": ("share",),
    "ratings": (),
}  # fmt: skip
#: measures whose periods add up: each order, line, score or movement lies in one. Movements of plans are those between the ends
#: of a period: a gain in one month and its loss in the next are both movements of the months, and none of their quarter
ADDS_OVER_PERIODS: dict[str, frozenset[str]] = {
    "plans": frozenset({
        "new_customers", "left_customers", "returned_customers", "up_customers", "down_customers", "new_revenue",
        "returned_revenue", "expansion_revenue", "contraction_revenue", "churned_revenue", "lost_revenue", "gained_revenue",
        "up_revenue", "down_revenue",
    }),
    "orders": frozenset({
        "orders", "new_customers", "order_lines", "revenue", "orders_of_several_products", "orders_of_several_lines",
    }),
    "events": frozenset({"denominator_events", "denominator_amount"}),
    "ratings": frozenset(MEASURES["ratings"]),
    "customers": frozenset(),
}  # fmt: skip
ROLES = ("numerator", "denominator", "less")
THRESHOLDS = ("at_least", "at_most")


def check_measures(named: Mapping[str, Mapping[str, object]], kind: str, *, less: bool) -> None:
    """Refuses a kind of table that holds no measures, a measure that it does not hold, and a role without one."""
    for table, roles in named.items():
        if table not in MEASURES:
            raise DefinitionError(f"measures: no kind of table '{table}' holds measures; {words.near(table, MEASURES)}")
        if not roles:
            _refuse_not_counted(table, kind)
            continue
        wanted = ROLES if less else ROLES[:2]
        for role in roles:
            if role not in (*wanted, *(("scale",) if table == "ratings" else ())):
                raise DefinitionError(f"measures: {table}: no role '{role}' is known here; {words.near(role, wanted)}")
        for role in wanted:
            if role not in roles:
                raise DefinitionError(f"measures: {table}: the role '{role}' is missing")
            _refuse_unknown(table, roles[role])
        if table == "ratings":
            _refuse_scale(roles.get("scale"))


def measured_roles(named: Mapping[str, object]) -> dict[str, str]:
    """The measure of each role, in the order numerator, denominator, less.

    >>> measured_roles({"denominator": "answers", "numerator": "at_least 9", "scale": [0, 10]})
    {'numerator': 'at_least 9', 'denominator': 'answers'}
    """
    return {role: str(named[role]) for role in ROLES if role in named}


def add_over_periods(table: str, measures: Iterable[str]) -> bool:
    """Whether the measures of a kind of table may be added over periods, each and all of them.

    >>> add_over_periods("orders", ["revenue", "orders"]), add_over_periods("orders", ["revenue", "customers"])
    (True, False)
    """
    return {threshold(measure)[0] for measure in measures} <= ADDS_OVER_PERIODS[table]


def threshold(measure: str) -> tuple[str, Decimal | None]:
    """A measure's name, and the number behind it where it has one.

    >>> threshold("at_least 9"), threshold("answers")
    (('at_least', Decimal('9')), ('answers', None))
    """
    name, _, number = measure.partition(" ")
    return name, Decimal(number) if number else None


def _refuse_not_counted(table: str, kind: str) -> None:
    if kind not in COUNTED[table]:
        named = "numerator = ..., denominator = ..." if MEASURES[table] else "another table"
        raise DefinitionError(f"measures: a {kind} is not counted from {table} by itself; name its measures: {named}")


def _refuse_unknown(table: str, measure: object) -> None:
    name, _, number = str(measure).partition(" ")
    if name not in MEASURES[table] or (number and name not in THRESHOLDS):
        raise DefinitionError(f"measures: {table} holds no '{measure}'; {words.near(str(measure), MEASURES[table])}")
    if name in THRESHOLDS and not number.removeprefix("-").isdecimal():
        raise DefinitionError(f"measures: {table}: '{measure}' needs a whole number, as '{name} 9'")


def _refuse_scale(scale: object) -> None:
    ends = list(scale) if isinstance(scale, (list, tuple)) else []
    if len(ends) != 2 or not all(type(end) is int for end in ends) or ends[0] >= ends[1]:
        raise DefinitionError(f"measures: ratings: scale is {scale!r}; it is the lowest and the highest score, as [0, 10]")
