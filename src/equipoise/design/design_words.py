"""A sized design in words that its summary, its page and its protocol share."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from equipoise.parts.analysis import test_title
from equipoise.parts.spending import Spending
from equipoise.vocabulary.endpoint import Binary, Continuous, TimeToEvent
from equipoise.wording import listing, points

from .characteristics import as_exact, no_effect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.endpoint import Endpoint
    from equipoise.vocabulary.scenario import Scenario

    from .sized import SizedDesign

MEASURES = {
    "difference": "risk difference",
    "ratio": "risk ratio",
    "odds ratio": "odds ratio",
}


def number(value: float) -> str:
    """As stated: up to six figures, with no zeros at the end."""
    return f"{value:.6g}"


def share(value: float) -> str:
    """A risk as stated, in per cent."""
    return f"{100 * value:.6g}%"


def size(value: float) -> str:
    """Patients or events: whole where they are whole."""
    return f"{value:,.0f}" if abs(value - round(value)) < 1e-9 else f"{value:,.1f}"


def measure(endpoint: Endpoint) -> str:
    """What the effect is called."""
    if isinstance(endpoint, TimeToEvent):
        return "hazard ratio"
    if endpoint.single_arm:
        what = "risk" if isinstance(endpoint, Binary) else "mean"
        return f"difference of the {what} from the reference"
    return MEASURES[endpoint.scale] if isinstance(endpoint, Binary) else "mean difference"


def effect(endpoint: Endpoint, value: float) -> str:
    """A value of the effect in a sentence: points for a risk difference, else three figures."""
    if isinstance(endpoint, Binary) and endpoint.scale == "difference":
        return points(value)
    return f"{value:.3g}"


def stated_effect(endpoint: Endpoint, value: float) -> str:
    """The same, with all the figures it was stated with."""
    if isinstance(endpoint, Binary) and endpoint.scale == "difference":
        text = number(100 * value)
        return f"{text} percentage point{'' if text in {'1', '-1'} else 's'}"
    return number(value)


def margin_of(endpoint: Endpoint) -> float | None:
    """The margin, None where it is no effect."""
    none = endpoint.no_effect if isinstance(endpoint, Binary) else _no_effect(endpoint)
    return None if endpoint.margin in (None, none) else endpoint.margin


def _no_effect(endpoint: Endpoint) -> float:
    return 1.0 if isinstance(endpoint, TimeToEvent) else 0.0


def is_non_inferiority(endpoint: Endpoint) -> bool:
    """Whether the margin tolerates a loss; the other way it asks for more than no effect."""
    margin = margin_of(endpoint)
    if margin is None:
        return False
    none = endpoint.no_effect if isinstance(endpoint, Binary) else _no_effect(endpoint)
    return (margin > none) == (endpoint.better == "lower")


def aim(endpoint: Endpoint) -> str:
    """Superiority, non-inferiority, or superiority by a margin."""
    margin = margin_of(endpoint)
    if margin is None:
        return "superiority"
    kind = (
        "non-inferiority, margin" if is_non_inferiority(endpoint) else "superiority by a margin of"
    )
    return f"{kind} {stated_effect(endpoint, margin)} ({measure(endpoint)})"


def null_words(endpoint: Endpoint) -> str:
    """What the truth of the null hypothesis is called."""
    return "no effect" if margin_of(endpoint) is None else "on the margin"


def kind(endpoint: Endpoint) -> str:
    """What is measured."""
    if isinstance(endpoint, Binary):
        return "event risk"
    return "mean" if isinstance(endpoint, Continuous) else "time to event"


def better(endpoint: Endpoint) -> str:
    """Which way is better."""
    if isinstance(endpoint, TimeToEvent):
        return f"a {endpoint.better} hazard is better"
    return f"{endpoint.better} is better"


def assumptions(design: SizedDesign) -> list[str]:
    """What the size rests on, in parts of a sentence."""
    endpoint = design.endpoint
    if isinstance(endpoint, TimeToEvent):
        return [f"hazard ratio {number(endpoint.hazard_ratio)}", *_hazards(endpoint, design.arms)]
    shown = share if isinstance(endpoint, Binary) else number
    first = "reference" if endpoint.single_arm else design.arms[0]
    levels = f"{first} {shown(endpoint.control)}, {design.arms[-1]} {shown(endpoint.treatment)}"
    parts = [levels, f"{measure(endpoint)} {effect(endpoint, endpoint.effect)}"]
    if isinstance(endpoint, Continuous):
        sd = endpoint.sd
        parts.append(
            f"standard deviation {_each(sd, design.arms) if isinstance(sd, tuple) else number(sd)}"
        )
    return parts


def _hazards(endpoint: TimeToEvent, arms: Sequence[str]) -> list[str]:
    control, hazards = arms[0], [number(hazard) for hazard in endpoint.hazards]
    if endpoint.control_median_months is not None:
        parts = [f"{control} median {number(endpoint.control_median_months)} months"]
    elif len(hazards) == 1:
        parts = [f"{control} hazard {hazards[0]} a month"]
    else:
        starts = [number(start) for start in endpoint.from_months]
        parts = [f"{control} hazard {listing(hazards)} a month from months {listing(starts)}"]
    if any(endpoint.dropouts):
        same = len(set(endpoint.dropouts)) == 1
        rate = number(endpoint.dropouts[0]) if same else _each(endpoint.dropouts, arms)
        parts.append(f"dropout hazard {rate} a month")
    return parts


def _each(values: tuple[float, float], arms: Sequence[str]) -> str:
    return listing([f"{number(v)} on {arm}" for v, arm in zip(values, arms, strict=True)])


def test_words(design: SizedDesign) -> str:
    """The test, see `parts.analysis.test_title`."""
    return test_title(design.endpoint, design.plan, design.ratio)


def alpha_words(design: SizedDesign) -> str:
    """``one-sided alpha 0.025``."""
    side = "one-sided" if design.plan.sided == 1 else "two-sided"
    return f"{side} alpha {number(design.plan.alpha)}"


def method_words(design: SizedDesign) -> str:
    """How chances are computed."""
    return "by enumeration" if as_exact(design) else "by normal theory"


def ratio_words(design: SizedDesign) -> str:
    """Control to treatment, in whole numbers where these are small: ``1:1``, ``2:3``."""
    if design.allocation is not None:
        parts = design.allocation.ratio
        if len(parts) == 2:
            return f"{parts[0]}:{parts[1]}"
    whole = Fraction(design.ratio).limit_denominator(20)
    if math.isclose(float(whole), design.ratio, rel_tol=1e-9):
        return f"{whole.denominator}:{whole.numerator}"
    return f"1:{number(design.ratio)}"


def truth_words(design: SizedDesign, truth: Scenario) -> str:
    """A truth in numbers: ``25% v 15%``, ``hazard ratio 0.7``."""
    if isinstance(truth.hazard_ratio, float):
        return f"hazard ratio {number(truth.hazard_ratio)}"
    pair = truth.risks or truth.means
    assert pair is not None
    shown = share if truth.risks is not None else number
    values = pair[1:] if len(design.arms) == 1 else pair
    return " v ".join(shown(value) for value in values)


def control_words(design: SizedDesign) -> str:
    """At which control risk an enumerated type I error holds."""
    risks = no_effect(design).risks
    assert risks is not None
    return f"{design.arms[0]} {share(risks[0])}"


def goal(design: SizedDesign) -> str:
    """What the trial finds."""
    return "non-inferiority" if is_non_inferiority(design.endpoint) else "benefit"


def lower_reason(design: SizedDesign) -> str:
    """Why the trial stops at its lower boundary."""
    futility = design.sequential.futility
    under_none = isinstance(futility, Spending) and futility.under == "no effect"
    return "harm" if under_none else "futility"
