"""A reading as a data frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from equipoise.vocabulary.reading import Value

    from .reading import Reading


def shown(value: Value) -> str | None:
    """A fact's value as text: ``31``, ``7 of 31``, ``67%``; None where it has none."""
    if isinstance(value, tuple):
        events, n = value
        if events is None:
            return None if n is None else f"of {n:,}"
        return f"{events:,} of {n:,}" if n is not None else f"{events:,}"
    if isinstance(value, float):
        return f"{value:g}%"
    return None if value is None else f"{value:,}" if isinstance(value, int) else value


def facts(reading: Reading) -> pl.DataFrame:
    """One row a fact, in the order of the text."""
    return pl.DataFrame(
        [
            {
                "id": fact.id,
                "kind": fact.kind,
                "topic": fact.topic,
                "value": shown(fact.value),
                "status": fact.status,
                "study": fact.study,
                "speaker": fact.speaker,
                "label": fact.label,
                "words": fact.words,
                "start": fact.start,
                "end": fact.end,
                "rule": fact.rule,
            }
            for fact in reading.facts
        ],
        schema={
            "id": pl.String,
            "kind": pl.String,
            "topic": pl.String,
            "value": pl.String,
            "status": pl.String,
            "study": pl.Boolean,
            "speaker": pl.String,
            "label": pl.String,
            "words": pl.String,
            "start": pl.Int64,
            "end": pl.Int64,
            "rule": pl.String,
        },
    )
