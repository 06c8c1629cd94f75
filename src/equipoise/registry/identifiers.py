"""Registry identifiers: their forms, in any text, and the trial they name."""

from __future__ import annotations

import re
from typing import NamedTuple

# One form a registry. EudraCT and CTIS share their first parts: the middle of a CTIS number starts
# with 5 and two pairs follow.
_FORMS: tuple[tuple[str, str], ...] = (
    ("CTIS", r"20\d\d-5\d{5}-\d\d-\d\d"),
    ("EUCTR", r"(?:EUCTR\s?)?20\d\d-0\d{5}-\d\d(?:-[A-Z]{2}|-3rd|-Outside-EU/EEA)?"),
    ("ClinicalTrials.gov", r"NCT\s?-?\d{8}"),
    ("ChiCTR", r"ChiCTR-?(?:[A-Z]{3,4}-)?\d{8,10}"),
    ("ISRCTN", r"ISRCTN\s?\d{8}"),
    ("IRCT", r"IRCT\d{11,14}N\d{1,3}"),
    ("CTRI", r"CTRI/\d{4}/\d{2,3}/\d{6}"),
    ("ANZCTR", r"ACTRN126\d{11}"),
    ("DRKS", r"DRKS\d{8}"),
    ("CRIS", r"KCT\d{7}"),
    ("JPRN", r"(?:JPRN-)?(?:UMIN\d{9}|jRCTs?\d{9,10}|JapicCTI-\d{6}|JMA-IIA\d{5})"),
    ("REBEC", r"RBR-[0-9a-z]{5,8}"),
    ("PACTR", r"PACTR20\d{13}"),
    ("TCTR", r"TCTR20\d{9}"),
    ("SLCTR", r"SLCTR/20\d\d/\d{3}"),
    ("RPCEC", r"RPCEC\d{8}"),
    ("REPEC", r"PER-\d{3}-\d{2}"),
    ("LBCTR", r"LBCTR20\d{8}"),
    ("UTN", r"U1111-\d{4}-\d{4}"),
    ("NTR", r"NTR\s?\d{3,4}|(?<=NTR )NL\d{4}"),
)
_ANY = re.compile(
    "|".join(
        f"(?P<g{index}>(?<![0-9A-Za-z/-])(?:{form})(?![0-9]))"
        for index, (_, form) in enumerate(_FORMS)
    ),
    re.IGNORECASE,
)
_HINT = re.compile(r"\d{4}", re.ASCII)
_OWN_NTR = re.compile(r"NL\d{3,5}$", re.IGNORECASE)


class Identifier(NamedTuple):
    """A registry, the number as it is written there, and the trial's number without suffixes."""

    registry: str
    number: str
    key: str


def find_identifiers(text: str) -> list[Identifier]:
    """Every registry number in a text, in order, each once."""
    if not text or _HINT.search(text) is None:
        return []
    seen: dict[str, Identifier] = {}
    for found in _ANY.finditer(text):
        assert found.lastgroup is not None
        read = _normal(_FORMS[int(found.lastgroup[1:])][0], found.group())
        seen.setdefault(read.key, read)
    return list(seen.values())


def own_identifier(text: str) -> Identifier | None:
    """The registry number that a record gives as its own; None where its form is unknown."""
    text = text.strip()
    if _OWN_NTR.match(text):
        return Identifier("NTR", text.upper(), text.upper())
    found = _ANY.fullmatch(text)
    if found is None or found.lastgroup is None:
        return None
    return _normal(_FORMS[int(found.lastgroup[1:])][0], text)


def ambiguous(text: str) -> list[str]:
    """The registries whose form one number has; more than one where it cannot be told."""
    text = text.strip()
    return [name for name, form in _FORMS if re.fullmatch(form, text, re.IGNORECASE)]


def _normal(registry: str, text: str) -> Identifier:
    number = text.replace(" ", "")
    if registry == "ClinicalTrials.gov":
        number = "NCT" + number[-8:]
    elif registry == "EUCTR":
        bare = re.sub(r"^EUCTR", "", number, flags=re.IGNORECASE)
        return Identifier(registry, f"EUCTR{bare}", f"EUCTR{bare[:14]}")
    elif registry == "CTIS":
        return Identifier(registry, number, f"CTIS{number[:14]}")
    elif registry == "ChiCTR":
        number = "ChiCTR" + number[6:].upper()
    elif registry == "JPRN":
        number = re.sub(r"^JPRN-", "", number, flags=re.IGNORECASE)
        return Identifier(registry, f"JPRN-{number}", f"JPRN-{number.upper()}")
    elif registry in {"REBEC"}:
        return Identifier(registry, "RBR-" + number[4:].lower(), "RBR-" + number[4:].lower())
    else:
        number = number.upper()
    return Identifier(registry, number, number)


def key_of(number: str) -> str:
    """The trial's number: EUCTR's country and CTIS' resubmission left off."""
    own = own_identifier(number)
    return own.key if own else number.strip()
