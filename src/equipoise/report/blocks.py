"""What a report is made of: sections of paragraphs, findings, tables and charts.

The outline is built once from a verdict; the terminal and the page both show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from equipoise.vocabulary.figure import Figure, Sentence
from equipoise.vocabulary.finding import Finding
from equipoise.vocabulary.record import record

if TYPE_CHECKING:
    from collections.abc import Callable

    import altair as alt

Cell = Union[str, Figure, Sentence, None]


@record
class Paragraphs:
    """Sentences, one to a paragraph; `compact` ones are shown in the terminal too."""

    sentences: tuple[Sentence, ...]
    compact: bool = True


@record
class Findings:
    """Coded checks, each with the words it rests on and what to ask next."""

    findings: tuple[Finding, ...]


@record
class Table:
    """Rows of text and figures; an empty cell reads as not known."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    compact: bool = False
    folded: bool = False


@record
class ChartBlock:
    """A chart, made only when it is shown, and what it shows in words."""

    id: str
    title: str
    description: str
    make: Callable[[], alt.TopLevelMixin]


Block = Union[Paragraphs, Findings, Table, ChartBlock]


@record
class Section:
    """A numbered part of the report."""

    id: str
    title: str
    blocks: tuple[Block, ...]
