"""A verdict to the sections of its report, in the order in which they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .sections import claim, evidence, landscape, no_effect, rules, support, trial

if TYPE_CHECKING:
    from equipoise.assess import Verdict

    from .blocks import Section


def outline(verdict: Verdict) -> tuple[Section, ...]:
    """Build the sections; those that the dossier has nothing for are left out."""
    sections = (
        claim.section(verdict),
        no_effect.section(verdict),
        support.section(verdict),
        evidence.section(verdict),
        landscape.section(verdict),
        trial.section(verdict),
        rules.section(verdict),
    )
    return tuple(section for section in sections if section is not None)


CERTAINTY_WORDS = {
    "high": "high certainty",
    "moderate": "moderate certainty",
    "low": "low certainty",
    "very low": "very uncertain",
}
"""The second axis as it is printed."""


def headline(verdict: Verdict) -> str:
    """Both axes in a few words: ``untested · very uncertain``."""
    return f"{verdict.effect} · {CERTAINTY_WORDS[verdict.certainty]}"


def maybe_line(verdict: Verdict) -> str | None:
    """What the facts of uncertain date would change; None where there are none."""
    if verdict.with_maybe is None:
        return None
    count = len(verdict.maybe)
    them = "it" if count == 1 else "them"
    facts = f"{count} fact{'' if count == 1 else 's'} may have been known on this date"
    effect, certainty = verdict.with_maybe
    same = verdict.with_maybe == (verdict.effect, verdict.certainty)
    stands = "the same" if same else f"{effect} · {CERTAINTY_WORDS[certainty]}"
    return f"{facts}; with {them} the verdict is {stands}{_pooled_with(verdict)}."


def _pooled_with(verdict: Verdict) -> str:
    """The pooled estimate with the facts of uncertain date, where they move it."""
    lead, fit = verdict.evidence.body.lead, verdict.maybe_fit
    if fit is None or (lead is not None and lead.figure.shown == fit.shown):
        return ""
    return f" and the pooled estimate {fit.shown}"
