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
    facts = f"{count} fact{'' if count == 1 else 's'} may have been known on this date"
    if verdict.with_maybe == (verdict.effect, verdict.certainty):
        return f"{facts}; with {'it' if count == 1 else 'them'} the verdict is the same."
    effect, certainty = verdict.with_maybe
    return (
        f"{facts}; with {'it' if count == 1 else 'them'} the verdict is "
        f"{effect} · {CERTAINTY_WORDS[certainty]}."
    )
