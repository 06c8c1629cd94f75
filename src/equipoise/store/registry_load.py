"""Loading an export: every record mapped, its raw form kept, in one transaction."""

from __future__ import annotations

import os
import re
from collections import deque
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from equipoise.errors import InputError, SourceError
from equipoise.registry.dates_read import read_date
from equipoise.registry.sources.catalogue import source_named, source_of
from equipoise.registry.sources.json_records import json_records
from equipoise.registry.sources.opened import Opened, fingerprint, open_file
from equipoise.registry.sources.protocols import BadRecord, Raw
from equipoise.store import registry_encode
from equipoise.store.registry_database import scalar
from equipoise.store.registry_schema import COLUMNS
from equipoise.store.registry_workers import Workers
from equipoise.vocabulary.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    import duckdb

    from equipoise.registry.sources.protocols import Source
    from equipoise.store.registry_database import Database

OnBad = Literal["report", "refuse"]
_BATCH = 500
_BATCH_BYTES = 6 * 2**20
_INLINE = 1_500


@record
class LoadReport:
    """What one load did."""

    file: str
    source: str
    taken_on: tuple[str, ...]
    records: int
    new_versions: int
    problems: tuple[str, ...]
    already_loaded: bool = False

    def __str__(self) -> str:
        if self.already_loaded:
            return f"{self.file}: already loaded, nothing changed"
        days = self.taken_on[0] if len(self.taken_on) == 1 else f"{len(self.taken_on)} days"
        head = (
            f"{self.file}: {self.records:,} records of {self.source} as of {days}, "
            f"{self.new_versions:,} new or changed, {len(self.problems):,} problems"
        )
        return "\n".join([head, *(f"  {problem}" for problem in self.problems[:10])])


class _Loading:
    """One file on its way into the database."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: Source, workers: int) -> None:
        self.connection, self.source = connection, source
        rows = connection.execute(
            "SELECT content, version FROM versions WHERE source = ? OR ?",
            [source.name, source.name == "ctrdata"],
        ).fetchall()
        self.known: dict[bytes, int] = dict(rows)
        self.next_version = scalar(connection, "SELECT coalesce(max(version), 0) FROM versions") + 1
        self.seen: dict[tuple[str, int], bytes] = {}
        self.bad: list[BadRecord] = []
        self.records = 0
        self.new = 0
        self.later: list[tuple[str, bytes, bytes]] = []
        self.worker_count = workers
        self.pool: Workers | None = None
        self.broken: SourceError | None = None

    def is_new(self, raw: Raw, queued: set[bytes]) -> bool:
        """Whether a record is to be mapped; one that is known is only noted as seen."""
        content = registry_encode.content_of(self.source.name, raw.payload)
        version = self.known.get(content)
        if version is not None:
            self.seen.setdefault((raw.taken_on, version), raw.export)
            self.records += 1
            return False
        if content in queued:
            self.later.append((raw.taken_on, content, raw.export))
            return False
        queued.add(content)
        return True

    def keep(self, encoded: registry_encode.Encoded) -> None:
        """Insert a batch's new versions and note which versions it saw."""
        import pyarrow as pa

        table = registry_encode.table_of(encoded)
        self.bad += encoded.bad
        contents = table["content"].to_pylist()
        exports, days = table["export"].to_pylist(), table["taken_on"].to_pylist()
        versions, fresh = [], []
        for position, content in enumerate(contents):
            version = self.known.get(content)
            if version is None:
                version = self.next_version
                self.next_version += 1
                self.known[content] = version
                fresh.append(position)
                versions.append(version)
            self.seen.setdefault((days[position], version), exports[position])
        self.records += len(contents)
        self.new += len(fresh)
        if not fresh:
            return
        # Found by its name in this frame: a registered table would be held until the commit.
        incoming = table.take(pa.array(fresh)).append_column(
            "version", pa.array(versions, pa.int64())
        )
        names = ", ".join(f'"{name}"' for name in COLUMNS)
        self.connection.execute(
            f"INSERT INTO versions SELECT version, content, {names} FROM incoming"
        )
        self.connection.execute("INSERT INTO raw SELECT version, payload FROM incoming")
        del incoming

    def run(
        self, batches: Iterable[tuple[str, tuple[Any, ...], int]], tell: Callable[[int], None]
    ) -> None:
        """Map batches here while they are few, in workers when they are many."""
        waiting: deque[Future[Any]] = deque()
        started = 0
        try:
            for function, arguments, size in batches:
                started += size
                if self.pool is None and started > _INLINE and self.worker_count > 1:
                    self.pool = Workers(self.worker_count)
                if self.pool is None:
                    self.keep(getattr(registry_encode, function)(*arguments))
                else:
                    waiting.append(self.pool.submit(function, *arguments))
                    if len(waiting) > self.worker_count + 1:
                        self.keep(registry_encode.Encoded(*waiting.popleft().result()))
                tell(self.records)
            while waiting:
                self.keep(registry_encode.Encoded(*waiting.popleft().result()))
                tell(self.records)
        finally:
            if self.pool is not None:
                self.pool.close()


def load(
    database: Database,
    path: Path | str,
    *,
    source: str | None = None,
    taken_on: str | date | None = None,
    contacts: bool = False,
    on_bad: OnBad = "report",
    workers: int | None = None,
    tell: Callable[[int], None] | None = None,
) -> LoadReport:
    """Load one file; see `Registry.load`."""
    path = Path(path)
    day = _day(taken_on)
    parts = open_file(path)
    if not parts:
        raise SourceError.of(path.name, "an archive without files", "must hold records", "Check it")
    chosen = source_named(source) if source else source_of(parts[0])
    print_of_file = fingerprint(path)
    named = day or (parts[0].named_date if len(read_date(parts[0].named_date).text) == 10 else None)
    with database.write() as connection:
        before = connection.execute(
            "SELECT taken_on FROM snapshots WHERE fingerprint = ? AND source = ? AND contacts = ?"
            " AND (? IS NULL OR taken_on = try_cast(? AS DATE))",
            [print_of_file, chosen.name, contacts, named, named],
        ).fetchall()
        if before:
            return LoadReport(
                file=path.name,
                source=chosen.name,
                taken_on=tuple(sorted(str(row[0]) for row in before)),
                records=0,
                new_versions=0,
                problems=(),
                already_loaded=True,
            )
        count = workers if workers is not None else min(os.cpu_count() or 1, 4)
        loading = _Loading(connection, chosen, count)
        for part in parts:
            loading.run(_batches(loading, part, contacts), tell or (lambda done: None))
            if loading.broken is not None:
                if on_bad == "refuse" or loading.records == 0:
                    raise loading.broken
                loading.bad.append(BadRecord(loading.records + 1, str(loading.broken), "", ""))
                loading.broken = None
            _check_total(loading, part)
        if loading.bad and on_bad == "refuse":
            raise _refused(path, loading.bad)
        return _finish(loading, path, parts[0], print_of_file, day, contacts)


def _day(given: str | date | None) -> str | None:
    if given is None:
        return None
    read = read_date(str(given))
    if len(read.text) != 10:
        raise InputError.of(
            "taken_on", str(given), "must be a day, YYYY-MM-DD", "Give the export's day"
        )
    return read.text


def _batches(
    loading: _Loading, part: Opened, contacts: bool
) -> Iterator[tuple[str, tuple[Any, ...], int]]:
    """Batches of a part; what breaks it off is kept until the good before it is in."""
    source = loading.source
    try:
        if hasattr(source, "map_parsed"):
            yield from _line_batches(loading, part, contacts)
        else:
            yield from _row_batches(loading, part, contacts)
    except SourceError as error:
        loading.broken = error


def _line_batches(
    loading: _Loading, part: Opened, contacts: bool
) -> Iterator[tuple[str, tuple[Any, ...], int]]:
    name = loading.source.name
    lines: list[tuple[int, bytes]] = []
    held = 0
    try:
        for number, payload in json_records(part, "studies"):
            if isinstance(payload, BadRecord):
                loading.bad.append(payload)
                continue
            lines.append((number, payload))
            held += len(payload)
            if len(lines) >= _BATCH or held >= _BATCH_BYTES:
                yield "encode_lines", (name, lines, contacts), len(lines)
                lines, held = [], 0
    except SourceError:
        if lines:
            yield "encode_lines", (name, lines, contacts), len(lines)
        raise
    if lines:
        yield "encode_lines", (name, lines, contacts), len(lines)


def _row_batches(
    loading: _Loading, part: Opened, contacts: bool
) -> Iterator[tuple[str, tuple[Any, ...], int]]:
    name = loading.source.name
    raws: list[Raw] = []
    queued: set[bytes] = set()
    try:
        for raw in loading.source.records(part, contacts=contacts):
            if isinstance(raw, BadRecord):
                loading.bad.append(raw)
            elif loading.is_new(raw, queued):
                raws.append(raw)
            if len(raws) >= _BATCH:
                yield "encode", (name, raws), len(raws)
                raws = []
    except SourceError:
        if raws:
            yield "encode", (name, raws), len(raws)
        raise
    if raws:
        yield "encode", (name, raws), len(raws)


def _settle(loading: _Loading) -> None:
    for taken_on, content, export in loading.later:
        if (version := loading.known.get(content)) is not None:
            loading.seen.setdefault((taken_on, version), export)
            loading.records += 1


_TOTAL = re.compile(rb'"totalCount"\s*:\s*(\d+)')


def _check_total(loading: _Loading, part: Opened) -> None:
    found = _TOTAL.search(part.head[:4_096]) if part.head.lstrip().startswith(b"{") else None
    if found and int(found[1]) != loading.records + len(loading.bad):
        seen = f"{loading.records:,} records of a total of {int(found[1]):,}"
        rule = "all pages must be there"
        loading.bad.append(BadRecord(loading.records, seen, rule, "Fetch the other pages"))


def _refused(path: Path, bad: list[BadRecord]) -> SourceError:
    shown = "\n".join(f"  record {b.number:,}: saw {b.seen}; {b.rule}. {b.mend}." for b in bad[:10])
    more = f"\n  and {len(bad) - 10:,} more" if len(bad) > 10 else ""
    return SourceError(
        f"{path.name}: {len(bad):,} records cannot be read, nothing was loaded:\n{shown}{more}"
    )


def _finish(
    loading: _Loading, path: Path, part: Opened, print_of_file: str, day: str | None, contacts: bool
) -> LoadReport:
    _settle(loading)
    if not loading.records:
        raise SourceError.of(
            path.name, "no records", f"must hold records of {loading.source.name}", "Check it"
        )
    days = _days(loading, path, part, day)
    connection = loading.connection
    last = scalar(connection, "SELECT coalesce(max(snapshot), 0) FROM snapshots")
    loaded_at = datetime.now(UTC).replace(tzinfo=None)
    numbers = {}
    by_day: dict[str, set[int]] = {}
    for said, version in loading.seen:
        by_day.setdefault(days[said][0], set()).add(version)
    how = dict(days.values())
    for offset, taken in enumerate(sorted(by_day), start=1):
        numbers[taken] = last + offset
        connection.execute(
            "INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [numbers[taken], loading.source.name, taken, how[taken], str(path), print_of_file,
             loaded_at, len(by_day[taken]), loading.new, len(loading.bad), contacts],
        )  # fmt: skip
    _insert_seen(loading, days, numbers)
    first = min(numbers.values())
    for bad in loading.bad:
        connection.execute(
            "INSERT INTO problems VALUES (?, ?, ?, ?, ?, ?)",
            [first, path.name, bad.number, bad.seen, bad.rule, bad.mend],
        )
    connection.execute(
        "UPDATE meta SET value = CAST(CAST(value AS BIGINT) + 1 AS VARCHAR)"
        " WHERE name = 'generation'"
    )
    return LoadReport(
        file=path.name,
        source=loading.source.name,
        taken_on=tuple(sorted(by_day)),
        records=loading.records,
        new_versions=loading.new,
        problems=tuple(_said(path, bad) for bad in loading.bad),
    )


def _said(path: Path, bad: BadRecord) -> str:
    rest = f"; {bad.rule}. {bad.mend}." if bad.rule else ""
    return f"{path.name}, record {bad.number:,}: saw {bad.seen}{rest}"


def _insert_seen(
    loading: _Loading, days: dict[str, tuple[str, str]], numbers: dict[str, int]
) -> None:
    import pyarrow as pa

    rows = {
        (numbers[days[said][0]], version): export
        for (said, version), export in loading.seen.items()
    }
    table = pa.table(
        {
            "snapshot": pa.array([key[0] for key in rows], pa.int32()),
            "version": pa.array([key[1] for key in rows], pa.int64()),
            "export": pa.array(list(rows.values()), pa.binary()),
        }
    )
    loading.connection.register("sightings", table)
    loading.connection.execute("INSERT INTO seen SELECT snapshot, version, export FROM sightings")
    loading.connection.unregister("sightings")


def _days(
    loading: _Loading, path: Path, part: Opened, day: str | None
) -> dict[str, tuple[str, str]]:
    """For each day that records gave: the snapshot's day, and from where it is known."""
    said = sorted({key[0] for key in loading.seen})
    if day is not None:
        return dict.fromkeys(said, (day, "given"))
    if getattr(loading.source, "snapshots_in", None) and loading.source.snapshots_in(part):  # type: ignore[attr-defined]
        return {text: (text, "the file's snapshot column") for text in said}
    if part.named_date and len(read_date(part.named_date).text) == 10:
        return dict.fromkeys(said, (part.named_date, "the file's name"))
    if told := [text for text in said if len(read_date(text).text) == 10]:
        return dict.fromkeys(said, (max(told), "the records"))
    changed = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).date().isoformat()
    return dict.fromkeys(said, (changed, "the file's own time"))
