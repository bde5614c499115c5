"""The workbook that is sent, read back by openpyxl: the same numbers, formulas that give them, and texts that stay texts."""

import base64
import io
import re
import zipfile
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pytest
from PIL import Image

from kpikit.figures.native import native_of
from kpikit.report.formats.cells import cell_of, clean, look_of
from kpikit.report.formats.live import Row
from kpikit.report.formats.sheets import unique_names
from kpikit.report.formats.xlsx import write
from kpikit.report.made_from import Inputs
from kpikit.report.notebook import Executed
from kpikit.report.told import Origin, Shown, told_of

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ("before_after", "campaign", "feedback", "funnel", "lifetime", "openings", "scorecard", "seasons", "segments", "targets", "tree", "variants")  # fmt: skip
HOSTILE = (
    '=HYPERLINK("http://x/","y")', "+1", "@SUM(A1)", "-2+3", "\t=1", "\r=1", "a\0b\x1bc", "\u202eabc", "</t><f>1</f>", "_x0041_", "\ud800", "x" * 40_000,
)  # fmt: skip
HASH = "a" * 64
EXACT = 1e-5


@cache
def told_by(notebook):
    """What the executed notebook tells; no notebook is run."""
    path = ROOT / "notebooks" / f"{notebook}.ipynb"
    executed = Executed(path, nbformat.read(path, 4))
    charts = [_shown(data) for data in executed.charts]
    inputs = Inputs(
        {"case": "c", "case_sha256": HASH},
        {"name": path.name, "sha256": HASH},
        {"t.csv": HASH},
        {},
        HASH,
        {"pandas": "3"},
        "2026-01-15",
    )
    told = told_of(notebook, executed, charts, Origin(path.name, dict(executed.first("case")), inputs), {}, "")
    return replace(told, series={**told.series, "adds_over": told.series.get("adds_over", ["segments"])})


def _shown(data):
    spec, table = data["payload"]["spec"], data["payload"]["table"]
    return Shown(
        data["payload"]["kind"], spec, pd.DataFrame(table["rows"], columns=table["columns"]), base64.b64decode(data["png"]), ""
    )


class Written:
    """A workbook that was written: its formulas, its values, and its parts as they stand in the file."""

    def __init__(self, told, place):
        self.told, self.place = told, place
        write(told, place)
        self.formulas = openpyxl.load_workbook(place)
        self.values = openpyxl.load_workbook(place, data_only=True)
        with zipfile.ZipFile(place) as parts:
            self.parts = {name: parts.read(name) for name in parts.namelist()}
            self.dates = {part.date_time for part in parts.infolist()}

    def table(self, name):
        """The rows of a named table by their headers, and the number of its first row of cells."""
        where = self.values.defined_names[name].attr_text
        sheet, _, cells = where.rpartition("!")
        rows = self.values[sheet.strip("'")][cells.replace("$", "")]
        heads = [cell.value for cell in rows[0]]
        return [dict(zip(heads, (cell.value for cell in row), strict=True)) for row in rows[1:]], rows[1][0].row if len(
            rows
        ) > 1 else 0

    def texts(self, sheet):
        return [cell.value for row in self.values[sheet].iter_rows() for cell in row if isinstance(cell.value, str)]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("xlsx")
    return cache(lambda notebook: Written(told_by(notebook), folder / f"{notebook}.xlsx"))


@pytest.fixture(scope="module", params=NOTEBOOKS)
def each(request, written):
    return written(request.param)


# --- an evaluator of the few shapes of formulas ------------------------------------------------------------------------


class Number(float):
    """A number that divides as a sheet does: by zero it gives no number, which an IF may leave out."""

    def __truediv__(self, other):
        return Number(float(self) / other) if other else Number("nan")

    def __sub__(self, other):
        return Number(float(self) - other)

    def __mul__(self, other):
        return Number(float(self) * other)


def computed(book, sheet, formula):
    """What a formula gives, worked out anew from what stands in the workbook's cells, which may be formulas themselves."""

    def value(place, of=sheet):
        raw = book[of][place].value
        raw = (
            computed(book, of, raw) if isinstance(raw, str) and raw.startswith("=") and book[of][place].data_type == "f" else raw
        )
        return Number(raw) if isinstance(raw, (int, float)) else raw

    def cells(place):
        of, _, span = place.replace("$", "").rpartition("!")
        of = of.strip("'") or sheet
        return [value(cell.coordinate, of) for (cell,) in book[of][span]]

    names = {
        "IF": lambda asked, then, other: then if asked else other, "AND": lambda *asked: all(asked), "MAX": max,
        "COUNT": lambda *found: sum(isinstance(one, float) for one in found), "above": lambda a, b: (a or 0) > b,
        "SUMIFS": lambda sums, where, is_: sum(n for n, at in zip(cells(sums), cells(where), strict=True) if at == is_ and isinstance(n, float)),
        "SUMPRODUCT": lambda same, sums: sum(n for n, at in zip(cells(sums), same, strict=True) if at and isinstance(n, float)),
        "same": lambda where, one: [at == one for at in cells(where)], "V": value,
    }  # fmt: skip
    text = re.sub(r"((?:'[^']+'!)?\$?[A-Z]+\$\d+:\$?[A-Z]+\$\d+)", r'"\1"', formula.removeprefix("="))
    text = re.sub(r'--\(("[^"]+")=([A-Z]+\d+)\)', r'same(\1,V("\2"))', text)
    text = re.sub(r'(?<![A-Z"$!(])(?<!V\(")\b([A-Z]{1,3}\d+)\b(?!")', r'V("\1")', text) if "same(" not in text else text
    text = re.sub(r'(?<!V\(")\b(?<!")([A-Z]{1,2}\d+)\b(?!")', r'V("\1")', text)
    text = re.sub(r'(V\("[A-Z]+\d+"\))>0', r"above(\1,0)", text).replace("<>", "!=")
    text = re.sub(r"(?<![!<>=])=(?!=)", "==", text)
    return eval(text, {"__builtins__": {}}, names)  # noqa: S307 - the project's own formulas


def formulas_of(book):
    return [(sheet.title, cell) for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_every_formula_gives_the_number_that_was_told(each):
    for sheet, cell in formulas_of(each.formulas):
        told = each.values[sheet][cell.coordinate].value
        made = computed(each.formulas, sheet, cell.value)
        assert (made or None) == (told or None) or made == pytest.approx(told, rel=EXACT, abs=1e-9), (
            sheet,
            cell.coordinate,
            cell.value,
        )


def test_a_formula_that_was_broken_is_noticed_by_the_evaluator(written):
    book = openpyxl.load_workbook(written("before_after").place)
    sheet, cell = next((sheet, cell) for sheet, cell in formulas_of(book) if sheet == "Series")
    assert computed(book, sheet, cell.value.replace("/", "-")) != pytest.approx(
        written("before_after").values[sheet][cell.coordinate].value
    )


# --- the same numbers --------------------------------------------------------------------------------------------------


def test_the_series_holds_the_told_counts_as_numbers_and_the_rates_as_formulas(written):
    for notebook in ("before_after", "scorecard", "seasons", "targets"):
        found, told = written(notebook), told_by(notebook)
        rows, first = found.table("Series")
        kept = [dict(zip(told.series["table"]["columns"], row, strict=True)) for row in told.series["table"]["rows"]]
        assert [[row.get(name) for name in kept[0]] for row in rows] == [list(row.values()) for row in kept]
        letter = "ABCDEFGHIJ"[list(kept[0]).index("value")]
        assert {found.formulas["Series"][f"{letter}{at}"].data_type for at in range(first, first + len(rows))} == {"f"}


def test_the_answer_holds_the_told_numbers_and_changes_in_percentage_points(each):
    told = each.told.table
    rows, _ = each.table("Answer")
    assert len(rows) == len(told)
    for name in told:
        for row, value in zip(rows, told[name], strict=True):
            shown = row.get(name.replace("_", " "))
            if pd.isna(value):
                assert shown is None
            elif isinstance(value, str):
                assert shown == value or (shown is None and not value)
            else:
                assert shown == pytest.approx(value) or shown == pytest.approx(100 * value), name


def test_the_rates_of_a_funnel_are_reached_over_the_row_above_and_shares_over_the_first(written):
    rows, first = written("funnel").table("Answer")
    sheet, reached = written("funnel").formulas["Answer"], [row["reached"] for row in rows]
    for at in range(1, len(rows)):
        rate, share = (sheet.cell(first + at, list(rows[0]).index(name) + 1).value for name in ("rate", "share"))
        assert rate == f'=IF(B{first + at - 1}>0,B{first + at}/B{first + at - 1},"")'
        assert share == f'=IF(B{first}>0,B{first + at}/B{first},"")'
        assert (rows[at]["rate"], rows[at]["share"]) == (
            pytest.approx(reached[at] / reached[at - 1], rel=EXACT),
            pytest.approx(reached[at] / reached[0], rel=EXACT),
        )


def test_the_answer_of_a_scorecard_holds_its_counts_as_numbers_and_its_values_as_formulas(written):
    rows, first = written("scorecard").table("Answer")
    sheet, heads = written("scorecard").formulas["Answer"], list(rows[0])
    for at, (row, told) in enumerate(zip(rows, told_by("scorecard").verdict["rows"], strict=True), start=first):
        assert (row["numerator"], row["denominator"]) == (told["numerator"], told["denominator"])
        less = "-1" if told["grows"] else ""
        top, bottom = (f"{'ABCDEFGHIJ'[heads.index(name)]}{at}" for name in ("numerator", "denominator"))
        assert sheet.cell(at, heads.index("value") + 1).value == f'=IF({bottom}>0,{top}/{bottom}{less},"")'
        assert row["value"] == pytest.approx(told["value"])
        times = 100 if told["unit"] == "percent" else 1
        assert row["change"] == pytest.approx(times * told["since"]["change"]["value"])


def test_a_change_of_a_rate_is_the_difference_of_two_formulas_in_percentage_points(written):
    rows, first = written("before_after").table("Answer")
    sheet, heads = written("before_after").formulas["Answer"], list(rows[0])
    change = sheet.cell(first, heads.index("change") + 1)
    assert (change.value, change.number_format) == (
        f'=IF(COUNT(D{first},G{first})=2,(G{first}-D{first})*100,"")',
        '+#,##0.0" pp";-#,##0.0" pp";#,##0.0" pp"',
    )
    assert rows[0]["change"] == pytest.approx(8.40429)
    assert sheet.cell(first, heads.index("after") + 1).value == f'=IF(F{first}>0,E{first}/F{first},"")'


def test_the_summary_says_title_headline_tiles_and_story(each):
    texts = each.texts("Summary")
    told = each.told
    said = [told.title, told.headline, *told.under_lead, *told.counted, *(text for part in told.story for text in part["texts"])]
    said += [text for tile in told.tiles for text in tile.values() if text]
    assert not [text for text in said if text not in texts]
    assert each.values.active.title == each.values.sheetnames[0] == "Summary"


def test_the_checks_stand_with_their_outcome_as_a_word(each):
    rows, _ = each.table("Checks")
    words = {True: "passed", False: "look", None: "not checked"}
    assert [tuple(row.values()) for row in rows] == [(c["name"], words[c["passed"]], c["sentence"]) for c in each.told.checks]


def test_the_provenance_names_table_rows_hashes_and_versions(written):
    told = told_by("before_after")
    rows, _ = written("before_after").table("Provenance")
    values = {row["what"]: row["value"] for row in rows}
    assert values["table"] == f"{told.series['source']['table']} (counts)"
    assert (values["rows"], values["as of"], values["SHA-256 of data t.csv"], values["version of pandas"]) == (
        "258 of 258 were kept",
        "2026-01-15",
        HASH,
        "3",
    )
    assert values["parameter changed_on"] == "2025-06-10"


# --- charts ------------------------------------------------------------------------------------------------------------


def test_every_chart_stands_on_a_sheet_with_its_numbers_and_its_alt_text(each):
    sheets = [name for name in each.values.sheetnames if name[0].isdigit()]
    assert len(sheets) == len(each.told.charts)
    alts = [html for name, part in each.parts.items() if name.startswith("xl/drawings/drawing") for html in _alts(part)]
    assert sorted(alts) == sorted(shown.alt for shown in each.told.charts)
    for number, (sheet, shown) in enumerate(zip(sheets, each.told.charts, strict=True), start=1):
        rows, _ = each.table(f"Chart_{number}")
        assert len(rows) == len(shown.table)
        native = native_of(shown.kind, shown.spec)
        page = each.formulas[sheet]
        assert (len(page._charts), len(page._images)) == ((0, 1) if native is None else (1, 0)), shown.kind


def _alts(part):
    from lxml import etree

    return [element.get("descr") for element in etree.fromstring(part).iter() if element.get("descr")]


def test_a_native_chart_draws_the_values_of_its_figure_from_cells(each):
    for number, shown in enumerate(each.told.charts, start=1):
        native = native_of(shown.kind, shown.spec)
        if native is None:
            continue
        page = next(each.formulas[name] for name in each.formulas.sheetnames if name.startswith(f"{number} "))
        (chart,) = page._charts
        drawn = [one for part in (chart, *chart._charts[1:]) for one in part.series]
        assert sorted(_values(each, one.tx.strRef.f)[0] for one in drawn) == sorted(one.name for one in native.drawn)
        for one in drawn:
            name = _values(each, one.tx.strRef.f)[0]
            wanted = [list(told.values) for told in native.drawn if told.name == name]
            assert _scaled(_values(each, (one.val or one.yVal).numRef.f), native.times) in [
                _scaled(values, 1) for values in wanted
            ]


def _values(found, where):
    sheet, _, cells = where.replace("$", "").rpartition("!")
    rows = found.values[sheet.strip("'")][cells]
    return [cell.value for (cell,) in rows] if isinstance(rows, tuple) else [rows.value]


def _scaled(values, times):
    return [None if value is None else round(value / times, 9) for value in values]


@pytest.mark.parametrize("notebook", ["before_after", "funnel"])
def test_an_axis_of_changes_holds_zero_and_a_curve_of_steps_has_no_marks(written, notebook):
    found, seen = written(notebook), set()
    for number, shown in enumerate(found.told.charts, start=1):
        if shown.kind in ("effect_course", "conversion_curve"):
            seen.add(shown.kind)
            page = next(found.formulas[name] for name in found.formulas.sheetnames if name.startswith(f"{number} "))
            (chart,) = page._charts
            assert chart.y_axis.scaling.min <= 0 <= chart.y_axis.scaling.max
            if shown.kind == "conversion_curve":
                (part,) = (part for name, part in found.parts.items() if "charts/chart" in name and b">share through<" in part)
                assert re.findall(rb"<c:marker>(.*?)</c:marker>", part) == [b'<c:symbol val="none"/>']
    assert seen


def test_the_steps_of_a_waterfall_bear_their_change(written):
    found = written("before_after")
    shown = next(shown for shown in found.told.charts if shown.kind == "waterfall")
    wanted = [text for one in native_of("waterfall", shown.spec).drawn for text in one.labels if text]
    charts = "".join(part.decode() for name, part in found.parts.items() if "charts/chart" in name)
    assert wanted
    assert len(wanted) == sum(row["step"] for row in shown.spec["rows"])
    assert all(f"<a:t>{text}</a:t>" in charts for text in wanted)


# --- totals ------------------------------------------------------------------------------------------------------------


def series(rows, adds_over, **more):
    """The before/after told by a notebook, with another series."""
    table = {"columns": ["period", "region", "numerator", "denominator", "value", "low", "high", "band", "status"], "rows": rows}
    told = told_by("before_after")
    return replace(
        told,
        series={**told.series, "segments": ["region"], "table": table, "total": None, "adds_over": adds_over, **more},
        charts=[],
    )


def row(period, region, n, d, status="ok", value=None):
    told = float(f"{n / d:.6g}") if status == "ok" and d else value
    return [period, region, n, d, told, None, None, None, status]


ROWS = [
    row("2025-01", "EU", 1, 10),
    row("2025-01", "US", 60, 100),
    row("2025-02", "EU", 5, 0, "zero denominator"),
    row("2025-02", "US", 9, 90, "partial"),
]


def test_a_total_pools_the_counts_of_rows_that_hold_a_value_and_never_averages_rates(tmp_path):
    found = Written(series(ROWS, ["periods", "segments"]), tmp_path / "a.xlsx")
    _, first = found.table("Series")
    last, page = first + len(ROWS), found.formulas["Series"]
    assert page[f"C{last}"].value == f'=SUMIFS(C${first}:C${last - 1},F${first}:F${last - 1},"ok")'
    assert page[f"E{last}"].value == f'=IF(D{last}>0,C{last}/D{last},"")'
    assert [found.values["Series"][f"{letter}{last}"].value for letter in "CDE"] == [
        61,
        110,
        pytest.approx(float(Fraction(61, 110))),
    ]
    assert [computed(found.formulas, "Series", page[f"{letter}{last}"].value) for letter in "CDE"] == [
        61,
        110,
        pytest.approx(61 / 110),
    ]


def test_where_counts_do_not_add_up_no_total_stands_and_the_reason_is_said(tmp_path):
    found = Written(series(ROWS, ["segments"], total=None), tmp_path / "a.xlsx")
    said = (
        "No total: counts of several months do not add up, as the same ones may be in each of them. And a rate is never averaged."
    )
    assert said in found.texts("Series")
    assert not any("SUMIFS" in cell.value for _, cell in formulas_of(found.formulas))


def test_a_row_without_a_value_is_empty_and_shows_no_error(tmp_path):
    found = Written(series(ROWS, []), tmp_path / "a.xlsx")
    rows, first = found.table("Series")
    assert [one["value"] or "" for one in rows[2:]] == ["", ""]
    assert [computed(found.formulas, "Series", found.formulas["Series"][f"E{first + at}"].value) for at in (2, 3)] == ["", ""]


def test_counts_over_all_segments_are_sums_of_the_segments_where_these_add_up(tmp_path):
    total = {"columns": ["period", "numerator", "denominator", "value", "low", "high", "band", "status"]}
    total["rows"] = [
        ["2025-01", 61, 110, 0.554545, None, None, None, "ok"],
        ["2025-02", 15, 90, None, None, None, None, "partial"],
    ]
    found = Written(series(ROWS, ["segments"], total=total), tmp_path / "a.xlsx")
    rows, first = found.table("Series_all_segments")
    page = found.formulas["Series, all segments"]
    assert page[f"B{first}"].value.startswith("=SUMPRODUCT(--('Series'!$A$")
    assert computed(found.formulas, "Series, all segments", page[f"B{first}"].value) == rows[0]["numerator"] == 61
    assert page[f"B{first + 1}"].value == 15  # which the segments do not add up to: 14
    apart = Written(series(ROWS, [], total=total), tmp_path / "b.xlsx").formulas["Series, all segments"]
    assert apart[f"B{first}"].value == 61


def test_a_kpi_composed_of_others_has_values_as_numbers_and_says_why(written):
    found = written("tree")
    rows, first = found.table("Series")
    assert not {"numerator", "denominator"} & set(rows[0])
    assert found.formulas["Series"][f"B{first}"].value == 41.1586
    assert any("composed of other KPIs" in text for text in found.texts("Series"))
    assert any(text.startswith("No total: its parts") for text in found.texts("Series"))


# --- what the data hold ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    told = series([row("2025-01", text, at, 10 + at) for at, text in enumerate(HOSTILE)], ["segments"])
    check = {"name": HOSTILE[0], "passed": False, "sentence": HOSTILE[1]}
    answer = {
        **told.answer,
        "headline": HOSTILE[2],
        "checks": [check],
        "table": {"columns": ["=1+1", HOSTILE[6]], "rows": [[text, 1] for text in HOSTILE]},
    }
    case = {
        **told.case,
        "title": f"A&B &P {HOSTILE[0]}",
        "client": HOSTILE[0],
        "author": HOSTILE[6],
        "confidential": "R&D: &9secret",
        "currency": 'x"]',
    }
    charts = [replace(shown, spec=_turned(shown.spec)) for shown in told_by("before_after").charts]
    Image.new("RGB", (40, 20), "red").save(folder / "logo.png")
    return Written(replace(told, case=case, answer=answer, charts=charts, logo=folder / "logo.png"), folder / "a.xlsx")


def _turned(value):
    """Plain values of a chart in which names are formulas."""
    if isinstance(value, dict):
        return {
            key: f"=1+{item}"
            if key in ("segment", "label", "title", "x_label", "y_label") and isinstance(item, str)
            else _turned(item)
            for key, item in value.items()
        }
    return [_turned(item) for item in value] if isinstance(value, list) else value


def test_nothing_that_the_data_hold_becomes_a_formula_or_a_link(hostile):
    shapes = re.compile(r'=(IF\((AND\([A-Z]+\d+="ok",)?|IF\((AND\()?COUNT\(|MAX\([A-Z])')
    assert not [cell.value for _, cell in formulas_of(hostile.formulas) if not shapes.match(cell.value)]
    assert not [name for name in hostile.parts if "externalLink" in name]
    assert not [name for name, part in hostile.parts.items() if b'TargetMode="External"' in part]
    charts = b"".join(part for name, part in hostile.parts.items() if "charts/chart" in name)
    assert all(
        re.fullmatch(rb"'[^'<>]+'!\$[A-Z]+\$\d+(:\$[A-Z]+\$\d+)?", where) for where in re.findall(rb"<c:f>(.*?)</c:f>", charts)
    )


def test_texts_stand_as_they_are_but_for_what_is_not_seen_or_too_long(hostile):
    rows, _ = hostile.table("Series")
    told = [one["region"] for one in rows]
    assert told[:4] == list(HOSTILE[:4])
    assert told[4:8] == ["\t=1", "\n=1", "a\ufffdb\ufffdc", "\ufffdabc"]
    assert told[8] == HOSTILE[8]
    assert len(told[11]) == 32_767
    assert told[11].endswith(" … (cut: 40,000 letters)")
    first = hostile.table("Series")[1]
    assert [hostile.formulas["Series"][f"B{first + at}"].quotePrefix or False for at in (0, 1, 2, 3, 8)] == [
        True,
        False,
        True,
        True,
        False,
    ]


def test_header_and_footer_hold_the_confidentiality_line_and_no_code_of_the_data(hostile):
    page = hostile.parts["xl/worksheets/sheet1.xml"].decode()
    footer = re.search("<oddFooter>(.*?)</oddFooter>", page)[1].replace("&amp;", "&")
    assert footer == "&LR&&D: &&9secret&CSummary&RPage &P of &N"
    assert "&RA&&B &&P =HYPERLINK" in re.search("<oddHeader>(.*?)</oddHeader>", page)[1].replace("&amp;", "&")


def test_the_logo_of_the_case_stands_on_the_summary(hostile):
    assert [Image.open(io.BytesIO(hostile.parts[name])).size for name in hostile.parts if "media" in name] == [(40, 20)]
    assert 'descr="Logo"' in hostile.parts["xl/drawings/drawing1.xml"].decode()


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (12, 12), (10**15 - 1, 10**15 - 1), (10**15, "1000000000000000"), (-(10**17) - 1, "-100000000000000001"), ("1650637.10", 1650637.1), ("5.0", 5),
        ("123456789012.3456", "123456789012.3456"), ("0.1234567890123456789", "0.1234567890123456789"), ("NaN", "NaN"), ("=1", "=1"),
        (float("nan"), None), (float("inf"), None), (None, None), (True, "yes"),
    ],
)  # fmt: skip
def test_a_count_is_a_number_where_a_workbook_keeps_all_its_digits_and_else_a_text(value, cell):
    assert cell_of("numerator", value) == cell
    assert type(cell_of("numerator", value)) is type(cell)


def test_counts_of_many_digits_are_texts_and_their_rate_is_a_number_without_a_total(tmp_path):
    rows = [[*row("2025-01", "EU", 1, 4)[:2], 10**17, 4 * 10**17, 0.25, None, None, None, "ok"]]
    found = Written(series(rows, ["periods", "segments"]), tmp_path / "a.xlsx")
    told, first = found.table("Series")
    assert (told[0]["numerator"], told[0]["value"]) == ("1" + "0" * 17, 0.25)
    assert found.formulas["Series"][f"E{first}"].data_type == "n"
    assert "No total: some counts have more digits than a number of a workbook, and stand as texts." in found.texts("Series")


def test_a_formula_that_would_give_another_number_is_none():
    places, times = {"numerator": "A1", "denominator": "B1"}, {"value": 1}
    assert Row({"numerator": 1, "denominator": 3, "value": 0.333333}, places, times).formula("value") == '=IF(B1>0,A1/B1,"")'
    assert Row({"numerator": 1, "denominator": 3, "value": 0.34}, places, times).formula("value") == ""
    assert Row({"numerator": 1, "denominator": 0, "value": None}, places, times).formula("value") == '=IF(B1>0,A1/B1,"")'


@pytest.mark.parametrize(
    ("name", "unit", "values", "code", "times"),
    [
        ("value", "percent", [0.2], "0.0%", 1), ("value", "percent", [0.004], "0.00%", 1), ("value", "money", [5.0], "[$USD] #,##0.00", 1),
        ("value", "points", [0.2], '#,##0.0" points"', 100), ("value", "days", [0.2], '#,##0.0" days"', 1), ("value", "number", [1.19], "#,##0.00", 1),
        ("change_low", "percent", [-0.2], '+#,##0.0" pp";-#,##0.0" pp";#,##0.0" pp"', 100), ("relative", "percent", [0.2], "+0.0%;-0.0%;0.0%", 1),
        ("change", "percent", [-0.0002, 0.05], '+#,##0.00" pp";-#,##0.00" pp";#,##0.00" pp"', 100),
        ("change", "percent", [0.0000002, 0.0, 0.05], '+#,##0.000" pp";-#,##0.000" pp";#,##0.000" pp"', 100),
        ("value", "percent", [0.0, 0.002, 0.05], "0.0%", 1), ("value", "percent", [0.0004, 0.05], "0.00%", 1),
        ("numerator", "percent", [12], "#,##0", 1), ("numerator", "percent", [12.5], "#,##0.0###", 1), ("worth", "percent", [12.5], "[$USD] #,##0.00", 1),
    ],
)  # fmt: skip
def test_a_column_is_shown_by_its_name_and_the_unit(name, unit, values, code, times):
    look = look_of(name, unit, "USD", values)
    assert (look.code, look.times) == (code, times)


def test_a_column_of_more_than_a_thousand_percent_counts_something():
    assert look_of("seen", "percent", "", [12_054, 3]) == look_of("customers", "percent", "", [12_054, 3])
    assert look_of("seen", "percent", "", [9.9]).code == "0.0%"


def test_a_chart_without_numbers_says_so(tmp_path):
    told = told_by("before_after")
    bare = replace(told.charts[0], table=pd.DataFrame())
    found = Written(replace(told, charts=[bare]), tmp_path / "a.xlsx")
    assert "There are no numbers to show." in found.texts("1 run chart")


def test_a_currency_that_is_no_few_letters_stands_in_no_format():
    assert look_of("value", "money", '"]0;x', [1]).code == "#,##0.00"


# --- the file ----------------------------------------------------------------------------------------------------------


def test_sheet_names_are_short_and_each_is_there_once():
    names = list(unique_names(["Answer", "answer", "a[b]:c*d?e/f\\g'", "x" * 40, "X" * 40, "", "'"]))
    assert names == ["Answer", "answer 2", "a b  c d e f g", "x" * 28, f"{'X' * 28} 2", "Sheet", "Sheet 2"]


def test_the_sheets_come_in_the_order_of_reading(written):
    assert written("before_after").values.sheetnames == [
        "Summary", "Answer", "Series", "Series, all segments", "1 run chart", "2 forest plot", "3 waterfall", "4 dumbbell", "5 effect course",
        "6 bullet graph", "7 control chart", "8 placebos", "Checks", "Provenance",
    ]  # fmt: skip
    assert written("segments").values.sheetnames[-4:] == ["3 share bars", "4 share bars", "Checks", "Provenance"]


def test_sheets_are_printed_one_page_wide_with_their_header_rows_in_view(each):
    for page in each.formulas:
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert (page.page_setup.fitToWidth in (None, 1), page.page_setup.fitToHeight) == (True, 0)
        if page.title not in ("Summary",):
            assert page.print_title_rows
    for name in ("Answer", "Checks", *(["Series"] if each.told.series.get("table") else [])):
        _, first = each.table(name)
        assert each.formulas[name].freeze_panes in (f"A{first}", f"B{first}")
        assert each.formulas[name].auto_filter.ref.startswith(f"A{first - 1}:")
    assert not each.formulas["Summary"].sheet_view.showGridLines


def test_the_same_report_gives_the_same_bytes_whenever_it_is_written(written, tmp_path):
    found = written("before_after")
    write(found.told, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == found.place.read_bytes()
    assert found.dates == {(1980, 1, 1, 0, 0, 0)}
    core = found.parts["docProps/core.xml"].decode()
    assert set(re.findall(r">(\d{4}-\d\d-\d\dT[^<]*)<", core)) == {"2026-01-15T00:00:00Z"}
    assert found.formulas.properties.title == found.told.title
    assert b"en-US" in found.parts["docProps/custom.xml"]


def test_rows_are_as_high_as_their_longest_text(written):
    page = written("before_after").formulas["Checks"]
    long = [cell.row for (cell,) in page["C6:C40"] if isinstance(cell.value, str) and len(cell.value) > 120]
    assert long
    assert all((page.row_dimensions[at].height or 15) > 30 for at in long)


def test_what_is_cut_says_how_long_it_was():
    assert clean("x" * 32_767) == "x" * 32_767
    assert clean("x" * 32_768) == "x" * (32_767 - 24) + " … (cut: 32,768 letters)"
    assert all(a == b for a, b in pairwise([clean("a\r\nb"), clean("a\nb")]))
