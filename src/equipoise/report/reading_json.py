"""A reading as JSON; the schema is docs/reference/reading.schema.json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from . import reading_outline as shared

if TYPE_CHECKING:
    from equipoise.claims.reading import Reading
    from equipoise.vocabulary.figure import Figure
    from equipoise.vocabulary.reading import Checked, Document, Fact, StudyFacts

SCHEMA = "equipoise/reading/1"


def reading_dict(reading: Reading) -> dict[str, Any]:
    """The reading as plain values; facts stand once, under `facts`, and are cited by id."""
    names = shared.marks(reading)
    rows = shared.answers(reading)
    return {
        "schema": SCHEMA,
        "document": _document(reading.document),
        "summary": {
            "says": shared.said(rows),
            "denies": shared.denied(rows),
            "silent_on": shared.silent(rows),
        },
        "study": _study(reading.study),
        "facts": [_fact(fact, names[fact.id]) for fact in shared.in_order(reading)],
        "voices": [
            {
                "name": voice.name,
                "role": voice.role,
                "stance": voice.stance,
                "interest": voice.interest,
                "start": voice.start,
                "end": voice.end,
                "text": voice.text,
                "facts": shared.heard(reading, voice.name),
            }
            for voice in reading.voices
        ],
        "checks": [_check(row) for row in reading.checks],
        "contradictions": [
            {"about": row.about, "facts": list(row.facts)} for row in reading.contradictions
        ],
    }


def reading_json(reading: Reading) -> str:
    """The same as text, indented; no number in it is infinite or not a number."""
    return json.dumps(reading_dict(reading), indent=2, ensure_ascii=False, allow_nan=False)


def _document(document: Document) -> dict[str, Any]:
    return {
        "name": document.name,
        "media": document.media,
        "title": document.title,
        "author": document.author,
        "date": document.date,
        "characters": len(document.original),
        "left_out": [
            {"start": row.start, "end": row.end, "why": row.why, "language": row.language}
            for row in document.left_out
        ],
    }


def _study(study: StudyFacts) -> dict[str, Any]:
    return {
        "n_total": study.n_total,
        "n_total_derived": study.n_total_derived,
        "groups": [{"label": row.label, "n": row.n} for row in study.groups],
        "randomised": study.randomised,
        "controlled": study.controlled,
        "blinded": study.blinded,
        "phase": study.phase,
        "registry_ids": list(study.registry_ids),
        "n_trials": study.n_trials,
        "follow_up": study.follow_up,
        "started": study.started,
        "subjects": study.subjects,
        "harms": study.harms,
        "co_treatments": study.co_treatments,
        "funding": study.funding,
        "caution": study.caution,
        "implied": list(study.implied),
        "because": {name: list(facts) for name, facts in study.because},
    }


def _fact(fact: Fact, mark: str) -> dict[str, Any]:
    return {
        "id": fact.id,
        "mark": mark,
        "kind": fact.kind,
        "topic": fact.topic,
        "value": list(fact.value) if isinstance(fact.value, tuple) else fact.value,
        "status": fact.status,
        "study": fact.study,
        "speaker": fact.speaker,
        "label": fact.label,
        "unit": fact.unit,
        "time": fact.time,
        "percent": fact.percent,
        "start": fact.start,
        "end": fact.end,
        "text": fact.text,
        "words": fact.words,
        "rule": fact.rule,
        "also": [{"start": row.start, "end": row.end, "text": row.text} for row in fact.also],
    }


def _check(checked: Checked) -> dict[str, Any]:
    finding = checked.finding
    return {
        "code": finding.code,
        "title": finding.check.title,
        "status": finding.status,
        "text": str(finding.sentence),
        "figures": [_figure(figure) for figure in finding.sentence.figures],
        "words": finding.words,
        "speaker": finding.speaker,
        "ask": finding.check.ask,
        "facts": list(checked.facts),
    }


def _figure(figure: Figure) -> dict[str, Any]:
    value = figure.value
    return {
        "id": figure.id,
        "value": list(value) if isinstance(value, tuple) else value,
        "shown": figure.shown,
        "kind": figure.kind,
        "method": figure.method.id if figure.method else None,
    }
