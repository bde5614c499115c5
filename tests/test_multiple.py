"""kpikit.stats.multiple: against R's multtest, the paper of 1995, and the procedures that define the adjustments."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from kpikit.stats.multiple import benjamini_hochberg, benjamini_yekutieli, holm

CALM = settings(deadline=None, derandomize=True, max_examples=100)
FILE = Path(__file__).parents[1].parent / "shared" / "stats_vectors.json"
VECTORS = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else []
METHODS = {function.__name__: function for function in (holm, benjamini_hochberg, benjamini_yekutieli)}
EACH = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
FAMILY = st.lists(st.integers(0, 1000).map(lambda x: x / 1000), min_size=1, max_size=7)


def published(*methods):
    """The vectors of these methods, each a parameter; none where the file is absent."""
    found = [vector for vector in VECTORS if vector["method"] in methods]
    return pytest.mark.parametrize("vector", found, ids=[vector["name"] for vector in found])


@published(*(f"p_adjust.{name}" for name in METHODS))
def test_adjusted_p_values_are_those_of_r(vector):
    """R's multtest, as kept by statsmodels' tests."""
    adjusted = METHODS[vector["method"].removeprefix("p_adjust.")](vector["inputs"]["pvalues"])
    assert_allclose(np.sort(adjusted), vector["expected"], rtol=0, atol=vector["tolerance"])


@published("p_adjust.rejections")
def test_the_fifteen_p_values_of_1995_give_four_findings(vector):
    """Benjamini and Hochberg 1995, section 4; Bonferroni and Holm keep three."""
    p, alpha = np.array(vector["inputs"]["pvalues"]), vector["inputs"]["alpha"]
    found = benjamini_hochberg(p) <= alpha
    assert found.sum() == vector["expected"]["bh_rejections"]
    assert p[found].max() == vector["expected"]["bh_cutoff"]
    assert (holm(p) <= alpha).sum() == vector["expected"]["bonferroni_rejections"]


@CALM
@given(FAMILY)
def test_holm_is_bonferroni_closed(p):
    """A hypothesis is rejected when Bonferroni rejects every intersection that holds it (Marcus, Peritz and Gabriel 1976)."""
    subsets = [s for size in range(1, len(p) + 1) for s in combinations(range(len(p)), size)]
    closed = [max(min(1, len(s) * min(p[j] for j in s)) for s in subsets if i in s) for i in range(len(p))]
    assert_allclose(holm(p), closed, rtol=1e-12)


@CALM
@given(FAMILY, st.sampled_from([0.01, 0.0505, 0.2]))
def test_false_discovery_control_finds_what_the_step_up_procedures_find(p, alpha):
    ranks = np.arange(1, len(p) + 1)
    for adjusted, level in ((benjamini_hochberg(p), alpha), (benjamini_yekutieli(p), alpha / (1 / ranks).sum())):
        passed = np.flatnonzero(np.sort(p) <= ranks * level / len(p) + 1e-15)
        cutoff = np.sort(p)[passed[-1]] if len(passed) else -1
        assert_array_equal(adjusted <= alpha + 1e-12, np.array(p) <= cutoff)


@EACH
def test_missing_p_values_stay_missing_and_do_not_count(method):
    p = np.array([[0.01, np.nan, 0.04], [np.nan, 0.03, 0.2]])
    adjusted = method(p)
    assert_array_equal(np.isnan(adjusted), np.isnan(p))
    assert_array_equal(adjusted[~np.isnan(p)], method([0.01, 0.04, 0.03, 0.2]))


@EACH
def test_families_of_none_and_of_one_are_left_alone(method):
    assert method([]).shape == (0,)
    assert np.isnan(method([np.nan, np.nan])).all()
    assert method(0.03) == 0.03


@EACH
@pytest.mark.parametrize("wrong", [-0.01, 1.5])
def test_what_is_no_p_value_is_refused(method, wrong):
    with pytest.raises(ValueError, match=rf"^p-values lie from 0 to 1; there is \[{wrong}\]$"):
        method([0.5, wrong, np.nan])
