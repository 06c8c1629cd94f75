"""Which pieces of a claim a person has confirmed, where a machine read it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from equipoise.vocabulary.claim import Claim, Statement, Statements

if TYPE_CHECKING:
    from collections.abc import Sequence

NEEDED = ("treatment", "first_public", "n")
"""Without these, and its first outcome, nothing can be said of a claim."""

OPTIONAL = ("place", "observed", "meant_for", "trial_count")
"""Pieces that may be missing."""


def pieces(claim: Claim) -> tuple[str, ...]:
    """The names of everything in a claim that can be confirmed, in the order of asking.

    Arguments are counted from 0; silence on a point is a piece as well.
    """
    return (
        *NEEDED,
        *(name for name in OPTIONAL if getattr(claim, name) is not None),
        *(f"strata.{row.id}" for row in claim.strata),
        *(f"subsets.{row.study}" for row in claim.subsets),
        *(f"outcomes.{row.outcome}" for row in claim.outcomes),
        *(f"statements.{field.name}" for field in dataclasses.fields(Statements)),
        *(f"arguments.{number}" for number in range(len(claim.arguments))),
        *(f"speakers.{row.id}" for row in claim.speakers),
    )


def needed(claim: Claim) -> tuple[str, ...]:
    """The pieces without which the whole claim is left out."""
    first = [f"outcomes.{row.outcome}" for row in claim.outcomes[:1]]
    return (*NEEDED, *first)


def only_confirmed(claim: Claim) -> Claim | None:
    """The claim without its unconfirmed pieces; None where one that it needs is among them.

    A split into strata is confirmed whole or not at all. `unconfirmed` stays, so that a check can
    tell an unconfirmed point from a silent one.
    """
    names = set(claim.unconfirmed)
    if not names:
        return claim
    if names.intersection(needed(claim)):
        return None
    heard = {row.id for row in claim.speakers if f"speakers.{row.id}" not in names}
    split = not any(name.startswith("strata.") for name in names)
    changes = {name: None for name in OPTIONAL if name in names}
    return dataclasses.replace(
        claim,
        **changes,  # type: ignore[arg-type]
        strata=claim.strata if split else (),
        meant_for=claim.meant_for if split and "meant_for" not in names else None,
        subsets=tuple(row for row in claim.subsets if f"subsets.{row.study}" not in names),
        outcomes=tuple(
            dataclasses.replace(row, speaker=_heard(row.speaker, heard))
            for row in claim.outcomes
            if f"outcomes.{row.outcome}" not in names
        ),
        statements=_statements(claim, names, heard),
        arguments=tuple(
            dataclasses.replace(row, speaker=_heard(row.speaker, heard))
            for number, row in enumerate(claim.arguments)
            if f"arguments.{number}" not in names
        ),
        speakers=tuple(row for row in claim.speakers if row.id in heard),
    )


def _heard(speaker: str | None, heard: set[str]) -> str | None:
    return speaker if speaker in heard else None


def _statements(claim: Claim, names: set[str], heard: set[str]) -> Statements:
    kept: dict[str, Statement] = {}
    for field in dataclasses.fields(Statements):
        said: Statement = getattr(claim.statements, field.name)
        if f"statements.{field.name}" not in names:
            kept[field.name] = dataclasses.replace(said, speaker=_heard(said.speaker, heard))
    return Statements(**kept)


def all_taken_in(claim: Claim) -> Claim:
    """The claim as if every piece were confirmed."""
    return dataclasses.replace(claim, unconfirmed=()) if claim.unconfirmed else claim


def left_whole(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """The claims of which nothing can be used yet."""
    return tuple(claim for claim in claims if only_confirmed(claim) is None)
