"""The methods behind computed figures: name, source, and how each is validated.

The grades are those of ``docs/reference/validation.md``; a test holds the two together.
"""

from __future__ import annotations

from equipoise.vocabulary.figure import Grade, Method


def _method(key: str, name: str, citation: str, grade: Grade) -> Method:
    return Method(id=key, name=name, citation=citation, grade=grade)


CLOPPER_PEARSON = _method(
    "clopper-pearson",
    "exact 95% confidence interval of a proportion",
    "Clopper & Pearson (1934), Biometrika 26:404",
    "reference",
)
BETA_UNIFORM = _method(
    "beta-uniform",
    "95% credible interval of a proportion, uniform prior",
    "Bayes (1763); Beta(events + 1, failures + 1)",
    "reference",
)
BETA_BINOMIAL = _method(
    "beta-binomial",
    "chance that as many again would all do well, uniform prior",
    "Laplace's rule of succession, beta-binomial",
    "reference",
)
BINOMIAL_TAIL = _method(
    "binomial-tail",
    "untreated rate at which a result this good has probability 0.05",
    "binomial distribution; 0.05^(1/n) when everybody did well",
    "reference",
)
UNREPORTED_FAILURES = _method(
    "unreported-failures",
    "unreported failures that bring the exact lower limit down to a rate",
    "Clopper & Pearson (1934), solved for the number treated",
    "reference",
)
NATURAL_COURSE = _method(
    "natural-course",
    "predictive probability for a new untreated series",
    "binomial likelihood, logit-normal random effects, adaptive Gauss-Hermite quadrature "
    "(Liu & Pierce 1994, Biometrika 81:624)",
    "independent",
)
SELECTIVE_REPORTING = _method(
    "selective-reporting",
    "chance that one of K untreated series would look this good",
    "E[1 - (1 - P)^K] over the mean and spread of the untreated rate",
    "independent",
)
BIAS_ADJUSTED = _method(
    "bias-adjusted",
    "probability that treatment is better, with a bias on the logit scale",
    "Turner et al. (2009), JRSS A 172:21; Jeffreys priors",
    "reference",
)
RATE_RATIO = _method(
    "rate-ratio",
    "ratio of two rates with a 95% interval",
    "exact conditional interval; from proportions: Clopper-Pearson limits at half the tail each; "
    "to resolution, the ratio of proportions: Katz et al. (1978), Biometrics 34:469",
    "reference",
)
THRESHOLD_CROSSING = _method(
    "threshold-crossing",
    "whether the series' lower limit clears the untreated upper limit and the difference",
    "Eichler et al. (2016), Clin Pharmacol Ther 100:712",
    "reference",
)
REGRESSION_TO_MEAN = _method(
    "regression-to-mean",
    "change expected from selection for an extreme value, with no effect",
    "Davis (1976), Am J Epidemiol 104:493; Barnett et al. (2005), Int J Epidemiol 34:215",
    "reference",
)
PAST_THE_PEAK = _method(
    "past-the-peak",
    "chance of a better second look when the course rises and falls, with no effect",
    "symmetric course; peak and first look independent and normal",
    "independent",
)
FISHER_SIZE = _method(
    "fisher-size",
    "patients an arm for Fisher's exact test, by enumeration",
    "Fisher (1935), JRSS 98:39; first n whose power, and n + 1's, reaches the target",
    "reference",
)
SEQUENTIAL_SIZE = _method(
    "sequential-size",
    "patients an arm of a group-sequential trial, Fisher's exact test at each look, by enumeration",
    "boundaries: Lan & DeMets (1983), Biometrika 70:659; counts pushed from look to look: "
    "Armitage, McPherson & Rowe (1969), JRSS A 132:235",
    "independent",
)
BOUNDARY = _method(
    "group-sequential",
    "boundaries by recursive integration",
    "Jennison & Turnbull (2000), chapters 7 and 19",
    "reference",
)
EXPECTED_SIZE = _method(
    "expected-size",
    "mean number of patients at the end of the trial, by enumeration of both arms' counts",
    "binomial distribution, look by look",
    "independent",
)
NORMAL_SIZE = _method(
    "normal-size",
    "patients an arm by normal theory, pooled variance",
    "Fleiss, Levin & Paik (2003), eq. 4.14",
    "reference",
)
ENUMERATION = _method(
    "enumeration",
    "exact rejection probability by enumeration of both arms' counts",
    "binomial distribution",
    "reference",
)
NORMAL_POWER = _method(
    "normal-power",
    "power by normal theory, pooled variance; boundaries of the looks by recursive integration",
    "Fleiss, Levin & Paik (2003), section 4.2; Jennison & Turnbull (2000), chapter 19",
    "independent",
)
SIMULATION = _method(
    "simulation",
    "share of simulated trials, with Monte Carlo error",
    "Philox 4x32-10 streams (Salmon et al. 2011), patient by patient",
    "calibration",
)
NEWCOMBE = _method(
    "newcombe",
    "risk difference with hybrid score interval",
    "Newcombe (1998), Stat Med 17:873, method 10",
    "reference",
)
CONTROL_RISK = _method(
    "control-risk",
    "control risk from matched cohorts, random-effects median, to the whole per cent",
    "binomial likelihood, logit-normal random effects, by quadrature",
    "independent",
)
ACCRUAL_TIME = _method(
    "accrual-time",
    "months to enrol and follow the last patient",
    "constant accrual after a linear ramp-up; month = 365.25/12 days",
    "independent",
)
POOLING = _method(
    "pooling",
    "pooled effect, inverse variance",
    "Viechtbauer (2005), J Educ Behav Stat 30:261; Hartung & Knapp (2001), Stat Med 20:3875",
    "reference",
)
MANTEL_HAENSZEL = _method(
    "mantel-haenszel",
    "pooled effect, Mantel-Haenszel",
    "Mantel & Haenszel (1959); variance Greenland & Robins (1985), Biometrics 41:55",
    "reference",
)
ABSOLUTE_EFFECT = _method(
    "absolute-effect",
    "events more or fewer in 1,000 at a stated control risk",
    "control risk times (risk ratio - 1); odds ratio and difference by their definition",
    "independent",
)
BAYES_POOLING = _method(
    "bayesian-evidence",
    "posterior of a random-effects model with priors, by quadrature",
    "Röver (2020), J Stat Softw 93(6); Friede et al. (2017), Res Synth Methods 8:79",
    "reference",
)
ANALOGY_WEIGHT = _method(
    "analogy-weight",
    "posterior under a prior that believes an analogy with a stated weight, and its tipping weight",
    "mixture of a predictive and a vague prior: Schmidli et al. (2014), Biometrics 70:1023",
    "independent",
)
COUNT = _method("count", "count of rows in the dossier", "arithmetic", "independent")

ALL = tuple(value for value in dict(globals()).values() if isinstance(value, Method))
