"""Events and patients over calendar time in a trial with a survival endpoint.

Patients enter at calendar time ``u`` with intensity ``a(u)`` (patients per unit of time), which is
linear between `edges` (m + 1,): row i of `intensity` (m, 2) holds its values at the left and the
right end of piece i, so that a constant rate has two equal values and a ramp starts at 0. No one
enters before the first edge or after the last. From entry on, the hazard of the event is
``hazards[j]`` from ``starts[j]`` to ``starts[j + 1]`` (``starts[0] = 0``, the last piece has no
end), and patients drop out with the constant hazard `dropout`, independently of the event.

Several arms share the accrual and `starts`: `hazards` (arms, k), `dropout` (arms,), and `shares`
(arms,), the fraction of the patients who go to each. All times are in one unit, and hazards and
intensities are per that unit. Arguments are taken as they are: edges and starts that rise, and
nothing below zero.

The expected number of events by time T is the integral of ``a(u) F(T - u)`` over the entry times
before T, with F the probability that the event comes within a follow-up and before dropout. Lachin
& Foulkes (1986), Biometrics 42:507, for constant hazards and constant or growing accrual.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.numerics import survival_trial_kernels as kernels

Floats = NDArray[np.float64]


def _array(values: ArrayLike) -> Floats:
    """A copy, so that a read-only array does not have the kernels compiled again."""
    return np.array(values, dtype=np.float64, order="C", ndmin=1)


def constant_accrual(edges: ArrayLike, rates: ArrayLike) -> tuple[Floats, Floats]:
    """`edges` (m + 1,) and `intensity` (m, 2) of the constant `rates` (m,) between `edges`."""
    return _array(edges), np.repeat(_array(rates)[:, None], 2, axis=1)


def ramped_accrual(ramp: float, edges: ArrayLike, rates: ArrayLike) -> tuple[Floats, Floats]:
    """Accrual whose intensity rises from 0 at ``edges[0]`` to the first rate at `ramp`.

    `ramp` lies inside the first piece; from there on as :func:`constant_accrual`.
    """
    at, intensity = constant_accrual(edges, rates)
    rise = np.array([[0.0, intensity[0, 0]]])
    return np.insert(at, 1, ramp), np.concatenate([rise, intensity])


def enrolled(times: ArrayLike, edges: ArrayLike, intensity: ArrayLike) -> Floats:
    """Patients expected to have entered by calendar `times` (t,)."""
    at = _array(times)
    out = np.empty_like(at)
    kernels.patients_by(at, _array(edges), _array(intensity), out)
    return out


def accrual_until(end: float, edges: ArrayLike, intensity: ArrayLike) -> tuple[Floats, Floats]:
    """The accrual that stops at `end`; past the last edge it goes on at the last intensity.

    `end` lies after the first edge.
    """
    cut: tuple[Floats, Floats] = kernels.until(float(end), _array(edges), _array(intensity))
    return cut


def expected_events(
    times: ArrayLike,
    edges: ArrayLike,
    intensity: ArrayLike,
    starts: ArrayLike,
    hazards: ArrayLike,
    dropout: float = 0.0,
) -> Floats:
    """Events expected by finite calendar `times` (t,) in one arm with `hazards` (k,)."""
    at = _array(times)
    out = np.empty_like(at)
    kernels.events_by(
        at,
        _array(edges),
        _array(intensity),
        _array(starts),
        _array(hazards),
        float(dropout),
        out,
    )
    return out


def expected_events_by_arm(
    times: ArrayLike,
    edges: ArrayLike,
    intensity: ArrayLike,
    starts: ArrayLike,
    hazards: ArrayLike,
    dropout: ArrayLike,
    shares: ArrayLike,
) -> Floats:
    """Events expected by calendar `times` (t,) in each arm, (arms, t); `hazards` (arms, k)."""
    rates, lost, parts = _array(hazards), _array(dropout), _array(shares)
    each = [
        part * expected_events(times, edges, intensity, starts, arm, loss)
        for part, arm, loss in zip(parts, rates, lost, strict=True)
    ]
    return np.array(each)


def _solve(events: ArrayLike, follow_up: float, *pieces: ArrayLike) -> Floats:
    """Times of the `events`, or with a `follow_up` ends of accrual, (t,); see `kernels.solve`."""
    targets = _array(events)
    out = np.empty_like(targets)
    edges, intensity, starts, hazards, dropout, shares = map(_array, pieces)
    kernels.solve(
        targets, float(follow_up), edges, intensity, starts, hazards, dropout, shares, out
    )
    return out


def time_of_events(
    events: ArrayLike,
    edges: ArrayLike,
    intensity: ArrayLike,
    starts: ArrayLike,
    hazards: ArrayLike,
    dropout: ArrayLike,
    shares: ArrayLike,
) -> Floats:
    """Calendar times at which `events` (t,) are expected over all arms, (t,).

    NaN where so many events never come, however long the follow-up, and for no events.
    """
    return _solve(events, np.nan, edges, intensity, starts, hazards, dropout, shares)


def end_of_accrual(
    events: ArrayLike,
    follow_up: float,
    edges: ArrayLike,
    intensity: ArrayLike,
    starts: ArrayLike,
    hazards: ArrayLike,
    dropout: ArrayLike,
    shares: ArrayLike,
) -> Floats:
    """When accrual must stop for `events` (t,) to be expected `follow_up` later, (t,).

    The intensity stays as it is, and goes on at its last value past the last edge. NaN where no
    end gives so many events.
    """
    return _solve(events, follow_up, edges, intensity, starts, hazards, dropout, shares)
