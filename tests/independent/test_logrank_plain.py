"""Log-rank and Cox beside plain twins: every patient looked at for every event time.

The twin of the log-rank test works in whole fractions. The twin of Cox's estimate knows only the
logarithm of the partial likelihood; its slope is a complex step, and its curvature a difference of
slopes.
"""

import cmath
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import optimize

from equipoise.numerics.logrank import log_hazard_ratio, log_rank


def made_up(seed):
    """A small trial: 2 to 40 patients, often tied, unequal arms, some censored."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 41))
    arm = (rng.random(n) < rng.choice([0.3, 0.5, 0.8])).astype(int)
    time = rng.exponential(1.0 + arm * rng.normal(0.5, 0.3) ** 2)
    if seed % 3:
        time = np.ceil(time * rng.integers(1, 6))
    return time, rng.random(n) < rng.choice([0.4, 0.8, 1.0]), arm


def counts(time, event, arm):
    """At risk (control, treatment) and with an event, at each time with any."""
    patients = list(zip(time, event, arm, strict=True))
    for now in sorted({t for t, happened, _ in patients if happened}):
        left = [(t == now and e, a) for t, e, a in patients if t >= now]
        at_risk = [sum(1 for _, a in left if a == side) for side in (0, 1)]
        events = [sum(1 for e, a in left if e and a == side) for side in (0, 1)]
        yield at_risk, events


def plain_log_rank(time, event, arm, rho):
    observed, expected, variance = [Fraction(0)] * 2, [Fraction(0)] * 2, Fraction(0)
    survival = Fraction(1)
    for at_risk, events in counts(time, event, arm):
        n, d, weight = sum(at_risk), sum(events), survival**rho
        for side in (0, 1):
            observed[side] += weight * events[side]
            expected[side] += weight * Fraction(d * at_risk[side], n)
        if n > 1:
            variance += weight**2 * Fraction(d * at_risk[0] * at_risk[1] * (n - d), n * n * (n - 1))
        survival *= Fraction(n - d, n)
    return observed, expected, variance


def log_likelihood(beta, steps, ties):
    total = 0
    for at_risk, events in steps:
        total += events[1] * beta
        for draw in range(sum(events)):
            gone = draw / sum(events) if ties == "efron" else 0
            left = [n - gone * d for n, d in zip(at_risk, events, strict=True)]
            total -= cmath.log(left[0] + left[1] * cmath.exp(beta))
    return total


@pytest.mark.parametrize("rho", [0, 1])
def test_log_rank(rho):
    for seed in range(150):
        patients = made_up(seed)
        observed, expected, variance = plain_log_rank(*patients, rho)
        found = log_rank(*patients, rho=rho)
        np.testing.assert_allclose(found.observed, np.array(observed, float), rtol=1e-12)
        np.testing.assert_allclose(found.expected, np.array(expected, float), rtol=1e-12)
        assert found.score == pytest.approx(float(observed[1] - expected[1]), abs=1e-12)
        assert found.variance == pytest.approx(float(variance), abs=1e-12)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox(ties):
    compared = 0
    for seed in range(150):
        patients = made_up(seed)
        estimate, error = log_hazard_ratio(*patients, ties=ties)
        steps = list(counts(*patients))

        def slope(beta, steps=steps):
            return log_likelihood(beta + 1e-30j, steps, ties).imag / 1e-30

        if not math.isfinite(estimate):
            assert math.isinf(error)
            slopes = np.array([slope(beta) for beta in (-30.0, 0.0, 30.0)])
            if math.isnan(estimate):
                np.testing.assert_allclose(slopes, 0, atol=1e-9)
            else:
                assert (slopes[1:2] * np.sign(estimate) > 0).all()
                assert abs(slopes[2 if estimate > 0 else 0]) < 1e-9
            continue
        root = optimize.brentq(slope, -25, 25, xtol=1e-14, rtol=1e-14)
        curvature = (slope(root - 1e-4) - slope(root + 1e-4)) / 2e-4
        assert estimate == pytest.approx(root, abs=1e-10)
        assert error == pytest.approx(1 / math.sqrt(curvature), rel=1e-7)
        compared += 1
    assert compared > 100


def test_score_and_variance_are_the_partial_likelihoods_at_no_effect():
    """Without ties, the log-rank test is the score test of Cox's model."""
    for seed in range(0, 60, 3):
        patients = made_up(seed)
        steps = list(counts(*patients))
        slopes = [
            log_likelihood(at + 1e-30j, steps, "breslow").imag / 1e-30 for at in (-1e-4, 0, 1e-4)
        ]
        found = log_rank(*patients)
        assert found.score == pytest.approx(slopes[1], abs=1e-12)
        assert found.variance == pytest.approx((slopes[0] - slopes[2]) / 2e-4, abs=1e-7)


def test_arms_swapped_and_time_stretched():
    for seed in range(60):
        time, event, arm = made_up(seed)
        found, swapped = log_rank(time, event, arm), log_rank(time, event, 1 - arm)
        assert swapped.observed == found.observed[::-1]
        assert swapped.expected == pytest.approx(found.expected[::-1])
        assert swapped.z() == pytest.approx(-found.z(), abs=1e-12)
        assert found.z("higher") == -found.z("lower")
        assert log_rank(np.log1p(time), event, arm) == found
        one, other = log_hazard_ratio(time, event, arm), log_hazard_ratio(time, event, 1 - arm)
        assert other[0] == pytest.approx(-one[0], abs=1e-10, nan_ok=True)
        assert other[1] == pytest.approx(one[1], rel=1e-9)


def test_the_order_of_patients_does_not_matter():
    for seed in range(30):
        patients = made_up(seed)
        order = np.random.default_rng(seed).permutation(len(patients[0]))
        shuffled = [column[order] for column in patients]
        assert log_rank(*shuffled, rho=1) == log_rank(*patients, rho=1)
        np.testing.assert_array_equal(log_hazard_ratio(*shuffled), log_hazard_ratio(*patients))
