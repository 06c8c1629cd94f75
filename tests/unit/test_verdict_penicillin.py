"""A claim that was right: the rules that hold back a weak claim let a strong one through."""

import math
from pathlib import Path

import pytest

import equipoise as eq
from equipoise.report.as_json import as_dict

EXAMPLE = Path(__file__).parents[2] / "examples" / "penicillin-endocarditis"


@pytest.fixture(scope="module")
def by_day():
    dossier = eq.read_dossier(EXAMPLE)
    days = ("1945-12-31", "1946-12-30", "1946-12-31")
    return {day: eq.verdict(dossier, day, replicates=10_000) for day in days}


def test_the_second_report_shows_an_important_benefit(by_day):
    found = by_day["1946-12-31"]
    assert (found.effect, found.certainty) == ("important benefit", "moderate")
    (applied,) = [rule.code for rule in found.rules if rule.applied]
    assert applied == "EQ-V003"


@pytest.mark.parametrize("day", ["1945-12-31", "1946-12-30"])
def test_before_it_the_claim_alone_does_not(by_day, day):
    found = by_day[day]
    assert found.effect != "important benefit"
    assert found.certainty == "very low"


def test_a_report_dated_to_the_year_may_have_been_known_within_it(by_day):
    found = by_day["1946-12-30"]
    assert any("Dawson and Hunter" in fact for fact in found.maybe)
    assert found.with_maybe == ("important benefit", "moderate")


def test_reasons_speak_for_the_verdict(by_day):
    text = " ".join(str(reason) for reason in by_day["1946-12-31"].reasons)
    assert "2 cohorts without the treatment" in text
    assert "above 10 against each of them" in text


def test_the_worst_cohort_is_shown(by_day):
    found = by_day["1946-12-31"]
    item = found.appraisals[-1].leading
    assert item.dramatic.met
    assert item.dramatic.worst is not None
    each = [match.cohort.cohort for match in item.matched]
    assert each == ["libman", "wisconsin"]
    capps = next(match for match in item.set_aside if match.cohort.cohort == "capps")
    assert any("another outcome" in reason for reason in capps.reasons)
    assert item.dramatic.worst.id.endswith(".wisconsin")
    # ratio of proportions with Katz's log interval, by hand: 30/35 v 1/88
    ratio, se = 30 / 35 * 88, math.sqrt(1 / 30 - 1 / 35 + 1 - 1 / 88)
    assert item.dramatic.worst.value == pytest.approx(
        (ratio, ratio * math.exp(-1.959964 * se), ratio * math.exp(1.959964 * se)), rel=1e-6
    )


def test_contrary_cohorts_are_listed_with_a_reason(by_day):
    item = by_day["1946-12-31"].appraisals[-1].leading
    aside = {match.cohort.cohort: match.reasons for match in item.set_aside}
    assert "another outcome (alive)" in aside["st-lukes"]
    assert "chosen by outcome: only fatal cases" in aside["thayer"]
    assert all(aside.values())


def test_the_natural_course_is_printed(by_day):
    found = as_dict(by_day["1946-12-31"])
    for claim in found["claims"]:
        natural = claim["outcomes"][0]["natural_course"]
        assert natural is not None
        assert len(natural["by_prior"]) == 3
        assert sum(natural["distribution"]) == pytest.approx(1)
        assert len(natural["distribution"]) == claim["n"] + 1
        chance = found["figures"][natural["probability"]]["value"]
        assert 0 < chance < 0.001
        assert natural["selective_reporting"][0] == pytest.approx(chance)
        assert natural["selective_reporting"] == sorted(natural["selective_reporting"])


def test_one_and_the_same_code_tells_the_two_examples_apart(by_day):
    weak = eq.verdict(
        eq.read_dossier(EXAMPLE.with_name("msc-covid19")), "2020-03-25", replicates=10_000
    )
    strong = by_day["1946-12-31"]
    assert [rule.code for rule in weak.rules] == [rule.code for rule in strong.rules]
    assert (weak.effect, strong.effect) == ("untested", "important benefit")


def test_before_any_claim_there_is_no_verdict():
    with pytest.raises(eq.InputError, match="no claim was public yet; the first was by 1944"):
        eq.verdict(eq.read_dossier(EXAMPLE), "1943-12-31", replicates=10_000)
