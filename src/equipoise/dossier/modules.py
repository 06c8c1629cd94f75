"""Modules beside a ``design.yaml`` that may name code."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equipoise.errors import DossierError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .yaml_tree import Tree


@contextmanager
def modules_beside(file: Path, tree: Tree, allowed: bool) -> Iterator[None]:
    """Where code is allowed, find modules in the file's folder, after all others.

    Raises
    ------
    DossierError
        The file names a module of its folder, and another of that name is imported already.
    """
    place = str(file.resolve().parent)
    if allowed:
        _check(file, tree)
    added = allowed and place not in sys.path
    if added:
        sys.path.append(place)
    try:
        yield
    finally:
        if added:
            sys.path.remove(place)


def _check(file: Path, tree: Tree) -> None:
    problems = []
    for path, line in tree.lines.items():
        text = _at(tree.value, path)
        name = text.partition(":")[0] if isinstance(text, str) and ":" in text else ""
        beside = (file.resolve().parent / f"{name}.py") if name.isidentifier() else None
        loaded = getattr(sys.modules.get(name), "__file__", None)
        if beside and beside.is_file() and loaded and Path(loaded).resolve() != beside:
            problems.append(
                Problem(
                    file=file.name,
                    line=line,
                    name=str(path[-1]),
                    seen=repr(text),
                    rule=f"another module of that name is imported already, {loaded}",
                    mend=f"Rename {beside.name}, or read the design in a new process",
                )
            )
    if problems:
        raise DossierError(problems, str(file))


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value
