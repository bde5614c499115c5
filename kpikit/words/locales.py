"""How a language and country write numbers: the one place that turns a number into the text that people read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from kpikit.errors import CaseError

if TYPE_CHECKING:
    from babel import Locale

VARIABLE = "KPIKIT_LOCALE"  # how numbers are written, as de_DE; where it is not set, as in English
ENGLISH = ("", "en", "en_US", "en-US")  # as Python writes numbers: nothing is looked up, and nothing imported for it
NUMBER = re.compile(r"([+-]?)([\d,]+)(\.\d+)?(?:e([+-])(\d+))?(%?)")
DIRECTIONS = "\u200e\u200f\u061c"  # marks of the direction of writing: a sentence around a number is English
NEAREST = 3  # locales that a message names


@dataclass(frozen=True)
class Marks:
    """What a locale writes between, before and behind the digits of a number; digits stay 0 to 9."""

    locale: Locale
    decimal: str
    minus: str
    before_percent: str
    behind_percent: str

    def digits(self, whole: str, fraction: str) -> str:
        """A number without its sign; thousands are told apart where a comma did it."""
        from babel.numbers import format_decimal

        grouped = format_decimal(int(whole.replace(",", "")), locale=self.locale) if "," in whole else whole
        return f"{grouped}{fraction.replace('.', self.decimal)}"

    def signed(self, sign: str) -> str:
        """A sign."""
        return sign.replace("-", self.minus)


def written(number: str) -> str:
    """A number as the locale of the environment variable KPIKIT_LOCALE writes it; it comes as Python writes it: +1,234.5 or 7.0%.

    What is no number is left as it is. Raises CaseError where nobody knows the locale.

    >>> with numbers_in("de_DE"):
    ...     written("1,234.50"), written("-7.2"), written("n/a")
    ('1.234,50', '-7,2', 'n/a')
    """
    marks = _asked_marks()
    found = NUMBER.fullmatch(number) if marks else None
    if marks is None or found is None:
        return number
    sign, whole, fraction, power_sign, power, percent = found.groups("")
    raised = f"e{marks.signed(power_sign)}{power}" if power else ""
    text = f"{marks.digits(whole, fraction)}{raised}"
    return marks.signed(sign) + (f"{marks.before_percent}{text}{marks.behind_percent}" if percent else text)


def percent_sign() -> str:
    """What stands behind a number in percent: its space, where there is one, and the sign; nothing where that stands before."""
    marks = _asked_marks()
    return "%" if marks is None else marks.behind_percent


def asked_locale() -> str:
    """The locale that the environment asks for; empty where it asks for none."""
    return os.environ.get(VARIABLE, "")


@contextmanager
def numbers_in(locale: str) -> Iterator[None]:
    """Numbers are written as a locale does within the block, in this process and in those that it starts; empty for English.

    Raises CaseError where nobody knows the locale.
    """
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = locale
    try:
        _asked_marks()
        yield
    finally:
        os.environ.pop(VARIABLE)
        if before is not None:
            os.environ[VARIABLE] = before


def locale_fault(name: str) -> str:
    """What is wrong with the name of a locale, as the end of a message; empty where there is one of that name.

    >>> locale_fault("de_DE"), locale_fault("de-CH")
    ('', '')
    """
    try:
        _marks(name)
    except CaseError as error:
        return str(error)
    return ""


def _asked_marks() -> Marks | None:
    try:
        return _marks(asked_locale())
    except CaseError as error:
        raise CaseError(f"{VARIABLE} is '{asked_locale()}'; {error}") from error


@cache
def _marks(name: str) -> Marks | None:
    """The marks of a locale; None for English. Raises CaseError, which says what would be right."""
    if name in ENGLISH:
        return None
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(name, sep="-" if "-" in name else "_")
    except (UnknownLocaleError, ValueError):
        raise CaseError(_meant(name)) from None
    symbols, percent = locale.number_symbols["latn"], locale.percent_formats[None]
    ends = (end.strip(DIRECTIONS) for end in (percent.prefix[0], percent.suffix[0]))
    return Marks(locale, symbols["decimal"], symbols["minusSign"].strip(DIRECTIONS), *ends)


def _meant(name: str) -> str:
    from babel.localedata import locale_identifiers

    known, own = locale_identifiers(), name.replace("-", "_")
    alike = [one for one in known if one.partition("_")[0] == own.partition("_")[0]]
    near = get_close_matches(own, alike or known, NEAREST)
    return "it is a language with its country, as de_DE" + (f"; did you mean {' or '.join(near)}?" if near else "")
