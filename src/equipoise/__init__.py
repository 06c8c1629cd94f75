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
    from equipoise.simulation import OperatingCharacteristics, simulate
    from equipoise.vocabulary.trial import Accrual, Binary, Design, FixedSample, Scenario

__version__ = "0.1.0"

_HOMES = {
    "Accrual": "equipoise.vocabulary.trial",
    "Binary": "equipoise.vocabulary.trial",
    "Design": "equipoise.vocabulary.trial",
    "DossierError": "equipoise.errors",
    "EquipoiseError": "equipoise.errors",
    "FixedSample": "equipoise.vocabulary.trial",
    "InputError": "equipoise.errors",
    "NumericalError": "equipoise.errors",
    "OperatingCharacteristics": "equipoise.simulation",
    "Scenario": "equipoise.vocabulary.trial",
    "StorageError": "equipoise.errors",
    "Verdict": "equipoise.assess",
    "read_dossier": "equipoise.dossier",
    "sample_size": "equipoise.design",
    "simulate": "equipoise.simulation",
    "verdict": "equipoise.assess",
}

__all__ = [
    "Accrual",
    "Binary",
    "Design",
    "DossierError",
    "EquipoiseError",
    "FixedSample",
    "InputError",
    "NumericalError",
    "OperatingCharacteristics",
    "Scenario",
    "StorageError",
    "Verdict",
    "__version__",
    "read_dossier",
    "sample_size",
    "simulate",
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
