"""dbt MetricFlow's metrics, in and out: published ratio metrics come back as they were, and so does every definition."""

import re
from dataclasses import fields
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
import yaml

from kpikit.authoring import export_metrics, import_metrics, write_metrics
from kpikit.authoring.metric_files import RESERVED, metric_name
from kpikit.catalog import load_kpi, read_definition
from kpikit.catalog.folders import KPIS
from kpikit.catalog.metricflow import METRIC_NAME
from kpikit.cli import main
from kpikit.errors import DefinitionError

LAYOUTS = ["type_params", "beside the type", "inside a model", "a document each"]
IN_MEXICO = "{{ Dimension('customer__country') }} = 'MX'\n"
IS_INSTANT = "{{ Dimension('booking__is_instant') }}"
NEW_YORK = "location = 'New York'"

#: ratio metrics as dbt's documentation prints them: name, numerator, denominator and what else is said of each
IN_THE_DOCUMENTATION = {
    # docs.getdbt.com/docs/build/ratio, examples 1 and 2, and "Add filter"
    "food_order_pct": ("food_orders", "orders", {
        "description": "The food order count as a ratio of the total order count", "label": "Food order ratio"}),
    "food_order_pct_by_location": (
        {"name": "food_orders", "filter": NEW_YORK, "alias": "ny_food_orders"},
        {"name": "orders", "filter": NEW_YORK, "alias": "ny_orders"},
        {"label": "Food order ratio by location"}),
    "frequent_purchaser_ratio": (
        {"name": "distinct_purchasers", "filter": "{{Dimension('customer__is_frequent_purchaser')}}\n",
         "alias": "frequent_purchasers"},
        {"name": "distinct_purchasers"},
        {"description": "Fraction of active users who qualify as frequent purchasers"}),
    # docs.getdbt.com/docs/build/metrics-overview
    "cancellation_rate": ("cancellations", "transaction_amount", {"label": "Cancellation rate", "filter": IN_MEXICO}),
    "enterprise_cancellation_rate": (
        {"name": "cancellations", "filter": "{{ Dimension('company__tier') }} = 'enterprise'"}, "transaction_amount",
        {"filter": IN_MEXICO}),
    # docs.getdbt.com/best-practices, "More advanced metrics"
    "food_revenue_pct": ("food_revenue", "revenue", {
        "label": "Food Revenue %", "description": "The % of order revenue from food."}),
    # docs.getdbt.com/docs/build/latest-metrics-spec
    "orders_per_session": ("orders", "sessions", {}),
    "conversion_rate": ("conversions", "sessions", {}),
    # what else the specification allows: several filters, a grain, meta of others
    "everything": (
        {"name": "orders", "filter": ["{{ Entity('listing') }} IS NOT NULL", "a > 0.5"]}, "sessions",
        {"time_granularity": "week", "config": {"enabled": True, "meta": {"owner": "sales", "goal": 0.25, "tags": ["a", 1]}}}),
}  # fmt: skip

#: the measures of dbt-semantic-interfaces' test manifest (Apache-2.0, tests/fixtures/.../simple_semantic_manifest)
MEASURES = {
    "bookings": {"agg": "sum", "expr": "1"}, "bookers": {"agg": "count_distinct", "expr": "guest_id"},
    "booking_value": {"agg": "sum"}, "views": {"agg": "sum", "expr": "1"}, "listings": {"agg": "sum", "expr": "1"},
    "average_booking_value": {"agg": "average", "expr": "booking_value"}, "max_booking_value": {"agg": "max"},
    "total_account_balance_first_day": {
        "agg": "sum", "expr": "account_balance", "non_additive_dimension": {"name": "ds", "window_choice": "min"}},
}  # fmt: skip
WEST, EAST = (
    f"{{{{ Dimension('user__home_state_latest') }}}} IN {states}" for states in ("('CA', 'HI', 'WA')", "('MD', 'NY', 'TX')")
)
BALANCE = "total_account_balance_first_day"
AVERAGED = "'average_booking_value' is aggregated by average: it does not add up over segments, and kpikit pools counts"
#: its ratio metrics, and what each is as a KPI by the rules of docs/metricflow.md
IN_THE_FIXTURES = {
    "bookings_per_booker": ("bookings", "bookers", ("ratio", "stock")),  # bookers of two days are no sum
    "bookings_per_view": ("bookings", "views", ("ratio", "quantity")),
    "bookings_per_listing": ("bookings", "listings", ("ratio", "quantity")),
    "bookings_per_dollar": ("bookings", "booking_value", ("ratio", "quantity")),
    "instant_booking_fraction_of_max_value": (
        {"name": "average_booking_value", "filter": IS_INSTANT}, "max_booking_value", f"its numerator {AVERAGED}"),
    "instant_booking_value_ratio": (
        {"name": "booking_value", "filter": IS_INSTANT, "alias": "booking_value_with_is_instant_constraint"},
        "booking_value", ("ratio", "quantity")),  # amounts: money is no unit that is counted
    "regional_starting_balance_ratios": (
        {"name": BALANCE, "filter": WEST, "alias": "west_coast_balance_first_day"},
        {"name": BALANCE, "filter": EAST, "alias": "east_coast_balance_first_dat"}, ("ratio", "stock")),
}  # fmt: skip


def ratio(name, numerator, denominator, layout="type_params", **other):
    """A ratio metric in one of the layouts."""
    parts = {"numerator": numerator, "denominator": denominator}
    params = {"type_params": parts} if layout in ("type_params", "a document each") else parts
    return {"name": name, "type": "ratio", **params, **other}


def simple(name, measure=None, **other):
    return {"name": name, "type": "simple", "type_params": {"measure": {"name": measure or name}}, **other}


def document(metrics, layout="type_params", measures=None):
    """MetricFlow's YAML of metrics, and of a semantic model with measures."""
    model = {"name": "source", "measures": [{"name": name, **measure} for name, measure in (measures or {}).items()]}
    if layout == "a document each":
        return yaml.safe_dump_all([{"semantic_model": model}, *({"metric": metric} for metric in metrics)])
    if layout == "inside a model":
        return yaml.safe_dump({"version": 2, "models": [{"name": "m", "columns": [{"name": "c"}], "metrics": metrics}]})
    return yaml.safe_dump({"semantic_models": [model], "metrics": metrics})


def mended(path):
    """What a user does with a draft: fills in what is marked MEND."""
    path.write_text(re.sub(r'""(?=.*# MEND)', '"higher"', path.read_text(encoding="utf-8")), encoding="utf-8")
    return path


@pytest.fixture
def taken_in(tmp_path):
    """Writes a text as YAML, imports it, and reads the mended definitions as a user would."""

    def taken_in(text, **how):
        file = tmp_path / "metrics.yml"
        file.write_text(text, encoding="utf-8")
        found = import_metrics([file], tmp_path / "kpis", **how)
        return {path.stem: read_definition(mended(path)) for path in found.written}, found

    return taken_in


def metrics_of(text):
    return {metric["name"]: metric for metric in yaml.safe_load(text)["metrics"]}


def plainly(metric):
    """A ratio metric however it was written: its parts as tables, without what kpikit adds."""
    told = {**metric, **metric.get("type_params", {})}
    told.pop("type_params", None)
    for role in ("numerator", "denominator"):
        told[role] = {"name": told[role]} if isinstance(told[role], str) else told[role]
    config = {key: value for key, value in told.pop("config", {}).items() if key != "meta"}
    meta = {key: value for key, value in metric.get("config", {}).get("meta", {}).items() if key != "kpikit"}
    config |= {"meta": meta} if meta else {}
    return told | ({"config": config} if config else {})


# --- published metrics come back ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_published_ratio_metric_is_exported_as_it_was_imported(taken_in, tmp_path, layout):
    published = [ratio(name, *parts, layout, **other) for name, (*parts, other) in IN_THE_DOCUMENTATION.items()]
    kpis, found = taken_in(document(published, layout))
    assert list(kpis) == [metric["name"] for metric in published]
    assert found.left_out == {}
    again = metrics_of(export_metrics(*kpis, catalog=(tmp_path / "kpis",)))
    for metric in published:
        came, went = plainly(metric), plainly(again[metric["name"]])
        assert {key: went[key] for key in came} == came
        assert set(went) - set(came) <= {"label", "description"}  # dbt wants a label, a definition says what it is


def test_a_metric_keeps_its_own_name_under_an_id_with_a_prefix(taken_in, tmp_path):
    kpis, _ = taken_in(document([ratio("gross_margin", "profit", "revenue")]), prefix="dbt_")
    assert list(kpis) == ["dbt_gross_margin"]
    exported = export_metrics("dbt_gross_margin", catalog=(tmp_path / "kpis",))
    assert list(metrics_of(exported)) == ["gross_margin"]
    assert "# These metrics are expected in your project: profit, revenue.\n" in exported
    assert "semantic_models" not in yaml.safe_load(exported)


def test_what_was_imported_and_exported_comes_in_again_the_same(taken_in, tmp_path):
    first, _ = taken_in(document([ratio("pct", {"name": "a1", "filter": "x"}, "b1", config={"meta": {"owner": "me"}})]))
    text = export_metrics("pct", catalog=(tmp_path / "kpis",))
    again, found = taken_in(text, prefix="again_")
    assert found.looks == ()
    assert again["again_pct"].variants == first["pct"].variants
    assert again["again_pct"].exchange == first["pct"].exchange


# --- what a metric is as a KPI -----------------------------------------------------------------------------------------


def test_the_published_fixtures_are_what_their_measures_say(taken_in):
    metrics = [simple(name) for name in MEASURES]
    metrics += [ratio(name, *parts) for name, (*parts, _) in IN_THE_FIXTURES.items()]
    kpis, found = taken_in(document(metrics, "a document each", MEASURES))
    become = {name: (kpi.variant().computes.kind, kpi.variant().computes.counts) for name, kpi in kpis.items()}
    left_out = {name: reason for name, reason in found.left_out.items() if name not in MEASURES}
    assert become | left_out == {name: expected for name, (*_, expected) in IN_THE_FIXTURES.items()}
    assert {found.left_out[name] for name in MEASURES} == {"a simple metric; only ratio metrics are imported"}


@pytest.mark.parametrize(
    ("measures", "numerator", "denominator", "kind", "counts"),
    [
        ({"ones": {"agg": "count_distinct", "expr": "id"}}, {"name": "ones", "filter": "x"}, "ones", "share", "stock"),
        ({"ones": {"agg": "count"}}, {"name": "ones", "filter": "x"}, "ones", "share", "flow"),
        ({"ones": {"agg": "SUM", "expr": 1}}, {"name": "ones", "filter": "x"}, "ones", "share", "flow"),
        ({"ones": {"agg": "sum", "expr": "paid"}}, {"name": "ones", "filter": "x"}, "ones", "ratio", "quantity"),
        ({"ones": {"agg": "count"}}, "ones", {"name": "ones", "filter": "x"}, "ratio", "quantity"),  # a whole of its part
        ({"ones": {"agg": "count"}}, {"name": "ones", "filter": "x"}, {"name": "ones", "filter": "y"}, "ratio", "quantity"),
        ({"ones": {"agg": "count"}}, {"name": "ones", "filter": ["y", "x"]}, {"name": "ones", "filter": " y "}, "share", "flow"),
        ({"ones": {"agg": "count"}, "twos": {"agg": "count"}}, {"name": "ones", "filter": "x"}, "twos", "ratio", "quantity"),
        ({"ones": {"agg": "something"}}, "ones", "ones", "ratio", "stock"),
        ({}, "ones", "ones", "ratio", "stock"),
    ],
)
def test_only_a_filter_more_on_the_same_count_makes_a_share(taken_in, measures, numerator, denominator, kind, counts):
    metrics = [ratio("pct", numerator, denominator), *map(simple, measures)]
    kpis, _ = taken_in(document(metrics, measures=measures))
    computes = kpis["pct"].variant().computes
    assert (computes.kind, computes.counts) == (kind, counts)
    assert kpis["pct"].unit == ("percent" if kind == "share" else "number")


def test_a_filter_of_the_simple_metric_itself_counts(taken_in):
    metrics = [ratio("pct", "some", "all_of"), simple("some", "rows", filter="x"), simple("all_of", "rows")]
    kpis, found = taken_in(document(metrics, measures={"rows": {"agg": "count"}}))
    assert kpis["pct"].variant().computes.kind == "share"
    assert found.looks == ("pct: the metric 'some', its numerator, has a filter of its own: x",)


def test_a_simple_metric_of_the_layout_without_measures_says_how_it_counts(taken_in):
    inside = [
        {"name": "buyers", "type": "simple", "agg": "count_distinct", "expr": "customer_id"},
        ratio("pct", {"name": "buyers", "filter": "x"}, "buyers", "beside the type"),
    ]
    kpis, _ = taken_in(document(inside, "inside a model"))
    assert (kpis["pct"].variant().computes.kind, kpis["pct"].variant().computes.counts) == ("share", "stock")


def test_what_cannot_be_held_is_left_out_by_name_and_reason(taken_in):
    metrics = [
        ratio("kept", "ones", "twos"),
        ratio("shifted", {"name": "ones", "offset_window": "7 days"}, "twos"),
        ratio("started", "ones", {"name": "twos", "offset_to_grain": "month"}),
        ratio("nested", "kept", "twos"),
        ratio("running", "ones", "all_time"),
        {"name": "all_time", "type": "cumulative", "type_params": {"measure": "ones", "window": "7 days"}},
        {"name": "profit", "type": "derived", "type_params": {"expr": "ones - twos", "metrics": [{"name": "ones"}]}},
        {"name": "bought", "type": "conversion", "type_params": {"conversion_type_params": {"entity": "user"}}},
    ]
    kpis, found = taken_in(document(metrics))
    computed = "kpikit divides what is counted, not what was computed"
    assert list(kpis) == ["kept"]
    assert found.left_out == {
        "shifted": "the offset_window of its numerator: a KPI divides counts of one and the same period",
        "started": "the offset_to_grain of its denominator: a KPI divides counts of one and the same period",
        "nested": f"its numerator 'kept' is a ratio metric: {computed}",
        "running": f"its denominator 'all_time' is a cumulative metric: {computed}",
        "all_time": "a cumulative metric; only ratio metrics are imported",
        "profit": "a derived metric; only ratio metrics are imported",
        "bought": "a conversion metric; only ratio metrics are imported",
    }


def test_what_dbt_does_and_kpikit_does_not_is_told(taken_in):
    filled = {"name": "ones", "type": "simple", "type_params": {"measure": {"name": "ones", "fill_nulls_with": 0}}}
    _, found = taken_in(document([filled, ratio("pct", "ones", "twos")]))
    assert found.looks == (
        "pct: gaps of its numerator are filled by dbt (fill_nulls_with); in kpikit, missing is missing",
        "pct: no file given defines its denominator, the metric 'twos'",
    )


def test_semantic_models_may_stand_in_another_file(tmp_path):
    for name, text in {
        "models.yml": document([], measures={"rows": {"agg": "count"}}),
        "metrics.yml": document([simple("rows"), ratio("pct", {"name": "rows", "filter": "x"}, "rows")]),
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = import_metrics([tmp_path / "metrics.yml", tmp_path / "models.yml"], tmp_path / "kpis")
    assert 'kind = "share"' in found.written[0].read_text(encoding="utf-8")


# --- the draft ---------------------------------------------------------------------------------------------------------


def test_a_draft_is_refused_until_what_nobody_said_is_filled_in(tmp_path):
    file = tmp_path / "m.yml"
    file.write_text(document([ratio("pct", {"name": "ones", "filter": IS_INSTANT}, "twos", label="A part", description="Said.")]))
    (place,) = import_metrics([file], tmp_path / "kpis").written
    text = place.read_text(encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        read_definition(place)
    assert str(refused.value) == "pct.toml: 'question' is ''; it must be text"
    assert len(re.findall("# MEND", text)) == 13  # question, better, cadence_source, and ten of the twelve attributes
    assert (tmp_path / "kpis" / "kpi.schema.json").exists()
    kpi = read_definition(mended(place))
    assert (kpi.name, kpi.variant().definition) == ("A part", "Said.")
    assert (kpi.variant().computes.numerator, kpi.variant().computes.denominator) == ("ones that pass its filter", "twos")
    assert f"The numerator is filtered: {IS_INSTANT}." in kpi.variant().note


@pytest.mark.parametrize(
    "said", ["{{ 1 / 0 }}", "{% raw %}", 'a "quoted" \\ path\n\ttab', "'''\"\"\"", "ünïcode 数", "]\n[attributes]"]
)
def test_a_filter_is_kept_word_by_word_and_never_run(taken_in, tmp_path, said):
    kpis, _ = taken_in(document([ratio("pct", {"name": "ones", "filter": said}, "twos", filter=said, description=said)]))
    assert kpis["pct"].exchange["metricflow"]["numerator"] == {"name": "ones", "filter": said}
    again = metrics_of(export_metrics("pct", catalog=(tmp_path / "kpis",)))["pct"]
    assert (again["filter"], again["type_params"]["numerator"]["filter"], again["description"]) == (said, said, said.strip())


def test_the_exchange_of_a_definition_is_a_table(tmp_path):
    text = (KPIS / "gross_margin.toml").read_text(encoding="utf-8")
    (tmp_path / "gross_margin.toml").write_text('exchange = "dbt"\n' + text, encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        read_definition(tmp_path / "gross_margin.toml")
    assert str(refused.value) == "gross_margin.toml: 'exchange' is 'dbt'; it must be a table"


# --- definitions go out and come back ----------------------------------------------------------------------------------

#: one and more of each kind: bands and benchmarks, a window, three counts, measures of ratings, parts
OF_EVERY_KIND = (
    "upgrade_rate", "product_upsell_rate", "product_upgrade_ratio", "gross_margin", "net_promoter_score", "net_upgrade_rate",
    "customer_lifetime_value", "upgrading_margin_per_unit", "average_revenue_per_user", "overall_upgrading_recovery",
)  # fmt: skip
NOT_EXPORTED = {"id", "variants", "attributes", "published_case", "exchange", "folders"}


def test_the_kinds_that_are_exported_here_are_all_that_there_are():
    kinds = {variant.computes.kind for kpi_id in OF_EVERY_KIND for variant in load_kpi(kpi_id).variants}
    assert kinds == {"share", "follow_on", "rate", "ratio", "balance", "composed"}


def test_a_definition_comes_back_as_it_was_but_for_its_attributes(taken_in):
    kpis, found = taken_in(export_metrics(*OF_EVERY_KIND), prefix="again_")
    assert (found.looks, found.left_out) == ((), {})
    for kpi_id in OF_EVERY_KIND:
        kpi, again = load_kpi(kpi_id), kpis[f"again_{kpi_id}"]
        assert again.variants == kpi.variants  # formula, bands, benchmarks, worked example, measures, note
        for field in (field.name for field in fields(kpi) if field.name not in NOT_EXPORTED):
            assert getattr(again, field) == getattr(kpi, field), (kpi_id, field)


def test_edges_and_figures_are_texts_so_that_nothing_rounds_them():
    told = metrics_of(export_metrics("upgrade_rate.all_subscribers"))["upgrade_rate"]["config"]["meta"]["kpikit"]
    assert [band.get("up_to") for band in told["reading"]["bands"]] == ["0.20", "0.30", None]
    assert told["reading"]["example"] == {"numerator": 26, "denominator": 200, "value": "0.13", "source": "made up"}


def test_a_metric_that_was_changed_since_is_told(taken_in):
    text = export_metrics("gross_margin").replace("label: Gross Margin\n", "label: Margin\n")
    _, found = taken_in(text, prefix="again_")
    assert found.looks == ("gross_margin: it was changed since kpikit wrote it; what stands under meta was taken",)


def value_of(metrics, name, counted):
    """What MetricFlow would answer: a ratio of sums, or an expression of them as SQL, from counts by name."""
    if name in counted:
        return Fraction(str(counted[name]))
    metric = metrics[name]
    params = metric["type_params"]
    if metric["type"] == "ratio":
        above, below = (value_of(metrics, params[role]["name"], counted) for role in ("numerator", "denominator"))
        return above / below
    inputs = {each["name"]: value_of(metrics, each["name"], counted) for each in params["metrics"]}
    columns = ", ".join(f"{float(value)!r}::DOUBLE AS {key}" for key, value in inputs.items())
    return Fraction(duckdb.sql(f"SELECT {params['expr']} FROM (SELECT {columns})").fetchall()[0][0])


@pytest.mark.parametrize("kpi_id", OF_EVERY_KIND)
def test_an_exported_metric_computes_the_worked_example(kpi_id):
    metrics = metrics_of(export_metrics(kpi_id))
    for variant in load_kpi(kpi_id).variants:
        name = kpi_id if variant.id == load_kpi(kpi_id).variants[0].id else f"{kpi_id}_{variant.id}"
        example = variant.example
        counted = {f"{name}_{role}": getattr(example, role) for role in ("numerator", "less", "denominator")}
        if variant.computes.composed:
            named = [each["name"] for each in metrics[name]["type_params"]["metrics"]]
            counted = dict(zip(named, (example.parts[part] for part in variant.computes.of), strict=True))
        assert float(value_of(metrics, name, counted)) == pytest.approx(float(example.value), rel=1e-12)


def test_a_table_that_is_already_counted_feeds_each_metric():
    told = yaml.safe_load(export_metrics("net_promoter_score"))
    (model,) = told["semantic_models"]
    assert model["model"] == "ref('net_promoter_score_counts')"
    assert [(measure["agg"], measure["expr"]) for measure in model["measures"]] == [
        ("sum", "numerator"), ("sum", "less"), ("sum", "denominator"),
    ]  # fmt: skip
    measured = {metric["type_params"]["measure"]["name"] for metric in told["metrics"] if metric["type"] == "simple"}
    assert measured == {measure["name"] for measure in model["measures"]}


def test_the_parts_of_a_composed_kpi_come_along_once():
    names = list(metrics_of(export_metrics("customer_lifetime_value", "ltv_to_cac_ratio", "customer_lifetime_value")))
    assert len(names) == len(set(names))
    assert {"customer_lifetime_value", "ltv_to_cac_ratio", "contribution_per_user", "customer_churn_rate"} <= set(names)


# --- what MetricFlow allows --------------------------------------------------------------------------------------------

#: keys of dbt-semantic-interfaces 0.10.5's schema (metric_schema and what it refers to); tests/heavy asks its parser itself
METRIC_KEYS = {"name", "type", "type_params", "filter", "description", "label", "config", "time_granularity"}
PARAM_KEYS = {"simple": {"measure"}, "ratio": {"numerator", "denominator"}, "derived": {"expr", "metrics"}}
MODEL_KEYS = {"name", "model", "defaults", "primary_entity", "dimensions", "measures", "description"}


def test_an_export_has_only_keys_and_names_that_metricflow_knows():
    told = yaml.safe_load(export_metrics(*OF_EVERY_KIND))
    for metric in told["metrics"]:
        assert set(metric) <= METRIC_KEYS
        assert set(metric["type_params"]) == PARAM_KEYS[metric["type"]]
    for model in told["semantic_models"]:
        assert set(model) == MODEL_KEYS
    names = [each["name"] for each in [*told["metrics"], *told["semantic_models"]]]
    labels = [metric["label"] for metric in told["metrics"]]
    assert len(names) == len(set(names))
    assert len(labels) == len(set(labels))
    for name in names:
        assert re.fullmatch("[a-z][a-z0-9_]*[a-z0-9]", name)
        assert "__" not in name


@pytest.mark.parametrize(
    "parts", [("a",), ("Net__Rate",), ("7_days",), ("week",), ("_",), ("__x__", "y_"), ("metric_time",), ("A" * 80,)]
)
def test_any_id_becomes_a_name_that_metricflow_allows(parts):
    name = metric_name(*parts)
    assert METRIC_NAME.fullmatch(name)
    assert name not in RESERVED


def test_two_metrics_of_one_name_are_refused(tmp_path):
    text = (KPIS / "gross_margin.toml").read_text(encoding="utf-8")
    for kpi_id in ("a_b", "A__b"):
        (tmp_path / f"{kpi_id}.toml").write_text(text.replace('id = "gross_margin"', f'id = "{kpi_id}"', 1), encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        export_metrics("a_b", "A__b", catalog=(tmp_path,))
    assert str(refused.value) == (
        "two metrics would be called 'a_b_numerator'; export them apart, or give one KPI or variant another id"
    )


# --- nothing is written over, and all or nothing -----------------------------------------------------------------------


def test_an_id_that_is_taken_stops_the_whole_import(tmp_path):
    file = tmp_path / "m.yml"
    file.write_text(document([ratio("new_one", "a1", "b1"), ratio("gross_margin", "a1", "b1")]))
    with pytest.raises(DefinitionError) as refused:
        import_metrics([file], tmp_path / "kpis")
    place = KPIS / "gross_margin.toml"
    assert str(refused.value) == f"{place} defines 'gross_margin' already; give those that come in a prefix, as --prefix dbt_"
    assert not (tmp_path / "kpis").exists()


def test_a_file_that_cannot_be_written_takes_the_others_back(tmp_path):
    file = tmp_path / "m.yml"
    file.write_text(document([ratio("first", "a1", "b1"), ratio("b" * 300, "a1", "b1")]))
    with pytest.raises(OSError):
        import_metrics([file], tmp_path / "kpis")
    assert list((tmp_path / "kpis").iterdir()) == []


def test_two_metrics_that_would_be_one_kpi_are_refused(taken_in):
    text = export_metrics("gross_margin")
    told = yaml.safe_load(text)
    told["metrics"].append(ratio("again", "a1", "b1"))
    for metric in told["metrics"]:
        if "reading" in metric.get("config", {}).get("meta", {}).get("kpikit", {}):
            metric["config"]["meta"]["kpikit"]["id"] = "again"
    with pytest.raises(DefinitionError) as refused:
        taken_in(yaml.safe_dump(told))
    assert str(refused.value) == (
        "metrics.yml: metric 'again': two metrics would be the KPI 'again'; rename one, or give a plain prefix, as dbt_"
    )


# --- files that are wrong ----------------------------------------------------------------------------------------------

NAMED = "a name is of lower-case letters, digits and single underscores, as food_order_pct"
BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nmetrics: *b\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("metrics: [", "line 1: expected the node content, but found '<stream end>'"),
        ("metrics:\n\t- name: a", "line 2: found character '\\t' that cannot start any token"),
        ("metrics:\n- name: aa\n  filter: {{ Dimension('x') }} = 'US'\n",
         "line 3: expected <block end>, but found '<scalar>'; a filter that begins with {{ stands in quotes"),
        ("metrics:\n- name: aa\n  filter: {{Dimension('x')}}\n",
         "line 3: found unhashable key; a filter that begins with {{ stands in quotes"),
        ("metrics: \0", "this is no YAML: unacceptable character #x0000: special characters are not allowed"),
        ("metrics: 2024-13-45", "this is no YAML: month must be in 1..12"),
        (BOMB, "line 2: the alias '*a' is not read; write out what it stands for"),
        ("metrics: !!python/object/apply:os.system ['true']",
         "line 1: the tag 'tag:yaml.org,2002:python/object/apply:os.system' is not read; take it out"),
        ("metrics: []\nmetrics: []", "line 2: the key 'metrics' stands there twice; take one out"),
        ("[" * 5000, "line 1: it is nested too deeply here; metrics are tables in lists, and little more"),
        ("{b: " * 5000, "line 1: it is nested too deeply here; metrics are tables in lists, and little more"),
        ("- name: aa", "it holds a list; metrics stand in a list under the key 'metrics'"),
        ("hello", "it holds 'hello'; metrics stand in a list under the key 'metrics'"),
        ("metrics: {name: aa}", "'metrics' is a table; it must be a list"),
        ("models: yes", "'models' is 'True'; it must be a list"),
        ("metrics: [aa]", f"a metric has no name; {NAMED}"),
        ("metrics: [{type: ratio}]", f"a metric has no name; {NAMED}"),
        ("metrics: [{name: ../../aa, type: ratio}]", f"a metric is called '../../aa'; {NAMED}"),
        ("metrics: [{name: a__b, type: ratio}]", f"a metric is called 'a__b'; {NAMED}"),
        ("metrics: [{name: yes, type: ratio}]", f"a metric is called True; {NAMED}"),
        ("metrics: [{name: aa}]",
         "metric 'aa': it has no type, which is one of simple, ratio, derived, cumulative, conversion"),
        ("metrics: [{name: aa, type: rate}]",
         "metric 'aa': type is 'rate'; it is one of simple, ratio, derived, cumulative, conversion"),
        ("metrics: [{name: aa, type: ratio, label: 2024-01-01}]",
         "metric 'aa': label is datetime.date(2024, 1, 1); it must be text, in quotes where it looks otherwise"),
        ("metrics: [{name: aa, type: ratio, filter: {a: b}}]",
         "metric 'aa': filter is a table; it must be text, in quotes, or a list of texts"),
        ("metrics: [{name: aa, type: ratio, type_params: {denominator: bb}}]",
         "metric 'aa': it has no numerator; write numerator: a_metric, or numerator: {name: a_metric}"),
        ("metrics: [{name: aa, type: ratio, numerator: bb}]",
         "metric 'aa': it has no denominator; write denominator: a_metric, or denominator: {name: a_metric}"),
        ("metrics: [{name: aa, type: ratio, numerator: {measure: bb}, denominator: bb}]",
         "metric 'aa': it names no metric as its numerator; write numerator: a_metric, or numerator: {name: a_metric}"),
        ("metrics: [{name: aa, type: ratio, numerator: {name: bb, filtr: x}, denominator: bb}]",
         "metric 'aa': its numerator has no key 'filtr'; did you mean 'filter'?"),
        ("metrics: [{name: aa, type: ratio, numerator: {name: bb, alias: 3}, denominator: bb}]",
         "metric 'aa': the alias of its numerator is 3; it must be text, in quotes where it looks otherwise"),
        ("metrics: [{name: aa, type: ratio, numerator: {name: bb, filter: 3}, denominator: bb}]",
         "metric 'aa': the filter of its numerator is '3'; it must be text, in quotes, or a list of texts"),
        ("metrics: [{name: aa, type: simple}, {name: aa, type: simple}]",
         "metric 'aa': m.yml has one of that name already; rename one of them"),
        ("version: 2", "no metric; they stand in a list under the key 'metrics'"),
        ("metrics: [{name: aa, type: simple}, {name: bb, type: derived}]",
         "no metric that can be a KPI\n  aa: a simple metric; only ratio metrics are imported\n"
         "  bb: a derived metric; only ratio metrics are imported"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_its_place_and_nothing_is_written(tmp_path, text, message):
    (tmp_path / "m.yml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        import_metrics([tmp_path / "m.yml"], tmp_path / "kpis")
    assert str(refused.value).partition(": ") == ("m.yml", ": ", message)
    assert not (tmp_path / "kpis").exists()


def test_a_file_of_two_megabytes_or_not_in_utf8_is_refused(tmp_path):
    for name, content, message in (
        ("large.yml", b"#" * 2_000_000, "large.yml: the file has 2,000,000 bytes; at most 1,000,000 are read, so split it"),
        ("latin.yml", "label: Prämie".encode("latin-1"), "latin.yml: byte 0xe4 at place 9 is not UTF-8; save the file as UTF-8"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DefinitionError) as refused:
            import_metrics([tmp_path / name])
        assert str(refused.value) == message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: gross_margin\n", "id: ../gross_margin\n",
         "metrics.yml: metric 'gross_margin': the id under kpikit is '../gross_margin'; "
         "it is a plain name of letters, digits and underscores"),
        ("reading:\n", "reading: here\n        was:\n", "metrics.yml: metric 'gross_margin': 'reading' under kpikit is 'here'; it must be a table"),
    ],
)  # fmt: skip
def test_what_stands_under_kpikit_is_checked(taken_in, old, new, message):
    text = export_metrics("gross_margin")
    with pytest.raises(DefinitionError) as refused:
        taken_in(text.replace(old, new))
    assert str(refused.value) == message


def test_a_figure_that_is_none_is_refused_when_the_definition_is_read(taken_in):
    text = export_metrics("gross_margin").replace("value: '", "value: 'x", 1)
    with pytest.raises(
        DefinitionError, match=r"again_gross_margin.toml: \[\[variant\]\] .*'value' is 'x.*'; it must be a number"
    ):
        taken_in(text, prefix="again_")


# --- the command line --------------------------------------------------------------------------------------------------


def test_the_command_says_what_was_written_left_out_and_what_to_look_at(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("m.yml").write_text(
        document([simple("ones", "rows"), ratio("pct", "ones", "twos")], measures={"rows": {"agg": "count"}})
    )
    assert main(["import-metrics", "m.yml"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "wrote kpis/pct.toml",
        "look: pct: no file given defines its denominator, the metric 'twos'",
        "left out: ones: a simple metric; only ratio metrics are imported",
        "mend the lines marked MEND, then: kpikit show pct --catalog kpis",
    ]
    assert main(["import-metrics", "m.yml"]) == 2
    assert capsys.readouterr().err == (
        "kpikit: kpis/pct.toml defines 'pct' already; give those that come in a prefix, as --prefix dbt_\n"
    )


def test_an_export_is_printed_or_written_and_never_over_a_file(tmp_path, capsys):
    place = tmp_path / "out.yml"
    assert main(["export-metrics", "gross_margin"]) == 0
    printed = capsys.readouterr().out
    assert main(["export-metrics", "gross_margin", "--out", str(place)]) == 0
    assert capsys.readouterr().out == f"wrote {place}\n"
    assert place.read_text(encoding="utf-8") == printed
    with pytest.raises(DefinitionError) as refused:
        write_metrics(place, "gross_margin")
    assert str(refused.value) == f"{place} is there already; give another place with --out, or take that file away"
    assert main(["export-metrics", "gros_margin"]) == 2
    assert capsys.readouterr().err == "kpikit: no KPI 'gros_margin'; did you mean 'gross_margin'?\n"
