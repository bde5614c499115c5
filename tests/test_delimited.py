"""Delimited text, plain or compressed: what is unpacked, where the header is, what splits it."""

import gzip
import io
import zipfile

import pytest

from kpikit.errors import TableError
from kpikit.tables import read_table
from kpikit.tables.files import open_file
from kpikit.tables.how import How

WANTED = ["period", "numerator", "denominator"]
PLAIN = "period,numerator,denominator\n2026-01,1,10\n2026-02,2,20\n"
ROWS = [("2026-01", "1", "10"), ("2026-02", "2", "20")]


@pytest.fixture
def read(tmp_path):
    """The rows of a file of these bytes, as they are written."""

    def read(content, name="t.csv", wanted=WANTED, **how):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        source = open_file(tmp_path / name, name, wanted, How(**how))
        return source.fetch(source.relation)

    return read


@pytest.fixture
def refusal(read):
    def refusal(content, name="t.csv", wanted=WANTED, **how):
        with pytest.raises(TableError) as error:
            read(content, name, wanted, **how)
        return str(error.value)

    return refusal


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    """A zip of (name, text) members."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return packed.getvalue()


# --- compressed --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["t.csv.gz", "t.gz", "T.CSV.GZ"])
def test_a_gzip_file_is_read(read, name):
    assert read(gzip.compress(PLAIN.encode()), name) == ROWS
    assert read(gzip.compress(PLAIN[:40].encode()) + gzip.compress(PLAIN[40:].encode()), name) == ROWS  # of two parts


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_of_one_file_is_read(read, method):
    assert read(zipped(("t.csv", PLAIN), method=method), "t.zip") == ROWS
    assert read(zipped(("folder/", ""), ("folder/t.csv", PLAIN), method=method), "t.zip") == ROWS


def test_a_compressed_file_may_have_another_encoding(read):
    text = "period;numerator;denominator\n2026-01;1;10\n".encode("utf-16")
    assert read(gzip.compress(text), "t.csv.gz", encoding="utf-16") == ROWS[:1]
    assert read(zipped(("t.csv", text)), "t.zip", encoding="utf-16") == ROWS[:1]


@pytest.mark.parametrize("change", ["checksum", "length", "truncated", "trailing", "no gzip", "header"])
def test_a_damaged_gzip_file_is_refused(refusal, change):
    packed = bytearray(gzip.compress(PLAIN.encode()))
    if change == "checksum":
        packed[-8] ^= 1
    elif change == "length":
        packed[-4] ^= 1
    elif change == "truncated":
        del packed[-9:]
    elif change == "trailing":
        packed += b"not gzip"
    elif change == "no gzip":
        packed = bytearray(PLAIN.encode())
    else:
        packed[2] = 9
    message = refusal(bytes(packed), "t.csv.gz")
    assert message.startswith("t.csv.gz: the compressed file is truncated or damaged (")
    assert message.endswith("); fetch it again")


def test_every_other_byte_of_a_gzip_file_that_changes_is_noticed_or_changes_nothing(read):
    packed = gzip.compress(PLAIN.encode(), mtime=0)
    for at in range(0, len(packed), 2):
        changed = bytearray(packed)
        changed[at] ^= 0x10
        try:
            assert read(bytes(changed), "t.csv.gz") == ROWS
        except TableError:
            continue


def test_every_other_byte_of_a_zip_that_changes_is_noticed_or_changes_nothing(read):
    packed = zipped(("t.csv", PLAIN))
    for at in range(0, len(packed), 2):
        changed = bytearray(packed)
        changed[at] ^= 0x11
        try:
            assert read(bytes(changed), "t.zip") == ROWS
        except TableError:
            continue


def test_a_zip_that_holds_no_file_or_several_is_refused(refusal):
    say = "t.zip: a zip must hold one file, and it holds {}; unpack the one to read"
    assert refusal(zipped(), "t.zip") == say.format("none")
    assert refusal(zipped(("folder/", "")), "t.zip") == say.format("none")
    assert refusal(zipped(("a.csv", PLAIN), ("b.csv", PLAIN)), "t.zip") == say.format("a.csv and b.csv")


def test_what_the_finder_adds_to_a_zip_is_no_file_of_it(read):
    assert read(zipped(("t.csv", PLAIN), ("__MACOSX/._t.csv", "x")), "t.zip") == ROWS


def test_a_zip_that_is_encrypted_is_refused(refusal):
    packed = bytearray(zipped(("t.csv", PLAIN)))
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    packed[6] |= 1
    assert refusal(bytes(packed), "t.zip") == "t.zip: the zip is encrypted; unpack it first"


def test_a_zip_of_an_unknown_method_is_refused(refusal):
    packed = bytearray(zipped(("t.csv", PLAIN)))
    packed[packed.index(b"PK\x01\x02") + 10] = packed[8] = 99
    message = refusal(bytes(packed), "t.zip")
    assert message.startswith("t.zip: the compressed file is truncated or damaged (That compression method is not supported")


def test_what_is_no_zip_is_refused(refusal):
    assert refusal(PLAIN, "t.zip") == "t.zip: it is no zip file, or a damaged one (File is not a zip file); fetch it again"


def test_a_file_that_grows_too_many_times_when_it_is_unpacked_is_refused(refusal, monkeypatch):
    monkeypatch.setattr("kpikit.tables.delimited.MOST_PACKED", 100)
    bomb = PLAIN + "\n" * 200_000
    assert refusal(zipped(("t.csv", bomb)), "t.zip") == "t.zip: t.csv would grow more than 100 times; unpack it first"
    assert refusal(gzip.compress(bomb.encode()), "t.gz") == (
        "t.gz: the compressed file would grow more than 100 times; unpack it first"
    )


def test_a_zip_that_lies_about_its_size_unpacks_no_further_than_it_says(refusal):
    packed = bytearray(zipped(("t.csv", PLAIN + "2026-03,3,30\n" * 9)))
    said = packed.index(b"PK\x01\x02") + 24
    packed[said : said + 4] = len(PLAIN).to_bytes(4, "little")
    assert refusal(bytes(packed), "t.zip").startswith("t.zip: the compressed file is truncated or damaged (Bad CRC-32")


# --- the header --------------------------------------------------------------------------------------------------------

TITLE = 'Sales "2026\nmade on, 2026-07-01\n\n'


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_lines_before_the_header_are_left_out_whatever_they_hold(read, end):
    assert read((TITLE + PLAIN).replace("\n", end), header_row=4) == ROWS
    assert read((TITLE + PLAIN).replace("\n", end), header_row=3) == ROWS  # the empty line before it


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_line_of_a_fault_counts_the_lines_before_the_header(tmp_path, end):
    (tmp_path / "t.csv").write_bytes((TITLE + PLAIN.replace("2,20", "x,20")).replace("\n", end).encode())
    with pytest.raises(TableError) as error:
        read_table("t.csv", kind="counts", folder=tmp_path, header_row=4)
    assert str(error.value) == "t.csv: 1 value cannot be read\n  line 6, column 'numerator': 'x' is not a whole number"


def test_the_line_that_holds_the_header_is_advised(refusal):
    assert refusal("Sales\n" + PLAIN) == (
        "t.csv: no column 'period', 'numerator' or 'denominator' in the header; there is Sales; line 2 holds them: header_row = 2"
    )
    assert refusal(PLAIN, header_row=2) == (
        "t.csv: no column 'period', 'numerator' or 'denominator' in the header; there is 2026-01, 1, 10; "
        "line 1 holds them: header_row = 1"
    )


def test_a_header_row_behind_the_end_is_refused(refusal):
    assert refusal(PLAIN, header_row=4) == "t.csv: header_row is 4, and the file has 3 lines"


def test_a_file_of_nothing_but_empty_lines_is_empty(refusal):
    assert refusal("\n\r\n  \n") == "t.csv: the file is empty"
    assert refusal("") == "t.csv: the file is empty"
    assert refusal(b"\xef\xbb\xbf") == "t.csv: the file is empty"


def test_a_column_without_a_name_gets_one_by_its_place(tmp_path):
    (tmp_path / "t.csv").write_text(",period,,n\n1,2,3,4\n")
    assert list(open_file(tmp_path / "t.csv", "t.csv", ["period"], How()).types) == ["column 1", "period", "column 3", "n"]


def test_a_name_longer_than_any_name_is_an_error_and_no_traceback(refusal):
    assert refusal("x" * 200_000 + "," + PLAIN).startswith(
        "t.csv: no column 'period', 'numerator' or 'denominator' in the header"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<!DOCTYPE html>\n<html>", "it is an HTML page, not a CSV file: the download was perhaps a login page"),
        ("  <HTML><body>", "it is an HTML page, not a CSV file: the download was perhaps a login page"),
        (
            "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n",
            "it is a Git LFS pointer, not the data: run git lfs pull; there is no column in it",
        ),
    ],
)
def test_what_stands_in_place_of_the_data_is_named(refusal, text, said):
    assert refusal(text) == f"t.csv: {said}"


@pytest.mark.parametrize(
    ("begin", "said"),
    [
        (zipped(("t.csv", PLAIN)), "a zip archive or an Excel workbook; name it .zip or .xlsx"),
        (gzip.compress(PLAIN.encode(), mtime=0), "a gzip file; name it .gz"),
        (b"PAR1\x15\x04", "a Parquet file; name it .parquet"),
        (b"SQLite format 3\0", "a SQLite file; name it .sqlite"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document, which is no table"),
    ],
    ids=["zip", "gzip", "parquet", "sqlite", "pdf"],
)
def test_a_file_of_another_format_under_the_name_of_a_text_is_told_so(refusal, begin, said):
    assert refusal(begin) == f"t.csv: it is no text, but {said}"


# --- the separator -----------------------------------------------------------------------------------------------------


def test_a_separator_that_is_given_is_the_only_one_that_is_tried(read, refusal):
    assert read("period:numerator:denominator\n2026-01:1:10\n", separator=":") == ROWS[:1]
    assert refusal(PLAIN, separator=";") == (
        "t.csv: no column 'period', 'numerator' or 'denominator' in the header; there is period,numerator,denominator; "
        "separator = ',' splits it"
    )


@pytest.mark.parametrize("separator", ["'", " ", "*", "\\", "~"])
def test_any_one_character_may_separate(read, separator):
    text = PLAIN.replace(",", separator)
    wanted = text.split("\n")[0].split(separator)
    assert len(read(text, wanted=wanted, separator=separator)) == 2


def test_a_row_with_too_few_fields_names_the_separator_that_is_meant(refusal):
    assert refusal("period;numerator;denominator\n2026-01;1\n").endswith(
        "each row needs 3 fields with a semicolon between them; quote a value that holds one"
    )
    assert refusal("period:numerator:denominator\n2026-01:1\n", separator=":").endswith(
        "each row needs 3 fields with a ':' between them; quote a value that holds one"
    )


# --- advice ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dates", "read_with"),
    [
        (["31.01.2026", "28.02.2026"], "date_format = '%d.%m.%Y'"),
        (["01/31/2026"], "date_format = '%m/%d/%Y'"),
        (["01/02/2026"], "date_format = '%d/%m/%Y' or date_format = '%m/%d/%Y'"),
        (["20260131", "20260228"], "date_format = '%Y%m%d'"),
        (["31.01.2026 14:30"], "date_format = '%d.%m.%Y %H:%M'"),
        (["31.01.26"], "date_format = '%d.%m.%y'"),
    ],
)
def test_the_date_formats_under_which_all_dates_would_be_read_are_advised_and_hold(tmp_path, dates, read_with):
    (tmp_path / "t.csv").write_text("customer,date,event\n" + "".join(f"a,{when},x\n" for when in dates))
    with pytest.raises(TableError) as error:
        read_table("t.csv", kind="events", folder=tmp_path)
    assert str(error.value).endswith(f"\n  column 'date' can be read with {read_with}")
    for option in read_with.split(" or "):
        read_table("t.csv", kind="events", folder=tmp_path, date_format=option.split("'")[1])


@pytest.mark.parametrize("dates", [["31.01.2026", "2026-02-28"], ["31/01/2026", "02/28/2026"], ["soon"], ["2026-02-30"]])
def test_no_format_is_advised_that_does_not_read_all(tmp_path, dates):
    (tmp_path / "t.csv").write_text("customer,date,event\n" + "".join(f"a,{when},x\n" for when in dates))
    with pytest.raises(TableError) as error:
        read_table("t.csv", kind="events", folder=tmp_path)
    assert "can be read with" not in str(error.value)
