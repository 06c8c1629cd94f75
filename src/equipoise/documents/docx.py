"""A DOCX file to the words of its paragraphs."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

from equipoise.documents.mapped import whole
from equipoise.documents.plain import Said, document
from equipoise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from equipoise.vocabulary.reading import Document

MAX_UNPACKED = 64_000_000
MAX_XML = 12_000_000
"""Bytes of all parts that are parsed; a book's are fewer."""

MAX_PARTS = 5_000
MAX_CHARACTERS = 4_000_000

_WORDS = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_WRITTEN = {"noBreakHyphen": "\u2011", "softHyphen": "\xad", "tab": "\t", "br": "\n", "cr": "\n"}


def docx_document(name: str, path: Path) -> Document:
    """The document of a DOCX file.

    Its original is the paragraphs' text, tables' cells among them, with a blank line between two;
    proposed insertions count, deletions and hidden text do not.

    Raises
    ------
    InputError
        If the file is no DOCX, is broken, or unpacks to too much.
    """
    _check_archive(name, path)
    import docx

    try:
        with path.open("rb") as file:
            opened = docx.Document(file)
            paragraphs = list(_paragraphs(name, opened.element.body))
            known = opened.core_properties
            said = Said(title=known.title or None, author=known.author or None)
    except InputError:
        raise
    except Exception as error:  # a broken file fails in many ways
        raise _no_docx(name, "a DOCX that cannot be read") from error
    original = "\n\n".join(paragraphs)
    if not original.strip():
        raise InputError.of(
            name, "a DOCX without text", "there must be a text to read", "Give the article's words"
        )
    return document(name, "docx", original, whole(original), said=said.where_in(original))


def _check_archive(name: str, path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except Exception as error:  # a broken archive fails in many ways
        raise _no_docx(name, "a broken archive") from error
    if not any(part.filename == "word/document.xml" for part in parts):
        raise _no_docx(name, "an archive without a document")
    unpacked = sum(part.file_size for part in parts)
    xml = sum(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
    if unpacked > MAX_UNPACKED or xml > MAX_XML or len(parts) > MAX_PARTS:
        raise InputError.of(
            name,
            f"{len(parts):,} parts of {unpacked:,} bytes, {xml:,} of them XML",
            f"at most {MAX_PARTS:,} parts of {MAX_UNPACKED:,} bytes are unpacked, {MAX_XML:,} of"
            " them XML",
            "Paste the article's text",
        )


def _no_docx(name: str, seen: str) -> InputError:
    return InputError.of(
        name,
        seen,
        "the file must be a whole DOCX",
        "Open it in a word processor and save it as DOCX, or paste its text",
    )


def _paragraphs(name: str, body: Any) -> Iterator[str]:
    size = 0
    for paragraph in body.iter(f"{_WORDS}p"):
        if any(True for _ in paragraph.iterancestors(_FALLBACK)):
            continue
        text = "".join(_runs(paragraph)).strip()
        size += len(text)
        if size > MAX_CHARACTERS:
            raise InputError.of(
                name,
                f"more than {MAX_CHARACTERS:,} characters",
                "a longer text is not read",
                "Give the article alone",
            )
        if text:
            yield text


def _runs(paragraph: Any) -> Iterator[str]:
    for run in paragraph.iter(f"{_WORDS}r"):
        if next(run.iterancestors(f"{_WORDS}p")) is not paragraph or _is_hidden(run):
            continue
        for child in run:
            tag = str(child.tag).removeprefix(_WORDS)
            if tag == "t":
                yield child.text or ""
            elif tag in _WRITTEN:
                yield _WRITTEN[tag]


def _is_hidden(run: Any) -> bool:
    mark = run.find(f"{_WORDS}rPr/{_WORDS}vanish")
    return mark is not None and mark.get(f"{_WORDS}val", "true") not in ("0", "false", "off")
