"""What a machine read enters no verdict until a person confirms it, unless it is asked for."""

import dataclasses
from pathlib import Path

import pytest

import equipoise as eq
from equipoise.claims.confirmed import needed, only_confirmed, pieces
from equipoise.report.as_json import as_json

ROOT = Path(__file__).parents[2]
DAY = "2020-03-25"


@pytest.fixture(scope="module")
def dossier():
    return dataclasses.replace(eq.read_dossier(ROOT / "examples/msc-covid19"), plan=None)


def with_open(dossier, *names):
    (claim,) = dossier.claims
    return dataclasses.replace(dossier, claims=(dataclasses.replace(claim, unconfirmed=names),))


def findings(verdict):
    return {row.code: row for row in verdict.findings}


def test_pieces_name_everything_once(dossier):
    (claim,) = dossier.claims
    names = pieces(claim)
    assert len(names) == len(set(names))
    wanted = {"n", "strata.mild", "outcomes.ct_improved", "statements.comparator", "arguments.2"}
    assert wanted | {"speakers.jin", "trial_count", "meant_for", "subsets.leng-2020"} <= set(names)


def test_nothing_changes_where_all_is_confirmed(dossier):
    (claim,) = dossier.claims
    assert only_confirmed(claim) is claim
    plain = as_json(eq.verdict(dossier, DAY))
    assert as_json(eq.verdict(dossier, DAY, unconfirmed=True)) == plain
    assert "read by machine" not in plain


def test_an_unconfirmed_statement_is_skipped_and_never_silent(dossier):
    found = findings(eq.verdict(with_open(dossier, "statements.comparator"), DAY))
    assert found["EQ-C001"].status == "skipped"
    assert str(found["EQ-C001"].sentence) == "Read by machine and not confirmed by a person."
    assert found["EQ-C001"].words is None
    assert found["EQ-C006"].status == "issue"


def test_an_unconfirmed_split_is_dropped_whole(dossier):
    verdict = eq.verdict(with_open(dossier, "strata.mild"), DAY)
    assert verdict.appraisals[0].claim.strata == ()
    assert findings(verdict)["EQ-C010"].status == "skipped"


def test_an_unconfirmed_speaker_is_not_heard(dossier):
    verdict = eq.verdict(with_open(dossier, "speakers.jin"), DAY)
    claim = verdict.appraisals[0].claim
    assert "jin" not in {row.id for row in claim.speakers}
    assert "jin" not in {row.speaker for row in claim.outcomes}
    assert "Kunlin Jin" not in as_json(verdict)


def test_an_unconfirmed_argument_or_count_of_trials_is_no_finding(dossier):
    verdict = eq.verdict(with_open(dossier, "arguments.0", "trial_count"), DAY)
    assert "EQ-C011" not in findings(verdict)
    assert "EQ-C018" not in findings(verdict)
    assert verdict.landscape.said is None


def test_a_later_outcome_goes_alone(dossier):
    verdict = eq.verdict(with_open(dossier, "outcomes.discharged"), DAY)
    assert [row.outcome for row in verdict.appraisals[0].claim.outcomes] == ["ct_improved"]


@pytest.mark.parametrize("name", ["n", "treatment", "first_public", "outcomes.ct_improved"])
def test_without_what_it_needs_the_claim_is_left_out_whole(dossier, name):
    (claim,) = dossier.claims
    assert name in needed(claim)
    with pytest.raises(eq.InputError, match="equipoise confirm"):
        eq.verdict(with_open(dossier, name), DAY)


def test_another_claim_stands_where_one_is_left_out(dossier):
    (claim,) = dossier.claims
    drafted = dataclasses.replace(claim, id="drafted", label="Drafted", unconfirmed=("n", "place"))
    verdict = eq.verdict(dataclasses.replace(dossier, claims=(claim, drafted)), DAY)
    assert [row.claim.id for row in verdict.appraisals] == [claim.id]
    assert str(verdict.hindsight[0]) == (
        "2 pieces of “Drafted” were read by machine and not confirmed by a person; they are left "
        "out, and so is all of “Drafted”."
    )


def test_the_verdict_says_how_many_pieces_were_left_out(dossier):
    (claim,) = dossier.claims
    verdict = eq.verdict(with_open(dossier, "place"), DAY)
    assert str(verdict.hindsight[0]) == (
        f"1 piece of “{claim.label}” was read by machine and not confirmed by a person; it is "
        "left out."
    )


def test_asked_for_it_is_taken_in_and_the_verdict_says_so(dossier):
    (claim,) = dossier.claims
    plain = eq.verdict(dossier, DAY)
    verdict = eq.verdict(with_open(dossier, *pieces(claim)), DAY, unconfirmed=True)
    assert [str(row.sentence) for row in verdict.findings] == [
        str(row.sentence) for row in plain.findings
    ]
    assert str(verdict.hindsight[0]).endswith("they are taken in, as was asked.")
    assert verdict.hindsight[1:] == plain.hindsight


def test_a_claim_of_a_later_day_is_not_spoken_of(dossier):
    (claim,) = dossier.claims
    from equipoise.vocabulary.dates import PartialDate

    later = dataclasses.replace(
        claim, id="later", first_public=PartialDate(2020, 6), unconfirmed=("n",)
    )
    both = dataclasses.replace(dossier, claims=(claim, later))
    assert as_json(eq.verdict(both, DAY)) == as_json(eq.verdict(dossier, DAY))


def test_too_early_a_date_is_told_as_before(dossier):
    with pytest.raises(eq.InputError, match="no claim was public yet"):
        eq.verdict(with_open(dossier, "n"), "2020-01-01")
