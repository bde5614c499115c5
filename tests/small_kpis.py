"""Small definitions: a KPI of any formula, for tests that need one which no shipped definition has."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from kpikit.catalog import load_kpi
from kpikit.example import Example
from kpikit.formulas import Formula

BASE = load_kpi("upgrade_rate")


def kpi_of(kind, counts, *, measures=None, unit="percent", kpi_id="small", bands=(), **formula):
    """A KPI with one variant, `own`, whose parts are called things and bases; `formula` are further keys of its Formula."""
    if kind == "composed":
        parts = dict.fromkeys(formula["of"], Decimal(1))
        value = Decimal(str(float(Formula(kind, counts, **formula).combined([1] * len(parts)))))
        computes, example = Formula(kind, counts, **formula), Example(None, None, value, "made up", parts=parts)
    else:
        computes = Formula(kind, counts, "things", "bases", **formula)
        example = Example(Decimal(1), Decimal(2), Decimal("0.5"), "made up")
    variant = replace(
        BASE.variants[0], id="own", computes=computes, example=example, bands=bands, bands_source="", measures=measures or {},
        benchmarks=(), window=None,
    )  # fmt: skip
    return replace(BASE, id=kpi_id, unit=unit, variants=(variant,), published_case=None)


def measuring_kpi(measures, *, kind="ratio", counts="stock", **of_variant):
    """A KPI `made_up` whose one variant `only` names these measures, as {"plans": {"numerator": ..., "denominator": ...}}."""
    less = any("less" in roles for roles in measures.values())
    computes = Formula("balance" if less else kind, counts, "gains", "bases", less="losses" if less else "")
    example = Example(Decimal(3), Decimal(4), Decimal("0.5"), "made up", less=Decimal(1)) if less else None
    example = example or Example(Decimal(1), Decimal(4), Decimal("0.25"), "made up")
    keys = {"bands": (), "benchmarks": (), "window": None, "first_order_counts": False} | of_variant
    variant = replace(BASE.variants[0], id="only", computes=computes, example=example, measures=measures, **keys)
    return replace(BASE, id="made_up", variants=(variant,))


def cells(series, *names):
    """(period, *segments) -> the counts of these names; of one name the bare count."""
    rows = series.counts[["period", *series.segments, *names]].itertuples(index=False, name=None)
    keys = 1 + len(series.segments)
    return {(str(row[0]), *row[1:keys]): row[keys] if len(names) == 1 else row[keys:] for row in rows}


def each_measure(measured, measures):
    """(period, *segments) -> measure -> its count, where it is not 0; `measured` takes three of them at a time."""
    told, names = defaultdict(dict), list(measures)
    for place in range(0, len(names), 3):
        numerator, denominator, less = (names + names)[place : place + 3]
        series = measured(numerator, denominator, less)
        for key, (n, d, taken) in cells(series, "numerator", "denominator", "less").items():
            for name, count in ((numerator, n + taken), (denominator, d), (less, taken)):
                if count:
                    told[key][name] = count
    return dict(told)


def said(series, name):
    """The sentences of a series' checks of that name."""
    return [check.sentence for check in series.checks if check.name == name]
