"""The command line on tables with something wrong: each ends as it must, says what it must, and makes nothing up."""

import html
import json
from pathlib import Path

import pytest

from kpikit.cli import main

FOLDER = Path(__file__).parents[1].parent / "shared" / "bad_inputs"
MANIFEST = FOLDER / "manifest.json"
ENTRIES = (
    [entry for entry in json.loads(MANIFEST.read_text(encoding="utf-8")) if entry["kind"] != "notebook"]
    if MANIFEST.exists()
    else []
)
CANARY = "KPIKIT_CANARY"
#: one of each sort of outcome: good tables, warnings of reading, contract, series and question, errors of each
REPORTED = (
    "csv/ok_formula_segments.csv", "csv/segments_not_in_all_periods.csv", "csv/raw_refund_negative_amount.csv", "csv/duplicate_rows.csv",
)  # fmt: skip


def every(entries):
    return pytest.mark.parametrize("entry", entries, ids=[entry["file"] for entry in entries])


def flags(entry):
    """How such a table is read and measured, as its manifest says."""
    context = entry["context"]
    said = ["--as-of", context["as_of"]]
    if context["table"] == "aggregated":
        said += ["--kind", "counts", "--kpi", "upsell_ratio", "--window", "month", "--segments", "segment"]
        said += ["--columns", "numerator=upgrades", "denominator=subscribers"]
    else:
        said += [
            "--kind",
            "events",
            "--kpi",
            "upgrade_rate",
            "--window",
            "month",
            "--columns",
            "customer=customer_id",
            "amount=amount",
        ]
        said += ["--event-names", "numerator=upgrade", "denominator=upgrade"]
    return said + (["--changed-on", context["intervention"]] if "intervention" in context else [])


def unsaid(entry, text):
    """What the message should mention and does not; words with a bar between them are alternatives."""
    told = text.casefold()
    return [words for words in entry["message_should_mention"] if not any(word.casefold() in told for word in words.split("|"))]


def outcome(code, looks):
    return "error" if code else "warning" if looks else "ok"


@every(ENTRIES)
def test_a_check_ends_as_it_must_and_says_what_it_must(entry, capsys):
    code = main(["check", str(FOLDER / entry["file"]), *flags(entry)])
    ended = capsys.readouterr()
    text = ended.out + ended.err
    assert outcome(code, "  [look] " in ended.out) == entry["must_happen"], text
    assert unsaid(entry, text) == []
    assert CANARY not in text
    assert "Traceback" not in text
    if code:
        assert (ended.out, ended.err.startswith("kpikit: ")) == ("", True)
    else:
        assert ended.err == ""
    if entry["must_happen"] == "ok" and "rows" in entry.get("expected", {}):
        rows = f"{entry['expected']['rows']:,}"
        assert f"  rows      {rows} of {rows}\n" in ended.out


@every([entry for entry in ENTRIES if entry["file"] in REPORTED])
def test_a_report_tells_in_its_log_and_index_what_it_tells_on_stderr(entry, capsys, tmp_path):
    out = tmp_path / "reports"
    code = main(["report", "--table", str(FOLDER / entry["file"]), "--out", str(out), *flags(entry)])
    ended = capsys.readouterr()
    assert outcome(code, ": look: " in ended.err) == entry["must_happen"], ended.err
    log = (out / "log.txt").read_text(encoding="utf-8")
    index = html.unescape((out / "index.html").read_text(encoding="utf-8"))
    for text in (ended.err, log, index):
        assert unsaid(entry, text) == []
        assert CANARY not in text
    assert "Traceback" not in ended.out + ended.err
    for line in ended.err.splitlines():
        said = line.removeprefix("kpikit: ").partition(" failed: ")[2] or line.partition(": look: ")[2] or line
        assert said in log
        assert said in index
    (report,) = [path for path in out.iterdir() if path.is_dir() and not path.name.startswith(".")] or [None]
    assert (report is None) == bool(code)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reports"]


def test_a_sample_of_every_outcome_is_reported():
    if not ENTRIES:
        pytest.skip("the tables are not here")
    outcomes = {entry["file"]: entry["must_happen"] for entry in ENTRIES}
    assert {outcomes[name] for name in REPORTED} == set(outcomes.values()) == {"ok", "warning", "error"}
