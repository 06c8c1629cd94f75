"""`equipoise confirm`: piece by piece through what a machine read, one key each.

Every answer is written at once, so that an interrupted walk goes on where it stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from equipoise.dossier import confirm as steps
from equipoise.errors import EquipoiseError, InputError
from equipoise.store.files import write_whole
from equipoise.vocabulary.reading import Fact

from .keys import Keyboard, on_a_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from equipoise.claims.reading import Reading
    from equipoise.claims.reading.draft import Draft
    from equipoise.vocabulary.reading import Checked, Voice

KEYS = "y right as it is · n the text does not say so · e another value · s skip · u undo · q stop"
_AROUND = 220
_FEW = 3


def confirm(folder: Path, claim: str | None) -> None:
    """Walk through the unconfirmed pieces of a dossier's claims.

    Raises
    ------
    InputError
        There is no claims.yaml, no such claim, or nobody at a terminal.
    """
    path = folder / steps.FILE
    if not path.is_file():
        raise InputError.of("dossier", str(folder), "has no claims.yaml", "Give a dossier's folder")
    if not on_a_terminal():
        raise InputError(
            "confirm asks a person, and this is not a terminal. Run it in one, or edit "
            f"{path} and take what is right out of `unconfirmed`."
        )
    from rich.console import Console

    console = Console(highlight=False)
    walk = _Walk(folder, claim, console)
    steps.checked(folder, walk.text)
    try:
        with walk.keyboard:
            walk.run()
    except KeyboardInterrupt:
        console.print()
        walk.left("Interrupted; every answer so far is kept.")
        from . import INTERRUPTED

        raise SystemExit(INTERRUPTED) from None
    walk.left("")


class _Walk:
    """One session: the file's text, what can be undone, and what was skipped."""

    def __init__(self, folder: Path, claim: str | None, console: Console) -> None:
        self.folder = folder
        self.path = folder / steps.FILE
        self.claim = claim
        self.console = console
        self.keyboard = Keyboard()
        self.text = steps.text_of(self.path)
        self.history: list[tuple[str | None, tuple[str, str]]] = []
        self.skipped: list[tuple[str, str]] = []
        self.readings: dict[str, _Context | None] = {}
        self.total = len(steps.waiting(self.text, claim))

    def waiting(self) -> list[tuple[str, str]]:
        return [row for row in steps.waiting(self.text, self.claim) if row not in self.skipped]

    def run(self) -> None:
        if not self.total:
            self.console.print("Nothing waits to be confirmed.")
        while rows := self.waiting():
            self._show(rows[0], len(rows))
            if not self._answer(rows[0]):
                return

    def left(self, head: str) -> None:
        """Say what is still to be done."""
        rest = len(steps.waiting(self.text, self.claim))
        if not self.total and not head:
            return
        count = "nothing is" if not rest else f"{rest} of {self.total} pieces are"
        self.console.print(Text(f"{head} {count} still unconfirmed.".strip().capitalize()))

    def _show(self, row: tuple[str, str], count: int) -> None:
        claim, piece = row
        console = self.console
        console.rule(Text(f"{claim} · {piece} · {count} to go", style="bold"), align="left")
        context = self._context(claim)
        facts = context.facts(piece) if context else []
        place = context.place(piece) if context else None
        if context is not None and place is not None:
            console.print(_around(context.reading, place))
            if isinstance(place, Fact) and place.speaker:
                console.print(Text(f"  said by {place.speaker}", style="dim"))
        else:
            words = steps.words(self.text, claim, piece)
            console.print(
                Text(f"“{_visible(words)}”" if words else _no_words(piece), style="italic")
            )
        value = _visible(steps.shown(self.text, claim, piece))
        console.print(Text.assemble(("read as  ", "dim"), (value, "bold")))
        for checked in context.checks(facts[:1]) if context else ():
            finding = checked.finding
            console.print(Text(f"{finding.code}  {finding.sentence}", style="dim"))

    def _answer(self, row: tuple[str, str]) -> bool:
        """Ask until there is an answer; False to stop."""
        self.console.print(Text(KEYS, style="dim"))
        while True:
            pressed = self.keyboard.key()
            if pressed in {"q", "", "\x04"}:
                return False
            if pressed == "s":
                self.skipped.append(row)
                self.history.append((None, row))
                return True
            if pressed == "u" and self._undo():
                return True
            if pressed == "y" and self._take(row, steps.keep(self.text, *row), "kept"):
                return True
            if pressed == "n" and self._try(row, steps.drop, (), "dropped"):
                return True
            if pressed == "e" and self._edit(row):
                return True

    def _try(self, row: tuple[str, str], step: object, more: tuple[str, ...], done: str) -> bool:
        try:
            text: str = step(self.text, *row, *more)  # type: ignore[operator]
        except InputError as error:
            self.console.print(Text(str(error), style="yellow"))
            return False
        return self._take(row, text, done)

    def _take(self, row: tuple[str, str], text: str, done: str) -> bool:
        """Save one answer, unless the dossier could no longer be read with it."""
        try:
            steps.checked(self.folder, text)
        except EquipoiseError as error:
            self.console.print(Text(f"Not saved: {error}", style="yellow"))
            return False
        write_whole(self.path, text)
        self.history.append((self.text, row))
        self.text = text
        self.console.print(Text(f"{row[1]}: {done}", style="green"))
        return True

    def _edit(self, row: tuple[str, str]) -> bool:
        hint = steps.HINTS[row[1].partition(".")[0]]
        typed = self.keyboard.line(f"new value ({hint}; nothing to leave it): ")
        return bool(typed.strip()) and self._try(row, steps.edit, (typed,), "changed")

    def _undo(self) -> bool:
        if not self.history:
            self.console.print(Text("There is nothing to undo in this session.", style="yellow"))
            return False
        text, row = self.history.pop()
        if text is None:
            self.skipped.remove(row)
        else:
            write_whole(self.path, text)
            self.text = text
        self.console.print(Text(f"{row[1]}: undone", style="green"))
        return True

    def _context(self, claim: str) -> _Context | None:
        """The claim's text, read again; None where it is no longer there."""
        if claim not in self.readings:
            self.readings[claim] = _context(self.folder, claim)
        return self.readings[claim]


class _Context:
    """A reading, and which of its facts each piece of the draft rests on."""

    def __init__(self, reading: Reading, made: Draft) -> None:
        self.reading = reading
        self.because = made.because
        self.heard = made.heard
        self.known = {fact.id: fact for fact in reading.facts}

    def place(self, piece: str) -> Fact | Voice | None:
        """What stands in the text for a piece: its leading fact, or where a speaker comes in."""
        facts = self.facts(piece)
        return facts[0] if facts else self.heard.get(piece)

    def facts(self, piece: str) -> list[Fact]:
        return [self.known[key] for key in self.because.get(piece, ()) if key in self.known]

    def checks(self, facts: list[Fact]) -> list[Checked]:
        """The checks on one of these facts; not those that add up over the whole text."""
        keys = {fact.id for fact in facts}
        return [
            row
            for row in self.reading.checks
            if keys.intersection(row.facts) and len(row.facts) <= _FEW
        ]


def _context(folder: Path, claim: str) -> _Context | None:
    import datetime

    from equipoise.claims.reading import read
    from equipoise.claims.reading.draft import draft
    from equipoise.documents import open_document
    from equipoise.dossier.add_claim import kept_text, question_of

    path = kept_text(folder, claim)
    if path is None:
        return None
    today = datetime.datetime.now(tz=datetime.UTC).date()
    try:
        reading = read(open_document(path))
        made = draft(reading, question_of(folder), today, source=claim, first_public="2000")
    except EquipoiseError:
        return None
    return _Context(reading, made)


def _around(reading: Reading, fact: Fact | Voice) -> Text:
    """The words of a fact in bold, with what stands before and after them."""
    from bisect import bisect_left

    document = reading.document
    first = bisect_left(document.origin, fact.start)
    last = bisect_left(document.origin, fact.end)
    begin, end = max(0, first - _AROUND), min(len(document.text), last + _AROUND)
    before = " ".join(document.text[begin:first].split("\n")[-1:])
    after = document.text[last:end].split("\n")[0]
    out = Text("…" if begin and len(before) >= _AROUND else "", style="")
    out.append(before)
    out.append(document.text[first:last], style="bold reverse")
    out.append(after)
    if end < len(document.text) and len(after) >= _AROUND:
        out.append("…")
    return out


def _visible(text: str) -> str:
    """Text from a file without characters that would steer the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def _no_words(piece: str) -> str:
    if piece.startswith("statements."):
        return "No words: the reader found nothing of it in the text."
    return "No words of the text are tied to this piece."
