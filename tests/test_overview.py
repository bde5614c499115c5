"""The page over the reports of a grid: every number is theirs, sorted, beside what luck alone would show."""

import csv
import json
import re
from dataclasses import replace
from math import erf, sqrt
from types import SimpleNamespace

import nbformat
import pandas as pd
import pypdf
import pytest
from pango import needs_pango
from test_grid import HOSTILE, ROOT, grid

from kpikit.report.grid import jobs_of
from kpikit.report.notebook import Executed
from kpikit.report.overview import write_overview
from kpikit.report.page import report_page
from kpikit.report.record import Record
from kpikit.report.told import Shown, told_of
from kpikit.words.grids import grid_sentences


def verdict(value, low, high, **more):
    """What a before/after says of a change, as far as an overview reads it."""
    way = "not known" if low is None or high is None else "rose" if low > 0 else "fell" if high < 0 else "no clear change"
    lead = {"leads": True, "p_value": None, "value": value, "low": low, "high": high}
    sides = {"before": {"value": 0.1}, "after": {"value": 0.2, "band": "on target"}}
    told = {"name": "Upgrade Rate", "unit": "percent", "confidence": 0.95, "as_of": "2026-01-15", "grade": {"grade": "fair"}}
    return told | sides | {"effect": {"value": value, "low": low, "high": high}, "direction": way, "estimates": [lead]} | more


@pytest.fixture
def made(tmp_path):
    """Writes the reports of a grid as far as an overview reads them, and the overview; returns its record, page and table."""

    def made(told, question="before_after", failed=(), column="region"):
        values = [{column: value} for value in told]
        jobs = jobs_of(grid(tmp_path), values)
        records = []
        for job, (value, said) in zip(jobs, told.items(), strict=True):
            (tmp_path / job.name).mkdir(exist_ok=True)
            answer = {"question": question, "headline": f"It is {value}.", "verdict": said}
            (tmp_path / job.name / "answer.json").write_text(json.dumps(answer))
            (tmp_path / job.name / "index.html").write_text("a report")
            ended = Record(
                job.name,
                value not in failed,
                "" if value not in failed else f"no <file>\n  of {value}",
                title="Did it & rise?",
                of="rate",
                part=job.part,
            )
            records.append(
                replace(
                    ended, data_note="Invented.", question="Did it?", band="on target" if ended.passed else "", thumbnail="data:x"
                )
            )
        record = write_overview(grid(tmp_path), values, records)
        with (tmp_path / "rate" / "overview.csv").open(newline="") as file:
            rows = list(csv.reader(file))
        return record, (tmp_path / "rate" / "index.html").read_text(encoding="utf-8"), rows

    return made  # fmt: skip


@needs_pango
def test_an_overview_is_printed_too_where_that_is_asked_for_with_the_line_that_says_who_may_read_it(tmp_path):
    job = replace(grid(tmp_path), to=("pdf", "pptx", "xlsx"))
    record = Record("rate.eu", True, title="Did it rise?", confidential="Board only")
    told = {"question": "before_after", "headline": "It rose.", "verdict": verdict(0.02, 0.01, 0.03)}
    (tmp_path / "rate.eu").mkdir()
    (tmp_path / "rate.eu" / "answer.json").write_text(json.dumps(told))
    write_overview(job, [{"region": "EU"}], [record])
    assert sorted(path.name for path in (tmp_path / "rate").iterdir()) == ["index.html", "overview.csv", "rate.pdf"]
    printed = "".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "rate" / "rate.pdf").pages)
    assert "Did it rise?" in printed
    assert "+2.0 pp" in printed
    assert printed.count("Board only") == 1
    assert (tmp_path / "rate" / "index.html").read_text(encoding="utf-8").count(">Board only<") == 2


def links(page):
    return re.findall(r'<th scope="row"><a href="\.\./([^"]*)/index.html">', page)


SOME = {"EU": verdict(0.02, -0.01, 0.05), "US": verdict(0.08, 0.04, 0.12), "UK": verdict(-0.03, -0.05, -0.01)}


def test_the_largest_effect_comes_first_each_with_its_link(made, tmp_path):
    _, page, _ = made(SOME)
    assert [name.split(".")[1][:2] for name in links(page)] == ["us", "eu", "uk"]
    assert all((tmp_path / name / "answer.json").exists() for name in links(page))
    assert '<a href="../index.html">' in page


def test_the_numbers_are_those_of_the_verdicts_rounded_as_everywhere(made):
    _, page, rows = made(SOME)
    us = dict(zip(rows[0], rows[1], strict=True))
    assert {name: us[name] for name in ("region", "made", "before", "after", "effect", "low", "high", "unit", "direction", "grade", "band")} == {
        "region": "US", "made": "yes", "before": "0.1", "after": "0.2", "effect": "0.08", "low": "0.04", "high": "0.12", "unit": "percent",
        "direction": "rose", "grade": "fair", "band": "on target",
    }  # fmt: skip
    line = page.split('<th scope="row">')[1]
    assert re.sub(r"<svg.*?</svg>|<[^>]*>", " ", line, flags=re.S).split() == [
        "US",
        "+8.0",
        "pp",
        "(+4.0",
        "to",
        "+12.0",
        "pp)",
        "rose",
        "fair",
        "10.0%",
        "20.0%",
        "on",
        "target",
    ]


def test_every_interval_is_drawn_on_one_scale_that_holds_no_change(made):
    _, page, _ = made(SOME)
    drawn = [dict(re.findall(r'class="(\w+)" x1="([\d.]+)"', svg)) for svg in re.findall(r"<svg.*?</svg>", page, re.S)]
    place = {value: 2 + 96 * (value + 0.05) / 0.17 for value in (0, -0.01, 0.04, -0.05, 0.02, 0.08, -0.03)}
    assert [{name: float(at) for name, at in one.items()} for one in drawn] == [
        {"zero": round(place[0], 2), "span": round(place[low], 2), "mark": round(place[value], 2)}
        for low, value in ((0.04, 0.08), (-0.01, 0.02), (-0.05, -0.03))
    ]


def test_the_adjusted_p_values_are_those_of_benjamini_and_hochberg_by_hand(made):
    _, _, rows = made(SOME)
    half = {"EU": 0.03, "US": 0.04, "UK": 0.02}
    p = {name: 1 - erf(abs(SOME[name]["effect"]["value"]) / half[name] * 1.959964 / sqrt(2)) for name in SOME}
    ranked, least, expected = sorted(p, key=p.__getitem__, reverse=True), 1.0, {}
    for place, name in enumerate(ranked):
        least = expected[name] = min(least, p[name] * 3 / (3 - place))
    column = rows[0].index("adjusted p")
    assert {row[0]: float(row[column]) for row in rows[1:]} == pytest.approx(expected, rel=1e-4)


def test_what_does_not_outlast_the_number_of_comparisons_may_be_luck(made):
    told = {f"r{number}": verdict(0.01, -0.03, 0.05) for number in range(39)} | {"one": verdict(0.0205, 0.0005, 0.0405)}
    record, page, _ = made(told | {"sure": verdict(0.3, 0.2, 0.4)})
    assert page.count("rose, may be luck") == 1
    assert page.count('<td class="words lasts"><span class="rose">rose</span></td>') == 1
    assert record.headline == (
        "Upgrade Rate rose in 2 and shows no clear change in 39 of 41 reports by region. Of 41 comparisons about 2 would stand out by luck "
        "alone on average (1 in 20); 2 do, and after Benjamini and Hochberg's correction for their number 1 is left."
    )


def test_an_effect_without_an_interval_is_no_comparison(made):
    record, page, rows = made({"EU": verdict(0.02, None, None), "US": verdict(0.01, 0.005, None)})
    assert record.headline.startswith("Upgrade Rate cannot be told in 2 of 2 reports by region. Sorted by effect")
    assert [row[rows[0].index("adjusted p")] for row in rows[1:]] == ["", ""]
    assert "+2.0 pp" in page


def test_failed_reports_stand_last_with_their_reason_and_an_earlier_page(made):
    record, page, rows = made(SOME, failed=("US",))
    assert links(page)[-1].startswith("rate.us-")
    assert "no &lt;file&gt;\n  of US" in page
    assert "last report that was made" in page
    assert (rows[3][0], rows[3][2], rows[3][-1]) == ("US", "no", "no <file>\n  of US")
    assert record.passed
    assert record.warnings == ("report failed: region: US: no <file>\n  of US",)
    assert "1 report failed and stands last with its reason." in page


def test_where_no_report_was_made_the_grid_failed(made):
    record, page, rows = made(SOME, failed=tuple(SOME))
    assert (record.passed, record.reason) == (False, "none of its 3 reports was made; of the first: no <file>\n  of EU")
    assert len(links(page)) == len(rows) - 1 == 3


def test_a_report_whose_answer_is_gone_failed(made, tmp_path):
    made(SOME)
    values = [{"region": value} for value in SOME]
    jobs = jobs_of(grid(tmp_path), values)
    (tmp_path / jobs[0].name / "answer.json").write_text("{")
    record = write_overview(grid(tmp_path), values, [Record(job.name, True, part=job.part) for job in jobs])
    assert record.warnings == (
        "report failed: region: EU: its folder holds no answer that can be read; make it again with --force",
    )


def test_another_question_is_sorted_by_its_own_number(made):
    told = {
        name: {"name": "Upgrade Rate", "unit": "percent", "value": value, "low": None, "high": None}
        for name, value in (("EU", 0.1), ("US", 0.2))
    }
    record, page, rows = made(told, "scorecard")
    assert [name.split(".")[1][:2] for name in links(page)] == ["us", "eu"]
    assert rows[0] == ["region", "report", "made", "value", "low", "high", "unit", "band", "headline", "reason"]
    assert record.headline.startswith("Upgrade Rate: 10.0% (EU) to 20.0% (US) in 2 reports by region.")
    assert "It is US." in page


def test_a_question_without_a_number_is_sorted_by_name(made):
    told = {name: {"name": "Upgrades after a campaign", "unit": "percent"} for name in ("US", "EU")}
    record, page, rows = made(told, "campaign")
    assert [name.split(".")[1][:2] for name in links(page)] == ["eu", "us"]
    assert rows[0] == ["region", "report", "made", "band", "headline", "reason"]
    assert record.headline == "Upgrades after a campaign: 2 reports by region."
    assert "<svg" not in page


def test_two_hundred_hostile_and_plain_values_make_one_whole_page(made, tmp_path):
    told = dict.fromkeys([*HOSTILE[:-1], *(f"market {number}" for number in range(200 - len(HOSTILE) + 1))], SOME["EU"])
    _, page, rows = made(told, column="<i>market</i>")
    assert len(set(links(page))) == 200
    assert [row[0] for row in rows[1:]] == ["'-rf" if value == "-rf" else value for value in sorted(told)]
    assert "<script>alert" not in page
    assert "<i>" not in page
    assert max(map(len, re.findall(r"<bdi>([^<]*)</bdi>", page))) <= 110  # whose table holds it whole
    assert "\u202e" not in page
    assert page.split("<head>")[1].strip().startswith('<meta http-equiv="Content-Security-Policy" content="default-src \'none\';')
    assert not re.search(r"""(src|href)=["']?(?!data:)[^"' >]*//""", page)


def test_the_same_reports_give_the_same_bytes(made):
    assert made(SOME) == made(SOME)


TOLD = {
    "columns": ["region"], "made": 2, "failed": 0, "name": "Rate", "measure": "", "ends": [], "directions": {"rose": 2}, "compared": 2, "clear": 2,
    "lasting": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "Of 2 comparisons 0.1 would stand out by luck alone on average (1 in 20); 2 do, and after Benjamini and Hochberg's correction for their number none is left."),
        ({"clear": 0}, "Of 2 comparisons 0.1 would stand out by luck alone on average (1 in 20); none does."),
        ({"compared": 200, "clear": 1, "lasting": 1}, "Of 200 comparisons about 10 would stand out by luck alone on average (1 in 20); 1 does, and after Benjamini and Hochberg's correction for their number 1 is left."),
    ],
)  # fmt: skip
def test_of_comparisons_one_in_twenty_is_luck(told, said):
    assert grid_sentences(TOLD | told)[1] == said


def test_of_one_comparison_nothing_is_corrected():
    assert grid_sentences(TOLD | {"compared": 1, "made": 1, "directions": {"rose": 1}}) == [
        "Rate rose in 1 of 1 report by region."
    ]


# --- the report of a part ----------------------------------------------------------------------------------------------


def test_the_report_of_a_part_says_so_and_leads_to_the_overview():
    path = ROOT / "notebooks" / "scorecard.ipynb"
    executed = Executed(path, nbformat.read(path, 4))
    charts = [Shown(data["payload"]["kind"], data["payload"]["spec"], pd.DataFrame(), b"", "<svg/>") for data in executed.charts]
    origin = SimpleNamespace(notebook="n", parameters={}, hashes=[], inputs=SimpleNamespace(versions={}))

    def page(of=""):
        return report_page(told_of("n", executed, charts, origin, {}, of))

    assert "part-said" not in page(of="a").split("</style>")[1]
    executed.first("case")["only"] = {"region": "<EU>", "plan": ["pro", "basic"]}
    said = "<strong>Only <bdi>region: &lt;EU&gt;; plan: pro or basic</bdi>.</strong>"
    assert said in page()
    assert "the overview" not in page()
    leads = '<span class="on-screen"> One of several such reports: <a href="../a%20b/index.html">the overview</a>.'
    assert said + leads in page(of="a b")
