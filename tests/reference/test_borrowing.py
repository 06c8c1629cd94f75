"""Borrowing and decisions: RBesT's operating characteristics, worked assurances, closed forms.

RBesT 1.7 (R 4.2.2): oc1S, pos1S, oc2S and pmixdiff; its critical value is the last that fails, ours
the first that succeeds. Worked assurances are from a numpy/scipy script that shares no code.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import special, stats

import equipoise as eq
from equipoise.numerics.decisions import probability_larger

SHARED = Path(__file__).parents[3] / "shared" / "data" / "synthesis" / "reference_public.json"
ROBUST = eq.Mixture(
    weights=(0.63, 0.37), components=(eq.Beta(18.5, 53.1), eq.Beta(3, 8.4))
).robust()


def test_one_arm_with_a_robust_mixture():
    decision = eq.OneArmDecision(n=24, threshold=0.25, certainty=0.95, prior=ROBUST)
    assert decision.critical == 12
    wanted = [0.00719965000785551, 0.384901224096412, 0.997905952577462]
    assert decision.success([0.25, 0.45, 0.75]) == pytest.approx(wanted, rel=1e-12)
    assert decision.assurance(ROBUST) == pytest.approx(0.142738228010358, rel=1e-10)


def test_one_arm_of_means():
    prior = eq.Mixture(
        weights=(0.48, 0.32, 0.2),
        components=(eq.Normal(-50, 19), eq.Normal(-46, 33), eq.Normal(-48.4, 88)),
        unit_sd=88,
    )
    decision = eq.OneArmDecision(n=20, threshold=-75, certainty=0.95, prior=prior)
    assert decision.critical == pytest.approx(-50.7905024577301, abs=1e-5)  # RBesT's own root
    assert decision.success([-75, -31])[0] == pytest.approx(0.109288639500658, abs=1e-6)
    assert decision.assurance(prior) == pytest.approx(0.523524389409394, abs=1e-6)
    turned = eq.Mixture(
        weights=prior.weights,
        components=tuple(eq.Normal(-part.mean, part.sd) for part in prior.components),
        unit_sd=88,
    )
    mirror = eq.OneArmDecision(n=20, threshold=75, certainty=0.95, prior=turned, better="lower")
    assert mirror.critical == pytest.approx(-decision.critical, abs=1e-9)
    assert mirror.success([75]) == pytest.approx(decision.success([-75]), rel=1e-9)


def test_two_arms():
    control = eq.Mixture(weights=(0.8, 0.2), components=(eq.Beta(10, 30), eq.Beta(1, 1)))
    decision = eq.TwoArmDecision(
        n_treatment=24, n_control=12, certainty=0.95, prior_control=control,
        prior_treatment=eq.Beta(1, 1),
    )  # fmt: skip
    wanted = [0.00684824004828802, 0.0891802335671709, 0.342044882448067, 0.664749856355218,
              0.879175202541324]  # fmt: skip
    found = decision.success(0.25, [0.2, 0.3, 0.4, 0.5, 0.6])
    assert found == pytest.approx(wanted, rel=1e-12)


def test_difference_of_two_posteriors():
    one = eq.Mixture(weights=(1.0,), components=(eq.Beta(15, 11),)).arrays
    two = eq.Mixture(
        weights=(0.921549280524753, 0.0784507194752473),
        components=(eq.Beta(13, 39), eq.Beta(4, 10)),
    ).arrays
    wanted = [0.000663666364375537, 0.00463523422467671, 0.0306742337774025, 0.142441085235174,
              0.407635972535509]  # fmt: skip
    found = [
        1 - float(probability_larger([one], [two], at)[0, 0]) for at in (-0.1, 0, 0.1, 0.2, 0.3)
    ]
    assert found == pytest.approx(wanted, abs=1e-8)


def test_larger_than():
    one = eq.Mixture(weights=(1.0,), components=(eq.Beta(31.5, 0.5),))
    assert one.larger_than(eq.Beta(40.5, 20.5)) == pytest.approx(0.9999912895379832, abs=1e-9)
    assert one.larger_than(eq.Beta(54.5, 6.5)) == pytest.approx(0.9805543527908077, abs=1e-9)
    both = eq.Beta(3, 5), eq.Beta(4, 4)
    there, back = (eq.Mixture(weights=(1.0,), components=(part,)) for part in both)
    assert there.larger_than(both[1]) + back.larger_than(both[0]) == pytest.approx(1)
    normal = eq.Mixture(weights=(0.5, 0.5), components=(eq.Normal(0, 1), eq.Normal(1, 2)))
    wanted = 0.5 * stats.norm.sf(0.5, 0, 2**0.5) + 0.5 * stats.norm.sf(0.5, 1, 5**0.5)
    assert normal.larger_than(eq.Normal(0, 1), 0.5) == pytest.approx(wanted)
    with pytest.raises(eq.InputError):
        normal.larger_than(eq.Beta(1, 1))


@pytest.mark.parametrize(
    ("threshold", "prior", "critical", "wanted"),
    [
        (0.8, (32, 1), 38, 0.8343393695506391),
        (0.5, (32, 1), 27, 0.9999223392200509),
        (0.8, (4.1, 1), 38, 0.2591841945898183),
        (0.5, (1, 1), 27, 0.34146341463414714),
    ],
)
def test_assurance_of_a_single_arm_by_its_exact_limit(threshold, prior, critical, wanted):
    decision = eq.OneArmDecision(n=40, threshold=threshold)
    assert decision.critical == critical
    assert decision.assurance(eq.Beta(*prior)) == pytest.approx(wanted, rel=1e-12)
    assert eq.assurance(decision, eq.Beta(*prior)).value == pytest.approx(wanted, abs=1e-7)


@pytest.mark.parametrize(
    ("n", "treatment", "wanted"),
    [
        (20, (31.5, 0.5), 0.731133937073595),
        (20, (10.5, 2.5), 0.19600444225066846),
        (40, (31.5, 0.5), 0.9505776365398574),
        (40, (10.5, 2.5), 0.3613143189423802),
    ],
)
def test_assurance_of_two_arms_by_fishers_test(n, treatment, wanted):
    decision = eq.TwoArmDecision(n_control=n, n_treatment=n)
    control, treated = eq.Beta(40.5, 20.5), eq.Beta(*treatment)
    assert decision.assurance(control, treated) == pytest.approx(wanted, rel=1e-10)
    made = eq.assurance(decision, eq.Prior(risks=(control, treated)))
    assert float(made) == pytest.approx(wanted, abs=1e-7)
    assert [row.under for row in made.rows] == ["the claim", "discounted claim", "the sceptic"]
    assert made.rows[0].assurance > made.rows[1].assurance > made.rows[2].assurance


@pytest.mark.parametrize(
    ("mean", "sd", "se", "wanted"),
    [(0.3, 0.1, 0.1, 0.7689570678280359), (0.3, 0.2, 0.1, 0.6790766098297196),
     (0.2, 0.15, 0.08, 0.6003042114202776), (0.0, 0.2, 0.1, 0.19037301402903178)],
)  # fmt: skip
def test_assurance_of_a_normal_effect(mean, sd, se, wanted):
    assert eq.normal_assurance(mean, sd, se) == pytest.approx(wanted, rel=1e-12)


def test_assurance_of_a_design_is_the_normal_one():
    """A z test of means, whose power is Phi of the effect over its error, less the quantile."""
    design = eq.sample_size(
        eq.FixedSample(),
        eq.Continuous(control=0, treatment=0.5, sd=1, known_sd=True),
        integer=False,
    )
    se = 0.5 / (special.ndtri(0.975) + special.ndtri(0.9))
    made = eq.assurance(design, eq.Normal(0.4, 0.2))
    assert made.value == pytest.approx(eq.normal_assurance(0.4, 0.2, se), rel=1e-9)
    assert made.power == pytest.approx(0.9)
    # the sceptic: mean 0 and a spread that gives the claim's mean effect 5%
    spread = 0.4 / special.ndtri(0.95)
    assert made.rows[2].assurance == pytest.approx(eq.normal_assurance(0, spread, se), rel=1e-9)
    half = eq.normal_assurance(0.2, 0.1, se)
    assert made.rows[1].assurance == pytest.approx(half, rel=1e-9)


def test_assurance_agrees_with_simulation():
    design = eq.sample_size(
        eq.GroupSequential(looks=2, alpha=0.025, power=0.8),
        eq.Binary(control=0.4, treatment=0.2, test="pooled"),
    )
    prior = eq.Prior(risks=(eq.Beta(40, 60), eq.Beta(10, 35)))
    made = eq.assurance(design, prior)
    n = 40_000
    run = eq.simulate(design, [eq.Scenario(name="drawn", prior=prior)], replicates=n, seed=3)
    share = float(run.frame()["benefit"][0])
    error = math.sqrt(share * (1 - share) / n)
    # beside Monte Carlo error, the normal theory of rates at some 60 an arm
    assert made.value == pytest.approx(share, abs=4 * error + 0.01)


def test_borrowing_raises_type_one_error_where_control_drifts():
    prior = eq.Mixture(weights=(1.0,), components=(eq.Beta(30, 70),)).robust(0.2)
    decision = eq.TwoArmDecision(n_control=20, n_treatment=40, prior_control=prior)
    drift = decision.drift([0.3, 0.5])
    near, far = drift["success"]
    assert far > 2 * drift["without"][1] > 0
    assert near < far
    assert drift["drift"][0] == pytest.approx(0.3 - prior.mean)
    full = eq.TwoArmDecision(n_control=20, n_treatment=40, prior_control=eq.Beta(30, 70))
    assert full.drift([0.6])["success"][0] > decision.drift([0.6])["success"][0]


def test_good_and_bad_events_mirror_each_other():
    prior = eq.Beta(12, 30)
    lower = eq.TwoArmDecision(n_control=15, n_treatment=25, prior_control=prior, better="lower")
    higher = eq.TwoArmDecision(n_control=15, n_treatment=25, prior_control=eq.Beta(30, 12))
    assert (lower.critical == higher.critical).all()
    assert lower.success(0.4, 0.1) == pytest.approx(higher.success(0.6, 0.9))
    one = eq.OneArmDecision(n=30, threshold=0.4, better="lower")
    two = eq.OneArmDecision(n=30, threshold=0.6)
    assert one.critical == 30 - two.critical
    assert one.success([0.2]) == pytest.approx(two.success([0.8]))
    assert one.assurance(eq.Beta(3, 9)) == pytest.approx(two.assurance(eq.Beta(9, 3)))


def test_power_priors():
    prior = eq.power_prior(eq.Beta(1, 1), 0.1, events=40, n=60)
    assert prior.components == (eq.Beta(5, 3),)
    treated = eq.Mixture(weights=(1.0,), components=(eq.Beta(31.5, 0.5),))
    for weight, wanted in ((0, 0.9843750000134815), (0.1, 0.9986448393794253),
                           (0.5, 0.9999650921054604), (1, 0.9999923782794169)):  # fmt: skip
        control = eq.power_prior(eq.Beta(1, 1), weight, events=40, n=60)
        found = probability_larger([treated.arrays], [control.arrays])[0, 0]
        assert found == pytest.approx(wanted, abs=1e-9)
    normal = eq.power_prior(eq.Normal(0, 10), 0.25, estimate=1.0, se=0.5)
    assert normal.components[0].sd == pytest.approx((1 / 100 + 0.25 / 0.25) ** -0.5)
    rate = eq.power_prior(eq.Gamma(1, 1), 0.5, events=10, exposure=4)
    assert rate.components == (eq.Gamma(6, 3),)


def test_an_analogy_without_direct_evidence():
    indirect, vague = eq.Normal(-0.8, 0.3), eq.Normal(0, 2)
    made = eq.indirect_evidence(indirect, vague=vague, certainty=0.9)
    alone = float(stats.norm(-0.8, 0.3).cdf(0))
    by_weight = {row.weight: row for row in made.rows}
    assert by_weight[0.5].p_benefit == pytest.approx(0.5 * 0.5 + 0.5 * alone)
    assert by_weight[1.0].median == pytest.approx(-0.8)
    assert made.bayes_factor == 1
    wanted = (0.9 - 0.5) / (alone - 0.5)
    assert made.tipping_weight == pytest.approx(wanted)


def test_the_tipping_weight_tips():
    y, v = [-0.2, 0.1], [0.05, 0.08]
    indirect = eq.Normal(-0.6, 0.2)
    made = eq.indirect_evidence(indirect, y, v, certainty=0.95)
    weight = made.tipping_weight
    assert 0 < weight < 1
    for step, above in ((-1e-6, False), (1e-6, True)):
        fit = eq.pool_bayes(y, v, mu_prior=eq.indirect_prior(indirect, weight + step))
        assert (fit.p_benefit > 0.95) is above
    never = eq.indirect_evidence(eq.Normal(0.0, 0.2), y, v, certainty=0.95)
    assert never.tipping_weight is None
    assert "no weight" in str(never)
    harmful = eq.indirect_evidence(eq.Normal(0.9, 0.1), y, v, certainty=0.95)
    fit = eq.pool_bayes(
        y, v, mu_prior=eq.indirect_prior(eq.Normal(0.9, 0.1), harmful.tipping_weight)
    )
    assert fit.p_harm == pytest.approx(0.95)


def test_the_direct_evidence_weighs_the_analogy():
    y, v = [0.5, 0.6, 0.4], [0.01, 0.02, 0.01]
    made = eq.indirect_evidence(eq.Normal(-0.8, 0.2), y, v)
    row = next(row for row in made.rows if row.weight == 0.5)
    assert row.posterior_weight < 0.01  # it predicted the opposite
    assert made.bayes_factor < 0.01
    assert made.frame().height == len(made.rows)
    assert made.chart().to_dict()["layer"]


def test_robust_map_against_31_of_31():
    """P(pT > p_new), pT ~ Beta(31.5, 0.5), p_new from a robust prediction on the logit scale."""
    x, n = np.array([12, 25, 9, 40]) + 0.5, np.array([40, 70, 30, 90]) + 1.0
    fit = eq.pool_bayes(np.log(x / (n - x)), 1 / x + 1 / (n - x), mu_prior=eq.Normal(0, 2))
    logit = np.linspace(-12, 12, 8001)
    treated = special.betainc(0.5, 31.5, special.expit(-logit))
    new = np.asarray(fit.predictive.density(logit))
    vague = stats.norm(0, 2).pdf(logit)
    for weight, wanted in ((0.0, 0.999992299977629), (0.2, 0.9959749891982076),
                           (0.5, 0.9899490230231331)):  # fmt: skip
        density = (1 - weight) * new + weight * vague
        assert np.trapezoid(treated * density, logit) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(
    "make",
    [
        lambda: eq.power_prior(eq.Beta(1, 1), 1.2, events=3, n=5),
        lambda: eq.power_prior(eq.Beta(1, 1), 0.5, events=7, n=5),
        lambda: eq.indirect_evidence(eq.Normal(0, 1), weights=[0.5, 1.1]),
        lambda: eq.indirect_evidence(eq.Beta(1, 2)),
        lambda: eq.indirect_evidence(eq.Normal(0, 1), certainty=0.2),
        lambda: eq.OneArmDecision(n=0, threshold=0.5),
        lambda: eq.OneArmDecision(n=20, threshold=1.5),
        lambda: eq.OneArmDecision(n=20, threshold=0.5, certainty=0.3),
        lambda: eq.OneArmDecision(n=20, threshold=1.0, prior=eq.Normal(0, 1)),
        lambda: eq.OneArmDecision(n=20, threshold=0.5, prior=eq.Gamma(1, 1)),
        lambda: eq.OneArmDecision(n=20, threshold=0.5).success([1.4]),
        lambda: eq.OneArmDecision(n=20, threshold=0.5).assurance(eq.Normal(0, 1)),
        lambda: eq.TwoArmDecision(n_control=5, n_treatment=5, margin=0.1),
        lambda: eq.TwoArmDecision(n_control=5, n_treatment=5, prior_control=eq.Normal(0, 1)),
        lambda: eq.assurance(0.5, eq.Normal(0, 1)),
        lambda: eq.assurance(eq.OneArmDecision(n=20, threshold=0.5), eq.Beta(1, 1), discount=2),
        lambda: eq.assurance(eq.TwoArmDecision(n_control=5, n_treatment=5), eq.Beta(1, 1)),
        lambda: eq.normal_assurance(0.3, -0.1, 0.1),
    ],
)
def test_wrong_input(make):
    with pytest.raises(eq.InputError):
        make()


@pytest.mark.skipif(not SHARED.exists(), reason="the shared reference cases are not here")
def test_every_shared_single_arm():
    for case in json.loads(SHARED.read_text())["mixtures"]:
        if case["family"] != "beta" or "oc" not in case:
            continue
        made = case["robustified"]
        prior = eq.Mixture(
            weights=tuple(made["w"]),
            components=tuple(eq.Beta(a, b) for a, b in zip(made["p1"], made["p2"], strict=True)),
        )
        decision = eq.OneArmDecision(
            n=case["data"]["n"],
            threshold=case["decision"]["qc"],
            certainty=case["decision"]["pc"],
            prior=prior,
        )
        assert decision.critical == case["critical_value"] + 1
        assert decision.success(case["oc"]["theta"]) == pytest.approx(
            case["oc"]["p_success"], abs=1e-13
        )
        assert decision.assurance(prior) == pytest.approx(case["pos_under_prior"], abs=1e-11)


def test_a_trial_with_looks_by_enumeration_and_by_normal_theory():
    design = eq.sample_size(
        eq.GroupSequential(looks=2, alpha=0.025, power=0.8, efficacy=eq.Pocock()),
        eq.Binary(control=0.9, treatment=0.5, better="lower"),
    )
    prior = eq.Prior(risks=(0.9, eq.Beta(12, 12)))
    exact = eq.assurance(design, prior, by="exact")
    normal = eq.assurance(design, prior)
    assert (exact.by, normal.by) == ("exact", "normal")
    assert normal.value == pytest.approx(exact.value, abs=0.05)  # some 25 patients an arm
    for row, other in zip(exact.rows, normal.rows, strict=True):
        assert row.mean_effect == pytest.approx(other.mean_effect)
    fixed = eq.sample_size(eq.FixedSample(), eq.Binary(control=0.9, treatment=0.5))
    assert eq.assurance(fixed, prior).by == "exact"
