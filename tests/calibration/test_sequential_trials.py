"""Simulated trials with several looks against exact enumeration, themselves and a plain twin.

Stated beforehand: 1,048,576 replicates, seed 20200325, every share within 4 Monte Carlo standard
errors, sqrt(p (1 - p) / N) for a share whose exact value p is known.
"""

import itertools
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from equipoise.numerics.philox import key, threshold
from equipoise.numerics.sequential_counts import (
    fisher_look_tables,
    futility_tables,
    stopping_probabilities,
)
from equipoise.numerics.two_arm_trials import (
    BENEFIT,
    COLUMNS,
    CONTROL,
    CONTROL_SQUARE,
    DIFFERENCE,
    FUTILITY,
    HARM,
    PRODUCT,
    SQUARE,
    difference_sums,
    run_looks,
)

REPLICATES, SEED, ERRORS = 1_048_576, 20200325, 4
LEVELS = (0.0001, 0.006, 0.023)
GOOD = ((0.75, 0.85), (0.75, 0.75), (0.75, 0.67), (0.5, 0.5))
LIMITS = np.array([[threshold(risk) for risk in pair] for pair in GOOD], np.uint64)
LOOKS = {
    "equal": (np.array([117, 234, 351]), np.array([117, 234, 351])),
    "unequal": (np.array([60, 121, 183]), np.array([119, 242, 363])),
}


def _difference(good_treatment, n_treatment, good_control, n_control):
    return good_treatment / n_treatment - good_control / n_control


def _mirrored(table, n_control, n_treatment, beyond):
    """The table with good and bad exchanged: at or above becomes at or below, and back."""
    out = np.full_like(table, beyond)
    for k, (n_0, n_1) in enumerate(zip(n_control, n_treatment, strict=True)):
        out[k, : n_0 + 1] = n_1 - table[k, : n_0 + 1][::-1]
    return out


def _rules(n_control, n_treatment):
    """Look tables: none for futility, one for futility, one for harm at every look as well."""
    benefit = fisher_look_tables(n_control, n_treatment, LEVELS)
    never = np.full_like(benefit, -1)
    futility = futility_tables(n_control, n_treatment, [0, 0.02, -math.inf], _difference)
    harm = _mirrored(benefit, n_control, n_treatment, -1)
    last = np.where(np.arange(3)[:, np.newaxis] == 2, harm, -1)
    return {
        "benefit only": (benefit, never, last),
        "futility": (benefit, futility, last),
        "harm": (benefit, never, harm),
    }


RULES = ["benefit only", "futility", "harm"]


def _run(first, last, looks, rule):
    return run_looks(first, last, *looks, LIMITS, *_rules(*looks)[rule], *key(SEED))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("looks", LOOKS.values(), ids=LOOKS)
def test_shares_equal_enumeration(looks, rule):
    simulated = _run(0, REPLICATES, looks, rule)
    stopped = simulated[..., BENEFIT] + simulated[..., FUTILITY]
    assert stopped.sum(1).tolist() == [REPLICATES] * len(GOOD)
    benefit, futility, harm = _rules(*looks)[rule]
    stops = np.maximum(futility, harm)
    # With good and bad exchanged, stopping for harm at the last look is finding benefit.
    worse = _mirrored(np.vstack([stops[:2], harm[2:]]), *looks, looks[1].max() + 1)
    better = _mirrored(benefit, *looks, -1)
    for counts, risks in zip(simulated, GOOD, strict=True):
        exact = stopping_probabilities(*looks, benefit, stops, *risks)
        _close(counts[:, [BENEFIT, FUTILITY]], exact)
        exact = stopping_probabilities(*looks, worse, better, *(1 - risk for risk in risks))
        _close(counts[2, HARM], exact[2, 0])
        _close(counts[:2, FUTILITY], exact[:2, 0])
        expected = counts[:2, FUTILITY] if rule == "harm" else [0, 0]
        assert counts[:2, HARM].tolist() == list(expected)


def _close(counts, exact):
    error = np.sqrt(exact * (1 - exact) / REPLICATES)
    assert np.all(np.abs(counts / REPLICATES - exact) <= ERRORS * error + 1e-9)


@pytest.mark.parametrize("looks", LOOKS.values(), ids=LOOKS)
def test_without_stopping_the_mean_difference_is_the_true_one(looks):
    """A rule that stops nowhere before the last look reaches every patient."""
    never = np.full((3, looks[0].max() + 1), -1)
    benefit = np.full_like(never, looks[1].max() + 1)
    out = run_looks(0, REPLICATES, *looks, LIMITS, benefit, never, never, *key(SEED))
    assert not out[:, :2].any()
    total, squares = difference_sums(out, *looks)
    n_0, n_1 = looks[0][2], looks[1][2]
    for s, (control, treatment) in enumerate(GOOD):
        mean = total[s, 2] / REPLICATES
        variance = control * (1 - control) / n_0 + treatment * (1 - treatment) / n_1
        assert abs(mean - (treatment - control)) <= ERRORS * math.sqrt(variance / REPLICATES)
        assert squares[s, 2] / REPLICATES - mean**2 == pytest.approx(variance, rel=0.01)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("looks", LOOKS.values(), ids=LOOKS)
def test_equal_however_the_work_is_cut(looks, rule):
    whole = _run(0, 10_001, looks, rule)
    for cuts in ([1], [1023, 1024, 1025, 9999], range(73, 10_001, 73)):
        parts = itertools.pairwise([0, *cuts, 10_001])
        with ThreadPoolExecutor(2) as pool:
            total = sum(pool.map(lambda part: _run(*part, looks, rule), parts))
        assert total.tolist() == whole.tolist()


def test_a_scenario_does_not_depend_on_its_company():
    looks = LOOKS["unequal"]
    tables = _rules(*looks)["futility"]
    together = run_looks(0, 5000, *looks, LIMITS, *tables, *key(SEED))
    for s in range(len(GOOD)):
        alone = run_looks(0, 5000, *looks, LIMITS[s : s + 1], *tables, *key(SEED))
        assert alone[0].tolist() == together[s].tolist()


def _words(call, arm, replicate):
    """A call's four words, those of patients 4 call … 4 call + 3, in Python's own integers."""
    c = [call, arm, replicate % 2**32, replicate >> 32]
    k = [SEED % 2**32, SEED >> 32]
    for _ in range(10):
        high_0, low_0 = divmod(0xD2511F53 * c[0], 2**32)
        high_1, low_1 = divmod(0xCD9E8D57 * c[2], 2**32)
        c = [high_1 ^ c[1] ^ k[0], low_1, high_0 ^ c[3] ^ k[1], low_0]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    return c


# Looks that begin and end within a call of four words, within the same call, and add nobody.
@pytest.mark.parametrize(
    ("n_control", "n_treatment"),
    [
        ([7, 18, 29], [7, 18, 29]),
        ([1, 2, 3, 5], [4, 8, 12, 13]),
        ([5, 5, 6], [0, 9, 9]),
        ([10], [15]),
    ],
)
def test_plain_twin(n_control, n_treatment):
    n_control, n_treatment = np.array(n_control), np.array(n_treatment)
    looks, random = n_control.size, np.random.default_rng(7)
    good = ((0.3, 0.6), (0.5, 0.5), (0.0, 1.0), (1.0, 0.0))
    limits = np.array([[threshold(risk) for risk in pair] for pair in good], np.uint64)
    shape = (looks, n_control.max() + 1)
    most = n_treatment[:, np.newaxis]
    benefit = random.integers(most // 2, most + 2, shape)
    futility = random.integers(-1, most // 3 + 1, shape)
    harm = random.integers(-1, most // 4 + 1, shape)
    first, last = 2**32 - 150, 2**32 + 150
    expected = np.zeros((len(good), looks, COLUMNS), int)
    for replicate in range(first, last):
        patients = np.array(
            [[w for call in range(8) for w in _words(call, arm, replicate)] for arm in (0, 1)]
        )
        for s, pair in enumerate(limits):
            for k in range(looks):
                control = int((patients[0, : n_control[k]] < pair[0]).sum())
                treatment = int((patients[1, : n_treatment[k]] < pair[1]).sum())
                found = treatment >= benefit[k, control]
                worse = treatment <= harm[k, control]
                gain = treatment - control
                if found or worse or treatment <= futility[k, control] or k == looks - 1:
                    for column, value in (
                        (BENEFIT, found),
                        (FUTILITY, not found),
                        (HARM, worse),
                        (DIFFERENCE, gain),
                        (SQUARE, gain**2),
                        (CONTROL, control),
                        (CONTROL_SQUARE, control**2),
                        (PRODUCT, control * gain),
                    ):
                        expected[s, k, column] += value
                    break
    ours = run_looks(
        first, last, n_control, n_treatment, limits, benefit, futility, harm, *key(SEED)
    )
    assert ours.tolist() == expected.tolist()
