"""A verdict in the terminal: compact, in the outline's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from .blocks import Findings, Paragraphs, Table
from .outline import headline, maybe_line, outline

if TYPE_CHECKING:
    from rich.console import RenderableType

    from equipoise.assess import Verdict

    from .blocks import Cell, Section

_MARKS = {
    "issue": ("✗", "red"),
    "caution": ("!", "yellow"),
    "passed": ("✓", "green"),
    "skipped": ("–", "dim"),
    "not applicable": ("–", "dim"),
}


def show(verdict: Verdict, console: Console) -> None:
    """Print the verdict to `console`."""
    console.print(_panel(verdict))
    for number, section in enumerate(outline(verdict), 1):
        console.print(_section(number, section))


def _panel(verdict: Verdict) -> Panel:
    lines: list[RenderableType] = [Text(headline(verdict), style="bold"), Text()]
    lines += [Text(str(sentence)) for sentence in verdict.summary]
    if verdict.reasons:
        lines += [Text(), Text("Because:", style="bold")]
        lines += [Text(f"{i}. {reason}") for i, reason in enumerate(verdict.reasons, 1)]
    notes = [str(note) for note in verdict.hindsight]
    maybe = maybe_line(verdict)
    notes += [maybe] if maybe else []
    if notes:
        lines += [Text(), *(Text(note, style="dim") for note in notes)]
    title = f"{verdict.dossier.question.title}, as of {verdict.as_of.isoformat()}"
    return Panel(Group(*lines), title=title, title_align="left", padding=(1, 2))


def _section(number: int, section: Section) -> RenderableType:
    parts: list[RenderableType] = [Text(f"\n{number}. {section.title}", style="bold")]
    for block in section.blocks:
        match block:
            case Paragraphs(compact=True):
                parts += [Padding(Text(str(line)), (0, 0, 0, 3)) for line in block.sentences]
            case Findings():
                parts.append(Padding(_findings(block), (0, 0, 0, 3)))
            case Table(compact=True):
                parts.append(Padding(_table(block), (1, 0, 0, 3)))
            case _:
                pass
    return Group(*parts)


def _findings(block: Findings) -> RichTable:
    table = RichTable.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="dim")
    table.add_column()
    for finding in block.findings:
        if finding.status in {"not applicable", "skipped"}:
            continue
        mark, style = _MARKS[finding.status]
        text = Text(str(finding.sentence))
        if finding.words:
            text.append(f" “{finding.words}”", style="italic dim")
        table.add_row(Text(mark, style=style), finding.code, text)
    return table


def _table(block: Table) -> RichTable:
    table = RichTable(
        title=block.caption, title_justify="left", title_style="dim", box=None, padding=(0, 2, 0, 0)
    )
    for column in block.columns:
        table.add_column(column, header_style="dim", vertical="top")
    for row in block.rows:
        table.add_row(*(_cell(cell) for cell in row))
    return table


def _cell(cell: Cell) -> Text:
    return Text("not known", style="dim") if cell is None else Text(str(cell))
