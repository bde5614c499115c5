"""YAML files of others, read as plain data: no alias, no tag, no key twice, and every fault with its line."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from kpikit.catalog.folders import MOST_BYTES, text_of
from kpikit.errors import DefinitionError

DEEPEST = 40  # tables and lists in each other


def read_yaml(path: Path) -> list[Any]:
    """The documents of a YAML file; DefinitionError names the line that must be mended."""
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise DefinitionError(f"{path.name}: the file has {size:,} bytes; at most {MOST_BYTES:,} are read, so split it")
    text = text_of(path)
    try:
        return [document for document in yaml.load_all(text, Loader=_Plain) if document is not None]
    except yaml.MarkedYAMLError as error:
        raise DefinitionError(f"{path.name}: {_told(error, text.splitlines())}") from error
    except (yaml.YAMLError, ValueError) as error:  # a character that is none of YAML, a date that is none
        raise DefinitionError(f"{path.name}: this is no YAML: {str(error).splitlines()[0]}") from error


class _Plain(yaml.SafeLoader):
    """PyYAML's safe loader without what makes a small file large (aliases), or what kpikit has no use for (tags)."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise _fault(f"the alias '*{event.anchor}' is not read; write out what it stands for", event)
        if getattr(event, "tag", None) not in (None, "!"):
            raise _fault(f"the tag '{event.tag}' is not read; take it out", event)
        if self.depth >= DEEPEST:
            raise _fault("it is nested too deeply here; metrics are tables in lists, and little more", event)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise _fault(f"the key '{key.value}' stands there twice; take one out", key)
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else None)
        return super().construct_mapping(node, deep)


def _fault(problem: str, at: Any) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, at.start_mark)


def _told(error: yaml.MarkedYAMLError, lines: list[str]) -> str:
    number = error.problem_mark.line if error.problem_mark else 0
    braced = number < len(lines) and ": {{" in lines[number]
    mend = "; a filter that begins with {{ stands in quotes" if braced else ""
    return f"line {number + 1}: {error.problem}{mend}"
