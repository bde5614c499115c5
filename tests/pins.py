"""Pins: the numbers that a case shows, kept as tests/expected/<case>.json, and where two of them differ."""

import json
import math
from itertools import takewhile
from pathlib import Path

EXPECTED = Path(__file__).parent / "expected"
WORDS = {
    "alt",
    "headline",
    "said",
    "says",
    "sentence",
    "sentences",
    "title",
    "type",
}  # rendered from the numbers: nbval reads them
WIDE = 120
#: one step of the last of six digits; the last bits of exp, log and matrix products differ by processor
RELATIVE, ABSOLUTE = 2e-5, 1e-9
ABSENT = "(absent)"


def pinned(payloads):
    """The numbers of what a case shows, by what shows them; the case itself, which is a file, is left out."""
    found = {}
    for payload in (payload for payload in payloads if payload["type"] != "case"):
        name, count = payload.get("kind", payload["type"]), 2
        while name in found:
            name, count = f"{name.split(' ')[0]} {count}", count + 1
        found[name] = _without_words(payload["spec"] if payload["type"] == "chart" else payload)
    return json.loads(json.dumps(found))


def _without_words(value):
    if isinstance(value, dict):
        return {key: _without_words(item) for key, item in value.items() if key not in WORDS}
    return [_without_words(item) for item in value] if isinstance(value, (list, tuple)) else value


def read_pin(case_id, folder=EXPECTED):
    """The pin of a case, None where it has none yet."""
    path = folder / f"{case_id}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def write_pin(case_id, pin, folder=EXPECTED):
    folder.mkdir(exist_ok=True)
    (folder / f"{case_id}.json").write_text(laid_out(pin) + "\n", encoding="utf-8", newline="\n")


def laid_out(value, indent=""):
    """JSON with one row a line, so that a diff shows which."""
    line = json.dumps(value, ensure_ascii=False)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    row = not any(isinstance(item, (dict, list)) for item in inner) and not isinstance(value, dict)
    if row or len(indent + line) <= WIDE:
        return line
    deeper = indent + " "
    keys = [f"{json.dumps(key, ensure_ascii=False)}: " for key in value] if isinstance(value, dict) else [""] * len(value)
    lines = ",\n".join(f"{deeper}{key}{laid_out(item, deeper)}" for key, item in zip(keys, inner, strict=True))
    first, last = "{}" if isinstance(value, dict) else "[]"
    return f"{first}\n{lines}\n{indent}{last}"


def differences(old, new, where=""):
    """Each value that differs: where it is, the old one, the new one."""
    before, after = _by_name(old), _by_name(new)
    if not isinstance(before, dict) or not isinstance(after, dict):
        if not _same(old, new):
            yield where, old, new
        return
    for key in before | after:
        yield from differences(before.get(key, ABSENT), after.get(key, ABSENT), f"{where} / {key}" if where else key)
    if set(before) == set(after) and list(before) != list(after):
        yield f"{where} / (order)", list(before), list(after)


def _same(old, new):
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (old, new))
    if numbers and float in (type(old), type(new)):
        return math.isclose(old, new, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return type(old) is type(new) and old == new


def _by_name(value):
    """Tables as rows of named cells, and lists by the words that their items begin with, else by place."""
    if isinstance(value, dict) and set(value) == {"columns", "rows"}:
        columns, rows = value["columns"], value["rows"]
        cells = [f"{name} ({place})" if name in columns[:place] else name for place, name in enumerate(columns)]
        return _by_name([dict(zip(cells, row, strict=True)) for row in rows]) | ({} if rows else {"columns": columns})
    if not isinstance(value, list):
        return value
    names = [_name(item) for item in value]
    return dict(zip(names if all(names) and len(set(names)) == len(names) else map(str, range(len(value))), value, strict=True))


def _name(item):
    cells = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
    return ", ".join(takewhile(lambda cell: isinstance(cell, str), cells))


def told(where, old, new, most=60):
    """One difference as a line."""
    before, after = (value if value is ABSENT else json.dumps(value, ensure_ascii=False) for value in (old, new))
    return f"{where}: {before[:most]} -> {after[:most]}"
