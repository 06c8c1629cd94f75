"""Events over time and sizes against rpact and gsDesign.

`survival_trials.json` was made with rpact by `validation/survival_trials.R`; the shared cases are
read where the checkout has them.

rpact integrates over each piece of accrual with R's `integrate` at its default tolerance (1.2e-4)
and does not cut at changes of hazard. With piecewise hazards its times are therefore off, by up to
3e-4 in these cases. `by_rpact_quadrature` repeats that integral with the same QUADPACK routine: the
tests ask that rpact's numbers are the exact ones but for this.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats

from equipoise.numerics import survival_sizes as sizes
from equipoise.numerics import survival_trials as trials

HERE = Path(__file__).parent
MADE = json.loads((HERE / "survival_trials.json").read_text())
SHARED = HERE.parents[2] / "shared/data/design/reference_public.json"
CASES = {case["id"]: case for case in MADE["cases"]}


def as_list(value):
    return value if isinstance(value, list) else [value]


def of_rpact(given):
    """Our arguments for the arguments of an rpact call, a hazard ratio at a time."""
    starts = as_list(given.get("piecewiseSurvivalTime", 0.0))
    control = np.array(as_list(given["lambda2"]), dtype=float)
    if "lambda1" in given:
        treatment = [np.array(as_list(given["lambda1"]), dtype=float)]
    else:
        treatment = [ratio * control for ratio in as_list(given["hazardRatio"])]
    until = given.get("dropoutTime", 12.0)
    dropout = [
        -math.log1p(-given.get(name, 0.0)) / until for name in ("dropoutRate2", "dropoutRate1")
    ]
    ratio = given.get("allocationRatioPlanned", 1.0)
    return [(starts, [control, t], dropout, sizes.shares_of(ratio)) for t in treatment], ratio


def accrual_of(given, patients=None):
    """Accrual as rpact reads it: a last rate goes on until the patients have entered."""
    edges = as_list(given["accrualTime"])
    rates = as_list(given.get("accrualIntensity", [1.0]))
    if len(rates) == len(edges):
        last = edges[-1] + (1.0 if edges[-1] == 0 else edges[-1])
        edges, intensity = trials.constant_accrual([*edges, last], rates)
        if patients is None:
            return edges, intensity
        missing = patients - trials.enrolled([edges[-2]], edges, intensity)[0]
        return trials.accrual_until(edges[-2] + missing / rates[-1], edges, intensity)
    edges, intensity = trials.constant_accrual(edges, rates)
    if patients is None:
        return edges, intensity
    return edges, intensity * patients / trials.enrolled([np.inf], edges, intensity)[0]


def effect_of(given, ratio):
    kind = given.get("typeOfComputation", "Schoenfeld")
    if kind == "Freedman":
        return sizes.freedman_effect(given["hazardRatio"], ratio)
    if kind == "HsiehFreedman":  # Hsieh (1992), Stat Med 11:1091: not ours, its times are
        equal = sizes.freedman_effect(given["hazardRatio"])
        return equal * 2 * math.sqrt(ratio) / (1 + ratio)
    return sizes.schoenfeld_effect(given["hazardRatio"], ratio, given.get("thetaH0", 1.0))


def fixed_drift(alpha, beta):
    return (stats.norm.isf(alpha) + stats.norm.isf(beta)) ** 2


def patients_needed(events, time, edges, intensity, *survival):
    scale = sizes.accrual_scale(events, time, edges, intensity, *survival)
    return scale * trials.enrolled([time], edges, intensity)[0]


def event_probability(time, starts, hazards, dropout):
    """Probability of an event within `time` of entry, before dropout."""
    total = hazards + dropout
    out = total * np.clip(time - starts, 0.0, np.diff(starts, append=np.inf))
    at_risk = np.exp(out - np.cumsum(out))
    return np.sum(at_risk * -np.expm1(-out) * hazards / total)


LOOSE = np.finfo(float).eps ** 0.25


def by_rpact_quadrature(time, accrual, survival):
    """Events by `time` in each arm, with one call of QUADPACK for each piece of accrual."""
    starts = np.array(survival[0], dtype=float)
    edges, intensity = accrual
    each = []
    for hazards, loss, share in zip(*survival[1:], strict=True):
        total = 0.0
        for i, rate in enumerate(intensity[:, 0]):
            if edges[i] < time:
                total += (
                    rate
                    * integrate.quad(
                        lambda v, h=hazards, d=loss: event_probability(v, starts, h, d),
                        max(time - edges[i + 1], 0.0),
                        time - edges[i],
                        epsabs=LOOSE,
                        epsrel=LOOSE,
                        limit=100,
                    )[0]
                )
        each.append(share * total)
    return np.array(each)


def check_looks(events, accrual, survival, times, patients, abs_tol):
    at = trials.time_of_events(events, *accrual, *survival)
    constant = len(survival[0]) == 1
    np.testing.assert_allclose(at, times, rtol=0, atol=abs_tol if constant else 5e-4)
    np.testing.assert_allclose(trials.enrolled(times, *accrual), patients, rtol=1e-9)
    for time, target in zip(times, events, strict=True):
        around = trials.expected_events_by_arm([time - 1e-4, time + 1e-4], *accrual, *survival)
        rate = np.diff(around.sum(axis=0))[0] / 2e-4
        loose = by_rpact_quadrature(time, accrual, survival).sum()
        assert loose == pytest.approx(target, abs=rate * abs_tol)


@pytest.mark.parametrize("name", [n for n in CASES if n.startswith("ep_")])
def test_event_probabilities(name):
    given, expected = CASES[name]["input"], CASES[name]["output"]
    ((survival,), _) = of_rpact(given)
    accrual = accrual_of(given)
    most = trials.enrolled([math.inf], *accrual)[0]
    assert most == pytest.approx(expected["maxNumberOfSubjects"], abs=1e-9)
    by_arm = trials.expected_events_by_arm(given["time"], *accrual, *survival)
    loose = np.transpose([by_rpact_quadrature(t, accrual, survival) for t in given["time"]])
    for ours, tolerance in ((by_arm, 1e-12 if len(survival[0]) == 1 else 1e-6), (loose, 1e-12)):
        np.testing.assert_allclose(
            ours.sum(axis=0) / most, expected["cumulativeEventProbabilities"], rtol=tolerance
        )
        for arm, column in ((0, "eventProbabilities2"), (1, "eventProbabilities1")):
            probability = ours[arm] / survival[3][arm] / most
            np.testing.assert_allclose(probability, expected[column], rtol=tolerance)


@pytest.mark.parametrize("name", [n for n in CASES if n.startswith(("fix_", "gs_"))])
def test_sizes(name):
    case = CASES[name]
    given, expected = case["input"], case["output"]
    (survival,), ratio = of_rpact(given)
    design = case.get("design") or given
    fixed = fixed_drift(design["alpha"], design["beta"])
    effect = effect_of(given, ratio)
    assert fixed / effect**2 == pytest.approx(expected["eventsFixed"], rel=1e-12)
    events = float(expected.get("squaredDrift", fixed) / effect**2)
    assert events == pytest.approx(expected["maxNumberOfEvents"], rel=1e-12)

    follow_up = given.get("followUpTime")
    rates = as_list(given.get("accrualIntensity", [1.0]))
    open_ended = len(rates) == len(as_list(given["accrualTime"]))
    if follow_up is None:
        accrual = accrual_of(given, given.get("maxNumberOfSubjects"))
    elif open_ended:
        edges, intensity = accrual_of(given)
        (end,) = trials.end_of_accrual([events], follow_up, edges, intensity, *survival)
        assert end == pytest.approx(expected["totalAccrualTime"], abs=1e-5)
        (end,) = trials.end_of_accrual(  # rpact's root comes with its own follow-up, near ours
            [events], expected["followUpTime"], edges, intensity, *survival
        )
        assert end == pytest.approx(expected["totalAccrualTime"], abs=1e-6)
        accrual = trials.accrual_until(end, edges, intensity)
    else:
        edges, intensity = accrual_of(given)
        scale = sizes.accrual_scale(events, edges[-1] + follow_up, edges, intensity, *survival)
        accrual = edges, scale * intensity
        patients = patients_needed(events, edges[-1] + follow_up, edges, intensity, *survival)
        assert patients == pytest.approx(expected["maxNumberOfSubjects"], abs=1e-6)
    assert accrual[0][-1] == pytest.approx(expected["totalAccrualTime"], abs=1e-6)
    most = trials.enrolled([math.inf], *accrual)[0]
    assert most == pytest.approx(expected["maxNumberOfSubjects"], abs=1e-4 if open_ended else 1e-6)
    check_looks(
        np.ravel(expected["eventsPerStage"]),
        accrual,
        survival,
        np.ravel(expected["analysisTime"]),
        np.ravel(expected["numberOfSubjects"]),
        1e-6,
    )
    z = as_list(expected.get("criticalValues", stats.norm.isf(design["alpha"])))
    np.testing.assert_allclose(
        sizes.hazard_ratio_at(
            z, np.ravel(expected["eventsPerStage"]), ratio, given.get("thetaH0", 1.0)
        ),
        np.ravel(expected["criticalValuesEffectScale"]),
        rtol=1e-9,
    )


@pytest.mark.parametrize("name", [n for n in CASES if n.startswith("pow_")])
def test_power(name):
    case = CASES[name]
    given, expected = case["input"], case["output"]
    each, ratio = of_rpact(given)
    accrual = accrual_of(given, given.get("maxNumberOfSubjects"))
    for column, survival in enumerate(each):
        check_looks(
            np.ravel(expected["eventsPerStage"]),
            accrual,
            survival,
            np.array(expected["analysisTime"])[:, column],
            np.array(expected["numberOfSubjects"])[:, column],
            1e-6,
        )
    if "design" not in case:
        drift = effect_of(given, ratio) * math.sqrt(given["maxNumberOfEvents"])
        power = stats.norm.cdf(drift - stats.norm.isf(given["alpha"]))
        np.testing.assert_allclose(power, expected["overallReject"], rtol=1e-10)


shared = pytest.mark.skipif(not SHARED.exists(), reason="shared data not in this checkout")


def shared_case(name):
    cases = json.loads(SHARED.read_text())["cases"]
    (case,) = [case for case in cases if case["id"] == name]
    return case["input"], case["output"], case["abs_tol"]


@shared
@pytest.mark.parametrize("name", ["ss_surv_pw", "ss_surv_freedman"])
def test_shared_sizes(name):
    given, expected, tolerance = shared_case(name)
    (survival,), ratio = of_rpact(given)
    effect = effect_of(given, ratio)
    events = float(fixed_drift(0.025, 0.1) / effect**2)
    assert events == pytest.approx(expected["eventsFixed"], abs=tolerance)
    looks = np.ravel(expected["cumulativeEventsPerStage"])
    if "followUpTime" in given:
        edges, intensity = accrual_of(given)
        end = edges[-1] + given["followUpTime"]
        for number, column in ((events, "nFixed"), (looks[-1], "maxNumberOfSubjects")):
            patients = patients_needed(number, end, edges, intensity, *survival)
            assert patients == pytest.approx(expected[column], abs=tolerance)
        accrual = edges, intensity * patients / edges[-1]
    else:
        accrual = accrual_of(given)
    times, patients = (np.ravel(expected[c]) for c in ("analysisTime", "numberOfSubjects"))
    check_looks(looks, accrual, survival, times, patients, tolerance)
    z = [3.7103028732625, 2.5114274844527245, 1.9930474832654]  # as in survival_trials.json
    np.testing.assert_allclose(
        sizes.hazard_ratio_at(z, looks),
        np.ravel(expected["criticalValuesEffectScale"]),
        rtol=0,
        atol=tolerance,
    )


@shared
def test_shared_power():
    given, expected, tolerance = shared_case("pw_surv")
    each, _ = of_rpact(given)
    accrual = accrual_of(given, given["maxNumberOfSubjects"])
    looks = given["maxNumberOfEvents"] * np.arange(1, 4) / 3
    for column, survival in enumerate(each):
        times = trials.time_of_events(looks, *accrual, *survival)
        np.testing.assert_allclose(
            times, np.array(expected["analysisTime"])[:, column], rtol=0, atol=tolerance
        )


def of_gsdesign(given):
    """Edges, intensity, and survival for the arguments of a gsDesign call."""
    edges = np.concatenate([[0.0], np.cumsum(given["R"])])
    accrual = trials.constant_accrual(edges, as_list(given["gamma"]))
    starts = [0.0, *np.cumsum(as_list(given.get("S", [])))]
    return accrual, starts, np.array(as_list(given.get("lambdaC", given.get("lambda"))))


@shared
@pytest.mark.parametrize("name", ["nsurv_LachinFoulkes", "nsurv_Schoenfeld"])
def test_shared_nsurv(name):
    given, expected, tolerance = shared_case(name)
    accrual, starts, control = of_gsdesign(given)
    dropout, hr, end = [given["eta"]] * 2, given["hr"], given["T"]
    z = stats.norm.isf([given["alpha"], given["beta"]])
    if given["method"] == "Schoenfeld":
        events = float((z.sum() / sizes.schoenfeld_effect(hr)) ** 2)
    else:
        events = sizes.lachin_foulkes_events(*z, hr, end, *accrual, starts, control, dropout)
    assert events == pytest.approx(expected["d"], abs=tolerance)
    survival = starts, [control, hr * control], dropout, [0.5, 0.5]
    scale = sizes.accrual_scale(events, end, *accrual, *survival)
    assert scale * given["gamma"] == pytest.approx(expected["gamma"], abs=tolerance)
    patients = patients_needed(events, end, *accrual, *survival)
    assert patients == pytest.approx(expected["n"], abs=tolerance)


@shared
def test_shared_gssurv():
    given, expected, tolerance = shared_case("gssurv_pw")
    accrual, starts, control = of_gsdesign(given)
    dropout, hr, end = [given["eta"]] * 2, given["hr"], given["T"]
    z = stats.norm.isf([given["alpha"], given["beta"]])
    fixed = sizes.lachin_foulkes_events(*z, hr, end, *accrual, starts, control, dropout)
    # squared drift of this design from rpact 3.3.4: getDesignGroupSequential(alpha = 0.025,
    # beta = 0.1, informationRates = c(0.5, 0.75, 1), typeOfDesign = "asOF",
    # typeBetaSpending = "bsHSD", gammaB = -2, bindingFutility = FALSE)
    inflation = 11.3610523602501 / z.sum() ** 2
    looks = np.array(expected["n.I"])
    assert fixed * inflation == pytest.approx(looks[-1], abs=1e-3)  # their bounds differ by 1e-5
    survival = starts, [control, hr * control], dropout, [0.5, 0.5]
    scale = sizes.accrual_scale(looks[-1], end, *accrual, *survival)
    scaled = accrual[0], scale * accrual[1]
    times = trials.time_of_events(looks, *scaled, *survival)
    # gsDesign's search for a time stops early: its first look is 1.5e-6 late for its own events
    np.testing.assert_allclose(times, expected["T"], rtol=0, atol=2 * tolerance)
    np.testing.assert_allclose(
        trials.enrolled(times, *scaled), expected["N"], rtol=0, atol=tolerance
    )


@shared
def test_shared_expected_events():
    given, expected, tolerance = shared_case("eEvents")
    accrual, starts, hazards = of_gsdesign(given)
    events = trials.expected_events(given["T"], *accrual, starts, hazards, given["eta"])
    np.testing.assert_allclose(events, expected["d"], rtol=0, atol=tolerance)
