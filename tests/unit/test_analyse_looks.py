"""Analyses of data: what is refused, decisions, overrun, effects by hand, frames, text, charts."""

import math

import polars.selectors as cs
import pytest
from scipy import special, stats

import equipoise as eq
from equipoise.design.analyse_data import statistic
from equipoise.design.analyse_measure import measure_given

PLAN = eq.GroupSequential(looks=3)
FUTILITY = eq.Spending("hwang-shih-decani", gamma=-2.0)


def rates(control, treatment, n0=100, n1=100):
    return eq.RatesAtLook(events=(control, treatment), patients=(n0, n1))


def hazard(events, z, **more):
    return eq.SurvivalAtLook(events=events, log_rank=z, **more)


def of(plan, looks, **more):
    return eq.analyse(plan, looks, **({"better": "lower"} | more))


# What is refused


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: rates(101, 3), "`events` is .* cannot outnumber"),
        (lambda: rates(1.5, 3), "`events` is .* counts whole patients"),
        (lambda: rates(0, 0, n0=0), "`patients` is .* 1 or more"),
        (lambda: rates(-1, 0), "`events` is .* 0 or more"),
        (lambda: rates(math.nan, 0), "`events` is nan; must be a finite number"),
        (lambda: rates(None, 3), "`events` is .* must have the arms"),
        (lambda: rates("a", 0), "`events` is 'a'; must be a number"),
        (lambda: eq.RatesAtLook(events=(3,), patients=(9, 9)), "`events` is .* is a pair"),
        (
            lambda: eq.RatesAtLook(events=(3, 2), patients=(9, None)),
            "`patients` is None;",
        ),
        (lambda: eq.MeansAtLook(patients=(9, 9), means=(1, 2), sds=(0, 1)), "`sds` is .* above 0"),
        (lambda: eq.MeansAtLook(patients=(9, 1), means=(1, 2), sds=(1, 1)), "`patients` .* 2 or"),
        (lambda: hazard(0, 1.0), "`events` is 0"),
        (lambda: hazard(9, math.inf), "`log_rank` is inf"),
        (lambda: hazard(9, 1.0, ratio=0.0), "`ratio` is 0.0"),
        (lambda: eq.EstimateAtLook(estimate=1.0, standard_error=0.0), "`standard_error` is 0.0"),
        (lambda: eq.EstimateAtLook(estimate=math.nan, standard_error=1.0), "`estimate` is nan"),
    ],
)
def test_data_that_are_refused(build, words):
    with pytest.raises(eq.InputError, match=words):
        build()


TWO = [rates(20, 18), rates(40, 30, 200, 200)]


@pytest.mark.parametrize(
    ("looks", "more", "words"),
    [
        ([], {}, "`looks` is .* must be a list of records"),
        (rates(3, 3), {}, "must be a list of records"),
        (TWO, {"overrun": 3}, "`overrun` is 3; must be a record"),
        ([rates(2, 1), hazard(20, 1.0)], {}, "must all be of one kind"),
        ([rates(9, 9), rates(9, 9)], {}, "no more information than the look before"),
        ([rates(9, 9), rates(8, 9, 200, 200)], {}, "`events` is .* fewer than at the look before"),
        ([rates(9, 9), rates(9, 9, 99, 200)], {}, "`patients` is .* fewer than"),
        ([rates(9, 9), rates(30, 9, 110, 200)], {}, "`patients without event`"),
        (TWO, {"better": None}, "`better` is None"),
        (TWO, {"scale": "hazard ratio"}, "`scale` is .* must be one of"),
        (TWO, {"test": "t"}, "`test` is 't'; must be one of pooled"),
        (TWO, {"scale": "ratio", "margin": -1.0}, "`margin` is -1.0"),
        (TWO, {"maximum": 600, "information": [0.3, 0.6]}, "given beside `information`"),
        (TWO, {"maximum": 0}, "`maximum` is 0"),
        (TWO, {"information": [0.3]}, "needs one for each of 2 looks"),
        (TWO, {"information": [0.6, 0.3]}, "`information` is"),
        (TWO, {"overrun": rates(60, 40, 300, 300)}, "and the trial goes on"),
        ([rates(30, 5), rates(60, 9, 200, 200)], {}, "which says: stop for benefit"),
        ([rates(0, 9), rates(0, 20, 200, 200)], {"test": "unpooled", "better": "higher"}, None),
        ([eq.RatesAtLook(events=(None, 3), patients=(None, 20))], {}, "`margin` is None"),
        (TWO, {"test": "fisher-exact", "margin": 0.1}, "`margin` is 0.1; has no exact test"),
    ],
)
def test_analyses_that_are_refused(looks, more, words):
    if words is None:
        assert of(PLAN, looks, **more).looks
        return
    with pytest.raises(eq.InputError, match=words):
        of(PLAN, looks, **more)


def test_more_looks_than_planned_need_the_maximum():
    looks = [hazard(number * 40, 0.5) for number in range(1, 5)]
    with pytest.raises(eq.InputError, match="more than the 3 planned"):
        of(PLAN, looks)
    found = of(PLAN, looks, maximum=200)
    assert [look.information for look in found.looks] == [0.2, 0.4, 0.6, 0.8]
    assert found.final is None


def test_a_design_says_what_a_plan_cannot():
    design = eq.sample_size(PLAN, eq.TimeToEvent(hazard_ratio=0.7, control_median_months=12))
    with pytest.raises(eq.InputError, match="the design's to say"):
        eq.analyse(design, [hazard(100, 1.0)], better="lower")
    with pytest.raises(eq.InputError, match="does not fit the design's endpoint"):
        eq.analyse(design, [rates(9, 9)])
    assert eq.analyse(design, [hazard(100, 1.0)]).looks[0].estimate == pytest.approx(math.exp(-0.2))
    logs = eq.EstimateAtLook(estimate=-0.2, standard_error=0.2)
    assert eq.analyse(design, [logs]).looks[0].z == pytest.approx(1.0)


def test_no_variance_is_told():
    with pytest.raises(eq.InputError, match="have no variance"):
        of(PLAN, [rates(0, 100)], test="unpooled")


def test_fishers_exact_test_is_one_sided():
    plan = eq.GroupSequential(looks=2, sided=2, alpha=0.05)
    with pytest.raises(eq.InputError, match="`sided` is 2; Fisher's exact test"):
        of(plan, TWO, test="fisher-exact")
    endpoint = eq.Binary(control=0.4, treatment=0.2, test="fisher-exact")
    look = eq.PlannedLook(information=1.0, patients=(50, 50), efficacy_z=1.96)
    design = eq.Design(endpoint=endpoint, plan=plan, looks=(look,))
    with pytest.raises(eq.InputError, match="`sided` is 2; Fisher's exact test"):
        eq.analyse(design, TWO)


# Decisions


@pytest.mark.parametrize(
    ("sided", "z", "decision"),
    [
        (1, 1.0, "go on"),
        (1, 4.0, "stop for benefit"),
        (1, -3.0, "stop for futility"),
        (2, -4.0, "stop for harm"),
        (2, 4.0, "stop for benefit"),
        (2, -1.5, "go on"),
    ],
)
def test_decisions_at_a_first_look(sided, z, decision):
    alpha = 0.025 * sided
    futility = FUTILITY if sided == 1 else None
    plan = eq.GroupSequential(looks=3, sided=sided, alpha=alpha, futility=futility)
    found = of(plan, [hazard(60, z)])
    assert found.decision == decision
    assert (found.final is None) == (decision == "go on")
    assert (found.looks[0].estimate < 1) == (z > 0)


def test_boundaries_themselves_stop():
    bound = float(PLAN.bounds[0])
    assert of(PLAN, [hazard(60, bound)]).decision == "stop for benefit"
    assert of(PLAN, [hazard(60, bound - 1e-6)]).decision == "go on"


def test_a_wedge_and_the_last_look():
    plan = eq.GroupSequential(looks=2, sided=2, alpha=0.05, futility=eq.FutilityBounds(z=(0.5,)))
    assert of(plan, [hazard(60, 0.3)]).decision == "stop for futility"
    assert of(plan, [hazard(60, 1.0), hazard(120, 1.5)]).decision == "ended without benefit"
    assert of(plan, [hazard(60, 1.0), hazard(120, -2.5)]).decision == "stop for harm"


def test_futility_that_does_not_bind_may_be_overruled():
    looks = [hazard(60, -3.0), hazard(120, 1.0)]
    found = of(eq.GroupSequential(looks=3, futility=FUTILITY), looks)
    assert "went on past a futility boundary that does not bind, at look 1" in str(found)
    binding = eq.Spending("hwang-shih-decani", gamma=-2.0, binding=True)
    with pytest.raises(eq.InputError, match="stop for futility"):
        of(eq.GroupSequential(looks=3, futility=binding), looks)


def spent_under_no_effect(**more):
    futility = eq.Spending("obrien-fleming", under="no effect", total=0.1, **more)
    return eq.GroupSequential(looks=3, futility=futility)


def test_a_lower_boundary_spent_under_no_effect_is_for_harm():
    plan = spent_under_no_effect()
    low = [float(z) for z in plan.futility_bounds]
    found = of(plan, [hazard(60, low[0])])
    assert found.decision == "stop for harm"
    assert "harm found" in str(found)
    assert "futility" not in str(found)
    assert of(plan, [hazard(60, low[0] + 1e-6)]).decision == "go on"
    last = [hazard(60, 0.0), hazard(120, 0.0)]
    assert of(plan, [*last, hazard(180, low[2])]).decision == "stop for harm"
    assert of(plan, [*last, hazard(180, low[2] + 0.1)]).decision == "ended without benefit"


def test_a_boundary_for_harm_that_does_not_bind_may_be_overruled():
    looks = [hazard(60, -3.0), hazard(120, 0.0)]
    text = str(of(spent_under_no_effect(), looks))
    assert "went on past a lower boundary that does not bind, at look 1" in text
    with pytest.raises(eq.InputError, match="stop for harm"):
        of(spent_under_no_effect(binding=True), looks)
    two_sided = eq.GroupSequential(looks=3, sided=2, alpha=0.05)
    with pytest.raises(eq.InputError, match="stop for harm"):
        of(two_sided, [hazard(60, -4.0), hazard(120, 0.0)])


def test_a_last_look_below_the_maximum_spends_the_rest():
    looks = [hazard(60, 1.0), hazard(120, 2.2)]
    assert of(PLAN, looks).decision == "go on"
    found = of(PLAN, looks, final=True)
    assert found.plan.spent[-1] == pytest.approx(0.025, abs=1e-9)
    assert found.decision == "stop for benefit"
    assert of(PLAN, looks, maximum=180, final=True).final == found.final


def test_boundaries_follow_the_information_observed():
    found = of(PLAN, [hazard(50, 1.0), hazard(140, 1.5)], maximum=180)
    same = of(PLAN, [hazard(50, 1.0), hazard(140, 1.5)], information=[50 / 180, 140 / 180])
    assert found.looks == same.looks
    bounds = eq.GroupSequential(information=[50 / 180, 140 / 180, 1]).bounds
    assert [look.bound for look in found.looks] == pytest.approx(bounds[:2], abs=1e-8)


def test_repeated_p_is_not_made_up():
    plan = eq.GroupSequential(looks=3, efficacy=eq.Pocock())
    assert of(plan, [hazard(60, 1.0)]).looks[0].repeated_p is not None
    assert of(plan, [hazard(60, 1.0)], maximum=170).looks[0].repeated_p is None


@pytest.mark.parametrize("plan", [PLAN, eq.GroupSequential(looks=3, efficacy=eq.Pocock())])
def test_repeated_inference_agrees_with_the_boundary(plan):
    for events in range(5, 40):
        look = of(plan, [rates(40, events)]).looks[0]
        stops = look.decision == "stop for benefit"
        assert (look.repeated_interval[1] < 0) == stops
        assert (look.repeated_p <= 0.025) == stops


# Effects by hand


def test_rates_at_a_margin():
    """Risk difference of 9/100 and 12/100 against a loss of 0.1, by the score interval's limits."""
    look = of(PLAN, [rates(12, 9)], margin=0.1).looks[0]
    assert look.estimate == pytest.approx(-0.03)
    low, high = look.repeated_interval
    for limit, sign in ((low, 1), (high, -1)):
        again = of(PLAN, [rates(12, 9)], margin=limit).looks[0].z
        assert again == pytest.approx(-sign * look.bound, abs=1e-9)


@pytest.mark.parametrize("scale", ["difference", "ratio", "odds ratio"])
def test_no_effect_is_the_pooled_z(scale):
    look = of(PLAN, [rates(20, 12)], scale=scale).looks[0]
    z = 0.08 / math.sqrt(0.16 * 0.84 * 0.02)
    assert look.z == pytest.approx(z)
    errors = {
        "difference": math.sqrt((0.2 * 0.8 + 0.12 * 0.88) / 100),
        "ratio": math.sqrt(1 / 20 + 1 / 12 - 2 / 100),
        "odds ratio": math.sqrt(1 / 20 + 1 / 80 + 1 / 12 + 1 / 88),
    }
    assert look.standard_error == pytest.approx(errors[scale])


def test_empty_cells_leave_a_limit():
    plan = eq.GroupSequential(looks=2, efficacy=eq.Pocock())
    found = of(plan, [rates(3, 0), rates(14, 0, 200, 200)], scale="ratio")
    row = found.looks[-1]
    assert (row.estimate, row.standard_error) == (0.0, math.inf)
    assert found.final.interval[0] == 0.0
    assert 0 < found.final.interval[1] < 1
    assert found.final.p_value < 0.025  # so that the limit, by inversion of the score, is below 1
    assert found.frame()["standard_error"][1] is None
    nothing = of(plan, [rates(0, 0)], scale="ratio").looks[0]
    assert math.isnan(nothing.estimate)
    assert nothing.repeated_interval == (0.0, math.inf)


def test_fishers_exact_test_decides_a_fixed_sample():
    design = eq.sample_size(eq.FixedSample(), eq.Binary(control=0.25, treatment=0.1))
    for treatment in (8, 12, 15, 20):
        found = eq.analyse(design, [rates(25, treatment)])
        p = stats.fisher_exact([[treatment, 100 - treatment], [25, 75]], "less").pvalue
        assert found.looks[0].p == pytest.approx(p)
        assert found.final.p_value == pytest.approx(p, rel=1e-6)
        assert (found.decision == "stop for benefit") == (p <= 0.025)


def test_fishers_p_stands_however_large():
    """Above 1/2 its normal score would run off: the score z, at most 0, stands for it."""
    for control, treatment in ((25, 8), (25, 25), (25, 40), (0, 0), (0, 100), (100, 100)):
        found = of(eq.FixedSample(), [rates(control, treatment)], test="fisher-exact")
        cells = [[treatment, 100 - treatment], [control, 100 - control]]
        p = stats.fisher_exact(cells, "less").pvalue
        assert found.looks[0].p == pytest.approx(p, rel=1e-9)
        assert found.final.p_value == pytest.approx(p, rel=1e-9)
    nothing = of(PLAN, [rates(0, 0)], test="fisher-exact").looks[0]
    assert (nothing.p, nothing.z, nothing.score_z) == (1.0, 0.0, 0.0)
    pooled = of(PLAN, [rates(0, 0)]).looks[0]
    for name in ("trend", "planned", "none"):
        chance = f"conditional_power_{name}"
        assert getattr(nothing, chance) == getattr(pooled, chance)
    zs = [of(PLAN, [rates(50, t)], test="fisher-exact").looks[0].z for t in range(0, 101, 2)]
    assert zs == sorted(zs, reverse=True)


def test_fishers_futility_is_by_the_score_z():
    plan = eq.GroupSequential(looks=3, futility=eq.FutilityBounds(z=(0.5, 0.5)))
    data = rates(50, 45)
    look, pooled = of(plan, [data], test="fisher-exact").looks[0], of(plan, [data]).looks[0]
    assert look.score_z == pooled.z
    assert look.z < 0.6 < look.score_z
    assert look.decision == pooled.decision == "go on"
    assert pooled.score_z is None
    below = of(plan, [rates(50, 47)], test="fisher-exact").looks[0]
    assert below.decision == "stop for futility"


@pytest.mark.parametrize("scale", ["ratio", "odds ratio", "hazard ratio"])
def test_logarithms_beyond_any_double(scale):
    for value, whole in ((800.0, math.inf), (-800.0, 0.0)):
        data = eq.EstimateAtLook(estimate=value, standard_error=300.0)
        found = of(PLAN, [data], better="higher", scale=scale)
        look = found.looks[0]
        assert look.estimate == whole
        assert look.z == pytest.approx(value / 300)
        reach = look.bound * 300
        assert look.repeated_interval == pytest.approx(
            tuple(
                math.inf if end > 709 else math.exp(end) for end in (value - reach, value + reach)
            )
        )
        assert found.summary()
        assert found.chart().to_dict()
        ended = of(eq.FixedSample(), [data], better="higher", scale=scale)
        assert ended.final.naive == whole
        far = eq.EstimateAtLook(estimate=value, standard_error=1.0)
        assert of(PLAN, [far], better="lower", scale=scale).decision == (
            "go on" if value > 0 else "stop for benefit"
        )


def test_known_deviations_are_the_designs():
    endpoint = eq.Continuous(control=0, treatment=1, sd=(2.0, 3.0), known_sd=True)
    design = eq.sample_size(PLAN, endpoint)
    look = eq.analyse(design, [eq.MeansAtLook(patients=(50, 40), means=(0.1, 0.9))]).looks[0]
    assert look.standard_error == pytest.approx(math.sqrt(4 / 50 + 9 / 40))
    assert look.z == pytest.approx(0.8 / look.standard_error)
    with pytest.raises(eq.InputError, match="`sds` is None"):
        of(PLAN, [eq.MeansAtLook(patients=(50, 40), means=(0.1, 0.9))])


def test_a_t_test_is_read_by_its_tail():
    look = eq.MeansAtLook(patients=(12, 14), means=(1.0, 3.0), sds=(1.5, 1.8))
    found = of(PLAN, [look], better="higher").looks[0]
    t = stats.ttest_ind_from_stats(3.0, 1.8, 14, 1.0, 1.5, 12)
    assert found.p == pytest.approx(t.pvalue / 2)
    quantile = stats.t.ppf(special.ndtr(found.bound), 24)
    assert found.repeated_interval[0] == pytest.approx(2.0 - quantile * found.standard_error)


def test_single_arms():
    data = eq.RatesAtLook(events=(None, 11), patients=(None, 25))
    design = eq.sample_size(
        PLAN, eq.Binary(control=0.25, treatment=0.5, better="higher", single_arm=True)
    )
    look = eq.analyse(design, [data]).looks[0]
    same = {"better": "higher", "margin": 0.25, "maximum": design.n_total}
    assert look == of(design.plan, [data], **same).looks[0]
    assert look.z == pytest.approx((0.44 - 0.25) / math.sqrt(0.25 * 0.75 / 25))
    reach = look.bound
    for limit, sign in zip(look.repeated_interval, (1, -1), strict=True):
        error = math.sqrt(limit * (1 - limit) / 25)
        assert (0.44 - limit) / error == pytest.approx(sign * reach)
    unbounded = eq.GroupSequential(looks=2, efficacy=eq.NoEarlyEfficacy())
    look = of(unbounded, [data], margin=0.25).looks[0]
    assert look.repeated_interval == (0.0, 1.0)


def test_a_margin_is_taken_account_of():
    """rpact 3.3.4 leaves it out of the interval of a stop at the first look."""
    found = of(PLAN, [hazard(400, 3.0)], margin=1.3)
    look, end = found.looks[0], found.final
    assert look.estimate == pytest.approx(math.exp(-0.3))
    assert look.z == pytest.approx((math.log(1.3) + 0.3) / 0.1)
    limits = (math.exp(-0.3 - 0.1 * 1.959964), math.exp(-0.3 + 0.1 * 1.959964))
    assert end.interval == pytest.approx(limits, rel=1e-7)
    assert end.median_unbiased == end.naive == look.estimate


def test_a_two_sided_stop_at_the_first_look_has_a_two_sided_p():
    plan = eq.GroupSequential(looks=3, sided=2, alpha=0.05)
    found = of(plan, [hazard(60, 4.0)])
    assert found.final.p_value == pytest.approx(2 * special.ndtr(-4.0), rel=1e-6)
    mirrored = of(plan, [hazard(60, -4.0)])
    assert mirrored.final.p_value == pytest.approx(found.final.p_value, rel=1e-6)
    low, high = found.final.interval
    assert mirrored.final.interval == pytest.approx((1 / high, 1 / low), rel=1e-9)


def test_better_only_turns_z():
    first = of(PLAN, [hazard(60, 1.0), hazard(120, 2.9)])
    turned = of(PLAN, [hazard(60, 1.0), hazard(120, 2.9)], better="higher")
    assert [look.z for look in first.looks] == [look.z for look in turned.looks]
    low, high = first.final.interval
    assert turned.final.interval == pytest.approx((1 / high, 1 / low), rel=1e-9)
    assert turned.final.median_unbiased == pytest.approx(1 / first.final.median_unbiased, rel=1e-9)


def test_value_at_inverts_the_statistic():
    for data, terms in (
        (rates(20, 12), ("lower", None, "ratio", None)),
        (rates(20, 12), ("higher", 0.05, "difference", "unpooled")),
        (rates(20, 12), ("lower", None, "odds ratio", "unpooled")),
        (hazard(80, 1.2), ("lower", 1.3, None, None)),
    ):
        found = statistic(data, measure_given(data, *terms))
        better, _, scale, test = terms
        for z in (-2.0, 0.0, 2.5):
            null = found.value_at(z)
            again = statistic(data, measure_given(data, better, null, scale, test))
            assert again.z == pytest.approx(z, abs=1e-8)


# Overrun


OVER = {
    "looks": [hazard(60, 1.0), hazard(120, 2.7)], "overrun": hazard(132, 2.4), "maximum": 180
}  # fmt: skip


def test_overrun_deletes_the_look_that_stopped():
    """Against the bivariate normal: stop at the first look, or all data at least as extreme."""
    found = of(PLAN, **OVER)
    assert found.looks[-1].decision == "stop for benefit"
    bound, z, t = found.looks[0].bound, 2.4, 60 / 132
    both = stats.multivariate_normal([0, 0], [[1, math.sqrt(t)], [math.sqrt(t), 1]])
    go_on_and_below = both.cdf([bound, z])
    p = 1 - go_on_and_below
    assert found.final.p_value == pytest.approx(p, abs=1e-7)
    assert found.final.overrun
    assert found.final.look == 2
    assert found.overrun.information == pytest.approx(132 / 180)
    assert found.plan.bounds[0] == bound
    assert found.plan.spent[-1] == pytest.approx(0.025, abs=1e-9)
    assert found.decision == "stop for benefit"
    assert found.final.naive == pytest.approx(math.exp(-2.4 * 2 / math.sqrt(132)))


def test_overrun_may_take_the_finding_away():
    found = of(PLAN, **(OVER | {"overrun": hazard(140, 1.7)}))
    assert found.looks[-1].decision == "stop for benefit"
    assert found.decision == "ended without benefit"
    assert "all data stand for it" in found.summary()


def test_overrun_as_planned_scales_the_planned_fraction():
    more = {key: value for key, value in OVER.items() if key != "maximum"}
    found = of(PLAN, **more)
    assert found.overrun.information == pytest.approx(2 / 3 * 132 / 120)
    given = of(PLAN, **more, information=[1 / 3, 2 / 3, 2 / 3 * 1.1])
    assert given.final.p_value == pytest.approx(found.final.p_value, abs=1e-12)


def test_overrun_after_a_first_look_is_a_fixed_sample():
    found = of(PLAN, [hazard(60, 4.0)], overrun=hazard(70, 3.0))
    assert found.final.p_value == pytest.approx(special.ndtr(-3.0), rel=1e-6)
    reach = 1.959964 * 2 / math.sqrt(70)
    middle = -3.0 * 2 / math.sqrt(70)
    limits = (math.exp(middle - reach), math.exp(middle + reach))
    assert found.final.interval == pytest.approx(limits, rel=1e-6)


# Shown


SHOWN = {
    "going on": lambda: of(PLAN, [rates(20, 18)]),
    "stopped": lambda: of(
        eq.GroupSequential(looks=3, futility=FUTILITY), [rates(20, 18), rates(50, 20, 200, 200)]
    ),
    "overrun": lambda: of(PLAN, **OVER),
    "two-sided": lambda: of(
        eq.GroupSequential(looks=3, sided=2, alpha=0.05), [hazard(60, 1.0), hazard(120, -9.0)]
    ),
    "one look": lambda: of(eq.FixedSample(), [rates(20, 9)]),
    "single arm": lambda: of(
        PLAN,
        [eq.MeansAtLook(patients=(None, 20), means=(None, 1.0), sds=(None, 2.0))],
        margin=0.2,
        better="higher",
    ),
    "empty": lambda: of(PLAN, [rates(0, 0)], scale="ratio"),
    "Fisher": lambda: of(
        eq.GroupSequential(looks=3, futility=FUTILITY),
        [rates(40, 38), rates(90, 50, 200, 200)],
        overrun=rates(91, 50, 210, 210),
        test="fisher-exact",
        scale="odds ratio",
    ),
    "harm": lambda: of(spent_under_no_effect(), [hazard(60, -3.0), hazard(120, -2.0)]),
}
shown = pytest.mark.parametrize("name", SHOWN)


@shown
def test_frames_have_a_row_a_look(name):
    found = SHOWN[name]()
    frame = found.frame()
    assert frame.height == len(found.looks) + (found.overrun is not None)
    assert frame["overrun"].sum() == (found.overrun is not None)
    assert frame["decision"][-1] == found.decision
    numbers = frame.select(cs.float())
    assert all(column.is_finite().all() for column in numbers)


@shown
def test_text_fits_and_is_aligned(name):
    found = SHOWN[name]()
    text = found.summary()
    assert text == str(found)
    assert max(map(len, text.splitlines())) <= 100
    assert "nan" not in text
    assert "inf" not in text.replace("information", "")
    assert ("median-unbiased" in text) == (found.final is not None)
    biased = found.final is not None and found.plan.looks > 1
    assert ("early stopping biases it" in text) == biased
    assert found._repr_html_().startswith("<pre>")


@shown
def test_charts_build_with_the_path_on_them(name):
    found = SHOWN[name]()
    drawn = found.chart().to_dict()
    seen = [row for rows in drawn["datasets"].values() for row in rows if "deleted" in row]
    assert {row["z"] for row in seen} == {
        look.z for look in (*found.looks, *([found.overrun] if found.overrun else []))
    }
    low, high = drawn["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert all(low <= row["value"] <= high for row in seen)


def test_the_words_of_a_stop():
    text = str(SHOWN["stopped"]())
    for words in (
        "2 looks made; one-sided alpha 0.025; benefit found",
        "risk difference, treatment minus control; null value 0; lower is better",
        "At the end, look 2, in the stage-wise order:",
        "score test",
        "95% interval",
    ):
        assert words in text
    assert "1 look made of 3; one-sided alpha 0.025; the trial goes on" in str(SHOWN["going on"]())
    assert "mean; null value 0.2; higher is better" in str(SHOWN["single arm"]())


def test_the_score_z_of_fishers_test_is_shown():
    found = SHOWN["Fisher"]()
    heads, names, row = found.summary().splitlines()[4:7]
    assert heads.split() == ["standard", "efficacy", "score", "futility"]
    assert names.split()[-4:] == ["z", "z", "z", "decision"]
    assert f"{found.looks[0].score_z:.3f}" in row
    assert "The score z is compared with the futility z, z with the efficacy z." in str(found)
    assert found.frame()["score_z"].to_list() == [
        look.score_z for look in (*found.looks, found.overrun)
    ]
    assert "score z" in str(found.chart().to_dict())
    other = SHOWN["stopped"]()
    assert other.frame()["score_z"].null_count() == 2
    assert "score z" not in str(other)


def test_a_design_reads_its_boundaries_at_the_information_in_the_data():
    design = eq.sample_size(
        eq.GroupSequential(looks=3),
        eq.TimeToEvent(hazard_ratio=0.7, control_median_months=12),
        ratio=2,
    )
    most = design.looks[-1].events
    looks = [eq.SurvivalAtLook(events=110, log_rank=1.0), eq.SurvivalAtLook(events=260, log_rank=1)]
    found = eq.analyse(design, looks)
    assert [look.information for look in found.looks] == pytest.approx([110 / most, 260 / most])
    spent = eq.Spending().cumulative([110 / most], 0.025)[0]
    assert special.ndtr(-found.looks[0].bound) == pytest.approx(spent, rel=1e-9)
    planned = [eq.SurvivalAtLook(events=look.events, log_rank=1.0) for look in design.looks[:2]]
    bounds = [look.bound for look in eq.analyse(design, planned).looks]
    assert bounds == pytest.approx([look.efficacy_z for look in design.looks[:2]], abs=1e-12)


def test_a_margin_is_found_to_be_kept_and_not_benefit():
    endpoint = eq.Binary(control=0.2, treatment=0.2, margin=0.08)
    design = eq.sample_size(eq.GroupSequential(looks=2), endpoint)
    patients = tuple(int(n) for n in design.looks[0].patients)
    events = (round(0.25 * patients[0]), round(0.15 * patients[1]))
    found = eq.analyse(design, [eq.RatesAtLook(events=events, patients=patients)])
    assert found.decision == "stop for benefit"
    assert "non-inferiority found" in found.summary().splitlines()[0]
