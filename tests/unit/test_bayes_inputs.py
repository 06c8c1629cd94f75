"""What Bayesian pooling refuses, and what it says instead of a wrong number."""

import math

import numpy as np
import pytest

import equipoise as eq

Y, V = [0.1, 0.3, -0.2], [0.1, 0.2, 0.1]


@pytest.mark.parametrize(
    ("studies", "mu_prior", "need"),
    [(1, eq.Flat(), 3), (2, eq.Flat(), 3), (1, eq.Normal(0, 4), 2)],
)
def test_a_flat_prior_of_tau_with_too_few_studies_is_improper(studies, mu_prior, need):
    with pytest.raises(eq.InputError, match=f"needs at least {need} studies"):
        eq.pool_bayes(Y[:studies], V[:studies], mu_prior=mu_prior, tau_prior=eq.Uniform())


def test_a_flat_prior_of_tau_with_enough_studies():
    fit = eq.pool_bayes(Y, V, mu_prior=eq.Flat(), tau_prior=eq.Uniform())
    assert math.isinf(fit.tau.mean)
    assert 0 < fit.tau.median < 2
    assert fit.log_evidence is None
    assert fit.bayes_factor_tau is None


@pytest.mark.parametrize(
    "kwargs",
    [
        {"mu_prior": eq.Beta(1, 1)},
        {"mu_prior": eq.Mixture(weights=(1.0,), components=(eq.Beta(2, 3),))},
        {"tau_prior": 0.5},
        {"level": 1.0},
        {"important": -0.1},
        {"important": 0},
        {"better": "up"},
        {"likelihood": "binomial"},
    ],
)
def test_wrong_options(kwargs):
    with pytest.raises(eq.InputError):
        eq.pool_bayes(Y, V, **kwargs)


@pytest.mark.parametrize(
    ("y", "v"),
    [([], []), ([0.1, math.nan], [0.1, 0.1]), ([0.1], [0.0]), ([0.1], [-1.0]), ([1, 2], [1])],
)
def test_wrong_effects(y, v):
    with pytest.raises(eq.InputError):
        eq.pool_bayes(y, v)


@pytest.mark.parametrize(
    "make",
    [
        lambda: eq.HalfNormal(0),
        lambda: eq.HalfCauchy(-1),
        lambda: eq.HalfStudentT(1, 0),
        lambda: eq.LogNormal(0, 0),
        lambda: eq.LogNormal("a", 1),
        lambda: eq.Uniform(0),
        lambda: eq.Fixed(-0.1),
        lambda: eq.Exponential(math.inf),
        lambda: eq.Normal(0, 0),
        lambda: eq.Beta(0, 1),
        lambda: eq.Gamma(1, -1),
        lambda: eq.turner_prior("death", "pharmacological v placebo"),
        lambda: eq.turner_prior("pain"),
        lambda: eq.rhodes_prior("mental health", "pharmacological v placebo", area="heart"),
        lambda: eq.Mixture(weights=(0.5, 0.6), components=(eq.Beta(1, 1), eq.Beta(2, 2))),
        lambda: eq.Mixture(weights=(1.5, -0.5), components=(eq.Beta(1, 1), eq.Beta(2, 2))),
        lambda: eq.Mixture(weights=(1.0,), components=(eq.Beta(1, 1), eq.Beta(2, 2))),
        lambda: eq.Mixture(weights=(0.5, 0.5), components=(eq.Beta(1, 1), eq.Normal(2, 2))),
    ],
)
def test_wrong_priors(make):
    with pytest.raises(eq.InputError):
        make()


@pytest.mark.parametrize("weight", [-0.1, 1.1, math.nan, "half"])
def test_a_weight_outside_0_to_1(weight):
    prior = eq.Mixture(weights=(1.0,), components=(eq.Beta(4, 16),))
    with pytest.raises(eq.InputError, match="weight"):
        prior.robust(weight)


def test_a_prior_with_no_mass_where_the_data_are_is_said_to_conflict():
    fit = eq.pool_bayes([10.0, 10.2], [0.01, 0.02], mu_prior=eq.Normal(0, 0.1),
                        tau_prior=eq.HalfNormal(0.05))  # fmt: skip
    assert fit.conflict < 1e-6
    assert "prior and data disagree" in fit.summary()
    bounded = eq.pool_bayes([0.0, 5.0], [0.01, 0.01], tau_prior=eq.Uniform(0.01))
    assert bounded.tau.quantile(0.5) > 0.005  # pressed against the end of its support


def test_values_beyond_double_precision_are_refused():
    with pytest.raises(eq.NumericalError):
        eq.pool_bayes([0.0, 1e200], [1e-5, 1e-5], tau_prior=eq.HalfNormal(1e-3))


def test_no_event_in_any_arm():
    table = {"ai": [0, 0], "n1i": [20, 30], "ci": [0, 0], "n2i": [20, 31]}
    with pytest.raises(eq.InputError, match="tells nothing"):
        eq.pool_bayes(table, measure="OR", likelihood="exact", mu_prior=eq.Flat(),
                      double_zero="keep")  # fmt: skip
    fit = eq.pool_bayes(
        table, measure="OR", likelihood="exact", mu_prior=eq.Normal(0, 1), double_zero="keep"
    )
    assert fit.k == 2
    assert fit.k_contributing == 0
    assert fit.mu.mean == pytest.approx(0, abs=1e-9)
    assert fit.mu.sd == pytest.approx(1, rel=1e-6)
    with pytest.raises(eq.InputError, match="at least one study"):
        eq.pool_bayes(table, measure="OR", likelihood="exact")


def test_everybody_well_under_a_flat_prior():
    with pytest.raises(eq.InputError, match="improper"):
        eq.pool_bayes(
            {"xi": [31], "ni": [31]}, measure="PLO", likelihood="exact", mu_prior=eq.Flat()
        )
    fit = eq.pool_bayes({"xi": [31], "ni": [31]}, measure="PLO", likelihood="exact")
    assert fit.natural(fit.estimate) > 0.95


def test_exact_needs_counts():
    with pytest.raises(eq.InputError, match="distribution of counts"):
        eq.pool_bayes(Y, V, likelihood="exact")


def test_posteriors_of_mixtures_take_their_own_data():
    beta = eq.Mixture(weights=(1.0,), components=(eq.Beta(4, 16),))
    for data in ({"events": 3}, {"events": 5, "n": 4}, {"estimate": 1, "se": 1}):
        with pytest.raises(eq.InputError):
            beta.posterior(**data)
    normal = eq.Mixture(weights=(1.0,), components=(eq.Normal(0, 1),))
    with pytest.raises(eq.InputError, match="unit_sd"):
        normal.robust(0.2)
    with pytest.raises(eq.InputError, match="unit_sd"):
        normal.effective_sample_size()


def test_elir_of_a_beta_below_1_is_refused():
    with pytest.raises(eq.InputError, match="does not exist"):
        eq.Mixture(weights=(1.0,), components=(eq.Beta(0.5, 0.5),)).effective_sample_size("elir")


def test_empirical_priors_are_half_of_those_of_the_variance():
    prior = eq.turner_prior("all-cause mortality", "pharmacological v placebo")
    assert (prior.mean_log, prior.sd_log) == (-3.95 / 2, 1.34 / 2)
    assert eq.turner_prior() == eq.LogNormal(-1.28, 0.87)
    assert eq.rhodes_prior().df == 5
    assert eq.rhodes_prior("mental health", "pharmacological v placebo").scale == 2.16 / 2


def test_defaults_are_for_logarithms():
    table = {"ai": [3, 5], "n1i": [20, 30], "ci": [6, 8], "n2i": [20, 30]}
    with pytest.raises(eq.InputError, match="is needed for RD"):
        eq.pool_bayes(table, measure="RD", mu_prior=eq.Normal(0, 1))
    fit = eq.pool_bayes(table, measure="RD", mu_prior=eq.Normal(0, 1), tau_prior=eq.HalfNormal(0.1))
    assert fit.k == 2


def test_batch_refuses_what_single_refuses():
    with pytest.raises(eq.InputError, match="without a variance"):
        eq.pool_bayes_many(
            np.zeros((3, 2)), np.ones((3, 2)), mu_prior=eq.Flat(), tau_prior=eq.HalfCauchy(1)
        )
    with pytest.raises(eq.InputError):
        eq.pool_bayes_many(np.zeros((3, 2)), np.zeros((3, 2)))
    with pytest.raises(eq.InputError):
        eq.pool_bayes_many(np.zeros((3, 2)), np.ones((3, 3)))


def test_it_prints_and_draws():
    fit = eq.pool_bayes([-0.3, -0.9, 0.1], [0.06, 0.16, 0.09], measure="RR", important=0.1)
    text = str(fit)
    for word in ("mu ~ normal(0, 4)", "half-normal(0.5)", "credible interval", "Bayes factor"):
        assert word in text
    assert fit.frame().height == 3
    assert fit.chart().to_dict()["vconcat"]
