"""A document to a reading: the whole way, in one pure function."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from equipoise.vocabulary.reading import Fact, Span, Voice

from .candidates import Candidate, Findings
from .checks.run import run_checks
from .contradictions import contradictions
from .finders.design_words import mentions
from .finders.harms import harm_words
from .finders.outcomes import results
from .finders.people import counts
from .finders.sentences import script
from .finders.total import total
from .finders.trials_counted import trials_counted
from .finders.voices import listen
from .gather import gather, without_overlap
from .reading import Reading
from .study import fold_study

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.reading import Document

    from .finders.sentences import Script
    from .finders.voices import Hearing


def read(document: Document) -> Reading:
    """Find what a document claims, by whom, about how many, against what, and what it leaves out.

    Parameters
    ----------
    document
        A text with the origin of each of its characters, as `equipoise.documents` makes it.

    Returns
    -------
    Reading
        Facts in the order of the text, each with its words at their offsets in the original. The
        same document gives the same reading; nothing is looked up.
    """
    written = script(document.text)
    hearing = listen(written, written.clauses)
    found = _find(written)
    candidates = without_overlap(gather(written, found, hearing, document.title))
    facts = _facts(document, written, hearing, candidates)
    study = fold_study(written, found, facts)
    voices = _voices(document, hearing, facts)
    against = contradictions(facts)
    checks = run_checks(document, facts, voices, study, against)
    return Reading(
        document=document,
        facts=facts,
        voices=voices,
        study=study,
        checks=checks,
        contradictions=against,
    )


def _find(written: Script) -> Findings:
    counted = counts(written)
    whole = total(written, counted)
    if whole is None and any(count.animals for count in counted):
        whole = total(written, counted, people=False)
    return Findings(
        counts=counted,
        total=whole,
        results=results(written, counted, whole.n if whole else None),
        mentions=mentions(written),
        trials=trials_counted(written),
        harms=harm_words(written),
    )


def _facts(
    document: Document, written: Script, hearing: Hearing, candidates: list[Candidate]
) -> tuple[Fact, ...]:
    groups = _repeated(written, candidates)
    facts = []
    for number, (candidate, others) in enumerate(groups, start=1):
        span = _span(document, candidate.start, candidate.end)
        facts.append(
            Fact(
                id=f"F{number:02d}",
                kind=candidate.kind,
                topic=candidate.topic,
                value=candidate.value,
                status=candidate.status,
                start=span.start,
                end=span.end,
                text=span.text,
                words=written.text[candidate.start : candidate.end],
                rule=candidate.rule,
                study=candidate.study,
                speaker=hearing.speaker_at(candidate.start) or document.author,
                label=candidate.label,
                unit=candidate.unit,
                time=candidate.time,
                percent=candidate.percent,
                also=tuple(_span(document, other.start, other.end) for other in others),
            )
        )
    return tuple(facts)


def _span(document: Document, start: int, end: int) -> Span:
    first, last = document.origin[start], document.ends[end - 1]
    return Span(start=first, end=last, text=document.original[first:last])


def _repeated(
    written: Script, candidates: list[Candidate]
) -> list[tuple[Candidate, list[Candidate]]]:
    """Each fact once: the same words again, as in a pull-quote, are its other places."""
    pulled = _pull_quotes(written)
    groups: list[tuple[Candidate, list[Candidate]]] = []
    for candidate in candidates:
        words = _plain(written.text[candidate.start : candidate.end])
        for index, (first, others) in enumerate(groups):
            if not _same(first, candidate, _plain(written.text[first.start : first.end]), words):
                continue
            if _inside(first, pulled) and not _inside(candidate, pulled):
                groups[index] = (candidate, [first, *others])
            else:
                others.append(candidate)
            break
        else:
            groups.append((candidate, []))
    return sorted(groups, key=lambda group: (group[0].start, group[0].end))


def _same(first: Candidate, second: Candidate, words: str, other: str) -> bool:
    if first.kind != second.kind or first.status != second.status:
        return False
    if first.topic == second.topic == "total":
        return first.value == second.value
    if first.topic == second.topic in ("phase", "registry id"):
        return first.value == second.value
    if first.kind == "hype":
        return words == other
    shorter, longer = sorted((words, other), key=len)
    return first.topic == second.topic and (
        words == other or (len(shorter) > 25 and shorter in longer and first.value == second.value)
    )


def _plain(words: str) -> str:
    return re.sub(r"\W+", " ", words).strip().lower()


def _pull_quotes(written: Script) -> list[tuple[int, int]]:
    """Paragraphs that are one quotation and nothing else."""
    return [
        (start, end)
        for start, end in written.paragraphs
        if re.match(r"\s*[\"“]", written.text[start:end])
        and re.search(r"[\"”]\s*$", written.text[start:end])
        and sum(start <= left < end for left, _ in written.quotes) == 1
    ]


def _inside(candidate: Candidate, regions: Sequence[tuple[int, int]]) -> bool:
    return any(start <= candidate.start < end for start, end in regions)


def _voices(document: Document, hearing: Hearing, facts: tuple[Fact, ...]) -> tuple[Voice, ...]:
    voices = []
    for heard in hearing.people:
        said = [fact for fact in facts if fact.speaker == heard.name]
        cautions = sum(
            fact.kind == "caution"
            or (fact.kind == "design" and fact.status in ("denied", "needed"))
            for fact in said
        )
        span = _span(document, heard.start, heard.end)
        voices.append(
            Voice(
                name=heard.name,
                role=heard.role,
                stance=heard.stance(cautions, len(said)),
                interest=heard.interest(),
                start=span.start,
                end=span.end,
                text=span.text,
            )
        )
    author = document.author
    if author and all(voice.name != author for voice in voices):
        at = document.original.find(author)
        if at >= 0:
            voices.append(
                Voice(
                    name=author,
                    role="author of the text",
                    stance="reporter",
                    interest=None,
                    start=at,
                    end=at + len(author),
                    text=author,
                )
            )
    return tuple(voices)
