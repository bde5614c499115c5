"""An invented campaign of a maker of planning software: who was sent which e-mail, and who moved to the dearer plan.

Planted: the e-mail with an offer raises the share that upgrades within 30 days by EFFECT for everybody alike; the e-mail without
an offer does nothing. An upgrade brings about 40 euros within the window.

What leads a careless reader astray:
- Whoever opens an e-mail is keener to begin with: openers upgrade about three times as often as the others, whatever was sent.
- Some had upgraded before anything was sent; they open and answer like everybody else, and are no success of the campaign.
- Users of one account decide together, and whole accounts were drawn for an arm: counted one by one they look like more evidence
  than they are.
- The last e-mails were sent two weeks before the table was made: their 30 days are not over.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

SEED = 11
ACCOUNTS = 3_300
ARMS = ("no e-mail", "e-mail", "e-mail and offer")
EFFECT = 0.07
BASE = 0.06
FIRST_DAY = pd.Timestamp("2026-03-02")
WAVES, AS_OF = 9, pd.Timestamp("2026-05-08")  # a wave a week; of the last three the 30 days are not over
TEAMS = ("up to 5 users", "6 to 20 users", "over 20 users")


def table(seed: int = SEED, *, planted: bool = True) -> pd.DataFrame:
    """The assigned users, one row each; without `planted` the offer does nothing either."""
    draw = np.random.Generator(np.random.PCG64(seed))
    users = _users(draw)
    keen = users["account_keen"] + draw.normal(0, 1, len(users))
    users["opened"] = np.where(users["arm"] == ARMS[0], "", np.where(keen + draw.normal(0, 1, len(users)) > 0.4, "yes", "no"))
    sent = FIRST_DAY + pd.to_timedelta(7 * users["wave"], unit="D")
    upgraded = _upgraded(draw, keen, sent, (users["arm"] == ARMS[2]) & planted)
    within = (upgraded >= sent) & (upgraded <= sent + pd.Timedelta(days=30))
    before = (users["price"] * (1 + draw.normal(0, 0.1, len(users)))).clip(lower=5)
    more = np.where(within, draw.uniform(25, 55, len(users)), 0.0)
    amount = (before + draw.normal(0, 5, len(users))).clip(lower=0) + more
    upgraded = upgraded.where(upgraded <= AS_OF)
    return pd.DataFrame(
        {
            "user": users["user"],
            "account": users["account"],
            "team": users["team"],
            "arm": users["arm"],
            "sent_on": sent.dt.strftime("%Y-%m-%d").where(users["arm"] != ARMS[0], ""),
            "opened": users["opened"],
            "upgraded_on": upgraded.dt.strftime("%Y-%m-%d").fillna(""),
            "revenue_before": before.round(2),
            "revenue": amount.round(2),
        }
    )


def _upgraded(draw: np.random.Generator, keen: pd.Series, sent: pd.Series, moved: pd.Series) -> pd.Series:
    """The day on which each user upgrades: sooner or later anyway, and EFFECT of those whom the offer moves within 30 days."""
    wait = draw.exponential(1.0, len(keen)) * 30 / (BASE * np.exp(0.55 * keen - 0.25))
    anyway = FIRST_DAY - pd.Timedelta(days=30) + pd.to_timedelta(wait.round().clip(upper=9_999), unit="D")
    by_offer = sent + pd.to_timedelta(draw.integers(0, 31, len(keen)), unit="D")
    follows = moved & (draw.random(len(keen)) < EFFECT)
    return anyway.where(~follows | (anyway < by_offer), by_offer)


def _users(draw: np.random.Generator) -> pd.DataFrame:
    """Accounts of one to six users, each with an arm, a wave, a team size and how keen it is."""
    size = draw.integers(1, 4, ACCOUNTS)
    accounts = pd.DataFrame(
        {
            "account": [f"A{number:04d}" for number in range(1, ACCOUNTS + 1)],
            "arm": draw.permutation(np.resize(np.array(ARMS, dtype=object), ACCOUNTS)),
            "wave": draw.integers(0, WAVES, ACCOUNTS),
            "team": draw.choice(np.array(TEAMS, dtype=object), ACCOUNTS, p=[0.5, 0.3, 0.2]),
            "account_keen": draw.normal(0, 0.8, ACCOUNTS),
            "price": draw.uniform(20, 60, ACCOUNTS).round(2),
        }
    )
    users = accounts.loc[np.repeat(accounts.index, size)].reset_index(drop=True)
    return users.assign(user=[f"U{number:05d}" for number in range(1, len(users) + 1)])
