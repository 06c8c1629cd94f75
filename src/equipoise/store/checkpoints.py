"""A run's checkpoint: one file, written whole; and a lock, so that one run at a time uses it."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from equipoise.errors import InputError, StorageError
from equipoise.numerics.trials import records
from equipoise.simulation import totals as tallies
from equipoise.simulation.totals import Totals

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = (1, records.SUMS, records.AT_LOOK, records.REASON_CODES, tallies.LONGEST, tallies.PAIRED)
"""Of the file: its own number, and the shapes of what it holds."""

EVERY = 5.0
"""Seconds between two writings of a run that goes on."""

_DIGEST = 32
_MEND = "Remove it, to begin again, or name another file"


class Checkpoint:
    """Where a run is kept while it goes on; a :class:`equipoise.simulation.run.Keeper`.

    Parameters
    ----------
    path : path
        A file that is written after whole blocks of replicates, at most every five seconds and at
        the end. It holds the tallies as NumPy arrays in a zip archive, without pickles, and then
        the SHA-256 of all that.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.written = time.monotonic()

    def load(self, fingerprint: str) -> Totals | None:
        """What was kept of this very run; None where there is no file.

        Raises
        ------
        InputError
            The file is of another run, or of another version's format.
        StorageError
            It cannot be read, or is damaged.
        """
        try:
            contents = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"cannot read {self.path}: {error.strerror}") from error
        body, digest = contents[:-_DIGEST], contents[-_DIGEST:]
        if hashlib.sha256(body).digest() != digest:
            raise StorageError(f"{self.path} is damaged, or is no checkpoint. {_MEND}")
        arrays = _arrays(body)
        form, mark = tuple(arrays.pop("format").tolist()), str(arrays.pop("fingerprint"))
        if form != FORMAT:
            rule = "is of another version of Equipoise"
            raise InputError.of("checkpoint", str(self.path), rule, _MEND)
        if mark != fingerprint:
            rule = (
                "belongs to another run: its design, scenarios, seed, own parts or version differ"
            )
            raise InputError.of("checkpoint", str(self.path), rule, _MEND)
        return Totals.from_arrays(arrays)

    def save(self, fingerprint: str, totals: Totals, *, now: bool) -> None:
        """Keep `totals`; where not `now`, only five seconds or more after the last time."""
        if not now and time.monotonic() - self.written < EVERY:
            return
        made = io.BytesIO()
        arrays: dict[str, Any] = {
            "format": np.array(FORMAT, np.int64),
            "fingerprint": np.array(fingerprint),
            **totals.as_arrays(),
        }
        np.savez_compressed(made, **arrays)
        with whole_file(self.path) as path:
            path.write_bytes(made.getvalue() + hashlib.sha256(made.getvalue()).digest())
        self.written = time.monotonic()


def _arrays(contents: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(contents), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """A file beside `target` to be written, which then takes its place, on the disk and whole.

    Raises
    ------
    StorageError
        It could not be written; what stood at `target` is untouched.
    """
    made: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        os.close(handle)
        made = Path(name)
        yield made
        made.chmod(0o644)
        with made.open("rb+") as file:
            os.fsync(file.fileno())
        made.replace(target)
        made = None
    except OSError as error:
        raise StorageError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        if made is not None:
            made.unlink(missing_ok=True)


@contextmanager
def held(path: str | Path, what: str) -> Iterator[None]:
    """Within it no other process, and no other run of this one, can hold `path`.

    A lock file beside it is locked by the operating system, which gives the lock back when a
    process ends, however it ends. The file is removed at the end.

    Raises
    ------
    StorageError
        Another run holds it, or the lock file cannot be written.
    """
    path = Path(path)
    lock = _Lock(path.with_name(f"{path.name}.lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        free = lock.take()
    except OSError as error:
        raise StorageError(f"cannot write {lock.path}: {error.strerror}") from error
    if not free:
        raise StorageError(
            f"another run is using the {what} {path}. Wait for it or stop it, or name another"
        )
    try:
        yield
    finally:
        lock.give_back()


_HELD: set[Path] = set()
_HOLDING = threading.Lock()


class _Lock:
    """A lock file.

    A record lock belongs to the process and not to those that it forks; runs in threads of one
    process are told apart by `_HELD`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.handle = -1

    def take(self) -> bool:
        """Whether it was free, and is now ours."""
        with _HOLDING:
            if self.path in _HELD:
                return False
            while self.handle < 0:
                handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
                if not _locked(handle):
                    os.close(handle)
                    return False
                if _is_at(handle, self.path):
                    self.handle = handle
                else:  # its last user removed it between our two steps
                    os.close(handle)
            _HELD.add(self.path)
            return True

    def give_back(self) -> None:
        """Remove the file and let go of the lock."""
        with _HOLDING:
            if sys.platform == "win32":
                os.close(self.handle)
                _try_to_remove(self.path)
            else:
                _try_to_remove(self.path)
                os.close(self.handle)
            self.handle = -1
            _HELD.discard(self.path)


def _try_to_remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # it is in use, or the folder may no longer be written: it does no harm


def _locked(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        os.close(handle)
        raise
    return True


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False
