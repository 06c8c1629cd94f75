"""3. What the claim can support."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.claims import charts
from equipoise.report.blocks import Block, ChartBlock, Paragraphs, Section, Table
from equipoise.vocabulary.figure import Sentence, say
from equipoise.wording import listing, percent, verbatim

if TYPE_CHECKING:
    from equipoise.assess import Verdict
    from equipoise.vocabulary.appraisal import Appraisal, OutcomeAppraisal


def section(verdict: Verdict) -> Section:
    """Intervals, unreported failures, bias and the criterion for dramatic effects."""
    blocks: list[Block] = []
    for appraisal in verdict.appraisals:
        blocks += [_intervals(appraisal), *_leading(appraisal, appraisal.leading)]
    return Section(id="support", title="What the claim can support", blocks=tuple(blocks))


def _intervals(appraisal: Appraisal) -> Table:
    return Table(
        caption=f"{appraisal.claim.label}: the counts by themselves",
        columns=("outcome", "count", "exact 95% interval", "95% credible, uniform prior"),
        rows=tuple(
            (
                item.outcome.name + ("" if item.claimed.final else " (not final)"),
                item.count,
                item.exact,
                item.credible,
            )
            for item in appraisal.outcomes
        ),
        compact=True,
    )


def _leading(appraisal: Appraisal, item: OutcomeAppraisal) -> list[Block]:
    sentences: list[Sentence] = []
    alone = appraisal.claim.statements.comparator.said != "yes"
    if item.again is not None and alone:
        sentences.append(
            say(
                "If the same treatment were given to as many such patients again, all would do "
                "well with probability {0}.",
                item.again,
            )
        )
    if item.unreported and alone:
        parts = [f"{{{i}}} if {percent(rate, 0)}" for i, (rate, _) in enumerate(item.unreported)]
        sentences.append(
            say(
                "The exact lower limit would no longer exceed the untreated rate after "
                f"{listing(parts, 'or')} of such patients did well untreated.",
                *(figure for _, figure in item.unreported),
            )
        )
    if item.adjusted is not None:
        sentences.append(
            say(
                "Against the matching cohorts, the treatment is better with probability {0}; with "
                "an allowance for bias in its favour, {1}. A bias with an odds ratio of {2} would "
                "bring it down to 0.975. With a fifth of the weight on a vague prior instead of "
                "the cohorts it is {3}.",
                item.adjusted.unadjusted,
                item.adjusted.adjusted,
                item.adjusted.tipping,
                item.adjusted.robust,
            )
        )
    if alone:
        sentences.append(_dramatic(item))
    blocks: list[Block] = [Paragraphs(sentences=tuple(sentences))] if sentences else []
    if item.unreported and alone:
        blocks.append(
            ChartBlock(
                id=f"{appraisal.claim.id}-unreported",
                title="How many unreported failures would break it",
                description="Exact lower limit of the share doing well against the number of "
                "unreported failures added.",
                make=lambda: charts.unreported(item),
            )
        )
    return blocks


def _dramatic(item: OutcomeAppraisal) -> Sentence:
    result = item.dramatic
    if result.ratio is None or result.worst is None or result.crossing is None:
        return say(
            f"The criterion for dramatic effects (ratio with a lower limit above 10) cannot be "
            f"assessed: {result.reasons[0]}. A ratio of proportions could not meet it if one in "
            "ten or more do well untreated, since it cannot exceed ten."
        )
    verdict = "is met" if result.met else f"is not met: {listing(list(result.reasons))}"
    return say(
        f"The criterion for dramatic effects {verdict}. Ratio against the matching cohorts "
        "together {0}, against the least favourable one alone {1} "
        f"({verbatim(result.ratio.note or '')}); lower limit of the series against what is needed, "
        "{2}.",
        result.ratio,
        result.worst,
        result.crossing,
    )
