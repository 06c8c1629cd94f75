"""Two survival curves from patients' data: the log-rank test and the hazard ratio of two arms.

Arrays are one value a patient, (n,): `time` from randomisation to event or censoring, in any one
unit; `event`, true where the event came, false where the patient was censored; `arm`, 0 for control
and 1 for treatment. Pairs give control first. At one time, events come before censoring. Times
that differ by no more than 1.5e-8, absolutely or relative to the mean of the distinct times, are
one time, as R's survival has it.

Mantel (1966), Cancer Chemother Rep 50:163, for the log-rank test with its hypergeometric variance;
Peto & Peto (1972), JRSS A 135:185, and Harrington & Fleming (1982), Biometrika 69:553, for weights;
Cox (1972), JRSS B 34:187, for the hazard ratio; Efron (1977), JASA 72:557, and Breslow (1974),
Biometrics 30:89, for ties.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from equipoise.numerics.cached import cached

Floats: TypeAlias = NDArray[np.float64]
Pair: TypeAlias = tuple[float, float]

AT_RISK0, AT_RISK1, EVENTS0, EVENTS1 = range(4)
"""Columns of a risk table: patients at risk just before a time, and events at it, by arm."""

_SAME_TIME = math.sqrt(np.finfo(np.float64).eps)
_ROUNDS = 200
_LONGEST_STEP = 5.0
_STEP = 1e-10


@dataclass(frozen=True, slots=True)
class LogRank:
    """A log-rank test.

    Attributes
    ----------
    observed, expected : (float, float)
        Events in control and treatment; expected given all events, were the hazards equal. Both
        are weighted where the test is.
    score : float
        Observed less expected events on treatment.
    variance : float
        Hypergeometric variance of the score.
    """

    observed: Pair
    expected: Pair
    score: float
    variance: float

    @property
    def chi_square(self) -> float:
        """``score**2 / variance``, one degree of freedom; 0 without variance."""
        return self.score**2 / self.variance if self.variance > 0 else 0.0

    def z(self, better: Literal["lower", "higher"] = "lower") -> float:
        """``score / sqrt(variance)``, signed to be positive in favour of treatment.

        `better` is "lower" where events are bad, "higher" where they are good. 0 without variance:
        there the score is 0 too.
        """
        if self.variance <= 0:
            return 0.0
        return (-1 if better == "lower" else 1) * self.score / math.sqrt(self.variance)


def log_rank(time: ArrayLike, event: ArrayLike, arm: ArrayLike, rho: float = 0.0) -> LogRank:
    """Log-rank test of equal hazards.

    Each time with events weighs ``S(t-)**rho``, S the Kaplan-Meier estimate over both arms: 0 gives
    the log-rank test, 1 the Peto-Peto test, as in survival's ``survdiff``. With an empty arm, or
    without events, score and variance are 0.
    """
    control, treatment, control_mean, treatment_mean, score, variance = _log_rank(
        risk_table(time, event, arm), float(rho)
    )
    return LogRank((control, treatment), (control_mean, treatment_mean), score, variance)


def log_hazard_ratio(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    ties: Literal["efron", "breslow"] = "efron",
) -> tuple[float, float]:
    """Cox's log hazard ratio, treatment to control, and its standard error.

    The maximum of the partial likelihood, and one over the root of its information there. Where the
    likelihood rises without end the estimate is infinite, -inf where no event on treatment came
    with anybody at risk on control; where it is flat (an empty arm, no events) it is nan. Neither
    has a finite standard error.
    """
    estimate, error = _cox(risk_table(time, event, arm), ties == "efron")
    return float(estimate), float(error)


def risk_table(time: ArrayLike, event: ArrayLike, arm: ArrayLike) -> Floats:
    """Patients at risk and events at each distinct time with events, rising: (k, 4)."""
    times = np.asarray(time, dtype=np.float64)
    order = np.argsort(times)
    happened = np.asarray(event, dtype=np.bool_)[order]
    treated = np.asarray(arm)[order] == 1
    return np.asarray(_risk_table(times[order], happened, treated))


@cached(nogil=True, error_model="numpy")
def _risk_table(time, event, treated):  # type: ignore[no-untyped-def]
    """Walk back from the last time; patients sorted by `time` (n,)."""
    total = 0.0
    distinct = 0
    most = 0
    for i in range(time.size):
        if i == 0 or time[i] != time[i - 1]:
            total += abs(time[i])
            distinct += 1
        most += event[i]
    close = _SAME_TIME * max(1.0, total / max(distinct, 1))
    table = np.empty((most, 4))
    row = most
    at_risk0 = 0
    at_risk1 = 0
    events0 = 0
    events1 = 0
    for i in range(time.size - 1, -1, -1):
        if treated[i]:
            at_risk1 += 1
            events1 += event[i]
        else:
            at_risk0 += 1
            events0 += event[i]
        if (i == 0 or time[i] - time[i - 1] > close) and events0 + events1 > 0:
            row -= 1
            table[row, AT_RISK0] = at_risk0
            table[row, AT_RISK1] = at_risk1
            table[row, EVENTS0] = events0
            table[row, EVENTS1] = events1
            events0 = 0
            events1 = 0
    return table[row:]


@cached(nogil=True, error_model="numpy")
def _log_rank(table, rho):  # type: ignore[no-untyped-def]
    """Observed and expected events, control first, then score and variance."""
    observed0 = 0.0
    observed1 = 0.0
    expected0 = 0.0
    expected1 = 0.0
    score = 0.0
    variance = 0.0
    survival = 1.0
    for row in table:
        n = row[AT_RISK0] + row[AT_RISK1]
        d = row[EVENTS0] + row[EVENTS1]
        weight = survival**rho
        mean = d * row[AT_RISK1] / n
        observed0 += weight * row[EVENTS0]
        observed1 += weight * row[EVENTS1]
        expected0 += weight * (d * row[AT_RISK0] / n)
        expected1 += weight * mean
        score += weight * (row[EVENTS1] - mean)
        if n > 1.0:
            variance += weight * weight * mean * (row[AT_RISK0] / n) * ((n - d) / (n - 1.0))
        survival *= (n - d) / n
    return observed0, observed1, expected0, expected1, score, variance


@njit(forceinline=True)
def _cox_score(table, beta, efron):  # type: ignore[no-untyped-def]
    """Score and information of the partial likelihood at the log hazard ratio `beta`.

    Each of d tied events is drawn from those at risk. Efron's l-th draw (from 0) has all but l / d
    of the patients with these events, Breslow's always all.
    """
    score = 0.0
    information = 0.0
    control = math.exp(-beta)
    for row in table:
        if row[AT_RISK0] == 0.0 or row[AT_RISK1] == 0.0:
            continue
        score += row[EVENTS1]
        d = row[EVENTS0] + row[EVENTS1]
        draws = int(d) if efron else 1
        each = 1.0 if efron else d
        for draw in range(draws):
            gone = draw / d
            risk0 = control * (row[AT_RISK0] - gone * row[EVENTS0])
            risk1 = row[AT_RISK1] - gone * row[EVENTS1]
            p = risk1 / (risk0 + risk1)
            score -= each * p
            information += each * p * (risk0 / (risk0 + risk1))
    return score, information


@cached(nogil=True, error_model="numpy")
def _cox(table, efron):  # type: ignore[no-untyped-def]
    """Log hazard ratio and standard error: Newton's steps, kept within a bracket once there is one.

    The score falls in the log hazard ratio. Its limits tell whether it crosses 0: events on control
    with anybody at risk on treatment push it below, and the other way round.
    """
    below = 0.0
    above = 0.0
    for row in table:
        if row[AT_RISK0] > 0.0 and row[AT_RISK1] > 0.0:
            below += row[EVENTS0]
            above += row[EVENTS1]
    if below == 0.0 or above == 0.0:
        if below == above:
            return math.nan, math.inf
        return (math.inf if below == 0.0 else -math.inf), math.inf
    low = -math.inf
    high = math.inf
    beta = 0.0
    for _ in range(_ROUNDS):
        score, information = _cox_score(table, beta, efron)
        if score > 0.0:
            low = beta
        else:
            high = beta
        step = min(max(score / information, -_LONGEST_STEP), _LONGEST_STEP)
        following = beta + step
        if not (low <= following <= high):
            following = 0.5 * (low + high)
        step = following - beta
        beta = following
        if abs(step) <= _STEP:
            break
    return beta, 1.0 / math.sqrt(_cox_score(table, beta, efron)[1])
