"""How: what a user says about the way a table is written; what cannot be meant is refused before a file is opened."""

from decimal import Decimal

import pytest

from kpikit.errors import CaseError
from kpikit.tables import read_table
from kpikit.tables.how import How, cut_labels, how_of

ENCODING = "as utf-8, latin-1, cp1252 or utf-16"
ZONE = "as Europe/Berlin or UTC"


def test_a_plain_table_needs_nothing_said():
    how = How()
    assert (how.encoding, how.separator, how.decimal, how.thousands, how.header_row, how.zone) == (
        "utf-8",
        None,
        ".",
        None,
        1,
        "UTC",
    )


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"decimal": ";"}, "decimal is ';'; it is one of '.', ','"),
        ({"decimal": ""}, "decimal is ''; it is one of '.', ','"),
        ({"thousands": "_"}, "thousands is '_'; it is one of ',', '.', ' ', \"'\", '\\xa0', '\\u202f'"),
        ({"thousands": "."}, "decimal and thousands are both '.'; they must differ"),
        ({"decimal": ",", "thousands": ","}, "decimal and thousands are both ','; they must differ"),
        ({"duplicates": "ignore"}, "duplicates is 'ignore'; it is one of 'refuse', 'keep', 'drop'"),
        *(
            ({"separator": one}, f"separator is {one!r}; it is one ASCII character, as ';'")
            for one in ("", "::", '"', "\n", "\r", "\0", "¦", "，")
        ),
        ({"header_row": 0}, "header_row is 0; the first line is 1"),
        ({"header_row": -3}, "header_row is -3; the first line is 1"),
        *(
            ({"encoding": one}, f"there is no encoding '{one}'; {ENCODING}")
            for one in ("klingon", "", "rot13", "base64", "hex", "zip", "a\0b", "utf-9")
        ),
        *(
            ({"time_zone": one}, f"there is no time zone '{one}'; {ZONE}")
            for one in ("Mars/Olympus", "", "../etc/passwd", "/etc/passwd", "Europe", "a\0b", "CEST+2")
        ),
        *(
            ({"cuts": {"age": cuts}}, f"cuts of age are {list(map(str, cuts))}; they are numbers in rising order, as [90, 365]")
            for cuts in ([], [2, 1], [1, 1], ["x"], [float("nan")], [float("inf")], [1, Decimal("1.0")], ["1; DROP"], [True])
        ),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(said, message):
    with pytest.raises(CaseError) as error:
        How(**said)
    assert str(error.value) == message


@pytest.mark.parametrize("encoding", ["UTF8", "utf_8", "Latin-1", "iso-8859-15", "cp1252", "big5", "koi8-r", "utf-7"])
def test_any_text_encoding_of_python_is_one(encoding):
    assert How(encoding=encoding).encoding == encoding


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", ":", " ", "'", "^"])
def test_any_ascii_character_may_separate_but_quotes_and_line_ends(separator):
    assert How(separator=separator).separator == separator


def test_the_zone_is_that_which_is_given():
    assert How(time_zone="Asia/Kolkata").zone == "Asia/Kolkata"


def test_an_option_is_refused_before_the_table_is_looked_for(tmp_path):
    with pytest.raises(CaseError, match="no encoding 'klingon'"):
        read_table("none.csv", kind="counts", folder=tmp_path, encoding="klingon")


def test_the_parts_between_cuts_hold_their_lower_edge():
    assert cut_labels([0]) == ["under 0", "0 or more"]
    assert cut_labels([Decimal("-1.5"), 2, 30]) == ["under -1.5", "-1.5 to under 2", "2 to under 30", "30 or more"]


def test_cuts_of_a_column_that_is_no_segment_are_refused(tmp_path):
    (tmp_path / "t.csv").write_text("period,numerator,denominator,age\n2026-01,1,10,5\n")
    with pytest.raises(CaseError) as error:
        read_table("t.csv", kind="counts", folder=tmp_path, cuts={"age": [10]})
    assert str(error.value) == "t.csv: cuts are given for 'age', which is no segment; add it to segments"


def test_a_segment_of_numbers_is_cut(tmp_path):
    ages = ["89.9", "90", "364", "365", "-1"]
    (tmp_path / "t.csv").write_text(
        "period,numerator,denominator,age\n" + "".join(f"2026-01,{n},10,{age}\n" for n, age in enumerate(ages))
    )
    table = read_table("t.csv", kind="counts", folder=tmp_path, segments=["age"], cuts={"age": [90, 365]})
    assert [row[3] for row in table.relation.fetchall()] == [
        "under 90",
        "90 to under 365",
        "90 to under 365",
        "365 or more",
        "under 90",
    ]


def test_an_option_that_there_is_not_is_refused_with_the_near_one():
    with pytest.raises(CaseError) as error:
        how_of({"seperator": ";"})
    assert str(error.value) == "there is no option 'seperator' of a table; did you mean 'separator'?"
