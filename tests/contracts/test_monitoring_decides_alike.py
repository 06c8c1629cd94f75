"""What is simulated is what is run: a simulated trial's data, fed to `analyse`, decide alike.

Every look of replayed trials goes through monitoring with the data it saw. Seed and replicates were
stated beforehand.
"""

import numpy as np
import pytest

import equipoise as eq

SEED, REPLICATES = 20261122, 25
PLAN = {"looks": 3, "power": 0.8, "futility": eq.FutilityBounds(z=(0.0, 0.5))}
WORDS = {
    "efficacy": "stop for benefit",
    "futility": "stop for futility",
    "harm": "stop for harm",
    "go on": "go on",
    "end": "ended without benefit",
}
RATES = {"control": 0.3, "treatment": 0.18}
SURVIVAL = eq.TimeToEvent(hazard_ratio=0.65, control_median_months=9, dropout_per_month=0.01)
DESIGNS = {
    "rates, pooled": (PLAN, eq.Binary(**RATES), None),
    "rates, Fisher": (PLAN, eq.Binary(**RATES, test="fisher-exact"), None),
    "rates, a margin": (PLAN, eq.Binary(control=0.2, treatment=0.2, margin=0.12), None),
    "rates, two-sided": ({"looks": 3, "sided": 2, "alpha": 0.05}, eq.Binary(**RATES), None),
    "means, t": (PLAN, eq.Continuous(control=10, treatment=12, sd=5), None),
    "means, z": (PLAN, eq.Continuous(control=10, treatment=12, sd=5, known_sd=True), None),
    "means, Welch": (PLAN, eq.Continuous(control=10, treatment=12, sd=(4, 6)), None),
    "survival": (PLAN, SURVIVAL, eq.Accrual(per_month=20, months=18)),
    "survival, two-sided": (
        {"looks": 3, "sided": 2, "alpha": 0.05},
        SURVIVAL,
        eq.Accrual(per_month=20, months=18),
    ),
}


def _design(name):
    plan, endpoint, accrual = DESIGNS[name]
    follow = None if accrual is None else 12
    return eq.sample_size(
        eq.GroupSequential(**plan), endpoint, accrual=accrual, follow_up_months=follow
    )


def _scenarios(design):
    endpoint = design.endpoint
    if isinstance(endpoint, eq.TimeToEvent):
        return [eq.Scenario(name=f"{ratio}", hazard_ratio=ratio) for ratio in (0.65, 1.0, 1.5)]
    pairs = ((endpoint.control, endpoint.treatment), (endpoint.control, endpoint.control))
    if isinstance(endpoint, eq.Continuous):
        return [eq.Scenario(name=f"{pair}", means=pair) for pair in (*pairs, (12, 10))]
    return [eq.Scenario(name=f"{pair}", risks=pair) for pair in (*pairs, (0.2, 0.35))]


def _data(design, trial, look):
    """What monitoring gets at the look."""
    if isinstance(design.endpoint, eq.TimeToEvent):
        return eq.SurvivalAtLook(events=sum(look.events), log_rank=look.z)
    if isinstance(design.endpoint, eq.Binary):
        return eq.RatesAtLook(events=look.events, patients=look.patients)
    people = trial.patients().head(look.enrolled)
    arms = [people.filter(arm=name)["outcome"].to_numpy() for name in design.arms]
    assert tuple(map(len, arms)) == look.patients
    return eq.MeansAtLook(
        patients=look.patients,
        means=tuple(float(np.mean(arm)) for arm in arms),
        sds=tuple(float(np.std(arm, ddof=1)) for arm in arms),
    )


@pytest.mark.parametrize("name", DESIGNS)
def test_every_look_decides_alike(name):
    design = _design(name)
    oc = eq.simulate(design, _scenarios(design), replicates=REPLICATES, seed=SEED)
    decisions = set()
    for s in range(3):
        for replicate in range(REPLICATES):
            trial = oc.replay(s, replicate)
            looks = [look for look in trial.looks if not look.after_the_end]
            found = eq.analyse(design, [_data(design, trial, look) for look in looks])
            assert [row.decision for row in found.looks] == [WORDS[row.decision] for row in looks]
            np.testing.assert_allclose(
                [row.z for row in found.looks if abs(row.z) < 4],
                [one.z for one, row in zip(looks, found.looks, strict=True) if abs(row.z) < 4],
                atol=1e-8 if name != "rates, Fisher" else 10,
            )
            decisions |= {row.decision for row in looks}
    assert {"efficacy", "go on"} <= decisions
