"""Every bad input to a plan is an InputError with the name, the value, the rule and the mend."""

import math
import re

import numpy as np
import pytest

import equipoise as eq

NAN = math.nan
FOUR_PARTS = re.compile(r"`(?P<name>\w+)` is (?P<seen>.+?); (?P<rule>.+?)\. (?P<mend>\S.+)\.", re.S)


def plan(**given):
    given.setdefault("looks", None if "information" in given else 3)
    return eq.GroupSequential(**given)


def check(make, name, seen):
    """`seen`: what the message must show of the value."""
    with pytest.raises(eq.InputError) as caught:
        make()
    message = str(caught.value)
    parts = FOUR_PARTS.fullmatch(message)
    assert parts, message
    assert parts["name"] == name, message
    assert seen in parts["seen"], message


LEVELS = {
    "alpha 0": ({"alpha": 0.0}, "alpha", "0.0"),
    "alpha 0.5": ({"alpha": 0.5}, "alpha", "0.5"),
    "alpha below 0": ({"alpha": -0.01}, "alpha", "-0.01"),
    "alpha 2.5 per cent": ({"alpha": 2.5}, "alpha", "2.5"),
    "alpha nan": ({"alpha": NAN}, "alpha", "nan"),
    "alpha infinite": ({"alpha": math.inf}, "alpha", "inf"),
    "alpha string": ({"alpha": "0.025"}, "alpha", "'0.025'"),
    "alpha none": ({"alpha": None}, "alpha", "None"),
    "power at alpha": ({"alpha": 0.2, "power": 0.2}, "power", "0.2"),
    "power below alpha": ({"alpha": 0.2, "power": 0.1}, "power", "0.1"),
    "power 1": ({"power": 1.0}, "power", "1.0"),
    "power in per cent": ({"power": 90}, "power", "90"),
    "power nan": ({"power": NAN}, "power", "nan"),
    "power string": ({"power": "high"}, "power", "'high'"),
    "sided 3": ({"sided": 3}, "sided", "3"),
    "sided string": ({"sided": "2"}, "sided", "'2'"),
    "sided nan": ({"sided": NAN}, "sided", "nan"),
}


@pytest.mark.parametrize("case", LEVELS)
def test_levels(case):
    given, name, seen = LEVELS[case]
    check(lambda: plan(**given), name, seen)


LOOKS = {
    "none": (0, "0"),
    "too many": (21, "21"),
    "half": (2.5, "2.5"),
    "true": (True, "True"),
    "negative": (-1, "-1"),
    "nan": (NAN, "nan"),
    "infinite": (math.inf, "inf"),
    "word": ("three", "'three'"),
    "digit": ("3", "'3'"),
    "list": ([3], "[3]"),
}


@pytest.mark.parametrize("case", LOOKS)
def test_looks(case):
    looks, seen = LOOKS[case]
    check(lambda: eq.GroupSequential(looks=looks), "looks", seen)


def test_looks_or_information():
    check(lambda: eq.GroupSequential(looks=2, information=(0.5, 1.0)), "looks", "2")
    check(lambda: eq.GroupSequential(), "looks", "None")


INFORMATION = {
    "unsorted": ((0.5, 0.3, 1.0), "[0.5, 0.3, 1.0]"),
    "repeated": ((0.5, 0.5, 1.0), "[0.5, 0.5, 1.0]"),
    "zero": ((0.0, 0.5, 1.0), "[0.0, 0.5, 1.0]"),
    "negative": ((-0.5, 0.5, 1.0), "[-0.5, 0.5, 1.0]"),
    "too close": ((0.5, 0.500001, 1.0), "0.500001"),
    "short of 1": ((0.3, 0.9), "[0.3, 0.9]"),
    "beyond 1": ((0.5, 1.2), "[0.5, 1.2]"),
    "in events": ((100, 200, 300), "[100.0, 200.0, 300.0]"),
    "nan": ((0.5, NAN, 1.0), "nan"),
    "last nan": ((0.5, NAN), "nan"),
    "infinite": ((0.5, math.inf), "inf"),
    "empty": ((), "()"),
    "too many": (tuple(np.arange(1, 22) / 21), "1.0"),
    "one number": (1.0, "1.0"),
    "words": (("half", "all"), "'half'"),
    "word": ("half", "'half'"),
    "ragged": (((0.5, 1.0), (1.0,)), "0.5"),
    "none among them": ((0.5, None), "0.5"),
}


@pytest.mark.parametrize("case", INFORMATION)
def test_information(case):
    information, seen = INFORMATION[case]
    check(lambda: plan(information=information), "information", seen)


SPENDING = {
    "unknown name": (lambda: eq.Spending("o-brien"), "function", "'o-brien'"),
    "gamma missing": (lambda: eq.Spending("hwang-shih-decani"), "parameters", "()"),
    "rho missing": (lambda: eq.Spending("kim-demets"), "parameters", "()"),
    "rho as gamma": (lambda: eq.Spending("kim-demets", gamma=2), "rho", "None"),
    "gamma as rho": (lambda: eq.Spending("hwang-shih-decani", rho=2), "gamma", "None"),
    "both": (lambda: eq.Spending("hwang-shih-decani", gamma=1, rho=3), "parameters", "3"),
    "not wanted": (lambda: eq.Spending("pocock", gamma=1), "parameters", "(1,)"),
    "one of two": (lambda: eq.Spending("normal", parameters=(1.0,)), "parameters", "(1.0,)"),
    "rho 0": (lambda: eq.Spending("kim-demets", rho=0), "rho", "0"),
    "rho nan": (lambda: eq.Spending("kim-demets", rho=NAN), "rho", "nan"),
    "rho string": (lambda: eq.Spending("kim-demets", rho="three"), "rho", "'three'"),
    "gamma nan": (lambda: eq.Spending("hwang-shih-decani", gamma=NAN), "gamma", "nan"),
    "gamma string": (lambda: eq.Spending("hwang-shih-decani", gamma="x"), "gamma", "'x'"),
    "parameter string": (lambda: eq.Spending("normal", parameters=("a", "b")), "a", "'a'"),
    "parameters a number": (
        lambda: eq.Spending("exponential", parameters=2.0),
        "parameters",
        "2.0",
    ),
    "not a function": (lambda: eq.Spending(3), "function", "3"),
    "nothing": (lambda: eq.Spending(None), "function", "None"),
    "total nan": (lambda: eq.Spending(total=NAN), "total", "nan"),
    "total 1": (lambda: eq.Spending(total=1.0), "total", "1.0"),
    "total string": (lambda: eq.Spending(total="x"), "total", "'x'"),
    "total missing": (lambda: eq.Spending(under="no effect"), "total", "None"),
    "under": (lambda: eq.Spending(under="alternative"), "under", "'alternative'"),
}


@pytest.mark.parametrize("case", SPENDING)
def test_spending(case):
    check(*SPENDING[case])


FUNCTIONS = {
    "falls": (lambda t: np.sin(3 * t) / np.sin(3), ""),
    "too much, then falls": (lambda t: np.where(t < 1, 2 * t, 1.0), "1.3"),
    "short of 1": (lambda t: 0.9 * t, "0.9"),
    "negative": (lambda t: 2 * t - 1 - 0.5 * (t < 0.5), "-"),
    "nan": (lambda t: t * NAN, "nan"),
    "one number": (lambda t: 1.0, "1.0"),
    "words": (lambda t: "all", "all"),
    "table falls": ({0.3: 0.6, 0.6: 0.4, 1.0: 1.0}, "0.4"),
    "table ends early": ({0.5: 1.0}, "0.5"),
    "table short of 1": ({0.5: 0.5, 1.0: 0.9}, "0.9"),
    "table beyond 1": ({0.5: 0.5, 1.5: 1.0}, "1.5"),
    "table negative": ({0.5: -0.1, 1.0: 1.0}, "-0.1"),
    "table empty": ({}, "{}"),
    "table share nan": ({0.5: NAN, 1.0: 1.0}, "nan"),
    "table fraction nan": ({NAN: 0.5, 1.0: 1.0}, "nan"),
    "table of words": ({"half": 0.5, 1.0: 1.0}, "'half'"),
}


@pytest.mark.parametrize("part", ["efficacy", "futility"])
@pytest.mark.parametrize("case", FUNCTIONS)
def test_spending_functions_of_the_user(case, part):
    function, seen = FUNCTIONS[case]
    check(lambda: plan(**{part: eq.Spending(function)}), "function", seen)


PARTS = {
    "delta nan": (lambda: eq.WangTsiatis(NAN), "delta", "nan"),
    "delta 2": (lambda: eq.WangTsiatis(2), "delta", "2"),
    "delta string": (lambda: eq.WangTsiatis("x"), "delta", "'x'"),
    "haybittle 0": (lambda: eq.HaybittlePeto(0), "z", "0"),
    "haybittle nan": (lambda: eq.HaybittlePeto(NAN), "z", "nan"),
    "haybittle string": (lambda: eq.HaybittlePeto("3"), "z", "'3'"),
    "haybittle none": (lambda: eq.HaybittlePeto(None), "z", "None"),
    "haybittle spends all": (lambda: plan(efficacy=eq.HaybittlePeto(1.0)), "efficacy", "1.0"),
    "bounds too few": (
        lambda: plan(efficacy=eq.EfficacyBounds((3.0, 2.0))),
        "efficacy",
        "(3.0, 2.0)",
    ),
    "bounds none": (lambda: plan(efficacy=eq.EfficacyBounds(())), "efficacy", "()"),
    "bounds too many": (
        lambda: plan(efficacy=eq.EfficacyBounds((4, 3, 2, 2))),
        "efficacy",
        "(4, 3",
    ),
    "bounds generous": (
        lambda: plan(efficacy=eq.EfficacyBounds((2, 2, 2))),
        "efficacy",
        "(2, 2, 2)",
    ),
    "bounds spend all": (
        lambda: plan(efficacy=eq.EfficacyBounds((1, 2, None))),
        "efficacy",
        "(1, 2",
    ),
    "bounds open early": (lambda: eq.EfficacyBounds((None, 2.0)), "z", "(None, 2.0)"),
    "bounds nan": (lambda: eq.EfficacyBounds((NAN, 2.0)), "z", "nan"),
    "bounds last nan": (lambda: eq.EfficacyBounds((3.0, NAN)), "z", "nan"),
    "bounds of words": (lambda: eq.EfficacyBounds(("a", "b")), "z", "'a'"),
    "bounds a number": (lambda: eq.EfficacyBounds(3.0), "z", "3.0"),
    "no scale": (lambda: eq.FutilityBounds(), "futility", "[]"),
    "two scales": (lambda: eq.FutilityBounds(z=(0,), effect=(0,)), "futility", "'z', 'effect'"),
    "futility nan": (lambda: eq.FutilityBounds(z=(NAN,)), "z", "nan"),
    "futility words": (lambda: eq.FutilityBounds(z=("a",)), "z", "'a'"),
    "futility a number": (lambda: eq.FutilityBounds(z=0.0), "z", "0.0"),
    "chance above 1": (
        lambda: eq.FutilityBounds(conditional_power=(1.2,)),
        "conditional_power",
        "1.2",
    ),
    "futility too few": (lambda: plan(futility=eq.FutilityBounds(z=(0,))), "z", "(0.0,)"),
    "futility too many": (
        lambda: plan(futility=eq.FutilityBounds(effect=(0, 0, 0))),
        "effect",
        "(0.0, 0.0, 0.0)",
    ),
    "wedge below 0": (
        lambda: plan(sided=2, futility=eq.FutilityBounds(z=(-0.5, 0.2))),
        "z",
        "(-0.5, 0.2)",
    ),
    "wedge on effect": (
        lambda: plan(sided=2, futility=eq.FutilityBounds(effect=(0.1, 0.2))),
        "effect",
        "(0.1, 0.2)",
    ),
    "efficacy a word": (lambda: plan(efficacy="pocock"), "efficacy", "'pocock'"),
    "efficacy a class": (lambda: plan(efficacy=eq.Pocock), "efficacy", "Pocock"),
    "futility a word": (lambda: plan(futility="pocock"), "futility", "'pocock'"),
    "futility an efficacy boundary": (lambda: plan(futility=eq.Pocock()), "futility", "Pocock"),
    "total beside power": (
        lambda: plan(power=0.9, futility=eq.Spending(total=0.2)),
        "total",
        "0.2",
    ),
    "harm, two-sided": (
        lambda: plan(sided=2, futility=eq.Spending(under="no effect", total=0.1)),
        "under",
        "'no effect'",
    ),
}


@pytest.mark.parametrize("case", PARTS)
def test_parts(case):
    check(*PARTS[case])


NO_SOLUTION = {
    "futility above efficacy": {"futility": eq.FutilityBounds(z=(4.0, 0.0))},
    "futility infinite": {"futility": eq.FutilityBounds(z=(math.inf, 0.0))},
    "binding, alpha unspendable": {
        "alpha": 0.2,
        "efficacy": eq.NoEarlyEfficacy(),
        "futility": eq.FutilityBounds(z=(1.5, 1.5), binding=True),
    },
    "binding, alpha unspendable by a shape": {
        "alpha": 0.3,
        "efficacy": eq.Pocock(),
        "futility": eq.FutilityBounds(z=(1.5, 1.5), binding=True),
    },
    "binding wedge, alpha unspendable": {
        "alpha": 0.4,
        "sided": 2,
        "efficacy": eq.NoEarlyEfficacy(),
        "futility": eq.FutilityBounds(z=(1.5, 1.5), binding=True),
    },
    "binding wedge, the rest of alpha unspendable on two sides": {
        "alpha": 0.4,
        "sided": 2,
        "efficacy": eq.HaybittlePeto(3.0),
        "futility": eq.FutilityBounds(z=(1.0, 1.0), binding=True),
    },
}


@pytest.mark.parametrize("case", NO_SOLUTION)
def test_plans_without_a_solution(case):
    """The message names the constraint that fails and a way out."""
    with pytest.raises(eq.InputError) as caught:
        plan(**NO_SOLUTION[case])
    message = str(caught.value)
    assert re.search(r"futility", message)
    assert re.search(r"\. (Lower|Raise|Spend|Plan) ", message), message


RESULTS = {
    "look 0": (lambda p: p.p_value(0, 1.0), "look", "0"),
    "look 4": (lambda p: p.p_value(4, 1.0), "look", "4"),
    "look half": (lambda p: p.p_value(1.5, 1.0), "look", "1.5"),
    "look true": (lambda p: p.p_value(True, 1.0), "look", "True"),
    "look nan": (lambda p: p.p_value(NAN, 1.0), "look", "nan"),
    "look string": (lambda p: p.p_value("1", 1.0), "look", "'1'"),
    "z nan": (lambda p: p.p_value(1, NAN), "z", "nan"),
    "z infinite": (lambda p: p.confidence_interval(1, math.inf), "z", "inf"),
    "z string": (lambda p: p.median_unbiased_estimate(1, "2"), "z", "'2'"),
    "level 95": (lambda p: p.confidence_interval(1, 2.0, 95), "level", "95"),
    "level nan": (lambda p: p.confidence_interval(1, 2.0, NAN), "level", "nan"),
    "level string": (lambda p: p.confidence_interval(1, 2.0, "x"), "level", "'x'"),
    "nothing after": (lambda p: p.conditional_power(3, 2.0), "look", "3"),
    "assumed nan": (lambda p: p.conditional_power(1, 2.0, NAN), "effect", "nan"),
    "assumed word": (lambda p: p.conditional_power(1, 2.0, "planned"), "effect", "'planned'"),
    "assumed infinite": (lambda p: p.conditional_power(1, 2.0, math.inf), "effect", "inf"),
    "prior sd 0": (lambda p: p.predictive_power(1, 2.0, (1.0, 0.0)), "prior", "0.0"),
    "prior sd nan": (lambda p: p.predictive_power(1, 2.0, (1.0, NAN)), "prior", "nan"),
    "prior mean nan": (lambda p: p.predictive_power(1, 2.0, (NAN, 1.0)), "prior", "nan"),
    "prior a number": (lambda p: p.predictive_power(1, 2.0, 3.0), "prior", "3.0"),
    "prior words": (lambda p: p.predictive_power(1, 2.0, ("a", "b")), "prior", "'a'"),
    "effect nan": (lambda p: p.stopping(NAN), "effect", "nan"),
    "effects nan": (lambda p: p.power([0.0, NAN]), "effect", "nan"),
    "effect infinite": (lambda p: p.expected_information(math.inf), "effect", "inf"),
    "effect word": (lambda p: p.stopping("planned"), "effect", "'planned'"),
    "effects in a table": (lambda p: p.stopping([[0.0, 1.0], [0.5, 2.0]]), "effect", "0.5"),
    "scale": (lambda p: p.boundaries("score"), "scale", "'score'"),
}


@pytest.mark.parametrize("case", RESULTS)
def test_results(case):
    made = eq.GroupSequential(looks=3)
    act, name, seen = RESULTS[case]
    check(lambda: act(made), name, seen)


OBSERVED = {
    "nothing": (([],), {}, "information", "[]"),
    "unsorted": (([0.5, 0.3],), {}, "information", "[0.5, 0.3]"),
    "repeated": (([0.5, 0.5],), {}, "information", "[0.5, 0.5]"),
    "nan": (([NAN],), {}, "information", "nan"),
    "words": ((["half"],), {}, "information", "'half'"),
    "table": (([[0.1, 0.2], [0.3, 0.4]],), {}, "information", "0.1"),
    "beyond the last": (([0.5, 1.0, 1.1],), {}, "information", "1.1"),
    "more used than made": (([0.5],), {"used": [3.0, 3.0, 3.0, 3.0]}, "used", "3.0"),
    "used for a look to come": (([0.5],), {"used": [3.0, 3.0]}, "used", "3.0"),
    "used nan": (([0.5],), {"used": [NAN]}, "used", "nan"),
    "used word": (([0.5],), {"used": ["high"]}, "used", "'high'"),
}


@pytest.mark.parametrize("case", OBSERVED)
def test_observed(case):
    given, options, name, seen = OBSERVED[case]
    made = eq.GroupSequential(looks=3)
    check(lambda: made.update(*given, **options), name, seen)


def test_other_looks_than_planned_need_a_spending_function():
    made = eq.GroupSequential(looks=3, efficacy=eq.Pocock())
    check(lambda: made.update([0.2, 0.4, 0.6, 0.8]), "information", "0.2")
