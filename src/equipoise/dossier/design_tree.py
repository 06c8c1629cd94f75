"""The short forms of ``design.yaml`` written out: rules by name, truths by arm, grids.

Each returns the tree with its lines, so that what is wrong is told where it was written.
"""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches
from itertools import product
from typing import TYPE_CHECKING, Any

from equipoise.errors import Problem
from equipoise.simulation.scenarios import pair_name, ratio_name
from equipoise.vocabulary.design_file import RulesSection, ScenarioSection

from .validate import validate
from .yaml_tree import Tree

if TYPE_CHECKING:
    from .yaml_tree import Path

_PAIRS = ("risks", "means", "sds", "survival", "adverse_risks", "dropout_per_month")
"""Keys that take a value for each arm."""
_OF_SCENARIO = tuple(ScenarioSection.__dataclass_fields__)
_RULES = tuple(name.replace("_", " ") for name in RulesSection.__dataclass_fields__)
_KIND = re.compile(r"\.(?:float|tuple\[float, \.\.\.\])")
"""What pydantic adds to the path of a value that may be a number or a list."""
_GRID = ("control", "treatment", "hazard_ratio")


def written_out(tree: Tree, file: str, problems: list[Problem]) -> Tree:
    """The same without short forms; what cannot be written out is a problem."""
    if not isinstance(tree.value, dict):
        return tree
    made = _Writer(Tree(dict(tree.value), dict(tree.lines)), file, problems)
    if "rules" in made.value:
        made.rules()
    if isinstance(made.value.get("scenarios"), dict):
        made.value["scenarios"] = {
            name: made.scenario(name, given) for name, given in made.value["scenarios"].items()
        }
    return made.tree


class _Writer:
    """A tree being written out."""

    def __init__(self, tree: Tree, file: str, problems: list[Problem]) -> None:
        self.tree, self.file, self.problems = tree, file, problems
        self.value: dict[str, Any] = tree.value
        self.lines: dict[Path, int] = tree.lines  # type: ignore[assignment]
        arms = self.value.get("arms")
        self.arms = arms if isinstance(arms, list) else []
        endpoint = self.value.get("endpoint")
        self.kind = endpoint.get("kind") if isinstance(endpoint, dict) else None

    def refuse(self, place: Path, seen: Any, rule: str, mend: str) -> None:
        """Add a problem where `place` stands."""
        name = ".".join(map(str, place))
        self.problems.append(
            Problem(
                file=self.file,
                line=self.tree.line(place),
                name=name,
                seen=repr(seen),
                rule=rule,
                mend=mend,
            )
        )

    def move(self, old: Path, new: Path) -> None:
        """Let `new` and all under it stand where `old` does."""
        for path, line in list(self.lines.items()):
            if path[: len(old)] == old:
                self.lines[new + path[len(old) :]] = line

    def rules(self) -> None:
        """A mapping, or a list of mappings of one key each, whose keys have spaces."""
        given = self.value["rules"]
        rows = list(enumerate(given)) if isinstance(given, list) else [(None, given)]
        made: dict[str, Any] = {}
        for at, row in rows:
            place: Path = ("rules",) if at is None else ("rules", at)
            if not isinstance(row, dict):
                self.refuse(place, row, "it must be a rule with its keys", "Write name: {…}")
                continue
            for name, keys in row.items():
                self._rule(made, place, name, keys)
        self.value["rules"] = made

    def _rule(self, made: dict[str, Any], place: Path, name: str, keys: Any) -> None:
        here, plain = (*place, name), name.replace(" ", "_")
        if name.replace("_", " ") not in _RULES:
            self.refuse(here, name, f"must be one of {', '.join(_RULES)}", _nearest(name, _RULES))
        elif plain in made:
            self.refuse(here, name, "a rule stands once", "Remove one of the two")
        else:
            self.move(here, ("rules", plain))
            made[plain] = keys

    def scenario(self, name: str, given: Any) -> Any:
        """As a mapping of a scenario's keys, whatever form it has."""
        place: Path = ("scenarios", name)
        pair = "means" if self.kind == "continuous" else "risks"
        short = "hazard_ratio" if self.kind == "time-to-event" else pair
        if isinstance(given, list):
            self.move(place, (*place, short))
            return {short: given[0] if short == "hazard_ratio" and len(given) == 1 else given}
        if not isinstance(given, dict):
            self.move(place, (*place, short))
            return {short: given if short == "hazard_ratio" else [given]}
        lists = all(isinstance(value, list) for value in given.values())
        if name == "grid" and lists and set(given) <= {*_GRID}:
            self.move(place, (*place, "grid"))
            given = {"grid": given}
        by_arm = "survival" if self.kind == "time-to-event" else pair
        made = self._without_arms(given, place, by_arm)
        if isinstance(made.get("strata"), dict):
            made["strata"] = self._listed(made["strata"], (*place, "strata"))
        if isinstance(made.get("strata"), list):
            made["strata"] = [
                self._pairs(row, (*place, "strata", i)) if isinstance(row, dict) else row
                for i, row in enumerate(made["strata"])
            ]
        return self._pairs(made, place)

    def _without_arms(self, given: dict[str, Any], place: Path, by_arm: str) -> dict[str, Any]:
        """The keys, those that are arms put together under `by_arm`."""
        arms = {name: value for name, value in given.items() if name in self.arms}
        unknown = [name for name in given if name not in self.arms and name not in _OF_SCENARIO]
        if not arms and not (unknown and len(unknown) == len(given)):
            return dict(given)
        known = ", ".join(self.arms)
        if by_arm == "survival" and any(not isinstance(value, dict) for value in arms.values()):
            self.refuse(place, arms, "a time to event has a survival in each arm", "Give hazards")
            return {}
        for name in unknown:
            mend = _nearest(name, [*self.arms, *_OF_SCENARIO])
            rule = f"is not one of the arms, {known}, nor a key of a scenario"
            self.refuse((*place, name), name, rule, mend)
        made = {name: value for name, value in given.items() if name in _OF_SCENARIO}
        if by_arm in made and arms:
            mend = "Leave one of the two out"
            self.refuse((*place, by_arm), made[by_arm], "is stated by arm as well", mend)
        elif not unknown and self._complete(arms, place):
            made[by_arm] = self._by_arm(arms, place, (*place, by_arm))
        return made

    def _pairs(self, given: dict[str, Any], place: Path) -> dict[str, Any]:
        """The keys whose values are stated by arm, as pairs."""
        made = dict(given)
        for key in _PAIRS:
            value, here = made.get(key), (*place, key)
            if not isinstance(value, dict):
                continue
            unknown = [name for name in value if name not in self.arms]
            for name in unknown:
                known = ", ".join(self.arms)
                mend = _nearest(name, self.arms)
                self.refuse((*here, name), name, f"is not one of the arms, {known}", mend)
            del made[key]
            if not unknown and self._complete(value, here):
                made[key] = self._by_arm(value, here, here)
        return made

    def _complete(self, given: dict[str, Any], place: Path) -> bool:
        """Whether each arm has its value; else a problem."""
        missing = [name for name in self.arms if name not in given]
        for name in missing:
            self.refuse(place, sorted(given), f"needs a value for {name}", f"Add `{name}`")
        return not missing

    def _by_arm(self, given: dict[str, Any], old: Path, new: Path) -> list[Any]:
        """Values in the order of the arms; a single arm's stands beside what it has to better."""
        values = []
        for i, name in enumerate(self.arms):
            self.move((*old, name), (*new, i))
            values.append(given[name])
        return values * 2 if len(values) == 1 else values

    def _listed(self, given: dict[str, Any], place: Path) -> list[Any]:
        """Strata by name, as a list."""
        rows = []
        for i, (name, row) in enumerate(given.items()):
            self.move((*place, name), (*place, i))
            rows.append({"name": name, **row} if isinstance(row, dict) else row)
        return rows


def merged(problems: list[Problem]) -> list[Problem]:
    """One problem for a value that is neither a number nor a list of numbers, instead of two."""
    plain = [replace(row, name=_KIND.sub("", row.name)) for row in problems]
    made: list[Problem] = []
    for given, row in zip(problems, plain, strict=True):
        others = [other.name for other in plain if other is not row]
        if given.name == row.name:
            made.append(row)
        elif any(name.startswith(f"{row.name}.") for name in others):
            continue
        elif row.name not in (other.name for other in made):
            both = row.name in others
            rule = "it must be a number, or a list of numbers" if both else row.rule
            made.append(replace(row, rule=rule, mend="Use a decimal point and no unit"))
    return made


def _nearest(name: str, known: Any) -> str:
    close = get_close_matches(name, list(known), 1)
    return f"Did you mean `{close[0]}`" if close else "Use one of these"


def scenarios_in(
    tree: Tree, file: str, problems: list[Problem]
) -> tuple[dict[str, ScenarioSection], Tree]:
    """Each scenario as its section, grids expanded; the tree with the lines of these."""
    given = tree.value.get("scenarios") or {}
    lines = dict(tree.lines)
    made: dict[str, ScenarioSection] = {}
    for name, value in given.items():
        place: Path = ("scenarios", name)
        found: list[Problem] = []
        section = validate(
            ScenarioSection,
            value,
            file,
            lambda path, place=place: tree.line((*place, *path)),  # type: ignore[misc]
            found,
        )
        problems += [replace(row, name=f"scenarios.{name}.{row.name}") for row in merged(found)]
        if section is None:
            continue
        for other, row in _expanded(name, section, tree, file, problems):
            if other in made:
                problems.append(_twice(file, tree.line(place), other))
            made[other] = row
            for path, line in tree.lines.items():
                if path[:2] == place:
                    lines[("scenarios", other, *path[2:])] = line
    return made, Tree(tree.value, lines)


def _twice(file: str, line: int, name: str) -> Problem:
    return Problem(
        file=file,
        line=line,
        name="scenarios",
        seen=repr(name),
        rule="a scenario stands once",
        mend="Rename or remove one",
    )


def _expanded(
    name: str, section: ScenarioSection, tree: Tree, file: str, problems: list[Problem]
) -> list[tuple[str, ScenarioSection]]:
    """One section for each point of the grid; the section itself where it has none."""
    grid = section.grid
    if grid is None:
        return [(name, section)]
    prefix = "" if name == "grid" else f"{name}: "
    plain = replace(section, grid=None)
    pairs = grid.control is not None and grid.treatment is not None
    if (grid.hazard_ratio is not None) == pairs or (pairs and tree.value.get("endpoint") is None):
        problems.append(
            Problem(
                file=file,
                line=tree.line(("scenarios", name, "grid")),
                name=f"scenarios.{name}.grid",
                seen="its keys",
                rule="a grid takes control and treatment, or hazard_ratio",
                mend="Give lists of values",
            )
        )
        return []
    if grid.hazard_ratio is not None:
        return [
            (prefix + ratio_name(ratio), replace(plain, hazard_ratio=ratio))
            for ratio in grid.hazard_ratio
        ]
    assert grid.control is not None
    assert grid.treatment is not None
    of = "means" if tree.value["endpoint"].get("kind") == "continuous" else "risks"
    return [
        (prefix + pair_name(*pair), replace(plain, **{of: pair}))  # type: ignore[arg-type]
        for pair in product(grid.control, grid.treatment)
    ]
