"""Exports read without a database: for dossiers that carry a few of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import polars as pl

from equipoise.registry.interventions import built_in
from equipoise.registry.link_features import compared
from equipoise.registry.linking import edges
from equipoise.registry.merging import edges_by_number, settle, trials
from equipoise.registry.sources.catalogue import source_of
from equipoise.registry.sources.opened import open_file
from equipoise.registry.sources.protocols import BadRecord
from equipoise.vocabulary.dates import PartialDate

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from equipoise.vocabulary.registry import RegistryRecord

_TEXT = pl.List(pl.String)


def _structs(*names: str) -> pl.List:
    return pl.List(pl.Struct(dict.fromkeys(names, pl.String)))


_KINDS: dict[str, pl.DataType | type[pl.DataType]] = {
    "conditions": _TEXT,
    "countries": _TEXT,
    "interventions": _structs("kind", "name", "description"),
    "classes": _structs("axis", "name", "text", "field"),
    "planned_size": pl.Int64,
    "actual_size": pl.Int64,
    "taken_on": pl.Date,
    "registered_last": pl.Date,
    "posted_last": pl.Date,
}


def observe(paths: Iterable[Path]) -> tuple[pl.DataFrame, list[str]]:
    """One row a record and export, as the database's ``observations``, and the problems."""
    rows: list[dict[str, object]] = []
    latest: dict[str, RegistryRecord] = {}
    problems: list[str] = []
    for number, path in enumerate(sorted(paths), start=1):
        for part in open_file(path):
            source = source_of(part)
            for raw in source.records(part, contacts=False):
                if isinstance(raw, BadRecord):
                    problems.append(
                        f"{part.name}, record {raw.number:,}: saw {raw.seen}; {raw.rule}"
                    )
                    continue
                found = source.map(raw.payload)
                latest[found.id] = found
                taken = part.named_date or raw.taken_on
                rows.append(_observed(found, number, source.name, taken, len(rows)))
    if not rows:
        return pl.DataFrame(), problems
    frame = pl.DataFrame(rows, infer_schema_length=None, schema_overrides=_KINDS)
    named = _trials(latest.values())
    return frame.with_columns(
        pl.col("key").replace_strict(named, default=None).alias("trial")
    ), problems


def _observed(
    found: RegistryRecord, snapshot: int, source: str, taken_on: str, version: int
) -> dict[str, object]:
    values = asdict(found)
    for name in ("interventions", "arms", "other_ids", "classes", "notes"):
        values[name] = [item._asdict() for item in getattr(found, name)]
    return {
        **values,
        "version": version,
        "snapshot": snapshot,
        "snapshot_source": source,
        "taken_on": last_day(taken_on[:10]),
        "registered_last": last_day(found.registered),
        "posted_last": last_day(found.posted),
    }


def last_day(text: str) -> date | None:
    """The last day of a partial date."""
    return PartialDate.parse(text).last_day if text else None


def _trials(records: Iterable[RegistryRecord]) -> dict[str, str]:
    groups: dict[str, list[RegistryRecord]] = {}
    for found in records:
        groups.setdefault(found.key, []).append(found)
    units = [compared(group, built_in()) for group in groups.values()]
    ids = {key: [other for r in group for other in r.other_ids] for key, group in groups.items()}
    return trials(groups, settle(edges_by_number(ids, set(groups)), edges(units), ()))
