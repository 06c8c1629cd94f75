"""Sized designs as text."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, NamedTuple

from equipoise.vocabulary.endpoint import Binary, Continuous, TimeToEvent
from equipoise.vocabulary.trial import FixedSample
from equipoise.wording import listing, plural

from . import design_words as words
from .by_events import Enrolment
from .characteristics import characteristics, no_effect
from .design_frames import design_frame, enumerable, method_of, promises
from .summaries import futility_words, probability

if TYPE_CHECKING:
    from collections.abc import Callable

    from .characteristics import DesignCharacteristics
    from .design_frames import Promises
    from .sized import SizedDesign

WIDTH, LABEL, HEAD = 100, 38, 11
"""Letters a line; before the numbers under the table; before the words over it."""


class _Column(NamedTuple):
    """A column of the table: its two heads, its width, and what it shows of a frame's row."""

    over: str
    under: str
    width: int
    field: str
    shown: Callable[[float], str]


def design_summary(design: SizedDesign) -> str:
    """What people read first: sizes, boundaries and what they promise."""
    made = promises(design)
    parts = [_head(design), _table(design), _sizes(design, made), _errors(design, made)]
    if design.scenarios:
        parts.append(_scenarios(design))
    parts.append(_assumes(design))
    lines = "\n\n".join("\n".join(part) for part in parts).splitlines()
    return "\n".join(line.rstrip() for line in lines)


def _head(design: SizedDesign) -> list[str]:
    endpoint, plan = design.endpoint, design.plan
    arms = f"{listing(list(design.arms))}, {words.ratio_words(design)}"
    if len(design.arms) == 1:
        arms = f"{design.arms[0]}, a single arm"
    rows = {
        "endpoint": f"{endpoint.name}: {words.kind(endpoint)}, {words.better(endpoint)}",
        "aim": words.aim(endpoint),
        "assumed": "; ".join(words.assumptions(design)),
        "test": f"{words.test_words(design)}; {words.alpha_words(design)}",
        "power": f"{words.number(plan.target_power)} aimed at; {design.power:.4f} reached, "
        f"{words.method_words(design)}",
    }
    if isinstance(plan, FixedSample):
        rows["plan"] = "fixed sample, one analysis"
    else:
        efficacy = design.sequential.efficacy.name.removeprefix("efficacy ")
        rows["plan"] = f"group-sequential, {plural(len(design.looks), 'look')}"
        rows["efficacy"] = efficacy
        rows["futility"] = futility_words(design.sequential)
    lines = _wrapped(f"Trial design: {arms}", "", 2)
    return lines + [
        line for name, text in rows.items() for line in _wrapped(text, f"{name:<{HEAD}}", HEAD)
    ]


def _wrapped(text: str, first: str, indent: int) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=" " * indent)


def _columns(design: SizedDesign) -> list[_Column]:
    events = isinstance(design.endpoint, TimeToEvent)
    patients = [_Column("", "patients", 10, "patients", words.size)]
    if design.patients and len(set(design.patients)) > 1:
        patients = [
            _Column("patients,", "control", 10, "patients_control", words.size),
            _Column("patients,", "treatment", 11, "patients_treatment", words.size),
        ]
    if events:
        patients = [column._replace(over="enrolled,") if column.over else
                    column._replace(under="enrolled") for column in patients]  # fmt: skip
    columns = [
        _Column("", "look", 4, "look", str),
        _Column("", "information", 12, "information", probability),
    ]
    if design.patients:
        columns += patients
    if events:
        columns.append(_Column("", "events", 7, "events", words.size))
    if design.looks[-1].months is not None:
        columns.append(_Column("", "month", 7, "months", lambda value: f"{value:.1f}"))
    columns += [
        _Column("efficacy", "z", 10, "efficacy_z", lambda value: f"{value:.3f}"),
        _Column("one-sided", "p", 10, "efficacy_p", probability),
        _Column("", "effect", 9, "efficacy_effect", lambda value: f"{value:.3g}"),
    ]
    if design.sequential.futility is not None:
        columns += [
            _Column("futility", "z", 10, "futility_z", lambda value: f"{value:.3f}"),
            _Column("", "effect", 9, "futility_effect", lambda value: f"{value:.3g}"),
        ]
    return columns


def _table(design: SizedDesign) -> list[str]:
    """A row a look."""
    columns = _columns(design)
    lines = [
        "".join(f"{column.over:>{column.width}}" for column in columns),
        "".join(f"{column.under:>{column.width}}" for column in columns),
    ]
    for row in design_frame(design).iter_rows(named=True):
        cells = [(row[column.field], column) for column in columns]
        lines.append(
            "".join(
                f"{' none' if value is None else f' {column.shown(value)}':>{column.width}}"
                for value, column in cells
            )
        )
    effect = f"Effect: the {words.measure(design.endpoint)} observed at the boundary"
    if isinstance(design.endpoint, Binary) and not design.endpoint.single_arm:
        effect += ", control as assumed"
        effect += ", by the score test" if design.test in {"fisher-exact", "unpooled"} else ""
    return [*lines, *_wrapped(f"{effect}.{_sides(design)}", "", 0)]


def _sides(design: SizedDesign) -> str:
    if design.plan.sided == 1:
        return ""
    wedge = "" if design.sequential.futility is None else "; futility is where |z| is at most its z"
    return f" The boundary for harm is minus the efficacy z{wedge}."


def _sizes(design: SizedDesign, made: Promises) -> list[str]:
    unit, last = unit_of(design), design.looks[-1]
    most = design.n_total if unit == "patients" else last.events
    fixed = design.fixed_patients if unit == "patients" else design.fixed_events
    assert most is not None
    assert fixed is not None
    several = len(design.looks) > 1
    lines = [_line("maximum size" if several else "size", f"{words.size(most)} {unit}")]
    if design.enrolment is not None:
        enrolment = Enrolment(*design.enrolment)
        text = f"{words.size(round(enrolment.patients, 6))} over {enrolment.edges[-1]:.1f} months"
        lines.append(_line("patients to enrol", text))
    none = words.null_words(design.endpoint)
    if several:
        lines.append(_line("fixed-sample trial", f"{words.size(fixed)} {unit}"))
        for name, one in ((none, made.null), ("as planned", made.planned)):
            mean = expected_size(design, one)
            text = f"{mean:,.1f} {unit}, {mean / fixed:.3f} times the fixed-sample size"
            lines.append(_line(f"expected size, {name}", text))
        if unit == "patients" and made.null.expected_enrolled is not None:
            both = [one.expected_enrolled or 0.0 for one in (made.null, made.planned)]
            text = f"{both[0]:,.1f} {none}, {both[1]:,.1f} as planned, followed up or not"
            lines.append(_line("expected enrolled", text))
    months = last.months
    if months is None:
        return lines
    planned = ", as planned" if isinstance(design.endpoint, TimeToEvent) else ""
    lines.append(_line("duration", f"{months:.1f} months to the last look{planned}"))
    if several:
        early, hoped = made.null.expected_months, made.planned.expected_months
        text = f"{early:.1f} months {none}, {hoped:.1f} as planned"
        lines.append(_line("expected duration", text))
    return lines


def unit_of(design: SizedDesign) -> str:
    """What the size counts."""
    return "events" if isinstance(design.endpoint, TimeToEvent) else "patients"


def expected_size(design: SizedDesign, found: DesignCharacteristics) -> float:
    """Mean patients or events at the end."""
    mean = found.expected_events if unit_of(design) == "events" else found.expected_patients
    assert mean is not None
    return mean


def _errors(design: SizedDesign, made: Promises) -> list[str]:
    how = words.method_words(design)
    if made.by == "exact":
        how += f" at {words.control_words(design)}"
    lines = [
        _line("type I error, efficacy boundary only", f"{made.efficacy_only:.4g}, {how}"),
        _line("type I error, as run", f"{made.as_run:.4g}, {how}"),
    ]
    if enumerable(design):
        null, planned = (
            characteristics(design, truth, by="exact") for truth in (no_effect(design), None)
        )
        lines += [
            _line("the same by enumeration", f"{null.efficacy_only:.4g}; {null.power:.4g} as run"),
            _line("power by enumeration", f"{planned.power:.4g}"),
        ]
    return lines


def _scenarios(design: SizedDesign) -> list[str]:
    timed = math.isfinite(design.looks[-1].months or math.nan)
    unit = unit_of(design)
    head = f"{'scenario':<28}{'truth':<24}{'finds benefit':>13}{f'expected {unit}':>20}"
    lines = [head + (f"{'months':>9}" if timed else "")]
    for truth in design.scenarios:
        if not truth.plain:
            continue
        found = characteristics(design, truth, by=method_of(design))
        name = textwrap.shorten(truth.name, 26, placeholder="…")
        shown = textwrap.shorten(words.truth_words(design, truth), 22, placeholder="…")
        row = f"{name:<28}{shown:<24}{probability(found.power):>13}"
        row += f"{expected_size(design, found):>20,.1f}"
        lines.append(row + (f"{found.expected_months:>9.1f}" if timed else ""))
    others = [truth.name for truth in design.scenarios if not truth.plain]
    if others:
        named = textwrap.shorten(", ".join(others), 60, placeholder="…")
        lines.append(f"Only by simulation, eq.simulate: {named}")
    return lines


def basis(design: SizedDesign) -> list[str]:
    """What the numbers rest on, one part a sentence."""
    endpoint = design.endpoint
    if method_of(design) == "exact":
        parts = ["independent binomial counts"]
        if len(design.looks) > 1:
            parts.append("boundaries of jointly normal statistics with independent increments")
    else:
        parts = ["statistics jointly normal with independent increments"]
        if not isinstance(endpoint, Continuous):
            parts.append("asymptotic for rates and survival")
        elif not endpoint.known_sd:
            parts.append("fixed-sample size by the t distribution")
    if isinstance(endpoint, TimeToEvent):
        parts += ["proportional hazards", "patients and months are expectations"]
    else:
        parts.append("every patient's outcome becomes known")
    return parts + _only_simulated(design)


def _only_simulated(design: SizedDesign) -> list[str]:
    """What of the design these numbers leave out."""
    endpoint, parts = design.endpoint, []
    if isinstance(endpoint, TimeToEvent) and (endpoint.rho or endpoint.gamma):
        parts.append("sizes and chances are those of the unweighted log-rank test")
    if design.rules:
        parts.append("rules beside the plan's boundaries are left out: simulate them")
    if design.look_by in ("calendar", "information"):
        parts.append(f"looks by {design.look_by} come at the information planned for them")
    return parts


def _assumes(design: SizedDesign) -> list[str]:
    return _wrapped("assumes " + "; ".join(basis(design)), "", 0)


def _line(label: str, text: str) -> str:
    return f"{label:<{LABEL}}{text}"
