"""One answer to one drafted piece of a claim: the text of claims.yaml before, and after."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from equipoise.errors import DossierError, InputError, Problem

from .files import read_text
from .read import read_with
from .yaml_edit import plain, remove, replace

if TYPE_CHECKING:
    from pathlib import Path

FILE = "claims.yaml"
POINTS = ("yes", "no", "partly", "silent")
STANCES = ("proponent", "sceptic", "reporter", "official")

HINTS = {
    "treatment": "its name",
    "first_public": "a date, as 2020-03-25",
    "n": "a whole number",
    "place": "its name",
    "observed": "from when to when",
    "meant_for": "ids of strata, with commas between",
    "trial_count": "a whole number",
    "strata": "a whole number",
    "subsets": "a whole number",
    "outcomes": "events/patients, as 7/31",
    "statements": "yes, no, partly or silent",
    "arguments": "what it comes to, in a few words",
    "speakers": "proponent, sceptic, reporter or official; then, after a semicolon, their interest",
}
"""What can be typed for each sort of piece."""

_CANNOT = "treatment", "first_public", "n"


def text_of(path: Path) -> str:
    """The file's text, line endings as they are.

    Raises
    ------
    DossierError
        It is no UTF-8 text, or too large.
    """
    problems: list[Problem] = []
    text = read_text(path, problems)
    if text is None:
        raise DossierError(problems)
    return text


def waiting(text: str, claim: str | None = None) -> list[tuple[str, str]]:
    """(claim, piece) of everything unconfirmed, in the file's order.

    Raises
    ------
    InputError
        There is no claim of the id `claim`.
    """
    items = plain(FILE, text)
    if claim is not None:
        _index(items, claim)
    return [
        (item["id"], name)
        for item in items
        if claim in (None, item["id"])
        for name in item.get("unconfirmed") or ()
    ]


def shown(text: str, claim: str, piece: str) -> str:
    """A piece's value as a person should see it."""
    item = _item(text, claim)
    sort, _, key = piece.partition(".")
    value = _value(item, piece)
    match sort:
        case "outcomes":
            when = f" by day {value['time_days']}" if value.get("time_days") else ""
            final = "" if value.get("final", "true") == "true" else ", not final"
            return f"{key}: {value['events']} of {value['n']}{when}{final}"
        case "strata":
            return f"{value.get('label', key)}: {value['n']}"
        case "subsets":
            return f"{key}: {value['n']} reported before"
        case "statements":
            note = f" ({value['note']})" if value.get("note") else ""
            return f"{key.replace('_', ' ')}: {value['said']}{note}"
        case "arguments":
            return f"{value['kind']}: {value['gist']}"
        case "speakers":
            interest = value.get("interest") or "no interest stated"
            return f"{value['name']}, {value['role']}: {value['stance']}, {interest}"
        case "trial_count":
            place = f", {value['place']}" if value.get("place") else ""
            return f"{value['n']} trials{place}"
        case "meant_for":
            return ", ".join(value["strata"])
        case _:
            return str(value)


def words(text: str, claim: str, piece: str) -> str | None:
    """The words that a piece rests on, as claims.yaml keeps them."""
    item = _item(text, claim)
    value = _value(item, piece)
    found = value.get("words") if isinstance(value, dict) else None
    return item.get("patients_words") if piece == "n" else found


def keep(text: str, claim: str, piece: str) -> str:
    """The piece is right as it stands."""
    items = plain(FILE, text)
    number = _index(items, claim)
    names = items[number]["unconfirmed"]
    return remove(FILE, text, (number, "unconfirmed", names.index(piece)))


def drop(text: str, claim: str, piece: str) -> str:
    """The text does not say so: the piece goes.

    A dropped statement is silent; of strata all go, since a split holds whole or not at all.

    Raises
    ------
    InputError
        The claim cannot stand without the piece, or there is nothing to drop in a silence.
    """
    items = plain(FILE, text)
    number = _index(items, claim)
    item = items[number]
    sort, _, key = piece.partition(".")
    if sort in _CANNOT or (sort == "outcomes" and len(item["outcomes"]) == 1):
        raise InputError(
            f"a claim cannot stand without `{piece}`. Change it with e, or skip it with s: the "
            "claim then stays out of every verdict."
        )
    if sort == "statements":
        if item["statements"][key]["said"] == "silent":
            raise InputError(
                "this says that the text is silent. If it is not, press e and type what it says."
            )
        said = {"said": "silent"}
        return keep(replace(FILE, text, (number, "statements", key), said), claim, piece)
    if sort == "strata":
        return _drop_strata(text, claim)
    if sort == "speakers":
        return _drop_speaker(text, claim, key)
    if sort == "arguments":
        return _drop_argument(text, claim, int(key))
    return remove(FILE, keep(text, claim, piece), (number, *_path(item, piece)))


def edit(text: str, claim: str, piece: str, typed: str) -> str:
    """The piece is what was `typed`, and confirmed by that.

    Raises
    ------
    InputError
        What was typed is no such value.
    """
    items = plain(FILE, text)
    number = _index(items, claim)
    item = items[number]
    sort = piece.partition(".")[0]
    path = (number, *_path(item, piece))
    typed = typed.strip()
    match sort:
        case "n":
            text = replace(FILE, text, path, _whole(piece, typed))
        case "strata" | "subsets" | "trial_count":
            text = replace(FILE, text, (*path, "n"), _whole(piece, typed))
        case "outcomes":
            match = re.fullmatch(r"(\d{1,9})\s*(?:/|of)\s*(\d{1,9})", typed)
            if match is None:
                raise _no_such(piece, typed)
            text = replace(FILE, text, (*path, "events"), int(match[1]))
            text = replace(FILE, text, (*path, "n"), int(match[2]))
        case "statements":
            if typed not in POINTS:
                raise _no_such(piece, typed)
            kept = {} if typed == "silent" else _value(item, piece)
            text = replace(FILE, text, path, {**kept, "said": typed})
        case "speakers":
            text = _edit_speaker(text, path, _value(item, piece), typed)
        case "arguments":
            text = replace(FILE, text, (*path, "gist"), _some(piece, typed))
        case "meant_for":
            named = [part.strip() for part in _some(piece, typed).split(",")]
            text = replace(FILE, text, (*path, "strata"), named)
        case _:
            text = replace(FILE, text, path, _some(piece, typed))
    return keep(text, claim, piece)


def checked(folder: Path, text: str) -> str:
    """`text`, if the dossier can be read with it as its claims.yaml.

    Raises
    ------
    DossierError
        It cannot; what was wrong, in file and line order.
    """
    read_with(folder, {FILE: text})
    return text


def _item(text: str, claim: str) -> dict[str, Any]:
    items = plain(FILE, text)
    found: dict[str, Any] = items[_index(items, claim)]
    return found


def _index(items: Any, claim: str) -> int:
    ids = [item.get("id") for item in items]
    if claim not in ids:
        known = ", ".join(str(key) for key in ids)
        raise InputError.of("claim", claim, f"claims.yaml has {known}", "Choose one of these")
    return ids.index(claim)


_BY = {"strata": "id", "subsets": "study", "outcomes": "outcome", "speakers": "id"}


def _path(item: dict[str, Any], piece: str) -> tuple[str | int, ...]:
    """Where a piece stands inside its claim."""
    sort, _, key = piece.partition(".")
    if sort in _BY:
        keys = [row[_BY[sort]] for row in item.get(sort) or ()]
        if key not in keys:
            raise _gone(piece)
        return sort, keys.index(key)
    if sort == "arguments":
        return sort, int(key)
    return (sort, key) if key else (sort,)


def _value(item: dict[str, Any], piece: str) -> Any:
    value: Any = item
    try:
        for part in _path(item, piece):
            value = value[part]
    except (KeyError, IndexError, TypeError):
        raise _gone(piece) from None
    return value


def _gone(piece: str) -> InputError:
    return InputError(
        f"claims.yaml: unconfirmed: {piece} is no piece of the claim. Take the name out of it."
    )


def _no_such(piece: str, typed: str) -> InputError:
    hint = HINTS[piece.partition(".")[0]]
    return InputError.of(piece, typed, f"type {hint}", "Try again")


def _whole(piece: str, typed: str) -> int:
    if not re.fullmatch(r"\d{1,9}", typed):
        raise _no_such(piece, typed)
    return int(typed)


def _some(piece: str, typed: str) -> str:
    if not typed:
        raise _no_such(piece, typed)
    return typed


def _edit_speaker(text: str, path: tuple[str | int, ...], value: dict[str, Any], typed: str) -> str:
    stance, semicolon, interest = (part.strip() for part in typed.partition(";"))
    if stance not in STANCES:
        raise _no_such("speakers", typed)
    changed = {**value, "stance": stance}
    if semicolon:
        changed.pop("interest", None)
        if interest:
            changed["interest"] = interest
    return replace(FILE, text, path, changed)


def _drop_strata(text: str, claim: str) -> str:
    names = [name for key, name in waiting(text, claim) if key == claim]
    for name in names:
        if name.startswith("strata.") or name == "meant_for":
            text = keep(text, claim, name)
    item = _item(text, claim)
    number = _index(plain(FILE, text), claim)
    for name in ("strata", "meant_for"):
        if name in item:
            text = remove(FILE, text, (number, name))
    return text


def _drop_argument(text: str, claim: str, which: int) -> str:
    """The later ones move up by one, and so do their names."""
    number = _index(plain(FILE, text), claim)
    text = remove(FILE, keep(text, claim, f"arguments.{which}"), (number, "arguments", which))
    names = _item(text, claim).get("unconfirmed") or ()
    for place, name in enumerate(names):
        sort, _, key = name.partition(".")
        if sort == "arguments" and int(key) > which:
            path = (number, "unconfirmed", place)
            text = replace(FILE, text, path, f"arguments.{int(key) - 1}")
    return text


def _drop_speaker(text: str, claim: str, key: str) -> str:
    """What they are said to have said stays, without them."""
    text = keep(text, claim, f"speakers.{key}")
    number = _index(plain(FILE, text), claim)
    item = _item(text, claim)
    text = remove(FILE, text, (number, *_path(item, f"speakers.{key}")))
    places: list[tuple[str | int, ...]] = [
        (sort, place)
        for sort in ("outcomes", "arguments")
        for place, row in enumerate(item.get(sort) or ())
        if row.get("speaker") == key
    ]
    said = item.get("statements") or {}
    places += [("statements", name) for name, row in said.items() if row.get("speaker") == key]
    for place in places:
        text = remove(FILE, text, (number, *place, "speaker"))
    return text
