"""What stands in a file, put where it was stated: errors by section, code by name."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from equipoise.errors import DossierError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    Path = tuple[str | int, ...]


class StatedError(InputError):
    """An InputError, with the places of the file in which its value may stand."""

    def __init__(self, error: InputError, places: tuple[Path, ...]) -> None:
        super().__init__(str(error))
        self.parts = error.parts
        self.places = places


@contextmanager
def stated_in(*places: Path) -> Iterator[None]:
    """Say of what is wrong inside that it stands in one of `places`, the likeliest first."""
    try:
        yield
    except (DossierError, StatedError):
        raise
    except InputError as error:
        raise StatedError(error, places) from error


def code_of(name: str, where: str, allow_code: bool) -> Any:
    """The function that ``module:function`` names; InputError where the file may not run code."""
    if not allow_code:
        other = ", or name a registered function" if where == "spending" else ""
        raise InputError.of(
            where,
            name,
            "names code of its own, which a file may not run",
            f"Read it with allow_code=True (--allow-code) if you trust it{other}",
        )
    module, colon, attribute = name.partition(":")
    try:
        if not colon:
            raise ImportError("it must be module:function")
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError.of(where, name, str(error), "Give module:function") from error
