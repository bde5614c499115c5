"""The command line: what it prints, how it ends, and that a mistake is one message."""

import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from kpikit.cases import KEYS, read_case
from kpikit.cli import main
from kpikit.cli.arguments import parser
from kpikit.cli.commands import CASE_FLAGS
from kpikit.cli.reporting import REPLACED

ROOT = Path(__file__).parents[1]
SUBS = "month,upgrades,subscribers\n" + "".join(f"2025-{m:02},{100 + m},1000\n" for m in range(1, 13))


def kpikit(*arguments, cwd=ROOT):
    return subprocess.run([sys.executable, "-m", "kpikit", *arguments], cwd=cwd, capture_output=True, text=True)


def test_list_names_every_kpi_and_every_case(capsys):
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    assert "upgrade_rate" in shown
    assert "online_retail_upsell" in shown


def test_show_prints_the_card(capsys):
    assert main(["show", "upgrade_rate"]) == 0
    shown = capsys.readouterr().out
    assert "Band 'below target': up to 20% (our reading)" in shown
    assert "Diagnostic questions" in shown


def test_compare_prints_the_verdict_with_the_warning(capsys):
    assert main(["compare", "upgrade_rate", "150/1000", "250/1000"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Upgrade Rate rose from 15.0% to 25.0% (+10.0 pp, 95% interval ")
    assert "two points: trend, season and noise not checked" in shown.lower()


def test_an_unknown_kpi_is_misuse_and_offers_the_near_one(capsys):
    assert main(["show", "upgrade_rat"]) == 2
    assert capsys.readouterr().err == "kpikit: no KPI 'upgrade_rat'; did you mean 'upgrade_rate'?\n"


@pytest.mark.parametrize(
    "arguments", [[], ["nothing"], ["compare", "upgrade_rate", "15of100", "1/2"], ["report", "--columns", "x"]]
)
def test_misuse_ends_with_2(arguments, capsys):
    assert main(arguments) == 2
    assert "usage: kpikit" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["list", "show", "value", "compare", "check", "new-case", "verify", "report"])
def test_each_command_helps_with_an_example(command, capsys):
    assert main([command, "--help"]) == 0
    assert "example: kpikit " + command in capsys.readouterr().out


def test_check_says_what_is_in_a_table(tmp_path, capsys):
    (tmp_path / "subs.csv").write_text(SUBS)
    assert main(["check", str(tmp_path / "subs.csv")]) == 0
    shown = capsys.readouterr().out
    assert "every value was understood" in shown
    assert "rows      12 of 12" in shown
    assert "2025-01 to 2025-12, by month" in shown


def test_bad_data_end_with_1_one_message_and_no_traceback(tmp_path):
    (tmp_path / "subs.csv").write_text(SUBS + "2026-01,twelve,1000\n")
    ended = kpikit(
        "check",
        "subs.csv",
        "--columns",
        "period=month",
        "numerator=upgrades",
        "denominator=subscribers",
        "--kind",
        "counts",
        "--as-of",
        "2026-02-02",
        cwd=tmp_path,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "kpikit: subs.csv: 1 value cannot be read\n  line 14, column 'upgrades': 'twelve' is not a whole number\n"
    )


def test_a_good_run_prints_nothing_on_stderr(tmp_path):
    (tmp_path / "subs.csv").write_text(SUBS)
    ended = kpikit("check", "subs.csv", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_who_stops_reading_what_is_printed_is_told_nothing():
    """A pipe that is closed before the first word, as by `head -0`."""
    ends, into = os.pipe()
    os.close(ends)
    ended = subprocess.run([sys.executable, "-m", "kpikit", "list"], stdout=into, stderr=subprocess.PIPE, text=True)
    os.close(into)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_new_case_reads_back_and_is_not_written_over(tmp_path, capsys):
    (tmp_path / "subs.csv").write_text(SUBS)
    assert main(["new-case", str(tmp_path / "subs.csv")]) == 0
    case = read_case(tmp_path / "subs.toml", changed_on="2025-07-01")
    assert case.columns == {"period": "month", "numerator": "upgrades", "denominator": "subscribers"}
    assert main(["new-case", str(tmp_path / "subs.csv")]) == 2
    assert "is there already" in capsys.readouterr().err


def test_a_report_needs_no_case_file_and_ends_with_the_index(tmp_path):
    (tmp_path / "subs.csv").write_text(SUBS)
    ended = kpikit(
        "report", "--kpi", "upgrade_rate", "--table", "subs.csv", "--kind", "counts", "--window", "month", "--columns",
        "period=month", "numerator=upgrades", "denominator=subscribers", "--changed-on", "2025-07-01", "--out", "made", cwd=tmp_path,
    )  # fmt: skip
    assert ended.returncode == 0
    looks = ended.stderr.splitlines()  # nothing but what has to be looked at
    assert all(look.startswith("kpikit: subs-upgrade_rate: look: ") for look in looks)
    assert "kpikit: subs-upgrade_rate: look: enough periods: 6 months before and 6 after; 12 and 6 are wanted." in looks
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("as of ")
    assert lines[-1] == str(Path("made", "index.html"))
    assert (tmp_path / "made" / "subs-upgrade_rate" / "index.html").exists()
    again = read_case(tmp_path / "made" / "subs-upgrade_rate.toml")
    assert (again.table, str(again.changed_on)) == ("../subs.csv", "2025-07-01")


def test_a_failed_report_ends_with_1_and_its_reason(tmp_path):
    (tmp_path / "subs.csv").write_text(SUBS.replace("101", "-1"))
    ended = kpikit(
        "report", "--kpi", "upgrade_rate", "--table", "subs.csv", "--kind", "counts", "--window", "month", "--columns",
        "period=month", "numerator=upgrades", "denominator=subscribers", "--changed-on", "2025-07-01", "--as-of", "2026-01-02",
        "--out", "made", cwd=tmp_path,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr == (
        "kpikit: subs-upgrade_rate failed: subs.csv: counts that cannot be\n"
        "  2025-01: -1 upgrades of 1000 subscribers is impossible\n"
    )
    log = (tmp_path / "made" / "log.txt").read_text(encoding="utf-8")
    told = ended.stderr.removeprefix("kpikit: ").replace("subs-upgrade_rate failed: ", "subs-upgrade_rate: FAILED: ")
    assert re.sub(r" \(started .*?\)", "", log, count=1) == told


def given(*flags):
    """What the parser makes of flags behind `check t.csv`."""
    return vars(parser().parse_args(["check", "t.csv", *flags]))


@pytest.mark.parametrize(
    ("flags", "name", "value"),
    [
        (["--columns", "period=month", "denominator=a,b"], "columns", {"period": "month", "denominator": ["a", "b"]}),
        (["--columns", "numerator=a=b"], "columns", {"numerator": "a=b"}),
        (["--event-names", "trial=trial", "left=gone,lost"], "event_names", {"trial": ["trial"], "left": ["gone", "lost"]}),
        (["--cuts", "days=90,365", "score=0.5"], "cuts", {"days": [90, 365], "score": [Decimal("0.5")]}),
        (["--cuts", "days=90.0"], "cuts", {"days": [90]}),
        (
            ["--counting", "per=subscription", "moves=tier,feature"],
            "counting",
            {"per": "subscription", "moves": ["tier", "feature"]},
        ),
        (["--only", "region=North America", "plan=pro,basic"], "only", {"region": "North America", "plan": ["pro", "basic"]}),
        (["--plan-order", "free", "the basic", "pro"], "plan_order", ["free", "the basic", "pro"]),
        (["--segments", "plan", "region"], "segments", ["plan", "region"]),
        (["--header-row", "3"], "header_row", 3),
        (["--separator", "\t"], "separator", "\t"),
        (["--decimal", ","], "decimal", ","),
        (["--thousands", " "], "thousands", " "),
        (["--time-zone", "Europe/Berlin"], "time_zone", "Europe/Berlin"),
        (["--sheet", "May"], "sheet", "May"),
        (["--connection", "SALES_DB"], "connection", "SALES_DB"),
        (["--duplicates", "drop"], "duplicates", "drop"),
        (["--first-weekday", "sunday"], "first_weekday", "sunday"),
        (["--year-starts", "april"], "year_starts", "april"),
        (["--date-format", "%d.%m.%Y"], "date_format", "%d.%m.%Y"),
    ],
)
def test_flags_are_read_as_a_case_holds_them(flags, name, value):
    assert given(*flags)[name] == value


def test_every_flag_of_a_table_is_a_key_of_a_case():
    flags = {name for name in given() if name not in ("command",)}
    assert flags == set(CASE_FLAGS)
    assert flags <= set(KEYS)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--cuts", "days=many"], "--cuts: 'many' is not a number"),
        (["--cuts", "days"], "--cuts: 'days' is not role=column"),
        (["--counting", "per"], "--counting: 'per' is not role=column"),
        (["--header-row", "first"], "argument --header-row: invalid int value: 'first'"),
        (["--target", "high"], "argument --target: invalid float value: 'high'"),
    ],
)
def test_flags_that_say_nothing_are_misuse(flags, said, capsys):
    assert main(["check", "t.csv", *flags]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "flags", [["--decimal", ","], ["--columns", "a=b"], ["--plan-order", "a", "b"], ["--first-weekday", "sunday"]]
)
def test_of_a_named_case_a_report_replaces_what_a_notebook_has_a_parameter_for(flags, tmp_path, capsys):
    assert main(["report", "techsolutions_scorecard", *flags, "--out", str(tmp_path / "made")]) == 2
    assert capsys.readouterr().err == (
        f"kpikit: {flags[0]} goes with --table; of a case, these can be replaced: kpi, variant, window, table, segments, "
        "changed_on, as_of, target, benchmark, only, locale\n"
    )
    assert not (tmp_path / "made").exists()


def test_every_notebook_takes_another_table_and_another_day():
    declared = {}
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        cells = nbformat.read(notebook, 4).cells
        (tagged,) = (cell.source for cell in cells if "parameters" in cell.metadata.get("tags", []))
        declared[notebook.stem] = {line.split(" = ")[0] for line in tagged.splitlines()}
    del declared["dashboard"]  # which shows cases as they are
    assert all({"case", "table", "as_of"} <= names for names in declared.values())
    assert set(REPLACED) - {"locale"} == declared["before_after"] - {"case"}


def test_what_a_notebook_does_not_declare_cannot_be_replaced(tmp_path, capsys):
    assert main(["report", "upgrade_survey_feedback", "--target", "0.2", "--out", str(tmp_path)]) == 1
    assert "feedback.ipynb: no parameter 'target' in its tagged cell; there is case, table, as_of, changed_on, segments" in (
        capsys.readouterr().err
    )


def test_verify_counts_a_case_on_several_engines_and_ends_with_0(capsys):
    table = pd.read_csv(ROOT / "data" / "techsolutions_scorecard.csv")
    sums = f"{len(table)} rows, {table['upgrades'].sum():,} of {table['subscribers'].sum():,}: the same\n"
    assert main(["verify", "techsolutions_scorecard", "--engines", "duckdb,pandas,arrow"]) == 0
    assert capsys.readouterr().out == (
        "techsolutions_scorecard: upgrade_rate counted by duckdb, pandas and arrow\n"
        f"  duckdb   {sums}  pandas   {sums}  arrow    {sums}"
    )


def test_verify_ends_with_1_where_an_engine_counts_otherwise(capsys, monkeypatch):
    def wrong(case, engines):
        return pd.DataFrame(
            {"engine": engines, "rows": [2, 2], "numerator": [5, 6], "denominator": [10, 10], "different": [0, 1]}
        )

    monkeypatch.setattr("kpikit.report.verify.compared", wrong)
    assert main(["verify", "techsolutions_scorecard", "--engines", "duckdb,pandas"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "  pandas   2 rows, 6 of 10: 1 row DIFFERENT from duckdb"


def test_an_engine_that_there_is_not_is_misuse(capsys):
    assert main(["verify", "techsolutions_scorecard", "--engines", "duckdb,abacus"]) == 2
    assert capsys.readouterr().err.startswith("kpikit: no engine 'abacus'; there is duckdb, ")


def test_a_case_that_reads_outside_its_folders_is_misuse(tmp_path, capsys):
    (tmp_path / "c.toml").write_text(
        'title = "t"\nkpi = "upgrade_rate"\ntable = "/etc/passwd"\nkind = "counts"\nas_of = 2026-01-01\n'
    )
    assert main(["check", str(tmp_path / "c.toml")]) == 2
    assert capsys.readouterr().err == (
        "kpikit: c: table = '/etc/passwd' lies outside the folders that a case may read: its own, the one above it and the "
        "working folder; give it with --table, or name its folder in the environment variable KPIKIT_DATA\n"
    )


def test_a_misspelt_case_is_misuse_before_anything_runs(tmp_path, capsys):
    assert main(["report", "techsolution_upgrade_rate", "--out", str(tmp_path / "made")]) == 2
    assert "did you mean 'techsolutions_upgrade_rate'?" in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


def test_verify_with_one_engine_compares_nothing_and_is_refused(capsys):
    assert main(["verify", "techsolutions_scorecard", "--engines", "duckdb"]) == 2
    assert capsys.readouterr().err == "kpikit: verify compares engines, and duckdb is one; name two, as --engines duckdb,pandas\n"
