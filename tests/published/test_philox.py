"""Philox 4x32-10 against its authors' vectors, and the addresses that trials draw from.

Vectors: Random123 1.x, file kat_vectors, lines ``philox4x32 10`` (Salmon et al. 2011, SC '11).
"""

import numpy as np
import pytest
from numba import njit
from scipy import stats

from equipoise.numerics.philox import PURPOSE_CONTROL, fill, key, philox, threshold

FULL = 0xFFFFFFFF
KNOWN = [
    (
        (0, 0, 0, 0),
        (0, 0),
        (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8),
    ),
    (
        (FULL, FULL, FULL, FULL),
        (FULL, FULL),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def plain(counter, key_words):
    """Philox 4x32-10 in Python's own integers."""
    c, k = list(counter), list(key_words)
    for _ in range(10):
        high_0, low_0 = divmod(0xD2511F53 * c[0], 2**32)
        high_1, low_1 = divmod(0xCD9E8D57 * c[2], 2**32)
        c = [high_1 ^ c[1] ^ k[0], low_1, high_0 ^ c[3] ^ k[1], low_0]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    return tuple(c)


def compiled(counter, key_words):
    return tuple(int(w) for w in philox(*map(np.uint32, counter), *map(np.uint32, key_words)))


@njit
def _filled(calls, purposes, replicates, k0, k1):
    out = np.empty((purposes.size, replicates.size, 4, calls), np.uint32)
    for p in range(purposes.size):
        for r in range(replicates.size):
            fill(out[p, r], calls, purposes[p], replicates[r], k0, k1)
    return out


def filled(calls, purposes, replicates, seed):
    """Words (purpose, replicate, word, call)."""
    return _filled(calls, np.array(purposes, np.int64), np.array(replicates, np.int64), *key(seed))


@pytest.mark.parametrize(("counter", "key_words", "words"), KNOWN)
def test_known_answers(counter, key_words, words):
    assert compiled(counter, key_words) == words
    assert plain(counter, key_words) == words


def test_compiled_equals_plain_on_random_inputs():
    rng = np.random.default_rng(20200325)
    for row in rng.integers(0, 2**32, size=(500, 6)).tolist():
        assert compiled(row[:4], row[4:]) == plain(row[:4], row[4:])


def test_key_is_the_seed_low_word_first():
    assert [int(w) for w in key(0x0123456789ABCDEF)] == [0x89ABCDEF, 0x01234567]
    assert [int(w) for w in key(2**64 - 1)] == [FULL, FULL]


def test_fill_is_the_function_at_each_address():
    seed = 0x0123456789ABCDEF
    purposes, replicates = [0, 1, 5], [0, 1, 1023, 2**32 - 1, 2**32, 2**40 + 7]
    words = filled(5, purposes, replicates, seed)
    for p, purpose in enumerate(purposes):
        for r, replicate in enumerate(replicates):
            for call in range(5):
                counter = (call, purpose, replicate % 2**32, replicate >> 32)
                expected = plain(counter, (0x89ABCDEF, 0x01234567))
                assert tuple(words[p, r, :, call].tolist()) == expected


def test_no_two_draws_share_an_address():
    # For one key Philox is a bijection of counters, so equal blocks would mean equal addresses.
    replicates = [*range(300), *range(2**32, 2**32 + 300)]
    words = filled(90, [PURPOSE_CONTROL, PURPOSE_CONTROL + 1], replicates, 1)
    blocks = np.moveaxis(words, 2, -1).reshape(-1, 4)
    assert len(blocks) == 2 * 600 * 90
    assert len(np.unique(blocks, axis=0)) == len(blocks)


def test_seeds_give_other_streams():
    seeds = [0, 1, 2, 2**32, 2**32 + 1, 2**64 - 1]
    streams = np.array([filled(8, [0], [0], seed).ravel() for seed in seeds])
    assert len(np.unique(streams, axis=0)) == len(seeds)
    assert np.unique(streams).size == streams.size


def test_threshold_is_exact_at_the_ends_and_close_between():
    assert int(threshold(0.0)) == 0
    assert int(threshold(1.0)) == 2**32
    assert int(threshold(0.5)) == 2**31
    assert int(threshold(0.75)) == 3 * 2**30
    for probability in np.random.default_rng(7).random(2000):
        assert abs(int(threshold(probability)) / 2**32 - probability) <= 2**-33


# Bounds stated beforehand: seed 20200325, 4,194,304 words, one look; the central 1 - 1e-6 of the
# reference distribution.
@pytest.mark.parametrize("shift", [0, 12, 24])
def test_bytes_are_uniform(shift):
    words = filled(256, [0, 1], range(2048), 20200325)
    counts = np.bincount(((words >> np.uint32(shift)) & np.uint32(255)).ravel(), minlength=256)
    assert counts.sum() == 4_194_304
    statistic = ((counts - counts.mean()) ** 2 / counts.mean()).sum()
    low, high = stats.chi2.ppf([5e-7, 1 - 5e-7], 255)
    assert low < statistic < high


@pytest.mark.parametrize("pair", ["words", "calls", "purposes", "replicates"])
def test_neighbours_are_independent(pair):
    axis = {"purposes": 0, "replicates": 1, "words": 2, "calls": 3}[pair]
    nibble = np.moveaxis(filled(256, [0, 1], range(2048), 20200325), axis, 0) >> np.uint32(28)
    first, second = nibble[0::2].ravel().astype(int), nibble[1::2].ravel().astype(int)
    counts = np.bincount(16 * first + second, minlength=256)
    statistic = ((counts - counts.mean()) ** 2 / counts.mean()).sum()
    low, high = stats.chi2.ppf([5e-7, 1 - 5e-7], 255)
    assert low < statistic < high
