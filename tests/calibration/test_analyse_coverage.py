"""Inference at the end of a simulated trial: coverage, median, uniform p-values.

The canonical normal process: seed 20261122, 20,000 trials an effect, tolerance four Monte Carlo
standard errors. `eq.analyse` is run on a grid of z at each look; limits between are by splines,
whose error, checked below, is far under the tolerance.
"""

import functools
import math

import numpy as np
import pytest
from scipy import special
from scipy.interpolate import CubicSpline

import equipoise as eq

TRIALS, SEED = 20_000, 20261122
BINDING = eq.FutilityBounds(z=(0.0, 0.6), binding=True)
PLANS = {
    "obrien-fleming": eq.GroupSequential(looks=3, power=0.8),
    "binding": eq.GroupSequential(looks=3, power=0.8, efficacy=eq.Pocock(), futility=BINDING),
}


def ended(plan, look, z):
    """A trial that went on with z = 1 and ended at `look` with `z`: drift, by estimates."""

    def data(number, value):
        error = 1 / math.sqrt(float(plan.information[number - 1]))
        return eq.EstimateAtLook(estimate=value * error, standard_error=error)

    looks = [*(data(number, 1.0) for number in range(1, look)), data(look, z)]
    end = eq.analyse(plan, looks, better="higher").final
    return np.array([*end.interval, end.median_unbiased, special.ndtri(end.p_value)])


@functools.cache
def splines(name):
    """For each look and side: z range, and a spline of limits, median and normal score of p."""
    plan, out = PLANS[name], []
    for look in range(1, plan.looks + 1):
        bound = float(plan.bounds[look - 1])
        parts = [(bound, bound + 5.5)] if look < plan.looks else [(-6.0, bound + 5.0)]
        if plan.binding and look < plan.looks:
            parts.append((-6.0, float(plan.futility_bounds[look - 1])))
        for low, high in parts:
            grid = np.linspace(low, high, 41)
            values = np.array([ended(plan, look, z) for z in grid])
            out.append((look, low, high, CubicSpline(grid, values)))
    return out


def simulated(name, effect):
    """Interval, median-unbiased estimate and p of each trial."""
    plan = PLANS[name]
    rng = np.random.default_rng([SEED, round(10 * effect), list(PLANS).index(name)])
    t = plan.information
    steps = np.diff(t, prepend=0.0)
    walk = rng.standard_normal((TRIALS, t.size)) * np.sqrt(steps) + effect * plan.drift * steps
    z = walk.cumsum(1) / np.sqrt(t)
    stop = z >= plan.bounds
    if plan.binding:
        stop |= z <= plan.futility_bounds
    stop[:, -1] = True
    look = stop.argmax(1)
    at = z[np.arange(TRIALS), look]
    found = np.full((TRIALS, 4), np.nan)
    for number, low, high, spline in splines(name):
        here = (look == number - 1) & (at >= low - 1e-12) & (at <= high)
        found[here] = spline(at[here])
    assert np.isnan(found).any(1).sum() <= 2  # beyond the grid: less than 1 in 10,000
    return found[~np.isnan(found).any(1)]


@pytest.mark.parametrize("effect", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("name", PLANS)
def test_coverage_and_median(name, effect):
    truth = effect * PLANS[name].drift
    low, high, middle, _ = simulated(name, effect).T
    covered = float(((low <= truth) & (truth <= high)).mean())
    assert covered == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / TRIALS))
    for missed in (truth < low, truth > high):
        assert missed.mean() == pytest.approx(0.025, abs=4 * math.sqrt(0.025 * 0.975 / TRIALS))
    below = float((middle <= truth).mean())
    assert below == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(TRIALS))


@pytest.mark.parametrize("name", PLANS)
def test_p_values_are_uniform_under_no_effect(name):
    p = special.ndtr(simulated(name, 0.0)[:, 3])
    for level in (0.001, 0.01, 0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99):
        error = math.sqrt(level * (1 - level) / TRIALS)
        assert float((p <= level).mean()) == pytest.approx(level, abs=4 * error)


@pytest.mark.parametrize("name", PLANS)
def test_splines_are_close(name):
    """Limits off by 0.0005 move coverage and median by under a tenth of a standard error."""
    plan = PLANS[name]
    for look, low, high, spline in splines(name):
        for share in (0.313, 0.717):
            z = low + share * (high - low)
            assert spline(z) == pytest.approx(ended(plan, look, z), abs=5e-4)
