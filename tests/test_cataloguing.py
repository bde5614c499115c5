"""The commands about the catalogue, and a user's definitions wherever a KPI is named: cases, tables, numbers."""

import json
from pathlib import Path

import pandas as pd
import pytest
from tiny_definition import TINY

import kpikit as kk
from kpikit.catalog import kpi_ids
from kpikit.catalog.heads import read_heads
from kpikit.cli import main

COUNTS = "month,used,customers\n2026-01,1,10\n2026-02,3,10\n"
CASE = """\
title = "Where does it stand?"
question = "scorecard"
kpi = "tiny"
catalog = "kpis"
table = "counts.csv"
kind = "counts"
columns = { period = "month", numerator = "used", denominator = "customers" }
window = "month"
as_of = 2026-03-01
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A working folder with a definition, a table and a case of one's own."""
    monkeypatch.delenv("KPIKIT_CATALOG", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kpis").mkdir()
    (tmp_path / "kpis" / "tiny.toml").write_text(
        TINY.replace('better = "higher"', 'better = "higher"\nowner = "me"'), encoding="utf-8"
    )
    (tmp_path / "counts.csv").write_text(COUNTS, encoding="utf-8")
    (tmp_path / "small.toml").write_text(CASE, encoding="utf-8")
    return tmp_path


def test_list_names_each_kpi_once_under_its_first_function(own, capsys):
    assert main(["list", "--catalog", "kpis"]) == 0
    printed = capsys.readouterr().out
    blocks = printed.split("\n\nCases")[0].split("\n\n")
    listed = [line.split()[0] for block in blocks[1:] for line in block.splitlines()[1:]]
    assert sorted(listed) == kpi_ids("kpis")
    assert blocks[0] == f"{len(listed)} KPIs (kpikit show KPI; kpikit search WORDS):"
    assert [block.splitlines()[0] for block in blocks[1:]] == sorted({head.functions[0] for head in read_heads("kpis")})
    assert max(map(len, printed.splitlines())) < 100


def test_show_shows_ones_own(own, capsys):
    assert main(["show", "tiny", "--catalog", "kpis"]) == 0
    assert capsys.readouterr().out.startswith("Tiny (tiny)\n")
    assert main(["show", "tiny"]) == 2
    assert capsys.readouterr().err.startswith("kpikit: no KPI 'tiny'; ")


def test_search_prints_what_it_finds_and_fails_where_that_is_nothing(own, capsys):
    assert main(["search", "uprgade", "rate", "--limit", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[2] == "upgrade_rate  Upgrade Rate"
    assert main(["search", "tiny", "--catalog", "kpis", "--industry", "Retail"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "tiny  Tiny"
    assert main(["search", "xqzjw"]) == 1
    assert main(["search", "--function", "slaes"]) == 2
    assert capsys.readouterr().err == "kpikit: no KPI has the function 'slaes'; did you mean 'sales'?\n"


def test_check_catalog_prints_all_faults_and_fails(own, capsys):
    assert main(["check-catalog", "kpis"]) == 0
    assert capsys.readouterr().out == f"{len(kpi_ids('kpis'))} definitions, no fault.\n"
    (own / "kpis" / "bad.toml").write_text("id bad", encoding="utf-8")
    (own / "kpis" / "worse.toml").write_text(TINY, encoding="utf-8")
    assert main(["check-catalog", "kpis"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "bad.toml: Expected '=' after a key in a key/value pair (at line 1, column 4)",
        "worse.toml: id is 'tiny', but the file is called worse.toml; they must be the same",
    ]


def test_new_kpi_writes_a_draft_and_says_what_comes_next(own, capsys):
    assert main(["new-kpi", "seat_use", "--name", "Seat use", "--kind", "rate"]) == 0
    assert capsys.readouterr().out == (
        "wrote kpis/seat_use.toml\nmend the lines marked MEND, then: kpikit show seat_use --catalog kpis\n"
    )
    assert main(["new-kpi", "seat_use"]) == 2
    assert main(["new-kpi", "tiny2", "--catalog", "nowhere"]) == 2
    assert capsys.readouterr().err.endswith("kpikit: no folder of definitions 'nowhere'; make it, or name one that is there\n")


def test_schema_is_printed_or_written(own, capsys):
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "A KPI of kpikit"
    assert main(["schema", "case", "--out", "case.json"]) == 0
    assert json.loads(Path("case.json").read_text(encoding="utf-8"))["title"] == "A case of kpikit"


def test_numbers_of_ones_own_kpi_are_told(own, capsys):
    assert main(["value", "tiny", "1/10", "--catalog", "kpis"]) == 0
    assert "low" in capsys.readouterr().out
    assert main(["compare", "tiny", "10/100", "20/100", "--catalog", "kpis"]) == 0
    assert kk.value(kk.load_kpi("tiny", "kpis"), 1, 10).band == "low"


# cases


def values(series):
    return series.table["value"].tolist()


def test_a_case_finds_the_definitions_that_it_names(own):
    case = kk.read_case("small.toml")
    assert case.definitions == (own / "kpis",)
    assert values(kk.measure_case(case)) == [0.1, 0.3]
    assert kk.load_kpi(case.kpi, *case.definitions).owner == "me"


def test_several_folders_may_be_named(own):
    (own / "more").mkdir()
    (own / "small.toml").write_text(CASE.replace('"kpis"', '["more", "kpis"]'), encoding="utf-8")
    assert kk.read_case("small.toml").definitions == (own / "more", own / "kpis")
    assert values(kk.measure_case(kk.read_case("small.toml"))) == [0.1, 0.3]


def test_a_case_written_out_names_them_again(own):
    again = own / "again.toml"
    again.write_text(kk.read_case("small.toml").to_toml(), encoding="utf-8")
    assert kk.read_case(again).catalog == ("kpis",)


def test_the_folders_are_the_cases_own_also_where_the_table_is_given(own, monkeypatch):
    (own / "below").mkdir()
    monkeypatch.chdir(own / "below")
    case = kk.read_case(own / "small.toml", table="../counts.csv")
    assert [folder.resolve() for folder in case.definitions] == [own / "kpis"]
    assert values(kk.measure_case(case)) == [0.1, 0.3]


def test_folders_that_are_given_are_relative_to_the_working_folder(own, monkeypatch):
    (own / "below").mkdir()
    (own / "small.toml").rename(own / "below" / "small.toml")
    case = kk.read_case("below/small.toml", catalog="kpis")
    assert [folder.resolve() for folder in case.definitions] == [own / "kpis"]


def test_a_case_may_not_read_definitions_from_anywhere(own):
    far = Path(kk.__file__).parent  # neither in the folder of the case nor in the one above it
    (own / "small.toml").write_text(CASE.replace('"kpis"', f'"{far}"'), encoding="utf-8")
    with pytest.raises(kk.CaseError) as told:
        kk.read_case("small.toml")
    assert str(told.value) == (
        f"small: catalog = '{far}' lies outside the folders that a case may read: its own, the one above it and the "
        "working folder; give it with --catalog, or name its folder in the environment variable KPIKIT_DATA"
    )


def test_a_folder_that_is_no_text_is_refused(own):
    (own / "small.toml").write_text(CASE.replace('"kpis"', "3"), encoding="utf-8")
    with pytest.raises(kk.CaseError) as told:
        kk.read_case("small.toml")
    assert str(told.value) == "small: catalog is 3; it must be a list of texts"


def test_check_counts_a_case_and_a_table_by_ones_own_kpi(own, capsys):
    assert main(["check", "small.toml"]) == 0
    flags = ["--kpi", "tiny", "--catalog", "kpis", "--kind", "counts", "--window", "month", "--as-of", "2026-03-01", "--columns"]
    assert main(["check", "counts.csv", *flags, "period=month", "numerator=used", "denominator=customers"]) == 0
    assert "every value was understood" in capsys.readouterr().out


def test_the_parts_of_a_composed_kpi_are_looked_for_where_it_is(own):
    parts = ["tiny", "wee"]
    (own / "kpis" / "wee.toml").write_text(
        TINY.replace('id = "tiny"\nname = "Tiny"', 'id = "wee"\nname = "Wee"'), encoding="utf-8"
    )
    counted = TINY[TINY.index('kind = "share"') : TINY.index("[attributes]")]
    whole = f'kind = "composed"\ncounts = "parts"\ncombine = "product"\nof = {parts}\n[variant.example]\nparts = {{ tiny = 0.5, wee = 0.5 }}\nvalue = 0.25\nsource = "made up"\n'
    text = TINY.replace(counted, whole).replace('id = "tiny"\nname = "Tiny"', 'id = "both"\nname = "Both"')
    (own / "kpis" / "both.toml").write_text(text, encoding="utf-8")
    table = kk.read_table(
        pd.read_csv(own / "counts.csv"),
        kind="counts",
        columns={"period": "month", "numerator": "used", "denominator": "customers"},
    )
    kpi = kk.load_kpi("both", "kpis")
    series = {part: kk.measure(kk.load_kpi(part, "kpis"), table, as_of="2026-03-01", window="month") for part in parts}
    assert values(kk.compose(kpi, series)) == pytest.approx([0.01, 0.09])
