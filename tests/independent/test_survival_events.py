"""Expected events against plain quadrature of another form of the integral.

Here events by time T are the integral over follow-up v of ``N(T - v) f(v)``, with N the patients
entered and f the density of an event before dropout; the module integrates ``a(u) F(T - u)``.
"""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate

from equipoise.numerics import survival_sizes as sizes
from equipoise.numerics import survival_trials as trials


def a_trial(seed):
    """Accrual with ramps and gaps, hazards of two arms over several pieces, dropout, shares."""
    rng = np.random.default_rng(seed)
    pieces, changes = rng.integers(1, 5), rng.integers(1, 5)
    edges = np.concatenate([[0.0], np.cumsum(rng.uniform(0.5, 8.0, pieces))])
    intensity = rng.uniform(0.0, 30.0, (pieces, 2))
    intensity[rng.random(pieces) < 0.4, 0] = 0.0
    starts = np.concatenate([[0.0], np.cumsum(rng.uniform(0.2, 10.0, changes - 1))])
    hazards = 10.0 ** rng.uniform(-4, 0, (2, changes))
    hazards[rng.random((2, changes)) < 0.15] = 0.0
    hazards[:, -1] = rng.uniform(0.01, 0.3, 2)
    dropout = rng.uniform(0.0, 0.05, 2)
    return (edges, intensity), (starts, hazards, dropout, sizes.shares_of(rng.uniform(0.5, 3.0)))


def entered(time, edges, intensity):
    total = 0.0
    for low, high, (left, right) in zip(edges, edges[1:], intensity, strict=False):
        t = min(max(time - low, 0.0), high - low)
        total += left * t + (right - left) / (high - low) * t * t / 2
    return total


def integrand_of(time, accrual, starts, hazards, dropout):
    def integrand(v):
        spent = np.clip(v - starts, 0.0, np.diff(starts, append=np.inf))
        hazard = hazards[np.searchsorted(starts, v, side="right") - 1]
        return entered(time - v, *accrual) * hazard * math.exp(-hazards @ spent - dropout * v)

    cuts = np.concatenate([starts, time - accrual[0], [time]])
    cuts = np.unique(cuts[(cuts >= 0) & (cuts <= time)])
    return integrand, cuts


def by_quad(*arguments):
    integrand, cuts = integrand_of(*arguments)
    return math.fsum(
        integrate.quad(integrand, low, high, epsabs=0, epsrel=1e-13, limit=200)[0]
        for low, high in pairwise(cuts)
    )


def by_nodes(count, *arguments):
    integrand, cuts = integrand_of(*arguments)
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return math.fsum(
        (high - low) / 2 * weight * integrand((low + high) / 2 + (high - low) / 2 * node)
        for low, high in pairwise(cuts)
        for node, weight in zip(nodes, weights, strict=True)
    )


@pytest.mark.parametrize("seed", range(12))
def test_expected_events(seed):
    accrual, (starts, hazards, dropout, _) = a_trial(seed)
    for time in (0.3, 4.0, accrual[0][-1], 20.0, 45.0):
        ours = trials.expected_events([time], *accrual, starts, hazards[0], dropout[0])[0]
        arguments = (time, accrual, starts, hazards[0], dropout[0])
        assert ours == pytest.approx(by_quad(*arguments), rel=1e-12, abs=1e-300)
        coarse, fine = (by_nodes(count, *arguments) for count in (40, 80))
        assert coarse == pytest.approx(fine, rel=1e-12, abs=1e-300)
        assert ours == pytest.approx(fine, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("hazard", [1e-12, 1e-6, 0.09, 0.11, 3.0, 400.0])
def test_one_hazard_has_a_known_answer(hazard):
    """Ten patients a month for a year, nothing else: events are 10 times the integral of F."""
    total = hazard + 0.02
    ours = trials.expected_events([12.0, 30.0], [0, 12], [[10, 10]], [0], [hazard], 0.02)
    for got, low, high in zip(ours, (0.0, 18.0), (12.0, 30.0), strict=True):
        lost = math.exp(-total * low) * -math.expm1(-total * (high - low)) / total
        assert got == pytest.approx(10 * hazard / total * (high - low - lost), rel=1e-13)


def test_no_hazard_no_events():
    ours = trials.expected_events([0.0, 5.0, 1e6], [0, 12], [[10, 10]], [0, 3], [0, 0])
    assert not ours.any()


def ever_an_event(starts, hazards, dropout):
    """Probability of an event before dropout, however late."""
    event, risk = 0.0, 1.0
    for hazard, length in zip(hazards, np.diff(starts, append=np.inf), strict=True):
        left = risk * math.exp(-(hazard + dropout) * length)
        event += (risk - left) * hazard / (hazard + dropout)
        risk = left
    return event


@pytest.mark.parametrize("seed", range(12))
def test_times_invert_events(seed):
    accrual, survival = a_trial(seed)
    starts, hazards, dropout, shares = survival
    ever = [ever_an_event(starts, h, d) for h, d in zip(hazards, dropout, strict=True)]
    most = trials.enrolled([math.inf], *accrual)[0] * (shares @ ever)
    wanted = most * np.array([1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999])
    times = trials.time_of_events(wanted, *accrual, *survival)
    events = trials.expected_events_by_arm(times, *accrual, *survival).sum(axis=0)
    np.testing.assert_allclose(events, wanted, rtol=1e-11)
    for time in times:  # the root itself, from both sides
        around = [time * (1 - 1e-11), time * (1 + 1e-11)]
        below, above = trials.expected_events_by_arm(around, *accrual, *survival).sum(axis=0)
        target = wanted[times == time][0]
        assert below <= target * (1 + 1e-15 * 20)
        assert above >= target * (1 - 1e-15 * 20)
    never = trials.time_of_events([most, 2 * most, -1.0], *accrual, *survival)
    assert np.isnan(never).all()
    late = trials.expected_events_by_arm([5e3], *accrual, *survival).sum()
    assert late == pytest.approx(most, rel=1e-12)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("follow_up", [0.0, 7.0])
def test_end_of_accrual(seed, follow_up):
    accrual, survival = a_trial(seed)
    wanted = np.array([0.5, 5.0, 50.0, 500.0])
    for end, target in zip(
        trials.end_of_accrual(wanted, follow_up, *accrual, *survival), wanted, strict=True
    ):
        if math.isnan(end):
            assert accrual[1][-1, 1] == 0.0
            continue
        cut = trials.accrual_until(end, *accrual)
        assert cut[0][-1] == end
        events = trials.expected_events_by_arm([end + follow_up], *cut, *survival).sum()
        assert events == pytest.approx(target, rel=1e-10)


def test_accrual():
    edges, intensity = trials.ramped_accrual(2.0, [0, 6, 18], [10, 60])
    assert edges.tolist() == [0, 2, 6, 18]
    assert intensity.tolist() == [[0, 10], [10, 10], [60, 60]]
    got = trials.enrolled([-1.0, 0.0, 1.0, 2.0, 4.0, 18.0, 99.0], edges, intensity)
    assert got == pytest.approx([0, 0, 2.5, 10, 30, 50 + 720, 770])
    cut = trials.accrual_until(1.0, edges, intensity)
    assert cut[0].tolist() == [0, 1]
    assert cut[1].tolist() == [[0, 5]]
    longer = trials.accrual_until(20.0, edges, intensity)
    assert trials.enrolled([99.0], *longer)[0] == pytest.approx(890)


def test_no_end_of_accrual_without_accrual():
    survival = [0], [[0.1]], [0.0], [1.0]
    assert np.isnan(trials.end_of_accrual([1000.0], 5.0, [0, 6], [[10, 0]], *survival)).all()
    assert np.isnan(trials.end_of_accrual([5.0], 5.0, [0, 6], [[10, 10]], [0], [[0]], [0], [1]))


def test_sizes_fit_together():
    events = 9.0 / sizes.schoenfeld_effect([0.6, 0.8], 2.0, 1.1) ** 2
    np.testing.assert_allclose(sizes.hazard_ratio_at(3.0, events, 2.0, 1.1), [0.6, 0.8])
    assert sizes.information(90.0, 2.0) == pytest.approx(1 / (1 / 30 + 1 / 60))
    assert sizes.schoenfeld_effect(1.0) == 0
    near = [f(0.999, 2.0) for f in (sizes.schoenfeld_effect, sizes.freedman_effect)]
    assert near[0] == pytest.approx(near[1], rel=1e-3)


def test_lachin_foulkes_knows_no_level_of_accrual_and_nears_schoenfeld():
    accrual, (starts, hazards, dropout, _) = a_trial(3)
    given = starts, hazards[0], dropout
    one = sizes.lachin_foulkes_events(1.96, 1.28, 0.7, 30, *accrual, *given, 2.0)
    edges, intensity = accrual
    other = sizes.lachin_foulkes_events(1.96, 1.28, 0.7, 30, edges, 7 * intensity, *given, 2.0)
    assert one == pytest.approx(other, rel=1e-13)
    rare = sizes.lachin_foulkes_events(1.96, 1.28, 0.99, 30, *accrual, [0], [1e-4], [0.0, 0.0], 2.0)
    plain = (3.24 / sizes.schoenfeld_effect(0.99, 2.0)) ** 2
    assert rare == pytest.approx(plain, rel=0.02)
