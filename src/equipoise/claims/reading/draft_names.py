"""Short names and short words for a draft."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def slug(text: str, longest: int = 40) -> str:
    """Small letters, figures and hyphens: ``Cell Therapy!`` as ``cell-therapy``; may be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:longest].strip("-")


def surname(name: str) -> str:
    """The last word of a name, without titles and what follows a comma."""
    words = re.findall(r"[^\s.]+", name.partition(",")[0])
    return words[-1] if words else ""


def unique(key: str, taken: Iterable[str]) -> str:
    """`key`, or with a number where it is taken."""
    known = set(taken)
    if key not in known:
        return key
    number = 2
    while f"{key}-{number}" in known:
        number += 1
    return f"{key}-{number}"


def short(words: str, longest: int = 220) -> str:
    """Words on one line, cut where they are many."""
    plain = re.sub(r"\s+", " ", words).strip()
    return plain if len(plain) <= longest else f"{plain[: longest - 1].rstrip()}…"
