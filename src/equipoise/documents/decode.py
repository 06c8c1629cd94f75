"""A file's bytes to its characters, none of them changed; no byte-order mark among them."""

from __future__ import annotations

import codecs
import re

from equipoise.errors import InputError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(
    rb"<meta[^>]{0,200}?charset\s{0,5}=\s{0,5}[\"']?\s{0,5}([A-Za-z0-9._:-]{2,40})"
    rb"|<\?xml[^>]{0,100}?encoding\s{0,5}=\s{0,5}[\"']([A-Za-z0-9._:-]{2,40})",
    re.IGNORECASE,
)
_WEB_NAMES = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "windows-1252": "cp1252",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
}
_ENCODINGS = frozenset(
    str.split(
        "utf-8 utf8 cp1252 cp949 gb18030 cp932 big5 euc-jp koi8-r iso-8859-2 iso-8859-9"
        " iso-8859-15 windows-1250 windows-1251 windows-1254"
    )
)
_CONTROLS = bytes(set(range(32)) - {7, 8, 9, 10, 11, 12, 13, 26, 27})


def decoded(name: str, data: bytes, *, html: bool) -> str:
    """The characters of a text file.

    A byte-order mark decides; then, for HTML, the declared character set; else it is UTF-8, or
    UTF-16 where every other byte is nought. Windows-1252 is taken only where a page declares it.

    Raises
    ------
    InputError
        If the bytes are no text in that encoding: with the line of the first that is not.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _as(name, data[len(mark) :], encoding)
    wide = _wide(data)
    if wide:
        return _as(name, data, wide)
    _refuse_binary(name, data)
    declared = _declared(data) if html else None
    return _as(name, data, declared or "utf-8")


def _as(name: str, data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError.of(
            name,
            f"byte 0x{data[error.start]:02x} in line {line}",
            f"the file is read as {encoding.upper()}, which has no such byte there",
            "Save the file as UTF-8 text",
        ) from error
    if "\0" in text:
        raise _binary(
            name, f"a NUL character in line {text[: text.index(chr(0))].count(chr(10)) + 1}"
        )
    return text


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: nearly every other byte of the first thousand is nought."""
    head = data[:1000]
    if len(head) < 8 or len(data) % 2:
        return None
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.9 * half and not even:
        return "utf-16-le"
    return "utf-16-be" if even > 0.9 * half and not odd else None


def _refuse_binary(name: str, data: bytes) -> None:
    head = data[:65_536]
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if b"\0" in data or controls > 0.02 * len(head):
        raise _binary(name, "bytes that are no text")


def _binary(name: str, seen: str) -> InputError:
    return InputError.of(
        name,
        seen,
        "a file must be plain text, HTML, PDF or DOCX",
        "Give the article as one of these, or paste its text",
    )


def _declared(data: bytes) -> str | None:
    found = _DECLARED.search(data[:4096])
    if found is None:
        return None
    said = (found[1] or found[2]).decode("ascii").lower()
    said = _WEB_NAMES.get(said, said)
    return said if said in _ENCODINGS else None
