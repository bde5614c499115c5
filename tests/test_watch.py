"""watch: tells once what is new, keeps what it knows, and exits by it; tables are drawn so that limits and bands are known."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from small_tables import measured

from kpikit.cases import read_case
from kpikit.cli import main
from kpikit.errors import CaseError, ReportError
from kpikit.questions.standing.followed import Followed
from kpikit.report.watch.memory import held
from kpikit.report.watch.watching import Failed, watch

WAVE = [0, 9, -7, 4, -9, 6, 8, -5, -3, 7, -8, 2]
CASE = """question = "{question}"
title = "How is the rate?"
kpi = "upgrade_rate"
window = "month"
table = "t.csv"
kind = "counts"
columns = {{ period = "month", numerator = "upgrades", denominator = "subscribers" }}
as_of = 2024-01-31
{more}
"""
#: 24 months of 17.5 % and up to 2 points more or less, all under the band edge of 20 %; the limits lie at about 11 and 24 %
CALM = [17_500 + 220 * WAVE[place % 12] for place in range(24)]
MANY = 100_000
ODD = 40_000  # 40 %, in the highest band and far beyond any limit


class Project:
    """A case with its table, watched by the command line."""

    def __init__(self, folder, capsys):
        self.folder, self.capsys, self.counts, self.size = folder, capsys, list(CALM), MANY
        self.write_case()

    def write_case(self, name="rate", question="scorecard", more=""):
        (self.folder / f"{name}.toml").write_text(CASE.format(question=question, more=more), encoding="utf-8")

    def write(self, *added, months=None):
        counts = [*self.counts, *added]
        rows = zip(months or pd.period_range("2022-01", periods=len(counts), freq="M"), counts, strict=True)
        lines = ["month,upgrades,subscribers", *(f"{month},{count},{self.size}" for month, count in rows)]
        (self.folder / "t.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def watch(self, as_of, *more, names=("rate",)):
        """The exit code, what was printed, and what stood on stderr."""
        cases = [str(self.folder / f"{name}.toml") for name in names]
        code = main(["watch", *cases, "--as-of", as_of, "--state", str(self.folder / "state"), *more])
        said = self.capsys.readouterr()
        return code, said.out, said.err

    @property
    def state(self):
        return self.folder / "state" / "rate.json"


@pytest.fixture
def project(tmp_path, capsys):
    made = Project(tmp_path, capsys)
    made.write()
    return made


def test_the_first_watch_says_where_things_stand_and_a_second_that_nothing_is_new(project):
    assert project.watch("2024-01-31") == (
        0,
        "rate, as of 2024-01-31: the first watch. What is new is told from now on, against this:\n"
        "- Upgrade Rate: 17.9% in 2023-12, below target; signal: routine\n",
        "",
    )
    assert project.watch("2024-02-01") == (
        0, "rate, as of 2024-02-01: nothing is new since the watch as of 2024-01-31 (1 measure, to 2023-12).\n", ""
    )  # fmt: skip


def test_a_new_signal_is_told_once_with_what_it_was_its_counts_and_what_next(project):
    project.watch("2024-01-31")
    project.write(ODD)
    code, note, _ = project.watch("2024-02-10")
    assert code == 3
    lines = note.splitlines()
    assert lines[:2] == ["How is the rate?", "rate, as of 2024-02-10: 2 things are new since the watch as of 2024-01-31."]
    assert lines[3:8] == [
        "1. Upgrade Rate: 40.0% in 2024-01, was 17.9% in 2023-12",
        "   signal       single periods stand out (was routine): 2024-01 above what is usual",
        "   band         excellent (was below target)",
        "   counts       40,000 of 100,000",
        "   how sure     95% interval 39.6 to 40.4%; it lies wholly in the new band",
    ]
    assert f"The whole report: kpikit report {project.folder / 'rate.toml'} --as-of 2024-02-10 --open" in lines
    assert project.watch("2024-02-11")[0] == 0
    assert project.watch("2024-02-11")[1].endswith("since the watch of the same day (1 measure, to 2024-01).\n")


def test_a_signal_that_stands_in_the_next_period_is_not_told_again_and_one_on_the_other_side_is(project):
    project.watch("2024-01-31")
    project.write(ODD)
    assert project.watch("2024-02-10")[0] == 3
    project.write(ODD, 90_000)  # still above what is usual; the band is the same
    assert project.watch("2024-03-10")[0] == 0
    project.write(ODD, 90_000, 17_500)  # routine beside the limits that these two months have widened
    assert project.watch("2024-04-10", "--note", str(project.folder / "n"))[0] == 3  # the band fell
    assert "band         below target (was excellent)" in (project.folder / "n").read_text(encoding="utf-8")
    assert "signal       routine" in (project.folder / "n").read_text(encoding="utf-8")


def test_a_signal_of_a_period_that_no_watch_saw_as_its_last_is_told_once(project):
    project.watch("2024-01-31")
    project.write(ODD, 17_500)  # two months at once; the second is as it always was
    code, note, _ = project.watch("2024-03-10")
    assert code == 3
    assert "signal now routine; since the last watch single periods stand out: 2024-01 above what is usual" in " ".join(
        note.split()
    )
    assert project.watch("2024-03-11")[0] == 0
    project.write(ODD, 17_500, 17_600)
    assert project.watch("2024-04-10")[0] == 0


def test_a_review_period_is_judged_the_same_when_a_later_one_is_there():
    calm = [150 + WAVE[place % 12] for place in range(24)]
    late = Followed.of_series(measured([*calm, 400, 151, 20, 150], 1000), "month").seen_after("2023-12")
    soon = [Followed.of_series(measured([*calm, 400, 151, 20, 150][:there], 1000), "month") for there in (25, 26, 27, 28)]
    assert late == [(one.signal(), one.seen_after("")[0][1]) for one in soon]
    assert [sorted(flags) for _, flags in late][:2] == [["2024-01"], []]


def test_a_quarter_is_judged_once_all_its_months_are_there_wherever_the_last_watch_stood():
    followed = Followed.of_series(measured([150 + WAVE[place % 12] for place in range(28)], 1000), "quarter")  # to 2024-04
    assert [len(followed.seen_after(at)) for at in ("2023-09", "2023-12", "2024-02", "2024-03", "2024-04")] == [2, 1, 1, 1, 1]
    assert followed.seen_after("2024-04") == followed.seen_after("2024-02")


def test_a_partial_period_never_signals(project):
    project.watch("2024-01-31")
    project.write(17_500, ODD)
    assert project.watch("2024-02-28") == (
        0, "rate, as of 2024-02-28: nothing is new since the watch as of 2024-01-31 (1 measure, to 2024-01).\n", ""
    )  # fmt: skip
    assert project.watch("2024-02-29")[0] == 3


def test_a_band_that_the_whole_interval_lies_in_is_new_without_any_signal(project):
    project.watch("2024-01-31")
    project.write(20_500)  # 20.5 %, interval about 20.2 to 20.8; within the control limits
    code, note, _ = project.watch("2024-02-10")
    assert code == 3
    assert "   signal       routine\n   band         on target (was below target)\n" in note
    assert "1 thing is new" in note


def test_a_band_too_close_to_call_is_no_news_however_often_the_value_crosses_the_edge(project):
    project.counts, project.size = [round(count / 100) for count in CALM], 1_000
    project.write()
    project.watch("2024-01-31")
    added = []
    for month in range(1, 6):  # of eight in a row the level would have moved
        added.append(205 if month % 2 else 195)
        project.write(*added)
        code, said, _ = project.watch(f"2024-{month + 1:02}-10")
        assert code == 0, said
        leans = "Upgrade Rate lies in 'on target' (20.5%" in said
        assert leans == bool(month % 2)
    assert json.loads(project.state.read_text(encoding="utf-8"))["measures"]["Upgrade Rate"]["band"] == "below target"
    project.write(*added, 260)  # 26 %, interval about 23 to 29
    assert "band         on target (was below target)" in project.watch("2024-07-10")[1]


def test_a_restated_past_is_told_as_such_once_and_is_no_news_by_itself(project):
    project.watch("2024-01-31")
    project.counts[3] += 10
    project.write()
    code, said, _ = project.watch("2024-02-01")
    assert code == 0
    assert " ".join(said.split()).endswith(
        "- The past of Upgrade Rate was restated: 2022-04 from 18,380 of 100,000 to 18,390 of 100,000. "
        "What is new may come from that alone."
    )
    assert "restated" not in project.watch("2024-02-02")[1]


def test_a_table_that_ends_earlier_than_it_did_fails_and_leaves_what_is_known(project):
    project.watch("2024-01-31")
    before = project.state.read_bytes()
    project.counts.pop()
    project.write()
    assert project.watch("2024-02-01") == (
        1, "",
        "kpikit: rate: Upgrade Rate has no value of 2023-12, which the last watch saw; its last is of 2023-11: give the whole table "
        "again, or begin anew by deleting what is known\n",
    )  # fmt: skip
    assert project.state.read_bytes() == before


def test_a_broken_table_fails_the_others_are_watched_and_what_is_new_goes_first(project):
    project.write_case("other")
    project.watch("2024-01-31", names=("rate", "other"))
    before = project.state.read_bytes()
    text = (project.folder / "rate.toml").read_text(encoding="utf-8")
    (project.folder / "rate.toml").write_text(text.replace('"upgrades"', '"ups"'), encoding="utf-8")
    code, out, err = project.watch("2024-02-01", names=("rate", "other"))
    assert (code, err.count("kpikit: rate: "), "no column 'ups'" in err) == (1, 1, True)
    assert out.startswith("other, as of 2024-02-01: nothing is new")
    project.write(ODD)
    note = project.folder / "note.txt"
    code, out, err = project.watch("2024-02-10", "--note", str(note), names=("rate", "other"))
    assert (code, out) == (3, f"wrote {note}: something is new in other\n")
    assert "Could not be watched: rate: " in note.read_text(encoding="utf-8")
    assert project.state.read_bytes() == before


def test_what_is_known_changes_only_when_the_note_was_written(project):
    project.watch("2024-01-31")
    project.write(ODD)
    case = read_case(project.folder / "rate.toml", as_of="2024-02-10")

    def told_in_vain():
        with watch([case], project.folder / "state"):
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        told_in_vain()
    assert project.watch("2024-02-10")[0] == 3


def test_of_two_watches_at_a_time_one_tells_the_news(project):
    project.watch("2024-01-31")
    project.write(ODD)
    case = read_case(project.folder / "rate.toml", as_of="2024-02-10")

    def told(_):
        with watch([case], project.folder / "state") as found:
            return found.ended[0].new

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(told, range(2))) == [False, True]


def test_a_watch_that_waits_too_long_says_for_what(tmp_path):
    with (
        held(tmp_path, "rate"),
        pytest.raises(ReportError, match="^rate: another watch of it is at work, for more than 0 seconds; wait for it$"),
        held(tmp_path, "rate", wait_s=0.01),
    ):
        pass


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"form": "kpikit watch 1"}', '{"form": "other", "as_of": "", "measures": {}}', "\x00"]
)
def test_a_torn_or_foreign_file_is_refused_and_left_as_it_is(project, text):
    project.state.parent.mkdir()
    project.state.write_text(text, encoding="utf-8")
    assert project.watch("2024-01-31") == (
        1, "",
        f"kpikit: rate: {project.state}: this is not what kpikit watch keeps there, or it is torn; delete it to begin anew: the next "
        "watch then says where things stand\n",
    )  # fmt: skip
    assert project.state.read_text(encoding="utf-8") == text


def test_another_case_of_the_same_name_is_refused_and_one_that_moved_with_what_is_known_is_not(project, tmp_path, capsys):
    project.watch("2024-01-31")
    before = project.state.read_bytes()
    assert str(tmp_path).encode() not in before
    for place in ("other", "moved"):
        (tmp_path / place).mkdir()
        for name in ("rate.toml", "t.csv"):
            (tmp_path / place / name).write_bytes((tmp_path / name).read_bytes())
    told = ["--as-of", "2024-02-01", "--state"]
    assert main(["watch", str(tmp_path / "other" / "rate.toml"), *told, str(tmp_path / "state")]) == 1
    assert capsys.readouterr().err == (
        f"kpikit: rate: {project.state}: this is known of another case called 'rate'; give this one a folder of its own with "
        "--state FOLDER, or delete the file where the case was only moved\n"
    )
    assert project.state.read_bytes() == before
    (tmp_path / "state").rename(tmp_path / "moved" / "state")
    assert main(["watch", str(tmp_path / "moved" / "rate.toml"), *told, str(tmp_path / "moved" / "state")]) == 0
    assert "nothing is new since the watch as of 2024-01-31" in capsys.readouterr().out


def test_a_place_where_nothing_can_be_kept_is_named_with_the_flag_for_another(project):
    project.state.parent.write_text("a file", encoding="utf-8")
    code, out, err = project.watch("2024-01-31")
    assert (code, out) == (1, "")
    assert err == (
        f"kpikit: rate: {project.state.parent}: what is known cannot be kept there (File exists); name a folder that can be written "
        "with --state FOLDER\n"
    )


def test_news_that_cannot_be_kept_ends_with_3_and_the_others_are_kept(project, monkeypatch):
    project.write_case("other")
    project.watch("2024-01-31", names=("rate", "other"))
    before = project.state.read_bytes()
    project.write(ODD)

    def refused(draft, text, encoding):
        if draft.name == ".rate.json":
            raise PermissionError(13, "Permission denied", str(draft))
        draft.write_bytes(text.encode(encoding))

    monkeypatch.setattr(Path, "write_text", refused)
    code, _, err = project.watch("2024-02-10", names=("rate", "other"))
    assert (code, err) == (
        3, f"kpikit: rate: {project.state}: what is known cannot be kept there (Permission denied); name a folder that can be written "
        "with --state FOLDER; its next watch tells the same again\n",
    )  # fmt: skip
    assert project.state.read_bytes() == before
    monkeypatch.undo()
    assert project.watch("2024-02-11", names=("other",))[0] == 0
    assert project.watch("2024-02-11")[0] == 3


def test_marks_that_turn_letters_around_are_shown_in_the_note(project):
    text = (project.folder / "rate.toml").read_text(encoding="utf-8")
    (project.folder / "rate.toml").write_text(text.replace("How is", "How\u202e\u200f is"), encoding="utf-8")
    project.watch("2024-01-31")
    project.write(ODD)
    assert project.watch("2024-02-10")[1].startswith("How\ufffd\ufffd is the rate?\n")


def test_the_note_names_the_case_as_it_was_given_and_that_makes_its_report(project, monkeypatch):
    monkeypatch.chdir(project.folder)
    (project.folder / "my cases").mkdir()
    text = (project.folder / "rate.toml").read_text(encoding="utf-8").replace('"t.csv"', '"../t.csv"')
    (project.folder / "my cases" / "rate.toml").write_text(text, encoding="utf-8")
    main(["watch", "my cases/rate.toml", "--as-of", "2024-01-31", "--state", "state"])
    project.write(ODD)
    main(["watch", "my cases/rate.toml", "--as-of", "2024-02-10", "--state", "state"])
    note = project.capsys.readouterr().out
    assert 'The whole report: kpikit report "my cases/rate.toml" --as-of 2024-02-10 --open\n' in note


def test_an_earlier_day_than_the_last_watch_is_refused(project):
    project.watch("2024-02-10")
    code, _, err = project.watch("2024-02-09")
    assert (code, err) == (
        1, "kpikit: rate: it was watched as of 2024-02-10 already; give that day or a later one, not 2024-02-09\n"
    )  # fmt: skip


def test_a_case_that_counts_something_else_begins_anew(project):
    project.watch("2024-01-31")
    project.write_case(more='variant = "customers_once"')
    project.write(ODD)
    code, said, _ = project.watch("2024-02-10")
    assert code == 0
    assert "Upgrade Rate (customers once) was not there at the last watch" in said
    assert "Upgrade Rate is no longer there." in said


@pytest.mark.parametrize(
    ("question", "more", "said"),
    [
        ("funnel", "", "it asks 'funnel', which has no signal to watch; what is watched is a before_after or scorecard: write one of "
         "its KPI with kpikit new-case TABLE --question scorecard"),
        ("scorecard", 'for_each = "plan"', "it is a report for each plan, and a watch is about one; copy it without for_each and with "
         'only = { COLUMN = "VALUE" }'),
    ],
)  # fmt: skip
def test_other_questions_and_grids_are_refused_as_misuse(project, question, more, said):
    project.write_case(question=question, more=more)
    assert project.watch("2024-01-31") == (2, "", f"kpikit: rate: {said}\n")
    assert not project.state.parent.exists()


def test_two_cases_of_one_name_and_a_note_in_no_folder_are_refused(project):
    assert project.watch("2024-01-31", names=("rate", "rate"))[::2] == (
        2, "kpikit: two of the cases are called 'rate'; what is known of them would land in one file\n"
    )  # fmt: skip
    place = project.folder / "nowhere" / "note.txt"
    assert project.watch("2024-01-31", "--note", str(place))[::2] == (
        2, f"kpikit: --note {place}: name a file in a folder that is there\n"
    )  # fmt: skip


def test_a_before_after_is_watched_by_the_limits_of_before_its_change(project):
    project.write_case(question="before_after", more="changed_on = 2024-01-01")
    project.write(17_500, 17_600)
    assert project.watch("2024-03-05")[0] == 0
    project.write(17_500, 17_600, 30_500)
    code, note, _ = project.watch("2024-04-05")
    assert code == 3
    assert "   signal       single periods stand out (was routine): 2024-03 above what is usual" in note
    assert "   counts       30,500 of 100,000" in note
    project.write(17_500, 17_600, 30_500, 30_600)  # goes on on the same side
    assert project.watch("2024-05-05")[0] == 0
    project.write(17_500, 17_600, 30_500, 30_600, 5_000)  # the other side
    code, note, _ = project.watch("2024-06-05")
    assert code == 3
    assert "2024-05 below what is usual" in " ".join(note.split())


def test_numbers_of_the_note_are_written_as_the_case_asks(project):
    project.write_case(more='locale = "de_DE"')
    assert "17,9" in project.watch("2024-01-31")[1]


def flags(counts):
    return Followed.of_series(measured(counts, 1000), "month").seen_after("")[-1][1]


def test_the_flags_of_a_followed_measure_are_its_points_outside_the_limits():
    calm = [150 + WAVE[place % 12] for place in range(24)]
    assert flags([*calm, 400]) == {"2024-01": "above"}
    assert flags([*calm, 20]) == {"2024-01": "below"}
    assert flags([*calm, 150]) == {}
    assert flags([150, 160]) == {}


def test_a_measure_that_cannot_be_counted_is_a_failed_case_with_its_reason(project):
    (project.folder / "t.csv").unlink()
    case = read_case(project.folder / "rate.toml", as_of=date(2024, 1, 31))
    with watch([case], project.folder / "state") as found:
        assert isinstance(found.ended[0], Failed)
    assert "t.csv" in found.ended[0].why


def test_the_help_says_the_exit_codes():
    root = Path(__file__).parents[1]
    said = subprocess.run([sys.executable, "-m", "kpikit", "watch", "--help"], cwd=root, capture_output=True, text=True).stdout
    assert "3 something is new: the note is to be sent" in " ".join(said.split())
    with pytest.raises(CaseError):
        read_case("no_such_case")
