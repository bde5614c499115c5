"""The whole catalogue as MetricFlow's YAML, read by dbt's own parser and validator in an environment apart from kpikit's."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from kpikit.authoring import export_metrics

#: the package (Apache-2.0) holds back libraries that kpikit runs on, so it is in no lock
APART = [
    sys.executable, "-m", "uv", "run", "--quiet", "--no-project", "--isolated", "--with", "dbt-semantic-interfaces==0.10.5", "python",
]  # fmt: skip
READER = Path(__file__).with_name("metricflow_parser.py")


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """Runs dbt's parser on a text; skipped by name where its package cannot be fetched."""
    if subprocess.run([*APART, "-c", "import dbt_semantic_interfaces"], capture_output=True, timeout=300).returncode:
        pytest.skip("dbt-semantic-interfaces could not be fetched")
    file = tmp_path_factory.mktemp("export") / "export.yml"

    def findings(text):
        file.write_text(text, encoding="utf-8")
        return subprocess.run([*APART, str(READER), str(file)], capture_output=True, text=True, timeout=300, check=True).stdout

    return findings


def test_dbts_own_validator_finds_nothing_in_the_whole_catalogue(findings):
    text = export_metrics()
    assert findings(text) == f"{len(yaml.safe_load(text)['metrics'])} metrics, 0 issues\n"


@pytest.mark.parametrize(("right", "wrong"), [("name: gross_margin\n", "name: gross__margin\n"), ("type: ratio", "type: share")])
def test_it_would_find_a_fault(findings, right, wrong):
    text = export_metrics("gross_margin").replace(right, wrong)
    assert not findings(text).endswith(" 0 issues\n")
