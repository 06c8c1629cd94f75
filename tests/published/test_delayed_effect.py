"""Published operating characteristics under delayed effects, of simtrial, gsDesign2 and lrstat.

Stated beforehand: seed 20261122, 32,768 replicates. Beside published simulations every share lies
within 4 combined Monte Carlo standard errors, and half a unit of the last printed digit; beside
published asymptotic numbers within 4 Monte Carlo errors and the difference stated in the test.
Patients come at random, in blocks of four, as in simtrial.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import equipoise as eq
from equipoise.numerics.trials.decisions import EFFICACY, FUTILITY
from equipoise.numerics.trials.records import AT_DAY, AT_EVENTS, ESTIMATE, REACHED
from equipoise.simulation.run import simulate
from equipoise.simulation.run_range import buffers_of, call, empty, records_of, run_range
from equipoise.vocabulary.scenario import Scenario
from equipoise.vocabulary.trial import Allocation

REPLICATES, SEED, ERRORS = 1 << 15, 20261122, 4
MONTH = 365.25 / 12
CASES = {
    case["id"]: case
    for case in json.loads(
        (Path(__file__).parents[1] / "reference" / "delayed_effect.json").read_text("utf-8")
    )["cases"]
}


def accrual_of(setup, patients):
    steps = setup["accrual"]
    if "share" in steps[0]:
        return eq.Accrual(per_month=patients / steps[0]["duration"], poisson=True)
    starts = np.cumsum([0, *(step["duration"] for step in steps[:-1])])
    return eq.Accrual(
        per_month=tuple(step["rate"] for step in steps), from_months=tuple(starts), poisson=True
    )


def design_of(setup, patients, looks, by, upper, lower=None, rho=0.0, gamma=0.0):
    """And the scenario; `looks` are months or events."""
    control = setup["control_hazard"]
    starts = tuple(float(row["from"]) for row in control)
    hazards = tuple(row["hazard"] for row in control)
    endpoint = eq.TimeToEvent(
        hazard_ratio=0.6,
        control_hazard_per_month=hazards if len(hazards) > 1 else hazards[0],
        from_months=starts,
        dropout_per_month=setup["dropout_hazard"],
        rho=float(rho),
        gamma=float(gamma),
    )
    lower = lower or [-math.inf] * len(upper)
    none = math.inf
    design = eq.Design(
        endpoint=endpoint,
        # A plan with looks by calendar spends its alpha anew; here the boundaries are given.
        plan=eq.GroupSequential(looks=len(looks))
        if by == "events" and len(looks) > 1
        else eq.FixedSample(),
        looks=tuple(
            eq.PlannedLook(
                information=at / looks[-1],
                patients=(patients / 2, patients / 2),
                events=at if by == "events" else float(k + 1),
                months=at if by == "calendar" else None,
                efficacy_z=none if up is None else up,
                futility_z=low,
            )
            for k, (at, up, low) in enumerate(zip(looks, upper, lower, strict=True))
        ),
        allocation=Allocation(sizes=(4,)),
        accrual=accrual_of(setup, patients),
        look_by=by,
    )
    ratios = setup["hazard_ratio"]
    truth = Scenario(
        name="delayed",
        hazard_ratio=tuple(row["ratio"] for row in ratios),
        from_months=tuple(float(row["from"]) for row in ratios),
    )
    return design, truth


def simulated(design, truth, replicates=REPLICATES):
    oc = simulate(design, [truth], replicates=replicates, seed=SEED)
    shares = np.cumsum(oc.totals.stopped[0] / replicates, axis=0)
    at = oc.totals.at_looks[0]
    return oc, shares, at / at[:, [REACHED]]


def close(found, wanted, others, digit):
    wanted = np.asarray(wanted)
    p = np.clip(wanted, 1 / others, 1 - 1 / others)
    error = np.sqrt(p * (1 - p) * (1 / REPLICATES + 1 / others))
    assert np.all(np.abs(np.asarray(found) - wanted) <= ERRORS * error + digit / 2)


def named(rows):
    return [f"FH({r['test']['rho']}, {r['test']['gamma']}), {r['patients']}" for r in rows]


GIVEN = CASES["weighted_tests_given_boundaries"]
SIMULATED = [row for row in GIVEN["results"] if row["kind"] == "simulated"]


@pytest.mark.parametrize("row", SIMULATED, ids=named(SIMULATED))
def test_weighted_tests_at_given_boundaries(row):
    setup = GIVEN["setup"]
    design, truth = design_of(
        setup,
        row["patients"],
        setup["looks"]["calendar"],
        "calendar",
        setup["upper"],
        setup["lower"],
        **row["test"],
    )
    oc, shares, _ = simulated(design, truth)
    close(shares[:, EFFICACY], row["cumulative_upper"], row["replicates"], 1e-4)
    close(shares[:2, FUTILITY], row["cumulative_lower"][:2], row["replicates"], 1e-4)
    close(1 - oc.scenarios[0].benefit, row["cumulative_lower"][2], row["replicates"], 1e-4)


SPENT = CASES["weighted_tests_spending_boundaries"]
ROUNDED = [row for row in SPENT["results"] if row["kind"] == "simulated"]


@pytest.mark.parametrize("row", ROUNDED, ids=named(ROUNDED))
def test_weighted_tests_at_boundaries_that_spend(row):
    """All but the first row are printed with two decimals, boundaries too."""
    setup = SPENT["setup"]
    design, truth = design_of(
        setup,
        row["patients"],
        setup["looks"]["calendar"],
        "calendar",
        row["upper"],
        row["lower"],
        **row["test"],
    )
    digit = 1e-4 if row["patients"] == 379 else 0.01
    _, shares, _ = simulated(design, truth)
    # A boundary half a digit away moves a share by at most its density there, below 0.4.
    digit += 2 * 0.4 * (0.0 if digit < 0.01 else 0.005)
    close(shares[:, EFFICACY], row["cumulative_upper"], row["replicates"], digit)
    close(shares[:2, FUTILITY], row["cumulative_lower"][:2], row["replicates"], digit)


def chance_of_event(setup, months):
    """By follow-up of `months`, the arms together, with dropout."""
    control, lost = setup["control_hazard"][0]["hazard"], setup["dropout_hazard"]
    turn, ratio = setup["hazard_ratio"][1]["from"], setup["hazard_ratio"][1]["ratio"]

    def arm(after):
        early, late = np.minimum(months, turn), np.maximum(months - turn, 0)
        first = control / (control + lost) * -np.expm1(-(control + lost) * early)
        stays = np.exp(-(control + lost) * turn)
        return first + stays * after / (after + lost) * -np.expm1(-(after + lost) * late)

    return (arm(control) + arm(control * ratio)) / 2


def test_expected_events_at_calendar_looks():
    """gsDesign2's stream ends at 12 months; a trial's ends with its 500th patient, who comes then
    on average: the expectation of the one is printed, that of the other is integrated."""
    case = CASES["events_and_average_hazard_ratio"]
    setup, rate = case["setup"], 500 / 12
    for row, digit in zip(case["results"][:2], (0.01, 1e-4), strict=True):
        times = row["time"]
        design, truth = design_of(
            setup, 500, times, "calendar", [math.inf] * (len(times) - 1) + [50.0]
        )
        _, _, at = simulated(design, truth)
        for k, month in enumerate(times):
            day = np.linspace(0, month, 40_001)
            chance = chance_of_event(setup, month - day)
            even = rate * np.trapezoid(np.where(day <= 12, chance, 0), day)
            assert even == pytest.approx(row["events"][k], abs=digit / 2 + 0.03 * (month > 12))
            wanted = rate * np.trapezoid(stats.poisson.cdf(499, rate * day) * chance, day)
            error = math.sqrt(wanted / REPLICATES)  # events of a stream vary no more than Poisson's
            assert abs(at[k, AT_EVENTS] - wanted) <= ERRORS * error


def test_average_hazard_ratio():
    """By gsDesign2's weights, the information of each interval, from the patients themselves."""
    case = CASES["events_and_average_hazard_ratio"]
    row = case["results"][0]
    times = row["time"]
    design, truth = design_of(
        case["setup"], 500, times, "calendar", [math.inf] * (len(times) - 1) + [50.0]
    )
    job = simulate(design, [truth], replicates=1, seed=SEED).job
    trace, buffers, kept = np.zeros((len(times), 15)), buffers_of(job), records_of(job, 1024)
    replicates = 2048
    events = np.zeros((len(times), 2, 2))
    for replicate in range(replicates):
        part = empty(job, replicate, replicate + 1, keep=False)
        call(job, replicate, replicate + 1, part, *kept, trace=trace, buffers=buffers)
        late = buffers.time > 4 * MONTH
        for k, month in enumerate(times):
            seen = (buffers.entry + buffers.time <= month * MONTH) & (buffers.event == 1)
            for arm in (0, 1):
                here = seen & (buffers.arm == arm)
                events[k, 0, arm] += (here & ~late).sum()
                events[k, 1, arm] += (here & late).sum()
    weight = 1 / (1 / events).sum(2)
    ratio = np.exp(math.log(0.6) * weight[:, 1] / weight.sum(1))
    # 4 errors of the share of late events, some 300,000 of them, are below 0.002.
    assert ratio == pytest.approx(row["average_hazard_ratio"], abs=0.005 + 0.002)
    assert weight.sum(1) / replicates == pytest.approx(row["information"], rel=0.015)


SIZES = CASES["sizes_of_weighted_tests"]["results"]


@pytest.mark.parametrize("row", SIZES, ids=named(SIZES))
def test_sizes_of_weighted_tests(row):
    """npsurvSS's sizes for 80% by asymptotic theory, rounded up to even.

    Measured: 0.798 for FH(0, 1), 0.796 for FH(1, 1), 0.797 for FH(1, 0) and 0.798 for FH(0, 0),
    each with an error of 0.0022: theory is too high by less than half a point.
    """
    patients = 2 * math.ceil(row["patients"] / 2)
    design, truth = design_of(
        CASES["sizes_of_weighted_tests"]["setup"],
        patients,
        [36],
        "calendar",
        [1.959964],
        **row["test"],
    )
    oc, _, at = simulated(design, truth)
    error = math.sqrt(0.16 / REPLICATES)
    assert abs(oc.scenarios[0].benefit - row["power"]) <= ERRORS * error + 0.005
    wanted = row["events_total"] * patients / row["patients"]
    assert at[0, AT_EVENTS] == pytest.approx(wanted, rel=0.004)


def test_two_looks_of_lrstat():
    """Simulated 10,000 times, to three decimals; shares, and months of the looks to one."""
    case = CASES["lrstat_two_looks"]
    setup = case["setup"]
    row = case["results"][1]
    design, truth = design_of(
        setup, setup["patients"], setup["looks"]["events"], "events", setup["upper"]
    )
    oc, shares, at = simulated(design, truth)
    close(shares[:, EFFICACY], row["cumulative_upper"], row["replicates"], 1e-3)
    [found] = oc.scenarios
    both = math.sqrt(1 + REPLICATES / row["replicates"])  # of our own errors
    error = ERRORS * found.events_error * both + 0.05
    assert abs(found.events - row["expected_events"]) <= error
    error = ERRORS * found.days_error / MONTH * both + 0.05
    assert abs(found.days / MONTH - row["expected_study_duration"]) <= error
    # The second look is here of the trials that go on, there of all: only the first compares. Its
    # day varies less than the end of the trial does.
    assert abs(at[0, AT_DAY] / MONTH - row["analysis_time"][0]) <= error


RAMPED = CASES["ramped_accrual_fixed"]


@pytest.mark.parametrize("by", ["calendar", "events"])
def test_one_look_after_ramped_accrual(by):
    """simtrial, 2,000 trials, cut at 30 months or at 309 events."""
    setup = RAMPED["setup"]
    cut = {"calendar": "at the planned duration", "events": "at the targeted events"}[by]
    row = next(r for r in RAMPED["results"] if r["kind"] == "simulated" and r["cut"] == cut)
    at = setup["planned_duration"] if by == "calendar" else setup["targeted_events"]
    design, truth = design_of(setup, setup["patients"], [at], by, [setup["critical_value"]])
    oc, _, _ = simulated(design, truth)
    [found] = oc.scenarios
    both = math.sqrt(1 / REPLICATES + 1 / row["replicates"])
    if "power" in row:
        close(found.benefit, row["power"], row["replicates"], 1e-3)
    assert abs(found.events - row["events"]) <= ERRORS * row["events_sd"] * both + 0.0005
    months = ERRORS * row["duration_sd"] * both + 0.0005
    assert abs(found.days / MONTH - row["duration"]) <= months
    ratio = ERRORS * row["log_hazard_ratio_sd"] * both * row["hazard_ratio"] + 0.0005
    kept = run_range(oc.job, 0, 1 << 13, keep=True)
    estimate = kept.values[0, : 1 << 13, ESTIMATE].mean()
    assert abs(math.exp(estimate) - row["hazard_ratio"]) <= ratio * math.sqrt(4 / 3)


def test_power_by_duration():
    """gsDesign2's asymptotic power, to two decimals, beside FH(0, 0) and FH(0, 0.5) here.

    Measured, with errors of 0.002 to 0.003: at 24 months 0.685 and 0.845 for 0.69 and 0.85; at 60
    months 0.735 and 0.829 for 0.75 and 0.85, which theory has too high by one and two points.
    """
    case = CASES["power_by_duration"]
    row = case["results"][0]
    places = {24: (0.01, 0.01), 60: (0.02, 0.02)}
    for month, allowed in places.items():
        i = row["study_duration"].index(month)
        for gamma, key, more in zip(
            (0.0, 0.5), ("power_FH_0_0", "power_FH_0_0.5"), allowed, strict=True
        ):
            design, truth = design_of(
                case["setup"], row["patients"][i], [month], "calendar", [1.959964], gamma=gamma
            )
            oc, _, _ = simulated(design, truth)
            error = ERRORS * math.sqrt(0.2 / REPLICATES) + 0.005
            assert abs(oc.scenarios[0].benefit - row[key][i]) <= error + more
