"""Facts before they are numbered, and what they are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from equipoise.vocabulary.reading import FactKind, FactStatus, Value

    from .finders.design_words import Mention
    from .finders.harms import HarmWords
    from .finders.outcomes import Result
    from .finders.people import Count
    from .finders.total import Total
    from .finders.trials_counted import TrialsCounted


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fact before it is numbered: offsets are of the reading text."""

    kind: FactKind
    topic: str
    value: Value
    start: int
    end: int
    rule: str
    status: FactStatus = "stated"
    study: bool = True
    label: str | None = None
    unit: str | None = None
    time: str | None = None
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What the finders found in one text."""

    counts: list[Count]
    total: Total | None
    results: list[Result]
    mentions: list[Mention]
    trials: list[TrialsCounted]
    harms: list[HarmWords]
