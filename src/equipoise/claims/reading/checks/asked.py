"""What every check on a text has in common: what it looks at, and how it says what it found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from equipoise.vocabulary.figure import Figure
from equipoise.vocabulary.finding import Finding
from equipoise.vocabulary.reading import Checked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.figure import Sentence
    from equipoise.vocabulary.finding import Check, FindingStatus
    from equipoise.vocabulary.reading import Contradiction, Document, Fact, StudyFacts, Voice


@dataclass(frozen=True, slots=True)
class Read:
    """What the checks look at."""

    document: Document
    facts: Sequence[Fact]
    voices: Sequence[Voice]
    study: StudyFacts
    contradictions: Sequence[Contradiction]

    def of(self, *topics: str, kind: str | None = None) -> list[Fact]:
        """Facts of a topic, and of a kind where one is named."""
        return [f for f in self.facts if f.topic in topics and kind in (None, f.kind)]

    def kind(self, kind: str) -> list[Fact]:
        """Facts of a kind."""
        return [fact for fact in self.facts if fact.kind == kind]


def checked(
    check: Check, status: FindingStatus, sentence: Sentence, facts: Sequence[Fact] = ()
) -> Checked:
    """A check's outcome, with the words and the speaker of the leading fact."""
    leading = facts[0] if facts else None
    return Checked(
        finding=Finding(
            check=check,
            subject="text",
            status=status,
            sentence=sentence,
            words=leading.words if leading else None,
            speaker=leading.speaker if leading else None,
            locator=f"characters {leading.start} to {leading.end}" if leading else None,
        ),
        facts=tuple(fact.id for fact in facts),
    )


def reported(fact: Fact, shown: str) -> Figure:
    """A figure for what a fact says, at its place in the text."""
    value = fact.value if isinstance(fact.value, int | float | str) else shown
    return Figure(
        id=f"text.{fact.id}",
        value=value,
        shown=shown,
        kind="reported",
        locator=f"characters {fact.start} to {fact.end}",
        words=fact.words,
    )


def times(count: int) -> str:
    """``once``, ``twice``, ``3 times``."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
