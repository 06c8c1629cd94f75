"""Run a range of replicates: what a thread, a process or a cluster's worker does."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numba.core.errors import NumbaError, UnsupportedBytecodeError

from equipoise.numerics.blocks import BLOCK
from equipoise.numerics.trials import engine, fixed_looks, records
from equipoise.numerics.trials.decisions import REASONS

from .job_priors import drawn
from .totals import LONGEST, PAIRED, SHOWN_FAILURES, Partial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .job import Job

NO_TRACE = np.zeros((0, engine.TRACE))


def run_range(job: Job, first: int, last: int, keep: bool = False) -> Partial:
    """Replicates [`first`, `last`) of every scenario; `first` begins a block.

    With `keep` there is one record a trial. A replicate in which a user's part raises an error
    counts as failed in all scenarios.
    """
    job = drawn(job, first, last)
    kernel_of(job, "run")  # a module that cannot be loaded is no failed trial
    part = _range(job, first, last, keep)
    if runs_at_fixed_looks(job):
        assert job.fixed is not None
        job.fixed.complete(part.at_looks)
    return part


def _range(job: Job, first: int, last: int, keep: bool) -> Partial:
    part = empty(job, first, last, keep)
    counts, values = part.counts, part.values
    if not keep:
        counts, values = records_of(job, BLOCK)
    try:
        call(job, first, last, part, counts, values)
    except Exception:  # whatever a user's part raises
        if not job.module:
            raise
        return _one_by_one(job, empty(job, first, last, keep), keep)
    if part.sums[:, :, records.FAILED].any():
        return _one_by_one(job, empty(job, first, last, keep), keep)
    return part


def runs_at_fixed_looks(job: Job) -> bool:
    """Whether one of the faster kernels runs it."""
    return job.fixed is not None and not job.fixed.wants_table


def buffers_of(job: Job) -> Any:
    """Scratch for one thread."""
    return engine.buffers(
        job.course.patients,
        int(job.truth.strata.max()),
        job.looks.target.size,
        job.test.endpoint == 2,
    )


def kernel_of(job: Job, name: str) -> Any:
    """A kernel by name: built in, or of the generated module that holds the user's own parts."""
    built_in = {
        "run": engine.run,
        "run_means": fixed_looks.run_means,
        "run_rates": fixed_looks.run_rates,
        "fill_decisions": fixed_looks.fill_decisions,
    }
    if job.module:
        module = import_module("equipoise.store.kernels").load(job.module)
        return getattr(module, name, built_in[name])
    return built_in[name]


def tabulated(job: Job) -> Job:
    """The job with its decisions tabulated, where its kernel looks them up.

    Where a user's rule raises an error at some counts, trials are followed one by one instead, so
    that only those that come to such counts fail.
    """
    if job.fixed is None or not job.fixed.wants_table:
        return job
    try:
        fixed = job.fixed.with_table(job.test, kernel_of(job, "fill_decisions"))
    except (NumbaError, UnsupportedBytecodeError):
        raise
    except Exception:
        if not job.module:
            raise
        return replace(job, fixed=None)
    return replace(job, fixed=fixed)


def records_of(job: Job, size: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Room for one record a trial of `size` replicates."""
    return (
        np.zeros((job.scenarios, size, records.COUNTS), np.int32),
        np.zeros((job.scenarios, size, records.VALUES)),
    )


def empty(job: Job, first: int, last: int, keep: bool) -> Partial:
    """Tallies of nothing yet."""
    scenarios, looks = job.scenarios, job.looks.target.size
    blocks = math.ceil((last - first) / BLOCK)
    paired = scenarios if scenarios <= PAIRED else 0
    counts, values = records_of(job, max(last - first, BLOCK + 1)) if keep else (None, None)
    return Partial(
        first=first,
        last=last,
        sums=np.zeros((blocks, scenarios, records.SUMS)),
        at_looks=np.zeros((blocks, scenarios, looks, records.AT_LOOK)),
        stopped=np.zeros((scenarios, looks, len(REASONS)), np.int64),
        patients=np.zeros((scenarios, job.course.patients + 1), np.int64),
        days=np.zeros((scenarios, LONGEST + 1), np.int64),
        joint=np.zeros((blocks, 2, paired, paired)),
        counts=counts,
        values=values,
    )


def call(
    job: Job,
    first: int,
    last: int,
    part: Partial,
    counts: Any,
    values: Any,
    block: int = 0,
    trace: Any = NO_TRACE,
    buffers: Any = None,
) -> None:
    """The kernel on [`first`, `last`), which begins in block `block` of the range.

    With `buffers` it is the engine, which leaves the last trial's patients in them.
    """
    offset = first - part.first
    effect = job.effect if job.effect.shape[1] == 1 else job.effect[:, offset:]
    rest = (
        np.ascontiguousarray(effect),
        job.critical,
        *job.key,
        counts,
        values,
        part.sums[block:],
        part.at_looks[block:],
        part.stopped,
        part.patients,
        part.days,
        part.joint[block:],
    )
    if runs_at_fixed_looks(job) and buffers is None:
        assert job.fixed is not None
        job.fixed.call(first, last, job.test, rest, kernel_of(job, job.fixed.kernel_name))
        return
    truth = job.truth
    if truth.values.shape[1] > 1:
        truth = truth._replace(values=np.ascontiguousarray(truth.values[:, offset:]))
    kernel_of(job, "run")(
        first,
        last,
        buffers_of(job) if buffers is None else buffers,
        job.course,
        truth,
        job.looks,
        job.rules,
        job.test,
        *rest,
        trace,
    )


def _one_by_one(job: Job, part: Partial, keep: bool) -> Partial:
    """Each replicate alone, in order: which fail, with no look of a failed trial counted."""
    failures: list[tuple[int, int, int]] = []
    counts, values = records_of(job, BLOCK + 1 if keep else BLOCK)
    buffers = None if runs_at_fixed_looks(job) else buffers_of(job)
    for replicate in range(part.first, part.last):
        block = (replicate - part.first) // BLOCK
        reached = part.at_looks[block].copy()
        try:
            call(job, replicate, replicate + 1, part, counts, values, block, buffers=buffers)
            failed = np.flatnonzero(counts[:, 0, records.STATUS])
            part.at_looks[block, failed] = reached[failed]
            failures += [(replicate, int(s), int(counts[s, 0, records.STATUS])) for s in failed]
        except Exception:
            failures.append((replicate, 0, records.RAISED))
            part.at_looks[block] = reached
            part.sums[block, :, records.FAILED] += 1
            counts[:, 0], values[:, 0] = 0, 0.0
            counts[:, 0, records.STATUS] = records.RAISED
        if keep:
            assert part.counts is not None
            assert part.values is not None
            part.counts[:, replicate - part.first] = counts[:, 0]
            part.values[:, replicate - part.first] = values[:, 0]
    return replace(part, failures=tuple(failures[:SHOWN_FAILURES]))
