"""Simulated trials of rates beside exact enumeration of the same tests.

Stated beforehand: seed 20261122; 1,048,576 replicates of a design with three looks and futility,
65,536 of its variants, both of the kernel for fixed looks and of the engine that follows patients;
every share and mean within 4 Monte Carlo standard errors of the exact value.
"""

import dataclasses
import functools
import json
import math
from pathlib import Path

import numpy as np
import pytest

import equipoise as eq
from equipoise.numerics.trials.decisions import EFFICACY, END, FUTILITY
from equipoise.parts.look_tables import stopping, tables
from equipoise.simulation.job import job_of
from equipoise.simulation.run import simulate
from equipoise.simulation.run_range import run_range
from equipoise.simulation.summarise import characteristics_of
from equipoise.simulation.totals import Totals
from equipoise.vocabulary.scenario import Scenario

MANY, FEW, SEED, ERRORS = 1 << 20, 1 << 16, 20261122, 4
REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "simulation.json").read_text(encoding="utf-8")
)


def design_of(endpoint, control, treatment, upper, lower, **more):
    looks = tuple(
        eq.PlannedLook(
            information=(n0 + n1) / (control[-1] + treatment[-1]),
            patients=(n1,) if endpoint.single_arm else (n0, n1),
            efficacy_z=up,
            futility_z=low,
        )
        for n0, n1, up, low in zip(control, treatment, upper, lower, strict=True)
    )
    plan = eq.FixedSample() if len(looks) == 1 else eq.GroupSequential(looks=len(looks))
    ratio = 1.0 if endpoint.single_arm else treatment[-1] / control[-1]
    return eq.Design(endpoint=endpoint, plan=plan, looks=looks, ratio=ratio, **more)


def scenarios(*risks):
    return [Scenario(name=f"{pair}", risks=pair) for pair in risks]


def simulated(design, truths, replicates, *, fixed):
    """By the kernel for fixed looks, or by the engine."""
    if fixed:
        return simulate(design, truths, replicates=replicates, seed=SEED)
    job = dataclasses.replace(job_of(design, truths, SEED), fixed=None)
    totals = Totals.none(job.scenarios, job.looks.target.size, job.course.patients)
    totals.add(run_range(job, 0, replicates))
    return characteristics_of(design, tuple(truths), SEED, job, totals)


def compare(oc, replicates):
    made = tables(oc.design)
    size = (made.n_control + made.n_treatment).astype(float)
    for s, row in enumerate(oc.scenarios):
        exact = stopping(made, oc.design.endpoint, row.scenario)
        stopped = oc.totals.stopped[s]
        end = np.append(stopped[:-1, FUTILITY], stopped[-1, END])
        shares = np.column_stack([stopped[:, EFFICACY], end]) / replicates
        error = np.sqrt(exact[:, :2] * (1 - exact[:, :2]) / replicates)
        assert np.all(np.abs(shares - exact[:, :2]) <= ERRORS * error + 1e-9), row.scenario.name
        ends = exact[:, :2].sum(1)
        mean = ends @ size
        spread = math.sqrt(max(ends @ size**2 - mean**2, 0) / replicates)
        assert abs(row.known - mean) <= ERRORS * spread + 1e-6
        assert row.known == row.patients
        assert row.exact_patients == pytest.approx(mean, rel=1e-9)
        alone = stopping(made, oc.design.endpoint, row.scenario, futility=False)[:, 0].sum()
        assert_close(row.benefit, exact[:, 0].sum(), replicates)
        assert_close(row.benefit_alone, alone, replicates)


def assert_close(found, wanted, replicates):
    error = math.sqrt(max(wanted * (1 - wanted), 0) / replicates)
    assert abs(found - wanted) <= ERRORS * error + 1e-9


THREE = ((3.71, 2.51, 1.99), (0.0, 0.8, -math.inf))


@pytest.mark.parametrize("fixed", [True, False], ids=["fixed looks", "engine"])
def test_three_looks_with_futility(fixed):
    endpoint = eq.Binary(control=0.25, treatment=0.15)
    design = design_of(endpoint, (117, 234, 351), (117, 234, 351), *THREE)
    truths = scenarios((0.25, 0.15), (0.25, 0.25), (0.25, 0.32))
    truths = truths if fixed else truths[:1]
    compare(simulated(design, truths, MANY, fixed=fixed), MANY)


def binary(better="lower", test=None, **more):
    control, treatment = (0.4, 0.25) if better == "lower" else (0.4, 0.55)
    return eq.Binary(control=control, treatment=treatment, better=better, test=test, **more)


VARIANTS = {
    "Fisher": binary(test="fisher-exact"),
    "Fisher, higher": binary("higher", "fisher-exact"),
    "pooled, higher": binary("higher", "pooled"),
    "unpooled": binary(test="unpooled"),
    "unpooled ratio": binary("higher", "unpooled", scale="ratio"),
    "unpooled odds": binary(test="unpooled", scale="odds ratio"),
    "margin of a difference": binary(margin=0.05),
    "margin of a difference, higher": binary("higher", margin=-0.05),
    "margin of a ratio": binary(margin=1.15, scale="ratio"),
    "margin of the odds": binary("higher", "score", margin=0.8, scale="odds ratio"),
    "unpooled margin": binary("higher", "unpooled", margin=-0.04),
    "single arm": binary("higher", single_arm=True),
    "single arm, lower": binary(single_arm=True),
}
SIZES = {"1:1": ((20, 37, 55), (20, 37, 55)), "1:2": ((14, 27, 40), (28, 54, 80))}


def variant(name, sizes):
    """A design and its scenarios."""
    endpoint = VARIANTS[name]
    control, treatment = SIZES[sizes]
    if endpoint.single_arm:
        control = (0, 0, 0)
    arms = {"arms": ("new",)} if endpoint.single_arm else {}
    design = design_of(endpoint, control, treatment, (2.6, 2.3, 1.99), THREE[1], **arms)
    better = endpoint.treatment
    return design, scenarios((0.4, better), (0.4, 0.4), (0.5, 0.8 - better))


@functools.cache
def simulated_variant(name, sizes, fixed):
    return simulated(*variant(name, sizes), FEW, fixed=fixed)


NAMES = [
    (name, sizes) for name in VARIANTS for sizes in SIZES if sizes == "1:1" or "single" not in name
]


@pytest.mark.parametrize("fixed", [True, False], ids=["fixed looks", "engine"])
@pytest.mark.parametrize(("name", "sizes"), NAMES)
def test_variants(name, sizes, fixed):
    compare(simulated_variant(name, sizes, fixed), FEW)


@pytest.mark.parametrize("fixed", [True, False], ids=["fixed looks", "engine"])
@pytest.mark.parametrize(("name", "sizes"), NAMES)
def test_harm(name, sizes, fixed):
    """Trials that end at or beyond the mirrored benefit boundary; none where there is a margin."""
    oc = simulated_variant(name, sizes, fixed)
    made = tables(oc.design)
    for row in oc.scenarios:
        assert_close(row.harm, stopping(made, oc.design.endpoint, row.scenario)[:, 2].sum(), FEW)


EXACT = [row for row in REFERENCE["analytic"] if row["id"][:5] == "rates" and row["exact"]]


@pytest.mark.parametrize("fixed", [True, False], ids=["fixed looks", "engine"])
@pytest.mark.parametrize("case", EXACT, ids=lambda row: row["id"])
def test_exact_sums_in_r(case, fixed):
    """R's sums over the counts of five looks; rpact's 200,000 simulated trials beside them."""
    given, found = case["input"], case["output"]
    endpoint = eq.Binary(
        control=given["pi2"],
        treatment=0.15,
        test="fisher-exact" if given["test"] == "fisher" else "pooled",
    )
    sizes = [n // 2 for n in given["plannedSubjects"]]
    lower = [*case["design"].get("futilityBounds", [-math.inf] * 4), -math.inf]
    if given["test"] == "fisher":
        lower = [-math.inf] * 5
    design = design_of(endpoint, sizes, sizes, case["critical_values"], lower)
    oc = simulated(design, scenarios((given["pi2"], given["pi1"])), FEW, fixed=fixed)
    [row] = oc.scenarios
    assert row.exact == pytest.approx(found["overallReject"], abs=1e-9)
    assert row.exact_patients == pytest.approx(found["expectedNumberOfSubjects"], abs=1e-6)
    wanted = np.column_stack([found["rejectPerStage"], [*found["futilityPerStage"], 0]])[:, :2]
    shares = oc.totals.stopped[0][:, [EFFICACY, FUTILITY]] / FEW
    error = np.sqrt(wanted * (1 - wanted) / FEW)
    assert np.all(np.abs(shares - wanted) <= ERRORS * error + 1e-9)
    peer = next(row for row in REFERENCE["simulations"] if row["id"] == case["id"])["output"][
        "overallReject"
    ]
    error = math.sqrt(peer * (1 - peer) * (1 / FEW + 1 / 200_000))
    assert abs(row.benefit - peer) <= ERRORS * error


@pytest.mark.parametrize("fixed", [True, False], ids=["fixed looks", "engine"])
@pytest.mark.parametrize(
    ("n", "risks"), [(600, (0.0, 1.0)), (600, (1.0, 0.0)), (2000, (0.05, 0.9))]
)
def test_fishers_test_far_out(n, risks, fixed):
    """Tails below the smallest float: certain benefit or certain harm, and no trial fails."""
    endpoint = eq.Binary(control=0.3, treatment=0.2, test="fisher-exact")
    design = design_of(endpoint, (n,), (n,), (1.96,), (-math.inf,))
    [row] = simulated(design, scenarios(risks), 64, fixed=fixed).scenarios
    assert row.failed == 0
    assert (row.benefit, row.harm) == ((1, 0) if risks[1] < risks[0] else (0, 1))
