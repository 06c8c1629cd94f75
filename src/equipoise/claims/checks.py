"""The coded checks on a claim. Codes are stable; each is explained in docs/reference/checks.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.vocabulary.figure import Figure, say
from equipoise.wording import listing, percent, plural, verbatim

from . import codes, statements
from .codes import finding
from .statements import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from equipoise.vocabulary.appraisal import OutcomeAppraisal
    from equipoise.vocabulary.claim import ArgumentKind, Claim
    from equipoise.vocabulary.finding import Check, Finding


def run_checks(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> tuple[Finding, ...]:
    """Every check on one claim, in the order in which a reader should weigh them."""
    return tuple(found for rule in _RULES for found in rule(claim, outcomes))


def _cohort(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    leading = outcomes[0]
    name = quoted(leading.outcome.name)
    if claim.statements.comparator.said == "yes":
        yield finding(codes.COHORT, claim, "not applicable", say("The comparison was concurrent."))
        return
    if leading.natural is None:
        count = sum(match.count is not None for match in leading.set_aside)
        beside = (
            f"; {plural(count, 'count')} from other cohorts "
            f"{'is' if count == 1 else 'are'} set aside, each with its reason."
            if count
            else "."
        )
        yield finding(
            codes.COHORT,
            claim,
            "issue",
            say(
                f"No cohort in the dossier has {name} in such patients over such a time, so no "
                f"probability is given for what no effect would look like{beside}"
            ),
        )
        return
    yield finding(
        codes.COHORT,
        claim,
        "passed",
        say(
            f"{plural(len(leading.matched), 'cohort')} without the treatment "
            f"{'has' if len(leading.matched) == 1 else 'have'} {name} over the same time: a new "
            "untreated series would show a share of {0} (95% predictive interval), and one as "
            "good as this with probability {1}.",
            leading.natural.untreated,
            leading.natural.probability,
        ),
    )


def _target(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    meant = claim.meant_for
    if any(name == "meant_for" or name.startswith("strata.") for name in claim.unconfirmed):
        yield finding(codes.TARGET, claim, "skipped", say(statements.UNCONFIRMED))
        return
    if meant is None or not claim.strata:
        yield finding(
            codes.TARGET,
            claim,
            "not applicable",
            say("The claim does not single out who it is for."),
        )
        return
    others = [stratum for stratum in claim.strata if stratum.id not in meant.strata]
    count = sum(stratum.n for stratum in others)
    if count == 0:
        yield finding(
            codes.TARGET,
            claim,
            "passed",
            say("All patients were of those it is meant for."),
            meant.words,
        )
        return
    figure = Figure(
        id=f"{claim.id}.not_target",
        value=(count, claim.n),
        shown=f"{count} of {claim.n}",
        kind="reported",
        source=claim.source,
        locator=claim.locator,
        words="; ".join(stratum.words or stratum.label for stratum in others),
    )
    labels = verbatim(listing([stratum.label for stratum in others]))
    yield finding(
        codes.TARGET,
        claim,
        "issue" if 2 * count > claim.n else "caution",
        say(
            f"The treatment is said to be for other patients than most of those treated: {{0}} "
            f"({percent(count / claim.n, 0)}) were {labels}."
            if 2 * count > claim.n
            else f"{{0}} patients ({percent(count / claim.n, 0)}) were not of those the treatment "
            f"is said to be for: they were {labels}.",
            figure,
        ),
        meant.words,
    )


def _arguments(
    check: Check, kinds: tuple[ArgumentKind, ...], text: str
) -> Callable[[Claim, Sequence[OutcomeAppraisal]], Iterator[Finding]]:
    def rule(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
        for argument in claim.arguments:
            if argument.kind in kinds:
                gist = Figure(
                    id=f"{claim.id}.argument.{claim.arguments.index(argument)}",
                    value=argument.gist,
                    shown=argument.gist,
                    kind="reported",
                    source=claim.source,
                    locator=claim.locator,
                    words=argument.words,
                )
                yield finding(
                    check, claim, "caution", say(text, gist), argument.words, argument.speaker
                )

    return rule


def _interest(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    for speaker in claim.speakers:
        if speaker.interest:
            interest = Figure(
                id=f"{claim.id}.interest.{speaker.id}",
                value=speaker.interest,
                shown=f"{speaker.name}, {speaker.role}: {speaker.interest}",
                kind="reported",
                source=claim.source,
                locator=claim.locator,
            )
            yield finding(codes.INTEREST, claim, "caution", say("{0}.", interest), None, speaker.id)


def _final(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    for item in outcomes:
        if item.claimed.final:
            continue
        rest = item.claimed.n - item.claimed.events
        left = Figure(
            id=f"{claim.id}.{item.claimed.outcome}.unsettled",
            value=rest,
            shown=f"{rest:,}",
            kind="computed",
            inputs=(item.count.id,),
            note="those without the outcome on the unstated day",
        )
        yield finding(
            codes.FINAL,
            claim,
            "issue",
            say(
                f"{verbatim(item.outcome.name)}: {{0}} by an unstated day is no proportion of "
                "final outcomes; what became of the other {1} is not said.",
                item.count,
                left,
            ),
            item.claimed.words,
            item.claimed.speaker,
        )


def _once(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    for subset in claim.subsets:
        n = Figure(
            id=f"{claim.id}.subset.{subset.study}",
            value=subset.n,
            shown=f"{subset.n}",
            kind="reported",
            source=claim.source,
            locator=claim.locator,
            words=subset.words,
        )
        total = Figure(
            id=f"{claim.id}.n",
            value=claim.n,
            shown=f"{claim.n}",
            kind="reported",
            source=claim.source,
            locator=claim.locator,
            words=claim.patients_words,
        )
        yield finding(
            codes.ONCE,
            claim,
            "caution",
            say(
                "{0} of the {1} patients were reported before; they are counted once, inside "
                "the {1}.",
                n,
                total,
            ),
            subset.words,
        )


def _trials(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    said = claim.trial_count
    if said is None:
        return
    count = Figure(
        id=f"{claim.id}.trials_said",
        value=said.n,
        shown=plural(said.n, "trial"),
        kind="reported",
        source=claim.source,
        locator=claim.locator,
        words=said.words,
    )
    yield finding(
        codes.TRIALS,
        claim,
        "caution",
        say(
            "{0}: a number of trials says that something is tried, not that it works; how many "
            "are counted depends on the definition (see the landscape).",
            count,
        ),
        said.words,
    )


def _surrogate(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    for item in outcomes:
        if item.outcome.surrogate:
            yield finding(
                codes.SURROGATE,
                claim,
                "caution",
                say(
                    f"{verbatim(item.outcome.name)} is a sign, not something that patients feel "
                    "or survive."
                ),
                item.claimed.words,
                item.claimed.speaker,
            )


def _dramatic(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    result = outcomes[0].dramatic
    if claim.statements.comparator.said == "yes":
        yield finding(
            codes.DRAMATIC, claim, "not applicable", say("The comparison was concurrent.")
        )
    elif result.ratio is None:
        yield finding(
            codes.DRAMATIC, claim, "skipped", say(f"Not assessable: {result.reasons[0]}.")
        )
    elif result.met:
        assert result.crossing is not None
        yield finding(
            codes.DRAMATIC,
            claim,
            "passed",
            say(
                "The ratio against the matching cohorts together is {0}, its lower limit above 10 "
                "against each of them, and the series' lower limit clears the untreated upper "
                "limit by the difference "
                "that matters ({1}).",
                result.ratio,
                result.crossing,
            ),
        )
    else:
        yield finding(
            codes.DRAMATIC,
            claim,
            "issue",
            say(
                f"The ratio against the matching cohorts together is {{0}}: "
                f"{listing(list(result.reasons))}.",
                result.ratio,
            ),
        )


_RULES = (
    statements.comparator,
    statements.definition,
    statements.blinding,
    statements.follow_up,
    _cohort,
    _dramatic,
    _final,
    _target,
    statements.randomised,
    statements.harms,
    statements.co_treatments,
    statements.selection,
    _surrogate,
    _arguments(codes.MECHANISM, ("mechanism",), "Evidence by mechanism: {0}."),
    _arguments(codes.ANIMALS, ("animal",), "Evidence from animals: {0}."),
    _arguments(codes.ANALOGY, ("analogy",), "Evidence by analogy: {0}."),
    _arguments(
        codes.APPEAL, ("unmet need", "popularity", "approval"), "Not evidence of effect: {0}."
    ),
    _interest,
    _once,
    _trials,
)
