"""The binomial-normal models against plain integration and plain searches.

The brute force below takes nothing from the package: the normal spread is summed on an even grid
(trapezoid rule), the non-central hypergeometric by big integers and the maximum by a search over
all parameters at once, study baselines included.
"""

import math

import numpy as np
import pytest
from scipy import optimize, special

from equipoise.errors import NumericalError
from equipoise.numerics.glmm import glmm_odds_ratio, glmm_proportion, glmm_rate_ratio

Z = np.arange(-9.0, 9.0001, 0.02)
NORMAL = np.exp(-(Z**2) / 2) * 0.02 / math.sqrt(2 * math.pi)

# Events and patients, treatment then control.
SPARSE = [(0, 20, 2, 21), (1, 40, 3, 41), (0, 15, 2, 15), (5, 100, 0, 98), (2, 60, 4, 30)]
MODERATE = [(12, 40, 20, 42), (3, 30, 9, 28), (25, 70, 22, 66), (8, 50, 30, 55)]
DATA = {"sparse": SPARSE, "moderate": MODERATE}


def binomial(x, n, logit):
    return math.comb(n, x) * np.exp(
        x * special.log_expit(logit) + (n - x) * special.log_expit(-logit)
    )


def hypergeometric(x1, n1, x2, n2, theta):
    m = x1 + x2
    support = range(max(0, m - n2), min(n1, m) + 1)
    logs = [math.log(math.comb(n1, u) * math.comb(n2, m - u)) + u * theta for u in support]
    return np.exp(logs[support.index(x1)] - special.logsumexp(logs, axis=0))


def given_theta(model, study, theta, baseline):
    x1, n1, x2, n2 = study
    if model == "CM.EL":
        return hypergeometric(x1, n1, x2, n2, theta)
    if model == "CM.AL":
        return binomial(x1, x1 + x2, theta + math.log(n1 / n2))
    return binomial(x1, n1, baseline + theta / 2) * binomial(x2, n2, baseline - theta / 2)


def brute(model, studies, point):
    beta, tau, *baselines = point
    baselines = baselines or [0.0] * len(studies)
    theta = beta + tau * Z
    return sum(
        math.log(given_theta(model, study, theta, baseline) @ NORMAL)
        for study, baseline in zip(studies, baselines, strict=True)
    )


def search(model, studies):
    """Maximum over (beta, tau) and, for UM.FS, every baseline, from several starts."""
    start = [math.log((x1 + x2) / (n1 + n2 - x1 - x2)) for x1, n1, x2, n2 in studies]
    free = start if model == "UM.FS" else []
    tries = [
        optimize.minimize(
            lambda p: -brute(model, studies, p), [-0.5, tau, *free], method="BFGS", tol=1e-8
        )
        for tau in (0.2, 0.8, 2.0)
    ]
    return min(tries, key=lambda found: found.fun)


def information(model, studies, point, step=1e-3):
    size = len(point)
    steps = step * np.eye(size)

    def f(shift):
        return brute(model, studies, point + shift)

    matrix = np.array(
        [
            [
                f(a + b) - f(a - b) - f(b - a) + f(-a - b)
                for b in steps
            ]
            for a in steps
        ]
    )  # fmt: skip
    return -matrix / (4 * step * step)


def columns(studies):
    x1, n1, x2, n2 = np.array(studies).T
    return x1, n1 - x1, x2, n2 - x2


@pytest.mark.parametrize("model", ["UM.FS", "CM.EL", "CM.AL"])
@pytest.mark.parametrize("name", DATA)
def test_the_fit_is_the_brute_maximum(model, name):
    studies = DATA[name]
    fit = glmm_odds_ratio(*columns(studies), model=model)
    found = search(model, studies)
    assert fit.loglik == pytest.approx(-found.fun, abs=1e-6)
    assert fit.estimate == pytest.approx(found.x[0], abs=2e-4)
    assert math.sqrt(fit.tau2) == pytest.approx(abs(found.x[1]), abs=2e-4)
    found.x[:2] = fit.estimate, math.sqrt(fit.tau2)
    full = information(model, studies, found.x)
    assert fit.se == pytest.approx(math.sqrt(np.linalg.inv(full)[0, 0]), rel=1e-3)
    assert fit.quadrature_error < 1e-6


@pytest.mark.parametrize("model", ["UM.FS", "CM.EL", "CM.AL"])
def test_swapped_arms_flip_the_sign(model):
    x1, y1, x2, y2 = columns(SPARSE)
    here = glmm_odds_ratio(x1, y1, x2, y2, model=model)
    there = glmm_odds_ratio(x2, y2, x1, y1, model=model)
    assert there.estimate == pytest.approx(-here.estimate, abs=1e-7)
    assert (there.se, there.loglik) == pytest.approx((here.se, here.loglik), rel=1e-7)


@pytest.mark.parametrize("model", ["UM.FS", "CM.EL"])
def test_swapped_outcomes_flip_the_sign(model):
    x1, y1, x2, y2 = columns(MODERATE)
    here = glmm_odds_ratio(x1, y1, x2, y2, model=model)
    there = glmm_odds_ratio(y1, x1, y2, x2, model=model)
    assert there.estimate == pytest.approx(-here.estimate, abs=1e-7)


def test_the_order_of_studies_does_not_matter():
    here, there = (glmm_odds_ratio(*columns(s), model="CM.EL") for s in (SPARSE, SPARSE[::-1]))
    assert (here.estimate, here.tau2) == pytest.approx((there.estimate, there.tau2), abs=1e-7)


def test_one_table_is_its_own_odds_ratio():
    fit = glmm_odds_ratio([12], [28], [20], [22])
    assert fit.estimate == pytest.approx(math.log(12 * 22 / (28 * 20)), abs=1e-9)
    assert fit.se == pytest.approx(math.sqrt(1 / 12 + 1 / 28 + 1 / 20 + 1 / 22), rel=1e-9)
    assert fit.tau2 == 0


def test_proportions_and_rates_by_brute_force():
    x, n = [16, 10, 4, 43, 10], [17, 12, 8, 58, 20]
    fit = glmm_proportion(x, n)
    value = sum(
        math.log(binomial(a, b, fit.estimate + math.sqrt(fit.tau2) * Z) @ NORMAL)
        for a, b in zip(x, n, strict=True)
    )
    assert fit.loglik == pytest.approx(value, abs=1e-9)
    same = glmm_rate_ratio(x, [1.0] * 5, np.subtract(n, x), [1.0] * 5)
    assert (same.estimate, same.tau2) == pytest.approx((fit.estimate, fit.tau2), abs=1e-9)


def test_large_tables_agree_across_likelihoods():
    # Few events among very many patients: the approximation becomes exact.
    tables = ([40, 9, 60], [10**6] * 3, [60, 20, 55], [10**6] * 3)
    exact, near = (glmm_odds_ratio(*tables, model=model) for model in ("CM.EL", "CM.AL"))
    assert exact.estimate == pytest.approx(near.estimate, abs=1e-3)
    assert exact.se == pytest.approx(near.se, rel=1e-3)


def test_studies_without_limit_of_spread_are_refused():
    with pytest.raises(NumericalError, match="still rises"):
        glmm_odds_ratio([0, 30], [30, 0], [30, 0], [0, 30])
