"""Where the question stands on a date."""

from __future__ import annotations

from datetime import date
from typing import Literal

from equipoise.evidence.bayes_view import BayesianView
from equipoise.evidence.body import Body
from equipoise.evidence.so_far import EvidenceSoFar
from equipoise.simulation.operating import OperatingCharacteristics
from equipoise.vocabulary.appraisal import Appraisal
from equipoise.vocabulary.dossier import Dossier
from equipoise.vocabulary.figure import Figure, Sentence
from equipoise.vocabulary.finding import Finding
from equipoise.vocabulary.landscape import Landscape
from equipoise.vocabulary.record import record
from equipoise.vocabulary.trial import Design

Effect = Literal[
    "important benefit",
    "little or no difference",
    "harm",
    "compatible with more than one",
    "untested",
]
Certainty = Literal["high", "moderate", "low", "very low"]

CERTAINTIES: tuple[Certainty, ...] = ("very low", "low", "moderate", "high")
"""From least to most."""


@record
class ScenarioRow:
    """One scenario as shown: simulated with its Monte Carlo error, exact, by normal theory."""

    name: str
    risks: Figure
    benefit: Figure
    exact: Figure
    normal: Figure
    harm: Figure
    patients: Figure


@record
class LookRow:
    """One look as shown; `futility` None where it cannot stop for futility."""

    patients: Figure
    benefit: Figure
    futility: Figure | None


@record
class Decisive:
    """Patients an arm that would settle an effect as large as a claim's."""

    outcome: str
    untreated: Figure
    reason: str
    sizes: tuple[tuple[Figure, Figure], ...]


@record
class ProposedTrial:
    """The trial that would settle the question, and how it behaves.

    `fixed` is the trial of the same error rates with one analysis; the expected sizes stand beside
    its size to show what looking early saves.
    """

    design: Design
    fixed: Design
    fixed_per_arm: Figure
    fixed_total: Figure
    maximum_total: Figure
    expected_none: Figure
    expected_hoped: Figure
    false_finding: Figure
    control_risk: Figure
    smallest_difference: Figure
    per_arm: Figure
    per_arm_normal: Figure
    power: Figure
    months: Figure | None
    characteristics: OperatingCharacteristics
    rows: tuple[ScenarioRow, ...]
    looks: tuple[LookRow, ...]
    decisive: Decisive | None


@record
class Rule:
    """One row of the fold: the condition, what it leads to, and whether it applied here."""

    code: str
    condition: str
    effect: Effect
    certainty: Certainty
    applied: bool


@record
class SubgroupVerdict:
    """Where the question stands for some of the patients."""

    name: str
    effect: Effect
    certainty: Certainty
    lowered: tuple[str, ...]
    regions: tuple[Effect, ...]
    body: Body


@record
class Verdict:
    """Where the question stands: two axes, the reasons in order, and everything they rest on."""

    dossier: Dossier
    as_of: date
    effect: Effect
    certainty: Certainty
    lowered: tuple[str, ...]
    subgroups: tuple[SubgroupVerdict, ...]
    rules: tuple[Rule, ...]
    reasons: tuple[Sentence, ...]
    summary: tuple[Sentence, ...]
    findings: tuple[Finding, ...]
    appraisals: tuple[Appraisal, ...]
    evidence: EvidenceSoFar
    landscape: Landscape | None
    trial: ProposedTrial | None
    maybe: tuple[str, ...]
    with_maybe: tuple[Effect, Certainty] | None
    maybe_fit: Figure | None
    hindsight: tuple[Sentence, ...]
    bayes: BayesianView | None = None
