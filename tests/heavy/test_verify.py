"""kpikit verify: a user's own case, counted by the engines that a team uses, and on the server that holds the table."""

from dataclasses import replace

import pytest

from heavy.forms import loaded
from heavy.test_round_trips import CASE, NAME
from heavy.walks import EVERY
from kpikit.cases import read_case
from kpikit.cli import main
from kpikit.errors import CaseError
from kpikit.measuring import compared, measure, on_engine
from kpikit.measuring.engines import different_rows
from kpikit.tables import read_table

SAME = "258 rows, 70,252 of 428,612: the same"


def test_verify_says_for_each_engine_that_it_counts_the_same(spark, capsys):
    assert main(["verify", CASE, "--engines", "duckdb,polars,pandas,arrow,spark"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"{CASE}: upgrade_rate counted by duckdb, polars, pandas, arrow and spark"
    assert [line.split(None, 1) for line in told[1:]] == [
        [name, SAME] for name in ("duckdb", "polars", "pandas", "arrow", "spark")
    ]


def test_a_table_on_a_server_is_counted_there_first(server, connection, rows, capsys, tmp_path):
    loaded(server, rows, "subscriptions")
    (tmp_path / "served.toml").write_text(replace(read_case(CASE), table=f"postgresql:{NAME}", connection=connection).to_toml())
    assert main(["verify", str(tmp_path / "served.toml"), "--engines", "duckdb,polars"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split(None, 1) for line in told[1:]] == [[name, SAME] for name in ("server", "duckdb", "polars")]


def test_an_engine_that_counts_otherwise_is_told_and_fails(monkeypatch, capsys):
    from kpikit.measuring import engines

    def wrong(rows):
        return engines._polars(rows.slice(1))

    monkeypatch.setitem(engines.ENGINES, "polars", wrong)
    assert main(["verify", CASE, "--engines", "duckdb,polars"]) == 1
    assert "1 row DIFFERENT from duckdb" in capsys.readouterr().out


def test_rows_that_one_lacks_and_decimals_that_differ_in_the_last_place_are_different():
    one = EVERY["volumes, decimals by fiscal quarter"]()
    table = read_table(one.rows.arrow, kind=one.kind, **one.read)
    series = measure(one.kpi, table, **one.counted)
    assert different_rows(series, series) == 0
    assert different_rows(series, replace(series, counts=series.counts.iloc[1:])) == 1
    other = series.counts.copy()
    other["numerator"] = other["numerator"].astype(object)
    other.loc[0, "numerator"] += type(one.rows.rows[0][2])("0.000000000001")
    assert different_rows(series, replace(series, counts=other)) == 1


def test_an_engine_that_is_not_there_is_refused():
    case = read_case(CASE)
    with pytest.raises(CaseError, match=r"no engine 'duckbd'; did you mean 'duckdb'\?"):
        compared(case, ["duckbd"])
    with pytest.raises(CaseError, match="no engine 'oracle'; there is duckdb, pandas, polars, arrow, spark"):
        on_engine(None, "oracle")
