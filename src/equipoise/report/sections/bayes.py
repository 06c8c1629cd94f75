"""The evidence with priors, and what an analogy would add at a stated weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.evidence import charts
from equipoise.evidence.bayes_view import CERTAINTY
from equipoise.evidence.history import history_frame
from equipoise.report.blocks import Block, ChartBlock, Paragraphs, Table
from equipoise.vocabulary.figure import Sentence, say
from equipoise.wording import inside, listing, probability, verbatim

if TYPE_CHECKING:
    from datetime import date

    from equipoise.assess import Verdict
    from equipoise.evidence.bayes_view import AnalogyView, BayesianView

RATES_NOTHING = "Neither priors nor analogies enter the rating."


def blocks(verdict: Verdict) -> list[Block]:
    """Posterior, history with priors, and each analogy; nothing where there is neither."""
    view = verdict.bayes
    if view is None:
        return []
    out: list[Block] = []
    if view.history:
        out += _direct(verdict, view)
    for row in view.analogies:
        out += _analogy(row, view, verdict.as_of)
    return out


def _direct(verdict: Verdict, view: BayesianView) -> list[Block]:
    assert view.posterior is not None
    assert view.prediction is not None
    assert view.benefit is not None
    assert view.important is not None
    assert view.harm is not None
    measure = verdict.evidence.body.outcome.measure
    sentences = (
        say(
            f"With priors, {inside(view.outcome)}: ratio {{0}}, in a new trial {{1}}. Probability "
            "of benefit {2}, of one beyond a ratio of {3} {4}, of harm {5}. " + RATES_NOTHING,
            view.posterior,
            view.prediction,
            view.benefit,
            view.margin,
            view.important,
            view.harm,
        ),
        _known_since(view),
    )
    out: list[Block] = [Paragraphs(sentences=sentences, compact=False)]
    if len(view.history) > 1:
        out.append(
            ChartBlock(
                id="bayes-history",
                title="The answer on every date, shrunken by priors",
                description="Posterior median and 95% credible interval after each new result.",
                make=lambda: charts.history(
                    history_frame(view.history), measure=measure, until=verdict.as_of
                ),
            )
        )
    out.append(
        Table(
            caption="With priors, by the date on which it changed",
            columns=("from", "studies", "benefit", "important benefit", "harm", "what changed"),
            rows=tuple(
                (
                    str(point.day),
                    str(point.k),
                    probability(point.p_benefit),
                    probability(point.p_important),
                    probability(point.p_harm),
                    point.changed,
                )
                for point in view.history
            ),
            folded=True,
        )
    )
    return out


def _known_since(view: BayesianView) -> Sentence:
    if view.reached is None:
        return say(
            "On no date so far has the probability of benefit, or of harm, reached "
            f"{CERTAINTY:g}: the direction is not known."
        )
    first = f"The probability of benefit, or of harm, first reached {CERTAINTY:g} on {view.reached}"
    if view.lost is None:
        return say(
            f"{first} and has stayed there: the direction would have been known from then on. That "
            "does not say that the effect is large enough to matter."
        )
    return say(f"{first}, and was below it again from {view.lost} on: what seemed known was not.")


def _analogy(row: AnalogyView, view: BayesianView, as_of: date) -> list[Block]:
    names = verbatim(listing(list(row.names)))
    sentences = [
        say(
            f"By analogy, {verbatim(row.analogy.label)} ({names}): odds ratio {{0}}; of another "
            f"such trial {{1}}. To count here it would have to hold that "
            f"{verbatim(row.analogy.carries_over)}. A weight is an assumption. " + RATES_NOTHING,
            row.pooled,
            row.expected,
        ),
        say(
            f"Tipping weight: {{0}}. Without the analogy the probability of benefit is "
            f"{_without(row)}; the conclusion would change where that of benefit, or of harm, "
            f"passes {CERTAINTY:g}.",
            row.tipping,
        ),
    ]
    if row.analogy.weight_reason:
        set_on = row.analogy.set_on
        late = set_on is not None and set_on.known(as_of) != "yes"
        when = f" Set on {set_on}, after the date of this verdict." if late else ""
        sentences.append(say(f"The weights shown: {verbatim(row.analogy.weight_reason)}.{when}"))
    return [
        Paragraphs(sentences=tuple(sentences), compact=False),
        Table(
            caption=f"{row.analogy.label}: {view.outcome.lower()} by the weight of the analogy",
            columns=("weight", "after the direct evidence", "benefit", "important benefit"),
            rows=tuple(
                (line.weight, line.counts_for, line.benefit, line.important) for line in row.rows
            ),
        ),
    ]


def _without(row: AnalogyView) -> str:
    return probability(row.indirect.rows[0].p_benefit)
