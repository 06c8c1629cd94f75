"""A drafted claim into a dossier: new texts of its files, everything else in them as it stands."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

from equipoise.claims.reading.draft import draft
from equipoise.errors import DossierError, InputError, Problem
from equipoise.vocabulary.dates import PartialDate
from equipoise.vocabulary.question import Question
from equipoise.vocabulary.record import record

from .files import read_text
from .read import read_with
from .validate import validate
from .yaml_edit import append_item, append_key, dumped, plain, yaml_item
from .yaml_tree import read_yaml

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from equipoise.claims.reading import Reading

TEXTS = "texts"
"""The folder of a dossier that keeps the texts its drafts were read from."""


_ORDER = (
    "id", "label", "source", "locator", "first_public", "treatment", "place", "observed", "n",
    "patients_words", "strata", "subsets", "outcomes", "statements", "meant_for", "arguments",
    "speakers", "trial_count", "unconfirmed",
)  # fmt: skip
"""The keys of a drafted claim as they are written."""


@record
class Addition:
    """What a draft changes in a dossier: the new text of each file, in the order of writing."""

    claim: str
    pieces: int
    files: tuple[tuple[str, str], ...]

    @property
    def already(self) -> bool:
        """Whether this text's claim stood there before, so that nothing is to be written."""
        return not self.files


def add_claim(
    folder: Path,
    reading: Reading,
    today: date,
    *,
    source: str | None = None,
    first_public: str | None = None,
) -> Addition:
    """Draft a claim from a reading and say which files of the dossier become what.

    Nothing is written. The claim, its source, outcomes that the question lacks, and the text
    itself, kept in the folder ``texts`` so that it can be confirmed beside its words; in a new
    folder also the question.

    Raises
    ------
    InputError
        The text counts too little, an id is taken, or a file's form does not allow it.
    DossierError
        The dossier cannot be read as it is, or not with the draft in it.
    """
    texts = {name: _text(folder, name) for name in ("claims.yaml", "sources.yaml", "question.yaml")}
    known = _standing(folder, reading, texts["claims.yaml"])
    if known is not None:
        return Addition(claim=known, pieces=0, files=())
    if source is not None and not is_id(source):
        raise InputError.of(
            "source",
            source,
            "an id is letters, figures, hyphens, dots and underscores",
            "Write it as author-2020",
        )
    made = draft(
        reading, _question(texts["question.yaml"]), today, source=source, first_public=first_public
    )
    key = made.claim.id
    changes = {
        "sources.yaml": _sources(texts["sources.yaml"], made.source, given=source is not None),
        "question.yaml": _questions(texts["question.yaml"], made.question, made.outcomes, reading),
        "claims.yaml": _claims(texts["claims.yaml"], made.claim, reading),
    }
    changed = {name: text for name, text in changes.items() if text != texts[name]}
    read_with(folder, {name: text for name, text in changes.items() if text is not None})
    kept = (kept_name(key, reading), reading.document.original)
    return Addition(
        claim=key,
        pieces=len(made.claim.unconfirmed),
        files=(kept, *((name, text) for name, text in changed.items() if text is not None)),
    )


def is_id(key: str) -> bool:
    """Whether `key` can be an id and part of a file's name."""
    return re.fullmatch(r"\w[\w.-]{0,79}", key) is not None


def kept_name(key: str, reading: Reading) -> str:
    """Where in the dossier the text of a claim is kept."""
    return f"{TEXTS}/{key}.{'html' if reading.document.media == 'html' else 'txt'}"


def kept_text(folder: Path, key: str) -> Path | None:
    """The file of the text that a claim was read from, where it is still there."""
    if not is_id(key):
        return None
    paths = (folder / TEXTS / f"{key}.{ending}" for ending in ("txt", "html"))
    return next((path for path in paths if path.is_file()), None)


def _text(folder: Path, name: str) -> str | None:
    if not (folder / name).exists():
        return None
    problems: list[Problem] = []
    text = read_text(folder / name, problems)
    if problems:
        raise DossierError(problems)
    return text


def _standing(folder: Path, reading: Reading, claims: str | None) -> str | None:
    """The claim that was read from this very text before, if there is one."""
    if claims is None:
        return None
    for item in plain("claims.yaml", claims):
        key = item.get("id") if isinstance(item, dict) else None
        path = kept_text(folder, key) if isinstance(key, str) else None
        if path is not None and _same(path, reading.document.original):
            return str(key)
    return None


def _same(path: Path, text: str) -> bool:
    return path.read_bytes() == text.encode("utf-8", "surrogatepass")


def question_of(folder: Path) -> Question | None:
    """The dossier's question, where it has one that can be read."""
    return _question(_text(folder, "question.yaml"))


def _question(text: str | None) -> Question | None:
    if text is None:
        return None
    problems: list[Problem] = []
    tree = read_yaml("question.yaml", text, problems)
    question = (
        validate(Question, tree.value, "question.yaml", tree.line, problems) if tree else None
    )
    if problems:
        raise DossierError(problems)
    return question


def _sources(text: str | None, source: Any, *, given: bool) -> str:
    value = as_plain(source)
    key = value.pop("id")
    if text is None:
        return dumped({key: value})
    if key in plain("sources.yaml", text):
        if not given:
            raise InputError.of(
                "source",
                key,
                "sources.yaml has a source of this id already",
                f"Say --source {key} if the text is that source, or give another id",
            )
        return text
    return append_key("sources.yaml", text, key, value)


def _questions(
    text: str | None, question: Question, outcomes: tuple[Any, ...], reading: Reading
) -> str:
    if text is None:
        head = (
            f"# Drafted by machine from {_comment(reading)}. Read it through and change what is "
            "not meant;\n# everything downstream follows.\n"
        )
        return head + dumped(as_plain(question))
    for outcome in outcomes:
        text = append_item("question.yaml", text, ("outcomes",), as_plain(outcome))
    return text


def _claims(text: str | None, claim: Any, reading: Reading) -> str:
    value = as_plain(claim)
    value["statements"] = {
        field.name: as_plain(getattr(claim.statements, field.name))
        for field in dataclasses.fields(claim.statements)
    }
    value = {key: value[key] for key in _ORDER if key in value}
    if text is None:
        return (
            f"# Read by machine from {_comment(reading)}; what stands under `unconfirmed` no "
            "person has confirmed.\n# Confirm it with: equipoise confirm DOSSIER\n"
        ) + yaml_item(value, 0)
    taken = {item.get("id") for item in plain("claims.yaml", text) if isinstance(item, dict)}
    if claim.id in taken:
        raise InputError.of(
            "claim",
            claim.id,
            "claims.yaml has a claim of this id, read from another text",
            "Give another id with --source",
        )
    return append_item("claims.yaml", text, (), value)


def _comment(reading: Reading) -> str:
    return "".join(char if char.isprintable() else " " for char in reading.document.name)


def as_plain(value: Any) -> Any:
    """A record as plain values for YAML, without what is left at its default."""
    if isinstance(value, PartialDate):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: as_plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.default is dataclasses.MISSING or getattr(value, field.name) != field.default
        }
    if isinstance(value, tuple | list):
        return [as_plain(item) for item in value]
    return value
