"""Published numbers for the tests of kpikit.stats: shared/stats_vectors.json, beside the repository."""

import gc
import json
import os
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import pytest

with patch.dict(os.environ, OPENBLAS_NUM_THREADS="1"):  # read at import: threads of two workers would wait for each other
    import scipy.linalg  # noqa: F401
    from numpy.testing import assert_allclose

os.environ.pop("KPIKIT_LOCALE", None)  # what tests expect is written in English, however somebody writes his own numbers

FILE = Path(__file__).parents[1].parent / "shared" / "stats_vectors.json"
VECTORS = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else []
COUNTS = ["count", "nobs", "count1", "nobs1", "count2", "nobs2", "both", "first_only", "second_only", "neither"]


def pytest_collection_finish(session):
    """What was collected stays to the end: looking through it for litter again and again takes a tenth of all the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_unconfigure():
    """At the end all of it is given back, or DuckDB tells of what it takes for leaks."""
    gc.unfreeze()


def pytest_configure(config):
    """Where several workers run the tests, all reports that they make are forked from one pair of warm servers."""
    if getattr(config.option, "numprocesses", None):
        from kpikit.report.kernels.warm import DRIVER, KERNEL, Warm

        with ExitStack() as stack:
            for kind in (KERNEL, DRIVER):
                stack.enter_context(Warm(kind))
            config.add_cleanup(stack.pop_all().close)


def published(*names_or_methods):
    """The vectors of these names or methods, each a parameter; where the file is absent the test is skipped."""
    found = [vector for vector in VECTORS if vector["name"] in names_or_methods or vector["method"] in names_or_methods]
    return pytest.mark.parametrize("vector", found, ids=[vector["name"] for vector in found])


def counts(vector):
    """The counts of a vector, in the order in which every method takes them."""
    return [vector["inputs"][name] for name in COUNTS if name in vector["inputs"]]


def ends(interval):
    return [float(interval.low), float(interval.high)]


def assert_published(interval, vector, expected=None):
    """The limits are those of the vector, or those that it gives under several methods, as far as they are printed."""
    assert_allclose(ends(interval), expected or vector["expected"], rtol=0, atol=vector["tolerance"], err_msg=vector["source"])
