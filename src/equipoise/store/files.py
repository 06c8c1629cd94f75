"""Files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from equipoise.errors import StorageError


def write_whole(path: str | Path, text: str) -> None:
    """Write `text` as UTF-8 to `path` through a temporary file beside it; parents are made.

    Raises
    ------
    StorageError
        The file could not be written; what stood at `path` is untouched.
    """
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise StorageError(f"cannot write {target}: {error.strerror}") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise StorageError(f"cannot write {target}: {error.strerror}") from error
