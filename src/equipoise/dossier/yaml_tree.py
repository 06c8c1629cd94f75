"""YAML to plain values and the line of each, from files that are not trusted.

Only mappings, sequences and scalars are read: anchors, aliases and tags are refused, so that a
small file cannot grow into a large one, and nesting is limited.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from equipoise.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DEPTH = 16

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """Values with every scalar as text (None where empty), and lines by path."""

    value: Any
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """Line of the value at `path`, or of its nearest parent that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class _RefusedError(Exception):
    def __init__(self, line: int, seen: str, rule: str, mend: str) -> None:
        super().__init__(seen)
        self.problem = (line, seen, rule, mend)


def read_yaml(file: str, text: str, problems: list[Problem]) -> Tree | None:
    """Parse `text`; None, with a problem added, when it is not plain YAML."""

    def refuse(line: int, seen: str, rule: str, mend: str) -> None:
        problems.append(Problem(file=file, line=line, name="YAML", seen=seen, rule=rule, mend=mend))

    try:
        _screen(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            refuse(1, "no value", "the file must have content", "Fill it, or delete it")
            return None
        lines: dict[Path, int] = {}
        return Tree(_plain(node, (), lines), lines)
    except _RefusedError as error:
        refuse(*error.problem)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        refuse(
            mark.line + 1 if mark else 1,
            error.problem or "text that is not YAML",
            "the file must be YAML",
            "Check indentation, colons and quotes near this line",
        )
    except yaml.YAMLError as error:
        refuse(1, str(error).splitlines()[0], "the file must be YAML", "Remove odd characters")
    return None


def _screen(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _RefusedError(
                line, "an anchor or alias", "they are not read", "Write the value out"
            )
        tag = getattr(event, "tag", None)
        if tag:
            raise _RefusedError(line, f"the tag {tag}", "tags are not read", "Remove the tag")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _RefusedError(
                    line,
                    f"more than {MAX_DEPTH} levels",
                    "nesting is limited",
                    "Flatten the file",
                )
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        out: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else str(key_node)
            if key in out:
                raise _RefusedError(
                    key_node.start_mark.line + 1,
                    f"the key {key!r} twice",
                    "a key stands once",
                    "Remove one of the two",
                )
            out[key] = _plain(value_node, (*path, key), lines)
            lines[(*path, key)] = key_node.start_mark.line + 1
        return out
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, i), lines) for i, item in enumerate(node.value)]
    plain = getattr(node, "style", None) is None
    plain_empty = plain and node.value in {"", "~", "null"}
    return None if plain_empty else node.value
