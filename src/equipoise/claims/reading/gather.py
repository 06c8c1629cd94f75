"""Everything that was found, as facts in the order of the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .candidates import Candidate
from .finders import identifiers, treatment
from .finders.design_words import plan_or_stated
from .finders.outcomes import TIME_TO
from .finders.statements import statements
from .gather_people import patients, sums

if TYPE_CHECKING:
    from equipoise.vocabulary.reading import FactKind, FactStatus, Value

    from .candidates import Findings
    from .finders.design_words import Mention
    from .finders.sentences import Script
    from .finders.voices import Hearing


def gather(script: Script, found: Findings, hearing: Hearing, title: str | None) -> list[Candidate]:
    """Turn what was found into facts, each once, in reading order."""
    headline = _headline(script, title)
    candidates = [headline] if headline else []
    people = patients(script, found)
    candidates += people
    candidates += sums(script, people, found)
    candidates += _outcomes(script, found, people)
    candidates += _design(script, found)
    candidates += _identifiers(script)
    candidates += _given(script)
    candidates += _trials(script, found)
    candidates += _harms(found)
    taken = {
        (candidate.start, candidate.end)
        for candidate in candidates
        if candidate.kind in ("harm", "design")
    }
    skip = headline.end if headline else 0
    for kind, topic, start, end, rule, status, value, unit in statements(script, hearing, skip):
        counted = kind == "plan" and any(start <= trials.start < end for trials in found.trials)
        if (start, end) not in taken and not counted:
            candidates.append(
                Candidate(kind, topic, value, start, end, rule, status=status, unit=unit)
            )
    unique: dict[tuple[object, ...], Candidate] = {}
    for candidate in sorted(candidates, key=lambda candidate: (candidate.start, candidate.end)):
        unique.setdefault(
            (candidate.kind, candidate.topic, candidate.start, candidate.end), candidate
        )
    return list(unique.values())


def _headline(script: Script, title: str | None) -> Candidate | None:
    """The title, or a first line that is no sentence and has text under it."""
    if not script.paragraphs:
        return None
    start, end = script.paragraphs[0]
    first = script.text[start:end].strip()
    looks = len(script.paragraphs) > 1 and 15 < len(first) < 250 and not first.endswith((".", '"'))
    if not looks and not (title and first == title.strip()):
        return None
    end = start + len(script.text[start:end].rstrip())
    return Candidate("context", "headline", None, start, end, "the first line")


def _outcomes(script: Script, found: Findings, people: list[Candidate]) -> list[Candidate]:
    candidates = []
    groups = [
        (candidate.start, candidate.end)
        for candidate in people
        if candidate.topic in ("group", "reported first")
    ]
    sizes = {
        (candidate.label or "").lower(): candidate.value
        for candidate in people
        if candidate.topic == "group" and candidate.label
    }
    for result in found.results:
        if any(start <= result.start < end for start, end in groups):
            continue
        n = result.n if result.n is not None else _size_named(result.label, sizes)
        value: Value = (
            (result.events, n) if result.events is not None or n is not None else result.percent
        )
        kind: FactKind = "harm" if _is_harm(result.label) else "outcome"
        topic = "counted" if kind == "harm" else "result"
        text = script.text[result.start : result.end]
        end = result.start + len(text.rstrip(" .,;:"))
        candidates.append(
            Candidate(
                kind,
                topic,
                value,
                result.start,
                end,
                result.rule,
                label=result.label or None,
                percent=result.percent,
                time=_time(text),
            )
        )
    for clause in script.clauses:
        match = TIME_TO.search(script.text, clause.start, clause.end)
        if match:
            inner = script.numbers(match.start("n"), match.end("n"))
            if inner:
                candidates.append(
                    Candidate(
                        "outcome",
                        "time to effect",
                        int(inner[0].value),
                        match.start(),
                        match.end(),
                        "how soon",
                        unit=match["unit"].lower(),
                    )
                )
    return candidates


def _size_named(label: str, sizes: dict[str, Value]) -> int | None:
    low = label.lower()
    for name, size in sizes.items():
        words = [
            word for word in re.findall(r"[\w-]{3,}", name) if word not in ("group", "the", "arm")
        ]
        if words and isinstance(size, int) and all(word in low for word in words[:2]):
            return size
    return None


def _is_harm(label: str) -> bool:
    return (
        re.search(r"\b(?:adverse|side effects?|toxicity|complications?)\b", label, re.IGNORECASE)
        is not None
    )


def _time(text: str) -> str | None:
    found = identifiers.follow_up(text)
    return found.value if found else None


def _design(script: Script, found: Findings) -> list[Candidate]:
    candidates = []
    seen: set[tuple[str, str, str]] = set()
    for mention in sorted(found.mentions, key=lambda mention: (-mention.strength, mention.start)):
        key = (mention.feature, mention.answer, mention.status)
        if key in seen or (mention.implied and (mention.feature, mention.answer, "denied") in seen):
            continue
        seen.add(key)
        start, end = _design_span(script, mention)
        candidates.append(
            Candidate(
                "design",
                mention.feature,
                mention.answer,
                start,
                end,
                mention.rule,
                status=mention.status,
                study=mention.status in ("stated", "denied"),
            )
        )
    return candidates


def _design_span(script: Script, mention: Mention) -> tuple[int, int]:
    clause = mention.clause
    if clause.end - clause.start <= 60:
        end = clause.start + len(script.text[clause.start : clause.end].rstrip(" .,;:"))
        return clause.start, end
    return mention.start, mention.start + len(script.text[mention.start : mention.end].rstrip())


def _identifiers(script: Script) -> list[Candidate]:
    text = script.text
    candidates = [
        Candidate("design", "registry id", found.value, found.start, found.end, "a registry number")
        for found in identifiers.registry_ids(text)
    ]
    for found in identifiers.phases(text):
        clause = script.clause_at(found.start)
        status: FactStatus = plan_or_stated(script, clause, found.start) if clause else "stated"
        candidates.append(
            Candidate(
                "design",
                "phase",
                found.value,
                found.start,
                found.end,
                "a trial phase",
                status=status,
                study=status == "stated",
            )
        )
    follow = identifiers.follow_up(text)
    if follow:
        candidates.append(
            Candidate(
                "design",
                "follow-up",
                follow.value,
                follow.start,
                follow.end,
                "a length of follow-up",
            )
        )
    part = treatment.part_of_trial(script)
    if part:
        since = identifiers.SINCE.search(text, part.start, part.end)
        candidates.append(
            Candidate(
                "design",
                "part of a trial",
                since["date"] if since else None,
                part.start,
                part.end,
                "given in a trial",
            )
        )
    return candidates


def _given(script: Script) -> list[Candidate]:
    candidates = [
        Candidate("treatment", words.topic, words.value, words.start, words.end, "what was given")
        for words in treatment.treatments(script)
    ]
    for words in treatment.populations(script):
        end = words.start + len(script.text[words.start : words.end].rstrip(" .,;:"))
        candidates.append(
            Candidate("patients", words.topic, words.value, words.start, end, "who they are")
        )
    for said in (treatment.co_treatments(script), treatment.funding(script)):
        if said is not None:
            end = said.start + len(script.text[said.start : said.end].rstrip(" .,;:"))
            kind: FactKind = "treatment" if said.topic == "co-treatments" else "context"
            candidates.append(
                Candidate(kind, said.topic, said.value, said.start, end, "said in passing")
            )
    return candidates


_LEADING = re.compile(r"^[A-Z][\w\s'’-]{2,30},\s(?=there\b|the\b|we\b|\d)")


def _trials(script: Script, found: Findings) -> list[Candidate]:
    candidates = []
    for counted in found.trials:
        clause = counted.clause
        lead = _LEADING.match(script.text[clause.start : clause.end])
        start = clause.start + (lead.end() if lead else 0)
        end = clause.start + len(script.text[clause.start : clause.end].rstrip(" .,;:"))
        if end - start > 220:
            start, end = counted.start, counted.end
        candidates.append(
            Candidate(
                "trials", "number of trials", counted.n, start, end, "so many trials", study=False
            )
        )
    return candidates


def _harms(found: Findings) -> list[Candidate]:
    return [
        Candidate(
            "harm",
            words.how,
            None,
            words.start,
            words.end,
            f"harms {words.how}",
            status="denied" if words.how == "denied" else "stated",
        )
        for words in found.harms
    ]


def without_overlap(candidates: list[Candidate]) -> list[Candidate]:
    """Drop a weaker fact that stands on the very words of a stronger one of its kind."""
    kept: dict[tuple[str, int, int], Candidate] = {}
    for candidate in candidates:
        place = (candidate.kind, candidate.start, candidate.end)
        twin = kept.setdefault(place, candidate)
        if twin.value is None and candidate.value is not None:
            kept[place] = candidate
    return list(kept.values())
