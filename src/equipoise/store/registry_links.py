"""Linking what a database holds, and keeping the edges and trials in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from equipoise.registry.interventions import built_in
from equipoise.registry.link_features import compared
from equipoise.registry.linking import Edge, edges
from equipoise.registry.merging import edges_by_number, settle, trials
from equipoise.store.registry_database import scalar
from equipoise.vocabulary.registry import ClassFound, Intervention, OtherId, RegistryRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from equipoise.store.registry_database import Database

_FIELDS = (
    "id", "registry", "key", "source", "public_title", "scientific_title", "acronym",
    "interventions", "study_type", "randomised", "phase", "planned_size", "actual_size",
    "registered", "started", "countries", "sponsor", "other_ids", "classes",
)  # fmt: skip


def latest_records(connection: duckdb.DuckDBPyConnection) -> Iterator[RegistryRecord]:
    """The latest version of every registration, with what linking compares."""
    cursor = connection.execute(f"SELECT {', '.join(_FIELDS)} FROM registrations ORDER BY key, id")
    while rows := cursor.fetchmany(2_000):
        for row in rows:
            values = dict(zip(_FIELDS, row, strict=True))
            values["interventions"] = tuple(
                Intervention(**i) for i in values["interventions"] or ()
            )
            values["other_ids"] = tuple(OtherId(**i) for i in values["other_ids"] or ())
            values["classes"] = tuple(ClassFound(**i) for i in values["classes"] or ())
            values["countries"] = tuple(values["countries"] or ())
            yield RegistryRecord(**values)


def find(
    connection: duckdb.DuckDBPyConnection, people: Sequence[Edge]
) -> tuple[list[Edge], dict[str, str]]:
    """Edges among all registrations, and the trial of every number."""
    groups: dict[str, list[RegistryRecord]] = {}
    for record in latest_records(connection):
        groups.setdefault(record.key, []).append(record)
    sizes: dict[str, set[int]] = {}
    for key, size in connection.execute(
        "SELECT DISTINCT key, planned_size FROM versions WHERE planned_size > 0"
    ).fetchall():
        sizes.setdefault(key, set()).add(size)
    vocabulary = built_in()
    units = [compared(group, vocabulary, sizes.get(key, ())) for key, group in groups.items()]
    ids = {
        key: [other for record in group for other in record.other_ids]
        for key, group in groups.items()
    }
    found = settle(edges_by_number(ids, set(groups)), edges(units), people)
    return found, trials(groups, found)


def refresh(database: Database, people: Sequence[Edge], stamp: str) -> None:
    """Link anew where the data or the decisions changed since the last time."""
    now = f"{scalar(database.read(), _GENERATION)}:{stamp}"
    if scalar(database.read(), "SELECT max(value) FROM meta WHERE name = 'linked'") == now:
        return
    found, names = find(database.read(), people)
    frame = pl.DataFrame(
        {
            "a": [e.a for e in found], "b": [e.b for e in found],
            "decision": [e.decision for e in found], "score": [e.score for e in found],
            "confidence": [e.confidence for e in found],
            "reasons": [list(e.reasons) for e in found], "by": [e.by for e in found],
        },
        schema={"a": pl.String, "b": pl.String, "decision": pl.String, "score": pl.Float64,
                "confidence": pl.Float64, "reasons": pl.List(pl.String), "by": pl.String},
    )  # fmt: skip
    mapped = pl.DataFrame(
        {"key": list(names), "trial": list(names.values())},
        schema={"key": pl.String, "trial": pl.String},
    )
    with database.write() as connection:
        if f"{scalar(connection, _GENERATION)}:{stamp}" != now:
            return  # another process loaded in between; the next question links
        connection.execute("DELETE FROM edges")
        connection.execute("DELETE FROM trials_of")
        connection.register("edges_found", frame.to_arrow())
        connection.register("trials_found", mapped.to_arrow())
        connection.execute("INSERT INTO edges SELECT * FROM edges_found")
        connection.execute("INSERT INTO trials_of SELECT * FROM trials_found")
        connection.execute("DELETE FROM meta WHERE name = 'linked'")
        connection.execute("INSERT INTO meta VALUES ('linked', ?)", [now])


_GENERATION = "SELECT value FROM meta WHERE name = 'generation'"
