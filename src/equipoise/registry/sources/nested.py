"""Reading nested records whose shape is not to be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from equipoise.registry.sources.json_records import json_records
from equipoise.registry.sources.people import without_people
from equipoise.registry.sources.protocols import BadRecord, Raw
from equipoise.registry.text import clean, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from equipoise.registry.sources.opened import Opened


def dig(node: Any, path: str) -> Any:
    """The value at a dotted path; a list is entered at its first element; None where there is none."""
    for name in path.split("."):
        if isinstance(node, list):
            node = node[0] if node else None
        if not isinstance(node, dict):
            return None
        node = node.get(name)
    return node


def listed(node: Any) -> list[Any]:
    """A list, whatever stood there: nothing, one or several."""
    if node is None or node == "":
        return []
    return node if isinstance(node, list) else [node]


def line(node: Any, path: str = "") -> str:
    """One line of text at a path; empty where there is none."""
    value = dig(node, path) if path else node
    if isinstance(value, (dict, list)) or value is None:
        return ""
    return one_line(str(value))


def text(node: Any, path: str) -> str:
    """Text at a path with its lines kept."""
    value = dig(node, path)
    return clean(str(value)) if isinstance(value, (str, int, float)) else ""


def nested_records(
    opened: Opened,
    inside: str,
    accept: Callable[[dict[str, Any]], str | None],
    *,
    contacts: bool,
) -> Iterator[Raw | BadRecord]:
    """JSON records; `accept` says why a record is not one of this registry's, or None."""
    for number, payload in json_records(opened, inside):
        if isinstance(payload, BadRecord):
            yield payload
            continue
        try:
            record = orjson.loads(payload)
        except orjson.JSONDecodeError as error:
            seen = payload[:40].decode("utf-8", "replace")
            yield BadRecord(number, seen, f"must be JSON: {error}", "Download it again")
            continue
        reason = accept(record) if isinstance(record, dict) else "not an object"
        if reason is not None:
            yield BadRecord(
                number, reason, "must be a record of this registry", "Choose its source"
            )
            continue
        taken_on = str(record.get("record_last_import") or "")[:10]
        export = {
            name: record[name] for name in ("record_last_import", "annotation") if name in record
        }
        kept = {name: value for name, value in record.items() if name not in export}
        if not contacts:
            kept = without_people(kept)
        yield Raw(number, orjson.dumps(kept), orjson.dumps(export), taken_on)
