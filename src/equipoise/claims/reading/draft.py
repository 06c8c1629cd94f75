"""A reading to the draft of a claim: every piece for a person to confirm, silence included."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from equipoise.claims.confirmed import pieces
from equipoise.errors import InputError
from equipoise.vocabulary.claim import (
    Argument,
    ArgumentKind,
    Claim,
    MeantFor,
    Said,
    Speaker,
    Statement,
    Statements,
    Stratum,
    Subset,
    TrialCount,
)
from equipoise.vocabulary.dates import PartialDate
from equipoise.vocabulary.record import record
from equipoise.vocabulary.source import Source

from .draft_names import short, slug, surname, unique
from .draft_outcomes import drafted_outcomes
from .draft_question import drafted_question

if TYPE_CHECKING:
    from datetime import date

    from equipoise.vocabulary.question import Outcome, Question
    from equipoise.vocabulary.reading import Answer, Document, Fact, FactKind, Voice

    from . import Reading
    from .draft_outcomes import DraftedOutcome

ARGUMENTS: dict[tuple[FactKind, str], ArgumentKind] = {
    ("argument", "mechanism"): "mechanism",
    ("argument", "animals"): "animal",
    ("argument", "analogy"): "analogy",
    ("argument", "unmet need"): "unmet need",
    ("argument", "popularity"): "popularity",
    ("standing", "for trials only"): "approval",
    ("standing", "approved"): "approval",
}
"""Which facts are arguments of a claim, and of which kind."""

MEANT, FIRST = "meant for", "reported first"
"""Topics of facts that a draft looks for."""

_SYMPTOMS = re.compile(r"\s(?:symptoms|disease|illness|cases?)$", re.IGNORECASE)
"""What a group's name can do without."""

_HARMS: dict[str, Said] = {"counted": "yes", "denied": "no", "mentioned": "partly"}


@record
class Draft:
    """A claim as a machine read it, and what the dossier needs beside it.

    `outcomes` are to be added to the question; `question` is for a dossier that has none yet;
    `because` names, for each piece, the facts that it rests on; `heard` the voice of each speaker.
    """

    claim: Claim
    source: Source
    outcomes: tuple[Outcome, ...]
    question: Question
    because: dict[str, tuple[str, ...]]
    heard: dict[str, Voice]


def draft(
    reading: Reading,
    question: Question | None,
    today: date,
    *,
    source: str | None = None,
    first_public: str | None = None,
) -> Draft:
    """Draft a claim, its source, and a question where there is none.

    Parameters
    ----------
    reading : Reading
    question : Question or None
        The dossier's; its outcomes are used where the text's words fit them.
    today : date
        The day on which the drafted difference that matters is set.
    source : str, optional
        Id of the source, and of the claim; made of author and year where left out.
    first_public : str, optional
        The day on which the text was first public, where it does not say so itself.

    Raises
    ------
    InputError
        The text has no date, no number of patients or no counted outcome, without which a claim
        cannot be held against anything.
    """
    day = _day(reading.document, first_public)
    key = source or _key(reading.document, day)
    because: dict[str, tuple[str, ...]] = dict(reading.study.because)
    speakers, ids = _speakers(reading)
    outcomes = drafted_outcomes(reading, question, ids)
    n = reading.study.n_total or max((row.claimed.n for row in outcomes), default=0)
    if not n or not outcomes:
        raise _nothing_counted(reading.document, n)
    strata = _strata(reading, n)
    arguments = _arguments(reading, ids)
    claim = Claim(
        id=key,
        label=_label(reading.document, day),
        source=key,
        locator=_locator(reading.document),
        first_public=day,
        treatment=_treatment(reading),
        observed=f"from {reading.study.started}" if reading.study.started else None,
        n=n,
        patients_words=_words(reading, because.get("n_total", ())),
        strata=tuple(row for row, _ in strata),
        subsets=_subsets(reading, n),
        outcomes=tuple(row.claimed for row in outcomes),
        statements=_statements(reading, ids),
        meant_for=_meant_for(reading, [row for row, _ in strata]),
        arguments=tuple(row for row, _ in arguments),
        speakers=tuple(row for row, _ in speakers),
        trial_count=_trial_count(reading),
    )
    names = pieces(claim)
    rests = _rests(reading, strata, outcomes, arguments)
    return Draft(
        claim=dataclasses.replace(claim, unconfirmed=names),
        source=_source(reading.document, key, day),
        outcomes=tuple(row.new for row in outcomes if row.new is not None),
        question=question or drafted_question(reading, claim, outcomes, today),
        heard={f"speakers.{row.id}": voice for row, voice in speakers},
        because={name: rests[name] for name in names if rests.get(name)},
    )


def _rests(
    reading: Reading,
    strata: list[tuple[Stratum, tuple[str, ...]]],
    outcomes: list[DraftedOutcome],
    arguments: list[tuple[Argument, Fact]],
) -> dict[str, tuple[str, ...]]:
    """The facts that each piece rests on, where there are any."""
    because: dict[str, tuple[str, ...]] = dict(reading.study.because)
    given = _treatment_fact(reading)
    return {
        "n": because.get("n_total", ()),
        "observed": because.get("started", ()),
        "trial_count": because.get("n_trials", ()),
        "treatment": (given.id,) if given else (),
        **{f"strata.{row.id}": facts for row, facts in strata},
        **{f"outcomes.{row.claimed.outcome}": (row.fact.id,) for row in outcomes},
        **{
            f"statements.{point}": because.get(name, ())
            for point, name in (
                ("comparator", "controlled"),
                ("randomised", "randomised"),
                ("blinded_assessment", "blinded"),
                ("follow_up", "follow_up"),
                ("co_treatments", "co_treatments"),
                ("harms", "harms"),
            )
        },
        **{f"arguments.{number}": (fact.id,) for number, (_, fact) in enumerate(arguments)},
        "meant_for": _ids(reading, MEANT),
        "subsets.reported-first": _ids(reading, FIRST),
    }


def _day(document: Document, given: str | None) -> PartialDate:
    text = given or document.date
    if text is None:
        raise InputError.of(
            "first_public",
            None,
            f"{document.name} does not say when it was first public",
            "Give the day with --first-public, as 2020-03-25",
        )
    try:
        return PartialDate.parse(text)
    except ValueError as error:
        raise InputError.of("first_public", text, str(error), "Write it as 2020-03-25") from None


def _key(document: Document, day: PartialDate) -> str:
    name = surname(document.author) if document.author else ""
    stem = document.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return f"{slug(name) or slug(stem) or 'text'}-{day.year}"


def _label(document: Document, day: PartialDate) -> str:
    name = surname(document.author) if document.author else ""
    return f"{name} {day.year}" if name else short(document.title or document.name, 60)


def _nothing_counted(document: Document, n: int) -> InputError:
    missing = "counted outcome" if n else "number of patients"
    return InputError.of(
        "text",
        document.name,
        f"no {missing} was found in it, and a claim needs one to be held against anything",
        "Read it without --into, and write the claim by hand (docs/how-to/write-a-dossier.md)",
    )


def _locator(document: Document) -> str:
    return f"characters {document.origin[0]} to {document.ends[-1]}"


def _ids(reading: Reading, topic: str) -> tuple[str, ...]:
    return tuple(fact.id for fact in reading.facts if fact.topic == topic)[:1]


def _treatment(reading: Reading) -> str:
    named = _treatment_fact(reading)
    if named is None:
        return "the treatment of the text"
    return short(str(named.value) if isinstance(named.value, str) else named.words, 120)


def _treatment_fact(reading: Reading) -> Fact | None:
    """The first treatment of the claimed study that is no placebo, and no patients either."""
    people = [(fact.start, fact.end) for fact in reading.facts if fact.kind == "patients"]
    return next(
        (
            fact
            for fact in reading.facts
            if fact.kind == "treatment"
            and fact.study
            and "placebo" not in fact.words.lower()
            and not any(start <= fact.start < end for start, end in people)
        ),
        None,
    )


def _words(reading: Reading, ids: tuple[str, ...]) -> str | None:
    known = {fact.id: fact for fact in reading.facts}
    return next((short(known[key].words) for key in ids if key in known), None)


def _speakers(reading: Reading) -> tuple[list[tuple[Speaker, Voice]], dict[str, str]]:
    """Those heard whose stance could be told, and the id of each by name."""
    out: list[tuple[Speaker, Voice]] = []
    ids: dict[str, str] = {}
    for voice in reading.voices:
        if voice.stance == "unknown":
            continue
        key = unique(slug(surname(voice.name)) or "speaker", ids.values())
        ids[voice.name] = key
        speaker = Speaker(
            id=key,
            name=voice.name,
            role=voice.role or "not said",
            stance=voice.stance,
            interest=voice.interest,
        )
        out.append((speaker, voice))
    return out, ids


def _strata(reading: Reading, n: int) -> list[tuple[Stratum, tuple[str, ...]]]:
    """The groups as strata, where they add up to all patients."""
    facts = [
        fact
        for fact in reading.facts
        if fact.kind == "patients" and fact.topic == "group" and fact.study and fact.label
    ]
    counted = [(fact, fact.value) for fact in facts if isinstance(fact.value, int)]
    if len(counted) < 2 or sum(value for _, value in counted) != n:
        return []
    out: list[tuple[Stratum, tuple[str, ...]]] = []
    taken: list[str] = []
    for fact, value in counted:
        label = _SYMPTOMS.sub("", str(fact.label)) or str(fact.label)
        key = unique(slug(label) or "group", taken)
        taken.append(key)
        out.append((Stratum(id=key, label=label, n=value, words=short(fact.words)), (fact.id,)))
    return out


def _statements(reading: Reading, ids: dict[str, str]) -> Statements:
    study = reading.study
    known = {fact.id: fact for fact in reading.facts}
    because = dict(study.because)

    def said(name: str, answer: Answer | Said) -> Statement:
        fact = next((known[key] for key in because.get(name, ()) if key in known), None)
        note = "implied by the text, not said in it" if name in study.implied else None
        if fact is None or answer == "silent":
            return Statement(said=answer, note=note)
        speaker = ids.get(fact.speaker) if fact.speaker else None
        return Statement(said=answer, words=short(fact.words), speaker=speaker, note=note)

    return Statements(
        comparator=said("controlled", study.controlled),
        randomised=said("randomised", study.randomised),
        blinded_assessment=said("blinded", study.blinded),
        follow_up=said("follow_up", "yes" if study.follow_up else "silent"),
        co_treatments=said("co_treatments", study.co_treatments),
        harms=said("harms", _HARMS.get(study.harms, "silent")),
    )


def _meant_for(reading: Reading, strata: list[Stratum]) -> MeantFor | None:
    """Whom it is said to be for, where the words name a stratum."""
    fact = next((row for row in reading.facts if row.topic == MEANT), None)
    if fact is None:
        return None
    words = fact.words.lower()
    named = tuple(row.id for row in strata if _names(words, row.label))
    return MeantFor(words=short(fact.words), strata=named) if named else None


_GRADES = ("mild", "moderate", "severe|serious", "critical")


def _names(words: str, label: str) -> bool:
    """Whether words name a stratum by how ill; *seriously ill* takes in the critically ill."""
    said = [rank for rank, pattern in enumerate(_GRADES) if re.search(pattern, words)]
    of = [rank for rank, pattern in enumerate(_GRADES) if re.search(pattern, label.lower())]
    if not said or not of:
        return False
    return max(of) in said or (max(said) == 2 and max(of) == 3)


def _arguments(reading: Reading, ids: dict[str, str]) -> list[tuple[Argument, Fact]]:
    """One of each kind and voice, the first; the reading has them all."""
    out = []
    seen: set[tuple[str, str | None]] = set()
    for fact in sorted(reading.facts, key=lambda row: row.start):
        kind = ARGUMENTS.get((fact.kind, fact.topic))
        if kind is not None and (kind, fact.speaker) not in seen:
            seen.add((kind, fact.speaker))
            argument = Argument(
                kind=kind,
                words=short(fact.words),
                gist=f"“{short(fact.words, 120)}”",
                speaker=ids.get(fact.speaker) if fact.speaker else None,
            )
            out.append((argument, fact))
    return out


def _subsets(reading: Reading, n: int) -> tuple[Subset, ...]:
    """Those of the patients who were reported before."""
    fact = next((row for row in reading.facts if row.topic == FIRST), None)
    if fact is None or not isinstance(fact.value, int) or not 0 < fact.value < n:
        return ()
    return (Subset(study="reported-first", n=fact.value, words=short(fact.words)),)


def _trial_count(reading: Reading) -> TrialCount | None:
    n = reading.study.n_trials
    if n is None:
        return None
    because = dict(reading.study.because).get("n_trials", ())
    known = {fact.id: fact for fact in reading.facts}
    fact = next((known[key] for key in because if key in known), None)
    words = short(fact.words) if fact else f"{n} trials"
    return TrialCount(n=n, words=words, place=fact.label if fact else None)


def _source(document: Document, key: str, day: PartialDate) -> Source:
    parts = [document.author, document.title or document.name, str(day)]
    return Source(
        id=key,
        citation=". ".join(part.rstrip(".") for part in parts if part),
        kind="news",
        first_public=day,
    )
