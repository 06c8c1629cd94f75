"""A PDF to the words that it holds as text."""

from __future__ import annotations

import logging
import re
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from equipoise.documents.mapped import edited, whole
from equipoise.documents.plain import Said, document
from equipoise.errors import InputError
from equipoise.vocabulary.reading import Region

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pypdf import PdfReader

    from equipoise.vocabulary.reading import Document

MAX_PAGES = 300
MAX_CHARACTERS = 4_000_000
MAX_PAGE_BYTES = 8_000_000
"""Drawing instructions of one page."""

MAX_SECONDS = 20.0

_PAGE_END = "\n\f"
_PARTED = re.compile(r"(?<=[^\W\d_])\xad[ \t]{0,9}\n(?=[^\W\d_])")
_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"(?:page )?[\divxl]{1,5}(?: ?(?:/|of) ?\d{1,5})?", re.IGNORECASE)


def pdf_document(name: str, path: Path) -> Document:
    """The document of a PDF file.

    Its original is the text that pypdf takes from the pages, each ended by a line break and a
    form feed. Lines at the head or foot of three pages or more that differ in figures only, and
    page numbers, are left out.

    Raises
    ------
    InputError
        If the file is broken, encrypted, too long, or holds no text.
    """
    pages, said = _read(name, path)
    original = "".join(page + _PAGE_END for page in pages)
    if not re.search(r"\w", original):
        raise InputError.of(
            name,
            "a PDF without text",
            "a scanned page is a picture; its words cannot be read",
            "Run text recognition (OCR) over it and give the result, or paste the text",
        )
    frame, gone = _frame(pages)
    mapped = edited(whole(original), [(start, end, "") for start, end in gone])
    parted = [(found.start(), found.end(), "") for found in _PARTED.finditer(mapped.text)]
    mapped = edited(mapped, parted)
    return document(name, "pdf", original, mapped, said=said.where_in(original), removed=frame)


def _read(name: str, path: Path) -> tuple[list[str], Said]:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    logger = logging.getLogger("pypdf")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with path.open("rb") as file:
            reader = PdfReader(file)
            _decrypt(name, reader)
            return _pages(name, reader), _said(reader)
    except InputError:
        raise
    except DependencyError as error:  # a cipher for which pypdf wants another library
        raise _encrypted(name) from error
    except Exception as error:  # a broken file fails in many ways
        raise InputError.of(
            name,
            "a PDF that cannot be read",
            "the file is broken, or not a PDF throughout",
            "Open it in a viewer and save it anew, or paste its text",
        ) from error
    finally:
        logger.setLevel(level)


def _decrypt(name: str, reader: PdfReader) -> None:
    if reader.is_encrypted and not reader.decrypt(""):
        raise _encrypted(name)


def _encrypted(name: str) -> InputError:
    return InputError.of(
        name,
        "an encrypted PDF",
        "only files that open without a password are read",
        "Save it without a password, or paste its text",
    )


def _pages(name: str, reader: PdfReader) -> list[str]:
    count = len(reader.pages)
    if count > MAX_PAGES:
        raise InputError.of(
            name, f"{count:,} pages", f"at most {MAX_PAGES} are read", "Give the article's pages"
        )
    ends = time.monotonic() + MAX_SECONDS

    def watch(*_: Any) -> None:
        if time.monotonic() > ends:
            raise InputError.of(
                name,
                f"a PDF that takes more than {MAX_SECONDS:.0f} seconds",
                "its drawing instructions are too many",
                "Paste its text",
            )

    made: list[str] = []
    size = 0
    for page in reader.pages:
        contents = page.get_contents()
        if contents is not None and len(contents.get_data()) > MAX_PAGE_BYTES:
            raise _too_much(name)
        made.append(page.extract_text(visitor_operand_before=watch).strip("\n"))
        size += len(made[-1])
        if size > MAX_CHARACTERS:
            raise _too_much(name)
        watch()
    return made


def _too_much(name: str) -> InputError:
    return InputError.of(
        name,
        "a PDF that unpacks to too much",
        f"at most {MAX_CHARACTERS:,} characters and {MAX_PAGE_BYTES:,} bytes a page are read",
        "Paste the article's text",
    )


def _said(reader: PdfReader) -> Said:
    known = reader.metadata
    if known is None:
        return Said()
    title, author = known.title, known.author
    return Said(
        title=title if isinstance(title, str) else None,
        author=author if isinstance(author, str) else None,
    )


def _frame(pages: Sequence[str]) -> tuple[list[Region], list[tuple[int, int]]]:
    """Running heads and page numbers, as regions; these and page ends, as what goes."""
    ends = [_outer_lines(page) for page in pages]
    seen = Counter(key for page in ends for key in {_key(line) for line, _ in page})
    regions: list[Region] = []
    gone: list[tuple[int, int]] = []
    at = 0
    for page, outer in zip(pages, ends, strict=True):
        for line, start in outer:
            running = seen[_key(line)] >= 3 and re.search(r"[^\W\d_]", line)
            number = len(pages) > 1 and _PAGE_NUMBER.fullmatch(line.strip())
            if running or number:
                begin, end = at + start, at + start + len(line)
                regions.append(Region(start=begin, end=end, why="furniture"))
                gone.append((begin, end + 1))
        at += len(page) + len(_PAGE_END)
        gone.append((at - 1, at))
    return regions, gone


def _key(line: str) -> str:
    return _NUMBER.sub("#", line.strip().casefold())


def _outer_lines(page: str) -> list[tuple[str, int]]:
    """The first two and the last two lines that hold anything, with their places."""
    lines, at = [], 0
    for line in page.split("\n"):
        if line.strip():
            lines.append((line, at))
        at += len(line) + 1
    return lines if len(lines) < 5 else [*lines[:2], *lines[-2:]]
