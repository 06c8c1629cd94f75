"""The measures: which columns each needs, what its values must be, and its formula."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.numerics import effect_sizes as counts
from equipoise.numerics import effect_sizes_means as means
from equipoise.vocabulary.record import record

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Pair = tuple[Floats, Floats]
Shape = Literal["table", "rates", "proportion", "rate", "means", "correlation", "estimate"]
Scale = Literal["identity", "log", "logit", "arcsine", "double arcsine", "root", "fisher z"]


class Rule(NamedTuple):
    """What a value must be, in words, and how to mend one that is not."""

    holds: Callable[[Floats], Bools]
    rule: str
    mend: str


@record
class Measure:
    """An effect size: `formula` takes the cells or columns of `shape` and gives ``(yi, vi)``.

    Reported estimates have no formula of their own: the columns they come in decide. `corrects`:
    zero cells are corrected unless said otherwise; `relative`: a study without events tells
    nothing.
    """

    name: str
    title: str
    shape: Shape
    formula: Callable[..., Pair] | None
    scale: Scale
    corrects: bool = False
    relative: bool = False


def _whole(lowest: int) -> Callable[[Floats], Bools]:
    return lambda x: np.isfinite(x) & (x == np.rint(x)) & (x >= lowest)


def _above(limit: float) -> Callable[[Floats], Bools]:
    return lambda x: np.isfinite(x) & (x > limit)


def _at_least(limit: float) -> Callable[[Floats], Bools]:
    return lambda x: np.isfinite(x) & (x >= limit)


COUNT = Rule(_whole(0), "a count is a whole number, 0 or more", "Correct the count")
ARM = Rule(_whole(1), "the number of patients is whole, 1 or more", "Correct it, or drop the row")
TIME = Rule(_above(0), "time at risk must be above 0", "Give the arm's person-time")
MEAN = Rule(np.isfinite, "a mean must be finite", "Correct the mean, or drop the row")
SD = Rule(
    _above(0), "a standard deviation must be above 0", "Correct it; a standard error is not one"
)
SIZE = Rule(_at_least(2), "an arm needs 2 patients for its SD", "Correct it, or drop the row")
R = Rule(lambda x: np.abs(x) < 1, "a correlation lies between -1 and 1", "Correct it")
PAIRS = Rule(_at_least(2), "the variance needs 2 pairs", "Correct it, or drop the row")
FOUR = Rule(_at_least(4), "the variance 1/(n - 3) needs 4 pairs", "Correct it, or drop the row")
ESTIMATE = Rule(np.isfinite, "an estimate must be finite", "Correct it, or leave the row out")
LIMIT = Rule(np.isfinite, "a limit must be finite", "Correct it, or leave the row out")
VARIANCE = Rule(
    _above(0), "a variance must be above 0 and finite", "Correct it, or leave the row out"
)
ERROR = Rule(
    _above(0), "a standard error must be above 0 and finite", "Correct it, or leave the row out"
)
P = Rule(lambda x: (x > 0) & (x < 1), "p must lie between 0 and 1", "Give the two-sided p value")
RATIO = Rule(_above(0), "a ratio must be above 0", "Give the ratio itself, not its logarithm")

COLUMNS: dict[Shape, tuple[dict[str, Rule], ...]] = {
    "table": (
        {"ai": COUNT, "n1i": ARM, "ci": COUNT, "n2i": ARM},
        {"ai": COUNT, "bi": COUNT, "ci": COUNT, "di": COUNT},
    ),
    "rates": ({"x1i": COUNT, "t1i": TIME, "x2i": COUNT, "t2i": TIME},),
    "proportion": ({"xi": COUNT, "ni": ARM}, {"xi": COUNT, "mi": COUNT}),
    "rate": ({"xi": COUNT, "ti": TIME},),
    "means": ({"m1i": MEAN, "sd1i": SD, "n1i": SIZE, "m2i": MEAN, "sd2i": SD, "n2i": SIZE},),
    "correlation": ({"ri": R, "ni": PAIRS},),
    "estimate": (
        {"yi": ESTIMATE, "vi": VARIANCE},
        {"yi": ESTIMATE, "sei": ERROR},
        {"yi": ESTIMATE, "ci_low": LIMIT, "ci_high": LIMIT},
        {"yi": ESTIMATE, "pval": P},
    ),
}
"""Sets of columns by shape; the first that the data hold complete is used."""

_HR_COLUMNS = {"hr": RATIO, "hr_low": RATIO, "hr_high": RATIO}
WHOLE = (COUNT, ARM)
"""Rules of columns that hold whole numbers."""


def _m(
    name: str,
    title: str,
    shape: Shape,
    formula: Callable[..., Pair] | None,
    scale: Scale,
    *,
    corrects: bool = False,
    relative: bool = False,
) -> Measure:
    return Measure(
        name=name,
        title=title,
        shape=shape,
        formula=formula,
        scale=scale,
        corrects=corrects,
        relative=relative,
    )


MEASURES = {
    m.name: m
    for m in (
        _m("RR", "risk ratio", "table", counts.risk_ratio, "log", corrects=True, relative=True),
        _m("OR", "odds ratio", "table", counts.odds_ratio, "log", corrects=True, relative=True),
        _m("RD", "risk difference", "table", counts.risk_difference, "identity", corrects=True),
        _m("PETO", "Peto odds ratio", "table", counts.peto, "log", relative=True),
        _m("AS", "arcsine difference", "table", counts.arcsine_difference, "arcsine"),
        _m("IRR", "rate ratio", "rates", counts.rate_ratio, "log", corrects=True, relative=True),
        _m("IRD", "rate difference", "rates", counts.rate_difference, "identity", corrects=True),
        _m("IRSD", "root rate difference", "rates", counts.root_rate_difference, "root"),
        _m("PR", "proportion", "proportion", counts.proportion, "identity", corrects=True),
        _m("PLN", "log proportion", "proportion", counts.log_proportion, "log", corrects=True),
        _m("PLO", "log odds", "proportion", counts.logit_proportion, "logit", corrects=True),
        _m("PAS", "arcsine proportion", "proportion", counts.arcsine_proportion, "arcsine"),
        _m("PFT", "double arcsine", "proportion", counts.double_arcsine, "double arcsine"),
        _m("IR", "rate", "rate", counts.rate, "identity", corrects=True),
        _m("IRLN", "log rate", "rate", counts.log_rate, "log", corrects=True),
        _m("IRS", "root rate", "rate", counts.root_rate, "root"),
        _m("IRFT", "double root rate", "rate", counts.double_root_rate, "root"),
        _m("MD", "mean difference", "means", means.mean_difference, "identity"),
        _m(
            "SMD",
            "standardised mean difference",
            "means",
            means.standardised_difference,
            "identity",
        ),
        _m(
            "SMDH",
            "standardised mean difference, unequal variances",
            "means",
            means.standardised_difference_unequal,
            "identity",
        ),
        _m("ROM", "ratio of means", "means", means.ratio_of_means, "log"),
        _m("COR", "correlation", "correlation", means.correlation, "identity"),
        _m("ZCOR", "Fisher's z", "correlation", means.fisher_z, "fisher z"),
        _m("GEN", "estimate", "estimate", None, "identity"),
        _m("HR", "hazard ratio", "estimate", None, "log"),
    )
}


def find_measure(name: str) -> Measure:
    """Look a measure up; an unknown one is refused with the nearest and with all names."""
    if name in MEASURES:
        return MEASURES[name]
    words = {m.title.lower(): m.name for m in MEASURES.values()}
    words |= {m.lower(): m for m in MEASURES}
    near = difflib.get_close_matches(str(name).lower(), words, n=1)
    rule = f"the measures are {', '.join(MEASURES)}"
    mend = f"Did you mean {words[near[0]]}? If not, choose another" if near else "Choose one"
    raise InputError.of("measure", name, rule, mend)


def column_sets(measure: Measure) -> tuple[dict[str, Rule], ...]:
    """The sets of columns that would do, each with the rules for its values."""
    sets = COLUMNS[measure.shape]
    if measure.name == "ZCOR":
        return ({"ri": R, "ni": FOUR},)
    return (*sets, _HR_COLUMNS) if measure.name == "HR" else sets
