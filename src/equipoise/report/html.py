"""A verdict as one self-contained page: opens from disk, needs no network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from equipoise import __version__
from equipoise.literature import SOURCES
from equipoise.vocabulary.figure import Figure, Sentence

from .blocks import ChartBlock
from .figures import collect
from .outline import CERTAINTY_WORDS, headline, maybe_line, outline
from .page import chart_data, environment

if TYPE_CHECKING:
    from equipoise.assess import Verdict

    from .blocks import Cell, Section


def as_html(verdict: Verdict, chart_script: str) -> str:
    """Render the page; `chart_script` is the bundle that draws the charts.

    All text is escaped, charts are data in the page, and its content policy allows no address.
    """
    sections = outline(verdict)
    figures = collect(verdict, sections)
    templates = environment()
    templates.filters["prose"] = _prose
    templates.filters["cell"] = _cell
    return templates.get_template("verdict.html.j2").render(
        verdict=verdict,
        headline=headline(verdict),
        certainty=CERTAINTY_WORDS[verdict.certainty],
        maybe=maybe_line(verdict),
        sections=sections,
        figures=dict(sorted(_shown(figures, sections, verdict).items())),
        sources=_cited(figures, verdict),
        specs={
            block.id: chart_data(block.make(), description=block.description)
            for block in _charts(sections)
        },
        chart_script=Markup(chart_script),  # noqa: S704
        version=__version__,
    )


def _prose(sentence: Sentence) -> Markup:
    """A sentence with each figure as a link to where it comes from."""
    return Markup("").join(
        escape(part) if isinstance(part, str) else _link(part) for part in sentence.parts()
    )


def _link(figure: Figure) -> Markup:
    return Markup('<a class="figure" href="#fig-{}">{}</a>').format(figure.id, figure.shown)


def _cell(cell: Cell) -> Markup:
    match cell:
        case None:
            return Markup('<span class="unknown">not known</span>')
        case Figure():
            return _link(cell)
        case Sentence():
            return _prose(cell)
        case _:
            return escape(cell)


def _charts(sections: tuple[Section, ...]) -> list[ChartBlock]:
    return [
        block for section in sections for block in section.blocks if isinstance(block, ChartBlock)
    ]


def _shown(
    figures: dict[str, Figure], sections: tuple[Section, ...], verdict: Verdict
) -> dict[str, Figure]:
    """The figures that the page shows, and those that they are computed from."""
    shown = collect(sections, verdict.summary, verdict.reasons, verdict.hindsight)
    waiting = list(shown.values())
    while waiting:
        for key in waiting.pop().inputs:
            if key in figures and key not in shown:
                shown[key] = figures[key]
                waiting.append(figures[key])
    return shown


def _cited(figures: dict[str, Figure], verdict: Verdict) -> dict[str, Any]:
    keys = {key for figure in figures.values() for key in (figure.source, figure.read_in) if key}
    keys |= {finding.source for finding in verdict.findings if finding.source}
    keys |= {event.source for event in verdict.evidence.events}
    known = {**SOURCES, **verdict.dossier.sources}
    return {key: known[key] for key in sorted(keys)}
