"""Bayesian pooling, borrowing and decisions: agreement asserted first, then milliseconds.

Peers, where R and the packages are installed: bayesmeta and RBesT (`bayes_peers.R`); and the plain
numpy quadrature of 400 panels of 30 points, which is here in any case.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
from scipy import special

import equipoise as eq
from benchmarks.timing import timed

Q = [0.025, 0.25, 0.5, 0.75, 0.975]
SCHOOLS = (
    [28.39, 7.94, -2.75, 6.82, -0.64, 0.63, 18.01, 12.16],
    [14.9, 10.2, 16.3, 11, 9.4, 11.4, 10.4, 17.6],
)
ARMS = {"xi": [23, 12, 19, 9, 39, 6, 9, 10], "ni": [107, 44, 51, 39, 139, 20, 78, 35]}


def data(k: int) -> tuple[np.ndarray, np.ndarray]:
    """Eight schools, or as many made-up studies."""
    if k == 8:
        return np.array(SCHOOLS[0]) / 10, (np.array(SCHOOLS[1]) / 10) ** 2
    rng = np.random.default_rng(20261128)
    v = rng.uniform(0.01, 0.5, k)
    return rng.normal(0.1, np.sqrt(v + 0.04)), v


def everything(y: np.ndarray, v: np.ndarray) -> float:
    """The posterior with five quantiles of mu, tau, prediction and of each study, and the rest."""
    fit = eq.pool_bayes(y, v, important=0.1)
    for marginal in (fit.mu, fit.tau, fit.predictive, *fit.shrinkage):
        marginal.quantile(Q)
    fit.tau.interval(0.95, "shortest")
    return fit.mu.mean


def plain(y: np.ndarray, v: np.ndarray) -> float:
    """Mean of mu, its five quantiles, those of tau and of prediction, by plain numpy."""
    knots, rule = np.polynomial.legendre.leggauss(30)
    edges = np.linspace(0, 5, 401)
    half = np.diff(edges) / 2
    tau = ((edges[:-1] + half)[:, None] + half[:, None] * knots).ravel()
    weight = (half[:, None] * rule).ravel()
    w = 1 / (v + tau[:, None] ** 2)
    total = w.sum(axis=1) + 1 / 16
    mean = (w @ y) / total
    log = -0.5 * (np.log(1 / w).sum(axis=1) + np.log(total)) - 0.5 * (
        (w * (y - mean[:, None]) ** 2).sum(axis=1) + mean**2 / 16
    )
    log += -0.5 * (tau / 0.5) ** 2
    post = weight * np.exp(log - log.max())
    post /= post.sum()
    sd, new = total**-0.5, np.sqrt(1 / total + tau**2)
    for spread in (sd, new):
        for q in Q:
            low, high = mean.min() - 10, mean.max() + 10
            for _ in range(50):
                middle = 0.5 * (low + high)
                below = post @ special.ndtr((middle - mean) / spread)
                low, high = (middle, high) if below < q else (low, middle)
    below = np.cumsum(post)
    np.interp(Q, below, tau)
    return float(post @ mean)


def peers() -> None:
    """Times of bayesmeta and RBesT, where they are."""
    script = Path(__file__).with_name("bayes_peers.R")
    if shutil.which("Rscript") is None:
        print("bayesmeta, RBesT: no R here")
        return
    done = subprocess.run(["Rscript", str(script)], capture_output=True, text=True, check=False)
    found = done.stdout.strip() if done.returncode == 0 else ""
    print(found or "bayesmeta, RBesT: not installed")


def main() -> None:
    """Print milliseconds, the best of several."""
    print("\nBayesian evidence and borrowing")
    print(f"{'':<64}{'ms':>9}")

    def row(name: str, seconds: float) -> None:
        print(f"{name:<64}{1e3 * seconds:>9.2f}")

    for k in (8, 50):
        y, v = data(k)
        assert abs(everything(y, v) - plain(y, v)) < 1e-8
        row(f"posterior with all summaries, k = {k}", timed(lambda: everything(y, v), 9)[0])  # noqa: B023
        row(f"  plain numpy quadrature, fewer summaries, k = {k}", timed(lambda: plain(y, v), 5)[0])  # noqa: B023
    rng = np.random.default_rng(1)
    v = rng.uniform(0.01, 0.5, (1000, 8))
    y = rng.normal(0, np.sqrt(v + 0.04))
    row(
        "1,000 data sets in a batch, k = 8, 2 threads",
        timed(lambda: eq.pool_bayes_many(y, v), 5)[0],
    )

    def exact() -> eq.BayesianSynthesis:
        return eq.pool_bayes(
            ARMS, measure="PLO", likelihood="exact", mu_prior=eq.Normal(0, 2),
            tau_prior=eq.HalfNormal(1),
        )  # fmt: skip

    row("binomial counts, exact likelihood, k = 8", timed(exact, 5)[0])
    fit = exact()
    row("a prediction fitted as a beta mixture", timed(lambda: eq.predictive_prior(fit), 7)[0])
    prior = eq.predictive_prior(fit)
    robust = prior.robust(0.2)
    row("effective sample size (ELIR) of it, robust", timed(robust.effective_sample_size, 7)[0])
    truths = np.linspace(0.02, 0.98, 101)

    def surface() -> None:
        for n in range(10, 60, 2):
            decision = eq.OneArmDecision(n=n, threshold=0.25, prior=robust)
            decision.success(truths)

    row("one-arm surface: 25 sizes by 101 truths", timed(surface, 5)[0])
    two = eq.TwoArmDecision(n_control=6, n_treatment=24, certainty=0.95, prior_control=robust)
    row("two-arm decision, 24 v 6, 101 truths", timed(lambda: two.drift(truths), 5)[0])
    peers()


if __name__ == "__main__":
    main()
