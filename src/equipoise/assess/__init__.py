"""Assess: a dossier and a date to findings and a verdict. The only code that calls several stages."""

from equipoise.assess.records import Verdict
from equipoise.assess.verdict import verdict

__all__ = ["Verdict", "verdict"]
