"""What an intervention is, by a vocabulary that people can read and edit."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from equipoise.errors import InputError
from equipoise.vocabulary.record import record
from equipoise.vocabulary.registry import ClassFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

AXES = ("product", "tissue", "route", "dose", "drug")
_WORD = re.compile(r"[a-z0-9][a-z0-9'-]*")
_AROUND = 90


@record
class Entry:
    """One class of the vocabulary."""

    axis: str
    name: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str] | None
    unless: tuple[re.Pattern[str], ...]
    takes: bool


@record
class Vocabulary:
    """Classes by hint and single words by look-up."""

    entries: tuple[Entry, ...]
    words: dict[str, tuple[str, str]]
    phrases: tuple[tuple[str, str, str], ...]
    same: dict[str, str]
    drug_words: frozenset[str]


@lru_cache(maxsize=1)
def built_in() -> Vocabulary:
    """The vocabulary that comes with Equipoise."""
    text = files("equipoise.registry").joinpath("interventions.yaml").read_text("utf-8")
    return read_vocabulary(text, "interventions.yaml")


def read_vocabulary(text: str, name: str = "vocabulary") -> Vocabulary:
    """Read a vocabulary in the form of ``interventions.yaml``.

    Raises
    ------
    InputError
        Naming the entry that is wrong and why.
    """
    import yaml

    try:
        listed = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{name}: not YAML: {error}") from None
    if not isinstance(listed, list):
        raise InputError.of(
            name, type(listed).__name__, "must be a list of entries", "See the how-to"
        )
    entries: list[Entry] = []
    words: dict[str, tuple[str, str]] = {}
    phrases: list[tuple[str, str, str]] = []
    same: dict[str, str] = {}
    generic: set[str] = set()
    for number, item in enumerate(listed, start=1):
        if isinstance(item, dict) and "same" in item:
            same |= {str(word).lower(): str(item["same"]) for word in item.get("words", ())}
        elif isinstance(item, dict) and "generic" in item:
            generic |= {str(word).lower() for word in item["generic"]}
        else:
            _add(item, f"{name}, entry {number}", entries, words, phrases)
    drugs = {word for word, (axis, _) in words.items() if axis == "drug"} | set(same)
    return Vocabulary(
        entries=tuple(entries),
        words=words,
        phrases=tuple(phrases),
        same=same,
        drug_words=frozenset(drugs - generic),
    )


def _add(
    item: Any,
    place: str,
    entries: list[Entry],
    words: dict[str, tuple[str, str]],
    phrases: list[tuple[str, str, str]],
) -> None:
    if not isinstance(item, dict) or item.get("axis") not in AXES or not item.get("name"):
        mend = f"Give `axis` (one of {', '.join(AXES)}) and `name`"
        raise InputError.of(place, item, "must name its axis and its class", mend)
    axis, name = str(item["axis"]), str(item["name"])
    for word in item.get("words", ()):
        plain = str(word).lower()
        if _WORD.fullmatch(plain):
            words.setdefault(plain, (axis, name))
        else:
            phrases.append((plain, axis, name))
    if pattern := item.get("pattern"):
        entries.append(
            Entry(
                axis=axis,
                name=name,
                hints=tuple(str(hint).lower() for hint in item.get("hints", ())),
                pattern=_compiled(str(pattern), place),
                takes=bool(item.get("takes")),
                unless=tuple(_compiled(str(part), place) for part in item.get("unless", ())),
            )
        )


def _compiled(pattern: str, place: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern.strip().replace(" |", "|"), re.IGNORECASE)
    except re.error as error:
        raise InputError.of(place, pattern[:60], f"is not a pattern: {error}", "Mend it") from None


def classify(
    places: Sequence[tuple[str, str]], vocabulary: Vocabulary | None = None
) -> tuple[ClassFound, ...]:
    """The classes that titles, interventions and arms name, each once, with words and field.

    Parameters
    ----------
    places : sequence of (field, text)
        In the order of trust; the first that names a class is its evidence.
    """
    known = vocabulary or built_in()
    found: dict[tuple[str, str], ClassFound] = {}
    for field, text in places:
        if text:
            for hit in _in_text(field, text, known):
                found.setdefault((hit.axis, hit.name), hit)
    return tuple(found.values())


def _in_text(field: str, text: str, known: Vocabulary) -> Iterable[ClassFound]:
    lower = text.lower()
    for entry in known.entries:
        for hint in entry.hints:
            if hint in lower:
                break
        else:
            continue
        if words := _matched(entry, text):
            yield ClassFound(entry.axis, entry.name, words, field)
            if entry.takes and entry.pattern is not None:
                text = entry.pattern.sub(" … ", text)
    for word in dict.fromkeys(_WORD.findall(lower)):
        for form in (word, word[:-1]) if word.endswith("s") else (word,):
            if form in known.words:
                yield ClassFound(*known.words[form], word, field)
                break
        else:
            if "-" in word:
                for part in word.split("-"):
                    if part in known.words:
                        yield ClassFound(*known.words[part], part, field)
    for phrase, axis, name in known.phrases:
        if phrase in lower and re.search(rf"\b{re.escape(phrase)}s?\b", lower):
            yield ClassFound(axis, name, phrase, field)


def _matched(entry: Entry, text: str) -> str:
    assert entry.pattern is not None
    for hit in entry.pattern.finditer(text):
        around = text[max(0, hit.start() - _AROUND) : hit.end() + _AROUND]
        if not any(part.search(around) for part in entry.unless):
            return " ".join(hit.group().split())[:120]
    return ""


def product_class(classes: Iterable[ClassFound]) -> str:
    """The cell product's class; empty where none is named."""
    order = ("MSC", "MSC-derived", "other stem cell", "other cell", "other biological")
    named = {found.name for found in classes if found.axis == "product"}
    return next((name for name in order if name in named), "")
