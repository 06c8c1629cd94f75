"""What a machine read and no person has confirmed: left out of a verdict unless asked for."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from equipoise.claims.confirmed import all_taken_in, left_whole, only_confirmed
from equipoise.vocabulary.dossier import known
from equipoise.vocabulary.figure import say
from equipoise.wording import listing, plural, verbatim

if TYPE_CHECKING:
    from datetime import date

    from equipoise.vocabulary.dossier import Dossier
    from equipoise.vocabulary.figure import Sentence


def settled(dossier: Dossier, *, taken_in: bool) -> Dossier:
    """The dossier as a verdict may use it; itself where every claim is confirmed."""
    if not any(claim.unconfirmed for claim in dossier.claims):
        return dossier
    kept = [all_taken_in(row) if taken_in else only_confirmed(row) for row in dossier.claims]
    return dataclasses.replace(dossier, claims=tuple(row for row in kept if row is not None))


def about_unconfirmed(dossier: Dossier, as_of: date, *, taken_in: bool) -> tuple[Sentence, ...]:
    """A sentence on what was left out or taken in of the claims that may have been public."""
    claims = [row for row in known(dossier.claims, as_of, maybe=True) if row.unconfirmed]
    if not claims:
        return ()
    count = sum(len(row.unconfirmed) for row in claims)
    names = verbatim(listing([f"“{row.label}”" for row in claims]))
    head = (
        f"{plural(count, 'piece')} of {names} {'was' if count == 1 else 'were'} read by machine "
        "and not confirmed by a person"
    )
    them = "it is" if count == 1 else "they are"
    if taken_in:
        return (say(f"{head}; {them} taken in, as was asked."),)
    whole = left_whole(claims)
    if not whole:
        return (say(f"{head}; {them} left out."),)
    lost = verbatim(listing([f"“{row.label}”" for row in whole]))
    return (say(f"{head}; {them} left out, and so is all of {lost}."),)
