"""A user's own rule and outcomes, compiled into the engine: right, the same everywhere, checked.

One module holds both parts, since a new one takes long to compile: `parameters` tell the rule and
the outcome what to do.
"""

import json
import math
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from numba import njit

import equipoise as eq
from equipoise.errors import InputError, NumericalError
from equipoise.parts.rules import OwnRule
from equipoise.store.simulate import simulate
from equipoise.store.trial_records import read_records
from equipoise.vocabulary.scenario import OwnOutcome, Scenario

SEED = 11
SIZE = 3 * 1024 + 100
EFFICACY, FUTILITY = 1, 2
TIE = 1e-10

DESIGN = eq.sample_size(
    eq.GroupSequential(
        looks=3, alpha=0.025, power=0.8, futility=eq.Spending("hwang-shih-decani", gamma=-2)
    ),
    eq.Binary(control=0.4, treatment=0.2),
    accrual=eq.Accrual(per_month=40),
)


@njit
def rule(seen, parameters):
    """The plan's boundaries; at the last look, what is wrong where the first parameter asks it."""
    if parameters.size > 0 and seen.look == seen.looks - 1 and seen.treatment_events == 15.0:
        if parameters[0] == 1.0:
            return math.nan
        if parameters[0] == 2.0:
            return 17.0
        if parameters[0] == 3.0:
            raise ValueError("fifteen events")
    if seen.z >= seen.upper - TIE:
        return EFFICACY
    return FUTILITY if seen.look < seen.looks - 1 and seen.z <= seen.lower + TIE else 0


@njit
def outcome(u, arm, entry_day, parameters):
    """An event at the arm's risk; from 0.9999 on, what is wrong where the third parameter asks."""
    if parameters.size > 2 and u[1] > 0.9999:
        if parameters[2] == 1.0:
            return math.nan
        if parameters[2] == 3.0:
            raise ValueError("a large number")
    return 1.0 if u[0] < parameters[arm] else 0.0


@njit
def another(u, arm, entry_day, parameters):
    return 0.0


def with_rule(*parameters):
    return replace(DESIGN, rules=(OwnRule(function=rule, parameters=parameters, instead=True),))


def drawn(*parameters, name="drawn"):
    own = OwnOutcome(function=outcome, parameters=parameters, effect=parameters[1] - parameters[0])
    return Scenario(name=name, outcomes=own)


TRUTHS = (Scenario(name="planned", risks=(0.4, 0.2)), Scenario(name="none", risks=(0.4, 0.4)))
BOTH = (*TRUTHS, drawn(0.4, 0.2))
"""With a scenario of one's own outcomes, so that every run takes the same module."""


def same(one, other):
    first, second = one.totals.as_arrays(), other.totals.as_arrays()
    return all(np.array_equal(first[name], second[name]) for name in first)


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    before = os.environ.get("EQUIPOISE_CACHE_DIR")
    os.environ["EQUIPOISE_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))
    yield os.environ["EQUIPOISE_CACHE_DIR"]
    if before is None:
        del os.environ["EQUIPOISE_CACHE_DIR"]
    else:
        os.environ["EQUIPOISE_CACHE_DIR"] = before


@pytest.fixture(scope="module")
def workers():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


def run(design, truths=BOTH, **options):
    return simulate(design, truths, **{"replicates": SIZE, "seed": SEED, **options})


# What they give


def test_a_rule_equal_to_the_plan_gives_the_same_bits():
    lost = tuple(replace(row, dropout_per_month=0.01) for row in TRUTHS)  # patient by patient
    own, built_in = run(with_rule(), (*lost, BOTH[2])), run(DESIGN, lost)
    assert own.scenarios[:2] == built_in.scenarios
    first, second = own.totals.as_arrays(), built_in.totals.as_arrays()
    for name in ("sums", "at_looks", "stopped", "patients", "days"):
        assert np.array_equal(first[name][:2], second[name])
    assert np.array_equal(first["joint"][:, :2, :2], second["joint"])


def test_a_rule_equal_to_the_plan_agrees_with_tables_of_counts():
    own, fast = run(with_rule()), run(DESIGN, TRUTHS)
    assert np.array_equal(own.totals.stopped[:2], fast.totals.stopped)
    assert own["planned"].benefit == fast["planned"].benefit
    assert own["planned"].patients == fast["planned"].patients


def test_outcomes_equal_in_law_to_the_endpoint():
    """100,000 trials a scenario, seed 11: within 4 Monte Carlo errors of enumeration."""
    scenarios = (*TRUTHS, drawn(0.4, 0.2), drawn(0.4, 0.4, name="drawn, none"))
    found = run(with_rule(), scenarios, replicates=100_000)
    exact = run(DESIGN, TRUTHS, replicates=1)
    for row, truth in zip(found.scenarios[2:], exact.scenarios, strict=True):
        error = math.sqrt(truth.exact * (1 - truth.exact) / 100_000)
        assert row.benefit == pytest.approx(truth.exact, abs=4 * error)
        assert row.known == pytest.approx(truth.exact_patients, abs=4 * row.known_error)
    built_in, own = found["planned"], found["drawn"]
    for name in ("bias", "rmse", "coverage", "events", "harm"):
        error = math.hypot(getattr(built_in, f"{name}_error"), getattr(own, f"{name}_error"))
        assert getattr(own, name) == pytest.approx(getattr(built_in, name), abs=4 * error)
    assert own.effect == pytest.approx(-0.2)


@pytest.mark.parametrize("how", [{"threads": 1}, {"threads": 4, "chunks": 7}, {"executor": None}])
def test_the_same_however_it_is_run(how, workers):
    if "executor" in how:
        how = {"executor": workers}
    assert same(run(with_rule(), **how), run(with_rule(), chunks=1))


def test_a_checkpoint_of_own_parts(tmp_path):
    run(with_rule(), checkpoint=tmp_path / "kept", replicates=1024)
    assert same(run(with_rule(), checkpoint=tmp_path / "kept"), run(with_rule()))
    with pytest.raises(InputError, match="another run"):
        run(with_rule(5.0), checkpoint=tmp_path / "kept")


def test_a_replayed_trial():
    found = run(with_rule())
    shown = found.replay("drawn", 3)
    assert shown.reason in ("efficacy", "futility", "end")


def test_another_process_compiles_nothing(tmp_path):
    source = Path(__file__).read_text(encoding="utf-8")
    script = source[: source.index("def same(")] + (
        "\n\nif __name__ == '__main__':\n"
        "    found = simulate(with_rule(), BOTH, replicates=100, seed=SEED)\n"
        "    kernel = sys.modules[Path(found.job.module).stem].fill_decisions\n"
        "    counts = [kernel.stats.cache_hits, kernel.stats.cache_misses]\n"
        "    counts = [sum(row.values()) for row in counts]\n"
        "    benefit = [row.benefit for row in found.scenarios]\n"
        "    print(json.dumps([*counts, found.job.module, benefit]))\n"
    )
    run(with_rule(), replicates=1)
    (tmp_path / "own_parts.py").write_text(script)
    said = subprocess.run(
        [sys.executable, tmp_path / "own_parts.py"],
        capture_output=True,
        text=True,
        timeout=80,
        check=True,
    )
    hits, misses, module, benefit = json.loads(said.stdout)
    assert (hits, misses) == (1, 0)
    found = run(with_rule(), replicates=100)
    assert benefit == [row.benefit for row in found.scenarios]
    assert module == found.job.module


# What fails

NOT_A_NUMBER = "an outcome of the user's is not a number, or not one that the endpoint has"
UNKNOWN = "a rule gave a decision that is none of the known ones"
RAISED = "a part of the user's raised an error"
WRONG = [
    ("rule", 1.0, UNKNOWN),
    ("rule", 2.0, UNKNOWN),
    ("rule", 3.0, RAISED),
    ("outcome", 1.0, NOT_A_NUMBER),
    ("outcome", 3.0, RAISED),
]


def wrong(part, kind):
    return with_rule(*([kind] if part == "rule" else [])), (
        TRUTHS[0],
        drawn(0.4, 0.2, *([kind] if part == "outcome" else []), name="drawn"),
    )


@pytest.mark.parametrize(("part", "kind", "said"), WRONG)
def test_failures_are_refused_and_named(part, kind, said, workers):
    design, truths = wrong(part, kind)
    for how in ({"threads": 2, "chunks": 2}, {"executor": workers, "chunks": 2}):
        with pytest.raises(NumericalError, match="simulated trials failed, more than the") as told:
            run(design, truths, **how)
        assert said in str(told.value)
        assert "replicate " in str(told.value)
        assert "; and " in str(told.value)
        assert ("under '" in str(told.value)) == (said != RAISED)


@pytest.mark.parametrize(("part", "kind", "said"), WRONG)
def test_failures_are_counted_and_left_out(part, kind, said, workers, tmp_path):
    design, truths = wrong(part, kind)
    failing = run(design, truths, allow_failed=0.5, records=tmp_path / "records")
    assert same(run(design, truths, allow_failed=0.5, chunks=1), failing)
    assert same(run(design, truths, allow_failed=0.5, executor=workers, chunks=3), failing)

    kept = read_records(tmp_path / "records").collect()
    lost = kept.filter(kept["status"] == said)
    assert len(lost) == failing.totals.failed > 0
    assert set(kept["status"].unique()) == {"done", said}
    assert lost["reason"].is_null().all()
    first = min((replicate for replicate, _, _ in failing.totals.failures), default=-1)
    assert lost["replicate"].min() == first

    plain = tmp_path / "plain"
    run(with_rule(), (TRUTHS[0], drawn(0.4, 0.2)), records=plain)
    columns = [name for name in kept.columns if name != "status"]
    done = kept.filter(kept["status"] == "done").select(columns)
    trial = ["scenario", "replicate"]
    right = read_records(plain).collect().select(columns)
    assert done.equals(right.join(done.select(trial), on=trial))
    for row in failing.scenarios:
        trials = SIZE - row.failed
        assert row.looks[0].reached.value == 1
        assert (
            row.benefit
            == done.filter(
                (done["scenario"] == row.scenario.name) & (done["reason"] == "efficacy")
            ).height
            / trials
        )


def test_more_failures_than_allowed_of_what_was_run(tmp_path):
    """The share is one of all replicates to come, and at the end of those that were run."""
    design, truths = wrong("outcome", 1.0)
    with pytest.raises(NumericalError):
        run(design, truths, allow_failed=1e-6, checkpoint=tmp_path / "kept")
    with pytest.raises(NumericalError):
        run(design, truths, allow_failed=1e-6, checkpoint=tmp_path / "kept")
    found = run(design, truths, allow_failed=0.5)
    assert same(run(design, truths, allow_failed=0.5, checkpoint=tmp_path / "kept"), found)


# What is refused


def test_two_functions_for_outcomes():
    other = Scenario(name="other", outcomes=OwnOutcome(function=another))
    with pytest.raises(InputError, match="`outcomes` is 'other'; must be of the function that"):
        run(DESIGN, (drawn(0.4, 0.2), other))
    same_function = Scenario(
        name="plain", outcomes=OwnOutcome(function=outcome.py_func, parameters=(0.4, 0.2))
    )
    found = run(with_rule(), (drawn(0.4, 0.2), same_function))
    assert found["drawn"].benefit == found["plain"].benefit


def test_a_part_that_does_not_compile():
    @njit
    def mistaken(seen, parameters):
        return seen.nothing

    design = replace(DESIGN, rules=(OwnRule(function=mistaken),))
    with pytest.raises(InputError, match=r"`mistaken` is 'return seen\.nothing'; must compile"):
        simulate(design, TRUTHS, replicates=1)


def test_random_numbers_of_another_source():
    @njit
    def random_rule(seen, parameters):
        return 1 if np.random.random() < 0.5 else 0

    design = replace(DESIGN, rules=(OwnRule(function=random_rule),))
    with pytest.raises(InputError, match=r"np\.random\.random in random_rule"):
        simulate(design, TRUTHS, replicates=1)
