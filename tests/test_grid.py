"""A case for each value: which values there are, and names for their reports that are safe for files."""

import csv
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path, PureWindowsPath

import pytest

from kpikit.cases import read_case
from kpikit.errors import CaseError, TableError
from kpikit.report.grid import jobs_of, values_of
from kpikit.report.record import Job

ROOT = Path(__file__).parents[1]
HOSTILE = [
    "../../x", "/etc/passwd", "C:\\x", "<script>alert(1)</script>", "con", "CON", "nul.txt", "🚀", "🚀🚀", "\u202eabc", "abc", "a" * 10_000,
    "a" * 9_999, "EU", "eu", "Eu ", "Île", "", " ", ".", "..", "~", "-rf", "a\nb", "a\0b", "%2e%2e", "Ελλάδα", "index.html", "\ud800",
]  # fmt: skip


def grid(out=Path("out"), name="rate", **instead):
    return Job(name, out, instead)


def names(*values):
    return [job.name for job in jobs_of(grid(), [{"region": value} for value in values])]


# --- names -------------------------------------------------------------------------------------------------------------


def test_every_hostile_value_is_a_plain_name_inside_the_folder():
    for name in names(*HOSTILE):
        assert re.fullmatch(r"rate\.[a-z0-9][a-z0-9-]{0,39}-[0-9a-f]{8}", name), name
        assert not PureWindowsPath(name).is_reserved()
        assert (Path("out") / name).resolve().parent == Path("out").resolve()
    assert len({name.casefold() for name in names(*HOSTILE)}) == len(HOSTILE)


def test_a_name_tells_what_it_is_about_and_is_the_same_in_every_run():
    assert names("North America", "🚀") == ["rate.north-america-421b6a9e", "rate.value-4bf1ef8a"]
    run = "from kpikit.report.grid import jobs_of; from kpikit.report.record import Job; from pathlib import Path;"
    run += "print(jobs_of(Job('rate', Path('out')), [{'region': 'North America'}])[0].name)"
    again = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, cwd=ROOT, env={"PYTHONHASHSEED": "7"})
    assert again.stdout.split() == names("North America")


def test_values_of_several_columns_that_run_together_have_names_of_their_own():
    of = [{"a": "x-y", "b": "z"}, {"a": "x", "b": "y-z"}, {"b": "z", "a": "x-y"}, {"a": "x-y-z"}]
    made = [job.name for job in jobs_of(grid(), of)]
    assert {name.rpartition("-")[0] for name in made} == {"rate.x-y-z", "rate.z-x-y"}
    assert len(set(made)) == 4


def test_names_stay_apart_where_short_hashes_meet(monkeypatch):
    class Alike:
        def __init__(self, text):
            self.text = text

        def hexdigest(self):
            return "0" * 8 + self.text.hex()[:56].rjust(56, "0")

    monkeypatch.setattr("kpikit.report.grid.sha256", Alike)
    assert len(set(names("a!", "a?"))) == 2


def test_a_job_of_a_grid_says_what_it_is_about_beside_all_that_was_given():
    whole = replace(grid(Path("o"), only={"plan": "pro"}, as_of="2026-01-01"), secrets=("S",))
    (job,) = jobs_of(whole, [{"region": "EU"}])
    assert job.instead == {"only": {"plan": "pro", "region": "EU"}, "as_of": "2026-01-01"}
    assert (job.case, job.out, job.of, job.part, job.secrets) == ("rate", Path("o"), "rate", "plan: pro; region: EU", ("S",))


def test_names_are_made_without_what_reading_a_table_needs():
    heavy = "print(sorted({'pandas', 'numpy', 'duckdb', 'narwhals', 'matplotlib', 'papermill'} & set(sys.modules)))"
    code = f"import sys, kpikit.report.grid, kpikit.report.overview, kpikit.report.record, kpikit.cases; {heavy}"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT).stdout == "[]\n"


# --- values ------------------------------------------------------------------------------------------------------------

ASKED = (
    'question = "scorecard"\ntitle = "Did it rise?"\nkpi = "upgrade_rate"\nwindow = "month"\ntable = "t.csv"\nkind = "counts"\n'
)
ASKED += 'columns = { period = "month", numerator = "up", denominator = "subs" }\nas_of = 2025-03-05\n'


@pytest.fixture
def case(tmp_path):
    """A case whose table has these values in the columns `region` and `plan`, with further lines of TOML."""

    def case(lines, regions=("EU", "US", "EU"), plans=("pro", "pro", "basic")):
        with (tmp_path / "t.csv").open("w", newline="") as file:
            rows = [("2025-01", region, plan, 1, 10) for region, plan in zip(regions, plans, strict=False)]
            csv.writer(file).writerows([("month", "region", "plan", "up", "subs"), *rows])
        (tmp_path / "c.toml").write_text(ASKED + lines, encoding="utf-8")
        return read_case(tmp_path / "c.toml")

    return case


def refusal(case):
    with pytest.raises((CaseError, TableError)) as error:
        values_of(case)
    return str(error.value)


@pytest.mark.parametrize(
    ("lines", "values"),
    [
        ('for_each = "region"', [{"region": "EU"}, {"region": "US"}]),
        ('for_each = ["region", "plan"]', [{"region": "EU", "plan": "basic"}, {"region": "EU", "plan": "pro"}, {"region": "US", "plan": "pro"}]),
        ('for_each = { region = "US" }', [{"region": "US"}]),
        ('for_each = "region"\nonly = { plan = "basic" }', [{"region": "EU"}]),
        ('for_each = "region"\nonly = { region = ["US"] }', [{"region": "US"}]),
        ('for_each = "region"\n[[keep]]\ncolumn = "plan"\none_of = ["basic"]', [{"region": "EU"}]),
        ('for_each = { region = ["EU", "US"], plan = ["pro"] }', [{"region": "EU", "plan": "pro"}, {"region": "US", "plan": "pro"}]),
    ],
)  # fmt: skip
def test_there_is_one_report_for_each_value_that_is_left(case, lines, values):
    assert values_of(case(lines)) == values


MEANT = "list those that are meant"


@pytest.mark.parametrize(
    ("lines", "regions", "said"),
    [
        ('for_each = "region"', ["1", "20", "-3.5"], f"c: for_each names 'region', which holds numbers; {MEANT}: {{ region = [\"-3.5\", \"1\"] }}"),
        ('for_each = "region"', ["2025-01-31"] * 3, f"c: for_each names 'region', which holds dates; {MEANT}: {{ region = [\"2025-01-31\"] }}"),
        ('for_each = "region"', ["2025-Q1", "2025-Q2", "2025-Q2"], f"c: for_each names 'region', which holds dates; {MEANT}: {{ region = [\"2025-Q1\", \"2025-Q2\"] }}"),
        ('for_each = "month"', ["EU"] * 3, "c: for_each names 'month', the period that is measured; name a column that says whose the rows are, as a region"),
        ('for_each = { region = ["EU", "UK"] }', ["EU"] * 3, "c: for_each lists region = 'UK', and no row that is kept has it; take it out"),
        ('for_each = "region"\nrevenue_per_unit = 1.0\nprogramme_cost = 5.0', ["EU"] * 3, "c: programme_cost is that of all parts together, and each report of for_each is about one; take it out"),
        ('for_each = "plan"\nonly = { region = "UK" }', ["EU"] * 3, "c: for_each: the keep rules removed all rows, so there is nothing to report on"),
        ('for_each = "country"', ["EU"] * 3, "t.csv: no column 'country' in the header; there is month, region, plan, up, subs; name the right ones in columns, as columns = { period = \"month\" }, in segments or in keep"),
    ],
)  # fmt: skip
def test_a_grid_that_cannot_be_is_refused(case, lines, regions, said):
    assert refusal(case(lines, regions)) == said


def test_numbers_that_are_listed_are_names(case):
    assert values_of(case('for_each = { region = ["7", "8"] }', ["7", "8", "9"])) == [{"region": "7"}, {"region": "8"}]
    assert values_of(case('for_each = "region"', ["7", "8", "none"])) == [{"region": "7"}, {"region": "8"}, {"region": "none"}]


def test_a_grid_of_more_than_a_thousand_reports_is_refused(case):
    many = [f"r{number}" for number in range(1_001)]
    assert len(values_of(case('for_each = "region"', many[:-1], ["pro"] * 1_001))) == 1_000
    assert (
        refusal(case('for_each = "region"', many, ["pro"] * 1_001))
        == "t.csv: more than 1,000 values stand in 'region'; look at a part of them"
    )


def test_hostile_values_are_only_values(case):
    known = [value for value in HOSTILE if value.strip() and not set(value) & {"\0", "\ud800"}]
    found = values_of(case('for_each = "region"', known, ["pro"] * len(known)))
    assert [of["region"] for of in found] == sorted(known)
