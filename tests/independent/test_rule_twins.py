"""Each rule beside a plain twin that asks the plan for its power at every look of replayed trials.

The engine compares z with boundaries found beforehand; the twin works out conditional and
predictive power from each look's z, and stops by the words of the rule. Stated beforehand: seed
20261122, 120 replicates of every design, every decision alike; none lies within 1e-9 of its limit.
"""

import math

import numpy as np
import pytest

import equipoise as eq
from equipoise.numerics.trials.decisions import REASONS
from equipoise.parts.rules import ConditionalPower, PredictivePower, SafetyBoundary
from equipoise.simulation.job import job_of
from equipoise.simulation.run_range import buffers_of, call, empty, records_of
from equipoise.vocabulary.scenario import Scenario

SEED, REPLICATES, CLOSE = 20261122, 120, 1e-9
FRACTIONS = (0.25, 0.5, 0.75, 1)
BINDING = eq.Spending("hwang-shih-decani", gamma=-3, binding=True)
NOT_BINDING = eq.Spending("hwang-shih-decani", gamma=-3, binding=False)


def means(plan, rules):
    """Expected z of the last look: 0.5 / (1.6 sqrt(2 / 240))."""
    endpoint = eq.Continuous(control=0, treatment=0.5, sd=1.6, known_sd=True)
    sizes = [round(240 * t) for t in FRACTIONS]
    design = designed(plan, endpoint, [(n, n) for n in sizes], rules)
    return design, 0.5 / (1.6 * math.sqrt(2 / 240))


def survival(plan, rules):
    """Schoenfeld's expected z: log(1 / 0.65) sqrt(160) / 2."""
    endpoint = eq.TimeToEvent(hazard_ratio=0.65, control_hazard_per_month=0.1)
    events = [round(160 * t) for t in FRACTIONS]
    design = designed(plan, endpoint, [(125, 125)] * 4, rules, events, eq.Accrual(per_month=20))
    return design, -math.log(0.65) * math.sqrt(160) / 2


def designed(plan, endpoint, sizes, rules, events=None, accrual=None):
    looks = tuple(
        eq.PlannedLook(
            information=t,
            patients=sizes[k],
            events=None if events is None else events[k],
            efficacy_z=float(plan.bounds[k]),
            futility_z=float(plan.futility_bounds[k]),
        )
        for k, t in enumerate(FRACTIONS)
    )
    return eq.Design(endpoint=endpoint, plan=plan, looks=looks, accrual=accrual, rules=rules)


def twin(design, drift, k, z, bad):
    """The decision at look k, counted from 0, and how far it is from another one."""
    plan, last = design.plan, k == len(FRACTIONS) - 1
    rules = {type(rule): rule for rule in design.rules}
    gaps = []

    def beyond(gap):
        gaps.append(abs(gap))
        return gap >= 0

    def said():
        safety = rules.get(SafetyBoundary)
        if safety and beyond(bad - (safety.z[k] if isinstance(safety.z, tuple) else safety.z)):
            return "safety"
        if beyond(z - plan.bounds[k]):
            return "efficacy"
        if plan.sided == 2:
            if beyond(-z - plan.bounds[k]):
                return "harm"
            if last:
                return "end"
            wedge = plan.futility_bounds[k]
            return "futility" if wedge > 0 and beyond(wedge - abs(z)) else "go on"
        if last:
            return "end"
        if plan.futility is not None and beyond(plan.futility_bounds[k] - z):
            return "futility"
        rule = rules.get(ConditionalPower)
        if rule:
            effect = drift / plan.drift if rule.trend == "planned" else "trend"
            if beyond(rule.at_most - plan.conditional_power(k + 1, z, effect)):
                return "conditional power"
        rule = rules.get(PredictivePower)
        if rule:
            prior = rule.prior and tuple(x * drift / plan.drift for x in rule.prior)
            if beyond(rule.at_most - plan.predictive_power(k + 1, z, prior)):
                return "predictive power"
        return "go on"

    return said(), min(gaps)


def replays(design, scenario):
    """Rows of the trace: what each look saw and decided, up to the end of the trial."""
    job = job_of(design, [scenario], SEED)
    kept = records_of(job, 1024)
    for replicate in range(REPLICATES):
        trace, buffers = np.zeros((len(FRACTIONS), 15)), buffers_of(job)
        part = empty(job, replicate, replicate + 1, keep=False)
        call(job, replicate, replicate + 1, part, *kept, trace=trace, buffers=buffers)
        for k, row in enumerate(trace[trace[:, 0] > 0]):
            yield k, row, buffers
            if REASONS[int(row[13])] != "go on":
                break


RULES = {
    "none": (),
    "conditional, planned": (ConditionalPower(at_most=0.4),),
    "conditional, observed": (ConditionalPower(at_most=0.1, trend="observed"),),
    "predictive, flat": (PredictivePower(at_most=0.2),),
    "predictive, prior": (PredictivePower(at_most=0.3, prior=(0.6, 0.5)),),
    "both": (ConditionalPower(at_most=0.3), PredictivePower(at_most=0.15)),
}
TRUTHS = {means: "means", survival: "hazard_ratio"}


def decided(design, drift, scenarios):
    seen = set()
    for scenario in scenarios:
        for k, row, _ in replays(design, scenario):
            wanted, gap = twin(design, drift, k, float(row[8]), float(row[12]))
            assert gap > CLOSE
            assert REASONS[int(row[13])] == wanted, (scenario.name, k, row[8])
            seen.add(wanted)
    return seen


@pytest.mark.parametrize("make", [means, survival], ids=lambda make: make.__name__)
@pytest.mark.parametrize("futility", [None, BINDING, NOT_BINDING], ids=["no", "binding", "free"])
@pytest.mark.parametrize("name", RULES)
def test_one_sided_rules(name, futility, make):
    plan = eq.GroupSequential(information=FRACTIONS, futility=futility)
    design, drift = make(plan, RULES[name])
    truths = {means: ((0, 0.5), (0, 0.1)), survival: (0.65, 0.95)}[make]
    key = TRUTHS[make]
    seen = decided(design, drift, [Scenario(name=f"{t}", **{key: t}) for t in truths])
    wanted = {"efficacy", "go on"}
    if futility is None:
        wanted |= {rule for rule in ("conditional power", "predictive power") if rule[:4] in name}
    else:
        wanted.add("futility")
    assert wanted <= seen


@pytest.mark.parametrize("make", [means, survival], ids=lambda make: make.__name__)
@pytest.mark.parametrize("futility", [None, NOT_BINDING], ids=["no", "wedge"])
def test_two_sided_boundaries(futility, make):
    plan = eq.GroupSequential(information=FRACTIONS, alpha=0.05, sided=2, futility=futility)
    design, drift = make(plan, ())
    truths = {means: ((0, 0.5), (0, -0.5), (0, 0)), survival: (0.65, 1.5, 1.0)}[make]
    key = TRUTHS[make]
    seen = decided(design, drift, [Scenario(name=f"{t}", **{key: t}) for t in truths])
    assert {"efficacy", "harm", "go on", "end" if futility is None else "futility"} <= seen


@pytest.mark.parametrize("z", [1.2, (3.0, 2.0, 1.5, 1.0)])
def test_safety_is_looked_at_first(z):
    plan = eq.GroupSequential(information=FRACTIONS, futility=NOT_BINDING)
    design, drift = means(plan, (SafetyBoundary(z=z), ConditionalPower(at_most=0.2)))
    scenario = Scenario(name="a", means=(0, 0.4), adverse_risks=(0.1, 0.16))
    seen = set()
    for k, row, patients in replays(design, scenario):
        n = int(row[2])
        arm, adverse = patients.arm[:n].astype(float), patients.adverse[:n].astype(float)
        one, zero = adverse[arm == 1], adverse[arm == 0]
        pooled = adverse.mean()
        spread = pooled * (1 - pooled) * (1 / one.size + 1 / zero.size)
        bad = (one.mean() - zero.mean()) / math.sqrt(spread)
        assert row[12] == pytest.approx(bad, abs=1e-12)
        wanted, gap = twin(design, drift, k, float(row[8]), bad)
        assert REASONS[int(row[13])] == wanted
        assert gap > CLOSE
        seen.add(wanted)
    assert {"safety", "efficacy", "futility", "go on"} <= seen
