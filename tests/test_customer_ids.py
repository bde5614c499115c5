"""No customer id in what is sent: every question that counts customers is asked of a table whose ids are mistaken for nothing."""

import pytest
from unmistakable import ID, leaks

CASES = [
    "photo_editor_funnel", "planner_campaign", "upgrade_survey_feedback", "design_app_lifetime", "coffee_shop_openings",
    "invoicing_segments", "ladder_variants", "cdnow_order_value", "complete_journey_coupons", "online_retail_upsell",
]  # fmt: skip


@pytest.mark.parametrize("case_id", CASES)
def test_nothing_that_a_notebook_shows_holds_the_id_of_a_customer(case_id, tmp_path):
    assert leaks(case_id, tmp_path) == []


def test_an_id_would_be_seen_in_a_sentence_a_table_and_a_value():
    assert ID.findall('{"a": "as cust-7f3a01 of", "b": [["cust-00ff"]], "c": "cust-x"}') == ["cust-7f3a01", "cust-00ff"]
