"""Sized designs as frames, text, charts and a protocol's paragraph: every endpoint and plan."""

import functools
import math
import re

import numpy as np
import polars as pl
import pytest
from scipy import special, stats

import equipoise as eq
from equipoise.design.characteristics import characteristics, no_effect
from equipoise.design.design_frames import (
    design_curve,
    design_frame,
    effect_range,
    promises,
    timeline_frame,
    truth_at,
)
from equipoise.design.design_words import ratio_words
from equipoise.parts.accrual import months_to_enrol
from equipoise.parts.expected_z import expected_z as drift
from equipoise.vocabulary.trial import Allocation

ACCRUAL = eq.Accrual(per_month=20, ramp_up_months=2)
PLANS = {
    "fixed": lambda: eq.FixedSample(),
    "spending": lambda: eq.GroupSequential(looks=3),
    "futility": lambda: eq.GroupSequential(
        information=[0.3, 0.6, 1], futility=eq.Spending("hwang-shih-decani", gamma=-2.0)
    ),
    "binding": lambda: eq.GroupSequential(
        looks=3, efficacy=eq.Pocock(), futility=eq.Spending("pocock", binding=True)
    ),
    "two-sided": lambda: eq.GroupSequential(
        looks=3, sided=2, alpha=0.05, efficacy=eq.HaybittlePeto()
    ),
    "wedge": lambda: eq.GroupSequential(
        looks=4, sided=2, alpha=0.05, futility=eq.Spending("obrien-fleming")
    ),
    "no early": lambda: eq.GroupSequential(
        looks=3,
        efficacy=eq.NoEarlyEfficacy(),
        futility=eq.FutilityBounds(z=(0.0, 0.5)),
    ),
    "given": lambda: eq.GroupSequential(
        looks=3,
        efficacy=eq.EfficacyBounds((math.inf, 2.8, None)),
        futility=eq.FutilityBounds(z=(-math.inf, 0.0)),
    ),
    "for harm": lambda: eq.GroupSequential(
        looks=2, futility=eq.Spending("pocock", under="no effect", total=0.1)
    ),
    "twenty": lambda: eq.GroupSequential(looks=20),
}
ENDPOINTS = {
    "fisher": (
        eq.Binary(
            control=0.25, treatment=0.1, test="fisher-exact", delay_days=28, name="death by day 28"
        ),
        {"accrual": ACCRUAL},
    ),
    "risks": (eq.Binary(control=0.25, treatment=0.15, test="pooled"), {"ratio": 2.0}),
    "margin": (
        eq.Binary(control=0.15, treatment=0.15, margin=0.07),
        {"accrual": ACCRUAL, "arms": ("usual care", "shorter course")},
    ),
    "odds ratio": (
        eq.Binary(control=0.3, treatment=0.45, better="higher", scale="odds ratio", test="score"),
        {},
    ),
    "one arm": (
        eq.Binary(control=0.2, treatment=0.4, better="higher", single_arm=True),
        {"accrual": ACCRUAL},
    ),
    "means": (eq.Continuous(control=10, treatment=12, sd=5, delay_days=90), {"accrual": ACCRUAL}),
    "welch": (
        eq.Continuous(control=10, treatment=8, sd=(5.0, 6.0), better="lower", margin=1.0),
        {"ratio": 0.5},
    ),
    "one mean": (
        eq.Continuous(control=10, treatment=12, sd=5, single_arm=True, known_sd=True),
        {},
    ),
    "survival": (
        eq.TimeToEvent(hazard_ratio=0.7, control_median_months=12, dropout_per_month=0.005),
        {"accrual": eq.Accrual(per_month=20, months=24), "follow_up_months": 12},
    ),
    "recovery": (
        eq.TimeToEvent(
            hazard_ratio=1.4,
            better="higher",
            control_hazard_per_month=(0.1, 0.05),
            from_months=(0.0, 3.0),
            dropout_per_month=(0.001, 0.002),
        ),
        {"accrual": eq.Accrual(per_month=20), "follow_up_months": 6, "ratio": 1.5},
    ),
    "survival, margin": (
        eq.TimeToEvent(hazard_ratio=1, margin=1.3, control_median_months=12),
        {},
    ),
}
CASES = [
    (plan, endpoint)
    for plan in PLANS
    for endpoint in ENDPOINTS
    if not (endpoint == "fisher" and plan in {"two-sided", "wedge", "twenty"})
    and not (endpoint == "one arm" and plan == "twenty")
]
every_design = pytest.mark.parametrize(("plan", "endpoint"), CASES)


@functools.cache
def design(plan, endpoint):
    made, more = ENDPOINTS[endpoint]
    return eq.sample_size(PLANS[plan](), made, **more)


def numbers(column: pl.Series) -> np.ndarray:
    """Null as nan."""
    return column.fill_null(math.nan).to_numpy()


def is_survival(d):
    return isinstance(d.endpoint, eq.TimeToEvent)


def has_futility(d):
    return d.sequential.futility is not None


@every_design
def test_the_frame_is_the_design_s_looks(plan, endpoint):
    d = design(plan, endpoint)
    data = d.frame()
    assert data.columns == [
        "look", "information", "patients_control", "patients_treatment", "patients", "events",
        "months", "efficacy_z", "efficacy_p", "efficacy_effect", "futility_z", "futility_effect",
        "alpha_spent", "stop_efficacy_null", "stop_futility_null", "stop_harm_null",
        "stop_efficacy_planned", "stop_futility_planned", "stop_harm_planned", "by",
    ]  # fmt: skip
    assert data.height == len(d.looks)
    for row, look in zip(data.iter_rows(named=True), d.looks, strict=True):
        patients = [row["patients_control"], row["patients_treatment"]]
        assert tuple(n for n in patients if n is not None) == look.patients
        assert row["patients"] == (sum(look.patients) or None)
        assert (row["events"], row["months"]) == (look.events, look.months)
        stops = math.isfinite(look.efficacy_z)
        assert row["efficacy_z"] == (look.efficacy_z if stops else None)
        assert row["efficacy_effect"] == look.efficacy_effect
        if stops:
            assert row["efficacy_p"] == pytest.approx(stats.norm.sf(look.efficacy_z))
        if not has_futility(d):
            assert row["futility_z"] is None
            assert row["futility_effect"] is None
    for column in data.columns:
        if data[column].dtype == pl.Float64:
            assert data[column].is_finite().all() or data[column].null_count()


@every_design
def test_chances_of_stopping_add_up_and_are_those_of_the_characteristics(plan, endpoint):
    d = design(plan, endpoint)
    data = design_frame(d)
    by = "exact" if endpoint == "fisher" else "normal"
    assert set(data["by"]) == {by}
    for name, truth in (("null", no_effect(d)), ("planned", None)):
        found = characteristics(d, truth, by=by)
        np.testing.assert_allclose(data[f"stop_efficacy_{name}"], found.benefit, atol=1e-9)
        np.testing.assert_allclose(
            numbers(data[f"stop_futility_{name}"]), found.futility, atol=1e-9
        )
        if d.plan.sided == 2:
            np.testing.assert_allclose(numbers(data[f"stop_harm_{name}"]), found.harm, atol=1e-9)
        else:
            assert data[f"stop_harm_{name}"].null_count() == data.height
            assert not any(found.harm)
        assert sum(found.stopping) == pytest.approx(1)


@every_design
def test_promises_are_the_error_rates_of_the_plan(plan, endpoint):
    d = design(plan, endpoint)
    made = promises(d)
    assert made.planned.power == pytest.approx(d.power, abs=1e-9)
    if made.by == "exact":
        assert made.as_run <= made.efficacy_only < d.plan.alpha
        return
    p = d.sequential
    sides = [0, 2]
    for value, futility in ((made.efficacy_only, False), (made.as_run, True)):
        assert value == pytest.approx(p.stopping(0.0, futility=futility)[:, sides].sum())
    counted = made.as_run if p.binding else made.efficacy_only
    assert counted == pytest.approx(p.alpha, abs=1e-9)


@every_design
def test_the_curve_goes_through_the_error_rates_and_the_power(plan, endpoint):
    d = design(plan, endpoint)
    data = design_curve(d)
    none, hoped = effect_range(d)
    effects = data["effect"].to_numpy()
    assert (np.diff(effects) > 0).all()
    assert effects[0] < min(none, hoped) <= max(none, hoped) < effects[-1]
    made = promises(d)
    power = np.interp(hoped, effects, data["power"])
    assert power == pytest.approx(d.power, abs=0.004)
    assert np.interp(none, effects, data["power"]) == pytest.approx(made.null.power, abs=0.004)
    assert (data["power_futility_ignored"] - data["power"]).min() > -1e-9
    field = "expected_events" if is_survival(d) else "expected_patients"
    other = ({"expected_events", "expected_patients"} - {field}).pop()
    assert data[other].null_count() == data.height
    size = d.looks[-1].events if is_survival(d) else d.n_total
    assert data[field].max() <= size * (1 + 1e-9)
    for i in (0, data.height // 2):
        found = characteristics(d, truth_at(d, float(effects[i])), by=made.by)
        assert data["power"][i] == pytest.approx(found.power, abs=1e-9)
        assert data["power_futility_ignored"][i] == pytest.approx(found.efficacy_only, abs=1e-9)
        mean = found.expected_events if is_survival(d) else found.expected_patients
        assert data[field][i] == pytest.approx(mean)


def test_the_curve_of_a_fixed_sample_is_the_textbook_s():
    d = design("fixed", "one mean")
    data = design_curve(d)
    drifts = (data["effect"] - 10).to_numpy() / (5 / math.sqrt(d.n_total))
    expected = stats.norm.sf(stats.norm.isf(0.025) - drifts)
    np.testing.assert_allclose(data["power"], expected, atol=1e-9)


@pytest.mark.parametrize("plan", ["fixed", "futility", "wedge"])
@pytest.mark.parametrize("endpoint", ["margin", "one arm", "means", "survival", "recovery"])
def test_the_timeline_reaches_each_look_when_it_says(plan, endpoint):
    d = design(plan, endpoint)
    data = timeline_frame(d)
    months = data["months"].to_numpy()
    assert (months[0], months[-1]) == (0, d.looks[-1].months)
    counted = "events_planned" if is_survival(d) else "outcome_known"
    for look in d.looks:
        seen = np.interp(look.months, months, data[counted])
        assert seen == pytest.approx(look.events or sum(look.patients), rel=0.01)
    for column in data.columns:
        assert (np.diff(data[column]) >= -1e-9).all()
    assert (data["enrolled"] >= data[counted] - 1e-9).all()
    if is_survival(d):
        more = data["events_null"][-1] > data["events_planned"][-1]
        assert more == (d.endpoint.better == "lower")
    else:
        assert data["enrolled"].max() == pytest.approx(d.n_total)
        months_in = months_to_enrol(d.accrual, d.n_total) + d.endpoint.delay_days / (365.25 / 12)
        assert months[-1] == pytest.approx(months_in)


def test_there_is_no_timeline_without_enough_enrolment():
    for d in (design("spending", "odds ratio"), design("fixed", "survival, margin")):
        for make in (timeline_frame, type(d).timeline_chart):
            with pytest.raises(eq.InputError, match=r"`accrual` is None; .+\. Give .+\."):
                make(d)
    with pytest.raises(eq.InputError, match=r"`months` is 3; enrolment ends before .+\. Enrol"):
        eq.sample_size(
            eq.FixedSample(),
            eq.Binary(control=0.25, treatment=0.15, test="pooled"),
            accrual=eq.Accrual(per_month=20, months=3),
        )


def line(text, start):
    return next(line for line in text.splitlines() if line.startswith(start))


@every_design
def test_the_summary_says_what_is_planned_in_100_columns(plan, endpoint):
    d = design(plan, endpoint)
    text = str(d)
    rows = text.splitlines()
    assert max(map(len, rows)) <= 100
    assert not any(row != row.rstrip() for row in rows)
    for arm in d.arms:
        assert arm in rows[0]
    for start in ("endpoint", "aim", "assumed", "test", "power", "plan"):
        assert line(text, start)
    assert f"alpha {d.plan.alpha:g}" in line(text, "test")
    assert f"{d.power:.4f} reached" in line(text, "power")
    head = next(i for i, row in enumerate(rows) if row.startswith("look "))
    for i, look in enumerate(d.looks):
        cells = rows[head + 1 + i].split()
        assert cells[0] == str(i + 1)
        shown = [f"{look.efficacy_z:.3f}" if math.isfinite(look.efficacy_z) else "none"]
        if is_survival(d):
            shown.append(f"{look.events:,.0f}")
        elif len(set(look.patients)) > 1:
            shown += [f"{n:,.0f}" for n in look.patients]
        else:
            shown.append(f"{sum(look.patients):,.0f}")
        assert set(shown) <= set(cells)
    made = promises(d)
    for start, value in (
        ("type I error, efficacy boundary only", made.efficacy_only),
        ("type I error, as run", made.as_run),
    ):
        row = line(text, start)
        assert float(row[len(start) :].split(",")[0]) == pytest.approx(value, rel=1e-3)
        assert ("by enumeration at control 25%" in row) == (endpoint == "fisher")
    assert ("non-inferiority" in line(text, "aim")) == (
        endpoint in {"margin", "welch", "survival, margin"}
    )
    if len(d.looks) > 1:
        fixed = d.fixed_events if is_survival(d) else d.fixed_patients
        mean = made.planned.expected_events if is_survival(d) else made.planned.expected_patients
        row = line(text, "expected size, as planned")
        assert f"{mean:,.1f}" in row
        assert f"{mean / fixed:.3f} times" in row
    else:
        assert "expected size" not in text


def test_the_summary_shows_scenarios_on_their_scale():
    d = design("futility", "survival").stated(
        Allocation(), (eq.Scenario(name="smaller", hazard_ratio=0.8),)
    )
    cells = line(d.summary(), "smaller").split()
    found = characteristics(d, d.scenarios[0])
    assert cells[1:4] == ["hazard", "ratio", "0.8"]
    assert cells[4] == f"{found.power:.4f}"
    assert cells[5] == f"{found.expected_events:,.1f}"
    assert cells[6] == f"{found.expected_months:.1f}"
    assert d.summary() in d._repr_html_().replace("&#x27;", "'").replace("&lt;", "<")


@pytest.mark.parametrize(
    ("ratio", "words"), [(1, "1:1"), (2, "1:2"), (0.5, "2:1"), (1.5, "2:3"), (1.2345, "1:1.2345")]
)
def test_ratios_are_control_to_treatment(ratio, words):
    d = eq.sample_size(
        eq.FixedSample(), eq.Continuous(control=0, treatment=1, sd=2), ratio=float(ratio)
    )
    assert ratio_words(d) == words


def views(spec):
    """Every unit of a layered chart, with its data."""
    for layer in spec.get("layer", []):
        yield from views({**layer, "data": layer.get("data", spec.get("data"))})
    if "mark" in spec:
        yield spec


def drawn(chart):
    """The specification, which is checked against the schema, and its units with their data."""
    spec = chart.to_dict()
    assert spec["width"] == "container"
    assert spec["description"]
    assert all(len(row) <= 52 for row in spec["title"].get("subtitle", []))
    units = []
    for unit in views(spec):
        rows = spec["datasets"][unit["data"]["name"]]
        for channel in unit["encoding"].values():
            for part in channel if isinstance(channel, list) else [channel]:
                assert "field" not in part or part["field"] in rows[0]
        units.append((unit, rows))
    return spec, units


@every_design
def test_power_charts_draw_the_curve_on_the_endpoint_s_scale(plan, endpoint):
    d = design(plan, endpoint)
    spec, units = drawn(d.power_chart())
    curve = design_curve(d)
    power, mean = (rows for unit, rows in units if unit["mark"]["type"] == "line")
    kinds = ["as run", "futility ignored"] if has_futility(d) else ["as run"]
    for kind, column in zip(kinds, ("power", "power_futility_ignored"), strict=False):
        assert [row["chance"] for row in power if row["curve"] == kind] == curve[column].to_list()
    assert len(power) == len(kinds) * curve.height
    field = "expected_events" if is_survival(d) else "expected_patients"
    assert [row[field] for row in mean] == curve[field].to_list()
    x = next(unit["encoding"]["x"] for unit, _ in units if unit["mark"]["type"] == "line")
    assert x["scale"]["type"] == ("log" if is_survival(d) else "linear")
    if is_survival(d):
        assert 3 <= len(x["axis"]["values"]) <= 9
    rules = [rows for unit, rows in units if unit["mark"]["type"] == "rule"]
    effects = {row["effect"] for rows in rules for row in rows if "effect" in row}
    assert effects == set(effect_range(d))
    levels = {row.get("chance", row.get(field)) for rows in rules for row in rows}
    size = d.looks[-1].events if is_survival(d) else d.n_total
    assert {d.plan.target_power, d.plan.alpha / d.plan.sided, size} <= levels
    words = " ".join(row["words"] for _, rows in units for row in rows if "words" in row)
    assert "fixed-sample trial" in words
    assert "as planned" in words
    assert spec["resolve"]["scale"]["y"] == "independent"


@pytest.mark.parametrize("plan", ["fixed", "futility", "wedge", "twenty"])
@pytest.mark.parametrize("endpoint", ["margin", "means", "survival", "recovery"])
def test_timeline_charts_mark_the_looks(plan, endpoint):
    d = design(plan, endpoint)
    _, units = drawn(d.timeline_chart())
    looks = next(rows for unit, rows in units if unit["mark"]["type"] == "circle")
    assert [row["months"] for row in looks] == [look.months for look in d.looks]
    assert [row["count"] for row in looks] == [
        look.events or sum(look.patients) for look in d.looks
    ]
    named = [row["words"] for row in looks if row["words"]]
    assert named[0].endswith("1")
    assert len(named) == len(d.looks) or plan == "twenty"
    rows = next(rows for unit, rows in units if unit["mark"]["type"] == "line")
    curves = {row["curve"] for row in rows}
    data = timeline_frame(d)
    assert len(curves) == (1 if endpoint == "margin" else data.width - 1)
    enrolled = [row["count"] for row in rows if row["curve"] == "patients enrolled"]
    assert enrolled == data["enrolled"].to_list()


@every_design
def test_the_protocol_has_every_number_of_the_design(plan, endpoint):
    d = design(plan, endpoint)
    text = d.protocol()
    assert "None" not in text
    assert "nan" not in text
    assert not re.search(r"[{}]|  ", text)
    assert text.endswith(f"Equipoise {eq.__version__}.")
    assert f"significance level of {d.plan.alpha:g}" in text
    assert d.endpoint.name in text
    size = f"{d.looks[-1].events:,.0f} events" if is_survival(d) else f"{d.n_total:,.0f} patients"
    assert size in text
    power = f"{100 * d.power:.2f}".rstrip("0").rstrip(".")
    assert f"power of {power}%" in text
    assert ("by enumeration" in text) == (endpoint == "fisher")
    made = promises(d)
    assert f"{made.as_run:.4f}" in text
    if has_futility(d):
        assert f"{made.efficacy_only:.4f} if the" in text
    assert ("non-inferiority" in text) == (endpoint in {"margin", "welch", "survival, margin"})
    if len(d.arms) == 2:
        assert "Patients are randomised" in text
    if len(d.looks) == 1:
        assert "no interim analysis" in text
        return
    assert "group-sequential design" in text
    for number, look in enumerate(d.looks, 1):
        start = "At the final analysis" if number == len(d.looks) else f"At analysis {number} "
        sentence = re.search(rf"{start}.*?(?=\. At |\. The effects)", text).group(0)
        assert f"information fraction {look.information:.3g}" in sentence
        if look.months is not None:
            assert f"month {look.months:.1f}" in sentence
        if math.isfinite(look.efficacy_z):
            assert f"z is {look.efficacy_z:.3f} or more" in sentence
            p = special.ndtr(-look.efficacy_z)
            shown = re.search(r"one-sided p (0\.\d+) or less", sentence).group(1)
            assert float(shown) == pytest.approx(p, rel=0.06, abs=5e-5)
        if has_futility(d) and number < len(d.looks) and math.isfinite(look.futility_z):
            assert f"{look.futility_z:.3f}" in sentence
    fixed = d.fixed_events if is_survival(d) else d.fixed_patients
    if endpoint != "fisher":
        assert re.search(rf"would need {fixed:,.1f}".replace(".0", r"(\.0)?"), text)
    null, planned = (
        one.expected_events if is_survival(d) else one.expected_patients
        for one in (made.null, made.planned)
    )
    assert f"is {null:,.1f} with" in text
    assert f"{planned:,.1f} as planned" in text


def test_the_protocol_says_what_holds_for_its_kind_of_plan():
    def text(plan, endpoint="risks"):
        return design(plan, endpoint).protocol()

    assert "controlled whether or not the trial stops for futility" in text("futility")
    assert "Stopping is then required" in text("binding")
    assert "boundary is binding" not in text("futility")
    assert "no stopping for futility" in text("spending")
    assert "recalculated by the spending function at the observed" in text("spending")
    assert "the interim boundaries are kept" in text("two-sided")
    assert "still do not stop for benefit" in text("no early")
    assert "does not stop early for benefit" in text("no early")
    assert "inner wedge" in text("wedge")
    assert "two-sided significance level of 0.05, 0.025 in each direction" in text("wedge")
    assert text("for harm").count("harm if z is") == 2
    assert "At analysis 1" in text("given")
    assert "the trial goes on." in text("given")
    assert "observed information fraction" not in text("fixed")
    pocock = eq.sample_size(
        eq.GroupSequential(looks=2, efficacy=eq.Pocock()), ENDPOINTS["risks"][0]
    )
    assert "Pocock boundary, scaled to the overall" in pocock.protocol()
    assert "spent up to each analysis is that planned for its number" in pocock.protocol()


def test_the_protocol_says_what_is_assumed_and_tested():
    text = design("futility", "fisher").protocol()
    assert "control 25%, treatment 10%" in text
    assert "Fisher's exact test at a one-sided" in text
    assert "known 28 days after enrolment" in text
    assert "20 patients a month after a linear rise over 2 months" in text
    text = design("fixed", "margin").protocol()
    assert "non-inferiority of shorter course to usual care" in text
    assert "margin is a risk difference (shorter course minus usual care) of 7 percentage" in text
    assert "is 7 percentage points or more" in text
    assert "No allowance for dropout" in text
    text = design("fixed", "recovery").protocol()
    assert "control hazard 0.1 and 0.05 a month from months 0 and 3" in text
    lost = [f"{100 * (1 - math.exp(-12 * rate)):.1f}%" for rate in (0.001, 0.002)]
    assert f"{lost[0]} of those on control and {lost[1]} of those on treatment" in text
    assert "a ratio of 2:3 (control to treatment)" in text
    text = design("fixed", "one arm").protocol()
    assert "no better than the fixed reference of 20%" in text
    assert "randomised" not in text


def test_the_protocol_says_how_patients_are_allocated():
    plain = design("fixed", "means")
    for allocation, words in (
        (Allocation(sizes=(4, 6)), "permuted blocks whose size is drawn at random from 4 and 6"),
        (Allocation(sizes=(4,)), "in permuted blocks of 4."),
        (Allocation(), "in permuted blocks."),
        (Allocation(kind="simple"), "without blocks."),
    ):
        assert words in plain.stated(allocation, ()).protocol()


def test_designs_that_are_not_rounded_are_shown_too():
    d = eq.sample_size(PLANS["futility"](), ENDPOINTS["risks"][0], integer=False)
    assert f"{d.n_total:,.1f} patients" in d.summary()
    assert f"{d.n_total:,.1f} patients" in d.protocol()
    assert d.power == pytest.approx(0.9)
    assert drift(d, truth_at(d, 0.15)) == pytest.approx(d.sequential.drift)
    drawn(d.power_chart())
