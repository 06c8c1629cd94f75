"""How a pooled effect is read: which of benefit, little difference and harm it leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.vocabulary.record import record
from equipoise.wording import listing, percent

from .records import CERTAINTIES, Certainty, Effect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.evidence import EvidenceSoFar
    from equipoise.evidence.body import Absolute, Body
    from equipoise.vocabulary.evidence import Judgement

REGIONS: tuple[Effect, ...] = ("important benefit", "little or no difference", "harm")

INCONSISTENT = 50.0
"""I^2 in per cent at which results are called inconsistent."""

UNREPORTED = 0.10
"""Share of randomised patients without a reported outcome that lowers certainty."""


@record
class Rating:
    """Both axes, the regions the interval touches, and each reason that lowered certainty."""

    effect: Effect
    certainty: Certainty
    lowered: tuple[str, ...]
    regions: tuple[Effect, ...]


def rate(
    body: Body,
    evidence: EvidenceSoFar,
    judgements: Sequence[Judgement],
    optimal_size: int | None,
) -> Rating:
    """Read a body of evidence: randomised results begin at high certainty and are lowered."""
    caps = [*_halted(body, evidence), *_judged(body, judgements)]
    if not body.absolute or body.lead is None:
        return Rating(
            effect="compatible with more than one",
            certainty="very low",
            lowered=(
                "no effect can be estimated from the results known",
                *(reason for _, reason in caps),
            ),
            regions=(),
        )
    regions = touched(body)
    effect = regions[0] if len(regions) == 1 else "compatible with more than one"
    steps = [
        *_imprecision(body, regions, optimal_size),
        *_inconsistency(body),
        *_non_reporting(body),
    ]
    level = max(0, 3 - sum(step for step, _ in steps))
    reasons = [reason for _, reason in steps]
    reasons += [reason for _, reason in caps]
    level = min([level, *(cap for cap, _ in caps)])
    return Rating(
        effect=effect,
        certainty=CERTAINTIES[level],
        lowered=tuple(reasons),
        regions=tuple(regions),
    )


def stated(body: Body) -> Absolute | None:
    """The absolute effect that a sentence shows: at the middle one of the stated control risks."""
    return body.absolute[len(body.absolute) // 2] if body.absolute else None


def touched(body: Body) -> list[Effect]:
    """The regions that the absolute interval touches at any stated control risk."""
    difference = body.outcome.smallest_difference
    assert difference is not None
    margin = difference.risk_difference
    found = set()
    for absolute in body.absolute:
        assert isinstance(absolute.per_thousand.value, tuple)
        _, low, high = (value / 1000 for value in absolute.per_thousand.value)
        if body.outcome.better == "higher":
            low, high = -high, -low
        open_to = (low <= -margin, low < margin and high > -margin, high >= margin)
        found |= {region for region, here in zip(REGIONS, open_to, strict=True) if here}
    return [region for region in REGIONS if region in found]


def _imprecision(
    body: Body, regions: list[Effect], optimal_size: int | None
) -> list[tuple[int, str]]:
    if len(regions) > 1:
        return [(len(regions) - 1, f"the interval is compatible with {listing(list(regions))}")]
    reported = body.missing.reported.value
    assert isinstance(reported, int)
    if optimal_size is not None and reported < optimal_size:
        text = f"{reported:,} patients are fewer than the {optimal_size:,} of a trial to settle it"
        return [(1, text)]
    return []


def _inconsistency(body: Body) -> list[tuple[int, str]]:
    assert body.lead is not None
    i2 = body.lead.synthesis.i2
    return [(1, f"results are inconsistent (I² {i2:.0f}%)")] if i2 >= INCONSISTENT else []


def _non_reporting(body: Body) -> list[tuple[int, str]]:
    share = body.missing.share
    if share < UNREPORTED:
        return []
    return [(1, f"{percent(share, 0)} of the patients randomised have no reported count")]


def _halted(body: Body, evidence: EvidenceSoFar) -> list[tuple[int, str]]:
    """A trial halted for futility caps certainty while its counts are unpublished."""
    counted = {row.study for row in (*body.rows, *evidence.body.rows)}
    return [
        (1, f"a trial halted for futility ({event.trial or event.registration}) has no counts yet")
        for event in evidence.events
        if event.kind == "futility" and event.trial is not None and event.trial not in counted
    ]


def _judged(body: Body, judgements: Sequence[Judgement]) -> list[tuple[int, str]]:
    studies = {row.study for row in body.rows}
    judged = [row for row in judgements if row.about in studies and row.domain == "risk of bias"]
    missing = studies - {row.about for row in judged}
    if missing:
        return [(1, "risk of bias is not judged by a person for every trial, so capped at low")]
    if any(row.level in {"high", "critical"} for row in judged):
        return [(1, "a signed judgement finds a high risk of bias, so capped at low")]
    return []
