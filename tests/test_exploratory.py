"""exploratory: the other KPIs of a case, as hypotheses."""

import numpy as np
from small_tables import asked, measured

from kpikit.questions.exploratory import exploratory
from kpikit.stats.multiple import holm

WAVE = [0, 9, -7, 4, -9, 6, 8, -5, -3, 7, -8, 2]
STILL = [150 + WAVE[place % 12] for place in range(30)]
MOVED = [count + 60 * (place >= 24) for place, count in enumerate(STILL)]


def test_their_p_values_are_adjusted_for_how_many_were_looked_at():
    others = {"first": measured(MOVED, 1000), "second": measured(STILL, 1000), "third": measured(STILL[::-1], 1000)}
    answer = exploratory(others, "2024-01-01", start_reason="planned", target=0.3)
    alone = [asked(counts, 1000, "2024-01-01", start_reason="planned") for counts in (MOVED, STILL, STILL[::-1])]
    raw = [next(e for e in told.verdict["estimates"] if e["leads"])["p_value"] for told in alone]
    assert answer.table["adjusted p"].tolist() == [f"{p:.3f}" for p in holm(raw)]
    assert answer.table["change"].tolist() == [told.verdict["effect"]["value"] for told in alone]
    assert answer.table["moved"].tolist() == ["hypothesis", "no", "no"]
    assert answer.headline == (
        "Beside the primary KPI 3 others were looked at: Upsell Ratio moved clearly, which is a hypothesis."
    )


def test_of_none_it_says_so():
    answer = exploratory({}, "2024-01-01")
    assert answer.headline == "The case asks about one KPI; no other was looked at."
    assert answer.table.empty


def test_one_that_cannot_be_known_is_left_open():
    alike = exploratory({"only": measured([100.0] * 6, 1000.0, noise="spread")}, "2022-04-01", start_reason="planned")
    assert alike.table["adjusted p"].tolist() == ["not known"]
    assert np.isnan(alike.table["change_low"].astype(float)).all()
