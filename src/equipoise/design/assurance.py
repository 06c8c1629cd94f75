"""Assurance: the chance of finding benefit, averaged over what is believed of the truth."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from equipoise.errors import InputError
from equipoise.inputs import number
from equipoise.numerics import decisions as kernels
from equipoise.parts.look_tables import stopping, tables
from equipoise.parts.mixtures import share
from equipoise.vocabulary.endpoint import Binary, Continuous, TimeToEvent
from equipoise.vocabulary.record import record
from equipoise.vocabulary.scenario import Prior, Scenario
from equipoise.vocabulary.trial import Design
from equipoise.wording import percent

from .characteristics import _normal, as_exact
from .decisions import OneArmDecision, TwoArmDecision

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

Floats = NDArray[np.float64]
By = Literal["normal", "exact"]
Nodes = tuple[Floats, Floats, Floats]
"""Control, treatment and weight, (m,)."""

Trial = Design | OneArmDecision | TwoArmDecision

DISCOUNT = 0.5
"""How much of a claimed effect is taken off in the discounted claim."""

SCEPTIC_TAIL = 0.05
"""Chance that the sceptic gives to an effect as large as the claim's."""

_REACH, _FINE, _COARSE = 8.0, 0.25, 0.5
_EDGE = 1e-15


@record
class AssuranceRow:
    """The chance of benefit under one belief; `mean_effect` is on the link scale (logit, log)."""

    under: str
    assurance: float
    mean_effect: float


@record
class Assurance:
    """The chance of finding benefit under the claim, the discounted claim and the sceptic.

    Attributes
    ----------
    value : float
        Under the prior as given, the claim.
    power : float, optional
        At the effect planned for; None for a decision, which plans for none.
    rows : tuple of AssuranceRow
    by : {"normal", "exact"}
        How power was computed at each truth.
    """

    value: float
    power: float | None
    rows: tuple[AssuranceRow, ...]
    by: By

    def frame(self) -> pl.DataFrame:
        """under, assurance, mean_effect."""
        import polars as pl

        return pl.DataFrame(
            [
                {"under": row.under, "assurance": row.assurance, "mean_effect": row.mean_effect}
                for row in self.rows
            ]
        )

    def chart(self) -> alt.TopLevelMixin:
        """The rows as bars."""
        from .decision_charts import assurance as drawn

        return drawn(self)

    def summary(self) -> str:
        """The rows as lines of text."""
        lines = [f"  {row.under:<17}{percent(row.assurance)}" for row in self.rows]
        head = "Chance of finding benefit (assurance)"
        if self.power is not None:
            head += f"; power at the planned effect {percent(self.power)}"
        return "\n".join([head, *lines])

    def __str__(self) -> str:
        return self.summary()

    def __float__(self) -> float:
        return self.value


def assurance(
    design: Trial,
    prior: Any,
    *,
    discounted: Any = None,
    sceptic: Any = None,
    discount: float = DISCOUNT,
    by: By | None = None,
) -> Assurance:
    """Average a trial's power over a prior of the truth; always in three rows.

    Parameters
    ----------
    design : Design, OneArmDecision or TwoArmDecision
    prior : Prior, or a distribution with ``ppf``
        The claim. `Prior` has one for each arm, or one of the hazard ratio; a distribution alone is
        that of the treatment's risk or mean, or of the hazard ratio, with control as planned.
    discounted, sceptic : as `prior`, optional
        Unless given: the claim with the effect reduced by `discount`; and an effect centred at none
        that is as large as the claim's mean effect with probability 0.05, both on the logit of
        risks, the means, or the log hazard ratio, and with the claim's control.
    discount : float
        In [0, 1].
    by : {"normal", "exact"}, optional
        "exact", enumeration, for decisions and for fixed-sample trials of Fisher's test unless
        given; "normal" for the rest. Enumerating a trial with looks takes a minute.

    Returns
    -------
    Assurance

    References
    ----------
    Spiegelhalter & Freedman (1986), Stat Med 5:1; O'Hagan, Stevens & Campbell (2005), Pharm Stat
    4:187; sceptic: Spiegelhalter, Freedman & Parmar (1994), JRSS A 157:357.
    """
    share("discount", discount)
    if not isinstance(design, Design | OneArmDecision | TwoArmDecision):
        raise InputError.of(
            "design", design, "must be a Design, OneArmDecision or TwoArmDecision", "Give one"
        )
    how = by or ("normal" if isinstance(design, Design) and not _enumerable(design) else "exact")
    power = _power(design, how)
    step = _FINE if how == "exact" and not isinstance(design, Design) else _COARSE
    link = _link(design)
    claim = _nodes(design, prior, step)
    rows = [("the claim", claim)]
    lesser = _discounted(claim, link, discount)
    if discounted is not None:
        lesser = _nodes(design, discounted, step)
    doubting = _sceptic(claim, link, step)
    if sceptic is not None:
        doubting = _nodes(design, sceptic, step)
    rows += [("discounted claim", lesser), ("the sceptic", doubting)]
    made = tuple(
        AssuranceRow(
            under=name,
            assurance=float(nodes[2] @ power(nodes[0], nodes[1])),
            mean_effect=float(nodes[2] @ (link[0](nodes[1]) - link[0](nodes[0]))),
        )
        for name, nodes in rows
    )
    return Assurance(
        value=made[0].assurance,
        power=design.power if isinstance(design, Design) else None,
        rows=made,
        by=how,
    )


def _enumerable(design: Design) -> bool:
    """Whether enumeration is a matter of milliseconds."""
    return len(design.looks) == 1 and as_exact(design)


def _nodes(design: Trial, prior: Any, step: float) -> Nodes:
    """Every pair of the two arms' nodes, and its weight."""
    control, treatment = _entries(design, prior)
    c, wc = _one(control, step)
    t, wt = _one(treatment, step)
    pairs = np.meshgrid(c, t, indexing="ij")
    return pairs[0].ravel(), pairs[1].ravel(), np.outer(wc, wt).ravel()


def _one(entry: Any, step: float) -> tuple[Floats, Floats]:
    """Nodes of a distribution: its quantiles at normal probabilities, by the trapezoid rule."""
    if not hasattr(entry, "ppf"):
        return np.array([number("prior", entry, "Give a number or a distribution")]), np.ones(1)
    z = np.arange(-_REACH, _REACH + step / 2, step)
    weight = np.exp(-0.5 * z * z)
    return np.asarray(entry.ppf(special.ndtr(z)), np.float64), weight / weight.sum()


def _entries(design: Trial, prior: Any) -> tuple[Any, Any]:
    if isinstance(design, OneArmDecision):
        alone = prior.entries[-1] if isinstance(prior, Prior) else prior
        return design.threshold, alone
    if isinstance(design, TwoArmDecision):
        if not isinstance(prior, Prior) or prior.risks is None:
            raise InputError.of(
                "prior",
                prior,
                "needs both arms' risks",
                "Give eq.Prior(risks=(control, treatment))",
            )
        return prior.risks
    endpoint = design.endpoint
    wanted = {Binary: "risks", Continuous: "means", TimeToEvent: "hazard_ratio"}[type(endpoint)]
    if isinstance(prior, Prior):
        found = getattr(prior, wanted)
        if found is None:
            raise InputError.of("prior", prior, f"must give {wanted}", "Give those of the endpoint")
        pair = (1.0, found) if wanted == "hazard_ratio" else tuple(found)
        return (endpoint.control, pair[1]) if endpoint.single_arm else pair  # type: ignore[union-attr]
    if not hasattr(prior, "ppf"):
        raise InputError.of(
            "prior", prior, "must be eq.Prior or a distribution", "Give eq.Normal(0.3, 0.1), say"
        )
    return (1.0 if wanted == "hazard_ratio" else endpoint.control), prior  # type: ignore[union-attr]


def _link(design: Trial) -> tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]:
    """The scale of effects and its inverse."""
    if isinstance(design, Design) and isinstance(design.endpoint, TimeToEvent):
        return np.log, np.exp
    means = isinstance(design, Design) and isinstance(design.endpoint, Continuous)
    if means or (isinstance(design, OneArmDecision) and design.family == "normal"):
        return (lambda x: x), (lambda x: x)
    return (lambda p: special.logit(np.clip(p, _EDGE, 1 - _EDGE))), special.expit


def _discounted(claim: Nodes, link: Any, discount: float) -> Nodes:
    control, treatment, weight = claim
    at = link[0](control)
    return control, link[1](at + (1 - discount) * (link[0](treatment) - at)), weight


def _sceptic(claim: Nodes, link: Any, step: float) -> Nodes:
    """No effect on average, the claim's control, and a small chance of the claim's effect."""
    control, treatment, weight = claim
    hoped = float(weight @ (link[0](treatment) - link[0](control)))
    spread = abs(hoped) / float(special.ndtri(1 - SCEPTIC_TAIL))
    own, first = np.unique(control, return_inverse=True)
    by_control = np.bincount(first, weights=weight)
    z = np.arange(-_REACH, _REACH + step / 2, step)
    normal = np.exp(-0.5 * z * z)
    pairs = np.meshgrid(own, z, indexing="ij")
    moved = link[1](link[0](pairs[0].ravel()) + spread * pairs[1].ravel())
    return pairs[0].ravel(), moved, np.outer(by_control, normal / normal.sum()).ravel()


def _power(design: Trial, by: str) -> Callable[[Floats, Floats], Floats]:
    """Chance of benefit at each pair of truths."""
    if isinstance(design, OneArmDecision):
        return lambda _, treatment: design.success(treatment)
    if isinstance(design, TwoArmDecision):
        return design.success
    if by == "exact":
        return _enumerated(design)
    if by != "normal":
        raise InputError.of("by", by, "must be 'normal' or 'exact'", "Name one of these")

    def power(control: Floats, treatment: Floats) -> Floats:
        return np.array(
            [
                float(_normal(design, _truth(design, float(c), float(t)))[0][:, 0].sum())
                for c, t in zip(control, treatment, strict=True)
            ]
        )

    return power


def _enumerated(design: Design) -> Callable[[Floats, Floats], Floats]:
    endpoint = design.endpoint
    if not isinstance(endpoint, Binary) or endpoint.single_arm:
        raise InputError.of(
            "by", "exact", "is of two arms of binary outcomes", "Use 'normal', or a OneArmDecision"
        )
    made = tables(design)
    if _enumerable(design):
        critical = kernels.fisher_table(
            int(made.n_control[0]), int(made.n_treatment[0]), design.plan.alpha
        )

        def fixed(control: Floats, treatment: Floats) -> Floats:
            good = [endpoint.good(risk) for risk in (control, treatment)]  # type: ignore[arg-type]
            c, t = (np.asarray(p, np.float64) for p in good)
            return kernels.two_arm_success(critical, int(made.n_treatment[0]), t, c)

        return fixed

    def sequential(control: Floats, treatment: Floats) -> Floats:
        return np.array(
            [
                float(stopping(made, endpoint, _truth(design, float(c), float(t)))[:, 0].sum())
                for c, t in zip(control, treatment, strict=True)
            ]
        )

    return sequential


def _truth(design: Design, control: float, treatment: float) -> Scenario:
    endpoint = design.endpoint
    if isinstance(endpoint, TimeToEvent):
        return Scenario(name="drawn", hazard_ratio=treatment / control)
    if isinstance(endpoint, Continuous):
        return Scenario(name="drawn", means=(control, treatment))
    edge = np.clip([control, treatment], _EDGE, 1 - _EDGE)
    return Scenario(name="drawn", risks=(float(edge[0]), float(edge[1])))


def normal_assurance(mean: float, sd: float, se: float, z: float = 1.959963984540054) -> float:
    """Chance that an estimate with standard error `se` exceeds `z` of it, effect ~ N(mean, sd^2).

    ``Phi((mean - z se) / sqrt(se^2 + sd^2))``; as `se` falls it tends to ``Phi(mean / sd)``, below
    which no trial, however large, gets.

    References
    ----------
    Spiegelhalter & Freedman (1986), Stat Med 5:1; O'Hagan, Stevens & Campbell (2005).
    """
    mean, sd, se, z = (
        number(name, value) for name, value in (("mean", mean), ("sd", sd), ("se", se), ("z", z))
    )
    if sd < 0 or se <= 0:
        raise InputError.of("se", (sd, se), "sd is 0 or more, se above 0", "Correct them")
    return float(special.ndtr((mean - z * se) / math.hypot(se, sd)))
