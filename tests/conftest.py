"""Hypothesis draws the same examples on every machine, and no clock fails a test."""

from hypothesis import settings

settings.register_profile("equipoise", deadline=None, derandomize=True, database=None)
settings.load_profile("equipoise")
