"""Figures and sentences: nothing is shown without saying where it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from equipoise.vocabulary.record import record

_PLACE = re.compile(r"\{\{|\}\}|\{(\d+)\}")

Grade = Literal["published", "reference", "independent", "calibration", "unvalidated"]


@record
class Method:
    """How a figure was computed: its name, its source in the literature and its validation."""

    id: str
    name: str
    citation: str
    grade: Grade


@record
class Figure:
    """One number, interval or count as shown, and where it comes from.

    `kind` is *reported* (read in a source), *computed* (by `method` from `inputs`, other
    figures' ids) or *assumed* (chosen, for the reason in `note`).
    """

    id: str
    value: float | int | str | tuple[float, ...]
    shown: str
    kind: Literal["reported", "computed", "assumed"]
    source: str | None = None
    read_in: str | None = None
    locator: str | None = None
    words: str | None = None
    confidence: str | None = None
    method: Method | None = None
    inputs: tuple[str, ...] = ()
    note: str | None = None

    def __str__(self) -> str:
        return self.shown


@record
class Sentence:
    """A sentence whose figures stand in the template as ``{0}``, ``{1}`` and so on."""

    template: str
    figures: tuple[Figure, ...] = ()

    def __str__(self) -> str:
        return "".join(part if isinstance(part, str) else part.shown for part in self.parts())

    def parts(self) -> Iterator[str | Figure]:
        """The text between figures, and the figures, in reading order.

        ``{{`` and ``}}`` stand for braces; text that comes from a dossier goes through
        :func:`equipoise.wording.verbatim`, which doubles them.
        """
        end = 0
        for match in _PLACE.finditer(self.template):
            yield self.template[end : match.start()]
            yield match[0][0] if match[1] is None else self.figures[int(match[1])]
            end = match.end()
        yield self.template[end:]


def say(template: str, *figures: Figure) -> Sentence:
    """Build a :class:`Sentence`."""
    return Sentence(template=template, figures=figures)
