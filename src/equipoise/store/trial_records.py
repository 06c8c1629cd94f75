"""One record a simulated trial, as a folder of Parquet files."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from equipoise.errors import InputError, StorageError
from equipoise.numerics.trials import records as r
from equipoise.numerics.trials.decisions import REASONS
from equipoise.numerics.trials.statistics import CONTINUOUS

from .checkpoints import whole_file
from .files import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from equipoise.simulation.job import Job
    from equipoise.simulation.totals import Partial

FORMAT = 1
_ABOUT = "about.json"
_PARTS = "part-*.parquet"
_REASON = pl.Enum(REASONS[1:])
_STATUS = pl.Enum(["done", *r.FAILURES[1:]])
_MEND = "Name an empty or a new folder, or remove this one"


class TrialRecords:
    """Where one record a trial goes; a :class:`equipoise.simulation.run.Records`.

    A file, ``part-<first replicate>.parquet``, holds a range of replicates under every scenario and
    is written whole; ``about.json`` tells of which run they are. Each call holds one range in
    memory.

    Parameters
    ----------
    path : path
        A folder; it is made.
    names : sequence of str
        Of the scenarios.
    """

    def __init__(self, path: str | Path, names: Sequence[str]) -> None:
        self.path = Path(path)
        self.names = list(names)
        self.job: Job | None = None

    def begin(self, job: Job, fingerprint: str, first: int) -> None:
        """Make ready for replicates from `first` on: files from there on are removed.

        Raises
        ------
        InputError
            The folder holds something else, another run's records, or not all before `first`.
        StorageError
            It cannot be read or written.
        """
        self.job = job
        about = {"format": FORMAT, "fingerprint": fingerprint, "scenarios": self.names}
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            found = self._about()
            if found is None and any(self.path.iterdir()):
                raise self._refused("is a folder that holds something else")
            if found not in (None, about):
                raise self._refused("holds the records of another run")
            if found is None:
                write_whole(self.path / _ABOUT, json.dumps(about, indent=2) + "\n")
            for path in self.path.glob(_PARTS):
                if _first(path) >= first:
                    path.unlink()
            end = self._end()
        except OSError as error:
            raise StorageError(f"cannot write {self.path}: {error.strerror}") from error
        if end != first:
            raise InputError.of(
                "records",
                str(self.path),
                f"has replicates before {end} and the checkpoint those before {first}",
                "Name the folder from the run's first call on, or begin another checkpoint",
            )

    def write(self, part: Partial) -> None:
        """Write the records of a range."""
        path = self.path / f"part-{part.first:015d}.parquet"
        with whole_file(path) as beside:
            self._frame(part).write_parquet(beside)

    def _refused(self, rule: str) -> InputError:
        return InputError.of("records", str(self.path), rule, _MEND)

    def _about(self) -> object:
        try:
            return json.loads((self.path / _ABOUT).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise StorageError(f"{self.path / _ABOUT} is damaged. {_MEND}") from error

    def _end(self) -> int:
        """The replicate up to which there are records, from 0 on without a gap."""
        end = 0
        for path in sorted(self.path.glob(_PARTS)):
            if _first(path) != end:
                break
            try:
                rows = pl.scan_parquet(path).select(pl.len()).collect().item()
            except (OSError, pl.exceptions.PolarsError) as error:
                raise StorageError(f"{path} is damaged. {_MEND}") from error
            end += rows // len(self.names)
        return end

    def _frame(self, part: Partial) -> pl.DataFrame:
        assert part.counts is not None
        assert part.values is not None
        size = part.last - part.first
        frames = [
            self._scenario(name, part.first, part.counts[s, :size], part.values[s, :size])
            for s, name in enumerate(self.names)
        ]
        return pl.concat(frames)

    def _scenario(
        self, name: str, first: int, counts: NDArray[np.int32], values: NDArray[np.float64]
    ) -> pl.DataFrame:
        """Of one scenario; what is not known is missing, of a failed trial all but its status."""
        assert self.job is not None
        whole = pl.DataFrame(counts, schema=[f"c{i}" for i in range(r.COUNTS)])
        real = pl.DataFrame(values, schema=[f"v{i}" for i in range(r.VALUES)])
        events = self.job.test.endpoint != CONTINUOUS
        columns = {
            "look": _count(r.LOOK) + 1,
            "reason": _coded(r.REASON, REASONS, _REASON),
            "enrolled": _count(r.ENROLLED),
            "known": _count(r.KNOWN),
            "events": _count(r.EVENTS) if events else pl.lit(None, pl.Int32),
            "day": _real(r.DAY) if self.job.calendar else pl.lit(None, pl.Float64),
            "z": pl.col(f"v{r.Z}"),
            "estimate": _real(r.ESTIMATE),
            "standard_error": _real(r.ERROR),
            "efficacy_boundary_crossed": _count(r.EFFICACY_ONLY) != 0,
            "short": _count(r.SHORT) != 0,
        }
        worked = _count(r.STATUS) == r.OK
        return pl.concat([whole, real], how="horizontal").select(
            pl.lit(name).cast(pl.Enum(list(dict.fromkeys(self.names)))).alias("scenario"),
            pl.int_range(first, first + len(counts), dtype=pl.Int64).alias("replicate"),
            *(pl.when(worked).then(column).alias(n) for n, column in columns.items()),
            _coded(r.STATUS, ("done", *r.FAILURES[1:]), _STATUS).alias("status"),
        )


def read_records(path: str | Path) -> pl.LazyFrame:
    """The records of simulated trials, one row a trial and scenario, read when they are collected.

    It is ``polars.scan_parquet("<path>/part-*.parquet")``; any reader of Parquet will do.

    Parameters
    ----------
    path : path
        The folder that :func:`equipoise.simulate` was given as `records`.

    Returns
    -------
    polars.LazyFrame
        ``scenario``; ``replicate``, from 0; ``look`` at which the trial ended, from 1, and the
        ``reason``; patients ``enrolled`` by then, those whose outcome is ``known`` and ``events``
        among these; the ``day`` since the start of enrolment; ``z``, positive in favour of
        treatment; ``estimate`` and ``standard_error``, a difference, or the logarithm of a ratio;
        ``efficacy_boundary_crossed``, whether that boundary alone would have found benefit, every
        other rule ignored; ``short``, whether the look had less information than planned;
        ``status``, "done" or what failed. Missing where there is none: events of means, days
        without a calendar, an estimate that does not exist, all of a failed trial.

    Raises
    ------
    InputError
        There are no records.
    """
    if not any(Path(path).glob(_PARTS)):
        raise InputError.of("records", str(path), "has no records", "Name the folder of a run")
    return pl.scan_parquet(Path(path) / _PARTS)


def _first(path: Path) -> int:
    digits = path.stem.removeprefix("part-")
    return int(digits) if digits.isdecimal() else -1


def _count(column: int) -> pl.Expr:
    return pl.col(f"c{column}")


def _real(column: int) -> pl.Expr:
    """A float; missing where it is not finite."""
    value = pl.col(f"v{column}")
    return pl.when(value.abs() < math.inf).then(value)


def _coded(column: int, names: Sequence[str], kind: pl.Enum) -> pl.Expr:
    codes = {code: name for code, name in enumerate(names) if name in kind.categories}
    return _count(column).replace_strict(codes, default=None, return_dtype=kind)
