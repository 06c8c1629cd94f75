"""Enrolment and allocation as arrays."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from equipoise.errors import InputError
from equipoise.numerics.survival_trials import enrolled
from equipoise.numerics.trials.course import BLOCKS, FIXED, SIMPLE, Course
from equipoise.parts.accrual import DAYS_PER_MONTH, timeline
from equipoise.vocabulary.endpoint import TimeToEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from equipoise.vocabulary.scenario import Scenario
    from equipoise.vocabulary.trial import Design

    Floats = NDArray[np.float64]
    Pieces = tuple[Floats, Floats]

_KINDS = {"fixed": FIXED, "permuted-blocks": BLOCKS, "simple": SIMPLE}


def course_of(design: Design, scenarios: Sequence[Scenario]) -> tuple[Course, bool]:
    """Who may come when, and whether there is a calendar at all."""
    patients = most_patients(design)
    enrolment = [_pieces(design, row) for row in scenarios]
    calendar = enrolment[0] is not None
    if not all((pieces is not None) == calendar for pieces in enrolment):
        raise InputError.of(
            "accrual", None, "is stated by some scenarios only", "Give the design an Accrual"
        )
    for row in scenarios:
        if not calendar and row.dropout_per_month:
            raise InputError.of(
                "dropout_per_month",
                row.dropout_per_month,
                "needs an accrual: without a calendar nobody has time to be lost",
                "Give the design an Accrual",
            )
    open_ended = [_open(design, row) for row in scenarios]
    rows = [
        _row(pieces, is_open, patients, _poisson(design, row))
        for pieces, is_open, row in zip(enrolment, open_ended, scenarios, strict=True)
    ]
    allocation = design.allocation
    share, ratio = _share(design)
    stratified = allocation is not None and allocation.stratified
    same = np.array([i > 0 and _same(scenarios[i - 1], row) for i, row in enumerate(scenarios)])
    widest = max(len(row[1]) for row in rows)
    return Course(
        patients=patients,
        entry=np.array([row[0] for row in rows]),
        poisson=np.array([_poisson(design, row) for row in scenarios]),
        edges=_padded([row[1] for row in rows], widest),
        enrolled=_padded([row[2] for row in rows], widest),
        rate=_padded([row[3] for row in rows], widest),
        slope=_padded([row[4] for row in rows], widest),
        pieces=np.array([len(row[1]) for row in rows], np.int64),
        allocation=FIXED if allocation is None else _KINDS[allocation.kind],
        share=share,
        ratio=np.array(ratio, np.int64),
        sizes=np.array(
            (sum(ratio),) if allocation is None or not allocation.sizes else allocation.sizes,
            np.int64,
        ),
        stratified=stratified,
        delay=float(design.endpoint.delay_days) if calendar else 0.0,
        same=same,
        constant=bool(same[1:].all())
        and (allocation is None or allocation.kind == "fixed")
        and not any(_poisson(design, row) for row in scenarios)
        and not any(row.strata for row in scenarios),
    ), calendar


def most_patients(design: Design) -> int:
    """The most that are enrolled."""
    if not design.patients:
        raise InputError.of(
            "accrual",
            None,
            "is needed to know who is followed for how long",
            "Size the design with an eq.Accrual",
        )
    return math.ceil(sum(design.patients) - 1e-9)


def _share(design: Design) -> tuple[float, tuple[int, int]]:
    """Of treatment, and the ratio of a block."""
    if len(design.arms) == 1 or design.endpoint.single_arm:
        return 1.0, (0, 1)
    if design.allocation is not None:
        ratio = design.allocation.ratio
        if len(ratio) != len(design.arms):
            raise InputError.of(
                "ratio",
                ratio,
                f"must be of the arms, {', '.join(design.arms)}",
                "Give a number for each",
            )
        if abs(design.allocation.treatment_per_control - design.ratio) > 1e-9:
            raise InputError.of(
                "ratio", ratio, f"is not the design's {design.ratio:g}", "Size it with that ratio"
            )
        return ratio[1] / sum(ratio), (ratio[0], ratio[1])
    control, treatment = design.patients
    return treatment / (control + treatment), (1, 1)


def _same(before: Scenario, row: Scenario) -> bool:
    return before.accrual == row.accrual and [s.prevalence for s in before.strata] == [
        s.prevalence for s in row.strata
    ]


def _poisson(design: Design, row: Scenario) -> bool:
    accrual = row.accrual or design.accrual
    return accrual is not None and accrual.poisson


def _open(design: Design, row: Scenario) -> bool:
    accrual = row.accrual or design.accrual
    sized = row.accrual is None and design.enrolment is not None
    return accrual is not None and accrual.months is None and not sized


def _pieces(design: Design, row: Scenario) -> Pieces | None:
    """Edges in months and intensity a month; None without a calendar."""
    if row.accrual is not None:
        return timeline(row.accrual)
    if design.enrolment is not None:
        return design.enrolment
    if design.accrual is not None:
        return timeline(design.accrual)
    if isinstance(design.endpoint, TimeToEvent):
        raise InputError.of(
            "accrual",
            None,
            "is needed to know who is followed for how long",
            "Size the design with an eq.Accrual",
        )
    return None


Row = tuple["Floats", "Floats", "Floats", "Floats", "Floats"]


def _row(pieces: Pieces | None, is_open: bool, patients: int, poisson: bool) -> Row:
    """Days of even entries, and the pieces by day: edges, patients before, rate, slope."""
    if pieces is None:
        return (
            np.arange(1.0, patients + 1),
            np.zeros(1),
            np.zeros(1),
            np.zeros(1),
            np.zeros(1),
        )
    months, intensity = (np.asarray(part, np.float64) for part in pieces)
    before = enrolled(months, months, intensity)
    days = months * DAYS_PER_MONTH
    rate = intensity[:, 0] / DAYS_PER_MONTH
    slope = (intensity[:, 1] - intensity[:, 0]) / DAYS_PER_MONTH / np.diff(days)
    if is_open:
        days, before = days[:-1], before[:-1]
    else:
        rate, slope = np.append(rate, 0.0), np.append(slope, 0.0)
        if not poisson and before[-1] < patients - 1e-6:
            raise InputError.of(
                "accrual",
                f"{before[-1]:.6g} patients by month {months[-1]:g}",
                f"never reaches the {patients} patients of the design",
                "Enrol for longer or faster, or plan for fewer patients",
            )
    return _even(patients, days, before, rate, slope), days, before, rate, slope


def _even(patients: int, days: Floats, before: Floats, rate: Floats, slope: Floats) -> Floats:
    """The day on which the expected number enrolled reaches each whole number."""
    wanted = np.arange(1.0, patients + 1)
    piece = np.clip(np.searchsorted(before, wanted, side="left") - 1, 0, len(days) - 1)
    last_rated = max((i for i in range(len(rate)) if rate[i] > 0 or slope[i] != 0), default=0)
    piece = np.minimum(piece, last_rated)
    more = wanted - before[piece]
    root = np.sqrt(np.maximum(rate[piece] ** 2 + 2 * slope[piece] * more, 0.0))
    with np.errstate(divide="ignore"):
        entry: Floats = np.asarray(days[piece] + 2 * more / (rate[piece] + root))
    return entry


def _padded(rows: list[Floats], width: int) -> Floats:
    out = np.zeros((len(rows), width))
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return out


def fixed_counts(design: Design) -> bool:
    """Whether each look has whole, known numbers of patients in each arm."""
    if any(n != int(n) for look in design.looks for n in look.patients):
        return False
    allocation = design.allocation
    if len(design.arms) == 1:
        return True
    if allocation is None or allocation.kind == "fixed":
        share = _share(design)[0]
        totals = [(sum(look.patients), look.patients[1]) for look in design.looks]
        return all(math.floor(total * share + 1e-9) == treated for total, treated in totals)
    if allocation.kind == "simple" or allocation.stratified:
        return False
    sizes = set(allocation.sizes or (sum(allocation.ratio),))
    block = sizes.pop()
    return not sizes and all(sum(look.patients) % block == 0 for look in design.looks)
