"""How many people, in what part: counted, and told apart by the words around the number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from .numbers import Number
from .people_words import (
    ANALYSED,
    ANIMALS,
    CITED,
    COUNTED_AFTER,
    EACH,
    EACH_BEFORE,
    ENROLLED,
    ENROLLED_BEFORE,
    EVENT,
    EXCLUDED,
    FIRST_BEFORE,
    N_EQUALS,
    NOUN,
    NUMBERED,
    PART_BEFORE,
    PEOPLE,
    PLANNED_AFTER,
    PLANNED_BEFORE,
    RANDOMISED,
    RANDOMISED_BEFORE,
    RATIO_OF_ARMS,
    SCREENED,
    TO_ARM,
    UNIT_PEOPLE,
)

if TYPE_CHECKING:
    from .sentences import Script

Part = Literal[
    "randomised",
    "enrolled",
    "group",
    "each",
    "denominator",
    "analysed",
    "described",
    "part",
    "event",
    "screened",
    "excluded",
    "planned",
    "cited",
    "first",
]
"""What part of a study's people a count is of; *first* are those of an interim report."""


@dataclass(frozen=True, slots=True)
class Count:
    """A count of people or animals at `start` to `end`; its number at `at` to `number_end`."""

    n: int
    part: Part
    start: int
    end: int
    at: int
    number_end: int
    sentence: int
    noun: str | None
    label: str | None = None
    animals: bool = False


MOST_PEOPLE = 100_000_000
"""More is no study."""

MOST_NUMBERS = 100
"""A sentence with more numbers is a table, and is not read for people."""


def counts(script: Script) -> list[Count]:
    """Every count of people or animals, in reading order."""
    found: list[Count] = []
    for index, (start, end) in enumerate(script.sentences):
        found += _in_sentence(script, start, end, index)
    return found


def _in_sentence(script: Script, start: int, end: int, index: int) -> list[Count]:
    text = script.text
    here = script.numbers(start, end)
    if len(here) > MOST_NUMBERS:
        return []
    arms = _arms(text, here, end)
    found = []
    for number in here:
        if not number.count or number.value < 1 or number.value > MOST_PEOPLE:
            continue
        if _looks_like_year(number, text) or RATIO_OF_ARMS.match(
            text[max(0, number.start - 4) : number.end + 4]
        ):
            continue
        before = text[max(start, number.start - 160) : number.start]
        noun = NOUN.match(text, number.end, min(end, number.end + 140))
        if UNIT_PEOPLE.search(before) or (noun is None and NUMBERED.search(before)):
            continue
        equals = N_EQUALS.search(before)
        if (
            noun is None
            and COUNTED_AFTER.search(before)
            and text[number.end : number.end + 1] == ")"
        ):
            noun_before = COUNTED_AFTER.search(before)
            assert noun_before is not None
            found.append(
                Count(
                    int(number.value),
                    "enrolled",
                    number.start - len(noun_before[0]),
                    number.end,
                    number.start,
                    number.end,
                    index,
                    noun_before["noun"].lower(),
                )
            )
            continue
        tail = noun.end() if noun else number.end
        after = text[tail : min(end, tail + 230)]
        if noun is None and equals is None and number not in arms and not _bare(before, after):
            continue
        if equals is not None:
            part: Part = "group"
        elif number in arms:
            part = "group"
        else:
            part = _part(before, after, text[start:end])
        if part != "group" and equals is None and _in_brackets(text, start, number.start):
            part = _bracketed(text, start, end, number)
        if equals is not None and _whole_sample(before):
            part = "enrolled"
        elif equals is not None and re.search(
            r"(?:%|per\s?cent)[^()]{0,3}\(\s?[nN]\s?[=:]\s?$", before
        ):
            part = "event"
        found.append(
            Count(
                n=int(number.value),
                part=part,
                start=number.start,
                end=tail,
                at=number.start,
                number_end=number.end,
                sentence=index,
                noun=noun["noun"].lower() if noun else None,
                label=_label(text, start, number, after, equals is not None, end),
                animals=bool(noun and re.fullmatch(ANIMALS, noun["noun"], re.IGNORECASE)),
            )
        )
    return found


def _in_brackets(text: str, start: int, at: int) -> bool:
    """Whether a round bracket is open at `at`."""
    return text.count("(", start, at) > text.count(")", start, at)


def _bracketed(text: str, start: int, end: int, number: Number) -> Part:
    """A count in brackets: a group of "A (102 patients) or B (109 patients)", else a part."""
    inside = text[text.rfind("(", start, number.start) : number.end + 60].split(")")[0]
    if re.search(r"\b(?:group|arm|placebo)\b", inside, re.IGNORECASE):
        return "group"
    alone = re.findall(rf"\(\d[\d,]*\s{PEOPLE}\)", text[start:end], re.IGNORECASE)
    return "group" if len(alone) > 1 else "part"


def _looks_like_year(number: Number, text: str) -> bool:
    return (
        1900 <= number.value <= 2100
        and text[number.start : number.end].isdigit()
        and not re.match(rf"\s(?:[\w-]+\s){{0,2}}{PEOPLE}\b", text[number.end : number.end + 60])
    )


_BARE_AFTER = re.compile(
    r"^(?:\s\([^)]{0,30}\))?\s(?:(?:were|was|have|had|are|of them|of these)\s|completed|died"
    r"|received|responded|survived|recovered|to (?:receive|placebo|the)|in(?:to)? the)",
    re.IGNORECASE,
)


def _bare(before: str, after: str) -> bool:
    """A number without a noun that counts people by what they did: "seven were discharged"."""
    return _BARE_AFTER.match(after) is not None and not re.search(
        r"\b(?:scores?|levels?|mean|median|average|rate|value|ratio|index|from|by|to"
        r"|age)\s(?:\w+\s)?$",
        before,
    )


def _whole_sample(before: str) -> bool:
    """Whether "(n = 60)" stands behind words for everybody: "healthy volunteers (n = 60)"."""
    words = re.sub(r"(?:\btotal\s)?[\(\[]?\s?\b[nN]['’]?s?\s?[=:]\s?$", "", before)[-60:]
    return bool(
        re.search(
            rf"\b(?:all|total|sample(?: size)?|overall|eligible|recruited"
            rf"|{PEOPLE})\s?(?:[\w-]+\s){{0,2}}?\(?\s?$",
            words,
            re.IGNORECASE,
        )
        and not re.search(
            r"\b(?:control|placebo|group|treatment|intervention|received|receiving|arm)\b",
            words,
            re.IGNORECASE,
        )
    )


def _part(before: str, after: str, sentence: str) -> Part:
    """What the words before and after say of a count."""
    near = before[-90:]
    if FIRST_BEFORE.search(near):
        return "first"
    if re.search(r"\b(?:currently|already) (?:enrolled|recruited|randomi[sz]ed) $", near):
        return "enrolled"
    if PLANNED_BEFORE.search(near) or PLANNED_AFTER.search(after[:70]):
        return "planned"
    if EACH.match(after) or EACH_BEFORE.search(near):
        return "each"
    if EXCLUDED.match(after):
        return "excluded"
    if re.search(
        r"\b(?:of|out of|among|in)[- ](?:the|all|these|a total of)?\s?$", near
    ) and re.search(
        r"\d[\d,]*(?:\s?\([^)]*\))?\s(?:of|out of)\s(?:the|these|all)?\s?$|\b(?:one|two|three"
        r"|four|five|six|seven|eight|nine|ten|most|half|all|none|each)[- ]of[- ](?:the )?\s?$"
        r"|(?:%|per\s?cent)\)?\sof\s(?:the |these )?$",
        near,
        re.IGNORECASE,
    ):
        return "denominator"
    if re.search(r"\b[Oo]f (?:the |these |a total of |all )?$", near[-20:]) and not re.search(
        r"\w\s[Oo]f (?:the |these |a total of |all )?$", near
    ):
        return (
            "enrolled"
            if re.search(r"\b(?:complet|randomi|enter|took|particip)", after)
            else "screened"
        )
    if SCREENED.match(after):
        return "screened"
    if RANDOMISED.match(after):
        return "randomised"
    if RANDOMISED_BEFORE.search(near):
        return "randomised"
    if EVENT.match(after):
        return "event"
    if PART_BEFORE.search(near) and re.search(
        r"\b(?:including|of wh(?:om|ich)|of these|of them|among (?:them|whom)|remaining|another"
        r"|additional)\b[^.;]{0,30}$",
        near,
    ):
        return "part"
    if ENROLLED.match(after) and not ANALYSED.match(after[:30]):
        return "enrolled"
    if ANALYSED.match(after):
        return "analysed"
    if CITED.search(sentence) and near.strip():
        return "cited"
    if TO_ARM.match(after) and re.match(
        r"^\s?,?\s?(?:were |was )?(?:assigned|allocated|received|receiving|given|to receive|into)",
        after,
    ):
        return "group"
    if ENROLLED_BEFORE.search(near):
        return "enrolled"
    return "described"


def _arms(text: str, here: list[Number], end: int) -> set[Number]:
    """Numbers of one sentence that split its people: "11 to X and 10 to Y"."""
    plain = [number for number in here if number.count]
    arms: set[Number] = set()
    for first, second in pairwise(plain):
        if second.start - first.end > 160:
            continue
        noun = NOUN.match(text, first.end, first.end + 100)
        after_first = text[noun.end() if noun else first.end : second.start]
        noun = NOUN.match(text, second.end, second.end + 60)
        after_second = text[noun.end() if noun else second.end : min(end, second.end + 120)]
        joined = re.search(
            r"(?:,|\band|\bor|\bvs\.?|\bversus|;|\bwhile|\bwhereas)\s(?:the\s)?(?:other\s"
            r"|remaining\s|another\s)?$",
            after_first,
        )
        if joined and TO_ARM.match(after_first) and TO_ARM.match(after_second):
            arms |= {first, second}
    return arms


_LABEL_BEFORE = re.compile(
    r"((?:[\w/+'-]+\s){0,5}[\w/+'-]+)\s?[\(\[,]?\s?(?:total )?[nN]\s?[=:]\s?$"
)
_LABEL_AFTER = re.compile(
    r"^(?:\s\([^)]*\))?[\s,]*(?:were |was |are |had |is )?(?:randomi[sz]ed |randomly |assigned "
    r"|allocated |given )*"
    r"(?:to |into |in |on |with |the |an? |receive |received |receiving |took |of "
    r"|who )*([^.;,()]{2,50})",
    re.IGNORECASE,
)


def _label(text: str, start: int, number: Number, after: str, equals: bool, end: int) -> str | None:
    if equals:
        match = _LABEL_BEFORE.search(text[max(start, number.start - 90) : number.start])
        if match is None:
            return None
        words = match[1].split()
        cut = [i for i, word in enumerate(words) if word.lower() in _CUT]
        return " ".join(words[cut[-1] + 1 :] if cut else words) or None
    match = _LABEL_AFTER.match(after)
    if match is None:
        return None
    label = re.split(r"\s(?:and|or|while|whereas|were|was|is|are|at|for|who)\s", match[1])[0]
    return label.strip() or None


_CUT = frozenset(
    {
        "to",
        "either",
        "or",
        "and",
        "into",
        "with",
        "receive",
        "received",
        "receiving",
        "the",
        "a",
        "an",
        "two",
        "groups",
        "group",
        "of",
        "in",
        "were",
        "was",
        "for",
        "vs",
        "versus",
        "by",
    }
)
