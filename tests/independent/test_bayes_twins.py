"""Posteriors against plain two-dimensional integration, which knows no conditional moments.

Grids of mu and of log tau, densities multiplied out study by study, summed.
"""

import math

import numpy as np
import pytest
from scipy import integrate, special, stats
from scipy.interpolate import CubicSpline

import equipoise as eq

Y, V = np.array([-0.4, 0.3, -0.9, 0.1]), np.array([0.05, 0.2, 0.1, 0.4])

PRIORS = {
    "half-normal": (eq.HalfNormal(0.5), stats.halfnorm(scale=0.5).pdf),
    "half-Cauchy": (eq.HalfCauchy(0.3), stats.halfcauchy(scale=0.3).pdf),
    "half-t": (eq.HalfStudentT(0.4, 4), lambda t: 2 * stats.t(4, scale=0.4).pdf(t)),
    "log-normal": (eq.LogNormal(-1.28, 0.87), stats.lognorm(0.87, scale=math.exp(-1.28)).pdf),
    "log-t": (
        eq.LogStudentT(-1.72, 1.295),
        lambda t: stats.t(5, loc=-1.72, scale=1.295).pdf(np.log(t)) / t,
    ),
    "uniform": (eq.Uniform(2.0), stats.uniform(0, 2).pdf),
    "exponential": (eq.Exponential(0.4), stats.expon(scale=0.4).pdf),
}


def plain(density, upper=None):
    """Marginal moments and P(mu < 0) on a grid of log tau (wide, fine) and mu."""
    top = math.log(upper) if upper else math.log(400.0)
    x = np.linspace(math.log(1e-9), top, 6001)
    tau = np.exp(x)
    mu = np.concatenate([np.linspace(-40, -6, 600), np.linspace(-6, 6, 3001)[1:-1],
                         np.linspace(6, 40, 600)])  # fmt: skip
    prior = density(tau) * tau
    joint = np.exp(-0.5 * (mu / 4) ** 2) / (4 * math.sqrt(2 * math.pi)) * prior[:, None]
    for y, v in zip(Y, V, strict=True):
        s2 = (v + tau**2)[:, None]
        joint = joint * np.exp(-0.5 * (y - mu) ** 2 / s2) / np.sqrt(2 * math.pi * s2)
    by_tau = integrate.simpson(joint, mu, axis=1)
    total = integrate.simpson(by_tau, x)
    by_mu = integrate.simpson(joint, x, axis=0) / total
    mean = integrate.simpson(by_mu * mu, mu)
    sd = math.sqrt(integrate.simpson(by_mu * (mu - mean) ** 2, mu))
    below = integrate.simpson(by_mu[mu <= 0], mu[mu <= 0])
    cut = tau <= 0.3
    tau_below = integrate.simpson(by_tau[cut], x[cut]) / total
    return math.log(total), mean, sd, below, tau_below, tau[cut][-1]


@pytest.mark.parametrize("name", PRIORS)
def test_every_prior_of_tau(name):
    prior, density = PRIORS[name]
    log_total, mean, sd, below, tau_below, cut = plain(density, 2.0 if name == "uniform" else None)
    fit = eq.pool_bayes(Y, V, tau_prior=prior)
    assert fit.log_evidence == pytest.approx(log_total, abs=2e-5)
    assert fit.mu.mean == pytest.approx(mean, abs=2e-5)
    assert fit.mu.sd == pytest.approx(sd, abs=1e-4)
    assert fit.p_benefit == pytest.approx(below, abs=2e-5)
    assert fit.tau.cdf(cut) == pytest.approx(tau_below, abs=2e-5)


def test_binomial_counts():
    x, n = np.array([0, 3, 1]), np.array([12, 20, 30])
    fit = eq.pool_bayes(
        {"xi": x, "ni": n}, measure="PLO", likelihood="exact", mu_prior=eq.Normal(-1, 2)
    )
    log_tau = np.linspace(math.log(1e-6), math.log(5), 241)
    mu = np.linspace(-12, 8, 401)
    z, w = np.polynomial.hermite_e.hermegauss(120)
    w = w / w.sum()
    joint = stats.norm(-1, 2).pdf(mu) * np.ones((log_tau.size, 1))
    for i, t in enumerate(np.exp(log_tau)):
        theta = mu[:, None] + t * z
        for events, size in zip(x, n, strict=True):
            like = np.exp(events * theta - size * np.logaddexp(0, theta))
            joint[i] *= like @ w
        joint[i] *= stats.halfnorm(scale=0.5).pdf(t) * t
    total = integrate.simpson(integrate.simpson(joint, mu, axis=1), log_tau)
    by_mu = integrate.simpson(joint, log_tau, axis=0) / total
    mean = integrate.simpson(by_mu * mu, mu)
    assert fit.mu.mean == pytest.approx(mean, abs=1e-5)
    assert fit.log_evidence == pytest.approx(math.log(total), abs=1e-5)
    by_tau = integrate.simpson(joint, mu, axis=1) / total
    tau_mean = integrate.simpson(by_tau * np.exp(log_tau), log_tau)
    assert fit.tau.mean == pytest.approx(tau_mean, abs=1e-4)
    # a new proportion below 5%
    cut = special.logit(0.05)
    fine = np.linspace(mu[0], mu[-1], 40_001)
    by_tau = [
        integrate.simpson(CubicSpline(mu, row)(fine) * special.ndtr((cut - fine) / tau), fine)
        for row, tau in zip(joint, np.exp(log_tau), strict=True)
    ]
    new = integrate.simpson(by_tau, log_tau)
    assert fit.predictive.cdf(cut) == pytest.approx(new / total, abs=2e-5)
    assert fit.mu.cdf(cut) == pytest.approx(
        integrate.simpson(by_mu[mu <= cut], mu[mu <= cut]), abs=0.01
    )


def test_one_two_by_two_table_given_its_margins():
    """One study, tau concentrated near 0: the noncentral hypergeometric likelihood times prior."""
    a, n1, c, n2 = 1, 12, 6, 14
    fit = eq.pool_bayes(
        {"ai": [a], "n1i": [n1], "ci": [c], "n2i": [n2]},
        measure="OR",
        likelihood="exact",
        mu_prior=eq.Normal(0, 1.5),
        tau_prior=eq.HalfNormal(1e-4),
    )
    theta = np.linspace(-12, 12, 20001)
    like = np.array(
        [stats.nchypergeom_fisher.pmf(a, n1 + n2, a + c, n1, math.exp(t)) for t in theta[::20]]
    )
    prior = stats.norm(0, 1.5).pdf(theta[::20])
    post = like * prior
    post /= integrate.simpson(post, theta[::20])
    mean = integrate.simpson(post * theta[::20], theta[::20])
    assert fit.mu.mean == pytest.approx(mean, abs=1e-5)
    assert fit.p_benefit == pytest.approx(
        integrate.simpson(post[theta[::20] <= 0], theta[::20][theta[::20] <= 0]), abs=1e-4
    )


def test_poisson_counts_of_one_study_are_gamma():
    """With tau near 0 and mu flat on the log, exp(mu) given x events in t is gamma(x, t)."""
    fit = eq.pool_bayes(
        {"xi": [7], "ti": [20.0]},
        measure="IRLN",
        likelihood="exact",
        mu_prior=eq.Flat(),
        tau_prior=eq.HalfNormal(1e-5),
    )
    q = [0.025, 0.5, 0.975]
    assert np.exp(fit.mu.quantile(q)) == pytest.approx(
        stats.gamma(7, scale=1 / 20).ppf(q), rel=1e-5
    )


def test_elir_by_the_mean_square_score():
    """E[-(log p)''] is E[(log p)'^2] for a normal mixture, which vanishes in its tails."""
    w, m, s = np.array([0.48, 0.32, 0.2]), np.array([-50, -46, -48.4]), np.array([19, 33, 88.0])
    mix = eq.Mixture(
        weights=tuple(w),
        components=tuple(eq.Normal(a, b) for a, b in zip(m, s, strict=True)),
        unit_sd=88,
    )

    def score(x):
        each = w * np.exp(-0.5 * ((x - m) / s) ** 2) / s / math.sqrt(2 * math.pi)
        return (each @ (-(x - m) / s**2)) ** 2 / each.sum() * 88**2

    wanted = integrate.quad(score, -1200, 1200, limit=1000, points=[-200, -50, 100])[0]
    assert mix.effective_sample_size("elir") == pytest.approx(wanted, rel=1e-9)
