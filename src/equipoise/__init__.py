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
    from equipoise.design import sample_size
    from equipoise.design.analyse import analyse
    from equipoise.design.analyse_records import Analysis
    from equipoise.design.group_sequential import GroupSequential
    from equipoise.design.many import plan_many
    from equipoise.design.survival_data import survival_at_look
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
    from equipoise.evidence.bias import begg, egger, peters, trim_and_fill
    from equipoise.evidence.diagnostics import baujat, cumulative, gosh, influence, leave_one_out
    from equipoise.evidence.effect_sizes import EffectSizes, effect_sizes
    from equipoise.evidence.mean_sd import mean_sd_from_quantiles
    from equipoise.evidence.metareg import meta_regression, subgroups
    from equipoise.evidence.pool import pool, pool_many
    from equipoise.evidence.synthesis import Synthesis
    from equipoise.parts.efficacy import (
        EfficacyBounds,
        HaybittlePeto,
        NoEarlyEfficacy,
        OBrienFleming,
        Pocock,
        WangTsiatis,
    )
    from equipoise.parts.futility import FutilityBounds
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
    "Binary": "equipoise.vocabulary.endpoint",
    "ConditionalPower": "equipoise.parts.rules",
    "Continuous": "equipoise.vocabulary.endpoint",
    "Design": "equipoise.vocabulary.trial",
    "DossierError": "equipoise.errors",
    "EffectSizes": "equipoise.evidence.effect_sizes",
    "EfficacyBounds": "equipoise.parts.efficacy",
    "Empirical": "equipoise.vocabulary.scenario",
    "EquipoiseError": "equipoise.errors",
    "EstimateAtLook": "equipoise.vocabulary.look_data",
    "FixedSample": "equipoise.vocabulary.trial",
    "FutilityBounds": "equipoise.parts.futility",
    "GroupSequential": "equipoise.design.group_sequential",
    "HaybittlePeto": "equipoise.parts.efficacy",
    "InputError": "equipoise.errors",
    "MeansAtLook": "equipoise.vocabulary.look_data",
    "NoEarlyEfficacy": "equipoise.parts.efficacy",
    "NumericalError": "equipoise.errors",
    "OBrienFleming": "equipoise.parts.efficacy",
    "OperatingCharacteristics": "equipoise.simulation",
    "OwnOutcome": "equipoise.vocabulary.scenario",
    "OwnRule": "equipoise.parts.rules",
    "PlannedLook": "equipoise.vocabulary.trial",
    "Pocock": "equipoise.parts.efficacy",
    "PredictivePower": "equipoise.parts.rules",
    "Prior": "equipoise.vocabulary.scenario",
    "RatesAtLook": "equipoise.vocabulary.look_data",
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
    "Verdict": "equipoise.assess",
    "WangTsiatis": "equipoise.parts.efficacy",
    "analyse": "equipoise.design.analyse",
    "baujat": "equipoise.evidence.diagnostics",
    "begg": "equipoise.evidence.bias",
    "characteristics": "equipoise.assess.characteristics",
    "cumulative": "equipoise.evidence.diagnostics",
    "effect_sizes": "equipoise.evidence.effect_sizes",
    "egger": "equipoise.evidence.bias",
    "gosh": "equipoise.evidence.diagnostics",
    "influence": "equipoise.evidence.diagnostics",
    "leave_one_out": "equipoise.evidence.diagnostics",
    "mean_sd_from_quantiles": "equipoise.evidence.mean_sd",
    "meta_regression": "equipoise.evidence.metareg",
    "peters": "equipoise.evidence.bias",
    "plan_many": "equipoise.design.many",
    "pool": "equipoise.evidence.pool",
    "pool_many": "equipoise.evidence.pool",
    "read_design": "equipoise.dossier.design_file",
    "read_dossier": "equipoise.dossier",
    "sample_size": "equipoise.design",
    "scenario_grid": "equipoise.simulation.scenarios",
    "simulate": "equipoise.store.simulate",
    "subgroups": "equipoise.evidence.metareg",
    "survival_at_look": "equipoise.design.survival_data",
    "trim_and_fill": "equipoise.evidence.bias",
    "verdict": "equipoise.assess",
}

__all__ = [
    "Accrual",
    "Allocation",
    "Analysis",
    "Binary",
    "ConditionalPower",
    "Continuous",
    "Design",
    "DossierError",
    "EffectSizes",
    "EfficacyBounds",
    "Empirical",
    "EquipoiseError",
    "EstimateAtLook",
    "FixedSample",
    "FutilityBounds",
    "GroupSequential",
    "HaybittlePeto",
    "InputError",
    "MeansAtLook",
    "NoEarlyEfficacy",
    "NumericalError",
    "OBrienFleming",
    "OperatingCharacteristics",
    "OwnOutcome",
    "OwnRule",
    "PlannedLook",
    "Pocock",
    "PredictivePower",
    "Prior",
    "RatesAtLook",
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
    "Verdict",
    "WangTsiatis",
    "__version__",
    "analyse",
    "baujat",
    "begg",
    "characteristics",
    "cumulative",
    "effect_sizes",
    "egger",
    "gosh",
    "influence",
    "leave_one_out",
    "mean_sd_from_quantiles",
    "meta_regression",
    "peters",
    "plan_many",
    "pool",
    "pool_many",
    "read_design",
    "read_dossier",
    "sample_size",
    "scenario_grid",
    "simulate",
    "subgroups",
    "survival_at_look",
    "trim_and_fill",
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
