"""kpikit.catalog.folders and loading: a user's definitions join the package's, and never take the place of one."""

import os

import pytest
from tiny_definition import TINY

from kpikit.catalog import kpi_ids, load_kpi, read_definition
from kpikit.catalog.folders import KPIS, _stated, place_of, state
from kpikit.catalog.searching import search
from kpikit.errors import DefinitionError


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A user's folder with one definition, tiny."""
    monkeypatch.delenv("KPIKIT_CATALOG", raising=False)
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "tiny.toml").write_text(TINY, encoding="utf-8")
    return folder


def refusal(call, *arguments):
    with pytest.raises(DefinitionError) as told:
        call(*arguments)
    return str(told.value)


@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_a_folder_that_is_named_joins_the_packages_own(own, kind):
    assert kpi_ids(kind(own)) == sorted([*kpi_ids(), "tiny"])
    assert load_kpi("tiny", kind(own)).name == "Tiny"
    assert load_kpi("upgrade_rate", kind(own)).name == "Upgrade Rate"


def test_without_being_named_it_is_not_there(own):
    assert "tiny" not in kpi_ids()


def test_the_environment_variable_names_folders_as_path_does(own, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    (other / "small.toml").write_text(TINY.replace('id = "tiny"', 'id = "small"'), encoding="utf-8")
    monkeypatch.setenv("KPIKIT_CATALOG", os.pathsep.join([str(own), "", str(other)]))
    assert {"tiny", "small"} <= set(kpi_ids())
    assert load_kpi("small").id == "small"


def test_a_folder_named_twice_is_looked_into_once(own, monkeypatch):
    monkeypatch.setenv("KPIKIT_CATALOG", str(own))
    assert kpi_ids(own, own / "." / ".." / "own", KPIS).count("tiny") == 1


def test_an_id_that_stands_in_two_folders_is_refused_with_both_places(own):
    (own / "upgrade_rate.toml").write_text(TINY.replace('id = "tiny"', 'id = "upgrade_rate"'), encoding="utf-8")
    message = (
        f"two definitions bear the id 'upgrade_rate': {KPIS / 'upgrade_rate.toml'} and {own / 'upgrade_rate.toml'}; "
        "give yours another id and file name"
    )
    assert refusal(kpi_ids, own) == refusal(load_kpi, "upgrade_rate", own) == refusal(load_kpi, "tiny", own) == message


def test_a_folder_that_is_not_there_is_refused(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    assert refusal(kpi_ids, gone) == f"no folder of definitions '{gone}'; make it, or name one that is there"
    monkeypatch.setenv("KPIKIT_CATALOG", str(gone))
    assert refusal(kpi_ids) == f"no folder of definitions '{gone}' that KPIKIT_CATALOG names; make it, or name one that is there"


def test_a_file_is_no_folder(own):
    place = own / "tiny.toml"
    assert refusal(kpi_ids, place) == f"no folder of definitions '{place}'; make it, or name one that is there"


def test_only_toml_files_are_definitions(own):
    (own / "folder.toml").mkdir()
    (own / "notes.txt").write_text("a note", encoding="utf-8")
    (own / "below").mkdir()
    (own / "below" / "deep.toml").write_text(TINY, encoding="utf-8")
    assert set(kpi_ids(own)) - set(kpi_ids()) == {"tiny"}


def test_what_begins_with_a_dot_is_left_to_who_wrote_it(own):
    (own / "._tiny.toml").write_bytes(b"\x00\x05\x16\x07")
    (own / ".#tiny.toml").symlink_to("nobody@nowhere")
    assert set(kpi_ids(own)) - set(kpi_ids()) == {"tiny"}
    assert search("tiny", catalog=own).ids[0] == "tiny"


def test_a_definition_that_is_taken_away_between_the_list_and_the_reading_is_told(own):
    place = place_of("tiny", own)
    entry = next(entry for entry in os.scandir(own) if entry.name == "tiny.toml")
    place.unlink()
    assert (
        refusal(read_definition, place) == f"{place}: No such file or directory; put it back, or see to it that you may read it"
    )
    assert _stated(entry) == (str(place), 0, 0)


def test_a_link_to_a_file_elsewhere_is_a_definition(own, tmp_path):
    (tmp_path / "far.toml").write_text(TINY.replace('id = "tiny"', 'id = "near"'), encoding="utf-8")
    (own / "near.toml").symlink_to(tmp_path / "far.toml")
    assert load_kpi("near", own).id == "near"


@pytest.mark.parametrize(
    "kpi_id", ["../kpis/upgrade_rate", "kpis/upgrade_rate", "/upgrade_rate", "upgrade_rate\0", "upgrade_rate.toml", "", "."]
)
def test_an_id_is_no_path(own, kpi_id):
    assert refusal(load_kpi, kpi_id, own).startswith(f"no KPI '{kpi_id}'; ")


def test_the_nearest_id_is_offered_from_all_folders(own):
    assert refusal(load_kpi, "tinny", own) == "no KPI 'tinny'; did you mean 'tiny'?"


def test_the_place_of_a_definition_is_its_file(own):
    assert place_of("tiny", own) == own / "tiny.toml"


def test_a_file_that_was_changed_is_seen(own):
    before = state(own)
    assert state(own) == before
    (own / "tiny.toml").write_text(TINY + "# a remark\n", encoding="utf-8")
    assert state(own) != before
