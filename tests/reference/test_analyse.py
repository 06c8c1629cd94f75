"""Analyses of data against rpact: 25 of ours (3.3.4), and those of the shared collection (4.5.0).

Where rpact's definition is another, the test says so and holds ours to its own definition.
"""

import math

import numpy as np
import pytest
from design_cases import array, own_cases, rpact_plan, shared_cases
from scipy import special, stats

import equipoise as eq

INTERVAL = ("finalConfidenceIntervalLowerBounds", "finalConfidenceIntervalUpperBounds")
REPEATED = ("repeatedConfidenceIntervalLowerBounds", "repeatedConfidenceIntervalUpperBounds")
ACTIONS = {
    "go on": ("continue",),
    "stop for benefit": ("reject and stop", "reject"),
    "stop for futility": ("accept and stop",),
    "ended without benefit": ("accept",),
}

CASES = [
    *own_cases("getAnalysisResults"),
    *[
        case
        for case in shared_cases("analysis")
        if case["input"]["designFunction"] == "getDesignGroupSequential"
    ],
]


def test_the_cases_are_there():
    assert len(own_cases("getAnalysisResults")) == 25
    if not shared_cases("analysis"):
        pytest.skip("../shared is not here: the shared collection is not read")
    assert len(CASES) == 27


def means_at(data, arm, stage):
    n, mean = np.array(data[f"n{arm}"][:stage], float), np.array(data[f"means{arm}"][:stage])
    sd = np.array(data[f"stDevs{arm}"][:stage])
    total = float(n @ mean / n.sum())
    squares = float(((n - 1) * sd**2).sum() + (n * (mean - total) ** 2).sum())
    return n.sum(), total, math.sqrt(squares / (n.sum() - 1))


def record(given, stage):
    """The data up to a stage; rpact's group 1 is the treatment."""
    data = given["data"]
    if "overallEvents" in data:
        sign = 1 if given.get("directionUpper", True) else -1
        return eq.SurvivalAtLook(
            events=data["overallEvents"][stage - 1],
            log_rank=sign * data["overallLogRanks"][stage - 1],
            ratio=data["overallAllocationRatios"][stage - 1],
        )
    two = "n1" in data
    if "means1" in data or "means" in data:
        one = means_at(data, "1" if two else "", stage)
        zero = means_at(data, "2", stage) if two else (None, None, None)
        return eq.MeansAtLook(
            patients=(zero[0], one[0]), means=(zero[1], one[1]), sds=(zero[2], one[2])
        )

    def total(name):
        one = sum(data[f"{name}{'1' if two else ''}"][:stage])
        return (sum(data[f"{name}2"][:stage]) if two else None, one)

    return eq.RatesAtLook(events=total("events"), patients=total("n"))


def terms(given):
    data = given["data"]
    out = {"better": "higher" if given.get("directionUpper", True) else "lower"}
    if "overallEvents" in data:  # rpact's log-rank is of more hazard on treatment
        out["margin"] = given.get("thetaH0", 1.0)
    else:
        out["margin"] = given.get("thetaH0", 0.0)
    if "means1" in data or "means" in data:
        normal = given.get("normalApproximation", False)
        out["test"] = "z" if normal else "t" if given.get("equalVariances", True) else "welch"
    return out


def analysed(case, stage=None, **more):
    given = case["input"]
    made = stage or given.get("stage") or len(next(iter(given["data"].values())))
    stop = case["output"]["finalStage"]
    made = made if stop is None else min(made, stop)
    looks = [record(given, number) for number in range(1, made + 1)]
    return eq.analyse(rpact_plan(given["design"]), looks, **terms(given), **more)


def agree(name, got, stated, within):
    got, stated = np.asarray(got, float), np.asarray(stated, float)
    known = ~np.isnan(stated)
    worst = np.abs(got[known] - stated[known]).max(initial=0.0)
    assert worst <= within, f"{name}: {got} against {stated}, {worst:.2g} apart"


every_case = pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])


@every_case
def test_looks(case):
    """Statistics, estimates, decisions, repeated inference and conditional rejection."""
    output, within, found = case["output"], case["abs_tol"], analysed(case)
    count, plan = len(found.looks), rpact_plan(case["input"]["design"])
    stages = output.get("stageResults")
    if stages is not None:
        p = [look.p for look in found.looks]
        agree("p", p, array(stages["overallPValues"])[:count], 1e-9)
        effects = [look.estimate for look in found.looks]
        agree("estimates", effects, array(stages["effectSizes"])[:count], 1e-9)
    for look, action in zip(found.looks, output["testActions"], strict=False):
        assert action in ACTIONS[look.decision]
    repeated = [look.repeated_interval for look in found.looks]
    stated = np.array([array(output[name])[:count] for name in REPEATED])
    agree("repeated interval", np.transpose(repeated), stated, within)
    # rpact searches one half at the most, to 1e-10
    p = np.minimum([look.repeated_p for look in found.looks], 0.5)
    agree("repeated p", p, array(output["repeatedPValues"])[:count], within)
    rejection = array(output["conditionalRejectionProbabilities"])[:count]
    got = [
        math.nan if look.conditional_power_none is None else look.conditional_power_none
        for look in found.looks
    ]
    # rpact: none is left once a binding boundary was crossed; and two-sided it doubles one side
    if plan.binding and found.looks[-1].decision == "stop for futility":
        assert rejection[-1] == 0
        got[-1] = 0.0
    agree("conditional rejection", plan.sided * np.array(got), rejection, within)


@every_case
def test_end(case):
    """Stage-wise p-value, interval and median-unbiased estimate."""
    output, within, found = case["output"], case["abs_tol"], analysed(case)
    stage = output["finalStage"]
    if stage is None:
        assert found.final is None
        return
    end = found.final
    assert end.look == stage
    agree("p", [end.p_value], [output["finalPValues"][stage - 1]], within)
    limits = [output[name][stage - 1] for name in INTERVAL]
    middle = output["medianUnbiasedEstimates"][stage - 1]
    agree("naive", [end.naive], [found.looks[-1].estimate], 0)
    if case["id"] in OTHERWISE:
        OTHERWISE[case["id"]](case, found, limits)
        return
    agree("interval", end.interval, limits, within)
    agree("median-unbiased", [end.median_unbiased], [middle], within)


def t_at_first_stage(case, found, stated):
    """At a stop at stage 1 rpact takes a normal quantile under a t test, ours that of t."""
    look, normal, t = found.looks[0], special.ndtri(0.975), stats.t.ppf(0.975, 33 + 32 - 2)
    for quantile, limits, within in ((normal, stated, 1e-6), (t, found.final.interval, 1e-12)):
        reach = quantile * look.standard_error
        agree("interval", [look.estimate - reach, look.estimate + reach], limits, within)
    assert found.final.median_unbiased == look.estimate


def welch(case, found, stated):
    """rpact scales by the pooled standard deviation also under Welch's test, ours by Welch's."""
    (n1, _, sd1), (n0, _, sd0) = (means_at(case["input"]["data"], arm, 2) for arm in "12")
    pooled = math.sqrt(((n1 - 1) * sd1**2 + (n0 - 1) * sd0**2) / (n1 + n0 - 2))
    theirs, own = pooled * math.sqrt(1 / n1 + 1 / n0), math.sqrt(sd1**2 / n1 + sd0**2 / n0)
    means = np.array(found.plan.confidence_interval(2, found.looks[1].z)) * found.plan.drift
    means *= math.sqrt(found.plan.information[1])
    agree("rpact's interval", means * theirs, stated, 1e-6)
    agree("interval", found.final.interval, means * own, 1e-12)


OTHERWISE = {"a_means_P_stage1_t": t_at_first_stage, "a_means_welch_stage2": welch}


def test_final_interval_is_the_stage_wise_one_of_the_plan():
    """The written rule: null + sign * mean of z * standard error, for ratios on the logarithm."""
    case = next(case for case in CASES if case["id"] == "a_surv_OF_stage3_lower_ratio2")
    found = analysed(case)
    look, plan = found.looks[-1], found.plan
    means = np.array(plan.confidence_interval(3, look.z)) * plan.drift
    limits = np.exp(-means * look.standard_error)
    assert found.final.interval == pytest.approx(tuple(sorted(limits)), rel=1e-12)


# Conditional power


@every_case
def test_chances_are_those_of_the_plan(case):
    """rpact's conditional power, at effects it names, is in test_group_sequential.py."""
    found, plan = analysed(case), rpact_plan(case["input"]["design"])
    for look in found.looks[: plan.looks - 1]:
        at = (look.look, look.z)
        assert look.conditional_power_trend == plan.conditional_power(*at)
        assert look.conditional_power_planned == plan.conditional_power(*at, 1.0)
        assert look.predictive_power == plan.predictive_power(*at)


# Observed information


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=c["id"]) for c in own_cases("getObservedInformationRates")]
)
def test_observed_information(case):
    """rpact plans anew at its rescaled maximum; ours does with that maximum given."""
    given, output = case["input"], case["output"]
    count = len(output["absoluteInformations"])
    looks = [record(given, stage) for stage in range(1, count + 1)]
    if "means1" in given["data"]:  # these cross; only information is compared, so without effect
        looks = [
            eq.MeansAtLook(patients=look.patients, means=(0.0, 0.0), sds=look.sds) for look in looks
        ]
    found = eq.analyse(
        eq.GroupSequential(looks=3), looks, maximum=output["maxInformation"], better="higher"
    )
    assert [look.amount for look in found.looks] == output["absoluteInformations"]
    agree("rates", found.plan.information, output["informationRates"], 1e-12)
    agree("bounds", found.plan.bounds, array(output["asOFCriticalValues"]), case["abs_tol"])
