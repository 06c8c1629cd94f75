"""Where looks come at other information than planned, a simulated trial spends as a plan updates.

Monitoring takes its boundaries from `plan.update` with the information observed so far. A simulated
look by calendar or by information must apply the same.
"""

from dataclasses import replace

import pytest

import equipoise as eq

SEED, REPLICATES = 20200325, 12
TRUTH = {
    "binary": eq.Scenario(name="planned", risks=(0.3, 0.2)),
    "means": eq.Scenario(name="planned", means=(0, 0.4)),
    "survival": eq.Scenario(name="planned", hazard_ratio=0.7),
}
ENDPOINTS = {
    "binary": eq.Binary(control=0.3, treatment=0.2, delay_days=20),
    "means": eq.Continuous(control=0, treatment=0.4, sd=1),
    "survival": eq.TimeToEvent(hazard_ratio=0.7, control_median_months=10),
}
PLANS = {
    "obrien-fleming": {"efficacy": eq.Spending("obrien-fleming")},
    "pocock, two-sided": {"efficacy": eq.Spending("pocock"), "sided": 2, "alpha": 0.05},
    "haybittle-peto": {"efficacy": eq.HaybittlePeto(3)},
    "wang-tsiatis": {"efficacy": eq.WangTsiatis(0.25)},
}


def _design(plan, endpoint, by):
    made = eq.GroupSequential(looks=3, power=0.8, **PLANS[plan])
    rate = eq.Accrual(per_month=30, months=10) if endpoint == "survival" else None
    accrual = rate or eq.Accrual(per_month=40, poisson=True)
    design = eq.sample_size(
        made,
        ENDPOINTS[endpoint],
        accrual=accrual,
        follow_up_months=12 if endpoint == "survival" else None,
    )
    last = design.looks[-1].months
    looks = [
        replace(look, months=share * last)
        for look, share in zip(design.looks, (0.45, 0.7, 1.0), strict=True)
    ]
    return replace(design, look_by=by, looks=tuple(looks)), made


@pytest.mark.parametrize("by", ["calendar", "information"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("plan", PLANS)
def test_boundary_is_that_of_the_updated_plan(plan, endpoint, by):
    design, _ = _design(plan, endpoint, by)
    oc = eq.simulate(design, [TRUTH[endpoint]], replicates=REPLICATES, seed=SEED)
    compared = 0
    for replicate in range(REPLICATES):
        looks = oc.replay(0, replicate).looks
        if [look.look for look in looks] != list(range(1, len(looks) + 1)):
            continue  # a look that is left out has no number in an updated plan of shapes
        seen = [look.information for look in looks]
        for k, look in enumerate(looks):
            updated = design.plan.update(seen[: k + 1], final=look.look == 3)
            assert look.efficacy_bound == pytest.approx(updated.bounds[k], abs=2e-6)
            compared += 1
    assert compared > REPLICATES


def test_looks_as_planned_keep_the_planned_boundaries():
    design, _ = _design("obrien-fleming", "survival", None)
    oc = eq.simulate(design, [TRUTH["survival"]], replicates=4, seed=SEED)
    for look in oc.replay(0, 1).looks:
        assert look.efficacy_bound == design.looks[look.look - 1].efficacy_z
