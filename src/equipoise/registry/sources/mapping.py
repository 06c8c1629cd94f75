"""What every source's mapping ends with: design, classes, cancellation, other ids, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from equipoise.registry.dates_read import read_date
from equipoise.registry.design_rules import read_design
from equipoise.registry.fields import cancelled_in_title, inferred_country, read_status
from equipoise.registry.identifiers import ambiguous, find_identifiers, own_identifier
from equipoise.registry.interventions import classify
from equipoise.vocabulary.registry import Note, OtherId, RegistryRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Notes:
    """Notes gathered while one record is mapped."""

    def __init__(self) -> None:
        self.all: list[Note] = []

    def add(self, field: str, seen: str, note: str) -> None:
        """Keep a note where there is something to say."""
        if note:
            self.all.append(Note(field, seen[:120], note))

    def date(self, field: str, text: str | None, *, month_first: bool = False) -> str:
        """A partial ISO date; doubt is noted."""
        if not text:
            return ""
        read = read_date(text, month_first)
        self.add(field, text, read.doubt)
        return read.text

    def status(self, text: str) -> str:
        """A status word; an unknown one is noted."""
        read = read_status(text)
        self.add("status", text, read.note)
        return read.value


def other_ids(own_key: str, places: Iterable[tuple[str, str]]) -> tuple[OtherId, ...]:
    """Registry numbers in a record's fields that are not its own."""
    found: dict[tuple[str, str], OtherId] = {}
    for field, text in places:
        for read in find_identifiers(text):
            if read.key != own_key:
                found.setdefault(
                    (read.key, field), OtherId(read.number, read.registry, read.key, field)
                )
    return tuple(found.values())


def finish(
    notes: Notes,
    *,
    classify_from: Sequence[tuple[str, str]],
    id_places: Iterable[tuple[str, str]],
    arms_text: str = "",
    **fields: Any,
) -> RegistryRecord:
    """Make the record: read its design, its classes, its cancellation and the numbers in it."""
    own = own_identifier(fields["id"])
    if own is None:
        notes.add("id", fields["id"], "not a number of a registry that is known")
    elif len(forms := ambiguous(fields["id"])) > 1:
        notes.add("id", fields["id"], f"has the form of {' and '.join(forms)}")
    key = own.key if own else fields["id"]
    titles = (fields.get("public_title", ""), fields.get("scientific_title", ""))
    design = read_design(fields.get("design", ""), titles, arms_text)
    inferred = ""
    if not fields.get("countries"):
        inferred = inferred_country(fields["registry"], fields.get("sponsor", ""))
        notes.add("countries", fields.get("sponsor", ""), inferred and f"{inferred} inferred")
    cancelled = cancelled_in_title(*titles)
    if cancelled:
        notes.add("title", cancelled, "cancellation stands in the title only")
    return RegistryRecord(
        key=key,
        randomised=design.randomised.value,
        randomised_evidence=design.randomised.evidence,
        randomised_rule=design.randomised.rule,
        controlled=design.controlled.value,
        controlled_evidence=design.controlled.evidence,
        controlled_rule=design.controlled.rule,
        blinded=design.blinded.value,
        blinded_evidence=design.blinded.evidence,
        blinded_rule=design.blinded.rule,
        cancelled=cancelled,
        country_inferred=inferred,
        classes=classify(classify_from),
        other_ids=other_ids(key, id_places),
        notes=tuple(notes.all),
        **fields,
    )


def split_list(text: str, separator: str = ";") -> tuple[str, ...]:
    """Parts of a joined field, each once."""
    parts = (part.strip() for part in text.replace("\n", separator).split(separator))
    return tuple(dict.fromkeys(part for part in parts if part))
