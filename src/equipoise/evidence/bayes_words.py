"""A Bayesian pooled result in words and figures as read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from equipoise.wording import plural, probability

from .terms import number, reach, title

if TYPE_CHECKING:
    from .bayes_synthesis import BayesianSynthesis

EXACT = {
    "OR": "each table given its margins",
    "PLO": "binomial",
    "IRLN": "Poisson",
}
"""The likelihoods of counts, by measure."""

CONFLICT = 0.05
"""A conflict at or below this is named as one."""

READ_AS = {"PLO": "proportion", "IRLN": "rate"}
"""What a transformed measure reads as."""


def summary(fit: BayesianSynthesis) -> str:
    """A pooled result as lines of text, on the scale as read, with its assumptions named."""
    interval = f"{100 * fit.level:g}% credible interval"
    low, high = (fit.natural(end) for end in fit.ci)
    new_low, new_high = (fit.natural(end) for end in fit.prediction_interval)
    lines = {
        "studies": counted(fit),
        "model": f"random effects, {likelihood(fit)}; mu ~ {fit.mu_prior}, tau ~ {fit.tau_prior}",
        "estimate": f"{number(fit.natural(fit.estimate))} ({interval} {reach(low, high)})",
        "new study": f"{reach(new_low, new_high)} ({100 * fit.level:g}% prediction interval)",
        "tau": tau(fit),
    }
    if fit.scale not in {"logit"} and fit.measure not in READ_AS:
        lines["benefit"] = benefit(fit)
        lines["harm"] = f"{probability(fit.p_harm)} for an effect on the worse side of none"
    if fit.bayes_factor_mu is not None and fit.measure not in READ_AS:
        lines["no effect"] = bayes_factor(fit.bayes_factor_mu, "mu = 0")
    if fit.conflict is not None:
        lines["conflict"] = conflict(fit.conflict)
    lines["assumes"] = (
        "true effects normal around their mean; "
        + ("within-study variances known" if fit.likelihood == "normal" else "counts as named")
        + "; priors as named"
    )
    name = READ_AS.get(fit.measure, title(fit.measure))
    scale = {"log": ", pooled as its logarithm", "logit": ", pooled as its logit"}
    head = f"{name[:1].upper()}{name[1:]}{scale.get(fit.scale, '')}; posterior by quadrature"
    return "\n".join([head, *(f"  {key:<11}{text}" for key, text in lines.items())])


def counted(fit: BayesianSynthesis) -> str:
    """How many studies, and how many of them tell anything."""
    text = plural(fit.k, "study", "studies")
    if fit.k_contributing == fit.k:
        return text
    return f"{text}, of which {fit.k_contributing} carry information on the effect"


def likelihood(fit: BayesianSynthesis) -> str:
    """The likelihood in words."""
    return "normal likelihood" if fit.likelihood == "normal" else f"{EXACT[fit.measure]} likelihood"


def tau(fit: BayesianSynthesis) -> str:
    """Spread between studies: median and shortest interval."""
    low, high = fit.tau.interval(fit.level, "shortest")
    return f"{fit.tau.median:.3g} ({100 * fit.level:g}% shortest interval {low:.3g} to {high:.3g})"


def benefit(fit: BayesianSynthesis) -> str:
    """Probabilities of benefit, for the mean and for a new study, and of an important one."""
    text = f"{probability(fit.p_benefit)} for the mean effect"
    if fit.p_important is not None and fit.important is not None:
        size = fit.important if fit.better == "higher" else -fit.important
        text += f", {probability(fit.p_important)} for one beyond {number(fit.natural(size))}"
    return f"{text}, {probability(fit.p_benefit_new)} in a new study"


def bayes_factor(value: float, null: str) -> str:
    """Which way the evidence points, and by how much."""
    if value >= 1:
        return f"Bayes factor {value:.3g} for {null} over the model"
    return f"Bayes factor {1 / value if value > 0 else math.inf:.3g} for the model over {null}"


def conflict(value: float) -> str:
    """Whether prior and data agree."""
    told = f"chance {probability(value)} of a pooled estimate as far from the prior's mean"
    return f"{told}: prior and data disagree" if value <= CONFLICT else told
