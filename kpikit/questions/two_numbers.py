"""value, compare: what two or four numbers say, for those who hold no table."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.answer import Answer, Check
from kpikit.bands import bands_of
from kpikit.catalog import load_kpi
from kpikit.errors import DefinitionError
from kpikit.exact import Count, exact, finite
from kpikit.kpi import Kpi, Variant
from kpikit.questions.verdicts import change_of, changes, direction, head, known, marks, method_check, side
from kpikit.stats.intervals import Floats, Interval, balance, poisson, wilson
from kpikit.stats.paired import mcnemar, newcombe_paired

INTERVALS = {"binomial": wilson, "stock": wilson, "poisson": poisson}
ONE_NUMBER = Check("one number", None, "Its period and the noise between periods are not known.")
TWO_POINTS = Check("two points", None, "Trend, season and noise not checked.")


class Value(Answer):
    """The answer to `value`: it is also a number, and has a band."""

    @property
    def value(self) -> float:
        """Numerator / denominator, as a fraction."""
        return float(self)

    @property
    def band(self) -> str | None:
        """The name of the band it lies in; None where none is published for the variant."""
        band: str | None = self.verdict["band"]
        return band

    def __float__(self) -> float:
        return float(self.verdict["value"])


def value(
    kpi: Kpi | str, numerator: Count, denominator: Count, less: Count | None = None, *, variant: str | None = None,
    benchmark: str | None = None, target: float | None = None,
) -> Value:  # fmt: skip
    """The KPI's value from two numbers, with its interval and band; a balance, as promoters less detractors, takes three.

    Raises DefinitionError for an unknown KPI or counts that are impossible for it.

    >>> answer = value("upgrade_rate", 15, 100)
    >>> answer.value, answer.band
    (0.15, 'below target')
    """
    definition = load_kpi(kpi) if isinstance(kpi, str) else kpi
    chosen = definition.variant(variant)
    rows = _rows(definition, chosen, [(numerator, denominator, *(() if less is None else (less,)))])
    estimate = side(rows.iloc[0])
    verdict = head(definition, chosen, None) | estimate | marks(definition, chosen, estimate, benchmark, target)
    return Value("value", verdict, rows, (ONE_NUMBER,))


def compare(
    kpi: Kpi | str, before: tuple[Count, ...], after: tuple[Count, ...], *, variant: str | None = None,
    benchmark: str | None = None, target: float | None = None,
) -> Answer:  # fmt: skip
    """Whether the KPI moved between two points, each (numerator, denominator), with the interval that fits what is counted.

    A point of a balance is (numerator, denominator, less).

    >>> answer = compare("upgrade_rate", (150, 1000), (250, 1000))
    >>> answer.verdict["direction"]
    'rose'
    """
    definition = load_kpi(kpi) if isinstance(kpi, str) else kpi
    chosen = definition.variant(variant)
    rows = _rows(definition, chosen, [before, after])
    moved = changes(rows.iloc[[0]].reset_index(drop=True), rows.iloc[[1]].reset_index(drop=True)).iloc[0]
    first, last = side(rows.iloc[0]), side(rows.iloc[1])
    verdict = head(definition, chosen, None) | {"before": first, "after": last, **change_of(moved)}
    verdict |= marks(definition, chosen, last, benchmark, target)
    noise = chosen.computes.noise
    checks = (method_check({"stock": "two stocks"}.get(noise, noise), verdict["change"]), TWO_POINTS)
    return Answer("compare", verdict, rows.assign(side=["before", "after"]), checks)


def compare_pairs(
    kpi: Kpi | str, *, both: int, before_only: int, after_only: int, neither: int, variant: str | None = None
) -> Answer:  # fmt: skip
    """Whether a state changed in the same units, seen before and after: counts of units by where they had it.

    Newcombe's paired interval (method 10) and McNemar's mid-p test. Raises DefinitionError for a variant that counts what
    goes one way only, as an upgrade does: of those who have it nobody can lose it, so pairs show a rise whatever happened.

    >>> answer = compare_pairs("product_upgrade_ratio", both=20, before_only=2, after_only=12, neither=16, variant="adoption")
    >>> answer.verdict["direction"]
    'rose'
    """
    definition = load_kpi(kpi) if isinstance(kpi, str) else kpi
    chosen = definition.variant(variant)
    if chosen.computes.counts != "stock":
        raise DefinitionError(
            f"{definition.id}: variant '{chosen.id}' counts a {chosen.computes.counts}, which goes one way; pairs are for a "
            "state that can be gained and lost; compare two groups instead"
        )
    counts = (both, after_only, before_only, neither)
    if min(counts) < 0 or sum(counts) == 0:
        raise DefinitionError(f"{definition.id}: pairs are counted in whole numbers of 0 or more, at least one; not {counts}")
    rows = _rows(definition, chosen, [(both + before_only, sum(counts)), (both + after_only, sum(counts))])
    told = newcombe_paired(*counts)
    moved = {name: known(end) for name, end in zip(("value", "low", "high"), told, strict=True)}
    first, last = side(rows.iloc[0]), side(rows.iloc[1])
    nothing = {"value": None, "low": None, "high": None}
    verdict = head(definition, chosen, None) | {"before": first, "after": last, "change": moved, "relative": nothing}
    verdict |= {"direction": direction(moved), **marks(definition, chosen, last, None, None)}
    p_value = words.p_value(float(mcnemar(after_only, before_only)))
    pairs = Check("interval", True, f"Of the same units before and after (Newcombe 1998, method 10; McNemar's mid-p {p_value}).")
    return Answer("compare", verdict, rows.assign(side=["before", "after"]), (pairs, TWO_POINTS))


def _rows(kpi: Kpi, variant: Variant, points: Sequence[tuple[Count, ...]]) -> pd.DataFrame:
    """A row a point: numerator (less what is taken off it), denominator, value, limits and band."""
    computes = variant.computes
    if computes.composed:
        raise DefinitionError(
            f"{kpi.id}: variant '{variant.id}' is the {computes.combine} of {words.listed(computes.of)}, not of two numbers; "
            "give their values to kk.kpi_tree, or in the shell: kpikit tree"
        )
    counted = [_net(kpi, variant, point) for point in points]
    for numerator, denominator, _ in counted:
        refusal = computes.refusal(numerator, denominator)
        if refusal or denominator == 0:
            raise DefinitionError(f"{kpi.id}: {refusal or f'of 0 {computes.denominator} there is no value'}")
    rows = pd.DataFrame(counted, columns=["numerator", "denominator", "less"]).astype(object)
    n, d, less = (np.asarray(rows[name], dtype=np.float64) for name in rows)
    estimate = INTERVALS.get(computes.noise, _no_limits)(n, d) if computes.noise != "balance" else balance(n + less, less, d)
    bands = bands_of(rows["numerator"], rows["denominator"], variant.bands)
    rows = rows if computes.less else rows.drop(columns="less")
    return rows.assign(value=estimate.value, low=estimate.low, high=estimate.high, band=bands)


def _net(kpi: Kpi, variant: Variant, point: tuple[Count, ...]) -> tuple[Count, Count, Count]:
    """Numerator with what a balance takes off it, denominator, and that; DefinitionError for too few or too many numbers."""
    parts = variant.computes
    named = [parts.numerator, parts.denominator, *([parts.less] if parts.less else [])]
    if len(point) != len(named) or None in point:
        raise DefinitionError(f"{kpi.id}: give {words.counted(len(named), 'number')}: {words.listed(named)}; not {len(point)}")
    less = point[2] if parts.less else 0
    if not all(map(finite, point)):
        return point[0], point[1], 0  # `refusal` says what is wrong with them
    return _whole(exact(point[0]) - exact(less)) if less else point[0], point[1], less


def _whole(number: Fraction) -> Count:
    return int(number) if number.denominator == 1 else Decimal(number.numerator) / Decimal(number.denominator)


def _no_limits(n: Floats, d: Floats) -> Interval:
    return Interval(n / d, np.full(len(n), np.nan), np.full(len(n), np.nan))
