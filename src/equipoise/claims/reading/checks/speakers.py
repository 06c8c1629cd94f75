"""Checks on who is heard, what ties them to the treatment, and whether they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.vocabulary.figure import say
from equipoise.wording import listing, plural, verbatim

from .. import codes
from .asked import checked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from equipoise.vocabulary.reading import Checked

    from .asked import Read


def interests(read: Read) -> Iterator[Checked]:
    """Who is heard that the text itself ties to the treatment."""
    for voice in read.voices:
        if voice.interest:
            said = [fact for fact in read.facts if fact.speaker == voice.name]
            yield checked(
                codes.INTERESTS,
                "caution",
                say(
                    f"{verbatim(voice.name)} ({verbatim(voice.role or '')}) {voice.interest}; "
                    f"{plural(len(said), 'fact')} {'rests' if len(said) == 1 else 'rest'} on this "
                    f"voice."
                ),
                said,
            )


def independent(read: Read) -> Iterator[Checked]:
    """Whether anybody is heard whom the text does not tie to it."""
    outside = [v for v in read.voices if v.interest is None and v.stance != "reporter"]
    if not read.voices:
        return
    if outside:
        names = listing([verbatim(voice.name) for voice in outside])
        yield checked(
            codes.INDEPENDENT,
            "passed",
            say(f"The text states no tie to the treatment for {names}."),
        )
    else:
        yield checked(
            codes.INDEPENDENT, "issue", say("Nobody is heard who has no stated part in it.")
        )


def disagree(read: Read) -> Iterator[Checked]:
    """Pairs of speakers who say what cannot both hold."""
    by_id = {fact.id: fact for fact in read.facts}
    for pair in read.contradictions:
        first, second = (by_id[key] for key in pair.facts)
        names = listing([verbatim(fact.speaker or "the text") for fact in (first, second)])
        yield checked(
            codes.DISAGREE, "caution", say(f"{names} differ on {pair.about}."), [first, second]
        )
