"""Contacts: a plain-Python walk through the table counts the same, on every engine; what cannot be asked is refused."""

import runpy
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpikit.errors import CaseError, TableError
from kpikit.measuring.contacts import measure_contacts
from kpikit.measuring.engines import on_engine
from kpikit.tables import read_table

MAKING = Path(__file__).parents[1] / "data" / "making" / "planner_campaign.py"
ROLES = {"customer": "user", "date": "sent_on", "outcome_on": "upgraded_on", "amount": "revenue", "before": "revenue_before"}
AS_OF = "2026-05-08"


@pytest.fixture(scope="module")
def frame():
    return runpy.run_path(str(MAKING))["table"]().head(900)


@pytest.fixture(scope="module")
def table(frame):
    return read_table(frame, kind="customers", columns=ROLES, segments=["team"])


def asked(table, **choices):
    return measure_contacts(table, **{"as_of": AS_OF, "control": "no e-mail", "window": "30 days", **choices})


def walk(frame):
    """Each user's status and outcome, by hand: the k-th of n controls gets the date at (k - 1/2) / n of the contacts' dates."""
    rows = frame.to_dict("records")
    for team in {row["team"] for row in rows}:
        dates = sorted(row["sent_on"] for row in rows if row["team"] == team and row["sent_on"])
        controls = [row for row in rows if row["team"] == team and not row["sent_on"]]
        controls.sort(key=lambda row: [row["user"][-n:] for n in (1, 2, 3, 4)] + [row["user"]])
        for k, row in enumerate(controls, 1):
            row["sent_on"] = dates[(2 * k - 1) * len(dates) // (2 * len(controls))]
    for row in rows:
        sent = date.fromisoformat(row["sent_on"])
        moved = date.fromisoformat(row["upgraded_on"]) if row["upgraded_on"] else None
        row["status"] = "before" if moved and moved < sent else "open" if sent + timedelta(30) > date(2026, 5, 8) else "counted"
        row["yes"] = int(moved is not None and sent <= moved <= sent + timedelta(30))
    return rows


def test_every_customer_is_counted_once_as_a_walk_by_hand_counts(frame, table):
    contacts, expected = asked(table), defaultdict(int)
    for row in walk(frame):
        expected[row["arm"], row["status"]] += 1
    assert {(arm, status): n for arm, status, n in contacts.assigned.itertuples(index=False)} == expected
    assert contacts.assigned["customers"].sum() == len(frame)
    assert contacts.matched_dates == (frame["arm"] == "no e-mail").sum()


def test_the_sums_of_each_cell_are_those_of_a_walk_by_hand(frame, table):
    contacts, sums = asked(table), defaultdict(lambda: np.zeros(3))
    for row in walk(frame):
        if row["status"] == "counted":
            sums[row["arm"], row["team"]] += [1, row["yes"], row["revenue"]]
    for place, cell in contacts.cells.iterrows():
        assert contacts.sums.totals[place, :3] == pytest.approx(sums[cell["arm"], cell["team"]])


def test_the_products_are_sums_over_accounts_also_of_those_with_users_in_two_cells(frame, table):
    split = frame.assign(arm=np.where(frame.index % 7 == 0, "e-mail", frame["arm"]))
    split["sent_on"] = np.where((split["arm"] == "e-mail") & (split["sent_on"] == ""), "2026-03-30", split["sent_on"])
    contacts = asked(read_table(split, kind="customers", columns=ROLES, segments=["team"]))
    rows = pd.DataFrame(walk(split)).query("status == 'counted'")
    cells = list(contacts.cells[["arm", "team"]].itertuples(index=False, name=None))
    counts = rows.groupby("account").apply(
        lambda part: np.array([[((part["arm"] == arm) & (part["team"] == team)).sum(), part.loc[(part["arm"] == arm) & (part["team"] == team), "yes"].sum()] for arm, team in cells]),
        include_groups=False,
    )  # fmt: skip
    expected = sum(np.multiply.outer(part, part) for part in counts)
    assert contacts.sums.products[:, :2, :, :2] == pytest.approx(expected)
    assert contacts.sums.units == contacts.accounts == rows["account"].nunique()
    assert contacts.split == (split.groupby("account")["arm"].nunique() > 1).sum()


@pytest.mark.parametrize("engine", ["pandas", "polars"])
def test_another_engine_counts_alike_to_the_last_one(table, engine):
    here, there = asked(table), asked(on_engine(table, engine))
    assert there.assigned.to_dict("records") == here.assigned.to_dict("records")
    assert there.cells.astype(str).equals(here.cells.astype(str))
    assert there.sums.totals == pytest.approx(here.sums.totals, rel=1e-9)
    assert there.sums.products == pytest.approx(here.sums.products, rel=1e-9, abs=1e-6)


def small(**columns):
    rows = {"customer": list("abcdefgh"), "arm": ["none", "sent"] * 4, "outcome": [0, 1, 0, 1, 0, 0, 1, 1]}
    return pd.DataFrame({**rows, **columns})


def test_a_table_without_dates_is_taken_as_it_stands():
    contacts = measure_contacts(read_table(small(), kind="customers"), as_of=AS_OF, control="none")
    assert contacts.sums.totals.tolist() == [[4.0, 1.0], [4.0, 3.0]]


def test_arms_ids_and_accounts_may_be_numbers():
    frame = small(customer=range(8), arm=[0, 1] * 4, account=[1, 1, 2, 2, 3, 3, 4, None], date=[None, "2026-01-01"] * 4)
    table = read_table(frame.astype({"account": "Int64"}), kind="customers")
    contacts = measure_contacts(table, as_of=AS_OF, control=0, window="30 days")
    assert (contacts.arms, contacts.matched_dates, contacts.accounts) == (("0", "1"), 4, 5)
    assert contacts.cells["arm"].tolist() == ["0", "1"]


def test_rows_without_an_arm_and_arms_that_look_alike_are_said():
    frame = small(arm=["none", "sent", "none", "Sent", "none", "sent", None, "sent"])
    contacts = measure_contacts(read_table(frame, kind="customers"), as_of=AS_OF, control="none")
    told = {check.name: check.sentence for check in contacts.table_checks}
    assert told["no arm"] == "1 row names no arm: left out, as nobody knows what was assigned."
    assert "'Sent' and 'sent'" in told["names that look alike"]


def test_without_ids_each_row_is_a_customer_and_that_is_said():
    frame = small(before=[1, 1, 3, 3, 2, 2, 5, 5]).drop(columns="customer")
    contacts = measure_contacts(read_table(frame, kind="customers"), as_of=AS_OF, control="none", design="targeted")
    assert contacts.assigned["customers"].sum() == 8
    assert [(check.name, check.passed, check.sentence) for check in contacts.table_checks] == [(
        "customer ids", None,
        "No column names the customers: each row counts as one, and nobody can see whether somebody is in it twice.",
    )]  # fmt: skip


@pytest.mark.parametrize("outcome", [[False, True] * 4, ["FALSE", "TRUE"] * 4, ["no", "Yes"] * 4, [0.0, 1.0] * 4, ["f", "t"] * 4])
@pytest.mark.parametrize("engine", ["here", "pandas"])
def test_an_outcome_may_be_yes_or_no_in_many_ways(outcome, engine):
    table = read_table(small(outcome=outcome), kind="customers")
    contacts = measure_contacts(table if engine == "here" else on_engine(table, engine), as_of=AS_OF, control="none")
    assert contacts.sums.totals.tolist() == [[4.0, 0.0], [4.0, 4.0]]


def test_levels_before_are_cut_so_that_equal_values_stay_together():
    before = [0, 0, 0, 0, 0, 5, 6, 7]
    contacts = measure_contacts(
        read_table(small(before=before), kind="customers"), as_of=AS_OF, control="none", design="targeted"
    )
    zero, others = (contacts.cells[contacts.cells["level"] == 0], contacts.cells[contacts.cells["level"] > 0])
    assert contacts.sums.totals[zero.index, 0].sum() == 5
    assert contacts.sums.totals[others.index, 0].sum() == 3


def test_what_is_not_known_of_before_counts_as_the_mean_and_is_a_level_of_its_own():
    before = [1, 3, None, None, 1, 3, 1, 3]
    contacts = measure_contacts(
        read_table(small(before=before), kind="customers"), as_of=AS_OF, control="none", design="targeted"
    )
    unknown = contacts.cells[contacts.cells["level"] == -1].index
    assert contacts.sums.totals[unknown].tolist() == [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]]


def test_outcomes_that_are_not_known_are_left_out_and_counted():
    contacts = measure_contacts(
        read_table(small(outcome=[0, 1, None, 1, 0, 0, 1, 1]), kind="customers"), as_of=AS_OF, control="none"
    )
    assert contacts.assigned.to_dict("records") == [
        {"arm": "none", "status": "counted", "customers": 3},
        {"arm": "none", "status": "not known", "customers": 1},
        {"arm": "sent", "status": "counted", "customers": 4},
    ]


REFUSED = {
    "opened column": (
        {"columns": {"arm": "opened"}, "frame": small(opened=["yes", "no"] * 4).drop(columns="arm")}, {"control": "no"},
        "the frame: 'opened' says who opened or clicked, and that is no arm: those who open are keener to begin with; map the role "
        "'arm' to what was sent to whom",
    ),
    "clicked values": (
        {"frame": small(arm=["not clicked", "clicked"] * 4)}, {"control": "not clicked"},
        "the frame: 'clicked' says who opened or clicked, and that is no arm: those who open are keener to begin with; map the role "
        "'arm' to what was sent to whom",
    ),
    "no control": (
        {"frame": small()}, {"control": "non"},
        "the frame: no arm 'non' to compare with as control; did you mean 'none'?",
    ),
    "twice": (
        {"frame": small(customer=list("aabcdefg"))}, {"control": "none"},
        "the frame: 1 customer in more than one row; a campaign has one row for each assigned customer: keep one campaign with "
        "[[keep]], or the first contact of each",
    ),
    "no window": (
        {"frame": small(date=["2026-01-01"] * 8)}, {"control": "none"},
        "the frame: a campaign is followed for days from the index date, as window = \"30 days\"; not 'None'",
    ),
    "control not named": (
        {"frame": small()}, {}, "the frame: say which arm is the control, in [asks] control; there is none and sent",
    ),
    "no ids for dates": (
        {"frame": small(date=[None, "2026-01-01"] * 4).drop(columns="customer")}, {"control": "none", "window": "30 days"},
        "the frame needs the role 'customer': it has 4 controls without a date, who are given one by their ids; map it, as "
        'columns = { customer = "user_id" }',
    ),
    "no ids for accounts": (
        {"frame": small(account=["a", None] * 4).drop(columns="customer")}, {"control": "none"},
        "the frame needs the role 'customer': it has 4 rows without an account, each of which is one customer; map it, as "
        'columns = { customer = "user_id" }',
    ),
    "design": (
        {"frame": small()}, {"control": "none", "design": "random"},
        "the frame: design is 'random'; it is one of randomised, targeted",
    ),
    "nobody left": (
        {"frame": small(date=["2026-05-01", "2026-01-01"] * 4)}, {"control": "none", "window": "30 days"},
        "the frame: the arm 'none' has nobody whose window is over and who had not upgraded before",
    ),
    "one arm": (
        {"frame": small(arm=["none"] * 8)}, {"control": "none"},
        "the frame: 1 arm; a campaign has from 2 to 12, the control among them",
    ),
    "texts before": (
        {"frame": small(before=[1] * 8, earlier=["much"] * 8), "features": ["earlier"]}, {"control": "none", "earlier": "earlier"},
        "the frame: earlier holds 'much'; it must be a number, the measure before 'before'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_asked_is_refused_with_the_remedy(name):
    how, choices, message = REFUSED[name]
    how = dict(how)
    table = read_table(how.pop("frame"), kind="customers", **how)
    with pytest.raises((CaseError, TableError)) as refused:
        measure_contacts(table, as_of=AS_OF, **choices)
    assert str(refused.value) == message
