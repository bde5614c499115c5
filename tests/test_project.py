"""The project itself: one set of versions, public names, a README that is true, a sample that is of today."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import kpikit as kk
from kpikit.cases import read_case
from kpikit.cases.asks import ASKS
from kpikit.catalog import kpi_ids
from kpikit.cli import main
from kpikit.measures import MEASURES
from kpikit.measuring import measure_case
from kpikit.measuring.counting import CHOICES, NAMED
from kpikit.moments import FREQUENCY
from kpikit.questions.before_after import before_after
from kpikit.tables import KINDS
from kpikit.tables.files import OPENERS
from kpikit.tables.how import Said
from kpikit.tables.keep import CONDITIONS

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NOT_ON_CONDA = ("rtoml",)  # comes by pip
CONDA_NAMES = {"matplotlib": "matplotlib-base", "seaborn": "seaborn-base", "duckdb": "python-duckdb"}


def specifiers(requirements):
    parsed = [Requirement(text) for text in requirements]
    return {one.name: str(one.specifier) for one in parsed}


LOCKS = {"requirements.lock": ["core", "demo", "dev"], "requirements-heavy.lock": ["core", "spark", "postgres", "demo"]}


def locked(lock="requirements.lock"):
    lines = re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", (ROOT / lock).read_text(encoding="utf-8"), re.M)
    versions = {}
    for name, version in lines:
        versions.setdefault(name.lower().replace("_", "-"), []).append(version)
    return versions


@pytest.mark.parametrize(("lock", "group"), [(lock, group) for lock, groups in LOCKS.items() for group in groups])
def test_a_lock_satisfies_what_the_project_asks_for(lock, group):
    wanted = PROJECT["dependencies"] if group == "core" else PROJECT["optional-dependencies"][group]
    versions = locked(lock)
    for requirement in map(Requirement, wanted):
        found = versions[requirement.name.lower().replace("_", "-")]
        assert all(requirement.specifier.contains(version) for version in found), requirement.name


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_hashes_and_no_address(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"https?://|index-url|find-links|file:", text)
    assert text.count("--hash=sha256:") > len(locked(lock))


def test_the_heavy_lock_changes_no_version_of_the_other():
    heavy = locked("requirements-heavy.lock")
    assert {name: heavy.get(name) for name in locked()} == locked()


def test_conda_gets_the_same_versions():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    plain = [item for item in environment["dependencies"] if isinstance(item, str) and item not in ("pip",)]
    conda = specifiers(item for item in plain if not item.startswith("python>"))
    core = {CONDA_NAMES.get(name, name): spec for name, spec in specifiers(PROJECT["dependencies"]).items()}
    (pip,) = (item["pip"] for item in environment["dependencies"] if isinstance(item, dict))
    by_pip = specifiers(item for item in pip if item.startswith(NOT_ON_CONDA))
    assert conda | by_pip == core
    assert set(PROJECT["optional-dependencies"]["demo"]) <= set(pip)


def test_no_public_name_is_that_of_a_module_or_folder():
    rooms = {path.stem for path in (ROOT / "kpikit").iterdir()}
    assert not rooms & set(kk.__all__)


@pytest.mark.parametrize("name", kk.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert getattr(kk, name).__doc__


def test_importing_kpikit_imports_no_heavy_library():
    code = "import sys, kpikit; print([m for m in ('pandas', 'numpy', 'matplotlib', 'duckdb', 'papermill') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_the_commands_in_the_readme_print_what_it_says(capsys):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n\$ kpikit (.*)\n([\s\S]*?)```", readme)
    assert blocks
    for command, expected in blocks:
        main(shlex.split(command))
        assert capsys.readouterr().out == expected


def test_every_path_that_the_readme_names_is_there():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in re.findall(r"\]\(([^)#]+)\)", readme):
        assert (ROOT / path).exists(), path


def test_the_page_on_tables_names_every_option_kind_role_choice_and_check_of_the_reading():
    page = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    choices = {key: set(values) for kind in CHOICES.values() for key, values in kind.items()}
    names = {*Said.__annotations__, *KINDS, *choices, *CONDITIONS, *OPENERS, *FREQUENCY, "first_weekday", "year_starts"}
    names |= {role for kind in KINDS.values() for role in kind.roles} | {name for kind in NAMED.values() for name in kind}
    names |= set.union(*choices.values())
    said = set(re.findall(r"\.?[\w-]+(?: out\b)?", " ".join(re.findall(r"`([^`]+)`", re.sub(r"```[\s\S]*?```", "", page)))))
    assert names - said == set()
    code = "".join(
        path.read_text(encoding="utf-8")
        for room in ("tables", "measuring", "series")
        for path in (ROOT / "kpikit" / room).glob("*.py")
    )
    checks = set(re.findall(r'Check\(\s*"([a-z ]+)"', code))
    assert len(checks) > 15
    assert {check for check in checks if check not in page} == set()


def test_the_page_on_tables_says_of_every_measure_what_it_is():
    page = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| (\w+) \| `(\w+)` \| (.*) \|$", page, re.M))
    assert told >= {(kind, name, what) for kind, measures in MEASURES.items() for name, what in measures.items()}


def test_the_sample_is_what_todays_code_says():
    case = read_case("techsolutions_upgrade_rate")
    answer = before_after(measure_case(case), case.changed_on, **case.choices)
    sample = json.loads((ROOT / "reports" / "sample" / "answer.json").read_text(encoding="utf-8"))
    assert sample["sentences"] == answer.sentences
    assert [check["sentence"] for check in sample["checks"]] == [check.sentence for check in answer.checks]


def test_files_stay_small():
    sizes = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "kpikit").rglob("*.py")}
    assert max(sizes.values()) <= 300, {name: lines for name, lines in sizes.items() if lines > 300}
    assert sum(sizes[name] for name in ("formulas.py", "bands.py", "kpi.py")) < 500


def test_the_top_level_is_the_one_that_was_asked_for():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    top = {line.split("/")[0] for line in listed.stdout.splitlines()}
    asked = {"notebooks", "kpikit", "data", "reports", "tests", "environment.yml", "README.md"}
    beside = {"pyproject.toml", "Makefile", *LOCKS, "LICENSE", "CHANGELOG.md", "docs"}
    assert {name for name in top if not name.startswith(".")} <= asked | beside
    assert asked <= top


def test_the_page_on_the_questions_has_each_with_its_cases_and_the_meaning_of_every_key():
    page = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
    for question, keys in ASKS.items():
        assert f"## `{question}`: " in page
        for key, ask in keys.items():
            assert f"| `{key}` | {ask.note} |" in page
    told = {path.stem: read_case(path).question for path in (ROOT / "data" / "cases").glob("*.toml")}
    assert {name for name, question in told.items() if question in ASKS and f"`{name}`" not in page} == set()


def test_the_readme_counts_the_kpis_right():
    told = re.search(r"(\d+) KPIs of customer expansion", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert int(told[1]) == len(kpi_ids())
