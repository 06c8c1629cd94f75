"""What somebody says a treatment did."""

from __future__ import annotations

from typing import Literal

from equipoise.vocabulary.dates import PartialDate
from equipoise.vocabulary.question import TimeBasis
from equipoise.vocabulary.record import record

Said = Literal["yes", "no", "partly", "silent"]
ArgumentKind = Literal["mechanism", "animal", "analogy", "unmet need", "popularity", "approval"]


@record
class Stratum:
    """A group of the claim's patients."""

    id: str
    label: str
    n: int
    words: str | None = None

    def __post_init__(self) -> None:
        if self.n < 0:
            raise ValueError("n must be 0 or more")


@record
class ClaimedOutcome:
    """A claimed result: `events` of `n` patients, by when, and whether that was final.

    `time_days` is the follow-up in days where it is stated; `final` says whether every patient's
    outcome was settled; `person_days` is time at risk, needed for a rate.
    """

    outcome: str
    events: int
    n: int
    words: str
    time_basis: TimeBasis
    time_days: int | None = None
    final: bool = True
    person_days: float | None = None
    speaker: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.events <= self.n:
            raise ValueError("events must lie between 0 and n")
        if self.n == 0:
            raise ValueError("n must be 1 or more")


@record
class Statement:
    """What the claim says on one point, with the words it rests on; silence is a value."""

    said: Said
    words: str | None = None
    speaker: str | None = None
    note: str | None = None


_SILENT = Statement(said="silent")


@record
class Statements:
    """The points on which every claim is asked, in the order of asking."""

    comparator: Statement = _SILENT
    randomised: Statement = _SILENT
    outcome_definition: Statement = _SILENT
    blinded_assessment: Statement = _SILENT
    follow_up: Statement = _SILENT
    co_treatments: Statement = _SILENT
    harms: Statement = _SILENT
    selection: Statement = _SILENT


@record
class Speaker:
    """A person or body heard in the claim, and what they stand to gain."""

    id: str
    name: str
    role: str
    stance: Literal["proponent", "sceptic", "reporter", "official"]
    interest: str | None = None


@record
class Argument:
    """An argument offered in place of a comparison, named as what it is."""

    kind: ArgumentKind
    words: str
    gist: str
    speaker: str | None = None


@record
class MeantFor:
    """Whom the treatment is said to be for, as strata of the claim."""

    words: str
    strata: tuple[str, ...]


@record
class TrialCount:
    """A number of trials that the claim mentions."""

    n: int
    words: str
    place: str | None = None


@record
class Subset:
    """Patients of this claim who were reported before: they count once."""

    study: str
    n: int
    words: str


@record
class RegressionInputs:
    """What regression to the mean needs: patients were selected for a value beyond `cutoff`."""

    measure: str
    mean: float
    sd: float
    correlation: float
    cutoff: float

    def __post_init__(self) -> None:
        if self.sd <= 0:
            raise ValueError("sd must be above 0")
        if not -1 < self.correlation < 1:
            raise ValueError("correlation must lie strictly between -1 and 1")


@record
class PeakInputs:
    """What recovery from a peak needs, in days since onset (mean and standard deviation)."""

    measure: str
    peak_day: float
    peak_sd: float
    treated_day: float
    treated_sd: float
    days_between: float

    def __post_init__(self) -> None:
        if self.peak_sd < 0 or self.treated_sd < 0 or self.peak_sd + self.treated_sd == 0:
            raise ValueError("peak_sd and treated_sd must be 0 or more, and not both 0")
        if self.days_between <= 0:
            raise ValueError("days_between must be above 0")


@record
class Claim:
    """A claim, as it was made public: patients, outcomes, what is said, and by whom.

    `unconfirmed` names the pieces that a machine read and no person has confirmed, such as ``n``,
    ``strata.mild``, ``outcomes.death``, ``statements.harms`` or ``arguments.2``; see
    :mod:`equipoise.claims.confirmed`.
    """

    id: str
    label: str
    source: str
    first_public: PartialDate
    treatment: str
    n: int
    outcomes: tuple[ClaimedOutcome, ...]
    confidence: Literal["high", "medium", "low"] = "high"
    locator: str | None = None
    place: str | None = None
    observed: str | None = None
    patients_words: str | None = None
    strata: tuple[Stratum, ...] = ()
    subsets: tuple[Subset, ...] = ()
    statements: Statements = Statements()
    meant_for: MeantFor | None = None
    arguments: tuple[Argument, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    trial_count: TrialCount | None = None
    regression: RegressionInputs | None = None
    peak: PeakInputs | None = None
    unconfirmed: tuple[str, ...] = ()

    def speaker(self, key: str | None) -> Speaker | None:
        """The speaker with id `key`, or None."""
        return next((speaker for speaker in self.speakers if speaker.id == key), None)
