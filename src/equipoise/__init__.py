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
    from equipoise.design import sample_size
    from equipoise.dossier import read_dossier
    from equipoise.errors import (
        DossierError,
        EquipoiseError,
        InputError,
        NumericalError,
        StorageError,
    )
    from equipoise.evidence.bias import begg, egger, peters, trim_and_fill
    from equipoise.evidence.diagnostics import baujat, cumulative, gosh, influence, leave_one_out
    from equipoise.evidence.effect_sizes import EffectSizes, effect_sizes
    from equipoise.evidence.mean_sd import mean_sd_from_quantiles
    from equipoise.evidence.metareg import meta_regression, subgroups
    from equipoise.evidence.pool import pool, pool_many
    from equipoise.evidence.synthesis import Synthesis
    from equipoise.simulation import OperatingCharacteristics, simulate
    from equipoise.vocabulary.trial import Accrual, Binary, Design, FixedSample, Scenario

__version__ = "0.1.0"

_HOMES = {
    "Accrual": "equipoise.vocabulary.trial",
    "Binary": "equipoise.vocabulary.trial",
    "Design": "equipoise.vocabulary.trial",
    "DossierError": "equipoise.errors",
    "EffectSizes": "equipoise.evidence.effect_sizes",
    "EquipoiseError": "equipoise.errors",
    "FixedSample": "equipoise.vocabulary.trial",
    "InputError": "equipoise.errors",
    "NumericalError": "equipoise.errors",
    "OperatingCharacteristics": "equipoise.simulation",
    "Scenario": "equipoise.vocabulary.trial",
    "StorageError": "equipoise.errors",
    "Synthesis": "equipoise.evidence.synthesis",
    "Verdict": "equipoise.assess",
    "baujat": "equipoise.evidence.diagnostics",
    "begg": "equipoise.evidence.bias",
    "cumulative": "equipoise.evidence.diagnostics",
    "effect_sizes": "equipoise.evidence.effect_sizes",
    "egger": "equipoise.evidence.bias",
    "gosh": "equipoise.evidence.diagnostics",
    "influence": "equipoise.evidence.diagnostics",
    "leave_one_out": "equipoise.evidence.diagnostics",
    "mean_sd_from_quantiles": "equipoise.evidence.mean_sd",
    "meta_regression": "equipoise.evidence.metareg",
    "peters": "equipoise.evidence.bias",
    "pool": "equipoise.evidence.pool",
    "pool_many": "equipoise.evidence.pool",
    "read_dossier": "equipoise.dossier",
    "sample_size": "equipoise.design",
    "simulate": "equipoise.simulation",
    "subgroups": "equipoise.evidence.metareg",
    "trim_and_fill": "equipoise.evidence.bias",
    "verdict": "equipoise.assess",
}

__all__ = [
    "Accrual",
    "Binary",
    "Design",
    "DossierError",
    "EffectSizes",
    "EquipoiseError",
    "FixedSample",
    "InputError",
    "NumericalError",
    "OperatingCharacteristics",
    "Scenario",
    "StorageError",
    "Synthesis",
    "Verdict",
    "__version__",
    "baujat",
    "begg",
    "cumulative",
    "effect_sizes",
    "egger",
    "gosh",
    "influence",
    "leave_one_out",
    "mean_sd_from_quantiles",
    "meta_regression",
    "peters",
    "pool",
    "pool_many",
    "read_dossier",
    "sample_size",
    "simulate",
    "subgroups",
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
