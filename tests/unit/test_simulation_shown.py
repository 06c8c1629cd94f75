"""Operating characteristics and replayed trials as frames, text and charts: what is shown agrees.

Every simulation is small and real: 2,000 replicates of seed 7 unless said otherwise.
"""

import functools
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import stats

import equipoise as eq
from equipoise.numerics.trials import records as r
from equipoise.numerics.trials.decisions import REASONS
from equipoise.parts.accrual import DAYS_PER_MONTH
from equipoise.parts.rules import ConditionalPower, SafetyBoundary
from equipoise.simulation import charts
from equipoise.simulation.frames import STOPS, kind_of, truth_words, wilson
from equipoise.simulation.run import simulate
from equipoise.simulation.run_range import run_range
from equipoise.simulation.summaries import digits_of, share_with_error, with_error
from equipoise.vocabulary.scenario import Empirical, Prior, Scenario, Stratum, Survival

EXAMPLES = Path(__file__).parents[2] / "examples" / "designs"
SEED, REPLICATES = 7, 2_000


def read(name):
    design = eq.read_design(EXAMPLES / f"{name}.yaml")
    return design, design.scenarios


def with_rules():
    """A binary trial without futility boundary, watched for safety, stopped at low power."""
    design = eq.sample_size(
        eq.GroupSequential(looks=3),
        eq.Binary(control=0.25, treatment=0.15, delay_days=28),
        accrual=eq.Accrual(per_month=40, poisson=True),
    )
    design = replace(
        design, rules=(ConditionalPower(at_most=0.2), SafetyBoundary(z=2.0, delay_days=14))
    )
    return design, (
        Scenario(name="as planned", risks=(0.25, 0.15), adverse_risks=(0.1, 0.1)),
        Scenario(name="unsafe", risks=(0.25, 0.25), adverse_risks=(0.1, 0.2)),
    )


def with_strata():
    design, _ = read("binary")
    kinds = (
        Stratum(name="young", prevalence=0.6, risks=(0.2, 0.1)),
        Stratum(name="old", prevalence=0.4, risks=(0.4, 0.35)),
    )
    lost = Scenario(name="lost", risks=(0.25, 0.15), dropout_per_month=0.1)
    return design, (Scenario(name="two kinds", strata=kinds), lost)


def without_calendar():
    design = eq.sample_size(eq.GroupSequential(looks=2), eq.Binary(control=0.3, treatment=0.2))
    return design, (
        Scenario(name="no effect", risks=(0.3, 0.3)),
        Scenario(name="as planned", risks=(0.3, 0.2)),
    )


def single_arm():
    design = eq.sample_size(
        eq.GroupSequential(looks=2),
        eq.Binary(control=0.2, treatment=0.4, better="higher", single_arm=True),
        accrual=eq.Accrual(per_month=5),
    )
    return design, (
        Scenario(name="null", risks=(0.2, 0.2)),
        Scenario(name="hoped for", risks=(0.2, 0.4)),
    )


def two_sided():
    design = eq.sample_size(
        eq.GroupSequential(looks=3, sided=2, alpha=0.05, futility=eq.Spending("obrien-fleming")),
        eq.Continuous(control=10, treatment=10.4, sd=1),
    )
    return design, (
        Scenario(name="none", means=(10, 10)),
        Scenario(name="worse", means=(10, 9.6)),
        Scenario(name="tabled", outcomes=Empirical(control=(9, 10, 11), treatment=(10, 11, 12))),
    )


def changing_hazards():
    design, _ = read("survival")
    return design, (
        Scenario(name="delayed", hazard_ratio=(1, 0.6), from_months=(0, 4)),
        Scenario(name="medians", survival=(Survival(median_months=14), Survival(median_months=20))),
    )


def drawn_truths():
    design, _ = read("binary")
    prior = Prior(risks=(stats.beta(25, 75), stats.beta(15, 85)))
    return design, (Scenario(name="drawn", prior=prior),)


MADE = {
    "binary": lambda: read("binary"),
    "means": lambda: read("means"),
    "survival": lambda: read("survival"),
    "rules": with_rules,
    "strata": with_strata,
    "no calendar": without_calendar,
    "single arm": single_arm,
    "two sided": two_sided,
    "changing hazards": changing_hazards,
    "prior": drawn_truths,
}


@functools.cache
def run(name):
    design, scenarios = MADE[name]()
    return simulate(design, scenarios, replicates=REPLICATES, seed=SEED)


@functools.cache
def grid():
    """Of 25 risks, for the curve."""
    design, _ = read("binary")
    truths = tuple(Scenario(name=f"{i}", risks=(0.25, 0.05 + 0.01 * i)) for i in range(25))
    return simulate(design, truths, replicates=500, seed=SEED)


def gallery():
    """Every kind of chart under its name, for the browser."""
    out = {}
    for name in MADE:
        oc = run(name)
        out[name] = oc.chart()
        out[f"{name}, replay"] = oc.replay(len(oc.truths) - 1, 3).chart()
    for name in ("binary", "means", "survival", "single arm"):
        out[f"{name}, power"] = charts.power_chart(run(name))
    out["grid"] = grid().chart()
    return out


every = pytest.mark.parametrize("name", list(MADE))


@every
def test_the_frame_equals_the_characteristics(name):
    oc = run(name)
    rows = oc.frame().to_dicts()
    assert [row["scenario"] for row in rows] == [truth.name for truth in oc.truths]
    same = ["estimate", "effect", "short", "exact", "exact_harm", "exact_patients", "normal"]
    for stem in ("benefit", "benefit_alone", "harm", "patients", "known", "events", "bias"):
        same += [stem, f"{stem}_error"]
    same += ["rmse", "rmse_error", "coverage", "coverage_error"]
    for row, found in zip(rows, oc.scenarios, strict=True):
        for field in same:
            value = getattr(found, field)
            known = None if value is None or math.isnan(value) else float(value)
            assert row[field] == known, field
        assert row["replicates"] == REPLICATES
        assert row["failed"] == 0


@every
def test_months_and_quantiles_are_named_columns_in_months(name):
    oc = run(name)
    calendar = name not in {"no calendar", "two sided"}
    for s, row in enumerate(oc.frame().to_dicts()):
        for column, share in (("p10", 0.1), ("median", 0.5), ("p90", 0.9)):
            assert row[f"patients_{column}"] == oc.quantile(s, share).value
            months = row[f"months_{column}"]
            if calendar:
                found = oc.quantile(s, share, "days").value
                assert months == pytest.approx(found / DAYS_PER_MONTH)
            else:
                assert months is None
        if calendar:
            assert row["months"] == pytest.approx(oc.scenarios[s].days / DAYS_PER_MONTH)
        else:
            assert row["months"] is None
            assert row["months_error"] is None


def test_the_truth_is_in_columns_where_it_is_simple_and_always_in_words():
    rows = {row["scenario"]: row for row in run("binary").frame().to_dicts()}
    harm = rows["harm"]
    assert (harm["control"], harm["treatment"], harm["hazard_ratio"]) == (0.25, 0.3, None)
    assert harm["truth"] == "25% v 30%"
    assert run("survival").frame()["hazard_ratio"].to_list() == [0.8, 1.0, 1.15]
    changing = run("changing hazards").frame()
    assert changing["hazard_ratio"].to_list() == [None, None]
    assert changing["truth"].to_list() == [
        "hazard ratio 1, then 0.6 from month 4",
        "median 14 months v median 20 months",
    ]
    strata = run("strata").frame()
    assert strata["control"].to_list() == [None, 0.25]
    assert strata["truth"][0] == "60% young: 20% v 10%; 40% old: 40% v 35%"
    assert run("single arm").frame()["control"].to_list() == [None, None]
    assert run("single arm").frame()["truth"].to_list() == ["20%", "40%"]
    assert run("two sided").frame()["truth"].to_list()[-1] == "patients of a table"
    assert truth_words(Scenario(name="p", prior=Prior(hazard_ratio=0.7))) == "drawn from a prior"


@every
def test_stopping_sums_to_one_and_reaching_a_look_is_what_is_left(name):
    oc = run(name)
    looks = oc.looks()
    assert looks.height == len(oc.truths) * len(oc.design.looks)
    for truth, found in zip(oc.truths, oc.scenarios, strict=True):
        rows = looks.filter(pl.col("scenario") == truth.name)
        stopped = rows.select(pl.sum_horizontal(STOPS.values())).to_series().to_numpy()
        assert stopped.sum() == pytest.approx(1, abs=1e-12)
        np.testing.assert_allclose(
            rows["reached"].to_numpy(),
            1 - np.concatenate([[0], np.cumsum(stopped)[:-1]]),
            atol=1e-12,
        )
        assert rows["stopped_efficacy"].sum() == pytest.approx(found.benefit, abs=1e-12)
        assert rows["look"].to_list() == list(range(1, len(oc.design.looks) + 1))


def test_pending_outcomes_are_those_of_an_endpoint_with_a_delay():
    looks = run("binary").looks()
    np.testing.assert_allclose(looks["pending"], looks["enrolled"] - looks["known"])
    assert looks["pending"].max() > 10
    assert looks.filter(pl.col("look") == 3)["pending"].to_list() == [0, 0, 0]
    for name in ("survival", "no calendar"):
        assert run(name).looks()["pending"].null_count() == run(name).looks().height
    assert run("means").looks()["events"].null_count() == run("means").looks().height


@every
def test_measures_hold_wilson_intervals_of_the_counts_and_normal_ones_of_the_means(name):
    oc = run(name)
    measures = oc.measures()
    assert measures.height == 12 * len(oc.truths)
    for s, truth in enumerate(oc.truths):
        rows = {row["measure"]: row for row in measures.filter(scenario=truth.name).to_dicts()}
        benefit, patients = rows["finds benefit, as run"], rows["patients"]
        counted = int(oc.totals.sums[s, r.BENEFIT])
        interval = stats.binomtest(counted, REPLICATES).proportion_ci(0.95, "wilson")
        assert (benefit["low"], benefit["high"]) == pytest.approx(tuple(interval), abs=1e-9)
        assert benefit["trials"] == REPLICATES
        half = stats.norm.ppf(0.975) * patients["error"]
        assert patients["high"] - patients["value"] == pytest.approx(half, abs=1e-9)
        assert patients["value"] == oc.scenarios[s].patients
        assert rows["bias"]["trials"] == int(oc.totals.sums[s, r.ESTIMATED])


@pytest.mark.parametrize(("count", "trials"), [(0, 50), (50, 50), (3, 50), (499, 1000)])
def test_the_wilson_interval_is_the_published_one(count, trials):
    found = stats.binomtest(count, trials).proportion_ci(0.95, "wilson")
    assert wilson(count, trials) == pytest.approx((found.low, found.high), abs=1e-12)
    assert all(map(math.isnan, wilson(0, 0)))


def test_a_chance_of_benefit_is_a_type_one_error_where_the_truth_is_null_or_worse():
    def kinds(name):
        rows = run(name).measures().filter(pl.col("measure").str.starts_with("finds benefit"))
        assert rows["measure"].to_list()[:2] == [
            "finds benefit, as run",
            "finds benefit, efficacy boundary only",
        ]
        return rows["kind"].to_list()[::2]

    assert kinds("binary") == ["power", "power", "type I error"]
    assert kinds("survival") == ["power", "type I error", "type I error"]
    assert kinds("means") == ["power", "power"]  # non-inferiority: a small loss is no null
    assert kinds("no calendar") == ["type I error", "power"]
    assert kinds("single arm") == ["type I error", "power"]
    assert kinds("changing hazards")[0] is None
    others = run("binary").measures().filter(~pl.col("measure").str.starts_with("finds benefit"))
    assert others["kind"].null_count() == others.height
    margin = eq.Binary(control=0.2, treatment=0.2, margin=1.5, scale="ratio")
    assert kind_of(margin, math.log(1.5)) == "type I error"
    assert kind_of(margin, 0.0) == "power"


@every
def test_a_replay_is_the_trial_of_the_run(name):
    oc = run(name)
    part = run_range(oc.job, 0, 1024, keep=True)
    for s in range(len(oc.truths)):
        for replicate in (0, 1, 17, 512, 1023):
            shown = oc.replay(s, replicate)
            counts, values = part.counts[s, replicate], part.values[s, replicate]
            assert shown.ended_at == counts[r.LOOK] + 1
            assert shown.reason == REASONS[counts[r.REASON]] == shown.end.decision
            assert shown.end.z == pytest.approx(values[r.Z], rel=1e-12)
            assert shown.end.day == pytest.approx(values[r.DAY], rel=1e-12)
            assert shown.end.estimate == pytest.approx(values[r.ESTIMATE], rel=1e-9)
            assert shown.end.enrolled == counts[r.ENROLLED]
            assert sum(shown.end.patients) == counts[r.KNOWN]
            assert sum(shown.end.events or (0,)) == counts[r.EVENTS]
            assert shown.found_by_efficacy_alone == bool(counts[r.EFFICACY_ONLY])
            assert [row.after_the_end for row in shown.looks] == [
                row.look > shown.ended_at for row in shown.looks
            ]


@every
def test_a_run_of_one_replicate_is_the_first_replay(name):
    design, scenarios = MADE[name]()
    one = simulate(design, scenarios, replicates=1, seed=SEED)
    for s, found in enumerate(one.scenarios):
        shown = run(name).replay(s, 0)
        assert found.patients == shown.end.enrolled
        assert found.benefit == (shown.reason == "efficacy")
        assert found.benefit_alone == shown.found_by_efficacy_alone


@every
def test_the_patients_of_a_replay_add_up_to_its_last_look(name):
    oc = run(name)
    for s in range(len(oc.truths)):
        shown = oc.replay(s, 5)
        people, end = shown.patients(), shown.end
        inside = people.filter("in_trial")
        assert people["patient"].to_list() == list(range(1, people.height + 1))
        assert inside.height == end.enrolled
        assert set(people["arm"]) <= set(oc.design.arms)
        if name in {"survival", "changing hazards"}:
            assert inside["event_observed"].sum() == sum(end.events)
            assert (inside["followed_months"] >= 0).all()
            assert people.filter(~pl.col("in_trial"))["followed_months"].is_null().all()
        else:
            known = inside.filter("outcome_known")
            assert known.height == sum(end.patients)
            if end.events is not None:
                assert known["outcome"].sum() == sum(end.events)
        if name in {"no calendar", "two sided"}:
            assert people["month"].null_count() == people.height
        else:
            assert people["month"].is_sorted()
            assert inside["month"].max() <= end.day / DAYS_PER_MONTH + 1e-9


def test_patients_of_a_replay_have_strata_losses_and_adverse_events_where_there_are_some():
    strata = run("strata")
    first = strata.replay("two kinds", 0).patients()
    assert set(first["stratum"]) == {"young", "old"}
    lost = strata.replay("lost", 0).patients()
    assert 0 < lost["lost_months"].count() < lost.height
    assert not (lost["lost_months"].is_not_null() & lost["outcome_known"]).any()
    assert lost["stratum"].null_count() == lost.height
    rules = run("rules").replay("unsafe", 0)
    assert 0 < rules.patients()["adverse_event"].mean() < 0.5
    assert rules.end.adverse_z is not None
    assert "adverse_event" not in first.columns
    means = run("two sided").replay("none", 0).patients()
    assert means["outcome"].mean() == pytest.approx(10, abs=0.3)


def test_a_replay_stops_where_its_statistic_meets_a_boundary():
    oc = run("rules")
    reasons = set()
    for replicate in range(60):
        shown = oc.replay("unsafe", replicate)
        end, k = shown.end, shown.ended_at - 1
        reasons.add(shown.reason)
        if shown.reason == "safety":
            assert end.adverse_z >= shown.bounds["safety"][k] == 2.0
        elif shown.reason == "conditional power":
            assert end.z <= shown.bounds["conditional power"][k] == end.conditional_bound
        elif shown.reason == "end":
            assert end.z < end.efficacy_bound
    assert {"safety", "conditional power"} <= reasons


def test_the_frame_of_a_replay_has_one_row_a_look():
    shown = run("binary").replay(2, 4)
    data = shown.frame()
    assert data.height == len(shown.looks)
    assert data["z"].to_list() == [row.z for row in shown.looks]
    assert data["adverse_z"].null_count() == data.height
    assert data.filter(look=3)["futility_bound"].to_list() in ([None], [])
    assert run("single arm").replay(0, 0).frame()["patients_control"].null_count() > 0


def text_of(name):
    text = run(name).summary()
    assert str(run(name)) == text
    assert max(map(len, text.splitlines())) <= 100
    assert not re.search(r"nan|inf\b|np\.|None|[ ]$", text, re.MULTILINE)
    return text


@every
def test_the_summary_fits_its_lines_and_names_what_it_shows(name):
    oc, text = run(name), text_of(name)
    assert "2,000 simulated trials of " in text
    assert "seed 7" in text
    assert "Monte Carlo standard error" in text
    for truth in oc.truths:
        assert truth.name in text
    for heading in ("finds benefit,", "boundary alone", "finds harm", "at the end"):
        assert heading in text
    shown = oc.replay(0, 2).summary()
    assert max(map(len, shown.splitlines())) <= 100
    assert f"at look {oc.replay(0, 2).ended_at}" in " ".join(shown.split())


def test_the_summary_says_what_the_numbers_rest_on():
    binary = " ".join(text_of("binary").split())
    assert "718 patients at most; 3 looks by patients whose outcome is known" in binary
    assert "one-sided alpha 0.025" in binary
    assert "naive estimate and its 95% interval" in binary
    assert "To find benefit is a type I error under: harm." in binary
    assert "Student's t test" in text_of("means")
    assert "No accrual is stated" in text_of("no calendar")
    rules = " ".join(text_of("rules").split())
    assert "stop at conditional power of 0.2 or less (planned effect)" in rules
    assert "stop at z 2 of serious adverse event" in rules
    assert "without one true effect" in text_of("changing hazards")
    assert "none of 2,000" in text_of("two sided")
    prior = " ".join(text_of("prior").split())
    assert "the chance to find benefit is the assurance" in prior
    assert "varies" in prior


def test_short_last_looks_are_told():
    design, _ = read("binary")
    design = replace(design, accrual=eq.Accrual(per_month=40, ramp_up_months=2))
    lost = Scenario(name="half lost", risks=(0.25, 0.15), dropout_per_month=0.7)
    oc = simulate(design, (lost,), replicates=500, seed=SEED)
    assert oc.scenarios[0].short > 0
    assert "Last looks short of the planned information" in " ".join(oc.summary().split())


def test_many_looks_are_summed_up_by_reason():
    design, truths = read("binary")
    many = tuple(replace(truths[0], name=f"truth {i}") for i in range(21))
    text = simulate(design, many, replicates=100, seed=SEED).summary()
    assert "reached" not in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (0.33580, 0.00149, "0.3358 ± 0.0015"),
        (0.33580, 0.0032, "0.336 ± 0.003"),
        (583.52, 0.41, "583.5 ± 0.4"),
        (1234.5, 12.0, "1,234 ± 12"),
        (434.0, 0.0, "434"),
        (17.456257, 1e-9, "17.456"),
        (None, None, "none"),
    ],
)
def test_numbers_have_the_digits_that_their_error_supports(value, error, shown):
    assert with_error(value, error) == shown


def test_none_and_all_are_said_in_words():
    assert share_with_error(0.0, 0.0, 2000) == "none of 2,000"
    assert share_with_error(1.0, 0.0, 2000) == "all of 2,000"
    assert digits_of(0.1) == 2
    assert digits_of(0.099) == 2
    assert digits_of(0.2) == 1


def layers_of(spec):
    for layer in spec["layer"]:
        if "layer" in layer:
            yield from layers_of(layer)
        else:
            yield layer


@pytest.fixture(scope="module")
def drawn():
    return {name: chart.to_dict() for name, chart in gallery().items()}


def test_every_chart_is_a_valid_view_that_follows_its_container(drawn):
    for spec in drawn.values():
        assert spec["width"] == "container"
        assert spec["description"]
        assert list(layers_of(spec))


def test_the_bars_of_a_scenario_fill_the_axis_and_tell_the_looks(drawn):
    oc, spec = run("binary"), drawn["binary"]
    bars = next(layer for layer in layers_of(spec) if layer["mark"]["type"] == "rect")
    rows = pl.DataFrame(spec["datasets"][bars["data"]["name"]])
    looks = oc.looks()
    for truth in oc.truths:
        mine = rows.filter(scenario=truth.name)
        assert mine["start"].min() == 0
        assert mine["end"].max() == pytest.approx(1)
        benefit = mine.filter(reason="stops for benefit")["share"].sum()
        assert benefit == pytest.approx(
            looks.filter(scenario=truth.name)["stopped_efficacy"].sum(), abs=1e-12
        )
    words = [row for data in spec["datasets"].values() for row in data if "benefit" in row]
    assert [row["name"] for row in words] == [truth.name for truth in oc.truths]
    share = f"{100 * oc.scenarios[0].benefit:.1f}%"
    assert words[0]["benefit"].startswith(f"finds benefit {share} (")


def test_a_grid_of_many_scenarios_is_a_curve(drawn):
    spec = drawn["grid"]
    marks = [layer["mark"]["type"] for layer in layers_of(spec)]
    assert {"line", "circle", "rule"} <= set(marks)
    assert "normal theory" in " ".join(spec["title"]["subtitle"])
    line = next(layer for layer in layers_of(spec) if layer["mark"]["type"] == "line")
    curve = pl.DataFrame(spec["datasets"][line["data"]["name"]])
    assert curve["benefit"].is_sorted(descending=True)


def test_a_replay_is_drawn_with_its_decision(drawn):
    spec = drawn["survival, replay"]
    shown = run("survival").replay(2, 3)
    assert "Replicate 3, harm" in " ".join(spec["title"]["text"])
    ends = [row for data in spec["datasets"].values() for row in data if "words" in row]
    assert {row["look"] for row in ends} == {shown.ended_at}


def test_a_trial_that_failed_is_shown_as_far_as_it_came(monkeypatch):
    from equipoise.simulation import replay as module

    oc, again = run("binary"), module._again

    def failing(job, replicate):
        seen = again(job, replicate)
        seen.record[:] = 0
        seen.record[r.STATUS] = r.NOT_A_NUMBER
        seen.trace[:] = 0
        seen.patients.value[0] = math.nan
        return seen._replace(day=0.0)

    monkeypatch.setattr(module, "_again", failing)
    shown = oc.replay(0, 0)
    assert (shown.reason, shown.ended_at, shown.end) == ("failed", 0, None)
    assert "The trial failed: a statistic is not a number." in shown.summary()
    assert shown.patients()["outcome"][0] is None
    assert shown.frame().height == 0
    shown.chart().to_dict()


def test_failed_trials_are_told():
    oc = run("binary")
    rows = tuple(replace(row, failed=3 * s) for s, row in enumerate(oc.scenarios))
    text = " ".join(replace(oc, scenarios=rows).summary().split())
    assert "count nowhere above: 3 (lower control risk) and 6 (harm)." in text
