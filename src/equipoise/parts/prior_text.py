"""Priors written as text, as on a command line: ``half-normal(0.5)``, ``turner(pain; ...)``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from equipoise.errors import InputError
from equipoise.wording import listing

from .distributions import Flat, Normal
from .heterogeneity import (
    Exponential,
    Fixed,
    HalfCauchy,
    HalfNormal,
    HalfStudentT,
    HeterogeneityPrior,
    LogNormal,
    LogStudentT,
    Uniform,
)
from .heterogeneity_empirical import rhodes_prior, turner_prior

_TAU: dict[str, tuple[Callable[..., Any], tuple[int, ...]]] = {
    "half-normal": (HalfNormal, (1,)),
    "half-cauchy": (HalfCauchy, (1,)),
    "half-t": (HalfStudentT, (2,)),
    "log-normal": (LogNormal, (2,)),
    "log-t": (LogStudentT, (2, 3)),
    "exponential": (Exponential, (1,)),
    "uniform": (Uniform, (1,)),
    "flat": (Uniform, (0,)),
    "known": (Fixed, (1,)),
}
_MU: dict[str, tuple[Callable[..., Any], tuple[int, ...]]] = {
    "normal": (Normal, (2,)),
    "flat": (Flat, (0,)),
}


def tau_prior_of(text: str) -> HeterogeneityPrior:
    """A prior of tau from text.

    Raises
    ------
    InputError
        An unknown name, or numbers that do not fit it; the message lists the names.
    """
    name, inside = _parts("tau_prior", text, [*_TAU, "turner", "rhodes"])
    if name in {"turner", "rhodes"}:
        words = [word.strip() for word in inside.split(";")] if inside else []
        prior = turner_prior if name == "turner" else rhodes_prior
        if len(words) == 3 and name == "rhodes":
            return rhodes_prior(words[0], words[1], area=words[2])
        if len(words) not in (0, 2):
            raise InputError.of(
                "tau_prior", text, "takes an outcome and a comparison, with a semicolon between",
                "Write turner(pain; pharmacological v placebo)",
            )  # fmt: skip
        return prior(*words)
    made: HeterogeneityPrior = _made("tau_prior", text, *_TAU[name], inside)
    return made


def mu_prior_of(text: str) -> Normal | Flat:
    """A prior of the mean effect from text: ``normal(0, 4)`` or ``flat``."""
    name, inside = _parts("mu_prior", text, list(_MU))
    made: Normal | Flat = _made("mu_prior", text, *_MU[name], inside)
    return made


def _parts(what: str, text: str, known: list[str]) -> tuple[str, str]:
    match = re.fullmatch(r"\s*([a-zA-Z-]+)\s*(?:\(([^()]*)\))?\s*", text)
    name = match[1].lower() if match else ""
    if match is None or name not in known:
        raise InputError.of(
            what, text, f"must be one of {listing(known, 'or')}, with its numbers in brackets",
            f"Write {known[0]}({'0, 4' if what == 'mu_prior' else '0.5'})",
        )  # fmt: skip
    return name, match[2] or ""


def _made(
    what: str, text: str, kind: Callable[..., Any], counts: tuple[int, ...], inside: str
) -> Any:
    words = [word for word in inside.split(",") if word.strip()]
    try:
        values = [float(word) for word in words]
    except ValueError as error:
        raise InputError.of(what, text, "must have numbers in its brackets", "Give them") from error
    if len(values) not in counts:
        wanted = listing([str(count) for count in counts], "or")
        raise InputError.of(what, text, f"takes {wanted} numbers", "Give as many")
    return kind(*values)
