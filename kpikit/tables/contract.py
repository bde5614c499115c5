"""The data contract that stands before every number: rows, dates, keys, duplicates, impossible counts, names that mislead."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import Any

import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import TableError
from kpikit.tables.checked import CELLS, Checked, Reading
from kpikit.tables.ids import refuse_copied_ids, topics_of
from kpikit.tables.roles import KINDS, SUMMED, read_as
from kpikit.tables.texts import text_checks

PLACEHOLDERS = tuple(
    datetime(*day)
    for day in (
        (1, 1, 1),
        (1753, 1, 1),
        (1899, 12, 30),
        (1899, 12, 31),
        (1900, 1, 1),
        (1970, 1, 1),
        (2099, 12, 31),
        (9999, 12, 31),
    )
)
FAR = timedelta(days=5 * 366)  # a date that stands for 'unknown' lies so far from all others
MOST_EXACT = 0.999 * 2**63  # a sum of counts stays under it on every engine; it is looked at as a float, which cannot wrap
UNKNOWN, COUNTED = "__unknown", "__rows"
MOST_NAMES = 10_000  # different names that are looked at
MOST_EVENTS = 300  # among more names of events none is looked for that is misspelt
MOST_NAMED = 6
NO_IDS = "No column names the customers: each row counts as one, and nobody can see whether somebody is in it twice."
NEARLY = 0.84  # likeness of two event names: upgrade and upgrdae are, plan_a and plan_b are not


@dataclass(frozen=True)
class Contract:
    """What was found before any number: the frame that may be counted, its dates, and what has to be said."""

    frame: nw.LazyFrame[Any]
    rows: int
    first: datetime | None
    last: datetime | None
    checks: tuple[Check, ...]


def contract_of(checked: Checked, reading: Reading, name: str) -> Contract:
    """Raises TableError where no number may be made of the table."""
    time = reading.time
    facts = dict(checked.facts or _facts(checked.frame, reading, time))
    checks = [*checked.notes]
    frame, placeholder = _without_placeholders(checked.frame, time, facts)
    if placeholder:
        checks.append(placeholder)
        facts = _facts(frame, reading, time)
    _refuse_large(facts, reading, name)
    if reading.kind in ("counts", "volumes"):
        _refuse_impossible(frame, reading, checked.grain, name)
        checks += _repeated_keys(frame, reading, name)
    checks += _duplicates(checked, reading, name)
    arm = ["arm"] if "arm" in reading.roles and "arm" not in reading.segments else []
    names = _names(frame, [*reading.segments, *(["event"] if reading.kind == "events" else []), *arm])
    _refuse_ids(frame, names, reading, name)
    for segment in (*reading.segments, *arm):
        checks += text_checks(segment, names[segment])
    if reading.kind == "events":
        checks += _event_names(names["event"])
    if reading.kind == "customers" and "customer" not in reading.roles:
        checks.append(Check("customer ids", None, NO_IDS))
    if facts["rows"] == 1:
        checks.append(
            Check("rows", False, "The table has 1 row, of 1 period: no trend, no before and after, no spread between periods.")
        )
    if (least := facts.get("amount_min")) is not None and least < 0:
        checks.append(_negative(facts, reading))
    return Contract(frame, int(facts["rows"]), as_datetime(facts["first"]), as_datetime(facts["last"]), tuple(checks))


def _facts(frame: nw.LazyFrame[Any], reading: Reading, time: str | None) -> dict[str, Any]:
    """One row of sums, least and greatest values."""
    parts = [nw.len().alias("rows")]
    if time is not None:
        parts += [nw.col(time).min().alias("first"), nw.col(time).max().alias("last")]
    for role in _numbers(reading):
        parts += [nw.col(role).min().alias(f"{role}_min"), nw.col(role).max().alias(f"{role}_max")]
    parts += [nw.col(role).cast(nw.Float64).sum().alias(f"{role}_sum") for role in SUMMED if role in reading.roles]
    if "amount" in reading.roles:
        parts.append(nw.when(nw.col("amount") < 0).then(1).otherwise(0).sum().alias("negative"))
    return {"first": None, "last": None} | dict(frame.select(*parts).collect("pyarrow").to_native().to_pylist()[0])


def _numbers(reading: Reading) -> list[str]:
    return [role for role in reading.roles if read_as(reading.kind, role) in CELLS]


def as_datetime(when: Any) -> datetime | None:
    """A date or instant of any engine as a datetime without a zone."""
    if when is None:
        return None
    if isinstance(when, datetime):
        return when.replace(tzinfo=None)
    return datetime(when.year, when.month, when.day)


def _without_placeholders(
    frame: nw.LazyFrame[Any], time: str | None, facts: dict[str, Any]
) -> tuple[nw.LazyFrame[Any], Check | None]:
    """The rows whose date is a date, and what stood for 'unknown' in the others."""
    first, last = as_datetime(facts["first"]), as_datetime(facts["last"])
    suspects = [
        day for day in PLACEHOLDERS if first is not None and last is not None and day.date() in (first.date(), last.date())
    ]
    if time is None or not suspects or first == last:
        return frame, None
    day = nw.col(time)
    is_one = [(day >= one) & (day < (one + timedelta(days=1) if one.year < 9999 else datetime.max)) for one in PLACEHOLDERS]
    unknown = is_one[0]
    for one in is_one[1:]:
        unknown = unknown | one
    flagged = frame.with_columns(nw.when(unknown).then(1).otherwise(0).alias(UNKNOWN))
    known = flagged.filter(nw.col(UNKNOWN) == 0).drop(UNKNOWN)
    ends = known.select(low=day.min(), high=day.max()).collect("pyarrow").to_native().to_pylist()[0]
    low, high = as_datetime(ends["low"]), as_datetime(ends["high"])
    if low is None or high is None:
        return frame, None
    counted = flagged.filter(nw.col(UNKNOWN) == 1).group_by(time).agg(nw.len().alias("rows"))
    rows = sorted((as_datetime(row[time]) or low, row["rows"]) for row in counted.collect("pyarrow").to_native().to_pylist())
    far = [(when, count) for when, count in rows if low - when > FAR or when - high > FAR]
    if len(far) < len(rows):
        return frame, None
    total = sum(count for _, count in far)
    dates = words.listed(f"{when:%Y-%m-%d}".rjust(10, "0") for when, _ in far)
    said = f"{dates} {'stands' if len(far) == 1 else 'stand'} for an unknown date: {words.counted(total, 'row')} left out."
    return known, Check("placeholder dates", False, said)


def _refuse_large(facts: dict[str, Any], reading: Reading, name: str) -> None:
    """TableError for counts so large that their sum could pass what every engine adds exactly."""
    for role in SUMMED:
        most = facts.get(f"{role}_max")
        if most is not None and KINDS[reading.kind].roles[role] == "count" and facts[f"{role}_sum"] >= MOST_EXACT:
            column = words.listed(reading.roles[role])
            raise TableError(
                f"{name}, column '{column}': {int(most)} is too large for a count: the sum passes 2^63 and would overflow"
            )


def _refuse_impossible(frame: nw.LazyFrame[Any], reading: Reading, grain: str | None, name: str) -> None:
    """TableError for counts that cannot be: below 0, or some of none."""
    n, d = nw.col("numerator"), nw.col("denominator")
    roles = [role for role in ("numerator", "denominator", "less") if role in reading.roles]
    below = nw.any_horizontal(*(nw.col(role) < 0 for role in roles), ignore_nulls=True)
    wrong = frame.filter(below | ((d == 0) & (n > 0)) if reading.kind == "counts" else below)
    rows = wrong.head(MOST_NAMED).collect("pyarrow").to_native().to_pylist()
    if not rows:
        return
    numerator, denominator = (" + ".join(reading.roles[role]) for role in ("numerator", "denominator"))
    taken = {"less": " + ".join(reading.roles["less"])} if "less" in reading.roles else {}
    lines = [
        f"{_place(row, reading, grain)}: {plainly(row['numerator'])} {numerator}"
        + "".join(f" less {plainly(row[role])} {name}" for role, name in taken.items())
        + f" of {plainly(row['denominator'])} {denominator} is impossible"
        for row in rows
    ]
    raise TableError(f"{name}: counts that cannot be\n  " + "\n  ".join(lines))


def plainly(number: Any) -> str:
    """A number of any engine with no needless zeros."""
    return f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number}"


def _place(row: dict[str, Any], reading: Reading, grain: str | None) -> str:
    when = as_datetime(row["period"])
    return ", ".join([told_period(when, grain) if when else "", *(str(row[name]) for name in reading.segments)])


def _repeated_keys(frame: nw.LazyFrame[Any], reading: Reading, name: str) -> list[Check]:
    """Whether several rows make up one period and segment: they are summed, and that is said."""
    keys = ["period", *(segment for segment in reading.segments if segment != "period")]
    repeated = frame.group_by(keys).agg(nw.len().alias("rows")).filter(nw.col("rows") > 1)
    told = repeated.select(count=nw.len(), most=nw.col("rows").max()).collect("pyarrow").to_native().to_pylist()[0]
    if not told["count"]:
        return []
    cell = ("period", "periods") if len(keys) == 1 else ("segment of a period", "segments of a period")
    cells = words.counted(int(told["count"]), *cell)
    said = f"{cells} {'is' if told['count'] == 1 else 'are'} made up of several rows (up to {told['most']}), which are summed."
    return [Check("grain", True, said)]


def _duplicates(checked: Checked, reading: Reading, name: str) -> list[Check]:
    if reading.kind == "customers" and "customer" not in reading.roles and reading.how.duplicates != "drop":
        return []  # two who are alike in every column are two customers
    extra, places, values = checked.duplicates()
    if not extra:
        return []
    summed = reading.kind in ("counts", "volumes")
    choice = reading.how.duplicates or ("refuse" if summed else "keep")
    where = f" ({words.listed(places)})" if places else ""
    row = ", ".join(value for value in values if value)
    are = "is a duplicate" if extra == 1 else "are duplicates"
    shown = f", as {row}" if summed else ""  # rows of all other tables hold a customer, which is told to their reader alone
    said = f"{words.counted(extra, 'row')} {are} of another in every column{shown}{where}"
    if choice == "refuse":
        raise TableError(
            f"{name}: {said}: counted twice; take it out, or say duplicates = 'keep' where such rows are rightly alike, or 'drop'"
        )
    done = "left out, as the case asks" if choice == "drop" else "counted as they stand; duplicates = 'drop' leaves them out"
    return [Check("duplicates", False, f"{said}: {done}.", "" if summed else f"The first: {row}.")]


def _names(frame: nw.LazyFrame[Any], columns: Sequence[str]) -> dict[str, list[str]]:
    """The different values of each column, seen together in one pass."""
    if not columns:
        return {}
    found = frame.group_by(*dict.fromkeys(columns)).agg(nw.len().alias(COUNTED)).head(MOST_NAMES).collect("pyarrow").to_native()
    return {column: sorted({str(value) for value in found[column].to_pylist()}) for column in columns}


def _refuse_ids(frame: nw.LazyFrame[Any], names: Mapping[str, Sequence[str]], reading: Reading, name: str) -> None:
    """CaseError for a segment that is the customers' ids under another name."""
    cut = {segment: names[segment] for segment in reading.segments if segment not in topics_of(reading.roles)}
    refuse_copied_ids(frame, cut, "customer" if "customer" in reading.roles else None, reading.kind, name)


def _event_names(names: Sequence[str]) -> list[Check]:
    """Names of events that are nearly another's: misspelt, they would not be counted."""
    if len(names) > MOST_EVENTS:
        return []
    pairs = set[tuple[str, ...]]()
    for name in names:
        others = [one for one in names if one != name and not _another_word(one, name)]
        pairs |= {tuple(sorted((name, other))) for other in get_close_matches(name, others, 1, NEARLY)}
    if not pairs:
        return []
    said = words.listed(f"'{one}' and '{other}'" for one, other in sorted(pairs)[:MOST_NAMED])
    return [Check("event names", False, f"The events {said} differ by little: is one misspelt?")]


def _another_word(one: str, other: str) -> bool:
    """Whether two names that are alike mean two things: unsubscribe and subscribe, step 1 and step 2."""
    long, short = sorted((one.casefold(), other.casefold()), key=len, reverse=True)
    counted = re.sub(r"\d+", "0", long) == re.sub(r"\d+", "0", short) and long != short
    return counted or (len(long) >= len(short) + 2 and long.endswith(short))


def _negative(facts: dict[str, Any], reading: Reading) -> Check:
    column, count = words.listed(reading.roles["amount"]), int(facts["negative"])
    rows = words.counted(count, "row") + (" has" if count == 1 else " have")
    return Check(
        "negative amounts",
        False,
        f"{rows} a negative '{column}' (the least {plainly(facts['amount_min'])}): refunds are taken off the amounts.",
    )


def told_period(when: datetime | date, grain: str | None) -> str:
    """A date as the table writes it: a month as a month."""
    letters = {"month": "M", "quarter": "Q", "year": "Y"}
    return words.day(when) if grain not in letters else str(pd.Period(when, freq=letters[grain]))


def columns_told(reading: Reading) -> dict[str, str | Sequence[str]]:
    """Role -> its columns, as the answer keeps them."""
    return {role: names[0] if len(names) == 1 else list(names) for role, names in reading.roles.items()}
