"""What has been counted so far, and how a range of replicates is added to it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from equipoise.numerics.trials import records
from equipoise.numerics.trials.decisions import REASONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

LONGEST = 20_000
"""Days that are told apart in the histogram of durations: 54 years."""

PAIRED = 40
"""Scenarios beyond which differences get no paired errors."""

SHOWN_FAILURES = 4


@dataclass(frozen=True, slots=True)
class Partial:
    """The tallies of replicates [`first`, `last`), see `numerics/trials/records.py`.

    `sums` (blocks, S, SUMS), `at_looks` (blocks, S, K, AT_LOOK) and `joint` (blocks, 2, S, S) are
    one a block; `stopped`, `patients` and `days` are whole numbers over the range. `failures` are
    (replicate, scenario, status) of the first that failed; `counts` and `values` hold one record a
    trial where these are kept.
    """

    first: int
    last: int
    sums: Floats
    at_looks: Floats
    stopped: Ints
    patients: Ints
    days: Ints
    joint: Floats
    failures: tuple[tuple[int, int, int], ...] = ()
    counts: NDArray[np.int32] | None = None
    values: Floats | None = None


@dataclass(slots=True)
class Totals:
    """Sums over replicates [0, `replicates`), added block by block in order."""

    replicates: int
    sums: Floats
    at_looks: Floats
    stopped: Ints
    patients: Ints
    days: Ints
    joint: Floats
    failures: list[tuple[int, int, int]] = field(default_factory=list)

    @classmethod
    def none(cls, scenarios: int, looks: int, patients: int) -> Totals:
        """Before the first replicate."""
        paired = scenarios if scenarios <= PAIRED else 0
        return cls(
            replicates=0,
            sums=np.zeros((scenarios, records.SUMS)),
            at_looks=np.zeros((scenarios, looks, records.AT_LOOK)),
            stopped=np.zeros((scenarios, looks, len(REASONS)), np.int64),
            patients=np.zeros((scenarios, patients + 1), np.int64),
            days=np.zeros((scenarios, LONGEST + 1), np.int64),
            joint=np.zeros((2, paired, paired)),
        )

    def add(self, part: Partial) -> None:
        """Add the range that comes next."""
        assert part.first == self.replicates, "ranges are added in order"
        self.sums = _in_order(self.sums, part.sums)
        self.at_looks = _in_order(self.at_looks, part.at_looks)
        self.joint = _in_order(self.joint, part.joint)
        self.stopped += part.stopped
        self.patients += part.patients
        self.days += part.days
        room = SHOWN_FAILURES - len(self.failures)
        self.failures += part.failures[: max(room, 0)]
        self.replicates = part.last

    @property
    def failed(self) -> int:
        """Trials that failed, of all scenarios."""
        return int(self.sums[:, records.FAILED].sum())

    def as_arrays(self) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
        """By name, to be kept in a file."""
        out = {row.name: getattr(self, row.name) for row in fields(self)}
        out["replicates"] = np.array(self.replicates, np.int64)
        out["failures"] = np.array(self.failures, np.int64).reshape(-1, 3)
        return out

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.float64]]) -> Totals:
        """From what `as_arrays` gave."""
        given: dict[str, Any] = {row.name: np.array(arrays[row.name]) for row in fields(cls)}
        failures = [(int(a), int(b), int(c)) for a, b, c in given.pop("failures")]
        replicates = int(given.pop("replicates"))
        return cls(replicates=replicates, failures=failures, **given)


def _in_order(total: Floats, blocks: Floats) -> Floats:
    """`total` and then each block, one after the other: numpy's own sum would pair them up."""
    return np.asarray(np.cumsum(np.concatenate([total[np.newaxis], blocks]), axis=0)[-1])
