"""Read ``design.yaml`` into a design, or say everything that is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from equipoise.design.from_file import design_of
from equipoise.design.stated import StatedError
from equipoise.errors import DossierError, InputError, Problem
from equipoise.vocabulary.design_file import DesignFile, ScenarioSection

from .design_tree import merged, scenarios_in, written_out
from .files import read_text
from .modules import modules_beside
from .outcome_table import reader_of
from .validate import validate
from .yaml_tree import read_yaml

if TYPE_CHECKING:
    from equipoise.design.sized import SizedDesign

    from .yaml_tree import Path as Place
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
        Whether the file may name Python code, as ``module:function``: a spending function, a rule
        or an outcome model. Only for files that are trusted. Modules beside the file are found.

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
        stated, tree = _stated(tree, file.name, problems)
    if problems or stated is None or tree is None:
        raise DossierError(problems, str(file))
    try:
        with modules_beside(file, tree, allow_code):
            return design_of(stated, allow_code=allow_code, table=reader_of(file))
    except DossierError:
        raise
    except InputError as error:
        raise DossierError([_problem(error, file.name, tree)], str(file)) from error


def _stated(tree: Tree, file: str, problems: list[Problem]) -> tuple[DesignFile | None, Tree]:
    """The sections, and the lines of all that they hold."""
    tree = written_out(tree, file, problems)
    scenarios: dict[str, ScenarioSection] = {}
    value = tree.value
    if isinstance(value, dict) and isinstance(value.get("scenarios"), dict | None):
        scenarios, tree = scenarios_in(tree, file, problems)
        value = {key: given for key, given in value.items() if key != "scenarios"}
    found: list[Problem] = []
    stated = validate(DesignFile, value, file, tree.line, found)
    problems += merged(found)
    return (None if stated is None else replace(stated, scenarios=scenarios)), tree


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
    places = error.places if isinstance(error, StatedError) else ()
    if not any(_under(tree, place, name) for place in ((), *places)):
        name = _IN_FILES.get(name, name)
    return Problem(
        file=file, line=_line(tree, name, places), name=name, seen=seen, rule=rule, mend=mend
    )


def _under(tree: Tree, place: Place, name: str) -> list[tuple[int, int]]:
    """Depth and line of each key `name` at or under `place`."""
    return [
        (len(path), line)
        for path, line in tree.lines.items()
        if path and path[-1] == name and path[: len(place)] == place
    ]


def _line(tree: Tree, name: str, places: tuple[Place, ...] = ()) -> int:
    """Where `name` stands: in the likeliest of the places; else the only place, or anywhere."""
    for place in places:
        found = _under(tree, place, name)
        if found:
            return min(found)[1]
    if len(places) == 1:
        return tree.line(places[0])
    anywhere = _under(tree, (), name)
    return min(anywhere)[1] if anywhere else 1
