"""The sentences of a pooled result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.evidence.terms import title
from equipoise.vocabulary.figure import Figure, Sentence, say
from equipoise.wording import inside, listing, plural, verbatim

from .pooled import stated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from equipoise.evidence import EvidenceSoFar
    from equipoise.evidence.body import Body, Fit

    from .pooled import Rating
    from .records import Certainty, SubgroupVerdict

_VERB: dict[Certainty, tuple[str, str, str]] = {
    "high": ("improves", "makes little or no difference to", "worsens"),
    "moderate": (
        "probably improves",
        "probably makes little or no difference to",
        "probably worsens",
    ),
    "low": ("may improve", "may make little or no difference to", "may worsen"),
}


def pooled_summary(
    evidence: EvidenceSoFar, rating: Rating, subgroups: Sequence[SubgroupVerdict]
) -> tuple[Sentence, ...]:
    """Where the pooled result leaves the question, by how much, and what is left out of it."""
    body = evidence.body
    if body.lead is None:
        return (
            say(
                "The primary outcome is reported by {0}, and no effect can be estimated from that; "
                "the effect of the treatment is very uncertain.",
                evidence.count,
            ),
        )
    sentences = [_stands(body, rating), _size(body, evidence)]
    sentences += [_subgroup(row) for row in subgroups if row.body.lead is not None]
    models = _models(body)
    if models is not None:
        sentences.append(models)
    if body.missing.rows:
        sentences.append(
            say(
                f"{plural(len(body.missing.rows), 'further trial')} randomised {{0}} patients and "
                "have no reported count.",
                body.missing.patients,
            )
        )
    return tuple(sentences)


def _stands(body: Body, rating: Rating) -> Sentence:
    name = inside(body.outcome.name)
    if rating.effect in {"important benefit", "little or no difference", "harm"}:
        index = ("important benefit", "little or no difference", "harm").index(rating.effect)
        verbs = _VERB.get(rating.certainty)
        if verbs is None:
            return say(f"The effect of the treatment on {name} is very uncertain.")
        important = " by more than the smallest difference that matters" if index != 1 else ""
        return say(f"The treatment {verbs[index]} {name}{important}.")
    how = {"very low": "very uncertain", "low": "uncertain"}.get(rating.certainty, "not settled")
    return say(
        f"The effect of the treatment on {name} is {how}: the results known are compatible with "
        f"{listing(list(rating.regions))} (the difference that matters being {{0}}).",
        _margin(body),
    )


def _margin(body: Body) -> Figure:
    difference = body.outcome.smallest_difference
    assert difference is not None
    return Figure(
        id=f"question.{body.outcome.id}.difference",
        value=difference.risk_difference,
        shown=f"{100 * difference.risk_difference:g} points",
        kind="assumed",
        note=f"{difference.reason} Set on {difference.set_on}.",
    )


def _size(body: Body, evidence: EvidenceSoFar) -> Sentence:
    assert body.lead is not None
    synthesis = body.lead.synthesis
    contributing = Figure(
        id=f"{body.lead.figure.id}.contributing",
        value=synthesis.k_contributing,
        shown=f"{synthesis.k_contributing}",
        kind="computed",
        inputs=(body.lead.figure.id,),
        note="studies with at least one event",
    )
    absolute = stated(body)
    tail = ", or {3} at a control risk of {4}" if absolute is not None else ""
    return say(
        f"From {{0}}, {{1}} with any event, the {title(synthesis.measure)} is {{2}}{tail}.",
        evidence.count,
        contributing,
        body.lead.figure,
        *((absolute.per_thousand, absolute.control_risk) if absolute else ()),
    )


def _subgroup(row: SubgroupVerdict) -> Sentence:
    assert row.body.lead is not None
    absolute = stated(row.body)
    tail = ", or {1} at a control risk of {2}" if absolute is not None else ""
    where = f"compatible with {listing(list(row.regions))}" if len(row.regions) > 1 else row.effect
    return say(
        f"{verbatim(row.name[:1].upper() + row.name[1:])}: {where} ({row.certainty} certainty), "
        f"{title(row.body.lead.synthesis.measure)} {{0}}{tail}.",
        row.body.lead.figure,
        *((absolute.per_thousand, absolute.control_risk) if absolute else ()),
    )


def _models(body: Body) -> Sentence | None:
    """How far the answer hangs on the model, and where the stricter subsets lie."""
    whole = [fit for fit in body.fits if fit.set == "all"]
    if len(whole) < 3:
        return None
    estimates = [fit.synthesis.natural[0] for fit in whole]
    uppers = [fit.synthesis.natural[2] for fit in whole]
    spread = _between("estimate", body, min(estimates), max(estimates))
    upper = _between("upper", body, min(uppers), max(uppers))
    found = _stricter(body)
    parts = [f"{fit.set} {{{i + 2}}}" for i, fit in enumerate(found)]
    tail = ""
    if parts:
        where = _nearer(body, found)
        tail = f" By the same model, the stricter subsets: {listing(parts)}{where}."
    return say(
        f"Over the models fitted the estimate lies at {{0}} and its upper limit at {{1}}.{tail}",
        spread,
        upper,
        *(fit.figure for fit in found),
    )


def _stricter(body: Body) -> list[Fit]:
    """Fits of the lead's model to the stricter subsets, Mantel-Haenszel where it has none."""
    assert body.lead is not None
    lead = body.lead.synthesis
    names = dict.fromkeys(
        fit.set
        for fit in body.fits
        if fit.set in {"double-blind", "randomisation stated"} or fit.set.startswith("fixed day")
    )
    fits = [
        body.fit(lead.method, lead.ci_method, name) or body.fit("MH", "z", name) for name in names
    ]
    return [fit for fit in fits if fit is not None]


def _nearer(body: Body, found: list[Fit]) -> str:
    """Whether the subsets all lie closer to no effect than the whole, or all further away."""
    assert body.lead is not None
    whole = abs(body.lead.synthesis.estimate)
    nearer = [abs(fit.synthesis.estimate) < whole for fit in found]
    if all(nearer):
        return "; closer to no effect than the whole"
    return "" if any(nearer) else "; further from no effect than the whole"


def _between(name: str, body: Body, low: float, high: float) -> Figure:
    same = f"{low:.2f}" == f"{high:.2f}"
    assert body.lead is not None
    return Figure(
        id=f"{body.lead.figure.id}.models.{name}",
        value=(low, high),
        shown=f"{low:.2f}" if same else f"{low:.2f} to {high:.2f}",
        kind="computed",
        inputs=tuple(fit.figure.id for fit in body.fits if fit.set == "all"),
        note="smallest and largest over the models fitted to the whole set",
    )
