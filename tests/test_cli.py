"""The command line: what it prints, how it ends, and that a mistake is one message."""

import subprocess
import sys
from pathlib import Path

import pytest

from kpikit.cases import read_case
from kpikit.cli import main

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


@pytest.mark.parametrize("command", ["list", "show", "value", "compare", "check", "new-case", "report"])
def test_each_command_helps_with_an_example(command, capsys):
    assert main([command, "--help"]) == 0
    assert "example: kpikit " + command in capsys.readouterr().out


def test_check_says_what_is_in_a_table(tmp_path, capsys):
    (tmp_path / "subs.csv").write_text(SUBS)
    assert main(["check", str(tmp_path / "subs.csv")]) == 0
    shown = capsys.readouterr().out
    assert "every value was understood" in shown
    assert "rows      12" in shown
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
    assert ended.stderr == ""
    assert ended.returncode == 0
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
    assert "subs-upgrade_rate failed: upgrade_rate: " in ended.stderr
    assert "cannot be negative: -1 of 1000" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_misspelt_case_is_misuse_before_anything_runs(tmp_path):
    ended = kpikit("report", "techsolution_upgrade_rate", "--out", str(tmp_path / "made"))
    assert ended.returncode == 2
    assert "did you mean 'techsolutions_upgrade_rate'?" in ended.stderr
    assert not (tmp_path / "made").exists()
