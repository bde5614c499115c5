"""Numbers and lists as people write them."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from kpikit.words.locales import percent_sign, written

NOT_KNOWN = "n/a"
FRACTIONS = ("percent", "points")  # units that are fractions inside, shown times 100
POINTS = " pp"  # what stands behind the change of a rate
BEHIND = {"points": " points", "days": " days", "months": " months"}  # what stands behind a value
ROUNDING = 1e-9  # a difference under it is what adding leaves
FINE = 10  # plain numbers below it, as 1.19 orders a customer, have two decimals


def near(word: str, choices: Iterable[str]) -> str:
    """What the writer may have meant, as the end of a message; the choices themselves when nothing is near.

    >>> near("plam", ["plan", "region"])
    "did you mean 'plan'?"
    """
    known = list(choices)
    folded = {choice.casefold(): choice for choice in known}
    match = difflib.get_close_matches(word.casefold(), folded, n=1)
    return f"did you mean '{folded[match[0]]}'?" if match else f"there is {', '.join(known) or 'none'}"


def listed(items: Iterable[str], last: str = "and") -> str:
    """Joins words as a sentence does.

    >>> listed(["trend", "season", "noise"])
    'trend, season and noise'
    """
    words = list(items)
    return " ".join([", ".join(words[:-1]), last, words[-1]]) if len(words) > 1 else "".join(words)


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun.

    >>> counted(1, "month"), counted(2, "month")
    ('1 month', '2 months')
    """
    return f"{amount(number)} {one if number == 1 else many or one + 's'}"


def capital(text: str) -> str:
    """A text that begins a sentence.

    >>> capital("week of 2026-01-05 is a Monday's")
    "Week of 2026-01-05 is a Monday's"
    """
    return text[:1].upper() + text[1:]


def amount(value: Any) -> str:
    """A count or volume with thousands separators; one decimal at the most above 100. A decimal may come as its text.

    >>> amount(12345), amount(1234.56), amount(0.5), amount("2156552.0")
    ('12,345', '1,234.6', '0.5', '2,156,552')
    """
    number = float(value)
    if not math.isfinite(number):
        return NOT_KNOWN
    if number == int(number):
        return written(f"{int(Decimal(value) if isinstance(value, str) else value):,}")
    return written(f"{number:,.1f}" if abs(number) >= 100 else f"{number:,.3g}")


def level(value: float | None, unit: str) -> str:
    """A KPI's value as people write it.

    >>> level(0.15, "percent"), level(0.0042, "percent"), level(None, "percent")
    ('15.0%', '0.42%', 'n/a')
    >>> level(0.23, "points"), level(1234.5, "money"), level(7.25, "months"), level(1.19, "number")
    ('23.0 points', '1,234.50', '7.2 months', '1.19')
    """
    return NOT_KNOWN if value is None or not math.isfinite(value) else written(_level(value, unit)) + BEHIND.get(unit, "")


def tick(value: float, unit: str) -> str:
    """A level as an axis writes it: without needless zeros, and without what the name of the axis says.

    >>> tick(0.15, "percent"), tick(0.0042, "percent"), tick(7.0, "months"), tick(1.5, "number")
    ('15%', '0.42%', '7', '1.5')
    """
    text = _level(value, unit).replace(".0%", "%").removesuffix(".00").removesuffix(".0")
    return written(text.rstrip("0") if unit == "number" and "." in text else text)


def _level(value: float, unit: str) -> str:
    if unit == "money":
        return _first_seen(value, ",", range(2, 5)) if value else "0.00"
    number = _fixed(value * 100 if unit in FRACTIONS else value, FINE if unit == "number" else 1)
    return f"{number}%" if unit == "percent" else number


def change(value: float | None, unit: str) -> str:
    """A difference of two values, always signed: percentage points for a rate.

    >>> change(0.0987, "percent"), change(-0.0002, "percent")
    ('+9.9 pp', '-0.02 pp')
    >>> change(0.05, "points"), change(-2.5, "money")
    ('+5.0 points', '-2.50')
    """
    if value is None or not math.isfinite(value):
        return NOT_KNOWN
    return written(_change(value, unit)) + (POINTS if unit == "percent" else BEHIND.get(unit, ""))


def change_tick(value: float, unit: str) -> str:
    """A change as an axis writes it: without needless zeros; a rate's with what it is in.

    >>> change_tick(0.1, "percent"), change_tick(-2.5, "money"), change_tick(7.0, "months")
    ('+10 pp', '-2.50', '+7')
    """
    text = _change(value, unit).removesuffix(".00").removesuffix(".0")
    return written(text.rstrip("0") if unit == "number" and "." in text else text) + (POINTS if unit == "percent" else "")


def _change(value: float, unit: str) -> str:
    if unit == "money":
        return _first_seen(value, "+,", range(2, 5)) if abs(value) > ROUNDING else "0.00"
    return _signed(value * 100 if unit in FRACTIONS else value, FINE if unit == "number" else 0)


def relative(value: float | None) -> str:
    """A relative change in percent, signed.

    >>> relative(0.658)
    '+65.8%'
    """
    return NOT_KNOWN if value is None or not math.isfinite(value * 100) else written(f"{_signed(value * 100)}%")


def relative_tick(value: float) -> str:
    """A relative change as an axis writes it.

    >>> relative_tick(0.5), relative_tick(-0.125)
    ('+50%', '-12.5%')
    """
    return written(f"{_signed(value * 100)}%".replace(".0%", "%"))


def interval_of(confidence: float) -> str:
    """What an interval is called.

    >>> interval_of(0.95)
    '95% interval'
    """
    return f"{written(f'{confidence:.0%}')} interval"


def sized(told: Mapping[str, float | None], unit: str, confidence: float) -> str:
    """A change with its interval, where there is one.

    >>> sized({"value": 0.07, "low": 0.065, "high": 0.075}, "percent", 0.95)
    '+7.0 pp, 95% interval +6.5 to +7.5 pp'
    """
    span = between(told["low"], told["high"], unit, signed=True)
    size = change(told["value"], unit)
    return f"{size}, {interval_of(confidence)} {span}" if span else size


def signed_amount(number: float) -> str:
    """A number of counted units or money, signed.

    >>> signed_amount(12345.6), signed_amount(-0.2)
    ('+12,346', '0')
    """
    return written(f"{round(number):+,}") if round(number) else "0"


def rounded_sum(number: float) -> str:
    """Money that was reckoned, signed, to three digits: more would pretend to know it better.

    >>> rounded_sum(188826.4), rounded_sum(-1234567), rounded_sum(0.0)
    ('+189,000', '-1,230,000', '0')
    """
    return signed_amount(float(f"{number:.3g}"))


def p_value(value: float) -> str:
    """A p-value as people write it.

    >>> p_value(0.0301), p_value(0.0004)
    ('0.03', 'under 0.001')
    """
    if value < 0.001:
        return f"under {written('0.001')}"
    return written(f"{value:.3f}".rstrip("0") if value < 0.0995 else f"{value:.2f}")


def times(ratio: float) -> str:
    """A factor.

    >>> times(2.26), times(12.4)
    ('2.3 times', '12 times')
    """
    return f"{written(f'{ratio:.1f}' if ratio < 10 else f'{ratio:,.0f}')} times"


def largest(rank: int) -> str:
    """A place in a row by size.

    >>> [largest(n) for n in (1, 2, 11, 23)]
    ['largest', '2nd largest', '11th largest', '23rd largest']
    """
    end = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return "largest" if rank == 1 else f"{rank}{end} largest"


def agreed(number: int, one: str, many: str) -> str:
    """The word that agrees with a number.

    >>> agreed(1, "stands", "stand"), agreed(3, "stands", "stand")
    ('stands', 'stand')
    """
    return one if number == 1 else many


def _fixed(number: float, fine: float) -> str:
    """One decimal, two below `fine`, and up to four until something other than zero is seen."""
    return _first_seen(number, "", range(1 if abs(number) >= fine else 2, 5)) if number else "0.0"


def _signed(number: float, fine: float = 0) -> str:
    return _first_seen(number, "+", range(1 if abs(number) >= fine else 2, 5)) if abs(number) > ROUNDING else "0.0"


def _first_seen(number: float, sign: str, digits: range) -> str:
    texts = (f"{number:{sign}.{count}f}" for count in digits)
    return next((text for text in texts if float(text.replace(",", ""))), f"{number:{sign}.1e}")


def between(low: float | None, high: float | None, unit: str, *, signed: bool) -> str:
    """An interval in words; one-sided where the data bound one side only, empty where they bound none."""
    write = change if signed else level
    ends = [None if end is None or not math.isfinite(end) else write(end, unit) for end in (low, high)]
    if ends[0] and ends[1]:
        return spanned(ends[0], ends[1])
    return f"at least {ends[0]}" if ends[0] else f"at most {ends[1]}" if ends[1] else ""


def spanned(low: str, high: str) -> str:
    """From one written number to another; what stands behind both is said once.

    >>> spanned("+6.5 pp", "+7.5 pp"), spanned("11.0%", "20.0%"), spanned("3", "4")
    ('+6.5 to +7.5 pp', '11.0 to 20.0%', '3 to 4')
    """
    shared = next((end for end in (POINTS, *BEHIND.values(), percent_sign()) if low.endswith(end)), "")
    return f"{low.removesuffix(shared)} to {high}"


def per_window(window: str, counts: str) -> str:
    """How the window is said behind a value.

    >>> per_window("month", "flow"), per_window("30 days", "cohort"), per_window("month", "stock")
    ('per month', 'within 30 days', 'in a month')
    """
    if window == "ever":
        return "at any later time"
    if counts == "cohort":
        return f"within {window}" if window[0].isdigit() else f"within a {window}"
    return f"per {window}" if counts == "flow" else f"in a {window}"


class Said(str):
    """A sentence, or several by lines, that displays itself as paragraphs."""

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in self.splitlines())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


def html_list(items: Sequence[str]) -> str:
    """An HTML list of escaped texts."""
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"
