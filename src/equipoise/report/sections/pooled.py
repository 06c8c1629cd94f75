"""The pooled evidence: forest, models, subsets, absolute effect, harms, what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.evidence import charts
from equipoise.evidence.body import model_name
from equipoise.evidence.history import history_frame
from equipoise.literature import PEREIRA_2012
from equipoise.report.blocks import Block, ChartBlock, Paragraphs, Table
from equipoise.vocabulary.figure import Figure, Sentence, say
from equipoise.wording import listing, plural, small, verbatim

if TYPE_CHECKING:
    from equipoise.assess import Verdict
    from equipoise.evidence.body import Body, Fit
    from equipoise.evidence.missing import NonReporting
    from equipoise.vocabulary.evidence import StudyResult


def blocks(verdict: Verdict) -> list[Block]:
    """Blocks for the primary outcome's randomised, counted results."""
    found = verdict.evidence
    body = found.body
    if body.lead is None:
        return [*_harms(body), *_missing(body), *_bias(verdict, body)]
    out: list[Block] = [
        ChartBlock(
            id="forest",
            title=f"{body.outcome.name}: randomised results, each with its time point",
            description="Forest plot: risk ratio of each study and pooled under two models.",
            make=lambda: _forest(body),
        ),
        _models(body),
        _subsets(body),
        *_absolute(body),
    ]
    if len(found.history) > 1:
        out.append(
            ChartBlock(
                id="history",
                title="The answer on every date",
                description="Mantel-Haenszel estimate and 95% interval after each new result.",
                make=lambda: charts.history(
                    history_frame(found.history),
                    measure=body.outcome.measure,
                    until=verdict.as_of,
                ),
            )
        )
    out += [*_harms(body), *_missing(body), *_bias(verdict, body), _outside_view()]
    for row in verdict.subgroups:
        out.append(_subgroup(row.name, row.body, f"{row.effect}, {row.certainty} certainty"))
    return out


def _forest(body: Body):  # type: ignore[no-untyped-def]
    assert body.lead is not None
    fits = {"Pooled": body.lead.synthesis}
    if body.mantel_haenszel is not None and body.mantel_haenszel is not body.lead:
        fits["Beside it"] = body.mantel_haenszel.synthesis
    labels = body.lead.synthesis.labels
    by_label = {row.label: row for row in body.rows}
    times = [
        f"day {row.time_days}"
        if row.time_basis == "fixed-day"
        else row.time_basis.replace("-", " ")
        for row in (by_label[label] for label in labels)
    ]
    cells = [
        (
            row.events_treatment or 0,
            (row.n_treatment or 0) - (row.events_treatment or 0),
            row.events_control or 0,
            (row.n_control or 0) - (row.events_control or 0),
        )
        for row in (by_label[label] for label in labels)
    ]
    return charts.forest(fits, counts=cells, time_points=times, better=body.outcome.better)


def _models(body: Body) -> Table:
    rows = [fit for fit in body.fits if fit.set == "all"]
    return Table(
        caption=f"Pooled {body.outcome.name.lower()}, by model",
        columns=(
            "model",
            "studies",
            "contributing",
            "estimate and 95% interval",
            "I²",
            "prediction",
        ),
        rows=tuple(
            (
                model_name(fit.synthesis),
                str(fit.k),
                str(fit.synthesis.k_contributing),
                fit.figure,
                f"{fit.synthesis.i2:.0f}%",
                body.prediction if fit is body.lead and body.prediction else "–",
            )
            for fit in rows
        ),
        compact=True,
    )


def _subsets(body: Body) -> Table:
    names = list(dict.fromkeys(fit.set for fit in body.fits if fit.set != "all"))

    def cell(model: str, ci: str, name: str) -> Figure | str:
        fit = body.fit(model, ci, name)
        return fit.figure if fit is not None else "not stated"

    return Table(
        caption="Stricter subsets, without each study in turn, and disputed counts in their other "
        "version",
        columns=("set", "studies", "Mantel-Haenszel", "DerSimonian-Laird", "REML with floor"),
        rows=tuple(
            (
                name,
                str(_first(body, name).k),
                cell("MH", "z", name),
                cell("DL", "z", name),
                cell("REML", "hksj_floor", name),
            )
            for name in names
        ),
    )


def _first(body: Body, name: str) -> Fit:
    return next(fit for fit in body.fits if fit.set == name)


def _absolute(body: Body) -> list[Block]:
    if not body.absolute:
        return []
    return [
        Table(
            caption="Absolute effect: events more (+) or fewer (-) with treatment",
            columns=("control risk", "in 1,000 patients"),
            rows=tuple((row.control_risk, row.per_thousand) for row in body.absolute),
            compact=True,
        )
    ]


def _harms(body: Body) -> list[Block]:
    sentences: list[Sentence] = []
    if body.harms.silent:
        sentences.append(
            say(
                f"{plural(len(body.harms.silent), 'pooled trial')} of {len(body.rows)} "
                "give no count of participants with serious adverse events. Silence on harms is "
                "not absence of harms."
            )
        )
    out: list[Block] = [Paragraphs(sentences=tuple(sentences))] if sentences else []
    if body.harms.rows:
        out.append(
            Table(
                caption="Participants with at least one serious adverse event",
                columns=("study", "treatment", "control", "where none was counted"),
                rows=tuple(
                    (
                        f"{row.result.label}{_by_day(row.result)}",
                        row.treatment,
                        row.control,
                        row.upper or "–",
                    )
                    for row in body.harms.rows
                ),
            )
        )
    return out


def _by_day(row: StudyResult) -> str:
    if row.definition:
        return f", {row.definition}"
    return f", by day {row.time_days}" if row.time_days else ""


def _missing(body: Body) -> list[Block]:
    missing = body.missing
    if not missing.rows:
        return []
    return [
        Paragraphs(sentences=_missing_sentences(missing), compact=False),
        Table(
            caption="Randomised, no reported count",
            columns=("study", "first public", "treatment", "control", "what was reported"),
            rows=tuple(
                (
                    row.label,
                    str(row.first_public),
                    str(row.n_treatment),
                    str(row.n_control),
                    row.reported or row.note or None,
                )
                for row in missing.rows
            ),
        ),
    ]


def _missing_sentences(missing: NonReporting) -> tuple[Sentence, ...]:
    sentences = [
        say(
            "{0} randomised patients have no reported count, beside {1} who have.",
            missing.patients,
            missing.reported,
        )
    ]
    if missing.best is not None and missing.worst is not None:
        sentences.append(
            say(
                "If everybody on one arm of those trials and nobody on the other had had the "
                "event, the Mantel-Haenszel ratio would lie between {0} and {1}: bounds, not "
                "estimates.",
                missing.best,
                missing.worst,
            )
        )
    return tuple(sentences)


def _bias(verdict: Verdict, body: Body) -> list[Block]:
    judged = {(row.about, row.domain): row.level for row in verdict.dossier.judgements}
    rows = [
        {
            "study": row.label,
            "domain": "risk of bias",
            "level": judged.get((row.study, "risk of bias"), "not judged"),
        }
        for row in body.rows
    ]
    if all(row["level"] == "not judged" for row in rows):
        names = listing([row.label for row in body.rows])
        return [
            Paragraphs(
                sentences=(say(f"Risk of bias: not judged, for {verbatim(names)}."),), compact=False
            )
        ]
    return [
        ChartBlock(
            id="traffic-lights",
            title="Risk of bias, as judged",
            description="One row a study: its signed judgement, or not judged.",
            make=lambda: charts.traffic_lights(rows),
        )
    ]


def _outside_view() -> Paragraphs:
    def figure(key: str, value: float, shown: str, note: str) -> Figure:
        return Figure(
            id=f"outside.{key}",
            value=value,
            shown=shown,
            kind="reported",
            source=PEREIRA_2012.id,
            locator="abstract",
            note=note,
        )

    return Paragraphs(
        sentences=(
            say(
                "The outside view: of very large effects seen in a first trial, {0} became smaller "
                "when further trials were pooled, and {1} of those first seen in a later trial.",
                figure("first", 0.90, "90%", "85,002 forest plots of binary outcomes"),
                figure("later", 0.98, "98%", "85,002 forest plots of binary outcomes"),
            ),
        ),
        compact=False,
    )


def _subgroup(name: str, body: Body, where: str) -> Table:
    return Table(
        caption=f"{name.capitalize()}: {small(body.outcome.name)}; {where}",
        columns=("model", "studies", "estimate and 95% interval", "absolute"),
        rows=tuple(
            (
                model_name(fit.synthesis),
                str(fit.k),
                fit.figure,
                body.absolute[0].per_thousand if fit is body.lead and body.absolute else "–",
            )
            for fit in body.fits
            if fit.set == "all"
        ),
        compact=True,
    )
