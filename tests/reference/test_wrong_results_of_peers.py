"""Wrong results that users found in other packages, as tests that ours are right.

The issue is named by the package's tracker; what is tested is the right answer, worked out here.
"""

import math

import numpy as np
import pytest
from scipy import stats

import equipoise as eq
from equipoise.design.by_events import Survival
from equipoise.numerics.survival_trials import constant_accrual, expected_events_by_arm

PLAN = eq.GroupSequential(looks=3, futility=eq.Spending("hwang-shih-decani", gamma=-2))


def test_effects_at_boundaries_with_unequal_deviations():
    """rpact#129: the standard error of the futility bound on the effect scale was wrong."""
    endpoint = eq.Continuous(control=0.0, treatment=1.0, sd=(2.0, 3.0))
    plan = eq.GroupSequential(looks=3, sided=2, alpha=0.05, futility=eq.Spending("pocock"))
    design = eq.sample_size(plan, endpoint, ratio=2.0)
    seen = 0
    for look in design.looks:
        n0, n1 = look.patients
        error = math.sqrt(4 / n0 + 9 / n1)
        df = (4 / n0 + 9 / n1) ** 2 / ((4 / n0) ** 2 / (n0 - 1) + (9 / n1) ** 2 / (n1 - 1))
        for z, effect in (
            (look.efficacy_z, look.efficacy_effect),
            (look.futility_z, look.futility_effect),
        ):
            p = stats.t.sf(effect / error, df)
            assert stats.norm.isf(p) == pytest.approx(z, abs=2e-3)  # df are of the planned ratio
            seen += 1
    assert seen == 6


@pytest.mark.parametrize("first", [3200, 12_000])
def test_every_size_has_its_looks_and_months(first):
    """rpact#47: an index error for n = 3264 alone."""
    from equipoise.parts.accrual import months_to_enrol

    accrual = eq.Accrual(per_month=(10.0, 60.0), from_months=(0.0, 6.0), ramp_up_months=2.0)
    sizes = np.arange(first, first + 100)
    months = np.array([months_to_enrol(accrual, float(n)) for n in sizes])
    # 2 months of ramp-up are worth one month of the first rate
    np.testing.assert_allclose(months, 6 + (sizes - 10 * (6 - 1)) / 60, rtol=1e-12)


@pytest.mark.parametrize("gap", [0.1, 0.01, 0.001])
@pytest.mark.parametrize("looks", [3, 5])
def test_bounds_exist_when_the_last_look_is_close(gap, looks):
    """gsDesign2#40, #45, #359: boundaries failed with close or with four and more looks."""
    early = np.linspace(0.3, 1 - gap, looks - 1)
    plan = eq.GroupSequential(information=[*early, 1.0], futility=eq.Spending("obrien-fleming"))
    assert plan.spent[-1] == pytest.approx(0.025, abs=1e-10)
    assert plan.power() == pytest.approx(0.9, abs=1e-9)
    apart = eq.GroupSequential(information=[*early[:-1], 1.0])
    assert plan.bounds[:-2] == pytest.approx(apart.bounds[:-1], abs=1e-9)


def test_alpha_is_spent_at_the_fraction_of_events():
    """gsDesign2#534: alpha was spent at another fraction than the information's."""
    design = eq.sample_size(PLAN, eq.TimeToEvent(hazard_ratio=0.7, control_median_months=12))
    events = np.array([look.events for look in design.looks])
    fractions = events / events[-1]
    np.testing.assert_allclose([look.information for look in design.looks], fractions, rtol=1e-14)
    wanted = eq.Spending("obrien-fleming").cumulative(fractions, 0.025)
    np.testing.assert_allclose(design.plan.spent, wanted, rtol=1e-10)


def test_whole_events_keep_the_power():
    """gsDesign#290: two roundings of events disagreed."""
    for hazard_ratio in np.linspace(0.5, 0.8, 13):
        design = eq.sample_size(
            PLAN, eq.TimeToEvent(hazard_ratio=float(hazard_ratio), control_median_months=12)
        )
        assert all(look.events == int(look.events) for look in design.looks)
        assert design.power >= 0.9
        fewer = design.plan.power(
            design.plan.fixed_drift
            * math.sqrt((design.looks[-1].events - 2) / design.fixed_events)
            / design.plan.drift
        )
        assert fewer < 0.9 + 2e-3


def test_events_differ_between_arms():
    """Mediana#8: the arms' events looked alike whatever the rates."""
    endpoint = eq.TimeToEvent(hazard_ratio=0.5, control_median_months=10)
    survival = Survival.of(endpoint, 0.5, 1.0)
    pieces = constant_accrual([0.0, 12.0], [20.0])
    control, treatment = expected_events_by_arm([18.0], *pieces, *survival.parts)[:, 0]

    def events(hazard):
        entry = np.linspace(0, 12, 200_001)
        return float(np.trapezoid(10 * -np.expm1(-hazard * (18 - entry)), entry))

    rate = math.log(2) / 10
    assert (control, treatment) == pytest.approx((events(rate), events(rate / 2)), rel=1e-9)


def test_a_ratio_above_one_can_be_better():
    """gsDesign#251: hazard ratios above 1."""
    faster = eq.TimeToEvent(hazard_ratio=1.4, control_median_months=2, better="higher")
    slower = eq.TimeToEvent(hazard_ratio=1 / 1.4, control_median_months=2)
    ours, mirrored = (eq.sample_size(PLAN, one, integer=False) for one in (faster, slower))
    assert ours.fixed_events == pytest.approx(mirrored.fixed_events, rel=1e-12)
    for look, other in zip(ours.looks, mirrored.looks, strict=True):
        assert look.efficacy_effect == pytest.approx(1 / other.efficacy_effect, rel=1e-12)
        assert look.efficacy_effect > 1


def test_the_null_value_is_the_margin_and_not_no_effect():
    """rpact#25: the null and the assumed effect changed places."""
    endpoint = eq.TimeToEvent(hazard_ratio=1.0, margin=1.3, control_median_months=12)
    design = eq.sample_size(PLAN, endpoint, integer=False)
    wanted = 4 * (stats.norm.isf(0.025) + stats.norm.isf(0.1)) ** 2 / math.log(1.3) ** 2
    assert design.fixed_events == pytest.approx(wanted, rel=1e-12)
    on_margin = design.characteristics(eq.Scenario(name="margin", hazard_ratio=1.3))
    assert on_margin.efficacy_only == pytest.approx(0.025, abs=1e-9)
    assert design.looks[-1].efficacy_effect < 1.3


def test_allocation_counts_in_the_power_of_two_proportions():
    """statsmodels#8049: the ratio was ignored."""
    endpoint = eq.Binary(control=0.3, treatment=0.2, test="unpooled")
    even, uneven = (
        eq.sample_size(eq.FixedSample(), endpoint, ratio=ratio, integer=False) for ratio in (1, 3)
    )
    z = stats.norm.isf(0.025) + stats.norm.isf(0.1)
    for design, ratio in ((even, 1), (uneven, 3)):
        variance = 0.3 * 0.7 * (1 + ratio) + 0.2 * 0.8 * (1 + ratio) / ratio
        assert design.n_total == pytest.approx(z**2 * variance / 0.01, rel=1e-12)
