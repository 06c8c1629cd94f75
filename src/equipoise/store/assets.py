"""The script that draws charts in a page, bundled once and kept in the user's cache."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import platformdirs

from equipoise.errors import StorageError

from .files import write_whole


def chart_script() -> str:
    """Vega, Vega-Lite and vega-embed as one script that needs no network.

    The bundle comes out of the vl-convert package and takes some seconds to make, so it is cached
    with its digest; a damaged copy, or a cache that cannot be written, costs those seconds again.
    """
    cache = (
        Path(platformdirs.user_cache_dir("equipoise")) / f"charts-{version('vl-convert-python')}.js"
    )
    kept = _read(cache)
    if kept is not None:
        return kept
    import vl_convert

    script = vl_convert.javascript_bundle()  # type: ignore[call-arg]
    script = script.replace("</script", "<\\/script")
    with suppress(StorageError):
        write_whole(cache, f"// {_digest(script)}\n{script}")
    return script


def _digest(script: str) -> str:
    return hashlib.sha256(script.encode()).hexdigest()


def _read(cache: Path) -> str | None:
    try:
        head, _, script = cache.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    return script if head == f"// {_digest(script)}" else None
