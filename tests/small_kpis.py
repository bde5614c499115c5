"""Small definitions: a KPI of any formula, for tests that need one which no shipped definition has."""

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
