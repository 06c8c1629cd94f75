"""ClinicalTrials.gov's API v2, page by page: the only code here that touches a network.

Each page is asked for again where it fails, is truncated or dawdles; requests keep to a rate; the sum
of pages must be the total that the registry states.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import httpx
import orjson

from equipoise.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

BASE_URL = "https://clinicaltrials.gov/api/v2"
PAGE_SIZE = 1_000
PER_MINUTE = 50
ATTEMPTS = 6
TIMEOUT_SECONDS = 60.0
_LONGEST_WAIT = 120.0
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class Page(NamedTuple):
    """One page: its studies as JSON, the token of the next page (empty on the last), the total."""

    studies: list[bytes]
    next_token: str
    total: int | None


class Pace:
    """At most so many requests a minute."""

    def __init__(
        self, per_minute: float, sleep: Callable[[float], None], clock: Callable[[], float]
    ) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._sleep, self._clock = sleep, clock
        self._next = 0.0

    def wait(self) -> None:
        """Wait for one's turn."""
        now = self._clock()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + self._gap


def pages(
    query: Mapping[str, str],
    *,
    token: str = "",
    base_url: str = BASE_URL,
    transport: httpx.BaseTransport | None = None,
    page_size: int = PAGE_SIZE,
    per_minute: float = PER_MINUTE,
    attempts: int = ATTEMPTS,
    timeout: float = TIMEOUT_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Page]:
    """Every page of a query, from a token on.

    Parameters
    ----------
    query : mapping
        Parameters of ``/studies``: ``query.cond``, ``query.intr``, ``filter.advanced`` and so on.
    token : str
        Where to go on; empty for the first page.

    Raises
    ------
    SourceError
        For an answer that stays wrong after `attempts`, a refusal, or a token that comes back.
    """
    pace = Pace(per_minute, sleep, clock)
    seen: set[str] = set()
    with httpx.Client(
        base_url=base_url, transport=transport, timeout=timeout, follow_redirects=True
    ) as client:
        while True:
            asked = {**query, "format": "json", "countTotal": "true", "pageSize": str(page_size)}
            if token:
                asked["pageToken"] = token
            page = _page(client, asked, pace, attempts, sleep)
            yield page
            token = page.next_token
            if not token:
                return
            if token in seen:
                raise SourceError.of(
                    base_url, f"the token {token[:20]} again", "pages must go on", "Try later"
                )
            seen.add(token)


def _page(
    client: httpx.Client,
    asked: Mapping[str, str],
    pace: Pace,
    attempts: int,
    sleep: Callable[[float], None],
) -> Page:
    why = ""
    for attempt in range(attempts):
        pace.wait()
        pause = min(2.0**attempt, _LONGEST_WAIT)
        try:
            answer = client.get("/studies", params=dict(asked))
        except httpx.HTTPError as error:
            why = f"{type(error).__name__}: {error}"
        else:
            if answer.status_code == 200:
                try:
                    return _read(answer.content)
                except ValueError as error:
                    why = str(error)
            elif answer.status_code in _AGAIN:
                why = f"status {answer.status_code}"
                pause = max(pause, _told(answer))
            else:
                said = answer.text[:120].strip()
                raise SourceError.of(
                    str(answer.request.url),
                    f"status {answer.status_code} ({said})",
                    "must be answered",
                    "Mend the query",
                )
        if attempt + 1 < attempts:
            sleep(min(pause, _LONGEST_WAIT))
    rule = f"must be answered within {attempts} attempts"
    raise SourceError.of(str(client.base_url), why, rule, "Ask again: it goes on where it stopped")


def _told(answer: httpx.Response) -> float:
    """Seconds that the registry asks to wait."""
    try:
        return float(answer.headers.get("retry-after", "0"))
    except ValueError:
        return 0.0


def _read(body: bytes) -> Page:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        start = body[:40].decode("utf-8", "replace")
        raise ValueError(f"no whole JSON in {len(body):,} bytes starting {start!r}") from None
    studies = document.get("studies") if isinstance(document, dict) else None
    if not isinstance(studies, list):
        raise ValueError("an answer without a list of studies")
    total = document.get("totalCount")
    return Page(
        [orjson.dumps(study) for study in studies],
        str(document.get("nextPageToken") or ""),
        total if isinstance(total, int) else None,
    )
