"""Edges to trials: numbers, evidence and a person's decisions, the last of which win."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from equipoise.errors import InputError
from equipoise.registry.identifiers import key_of
from equipoise.registry.linking import Edge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from equipoise.vocabulary.registry import OtherId

# Fields in which another registry's number means the same trial. Elsewhere it is a pointer only.
_MEANS_SAME = (
    "secondaryidinfos", "secondary_ids", "secondary_id", "secondaryidentifyingnumbers", "eudract",
    "externalrefs", "nctidaliases", "orgstudyidinfo", "org_study_id", "other ids", "a51_", "a52_",
    "a54_", "childs",
)  # fmt: skip
_DECISIONS = ("a", "b", "decision", "reason", "by", "on")


def edges_by_number(ids: Mapping[str, Sequence[OtherId]], known: set[str]) -> list[Edge]:
    """Edges from numbers in records: linked where the field means the same trial.

    Parameters
    ----------
    ids : mapping
        Trial number to the other numbers in its records.
    known : set
        Trial numbers that the collection has. One outside it makes an edge only where the field
        means the same trial: two records that name one absent number are linked through it.
    """
    found: dict[tuple[str, str], tuple[bool, list[str]]] = {}
    claimed: dict[str, set[str]] = defaultdict(set)
    for key, others in ids.items():
        for other in others:
            same = other.field.lower().startswith(_MEANS_SAME)
            if other.key == key or not (same or other.key in known):
                continue
            pair = (min(key, other.key), max(key, other.key))
            before = found.get(pair, (False, []))
            reason = f"{other.number} stands in {other.field} of {key}"
            reason += "" if other.key in known else ", and is not loaded"
            found[pair] = (before[0] or same, [*before[1], reason])
            if same:
                claimed[other.key].add(key)
    result = []
    for (a, b), (same, reasons) in found.items():
        rivals = _rivals(a, b, claimed)
        if rivals:
            reasons = [*reasons, f"{', '.join(sorted(rivals))} of the same registry says so too"]
        linked = same and not rivals
        result.append(
            Edge(
                a=a, b=b, decision="linked" if linked else "candidate", by="number",
                score=20.0 if linked else 2.0, confidence=0.99 if linked else 0.5,
                reasons=tuple(reasons),
            )
        )  # fmt: skip
    return result


def _rivals(a: str, b: str, claimed: Mapping[str, set[str]]) -> set[str]:
    """Other registrations of one registry that name the same number: they cannot all be it."""
    rivals: set[str] = set()
    for target, own in ((a, b), (b, a)):
        rivals |= {
            key for key in claimed.get(target, ()) if key != own and _form(key) == _form(own)
        }
    return rivals


def _form(key: str) -> str:
    """The letters that a registry's numbers begin with."""
    return re.split(r"[^A-Za-z]", key, maxsplit=1)[0].upper()


def read_decisions(text: str, name: str) -> list[Edge]:
    """A person's decisions: CSV with ``a, b, decision (same | different), reason, by, on``.

    Raises
    ------
    InputError
        Naming the line that is wrong.
    """
    rows = csv.DictReader(io.StringIO(text))
    missing = [column for column in _DECISIONS[:5] if column not in (rows.fieldnames or ())]
    if missing:
        mend = f"Give the columns {', '.join(_DECISIONS)}"
        raise InputError.of(name, rows.fieldnames, f"must have {', '.join(missing)}", mend)
    decided = []
    for row in rows:
        decision = (row["decision"] or "").strip()
        if decision not in {"same", "different"}:
            place = f"{name}:{rows.line_num}"
            raise InputError.of(place, decision, "must be same or different", "Mend the line")
        a, b = sorted((key_of(row["a"]), key_of(row["b"])))
        who = " ".join(part for part in (row.get("by"), row.get("on")) if part)
        decided.append(
            Edge(
                a=a, b=b, decision="linked" if decision == "same" else "vetoed", by="person",
                score=0.0, confidence=1.0, reasons=(f"{who}: {row['reason']}",),
            )
        )  # fmt: skip
    return decided


def settle(numbers: Iterable[Edge], evidence: Iterable[Edge], people: Iterable[Edge]) -> list[Edge]:
    """One edge a pair: a person's decision before a number, a number before evidence."""
    best: dict[tuple[str, str], Edge] = {}
    for group in (people, numbers, evidence):
        for edge in group:
            pair = (min(edge.a, edge.b), max(edge.a, edge.b))
            held = best.get(pair)
            pointer = held is not None and (held.by, held.decision) == ("number", "candidate")
            if held is None or (pointer and edge.decision == "linked"):
                best[pair] = edge
    return sorted(best.values(), key=lambda edge: (edge.a, edge.b))


def trials(keys: Iterable[str], edges: Iterable[Edge]) -> dict[str, str]:
    """Trial numbers to the trial's name, the smallest number in it, by decided links.

    A pair that a person keeps apart stays apart: the weakest link between its ends is not used.
    """
    named = set(keys)
    listed = list(edges)
    parent = {key: key for key in named}
    for edge in listed:
        if edge.by == "number" and edge.decision == "linked":
            parent.setdefault(edge.a, edge.a)
            parent.setdefault(edge.b, edge.b)

    def root(key: str) -> str:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    apart = [
        (edge.a, edge.b) for edge in listed if edge.by == "person" and edge.decision == "vetoed"
    ]
    strength = {"person": 2, "number": 1, "evidence": 0}
    ordered = sorted(
        (edge for edge in listed if edge.decision == "linked"),
        key=lambda edge: (-strength[edge.by], -edge.score, edge.a, edge.b),
    )
    for edge in ordered:
        if edge.a not in parent or edge.b not in parent:
            continue
        one, two = root(edge.a), root(edge.b)
        if one == two:
            continue
        low, high = min(one, two), max(one, two)
        parent[high] = low
        if any(a in parent and b in parent and root(a) == root(b) for a, b in apart):
            parent[high] = high
    first: dict[str, str] = {}
    for key in sorted(named):
        first.setdefault(root(key), key)
    return {key: first[root(key)] for key in named}
