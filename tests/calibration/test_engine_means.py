"""Simulated trials of means beside normal integration, noncentral t, and another simulation.

Stated beforehand: seed 20261122, 131,072 replicates (524,288 beside the million of R), every
share and mean within 4 Monte Carlo standard errors; patients drawn one by one by the kernel for
fixed looks and by the engine, and stage by stage.
"""

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import equipoise as eq
from equipoise.numerics.trials.decisions import EFFICACY, END, FUTILITY
from equipoise.parts.normal_looks import normal_stopping
from equipoise.simulation.job import job_of
from equipoise.simulation.run_range import run_range
from equipoise.simulation.summarise import characteristics_of
from equipoise.simulation.totals import Totals
from equipoise.vocabulary.scenario import Scenario

MANY, FEW, SEED, ERRORS = 1 << 19, 1 << 17, 20261122, 4
REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "simulation.json").read_text(encoding="utf-8")
)
WAYS = ["fixed looks", "engine", "stage sums"]


def design_of(endpoint, control, treatment, upper, lower=None):
    lower = lower or [-math.inf] * len(upper)
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
    single = endpoint.single_arm
    return eq.Design(
        endpoint=endpoint,
        plan=plan,
        looks=looks,
        ratio=1.0 if single else treatment[-1] / control[-1],
        arms=("new",) if single else ("control", "treatment"),
    )


def simulated(design, truths, replicates, way):
    job = job_of(design, truths, SEED, by_stage=way == "stage sums")
    assert job.fixed is not None
    if way == "engine":
        job = dataclasses.replace(job, fixed=None)
    totals = Totals.none(job.scenarios, job.looks.target.size, job.course.patients)
    totals.add(run_range(job, 0, replicates))
    return characteristics_of(design, tuple(truths), SEED, job, totals)


def close(found, wanted, replicates, others=math.inf):
    """Shares, beside exact ones or those of `others` simulated trials."""
    wanted = np.asarray(wanted)
    error = np.sqrt(wanted * (1 - wanted) * (1 / replicates + 1 / others))
    assert np.all(np.abs(np.asarray(found) - wanted) <= ERRORS * error + 1e-9)


KNOWN = {
    "higher": (eq.Continuous(control=0, treatment=1, sd=2.5, known_sd=True), (0, 0.9)),
    "lower, margin": (
        eq.Continuous(control=5, treatment=5, sd=3, known_sd=True, better="lower", margin=1.2),
        (5, 4.9),
    ),
    "single arm": (
        eq.Continuous(control=5, treatment=6, sd=4, known_sd=True, single_arm=True),
        (0, 5.8),
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", KNOWN)
def test_known_deviation_beside_normal_integration(name, way):
    endpoint, means = KNOWN[name]
    control = (0, 0, 0) if endpoint.single_arm else (30, 50, 80)
    bounds = ((2.7, 2.4, 2.0), (-0.3, 0.5, -math.inf))
    design = design_of(endpoint, control, (30, 50, 80), *bounds)
    null = (means[0], endpoint.control + endpoint.margin)
    truths = [Scenario(name="a", means=means), Scenario(name="0", means=null)]
    oc = simulated(design, truths, FEW, way)
    for s, row in enumerate(oc.scenarios):
        wanted = normal_stopping(design, row.scenario)[:, :2]
        wanted[-1, 1] = 1 - wanted.sum()
        stopped = oc.totals.stopped[s]
        end = np.append(stopped[:-1, FUTILITY], stopped[-1, END])
        close(np.column_stack([stopped[:, EFFICACY], end]) / FEW, wanted, FEW)
        assert row.normal == pytest.approx(wanted[:, 0].sum(), abs=1e-9)
        size = np.array([sum(look.patients) for look in design.looks])
        spread = wanted.sum(1) @ size**2 - (wanted.sum(1) @ size) ** 2
        assert abs(row.patients - wanted.sum(1) @ size) <= ERRORS * math.sqrt(spread / FEW)


ONE_LOOK = {
    "t": (eq.Continuous(control=0, treatment=1, sd=1), (20, 20), (0, 0.8), None),
    "t, 1:2, lower, margin": (
        eq.Continuous(control=0, treatment=0, sd=1, better="lower", margin=0.5),
        (12, 24),
        (0, -0.3),
        None,
    ),
    "t, tiny": (eq.Continuous(control=0, treatment=1, sd=1), (2, 2), (0, 3.0), None),
    "t, single arm": (
        eq.Continuous(control=10, treatment=11, sd=2, single_arm=True),
        (0, 15),
        (0, 11.2),
        None,
    ),
    "t, wider": (eq.Continuous(control=0, treatment=1, sd=1), (20, 20), (0, 0.8), (1.5, 1.5)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ONE_LOOK)
def test_one_look_beside_noncentral_t(name, way):
    endpoint, (n0, n1), means, sds = ONE_LOOK[name]
    design = design_of(endpoint, (n0,), (n1,), (stats.norm.isf(0.025),))
    sign = 1 if endpoint.better == "higher" else -1
    sd = endpoint.sd if sds is None else sds[0]
    if endpoint.single_arm:
        df, error, gap = n1 - 1, sd / math.sqrt(n1), means[1] - endpoint.control
    else:
        df, error = n0 + n1 - 2, sd * math.sqrt(1 / n0 + 1 / n1)
        gap = means[1] - means[0] - endpoint.margin
    wanted = stats.nct.sf(stats.t.isf(0.025, df), df, sign * gap / error)
    [row] = simulated(design, [Scenario(name="a", means=means, sds=sds)], FEW, way).scenarios
    close(row.benefit, wanted, FEW)
    assert abs(row.bias) <= ERRORS * row.bias_error
    assert row.bias_error == pytest.approx(error / math.sqrt(FEW), rel=0.02)
    close(row.coverage, 0.95, FEW)


@pytest.mark.parametrize("way", WAYS)
def test_one_look_of_welch_beside_integration(way):
    """Given both sample variances the difference is normal: power is a double integral."""
    n, sds, gap = (9, 14), (1.0, 2.2), 1.6
    endpoint = eq.Continuous(control=0, treatment=2, sd=sds)
    design = design_of(endpoint, (n[0],), (n[1],), (stats.norm.isf(0.025),))
    error = math.hypot(sds[0] / math.sqrt(n[0]), sds[1] / math.sqrt(n[1]))
    points, weights = np.polynomial.legendre.leggauss(200)
    u, weights = (points + 1) / 2, weights / 2
    parts = [stats.chi2.ppf(u, m - 1) / (m - 1) * sd**2 / m for m, sd in zip(n, sds, strict=True)]
    one, two = parts[0][:, None], parts[1][None, :]
    df = (one + two) ** 2 / (one**2 / (n[0] - 1) + two**2 / (n[1] - 1))
    beyond = stats.norm.sf((stats.t.isf(0.025, df) * np.sqrt(one + two) - gap) / error)
    wanted = float(weights @ beyond @ weights)
    [row] = simulated(design, [Scenario(name="a", means=(0, gap))], FEW, way).scenarios
    close(row.benefit, wanted, FEW)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("tag", ["benefit", "null"])
def test_group_sequential_t_beside_a_million_trials_in_r(tag, way):
    case = next(r for r in REFERENCE["simulations"] if r["id"] == f"means_{tag}_t_cumulative")
    given, found, others = case["input"], case["output"], case["trials"]
    sizes = [n // 2 for n in given["plannedSubjects"]]
    endpoint = eq.Continuous(control=0, treatment=0.3, sd=1)
    design = design_of(endpoint, sizes, sizes, case["critical_values"])
    truth = Scenario(name="a", means=(0, given["alternative"]))
    replicates = FEW if way == "engine" else MANY
    oc = simulated(design, [truth], replicates, way)
    [row] = oc.scenarios
    close(row.benefit, found["overallReject"], replicates, others)
    stages = oc.totals.stopped[0][:, EFFICACY] / replicates
    # Of events as seldom as one in a million their own share says too little of the error.
    wanted = np.maximum(found["rejectPerStage"], 1e-6)
    close(stages, wanted, replicates, others)
    error = case["spread"]["subjects_sd"] * math.sqrt(1 / replicates + 1 / others)
    assert abs(row.patients - found["expectedNumberOfSubjects"]) <= ERRORS * error


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "case",
    [r for r in REFERENCE["analytic"] if r["id"].startswith("means") and r["exact"]],
    ids=lambda r: r["id"],
)
def test_exact_values_of_rpact(case, way):
    given, found = case["input"], case["output"]
    planned = found["numberOfSubjects"]
    sizes = [n // 2 for n in (planned if isinstance(planned, list) else [planned])]
    critical = case["critical_values"]
    endpoint = eq.Continuous(control=0, treatment=0.3, sd=1, known_sd=given["normalApproximation"])
    design = design_of(
        endpoint, sizes, sizes, critical if isinstance(critical, list) else [critical]
    )
    truth = Scenario(name="a", means=(0, given["alternative"]))
    oc = simulated(design, [truth], FEW, way)
    close(oc.scenarios[0].benefit, found["overallReject"], FEW)
    close(oc.totals.stopped[0][:, EFFICACY] / FEW, found["rejectPerStage"], FEW)
