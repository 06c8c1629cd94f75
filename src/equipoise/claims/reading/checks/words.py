"""Checks on arguments, praise, cautions, numbers of trials and regulatory standing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.vocabulary.figure import say
from equipoise.wording import listing, plural, verbatim

from .. import codes
from .asked import checked, reported, times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from equipoise.vocabulary.finding import FindingStatus
    from equipoise.vocabulary.reading import Checked, Fact

    from .asked import Read


_ARGUED = {
    "mechanism": "How it is said to work",
    "animals": "What was seen in animals or in a dish",
    "analogy": "What is said of another disease or treatment",
    "unmet need": "That there is nothing else",
    "popularity": "That it is being taken up",
    "testimony": "One person's story",
}


def arguments(read: Read) -> Iterator[Checked]:
    """Arguments offered in place of a comparison, by kind."""
    for topic, words in _ARGUED.items():
        facts = read.of(topic, kind="argument")
        if facts:
            yield checked(
                codes.ARGUMENTS,
                "caution",
                say(
                    f"{words} is offered {times(len(facts))}; it is not evidence of an effect "
                    f"in these people."
                ),
                facts,
            )


def praise(read: Read) -> Iterator[Checked]:
    """Words of praise, and how many in a hundred words."""
    facts = read.kind("hype")
    words = max(1, len(read.document.text.split()))
    if facts:
        rate = 100 * len(facts) / words
        shown = listing([f"“{verbatim(str(fact.value))}”" for fact in facts[:4]])
        more = f" and {len(facts) - 4} more" if len(facts) > 4 else ""
        yield checked(
            codes.PRAISE,
            "caution",
            say(
                f"Praise beyond a measurement {times(len(facts))} ({rate:.1f} in 100 words): "
                f"{shown}{more}."
            ),
            facts,
        )
    else:
        yield checked(codes.PRAISE, "passed", say("No praise beyond a measurement was found."))


def cautions(read: Read) -> Iterator[Checked]:
    """How many sentences limit what may be concluded, and where they stand."""
    facts = read.kind("caution")
    if not facts:
        denied = [f for f in read.of("controlled", kind="design") if f.status == "denied"]
        if denied:
            yield checked(
                codes.CAUTIONS,
                "passed",
                say("That there was no control is said; no other caution is."),
                denied,
            )
        else:
            yield checked(codes.CAUTIONS, "issue", say("No sentence limits what may be concluded."))
        return
    places = list(dict.fromkeys(_place(read, fact) for fact in facts))
    status: FindingStatus = "passed" if {"headline", "opening"} & set(places) else "caution"
    verb = "stands" if len(facts) == 1 else "stand"
    yield checked(
        codes.CAUTIONS,
        status,
        say(f"{plural(len(facts), 'caution').capitalize()} {verb} in the {listing(places)}."),
        facts,
    )


def _place(read: Read, fact: Fact) -> str:
    headline = read.of("headline")
    if headline and fact.start < headline[0].end:
        return "headline"
    first = read.document.origin[0] if len(read.document.origin) else 0
    last = read.document.ends[-1] if len(read.document.ends) else 1
    share = (fact.start - first) / max(1, last - first)
    return "opening" if share < 0.25 else "middle" if share < 0.75 else "end"


def trials(read: Read) -> Iterator[Checked]:
    """Each number of trials that is mentioned."""
    for fact in read.of("number of trials"):
        yield checked(
            codes.TRIALS,
            "caution",
            say(
                "{0}: a number of trials says that something is tried or studied, not that it "
                "works; how many are counted depends on the definition.",
                reported(
                    fact, plural(int(fact.value) if isinstance(fact.value, int) else 0, "trial")
                ),
            ),
            [fact],
        )


_STANDING = {
    "for trials only": "It is said to be allowed to be tried; that is not approval for use.",
    "hoped for": "Approval is hoped for or asked for; it has not been given in this text.",
    "guideline": "Guidelines are mentioned; a guideline is not a result.",
    "special access": "It was given outside a trial.",
    "fast track": "A quicker way to approval is mentioned; it says nothing of the effect.",
    "approved": "Approval is mentioned; see for what.",
}


def standing(read: Read) -> Iterator[Checked]:
    """What is said of approval and guidelines, told apart."""
    for topic, words in _STANDING.items():
        facts = read.of(topic, kind="standing")
        if facts:
            yield checked(codes.STANDING, "caution", say(words), facts)
