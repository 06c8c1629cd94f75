"""Rates and means against rpact 3.3.4 (``rates_means.json``, made by validation/rates_means.R).

Closed forms agree to 1e-12 relative. rpact searches t sizes with ``uniroot(tol = 1e-4)``, whose
last step leaves up to 1e-4 patients in an arm; those are held to 2e-4 and, exactly, to R's
noncentral t at our root. The same holds of the intervals of gsDesign, searched with 1.2e-4.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import special, stats

from equipoise.numerics.means import means_drift, means_effect, means_size
from equipoise.numerics.rates_sizes import (
    one_rate_drift,
    one_rate_effect,
    one_rate_size,
    rates_drift,
    rates_effect,
    rates_size,
)
from equipoise.numerics.two_rates import score_interval, score_z

CASES = json.loads((Path(__file__).parent / "rates_means.json").read_text())["cases"]
SHARED = Path(__file__).parents[3] / "shared" / "data" / "design" / "reference_public.json"
ROOT_SEARCH = 2e-4
OBRIEN_FLEMING = np.array(
    next(case for case in CASES if case["design"]["kind"] == "asOF")["output"]["criticalValues"]
)[:, None]
"""Boundaries of three looks at one-sided 0.025, spending as O'Brien and Fleming."""
LOOKS = np.array([[1.0], [2.0], [3.0]]) / 3


def of(*calls):
    return [pytest.param(case, id=case["id"]) for case in CASES if case["call"] in calls]


def z(probability):
    return float(special.ndtri(probability))


def array(value):
    return np.atleast_1d(np.asarray(value, dtype=float))


def close(actual, expected, relative=1e-12, absolute=0.0):
    np.testing.assert_allclose(array(actual), array(expected), rtol=relative, atol=absolute)


def margin_and_scale(given):
    if given.get("riskRatio"):
        return given["thetaH0"], "ratio"
    return given.get("thetaH0", 0.0), "difference"


def boundaries(case):
    """Critical z by look, as column, and the share of the patients at each."""
    if case["design"]["kind"] == "fixed":
        return np.array([[z(1 - case["design"]["alpha"])]]), np.ones((1, 1))
    return array(case["output"]["criticalValues"])[:, None], np.arange(1, 4)[:, None] / 3


def signs(output):
    return np.where(np.atleast_1d(output.get("directionUpper", True)), 1.0, -1.0)[None, :]


@pytest.mark.parametrize("case", of("getSampleSizeRates"))
def test_size_of_rates(case):
    given, output, design = case["input"], case["output"], case["design"]
    z_alpha, z_beta = z(1 - design["alpha"]), z(1 - design["beta"])
    inflation = output.get("inflationFactor", 1.0)
    pi1 = array(given["pi1"])
    margin, scale = margin_and_scale(given)
    ratio = given.get("allocationRatioPlanned", 1.0)
    bound, share = boundaries(case)
    if given.get("groups") == 1:
        null, size = given["thetaH0"], array(output["nFixed"])
        if given.get("normalApproximation", True):  # the exact test is not ours
            size = one_rate_size(pi1, null, z_alpha, z_beta)
            close(size, output["nFixed"])
        effect = null + one_rate_effect(signs(output) * bound, share * size * inflation, null)
    else:
        size = rates_size(pi1, given["pi2"], z_alpha, z_beta, ratio, margin, scale)
        close(size, output["nFixed"], 1e-10)
        close(size * ratio / (1 + ratio), output["nFixed1"], 1e-10)
        effect = rates_effect(
            signs(output) * bound, share * size * inflation, given["pi2"], ratio, margin, scale
        )
    close(size * inflation, output["maxNumberOfSubjects"], 1e-10)
    expected = np.array(output["criticalValuesEffectScale"], dtype=float)
    np.testing.assert_allclose(effect, expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize("case", of("getPowerRates"))
def test_power_of_rates(case):
    given, output = case["input"], case["output"]
    n, z_alpha, pi1 = (
        given["maxNumberOfSubjects"],
        z(1 - case["design"]["alpha"]),
        array(given["pi1"]),
    )
    margin, scale = margin_and_scale(given)
    upper = given.get("directionUpper", True)
    if given.get("groups") == 1:
        drift = one_rate_drift(n, pi1, margin, z_alpha)
    else:
        ratio = given.get("allocationRatioPlanned", 1.0)
        drift = rates_drift(
            n, pi1, given["pi2"], z_alpha, ratio, margin, scale, "pooled", bool(upper)
        )
    close(special.ndtr(drift - z_alpha), output["overallReject"], 1e-9)


@pytest.mark.parametrize("case", of("getSampleSizeMeans"))
def test_size_of_means(case):
    given, output, design = case["input"], case["output"], case["design"]
    known = given.get("normalApproximation", False)
    ratio, arms = given.get("allocationRatioPlanned", 1.0), given.get("groups", 2)
    margin, sd = given.get("thetaH0", 0.0), given["stDev"]
    inflation = output.get("inflationFactor", 1.0)
    size = np.array(
        [
            means_size(mean, sd, design["alpha"], design["beta"], ratio, margin, arms, known)
            for mean in array(given["alternative"])
        ]
    )
    close(size, output["nFixed"], 1e-12, 0.0 if known else ROOT_SEARCH)
    bound, share = boundaries(case)
    n = share * array(output["maxNumberOfSubjects"])[None, :]
    close(size * inflation, output["maxNumberOfSubjects"], 1e-12, 0.0 if known else ROOT_SEARCH)
    effect = means_effect(bound, n, sd, ratio, margin, arms, known)
    np.testing.assert_allclose(effect, output["criticalValuesEffectScale"], rtol=1e-9)


@pytest.mark.parametrize("case", of("getPowerMeans"))
def test_power_of_means(case):
    given, output = case["input"], case["output"]
    drift = means_drift(
        given["maxNumberOfSubjects"],
        array(given["alternative"]),
        given["stDev"],
        case["design"]["alpha"],
        given.get("allocationRatioPlanned", 1.0),
        given.get("thetaH0", 0.0),
        given.get("groups", 2),
        given["normalApproximation"],
    )
    power = special.ndtr(drift - z(1 - case["design"]["alpha"]))
    close(power, output["overallReject"], 1e-9)


def test_t_size_is_a_root_to_more_digits_than_the_reference():
    """R 4.2.2: ``uniroot(..., tol = 1e-13)`` on ``pt(qt(.975, 2n - 2), 2n - 2, sqrt(n/2)/2)``."""
    close(means_size(0.5, 1, 0.025, 0.2), 127.531527449693, 1e-11)
    close(means_size(0.5, 1, 0.025, 0.1) / 2, 85.0313133114986, 1e-11)


def shared(name):
    cases = json.loads(SHARED.read_text())["cases"]
    return next(case for case in cases if case["id"] == name)


needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="no shared data in this checkout")


@needs_shared
@pytest.mark.parametrize("name", ["ss_means_fixed", "ss_means_2g_t", "ss_means_ni"])
def test_shared_means(name):
    case = shared(name)
    given, output, design = case["input"], case["output"], case["input"]["design"]
    size = [
        means_size(mean, 1, design["alpha"], design["beta"], 1, given.get("thetaH0", 0))
        for mean in array(given["alternative"])
    ]
    close(size, output["nFixed"], 0, ROOT_SEARCH)
    if "maxNumberOfSubjects" in output:
        most = array(output["maxNumberOfSubjects"])[None, :]
        effect = means_effect(OBRIEN_FLEMING, most * LOOKS, 1, 1, given.get("thetaH0", 0))
        np.testing.assert_allclose(effect, output["criticalValuesEffectScale"], atol=1e-6)


@needs_shared
def test_shared_power_t():
    case = shared("power_t_ref")["output"]
    close(means_size(0.5, 1, 0.025, 0.1) / 2, case["n_t"], 0, 5e-5)
    close(rates_size(0.45, 0.3, z(0.975), z(0.9)) / 2, case["n_prop"], 0, 5e-6)


@needs_shared
def test_shared_rates():
    two, one = shared("ss_rates_2g"), shared("ss_rates_1g")
    z_alpha, z_beta = z(0.975), z(0.9)
    close(rates_size(array([0.4, 0.5]), 0.3, z_alpha, z_beta), two["output"]["nFixed"], 1e-10)
    close(one_rate_size(0.35, 0.2, z_alpha, z_beta), one["output"]["nFixed"], 1e-10)
    most = array(two["output"]["maxNumberOfSubjects"])[None, :]
    effect = rates_effect(OBRIEN_FLEMING, most * LOOKS, 0.3)
    np.testing.assert_allclose(effect, two["output"]["criticalValuesEffectScale"], atol=1e-7)


def rejects_at_some_look(drift):
    """P(a normal statistic with this drift crosses at any of the three looks)."""
    time = LOOKS.ravel()
    correlation = np.sqrt(np.minimum.outer(time, time) / np.maximum.outer(time, time))
    mean = drift * np.sqrt(time)
    inside = stats.multivariate_normal.cdf(
        OBRIEN_FLEMING.ravel(), mean, correlation, maxpts=200_000, abseps=1e-9, releps=1e-9
    )
    return 1 - inside


@needs_shared
def test_drift_carries_over_to_three_looks():
    rates, means = shared("pw_rates"), shared("pw_means")
    pi1, alternative = array(rates["input"]["pi1"]), array(means["input"]["alternative"])
    drifts = (
        rates_drift(400, pi1, 0.3, z(0.975)),
        means_drift(300, alternative, 1, 0.025),
    )
    for case, drift in zip((rates, means), drifts, strict=True):
        power = [rejects_at_some_look(value) for value in drift]
        close(power, case["output"]["overallReject"], 0, 2e-6)


@needs_shared
def test_shared_gsdesign():
    margin = shared("n_binomial_ni")
    close(rates_size(0.3, 0.3, z(0.975), z(0.9), 1, -0.08), margin["output"]["n"], 1e-11)
    tests = shared("test_binomial")
    x1, n1, x0, n0 = (array(tests["input"][name]) for name in ("x1", "n1", "x2", "n2"))
    close(score_z(x1, n1, x0, n0), tests["output"]["z"], 1e-12)
    corrected = score_z(30, 175, 14, 175, corrected=True)
    close(corrected, tests["output"]["chisq_adj"], 1e-12)
    close(score_z(30, 175, 14, 175, 0.05), tests["output"]["mn"], 1e-12)


@needs_shared
def test_shared_interval_is_the_one_without_the_factor():
    """gsDesign's default has no n/(n-1); its root search is good to 1.2e-4."""
    output = shared("ci_binomial_mn")["output"]
    for key, scale in (("diff", "difference"), ("rr", "ratio"), ("or", "odds_ratio")):
        plain = score_interval(30, 175, 14, 175, scale=scale, corrected=False)
        factor = score_interval(30, 175, 14, 175, scale=scale, corrected=True)
        close(plain, output[key], 0, 1e-4)
        assert np.all(
            np.abs(np.array(plain) - output[key]) < np.abs(np.array(factor) - output[key])
        )


def test_interval_reproduces_r_at_a_fine_tolerance():
    """R 4.2.2: the same equation by ``uniroot(tol = 1e-13)`` instead of gsDesign's 1.2e-4."""
    close(
        score_interval(30, 175, 14, 175, corrected=False),
        [0.0226552807598, 0.1628869610213],
        0,
        1e-12,
    )
