"""What holds of every Bayesian pooled result."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import equipoise as eq

effects = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 2.0)), min_size=2, max_size=9).map(
    lambda rows: (np.array([r[0] for r in rows]), np.array([r[1] for r in rows]) ** 2)
)
Q = [0.025, 0.5, 0.975]


@settings(max_examples=30)
@given(effects, st.floats(0.05, 2))
def test_the_order_of_studies_does_not_matter(data, scale):
    y, v = data
    turn = np.argsort(v)[::-1]
    one = eq.pool_bayes(y, v, tau_prior=eq.HalfNormal(scale))
    two = eq.pool_bayes(y[turn], v[turn], tau_prior=eq.HalfNormal(scale))
    assert one.mu.quantile(Q) == pytest.approx(two.mu.quantile(Q), rel=1e-9, abs=1e-9)
    assert one.log_evidence == pytest.approx(two.log_evidence, abs=1e-9)


@settings(max_examples=30)
@given(effects, st.floats(1e-4, 1e4), st.sampled_from([eq.HalfNormal, eq.HalfCauchy]))
def test_scale_carries_over(data, factor, kind):
    y, v = data
    one = eq.pool_bayes(y, v, mu_prior=eq.Normal(0.3, 2), tau_prior=kind(0.5))
    two = eq.pool_bayes(
        factor * y,
        factor**2 * v,
        mu_prior=eq.Normal(0.3 * factor, 2 * factor),
        tau_prior=kind(0.5 * factor),
    )
    assert two.mu.quantile(Q) / factor == pytest.approx(one.mu.quantile(Q), rel=1e-8, abs=1e-8)
    assert two.tau.quantile(Q) / factor == pytest.approx(one.tau.quantile(Q), rel=1e-7)
    shift = y.size * math.log(factor)
    assert two.log_evidence == pytest.approx(one.log_evidence - shift, abs=1e-8)


@settings(max_examples=20)
@given(effects)
def test_shrunken_effects_lie_between_reported_and_mean(data):
    y, v = data
    fit = eq.pool_bayes(y, v)
    for own, reported in zip(fit.shrinkage, y, strict=True):
        low, high = sorted([reported, fit.mu.mean])
        span = 0.35 * (y.max() - y.min()) + 1e-9  # the mean given tau moves with tau
        assert low - span <= own.mean <= high + span


@settings(max_examples=20)
@given(effects)
def test_quantiles_and_probabilities_agree(data):
    y, v = data
    fit = eq.pool_bayes(y, v)
    for marginal in (fit.mu, fit.predictive, fit.tau, fit.shrinkage[0]):
        assert marginal.cdf(marginal.quantile(Q)) == pytest.approx(Q, abs=1e-9)
    assert fit.p_benefit + fit.p_harm == pytest.approx(1)


def test_flat_priors_agree_with_maximum_likelihood_given_tau():
    y, v = np.array([0.2, -0.1, 0.4, 0.3]), np.array([0.04, 0.02, 0.05, 0.09])
    fit = eq.pool_bayes(y, v, mu_prior=eq.Flat(), tau_prior=eq.Fixed(0))
    fixed = eq.pool(y, v, method="EE")
    assert fit.mu.mean == pytest.approx(fixed.estimate, rel=1e-13)
    assert fit.mu.sd == pytest.approx(fixed.se, rel=1e-13)
    assert fit.ci == pytest.approx(fixed.ci, rel=1e-12)


def test_with_many_studies_flat_priors_agree_with_reml():
    rng = np.random.default_rng(5)
    v = rng.uniform(0.02, 0.2, 400)
    y = 0.3 + rng.normal(0, np.sqrt(v + 0.09))
    fit = eq.pool_bayes(y, v, mu_prior=eq.Flat(), tau_prior=eq.Uniform())
    ml = eq.pool(y, v, method="REML", ci="z")
    assert fit.mu.mean == pytest.approx(ml.estimate, abs=0.001)
    assert fit.mu.sd == pytest.approx(ml.se, rel=0.02)
    mode = fit.tau.quantile(0.5)
    assert mode == pytest.approx(math.sqrt(ml.tau2), abs=0.005)


def test_one_study_with_a_known_tau_is_conjugate():
    fit = eq.pool_bayes([0.8], [0.09], mu_prior=eq.Normal(0.2, 0.5), tau_prior=eq.Fixed(0.4))
    data = 0.09 + 0.16
    precision = 1 / 0.25 + 1 / data
    assert fit.mu.mean == pytest.approx((0.2 / 0.25 + 0.8 / data) / precision, rel=1e-14)
    assert fit.mu.sd == pytest.approx(precision**-0.5, rel=1e-14)
    evidence = -0.5 * (0.6**2 / (0.25 + data) + math.log(2 * math.pi * (0.25 + data)))
    assert fit.log_evidence == pytest.approx(evidence, abs=1e-13)


def test_one_study_under_a_tight_prior_of_tau_tends_to_the_conjugate_answer():
    fit = eq.pool_bayes([0.8], [0.09], mu_prior=eq.Normal(0, 1), tau_prior=eq.HalfNormal(1e-5))
    assert fit.mu.mean == pytest.approx(0.8 / 1.09, rel=1e-8)


def test_a_mixture_prior_is_the_mixture_of_its_posteriors():
    y, v = np.array([-0.2, -0.5, 0.1]), np.array([0.05, 0.1, 0.2])
    one, two = eq.Normal(-0.5, 0.2), eq.Normal(0, 2)
    fits = [eq.pool_bayes(y, v, mu_prior=prior) for prior in (one, two)]
    weights = 0.3 * math.exp(fits[0].log_evidence), 0.7 * math.exp(fits[1].log_evidence)
    share = weights[0] / sum(weights)
    both = eq.pool_bayes(y, v, mu_prior=eq.Mixture(weights=(0.3, 0.7), components=(one, two)))
    wanted = share * fits[0].p_benefit + (1 - share) * fits[1].p_benefit
    assert both.p_benefit == pytest.approx(wanted, rel=1e-12)
    assert both.log_evidence == pytest.approx(math.log(sum(weights)), abs=1e-12)
    tau = share * fits[0].tau.cdf(0.4) + (1 - share) * fits[1].tau.cdf(0.4)
    assert both.tau.cdf(0.4) == pytest.approx(tau, rel=1e-12)
    assert both.tau.cdf(both.tau.quantile(Q)) == pytest.approx(Q, abs=1e-10)


def test_rows_pooled_together_are_as_pooled_one_by_one():
    rng = np.random.default_rng(2)
    v = rng.uniform(0.01, 0.5, (40, 5))
    y = rng.normal(0, np.sqrt(v))
    for prior in (eq.HalfNormal(0.5), eq.LogNormal(-1.3, 0.9), eq.Uniform(2)):
        many = eq.pool_bayes_many(y, v, tau_prior=prior)
        again = eq.pool_bayes_many(y, v, tau_prior=prior, threads=1)
        assert (many.mean == again.mean).all()
        assert (many.tau_upper == again.tau_upper).all()
        fit = eq.pool_bayes(y[7], v[7], tau_prior=prior)
        assert many.mean[7] == pytest.approx(fit.mu.mean, rel=1e-12)
        assert many.tau_upper[7] == pytest.approx(fit.tau.quantile(0.95), rel=1e-10)
        assert many.new_upper[7] == pytest.approx(fit.predictive.quantile(0.975), rel=1e-10)
        assert many.p_below[7] == pytest.approx(fit.p_benefit, rel=1e-12)


def test_moments_that_do_not_exist_are_infinite():
    y, v = [0.1, 0.5], [0.1, 0.1]
    fit = eq.pool_bayes(y, v, mu_prior=eq.Flat(), tau_prior=eq.HalfCauchy(0.5))
    assert math.isfinite(fit.tau.mean)
    assert math.isinf(fit.tau.sd)
    assert math.isinf(fit.mu.sd)
    assert math.isinf(fit.predictive.sd)
    assert math.isfinite(fit.ci[0])


@settings(max_examples=25)
@given(
    st.floats(0.01, 0.99),
    st.tuples(st.floats(0.5, 40), st.floats(0.5, 40)),
    st.tuples(st.floats(0.5, 40), st.floats(0.5, 40)),
)
def test_mixture_quantiles_invert_its_distribution(weight, one, two):
    mix = eq.Mixture(weights=(weight, 1 - weight), components=(eq.Beta(*one), eq.Beta(*two)))
    q = np.array([0.001, 0.1, 0.5, 0.9, 0.999])
    assert mix.cdf(mix.ppf(q)) == pytest.approx(q, abs=1e-9)


@settings(max_examples=15)
@given(st.floats(1.5, 60), st.floats(1.5, 60))
def test_a_single_beta_is_worth_a_plus_b(a, b):
    prior = eq.Mixture(weights=(1.0,), components=(eq.Beta(a, b),))
    assert prior.effective_sample_size("elir") == pytest.approx(a + b, rel=1e-6)
    assert prior.effective_sample_size("moment") == pytest.approx(a + b, rel=1e-9)


def test_a_mixture_fitted_to_a_conjugate_density_is_that_density():
    fit = eq.pool_bayes([0.4], [0.04], mu_prior=eq.Normal(0, 1), tau_prior=eq.Fixed(0.1))
    prior = eq.predictive_prior(fit, components=1)
    assert prior.mean == pytest.approx(fit.predictive.mean, abs=1e-5)
    assert prior.sd == pytest.approx(fit.predictive.sd, rel=1e-4)
    assert prior.divergence < 1e-6


EXTREME = [
    eq.LogStudentT(-1.7, 1.3), eq.HalfCauchy(0.5), eq.HalfStudentT(0.5, 0.3),
    eq.LogNormal(-20, 0.01), eq.LogNormal(0, 5), eq.Uniform(1e-8), eq.Uniform(1e8),
    eq.HalfNormal(1e6), eq.HalfNormal(1e-12), eq.Exponential(3),
]  # fmt: skip


@pytest.mark.parametrize("prior", EXTREME, ids=str)
@pytest.mark.parametrize("mu_prior", [eq.Flat(), eq.Normal(0, 4)], ids=str)
@pytest.mark.parametrize(
    ("y", "v"), [([0.3], [0.1]), ([0.3, 0.1], [0.1, 0.2]), ([0.3, 0.1, 5], [0.1, 0.2, 1e-6])]
)
def test_extreme_priors_keep_quantiles_and_probabilities_together(prior, mu_prior, y, v):
    fit = eq.pool_bayes(y, v, mu_prior=mu_prior, tau_prior=prior)
    for marginal in (fit.mu, fit.predictive, fit.tau):
        found = marginal.quantile(Q)
        assert (np.diff(found) > 0).all()
        assert marginal.cdf(found) == pytest.approx(Q, abs=1e-8)
