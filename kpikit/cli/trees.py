"""The command about what a KPI is made of: its arguments, what it calls and prints."""

from __future__ import annotations

import argparse
from decimal import Decimal, InvalidOperation
from typing import Any

from kpikit.cli.cataloguing import GOOD, Arguments, catalog_flag

EXAMPLE = (
    "kpikit tree upgrade_revenue_per_user upgrade_rate.customers_once=5% revenue_per_upgrade=20 "
    "--change upgrade_rate.customers_once=1%"
)


def add_tree_command(add: Any) -> None:
    """Tree."""
    command = add("tree", tree, "what a KPI is made of, what a step of each part makes of it, what influences it", EXAMPLE)
    command.add_argument("kpi")
    command.add_argument("values", nargs="*", type=_value, metavar="PART=VALUE", help="the value of each part; 5%% is 0.05")
    command.add_argument("--change", nargs="+", type=_value, metavar="PART=VALUE", help="what you would change, added to a part")
    command.add_argument("--variant", help="a named reading of the KPI (kpikit show KPI lists them)")
    catalog_flag(command)


def _value(text: str) -> tuple[str, Decimal]:
    part, _, number = text.partition("=")
    try:
        return part, Decimal(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a part and its number, as gross_margin=0.8 or gross_margin=80%"
        ) from None


def tree(chosen: Arguments) -> int:
    """The tree as indented text, then all that it says, and the influences that are only documented."""
    from kpikit.questions.tree import kpi_tree
    from kpikit.words.tree import documented
    from kpikit.words.tree_parts import outline

    change = dict(chosen.change) if chosen.change else None
    answer = kpi_tree(chosen.kpi, dict(chosen.values), change=change, variant=chosen.variant, catalog=chosen.catalog or ())
    print(
        "\n".join([outline(answer.verdict), "", *answer.sentences, "", "Documented, not computed:", documented(answer.verdict)])
    )
    return GOOD
