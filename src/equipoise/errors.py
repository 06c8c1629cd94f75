"""The errors Equipoise raises.

::

    EquipoiseError
    ├── InputError        a value, a file or a dossier is wrong: the message says how to mend it
    │   └── DossierError  every problem found in a dossier, each with file and line
    ├── SourceError       a registry's file or answer cannot be read: names the file and the mend
    ├── NumericalError    a computation could not reach its stated accuracy
    └── StorageError      a file could not be written or read back whole
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class EquipoiseError(Exception):
    """Root of everything Equipoise raises on purpose."""


class InputError(EquipoiseError, ValueError):
    """A value is outside what the method allows.

    The message has four parts: the name, the value seen, the rule and the mend. They stand in
    `parts` where the error was built of them.
    """

    parts: tuple[str, str, str, str] | None = None

    @classmethod
    def of(cls, name: str, seen: object, rule: str, mend: str) -> InputError:
        """Build the four-part message."""
        error = cls(f"`{name}` is {seen!r}; {rule}. {mend}.")
        error.parts = (name, repr(seen), rule, mend)
        return error


class SourceError(EquipoiseError):
    """A registry's file or answer cannot be read."""

    @classmethod
    def of(cls, name: str, seen: object, rule: str, mend: str) -> SourceError:
        """Build the four-part message."""
        return cls(f"{name}: saw {seen}; {rule}. {mend}.")


class NumericalError(EquipoiseError):
    """A computation could not reach its stated accuracy."""


class StorageError(EquipoiseError):
    """A file could not be written or read back whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in a file: where it stands, what was seen, the rule, the mend."""

    file: str
    line: int | None
    name: str
    seen: str
    rule: str
    mend: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.name}: saw {self.seen}; {self.rule}. {self.mend}."


class DossierError(InputError):
    """A dossier or a design that cannot be read: every problem, in file and line order."""

    def __init__(self, problems: Sequence[Problem], what: str = "the dossier") -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line or 0, p.name)))
        count = len(self.problems)
        head = f"{what} has {count} problem{'s' if count != 1 else ''}:"
        super().__init__("\n".join([head, *(f"  {problem}" for problem in self.problems)]))
