"""When a review is due, and which cases are overdue: by hand at the ends of months, beside pandas' periods, and by the command."""

import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from small_tables import measured

from kpikit import words
from kpikit.cases import Entry, case_from, read_case
from kpikit.cases.reviewing import Review
from kpikit.cli import main
from kpikit.errors import CaseError
from kpikit.moments import MONTHS, WEEKDAYS, Calendar, later_by
from kpikit.questions.before_after import before_after
from kpikit.questions.scorecard import scorecard
from kpikit.questions.verdicts import log_checks, review
from kpikit.report.due import due


def day(text):
    return date.fromisoformat(text)


# --- arithmetic ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "cadence", "next_one"),
    [
        ("2025-12-29", "week", "2026-01-05"), ("2024-02-26", "week", "2024-03-04"), ("2025-01-15", "month", "2025-02-15"),
        ("2025-01-31", "month", "2025-02-28"), ("2024-01-31", "month", "2024-02-29"), ("2025-12-31", "month", "2026-01-31"),
        ("2025-02-28", "month", "2025-03-28"), ("2025-03-31", "month", "2025-04-30"), ("2025-11-30", "quarter", "2026-02-28"),
        ("2025-08-31", "quarter", "2025-11-30"), ("2025-10-01", "quarter", "2026-01-01"), ("2024-02-29", "year", "2025-02-28"),
        ("2025-12-01", "year", "2026-12-01"),
    ],
)  # fmt: skip
def test_one_cadence_later_is_the_same_day_or_the_last_of_a_shorter_month(last, cadence, next_one):
    assert later_by(day(last), cadence) == day(next_one)
    assert Review(cadence, "", day("2020-01-01"), (day("2019-05-05"), day(last))).due == day(next_one)


@pytest.mark.parametrize(
    "calendar", [Calendar(), Calendar("sunday", "april"), Calendar("thursday", "february"), Calendar("saturday", "december")]
)
@pytest.mark.parametrize("cadence", ["week", "month", "quarter", "year"])
def test_without_a_review_the_first_day_after_the_period_is_that_of_pandas(cadence, calendar):
    for number in range(0, 800, 7):
        taken = day("2023-12-25") + timedelta(days=number)
        period = pd.Period(pd.Timestamp(taken), freq=calendar.frequency(cadence))
        assert Review(cadence, "", taken, (), calendar).due == (period + 1).start_time.date()


def test_every_week_and_year_has_each_first_day():
    for weekday in WEEKDAYS:
        end = Calendar(weekday).end_of(day("2026-01-15"), "week")
        assert (end.strftime("%A").lower(), 0 < (end - day("2026-01-15")).days <= 7) == (weekday, True)
    for month in MONTHS:
        end = Calendar(year_starts=month).end_of(day("2026-01-15"), "year")
        assert (end.strftime("%B").lower(), end.day) == (month, 1)


def test_a_review_is_due_on_its_day_and_overdue_from_the_next_on():
    told = Review("month", "", day("2025-06-01"), (day("2025-12-31"),))
    assert [told.days_overdue(day(text)) for text in ("2026-01-30", "2026-01-31", "2026-02-01", "2026-03-01")] == [0, 0, 1, 29]


def test_a_finished_study_is_never_due():
    told = Review("never", "", day("2012-01-01"), (day("2012-01-02"),))
    assert (told.last, told.due, told.days_overdue(day("2030-01-01"))) == (day("2012-01-02"), None, 0)


# --- in a verdict ----------------------------------------------------------------------------------------------------------


def held(*days, kind="review"):
    return tuple(Entry(day(text), kind, "", "x") for text in days)


SERIES = measured([100] * 24, 1000, noise="poisson", first="2024-01", as_of=day("2026-01-15"))


def test_a_verdict_says_the_last_review_the_next_and_how_far_it_is_overdue():
    log = held("2025-11-11", "2025-12-09", "2026-02-01") + held("2026-01-10", kind="decision")
    assert review(SERIES, "Ada", None, log) == {
        "cadence": "month", "next": "2026-01-09", "owner": "Ada", "last": "2025-12-09", "held": 2, "overdue": 6,
    }  # fmt: skip


def test_without_a_log_it_is_due_when_the_period_of_the_data_is_over():
    said = {"cadence": "month", "next": "2026-02-01", "owner": "", "last": None, "held": 0, "overdue": 0}
    assert review(SERIES, "") == said
    assert review(SERIES, "", "quarter") == said | {"cadence": "quarter", "next": "2026-04-01"}
    assert review(SERIES, "", "never") == said | {"cadence": "never", "next": None}


@pytest.mark.parametrize(
    ("every", "log", "said"),
    [
        (None, (), "It is reviewed every month by Ada; as of 2026-01-15 the next review is due on 2026-02-01."),
        (
            None, held("2025-12-31"),
            "It is reviewed every month by Ada, last on 2025-12-31 (1 review is in the log); as of 2026-01-15 the next review is "
            "due on 2026-01-31.",
        ),
        (
            None, held("2025-11-01", "2025-12-14"),
            "It is reviewed every month by Ada, last on 2025-12-14 (2 reviews are in the log); as of 2026-01-15 the next review, "
            "due on 2026-01-14, is overdue by 1 day.",
        ),
        ("never", (), "No further review is planned."),
        ("never", held("2025-12-14"), "No further review is planned; the last one was on 2025-12-14 (1 review is in the log)."),
    ],
)  # fmt: skip
def test_the_sentence_on_the_review(every, log, said):
    answer = scorecard(SERIES, owner="Ada", review_every=every, log=log)
    assert str(answer.say("review")) == said
    assert said in answer.sentences


def test_what_to_do_next_and_the_tile_know_an_overdue_review():
    late, never = (scorecard(SERIES, review_every=every, log=held("2025-11-01")) for every in (None, "never"))
    assert str(late.say("next")) == "What to do next: look again now, the review was due on 2025-12-01."
    assert str(never.say("next")) == "What to do next: no further review is planned."
    assert words.tiles("scorecard", late.verdict)[-1][2] == "next review 2025-12-01, overdue by 45 days"
    assert words.tiles("scorecard", never.verdict)[-1][2] == "next review none planned"


def test_of_several_measures_each_is_due_by_its_own_cadence_after_the_last_review():
    other = measured([80] * 24, 1000, first="2024-01", as_of=day("2026-01-15"))  # reviewed every quarter
    answer = scorecard(SERIES, also={"upsell_ratio": other}, owner="Ada", log=held("2025-12-10"))
    assert str(answer.say("review")) == (
        "The last review was on 2025-12-10 (1 review is in the log). The next reviews are due on 2026-01-10, overdue by 5 days, "
        "Upgrade Rate (Ada); on 2026-03-10 Upsell Ratio (Ada)."
    )
    table = answer.more["reviews"]
    assert table["last review"].tolist() == ["2025-12-10", "2025-12-10"]
    assert table["next review"].tolist() == ["2026-01-10, overdue by 5 days", "2026-03-10"]
    assert answer.table["next review"].tolist() == ["2026-01-10\n(overdue by 5 days)", "2026-03-10"]
    assert words.tiles("scorecard", answer.verdict)[-1] == ("next review", "2026-01-10", "overdue by 5 days: Upgrade Rate")


def test_the_case_s_own_cadence_is_that_of_every_measure():
    answer = scorecard(SERIES, review_every="quarter")
    assert answer.more["reviews"]["reviewed every"].tolist() == ["quarter"]
    assert answer.verdict["rows"][0]["since"]["after"] == "2025Q4"


@pytest.mark.parametrize(
    ("every", "log", "end"),
    [
        (None, (), " Next review by Ada on 2026-02-01."), (None, held("2025-12-31"), " Next review by Ada on 2026-01-31."),
        (None, held("2025-12-14"), " The next review by Ada was due on 2026-01-14, 1 day ago."), ("never", (), ""),
    ],
)  # fmt: skip
def test_a_decision_ends_with_the_next_review(every, log, end):
    answer = before_after(SERIES, day("2025-07-01"), owner="Ada", review_every=every, log=log)
    assert str(answer.say("decision")).endswith("." + end)
    assert ("review" in str(answer.say("decision"))) == bool(end)


def test_entries_later_than_the_data_are_told():
    (check,) = log_checks(held("2026-01-15", "2026-01-16"), SERIES.as_of)
    assert (check.name, check.passed) == ("later entries", None)
    assert check.sentence == "1 entry of the log is dated after 2026-01-15, and left out."
    assert log_checks(held("2026-01-15"), SERIES.as_of) == []
    for answer in (scorecard(SERIES, log=held("2027-01-01")), before_after(SERIES, day("2025-07-01"), log=held("2027-01-01"))):
        assert check.sentence in [one.sentence for one in answer.checks]


def test_whose_it_is_falls_to_the_definition_where_the_case_names_nobody():
    owned = replace(SERIES, kpi=replace(SERIES.kpi, owner="head of growth"))
    assert [review(owned, owner)["owner"] for owner in ("Ada", "")] == ["Ada", "head of growth"]


def test_another_cadence_is_refused():
    keys = {
        "title": "t",
        "kpi": "upgrade_rate",
        "table": "t.csv",
        "kind": "counts",
        "as_of": day("2026-01-01"),
        "question": "scorecard",
    }
    with pytest.raises(CaseError) as error:
        case_from(keys | {"review_every": "fortnight"}, "c", Path.cwd())
    assert str(error.value) == "c: review_every is 'fortnight'; it is one of week, month, quarter, year, never"


# --- the command -----------------------------------------------------------------------------------------------------------

PLAIN = 'title = "t"\ntable = "t.csv"\nkind = "counts"\nquestion = "scorecard"\nas_of = 2026-01-15\nkpi = "upgrade_rate"\n'
OWN = 'title = "t"\ntable = "t.csv"\nkind = "events"\nquestion = "funnel"\nas_of = 2026-01-15\nowner = "Bob"\n'


@pytest.fixture
def cases(tmp_path):
    """A folder of cases, none of whose tables is there."""
    written = {
        "monthly": PLAIN + 'owner = "Ada"\n', "logged": PLAIN, "yearly": PLAIN + 'review_every = "year"\n', "funnel": OWN,
        "funnel_weekly": OWN + 'review_every = "week"\n', "finished": PLAIN + 'review_every = "never"\n',
    }  # fmt: skip
    for name, text in written.items():
        (tmp_path / f"{name}.toml").write_text(text)
    (tmp_path / "logged.log.csv").write_text("date,kind,by,text\n2026-01-31,review,,x\n2026-03-02,review,,later\n")
    return tmp_path


TABLE = """\
case           KPI           every  owner  last review  due         overdue
funnel_weekly  -             week   Bob    -            2026-01-19  42 days
monthly        upgrade_rate  month  Ada    -            2026-02-01  29 days
logged         upgrade_rate  month  -      2026-01-31   2026-02-28  2 days
yearly         upgrade_rate  year   -      -            2027-01-01
finished       upgrade_rate  never  -      -            -
funnel         -             never  Bob    -            -
3 of 6 cases are overdue as of 2026-03-02.
"""


def test_the_most_overdue_stands_first_and_the_command_ends_with_1(cases, capsys):
    (cases / "logged.log.csv").write_text("date,kind,by,text\n2026-01-31,review,,x\n2026-03-03,review,,later\n")
    assert main(["due", "--as-of", "2026-03-02", "--cases", str(cases)]) == 1
    assert capsys.readouterr().out == TABLE


@pytest.mark.parametrize("day, said", [("2026-02-01", "0 of 1 case is overdue"), ("2026-02-02", "1 of 1 case is overdue")])
def test_of_one_case_it_is_said_as_of_one(day, said, tmp_path):
    (tmp_path / "monthly.toml").write_text(PLAIN)
    assert due(day, tmp_path).lines[-1] == f"{said} as of {day}."


def test_a_review_of_the_day_itself_counts(cases):
    (found,) = [one for one in due("2026-03-02", cases).cases if one.case_id == "logged"]
    assert (found.review.last, found.review.due, found.overdue) == (day("2026-03-02"), day("2026-04-02"), 0)


def test_it_ends_with_0_where_nothing_is_overdue(cases, capsys):
    assert main(["due", "--as-of", "2026-01-19", "--cases", str(cases)]) == 0
    assert capsys.readouterr().out.endswith("0 of 6 cases are overdue as of 2026-01-19.\n")


def test_a_case_that_cannot_be_read_is_named_and_ends_with_1(cases, capsys):
    (cases / "a.toml").write_text(PLAIN + 'color = "red"\n')
    (cases / "b.toml").write_text(PLAIN.replace("upgrade_rate", "upgrade_rat"))
    (cases / "yearly.log.csv").write_text("date,kind,by,text\nx,review,,y\n")
    assert main(["due", "--as-of", "2026-01-19", "--cases", str(cases)]) == 1
    shown = capsys.readouterr()
    assert shown.out.endswith("0 of 5 cases are overdue as of 2026-01-19.\n")
    lines = shown.err.splitlines()
    assert lines[0].startswith("kpikit: a: a: no key 'color' is known in a case; ")
    assert lines[1] == "kpikit: b: no KPI 'upgrade_rat'; did you mean 'upgrade_rate'?"
    assert lines[2:] == [
        "kpikit: yearly: yearly.log.csv: 1 row cannot be read", "  line 2: 'x' is not a date, as 2025-07-01",
    ]  # fmt: skip


def test_a_folder_that_is_not_there_or_holds_no_case_is_misuse(tmp_path, capsys):
    assert main(["due", "--as-of", "2026-01-19", "--cases", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err == f"kpikit: no folder of cases '{tmp_path / 'none'}'; name one with --cases\n"
    assert main(["due", "--as-of", "2026-01-19", "--cases", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"kpikit: {tmp_path}: it holds no case; write one with kpikit new-case TABLE, or name another folder with --cases\n"
    )
    assert main(["due", "--as-of", "soon"]) == 2
    assert capsys.readouterr().err == "kpikit: 'soon' is not a date, as 2025-07-01\n"


def test_without_a_day_it_is_today_which_is_said(cases, capsys):
    main(["due", "--cases", str(cases)])
    assert capsys.readouterr().out.startswith(f"as of {date.today()} (today; give --as-of for another day)\ncase ")


def test_every_case_of_the_project_is_told():
    found = due("2026-01-20")
    assert found.broken == ()
    assert len(found.cases) > 20
    assert read_case("techsolutions_upgrade_rate").reviewed["log"]


def test_no_table_is_read(cases):
    code = f"import sys\nfrom kpikit.cli import main\nmain(['due','--as-of','2026-01-19','--cases',{str(cases)!r}])\nprint([m for m in ('duckdb', 'matplotlib', 'narwhals', 'papermill', 'scipy') if m in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"
