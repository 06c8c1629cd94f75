"""Every bad input to an endpoint is an InputError with the name, the value, the rule and the mend;
lists do where tuples do."""

import math
import re

import numpy as np
import pytest

import equipoise as eq
from equipoise.inputs import one_of, one_or_more, one_or_pair

NAN, INF = math.nan, math.inf
FOUR_PARTS = re.compile(r"`(?P<name>\w+)` is (?P<seen>.+?); (?P<rule>.+?)\. (?P<mend>\S.+)\.", re.S)
RISKS = {"control": 0.25, "treatment": 0.15}
MEANS = {"control": 0.0, "treatment": 1.0, "sd": 2.0}
TIMES = {"hazard_ratio": 0.7, "control_median_months": 12.0}
GIVEN = "control_hazard_per_month"
HAZARD = {"control_median_months": None, GIVEN: 0.1}
NO_NUMBER = ("0.2", None, NAN, INF, -INF, "", [0.2], {}, 1j)
GOOD = {eq.Binary: RISKS, eq.Continuous: MEANS, eq.TimeToEvent: TIMES}


def check(make, name, value):
    with pytest.raises(eq.InputError) as caught:
        make()
    message = str(caught.value)
    parts = FOUR_PARTS.fullmatch(message)
    assert parts, message
    assert parts["name"] == name, message
    assert parts["seen"] == repr(value), message


NUMBERS = (
    [(eq.Binary, name) for name in ("control", "treatment", "margin", "delay_days")]
    + [(eq.Continuous, name) for name in ("control", "treatment", "sd", "margin", "delay_days")]
    + [(eq.TimeToEvent, name) for name in ("hazard_ratio", "margin", "dropout_per_month")]
    + [(eq.TimeToEvent, "control_median_months")]
)


OPTIONAL = {(eq.Binary, "margin"), (eq.TimeToEvent, "control_median_months")}
NOT_NUMBERS = [
    (kind, name, value)
    for kind, name in NUMBERS
    for value in NO_NUMBER
    if value is not None or (kind, name) not in OPTIONAL
]


@pytest.mark.parametrize(("kind", "name", "value"), NOT_NUMBERS)
def test_what_is_no_number(kind, name, value):
    check(lambda: kind(**GOOD[kind] | {name: value}), name, value)


WORDS = [
    (eq.Binary, "better", "Higher"),
    (eq.Binary, "better", None),
    (eq.Binary, "test", "fisher"),
    (eq.Binary, "test", "Fisher-exact"),
    (eq.Binary, "scale", "odds_ratio"),
    (eq.Binary, "scale", None),
    (eq.Binary, "scale", ["ratio"]),
    (eq.Continuous, "better", "up"),
    (eq.TimeToEvent, "better", 1),
    (eq.TimeToEvent, "formula", "Freedman"),
    (eq.TimeToEvent, "formula", None),
]


@pytest.mark.parametrize(("kind", "name", "value"), WORDS)
def test_words(kind, name, value):
    check(lambda: kind(**GOOD[kind] | {name: value}), name, value)


RANGES = [
    (eq.Binary, {"control": 1.0}, "control", 1.0),
    (eq.Binary, {"treatment": 0}, "treatment", 0),
    (eq.Binary, {"delay_days": -1}, "delay_days", -1),
    (eq.Binary, {"delay_days": 1.5}, "delay_days", 1.5),
    (eq.Binary, {"scale": "ratio", "margin": 0}, "margin", 0.0),
    (eq.Continuous, {"sd": 0}, "sd", 0.0),
    (eq.Continuous, {"sd": ()}, "sd", ()),
    (eq.Continuous, {"sd": (1.0,)}, "sd", (1.0,)),
    (eq.Continuous, {"sd": [1.0, 2.0, 3.0]}, "sd", [1.0, 2.0, 3.0]),
    (eq.Continuous, {"sd": (1.0, -1.0)}, "sd", (1.0, -1.0)),
    (eq.Continuous, {"sd": (1.0, NAN)}, "sd", (1.0, NAN)),
    (eq.Continuous, {"sd": (1.0, "2")}, "sd", (1.0, "2")),
    (eq.Continuous, {"sd": (1.0, 2.0), "single_arm": True}, "sd", (1.0, 2.0)),
    (eq.TimeToEvent, {"hazard_ratio": 0}, "hazard_ratio", 0),
    (eq.TimeToEvent, {"margin": -1}, "margin", -1),
    (eq.TimeToEvent, {"control_median_months": 0}, "control_median_months", 0),
    (eq.TimeToEvent, {"dropout_per_month": (0.1,)}, "dropout_per_month", (0.1,)),
    (eq.TimeToEvent, {"dropout_per_month": [0.1] * 3}, "dropout_per_month", [0.1] * 3),
    (eq.TimeToEvent, {"dropout_per_month": (0.1, -0.1)}, "dropout_per_month", (0.1, -0.1)),
    (eq.TimeToEvent, {"from_months": 0.0}, "from_months", 0.0),
    (eq.TimeToEvent, {"from_months": ()}, "from_months", ()),
    (eq.TimeToEvent, {"from_months": (1.0,)}, "from_months", (1.0,)),
    (eq.TimeToEvent, {"from_months": ("0",)}, "from_months", ("0",)),
    *(
        (eq.TimeToEvent, HAZARD | {GIVEN: bad}, GIVEN, bad)
        for bad in (None, "0.1", -0.1, NAN, (), (0.1, 0.2), (NAN,), (None,))
    ),
    (eq.TimeToEvent, HAZARD | {GIVEN: 0}, GIVEN, (0.0,)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "given", "name", "value"), RANGES)
def test_ranges(kind, given, name, value):
    check(lambda: kind(**GOOD[kind] | given), name, value)


def test_lists_do_where_tuples_do():
    pair = eq.Continuous(**MEANS | {"sd": [1, 2]})
    assert pair == eq.Continuous(**MEANS | {"sd": (1.0, 2.0)})
    assert pair.sd == eq.Continuous(**MEANS | {"sd": np.array([1, 2])}).sd
    given = {"hazard_ratio": 0.7, "dropout_per_month": [0, 0.01], "from_months": [0, 6]}
    made = eq.TimeToEvent(**given, control_hazard_per_month=[0.1, 0.05])
    assert made.hazards == (0.1, 0.05)
    assert made.from_months == (0.0, 6.0)
    assert made.dropouts == (0.0, 0.01)
    assert isinstance(hash(made), int)


def test_values_are_plain_numbers():
    made = eq.Binary(control=np.float64(0.25), treatment=np.float32(0.125), delay_days=28.0)
    assert (type(made.control), type(made.treatment), type(made.delay_days)) == (float, float, int)
    assert type(eq.Continuous(control=0, treatment=1, sd=2).sd) is float


def test_one_of():
    assert one_of("unit", "m", ("m", "s")) == "m"
    check(lambda: one_of("unit", "M", ("m", "s")), "unit", "M")
    check(lambda: one_of("unit", ["m"], ("m", "s")), "unit", ["m"])


def test_one_or_more():
    assert one_or_more("x", 1, "Give one") == 1.0
    assert one_or_more("x", [1], "Give one") == (1.0,)
    assert one_or_pair("x", (1, 2), "Give one or two") == (1.0, 2.0)
    check(lambda: one_or_pair("x", (1,), "Give one or two"), "x", (1,))
