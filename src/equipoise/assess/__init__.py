"""Assess: a dossier and a date to a verdict. The only code that calls several stages."""

from equipoise.assess.as_of import verdict
from equipoise.assess.records import Verdict

__all__ = ["Verdict", "verdict"]
