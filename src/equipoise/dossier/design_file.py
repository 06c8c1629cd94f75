"""Read ``design.yaml`` into a design, or say everything that is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from equipoise.design.from_file import design_of
from equipoise.errors import DossierError, InputError, Problem
from equipoise.vocabulary.design_file import DesignFile

from .files import read_text
from .validate import validate
from .yaml_tree import read_yaml

if TYPE_CHECKING:
    from equipoise.design.sized import SizedDesign

    from .yaml_tree import Tree


_IN_FILES = {
    "function": "spending",
    "parameters": "spending",
    "gamma": "spending",
    "rho": "spending",
    "looks": "count",
    "hazard_ratio": "assume",
}
"""What an argument is called in a file, where that is not its name."""


def read_design(path: str | Path, *, allow_code: bool = False) -> SizedDesign:
    """Read a design from its file and size it.

    Parameters
    ----------
    path : path
        A YAML file that names the parts as docs/how-to/design-a-trial.md says.
    allow_code : bool
        Whether the file may name Python code, as ``module:function``, for a spending function. Only
        for files that are trusted.

    Returns
    -------
    Design
        Sized for its assumptions, with its scenarios.

    Raises
    ------
    DossierError
        Anything in the file is wrong: every problem, with file, line and mend.
    """
    file = Path(path)
    problems: list[Problem] = []
    text = read_text(file, problems)
    tree = None if text is None else read_yaml(file.name, text, problems)
    if tree is not None and _takes_its_risks_from_a_dossier(tree):
        problems.append(
            Problem(
                file=file.name,
                line=tree.line(("outcome",)),
                name="outcome",
                seen="a design that takes its risks from a dossier",
                rule="by itself a design states `endpoint` and `assume`",
                mend=f"Run equipoise verdict {file.parent}, or add both",
            )
        )
    stated = None
    if tree is not None and not problems:
        stated = validate(DesignFile, tree.value, file.name, tree.line, problems)
    if problems or stated is None or tree is None:
        raise DossierError(problems, str(file))
    try:
        return design_of(stated, allow_code=allow_code)
    except DossierError:
        raise
    except InputError as error:
        raise DossierError([_problem(error, file.name, tree)], str(file)) from error


def _takes_its_risks_from_a_dossier(tree: Tree) -> bool:
    return isinstance(tree.value, dict) and "outcome" in tree.value and "assume" not in tree.value


def _problem(error: InputError, file: str, tree: Tree) -> Problem:
    """Put a complaint about a value where the value stands."""
    if error.parts is None:
        return Problem(
            file=file,
            line=_line(tree, "efficacy"),
            name="design",
            seen="these looks and boundaries",
            rule=str(error).rstrip("."),
            mend="See docs/reference/errors.md",
        )
    name, seen, rule, mend = error.parts
    if not any(path and path[-1] == name for path in tree.lines):
        name = _IN_FILES.get(name, name)
    return Problem(file=file, line=_line(tree, name), name=name, seen=seen, rule=rule, mend=mend)


def _line(tree: Tree, name: str) -> int:
    places = [(len(path), line) for path, line in tree.lines.items() if path and path[-1] == name]
    return min(places)[1] if places else 1
