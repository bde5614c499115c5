"""The explorer, driven by its widgets' values: it answers as before_after does, reads once, and does not forget what was tried."""

import asyncio
import io
import shutil
from datetime import date
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

import kpikit as kk
from kpikit.answer import MIME, plain
from kpikit.explorer import later
from kpikit.explorer.choices import moved
from kpikit.figures.chart import Chart

DATA = Path(__file__).parents[1] / "data"
EUROPE = (("region", "Europe"),)


@pytest.fixture(autouse=True)
def pictures(request, monkeypatch):
    """Nothing is drawn where no picture is looked at: it would take more time than all else."""
    if request.function is not test_a_preview_is_the_picture_of_a_chart_with_fewer_dots:
        monkeypatch.setattr(Chart, "preview", lambda chart: b"a picture")


@pytest.fixture
def folder(tmp_path):
    """A project of its own, whose files a test may break."""
    (tmp_path / "cases").mkdir()
    for name in ("techsolutions_upgrades.csv", "techsolutions_scorecard.csv"):
        shutil.copy(DATA / name, tmp_path)
    for name in ("techsolutions_upgrade_rate.toml", "techsolutions_scorecard.toml"):
        text = (DATA / "cases" / name).read_text(encoding="utf-8")
        (tmp_path / "cases" / name).write_text(text.replace('["plan", "region"]', '["region"]'), encoding="utf-8")
    return tmp_path


@pytest.fixture
def view(folder):
    view = kk.explore(folder / "cases" / "techsolutions_upgrade_rate.toml")
    assert view.panel
    return view


def choose(view, **chosen):
    for name, value in chosen.items():
        (view.panel.changed_on if name == "changed_on" else view.panel.chosen[name]).value = value


def shown(view, name):
    return view.panel.shown[name].value


def own_answer(folder, changed_on, only=None, date_chosen="after looking", **instead):
    """The answer that the same arguments get by another way: the table read anew, and of a segment only its rows."""
    case = kk.read_case(folder / "cases" / "techsolutions_upgrade_rate.toml", only=only, **instead)
    return kk.before_after(kk.measure_case(case), changed_on, **case.choices | {"date_chosen": date_chosen})


def test_it_begins_with_what_the_case_asks(view, folder):
    assert view.answer.verdict == own_answer(folder, date(2025, 6, 10), date_chosen="before looking").verdict
    assert shown(view, "tried") == ""


def test_a_moved_date_is_answered_as_before_after_answers_it(view, folder):
    choose(view, changed_on=date(2025, 3, 1))
    own = own_answer(folder, date(2025, 3, 1))
    assert view.answer.verdict == own.verdict
    assert [check.sentence for check in view.answer.checks] == [check.sentence for check in own.checks]
    assert own.headline in shown(view, "status").replace("&#x27;", "'")


def test_a_segment_of_the_series_is_what_its_rows_alone_would_give(view, folder):
    choose(view, only=EUROPE)
    assert view.answer.verdict == own_answer(folder, date(2025, 6, 10), {"region": "Europe"}, "before looking").verdict


def test_a_stretch_of_periods_is_what_a_table_of_these_alone_would_give(view, folder):
    choose(view, first=date(2023, 7, 1))
    lines = (folder / "techsolutions_upgrades.csv").read_text().splitlines()
    cut = folder / "cut.csv"
    cut.write_text("\n".join([lines[0], *(line for line in lines[1:] if line >= "2023-07")]))
    assert view.answer.verdict == own_answer(folder, date(2025, 6, 10), date_chosen="before looking", table=str(cut)).verdict


def test_later_periods_that_are_not_looked_at_are_not_said_to_lack_in_the_table(view):
    choose(view, last=date(2025, 9, 30))
    names = {check.name: check for check in view.answer.checks}
    assert "up to date" not in names
    assert names["part of the series"].sentence == "Only a part is looked at, counted as in the whole: until 2025-09-30."
    assert view.answer.verdict["after"]["last"] == "2025-09"


def test_once_it_was_measured_the_table_is_not_read_again(view, folder):
    (folder / "techsolutions_upgrades.csv").write_text("broken")
    choose(view, changed_on=date(2025, 4, 1), only=EUROPE, first=date(2023, 1, 1))
    assert view.answer.verdict["changed_on"] == "2025-04-01"
    choose(view, variant="eligible_only")  # of the same rows
    assert view.series.variant.id == "eligible_only"


def test_the_buttons_move_the_date_to_the_first_days_of_periods(view):
    view.panel.later.click()
    assert view.panel.changed_on.value == view.look.changed_on == date(2025, 7, 1)
    view.panel.earlier.click()
    assert view.look.changed_on == date(2025, 6, 1)
    view.panel.earlier.click()
    assert view.look.changed_on == date(2025, 5, 1)
    assert moved(view.series, date(2025, 6, 10), -1) == date(2025, 6, 1)


def test_from_the_second_date_on_every_date_was_chosen_after_looking(view):
    assert view.case.date_chosen == "before looking"
    choose(view, changed_on=date(2025, 7, 1))
    assert view.case.date_chosen == "after looking"
    assert view.answer.verdict["grade"]["cap"] == "weak"
    assert "the date was chosen after looking" in view.answer.verdict["grade"]["because"]
    choose(view, changed_on=date(2025, 6, 10))  # back to where it began: what was seen stays seen
    assert view.case.date_chosen == "after looking"
    assert view.answer.verdict["grade"]["cap"] == "weak"
    anew = kk.explore(kk.read_case("techsolutions_upgrade_rate"))
    assert anew.case.date_chosen == "before looking"


def test_what_was_tried_is_told_with_the_date_tried_most_and_stands_in_the_case(view):
    choose(view, changed_on=date(2025, 7, 1))
    choose(view, only=EUROPE)
    said = (
        "You looked at 2 dates of the change, most often at 2025-07-01 (2 times). A date that is found so is chosen after looking: "
        "the evidence is weak at the best. You looked at 3 combinations of KPI, segment, periods and date. Where nothing moved at "
        "all, one or more of 3 independent ones would still look moved, at 95%, with a chance of 14%."
    )  # 1 - 0.95 ** 3 = 0.142625
    assert said in shown(view, "tried")
    assert view.case.data_note.endswith(said)


def test_another_segment_alone_leaves_the_date_as_it_was_chosen(view):
    choose(view, only=EUROPE)
    assert view.case.date_chosen == "before looking"
    assert "You looked at 2 combinations" in shown(view, "tried")
    assert "dates" not in shown(view, "tried")


def test_the_copied_case_reads_back_and_answers_the_same(view, folder):
    choose(view, changed_on=date(2025, 5, 1), only=EUROPE, first=date(2023, 2, 1), last=date(2025, 10, 31))
    view.panel.copy.click()
    (folder / "cases" / "found.toml").write_text(view.panel.toml.value)
    case = kk.read_case(folder / "cases" / "found.toml")
    answer = kk.before_after(kk.measure_case(case), case.changed_on, **case.choices)
    assert answer.verdict == view.answer.verdict
    assert case.date_chosen == "after looking"
    assert case.title == "Did Upgrade Rate change on 2025-05-01 (region: Europe, from 2023-02-01 to 2025-10-31)?"
    assert dict(case.story())["What is looked at"] == "Only region: Europe, from 2023-02-01 to 2025-10-31."


def test_a_copied_case_is_explored_from_where_it_was_left(view, folder):
    choose(view, changed_on=date(2025, 5, 1), only=EUROPE, first=date(2023, 2, 1))
    view.panel.save.click()
    again = kk.explore(folder / "cases" / "techsolutions_upgrade_rate_explored.toml")
    assert again.look == view.look
    assert again.answer.verdict == view.answer.verdict
    assert again.case.date_chosen == "after looking"


def test_a_saved_case_lies_beside_its_own_and_nothing_is_written_over(view, folder):
    view.panel.save.click()
    place = folder / "cases" / "techsolutions_upgrade_rate_explored.toml"
    assert "Saved as techsolutions_upgrade_rate_explored.toml, beside the case" in shown(view, "message")
    text = place.read_text()
    choose(view, only=EUROPE)
    view.panel.save.click()
    refused = "techsolutions_upgrade_rate_explored.toml is there already, and nothing is written over; copy the text to a file of another name"
    assert refused in shown(view, "message")
    assert place.read_text() == text


def test_a_text_that_was_copied_does_not_outlive_what_it_was_copied_of(view):
    view.panel.copy.click()
    assert view.panel.toml.layout.display is None
    choose(view, only=EUROPE)
    assert view.panel.toml.value == ""
    assert view.panel.toml.layout.display == "none"


def test_what_was_unfolded_stays_open_while_other_things_are_chosen(view):
    assert "<details>" in shown(view, "checks")
    view.panel.unfolded.value = True
    assert "<details open>" in shown(view, "checks")
    choose(view, only=EUROPE)
    for name in ("verdict", "figure", "checks"):
        assert "<details open>" in shown(view, name)
    view.panel.unfolded.value = False
    assert "open" not in shown(view, "checks").split("<summary>")[0]


REFUSED = {
    "changed_on": (
        date(2030, 1, 1),
        "upgrade_rate: no period lies wholly after 2030-01-01; the usable periods are 2022-06 to 2025-12",
    ),
    "last": (
        date(2022, 8, 31),
        "upgrade_rate: no period lies wholly after 2025-06-10; the usable periods are 2022-06 to 2022-08",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_answered_is_said_in_place_of_the_answer(view, name):
    value, said = REFUSED[name]
    choose(view, **{name: value})
    assert shown(view, "status") == f'<p class="refused" role="alert">{said}</p>'
    assert shown(view, "verdict") == shown(view, "checks") == ""
    assert "<img" in shown(view, "figure")  # the series, by which a better date can be found
    with pytest.raises(kk.CaseError) as error:
        _ = view.answer
    assert str(error.value) == said
    view.panel.copy.click()
    assert said in shown(view, "message")


def test_a_date_without_an_answer_was_not_looked_at(view):
    choose(view, changed_on=date(2030, 1, 1))
    choose(view, changed_on=date(2025, 6, 10))
    assert view.case.date_chosen == "before looking"


def test_an_empty_date_is_asked_for(view):
    choose(view, changed_on=None)
    assert "The date of the change is empty: type a day, as 2025-07-01." in shown(view, "status")
    choose(view, changed_on=date(2025, 6, 10))
    assert 'class="headline"' in shown(view, "status")


def test_of_moves_that_come_fast_only_the_last_is_answered(view):
    async def press():
        for _ in range(5):
            view.panel.later.click()
        await asyncio.sleep(3 * later.WAIT_S)

    asyncio.run(press())
    assert view.look.changed_on == date(2025, 11, 1)
    assert "You looked at 2 dates of the change. A date" in shown(view, "tried")  # none of them more often than once


def test_a_cell_that_asks_at_once_gets_the_answer_of_what_was_chosen(view):
    async def cell():
        choose(view, changed_on=date(2025, 7, 1))
        return view.answer.verdict["changed_on"]

    assert asyncio.run(cell()) == "2025-07-01"


def test_another_kpi_of_the_table_is_measured_from_its_own_columns(folder):
    view = kk.explore(folder / "cases" / "techsolutions_scorecard.toml")
    keys = [key for _, key in view.panel.chosen["kpi"].options]
    case = kk.read_case(folder / "cases" / "techsolutions_scorecard.toml")
    assert keys[0] == case.kpi
    assert set(keys) <= {case.kpi, *case.also}
    choose(view, kpi=keys[1])
    own = kk.measure_also(case)[keys[1]]
    assert view.series.total().table.equals(own.total().table)
    view.panel.copy.click()
    (folder / "cases" / "found.toml").write_text(view.panel.toml.value)
    found = kk.read_case(folder / "cases" / "found.toml")
    assert kk.before_after(kk.measure_case(found), found.changed_on, **found.choices).verdict == view.answer.verdict
    assert found.target is None  # which is that of another KPI


ORDERS = """customer,order,date,product,region
"""


def test_followed_customers_are_told_apart_anew_for_each_date_without_reading_again(tmp_path):
    rows = [
        (f"c{month}_{n}", f"o{month}_{n}_{again}", f"2024-{month:02d}-{1 + 2 * n + 10 * again:02d}", "ab"[again], "EU" if n % 2 else "US")
        for month in range(1, 13) for n in range(8) for again in range(2 if n < 2 + month // 4 else 1)
    ]  # fmt: skip
    (tmp_path / "orders.csv").write_text(ORDERS + "\n".join(",".join(row) for row in rows))
    (tmp_path / "shop.toml").write_text(
        'title = "Do they come back?"\nkpi = "product_upsell_rate"\nvariant = "30_days"\nwindow = "30 days"\ntable = "orders.csv"\n'
        'kind = "orders"\nsegments = ["region"]\nchanged_on = 2024-06-10\nas_of = 2025-03-01\n'
    )
    view = kk.explore(tmp_path / "shop.toml")
    assert len(view.panel.chosen["kpi"].options) > 5  # all that such rows are measured for
    text = (tmp_path / "orders.csv").read_text()
    (tmp_path / "orders.csv").write_text("broken")
    choose(view, changed_on=date(2024, 8, 15))
    (tmp_path / "orders.csv").write_text(text)
    (tmp_path / "found.toml").write_text(view.case.to_toml())
    case = kk.read_case(tmp_path / "found.toml")
    assert kk.before_after(kk.measure_case(case), case.changed_on, **case.choices).verdict == view.answer.verdict


def test_every_control_bears_a_label_and_a_tooltip_and_every_figure_its_words(view):
    panel = view.panel
    buttons = (panel.earlier, panel.later, panel.copy, panel.save)
    for control in (*panel.chosen.values(), panel.changed_on, panel.figure, panel.unfolded, panel.toml, *buttons):
        assert control.description
        assert len(control.tooltip) > 15
    for name in panel.figure.options:
        panel.figure.value = name
        assert f'alt="{view.chart.alt[:40]}' in shown(view, "figure").replace("&#x27;", "'")
    assert 'role="status"' in shown(view, "status")


def test_texts_of_the_data_are_escaped(folder):
    table = folder / "techsolutions_upgrades.csv"
    table.write_text(table.read_text().replace("Europe", "<script>alert(1)</script>"))
    view = kk.explore(folder / "cases" / "techsolutions_upgrade_rate.toml")
    choose(view, only=(("region", "<script>alert(1)</script>"),))
    html = "".join(shown(view, name) for name in view.panel.shown)
    assert "<script" not in html
    assert "<script" not in view._repr_mimebundle_()["text/html"]


def test_a_preview_is_the_picture_of_a_chart_with_fewer_dots(view):
    small, large = (Image.open(io.BytesIO(picture)) for picture in (view.chart.preview(), view.chart.png()))
    assert small.size == pytest.approx([side * 100 / 144 for side in large.size], abs=1)
    apart = ImageChops.difference(small.convert("L"), large.resize(small.size).convert("L"))
    assert ImageStat.Stat(apart).mean[0] < 6  # of 255: the same picture, but for the edges of lines


def test_what_a_notebook_keeps_is_the_same_each_time_and_holds_no_widget(view, folder, monkeypatch):
    assert "application/vnd.jupyter.widget-view+json" in view._repr_mimebundle_()
    monkeypatch.setenv("KPIKIT_WIDGETS", "no")
    kept = view._repr_mimebundle_()
    assert list(kept) == ["text/plain", "text/html", MIME]
    assert kept == kk.explore(folder / "cases" / "techsolutions_upgrade_rate.toml")._repr_mimebundle_()
    assert kept[MIME]["verdict"] == plain(view.answer.verdict)


def test_without_ipywidgets_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr("kpikit.explorer.find_spec", lambda name: None)
    with pytest.raises(kk.KpikitError) as error:
        kk.explore("techsolutions_upgrade_rate")
    assert str(error.value) == "explore: the view is made of ipywidgets, which is not installed; pip install 'kpikit[explore]'"


def test_a_table_without_a_kpi_to_compare_is_refused():
    with pytest.raises(kk.CaseError) as error:
        kk.explore("upgrade_survey_feedback")
    said = "its table holds no KPI that can be compared before and after a date; name one with 'kpi'"
    assert str(error.value) == f"upgrade_survey_feedback: {said}"
