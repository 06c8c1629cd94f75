"""Simulation: a design under assumed truths, to operating characteristics."""

from equipoise.simulation.operating import Characteristics, OperatingCharacteristics
from equipoise.simulation.run import simulate

__all__ = ["Characteristics", "OperatingCharacteristics", "simulate"]
