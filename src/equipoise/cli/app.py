"""The commands."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from equipoise import __version__

app = App(
    name="equipoise",
    help="From a claimed treatment's headline to a verdict.",
    version=__version__,
)


@app.command
def verdict(
    dossier: Path,
    *,
    as_of: str | None = None,
    out: Path | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
    replicates: int | None = None,
) -> None:
    """Say where a dossier's question stands, as of a date.

    Exit codes: 0 done, 1 the input is wrong, 2 usage, 3 interrupted.

    Parameters
    ----------
    dossier
        Folder with question.yaml, sources.yaml, claims.yaml and the other files of a dossier.
    as_of
        Day to look from, YYYY-MM-DD; today where left out.
    out
        Write the report there as one self-contained HTML page.
    json
        Print the verdict as JSON instead of the summary.
    replicates
        Simulated trials a scenario, instead of the dossier's number.
    """
    from equipoise.assess import verdict as assess
    from equipoise.dossier import read_dossier

    from .progress import simulating

    day = as_of or datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    with simulating() as progress:
        result = assess(read_dossier(dossier), day, replicates=replicates, progress=progress)
    if out is not None:
        from equipoise.report.html import as_html
        from equipoise.store.assets import chart_script
        from equipoise.store.files import write_whole

        write_whole(out, as_html(result, chart_script()))
    if json:
        from equipoise.report.as_json import as_json

        print(as_json(result))
    else:
        from rich.console import Console

        from equipoise.report.terminal import show

        show(result, Console())
    if out is not None:
        print(f"Report: {out}", file=sys.stderr)
