"""The coded checks on a claim. Codes are stable; each is explained in docs/reference/checks.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.vocabulary.figure import Figure, Sentence, say
from equipoise.vocabulary.finding import Check, Finding
from equipoise.wording import inside, listing, percent, plural, verbatim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from equipoise.vocabulary.appraisal import OutcomeAppraisal
    from equipoise.vocabulary.claim import ArgumentKind, Claim, Statement
    from equipoise.vocabulary.finding import FindingStatus


def _check(code: str, title: str, ask: str) -> Check:
    return Check(code=code, title=title, ask=ask)


COMPARATOR = _check(
    "EQ-C001", "concurrent comparator", "What happened to similar patients without it?"
)
DEFINITION = _check("EQ-C002", "outcome defined", "What exactly counts, and was it set down first?")
BLINDING = _check(
    "EQ-C003", "blinded assessment", "Who judged the outcome, and what did they know?"
)
FOLLOW_UP = _check("EQ-C004", "follow-up stated", "How long was each patient followed?")
COHORT = _check("EQ-C005", "matching cohort", "What is the natural course of these patients?")
RANDOMISED = _check("EQ-C006", "randomised", "How was it decided who got the treatment?")
CO_TREATMENTS = _check("EQ-C007", "co-treatments", "What else did the patients receive?")
HARMS = _check("EQ-C008", "harms counted", "How many had a serious adverse event?")
SELECTION = _check("EQ-C009", "selection stated", "Who was not treated, or not reported?")
TARGET = _check("EQ-C010", "given to those it is meant for", "How did those it is meant for do?")
MECHANISM = _check(
    "EQ-C011", "argument by mechanism", "Has the mechanism changed an outcome in patients?"
)
ANIMALS = _check("EQ-C012", "argument from animals", "Has it been shown in people?")
ANALOGY = _check("EQ-C013", "argument by analogy", "How did it do there against a control?")
APPEAL = _check("EQ-C014", "appeal in place of evidence", "What does this say about the effect?")
INTEREST = _check("EQ-C015", "interests", "Who gains if it is believed?")
FINAL = _check("EQ-C016", "outcomes final", "What became of the others?")
ONCE = _check("EQ-C017", "patients counted once", "Were these patients reported before?")
TRIALS = _check("EQ-C018", "number of trials", "How many are randomised and large enough?")
SURROGATE = _check("EQ-C019", "outcome that patients feel", "Does it stand for how patients fare?")
DRAMATIC = _check("EQ-C020", "dramatic effect", "Is the effect too large to be explained by bias?")


def run_checks(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> tuple[Finding, ...]:
    """Every check on one claim, in the order in which a reader should weigh them."""
    return tuple(finding for rule in _RULES for finding in rule(claim, outcomes))


def _finding(
    check: Check,
    claim: Claim,
    status: FindingStatus,
    sentence: Sentence,
    words: str | None = None,
    speaker: str | None = None,
) -> Finding:
    who = claim.speaker(speaker)
    return Finding(
        check=check,
        subject=claim.id,
        status=status,
        sentence=sentence,
        words=words,
        speaker=who.name if who else None,
        source=claim.source,
        locator=claim.locator,
    )


def _from_statement(
    check: Check,
    claim: Claim,
    statement: Statement,
    *,
    good: str,
    bad: str,
    partly: str,
    silent: str,
    silent_status: FindingStatus = "issue",
) -> Finding:
    """Turn what is said on one point into a finding; silence is reported as silence."""
    by_said: dict[str, tuple[FindingStatus, str]] = {
        "yes": ("passed", good),
        "no": ("issue", bad),
        "partly": ("caution", partly),
        "silent": (silent_status, silent),
    }
    status, text = by_said[statement.said]
    return _finding(check, claim, status, say(text), statement.words, statement.speaker)


def _comparator(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    yield _from_statement(
        COMPARATOR,
        claim,
        claim.statements.comparator,
        good="There was a concurrent comparator.",
        bad="There was no concurrent comparator: what the patients would have come to without "
        "the treatment was not observed.",
        partly="The comparison was with earlier or other patients, not with concurrent ones.",
        silent="Nothing is said of a comparator.",
    )


def _definition(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    name = outcomes[0].outcome.name
    yield _from_statement(
        DEFINITION,
        claim,
        claim.statements.outcome_definition,
        good=f"It is said what counts as {_inner(name)}.",
        bad=f"What counts as {_inner(name)} was not defined.",
        partly=f"What counts as {_inner(name)} is said only in part.",
        silent=f"It is not said what counts as {_inner(name)}.",
    )


def _inner(name: str) -> str:
    """An outcome's name, quoted, since it is the claim's word."""
    return f"“{inside(name)}”"


def _blinding(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    yield _from_statement(
        BLINDING,
        claim,
        claim.statements.blinded_assessment,
        good="Those who judged the outcome did not know the treatment.",
        bad="Those who judged the outcome knew the treatment.",
        partly="It is said only in part who judged the outcome.",
        silent="It is not said who judged the outcome, nor what they knew.",
    )


def _follow_up(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    yield _from_statement(
        FOLLOW_UP,
        claim,
        claim.statements.follow_up,
        good="The follow-up is stated.",
        bad="Patients were not followed for a common time.",
        partly="The follow-up is stated only in part.",
        silent="It is not said how long patients were followed.",
    )


def _cohort(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    leading = outcomes[0]
    name = _inner(leading.outcome.name)
    if claim.statements.comparator.said == "yes":
        yield _finding(COHORT, claim, "not applicable", say("The comparison was concurrent."))
        return
    if leading.natural is None:
        count = sum(match.count is not None for match in leading.set_aside)
        beside = (
            f"; {plural(count, 'count')} from other cohorts "
            f"{'is' if count == 1 else 'are'} set aside, each with its reason."
            if count
            else "."
        )
        yield _finding(
            COHORT,
            claim,
            "issue",
            say(
                f"No cohort in the dossier has {name} in such patients over such a time, so no "
                f"probability is given for what no effect would look like{beside}"
            ),
        )
        return
    yield _finding(
        COHORT,
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


def _randomised(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    yield _from_statement(
        RANDOMISED,
        claim,
        claim.statements.randomised,
        good="Treatment was allocated at random.",
        bad="Treatment was not allocated at random.",
        partly="It is not clear whether treatment was allocated at random.",
        silent="Nothing is said of how it was decided who got the treatment.",
        silent_status="issue",
    )


def _co_treatments(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    yield _from_statement(
        CO_TREATMENTS,
        claim,
        claim.statements.co_treatments,
        good="It is said what else the patients received.",
        bad="Patients received other treatments that could explain the outcome.",
        partly="It is said only in part what else the patients received.",
        silent="It is not said what else the patients received.",
        silent_status="caution",
    )


def _harms(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    yield _from_statement(
        HARMS,
        claim,
        claim.statements.harms,
        good="Harms were counted.",
        bad="Harms are denied without a count; a denial is not a count.",
        partly="Harms are mentioned without a count.",
        silent="No count of harms is given. Silence on harms is not absence of harms.",
        silent_status="caution",
    )


def _selection(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    yield _from_statement(
        SELECTION,
        claim,
        claim.statements.selection,
        good="It is said how the patients were selected.",
        bad="Patients were selected in a way that could explain the outcome.",
        partly="It is said only in part how the patients were selected.",
        silent="It is not said how the patients were selected, nor who was left out.",
        silent_status="caution",
    )


def _target(claim: Claim, outcomes: Sequence[OutcomeAppraisal]) -> Iterator[Finding]:
    meant = claim.meant_for
    if meant is None or not claim.strata:
        yield _finding(
            TARGET, claim, "not applicable", say("The claim does not single out who it is for.")
        )
        return
    others = [stratum for stratum in claim.strata if stratum.id not in meant.strata]
    count = sum(stratum.n for stratum in others)
    if count == 0:
        yield _finding(
            TARGET, claim, "passed", say("All patients were of those it is meant for."), meant.words
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
    yield _finding(
        TARGET,
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
                yield _finding(
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
            yield _finding(INTEREST, claim, "caution", say("{0}.", interest), None, speaker.id)


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
        yield _finding(
            FINAL,
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
        yield _finding(
            ONCE,
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
    yield _finding(
        TRIALS,
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
            yield _finding(
                SURROGATE,
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
        yield _finding(DRAMATIC, claim, "not applicable", say("The comparison was concurrent."))
    elif result.ratio is None:
        yield _finding(DRAMATIC, claim, "skipped", say(f"Not assessable: {result.reasons[0]}."))
    elif result.met:
        assert result.crossing is not None
        yield _finding(
            DRAMATIC,
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
        yield _finding(
            DRAMATIC,
            claim,
            "issue",
            say(
                f"The ratio against the matching cohorts together is {{0}}: "
                f"{listing(list(result.reasons))}.",
                result.ratio,
            ),
        )


_RULES = (
    _comparator,
    _definition,
    _blinding,
    _follow_up,
    _cohort,
    _dramatic,
    _final,
    _target,
    _randomised,
    _harms,
    _co_treatments,
    _selection,
    _surrogate,
    _arguments(MECHANISM, ("mechanism",), "Evidence by mechanism: {0}."),
    _arguments(ANIMALS, ("animal",), "Evidence from animals: {0}."),
    _arguments(ANALOGY, ("analogy",), "Evidence by analogy: {0}."),
    _arguments(APPEAL, ("unmet need", "popularity", "approval"), "Not evidence of effect: {0}."),
    _interest,
    _once,
    _trials,
)

CHECKS = (
    COMPARATOR, DEFINITION, BLINDING, FOLLOW_UP, COHORT, RANDOMISED, CO_TREATMENTS, HARMS,
    SELECTION, TARGET, MECHANISM, ANIMALS, ANALOGY, APPEAL, INTEREST, FINAL, ONCE, TRIALS,
    SURROGATE, DRAMATIC,
)  # fmt: skip
