"""What a text says of a treatment: facts, each tied to the words that it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from equipoise.vocabulary.finding import Finding
from equipoise.vocabulary.record import record

FactKind = Literal[
    "patients",
    "treatment",
    "design",
    "outcome",
    "harm",
    "trials",
    "plan",
    "standing",
    "argument",
    "caution",
    "hype",
    "context",
]
"""What a fact is about; each is explained in docs/reference/reading.md."""

FactStatus = Literal["stated", "denied", "planned", "needed", "hypothetical", "cited"]
"""How the text has it: as so, as not so, as to come, as wanting, as possible, of another study."""

Answer = Literal["yes", "no", "silent"]
"""What the text says of the study that is claimed; *silent* is never *no*."""

Value = int | float | str | tuple[int | None, int | None] | None
"""A count, a percentage, a word, or (numerator, denominator)."""

Stance = Literal["proponent", "sceptic", "reporter", "official", "unknown"]

Media = Literal["text", "html", "pdf", "docx"]


@record
class Span:
    """Characters `start` to `end` (exclusive, from 0) of the original, and what stands there."""

    start: int
    end: int
    text: str

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError("start and end must hold at least one character")


@record
class Fact:
    """One thing the text says.

    `text` is the original's characters from `start` to `end`; `words` the same as a reader sees
    them, without markup, with plain spaces. `also` are other places that say it again, pull-quotes
    among them. `study` says whether it is of the study that is claimed.
    """

    id: str
    kind: FactKind
    topic: str
    value: Value
    status: FactStatus
    start: int
    end: int
    text: str
    words: str
    rule: str
    study: bool = True
    speaker: str | None = None
    label: str | None = None
    unit: str | None = None
    time: str | None = None
    percent: float | None = None
    also: tuple[Span, ...] = ()


@record
class Voice:
    """Somebody who is heard: by name, with role and interest in the text's own words."""

    name: str
    role: str | None
    stance: Stance
    interest: str | None
    start: int
    end: int
    text: str


@record
class Group:
    """People of one group or count: an arm, a severity, those screened or planned."""

    label: str
    n: int


@record
class StudyFacts:
    """What the text says of the study that is claimed; the unsaid is None or *silent*.

    `because` names, for each answer, the facts that it rests on; `implied` the answers that the
    text entails but does not say.
    """

    n_total: int | None = None
    n_total_derived: bool = False
    groups: tuple[Group, ...] = ()
    randomised: Answer = "silent"
    controlled: Answer = "silent"
    blinded: Answer = "silent"
    phase: str | None = None
    registry_ids: tuple[str, ...] = ()
    n_trials: int | None = None
    follow_up: str | None = None
    started: str | None = None
    subjects: Literal["people", "animals", "cells", "simulation", "silent"] = "silent"
    harms: Literal["counted", "denied", "mentioned", "silent"] = "silent"
    co_treatments: Answer = "silent"
    funding: Answer = "silent"
    caution: bool = False
    implied: tuple[str, ...] = ()
    because: tuple[tuple[str, tuple[str, ...]], ...] = ()


@record
class Region:
    """A stretch of the original that was not read as the article, and why."""

    start: int
    end: int
    why: Literal["furniture", "another language", "author's note", "list"]
    language: str | None = None


@record
class Document:
    """A text to be read, and where each of its characters came from.

    `original` is what every offset counts in: the file's characters, or for PDF and DOCX those of
    the text taken from it. `text` is the same without markup, soft hyphens and the like; character
    i of it stands at ``origin[i]`` of the original and ends at ``ends[i]``. `left_out` are regions
    of the original that are not the article.
    """

    name: str
    media: Media
    original: str
    text: str
    origin: Sequence[int]
    ends: Sequence[int]
    title: str | None = None
    author: str | None = None
    date: str | None = None
    left_out: tuple[Region, ...] = ()

    def __post_init__(self) -> None:
        if not len(self.text) == len(self.origin) == len(self.ends):
            raise ValueError("text, origin and ends must have one entry a character")


@record
class Checked:
    """A check's outcome on a reading, and the facts that it rests on."""

    finding: Finding
    facts: tuple[str, ...] = ()


@record
class Contradiction:
    """Two facts of which not both can hold, or two people who disagree; shown, not settled."""

    facts: tuple[str, str]
    about: str
