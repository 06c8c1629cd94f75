"""What makes two simulations the same one."""

from __future__ import annotations

import hashlib
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .job import Job

_GRID = (np.arange(4096) + 0.5) / 4096
"""Where a prior's distribution is looked at."""


def fingerprint(job: Job) -> str:
    """Of everything that the results depend on but the number of replicates."""
    made = hashlib.sha256(import_module("equipoise").__version__.encode())
    for part in (
        job.course,
        job.truth,
        job.looks,
        job.rules,
        job.test,
        job.effect,
        job.critical,
        job.seed,
        _way(job),
        PurePath(job.module).name,
    ):
        _add(made, part)
    for at, row in job.priors:
        _add(made, at)
        assert row.prior is not None
        for entry in row.prior.entries:
            _add(made, np.asarray(entry.ppf(_GRID)) if hasattr(entry, "ppf") else float(entry))
    return made.hexdigest()


def _way(job: Job) -> str:
    if job.fixed is None:
        return "patients"
    return "stage sums" if job.fixed.by_stage else "fixed looks"


def _add(made: Any, part: Any) -> None:
    if isinstance(part, tuple):
        for inner in part:
            _add(made, inner)
    elif isinstance(part, np.ndarray):
        made.update(f"{part.dtype}{part.shape}".encode())
        made.update(np.ascontiguousarray(part).tobytes())
    else:
        made.update(repr(part).encode() + b";")
