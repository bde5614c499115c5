"""kpikit.catalog.searching: what people type finds the KPI they mean, and says why; filters narrow it down."""

from functools import cache

import pytest
from tiny_definition import TINY

from kpikit.answer import MIME
from kpikit.catalog import kpi_ids, load_kpi
from kpikit.catalog.heads import read_head, read_heads
from kpikit.catalog.index import MOST_WORDS, Index
from kpikit.catalog.searching import search
from kpikit.catalog.spelling import alike, joined, lines_of, mended, words_of
from kpikit.errors import DefinitionError

#: what is typed -> the KPI that must come first
GOLDEN = {
    # names, ids and synonyms as they are
    "Upgrade Rate": "upgrade_rate", "upgrade_rate": "upgrade_rate", "plan upgrade rate": "upgrade_rate", "NRR": "net_revenue_retention",
    "net dollar retention": "net_revenue_retention", "GRR": "gross_revenue_retention", "AOV": "average_order_value",
    "ARPU": "average_revenue_per_user", "LTV": "customer_lifetime_value", "CLV": "customer_lifetime_value",
    "CAC": "customer_acquisition_cost", "NPS": "net_promoter_score", "CSAT": "customer_satisfaction_score",
    "CES": "customer_effort_score", "dau/mau": "stickiness", "LTV:CAC": "ltv_to_cac_ratio", "quick ratio": "quick_ratio",
    # mistyped
    "uprgade rate": "upgrade_rate", "chrun": "customer_churn_rate", "net revenu retention": "net_revenue_retention",
    "acquisiton cost": "customer_acquisition_cost", "first pass yeild": "first_pass_yield",
    "onbording completion": "onboarding_completion_rate", "coupon redemtion": "coupon_redemption_rate",
    # in another order, in part, begun
    "order value average": "average_order_value", "lifetime value of a customer": "customer_lifetime_value",
    "utilization of capacity": "capacity_utilization", "ltv cac": "ltv_to_cac_ratio", "cac payback": "cac_payback_period",
    "gross retention": "gross_revenue_retention", "promoter score": "net_promoter_score", "reactiv": "reactivation_rate",
    # in the plural, put together and apart, British
    "trial conversions": "trial_conversion_rate", "downgrades": "downgrade_rate", "renewals": "renewal_rate",
    "repeat purchases": "repeat_purchase_rate", "seats": "seat_expansion_rate", "cross-sell rate": "cross_sell_rate",
    "cross sell rate": "cross_sell_rate", "crosssell ratio": "cross_sell_ratio", "crossselling rate": "cross_sell_rate",
    "addon attach rate": "add_on_attach_rate", "up-sell ratio": "upsell_ratio", "win back": "win_back_offer_rate",
    "capacity utilisation": "capacity_utilization",
    # in plain words
    "churn": "customer_churn_rate", "customer churn": "customer_churn_rate", "revenue per user": "average_revenue_per_user",
    "satisfaction": "customer_satisfaction_score", "basket size": "items_per_order", "time to value": "days_to_value",
    "free trial to paid": "trial_conversion_rate", "reactivated customers": "reactivation_rate", "scrap": "scrap_rate",
    "how many customers leave us": "customer_churn_rate", "who comes back": "reactivation_rate",
    "percentage of customers who buy again": "repeat_purchase_rate",
    "feature adoption": "feature_adoption_rate", "contraction": "contraction_rate", "failed payment recovery": "payment_recovery_rate",
}  # fmt: skip


@cache
def heads():
    return {head.id: head for head in read_heads()}


@pytest.fixture(autouse=True)
def _own_catalogue_alone(monkeypatch):
    monkeypatch.delenv("KPIKIT_CATALOG", raising=False)


@pytest.mark.parametrize(("typed", "kpi_id"), GOLDEN.items())
def test_what_people_type_finds_what_they_mean(typed, kpi_id):
    assert search(typed).ids[0] == kpi_id


@pytest.mark.parametrize("kpi_id", kpi_ids())
def test_every_kpi_comes_first_by_its_id_its_name_and_each_synonym(kpi_id):
    kpi = load_kpi(kpi_id)
    assert {name: search(name).ids[0] for name in (kpi.id, kpi.name, *kpi.synonyms)} == dict.fromkeys(
        (kpi.id, kpi.name, *kpi.synonyms), kpi_id
    )


@pytest.mark.parametrize("kpi_id", kpi_ids())
def test_a_head_says_what_the_definition_says(kpi_id):
    kpi, head = load_kpi(kpi_id), heads()[kpi_id]
    for key in ("id", "name", "question", "cadence", "unit", "better", "owner", "synonyms", "functions", "industries", "related"):
        assert getattr(head, key) == getattr(kpi, key)
    assert set(head.kinds) == {variant.computes.kind for variant in kpi.variants}
    assert set(head.tables) == {table for variant in kpi.variants for table in variant.tables}
    assert kpi.attributes["definition"].startswith(head.definition)
    assert head.impact == tuple(kpi.attributes["change_impact"])


def test_the_first_lines_say_how_many_were_found_and_what_was_read_as_something_else():
    found = search("chrun", limit=2)
    fitting = search("churn", limit=1000).ids
    assert found.counts == (len(fitting), len(kpi_ids()))
    assert found.sentences == [f"{len(fitting)} of {len(kpi_ids())} KPIs for 'chrun'; the first 2.", "Read 'chrun' as 'churn'."]
    assert search("reten").sentences[1:] == []


def test_the_reason_is_the_name_that_is_the_very_one_or_the_words():
    assert search("NRR").table["why"][0] == "its synonym 'NRR'"
    assert search("Upgrade Rate").table["why"][0] == "its name 'Upgrade Rate'"
    assert search("upgrade_rate").table["why"][0].startswith("its ")
    assert search("chrun").table["why"][0] == "churn in the name"


def test_a_name_that_is_the_very_one_scores_a_hundred_and_nothing_else_does():
    scores = search("upgrade rate").table["score"].tolist()
    assert scores[0] == 100
    assert scores == sorted(scores, reverse=True)
    assert max(scores[1:]) < 100


def test_without_words_all_that_the_filters_leave_are_listed_by_name():
    every = search(limit=1000)
    assert every.ids == [kpi_id for _, kpi_id in sorted((load_kpi(kpi_id).name, kpi_id) for kpi_id in kpi_ids())]
    assert set(every.table["why"]) == {""}


@pytest.mark.parametrize(
    ("key", "value", "holds"),
    [
        ("function", "sales", lambda kpi: "sales" in kpi.functions),
        ("industry", "SaaS", lambda kpi: "SaaS" in kpi.industries),
        ("kind", "balance", lambda kpi: any(v.computes.kind == "balance" for v in kpi.variants)),
        ("cadence", "quarter", lambda kpi: kpi.cadence == "quarter"),
        ("table", "plans", lambda kpi: any("plans" in v.tables for v in kpi.variants)),
    ],
)
def test_a_filter_leaves_exactly_those_that_have_it(key, value, holds):
    assert set(search(limit=1000, **{key: value}).ids) == {kpi_id for kpi_id in kpi_ids() if holds(load_kpi(kpi_id))}


def test_filters_narrow_what_words_find():
    found = search("rate", industry="saas", kind="follow_on", limit=1000)
    assert found.filters == {"industry": "SaaS", "kind": "follow_on"}
    assert 0 < len(found.ids) < len(search("rate", limit=1000).ids)
    assert "with industry SaaS and kind follow_on" in found.sentences[0]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("function", "slaes", "no KPI has the function 'slaes'; did you mean 'sales'?"),
        ("industry", "sass", "no KPI has the industry 'sass'; did you mean 'SaaS'?"),
        ("kind", "ratios", "no KPI has the kind 'ratios'; did you mean 'ratio'?"),
        ("cadence", "daily", "no KPI has the cadence 'daily'; there is month, quarter, week"),
        ("table", "plan", "no KPI has the table 'plan'; did you mean 'plans'?"),
    ],
)
def test_a_filter_that_no_kpi_has_is_refused_with_the_nearest(key, value, message):
    with pytest.raises(DefinitionError) as told:
        search(**{key: value})
    if key == "cadence":
        message = (
            f"no KPI has the cadence 'daily'; there is {', '.join(sorted({load_kpi(kpi_id).cadence for kpi_id in kpi_ids()}))}"
        )
    assert str(told.value) == message


def test_where_nothing_is_near_the_nearest_words_are_offered():
    found = search("xqzjw")
    assert (found.ids, found.unknown) == ([], ("xqzjw",))
    assert found.sentences == [f"Nothing found for 'xqzjw'; words that are known: {', '.join(found.near)}."]
    assert len(found.near) == 3


@pytest.mark.parametrize("text", ["💥", "%", "отток"])
def test_where_there_is_no_word_none_is_offered(text):
    assert search(text).sentences == [f"Nothing found for '{text}'."]


def test_a_text_that_was_pasted_is_read_as_far_as_a_question_goes():
    assert search("churn " * 100_000).ids == search("churn").ids
    words = [f"xq{number}z" for number in range(5000)]
    assert len(search(" ".join(words)).unknown) == MOST_WORDS


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit):
    with pytest.raises(DefinitionError) as told:
        search("churn", limit=limit)
    assert str(told.value) == f"limit is {limit}; it is how many are shown at most, 1 or more"


def test_how_much_something_is_of_another_says_nothing_of_what_is_asked():
    assert search("percentage of customers who buy again").ids[0] not in ("scrap_rate", "gross_margin")
    assert search("scrap percentage").ids[0] == "scrap_rate"


def test_a_word_that_nothing_is_near_does_not_hide_the_others():
    found = search("churn xqzjw")
    assert found.ids[0] == "customer_churn_rate"
    assert found.sentences[-1] == "Not known: xqzjw."


@pytest.mark.parametrize(
    "text", ['"', "'; DROP TABLE heads; --", "NEAR(a b)", "name:churn", "a* OR b", "(", "-", "💥", "^churn", "\0", "{}"]
)
def test_no_text_is_a_command(text):
    assert search(text).asked == text.strip()
    assert search("churn").ids[0] == "customer_churn_rate"


def test_a_users_definitions_are_found_and_an_edited_one_is_read_again(tmp_path):
    place = tmp_path / "tiny.toml"
    place.write_text(TINY, encoding="utf-8")
    assert search("tiny", catalog=tmp_path).ids[0] == "tiny"
    place.write_text(TINY.replace("synonyms = []", 'synonyms = ["wee ratio"]'), encoding="utf-8")
    assert search("wee ratio", catalog=[str(tmp_path)]).ids[0] == "tiny"
    place.unlink()
    assert "tiny" not in search("tiny", catalog=tmp_path).ids


def test_a_file_that_is_no_toml_is_told_as_everywhere(tmp_path):
    (tmp_path / "tiny.toml").write_text("id tiny", encoding="utf-8")
    with pytest.raises(DefinitionError) as told:
        search("churn", catalog=tmp_path)
    assert str(told.value) == "tiny.toml: Expected '=' after a key in a key/value pair (at line 1, column 4)"


def test_a_draft_can_be_found_before_it_is_finished(tmp_path):
    (tmp_path / "half.toml").write_text('id = "half"\nname = "Half Done"\nsynonyms = 3\nvariant = 4\n', encoding="utf-8")
    head = read_head(tmp_path / "half.toml")
    assert (head.name, head.synonyms, head.kinds, head.tables, head.function) == ("Half Done", (), (), (), "other")
    assert search("half done", catalog=tmp_path).ids[0] == "half"


def test_what_was_found_displays_itself():
    found = search("<b> churn", limit=1)
    shown = found._repr_mimebundle_()
    assert "&lt;b&gt; churn" in shown["text/html"]
    assert "<td>customer_churn_rate</td>" in shown["text/html"]
    assert shown[MIME]["table"]["columns"] == ["id", "name", "question", "why", "score"]
    assert repr(search("NRR", limit=1)).splitlines()[1:] == [
        "net_revenue_retention  Net Revenue Retention",
        f"  {load_kpi('net_revenue_retention').question}",
        "  found by its synonym 'NRR'",
    ]


def test_an_empty_catalogue_finds_nothing():
    index = Index([])
    understood = index.understood("churn rate")
    assert (index.find(understood, range(0), 10), understood.unknown, index.near("churn")) == (([], 0), ("churn", "rate"), ())


# spelling


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("utilisation", "utilization"), ("programmes", "programs"), ("behaviour", "behavior"), ("catalogue", "catalog"),
        ("labelled", "labeled"), ("analyse", "analyze"), ("fulfilment", "fulfillment"), ("Café", "cafe"), ("cross-sell", "cross sell"),
        ("DAU/MAU", "dau mau"), ("customer's", "customer"), ("rising", "rising"),
    ],
)  # fmt: skip
def test_two_ways_of_writing_are_one(one, other):
    assert words_of(one) == words_of(other)


def test_many_lines_are_read_as_each_by_itself():
    texts = ["Cross-sell\nrate", "", "Utilisation of Größe", "a  b"]
    assert lines_of(texts) == [" ".join(words_of(text)) for text in texts]


def test_a_name_without_its_spaces_is_the_same_name():
    assert joined("Cross-Sell Rate") == joined("cross_sell_rate") == "crosssellrate"


@pytest.mark.parametrize(
    ("word", "meant"),
    [("chrun", "churn"), ("chrn", "churn"), ("churnn", "churn"), ("curn", "churn"), ("chu", None), ("xyzzy", None)],
)
def test_a_word_is_mended_where_one_is_near(word, meant):
    assert mended(word, ["retention", "churn", "churning"]) == meant


def test_the_words_that_look_the_most_alike_are_offered_where_none_is_near():
    assert alike("zzchur", ["retention", "seat", "churn"], 2)[0] == "churn"


def test_words_that_say_nothing_find_nothing_where_others_do():
    told = search("churn of customers")
    assert not any(" of " in f" {why} " for why in told.table["why"])
    assert told.counts[0] < search("of").counts[0]
    assert search("days to value").ids[0] == "days_to_value"
