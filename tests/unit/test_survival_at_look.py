"""Patients' data to a look: every bad input, every way to hand it in, and trials with no answer."""

import math

import numpy as np
import polars as pl
import pytest

import equipoise as eq
from equipoise.numerics.logrank import log_hazard_ratio, log_rank, risk_table

TIME = [2.0, 3.0, 5.0, 8.0, 9.0, 12.0]
EVENT = [1, 1, 0, 1, 0, 1]
ARM = [0, 0, 1, 0, 1, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time": "abc"}, "`time` is 'abc'; must be one number a patient"),
        ({"time": []}, "must be one number a patient"),
        ({"time": [TIME, TIME]}, "must be one number a patient"),
        ({"time": [[1.0], [2.0, 3.0]]}, "must be one number a patient"),
        ({"time": [*TIME[:5], "12"]}, "must be one number a patient"),
        ({"time": [*TIME[:5], None]}, "must be one number a patient"),
        ({"time": [*TIME[:5], math.nan]}, r"`time\[5\]` is nan; must be a finite number"),
        ({"time": [*TIME[:5], math.inf]}, r"`time\[5\]` is inf; must be a finite number"),
        ({"time": [2.0, -3.0, *TIME[2:]]}, r"`time\[1\]` is -3.0; cannot be below 0. Count from"),
        ({"time": TIME[:5]}, "`event` is '6 values'; must have one a patient, as `time` has 5"),
        ({"arm": ARM[:5]}, "`arm` is '5 values'; must have one a patient, as `time` has 6"),
        (
            {"event": [1, 2, 1, 2, 1, 2]},
            r"`event\[1\]` is 2.0; must be 0 or 1. Give 1 for an event",
        ),
        ({"event": [1, 0.5, 1, 1, 1, 1]}, r"`event\[1\]` is 0.5; must be 0 or 1"),
        ({"event": [0] * 6}, "`event` is '0 for all'; must have an event"),
        ({"arm": [1, 2, 1, 2, 1, 2]}, r"`arm\[1\]` is 2.0; must be 0 or 1. Give 1 for treatment"),
        ({"arm": [1] * 6}, "`arm` is '1 for all'; must have patients in both arms"),
        ({"arm": [0] * 6}, "`arm` is '0 for all'; must have patients in both arms"),
        ({"arm": ["a", "b"] * 3}, "`arm` is .*; must be one number a patient"),
        ({"better": "longer"}, "`better` is 'longer'; must be 'lower' or 'higher'"),
    ],
)
def test_bad_input(change, message):
    given = {"time": TIME, "event": EVENT, "arm": ARM} | change
    with pytest.raises(eq.InputError, match=message):
        eq.survival_at_look(
            given["time"], given["event"], given["arm"], better=given.get("better", "lower")
        )


def test_treatment_that_does_well():
    look = eq.survival_at_look(TIME, EVENT, ARM)
    assert (look.events, look.ratio) == (4.0, 1.0)
    # by hand: at 2, 3, 8 and 12 expect 3/6, 3/5, 2/3 and 1 of the events on treatment
    score = 1 - (3 / 6 + 3 / 5 + 2 / 3 + 1)
    variance = 3 / 6 * 3 / 6 + 3 / 5 * 2 / 5 + 2 / 3 * 1 / 3
    assert look.log_rank == pytest.approx(-score / math.sqrt(variance), rel=1e-14)
    assert eq.survival_at_look(TIME, EVENT, ARM, better="higher").log_rank == -look.log_rank


@pytest.mark.parametrize("make", [tuple, np.array, pl.Series, lambda v: np.array(v, np.int32)])
def test_every_kind_of_column(make):
    expected = eq.survival_at_look(TIME, EVENT, ARM)
    assert eq.survival_at_look(make(TIME), make(EVENT), make(ARM)) == expected
    flags = [event == 1 for event in EVENT]
    assert eq.survival_at_look(make(TIME), flags, np.array(ARM, bool)) == expected


def test_missing_values_of_a_frame_are_refused():
    with pytest.raises(eq.InputError, match=r"time\[0\]"):
        eq.survival_at_look(pl.Series([None, *TIME[1:]]), EVENT, ARM)


def test_the_data_given_stay_as_they_were():
    time, event, arm = np.array(TIME[::-1]), np.array(EVENT[::-1]), np.array(ARM[::-1])
    eq.survival_at_look(time, event, arm)
    np.testing.assert_array_equal([time, event, arm], [TIME[::-1], EVENT[::-1], ARM[::-1]])


def test_an_analysis_takes_it():
    plan = eq.GroupSequential(looks=1, alpha=0.025, power=0.9)
    look = eq.survival_at_look(TIME, EVENT, ARM)
    found = eq.analyse(plan, [look], better="lower", scale="hazard ratio")
    assert found.looks[0].z == pytest.approx(look.log_rank)
    assert found.looks[0].estimate < 1


@pytest.mark.parametrize("arm", [[0] * 6, [1] * 6])
@pytest.mark.parametrize("rho", [0, 1])
def test_an_empty_arm_says_nothing(arm, rho):
    found = log_rank(TIME, EVENT, arm, rho)
    assert (found.score, found.variance, found.chi_square, found.z()) == (0, 0, 0, 0)
    assert found.observed == found.expected
    assert found.observed[1 - arm[0]] == 0
    estimate, error = log_hazard_ratio(TIME, EVENT, arm)
    assert math.isnan(estimate)
    assert error == math.inf


@pytest.mark.parametrize(("time", "arm"), [(TIME, ARM), ([], [])])
def test_no_events(time, arm):
    event = [0] * len(time)
    assert risk_table(time, event, arm).shape == (0, 4)
    found = log_rank(time, event, arm)
    assert (found.observed, found.expected, found.z()) == ((0, 0), (0, 0), 0)
    assert math.isnan(log_hazard_ratio(time, event, arm)[0])


def test_everybody_at_once_says_nothing():
    found = log_rank([1.0] * 6, [1] * 6, ARM)
    assert (found.score, found.variance, found.z()) == (0, 0, 0)
    assert eq.survival_at_look([1.0] * 6, [1] * 6, ARM).log_rank == 0
    # Breslow's likelihood: six events drawn from three and three
    estimate, error = log_hazard_ratio([1.0] * 6, [1] * 6, ARM, ties="breslow")
    assert estimate == pytest.approx(0, abs=1e-15)
    assert error == pytest.approx(1 / math.sqrt(6 / 4))


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_events_in_one_arm_only(ties):
    event, arm = np.array([1, 1, 1, 0, 0, 0]), np.array([0, 0, 0, 1, 1, 1])
    assert log_hazard_ratio(TIME, event, arm, ties=ties) == (-math.inf, math.inf)
    assert log_hazard_ratio(TIME, event, 1 - arm, ties=ties) == (math.inf, math.inf)
    assert log_rank(TIME, event, arm).z() > 0


def test_an_event_comes_before_a_censoring_of_the_same_time():
    table = risk_table([4.0, 4.0, 4.0, 7.0], [1, 0, 0, 1], [0, 1, 0, 1])
    np.testing.assert_array_equal(table, [[2, 2, 1, 0], [0, 1, 0, 1]])


@pytest.mark.parametrize(
    ("second", "rows"), [(0.1 + 0.2, 1), (0.3 + 1e-8, 1), (0.3 + 1e-7, 2)], ids=str
)
def test_times_that_differ_by_rounding_are_one(second, rows):
    assert len(risk_table([0.3, second, 1.0], [1, 1, 0], [0, 1, 1])) == rows


def test_a_strong_effect_in_many_patients():
    """Newton's steps stay within the bracket where the score is flat."""
    n = 2000
    arm = np.repeat([0, 1], n)
    time = np.concatenate([np.arange(n), n + np.arange(n)]).astype(float)
    time[-1] = 0.5
    estimate, error = log_hazard_ratio(time, np.ones(2 * n, bool), arm)
    # the events expected on treatment come to the one observed
    at_risk = np.arange(n, 0, -1), np.where(np.arange(n) == 0, n, n - 1)
    p = at_risk[1] * np.exp(estimate) / (at_risk[0] + at_risk[1] * np.exp(estimate))
    early = (n - 1 + np.exp(estimate) * n) ** -1 * n * np.exp(estimate)
    assert p.sum() + early == pytest.approx(1, abs=1e-9)
    assert 0.9 < error < 1.2
