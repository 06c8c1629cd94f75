"""A number of trials in a text beside a dossier's registrations, by definition."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import equipoise as eq
from equipoise.assess.trials_said import against_registrations

DAY = datetime.date(2020, 3, 25)
MSC = eq.read_dossier(Path(__file__).parents[2] / "examples" / "msc-covid19")
TEXT = "Across China, there are currently {} clinical trials of such cells. Doctors are hopeful."


def sentence(n: int, dossier=MSC) -> tuple[str, str]:
    reading = against_registrations(eq.read_text(TEXT.format(n)), dossier, DAY)
    finding = reading.checks[-1].finding
    return str(finding.sentence), finding.status


def test_counts_stand_by_definition_and_place():
    words, status = sentence(36)
    assert "any cell or cell-derived product world-wide: 42 registered, 36 of them visible" in words
    assert "in China" in words
    assert "That number is met by: any cell or cell-derived product, world-wide, visible" in words
    assert status == "passed"


def test_a_number_that_no_definition_gives():
    words, status = sentence(900)
    assert "No definition gives that number" in words
    assert status == "caution"


def test_without_registrations_nothing_is_added():
    reading = eq.read_text(TEXT.format(36))
    bare = replace(MSC, registrations=())
    assert against_registrations(reading, bare, DAY) is reading
