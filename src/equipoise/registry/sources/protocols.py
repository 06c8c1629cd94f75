"""What a registry source is: one file a registry, behind one small protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from equipoise.registry.sources.opened import Opened
    from equipoise.vocabulary.registry import RegistryRecord


class Raw(NamedTuple):
    """One record as it stood in a file.

    `payload` is its content as JSON, contact details left out unless they were asked for;
    `export` the fields that say when and how it was exported rather than what it is; `taken_on` the
    day of the export, where the record says so.
    """

    number: int
    payload: bytes
    export: bytes = b""
    taken_on: str = ""


class BadRecord(NamedTuple):
    """A record that could not be read: where it stands and why."""

    number: int
    seen: str
    rule: str
    mend: str


class Source(Protocol):
    """One registry's exports.

    `name` is what ``load(source=...)`` calls it. `recognises` looks at the first bytes of a file.
    `records` yields every record of an opened file, good or bad, and raises `SourceError` where the
    file as a whole cannot be read. `map` turns a payload into a `RegistryRecord` and touches nothing
    else.
    """

    name: str

    def recognises(self, head: bytes, name: str) -> bool:
        """Whether a file with this beginning and name is one of this source's exports."""
        ...

    def records(self, opened: Opened, *, contacts: bool) -> Iterator[Raw | BadRecord]:
        """Every record in the file, in its order."""
        ...

    def map(self, payload: bytes) -> RegistryRecord:
        """The record's fields; unknown enumerations are kept as written and noted."""
        ...
