"""7. How the verdict was reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.report.blocks import Block, Paragraphs, Section, Table
from equipoise.vocabulary.figure import say
from equipoise.wording import verbatim

if TYPE_CHECKING:
    from equipoise.assess import Verdict


def section(verdict: Verdict) -> Section:
    """The rules in order, the one that applied marked, and what was capped."""
    applied = next(rule for rule in verdict.rules if rule.applied)
    sentences = [say(f"The first rule that applies decides; here {applied.code}.")]
    if verdict.lowered:
        sentences.append(say(f"Certainty was lowered: {verbatim('; '.join(verdict.lowered))}."))
    if not verdict.dossier.judgements:
        sentences.append(say("Risk of bias: not judged."))
    blocks: list[Block] = [
        Paragraphs(sentences=tuple(sentences)),
        Table(
            caption="The rules",
            columns=("rule", "when", "effect", "certainty", ""),
            rows=tuple(
                (
                    rule.code,
                    rule.condition,
                    rule.effect,
                    rule.certainty,
                    "applied" if rule.applied else "",
                )
                for rule in verdict.rules
            ),
        ),
    ]
    if verdict.dossier.judgements:
        blocks.append(
            Table(
                caption="Judgements",
                columns=("about", "domain", "level", "reason", "by", "on"),
                rows=tuple(
                    (j.about, j.domain, j.level, j.reason, j.judged_by, str(j.judged_on))
                    for j in verdict.dossier.judgements
                ),
            )
        )
    return Section(id="rules", title="How the verdict was reached", blocks=tuple(blocks))
