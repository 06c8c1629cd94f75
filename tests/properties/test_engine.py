"""What holds of every simulated trial, whatever the design: with shared random numbers, trial by
trial, and so without tolerance but for rounding."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import equipoise as eq
from equipoise.numerics.trials import records as r
from equipoise.parts.rules import ConditionalPower
from equipoise.simulation.job import job_of
from equipoise.simulation.run import simulate
from equipoise.simulation.run_range import buffers_of, call, empty, records_of, run_range
from equipoise.vocabulary.scenario import Prior, Scenario, Stratum, Survival
from equipoise.vocabulary.trial import Allocation

FEW = settings(max_examples=8)
SEEDS = st.integers(0, 2**64 - 1)
N = 1500


def design_of(kind, *, looks=3, accrual=None, futility=True, by=None, **more):
    upper = [2.6, 2.3, 1.99][-looks:]
    lower = [*([0.0, 0.6] if futility else [-math.inf] * 2)[3 - looks :], -math.inf]
    endpoint = {
        "rates": lambda: eq.Binary(control=0.4, treatment=0.25, test="pooled", **more),
        "Fisher": lambda: eq.Binary(control=0.4, treatment=0.25, test="fisher-exact", **more),
        "means": lambda: eq.Continuous(control=1, treatment=1.6, sd=1, **more),
        "Welch": lambda: eq.Continuous(control=1, treatment=1.6, sd=(1, 1.5), **more),
        "survival": lambda: eq.TimeToEvent(
            hazard_ratio=0.6, control_hazard_per_month=0.1, dropout_per_month=0.02, **more
        ),
    }[kind]()
    sizes = [20, 35, 50][-looks:]
    return eq.Design(
        endpoint=endpoint,
        plan=eq.GroupSequential(looks=looks) if looks > 1 else eq.FixedSample(),
        looks=tuple(
            eq.PlannedLook(
                information=n / sizes[-1],
                patients=(n, n),
                events=n,
                months=3.0 * (k + 1),
                efficacy_z=up,
                futility_z=low,
            )
            for k, (n, up, low) in enumerate(zip(sizes, upper, lower, strict=True))
        ),
        accrual=accrual or (eq.Accrual(per_month=15) if kind == "survival" else None),
        look_by=by,
    )


TRUTHS = {
    "rates": [Scenario(name=f"{p}", risks=(0.4, p)) for p in (0.25, 0.3, 0.4, 0.55)],
    "means": [Scenario(name=f"{m}", means=(1, m)) for m in (1.7, 1.4, 1.0, 0.4)],
    "survival": [Scenario(name=f"{h}", hazard_ratio=h) for h in (0.5, 0.7, 1.0, 1.4)],
}
TRUTHS |= {"Fisher": TRUTHS["rates"], "Welch": TRUTHS["means"]}
KINDS = list(TRUTHS)


def totals_of(oc):
    return {key: value for key, value in oc.totals.as_arrays().items() if key != "joint"}


def kept(design, scenarios, seed, n=N, *, fixed=True):
    job = job_of(design, scenarios, seed)
    job = job if fixed else dataclasses.replace(job, fixed=None)
    part = run_range(job, 0, n, keep=True)
    return part.counts[:, :n], part.values[:, :n], part


# --- scenarios and company ----------------------------------------------------------------------

MIXED = [
    Scenario(name="plain", risks=(0.4, 0.3)),
    Scenario(name="slow", risks=(0.4, 0.3), accrual=eq.Accrual(per_month=5, poisson=True)),
    Scenario(name="slow too", risks=(0.3, 0.3), accrual=eq.Accrual(per_month=5, poisson=True)),
    Scenario(
        name="strata",
        strata=(
            Stratum(name="a", prevalence=0.3, risks=(0.5, 0.1)),
            Stratum(name="b", prevalence=0.7, risks=(0.3, 0.35)),
        ),
    ),
    Scenario(name="lost", risks=(0.4, 0.3), dropout_per_month=0.2, time_trend=0.5),
    Scenario(name="prior", prior=Prior(risks=(0.4, stats.uniform(0.2, 0.2)))),
]


@FEW
@given(order=st.permutations(range(len(MIXED))), seed=SEEDS, size=st.integers(1, len(MIXED)))
def test_company_and_order_do_not_matter(order, seed, size):
    design = dataclasses.replace(
        design_of("rates", accrual=eq.Accrual(per_month=30), delay_days=30),
        allocation=Allocation(sizes=(2, 4), stratified=True),
    )
    chosen = [MIXED[i] for i in order[:size]]
    counts, values, _ = kept(design, chosen, seed, 200)
    for s, scenario in enumerate(chosen):
        alone, others, _ = kept(design, [scenario], seed, 200)
        assert np.array_equal(alone[0], counts[s]), scenario.name
        assert np.array_equal(others[0], values[s], equal_nan=True)


@pytest.mark.parametrize("kind", KINDS)
def test_company_of_every_kind(kind):
    design = design_of(kind)
    together = simulate(design, TRUTHS[kind], replicates=N, seed=3)
    for s, scenario in enumerate(TRUTHS[kind]):
        alone = simulate(design, [scenario], replicates=N, seed=3)
        assert repr(alone.scenarios[0]) == repr(together.scenarios[s])


@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_chunks_and_threads(kind, fixed):
    design = design_of(kind, accrual=None if fixed else eq.Accrual(per_month=20, poisson=True))
    runs = [
        totals_of(
            simulate(design, TRUTHS[kind], replicates=7 * 1024 + 5, seed=9, threads=t, chunks=c)
        )
        for t, c in ((1, 1), (2, 7), (2, 3), (None, None))
    ]
    for other in runs[1:]:
        assert all(np.array_equal(runs[0][key], other[key]) for key in other)


# --- records and totals -------------------------------------------------------------------------

COLUMNS = {
    r.SUM_ENROLLED: lambda c, v: c[..., r.ENROLLED],
    r.SUM_KNOWN: lambda c, v: c[..., r.KNOWN],
    r.SUM_EVENTS: lambda c, v: c[..., r.EVENTS],
    r.SQUARE_ENROLLED: lambda c, v: c[..., r.ENROLLED].astype(float) ** 2,
    r.SUM_DAY: lambda c, v: v[..., r.DAY],
    r.BENEFIT: lambda c, v: c[..., r.REASON] == 1,
    r.ALONE: lambda c, v: c[..., r.EFFICACY_ONLY],
    r.SHORT_OF: lambda c, v: c[..., r.SHORT],
    r.TRIALS: lambda c, v: c[..., r.STATUS] == 0,
}


@pytest.mark.parametrize("fixed", [True, False], ids=["fixed looks", "engine"])
@pytest.mark.parametrize("kind", KINDS)
def test_records_add_up_to_the_totals(kind, fixed):
    design = design_of(kind)
    counts, values, part = kept(design, TRUTHS[kind], 5, fixed=fixed)
    sums = part.sums.sum(0)
    for column, of in COLUMNS.items():
        assert sums[:, column] == pytest.approx(of(counts, values).sum(1), rel=1e-12), column
    assert part.stopped.sum((1, 2)).tolist() == [N] * len(counts)
    assert part.patients.sum(1).tolist() == part.days.sum(1).tolist() == [N] * len(counts)
    for s, look in np.ndindex(len(counts), 3):
        here = counts[s, :, r.LOOK] == look
        reasons = np.bincount(counts[s, here, r.REASON], minlength=8)
        assert part.stopped[s, look].tolist() == reasons.tolist()
        assert part.at_looks[:, s, look, r.REACHED].sum() == (counts[s, :, r.LOOK] >= look).sum()
    job = job_of(design, TRUTHS[kind], 5)
    job = job if fixed else dataclasses.replace(job, fixed=None)
    plain = run_range(job, 0, N)
    for name in ("stopped", "patients", "days", "joint", "at_looks"):
        assert np.array_equal(getattr(plain, name), getattr(part, name)), name
    assert np.array_equal(plain.sums, part.sums, equal_nan=True)


@pytest.mark.parametrize("kind", ["rates", "Fisher", "means", "Welch"])
def test_the_faster_way_gives_the_engines_records(kind):
    design = design_of(kind, accrual=eq.Accrual(per_month=25, ramp_up_months=2), delay_days=20)
    fast = kept(design, TRUTHS[kind], 8)
    slow = kept(design, TRUTHS[kind], 8, fixed=False)
    assert np.array_equal(fast[0], slow[0])
    assert fast[1] == pytest.approx(slow[1], rel=1e-9, abs=1e-9)


@FEW
@given(kind=st.sampled_from(KINDS), seed=SEEDS, futility=st.booleans(), fixed=st.booleans())
def test_the_efficacy_boundary_alone_finds_no_less(kind, seed, futility, fixed):
    design = design_of(kind, futility=futility)
    counts, _, _ = kept(design, TRUTHS[kind], seed, 300, fixed=fixed)
    found, alone = counts[..., r.REASON] == 1, counts[..., r.EFFICACY_ONLY] == 1
    assert np.all(alone[found])
    if not futility:
        assert np.array_equal(found, alone)
        assert np.array_equal(np.isin(counts[..., r.REASON], (1, 7)), np.ones_like(found))
    plain = kept(design_of(kind, futility=False), TRUTHS[kind], seed, 300, fixed=fixed)[0]
    assert np.array_equal(alone, plain[..., r.REASON] == 1)


# --- shared random numbers ----------------------------------------------------------------------


@FEW
@given(kind=st.sampled_from(["rates", "Fisher", "means", "Welch"]), seed=SEEDS)
def test_more_effect_never_loses_benefit(kind, seed):
    """One look at the same patients, those on treatment better off: z does not fall."""
    counts, values, _ = kept(design_of(kind, looks=1), TRUTHS[kind], seed, 300)
    found = counts[..., r.REASON] == 1
    assert np.all(found[:-1] >= found[1:])
    if kind in ("rates", "means"):
        assert np.all(values[:-1, :, r.Z] >= values[1:, :, r.Z] - 1e-9)


def patients(design, scenario, seed, replicate):
    job = job_of(design, [scenario], seed)
    buffers, trace = buffers_of(job), np.zeros((len(design.looks), 15))
    part = empty(job, replicate, replicate + 1, keep=False)
    call(job, replicate, replicate + 1, part, *records_of(job, 1024), trace=trace, buffers=buffers)
    return buffers, trace


@pytest.mark.parametrize("kind", KINDS)
def test_control_patients_are_the_same_in_every_scenario(kind):
    design = dataclasses.replace(
        design_of(kind, accrual=eq.Accrual(per_month=20, poisson=True)),
        allocation=Allocation(sizes=(4, 6)),
    )
    for replicate in (0, 77):
        first, _ = patients(design, TRUTHS[kind][0], 4, replicate)
        for scenario in TRUTHS[kind][1:]:
            other, _ = patients(design, scenario, 4, replicate)
            for name in ("entry", "arm", "lost"):
                assert np.array_equal(getattr(first, name), getattr(other, name))
            control = first.arm == 0
            assert np.array_equal(first.value[control], other.value[control])
            assert not np.array_equal(first.value[~control], other.value[~control])


@pytest.mark.parametrize("kind", KINDS)
def test_a_patient_of_an_arm_is_the_same_under_every_order(kind):
    """By rank within the arm; entries differ, outcomes do not."""
    values = []
    for allocation in (None, Allocation(sizes=(2, 8)), Allocation(kind="simple")):
        design = dataclasses.replace(design_of(kind), allocation=allocation)
        found, _ = patients(design, TRUTHS[kind][0], 4, 12)
        values.append([found.value[found.arm == a] for a in (0, 1)])
    for one, *others in zip(*values, strict=True):
        for other in others:
            n = min(one.size, other.size)
            assert np.array_equal(one[:n], other[:n])


# --- the same trial in other words --------------------------------------------------------------


@FEW
@given(seed=SEEDS, factor=st.sampled_from([0.5, 2.0, 4.0, 1 / 3]))
def test_time_has_no_unit(seed, factor):
    """Months stretched and hazards shrunk: the same trials, days stretched."""
    base = design_of("survival", accrual=eq.Accrual(per_month=15, ramp_up_months=1, poisson=True))
    endpoint = eq.TimeToEvent(
        hazard_ratio=0.6, control_hazard_per_month=0.1 / factor, dropout_per_month=0.02 / factor
    )
    accrual = eq.Accrual(per_month=15 / factor, ramp_up_months=factor, poisson=True)
    stretched = dataclasses.replace(base, endpoint=endpoint, accrual=accrual)
    delayed = [
        Scenario(name="a", hazard_ratio=(1, 0.4), from_months=(0, 3 * by)) for by in (1.0, factor)
    ]
    one = kept(base, [delayed[0]], seed, 200)
    other = kept(stretched, [delayed[1]], seed, 200)
    assert np.array_equal(one[0], other[0])
    days = [r.DAY]
    assert other[1][..., days] == pytest.approx(one[1][..., days] * factor, rel=1e-9)
    rest = [r.Z, r.ESTIMATE, r.ERROR]
    assert other[1][..., rest] == pytest.approx(one[1][..., rest], rel=1e-7, abs=1e-9)


@FEW
@given(seed=SEEDS, shift=st.floats(-50, 50), scale=st.floats(0.1, 30))
def test_means_have_no_unit(seed, shift, scale):
    def made(at, by):
        base = design_of("means")
        endpoint = eq.Continuous(control=at + by, treatment=at + 1.6 * by, sd=by)
        truth = Scenario(name="a", means=(at + by, at + 1.4 * by))
        return kept(dataclasses.replace(base, endpoint=endpoint), [truth], seed, 200)

    one, other = made(0, 1), made(shift, scale)
    assert np.array_equal(one[0], other[0])
    assert other[1][..., r.Z] == pytest.approx(one[1][..., r.Z], rel=1e-7, abs=1e-9)
    pair = [r.ESTIMATE, r.ERROR]
    assert other[1][..., pair] == pytest.approx(one[1][..., pair] * scale, rel=1e-7, abs=1e-9)


@FEW
@given(seed=SEEDS, test=st.sampled_from(["pooled", "fisher-exact", "unpooled"]))
def test_deaths_and_survivors(seed, test):
    """Deaths, fewer better, and survivors, more better, are one trial."""
    design = design_of("rates")
    lower = eq.Binary(control=0.4, treatment=0.25, test=test)
    higher = eq.Binary(control=0.6, treatment=0.75, test=test, better="higher")
    one = kept(
        dataclasses.replace(design, endpoint=lower),
        [Scenario(name="a", risks=(0.4, 0.3))],
        seed,
        300,
    )
    other = kept(
        dataclasses.replace(design, endpoint=higher),
        [Scenario(name="a", risks=(0.6, 0.7))],
        seed,
        300,
    )
    same = [r.LOOK, r.REASON, r.ENROLLED, r.KNOWN, r.EFFICACY_ONLY, r.WORSE]
    assert np.array_equal(one[0][..., same], other[0][..., same])
    assert one[1][..., r.Z] == pytest.approx(other[1][..., r.Z], abs=1e-9)
    assert one[1][..., r.ESTIMATE] == pytest.approx(-other[1][..., r.ESTIMATE], abs=1e-12)


def test_one_stratum_in_two_halves_is_one():
    """Strata that do not differ change nothing but the stratum drawn."""
    design = design_of("rates", accrual=eq.Accrual(per_month=20), delay_days=10)
    halves = tuple(Stratum(name=x, prevalence=0.5, risks=(0.4, 0.3)) for x in "ab")
    one = kept(design, [Scenario(name="a", risks=(0.4, 0.3))], 1, fixed=False)
    other = kept(design, [Scenario(name="a", strata=halves)], 1)
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1], other[1])


def test_weibull_of_shape_one_and_hazards_are_one():
    design = design_of("survival")
    median = math.log(2) / 0.1
    truths = [
        Scenario(name="ratio", hazard_ratio=0.5),
        Scenario(
            name="medians",
            survival=(Survival(median_months=median), Survival(median_months=2 * median)),
        ),
        Scenario(
            name="Weibull",
            survival=(
                Survival(median_months=median, shape=1 + 1e-13),
                Survival(median_months=2 * median),
            ),
        ),
        Scenario(
            name="pieces",
            survival=(
                Survival(hazard_per_month=(0.1, 0.1), from_months=(0, 2)),
                Survival(hazard_per_month=0.05),
            ),
        ),
        Scenario(name="pair", hazard_ratio=(0.5, 0.5), from_months=(0, 1)),
    ]
    counts, values, _ = kept(design, truths, 2)
    for s in range(1, len(truths)):
        assert np.array_equal(counts[s], counts[0])
        assert values[s] == pytest.approx(values[0], rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("kind", ["rates", "Fisher", "means", "survival"])
def test_a_certain_prior_is_its_truth(kind):
    """Bit for bit; of a hazard ratio to the last bits of the hazards' product."""
    field = {"rates": "risks", "means": "means", "survival": "hazard_ratio"}.get(kind, "risks")
    design = design_of(kind)
    for scenario in TRUTHS[kind][:2]:
        value = getattr(scenario, field)
        prior = Scenario(name="p", prior=Prior(**{field: value}))
        one = kept(design, [scenario], 6, fixed=False)
        other = kept(design, [prior], 6)
        assert np.array_equal(one[0], other[0])
        if kind == "survival":
            assert other[1] == pytest.approx(one[1], rel=1e-9, abs=1e-9)
        else:
            assert np.array_equal(one[1], other[1])
            assert np.array_equal(one[2].sums, other[2].sums, equal_nan=True)


def test_a_prior_beside_a_fixed_truth_changes_nothing():
    design = design_of("rates")
    prior = Scenario(name="p", prior=Prior(risks=(stats.beta(8, 12), stats.beta(6, 14))))
    pair = kept(design, [TRUTHS["rates"][0], prior], 6)
    assert np.array_equal(pair[0][0], kept(design, [TRUTHS["rates"][0]], 6, fixed=False)[0][0])
    assert np.array_equal(pair[0][1], kept(design, [prior], 6)[0][0])


@pytest.mark.parametrize("kind", ["rates", "means", "survival"])
def test_a_rule_that_never_stops_changes_nothing(kind):
    design = design_of(kind)
    more = dataclasses.replace(design, rules=(ConditionalPower(at_most=1e-9),))
    one, other = kept(design, TRUTHS[kind][:2], 2, 400), kept(more, TRUTHS[kind][:2], 2, 400)
    assert np.array_equal(one[0], other[0])
    assert one[1] == pytest.approx(other[1], rel=1e-9, abs=1e-9)


@FEW
@given(seed=SEEDS, kind=st.sampled_from(KINDS), n=st.integers(1, 3000))
def test_more_replicates_keep_the_first_ones(seed, kind, n):
    design = design_of(kind)
    few, many = (kept(design, TRUTHS[kind][:2], seed, m) for m in (n, n + 700))
    assert np.array_equal(few[0], many[0][:, :n])
    assert np.array_equal(few[1], many[1][:, :n], equal_nan=True)
