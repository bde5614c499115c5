"""Two KPIs or variants side by side: what differs is said in words, and whether their values may be compared."""

from dataclasses import replace

import pytest
from small_kpis import kpi_of

import kpikit as kk
from kpikit.catalog.folders import KPIS
from kpikit.catalog.side_by_side import beside, comparable
from kpikit.cli import main
from kpikit.errors import DefinitionError
from kpikit.kpi import ATTRIBUTES


def reading(
    kind="share", counts="flow", kpi_id="small", unit="percent", better="higher", window=None, denominator="bases", **formula
):
    kpi = replace(kpi_of(kind, counts, unit=unit, kpi_id=kpi_id, **formula), better=better)
    variant = replace(kpi.variants[0], window=window)
    if kind != "composed":
        variant = replace(variant, computes=replace(variant.computes, denominator=denominator))
    return replace(kpi, variants=(variant,)), variant


SHARE = reading()
OTHERS = {
    "the same unit, counts and base": (
        reading(kpi_id="other"), "Yes, over one table and window: the same unit, kind of counts and base."
    ),
    "another direction": (
        reading(kpi_id="other", better="lower"),
        "Yes, over one table and window: the same unit, kind of counts and base. But of Upgrade Rate higher is better and of "
        "Upgrade Rate lower is better.",
    ),
    "another unit": (reading("ratio", "quantity", unit="money"), "No: one is in percent, the other in money."),
    "another kind": (
        reading("rate"), "No: one is a share, a part of a whole, the other a rate of events, which may pass 1."
    ),
    "other counts": (
        reading(counts="cohort"),
        "No: one is of counts in which everybody is at risk afresh in each period, the other of counts in which each one is followed once.",
    ),
    "another base": (
        reading(denominator="visitors"),
        "Only where 'bases' and 'visitors' are the same ones in your data; otherwise a difference may come from the base alone.",
    ),
    "composed": (
        reading("composed", "parts", combine="product", of=("a", "b")),
        "Only with care: some are composed of other KPIs, which holds as far as these fit each other, some counted.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("other", "said"), OTHERS.values(), ids=OTHERS)
def test_whether_values_compare_is_said_with_the_reason(other, said):
    assert comparable([SHARE, other]) == f"May their values be compared? {said}"


def test_two_windows_do_not_compare():
    days, ever = (reading("follow_on", "cohort", window=window) for window in ("30 days", "ever"))
    assert (
        comparable([days, ever]) == "May their values be compared? No: one is counted over 30 days, the other counted over ever."
    )


def test_a_base_written_with_other_capitals_is_the_same():
    assert "Yes" in comparable([SHARE, reading(denominator="Bases")])


def test_the_published_readings_of_two_publishers_do_not_compare():
    sides = kk.side_by_side("upgrade_rate", "upsell_ratio")
    assert sides.columns == ("Upgrade Rate (upgrade_rate.all_subscribers)", "Upsell Ratio (upsell_ratio.published)")
    assert sides.says == (
        "May their values be compared? No: one is a rate of events, which may pass 1, the other a share, a part of a whole.",
        "A variant never borrows another's bands or benchmarks: each keeps its own.",
    )
    rows = {row.name: row for row in sides.rows}
    assert rows["unit"].mark == "same"
    assert rows["cadence"].cells == (("every month",), ("every quarter",))
    assert rows["bands"].cells == (
        ("below target: up to 20%", "on target: up to 30%", "excellent: above 30%"),
        ("below target: up to 20%", "on target: above 20%"),
    )
    assert rows["example"].cells[0] == ("26 of 200 is 13.0%, below target (made up)",)
    assert rows["moves"].cells[0] == ("upsell_ratio", "product_upsell_rate", "product_upgrade_ratio")


def test_what_moves_a_kpi_is_what_says_so_of_itself():
    movers = {each for each in kk.kpi_ids() if "upsell_ratio" in kk.load_kpi(each).attributes["change_impact"]}
    cells = next(row.cells for row in kk.side_by_side("upgrade_rate", "upsell_ratio").rows if row.name == "is moved by")
    assert set(cells[1]) == movers
    assert movers


def test_one_id_alone_sets_its_variants_side_by_side():
    sides = kk.side_by_side("upgrade_rate")
    variants = kk.load_kpi("upgrade_rate").variants
    assert sides.columns == tuple(f"{each.name} (upgrade_rate.{each.id})" for each in variants)
    assert "unit" not in {row.name for row in sides.rows}, "what is said of the KPI as a whole is no difference"
    assert sides.says[1].endswith("only upgrade_rate.all_subscribers has any.")


def test_what_none_of_them_has_is_left_out():
    assert not {"less", "made of", "benchmarks"} & {row.name for row in beside([SHARE, reading(kpi_id="other")]).rows}


def test_what_differs_is_marked_in_words():
    told = str(beside([SHARE, reading(denominator="visitors", kpi_id="other")]))
    assert "\nunit: same\n   percent\n" in told
    assert "\ndenominator: differs\nA  bases\nB  visitors\n" in told


def test_attributes_come_on_request():
    sides = kk.side_by_side("upgrade_rate", "upsell_ratio", attributes="all")
    assert [row.name for row in sides.rows[-12:]] == [f"attribute: {key.replace('_', ' ')}" for key in ATTRIBUTES]
    risks = kk.load_kpi("upgrade_rate").attributes["risk_warnings"]
    few = kk.side_by_side("upgrade_rate", "upsell_ratio", attributes=["risk_warnings"]).rows[-1]
    assert (few.name, few.cells[0]) == ("attribute: risk warnings", tuple(risks))


def test_it_displays_itself_as_a_table_with_every_text_escaped():
    kpi, variant = reading(denominator="<script>alert(1)</script>")
    shown = beside([(kpi, variant), reading(kpi_id="other")])._repr_mimebundle_()
    assert "<script" not in shown["text/html"]
    assert "<td>&lt;script&gt;alert(1)&lt;/script&gt;</td>" in shown["text/html"]
    assert '<th scope="row">denominator</th><td>differs</td>' in shown["text/html"]
    assert shown["application/vnd.kpikit+json"]["type"] == "side_by_side"


def test_its_table_is_a_frame_of_texts():
    table = kk.side_by_side("upgrade_rate", "upsell_ratio").table.set_index("what")
    assert table.loc["unit"].tolist() == ["same", "percent", "percent"]


REFUSED = {
    ("upgrade_rate", "upgrade_rate"): (
        "side by side stand two or more different readings, not upgrade_rate.all_subscribers and upgrade_rate.all_subscribers"
    ),
    ("upgrade_rate.customers_once",): "side by side stand two or more different readings, not upgrade_rate.customers_once",
    (): "side by side stand two or more different readings, not none",
    ("upgrade_rate", "upgrade_rat"): "no KPI 'upgrade_rat'; did you mean 'upgrade_rate'?",
    ("upgrade_rate.customer_once", "upsell_ratio"): "upgrade_rate: no variant 'customer_once'; did you mean 'customers_once'?",
}


@pytest.mark.parametrize(("readings", "message"), REFUSED.items())
def test_what_cannot_stand_side_by_side_is_refused(readings, message):
    with pytest.raises(DefinitionError) as error:
        kk.side_by_side(*readings)
    assert str(error.value) == message


def test_an_attribute_that_is_none_is_refused():
    with pytest.raises(DefinitionError) as error:
        kk.side_by_side("upgrade_rate", "upsell_ratio", attributes="risk_warning")
    assert str(error.value) == "no attribute 'risk_warning'; did you mean 'risk_warnings'?"


def test_the_command_prints_the_same(capsys):
    assert main(["compare-kpis", "upgrade_rate", "upsell_ratio"]) == 0
    assert capsys.readouterr().out == f"{kk.side_by_side('upgrade_rate', 'upsell_ratio')}\n"


def test_a_users_own_definitions_join(tmp_path):
    own = kk.load_kpi("upsell_ratio")
    text = (KPIS / "upsell_ratio.toml").read_text(encoding="utf-8")
    (tmp_path / "my_ratio.toml").write_text(text.replace('id = "upsell_ratio"', 'id = "my_ratio"', 1))
    sides = kk.side_by_side("upsell_ratio", "my_ratio", catalog=tmp_path)
    assert sides.columns == (f"{own.name} (upsell_ratio.published)", f"{own.name} (my_ratio.published)")
    assert {row.mark for row in sides.rows if row.name != "is moved by"} == {"same"}
