"""What must hold for every input: order, containment, symmetry, monotonicity."""

import itertools
import math
import re

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy import stats

from equipoise.numerics.binomial import (
    beta_binomial_tail,
    beta_interval,
    binomial_tail,
    clopper_pearson,
    failures_tolerated,
    rate_reaching,
)
from equipoise.numerics.blocks import BLOCK, block_ranges
from equipoise.numerics.comparison import beta_on_logit, probability_better
from equipoise.numerics.rates import rate_ratio, rate_ratio_from_proportions
from equipoise.numerics.two_by_two import (
    binomial_pmf,
    exact_sample_size,
    fisher_power,
    fisher_table,
    newcombe_difference,
)
from equipoise.wording import percent, percent_range, probability

levels = st.floats(0.5, 0.999)
inside = st.floats(0, 1, exclude_min=True, exclude_max=True)


@st.composite
def counts(draw, most=400, least=0):
    n = draw(st.integers(1, most))
    return draw(st.integers(min(least, n), n)), n


# One proportion


@given(counts(), levels)
def test_exact_interval_contains_the_estimate(count, level):
    x, n = count
    low, high = clopper_pearson(x, n, level)
    assert 0 <= low <= x / n <= high <= 1
    assert (low == 0) == (x == 0)
    assert (high == 1) == (x == n)


@given(counts(), levels)
def test_exact_interval_turns_with_events_and_failures(count, level):
    x, n = count
    low, high = clopper_pearson(x, n, level)
    assert clopper_pearson(n - x, n, level) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@given(counts(), levels, levels)
def test_exact_interval_widens_with_the_level(count, one, other):
    narrow, wide = (clopper_pearson(*count, level) for level in sorted((one, other)))
    assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]


@given(counts(), levels)
def test_exact_interval_rises_with_events_and_falls_with_failures(count, level):
    x, n = count
    low, high = clopper_pearson(x, n, level)
    better, worse = clopper_pearson(x + 1, n + 1, level), clopper_pearson(x, n + 1, level)
    assert better[0] >= low
    assert better[1] >= high
    assert worse[0] <= low
    assert worse[1] <= high


@given(counts(most=60), inside)
def test_exact_interval_covers(count, rate):
    _, n = count
    limits = np.array([clopper_pearson(x, n) for x in range(n + 1)])
    chance = binomial_pmf(n, rate)
    assert chance[limits[:, 0] > rate].sum() <= 0.025 + 1e-9
    assert chance[limits[:, 1] < rate].sum() <= 0.025 + 1e-9


@given(counts())
def test_uniform_prior_lies_inside_the_exact_interval(count):
    x, n = count
    low, high = clopper_pearson(x, n)
    inner = beta_interval(x + 1, n - x + 1)
    assert inner[0] < inner[1]
    assert x == n or inner[1] <= high
    assert x == 0 or inner[0] >= low


@given(counts(most=200, least=1), st.floats(1e-6, 1 - 1e-6))
def test_rate_reaching_inverts_the_tail(count, tail):
    rate = rate_reaching(*count, tail)
    assert 0 < rate < 1
    assert float(binomial_tail(*count, rate)) == pytest.approx(tail, rel=1e-7)


@given(counts(most=120), inside)
def test_binomial_tail_is_the_sum_of_the_chances(count, rate):
    x, n = count
    assert float(binomial_tail(x, n, rate)) == pytest.approx(
        math.fsum(binomial_pmf(n, rate)[x:]), rel=1e-9, abs=1e-300
    )


@given(counts(most=120), st.floats(0.1, 500), st.floats(0.1, 500))
def test_beta_binomial_tail_is_a_falling_distribution(count, a, b):
    x, n = count
    assert beta_binomial_tail(0, n, a, b) == pytest.approx(1, abs=1e-9)
    assert beta_binomial_tail(x, n, a, b) * (1 + 1e-9) >= beta_binomial_tail(x + 1, n, a, b)


@given(st.integers(1, 300), st.floats(0.02, 0.98))
def test_failures_tolerated_is_the_last_that_holds(events, rate):
    extra = failures_tolerated(events, rate)
    assert extra >= -1
    assert clopper_pearson(events, events + extra + 1)[0] <= rate
    assert extra == -1 or clopper_pearson(events, events + extra)[0] > rate


def test_failures_tolerated_by_nobody():
    assert failures_tolerated(0, 0.5) == -1


# Two arms

small = st.integers(1, 60)
alphas = st.floats(0.001, 0.3)


@given(small, small, alphas)
def test_fisher_table_does_not_fall(n, m, alpha):
    table = fisher_table(n, m, alpha)
    assert table.shape == (n + 1,)
    assert (np.diff(table) >= 0).all()
    assert table.min() >= 1
    assert table.max() <= m + 1


@given(small, small, alphas, alphas)
def test_fisher_rejects_more_at_a_higher_level(n, m, one, other):
    low, high = sorted((one, other))
    assert (fisher_table(n, m, high) <= fisher_table(n, m, low)).all()


@given(small, small, alphas, st.floats(0, 1))
def test_fisher_keeps_its_level(n, m, alpha, rate):
    assert fisher_power(n, m, rate, rate, alpha) <= alpha + 1e-12


@given(small, small, alphas, st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_power_rises_with_the_effect(n, m, alpha, control, one, other):
    less, more = sorted((one, other))
    power = fisher_power(n, m, control, less, alpha)
    assert power <= fisher_power(n, m, control, more, alpha) + 1e-12
    assert power <= fisher_power(n, m, min(control, less), less, alpha) + 1e-12
    assert -1e-12 <= power <= 1 + 1e-12


@given(small, alphas, alphas, inside, inside)
def test_power_rises_with_alpha(n, one, other, control, treatment):
    low, high = (fisher_power(n, n, control, treatment, alpha) for alpha in sorted((one, other)))
    assert low <= high + 1e-12


@given(small, small, alphas)
def test_fisher_turns_with_arms_and_outcomes(n, m, alpha):
    # Good on treatment is bad on control, with the arms exchanged: the same table, read across.
    rejects = np.arange(m + 1)[None, :] >= fisher_table(n, m, alpha)[:, None]
    turned = np.arange(n + 1)[None, :] >= fisher_table(m, n, alpha)[:, None]
    assert (rejects == turned[::-1, ::-1].T).all()


@pytest.mark.parametrize(
    ("control", "treatment"), [(0.1, 0.9), (0.05, 0.95), (0.5, 0.99), (0.3, 0.7), (0.01, 0.4)]
)
@pytest.mark.parametrize(("alpha", "power"), [(0.025, 0.9), (0.05, 0.85), (0.005, 0.85)])
def test_no_smaller_trial_would_do(control, treatment, alpha, power):
    # Three of these meet a tooth of the saw: an n that would do, followed by one that would not.
    n = exact_sample_size(control, treatment, alpha, power)
    enough = np.array(
        [fisher_power(k, k, control, treatment, alpha) >= power for k in range(1, n + 2)]
    )
    assert np.flatnonzero(enough[:-1] & enough[1:]).tolist() == [n - 1]


@given(counts(), counts())
def test_newcombe_is_ordered_and_turns_with_the_arms(one, other):
    difference, (low, high) = newcombe_difference(*one, *other)
    assert -1 - 1e-12 <= low <= difference <= high <= 1 + 1e-12
    turned, (turned_low, turned_high) = newcombe_difference(*other, *one)
    assert (turned, turned_low, turned_high) == pytest.approx((-difference, -high, -low), abs=1e-12)


shapes = st.sampled_from([0.5, 1.0, 3.5, 12.5, 31.5, 80.0])


@given(shapes, shapes, shapes, shapes)
def test_swapped_arms_share_the_certainty(a, b, c, d):
    one = probability_better(a, b, beta_on_logit(c, d))
    other = probability_better(c, d, beta_on_logit(a, b))
    assert one + other == pytest.approx(1, abs=1e-9)
    assert probability_better(b, a, beta_on_logit(d, c)) == pytest.approx(1 - one, abs=1e-9)


@given(shapes, shapes, shapes, shapes, st.floats(-4, 4), st.floats(-4, 4))
def test_more_bias_less_certainty(a, b, c, d, one, other):
    control = beta_on_logit(c, d)
    low, high = sorted((one, other))
    assert probability_better(a, b, control, high) <= probability_better(a, b, control, low) + 1e-12


# Rates

times = st.floats(0.01, 1e4)


@given(counts(), counts(), times, times, levels)
def test_rate_ratio_is_ordered(one, other, time_1, time_0, level):
    x, y = one[0], other[0]
    assume(x + y > 0)
    ratio, (low, high) = rate_ratio(x, time_1, y, time_0, level)
    assert 0 <= low <= ratio * (1 + 1e-12)
    assert ratio <= high * (1 + 1e-12)
    if x and y:
        turned, (turned_low, turned_high) = rate_ratio(y, time_0, x, time_1, level)
        assert (turned, turned_low, turned_high) == pytest.approx((1 / ratio, 1 / high, 1 / low))


@given(counts(), counts(), levels)
def test_rate_ratio_from_proportions_is_ordered(one, other, level):
    (x, n), (y, m) = one, other
    assume(not (x == n and y == m) and x + y)  # everybody or nobody in both: see below
    ratio, (low, high) = rate_ratio_from_proportions(x, n, y, m, level)
    assert 0 <= low <= ratio * (1 + 1e-12)
    assert ratio <= high * (1 + 1e-12)
    if x == n:
        assert high == math.inf
    if x < n and y < m and x and y:
        assert ratio == pytest.approx(math.log(1 - x / n) / math.log(1 - y / m))


@pytest.mark.parametrize("counts", [(31, 31, 20, 20), (0, 31, 0, 20)])
def test_a_rate_ratio_of_everybody_or_nobody_in_both_is_not_a_number(counts):
    ratio, (low, high) = rate_ratio_from_proportions(*counts)
    assert math.isnan(ratio)
    assert low < 1 < high


def test_rate_ratio_from_proportions_splits_each_tail_in_two():
    low_1, high_1 = stats.beta.ppf([0.0125, 0.9875], [20, 21], [12, 11])
    low_0, high_0 = stats.beta.ppf([0.0125, 0.9875], [7, 8], [34, 33])
    rate = [-math.log(1 - p) for p in (low_1, high_1, low_0, high_0)]
    _, limits = rate_ratio_from_proportions(20, 31, 7, 40)
    assert limits == pytest.approx((rate[0] / rate[3], rate[1] / rate[2]))


@given(st.floats(0.02, 0.98), st.floats(0.02, 0.98), st.sampled_from([(8, 12), (15, 15), (31, 9)]))
def test_lower_limit_of_a_rate_ratio_errs_rarely(p, q, sizes):
    n, m = sizes
    truth = math.log1p(-p) / math.log1p(-q)
    joint = np.outer(binomial_pmf(n, p), binomial_pmf(m, q))
    over = np.array(
        [
            [rate_ratio_from_proportions(x, n, y, m)[1][0] > truth for y in range(m + 1)]
            for x in range(n + 1)
        ]
    )
    assert joint[over].sum() <= 0.025 + 1e-9


# Blocks


@given(st.integers(1, 10_000_000), st.integers(1, 300))
@example(1, 1)
@example(BLOCK, 7)
@example(BLOCK + 1, 7)
@example(10_001, 7)
def test_blocks_partition_the_replicates(replicates, parts):
    ranges = block_ranges(replicates, parts)
    assert ranges[0][0] == 0
    assert ranges[-1][1] == replicates
    assert len(ranges) <= parts
    for (first, last), (following, _) in itertools.pairwise(ranges):
        assert first < last == following
        assert last % BLOCK == 0
    assert ranges[-1][0] < ranges[-1][1]


# Words


def _value(text):
    return float(re.sub(r"^(below|above) ", "", text).rstrip("%"))


@given(inside, st.integers(0, 3))
@example(5e-324, 1)
@example(1 - 2**-53, 1)
@example(0.00099999999999, 1)
@example(0.9995, 1)
@example(0.99949999999, 1)
@example(0.999, 1)
def test_a_percentage_inside_is_never_shown_as_0_or_100(value, digits):
    text = percent(value, digits)
    assert text not in {"0%", "100%"}
    assert 0 < _value(text) < 100
    if text.startswith("below"):
        assert 100 * value < _value(text)
    elif text.startswith("above"):
        assert 100 * value > _value(text)
    else:
        assert abs(_value(text) - 100 * value) <= 0.5 * 10.0**-digits + 1e-9


def test_only_0_and_1_are_shown_as_0_and_100():
    assert (percent(0), percent(1)) == ("0%", "100%")
    assert (probability(0), probability(1)) == ("0", "1")
    assert percent_range(0, 1) == "0 to 100%"
    assert percent_range(0.0959, 0.411) == "9.6 to 41.1%"
    assert percent_range(0.4, 0.411) == "40.0 to 41.1%"


@given(inside, inside, st.integers(0, 3))
def test_a_range_inside_never_ends_at_0_or_100(one, other, digits):
    low, high = sorted((one, other))
    text = percent_range(low, high, digits)
    first, second = text.split(" to ")
    assert text.endswith("%")
    for end, value in ((first, low), (second, high)):
        shown = _value(end)
        assert 0 < shown < 100
        assert abs(shown - 100 * value) <= 10.0**-digits


@given(inside)
@example(0.9999999)
@example(0.99949999)
@example(0.0009999999)
def test_a_probability_inside_is_never_shown_as_0_or_1(value):
    text = probability(value)
    number = _value(text)
    assert 0 < number < 1
    if text.startswith("below"):
        assert value < number
    elif text.startswith("above"):
        assert value > number
    else:
        assert number == pytest.approx(value, rel=0.06)
