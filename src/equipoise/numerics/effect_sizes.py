"""Effect sizes and their sampling variances from counts: two arms and one.

Every function takes float arrays (k,) and returns ``(yi, vi)``, each (k,), named and defined as in
metafor's ``escalc`` (Viechtbauer 2010, J Stat Softw 36(3)). Effects are arm 1 minus arm 2, ratios
on the log scale. A table that has no finite effect gives a value that is not finite: nothing is
raised and nothing warns. Zero cells are mended beforehand, by :func:`corrected`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Pair = tuple[Floats, Floats]

ZERO_CELLS = ("only0", "all", "if0all", "none")
"""Tables that get the correction: those with a zero, all, all if any has a zero, none."""

_quiet = np.errstate(divide="ignore", invalid="ignore", over="ignore")


def corrected(cells: Sequence[Floats], add: float, zero_cells: str) -> tuple[Floats, ...]:
    """Add `add` to every cell of the tables that `zero_cells` names; `cells` stay as they are.

    Each array holds one cell of every table, (k,). The adjusted cells serve for effect and variance
    alike, as in metafor.
    """
    if zero_cells == "none" or add == 0:
        return tuple(cells)
    if zero_cells == "all":
        return tuple(cell + add for cell in cells)
    zero = cells[0] == 0
    for cell in cells[1:]:
        zero |= cell == 0
    if not zero.any():
        return tuple(cells)
    if zero_cells == "if0all":
        return tuple(cell + add for cell in cells)
    extra = np.where(zero, add, 0.0)
    return tuple(cell + extra for cell in cells)


@_quiet
def risk_ratio(ai: Floats, bi: Floats, ci: Floats, di: Floats) -> Pair:
    """Log risk ratio; the variance is written without the cancellation of 1/a - 1/n."""
    n1, n2 = ai + bi, ci + di
    top, bottom = ai * n2, ci * n1
    return np.log(top / bottom), bi / (ai * n1) + di / (ci * n2)


@_quiet
def odds_ratio(ai: Floats, bi: Floats, ci: Floats, di: Floats) -> Pair:
    """Log odds ratio with Woolf's (1955) variance."""
    return np.log(ai * di / (bi * ci)), 1 / ai + 1 / bi + 1 / ci + 1 / di


@_quiet
def risk_difference(ai: Floats, bi: Floats, ci: Floats, di: Floats) -> Pair:
    """Risk difference."""
    n1, n2 = ai + bi, ci + di
    return ai / n1 - ci / n2, ai * bi / n1**3 + ci * di / n2**3


@_quiet
def peto(ai: Floats, bi: Floats, ci: Floats, di: Floats) -> Pair:
    """Peto's one-step log odds ratio, ``(O - E) / V`` with variance ``1 / V``.

    Yusuf, Peto, Lewis, Collins & Sleight (1985), Prog Cardiovasc Dis 27:335. Needs no correction;
    without an event, or with nothing else, V is 0 and the variance infinite.
    """
    n1, n2 = ai + bi, ci + di
    n = n1 + n2
    events = ai + ci
    v = events * (bi + di) * (n1 / n) * (n2 / n) / (n - 1)
    return (ai - events * n1 / n) / v, 1 / v


@_quiet
def arcsine_difference(ai: Floats, bi: Floats, ci: Floats, di: Floats) -> Pair:
    """Difference of ``asin(sqrt(p))``; Rücker et al. (2009), Stat Med 28:721."""
    n1, n2 = ai + bi, ci + di
    return _arcsine(ai / n1) - _arcsine(ci / n2), 1 / (4 * n1) + 1 / (4 * n2)


@_quiet
def rate_ratio(x1i: Floats, t1i: Floats, x2i: Floats, t2i: Floats) -> Pair:
    """Log ratio of two rates: events over person-time."""
    return np.log(x1i * t2i / (x2i * t1i)), 1 / x1i + 1 / x2i


@_quiet
def rate_difference(x1i: Floats, t1i: Floats, x2i: Floats, t2i: Floats) -> Pair:
    """Difference of two rates."""
    return x1i / t1i - x2i / t2i, x1i / t1i**2 + x2i / t2i**2


@_quiet
def root_rate_difference(x1i: Floats, t1i: Floats, x2i: Floats, t2i: Floats) -> Pair:
    """Difference of the square roots of two rates."""
    return np.sqrt(x1i / t1i) - np.sqrt(x2i / t2i), 1 / (4 * t1i) + 1 / (4 * t2i)


@_quiet
def proportion(xi: Floats, mi: Floats) -> Pair:
    """Share with the event, from those with (xi) and without (mi) it."""
    n = xi + mi
    return xi / n, xi * mi / n**3


@_quiet
def log_proportion(xi: Floats, mi: Floats) -> Pair:
    """Log of a proportion."""
    n = xi + mi
    return np.log(xi / n), mi / (xi * n)


@_quiet
def logit_proportion(xi: Floats, mi: Floats) -> Pair:
    """Log odds of a proportion."""
    return np.log(xi / mi), 1 / xi + 1 / mi


@_quiet
def arcsine_proportion(xi: Floats, mi: Floats) -> Pair:
    """``asin(sqrt(p))``, the angular transformation."""
    n = xi + mi
    return _arcsine(xi / n), 1 / (4 * n)


@_quiet
def double_arcsine(xi: Floats, mi: Floats) -> Pair:
    """Freeman & Tukey's (1950) double arcsine, halved, Ann Math Stat 21:607."""
    n = xi + mi
    yi = (_arcsine(xi / (n + 1)) + _arcsine((xi + 1) / (n + 1))) / 2
    return yi, 1 / (4 * n + 2)


@_quiet
def rate(xi: Floats, ti: Floats) -> Pair:
    """Events over person-time."""
    return xi / ti, xi / ti**2


@_quiet
def log_rate(xi: Floats, ti: Floats) -> Pair:
    """Log rate."""
    return np.log(xi / ti), 1 / xi


@_quiet
def root_rate(xi: Floats, ti: Floats) -> Pair:
    """Square root of a rate."""
    return np.sqrt(xi / ti), 1 / (4 * ti)


@_quiet
def double_root_rate(xi: Floats, ti: Floats) -> Pair:
    """Freeman & Tukey's (1950) transformation of a rate, halved."""
    return (np.sqrt(xi / ti) + np.sqrt((xi + 1) / ti)) / 2, 1 / (4 * ti)


def _arcsine(p: Floats) -> Floats:
    return np.arcsin(np.sqrt(p))
