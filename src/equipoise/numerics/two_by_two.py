"""Two binomial arms: Fisher's exact test as a table, and its exact operating characteristics.

Counts are of *good* outcomes. A table ``critical`` (n_control + 1,) says what the test does: it
rejects in favour of treatment iff ``good_treatment >= critical[good_control]``.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import special

from equipoise.numerics.cached import cached

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@njit(forceinline=True)
def _p_value(good, control, n_control, n_treatment, log_factorial):  # type: ignore[no-untyped-def]
    """P(at least `good` good outcomes on treatment, given the margins): Fisher, one-sided."""
    total = good + control
    constant = (
        log_factorial[n_treatment]
        + log_factorial[n_control]
        + log_factorial[total]
        + log_factorial[n_control + n_treatment - total]
        - log_factorial[n_control + n_treatment]
    )
    tail = 0.0
    for x in range(good, min(total, n_treatment) + 1):
        term = math.exp(
            constant
            - log_factorial[x]
            - log_factorial[n_treatment - x]
            - log_factorial[total - x]
            - log_factorial[n_control - total + x]
        )
        tail += term
        if term < 1e-18 * tail and x * (n_control + n_treatment) > total * n_treatment:
            break
    return tail


@cached(error_model="numpy")
def _critical(first, n_control, n_treatment, alpha, log_factorial, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the critical counts for control counts from `first` on.

    The critical count never falls as the control count rises, so each search starts at the last.
    """
    good = 0
    high = n_treatment + 1
    while high - good > 1:  # the smallest rejecting count for the first control count
        middle = (good + high) // 2
        p = _p_value(middle, first, n_control, n_treatment, log_factorial)
        if p <= alpha * (1.0 + 1e-12):
            high = middle
        else:
            good = middle
    good = high
    for i in range(out.size):
        control = first + i
        while good <= n_treatment:
            p = _p_value(good, control, n_control, n_treatment, log_factorial)
            if p <= alpha * (1.0 + 1e-12):
                break
            good += 1
        out[i] = good


def _log_factorials(most: int) -> Floats:
    return np.asarray(special.gammaln(np.arange(most + 1) + 1.0))


def fisher_table(n_control: int, n_treatment: int, alpha: float) -> Ints:
    """Fisher's one-sided exact test at level `alpha` as critical counts, (n_control + 1,).

    ``n_treatment + 1`` means that no count rejects. Fisher (1935), JRSS 98:39.
    """
    out = np.empty(n_control + 1, np.int64)
    _critical(0, n_control, n_treatment, alpha, _log_factorials(n_control + n_treatment), out)
    return out


def fisher_power(
    n_control: int, n_treatment: int, good_control: float, good_treatment: float, alpha: float
) -> float:
    """P(reject) of Fisher's test, enumerating the control counts that carry all but 1e-15.

    No table is made for counts that do not occur; the work grows as n, not as n squared.
    """
    spread = 9.0 * math.sqrt(n_control * good_control * (1 - good_control)) + 9.0
    first = max(0, math.floor(n_control * good_control - spread))
    last = min(n_control, math.ceil(n_control * good_control + spread))
    critical = np.empty(last - first + 1, np.int64)
    _critical(
        first, n_control, n_treatment, alpha, _log_factorials(n_control + n_treatment), critical
    )
    control = binomial_pmf(n_control, good_control)[first : last + 1]
    tail = np.append(binomial_pmf(n_treatment, good_treatment)[::-1].cumsum()[::-1], 0.0)
    return float(control @ tail[critical])


def binomial_pmf(n: int, probability: float) -> Floats:
    """P(X = x) for x = 0 … n, (n + 1,)."""
    x = np.arange(n + 1)
    log_choose = special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1)
    return np.asarray(
        np.exp(log_choose + special.xlogy(x, probability) + special.xlog1py(n - x, -probability))
    )


def normal_sample_size(control: float, treatment: float, alpha: float, power: float) -> float:
    """Patients an arm, 1:1, by the pooled normal approximation (not rounded).

    ``(z_a sqrt(2 p (1-p)) + z_b sqrt(p0 (1-p0) + p1 (1-p1)))^2 / (p1 - p0)^2`` with p the mean;
    Fleiss, Levin & Paik (2003), Statistical Methods for Rates and Proportions, eq. 4.14.
    """
    mean = (control + treatment) / 2
    z_alpha, z_power = special.ndtri(1 - alpha), special.ndtri(power)
    null = math.sqrt(2 * mean * (1 - mean))
    alternative = math.sqrt(control * (1 - control) + treatment * (1 - treatment))
    return float(((z_alpha * null + z_power * alternative) / (treatment - control)) ** 2)


def exact_sample_size(control: float, treatment: float, alpha: float, power: float) -> int:
    """Patients an arm for Fisher's test: the first n whose power, and n + 1's, is enough.

    The power of a discrete test is a saw-tooth in n; asking for two in a row steps over a tooth.
    The search begins below the size that the continuity-corrected normal formula gives (Casagrande,
    Pike & Smith 1978, Biometrics 34:483), far enough that the power there is too low.
    """

    def reaches(n: int) -> bool:
        return fisher_power(n, n, control, treatment, alpha) >= power

    plain = normal_sample_size(control, treatment, alpha, power)
    corrected = plain / 4 * (1 + math.sqrt(1 + 4 / (plain * abs(treatment - control)))) ** 2
    back = max(8.0, 0.1 * corrected) if corrected < 500 else 3 / abs(treatment - control)
    n = max(2, math.floor(corrected - back))
    while n > 2 and reaches(n):
        n = max(2, math.floor(n - back))
    this = reaches(n)
    while True:
        following = reaches(n + 1)
        if this and following:
            return n
        n, this = n + 1, following


def newcombe_difference(
    events_1: int, n_1: int, events_0: int, n_0: int, level: float = 0.95
) -> tuple[float, tuple[float, float]]:
    """Risk difference, group 1 minus group 0, with Newcombe's (1998) hybrid score interval.

    Newcombe (1998), Stat Med 17:873, method 10. Limits stay within [-1, 1].
    """
    z = float(special.ndtri((1 + level) / 2))

    def wilson(events: int, n: int) -> tuple[float, float]:
        centre = (events + z * z / 2) / (n + z * z)
        half = z * math.sqrt(events * (n - events) / n + z * z / 4) / (n + z * z)
        return centre - half, centre + half

    p_1, p_0 = events_1 / n_1, events_0 / n_0
    (low_1, high_1), (low_0, high_0) = wilson(events_1, n_1), wilson(events_0, n_0)
    difference = p_1 - p_0
    return difference, (
        difference - math.hypot(p_1 - low_1, high_0 - p_0),
        difference + math.hypot(high_1 - p_1, p_0 - low_0),
    )
