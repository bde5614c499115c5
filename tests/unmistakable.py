"""A case's table with customers whose ids are mistaken for nothing else, and where such an id is seen in what a case shows."""

import hashlib
import json
import re

import pandas as pd
from IPython.core.formatters import DisplayFormatter
from shown import PNG, shown

from kpikit.cases import read_case
from kpikit.tables.places import find_file

ID = re.compile(r"cust-[0-9a-f]{4,}")
MANY = 100_000  # rows of a table of which one customer in sixteen is enough
QUERY = "SELECT 'cust-' || md5(CAST({column} AS VARCHAR)) AS {column}, * EXCLUDE ({column})\nFROM (\n{select}\n) AS people\n"


def renamed(case_id, folder):
    """The case's table with every customer's id replaced, as a file of the folder; its first row is there twice."""
    case = read_case(case_id)
    column, path = str(case.columns.get("customer", "customer")), find_file(case.table, case.folder)
    to = folder / path.name
    if path.suffix == ".sql":
        heads, select = _parts(path.read_text(encoding="utf-8"))
        to.write_text(heads + QUERY.format(column=column, select=select), encoding="utf-8")
    else:
        table = pd.read_csv(path, dtype=str, encoding=case.encoding, keep_default_na=False)
        table[column] = table[column].map(lambda one: one and f"cust-{hashlib.md5(one.encode()).hexdigest()}")
        if len(table) > MANY:
            table = table[table[column].str.startswith("cust-0")]
        if case.kind != "customers":  # of which a table holds each once
            table = pd.concat([table.head(1), table], ignore_index=True)
        table.to_csv(to, index=False, encoding=case.encoding)
    return str(to)


def leaks(case_id, folder):
    """The ids that are seen in anything that the case's notebook shows: texts, tables and values, and what figures draw."""
    told = DisplayFormatter()
    values = shown(case_id, table=renamed(case_id, folder)).values
    outputs = [told.format(value, exclude={PNG})[0] for value in values if value is not None]
    assert outputs
    return sorted(set(ID.findall(json.dumps(outputs, default=str))))


def _parts(query):
    """The lines that name tables, and the query itself without its last semicolon."""
    lines = query.splitlines(keepends=True)
    heads = [line for line in lines if line.startswith("--")]
    return "".join(heads), "".join(line for line in lines if not line.startswith("--")).rstrip().removesuffix(";")
