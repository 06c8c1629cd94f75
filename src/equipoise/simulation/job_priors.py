"""Truths drawn from a prior, one for each replicate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from equipoise.errors import InputError
from equipoise.numerics.trials.priors import prior_uniforms
from equipoise.numerics.trials.statistics import BINARY, CONTINUOUS, DIFFERENCE, RATIO

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from equipoise.vocabulary.scenario import Scenario

    from .job import Job

    Floats = NDArray[np.float64]


def drawn(job: Job, first: int, last: int) -> Job:
    """The job with the truths of replicates [`first`, `last`); itself where no truth is drawn."""
    if not job.priors:
        return job
    size = last - first
    values = np.repeat(job.truth.values, size, axis=1)
    effect = np.repeat(job.effect, size, axis=1)
    for s, row in job.priors:
        pair = _entries(row, first, last, job)
        _check(job, row, pair)
        values[s, :, 0, :, 0] = _values(job, pair)
        effect[s] = _effect(job, pair)
    return replace(job, truth=job.truth._replace(values=values), effect=effect)


def _entries(row: Scenario, first: int, last: int, job: Job) -> Floats:
    """Drawn parameters of control and treatment, (replicate, 2); a hazard ratio beside 1."""
    assert row.prior is not None
    entries = row.prior.entries
    u = prior_uniforms(first, last, len(entries), *job.key)
    columns = [
        np.asarray(entry.ppf(u[:, i]), np.float64)
        if hasattr(entry, "ppf")
        else np.full(last - first, float(entry))
        for i, entry in enumerate(entries)
    ]
    if len(columns) == 1:
        columns.insert(0, np.ones(last - first))
    return np.column_stack(columns)


def _check(job: Job, row: Scenario, pair: Floats) -> None:
    if job.test.endpoint == BINARY:
        good, rule = (pair >= 0) & (pair <= 1), "must give risks from 0 to 1"
    elif job.test.endpoint == CONTINUOUS:
        good, rule = np.isfinite(pair), "must give finite means"
    else:
        good, rule = (pair > 0) & np.isfinite(pair), "must give hazard ratios above 0"
    if not good.all():
        raise InputError.of("prior", row.name, rule, "Change its distributions")


def _values(job: Job, pair: Floats) -> Floats:
    if job.test.endpoint == BINARY:
        return pair if job.test.sign > 0 else 1 - pair
    return pair - job.test.control if job.test.endpoint == CONTINUOUS else pair


def _effect(job: Job, pair: Floats) -> Floats:
    control, treatment = pair[:, 0], pair[:, 1]
    test = job.test
    if test.endpoint == CONTINUOUS or (test.endpoint == BINARY and test.scale == DIFFERENCE):
        return np.asarray(treatment - (test.control if test.single else control))
    with np.errstate(divide="ignore", invalid="ignore"):
        if test.endpoint == BINARY and test.scale != RATIO:
            treatment, control = treatment / (1 - treatment), control / (1 - control)
        return np.asarray(np.log(treatment / control))
