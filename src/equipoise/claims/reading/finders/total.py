"""How many people the claimed study has: chosen from the counts, or added up from its groups."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .people import Count
    from .sentences import Script

_WEIGHT = {
    "randomised": 100.0,
    "enrolled": 80.0,
    "denominator": 62.0,
    "described": 50.0,
    "analysed": 45.0,
    "group": 30.0,
    "screened": 20.0,
}
"""How well a count of each part stands for the whole; the other parts never do."""

_BACKGROUND = re.compile(
    r"^\s*(?:BACKGROUND|INTRODUCTION|CONTEXT|CONCLUSIONS?|INTERPRETATION|DISCUSSION)\b",
    re.IGNORECASE,
)
_METHODS = re.compile(
    r"^\s*(?:(?:MATERIALS?|PATIENTS|SUBJECTS|PARTICIPANTS)\s(?:AND|&)\sMETHODS|METHODS?|DESIGN"
    r"|PARTICIPANTS|PATIENTS|SETTING|RESULTS|FINDINGS)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Total:
    """The study's number of people, the counts that it rests on, and whether it was added up."""

    n: int
    counts: tuple[Count, ...]
    derived: bool


def total(script: Script, counts: list[Count], *, people: bool = True) -> Total | None:
    """Choose the count that stands for everybody in the study that is claimed.

    Counts by what they are of: randomised before enrolled before a denominator before a bare
    description before those analysed; planned, screened, excluded, cited and parts never.
    One that the groups add up to gains; where no count stands for the whole, the groups' sum does.
    """
    wanted = [count for count in counts if count.animals != people]
    sums = _group_sums(wanted)
    shares = _two_studies(script, wanted)
    best: tuple[float, Count] | None = None
    for rank, count in enumerate(wanted):
        added_up = any(count not in group and sum(c.n for c in group) == count.n for group in sums)
        alone = count.part != "group" or added_up or not any(count in group for group in sums)
        if count.part not in _WEIGHT or not alone or (count.n < 4 and count.part != "denominator"):
            continue
        score = _score(script, count, wanted, sums) - 0.01 * rank
        if best is None or score > best[0]:
            best = (score, count)
    if shares is not None:
        return shares
    group = max(sums, key=lambda group: sum(c.n for c in group), default=None)
    if group is not None:
        added = sum(count.n for count in group)
        if best is None or (best[0] < 75 and added > best[1].n):
            return Total(added, tuple(group), True)
    if best is None:
        return _in_each(script, wanted)
    return Total(best[1].n, (best[1],), False)


_GROUPS = re.compile(
    r"\b(?P<n>two|three|four|five|six|2|3|4|5|6)\s(?:[\w-]+\s){0,3}?(?:groups|arms)\b",
    re.IGNORECASE,
)
_HOW_MANY = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}


def _in_each(script: Script, counts: list[Count]) -> Total | None:
    """As "30 patients in each group", where the number of groups is said too."""
    each = next((count for count in counts if count.part == "each" and count.n > 3), None)
    groups = _GROUPS.search(script.text)
    if each is None or groups is None:
        return None
    how_many = _HOW_MANY.get(groups["n"].lower()) or int(groups["n"])
    return Total(each.n * how_many, (each,), True)


def _score(script: Script, count: Count, counts: list[Count], sums: list[list[Count]]) -> float:
    score = _WEIGHT[count.part]
    start, end = script.sentences[count.sentence]
    head = script.text[start : min(end, start + 40)]
    section = _section(script, count.sentence)
    if any(sum(c.n for c in group) == count.n for group in sums if count not in group):
        score += 55 if count.part == "group" else 40
    if section == "background" and not _METHODS.match(head):
        score -= 25
    score += 6 * min(2, sum(other.n == count.n for other in counts) - 1)
    if count.n < 4 and count.part == "described":
        score -= 30
    if count.noun is None:
        score -= 8
    larger = [c.n for c in counts if c.part in ("randomised", "enrolled") and c is not count]
    if count.part == "described" and any(n > 1.5 * count.n for n in larger):
        score -= 15
    earlier = [c.n for c in counts if c.part == "described" and c.start < count.start]
    if count.part == "enrolled" and any(n > count.n for n in earlier):
        score -= 45 if any(n > 5 * count.n for n in earlier) else 28
    if count.part == "enrolled" and re.search(
        r"\b(?:including|of wh(?:om|ich))\s(?:the\s)?$",
        script.text[max(start, count.start - 14) : count.start],
    ):
        score -= 12
    return score


def _section(script: Script, sentence: int) -> str:
    """Which part of an abstract a sentence is in, by the last heading before it."""
    paragraph = script.paragraph_at(script.sentences[sentence][0])
    for index in range(sentence, -1, -1):
        start, end = script.sentences[index]
        if start < paragraph[0]:
            break
        head = script.text[start : min(end, start + 40)]
        if _METHODS.match(head):
            return "methods"
        if _BACKGROUND.match(head):
            return "background"
    return "unknown"


def _group_sums(counts: list[Count]) -> list[list[Count]]:
    """Runs of group counts in one sentence, or in neighbouring ones."""
    runs: list[list[Count]] = []
    for count in counts:
        if count.part != "group" or count.n < 2:
            continue
        last = runs[-1][-1].sentence if runs else -9
        if last == count.sentence or (last == count.sentence - 1 and len(runs[-1]) == 1):
            runs[-1].append(count)
        else:
            runs.append([count])
    rests = [run[1:] for run in runs if len(run) > 2 and run[0].n == sum(c.n for c in run[1:])]
    whole = [run for run in runs if len(run) > 1 and run[1:] not in rests]
    return whole + rests


_RESPECTIVELY = re.compile(r"\b(\d[\d,]*)\sand\s$")


def _two_studies(script: Script, counts: list[Count]) -> Total | None:
    """As "77 and 275 patients, respectively", of two studies: both are claimed, so both count."""
    for index, count in enumerate(counts):
        start, end = script.sentences[count.sentence]
        before = _RESPECTIVELY.search(script.text[start : count.start])
        after = script.text[count.end : count.end + 20]
        if before and re.match(r",?\srespectively", after):
            sentence = script.text[start:end]
            if re.search(
                r"\b(?:both|two)\s(?:[\w-]+\s){0,2}(?:studies|trials)\b", sentence, re.IGNORECASE
            ):
                first = int(before[1].replace(",", ""))
                return Total(first + count.n, (counts[index],), True)
    return None
