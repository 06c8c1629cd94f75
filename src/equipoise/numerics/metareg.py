"""Meta-regression: ``y_i ~ N(x_i' b + u_i, v_i)``, ``u_i ~ N(0, tau^2)``.

Every quantity comes from an orthonormal basis of the weighted design, so that no normal equations
are formed. The likelihood estimators search the half-line for the global optimum and then solve the
score equation by Newton steps kept inside a bracket, as in :mod:`.pooling`.

Viechtbauer (2005), J Educ Behav Stat 30:261; Viechtbauer et al. (2015), Psychol Methods 20:360.
"""

from __future__ import annotations

import math

import numpy as np

from equipoise.numerics.cached import cached

from .pooling import DL, EE, HE, HS, ML, REML, SJ

TAU2, Q, TYPICAL, HK_FACTOR = range(4)
"""What :func:`fit_moderated` says besides the coefficients: tau^2, the residual Q, the typical
within-study variance, and the weighted squares over their degrees of freedom."""

_GRID = 32
_TOLERANCE = 1e-14


@cached(nogil=True, error_model="numpy")
def orthonormal(x):  # type: ignore[no-untyped-def]
    """Q (k, p) and R (p, p) of a design (k, p) of full rank: Gram-Schmidt, each step done twice."""
    k, p = x.shape
    q = x.copy()
    r = np.zeros((p, p))
    for j in range(p):
        for _ in range(2):
            for i in range(j):
                dot = 0.0
                for row in range(k):
                    dot += q[row, i] * q[row, j]
                r[i, j] += dot
                for row in range(k):
                    q[row, j] -= dot * q[row, i]
        norm = 0.0
        for row in range(k):
            norm += q[row, j] ** 2
        r[j, j] = math.sqrt(norm)
        for row in range(k):
            q[row, j] /= r[j, j]
    return q, r


@cached(nogil=True, error_model="numpy")
def _project(x, y, w):  # type: ignore[no-untyped-def]
    """Basis of the weighted design, and the weighted residuals (k,) off it."""
    k, p = x.shape
    scaled = np.empty((k, p))
    rest = np.empty(k)
    for i in range(k):
        root = math.sqrt(w[i])
        rest[i] = root * y[i]
        for j in range(p):
            scaled[i, j] = root * x[i, j]
    q, r = orthonormal(scaled)
    effects = np.zeros(p)
    for _ in range(2):
        for j in range(p):
            dot = 0.0
            for i in range(k):
                dot += q[i, j] * rest[i]
            effects[j] += dot
            for i in range(k):
                rest[i] -= dot * q[i, j]
    return q, r, effects, rest


@cached(nogil=True, error_model="numpy")
def _squares(x, y, w):  # type: ignore[no-untyped-def]
    """``y'Py``, ``y'PPy`` and the trace of P, with ``P = W - WX(X'WX)^-1 X'W``."""
    q, _, _, rest = _project(x, y, w)
    plain = 0.0
    double = 0.0
    trace = 0.0
    for i in range(y.size):
        plain += rest[i] ** 2
        double += w[i] * rest[i] ** 2
        hat = 0.0
        for j in range(x.shape[1]):
            hat += q[i, j] ** 2
        trace += w[i] * (1.0 - hat)
    return plain, double, trace


@cached(nogil=True, error_model="numpy")
def _likelihood(x, y, v, tau2, restricted):  # type: ignore[no-untyped-def]
    """Log likelihood without constants; twice its score in tau^2; the score's information."""
    k, p = x.shape
    w = 1.0 / (v + tau2)
    q, r, _, rest = _project(x, y, w)
    plain = 0.0
    double = 0.0
    trace = 0.0
    information = 0.0
    log = 0.0
    for i in range(k):
        plain += rest[i] ** 2
        double += w[i] * rest[i] ** 2
        log += 0.5 * math.log(w[i])
        hat = 0.0
        if restricted:
            for j in range(p):
                hat += q[i, j] ** 2
        trace += w[i] * (1.0 - hat)
        information += w[i] * w[i] * (1.0 - 2.0 * hat)
    if restricted:
        for a in range(p):
            log -= math.log(r[a, a])
            for b in range(p):
                cross = 0.0
                for i in range(k):
                    cross += w[i] * q[i, a] * q[i, b]
                information += cross * cross
    return log - 0.5 * plain, double - trace, information


@cached(nogil=True, error_model="numpy")
def _solve_score(x, y, v, low, high, restricted):  # type: ignore[no-untyped-def]
    """The root of the score in [low, high], where it falls from positive to negative."""
    t = 0.5 * (low + high)
    for _ in range(200):
        _, score, information = _likelihood(x, y, v, t, restricted)
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


@cached(nogil=True, error_model="numpy")
def _likelihood_tau2(x, y, v, restricted):  # type: ignore[no-untyped-def]
    """Global maximum of the (restricted) likelihood over tau^2 >= 0."""
    spread = (y.max() - y.min()) ** 2
    if spread == 0.0:
        return 0.0
    top = spread + v.min()
    while _likelihood(x, y, v, top, restricted)[1] > 0.0:
        top *= 4.0
    best = 0.0
    best_log, left_score, _ = _likelihood(x, y, v, 0.0, restricted)
    bottom = 1e-3 * min(v.min(), top)
    left = 0.0
    for step in range(_GRID):
        right = bottom * (top / bottom) ** (step / (_GRID - 1))
        if step == _GRID - 1:
            right = top
        right_score = _likelihood(x, y, v, right, restricted)[1]
        if left_score > 0.0 >= right_score:
            root = _solve_score(x, y, v, left, right, restricted)
            value = _likelihood(x, y, v, root, restricted)[0]
            if value > best_log:
                best, best_log = root, value
        left, left_score = right, right_score
    return best


@cached(nogil=True, error_model="numpy")
def _solve_q(x, y, v, target):  # type: ignore[no-untyped-def]
    """The tau^2 >= 0 at which the generalised Q equals `target`; Newton rises to it from 0."""
    t = 0.0
    for _ in range(500):
        plain, double, _ = _squares(x, y, 1.0 / (v + t))
        if plain <= target:
            return t
        step = (plain - target) / double
        t += step
        if step <= _TOLERANCE * t:
            return t
    return t


@cached(nogil=True, error_model="numpy")
def moderated_tau2(x, y, v, method):  # type: ignore[no-untyped-def]
    """Estimate the residual tau^2 by one of `pooling.METHODS`, truncated at 0.

    x (k, p) of full rank with k > p; y and variances v (k,).
    """
    k, p = x.shape
    if method == EE:
        return 0.0
    if method in (ML, REML):
        return _likelihood_tau2(x, y, v, method == REML)
    if method in (DL, HS):
        q, _, trace = _squares(x, y, 1.0 / v)
        return max(0.0, (q - (k - p)) / trace if method == DL else (q - k) / (1.0 / v).sum())
    if method == HE:
        basis, _, _, rest = _project(x, y, np.ones(k))
        total = 0.0
        for i in range(k):
            total += rest[i] ** 2 - v[i] * (1.0 - (basis[i] ** 2).sum())
        return max(0.0, total / (k - p))
    if method == SJ:
        start = ((y - y.mean()) ** 2).sum() / k
        return start * _squares(x, y, 1.0 / (v + start))[0] / (k - p) if start > 0.0 else 0.0
    return _solve_q(x, y, v, float(k - p))


@cached(nogil=True, error_model="numpy")
def weighted_least_squares(x, y, w):  # type: ignore[no-untyped-def]
    """Coefficients (p,), ``(X'WX)^-1`` (p, p), and the weighted squares left over."""
    p = x.shape[1]
    _, r, effects, rest = _project(x, y, w)
    inverse = np.zeros((p, p))
    for column in range(p):
        for i in range(column, -1, -1):
            total = 1.0 if i == column else 0.0
            for j in range(i + 1, p):
                total -= r[i, j] * inverse[j, column]
            inverse[i, column] = total / r[i, i]
    coefficients = np.zeros(p)
    covariance = np.zeros((p, p))
    for i in range(p):
        for j in range(p):
            coefficients[i] += inverse[i, j] * effects[j]
            for m in range(p):
                covariance[i, j] += inverse[i, m] * inverse[j, m]
    return coefficients, covariance, (rest**2).sum()


@cached(nogil=True, error_model="numpy")
def fit_moderated(x, y, v, method):  # type: ignore[no-untyped-def]
    """Coefficients (p,), their model-based covariance (p, p), and `TAU2` to `HK_FACTOR` (4,)."""
    k, p = x.shape
    tau2 = moderated_tau2(x, y, v, method)
    coefficients, covariance, squares = weighted_least_squares(x, y, 1.0 / (v + tau2))
    q, _, trace = _squares(x, y, 1.0 / v)
    about = np.array([tau2, q, (k - p) / trace, squares / (k - p)])
    return coefficients, covariance, about
