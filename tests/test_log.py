"""The log beside a case: what is read, what is refused with its line, and that an entry is added whole or not at all."""

from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import pytest

from kpikit.authoring.logbook import add_entry
from kpikit.cases import Entry, read_case
from kpikit.cases.log import MOST_BYTES, log_path, read_log
from kpikit.cli import main
from kpikit.errors import CaseError

CASE = (
    'title = "Did it move?"\nkpi = "upgrade_rate"\ntable = "t.csv"\nkind = "counts"\nas_of = 2026-01-15\nchanged_on = 2025-07-01\n'
    'owner = "Ada"\n[events]\n"2025-03-01" = "price raised"\n'
)
HEAD = "date,kind,by,text\n"
GOOD = HEAD + '2025-07-01,event,marketing,"a fair, in Paris"\n2025-06-02,decision,,the price stays\n'
TWO = (
    Entry(date(2025, 6, 2), "decision", "", "the price stays"),
    Entry(date(2025, 7, 1), "event", "marketing", "a fair, in Paris"),
)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def case(tmp_path):
    (tmp_path / "c.toml").write_text(CASE, encoding="utf-8")
    return tmp_path / "c.toml"


@pytest.fixture
def logged(case):
    """Writes the log's text or bytes beside the case, and reads it."""

    def logged(text):
        content = text if isinstance(text, bytes) else text.encode()
        (case.parent / "c.log.csv").write_bytes(content)
        return read_log(read_case(case))

    return logged


@pytest.fixture
def refusal(logged):
    def refusal(text):
        with pytest.raises(CaseError) as error:
            logged(text)
        return str(error.value)

    return refusal


def test_a_case_without_a_log_has_no_entries_and_only_the_events_of_its_own(case):
    read = read_case(case)
    assert read_log(read) == read.log == ()
    assert read.remarks == (Entry(date(2025, 3, 1), "event", "", "price raised"),)
    assert "log" not in read._repr_mimebundle_()["application/vnd.kpikit+json"]


@pytest.mark.parametrize(
    "text",
    [
        GOOD, "\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD.rstrip("\n"), GOOD + ",,,\n\n",
        "text,by,date,kind\nthe price stays,,2025-06-02,decision\n\"a fair, in Paris\",marketing,2025-07-01,event\n",
        "date;kind;by;text\n2025-06-02;decision;;the price stays\n2025-07-01;event; marketing ;a  fair, in Paris\n",
        '"date","kind","by","text"\n2025-06-02,decision,,the price stays\n2025-07-01,event,marketing,"a fair,\nin Paris"\n',
    ],
    ids=["plain", "with a mark", "CRLF", "no last end", "empty rows", "other order", "semicolons", "quoted"],
)  # fmt: skip
def test_entries_are_read_by_date_as_spreadsheets_save_them(logged, text):
    assert logged(text) == TWO


def test_entries_of_one_day_stay_as_they_stand(logged):
    rows = "".join(f"2025-06-02,event,,{name}\n" for name in ("z", "a", "m"))
    assert [entry.text for entry in logged(HEAD + rows)] == ["z", "a", "m"]


def test_what_looks_like_a_formula_or_a_tag_is_a_text(logged):
    text = "=HYPERLINK(1)"
    assert logged(HEAD + f"2025-06-02,event,@x,{text}\n2025-06-03,event,,<b>+1</b>\n")[0] == Entry(
        date(2025, 6, 2), "event", "@x", text
    )


def test_entries_after_as_of_are_left_out_and_those_of_the_day_are_not(logged, case):
    assert len(logged(HEAD + "2026-01-15,event,,today\n2026-01-16,event,,tomorrow\n")) == 2
    assert [entry.text for entry in read_case(case).log] == ["today"]
    assert [entry.text for entry in read_case(case, as_of="2026-02-01").log] == ["today", "tomorrow"]


def test_remarks_are_the_case_s_events_and_the_log_s_events_and_decisions_by_date(logged, case):
    logged(GOOD + "2025-02-01,review,Ada,looked at\n2025-01-01,event,,first\n")
    assert [entry.text for entry in read_case(case).remarks] == ["first", "price raised", "the price stays", "a fair, in Paris"]


def test_the_log_stays_beside_the_case_when_another_table_is_named(logged, case, tmp_path, monkeypatch):
    logged(GOOD)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert read_case(case, table="other.csv").log == TWO


def test_the_log_is_shown_with_the_case(logged, case):
    logged(GOOD)
    shown = read_case(case)._repr_mimebundle_()["application/vnd.kpikit+json"]
    assert shown["log"][0] == {"date": "2025-06-02", "kind": "decision", "by": "", "text": "the price stays"}


FIRST = "; the first line of a log is date,kind,by,text"


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("date,kind,text", "c.log.csv: no column 'by'"), ("day,kind,by,text", "c.log.csv: no column 'date' and a column 'day' too many"),
        ("date,kind,by,text,note", "c.log.csv: a column 'note' too many"), ("date,kind,by,text,by", "c.log.csv: a column 'by' too many"),
        ("", "c.log.csv: no column 'date', no column 'kind', no column 'by', no column 'text' and a column '' too many"),
    ],
)  # fmt: skip
def test_other_columns_are_refused(refusal, head, said):
    assert refusal(head + "\n2025-06-02,decision,,x\n") == said + FIRST


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2025-06-02,desicion,,x", "no kind 'desicion'; did you mean 'decision'?"),
        ("2025-06-02,party,,x", "no kind 'party'; there is review, decision, event"),
        ("02.06.2025,event,,x", "'02.06.2025' is not a date, as 2025-07-01"),
        ("2025-02-30,event,,x", "'2025-02-30' is not a date, as 2025-07-01"),
        ("2025-W24-2,event,,x", "'2025-W24-2' is not a date, as 2025-07-01"),
        (",event,,x", "'' is not a date, as 2025-07-01"),
        ("2025-06-02,event,,", "the text is empty; say in a few words what happened"),
        ("2025-06-02,event,,a,b", 'there are 5 fields for 4 columns; put a text that holds a separator in "quotes"'),
        ("2025-06-02,event", 'there are 2 fields for 4 columns; put a text that holds a separator in "quotes"'),
        (f"2025-06-02,event,,{'x' * 501}", "text has 501 letters; at most 500"),
        (f"2025-06-02,event,{'x' * 501},x", "by has 501 letters; at most 500"),
        ("2025-06-02,event,,a\x07b", "text holds a character that cannot be seen; take it out"),
    ],
)
def test_a_row_that_is_no_entry_is_refused_with_its_line(refusal, row, said):
    assert refusal(HEAD + "2025-06-01,event,,good\n" + row + "\n") == f"c.log.csv: 1 row cannot be read\n  line 3: {said}"


def test_every_row_that_is_no_entry_is_told_at_once(refusal):
    said = refusal(HEAD + "x,event,,a\n2025-06-01,event,,good\n2025-06-01,evnt,,b\n")
    assert said == (
        "c.log.csv: 2 rows cannot be read\n  line 2: 'x' is not a date, as 2025-07-01\n  line 4: no kind 'evnt'; did you mean 'event'?"
    )


def test_of_many_rows_that_are_none_the_first_are_told(refusal):
    lines = refusal(HEAD + "x,event,,a\n" * 1200).splitlines()
    assert len(lines) == 22
    assert lines[0] == "c.log.csv: 1,200 rows cannot be read"
    assert lines[-1] == "  and 1,180 more"


def test_an_unclosed_quote_is_refused(refusal):
    assert refusal(HEAD + '2025-06-02,event,,"a\n2025-06-03,event,,b\n') == (
        "c.log.csv: 1 row cannot be read\n  line 3: unexpected end of data"
    )


def test_what_is_not_utf_8_or_too_large_is_refused(refusal):
    assert refusal("date,kind,by,text\n2025-06-02,event,,Käse\n".encode("latin-1")) == (
        "c.log.csv: byte 0xe4 at place 37 is not UTF-8; save it as CSV UTF-8"
    )
    assert refusal(HEAD + "x" * MOST_BYTES) == "c.log.csv: the log has 1,000,018 bytes; at most 1,000,000, so begin a new one"


def test_a_link_is_refused_and_nothing_of_where_it_leads_is_told(case, tmp_path):
    (tmp_path / "secret").write_text("secret\n")
    (tmp_path / "c.log.csv").symlink_to(tmp_path / "secret")
    with pytest.raises(CaseError) as error:
        read_log(read_case(case))
    assert str(error.value) == "c.log.csv: it is a link; a log is a file of its own beside the case"


# --- written ---------------------------------------------------------------------------------------------------------------


def test_the_first_entry_begins_the_log(case):
    path, entry = add_entry(case, "the  price\nstays", on="2025-06-02", kind="decision")
    assert path == log_path(read_case(case))
    assert path.read_text(encoding="utf-8") == "date,kind,by,text\n2025-06-02,decision,,the price stays\n"
    assert read_log(read_case(case)) == (entry,) == (TWO[0],)


@pytest.mark.parametrize(
    ("before", "row"),
    [
        (GOOD, '2025-08-01,event,"Ada, Bob","a ""big"" one; =1"\n'),
        (GOOD.rstrip("\n"), '\n2025-08-01,event,"Ada, Bob","a ""big"" one; =1"\n'),
        ("\ufeff" + GOOD.replace("\n", "\r\n"), '2025-08-01,event,"Ada, Bob","a ""big"" one; =1"\r\n'),
        ("text;by;date;kind\n", '"a ""big"" one; =1";Ada, Bob;2025-08-01;event\n'),
    ],
    ids=["commas", "no last end", "of a spreadsheet", "semicolons"],
)
def test_an_entry_is_added_in_the_log_s_own_way_and_nothing_else_changes(case, before, row):
    path = case.parent / "c.log.csv"
    path.write_bytes(before.encode())
    add_entry(case, 'a "big" one; =1', on=date(2025, 8, 1), by="Ada, Bob")
    assert path.read_bytes() == (before + row).encode()
    assert read_log(read_case(case))[-1] == Entry(date(2025, 8, 1), "event", "Ada, Bob", 'a "big" one; =1')


def test_a_log_keeps_its_permissions(case):
    path, _ = add_entry(case, "x", on="2025-06-02")
    path.chmod(0o640)
    add_entry(case, "y", on="2025-06-03")
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"text": "x", "kind": "reviw"}, "c.log.csv: no kind 'reviw'; did you mean 'review'?"),
        ({"text": "x", "on": "1.6.2025"}, "c.log.csv: '1.6.2025' is not a date, as 2025-07-01"),
        ({"text": " "}, "c.log.csv: the text is empty; say in a few words what happened"),
    ],
)
def test_what_is_no_entry_is_not_added(case, entry, said):
    with pytest.raises(CaseError) as error:
        add_entry(case, **({"on": "2025-06-02"} | entry))
    assert str(error.value) == said
    assert names(case.parent) == ["c.toml"]


def test_nothing_is_added_to_a_log_that_cannot_be_read(case):
    path = case.parent / "c.log.csv"
    path.write_text(HEAD + "yesterday,event,,a\n")
    with pytest.raises(CaseError, match="line 2: 'yesterday' is not a date"):
        add_entry(case, "x", on="2025-06-02")
    assert path.read_text() == HEAD + "yesterday,event,,a\n"
    assert names(case.parent) == ["c.log.csv", "c.toml"]


def test_a_log_never_grows_past_what_is_read(case):
    path = case.parent / "c.log.csv"
    row = f"2025-06-01,event,,{'x' * 481}\n"  # 500 bytes
    whole = HEAD + row * 1999
    path.write_text(whole)
    with pytest.raises(CaseError) as error:
        add_entry(case, "y" * 500, on="2025-06-02")
    assert str(error.value) == "c.log.csv: with this entry the log has 1,000,037 bytes; at most 1,000,000"
    assert path.read_text() == whole


def test_while_one_entry_is_written_another_is_refused(case, monkeypatch):
    monkeypatch.setattr("kpikit.authoring.logbook.PATIENCE_S", 0.0)
    draft = case.parent / ".c.log.csv.draft"
    draft.write_text("")
    with pytest.raises(CaseError) as error:
        add_entry(case, "x", on="2025-06-02")
    assert str(error.value) == f"c.log.csv: another entry is being written; if none is, delete {draft.resolve()} and try again"
    assert names(case.parent) == [".c.log.csv.draft", "c.toml"]


def test_who_has_added_an_entry_leaves_the_draft_of_the_next_alone(case, monkeypatch):
    replace, draft = Path.replace, case.parent / ".c.log.csv.draft"

    def replaced(path, target):
        replace(path, target)
        draft.write_text("somebody else's")  # who begins as soon as the place is free

    monkeypatch.setattr(Path, "replace", replaced)
    add_entry(case, "x", on="2025-06-02")
    assert draft.read_text() == "somebody else's"


def test_entries_of_several_processes_at_once_all_stand_in_the_log(case):
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        list(pool.map(_add, [(str(case), f"entry {number}") for number in range(40)]))
    assert sorted(entry.text for entry in read_log(read_case(case))) == sorted(f"entry {number}" for number in range(40))
    assert names(case.parent) == ["c.log.csv", "c.toml"]


def _add(told):
    add_entry(told[0], told[1], on="2025-06-02")


def test_a_write_that_fails_leaves_the_log_as_it_was(case, monkeypatch):
    path, _ = add_entry(case, "x", on="2025-06-02")
    before = path.read_bytes()
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("the disk is full")))
    with pytest.raises(OSError, match="the disk is full"):
        add_entry(case, "y", on="2025-06-03")
    assert path.read_bytes() == before
    assert names(case.parent) == ["c.log.csv", "c.toml"]


def test_the_command_adds_an_entry_and_says_so(case, capsys):
    assert main(["log", str(case), "the price stays", "--kind", "decision", "--on", "2025-06-02", "--by", "Ada"]) == 0
    path = (case.parent / "c.log.csv").resolve()
    assert capsys.readouterr().out == f"{path}: added decision of 2025-06-02, by Ada: the price stays\n"
    assert main(["log", str(case), "x", "--kind", "talk"]) == 2
    assert capsys.readouterr().err == "kpikit: c.log.csv: no kind 'talk'; there is review, decision, event\n"


def test_the_command_takes_today_where_no_day_is_given(case, capsys):
    before = date.today()
    assert main(["log", str(case), "x"]) == 0
    (entry,) = read_log(read_case(case))
    assert before <= entry.date <= date.today()
    assert entry.kind == "event"
    assert f"event of {entry.date}: x" in capsys.readouterr().out
