"""Steps of simulated survival trials beside plain twins, the analysis of real data, and R.

The twin looks at every patient for every event time. The kernels must give its risk tables exactly;
:mod:`equipoise.numerics.logrank` and the weights' formula then give the tests.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from equipoise.numerics import trial_survival as steps
from equipoise.numerics.logrank import log_hazard_ratio, log_rank

REFERENCE = Path(__file__).parents[1] / "reference"


@njit(error_model="numpy")
def run(entry, time, event, arm, targets, extra, stratum, strata, rho, gamma):
    """Looks at the days of `targets` and at `extra` days: days, tables, tests, Cox, strata."""
    n = entry.size
    looks = targets.size + extra.size
    work = steps.workspace(n)
    days = np.empty(looks)
    steps.load(work, entry, time, event, arm)
    steps.days_of_events(work, entry, event, targets, days[: targets.size])
    days[targets.size :] = extra
    size, tied = steps.sort_trial(work, entry, time, days.max() if looks > 0 else 0.0)
    tables = np.full((looks, 4, n), np.nan)
    rows = np.zeros(looks, np.int64)
    found = np.empty((looks, 8))
    for k in range(looks):
        rows[k] = steps.at_look(work, entry, size, tied, days[k], tables[k])
        score, variance = steps.log_rank(tables[k], rows[k])
        found[k, 0], found[k, 1] = score, variance
        start = score / variance if variance > 0.0 else 0.0
        found[k, 2:4] = steps.cox(work, tables[k], rows[k], tied, start)
        found[k, 4:6] = steps.weighted_log_rank(work, tables[k], rows[k], rho, gamma)
        found[k, 6:8] = steps.stratified_log_rank(
            work, entry, stratum, strata, size, tied, days[k], np.empty((4, n)), rho, gamma
        )
    order = work.ranked[:size].copy()
    return days, tables, rows, found, order, work.ranked_time[:size].copy(), tied


def call(trial, targets=(), extra=(), strata=1, rho=0.0, gamma=0.0):
    entry, time, event, arm, stratum = trial
    return run(
        np.asarray(entry, float),
        np.asarray(time, float),
        np.asarray(event, np.int8),
        np.asarray(arm, np.int8),
        np.asarray(targets, np.int64),
        np.asarray(extra, float),
        np.asarray(stratum, np.int8),
        strata,
        float(rho),
        float(gamma),
    )


def made_up(seed, n=None, whole=None):
    """A trial with dropout, times of inf, unequal arms, three strata; in whole days or not."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60)) if n is None else n
    whole = seed % 2 == 0 if whole is None else whole
    entry = np.sort(rng.uniform(0, 100, n))
    if seed % 5 == 0:
        entry[:] = entry[0]
    arm = (rng.random(n) < rng.choice([0.3, 0.5, 0.5, 1.0])).astype(int)
    came = rng.exponential(40 * np.exp(arm * rng.normal(0, 0.5)))
    gone = rng.exponential(rng.choice([50.0, 400.0, 1e9]), n)
    came[rng.random(n) < 0.1] = gone[rng.random(n) < 0.5] = np.inf
    time, event = np.minimum(came, gone), came <= gone
    event &= time < np.inf
    if whole:
        entry, time = np.floor(entry), np.ceil(time * rng.choice([0.2, 1.0]))
    return entry, time, event.astype(int), arm, rng.integers(0, 3, n)


def cut(trial, day):
    """What a look at `day` sees: follow-up, observed event, arm, stratum."""
    entry, time, event, arm, stratum = trial
    seen = entry <= day
    observed = (entry + time <= day) & (time < np.inf)
    with np.errstate(invalid="ignore"):
        follow_up = np.where(observed, time, np.minimum(day, 1e300) - entry)
    return [x[seen] for x in (follow_up, observed & (event == 1), arm, stratum)]


def plain_table(follow_up, event, arm):
    """At risk and with an event at each distinct time with events, arm by arm."""
    rows = []
    for now in np.unique(follow_up[event]):
        at_risk = [np.sum((follow_up >= now) & (arm == a)) for a in (0, 1)]
        events = [np.sum((follow_up == now) & event & (arm == a)) for a in (0, 1)]
        rows.append(at_risk + events)
    return np.array(rows, float).reshape(-1, 4)


def plain_weighted(table, rho, gamma):
    """Score and variance of the Fleming-Harrington test, one time after the other."""
    survival, score, variance = 1.0, 0.0, 0.0
    for n0, n1, d0, d1 in table:
        n, d = n0 + n1, d0 + d1
        weight = survival**rho * (1 - survival) ** gamma
        score += weight * (d1 - d * n1 / n)
        if n > 1:
            variance += weight**2 * d * n0 * n1 * (n - d) / (n * n * (n - 1))
        survival *= (n - d) / n
    return score, variance


def plain_day(trial, target):
    entry, time, event = trial[:3]
    days = np.sort((entry + time)[(event == 1) & (time < np.inf)])
    return days[max(target, 1) - 1] if 0 < target <= days.size else math.inf


def check(trial, targets, extra, rho, gamma):
    days, tables, rows, found, *_ = call(trial, targets, extra, 3, rho, gamma)
    np.testing.assert_array_equal(days[: len(targets)], [plain_day(trial, t) for t in targets])
    for k, day in enumerate(days):
        follow_up, event, arm, stratum = cut(trial, day)
        table = plain_table(follow_up, event, arm)
        np.testing.assert_array_equal(tables[k][:, : rows[k]].T, table)
        plain = plain_weighted(table, 0, 0)
        np.testing.assert_allclose(found[k, :2], plain, rtol=1e-10, atol=1e-11)
        plain = plain_weighted(table, rho, gamma)
        np.testing.assert_allclose(found[k, 4:6], plain, rtol=1e-10, atol=1e-11)
        parts = [
            plain_weighted(plain_table(follow_up[s], event[s], arm[s]), rho, gamma)
            for s in (stratum == g for g in range(3))
        ]
        np.testing.assert_allclose(found[k, 6:8], np.sum(parts, axis=0), rtol=1e-10, atol=1e-11)
        rank = np.unique(follow_up, return_inverse=True)[1]  # log_rank takes close times for equal
        ours = log_rank(rank, event, arm)
        np.testing.assert_allclose(
            found[k, :2], (ours.score, ours.variance), rtol=1e-10, atol=1e-11
        )
        expected = log_hazard_ratio(rank, event, arm)
        np.testing.assert_allclose(found[k, 2:4], expected, rtol=1e-10, atol=1e-10)


WEIGHTS = [(0, 0), (1, 0), (0, 1), (1, 1), (0.5, 0.5), (0, 0.5), (0.3, 2)]


@pytest.mark.parametrize("seed", range(120))
def test_random_trials(seed):
    trial = made_up(seed)
    n = trial[0].size
    extra = [-1.0, 0.0, 35.0, 90.0, 140.5, 1e5]
    targets = sorted({1, n // 4 + 1, n // 2 + 1, n})
    check(trial, targets, extra, *WEIGHTS[seed % len(WEIGHTS)])


@pytest.mark.parametrize("n", [600, 1501, 2000])
@pytest.mark.parametrize("whole", [False, True])
def test_larger_trials(n, whole):
    check(made_up(n + 1, n, whole), [n // 6, n // 3, n // 2], [50.0], 0, 1)


def test_a_look_at_the_end_of_all():
    """Fewer events than the target: the day is inf, and nobody with a time of inf ever leaves."""
    for seed in range(20):
        trial = made_up(seed)
        days, *_ = call(trial, [trial[0].size + 1])
        assert days[0] == math.inf
        check(trial, [trial[0].size + 1], [60.0, math.inf], 1, 0)


def test_peto_peto():
    for seed in range(30):
        trial = made_up(seed)
        _, _, _, found, *_ = call(trial, [], [80.0], rho=1)
        follow_up, event, arm, _ = cut(trial, 80.0)
        peto = log_rank(follow_up, event, arm, rho=1)
        np.testing.assert_allclose(
            found[0, 4:6], (peto.score, peto.variance), rtol=1e-10, atol=1e-11
        )


def test_one_stratum_is_no_stratum():
    for seed in range(20):
        entry, time, event, arm, _ = made_up(seed)
        _, _, _, found, *_ = call((entry, time, event, arm, 0 * arm), [], [80.0], gamma=1)
        np.testing.assert_array_equal(found[:, 4:6], found[:, 6:8])


def test_nobody():
    for extra in ([], [0.0, 5.0]):
        days, _, rows, found, *_ = call(([], [], [], [], []), [1], extra)
        assert days[0] == math.inf
        assert not rows.any()
        assert not found[:, [0, 1, 4, 5]].any()
        assert np.isnan(found[:, 2]).all()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-3, 12),
            st.one_of(st.integers(0, 8), st.just(math.inf)),
            st.booleans(),
            st.integers(0, 1),
            st.integers(0, 2),
        ),
        min_size=1,
        max_size=14,
    ),
    st.sampled_from([0.25, 1.0, 1e6]),
    st.sampled_from(WEIGHTS),
)
def test_small_whole_numbers(patients, unit, weights):
    columns = np.array(sorted(patients, key=lambda p: p[0]), float).T
    entry, time = columns[0] * unit, columns[1] * unit
    event = ((columns[2] == 1) & (time < np.inf)).astype(int)
    trial = entry, time, event, columns[3].astype(int), columns[4].astype(int)
    check(trial, [1, 2, 4, 20], [-9.0 * unit, 3.0 * unit, 7.5 * unit], *weights)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=40),
    st.integers(0, 2**32),
)
def test_any_times(times, seed):
    rng = np.random.default_rng(seed)
    n = len(times)
    event, arm, stratum = rng.integers(0, 2, (3, n))
    entry = np.zeros(n)  # the day of a look and follow-up are one: no rounding
    check(
        (entry, np.array(times), event, arm, stratum),
        sorted({1, n // 2 + 1}),
        [0.0, times[0]],
        0,
        0,
    )


HARD = {
    "equal": lambda n, rng: np.full(n, 7.0),
    "few": lambda n, rng: rng.integers(1, 4, n).astype(float),
    "falling": lambda n, rng: 1 + 1e-12 * np.arange(n, 0, -1),
    "crowded": lambda n, rng: np.where(np.arange(n) == n // 2, 1e9, 1e-9 * rng.random(n)),
    "outlier": lambda n, rng: np.where(np.arange(n) == 3, 1e300, rng.random(n)),
    "never": lambda n, rng: np.where(rng.random(n) < 0.5, np.inf, rng.random(n)),
    "all never": lambda n, rng: np.full(n, np.inf),
    "zero": lambda n, rng: np.zeros(n),
    "wide": lambda n, rng: 10 ** rng.uniform(-200, 200, n),
}


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("n", [1, 2, 500, 65536])
def test_sorting_is_stable_and_not_quadratic(name, n):
    """A quadratic sort of 65,536 would take seconds; the suite's time limit would tell."""
    rng = np.random.default_rng(n)
    time = HARD[name](n, rng)
    trial = np.zeros(n), time, (time < np.inf).astype(int), np.arange(n) % 2, np.zeros(n)
    targets = [1, n // 2 + 1, n]
    days, _, _, _, order, ranked, tied = call(trial, targets, [1e305])
    expected = np.argsort(time, kind="stable")[: int((time < np.inf).sum())]
    np.testing.assert_array_equal(order, expected)
    np.testing.assert_array_equal(ranked, time[expected])
    assert tied == (np.unique(ranked).size < ranked.size)
    np.testing.assert_array_equal(days[:3], [plain_day(trial, t) for t in targets])


def test_crowded_entries():
    """The index of entries holds where most of them fall on few of its cells."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        _, time, event, arm, stratum = made_up(seed, 200)
        entry = np.sort(np.concatenate([[0.0, 1e4], rng.random(99), 5000 + rng.random(99)]))
        check((entry, time, event, arm, stratum), [5, 50], [0.5, 30.0, 5040.0, 1e5], 1, 1)


def test_lung():
    """R's survdiff and coxph on the lung data, all entered on day 0."""
    cases = json.loads((REFERENCE / "logrank.json").read_text())["cases"]
    output = next(case["output"] for case in cases if case["id"] == "lung")
    rows = [
        line.split(",")
        for line in (REFERENCE / "lung.csv").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    named = {name: np.array(column) for name, *column in zip(*rows, strict=True)}
    time = named["time"].astype(float)
    trial = 0 * time, time, named["status"] == "2", named["sex"] == "2", 0 * time
    for rho, kind in ((0, ""), (1, "_peto")):
        _, _, _, found, *_ = call(trial, [], [1e6], rho=rho)
        score, variance = found[0, 4:6]
        expected = output["obs" + kind][1] - output["exp" + kind][1]
        assert score == pytest.approx(expected, rel=1e-10)
        assert variance == pytest.approx(output["var11" + kind], rel=1e-10)
        assert score**2 / variance == pytest.approx(output["chisq" + kind], rel=1e-10)
        np.testing.assert_allclose(found[0, 2:4], output["efron"], rtol=1e-10)
