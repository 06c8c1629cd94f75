"""Random streams: no address is read for two purposes, and words at different addresses are
independent.

Stated beforehand: seed 20261122 and its neighbours, 262,144 words a stream; correlations within 4
standard errors, 1 / sqrt(n); chi-square statistics within 4 standard deviations of their mean.
"""

import itertools
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numba import njit

from equipoise.numerics.philox import fill, fill_calls, key
from equipoise.numerics.trials import addresses

SEED, WORDS, ERRORS = 20261122, 1 << 18, 4
PURPOSES = (
    *addresses.ALL,
    addresses.OWN_OUTCOME,
    addresses.OWN_OUTCOME + 1,
    *range(addresses.STAGE, addresses.STAGE + 4),
)

# One trial by the kernels' own text, not compiled, with every call of Philox written down.
LOGGED = """
import json, sys, warnings
warnings.simplefilter("ignore")
import numpy as np
from scipy import stats
import equipoise as eq
from equipoise.numerics import draws, philox as source
from equipoise.numerics.trials import course, engine, fixed_looks, outcomes, own, priors
from equipoise.parts.rules import SafetyBoundary
from equipoise.simulation import run_range as running
from equipoise.simulation.job import job_of
from equipoise.vocabulary.scenario import Prior, Scenario, Stratum
from equipoise.vocabulary.trial import Allocation

plain, calls = source.philox, []

def noted(c0, c1, c2, c3, k0, k1):
    frame = sys._getframe(1)
    while frame.f_code.co_name in ("fill", "fill_calls"):
        frame = frame.f_back
    calls.append((f"{frame.f_code.co_name}:{frame.f_lineno}", int(c1), int(c0), int(c2), int(c3)))
    return plain(c0, c1, c2, c3, k0, k1)

for module in (engine, fixed_looks):  # an intrinsic of the compiler that changes nothing
    if hasattr(module, "borrowed"):
        module.borrowed = lambda given: given
for module in (source, draws, engine, fixed_looks, priors):
    module.philox = noted

def looks(*sizes, events=None):
    return tuple(
        eq.PlannedLook(information=n[-1] / sizes[-1][-1], patients=n, efficacy_z=9.0,
                       events=None if events is None else events[k])
        for k, n in enumerate(sizes))

plan = eq.GroupSequential(looks=2)
strata = tuple(Stratum(name=x, prevalence=0.5, risks=(0.5, 0.4)) for x in "ab")
chance = eq.Accrual(per_month=20, poisson=True)
binary = eq.Binary(control=0.5, treatment=0.4, test="pooled", delay_days=20)
allocation = Allocation(sizes=(2, 4), stratified=True)
mean = eq.Continuous(control=0, treatment=1, sd=1)
cases = {
    "rates": (eq.Design(endpoint=binary, plan=plan, looks=looks((9, 9), (15, 15)), accrual=chance,
              allocation=allocation, rules=(SafetyBoundary(z=9.0),)),
              Scenario(name="a", strata=strata, dropout_per_month=0.1, adverse_risks=(0.1, 0.2)),
              False),
    "simple": (eq.Design(endpoint=mean, plan=plan, looks=looks((9, 9), (15, 15)), accrual=chance,
               allocation=Allocation(kind="simple")),
               Scenario(name="a", prior=Prior(means=(stats.norm(0, 1), stats.norm(1, 1)))), False),
    "stages": (eq.Design(endpoint=mean, plan=plan, looks=looks((9, 9), (15, 15))),
               Scenario(name="a", means=(0, 1)), True),
    "patients": (eq.Design(endpoint=mean, plan=plan, looks=looks((9, 9), (15, 15))),
                 Scenario(name="a", means=(0, 1)), False),
}
out = {}
for name, (design, scenario, by_stage) in cases.items():
    calls.clear()
    job = job_of(design, [scenario], 20261122, by_stage=by_stage)
    running.run_range(job, 5 * 1024, 5 * 1024 + 2)
    out[name] = list(calls)
print(json.dumps(out))
"""


@pytest.fixture(scope="module")
def logged(tmp_path_factory):
    script = tmp_path_factory.mktemp("streams") / "logged.py"
    script.write_text(LOGGED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_no_address_is_read_for_two_draws(logged):
    """An address is (purpose, call, replicate); a draw is a place in the text of the kernels."""
    for name, calls in logged.items():
        owner = {}
        for place, *address in calls:
            assert owner.setdefault(tuple(address), place) == place, (name, address)
        assert {row[3] for row in calls} == {5 * 1024, 5 * 1024 + 1}


def test_purposes_read(logged):
    """Each purpose of `addresses` that the design needs, and no others."""
    read = {name: {row[1] for row in calls} for name, calls in logged.items()}
    a = addresses
    assert read["rates"] == {
        0,
        1,
        a.ENROLMENT,
        a.ALLOCATION,
        a.BLOCK,
        a.STRATUM,
        a.DROPOUT,
        a.ADVERSE,
    }
    assert read["simple"] == {0, 1, a.ENROLMENT, a.ALLOCATION, a.PRIOR}
    assert read["patients"] == {0, 1}
    assert min(read["stages"]) >= a.STAGE
    places = {
        (purpose, place.split(":")[0]) for name in logged for place, purpose, *_ in logged[name]
    }
    by_purpose = {purpose: {who for p, who in places if p == purpose} for purpose, _ in places}
    shared = {p: who for p, who in by_purpose.items() if len(who) > 1}
    # Outcomes: by the engine or by the kernels for fixed looks; allocation: simple or in blocks.
    assert set(shared) <= {0, 1, a.ALLOCATION}


def test_purposes_lie_apart():
    assert len(set(addresses.ALL)) == len(addresses.ALL)
    named = addresses.ALL[2:]
    assert max(addresses.OUTCOME + 2**16 - 1, -1) < min(named) <= max(named) < addresses.OWN_OUTCOME
    assert addresses.OWN_OUTCOME + 2**16 <= addresses.STAGE < 2**32


@njit
def filled(calls, purpose, replicate, k0, k1):
    words = np.empty((4, calls), np.uint32)
    fill(words, calls, purpose, replicate, k0, k1)
    return words


@njit
def first_calls(replicates, purpose, k0, k1):
    words = np.empty((4, 1), np.uint32)
    out = np.empty((replicates, 4), np.uint32)
    for replicate in range(replicates):
        fill_calls(words, 0, 1, purpose, replicate, k0, k1)
        out[replicate] = words[:, 0]
    return out


def stream(purpose=0, replicate=0, seed=SEED):
    return filled(WORDS // 4, purpose, replicate, *key(seed)).T.ravel()


STREAMS = {
    **{f"purpose {p}": (p, 0, SEED) for p in PURPOSES},
    **{f"replicate {r}": (0, r, SEED) for r in (1, 2, 1024, 2**32, 2**32 + 1)},
    **{f"seed {s}": (0, 0, s) for s in (SEED + 1, SEED ^ 1 << 32, 0, 2**64 - 1)},
}


@pytest.fixture(scope="module")
def streams():
    return {name: stream(*where) for name, where in STREAMS.items()}


def test_streams_are_not_correlated(streams):
    """Words, their lowest and their highest bits, between all pairs of streams."""
    pairs = len(streams) * (len(streams) - 1) // 2
    beyond = 0
    for change in (lambda w: w, lambda w: w & 1, lambda w: w >> 31):
        table = np.array([change(words).astype(float) for words in streams.values()])
        found = np.corrcoef(table)[np.triu_indices(len(streams), 1)]
        beyond += (np.abs(found) > ERRORS / math.sqrt(WORDS)).sum()
        assert np.std(found) == pytest.approx(
            1 / math.sqrt(WORDS), rel=ERRORS / math.sqrt(2 * pairs)
        )
    assert beyond <= 1  # of some 800, each with a chance of 6e-5


def chi_square(cells, count):
    return ((np.bincount(cells, minlength=count) - cells.size / count) ** 2).sum() / (
        cells.size / count
    )


def test_joint_bits(streams):
    """The top six bits of each stream with those of the next: 4,096 cells."""
    names = list(streams)
    for one, other in itertools.pairwise(names):
        cells = (streams[one] >> 26).astype(int) * 64 + (streams[other] >> 26)
        assert abs(chi_square(cells, 4096) - 4095) <= ERRORS * math.sqrt(2 * 4095), (one, other)


@pytest.mark.parametrize("purpose", [0, 1, addresses.DROPOUT])
def test_patients_and_replicates(purpose):
    """Neighbouring patients of a replicate, and the same patient of neighbouring replicates."""
    words = first_calls(WORDS, purpose, *key(SEED)) >> 26
    patients = [words[:, i].astype(int) * 64 + words[:, i + 1] for i in range(3)]
    replicates = [words[:-1, i].astype(int) * 64 + words[1:, i] for i in range(4)]
    for cells in (*patients, *replicates):
        assert abs(chi_square(cells, 4096) - 4095) <= ERRORS * math.sqrt(2 * 4095)
    along = stream(purpose) >> 26
    for lag in (1, 4):
        cells = along[:-lag].astype(int) * 64 + along[lag:]
        assert abs(chi_square(cells, 4096) - 4095) <= ERRORS * math.sqrt(2 * 4095)


def test_single_bits(streams):
    for name, words in streams.items():
        ones = np.array([((words >> bit) & 1).mean() for bit in range(32)])
        assert np.all(np.abs(ones - 0.5) <= ERRORS * 0.5 / math.sqrt(WORDS)), name
