"""What is said to have come of how many: numerators, denominators and percentages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .numbers import COUNT, Number
from .people_words import PEOPLE

if TYPE_CHECKING:
    from .people import Count
    from .sentences import Clause, Script

_VERB = (
    r"(?:died|dies|die|had|have|has|developed?|experienced?|reported|reports?|show(?:ed|n|s)?"
    r"|improved?|recovered|responded"
    r"|relapsed|achieved?|required?|suffered|became|become|survived?|needed|remained|complained"
    r"|tested|came off|come off"
    r"|lost|gained|gave birth|reached|progressed|were (?:\w+\s)?(?:discharged|cured"
    r"|hospitali[sz]ed|intubated|readmitted|diagnosed|found|cleared|free|alive|able|dead|still"
    r"|successfully|observed|seen|noted)"
    r"|was (?:observed|seen|noted|found)|saw|felt|left|went|got better|successfully|discharged)"
)
_NOT_OUTCOME = re.compile(
    r"\b(?:randomi[sz]ed|randomly|enroll?ed|recruited|assigned|allocated|received|receiving"
    r"|completed|screened|invited|included in|participated"
    r"|consented|took part|eligible|were treated|was treated|entered|underwent random|divided"
    r"|withdrew|excluded|lost to follow|were given|agreed to)\b",
    re.IGNORECASE,
)
SEVERITY = re.compile(
    r"\b(?:asymptomatic|mild(?:ly)?|moderate(?:ly)?|severe(?:ly)?|critical(?:ly)?(?:\s(?:ill"
    r"|severe))?|serious(?:ly ill)?|stable|early[\s-]stage|advanced)\b",
    re.IGNORECASE,
)
_RATIO = re.compile(
    rf"(?P<whole>(?:,|\s|-)*(?:\([\d.]+\s?%\)\s)?(?:patients\s|people\s|participants\s"
    rf"|subjects\s|women\s|men\s|children\s)?[\s-]?(?:of|out of|in|/)[\s-]?(?:the|these|those"
    rf"|all|its|a total of)?[\s-]?)(?P<n>{COUNT})",
    re.IGNORECASE,
)
_SLASH = re.compile(r"(?<![\w/.-])(\d{1,6})\s?/\s?(\d{1,6})(?![\w/])")
_ALL = re.compile(
    rf"\b(?P<word>all|every|each|none|no|not one|not a single)\s(?:of\s)?(?:the\s|these\s|our\s"
    rf"|\d+\s)?(?:[\w-]+\s){{0,2}}?(?:{PEOPLE}|of them)(?:\s\([^)]*\))?"
    rf"(?:\s(?:given|treated|receiving|taking|with|in|at|on)\s[^.;,]{{2,70}}?)?"
    rf"\s(?:(?:have|has|had|also|then|who\s[\w\s]{{3,40}}?)\s){{0,2}}{_VERB}\b",
    re.IGNORECASE,
)
_NO_DEATHS = re.compile(
    r"\b(?:there were |with |had )?no (?:deaths|fatalities)\b|\b(?:nobody|no one) (?:has )?died\b",
    re.IGNORECASE,
)
_PERCENT_IN = re.compile(
    r"(?<![\w.,])(?P<value>\d{1,3}(?:[.·]\d{1,2})?)\s?(?:%|per\s?cent\b)", re.IGNORECASE
)
_PERCENT_NOT = re.compile(
    r"^\s?(?:CI\b|confidence|credible|certain|sure|power|alcohol|ethanol|oxygen"
    r"|of (?:the )?(?:time|energy|calories|maxim|body|pages)|solution|saline|concentration|level"
    r"|male\b|female\b|were (?:male|female|women|men|white|black|aged))"
    r"|^[^.;]{0,20}\b(?:confidence interval|CI)\b",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"\b(?P<word>half|two[\s-]thirds|three[\s-]quarters|one[\s-]third|a third|a quarter"
    r"|one[\s-]quarter|one[\s-]half)\s(?:of\s)?(?:the\s|them|these\s"
    r"|those\s)?(?:[\w-]+\s){0,2}?(?:patients|people|participants|subjects|women|men|children"
    r"|them|cases)?",
    re.IGNORECASE,
)
_SHARES = {
    "half": 50.0,
    "one-half": 50.0,
    "two-thirds": 66.7,
    "three-quarters": 75.0,
    "one-third": 33.3,
    "a third": 33.3,
    "a quarter": 25.0,
    "one-quarter": 25.0,
}
TIME_TO = re.compile(
    rf"\b(?:most|many|all|the majority|some|half|{PEOPLE})\s(?:of (?:them|these"
    rf"|the patients)\s)?(?:[\w-]+\s){{0,4}}?(?:in|within|after|by) (?:the )?(?:first |only "
    rf"|just |about )?(?P<n>\w+(?:-\w+)?)\s(?P<unit>hours?|days?|weeks?|months?)\b",
    re.IGNORECASE,
)
_WHOLE_SUBJECT = re.compile(
    r"(?:\s\([^)]*\))?(?:\s(?:with|in|at|from|who|of)\s[^.;,]{2,60}?)?\s(?P<verb>(?:have\s"
    r"|has\s|had\s|also\s|all\s){0,2})(?:show(?:n|ed)? (?:[\w-]+\s){0,2}?improve|improved"
    r"|recovered|been cured|got better|responded|survived|were cured|benefited|been discharged"
    r"|were discharged|shown)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Result:
    """A result as it is worded: counts, or a percentage, or both; `n` None where not said."""

    events: int | None
    n: int | None
    percent: float | None
    label: str
    start: int
    end: int
    clause: Clause
    rule: str


def results(script: Script, counts: list[Count], whole: int | None) -> list[Result]:
    """Every result of a clause, in reading order; a bare numerator gets the study's total.

    Parameters
    ----------
    script, counts
        The text and its counts of people.
    whole : int or None
        The claimed study's number of people.
    """
    found: list[Result] = []
    for clause in script.clauses:
        taken: list[tuple[int, int]] = []
        for result in (
            *_ratios(script, clause),
            *_everybody(script, clause, counts, whole),
            *_numerators(script, clause, whole),
            *_percentages(script, clause),
        ):
            if not any(start < result.end and result.start < end for start, end in taken):
                taken.append((result.start, result.end))
                found.append(result)
    return sorted(found, key=lambda result: (result.start, result.end))


def _end(script: Script, clause: Clause, after: int) -> int:
    """Where a result's words end: before the next count that starts a new one."""
    piece = script.text[after : clause.end]
    cut = re.search(
        rf",?\s(?:and|while|whereas|versus|vs\.?|compared)\s(?={COUNT}|(?:with|to)\s\d)",
        piece,
        re.IGNORECASE,
    )
    end = after + (cut.start() if cut and cut.start() > 3 else len(piece))
    return min(end, after + 200)


def _label(script: Script, start: int, end: int) -> str:
    words = re.sub(r"\([^)]*\)", " ", script.text[start:end])
    words = re.sub(
        rf"^[\s,]*(?:(?:the|these|of|them|{PEOPLE}|have|has|had|were|was|been|now|also|who)\s)*",
        "",
        words.strip() + " ",
        flags=re.IGNORECASE,
    )
    return re.sub(r"\s+", " ", words).strip(" ,.;:")[:100]


def _percent_near(script: Script, start: int, end: int) -> float | None:
    match = _PERCENT_IN.search(script.text, start, end)
    return float(match["value"].replace("·", ".")) if match else None


def _ratios(script: Script, clause: Clause) -> list[Result]:
    found = []
    text = script.text
    for number in script.numbers(clause.start, clause.end):
        if not number.count:
            continue
        match = _RATIO.match(text, number.end, min(clause.end, number.end + 60))
        if match is None:
            continue
        inner = script.numbers(match.start("n"), match.end("n"))
        if not inner or not inner[0].count or inner[0].value < max(number.value, 2):
            continue
        if (
            re.match(r"\s?in\s", match["whole"])
            and number.value == 1
            and inner[0].value <= 100
            and not re.search(PEOPLE, text[match.end() : match.end() + 20])
        ):
            continue
        end = _end(script, clause, inner[0].end)
        noun = re.match(
            rf"[\s-](?:[\w-]+\s){{0,3}}?{PEOPLE}\b",
            text[inner[0].end : inner[0].end + 50],
            re.IGNORECASE,
        )
        if inner[0].value < 5 and noun is None:
            continue
        percent = _percent_near(script, number.end, min(len(text), inner[0].end + 30))
        found.append(
            Result(
                int(number.value),
                int(inner[0].value),
                percent,
                _label(script, inner[0].end, end),
                number.start,
                end,
                clause,
                "so many of so many",
            )
        )
    for match in _SLASH.finditer(text, clause.start, clause.end):
        events, n = int(match[1]), int(match[2])
        if (
            0 <= events <= n
            and n >= 5
            and not re.match(r"\s?(?:mm|cm|h\b|mg|kg|ml)", text[match.end() : match.end() + 4])
        ):
            end = _end(script, clause, match.end())
            found.append(
                Result(
                    events,
                    n,
                    _percent_near(script, match.end(), min(end, match.end() + 12)),
                    _label(script, match.end(), end) or _label(script, clause.start, match.start()),
                    match.start(),
                    end,
                    clause,
                    "a fraction",
                )
            )
    return found


def _everybody(
    script: Script, clause: Clause, counts: list[Count], whole: int | None
) -> list[Result]:
    text = script.text
    found = []
    match = _ALL.search(text, clause.start, clause.end)
    if match and not _NOT_OUTCOME.search(text[match.start() : min(clause.end, match.end() + 40)]):
        nobody = match["word"].lower() in ("none", "no", "not one", "not a single")
        events = 0 if nobody else whole
        start = match.start()
        end = _end(script, clause, match.end())
        found.append(
            Result(
                events,
                whole,
                None,
                _label(script, start + len(match["word"]), end),
                start,
                end,
                clause,
                "all or none",
            )
        )
    match = _NO_DEATHS.search(text, clause.start, clause.end)
    if match:
        found.append(
            Result(0, whole, None, "deaths", match.start(), match.end(), clause, "no deaths")
        )
    for count in counts:
        if whole is None or count.n != whole or not clause.start <= count.start < clause.end:
            continue
        subject = _WHOLE_SUBJECT.match(text, count.end, min(clause.end, count.end + 160))
        if subject:
            end = _end(script, clause, subject.end())
            found.append(
                Result(
                    count.n,
                    count.n,
                    None,
                    _label(script, subject.start("verb"), end),
                    count.start,
                    end,
                    clause,
                    "the whole study is the subject",
                )
            )
    return found


def _numerators(script: Script, clause: Clause, whole: int | None) -> list[Result]:
    text = script.text
    found = []
    for number in script.numbers(clause.start, clause.end):
        if not number.count or number.value > (whole or 10**9) or _year(text, number):
            continue
        before = text[max(clause.start, number.start - 24) : number.start]
        if re.search(
            r"\b(?:at|day|week|month|grade|stage|phase|type|age|aged|score of|mean|median|from"
            r"|to|than|by|for|ratio|[<>=±])\s?$|[<>=±]\s?$",
            before,
        ):
            continue
        tail = text[number.end : min(clause.end, number.end + 120)]
        match = re.match(
            rf"(?P<who>(?:\s(?:of (?:the|these|those|them)\s?)?(?:[\w-]+\s){{0,3}}?(?:{PEOPLE}"
            rf"|them))?(?:\s\((?P<p>[\d.]+)\s?%\))?)\s(?:(?:have|has|had|also|then|later|now"
            rf"|subsequently|been|completely|only)\s){{0,4}}(?P<verb>{_VERB})\b",
            tail,
            re.IGNORECASE,
        )
        if match is None:
            match = re.match(
                rf"(?P<who>\s(?:{PEOPLE})\s\((?P<p>[\d.]+)\s?%\))(?P<verb>)", tail, re.IGNORECASE
            )
        if match is None or _NOT_OUTCOME.search(tail[: match.end() + 40]):
            continue
        percent = float(match["p"]) if match["p"] else None
        end = _end(script, clause, number.end + match.end())
        label = _label(script, number.end + match.start("verb"), end) or _label(
            script, clause.start, number.start
        )
        found.append(
            Result(
                int(number.value),
                whole if percent is None else None,
                percent,
                label,
                number.start,
                end,
                clause,
                "so many did",
            )
        )
    return found


def _percentages(script: Script, clause: Clause) -> list[Result]:
    text = script.text
    found = []
    for match in _PERCENT_IN.finditer(text, clause.start, clause.end):
        after = text[match.end() : match.end() + 40]
        before = text[max(clause.start, match.start() - 14) : match.start()]
        if _PERCENT_NOT.search(after) or re.search(
            r"[±<>=]\s?$|\b(?:power of|level of)\s?$", before
        ):
            continue
        value = float(match["value"].replace("·", "."))
        if value > 100:
            continue
        end = _end(script, clause, match.end())
        other = _PERCENT_IN.search(text, match.end(), end)
        if other:
            end = match.end()
        elif re.search(r"\bor\s$", before):
            continue
        label = _label(script, match.end(), end) or _label(script, clause.start, match.start())
        found.append(
            Result(
                None,
                None,
                value,
                label,
                match.start(),
                max(end, match.end()),
                clause,
                "a percentage",
            )
        )
    for match in _SHARE.finditer(text, clause.start, clause.end):
        verb = re.match(
            rf"\s?(?:[\w-]+\s){{0,3}}?{_VERB}\b",
            text[match.end() : min(clause.end, match.end() + 60)],
            re.IGNORECASE,
        )
        if verb and not re.search(
            r"(?:other|another|and a)\s$",
            text[max(clause.start, match.start() - 8) : match.start()],
        ):
            end = _end(script, clause, match.end() + verb.end())
            key = (
                re.sub(r"[\s]", "-", match["word"].lower())
                if match["word"].lower()[:2] != "a "
                else match["word"].lower()
            )
            found.append(
                Result(
                    None,
                    None,
                    _SHARES.get(key),
                    _label(script, match.end(), end),
                    match.start(),
                    end,
                    clause,
                    "a share in words",
                )
            )
    return found


def _year(text: str, number: Number) -> bool:
    return 1900 <= number.value <= 2100 and text[number.start : number.end].isdigit()
