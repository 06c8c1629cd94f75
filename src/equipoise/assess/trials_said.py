"""A text's number of trials beside the registrations of a dossier, definition by definition."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from equipoise.claims.reading import codes
from equipoise.registry.landscape import landscape
from equipoise.vocabulary.claim import TrialCount
from equipoise.vocabulary.figure import Figure, say
from equipoise.vocabulary.finding import Finding
from equipoise.vocabulary.reading import Checked
from equipoise.wording import plural, verbatim

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from equipoise.claims.reading import Reading
    from equipoise.vocabulary.dossier import Dossier
    from equipoise.vocabulary.evidence import Registration
    from equipoise.vocabulary.reading import Fact

BEFORE = 40
"""Characters before a number of trials in which its country is looked for: "Across China, …"."""


def against_registrations(reading: Reading, dossier: Dossier, day: date) -> Reading:
    """The reading, with what the dossier's registrations say to each number of trials.

    Parameters
    ----------
    reading, dossier
        The text, and the dossier whose registrations it is held against.
    day
        The day of the text: registrations count that were registered by then.

    Returns
    -------
    Reading
        With one more check EQ-R020 for each number of trials; as it was where the dossier has no
        registrations. Registrations are counted, of which two may describe one trial.
    """
    if not dossier.registrations:
        return reading
    added = [
        _beside(reading, fact, dossier.registrations, day)
        for fact in reading.facts
        if fact.topic == "number of trials" and isinstance(fact.value, int)
    ]
    return replace(reading, checks=(*reading.checks, *added))


def _beside(
    reading: Reading, fact: Fact, registrations: Sequence[Registration], day: date
) -> Checked:
    assert isinstance(fact.value, int)
    place = _place(reading, fact, registrations)
    counted = landscape(registrations, day, TrialCount(n=fact.value, words=fact.words, place=place))
    figures: list[Figure] = []
    parts = []
    for row in counted.rows:
        where = f" in {verbatim(row.place)}" if row.place else " world-wide"
        at = len(figures)
        figures += [row.registered, row.visible, row.randomised]
        parts.append(
            f"{verbatim(row.definition)}{where}: {{{at}}} registered, {{{at + 1}}} of them visible "
            f"by then, {{{at + 2}}} randomised"
        )
    met = (
        f" That number is met by: {verbatim('; '.join(counted.said_matches))}."
        if counted.said_matches
        else " No definition gives that number."
    )
    sentence = say(
        f"{plural(fact.value, 'trial')} in the text; in the dossier's registrations by "
        f"{day.isoformat()}, {'; '.join(parts)}.{met}",
        *figures,
    )
    return Checked(
        finding=Finding(
            check=codes.TRIALS,
            subject="text",
            status="passed" if counted.said_matches else "caution",
            sentence=sentence,
            words=fact.words,
            speaker=fact.speaker,
            locator=f"characters {fact.start} to {fact.end}",
        ),
        facts=(fact.id,),
    )


def _place(reading: Reading, fact: Fact, registrations: Sequence[Registration]) -> str | None:
    """The country that the words around the number name, if registrations come from there."""
    around = reading.document.original[max(0, fact.start - BEFORE) : fact.end]
    countries = {row.country for row in registrations if row.country}
    return next((country for country in sorted(countries) if country in around), None)
