"""Checks on results: the counts behind them, what these allow, and how they are worded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from equipoise import methods
from equipoise.numerics.binomial import clopper_pearson
from equipoise.vocabulary.figure import Figure, say
from equipoise.wording import percent, percent_range, plural, verbatim

from .. import codes
from .asked import checked, reported, times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from equipoise.vocabulary.reading import Checked

    from .asked import Read


_SURROGATE = re.compile(
    r"\b(?:CT|scans?|imaging|x-?ray|viral load|antibod\w+|CRP|C-reactive|cytokines?|biomarkers?"
    r"|levels?|blood (?:pressure|sugar|glucose|tests?)|cholesterol|LDL|HbA1c|tumou?r (?:size"
    r"|shrink\w*)|bone density|oxygenation|lung function|inflammat\w+|test(?:ed)? (?:negative"
    r"|positive)|PCR|response rate|ejection fraction|plaque)\b",
    re.IGNORECASE,
)


_IMPORTANT = re.compile(
    r"\b(?:di(?:ed|e|es)|deaths?|mortality|surviv\w+|discharged?|ventilat\w+|intensive care|ICU"
    r"|hospitali\w+|recover\w+|cured|pain|stroke|heart attacks?|quality of life|relapse\w*"
    r"|disabilit\w+|pregnan\w+|birth|symptoms?|remission|fractures?|infections?)\b",
    re.IGNORECASE,
)


def outcome(read: Read) -> Iterator[Checked]:
    """Whether each result is something that people feel or survive, or a sign."""
    results = read.of("result", kind="outcome")
    if not results:
        yield checked(codes.OUTCOME, "skipped", say("No result with a number was found."))
        return
    surrogate = [f for f in results if _SURROGATE.search(f"{f.label or ''} {f.words}")]
    felt = [
        f for f in results if f not in surrogate and _IMPORTANT.search(f"{f.label or ''} {f.words}")
    ]
    for fact in surrogate[:2]:
        name = verbatim(fact.label or fact.words)
        yield checked(
            codes.OUTCOME,
            "caution",
            say(f"“{name}” is a sign, not something that people feel or survive."),
            [fact],
        )
    if felt:
        name = verbatim(felt[0].label or felt[0].words)
        yield checked(
            codes.OUTCOME,
            "passed",
            say(f"“{name}” is something that people feel or survive."),
            felt,
        )


def counts(read: Read) -> Iterator[Checked]:
    """Whether counts stand behind the results."""
    results = read.of("result", kind="outcome")
    bare = [f for f in results if not isinstance(f.value, tuple)]
    full = [f for f in results if isinstance(f.value, tuple) and None not in f.value]
    if results and not full:
        yield checked(
            codes.COUNTS,
            "caution",
            say(
                "Results are given as shares or without saying of how many; no count stands "
                "behind them in the text."
            ),
            bare,
        )
    elif full:
        yield checked(
            codes.COUNTS,
            "passed",
            say(
                f"{plural(len(full), 'result')} {'has' if len(full) == 1 else 'have'} both a "
                f"count and a total."
            ),
            full,
        )
    elif read.kind("hype") or read.kind("argument"):
        yield checked(codes.COUNTS, "issue", say("No result is given as a number."))


def intervals(read: Read) -> Iterator[Checked]:
    """The exact interval of every share that has a count and a total."""
    for fact in read.of("result", "counted"):
        if not isinstance(fact.value, tuple):
            continue
        events, n = fact.value
        if events is None or n is None or not 0 <= events <= n or n == 0:
            continue
        low, high = clopper_pearson(events, n)
        interval = Figure(
            id=f"text.{fact.id}.exact",
            value=(low, high),
            shown=percent_range(low, high),
            kind="computed",
            method=methods.CLOPPER_PEARSON,
            inputs=(f"text.{fact.id}",),
        )
        name = verbatim(fact.label or fact.words)
        yield checked(
            codes.INTERVALS,
            "passed",
            say(
                f"“{name}”: {{0}} ({percent(events / n)}); shares of {{1}} are compatible with "
                f"such a count (95% exact interval), whatever brought it about.",
                reported(fact, f"{events:,} of {n:,}"),
                interval,
            ),
            [fact],
        )


_SETTLED_STATE = re.compile(
    r"\b(?:discharged?|recovered|off (?:the )?ventilat\w+|cured|released|come off|came off)\b",
    re.IGNORECASE,
)


def final(read: Read) -> Iterator[Checked]:
    """Whether those are accounted for who had not reached a state that all may reach."""
    for fact in read.of("result", kind="outcome"):
        if not isinstance(fact.value, tuple) or not _SETTLED_STATE.search(fact.words):
            continue
        events, n = fact.value
        if events is None or n is None or events == n or fact.time:
            continue
        yield checked(
            codes.FINAL,
            "issue",
            say(
                "{0} by an unstated day; what became of the other "
                + f"{n - events:,} is not said.",
                reported(fact, f"{events:,} of {n:,}"),
            ),
            [fact],
        )


def harms(read: Read) -> Iterator[Checked]:
    """Whether harms are counted, denied, mentioned or not mentioned."""
    facts = read.kind("harm")
    how = read.study.harms
    feared = [fact for fact in facts if fact.topic == "feared"]
    mine = [fact for fact in facts if fact.topic == how]
    if how == "counted":
        yield checked(codes.HARMS, "passed", say("Harms are counted."), mine)
    elif how == "denied":
        yield checked(
            codes.HARMS,
            "issue",
            say("Harms are denied without a count; a denial is not a count."),
            mine,
        )
    elif how == "mentioned":
        yield checked(codes.HARMS, "caution", say("Harms are mentioned without a count."), mine)
    else:
        yield checked(
            codes.HARMS,
            "caution",
            say(
                "No harm that was looked for or seen is mentioned. Silence on harms is not "
                "absence of harms."
            ),
        )
    if feared:
        yield checked(codes.HARMS, "caution", say("A harm is feared, not observed."), feared)


_CAUSAL = re.compile(
    r"\b(?:cure[sd]?|prevent(?:s|ed)?|reduce[sd]?|improve[sd]?|sav(?:es|ed)|boost(?:s|ed)?"
    r"|eliminat(?:es|ed)|revers(?:es|ed)|led to|works|worked|effective|success(?:ful|fully)?"
    r"|thanks to|because of the treatment|following the treatment|after (?:\w+ ){0,3}(?:therapy"
    r"|treatment)|benefit(?:s|ed)?)\b",
    re.IGNORECASE,
)


def stronger(read: Read) -> Iterator[Checked]:
    """Whether what happened after a treatment is worded as its effect, without a comparison."""
    if read.study.controlled == "yes":
        return
    facts = [
        fact
        for fact in (*read.of("result", kind="outcome"), *read.kind("hype"), *read.of("popularity"))
        if _CAUSAL.search(fact.words)
    ]
    if facts:
        why = (
            "there was no comparison"
            if read.study.controlled == "no"
            else "no comparison is stated"
        )
        yield checked(
            codes.STRONGER,
            "issue" if read.study.controlled == "no" else "caution",
            say(
                f"What happened after the treatment is worded as its effect "
                f"{times(len(facts))}, though {why}."
            ),
            facts,
        )
