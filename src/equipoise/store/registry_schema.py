"""The registry database's tables: what stands in the file that people query."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from equipoise.vocabulary.registry import RegistryRecord

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = "1"
# Columns of `versions` by kind; every other field of a RegistryRecord is text.
_LISTS = ("conditions", "countries", "collaborators", "primary_outcomes", "secondary_outcomes")
_NUMBERS = ("planned_size", "actual_size")
_STRUCTS: dict[str, tuple[str, ...]] = {
    "interventions": ("kind", "name", "description"),
    "arms": ("label", "kind", "description"),
    "other_ids": ("number", "registry", "key", "field"),
    "classes": ("axis", "name", "text", "field"),
    "notes": ("field", "seen", "note"),
}
COLUMNS = tuple(field.name for field in fields(RegistryRecord))


def _sql_type(name: str) -> str:
    if name in _LISTS:
        return "VARCHAR[]"
    if name in _NUMBERS:
        return "INTEGER"
    if name in _STRUCTS:
        members = ", ".join(f'"{member}" VARCHAR' for member in _STRUCTS[name])
        return f"STRUCT({members})[]"
    return "VARCHAR"


def statements() -> list[str]:
    """The statements that make an empty database."""
    columns = ", ".join(f'"{name}" {_sql_type(name)}' for name in COLUMNS)
    return [
        "CREATE TABLE meta (name VARCHAR PRIMARY KEY, value VARCHAR)",
        f"INSERT INTO meta VALUES ('schema', '{SCHEMA_VERSION}'), ('generation', '0')",
        """CREATE TABLE snapshots (snapshot INTEGER PRIMARY KEY, source VARCHAR, taken_on DATE,
           day_known_from VARCHAR, file VARCHAR, fingerprint VARCHAR, loaded_at TIMESTAMP,
           records INTEGER, new_versions INTEGER, problems INTEGER, contacts BOOLEAN)""",
        f"CREATE TABLE versions (version BIGINT, content BLOB, {columns})",
        "CREATE TABLE raw (version BIGINT, payload BLOB)",
        "CREATE TABLE seen (snapshot INTEGER, version BIGINT, export BLOB)",
        """CREATE TABLE problems (snapshot INTEGER, file VARCHAR, record INTEGER, seen VARCHAR,
           rule VARCHAR, mend VARCHAR)""",
        """CREATE TABLE edges (a VARCHAR, b VARCHAR, decision VARCHAR, score DOUBLE,
           confidence DOUBLE, reasons VARCHAR[], "by" VARCHAR)""",
        "CREATE TABLE trials_of (key VARCHAR, trial VARCHAR)",
        """CREATE MACRO first_day(partial) AS try_cast(CASE length(partial) WHEN 4 THEN partial ||
           '-01-01' WHEN 7 THEN partial || '-01' ELSE partial END AS DATE)""",
        """CREATE MACRO last_day_of(partial) AS CASE length(partial) WHEN 4 THEN
           try_cast(partial || '-12-31' AS DATE) WHEN 7 THEN last_day(try_cast(partial || '-01' AS
           DATE)) ELSE try_cast(partial AS DATE) END""",
        """CREATE VIEW observations AS SELECT s.snapshot, s.source AS snapshot_source, s.taken_on,
           v.* FROM seen JOIN snapshots s USING (snapshot) JOIN versions v USING (version)""",
        """CREATE VIEW registrations AS SELECT * EXCLUDE (position) FROM (SELECT o.*,
           row_number() OVER (PARTITION BY id ORDER BY taken_on DESC, snapshot DESC, version DESC)
           AS position FROM observations o) WHERE position = 1""",
        """CREATE VIEW identifiers AS SELECT version, id, key AS of_key, unnest(other_ids,
           recursive := true) FROM versions""",
    ]


@lru_cache(maxsize=1)
def arrow_schema() -> pa.Schema:
    """The same columns in Arrow, with digest, raw record and what was exported."""
    import pyarrow as pa

    def kind(name: str) -> Any:
        if name in _LISTS:
            return pa.list_(pa.string())
        if name in _NUMBERS:
            return pa.int32()
        if name in _STRUCTS:
            return pa.list_(pa.struct([(member, pa.string()) for member in _STRUCTS[name]]))
        return pa.string()

    return pa.schema(
        [
            ("number", pa.int32()),
            ("content", pa.binary()),
            ("payload", pa.binary()),
            ("export", pa.binary()),
            ("taken_on", pa.string()),
            *((name, kind(name)) for name in COLUMNS),
        ]
    )
