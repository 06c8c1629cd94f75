"""Where a fact comes from."""

from __future__ import annotations

from typing import Literal

from equipoise.vocabulary.dates import PartialDate
from equipoise.vocabulary.record import record

Confidence = Literal["high", "medium", "low"]
Version = Literal["primary", "alternative"]


@record
class Source:
    """A citation. `first_public` is its earliest preprint, posting or article."""

    id: str
    citation: str
    kind: Literal["article", "preprint", "press", "review", "registry", "dataset", "news", "other"]
    first_public: PartialDate
    doi: str | None = None
    url: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        if self.doi is not None and not self.doi.startswith("10."):
            raise ValueError("doi must start with '10.', without a resolver's address")
        if self.url is not None and not self.url.startswith(("https://", "http://")):
            raise ValueError("url must start with https:// or http://")

    @property
    def link(self) -> str | None:
        """Address to open: the DOI's where there is one."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url


@record
class Reading:
    """Where a number stands: whose it is, where it was read, where in there, how surely."""

    source: str
    first_public: PartialDate
    read_in: str | None = None
    locator: str | None = None
    confidence: Confidence = "high"
    version: Version = "primary"
