"""Counted outcomes of a reading as outcomes of a claim, and which way each is better."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from equipoise.vocabulary.claim import ClaimedOutcome
from equipoise.vocabulary.question import Direction, Outcome
from equipoise.vocabulary.reading import Fact
from equipoise.vocabulary.record import record

from .draft_names import short, slug, unique

if TYPE_CHECKING:
    from equipoise.vocabulary.question import Question

    from . import Reading

_GOOD = re.compile(
    r"discharg|surviv|alive|recover|improv|better|cured?\b|respon[ds]|remission|clear|free of"
    r"|negative"
    r"|went home|healed|off (?:oxygen|the ventilator)",
    re.IGNORECASE,
)
_BAD = re.compile(
    r"\bdied?\b|death|\bdead\b|fatal|mortal|wors|progress|relaps|recur|readmi|intubat|ventilat"
    r"|infect"
    r"|complicat|adverse|side[ -]effect|stroke|bleed|fail|hospitali|lost\b|harm",
    re.IGNORECASE,
)
_SIGN = re.compile(
    r"\b(?:CT|scans?|x-?rays?|imaging|images?|levels?|markers?|biomarkers?|scores?|viral load"
    r"|counts?)\b"
)
_KNOWN = (
    ("death", re.compile(r"\bdied?\b|death|\bdead\b|fatal|mortal", re.IGNORECASE)),
    ("discharged", re.compile(r"discharg|went home", re.IGNORECASE)),
    ("survived", re.compile(r"surviv|alive", re.IGNORECASE)),
    ("recovered", re.compile(r"recover|cured?\b", re.IGNORECASE)),
    ("improved", re.compile(r"improv|better", re.IGNORECASE)),
)
_CONTROL_ARM = re.compile(
    r"\b(?:placebo|controls?|usual care|standard care|untreated|sham|no treatment)\b", re.IGNORECASE
)
_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}
_STEM = 5
_FILLERS = frozenset(
    [
        "by",
        "day",
        "at",
        "from",
        "with",
        "of",
        "in",
        "the",
        "a",
        "an",
        "and",
        "or",
        "on",
        "to",
        "for",
        "all",
        "any",
        "cause",
        "after",
        "within",
        "patients",
    ]
)


@record
class DraftedOutcome:
    """A claimed outcome with the fact it rests on; `new` where the question lacks it."""

    claimed: ClaimedOutcome
    fact: Fact
    new: Outcome | None


def drafted_outcomes(
    reading: Reading, question: Question | None, speakers: dict[str, str]
) -> list[DraftedOutcome]:
    """The counted outcomes of the claimed study; one fact for each outcome, the fullest."""
    taken = [row.id for row in question.outcomes] if question else []
    out: dict[str, DraftedOutcome] = {}
    for fact, counted in _once(reading, question):
        known = _match(fact, question)
        new = None if known else _outcome(fact, unique(_key(fact), taken))
        outcome = known or new
        assert outcome is not None
        taken.append(outcome.id)
        days = _days(fact.time) or _days(reading.study.follow_up)
        claimed = _claimed(fact, outcome, counted, days, speakers)
        old = out.get(outcome.id)
        if old is None or old.claimed.n < claimed.n:
            out[outcome.id] = DraftedOutcome(claimed=claimed, fact=fact, new=new)
    return sorted(out.values(), key=lambda row: row.fact.start)


def _once(reading: Reading, question: Question | None) -> list[tuple[Fact, tuple[int, int]]]:
    """Counted facts, each event of the same counts once: the one that says most."""
    best: dict[tuple[str, int, int], tuple[Fact, tuple[int, int]]] = {}
    for fact in reading.facts:
        counted = _counted(fact, reading.study.n_total)
        if counted is None:
            continue
        key = (_key(fact), *counted)
        old = best.get(key)
        if old is None or _says(fact, question) > _says(old[0], question):
            best[key] = (fact, counted)
    return list(best.values())


def _says(fact: Fact, question: Question | None) -> tuple[bool, int]:
    return _match(fact, question) is not None, len(_stems(_said(fact)))


def _counted(fact: Fact, n_total: int | None) -> tuple[int, int] | None:
    if fact.kind != "outcome" or not fact.study or fact.status not in {"stated", "denied"}:
        return None
    match fact.value:
        case (int() as events, int() as n) if 0 <= events <= n and n:
            whole = n
        case (int() as events, None) if n_total and events <= n_total:
            whole = n_total
        case _:
            return None
    if _CONTROL_ARM.search(fact.label or ""):
        return None
    return None if n_total is not None and whole > n_total else (events, whole)


def _said(fact: Fact) -> str:
    return " ".join(part for part in (fact.topic, fact.label, fact.words) if part)


def _stems(text: str) -> set[str]:
    words = re.findall(r"[a-z]{2,}", text.lower().replace("_", " "))
    return {word[:_STEM] for word in words if word not in _FILLERS}


def _match(fact: Fact, question: Question | None) -> Outcome | None:
    """The question's outcome whose name the fact's words hold for the most part."""
    said = _stems(_said(fact))
    best, most = None, 0.5
    for outcome in question.outcomes if question else ():
        wanted = _stems(outcome.name)
        share = len(wanted & said) / len(wanted) if wanted else 0.0
        if _same_event(outcome.name, _said(fact)):
            share = max(share, 0.75)
        if share > most:
            best, most = outcome, share
    return best


def _same_event(name: str, said: str) -> bool:
    """Whether both are of deaths, or both of discharges."""
    return any(pattern.search(name) and pattern.search(said) for _, pattern in _KNOWN[:2])


def _key(fact: Fact) -> str:
    said = _said(fact)
    for key, pattern in _KNOWN:
        if pattern.search(said):
            return key
    words = slug(fact.label or fact.topic).split("-")[:3]
    return "_".join(words) or "outcome"


def _outcome(fact: Fact, key: str) -> Outcome:
    return Outcome(
        id=key,
        name="Death" if key == "death" else _name(fact.label or key.replace("_", " ")),
        better=better(_said(fact)),
        surrogate=bool(_SIGN.search(fact.words)),
    )


_LEAD = re.compile(
    r"^(?:(?:have|has|had|were|was|are|been|also|now|show(?:n|ed|s)?|experienced|developed"
    r"|completely"
    r"|an?|the)\s+)+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r",.*$|\s+(?:after|following|since|with|upon)\s+(?:the\s+)?(?:\w+\s+){0,2}"
    r"(?:treatment|therapy|infusions?|injections?|drug)\b.*$",
    re.IGNORECASE,
)


def _name(label: str) -> str:
    """An outcome's name out of a result's words: *Less pain* for *showed less pain after it*."""
    plain = short(label, 200)
    name = short(_TAIL.sub("", _LEAD.sub("", plain)) or plain, 70)
    return name[:1].upper() + name[1:]


def better(words: str) -> Direction:
    """Which way an outcome is better, by its words; what sounds like neither counts as good."""
    good, bad = _GOOD.search(words), _BAD.search(words)
    return "lower" if bad and not good else "higher"


def _claimed(
    fact: Fact,
    outcome: Outcome,
    counted: tuple[int, int],
    days: int | None,
    speakers: dict[str, str],
) -> ClaimedOutcome:
    events, n = counted
    open_ = days is None and events < n and outcome.better == "higher"
    return ClaimedOutcome(
        outcome=outcome.id,
        events=events,
        n=n,
        words=short(fact.words),
        time_basis="unstated" if days is None else "fixed-day",
        time_days=days,
        final=not open_,
        speaker=speakers.get(fact.speaker) if fact.speaker else None,
    )


def _days(time: str | None) -> int | None:
    """Days of a common follow-up, such as ``at 28 days``; None where it is of some patients."""
    if time is None or re.search(r"\b(?:most|some|first|many|average|median|mean)\b", time, re.I):
        return None
    match = re.search(r"(\d{1,4})[\s-]?(hour|day|week|month|year)s?\b", time, re.I)
    if match:
        return max(1, round(int(match[1]) * _DAYS[match[2].lower()]))
    match = re.search(r"\bday\s(\d{1,4})\b", time, re.I)
    return int(match[1]) if match else None
