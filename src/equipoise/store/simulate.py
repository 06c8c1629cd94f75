"""The door to simulation: it opens the files, and writes out and compiles a user's own parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from numba.core.errors import NumbaError, UnsupportedBytecodeError

from equipoise.errors import InputError
from equipoise.numerics.blocks import BLOCK
from equipoise.numerics.trials import engine, fixed_looks
from equipoise.parts.expected_z import part_of
from equipoise.parts.rules import OwnRule
from equipoise.simulation import run
from equipoise.simulation.job import job_of
from equipoise.simulation.job_priors import drawn
from equipoise.simulation.run_range import call, empty, records_of, tabulated
from equipoise.vocabulary.scenario import OwnOutcome, Scenario

from . import kernels
from .checkpoints import Checkpoint, held
from .trial_records import TrialRecords
from .user_functions import python_of

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from pathlib import Path
    from types import ModuleType

    from equipoise.simulation.operating import OperatingCharacteristics
    from equipoise.vocabulary.trial import Design

    Function = Callable[..., Any]


def simulate(
    design: Design,
    scenarios: Sequence[Scenario] | Scenario | None = None,
    *,
    replicates: int = 100_000,
    seed: int = 1,
    threads: int | None = None,
    executor: Executor | None = None,
    checkpoint: str | Path | None = None,
    until: float | None = None,
    records: str | Path | None = None,
    allow_failed: float = 0.0,
    progress: Callable[[int, int], None] | None = None,
    chunks: int | None = None,
    draw: Literal["patients", "stage sums"] = "patients",
) -> OperatingCharacteristics:
    """Simulate a design under each scenario, patient by patient and look by look.

    A trial depends on the design, the scenario, `seed` and its replicate number alone: results are
    equal bit for bit whatever `threads`, `chunks`, `executor` and interruptions, and scenarios
    share their random numbers.

    Parameters
    ----------
    design : Design
        As :func:`equipoise.sample_size` or :func:`equipoise.read_design` gives it.
    scenarios : sequence of Scenario, or Scenario, optional
        Assumed truths. Unless given: those of a design file, else the planned truth and no effect.
    replicates : int
        Trials a scenario. The Monte Carlo standard error of a chance p is
        ``sqrt(p * (1 - p) / replicates)``: at 100,000 it is 0.0005 for 2.5% and 0.0013 for 80%.
    seed : int
        In [0, 2**64).
    threads : int, optional
        As many as there are processors, unless given. With an `executor`, how many workers it has:
        twice as many ranges of replicates are under way at a time.
    executor : concurrent.futures.Executor, optional
        Threads, processes or a cluster to run on instead of threads of this process; it is not shut
        down. Its workers must see the folder of generated kernels if the design has own parts.
    checkpoint : path, optional
        A file that keeps the run while it goes on: the same call takes it up again after an
        interruption, a killed process included, and with more `replicates` goes on where it ended.
        It holds whole blocks of 1,024 replicates; what is left over is run again. One run at a time
        may use it.
    until : float, optional
        Stop once the standard error of every scenario's chance of finding benefit is at most this;
        looked at after fixed numbers of replicates, `replicates` being the most. A checkpoint that
        is as precise already is given back as it is.
    records : path, optional
        A folder for one record a trial, in Parquet files; see
        :func:`equipoise.store.trial_records.read_records`. Memory does not grow with `replicates`.
        Files of the same run are written again from the checkpoint on, without one from the first
        replicate on.
    allow_failed : float
        The share of trials that may fail, in [0, 1): an own part raised an error (which fails the
        replicate under every scenario), gave an outcome that is not a number or an unknown
        decision. They are counted and left out.
    progress : callable, optional
        ``progress(done, replicates)`` after each range of replicates, in this thread.
    chunks : int, optional
        How many ranges the replicates are cut into; chosen so that memory stays small unless given.
    draw : {"patients", "stage sums"}
        "stage sums": the sums of each stage are drawn instead of patients, where the design allows
        it; the same in law, and faster.

    Returns
    -------
    OperatingCharacteristics
        One :class:`~equipoise.simulation.Characteristics` a scenario, in their order, each value
        with its Monte Carlo standard error.

    Raises
    ------
    InputError
        An argument, a scenario or an own part is wrong; more replicates are in the checkpoint than
        are asked for; the checkpoint or the records are another run's, or the records do not reach
        to where the checkpoint is.
    NumericalError
        More trials failed than `allow_failed`: the first are named by replicate and scenario.
    StorageError
        A file is damaged, cannot be written, or is used by another run.
    KeyboardInterrupt
        Of the user; the checkpoint then holds all ranges that were done.

    Notes
    -----
    Own parts are :class:`~equipoise.parts.rules.OwnRule` and
    :class:`~equipoise.vocabulary.scenario.OwnOutcome`. They are compiled with the engine into a
    module that is kept in the user's cache folder (or ``EQUIPOISE_CACHE_DIR``): the first run of a
    new part takes some twenty seconds, later ones none, in this process or another. A run may have
    one function of each kind; parameters may differ from scenario to scenario. They may not draw
    random numbers but from the uniforms that they are given.
    """
    truths = _truths(design, scenarios)
    own = _own_parts(design, truths)
    module = str(_tried(design, truths, own).__file__) if own else ""
    with ExitStack() as stack:
        for path, what in ((checkpoint, "checkpoint"), (records, "records")):
            if path is not None:
                stack.enter_context(held(path, what))
        return run.simulate(
            design,
            truths,
            replicates=replicates,
            seed=seed,
            threads=threads,
            chunks=chunks,
            executor=executor,
            until=until,
            allow_failed=allow_failed,
            progress=progress,
            keeper=None if checkpoint is None else Checkpoint(checkpoint),
            kept=None if records is None else TrialRecords(records, [row.name for row in truths]),
            module=module,
            draw=draw,
        )


def _truths(
    design: Design, scenarios: Sequence[Scenario] | Scenario | None
) -> tuple[Scenario, ...]:
    if isinstance(scenarios, Scenario):
        return (scenarios,)
    if scenarios is None:
        part = part_of(design.endpoint)
        planned = part.planned(design.endpoint), part.no_effect(design.endpoint)
        return tuple(getattr(design, "scenarios", ())) or planned
    given = tuple(scenarios)
    if not all(isinstance(row, Scenario) for row in given):
        rule = "must be a sequence of eq.Scenario"
        raise InputError.of("scenarios", scenarios, rule, "Make each an eq.Scenario")
    return given


def _own_parts(design: Design, scenarios: Sequence[Scenario]) -> dict[str, Function]:
    """The user's function for each of the engine's hooks that has one."""
    made: dict[str, Function] = {}
    for rule in design.rules:
        if isinstance(rule, OwnRule):
            made["own_rule"] = rule.function
    for row in scenarios:
        for outcomes in (row.outcomes, *(part.outcomes for part in row.strata)):
            if isinstance(outcomes, OwnOutcome):
                found = made.setdefault("own_outcome", outcomes.function)
                _check_same(row, found, outcomes.function)
    return made


def _check_same(row: Scenario, one: Function, other: Function) -> None:
    if python_of(one) is not python_of(other):
        raise InputError.of(
            "outcomes",
            row.name,
            "must be of the function that the other scenarios have: a run compiles one",
            "Use one function with other parameters, or simulate the scenarios one by one",
        )


def _tried(design: Design, scenarios: Sequence[Scenario], own: dict[str, Function]) -> ModuleType:
    """The module of the user's parts, compiled; InputError where it does not compile."""
    made = job_of(design, scenarios, seed=0)
    functions = [engine.run, fixed_looks.run_means]
    if "own_rule" in own:
        functions.append(fixed_looks.fill_decisions)
    if "own_outcome" in own:
        functions.append(fixed_looks.run_rates)
    module = kernels.generated(functions, own)
    job = drawn(replace(made, module=str(module.__file__)), 0, 1)
    with kernels.explained(module):
        job = tabulated(job)
        try:
            call(job, 0, 1, empty(job, 0, 1, keep=False), *records_of(job, BLOCK))
        except (NumbaError, UnsupportedBytecodeError):
            raise
        except Exception:  # raised by a part, and counted when the replicate is run
            return module
    return module
