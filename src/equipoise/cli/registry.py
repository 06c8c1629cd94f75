"""`equipoise registry`: fill and ask a registry database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

if TYPE_CHECKING:
    import polars as pl

registry = App(name="registry", help="Fill a registry database from exports, and ask it.")
Json = Annotated[bool, Parameter(negative=())]


@registry.command
def load(
    database: Path,
    exports: tuple[Path, ...],
    *,
    source: str | None = None,
    taken_on: str | None = None,
    contacts: Annotated[bool, Parameter(negative=())] = False,
    on_bad: Literal["report", "refuse"] = "report",
) -> None:
    """Load registry exports; loading a file again changes nothing.

    Exit codes: 0 done, 1 the input is wrong, 2 usage, 3 interrupted: nothing of that file is kept.

    Parameters
    ----------
    database
        The DuckDB file; it is made where there is none.
    exports
        Files of ClinicalTrials.gov, WHO ICTRP, ISRCTN, EUCTR, CTIS or ctrdata.
    source
        Which of them, where it is not to be recognised from the file.
    taken_on
        Day of the export, YYYY-MM-DD; else the file's name, its records or its own time say it.
    contacts
        Keep the names, telephones and addresses of people.
    on_bad
        Load what is good and report the rest, or refuse the file.
    """
    from equipoise.store.registry import Registry

    from .progress import counted

    reg = Registry(database)
    for export in exports:
        with counted(f"records of {export.name}") as tell:
            report = reg.load(
                export, source, taken_on=taken_on, contacts=contacts, on_bad=on_bad, tell=tell
            )
        print(report)


@registry.command
def search(
    database: Path,
    query: str,
    *,
    limit: int = 20,
    randomised: str | None = None,
    json: Json = False,
) -> None:
    """Search titles, conditions, interventions, sponsors, summaries and primary outcomes.

    Exit codes: 0 done, 1 the input is wrong, 2 usage.

    Parameters
    ----------
    database
        A registry database.
    query
        Words, "a phrase", title:word, AND, OR, NOT.
    limit
        At most so many.
    randomised
        Only registrations that say yes, no or unclear.
    json
        Print JSON.
    """
    from equipoise.store.registry import Registry

    narrow = {"randomised": randomised} if randomised else {}
    _show(Registry(database).search(query, limit=limit, **narrow), json=json)


@registry.command
def links(database: Path, *, decisions: Path | None = None, json: Json = False) -> None:
    """List which registrations are one trial, and which may be, with reasons.

    Exit codes: 0 done, 1 the input is wrong, 2 usage.

    Parameters
    ----------
    database
        A registry database.
    decisions
        CSV of a person's decisions: a, b, decision (same or different), reason, by, on.
    json
        Print JSON.
    """
    from equipoise.store.registry import Registry

    _show(Registry(database, decisions=decisions).links(), json=json)


@registry.command
def changes(
    database: Path, earlier: str, later: str, *, source: str | None = None, json: Json = False
) -> None:
    """List what changed between two snapshots: new, vanished, status, size, primary outcomes.

    Exit codes: 0 done, 1 the input is wrong, 2 usage.

    Parameters
    ----------
    database
        A registry database.
    earlier
        Day of the earlier snapshot.
    later
        Day of the later one.
    source
        The snapshots' source, where several are loaded.
    json
        Print JSON.
    """
    from equipoise.store.registry import Registry

    _show(Registry(database).changes(earlier, later, source), json=json)


def _show(frame: pl.DataFrame, *, json: bool) -> None:
    """Print rows as JSON, or as a line and what stands under it."""
    if json:
        print(frame.write_json())
        return
    if frame.is_empty():
        print("nothing found")
    for row in frame.to_dicts():
        long = [name for name in ("title", "reasons", "before", "after") if row.get(name)]
        short = [_cell(row[name]) for name in frame.columns if name not in (*long, "version")]
        print("  ".join(text for text in short if text))
        for name in long:
            print(f"    {_cell(row[name])[:240]}")


def _cell(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:.3g}"
    return "" if value is None else str(value)
