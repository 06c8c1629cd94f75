"""The reader on the labelled texts beside the project: a regression test, no proof of skill.

The texts are third parties' and are read where they lie; without them these tests skip. The numbers
are those of `python -m validation.claims_reading`, as docs/reference/validation.md shows them.
"""

from __future__ import annotations

import json

import pytest

import equipoise as eq
from validation.claims_reading import CLAIMS, KINDS, article, labelled

pytestmark = pytest.mark.skipif(not CLAIMS.exists(), reason="the labelled texts are absent")


def test_fields_of_the_labelled_texts():
    table = labelled()
    for field in ("randomised", "controlled", "blinded", "n_total"):
        assert table[field]["wrong"] == 0, field
    assert table["randomised"]["right"] == 20
    assert table["controlled"]["right"] == 19
    assert table["blinded"]["right"] == 20
    assert table["n_total"]["right"] >= 21
    assert table["registry_ids"]["right"] == 22


def test_claims_speakers_and_spans_of_the_article():
    found, speakers, facts, _, missed = article()
    assert found >= 51, missed
    assert speakers >= 50
    assert facts <= 80
    assert len(set(KINDS.values())) <= 12


def test_values_of_the_article():
    gold = json.loads((CLAIMS / "gold_article.json").read_text(encoding="utf-8"))
    study = eq.read_text(CLAIMS / "article.txt").study
    labels = gold["labels"]
    assert study.n_total == labels["n_total"]
    assert study.controlled == "no"
    assert (study.randomised, study.blinded, study.phase) == ("silent", "silent", None)
    assert study.n_trials == labels["n_trials_mentioned"]
    assert {(g.label, g.n) for g in study.groups} >= {("severe", 8), ("critically severe", 7)}
    assert (study.harms, study.follow_up) == ("silent", None)


def test_the_three_sevens_stay_apart():
    facts = [
        fact
        for fact in eq.read_text(CLAIMS / "article.txt").facts
        if fact.value == 7 or (isinstance(fact.value, tuple) and fact.value[0] == 7)
    ]
    assert {fact.topic for fact in facts} == {"reported first", "group", "result"}
