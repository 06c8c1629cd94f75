"""The commands."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from equipoise import __version__

from .counts import count
from .registry import registry as registry_app

app = App(
    name="equipoise",
    help="From a claimed treatment's headline to a verdict.",
    version=__version__,
    suppress_keyboard_interrupt=False,
)
app.command(registry_app)


@app.command
def read(
    article: Annotated[str, Parameter(allow_leading_hyphen=True)],
    *,
    out: Path | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
    into: Path | None = None,
    source: str | None = None,
    first_public: str | None = None,
) -> None:
    """Find what an article claims of a treatment, each fact tied to its words.

    Exit codes: 0 done, 1 the input is wrong, 2 usage.

    Parameters
    ----------
    article
        Text, HTML, PDF or DOCX file; - for standard input.
    out
        Write the article with its facts in place there as one self-contained HTML page.
    json
        Print the reading as JSON instead of the summary.
    into
        Add a draft of the claim to this dossier, unconfirmed; the folder is made where it is new.
        Numbers of trials are held against its registrations of the article's day.
    source
        Id of the source in the dossier, and of the claim; with --into.
    first_public
        Day on which the article was first public, YYYY-MM-DD, where it does not say so; with
        --into.
    """
    from .reading import add, beside_registrations, read_article, refuse_without_into, show

    refuse_without_into(into, source=source, first_public=first_public)
    reading = read_article(article)
    if into is not None:
        add(reading, into, source, first_public)
        reading = beside_registrations(reading, into, first_public)
    show(reading, out, json)


@app.command
def confirm(dossier: Path, *, claim: str | None = None) -> None:
    """Walk through what a machine read of a claim, one key each, and confirm it.

    Exit codes: 0 done, 1 the input is wrong, 2 usage, 3 interrupted; answers are kept as given.

    Parameters
    ----------
    dossier
        Folder whose claims.yaml holds unconfirmed pieces.
    claim
        Id of one claim; all of them where left out.
    """
    from .confirming import confirm as walk

    walk(dossier, claim)


@app.command
def verdict(
    dossier: Path,
    *,
    as_of: str | None = None,
    out: Path | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
    replicates: int | None = None,
    unconfirmed: Annotated[bool, Parameter(negative=())] = False,
    registry: Path | None = None,
) -> None:
    """Say where a dossier's question stands, as of a date.

    Exit codes: 0 done, 1 the input is wrong, 2 usage, 3 interrupted.

    Parameters
    ----------
    dossier
        Folder with question.yaml, sources.yaml, claims.yaml and the other files of a dossier.
    as_of
        Day to look from, YYYY-MM-DD; today where left out.
    out
        Write the report there as one self-contained HTML page.
    json
        Print the verdict as JSON instead of the summary.
    replicates
        Simulated trials a scenario, instead of the dossier's number.
    unconfirmed
        Take in what a machine read of a text and no person has confirmed.
    registry
        Registry database to take registrations and trial events from, in place of the dossier's.
    """
    from equipoise.assess import verdict as assess
    from equipoise.dossier import read_dossier

    from .progress import simulating

    day = as_of or datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    facts = read_dossier(dossier)
    if registry is not None:
        from .surveying import with_registry

        facts = with_registry(facts, registry)
    with simulating() as progress:
        result = assess(
            facts,
            day,
            replicates=replicates,
            unconfirmed=unconfirmed,
            progress=progress,
        )
    if out is not None:
        from equipoise.report.html import as_html
        from equipoise.store.assets import chart_script
        from equipoise.store.files import write_whole

        write_whole(out, as_html(result, chart_script()))
    if json:
        from equipoise.report.as_json import as_json

        print(as_json(result))
    else:
        from rich.console import Console

        from equipoise.report.terminal import show

        show(result, Console())
    if out is not None:
        print(f"Report: {out}", file=sys.stderr)


@app.command
def landscape(
    dossier: Path,
    *,
    as_of: str | None = None,
    registry: Path | None = None,
    out: Path | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Say what is being tried on a dossier's question, how well, as of a date.

    Exit codes: 0 done, 1 the input is wrong, 2 usage, 3 interrupted.

    Parameters
    ----------
    dossier
        Folder of a dossier; its landscape.yaml says which registrations are about the question.
    as_of
        Day to look from, YYYY-MM-DD; today where left out.
    registry
        Registry database to ask, in place of what the dossier carries.
    out
        Write text and charts there as one self-contained HTML page.
    json
        Print the landscape as JSON.
    """
    from equipoise.dossier import read_dossier
    from equipoise.report.survey_text import show_survey, survey_json, survey_text

    from .surveying import day_given, survey_of

    day = day_given(as_of or datetime.datetime.now(tz=datetime.UTC).date().isoformat())
    facts = read_dossier(dossier)
    found = survey_of(facts, day, registry)
    title = f"What is being tried: {facts.question.title}"
    if out is not None:
        from equipoise.registry.survey_charts import all_charts
        from equipoise.report.chart_page import chart_page
        from equipoise.store.assets import chart_script
        from equipoise.store.files import write_whole

        text = survey_text(found, title)
        write_whole(out, chart_page(title, text, all_charts(found), chart_script()))
    if json:
        print(survey_json(found, title))
    else:
        from rich.console import Console

        show_survey(found, title, Console())
    if out is not None:
        print(f"Page: {out}", file=sys.stderr)


@app.command
def pool(
    studies: Path,
    *,
    measure: str,
    outcome: str | None = None,
    where: tuple[str, ...] = (),
    method: str | None = None,
    ci: str | None = None,
    bayes: Annotated[bool, Parameter(negative=())] = False,
    mu_prior: str | None = None,
    tau_prior: str | None = None,
    likelihood: str | None = None,
    better: str | None = None,
    important: float | None = None,
    out: Path | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Pool a table of studies, print the result and draw it.

    Exit codes: 0 done, 1 the input is wrong, 2 usage.

    Parameters
    ----------
    studies
        CSV or Excel file with one row a study; a dossier's studies.csv will do.
    measure
        RR, OR, RD, MD, SMD and so on; see docs/reference/command-line.md.
    outcome
        Rows to take, by the column `outcome`.
    where
        Further rows to take, as column=value; may be given several times.
    method
        REML unless given; DL, PM, ML, EB, HE, HS, SJ, EE, MH, PETO or GLMM.
    ci
        z, hksj or hksj_floor.
    bayes
        Pool with priors instead, by quadrature.
    mu_prior
        Of the mean effect, with --bayes: "normal(0, 4)" unless given, or flat.
    tau_prior
        Of the spread between studies, with --bayes: "half-normal(0.5)" unless given; see
        docs/reference/command-line.md.
    likelihood
        With --bayes: normal unless given, or exact for counts of OR, PLO and IRLN.
    better
        With --bayes: lower unless given, or higher: which side of no effect is benefit.
    important
        With --bayes: the smallest difference that matters, on the fitted scale (log for ratios).
    out
        Write the plots there as one self-contained HTML page.
    json
        Print the result as JSON.
    """
    from equipoise.evidence.effect_sizes import effect_sizes
    from equipoise.evidence.pool import pool as pool_studies

    from .pool_bayes import (
        pool_with_priors,
        refuse_beside_bayes,
        refuse_without_bayes,
    )
    from .pool_bayes import show as show_posterior
    from .tables import naming, read_table, select, select_outcome

    options = {
        "mu_prior": mu_prior, "tau_prior": tau_prior, "likelihood": likelihood, "better": better,
        "important": important,
    }  # fmt: skip
    rows = select(select_outcome(read_table(studies), outcome), where)
    if bayes:
        refuse_beside_bayes(method, ci)
        posterior = pool_with_priors(studies, rows, measure, **options)  # type: ignore[arg-type]
        named = f"{measure}{f', {outcome}' if outcome else ''}: {posterior.k} studies, with priors"
        return show_posterior(posterior, named, out, json)
    refuse_without_bayes(**options)
    with naming(studies):
        table = effect_sizes(rows, measure)
        fit = pool_studies(table, method=method or "REML", ci=ci)  # type: ignore[arg-type]
    if out is not None:
        from equipoise.report.chart_page import chart_page
        from equipoise.store.assets import chart_script
        from equipoise.store.files import write_whole

        from .pool_charts import pool_charts

        title = f"{measure}{f', {outcome}' if outcome else ''}: {fit.k} studies pooled"
        write_whole(out, chart_page(title, fit.summary(), pool_charts(fit), chart_script()))
    if json:
        from equipoise.report.synthesis_json import synthesis_json

        print(synthesis_json(fit))
    else:
        from rich.console import Console

        from equipoise.report.synthesis_text import show_synthesis

        show_synthesis(fit, table.dropped, Console())
    return None


@app.command
def design(
    file: Path,
    *,
    protocol: Annotated[bool, Parameter(negative=())] = False,
    scale: str = "z",
    out: Path | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
    allow_code: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Size the trial that a design.yaml states, and say what it promises.

    Exit codes: 0 done, 1 the input is wrong, 2 usage.

    Parameters
    ----------
    file
        The design; see docs/reference/command-line.md.
    protocol
        Print the statistical paragraph of a trial protocol instead of the summary; not with --json.
    scale
        Of the boundaries that --out draws: z, p, b, effect, "predictive power", "conditional
        power, trend" or "conditional power, planned".
    out
        Write boundaries, power and calendar time there as one self-contained HTML page.
    json
        Print the design as JSON.
    allow_code
        Let the file name Python code for a spending function; only for files that are trusted.
    """
    from equipoise.design.scales import SCALES
    from equipoise.dossier.design_file import read_design
    from equipoise.errors import InputError
    from equipoise.inputs import one_of

    if protocol and json:
        raise InputError.of("--protocol", "given with --json", "prints text", "Give one of the two")
    one_of("scale", scale, SCALES)
    if scale != "z" and out is None:
        raise InputError.of(
            "scale", scale, "is of the boundaries that --out draws", "Add --out, or leave it out"
        )
    sized = read_design(file, allow_code=allow_code)
    if out is not None:
        from equipoise.design.design_charts import design_charts
        from equipoise.report.chart_page import chart_page
        from equipoise.store.assets import chart_script
        from equipoise.store.files import write_whole

        charts = design_charts(sized, scale)  # type: ignore[arg-type]
        title = f"Trial design: {sized.endpoint.name}"
        write_whole(out, chart_page(title, sized.summary(), charts, chart_script()))
        print(f"Charts: {out}", file=sys.stderr)
    if json:
        from equipoise.report.design_json import design_json

        print(design_json(sized))
    else:
        print(sized.protocol() if protocol else sized.summary())


@app.command
def simulate(
    file: Path,
    *,
    replicates: Annotated[int, Parameter(converter=count)] = 100_000,
    seed: Annotated[int, Parameter(converter=count)] = 1,
    scenario: tuple[str, ...] = (),
    threads: int | None = None,
    until: float | None = None,
    checkpoint: Path | None = None,
    records: Path | None = None,
    allow_failed: float = 0.0,
    replay: str | None = None,
    out: Path | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
    allow_code: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Simulate the trial that a design.yaml states, and say how it behaves.

    Exit codes: 0 done, 1 the input is wrong, 2 usage, 3 interrupted; with --checkpoint the same
    command then goes on.

    Parameters
    ----------
    file
        The design; see docs/how-to/simulate-a-trial.md.
    replicates
        Trials a scenario, as 100000 or 1e5; with --until the most.
    seed
        A whole number: the same gives the same trials.
    scenario
        Simulate this one only; may be given several times. All of the file's unless given; where it
        names none, the planned truth and no effect.
    threads
        As many as there are processors unless given; the results do not depend on it.
    until
        Stop once each chance of finding benefit has a Monte Carlo error of at most this.
    checkpoint
        A file that keeps the run, so that an interrupted one goes on.
    records
        A folder for one record a trial, in Parquet files.
    allow_failed
        The share of trials that may fail in code of one's own.
    replay
        Print one simulated trial instead, as SCENARIO:INDEX, counted from 0.
    out
        Write the table and its charts there as one self-contained HTML page.
    json
        Print the results as JSON.
    allow_code
        Let the file name Python code for a rule, an outcome model or a spending function; only for
        files that are trusted.
    """
    from equipoise.dossier.design_file import read_design
    from equipoise.store.simulate import simulate as run

    from .progress import simulating
    from .simulating import chosen, refuse_beside_replay, resumable, show, show_replay

    design = read_design(file, allow_code=allow_code)
    if replay is not None:
        refuse_beside_replay(
            scenario=scenario, until=until, checkpoint=checkpoint, records=records, json=json
        )
        return show_replay(design, replay, seed, out)
    truths = chosen(design, scenario)
    with resumable(checkpoint, records), simulating(len(truths)) as progress:
        oc = run(
            design,
            truths,
            replicates=replicates,
            seed=seed,
            threads=threads,
            until=until,
            checkpoint=checkpoint,
            records=records,
            allow_failed=allow_failed,
            progress=progress,
        )
    return show(oc, out, json)
