"""What the text says of the study that is claimed, folded from its facts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from equipoise.vocabulary.reading import Group, StudyFacts

from .finders import treatment
from .finders.design_answer import Settled, settle
from .finders.harms import settled as harms_settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.vocabulary.reading import Answer, Fact

    from .candidates import Findings
    from .finders.sentences import Script


def fold_study(script: Script, found: Findings, facts: Sequence[Fact]) -> StudyFacts:
    """Fold facts into answers; what no fact speaks of stays None or *silent*."""
    because: dict[str, tuple[str, ...]] = {}
    implied: list[str] = []

    def rests_on(field: str, *topics: str) -> None:
        ids = tuple(
            fact.id
            for fact in facts
            if fact.topic in topics and (fact.study or field == "n_trials")
        )
        if ids:
            because[field] = ids

    answers: dict[str, Answer] = {}
    for feature in ("randomised", "controlled", "blinded"):
        result = settle(found.mentions, feature)
        if feature == "controlled":
            result = _compared(result, answers["randomised"], facts)
        answers[feature] = result.answer
        if result.implied:
            implied.append(feature)
        rests_on(feature, feature)
    total = found.total
    if total is not None:
        rests_on("n_total", "total", "group")
    for field, topic in (
        ("phase", "phase"),
        ("registry_ids", "registry id"),
        ("n_trials", "number of trials"),
        ("follow_up", "follow-up"),
        ("started", "part of a trial"),
    ):
        rests_on(field, topic)
    phases = [fact for fact in facts if fact.topic == "phase" and fact.status == "stated"]
    trials = [fact for fact in facts if fact.topic == "number of trials"]
    caution = any(fact.kind == "caution" for fact in facts) or any(
        fact.topic == "controlled" and fact.status == "denied" for fact in facts
    )
    return StudyFacts(
        n_total=total.n if total else None,
        n_total_derived=bool(total and total.derived),
        groups=_groups(facts),
        randomised=answers["randomised"],
        controlled=answers["controlled"],
        blinded=answers["blinded"],
        phase=str(phases[0].value) if phases else None,
        registry_ids=tuple(dict.fromkeys(str(f.value) for f in facts if f.topic == "registry id")),
        n_trials=_most_trials(trials, found),
        follow_up=next((str(f.value) for f in facts if f.topic == "follow-up"), None),
        started=next(
            (str(f.value) for f in facts if f.topic == "part of a trial" and f.value), None
        ),
        subjects=_subjects(script, found),
        harms=harms_settled(found.harms),
        co_treatments="yes" if any(f.topic == "co-treatments" for f in facts) else "silent",
        funding="yes" if any(f.topic == "funding" for f in facts) else "silent",
        caution=caution,
        implied=tuple(implied),
        because=tuple(because.items()),
    )


def _compared(result: Settled, randomised: Answer, facts: Sequence[Fact]) -> Settled:
    """Random allocation, or groups that were given different things, entail a comparison."""
    compared = [m for m in result.because if m.answer == "yes"]
    if result.answer == "no" and randomised == "yes" and not compared:
        stated = [
            f
            for f in facts
            if f.topic == "controlled" and f.value == "yes" and f.status == "stated"
        ]
        return Settled("yes", result.because, not stated)
    if result.answer != "silent":
        return result
    arms = [f for f in facts if f.topic == "group" and f.rule == "people in a group"]
    if randomised == "yes" or len(arms) > 1:
        return Settled("yes", result.because, True)
    return result


def _groups(facts: Sequence[Fact]) -> tuple[Group, ...]:
    found: dict[tuple[str, int], Group] = {}
    for fact in facts:
        if (
            fact.kind == "patients"
            and fact.topic
            in ("group", "reported first", "planned", "screened", "excluded", "analysed")
            and isinstance(fact.value, int)
        ):
            label = fact.label or fact.topic
            found.setdefault((label, fact.value), Group(label=label, n=fact.value))
    return tuple(found.values())


def _most_trials(trials: list[Fact], found: Findings) -> int | None:
    """The number that is called trials before one called studies; of several, the first."""
    named = [counted.n for counted in found.trials if counted.trials]
    if named:
        return named[0]
    return int(trials[0].value) if trials and isinstance(trials[0].value, int) else None


def _subjects(
    script: Script, found: Findings
) -> Literal["people", "animals", "cells", "simulation", "silent"]:
    text = script.text
    people = [count for count in found.counts if not count.animals]
    animals = [count for count in found.counts if count.animals]
    if people or re.search(
        r"\b(?:patients|participants|women|men|children|adults|volunteers|people)\b",
        text,
        re.IGNORECASE,
    ):
        if animals and not people:
            return "animals"
        return "people"
    if animals or treatment.is_animal(text):
        return "animals"
    if treatment.is_simulated(text):
        return "simulation"
    return "cells" if treatment.is_in_vitro(text) else "silent"
