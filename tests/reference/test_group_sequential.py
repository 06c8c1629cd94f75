"""Group-sequential plans against rpact, gsDesign and ldbounds: shared cases, and our own of rpact.

``group_sequential.json`` was made by validation/group_sequential.R with rpact 3.3.4. Every number
of a case is compared within the tolerance that stands with it, with these readings of rpact:

- ``-6`` is its "no futility boundary", and ``Inf`` a critical value of 7.5 or more;
- the last ``alphaSpent`` is cut down to 8 decimals;
- a futility boundary below -6 is written as -6.
"""

import math

import numpy as np
import pytest
from design_cases import (
    MINUS_INFINITY,
    SHARED,
    array,
    gs_plan,
    gs_spending,
    own_cases,
    rpact_plan,
    shared_cases,
)
from scipy import optimize, special, stats

import equipoise as eq
from equipoise.design.solve_plan import Solved
from equipoise.numerics.sequential import ABOVE, BELOW, OPPOSITE, stopping_under

CUT = 1.1e-8
"""What cutting to 8 decimals takes off."""
LOSS_OF_GRID = {"b_OF_k20": 6e-5}
"""rpact's error here is in the constant c, 1.9e-5; its second boundary is c sqrt(10)."""

needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="no ../shared in this checkout")


def of_shared(*kinds, call=None):
    cases = [case for case in shared_cases(*kinds) if call is None or case["call"] == call]
    return pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in cases])


def of_own(call):
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=case["id"]) for case in own_cases(call)]
    )


def agree(what, ours, theirs, within):
    """Equal infinities, equal gaps, and numbers within `within`."""
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    assert ours.shape == theirs.shape, what
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=within, equal_nan=True, err_msg=what)


def agree_where_stated(what, ours, theirs, within):
    """`theirs` may have gaps; they must be gaps of the other package, not of ours."""
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    assert ours.shape == theirs.shape, what
    stated = ~np.isnan(theirs)
    agree(what, ours[stated], theirs[stated], within)


# Boundaries


def check_boundaries(case):
    plan, output = rpact_plan(case["input"]), case["output"]
    within = LOSS_OF_GRID.get(case["id"], case["abs_tol"])
    critical = array(output["criticalValues"])
    bounds = np.where(np.isinf(critical) & (plan.bounds >= 7.5), np.inf, plan.bounds)
    agree("critical values", bounds, critical, within)
    if "alphaSpent" in output:
        agree("alpha spent", plan.spent[:-1], array(output["alphaSpent"])[:-1], within)
        agree("all alpha spent", plan.spent[-1], array(output["alphaSpent"])[-1], CUT)
    if "stageLevels" in output:
        agree("stage levels", special.ndtr(-plan.bounds), array(output["stageLevels"]), within)
    if "futilityBounds" in output:
        check_futility(plan, array(output["futilityBounds"]), within)
    spent_beta = array(output.get("betaSpent", []))
    if np.isfinite(spent_beta).any():
        stops = plan.stopping(1.0)
        agree("beta spent", np.cumsum(stops[:, BELOW]), spent_beta, within)
        agree("power", np.cumsum(stops[:, ABOVE]), array(output["power"]), within)
    else:
        assert not np.isfinite(array(output.get("power", []))).any()
    return plan


def check_futility(plan, theirs, within):
    ours = plan.futility_bounds[:-1]
    if plan.sided == 1:
        ours = np.where(ours <= MINUS_INFINITY, MINUS_INFINITY, ours)
    else:
        theirs = np.where(np.isnan(theirs) | (theirs == MINUS_INFINITY), 0.0, theirs)
    agree("futility boundaries", ours, theirs, within)


@of_shared("boundary", call="getDesignGroupSequential")
def test_shared_boundaries_of_rpact(case):
    check_boundaries(case)


@of_shared("boundary", call="ldBounds")
def test_shared_boundaries_of_ldbounds(case):
    given = case["input"]
    assert (given["iuse"], given["sides"]) == (3, 1)
    plan = eq.GroupSequential(
        information=given["t"],
        alpha=given["alpha"],
        efficacy=eq.Spending("kim-demets", rho=given["phi"]),
    )
    agree("critical values", plan.bounds, case["output"]["upper"], case["abs_tol"])


@of_own("getDesignGroupSequential")
def test_boundaries_of_rpact(case):
    plan = check_boundaries(case)
    if case["id"].startswith("b_recalculated"):
        rates = np.array(case["input"]["informationRates"])
        observed = [1 / 3, 2 / 3, float(rates[2] / rates[0] / 3)]
        updated = eq.GroupSequential(looks=3).update(observed, final=True)
        agree("update", updated.bounds, plan.bounds, 1e-6)
        agree("update, rpact", updated.bounds, array(case["output"]["criticalValues"]), 1e-6)


def test_rpacts_two_sided_beta_spending_is_another_rule_than_ours():
    """Ours spends the function as given; rpact's rescales it, see `rpact_wedge_spending`.

    rpact also lets beta be the probability of finding neither benefit nor harm, whatever
    ``twoSidedPower`` says: its benefit then has power 1 - beta less the probability of harm.
    """
    for case in own_cases("getDesignGroupSequential"):
        if not case["id"].startswith("b_two_sided_bsOF"):
            continue
        output, beta = case["output"], case["input"]["beta"]
        upper = array(output["criticalValues"])
        wedge = np.append(np.nan_to_num(array(output["futilityBounds"])), 0.0)
        t, out = np.arange(1, 4) / 3, np.empty((1, 3, 3))

        def rejected(drift, t=t, upper=upper, wedge=wedge, out=out):
            stopping_under(t, 2, upper, wedge, np.array([drift]), out)
            return float(out[0, :, [ABOVE, OPPOSITE]].sum())

        drift = optimize.brentq(lambda d, b=beta: rejected(d) - (1 - b), 2, 5, xtol=1e-13)
        assert rejected(drift) == pytest.approx(1 - beta, abs=1e-10)
        agree("power", np.cumsum(out[0, :, ABOVE]), output["power"], 1e-7)
        agree("beta spent", np.cumsum(out[0, :2, BELOW]), output["betaSpent"][:2], 1e-7)
        f = eq.Spending("obrien-fleming").cumulative(t, beta)
        agree("rescaled", output["betaSpent"][1], beta * (f[1] - f[0]) / (beta - f[0]), 1e-9)
        ours = eq.GroupSequential(
            looks=3,
            alpha=0.05,
            sided=2,
            power=1 - beta,
            futility=eq.Spending("obrien-fleming", binding=case["input"]["bindingFutility"]),
        )
        agree("ours", np.cumsum(ours.stopping(1.0)[:, BELOW])[:2], f[:2], 1e-10)


# Characteristics


def check_characteristics(case):
    plan, output, within = rpact_plan(case["input"]), case["output"], case["abs_tol"]
    if "criticalValues" in output:
        agree("critical values", plan.bounds, array(output["criticalValues"]), within)
    if "futilityBounds" in output:
        check_futility(plan, array(output["futilityBounds"]), within)
    two_sided_power = case["input"].get("twoSidedPower", False)
    drift = drift_of_two_sided_power(plan) if two_sided_power else plan.drift
    fixed = fixed_drift_of_two_sided_power(plan) if two_sided_power else plan.fixed_drift
    agree("fixed sample", fixed**2, output["nFixed"], within)
    agree("shift", drift**2, output["shift"], within)
    agree("inflation", (drift / fixed) ** 2, output["inflationFactor"], within)
    stops = plan.stopping(drift / plan.drift)
    rejected = stops[:, ABOVE] + (stops[:, OPPOSITE] if two_sided_power else 0.0)
    if "information" in output:
        agree("information", plan.information * drift**2, output["information"], within)
    agree_where_stated("power", np.cumsum(rejected), array(output["power"]), within)
    stated = array(output["rejectionProbabilities"])
    if plan.looks > 1:
        agree("rejection", rejected, stated, within)
    if "futilityProbabilities" in output:
        stated = array(output["futilityProbabilities"])
        agree("futility", stops[:-1, BELOW], stated, within)
    if "averageSampleNumber0" in output:
        stated = [output[f"averageSampleNumber{word}"] for word in ("0", "01", "1")]
        effects = np.array([0.0, 0.5, 1.0]) * drift / plan.drift
        mean = plan.expected_information(effects) * (drift / plan.drift) ** 2
        agree("expected size", mean * (plan.fixed_drift / fixed) ** 2, stated, within)
    else:
        assert plan.looks == 1


def drift_of_two_sided_power(plan):
    """rpact's ``twoSidedPower``: a rejection on the wrong side counts as well."""

    def short(drift):
        found = plan.stopping(drift / plan.drift)
        return found[:, [ABOVE, OPPOSITE]].sum() - plan.target_power

    return optimize.brentq(short, 0.01, plan.drift, xtol=1e-13)


def fixed_drift_of_two_sided_power(plan):
    bound = special.ndtri(1 - plan.alpha / 2)
    return optimize.brentq(
        lambda d: special.ndtr(d - bound) + special.ndtr(-d - bound) - plan.target_power,
        0.01,
        plan.drift,
        xtol=1e-13,
    )


@of_shared("characteristics")
def test_shared_characteristics_of_rpact(case):
    check_characteristics(case)


@of_own("getDesignCharacteristics")
def test_characteristics_of_rpact(case):
    check_characteristics(case)


# Power and expected size over effects


def check_power(case):
    given, output, within = case["input"], case["output"], case["abs_tol"]
    plan, most = rpact_plan(given["design"]), given["nMax"]
    theta = np.array(given["theta"])
    effects = theta * math.sqrt(most) / plan.drift
    stops = plan.stopping(effects)
    both = plan.sided == 2
    if both:
        # rpact writes rejections of either side under either setting of twoSidedPower
        agree(
            "both sides",
            stops[:, :, [ABOVE, OPPOSITE]].sum((1, 2)),
            output["calculatedPower"],
            within,
        )
    else:
        agree("power", plan.power(effects), output["calculatedPower"], within)
    size = plan.expected_information(effects) / plan.inflation * most
    agree("expected size", size, output["averageSampleNumber"], within)
    rejected = stops[:, :, ABOVE] + (stops[:, :, OPPOSITE] if both else 0.0)
    futile = stops[:, :-1, BELOW]
    early = rejected[:, :-1] + futile
    # one look's early stop at rpact's -6, 1e-9, is within the tolerance
    agree("early", early.sum(1), output["overallEarlyStop"], within)
    if "overallReject" in output:
        agree("rejected", rejected.sum(1), output["overallReject"], within)
        agree("futile", futile.sum(1), output["overallFutility"], within)
        agree("rejected by look", rejected.T, output["rejectPerStage"], within)
        stated = np.array(output["earlyStop"], float)
        agree("early by look", early.T, stated[:-1], within)
        assert np.isnan(stated[-1]).all()
        stated = np.array(output["futilityPerStage"], float)
        if both:
            assert np.isnan(stated).all()  # rpact states none, and ours is:
            stated = np.zeros_like(stated)
        agree("futile by look", futile.T, stated, within)


@of_shared("power_asn")
def test_shared_power_of_rpact(case):
    check_power(case)


@of_own("getPowerAndAverageSampleNumber")
def test_power_of_rpact(case):
    check_power(case)


# gsDesign


@of_shared("gs_design")
def test_gsdesign_plans(case):
    plan, output, within = gs_plan(case["input"]), case["output"], case["abs_tol"]
    agree("upper", plan.bounds, output["upper"], within)
    agree("information", plan.information * plan.inflation, output["n.I"], within)
    agree("fixed drift", plan.fixed_drift, output["delta"], within)
    under = plan.stopping([0.0, 1.0])
    agree("crossing above", under[:, :, ABOVE].T, output["upper_prob_H0_H1"], within)
    spent = np.diff(plan.spent, prepend=0.0) / plan.sided
    agree("alpha spent", spent, output["spend_upper"], within)
    agree("expected size", plan.expected_information([0.0, 1.0]), output["en"], within)
    if plan.sided == 2:
        agree("lower", -plan.bounds, output["lower"], within)
        agree("crossing below", under[:, :, OPPOSITE].T, output["lower_prob_H0_H1"], within)
    elif plan.futility is None:
        assert output["lower"] is None
        assert output["lower_prob_H0_H1"] is None
    else:
        agree("lower", plan.futility_bounds, output["lower"], within)
        below = np.empty((2, plan.looks, 3))
        stopping_under(
            plan.information,
            1,
            plan.bounds,
            plan.futility_bounds,
            np.array([0.0, plan.drift]),
            below,
        )
        agree("crossing below", below[:, :, BELOW].T, output["lower_prob_H0_H1"], within)


@of_shared("spending")
def test_gsdesign_spending(case):
    given = case["input"]
    spending = gs_spending(case["call"], given["param"])
    spent = spending.cumulative(given["t"], given["alpha"])
    agree("spent", spent, case["output"]["spend"], case["abs_tol"])


@of_shared("crossing_probability")
def test_gsdesign_crossing_probabilities(case):
    given, output, within = case["input"], case["output"], case["abs_tol"]
    n, theta = np.array(given["n.I"], float), np.array(given["theta"])
    out = np.empty((theta.size, n.size, 3))
    upper, lower = np.array(given["b"], float), np.array(given["a"], float)
    stopping_under(n / n[-1], 1, upper, lower, theta * math.sqrt(n[-1]), out)
    agree("upper", out[:, :, ABOVE].T, output["upper"], within)
    agree("lower", out[:, :, BELOW].T, output["lower"], within)
    ended = out[:, :, :2].sum(2)
    mean = ended @ n + (1 - ended.sum(1)) * n[-1]
    agree("expected size", mean, output["en"], 1e-6)


@of_shared("conditional_power")
def test_gsdesign_conditional_power_at_the_boundaries(case):
    plan = gs_plan(case["input"])
    ours = [
        [plan.conditional_power(look, bounds[look - 1], "trend", futility=True) for bounds in both]
        for both in [(plan.futility_bounds, plan.bounds)]
        for look in (1, 2)
    ]
    agree("conditional power", ours, case["output"]["cp"], case["abs_tol"])


@of_shared("predictive_power")
def test_gsdesign_predictive_power(case):
    """gsDesign's prior is of theta, whose planned value is the fixed drift over sqrt(n.fix)."""
    plan, given = gs_plan(case["input"]), case["input"]
    assert given["prior"] == "normalGrid(mu=.2,sigma=.1)"
    planned = plan.fixed_drift / math.sqrt(given["n.fix"])
    prior = (0.2 / planned, 0.1 / planned)
    ours = plan.predictive_power(given["i"], given["zi"], prior, futility=True)
    agree("predictive power", ours, case["output"]["pp"], case["abs_tol"])


# rpact's scales and its distribution


@of_shared("futility_scales")
def test_rpact_futility_scales(case):
    given, output, within = case["input"], case["output"], case["abs_tol"]
    plan = rpact_plan(given["design"])
    effect = given["theta"] * math.sqrt(sum(given["information"])) / plan.drift
    z = given["z"]
    ours = {
        "pValue": float(special.ndtr(-z)),
        "conditionalPower_theta.3": plan.conditional_power(1, z, effect),
        "condPowerAtObserved": plan.conditional_power(1, z),
        "predictivePower": plan.predictive_power(1, z),
    }
    assert ours.keys() == output.keys()
    for name, value in ours.items():
        agree(name, value, output[name], within)
    scaled = eq.GroupSequential(
        looks=2, efficacy=eq.NoEarlyEfficacy(), futility=eq.FutilityBounds(z=(float(z),))
    )
    for scale, name in (
        ("p", "pValue"),
        ("conditional power, trend", "condPowerAtObserved"),
        ("predictive power", "predictivePower"),
    ):
        agree(name, scaled.boundaries(scale)[1][0], output[name], within)


@of_shared("distribution")
def test_rpact_distribution(case):
    """Rows: below the lower boundary; below the upper one, as well; anywhere, at each look."""
    given, within = case["input"], case["abs_tol"]
    lower, upper = (np.array(row, float) for row in given["decisionMatrix"])
    out = np.empty((1, upper.size, 3))
    stopping_under(np.array(given["informationRates"]), 1, upper, lower, np.zeros(1), out)
    above, below = out[0, :, ABOVE], out[0, :, BELOW]
    reached = 1 - np.concatenate([[0], np.cumsum(above + below)[:-1]])
    agree("distribution", [below, reached - above, reached], case["output"]["prob"], within)


# Analyses


def statistics(output):
    """z of each stage made, from rpact's overall one-sided p-values."""
    p = array(output["stageResults"]["overallPValues"])
    return -special.ndtri(p[~np.isnan(p)])


def check_tests(case, plan, z):
    """Repeated and final p-values and conditional rejection probabilities, at each stage made."""
    output, within = case["output"], case["abs_tol"]
    repeated = np.full(plan.looks, np.nan)
    conditional = np.full(plan.looks, np.nan)
    for look, value in enumerate(z, 1):
        repeated[look - 1] = plan.repeated_p_value(look, value)
        stopped = plan.binding and value < plan.futility_bounds[look - 1]
        if look < plan.looks:  # rpact: none is left where a binding boundary was crossed
            power = 0.0 if stopped else plan.conditional_power(look, value, 0.0)
            conditional[look - 1] = plan.sided * power  # rpact doubles the chance of one side
    # rpact searches one half at the most, to 1e-10
    repeated = np.minimum(repeated, 0.5)
    agree("repeated p", repeated, array(output["repeatedPValues"]), within)
    stated = array(output["conditionalRejectionProbabilities"])
    agree("conditional rejection", conditional[: stated.size], stated, within)
    stage = output["finalStage"]
    final = np.full(plan.looks, np.nan)
    if stage is not None:
        final[stage - 1] = plan.p_value(stage, z[stage - 1])
    stated = array(output["finalPValues"])
    agree("final p", final[: stated.size], stated, within)
    return stage


def ratios(plan, look, interval, data, down, null):
    """Effects of `plan` at `look` as hazard ratios, by Schoenfeld's information."""
    ratio = data["overallAllocationRatios"][look - 1]
    unit = (1 + ratio) / math.sqrt(ratio * data["overallEvents"][look - 1])
    scale = plan.drift * math.sqrt(plan.information[look - 1]) * unit
    logs = np.asarray(interval) * scale
    return null * np.exp(np.sort(-logs) if down else logs)


def check_survival(case, z):
    given, output, within = case["input"], case["output"], case["abs_tol"]
    plan = rpact_plan(given["design"])
    stage = check_tests(case, plan, z)
    down, null = not given.get("directionUpper", True), given.get("thetaH0", 1.0)
    limits, final = np.full((2, plan.looks), np.nan), np.full((3, plan.looks), np.nan)
    for look, value in enumerate(z, 1):
        interval = plan.repeated_confidence_interval(look, value)
        limits[:, look - 1] = ratios(plan, look, interval, given["data"], down, null)
    names = ("repeatedConfidenceIntervalLowerBounds", "repeatedConfidenceIntervalUpperBounds")
    agree("repeated interval", limits, [array(output[name]) for name in names], within)
    if stage is not None:
        value = z[stage - 1]
        interval = plan.confidence_interval(stage, value)
        final[:2, stage - 1] = ratios(plan, stage, interval, given["data"], down, null)
        middle = plan.median_unbiased_estimate(stage, value)
        final[2, stage - 1] = ratios(plan, stage, [middle], given["data"], down, null)[0]
    for row, name in enumerate(
        (
            "finalConfidenceIntervalLowerBounds",
            "finalConfidenceIntervalUpperBounds",
            "medianUnbiasedEstimates",
        )
    ):
        stated = array(output[name])
        agree(name, final[row, : stated.size], stated, within)


@of_shared("analysis")
def test_shared_survival_analyses_of_rpact(case):
    given = case["input"]
    if given["designFunction"] != "getDesignGroupSequential":
        pytest.skip("a combination test, not a group-sequential plan")
    if "overallEvents" in given["data"]:
        check_survival(case, np.array(given["data"]["overallLogRanks"]))
        return
    z = []
    for look in (1, 2, 3):
        estimate, error, df = repeated_terms(given["data"], look, given)
        z.append(-float(special.ndtri(stats.t.sf(estimate / error, df))))
    check_tests(case, rpact_plan(given["design"]), z)
    (n1, _, _), (n2, _, _) = overall(given["data"], 3)
    check_means(case, 3, z, error / math.sqrt(1 / n1 + 1 / n2))


@of_own("getAnalysisResults")
def test_analyses_of_rpact(case):
    z = statistics(case["output"])
    if "overallEvents" in case["input"]["data"]:
        check_survival(case, z)
    else:
        check_tests(case, rpact_plan(case["input"]["design"]), z)


# Means: rpact's z is that of the overall t test's p-value, its scale the overall standard error


def overall(data, stage):
    """Sizes, means and variances of the arms over the stages so far."""
    arms = []
    for arm in ("1", "2") if "n1" in data else ("",):
        n = np.array(data[f"n{arm}"][:stage], float)
        mean = np.array(data[f"means{arm}"][:stage])
        sd = np.array(data[f"stDevs{arm}"][:stage])
        total = float(n @ mean / n.sum())
        squares = float(((n - 1) * sd**2).sum() + (n * (mean - total) ** 2).sum())
        arms.append((n.sum(), total, squares / (n.sum() - 1)))
    return arms


def repeated_terms(data, stage, given):
    """Estimate, standard error and degrees of freedom at a stage."""
    arms = overall(data, stage)
    if len(arms) == 1:
        n, mean, variance = arms[0]
        return mean, math.sqrt(variance / n), n - 1
    (n1, mean1, v1), (n2, mean2, v2) = arms
    if given.get("equalVariances", True):
        pooled = ((n1 - 1) * v1 + (n2 - 1) * v2) / (n1 + n2 - 2)
        return mean1 - mean2, math.sqrt(pooled * (1 / n1 + 1 / n2)), n1 + n2 - 2
    a, b = v1 / n1, v2 / n2
    return mean1 - mean2, math.sqrt(a + b), (a + b) ** 2 / (a**2 / (n1 - 1) + b**2 / (n2 - 1))


MEANS = [case for case in own_cases("getAnalysisResults") if "means" in case["id"]]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in MEANS])
def test_intervals_of_means_of_rpact(case):
    """rpact takes t itself for z in the final interval where the first stage was the last."""
    stages, final = case["output"]["stageResults"], case["output"]["finalStage"]
    z, made = statistics(case["output"]), case["input"]["stage"]
    if final == 1:
        z[0] = stages["overallTestStatistics"][0]
    check_means(case, made, z, stages["overallStDevs"][(final or 1) - 1])


def check_means(case, made, z, deviation):
    """Intervals of the stages `made`; `deviation` is that of the final stage."""
    given, output, within = case["input"], case["output"], case["abs_tol"]
    plan, data = rpact_plan(given["design"]), given["data"]
    down, null = not given.get("directionUpper", True), given.get("thetaH0", 0.0)
    normal = given.get("normalApproximation", False)
    limits = np.full((2, plan.looks), np.nan)
    for look in range(1, made + 1):
        estimate, error, df = repeated_terms(data, look, given)
        low, high = plan.repeated_confidence_interval(look, 0.0)
        unit = plan.drift * math.sqrt(plan.information[look - 1])
        for row, edge in enumerate((low * unit, high * unit)):
            quantile = edge if normal else stats.t.ppf(special.ndtr(edge), df)
            limits[row, look - 1] = estimate + quantile * error
    names = ("repeatedConfidenceIntervalLowerBounds", "repeatedConfidenceIntervalUpperBounds")
    agree("repeated interval", limits, [array(output[name]) for name in names], within)
    final, stage = np.full((3, plan.looks), np.nan), output["finalStage"]
    if stage is not None:
        value = z[stage - 1]
        sizes = [arm[0] for arm in overall(data, stage)]
        error = deviation * math.sqrt(sum(1 / n for n in sizes))
        unit = plan.drift * math.sqrt(plan.information[stage - 1]) * error * (-1 if down else 1)
        interval = unit * np.array(plan.confidence_interval(stage, value))
        final[:2, stage - 1] = null + np.sort(interval)
        final[2, stage - 1] = null + unit * plan.median_unbiased_estimate(stage, value)
    for row, name in enumerate(
        (
            "finalConfidenceIntervalLowerBounds",
            "finalConfidenceIntervalUpperBounds",
            "medianUnbiasedEstimates",
        )
    ):
        stated = array(output[name])
        agree(name, final[row, : stated.size], stated, within)


# Conditional power at an assumed effect


def increments(given):
    """Mean of each later stage's own z, by rpact's normal approximation."""
    planned, ratio = np.array(given["nPlanned"], float), given.get("allocationRatioPlanned", 1.0)
    share = math.sqrt(ratio) / (1 + ratio)
    if "overallEvents" in given["data"]:
        return abs(math.log(given["thetaH1"])) * np.sqrt(planned) * share
    effect = (given["thetaH1"] - given.get("thetaH0", 0.0)) / given["assumedStDev"]
    return effect * np.sqrt(planned) * (share if "means1" in given["data"] else 1.0)


def conditioned(given):
    """z that rpact conditions on: of the overall t test, or of its log-rank increments combined."""
    data, stage, plan = given["data"], given["stage"], rpact_plan(given["design"])
    if "overallEvents" not in data:
        estimate, error, df = repeated_terms(data, stage, given)
        t = (estimate - given.get("thetaH0", 0.0)) / error
        return -float(special.ndtri(stats.t.sf(t, df)))
    sign = 1 if given.get("directionUpper", True) else -1
    events, z = np.array(data["overallEvents"][:stage]), np.array(data["overallLogRanks"][:stage])
    own = np.diff(np.sqrt(events) * z, prepend=0) / np.sqrt(np.diff(events, prepend=0))
    steps = np.diff(plan.information[:stage], prepend=0)
    return sign * float(np.sqrt(steps) @ own / math.sqrt(plan.information[stage - 1]))


CONDITIONAL = [
    case
    for case in [*own_cases("getConditionalPower"), *own_cases("getAnalysisResults")]
    if "nPlanned" in case["input"] and "pi1" not in case["input"]
]
"""Without the two of rates, whose increments have rpact's own standard errors."""


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CONDITIONAL])
def test_conditional_power_of_rpact(case):
    """rpact's nPlanned may be at odds with the planned information rates.

    Then only the next look's chance follows from a plan, whose drift is one for all looks; later
    ones would need a drift for each, and are not compared.
    """
    given, plan = case["input"], rpact_plan(case["input"]["design"])
    stated, stage = array(case["output"]["conditionalPower"]), given["stage"]
    assert np.isnan(stated[:stage]).all()
    z = conditioned(given)
    steps = np.diff(plan.information)[stage - 1 :]
    drifts = increments(given) / np.sqrt(steps)
    one_drift = np.ptp(drifts) < 1e-9
    for look in range(stage, plan.looks if one_drift else stage + 1):
        # the boundaries of the looks up to this one only
        cut = np.append(np.arange(plan.looks) <= look, True)[: plan.looks]
        upper = np.where(cut, plan.bounds, np.inf)
        short = eq.GroupSequential.with_boundaries(
            plan,
            plan.information.copy(),
            Solved(upper, plan.futility_bounds.copy(), plan.spent.copy(), plan.drift),
        )
        # rpact has futility in force, also where it does not bind
        power = short.conditional_power(stage, z, float(drifts[0]) / plan.drift, futility=True)
        agree(f"up to look {look + 1}", power, stated[look], case["abs_tol"])


# Observed information


@of_own("getObservedInformationRates")
def test_observed_information_of_rpact(case):
    """rpact plans anew at the rescaled rates; at an interim look that is an update."""
    given, output, within = case["input"], case["output"], case["abs_tol"]
    rates = np.array(output["informationRates"])
    stated = np.array(output["asOFCriticalValues"])
    agree("critical values", eq.GroupSequential(information=rates).bounds, stated, within)
    seen = np.array(output["absoluteInformations"], float)
    if "overallEvents" in given["data"]:
        agree("events", seen, given["data"]["overallEvents"], 0)
    else:
        sizes = np.add(given["data"]["n1"], given["data"]["n2"])
        agree("patients", seen, np.cumsum(sizes), 0)
    most = max(seen[-1], given["maxInformation"])
    if output["status"] == "under-running":
        most = seen[-1]
    agree("information", most, output["maxInformation"], 0)
    agree("rates", np.unique([*(seen / most), 1.0]), rates, 1e-12)
    plan = eq.GroupSequential(looks=3)
    made = seen / given["maxInformation"]
    if output["status"] == "interim-stage":
        agree("update", plan.update(made).bounds[: made.size], stated[: made.size], within)
    else:  # the alpha of earlier looks stays what it was by the planned maximum
        updated = plan.update(made, final=True)
        spent = eq.Spending("obrien-fleming").cumulative(made[:-1], 0.025)
        agree("spent", updated.spent, [*spent, 0.025], 1e-10)
