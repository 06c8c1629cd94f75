"""What a protocol says of its analyses: boundaries, and what happens where information differs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from equipoise.parts.efficacy import EfficacyBounds, HaybittlePeto, NoEarlyEfficacy, WangTsiatis
from equipoise.parts.futility import FutilityBounds
from equipoise.parts.spending import Spending
from equipoise.vocabulary.endpoint import Binary, Continuous, TimeToEvent

from . import design_words as words
from .design_frames import design_frame
from .design_summaries import unit_of

if TYPE_CHECKING:
    from .sized import SizedDesign

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def single(design: SizedDesign) -> list[str]:
    """What a fixed sample finds."""
    row = design_frame(design).row(0, named=True)
    lines = ["There is one analysis, and no interim analysis."]
    if design.test == "fisher-exact":
        lines.append(
            f"Benefit is found if the one-sided p-value is {words.number(design.plan.alpha)} or "
            "less."
        )
    else:
        lines.append(f"{words.goal(design).capitalize()} is found if {_benefit(design, row)}.")
    if design.plan.sided == 2:
        lines.append(f"Harm is found if z is {-row['efficacy_z']:.3f} or less.")
    return lines


def interim(design: SizedDesign) -> list[str]:
    """How the trial may stop, and what the type I error rests on."""
    count = len(design.looks)
    interim = f"{_spelt(count - 1)} interim {'analysis' if count == 2 else 'analyses'}"
    unit = "events" if unit_of(design) == "events" else "patients whose outcome is known"
    lines = [
        f"The trial follows a group-sequential design with {interim} and a final analysis; "
        f"information is counted in {unit}.",
        _efficacy(design),
        _futility(design),
    ]
    if design.test == "fisher-exact":
        lines.append(
            "For benefit, Fisher's exact one-sided p-value is compared with the nominal p of the "
            "boundary; for futility, the z of the score test with the futility boundary."
        )
    if isinstance(design.endpoint, Continuous) and not design.endpoint.known_sd:
        lines.append("The t statistic is compared with the boundary by its one-sided p-value.")
    if design.plan.sided == 2:
        lines.append("The boundary for harm is the efficacy boundary with the opposite sign.")
    return lines


def _spelt(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else f"{count}"


def _efficacy(design: SizedDesign) -> str:
    efficacy, level = design.sequential.efficacy, f"{words.number(design.plan.alpha)}"
    side = "one-sided" if design.plan.sided == 1 else "two-sided"
    goal = words.goal(design)
    total = f"the overall {side} type I error of {level}"
    if isinstance(efficacy, Spending):
        each = "" if design.plan.sided == 1 else ", half of it in each direction"
        return f"Early stopping for {goal} uses {_named(efficacy.name)} to spend {total}{each}."
    if isinstance(efficacy, WangTsiatis):
        return f"Early stopping for {goal} uses the {efficacy.name}, scaled to {total}."
    if isinstance(efficacy, HaybittlePeto):
        return (
            f"Early stopping for {goal} uses the {efficacy.name} at the interim analyses; the "
            f"final analysis takes what they leave of {total}."
        )
    if isinstance(efficacy, NoEarlyEfficacy):
        return f"The trial does not stop early for {goal}; the final analysis has {total}."
    assert isinstance(efficacy, EfficacyBounds)
    open_end = efficacy.z[-1] is None
    last = f"; the final analysis takes what they leave of {total}" if open_end else ""
    return f"The boundary for {goal} is given on z{last}."


def _named(spending: str) -> str:
    """``Lan-DeMets O'Brien-Fleming-type spending`` as a noun."""
    name, _, parameters = spending.partition(" spending")
    if not spending.startswith("a stated"):
        return f"the {name} spending function{parameters}"
    return f"{spending} as spending function"


def _futility(design: SizedDesign) -> str:
    plan = design.sequential
    futility = plan.futility
    if futility is None:
        return "There is no stopping for futility."
    why = words.lower_reason(design)
    name = "lower" if why == "harm" else why
    if isinstance(futility, Spending) and futility.under == "no effect":
        assert futility.total is not None
        text = (
            f"A lower boundary uses {_named(futility.name)} to spend a probability of "
            f"{words.number(futility.total)} under the null hypothesis."
        )
    elif isinstance(futility, Spending):
        text = (
            f"Stopping for futility uses {_named(futility.name)} to spend the type II error of "
            f"{words.number(1 - plan.target_power)} under the planned effect."
        )
    else:
        text = f"Stopping for futility uses a {futility.name}."
    if plan.sided == 2:
        text += " It is an inner wedge: the trial stops where z lies near 0 in either direction."
    if plan.binding:
        return (
            f"{text} The {name} boundary is binding: the efficacy boundary was computed on the "
            f"condition that the trial stops whenever the {name} boundary is crossed. Stopping is "
            "then required; if the trial went on, the type I error could exceed its level."
        )
    return (
        f"{text} The {name} boundary is non-binding: the efficacy boundary was computed without "
        f"it, so that the type I error is controlled whether or not the trial stops for {why}."
    )


def _p(value: float) -> str:
    """A nominal level: four decimals, or two figures."""
    digits = max(4, 1 - math.floor(math.log10(value)) if value > 0 else 4)
    return f"{value:.{digits}f}"


def boundaries(design: SizedDesign) -> list[str]:
    """A sentence a look."""
    rows = design_frame(design).to_dicts()
    lines = [_look(design, row, last=row is rows[-1]) for row in rows]
    endpoint = design.endpoint
    about = "The effects named are those observed at the boundaries"
    if isinstance(endpoint, Binary) and not endpoint.single_arm:
        score = " for the score test" if design.test in {"fisher-exact", "unpooled"} else ""
        about += f"{score} if the control risk is as assumed"
    elif isinstance(endpoint, TimeToEvent):
        about += " by the approximate variance of the log hazard ratio"
    elif isinstance(endpoint, Continuous) and not endpoint.known_sd:
        about += " if the standard deviation is as assumed"
    return [*lines, f"{about}; the decision rests on the test."]


def _look(design: SizedDesign, row: dict[str, Any], *, last: bool) -> str:
    where = [f"information fraction {row['information']:.3g}"]
    if row["events"] is not None:
        where.append(f"{words.size(row['events'])} events")
    else:
        where.append(f"{words.size(row['patients'])} patients")
    if row["months"] is not None:
        where.append(f"expected at month {row['months']:.1f}")
    name = "the final analysis" if last else f"analysis {row['look']}"
    which = f"At {name} ({', '.join(where)})"
    if last:
        harm = ""
        if words.lower_reason(design) == "harm":
            harm = f", and harm if {_futile(design, row)}"
        return f"{which} {words.goal(design)} is found if {_benefit(design, row)}{harm}."
    actions = []
    if row["efficacy_z"] is not None:
        actions.append(f"for {words.goal(design)} if {_benefit(design, row)}")
    if row["futility_z"] is not None:
        actions.append(f"for {words.lower_reason(design)} if {_futile(design, row)}")
    if not actions:
        return f"{which} the trial goes on."
    return f"{which} the trial stops {', and '.join(actions)}."


def _benefit(design: SizedDesign, row: dict[str, Any]) -> str:
    if row["efficacy_z"] is None:
        return "an earlier analysis found it: no type I error is left for this one"
    text = f"z is {row['efficacy_z']:.3f} or more"
    also = [f"nominal one-sided p {_p(row['efficacy_p'])} or less"]
    if row["efficacy_effect"] is not None:
        also.append(_beyond(design, row["efficacy_effect"], better=True))
    return f"{text} ({'; '.join(also)})"


def _futile(design: SizedDesign, row: dict[str, Any]) -> str:
    value = row["futility_z"]
    text = f"|z| is {value:.3f} or less" if design.plan.sided == 2 else f"z is {value:.3f} or less"
    if row["futility_effect"] is None or design.plan.sided == 2:
        return text
    return f"{text} ({_beyond(design, row['futility_effect'], better=False)})"


def _beyond(design: SizedDesign, value: float, *, better: bool) -> str:
    lower = (design.endpoint.better == "lower") == better
    what = words.measure(design.endpoint)
    shown = words.effect(design.endpoint, value)
    return f"{what} of about {shown} or {'less' if lower else 'more'}"


def otherwise(design: SizedDesign) -> list[str]:
    """What happens where the information differs from that planned."""
    efficacy, futility = design.sequential.efficacy, design.sequential.futility
    unit, goal = unit_of(design), words.goal(design)
    start = f"If the number of {unit} at an analysis differs from that planned,"
    if isinstance(efficacy, Spending):
        lines = [
            f"{start} the efficacy boundary is recalculated by the spending function at the "
            "observed information fraction; the number and timing of the analyses may change, "
            "provided that the change does not depend on the observed treatment effect."
        ]
    elif isinstance(efficacy, HaybittlePeto | NoEarlyEfficacy | EfficacyBounds):
        stays = "the interim boundaries are kept"
        if isinstance(efficacy, NoEarlyEfficacy):
            stays = f"the interim analyses still do not stop for {goal}"
        lines = [
            f"{start} {stays} and the final boundary is recalculated so that the overall type I "
            "error is that planned; the number of analyses stays as planned."
        ]
    else:
        lines = [
            f"{start} the efficacy boundary is recalculated so that the type I error spent up to "
            "each analysis is that planned for its number; the number of analyses stays as planned."
        ]
    if isinstance(futility, Spending):
        name = "lower" if words.lower_reason(design) == "harm" else "futility"
        lines.append(f"The {name} boundary is recalculated likewise by its spending function.")
    elif isinstance(futility, FutilityBounds) and futility.scale != "z":
        lines.append("The futility boundary is kept on the scale on which it was given.")
    elif futility is not None:
        lines.append("The futility boundary is kept.")
    return lines
