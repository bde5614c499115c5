"""Fuzzing of the readers and of definitions: broken bytes give a clear error or the right number, never a traceback.

`python tests/bench/fuzz.py [MINUTES] [SEED]`. Good tables of every format are made at random, then bent: bytes changed, cut, doubled, lines
moved. What is read all the same is compared with an independent reading (Python's csv module and regular expressions for
text; the values that were written for the other formats, where the bent file can still be opened by their own libraries).
Prints what it found; ends with 1 where there was a traceback or a wrong number.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import random
import re
import sqlite3
import sys
import tempfile
import time
import tomllib
import traceback
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

import kpikit as kk
from kpikit.cases import case_from, read_case
from kpikit.catalog.definitions import read_definition
from kpikit.catalog.folders import KPIS
from kpikit.errors import KpikitError

HEADER = ["period", "segment", "upgrades", "subscribers"]
ROLES = {"numerator": "upgrades", "denominator": "subscribers"}
NAMES = ["EU", "US", "Zürich", "NA", "a;b", 'say "x"', "=1+1", "x\ny", "null", "0"]
COUNT = re.compile(r"(?![+-]?[0-9]{1,3}\.000$)[+-]?[0-9]+(\.0*)?")
FIRST, LAST = "0002-01", "2030-02"
PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
CASES = Path(__file__).parents[2] / "data" / "cases"
Sums = tuple[int, int]


def table(rng: random.Random) -> list[list[str]]:
    """A good table of counts: periods, segments, numerator and denominator."""
    rows = [HEADER]
    names = rng.sample(NAMES, rng.randint(1, 4))
    for month in range(1, rng.randint(1, 6) + 1):
        for name in names:
            denominator = rng.choice([rng.randint(1, 2000), rng.randint(1, 10**15)])
            rows.append([f"2026-{month:02}", name, str(rng.randint(0, denominator)), str(denominator)])
    return rows


def as_csv(rng: random.Random, rows: list[list[str]]) -> bytes:
    """The table as delimited text, in one of the ways that people write it."""
    text = io.StringIO(newline="")
    ends, quoting = rng.choice(["\n", "\r\n"]), rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    csv.writer(text, delimiter=rng.choice(",;\t|"), lineterminator=ends, quoting=quoting).writerows(rows)
    return rng.choice([b"", b"\xef\xbb\xbf"]) + text.getvalue().encode()


def bent(rng: random.Random, data: bytes) -> bytes:
    """The bytes with a few faults."""
    told = bytearray(data)
    for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
        if not told:
            break
        place = rng.randrange(len(told))
        kind = rng.randrange(7)
        if kind == 0:
            told[place] = rng.randrange(256)
        elif kind == 1:
            told[place:place] = rng.choice(
                [b'"', b",", b";", b"\n", b"\r", b"\0", b" ", b".", b"-", b"e", b"\xff", b"\xc3", b"\t", b"9"]
            )
        elif kind == 2:
            del told[place : place + rng.randint(1, 4)]
        elif kind == 3:
            del told[place:]
        elif kind == 4:
            lines = bytes(told).split(b"\n")
            lines.insert(rng.randrange(len(lines)), rng.choice(lines))
            told = bytearray(b"\n".join(lines))
        elif kind == 5:
            told += rng.choice([b"\n", b"\r\n", b"x", b'"', b"2026-01,EU,1,2\n", b"\0"])
        else:
            old, new = rng.choice(
                [(b"1", b"1.0"), (b"2026", b"26"), (b"-", b"/"), (b"1", "١".encode()), (b"5", b"5e1"), (b"0", b"O")]
            )
            told = bytearray(bytes(told).replace(old, new, 1))
    return bytes(told)


def by_csv_module(data: bytes) -> Sums | None:
    """The sums of delimited text as Python's own reader and regular expressions have them; None for what they refuse."""
    try:
        text = codecs.decode(data, "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        return None
    for separator in ",;\t|":
        try:
            rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True) if row]
        except csv.Error:
            continue
        if not rows or not {name.strip().casefold() for name in rows[0]} >= set(HEADER):
            continue
        if any(len(row) != len(rows[0]) for row in rows):
            return None
        place = {name.strip().casefold(): number for number, name in enumerate(rows[0])}
        counts = [[row[place[name]] for name in HEADER] for row in rows[1:]]
        if not all(
            PERIOD.fullmatch(row[0]) and row[1].strip() and COUNT.fullmatch(row[2]) and COUNT.fullmatch(row[3]) for row in counts
        ):
            return None
        known = [row for row in counts if FIRST <= row[0] < LAST]  # what lies outside is told, and left out
        return sum(int(row[2].split(".")[0]) for row in known), sum(int(row[3].split(".")[0]) for row in known)
    return None


def unpacked(kind: str, packed: bytes) -> bytes:
    """What Python's libraries, which check sums, unpack; a byte that is no text where they refuse."""
    try:
        if kind == "gz":
            return gzip.decompress(packed)
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            (member,) = archive.infolist()
            return archive.read(member)
    except Exception:  # noqa: BLE001 - whatever they say of a broken file
        return b"\xff"


def by_pyarrow(path: Path) -> Sums | None:
    """The sums of a Parquet file as pyarrow has them."""
    try:
        found = parquet.read_table(path)
        return sum(found["upgrades"].to_pylist()), sum(found["subscribers"].to_pylist())
    except Exception:  # noqa: BLE001 - whatever pyarrow says of a broken file
        return None


def by_sqlite(path: Path) -> Sums | None:
    """The sums of a SQLite file as its own library has them."""
    try:
        with sqlite3.connect(path) as opened:
            rows = opened.execute("SELECT upgrades, subscribers FROM t").fetchall()
        return sum(int(row[0]) for row in rows), sum(int(row[1]) for row in rows)
    except Exception:  # noqa: BLE001 - whatever SQLite says of a broken file
        return None


def product(path: Path) -> Sums | None:
    """The sums as kpikit has them; None where it refuses."""
    try:
        read = kk.read_table(path, kind="counts", columns=ROLES, segments=["segment"], duplicates="keep")
        counts = kk.measure("upsell_ratio", read, window="month", as_of="2030-01-01").counts
    except KpikitError:
        return None
    return sum(map(int, counts["numerator"])), sum(map(int, counts["denominator"]))


def one_table(rng: random.Random, folder: Path) -> tuple[str, Path, Sums | None, Sums | None]:
    """One bent file, what is right, and what kpikit makes of it."""
    kind, rows = rng.choice(["csv", "csv", "csv", "gz", "zip", "parquet", "sqlite"]), table(rng)
    path = folder / {"csv": "t.csv", "gz": "t.csv.gz", "zip": "t.zip", "parquet": "t.parquet", "sqlite": "t.sqlite"}[kind]
    path.unlink(missing_ok=True)
    if kind in ("csv", "gz", "zip"):
        data = bent(rng, as_csv(rng, rows))
        right = by_csv_module(data)
        if kind == "gz":
            packed = gzip.compress(data)
        elif kind == "zip":
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("t.csv", data)
            packed = buffer.getvalue()
        else:
            packed = data
        broken = packed if kind == "csv" or rng.random() < 0.5 else bent(rng, packed)
        path.write_bytes(broken)
        return kind, path, right if broken == packed else by_csv_module(unpacked(kind, broken)), product(path)
    whole = [(row[0], row[1], int(row[2]), int(row[3])) for row in rows[1:]]
    if kind == "parquet":
        parquet.write_table(pa.table({name: [row[place] for row in whole] for place, name in enumerate(HEADER)}), path)
    else:
        with sqlite3.connect(path) as opened:
            opened.execute("CREATE TABLE t (period TEXT, segment TEXT, upgrades INTEGER, subscribers INTEGER)")
            opened.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", whole)
        opened.close()
    path.write_bytes(bent(rng, path.read_bytes()))
    return kind, path, by_pyarrow(path) if kind == "parquet" else by_sqlite(path), product(path)


def one_definition(rng: random.Random, folder: Path) -> str:
    """A bent KPI or case file: read, or refused with a clear word."""
    source = rng.choice([*sorted(KPIS.glob("*.toml")), *sorted(CASES.glob("*.toml"))])
    path = folder / source.name
    path.write_bytes(bent(rng, source.read_bytes()))
    try:
        if source.parent == KPIS:
            str(read_definition(path))
        else:
            read_case(path)
        return "read"
    except KpikitError:
        return "refused"


def one_case(rng: random.Random) -> str:
    """A case whose keys hold values of other types: read, or refused with a clear word."""
    raw = tomllib.loads(rng.choice(sorted(CASES.glob("*.toml"))).read_text(encoding="utf-8"))
    odd = [
        "",
        "x",
        -1,
        0,
        1,
        True,
        1.5,
        [],
        ["a"],
        [1],
        {},
        {"a": "b"},
        {"a": ["b"]},
        {"a": [1, 2]},
        date(2026, 1, 1),
        "\0",
        "../x",
        "2026",
    ]
    for key in rng.sample(list(raw), 2):
        raw[key] = rng.choice(odd)
    try:
        case_from(raw, "fuzzed", Path()).to_toml()
        return "read"
    except KpikitError:
        return "refused"


def main() -> int:
    """Runs for so many minutes; prints what was seen and keeps the files of what was found."""
    minutes, seed = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0, int(sys.argv[2]) if len(sys.argv) > 2 else 1
    end, seen, found = time.monotonic() + minutes * 60, Counter[str](), 0
    folder = Path(tempfile.mkdtemp(prefix="kpikit-fuzz-"))
    while time.monotonic() < end:
        seed += 1
        rng = random.Random(seed)
        try:
            if rng.random() < 0.7:
                kind, path, right, got = one_table(rng, folder)
                seen[f"{kind} {'refused' if got is None else 'read'}"] += 1
                wrong = got is not None and got != right
                said = f"{kind}: {got} where {right} is right"
            elif rng.random() < 0.5:
                path, wrong, said = folder, False, ""
                seen[f"definition {one_definition(rng, folder)}"] += 1
            else:
                path, wrong, said = folder, False, ""
                seen[f"case {one_case(rng)}"] += 1
        except Exception:  # noqa: BLE001 - a traceback is what is looked for
            wrong, said, path = True, traceback.format_exc(limit=-3), folder
        if wrong:
            found += 1
            kept = folder / f"found-{seed}{path.suffix}"
            if path.is_file():
                kept.write_bytes(path.read_bytes())
            print(f"seed {seed}: {said} ({kept})", flush=True)
    print(", ".join(f"{name} {count}" for name, count in sorted(seen.items())), f"; found {found}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
