"""Registry: registrations to a landscape."""

from equipoise.registry.landscape import landscape

__all__ = ["landscape"]
