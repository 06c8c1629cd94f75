"""Run the replicates of a design: in blocks, on threads or any executor, resumable."""

from __future__ import annotations

import math
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from equipoise.errors import InputError, NumericalError
from equipoise.inputs import number, one_of, whole
from equipoise.numerics.blocks import BLOCK
from equipoise.numerics.trials import records

from .fingerprint import fingerprint
from .job import job_of
from .run_range import run_range, tabulated
from .summarise import characteristics_of
from .totals import Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor, Future

    from equipoise.vocabulary.scenario import Scenario
    from equipoise.vocabulary.trial import Design

    from .job import Job
    from .operating import OperatingCharacteristics
    from .totals import Partial

_LARGEST_CHUNK = 64
"""Blocks in a chunk for one scenario: an interrupt is noticed after a chunk."""


class Keeper(Protocol):
    """Where a run is kept while it goes on."""

    def load(self, fingerprint: str) -> Totals | None:
        """What was kept of this very run; None where nothing was."""

    def save(self, fingerprint: str, totals: Totals, *, now: bool) -> None:
        """Keep it; where not `now`, only if the last time was long ago."""


class Records(Protocol):
    """Where one record a trial goes."""

    def begin(self, job: Job, fingerprint: str, first: int) -> None:
        """Make ready for the records of this run from replicate `first` on."""

    def write(self, part: Partial) -> None:
        """Take the records of a range, which come in order."""


def simulate(
    design: Design,
    scenarios: Sequence[Scenario],
    *,
    replicates: int = 100_000,
    seed: int = 1,
    threads: int | None = None,
    chunks: int | None = None,
    executor: Executor | None = None,
    until: float | None = None,
    allow_failed: float = 0.0,
    progress: Callable[[int, int], None] | None = None,
    keeper: Keeper | None = None,
    kept: Records | None = None,
    module: str = "",
    draw: Literal["patients", "stage sums"] = "patients",
) -> OperatingCharacteristics:
    """Simulate `design` under each scenario; :func:`equipoise.simulate` is the door to it.

    `keeper` and `kept` take what is to be stored, `module` is the path of the generated module that
    holds the user's own parts.
    """
    scenarios = tuple(scenarios)
    replicates = whole("replicates", replicates, 1, 2**53, "Give a whole number")
    _check(seed, threads, chunks, until, allow_failed)
    one_of("draw", draw, ("patients", "stage sums"))
    job = job_of(design, scenarios, int(seed), by_stage=draw == "stage sums")
    job = tabulated(replace(job, module=module))
    workers = threads or _processors()
    mark = fingerprint(job) if keeper is not None or kept is not None else ""
    totals = _begin(job, keeper, mark, replicates)
    begun = totals.replicates
    if kept is not None:
        kept.begin(job, mark, begun)
    _check_failures(totals, job, allow_failed, replicates, scenarios)
    ranges = _ranges(begun, replicates, _chunk(job, replicates, workers, chunks), until)
    if _precise(totals, until):
        ranges = iter(())
    pool = ThreadPoolExecutor(workers) if executor is None else executor
    try:
        for part in _in_order(pool, job, ranges, 2 * workers, kept is not None):
            if kept is not None:
                kept.write(part)
            if keeper is not None and part.last % BLOCK:
                keeper.save(mark, totals, now=True)
            totals = _with(totals, part)
            _check_failures(totals, job, allow_failed, replicates, scenarios)
            if keeper is not None and totals.replicates % BLOCK == 0:
                keeper.save(mark, totals, now=False)
            if progress is not None:
                progress(totals.replicates, replicates)
            if _precise(totals, until):
                break
    finally:
        if executor is None:
            pool.shutdown(cancel_futures=True)
        if keeper is not None and totals.replicates > begun and totals.replicates % BLOCK == 0:
            keeper.save(mark, totals, now=True)
    _check_failures(totals, job, allow_failed, totals.replicates, scenarios)
    return characteristics_of(design, scenarios, int(seed), job, totals)


def _begin(job: Job, keeper: Keeper | None, mark: str, replicates: int) -> Totals:
    kept = None if keeper is None else keeper.load(mark)
    if kept is None:
        return Totals.none(job.scenarios, job.looks.target.size, job.course.patients)
    if kept.replicates > replicates:
        raise InputError.of(
            "replicates",
            replicates,
            f"must be at least the {kept.replicates} that the checkpoint holds",
            "Ask for as many or more, or name another checkpoint",
        )
    return kept


def _with(totals: Totals, part: Partial) -> Totals:
    """A copy with the part added, so that an interrupt leaves the one or the other, whole."""
    arrays: dict[str, Any] = {**totals.as_arrays()}
    made = Totals.from_arrays(arrays)
    made.add(part)
    return made


def _in_order(
    pool: Executor, job: Job, ranges: Iterator[tuple[int, int]], ahead: int, keep: bool
) -> Iterator[Partial]:
    """Results of the ranges in their order, a few of them under way at a time."""
    waiting: deque[Future[Partial]] = deque()
    try:
        for first, last in ranges:
            waiting.append(pool.submit(run_range, job, first, last, keep))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _ranges(
    first: int, replicates: int, chunk: int, until: float | None
) -> Iterator[tuple[int, int]]:
    """Ranges of at most `chunk` blocks; with `until`, none goes across a block where it is asked.

    What is left over of whole blocks is a range of its own: only whole blocks are kept.
    """
    whole_blocks = replicates // BLOCK * BLOCK
    while first < replicates:
        last = min(first + chunk * BLOCK, whole_blocks if first < whole_blocks else replicates)
        if until is not None:
            last = min(last, _next_check(first))
        yield first, last
        first = last


def _next_check(replicates: int) -> int:
    """The first number of replicates after `replicates` at which the error is looked at.

    Every 16 blocks, and ever more seldom: after each quarter more.
    """
    blocks = 16
    while blocks * BLOCK <= replicates:
        blocks += max(16, blocks // 4)
    return blocks * BLOCK


def _checked_at(replicates: int) -> bool:
    return replicates > 0 and _next_check(replicates - 1) == replicates


def _precise(totals: Totals, until: float | None) -> bool:
    return until is not None and _checked_at(totals.replicates) and _error(totals) <= until


def _error(totals: Totals) -> float:
    """The largest Monte Carlo error of a chance of finding benefit."""
    trials = totals.sums[:, records.TRIALS]
    found = totals.sums[:, records.BENEFIT]
    return max(
        math.sqrt(max(p * (1 - p), 1 / n) / n) if n > 0 else math.inf
        for n, p in zip(trials, found / trials.clip(1), strict=True)
    )


def _chunk(job: Job, replicates: int, workers: int, chunks: int | None) -> int:
    """Blocks in a chunk."""
    blocks = math.ceil(replicates / BLOCK)
    if chunks is not None:
        return math.ceil(blocks / chunks)
    largest = max(_LARGEST_CHUNK // job.scenarios, 1)
    return min(max(blocks // (8 * workers), 1), largest)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _check(
    seed: Any, threads: int | None, chunks: int | None, until: float | None, allow_failed: float
) -> None:
    for name, value in (("threads", threads), ("chunks", chunks)):
        if value is not None:
            whole(name, value, 1, 2**31, "Give a whole number")
    if isinstance(seed, float) or not 0 <= seed < 2**64:
        raise InputError.of("seed", seed, "must lie in [0, 2**64)", "Give a smaller whole number")
    if until is not None and not number("until", until) > 0:
        raise InputError.of("until", until, "must be above 0", "Give a Monte Carlo error, as 0.001")
    if not 0 <= number("allow_failed", allow_failed) < 1:
        raise InputError.of("allow_failed", allow_failed, "must lie in [0, 1)", "Give a share")


def _check_failures(
    totals: Totals, job: Job, allowed: float, replicates: int, scenarios: Sequence[Scenario]
) -> None:
    """NumericalError once more trials have failed than `replicates` may have."""
    failed = totals.failed
    if failed <= allowed * replicates * job.scenarios:
        return
    shown = "; ".join(
        f"replicate {replicate}{_under(scenarios, s, status)}: {records.FAILURES[status]}"
        for replicate, s, status in totals.failures
    )
    more = failed - len(totals.failures)
    raise NumericalError(
        f"{failed} of {totals.replicates * job.scenarios} simulated trials failed, more than the "
        f"share {allowed:g} allowed: {shown}{f'; and {more} more' if more > 0 else ''}. Mend the "
        "part, or allow a share of failures with allow_failed and replay one of them."
    )


def _under(scenarios: Sequence[Scenario], s: int, status: int) -> str:
    """The scenario in which a replicate failed; an error that is raised fails it in all of them."""
    return "" if status == records.RAISED else f" under {scenarios[s].name!r}"
