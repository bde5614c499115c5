"""The arguments of each command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from kpikit.cli import commands, reporting
from kpikit.cli.cataloguing import add_catalog_commands, catalog_flag
from kpikit.cli.commands import DEFAULT_ENCODING, Arguments
from kpikit.cli.exchange import add_exchange_commands
from kpikit.cli.pages import add_page_commands
from kpikit.cli.replaying import add_replay_command
from kpikit.cli.reporting import add_fleet_flags
from kpikit.cli.review_commands import add_review_commands
from kpikit.cli.trees import add_tree_command
from kpikit.cli.watching import add_watch_commands

CHECK = "kpikit check subs.csv --kind counts --columns period=month numerator=upgrades denominator=subscribers"
REPORT = (
    "kpikit report techsolutions_upgrade_rate --open; or: kpikit report --kpi upgrade_rate --table subs.csv --kind counts "
    "--columns period=month numerator=upgrades denominator=subscribers --window month --changed-on 2025-06-10"
)
#: how a table is counted and written, one text each
PLAIN = (
    ("--kpi", "the KPI's id"),
    ("--window", 'what the rate is counted over: day, week, month, quarter, year, "30 days", ever'),
    ("--period", "how the series is cut: day, week, month, quarter, year"),
    ("--changed-on", "the day of the change; without it, a scorecard"),
    ("--as-of", "the day on which the table was taken (default: today)"),
    ("--kind", "counts, volumes, events, plans, orders, customers, answers or ratings"),
    ("--date-format", "as %%d.%%m.%%Y (default: ISO dates)"),
    ("--separator", "between fields (default: the one of , ; tab | that splits the header)"),
    ("--decimal", "the decimal mark, . or ,"),
    ("--thousands", "the mark between thousands"),
    ("--time-zone", "where periods are cut, as Europe/Berlin, for dates with an offset"),
    ("--sheet", "a workbook's sheet or a database file's table"),
    ("--connection", "the environment variable that holds a database's address"),
    ("--duplicates", "rows equal in every column: refuse, keep or drop"),
    ("--first-weekday", "the day on which a week begins (default: monday)"),
    ("--year-starts", "the month in which a year begins (default: january)"),
    ("--locale", "how numbers are written, as de_DE (default: English)"),
)
#: assignments, several each
ASSIGNED = (
    ("--columns", "ROLE=COLUMN", "which column plays which role; commas sum"),
    ("--event-names", "ROLE=EVENT", "for events: numerator=upgrade denominator=active; for plans: trial=trial left=cancelled"),
    ("--cuts", "COLUMN=POINTS", "cut points that make a column of numbers a segment: tenure_days=90,365"),
    ("--only", "COLUMN=VALUE", "the part of the table that is looked at: region=Europe plan=pro,basic"),
    ("--counting", "CHOICE=VALUE", "how this case counts where others count differently: per=subscription"),
)


def _pair(text: str) -> tuple[Any, Any]:
    from decimal import Decimal, InvalidOperation

    above, _, denominator = text.partition("/")
    numerator, minus, less = above.partition("-")
    try:
        return tuple(_whole(Decimal(part)) for part in (numerator, denominator, *([less] if minus else [])))
    except InvalidOperation:
        said = f"'{text}' is not two numbers, as 150/1000, or three for a balance, as 50-20/100"
        raise argparse.ArgumentTypeError(said) from None


def _whole(number: Any) -> Any:
    return int(number) if number == number.to_integral_value() else number


def _assignments(items: Sequence[str] | None) -> dict[str, Any]:
    """role=column, several columns by commas: {"denominator": ["in_situ", "mined"]}."""
    pairs = (item.partition("=")[::2] for item in items or [])
    return {role: column.split(",") if "," in column else column for role, column in pairs}


class _Assign(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, namespace: Arguments, values: Any, option: str | None = None) -> None:
        for value in values:
            if "=" not in value:
                parser.error(f"{option}: '{value}' is not role=column")
        found = _assignments(values)
        if self.dest in ("event_names", "cuts"):
            found = {role: [names] if isinstance(names, str) else names for role, names in found.items()}
        if self.dest == "cuts":
            found = {column: [_number(parser, option, cut) for cut in cuts] for column, cuts in found.items()}
        setattr(namespace, self.dest, found)


def _number(parser: argparse.ArgumentParser, option: str | None, text: str) -> Any:
    from decimal import Decimal, InvalidOperation

    try:
        return _whole(Decimal(text))
    except InvalidOperation:
        return parser.error(f"{option}: '{text}' is not a number")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    whole = argparse.ArgumentParser(
        prog="kpikit",
        description="Did the KPI really move? Exit codes: 0 good, 1 a check or report failed, 2 misuse, 3 there is news (watch).",
    )
    kinds = whole.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, call: Any, text: str, example: str) -> argparse.ArgumentParser:
        command = kinds.add_parser(name, help=text, description=text, epilog=f"example: {example}")
        command.set_defaults(command=call)
        return command

    add_catalog_commands(add)
    add_tree_command(add)
    add_exchange_commands(add)
    add_review_commands(add)
    add_page_commands(add)
    add_replay_command(add)
    add_watch_commands(add)
    _numbers(add)
    check = add("check", commands.check, "reads a table or case as strictly as a report does, and says what is in it", CHECK)
    check.add_argument("table", help="a file, a case's id or the path of a case file")
    new = add("new-case", commands.new_case, "looks at a table's columns and writes a case to edit", "kpikit new-case subs.csv")
    new.add_argument("table")
    new.add_argument("--to", help="where the case is written (default: beside the table)")
    new.add_argument("--kpi", help="the KPI it is about")
    new.add_argument("--question", help="what is asked: before_after, scorecard, funnel ...; its [asks] stand in the draft")
    catalog_flag(new)
    verify = add(
        "verify", commands.verify, "counts a case on several engines and compares the counts, to the last one",
        "kpikit verify techsolutions_upgrade_rate --engines duckdb,polars,spark",
    )  # fmt: skip
    verify.add_argument("case", help="an id of data/cases, or the path of a case file")
    verify.add_argument(
        "--engines", default="duckdb,pandas,arrow", help="of duckdb, pandas, polars, arrow, spark, ibis; by commas"
    )
    ranked = add(
        "approach", commands.approach, "writes the ranked list of customers to approach, of a case that asks who upgrades",
        "kpikit approach invoicing_segments --out calls.csv",
    )  # fmt: skip
    ranked.add_argument("case", help="an id of data/cases, or the path of a case file")
    ranked.add_argument("--out", required=True, help="the file to write, outside the reports folder")
    report = add(
        "report", reporting.report, "runs cases to reports (default: all in data/cases), or a table without a case file", REPORT
    )
    add_fleet_flags(report)
    for command in (check, report):
        catalog_flag(command)
        _of_tables(command)
        _of_kpis(command)
    return whole


def _numbers(add: Any) -> None:
    """The commands that take numbers instead of a table."""
    one = add("value", commands.value, "what two numbers say", "kpikit value upgrade_rate 15/100")
    two = add("compare", commands.compare, "what four numbers say", "kpikit compare upgrade_rate 150/1000 250/1000")
    for command in (one, two):
        command.add_argument("kpi")
        _of_kpis(command)
        catalog_flag(command)
    one.add_argument("counts", type=_pair, metavar="NUMERATOR/DENOMINATOR", help="as 15/100; a balance as 50-20/100")
    two.add_argument("before", type=_pair, metavar="BEFORE", help="as 150/1000")
    two.add_argument("after", type=_pair, metavar="AFTER", help="as 250/1000")


def _of_kpis(command: argparse.ArgumentParser) -> None:
    command.add_argument("--variant", help="a named reading of the KPI (kpikit show KPI lists them)")
    command.add_argument("--benchmark", help="the industry of one of the KPI's benchmarks")
    command.add_argument("--target", type=float, help="your own target; of percent and points a fraction")


def _of_tables(command: argparse.ArgumentParser) -> None:
    for flag, text in PLAIN:
        command.add_argument(flag, help=text)
    for flag, shape, text in ASSIGNED:
        command.add_argument(flag, nargs="+", action=_Assign, metavar=shape, help=text)
    command.add_argument("--segments", nargs="+", metavar="COLUMN", help="columns to cut by")
    command.add_argument("--plan-order", nargs="+", metavar="PLAN", help="for plans: their names from the lowest to the highest")
    command.add_argument("--header-row", type=int, help="the line that the header stands on (default: 1)")
    command.add_argument("--encoding", default=DEFAULT_ENCODING, help="as latin-1 (default: utf-8)")
