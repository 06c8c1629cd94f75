"""`plan_many` refuses what `GroupSequential` refuses, and solves what it solves."""

import numpy as np
import pytest

import equipoise as eq

EFFICACY = {
    "spending": eq.Spending(),
    "Haybittle-Peto": eq.HaybittlePeto(),
    "Pocock": eq.Pocock(),
    "last look only": eq.NoEarlyEfficacy(),
    "given": eq.EfficacyBounds((3.0, 2.5, None)),
}
FUTILITY = {
    "none": None,
    "spent": eq.Spending("hwang-shih-decani", gamma=-2),
    "binding": eq.Spending("hwang-shih-decani", gamma=-2, binding=True),
}


@pytest.mark.parametrize("sided", [1, 2])
@pytest.mark.parametrize("futility", FUTILITY)
@pytest.mark.parametrize("efficacy", EFFICACY)
def test_it_is_the_single_plan(efficacy, futility, sided):
    parts = {"sided": sided, "efficacy": EFFICACY[efficacy], "futility": FUTILITY[futility]}
    rows = [(0.3, 0.6, 1.0), (0.5, 0.75, 1.0)]
    many = eq.plan_many(rows, alpha=[0.025, 0.05], power=[0.9, 0.8], threads=1, **parts)
    for k, (t, alpha, power) in enumerate(zip(rows, (0.025, 0.05), (0.9, 0.8), strict=True)):
        one = eq.GroupSequential(information=t, alpha=alpha, power=power, **parts)
        assert many.bounds[k] == pytest.approx(one.bounds, abs=1e-12)
        assert many.futility_bounds[k] == pytest.approx(one.futility_bounds, abs=1e-9)
        assert many.drift[k] == pytest.approx(one.drift, abs=1e-9)


@pytest.mark.parametrize("futility", FUTILITY)
def test_one_look(futility):
    many = eq.plan_many([1.0], futility=FUTILITY[futility])
    one = eq.GroupSequential(looks=1, futility=FUTILITY[futility])
    assert many.bounds[0] == pytest.approx(one.bounds)
    assert many.futility_bounds[0] == pytest.approx(one.futility_bounds)


def test_alpha_and_power_are_compared_row_by_row():
    many = eq.plan_many([0.5, 1.0], alpha=[0.01, 0.3], power=[0.2, 0.9])
    assert np.isfinite(many.drift).all()


def test_the_user_s_arrays_stay_as_they_are():
    t = np.array([[0.5, 1.0 - 1e-13]])
    before = t.copy()
    eq.plan_many(t)
    assert (t == before).all()
    assert t.flags.writeable


HALVES = (0.5, 1.0)
BOTH = {
    "all alpha before the end": ({"efficacy": eq.HaybittlePeto(1.0)}, "`efficacy` is 1.0"),
    "given, all alpha": ({"efficacy": eq.EfficacyBounds((1.0, None))}, "before the last look"),
    "more than alpha": ({"efficacy": eq.EfficacyBounds((1.5, 1.5))}, "more than alpha 0.025"),
    "too many bounds": ({"efficacy": eq.EfficacyBounds((3.0, 2.5, 2.0))}, "each of 2 looks"),
    "too few bounds": ({"efficacy": eq.EfficacyBounds((2.0,))}, "each of 2 looks"),
    "no efficacy": ({"efficacy": "pocock"}, "`efficacy` is 'pocock'"),
    "no futility": ({"futility": "pocock"}, "`futility` is 'pocock'"),
    "alpha 0": ({"alpha": 0.0}, "`alpha` is 0.0"),
    "alpha nan": ({"alpha": float("nan")}, "`alpha` is nan"),
    "alpha word": ({"alpha": "0.025"}, "`alpha` is '0.025'"),
    "alpha none": ({"alpha": None}, "`alpha` is None"),
    "power 1": ({"power": 1.0}, "`power` is 1.0"),
    "power word": ({"power": "high"}, "`power` is 'high'"),
    "sided 3": ({"sided": 3}, "`sided` is 3"),
    "falls": ({"information": (0.7, 0.5, 1.0)}, "rise from look to look"),
    "starts at 0": ({"information": (0.0, 1.0)}, "rise from look to look"),
    "too close": ({"information": (0.5, 0.50001, 1.0)}, "each look must add"),
    "ends early": ({"information": (0.5, 0.9)}, "must end at 1"),
    "nearly ends": ({"information": (0.5, 1.0 - 1e-6)}, "must end at 1"),
    "nan": ({"information": (float("nan"), 1.0)}, "`information`"),
    "empty": ({"information": ()}, "`information` is ()"),
    "words": ({"information": ("0.5", "1")}, "`information`"),
    "21 looks": ({"information": tuple(np.arange(1, 22) / 21)}, "must be 1 to 20 fractions"),
}


@pytest.mark.parametrize("case", BOTH)
def test_what_a_single_plan_refuses(case):
    given, words = BOTH[case]
    given = {"information": HALVES} | given
    for make in (eq.GroupSequential, eq.plan_many):
        with pytest.raises(eq.InputError) as caught:
            make(**given)
        assert words in str(caught.value), make


MANY = {
    "second row's alpha": ({"alpha": [0.025, 0.7]}, "`alpha` is 0.7"),
    "second row's power": ({"alpha": [0.01, 0.3], "power": [0.9, 0.2]}, "`power` is 0.2"),
    "second row falls": ({"information": [HALVES, (1.5, 1.0)]}, "rise from look to look"),
    "second row spends more": (
        {"efficacy": eq.EfficacyBounds((2.5, 2.0)), "alpha": [0.05, 0.01]},
        "more than alpha 0.01 of plan 1",
    ),
    "no rows": ({"alpha": []}, "`alpha` is []"),
    "ragged": ({"information": [[0.5, 1.0], [1.0]]}, "`information`"),
    "three axes": ({"information": [[HALVES]]}, "`information`"),
    "two axes": ({"power": [[0.9, 0.8]]}, "`power`"),
    "2 and 3": ({"alpha": [0.01, 0.02], "power": [0.7, 0.8, 0.9]}, "as many rows"),
    "futility given": ({"futility": eq.FutilityBounds(z=(0.0,))}, "must be beta spending here"),
    "under no effect": (
        {"futility": eq.Spending(under="no effect", total=0.1)}, "must be beta spending here",
    ),
    **{
        f"threads {threads!r}": ({"threads": threads}, f"`threads` is {threads!r}")
        for threads in (0, -1, 1.5, None, "2", True, 10**9)
    },
}  # fmt: skip


@pytest.mark.parametrize("case", MANY)
def test_what_many_plans_refuse(case):
    given, words = MANY[case]
    with pytest.raises(eq.InputError) as caught:
        eq.plan_many(**{"information": HALVES} | given)
    assert words in str(caught.value)


def test_more_threads_than_plans():
    one, many = (eq.plan_many([HALVES] * 3, threads=n) for n in (1, 8))
    assert (one.bounds == many.bounds).all()
