"""Design: assumptions to a trial's looks, boundaries and size."""

from equipoise.design.sample_size import normal_size, sample_size

__all__ = ["normal_size", "sample_size"]
