"""Change one value in a YAML file and leave every other character as it stands.

Places are found with the parser's marks and the text is cut there; afterwards the new text is read
back, and refused unless it holds exactly what was meant.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import yaml

from equipoise.errors import DossierError, InputError, Problem

from .yaml_tree import read_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

Path = tuple[str | int, ...]


def plain(file: str, text: str) -> Any:
    """The file's values, every scalar as text.

    Raises
    ------
    DossierError
        It is not plain YAML.
    """
    problems: list[Problem] = []
    tree = read_yaml(file, text, problems)
    if tree is None:
        raise DossierError(problems)
    return tree.value


def _fits(value: Any) -> bool:
    """Whether a collection holds scalars alone, and few enough for one line."""
    parts = [*value, *value.values()] if isinstance(value, dict) else list(value)
    if any(isinstance(part, dict | list | tuple) for part in parts):
        return False
    return sum(len(str(part)) + 2 for part in parts) <= 80


class _Dumper(yaml.SafeDumper):
    """Without aliases; a mapping or a list of scalars on one line where it fits there."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> Any:
        return super().represent_sequence(tag, sequence, flow_style or _fits(sequence))

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
        return super().represent_mapping(tag, mapping, flow_style or _fits(mapping))

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def dumped(value: Any) -> str:
    """A value as YAML in block style, its innermost collections on one line each; unsorted."""
    out: str = yaml.dump(
        value,
        Dumper=_Dumper,
        default_flow_style=False,
        allow_unicode=True,
        sort_keys=False,
        width=96,
    )
    return out


def flow(value: Any) -> str:
    """A value as YAML on one line, as it can stand inside any other."""
    text: str = yaml.safe_dump(
        [value], default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**9
    )
    return text.strip()[1:-1]


def append_item(file: str, text: str, path: Path, item: Any) -> str:
    """The text with `item` as the last one of the list at `path`, in the list's own indentation."""
    node = _node(text, path)
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or not node.value:
        raise _form(file, path, "the list must be written with one dash a line")
    block = yaml_item(item, node.start_mark.column)
    end = _line_after(text, len(text) if not path else _end(text, node))
    expected = copy.deepcopy(plain(file, text))
    _at(expected, path).append(plain(file, dumped(item)))
    return _checked(file, f"{_lines(text[:end])}{block}{text[end:]}", expected)


def append_key(file: str, text: str, key: str, value: Any) -> str:
    """The text with `key` as the last one of the mapping that the file is."""
    node = _node(text, ())
    if not isinstance(node, yaml.MappingNode) or node.flow_style:
        raise _form(file, (), "the file must be written with one key a line")
    expected = copy.deepcopy(plain(file, text))
    expected[key] = plain(file, dumped(value))
    return _checked(file, f"{_lines(text)}{dumped({key: value})}", expected)


def yaml_item(item: Any, indent: int) -> str:
    """One list item with its dash at column `indent`."""
    lines = dumped(item).splitlines()
    head, *rest = lines
    margin = " " * indent
    return "".join(
        [f"{margin}- {head}\n", *(f"{margin}  {line}\n" if line else "\n" for line in rest)]
    )


def replace(file: str, text: str, path: Path, value: Any) -> str:
    """The text with another value at `path`, on one line."""
    node = _node(text, path)
    new = flow(value)
    expected = copy.deepcopy(plain(file, text))
    _at(expected, path[:-1])[path[-1]] = plain(file, f"- {new}\n")[0]
    return _checked(
        file, f"{text[: node.start_mark.index]}{new}{text[_end(text, node) :]}", expected
    )


def remove(file: str, text: str, path: Path) -> str:
    """The text without the item or key at `path`; what would be left empty goes with it."""
    parent = _node(text, path[:-1])
    expected = copy.deepcopy(plain(file, text))
    if len(parent.value) == 1 and len(path) > 1:
        return remove(file, text, path[:-1])
    del _at(expected, path[:-1])[path[-1]]
    if parent.flow_style:
        start, end = parent.start_mark.index, parent.end_mark.index
        return _checked(
            file, f"{text[:start]}{_without(text, parent, path[-1])}{text[end:]}", expected
        )
    start, end = _span(text, parent, path[-1])
    return _checked(file, f"{text[:start]}{text[end:]}", expected)


def _node(text: str, path: Path) -> Any:
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for part in path:
        node = _child(node, part)[1]
    return node


def _child(node: Any, part: str | int) -> tuple[Any, Any]:
    """The key's node, or None in a list, and the value's."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return key, value
        raise KeyError(part)
    return None, node.value[part]


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def _end(text: str, node: Any) -> int:
    """Where a node's last character stands, comments and blank lines after it not counted."""
    if isinstance(node, yaml.ScalarNode):
        end: int = node.end_mark.index
        return len(text[:end].rstrip()) if node.style in {"|", ">"} else end
    if node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    if isinstance(node, yaml.MappingNode):
        key, value = last
        return (
            max(_end(text, key) + 1, _end(text, value))
            if value.value != ""
            else _end(text, key) + 1
        )
    return _end(text, last)


def _span(text: str, parent: Any, part: str | int) -> tuple[int, int]:
    """The lines of a key or an item in block style; a list item's first key leaves its dash."""
    key, value = _child(parent, part)
    end = _line_after(text, _end(text, value))
    if key is None:
        return text.rfind("\n", 0, text.rfind("-", 0, value.start_mark.index)) + 1, end
    begin = text.rfind("\n", 0, key.start_mark.index) + 1
    if text[begin : key.start_mark.index].strip():
        following = parent.value[[row[0].value for row in parent.value].index(part) + 1][0]
        return key.start_mark.index, following.start_mark.index
    return begin, end


def _line_after(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _lines(text: str) -> str:
    """The text with its last line ended."""
    return text if not text or text.endswith("\n") else f"{text}\n"


def _without(text: str, parent: Any, part: str | int) -> str:
    if isinstance(parent, yaml.MappingNode):
        kept = [
            text[key.start_mark.index : value.end_mark.index]
            for key, value in parent.value
            if key.value != part
        ]
        return f"{{{', '.join(kept)}}}"
    kept = [
        text[item.start_mark.index : item.end_mark.index]
        for number, item in enumerate(parent.value)
        if number != part
    ]
    return f"[{', '.join(kept)}]"


def _checked(file: str, text: str, expected: Any) -> str:
    """`text`, if it holds what was meant."""
    problems: list[Problem] = []
    tree = read_yaml(file, text, problems)
    if tree is None or tree.value != expected:
        raise _form(file, (), "its form does not let one value be changed safely")
    return text


def _form(file: str, path: Sequence[str | int], rule: str) -> InputError:
    name = ".".join(str(part) for part in path) or "file"
    return InputError(f"{file}: {name}: {rule}. Write it in block style, as the examples do.")
