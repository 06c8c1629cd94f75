"""One series, with and without an external control, against an independent script's numbers.

The numbers and how they were made stand in ``single_arm.json`` (its ``source``).
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import equipoise as eq
from equipoise.numerics.artefacts import best_of, regression_to_mean
from equipoise.numerics.binomial import (
    beta_binomial_tail,
    beta_interval,
    binomial_tail,
    clopper_pearson,
    failures_tolerated,
    rate_reaching,
)
from equipoise.numerics.comparison import (
    LogitMixture,
    beta_on_logit,
    probability_better,
    tipping_shift,
)
from equipoise.numerics.new_series import logit_quantiles
from equipoise.numerics.rates import rate_ratio, rate_ratio_known, risk_ratio
from equipoise.numerics.two_by_two import (
    binomial_pmf,
    fisher_power,
    fisher_table,
    newcombe_difference,
)
from equipoise.parts.binary import fixed_size

REFERENCE = json.loads(Path(__file__).with_name("single_arm.json").read_text())


def cases(name):
    return [pytest.param(row, id=str(i)) for i, row in enumerate(REFERENCE[name])]


def close(value, relative=1e-10, absolute=1e-13):
    return pytest.approx(value, rel=relative, abs=absolute)


@pytest.mark.parametrize("count", list(REFERENCE["proportion"]))
def test_intervals_of_a_proportion(count):
    events, n = map(int, count.split("/"))
    row = REFERENCE["proportion"][count]
    assert clopper_pearson(events, n) == close(tuple(row["clopper_pearson"]))
    if "uniform" in row:
        assert clopper_pearson(events, n, 0.9)[0] == close(row["one_sided_95"])
        assert beta_interval(events + 1, n - events + 1) == close(tuple(row["uniform"]))


def test_the_claimed_counts_as_printed():
    assert clopper_pearson(31, 31)[0] == pytest.approx(0.88781, abs=5e-6)
    assert clopper_pearson(7, 31) == pytest.approx((0.09594, 0.41096), abs=5e-6)
    assert beta_binomial_tail(31, 31, 32.0, 1.0) == pytest.approx(0.50794, abs=5e-6)


@pytest.mark.parametrize("row", cases("next_series"))
def test_beta_binomial(row):
    assert beta_binomial_tail(row["at_least"], row["n"], *row["prior"]) == close(row["chance"])
    # The count asked for is the first whose own lower limit clears the rate.
    assert clopper_pearson(row["at_least"], row["n"])[0] > row["rate"]
    assert clopper_pearson(row["at_least"] - 1, row["n"])[0] <= row["rate"]


@pytest.mark.parametrize(("rate", "most"), REFERENCE["denominator"].items())
def test_denominator_that_undoes_the_claim(rate, most):
    assert 31 + failures_tolerated(31, float(rate)) == most


def test_rate_reaching():
    assert rate_reaching(31, 31, 0.05) == close(0.05 ** (1 / 31))
    for events, n in [(31, 31), (28, 31), (1, 31), (7, 31)]:
        rate = rate_reaching(events, n, 0.05)
        assert stats.binom.sf(events - 1, n, rate) == close(0.05)
        assert float(binomial_tail(events, n, rate)) == close(0.05)
    assert rate_reaching(0, 31, 0.05) == 0.0


@pytest.mark.parametrize("row", cases("best_of"))
def test_best_of_many_series(row):
    chances = best_of(np.array([row["rate"] ** 31]), np.ones(1), row["series"])
    assert chances.shape == (row["series"],)
    assert chances[-1] == close(row["chance"])


def test_best_of_takes_the_expectation_outside_the_power():
    p, weight = np.array([0.0, 1e-12, 0.3, 1.0]), np.array([0.1, 0.2, 0.3, 0.4])
    expected = [(weight * (1 - (1 - p) ** k)).sum() for k in range(1, 51)]
    assert best_of(p, weight, 50) == close(np.array(expected))


@pytest.mark.parametrize("row", cases("external"))
def test_series_against_an_external_control(row):
    (x, n), (y, m) = row["treated"], row["control"]
    difference, limits = newcombe_difference(x, n, y, m)
    assert difference == close(row["difference"])
    assert limits == close(tuple(row["newcombe"]))
    for prior in ("jeffreys", "uniform"):
        add = 0.5 if prior == "jeffreys" else 1.0
        control = beta_on_logit(y + add, m - y + add)
        got = probability_better(x + add, n - x + add, control)
        assert got == close(row[prior], absolute=1e-9)
    # Fisher's test decides as the reference's p-value does, on either side of it.
    p = row["fisher_greater"]
    assert x >= fisher_table(m, n, p * (1 + 1e-6))[y]
    assert x < fisher_table(m, n, p * (1 - 1e-6))[y]


@pytest.mark.parametrize("row", cases("power_prior"))
def test_probability_better_than_a_beta(row):
    got = probability_better(31.5, 0.5, beta_on_logit(row["a"], row["b"]))
    assert got == close(row["chance"], absolute=1e-9)


@pytest.mark.parametrize("row", cases("bias_adjusted"))
def test_bias_adjusted_probability(row):
    got = probability_better(31.5, 0.5, beta_on_logit(40.5, 20.5), row["mean"], row["sd"])
    assert got == close(row["chance"], absolute=1e-9)


def test_tipping_point():
    tip = tipping_shift(31.5, 0.5, beta_on_logit(40.5, 20.5))
    assert tip == close(REFERENCE["tipping"]["delta"], 1e-8)
    assert math.exp(tip) == close(REFERENCE["tipping"]["odds_ratio"], 1e-8)
    assert tip == pytest.approx(1.7149, abs=5e-5)
    assert math.exp(tip) == pytest.approx(5.556, abs=5e-4)


def _normal_posterior():
    """The reference's own model, written here: normal likelihood, conjugate in mu given tau."""
    y, v = np.array(REFERENCE["map"]["yi"]), np.array(REFERENCE["map"]["vi"])
    tau = np.linspace(0.0, 5.0, 2001)  # an even integrand: the trapezoid rule is enough
    total = v[:, None] + tau**2
    precision = (1 / total).sum(axis=0) + 1 / 2.0**2
    mean = (y[:, None] / total).sum(axis=0) / precision
    covariances = 4.0 + np.array([np.diag(v + t * t) for t in tau])
    density = np.array(
        [
            math.exp(-0.5 * y @ np.linalg.solve(c, y)) / math.sqrt(np.linalg.det(c))
            for c in covariances
        ]
    ) / (2 * math.pi) ** (y.size / 2)
    step = np.full(tau.size, tau[1])
    step[[0, -1]] /= 2
    weight = density * step * 2 * stats.norm.pdf(tau, scale=0.5)
    return mean, 1 / precision, tau, weight


def test_predictive_distribution_and_robust_map():
    reference = REFERENCE["map"]
    mean, variance, tau, weight = _normal_posterior()
    assert math.log(weight.sum()) == pytest.approx(reference["log_marginal"], abs=1e-6)
    weight = weight / weight.sum()
    middle = weight @ mean
    assert middle == pytest.approx(reference["mu_mean"], abs=1e-6)
    spread = math.sqrt(weight @ (variance + (mean - middle) ** 2))
    assert spread == pytest.approx(reference["mu_sd"], abs=1e-6)
    assert weight @ tau == pytest.approx(reference["tau_mean"], abs=3e-6)

    levels = tuple(map(float, reference["mu_q"]))
    quantiles = logit_quantiles(mean, np.sqrt(variance), weight, levels)
    logits = np.log(np.array(quantiles) / (1 - np.array(quantiles)))
    assert logits == pytest.approx(np.array(list(reference["mu_q"].values())), abs=1e-5)
    sd = np.sqrt(variance + tau**2)
    predicted = logit_quantiles(mean, sd, weight, levels)
    assert predicted == pytest.approx(tuple(reference["pred_prob_q"].values()), abs=1e-5)

    for row in REFERENCE["robust_map"]:
        robust = LogitMixture(
            np.append(mean, 0.0),
            np.append(sd, 2.0),
            np.append((1 - row["vague"]) * weight, row["vague"]),
        )
        got = probability_better(31.5, 0.5, robust, row["shift"])
        assert got == pytest.approx(row["chance"], abs=1e-6)


@pytest.mark.parametrize("row", cases("regression"))
def test_regression_to_the_mean(row):
    got = regression_to_mean(row["mean"], row["sd"], row["correlation"], row["cutoff"])
    assert got.baseline_mean == close(row["baseline"])
    assert got.expected_fall == close(row["fall"])
    assert got.probability_lower == close(row["lower"], 1e-9)
    assert got.probability_lower**31 == close(row["all_31"], 1e-7)


@pytest.mark.parametrize("row", cases("rate_ratio"))
def test_rate_ratio(row):
    estimate, limits = rate_ratio(*row["input"])
    assert estimate == close(row["estimate"])
    assert limits == close(tuple(row["interval"]))


def test_rate_ratio_to_a_known_rate():
    row = REFERENCE["known_rate"]
    estimate, limits = rate_ratio_known(*row["input"])
    assert estimate == close(row["estimate"])
    assert limits == close(tuple(row["interval"]))


@pytest.mark.parametrize("row", cases("sample_size"))
@pytest.mark.parametrize("better", ["higher", "lower"])
def test_smallest_decisive_trial(row, better):
    risks = row["control"], row["treatment"]
    if better == "lower":
        risks = tuple(1 - risk for risk in risks)
    endpoint = eq.Binary(control=risks[0], treatment=risks[1], better=better)
    plan = eq.FixedSample(alpha=0.025, power=0.9)
    design = eq.sample_size(plan, endpoint)
    assert design.n_per_arm == row["exact"]
    assert design.n_total == 2 * row["exact"]
    assert fixed_size(endpoint, plan.alpha, plan.power, 1.0) / 2 == close(row["normal"])

    def power(n):
        return fisher_power(n, n, row["control"], row["treatment"], 0.025)

    powers = np.array([power(n) for n in range(1, row["exact"] + 2)])
    assert powers[-2] == close(row["power"])
    enough = powers >= 0.9
    # The first n of two in a row: none before it, looked for from one patient an arm upwards.
    assert np.flatnonzero(enough[:-1] & enough[1:]).tolist() == [row["exact"] - 1]


@pytest.mark.parametrize(("n", "m"), [(1, 1), (3, 3), (5, 8), (9, 4), (14, 14), (20, 17)])
def test_every_cell_of_fishers_table(n, m):
    p = np.array(
        [
            [
                stats.fisher_exact([[t, m - t], [c, n - c]], alternative="greater").pvalue
                for t in range(m + 1)
            ]
            for c in range(n + 1)
        ]
    )
    for alpha in (0.001, 0.01, 0.025, 0.05, 0.1, 0.3):
        table = fisher_table(n, m, alpha)
        assert table.shape == (n + 1,)
        rejects = np.arange(m + 1)[None, :] >= table[:, None]
        assert (rejects == (p <= alpha * (1 + 1e-9))).all()


@pytest.mark.parametrize(("n", "m"), [(3, 3), (5, 8), (8, 8), (14, 11)])
def test_a_p_value_equal_to_alpha_rejects(n, m):
    # Every attainable p-value in turn is alpha, in exact fractions: no rounding decides a tie.
    for c, t in np.ndindex(n + 1, m + 1):
        tail = sum(math.comb(m, x) * math.comb(n, c + t - x) for x in range(t, min(m, c + t) + 1))
        p = tail / math.comb(n + m, c + t)
        if p < 0.5:
            assert t >= fisher_table(n, m, p)[c]
            assert t < fisher_table(n, m, p * (1 - 1e-9))[c]


@pytest.mark.parametrize(("n", "m"), [(351, 351), (79, 158), (200, 60)])
def test_every_cell_of_a_large_fisher_table(n, m):
    control, treatment = np.meshgrid(np.arange(n + 1), np.arange(m + 1), indexing="ij")
    p = stats.hypergeom.sf(treatment - 1, n + m, control + treatment, m)
    assert np.abs(p - 0.025).min() > 1e-9  # no tie that rounding could turn
    rejects = treatment >= fisher_table(n, m, 0.025)[:, None]
    assert (rejects == (p <= 0.025)).all()


@pytest.mark.parametrize(
    ("n", "m", "control", "treatment"),
    [(29, 29, 0.5, 0.9), (40, 25, 0.3, 0.55), (12, 30, 0.0, 0.4), (10, 10, 0.2, 1.0), (1, 1, 0, 1)],
)
def test_power_by_enumeration(n, m, control, treatment):
    c, t = np.arange(n + 1), np.arange(m + 1)
    joint = np.outer(stats.binom.pmf(c, n, control), stats.binom.pmf(t, m, treatment))
    p = stats.hypergeom.sf(t[None, :] - 1, n + m, c[:, None] + t[None, :], m)
    power = joint[p <= 0.05].sum()
    assert fisher_power(n, m, control, treatment, 0.05) == close(power)
    assert binomial_pmf(n, control) == close(stats.binom.pmf(c, n, control))


@pytest.mark.parametrize(
    ("counts", "wanted"),
    [  # metafor 3.8-1, escalc(measure="RR"): exp(yi), exp(yi ± 1.959964 sqrt(vi))
        ((4, 123, 11, 139), (0.4109387, 0.1343016, 1.257398)),
        ((62, 13598, 248, 12867), (0.2365605, 0.1792809, 0.3121408)),
        ((0, 12, 3, 29), (0.3296703, 0.01830652, 5.936821)),
    ],
)
def test_ratio_of_proportions(counts, wanted):
    ratio, limits = risk_ratio(*counts)
    assert (ratio, *limits) == pytest.approx(wanted, rel=1e-6)
