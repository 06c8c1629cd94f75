"""Records of a JSON file in any of its forms, without holding the file in memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson

from equipoise.errors import SourceError
from equipoise.registry.sources.opened import lines
from equipoise.registry.sources.protocols import BadRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from equipoise.registry.sources.opened import Opened

_SPACE = b" \t\r\n"
_STEP = 2**20
_TOKEN = re.compile(rb'["{}\[\]]')
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


def json_records(opened: Opened, inside: str) -> Iterator[tuple[int, bytes | BadRecord]]:
    """Yield (number, JSON of one record).

    Takes lines of objects (NDJSON), an array, an object whose member `inside` is an array (pages may
    follow one another), or one object.

    Raises
    ------
    SourceError
        Where the file ends before its JSON does.
    """
    head = opened.head.lstrip(b"\xef\xbb\xbf" + _SPACE)
    if not head.startswith((b"{", b"[")):
        seen = head[:30].decode("utf-8", "replace")
        raise SourceError.of(
            opened.name, repr(seen), "must be JSON", "Choose the source that made it"
        )
    first = head.split(b"\n", 1)[0].strip()
    one_line = len(first) < len(head.strip()) or len(opened.head) >= 65_536
    whole_object = first.startswith(b"{") and _complete(first)
    if head.startswith(b"{") and f'"{inside}"'.encode() not in head[:200]:
        if whole_object or (one_line and b"\n" not in head):
            yield from _ndjson(opened)
            return
        yield from _single(opened)
        return
    yield from _array(opened, inside)


def _complete(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _ndjson(opened: Opened) -> Iterator[tuple[int, bytes | BadRecord]]:
    for number, line in lines(opened):
        if line.startswith(b"{") and line.endswith(b"}"):
            yield number, line
        else:
            seen = line[-40:].decode("utf-8", "replace")
            yield (
                number,
                BadRecord(number, f"…{seen}", "must be a whole JSON object", "Download it again"),
            )


def _single(opened: Opened) -> Iterator[tuple[int, bytes | BadRecord]]:
    with opened.stream() as stream:
        whole = stream.read().lstrip(b"\xef\xbb\xbf").strip()
    try:
        orjson.loads(whole)
    except orjson.JSONDecodeError as error:
        # Lines of objects whose first line is longer than what was looked at.
        if b"}\n{" in whole or b"}\r\n{" in whole:
            yield from _ndjson(opened)
            return
        raise SourceError.of(
            opened.name,
            f"{len(whole):,} bytes",
            f"must be whole JSON: {error}",
            "Download it again",
        ) from None
    yield 1, whole


MOST_RECORD = 64 * 2**20
"""Bytes of the longest record that is taken."""


def _array(opened: Opened, inside: str) -> Iterator[tuple[int, bytes | BadRecord]]:
    """Elements of an array, found by counting brackets outside strings."""
    number = 0
    with opened.stream() as stream:
        buffer = stream.read(_STEP)
        start = buffer.find(b"[")
        if start < 0:
            raise SourceError.of(
                opened.name,
                f"no list `{inside}`",
                "must hold a list of records",
                "Download it again",
            )
        position = start + 1
        while True:
            while position < len(buffer) and buffer[position] in b" \t\r\n,":
                position += 1
            if position >= len(buffer):
                buffer, position = stream.read(_STEP), 0
                if not buffer:
                    raise _short(opened, number)
                continue
            if buffer[position : position + 1] == b"]":
                return
            end, resume, depth = _end_of_object(buffer, position, 0)
            while end < 0:
                more = stream.read(_STEP)
                if not more:
                    raise _short(opened, number)
                buffer = buffer[position:] + more
                if len(buffer) > MOST_RECORD:
                    raise _long(opened, number)
                end, resume, depth = _end_of_object(buffer, resume - position, depth)
                position = 0
            number += 1
            yield number, bytes(buffer[position:end])
            buffer, position = buffer[end:], 0


def _short(opened: Opened, number: int) -> SourceError:
    return SourceError.of(
        opened.name,
        f"the end of the file after record {number:,}",
        "its list must be closed: the file is truncated",
        "Download it again",
    )


def _long(opened: Opened, number: int) -> SourceError:
    return SourceError.of(
        opened.name,
        f"more than {MOST_RECORD:,} bytes in the one after record {number:,}",
        "no registry's record is so long",
        "Download it again",
    )


def _end_of_object(buffer: bytes, position: int, depth: int) -> tuple[int, int, int]:
    """Where the value that is open ends; -1 with where to go on, and how deep, where it does not.

    Only quotes and brackets are looked at, each once however the value comes in pieces; but a
    string that is not closed is looked at from its opening quote.
    """
    while token := _TOKEN.search(buffer, position):
        position = token.end()
        if token[0] == b'"':
            close = _STRING.match(buffer, token.start())
            if close is None:
                return -1, token.start(), depth
            position = close.end()
        elif token[0] in b"{[":
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return position, position, 0
    return -1, len(buffer), depth
