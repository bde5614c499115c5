"""What a report tells: the verdict, the grade, the worth and the decision first; the page that says it."""

import re
from html import unescape

import pytest
from told_again import NOTEBOOKS, told_by

from kpikit import words
from kpikit.report.page import report_page
from kpikit.report.templating import css_text, printed_style
from kpikit.report.told import TOLD_ELSEWHERE, tiles

CONFIDENTIAL = '</style><script>x</script> "for" <b>you</b>'
TEXT = re.compile(r"<[^>]+>")


@pytest.fixture(scope="module")
def told():
    return told_by("before_after", confidential=CONFIDENTIAL)


@pytest.fixture(scope="module")
def page(told):
    return report_page(told)


def body(page):
    return page.split("</style>")[-1]


def test_how_large_how_sure_and_what_it_is_worth_come_before_the_values_of_both_sides(told):
    assert [tile["name"].partition(",")[0] for tile in told.tiles] == ["effect", "evidence", "worth a month", "before", "after"]


def test_the_worth_is_told_in_the_currency_of_the_case_and_rounded_to_what_is_known(told):
    money = told.verdict["worth"]["money"]
    assert [round(money["per_period"][end], -3) for end in ("value", "low", "high")] == [189_000, 155_000, 222_000]
    assert told.tiles[2] == {
        "name": "worth a month, net of discounts", "value": "+189,000 USD", "remark": "95% interval +155,000 to +222,000",
    }  # fmt: skip


def test_a_worth_without_money_is_told_in_units_and_one_that_is_not_clear_is_said_to_be_none(told):
    worth = {**told.verdict["worth"], "money": None}
    units = f"{worth['units']} {worth['span']}"
    low, high = (f"{round(worth[end]):+,}" for end in ("low", "high"))
    clear = tiles({**told.verdict, "worth": worth}, "before_after")[2]
    assert clear == {"name": "worth", "value": "+5,151", "remark": f"{units}; 95% interval {low} to {high}"}
    unclear = tiles({**told.verdict, "worth": worth, "direction": "no clear change"}, "before_after")[2]
    assert unclear["name"] == "worth at face value"
    assert unclear["remark"] == f"{units}; not clear; 95% interval {low} to {high}"
    without = tiles({**told.verdict, "worth": None}, "before_after")
    assert not [tile for tile in without if tile["name"].startswith("worth")]


def test_verdict_grade_decision_and_worth_stand_before_all_else_on_the_page(told, page):
    text = unescape(body(page))
    first = [told.headline, "Evidence: fair", "Decision: keep it", "+189,000 USD"]
    places = [text.index(said) for said in first] + [text.index("About the data.")]
    assert places == sorted(places)
    assert places[-1] < text.index('id="story"')


def test_the_line_that_says_who_may_read_it_stands_at_head_and_foot_as_text(page):
    text = body(page)
    said = "&lt;/style&gt;&lt;script&gt;x&lt;/script&gt; &#34;for&#34; &lt;b&gt;you&lt;/b&gt;"
    assert text.count(f'<p class="confidential">{said}</p>') == 2
    assert text.index(said) < text.index("<h1>") and text.rindex(said) > text.index("</main>")
    assert "<script" not in page
    assert page.count("</style>") == 1


def test_a_case_without_that_line_and_without_a_logo_has_neither_on_its_page():
    text = body(report_page(told_by("before_after")))
    assert "confidential" not in text
    assert 'class="logo"' not in text


def test_a_logo_is_held_in_the_page_itself(tmp_path):
    picture = tmp_path / "logo.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert '<img class="logo" src="data:image/png;base64,iVBORw0KGgo=" alt="Logo of TechSolutions">' in report_page(
        told_by("before_after", logo=picture)
    )


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_page_says_how_it_was_counted_and_its_headings_are_in_order(notebook):
    told = told_by(notebook)
    text = body(report_page(told))
    assert len(told.counted) >= 3
    assert all(f"<li>{said}</li>" in unescape(text) for said in told.counted)
    levels = [int(level) for level in re.findall(r"<h([1-6])", text)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_what_a_figure_shows_is_said_right_after_it_and_before_its_numbers(notebook):
    told = told_by(notebook)
    for chart in told.charts:
        alt = unescape(chart.alt)
        section = next(one for one in told.sections if any(alt in unescape(shown) for shown in one["shown"]))
        place = next(place for place, shown in enumerate(section["shown"]) if alt in unescape(shown) and "<figure" in shown)
        assert "<details" not in section["shown"][place]
        assert unescape(TEXT.sub("", section["shown"][place + 1])).startswith(chart.says)


def test_the_definition_of_a_kpi_is_there_on_the_screen_alone(told, page):
    aside = [section for section in told.sections if section["aside"]]
    assert [TEXT.sub("", section["text"]).split("\n")[0] for section in aside] == ["The KPI"]
    assert page.count('<div class="on-screen">') == 1


def test_a_tile_says_of_a_value_near_the_edge_of_a_band_what_the_headline_says(told):
    near = {**told.verdict, "after": {**told.verdict["after"], "close_to": 0.2}}
    assert tiles(near, "before_after")[-1]["remark"].endswith("; too close to call")
    assert words.moved_sentence(near).endswith("; band 'below target' before, too close to call after.")


@pytest.mark.parametrize(("target", "said"), [({"value": 0.22, "state": "reached"}, "; band 'on target'"), (None, "; on target")])
def test_a_band_is_said_as_a_name_where_the_case_has_a_target_of_its_own(told, target, said):
    assert tiles({**told.verdict, "target": target}, "before_after")[-1]["remark"].endswith(said)


def test_what_stands_under_the_bottom_line_is_not_told_again_in_the_story():
    told = told_by("scorecard")
    assert told.under_lead == told.answer["sentences"][1:3]
    assert not {text for part in told.story for text in part["texts"]} & set(told.under_lead)


def test_what_the_page_tells_elsewhere_is_no_row_of_the_parameters(told, page):
    rows = re.findall(r'<th scope="row">(\w+)</th>', page.split("<caption>Parameters of")[1].split("</table>")[0])
    assert not set(rows) & {*TOLD_ELSEWHERE, "title", "situation", "actions", "data_note", "asks"}
    assert set(rows) > set(told.origin.parameters) - set(TOLD_ELSEWHERE) - {"type"}


def test_a_running_line_of_paper_turns_nothing_around():
    assert css_text("a\u202eb\u200fc") == '"\\61 \\fffd \\62 \\fffd \\63 "'
    assert "\\202e" not in printed_style("a\u202eb", "c\u202ed")
