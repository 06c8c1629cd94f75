"""Checks on the study that a text claims: who, how many, against what, for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.vocabulary.figure import say
from equipoise.wording import listing, plural, verbatim

from .. import codes
from .asked import checked, reported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from equipoise.vocabulary.finding import Check, FindingStatus
    from equipoise.vocabulary.reading import Answer, Checked

    from .asked import Read


def answer(
    check: Check, field: str, yes: str, no: str, silent: str, silence: FindingStatus = "issue"
) -> Callable[[Read], Iterator[Checked]]:
    """A rule that says what the text says of one feature of the claimed study."""

    def rule(read: Read) -> Iterator[Checked]:
        answer: Answer = getattr(read.study, field)
        facts = [f for f in read.of(field, kind="design") if f.study and f.value == answer]
        implied = field in read.study.implied
        entailed = " The text entails this; it does not say it." if implied else ""
        if answer == "silent":
            yield checked(check, silence, say(silent))
        else:
            status: FindingStatus = "passed" if answer == "yes" else "issue"
            yield checked(check, status, say((yes if answer == "yes" else no) + entailed), facts)
        others = [
            f for f in read.of(field, kind="design") if f.status in ("planned", "needed", "cited")
        ]
        if others and answer != "yes":
            how = {
                "planned": "a study to come",
                "needed": "a study called for",
                "cited": "another study",
            }
            yield checked(
                check,
                "caution",
                say(
                    f"What is said of this elsewhere in the text is of {how[others[0].status]}, "
                    f"not of the study claimed."
                ),
                others,
            )

    return rule


def registered(read: Read) -> Iterator[Checked]:
    """Whether a registry number is given."""
    ids = read.of("registry id", kind="design")
    if ids:
        names = listing([verbatim(str(fact.value)) for fact in ids])
        yield checked(codes.REGISTERED, "passed", say(f"A registry number is given: {names}."), ids)
    else:
        yield checked(codes.REGISTERED, "caution", say("No registry number is given."))


def people(read: Read) -> Iterator[Checked]:
    """How many people the claim rests on, and whether that is said or added up."""
    total = read.of("total", kind="patients")
    n = read.study.n_total
    if n is None:
        yield checked(
            codes.PEOPLE, "issue", say("The text does not say how many people the claim rests on.")
        )
    elif read.study.n_total_derived:
        groups = read.of("group", kind="patients")
        yield checked(
            codes.PEOPLE,
            "caution",
            say(f"{n:,} people, added up from the groups; no total is given."),
            groups,
        )
    else:
        facts = total or read.of("group", kind="patients")
        figure = reported(facts[0], f"{n:,}") if facts else None
        sentence = (
            say("The claim rests on {0} people.", figure)
            if figure
            else say(f"The claim rests on {n:,} people.")
        )
        yield checked(codes.PEOPLE, "passed", sentence, facts)


def sums(read: Read) -> Iterator[Checked]:
    """Whether the groups add up to the total."""
    sums = read.of("sum", kind="patients")
    if sums:
        yield checked(
            codes.SUMS,
            "passed",
            say("The groups add up: {0}.", reported(sums[0], str(sums[0].value))),
            sums,
        )
        return
    groups = [f for f in read.of("group", kind="patients") if isinstance(f.value, int)]
    n = read.study.n_total
    if n is None or read.study.n_total_derived or len(groups) < 2:
        yield checked(codes.SUMS, "not applicable", say("The text gives no groups beside a total."))
        return
    added = sum(int(f.value) for f in groups if isinstance(f.value, int))
    yield checked(
        codes.SUMS,
        "caution",
        say(
            f"The groups named ({listing([str(f.value) for f in groups])}) do not add up to "
            f"{n:,}: they come to {added:,}."
        ),
        groups,
    )


def once(read: Read) -> Iterator[Checked]:
    """Whether some of the people were reported before."""
    facts = read.of("reported first", kind="patients")
    if facts and read.study.n_total is not None:
        yield checked(
            codes.ONCE,
            "caution",
            say(
                "{0} of the "
                + f"{read.study.n_total:,}"
                + " were reported first; they are to be counted once.",
                reported(facts[0], str(facts[0].value)),
            ),
            facts,
        )


def follow_up(read: Read) -> Iterator[Checked]:
    """Whether a time of follow-up is given."""
    facts = read.of("follow-up", kind="design")
    if facts:
        yield checked(
            codes.FOLLOW_UP,
            "passed",
            say(f"A time is given: {verbatim(str(facts[0].value))}."),
            facts,
        )
    else:
        yield checked(
            codes.FOLLOW_UP, "issue", say("The text does not say how long people were followed.")
        )


def co_treatments(read: Read) -> Iterator[Checked]:
    """Whether other treatment is mentioned."""
    facts = read.of("co-treatments")
    if facts:
        yield checked(codes.CO_TREATMENTS, "passed", say("Other treatment is mentioned."), facts)
    else:
        yield checked(
            codes.CO_TREATMENTS,
            "caution",
            say("The text does not say what else the people received."),
        )


def subjects(read: Read) -> Iterator[Checked]:
    """Whether the study is of people."""
    subjects = read.study.subjects
    words = {"animals": "animals", "cells": "cells in a dish", "simulation": "a simulation"}
    if subjects == "people":
        yield checked(codes.SUBJECTS, "passed", say("The study is of people."))
    elif subjects in words:
        yield checked(
            codes.SUBJECTS,
            "issue",
            say(f"The study is of {words[subjects]}, not of people."),
            read.of("total", "group"),
        )
    else:
        yield checked(
            codes.SUBJECTS, "skipped", say("The text does not say in whom it was studied.")
        )


def funding(read: Read) -> Iterator[Checked]:
    """Whether funding or interests are declared."""
    facts = read.of("funding")
    if facts:
        yield checked(codes.FUNDING, "passed", say("Funding or an interest is mentioned."), facts)
    else:
        yield checked(codes.FUNDING, "caution", say("Neither funding nor interests are declared."))


def plans(read: Read) -> Iterator[Checked]:
    """How much of the text is of what is to come."""
    facts = read.kind("plan")
    if facts:
        yield checked(
            codes.PLANS,
            "caution",
            say(
                f"{plural(len(facts), 'statement')} {'is' if len(facts) == 1 else 'are'} of "
                f"what is to come; a plan is not a result."
            ),
            facts,
        )
