"""Text as it was written: mojibake undone, entities read, padding taken off; what was done is said."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

_BREAKS = re.compile(r"<\s*br\s*/?\s*>|<\s*/?\s*(?:p|div|li|ul|ol)\s*/?\s*>", re.IGNORECASE)
_CARRIAGE = re.compile(r"_x000D_|\r")
_BLANKS = re.compile(r"[ \t\u00a0]+")
_LINES = re.compile(r"\s*\n\s*")
# UTF-8 read as Windows-1252 (Ã×-runs) or as Mac Roman (√©-runs). A lead byte and its followers must
# decode; anything else stays as it stands.
_CP1252_RUN = re.compile(
    r"[ÂÃâÎÏÐð][\u0080-\u00ff\u0152-\u017e\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{1,3}"
)
_MAC_RUN = re.compile(
    r"(?:√[^\s\w\d]|√[\u00a1-\u02dd]|¬[^\s\w\d]|¬[\u00a1-\u02dd]|‚[^\s\x00-\x7f]{2}|Œ[^\s\x00-\x7f])"
)
_TROUBLE = ("  ", "\n", "\t", "&", "<", "_x000D_", "\r")
_SUSPECT = re.compile(r"[ÂÃâÎÏÐð√¬‚Œ]")


def _undo(found: re.Match[str], codec: str) -> str:
    run = found.group()
    for length in range(len(run), 1, -1):
        try:
            return run[:length].encode(codec).decode("utf-8") + run[length:]
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
    return run


def repair_encoding(text: str) -> str:
    """Undo UTF-8 that was read as Windows-1252 or as Mac Roman, once or twice over."""
    for _ in range(2):
        if _SUSPECT.search(text) is None:
            return text
        mended = _CP1252_RUN.sub(lambda run: _undo(run, "cp1252"), text)
        mended = _MAC_RUN.sub(lambda run: _undo(run, "mac_roman"), mended)
        if mended == text:
            return text
        text = mended
    return text


def clean(text: str | None) -> str:
    """Entities and breaks read, control padding off; line structure kept."""
    if not text:
        return ""
    if text.isascii() and not any(sign in text for sign in _TROUBLE):
        return text.strip()
    if "&" in text:
        text = html.unescape(text)
    if "_x000D_" in text or "\r" in text:
        text = _CARRIAGE.sub("", text)
    if "<" in text:
        text = _BREAKS.sub("\n", text)
    text = _BLANKS.sub(" ", repair_encoding(text))
    return _LINES.sub("\n", text).strip()


def one_line(text: str | None) -> str:
    """`clean`, with line breaks as blanks."""
    return clean(text).replace("\n", " ")


@lru_cache(maxsize=65_536)
def plain(text: str) -> str:
    """Lower case, accents off, punctuation as blanks: for comparing, never for showing."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(char for char in folded if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^0-9a-z]+", " ", kept).split())
