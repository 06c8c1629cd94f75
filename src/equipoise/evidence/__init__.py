"""Evidence: reported results, as known on a date."""

from equipoise.evidence.so_far import EvidenceSoFar, evidence_so_far

__all__ = ["EvidenceSoFar", "evidence_so_far"]
