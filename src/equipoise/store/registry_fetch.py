"""A query's pages to a file, page by page, so that a fetch goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from equipoise.errors import SourceError
from equipoise.registry.sources.ctgov_live import pages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx


def fetch(
    query: Mapping[str, str],
    folder: Path,
    *,
    transport: httpx.BaseTransport | None = None,
    tell: Callable[[int, int | None], None] | None = None,
    **options: Any,
) -> Path:
    """Fetch every study of a query into an NDJSON file in `folder`.

    The file is named by the query; pages fetched before an interruption are kept beside it and not
    asked for again.

    Raises
    ------
    SourceError
        Where the registry stays silent, or the pages are fewer than its total.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.blake2b(json.dumps(sorted(query.items())).encode(), digest_size=8).hexdigest()
    partial, state = folder / f"{name}.partial", folder / f"{name}.state.json"
    held = _state(state, partial)
    total: int | None = held["total"]
    with open(partial, "r+b" if partial.exists() else "w+b") as out:
        out.truncate(held["bytes"])
        out.seek(held["bytes"])
        count = held["count"]
        if not held["done"]:
            for page in pages(query, token=held["token"], transport=transport, **options):
                out.writelines(study + b"\n" for study in page.studies)
                out.flush()
                os.fsync(out.fileno())
                count += len(page.studies)
                total = page.total if total is None else total
                held = {
                    "token": page.next_token, "bytes": out.tell(), "count": count,
                    "total": total, "done": not page.next_token,
                }  # fmt: skip
                _keep(state, held)
                if tell is not None:
                    tell(count, total)
    final = folder / f"ctgov-{name}.ndjson"
    distinct = _distinct(partial, final)
    state.unlink(missing_ok=True)
    partial.unlink(missing_ok=True)
    if total is not None and distinct < total:
        final.unlink(missing_ok=True)
        seen = f"{distinct:,} studies of a total of {total:,}"
        raise SourceError.of("ClinicalTrials.gov", seen, "all pages must be there", "Fetch again")
    return final


def _state(state: Path, partial: Path) -> dict[str, Any]:
    fresh = {"token": "", "bytes": 0, "count": 0, "total": None, "done": False}
    try:
        held = json.loads(state.read_text("utf-8"))
    except (OSError, ValueError):
        return fresh
    if set(held) != set(fresh) or not partial.exists() or partial.stat().st_size < held["bytes"]:
        return fresh
    return dict(held)


def _keep(state: Path, held: dict[str, Any]) -> None:
    beside = Path(f"{state}.new")
    beside.write_text(json.dumps(held), "utf-8")
    os.replace(beside, state)


def _distinct(partial: Path, final: Path) -> int:
    """Each study once: a registry that changes between pages may give one twice."""
    seen: set[str] = set()
    beside = Path(f"{final}.new")
    with open(partial, "rb") as lines, open(beside, "wb") as out:
        for line in lines:
            number = orjson.loads(line)["protocolSection"]["identificationModule"]["nctId"]
            if number not in seen:
                seen.add(number)
                out.write(line)
    os.replace(beside, final)
    return len(seen)
