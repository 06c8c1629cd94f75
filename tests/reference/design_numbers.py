"""Ours beside the reference's: sizes, power, events, tests and intervals, case by case."""

import math

import numpy as np
from design_cases import HERE, array, gs_plan, rpact_plan
from scipy import special

import equipoise as eq
from equipoise.design.characteristics import no_effect
from equipoise.numerics.logrank import log_hazard_ratio, log_rank
from equipoise.numerics.survival_trials import expected_events_by_arm
from equipoise.numerics.two_rates import score_interval, score_z

EXPECTED = {
    "expectedNumberOfSubjectsH0": 0.0,
    "expectedNumberOfSubjectsH01": 0.5,
    "expectedNumberOfSubjectsH1": 1.0,
}
TWO_WAYS = ("SampleSizeMeans", "SampleSizeRates")


def plan_of(arguments):
    if arguments.get("kMax", 1) > 1 or "informationRates" in arguments:
        return rpact_plan(arguments)
    alpha, beta = arguments.get("alpha", 0.025), arguments.get("beta", 0.2)
    return eq.GroupSequential(looks=1, alpha=alpha, power=1 - beta)


def design_of(case, value):
    """The design of one value of rpact's vector argument."""
    given = case["input"]
    plan = plan_of(given["design"])
    if case["kind"] == "SampleSizeMeans":
        endpoint = eq.Continuous(
            control=0.0,
            treatment=float(value),
            sd=float(given["stDev"]),
            margin=given.get("thetaH0", 0.0),
        )
    elif given.get("groups") == 1:
        endpoint = eq.Binary(
            control=given["thetaH0"], treatment=value, better="higher", single_arm=True
        )
    else:
        endpoint = eq.Binary(control=given["pi2"], treatment=value, better="higher", test="pooled")
    return eq.sample_size(plan, endpoint, integer=False)


def survival_design(given):
    at = given["accrualTime"]
    endpoint = eq.TimeToEvent(
        hazard_ratio=given["hazardRatio"],
        control_hazard_per_month=tuple(np.atleast_1d(given["lambda2"])),
        from_months=tuple(given.get("piecewiseSurvivalTime", [0.0])),
        formula=given.get("typeOfComputation", "Schoenfeld").lower(),
    )
    accrual = eq.Accrual(
        per_month=tuple(given.get("accrualIntensity", [1.0])),
        from_months=tuple(at[:-1]),
        months=at[-1],
    )
    return eq.sample_size(
        rpact_plan(given["design"]),
        endpoint,
        accrual=accrual,
        follow_up_months=given.get("followUpTime"),
        integer=False,
    )


def column(output, name, i):
    """The i-th value of a vector, or column of a matrix, of rpact's output."""
    value = output[name]
    rows = value if isinstance(value, list) else [value]
    if isinstance(rows[0], list):
        return [row[min(i, len(row) - 1)] for row in rows]
    return [rows[i]]


def sizes(case):
    """Numbers by name: (ours, theirs)."""
    given, output = case["input"], case["output"]
    if case["kind"] == "SampleSizeSurvival":
        designs = [survival_design(given)]
    else:
        key = "alternative" if case["kind"] == "SampleSizeMeans" else "pi1"
        designs = [design_of(case, float(v)) for v in np.atleast_1d(given[key])]
    numbers = {}
    for i, design in enumerate(designs):
        for name, ours in of_design(design).items():
            if name in output and ours is not None:
                numbers[f"{name}[{i}]"] = (array(ours), array(column(output, name, i)))
    return numbers


def of_design(design):
    """What rpact prints of a design, under its names."""
    plan, looks = design.sequential, design.looks
    planned = design.characteristics()
    found = {
        "nFixed": [design.fixed_patients] if design.fixed_patients else None,
        "eventsFixed": [design.fixed_events] if design.fixed_events else None,
        "maxNumberOfSubjects": [design.n_total],
        "numberOfSubjects": [sum(look.patients) for look in looks],
        "criticalValuesEffectScale": [look.efficacy_effect for look in looks],
        "rejectPerStage": list(planned.benefit),
    }
    if design.fixed_events is None:
        found |= {
            name: [plan.expected_information(effect) / plan.inflation * design.n_total]
            for name, effect in EXPECTED.items()
        }
        return found
    none = design.characteristics(no_effect(design))
    return found | {
        "maxNumberOfEvents": [looks[-1].events],
        "cumulativeEventsPerStage": [look.events for look in looks],
        "analysisTime": [look.months for look in looks],
        "studyDuration": [planned.expected_months],
        "expectedEventsH1": [planned.expected_events],
        "expectedEventsH0": [none.expected_events],
        "expectedNumberOfSubjectsH1": [planned.expected_patients],
    }


def powers(case):
    """rpact's power at a stated size."""
    given, output = case["input"], case["output"]
    plan, n = rpact_plan(given["design"]), given.get("maxNumberOfSubjects")
    side = plan.alpha
    if case["kind"] == "PowerMeans":
        from equipoise.numerics.means import means_drift

        drifts = means_drift(n, array(given["alternative"]), given["stDev"], side)
    elif case["kind"] == "PowerRates":
        from equipoise.numerics.rates_sizes import rates_drift

        z = float(special.ndtri(1 - side))
        drifts = rates_drift(n, array(given["pi1"]), given["pi2"], z)
    else:
        events = given["maxNumberOfEvents"]
        drifts = -np.log(array(given["hazardRatio"])) * math.sqrt(events) / 2
    stops = plan.stopping(drifts / plan.drift)
    found = stops[:, :, 0]
    numbers = {
        "overallReject": (found.sum(1), array(output["overallReject"])),
        "rejectPerStage": (found.T, np.array(output["rejectPerStage"])),
    }
    at_look = stops.sum(2) @ plan.information
    for name, size in (
        ("expectedNumberOfSubjects", n),
        ("expectedNumberOfEvents", given.get("maxNumberOfEvents")),
    ):
        if name in output:
            numbers[name] = (at_look * size, array(output[name]))
    if case["kind"] == "PowerSurvival":
        numbers |= survival_times(given, output, stops)
    return numbers


def survival_times(given, output, stops):
    from equipoise.numerics.survival_trials import constant_accrual, time_of_events

    at, events = given["accrualTime"], given["maxNumberOfEvents"]
    pieces = constant_accrual(at, [given["maxNumberOfSubjects"] / at[-1]])
    wanted = events * np.arange(1, 4) / 3
    months = np.array(
        [
            time_of_events(
                wanted,
                *pieces,
                [0.0],
                np.outer([1.0, ratio], [given["lambda2"]]),
                [0.0, 0.0],
                [0.5, 0.5],
            )
            for ratio in given["hazardRatio"]
        ]
    )
    duration = (stops.sum(2) * months).sum(1)
    return {
        "analysisTime": (months.T, np.array(output["analysisTime"])),
        "studyDuration": (duration, array(output["studyDuration"])),
    }


def gs_survival(case):
    """gsDesign's nSurv and gsSurv."""
    given, output = case["input"], case["output"]
    if case["call"] == "nSurv":
        names = {"LachinFoulkes": "lachin-foulkes", "Schoenfeld": "schoenfeld"}
        endpoint = eq.TimeToEvent(
            hazard_ratio=given["hr"],
            control_hazard_per_month=given["lambdaC"],
            dropout_per_month=given["eta"],
            formula=names[given["method"]],
        )
        accrual = eq.Accrual(per_month=float(given["gamma"]), months=float(given["R"]))
        plan = eq.GroupSequential(looks=1, alpha=given["alpha"], power=1 - given["beta"])
    else:
        ends = np.cumsum(given["R"])
        endpoint = eq.TimeToEvent(
            hazard_ratio=given["hr"],
            control_hazard_per_month=tuple(given["lambdaC"]),
            from_months=(0.0, float(given["S"])),
            dropout_per_month=given["eta"],
            formula="lachin-foulkes",
        )
        accrual = eq.Accrual(
            per_month=tuple(map(float, given["gamma"])),
            from_months=(0.0, *map(float, ends[:-1])),
            months=float(ends[-1]),
        )
        plan = gs_plan(given)
    design = eq.sample_size(
        plan, endpoint, accrual=accrual, follow_up_months=float(given["minfup"]), integer=False
    )
    ours = {
        "n": [design.n_total],
        "d": [design.fixed_events],
        "n.I": [look.events for look in design.looks],
        "T": [look.months for look in design.looks],
        "N": [sum(look.patients) for look in design.looks],
        "upper": [look.efficacy_z for look in design.looks],
        "lower": [look.futility_z for look in design.looks],
    }
    return {name: (array(ours[name]), array(output[name])) for name in ours if name in output}


def events(case):
    given = case["input"]
    from equipoise.numerics.survival_trials import constant_accrual

    pieces = constant_accrual([0.0, *np.cumsum(given["R"])], given["gamma"])
    found = expected_events_by_arm(
        given["T"], *pieces, [0.0, given["S"]], [given["lambda"]], [given["eta"]], [1.0]
    )
    return {"d": (found[0], array(case["output"]["d"]))}


def interval(case):
    given, output = case["input"], case["output"]
    scales = {"diff": "difference", "rr": "ratio", "or": "odds_ratio"}
    counts = [given[name] for name in ("x1", "n1", "x2", "n2")]
    return {
        name: (
            array([float(v) for v in score_interval(*counts, corrected=False, scale=scale)]),
            array(output[name]),
        )
        for name, scale in scales.items()
    }


def lung():
    """Time, death, and arm of R's data set `lung`, women as arm 1."""
    time, status, sex = np.loadtxt(HERE / "lung.csv", delimiter=",", skiprows=4, unpack=True)
    return time, status == 2, sex - 1


def statistic(case):
    if case["id"] == "logrank_lung":
        return lung_numbers(case["output"])
    given, output = case["input"], case["output"]
    counts = [array(given[name]) for name in ("x1", "n1", "x2", "n2")]
    first = [c[0] for c in counts]
    return {
        "z": (score_z(*counts), array(output["z"])),
        "chisq_adj": (score_z(*first, corrected=True), output["chisq_adj"]),
        "mn": (score_z(*first, 0.05), output["mn"]),
    }


def lung_numbers(output):
    test, efron = log_rank(*lung()), log_hazard_ratio(*lung())
    ours = {
        "obs": test.observed,
        "exp": test.expected,
        "chisq": test.chi_square,
        "var11": test.variance,
        "loghr_efron": efron[0],
        "se_efron": efron[1],
        "loghr_breslow": log_hazard_ratio(*lung(), ties="breslow")[0],
        "chisq_peto": log_rank(*lung(), rho=1).chi_square,
    }
    assert ours.keys() == output.keys()
    return {name: (np.array(ours[name]), array(output[name])) for name in ours}


def plain_sizes(case):
    given, output = case["input"], case["output"]
    if case["id"] == "n_binomial_ni":
        plan = eq.GroupSequential(looks=1, alpha=given["alpha"], power=1 - given["beta"])
        endpoint = eq.Binary(
            control=given["p2"], treatment=given["p1"], better="higher", margin=given["delta0"]
        )
        design = eq.sample_size(plan, endpoint, integer=False)
        return {"n": (array([design.n_total]), array([output["n"]]))}
    plan = eq.GroupSequential(looks=1, alpha=given["sig.level"] / 2, power=given["power"])
    endpoint = eq.Continuous(control=0.0, treatment=given["delta"], sd=float(given["sd"]))
    design = eq.sample_size(plan, endpoint, integer=False)
    return {"n_t": (array([design.n_total / 2]), array([output["n_t"]]))}


KINDS = {
    "SampleSizeMeans": sizes,
    "SampleSizeRates": sizes,
    "SampleSizeSurvival": sizes,
    "PowerMeans": powers,
    "PowerRates": powers,
    "PowerSurvival": powers,
    "sample_size_survival": gs_survival,
    "sample_size": plain_sizes,
    "events": events,
    "ci": interval,
    "test": statistic,
}


def compare(case):
    """Ours and theirs by name; None where the case is not in scope."""
    kind = KINDS.get(case["kind"])
    return None if kind is None else kind(case)
