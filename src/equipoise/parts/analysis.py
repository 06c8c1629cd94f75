"""Which test a design's data are analysed by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equipoise.vocabulary.endpoint import Binary, Continuous, TimeToEvent
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


def test_title(endpoint: Endpoint, plan: Plan, ratio: float) -> str:
    """The test in words, with its weights and strata."""
    title = TITLES[resolved_test(endpoint, plan, ratio)]
    if isinstance(endpoint, TimeToEvent):
        if endpoint.rho or endpoint.gamma:
            title += f" weighted by S^{endpoint.rho:g} (1 - S)^{endpoint.gamma:g}"
        return f"stratified {title}" if endpoint.stratified else title
    return f"one-sample {title}" if endpoint.single_arm else title


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
