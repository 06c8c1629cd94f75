"""Read a dossier whole, or say everything that is wrong with it."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from equipoise.errors import DossierError, InputError, Problem, SourceError
from equipoise.vocabulary.analogy import Analogy
from equipoise.vocabulary.claim import Claim
from equipoise.vocabulary.dossier import Dossier, TrialPlan
from equipoise.vocabulary.evidence import (
    Cohort,
    Judgement,
    Registration,
    StudyResult,
    TrialEvent,
)
from equipoise.vocabulary.landscape import LandscapePlan
from equipoise.vocabulary.question import Question
from equipoise.vocabulary.source import Source

from .crosscheck import crosscheck
from .csv_table import read_csv
from .files import read_text
from .validate import validate
from .yaml_tree import Path as Path_
from .yaml_tree import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .yaml_tree import Tree

T = TypeVar("T")

OPTIONAL = (
    "judgements.yaml",
    "events.csv",
    "studies.csv",
    "natural-history.csv",
    "registrations.csv",
    "design.yaml",
    "analogies.yaml",
    "landscape.yaml",
)


class _Reader:
    """One pass over a folder, gathering records, the place of each, and every problem."""

    def __init__(self, folder: Path, instead: Mapping[str, str]) -> None:
        self.folder = folder
        self.instead = instead
        self.problems: list[Problem] = []
        self.places: dict[int, tuple[str, int]] = {}
        self.digest = hashlib.sha256()

    def text(self, name: str) -> str | None:
        path = self.folder / name
        if name in OPTIONAL and not path.exists():
            return None
        text = self.instead[name] if name in self.instead else read_text(path, self.problems)
        self.digest.update(f"{name}\0{text or ''}\0".encode())
        return text

    def tree(self, name: str) -> Tree | None:
        text = self.text(name)
        return None if text is None else read_yaml(name, text, self.problems)

    def one(self, name: str, kind: type[T]) -> T | None:
        tree = self.tree(name)
        if tree is None:
            return None
        record = validate(kind, tree.value, name, tree.line, self.problems)
        if record is not None:
            self.places[id(record)] = (name, 1)
        return record

    def many(self, name: str, kind: type[T]) -> tuple[T, ...]:
        """A YAML list of records."""
        tree = self.tree(name)
        if tree is None:
            return ()
        if not isinstance(tree.value, list):
            self._complain(name, 1, "a mapping", "it must be a list", "Start items with a dash")
            return ()
        return self._gather(
            kind, name, [((i,), tree.line((i,)), item) for i, item in enumerate(tree.value)], tree
        )

    def named(self, name: str, kind: type[T]) -> tuple[T, ...]:
        """A YAML mapping from id to record."""
        tree = self.tree(name)
        if tree is None:
            return ()
        if not isinstance(tree.value, dict):
            self._complain(name, 1, "a list", "it must map ids to records", "Name each record")
            return ()
        items: list[tuple[Path_, int, Any]] = []
        for key, item in tree.value.items():
            value = {"id": key, **item} if isinstance(item, dict) else item
            items.append(((key,), tree.line((key,)), value))
        return self._gather(kind, name, items, tree)

    def _gather(
        self,
        kind: type[T],
        name: str,
        items: list[tuple[Path_, int, Any]],
        tree: Tree,
    ) -> tuple[T, ...]:
        records = []
        for prefix, line, item in items:

            def place(path: Path_, prefix: Path_ = prefix) -> int:
                return tree.line((*prefix, *path))

            record = validate(kind, item, name, place, self.problems)
            if record is not None:
                self.places[id(record)] = (name, line)
                records.append(record)
        return tuple(records)

    def table(self, name: str, kind: type[T]) -> tuple[T, ...]:
        """A CSV table, one record a row."""
        text = self.text(name)
        if text is None:
            return ()
        columns = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
        records = []
        for row in read_csv(name, text, columns, self.problems):

            def place(path: Path_, line: int = row.line) -> int:
                return line

            record = validate(kind, row.cells, name, place, self.problems)
            if record is not None:
                self.places[id(record)] = (name, row.line)
                records.append(record)
        return tuple(records)

    def _complain(self, name: str, line: int, seen: str, rule: str, mend: str) -> None:
        self.problems.append(
            Problem(file=name, line=line, name="file", seen=seen, rule=rule, mend=mend)
        )


def read_dossier(folder: str | Path) -> Dossier:
    """Read a dossier's folder.

    Parameters
    ----------
    folder : path
        With question.yaml, sources.yaml and claims.yaml; the other files are optional. See
        docs/how-to/write-a-dossier.md.

    Raises
    ------
    InputError
        The folder does not exist.
    DossierError
        Anything in it is wrong: every problem at once, with file, line and mend.
    """
    path = Path(folder)
    if not path.is_dir():
        raise InputError.of("dossier", str(folder), "must be a folder", "Give the folder's path")
    return read_with(path, {})


def read_with(folder: Path, instead: Mapping[str, str]) -> Dossier:
    """Read a dossier as if the files named in `instead` held these texts.

    Raises
    ------
    DossierError
        Anything in it is wrong.
    """
    reader = _Reader(folder, instead)
    question = reader.one("question.yaml", Question)
    sources = reader.named("sources.yaml", Source)
    claims = reader.many("claims.yaml", Claim)
    studies = reader.table("studies.csv", StudyResult)
    cohorts = reader.table("natural-history.csv", Cohort)
    events = reader.table("events.csv", TrialEvent)
    registrations = reader.table("registrations.csv", Registration)
    judgements = reader.many("judgements.yaml", Judgement)
    plan = reader.one("design.yaml", TrialPlan)
    analogies = reader.many("analogies.yaml", Analogy)
    landscape = reader.one("landscape.yaml", LandscapePlan)
    exports = registry_exports(folder)
    if question is None:
        raise DossierError(reader.problems)
    if exports:
        registrations, events = _from_registry(
            reader, folder, question, landscape, exports, registrations, events
        )
    dossier = Dossier(
        path=str(folder),
        fingerprint=reader.digest.hexdigest(),
        question=question,
        sources={source.id: source for source in sources},
        claims=claims,
        studies=studies,
        cohorts=cohorts,
        events=events,
        registrations=registrations,
        judgements=judgements,
        plan=plan,
        analogies=analogies,
        landscape=landscape,
        registry_files=tuple(str(export) for export in exports),
    )
    crosscheck(dossier, reader.places, reader.problems)
    if reader.problems:
        raise DossierError(reader.problems)
    return dossier


def registry_exports(folder: Path) -> tuple[Path, ...]:
    """The registry exports that a dossier carries in its folder `registry`, by name."""
    place = folder / "registry"
    if not place.is_dir():
        return ()
    return tuple(sorted(path for path in place.iterdir() if path.is_file() and path.name[0] != "."))


def _from_registry(
    reader: _Reader,
    folder: Path,
    question: Question,
    landscape: LandscapePlan | None,
    exports: tuple[Path, ...],
    registrations: tuple[Registration, ...],
    events: tuple[TrialEvent, ...],
) -> tuple[tuple[Registration, ...], tuple[TrialEvent, ...]]:
    """Registrations and trial events read from exports, in place of the compact table."""
    from equipoise.registry.as_registrations import events_of, registrations_of
    from equipoise.registry.definitions import plan_for
    from equipoise.registry.in_memory import observe

    for export in exports:
        reader.digest.update(f"registry/{export.name}\0".encode())
        reader.digest.update(hashlib.sha256(export.read_bytes()).digest())
    try:
        observations, problems = observe(exports)
    except SourceError as error:
        problems, observations = [str(error)], None
    for problem in problems:
        rule = "every record must be readable"
        mend = "Take the record out, or export it again"
        reader.problems.append(
            Problem(file="registry", line=None, name="export", seen=problem, rule=rule, mend=mend)
        )
    if observations is None:
        return registrations, events
    plan = plan_for(question, landscape)
    source = plan.source or "registry"
    derived = registrations_of(observations, plan, source)
    happened = events_of(observations, plan, source)
    reader.places |= {id(record): ("registry", 1) for record in (*derived, *happened)}
    return derived, (*events, *happened)
