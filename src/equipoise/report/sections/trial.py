"""6. The trial that would settle it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.report.blocks import Block, ChartBlock, Paragraphs, Section, Table
from equipoise.vocabulary.figure import Sentence, say
from equipoise.wording import inside, verbatim

if TYPE_CHECKING:
    from equipoise.assess import Verdict
    from equipoise.assess.records import Decisive, ProposedTrial


def section(verdict: Verdict) -> Section | None:
    """The proposed trial; None where the dossier plans none."""
    if verdict.dossier.plan is None:
        return None
    title = "The trial that would settle it"
    trial = verdict.trial
    if trial is None:
        text = (
            "No cohort known on this date gives a control risk that leaves room for the difference "
            "that matters, so it is not sized."
        )
        return Section(id="trial", title=title, blocks=(Paragraphs(sentences=(say(text),)),))
    blocks: list[Block] = [
        Paragraphs(sentences=_lead(verdict, trial)),
        Table(
            caption="How it behaves, by scenario",
            columns=("scenario", "risks", "finds benefit", "exact", "normal theory", "finds harm"),
            rows=tuple(
                (row.name, row.risks, row.benefit, row.exact, row.normal, row.harm)
                for row in trial.rows
            ),
            compact=True,
        ),
        ChartBlock(
            id="power",
            title="Chance of finding benefit, by the true effect",
            description="Exact probability against the true risk on treatment, with the simulated "
            "scenarios and four Monte Carlo standard errors.",
            make=trial.characteristics.chart,
        ),
    ]
    if trial.decisive is not None:
        blocks.append(Paragraphs(sentences=_decisive(trial.decisive)))
    return Section(id="trial", title=title, blocks=tuple(blocks))


def _lead(verdict: Verdict, trial: ProposedTrial) -> tuple[Sentence, ...]:
    arms = trial.design.arms
    outcome = verdict.dossier.question.outcome(verdict.dossier.plan.outcome)  # type: ignore[union-attr]
    sentences = [
        say(
            f"Two arms, {verbatim(arms[0])} and {verbatim(arms[1])}, randomised 1:1, "
            f"{inside(outcome.name)}. From a "
            "rate of {0} on control and a smallest difference that matters of {1}: {2} patients an "
            "arm by Fisher's exact test, one-sided "
            f"{trial.design.plan.alpha:g}, with power {{3}} by enumeration; normal theory "
            "says {4}.",
            trial.control_risk,
            trial.smallest_difference,
            trial.per_arm,
            trial.power,
            trial.per_arm_normal,
        )
    ]
    accrual = trial.design.accrual
    if trial.months is not None and accrual is not None:
        sentences.append(
            say(
                f"At {accrual.per_month:g} patients a month in both arms it would report after "
                "about {0}.",
                trial.months,
            )
        )
    return tuple(sentences)


def _decisive(decisive: Decisive) -> tuple[Sentence, ...]:
    if not decisive.sizes:
        return ()
    parts = [f"{{{2 * i + 2}}} an arm if {{{2 * i + 1}}} did" for i in range(len(decisive.sizes))]
    figures = [figure for pair in decisive.sizes for figure in pair]
    return (
        say(
            f"An effect as large as the claim's would need less. If {{0}} showed "
            f"{inside(decisive.outcome)} untreated (assumed: no cohort says so), a randomised "
            f"comparison would need {' and '.join(parts)} on treatment.",
            decisive.untreated,
            *figures,
        ),
    )
