"""Kernels kept on disk, and made again when any of the package's kernels has changed.

Numba keeps a compiled function beside its source and makes it again when that file changes. It does
not look at the files of the functions that were compiled into it, so that after an upgrade in place
an old kernel would run with a new one's data. Here the stamp of every kernel is that of all the
files of this package.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from numba import njit


@lru_cache(maxsize=1)
def stamp() -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of change of every file of the package."""
    folder = Path(__file__).parent
    files = sorted(folder.rglob("*.py"))
    return tuple(
        (str(file.relative_to(folder)), (at := file.stat()).st_size, at.st_mtime_ns)
        for file in files
    )


def cached(**options: Any) -> Any:
    """As ``numba.njit(cache=True, **options)``, for kernels of this package."""

    def decorate(function: Any) -> Any:
        kernel = njit(cache=True, **options)(function)
        cache = getattr(kernel, "_cache", None)
        file = getattr(cache, "_cache_file", None)
        if file is not None:  # without it, as where nothing can be written, nothing is kept
            file._source_stamp = (file._source_stamp, stamp())
        return kernel

    return decorate
