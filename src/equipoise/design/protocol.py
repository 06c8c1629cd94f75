"""The statistical paragraph of a trial's protocol, from its design."""

from __future__ import annotations

import math
from importlib import import_module
from typing import TYPE_CHECKING

from equipoise.vocabulary.endpoint import Binary, Continuous, TimeToEvent
from equipoise.wording import listing, percent

from . import design_words as words
from . import protocol_looks as looks
from .by_events import Enrolment
from .characteristics import characteristics, no_effect
from .design_frames import enumerable, promises
from .design_summaries import expected_size, unit_of

if TYPE_CHECKING:
    from .design_frames import Promises
    from .sized import SizedDesign

FORMULAS = {
    "schoenfeld": "Schoenfeld's formula",
    "freedman": "Freedman's formula",
    "lachin-foulkes": "the method of Lachin and Foulkes",
}
TESTS = {
    "fisher-exact": "Fisher's exact test",
    "pooled": "the score test with its variance estimated under the null hypothesis",
    "unpooled": "the z test with unpooled variance",
    "score": "the score test of the odds ratio",
    "z": "the z test with known standard deviation",
    "t": "the t test (Student's)",
    "welch": "the t test for unequal variances (Welch's)",
    "log-rank": "the log-rank test",
}
"""The test in a sentence; see `parts.analysis.TITLES`."""


def paragraph(design: SizedDesign) -> str:
    """Objective, sample size, interim analyses and operating characteristics, in plain English.

    One line a topic, with no line broken inside. It says what the design says and no more: what a
    protocol states besides, such as analysis sets and missing data, is not in it.
    """
    made = promises(design)
    parts = [_objective(design), _sample_size(design), _conduct(design)]
    if len(design.looks) > 1:
        parts += [looks.interim(design), looks.boundaries(design), looks.otherwise(design)]
    else:
        parts.append(looks.single(design))
    parts.append(_characteristics(design, made))
    return "\n\n".join(" ".join(part) for part in parts if part)


def _objective(design: SizedDesign) -> list[str]:
    endpoint = design.endpoint
    what = f"The primary endpoint is {endpoint.name} ({_analysed_as(design)})."
    return [what, _hypothesis(design), _test(design)]


def _analysed_as(design: SizedDesign) -> str:
    endpoint = design.endpoint
    if isinstance(endpoint, TimeToEvent):
        event = "an unfavourable" if endpoint.better == "lower" else "a favourable"
        return f"time to {event} event; {words.better(endpoint)}"
    if isinstance(endpoint, Binary):
        return f"binary; a {endpoint.better} risk of the event is better"
    return f"continuous; a {endpoint.better} mean is better"


def _hypothesis(design: SizedDesign) -> str:
    endpoint, margin = design.endpoint, words.margin_of(design.endpoint)
    treatment = design.arms[-1]
    if not isinstance(endpoint, TimeToEvent) and endpoint.single_arm:
        shown = words.share if isinstance(endpoint, Binary) else words.number
        what = "event risk" if isinstance(endpoint, Binary) else "mean"
        relation = "is no better than" if design.plan.sided == 1 else "equals"
        return (
            f"This is a single-arm trial: the null hypothesis is that the {what} on {treatment} "
            f"{relation} the fixed reference of {shown(endpoint.control)}."
        )
    control, ratio = design.arms[0], words.measure(endpoint)
    if margin is None:
        null = f"{treatment} is no better than {control}"
        if design.plan.sided == 2:
            null = f"{treatment} and {control} do not differ"
        return (
            f"The objective is to show superiority of {treatment} to {control}; the null "
            f"hypothesis is that {null}."
        )
    goal = "non-inferiority" if words.is_non_inferiority(endpoint) else "superiority by a margin"
    beyond = "or more" if endpoint.better == "lower" else "or less"
    order = "over" if "ratio" in ratio else "minus"
    return (
        f"The objective is to show {goal} of {treatment} to {control}; the margin is a {ratio} "
        f"({treatment} {order} {control}) of {words.stated_effect(endpoint, margin)}, and the null "
        f"hypothesis is that the {ratio} is {words.stated_effect(endpoint, margin)} {beyond}."
    )


def _test(design: SizedDesign) -> str:
    alpha, sided = design.plan.alpha, design.plan.sided
    level = f"one-sided significance level of {words.number(alpha)}"
    if sided == 2:
        level = (
            f"two-sided significance level of {words.number(alpha)}, "
            f"{words.number(alpha / 2)} in each direction"
        )
    null = "" if words.margin_of(design.endpoint) is None else " against the margin"
    one = "one-sample " if design.endpoint.single_arm else ""
    test = TESTS[design.test].replace("the ", f"the {one}", 1)
    return (
        f"It is tested{null} by {test} at a {level}; z is the standardised test statistic, "
        f"positive where it favours {design.arms[-1]}."
    )


def _sample_size(design: SizedDesign) -> list[str]:
    plan, endpoint = design.plan, design.endpoint
    assert design.power is not None
    if unit_of(design) == "events":
        most = design.looks[-1].events
        assert most is not None
        need = f"{words.size(most)} events in all"
    else:
        need = f"{_patients(design, design.patients)} with a known outcome"
    at_most = " at most" if len(design.looks) > 1 else ""
    assumed = "; ".join(words.assumptions(design))
    lines = [
        f"The trial needs{at_most} {need}. This gives a power of {percent(design.power, 2)} "
        f"(planned: {words.number(100 * plan.target_power)}%) under these assumptions: "
        f"{assumed}.",
        _sized_by(design),
    ]
    if isinstance(endpoint, TimeToEvent):
        lines.append("Hazards are assumed to be proportional.")
    else:
        lines.append("No allowance for dropout is included in these numbers.")
    return lines


def _patients(design: SizedDesign, arms: tuple[float, ...]) -> str:
    """``702 patients (351 on control and 351 on treatment)``."""
    total = f"{words.size(sum(arms))} patients"
    if len(arms) == 1:
        return total
    each = [f"{words.size(n)} on {arm}" for n, arm in zip(arms, design.arms, strict=True)]
    return f"{total} ({listing(each)})"


def _sized_by(design: SizedDesign) -> str:
    endpoint = design.endpoint
    if design.test == "fisher-exact":
        how = "by enumeration of all outcomes of both arms (exact binomial probabilities)"
        return f"The size and the power were found {how}."
    if isinstance(endpoint, TimeToEvent):
        how = f"by {FORMULAS[endpoint.formula]}"
    elif isinstance(endpoint, Continuous) and not endpoint.known_sd:
        how = "from the noncentral t distribution"
    else:
        how = "by normal theory"
    if len(design.looks) == 1:
        return f"The size was found {how}."
    fixed = design.fixed_patients if unit_of(design) == "patients" else design.fixed_events
    assert fixed is not None
    return (
        f"A trial with a single analysis would need {words.size(fixed)} {unit_of(design)} ({how}); "
        "the group-sequential maximum was found from it by numerical integration of the joint "
        "normal distribution of the test statistics."
    )


def _conduct(design: SizedDesign) -> list[str]:
    """Allocation, dropout, enrolment and duration, where the design states them."""
    lines = []
    if len(design.arms) == 2:
        lines.append(_allocation(design))
    if isinstance(design.endpoint, TimeToEvent):
        lines.append(_dropout(design.endpoint, design))
    if enrolment := _enrolment(design):
        lines.append(enrolment)
    return [line for line in lines if line]


def _allocation(design: SizedDesign) -> str:
    order = f"{design.arms[0]} to {design.arms[1]}"
    text = f"Patients are randomised in a ratio of {words.ratio_words(design)} ({order})"
    allocation = design.allocation
    if allocation is None:
        return f"{text}."
    if allocation.kind == "simple":
        return f"{text} without blocks."
    if allocation.kind == "fixed":
        return (
            f"Patients are allocated in turn in a ratio of {words.ratio_words(design)} ({order})."
        )
    sizes = [f"{block}" for block in allocation.sizes]
    blocks = " in permuted blocks" + (" within strata" if allocation.stratified else "")
    if len(sizes) == 1:
        blocks += f" of {sizes[0]}"
    elif sizes:
        blocks += f" whose size is drawn at random from {listing(sizes)}"
    return f"{text}{blocks}."


def _dropout(endpoint: TimeToEvent, design: SizedDesign) -> str:
    rates = endpoint.dropouts
    if not any(rates):
        return "No dropout is assumed."
    yearly = [percent(-math.expm1(-12 * rate)) for rate in rates]
    if len(set(rates)) == 1:
        each = f"{yearly[0]} of the patients on each arm"
    else:
        each = listing(
            [f"{y} of those on {arm}" for y, arm in zip(yearly, design.arms, strict=True)]
        )
    return f"The dropout hazard means that, without events, {each} would be lost in a year."


def _enrolment(design: SizedDesign) -> str:
    last = design.looks[-1].months
    if last is None:
        return ""
    if design.enrolment is not None:
        enrolment = Enrolment(*design.enrolment)
        end = float(enrolment.edges[-1])
        return (
            f"{words.size(round(enrolment.patients, 6))} patients are to be enrolled over "
            f"{end:.1f} months; as planned, the last analysis is expected {last:.1f} months after "
            "the first patient is enrolled."
        )
    accrual = design.accrual
    assert accrual is not None
    rates = [words.number(rate) for rate in accrual.rates]
    pace = f"{rates[0]} patients a month"
    if len(rates) > 1:
        starts = [words.number(month) for month in accrual.from_months]
        pace = f"{listing(rates)} patients a month from months {listing(starts)} on"
    if accrual.ramp_up_months:
        pace += f" after a linear rise over {words.number(accrual.ramp_up_months)} months"
    delay = design.endpoint.delay_days
    known = f" The outcome of a patient is known {delay} days after enrolment." if delay else ""
    return (
        f"With enrolment of {pace}, the last analysis is expected {last:.1f} months after the "
        f"first patient is enrolled.{known}"
    )


def _characteristics(design: SizedDesign, made: Promises) -> list[str]:
    how = "by numerical integration under normal theory"
    if made.by == "exact":
        how = f"by enumeration, at an event risk of {words.control_words(design)}"
    none = "with no effect"
    if words.margin_of(design.endpoint) is not None:
        none = "with the effect on the margin"
    lines, boundary = [], "lower" if words.lower_reason(design) == "harm" else "futility"
    if design.sequential.futility is None:
        lines.append(f"The type I error is {made.as_run:.4f} ({how}).")
    else:
        lines.append(
            f"The type I error is {made.efficacy_only:.4f} if the {boundary} boundary is ignored "
            f"and {made.as_run:.4f} if it is followed ({how})."
        )
    if enumerable(design):
        exact = characteristics(design, no_effect(design), by="exact")
        lines.append(
            f"By enumeration of the outcomes the type I error is {exact.efficacy_only:.4f} and the "
            f"power {characteristics(design, by='exact').power:.4f}."
        )
    assert design.power is not None
    lines.append(
        f"The power as planned is {percent(design.power, 2)} ({words.method_words(design)})."
    )
    if len(design.looks) > 1:
        unit = unit_of(design)
        null, planned = (expected_size(design, one) for one in (made.null, made.planned))
        known = " whose outcome is known" if unit == "patients" else ""
        lines.append(
            f"The expected number of {unit}{known} at the end of the trial is {null:,.1f} {none} "
            f"and {planned:,.1f} as planned."
        )
        early, late = made.null.expected_enrolled, made.planned.expected_enrolled
        if unit == "patients" and early is not None and late is not None:
            lines.append(
                f"Including those enrolled by then and not yet followed up it is {early:,.1f} and "
                f"{late:,.1f}."
            )
    version = import_module("equipoise").__version__
    lines.append(f"The design was computed with Equipoise {version}.")
    return lines
