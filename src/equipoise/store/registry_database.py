"""The DuckDB file: opened for as long as it is needed, waited for where another process has it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equipoise.errors import StorageError
from equipoise.store.registry_schema import SCHEMA_VERSION, statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

WAIT_SECONDS = 60.0
_MEMORY = "400MB"
_ROW_GROUP = 10_240


class Database:
    """One database file. Every use opens and closes it, so that others may use it in between."""

    def __init__(self, path: Path | str, *, threads: int | None = None) -> None:
        self.path = Path(path)
        self.threads = threads
        self._reader: duckdb.DuckDBPyConnection | None = None
        self._stamp: tuple[int, int] | None = None

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction: all of it, or none where it raises or the process is killed."""
        self.release()
        connection = self._open(read_only=False)
        try:
            _prepare(connection, self.path)
            connection.execute("BEGIN")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        finally:
            connection.close()

    def read(self) -> duckdb.DuckDBPyConnection:
        """A connection for reading, kept until the file changes or `release`."""
        self.ensure()
        stamp = self._stat()
        if self._reader is not None and stamp != self._stamp:
            self.release()
        if self._reader is None:
            self._reader = self._open(read_only=True)
            self._stamp = stamp
        return self._reader

    def ensure(self) -> None:
        """Make the file and its tables where there are none."""
        if not self.path.exists():
            with self.write():
                pass

    def release(self) -> None:
        """Let go of the file."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _stat(self) -> tuple[int, int]:
        found = self.path.stat()
        return found.st_mtime_ns, found.st_size

    def _attached(
        self, connection: duckdb.DuckDBPyConnection, read_only: bool
    ) -> duckdb.DuckDBPyConnection:
        """The file as the connection's own database, in small groups of rows.

        Rows of a group are held in memory until it is full; raw records are large.
        """
        place = str(self.path).replace("'", "''")
        how = "READ_ONLY" if read_only else f"ROW_GROUP_SIZE {_ROW_GROUP}"
        try:
            connection.execute(f"ATTACH '{place}' AS registry ({how})")
            connection.execute("USE registry")
        except BaseException:
            connection.close()
            raise
        return connection

    def _open(self, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        import duckdb

        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": _MEMORY,
            "autoinstall_known_extensions": "false",
        }
        if self.threads:
            config["threads"] = self.threads
        until = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                return self._attached(duckdb.connect(":memory:", config=config), read_only)
            except duckdb.IOException as error:
                text = str(error)
                if "lock" not in text.lower():
                    raise StorageError(
                        f"{self.path}: cannot be opened: {text.splitlines()[0]}"
                    ) from None
                if time.monotonic() > until:
                    raise StorageError(
                        f"{self.path}: another process has had it for {WAIT_SECONDS:.0f} seconds. "
                        "Wait for it to end, or end it."
                    ) from None
                time.sleep(0.05)
            except duckdb.Error as error:
                raise StorageError(f"{self.path}: {str(error).splitlines()[0]}") from None


def scalar(connection: duckdb.DuckDBPyConnection, query: str, values: Sequence[object] = ()) -> Any:
    """The first value of a query's first row, the result read to its end."""
    rows = connection.execute(query, list(values)).fetchall()
    return rows[0][0] if rows else None


def _prepare(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    if not scalar(
        connection, "SELECT count(*) FROM information_schema.tables WHERE table_name = 'meta'"
    ):
        connection.execute("BEGIN")
        for statement in statements():
            connection.execute(statement)
        connection.execute("COMMIT")
        return
    seen = scalar(connection, "SELECT max(value) FROM meta WHERE name = 'schema'")
    if seen != SCHEMA_VERSION:
        raise StorageError(
            f"{path}: made with table version {seen}; this Equipoise reads {SCHEMA_VERSION}. "
            "Load the exports into a new file."
        )
