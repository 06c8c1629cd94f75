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

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@njit(cache=True, error_model="numpy")
def _critical(n_control, n_treatment, alpha, log_factorial, out):  # type: ignore[no-untyped-def]
    out[:] = n_treatment + 1
    everybody = n_control + n_treatment
    for total in range(everybody + 1):
        most = min(total, n_treatment)
        least = max(0, total - n_control)
        constant = (
            log_factorial[n_treatment]
            + log_factorial[n_control]
            + log_factorial[total]
            + log_factorial[everybody - total]
            - log_factorial[everybody]
        )
        tail = 0.0
        for good in range(most, least - 1, -1):
            control = total - good
            tail += math.exp(
                constant
                - log_factorial[good]
                - log_factorial[n_treatment - good]
                - log_factorial[control]
                - log_factorial[n_control - control]
            )
            if tail > alpha * (1.0 + 1e-12):
                break
            out[control] = min(out[control], good)


def fisher_table(n_control: int, n_treatment: int, alpha: float) -> Ints:
    """Fisher's one-sided exact test at level `alpha` as critical counts, (n_control + 1,).

    ``n_treatment + 1`` means that no count rejects. Fisher (1935), JRSS 98:39.
    """
    log_factorial = special.gammaln(np.arange(n_control + n_treatment + 1) + 1.0)
    out = np.empty(n_control + 1, np.int64)
    _critical(n_control, n_treatment, alpha, log_factorial, out)
    return out


def binomial_pmf(n: int, probability: float) -> Floats:
    """P(X = x) for x = 0 … n, (n + 1,)."""
    x = np.arange(n + 1)
    log_choose = special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1)
    return np.asarray(
        np.exp(log_choose + special.xlogy(x, probability) + special.xlog1py(n - x, -probability))
    )


def rejection_probability(
    critical: Ints, n_treatment: int, good_control: float, good_treatment: float
) -> float:
    """P(reject) by enumeration of every pair of counts: exact for the test in `critical`."""
    control = binomial_pmf(critical.size - 1, good_control)
    tail = np.append(binomial_pmf(n_treatment, good_treatment)[::-1].cumsum()[::-1], 0.0)
    return float(control @ tail[critical])


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


def normal_power(n: int, control: float, treatment: float, alpha: float) -> float:
    """Power of the pooled z-test with `n` an arm by normal theory, for treatment above control."""
    mean = (control + treatment) / 2
    null = math.sqrt(2 * mean * (1 - mean) / n)
    alternative = math.sqrt((control * (1 - control) + treatment * (1 - treatment)) / n)
    if alternative == 0:
        return float(treatment > control)
    z = (treatment - control - special.ndtri(1 - alpha) * null) / alternative
    return float(special.ndtr(z))


def exact_sample_size(control: float, treatment: float, alpha: float, power: float) -> int:
    """Patients an arm for Fisher's test: the first n whose power, and n + 1's, is enough.

    The power of a discrete test is a saw-tooth in n; asking for two in a row steps over a tooth.
    """

    def reaches(n: int) -> bool:
        table = fisher_table(n, n, alpha)
        return rejection_probability(table, n, control, treatment) >= power

    n = max(2, math.floor(0.9 * normal_sample_size(control, treatment, alpha, power)))
    while n > 2 and reaches(n):
        n = n // 2
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
