"""Who wrote an article, and when, from the line that says so."""

from __future__ import annotations

import re

from equipoise.vocabulary.record import record

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"[12]\d{3}"
_DATE = re.compile(
    rf"\b(?:(?P<month>{_MONTH}) (?P<day>{_DAY}),? (?P<year>{_YEAR})"
    rf"|(?P<day2>{_DAY})[ -](?P<month2>{_MONTH}),?[ -](?P<year2>{_YEAR})"
    rf"|(?P<year3>{_YEAR})[-./](?P<month3>\d{{1,2}})[-./](?P<day3>\d{{1,2}}))(?!\d)",
    re.IGNORECASE,
)
_PART = r"(?:[A-Z][\w'.-]*|de|van|von|der|den|la|le|di|da|del|al|el|bin)"
_NAME = rf"[A-Z][\w'.-]*(?: {_PART}){{0,3}} [A-Z][\w'-]+"
_NAMES = rf"{_NAME}(?:(?:, | and | & |, and ){_NAME}){{0,5}}"
_BY = re.compile(
    rf"(?:(?:Story|Written|Reported|Posted|Reporting) )?(?:[Bb]y|BY):? (?P<names>{_NAMES})"
    r"(?P<rest>.{0,120})$"
)
_NAME_FIRST = re.compile(rf"(?P<names>{_NAMES})[\s,|•·–—-]*")
_AROUND = re.compile(
    r"[\s,|•·–—:()/-]|\d{1,3}[ -]?min(?:ute)?s?\.?(?: read)?"
    r"|\b\d{1,2}[:.]\d{2}(?: ?[ap]\.?m\.?)?|\b(?:est|edt|et|gmt|utc|bst|pst|pdt|pt|cet)\b"
    r"|\b(?:updated|published|posted|last|on|at|first|date)\b"
    r"|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\b(?:news|press) release\b|\b(?:special to|for) (?:the )?(?-i:[A-Z])[\w ]{2,40}"
    r"|\b(?:senior|staff|science|health|medical|chief|contributing|freelance|news|the|reporter"
    r"|writer|correspondent|editor|journalist|contributor|service|\w+day)\b|[\s,|•·–—-]",
    re.IGNORECASE,
)


@record
class Byline:
    """Who and when, as far as a line says; the date as YYYY-MM-DD."""

    author: str | None
    date: str | None


def date_in(line: str) -> str | None:
    """The first date in `line` as YYYY-MM-DD."""
    found = _DATE.search(line)
    if found is None:
        return None
    for end in ("", "2", "3"):
        if found[f"year{end}"]:
            month, day = found[f"month{end}"], int(re.sub(r"\D", "", found[f"day{end}"]))
            number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
            if 1 <= number <= 12 and 1 <= day <= 31:
                return f"{found[f'year{end}']}-{number:02d}-{day:02d}"
    return None


def byline_of(line: str) -> Byline | None:
    """The byline that `line` is, whole; None where it says anything else.

    Such as: "By Jane Doe", "Jane Doe March 25, 2020 5 MINUTE READ", "Published March 25, 2020".
    """
    if len(line) > 160 or (line.endswith((".", "?", "!")) and not line.endswith(".m.")):
        return None
    date = date_in(line)
    found = _BY.match(line)
    if found and _says_no_more(found["rest"]):
        return Byline(author=_without_role(found["names"]), date=date)
    stands = _DATE.search(line)
    if date is None or stands is None:
        return None
    if _says_no_more(line):
        return Byline(author=None, date=date)
    name = _NAME_FIRST.fullmatch(line[: stands.start()])
    if name and _says_no_more(line[stands.start() :]):
        return Byline(author=name["names"], date=date)
    return None


def is_role(line: str) -> bool:
    """Whether `line` is no more than what a reporter is called."""
    return len(line) < 60 and not _ROLE.sub("", line)


def _without_role(names: str) -> str:
    name, comma, rest = names.rpartition(", ")
    return name if comma and not _ROLE.sub("", rest) else names


def _says_no_more(rest: str) -> bool:
    """Whether `rest` holds no more than dates, times, a role and how long it takes to read."""
    return not _AROUND.sub("", _ROLE.sub(" ", _DATE.sub(" ", rest)))
