"""The bytes of a text file, looked at before they are parsed: its encoding, quotes, line ends and the fields of every row.

DuckDB's reader keeps an unclosed quote, takes a comma at the line's end for nothing and reads a NUL as text; here each is told
with its line. A file that is compressed, or in another encoding than UTF-8, is written out as plain UTF-8 first.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from kpikit import words
from kpikit.errors import TableError

BLOCK = 4 * 2**20
MOST_FAULTS = 20  # shown of a table; the rest are counted
LF, CR, QUOTE = 10, 13, 34
BOM = b"\xef\xbb\xbf"
Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def written_plain(raw: IO[bytes], to: IO[bytes] | None, encoding: str, name: str) -> None:
    """Reads bytes to their end, and writes them as UTF-8 where `to` is given.

    Raises TableError with the line of the first byte that is not of the encoding, and of a NUL.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line, utf8, held = 1, True, ""  # a CR at the end of a block may be half of a CRLF
    while True:
        block = raw.read(BLOCK)
        try:
            text = decoder.decode(block, final=not block)
            plain = text.encode()
        except UnicodeDecodeError as error:
            raise TableError(_not_of_encoding(name, encoding, error, line, held, utf8)) from error
        except UnicodeError as error:  # a codec's own, as of UTF-16 without its byte order mark
            raise TableError(
                f"{name}: it is not {encoding.upper()} ({error}); give the encoding the file was written in"
            ) from error
        if "\0" in text:
            at = line + _breaks(held + text[: text.index("\0")])
            raise TableError(
                f"{name}: line {at} holds a NUL byte, which no text does; the file is damaged or of another encoding"
            )
        if to is not None:
            to.write(plain.removeprefix(BOM) if line == 1 and to.tell() == 0 else plain)
        utf8 = utf8 and text.isascii()
        seen = held + text
        held = "\r" if seen.endswith("\r") else ""
        line += _breaks(seen.removesuffix("\r"))
        if not block:
            return


def _breaks(text: str) -> int:
    """How many lines end in a text, by LF, CRLF or CR."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _not_of_encoding(name: str, encoding: str, error: UnicodeDecodeError, line: int, held: str, ascii_so_far: bool) -> str:
    good = bytes(error.object[: error.start])
    at = line + _breaks(held + good.decode(encoding, "replace"))
    wrong = bytes(error.object[error.start : error.start + 1]).hex()
    said = f"{name}: line {at} is not {encoding.upper()} (the byte 0x{wrong})"
    if codecs.lookup(encoding).name != "utf-8":
        return f"{said}; give the encoding the file was written in"
    if not (ascii_so_far and good.isascii()):
        return f"{said}, though lines before it are: the file mixes encodings; save it anew in one encoding"
    return f"{said}; give its encoding, as encoding = '{_likely(bytes(error.object[error.start :]))}'"


def _likely(rest: bytes) -> str:
    """The encoding that the bytes beyond ASCII look like."""
    if rest.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "cp1252" if any(0x80 <= byte <= 0x9F for byte in rest) else "latin-1"


@dataclass
class Scan:
    """What a walk over the rows of a delimited file has found so far; `rows` leaves the header out, and empty lines."""

    separator: int
    fields: int
    line: int = 1
    inside: int = 0
    opened: int = 0
    pending: int = 0
    empty: bool = True
    rows: int = 0
    wrong: int = 0
    line_ends: frozenset[str] = frozenset()


def refuse_broken_rows(
    path: Path, separator: str, fields: int, skip: int, name: str, passes: Callable[[Scan, bytes], bool] | None = None
) -> frozenset[str]:
    """The kinds of line end that the records of a UTF-8 file have, of LF, CRLF and CR.

    Raises TableError with the line of every row that has not as many fields as the header (20, and a count), and of a quote
    that is not closed or stands inside a field (RFC 4180). `passes` lets a block through that need not be looked at closely.
    """
    passes = passes or adds_up
    scan, told = Scan(ord(separator.encode()), fields, skip + 1), list[str]()
    with _from_line(path, skip) as raw:
        for block in _blocks(raw):
            if not passes(scan, block):
                told += _scanned(scan, block, name, MOST_FAULTS - len(told))
    if scan.inside:
        raise TableError(f"{name}: the quote opened on line {scan.opened} is never closed")
    if scan.wrong:
        more = f"\n  and {words.amount(scan.wrong - len(told))} more" if scan.wrong > len(told) else ""
        rows = words.counted(scan.wrong, "row") + (" has" if scan.wrong == 1 else " have")
        raise TableError(
            f"{name}: {rows} not the {fields} fields of the header\n  " + "\n  ".join(told) + more
            + f"\n  each row needs {fields} fields with {_named(separator)} between them; quote a value that holds one"
        )  # fmt: skip
    return scan.line_ends


def _from_line(path: Path, skip: int) -> IO[bytes]:
    """The file, opened behind its byte order mark and the first `skip` lines."""
    with path.open(encoding="utf-8", newline="") as lines:
        start = sum(len(line.encode()) for line, _ in zip(lines, range(skip), strict=False))
    raw = path.open("rb")
    if not start and raw.read(len(BOM)) == BOM:
        return raw
    raw.seek(start)
    return raw


def _named(separator: str) -> str:
    from kpikit.tables.how import SEPARATORS

    return f"a {SEPARATORS.get(separator, repr(separator))}"


def _blocks(raw: IO[bytes]) -> Iterator[bytes]:
    """The file in blocks that end with a line feed, but for the last, which is given one."""
    rest, end = b"", b"\n"
    while block := raw.read(BLOCK):
        cut = block.rfind(b"\n") + 1
        if cut:
            whole, rest = rest + block[:cut], block[cut:]
            end = b"\r\n" if whole.endswith(b"\r\n") else b"\n"
            yield whole
        else:
            rest += block
    if rest:
        yield rest + end


def _scanned(scan: Scan, block: bytes, name: str, most: int) -> list[str]:
    """Walks over a block; the rows with a wrong number of fields, in words."""
    data = np.frombuffer(block, np.uint8)
    outside = _outside(scan, data, name)
    feed = data == LF
    back = (data == CR) & outside
    alone = back & ~np.append(feed[1:], False) if back.any() else back
    ends = np.flatnonzero((feed & outside) | alone)
    scan.line_ends |= _kinds(feed & outside, back, alone)
    separators = np.flatnonzero((data == scan.separator) & outside)
    found = np.searchsorted(separators, ends)
    counts = np.diff(found, prepend=0)
    starts = np.append(0, ends[:-1] + 1) if len(ends) else ends
    lengths = ends - starts - (data[np.maximum(ends - 1, 0)] == CR) * (ends > starts)
    if len(ends):
        counts[0] += scan.pending
        lengths[0] += 0 if scan.empty else 1
    full = lengths > 0
    bad = np.flatnonzero(full & (counts != scan.fields - 1))
    told = [_told(scan, data, int(starts[i]), int(ends[i]), int(counts[i]) + 1) for i in bad[:most]]
    scan.rows, scan.wrong = scan.rows + int(full.sum()), scan.wrong + len(bad)
    last = int(ends[-1]) + 1 if len(ends) else 0
    carried = 0 if len(ends) else scan.pending
    scan.pending = carried + len(separators) - (int(found[-1]) if len(ends) else 0)
    scan.empty = (scan.empty or bool(len(ends))) and last == len(data)
    scan.line += _ends_among(data)
    return told


def adds_up(scan: Scan, block: bytes) -> bool:
    """Whether a block without quotes, carriage returns and empty lines holds the separators that its lines need; counts it then.

    Lines that differ and yet add up are short ones beside long ones, and DuckDB refuses a short one.
    """
    if scan.inside or scan.pending or not scan.empty or b'"' in block or b"\r" in block:
        return False
    lines = block.count(b"\n")
    if b"\n\n" in block or block.startswith(b"\n") or block.count(bytes([scan.separator])) != lines * (scan.fields - 1):
        return False
    scan.line += lines
    scan.rows += lines
    scan.line_ends |= {"LF"}
    return True


def _ends_among(data: Bytes) -> int:
    """How many lines end among the bytes, by LF, CRLF or CR."""
    back = data == CR
    paired = int(np.count_nonzero(back[:-1] & (data[1:] == LF))) if back.any() else 0
    return int(np.count_nonzero(data == LF)) + int(np.count_nonzero(back)) - paired


def _kinds(feed: Mask, back: Mask, alone: Mask) -> frozenset[str]:
    """The kinds of line end among the records."""
    cr = int(alone.sum())
    crlf = int(back.sum()) - cr
    found = {"CRLF": crlf, "CR": cr, "LF": int(feed.sum()) - crlf}
    return frozenset(kind for kind, count in found.items() if count > 0)


def _told(scan: Scan, data: Bytes, start: int, end: int, found: int) -> str:
    line = scan.line + _ends_among(data[:start])
    ends_empty = end > start and data[end - 1 - (data[end - 1] == CR)] == scan.separator and found == scan.fields + 1
    why = " (the last one is empty: a separator ends the line)" if ends_empty else ""
    return f"line {line}: {words.counted(found, 'field')}, not {scan.fields}{why}"


def _outside(scan: Scan, data: Bytes, name: str) -> Mask:
    """Which bytes stand outside quotes; TableError for a quote where none may be."""
    quotes = np.flatnonzero(data == QUOTE)
    if not len(quotes):
        return np.full(len(data), not scan.inside)
    opens = (np.arange(len(quotes)) + scan.inside) % 2 == 0
    before = np.where(quotes > 0, data[quotes - 1], LF)
    after = data[np.minimum(quotes + 1, len(data) - 1)]
    edge = np.array([scan.separator, LF, CR, QUOTE], np.uint8)
    wrong = np.flatnonzero((opens & ~np.isin(before, edge)) | (~opens & ~np.isin(after, edge)))
    if len(wrong):
        raise TableError(_stray(scan, data, quotes, opens, int(wrong[0]), name))
    state = (np.cumsum(data == QUOTE) + scan.inside) % 2
    if opens[-1]:
        scan.opened = scan.line + _ends_among(data[: quotes[-1]])
    scan.inside = int(state[-1])
    return np.asarray(state == 0)


def _stray(scan: Scan, data: Bytes, quotes: NDArray[np.intp], opens: Mask, place: int, name: str) -> str:
    line = scan.line + _ends_among(data[: quotes[place]])
    if opens[place]:
        return f"{name}: line {line} has a quote inside a field; put the whole field in quotes and double the quote in it"
    opened = scan.line + _ends_among(data[: quotes[place - 1]]) if place else scan.opened
    began = f"the quoted field that begins on line {opened}" if opened != line else "a quoted field"
    return f"{name}: line {line} closes {began} before the field ends: a quote is missing, or one inside it is not doubled"


def row_lines(path: Path, skip: int, wanted: Collection[int]) -> dict[int, int]:
    """The lines on which rows of a file begin: 1 is the row behind the header, `skip` lines stand before; empty ones are none."""
    found: dict[int, int] = {}
    line, number, inside, within = skip + 1, 0, 0, False
    with _from_line(path, skip) as raw:
        for block in _blocks(raw):
            data = np.frombuffer(block, np.uint8)
            state = (np.cumsum(data == QUOTE) + inside) % 2
            inside = int(state[-1])
            back = (data == CR) & (state == 0)
            ends = np.flatnonzero(((data == LF) & (state == 0)) | (back & ~np.append(data[1:] == LF, False)))
            starts = np.append(0, ends + 1)
            stops = np.append(ends, len(data))
            full = stops - starts > (data[np.minimum(starts, len(data) - 1)] == CR)  # more than a line end
            full[0] = full[0] and not within
            rows = starts[full]
            for place in sorted(wanted):
                if number <= place < number + len(rows):
                    found[place] = line + _ends_among(data[: rows[place - number]])
            within = bool(starts[-1] < len(data))
            number, line = number + len(rows), line + _ends_among(data)
            if len(found) == len(wanted):
                break
    return found


def with_line_feeds(path: Path, skip: int, to: IO[bytes]) -> None:
    """Writes the file behind its first `skip` lines, a line feed after every record; what stands in quotes is left as it is."""
    scan = Scan(0, 0)
    with _from_line(path, skip) as raw:
        for block in _blocks(raw):
            data = np.frombuffer(block, np.uint8).copy()
            inside = ((np.cumsum(data == QUOTE) + scan.inside) % 2).astype(bool)
            scan.inside = int(inside[-1])
            back = (data == CR) & ~inside
            paired = back & np.append(data[1:] == LF, False)
            data[back & ~paired] = LF
            to.write(data[~paired].tobytes())
