"""Findings: what one coded check came to."""

from __future__ import annotations

from typing import Literal

from equipoise.vocabulary.figure import Sentence
from equipoise.vocabulary.record import record

FindingStatus = Literal["issue", "caution", "passed", "not applicable", "skipped"]


@record
class Check:
    """A coded question put to a record; `ask` is what a reader should ask next."""

    code: str
    title: str
    ask: str


@record
class Finding:
    """One check's outcome on one subject, in a sentence, with the words it rests on."""

    check: Check
    subject: str
    status: FindingStatus
    sentence: Sentence
    words: str | None = None
    speaker: str | None = None
    source: str | None = None
    locator: str | None = None

    @property
    def code(self) -> str:
        """The check's stable code."""
        return self.check.code
