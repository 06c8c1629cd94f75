"""Design: assumptions to a trial's looks, boundaries and size."""

from equipoise.design.sample_size import sample_size

__all__ = ["sample_size"]
