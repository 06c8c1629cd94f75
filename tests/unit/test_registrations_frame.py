"""Registrations over time: what a date counts, and that the same dossier gives the same rows."""

from pathlib import Path

import pytest

import equipoise as eq
from equipoise.registry import frames

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("day", ["2020-03-25", "2024-06-01"])
def test_rows_are_in_one_order_and_count_every_registration(day):
    found = eq.verdict(eq.read_dossier(EXAMPLES / "msc-covid19"), day, replicates=2048).landscape
    data = frames.over_time(found)
    keys = data.select("date", "randomised").rows()
    assert keys == sorted(set(keys))
    assert len(keys) == 3 * data["date"].n_unique()
    last = data.filter(data["date"] == data["date"].max())
    assert last["registrations"].sum() == len(found.registrations)
