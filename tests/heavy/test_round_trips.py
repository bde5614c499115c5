"""One before/after from a pandas frame, polars, Parquet, PostgreSQL and Spark is one Answer; a report keeps the password to itself."""

import os
import subprocess
import sys
from dataclasses import replace

import polars as pl
import pytest
from pyarrow import parquet

from heavy.conftest import PASSWORD, VARIABLE
from heavy.forms import loaded, on_spark
from kpikit.cases import read_case
from kpikit.measuring import measure, measure_case
from kpikit.questions.before_after import before_after
from kpikit.tables import read_table

CASE = "techsolutions_upgrade_rate"
NAME = "public.subscriptions"


def told(series, case):
    """An answer as plain values, apart from what the table is called and where it lies."""
    answer = before_after(series, case.changed_on, **case.choices)
    checks = [(check.name, check.passed, check.sentence) for check in answer.checks]
    return answer.verdict, answer.table.to_dict("records"), checks, answer.sentences


def without_name(verdict):
    return {key: without_name(value) if isinstance(value, dict) else value for key, value in verdict.items() if key != "table"}


def answered(table, case):
    read = read_table(table, kind=case.kind, columns=case.columns, segments=case.segments, **case.how)
    return told(measure(case.kpi, read, **case.counted), case)


def same(one, other):
    assert repr(without_name(one[0])) == repr(without_name(other[0]))
    assert repr(one[1:]) == repr(other[1:])


@pytest.mark.parametrize("form", ["pandas", "polars", "polars lazy", "Parquet", "Arrow"])
def test_a_frame_in_another_form_gives_the_same_answer(form, arrow, tmp_path):
    case = read_case(CASE)
    path = tmp_path / "subscriptions.parquet"
    parquet.write_table(arrow, path)
    forms = {
        "pandas": arrow.to_pandas, "polars": lambda: pl.from_arrow(arrow), "polars lazy": lambda: pl.scan_parquet(path),
        "Parquet": lambda: str(path), "Arrow": lambda: arrow,
    }  # fmt: skip
    same(answered(forms[form](), case), told(measure_case(case), case))


def test_a_spark_frame_gives_the_same_answer(spark, rows):
    case = read_case(CASE)
    same(answered(on_spark(spark, rows), case), told(measure_case(case), case))


@pytest.mark.parametrize("schema", ["public.", ""])
def test_a_case_on_a_server_gives_the_same_answer(schema, server, connection, rows):
    loaded(server, rows, "subscriptions")
    case = read_case(CASE)
    there = replace(case, table=f"postgresql:{schema}subscriptions", connection=connection)
    same(told(measure_case(there), there), told(measure_case(case), case))


def test_a_table_in_another_schema_and_with_capitals_is_found(server, connection, rows):
    server.execute('DROP SCHEMA IF EXISTS "Sales" CASCADE; CREATE SCHEMA "Sales"')
    loaded(server, rows, "Monthly Upgrades")
    server.execute('ALTER TABLE "Monthly Upgrades" SET SCHEMA "Sales"')
    case = read_case(CASE)
    there = replace(case, table="postgresql:Sales.Monthly Upgrades", connection=connection)
    same(told(measure_case(there), there), told(measure_case(case), case))


def test_a_user_that_may_only_read_is_enough(server, rows, monkeypatch):
    loaded(server, rows, "subscriptions")
    server.execute("CREATE ROLE reader LOGIN PASSWORD 'reads'; ALTER ROLE reader SET default_transaction_read_only = on")
    server.execute("GRANT SELECT ON subscriptions TO reader")
    monkeypatch.setenv(VARIABLE, server.address().replace(server.address().split("@")[0], "postgresql://reader:reads"))
    case = read_case(CASE)
    there = replace(case, table=f"postgresql:{NAME}", connection=VARIABLE)
    same(told(measure_case(there), there), told(measure_case(case), case))


def kpikit(folder, *arguments, address):
    return subprocess.run(
        [sys.executable, "-m", "kpikit", *arguments],
        cwd=folder, env=os.environ | {VARIABLE: address, "PYTHONWARNINGS": "ignore"}, capture_output=True, text=True, timeout=240,
    )  # fmt: skip


def written_case(folder):
    case = replace(read_case(CASE), table=f"postgresql:{NAME}", connection=VARIABLE)
    (folder / "served.toml").write_text(case.to_toml(), encoding="utf-8")
    return "served.toml"


def assert_nowhere(folder, secrets, ended):
    """No file that was written and nothing that was printed holds a secret."""
    for text in (ended.stdout, ended.stderr):
        assert not any(secret in text for secret in secrets)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        held = path.read_bytes()
        assert not any(secret.encode() in held for secret in secrets), path


def test_a_report_from_the_server_is_made_and_holds_no_password(server, rows, tmp_path):
    loaded(server, rows, "subscriptions")
    ended = kpikit(tmp_path, "report", written_case(tmp_path), "--out", "made", address=server.address())
    assert ended.returncode == 0, ended.stderr
    assert any((tmp_path / "made").rglob("*.html"))
    assert_nowhere(tmp_path, [PASSWORD, server.address(), server.address().split("@")[0]], ended)


def test_a_report_with_a_wrong_password_fails_in_words_and_holds_no_password(server, rows, tmp_path):
    loaded(server, rows, "subscriptions")
    wrong = "wr0ng:of/kpikit@home"
    address = server.address(wrong)
    ended = kpikit(tmp_path, "report", written_case(tmp_path), "--out", "made", address=address)
    assert ended.returncode == 1
    assert f"no connection with the address in {VARIABLE}" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert_nowhere(tmp_path, [wrong, address, address.split("://")[1].split("@")[0]], ended)


@pytest.mark.parametrize("mend", ["127.0.0.1:1/postgres", "127.0.0.1:{port}/nowhere", "[::1/postgres", "127.0.0.1:port/postgres"])
def test_a_server_that_is_not_there_is_told_without_the_address(mend, server, monkeypatch):
    from kpikit.errors import TableError

    address = server.address().split("@")[0] + "@" + mend.format(port=server.port)
    monkeypatch.setenv(VARIABLE, address)
    with pytest.raises(TableError) as raised:
        read_table(f"postgresql:{NAME}", kind="counts", connection=VARIABLE)
    assert str(raised.value).startswith(f"postgresql:{NAME}: no connection with the address in {VARIABLE}: ")
    for secret in (PASSWORD, address, address.split("://")[1].split("@")[0].split(":")[1]):
        assert secret not in str(raised.value)
    assert raised.value.__cause__ is None


def test_tenths_come_to_the_same_whole_in_every_form_and_order():
    """0.1 a thousand times is 100, not 99.9999999999986."""
    ten = pl.DataFrame({"period": ["2026-01"] * 1000, "numerator": [0.1] * 1000, "denominator": [0.3] * 1000})
    for frame in (ten, ten.to_pandas(), ten.to_arrow(), ten.lazy()):
        table = read_table(frame, kind="volumes", duplicates="keep")
        series = measure("product_upgrade_ratio", table, window="month", as_of="2026-12-31")
        assert series.counts[["numerator", "denominator"]].to_numpy().tolist() == [[100, 300]]
