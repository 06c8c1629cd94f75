"""Progress on standard error, where somebody is looking."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import ProgressColumn

_SOON = 2.0
"""Seconds after which a run that has not come back is compiling."""


@contextmanager
def simulating(scenarios: int | None = None) -> Iterator[Callable[[int, int], None]]:
    """A bar with rate and time left while trials are simulated; silent when not on a terminal.

    The rate is of trials where it is known of how many `scenarios` a replicate is, else of
    replicates.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    what, rate = _columns(scenarios)
    columns = (what, BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("trials", total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield advance


@contextmanager
def counted(what: str) -> Iterator[Callable[[int], None]]:
    """A running count of `what`; silent when not on a terminal."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.completed:,.0f} {task.description}"),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(what, total=None)

        def advance(done: int) -> None:
            bar.update(task, completed=done)

        yield advance


def _columns(scenarios: int | None) -> tuple[ProgressColumn, ProgressColumn]:
    """What is being done, and how fast."""
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    class What(ProgressColumn):
        def render(self, task: Task) -> Text:
            waiting = not task.completed and (task.elapsed or 0.0) > _SOON
            return Text("compiling, once…" if waiting else "simulating trials")

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            unit = "replicates/s" if scenarios is None else "trials/s"
            speed = (task.speed or 0.0) * (scenarios or 1)
            return Text(f"{speed:,.0f} {unit}" if speed else "")

    return What(), Rate()
