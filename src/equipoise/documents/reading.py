"""A text or a file, read: the door that people use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from equipoise.claims.reading.read import read

from .open import document_of, open_document

if TYPE_CHECKING:
    from equipoise.claims.reading import Reading

LONGEST_PATH = 1024
"""A longer text is never taken for a path."""


def read_text(text: str | os.PathLike[str]) -> Reading:
    """Find what a text claims of a treatment, each fact tied to the words it rests on.

    Parameters
    ----------
    text
        The text itself; or the path of a file of plain text, HTML, PDF or DOCX: a `Path`, or one
        line that names an existing file.

    Returns
    -------
    Reading
        `facts` in the order of the text, with ``document.original[start:end] == text`` for each;
        `study` answers for the study that is claimed: *yes*, *no* or *silent*, which is never *no*;
        `voices`, `checks` and `contradictions`. The same text gives the same reading, offline.

    Raises
    ------
    InputError
        The text is empty, no text, too long, or in another language than English; the file is
        missing, broken, encrypted, scanned or too large.

    Notes
    -----
    Facts are found by rules about English, each named in the fact's `rule`; how often they are
    right is measured in docs/reference/validation.md. A person is to confirm them before they
    count.
    """
    if isinstance(text, os.PathLike):
        return read(open_document(Path(text)))
    if _names_a_file(text):
        return read(open_document(Path(text)))
    return read(document_of(text))


def _names_a_file(text: str) -> bool:
    if len(text) > LONGEST_PATH or "\n" in text or "\0" in text:
        return False
    try:
        return Path(text).is_file()
    except OSError:
        return False
