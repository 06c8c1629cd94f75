"""Operating characteristics and replayed trials as plain text."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, NamedTuple

from equipoise.numerics.trials import records as r
from equipoise.parts.accrual import DAYS_PER_MONTH
from equipoise.parts.analysis import test_title
from equipoise.parts.rules import ConditionalPower, OwnRule, PredictivePower, SafetyBoundary
from equipoise.vocabulary.endpoint import Binary, Continuous, TimeToEvent
from equipoise.wording import listing, plural

from .frames import STOPS, frame, is_difference, kind_of, looks, pending, truth_words
from .frames import replayed as replayed_frame
from .job import interval_level, look_by

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from equipoise.vocabulary.trial import Design

    from .operating import OperatingCharacteristics
    from .replay import Replay, ReplayedLook

WIDTH, NAME, TRUTH = 100, 24, 30
"""Letters a line, and at most of a scenario's name and truth."""
ROUNDING = 1e-7
"""An error so small beside its value comes of rounding: the value is the same in every trial."""
MOST_LINES = 60
"""Lines of looks beyond which a scenario has one line of totals instead."""

CALLED = {
    "patients": "patients whose outcome is known",
    "events": "events",
    "information": "statistical information",
    "calendar": "the calendar",
}
COLUMN_HEADS = {
    "efficacy": ("", "benefit"),
    "futility": ("", "futility"),
    "conditional power": ("conditional", "power"),
    "predictive power": ("predictive", "power"),
    "safety": ("", "safety"),
    "harm": ("", "harm"),
    "end": ("no", "finding"),
}
SENTENCES = {
    "efficacy": "stopped for benefit",
    "futility": "stopped at the futility boundary",
    "conditional power": "stopped for low conditional power",
    "predictive power": "stopped for low predictive power",
    "safety": "stopped for adverse events",
    "harm": "stopped for harm",
    "end": "ended without a finding",
}


class _Column(NamedTuple):
    """Of a table: its two heads and the cells below; texts stand at the left of their room."""

    over: str
    under: str
    cells: Sequence[str]
    text: bool = False

    @property
    def width(self) -> int:
        """Of the longest cell."""
        return max(map(len, (self.over, self.under, *self.cells)))


def summary(oc: OperatingCharacteristics) -> str:
    """What people read first; every number from simulated trials with its Monte Carlo error."""
    parts = [_head(oc), _chances(oc), _sizes(oc), _stops(oc), _estimates(oc), _notes(oc)]
    lines = [line.rstrip() for part in parts if part for line in (*part, "")]
    return "\n".join(lines[:-1])


def with_error(value: float | None, error: float | None) -> str:
    """``0.336 ± 0.010``: as many digits as the error supports."""
    if value is None:
        return "none"
    if error is None or error <= ROUNDING * abs(value):
        return f"{value:,.5g}"
    digits = digits_of(error)
    return f"{value:,.{digits}f} ± {error:,.{digits}f}"


def digits_of(error: float) -> int:
    """Decimals that show one figure of an error, two where the first is 1."""
    size = math.floor(math.log10(error) + 1e-9)
    leading = error / 10.0**size
    return max(-size + (leading < 1.95), 0)


def share_with_error(value: float | None, error: float | None, trials: int) -> str:
    """The same of a share; of none or all of the trials, that."""
    if value in (0.0, 1.0):
        return f"{'none' if value == 0 else 'all'} of {trials:,}"
    return with_error(value, error)


def _head(oc: OperatingCharacteristics) -> list[str]:
    design = oc.design
    test = test_title(design.endpoint, design.plan, design.ratio)
    sides = "one-sided" if design.plan.sided == 1 else "two-sided"
    count = len(design.looks)
    several = f"{plural(count, 'look')} by {CALLED[look_by(design)]}" if count > 1 else "one look"
    most = f"{design.n_total:,.6g} patients{' at most' if count > 1 else ''}"
    arms = " and ".join(design.arms) if len(design.arms) > 1 else f"{design.arms[0]}, a single arm"
    rows = [
        f"Simulated trials: {arms}; {design.endpoint.name}, "
        f"{'a ' if isinstance(design.endpoint, TimeToEvent) else ''}{design.endpoint.better}"
        f"{' hazard' if isinstance(design.endpoint, TimeToEvent) else ''} is better",
        f"{most}; {several}; {test}; {sides} alpha {design.plan.alpha:g}",
    ]
    if design.rules:
        rows.append(f"rules beside the plan: {'; '.join(map(_rule_words, design.rules))}")
    rows.append(
        f"{plural(oc.replicates, 'simulated trial')} of "
        f"{'each of ' if len(oc.scenarios) > 1 else ''}"
        f"{plural(len(oc.scenarios), 'scenario')}; seed {oc.seed}"
    )
    return [line for row in rows for line in _wrapped(row, 2)]


def _rule_words(rule: Any) -> str:
    if isinstance(rule, ConditionalPower):
        return f"stop at conditional power of {rule.at_most:g} or less ({rule.trend} effect)"
    if isinstance(rule, PredictivePower):
        prior = "flat prior" if rule.prior is None else "informative prior"
        return f"stop at predictive power of {rule.at_most:g} or less ({prior})"
    if isinstance(rule, SafetyBoundary):
        z = rule.z if isinstance(rule.z, tuple) else (rule.z,)
        return f"stop at z {listing([f'{value:g}' for value in z])} of {rule.name}"
    assert isinstance(rule, OwnRule)
    return f"a rule of one's own{' instead of the boundaries' if rule.instead else ''}"


def _chances(oc: OperatingCharacteristics) -> list[str]:
    rows, trials = frame(oc).to_dicts(), _trials(oc)
    truths = [_short(row["truth"], TRUTH) for row in rows]
    columns = [_names(oc), _Column("", "truth", truths, text=True)]
    heads = (
        ("benefit", "finds benefit,", "as run"),
        ("benefit_alone", "efficacy", "boundary alone"),
        ("harm", "", "finds harm"),
    )
    for name, over, under in heads:
        cells = [
            share_with_error(row[name], row[f"{name}_error"], n)
            for row, n in zip(rows, trials, strict=True)
        ]
        columns.append(_Column(over, under, cells))
        if name == "benefit":
            columns += _theory(rows)
    return _table(columns)


def _theory(rows: list[dict[str, Any]]) -> list[_Column]:
    """Benefit as run by enumeration where there is one, else by normal theory."""
    name = "exact" if any(row["exact"] is not None for row in rows) else "normal"
    if all(row[name] is None for row in rows):
        return []
    head = ("by enu-", "meration") if name == "exact" else ("normal", "theory")
    cells = [_probability(row[name]) for row in rows]
    return [_Column(*head, cells)]


def _sizes(oc: OperatingCharacteristics) -> list[str]:
    """Patients, events and months where the trials end."""
    rows = frame(oc).to_dicts()
    columns = [
        _names(oc),
        _means(rows, "patients", "at the end", "patients"),
        _spread(rows, "patients", 0),
    ]
    if pending(oc):
        columns.append(_means(rows, "known", "outcome", "known"))
    if not isinstance(oc.design.endpoint, Continuous):
        columns.append(_means(rows, "events", "", "events"))
    if oc.job.calendar:
        columns += [_means(rows, "months", "", "months"), _spread(rows, "months", 1)]
    return _table(columns)


def _means(rows: list[dict[str, Any]], name: str, over: str, under: str) -> _Column:
    cells = [with_error(row[name], row[f"{name}_error"]) for row in rows]
    return _Column(over, under, cells)


def _spread(rows: list[dict[str, Any]], name: str, digits: int) -> _Column:
    """From the tenth to the ninetieth percentile of the trials."""
    cells = []
    for row in rows:
        ends = [row[f"{name}_p10"], row[f"{name}_p90"]]
        words = [f"{value:,.{digits}f}" for value in ends if value is not None]
        cells.append(" to ".join(dict.fromkeys(words)) or "none")
    return _Column("8 in 10", "within", cells)


def _stops(oc: OperatingCharacteristics) -> list[str]:
    """Why trials end at which look, shares of all trials of the scenario."""
    rows, count = looks(oc).to_dicts(), len(oc.design.looks)
    trials = dict(zip([row.name for row in oc.truths], _trials(oc), strict=True))
    reasons = [reason for reason, name in STOPS.items() if any(row[name] for row in rows)]
    by_look = len(rows) <= MOST_LINES
    if not by_look:
        rows = [_total(rows[i : i + count]) for i in range(0, len(rows), count)]

    def shares(name: str) -> list[str]:
        return [_share(row[name], trials[row["scenario"]]) for row in rows]

    names = [_short(row["scenario"]) if row["look"] in (1, None) else "" for row in rows]
    columns = [_Column("share that", "ends by", names, text=True)]
    if by_look:
        columns.append(_Column("", "look", [str(row["look"]) for row in rows]))
        if oc.job.calendar:
            columns.append(_Column("mean", "month", [_fixed(row["months"]) for row in rows]))
        columns.append(_Column("", "reached", shares("reached")))
    columns += [_Column(*COLUMN_HEADS[reason], shares(STOPS[reason])) for reason in reasons]
    return _table(columns)


def _total(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Over the looks of one scenario."""
    sums = {name: sum(row[name] or 0.0 for row in rows) for name in STOPS.values()}
    return {"scenario": rows[0]["scenario"], "look": None, **sums}


def _estimates(oc: OperatingCharacteristics) -> list[str]:
    """The naive estimate; left out where no scenario has a true effect."""
    rows = frame(oc).to_dicts()
    if all(row["bias"] is None for row in rows):
        return []
    effects = [
        "varies" if truth.prior is not None else "none" if row["effect"] is None else _effect(row)
        for row, truth in zip(rows, oc.truths, strict=True)
    ]
    coverage = [
        share_with_error(row["coverage"], row["coverage_error"], int(sums[r.ESTIMATED]))
        for row, sums in zip(rows, oc.totals.sums, strict=True)
    ]
    return _table(
        [
            _names(oc),
            _Column("true", _scale(oc.design), effects),
            _means(rows, "bias", "", "bias"),
            _means(rows, "rmse", "root mean", "square error"),
            _Column("coverage of", f"{100 * interval_level(oc.design):g}% interval", coverage),
        ]
    )


def _effect(row: dict[str, Any]) -> str:
    """A true effect with the decimals of its bias, four figures at least."""
    places = digits_of(row["bias_error"]) if row["bias_error"] else 4
    return f"{row['effect'] + 0.0:.{places}f}"


def _scale(design: Design) -> str:
    endpoint = design.endpoint
    if isinstance(endpoint, TimeToEvent):
        return "log hazard ratio"
    if not is_difference(endpoint):
        assert isinstance(endpoint, Binary)
        return "log odds ratio" if endpoint.scale == "odds ratio" else "log risk ratio"
    what = "risk" if isinstance(endpoint, Binary) else "mean"
    return f"{what} less reference" if endpoint.single_arm else f"{what} difference"


def _notes(oc: OperatingCharacteristics) -> list[str]:
    """What the numbers are, and what they leave out."""
    level = f"{100 * interval_level(oc.design):g}%"
    notes = [
        "± is the Monte Carlo standard error: how far the number may move with another seed. "
        "8 in 10 trials lie within the 10th and the 90th percentile.",
        "Shares that end at a look are of all trials of the scenario, with the digits that their "
        f"error supports: at most {0.5 / math.sqrt(oc.replicates):.1g}.",
        "Efficacy boundary alone: every other rule ignored, each trial goes on until that boundary "
        "is crossed or its last look is over. Finds harm: the result lies at or beyond the mirrored"
        " benefit boundary where the trial ends, or it stops for harm.",
    ]
    if _estimates(oc):
        notes.append(
            f"Bias, error and coverage are of the naive estimate and its {level} interval where "
            "the trial ends, as if nobody had looked before: early stopping biases it."
        )
    notes += _theory_notes(oc)
    null = [
        row.scenario.name
        for row in oc.scenarios
        if kind_of(oc.design.endpoint, row.effect) == "type I error"
    ]
    if null:
        notes.append(f"To find benefit is a type I error under: {listing(null)}.")
    if any(math.isnan(row.bias) for row in oc.scenarios):
        notes.append("A scenario without one true effect has no bias and no coverage here.")
    if any(row.prior is not None for row in oc.truths):
        notes.append(
            "Where the truth is drawn from a prior, the chance to find benefit is the assurance, "
            "and each estimate is compared with the truth of its own trial."
        )
    notes += [*_unfinished(oc), *_failures(oc)]
    if not oc.job.calendar:
        notes.append("No accrual is stated: outcomes are known at once, and there are no months.")
    return [line for note in notes for line in _wrapped(note, 0)]


def _theory_notes(oc: OperatingCharacteristics) -> list[str]:
    if any(row.exact is not None for row in oc.scenarios):
        return ["By enumeration: every outcome of every look, weighted by its binomial chance."]
    if all(row.normal is None for row in oc.scenarios):
        return []
    usual = "; it is asymptotic" if not isinstance(oc.design.endpoint, Continuous) else ""
    return [f"Normal theory takes the statistics of the looks as jointly normal{usual}."]


def _unfinished(oc: OperatingCharacteristics) -> list[str]:
    short = [row for row in oc.scenarios if row.short > 0]
    if not short:
        return []
    shares = listing([f"{100 * row.short:.2g}% ({_short(row.scenario.name)})" for row in short])
    return [f"Last looks short of the planned information, since no more was to come: {shares}."]


def _failures(oc: OperatingCharacteristics) -> list[str]:
    failed = [row for row in oc.scenarios if row.failed]
    if not failed:
        return []
    counts = listing([f"{row.failed:,} ({_short(row.scenario.name)})" for row in failed])
    return [f"Trials that failed, which count nowhere above: {counts}."]


def _trials(oc: OperatingCharacteristics) -> list[int]:
    return [int(sums[r.TRIALS]) for sums in oc.totals.sums]


def _names(oc: OperatingCharacteristics) -> _Column:
    return _Column("", "scenario", [_short(row.name) for row in oc.truths], text=True)


def _short(text: str, width: int = NAME) -> str:
    return text if len(text) <= width else f"{text[: width - 1].rstrip()}…"


def _table(columns: list[_Column]) -> list[str]:
    """Two heads and a row each; what has no room is put below, beside the first column again."""
    for gap in (3, 2):
        if sum(column.width for column in columns) + gap * (len(columns) - 1) <= WIDTH:
            return _lines(columns, gap)
    used, fits = columns[0].width, 1
    while fits < len(columns) and used + 2 + columns[fits].width <= WIDTH:
        used += 2 + columns[fits].width
        fits += 1
    return [*_lines(columns[:fits], 2), "", *_table([columns[0], *columns[fits:]])]


def _lines(columns: list[_Column], gap: int) -> list[str]:
    heads = [[column.over for column in columns], [column.under for column in columns]]
    rows = [list(row) for row in zip(*(column.cells for column in columns), strict=True)]
    return [
        (" " * gap)
        .join(
            f"{cell:<{column.width}}" if column.text else f"{cell:>{column.width}}"
            for cell, column in zip(row, columns, strict=True)
        )
        .rstrip()
        for row in (*heads, *rows)
        if any(row)
    ]


def _share(value: float | None, trials: int) -> str:
    """With the digits that the error of so many trials supports."""
    if value is None:
        return "none"
    if value in (0.0, 1.0):
        return f"{value:.0f}"
    return f"{value:.{digits_of(math.sqrt(value * (1 - value) / trials))}f}"


def _probability(value: float | None) -> str:
    if value is None:
        return "none"
    return f"{value:.4f}" if value >= 0.001 else f"{value:.2g}"


def _fixed(value: float | None, digits: int = 1) -> str:
    return "none" if value is None else f"{value:.{digits}f}"


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=" " * indent)


def replayed(replay: Replay) -> str:
    """One simulated trial: what each look saw, what was decided, and how it ended."""
    design = replay.design
    delayed = replay.calendar and design.endpoint.delay_days > 0
    head = (
        f"Replicate {replay.replicate} of seed {replay.seed}, scenario {replay.scenario.name}: "
        f"{truth_words(replay.scenario, replay.single_arm)}"
    )
    rows = replayed_frame(replay).to_dicts()
    columns = [_Column("", "look", [str(row["look"]) for row in rows])]
    if replay.calendar:
        columns.append(_Column("", "month", [_fixed(row["months"]) for row in rows]))
    columns.append(_Column("", "enrolled", [f"{row['enrolled']:,}" for row in rows]))
    if delayed:
        known = [sum(look.patients) for look in replay.looks]
        waiting = [row["enrolled"] - n for row, n in zip(rows, known, strict=True)]
        columns.append(_Column("outcome", "known", [f"{n:,}" for n in known]))
        columns.append(_Column("", "pending", [f"{n:,}" for n in waiting]))
    if not isinstance(design.endpoint, Continuous):
        events = [" v ".join(_arms(replay, look.events or (0, 0))) for look in replay.looks]
        columns.append(_Column("", "events", events))
    columns += _statistics(replay, rows)
    table = _table(columns) if rows else ["No look took place."]
    return "\n".join([*_wrapped(head, 2), "", *table, "", *_wrapped(ending(replay), 0)])


def _arms(replay: Replay, pair: tuple[int, int]) -> list[str]:
    return [f"{n:,}" for n in (pair[1:] if replay.single_arm else pair)]


def _statistics(replay: Replay, rows: list[dict[str, Any]]) -> list[_Column]:
    """The statistic, its boundaries, and the decision."""
    columns = [
        _Column("", "z", [_fixed(row["z"], 3) for row in rows]),
        _Column("efficacy", "z", [_fixed(row["efficacy_bound"], 3) for row in rows]),
    ]
    if any(row["futility_bound"] is not None for row in rows):
        futility = [_fixed(row["futility_bound"], 3) for row in rows]
        columns.append(_Column("futility", "z", futility))
    if any(row["adverse_z"] is not None for row in rows):
        columns.append(_Column("adverse", "z", [_fixed(row["adverse_z"], 2) for row in rows]))
    decisions = [_decision(look) for look in replay.looks]
    return [*columns, _Column("", "decision", decisions, text=True)]


def _decision(look: ReplayedLook) -> str:
    if look.after_the_end:
        return "(crossed)" if look.z >= look.efficacy_bound - 1e-10 else "(not crossed)"
    return "no finding" if look.decision == "end" else look.decision


def ending(replay: Replay, after: str = "in brackets") -> str:
    """The end in one sentence, and one on the efficacy boundary alone where the two differ.

    `after` says how the looks after the end are shown.
    """
    end = replay.end
    if replay.reason == "failed" or end is None:
        return f"The trial failed: {replay.failure}."
    parts = [f"{plural(end.enrolled, 'patient')} enrolled"]
    if replay.calendar:
        parts.insert(0, f"in month {end.day / DAYS_PER_MONTH:.1f}")
        if replay.design.endpoint.delay_days:
            parts.append(f"{sum(end.patients):,} of them with a known outcome")
    if end.events is not None:
        parts.append(plural(sum(end.events), "event"))
    text = f"The trial {SENTENCES[replay.reason]} at look {end.look}, {listing(parts)}."
    if any(look.after_the_end for look in replay.looks):
        verdict = "would have been" if replay.found_by_efficacy_alone else "would not have been"
        text += f" By the efficacy boundary alone it goes on, {after}: it {verdict} crossed."
    return text
