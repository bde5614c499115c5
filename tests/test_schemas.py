"""kpikit.authoring.schemas: every definition and case that is shipped fits the schema, and a wrong one does not."""

import json
import tomllib
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tiny_definition import TINY

from kpikit.authoring import schema, write_schema
from kpikit.authoring.key_notes import CASE, DEFINITION
from kpikit.cases import KEYS as CASE_KEYS
from kpikit.catalog.definitions import KEYS, read_definition
from kpikit.catalog.folders import KPIS
from kpikit.errors import DefinitionError

ROOT = Path(__file__).parents[1]
CASES = sorted((ROOT / "data" / "cases").glob("*.toml"))
KPI, A_CASE = (Draft202012Validator(schema(of)) for of in ("kpi", "case"))
COMPOSED = """\
kind = "composed"
counts = "parts"
combine = "product"
of = ["upgrade_rate", "gross_margin"]
"""
PARTS = "parts = { upgrade_rate = 0.12, gross_margin = 0.5 }\nvalue = 0.06\n"
LEAST = (
    'title = "What now?"\ntable = "a.csv"\nkind = "counts"\nas_of = 2026-01-01\nkpi = "upgrade_rate"\nchanged_on = 2025-07-01\n'
)


def plain(value):
    """TOML as editors hand it to a schema: dates are texts."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def faults(validator, text):
    """Where the schema finds fault, as dotted paths."""
    return {".".join(map(str, error.absolute_path)) for error in validator.iter_errors(plain(tomllib.loads(text)))}


@pytest.mark.parametrize("of", ["kpi", "case"])
def test_a_schema_is_one_of_the_draft_that_it_names(of):
    made = schema(of)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(made)


@pytest.mark.parametrize("path", sorted(KPIS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_definition_that_is_shipped_fits(path):
    assert faults(KPI, path.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_that_is_shipped_fits(path):
    assert faults(A_CASE, path.read_text(encoding="utf-8")) == set()


def test_the_smallest_definition_and_case_fit():
    assert faults(KPI, TINY) == set()
    assert faults(A_CASE, LEAST) == set()
    assert faults(KPI, composed()) == set()


def composed():
    """The tiny definition as one that is composed of others."""
    text = TINY.replace('kind = "share"\ncounts = "flow"\nnumerator = "users"\ndenominator = "customers"\n', COMPOSED)
    return text.replace("numerator = 1\ndenominator = 10\nvalue = 0.1\n", PARTS)


def test_every_key_has_a_note_and_no_note_is_without_its_key():
    assert {table: set(notes) for table, notes in DEFINITION.items()} == {table: set(keys) for table, keys in KEYS.items()}
    assert set(CASE) == set(CASE_KEYS)


def test_each_key_is_explained_where_it_is_typed():
    made = schema("kpi")
    tables = {"definition": made, **{name: table for name, table in made["$defs"].items() if name != "measures"}}
    assert all(key["description"] for table in tables.values() for key in table["properties"].values())
    assert all(key["description"] for key in schema("case")["properties"].values())


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("unit =", "uint =", ""),
        ('id = "tiny"', "id = \"__import__('os')\"", "id"),
        ('id = "tiny"', 'id = "../tiny"', "id"),
        ('better = "higher"', 'better = "up"', "better"),
        ('cadence = "month"', 'cadence = "daily"', "cadence"),
        ('functions = ["sales"]', 'functions = "sales"', "functions"),
        ('name = "Tiny"', 'name = ""', "name"),
        ('kind = "share"', 'kind = "shares"', "variant.0.kind"),
        ('counts = "flow"', 'counts = "quantity"', "variant.0.counts"),
        ('kind = "share"', 'kind = "balance"', "variant.0"),
        ('kind = "share"', 'kind = "share"\nless = "losers"', "variant.0"),
        ('kind = "share"', 'kind = "share"\nof = ["a", "b"]', "variant.0"),
        ('kind = "share"', 'kind = "share"\nmoves = ["sideways"]', "variant.0.moves.0"),
        ('bands_source = "made up"\n', "", "variant.0"),
        ("below = 0.15", "below = 15", "variant.0.bands.0.below"),
        ("below = 0.15", "below = 1.5", "variant.0.bands.0.below"),
        ("below = 0.15", "below = 0.15\nup_to = 0.15", "variant.0.bands.0"),
        ("below = 0.15", 'below = "15 %"', "variant.0.bands.0.below"),
        ("value = 0.1", 'value = "10 %"', "variant.0.example.value"),
        ("[variant.example]", "[variant.measures]\nplan = {}\n[variant.example]", "variant.0.measures"),
        ("[variant.example]", '[variant.measures]\norders = { numerator = "revenu", denominator = "orders" }\n[variant.example]', "variant.0.measures.orders.numerator"),
        ("[variant.example]", '[variant.measures]\nratings = { numerator = "at_least nine", denominator = "answers" }\n[variant.example]', "variant.0.measures.ratings.numerator"),
        ('risk_warnings = "Prose."', "risk_warnings = []", "attributes.risk_warnings"),
        ('risk_warnings = "Prose."\n', "", "attributes"),
    ],
)  # fmt: skip
def test_what_the_reader_refuses_the_schema_marks_at_its_place(tmp_path, old, new, where):
    assert old in TINY
    text = TINY.replace(old, new, 1)
    assert where in faults(KPI, text)
    (tmp_path / "tiny.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError):
        read_definition(tmp_path / "tiny.toml")


@pytest.mark.parametrize("old", ["combine =", "of ="])
def test_a_composed_kpi_needs_its_parts_and_how_they_are_combined(old):
    text = "\n".join(line for line in composed().splitlines() if not line.startswith(old))
    assert faults(KPI, text) == {"variant.0"}


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("title =", "titel =", ""),
        ('kind = "counts"', 'kind = "count"', "kind"),
        ("as_of = 2026-01-01", 'as_of = "soon"', "as_of"),
        ("changed_on = 2025-07-01\n", "", ""),
        ('kpi = "upgrade_rate"\n', "", ""),
        ("changed_on", 'question = "scorecards"\nchanged_on', "question"),
        ("changed_on", 'question = "funnel"\nasks = { step = ["a"] }\nchanged_on', "asks"),
        ("changed_on", "header_row = -1\nchanged_on", "header_row"),
        ("changed_on", 'segments = "plan"\nchanged_on', "segments"),
        ("changed_on", 'catalog = 3\nchanged_on', "catalog"),
    ],
)  # fmt: skip
def test_a_wrong_case_is_marked_at_its_place(old, new, where):
    assert where in faults(A_CASE, LEAST.replace(old, new, 1))


def test_an_unknown_schema_is_refused_with_those_that_exist():
    with pytest.raises(DefinitionError) as told:
        schema("cases")
    assert str(told.value) == "there is no schema of 'cases'; did you mean 'case'?"


def test_a_schema_is_written_as_json(tmp_path):
    place = write_schema("case", tmp_path / "case.schema.json")
    assert json.loads(place.read_text(encoding="utf-8")) == schema("case")
