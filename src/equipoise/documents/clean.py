"""Characters to those that a reader of English sees: plain spaces, quotes and hyphens."""

from __future__ import annotations

import re
import unicodedata

from equipoise.documents.mapped import Edit, Mapped, edited

_SPACES = (
    "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
_CONTROLS = "".join(
    map(chr, (*range(1, 9), *range(14, 32), 127, *range(128, 133), *range(134, 160)))
)
_SAME_LENGTH = (
    dict.fromkeys(_SPACES + _CONTROLS, " ")
    | dict.fromkeys("\v\f\x85\u2028\u2029", "\n")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\uff02", '"')
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\uff07", "'")
    | dict.fromkeys("\u2010\u2011\ufe63\uff0d", "-")
)
_DROPPED = (
    "\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
)
_MARKS = "\u0300-\u034e\u0350-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a"

_SAME = re.compile(f"[{re.escape(''.join(_SAME_LENGTH))}]")
_OTHER = re.compile(
    rf"[{_DROPPED}]+|\r\n?|[\ufb00-\ufb06]"
    rf"|[^\W\d_][{_DROPPED}]{{0,9}}[{_MARKS}][{_MARKS}{_DROPPED}]{{0,30}}|[\u1100-\u11ff]{{2,30}}"
)
_INVISIBLE = re.compile(f"[{_DROPPED}]+")


def characters(mapped: Mapped) -> Mapped:
    """`mapped` with plain characters: what is not seen goes, what looks alike becomes one.

    Spaces of any width become a space; curly quotes straight ones; the typographic hyphens
    U+2010 and U+2011 ``-``. En and em dashes stay. Soft hyphens, zero-width and direction marks
    go. Ligatures are taken apart and accents composed (Unicode NFC).
    """
    if mapped.text.isascii() and "\r" not in mapped.text and not _SAME.search(mapped.text):
        return mapped
    text = _SAME.sub(lambda found: _SAME_LENGTH[found[0]], mapped.text)
    plain = Mapped(text=text, origin=mapped.origin, ends=mapped.ends)
    return edited(plain, filter(None, map(_edit, _OTHER.finditer(text))))


def _edit(found: re.Match[str]) -> Edit | None:
    seen = found[0]
    if seen[0] == "\r":
        new = "\n"
    elif "\ufb00" <= seen[0] <= "\ufb06":
        new = unicodedata.normalize("NFKC", seen)
    elif _INVISIBLE.match(seen):
        new = ""
    else:
        new = unicodedata.normalize("NFC", _INVISIBLE.sub("", seen))
    return None if new == seen else (found.start(), found.end(), new)
