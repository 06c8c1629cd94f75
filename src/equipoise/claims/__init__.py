"""Claims: what was said, and what it can support."""

from equipoise.claims.appraise import appraise

__all__ = ["appraise"]
