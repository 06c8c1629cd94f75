"""Kernels of the Mantel-Haenszel and Peto estimators: tables to an estimate and its error."""

from __future__ import annotations

import math

from numba import njit

from equipoise.numerics.cached import cached

RR, OR, RD, IRR, IRD, PETO = range(6)
"""Measures by code."""


@njit(forceinline=True)
def _log_ratio(r, s, variance):  # type: ignore[no-untyped-def]
    if r > 0.0 and s > 0.0:
        return math.log(r / s), math.sqrt(variance)
    return math.nan, math.nan


@njit(forceinline=True)
def _risk_ratio(cells):  # type: ignore[no-untyped-def]
    """Greenland & Robins (1985), Biometrics 41:55, eq. 13."""
    r = s = p = 0.0
    for i in range(cells.shape[0]):
        a, b, c, d = cells[i]
        n1, n2 = a + b, c + d
        n = n1 + n2
        if n > 0:
            r += a * n2 / n
            s += c * n1 / n
            p += (n1 / n) * (n2 / n) * (a + c) - a * c / n
    return _log_ratio(r, s, p / (r * s))


@njit(forceinline=True)
def _odds_ratio(cells):  # type: ignore[no-untyped-def]
    """Robins, Breslow & Greenland (1986), Biometrics 42:311."""
    r = s = pr = cross = qs = 0.0
    for i in range(cells.shape[0]):
        a, b, c, d = cells[i]
        n = a + b + c + d
        if n > 0:
            p, q, ri, si = (a + d) / n, (b + c) / n, a * d / n, b * c / n
            r += ri
            s += si
            pr += p * ri
            cross += p * si + q * ri
            qs += q * si
    return _log_ratio(r, s, (pr / r**2 + cross / (r * s) + qs / s**2) / 2.0)


@njit(forceinline=True)
def _risk_difference(cells):  # type: ignore[no-untyped-def]
    """Sato, Greenland & Robins (1989), Biometrics 45:1323."""
    top = weight = p = q = 0.0
    for i in range(cells.shape[0]):
        a, b, c, d = cells[i]
        n1, n2 = a + b, c + d
        n = n1 + n2
        if n > 0:
            f1, f2 = n1 / n, n2 / n
            top += a * f2 - c * f1
            weight += n1 * f2
            p += c * f1 * f1 - a * f2 * f2 + f1 * f2 * (n2 - n1) / 2.0
            q += (a * d + c * b) / n / 2.0
    estimate = top / weight
    return estimate, math.sqrt(estimate * p + q) / weight


@njit(forceinline=True)
def _rate_ratio(cells):  # type: ignore[no-untyped-def]
    """Greenland & Robins (1985), Biometrics 41:55; Rothman, Greenland & Lash (2008), ch. 15."""
    r = s = p = 0.0
    for i in range(cells.shape[0]):
        x1, t1, x2, t2 = cells[i]
        t = t1 + t2
        if t > 0:
            r += x1 * t2 / t
            s += x2 * t1 / t
            p += (t1 / t) * (t2 / t) * (x1 + x2)
    return _log_ratio(r, s, p / (r * s))


@njit(forceinline=True)
def _rate_difference(cells):  # type: ignore[no-untyped-def]
    """Greenland & Robins (1985), Biometrics 41:55; Rothman, Greenland & Lash (2008), ch. 15."""
    top = weight = p = 0.0
    for i in range(cells.shape[0]):
        x1, t1, x2, t2 = cells[i]
        t = t1 + t2
        if t > 0:
            top += (x1 * t2 - x2 * t1) / t
            weight += t1 * t2 / t
            p += (t2 / t) ** 2 * x1 + (t1 / t) ** 2 * x2
    return top / weight, math.sqrt(p) / weight


@njit(forceinline=True)
def _peto(cells):  # type: ignore[no-untyped-def]
    """Yusuf et al. (1985), Prog Cardiovasc Dis 27:335: sum of O - E over sum of V."""
    top = weight = 0.0
    for i in range(cells.shape[0]):
        a, b, c, d = cells[i]
        n = a + b + c + d
        if n > 1:
            top += a - (a + b) * ((a + c) / n)
            weight += ((a + b) / n) * ((c + d) / n) * (a + c) * ((b + d) / (n - 1))
    return top / weight, math.sqrt(1.0 / weight)


@njit(forceinline=True)
def _pool(cells, measure):  # type: ignore[no-untyped-def]
    if measure == RR:
        return _risk_ratio(cells)
    if measure == OR:
        return _odds_ratio(cells)
    if measure == RD:
        return _risk_difference(cells)
    if measure == IRR:
        return _rate_ratio(cells)
    if measure == IRD:
        return _rate_difference(cells)
    return _peto(cells)


@cached(nogil=True, error_model="numpy")
def pool_many(cells, measure, estimate, se):  # type: ignore[no-untyped-def]
    """Pool each of cells (m, k, 4) into estimate (m,) and se (m,); nan where undefined."""
    for i in range(cells.shape[0]):
        estimate[i], se[i] = _pool(cells[i], measure)
