"""Reads an export with dbt's own parser and validator and prints their findings; run where that package is installed."""

import sys
from pathlib import Path

import yaml
from dbt_semantic_interfaces.implementations.semantic_manifest import PydanticSemanticManifest
from dbt_semantic_interfaces.parsing.dir_to_model import parse_yaml_files_to_semantic_manifest
from dbt_semantic_interfaces.parsing.objects import YamlConfigFile
from dbt_semantic_interfaces.validations.semantic_manifest_validator import SemanticManifestValidator

SPINE = {"node_relation": {"alias": "spine", "schema_name": "s"}, "primary_column": {"name": "ds", "time_granularity": "day"}}


def documents(told):
    """The layout of a dbt project as the parser takes it: a document each, and a relation where dbt resolves `ref`."""
    yield {"project_configuration": {"time_spines": [SPINE]}}
    for model in told["semantic_models"]:
        relation = {"alias": model.pop("model").removeprefix("ref('").removesuffix("')"), "schema_name": "s"}
        yield {"semantic_model": {**model, "node_relation": relation}}
    yield from ({"metric": metric} for metric in told["metrics"])


contents = yaml.safe_dump_all(documents(yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8"))))
built = parse_yaml_files_to_semantic_manifest([YamlConfigFile(filepath="export.yml", contents=contents)])
issues = list(built.issues.all_issues)
if not issues:
    issues = list(
        SemanticManifestValidator[PydanticSemanticManifest]().validate_semantic_manifest(built.semantic_manifest).all_issues
    )
for issue in issues:
    print(issue.as_readable_str())
print(f"{len(built.semantic_manifest.metrics)} metrics, {len(issues)} issues")
