"""Doors: a file, or a text that somebody pasted, to a document."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from equipoise.documents.mapped import whole
from equipoise.documents.plain import document
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.vocabulary.reading import Document

MAX_CHARACTERS = 4_000_000
MAX_TEXT_BYTES = 16_000_000
MAX_FILE_BYTES = 50_000_000

_PAGE = re.compile(
    r"\s{0,200}(?:<\?xml[^>]{0,200}>\s{0,200})?(?:<!--.{0,2000}?-->\s{0,200})?"
    r"<(?:!doctype\s{1,20}html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
_FRAGMENT = re.compile(
    r"</?(?:p|div|span|b|i|u|em|strong|a|sub|sup|small|q|cite|li|ul|ol|h[1-6]|td|tr|table|section"
    r"|article|blockquote|body|script|style)\s{0,9}>|<br\s{0,9}/?>"
    r"|&(?:amp|lt|gt|quot|apos|nbsp|[nm]dash|[lr][sd]quo|hellip|shy|#\d{2,5}|#x[0-9a-f]{2,5});",
    re.IGNORECASE,
)
_PAGE_BYTES = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|\?xml)\b", re.IGNORECASE)
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def document_of(text: str, name: str = "text") -> Document:
    """A text that somebody pasted, as a document.

    Parameters
    ----------
    text : str
        The text, perhaps with the furniture of its page; or the source of a page of HTML, which
        begins with ``<!doctype html`` or ``<html``. Tags and entities of HTML within a text are
        markup too; its line breaks stay breaks.
    name : str
        What it is called in messages.

    Returns
    -------
    Document
        `Document.original` is `text`, every character of it.

    Raises
    ------
    InputError
        If there are no words in it, it is too long, or in another language than English.
    """
    _refuse_size(name, len(text))
    if not text.strip():
        raise _empty(name)
    if "\0" in text or not _whole_characters(text):
        raise InputError.of(
            name,
            "characters that are no text",
            "NUL and halves of surrogate pairs stand for nothing",
            "Decode the bytes first, as UTF-8 perhaps",
        )
    return _read(name, text)


def open_document(path: str | Path) -> Document:
    """A file of plain text, HTML, PDF or DOCX as a document.

    What it is is told by its first bytes; HTML also by its name.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    Document
        `Document.original` holds the decoded file for text and HTML, without a byte-order mark;
        for PDF and DOCX the text taken from it.

    Raises
    ------
    InputError
        If the file cannot be read as an English text: it names the file, what was seen, the rule
        and the mend.
    """
    path = Path(path)
    name = path.name
    if not path.is_file():
        raise InputError.of(str(path), "no file", "there must be a file to read", "Check the path")
    size = path.stat().st_size
    if not size:
        raise _empty(name)
    if size > MAX_FILE_BYTES:
        raise InputError.of(
            name,
            f"{size:,} bytes",
            f"a file may have at most {MAX_FILE_BYTES:,} bytes",
            "Give the article alone",
        )
    with path.open("rb") as file:
        head = file.read(1024)
    if b"%PDF-" in head:
        from equipoise.documents.pdf import pdf_document

        return pdf_document(name, path)
    if head.startswith(b"PK\x03\x04"):
        from equipoise.documents.docx import docx_document

        return docx_document(name, path)
    return _text_file(name, path, size, head)


def _text_file(name: str, path: Path, size: int, head: bytes) -> Document:
    from equipoise.documents.decode import decoded

    if head.startswith(_OLD_OFFICE):
        raise InputError.of(
            name,
            "a file of an old word processor",
            "of these only DOCX is read",
            "Save it as DOCX, or paste its text",
        )
    if size > MAX_TEXT_BYTES:
        raise InputError.of(
            name,
            f"{size:,} bytes",
            f"a text may have at most {MAX_TEXT_BYTES:,} bytes",
            "Give the article alone",
        )
    is_page = path.suffix.lower() in (".html", ".htm", ".xhtml") or bool(_PAGE_BYTES.match(head))
    text = decoded(name, path.read_bytes(), html=is_page)
    _refuse_size(name, len(text))
    if not text.strip():
        raise _empty(name)
    return _read(name, text, is_page=is_page)


def _read(name: str, text: str, *, is_page: bool = False) -> Document:
    if is_page or _PAGE.match(text):
        from equipoise.documents.article import html_document

        return html_document(name, text)
    if _FRAGMENT.search(text) or ("<!--" in text and "-->" in text):
        from equipoise.documents.hypertext import page_of

        return document(name, "html", text, page_of(text, fragment=True).mapped)
    return document(name, "text", text, whole(text))


def _refuse_size(name: str, characters: int) -> None:
    if characters > MAX_CHARACTERS:
        raise InputError.of(
            name,
            f"{characters:,} characters",
            f"a text may have at most {MAX_CHARACTERS:,}",
            "Give the article alone",
        )


def _whole_characters(text: str) -> bool:
    return re.search("[\ud800-\udfff]", text) is None


def _empty(name: str) -> InputError:
    return InputError.of(name, "empty", "there must be a text to read", "Give the article's words")
