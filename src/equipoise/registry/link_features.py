"""What is compared between two registrations: titles, acronym, sponsor, size, dates, products."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from equipoise.registry.interventions import product_class
from equipoise.registry.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from equipoise.registry.interventions import Vocabulary
    from equipoise.vocabulary.registry import RegistryRecord

# Words that say nothing about which trial it is. Spellings are brought together before.
_STOP = frozenset(
    ["a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "into", "is", "of", "on", "or", "that", "the", "their", "to", "using", "use", "used", "via", "with", "without", "versus", "vs", "compared", "comparison", "between", "among", "during", "who", "whose", "after", "before", "than", "not", "no", "study", "studies", "trial", "trials", "clinical", "research", "evaluation", "evaluate", "evaluating", "assess", "assessment", "effect", "effects", "efficacy", "effectiveness", "safety", "tolerability", "patient", "patients", "participants", "subjects", "adults", "adult", "people", "treatment", "treat", "treating", "therapy", "therapeutic", "intervention", "disease", "infection", "infected", "severe", "moderate", "mild", "critical", "critically", "ill", "hospitalised", "hospitalized", "phase", "ii", "iii", "iv", "i", "1", "2", "3", "4", "randomised", "controlled", "double", "blind", "blinded", "open", "label", "placebo", "multicenter", "multicentre", "multi", "center", "centre", "single", "group", "arm", "parallel", "prospective", "pilot", "covid", "pneumonia", "novel"]
)  # fmt: skip
_SAME = (
    (re.compile(r"\b(?:sars[\s-]*cov[\s-]*2|covid[\s-]*19|covid19|2019[\s-]*ncov|ncov[\s-]*2019|ncov|"
                r"(?:novel )?corona[\s-]*virus(?: disease)?(?:[\s-]*(?:20)?19)?)\b", re.I), " covid "),
    (re.compile(r"\brandomi[sz]\w*", re.I), " randomised "),
    (re.compile(r"\b(hydroxy)?chloroquin\b", re.I), r" \1chloroquine "),
)  # fmt: skip
_LEGAL = frozenset(
    ["inc", "ltd", "limited", "llc", "co", "corp", "corporation", "gmbh", "ag", "sa", "spa", "srl", "plc", "bv", "nv", "the", "of", "for", "and", "de", "la", "del", "di", "des", "du", "company", "university", "universitat", "universite", "universidad", "universita", "hospital", "hospitals", "hopital", "institute", "institut", "center", "centre", "medical", "sciences", "science", "school", "college", "foundation", "trust", "nhs", "national", "health", "research", "faculty", "medicine", "department", "clinic", "clinical", "affiliated", "first", "second", "people", "s", "general", "city", "central", "army", "state"]
)  # fmt: skip
_ACRONYM = re.compile(
    r"\(([A-Za-z][A-Za-z0-9-]{2,19})\)|(?:^|[\s-])[-–:]\s*([A-Z][A-Za-z0-9-]{2,19})\s*$|^([A-Z][A-Z0-9-]{3,19})\s*[:–]"
)
_CODE = re.compile(
    r"\b(?=[A-Za-z0-9-]*\d)(?=[A-Za-z0-9-]*[A-Za-z])[A-Za-z]{2,6}-?[A-Za-z0-9]*\d[A-Za-z0-9-]*\b"
)
_STEM = re.compile(
    r"\b[a-z]{4,}(?:mab|nib|vir|statin|sartan|pril|cillin|mycin|quine|cept|stat|parin|xaban|kinra|limus|gliptin|gliflozin|vaptan|setron|olone|asone|onide|tide|afil)\b"
)
# Names of the disease, of tests and of kinds of study are no acronym of a trial and no product code.
_NOT_A_NAME = re.compile(
    r"(?:anti)?(?:n?covid|sars|cov|2019ncov|ncov|corona|il|tnf|pcr|rt|ards|icu|who|rct|hcq|usa|uk|ace|ifn|phase|"
    r"cohort|study|trial|tocilizumab|bcg|mscs?|nk|ct|cpap|copd|hiv|ecmo|il)(?:19|2|6|2019|\d{0,2}[a-z]?)?",
    re.I,
)


class Compared(NamedTuple):
    """One trial number's fields, ready for comparing."""

    key: str
    registry: str
    ids: tuple[str, ...]
    titles: tuple[frozenset[str], ...]
    tokens: frozenset[str]
    acronyms: frozenset[str]
    sponsor: frozenset[str]
    sponsor_text: str
    size: int | None
    sizes: frozenset[int]
    started: int | None
    registered: int | None
    countries: frozenset[str]
    drugs: frozenset[str]
    drug_classes: frozenset[str]
    title_drugs: frozenset[str]
    codes: frozenset[str]
    whole: frozenset[str]
    product: str
    phase: str
    randomised: str
    kind: str


def title_tokens(text: str) -> tuple[str, ...]:
    """A title's telling words in order: lower case, spellings brought together, stop words off."""
    for pattern, word in _SAME:
        text = pattern.sub(word, text)
    return tuple(word for word in plain(text).split() if word not in _STOP)


def sponsor_tokens(text: str) -> frozenset[str]:
    """A sponsor's telling words."""
    words = [re.sub(r"(?<=[aou])e", "", word) for word in plain(text).split()]
    telling = frozenset(word for word in words if word not in _LEGAL and len(word) > 1)
    return telling or frozenset(words)


def day_number(text: str) -> int | None:
    """Days since the epoch of year 1; a month counts from its middle; None where coarser."""
    from datetime import date as day

    if len(text) == 10:
        return day.fromisoformat(text).toordinal()
    if len(text) == 7:
        return day(int(text[:4]), int(text[5:7]), 15).toordinal()
    return None


def compared(
    records: Sequence[RegistryRecord], vocabulary: Vocabulary, planned: Iterable[int] = ()
) -> Compared:
    """One trial number's records (EUCTR has one a country), brought together for comparing."""
    first = records[0]
    titles: dict[tuple[str, ...], None] = {}
    acronyms: set[str] = set()
    for record in records:
        for text in (record.public_title, record.scientific_title):
            if not text:
                continue
            titles[title_tokens(text)] = None
            if " - " in text:
                titles[title_tokens(text.rsplit(" - ", 1)[0])] = None
            for found in _ACRONYM.finditer(text):
                acronyms.add(_acronym(found[1] or found[2] or found[3]))
        if record.acronym:
            acronyms.add(_acronym(record.acronym))
    text = " ".join(i.name for record in records for i in record.interventions)[:6_000]
    title_text = " ".join(
        t for record in records for t in (record.public_title, record.scientific_title)
    )
    sizes = {record.planned_size for record in records if record.planned_size}
    return Compared(
        key=first.key,
        registry=first.registry,
        ids=tuple(record.id for record in records),
        titles=tuple(dict.fromkeys(frozenset(title) for title in titles if title)),
        tokens=frozenset(word for title in titles for word in title),
        acronyms=frozenset(
            name for name in acronyms if len(name) > 2 and not _NOT_A_NAME.fullmatch(name)
        ),
        sponsor=sponsor_tokens(first.sponsor),
        sponsor_text=plain(first.sponsor),
        size=first.planned_size,
        sizes=frozenset(sizes | set(planned)),
        started=day_number(first.started),
        registered=day_number(min(record.registered for record in records)),
        countries=frozenset(country for record in records for country in record.countries),
        drugs=_drugs(text + " " + title_text, vocabulary),
        drug_classes=frozenset(
            c.name for record in records for c in record.classes if c.axis == "drug"
        ),
        title_drugs=_drugs(title_text, vocabulary),
        codes=frozenset(
            code.upper().replace("-", "")
            for code in _CODE.findall(title_text + " " + text)
            if not _NOT_A_NAME.fullmatch(re.sub(r"[^A-Za-z0-9]", "", code))
        ),
        whole=frozenset(
            plain(t) for r in records for t in (r.public_title, r.scientific_title) if t
        ),
        product=product_class(c for record in records for c in record.classes),
        phase="" if first.registry == "ChiCTR" and first.phase == "0" else first.phase,
        randomised=first.randomised,
        kind=first.study_type,
    )


def _acronym(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower()) if text else ""


def _drugs(text: str, vocabulary: Vocabulary) -> frozenset[str]:
    words = set(plain(text).split())
    named = {vocabulary.same.get(word, word) for word in words if word in vocabulary.drug_words}
    named |= set(_STEM.findall(" ".join(words)))
    return frozenset(named)
