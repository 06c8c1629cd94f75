"""A reading in a few sober sentences."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from equipoise.wording import listing, plural

if TYPE_CHECKING:
    from .reading import Reading

_ASKED = (
    ("controlled", "a comparison group"),
    ("randomised", "how the treatment was allocated"),
    ("blinded", "who knew who got what"),
)


def summary(reading: Reading) -> str:
    """The study in a sentence, then the checks that found something, then what is not said."""
    lines = [_study(reading)]
    silent = [words for field, words in _ASKED if getattr(reading.study, field) == "silent"]
    if reading.study.follow_up is None:
        silent.append("how long people were followed")
    if reading.study.harms == "silent":
        silent.append("harms")
    if silent:
        lines.append(f"The text is silent on {listing(silent, 'and')}.")
    lines += [
        f"{_MARK[checked.finding.status]} {checked.finding.code}  {checked.finding.sentence}"
        for checked in reading.checks
        if checked.finding.status in _MARK
    ]
    lines.append(
        f"{plural(len(reading.facts), 'fact')} found by rules, each at its words; none "
        f"confirmed by a person. "
        "What is not found may still be there."
    )
    return "\n".join(lines)


_MARK = {"issue": "✗", "caution": "!", "passed": "✓"}


def _study(reading: Reading) -> str:
    study = reading.study
    people = {"animals": "animals", "cells": "cells", "simulation": "simulated people"}.get(
        study.subjects, "people"
    )
    n = (
        f"{study.n_total:,} {people}"
        if study.n_total is not None
        else f"an unstated number of {people}"
    )
    said = [
        {"yes": yes, "no": no}[answer]
        for answer, yes, no in (
            (study.randomised, "randomised", "not randomised"),
            (study.controlled, "with a comparison group", "without a comparison group"),
            (study.blinded, "blinded", "not blinded"),
        )
        if answer != "silent"
    ]
    title = f"“{reading.document.title}”: " if reading.document.title else ""
    return f"{title}{n}{', ' if said else ''}{', '.join(said)}."


def as_html(reading: Reading) -> str:
    """The summary and the facts as a table, for a notebook."""
    lines = "".join(f"<li>{escape(line)}</li>" for line in summary(reading).split("\n"))
    frame = reading.frame().select("id", "kind", "topic", "value", "status", "speaker", "words")
    head = "".join(f"<th>{escape(name)}</th>" for name in frame.columns)
    rows = "".join(
        "<tr>"
        + "".join(f"<td>{escape('' if cell is None else str(cell))}</td>" for cell in row)
        + "</tr>"
        for row in frame.iter_rows()
    )
    return f"<ul>{lines}</ul><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
