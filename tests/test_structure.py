"""The bytes of a text file are looked at before they are parsed: what DuckDB would take silently is told with its line."""

import csv
import io
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpikit.errors import TableError
from kpikit.tables.files import open_file
from kpikit.tables.how import How
from kpikit.tables.structure import row_lines, with_line_feeds, written_plain

HEADER = "period,numerator,denominator"
ROWS = ["2026-01,1,10", "2026-02,2,20", "2026-03,3,30"]
VALUES = [tuple(row.split(",")) for row in ROWS]
EACH = "\n  each row needs 3 fields with a comma between them; quote a value that holds one"


@pytest.fixture(params=[4 * 2**20, 7], ids=["one block", "blocks of 7"])
def block(request, monkeypatch):
    """The size of the blocks in which a file is looked at: what is found must not depend on it."""
    monkeypatch.setattr("kpikit.tables.structure.BLOCK", request.param)


def read(content, **how):
    """The rows of a file of these bytes, as they are written."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        source = open_file(path, "t.csv", (), How(**how))
        return source.fetch(source.relation)


def refusal(content, **how):
    with pytest.raises(TableError) as error:
        read(content, **how)
    return str(error.value)


def lines(*rows, end="\n"):
    return end.join([HEADER, *rows, ""])


# --- line ends ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_a_record_ends_with_lf_crlf_or_cr(block, end, last):
    text = lines(*ROWS, end=end)
    assert read(text if last else text.removesuffix(end)) == VALUES


@pytest.mark.parametrize("ends", [("\n", "\r\n", "\r", "\n"), ("\r", "\r", "\n", "\r\n"), ("\r\n", "\n", "\r\n", "\r")])
def test_line_ends_may_be_mixed(block, ends):
    assert read("".join(row + end for row, end in zip([HEADER, *ROWS], ends, strict=True))) == VALUES


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_stands_in_quotes_keeps_its_own_line_ends(block, end):
    text = end.join(["a,b", '"one\rtwo\r\nthree\nfour",1', "x,2", ""])
    assert read(text) == [("one\rtwo\r\nthree\nfour", "1"), ("x", "2")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_empty_lines_are_no_rows_wherever_they_stand(block, end):
    text = end.join(["", "", HEADER, "", ROWS[0], "", "", ROWS[1], ROWS[2], "", "", ""])
    assert read(text) == VALUES


def test_line_feeds_are_written_after_each_record_and_not_within_quotes(block, tmp_path):
    (tmp_path / "t.csv").write_bytes(b'title "\r\na,b\r"x\r\ny\r",1\r\nz,2\n')
    out = io.BytesIO()
    with_line_feeds(tmp_path / "t.csv", 1, out)
    assert out.getvalue() == b'a,b\n"x\r\ny\r",1\nz,2\n'


# --- the number of fields ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    ("row", "found"), [("2026-09,9", 2), ("2026-09,9,90,1", 4), ("2026-09", 1), ("   ", 1), ("1,2,3,4,5", 5)]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_row_with_another_number_of_fields_is_told_with_its_line(block, place, row, found, end):
    rows = [*ROWS[:place], row, *ROWS[place + 1 :]]
    fields = "1 field" if found == 1 else f"{found} fields"
    assert refusal(lines(*rows, end=end)) == (
        f"t.csv: 1 row has not the 3 fields of the header\n  line {place + 2}: {fields}, not 3{EACH}"
    )


def test_the_last_row_may_be_at_fault_without_a_line_end(block):
    assert refusal(lines(*ROWS) + "2026-04,4") == (
        f"t.csv: 1 row has not the 3 fields of the header\n  line 5: 2 fields, not 3{EACH}"
    )


def test_a_long_row_beside_a_short_one_is_told_though_their_separators_add_up(block):
    assert refusal(lines(ROWS[0], "2026-02,2,20,2", "2026-03,3")) == (
        "t.csv: 2 rows have not the 3 fields of the header\n  line 3: 4 fields, not 3\n  line 4: 2 fields, not 3" + EACH
    )


def test_a_separator_at_the_end_of_a_line_is_said_to_be_one(block):
    assert refusal(lines(ROWS[0], "2026-02,2,20,", ROWS[2])) == (
        "t.csv: 1 row has not the 3 fields of the header\n"
        f"  line 3: 4 fields, not 3 (the last one is empty: a separator ends the line){EACH}"
    )


@pytest.mark.parametrize(("wrong", "more"), [(20, ""), (21, "\n  and 1 more"), (1500, "\n  and 1,480 more")])
def test_twenty_rows_are_shown_and_the_rest_is_counted(wrong, more):
    told = "\n".join(f"  line {number + 2}: 2 fields, not 3" for number in range(20))
    assert refusal(lines(*["2026-01,1"] * wrong)) == (
        f"t.csv: {wrong:,} rows have not the 3 fields of the header\n{told}{more}{EACH}"
    )


def test_a_separator_in_quotes_separates_nothing(block):
    assert read('a,b\n"1,2,3","x\n,\n"\n') == [("1,2,3", "x\n,\n")]


def test_the_line_of_a_fault_counts_the_lines_of_quoted_fields_and_of_the_title(block):
    text = 'Report "Q1\n\n' + lines('"2026-01\n\n",1,10', "2026-02,2")
    assert refusal(text, header_row=3) == f"t.csv: 1 row has not the 3 fields of the header\n  line 7: 2 fields, not 3{EACH}"


# --- quotes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_quote_that_is_never_closed_is_told_with_the_line_that_opened_it(block, end):
    text = lines(*ROWS, '"2026-04,4,40', "2026-05,5,50", end=end)
    assert refusal(text) == "t.csv: the quote opened on line 5 is never closed"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_quote_inside_a_field_is_told_with_its_line(block, end):
    text = lines(ROWS[0], '2026-02,2",20', end=end)
    assert refusal(text) == ("t.csv: line 3 has a quote inside a field; put the whole field in quotes and double the quote in it")


def test_a_quoted_field_that_goes_on_behind_its_quote_is_told(block):
    assert refusal(lines(ROWS[0], '"2026-02"x,2,20')) == (
        "t.csv: line 3 closes a quoted field before the field ends: a quote is missing, or one inside it is not doubled"
    )
    assert refusal(lines('"2026-01', 'and more" x,2,20')) == (
        "t.csv: line 3 closes the quoted field that begins on line 2 before the field ends: a quote is missing, or one inside "
        "it is not doubled"
    )


def test_doubled_quotes_empty_quotes_and_quotes_at_each_edge_are_read(block):
    assert read('a,b,c\n"""x""","",""""\n"","y ""z""",""\n') == [('"x"', "", '"'), ("", 'y "z"', "")]


# --- encodings, marks and NUL ------------------------------------------------------------------------------------------


def test_a_byte_order_mark_is_no_part_of_the_header_quoted_or_not(block):
    for header in (HEADER, '"period","numerator","denominator"'):
        assert read(b"\xef\xbb\xbf" + (header + "\n" + "\n".join(ROWS)).encode()) == VALUES


def test_a_nul_is_told_with_its_line(block):
    assert refusal(lines(ROWS[0], "2026-02,\0,20")) == (
        "t.csv: line 3 holds a NUL byte, which no text does; the file is damaged or of another encoding"
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("city", "encoding", "byte"), [("Zürich", "latin-1", "fc"), ("2 €", "cp1252", "80"), ("“Zürich”", "cp1252", "93")]
)
def test_bytes_of_another_encoding_are_told_with_line_and_the_likely_one(block, end, city, encoding, byte):
    text = lines("2026-01,1,10", f"{city},2,20", end=end)
    assert refusal(text.encode(encoding)).startswith(
        f"t.csv: line 3 is not UTF-8 (the byte 0x{byte}); give its encoding, as encoding ="
    )
    assert read(text, encoding="utf-8")[1][0] == city


def test_a_file_that_mixes_encodings_is_told_so(block):
    text = lines("Zürich,1,10").encode() + "Zürich,2,20\n".encode("latin-1")
    assert refusal(text) == (
        "t.csv: line 3 is not UTF-8 (the byte 0xfc), though lines before it are: the file mixes encodings; save it anew in one "
        "encoding"
    )


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "latin-1", "cp1252", "mac_roman"]
)
def test_a_file_in_the_encoding_that_is_given_is_read(block, encoding):
    text = lines("Zürich,1,10", '"Gen\nève",2,20')
    assert read(text.encode(encoding), encoding=encoding) == [("Zürich", "1", "10"), ("Gen\nève", "2", "20")]


#: from then on more codecs say which byte it is
SINCE_3_13 = ("line 1 is not UTF-16 (the byte", "line 4 is not PUNYCODE (the byte") if sys.version_info >= (3, 13) else ()


@pytest.mark.parametrize(
    ("content", "encoding", "said"),
    [
        (lines(*ROWS).encode("utf-16")[:-1], "utf-16", "line 4 is not UTF-16"),
        (lines(*ROWS).encode("utf-16-le"), "utf-16", ("it is not UTF-16 (UTF-16 stream does not start with BOM)", *SINCE_3_13)),
        (lines("2026-01,\\ud800,1").encode(), "raw_unicode_escape", "it is not RAW_UNICODE_ESCAPE ("),
        (lines(*ROWS).encode(), "undefined", "it is not UNDEFINED (undefined encoding)"),
        (lines(*ROWS).encode(), "punycode", ("it is not PUNYCODE (", *SINCE_3_13)),
        (b"\x81\x81\n", "cp1252", "line 1 is not CP1252 (the byte 0x81); give the encoding the file was written in"),
    ],
)
def test_a_file_that_is_not_in_the_encoding_that_is_given_is_refused(content, encoding, said):
    message = refusal(content, encoding=encoding)
    assert message.removeprefix("t.csv: ").startswith(said)
    assert message.endswith("give the encoding the file was written in")


def test_the_line_of_a_wrong_byte_is_counted_over_the_blocks(monkeypatch):
    monkeypatch.setattr("kpikit.tables.structure.BLOCK", 3)
    for end, at in ((b"\r\n", 6), (b"\n", 6), (b"\r", 6)):
        with pytest.raises(TableError, match=rf"^t: line {at} is not UTF-8 \(the byte 0xff\)"):
            written_plain(io.BytesIO(end.join([b"a,b"] * 5) + end + b"\xff"), None, "utf-8", "t")


# --- any rows, any damage ----------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=6) | st.sampled_from(
    [",", ";", '"', '""', "\n", "\r", "\r\n", "|", "\t", "a", " ", "'", "\\"]
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    rows=st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(TEXTS, min_size=width, max_size=width), max_size=8)),
    separator=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    size=st.sampled_from([7, 64, 2**22]),
)
def test_whatever_python_writes_is_accepted_and_read_back(monkeypatch, rows, separator, end, quoting, size):
    monkeypatch.setattr("kpikit.tables.structure.BLOCK", size)
    written = io.StringIO(newline="")
    width = len(rows[0]) if rows else 2
    if quoting == csv.QUOTE_MINIMAL:  # Python 3.11 leaves a CR or LF unquoted that is not the line end; nobody can read that back
        rows = [[value.replace("\r", " ").replace("\n", " ") for value in row] for row in rows]
    writer = csv.writer(written, delimiter=separator, lineterminator=end, quoting=quoting)
    writer.writerow([f"c{number}" for number in range(width)])
    writer.writerows(rows)
    back = [tuple(value or None for value in row) for row in rows]
    found = read(written.getvalue(), separator=separator)
    assert [tuple(value or None for value in row) for row in found] == back


def strictly(content):
    """The rows as Python's csv module reads them when it is strict, or None where it refuses."""
    try:
        rows = [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True) if row]
    except (csv.Error, UnicodeDecodeError):
        return None
    return rows if rows and all(len(row) == len(rows[0]) for row in rows) else None


GOOD = '\r\n'.join(
    ["period,plan,n", '2026-01,"a ""b""",1', '2026-02,"c,\r\nd",22', "2026-03,é,333", '"2026-04","",4', "2026-05,x y,5", ""]
).encode()  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_byte_is_an_error_or_gives_the_rows_that_python_reads(tmp_path, seed):
    draw = random.Random(seed)
    path = tmp_path / "t.csv"
    read_back = 0
    for _ in range(30):
        content, at = bytearray(GOOD), draw.randrange(len(GOOD))
        kind = draw.randrange(3)
        if kind == 0:
            content[at] = draw.randrange(256)
        elif kind == 1:
            content[at : at + 1] = b""
        else:
            content[at:at] = draw.choice([b'"', b",", b"\r", b"\n", b"\r\n", b"\0", b"\xff", b" ", b";"])
        path.write_bytes(content)
        try:
            source = open_file(path, "t.csv", (), How(separator=","))
            found = [list(source.types), *([value or "" for value in row] for row in source.fetch(source.relation))]
        except TableError:
            continue
        expected = strictly(bytes(content))
        assert expected is not None, bytes(content)
        header = [name or f"column {number}" for number, name in enumerate(expected[0], start=1)]
        assert found == [header, *expected[1:]], bytes(content)
        read_back += 1
    assert read_back > 5


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(TEXTS, min_size=2, max_size=2), min_size=1, max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
    blank=st.integers(0, 3),
    size=st.sampled_from([5, 50, 2**22]),
)
def test_the_line_of_every_row_is_that_on_which_python_began_to_read_it(monkeypatch, tmp_path, rows, end, blank, size):
    monkeypatch.setattr("kpikit.tables.structure.BLOCK", size)
    written, began = io.StringIO(newline=""), []
    writer = csv.writer(written, lineterminator=end, quoting=csv.QUOTE_ALL)
    for row in rows:
        written.write(end * blank)
        text = written.getvalue().replace("\r\n", "\n").replace("\r", "\n")
        began.append(text.count("\n") + 1)
        writer.writerow(row)
    (tmp_path / "t.csv").write_text(written.getvalue(), encoding="utf-8", newline="")
    assert row_lines(tmp_path / "t.csv", 0, range(len(rows))) == dict(enumerate(began))
