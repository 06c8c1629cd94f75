"""Look tables and their exact behaviour, against enumeration of every path in fractions."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from equipoise.numerics.sequential_counts import (
    fisher_look_tables,
    futility_tables,
    stopping_probabilities,
    threshold_tables,
)
from equipoise.numerics.two_by_two import fisher_power, fisher_table

LEVELS = (0.0001, 0.006, 0.023)


def _paths(steps, risk):
    """Every path of cumulative good outcomes in one arm, with its chance."""
    for gains in itertools.product(*(range(step + 1) for step in steps)):
        chance = Fraction(1)
        for step, gain in zip(steps, gains, strict=True):
            chance *= math.comb(step, gain) * risk**gain * (1 - risk) ** (step - gain)
        yield tuple(itertools.accumulate(gains)), chance


def _every_path(n_control, n_treatment, benefit, futility, risk_control, risk_treatment):
    """Chances of stopping, (look, 2), by following each pair of paths to its end."""
    looks = len(n_control)
    out = [[Fraction(0), Fraction(0)] for _ in range(looks)]
    arms = [
        list(_paths(np.diff(n, prepend=0).tolist(), risk))
        for n, risk in ((n_control, risk_control), (n_treatment, risk_treatment))
    ]
    for (control, chance_0), (treatment, chance_1) in itertools.product(*arms):
        for k in range(looks):
            if treatment[k] >= benefit[k][control[k]]:
                out[k][0] += chance_0 * chance_1
                break
            if k == looks - 1 or treatment[k] <= futility[k][control[k]]:
                out[k][1] += chance_0 * chance_1
                break
    return np.array(out, float)


@pytest.mark.parametrize(
    ("n_control", "n_treatment"),
    [([2, 4, 6], [2, 4, 6]), ([1, 2, 6], [2, 4, 5]), ([0, 3, 3], [1, 1, 4]), ([2, 3], [3, 5])],
)
@pytest.mark.parametrize(
    "risks",
    [(Fraction(1, 4), Fraction(3, 5)), (Fraction(1, 2),) * 2, (Fraction(0), Fraction(1, 7))],
)
def test_every_path(n_control, n_treatment, risks):
    random = np.random.default_rng(1)
    width = max(n_control) + 1
    for _ in range(4):  # tables need not be monotone, nor benefit above futility
        most = np.array(n_treatment)[:, np.newaxis]
        benefit = random.integers(0, most + 2, (len(n_control), width))
        futility = random.integers(-1, most, (len(n_control), width))
        for table in (futility, np.full_like(futility, -1)):
            ours = stopping_probabilities(
                n_control, n_treatment, benefit, table, *(float(risk) for risk in risks)
            )
            plain = _every_path(n_control, n_treatment, benefit, table, *risks)
            assert ours == pytest.approx(plain, rel=1e-13, abs=1e-15)


@pytest.mark.parametrize(("n_control", "n_treatment"), [(8, 8), (29, 29), (100, 50), (40, 120)])
@pytest.mark.parametrize("risks", [(0.25, 0.4), (0.5, 0.5), (0.0, 1.0), (0.9, 0.97), (0.6, 0.01)])
def test_one_look_is_the_fixed_design(n_control, n_treatment, risks):
    critical = fisher_table(n_control, n_treatment, 0.025)
    benefit = fisher_look_tables([n_control], [n_treatment], [0.025])
    assert benefit.tolist() == [critical.tolist()]
    [(found, not_found)] = stopping_probabilities(
        [n_control], [n_treatment], benefit, np.full_like(benefit, -1), *risks
    )
    power = fisher_power(n_control, n_treatment, *risks, 0.025)
    assert found == pytest.approx(power, rel=0, abs=1e-13)
    assert found + not_found == pytest.approx(1, abs=1e-14)


def test_large_arms_against_scipy():
    """Two looks of 400 and 800 an arm, as a matrix product of scipy's binomial chances."""
    n, risks, count = 400, (0.5, 0.57), np.arange(801)
    benefit = fisher_look_tables([n, 2 * n], [n, 2 * n], [0.003, 0.024])
    futility = np.stack([count - 5, np.full(801, -1)])
    ours = stopping_probabilities([n, 2 * n], [n, 2 * n], benefit, futility, *risks)
    half = [stats.binom.pmf(count[: n + 1], n, risk) for risk in risks]
    first = np.outer(*half)
    treatment = count[np.newaxis, : n + 1]
    up = treatment >= benefit[0, : n + 1, np.newaxis]
    down = ~up & (treatment <= futility[0, : n + 1, np.newaxis])
    shift = [
        np.array([[pmf[j - i] if 0 <= j - i <= n else 0 for j in count] for i in range(n + 1)])
        for pmf in half
    ]
    second = shift[0].T @ np.where(up | down, 0, first) @ shift[1]
    end = count[np.newaxis] >= benefit[1][:, np.newaxis]
    expected = [[first[up].sum(), first[down].sum()], [second[end].sum(), second[~end].sum()]]
    assert ours == pytest.approx(np.array(expected), rel=0, abs=1e-12)


@pytest.mark.parametrize(
    ("n_control", "n_treatment"),
    [([133, 267, 400], [133, 267, 400]), ([20, 50, 90], [40, 100, 180])],
)
@pytest.mark.parametrize("risks", [(0.3, 0.45), (0.5, 0.5), (0.02, 0.1), (0.9, 0.4)])
def test_symmetric_and_complete(n_control, n_treatment, risks):
    """Exchanging the arms, and good for bad, leaves Fisher's test and so every chance as it was."""
    ours, mirrored = (
        stopping_probabilities(*n, table, np.full_like(table, -1), *rates)
        for n, rates in (
            ((n_control, n_treatment), risks),
            ((n_treatment, n_control), (1 - risks[1], 1 - risks[0])),
        )
        for table in [fisher_look_tables(*n, LEVELS)]
    )
    assert ours.sum() == pytest.approx(1, abs=1e-13)
    assert ours == pytest.approx(mirrored, rel=0, abs=1e-13)


def test_good_for_bad_turns_benefit_into_futility():
    n = np.array([20, 40, 60])
    benefit = fisher_look_tables(n, n, LEVELS)
    never, harm = np.full_like(benefit, 61), np.full_like(benefit, -1)
    for k, most in enumerate(n):
        harm[k, : most + 1] = most - benefit[k, : most + 1][::-1]
    found = stopping_probabilities(n, n, benefit, np.full_like(harm, -1), 0.3, 0.5)
    harmed = stopping_probabilities(n, n, never, harm, 0.7, 0.5)
    assert harmed[:2, 1] == pytest.approx(found[:2, 0], abs=1e-14)
    assert harmed[:, 0].tolist() == [0, 0, 0]


def test_fisher_look_tables():
    tables = fisher_look_tables([5, 10, 20], [6, 12, 18], [0, 0.006, 0.05])
    assert tables.shape == (3, 21)
    assert tables[0].tolist() == [7] * 21  # level 0 never stops
    assert tables[1, :11].tolist() == fisher_table(10, 12, 0.006).tolist()
    assert tables[1, 11:].tolist() == [13] * 10
    assert tables[2].tolist() == fisher_table(20, 18, 0.05).tolist()


def _difference(good_treatment, n_treatment, good_control, n_control):
    return good_treatment / n_treatment - good_control / n_control


def test_threshold_tables_are_the_smallest_counts():
    n_control, n_treatment, z = [7, 12, 20], [5, 16, 16], [0.4, -0.2, 0.1]
    benefit = threshold_tables(n_control, n_treatment, z, _difference)
    futility = futility_tables(n_control, n_treatment, z, _difference)
    for k, (n_0, n_1, critical) in enumerate(zip(n_control, n_treatment, z, strict=True)):
        for control in range(n_0 + 1):
            high = [
                good for good in range(n_1 + 1) if _difference(good, n_1, control, n_0) >= critical
            ]
            assert benefit[k, control] == min(high, default=n_1 + 1)
            assert futility[k, control] == benefit[k, control] - 1
        assert set(benefit[k, n_0 + 1 :]) <= {n_1 + 1}
        assert set(futility[k, n_0 + 1 :]) <= {-1}


def test_infinite_thresholds():
    n = [4, 9]
    assert threshold_tables(n, n, [np.inf, -np.inf], _difference).tolist() == [
        [5] * 10,
        [0] * 10,
    ]
    assert futility_tables(n, n, [-np.inf, np.inf], _difference).tolist() == [
        [-1] * 10,
        [9] * 10,
    ]
