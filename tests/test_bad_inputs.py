"""Broken, hostile and merely odd inputs, each one as ../shared/bad_inputs/manifest.json says it must end."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from kpikit.errors import KpikitError
from kpikit.measuring import measure
from kpikit.questions.before_after import before_after
from kpikit.tables import read_table

FOLDER = Path(__file__).parents[1].parent / "shared" / "bad_inputs"
FILE = FOLDER / "manifest.json"
MANIFEST = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else []
TABLES = [entry for entry in MANIFEST if entry["kind"] != "notebook"]
each_table = pytest.mark.parametrize("entry", TABLES, ids=[entry["file"] for entry in TABLES])

COUNTED = {"numerator": "upgrades", "denominator": "subscribers"}  # what the manifest calls the counts
ROLES = {
    "aggregated": ("counts", {"period": "period", **COUNTED}, ["segment"]),
    "raw": ("events", {"customer": "customer_id", "date": "date", "event": "event", "amount": "amount"}, []),
}


def read(entry):
    """The checked table of an entry."""
    context = entry["context"]
    kind, columns, segments = ROLES[context["table"]]
    how = {"time_zone": context["timezone"]} if "timezone" in context else {}
    return read_table(FOLDER / entry["file"], kind=kind, columns=columns, segments=segments, **how)


def measured(entry, table):
    """The series of an entry, and the checks that its answer shows."""
    context = entry["context"]
    change = context.get("intervention")
    if context["table"] == "aggregated":
        series = measure("upsell_ratio", table, window="month", as_of=context["as_of"], changed_on=change)
    else:
        names = {"numerator": ["upgrade"], "denominator": ["upgrade"]}
        series = measure("upgrade_rate", table, window="month", as_of=context["as_of"], event_names=names)
    return series, [*series.checks, *(before_after(series, change).checks if change else ())]


def outcome(entry):
    """How an entry ends: error, warning or ok; what is said; and what came of it by the manifest's names."""
    try:
        table = read(entry)
        series, checks = measured(entry, table)
    except KpikitError as error:
        return "error", str(error), {}
    said = [f"{check.sentence} {check.private}" for check in checks if check.passed is False]
    rows = table.until(datetime.fromisoformat(entry["context"]["as_of"])).frame.collect("pyarrow").to_native().num_rows
    numbers = {name: found(name, series, rows) for name in entry.get("expected", {})}
    return "warning" if said else "ok", "\n".join(said), numbers


def found(name, series, rows):
    """What came of an input, by the manifest's names."""
    upgrades, subscribers = (sum(map(int, series.counts[column])) for column in COUNTED)
    relation, _, limit = name.rpartition("_")
    if relation in ("strictly_above", "at_least"):  # in integers: 11 of 20 are not above 55 %
        return 100 * upgrades > int(limit) * subscribers or (
            relation == "at_least" and 100 * upgrades == int(limit) * subscribers
        )
    return {
        "rows": rows,
        "upgrades": upgrades,
        "subscribers": subscribers,
        "distinct_customers": subscribers,
        "segments": series.counts["segment"].nunique() if "segment" in series.counts else None,
        "total_pct": pytest.approx(100 * series.total().table["value"].iloc[0], rel=1e-12),
    }[name]


@pytest.fixture(autouse=True)
def nothing_planted(tmp_path, monkeypatch):
    """A folder of its own, in which nothing may appear that an input planted."""
    monkeypatch.chdir(tmp_path)
    yield
    assert list(tmp_path.iterdir()) == []
    assert [path for place in (Path("/tmp"), Path.home(), FOLDER) for path in place.glob("*CANARY*")] == []


@each_table
def test_a_table_ends_as_the_manifest_says(entry):
    ended, said, numbers = outcome(entry)
    assert ended == entry["must_happen"], said
    missing = [
        mention
        for mention in entry["message_should_mention"]
        if not any(one.casefold() in said.casefold() for one in mention.split("|"))
    ]
    assert not missing, said
    assert "Traceback" not in said
    if ended != "error":
        assert numbers == entry.get("expected", {})


def test_the_manifest_names_every_table_of_the_folder():
    if not TABLES:
        pytest.skip("shared/bad_inputs is not here")
    there = {str(path.relative_to(FOLDER)) for path in FOLDER.glob("*/*") if path.parent.name != "notebooks"}
    assert {entry["file"] for entry in TABLES} == there
