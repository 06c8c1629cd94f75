"""Log-rank tests and Cox hazard ratios of two arms against R's survival.

`logrank.json` and `lung.csv` were made by `validation/logrank.R`, with coxph's tolerance set to
1e-13; the shared case, with coxph's default of 1e-9, is read where the checkout has it. Agreement
is to rounding: 1e-12 relative for the tests, 1e-10 for the hazard ratio and its standard error.
"""

import json

import numpy as np
import pytest
from design_cases import HERE, shared_cases
from design_numbers import lung, statistic

import equipoise as eq
from equipoise.numerics.logrank import log_hazard_ratio, log_rank

CASES = {case["id"]: case for case in json.loads((HERE / "logrank.json").read_text())["cases"]}
SHARED = [case for case in shared_cases("test") if case["id"] == "logrank_lung"]


def patients(case):
    return tuple(case["input"].values()) if "input" in case else lung()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("rho", "kind"), [(0, ""), (1, "_peto")])
def test_log_rank(name, rho, kind):
    output = CASES[name]["output"]
    found = log_rank(*patients(CASES[name]), rho=rho)
    ours = {
        "obs": found.observed,
        "exp": found.expected,
        "var11": found.variance,
        "chisq": found.chi_square,
    }
    for key, value in ours.items():
        np.testing.assert_allclose(value, output[key + kind], rtol=1e-12, err_msg=key)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox(name, ties):
    found = log_hazard_ratio(*patients(CASES[name]), ties=ties)
    np.testing.assert_allclose(found, CASES[name]["output"][ties], rtol=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_what_an_analysis_takes(name):
    time, event, arm = (np.asarray(column) for column in patients(CASES[name]))
    output = CASES[name]["output"]
    look = eq.survival_at_look(time, event, arm)
    assert look.events == sum(output["obs"])
    assert look.log_rank**2 == pytest.approx(output["chisq"], rel=1e-12)
    assert (look.log_rank > 0) == (output["obs"][1] < output["exp"][1])
    assert look.ratio == pytest.approx((arm == 1).sum() / (arm == 0).sum())


@pytest.mark.skipif(not SHARED, reason="the reference cases are not here")
def test_lung_of_the_shared_cases():
    (case,) = SHARED
    for name, (ours, theirs) in statistic(case).items():
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=case["abs_tol"], err_msg=name)
