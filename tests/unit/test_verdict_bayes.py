"""What priors and analogies say in a verdict, and that they move no rating."""

import dataclasses
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

import equipoise as eq
from equipoise.evidence.bayes_view import (
    CERTAINTY,
    MU_PRIOR,
    TAU_PRIOR,
    ShrunkenPoint,
    _reached,
)
from equipoise.report.html import as_html
from equipoise.report.outline import outline
from equipoise.report.sections import bayes

EXAMPLE = Path(__file__).parents[2] / "examples" / "msc-covid19"


@pytest.fixture(scope="module")
def dossier():
    return eq.read_dossier(EXAMPLE)


def look(dossier, day):
    return eq.verdict(dossier, day, replicates=1024)


@pytest.fixture(scope="module")
def march(dossier):
    return look(dossier, "2020-03-25")


@pytest.fixture(scope="module")
def late(dossier):
    return look(dossier, "2024-06-01")


def told(verdict):
    return " ".join(
        str(sentence)
        for block in bayes.blocks(verdict)
        for sentence in getattr(block, "sentences", ())
    )


def test_the_rating_is_that_of_a_dossier_without_analogies(dossier, march, late):
    bare = dataclasses.replace(dossier, analogies=())
    for verdict in (march, late):
        other = look(bare, verdict.as_of)
        for name in ("effect", "certainty", "lowered", "rules"):
            assert getattr(other, name) == getattr(verdict, name)
    assert (march.effect, march.certainty) == ("untested", "very low")


def test_analogies_of_march_2020(march):
    view = march.bayes
    assert view.posterior is None
    assert view.history == ()
    ards, gvhd = view.analogies
    assert ards.names == ("START 2019", "Zheng 2014", "MUST-ARDS")
    assert gvhd.names == ("Protocol 280", "Protocol 265")
    for row in (ards, gvhd):
        assert row.tipping.value == "none"
        assert row.indirect.direct_studies == 0
        # without direct evidence the weight stays what it was, and P(benefit) is a plain mean
        ends = [line.benefit.value for line in (row.rows[0], row.rows[-1])]
        assert ends[0] == pytest.approx(0.5)
        for line in row.rows:
            wanted = (1 - line.weight.value) * ends[0] + line.weight.value * ends[1]
            assert line.benefit.value == pytest.approx(wanted)
            assert line.weight.kind == "assumed"


def test_an_analogy_is_the_pooled_odds_ratio_of_its_trials(march):
    ards = march.bayes.analogies[0]
    fit = eq.pool_bayes(
        {"ai": [12, 1, 5], "n1i": [40, 6, 20], "ci": [3, 2, 4], "n2i": [20, 6, 10]},
        measure="OR", mu_prior=MU_PRIOR, tau_prior=TAU_PRIOR,
    )  # fmt: skip
    assert ards.pooled.value == pytest.approx(np.exp([fit.estimate, *fit.ci]))
    gvhd = march.bayes.analogies[1]
    arms = [(173, 0.35, 87, 0.30), (96, 0.45, 96, 0.46)]  # patients, with a complete response
    cells = [((1 - p) * n, p * n, (1 - q) * m, q * m) for n, p, m, q in arms]
    y = [math.log(a * d / (b * c)) for a, b, c, d in cells]
    v = [sum(1 / x for x in row) for row in cells]
    fit = eq.pool_bayes(y, v, mu_prior=MU_PRIOR, tau_prior=TAU_PRIOR)
    assert gvhd.pooled.value == pytest.approx(np.exp([fit.estimate, *fit.ci]))


def test_later_trials_of_an_analogy_are_not_known_earlier(march, late):
    assert "ONE-BRIDGE 2023" not in march.bayes.analogies[0].names
    assert "ONE-BRIDGE 2023" in late.bayes.analogies[0].names


def test_what_seemed_known_was_not(late):
    view = late.bayes
    assert (str(view.reached), str(view.lost)) == ("2021-06-28", "2022-02-21")
    assert "what seemed known was not" in told(late)
    by_day = {str(point.day): point for point in view.history}
    assert by_day["2021-06-28"].p_benefit >= CERTAINTY > by_day["2022-02-21"].p_benefit


def test_it_had_stayed_while_it_stayed(dossier):
    verdict = look(dossier, "2021-12-31")
    assert (str(verdict.bayes.reached), verdict.bayes.lost) == ("2021-06-28", None)
    assert "does not say that the effect is large enough" in told(verdict)


def test_the_posterior_is_that_of_the_verdicts_studies(late):
    lead = late.evidence.body.lead.synthesis
    fit = eq.pool_bayes(lead.yi, lead.vi, mu_prior=MU_PRIOR, tau_prior=TAU_PRIOR)
    assert late.bayes.posterior.value == pytest.approx(np.exp([fit.estimate, *fit.ci]))
    assert late.bayes.benefit.value == pytest.approx(fit.p_benefit)
    last = late.bayes.history[-1]
    assert (last.estimate, last.lower, last.upper) == pytest.approx(late.bayes.posterior.value)


def test_the_words_say_that_nothing_is_rated_by_it(march, late):
    for verdict in (march, late):
        assert bayes.RATES_NOTHING in told(verdict)
        assert "A weight is an assumption" in told(verdict)
    assert "shared cytokine profile" in told(march)


def test_it_stands_in_the_page(late):
    page = as_html(late, "")
    assert "The answer on every date, shrunken by priors" in page
    assert any(section.id == "evidence" for section in outline(late))


def test_a_dossier_without_randomised_evidence_or_analogies_has_none(dossier):
    verdict = look(dataclasses.replace(dossier, analogies=()), "2020-03-25")
    assert verdict.bayes is None
    assert bayes.blocks(verdict) == []


def test_reaching_and_losing():
    def point(day, benefit):
        return dataclasses.replace(_POINT, day=day, p_benefit=benefit, p_harm=1 - benefit)

    assert _reached([point(1, 0.9), point(2, 0.98), point(3, 0.99)]) == (2, None)
    assert _reached([point(1, 0.98), point(2, 0.9), point(3, 0.99)]) == (1, 2)
    assert _reached([point(1, 0.5), point(2, 0.01)]) == (2, None)
    assert _reached([point(1, 0.5)]) == (None, None)


_POINT = ShrunkenPoint(
    day=1, k=1, estimate=1.0, lower=0.5, upper=2.0, p_benefit=0.5, p_important=0.1, p_harm=0.5,
    changed="",
)  # fmt: skip


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(EXAMPLE, tmp_path / "dossier"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("weights: [0.1, 0.25, 0.5, 1]\n  weight_reason: \"the same", "weights: [0.1, 1.5]\n  weight_reason: \"the same", "weights must lie in"),  # noqa: E501
        ("population: ARDS\n", "population: sepsis\n", "must be a population in studies.csv"),
        ("source: kebriaei-2019\n", "source: nobody-2019\n", "must be an id in sources.yaml"),
        ("risk_treatment: 0.35", "risk_treatment: 35", "risk_treatment must lie in"),
        ("n_control: 87", "n_control: 0", "n_control must be 1 or more"),
        ("better: higher", "better: up", "better"),
        ("label: Protocol 265", "lable: Protocol 265", "lable"),
    ],
)  # fmt: skip
def test_a_wrong_analogy_is_told_with_its_line(copy, old, new, words):
    path = copy / "analogies.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(eq.DossierError, match=words) as caught:
        eq.read_dossier(copy)
    assert all(problem.file == "analogies.yaml" for problem in caught.value.problems)
    assert all(problem.line for problem in caught.value.problems)


def test_the_control_with_a_vague_part():
    """The mean of the two: the cohorts' prediction, and normal(0, 2) on the logit."""
    from scipy import special, stats

    folder = EXAMPLE.parent / "penicillin-endocarditis"
    verdict = look(eq.read_dossier(folder), "1946-12-31")
    found = [item.adjusted for row in verdict.appraisals for item in row.outcomes if item.adjusted]
    assert found
    item = next(o for row in verdict.appraisals for o in row.outcomes if o.adjusted)
    events, n = item.claimed.events, item.claimed.n
    better = verdict.dossier.question.outcome(item.claimed.outcome).better
    good = events if better == "higher" else n - events
    logit = np.linspace(-14, 14, 20_001)
    above = special.betainc(n - good + 0.5, good + 0.5, special.expit(-logit))
    vague = np.trapezoid(above * stats.norm(0, 2).pdf(logit), logit)
    wanted = 0.8 * found[0].unadjusted.value + 0.2 * vague
    assert found[0].robust.value == pytest.approx(wanted, abs=1e-6)
