"""Efficacy boundaries that are not spent but have a shape, or are given."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.inputs import number, numbers

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WangTsiatis:
    """z boundaries c t^(delta - 1/2). Wang & Tsiatis (1987), Biometrics 43:193.

    `delta` 0 is O'Brien & Fleming's boundary, 1/2 Pocock's; c makes the whole spend alpha.
    """

    delta: float

    def __post_init__(self) -> None:
        if not -1 <= number("delta", self.delta) <= 1:
            raise InputError.of(
                "delta", self.delta, "must lie in [-1, 1]", "0 is O'Brien-Fleming, 0.5 Pocock"
            )

    @property
    def name(self) -> str:
        """What it is called in tables and protocols."""
        return f"Wang-Tsiatis boundary ({self.delta:g})"

    def shape(self, fractions: Floats) -> Floats:
        """Z boundaries up to a factor, (k,); 1 at fraction 1."""
        return np.asarray(fractions ** (self.delta - 0.5))


class OBrienFleming(WangTsiatis):
    """z boundaries c / sqrt(t). O'Brien & Fleming (1979), Biometrics 35:549."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(0.0)

    @property
    def name(self) -> str:
        """What it is called in tables and protocols."""
        return "O'Brien-Fleming boundary"


class Pocock(WangTsiatis):
    """The same z boundary at every look. Pocock (1977), Biometrika 64:191."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(0.5)

    @property
    def name(self) -> str:
        """What it is called in tables and protocols."""
        return "Pocock boundary"


@dataclass(frozen=True, slots=True)
class HaybittlePeto:
    """A fixed high z before the last look, which takes the rest of alpha.

    Haybittle (1971), Br J Radiol 44:793; Peto et al. (1976), Br J Cancer 34:585.
    """

    z: float = 3.0

    def __post_init__(self) -> None:
        if not number("z", self.z) > 0:
            raise InputError.of("z", self.z, "must be above 0", "Use 3, or 3.29 for p = 0.0005")

    @property
    def name(self) -> str:
        """What it is called in tables and protocols."""
        return f"Haybittle-Peto boundary (z {self.z:g})"


@dataclass(frozen=True, slots=True)
class NoEarlyEfficacy:
    """All alpha for the last look: interim looks stop for futility only."""

    @property
    def name(self) -> str:
        """What it is called in tables and protocols."""
        return "no stopping for efficacy before the last look"


@dataclass(frozen=True, slots=True)
class EfficacyBounds:
    """z boundaries as given, one for each look; `math.inf` where a look cannot stop.

    A last `None` takes the rest of alpha.
    """

    z: tuple[float | None, ...]

    def __post_init__(self) -> None:
        raw: Any = self.z
        if isinstance(raw, str | bytes | int | float) or raw is None:
            raise InputError.of("z", raw, "must be a list, one for each look", "Give a list")
        given = tuple(raw)
        closed = given[:-1] if given and given[-1] is None else given
        if closed:
            z = numbers("z", closed, "Give z boundaries; only the last may be None", infinite=True)
            if (z == -math.inf).any():
                raise InputError.of("z", self.z, "must be above minus infinity", "Raise it")
        object.__setattr__(self, "z", given)

    @property
    def name(self) -> str:
        """What it is called in tables and protocols."""
        return "efficacy boundary as given"
