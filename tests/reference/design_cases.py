"""How rpact's and gsDesign's arguments read as a plan, and where the reference cases are."""

import json
import math
from pathlib import Path

import numpy as np

import equipoise as eq

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "data" / "design" / "reference_public.json"
MINUS_INFINITY = -6.0  # rpact's


def shared_cases(*kinds):
    if not SHARED.exists():
        return []
    return [case for case in json.loads(SHARED.read_text())["cases"] if case["kind"] in kinds]


def own_cases(*calls):
    path = HERE / "group_sequential.json"
    if not path.exists():
        return []
    return [case for case in json.loads(path.read_text())["cases"] if case["call"] in calls]


def number(value):
    if isinstance(value, str):
        return {"Inf": math.inf, "-Inf": -math.inf, "NaN": math.nan, "NA": math.nan}[value]
    return math.nan if value is None else float(value)


def array(values):
    values = values if isinstance(values, list) else [values]
    return np.array([number(value) for value in values])


def rpact_plan(arguments):
    """`getDesignGroupSequential(...)`; the keys a plan does not know are refused."""
    given = dict(arguments)
    kind = given.pop("typeOfDesign", "OF")
    sided, alpha = given.pop("sided", 1), given.pop("alpha", 0.025)
    beta = given.pop("beta", 0.2)
    rates, looks = given.pop("informationRates", None), given.pop("kMax", None)
    binding = given.pop("bindingFutility", False)
    gamma, user = given.pop("gammaA", None), given.pop("userAlphaSpending", None)
    fractions = rates or list(np.arange(1, looks + 1) / looks if looks else [1 / 3, 2 / 3, 1.0])
    efficacy = {
        "OF": eq.OBrienFleming,
        "P": eq.Pocock,
        "WT": lambda: eq.WangTsiatis(given.pop("deltaWT")),
        "HP": lambda: eq.HaybittlePeto(given.pop("constantBoundsHP", 3)),
        "asOF": lambda: eq.Spending("obrien-fleming"),
        "asP": lambda: eq.Spending("pocock"),
        "asKD": lambda: eq.Spending("kim-demets", rho=gamma),
        "asHSD": lambda: eq.Spending("hwang-shih-decani", gamma=gamma),
        "asUser": lambda: eq.Spending(dict(zip(fractions, array(user) / user[-1], strict=True))),
        "noEarlyEfficacy": eq.NoEarlyEfficacy,
    }[kind]()
    futility = None
    beta_kind = given.pop("typeBetaSpending", "none")
    gamma_b, user_b = given.pop("gammaB", None), given.pop("userBetaSpending", None)
    if beta_kind != "none":
        name, options = {
            "bsOF": ("obrien-fleming", {}),
            "bsP": ("pocock", {}),
            "bsKD": ("kim-demets", {"rho": gamma_b}),
            "bsHSD": ("hwang-shih-decani", {"gamma": gamma_b}),
            "bsUser": (
                dict(zip(fractions, array(user_b) / user_b[-1], strict=True)) if user_b else None,
                {},
            ),
        }[beta_kind]
        futility = eq.Spending(name, binding=binding, **options)
        if sided == 2:
            futility = rpact_wedge_spending(fractions, alpha, beta, efficacy, futility)
    elif "futilityBounds" in given:
        z = array(given.pop("futilityBounds"))
        futility = eq.FutilityBounds(
            z=tuple(-math.inf if v <= MINUS_INFINITY else v for v in z), binding=binding
        )
    given.pop("twoSidedPower", None)
    assert not given, f"arguments not read: {given}"
    return eq.GroupSequential(
        information=fractions,
        alpha=alpha,
        sided=sided,
        power=1 - beta,
        efficacy=efficacy,
        futility=futility,
    )


def rpact_wedge_spending(fractions, alpha, beta, efficacy, futility):
    """What rpact's two-sided beta spending spends in fact (``betaAdjustment = TRUE``, its default).

    A look whose futility boundary of the one-sided design at half of alpha is not above 0 gets
    none, and what was to be spent before the first that does is taken out linearly: the share at t
    becomes (f(t) - f(t_before)) / (1 - f(t_before)).
    """
    one_sided = eq.GroupSequential(
        information=fractions, alpha=alpha / 2, power=1 - beta, efficacy=efficacy, futility=futility
    )
    first = int(np.argmax(one_sided.futility_bounds > 0))
    shares = futility.cumulative(fractions, beta) / beta
    before = shares[first - 1] if first else 0.0
    adjusted = [max((share - before) / (1 - before), 0.0) for share in shares[:-1]]
    return eq.Spending(
        dict(zip(fractions, [*adjusted, 1.0], strict=True)), binding=futility.binding
    )


def gs_spending(name, parameter, **options):
    if name in ("sfLDOF", "sfLDPocock"):
        return eq.Spending("obrien-fleming" if name == "sfLDOF" else "pocock", **options)
    if name == "sfHSD":
        return eq.Spending("hwang-shih-decani", gamma=parameter, **options)
    if name == "sfPower":
        return eq.Spending("kim-demets", rho=parameter, **options)
    families = {
        "sfTDist": "t",
        "sfBetaDist": "beta",
        "sfNormal": "normal",
        "sfCauchy": "cauchy",
        "sfLogistic": "logistic",
        "sfExponential": "exponential",
        "sfExtremeValue": "extreme-value",
        "sfExtremeValue2": "extreme-value-2",
    }
    parameters = tuple(parameter) if isinstance(parameter, list) else (parameter,)
    return eq.Spending(families[name], parameters=parameters, **options)


def gs_plan(arguments):
    """`gsDesign(...)` of test types 1 to 6."""
    kind = arguments.get("test.type", 4)
    alpha, beta = arguments.get("alpha", 0.025), arguments.get("beta", 0.1)
    timing = arguments.get("timing")
    looks = arguments.get("k", 3)
    fractions = (
        [*timing, 1.0] if isinstance(timing, list) else list(np.arange(1, looks + 1) / looks)
    )[:looks]
    upper, lower = arguments.get("sfu", "sfHSD"), arguments.get("sfl", "sfHSD")
    if upper in ("OF", "Pocock"):
        efficacy = eq.OBrienFleming() if upper == "OF" else eq.Pocock()
    else:
        efficacy = gs_spending(upper, arguments.get("sfupar", -4))
    futility = None
    if kind in (3, 4):
        futility = gs_spending(lower, arguments.get("sflpar", -2), binding=kind == 3)
    if kind in (5, 6):
        futility = gs_spending(
            lower,
            arguments.get("sflpar", -2),
            binding=kind == 5,
            under="no effect",
            total=arguments["astar"],
        )
    return eq.GroupSequential(
        information=fractions,
        alpha=alpha * (2 if kind == 2 else 1),
        sided=2 if kind == 2 else 1,
        power=1 - beta,
        efficacy=efficacy,
        futility=futility,
    )
