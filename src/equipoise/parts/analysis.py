"""Which test a design's data are analysed by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.vocabulary.endpoint import Binary, Continuous
from equipoise.vocabulary.trial import FixedSample

if TYPE_CHECKING:
    from equipoise.vocabulary.endpoint import Endpoint
    from equipoise.vocabulary.trial import Plan

TITLES = {
    "fisher-exact": "Fisher's exact test",
    "pooled": "score test, restricted null variance",
    "unpooled": "z test, unpooled variance",
    "score": "score test of the odds ratio",
    "z": "z test, known standard deviation",
    "t": "Student's t test",
    "welch": "Welch's t test",
    "log-rank": "log-rank test",
}


def resolved_test(endpoint: Endpoint, plan: Plan, ratio: float) -> str:
    """A key of `TITLES`."""
    if isinstance(endpoint, Binary):
        if endpoint.test is not None:
            return endpoint.test
        plain = not endpoint.single_arm and endpoint.margin is None and ratio == 1
        exact = isinstance(plan, FixedSample) and plain and endpoint.scale == "difference"
        return "fisher-exact" if exact else "pooled"
    if isinstance(endpoint, Continuous):
        if endpoint.known_sd:
            return "z"
        return "welch" if isinstance(endpoint.sd, tuple) else "t"
    return "log-rank"
