"""kpikit.bands: the name a value earns, exactly, on either side of every edge."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpikit.bands import Band, band_of, bands_of, check_bands, check_edges, limits
from kpikit.errors import DefinitionError

CALM = settings(deadline=None, derandomize=True, max_examples=200)
PUBLISHED = (Band("low", Decimal("0.15"), edge_inside=False), Band("moderate", Decimal("0.30")), Band("strong", None))
WHOLE_PERCENTAGES = [(n, d) for d in range(1, 1001) for n in range(d + 1) if 100 * n % d == 0]


def two(edge, inside):
    """Two bands that meet at one edge."""
    return (Band("lower", Decimal(edge), inside), Band("higher", None))


def brute(n, d, bands):
    """The first band whose end, as a fraction, the fraction n / d does not pass."""
    if d == 0:
        return None
    value = Fraction(str(n)) / Fraction(str(d))
    ends = [(Fraction(str(band.edge)), band) for band in bands if band.edge is not None]
    passed = [value > end or (value == end and not band.edge_inside) for end, band in ends]
    return bands[passed.index(False) if False in passed else -1].name


@st.composite
def band_lists(draw):
    edges = sorted(draw(st.sets(st.decimals(Decimal("0.001"), 1, places=3), min_size=1, max_size=4)))
    bands = [Band(f"band {i}", edge, draw(st.booleans())) for i, edge in enumerate(edges)]
    return (*bands, Band("open", None))


@st.composite
def columns(draw):
    """A numerator and a denominator column of one kind of number, close to whole percentages."""
    write = draw(
        st.sampled_from(
            [lambda x: x, lambda x: x * (2**53 + 1), lambda x: x * 10**30, lambda x: x / 8, lambda x: Decimal(x) / 1000]
        )
    )
    pairs = draw(st.lists(st.tuples(st.integers(0, 110), st.integers(0, 3000), st.integers(-1, 1)), max_size=6))
    rows = [(write(max(0, percent * d // 100 + off)), write(d)) for percent, d, off in pairs]
    kind = "float64" if any(isinstance(x, float) for row in rows for x in row) else object
    if rows and all(isinstance(x, int) and x < 2**63 for row in rows for x in row):
        kind = "int64"
    return tuple(pd.Series([row[side] for row in rows], dtype=kind) for side in (0, 1))


def test_a_value_on_an_up_to_edge_stays_in_the_lower_band():
    assert band_of(30, 100, PUBLISHED) == "moderate"
    assert band_of(301, 1000, PUBLISHED) == "strong"


def test_a_value_on_a_below_edge_belongs_to_the_band_above():
    assert band_of(15, 100, PUBLISHED) == "moderate"
    assert band_of(149, 1000, PUBLISHED) == "low"


def test_one_in_a_million_past_an_edge_is_past_it():
    assert band_of(300_000, 10**6, PUBLISHED) == "moderate"
    assert band_of(300_001, 10**6, PUBLISHED) == "strong"
    assert band_of(149_999, 10**6, PUBLISHED) == "low"


@pytest.mark.parametrize(("n", "d", "percent"), [(11, 20, 55), (14, 25, 56), (29, 100, 29), (57, 100, 57), (7, 25, 28)])
def test_values_that_floats_put_off_their_edge_lie_on_it(n, d, percent):
    assert n / d * 100 != percent
    assert band_of(n, d, two(f"0.{percent}", True)) == "lower"
    assert band_of(n, d, two(f"0.{percent}", False)) == "higher"


def test_every_whole_percentage_with_up_to_a_thousand_lies_on_its_edge():
    for n, d in WHOLE_PERCENTAGES:
        edge = Decimal(100 * n // d) / 100
        assert band_of(n, d, two(edge, True)) == "lower", (n, d)
        assert band_of(n, d, two(edge, False)) == "higher", (n, d)


def test_of_those_percentages_floats_miss_two_hundred_as_the_list_of_traps_says():
    missed = [n / d * 100 - 100 * n // d for n, d in WHOLE_PERCENTAGES if n / d * 100 != 100 * n // d]
    assert (len(missed), sum(gap > 0 for gap in missed)) == (200, 160)


@pytest.mark.parametrize("inside", [True, False])
def test_every_fraction_with_up_to_a_thousand_earns_the_band_of_its_rounded_percentage(inside):
    d = np.repeat(np.arange(1, 1001), np.arange(2, 1002))
    n = np.concatenate([np.arange(d + 1) for d in range(1, 1001)])
    step = 10
    edges = range(0, 100, step) if inside else range(step, 101, step)
    bands = [Band(str(i), Decimal(edge) / 100, inside) for i, edge in enumerate(edges)] + [Band(str(len(edges)), None)]
    rounded = -(-100 * n // (step * d)) if inside else 100 * n // (step * d)
    assert np.array_equal(bands_of(pd.Series(n), pd.Series(d), bands).astype(int), rounded)


@CALM
@given(st.integers(0, 2000), st.integers(0, 1000), band_lists())
def test_a_band_is_the_one_that_fractions_say(n, d, bands):
    assert band_of(n, d, bands) == brute(n, d, bands)


@CALM
@given(columns(), band_lists())
def test_a_column_earns_what_each_of_its_rows_earns(counts, bands):
    n, d = counts
    expected = [brute(a, b, bands) for a, b in zip(n, d, strict=True)]
    assert [band_of(a, b, bands) for a, b in zip(n, d, strict=True)] == expected
    assert list(bands_of(n, d, bands)) == expected


@CALM
@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(1, 10**20), band_lists())
def test_counting_in_another_unit_changes_no_band(n, d, factor, bands):
    assert band_of(n, d, bands) == band_of(n * factor, d * factor, bands) == band_of(Decimal(n) / 1000, Decimal(d) / 1000, bands)


def test_integers_above_two_to_the_53_are_not_rounded():
    d = 2**60
    n = pd.Series([3 * d // 10, 3 * d // 10 + 1])
    assert float(n[0]) == float(n[1])
    assert 10 * int(n[0]) < 3 * d < 10 * int(n[1])
    assert list(bands_of(n, pd.Series([d, d]), two("0.3", True))) == ["lower", "higher"]


@pytest.mark.parametrize(("kind", "n", "d"), [(np.int32, 65 * 10**7, 10**9 - 63), (np.int64, 4 * 10**18, 9 * 10**18 + 1)])
def test_numpy_integers_do_not_wrap_on_their_way_to_a_band(kind, n, d):
    assert band_of(kind(n), kind(d), two("0.30", True)) == "higher"


def test_a_numpy_float_earns_the_band_of_its_number():
    assert band_of(np.float64(30.0), np.float64(100.0), PUBLISHED) == "moderate"


def test_nothing_has_a_band_over_a_denominator_of_zero():
    assert band_of(0, 0, PUBLISHED) is None
    assert list(bands_of(pd.Series([0, 1]), pd.Series([0, 2]), PUBLISHED)) == [None, "strong"]


@pytest.mark.parametrize("missing", [float("nan"), None])
def test_a_missing_denominator_earns_no_band(missing):
    kind = float if missing is not None else object
    n, d = pd.Series([30, missing], dtype=kind), pd.Series([100, missing], dtype=kind)
    assert list(bands_of(n, d, PUBLISHED)) == ["moderate", None]


@pytest.mark.parametrize("missing", [float("nan"), None])
def test_a_missing_numerator_is_not_taken_for_zero(missing):
    assert list(bands_of(pd.Series([30, missing], dtype=object), pd.Series([100, 100]), PUBLISHED)) == ["moderate", None]


def test_a_variant_without_bands_gives_none():
    assert band_of(1, 2, ()) is None
    assert list(bands_of(pd.Series([1, 2]), pd.Series([2, 2]), ())) == [None, None]


def test_a_value_above_one_earns_the_open_band():
    assert band_of(12, 10, PUBLISHED) == "strong"


@pytest.mark.parametrize(
    ("band", "limit"),
    [
        (Band("a", Decimal("0.30")), "up to 30%"),
        (Band("a", Decimal("0.15"), edge_inside=False), "below 15%"),
        (Band("a", Decimal("0.125")), "up to 12.5%"),
        (Band("a", Decimal("1")), "up to 100%"),
        (Band("a", None), "any value"),
    ],
)
def test_a_limit_says_where_the_edge_lies(band, limit):
    assert limits([band]) == [limit]


@pytest.mark.parametrize(
    ("bands", "message"),
    [
        ([Band("a", Decimal("0.2"))], "the last band, 'a', must be open: take away its up_to or below"),
        ([Band("a", Decimal("0.2")), Band("a", None)], "two bands bear the same name"),
        ([Band("a", None), Band("b", None)], "band 'a' needs up_to or below; only the last band is open"),
        ([Band("a", Decimal("NaN")), Band("b", None)], "band 'a' ends at NaN, which is not a number"),
        ([Band("a", Decimal("0.3")), Band("b", Decimal("0.2")), Band("c", None)], "band 'b' must end above band 'a', not at 0.2"),
        (
            [Band("a", Decimal("0.2"), False), Band("b", Decimal("0.2")), Band("c", None)],
            "band 'b' must end above band 'a', not at 0.2",
        ),
    ],
)
def test_bands_that_do_not_ascend_to_an_open_end_are_refused(bands, message):
    with pytest.raises(DefinitionError) as told:
        check_bands(bands)
    assert str(told.value) == message


@pytest.mark.parametrize("bands", [(), (Band("all", None),), PUBLISHED])
def test_bands_that_ascend_are_taken(bands):
    check_bands(bands)


@pytest.mark.parametrize(
    ("edge", "unit", "part_of_whole"),
    [
        ("20", "percent", False),
        ("1.2", "percent", True),
        ("5.01", "percent", False),
        ("50", "points", False),
        ("-2", "points", False),
    ],
)
def test_an_edge_in_percent_where_a_fraction_belongs_is_refused(edge, unit, part_of_whole):
    with pytest.raises(DefinitionError) as told:
        check_edges([Band("a", Decimal(edge)), Band("b", None)], unit, part_of_whole=part_of_whole)
    assert str(told.value) == f"band 'a' ends at {edge}: edges are fractions, 20 % is 0.20"


@pytest.mark.parametrize(
    ("edge", "unit", "part_of_whole"),
    [("1", "percent", True), ("1.2", "percent", False), ("0", "points", False), ("3", "number", False), ("500", "money", False), ("90", "days", False)],
)  # fmt: skip
def test_an_edge_that_its_unit_can_reach_is_taken(edge, unit, part_of_whole):
    check_edges([Band("a", Decimal(edge)), Band("b", None)], unit, part_of_whole=part_of_whole)


@pytest.mark.parametrize(
    ("unit", "said"),
    [("percent", "up to 30%"), ("points", "up to 30 points"), ("number", "up to 0.3"), ("days", "up to 0.3 days")],
)
def test_a_limit_is_told_in_the_unit_of_the_kpi(unit, said):
    assert limits([Band("a", Decimal("0.30")), Band("b", None)], unit)[0] == said
