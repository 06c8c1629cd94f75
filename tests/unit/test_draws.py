"""Draws from Philox words: accuracy, bits, distribution, independence, addresses.

Distributions and correlations: seed 20261122, one look. A moment or a correlation may be 4 Monte
Carlo standard errors from its value; a Kolmogorov-Smirnov statistic must not reach what an exact
sample exceeds with probability 1e-6.
"""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from scipy import special, stats

from equipoise.numerics.draws import (
    CHI_SQUARE_CALLS,
    chi_square,
    exp_of,
    exponential,
    fill_exponentials,
    fill_normals,
    fine_normal,
    fine_uniform,
    log_of,
    normal,
    normal_point,
    uniform,
)
from equipoise.numerics.philox import fill, key, philox

SEED = 20261122
LAST = 2**32 - 1


@njit
def _logs(x, out):
    for i in range(x.size):
        out[i] = log_of(x[i])


@njit
def _exps(x, out):
    for i in range(x.size):
        out[i] = exp_of(x[i])


@njit
def _points(x, out):
    for i in range(x.size):
        out[i] = normal_point(x[i])


@njit
def _exponentials(out, words, first, last):
    fill_exponentials(out, words, first, last)


@njit
def _normals(out, words, first, last):
    fill_normals(out, words, first, last)


@njit
def _words(calls, purpose, replicates, k0, k1):
    out = np.empty((replicates, 4, calls), np.uint32)
    for r in range(replicates):
        fill(out[r], calls, purpose, r, k0, k1)
    return out


@njit
def _chi_squares(df, variates, purpose, replicates, k0, k1):
    out = np.empty((replicates, variates))
    for r in range(replicates):
        for i in range(variates):
            out[r, i] = chi_square(df, i * CHI_SQUARE_CALLS, purpose, r, k0, k1)
    return out


def _block(call, purpose, replicate, k0, k1):
    counter = (call, purpose, replicate % 2**32, replicate >> 32)
    return [np.uint32(word) for word in philox(*map(np.uint32, counter), k0, k1)]


def applied(kernel, x):
    out = np.empty(x.size)
    kernel(x, out)
    return out


def filled(kernel, words):
    out = np.empty(words.shape)
    kernel(out, words, 0, words.shape[1])
    return out


def stream(kernel, calls=512, purpose=0, replicates=512, seed=SEED):
    """Variates (replicate, patient); patient p from word p % 4 of call p // 4."""
    words = _words(calls, purpose, replicates, *key(seed))
    return np.array([filled(kernel, block).T.ravel() for block in words])


def many_words():
    """Words over the whole range: both ends, the centre, every octave of both tails, and random."""
    near = np.arange(-2000, 2001)
    low = np.concatenate([2**power + near for power in range(33)])
    rng = np.random.default_rng(SEED)
    both = np.concatenate([low, LAST - low, rng.integers(0, 2**32, 400_000)])
    words = np.unique(both[(both >= 0) & (both <= LAST)])
    return words[: len(words) // 4 * 4].astype(np.uint32).reshape(4, -1), words


def ndtri_of(words):
    """The normal point of each word by way of its shorter tail, which keeps all its bits."""
    words = words.astype(np.int64)
    tail = (np.minimum(words, LAST - words) + 0.5) * 2.0**-32
    return np.where(words < 2**31, 1.0, -1.0) * special.ndtri(tail)


def test_uniforms_are_exact_and_inside():
    for word in (0, 1, 2**31 - 1, 2**31, LAST - 1, LAST):
        assert uniform(np.uint32(word)) == (2 * word + 1) / 2**33
    assert uniform(np.uint32(0)) > 0
    assert uniform(np.uint32(LAST)) < 1


def test_log_is_accurate():
    rng = np.random.default_rng(SEED)
    edge = math.sqrt(0.5) * 2.0 ** np.arange(-3, 4)
    x = np.concatenate([
        rng.random(100_000),
        np.exp(rng.uniform(-708, 709, 100_000)),
        1 + rng.uniform(-1, 1, 100_000) * 2.0 ** -rng.integers(1, 50, 100_000),
        (edge[:, None] * (1 + 1e-9 * np.arange(-500, 501))).ravel(),
        [np.finfo(float).tiny, np.finfo(float).max],
    ])  # fmt: skip
    assert np.all(np.abs(applied(_logs, x) - np.log(x)) <= 4e-16 * np.abs(np.log(x)))
    assert applied(_logs, np.ones(9)).tolist() == [0.0] * 9


def test_exp_is_accurate():
    rng = np.random.default_rng(SEED)
    halves = (np.arange(-1000, 1001) + 0.5) * math.log(2)
    x = np.concatenate([
        rng.uniform(-708, 709, 100_000),
        rng.uniform(-1, 1, 100_000),
        halves[(halves > -708) & (halves < 709)],
        [-708.0, 709.0],
    ])  # fmt: skip
    np.testing.assert_allclose(applied(_exps, x), np.exp(x), rtol=4e-16, atol=0)
    outside = applied(_exps, np.array([0.0, -708.5, -np.inf, 709.5, np.inf]))
    assert outside.tolist() == [1.0, 0.0, 0.0, np.inf, np.inf]


def test_exponentials_are_accurate_and_falling():
    block, words = many_words()
    out = filled(_exponentials, block).ravel()
    exact = -np.log1p(-(LAST - words[: out.size] + 0.5) * 2.0**-32)
    low = words[: out.size] < 2**31
    exact[low] = -np.log((words[: out.size][low] + 0.5) * 2.0**-32)
    np.testing.assert_allclose(out, exact, rtol=4e-16, atol=0)
    assert np.all(np.diff(out) < 0)


def test_normals_are_accurate_symmetric_and_rising():
    block, words = many_words()
    out = filled(_normals, block).ravel()
    assert np.abs(out - ndtri_of(words[: out.size])).max() < 1e-11
    assert np.diff(out).min() > 5.6e-10
    assert np.array_equal(filled(_normals, ~block).ravel(), -out)
    ends = [normal(np.uint32(w)) for w in (0, 2**31 - 1, 2**31, LAST)]
    np.testing.assert_allclose(ends, ndtri_of(np.array([0, 2**31 - 1, 2**31, LAST])), atol=1e-11)
    assert ends[1] < 0 < ends[2]


def test_normal_points_are_accurate():
    rng = np.random.default_rng(SEED)
    near = 1 + 1e-9 * np.arange(-500, 501)
    tail = np.concatenate([
        np.exp(rng.uniform(-690, math.log(0.49), 100_000)), 0.075 * near, math.exp(-25) * near
    ])  # fmt: skip
    np.testing.assert_allclose(applied(_points, tail), -special.ndtri(tail), rtol=2e-15, atol=0)
    centre = np.append(rng.uniform(0.49, 0.5, 10_000), 0.5)
    assert np.abs(applied(_points, centre) + special.ndtri(centre)).max() < 1e-16


def test_fine_draws_use_all_64_bits():
    full, none = np.uint32(LAST), np.uint32(0)
    assert fine_uniform(none, none) == 2.0**-65
    assert fine_uniform(none, full) == (LAST + 0.5) * 2.0**-64
    assert fine_uniform(full, full) == 1.0
    assert fine_normal(none, none) == -normal_point(2.0**-65)
    assert fine_normal(np.uint32(2**31), none) == normal_point(2.0**-65)
    assert fine_normal(none, np.uint32(1)) == -normal_point(1.5 * 2.0**-64)
    assert fine_normal(full, full) == 0.0
    assert fine_normal(np.uint32(2**31 - 1), full) == 0.0


def test_bits_are_those_of_every_processor():
    # The digests were the same when compiled for SSE2, for AVX2 with FMA and for AVX-512.
    words = _words(2048, 1, 1, *key(SEED))[0]
    k0, k1 = key(SEED)
    chi_squares = [_chi_squares(df, 8, 1, 64, k0, k1) for df in (1.0, 1.5, 2.0, 7.3, 1e4)]
    exps = applied(_exps, np.arange(-5600, 5601) / 8)
    digests = [
        hashlib.sha256(np.ascontiguousarray(given).astype("<f8").tobytes()).hexdigest()[:16]
        for given in (filled(_exponentials, words), filled(_normals, words), exps, chi_squares)
    ]
    assert digests == [
        "a43b146e38dafdb6",
        "3a05d412f11829e3",
        "b86cdcf9a558dd52",
        "568a29c439538902",
    ]


def test_compiled_loops_contract_nothing():
    _words(4, 0, 1, *key(0))
    filled(_normals, np.zeros((4, 4), np.uint32))
    filled(_exponentials, np.zeros((4, 4), np.uint32))
    for kernel in (_normals, _exponentials):
        for code in kernel.inspect_asm().values():
            assert not any(name in code for name in ("vfmadd", "vfmsub", "vfnmadd", "vfnmsub"))


def test_fills_are_the_steps_and_leave_other_calls_alone():
    words = _words(40, 0, 1, *key(SEED))[0]
    for kernel, step in ((_exponentials, exponential), (_normals, normal)):
        out = np.full(words.shape, np.nan)
        kernel(out, words, 3, 38)
        assert np.isnan(out[:, :3]).all()
        assert np.isnan(out[:, 38:]).all()
        for w in range(4):
            for j in range(3, 38):
                assert out[w, j] == step(words[w, j])


def check_moments(x, raw):
    """Raw moments 1, 2, … against `raw`, which has twice as many as are compared."""
    for k in range(1, len(raw) // 2 + 1):
        error = math.sqrt((raw[2 * k - 1] - raw[k - 1] ** 2) / x.size)
        assert abs((x**k).mean() - raw[k - 1]) < 4 * error


def check_shape(x, cdf):
    assert (
        stats.ks_1samp(x, cdf, method="asymp").statistic < stats.kstwobign.isf(1e-6) / x.size**0.5
    )


def test_normals_are_normal():
    x = stream(_normals).ravel()
    check_moments(x, [0, 1, 0, 3, 0, 15, 0, 105])
    check_shape(x, special.ndtr)


def test_exponentials_are_exponential():
    x = stream(_exponentials).ravel()
    check_moments(x, [math.factorial(k) for k in range(1, 9)])
    check_shape(x, lambda t: -np.expm1(-t))


@pytest.mark.parametrize("df", [1.0, 1.5, 2.0, 3.0, 7.3, 58.0, 1000.0])
def test_chi_squares_are_chi_square(df):
    x = _chi_squares(df, 128, 2, 2048, *key(SEED)).ravel()
    check_moments(x, np.cumprod(df + 2 * np.arange(6)).tolist())
    check_shape(x, lambda t: special.gammainc(df / 2, t / 2))


@pytest.mark.parametrize("df", [1.0, 1.7, 2.0, 9.0])
def test_chi_square_reads_its_own_address(df):
    """Marsaglia & Tsang's algorithm in plain Python on the words of the address."""
    purpose, seed = 3, 2**40 + 5
    for replicate in (0, 1, 2**32 + 9):
        for start in range(0, 160 * CHI_SQUARE_CALLS, CHI_SQUARE_CALLS):
            words = ((int(w) for w in _block(start + i, purpose, replicate, *key(seed)))
                     for i in range(CHI_SQUARE_CALLS))  # fmt: skip
            boost, shape = 1.0, df / 2
            if df < 2:
                a, b, _, _ = next(words)
                boost, shape = ((a * 2**32 + b + 0.5) / 2**64) ** (1 / shape), shape + 1
            d = shape - 1 / 3
            for a, b, e, f in words:
                n = a * 2**32 + b
                x = special.ndtri((n % 2**63 + 0.5) / 2**64) * (-1 if n >> 63 else 1)
                v = (1 + x / math.sqrt(9 * d)) ** 3
                log_u = math.log((e * 2**32 + f + 0.5) / 2**64)
                if v > 0 and log_u < x * x / 2 + d * (1 - v + math.log(v)):
                    break
            got = chi_square(df, start, purpose, replicate, *key(seed))
            assert got == pytest.approx(2 * d * v * boost, rel=1e-12)
            assert got == chi_square(df, start, purpose, replicate, *key(seed))


@pytest.mark.parametrize("kernel", [_normals, _exponentials])
def test_draws_are_uncorrelated(kernel):
    x = stream(kernel)
    pairs = {
        "patients": (x[:, :-1], x[:, 1:]),
        "words": (x[:, 0::4], x[:, 1::4]),
        "calls": (x[:, :-4], x[:, 4:]),
        "replicates": (x[:-1], x[1:]),
        "purposes": (x, stream(kernel, purpose=1)),
        "seeds": (x, stream(kernel, seed=SEED + 1)),
        "high seeds": (x, stream(kernel, seed=SEED + 2**32)),
    }
    for name, (first, second) in pairs.items():
        for power in (1, 2):
            r = np.corrcoef(first.ravel() ** power, second.ravel() ** power)[0, 1]
            assert abs(r) < 4 / math.sqrt(first.size), (name, power)


def test_chi_squares_are_uncorrelated():
    x = _chi_squares(9.0, 64, 0, 2048, *key(SEED))
    pairs = {
        "variates": (x[:, :-1], x[:, 1:]),
        "replicates": (x[:-1], x[1:]),
        "purposes": (x, _chi_squares(9.0, 64, 1, 2048, *key(SEED))),
        "seeds": (x, _chi_squares(9.0, 64, 0, 2048, *key(SEED + 1))),
    }
    for name, (first, second) in pairs.items():
        r = np.corrcoef(first.ravel(), second.ravel())[0, 1]
        assert abs(r) < 4 / math.sqrt(first.size), name


ADDRESS = st.tuples(
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**32 - 1),
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(ADDRESS, ADDRESS, st.sets(st.integers(0, 3), min_size=1))
def test_addresses_that_differ_in_any_part_give_other_blocks(one, other, parts):
    # For one seed that is certain (a bijection); for two, blocks agree with probability 2^-128.
    mixed = tuple(b if i in parts else a for i, (a, b) in enumerate(zip(one, other, strict=True)))
    blocks = []
    for seed, purpose, replicate, call in (one, mixed):
        words = _block(call, purpose, replicate, *key(seed))
        blocks.append([normal(word) for word in words])
    assert (blocks[0] == blocks[1]) == (one == mixed)
