"""Recursive integration against a plain twin, and against itself with finer panels.

The twin works on the score scale, where increments are independent normals; it integrates the
density of trials still running under each drift by itself, with one panel of Gauss-Legendre nodes
between the boundaries. No tilting, no panels, no shared quadrature.
"""

import itertools
import math
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import optimize, special

import equipoise as eq
from equipoise.numerics import sequential
from equipoise.numerics.sequential import ABOVE, BELOW, NODES, OPPOSITE, nodes_needed, walk
from equipoise.numerics.sequential_inference import at_least_as_extreme

POINTS, WEIGHTS = np.polynomial.legendre.leggauss(600)
FAR = 9.5
INFORMATION = {
    "two": (0.5, 1.0),
    "two uneven": (0.2, 1.0),
    "three": (1 / 3, 2 / 3, 1.0),
    "three uneven": (0.15, 0.7, 1.0),
    "three close": (0.97, 0.98, 1.0),
    "three rather close": (0.9, 0.95, 1.0),
    "five": (0.2, 0.4, 0.6, 0.8, 1.0),
    "five uneven": (0.05, 0.3, 0.35, 0.9, 1.0),
}
DRIFTS = np.array([-2.0, -0.5, 0.0, 1.0, 2.5, 3.3, 4.5, 6.0])


class Twin:
    """Trials still running: points on the score scale, and probability mass at each."""

    def __init__(self, drift, t=0.0, score=0.0):
        self.drift, self.t, self.start = drift, t, (t, score)
        self.points, self.mass = np.array([score]), np.array([1.0])

    def step(self, t):
        """Mean and standard deviation of the next score from each point."""
        more = t - self.t
        return self.points + self.drift * more, math.sqrt(more)

    def above(self, t, z):
        mean, sd = self.step(t)
        return float(self.mass @ special.ndtr((mean - z * math.sqrt(t)) / sd))

    def below(self, t, z):
        mean, sd = self.step(t)
        return float(self.mass @ special.ndtr((z * math.sqrt(t) - mean) / sd))

    def go_on(self, t, *regions):
        """Keep those whose z lies in one of `regions`."""
        mean, sd = self.step(t)
        root, points, mass = math.sqrt(t), [np.empty(0)], [np.empty(0)]
        for low, high in regions:
            centre = self.start[1] + self.drift * (t - self.start[0])
            reach = FAR * math.sqrt(t - self.start[0])
            low, high = max(low * root, centre - reach), min(high * root, centre + reach)
            if high <= low:
                continue
            at = 0.5 * (low + high) + 0.5 * (high - low) * POINTS
            density = np.exp(-0.5 * ((at[:, None] - mean) / sd) ** 2) / (
                sd * math.sqrt(2 * math.pi)
            )
            points.append(at)
            mass.append(0.5 * (high - low) * WEIGHTS * (density @ self.mass))
        self.points, self.mass, self.t = np.concatenate(points), np.concatenate(mass), t


def continuation(sides, upper, lower):
    if sides == 1:
        return ((lower, upper),)
    return ((-upper, -lower), (lower, upper)) if lower > 0 else ((-upper, upper),)


def twin_stopping(t, sides, upper, lower, drift):
    twin, out = Twin(drift), np.zeros((len(t), 3))
    for k, fraction in enumerate(t):
        out[k, ABOVE] = twin.above(fraction, upper[k])
        if sides == 1:
            out[k, BELOW] = twin.below(fraction, lower[k])
        else:
            out[k, OPPOSITE] = twin.below(fraction, -upper[k])
            if lower[k] > 0:
                out[k, BELOW] = twin.below(fraction, lower[k]) - twin.below(fraction, -lower[k])
        if k + 1 < len(t):
            twin.go_on(fraction, *continuation(sides, upper[k], lower[k]))
    return out


def ours(t, sides, upper, lower, drifts):
    out = np.empty((len(drifts), len(t), 3))
    sequential.stopping_under(np.array(t), sides, upper, lower, np.array(drifts), out)
    return out


CASES = {
    "one-sided": (1, lambda t: 2.0 / np.sqrt(t), lambda t: np.full(t.size, -math.inf)),
    "flat": (1, lambda t: np.full(t.size, 2.3), lambda t: np.full(t.size, -math.inf)),
    "futility": (1, lambda t: 2.0 / np.sqrt(t), lambda t: -0.5 + 2.4 * t),
    "narrow": (1, lambda t: 1.2 + 0.5 * t, lambda t: 0.9 + 0.5 * t),
    "no early efficacy": (
        1,
        lambda t: np.where(t < 1, math.inf, 1.96),
        lambda t: np.where(t < 1, 0.0, -math.inf),
    ),
    "two-sided": (2, lambda t: 2.0 / np.sqrt(t), lambda t: np.zeros(t.size)),
    "inner wedge": (2, lambda t: np.full(t.size, 2.4), lambda t: np.where(t < 0.3, 0.0, 1.2 * t)),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("looks", INFORMATION)
def test_stopping_probabilities(case, looks):
    sides, upper, lower = CASES[case]
    t = np.array(INFORMATION[looks])
    bounds, futility = upper(t), lower(t)
    expected = [twin_stopping(t, sides, bounds, futility, drift) for drift in DRIFTS]
    found = ours(t, sides, bounds, futility, DRIFTS)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


def test_wedge_under_drifts_far_from_it():
    """The walk's nodes must fit the room given, wherever the drifts put them."""
    t = np.linspace(0.9, 1.0, 12)
    upper, lower = np.full(t.size, math.inf), np.full(t.size, 0.1)
    for low, high in ((0.0, 3.0), (8.0, 14.0), (12.0, 12.0), (-14.0, -8.0), (-30.0, -30.0)):
        base = 0.5 * (low + high)
        given = nodes_needed(t, low - base, high - base) + NODES  # as stopping_under
        x, h = np.empty((t.size + 1, 20 * given)), np.empty((t.size + 1, 20 * given))
        count = np.empty(t.size + 1, np.int64)
        nothing = np.zeros(t.size)
        walk(t, base, low, high, nothing, nothing, 0.0, 2, upper, lower, x, h, count)
        assert count.max() <= given, (low, high)


def test_information_beyond_the_maximum():
    """An overrun trial has a last fraction above 1; its nodes must fit as well."""
    t = np.array([0.9, 0.905, 0.91, 4.0, 4.02])
    for low, high in ((0.0, 5.0), (-1.0, 7.0)):
        base = 0.5 * (low + high)
        given = nodes_needed(t, low - base, high - base) + NODES
        x, h = np.empty((t.size + 1, 20 * given)), np.empty((t.size + 1, 20 * given))
        count = np.empty(t.size + 1, np.int64)
        upper, lower = np.full(t.size, math.inf), np.full(t.size, -math.inf)
        nothing = np.zeros(t.size)
        walk(t, base, low, high, nothing, nothing, 0.0, 1, upper, lower, x, h, count)
        assert count.max() <= given, (low, high)


# Boundaries and drift: solved again by a plain root search


def log_ratio(p, wanted):
    return math.log(max(p, 1e-300) / wanted)


def twin_efficacy(t, sides, spent, futility):
    """Upper boundaries that spend `spent`, of one side, with the given futility in force."""
    twin, upper, before = Twin(0.0), [], 0.0
    for k, fraction in enumerate(t):
        wanted = spent[k] - before
        upper.append(
            optimize.brentq(
                lambda z, at=fraction, p=wanted: log_ratio(twin.above(at, z), p),
                -3 if sides == 1 else 0,
                15,
                xtol=1e-13,
            )
        )
        before = spent[k]
        if k + 1 < len(t):
            twin.go_on(fraction, *continuation(sides, upper[k], futility[k]))
    return np.array(upper)


def twin_futility(t, upper, spent, drift):
    """Lower boundaries, one-sided, that spend `spent` under `drift`; the last one too."""
    twin, lower, before = Twin(drift), [], 0.0
    for k, fraction in enumerate(t):
        wanted = spent[k] - before
        lower.append(
            optimize.brentq(
                lambda z, at=fraction, p=wanted: log_ratio(twin.below(at, z), p),
                drift * math.sqrt(fraction) - 8,
                8,
                xtol=1e-13,
            )
        )
        before = spent[k]
        if k + 1 < len(t):
            twin.go_on(fraction, (lower[k], upper[k]))
    return np.array(lower)


def twin_wedge(t, upper, spent, drift):
    twin, lower, before = Twin(drift), [], 0.0
    for k, fraction in enumerate(t):
        wanted = spent[k] - before
        lower.append(
            optimize.brentq(
                lambda z, at=fraction, p=wanted: twin.below(at, z) - twin.below(at, -z) - p,
                0,
                8,
                xtol=1e-13,
            )
        )
        before = spent[k]
        if k + 1 < len(t):
            twin.go_on(fraction, (-upper[k], -lower[k]), (lower[k], upper[k]))
    return np.array(lower)


@pytest.mark.parametrize("looks", INFORMATION)
@pytest.mark.parametrize("sided", [1, 2])
@pytest.mark.parametrize("name", ["obrien-fleming", "pocock"])
def test_spent_boundaries_and_drift(looks, sided, name):
    plan = eq.GroupSequential(
        information=INFORMATION[looks], alpha=0.05, sided=sided, efficacy=eq.Spending(name)
    )
    t, none = plan.information, plan.futility_bounds
    spent = eq.Spending(name).cumulative(t, 0.05 / sided)
    upper = twin_efficacy(t, sided, spent, none)
    np.testing.assert_allclose(plan.bounds, upper, rtol=0, atol=1e-10)
    drift = optimize.brentq(
        lambda d: twin_stopping(t, sided, upper, none, d)[:, ABOVE].sum() - 0.9, 1, 8, xtol=1e-13
    )
    assert plan.drift == pytest.approx(drift, abs=1e-9)


@pytest.mark.parametrize("looks", ["two", "three", "three uneven", "three close", "five"])
@pytest.mark.parametrize("shape", [eq.Pocock(), eq.OBrienFleming(), eq.WangTsiatis(0.25)])
@pytest.mark.parametrize("sided", [1, 2])
def test_shaped_boundaries(looks, shape, sided):
    plan = eq.GroupSequential(information=INFORMATION[looks], sided=sided, efficacy=shape)
    t, form = plan.information, shape.shape(plan.information)
    c = optimize.brentq(
        lambda c: (
            twin_stopping(t, sided, c * form, plan.futility_bounds, 0.0)[:, ABOVE].sum()
            - 0.025 / sided
        ),
        1.5,
        4,
        xtol=1e-13,
    )
    np.testing.assert_allclose(plan.bounds, c * form, rtol=0, atol=1e-10)


@pytest.mark.parametrize("looks", ["two", "three", "three uneven", "three close", "five"])
@pytest.mark.parametrize("binding", [False, True])
def test_spent_futility(looks, binding):
    """Boundaries at the drift found; and that drift gives the power."""
    futility = eq.Spending("hwang-shih-decani", gamma=-2, binding=binding)
    plan = eq.GroupSequential(information=INFORMATION[looks], futility=futility)
    t = plan.information
    lower = twin_futility(t, plan.bounds, futility.cumulative(t, 0.1), plan.drift)
    np.testing.assert_allclose(plan.futility_bounds, lower, rtol=0, atol=1e-9)
    counted = plan.futility_bounds if binding else np.full(t.size, -math.inf)
    spent = eq.Spending("obrien-fleming").cumulative(t, 0.025)
    np.testing.assert_allclose(plan.bounds, twin_efficacy(t, 1, spent, counted), atol=1e-10, rtol=0)
    found = twin_stopping(t, 1, plan.bounds, plan.futility_bounds, plan.drift)
    assert found[:, ABOVE].sum() == pytest.approx(0.9, abs=1e-10)


@pytest.mark.parametrize("looks", ["two", "three", "three rather close", "five"])
@pytest.mark.parametrize("binding", [False, True])
def test_spent_wedge(looks, binding):
    futility = eq.Spending("hwang-shih-decani", gamma=-2, binding=binding)
    plan = eq.GroupSequential(
        information=INFORMATION[looks], alpha=0.05, sided=2, futility=futility
    )
    t, before_last = plan.information, slice(0, -1)
    spent = futility.cumulative(t, 0.1)
    wedge = twin_wedge(t[:-1], plan.bounds, spent, plan.drift)
    np.testing.assert_allclose(plan.futility_bounds[before_last], wedge, rtol=0, atol=1e-9)
    counted = np.append(wedge, 0.0) if binding else np.zeros(t.size)
    spent = eq.Spending("obrien-fleming").cumulative(t, 0.025)
    np.testing.assert_allclose(plan.bounds, twin_efficacy(t, 2, spent, counted), atol=1e-9, rtol=0)
    found = twin_stopping(t, 2, plan.bounds, np.append(wedge, 0.0), plan.drift)
    assert found[:, ABOVE].sum() == pytest.approx(0.9, abs=1e-9)


CLOSE = ((0.67, 0.671, 1.0), (0.75, 0.7512, 1.0), (0.92, 0.9217, 1.0), (0.6, 0.60125, 1.0))


@pytest.mark.parametrize("looks", CLOSE)
def test_looks_so_close_that_a_search_starts_beyond_every_tail(looks):
    """40 standard deviations out the normal tail is 0 in floating point, and so is its slope."""
    futility = eq.Spending("obrien-fleming")
    plan = eq.GroupSequential(information=looks, futility=futility)
    t = plan.information
    upper = twin_efficacy(t, 1, futility.cumulative(t, 0.025), np.full(3, -math.inf))
    np.testing.assert_allclose(plan.bounds, upper, rtol=0, atol=1e-9)
    lower = twin_futility(t, upper, futility.cumulative(t, 0.1), plan.drift)
    np.testing.assert_allclose(plan.futility_bounds, lower, rtol=0, atol=1e-8)


FAR_FROM_FIXED = (
    # the drift that gives the power is beyond 1.4 times the fixed one plus one half
    {"futility": eq.FutilityBounds(z=(5.0,)), "information": (0.2, 1.0)},
    {"futility": eq.FutilityBounds(effect=(0.7, 0.7)), "information": (0.1, 0.2, 1.0)},
    {"efficacy": eq.WangTsiatis(0.9), "information": (0.002, 0.07, 0.2, 1.0), "alpha": 0.05},
)


@pytest.mark.parametrize("given", FAR_FROM_FIXED, ids=["z", "effect", "shape"])
def test_power_is_as_asked_when_it_costs_much_information(given):
    plan = eq.GroupSequential(**{"efficacy": eq.NoEarlyEfficacy(), "power": 0.8, **given})
    lower = np.append(plan.futility_bounds[:-1], -math.inf)
    found = twin_stopping(plan.information, 1, plan.bounds, lower, plan.drift)
    assert found[:, ABOVE].sum() == pytest.approx(0.8, abs=1e-9)


# After a look


@pytest.mark.parametrize("case", ["one-sided", "futility", "two-sided", "inner wedge"])
@pytest.mark.parametrize("z", [-2.5, -0.3, 0.7, 2.9])
def test_results_at_least_as_extreme(case, z):
    sides, upper, lower = CASES[case]
    if case == "inner wedge":
        z = abs(z)  # what is below 0 follows by mirroring: see the properties
    t = np.array(INFORMATION["three uneven"])
    bounds, futility = upper(t), lower(t)
    for look, drift in itertools.product((1, 2, 3), (-1.0, 0.0, 2.0)):
        before = twin_stopping(t[: look - 1], sides, bounds, futility, drift)
        twin = Twin(drift)
        for k in range(look - 1):
            twin.go_on(t[k], *continuation(sides, bounds[k], futility[k]))
        expected = before[:, ABOVE].sum() + twin.above(t[look - 1], z)
        found = at_least_as_extreme(t[:look], sides, bounds[:look], futility[:look], z, drift)
        assert found == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("sided", [1, 2])
@pytest.mark.parametrize("futility", [False, True])
def test_conditional_and_predictive_power(sided, futility):
    """A trial that starts at the look's score, with the later boundaries of the plan."""
    plan = eq.GroupSequential(
        information=(0.3, 0.5, 0.8, 1.0),
        alpha=0.05,
        sided=sided,
        efficacy=eq.Pocock(),
        futility=eq.Spending("pocock"),
    )
    t, none = plan.information, np.full(4, -math.inf if sided == 1 else 0.0)
    lower = np.append(plan.futility_bounds[:-1], none[-1]) if futility else none

    def later(look, z, drift):
        start = t[look - 1]
        twin, found = Twin(drift, start, z * math.sqrt(start)), 0.0
        for k in range(look, 4):
            found += twin.above(t[k], plan.bounds[k])
            if k < 3:
                twin.go_on(t[k], *continuation(sided, plan.bounds[k], lower[k]))
        return found

    for look, z in ((1, 0.4), (2, 1.5), (3, 1.9)):
        for effect in (-0.5, 0.0, 1.0, 1.7):
            expected = later(look, z, effect * plan.drift)
            found = plan.conditional_power(look, z, effect, futility=futility)
            assert found == pytest.approx(expected, abs=1e-10)
        at, weights = np.polynomial.hermite_e.hermegauss(120)
        for prior in (None, (0.8, 0.4)):
            mean, sd = z / math.sqrt(t[look - 1]), 1 / math.sqrt(t[look - 1])
            if prior is not None:
                own, of_prior = 1 / sd**2, 1 / (prior[1] * plan.drift) ** 2
                mean = (own * mean + of_prior * prior[0] * plan.drift) / (own + of_prior)
                sd = 1 / math.sqrt(own + of_prior)
            values = np.array([later(look, z, mean + sd * x) for x in at])
            expected = float(weights @ values) / math.sqrt(2 * math.pi)
            found = plan.predictive_power(look, z, prior, futility=futility)
            assert found == pytest.approx(expected, abs=1e-9)


# The same source with finer panels


def with_panel(panel):
    """The module's source with another panel width, compiled without a cache."""
    text = Path(sequential.__file__).read_text()
    text, changed = re.subn(r"^PANEL = [0-9.]+$", f"PANEL = {panel}", text, flags=re.MULTILINE)
    assert changed == 1
    space = {"__name__": "finer"}
    exec(compile(text.replace("@cached(", "@njit("), "finer", "exec"), space)
    return SimpleNamespace(**space)


def solved(module, t, sides, spent, lower_spent, lower_drift):
    """Efficacy boundaries with futility ignored, then futility boundaries."""
    n = module.nodes_needed(t, 0.0, 4.0)
    x, h = np.empty((t.size + 1, n)), np.empty((t.size + 1, n))
    upper, count = np.full(t.size, math.nan), np.empty(t.size + 1, np.int64)
    none = np.full(t.size, -math.inf if sides == 1 else 0.0)
    lower = np.full(t.size, math.nan)
    for below in (none, lower):
        status = module.walk(
            t, 0.0, 0.0, 4.0, spent, lower_spent, lower_drift, sides, upper, below, x, h, count
        )
        assert status == module.DONE
    return upper, none, lower


def test_halving_the_panels_changes_nothing():
    finer = with_panel(sequential.PANEL / 2)
    assert finer.PANEL == sequential.PANEL / 2
    for t in [np.array(looks) for looks in INFORMATION.values()]:
        spent = eq.Spending("pocock").cumulative(t, 0.025)
        beta = eq.Spending("pocock").cumulative(t, 0.1)
        for sides in (1, 2):
            both = [solved(module, t, sides, spent, beta, 3.4) for module in (sequential, finer)]
            np.testing.assert_allclose(both[0], both[1], rtol=0, atol=1e-9)
            for upper, lower in (both[0][:2], both[0][::2]):
                found = np.empty((2, DRIFTS.size, t.size, 3))
                for row, module in zip(found, (sequential, finer), strict=True):
                    module.stopping_under(t, sides, upper, lower, DRIFTS, row)
                np.testing.assert_allclose(found[0], found[1], rtol=0, atol=1e-11)
