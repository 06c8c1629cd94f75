"""One answer to one drafted piece: what becomes of claims.yaml, and that it can still be read."""

from datetime import date
from pathlib import Path

import pytest

import equipoise as eq
from equipoise.claims.reading import read
from equipoise.documents import open_document
from equipoise.dossier import confirm as steps
from equipoise.dossier.add_claim import add_claim
from equipoise.dossier.yaml_edit import plain
from equipoise.store.files import write_whole

ROOT = Path(__file__).parents[2]
KEY = "lindqvist-2024"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dossier")
    reading = read(open_document(ROOT / "examples/texts/velorin.txt"))
    for name, text in add_claim(folder, reading, date(2026, 11, 28)).files:
        write_whole(folder / name, text)
    return folder


@pytest.fixture
def text(folder):
    return (folder / "claims.yaml").read_text(encoding="utf-8")


@pytest.fixture
def claim(folder):
    """The claim as it is read back with another claims.yaml."""
    from equipoise.dossier.read import read_with

    def of(text: str):
        return read_with(folder, {"claims.yaml": text}).claims[0]

    return of


def pieces(text: str) -> list[str]:
    return [name for _, name in steps.waiting(text)]


def test_every_piece_can_be_shown_and_kept(text, claim):
    for name in pieces(text):
        assert steps.shown(text, KEY, name)
        text = steps.keep(text, KEY, name)
        assert name not in pieces(text)
        claim(text)
    assert "unconfirmed" not in plain("claims.yaml", text)[0]


def test_keeping_takes_one_line_and_no_more(text):
    changed = steps.keep(text, KEY, "trial_count")
    assert changed == text.replace("    - trial_count\n", "")


def test_every_piece_but_a_silence_and_what_is_needed_can_be_dropped(text, claim):
    said = plain("claims.yaml", text)[0]["statements"]
    kept = {"n", "treatment", "first_public"}
    kept |= {f"statements.{point}" for point, row in said.items() if row["said"] == "silent"}
    assert len(kept) > 6
    for name in set(pieces(text)) - kept:
        changed = steps.drop(text, KEY, name)
        claim(changed)
        assert name not in pieces(changed) or name.startswith("arguments.")
        assert len(pieces(changed)) < len(pieces(text))


@pytest.mark.parametrize("name", ["n", "treatment", "first_public"])
def test_what_a_claim_needs_cannot_be_dropped(text, name):
    with pytest.raises(eq.InputError, match="cannot stand without"):
        steps.drop(text, KEY, name)


def test_the_last_outcome_cannot_be_dropped(text):
    changed = steps.drop(text, KEY, "outcomes.improved")
    with pytest.raises(eq.InputError, match="cannot stand without"):
        steps.drop(changed, KEY, "outcomes.discharged")


def test_a_dropped_statement_is_silent_and_a_silence_cannot_be_dropped(text, claim):
    changed = steps.drop(text, KEY, "statements.comparator")
    assert claim(changed).statements.comparator.said == "silent"
    assert claim(changed).statements.comparator.words is None
    with pytest.raises(eq.InputError, match="the text is silent"):
        steps.drop(text, KEY, "statements.randomised")


def test_dropped_strata_go_together_with_whom_it_is_meant_for(text, claim):
    changed = steps.drop(text, KEY, "strata.severe")
    assert claim(changed).strata == ()
    assert claim(changed).meant_for is None
    assert [name for name in pieces(changed) if name.startswith(("strata", "meant"))] == []


def test_a_dropped_argument_leaves_the_names_of_the_others_right(text, claim):
    before = claim(text).arguments
    changed = steps.drop(text, KEY, "arguments.0")
    assert claim(changed).arguments == before[1:]
    names = [name for name in pieces(changed) if name.startswith("arguments.")]
    assert names == [f"arguments.{i}" for i in range(len(before) - 1)]


def test_a_dropped_speaker_leaves_what_was_said(text, claim):
    changed = steps.drop(text, KEY, "speakers.marchetti")
    outcome = claim(changed).outcomes[0]
    assert (outcome.events, outcome.speaker) == (24, None)
    assert "marchetti" not in {row.id for row in claim(changed).speakers}


@pytest.mark.parametrize(
    ("name", "typed", "seen"),
    [
        ("n", "25", lambda c: c.n == 25),
        ("treatment", "velorin: inhaled", lambda c: c.treatment == "velorin: inhaled"),
        ("first_public", "2024-10", lambda c: str(c.first_public) == "2024-10"),
        ("strata.mild", "12", lambda c: c.strata[0].n == 12),
        ("outcomes.discharged", "14/20", lambda c: c.outcomes[1].n == 20),
        ("outcomes.discharged", " 14 of 24 ", lambda c: c.outcomes[1].events == 14),
        ("statements.harms", "no", lambda c: c.statements.harms.said == "no"),
        ("statements.comparator", "silent", lambda c: c.statements.comparator.words is None),
        ("arguments.0", "in ferrets", lambda c: c.arguments[0].gist == "in ferrets"),
        ("speakers.vos", "official", lambda c: c.speakers[2].stance == "official"),
        ("speakers.vos", "sceptic; a rival's", lambda c: c.speakers[2].interest == "a rival's"),
        ("speakers.osei", "proponent;", lambda c: c.speakers[1].interest is None),
        ("trial_count", "8", lambda c: c.trial_count.n == 8),
        ("meant_for", "critically-ill", lambda c: c.meant_for.strata == ("critically-ill",)),
    ],
)  # fmt: skip
def test_another_value_is_taken_and_confirmed_by_that(text, claim, name, typed, seen):
    changed = steps.edit(text, KEY, name, typed)
    assert seen(claim(changed))
    assert name not in pieces(changed)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("n", "many"),
        ("n", "-3"),
        ("outcomes.discharged", "15"),
        ("statements.harms", "maybe"),
        ("speakers.vos", "friend"),
        ("trial_count", ""),
        ("arguments.0", "  "),
    ],
)
def test_what_is_no_such_value_is_refused_with_what_can_be_typed(text, name, typed):
    with pytest.raises(eq.InputError, match=r"type .*Try again"):
        steps.edit(text, KEY, name, typed)


def test_a_count_that_cannot_be_is_caught_before_it_is_saved(folder, text):
    changed = steps.edit(text, KEY, "outcomes.discharged", "30/24")
    with pytest.raises(eq.DossierError, match="events must lie between 0 and n"):
        steps.checked(folder, changed)


def test_a_split_must_add_up_once_it_is_confirmed_and_not_before(text, claim):
    changed = steps.edit(text, KEY, "strata.mild", "12")
    for name in ("n", "strata.severe"):
        changed = steps.keep(changed, KEY, name)
    claim(changed)
    with pytest.raises(eq.DossierError, match="add up"):
        claim(steps.keep(changed, KEY, "strata.critically-ill"))


def test_an_unknown_claim_is_told_with_those_there_are(text):
    with pytest.raises(eq.InputError, match=KEY):
        steps.waiting(text, "nobody")
