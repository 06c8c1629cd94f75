"""What an analysis measures: the effect's scale, its null value, which way is better, the test."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from equipoise.errors import InputError
from equipoise.inputs import number
from equipoise.parts.analysis import TITLES, resolved_test
from equipoise.vocabulary.endpoint import Binary, Continuous, TimeToEvent
from equipoise.vocabulary.look_data import EstimateAtLook, MeansAtLook, RatesAtLook, SurvivalAtLook
from equipoise.vocabulary.record import record

if TYPE_CHECKING:
    from equipoise.vocabulary.look_data import LookData
    from equipoise.vocabulary.question import Direction
    from equipoise.vocabulary.trial import Design

EffectScale = Literal["difference", "ratio", "odds ratio", "hazard ratio"]

KINDS: dict[type, str] = {
    RatesAtLook: "rates",
    MeansAtLook: "means",
    SurvivalAtLook: "hazard ratio",
    EstimateAtLook: "estimate",
}
TESTS = {
    "rates": ("pooled", "unpooled", "score", "fisher-exact"),
    "means": ("t", "welch", "z"),
    "hazard ratio": ("log-rank",),
    "estimate": ("z",),
}
"""Of a bare plan; the first unless it is named."""
SCALES: dict[str, tuple[EffectScale, ...]] = {
    "rates": ("difference", "ratio", "odds ratio"),
    "means": ("difference",),
    "hazard ratio": ("hazard ratio",),
    "estimate": ("difference", "ratio", "odds ratio", "hazard ratio"),
}


LARGEST_LOG = 709.0
"""Beyond it an exponential has no double."""


@record
class Measure:
    """The effect of an analysis.

    Attributes
    ----------
    kind : {"rates", "means", "hazard ratio", "estimate"}
    scale : {"difference", "ratio", "odds ratio", "hazard ratio"}
        Of treatment against control; with `single_arm` the effect is the arm's own value.
    null : float
        On the effect's own scale: no effect, or the margin, or the value to be bettered.
    better : {"lower", "higher"}
    test : str
        A key of `parts.analysis.TITLES`.
    ratio : float
        Patients on treatment for one on control.
    sd : (float, float), optional
        Known standard deviations, control first.
    """

    kind: str
    scale: EffectScale
    null: float
    better: Direction
    test: str
    single_arm: bool = False
    ratio: float = 1.0
    sd: tuple[float, float] | None = None

    @property
    def sign(self) -> int:
        """1 where larger effects favour treatment, else -1."""
        return 1 if self.better == "higher" else -1

    @property
    def log(self) -> bool:
        """Whether the effect is a ratio, estimated on the logarithm."""
        return self.scale != "difference"

    @property
    def words(self) -> str:
        """``risk difference``, ``mean``, ``hazard ratio``."""
        if self.single_arm:
            return {"rates": "rate", "means": "mean"}.get(self.kind, "estimate")
        if self.kind == "rates":
            return self.scale if self.scale == "odds ratio" else f"risk {self.scale}"
        if self.kind == "means":
            return "difference between means"
        return self.scale if self.log else "estimate"

    @property
    def finding(self) -> str:
        """What the efficacy boundary finds: benefit, or non-inferiority to a margin."""
        plain = self.null == (1.0 if self.log else 0.0)
        return "benefit" if plain or self.single_arm else "non-inferiority"

    @property
    def test_words(self) -> str:
        """The test as a title."""
        if self.kind == "estimate":
            return "estimate over its standard error"
        if self.kind == "means" and self.test == "z" and self.sd is None:
            return "z test, observed standard deviation taken as known"
        return TITLES[self.test]

    def own(self, value: float) -> float:
        """An estimate's value on the effect's own scale: for ratios its exponential.

        It is 0 or infinite where the exponential has no double.
        """
        if not self.log:
            return value
        return math.inf if value > LARGEST_LOG else math.exp(value)

    @property
    def null_estimated(self) -> float:
        """The null value as effects are estimated: for ratios its logarithm."""
        return math.log(self.null) if self.log else self.null


def measure_of(design: Design, data: LookData) -> Measure:
    """As the design has it; InputError where the data are of another endpoint."""
    endpoint, kind = design.endpoint, KINDS[type(data)]
    single = endpoint.single_arm
    if isinstance(endpoint, TimeToEvent):
        own, scale, null = "hazard ratio", "hazard ratio", endpoint.margin
    elif isinstance(endpoint, Binary):
        own, scale = "rates", endpoint.scale
        null = endpoint.no_effect if endpoint.margin is None else endpoint.margin
    else:
        own, scale, null = "means", "difference", endpoint.margin
    alone = kind != "estimate" and kind != "hazard ratio" and data.patients[0] is None  # type: ignore[union-attr]
    if kind not in (own, "estimate") or (kind == own and alone != single):
        raise InputError.of(
            "looks", data, f"does not fit the design's endpoint, {endpoint!r}", "Give its record"
        )
    test = resolved_test(endpoint, design.plan, design.ratio)
    if kind == "estimate" or (single and own == "rates"):
        test = TESTS[kind][0]
    return Measure(
        kind=kind,
        scale=scale,  # type: ignore[arg-type]
        null=float(endpoint.control if single else null),  # type: ignore[union-attr]
        better=endpoint.better,
        test=test,
        single_arm=single,
        ratio=design.ratio,
        sd=_known(endpoint) if isinstance(endpoint, Continuous) else None,
    )


def _known(endpoint: Continuous) -> tuple[float, float] | None:
    if not endpoint.known_sd:
        return None
    return endpoint.sd if isinstance(endpoint.sd, tuple) else (endpoint.sd, endpoint.sd)


def measure_given(
    data: LookData,
    better: Direction | None,
    margin: float | None,
    scale: EffectScale | None,
    test: str | None,
) -> Measure:
    """Of a bare plan, which knows nothing of the endpoint."""
    kind = KINDS[type(data)]
    single = kind in ("rates", "means") and data.patients[0] is None  # type: ignore[union-attr]
    if better not in ("lower", "higher"):
        raise InputError.of(
            "better", better, "a plan does not know which way is better", "Give lower or higher"
        )
    for name, value, allowed in (("scale", scale, SCALES[kind]), ("test", test, TESTS[kind])):
        if value is not None and value not in allowed:
            raise InputError.of(name, value, f"must be one of {', '.join(allowed)}", "Choose one")
    scale = SCALES[kind][0] if scale is None else scale
    for name, value, usual in (("scale", scale, "difference"), ("test", test, TESTS[kind][0])):
        if single and value not in (None, usual, "z" if kind == "means" else usual):
            raise InputError.of(name, value, "is of two arms", "Leave it out")
    if single and margin is None:
        raise InputError.of(
            "margin", None, "is what a single arm is compared with", "Give the value to be bettered"
        )
    without = 0.0 if scale == "difference" else 1.0
    null = without if margin is None else number("margin", margin)
    ratio, rate = scale != "difference", single and kind == "rates"
    if (ratio and null <= 0) or (rate and not 0 < null < 1):
        raise InputError.of(
            "margin", margin, "is a value of the effect's scale", "Leave it out for no effect"
        )
    if test == "fisher-exact" and null != without:
        raise InputError.of("margin", margin, "has no exact test", "Use test='pooled'")
    return Measure(
        kind=kind,
        scale=scale,
        null=float(null),
        better=better,
        test=test or TESTS[kind][0],
        single_arm=single,
    )
