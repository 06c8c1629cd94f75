"""Who is heard: names, roles, interests, and which words are whose."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from equipoise.vocabulary.reading import Stance

if TYPE_CHECKING:
    from .sentences import Clause, Script

_VERB = (
    r"(?:said|says|say|told|tells|explained|explains|warned|warns|added|adds|noted|notes"
    r"|cautioned|cautions"
    r"|commented|argued|argues|wrote|writes|revealed|reveals|stated|states|reported|concluded"
    r"|acknowledged"
    r"|insisted|recalled|admitted|agreed|agrees|suggested|suggests|observed|claimed|claims"
    r"|believes|thinks"
    r"|announced|predicted|hopes|emphasized|emphasised|stressed|continued|declared|remarked"
    r"|replied)"
)
REPORTING = _VERB
"""Verbs by which words are given to somebody, as a pattern."""

_TITLE = r"(?:Dr\.?|Prof\.?|Professor|Mr\.?|Mrs\.?|Ms\.?|Sir|Dame|Lord)"
_WORD = r"(?:[A-Z](?:[a-z'-]+(?:[A-Z][a-z]+)?|\.)(?:-[A-Z][a-z]+)?)"
_NAME = rf"(?:{_TITLE}\s)?{_WORD}(?:\s(?:{_WORD}|de|van|von|der|den|al|bin|la)){{0,3}}"
_FULL = rf"(?:{_TITLE}\s)?{_WORD}(?:\s(?:{_WORD}|de|van|von|der|den|al|bin|la)){{1,3}}"
_ROLE_NOUN = (
    r"(?:professor|director|researcher|CEO|chief|official|doctor|physician|scientist|author"
    r"|investigator"
    r"|head|president|spokes(?:man|woman|person)|expert|founder|co-founder|chair(?:man|woman)?"
    r"|surgeon|biologist|epidemiologist"
    r"|cardiologist|oncologist|neurologist|psychiatrist|psychologist|immunologist|virologist"
    r"|statistician"
    r"|executive|manager|minister|secretary|fellow|lecturer|analyst|nurse|pharmacologist|dean"
    r"|vice|senior|lead|leader"
    r"|writer|journalist|editor|reporter|specialist|consultant|geneticist|nutritionist"
    r"|one of the|part of|who\b|a member|adviser|advisor|patient)"
)
_ROLE_NOUN = f"(?i:{_ROLE_NOUN})"
_ROLE = (
    rf"(?:(?:the|an?|his|her|our|lead|senior"
    rf"|study)\s)?(?:[\w'’./&-]+,?\s){{0,5}}?{_ROLE_NOUN}\b[^.;\"“”\n]{{0,140}}"
)

_AFTER_QUOTE = re.compile(
    rf"[,.?!]?[\"”]?\s?(?:{_VERB}\s(?P<first>{_NAME})"
    rf"|(?P<second>{_NAME})(?:,\s[^\"“”.;\n]{{3,140}}?,)?\s(?:also\s|has\s)?{_VERB}"
    rf"|(?P<pronoun>he|she|they)\s(?:also\s)?{_VERB}|{_VERB}\s(?:the\s)?(?P<group>researchers"
    rf"|authors|company|team|scientists|doctors))"
)
_BEFORE_QUOTE = re.compile(
    rf"(?:(?P<first>{_NAME})(?:,\s[^\"“”.;\n]{{3,140}}?,)?\s(?:also\s|has\s)?{_VERB}"
    rf"|(?P<pronoun>\b(?:[Hh]e|[Ss]he"
    rf"|[Tt]hey))\s(?:also\s)?{_VERB})[^.\"“”\n]{{0,60}}[,:]\s?[\"“]?$"
)
_INDIRECT = re.compile(
    rf"\b(?P<name>{_NAME})(?:,\s[^\"“”.;\n]{{3,160}}?,)?\s(?:also\s|has\s|have\s)?(?:{_VERB}\b"
    rf"|is\s(?:hopeful|bullish|confident|optimistic|convinced|concerned|sure|cautious|sceptical"
    rf"|skeptical)\b)"
)
_ACCORDING = re.compile(rf"\b[Aa]ccording to (?P<name>{_NAME})")
_APPOSED = re.compile(rf"\b(?P<name>{_FULL}),\s(?P<role>{_ROLE})")
_LEADING_ROLE = re.compile(
    rf"\b(?P<role>(?:[A-Z][\w&-]+\s){{1,3}}(?:CEO|president|chairman|spokeswoman|spokesman"
    rf"|spokesperson|director|chief executive)),?\s(?P<name>{_FULL})"
)
_NOT_NAMES = frozenset(
    [
        "The",
        "This",
        "That",
        "These",
        "Those",
        "It",
        "He",
        "She",
        "They",
        "We",
        "But",
        "And",
        "However",
        "In",
        "On",
        "At",
        "For",
        "As",
        "If",
        "There",
        "Their",
        "Our",
        "His",
        "Her",
        "Covid",
        "COVID",
        "Stem",
        "Cell",
        "Some",
        "Many",
        "Most",
        "Other",
        "Phase",
        "Study",
        "Trial",
        "Results",
        "Patients",
        "Researchers",
        "Participants",
        "Table",
        "Figure",
        "Both",
        "All",
        "While",
        "When",
        "After",
        "Before",
        "During",
        "Since",
        "Although",
        "Though",
        "Despite",
        "Background",
        "Methods",
        "Conclusion",
        "Conclusions",
        "Objective",
        "Design",
        "Setting",
        "Results",
        "Scientists",
        "Doctors",
        "Experts",
        "Authors",
        "One",
        "Two",
        "Three",
        "Four",
        "No",
        "Not",
    ]
)

_EXECUTIVE = re.compile(
    r"\b(?:CEO|chief (?:executive|medical|scientific|operating)|managing director|founder"
    r"|executive|president of|vice president"
    r"|chairman|company|employee|shareholder|inventor|sponsor)\b",
    re.IGNORECASE,
)
_INVESTIGATOR = re.compile(
    r"\b(?:investigator|lead author|first author|senior author|study author|co-author"
    r"|who (?:led|leads|conducted|ran|headed|directed)|conducting the|collaborat\w+|leading the"
    r"|part of the team"
    r"|author of the|the study'?s|involved in the (?:study|trial)|trial leader|led the"
    r"|working on|has been a consultant|consultant (?:to|for))\b",
    re.IGNORECASE,
)
_OFFICIAL = re.compile(
    r"\b(?:official|minister|ministry|secretary|spokes\w+ (?:for|of) the (?:government|agency"
    r"|ministry|FDA|WHO)|commissioner|Food and Drug Administration|FDA|EMA"
    r"|World Health Organization|health department|government)\b",
    re.IGNORECASE,
)
_REPORTER = re.compile(r"\b(?:writer|journalist|reporter|editor|correspondent)\b", re.IGNORECASE)
_INDEPENDENT = re.compile(
    r"\bnot (?:involved|part of|associated)\b|\bwas(?:n't| not) involved\b", re.IGNORECASE
)


@dataclass(slots=True)
class Heard:
    """A person found in the text, gathered while reading."""

    name: str
    start: int
    end: int
    role: str | None = None
    role_end: int = 0
    clauses: list[str] = field(default_factory=list)

    @property
    def surname(self) -> str:
        """The last word of the name."""
        return self.name.split()[-1]

    def interest(self) -> str | None:
        """What the text itself says ties this person to the treatment or its study."""
        role = self.role or ""
        if _INDEPENDENT.search(role):
            return None
        if _EXECUTIVE.search(role):
            return "leads or works for a company; see the role"
        if _INVESTIGATOR.search(role):
            return "takes part in the study or works with those who do"
        if _OFFICIAL.search(role):
            return "speaks for a public body"
        return None

    def stance(self, cautions: int, said: int) -> Stance:
        """By role first, then by what most of the person's statements are."""
        role = self.role or ""
        if _REPORTER.search(role):
            return "reporter"
        if _OFFICIAL.search(role) and not _EXECUTIVE.search(role):
            return "official"
        if self.interest() is not None and cautions < said:
            return "proponent"
        if said and cautions * 2 > said:
            return "sceptic"
        return "proponent" if said else "unknown"


@dataclass(frozen=True, slots=True)
class Hearing:
    """The people heard, and who speaks at a place in the text."""

    people: tuple[Heard, ...]
    spans: tuple[tuple[int, int, str], ...]

    def speaker_at(self, position: int) -> str | None:
        """Name of whoever speaks there; None where the text itself does."""
        return next((name for start, end, name in self.spans if start <= position < end), None)


def listen(script: Script, clauses: tuple[Clause, ...]) -> Hearing:
    """Find who is heard, and which quotations and reported clauses are theirs."""
    people = _people(script)
    spans: list[tuple[int, int, str]] = []
    spans += _quoted(script, people)
    spans += _reported(script, clauses, people)
    return Hearing(tuple(people), tuple(spans))


def _clean(name: str) -> str:
    plain = re.sub(rf"^{_TITLE}\s", "", name).strip()
    return re.sub(r"'s$", "", plain)


def _is_name(name: str) -> bool:
    words = name.split()
    return bool(words) and not any(word in _NOT_NAMES for word in words[:2]) and not name.isupper()


def _people(script: Script) -> list[Heard]:
    text = script.text
    found: dict[str, Heard] = {}

    def add(name: str, start: int, end: int, role: str | None, role_end: int) -> None:
        plain = _clean(name)
        if not _is_name(plain):
            return
        surname = plain.split()[-1]
        known = found.get(surname)
        if known is None:
            if len(plain.split()) < 2 and not re.match(_TITLE, name):
                return
            known = found[surname] = Heard(plain, start, end)
        if role and known.role is None:
            known.role = role.strip(" ,")
            known.start, known.end, known.role_end = start, end, role_end
        if len(plain.split()) > len(known.name.split()):
            known.name = plain

    for match in _LEADING_ROLE.finditer(text):
        add(match["name"], match.start(), match.end(), match["role"], match.end())
    for match in _APPOSED.finditer(text):
        role = _end_of_role(match["role"])
        add(
            match["name"],
            match.start(),
            match.start("role") + len(role),
            role,
            match.start("role") + len(role),
        )
    for pattern in (_ACCORDING, _INDIRECT, _AFTER_QUOTE):
        for match in pattern.finditer(text):
            for group in ("name", "first", "second"):
                if group in pattern.groupindex and match[group]:
                    add(match[group], match.start(group), match.end(group), None, 0)
    return sorted(found.values(), key=lambda heard: heard.start)


def _end_of_role(role: str) -> str:
    """A role without the verb that follows it: "an official in the ministry, revealed that"."""
    cut = re.search(
        rf",?\s(?:also\s|has\s)?{_VERB}\b|\s(?:has|have|is|was) (?:said|been|told)\b", role
    )
    return (role[: cut.start()] if cut else role).rstrip(" ,")


def _named(people: list[Heard], name: str) -> Heard | None:
    plain = _clean(name)
    if not plain:
        return None
    surname = plain.split()[-1]
    return next((heard for heard in people if heard.surname == surname), None)


def _quoted(script: Script, people: list[Heard]) -> list[tuple[int, int, str]]:
    text = script.text
    owners: dict[tuple[int, int], str] = {}
    for start, end in script.quotes:
        owner = _owner(script, people, start, end)
        if owner is not None:
            owners[start, end] = owner
    for start, end in script.quotes:
        if (start, end) not in owners:
            paragraph = script.paragraph_at(start)
            near = [quote for quote in owners if paragraph[0] <= quote[0] < paragraph[1]]
            if near:
                owners[start, end] = owners[min(near, key=lambda quote: abs(quote[0] - start))]
    for start, end in script.quotes:
        if (start, end) not in owners:
            name = _same_words(text, start, end, owners)
            if name is not None:
                owners[start, end] = name
    return [(start, end, name) for (start, end), name in sorted(owners.items())]


def _same_words(text: str, start: int, end: int, owners: dict[tuple[int, int], str]) -> str | None:
    """Whose words a pull-quote repeats."""
    words = re.sub(r"\W+", " ", text[start:end]).strip().lower()
    for (left, right), name in owners.items():
        whole = re.sub(r"\W+", " ", text[left:right]).lower()
        if len(words) > 15 and (words in whole or words[: len(words) // 2] in whole):
            return name
    # a pull-quote may run over the seam of two quotations
    joined: dict[str, str] = {}
    for (left, right), name in owners.items():
        joined[name] = joined.get(name, "") + " " + re.sub(r"\W+", " ", text[left:right]).lower()
    return next(
        (name for name, whole in joined.items() if len(words) > 15 and words[:40] in whole), None
    )


def _owner(script: Script, people: list[Heard], start: int, end: int) -> str | None:
    text = script.text
    paragraph = script.paragraph_at(start)
    after = _AFTER_QUOTE.match(
        text, max(start, end - 1), min(paragraph[1], end + 260)
    ) or _AFTER_QUOTE.match(text, end, min(paragraph[1], end + 260))
    if after:
        if after["pronoun"]:
            return _last_named(people, text, end)
        if after["group"]:
            return f"the {after['group']}"
        heard = _named(people, after["first"] or after["second"])
        if heard is not None:
            return heard.name
    before = _BEFORE_QUOTE.search(text[max(paragraph[0], start - 260) : start])
    if before:
        if before["pronoun"]:
            return _last_named(people, text, start)
        heard = _named(people, before["first"])
        if heard is not None:
            return heard.name
    return None


def _last_named(people: list[Heard], text: str, position: int) -> str | None:
    best: tuple[int, str] | None = None
    for heard in people:
        at = text.rfind(heard.surname, 0, position)
        if at >= 0 and (best is None or at > best[0]):
            best = (at, heard.name)
    return best[1] if best else None


_BACK_TO_AUTHOR = re.compile(r",\s(?:as|while|but|although|though|whereas)\s$|\s[–—]\s$")


def _reported(
    script: Script, clauses: tuple[Clause, ...], people: list[Heard]
) -> list[tuple[int, int, str]]:
    """Clauses that a named person is said to have said, without quotation marks."""
    text = script.text
    spans = []
    for index, (start, end) in enumerate(script.sentences):
        if script.quote_at(start) is not None:
            continue
        match = _INDIRECT.search(text, start, end)
        if match:
            heard = _named(people, match["name"])
            if heard is not None and script.quote_at(match.end()) is None:
                stop = end
                for clause in clauses:
                    if (
                        clause.sentence == index
                        and clause.start > match.end()
                        and _BACK_TO_AUTHOR.search(
                            text[max(start, clause.start - 12) : clause.start]
                        )
                    ):
                        stop = clause.start
                        break
                first = min(
                    (
                        c.start
                        for c in clauses
                        if c.sentence == index and c.start <= match.start() < c.end
                    ),
                    default=match.start(),
                )
                spans.append((first, stop, heard.name))
        match = _ACCORDING.search(text, start, end)
        if match:
            heard = _named(people, match["name"])
            clause_start = max(
                (c.start for c in clauses if c.sentence == index and c.start <= match.start()),
                default=start,
            )
            if heard is not None:
                spans.append((clause_start, match.end(), heard.name))
    return spans
