"""Where a dossier's question stands as of a date."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from typing import TYPE_CHECKING

from equipoise.claims.appraise import appraise
from equipoise.errors import InputError
from equipoise.evidence import evidence_so_far
from equipoise.evidence.bayes_view import bayesian_view
from equipoise.evidence.versions import standing
from equipoise.registry import landscape
from equipoise.vocabulary.dossier import known, maybe_known

from .fold import fold
from .pooled import rate
from .read_by_machine import about_unconfirmed, settled
from .records import SubgroupVerdict, Verdict
from .sentences import hindsight, reasons, summary
from .trial import propose_trial

if TYPE_CHECKING:
    from collections.abc import Callable

    from equipoise.evidence import EvidenceSoFar
    from equipoise.evidence.body import Body
    from equipoise.vocabulary.appraisal import Appraisal
    from equipoise.vocabulary.dossier import Dossier
    from equipoise.vocabulary.evidence import Cohort, StudyResult
    from equipoise.vocabulary.figure import Figure

    from .records import Certainty, Effect


def verdict(
    dossier: Dossier,
    as_of: date | str,
    *,
    replicates: int | None = None,
    unconfirmed: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Verdict:
    """Say where the question stands, from the facts that were public on `as_of`.

    Parameters
    ----------
    dossier : Dossier
    as_of : date or str
        A day, ``YYYY-MM-DD`` when text. Facts first public later are left out; those whose date is
        too coarse to tell are left out and listed, and the verdict with them is given beside.
    replicates : int, optional
        Simulated trials a scenario; the dossier's own number where left out.
    unconfirmed : bool
        Take in what a machine read of a text and no person has confirmed; otherwise it is left
        out. The verdict says so either way.
    progress : callable, optional
        Called with (replicates done, replicates in all) while the trial is simulated.

    Raises
    ------
    InputError
        `as_of` is no day, no claim was public on it, or none that was is confirmed.
    """
    day = _day(as_of)
    given, note = dossier, about_unconfirmed(dossier, day, taken_in=unconfirmed)
    dossier = settled(dossier, taken_in=unconfirmed)
    appraisals, evidence = _look(dossier, day, maybe=False)
    if not appraisals:
        raise _none_confirmed(dossier) if known(given.claims, day) else _too_early(given, day)
    cohorts = known(dossier.cohorts, day)
    trial = None
    if dossier.plan is not None:
        trial = propose_trial(
            dossier.plan, dossier.question, cohorts, appraisals, replicates, progress
        )
    size = int(trial.fixed.n_total) if trial else None
    rules, rating = fold(appraisals, evidence, dossier.judgements, size)
    subgroups = tuple(
        _subgroup(body, evidence, dossier, size) for body in evidence.subgroups if body.rows
    )
    said = next((claim.trial_count for claim in dossier.claims if claim.trial_count), None)
    maybe = _maybe(dossier, day)
    with_maybe, maybe_fit = _with_maybe(dossier, day, size) if maybe else (None, None)
    return Verdict(
        dossier=dossier,
        as_of=day,
        effect=rating.effect,
        certainty=rating.certainty,
        lowered=rating.lowered,
        subgroups=subgroups,
        rules=rules,
        reasons=reasons(appraisals, evidence, rating),
        summary=summary(dossier, rating, appraisals, evidence, trial, subgroups),
        findings=tuple(finding for appraisal in appraisals for finding in appraisal.findings),
        appraisals=appraisals,
        evidence=evidence,
        landscape=landscape(dossier.registrations, day, said) if dossier.registrations else None,
        trial=trial,
        maybe=maybe,
        with_maybe=with_maybe,
        maybe_fit=maybe_fit,
        hindsight=(*note, *hindsight(dossier, day)),
        bayes=bayesian_view(
            evidence.body,
            standing(known(dossier.studies, day), dossier.studies),
            dossier.analogies,
            day,
        ),
    )


def _none_confirmed(dossier: Dossier) -> InputError:
    return InputError.of(
        "claims",
        "read by machine",
        "no claim of this date has its patients, date, treatment and first outcome confirmed",
        f"Run equipoise confirm {dossier.path}, or ask with --unconfirmed (unconfirmed=True)",
    )


def _too_early(dossier: Dossier, day: date) -> InputError:
    earliest = min(claim.first_public.last_day for claim in dossier.claims)
    return InputError.of(
        "as_of",
        day.isoformat(),
        f"no claim was public yet; the first was by {earliest}",
        "Give a later date",
    )


def _subgroup(
    body: Body, evidence: EvidenceSoFar, dossier: Dossier, size: int | None
) -> SubgroupVerdict:
    rating = rate(body, evidence, dossier.judgements, size)
    return SubgroupVerdict(
        name=body.name,
        effect=rating.effect,
        certainty=rating.certainty,
        lowered=rating.lowered,
        regions=rating.regions,
        body=body,
    )


def _day(as_of: date | str) -> date:
    if isinstance(as_of, datetime):
        return as_of.date()
    if isinstance(as_of, date):
        return as_of
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        raise InputError.of(
            "as_of", as_of, "must be a day in the calendar", "Write YYYY-MM-DD"
        ) from None


def _look(
    dossier: Dossier, day: date, *, maybe: bool
) -> tuple[tuple[Appraisal, ...], EvidenceSoFar]:
    claims = known(dossier.claims, day, maybe=maybe)
    cohorts = known(dossier.cohorts, day, maybe=maybe)
    appraisals = tuple(appraise(claim, dossier.question, cohorts) for claim in claims)
    evidence = evidence_so_far(
        known(dossier.studies, day, maybe=maybe),
        cohorts,
        known(dossier.events, day, maybe=maybe),
        dossier.question,
        day,
        dossier.studies,
    )
    return appraisals, evidence


def _maybe(dossier: Dossier, day: date) -> tuple[str, ...]:
    facts = [
        *(f"claim {row.label} ({row.first_public})" for row in maybe_known(dossier.claims, day)),
        *(_outcome_known(row) for row in maybe_known(dossier.studies, day)),
        *(_outcome_known(row) for row in maybe_known(dossier.cohorts, day)),
        *(f"{row.kind} ({row.first_public})" for row in maybe_known(dossier.events, day)),
    ]
    return tuple(dict.fromkeys(facts))


def _outcome_known(row: StudyResult | Cohort) -> str:
    return f"{row.label}: {row.outcome.replace('_', ' ')} ({row.first_public})"


def _with_maybe(
    dossier: Dossier, day: date, size: int | None
) -> tuple[tuple[Effect, Certainty], Figure | None]:
    """Both axes, and the pooled estimate, when the facts of uncertain date are counted in."""
    appraisals, evidence = _look(dossier, day, maybe=True)
    _, rating = fold(appraisals, evidence, dossier.judgements, size)
    fit = None
    if evidence.body.lead is not None:
        lead = evidence.body.lead.figure
        fit = dataclasses.replace(lead, id="evidence.maybe", inputs=())
    return (rating.effect, rating.certainty), fit
