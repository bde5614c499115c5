"""kpikit.authoring.kpi_drafts: a draft says what to fill in, loads as soon as that is done, and is never written over."""

import json
import re

import pytest

from kpikit.authoring import new_kpi, schema
from kpikit.catalog import load_kpi
from kpikit.catalog.checking import check_catalog
from kpikit.catalog.definitions import read_definition
from kpikit.errors import DefinitionError
from kpikit.formulas import KINDS

TEXT = "Said."


def mended(text):
    """The draft with a text in every empty place of a line marked MEND."""
    lines = [re.sub(r'""', f'"{TEXT}"', line, count=1) if "MEND" in line else line for line in text.splitlines()]
    return "\n".join(lines)


def refusal(*arguments, **more):
    with pytest.raises(DefinitionError) as told:
        new_kpi(*arguments, **more)
    return str(told.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_draft_loads_as_soon_as_its_marked_lines_are_filled_in(tmp_path, kind):
    place = new_kpi("seat_use", tmp_path / "kpis", kind=kind)
    with pytest.raises(DefinitionError) as told:
        read_definition(place)
    assert str(told.value) == "seat_use.toml: 'question' is ''; it must be text"
    place.write_text(mended(place.read_text(encoding="utf-8")), encoding="utf-8")
    kpi = load_kpi("seat_use", tmp_path / "kpis")
    assert (kpi.name, kpi.question, kpi.variant().computes.kind) == ("Seat Use", TEXT, kind)
    assert check_catalog(tmp_path / "kpis") == []


def test_each_line_that_must_be_filled_in_is_marked(tmp_path):
    text = new_kpi("seat_use", tmp_path).read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if '""' in line and "MEND" not in line and not line.startswith("#")] == []


def test_a_draft_names_the_schema_that_lies_beside_it(tmp_path):
    place = new_kpi("seat_use", tmp_path)
    assert place.read_text(encoding="utf-8").splitlines()[0] == "#:schema ./kpi.schema.json"
    assert json.loads((tmp_path / "kpi.schema.json").read_text(encoding="utf-8")) == schema("kpi")


def test_a_name_may_be_given(tmp_path):
    assert 'name = "Seats \\"used\\""' in new_kpi("seat_use", tmp_path, name='Seats "used"').read_text(encoding="utf-8")


def test_nothing_is_written_over(tmp_path):
    place = new_kpi("seat_use", tmp_path)
    place.write_text("mine", encoding="utf-8")
    assert (
        refusal("seat_use", tmp_path)
        == f"{place} defines 'seat_use' already; choose another id, or edit that file if it is yours"
    )
    assert place.read_text(encoding="utf-8") == "mine"


def test_an_id_of_the_catalogue_is_left_to_it(tmp_path):
    message = refusal("upgrade_rate", tmp_path / "kpis")
    assert message.endswith(
        "upgrade_rate.toml defines 'upgrade_rate' already; choose another id, or edit that file if it is yours"
    )
    assert not (tmp_path / "kpis").exists()


@pytest.mark.parametrize("kpi_id", ["../seat_use", "a/b", "seat use", "", "__import__('os')"])
def test_a_path_is_no_id(tmp_path, kpi_id):
    assert (
        refusal(kpi_id, tmp_path)
        == f"'{kpi_id}' is no id; it is a plain name of letters a to z, digits and underscores, as upgrade_rate"
    )
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_kind_is_refused_with_the_nearest(tmp_path):
    assert refusal("seat_use", tmp_path, kind="shares") == "no formula of kind 'shares'; did you mean 'share'?"
