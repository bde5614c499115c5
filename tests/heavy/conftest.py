"""The engines of the heavy tests: a local Spark, and a PostgreSQL of the machine's own binaries, each for the whole session."""

import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pytest
from pyarrow import csv
from pyspark.sql import SparkSession

from heavy.forms import Rows

DEBIAN = Path("/usr/lib/postgresql")
PASSWORD = "s3cret:of/kpikit@home"  # with marks that an address must escape
VARIABLE = "KPIKIT_HEAVY_DB"
SUBSCRIPTIONS = Path(__file__).parents[2] / "data" / "techsolutions_upgrades.csv"
COLUMNS = dict.fromkeys(["month", "plan", "region"], "text") | dict.fromkeys(["upgrades", "subscribers"], "whole")


@pytest.fixture(scope="session")
def spark():
    """A local SparkSession; without Java or pyspark the tests fail, they are never skipped."""
    session = (
        SparkSession.builder.master("local[2]")
        .appName("kpikit tests")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.memory", "2g")
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1")  # many small jobs: half the processor time
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server on loopback that asks for a password."""

    binaries: Path
    folder: Path
    port: int

    def address(self, password=PASSWORD):
        return f"postgresql://postgres:{quote(password, safe='')}@127.0.0.1:{self.port}/postgres"

    def run(self, program, *arguments):
        """Runs a program of the server's as a user that is not root, which PostgreSQL refuses."""
        user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        command = [str(self.binaries / program), "-D", str(self.folder / "data"), *arguments]
        with (self.folder / "said").open("a") as said:
            subprocess.run(command, check=True, cwd=self.folder, stdout=said, stderr=said, timeout=60, **user)

    def execute(self, statement, rows=None):
        """Runs SQL; with rows, once for each of them."""
        import psycopg

        with psycopg.connect(self.address(), autocommit=rows is None) as connection:
            if rows is None:
                connection.execute(statement)
            else:
                connection.cursor().executemany(statement, rows)


def binaries():
    """The folder of a server's programs, the newest first; None where none is installed."""
    found = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]), reverse=True)
    there = shutil.which("initdb")
    found += [Path(there).resolve()] if there else []
    return found[0].parent if found else None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def server():
    """A fresh PostgreSQL server, or a skip that says why there is none."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL: no server binaries in /usr/lib/postgresql/*/bin or on PATH; apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="kpikit-pg-", dir="/tmp"))  # a socket's path must be short
    made = Server(programs, folder, free_port())
    try:
        (folder / "password").write_text(PASSWORD)
        if os.geteuid() == 0:
            for path in (folder, folder / "password"):
                shutil.chown(path, "postgres", "postgres")
        made.run(
            "initdb", "--username=postgres", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}", "--encoding=UTF8",
            "--no-locale", "--no-sync",
        )  # fmt: skip
        options = f"-p {made.port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c timezone=UTC"
        made.run("pg_ctl", "-w", "-o", options, "-l", str(folder / "log"), "start")
        try:
            yield made
        finally:
            made.run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def connection(server, monkeypatch):
    """The environment variable that holds the server's address."""
    monkeypatch.setenv(VARIABLE, server.address())
    return VARIABLE


@pytest.fixture(scope="session")
def arrow():
    """The table of a real before/after, its columns typed."""
    types = {name: pa.string() if kind == "text" else pa.int64() for name, kind in COLUMNS.items()}
    return csv.read_csv(SUBSCRIPTIONS, convert_options=csv.ConvertOptions(column_types=types))


@pytest.fixture(scope="session")
def rows(arrow):
    """The same as plain rows."""
    return Rows(COLUMNS, [tuple(row.values()) for row in arrow.to_pylist()])
