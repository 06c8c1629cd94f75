"""A reading as one self-contained page: the article with its facts in place, without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise import __version__
from equipoise.vocabulary.record import record

from . import reading_outline as shared
from .page import environment
from .reading_marks import LeftOut, Marked, blocks

if TYPE_CHECKING:
    from equipoise.claims.reading import Reading
    from equipoise.vocabulary.figure import Figure
    from equipoise.vocabulary.reading import Checked, Fact

SIGNS = {"issue": "✗", "caution": "!", "passed": "✓", "skipped": "–", "not applicable": "–"}
"""The sign of each outcome of a check."""


FEW = 3
"""A check on more facts than these is told beside the first of them alone."""


@record
class _Note:
    """What stands beside a fact: what was read, and the checks that rest on it."""

    mark: str
    fact: Fact
    value: str
    checks: tuple[Checked, ...]
    elsewhere: tuple[Checked, ...]


@record
class _Paragraph:
    marked: Marked
    notes: tuple[_Note, ...]


@record
class _Number:
    """A fact with a number, and what was computed from it."""

    mark: str
    fact: Fact
    value: str
    figures: tuple[Figure, ...]


def reading_page(reading: Reading) -> str:
    """Render the page. All text is escaped; the page holds no script and asks for nothing."""
    names = shared.marks(reading)
    rows = shared.answers(reading)
    beside = _Beside(reading, names)
    parts = _parts(reading, beside)
    places = {id(row): number for number, row in enumerate(reading.checks, 1)}
    noted = {note.fact.id for part in parts if isinstance(part, _Paragraph) for note in part.notes}
    counts = {kind: sum(fact.kind == kind for fact in reading.facts) for kind in shared.KINDS}
    return (
        environment()
        .get_template("reading.html.j2")
        .render(
            document=reading.document,
            title=reading.document.title or reading.document.name,
            parts=parts,
            unplaced=[
                beside.note(fact) for fact in shared.in_order(reading) if fact.id not in noted
            ],
            kinds=[(kind, shared.LETTERS[kind], count) for kind, count in counts.items() if count],
            rows=rows,
            said=shared.said(rows),
            denied=shared.denied(rows),
            silent=shared.silent(rows),
            silence=shared.SILENCE,
            checks=reading.checks,
            issues=shared.issues(reading),
            voices=[(voice, shared.heard(reading, voice.name)) for voice in reading.voices],
            contradictions=_contradictions(reading),
            numbers=_numbers(reading, names),
            marks=names,
            author=reading.document.author,
            kind_of={fact.id: fact.kind for fact in reading.facts},
            place_of=lambda checked: places[id(checked)],
            signs=SIGNS,
            counted=shared.counted(reading),
            version=__version__,
        )
    )


class _Beside:
    """Makes the notes; each check is told in full at the first fact it rests on."""

    def __init__(self, reading: Reading, names: dict[str, str]) -> None:
        self.names = names
        self.resting = shared.by_fact(reading)
        self.told: set[int] = set()

    def note(self, fact: Fact) -> _Note:
        here: list[Checked] = []
        elsewhere: list[Checked] = []
        for checked in self.resting.get(fact.id, ()):
            if id(checked) not in self.told:
                here.append(checked)
                self.told.add(id(checked))
            elif len(checked.facts) <= FEW:
                elsewhere.append(checked)
        return _Note(
            mark=self.names[fact.id],
            fact=fact,
            value=shared.value(fact),
            checks=tuple(here),
            elsewhere=tuple(elsewhere),
        )


def _parts(reading: Reading, beside: _Beside) -> list[_Paragraph | LeftOut]:
    return [
        block
        if isinstance(block, LeftOut)
        else _Paragraph(marked=block, notes=tuple(beside.note(fact) for fact in block.facts))
        for block in blocks(reading)
    ]


def _contradictions(reading: Reading) -> list[tuple[str, list[tuple[str, Fact]]]]:
    known = {fact.id: fact for fact in reading.facts}
    names = shared.marks(reading)
    return [
        (row.about, [(names[key], known[key]) for key in row.facts if key in known])
        for row in reading.contradictions
    ]


def _numbers(reading: Reading, names: dict[str, str]) -> list[_Number]:
    """Facts with a number, in reading order, each with what was computed from it."""
    resting = shared.by_fact(reading)
    out = []
    for fact in shared.in_order(reading):
        if not isinstance(fact.value, str) and (shared.value(fact)):
            figures = {
                figure.id: figure
                for checked in resting.get(fact.id, ())
                for figure in checked.finding.sentence.figures
                if figure.kind == "computed" and len(checked.facts) == 1
            }
            out.append(
                _Number(
                    mark=names[fact.id],
                    fact=fact,
                    value=shared.value(fact),
                    figures=tuple(figures.values()),
                )
            )
    return out
