"""Equipoise: from a claimed treatment's headline to a verdict.

>>> import equipoise as eq
>>> verdict = eq.verdict(eq.read_dossier("examples/msc-covid19"), as_of="2020-03-25")
>>> verdict.effect, verdict.certainty
('untested', 'very low')

Names are imported when first used, so that ``import equipoise`` is instant.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equipoise.assess import Verdict, verdict
    from equipoise.assess.characteristics import characteristics
    from equipoise.claims.reading import Reading
    from equipoise.design import sample_size
    from equipoise.design.analyse import analyse
    from equipoise.design.analyse_records import Analysis
    from equipoise.design.assurance import Assurance, assurance, normal_assurance
    from equipoise.design.decisions import OneArmDecision, TwoArmDecision
    from equipoise.design.group_sequential import GroupSequential
    from equipoise.design.many import plan_many
    from equipoise.design.survival_data import survival_at_look
    from equipoise.documents.reading import read_text
    from equipoise.dossier import read_dossier
    from equipoise.dossier.design_file import read_design
    from equipoise.errors import (
        DossierError,
        EquipoiseError,
        InputError,
        NumericalError,
        SourceError,
        StorageError,
    )
    from equipoise.evidence.bayes_synthesis import BayesianSynthesis
    from equipoise.evidence.bias import begg, egger, peters, trim_and_fill
    from equipoise.evidence.borrowing import (
        IndirectEvidence,
        indirect_evidence,
        indirect_prior,
        power_prior,
    )
    from equipoise.evidence.credibility import (
        Credibility,
        EValue,
        analysis_of_credibility,
        bias_adjusted,
        bounding_factor,
        e_value,
        enthusiastic_prior,
        sceptical_p_value,
        sceptical_prior,
    )
    from equipoise.evidence.diagnostics import baujat, cumulative, gosh, influence, leave_one_out
    from equipoise.evidence.effect_sizes import EffectSizes, effect_sizes
    from equipoise.evidence.mean_sd import mean_sd_from_quantiles
    from equipoise.evidence.metareg import meta_regression, subgroups
    from equipoise.evidence.pool import pool, pool_many
    from equipoise.evidence.pool_bayes import pool_bayes
    from equipoise.evidence.pool_bayes_many import ManyBayesianSyntheses, pool_bayes_many
    from equipoise.evidence.predictive_prior import predictive_prior
    from equipoise.evidence.synthesis import Synthesis
    from equipoise.parts.distributions import Beta, Flat, Gamma, Normal
    from equipoise.parts.efficacy import (
        EfficacyBounds,
        HaybittlePeto,
        NoEarlyEfficacy,
        OBrienFleming,
        Pocock,
        WangTsiatis,
    )
    from equipoise.parts.futility import FutilityBounds
    from equipoise.parts.heterogeneity import (
        Exponential,
        Fixed,
        HalfCauchy,
        HalfNormal,
        HalfStudentT,
        LogNormal,
        LogStudentT,
        Uniform,
    )
    from equipoise.parts.heterogeneity_empirical import rhodes_prior, turner_prior
    from equipoise.parts.mixtures import Mixture
    from equipoise.parts.rules import ConditionalPower, OwnRule, PredictivePower, SafetyBoundary
    from equipoise.parts.spending import Spending
    from equipoise.simulation import OperatingCharacteristics
    from equipoise.simulation.scenarios import scenario_grid
    from equipoise.store.registry import Registry
    from equipoise.store.simulate import simulate
    from equipoise.vocabulary.endpoint import Binary, Continuous, TimeToEvent
    from equipoise.vocabulary.look_data import (
        EstimateAtLook,
        MeansAtLook,
        RatesAtLook,
        SurvivalAtLook,
    )
    from equipoise.vocabulary.scenario import (
        Empirical,
        OwnOutcome,
        Prior,
        Scenario,
        Stratum,
        Survival,
    )
    from equipoise.vocabulary.trial import Accrual, Allocation, Design, FixedSample, PlannedLook

__version__ = "0.1.0"

_HOMES = {
    "Accrual": "equipoise.vocabulary.trial",
    "Allocation": "equipoise.vocabulary.trial",
    "Analysis": "equipoise.design.analyse_records",
    "Assurance": "equipoise.design.assurance",
    "BayesianSynthesis": "equipoise.evidence.bayes_synthesis",
    "Beta": "equipoise.parts.distributions",
    "Binary": "equipoise.vocabulary.endpoint",
    "ConditionalPower": "equipoise.parts.rules",
    "Continuous": "equipoise.vocabulary.endpoint",
    "Credibility": "equipoise.evidence.credibility",
    "Design": "equipoise.vocabulary.trial",
    "DossierError": "equipoise.errors",
    "EValue": "equipoise.evidence.credibility",
    "EffectSizes": "equipoise.evidence.effect_sizes",
    "EfficacyBounds": "equipoise.parts.efficacy",
    "Empirical": "equipoise.vocabulary.scenario",
    "EquipoiseError": "equipoise.errors",
    "EstimateAtLook": "equipoise.vocabulary.look_data",
    "Exponential": "equipoise.parts.heterogeneity",
    "Fixed": "equipoise.parts.heterogeneity",
    "FixedSample": "equipoise.vocabulary.trial",
    "Flat": "equipoise.parts.distributions",
    "FutilityBounds": "equipoise.parts.futility",
    "Gamma": "equipoise.parts.distributions",
    "GroupSequential": "equipoise.design.group_sequential",
    "HalfCauchy": "equipoise.parts.heterogeneity",
    "HalfNormal": "equipoise.parts.heterogeneity",
    "HalfStudentT": "equipoise.parts.heterogeneity",
    "HaybittlePeto": "equipoise.parts.efficacy",
    "IndirectEvidence": "equipoise.evidence.borrowing",
    "InputError": "equipoise.errors",
    "LogNormal": "equipoise.parts.heterogeneity",
    "LogStudentT": "equipoise.parts.heterogeneity",
    "ManyBayesianSyntheses": "equipoise.evidence.pool_bayes_many",
    "MeansAtLook": "equipoise.vocabulary.look_data",
    "Mixture": "equipoise.parts.mixtures",
    "NoEarlyEfficacy": "equipoise.parts.efficacy",
    "Normal": "equipoise.parts.distributions",
    "NumericalError": "equipoise.errors",
    "OBrienFleming": "equipoise.parts.efficacy",
    "OneArmDecision": "equipoise.design.decisions",
    "OperatingCharacteristics": "equipoise.simulation",
    "OwnOutcome": "equipoise.vocabulary.scenario",
    "OwnRule": "equipoise.parts.rules",
    "PlannedLook": "equipoise.vocabulary.trial",
    "Pocock": "equipoise.parts.efficacy",
    "PredictivePower": "equipoise.parts.rules",
    "Prior": "equipoise.vocabulary.scenario",
    "RatesAtLook": "equipoise.vocabulary.look_data",
    "Reading": "equipoise.claims.reading",
    "Registry": "equipoise.store.registry",
    "SafetyBoundary": "equipoise.parts.rules",
    "Scenario": "equipoise.vocabulary.scenario",
    "SourceError": "equipoise.errors",
    "Spending": "equipoise.parts.spending",
    "StorageError": "equipoise.errors",
    "Stratum": "equipoise.vocabulary.scenario",
    "Survival": "equipoise.vocabulary.scenario",
    "SurvivalAtLook": "equipoise.vocabulary.look_data",
    "Synthesis": "equipoise.evidence.synthesis",
    "TimeToEvent": "equipoise.vocabulary.endpoint",
    "TwoArmDecision": "equipoise.design.decisions",
    "Uniform": "equipoise.parts.heterogeneity",
    "Verdict": "equipoise.assess",
    "WangTsiatis": "equipoise.parts.efficacy",
    "analyse": "equipoise.design.analyse",
    "analysis_of_credibility": "equipoise.evidence.credibility",
    "assurance": "equipoise.design.assurance",
    "baujat": "equipoise.evidence.diagnostics",
    "begg": "equipoise.evidence.bias",
    "bias_adjusted": "equipoise.evidence.credibility",
    "bounding_factor": "equipoise.evidence.credibility",
    "characteristics": "equipoise.assess.characteristics",
    "cumulative": "equipoise.evidence.diagnostics",
    "e_value": "equipoise.evidence.credibility",
    "effect_sizes": "equipoise.evidence.effect_sizes",
    "egger": "equipoise.evidence.bias",
    "enthusiastic_prior": "equipoise.evidence.credibility",
    "gosh": "equipoise.evidence.diagnostics",
    "indirect_evidence": "equipoise.evidence.borrowing",
    "indirect_prior": "equipoise.evidence.borrowing",
    "influence": "equipoise.evidence.diagnostics",
    "leave_one_out": "equipoise.evidence.diagnostics",
    "mean_sd_from_quantiles": "equipoise.evidence.mean_sd",
    "meta_regression": "equipoise.evidence.metareg",
    "normal_assurance": "equipoise.design.assurance",
    "peters": "equipoise.evidence.bias",
    "plan_many": "equipoise.design.many",
    "pool": "equipoise.evidence.pool",
    "pool_bayes": "equipoise.evidence.pool_bayes",
    "pool_bayes_many": "equipoise.evidence.pool_bayes_many",
    "pool_many": "equipoise.evidence.pool",
    "power_prior": "equipoise.evidence.borrowing",
    "predictive_prior": "equipoise.evidence.predictive_prior",
    "read_design": "equipoise.dossier.design_file",
    "read_dossier": "equipoise.dossier",
    "read_text": "equipoise.documents.reading",
    "rhodes_prior": "equipoise.parts.heterogeneity_empirical",
    "sample_size": "equipoise.design",
    "scenario_grid": "equipoise.simulation.scenarios",
    "sceptical_p_value": "equipoise.evidence.credibility",
    "sceptical_prior": "equipoise.evidence.credibility",
    "simulate": "equipoise.store.simulate",
    "subgroups": "equipoise.evidence.metareg",
    "survival_at_look": "equipoise.design.survival_data",
    "trim_and_fill": "equipoise.evidence.bias",
    "turner_prior": "equipoise.parts.heterogeneity_empirical",
    "verdict": "equipoise.assess",
}

__all__ = [
    "Accrual",
    "Allocation",
    "Analysis",
    "Assurance",
    "BayesianSynthesis",
    "Beta",
    "Binary",
    "ConditionalPower",
    "Continuous",
    "Credibility",
    "Design",
    "DossierError",
    "EValue",
    "EffectSizes",
    "EfficacyBounds",
    "Empirical",
    "EquipoiseError",
    "EstimateAtLook",
    "Exponential",
    "Fixed",
    "FixedSample",
    "Flat",
    "FutilityBounds",
    "Gamma",
    "GroupSequential",
    "HalfCauchy",
    "HalfNormal",
    "HalfStudentT",
    "HaybittlePeto",
    "IndirectEvidence",
    "InputError",
    "LogNormal",
    "LogStudentT",
    "ManyBayesianSyntheses",
    "MeansAtLook",
    "Mixture",
    "NoEarlyEfficacy",
    "Normal",
    "NumericalError",
    "OBrienFleming",
    "OneArmDecision",
    "OperatingCharacteristics",
    "OwnOutcome",
    "OwnRule",
    "PlannedLook",
    "Pocock",
    "PredictivePower",
    "Prior",
    "RatesAtLook",
    "Reading",
    "Registry",
    "SafetyBoundary",
    "Scenario",
    "SourceError",
    "Spending",
    "StorageError",
    "Stratum",
    "Survival",
    "SurvivalAtLook",
    "Synthesis",
    "TimeToEvent",
    "TwoArmDecision",
    "Uniform",
    "Verdict",
    "WangTsiatis",
    "__version__",
    "analyse",
    "analysis_of_credibility",
    "assurance",
    "baujat",
    "begg",
    "bias_adjusted",
    "bounding_factor",
    "characteristics",
    "cumulative",
    "e_value",
    "effect_sizes",
    "egger",
    "enthusiastic_prior",
    "gosh",
    "indirect_evidence",
    "indirect_prior",
    "influence",
    "leave_one_out",
    "mean_sd_from_quantiles",
    "meta_regression",
    "normal_assurance",
    "peters",
    "plan_many",
    "pool",
    "pool_bayes",
    "pool_bayes_many",
    "pool_many",
    "power_prior",
    "predictive_prior",
    "read_design",
    "read_dossier",
    "read_text",
    "rhodes_prior",
    "sample_size",
    "scenario_grid",
    "sceptical_p_value",
    "sceptical_prior",
    "simulate",
    "subgroups",
    "survival_at_look",
    "trim_and_fill",
    "turner_prior",
    "verdict",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'equipoise' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
