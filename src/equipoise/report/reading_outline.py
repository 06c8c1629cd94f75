"""What every report of a reading shares: marks for facts, and what is said, denied, silent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

from equipoise.vocabulary.reading import Fact, FactKind
from equipoise.vocabulary.record import record
from equipoise.wording import listing, out_of, percent, plural

if TYPE_CHECKING:
    from equipoise.claims.reading import Reading
    from equipoise.vocabulary.reading import Answer, Checked, StudyFacts

KINDS: tuple[FactKind, ...] = get_args(FactKind)
"""The kinds in the order in which they are shown."""

LETTERS: dict[FactKind, str] = {
    "patients": "P",
    "treatment": "T",
    "design": "D",
    "outcome": "O",
    "harm": "H",
    "trials": "N",
    "plan": "F",
    "standing": "S",
    "argument": "A",
    "caution": "C",
    "hype": "Y",
    "context": "X",
}
"""A kind's letter in a mark; the cue beside its colour."""

_SYMPTOMS = re.compile(r"(?<=\w) symptoms$")

SILENCE = "Silent means that the text says nothing of it, not that it was not so."


@record
class Answered:
    """One question put to the study that is claimed, the answer in words, and its facts."""

    question: str
    answer: str
    how: Answer
    implied: bool
    facts: tuple[Fact, ...]


def in_order(reading: Reading) -> list[Fact]:
    """The facts as they stand in the text, the longer first where two begin together."""
    return sorted(reading.facts, key=lambda fact: (fact.start, -fact.end, fact.id))


def marks(reading: Reading) -> dict[str, str]:
    """A short mark for each fact's id: its kind's letter and its number among these."""
    counts: dict[FactKind, int] = {}
    out = {}
    for fact in in_order(reading):
        counts[fact.kind] = counts.get(fact.kind, 0) + 1
        out[fact.id] = f"{LETTERS[fact.kind]}{counts[fact.kind]}"
    return out


def value(fact: Fact) -> str:
    """A fact's value as it is shown; empty where it has none."""
    match fact.value:
        case None:
            return "" if fact.percent is None else percent(fact.percent / 100)
        case (int() as events, int() as n):
            return out_of(events, n)
        case (int() as events, None):
            return f"{events:,}, of how many is not said"
        case (None, int() as n):
            return f"of {n:,}"
        case tuple():
            return ""
        case int() | float() as number:
            return f"{number:,}"
        case word:
            return str(word)


def by_fact(reading: Reading) -> dict[str, list[Checked]]:
    """The checks that rest on each fact, by its id."""
    out: dict[str, list[Checked]] = {}
    for checked in reading.checks:
        for key in checked.facts:
            out.setdefault(key, []).append(checked)
    return out


def answers(reading: Reading) -> tuple[Answered, ...]:
    """Every question, in the order of asking, with what the text says of the claimed study."""
    study = reading.study
    known = {fact.id: fact for fact in reading.facts}
    because = dict(study.because)

    def row(question: str, field: str, how: Answer, answer: str) -> Answered:
        facts = tuple(known[key] for key in because.get(field, ()) if key in known)
        implied = field in study.implied
        return Answered(question=question, answer=answer, how=how, implied=implied, facts=facts)

    def told(question: str, field: str, answer: str | None) -> Answered:
        return row(question, field, "yes" if answer else "silent", answer or "")

    yes_no = {"yes": "yes", "no": "no", "silent": ""}
    return (
        told("How many patients", "n_total", _total(study)),
        told("Which groups", "groups", _groups(reading)),
        told("In whom", "subjects", _SUBJECTS.get(study.subjects)),
        row("Comparison group", "controlled", study.controlled, yes_no[study.controlled]),
        row("Allocated at random", "randomised", study.randomised, yes_no[study.randomised]),
        row("Blinded", "blinded", study.blinded, yes_no[study.blinded]),
        told("Phase", "phase", study.phase),
        told("Registration", "registry_ids", listing(list(study.registry_ids))),
        told("Begun", "started", study.started),
        told("Follow-up", "follow_up", study.follow_up),
        row(
            "Other treatments",
            "co_treatments",
            study.co_treatments,
            yes_no[study.co_treatments],
        ),
        row("Harms", "harms", *_harms(study)),
        row("Who paid", "funding", study.funding, "stated" if study.funding == "yes" else ""),
    )


def _total(study: StudyFacts) -> str | None:
    if study.n_total is None:
        return None
    return f"{study.n_total:,}{', added up from the groups' if study.n_total_derived else ''}"


def _groups(reading: Reading) -> str:
    """The groups that people were treated in; not those screened, planned or reported before."""
    treated = {
        (fact.label, fact.value)
        for fact in reading.facts
        if fact.kind == "patients" and fact.topic == "group"
    }
    groups = [row for row in reading.study.groups if (row.label, row.n) in treated]
    return listing([f"{row.n:,} {_SYMPTOMS.sub('', row.label)}" for row in groups])


def _harms(study: StudyFacts) -> tuple[Answer, str]:
    match study.harms:
        case "denied":
            return "no", "denied without a count"
        case "silent":
            return "silent", ""
        case "mentioned":
            return "yes", "mentioned without a count"
        case _:
            return "yes", "counted"


_SUBJECTS = {
    "people": "in people",
    "animals": "in animals",
    "cells": "in cells",
    "simulation": "in a simulation",
}

_SAID = {
    "How many patients": "{} patients",
    "Which groups": "of them {}",
    "In whom": "{}",
    "Comparison group": "there was a comparison group",
    "Allocated at random": "treatment was allocated at random",
    "Blinded": "it was blinded",
    "Phase": "phase {}",
    "Registration": "registered as {}",
    "Begun": "begun {}",
    "Follow-up": "follow-up: {}",
    "Other treatments": "other treatments were given",
    "Harms": "harms are {}",
    "Who paid": "funding or interests are stated",
}

_DENIED = {
    "Comparison group": "that there was a comparison group",
    "Allocated at random": "that treatment was allocated at random",
    "Blinded": "that it was blinded",
    "Other treatments": "that other treatments were given",
    "Harms": "harms, without a count",
    "Who paid": "funding or interests",
}

_SILENT = {
    "How many patients": "how many patients there were",
    "In whom": "whether they were people",
    "Comparison group": "any comparison group",
    "Allocated at random": "how it was decided who got the treatment",
    "Blinded": "who knew the treatment",
    "Registration": "where the study is registered",
    "Follow-up": "how long patients were followed",
    "Other treatments": "what else they received",
    "Harms": "harms",
    "Who paid": "funding and interests",
}


def said(rows: tuple[Answered, ...]) -> list[str]:
    """What the text says was so, in words that follow *it says*."""
    return [
        f"{_SAID[row.question].format(row.answer)}{_implied(row)}"
        for row in rows
        if row.how == "yes"
    ]


def denied(rows: tuple[Answered, ...]) -> list[str]:
    """What the text says was not so, in words that follow *it denies*."""
    return [f"{_DENIED[row.question]}{_implied(row)}" for row in rows if row.how == "no"]


def _implied(row: Answered) -> str:
    return " (implied)" if row.implied else ""


def silent(rows: tuple[Answered, ...]) -> list[str]:
    """What the text says nothing of, in words that follow *it is silent on*."""
    return [
        _SILENT[row.question] for row in rows if row.how == "silent" and row.question in _SILENT
    ]


def issues(reading: Reading) -> list[Checked]:
    """The checks that found an issue in words of the text; what it is silent on stands apart."""
    return [row for row in reading.checks if row.finding.status == "issue" and row.facts]


def heard(reading: Reading, name: str) -> int:
    """How many of the facts are in this voice."""
    return sum(fact.speaker == name for fact in reading.facts)


def counted(reading: Reading) -> str:
    """How much was found: ``24 facts, 4 voices, 8 checks``."""
    parts = [
        plural(len(reading.facts), "fact"),
        plural(len(reading.voices), "voice"),
        plural(len(reading.checks), "check"),
    ]
    return listing(parts)
