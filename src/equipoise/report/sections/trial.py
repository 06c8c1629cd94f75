"""6. The trial that would settle it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.assess.trial import rate
from equipoise.report.blocks import Block, ChartBlock, Paragraphs, Section, Table
from equipoise.vocabulary.figure import Sentence, say
from equipoise.wording import inside, percent, verbatim

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
            columns=(
                "scenario",
                "risks",
                "finds benefit",
                "exact",
                "normal theory",
                "finds harm",
                "mean patients",
            ),
            rows=tuple(
                (row.name, row.risks, row.benefit, row.exact, row.normal, row.harm, row.patients)
                for row in trial.rows
            ),
            compact=True,
        ),
        *_boundary_table(trial),
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
    arms, plan = trial.design.arms, trial.design.plan
    outcome = verdict.dossier.question.outcome(verdict.dossier.plan.outcome)  # type: ignore[union-attr]
    sentences = [
        say(
            f"Two arms, {verbatim(arms[0])} and {verbatim(arms[1])}, randomised 1:1, "
            f"{inside(outcome.name)}. From a rate of {{0}} on control and a smallest difference "
            "that matters of {1}, a trial with one analysis needs {2} patients an arm by Fisher's "
            f"exact test, one-sided {plan.alpha:g}, for power {percent(plan.target_power)}; "
            "normal theory says {3}.",
            trial.control_risk,
            trial.smallest_difference,
            trial.fixed_per_arm,
            trial.per_arm_normal,
        )
    ]
    if len(trial.design.looks) > 1:
        sentences += _looks(trial)
    accrual = trial.design.accrual
    if trial.months is not None and accrual is not None:
        longest = "at the latest " if len(trial.design.looks) > 1 else ""
        sentences.append(
            say(
                f"At {rate(accrual)} patients a month in both arms it would report {longest}after "
                "about {0}.",
                trial.months,
            )
        )
    return tuple(sentences)


def _boundary_table(trial: ProposedTrial) -> tuple[Block, ...]:
    """When it stops, look by look; nothing for one analysis."""
    if len(trial.looks) == 1:
        return ()
    kind = "binding" if getattr(trial.design.plan, "binding", False) else "not binding"
    futility = any(row.futility is not None for row in trial.looks)
    return (
        Table(
            caption="When it stops" + (f" (futility is {kind})" if futility else ""),
            columns=("look", "patients an arm", "for benefit: p at most", "for futility: z below"),
            rows=tuple(
                (str(number), row.patients, row.benefit, row.futility or "–")
                for number, row in enumerate(trial.looks, start=1)
            ),
            compact=True,
        ),
    )


def _looks(trial: ProposedTrial) -> list[Sentence]:
    """The looks, and what they save."""
    design = trial.design
    shares = [f"{100 * look.information:.0f}%" for look in design.looks]
    shown = ", ".join(shares[:-1]) + f" and {shares[-1]}"
    return [
        say(
            f"With looks at {shown} of the information it is a group-sequential trial of at most "
            "{0} patients an arm, with power {1} by enumeration.",
            trial.per_arm,
            trial.power,
        ),
        say(
            "On average it ends with {0} patients in both arms where the difference is as stated "
            "and with {1} where there is none, against {2} with one analysis; at most it takes "
            "{3}. Patients enrolled and not yet followed up at a look come on top.",
            trial.expected_hoped,
            trial.expected_none,
            trial.fixed_total,
            trial.maximum_total,
        ),
        say(
            "Where the treatment does nothing it finds benefit with probability {0} as run, and "
            "{1} if it is never stopped for futility.",
            trial.rows[0].exact,
            trial.false_finding,
        ),
    ]


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
