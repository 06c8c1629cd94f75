"""What a trial has seen by a look: cumulative summaries, control first."""

from __future__ import annotations

from typing import Any

from equipoise.errors import InputError
from equipoise.inputs import number
from equipoise.vocabulary.record import record

Pair = tuple[float | None, float]


def _pair(name: str, value: Any, like: Pair | None = None) -> Pair:
    """Two arms, control first; or None and the single arm, in all fields alike."""
    try:
        control, treatment = value
    except (TypeError, ValueError) as error:
        raise InputError.of(
            name, value, "is a pair, control first", "Give (None, value) for a single arm"
        ) from error
    mend = "Give control's and treatment's; (None, value) for a single arm"
    made = (None if control is None else number(name, control, mend), number(name, treatment, mend))
    if like is not None and (control is None) != (like[0] is None):
        raise InputError.of(
            name, value, f"must have the arms of `patients`, {like!r}", "Give both arms, or one"
        )
    return made


def _check_counts(name: str, pair: Pair, least: int) -> None:
    for value in pair:
        if value is not None and (value < least or value != int(value)):
            raise InputError.of(
                name, pair, f"counts whole patients, {least} or more an arm", "Count them so far"
            )


def _check_positive(name: str, value: float, mend: str) -> None:
    if number(name, value, mend) <= 0:
        raise InputError.of(name, value, "must be above 0", mend)


def present(pair: Pair) -> list[float]:
    """Of the arms that there are, control first."""
    return [value for value in pair if value is not None]


@record
class RatesAtLook:
    """Events so far among the patients whose outcome is known.

    Attributes
    ----------
    events, patients : (float or None, float)
        Control and treatment, cumulative; control is None in a single-arm trial.
    """

    events: Pair
    patients: Pair

    def __post_init__(self) -> None:
        object.__setattr__(self, "patients", _pair("patients", self.patients))
        object.__setattr__(self, "events", _pair("events", self.events, self.patients))
        _check_counts("patients", self.patients, 1)
        _check_counts("events", self.events, 0)
        for events, patients in zip(present(self.events), present(self.patients), strict=True):
            if events > patients:
                raise InputError.of(
                    "events",
                    self.events,
                    f"cannot outnumber the patients, {self.patients!r}",
                    "Count patients with an event, control first",
                )

    @property
    def amount(self) -> float:
        """Information so far in the unit that a plan counts: patients in all."""
        return sum(present(self.patients))


@record
class MeansAtLook:
    """Means so far.

    Attributes
    ----------
    patients, means : (float or None, float)
        Control and treatment, cumulative; control is None in a single-arm trial.
    sds : (float or None, float), optional
        Standard deviations observed in each arm; not needed where the design knows them.
    """

    patients: Pair
    means: Pair
    sds: Pair | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "patients", _pair("patients", self.patients))
        object.__setattr__(self, "means", _pair("means", self.means, self.patients))
        _check_counts("patients", self.patients, 1 if self.sds is None else 2)
        if self.sds is not None:
            object.__setattr__(self, "sds", _pair("sds", self.sds, self.patients))
            if min(present(self.sds)) <= 0:
                raise InputError.of("sds", self.sds, "must be above 0", "Give the observed ones")

    @property
    def amount(self) -> float:
        """Information so far in the unit that a plan counts: patients in all."""
        return sum(present(self.patients))


@record
class SurvivalAtLook:
    """Events so far in both arms, and the log-rank statistic.

    Attributes
    ----------
    events : float
    log_rank : float
        Standardised log-rank statistic of equal hazards, positive in favour of treatment. A margin
        is taken account of by the analysis.
    ratio : float, optional
        Patients on treatment for one on control; the design's (of a bare plan: 1) unless given.
    """

    events: float
    log_rank: float
    ratio: float | None = None

    def __post_init__(self) -> None:
        _check_positive("events", self.events, "Count both arms")
        number("log_rank", self.log_rank, "Give the standardised statistic")
        if self.ratio is not None:
            _check_positive("ratio", self.ratio, "Give 2 for 2:1, say")

    @property
    def amount(self) -> float:
        """Information so far in the unit that a plan counts: events."""
        return self.events


@record
class EstimateAtLook:
    """Any estimate that is normal with independent increments, from the data so far.

    Attributes
    ----------
    estimate, standard_error : float
        Of a ratio: its natural logarithm, and that one's standard error.
    information : float, optional
        ``1 / standard_error**2`` unless given.
    """

    estimate: float
    standard_error: float
    information: float | None = None

    def __post_init__(self) -> None:
        number("estimate", self.estimate, "Give it, of a ratio its logarithm")
        _check_positive("standard_error", self.standard_error, "Give the estimate's")
        if self.information is not None:
            _check_positive("information", self.information, "Leave it out for 1 / se**2")

    @property
    def amount(self) -> float:
        """Information so far."""
        return self.information or 1 / self.standard_error**2


LookData = RatesAtLook | MeansAtLook | SurvivalAtLook | EstimateAtLook
