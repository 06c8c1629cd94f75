"""A reading as `read_text` returns it: it prints, exports and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.vocabulary.reading import (
    Checked,
    Contradiction,
    Document,
    Fact,
    FactKind,
    StudyFacts,
    Voice,
)
from equipoise.vocabulary.record import record

if TYPE_CHECKING:
    import polars as pl


@record
class Reading:
    """What a text says of a treatment: facts, who says them, the study claimed, and the checks.

    `facts` stand in the order of the text; ``document.original[fact.start:fact.end]`` is
    ``fact.text``. `study` answers for the study that is claimed, never for one that is planned,
    needed or cited; what the text does not say is *silent* or None.
    """

    document: Document
    facts: tuple[Fact, ...]
    voices: tuple[Voice, ...]
    study: StudyFacts
    checks: tuple[Checked, ...]
    contradictions: tuple[Contradiction, ...]

    def fact(self, key: str) -> Fact:
        """The fact with id `key`; KeyError where there is none."""
        return {fact.id: fact for fact in self.facts}[key]

    def of(self, kind: FactKind) -> tuple[Fact, ...]:
        """The facts of one kind."""
        return tuple(fact for fact in self.facts if fact.kind == kind)

    def frame(self) -> pl.DataFrame:
        """One row a fact: kind, topic, value as text, status, words, speaker and offsets."""
        from .frames import facts

        return facts(self)

    def summary(self) -> str:
        """What is said, what is denied and what is left out, in a few sober sentences."""
        from .summary import summary

        return summary(self)

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        from .summary import as_html

        return as_html(self)
