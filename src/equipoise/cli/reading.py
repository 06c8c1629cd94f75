"""What `equipoise read` does with a reading: show it, draw its page, add it to a dossier."""

from __future__ import annotations

import datetime
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.claims.reading import Reading


def read_article(article: str) -> Reading:
    """The file's reading, or that of standard input where it is ``-``."""
    from equipoise.claims.reading import read
    from equipoise.documents import open_document

    if article != "-":
        return read(open_document(article))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "standard-input"
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        return read(open_document(path))


def refuse_without_into(into: Path | None, **given: str | None) -> None:
    """InputError for an option that says something of a dossier where none is named."""
    for name, value in given.items():
        if value is not None and into is None:
            raise InputError.of(
                f"--{name.replace('_', '-')}",
                value,
                "says something of a dossier, and none is named",
                "Add --into DOSSIER, or leave it out",
            )


def show(reading: Reading, out: Path | None, json: bool) -> None:
    """Print the reading, and write its page."""
    if out is not None:
        from equipoise.report.reading_page import reading_page
        from equipoise.store.files import write_whole

        write_whole(out, reading_page(reading))
    if json:
        from equipoise.report.reading_json import reading_json

        print(reading_json(reading))
    else:
        from rich.console import Console

        from equipoise.report.reading_text import show_reading

        show_reading(reading, Console())
    if out is not None:
        print(f"Page: {out}", file=sys.stderr)


def add(reading: Reading, folder: Path, source: str | None, first_public: str | None) -> None:
    """Add the draft of a claim to a dossier, file by file, each whole."""
    from equipoise.dossier.add_claim import add_claim
    from equipoise.store.files import write_whole

    today = datetime.datetime.now(tz=datetime.UTC).date()
    added = add_claim(folder, reading, today, source=source, first_public=first_public)
    if added.already:
        print(
            f"{folder}: {added.claim} was read from this text before; nothing changed",
            file=sys.stderr,
        )
        return
    for name, text in added.files:
        write_whole(folder / name, text)
    names = ", ".join(name for name, _ in added.files)
    print(
        f"{folder}: claim {added.claim} drafted ({names}); {added.pieces} pieces wait for\n"
        f"  equipoise confirm {folder} --claim {added.claim}",
        file=sys.stderr,
    )


def beside_registrations(reading: Reading, folder: Path, first_public: str | None) -> Reading:
    """The reading with its numbers of trials beside the dossier's registrations of its day."""
    from equipoise.assess.trials_said import against_registrations
    from equipoise.dossier import read_dossier
    from equipoise.vocabulary.dates import PartialDate

    said = first_public or reading.document.date
    if said is None or all(fact.kind != "trials" for fact in reading.facts):
        return reading
    try:
        day = PartialDate.parse(said).last_day
    except ValueError:
        return reading
    return against_registrations(reading, read_dossier(folder), day)
