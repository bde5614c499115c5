"""Small tables of every kind, and what they come to: each followed row by row in plain Python, by no engine."""

import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from test_calendar import begins
from test_orders_kinds import is_more
from test_plans import LEVELS, NAMES, ORDER, invented, walked

from heavy.forms import Rows
from kpikit.catalog import load_kpi
from kpikit.moments import Calendar

SUM = ("numerator", "denominator")
FOLLOWED = (*SUM, "censored", "censored_numerator", "straddling", "straddling_numerator")
REGIONS = ("north", "NA", "süd", "")
LAST = timedelta(microseconds=1)


@dataclass(frozen=True)
class Example:
    """A table, how it is read and measured, and its counts: (first day of the period, *segments) -> counts."""

    kpi: str
    rows: Rows
    kind: str
    counted: dict
    expected: dict
    names: tuple = SUM
    read: dict = field(default_factory=dict)
    definition: object = None  # where the catalogue's own variant is changed


# --- already summed -----------------------------------------------------------------------------------------------------


def counts_by_month():
    """Zero denominators, several rows a cell, a list of columns, keep rules of every kind, cuts, NULLs where none is read."""
    draw, rows, told = random.Random(1), [], defaultdict(lambda: [0, 0])
    for number in range(260):
        month, region = f"2025-{draw.randint(1, 4):02d}", draw.choice(REGIONS[:3])
        mined, stood, upgraded = (draw.choice([0, 0, 3, 2**40 + 1]) for _ in range(3))
        upgraded = upgraded if mined + stood else 0
        tenure = draw.choice([Decimal("89.9999"), Decimal(90), Decimal("364.5"), Decimal(365), Decimal(0)])
        source, paid = draw.choice(["web", "test-1", None, "app"]), draw.choice([Decimal("0.1"), Decimal("0.2"), Decimal("0.3")])
        rows.append((month, region, upgraded, mined, stood, tenure, source, paid, None if number % 2 else "note"))
        if source in ("web", "app") and paid > Decimal("0.1"):
            band = "under 90" if tenure < 90 else "90 to under 365" if tenure < 365 else "365 or more"
            cell = told[date(2025, int(month[5:]), 1), region, band]
            cell[0], cell[1] = cell[0] + upgraded, cell[1] + mined + stood
    columns = {
        "month": "text", "region": "text", "upgraded": "whole", "mined": "whole", "stood": "whole", "tenure": "money", "source": "text",
        "paid": "money", "note": "text",
    }  # fmt: skip
    keep = [
        {"column": "source", "present": True}, {"column": "source", "not_starting_with": "test-"},
        {"column": "source", "one_of": ["web", "app", "test-1"]}, {"column": "paid", "above": Decimal("0.1")},
        {"column": "paid", "at_least": 0.2},
    ]  # fmt: skip
    read = {
        "columns": {"period": "month", "numerator": "upgraded", "denominator": ["mined", "stood"]}, "keep": keep,
        "segments": ["region", "tenure"], "cuts": {"tenure": [90, 365]}, "duplicates": "keep",
    }  # fmt: skip
    return Example("upgrade_rate", Rows(columns, rows), "counts", {"window": "month", "as_of": "2026-01-31"}, told, read=read)


def counts_with_reversals():
    """Periods as days of the calendar, a column of reversals, integers of another width, a duplicate that is dropped."""
    draw = random.Random(2)
    rows = [(date(2025, month, 1), draw.randint(5, 9), draw.randint(20, 30), draw.randint(0, 5)) for month in range(1, 13)]
    told = {(row[0],): (row[1] - row[3], row[2], row[3]) for row in rows}
    columns = {"period": "day", "numerator": "small", "denominator": "small", "reversed": "whole"}
    read, counted = {"duplicates": "drop"}, {"window": "month", "as_of": "2026-01-31"}
    table = Rows(columns, [*rows, rows[3]])
    return Example("upgrade_rate", table, "counts", counted, told, ("numerator", "denominator", "reversed"), read)


def counts_by_week():
    """Weeks that begin on Sunday, written with their first day and the last second of it."""
    weeks = [datetime(2024, 12, 22) + timedelta(days=7 * week, hours=23 * (week % 2)) for week in range(6)]
    rows = [(week, 3 + place, 40 + place) for place, week in enumerate(weeks)]
    told = {(week.date(),): (n, d) for week, n, d in rows}
    columns = {"period": "moment", "numerator": "whole", "denominator": "whole"}
    counted = {"window": "week", "as_of": "2025-03-01", "calendar": Calendar(first_weekday="sunday")}
    return Example("upsell_ratio", Rows(columns, rows), "counts", counted, told)


def counts_by(grain):
    """Quarters or years as text; the last of them in the future."""
    names = {"quarter": ["2024Q1", "2024-Q2", "2024-Q4", "2025-Q1"], "year": ["2000", "2023", "2024", "2025"]}[grain]
    rows = [(name, place, 10 if place else 0) for place, name in enumerate(names)]
    told = {(begun(name),): row for name, *row in rows[:3]}
    columns = {"period": "text", "numerator": "whole", "denominator": "whole"}
    counted = {"window": grain, "as_of": "2024-12-31"}
    return Example("upgrade_rate", Rows(columns, rows), "counts", counted, {key: tuple(row) for key, row in told.items()})


def begun(name):
    return date(int(name[:4]), int(name[-1]) * 3 - 2 if "Q" in name else 1, 1)


def volumes(kind, calendar, window):
    """Tenths, whose sums in floats depend on their order; a denominator of nothing; amounts cut into fiscal periods."""
    draw, rows, told = random.Random(3), [], defaultdict(lambda: [Decimal(0), Decimal(0)])
    for _ in range(300):
        day, site = date(2024, 1, 1) + timedelta(days=draw.randrange(500)), draw.choice(REGIONS[:2])
        d = Decimal(0) if day.month == 5 else Decimal(draw.randint(0, 99999)) / 10
        rows.append((day, site, Decimal(draw.choice([1, 2, 3])) / 10, d))
    for day, site, n, d in rows:
        step = begins(datetime(day.year, day.month, day.day), "month" if window != "week" else "week", calendar)
        cell = told[step, site]
        cell[0], cell[1] = cell[0] + n, cell[1] + d
    cells = [(day, site, float(n), float(d)) if kind == "double" else (day, site, n, d) for day, site, n, d in rows]
    columns = {"period": "day", "site": "text", "numerator": kind, "denominator": kind}
    read, counted = {"segments": ["site"], "duplicates": "keep"}, {"window": window, "as_of": "2026-01-01", "calendar": calendar}
    return Example("product_upgrade_ratio", Rows(columns, cells), "volumes", counted, told, read=read)


# --- events -------------------------------------------------------------------------------------------------------------


def events(variant, window, calendar, cut, within):
    """Events on a coarse grid of first and last instants, taken back within a span whose end is inside."""
    draw = random.Random(4)
    days = [datetime(2025, 3, 30) + timedelta(days=step) for step in range(0, 36, 3)]
    moments = [*days, *(day - LAST for day in days), *(day + timedelta(hours=12) for day in days)]
    rows = [
        (f"c{draw.randrange(14)}", draw.choice(moments), draw.choice(["active", "active", "up", "more", "back", "seen"]),
         draw.choice(REGIONS[:3]), draw.choice([None, "x"]))
        for _ in range(360)
    ]  # fmt: skip
    names = {"numerator": ["up", "more"], "denominator": ["active"]} | ({"reversal": ["back"]} if within else {})
    told = events_told(rows, names, window, calendar, cut, within, once=variant == "customers_once")
    counted = {"variant": variant, "window": window, "calendar": calendar, "event_names": names, "as_of": "2025-12-31"}
    counted |= {"reversed_within": f"{within} days"} if within else {}
    columns = {"customer": "text", "date": "moment", "event": "text", "region": "text", "unused": "text"}
    names_told = (*SUM, "reversed") if within else SUM
    read = {"segments": ["region"] if cut else []}
    return Example("upgrade_rate", Rows(columns, rows), "events", counted, told, names_told, read)


def events_told(rows, names, window, calendar, cut, within, once):
    at_risk, told = defaultdict(set), defaultdict(lambda: [0, 0, 0])
    for customer, when, event, region, _ in rows:
        if event in names["denominator"]:
            at_risk[begins(when, window, calendar), customer].add(region if cut else None)
    for (period, _), regions in at_risk.items():
        for region in regions:
            told[period, region][1] += 1
    gone, counted = taken_back(rows, names, within), set()
    for customer, when, event, region, _ in rows:
        period = begins(when, window, calendar)
        regions = at_risk.get((period, customer), set())
        own = next(iter(regions)) if len(regions) == 1 else region
        if event not in names["numerator"] or own not in regions:
            continue
        if (customer, when) in gone:
            told[period, own][2] += 1
        elif not once or (period, own, customer) not in counted:
            told[period, own][0] += 1
        counted |= {(period, own, customer)} if (customer, when) not in gone else set()
    return {(key if cut else key[:1]): tuple(cell[: 3 if within else 2]) for key, cell in told.items()}


def taken_back(rows, names, within):
    """Customer and moment of the latest event before each reversal, where it lies within the span."""
    gone = set()
    for customer, back, event, *_ in rows:
        if within and event in names["reversal"]:
            own = [row[1] for row in rows if row[0] == customer and row[2] in names["numerator"]]
            near = [when for when in own if when <= back <= when + timedelta(days=within)]
            gone |= {(customer, max(near))} if near else set()
    return gone


# --- plans --------------------------------------------------------------------------------------------------------------


def plans(seed, variant, counting, cut, moves=None):
    """Histories with moves at the first instants of months, each walked by itself (as in tests/test_plans.py)."""
    rows, kpi = invented(random.Random(seed)), load_kpi("upgrade_rate")
    chosen = kpi.variant(variant) if moves is None else replace(kpi.variant(variant), moves=moves)
    told = walked(rows, chosen, counting, cut)
    expected = {(date(int(key[0][:4]), int(key[0][5:]), 1), *key[1:]): value for key, value in told.items()}
    columns = {"customer": "text", "subscription": "text", "date": "moment", "plan": "text", "use": "text", "move": "text"}
    counted = {
        "variant": variant, "window": "month", "as_of": "2026-12-31", "plan_order": ORDER, "event_names": NAMES,
        "counting": {"per": "subscription"} | counting,
    }  # fmt: skip
    read = {"segments": ["use"] if cut else []}
    others = [one if one.id != variant else chosen for one in kpi.variants]
    assert set(LEVELS) >= {row[3] for row in rows}
    return Example(
        "upgrade_rate", Rows(columns, rows), "plans", counted, expected, SUM, read, replace(kpi, variants=tuple(others))
    )


# --- orders -------------------------------------------------------------------------------------------------------------

GRID = datetime(2026, 1, 1)
STEP = timedelta(hours=60)  # 12 of them are 30 days: windows end on the grid, also at as_of and at the change
LINES = {product: f"line {place % 3}" for place, product in enumerate("pqrstuv")}


def orders(more, variant, window, cut=True):
    """Orders at one instant, numbered 9 to 11; windows that end exactly at as_of and at the change; lines of several moments."""
    draw, rows = random.Random(5), []
    for _ in range(600):
        product, order, customer = draw.choice("pqrstuv"), str(draw.randint(7, 12)), draw.randrange(90)
        when, price = GRID + STEP * draw.randrange(customer % 60, 61), Decimal(draw.randint(1, 5)) / 10
        rows.append((f"c{customer}", order, when, product, LINES[product], price, draw.choice(REGIONS[:3]), None))
    as_of, changed_on = GRID + STEP * 61, GRID + STEP * 32
    told = orders_told(rows, more, variant.endswith("first_order"), window, as_of, changed_on, cut)
    columns = {
        "customer": "text", "order": "text", "date": "moment", "product": "text", "line": "text", "price": "money", "region": "text",
        "unused": "double",
    }  # fmt: skip
    counted = {"variant": variant, "window": window, "as_of": as_of, "changed_on": changed_on, "counting": {"more": more}}
    read = {"segments": ["region"] if cut else [], "duplicates": "keep"}
    return Example("product_upsell_rate", Rows(columns, rows), "orders", counted, told, FOLLOWED, read)


def orders_told(rows, more, first_counts, window, as_of, changed_on, cut):
    told, span = defaultdict(lambda: [0] * 6), None if window == "ever" else timedelta(days=int(window.split()[0]))
    for customer in {row[0] for row in rows}:
        lines = defaultdict(list)
        for row in rows:
            if row[0] == customer:
                lines[row[1]].append(row)
        when = {order: min(row[2] for row in held) for order, held in lines.items()}
        first = min(lines, key=lambda order: (when[order], len(order), order))
        held, begin = lines[first], when[first]
        later = [
            row for order, bought in lines.items() if order != first for row in bought if not span or when[order] <= begin + span
        ]
        yes = any(is_more(row, held, more) for row in later) or (first_counts and len({row[3] for row in held}) > 1)
        is_open = span is not None and begin > as_of - span
        spans = not is_open and begin < changed_on and (span is None or begin > changed_on - span)
        cell = told[date(begin.year, begin.month, 1), min(row[6] for row in held) if cut else ""]
        flags = (yes and not is_open, not is_open, is_open, yes and is_open, spans, yes and spans)
        for place, flag in enumerate(flags):
            cell[place] += flag
    return {(key if cut else key[:1]): tuple(cell) for key, cell in told.items()}


SUNDAY, APRIL = Calendar(first_weekday="sunday"), Calendar(year_starts="april")
EVERY = {
    "counts by month": counts_by_month,
    "counts with reversals": counts_with_reversals,
    "counts by week": counts_by_week,
    "counts by quarter": lambda: counts_by("quarter"),
    "counts by year": lambda: counts_by("year"),
    "volumes, decimals by fiscal quarter": lambda: volumes("money", APRIL, "quarter"),
    "volumes, doubles by month": lambda: volumes("double", Calendar(), "month"),
    "volumes, doubles by week": lambda: volumes("double", SUNDAY, "week"),
    "events, rate by month": lambda: events("all_subscribers", "month", Calendar(), cut=False, within=None),
    "events, rate by week with reversals": lambda: events("all_subscribers", "week", SUNDAY, cut=True, within=6),
    "events, share by fiscal year with reversals": lambda: events("customers_once", "year", APRIL, cut=True, within=9),
    "plans, customers once": lambda: plans(1, "customers_once", {}, cut=True),
    "plans, rate of recorded moves": lambda: plans(2, "all_subscribers", {"moves": ["tier"], "trial_endings": "counted"}, cut=False),
    "plans, net of what is undone": lambda: plans(3, "eligible_only", {"within_period": "net", "reactivation": "counted"}, cut=True),
    "plans, down and left": lambda: plans(4, "customers_once", {}, cut=True, moves=("down", "left")),
    "orders, new within 30 days": lambda: orders("new", "30_days", "30 days"),
    "orders, with the first order, ever": lambda: orders("new", "ever_with_first_order", "ever"),
    "orders, dearer": lambda: orders("dearer", "published", "60 days", cut=False),
    "orders, upsell": lambda: orders("upsell", "published", "60 days"),
    "orders, cross-sell": lambda: orders("cross-sell", "30_days", "30 days"),
}  # fmt: skip
