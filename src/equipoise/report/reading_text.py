"""A reading in the terminal: in short, the facts by kind, the checks, and who is heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from . import reading_outline as shared

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from equipoise.claims.reading import Reading
    from equipoise.vocabulary.reading import Fact

_MARKS = {
    "issue": ("✗", "red"),
    "caution": ("!", "yellow"),
    "passed": ("✓", "green"),
    "skipped": ("–", "dim"),
    "not applicable": ("–", "dim"),
}
_INSET = (0, 0, 0, 3)


def show_reading(reading: Reading, console: Console) -> None:
    """Print the reading to `console`."""
    names = shared.marks(reading)
    console.print(_panel(reading))
    console.print(Text("\nFacts", style="bold"))
    for kind in shared.KINDS:
        facts = [fact for fact in shared.in_order(reading) if fact.kind == kind]
        if facts:
            console.print(Text(f"\n   {kind}", style="bold dim"))
            console.print(Padding(_facts(facts, names, reading.document.author), _INSET))
    if reading.checks:
        console.print(Text("\nChecks", style="bold"))
        console.print(Padding(_checks(reading, names), _INSET))
    if reading.contradictions:
        console.print(Text("\nContradictions, shown and not settled", style="bold"))
        console.print(Padding(_contradictions(reading, names), _INSET))
    if reading.voices:
        console.print(Text("\nVoices", style="bold"))
        console.print(Padding(_voices(reading), _INSET))


def _panel(reading: Reading) -> Panel:
    rows = shared.answers(reading)
    said, denied, silent = shared.said(rows), shared.denied(rows), shared.silent(rows)
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for name, words in (("It says", said), ("It denies", denied), ("It is silent on", silent)):
        if words:
            table.add_row(name, Text(f"{'; '.join(words)}."))
    lines: list[RenderableType] = [table]
    if silent:
        lines.append(Text(shared.SILENCE, style="dim"))
    issues = shared.issues(reading)
    if issues:
        lines += [Text(), *(Text(f"✗ {row.finding.sentence}") for row in issues)]
    left_out = _left_out(reading)
    if left_out:
        lines += [Text(), Text(f"Not read as the article: {left_out}.", style="dim")]
    title = Text(reading.document.title or reading.document.name)
    return Panel(Group(*lines), title=title, title_align="left", padding=(1, 2))


def _left_out(reading: Reading) -> str:
    """How much was left out, by reason."""
    sizes: dict[str, int] = {}
    for region in reading.document.left_out:
        what = f"{region.why}{f' ({region.language})' if region.language else ''}"
        sizes[what] = sizes.get(what, 0) + region.end - region.start
    return ", ".join(f"{what} {size:,} characters" for what, size in sizes.items())


def _facts(facts: list[Fact], names: dict[str, str], author: str | None) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(ratio=2)
    table.add_column(ratio=3)
    for fact in facts:
        value = shared.value(fact)
        head = Text(fact.topic)
        if value:
            head.append(f" {value}", style="bold")
        for more in (fact.label, fact.unit, fact.time):
            if more:
                head.append(f" {more}")
        tags: list[str] = [fact.status] if fact.status != "stated" else []
        tags += [] if fact.study else ["not of this study"]
        if tags:
            head.append(f" [{', '.join(tags)}]", style="dim")
        words = Text(f"“{_short(fact.words)}”", style="italic")
        if fact.speaker and fact.speaker != author:
            words.append(f" {fact.speaker}", style="dim not italic")
        table.add_row(names[fact.id], head, words)
    return table


def _short(words: str, longest: int = 160) -> str:
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def _checks(reading: Reading, names: dict[str, str]) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="dim")
    table.add_column()
    for checked in reading.checks:
        finding = checked.finding
        sign, style = _MARKS[finding.status]
        text = Text(str(finding.sentence))
        marks = [names[key] for key in checked.facts if key in names]
        if marks:
            text.append(f" ({', '.join(marks)})", style="dim")
        if finding.status in {"issue", "caution"}:
            text.append(f" Ask: {finding.check.ask}", style="italic dim")
        table.add_row(Text(sign, style=style), finding.code, text)
    return table


def _contradictions(reading: Reading, names: dict[str, str]) -> Group:
    known = {fact.id: fact for fact in reading.facts}
    lines = []
    for row in reading.contradictions:
        sides = [
            f"{names[key]} “{_short(known[key].words, 100)}” {known[key].speaker or ''}".strip()
            for key in row.facts
            if key in known
        ]
        lines.append(Text(f"{row.about}: {'; '.join(sides)}"))
    return Group(*lines)


def _voices(reading: Reading) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("name", "role", "stance", "interest", "facts"):
        table.add_column(column, header_style="dim", vertical="top")
    for voice in reading.voices:
        cells = (
            voice.name,
            voice.role or "not said",
            voice.stance,
            voice.interest or "none stated",
            str(shared.heard(reading, voice.name)),
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table
