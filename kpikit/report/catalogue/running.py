"""How a KPI is run: the command and the lines of Python for each kind of table, made from what the definition says."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kpikit.kpi import Kpi, Variant
from kpikit.measures import measured_roles
from kpikit.tables.roles import KINDS

SUMS = ("counts", "volumes")
#: a part of a measure's name -> the role that it needs beside those that every table of its kind has
NEEDED = {"revenue": "amount", "_amount": "amount", "product": "product", "several_lines": "line"}
#: what counting more of orders needs
MORE = {"new": (), "dearer": ("price",), "upsell": ("price", "line"), "cross-sell": ("line",)}
PLANS = ("basic", "pro", "enterprise")
LEFT = {"trial": ["trial"], "left": ["cancelled"]}
FOLLOWED = "30 days"  # where a reading follows somebody and its window is the user's to say
AS_OF = "2026-01-31"
LONGEST = 40  # letters of a column's name
JOINING = ("a", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with")  # words that it does not end with


@dataclass(frozen=True)
class Run:
    """What a table of one kind needs to be told so that a reading is measured on it."""

    kpi: str
    kind: str
    window: str
    columns: Mapping[str, str]
    variant: str = ""
    event_names: Mapping[str, list[str]] = field(default_factory=dict)
    plan_order: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """The command line."""
        parts = [
            f"kpikit report --kpi {self.kpi}" + (f" --variant {self.variant}" if self.variant else ""),
            f"--table {self.kind}.csv --kind {self.kind}",
            "--columns " + " ".join(f"{role}={column}" for role, column in self.columns.items()),
        ]
        if self.event_names:
            parts.append("--event-names " + " ".join(f"{role}={','.join(names)}" for role, names in self.event_names.items()))
        if self.plan_order:
            parts.append(f"--plan-order {' '.join(self.plan_order)}")
        return " \\\n    ".join([*parts, f"--window {shlex.quote(self.window)} --as-of {AS_OF}"])

    @property
    def python(self) -> str:
        """The lines of Python."""
        named = {role: column for role, column in self.columns.items() if role != column}
        read = _call("table = kk.read_table", f"{self.kind}.csv", kind=self.kind, columns=named)
        how = {"variant": self.variant, "event_names": self.event_names, "plan_order": list(self.plan_order)}
        counted = _call("series = kk.measure", self.kpi, table=None, as_of=AS_OF, window=self.window, **how)
        return f"{read}\n{counted}"


def runs(kpi: Kpi, variant: Variant, leaves: Mapping[str, Variant]) -> list[Run]:
    """How a reading is run on each kind of table that it names; a composed one on the kinds that all its leaves share."""
    if not variant.computes.composed:
        return [_run(kpi, variant, [variant], kind) for kind in variant.tables]
    shared = set.intersection(*(set(leaf.measures) for leaf in leaves.values())) & {"plans", "orders"}
    return [_run(kpi, variant, list(leaves.values()), kind) for kind in sorted(shared)]


def case_of_parts(kpi: Kpi, variant: Variant, leaves: Mapping[str, Variant]) -> str:
    """The case of a composed reading on one table of sums, which holds two columns for each leaf; empty where that is no way."""
    if not leaves or any(leaf.computes.less for leaf in leaves.values()):
        return ""
    columns = {key: [_named(leaf.computes.numerator), _named(leaf.computes.denominator)] for key, leaf in leaves.items()}
    head = {
        "title": f"Where does the {kpi.name} stand?", "question": "scorecard", "kpi": kpi.id, "variant": variant.id,
        "window": kpi.cadence, "table": "volumes.csv", "kind": "volumes",
    }  # fmt: skip
    lines = [f"{key} = {json.dumps(value)}" for key, value in head.items()]
    also = [f"{json.dumps(key)} = {json.dumps(pair)}" for key, pair in columns.items()]
    return "\n".join([*lines, f"as_of = {AS_OF}", 'columns = { period = "period" }', "", "[also]", *also])


def _run(kpi: Kpi, variant: Variant, counted: Sequence[Variant], kind: str) -> Run:
    """`counted` are the readings whose columns the table must have: the own one, or those of the parts."""
    followed = FOLLOWED if variant.computes.kind == "follow_on" else kpi.cadence
    named = "" if variant is kpi.variants[0] else variant.id
    events = {role: [_named(getattr(variant.computes, role))] for role in ("numerator", "denominator")}
    needed = {role: column for each in counted for role, column in _columns(each, kind).items()}
    return Run(
        kpi.id, kind, variant.window or followed, needed, named,
        LEFT if kind == "plans" else events if kind == "events" else {}, PLANS if kind == "plans" else (),
    )  # fmt: skip


def _columns(variant: Variant, kind: str) -> dict[str, str]:
    """Role -> a column for it: of sums named after what they are, of rows after the role."""
    if kind in SUMS:
        roles = ("numerator", "less", "denominator")
        return {"period": "period"} | {role: _named(phrase) for role in roles if (phrase := getattr(variant.computes, role))}
    return {role: role for role in KINDS[kind].roles if role in {*_always(kind), *_needed(variant, kind)}}


def _always(kind: str) -> set[str]:
    known = KINDS[kind]
    shown = {"customers": {"customer", "date", "outcome"}, "ratings": {"customer"}}.get(kind, set())
    return {role for role in known.roles if role not in known.optional} | shown


def _needed(variant: Variant, kind: str) -> set[str]:
    """The roles that need not be in a table of this kind, and that this reading needs."""
    measures = measured_roles(variant.measures[kind]).values()
    found = {role for measure in measures for part, role in NEEDED.items() if part in measure}
    if kind == "orders" and not measures:
        found |= {"product", *MORE[variant.counting.get("more", "new")]}
    return found


def _named(phrase: str) -> str:
    """A column's or event's name for what a phrase counts.

    >>> _named("customers who bought higher-value products")
    'customers_who_bought_higher_value'
    """
    words = re.findall(r"[a-z0-9]+", phrase.lower())
    while words and (len("_".join(words)) > LONGEST or words[-1] in JOINING):
        words.pop()
    return "_".join(words) or "counted"


def _call(function: str, first: str, **given: object) -> str:
    """A call as Python writes it, in double quotes; what is None stands by its name alone, what is empty not at all."""
    told = [name if value is None else f"{name}={json.dumps(value)}" for name, value in given.items() if value is None or value]
    return f"{function}({', '.join([json.dumps(first), *told])})"
