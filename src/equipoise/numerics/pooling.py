"""Pooling of effect sizes: heterogeneity estimators and the fit around them, one set or many.

``y_i ~ N(mu + u_i, v_i)``, ``u_i ~ N(0, tau^2)``. Every estimator of tau^2 is a kernel on one set;
:func:`fit_many` runs them over rows. Likelihood estimators search the whole half-line for the
global optimum and then solve the score equation by Newton steps kept inside a bracket, so they
cannot fail to converge.

Viechtbauer (2005), J Educ Behav Stat 30:261, for the estimators; conventions as in metafor.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from equipoise.numerics.cached import cached

EE, DL, HE, HS, SJ, ML, REML, EB, PM = range(9)
METHODS = {
    "EE": EE,
    "DL": DL,
    "HE": HE,
    "HS": HS,
    "SJ": SJ,
    "ML": ML,
    "REML": REML,
    "EB": EB,
    "PM": PM,
}
"""Methods by name; EB, the empirical Bayes estimator, equals PM where there are no moderators."""

ESTIMATE, SE, TAU2, Q, TYPICAL, HK_FACTOR = range(6)
COLUMNS = 6
"""Columns of a fit: pooled estimate, its model-based standard error, tau^2, Cochran's Q, the
typical within-study variance (Higgins & Thompson 2002) and the Hartung-Knapp factor."""

_GRID = 32
_TOLERANCE = 1e-14


@njit(forceinline=True)
def _sums(y, v, tau2):  # type: ignore[no-untyped-def]
    """Sum of weights, of squared weights, weighted mean, and weighted squares about it."""
    w1 = 0.0
    w2 = 0.0
    wy = 0.0
    for i in range(y.size):
        w = 1.0 / (v[i] + tau2)
        w1 += w
        w2 += w * w
        wy += w * y[i]
    mean = wy / w1
    squares = 0.0
    for i in range(y.size):
        d = y[i] - mean
        squares += d * d / (v[i] + tau2)
    return w1, w2, mean, squares


@njit(forceinline=True)
def _score(y, v, tau2, restricted):  # type: ignore[no-untyped-def]
    """Twice the derivative of the log likelihood in tau^2, and minus its expected derivative."""
    w1 = 0.0
    w2 = 0.0
    w3 = 0.0
    wy = 0.0
    for i in range(y.size):
        w = 1.0 / (v[i] + tau2)
        w1 += w
        w2 += w * w
        w3 += w * w * w
        wy += w * y[i]
    mean = wy / w1
    squares = 0.0
    for i in range(y.size):
        d = (y[i] - mean) / (v[i] + tau2)
        squares += d * d
    if restricted:
        return squares - (w1 - w2 / w1), w2 - 2.0 * w3 / w1 + (w2 / w1) ** 2
    return squares - w1, w2


@njit(forceinline=True)
def _log_likelihood(y, v, tau2, restricted):  # type: ignore[no-untyped-def]
    """Minus twice gives the deviance; constants are left out."""
    w1, _, _, squares = _sums(y, v, tau2)
    total = -0.5 * squares
    for i in range(y.size):
        total -= 0.5 * math.log(v[i] + tau2)
    return total - 0.5 * math.log(w1) if restricted else total


@njit(forceinline=True)
def _solve_score(y, v, low, high, restricted):  # type: ignore[no-untyped-def]
    """The root of the score in [low, high], where it falls from positive to negative."""
    t = 0.5 * (low + high)
    for _ in range(200):
        score, information = _score(y, v, t, restricted)
        if score > 0.0:
            low = t
        else:
            high = t
        following = t + score / information
        if not (low < following < high):
            following = 0.5 * (low + high)
        if abs(following - t) <= _TOLERANCE * max(following, 1e-300):
            return following
        t = following
    return t


@njit(forceinline=True)
def _likelihood_tau2(y, v, restricted):  # type: ignore[no-untyped-def]
    """Global maximum of the (restricted) likelihood over tau^2 >= 0."""
    spread = 0.0
    smallest = v[0]
    largest_y = y[0]
    smallest_y = y[0]
    for i in range(y.size):
        smallest = min(smallest, v[i])
        largest_y = max(largest_y, y[i])
        smallest_y = min(smallest_y, y[i])
    spread = (largest_y - smallest_y) ** 2
    if spread == 0.0:
        return 0.0
    top = spread + smallest
    while _score(y, v, top, restricted)[0] > 0.0:
        top *= 4.0
    best = 0.0
    best_log = _log_likelihood(y, v, 0.0, restricted)
    bottom = min(1e-3 * smallest, 1e-3 * top)
    ratio = (top / bottom) ** (1.0 / (_GRID - 1))
    left = 0.0
    left_score = _score(y, v, 0.0, restricted)[0]
    right = bottom
    for step in range(_GRID):
        if step == _GRID - 1:
            right = top
        right_score = _score(y, v, right, restricted)[0]
        if left_score > 0.0 >= right_score:
            root = _solve_score(y, v, left, right, restricted)
            value = _log_likelihood(y, v, root, restricted)
            if value > best_log:
                best, best_log = root, value
        left, left_score = right, right_score
        right *= ratio
    return best


@njit(forceinline=True)
def _solve_q(y, v, target):  # type: ignore[no-untyped-def]
    """The tau^2 >= 0 at which the generalised Q equals `target`; 0 where Q(0) is not above it.

    Q falls and is convex in tau^2, so Newton's steps from 0 rise to the root and never pass it.
    """
    t = 0.0
    for _ in range(500):
        squares = _sums(y, v, t)[3]
        excess = squares - target
        if excess <= 0.0:
            return t
        w1 = 0.0
        wy = 0.0
        for i in range(y.size):
            w = 1.0 / (v[i] + t)
            w1 += w
            wy += w * y[i]
        mean = wy / w1
        slope = 0.0
        for i in range(y.size):
            d = (y[i] - mean) / (v[i] + t)
            slope += d * d
        step = excess / slope
        t += step
        if step <= _TOLERANCE * t:
            return t
    return t


@njit(forceinline=True)
def _tau2(y, v, method):  # type: ignore[no-untyped-def]
    """Estimate tau^2, truncated at 0, from k >= 2 studies."""
    k = y.size
    if method == EE or k < 2:
        return 0.0
    if method == DL or method == HS:
        w1, w2, _, q = _sums(y, v, 0.0)
        estimate = (q - (k - 1)) / (w1 - w2 / w1) if method == DL else (q - k) / w1
        return max(0.0, estimate)
    if method == ML or method == REML:
        return _likelihood_tau2(y, v, method == REML)
    if method == EB or method == PM:
        return _solve_q(y, v, k - 1.0)
    mean = y.mean()
    total = 0.0
    for i in range(k):
        total += (y[i] - mean) ** 2
    if method == HE:
        return max(0.0, total / (k - 1) - v.mean())
    start = total / k
    if start == 0.0:
        return 0.0
    return start * _sums(y, v, start)[3] / (k - 1)


@njit(forceinline=True)
def _fit(y, v, method, out):  # type: ignore[no-untyped-def]
    k = y.size
    tau2 = _tau2(y, v, method)
    w1, _, mean, squares = _sums(y, v, tau2)
    s1, s2, _, q = _sums(y, v, 0.0)
    out[ESTIMATE] = mean
    out[SE] = math.sqrt(1.0 / w1)
    out[TAU2] = tau2
    out[Q] = q if k > 1 else 0.0
    out[TYPICAL] = (k - 1) * s1 / (s1 * s1 - s2) if k > 1 else v[0]
    out[HK_FACTOR] = squares / (k - 1) if k > 1 else math.nan


@cached(nogil=True, error_model="numpy")
def fit_one(y, v, method):  # type: ignore[no-untyped-def]
    """Fit y (k,) with variances v (k,): (`COLUMNS`,)."""
    out = np.empty(COLUMNS)
    _fit(y, v, method, out)
    return out


@cached(nogil=True, error_model="numpy")
def fit_many(y, v, method, out):  # type: ignore[no-untyped-def]
    """Fit each row of y (m, k) with variances v (m, k) into out (m, `COLUMNS`)."""
    for i in range(y.shape[0]):
        _fit(y[i], v[i], method, out[i])


@cached(nogil=True, error_model="numpy")
def fit_subsets(y, v, masks, method, out):  # type: ignore[no-untyped-def]
    """Fit the studies marked in each row of masks, bool (m, k), into out (m, `COLUMNS`)."""
    chosen_y = np.empty(y.size)
    chosen_v = np.empty(y.size)
    for i in range(masks.shape[0]):
        count = 0
        for j in range(y.size):
            if masks[i, j]:
                chosen_y[count] = y[j]
                chosen_v[count] = v[j]
                count += 1
        _fit(chosen_y[:count], chosen_v[:count], method, out[i])


@cached(error_model="numpy")
def q_profile(y, v, lower_target, upper_target):  # type: ignore[no-untyped-def]
    """Limits of tau^2 at which the generalised Q equals two chi-square quantiles.

    `lower_target` is the upper quantile and gives the lower limit. Viechtbauer (2007), Stat Med
    26:37.
    """
    return _solve_q(y, v, lower_target), _solve_q(y, v, upper_target)
