"""Futility boundaries as given, on the scale people think in."""

from __future__ import annotations

from dataclasses import dataclass

from equipoise.errors import InputError
from equipoise.inputs import numbers

_SCALES = ("z", "effect", "conditional_power")


@dataclass(frozen=True, slots=True, kw_only=True)
class FutilityBounds:
    """Futility boundaries on one of three scales, one value for each look but the last.

    Parameters
    ----------
    z : tuple of float, optional
        On the z scale; ``-math.inf`` where a look cannot stop for futility.
    effect : tuple of float, optional
        Observed effect, as a multiple of the planned one: 0 is none, 1 all of it.
    conditional_power : tuple of float, optional
        Conditional power in (0, 1) below which the trial stops.
    trend : bool
        Of `conditional_power`: whether the observed trend goes on; else the planned effect.
    binding : bool
        Whether the efficacy boundary counts on the trial stopping.

    References
    ----------
    Lachin (2005), Stat Med 24:2747, for the conditional power scale.
    """

    z: tuple[float, ...] | None = None
    effect: tuple[float, ...] | None = None
    conditional_power: tuple[float, ...] | None = None
    trend: bool = True
    binding: bool = False

    def __post_init__(self) -> None:
        given = [name for name in _SCALES if getattr(self, name) is not None]
        if len(given) != 1:
            raise InputError.of(
                "futility", given, f"needs exactly one of {', '.join(_SCALES)}", "Give one"
            )
        raw = getattr(self, given[0])
        empty = isinstance(raw, tuple | list) and not raw
        made = () if empty else numbers(given[0], raw, "-math.inf is no stopping", infinite=True)
        values = tuple(map(float, made))
        object.__setattr__(self, given[0], values)
        if given[0] == "conditional_power" and not all(0 < value < 1 for value in values):
            raise InputError.of(
                "conditional_power", values, "must lie in (0, 1)", "Give a chance such as 0.2"
            )

    @property
    def scale(self) -> str:
        """The scale given: "z", "effect" or "conditional_power"."""
        return next(name for name in _SCALES if getattr(self, name) is not None)

    @property
    def values(self) -> tuple[float, ...]:
        """The boundaries on `scale`."""
        values: tuple[float, ...] = getattr(self, self.scale)
        return values

    @property
    def name(self) -> str:
        """What it is called in tables and protocols."""
        words = {
            "z": "futility boundary given on z",
            "effect": "futility boundary given on the observed effect",
            "conditional_power": "futility boundary given on conditional power, "
            + ("observed trend" if self.trend else "planned effect"),
        }
        return words[self.scale]
