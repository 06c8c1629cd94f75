"""Files from outside, opened with limits: no bomb, no entity, no network."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from equipoise.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 64 * 2**30
MOST_RATIO = 400
RATIO_FROM = 64 * 2**20
MOST_MEMBERS = 10_000
_HEAD = 65_536
_DATE = re.compile(r"(?<!\d)(20\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)(?!\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file and its beginning, unpacked as far as its packing goes."""

    path: Path
    head: bytes
    packing: str
    member: str | None = None

    @property
    def name(self) -> str:
        """The file's own name, for messages."""
        return self.path.name if self.member is None else f"{self.path.name}:{self.member}"

    def stream(self) -> IO[bytes]:
        """The unpacked bytes; more than the limits allow is an error, not a full disk."""
        if self.packing == "gzip":
            packed = max(self.path.stat().st_size, 1)
            unpacked = gzip.open(self.path)  # noqa: SIM115 - closed with what wraps it
            return io.BufferedReader(_Limited(unpacked, packed, self.name), 2**20)
        if self.member is not None:
            archive = zipfile.ZipFile(self.path)
            size = max(archive.getinfo(self.member).compress_size, 1)
            inner = archive.open(self.member)
            return io.BufferedReader(_Limited(inner, size, self.name, archive), 2**20)
        return open(self.path, "rb", buffering=2**20)

    @property
    def named_date(self) -> str:
        """A date in the file's name; empty where it has none."""
        found = _DATE.search(self.path.name)
        return "-".join(found.groups()) if found else ""


class Readable(Protocol):
    """Anything to read bytes from."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class _Limited(io.RawIOBase):
    """A stream that stops where its unpacked size says that it is a bomb."""

    def __init__(
        self, inner: Readable, packed: int, name: str, archive: zipfile.ZipFile | None = None
    ) -> None:
        self._inner, self._packed, self._name, self._read = inner, packed, name, 0
        self._archive = archive

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
            if self._archive is not None:
                self._archive.close()
        super().close()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            chunk = self._inner.read(len(buffer))
        except (EOFError, OSError, zipfile.BadZipFile) as error:
            raise SourceError.of(
                self._name, str(error), "must be a whole archive", "Download it again"
            ) from None
        self._read += len(chunk)
        check_unpacked(self._name, self._read, self._packed)
        buffer[: len(chunk)] = chunk
        return len(chunk)


def check_unpacked(name: str, unpacked: int, packed: int) -> None:
    """Refuse what unpacks to far more than any registry export."""
    if unpacked > MOST_BYTES or (unpacked > RATIO_FROM and unpacked > MOST_RATIO * packed):
        raise SourceError.of(
            name,
            f"{unpacked:,} bytes from {packed:,} packed",
            f"may not unpack to more than {MOST_RATIO} times its size",
            "Unpack it yourself if you trust it",
        )


def open_file(path: Path) -> list[Opened]:
    """The readable parts of a file: itself, unpacked, or a zip's members.

    Raises
    ------
    SourceError
        For a file that is missing, empty, a bomb, or a page of HTML in place of data.
    """
    try:
        with open(path, "rb") as stream:
            magic = stream.read(8)
    except OSError as error:
        raise SourceError.of(
            str(path), error.strerror, "must be a readable file", "Check it"
        ) from None
    if not magic:
        raise SourceError.of(path.name, "an empty file", "must hold records", "Download it again")
    if magic.startswith(b"PK\x03\x04") and path.suffix.lower() not in {".xlsx", ".xlsm"}:
        return _members(path)
    packing = "gzip" if magic.startswith(b"\x1f\x8b") else "plain"
    opened = Opened(path=path, head=b"", packing=packing)
    with opened.stream() as stream:
        head = stream.read(_HEAD)
    _refuse_html(opened.name, head)
    return [Opened(path=path, head=head, packing=packing)]


def check_archive(path: Path) -> list[zipfile.ZipInfo]:
    """A zip's members (a spreadsheet is one), within the limits."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [item for item in archive.infolist() if not item.is_dir()]
    except zipfile.BadZipFile as error:
        raise SourceError.of(
            path.name, str(error), "must be a whole zip", "Download it again"
        ) from None
    if len(members) > MOST_MEMBERS:
        mend = "Unpack it yourself if you trust it"
        raise SourceError.of(
            path.name, f"{len(members):,} members", f"may hold at most {MOST_MEMBERS:,}", mend
        )
    for item in members:
        check_unpacked(f"{path.name}:{item.filename}", item.file_size, max(item.compress_size, 1))
    return members


def _members(path: Path) -> list[Opened]:
    parts = []
    for item in check_archive(path):
        if item.filename.startswith("__MACOSX"):
            continue
        bare = Opened(path=path, head=b"", packing="zip", member=item.filename)
        with bare.stream() as stream:
            head = stream.read(_HEAD)
        _refuse_html(bare.name, head)
        parts.append(Opened(path=path, head=head, packing="zip", member=item.filename))
    return parts


def _refuse_html(name: str, head: bytes) -> None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        title = re.search(rb"<title[^>]*>([^<]{0,120})", head, re.IGNORECASE)
        seen = title[1].decode("utf-8", "replace").strip() if title else "no title"
        raise SourceError.of(
            name, f"a page of HTML ({seen})", "must hold registry records", "Download it again"
        )


def fingerprint(path: Path) -> str:
    """The file's BLAKE2 digest, by which a second load of the same file is known."""
    digest = hashlib.blake2b(digest_size=20)
    with open(path, "rb") as stream:
        for chunk in iter(lambda: stream.read(2**22), b""):
            digest.update(chunk)
    return digest.hexdigest()


def lines(opened: Opened) -> Iterator[tuple[int, bytes]]:
    """Numbered lines that are not blank."""
    with opened.stream() as stream:
        for number, line in enumerate(stream, start=1):
            stripped = line.strip()
            if stripped:
                yield number, stripped
