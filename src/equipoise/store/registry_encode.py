"""Raw registry records to mapped Arrow batches: the work that loading does in parallel."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import zstandard

from equipoise.registry.sources.catalogue import source_named
from equipoise.registry.sources.protocols import BadRecord, Raw
from equipoise.store.registry_schema import COLUMNS, arrow_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from equipoise.registry.sources.protocols import Source
    from equipoise.vocabulary.registry import RegistryRecord

_LEVEL = 3


class Encoded(NamedTuple):
    """A batch as Arrow IPC, the digests in it, and the records that could not be mapped."""

    batch: bytes
    bad: list[BadRecord]


def content_of(source: str, payload: bytes) -> bytes:
    """The digest by which a record's content is known."""
    return hashlib.blake2b(payload, digest_size=16, key=source.encode()).digest()


def encode(source_name: str, raws: Sequence[Raw]) -> Encoded:
    """Map, compress and pack raw records; one that cannot be mapped is reported, not raised."""
    source = source_named(source_name)
    return _packed(source, ((raw, partial(source.map, raw.payload)) for raw in raws))


def encode_lines(source_name: str, lines: Sequence[tuple[int, bytes]], contacts: bool) -> Encoded:
    """The same from lines of JSON, for a source that reads one record from its bytes."""
    source = source_named(source_name)
    bad: list[BadRecord] = []

    def read() -> Iterator[tuple[Raw, Callable[[], RegistryRecord]]]:
        for number, line in lines:
            one = source.read(number, line, contacts=contacts)  # type: ignore[attr-defined]
            if isinstance(one, BadRecord):
                bad.append(one)
            else:
                yield one[0], partial(source.map_parsed, one[1])  # type: ignore[attr-defined]

    packed = _packed(source, read())
    return Encoded(packed.batch, bad + packed.bad)


def _packed(source: Source, raws: Iterable[tuple[Raw, Callable[[], RegistryRecord]]]) -> Encoded:
    compress = zstandard.ZstdCompressor(level=_LEVEL).compress
    columns: dict[str, list[object]] = {name: [] for name in arrow_schema().names}
    bad: list[BadRecord] = []
    for raw, mapped in raws:
        try:
            record = mapped()
        except Exception as error:  # a record from outside may break any assumption
            seen = f"{type(error).__name__}: {error}"[:120]
            bad.append(BadRecord(raw.number, seen, "must have the registry's shape", "Report it"))
            continue
        columns["number"].append(raw.number)
        columns["content"].append(content_of(source.name, raw.payload))
        columns["payload"].append(compress(raw.payload))
        columns["export"].append(raw.export)
        columns["taken_on"].append(raw.taken_on)
        for name in COLUMNS:
            columns[name].append(getattr(record, name))
    schema = arrow_schema()
    arrays = [pa.array(columns[field.name], type=field.type) for field in schema]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_batch(pa.record_batch(arrays, schema=schema))
    return Encoded(sink.getvalue().to_pybytes(), bad)


def table_of(encoded: Encoded) -> pa.Table:
    """The packed batch, unpacked."""
    with pa.ipc.open_stream(encoded.batch) as reader:
        return reader.read_all()
