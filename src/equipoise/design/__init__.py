"""Design: assumptions to a trial's size."""

from equipoise.design.fixed import normal_size, sample_size

__all__ = ["normal_size", "sample_size"]
