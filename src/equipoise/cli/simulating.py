"""What `equipoise simulate` does around a run: choose scenarios, show results, say how to go on."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING

from equipoise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import altair as alt

    from equipoise.design.sized import SizedDesign
    from equipoise.simulation import OperatingCharacteristics
    from equipoise.vocabulary.scenario import Scenario


def chosen(design: SizedDesign, names: Sequence[str]) -> tuple[Scenario, ...]:
    """The scenarios of these names; all where there are none, or the planned truth and no effect.

    Raises
    ------
    InputError
        A name is none of them; they and the nearest are told.
    """
    from equipoise.design.characteristics import no_effect, planned

    known = {row.name: row for row in design.scenarios or (planned(design), no_effect(design))}
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, 1)
            raise InputError.of(
                "scenario",
                name,
                f"is not one of {', '.join(known)}",
                f"Did you mean {close[0]}" if close else "Name one of them",
            )
    return tuple(known[name] for name in dict.fromkeys(names)) or tuple(known.values())


def show_replay(design: SizedDesign, which: str, seed: int, out: Path | None) -> None:
    """Print one simulated trial, given as ``SCENARIO:INDEX``, and draw it on a page."""
    from equipoise.store.simulate import simulate

    name, _, index = which.rpartition(":")
    if not (name and index.isdecimal()):
        raise InputError.of(
            "--replay", which, "must be SCENARIO:INDEX", "Count replicates from 0, as 'harm:17'"
        )
    oc = simulate(design, chosen(design, [name]), replicates=1024, seed=seed, allow_failed=0.999)
    trial = oc.replay(0, int(index))
    print(trial.summary())
    if out is not None:
        title = f"One simulated trial: {design.endpoint.name}, {name}"
        _write_page(out, title, trial.summary(), {"The statistic at each look": trial.chart()})


def refuse_beside_replay(**others: object) -> None:
    """InputError for an option that says nothing about a single trial."""
    for name, given in others.items():
        if given:
            raise InputError.of(
                f"--{name}",
                given,
                "does not go with --replay, which is of one trial",
                "Leave it out",
            )


def show(oc: OperatingCharacteristics, out: Path | None, json: bool) -> None:
    """Print the results, and draw them on a page."""
    if out is not None:
        title = f"Simulated trial: {oc.design.endpoint.name}"
        _write_page(out, title, oc.summary(), _charts(oc))
    if json:
        from equipoise.report.simulation_json import simulation_json

        print(simulation_json(oc))
    else:
        print(oc.summary())


def _charts(oc: OperatingCharacteristics) -> dict[str, alt.TopLevelMixin]:
    """How trials end; and the chance of benefit, where several true effects are known."""
    from equipoise.simulation.charts import MOST_BARS, power_chart

    charts = {"How trials end": oc.chart()}
    known = {row.effect for row in oc.scenarios if row.effect == row.effect}
    if len(known) > 1 and len(oc.scenarios) <= MOST_BARS:
        charts["Chance to find benefit"] = power_chart(oc)
    return charts


def _write_page(out: Path, title: str, text: str, charts: Mapping[str, alt.TopLevelMixin]) -> None:
    from equipoise.report.chart_page import chart_page
    from equipoise.store.assets import chart_script
    from equipoise.store.files import write_whole

    write_whole(out, chart_page(title, text, charts, chart_script()))
    print(f"Charts: {out}", file=sys.stderr)


@contextmanager
def resumable(checkpoint: Path | None, records: Path | None) -> Iterator[None]:
    """Say how an interrupted run goes on, where something was kept of it."""
    from . import INTERRUPTED

    try:
        yield
    except KeyboardInterrupt:
        if checkpoint is not None and checkpoint.is_file():
            how = f"{checkpoint} keeps what was done; give the same command again to go on"
        elif records is not None and records.is_dir():
            how = f"the records in {records} are of a part of the run"
        else:
            raise
        print(f"equipoise: interrupted; {how}", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None
