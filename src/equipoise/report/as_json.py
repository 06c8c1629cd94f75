"""A verdict as JSON; the schema is docs/reference/verdict.schema.json."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from equipoise.literature import SOURCES

from .figures import collect
from .outline import maybe_line, outline

if TYPE_CHECKING:
    from equipoise.assess import Verdict
    from equipoise.assess.records import ProposedTrial, SubgroupVerdict
    from equipoise.evidence.bayes_view import BayesianView
    from equipoise.evidence.body import Absolute, Body, Fit
    from equipoise.evidence.so_far import Comparison, EvidenceSoFar
    from equipoise.vocabulary.appraisal import Appraisal, OutcomeAppraisal
    from equipoise.vocabulary.figure import Figure, Sentence
    from equipoise.vocabulary.finding import Finding
    from equipoise.vocabulary.landscape import Landscape

SCHEMA = "equipoise/verdict/1"


def as_dict(verdict: Verdict) -> dict[str, Any]:
    """The verdict as plain values; figures stand once, under `figures`, and are cited by id."""
    sections = outline(verdict)
    figures = collect(verdict, sections)
    return {
        "schema": SCHEMA,
        "question": verdict.dossier.question.title,
        "as_of": verdict.as_of.isoformat(),
        "dossier": {"path": verdict.dossier.path, "sha256": verdict.dossier.fingerprint},
        "effect": verdict.effect,
        "certainty": verdict.certainty,
        "lowered": list(verdict.lowered),
        "rules": [
            {
                "code": rule.code,
                "when": rule.condition,
                "effect": rule.effect,
                "certainty": rule.certainty,
                "applied": rule.applied,
            }
            for rule in verdict.rules
        ],
        "summary": [_sentence(row) for row in verdict.summary],
        "reasons": [_sentence(row) for row in verdict.reasons],
        "hindsight": [_sentence(row) for row in verdict.hindsight],
        "may_have_been_known": {"facts": list(verdict.maybe), "verdict": maybe_line(verdict)},
        "findings": [_finding(row) for row in verdict.findings],
        "claims": [_appraisal(row) for row in verdict.appraisals],
        "evidence": _evidence(verdict.evidence),
        "subgroups": [_subgroup(row) for row in verdict.subgroups],
        "bayes": _bayes(verdict.bayes) if verdict.bayes else None,
        "landscape": _landscape(verdict.landscape) if verdict.landscape else None,
        "trial": _trial(verdict.trial) if verdict.trial else None,
        "figures": {key: _figure(figure) for key, figure in sorted(figures.items())},
        "sources": {
            key: {
                "citation": source.citation,
                "kind": source.kind,
                "first_public": str(source.first_public),
                "link": source.link,
            }
            for key, source in sorted({**SOURCES, **verdict.dossier.sources}.items())
        },
    }


def as_json(verdict: Verdict) -> str:
    """The same as text, indented; no number in it is infinite or not a number."""
    return json.dumps(as_dict(verdict), indent=2, ensure_ascii=False, allow_nan=False)


def _sentence(sentence: Sentence) -> dict[str, Any]:
    return {"text": str(sentence), "figures": [figure.id for figure in sentence.figures]}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _figure(figure: Figure) -> dict[str, Any]:
    method = figure.method
    return {
        "value": _plain(figure.value),
        "shown": figure.shown,
        "kind": figure.kind,
        "source": figure.source,
        "read_in": figure.read_in,
        "locator": figure.locator,
        "words": figure.words,
        "confidence": figure.confidence,
        "method": {
            "id": method.id,
            "name": method.name,
            "citation": method.citation,
            "grade": method.grade,
        }
        if method
        else None,
        "inputs": list(figure.inputs),
        "note": figure.note,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "title": finding.check.title,
        "subject": finding.subject,
        "status": finding.status,
        **_sentence(finding.sentence),
        "words": finding.words,
        "speaker": finding.speaker,
        "source": finding.source,
        "locator": finding.locator,
        "ask": finding.check.ask,
    }


def _appraisal(appraisal: Appraisal) -> dict[str, Any]:
    claim = appraisal.claim
    return {
        "id": claim.id,
        "label": claim.label,
        "first_public": str(claim.first_public),
        "n": claim.n,
        "strata": [{"id": row.id, "label": row.label, "n": row.n} for row in claim.strata],
        "outcomes": [_outcome(row) for row in appraisal.outcomes],
        "artefacts": [
            {
                "name": row.name,
                "probability": row.probability.id if row.probability else None,
                "missing": row.missing,
            }
            for row in appraisal.artefacts
        ],
    }


def _outcome(item: OutcomeAppraisal) -> dict[str, Any]:
    natural = item.natural
    return {
        "outcome": item.claimed.outcome,
        "count": item.count.id,
        "final": item.claimed.final,
        "exact_interval": item.exact.id,
        "credible_interval": item.credible.id,
        "untreated_rate_at_0_05": item.rate_at_five.id if item.rate_at_five else None,
        "unreported_failures": [
            {"untreated_rate": rate, "figure": figure.id} for rate, figure in item.unreported
        ],
        "cohorts": [
            {
                "cohort": match.cohort.cohort,
                "outcome": match.cohort.outcome,
                "stratum": match.cohort.stratum,
                "count": match.count.id if match.count else None,
                "matched": match.matched,
                "reasons": list(match.reasons),
            }
            for match in item.matches
        ],
        "natural_course": {
            "untreated": natural.untreated.id,
            "probability": natural.probability.id,
            "by_prior": [
                {"tau_scale": row.tau_scale, "figure": row.probability.id}
                for row in natural.spreads
            ],
            "distribution": [float(value) for value in natural.distribution],
            "selective_reporting": [float(value) for value in natural.selective],
        }
        if natural
        else None,
        "bias_adjusted": {
            "none": item.adjusted.unadjusted.id,
            "allowed": item.adjusted.adjusted.id,
            "robust": item.adjusted.robust.id,
            "tipping_odds_ratio": item.adjusted.tipping.id,
        }
        if item.adjusted
        else None,
        "dramatic": {
            "met": item.dramatic.met,
            "rate_ratio": item.dramatic.ratio.id if item.dramatic.ratio else None,
            "reasons": list(item.dramatic.reasons),
        },
    }


def _evidence(evidence: EvidenceSoFar) -> dict[str, Any]:
    def rows(group: tuple[Comparison, ...]) -> list[dict[str, Any]]:
        return [
            {
                "study": row.result.study,
                "outcome": row.result.outcome,
                "first_public": str(row.result.first_public),
                "treatment": row.treatment.id if row.treatment else None,
                "control": row.control.id if row.control else None,
                "difference": row.difference.id if row.difference else None,
            }
            for row in group
        ]

    return {
        "fits": [_fit(fit) for fit in evidence.body.fits],
        "lead": evidence.body.lead.figure.id if evidence.body.lead else None,
        "prediction_interval": evidence.body.prediction.id if evidence.body.prediction else None,
        "absolute": [_absolute(row) for row in evidence.body.absolute],
        "harms": _harms(evidence.body),
        "non_reporting": _missing(evidence.body),
        "history": [
            {
                "day": point.day.isoformat(),
                "model": point.model,
                "k": point.k,
                "estimate": point.estimate,
                "ci": [point.lower, point.upper],
                "changed": point.changed,
            }
            for point in evidence.history
        ],
        "randomised": rows(evidence.randomised),
        "uncounted": rows(evidence.uncounted),
        "uncontrolled": rows(evidence.uncontrolled),
        "indirect": rows(evidence.indirect),
        "events": [
            {"date": str(row.date), "kind": row.kind, "trial": row.trial, "note": row.note}
            for row in evidence.events
        ],
    }


def _fit(fit: Fit) -> dict[str, Any]:
    synthesis = fit.synthesis
    estimate, low, high = synthesis.natural
    return {
        "model": synthesis.method,
        "ci_method": synthesis.ci_method,
        "set": fit.set,
        "measure": synthesis.measure,
        "k": fit.k,
        "k_contributing": synthesis.k_contributing,
        "estimate": estimate,
        "ci": [low, high],
        "tau2": synthesis.tau2,
        "i2": synthesis.i2,
        "figure": fit.figure.id,
    }


def _absolute(row: Absolute) -> dict[str, Any]:
    return {"control_risk": row.control_risk.id, "per_thousand": row.per_thousand.id}


def _harms(body: Body) -> dict[str, Any]:
    return {
        "serious": [
            {
                "study": row.result.study,
                "treatment": row.treatment.id if row.treatment else None,
                "control": row.control.id if row.control else None,
                "upper": row.upper.id if row.upper else None,
            }
            for row in body.harms.rows
        ],
        "silent": list(body.harms.silent),
    }


def _missing(body: Body) -> dict[str, Any]:
    missing = body.missing
    return {
        "studies": [row.study for row in missing.rows],
        "patients": missing.patients.id,
        "best_case": missing.best.id if missing.best else None,
        "worst_case": missing.worst.id if missing.worst else None,
    }


def _subgroup(row: SubgroupVerdict) -> dict[str, Any]:
    return {
        "name": row.name,
        "effect": row.effect,
        "certainty": row.certainty,
        "lowered": list(row.lowered),
        "fits": [_fit(fit) for fit in row.body.fits],
        "absolute": [_absolute(item) for item in row.body.absolute],
    }


def _bayes(view: BayesianView) -> dict[str, Any]:
    def key(figure: Figure | None) -> str | None:
        return None if figure is None else figure.id

    return {
        "outcome": view.outcome,
        "posterior": key(view.posterior),
        "prediction": key(view.prediction),
        "benefit": key(view.benefit),
        "important": key(view.important),
        "harm": key(view.harm),
        "margin": view.margin.id,
        "reached": view.reached.isoformat() if view.reached else None,
        "lost": view.lost.isoformat() if view.lost else None,
        "history": [
            {
                "date": point.day.isoformat(),
                "k": point.k,
                "estimate": point.estimate,
                "ci": [point.lower, point.upper],
                "p_benefit": point.p_benefit,
                "p_important": point.p_important,
                "p_harm": point.p_harm,
                "what_changed": point.changed,
            }
            for point in view.history
        ],
        "analogies": [
            {
                "id": row.analogy.id,
                "label": row.analogy.label,
                "carries_over": row.analogy.carries_over,
                "studies": list(row.names),
                "pooled": row.pooled.id,
                "expected": row.expected.id,
                "tipping_weight": row.tipping.id,
                "weights": [
                    {
                        "weight": line.weight.id,
                        "counts_for": line.counts_for.id,
                        "benefit": line.benefit.id,
                        "important": line.important.id,
                    }
                    for line in row.rows
                ],
            }
            for row in view.analogies
        ],
    }


def _landscape(found: Landscape) -> dict[str, Any]:
    return {
        "said": found.said.n if found.said else None,
        "said_matches": list(found.said_matches),
        "status_known": found.status_known,
        "counts": [
            {
                "definition": row.definition,
                "place": row.place,
                "registered": row.registered.value,
                "visible": row.visible.value,
                "randomised": row.randomised.value,
                "blinded": row.blinded.value,
            }
            for row in found.rows
        ],
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _trial(trial: ProposedTrial) -> dict[str, Any]:
    design = trial.design
    return {
        "arms": list(design.arms),
        "n_per_arm": design.n_per_arm,
        "alpha": design.plan.alpha,
        "power": trial.power.id,
        "looks": [
            {
                "information": look.information,
                "n_per_arm": int(max(look.patients)),
                "efficacy_z": _finite(look.efficacy_z),
                "futility_z": _finite(look.futility_z),
            }
            for look in design.looks
        ],
        "type_one_error": {
            "efficacy boundary only": trial.false_finding.id,
            "as run": trial.rows[0].exact.id,
        },
        "maximum_total": trial.maximum_total.id,
        "expected_total": {
            "no effect": trial.expected_none.id,
            "hoped for": trial.expected_hoped.id,
        },
        "fixed": {
            "n_per_arm": trial.fixed.n_per_arm,
            "n_per_arm_normal": trial.per_arm_normal.id,
            "total": trial.fixed_total.id,
        },
        "control_risk": trial.control_risk.id,
        "smallest_difference": trial.smallest_difference.id,
        "months": trial.months.id if trial.months else None,
        "replicates": trial.characteristics.replicates,
        "seed": trial.characteristics.seed,
        "scenarios": [
            {
                "name": row.scenario.name,
                "risks": list(row.scenario.risk_pair()),
                "benefit": row.benefit,
                "benefit_error": row.benefit_error,
                "benefit_exact": row.exact,
                "benefit_normal": row.normal,
                "harm": row.harm,
                "harm_error": row.harm_error,
                "harm_exact": row.exact_harm,
                "patients": row.known,
                "patients_error": row.known_error,
                "patients_exact": row.exact_patients,
            }
            for row in trial.characteristics.scenarios
        ],
        "decisive": [
            {"assumed": assumed.id, "n_per_arm": size.id} for assumed, size in trial.decisive.sizes
        ]
        if trial.decisive
        else [],
    }
