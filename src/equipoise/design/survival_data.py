"""From patients' times, events and arms to what an analysis of survival takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from equipoise.errors import InputError
from equipoise.numerics.logrank import log_rank
from equipoise.vocabulary.look_data import SurvivalAtLook

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from equipoise.numerics.logrank import Floats
    from equipoise.vocabulary.question import Direction


def survival_at_look(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, *, better: Direction = "lower"
) -> SurvivalAtLook:
    """Events, log-rank statistic and allocation ratio of the patients so far.

    Parameters
    ----------
    time : sequence of float
        From randomisation to event or censoring, a value a patient, in any one unit.
    event : sequence of bool
        True (or 1) where the event came, False (or 0) where the patient was censored.
    arm : sequence of int
        1 on treatment, 0 on control.
    better : {"lower", "higher"}
        "lower": events are bad. "higher": events like recovery.

    Returns
    -------
    SurvivalAtLook
        For :func:`equipoise.analyse`; `log_rank` is positive in favour of treatment.

    Notes
    -----
    The unweighted test with the hypergeometric variance; a patient censored when an event comes is
    at risk of it. The statistic is 0 where no event came with both arms at risk.

    References
    ----------
    Mantel (1966), Cancer Chemother Rep 50:163; Peto & Peto (1972), JRSS A 135:185.

    Examples
    --------
    >>> import equipoise as eq
    >>> eq.survival_at_look([2, 3, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], [0, 0, 0, 1, 1, 1]).events
    3.0
    """
    if better not in ("lower", "higher"):
        raise InputError.of(
            "better", better, "must be 'lower' or 'higher'", "Say which way is good"
        )
    times = _column("time", time, "Give months from randomisation, say")
    happened = _column("event", event, "Give 1 for an event, 0 for a censored patient")
    arms = _column("arm", arm, "Give 1 for treatment, 0 for control")
    for name, values in (("event", happened), ("arm", arms)):
        if values.size != times.size:
            raise InputError.of(
                name,
                f"{values.size} values",
                f"must have one a patient, as `time` has {times.size}",
                "Give both of the same patients",
            )
    _check("time", times, times >= 0, "cannot be below 0", "Count from randomisation")
    mend = "Give 1 for an event, 0 for a censored patient"
    _check("event", happened, (happened == 0) | (happened == 1), "must be 0 or 1", mend)
    mend = "Give 1 for treatment, 0 for control"
    _check("arm", arms, (arms == 0) | (arms == 1), "must be 0 or 1", mend)
    treated = float(arms.sum())
    control = arms.size - treated
    if not (treated and control):
        raise InputError.of("arm", f"{arms[0]:g} for all", "must have patients in both arms", mend)
    if not happened.any():
        raise InputError.of(
            "event", "0 for all", "must have an event", "Look once an event has come"
        )
    return SurvivalAtLook(
        events=float(happened.sum()),
        log_rank=log_rank(times, happened, arms).z(better),
        ratio=treated / control,
    )


def _column(name: str, values: Any, mend: str) -> Floats:
    """One finite number a patient."""
    try:
        made = np.asarray(values)
    except ValueError as error:
        raise InputError.of(name, values, "must be one number a patient", mend) from error
    if made.ndim != 1 or made.size == 0 or made.dtype.kind not in "biuf":
        raise InputError.of(name, values, "must be one number a patient", mend)
    column = made.astype(np.float64)
    _check(name, column, np.isfinite(column), "must be a finite number", mend)
    return column


def _check(name: str, values: Floats, good: Any, rule: str, mend: str) -> None:
    """Refuse the first value that is not good, and say whose it is."""
    if not np.all(good):
        first = int(np.argmin(good))
        raise InputError.of(f"{name}[{first}]", float(values[first]), rule, mend)
