"""Appraisals as data frames: what the charts draw, and what a notebook shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from equipoise.numerics.binomial import binomial_tail, clopper_pearson

if TYPE_CHECKING:
    from equipoise.vocabulary.appraisal import OutcomeAppraisal
    from equipoise.vocabulary.claim import Claim


def strata(claim: Claim) -> pl.DataFrame:
    """One row a stratum: label, patients, and whether the treatment is meant for it."""
    meant = set(claim.meant_for.strata) if claim.meant_for else set()
    return pl.DataFrame(
        [
            {
                "stratum": row.label,
                "patients": row.n,
                "meant_for": "said to be for these" if row.id in meant else "others",
                "order": order,
            }
            for order, row in enumerate(claim.strata)
        ]
    )


def tail_by_rate(item: OutcomeAppraisal, points: int = 201) -> pl.DataFrame:
    """Chance of a result at least as good, by the rate at which patients do well untreated."""
    rates = np.linspace(0.0, 1.0, points)
    chance = binomial_tail(item.good, item.claimed.n, rates)
    return pl.DataFrame({"untreated": rates, "probability": chance})


def predictive(item: OutcomeAppraisal) -> pl.DataFrame:
    """Predictive distribution of how many do well in a new untreated series of that size."""
    assert item.natural is not None
    counts = np.arange(item.claimed.n + 1)
    return pl.DataFrame(
        {
            "good": counts,
            "probability": item.natural.distribution,
            "as_good": np.where(counts >= item.good, "as good as the claim", "less good"),
        }
    )


def selective(item: OutcomeAppraisal) -> pl.DataFrame:
    """Chance that at least one of K untreated series looks as good, for K = 1 … 50."""
    assert item.natural is not None
    chance = item.natural.selective
    return pl.DataFrame({"series": np.arange(1, chance.size + 1), "probability": chance})


def unreported(item: OutcomeAppraisal, most: int = 20) -> pl.DataFrame:
    """Exact lower limit of the share doing well, by unreported failures added."""
    extra = range(most + 1)
    lower = [clopper_pearson(item.good, item.claimed.n + k)[0] for k in extra]
    return pl.DataFrame({"unreported_failures": list(extra), "lower_limit": lower})
