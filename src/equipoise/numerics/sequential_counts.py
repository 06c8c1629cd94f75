"""Two binomial arms with several looks: rules as look tables, and their exact behaviour.

Counts are of *good* outcomes. At look k, with ``n_control[k]`` and ``n_treatment[k]`` patients
whose outcome is known, a trial stops for benefit iff ``good_treatment >= benefit[k, good_control]``
and otherwise for futility iff ``good_treatment <= futility[k, good_control]``. At the last look a
trial that does not reach benefit ends. A table is int64 (look, largest n_control + 1);
``n_treatment + 1`` never finds benefit and -1 never stops for futility.

Exact behaviour follows the chances of the pairs of counts among trials that still run from look to
look (Armitage, McPherson & Rowe 1969, JRSS A 132:235): between two looks each arm's count grows by
a binomial number, so that one arm after the other is convolved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from equipoise.numerics.cached import cached
from equipoise.numerics.two_by_two import fisher_table

if TYPE_CHECKING:
    from collections.abc import Callable

    Counts = NDArray[np.int64]
    Statistic = Callable[[Counts, int, Counts, int], NDArray[np.float64]]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_TERM = 1e-18
"""Share of the largest binomial term below which a term is left out."""


@cached(error_model="numpy")
def _binomial(n, probability, out):  # type: ignore[no-untyped-def]
    """Write P(X = x), x = 0 … n, to `out`; return the first and last x that carry weight.

    Ratios from the mode outwards, scaled to sum to one, are accurate to a few units in the last
    place; log factorials of n would cost digits as n grows. Terms below `_TERM` of the largest are
    left out.
    """
    out[: n + 1] = 0.0
    if n == 0 or probability <= 0.0 or probability >= 1.0:
        only = n if probability >= 1.0 else 0
        out[only] = 1.0
        return only, only
    mode = min(n, int((n + 1) * probability))
    odds = probability / (1.0 - probability)
    out[mode] = total = term = 1.0
    low = high = mode
    while high < n:
        term *= odds * (n - high) / (high + 1)
        if term < _TERM:
            break
        high += 1
        out[high] = term
        total += term
    term = 1.0
    while low > 0:
        term *= low / (odds * (n - low + 1))
        if term < _TERM:
            break
        low -= 1
        out[low] = term
        total += term
    out[low : high + 1] /= total
    return low, high


def _window(n: int, probability: float) -> tuple[int, int, Floats]:
    """First and last count that carry weight, and P(X = x) between them."""
    out = np.empty(n + 1)
    low, high = _binomial(n, probability, out)
    return low, high, out[low : high + 1]


def _growth(before: tuple[int, int], after: tuple[int, int], n: int, probability: float) -> Floats:
    """P(a count grows from `before` to `after` as `n` patients are added), (after, before)."""
    low, high, mass = _window(n, probability)
    grown = np.arange(after[0], after[1] + 1)[:, None] - np.arange(before[0], before[1] + 1)
    inside = (grown >= low) & (grown <= high)
    return np.where(inside, mass[np.clip(grown - low, 0, mass.size - 1)], 0.0)


def stopping_probabilities(
    n_control: Ints,
    n_treatment: Ints,
    benefit: Ints,
    futility: Ints,
    good_control: float,
    good_treatment: float,
    harm: Ints | None = None,
) -> Floats:
    """Exact chances of stopping at each look, by enumeration: (look, 2 or 3).

    Column 0 is stopping for benefit, column 1 for futility; at the last look column 1 is ending
    without benefit; the two sum to 1. With `harm`, column 2 is the part of column 1 whose count on
    treatment is at or below it. Errors are absolute, below 1e-12: counts that carry less than 1e-18
    of the chance of the likeliest are left out.

    Parameters
    ----------
    n_control, n_treatment : (look,)
        Patients of each arm whose outcome is known at the look; they do not fall.
    benefit, futility, harm : (look, at least the largest n_control + 1)
        Look tables. To ignore futility, give -1 throughout.
    good_control, good_treatment : float
        Each arm's chance of a good outcome.

    Notes
    -----
    The arms grow independently, so one look's table of chances becomes the next by one matrix
    product an arm.
    """
    looks = len(n_control)
    out = np.zeros((looks, 2 if harm is None else 3))
    chances = np.ones((1, 1))
    at = ((0, 0), (0, 0))
    before = (0, 0)
    for k in range(looks):
        now = (int(n_control[k]), int(n_treatment[k]))
        following = (_window(now[0], good_control)[:2], _window(now[1], good_treatment)[:2])
        grow = [
            _growth(at[arm], following[arm], now[arm] - before[arm], chance)
            for arm, chance in enumerate((good_control, good_treatment))
        ]
        chances = grow[0] @ chances @ grow[1].T
        at, before = following, now
        rows = slice(at[0][0], at[0][1] + 1)
        treated = np.arange(at[1][0], at[1][1] + 1)
        found = treated >= benefit[k, rows, None]
        out[k, 0] = chances[found].sum()
        chances[found] = 0.0
        if harm is not None:
            ends = treated <= harm[k, rows, None]
            if k < looks - 1:
                ends &= treated <= futility[k, rows, None]
            out[k, 2] = chances[ends].sum()
        ends = np.ones_like(found) if k == looks - 1 else treated <= futility[k, rows, None]
        out[k, 1] = chances[ends].sum()
        chances[ends] = 0.0
    return out


def fisher_look_tables(n_control: Ints, n_treatment: Ints, levels: Floats) -> Ints:
    """Critical counts for benefit of Fisher's one-sided exact test at each look's own level.

    A look at level 0 never stops. Entries past the look's ``n_control`` are ``n_treatment + 1``.
    """
    out = _never(n_control, n_treatment)
    for k, level in enumerate(levels):
        if level > 0:
            n = int(n_control[k])
            out[k, : n + 1] = fisher_table(n, int(n_treatment[k]), float(level))
    return out


def threshold_tables(n_control: Ints, n_treatment: Ints, z: Floats, statistic: Statistic) -> Ints:
    """Critical counts for benefit: the smallest ``good_treatment`` at which a statistic reaches z.

    Parameters
    ----------
    z : (look,)
        Critical value of each look; ``inf`` never stops.
    statistic : callable
        ``statistic(good_treatment, n_treatment, good_control, n_control)`` on arrays of counts,
        never falling as ``good_treatment`` rises, and defined at every pair of counts.

    Returns
    -------
    int64 (look, largest n_control + 1)
        ``n_treatment + 1`` where no count reaches z, and past the look's ``n_control``.
    """
    out = _never(n_control, n_treatment)
    for k, critical in enumerate(z):
        if critical == np.inf:
            continue
        n_0, n_1 = int(n_control[k]), int(n_treatment[k])
        control = np.arange(n_0 + 1)
        below, reached = np.full(n_0 + 1, -1), np.full(n_0 + 1, n_1 + 1)
        for _ in range((n_1 + 1).bit_length()):
            middle = np.clip((below + reached) // 2, 0, n_1)
            open_ = reached - below > 1
            high = np.asarray(statistic(middle, n_1, control, n_0)) >= critical
            reached = np.where(open_ & high, middle, reached)
            below = np.where(open_ & ~high, middle, below)
        out[k, : n_0 + 1] = reached
    return out


def futility_tables(n_control: Ints, n_treatment: Ints, z: Floats, statistic: Statistic) -> Ints:
    """Critical counts for futility: the largest ``good_treatment`` with a statistic below z.

    As :func:`threshold_tables`, one count lower. A z of ``-inf`` never stops, ``inf`` always; -1
    where no count lies below z, and past the look's ``n_control``.
    """
    out = threshold_tables(n_control, n_treatment, z, statistic) - 1
    for k, n in enumerate(n_control):
        out[k, int(n) + 1 :] = -1
    return out


def _never(n_control: Ints, n_treatment: Ints) -> Ints:
    """The table that never finds benefit."""
    width = int(np.max(n_control)) + 1
    return np.repeat(np.asarray(n_treatment, np.int64)[:, np.newaxis] + 1, width, axis=1)
