"""What must hold for every plan: sums, order, duality, mirrors, limits."""

import math
import re

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import special

import equipoise as eq
from equipoise.numerics.sequential import ABOVE, BELOW, OPPOSITE
from equipoise.parts.spending import PARAMETERS, POSITIVE, SPENDING_FUNCTIONS

few, some = settings(max_examples=40), settings(max_examples=150)
levels = st.sampled_from([0.001, 0.01, 0.025, 0.05, 0.1, 0.2])
powers = st.floats(0.55, 0.99)
statistics = st.floats(-3, 5)


def from_gaps(gaps):
    """Fractions whose steps are in these proportions, each at least 1e-3."""
    steps = np.array(gaps) / sum(gaps) + 1.01e-3
    t = np.cumsum(steps) / steps.sum()
    t[-1] = 1.0
    return tuple(float(value) for value in t)


def fractions(most, least=2, smallest=0.1):
    gaps = st.lists(st.floats(smallest, 1), min_size=least, max_size=most)
    return gaps.map(from_gaps)


def named(**options):
    """Spending functions by name, with moderate parameters."""
    return st.one_of(
        st.just(eq.Spending("obrien-fleming", **options)),
        st.just(eq.Spending("pocock", **options)),
        st.floats(-8, 4).map(lambda g: eq.Spending("hwang-shih-decani", gamma=g, **options)),
        st.floats(0.5, 5).map(lambda r: eq.Spending("kim-demets", rho=r, **options)),
    )


shapes = st.one_of(
    st.just(eq.Pocock()),
    st.just(eq.OBrienFleming()),
    st.floats(-0.3, 0.7).map(eq.WangTsiatis),
)
efficacies = st.one_of(named(), shapes, st.just(eq.NoEarlyEfficacy()))


def plans(most=5, sides=(1, 2), futility=True):
    """Plans that are sure to have a solution."""
    futilities = st.none()
    if futility:
        binding = st.booleans().flatmap(
            lambda b: st.floats(-4, 0).map(
                lambda g: eq.Spending("hwang-shih-decani", gamma=g, binding=b)
            )
        )
        futilities = st.one_of(st.none(), binding)

    @st.composite
    def build(draw):
        arguments = {
            "information": draw(fractions(most)),
            "alpha": draw(st.sampled_from([0.01, 0.025, 0.05])),
            "sided": draw(st.sampled_from(sides)),
            "power": draw(st.floats(0.75, 0.95)),
            "efficacy": draw(efficacies),
            "futility": draw(futilities),
        }
        try:
            return eq.GroupSequential(**arguments)
        except eq.InputError:
            assume(False)

    return build()


# What a plan promises


@some
@given(plans())
def test_a_plan_spends_what_it_says(plan):
    assert plan.spent[-1] == pytest.approx(plan.alpha, abs=1e-9)
    assert (np.diff(plan.spent) >= -1e-15).all()
    under_none = plan.stopping(0.0, futility=plan.binding)
    crossed = under_none[:, [ABOVE, OPPOSITE]].sum(1)
    assert np.cumsum(crossed) == pytest.approx(plan.spent, abs=1e-11)
    if isinstance(plan.efficacy, eq.Spending):
        wanted = plan.efficacy.cumulative(plan.information, plan.alpha / plan.sided) * plan.sided
        assert plan.spent == pytest.approx(wanted, abs=1e-9)
    assert plan.power() == pytest.approx(plan.target_power, abs=1e-9)
    assert plan.power(0.0, futility=plan.binding) == pytest.approx(
        plan.alpha / plan.sided, abs=1e-9
    )
    if plan.futility is not None:
        missed = np.cumsum(plan.stopping()[:-1, BELOW])
        beta = plan.futility.cumulative(plan.information, 1 - plan.target_power)[:-1]
        assert missed == pytest.approx(beta, abs=1e-9)


@some
@given(plans(), st.lists(st.floats(-4, 6), min_size=1, max_size=5))
def test_ends_sum_to_one(plan, effects):
    stops = plan.stopping(effects)
    assert stops.sum((1, 2)) == pytest.approx(np.ones(len(effects)), abs=1e-12)
    assert (stops >= -1e-14).all()
    for row, effect in zip(stops, effects, strict=True):
        assert row == pytest.approx(plan.stopping(effect), abs=1e-12)


@some
@given(plans(futility=False), st.floats(-2, 3), st.floats(0.01, 1))
def test_power_rises_with_the_effect(plan, effect, more):
    low, high = plan.power([effect, effect + more])
    assert high >= low - 1e-13
    if 1e-12 < low < 1 - 1e-6:
        assert high > low


@some
@given(plans(sides=(2,)), st.floats(-3, 3))
def test_two_sided_plans_mirror(plan, effect):
    here, there = plan.stopping(effect), plan.stopping(-effect)
    assert here[:, ABOVE] == pytest.approx(there[:, OPPOSITE], abs=1e-13)
    assert here[:, BELOW] == pytest.approx(there[:, BELOW], abs=1e-12)


@given(plans())
def test_boundaries_on_scales_agree(plan):
    upper, lower = plan.boundaries("effect")
    root = np.sqrt(plan.information) * plan.drift
    finite = np.isfinite(plan.bounds)
    assert (upper * root)[finite] == pytest.approx(plan.bounds[finite], rel=1e-13)
    for look in range(1, plan.looks):
        assert lower[look - 1] <= upper[look - 1]
    if plan.looks == 2 and math.isfinite(plan.bounds[0]):
        z = plan.bounds[0]
        trend = plan.boundaries("conditional power, trend")[0][0]
        planned = plan.boundaries("conditional power, planned")[0][0]
        predictive = plan.boundaries("predictive power")[0][0]
        if plan.futility is None:
            assert plan.conditional_power(1, z) == pytest.approx(trend, abs=1e-12)
            assert plan.conditional_power(1, z, 1.0) == pytest.approx(planned, abs=1e-12)
            assert plan.predictive_power(1, z) == pytest.approx(predictive, abs=1e-9)


# One look


@some
@given(levels, st.sampled_from([1, 2]), powers, efficacies, statistics, st.floats(-1, 3))
def test_one_look_is_the_fixed_test(alpha, sided, power, efficacy, z, effect):
    plan = eq.GroupSequential(looks=1, alpha=alpha, sided=sided, power=power, efficacy=efficacy)
    bound = float(special.ndtri(1 - alpha / sided))
    drift = bound + float(special.ndtri(power))
    assert plan.bounds == pytest.approx([bound], abs=1e-11)
    assert plan.drift == pytest.approx(drift, abs=1e-11)
    assert plan.inflation == pytest.approx(1, abs=1e-11)
    assert plan.expected_information(effect) == pytest.approx(1, abs=1e-11)
    assert plan.power(effect) == pytest.approx(special.ndtr(effect * drift - bound), abs=1e-12)
    one_sided = float(special.ndtr(-z))
    p = one_sided if sided == 1 else 2 * float(special.ndtr(-abs(z)))
    assert plan.p_value(1, z) == pytest.approx(p, abs=1e-13)
    interval = ((z - bound) / drift, (z + bound) / drift)
    assert plan.confidence_interval(1, z) == pytest.approx(interval, abs=1e-9)
    assert plan.repeated_confidence_interval(1, z) == pytest.approx(interval, abs=1e-9)
    assert plan.median_unbiased_estimate(1, z) == pytest.approx(z / drift, abs=1e-9)
    if p < 0.45:
        assert plan.repeated_p_value(1, z) == pytest.approx(p, abs=1e-9)


# Inference


@some
@given(plans())
def test_p_value_at_a_boundary_is_the_alpha_spent(plan):
    for look in range(1, plan.looks + 1):
        z = float(plan.bounds[look - 1])
        if math.isfinite(z) and plan.spent[look - 1] < 0.5:
            assert plan.p_value(look, z) == pytest.approx(plan.spent[look - 1], abs=1e-11)


@st.composite
def results(draw, **options):
    """A plan, a look and a z where a trial may end: beyond its boundary, or at the last look."""
    plan = draw(plans(**options))
    look = draw(st.integers(1, plan.looks))
    z = draw(statistics)
    if look < plan.looks:
        bound = float(plan.bounds[look - 1])
        assume(bound < 12)
        z = bound + draw(st.floats(0, 3))
    return plan, look, z


@few
@given(results(), st.floats(0.6, 0.99))
def test_intervals_and_p_values_are_of_one_piece(result, level):
    plan, look, z = result
    # inside a wedge that binds, the chance of a result as extreme need not rise with the effect
    assume(not (plan.sided == 2 and plan.binding and abs(z) < plan.bounds[look - 1]))
    p = plan.p_value(look, z)
    assert 0 <= p <= 1
    low, high = plan.confidence_interval(look, z)
    middle = plan.median_unbiased_estimate(look, z)
    assert low < middle < high
    side = plan.alpha / plan.sided
    if abs(p / plan.sided - side) > 1e-9:
        if plan.sided == 1:
            assert (low > 0) == (p < side)
        else:
            assert (low > 0 or high < 0) == (p < plan.alpha)
    narrow = plan.confidence_interval(look, z, level)
    wide = plan.confidence_interval(look, z, level + 0.005)
    assert wide[0] < narrow[0] < middle < narrow[1] < wide[1]


@few
@given(results(), st.floats(0.01, 0.5))
def test_a_larger_statistic_says_more(result, more):
    plan, look, z = result
    assert plan.median_unbiased_estimate(look, z + more) > plan.median_unbiased_estimate(look, z)
    if plan.sided == 1:
        p, q = plan.p_value(look, z), plan.p_value(look, z + more)
        assert q < p or p > 1 - 1e-12 or p - plan.spent[look - 2] < 1e-12


@few
@given(plans(sides=(2,)), statistics, st.integers(1, 5))
def test_two_sided_results_mirror(plan, z, look):
    assume(look <= plan.looks and abs(z) > 1e-3)
    assert plan.p_value(look, -z) == pytest.approx(plan.p_value(look, z), abs=1e-12)
    low, high = plan.confidence_interval(look, z)
    assert plan.confidence_interval(look, -z) == pytest.approx((-high, -low), abs=1e-6)
    middle = plan.median_unbiased_estimate(look, z)
    assert plan.median_unbiased_estimate(look, -z) == pytest.approx(-middle, abs=1e-6)


@pytest.mark.parametrize("z", [6.0, 8.0, 8.5, 9.0, 20.0])
def test_two_sided_p_values_of_harm_keep_their_digits(z):
    plan = eq.GroupSequential(looks=3, alpha=0.05, sided=2)
    benefit, harm = plan.p_value(1, z), plan.p_value(1, -z)
    assert benefit > 0
    assert harm == pytest.approx(benefit, rel=1e-9)


@some
@given(plans(), statistics)
def test_repeated_interval_excludes_no_effect_as_the_boundary_is_crossed(plan, z):
    for look in range(1, plan.looks + 1):
        bound = float(plan.bounds[look - 1])
        if not math.isfinite(bound) or bound <= 0 or abs(abs(z) - bound) < 1e-9:
            continue
        low, high = plan.repeated_confidence_interval(look, z)
        assert (low > 0) == (z > bound)
        assert (high < 0) == (z < -bound)
        assert (low + high) / 2 == pytest.approx(
            z / math.sqrt(plan.information[look - 1]) / plan.drift, abs=1e-12
        )


@few
@given(plans(most=4))
def test_repeated_p_value_at_a_boundary_is_alpha(plan):
    for look in range(1, plan.looks + 1):
        bound = float(plan.bounds[look - 1])
        if math.isfinite(bound) and bound < 8:
            assert plan.repeated_p_value(look, bound) == pytest.approx(plan.alpha, rel=1e-7)


@pytest.mark.parametrize(("look", "z"), [(1, 0.9), (2, 1.0)])
def test_repeated_p_value_does_not_depend_on_later_looks(look, z):
    """Alpha of the later looks may not be spendable where futility binds: this look's is."""
    futility = eq.FutilityBounds(z=(-3.0, 0.5), binding=True)
    free, bound = eq.GroupSequential(looks=3), eq.GroupSequential(looks=3, futility=futility)
    expected = free.repeated_p_value(look, z)
    assert bound.repeated_p_value(look, z) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("efficacy", [eq.HaybittlePeto(3.0), eq.EfficacyBounds((3.0, 2.9, None))])
def test_repeated_p_value_of_fixed_boundaries(efficacy):
    """No plan with these interim boundaries exists below the alpha that they spend."""
    plan = eq.GroupSequential(looks=3, efficacy=efficacy)
    assert plan.repeated_p_value(1, 3.01) >= plan.spent[0]


@few
@given(results())
def test_far_results_have_finite_intervals(result):
    plan, look, _ = result
    for z in (60.0, 75.0, 150.0, -60.0):
        low, high = plan.confidence_interval(look, z)
        assert -math.inf < low < plan.median_unbiased_estimate(look, z) < high < math.inf
        assert 0 <= plan.p_value(look, z) <= 1


# Conditional and predictive power


@few
@given(plans(), st.integers(1, 4), statistics, st.floats(-1, 2), st.floats(0.05, 1))
def test_conditional_power_rises_with_z_and_effect(plan, look, z, effect, more):
    assume(look < plan.looks)
    power = plan.conditional_power(look, z, effect)
    assert 0 <= power <= 1 + 1e-14
    assert plan.conditional_power(look, z, effect + more) >= power - 1e-13
    assert plan.conditional_power(look, z + more, effect) >= power - 1e-13
    assert plan.conditional_power(look, z + more) >= plan.conditional_power(look, z) - 1e-13
    predictive = plan.predictive_power(look, z)
    assert 0 <= predictive <= 1 + 1e-14
    assert plan.predictive_power(look, z + more) >= predictive - 1e-10
    sharp = plan.predictive_power(look, z, (effect, 1e-7))
    assert sharp == pytest.approx(power, abs=1e-5)


@few
@given(plans(), st.integers(1, 4), statistics, st.floats(-1, 2))
def test_futility_in_force_never_raises_conditional_power(plan, look, z, effect):
    assume(plan.futility is not None and look < plan.looks)
    free = plan.conditional_power(look, z, effect, futility=False)
    held = plan.conditional_power(look, z, effect, futility=True)
    assert held <= free + 1e-13
    chosen = plan.conditional_power(look, z, effect)
    assert chosen == (held if plan.binding else free)


def test_an_inner_wedge_to_come_lowers_conditional_power():
    plan = eq.GroupSequential(
        looks=3, alpha=0.05, sided=2, futility=eq.Spending("pocock", binding=True)
    )
    assert plan.futility_bounds[1] > 0.5
    free = plan.conditional_power(1, 0.5, 0.5, futility=False)
    assert plan.conditional_power(1, 0.5, 0.5, futility=True) < free - 1e-3
    assert plan.conditional_power(1, 0.5, 0.5) < free - 1e-3


@few
@given(plans(futility=False, sides=(1,)), st.floats(-1, 2))
def test_conditional_power_at_the_first_look_averages_to_what_is_left(plan, effect):
    """Over z of the first look, unstopped, it gives the power of the later looks."""
    bound = min(float(plan.bounds[0]), 9.0 + abs(effect) * plan.drift)
    mean = effect * plan.drift * math.sqrt(plan.information[0])
    nodes, weights = np.polynomial.legendre.leggauss(40)
    low = min(mean - 9, bound - 9)
    half, total = (bound - low) / 2, 0.0
    for x, w in zip(nodes, weights, strict=True):
        z = low + half * (1 + x)
        density = math.exp(-0.5 * (z - mean) ** 2) / math.sqrt(2 * math.pi)
        total += half * w * density * plan.conditional_power(1, z, effect)
    later = plan.stopping(effect)[1:, ABOVE].sum()
    # where information is soon complete conditional power is a step, which 40 nodes see coarsely
    assert total == pytest.approx(later, abs=0.02)


# Update


@some
@given(plans(futility=False))
def test_update_at_the_planned_fractions_gives_the_plan_back(plan):
    for made in range(1, plan.looks + 1):
        again = plan.update(plan.information[:made])
        # a look that spends 1e-10 has its boundary to some 1e-9
        assert again.bounds == pytest.approx(plan.bounds, abs=1e-8)
        assert again.spent == pytest.approx(plan.spent, abs=1e-9)
        assert again.drift == plan.drift


@few
@given(plans())
def test_update_keeps_futility_at_the_planned_fractions(plan):
    again = plan.update(plan.information)
    assert again.bounds == pytest.approx(plan.bounds, abs=1e-8)
    assert again.futility_bounds == pytest.approx(plan.futility_bounds, abs=1e-6)
    assert again.power() == pytest.approx(plan.target_power, abs=1e-8)


@some
@given(
    named(),
    st.sampled_from([1, 2]),
    fractions(6, smallest=0.2),
    st.floats(0.3, 1.6),
    st.booleans(),
)
def test_a_final_look_spends_all_of_alpha(efficacy, sided, looks, reached, planned):
    plan = eq.GroupSequential(
        looks=3, alpha=0.05, sided=sided, efficacy=efficacy if planned else None
    )
    observed = [value * reached for value in looks]
    assume(observed[-2] < 1)
    updated = plan.update(observed, final=True)
    assert updated.looks == len(observed)
    assert updated.spent[-1] == pytest.approx(0.05, abs=1e-9)
    crossed = updated.stopping(0.0)[:, [ABOVE, OPPOSITE]]
    assert crossed.sum() == pytest.approx(0.05, abs=1e-9)
    spending = plan.efficacy.cumulative(observed[:-1], 0.05 / sided) * sided
    assert updated.spent[:-1] == pytest.approx(spending, abs=1e-9)


@some
@given(named(), fractions(5, smallest=0.2), st.floats(0.2, 0.9))
def test_an_interim_update_leaves_the_later_looks(efficacy, looks, reached):
    plan = eq.GroupSequential(looks=4, efficacy=efficacy)
    observed = [value * reached for value in looks]
    updated = plan.update(observed)
    assert updated.information[: len(observed)] == pytest.approx(observed)
    assert updated.information[-1] == 1
    assert updated.spent[-1] == pytest.approx(0.025, abs=1e-9)
    spent = efficacy.cumulative(updated.information, 0.025)
    assert updated.spent == pytest.approx(spent, abs=1e-9)


def test_alpha_spent_by_boundaries_that_were_used_stays_spent():
    plan = eq.GroupSequential(looks=3)
    updated = plan.update([0.4, 0.7, 1.0], used=[3.0])
    assert updated.bounds[0] == 3.0
    assert updated.spent[0] == pytest.approx(float(special.ndtr(-3.0)), abs=1e-13)
    spent = eq.Spending("obrien-fleming").cumulative([0.7, 1.0], 0.025)
    assert updated.spent[1:] == pytest.approx(spent, abs=1e-10)


def test_update_of_boundaries_as_given_that_leave_alpha_over():
    plan = eq.GroupSequential(looks=2, efficacy=eq.EfficacyBounds((3.0, 2.2)))
    assert plan.update(plan.information).bounds == pytest.approx(plan.bounds, abs=1e-9)


# Spending functions


@st.composite
def spending_functions(draw):
    name = draw(st.sampled_from(sorted(SPENDING_FUNCTIONS)))
    if name == "hwang-shih-decani":
        return eq.Spending(name, gamma=draw(st.floats(-1000, 1000)))
    if name == "kim-demets":
        return eq.Spending(name, rho=draw(st.floats(0.01, 50)))
    values = [
        draw(st.floats(0.05, 20) if parameter in POSITIVE else st.floats(-5, 5))
        for parameter in PARAMETERS.get(name, ())
    ]
    return eq.Spending(name, parameters=tuple(values))


@settings(max_examples=500)
@given(spending_functions(), st.floats(1e-6, 0.99), fractions(20))
@example(eq.Spending("hwang-shih-decani", gamma=-800.0), 0.025, (0.5, 1.0))
@example(eq.Spending("exponential", parameters=(200.0,)), 0.025, (0.01, 1.0))
@example(eq.Spending(), 1e-12, (0.5, 1.0))
def test_spending_rises_from_nothing_to_all(spending, total, t):
    spent = spending.cumulative(t, total)
    assert np.isfinite(spent).all()
    assert (spent >= 0).all()
    assert (np.diff(spent) >= -1e-12 * total).all()
    assert spent[-1] == pytest.approx(total, rel=1e-9)
    # late fractions count as 1
    assert spending.cumulative([1.0, 1.3], total) == pytest.approx([total, total], rel=1e-9)


@given(st.floats(-30, 30).map(lambda gamma: round(gamma, 6)), st.floats(0.01, 0.99))
def test_named_families_meet_where_they_should(gamma, t):
    linear = eq.Spending("hwang-shih-decani", gamma=0.0).cumulative([t], 0.1)
    assert linear == pytest.approx([0.1 * t])
    near = eq.Spending("hwang-shih-decani", gamma=1e-9).cumulative([t], 0.1)
    assert near == pytest.approx(linear, rel=1e-8)
    assert eq.Spending("kim-demets", rho=1.0).cumulative([t], 0.1) == pytest.approx(linear)
    early = eq.Spending("hwang-shih-decani", gamma=gamma + 1).cumulative([t], 0.1)
    assert early >= eq.Spending("hwang-shih-decani", gamma=gamma).cumulative([t], 0.1)
    table = eq.Spending({t: t**2, 1.0: 1.0}).cumulative([t, 1.0], 0.1)
    assert table == pytest.approx([0.1 * t**2, 0.1])


# Any plan: solved right, or refused with a mend


@st.composite
def any_plan(draw):
    looks = draw(st.integers(2, 20))
    gaps = draw(st.lists(st.floats(0, 1), min_size=looks, max_size=looks))
    if draw(st.booleans()):
        gaps = [gap**6 for gap in gaps]
    t = from_gaps([gap + 1e-6 for gap in gaps])
    sided = draw(st.sampled_from([1, 2]))
    interim = {"min_size": looks - 1, "max_size": looks - 1}
    binding = draw(st.booleans())
    low = -3 if sided == 1 else 0
    efficacy = draw(
        st.one_of(
            named(),
            st.floats(-1, 1).map(eq.WangTsiatis),
            st.floats(1.5, 5).map(eq.HaybittlePeto),
            st.just(eq.NoEarlyEfficacy()),
            st.lists(st.floats(1.5, 6), **interim).map(lambda z: eq.EfficacyBounds((*z, None))),
        )
    )
    futility = draw(
        st.one_of(
            st.none(),
            named(binding=binding),
            named(binding=binding, under="no effect", total=draw(st.floats(0.01, 0.9))),
            st.lists(st.floats(low, 4), **interim).map(
                lambda z: eq.FutilityBounds(z=tuple(z), binding=binding)
            ),
            st.lists(st.floats(-1, 1.2), **interim).map(
                lambda e: eq.FutilityBounds(effect=tuple(e), binding=binding)
            ),
            st.lists(st.floats(0.001, 0.9), **interim).map(
                lambda c: eq.FutilityBounds(
                    conditional_power=tuple(c), trend=draw(st.booleans()), binding=binding
                )
            ),
        )
    )
    alpha = draw(st.sampled_from([0.001, 0.025, 0.05, 0.2, 0.4]))
    power = draw(st.floats(alpha + 0.01, 0.999))
    return {
        "information": t,
        "alpha": alpha,
        "sided": sided,
        "power": power,
        "efficacy": efficacy,
        "futility": futility,
    }


@settings(max_examples=120)
@given(any_plan())
def test_any_plan_is_solved_right_or_refused(arguments):
    try:
        plan = eq.GroupSequential(**arguments)
    except (eq.InputError, eq.NumericalError) as error:
        plan, message = None, str(error)
    if plan is None:
        assert re.search(r"\. [A-Z].+\.$", message), message  # the mend
    else:
        check_solution(plan)


def check_solution(plan):
    assert math.isfinite(plan.drift)
    assert plan.drift > 0
    for values in (plan.bounds, plan.futility_bounds, plan.spent):
        assert not np.isnan(values).any()
    assert (plan.futility_bounds[:-1] < plan.bounds[:-1]).all()
    assert abs(plan.bounds[-1]) < 40
    if plan.sided == 2:
        assert (plan.bounds > 0).all()
    assert (np.diff(plan.spent) >= -1e-13).all()
    assert plan.spent[-1] == pytest.approx(plan.alpha, abs=1e-9)
    assert plan.power() == pytest.approx(plan.target_power, abs=1e-9)
    wrong = plan.stopping(0.0, futility=plan.binding)[:, [ABOVE, OPPOSITE]].sum()
    assert wrong == pytest.approx(plan.alpha, abs=1e-9)
    if isinstance(plan.futility, eq.Spending):
        planned = plan.futility.under == "planned effect"
        total = 1 - plan.target_power if planned else plan.futility.total
        wanted = plan.futility.cumulative(plan.information, total)[:-1]
        found = np.cumsum(plan.stopping(float(planned))[:-1, BELOW])
        assert found == pytest.approx(wanted, abs=1e-9)


WRONG = {
    "the rest of alpha is not there on both sides": {
        "looks": 2,
        "alpha": 0.4,
        "sided": 2,
        "power": 0.8,
        "efficacy": eq.HaybittlePeto(3.0),
        "futility": eq.FutilityBounds(z=(1.0,), binding=True),
    },
    "a drift far beyond the fixed one": {
        "information": (0.2, 1.0),
        "efficacy": eq.NoEarlyEfficacy(),
        "futility": eq.FutilityBounds(z=(5.0,)),
    },
    "two looks close together": {"information": (0.67, 0.671, 1.0)},
    "futility at two looks close together": {
        "information": (0.6, 0.60125, 1.0),
        "futility": eq.Spending("obrien-fleming"),
    },
}


# Equations in the drift whose plain iteration swings, though each has a root
SOLVABLE = {
    "planned conditional power": {
        "information": (0.2, 0.5, 0.7, 1.0),
        "power": 0.5,
        "efficacy": eq.Pocock(),
        "futility": eq.FutilityBounds(conditional_power=(0.55, 0.4, 0.3), trend=False),
    },
    "much of the planned effect, early": {
        "information": (0.1, 1.0),
        "power": 0.8,
        "efficacy": eq.NoEarlyEfficacy(),
        "futility": eq.FutilityBounds(effect=(0.85,)),
    },
}


@pytest.mark.parametrize("case", SOLVABLE)
def test_boundaries_on_other_scales_are_held(case):
    given = SOLVABLE[case]
    plan = eq.GroupSequential(**given)
    check_solution(plan)
    futility = given["futility"]
    scale = "effect" if futility.scale == "effect" else "conditional power, planned"
    found = plan.boundaries(scale)[1][:-1]
    assert found == pytest.approx(np.array(futility.values), abs=1e-9)


@pytest.mark.parametrize("case", WRONG)
def test_found_wrong_once(case):
    try:
        plan = eq.GroupSequential(**WRONG[case])
    except (eq.InputError, eq.NumericalError):
        return
    check_solution(plan)
