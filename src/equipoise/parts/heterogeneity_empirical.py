"""What heterogeneity has been in earlier meta-analyses: priors of tau by outcome and comparison.

The numbers are Turner et al. (2015), Stat Med 34:984, table IV, log-normal distributions of tau^2
of log odds ratios; and Rhodes et al. (2015), J Clin Epidemiol 68:52, tables 3, A.3.1 and A.3.2,
log-t distributions with 5 degrees of freedom of tau^2 of standardised mean differences. They were
read in the R package bayesmeta 3.x, which carries them; the papers themselves were not seen. Two of
Rhodes's locations break the pattern of their table and may be misprints there: mental health,
non-pharmacological, other areas (-3.85 where the columns suggest -2.85), and internal or structural
outcomes, pharmacological against placebo, cancer (-0.13 where they suggest 0.13).
"""

from __future__ import annotations

from equipoise.errors import InputError
from equipoise.inputs import one_of

from .heterogeneity import LogNormal, LogStudentT

_COMPARISONS = (
    "pharmacological v placebo",
    "pharmacological v pharmacological",
    "non-pharmacological v placebo",
    "non-pharmacological v pharmacological",
    "non-pharmacological v non-pharmacological",
)

_TURNER = {
    "all-cause mortality": (
        (-3.95, 1.34),
        (-4.18, 1.41),
        (-4.17, 1.55),
        (-2.92, 1.02),
        (-3.5, 1.26),
    ),
    "obstetric outcomes": (
        (-3.52, 1.74),
        (-3.75, 1.79),
        (-3.74, 1.91),
        (-2.49, 1.5),
        (-3.08, 1.68),
    ),
    "major morbidity or cause-specific mortality": (
        (-3.71, 1.74),
        (-3.95, 1.79),
        (-3.93, 1.91),
        (-2.68, 1.51),
        (-3.27, 1.68),
    ),
    "resource use": ((-2.34, 1.74), (-2.58, 1.79), (-2.56, 1.91), (-1.31, 1.5), (-1.9, 1.68)),
    "surgical or device success": (
        (-2.14, 1.74),
        (-2.37, 1.79),
        (-2.36, 1.91),
        (-1.11, 1.5),
        (-1.69, 1.68),
    ),
    "withdrawals": ((-2.99, 1.74), (-3.23, 1.79), (-3.21, 1.91), (-1.96, 1.51), (-2.55, 1.68)),
    "internal or structural outcomes": (
        (-2.71, 1.74),
        (-2.94, 1.79),
        (-2.93, 1.92),
        (-1.67, 1.51),
        (-2.26, 1.68),
    ),
    "general physical health": (
        (-2.29, 1.53),
        (-2.53, 1.58),
        (-2.51, 1.72),
        (-1.26, 1.25),
        (-1.85, 1.46),
    ),
    "adverse events": ((-1.87, 1.52), (-2.1, 1.58), (-2.1, 1.71), (-0.84, 1.24), (-1.43, 1.45)),
    "infection or new disease": (
        (-2.49, 1.52),
        (-2.73, 1.58),
        (-2.71, 1.71),
        (-1.46, 1.24),
        (-2.05, 1.45),
    ),
    "signs or symptoms of a condition": (
        (-2.06, 1.51),
        (-2.29, 1.58),
        (-2.28, 1.71),
        (-1.03, 1.24),
        (-1.61, 1.45),
    ),
    "pain": ((-1.83, 1.52), (-2.06, 1.58), (-2.05, 1.71), (-0.8, 1.25), (-1.38, 1.45)),
    "quality of life or functioning": (
        (-2.54, 1.54),
        (-2.78, 1.6),
        (-2.77, 1.73),
        (-1.51, 1.27),
        (-2.1, 1.47),
    ),
    "mental health": ((-2.12, 1.53), (-2.35, 1.6), (-2.34, 1.72), (-1.09, 1.27), (-1.67, 1.47)),
    "biological markers": ((-1.77, 1.52), (-2, 1.58), (-1.99, 1.71), (-0.74, 1.24), (-1.33, 1.45)),
    "subjective outcomes": (
        (-2.7, 1.52),
        (-2.93, 1.58),
        (-2.92, 1.71),
        (-1.67, 1.25),
        (-2.26, 1.45),
    ),
}
"""Mean and standard deviation of log tau^2, by outcome and then by comparison."""

_RHODES_COMPARISONS = (
    "pharmacological v placebo",
    "pharmacological v pharmacological",
    "non-pharmacological",
)

_RHODES = {
    "other": {
        "obstetric outcomes": ((-4.13, 2.34), (-4.4, 2.31), (-3.99, 2.11)),
        "resource use": ((-2.55, 2.73), (-2.83, 2.7), (-2.41, 2.57)),
        "internal or structural outcomes": ((-2.43, 2.5), (-2.7, 2.46), (-2.29, 2.32)),
        "general health, adverse events, pain or quality of life": (
            (-3.16, 2.5),
            (-3.44, 2.44),
            (-3.02, 2.27),
        ),
        "signs or symptoms, infection or new disease": ((-3, 2.5), (-3.27, 2.47), (-2.86, 2.33)),
        "mental health": ((-2.99, 2.16), (-3.27, 2.14), (-3.85, 1.93)),
        "biological markers": ((-3.41, 2.83), (-3.68, 2.78), (-3.27, 2.66)),
        "subjective outcomes": ((-2.76, 2.58), (-3.03, 2.59), (-2.62, 2.41)),
    },
    "respiratory": {
        "obstetric outcomes": ((-6.03, 2.36), (-6.31, 2.31), (-5.89, 2.21)),
        "resource use": ((-4.46, 2.74), (-4.73, 2.7), (-4.32, 2.57)),
        "internal or structural outcomes": ((-4.33, 2.51), (-4.61, 2.46), (-4.19, 2.33)),
        "general health, adverse events, pain or quality of life": (
            (-5.07, 2.51),
            (-5.34, 2.45),
            (-4.93, 2.28),
        ),
        "signs or symptoms, infection or new disease": ((-4.9, 2.5), (-5.18, 2.47), (-4.76, 2.33)),
        "mental health": ((-4.9, 2.17), (-5.17, 2.14), (-4.76, 1.94)),
        "biological markers": ((-5.31, 2.83), (-5.59, 2.78), (-5.17, 2.66)),
        "subjective outcomes": ((-4.66, 2.59), (-4.94, 2.59), (-4.52, 2.41)),
    },
    "cancer": {
        "obstetric outcomes": ((-1.57, 2.45), (-1.85, 2.41), (-1.43, 2.24)),
        "resource use": ((0.01, 2.83), (-0.27, 2.79), (0.15, 2.68)),
        "internal or structural outcomes": ((-0.13, 2.61), (-0.14, 2.56), (0.27, 2.45)),
        "general health, adverse events, pain or quality of life": (
            (-0.6, 2.61),
            (-0.88, 2.55),
            (-0.46, 2.4),
        ),
        "signs or symptoms, infection or new disease": ((-0.44, 2.6), (-0.71, 2.57), (-0.3, 2.46)),
        "mental health": ((-0.43, 2.28), (-0.71, 2.25), (-0.29, 2.08)),
        "biological markers": ((-0.85, 2.93), (-1.13, 2.87), (-0.71, 2.78)),
        "subjective outcomes": ((-0.2, 2.68), (-0.48, 2.68), (-0.06, 2.53)),
    },
}
"""Location and scale of log tau^2, by area, outcome and comparison."""

_ANY_TURNER = (-2.56, 1.74)
_ANY_RHODES = (-3.44, 2.59)


def turner_prior(outcome: str | None = None, comparison: str | None = None) -> LogNormal:
    """Turner's empirical prior of tau, for log odds ratios.

    Parameters
    ----------
    outcome : str, optional
        As "all-cause mortality"; of any outcome and comparison unless given.
    comparison : str, optional
        As "pharmacological v placebo"; given with `outcome`.

    Raises
    ------
    InputError
        An unknown outcome or comparison; the message lists them.

    References
    ----------
    Turner, Jackson, Wei, Thompson & Higgins (2015), Stat Med 34:984, table IV and p. 993.
    """
    _both_or_none(outcome, comparison)
    if outcome is None or comparison is None:
        mean, sd = _ANY_TURNER
        return LogNormal(mean / 2, sd / 2)
    rows = _TURNER[one_of("outcome", outcome, tuple(_TURNER))]
    mean, sd = rows[_COMPARISONS.index(one_of("comparison", comparison, _COMPARISONS))]
    return LogNormal(mean / 2, sd / 2)


def rhodes_prior(
    outcome: str | None = None, comparison: str | None = None, *, area: str = "other"
) -> LogStudentT:
    """Rhodes's empirical prior of tau, for standardised mean differences.

    Parameters
    ----------
    outcome, comparison : str, optional
        As "mental health" and "non-pharmacological"; of any unless given.
    area : {"other", "respiratory", "cancer"}

    Raises
    ------
    InputError
        An unknown outcome, comparison or area; the message lists them.

    References
    ----------
    Rhodes, Turner & Higgins (2015), J Clin Epidemiol 68:52, tables 3, A.3.1 and A.3.2.
    """
    _both_or_none(outcome, comparison)
    table = _RHODES[one_of("area", area, tuple(_RHODES))]
    if outcome is None or comparison is None:
        location, scale = _ANY_RHODES
        return LogStudentT(location / 2, scale / 2)
    rows = table[one_of("outcome", outcome, tuple(table))]
    at = _RHODES_COMPARISONS.index(one_of("comparison", comparison, _RHODES_COMPARISONS))
    location, scale = rows[at]
    return LogStudentT(location / 2, scale / 2)


def _both_or_none(outcome: str | None, comparison: str | None) -> None:
    if (outcome is None) != (comparison is None):
        raise InputError.of(
            "comparison",
            comparison,
            f"must be given with `outcome`, which is {outcome!r}",
            "Give both, or neither for any outcome",
        )
