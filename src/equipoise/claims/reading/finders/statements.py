"""What is said in words, clause by clause: arguments, cautions, hype, plans, standing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .cues import CONTEXT, CUES, HYPE, NOT_HYPE
from .voices import REPORTING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from equipoise.vocabulary.reading import FactKind, FactStatus, Value

    from .sentences import Clause, Script
    from .voices import Hearing

    Statement = tuple[FactKind, str, int, int, str, FactStatus, Value, str | None]

_REPORTED = re.compile(
    rf"^(?:[A-Z][\w.'-]+\s?){{1,4}}(?:,\s[^\"“”]{{3,160}}?,)?\s(?:also\s|has\s)?(?:{REPORTING}"
    rf"|is\s(?:hopeful|confident|optimistic|convinced))\b[^.,;]{{0,60}}?\bthat\s"
)
_ATTRIBUTION = re.compile(
    rf"^(?:{REPORTING}\s(?:[A-Z]|he\b|she\b|they\b|the\s)|(?:[Hh]e|[Ss]he|[Tt]hey"
    rf"|[A-Z][\w.'-]+(?:\s[A-Z][\w.'-]+){{0,3}})\s(?:also\s)?{REPORTING}\b.{{0,24}}$)"
)
_NO_PRAISE = re.compile(
    r"\b(?:no|not|without|never|n't|lack of|search for|find|need|yet to|from being|far from"
    r"|anything but)\s(?:[\w-]+\s){0,3}$|\b(?:no|not)\s(?:[\w-]+\s){0,2}$",
    re.IGNORECASE,
)
_NOT_A_STATEMENT = re.compile(r"^\W*(?:share|©|photo|image|credit|by\s[A-Z])|^[A-Z\s\d]{4,60}$")
_PEOPLE_OR_BODIES = re.compile(
    r"\s(?:[\w-]+\s){0,2}?(?P<unit>governments|countries|nations|companies|hospitals|centers"
    r"|centres|sites|regulators|universities|universities|states)\b"
)
_SETTLED: dict[str, FactStatus] = {"plan": "planned"}


def statements(script: Script, hearing: Hearing, skip: int) -> Iterator[Statement]:
    """Facts in words, in reading order; neighbouring clauses that say one thing are one fact.

    Parameters
    ----------
    script, hearing
        The text, and who speaks where.
    skip
        Characters at the head that are the headline, which is a fact of its own.
    """
    pending: Statement | None = None
    for clause in script.clauses:
        if clause.start < skip and clause.end <= skip:
            yield from _praise(script, clause, clause.start, False)
            continue
        text = script.text[clause.start : clause.end]
        if _ATTRIBUTION.match(text) or _NOT_A_STATEMENT.match(text) or len(text) < 12:
            continue
        lead = _REPORTED.match(text)
        start = clause.start + (lead.end() if lead else 0)
        made = _made(script, clause, start)
        if made is not None and pending is not None and _goes_on(script, hearing, pending, made):
            pending = (*pending[:3], made[3], *pending[4:])
            continue
        if pending is not None:
            yield pending
        pending = _with_cause(script, clause, made) if made is not None else None
        cautious = made is not None and made[0] == "caution"
        yield from _praise(script, clause, start, cautious)
        if made is None and CONTEXT.search(text):
            cue = CONTEXT.search(text)
            assert cue is not None
            end = _end(script, clause)
            if end - clause.start > 200:
                yield (
                    "context",
                    "why it is talked about",
                    *_around(script, clause, cue.start() + clause.start),
                    "talk of the day",
                    "stated",
                    None,
                    None,
                )
            else:
                yield (
                    "context",
                    "why it is talked about",
                    start,
                    end,
                    "talk of the day",
                    "stated",
                    None,
                    None,
                )
    if pending is not None:
        yield pending


def _end(script: Script, clause: Clause) -> int:
    return clause.start + len(script.text[clause.start : clause.end].rstrip(" .,;:"))


def _around(script: Script, clause: Clause, at: int) -> tuple[int, int]:
    """The part of a long clause around a cue, from comma to comma."""
    left = max(script.text.rfind(", ", clause.start, at) + 2, clause.start)
    right = script.text.find(", ", at, clause.end)
    end = right if right > 0 else _end(script, clause)
    while end - left > 200 and " " in script.text[left:at]:
        left = script.text.index(" ", left) + 1
        if at - left < 60:
            break
    return left, min(end, left + 400)


def _made(script: Script, clause: Clause, start: int) -> Statement | None:
    text = script.text[start : clause.end]
    for cue in CUES:
        match = cue.pattern.search(text)
        if match is None:
            continue
        if cue.kind == "argument" and _about_method(text):
            continue
        end = _end(script, clause)
        if cue.kind == "context":
            comma = script.text.find(", ", start + match.end(), end)
            end = comma if comma > 0 else end
        first = start
        if end - start > 260:
            first, end = _around(script, clause, start + match.start())
        status: FactStatus = _SETTLED.get(cue.kind, "stated")
        if cue.topic in ("feared", "hoped for"):
            status = "hypothetical"
        value, unit = (
            _number(script, first, end) if cue.kind in ("plan", "argument") else (None, None)
        )
        return cue.kind, cue.topic, first, end, cue.name, status, value, unit
    return None


def _number(script: Script, start: int, end: int) -> tuple[Value, str | None]:
    """How many bodies a plan speaks of: "at least three major governments"; or the phase run."""
    for number in script.numbers(start, end):
        match = _PEOPLE_OR_BODIES.match(script.text, number.end, end)
        if number.count and match:
            return int(number.value), match["unit"]
    from .identifiers import phases

    found = phases(script.text[start:end])
    return (found[0].value, "phase") if found else (None, None)


def _about_method(text: str) -> bool:
    """Words of a trial's methods, which speak of similar groups without arguing from them."""
    return (
        re.search(
            r"\b(?:similar (?:between|in (?:both|the two)|across|to (?:placebo|those|that"
            r"|control))|groups? (?:were|was) similar|similar (?:baseline|groups))\b",
            text,
            re.IGNORECASE,
        )
        is not None
    )


def _goes_on(script: Script, hearing: Hearing, before: Statement, now: Statement) -> bool:
    """Whether two clauses of one sentence say one thing."""
    if before[0] != now[0] or before[0] not in ("caution", "argument"):
        return False
    if before[0] == "argument" and before[1] != now[1]:
        return False
    between = script.text[before[3] : now[2]]
    if (
        len(between) > 14
        or "with" in between
        or re.search(r"[–—]|--", between)
        or '"' in between.strip('"')
    ):
        return False
    if script.sentence_at(before[2]) != script.sentence_at(now[2]):
        return (
            before[1] == now[1] == "unmet need"
            and hearing.speaker_at(before[2]) == hearing.speaker_at(now[2]) is not None
        )
    return hearing.speaker_at(before[2]) == hearing.speaker_at(now[2])


def _with_cause(script: Script, clause: Clause, made: Statement) -> Statement:
    """Take in the first half of "not X, but Y" and "X because Y", which Y alone leaves unsaid."""
    start = script.sentences[clause.sentence][0]
    between = script.text[start : made[2]]
    if made[1] != "mechanism" or made[2] != clause.start or len(between) > 140:
        return made
    if re.search(r"(?:,?\sbut|\sbecause)\s$", between) and not re.search(r"[\"“”]", between):
        return (*made[:2], start, *made[3:])
    return made


def _praise(script: Script, clause: Clause, start: int, cautious: bool) -> Iterator[Statement]:
    if cautious:
        return
    text = script.text[start : clause.end]
    match = HYPE.search(text)
    if (
        match is None
        or NOT_HYPE.search(match[0])
        or _NO_PRAISE.search(text[: match.start()] or " ")
    ):
        return
    if re.fullmatch(
        r"\W*(?:the |a |an |novel|cures?|is|was)*\W*", match[0].strip(), re.IGNORECASE
    ) and re.search(r"without cures|a cure\b|novel", text):
        return
    first, end = start + match.start(), start + match.end()
    whole = _end(script, clause)
    if whole - start <= 90:
        first, end = start, whole
    yield (
        "hype",
        "praise",
        first,
        end,
        "praise beyond a measurement",
        "stated",
        match[0].strip().lower(),
        None,
    )
