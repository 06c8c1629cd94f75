"""The people of a study as facts: all of them, its groups, and whether the groups add up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .candidates import Candidate
from .finders.outcomes import SEVERITY

if TYPE_CHECKING:
    from equipoise.vocabulary.reading import FactStatus

    from .candidates import Findings
    from .finders.people import Count
    from .finders.sentences import Script

_FINITE = re.compile(
    r"\s(?:have|has|had|were|was|are|is|will|would|received|showed|took|completed|participated"
    r"|who|which|that|could|can|did|underwent|entered|died|improved|recovered)\b|[,;.(]",
)


def patients(script: Script, found: Findings) -> list[Candidate]:
    """Counts of people as facts: all, groups, those reported first, planned, screened, lost."""
    candidates = []
    whole = found.total
    named = {(count.start, count.n) for count in whole.counts} if whole else set()
    for count in found.counts:
        is_total = whole is not None and count.n == whole.n and not whole.derived
        end = _noun_phrase_end(script, count)
        if is_total and count.part not in ("event", "part"):
            candidates.append(
                Candidate(
                    "patients",
                    "total",
                    count.n,
                    count.start,
                    end,
                    f"people {count.part}",
                    unit=count.noun,
                )
            )
        elif count.part == "first":
            start = _phrase_start(script, count.start)
            candidates.append(
                Candidate(
                    "patients",
                    "reported first",
                    count.n,
                    start,
                    count.end,
                    "the first of them",
                    unit=count.noun,
                )
            )
        elif count.part == "group" or (count.start, count.n) in named:
            candidates.append(
                Candidate(
                    "patients",
                    "group",
                    count.n,
                    count.start,
                    _clause_end(script, count),
                    "people in a group",
                    label=count.label,
                    unit=count.noun,
                )
            )
        elif _severity(script, count) is not None:
            start, stop, label = _severity(script, count) or (0, 0, "")
            candidates.append(
                Candidate(
                    "patients", "group", count.n, start, stop, "people by severity", label=label
                )
            )
        elif count.part in ("planned", "screened", "excluded", "analysed", "cited"):
            status: FactStatus = {"planned": "planned", "cited": "cited"}.get(count.part, "stated")  # type: ignore[assignment]
            candidates.append(
                Candidate(
                    "patients",
                    count.part,
                    count.n,
                    count.start,
                    count.end,
                    f"people {count.part}",
                    status=status,
                    study=count.part != "cited",
                    unit=count.noun,
                )
            )
        elif count.part in ("randomised", "enrolled", "each"):
            candidates.append(
                Candidate(
                    "patients",
                    "others" if count.part != "each" else "each group",
                    count.n,
                    count.start,
                    count.end,
                    f"people {count.part}",
                    unit=count.noun,
                )
            )
    return candidates


def _noun_phrase_end(script: Script, count: Count) -> int:
    """Where "31 patients in a Beijing trial" ends: before its verb."""
    _, right = script.sentences[count.sentence]
    piece = script.text[count.end : min(right, count.end + 60)]
    match = _FINITE.search(piece)
    stop = match.start() if match else min(len(piece), 40)
    words = re.match(r"(?:\s(?:in|at|with|from)\s[^.;,]{2,40})?", piece[:stop])
    return count.end + (len(words[0].rstrip()) if words and match else 0)


def _phrase_start(script: Script, start: int) -> int:
    clause = script.clause_at(start)
    return clause.start if clause and start - clause.start <= 40 else start


def _clause_end(script: Script, count: Count) -> int:
    """The end of a group's words: "11 into the INP group"."""
    clause = script.clause_at(count.start)
    if clause is None or re.match(r"\s?[)\]]", script.text[count.end : count.end + 2]):
        return count.end
    piece = script.text[count.end : clause.end]
    cut = re.search(r",|\sand\s|\sor\s|;|\.", piece)
    return count.end + (cut.start() if cut else min(len(piece), 60))


def _severity(script: Script, count: Count) -> tuple[int, int, str] | None:
    """A count that splits the people by how ill they are: "eight are severe"."""
    clause = script.clause_at(count.start)
    if clause is None:
        return None
    tail = script.text[count.number_end : min(clause.end, count.number_end + 90)]
    match = re.match(
        rf"(?:\s(?:of (?:the|these|those|them)\s?)?(?:[\w-]+\s)?(?:patients|cases|people"
        rf"|participants)?)?\s?(?:were|was|are|is|had|have"
        rf"|with)?\s(?:an?\s)?(?:[\w-]+\s)??(?P<label>{SEVERITY.pattern}(?:\s(?:symptoms|disease"
        rf"|illness|cases?|pneumonia|infection|ill))?)",
        tail,
        re.IGNORECASE,
    )
    if match is None or re.search(r"\d", match[0]):
        return None
    rest = tail[match.end() :]
    if re.match(r"\s(?:with|and|[\w-]+\s(?:were|was|had))", rest) or re.match(
        r"\s[a-z]+\s(?:events?|effects?|reactions?|pain)", rest
    ):
        return None
    return count.start, count.number_end + match.end(), re.sub(r"\s+", " ", match["label"])


def sums(script: Script, people: list[Candidate], found: Findings) -> list[Candidate]:
    """Groups named one after the other that add up to a number of people that is given too."""
    candidates = []
    stated = {candidate.value for candidate in people if candidate.topic == "total"} | {
        count.n for count in found.counts
    }
    run: list[Candidate] = []
    for candidate in [*[d for d in people if d.topic == "group"], None]:
        close = bool(run) and candidate is not None and candidate.start - run[-1].end < 90
        if candidate is not None and (not run or close):
            run.append(candidate)
            continue
        if len(run) > 1:
            parts = [int(d.value) for d in run if isinstance(d.value, int)]
            if sum(parts) in stated:
                words = f"{' + '.join(str(part) for part in parts)} = {sum(parts)}"
                candidates.append(
                    Candidate("patients", "sum", words, run[0].start, run[-1].end, "groups add up")
                )
        run = [candidate] if candidate is not None else []
    return candidates
