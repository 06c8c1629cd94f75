"""Simulated trials against enumeration, against themselves, and against a plain twin.

Stated beforehand: 1,048,576 replicates, seed 20200325, every rate and mean within 4 Monte Carlo
standard errors, sqrt(p (1 - p) / N) for a rate whose exact value p is known.
"""

import functools
import math

import numpy as np
import pytest
from scipy import stats

import equipoise as eq
from equipoise.numerics.trials.decisions import EFFICACY
from equipoise.numerics.trials.records import ESTIMATE, REASON, WORSE
from equipoise.simulation.job import job_of
from equipoise.simulation.run_range import run_range

REPLICATES, SEED, ERRORS = 1_048_576, 20200325, 4


def _design(n, control, treatment, better, alpha=0.025):
    endpoint = eq.Binary(control=control, treatment=treatment, better=better)
    look = eq.PlannedLook(information=1.0, patients=(n, n), efficacy_z=float(stats.norm.isf(alpha)))
    return eq.Design(endpoint=endpoint, plan=eq.FixedSample(alpha=alpha), looks=(look,))


def _scenarios(*risks):
    return [eq.Scenario(name=f"{pair}", risks=pair) for pair in risks]


# At 8 an arm 8 against 5 good has a p-value of exactly 0.1.
# 351, 29 and 30 leave 3, 1 and 2 patients over in the last call of four words; 8 leaves none.
DESIGNS = {
    "351 an arm": (
        _design(351, 0.25, 0.15, "lower"),
        _scenarios((0.25, 0.15), (0.25, 0.25), (0.25, 0.33)),
    ),
    "29 an arm": (
        _design(29, 0.5, 0.9, "higher"),
        _scenarios((0.5, 0.9), (0.5, 0.5), (0.9, 0.6)),
    ),
    "30 an arm": (_design(30, 0.4, 0.1, "lower", 0.05), _scenarios((0.4, 0.1), (0.2, 0.2))),
    "8 an arm": (_design(8, 0.3, 0.9, "higher", 0.1), _scenarios((0.3, 0.9), (0.0, 1.0), (1, 1))),
}


@pytest.fixture(scope="module", params=list(DESIGNS))
def run(request):
    design, scenarios = DESIGNS[request.param]
    return eq.simulate(design, scenarios, replicates=REPLICATES, seed=SEED)


@functools.cache
def _rejections(n, alpha):
    """Pairs of good counts at which each test rejects; a p-value equal to alpha rejects."""
    control, treatment = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    benefit = stats.hypergeom.sf(treatment - 1, 2 * n, control + treatment, n)
    harm = stats.hypergeom.cdf(treatment, 2 * n, control + treatment, n)
    return benefit <= alpha * (1 + 1e-9), harm <= alpha * (1 + 1e-9)


def _enumerated(design, risks):
    """Chances of benefit and of harm from every pair of counts, by Fisher's p-value from scipy."""
    n = design.n_per_arm
    benefit, harm = _rejections(n, design.plan.alpha)
    good = [1 - risk if design.endpoint.better == "lower" else risk for risk in risks]
    count = np.arange(n + 1)
    joint = np.outer(*(stats.binom.pmf(count, n, rate) for rate in good))
    return joint[benefit].sum(), joint[harm].sum()


def test_rates_equal_enumeration(run):
    for row in run.scenarios:
        for exact, shown, rate, error in zip(
            _enumerated(run.design, row.scenario.risks),
            (row.exact, row.exact_harm),
            (row.benefit, row.harm),
            (row.benefit_error, row.harm_error),
            strict=True,
        ):
            assert shown == pytest.approx(exact, rel=1e-9, abs=1e-12)
            assert error == pytest.approx(math.sqrt(exact * (1 - exact) / REPLICATES), abs=1e-9)
            assert abs(rate - exact) <= ERRORS * error + 1e-12


def test_mean_difference_is_the_true_one(run):
    for row in run.scenarios:
        control, treatment = row.scenario.risks
        variance = control * (1 - control) + treatment * (1 - treatment)
        error = math.sqrt(variance / run.design.n_per_arm / REPLICATES)
        assert row.effect == treatment - control
        assert abs(row.bias) <= ERRORS * error + 1e-12
        assert row.estimate == pytest.approx(row.effect + row.bias, abs=1e-12)
        assert row.bias_error == pytest.approx(error, rel=0.01, abs=1e-12)


def test_type_one_error_is_controlled_exactly():
    for design, _ in DESIGNS.values():
        for risk in np.linspace(0, 1, 41):
            benefit, harm = _enumerated(design, (risk, risk))
            assert max(benefit, harm) <= design.plan.alpha + 1e-12
        [row] = eq.simulate(design, _scenarios((0.37, 0.37)), replicates=1).scenarios
        assert row.exact == pytest.approx(_enumerated(design, (0.37, 0.37))[0], abs=1e-12)


@pytest.mark.parametrize("replicates", [1, 1023, 1024, 1025, 10_001])
def test_equal_however_the_work_is_cut(replicates):
    design, scenarios = DESIGNS["29 an arm"]
    runs = [
        eq.simulate(
            design, scenarios, replicates=replicates, seed=SEED, threads=threads, chunks=chunks
        )
        for threads in (1, 2, None)
        for chunks in (1, 7, None)
    ]
    assert all(run == runs[0] for run in runs)


def test_a_scenario_does_not_depend_on_its_company():
    design, scenarios = DESIGNS["29 an arm"]
    together = eq.simulate(design, scenarios, replicates=5000, seed=SEED).scenarios
    for row, scenario in zip(together, scenarios, strict=True):
        assert eq.simulate(design, [scenario], replicates=5000, seed=SEED).scenarios == (row,)


def test_seeds():
    design, scenarios = DESIGNS["351 an arm"]

    def simulated(seed):
        return eq.simulate(design, scenarios, replicates=4096, seed=seed).scenarios

    assert simulated(1) == simulated(1)
    other = [simulated(seed) for seed in (1, 2, 2**32 + 1, 2**64 - 1)]
    assert len({row[0].estimate for row in other}) == 4


def test_progress_counts_every_replicate():
    design, scenarios = DESIGNS["8 an arm"]
    seen = []
    eq.simulate(
        design, scenarios, replicates=10_001, chunks=4, progress=lambda *done: seen.append(done)
    )
    assert [all_of_them for _, all_of_them in seen] == [10_001] * 4
    assert seen[-1][0] == 10_001
    assert sorted(seen) == seen


@pytest.mark.parametrize(
    "wrong", [{"replicates": 0}, {"threads": 0}, {"chunks": 0}, {"seed": -1}, {"seed": 2**64}]
)
def test_wrong_input_is_refused(wrong):
    design, scenarios = DESIGNS["8 an arm"]
    with pytest.raises(eq.InputError):
        eq.simulate(design, scenarios, **wrong)
    with pytest.raises(eq.InputError):
        eq.simulate(design, [])


def _word(seed, replicate, arm, patient):
    """The patient's word: word p % 4 of call p // 4, in Python's own integers."""
    c = [patient // 4, arm, replicate % 2**32, replicate >> 32]
    k = [seed % 2**32, seed >> 32]
    for _ in range(10):
        high_0, low_0 = divmod(0xD2511F53 * c[0], 2**32)
        high_1, low_1 = divmod(0xCD9E8D57 * c[2], 2**32)
        c = [high_1 ^ c[1] ^ k[0], low_1, high_0 ^ c[3] ^ k[1], low_0]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    return c[patient % 4]


@pytest.mark.parametrize("first", [0, 2**32 - 100])
@pytest.mark.parametrize("name", ["29 an arm", "30 an arm", "8 an arm"])
def test_plain_twin(name, first):
    design, scenarios = DESIGNS[name]
    n, seed, last = design.n_per_arm, 0x0123456789ABCDEF, first + 200
    expected = np.zeros((last - first, len(scenarios), 3))
    for replicate in range(first, last):
        words = [[_word(seed, replicate, arm, p) for p in range(n)] for arm in (0, 1)]
        for s, scenario in enumerate(scenarios):
            good = [
                sum(word < round(2**32 * design.endpoint.good(risk)) for word in arm)
                for arm, risk in zip(words, scenario.risks, strict=True)
            ]
            gain = (good[1] - good[0]) / n * (-1 if design.endpoint.better == "lower" else 1)
            benefit, harm = (r[good[0], good[1]] for r in _rejections(n, design.plan.alpha))
            expected[replicate - first, s] = benefit, harm, gain
    part = run_range(job_of(design, scenarios, seed), first, last, keep=True)
    reason = part.counts[:, : last - first, REASON].T == EFFICACY
    worse = part.counts[:, : last - first, WORSE].T
    estimate = part.values[:, : last - first, ESTIMATE].T
    np.testing.assert_array_equal(reason, expected[:, :, 0])
    np.testing.assert_array_equal(worse, expected[:, :, 1])
    np.testing.assert_allclose(estimate, expected[:, :, 2], atol=1e-15)
