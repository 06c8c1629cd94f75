"""Plain values to records: one adapter, and its complaints in our four parts."""

from __future__ import annotations

import dataclasses
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from equipoise.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_core import ErrorDetails

T = TypeVar("T")


@lru_cache(maxsize=64)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def validate(
    kind: type[T],
    value: object,
    file: str,
    line: Callable[[tuple[str | int, ...]], int],
    problems: list[Problem],
) -> T | None:
    """Make a `kind` of `value`; None, with every problem added, when it does not fit."""
    try:
        result: T = _adapter(kind).validate_python(value)  # type: ignore[arg-type]
    except ValidationError as error:
        problems += [_problem(kind, detail, file, line) for detail in error.errors()]
        return None
    return result


def _problem(
    kind: type[Any],
    detail: ErrorDetails,
    file: str,
    line: Callable[[tuple[str | int, ...]], int],
) -> Problem:
    path = detail["loc"]
    name = ".".join(str(part) for part in path) or kind.__name__
    rule, mend = _words(kind, detail)
    return Problem(file=file, line=line(path), name=name, seen=_seen(detail), rule=rule, mend=mend)


def _fields_at(kind: Any, path: tuple[str | int, ...]) -> list[str]:
    """Field names of the record at `path` inside `kind`."""
    for part in path:
        if isinstance(part, str) and dataclasses.is_dataclass(kind):
            kind = get_type_hints(kind).get(part, object)
        kind = next((inner for inner in get_args(kind) if dataclasses.is_dataclass(inner)), kind)
    return (
        [field.name for field in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else []
    )


def _seen(detail: ErrorDetails) -> str:
    if detail["type"] == "missing":
        return "nothing"
    if isinstance(detail["input"], dict):
        pairs = [f"{key}: {value}" for key, value in detail["input"].items()]
        text = ", ".join(sorted((pair for pair in pairs if len(pair) < 40), key=_numbers_first))
    else:
        text = repr(detail["input"])
    return text if len(text) <= 120 else f"{text[:117]}…"


def _numbers_first(pair: str) -> bool:
    """Sort key that puts counts before other cells, so that a cut does not lose them."""
    return not pair.partition(": ")[2].replace(".", "", 1).isdigit()


def _words(kind: type[Any], detail: ErrorDetails) -> tuple[str, str]:
    """Rule and mend for one of pydantic's error types."""
    context = detail.get("ctx", {})
    name = str(detail["loc"][-1]) if detail["loc"] else kind.__name__
    match detail["type"]:
        case "missing":
            return "it is required", f"Add `{name}`"
        case "unexpected_keyword_argument":
            known = _fields_at(kind, detail["loc"][:-1])
            close = get_close_matches(name, known, 1)
            return "the key is not known", f"Did you mean `{close[0]}`" if close else "Remove it"
        case "literal_error":
            return f"it must be {context['expected']}", "Choose one of these"
        case "int_parsing" | "int_type" | "int_from_float":
            return "it must be a whole number", "Give a count, or leave it empty if unknown"
        case "float_parsing" | "float_type":
            return "it must be a number", "Use a decimal point and no unit"
        case "bool_parsing" | "bool_type":
            return "it must be true or false", "Write true or false"
        case "value_error":
            return str(context["error"]), "Correct the value, or the one it must agree with"
        case "dataclass_type" | "dict_type":
            return "it must be a mapping of keys", "Indent the keys under it"
        case "tuple_type" | "list_type":
            return "it must be a list", "Start each item with a dash"
        case _:
            return detail["msg"].lower(), "See docs/how-to/write-a-dossier.md"
