"""Credibility, bias and E-values against worked numbers, and R's ReplicationSuccess and pCalibrate.

Worked numbers are those of a numpy/scipy script that shares no code with this one; formulas are
named beside each. Sceptical p-values are ReplicationSuccess's (R 4.2.2). Its controlled one for
(3, 2.5, 1.5) is 0.5% below the integral that defines it, which is done here a second time.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, special

import equipoise as eq

SHARED = Path(__file__).parents[3] / "shared" / "data" / "synthesis" / "reference_public.json"


@pytest.mark.parametrize(
    ("low", "high", "limit", "sd", "intrinsic", "factors"),
    [
        (0.53, 0.82, 0.13415043445181504, 0.06844535690960475, 0.008137954697375702,
         (0.0009092767147525189, 0.005610428917033455, 0.004265624341474203)),
        (0.6, 0.98, 0.5923720311548827, 0.3022361818010115, 0.13360393833560205,
         (0.10538645139134023, 0.36859545445289005, 0.3118016250127452)),
        (1.1, 6.0, 1.7410541328263947, 0.8883092478023105, 0.12316354178746707,
         (0.09286365644916568, 0.3338014041291922, 0.2807709361489651)),
        (1.5, 40.0, 2.203775832004783, 1.124396085534166, 0.08395395046099213,
         (0.05045644286231888, 0.20331557948260187, 0.16708028755251197)),
    ],
)  # fmt: skip
def test_a_sceptic(low, high, limit, sd, intrinsic, factors):
    made = eq.analysis_of_credibility(ci=(math.log(low), math.log(high)))
    assert made.sceptical_limit == pytest.approx(limit, rel=1e-9)
    assert made.sceptical_prior.sd == pytest.approx(sd, rel=1e-9)
    assert made.p_intrinsic == pytest.approx(intrinsic, rel=1e-9)
    found = (made.bayes_factor_normal, made.bayes_factor_local, made.bayes_factor_p)
    assert found == pytest.approx(factors, rel=1e-9)
    assert made.advocacy_limit is None


def test_an_advocate():
    made = eq.analysis_of_credibility(ci=(math.log(0.9), math.log(6)))
    assert math.exp(made.advocacy_limit) == pytest.approx(math.exp(16.075420080947076), rel=1e-9)
    assert made.sceptical_limit is None
    assert made.sceptical_prior is None


def test_the_sceptic_is_just_not_convinced():
    """Reverse-Bayes: under the limit's prior the posterior interval touches no effect."""
    made = eq.analysis_of_credibility(estimate=0.9, se=0.3)
    precision = 1 / made.se**2 + 1 / made.sceptical_prior.variance
    mean, sd = made.estimate / made.se**2 / precision, precision**-0.5
    assert mean - special.ndtri(0.975) * sd == pytest.approx(0, abs=1e-12)
    assert made.sceptical_prior.sd * special.ndtri(0.975) == pytest.approx(
        made.sceptical_limit, rel=1e-12
    )


@pytest.mark.parametrize(
    ("y", "se", "size", "mean", "sd", "chance"),
    [
        (math.log(2.5), 0.3, 2, 0.5328528266735388, 0.22877483184945419, 0.9900746627136597),
        (3.4622576384, 1.4509368964829592, 2, 0.19415702512370295, 0.3435938550970366,
         0.7139893439665659),
    ],
)  # fmt: skip
def test_posterior_of_a_sceptic(y, se, size, mean, sd, chance):
    prior = eq.sceptical_prior(math.log(size))
    fit = eq.pool_bayes([y], [se**2], mu_prior=prior, tau_prior=eq.Fixed(0), better="higher")
    assert fit.mu.mean == pytest.approx(mean, rel=2e-5)  # the worked prior has 1.96 for 1.959964
    assert fit.mu.sd == pytest.approx(sd, rel=2e-5)
    assert fit.p_benefit == pytest.approx(chance, rel=2e-5)


def test_an_enthusiast_gives_none_a_small_chance():
    prior = eq.enthusiastic_prior(-0.5, 0.05)
    assert prior.mean == -0.5
    assert 1 - float(prior.cdf(0.0)) == pytest.approx(0.05)


SCEPTICAL = [  # z original, z replication, c, golden, nominal, controlled
    (2.5, 2, 1, 0.0234855367516522, 0.0591749063678142, 0.0211381706693556),
    (3, 2.5, 1.5, 0.0101765539837851, 0.0340992109105537, None),
    (2.8, 1.2, 2, 0.0922049027680806, 0.148368132102274, 0.0763241180444648),
    (2, 3, 0.5, 0.0119722003486586, 0.0379369177592495, 0.0154785377845842),
]


@pytest.mark.parametrize(("zo", "zr", "c", "golden", "nominal", "controlled"), SCEPTICAL)
def test_sceptical_p_values(zo, zr, c, golden, nominal, controlled):
    found = [
        eq.sceptical_p_value(zo, zr, variance_ratio=c, calibration=kind)
        for kind in ("golden", "nominal", "controlled")
    ]
    assert found[0] == pytest.approx(golden, rel=1e-10)
    assert found[1] == pytest.approx(nominal, rel=1e-10)
    if controlled is not None:
        assert found[2] == pytest.approx(controlled, rel=1e-8)


def test_the_controlled_one_by_a_plain_sum():
    z = -special.ndtri(eq.sceptical_p_value(3, 2.5, variance_ratio=1.5, calibration="nominal"))
    u = np.linspace(0, 4, 400_001)[1:]  # original z = z + u^2, which smooths the start
    original = z + u * u
    bar = z * np.sqrt(1 + 1.5 / ((original / z) ** 2 - 1))
    density = np.exp(-0.5 * original**2) / math.sqrt(2 * math.pi) * special.ndtr(-bar) * 2 * u
    wanted = math.sqrt(integrate.simpson(density, u))
    found = eq.sceptical_p_value(3, 2.5, variance_ratio=1.5, calibration="controlled")
    assert found == pytest.approx(wanted, rel=1e-8)


def test_a_replication_in_the_other_direction_convinces_nobody():
    assert eq.sceptical_p_value(2.5, -2) > 0.5
    assert eq.sceptical_p_value(0, 2) == pytest.approx(0.5)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared reference cases are not here")
def test_every_shared_interval():
    cases = [o for o in json.loads(SHARED.read_text())["other"] if o["kind"] == "intrinsic"]
    assert cases
    for case in cases:
        made = eq.analysis_of_credibility(ci=tuple(case["ci"]))
        assert made.sceptical_limit == pytest.approx(case["scepticism_limit"], rel=1e-9)
        assert made.p_intrinsic == pytest.approx(case["p_intrinsic_held"], rel=1e-7)


def test_additive_and_proportional_bias():
    y, v = eq.bias_adjusted([math.log(2.5)], [0.09], additive=(0.139, 0.15))
    assert y[0] == pytest.approx(0.7772907318741551, rel=1e-12)
    assert math.sqrt(v[0]) == pytest.approx(0.33541019662496846, rel=1e-12)
    # what the sums say of a study that doubles the effect, give or take a tenth
    y, v = eq.bias_adjusted([0.8], [0.04], proportional=(2.0, 0.1))
    assert y[0] == pytest.approx(0.4)
    assert v[0] == pytest.approx((0.04 + 0.01 * 0.16) / 4)


@pytest.mark.parametrize(
    ("value", "measure", "wanted"),
    [
        (1.2, "RR", 1.6898979485566354), (3.9, "RR", 7.263034344160047),
        (0.5, "RR", 3.414213562373095), (0.2, "RR", 9.47213595499958),
        (2, "OR", 2.179580427103275), (9, "OR", 5.449489742783178),
        (0.56, "HR", 2.349531257322429), (0.7, "HR", 1.878685512837407),
        (2, "HR", 2.606409265530888), (0.2, "SMD", 1.6889607176012267),
        (0.8, "SMD", 3.5601745000379887),
    ],
)  # fmt: skip
def test_e_values(value, measure, wanted):
    assert eq.e_value(value, measure=measure).estimate == pytest.approx(wanted, rel=1e-12)


def test_e_value_of_a_limit_and_of_another_null():
    assert eq.e_value(3.9, null=2).estimate == pytest.approx(3.31106575888162, rel=1e-12)
    made = eq.e_value(3.9, (1.8, 8.7))  # VanderWeele & Ding (2017), their example: 7.26 and 3.0
    assert made.limit == pytest.approx(3.0, rel=1e-12)
    assert eq.e_value(1.5, (0.8, 2.5)).limit == 1.0
    assert eq.e_value(2, measure="OR", rare=True).estimate == eq.e_value(2).estimate


@pytest.mark.parametrize(("a", "b", "wanted"), [(2, 2, 4 / 3), (3, 2, 1.5), (5, 5, 25 / 9)])
def test_bounding_factors(a, b, wanted):
    assert eq.bounding_factor(a, b) == pytest.approx(wanted)


def test_the_e_value_is_the_equal_confounding_that_explains_away():
    for ratio in (1.3, 3.9, 12.0):
        strength = eq.e_value(ratio).estimate
        assert eq.bounding_factor(strength, strength) == pytest.approx(ratio)


def test_false_positive_risk():
    made = eq.analysis_of_credibility(estimate=1.959963984540054, se=1.0)
    bound = -math.e * 0.05 * math.log(0.05)
    assert made.false_positive_risk(0.5) == pytest.approx(bound / (1 + bound))
    assert made.false_positive_risk(0.1) > 0.7


@pytest.mark.parametrize(
    "make",
    [
        lambda: eq.analysis_of_credibility(),
        lambda: eq.analysis_of_credibility(0.3, 0.1, ci=(0.1, 0.5)),
        lambda: eq.analysis_of_credibility(0.3, 0.0),
        lambda: eq.analysis_of_credibility(ci=(0.5, 0.1)),
        lambda: eq.sceptical_prior(0.0),
        lambda: eq.sceptical_prior(0.3, 0.7),
        lambda: eq.sceptical_p_value(2, 2, variance_ratio=0),
        lambda: eq.sceptical_p_value(2, 2, calibration="best"),
        lambda: eq.sceptical_p_value(2, -2, calibration="controlled"),
        lambda: eq.bias_adjusted([0.1], [0.0]),
        lambda: eq.bias_adjusted([0.1], [0.1], proportional=(0, 0.1)),
        lambda: eq.bias_adjusted([0.1], [0.1], additive=(0, -0.1)),
        lambda: eq.e_value(-0.4),
        lambda: eq.e_value(2, measure="RD"),
        lambda: eq.bounding_factor(0.5, 2),
    ],
)
def test_wrong_input(make):
    with pytest.raises(eq.InputError):
        make()
