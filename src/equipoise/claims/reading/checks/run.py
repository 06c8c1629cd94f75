"""The coded checks on a text: what a machine can decide, with the words that it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import codes
from . import design, results, speakers, words
from .asked import Read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.reading import (
        Checked,
        Contradiction,
        Document,
        Fact,
        StudyFacts,
        Voice,
    )


def run_checks(
    document: Document,
    facts: Sequence[Fact],
    voices: Sequence[Voice],
    study: StudyFacts,
    against: Sequence[Contradiction],
) -> tuple[Checked, ...]:
    """Every check, in the order in which a reader should weigh them."""
    read = Read(document, facts, voices, study, against)
    return tuple(found for rule in _RULES for found in rule(read))


_RULES = (
    design.answer(
        codes.COMPARED,
        "controlled",
        "There was a comparison group.",
        "The text says that there was no concurrent comparison group.",
        "The text does not say whether there was a comparison group.",
    ),
    design.answer(
        codes.RANDOMISED,
        "randomised",
        "Treatment was allocated at random.",
        "Treatment was not allocated at random.",
        "The text does not say how it was decided who got the treatment.",
    ),
    design.answer(
        codes.BLINDED,
        "blinded",
        "Somebody was kept from knowing who got what.",
        "People knew who got what.",
        "The text does not say who knew who got what.",
    ),
    design.people,
    design.sums,
    results.outcome,
    results.counts,
    results.intervals,
    results.final,
    design.once,
    design.follow_up,
    results.harms,
    design.co_treatments,
    design.subjects,
    results.stronger,
    design.registered,
    words.arguments,
    words.trials,
    words.standing,
    design.plans,
    words.praise,
    words.cautions,
    speakers.interests,
    speakers.independent,
    design.funding,
    speakers.disagree,
)
