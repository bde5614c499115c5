"""A campaign of two e-mails against none: the one with an offer works, the other does not."""

import runpy
import tomllib
from functools import cache
from pathlib import Path

from kpikit.measuring.contacts import measure_contacts
from kpikit.questions.campaign import campaign
from kpikit.tables import read_table

WHAT = "the arm that works, of two, with users who share accounts"
DATA = Path(__file__).parents[2] / "data"


@cache
def _made():
    return runpy.run_path(str(DATA / "making" / "planner_campaign.py"))["table"]


@cache
def _case():
    return tomllib.loads((DATA / "cases" / "planner_campaign.toml").read_text(encoding="utf-8"))


def asked(table):
    """The answer to the case's question, asked of a table."""
    case = _case()
    told = read_table(table, kind=case["kind"], columns=case["columns"], segments=case["segments"])
    asks = dict(case["asks"])
    contacts = measure_contacts(
        told, as_of=case["as_of"], window=case["window"], control=asks.pop("control"), design=asks.pop("design")
    )
    return campaign(contacts, currency=case["currency"], **asks)


def answered(seed, *, planted):
    """Planted: the offer, and nothing else, is clear; else whether any arm or segment is."""
    verdict = asked(_made()(seed, planted=planted)).verdict
    clear = {arm["name"] for arm in verdict["arms"] if arm["clear"]}
    differs = any(test["differs"] for test in verdict["segments"]["tests"])
    return clear == {"e-mail and offer"} if planted else bool(clear) or differs
